/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dimensionless normal coordinates of a reference geometry y with harmonic modes K (mass-weighted, orthonormal) of frequencies
 * w, as in vibronic coupling models (model/vibronic.h):
 *
 *   Q_m = sqrt(|w_m|) sum_c K_mc sqrt(M_c) (z_c - y_c)
 *
 * z the geometry aligned onto y (Eckart frame, molecule/align.h; the derivatives include the rotation of the alignment). Of an
 * imaginary mode |w| is taken. The modes come from a Molden file; geometry and Hessian are made exactly symmetric
 * (molecule/symmetrise.h) before the modes are, so that a symmetry operation of y changes no more than signs of Q, unless
 * modes are degenerate. The model file keeps geometry, frequencies and vectors. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/extend.h"
#include "math/vector.h"
#include "molecule/align.h"
#include "molecule/molden.h"
#include "molecule/symmetrise.h"

#define L DIA_LANES
enum { ATOMS = DIA_SYMMETRISE_ATOMS, CARTESIANS = 3 * ATOMS }; /* at most: work space of a geometry is on the stack */

/* The reference counts as symmetric within this (rms over atoms): digits of files, convergence of minima. */
static const double tolerance = 0.01; /* bohr */

typedef struct self {
    const char *modes;
    dia_list reference, frequencies, vectors; /* of double: (ncart), (n), (n, ncart); after opening owned */
    int natom, ncart, n;
    double mass[ATOMS];
    double *direction; /* (n, ncart): sqrt(|w_m| M_c) K_mc   owned */
    dia_alignment alignment;
} self_t;

#define KEPT ": written by the program into the model file, in place of `modes`; atomic units"

static const dia_option options[] = {
    DIA_PATH(self_t, modes, NULL,
             "Molden file with [FREQ], [FR-COORD] and [FR-NORM-COORD] of all vibrations of the reference geometry"),
    DIA_REALS(self_t, reference, DIA_ATOMIC, NULL, "the reference geometry" KEPT),
    DIA_REALS(self_t, frequencies, DIA_ATOMIC, NULL, "of the modes, imaginary ones negative" KEPT),
    DIA_REALS(self_t, vectors, DIA_ATOMIC, NULL, "mass-weighted, one mode after the other" KEPT),
    {.key = NULL}};

/* ---- opening --------------------------------------------------------------------------------- */

static void close_(void *self)
{
    self_t *me = self;
    free(me->reference.items);
    free(me->frequencies.items);
    free(me->vectors.items);
    free(me->direction);
    dia_alignment_free(&me->alignment);
}

static bool copy(dia_list *list, int n, const double *from)
{
    list->n = n;
    list->items = malloc((size_t)(n + 1) * sizeof(double));
    if (list->items != NULL && n > 0)
        memcpy(list->items, from, (size_t)n * sizeof(double));
    return list->items != NULL;
}

/* H = sum_m w_m |w_m| sqrt(M) K_m K_m^T sqrt(M) */
static void hessian_of(const dia_molecule *molecule, const dia_modes *modes, double *hessian)
{
    const int nc = molecule->ncart;
    memset(hessian, 0, (size_t)(nc * nc) * sizeof *hessian);
    for (int m = 0; m < modes->nmode; m++)
        for (int c = 0; c < nc; c++)
            for (int d = 0; d < nc; d++)
                hessian[c * nc + d] += modes->frequency[m] * fabs(modes->frequency[m]) * modes->vector[m * nc + c] *
                                       modes->vector[m * nc + d] *
                                       sqrt(molecule->masses[c / 3] * molecule->masses[d / 3]);
}

/* The modes of the file, made symmetric, into the lists. */
static dia_status read_modes(self_t *me, const dia_molecule *molecule, dia_error *error)
{
    dia_modes read = {0}, made = {0};
    double *R = NULL, *hessian = calloc((size_t)me->ncart * (size_t)me->ncart, sizeof *hessian);
    dia_status status = hessian != NULL ? dia_molden_modes_read(&read, &R, molecule, me->modes, error)
                                        : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a Hessian");
    if (status == DIA_OK && read.nmode != me->ncart - 6)
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "%s: descriptor 'normal_coordinates' needs all vibrations, %d of %d atoms (that are not on a "
                          "line); found %d",
                          me->modes, me->ncart - 6, me->natom, read.nmode);
    if (status == DIA_OK) {
        hessian_of(molecule, &read, hessian);
        status = dia_symmetrise(molecule, tolerance, R, hessian, error);
    }
    if (status == DIA_OK)
        status = dia_modes_make(&made, molecule, R, hessian, error);
    if (status == DIA_OK &&
        !(copy(&me->reference, me->ncart, R) && copy(&me->frequencies, made.nmode, made.frequency) &&
          copy(&me->vectors, made.nmode * me->ncart, made.vector)))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for normal modes");
    me->modes = NULL; /* the lists stand for it */
    dia_modes_free(&read);
    dia_modes_free(&made);
    free(R);
    free(hessian);
    return status;
}

