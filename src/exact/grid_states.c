/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a wave packet on a grid holds of each adiabatic state. */
#include <math.h>
#include <string.h>

#include "exact/grid_tasks.h"
#include "parallel/team.h"

static const double NEAR = 4.0;

/* The adiabatic states turn by a finite angle around a conical intersection, however near: psi is smooth and exact between
 * the points of its grid, by its Fourier series, but a sum over the points alone of what it holds of each state converges
 * only as their distance squared. So it is summed over the same grid displaced by parts of its distances; and where the
 * states turn much from one of these fine points to the next, they are averaged over the cell of the point (psi is not:
 * the first order in its change averages out). */

typedef struct shift {
    dia_grid *grid;
    int axis;
    double parts[DIA_GRID_AXES]; /* of the distance of two points */
} shift;

static void shift_lines(void *context, int task, int thread)
{
    const shift *now = context;
    dia_grid *grid = now->grid;
    const int a = now->axis;
    const size_t n = (size_t)grid->axis[a].n, first = (size_t)task * DIA_GRID_LINES;
    const double distance = now->parts[a] * (grid->axis[a].upper - grid->axis[a].lower) / (double)n,
                 *p = grid->momentum;
    double *line;
    for (int b = 0; b < a; b++)
        p += grid->axis[b].n;
    const size_t count = dia_grid_take_lines(grid, grid->shifted, a, task, thread, &line);
    dia_grid_line at[DIA_GRID_LINES] = {{0}};
    for (size_t k = 0; k < n; k++) {
        const double c = cos(p[k] * distance) / (double)n, s = sin(p[k] * distance) / (double)n;
        for (size_t l = 0; l < count; l++) {
            double *x = line + 2 * (l * n + k);
            const double re = x[0];
            x[0] = re * c - x[1] * s;
            x[1] = re * s + x[1] * c;
        }
    }
    for (size_t l = 0; l < count; l++) {
        at[l] = dia_grid_line_at(grid, a, first + l);
        dia_fourier_backward(grid->fourier[a], line + 2 * l * n);
    }
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < count; l++)
            memcpy(grid->shifted + 2 * (at[l].first + k * at[l].stride), line + 2 * (l * n + k), 2 * sizeof(double));
}

/* What amplitudes u (nstate, 2) hold of each state of the frame U. */
static void add_states(const dia_grid *grid, const double *U, const double *u, double weight, double *sum)
{
    double v[2 * DIA_GRID_STATES];
    dia_states_adiabatic(&grid->shape, U, u, v);
    for (size_t k = 0; k < (size_t)grid->nstate; k++)
        sum[k] += weight * (v[2 * k] * v[2 * k] + v[2 * k + 1] * v[2 * k + 1]);
}

/* R (naxis) of part b of the cell of a fine point, which is divided into DIA_GRID_BATCH equal parts. */
static void place_part(const dia_grid *grid, const double *centre, int b, double *R)
{
    static const int cuts[DIA_GRID_AXES] = {DIA_GRID_BATCH, 8, 4};
    const int cut = cuts[grid->naxis - 1];
    for (int a = 0; a < grid->naxis; a++) {
        const double cell = (grid->axis[a].upper - grid->axis[a].lower) / grid->axis[a].n / grid->refine;
        R[a] = centre[a] + ((b % cut + 0.5) / cut - 0.5) * cell;
        b /= cut;
    }
}

/* Do the states turn much from this fine point to the next? Two neighbouring ones do where their gap is not large against
 * the change of H. */
static bool turns(const dia_grid *grid, const double *E, double turn)
{
    for (int k = 0; k + 1 < grid->nstate; k++)
        if (E[k + 1] - E[k] < NEAR * turn)
            return true;
    return false;
}

