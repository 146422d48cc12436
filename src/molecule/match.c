/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/match.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "molecule/align.h"
#include "molecule/equivalent.h"

struct dia_match {
    int natom, dimension, npermutation;
    bool mirror;
    int *permutation; /* (npermutation, natom)                                       owned */
    int nmovable;     /* atoms that some permutation moves                                  */
    int *movable;     /* (natom) these first, then the others                        owned */
};

/* ---- the permutations ------------------------------------------------------------------------ */

static dia_status check(const dia_molecule *molecule, const int *label, dia_error *error)
{
    const double count = dia_equivalent_permutations(molecule->natom, label);
    if (dia_equivalent_check(label, molecule, error) != DIA_OK)
        return DIA_ERROR_INPUT;
    return count <= DIA_MATCH_PERMUTATIONS
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_INPUT,
                               "the equivalent atoms can be permuted in %.6g ways, at most %d are tried: name smaller "
                               "sets of atoms that do exchange places",
                               count, DIA_MATCH_PERMUTATIONS);
}

static void find_movable(dia_match *match, const int *label)
{
    int last = match->natom;
    for (int a = 0; a < match->natom; a++) {
        bool alone = true;
        for (int b = 0; b < match->natom; b++)
            alone = alone && (b == a || label[b] != label[a]);
        match->movable[alone ? --last : match->nmovable++] = a;
    }
}

dia_status dia_match_create(dia_match **match, const dia_molecule *molecule, const int *label, bool mirror,
                            dia_error *error)
{
    *match = NULL;
    const bool space = molecule->dimension == 3; /* else the coordinates are fixed: only the identity */
    const size_t natom = (size_t)molecule->natom;
    if (label == NULL)
        label = molecule->numbers;
    dia_status status = space ? check(molecule, label, error) : DIA_OK;
    if (status != DIA_OK)
        return status;
    const size_t count = space ? (size_t)dia_equivalent_permutations(molecule->natom, label) : 1;
    dia_match *made = calloc(1, sizeof *made);
    int *chosen = calloc(natom, sizeof *chosen);
    if (made != NULL) {
        made->permutation = calloc(count * natom, sizeof *made->permutation);
        made->movable = calloc(natom, sizeof *made->movable);
    }
    if (made == NULL || chosen == NULL || made->permutation == NULL || made->movable == NULL) {
        free(chosen);
        dia_match_free(made);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu permutations of %zu atoms", count, natom);
    }
    made->natom = molecule->natom;
    made->dimension = molecule->dimension;
    made->mirror = mirror && space;
    if (space) {
        made->npermutation = dia_equivalent_list(made->natom, label, chosen, made->permutation);
        find_movable(made, label);
    } else {
        made->npermutation = 1;
        for (int a = 0; a < made->natom; a++)
            made->permutation[a] = made->movable[a] = a;
    }
    free(chosen);
    *match = made;
    return DIA_OK;
}

void dia_match_free(dia_match *match)
{
    if (match == NULL)
        return;
    free(match->permutation);
    free(match->movable);
    free(match);
}

int dia_match_permutations(const dia_match *match)
{
    return match->npermutation;
}

const int *dia_match_permutation(const dia_match *match, int i)
{
    return match->permutation + (size_t)i * (size_t)match->natom;
}

/* ---- the overlap of two geometries ----------------------------------------------------------------------------------
 *
 * With centroids superposed natom d^2 = |A|^2 + |B|^2 - 2 lambda, lambda the largest eigenvalue of Horn's 4x4 matrix of
 * M = sum_a B_p(a) A_a^T. Its characteristic polynomial needs three invariants of M (Theobald, Acta Cryst. A 61, 478
 * (2005), DOI 10.1107/S0108767305015266):
 *
 *   P(x) = x^4 - 2 p x^2 - 8 d x + p^2 - 4 q,   p = |M|^2, d = det M, q = |cofactors of M|^2
 *
 * and a mirror image changes the sign of d alone. All roots are real, so x exceeds all of them exactly if P and its
 * derivatives are positive there (Budan, Fourier): this excludes a permutation without solving for the root. */

typedef struct pair { /* the two geometries of a call */
    const dia_match *match;
    const double *A, *B;
    double centre[3], shift[3]; /* centroids of B and of A                             */
    double size;                /* |A|^2 + |B|^2 about them                            */
    double fixed[9];            /* part of M that no permutation changes               */
} pair;

