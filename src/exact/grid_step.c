/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One step of the splitting. */
#include <math.h>
#include <string.h>

#include "exact/grid_tasks.h"
#include "parallel/team.h"

typedef struct pass { /* over all points or lines */
    dia_grid *grid;
    int phase, axis;
    double absorb; /* share of a step over which the absorbing layers act */
    bool lit;      /* there is a field                                    */
} pass;

/* ---- exp(-i b T dt) -------------------------------------------------------------------------- */

size_t dia_grid_take_lines(const dia_grid *grid, const double *psi, int a, int task, int thread, double **line)
{
    const size_t n = (size_t)grid->axis[a].n, all = (size_t)grid->nstate * grid->points / n,
                 first = (size_t)task * DIA_GRID_LINES,
                 count = all - first < DIA_GRID_LINES ? all - first : DIA_GRID_LINES;
    size_t longest = 0;
    for (int b = 0; b < grid->naxis; b++)
        longest = (size_t)grid->axis[b].n > longest ? (size_t)grid->axis[b].n : longest;
    *line = grid->line + 2 * DIA_GRID_LINES * longest * (size_t)thread;
    dia_grid_line at[DIA_GRID_LINES];
    for (size_t l = 0; l < count; l++)
        at[l] = dia_grid_line_at(grid, a, first + l);
    for (size_t k = 0; k < n; k++) /* lines side by side share the memory that is fetched */
        for (size_t l = 0; l < count; l++)
            memcpy(*line + 2 * (l * n + k), psi + 2 * (at[l].first + k * at[l].stride), 2 * sizeof(double));
    for (size_t l = 0; l < count; l++)
        dia_fourier_forward(grid->fourier[a], *line + 2 * l * n);
    return count;
}

static void kinetic_lines(void *context, int task, int thread)
{
    const pass *now = context;
    dia_grid *grid = now->grid;
    const int a = now->axis;
    const size_t n = (size_t)grid->axis[a].n, first = (size_t)task * DIA_GRID_LINES;
    const double *factor = grid->T[now->phase].values;
    double *line;
    for (int b = 0; b < a; b++)
        factor += 2 * (size_t)grid->axis[b].n;
    const size_t count = dia_grid_take_lines(grid, grid->psi, a, task, thread, &line);
    dia_grid_line at[DIA_GRID_LINES] = {{0}};
    for (size_t l = 0; l < count; l++) {
        double *x = line + 2 * l * n;
        at[l] = dia_grid_line_at(grid, a, first + l);
        for (size_t k = 0; k < n; k++) {
            const double re = x[2 * k], im = x[2 * k + 1];
            x[2 * k] = re * factor[2 * k] - im * factor[2 * k + 1];
            x[2 * k + 1] = re * factor[2 * k + 1] + im * factor[2 * k];
        }
        dia_fourier_backward(grid->fourier[a], x);
    }
    for (size_t k = 0; k < n; k++)
        for (size_t l = 0; l < count; l++)
            memcpy(grid->psi + 2 * (at[l].first + k * at[l].stride), line + 2 * (l * n + k), 2 * sizeof(double));
}

/* The kinetic energies of the coordinates commute: one after the other. */
static void kinetic(dia_grid *grid, int phase)
{
    for (int a = 0; a < grid->naxis; a++) {
        pass now = {.grid = grid, .phase = phase, .axis = a};
        const size_t lines = (size_t)grid->nstate * grid->points / (size_t)grid->axis[a].n;
        dia_team_run(grid->threads, (int)dia_grid_tasks(lines, DIA_GRID_LINES), kinetic_lines, &now);
    }
}

/* ---- exp(-i a V dt) -------------------------------------------------------------------------- */

enum { FEW = DIA_GRID_STATES }; /* states whose amplitudes at a point are kept on the stack */

/* sum: (2 naxis, nstate) by adiabatic, then by diabatic state, then (channels, nstate). v, u: (nstate, 2) amplitudes. */
static void take_away(const dia_grid *grid, size_t p, double share, double *v, const double *u, double *sum)
{
    const size_t n = (size_t)grid->nstate, side = (size_t)grid->side[p] * n, other = 2 * (size_t)grid->naxis * n;
    const double factor = exp(-share * grid->damping[p] * grid->step), lost = (1.0 - factor * factor) * grid->cell;
    for (size_t k = 0; k < n; k++) {
        sum[side + k] += lost * (v[2 * k] * v[2 * k] + v[2 * k + 1] * v[2 * k + 1]);
        sum[other + side + k] += lost * (u[2 * k] * u[2 * k] + u[2 * k + 1] * u[2 * k + 1]);
    }
    for (size_t c = 0; c < (size_t)grid->channels; c++)
        for (size_t k = 0; k < n; k++)
            sum[2 * other + c * n + k] +=
                lost * grid->share[c * grid->points + p] * (v[2 * k] * v[2 * k] + v[2 * k + 1] * v[2 * k + 1]);
    for (size_t k = 0; k < 2 * n; k++)
        v[k] *= factor;
}

