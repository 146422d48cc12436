/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The Coulomb matrix C_ij = Z_i Z_j / r_ij, C_ii = Z_i^2.4 / 2 (Rupp et al., Phys. Rev. Lett. 108, 058301 (2012)):
 *
 *   all        C_ij of all pairs. The diagonal is constant and left out. After standardisation the same as
 *              `inverse_distance`
 *   sorted     the same with atoms in descending order of |row i| (diagonal included). Where two atoms change places in that
 *              order their rows do, which are different though of equal length: H jumps
 *   spectrum   eigenvalues, ascending: continuous, but where two are equal they have kinks. natom numbers for 3 natom - 6
 *              coordinates
 *
 * Sorted matrix and spectrum tell permuted molecules apart no more; mirror images have the same matrix. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/eigen.h"
#include "model/descriptor/pairs.h"

#define L DIA_LANES
enum { ALL, SORTED, SPECTRUM };
enum { ATOMS = 48, PAIRS = ATOMS * (ATOMS - 1) / 2 }; /* at most: work space of a geometry is on the stack */

typedef struct self {
    dia_pairs pairs; /* first: dia_pairs_image reads it */
    int variant, npair;
    double charge[ATOMS];
    double product[PAIRS]; /* (npair) Z_a Z_b */
} self_t;

static const dia_option options[] = {
    DIA_CHOICE(self_t, variant, "all|sorted|spectrum", "all",
               "all elements; with the atoms sorted by the norm of their rows (energies "
               "jump where the order changes); its eigenvalues (kinks where two are equal)"),
    {.key = NULL}};

static dia_status open_(void *self, const dia_molecule *molecule, int *nfeature, dia_error *error)
{
    self_t *me = self;
    dia_status status = dia_pairs_open(&me->pairs, "coulomb_matrix", molecule, &me->npair, error);
    if (status != DIA_OK)
        return status;
    if (molecule->natom > ATOMS)
        return dia_error_set(error, DIA_ERROR_INPUT, "descriptor 'coulomb_matrix' takes up to %d atoms; found %d",
                             ATOMS, molecule->natom);
    for (int a = 0; a < molecule->natom; a++) {
        if (molecule->numbers[a] < 1)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "descriptor 'coulomb_matrix' needs nuclear charges; atom %d has the atomic number %d",
                                 a, molecule->numbers[a]);
        me->charge[a] = molecule->numbers[a];
    }
    for (int a = 0, k = 0; a < molecule->natom; a++)
        for (int b = 0; b < a; b++)
            me->product[k++] = me->charge[a] * me->charge[b];
    *nfeature = me->variant == SPECTRUM ? molecule->natom : me->npair;
    return DIA_OK;
}

/* ---- the matrix ------------------------------------------------------------------------------ */

static int pair_of(int a, int b)
{
    return a > b ? a * (a - 1) / 2 + b : b * (b - 1) / 2 + a;
}

/* C (npair, L) of the pairs in the order of pairs.h */
static void matrix(const self_t *me, const double *x, double *C)
{
    for (int a = 0, k = 0; a < me->pairs.natom; a++)
        for (int b = 0; b < a; b++, k++)
            dia_v8_store(C + k * L, me->product[k] / dia_v8_root(dia_pairs_square(x, a, b)));
}

/* order[i]: the atom with the i-th longest row, in lane l. Equal ones keep the order of the atoms. */
static void sort_rows(const self_t *me, const double *C, int l, int *order)
{
    const int n = me->pairs.natom;
    double norm[ATOMS];
    for (int a = 0; a < n; a++) {
        norm[a] = 0.25 * pow(me->charge[a], 4.8);
        for (int b = 0; b < n; b++)
            norm[a] += b != a ? pow(C[pair_of(a, b) * L + l], 2) : 0.0;
        int i = a;
        for (; i > 0 && norm[order[i - 1]] < norm[a]; i--)
            order[i] = order[i - 1];
        order[i] = a;
    }
}

/* pair (npair): of which pair of atoms each feature is, in lane l. */
static void choose(const self_t *me, const double *C, int l, int *pair)
{
    int order[ATOMS];
    for (int a = 0; a < me->pairs.natom; a++)
        order[a] = a;
    if (me->variant == SORTED)
        sort_rows(me, C, l, order);
    for (int a = 0, k = 0; a < me->pairs.natom; a++)
        for (int b = 0; b < a; b++, k++)
            pair[k] = pair_of(order[a], order[b]);
}

/* Eigenvalues E (natom) and vectors U (natom, natom; columns) in lane l; NaN if C is not finite. */
static void solve(const self_t *me, const double *C, int l, double *E, double *U)
{
    double packed[ATOMS * (ATOMS + 1) / 2], work[ATOMS * ATOMS + 34 * ATOMS]; /* dia_eigen_work */
    for (int a = 0, k = 0, p = 0; a < me->pairs.natom; a++) {
        for (int b = 0; b < a; b++)
            packed[k++] = C[p++ * L + l];
        packed[k++] = 0.5 * pow(me->charge[a], 2.4);
    }
    dia_eigen_packed(me->pairs.natom, packed, E, U, work);
}

