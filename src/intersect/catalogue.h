/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The distinct stationary points found on a model: what the file of format "diabolo-intersections" holds in /points
 * (docs/intersections-file.md says what each dataset means). Atomic units. */
#ifndef DIA_INTERSECT_CATALOGUE_H
#define DIA_INTERSECT_CATALOGUE_H

#include "diabolo/base.h"
#include "diabolo/molecule.h"
#include "store/store.h"

typedef struct dia_catalogue { /* arrays owned; those of vectors (npoint, ncart); planes are NaN where count != 2 */
    dia_molecule molecule;
    int npoint, nstate;
    char *model_digest; /* SHA-256 of the model they were found on                                                  */
    char **name;        /* (npoint) "S1/S0-1", "S0-1", "S2/S1/S0-1": by states, then by energy                      */
    int *first, *count; /* (npoint) states first .. first+count-1 meet                                              */
    int *order;         /* (npoint) negative curvatures within the seam: 0 a minimum; -1: not determined            */
    int *starts;        /* (npoint) how many searches ended there                                                   */
    int *method;        /* (npoint) dia_search_method                                                               */
    double *R;          /* (npoint, ncart) bohr                                                                     */
    double *E;          /* (npoint, nstate) hartree                                                                 */
    double *gap, *gradient;         /* (npoint) what is left of the conditions of convergence                       */
    double *g, *h, *x, *y, *s;      /* (npoint, ncart) dia_branching_plane                                          */
    double *pitch, *asymmetry, *tilt, *heading, *P, *B; /* (npoint) the same                                        */
} dia_catalogue;

/* Reads a file of format "diabolo-intersections"; on failure *catalogue is zero and the error names file and dataset. */
DIA_MUST_USE dia_status dia_catalogue_read(dia_catalogue *catalogue, const char *path, dia_error *error);
/* Writes /molecule and /points into a file that is being made. */
DIA_MUST_USE dia_status dia_catalogue_write(const dia_catalogue *catalogue, dia_store *store, dia_error *error);
void dia_catalogue_free(dia_catalogue *catalogue);

#endif
