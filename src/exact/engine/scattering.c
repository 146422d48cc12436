/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine `scattering`: waves of given momenta or energies that come in along one coordinate. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "electronic/hermitian.h"
#include "exact/engine.h"
#include "exact/scatter.h"
#include "parallel/team.h"

enum { SIDE_LEFT, SIDE_RIGHT, BATCH = 256 };
static const double MOST_POINTS = 4e6; /* finer grids lose to rounding what they gain                          */
static const double TAIL = 0.05;       /* share of the range over which H must be constant at an end            */
static const double CHANGE = 1e-5;     /* of H there in hartree, above which is warned                          */

typedef struct settings {
    dia_list momenta, energies;
    double lower, upper, tolerance;
    int side;
    int count;      /* set by prepare, as what follows   */
    int state;      /* incoming channel, on `side`       */
    double *energy; /* (count), shared by copies         */
} settings;

static const dia_option options[] = {
    DIA_REAL(settings, lower, DIA_ATOMIC, NULL, "left end, bohr; H is taken as constant beyond", .required = true),
    DIA_REAL(settings, upper, DIA_ATOMIC, NULL, "right end", .required = true),
    DIA_REALS(settings, momenta, DIA_ATOMIC, NULL,
              "of the incoming wave, atomic units; left out, and no energies: initial.momentum"),
    DIA_REALS(settings, energies, DIA_ENERGY, NULL, "in place of momenta: total energies, on the scale of H"),
    DIA_CHOICE(settings, side, "left|right", "left", "where the wave comes from"),
    DIA_REAL(settings, tolerance, DIA_PURE, "1e-8", "the step is halved until no probability changes by more than this",
             DIA_RANGE(1e-13, 1)),
    {.key = NULL}};

/* ---- settings ------------------------------------------------------------------------------------ */

/* Adiabatic energies (nstate) at x. */
static dia_status levels_at(const dia_exact_problem *problem, double x, double *levels, dia_error *error)
{
    const dia_shape shape = dia_model_shape(problem->model);
    const size_t matrix = dia_states_size(&shape);
    dia_tape *tape = NULL;
    double *H = malloc((size_t)shape.npacked * sizeof *H),
           *work = malloc((matrix + dia_states_work(&shape)) * sizeof *work);
    dia_status status = dia_tape_create_hermitian(&tape, problem->model, 1, 1, error);
    if (status == DIA_OK && (H == NULL || work == NULL))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d states", shape.nstate);
    if (status == DIA_OK)
        status = dia_model_hamiltonian(problem->model, tape, 1, &x, H);
    if (status == DIA_OK && !dia_states_solve(&shape, H, levels, work, work + matrix))
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the Hamiltonian at %g bohr is not finite", x);
    dia_tape_free(tape);
    free(H);
    free(work);
    return status;
}

/* The adiabatic state of the start. */
static dia_status find_state(settings *s, const dia_exact_problem *problem, dia_error *error)
{
    const double *c = problem->start->amplitude;
    s->state = -1;
    for (int i = 0; i < problem->nstate; i++)
        if (hypot(c[2 * i], c[2 * i + 1]) > 1.0 - 1e-9)
            s->state = i;
    if (s->state >= 0 && !problem->start->diabatic)
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "initial.state: the engine scattering sends in waves of one adiabatic state; write state: 0 or "
        "another number");
}

