/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a grid: H at each point, the start, the phases of a step. */
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

/* ---- H --------------------------------------------------------------------------------------- */

/* In whole pairs, for U may be complex. */
static size_t surface_size(const dia_shape *shape)
{
    const size_t each = DIA_GRID_AXES + (size_t)shape->npacked + (size_t)shape->nstate + dia_states_size(shape);
    return DIA_GRID_BATCH * each + (dia_states_work(shape) + 1) / 2 * 2;
}

dia_grid_surface dia_grid_surface_of(const dia_grid *grid, int thread, int which)
{
    double *R = grid->surface + (2 * (size_t)thread + (size_t)which) * surface_size(&grid->shape),
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

static dia_status make_surface(dia_grid *grid, dia_error *error)
{
    const size_t tasks = dia_grid_tasks(grid->points, DIA_GRID_BATCH);
    surfaces s = {.grid = grid, .bad = calloc(tasks, sizeof(bool))};
    grid->tape = calloc((size_t)grid->threads, sizeof(dia_tape *));
    grid->surface = dia_allocate(2 * (size_t)grid->threads * surface_size(&grid->shape), sizeof(double));
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

/* ---- the start ------------------------------------------------------------------------------- */

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
        status = make_surface(grid, error);
    if (status == DIA_OK)
        status = make_layers(grid, error);
    if (status == DIA_OK)
        status = make_regions(grid, problem->regions, error);
    if (status != DIA_OK)
        return status;
    size_t centre[DIA_GRID_AXES];
    make_momenta(grid);
    nearest_point(grid, problem->start->centre, centre);
    follow_signs(grid, centre);
    put_start(grid, problem->start);
    status = dia_grid_light_make(grid, error);
    return status == DIA_OK ? make_phases(grid, error) : status;
}
