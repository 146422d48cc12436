/* SPDX-License-Identifier: GPL-3.0-or-later */
/* exp(-(r - r0)/a) of all pairs of atoms, Morse variables, for one length a or several: of the first length all pairs, then
 * of the next. Unlike 1/r they decay fast at long range and stay finite at short range. r0 is only a scale, which
 * standardisation removes again, as it does the difference to 1 - exp(-(r - re)/a) of a Morse function, whatever the re of
 * each pair; it keeps the raw numbers near one. */
#include <stdlib.h>
#include <string.h>

#include "model/descriptor/pairs.h"

#define L DIA_LANES

typedef struct self {
    dia_pairs pairs; /* first: dia_pairs_image reads it */
    dia_list lengths;
    int npair, n;
    double *length; /* (n) a, bohr */
} self_t;

static const double reference = 1.5 * DIA_ANGSTROM; /* r0 */

static const dia_option options[] = {DIA_REALS(self_t, lengths, DIA_LENGTH, "[1 A]",
                                               "over which a feature falls by a factor of e",
                                               DIA_RANGE(0.01 * DIA_ANGSTROM, 100 * DIA_ANGSTROM)),
                                     {.key = NULL}};

static dia_status open_(void *self, const dia_molecule *molecule, int *nfeature, dia_error *error)
{
    self_t *me = self;
    dia_status status = dia_pairs_open(&me->pairs, "exponential_distance", molecule, &me->npair, error);
    if (status != DIA_OK)
        return status;
    me->n = me->lengths.n;
    if (me->n < 1 || me->n > 16)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "descriptor 'exponential_distance' takes 1 to 16 lengths; %d are given", me->n);
    const double *lengths = me->lengths.items;
    for (int i = 0; i < me->n; i++)
        for (int j = 0; j < i; j++)
            if (lengths[i] == lengths[j])
                return dia_error_set(
                    error, DIA_ERROR_INPUT,
                    "descriptor 'exponential_distance': lengths holds %g Angstrom twice; the second adds "
                    "nothing",
                    lengths[i] / DIA_ANGSTROM);
    me->length = malloc((size_t)me->n * sizeof *me->length);
    if (me->length == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a descriptor");
    memcpy(me->length, me->lengths.items, (size_t)me->n * sizeof *me->length);
    *nfeature = me->n * me->npair;
    return DIA_OK;
}

static void close_(void *self)
{
    free(((self_t *)self)->length);
}

DIA_CLONES static void forward(const void *self, const double *x, double *f)
{
    const self_t *me = self;
    const size_t next = (size_t)me->npair * L; /* from one length to the next */
    for (int a = 0; a < me->pairs.natom; a++)
        for (int b = 0; b < a; b++, f += L) {
            const dia_v8 r = reference - dia_v8_root(dia_pairs_square(x, a, b));
            for (int i = 0; i < me->n; i++)
                dia_v8_store(f + (size_t)i * next, dia_v8_exp(r / me->length[i]));
        }
}

/* (df/dr)/r = -f/(a r) */
DIA_CLONES static void reverse(const void *self, const double *x, const double *f, const double *fbar, double *xbar)
{
    const self_t *me = self;
    const size_t next = (size_t)me->npair * L;
    for (int a = 0; a < me->pairs.natom; a++)
        for (int b = 0; b < a; b++, f += L, fbar += L) {
            const dia_v8 r = dia_v8_root(dia_pairs_square(x, a, b));
            dia_v8 g = dia_v8_all(0.0);
            for (int i = 0; i < me->n; i++)
                g += -dia_v8_load(f + (size_t)i * next) / (me->length[i] * r) * dia_v8_load(fbar + (size_t)i * next);
            dia_pairs_pull(x, a, b, g, xbar);
        }
}

DIA_CLONES static void tangent(const void *self, const double *x, const double *f, const double *v, double *fdot)
{
    const self_t *me = self;
    const size_t next = (size_t)me->npair * L;
    for (int a = 0; a < me->pairs.natom; a++)
        for (int b = 0; b < a; b++, f += L, fdot += L) {
            const dia_v8 r = dia_v8_root(dia_pairs_square(x, a, b)), rate = dia_pairs_rate(x, v, a, b);
            for (int i = 0; i < me->n; i++)
                dia_v8_store(fdot + (size_t)i * next,
                             rate * (-dia_v8_load(f + (size_t)i * next) / (me->length[i] * r)));
        }
}

static void image(const void *self, const int *permutation, bool inversion, int *source, double *sign)
{
    const self_t *me = self;
    dia_pairs_image(&me->pairs, permutation, inversion, source, sign);
    for (int k = me->npair; k < me->n * me->npair; k++) {
        source[k] = source[k - me->npair] + me->npair;
        sign[k] = sign[k - me->npair];
    }
}

const dia_descriptor_type dia_descriptor_type_exponential_distance = {
    .version = DIA_EXTEND_VERSION,
    .name = "exponential_distance",
    .summary = "exp(-(r - 1.5 A)/length) of all pairs of atoms (Morse variables), for one length or several",
    .reference = "Xie, Bowman, J. Chem. Theory Comput. 6, 26 (2010) (Morse variables of distances)",
    .use = "the best of the distances: with lengths [0.5 A, 1 A, 2 A] it resolves short and long range; bounded "
           "and flat where atoms are far. Grows as natom^2/2 for each length; even",
    .options = options,
    .self_size = sizeof(self_t),
    .open = open_,
    .close = close_,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
    .image = image,
};