static dia_status find_energies(settings *s, const dia_exact_problem *problem, dia_error *error)
{
    const bool given = s->energies.n > 0;
    const double *momenta = s->momenta.n > 0 ? s->momenta.items : problem->start->momentum;
    if (given && s->momenta.n > 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "exact: give `momenta` or `energies`, not both");
    s->count = given ? s->energies.n : s->momenta.n > 0 ? s->momenta.n : 1;
    s->energy = malloc((size_t)s->count * sizeof *s->energy);
    double *levels = malloc((size_t)problem->nstate * sizeof *levels);
    dia_status status = s->energy != NULL && levels != NULL
                            ? levels_at(problem, s->side == SIDE_LEFT ? s->lower : s->upper, levels, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d energies", s->count);
    for (int i = 0; i < s->count && status == DIA_OK; i++) {
        s->energy[i] = given ? ((const double *)s->energies.items)[i]
                             : levels[s->state] + momenta[i] * momenta[i] / (2.0 * problem->mass[0]);
        if (!(s->energy[i] > levels[s->state]))
            status = dia_error_set(error, DIA_ERROR_INPUT,
                                   "exact.%s: at %.6g eV no wave comes in from the %s: state %d has %.6g eV there%s",
                                   given ? "energies" : "momenta", s->energy[i] / DIA_EV,
                                   s->side == SIDE_LEFT ? "left" : "right", s->state, levels[s->state] / DIA_EV,
                                   given ? "" : "; give `momenta`, `energies`, or initial.momentum");
    }
    free(levels);
    return status;
}

static void release(void *self)
{
    free(((settings *)self)->energy);
}

static dia_status prepare(void *self, const dia_exact_problem *problem, double *bytes, size_t size, char *advice,
                          dia_error *error)
{
    settings *s = self;
    if (problem->ncart != 1)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "the engine scattering is for one coordinate; '%s' has %d. The engine grid propagates packets "
            "in up to three",
            dia_model_name(problem->model), problem->ncart);
    if (!(s->upper > s->lower))
        return dia_error_set(error, DIA_ERROR_INPUT, "exact.upper: %g bohr is not right of exact.lower, %g bohr",
                             s->upper, s->lower);
    dia_status status = find_state(s, problem, error);
    if (status == DIA_OK)
        status = find_energies(s, problem, error);
    if (status != DIA_OK)
        return status;
    const double n = problem->nstate;
    *bytes = MOST_POINTS * 8.0 * dia_model_shape(problem->model).npacked + s->count * 16.0 * 8.0 * n * n;
    snprintf(advice, size, "Give fewer energies");
    return DIA_OK;
}

/* ---- the grid ------------------------------------------------------------------------------------ */

