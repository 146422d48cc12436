/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ab initio data: HDF5, format "diabolo-dataset" version 1 (docs/dataset-file.md). */
#ifndef DIA_TRAIN_DATASET_H
#define DIA_TRAIN_DATASET_H

#include "base/digest.h"
#include "diabolo/molecule.h"
#include "train/loss.h"

typedef struct dia_dataset {
    int natom, ncart, nstate, npair, npoint;
    int *numbers;     /* (natom)                                                          */
    double *R;        /* (npoint, ncart) bohr                                              */
    double *energy;   /* (npoint, nstate) hartree; NaN: missing                            */
    double *gradient; /* (npoint, nstate, ncart) hartree/bohr; NaN: missing                */
    double *coupling; /* (npoint, npair, ncart) h_ij = <i|dH/dR|j>, pair (i<j) at j(j-1)/2+i */
    int *group;       /* (npoint) number of the group a point belongs to; 0 without groups */
    int ngroup;
    char **group_name;                        /* (ngroup) borrowed from group_text                                 */
    char **group_text;                        /* block                                                             */
    double lowest;                            /* lowest energy in the set, hartree                                 */
    char *level_of_theory, *licence, *source; /* or NULL                                    */
    char digest[DIA_DIGEST_SIZE];
} dia_dataset;

/* Reads and checks: shapes, finite positions, at least one known energy a point, states in ascending order. */
DIA_MUST_USE dia_status dia_dataset_load(dia_dataset *data, const char *path, dia_error *error);
void dia_dataset_free(dia_dataset *data);
dia_label dia_dataset_label(const dia_dataset *data, int point);

/* Chooses round(fraction * eligible points) points for validation among those that are eligible (npoint; NULL: all):
 * single points at random, or (by_group) whole groups at random until that many are reached, never half as many again;
 * where no group is small enough (one group, or none at all), single points. train and validation are (npoint) arrays
 * of the caller, filled in ascending order. */
DIA_MUST_USE dia_status dia_dataset_split(const dia_dataset *data, double fraction, uint64_t seed, bool by_group,
                                          const bool *eligible, int *ntrain, int *train, int *nvalidation,
                                          int *validation);

#endif
