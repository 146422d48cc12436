/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/symmetry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the elements of a matrix that was written with a few digits, and of products of such matrices. */
static const double rounded = 2e-3, contradiction = 2e-2;
static const double exact = 1e-13;

/* ---- small matrices, by rows ----------------------------------------------------------------- */

/* C = A B, or A B^T. Zeros of A are skipped: signs stay cheap and exact. */
static void product(int n, const double *A, const double *B, bool transposed, double *C)
{
    memset(C, 0, sizeof *C * (size_t)(n * n));
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++) {
            const double a = A[i * n + k];
            if (a == 0.0)
                continue;
            for (int j = 0; j < n; j++)
                C[i * n + j] += a * (transposed ? B[j * n + k] : B[k * n + j]);
        }
}

/* Largest difference of A from the multiple +-1 of B that is nearer; *sign: which. Only products of two elements of
 * Gamma act on H, so it is defined up to a sign. */
static double difference(int n, const double *A, const double *B, double *sign)
{
    double overlap = 0.0, largest = 0.0;
    for (int i = 0; i < n * n; i++)
        overlap += A[i] * B[i];
    *sign = overlap < 0.0 ? -1.0 : 1.0;
    for (int i = 0; i < n * n; i++)
        largest = fmax(largest, fabs(A[i] - *sign * B[i]));
    return largest;
}

/* The orthogonal matrix nearest to X, which is nearly one: X <- X (3 - X^T X)/2 (Higham, SIAM J. Sci. Stat. Comput. 7,
 * 1160 (1986)). work (2 n n) */
static void make_orthogonal(int n, double *X, double *work)
{
    double *transposed = work, *square = work + n * n;
    for (int step = 0; step < 6; step++) {
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                transposed[i * n + j] = X[j * n + i];
        product(n, transposed, transposed, true, square); /* X^T X */
        for (int i = 0; i < n * n; i++)
            square[i] = (i % (n + 1) == 0 ? 1.5 : 0.0) - 0.5 * square[i];
        product(n, X, square, false, transposed);
        memcpy(X, transposed, sizeof *X * (size_t)(n * n));
    }
}

/* ---- generators ------------------------------------------------------------------------------ */

static dia_status check_permutation(const dia_molecule *molecule, int g, const int *p, dia_error *error)
{
    const int natom = molecule->natom;
    for (int a = 0; a < natom; a++) {
        int seen = 0;
        for (int b = 0; b < natom; b++)
            seen += p[b] == a;
        if (seen != 1)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "symmetry generator %d: its permutation names atom %d %d times; expected each of "
                                 "0..%d once",
                                 g + 1, a, seen, natom - 1);
    }
    for (int a = 0; a < natom; a++) /* a permutation now: every p[a] is an atom */
        if (molecule->numbers[p[a]] != molecule->numbers[a])
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "symmetry generator %d: atoms %d and %d are of different elements", g + 1, a, p[a]);
    return DIA_OK;
}

/* gamma (n, n) of generator g; work (2 n n) */
static dia_status take_signs(int n, int g, const double *s, double *gamma, dia_error *error)
{
    memset(gamma, 0, sizeof *gamma * (size_t)(n * n));
    for (int k = 0; k < n; k++) {
        if (s[k] != 1.0 && s[k] != -1.0)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "symmetry generator %d: the sign of state %d is %g; expected 1 or -1", g + 1, k, s[k]);
        gamma[k * (n + 1)] = s[k];
    }
    return DIA_OK;
}

static dia_status take_matrix(int n, int g, const double *matrix, double *gamma, double *work, dia_error *error)
{
    product(n, matrix, matrix, true, work);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            if (!(fabs(work[i * n + j] - (i == j)) < rounded))
                return dia_error_set(error, DIA_ERROR_INPUT,
                                     "symmetry generator %d: its representation is not orthogonal: the product of rows "
                                     "%d and %d is %.4g; expected %d",
                                     g + 1, i, j, work[i * n + j], i == j);
    memcpy(gamma, matrix, sizeof *gamma * (size_t)(n * n));
    return DIA_OK;
}

