/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A box and a grid that hold a wave packet, from its energy: where it may go, and how fast it may be there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "exact/grid.h"

enum { BATCH = 64, DRAWS = 512, ROUNDS = 60 };
static const double FAR = 6.0;     /* standard deviations of the packet that must fit                             */
static const double SPARE = 1.15;  /* the grid holds momenta this much larger than the largest classical one       */
static const double STEEP = 2.0;   /* and this much larger where a layer absorbs, whose potential is steep            */
static const double FLAT = 1e-5;   /* H is constant when it changes by less than this share of the kinetic energy */
static const double SLOWEST = 0.1; /* share of the mean outgoing momentum that an absorbing layer is made for     */

typedef struct explorer {
    const dia_exact_problem *problem;
    dia_grid_settings *s;
    dia_tape *tape;
    dia_shape shape;
    double *R, *H, *E, *U, *work; /* of a batch; U of one of its geometries */
    double most, least;           /* energies: of the packet, with its tails; of the lowest surface where it may go */
    double mean;                  /* of the packet                                                                  */
    bool free[DIA_GRID_AXES][2];  /* this end is not given                                                          */
    bool open[DIA_GRID_AXES][2];  /* the packet can leave there                                                     */
} explorer;

static dia_status start(explorer *x, dia_error *error)
{
    x->shape = dia_model_shape(x->problem->model);
    x->H = calloc(BATCH * (size_t)x->shape.npacked, sizeof(double));
    x->E = calloc(BATCH * (size_t)x->shape.nstate, sizeof(double));
    x->U = calloc(dia_states_size(&x->shape), sizeof(double));
    x->R = calloc(BATCH * (size_t)x->problem->ncart, sizeof(double));
    x->work = calloc(dia_states_work(&x->shape), sizeof(double));
    if (x->H == NULL || x->E == NULL || x->U == NULL || x->R == NULL || x->work == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a box");
    return dia_tape_create_hermitian(&x->tape, x->problem->model, BATCH, 1, error);
}

static void finish(explorer *x)
{
    dia_tape_free(x->tape);
    free(x->H);
    free(x->E);
    free(x->U);
    free(x->R);
    free(x->work);
}

/* H and E of the first `count` rows of R. */
static bool look(explorer *x, int count)
{
    if (dia_model_hamiltonian(x->problem->model, x->tape, count, x->R, x->H) != DIA_OK)
        return false;
    for (int b = 0; b < count; b++) /* E is NaN where H is not finite */
        (void)dia_states_solve(&x->shape, x->H + b * x->shape.npacked, x->E + b * x->shape.nstate, x->U, x->work);
    return true;
}

/* Energy of the electronic state of the start at row b. */
static double energy_of_start(const explorer *x, int b)
{
    const dia_exact_start *start = x->problem->start;
    const int n = x->problem->nstate;
    double sum = 0.0, h[2];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            const double *a = start->amplitude + 2 * i, *c = start->amplitude + 2 * j;
            dia_states_element(&x->shape, x->H + b * x->shape.npacked, i, j, h);
            if (start->diabatic) /* the real part of conj(a) h c */
                sum += h[0] * (a[0] * c[0] + a[1] * c[1]) - h[1] * (a[0] * c[1] - a[1] * c[0]);
            else if (i == j)
                sum += x->E[b * n + i] * (a[0] * a[0] + a[1] * a[1]);
        }
    return sum;
}

/* Width of the packet along coordinate a; momenta spread by C^-1/4. */
static double width_of(const dia_exact_problem *problem, int a)
{
    return sqrt(problem->start->covariance[a * problem->ncart + a]);
}

/* Mean energy of the packet, and its upper end: five standard deviations, and six quanta of its fastest
 * oscillation, for the
 * tail into classically forbidden regions. */
