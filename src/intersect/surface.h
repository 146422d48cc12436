/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one thread needs to evaluate a model: tapes, the adiabatic frame of one geometry, batches of displaced
 * geometries. Shapes: n = ncart, N = nstate. Atomic units. */
#ifndef DIA_INTERSECT_SURFACE_H
#define DIA_INTERSECT_SURFACE_H

#include "diabolo/model.h"

enum { DIA_SURFACE_BATCH = 64 }; /* geometries in one batch of displaced ones */
enum { DIA_SURFACE_MOST = 4 };   /* states whose gradients are found at once  */

typedef struct dia_surface { /* arrays owned */
    const dia_model *model;
    const dia_molecule *molecule; /* borrowed from the model */
    int ncart, nstate, npacked;
    bool hermitian;       /* H is complex: U, Us (N, N, 2)                                 */
    dia_tape *one, *many; /* of the geometry solved; of displaced ones                    */
    double *H, *E, *U;    /* (npacked), (N) ascending, (N, N) columns: of the one geometry */
    double *Rs;           /* (BATCH, n) displaced geometries, for the caller to fill       */
    double *Hs, *Es, *Us; /* (BATCH, ...) theirs                                           */
    double *Gs, *Ws;      /* (MOST BATCH, n), (MOST BATCH, npacked)                        */
    double *W, *work;     /* (max(npacked, 6), npacked); scratch of the eigenproblem       */
    int *row;             /* (MOST BATCH)                                                  */
} dia_surface;

/* An error unless states first .. first+count-1 exist and most >= count >= least. */
DIA_MUST_USE dia_status dia_states_check(const dia_model *model, int first, int count, int least, int most,
                                         dia_error *error);

/* On failure nothing stays allocated. */
DIA_MUST_USE dia_status dia_surface_open(dia_surface *surface, const dia_model *model, dia_error *error);
void dia_surface_close(dia_surface *surface);

/* H, E, U at R (n). False if they are not finite: a hole in the model, or a geometry that is not finite. */
bool dia_surface_solve(dia_surface *surface, const double *R);
/* Of the geometry solved last: elements (count, 3), each two states k, l and 0 for the real or 1 for the imaginary part -> G (count,
 * n): <k|dH/dR|l>, hartree/bohr; k == l: the gradient of E_k. count <= npacked. False if not finite. */
bool dia_surface_couplings(dia_surface *surface, int count, const int (*element)[3], double *G);
/* Of the geometry solved last: the largest |dH_ij/dR . v| for each of count <= 6 directions v (count, n). */
void dia_surface_slopes(dia_surface *surface, int count, const double *v, double *slope);
/* hessian (n, n) = sum_ij W_ij d2H_ij/dR2 at R for a packed weight W (npacked) that does not change with R: four-point
 * differences of contract. H is smooth, also where its eigenvalues meet: the step need not shrink there. False if not
 * finite. */
bool dia_surface_curvature(dia_surface *surface, const double *R, const double *W, double *hessian);
/* Solves the first `batch` geometries of Rs into Hs, Es, Us, and puts the gradients of states first .. first+count-1 of
 * each into Gs (batch, count, n). batch <= BATCH, count <= MOST. False if not finite. */
bool dia_surface_gradients(dia_surface *surface, int batch, int first, int count);

#endif
