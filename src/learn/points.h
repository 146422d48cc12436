/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Geometries of a molecule, why they were chosen, and their labels. Atomic units. */
#ifndef DIA_LEARN_POINTS_H
#define DIA_LEARN_POINTS_H

#include "dataset/dataset.h"

enum { DIA_POINT_GROUP = 32 };

typedef struct dia_points { /* arrays owned; NaN: missing */
    int natom, ncart, nstate, npair, n, room;
    int *numbers;  /* (natom)               */
    double *R;     /* (n, ncart)            */
    double *E;     /* (n, nstate)           */
    double *G;     /* (n, nstate, ncart)    */
    double *h;     /* (n, npair, ncart)     */
    double *score; /* (n) what the choice went by, hartree */
    char (*group)[DIA_POINT_GROUP];
    char *level; /* of theory; NULL: not known */
} dia_points;

DIA_MUST_USE dia_status dia_points_init(dia_points *points, const dia_molecule *molecule, int nstate, dia_error *error);
void dia_points_free(dia_points *points);
/* Appends one, without labels. */
DIA_MUST_USE dia_status dia_points_add(dia_points *points, const char *group, double score, const double *R,
                                       dia_error *error);
/* Appends point i of another list of the same molecule and states, labels too. */
DIA_MUST_USE dia_status dia_points_copy(dia_points *points, const dia_points *from, int i, dia_error *error);

/* A data set (format "diabolo-dataset") of all points, or, without labels, a file of format "diabolo-choice". It appears when it is
 * complete. */
DIA_MUST_USE dia_status dia_points_write(const dia_points *points, bool labelled, const char *path, dia_error *error);
/* Appends what dia_points_write wrote. */
DIA_MUST_USE dia_status dia_points_read(dia_points *points, bool labelled, const char *path, dia_error *error);
/* Appends any data set of this molecule: its lowest nstate states. */
DIA_MUST_USE dia_status dia_points_load(dia_points *points, const char *path, const dia_control *control,
                                        dia_error *error);

/* Points `of` (n; NULL: the first n) as data in memory, with so many states (more than there are: without labels) and couplings on internal motions, as
 * a network is compared with them. dia_dataset_free whatever the status. */
DIA_MUST_USE dia_status dia_points_dataset(const dia_points *points, int n, const int *of, int nstate,
                                           dia_dataset *data, dia_error *error);

/* Distances of a geometry (natom(natom-1)/2), bohr: those of each pair of elements in ascending order, each r as
 * L tanh(r/L), L = 5 Angstrom, because it does not matter how far apart the parts of a molecule are. Equal for geometries that
 * differ by a motion, a reflection or an exchange of like atoms. */
void dia_points_features(int natom, const int *numbers, const double *R, double *features);
/* Root mean square difference of two such lists. */
double dia_features_distance(int natom, const double *a, const double *b);

/* Of n such lists, features (n, width) one after the other: the numbers of `most` that are far from each other, the first, then each
 * time the one farthest from those taken; into taken (most). Returns how many there are. */
int dia_features_spread_out(int natom, int n, const double *features, int most, int *taken);

#endif
