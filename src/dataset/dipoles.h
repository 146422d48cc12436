/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dipoles of a data set: mu_ij = <i|mu|j>, e bohr, symmetric in the states, signs those of the couplings; NaN: missing. */
#ifndef DIA_DATASET_DIPOLES_H
#define DIA_DATASET_DIPOLES_H

#include "dataset/dataset.h"
#include "store/store.h"

#define DIA_DEBYE 2.541746473 /* debye per e bohr (CODATA 2018) */

/* *factor: from this unit of dipoles, as "debye", to e bohr; false: it is none. */
bool dia_dipole_unit(const char *unit, double *factor);
/* For the reader: the dataset `dipoles`, if there is one; what must be true of its numbers; the lowest nstate states. */
DIA_MUST_USE dia_status dia_dipoles_of_file(dia_dataset *data, const dia_store *store, FILE *notes, dia_error *error);
DIA_MUST_USE dia_status dia_dipoles_check(const dia_dataset *data, const char *path, dia_error *error);
DIA_MUST_USE dia_status dia_dipoles_set_states(dia_dataset *data, int nstate, dia_error *error);

/* (3) of states i, j; the data have dipoles. */
static inline const double *dia_dataset_dipole(const dia_dataset *data, int point, int i, int j)
{
    const size_t n = (size_t)data->nstate;
    return data->dipole + (((size_t)point * n + (size_t)i) * n + (size_t)j) * 3;
}

bool dia_dipole_known(const dia_dataset *data, int point, int i, int j); /* it, and the energies of both states */
bool dia_dipole_any(const dia_dataset *data, int point);                 /* that of any two states             */

#endif
