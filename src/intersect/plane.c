/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The branching plane and the first-order shape of the double cone: Fdez. Galvan, Delcey, Pedersen, Aquilante, Lindh,
 * J. Chem. Theory Comput. 12, 3636 (2016), DOI 10.1021/acs.jctc.6b00384. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/intersect.h"
#include "intersect/space.h"
#include "math/eigen.h"
#include "math/vector.h"

/* A vector shorter than this fraction of the other counts as zero: its direction is rounding error. */
static const double flat = 1e-10;

/* Turns g and h, which include any angle, into the orthogonal pair x, y that spans the same cone: with tan 2 beta = 2
 * g.h/(g.g - h.h), x = g cos beta + h sin beta, y = h cos beta - g sin beta; the longer becomes x. */
static void orthogonalise(int n, const double *g, const double *h, double *x, double *y)
{
    double gg = dia_dot(n, g, g), hh = dia_dot(n, h, h), gh = dia_dot(n, g, h);
    double beta = 0.5 * atan2(2.0 * gh, gg - hh), c = cos(beta), s = sin(beta);
    for (int i = 0; i < n; i++) {
        x[i] = c * g[i] + s * h[i];
        y[i] = c * h[i] - s * g[i];
    }
    if (dia_norm(n, x) >= dia_norm(n, y))
        return; /* beta between -pi/2 and pi/2 by atan2 gives the longer first, apart from rounding */
    for (int i = 0; i < n; i++) {
        double swap = x[i];
        x[i] = y[i];
        y[i] = -swap;
    }
}

/* To unit length, and turned so that s has no negative component along it. Returns the length. */
static double direct(int n, const double *s, double scale, double *v)
{
    double length = dia_norm(n, v), sign = dia_dot(n, s, v) < 0.0 ? -1.0 : 1.0;
    if (!(length > flat * scale))
        length = 0.0;
    for (int i = 0; i < n; i++)
        v[i] = length > 0.0 ? sign * v[i] / length : 0.0;
    return length;
}

/* P and B of the paper, written such that a flat direction (asymmetry 1, no component of s along it) does not give
 * 0/0. Both are conditions on the lower surface near the tip: that it falls on all sides is, in any number of directions, a sum of
 * squares of slope over steepness below 1. */
static void classify(dia_branching_plane *plane, double sx, double sy, double sz)
{
    double D = plane->asymmetry;
    plane->P = sx * sx / (1.0 + D) + (sy == 0.0 ? 0.0 : sy * sy / (1.0 - D)) + sz * sz;
    plane->B = plane->directions > 2 ? NAN
               : D < flat            ? INFINITY
                                     : (cbrt((1.0 + D) * sx * sx) + cbrt((1.0 - D) * sy * sy)) / cbrt(4.0 * D * D);
}

/* x, y, z: orthogonal, as long as the cone is steep, the steepest first. */
static void shape(dia_branching_plane *plane)
{
    const int n = plane->ncart;
    double a = direct(n, plane->s, dia_norm(n, plane->x), plane->x), b = direct(n, plane->s, a, plane->y),
           c = direct(n, plane->s, a, plane->z);
    plane->directions = (a > 0.0) + (b > 0.0) + (c > 0.0);
    plane->pitch = sqrt(0.5 * (a * a + b * b));
    plane->asymmetry = a > 0.0 ? (a - b) * (a + b) / (a * a + b * b) : 0.0;
    double sx = a > 0.0 ? dia_dot(n, plane->s, plane->x) / plane->pitch : 0.0,
           sy = a > 0.0 ? dia_dot(n, plane->s, plane->y) / plane->pitch : 0.0;
    plane->tilt = hypot(sx, sy);
    plane->heading = atan2(fmax(sy, 0.0), fmax(sx, 0.0));
    classify(plane, sx, sy, c > 0.0 ? dia_dot(n, plane->s, plane->z) / c : 0.0);
}

/* The same from three vectors, which include any angles. */
static dia_status find_space(dia_branching_plane *plane, dia_surface *surface, int lower, const double *R,
                             dia_error *error)
{
    const int n = surface->ncart;
    dia_block_view block = {0};
    double *b = dia_allocate(DIA_BLOCK_CONDITIONS * (size_t)n, sizeof *b), *work = NULL;
    dia_status status = dia_block_open(&block, surface, lower, 2, error);
    if (status == DIA_OK)
        work = dia_allocate(dia_eigen_work(block.ncondition), sizeof *work);
    if (status == DIA_OK && (b == NULL || work == NULL))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a branching space");
    if (status == DIA_OK && !dia_block_solve(&block, R))
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "no branching space: the model is not finite here");
    if (status == DIA_OK) {
        dia_branching_space(&block, b, work);
        memcpy(plane->x, b, (size_t)n * sizeof *b);
        memcpy(plane->y, b + n, (size_t)n * sizeof *b);
        memcpy(plane->z, b + 2 * n, (size_t)n * sizeof *b);
    }
    free(b);
    free(work);
    dia_block_close(&block);
    return status;
}

static dia_status fill(dia_branching_plane *plane, dia_surface *surface, int lower, const double *R, dia_error *error)
{
    const int n = surface->ncart, upper = lower + 1, count = surface->hermitian ? 4 : 3,
              element[4][3] = {{lower, lower}, {upper, upper}, {lower, upper}, {lower, upper, 1}};
    double *G = surface->Gs;
    if (!dia_surface_solve(surface, R) || !dia_surface_couplings(surface, count, element, G))
        return dia_error_set(error, DIA_ERROR_NUMERIC,
                             "no branching plane: the model's energies or gradients are not finite at this geometry");
    for (int i = 0; i < n; i++) {
        plane->g[i] = 0.5 * (G[n + i] - G[i]);
        plane->s[i] = 0.5 * (G[n + i] + G[i]);
        plane->h[i] = G[2 * n + i];
        plane->h_imaginary[i] = surface->hermitian ? G[3 * n + i] : 0.0;
    }
    dia_status status = DIA_OK;
    if (surface->hermitian)
        status = find_space(plane, surface, lower, R, error);
    else
        orthogonalise(n, plane->g, plane->h, plane->x, plane->y);
    if (status == DIA_OK)
        shape(plane);
    return status;
}

dia_status dia_branching_plane_make(dia_branching_plane *plane, const dia_model *model, int lower, const double *R,
                                    dia_error *error)
{
    dia_shape of = dia_model_shape(model);
    size_t n = (size_t)of.ncart;
    dia_surface surface;
    *plane = (dia_branching_plane){.ncart = of.ncart};
    dia_status status = dia_states_check(model, lower, 2, 2, 2, error);
    if (status == DIA_OK)
        status = dia_surface_open(&surface, model, error);
    if (status != DIA_OK)
        return status;
    status = DIA_PARTS({&plane->g, n}, {&plane->h, n}, {&plane->h_imaginary, n}, {&plane->x, n}, {&plane->y, n},
                       {&plane->z, n}, {&plane->s, n})
                 ? fill(plane, &surface, lower, R, error)
                 : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a branching plane");
    dia_surface_close(&surface);
    if (status != DIA_OK)
        dia_branching_plane_free(plane);
    return status;
}

void dia_branching_plane_free(dia_branching_plane *plane)
{
    free(plane->g);
    *plane = (dia_branching_plane){0};
}
