/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ab initio data: HDF5, format "diabolo-dataset" version 1 (docs/input-format.md). */
#ifndef DIA_DATASET_DATASET_H
#define DIA_DATASET_DATASET_H

#include <stdio.h>

#include "base/digest.h"
#include "diabolo/molecule.h"
#include "store/writer.h"

#define DIA_DATASET_STATES 6 /* at most: a training tries all 2^(n-1) signs of the states */

typedef struct dia_label {  /* of one geometry, borrowed; NaN: missing */
    const double *energy;   /* (nstate)                                                     */
    const double *gradient; /* (nstate, ncart)                                              */
    const double *coupling; /* (npair, ncart), pair (i<j) at j(j-1)/2 + i; arbitrary signs  */
} dia_label;

typedef struct dia_dataset {
    int natom, ncart, nstate, npair, npoint;
    int *numbers;     /* (natom)                                                             */
    double *R;        /* (npoint, ncart) bohr                                                */
    double *energy;   /* (npoint, nstate) hartree; NaN: missing                              */
    double *gradient; /* (npoint, nstate, ncart) hartree/bohr; NaN: missing                  */
    double *coupling; /* (npoint, npair, ncart) h_ij = <i|dH/dR|j>, pair (i<j) at j(j-1)/2+i */
    double *dipole;   /* (npoint, nstate, nstate, 3) e bohr (dipoles.h); NaN: missing; NULL: none          */
    double *weight;   /* (npoint) factor on the loss of a point; NULL: 1                     */
    int *group;       /* (npoint) number of the group a point belongs to; 0 without groups   */
    int ngroup;
    char **group_name;                        /* (ngroup) borrowed from group_text */
    char **group_text;                        /* block                             */
    double lowest;                            /* lowest energy in the set, hartree */
    char *level_of_theory, *licence, *source; /* or NULL                           */
    char digest[DIA_DIGEST_SIZE];
    /* What the user of the data should know, one sentence per line (units not stated or converted, datasets that are
     * not read, placeholders, contradictions; see examine.h). Never NULL after a load; "": nothing. */
    char *notes;
} dia_dataset;

/* Reads, converts units into atomic ones and checks: shapes, finite positions, no two atoms at the same place, some
 * known energy, states in ascending order. Vectors of gradients and couplings that are exactly zero in
 * every component are placeholders for what was not computed, and become missing. threads: as in a dia_control. */
DIA_MUST_USE dia_status dia_dataset_load(dia_dataset *data, const char *path, int threads, dia_error *error);
/* Reads and converts the same without judging the numbers, for a program that finds out what is wrong with them: only shapes, units and
 * elements must be right. `lowest` is not set, placeholders stay, notes tell of units and datasets alone. */
DIA_MUST_USE dia_status dia_dataset_read(dia_dataset *data, const char *path, dia_error *error);
void dia_dataset_free(dia_dataset *data);
/* Writes the set into the root group of a new file, whose writer the caller made: what dia_dataset_load reads. Kinds
 * of labels of which none is known are left out. For errors see root->status. */
void dia_dataset_write(const dia_dataset *data, dia_writer *root);
dia_label dia_dataset_label(const dia_dataset *data, int point);
double dia_dataset_weight(const dia_dataset *data, int point);
bool dia_dataset_known(const dia_dataset *data, int point); /* any energy? */

/* Which labels are used (labels.c). The lowest nstate states: labels of higher ones are dropped, of those that the set
 * does not have are missing. */
DIA_MUST_USE dia_status dia_dataset_set_states(dia_dataset *data, int nstate, dia_error *error);
/* Labels of states at least `below` (hartree) above the lowest energy become missing, their couplings with them.
 * Returns how many states that were. */
long dia_dataset_limit(dia_dataset *data, double below);
/* Projects the couplings on internal motions (internal.h). */
DIA_MUST_USE dia_status dia_dataset_project(dia_dataset *data, dia_error *error);

/* Are two atoms of R (natom, 3) at the same place? Then *first < *second are the first such pair. */
bool dia_atoms_meet(int natom, const double *R, int *first, int *second);
/* Reports to the caller of a long call what the set holds (a note) and what is doubtful (warnings). */
void dia_dataset_talk(const dia_dataset *data, const char *path, const dia_control *control);

/* How many labels of each kind there are: energies, and gradients and couplings with all their components. */
enum { DIA_LABEL_GAPS = 3 }; /* < 0.1, 0.1-0.5, > 0.5 eV */
extern const double dia_label_gap_limits[DIA_LABEL_GAPS - 1];
extern const char *const dia_label_gap_names[DIA_LABEL_GAPS];
typedef struct dia_label_count {
    long point, energy, gradient, coupling;
    long pair[DIA_LABEL_GAPS];   /* pairs of states of known gap                  */
    long taught[DIA_LABEL_GAPS]; /* those of them with a coupling                 */
} dia_label_count;
/* Of n points; points == NULL: of all. */
dia_label_count dia_dataset_count(const dia_dataset *data, int n, const int *points);
/* "60 points of ClH, 2 states: 120 energies, 120 gradients, 60 couplings (gap < 0.1 eV: 4 of 4, ...)". */
void dia_dataset_summary(const dia_dataset *data, size_t size, char *text);

typedef enum dia_split { DIA_SPLIT_POINTS, DIA_SPLIT_GROUPS, DIA_SPLIT_STEADY } dia_split;
/* Chooses a `fraction` of the points that have an energy for validation among those that are eligible (npoint; NULL: all).
 * Points: round(fraction n) single ones at random. Groups: whole groups at random until that number is reached, but never 1.5
 * times as many; where no group is small enough (one group, or none at all), single points. Steady: each single point with this
 * probability, by a random number of its coordinates, so that it stays on its side when points are added or removed, and so do copies; one at
 * least, unless the fraction is 0. train and validation are (npoint) arrays of the caller, filled in ascending order. */
DIA_MUST_USE dia_status dia_dataset_split(const dia_dataset *data, double fraction, uint64_t seed, dia_split by,
                                          const bool *eligible, int *ntrain, int *train, int *nvalidation,
                                          int *validation);
/* Divides the eligible points that have an energy into `folds` (2 to 64) parts of about the same size: fold (npoint) is the part of
 * each, -1: none. Whole groups (by_group) where there are enough and none is 1.5 times as large as a part; else single points. */
DIA_MUST_USE dia_status dia_dataset_folds(const dia_dataset *data, int folds, uint64_t seed, bool by_group,
                                          const bool *eligible, int *fold);
/* Below it a geometry is a near copy of another, unless a caller knows better: bohr, as in dia_dataset_part. Distances between atoms
 * then differ by some 0.01 bohr at most. */
#define DIA_DATASET_COPY 0.005
/* Chains of near copies: cluster (npoint) is the number of that of each point, 0 to *ncluster - 1. */
DIA_MUST_USE dia_status dia_dataset_clusters(const dia_dataset *data, double apart, int *cluster, int *ncluster,
                                             dia_error *error);
/* Takes validation points away that are nearer than `apart` (bohr, rms over the atoms of the best superposition, mirrored
 * or not, like atoms exchanged if that leaves at most 200 ways) to a training point: a near copy tests nothing. */
DIA_MUST_USE dia_status dia_dataset_part(const dia_dataset *data, double apart, int ntrain, const int *train,
                                         int *nvalidation, int *validation, dia_error *error);
/* Distances of a point (natom(natom-1)/2), bohr: those of each pair of elements in ascending order. Equal for geometries
 * that differ by a motion, a reflection or an exchange of like atoms. */
void dia_dataset_distances(const dia_dataset *data, int point, double *list);

#endif