/* H at multiples of the step, so that a kink at a round number is a point. */
static dia_status make_grid(const settings *s, const dia_exact_problem *problem, double step, dia_scatter_grid *grid,
                            double **H, dia_error *error)
{
    const double first = floor(s->lower / step), last = ceil(s->upper / step), npoint = last - first + 1.0;
    const dia_shape shape = dia_model_shape(problem->model);
    const size_t npacked = (size_t)shape.npacked;
    double x[BATCH];
    dia_tape *tape = NULL;
    *grid = (dia_scatter_grid){.n = problem->nstate,
                               .hermitian = dia_hermitian(&shape),
                               .mass = problem->mass[0],
                               .left = first * step,
                               .step = step};
    if (npoint > MOST_POINTS)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "scattering from %g to %g bohr at a step of %.3g bohr takes %.3g "
                             "points, more than %.3g: shorten the range",
                             s->lower, s->upper, step, npoint, MOST_POINTS);
    grid->npoint = (int)npoint;
    dia_status status = dia_tape_create_hermitian(&tape, problem->model, BATCH, 1, error);
    if (status == DIA_OK && (*H = malloc((size_t)grid->npoint * npacked * sizeof **H)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d points", grid->npoint);
    for (int i = 0; i < grid->npoint && status == DIA_OK; i += BATCH) {
        const int n = grid->npoint - i < BATCH ? grid->npoint - i : BATCH;
        for (int k = 0; k < n; k++)
            x[k] = (first + i + k) * step;
        status = dia_model_hamiltonian(problem->model, tape, n, x, *H + (size_t)i * npacked);
    }
    dia_tape_free(tape);
    grid->H = *H;
    return status;
}

/* Are the channels free at the ends? */
static void check_tails(const dia_exact_problem *problem, const dia_scatter_grid *grid)
{
    const int npacked = dia_model_shape(problem->model).npacked, inside = (int)(TAIL * (grid->npoint - 1));
    for (int side = 0; side < 2; side++) {
        const double *end = grid->H + (size_t)(side == 0 ? 0 : grid->npoint - 1) * (size_t)npacked;
        const double *other = grid->H + (size_t)(side == 0 ? inside : grid->npoint - 1 - inside) * (size_t)npacked;
        double change = 0.0;
        for (int e = 0; e < npacked; e++)
            change = fmax(change, fabs(end[e] - other[e]));
        if (change > CHANGE)
            dia_control_warn(
                problem->control,
                "H still changes by %.2g eV over the last %.3g bohr at the %s end, where it is taken as constant: "
                "widen the range (exact.%s), unless that is a wall",
                change / DIA_EV, inside * grid->step, side == 0 ? "left" : "right", side == 0 ? "lower" : "upper");
    }
}

/* ---- all energies -------------------------------------------------------------------------------- */

typedef struct sweep {
    const settings *s;
    const dia_exact_problem *problem;
    dia_scatter_grid grid;
    double *H;
    dia_scatter *result; /* (count) */
    double *change;      /* (count): by the last halving; infinite before the first */
    dia_error *errors;   /* (count) */
} sweep;

static void solve_one(void *context, int i, int thread)
{
    sweep *w = context;
    dia_scatter finer;
    (void)thread;
    if (w->change[i] <= w->s->tolerance)
        return;
    if (dia_scatter_solve(&w->grid, w->s->energy[i], &finer, &w->errors[i]) != DIA_OK)
        return;
    if (w->result[i].S != NULL)
        w->change[i] = dia_scatter_change(&w->result[i], &finer);
    dia_scatter_free(&w->result[i]);
    w->result[i] = finer;
}

/* One level; *done: all energies have converged. */
static dia_status solve_level(sweep *w, double step, bool *done, dia_error *error)
{
    dia_status status = make_grid(w->s, w->problem, step, &w->grid, &w->H, error);
    if (status == DIA_OK)
        dia_team_run(w->problem->threads, w->s->count, solve_one, w);
    free(w->H);
    w->H = NULL;
    *done = true;
    for (int i = 0; i < w->s->count && status == DIA_OK; i++) {
        *done = *done && w->change[i] <= w->s->tolerance;
        if (w->errors[i].status != DIA_OK)
            status = dia_error_set(error, w->errors[i].status, "%s", w->errors[i].text);
    }
    return status;
}

/* The first step: the power of two that suits the highest energy, from a look at H on a coarse grid. */
static dia_status first_step(sweep *w, double *step, dia_error *error)
{
    const double range = w->s->upper - w->s->lower;
    double highest = -INFINITY;
    for (int i = 0; i < w->s->count; i++)
        highest = fmax(highest, w->s->energy[i]);
    dia_status status = make_grid(w->s, w->problem, exp2(floor(log2(range / 2000.0))), &w->grid, &w->H, error);
    if (status == DIA_OK) {
        *step = exp2(floor(log2(fmin(dia_scatter_step(&w->grid, highest), range / 16.0))));
        check_tails(w->problem, &w->grid);
    }
    free(w->H);
    w->H = NULL;
    return status;
}

static dia_status solve(sweep *w, dia_error *error)
{
    const double range = w->s->upper - w->s->lower;
    double step = 0.0;
    bool done = false;
    dia_status status = first_step(w, &step, error);
    for (; status == DIA_OK && !done; step *= 0.5) {
        if (dia_control_stopped(w->problem->control))
            return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted; nothing was written");
        status = solve_level(w, step, &done, error);
        if (status == DIA_OK && !done && 2.0 * range / step > MOST_POINTS) {
            dia_control_warn(w->problem->control, "not all energies have converged to %g at a step of %.3g bohr",
                             w->s->tolerance, step);
            done = true;
        }
    }
    return status;
}

static dia_status propagate(const void *self, const dia_exact_problem *problem, const dia_exact_observer *observer,
                            dia_error *error)
{
    const settings *s = self;
    const size_t n = (size_t)s->count;
    sweep w = {.s = s, .problem = problem};
    w.result = calloc(n, sizeof *w.result);
    w.change = malloc(n * sizeof *w.change);
    w.errors = calloc(n, sizeof *w.errors);
    dia_status status = w.result != NULL && w.change != NULL && w.errors != NULL
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu energies", n);
    for (size_t i = 0; i < n && status == DIA_OK; i++)
        w.change[i] = INFINITY;
    if (status == DIA_OK)
        status = solve(&w, error);
    if (status == DIA_OK)
        status = observer->scattering(observer->context, s->side * problem->nstate + s->state, s->count, w.result,
                                      w.change, error);
    for (size_t i = 0; i < n && w.result != NULL; i++)
        dia_scatter_free(&w.result[i]);
    free(w.result);
    free(w.change);
    free(w.errors);
    return status;
}

static void describe(const void *self, FILE *out)
{
    const settings *s = self;
    fprintf(out, "%d energ%s from the %s in S%d, H constant beyond %.4g and %.4g bohr, each probability to %g",
            s->count, s->count == 1 ? "y" : "ies", s->side == SIDE_LEFT ? "left" : "right", s->state, s->lower,
            s->upper, s->tolerance);
}

const dia_exact_type dia_exact_type_scattering = {
    .name = "scattering",
    .summary = "waves along one coordinate: transmission and reflection by adiabatic state, for a list of momenta",
    .reference = "renormalised Numerov: B. R. Johnson, J. Chem. Phys. 69, 4678 (1978)",
    .options = options,
    .self_size = sizeof(settings),
    .stationary = true,
    .propagate = propagate,
    .prepare = prepare,
    .release = release,
    .describe = describe,
};
