/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small force field whose frequencies are known: springs between all pairs of atoms, and 1 + cos(angle) for each bend
 * a-b-c. Exactly invariant, zero at its minimum. */
#ifndef DIA_TEST_SPRINGS_H
#define DIA_TEST_SPRINGS_H

#include "diabolo/molecule.h"

enum { SPRINGS_MOST = 8 };

typedef struct springs {
    int natom;
    double k[SPRINGS_MOST][SPRINGS_MOST];      /* hartree/bohr^2 */
    double length[SPRINGS_MOST][SPRINGS_MOST]; /* bohr */
    int bend[3];                               /* a-b-c */
    double kbend;                              /* hartree; 0: none */
} springs;

/* Lengths of the molecule's reference; all constants k. */
void springs_make(springs *s, const dia_molecule *molecule, double k);
bool springs_surface(void *context, const double *R, double *f, double *g); /* a dia_function */

#endif