static void potential_points(void *context, int task, int thread)
{
    const pass *now = context;
    dia_grid *grid = now->grid;
    const size_t n = (size_t)grid->nstate, points = grid->points, first = (size_t)task * DIA_GRID_CHUNK,
                 end = points - first < DIA_GRID_CHUNK ? points : first + DIA_GRID_CHUNK;
    double v[2 * FEW], u[2 * FEW], *sum = grid->partial + (size_t)task * grid->width;
    (void)thread;
    if (now->absorb > 0.0)
        memset(sum, 0, (4 * (size_t)grid->naxis + (size_t)grid->channels) * n * sizeof *sum);
    for (size_t p = first; p < end; p++) {
        const double *U = grid->U + p * grid->matrix, *phase = grid->V[now->phase].values + 2 * p * n;
        for (size_t i = 0; i < n; i++) {
            u[2 * i] = grid->psi[2 * (i * points + p)];
            u[2 * i + 1] = grid->psi[2 * (i * points + p) + 1];
        }
        dia_states_adiabatic(&grid->shape, U, u, v);
        const bool turned = now->lit && dia_grid_light_turn(grid, p, v);
        for (size_t k = 0; k < n && !turned; k++) {
            const double re = v[2 * k], im = v[2 * k + 1];
            v[2 * k] = re * phase[2 * k] - im * phase[2 * k + 1];
            v[2 * k + 1] = re * phase[2 * k + 1] + im * phase[2 * k];
        }
        if (now->absorb > 0.0 && grid->damping[p] > 0.0)
            take_away(grid, p, now->absorb, v, u, sum);
        dia_states_diabatic(&grid->shape, U, v, u);
        for (size_t i = 0; i < n; i++) {
            grid->psi[2 * (i * points + p)] = u[2 * i];
            grid->psi[2 * (i * points + p) + 1] = u[2 * i + 1];
        }
    }
}

/* From the time *t on, which goes on. absorb: the absorbing layers act as well, over this share of a step. They are the same for all
 * states and commute with V. */
static void potential(dia_grid *grid, int phase, double absorb, double *t)
{
    const size_t tasks = dia_grid_tasks(grid->points, DIA_GRID_CHUNK),
                 sides = 2 * (size_t)grid->naxis * (size_t)grid->nstate;
    const double dt = grid->V[phase].coefficient * grid->step;
    pass now = {.grid = grid,
                .phase = phase,
                .absorb = grid->damping != NULL ? absorb : 0.0,
                .lit = dia_grid_light_stage(grid, *t, dt)};
    *t += dt;
    dia_team_run(grid->threads, (int)tasks, potential_points, &now);
    const size_t regions = (size_t)grid->channels * (size_t)grid->nstate;
    for (size_t task = 0; now.absorb > 0.0 && task < tasks; task++) {
        const double *sum = grid->partial + task * grid->width;
        for (size_t i = 0; i < sides; i++) {
            grid->absorbed[i] += sum[i];
            grid->absorbed_diabatic[i] += sum[sides + i];
        }
        for (size_t i = 0; i < regions; i++)
            grid->absorbed_in[i] += sum[2 * sides + i];
    }
}

/* ---- a step ---------------------------------------------------------------------------------- */

/* The last V of a step and the first of the next are one. The layers act for half a step at both ends of each: to second order,
 * whatever the order of the splitting. */
void dia_grid_advance(dia_grid *grid, double t, int n)
{
    const int stages = grid->splitting->stages;
    potential(grid, grid->stage_V[0], 0.5, &t);
    for (int i = 0; i < n && !dia_control_stopped(grid->control); i++)
        for (int k = 0; k < stages; k++) {
            const bool last = k == stages - 1, joint = last && i < n - 1;
            kinetic(grid, grid->stage_T[k]);
            potential(grid, joint ? grid->joint_V : grid->stage_V[k + 1], joint ? 1.0 : last ? 0.5 : 0.0, &t);
        }
}
