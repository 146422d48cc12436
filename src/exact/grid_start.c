/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The wave packet at time 0. */
#include <math.h>
#include <string.h>

#include "exact/grid.h"

/* Signs (phases, if H is complex) of the adiabatic states, so that each is continuous from the centre of the packet outwards: a point follows its
 * neighbour that is nearer to the centre, along the last coordinate in which they differ. */
static void follow_signs(dia_grid *grid, const size_t *centre)
{
    size_t stride[DIA_GRID_AXES], inner = 1;
    for (int a = grid->naxis - 1; a >= 0; a--) {
        stride[a] = inner;
        inner *= (size_t)grid->axis[a].n;
    }
    /* Coordinate by coordinate: the line through the centre first, then from it the plane, then from this the rest. */
    for (int a = 0; a < grid->naxis; a++)
        for (size_t p = 0; p < grid->points; p++) {
            bool on = p / stride[a] % (size_t)grid->axis[a].n == centre[a];
            for (int later = a + 1; later < grid->naxis; later++)
                on = on && p / stride[later] % (size_t)grid->axis[later].n == centre[later];
            if (!on)
                continue;
            for (int way = -1; way <= 1; way += 2) {
                const long steps = way < 0 ? (long)centre[a] : (long)grid->axis[a].n - 1 - (long)centre[a];
                const double *before = grid->U + p * grid->matrix;
                for (long i = 1; i <= steps; i++) {
                    double *now = grid->U + (size_t)((long)p + way * i * (long)stride[a]) * grid->matrix;
                    dia_states_follow(&grid->shape, before, now);
                    before = now;
                }
            }
        }
}

static void nearest_point(const dia_grid *grid, const double *R, size_t *index)
{
    for (int a = 0; a < grid->naxis; a++) {
        const dia_grid_axis *axis = &grid->axis[a];
        const double j = (R[a] - axis->lower) / (axis->upper - axis->lower) * axis->n;
        index[a] = (size_t)fmin(fmax(floor(j + 0.5), 0.0), axis->n - 1.0);
    }
}

static void put_start(dia_grid *grid, const dia_exact_start *start)
{
    const size_t n = (size_t)grid->nstate, c = (size_t)grid->naxis;
    double norm = 0.0, u[2 * DIA_GRID_STATES];
    memcpy(u, start->amplitude, 2 * n * sizeof *u);
    for (size_t p = 0; p < grid->points; p++) {
        double R[DIA_GRID_AXES], exponent = 0.0, angle = 0.0;
        dia_grid_position(grid, p, R);
        for (size_t i = 0; i < c; i++) {
            R[i] -= start->centre[i];
            angle += start->momentum[i] * R[i];
        }
        for (size_t i = 0; i < c; i++)
            for (size_t j = 0; j < c; j++)
                exponent -= 0.25 * R[i] * start->precision[i * c + j] * R[j];
        const double size = exp(exponent), re = size * cos(angle), im = size * sin(angle);
        norm += size * size;
        if (!start->diabatic)
            dia_states_diabatic(&grid->shape, grid->U + p * grid->matrix, start->amplitude, u);
        for (size_t i = 0; i < n; i++) {
            const double x = u[2 * i], y = u[2 * i + 1];
            grid->psi[2 * (i * grid->points + p)] = x * re - y * im;
            grid->psi[2 * (i * grid->points + p) + 1] = x * im + y * re;
        }
    }
    const double factor = 1.0 / sqrt(norm * grid->cell);
    for (size_t i = 0; i < 2 * n * grid->points; i++)
        grid->psi[i] *= factor;
    memcpy(grid->start, grid->psi, 2 * n * grid->points * sizeof(double));
}

void dia_grid_start_make(dia_grid *grid, const dia_exact_start *start)
{
    size_t centre[DIA_GRID_AXES];
    nearest_point(grid, start->centre, centre);
    follow_signs(grid, centre);
    put_start(grid, start);
}