/* ---- features -------------------------------------------------------------------------------- */

static void forward(const void *self, const double *x, double *f)
{
    const self_t *me = self;
    const int n = me->pairs.natom;
    double C[PAIRS * L], E[ATOMS], U[ATOMS * ATOMS];
    int pair[PAIRS];
    matrix(me, x, C);
    for (int l = 0; l < L; l++)
        if (me->variant == SPECTRUM) {
            solve(me, C, l, E, U);
            for (int k = 0; k < n; k++)
                f[k * L + l] = E[k];
        } else {
            choose(me, C, l, pair);
            for (int k = 0; k < me->npair; k++)
                f[k * L + l] = C[pair[k] * L + l];
        }
}

/* dE_k = u_k^T dC u_k (Hellmann, Feynman); dC = -C r dr / r^2 */
static void reverse(const void *self, const double *x, const double *f, const double *fbar, double *xbar)
{
    const self_t *me = self;
    const int n = me->pairs.natom;
    double C[PAIRS * L], Cbar[PAIRS * L], E[ATOMS], U[ATOMS * ATOMS];
    int pair[PAIRS];
    (void)f;
    matrix(me, x, C);
    memset(Cbar, 0, sizeof *Cbar * (size_t)(me->npair * L));
    for (int l = 0; l < L; l++)
        if (me->variant == SPECTRUM) {
            solve(me, C, l, E, U);
            for (int a = 0, p = 0; a < n; a++)
                for (int b = 0; b < a; b++, p++)
                    for (int k = 0; k < n; k++)
                        Cbar[p * L + l] += 2.0 * fbar[k * L + l] * U[a * n + k] * U[b * n + k];
        } else {
            choose(me, C, l, pair);
            for (int k = 0; k < me->npair; k++)
                Cbar[pair[k] * L + l] = fbar[k * L + l];
        }
    for (int a = 0, p = 0; a < n; a++)
        for (int b = 0; b < a; b++, p++)
            dia_pairs_pull(x, a, b, -dia_v8_load(Cbar + p * L) * dia_v8_load(C + p * L) / dia_pairs_square(x, a, b),
                           xbar);
}

static void tangent(const void *self, const double *x, const double *f, const double *v, double *fdot)
{
    const self_t *me = self;
    const int n = me->pairs.natom;
    double C[PAIRS * L], Cdot[PAIRS * L], E[ATOMS], U[ATOMS * ATOMS];
    int pair[PAIRS];
    (void)f;
    matrix(me, x, C);
    for (int a = 0, p = 0; a < n; a++)
        for (int b = 0; b < a; b++, p++)
            dia_v8_store(Cdot + p * L,
                         -dia_v8_load(C + p * L) * dia_pairs_rate(x, v, a, b) / dia_pairs_square(x, a, b));
    for (int l = 0; l < L; l++)
        if (me->variant == SPECTRUM) {
            solve(me, C, l, E, U);
            for (int k = 0; k < n; k++) {
                double s = 0.0;
                for (int a = 0, p = 0; a < n; a++)
                    for (int b = 0; b < a; b++, p++)
                        s += 2.0 * Cdot[p * L + l] * U[a * n + k] * U[b * n + k];
                fdot[k * L + l] = s;
            }
        } else {
            choose(me, C, l, pair);
            for (int k = 0; k < me->npair; k++)
                fdot[k * L + l] = Cdot[pair[k] * L + l];
        }
}

/* Sorted matrix and spectrum are the same for all images. */
static void image(const void *self, const int *permutation, bool inversion, int *source, double *sign)
{
    const self_t *me = self;
    if (me->variant == ALL) {
        dia_pairs_image(&me->pairs, permutation, inversion, source, sign);
        return;
    }
    for (int k = 0; k < (me->variant == SPECTRUM ? me->pairs.natom : me->npair); k++) {
        source[k] = k;
        sign[k] = 1.0;
    }
}

static const char *note(const void *self)
{
    static const char *const notes[] = {
        [SORTED] = "the sorted Coulomb matrix, a descriptor of this model, makes energies jump where two atoms change "
                   "places in its order: trajectories do not conserve energy there",
        [SPECTRUM] = "the spectrum of the Coulomb matrix, a descriptor of this model, has kinks where two eigenvalues "
                     "meet: forces jump there"};
    return notes[((const self_t *)self)->variant];
}

const dia_descriptor_type dia_descriptor_type_coulomb_matrix = {
    .version = DIA_EXTEND_VERSION,
    .name = "coulomb_matrix",
    .summary = "Z_i Z_j / r_ij: all elements, sorted rows, or the spectrum",
    .reference = "Rupp, Tkatchenko, Muller, von Lilienfeld, Phys. Rev. Lett. 108, 058301 (2012)",
    .use = "for comparison with other work: `all` is `inverse_distance` in other units; `sorted` and `spectrum` do not "
           "tell "
           "atoms of one element apart, and energies or forces jump: not for dynamics",
    .options = options,
    .self_size = sizeof(self_t),
    .open = open_,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
    .image = image,
    .note = note,
};
