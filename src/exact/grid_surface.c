/* SPDX-License-Identifier: GPL-3.0-or-later */
/* H and its states at each point of a grid. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "exact/grid.h"
#include "exact/grid_tasks.h"
#include "parallel/team.h"

size_t dia_grid_surface_size(const dia_shape *shape)
{
    const size_t each = DIA_GRID_AXES + (size_t)shape->npacked + (size_t)shape->nstate + dia_states_size(shape);
    return DIA_GRID_BATCH * each + (dia_states_work(shape) + 1) / 2 * 2;
}

dia_grid_surface dia_grid_surface_of(const dia_grid *grid, int thread, int which)
{
    double *R = grid->surface + (2 * (size_t)thread + (size_t)which) * dia_grid_surface_size(&grid->shape),
           *H = R + DIA_GRID_BATCH * DIA_GRID_AXES, *E = H + DIA_GRID_BATCH * (size_t)grid->shape.npacked,
           *U = E + DIA_GRID_BATCH * (size_t)grid->nstate;
    return (dia_grid_surface){R, H, E, U, U + DIA_GRID_BATCH * grid->matrix};
}

bool dia_grid_look(const dia_grid *grid, const dia_grid_surface *at, int thread, int count)
{
    const size_t n = (size_t)grid->nstate, npacked = (size_t)grid->shape.npacked;
    bool good = dia_model_hamiltonian(grid->model, grid->tape[thread], count, at->R, at->H) == DIA_OK;
    for (size_t b = 0; good && b < (size_t)count; b++)
        good = dia_states_solve(&grid->shape, at->H + b * npacked, at->E + b * n, at->U + b * grid->matrix, at->work);
    for (int i = 0; i < count * grid->nstate; i++)
        good = good && isfinite(at->E[i]);
    return good;
}

/* Element (i, j) of H at a point, from its frame: its real part, and the imaginary one. */
static void element(const dia_grid *grid, size_t p, size_t i, size_t j, double h[2])
{
    const size_t n = (size_t)grid->nstate;
    const double *U = grid->U + p * grid->matrix, *E = grid->E + p * n;
    h[0] = h[1] = 0.0;
    for (size_t k = 0; k < n; k++) {
        if (!dia_hermitian(&grid->shape)) {
            h[0] += U[i * n + k] * E[k] * U[j * n + k];
            continue;
        }
        const double *a = U + 2 * (i * n + k), *b = U + 2 * (j * n + k);
        h[0] += E[k] * (a[0] * b[0] + a[1] * b[1]);
        h[1] += E[k] * (a[1] * b[0] - a[0] * b[1]);
    }
}

/* Size of the change of H from point p to q, apart from a common shift of all states. */
static double change_of(const dia_grid *grid, size_t p, size_t q)
{
    const size_t n = (size_t)grid->nstate;
    double square = 0.0, trace = 0.0, here[2], there[2];
    for (size_t i = 0; i < n; i++) {
        element(grid, p, i, i, here);
        element(grid, q, i, i, there);
        trace += (there[0] - here[0]) / (double)n;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            element(grid, p, i, j, here);
            element(grid, q, i, j, there);
            const double re = there[0] - here[0] - (i == j ? trace : 0.0), im = there[1] - here[1];
            square += re * re + im * im;
        }
    return sqrt(square);
}

/* How much H changes to the next point along each coordinate, added up. */
static void measure_turns(void *context, int task, int thread)
{
    dia_grid *grid = context;
    const size_t first = (size_t)task * DIA_GRID_CHUNK,
                 end = grid->points - first < DIA_GRID_CHUNK ? grid->points : first + DIA_GRID_CHUNK;
    (void)thread;
    for (size_t p = first; p < end; p++) {
        size_t stride = 1;
        for (int a = grid->naxis - 1; a >= 0; a--) {
            const size_t length = (size_t)grid->axis[a].n;
            grid->turn[p] += change_of(grid, p, p / stride % length + 1 < length ? p + stride : p - stride);
            stride *= length;
        }
    }
}

typedef struct surfaces {
    dia_grid *grid;
    bool *bad; /* (tasks): H is not finite at one of the points */
} surfaces;

static void diagonalise(void *context, int task, int thread)
{
    const surfaces *s = context;
    dia_grid *grid = s->grid;
    const size_t n = (size_t)grid->nstate, first = (size_t)task * DIA_GRID_BATCH,
                 count = grid->points - first < DIA_GRID_BATCH ? grid->points - first : DIA_GRID_BATCH;
    const dia_grid_surface at = dia_grid_surface_of(grid, thread, 0);
    for (size_t b = 0; b < count; b++)
        dia_grid_position(grid, first + b, at.R + b * (size_t)grid->naxis);
    s->bad[task] = !dia_grid_look(grid, &at, thread, (int)count);
    memcpy(grid->E + first * n, at.E, count * n * sizeof(double));
    memcpy(grid->U + first * grid->matrix, at.U, count * grid->matrix * sizeof(double));
}

dia_status dia_grid_surface_make(dia_grid *grid, dia_error *error)
{
    const size_t tasks = dia_grid_tasks(grid->points, DIA_GRID_BATCH);
    surfaces s = {.grid = grid, .bad = calloc(tasks, sizeof(bool))};
    grid->tape = calloc((size_t)grid->threads, sizeof(dia_tape *));
    grid->surface = dia_allocate(2 * (size_t)grid->threads * dia_grid_surface_size(&grid->shape), sizeof(double));
    dia_status status = grid->tape != NULL && grid->surface != NULL && s.bad != NULL
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the surfaces");
    for (int t = 0; t < grid->threads && status == DIA_OK; t++)
        status = dia_tape_create_hermitian(&grid->tape[t], grid->model, DIA_GRID_BATCH,
                                           grid->light != NULL ? DIA_GRID_BATCH : 1, error);
    if (status == DIA_OK) {
        dia_team_run(grid->threads, (int)tasks, diagonalise, &s);
        dia_team_run(grid->threads, (int)dia_grid_tasks(grid->points, DIA_GRID_CHUNK), measure_turns, grid);
    }
    for (size_t t = 0; t < tasks && status == DIA_OK; t++)
        if (s.bad[t]) {
            double R[DIA_GRID_AXES] = {0};
            dia_grid_position(grid, t * DIA_GRID_BATCH, R);
            status = dia_error_set(error, DIA_ERROR_NUMERIC,
                                   "the model's H is not finite at a grid point near (%g, %g, %g) bohr; make the box "
                                   "smaller: exact.lower, exact.upper",
                                   R[0], R[1], R[2]);
        }
    free(s.bad);
    return status;
}
