/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The distinct stationary points found on a model: what the file of format "diabolo-intersections" holds in /molecule
 * and /points (docs/intersections-file.md says what each dataset means). Atomic units. */
#ifndef DIA_INTERSECT_CATALOGUE_H
#define DIA_INTERSECT_CATALOGUE_H

#include "diabolo/base.h"
#include "diabolo/intersect.h"
#include "diabolo/molecule.h"
#include "store/writer.h"

#define DIA_CATALOGUE_FORMAT "diabolo-intersections"
#define DIA_CATALOGUE_VERSION 1

typedef struct dia_catalogue { /* arrays owned; those of vectors (npoint, ncart); planes are NaN where count != 2 */
    dia_molecule molecule;
    int npoint, nstate;
    char *model_digest; /* SHA-256 of the model they were found on                                                  */
    char *zero_text;    /* what the energy zero is: "the minimum S0-1", "S0 at the reference geometry"              */
    double zero;        /* hartree: energies in tables are relative to it (those here are not)                      */
    char **name;        /* (npoint) "S1/S0-1", "S0-1", "S2/S1/S0-1": by states, then by energy                      */
    char **label;       /* (npoint) name of the first class of the input it belongs to; empty: none                 */
    int *first, *count; /* (npoint) states first .. first+count-1 meet                                              */
    int *order;         /* (npoint) negative curvatures within the seam: 0 a minimum; -1: not determined            */
    int *starts;        /* (npoint) how many searches ended there                                                   */
    int *method;        /* (npoint) dia_search_method that found this, the best converged representative            */
    int *reached;       /* (npoint, DIA_SEARCH_METHODS) searches that ended there by each method                    */
    double *R;          /* (npoint, ncart) bohr                                                                     */
    double *E;          /* (npoint, nstate) hartree                                                                 */
    double *gap, *gradient;                             /* (npoint) what is left of the conditions of convergence   */
    double *frequency;                                  /* (npoint, ncart) hartree, dia_seam_modes; NaN behind them */
    double *g, *h, *x, *y, *s;                          /* (npoint, ncart) dia_branching_plane                      */
    double *pitch, *asymmetry, *tilt, *heading, *P, *B; /* (npoint) the same                                        */
} dia_catalogue;

/* All arrays for so many points: numbers 0 (order -1), reals NaN, texts NULL. Copies the molecule. On failure zero. */
DIA_MUST_USE dia_status dia_catalogue_init(dia_catalogue *catalogue, const dia_molecule *molecule, int npoint,
                                           int nstate, dia_error *error);
/* Reads a file of format "diabolo-intersections"; on failure *catalogue is zero and the error names file and dataset.
 */
DIA_MUST_USE dia_status dia_catalogue_read(dia_catalogue *catalogue, const char *path, dia_error *error);
/* Writes /molecule and /points into a file that is being made, and the attributes that dia_catalogue_read wants. */
DIA_MUST_USE dia_status dia_catalogue_write(const dia_catalogue *catalogue, dia_store *store, dia_error *error);
void dia_catalogue_free(dia_catalogue *catalogue);

/* The vectors x and y of a point, borrowed. */
void dia_catalogue_plane(const dia_catalogue *catalogue, int point, const double **x, const double **y);
/* "S1/S0", "S0", "S2/S1/S0" */
void dia_states_text(int first, int count, size_t size, char *text);

#endif
