/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wave packet on a grid in the field of light: exp(-i V dt) of a splitting becomes the propagator of H(R) - mu(R).E(t) at each
 * point. Time goes on in these stages, so that within them a point is an atom at rest in the field, whatever the step of the
 * splitting is; only what light does between two of them, to a packet that moved, is a matter of that step. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "exact/grid_tasks.h"
#include "math/vector.h"
#include "parallel/team.h"

/* FAR: parts of a turn from which on squaring a propagator is less work than so many products of a matrix and a vector. */
enum { FEW = DIA_GRID_STATES, FAR = 64, PIECES = 2 * ((1 << DIA_FIELD_LEVELS) - 1) };

/* ---- dipoles --------------------------------------------------------------------------------- */

typedef struct dipoles {
    dia_grid *grid;
    double *mu; /* (threads, DIA_GRID_BATCH, 3, npacked) diabatic       */
    bool *bad;  /* (tasks): a dipole is not finite at one of the points */
} dipoles;

static double range_of(const dia_grid *grid, size_t p)
{
    const double *E = grid->E + p * (size_t)grid->nstate;
    return E[grid->nstate - 1] - E[0];
}

/* m (npacked) diabatic -> out (npacked) adiabatic, with the frame U of the point. */
static void turn_dipole(const dia_grid *grid, const double *U, const double *m, double *out)
{
    const int n = grid->nstate;
    double e[2 * FEW], u[2 * FEW], x[2 * FEW], column[2 * FEW], z[2];
    for (int l = 0; l < n; l++) {
        memset(e, 0, sizeof e);
        memset(x, 0, sizeof x);
        e[2 * l] = 1.0;
        dia_states_diabatic(&grid->shape, U, e, u);
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                dia_states_element(&grid->shape, m, i, j, z);
                x[2 * i] += z[0] * u[2 * j] - z[1] * u[2 * j + 1];
                x[2 * i + 1] += z[0] * u[2 * j + 1] + z[1] * u[2 * j];
            }
        dia_states_adiabatic(&grid->shape, U, x, column);
        for (int k = l; k < n; k++) {
            out[dia_packed(k, l)] = column[2 * k];
            if (dia_hermitian(&grid->shape) && k > l)
                out[dia_packed_imaginary(n, k, l)] = column[2 * k + 1];
        }
    }
}

static void find_dipoles(void *context, int task, int thread)
{
    const dipoles *d = context;
    dia_grid *grid = d->grid;
    const size_t npacked = (size_t)grid->shape.npacked, first = (size_t)task * DIA_GRID_BATCH,
                 count = grid->points - first < DIA_GRID_BATCH ? grid->points - first : DIA_GRID_BATCH;
    const dia_grid_surface at = dia_grid_surface_of(grid, thread, 0);
    double *mu = d->mu + (size_t)thread * DIA_GRID_BATCH * 3 * npacked;
    int row[DIA_GRID_BATCH];
    for (size_t b = 0; b < count; b++) {
        row[b] = (int)b;
        dia_grid_position(grid, first + b, at.R + b * (size_t)grid->naxis);
    }
    d->bad[task] = !dia_grid_look(grid, &at, thread, (int)count) ||
                   dia_model_dipole(grid->model, grid->tape[thread], (int)count, row, mu) != DIA_OK;
    for (size_t b = 0; b < count && !d->bad[task]; b++) {
        const size_t p = first + b;
        double square = 0.0;
        for (size_t c = 0; c < 3; c++) {
            double *out = grid->mu + (3 * p + c) * npacked;
            turn_dipole(grid, grid->U + p * grid->matrix, mu + (3 * b + c) * npacked, out);
            for (size_t i = 0; i < npacked; i++)
                square += 2.0 * out[i] * out[i];
        }
        grid->reach[p] = sqrt(square);
        d->bad[task] = d->bad[task] || !isfinite(square);
    }
}