static dia_status check_sizes(const self_t *me, dia_error *error)
{
    if (me->reference.n == 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "descriptor 'normal_coordinates' needs the normal modes of a reference geometry: {type: "
                             "normal_coordinates, modes: FILE.molden}");
    const double *w = me->frequencies.items;
    bool good = me->reference.n == me->ncart && me->frequencies.n == me->ncart - 6 &&
                me->vectors.n == me->frequencies.n * me->ncart;
    for (int m = 0; good && m < me->frequencies.n; m++)
        good = w[m] != 0.0;
    return good ? DIA_OK
                : dia_error_set(
                      error, DIA_ERROR_INPUT,
                      "descriptor 'normal_coordinates': %d numbers of `reference`, %d of `frequencies` (none zero) "
                      "and %d of `vectors`; expected %d, %d and %d",
                      me->reference.n, me->frequencies.n, me->vectors.n, me->ncart, me->ncart - 6,
                      (me->ncart - 6) * me->ncart);
}

static dia_status make_directions(self_t *me, const dia_molecule *molecule, dia_error *error)
{
    const double *w = me->frequencies.items, *K = me->vectors.items;
    me->n = me->frequencies.n;
    me->direction = malloc((size_t)(me->n * me->ncart) * sizeof *me->direction);
    if (me->direction == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for normal modes");
    for (int m = 0; m < me->n; m++)
        for (int c = 0; c < me->ncart; c++)
            me->direction[m * me->ncart + c] = sqrt(fabs(w[m]) * molecule->masses[c / 3]) * K[m * me->ncart + c];
    dia_molecule at = *molecule; /* borrows */
    at.reference = me->reference.items;
    const dia_status status = dia_alignment_make(&me->alignment, &at, error);
    return status == DIA_OK && me->alignment.linear
               ? dia_error_set(
                     error, DIA_ERROR_INPUT,
                     "descriptor 'normal_coordinates': the atoms of the reference geometry are on a line, and "
                     "bends would depend on how the molecule is turned about it; take distances")
               : status;
}

static dia_status open_(void *self, const dia_molecule *molecule, int *nfeature, dia_error *error)
{
    self_t *me = self;
    const dia_list given[3] = {me->reference, me->frequencies, me->vectors}; /* belong to the configuration */
    me->reference = me->frequencies = me->vectors = (dia_list){0};
    me->natom = molecule->natom;
    me->ncart = molecule->ncart;
    if (molecule->dimension != 3 || molecule->natom < 3 || molecule->natom > ATOMS)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "descriptor 'normal_coordinates' takes molecules of 3 to %d atoms in three dimensions; this one "
            "has %d in %d",
            ATOMS, molecule->natom, molecule->dimension);
    for (int a = 0; a < me->natom; a++) {
        me->mass[a] = molecule->masses[a];
    }
    dia_status status = DIA_OK;
    if (me->modes != NULL)
        status = read_modes(me, molecule, error);
    else if (!(copy(&me->reference, given[0].n, given[0].items) && copy(&me->frequencies, given[1].n, given[1].items) &&
               copy(&me->vectors, given[2].n, given[2].items)))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for normal modes");
    if (status == DIA_OK)
        status = check_sizes(me, error);
    if (status == DIA_OK)
        status = make_directions(me, molecule, error);
    *nfeature = me->n;
    if (status != DIA_OK)
        close_(me);
    return status;
}

/* ---- features -------------------------------------------------------------------------------- */

/* z (ncart) and pose of lane l */
static void align(const self_t *me, const double *x, int l, double *z, dia_pose *pose)
{
    double R[CARTESIANS];
    for (int c = 0; c < me->ncart; c++)
        R[c] = x[c * L + l];
    dia_align(&me->alignment, R, z, pose);
}

