/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean values of a wave packet on a grid. */
#include <math.h>
#include <string.h>

#include "exact/grid_tasks.h"
#include "parallel/team.h"

enum { FEW = DIA_GRID_STATES };
enum {
    EDGE = 20,
    EDGE_POINTS = 8
}; /* the edge of a box: a twentieth of it at each end, but no more than so many points */

/* Sums of a task: density, potential energy; R, R^2, edge of each coordinate; dipole. Or, along a coordinate, p, p^2, edge. Or the
 * adiabatic populations (grid_states.c), outcomes, what is absorbed, an overlap. */
size_t dia_grid_width(const dia_grid *grid)
{
    const size_t n = (size_t)grid->nstate, c = (size_t)grid->naxis, means = 2 * n * n + 1 + 3 * c + 3,
                 absorbed = (4 * c + (size_t)grid->channels) * n;
    return means > absorbed ? means : absorbed;
}

typedef struct pass {
    dia_grid *grid;
    int axis;
} pass;

void dia_grid_collect(const dia_grid *grid, size_t tasks, size_t n, double *sum)
{
    memset(sum, 0, n * sizeof *sum);
    for (size_t t = 0; t < tasks; t++)
        for (size_t i = 0; i < n; i++)
            sum[i] += grid->partial[t * grid->width + i];
}

static void measure_points(void *context, int task, int thread)
{
    const pass *now = context;
    const dia_grid *grid = now->grid;
    const size_t n = (size_t)grid->nstate, points = grid->points, first = (size_t)task * DIA_GRID_CHUNK,
                 end = points - first < DIA_GRID_CHUNK ? points : first + DIA_GRID_CHUNK;
    double *density = grid->partial + (size_t)task * grid->width, *potential = density + 2 * n * n,
           *moments = potential + 1, u[2 * FEW], v[2 * FEW];
    (void)thread;
    memset(density, 0, grid->width * sizeof *density);
    for (size_t p = first; p < end; p++) {
        double R[DIA_GRID_AXES], here = 0.0;
        for (size_t i = 0; i < n; i++) {
            u[2 * i] = grid->psi[2 * (i * points + p)];
            u[2 * i + 1] = grid->psi[2 * (i * points + p) + 1];
            here += u[2 * i] * u[2 * i] + u[2 * i + 1] * u[2 * i + 1];
        }
        dia_states_adiabatic(&grid->shape, grid->U + p * grid->matrix, u, v);
        for (size_t k = 0; k < n; k++)
            *potential += grid->E[p * n + k] * (v[2 * k] * v[2 * k] + v[2 * k + 1] * v[2 * k + 1]);
        if (grid->light != NULL)
            dia_grid_light_dipole(grid, p, v, moments + 3 * grid->naxis);
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < n; j++) {
                density[2 * (i * n + j)] += u[2 * i] * u[2 * j] + u[2 * i + 1] * u[2 * j + 1];
                density[2 * (i * n + j) + 1] += u[2 * i + 1] * u[2 * j] - u[2 * i] * u[2 * j + 1];
            }
        dia_grid_position(grid, p, R);
        for (int a = 0; a < grid->naxis; a++) {
            const dia_grid_axis *axis = &grid->axis[a];
            const double width = axis->upper - axis->lower;
            moments[3 * a] += here * R[a];
            moments[3 * a + 1] += here * R[a] * R[a];
            if (axis->ring)
                continue;
            const double edge = fmin(width / EDGE, EDGE_POINTS * width / axis->n);
            if ((R[a] - axis->lower < edge && !(axis->layer[0] > 0.0)) ||
                (axis->upper - R[a] < edge && !(axis->layer[1] > 0.0)))
                moments[3 * a + 2] += here;
        }
    }
}

static void measure_lines(void *context, int task, int thread)
{
    const pass *now = context;
    const dia_grid *grid = now->grid;
    const size_t n = (size_t)grid->axis[now->axis].n;
    const double *p = grid->momentum;
    double *sum = grid->partial + (size_t)task * grid->width, *line;
    for (int b = 0; b < now->axis; b++)
        p += grid->axis[b].n;
    const double most = DIA_PI * (double)n / (grid->axis[now->axis].upper - grid->axis[now->axis].lower);
    const size_t count = dia_grid_take_lines(grid, grid->psi, now->axis, task, thread, &line);
    memset(sum, 0, 3 * sizeof *sum);
    for (size_t l = 0; l < count; l++)
        for (size_t k = 0; k < n; k++) {
            const double *x = line + 2 * (l * n + k), weight = (x[0] * x[0] + x[1] * x[1]) / (double)n;
            sum[0] += weight * p[k];
            sum[1] += weight * p[k] * p[k];
            if (fabs(p[k]) > most * (1.0 - 2.0 / EDGE))
                sum[2] += weight;
        }
}

/* ---- all of them ----------------------------------------------------------------------------- */

