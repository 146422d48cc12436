/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a grid: its arrays, the phases of a step, layers and regions. */
#include "exact/grid.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "exact/grid_tasks.h"
#include "parallel/team.h"

/* Second order: Strang. Fourth order: S6 of Blanes, Moan, J. Comput. Appl. Math. 142, 313 (2002), table 2, whose error
 * at the same work is far below that of the usual triple jump. */
#define A1 0.0792036964311957
#define A2 0.353172906049774
#define A3 (-0.0420650803577195)
#define B1 0.209515106613362
#define B2 (-0.143851773179818)
static const dia_grid_splitting splittings[2] = {{.stages = 1, .a = {0.5, 0.5}, .b = {1.0}},
                                                 {.stages = 6,
                                                  .a = {A1, A2, A3, 1.0 - 2.0 * (A1 + A2 + A3), A3, A2, A1},
                                                  .b = {B1, B2, 0.5 - (B1 + B2), 0.5 - (B1 + B2), B2, B1}}};

void dia_grid_position(const dia_grid *grid, size_t point, double *R)
{
    for (int a = grid->naxis - 1; a >= 0; a--) {
        const dia_grid_axis *axis = &grid->axis[a];
        R[a] = axis->lower + (double)(point % (size_t)axis->n) * (axis->upper - axis->lower) / axis->n;
        point /= (size_t)axis->n;
    }
}

/* ---- sizes ----------------------------------------------------------------------------------- */

enum { SMALL = 16384 }; /* numbers of psi that one thread treats alone */

static size_t sum_of_n(int naxis, const dia_grid_axis *axis)
{
    size_t sum = 0;
    for (int a = 0; a < naxis; a++)
        sum += (size_t)axis[a].n;
    return sum;
}

static int phases(const dia_grid_splitting *splitting)
{
    return splitting->stages / 2 + 2; /* symmetric, and the merged outer stage */
}

double dia_grid_bytes(const dia_grid_settings *s, const dia_shape *shape, int threads)
{
    double points = 1.0, n = shape->nstate, longest = 0.0;
    for (int a = 0; a < s->naxis; a++) {
        points *= s->axis[a].n;
        longest = fmax(longest, s->axis[a].n);
    }
    const double each = n + (double)dia_states_size(shape) + 6.0 * n + 2.0 * n * phases(&splittings[s->order]) + 2.2 +
                        (s->regions > 0 ? s->regions + 1.0 : 0.0) + (s->light ? 3.0 * shape->npacked + 1.0 : 0.0);
    return 8.0 * (points * each + 2.0 * DIA_GRID_LINES * longest * threads);
}