static void centroid(int natom, const double *R, double *middle)
{
    middle[0] = middle[1] = middle[2] = 0.0;
    for (int a = 0; a < natom; a++)
        for (int i = 0; i < 3; i++)
            middle[i] += R[3 * a + i];
    for (int i = 0; i < 3; i++)
        middle[i] /= natom;
}

/* M += B_b A_a^T, relative to the centroids */
static void overlap_add(const pair *own, int a, int b, double *M)
{
    for (int i = 0; i < 3; i++) {
        const double x = own->B[3 * b + i] - own->centre[i];
        for (int j = 0; j < 3; j++)
            M[3 * i + j] += x * (own->A[3 * a + j] - own->shift[j]);
    }
}

static void pair_make(pair *own, const dia_match *match, const double *A, const double *B)
{
    *own = (pair){.match = match, .A = A, .B = B};
    centroid(match->natom, A, own->shift);
    centroid(match->natom, B, own->centre);
    for (int a = 0; a < match->natom; a++)
        for (int i = 0; i < 3; i++) {
            const double x = A[3 * a + i] - own->shift[i], y = B[3 * a + i] - own->centre[i];
            own->size += x * x + y * y;
        }
    for (int k = match->nmovable; k < match->natom; k++)
        overlap_add(own, match->movable[k], match->movable[k], own->fixed);
}

static void overlap(const pair *own, int permutation, double *M)
{
    const dia_match *match = own->match;
    const int *list = dia_match_permutation(match, permutation);
    memcpy(M, own->fixed, sizeof own->fixed);
    for (int k = 0; k < match->nmovable; k++)
        overlap_add(own, match->movable[k], list[match->movable[k]], M);
}

typedef struct invariants {
    double p, d, q;
} invariants;

static invariants invariants_of(const double *M)
{
    invariants made = {0};
    double cofactor[9];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            const int i1 = (i + 1) % 3, i2 = (i + 2) % 3, j1 = (j + 1) % 3, j2 = (j + 2) % 3;
            cofactor[3 * i + j] = M[3 * i1 + j1] * M[3 * i2 + j2] - M[3 * i1 + j2] * M[3 * i2 + j1];
        }
    for (int i = 0; i < 9; i++) {
        made.p += M[i] * M[i];
        made.q += cofactor[i] * cofactor[i];
    }
    made.d = M[0] * cofactor[0] + M[1] * cofactor[1] + M[2] * cofactor[2];
    return made;
}

/* Is the largest root below x? d: with its sign. False for NaN. */
static bool below(const invariants *v, double d, double x)
{
    const double square = x * x;
    return x > 0 && 3.0 * square > v->p && x * (square - v->p) > 2.0 * d &&
           square * (square - 2.0 * v->p) - 8.0 * d * x + v->p * v->p - 4.0 * v->q > 0;
}

/* The largest root by Newton's method from above, where P is convex: monotonic until rounding takes over. */
static double largest_root(const invariants *v, double d, double above)
{
    enum { STEPS = 60 }; /* a multiple root halves the error at each step: 50 make 1e-15 */
    double x = above;
    for (int i = 0; i < STEPS; i++) {
        const double square = x * x;
        const double value = square * (square - 2.0 * v->p) - 8.0 * d * x + v->p * v->p - 4.0 * v->q;
        const double slope = 4.0 * (x * (square - v->p) - 2.0 * d);
        if (!(value > 0) || !(slope > 0))
            break;
        const double step = value / slope;
        x -= step;
        if (step < 1e-15 * above)
            break;
    }
    return x;
}

/* The largest eigenvalue over all permutations and images, good to its rounding. */
static double largest_overlap(const pair *own)
{
    double best = 0.0, M[9]; /* a traceless matrix has no negative largest eigenvalue */
    for (int i = 0; i < own->match->npermutation; i++) {
        overlap(own, i, M);
        const invariants v = invariants_of(M);
        for (int image = 0; image <= own->match->mirror; image++) {
            const double d = image ? -v.d : v.d;
            if (!below(&v, d, best)) {
                const double root = largest_root(&v, d, 0.5 * own->size);
                best = root > best ? root : best;
            }
        }
    }
    return best;
}

/* ---- placing --------------------------------------------------------------------------------- */