void dia_grid_measure(dia_grid *grid, dia_grid_means *means)
{
    const size_t n = (size_t)grid->nstate, tasks = dia_grid_tasks(grid->points, DIA_GRID_CHUNK);
    double density[2 * FEW * FEW + 1 + 3 * DIA_GRID_AXES + 3], held[FEW];
    const double *moments = density + 2 * n * n + 1;
    pass now = {.grid = grid};
    dia_team_run(grid->threads, (int)tasks, measure_points, &now);
    dia_grid_collect(grid, tasks, 2 * n * n + 4 + 3 * (size_t)grid->naxis, density);
    dia_grid_states(grid, held);
    means->norm = 0.0;
    for (size_t k = 0; k < n; k++) {
        means->adiabatic[k] = held[k] * grid->cell;
        means->diabatic[k] = density[2 * (k * n + k)] * grid->cell;
        means->norm += means->diabatic[k];
    }
    for (size_t i = 0; i < 2 * n * n; i++)
        means->density[i] = density[i] * grid->cell;
    means->potential = density[2 * n * n] * grid->cell;
    means->kinetic = 0.0;
    for (int c = 0; c < 3; c++)
        means->dipole[c] = moments[3 * grid->naxis + c] * grid->cell;
    for (size_t side = 0; side < 2 * (size_t)grid->naxis; side++)
        for (size_t k = 0; k < n; k++) {
            means->adiabatic[k] += grid->absorbed[side * n + k];
            means->diabatic[k] += grid->absorbed_diabatic[side * n + k];
        }
    memcpy(means->absorbed, grid->absorbed, 2 * (size_t)grid->naxis * n * sizeof(double));
    memcpy(means->absorbed_diabatic, grid->absorbed_diabatic, 2 * (size_t)grid->naxis * n * sizeof(double));
    const double share = grid->cell / means->norm; /* means of what is left */
    for (int a = 0; a < grid->naxis; a++) {
        const double mean = moments[3 * a] * share;
        means->position[a] = mean;
        means->position_width[a] = sqrt(fmax(moments[3 * a + 1] * share - mean * mean, 0.0));
        means->edge[a] = moments[3 * a + 2] * grid->cell;
    }
    for (int a = 0; a < grid->naxis; a++) {
        double p[3];
        now.axis = a;
        const size_t lines = n * grid->points / (size_t)grid->axis[a].n, cuts = dia_grid_tasks(lines, DIA_GRID_LINES);
        dia_team_run(grid->threads, (int)cuts, measure_lines, &now);
        dia_grid_collect(grid, cuts, 3, p);
        means->momentum[a] = p[0] * share;
        means->momentum_width[a] = sqrt(fmax(p[1] * share - means->momentum[a] * means->momentum[a], 0.0));
        means->kinetic += 0.5 * p[1] * grid->cell / grid->axis[a].mass;
        means->momentum_edge[a] = p[2] * grid->cell;
    }
}

/* ---- outcomes -------------------------------------------------------------------------------- */

static void outcome_points(void *context, int task, int thread)
{
    const pass *now = context;
    const dia_grid *grid = now->grid;
    const size_t n = (size_t)grid->nstate, points = grid->points, first = (size_t)task * DIA_GRID_CHUNK,
                 end = points - first < DIA_GRID_CHUNK ? points : first + DIA_GRID_CHUNK;
    double *sum = grid->partial + (size_t)task * grid->width, u[2 * FEW], v[2 * FEW];
    (void)thread;
    memset(sum, 0, (size_t)grid->channels * n * sizeof *sum);
    for (size_t p = first; p < end; p++) {
        for (size_t i = 0; i < n; i++)
            memcpy(u + 2 * i, grid->psi + 2 * (i * points + p), 2 * sizeof(double));
        dia_states_adiabatic(&grid->shape, grid->U + p * grid->matrix, u, v);
        for (size_t c = 0; c < (size_t)grid->channels; c++)
            for (size_t k = 0; k < n; k++)
                sum[c * n + k] += grid->share[c * points + p] * (v[2 * k] * v[2 * k] + v[2 * k + 1] * v[2 * k + 1]);
    }
}

void dia_grid_outcome(dia_grid *grid, double *outcome)
{
    const size_t tasks = dia_grid_tasks(grid->points, DIA_GRID_CHUNK),
                 size = (size_t)grid->channels * (size_t)grid->nstate;
    pass now = {.grid = grid};
    if (size == 0)
        return;
    dia_team_run(grid->threads, (int)tasks, outcome_points, &now);
    dia_grid_collect(grid, tasks, size, outcome);
    for (size_t i = 0; i < size; i++)
        outcome[i] = outcome[i] * grid->cell + grid->absorbed_in[i];
}

/* ---- overlap with the start ------------------------------------------------------------------ */

static void overlap_points(void *context, int task, int thread)
{
    const pass *now = context;
    const dia_grid *grid = now->grid;
    const size_t all = (size_t)grid->nstate * grid->points, each = DIA_GRID_CHUNK * (size_t)grid->nstate,
                 first = (size_t)task * each, end = all - first < each ? all : first + each;
    double *sum = grid->partial + (size_t)task * grid->width;
    (void)thread;
    sum[0] = sum[1] = 0.0;
    for (size_t i = first; i < end; i++) {
        const double *a = grid->start + 2 * i, *b = grid->psi + 2 * i;
        sum[0] += a[0] * b[0] + a[1] * b[1];
        sum[1] += a[0] * b[1] - a[1] * b[0];
    }
}

void dia_grid_overlap(dia_grid *grid, double overlap[2])
{
    const size_t tasks = dia_grid_tasks(grid->points, DIA_GRID_CHUNK);
    pass now = {.grid = grid};
    dia_team_run(grid->threads, (int)tasks, overlap_points, &now);
    dia_grid_collect(grid, tasks, 2, overlap);
    overlap[0] *= grid->cell;
    overlap[1] *= grid->cell;
}