dia_status dia_grid_light_make(dia_grid *grid, dia_error *error)
{
    if (grid->light == NULL)
        return DIA_OK;
    const size_t npacked = (size_t)grid->shape.npacked, tasks = dia_grid_tasks(grid->points, DIA_GRID_BATCH);
    dipoles d = {.grid = grid,
                 .mu = dia_allocate((size_t)grid->threads * DIA_GRID_BATCH * 3 * npacked, sizeof(double)),
                 .bad = calloc(tasks, sizeof(bool))};
    grid->nothing = 1e-26 / ((double)grid->points * grid->cell);
    grid->mu = dia_allocate(grid->points * 3 * npacked, sizeof(double));
    grid->reach = dia_allocate(grid->points, sizeof(double));
    grid->field = dia_allocate((size_t)PIECES * 6, sizeof(double));
    dia_status status = d.mu != NULL && d.bad != NULL && grid->mu != NULL && grid->reach != NULL && grid->field != NULL
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the dipoles on a grid");
    if (status == DIA_OK)
        dia_team_run(grid->threads, (int)tasks, find_dipoles, &d);
    for (size_t p = 0; p < grid->points && status == DIA_OK; p++) {
        grid->widest = fmax(grid->widest, range_of(grid, p));
        grid->farthest = fmax(grid->farthest, grid->reach[p]);
    }
    if (status == DIA_OK && !(0.5 * grid->widest * grid->step < 1e7)) /* squaring doubles the rounding each time */
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "states are up to %.3g eV apart on the grid, which is %.3g turns in a step of it; under "
                               "light expected less than 1e6: leave such states out, or make the box smaller",
                               grid->widest / DIA_EV, 0.5 * grid->widest * grid->step / (2.0 * DIA_PI));
    for (size_t t = 0; t < tasks && status == DIA_OK; t++)
        if (d.bad[t])
            status = dia_error_set(error, DIA_ERROR_NUMERIC,
                                   "the model's dipoles are not finite at a grid point; make the box smaller: "
                                   "exact.lower, exact.upper");
    free(d.mu);
    free(d.bad);
    return status;
}

/* ---- a stage --------------------------------------------------------------------------------- */

/* The level that a point of this range of energies and reach needs. */
static int level_of(const dia_grid *grid, double range, double reach)
{
    return dia_field_level(grid->light->fastest + range + reach * grid->strongest, grid->stretch, grid->angle);
}

bool dia_grid_light_stage(dia_grid *grid, double t, double dt)
{
    if (dia_field_dark(grid->light, t, dt))
        return false;
    double(*E)[6] = (double(*)[6])grid->field;
    grid->stretch = dt;
    grid->strongest = 0.0;
    grid->levels = 1;
    for (int level = 0; level < grid->levels; E += grid->pieces[level].n, level++) {
        grid->pieces[level].E = E;
        dia_field_cut(grid->light, t, dt, 1 << level, &grid->pieces[level]);
        for (int i = 0; i < grid->pieces[level].n; i++)
            grid->strongest = fmax(grid->strongest, sqrt(dia_dot(6, E[i], E[i])));
        if (level == 0)
            grid->levels = 1 + level_of(grid, grid->widest, grid->farthest);
    }
    return true;
}

/* v <- exp(-i h A) v of two states, A (2, 2, 2) Hermitian, lower triangle. */
static void turn_two(const double *A, double h, double *v)
{
    const double mean = 0.5 * (A[0] + A[6]), d = 0.5 * (A[0] - A[6]), re = A[4], im = A[5],
                 size = sqrt(d * d + re * re + im * im), c = cos(size * h), s = size > 0.0 ? sin(size * h) / size : h,
                 x = cos(mean * h), y = -sin(mean * h);
    /* (A - mean) v, A_01 = re - i im */
    const double w[4] = {d * v[0] + re * v[2] + im * v[3], d * v[1] + re * v[3] - im * v[2],
                         re * v[0] - im * v[1] - d * v[2], re * v[1] + im * v[0] - d * v[3]};
    for (int k = 0; k < 4; k += 2) {
        const double a = c * v[k] + s * w[k + 1], b = c * v[k + 1] - s * w[k];
        v[k] = a * x - b * y;
        v[k + 1] = a * y + b * x;
    }
}

/* The same of n states, by the Taylor series; |h A| is at most 1. */
static void turn_many(int n, const double *A, double h, double *v)
{
    enum { TERMS = 40 };
    double term[2 * FEW], next[2 * FEW], size = 0.0, all = 0.0;
    memcpy(term, v, 2 * (size_t)n * sizeof *v);
    for (int i = 0; i < 2 * n; i++)
        all += v[i] * v[i];
    for (int k = 1; k < TERMS; k++) {
        size = 0.0;
        for (int i = 0; i < n; i++) {
            double re = 0.0, im = 0.0;
            for (int j = 0; j < n; j++) {
                const double *a = A + 2 * (i >= j ? i * n + j : j * n + i), b = i >= j ? a[1] : -a[1];
                re += a[0] * term[2 * j] - b * term[2 * j + 1];
                im += a[0] * term[2 * j + 1] + b * term[2 * j];
            }
            next[2 * i] = h / k * im; /* -i (re + i im) */
            next[2 * i + 1] = -h / k * re;
            size += next[2 * i] * next[2 * i] + next[2 * i + 1] * next[2 * i + 1];
        }
        memcpy(term, next, 2 * (size_t)n * sizeof *term);
        for (int i = 0; i < 2 * n; i++)
            v[i] += term[i];
        if (size <= 1e-38 * all)
            return;
    }
}

