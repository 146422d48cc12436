/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Spin-free states of a model that knows the spins of its diabats (dia_model_spin): eigenstates of H without spin-orbit coupling, the
 * "molecular Coulomb Hamiltonian" (MCH) of the literature. That H consists of one real block for each multiplicity and component
 * M_S. A term is a spin-free state with all its components: state r of its multiplicity, r = 0, 1, ... by energy; its diabatic
 * namesake is diabat r of each block. Populations are sums over components. */
#ifndef DIA_ELECTRONIC_SPIN_H
#define DIA_ELECTRONIC_SPIN_H

#include "diabolo/frame.h"
#include "diabolo/model.h"

enum { DIA_SPIN_NAME = 24 };

typedef struct dia_spin {
    int nstate, nterm, nmultiplicity;
    int *block, nblock;          /* (nstate) of each diabat; blocks in the order of their first diabat    */
    int *term;                   /* (nstate) of each diabat, and of each column of dia_spin_states        */
    int *of_term;                /* (nterm) which multiplicity: 0 to nmultiplicity-1, ascending           */
    int *multiplicity;           /* (nmultiplicity) 2S+1                                                  */
    char (*name)[DIA_SPIN_NAME]; /* (nterm + nmultiplicity) "S0", "T1", ..., "singlet", "triplet"         */
} dia_spin;

/* *known: whether the model knows. Then the arrays are owned; dia_spin_free, also of a zeroed one. */
DIA_MUST_USE dia_status dia_spin_open(dia_spin *spin, const dia_model *model, bool *known, dia_error *error);
void dia_spin_free(dia_spin *spin);

/* Doubles of work space for dia_spin_states. */
size_t dia_spin_work(int nstate);
/* H (packed, of which the real parts are used) -> the spin-free states: E (nstate), U (nstate, nstate) real, columns; within a block
 * ascending, in the places of its diabats, so that column k belongs to term[k]. */
void dia_spin_states(const dia_spin *spin, const double *H, double *E, double *U, double *work);
/* x (nstate), of states or diabats -> sums (nterm + nmultiplicity): of each term, then of each multiplicity. */
void dia_spin_sums(const dia_spin *spin, const double *x, double *sums);

#endif