void dia_symmetry_image(int natom, const int *permutation, bool inversion, const double *R, double *image)
{
    for (int a = 0; a < natom; a++)
        for (int c = 0; c < 3; c++)
            image[3 * a + c] = inversion ? -R[3 * permutation[a] + c] : R[3 * permutation[a] + c];
}

/* ---- the group ------------------------------------------------------------------------------- */

int dia_symmetry_find(const dia_symmetry *group, const int *p, bool inversion)
{
    for (int g = 0; g < group->nelement; g++)
        if (group->inversion[g] == inversion &&
            memcmp(group->permutation + g * group->natom, p, sizeof *p * (size_t)group->natom) == 0)
            return g;
    return -1;
}

static double *gamma_of(const dia_symmetry *group, int g)
{
    return group->gamma + (size_t)g * (size_t)(group->nstate * group->nstate);
}

static void append(dia_symmetry *group, const int *p, bool inversion, const double *gamma)
{
    const int g = group->nelement++, n = group->nstate;
    memcpy(group->permutation + g * group->natom, p, sizeof *p * (size_t)group->natom);
    group->inversion[g] = inversion;
    memcpy(gamma_of(group, g), gamma, sizeof *gamma * (size_t)(n * n));
    for (int i = 0; i < n * n; i++)
        group->signs = group->signs && (i % (n + 1) == 0 || gamma[i] == 0.0);
}

/* The image of the image: atom a of g2(g1 R) is atom p1[p2[a]] of R. */
static void compose(int natom, const int *p1, const int *p2, int *p)
{
    for (int a = 0; a < natom; a++)
        p[a] = p1[p2[a]];
}

/* Element g followed by a generator; p (natom), work (n n) */
static dia_status multiply(dia_symmetry *group, int g, const int *p2, bool i2, const double *gamma2, int *p,
                           double *work, dia_error *error)
{
    double sign;
    compose(group->natom, group->permutation + g * group->natom, p2, p);
    product(group->nstate, gamma2, gamma_of(group, g), false, work);
    const bool inversion = group->inversion[g] != i2;
    const int found = dia_symmetry_find(group, p, inversion);
    if (found >= 0) {
        if (difference(group->nstate, work, gamma_of(group, found), &sign) > contradiction)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "the %s contradict each other: two products of the symmetry generators are the same "
                                 "operation with different %s",
                                 group->signs ? "signs of the states" : "representations",
                                 group->signs ? "signs" : "matrices");
        return DIA_OK;
    }
    if (group->nelement == DIA_SYMMETRY_MAX)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "the symmetry generators make a group of more than %d elements; declare the "
                             "feasible operations only",
                             DIA_SYMMETRY_MAX);
    append(group, p, inversion, work);
    return DIA_OK;
}

/* Sum over h of +-Gamma(h g) Gamma(h)^T in `to` (n n); returns the largest difference from Gamma(g). */
static double mean_of_products(const dia_symmetry *group, int g, int *p, double *work, double *to)
{
    const int n = group->nstate;
    double worst = 0.0, sign;
    memset(to, 0, sizeof *to * (size_t)(n * n));
    for (int h = 0; h < group->nelement; h++) { /* first h, then g */
        compose(group->natom, group->permutation + h * group->natom, group->permutation + g * group->natom, p);
        const int hg = dia_symmetry_find(group, p, group->inversion[h] != group->inversion[g]);
        product(n, gamma_of(group, hg), gamma_of(group, h), true, work);
        worst = fmax(worst, difference(n, work, gamma_of(group, g), &sign));
        for (int i = 0; i < n * n; i++)
            to[i] += sign * work[i] / group->nelement;
    }
    return worst;
}

/* Matrices that were given with a few digits are a representation only nearly. Each is replaced by the mean of what the
 * others say of it, which converges quadratically to an exact one (Grove, Karcher, Ruh, Math. Ann. 211, 7 (1974)). */