static dia_status reserve(dia_grid *grid, dia_error *error)
{
    const size_t points = grid->points, n = (size_t)grid->nstate, lines = sum_of_n(grid->naxis, grid->axis);
    size_t longest = 0, tasks = dia_grid_tasks(points, DIA_GRID_CHUNK);
    for (int a = 0; a < grid->naxis; a++) {
        const size_t length = (size_t)grid->axis[a].n, along = dia_grid_tasks(n * points / length, DIA_GRID_LINES);
        longest = length > longest ? length : longest;
        tasks = along > tasks ? along : tasks;
        grid->fourier[a] = dia_fourier_create((int)length);
        if (grid->fourier[a] == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for Fourier transforms");
    }
    grid->width = dia_grid_width(grid);
    grid->partials = tasks;
    grid->E = dia_allocate(points * n, sizeof(double));
    grid->U = dia_allocate(points * grid->matrix, sizeof(double));
    grid->psi = dia_allocate(2 * points * n, sizeof(double));
    grid->start = dia_allocate(2 * points * n, sizeof(double));
    grid->turn = dia_allocate(points, sizeof(double));
    grid->momentum = dia_allocate(lines, sizeof(double));
    grid->absorbed = dia_allocate(2 * (size_t)grid->naxis * n, sizeof(double));
    grid->absorbed_diabatic = dia_allocate(2 * (size_t)grid->naxis * n, sizeof(double));
    grid->line = dia_allocate(2 * DIA_GRID_LINES * longest * (size_t)grid->threads, sizeof(double));
    grid->partial = dia_allocate(tasks * grid->width, sizeof(double));
    grid->shifted = dia_allocate(2 * points * n, sizeof(double));
    const bool there = grid->shifted != NULL && grid->E != NULL && grid->U != NULL && grid->psi != NULL &&
                       grid->turn != NULL && grid->start != NULL && grid->momentum != NULL && grid->absorbed != NULL &&
                       grid->absorbed_diabatic != NULL && grid->line != NULL && grid->partial != NULL;
    return there ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a grid of %zu points", points);
}

void dia_grid_free(dia_grid *grid)
{
    double *const arrays[] = {grid->turn,        grid->E,       grid->U,
                              grid->psi,         grid->start,   grid->momentum,
                              grid->absorbed,    grid->damping, grid->absorbed_diabatic,
                              grid->line,        grid->partial, grid->share,
                              grid->absorbed_in, grid->mu,      grid->reach,
                              grid->field};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        free(arrays[i]);
    for (int i = 0; i < grid->nV; i++)
        free(grid->V[i].values);
    for (int i = 0; i < grid->nT; i++)
        free(grid->T[i].values);
    for (int a = 0; a < grid->naxis; a++)
        dia_fourier_free(grid->fourier[a]);
    for (int t = 0; grid->tape != NULL && t < grid->threads; t++)
        dia_tape_free(grid->tape[t]);
    free(grid->tape);
    free(grid->surface);
    free(grid->shifted);
    free(grid->side);
    *grid = (dia_grid){0};
}

/* ---- phases ---------------------------------------------------------------------------------- */

/* The number of the phase with this coefficient; a new one if there is none yet. */
static int find_phase(int *n, dia_grid_phase *list, double coefficient)
{
    for (int i = 0; i < *n; i++)
        if (fabs(list[i].coefficient - coefficient) < 1e-14)
            return i;
    list[*n] = (dia_grid_phase){.coefficient = coefficient};
    return (*n)++;
}

static dia_status make_phases(dia_grid *grid, dia_error *error)
{
    const dia_grid_splitting *s = grid->splitting;
    const size_t n = (size_t)grid->nstate, lines = sum_of_n(grid->naxis, grid->axis);
    for (int k = 0; k < s->stages; k++) {
        grid->stage_V[k] = find_phase(&grid->nV, grid->V, s->a[k]);
        grid->stage_T[k] = find_phase(&grid->nT, grid->T, s->b[k]);
    }
    grid->stage_V[s->stages] = grid->stage_V[0];
    grid->joint_V = find_phase(&grid->nV, grid->V, 2.0 * s->a[0]);
    for (int i = 0; i < grid->nV; i++)
        grid->V[i].values = dia_allocate(2 * grid->points * n, sizeof(double));
    for (int i = 0; i < grid->nT; i++)
        grid->T[i].values = dia_allocate(2 * lines, sizeof(double));
    for (int i = 0; i < grid->nV; i++)
        if (grid->V[i].values == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a grid of %zu points", grid->points);
    for (int i = 0; i < grid->nT; i++)
        if (grid->T[i].values == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a grid of %zu points", grid->points);
    for (int i = 0; i < grid->nV; i++)
        for (size_t j = 0; j < grid->points * n; j++) {
            const double angle = -grid->V[i].coefficient * grid->step * grid->E[j];
            grid->V[i].values[2 * j] = cos(angle);
            grid->V[i].values[2 * j + 1] = sin(angle);
        }
    for (int i = 0; i < grid->nT; i++) {
        size_t at = 0;
        for (int a = 0; a < grid->naxis; a++)
            for (int k = 0; k < grid->axis[a].n; k++, at++) {
                const double p = grid->momentum[at],
                             angle = -grid->T[i].coefficient * grid->step * 0.5 * p * p / grid->axis[a].mass;
                grid->T[i].values[2 * at] = cos(angle) / grid->axis[a].n;
                grid->T[i].values[2 * at + 1] = sin(angle) / grid->axis[a].n;
            }
    }
    return DIA_OK;
}

/* p_k = 2 pi k / length, k from -n/2 to n/2 - 1 in the order of the transform. */
static void make_momenta(dia_grid *grid)
{
    double *p = grid->momentum;
    for (int a = 0; a < grid->naxis; a++) {
        const dia_grid_axis *axis = &grid->axis[a];
        for (int k = 0; k < axis->n; k++)
            *p++ = 2.0 * DIA_PI / (axis->upper - axis->lower) * (k < (axis->n + 1) / 2 ? k : k - axis->n);
    }
}

/* ---- absorbing layers ------------------------------------------------------------------------ */

/* Strength of the absorbing potential at R, and the end to which it belongs (2 axis + end).
 * Manolopoulos, J. Chem. Phys. 117, 9552 (2002), eqs 2.20 to 2.24: the potential -i e y(x), x from 0 to c = 2.62206 along
 * the layer, e = k^2/2m, k = c / (2 d w) for a layer of width w. It transmits nothing, and reflects below 1 % of what has a
 * momentum above k with d = 0.2, much less of what is faster. */
static double damping_at(const dia_grid *grid, const double *R, int *side)
{
    const double c = 2.62206, alpha = 1.0 - 16.0 / (c * c * c), beta = (1.0 - 17.0 / (c * c * c)) / (c * c);
    double sum = 0.0, strongest = 0.0;
    for (int a = 0; a < grid->naxis; a++)
        for (int end = 0; end < 2; end++) {
            const dia_grid_axis *axis = &grid->axis[a];
            const double w = axis->layer[end], depth = end == 0 ? axis->lower + w - R[a] : R[a] - axis->upper + w;
            if (!(w > 0.0) || !(depth > 0.0))
                continue;
            /* The lowest point is the end itself, where y is infinite. */
            const double x = c * fmin(depth / w, 1.0 - 1e-6), k = DIA_GRID_LAYER / w;
            const double y = alpha * x - beta * x * x * x + 4.0 / ((c - x) * (c - x)) - 4.0 / ((c + x) * (c + x));
            const double here = 0.5 * k * k / axis->mass * y;
            sum += here;
            if (here > strongest) {
                strongest = here;
                *side = 2 * a + end;
            }
        }
    return sum;
}

static dia_status make_layers(dia_grid *grid, dia_error *error)
{
    bool any = false;
    for (int a = 0; a < grid->naxis; a++)
        any = any || grid->axis[a].layer[0] > 0.0 || grid->axis[a].layer[1] > 0.0;
    if (!any)
        return DIA_OK;
    grid->damping = dia_allocate(grid->points, sizeof(double));
    grid->side = dia_allocate(grid->points, sizeof(int8_t));
    if (grid->damping == NULL || grid->side == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for absorbing layers");
    for (size_t p = 0; p < grid->points; p++) {
        double R[DIA_GRID_AXES];
        int side = 0;
        dia_grid_position(grid, p, R);
        grid->damping[p] = damping_at(grid, R, &side);
        grid->side[p] = (int8_t)side;
    }
    return DIA_OK;
}

/* ---- regions --------------------------------------------------------------------------------- */

/* What is in an absorbing layer is on its way out, and will come behind any limit there: also one within or behind the layer. */
static void place_of(const dia_grid *grid, size_t p, double *R)
{
    const double far = 1e4; /* bohr behind the end */
    dia_grid_position(grid, p, R);
    if (grid->damping == NULL || !(grid->damping[p] > 0.0))
        return;
    const dia_grid_axis *axis = &grid->axis[grid->side[p] / 2];
    R[grid->side[p] / 2] = grid->side[p] % 2 == 0 ? axis->lower - far : axis->upper + far;
}

static dia_status make_regions(dia_grid *grid, const dia_exact_regions *regions, dia_error *error)
{
    if (grid->channels == 0)
        return DIA_OK;
    const size_t points = grid->points, last = (size_t)regions->n;
    double R[DIA_GRID_AXES], width[DIA_GRID_AXES], share[DIA_STOPS];
    grid->share = dia_allocate((size_t)grid->channels * points, sizeof(double));
    grid->absorbed_in = dia_allocate((size_t)grid->channels * (size_t)grid->nstate, sizeof(double));
    if (grid->share == NULL || grid->absorbed_in == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the regions of dynamics.stop");
    for (int a = 0; a < grid->naxis; a++)
        width[a] = (grid->axis[a].upper - grid->axis[a].lower) / grid->axis[a].n;
    for (size_t p = 0; p < points; p++) {
        place_of(grid, p, R);
        dia_exact_regions_cell(regions, grid->naxis, R, width, share);
        grid->share[last * points + p] = 1.0;
        for (size_t i = 0; i < last; i++) {
            grid->share[i * points + p] = share[i];
            grid->share[last * points + p] -= share[i];
        }
    }
    return DIA_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

dia_status dia_grid_create(dia_grid *grid, const dia_grid_settings *settings, const dia_exact_problem *problem,
                           dia_error *error)
{
    *grid = (dia_grid){.naxis = settings->naxis,
                       .nstate = problem->nstate,
                       .threads = problem->threads,
                       .refine = settings->refine,
                       .model = problem->model,
                       .shape = dia_model_shape(problem->model),
                       .channels = problem->regions != NULL ? problem->regions->n + 1 : 0,
                       .control = problem->control,
                       .light = problem->light,
                       .angle = settings->angle,
                       .points = 1,
                       .cell = 1.0,
                       .splitting = &splittings[settings->order],
                       .step = problem->timestep / settings->substeps};
    grid->matrix = dia_states_size(&grid->shape);
    for (int a = 0; a < grid->naxis; a++) {
        grid->axis[a] = settings->axis[a];
        grid->points *= (size_t)grid->axis[a].n;
        grid->cell *= (grid->axis[a].upper - grid->axis[a].lower) / grid->axis[a].n;
    }
    /* A team costs some microseconds each time it is called. */
    if (grid->points * (size_t)grid->nstate < (size_t)SMALL)
        grid->threads = 1;
    dia_status status = reserve(grid, error);
    if (status == DIA_OK)
        status = dia_grid_surface_make(grid, error);
    if (status == DIA_OK)
        status = make_layers(grid, error);
    if (status == DIA_OK)
        status = make_regions(grid, problem->regions, error);
    if (status != DIA_OK)
        return status;
    make_momenta(grid);
    dia_grid_start_make(grid, problem->start);
    status = dia_grid_light_make(grid, error);
    return status == DIA_OK ? make_phases(grid, error) : status;
}