static bool energies(explorer *x)
{
    const dia_exact_problem *problem = x->problem;
    const int c = problem->ncart;
    double mean = 0.0, square = 0.0, kinetic = 0.0, variance = 0.0, quanta = 0.0;
    for (int d = 0; d < DRAWS; d += BATCH) {
        for (int b = 0; b < BATCH; b++)
            for (int a = 0; a < c; a++)
                x->R[b * c + a] =
                    problem->start->centre[a] + width_of(problem, a) * dia_rng_normal(1, (uint64_t)d + (uint64_t)b, 0,
                                                                                      DIA_PURPOSE_INITIAL, (uint32_t)a);
        if (!look(x, BATCH))
            return false;
        for (int b = 0; b < BATCH; b++) {
            const double E = energy_of_start(x, b);
            mean += E / DRAWS;
            square += E * E / DRAWS;
        }
    }
    for (int a = 0; a < c; a++) {
        const double p = problem->start->momentum[a], m = problem->mass[a],
                     spread = 0.25 * problem->start->precision[a * c + a];
        kinetic += 0.5 * (p * p + spread) / m;
        variance += (4.0 * p * p * spread + 2.0 * spread * spread) / (4.0 * m * m);
        quanta = fmax(quanta, 0.5 * 24.0 * spread / m);
    }
    variance += fmax(square - mean * mean, 0.0);
    /* Light lifts it to the next state, and may to one above that. */
    const int photons = problem->light == NULL ? 0 : problem->nstate > 2 ? 2 : 1;
    const double photon = photons > 0 ? problem->light->fastest : 0.0;
    x->mean = mean + kinetic + photon;
    x->most = mean + kinetic + photons * photon + 5.0 * sqrt(variance) + quanta;
    return isfinite(x->most);
}

/* ---- where it may go ------------------------------------------------------------------------- */

static int coarse(const explorer *x)
{
    static const int points[DIA_GRID_AXES] = {257, 41, 17};
    return points[x->problem->ncart - 1];
}

/* A place of the coarse grid, ends included. */
static void coarse_point(const explorer *x, long number, double *R, int *index)
{
    const int m = coarse(x);
    for (int a = x->problem->ncart - 1; a >= 0; a--) {
        const dia_grid_axis *axis = &x->s->axis[a];
        index[a] = (int)(number % m);
        R[a] = axis->lower + index[a] * (axis->upper - axis->lower) / (m - 1);
        number /= m;
    }
}

/* Which ends of the box the energy allows it to reach; the least energy within. */
static bool survey(explorer *x, bool reached[DIA_GRID_AXES][2])
{
    const int c = x->problem->ncart, m = coarse(x), n = x->problem->nstate;
    const long all = c == 1 ? m : c == 2 ? (long)m * m : (long)m * m * m;
    int index[BATCH][DIA_GRID_AXES];
    memset(reached, 0, sizeof(bool[DIA_GRID_AXES][2]));
    x->least = INFINITY;
    for (long first = 0; first < all; first += BATCH) {
        const int count = all - first < BATCH ? (int)(all - first) : BATCH;
        for (int b = 0; b < count; b++)
            coarse_point(x, first + b, x->R + b * c, index[b]);
        if (!look(x, count))
            return false;
        for (int b = 0; b < count; b++) {
            const double E = x->E[b * n];
            if (!(E < x->most)) /* NaN is no place to go */
                continue;
            x->least = fmin(x->least, E);
            for (int a = 0; a < c; a++) {
                reached[a][0] = reached[a][0] || index[b][a] == 0;
                reached[a][1] = reached[a][1] || index[b][a] == m - 1;
            }
        }
    }
    return isfinite(x->least);
}

/* How far the fastest part can come in the time, and some. */
static double reach(const explorer *x, int a)
{
    const dia_exact_problem *problem = x->problem;
    return FAR * width_of(problem, a) +
           sqrt(2.0 * fmax(x->most - x->least, 0.0) / problem->mass[a]) * problem->timestep * (double)problem->steps;
}

