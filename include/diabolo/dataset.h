/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ab initio data of one molecule as a data set for `diabolo train` (docs/input-format.md), from arrays. Files of other
 * programs: `diabolo convert` (docs/convert.md). */
#ifndef DIABOLO_DATASET_H
#define DIABOLO_DATASET_H

#include "diabolo/base.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_dataset_arrays { /* all borrowed; zero-initialise */
    int npoint, natom, nstate;
    const int *numbers; /* (natom) atomic numbers                                                                  */
    const double
        *positions; /* (npoint, natom, 3)                                                                      */
    const double
        *energies; /* (npoint, nstate); NaN here and below: missing                                           */
    const double
        *gradients; /* (npoint, nstate, natom, 3), +dE/dR; NULL: none                                          */
    const double
        *couplings; /* (npoint, npair, natom, 3), pairs (0,1), (0,2), (1,2), (0,3), ...: pair (i < j) at j(j-1)/2+i;
                                NULL: none                                                                              */
    const double *
        dipoles; /* (npoint, nstate, nstate, 3), symmetric in the states, signs as those of the couplings; NULL: none */
    const char *const
        *group; /* (npoint) points of one group (trajectory, scan) belong together; NULL: none            */
    /* Units, as "Angstrom", "eV", "eV/Angstrom". None has a default: NULL is an error for what is given. Couplings in an energy
     * per length are h_ij = <i|dH/dR|j>, in 1/length derivative couplings d_ij = h_ij/(E_j - E_i). Dipoles: "e bohr", "debye" or "e Angstrom". */
    const char *length_unit, *energy_unit, *gradient_unit, *coupling_unit, *dipole_unit;
    const char *level_of_theory; /* NULL: not stated */
} dia_dataset_arrays;

/* Converts into atomic units, puts states in the order of their energies and writes the file PATH; it is replaced only if
 * `replace`. Messages say what was done and what is doubtful. DIA_ERROR_INPUT names the point. */
DIA_API DIA_MUST_USE dia_status dia_dataset_write_arrays(const char *path, const dia_dataset_arrays *arrays,
                                                         bool replace, const dia_control *control, dia_error *error);

#ifdef __cplusplus
}
#endif
#endif
