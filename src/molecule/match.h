/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The distance of two geometries of one molecule when equivalent atoms are not distinguished: the smallest
 * root-mean-square deviation over translations, rotations, permutations of equivalent atoms and, if wanted, mirror
 * images,
 *
 *   d(A, B) = min sqrt( sum_a |A_a - (T B)_a|^2 / natom )
 *   (T B)_a = turn * ( +- (B_permutation[a] - centre) ) + shift
 *
 * (centroids superposed, rotation by quaternions: Horn, J. Opt. Soc. Am. A 4, 629 (1987)). Exhaustive over the
 * permutations, hence exact. A model system (dimension 1) has fixed coordinates: plain rms deviation, identity alone.
 */
#ifndef DIA_MOLECULE_MATCH_H
#define DIA_MOLECULE_MATCH_H

#include "diabolo/molecule.h"

enum { DIA_MATCH_PERMUTATIONS = 100000 }; /* at most */

typedef struct dia_match dia_match; /* constant after creation: usable by any number of threads */

typedef struct dia_placement { /* T above */
    int permutation;           /* dia_match_permutation gives its list */
    bool mirrored;
    double turn[9]; /* proper rotation, by rows */
    double centre[3], shift[3];
} dia_placement;

/* label (natom), copied: atoms with the same label may be exchanged; NULL: all atoms of one element. More than
 * DIA_MATCH_PERMUTATIONS permutations are DIA_ERROR_INPUT, with their number and the advice to name smaller sets; so
 * is one label on two elements. */
DIA_MUST_USE dia_status dia_match_create(dia_match **match, const dia_molecule *molecule, const int *label, bool mirror,
                                         dia_error *error);
void dia_match_free(dia_match *match);
int dia_match_permutations(const dia_match *match);
const int *dia_match_permutation(const dia_match *match, int i); /* (natom), the identity is number 0 */

/* Bohr. Where A is symmetric several placements are equally good up to noise: the digits of a file, the convergence
 * of a minimum. The choice among them must not depend on that noise. */
#define DIA_MATCH_TIE 1e-4

/* d in bohr; placement (NULL: not wanted) brings B onto A. Of all placements within DIA_MATCH_TIE of the best the first
 * permutation is taken (the identity, if it is among them), and the proper image before the mirrored one; so what is placed
 * may be further away than d by a tie. NaN if a coordinate is. */
double dia_match_distance(const dia_match *match, const double *A, const double *B, dia_placement *placement);
/* TB = T B (ncart); a vector field at B (velocity, gradient, g, h) turns along without the shift. In and out must
 * not overlap. */
void dia_match_place(const dia_match *match, const dia_placement *placement, const double *B, double *TB);
void dia_match_place_vector(const dia_match *match, const dia_placement *placement, const double *v, double *Tv);

#endif