static dia_status sharpen(dia_symmetry *group, int *p, double *work, dia_error *error)
{
    const size_t size = (size_t)group->nstate * (size_t)group->nstate, all = size * (size_t)group->nelement;
    double *better = calloc(all, sizeof *better), worst = INFINITY;
    if (better == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a symmetry group");
    for (int step = 0; step < 8 && worst > exact; step++) {
        worst = 0.0;
        memcpy(better, group->gamma, size * sizeof *better); /* the identity */
        for (int g = 1; g < group->nelement; g++) {
            worst = fmax(worst, mean_of_products(group, g, p, work, better + (size_t)g * size));
            make_orthogonal(group->nstate, better + (size_t)g * size, work);
        }
        if (worst > exact)
            memcpy(group->gamma, better, all * sizeof *better);
    }
    for (size_t i = 0; i < all; i++) /* what is zero up to rounding joins no blocks */
        group->gamma[i] = fabs(group->gamma[i]) < exact ? 0.0 : group->gamma[i];
    free(better);
    return worst <= exact ? DIA_OK
                          : dia_error_set(error, DIA_ERROR_INPUT,
                                          "the matrices of the symmetry generators are no representation of their "
                                          "group: products differ by %.2g from what they should be",
                                          worst);
}

static dia_status close_group(dia_symmetry *group, const dia_generators *generators, const double *gammas, int *p,
                              double *work, dia_error *error)
{
    const int natom = group->natom, n = group->nstate;
    dia_status status = DIA_OK;
    memset(work, 0, sizeof *work * (size_t)(n * n));
    for (int a = 0; a < natom; a++)
        p[a] = a;
    for (int k = 0; k < n; k++)
        work[k * (n + 1)] = 1.0;
    append(group, p, false, work);
    for (int g = 0; g < group->nelement && status == DIA_OK; g++) /* nelement grows until the group is closed */
        for (int h = 0; h < generators->n && status == DIA_OK; h++)
            status = multiply(group, g, generators->permutations + h * natom, generators->inversions[h],
                              gammas + h * n * n, p, work, error);
    return status == DIA_OK && !group->signs ? sharpen(group, p, work, error) : status;
}

dia_status dia_symmetry_init(dia_symmetry *group, const dia_molecule *molecule, int nstate,
                             const dia_generators *generators, dia_error *error)
{
    memset(group, 0, sizeof *group);
    const size_t natom = (size_t)(group->natom = molecule->natom), size = (size_t)nstate * (size_t)nstate;
    group->nstate = nstate;
    group->signs = true;
    group->permutation = calloc(DIA_SYMMETRY_MAX * natom, sizeof *group->permutation);
    group->inversion = calloc(DIA_SYMMETRY_MAX, sizeof *group->inversion);
    group->gamma = calloc(DIA_SYMMETRY_MAX * size, sizeof *group->gamma);
    int *p = calloc(natom, sizeof *p);
    double *gammas = calloc(((size_t)generators->n + 2) * size, sizeof *gammas), /* and room for products */
        *work = gammas != NULL ? gammas + (size_t)generators->n * size : NULL;
    dia_status status = DIA_OK;
    if (group->permutation == NULL || group->inversion == NULL || group->gamma == NULL || p == NULL || gammas == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a symmetry group");
    for (int g = 0; g < generators->n && status == DIA_OK; g++) {
        status = check_permutation(molecule, g, generators->permutations + (size_t)g * natom, error);
        if (status == DIA_OK && generators->signs != NULL)
            status = take_signs(nstate, g, generators->signs + g * nstate, gammas + (size_t)g * size, error);
        else if (status == DIA_OK)
            status =
                take_matrix(nstate, g, generators->matrices + (size_t)g * size, gammas + (size_t)g * size, work, error);
    }
    if (status == DIA_OK)
        status = close_group(group, generators, gammas, p, work, error);
    free(p);
    free(gammas);
    if (status != DIA_OK)
        dia_symmetry_free(group);
    return status;
}

void dia_symmetry_free(dia_symmetry *symmetry)
{
    free(symmetry->permutation);
    free(symmetry->inversion);
    free(symmetry->gamma);
    memset(symmetry, 0, sizeof *symmetry);
}
