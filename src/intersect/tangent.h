/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Splits displacements at a geometry into rigid motions, those that change given functions to first order, and the
 * rest, which is tangent to the seam on which those functions stay constant. */
#ifndef DIA_INTERSECT_TANGENT_H
#define DIA_INTERSECT_TANGENT_H

#include "intersect/surface.h"

typedef struct dia_tangent { /* n = ncart; arrays owned */
    int ncart, most;         /* rows that fit                                                             */
    int nrigid, nnormal, ntangent;
    double *basis;   /* (n, n) orthonormal rows: nrigid, nnormal, ntangent                                */
    double *inverse; /* (most, n): d = sum_k x_k inverse_k is the shortest solution of J d = x; and the multipliers that
                        make g + J^T lambda shortest are lambda_k = -inverse_k . g                             */
    double *scratch;
} dia_tangent;

DIA_MUST_USE dia_status dia_tangent_open(dia_tangent *tangent, int ncart, int most, dia_error *error);
void dia_tangent_close(dia_tangent *tangent);

/* Rigid motions at R, where the surface was solved last, along which H does not change: orthonormal rows in T (6, n),
 * of Cartesian or mass-weighted displacements. A model whose H is not invariant keeps the motions that change it. */
int dia_tangent_rigid(dia_surface *surface, const double *R, bool mass_weighted, double *T);

/* J (nrow, n): gradients. rigid (nrigid, n): orthonormal rows; J is understood without its part along them. Rows that
 * vanish (below 1e-9: atomic units), or depend on others (to 1e-5 of their length), do not count. */
void dia_tangent_make(dia_tangent *tangent, int nrigid, const double *rigid, int nrow, const double *J);

/* v -= everything but its tangent part. */
void dia_tangent_project(const dia_tangent *tangent, double *v);

#endif