/* Widens the box until the energy forbids its ends, or the packet cannot come there in the time. */
static bool widen(explorer *x)
{
    bool reached[DIA_GRID_AXES][2], changed = true;
    for (int round = 0; round < ROUNDS && changed; round++) {
        changed = false;
        if (!survey(x, reached))
            return false;
        for (int a = 0; a < x->problem->ncart; a++) {
            dia_grid_axis *axis = &x->s->axis[a];
            const double step = 0.15 * (axis->upper - axis->lower), far = reach(x, a),
                         centre = x->problem->start->centre[a];
            double *const end[2] = {&axis->lower, &axis->upper};
            for (int e = 0; e < 2; e++) {
                const double limit = e == 0 ? centre - far : centre + far, next = *end[e] + (e == 0 ? -step : step);
                const bool beyond = e == 0 ? next < limit : next > limit;
                x->open[a][e] = reached[a][e];
                if (!x->free[a][e] || !reached[a][e] || *end[e] == limit)
                    continue;
                *end[e] = beyond ? limit : next;
                changed = true;
            }
        }
    }
    for (int a = 0; a < x->problem->ncart; a++) { /* a wall between two coarse points */
        dia_grid_axis *axis = &x->s->axis[a];
        const double cell = (axis->upper - axis->lower) / (coarse(x) - 1);
        axis->lower -= x->free[a][0] && !x->open[a][0] ? cell : 0.0;
        axis->upper += x->free[a][1] && !x->open[a][1] ? cell : 0.0;
    }
    return true;
}

/* ---- angles ---------------------------------------------------------------------------------- */

static bool compare_planes(explorer *x, int a, double here, double there, bool everywhere, double *difference);

/* Is coordinate a an angle? H is the same a whole turn further, and another half a turn further, at several places; also at
 * energies that the packet never has, for beyond a wall there is nothing else to compare. */
static bool is_angle(explorer *x, int a, bool *angle)
{
    enum { PLACES = 7 };
    const double lower = x->problem->start->centre[a] - DIA_PI, depth = x->most - x->least;
    double most = 0.0;
    *angle = true;
    for (int i = 0; i < PLACES && *angle; i++) {
        const double here = lower + 2.0 * DIA_PI * (i + 0.37) / PLACES; /* at no special place */
        double turn, half;
        if (!compare_planes(x, a, here, here + 2.0 * DIA_PI, true, &turn) ||
            !compare_planes(x, a, here, here + DIA_PI, true, &half))
            return false;
        *angle = turn < 1e-10 * depth;
        most = fmax(most, half);
    }
    *angle = *angle && most > 1e-3 * depth; /* else it is a place where H is flat */
    return true;
}

/* A free box longer than a turn of an angle becomes one turn, for the Fourier grid is a ring. Not where trajectories are ended by
 * coordinates, which are counted without end. */
static bool close_rings(explorer *x)
{
    for (int a = 0; a < x->problem->ncart; a++) {
        dia_grid_axis *axis = &x->s->axis[a];
        const double centre = x->problem->start->centre[a];
        bool angle;
        if (!x->free[a][0] || !x->free[a][1] || axis->upper - axis->lower < 2.0 * DIA_PI ||
            FAR * width_of(x->problem, a) > DIA_PI || x->problem->regions != NULL)
            continue;
        if (!is_angle(x, a, &angle))
            return false;
        if (!angle)
            continue;
        axis->ring = true;
        axis->lower = centre - DIA_PI;
        axis->upper = centre + DIA_PI;
        x->open[a][0] = x->open[a][1] = false;
    }
    return true;
}

/* ---- absorbing layers ------------------------------------------------------------------------ */

/* Largest difference of any element of H between two planes of coordinate a, everywhere or where the energy allows to be. */
static bool compare_planes(explorer *x, int a, double here, double there, bool everywhere, double *difference)
{
    const int c = x->problem->ncart, m = coarse(x), n = x->problem->nstate, packed = x->shape.npacked;
    const long all = c == 1 ? 1 : c == 2 ? m : (long)m * m;
    *difference = 0.0;
    for (long p = 0; p < all; p++) {
        double R[DIA_GRID_AXES];
        long rest = p;
        for (int b = 0; b < c; b++) {
            const dia_grid_axis *axis = &x->s->axis[b];
            R[b] = here;
            if (b == a)
                continue;
            R[b] = axis->lower + (double)(rest % m) * (axis->upper - axis->lower) / (m - 1);
            rest /= m;
        }
        memcpy(x->R, R, (size_t)c * sizeof *R);
        R[a] = there;
        memcpy(x->R + c, R, (size_t)c * sizeof *R);
        if (!look(x, 2))
            return false;
        if (!everywhere && (!(x->E[0] < x->most) || !(x->E[n] < x->most)))
            continue;
        for (int i = 0; i < packed; i++)
            *difference = fmax(*difference, fabs(x->H[i] - x->H[packed + i]));
    }
    return true;
}