static void place(const dia_match *match, const dia_placement *placement, bool point, const double *B, double *TB)
{
    const int *list = dia_match_permutation(match, placement->permutation);
    if (match->dimension != 3) {
        memcpy(TB, B, (size_t)match->natom * (size_t)match->dimension * sizeof *TB);
        return;
    }
    for (int a = 0; a < match->natom; a++) {
        double x[3];
        for (int i = 0; i < 3; i++) {
            x[i] = B[3 * list[a] + i] - (point ? placement->centre[i] : 0.0);
            x[i] = placement->mirrored ? -x[i] : x[i];
        }
        for (int i = 0; i < 3; i++) {
            const double *row = placement->turn + 3 * i;
            TB[3 * a + i] = row[0] * x[0] + row[1] * x[1] + row[2] * x[2] + (point ? placement->shift[i] : 0.0);
        }
    }
}

void dia_match_place(const dia_match *match, const dia_placement *placement, const double *B, double *TB)
{
    place(match, placement, true, B, TB);
}

void dia_match_place_vector(const dia_match *match, const dia_placement *placement, const double *v, double *Tv)
{
    place(match, placement, false, v, Tv);
}

/* The best rotation for this permutation and image, and the distance computed from the placed atoms: the difference
 * of large numbers above would lose half the digits of a small distance. */
static double distance_at(const pair *own, int permutation, bool mirrored, dia_placement *placement)
{
    const int natom = own->match->natom, *list = dia_match_permutation(own->match, permutation);
    double M[9], sum = 0.0;
    *placement = (dia_placement){.permutation = permutation, .mirrored = mirrored};
    memcpy(placement->centre, own->centre, sizeof own->centre);
    memcpy(placement->shift, own->shift, sizeof own->shift);
    overlap(own, permutation, M);
    for (int i = 0; mirrored && i < 9; i++)
        M[i] = -M[i];
    dia_best_turn(M, placement->turn);
    for (int a = 0; a < natom; a++) {
        double x[3];
        for (int i = 0; i < 3; i++) {
            x[i] = own->B[3 * list[a] + i] - own->centre[i];
            x[i] = mirrored ? -x[i] : x[i];
        }
        for (int i = 0; i < 3; i++) {
            const double *row = placement->turn + 3 * i;
            const double miss = row[0] * x[0] + row[1] * x[1] + row[2] * x[2] - (own->A[3 * a + i] - own->shift[i]);
            sum += miss * miss;
        }
    }
    return sqrt(sum / natom);
}

static double plain_distance(const dia_match *match, const double *A, const double *B, dia_placement *placement)
{
    double sum = 0.0;
    for (int c = 0; c < match->natom * match->dimension; c++)
        sum += (A[c] - B[c]) * (A[c] - B[c]);
    *placement = (dia_placement){.turn = {1, 0, 0, 0, 1, 0, 0, 0, 1}};
    return sqrt(sum / match->natom);
}

/* The smallest distance over all permutations and images except the identity whose overlap reaches the limit, or the
 * first that is near enough, in the fixed order of the list; placement: of the last one tried. */
static double nearest_image(const pair *own, double overlap_limit, double enough, dia_placement *placement)
{
    double best = INFINITY, M[9];
    for (int i = 0; i < own->match->npermutation; i++) {
        overlap(own, i, M);
        const invariants v = invariants_of(M);
        for (int image = i == 0; image <= own->match->mirror; image++) {
            if (below(&v, image ? -v.d : v.d, overlap_limit))
                continue;
            best = fmin(best, distance_at(own, i, image, placement));
            if (best <= enough)
                return best;
        }
    }
    return best;
}

double dia_match_distance(const dia_match *match, const double *A, const double *B, dia_placement *placement)
{
    /* Rounding of the quartic, 1e-16 of size^4, moves a single root by 1e-16 of size, a triple one (the mirror image of
     * a spherical top) by 5e-6. All placements within this tolerance are compared atom by atom. */
    const double slack = 2e-5;
    dia_placement trial;
    if (match->dimension != 3)
        return plain_distance(match, A, B, placement != NULL ? placement : &trial);
    pair own;
    pair_make(&own, match, A, B);
    const double same = distance_at(&own, 0, false, &trial); /* without any exchange */
    if (placement != NULL)
        *placement = trial;
    if ((match->npermutation == 1 && !match->mirror) || isnan(same))
        return same;
    const double most = largest_overlap(&own), limit = most - slack * own.size;
    const double best = fmin(same, nearest_image(&own, limit, -INFINITY, &trial));
    if (placement == NULL || same <= best + DIA_MATCH_TIE)
        return best;
    /* natom d^2 = size - 2 overlap: from the largest distance that still counts as a tie, the smallest overlap. */
    const double tie = match->natom * DIA_MATCH_TIE * (best + 0.5 * DIA_MATCH_TIE);
    nearest_image(&own, limit - tie, best + DIA_MATCH_TIE, placement);
    return best;
}