static void forward(const void *self, const double *x, double *f)
{
    const self_t *me = self;
    double z[CARTESIANS];
    dia_pose pose;
    for (int l = 0; l < L; l++) {
        align(me, x, l, z, &pose);
        dia_add(me->ncart, -1.0, me->alignment.y, z);
        for (int m = 0; m < me->n; m++)
            f[m * L + l] = dia_dot(me->ncart, me->direction + m * me->ncart, z);
    }
}

static void reverse(const void *self, const double *x, const double *f, const double *fbar, double *xbar)
{
    const self_t *me = self;
    double z[CARTESIANS], P[CARTESIANS], G[CARTESIANS];
    dia_pose pose;
    (void)f;
    for (int l = 0; l < L; l++) {
        align(me, x, l, z, &pose);
        memset(P, 0, sizeof *P * (size_t)me->ncart);
        for (int m = 0; m < me->n; m++)
            dia_add(me->ncart, fbar[m * L + l], me->direction + m * me->ncart, P);
        dia_align_cotangent(&me->alignment, z, &pose, P, G);
        for (int c = 0; c < me->ncart; c++)
            xbar[c * L + l] += G[c];
    }
}

static void tangent(const void *self, const double *x, const double *f, const double *v, double *fdot)
{
    const self_t *me = self;
    double z[CARTESIANS], V[CARTESIANS], dz[CARTESIANS];
    dia_pose pose;
    (void)f;
    for (int l = 0; l < L; l++) {
        align(me, x, l, z, &pose);
        for (int c = 0; c < me->ncart; c++)
            V[c] = v[c * L + l];
        dia_align_tangent(&me->alignment, z, &pose, V, dz);
        for (int m = 0; m < me->n; m++)
            fdot[m * L + l] = dia_dot(me->ncart, me->direction + m * me->ncart, dz);
    }
}

/* With s y_p[a] = T y_a the image of a geometry has z'_a - y_a = s T^T (z - y)_p[a]: Q' = D Q, D_mk the overlap of the turned
 * mode m with mode k. A feature is another one, but for its sign, where a row of D has a single number. */
static void image(const void *self, const int *permutation, bool inversion, int *source, double *sign)
{
    const self_t *me = self;
    /* what was made symmetric is so to rounding; the cosine of 1e-6 is 1 - 5e-13 */
    const double near = 1e-9, one = 1.0 - 5e-13;
    const dia_molecule molecule = {.natom = me->natom, .masses = me->alignment.mass};
    double T[9], turned[CARTESIANS];
    bool fits = dia_symmetry_turn(&molecule, me->alignment.y, permutation, inversion, T) < near;
    for (int a = 0; a < me->natom; a++)
        fits = fits && me->mass[a] == me->mass[permutation[a]];
    for (int m = 0; m < me->n; m++) {
        const double *K = me->vectors.items;
        for (int a = 0; a < me->natom; a++)
            for (int i = 0; i < 3; i++)
                turned[3 * permutation[a] + i] =
                    (inversion ? -1.0 : 1.0) * dia_dot3(T + 3 * i, K + m * me->ncart + 3 * a);
        source[m] = -1;
        sign[m] = 1.0;
        for (int k = 0; k < me->n && fits; k++) {
            const double overlap = dia_dot(me->ncart, turned, K + k * me->ncart);
            if (fabs(overlap) > one) {
                source[m] = k;
                sign[m] = overlap < 0.0 ? -1.0 : 1.0;
            }
        }
    }
}

const dia_descriptor_type dia_descriptor_type_normal_coordinates = {
    .version = DIA_EXTEND_VERSION,
    .name = "normal_coordinates",
    .summary = "dimensionless displacements along the normal modes of a reference geometry",
    .reference = "Koppel, Domcke, Cederbaum, Adv. Chem. Phys. 57, 59 (1984); Eckart, Phys. Rev. 47, 552 (1935)",
    .use = "small displacements about one geometry, as in vibronic coupling models: 3 natom - 6 features, even and "
           "odd. Not for "
           "large amplitudes: they are straight lines, grow without bound, and far from the reference the alignment, "
           "and with it "
           "H, can jump. No symmetry that mixes degenerate modes or exchanges atoms otherwise than by an operation of "
           "the reference",
    .options = options,
    .self_size = sizeof(self_t),
    .open = open_,
    .close = close_,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
    .image = image,
};