/* Adds the points of a batch, whose frames are in `at`. */
static bool add_batch(const dia_grid *grid, const dia_grid_surface *at, int thread, const size_t *point, size_t count,
                      double *sum)
{
    const size_t n = (size_t)grid->nstate, c = (size_t)grid->naxis;
    const dia_grid_surface part = dia_grid_surface_of(grid, thread, 1);
    for (size_t b = 0; b < count; b++) {
        double u[2 * DIA_GRID_STATES];
        for (size_t i = 0; i < n; i++)
            memcpy(u + 2 * i, grid->shifted + 2 * (i * grid->points + point[b]), 2 * sizeof(double));
        if (!turns(grid, at->E + b * n, grid->turn[point[b]] / grid->refine)) {
            add_states(grid, at->U + b * grid->matrix, u, 1.0, sum);
            continue;
        }
        for (int q = 0; q < DIA_GRID_BATCH; q++)
            place_part(grid, at->R + b * c, q, part.R + (size_t)q * c);
        if (!dia_grid_look(grid, &part, thread, DIA_GRID_BATCH))
            return false;
        for (size_t q = 0; q < DIA_GRID_BATCH; q++)
            add_states(grid, part.U + q * grid->matrix, u, 1.0 / DIA_GRID_BATCH, sum);
    }
    return true;
}

static void shifted_points(void *context, int task, int thread)
{
    const shift *now = context;
    dia_grid *grid = now->grid;
    const size_t n = (size_t)grid->nstate, points = grid->points, first = (size_t)task * DIA_GRID_CHUNK,
                 end = points - first < DIA_GRID_CHUNK ? points : first + DIA_GRID_CHUNK;
    const double nothing = 1e-12 / ((double)points * grid->cell); /* all such points together hold 1e-12 */
    const dia_grid_surface at = dia_grid_surface_of(grid, thread, 0);
    double *sum = grid->partial + (size_t)task * grid->width;
    size_t point[DIA_GRID_BATCH], count = 0;
    memset(sum, 0, n * sizeof *sum);
    for (size_t p = first; p <= end; p++) {
        double here = 0.0;
        for (size_t i = 0; p < end && i < n; i++) {
            const double *x = grid->shifted + 2 * (i * points + p);
            here += x[0] * x[0] + x[1] * x[1];
        }
        if (here > nothing) {
            double *R = at.R + count * (size_t)grid->naxis;
            dia_grid_position(grid, p, R);
            for (int a = 0; a < grid->naxis; a++)
                R[a] += now->parts[a] * (grid->axis[a].upper - grid->axis[a].lower) / grid->axis[a].n;
            point[count++] = p;
        }
        if (count == DIA_GRID_BATCH || (p == end && count > 0)) {
            if (!dia_grid_look(grid, &at, thread, (int)count) || !add_batch(grid, &at, thread, point, count, sum))
                sum[0] = NAN; /* H was finite at the points of the grid */
            count = 0;
        }
    }
}

/* Mean over all displaced grids. */
void dia_grid_states(dia_grid *grid, double *sum)
{
    const size_t n = (size_t)grid->nstate, tasks = dia_grid_tasks(grid->points, DIA_GRID_CHUNK);
    int all = 1;
    for (int a = 0; a < grid->naxis; a++)
        all *= grid->refine;
    memset(sum, 0, n * sizeof *sum);
    for (int number = 0; number < all; number++) {
        shift now = {.grid = grid};
        double held[DIA_GRID_STATES];
        memcpy(grid->shifted, grid->psi, 2 * n * grid->points * sizeof(double));
        for (int a = 0, rest = number; a < grid->naxis; a++, rest /= grid->refine) {
            now.axis = a;
            now.parts[a] = (double)(rest % grid->refine) / grid->refine;
            const size_t lines = n * grid->points / (size_t)grid->axis[a].n;
            if (rest % grid->refine != 0)
                dia_team_run(grid->threads, (int)dia_grid_tasks(lines, DIA_GRID_LINES), shift_lines, &now);
        }
        dia_team_run(grid->threads, (int)tasks, shifted_points, &now);
        dia_grid_collect(grid, tasks, n, held);
        for (size_t k = 0; k < n; k++)
            sum[k] += held[k];
    }
    for (size_t k = 0; k < n; k++)
        sum[k] /= all;
}