/* The same where |h A| is large, at most 2^squarings: the propagator of a small part, squared so many times. */
static void turn_far(int n, const double *A, double h, int squarings, double *v)
{
    double P[FEW][2 * FEW], square[FEW][2 * FEW]; /* columns */
    for (int j = 0; j < n; j++) {
        memset(P[j], 0, 2 * (size_t)n * sizeof *v);
        P[j][2 * j] = 1.0;
        turn_many(n, A, ldexp(h, -squarings), P[j]);
    }
    for (int s = 0; s <= squarings; s++) {
        const bool last = s == squarings; /* then v = P v */
        for (int j = 0; j < (last ? 1 : n); j++) {
            const double *x = last ? v : P[j];
            memset(square[j], 0, 2 * (size_t)n * sizeof *v);
            for (int k = 0; k < n; k++)
                for (int i = 0; i < n; i++) {
                    square[j][2 * i] += P[k][2 * i] * x[2 * k] - P[k][2 * i + 1] * x[2 * k + 1];
                    square[j][2 * i + 1] += P[k][2 * i] * x[2 * k + 1] + P[k][2 * i + 1] * x[2 * k];
                }
        }
        memcpy(last ? v : P[0], square, last ? 2 * (size_t)n * sizeof *v : (size_t)n * sizeof *P);
    }
}

bool dia_grid_light_turn(const dia_grid *grid, size_t p, double *v)
{
    const int n = grid->nstate;
    const double *E = grid->E + p * (size_t)n, *mu = grid->mu + 3 * p * (size_t)grid->shape.npacked;
    const double mean = 0.5 * (E[0] + E[n - 1]), range = range_of(grid, p), pull = grid->reach[p] * grid->strongest;
    double here = 0.0, A[2 * FEW * FEW];
    for (int k = 0; k < 2 * n; k++)
        here += v[k] * v[k];
    if (here < grid->nothing)
        return false;
    const int level = level_of(grid, range, grid->reach[p]);
    const dia_field_pieces *pieces = &grid->pieces[level < grid->levels ? level : grid->levels - 1];
    const double angle = fabs(pieces->h) * (0.5 * range + pull), parts = ceil(angle);
    for (int i = 0; i < pieces->n; i++) {
        dia_field_coupling(&grid->shape, grid->light->rotating_wave, mu, pieces->E[i], A);
        for (int k = 0; k < n; k++)
            A[2 * (k * n + k)] += E[k] - mean;
        if (n == 2)
            turn_two(A, pieces->h, v);
        else if (parts > FAR)
            turn_far(n, A, pieces->h, angle < 0x1p60 ? ilogb(angle) + 1 : 60, v);
        else
            for (int part = 0; part < (int)parts; part++)
                turn_many(n, A, pieces->h / parts, v);
    }
    const double c = cos(mean * grid->stretch), s = -sin(mean * grid->stretch);
    for (int k = 0; k < n; k++) {
        const double re = v[2 * k], im = v[2 * k + 1];
        v[2 * k] = re * c - im * s;
        v[2 * k + 1] = re * s + im * c;
    }
    return true;
}

/* ---- the mean dipole ------------------------------------------------------------------------- */

void dia_grid_light_dipole(const dia_grid *grid, size_t p, const double *v, double *sum)
{
    const int n = grid->nstate;
    const size_t npacked = (size_t)grid->shape.npacked;
    for (size_t c = 0; c < 3; c++) {
        const double *m = grid->mu + (3 * p + c) * npacked;
        for (int k = 0; k < n; k++)
            for (int l = 0; l <= k; l++) {
                const double re = v[2 * k] * v[2 * l] + v[2 * k + 1] * v[2 * l + 1], /* conj(v_k) v_l */
                    im = v[2 * k] * v[2 * l + 1] - v[2 * k + 1] * v[2 * l];
                sum[c] += (k == l ? 1.0 : 2.0) * m[dia_packed(k, l)] * re;
                if (dia_hermitian(&grid->shape) && k > l) /* the real part of conj(v_k) m v_l */
                    sum[c] -= 2.0 * m[dia_packed_imaginary(n, k, l)] * im;
            }
    }
}