/* An end that the packet can leave by: where H does not change any more a layer absorbs it, and the box ends there. */
static bool put_layer(explorer *x, int a, int end)
{
    dia_grid_axis *axis = &x->s->axis[a];
    const double centre = x->problem->start->centre[a], sign = end == 0 ? -1.0 : 1.0,
                 last = end == 0 ? axis->lower : axis->upper, near = centre + sign * FAR * width_of(x->problem, a),
                 allowed = FLAT * (x->most - x->least);
    const double outgoing = sqrt(2.0 * axis->mass * fmax(x->mean - x->least, 1e-12));
    const double width = DIA_GRID_LAYER / (SLOWEST * outgoing);
    const int steps = 200;
    double from = last;
    for (int i = steps; i >= 0; i--) { /* from the end inwards */
        const double here = near + (last - near) * i / steps;
        double difference;
        if (!compare_planes(x, a, here, last, false, &difference))
            return false;
        if (difference > allowed)
            break;
        from = here;
    }
    if (!((last - from) * sign > width)) /* no room: the packet does not come there, or the user will be warned */
        return true;
    axis->layer[end] = width;
    if (end == 0)
        axis->lower = from - width;
    else
        axis->upper = from + width;
    return true;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bool choose(explorer *x)
{
    dia_grid_settings *s = x->s;
    const int c = x->problem->ncart;
    for (int a = 0; a < c; a++) {
        const double far = FAR * width_of(x->problem, a), centre = x->problem->start->centre[a];
        x->free[a][0] = s->lower.n == 0;
        x->free[a][1] = s->upper.n == 0;
        s->axis[a].lower = x->free[a][0] ? centre - far : s->axis[a].lower;
        s->axis[a].upper = x->free[a][1] ? centre + far : s->axis[a].upper;
    }
    if (!energies(x) || !widen(x) || !close_rings(x))
        return false;
    for (int a = 0; a < c; a++)
        for (int end = 0; end < 2; end++)
            if (x->open[a][end] && x->free[a][end] && (end == 0 ? s->absorber_lower.n : s->absorber_upper.n) == 0 &&
                !put_layer(x, a, end))
                return false;
    const double depth = fmax(x->most - x->least, 1e-12);
    for (int a = 0; a < c; a++) {
        dia_grid_axis *axis = &s->axis[a];
        const bool layer = axis->layer[0] > 0.0 || axis->layer[1] > 0.0;
        const double fastest = (layer ? STEEP : SPARE) * sqrt(2.0 * axis->mass * depth),
                     points = ceil((axis->upper - axis->lower) * fastest / DIA_PI);
        if (s->points.n == 0)
            axis->n = dia_fourier_length((int)fmin(fmax(points, 16.0), DIA_GRID_MOST));
    }
    bool layers = false; /* they act once a step */
    for (int a = 0; a < c; a++)
        layers = layers || s->axis[a].layer[0] > 0.0 || s->axis[a].layer[1] > 0.0;
    if (s->substeps == 0) {
        /* Leads to a few 1e-6 in the populations of the models of the tests. */
        const double each = s->order == 0 ? 0.3 : layers ? 0.5 : 1.5;
        s->substeps = (int)fmin(fmax(ceil(x->problem->timestep * depth / each), 1.0), 100000.0);
    }
    return true;
}

dia_status dia_grid_box(dia_grid_settings *settings, const dia_exact_problem *problem, dia_error *error)
{
    explorer x = {.problem = problem, .s = settings};
    dia_status status = start(&x, error);
    if (status == DIA_OK && !choose(&x))
        status = dia_error_set(error, DIA_ERROR_NUMERIC,
                               "the model gives no finite energies about the start, so no box can be chosen; give "
                               "exact.lower, exact.upper and exact.points");
    finish(&x);
    return status;
}
