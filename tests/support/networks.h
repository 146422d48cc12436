/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Networks of ethylene of all kinds, with and without symmetry, for the tests of networks and their parts. */
#ifndef DIA_TEST_NETWORKS_H
#define DIA_TEST_NETWORKS_H

#include "model/network.h"

/* Ethylene, bohr, slightly twisted and pyramidalised: no symmetry left. */
static const int numbers[6] = {6, 6, 1, 1, 1, 1};
static const double geometry[18] = {0.0,  0.0, 1.25, 0.05, 0.0, -1.25, 1.75, 0.1,  2.3,
                                    -1.7, 0.3, 2.35, 1.6,  0.7, -2.4,  -1.7, -0.6, -2.2};

/* Planar, D2h: the reference of the normal coordinates. */
static const double planar[18] = {0, 0, 1.25, 0, 0, -1.25, 1.75, 0, 2.3, -1.75, 0, 2.3, 1.75, 0, -2.3, -1.75, 0, -2.3};

/* Generators: hydrogens 2,3; hydrogens 4,5; the two halves; the inversion, if it is to be odd for one of the states. Signs of the diabats as of |ab|, |aa|+|bb|, |aa|-|bb|. */
static const int permutations[24] = {0, 1, 3, 2, 4, 5, 0, 1, 2, 3, 5, 4, 1, 0, 4, 5, 2, 3, 0, 1, 2, 3, 4, 5};
static const bool inversions[4] = {false, false, false, true};
static const double signs[12] = {-1, 1, 1, -1, 1, 1, 1, 1, -1, 1, 1, -1};

/* Three hydrogens: a cycle and an exchange. Diabats 0 and 1 are a degenerate pair, 2 is odd under exchanges and the inversion. The
 * matrices are given with the digits of an input. */
extern const double networks_doublet[27];

/* Widths are not multiples of any panel. */
#define TANH "{layers: [13, 9], activation: tanh}"
#define SILU "{layers: [13, 9], activation: silu}"
#define LENGTHS "lengths: [0.5 A, 1 A, 2.123456789 A]"

typedef struct kind {
    int ndescriptor;
    const char *descriptors[2];
    const char *architecture, *options;
    int ngenerator;
    const char *reference, *descriptor_options[2];
    const char *baseline;
    bool degenerate; /* generators of the three hydrogens with networks_doublet */
} kind;

extern const char networks_reference[]; /* an additive reference H: linear vibronic coupling of one mode */

dia_generators networks_generators(const kind *k);
dia_model *networks_make(const kind *k, uint64_t seed); /* random parameters; nothing in it is small */
void networks_evaluate(const dia_model *model, const double *R, double *H);
/* H(gR) = Gamma H(R) Gamma^T for each generator, and for the inversion if it is even: all signs +. */
void networks_symmetry(const kind *k, bool inversion_is_even);
/* A Molden file of ethylene with springs between all atoms and to the plane, with the six digits that programs print. */
void networks_write_modes(const char *path);

#endif
