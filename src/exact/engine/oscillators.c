/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine `oscillators`: a wave function in a pruned basis of oscillator products, for models that are polynomials of
 * second degree. Time by Chebyshev polynomials: several samples share the products of H, and the overlaps of each step cost
 * nothing. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exact/engine.h"
#include "exact/product_light.h"
#include "exact/quadrature.h"
#include "math/vector.h"

enum { ADIABATIC_AUTO, ADIABATIC_NO, LANCZOS = 40, SAMPLES = 8, QUANTA = 4 };
static const double TOLERANCE = 1e-13; /* of a Chebyshev expansion                                      */
static const double MOST_POINTS = 3e7; /* of a quadrature whose density is not stated                   */
static const double MISSING = 1e-6;    /* of the start that the basis cannot hold, which is warned of    */

typedef struct settings {
    double energy; /* of all quanta of a function; prepare resolves 0 */
    int adiabatic;
    double density;
    dia_polynomial polynomial; /* set by prepare, as what follows; shared by copies */
    double count;
    const dia_exact_regions *regions; /* of the problem; NULL: none that are counted */
    double *mu;                       /* of dia_product_dipoles; NULL: no light      */
    double angle;                     /* of sub-steps in its field                   */
} settings;

static const dia_option options[] = {
    DIA_REAL(settings, energy, DIA_ENERGY, NULL,
             "functions whose quanta have more energy are left out; left out: 2.5 times (one or two modes: 4 times) "
             "what the start has above the lowest energy of the model",
             .minimum = 0.0, .maximum = 1e6),
    DIA_CHOICE(settings, adiabatic, "auto|false", "auto",
               "adiabatic populations, by quadrature over all modes; auto: if the memory permits it"),
    DIA_REAL(settings, density, DIA_PURE, NULL,
             "points of that quadrature, in multiples of the functions of each mode; left out: 4 for one or two modes, "
             "2 for three, 1 for more",
             DIA_RANGE(1, 20)),
    {.key = NULL}};

/* ---- the start ----------------------------------------------------------------------------------- */

/* The packet in dimensionless coordinates: R = reference + length Q; A = length C^-1 length / 2. Arrays (n), (n), (n, n) of
 * the caller. */
static void scale_packet(const dia_polynomial *p, const dia_exact_start *start, double *centre, double *momentum,
                         double *A)
{
    const int n = p->nmode;
    for (int m = 0; m < n; m++) {
        centre[m] = (start->centre[m] - p->reference[m]) / p->length[m];
        momentum[m] = start->momentum[m] * p->length[m];
        for (int k = 0; k < n; k++)
            A[m * n + k] = 0.5 * start->precision[m * n + k] * p->length[m] * p->length[k];
    }
}

/* Energy of the start above the lowest that a state with the strongest linear terms of all modes could have: a scale, not a
 * result. */
static double available(const dia_polynomial *p, const dia_exact_start *start, bool lit)
{
    const int n = p->nmode;
    double lowest = INFINITY, highest = -INFINITY, packet = 0.0, relaxed = 0.0;
    for (int m = 0; m < n; m++) {
        const double k = dia_largest(p->npacked, p->linear + m * p->npacked);
        relaxed += 0.5 * k * k / p->frequency[m];
    }
    for (int i = 0; i < p->nstate; i++) {
        const int e = dia_packed(i, i);
        double value = p->constant[e];
        lowest = fmin(lowest, value - relaxed);
        for (int m = 0; m < n; m++) {
            const double Q = (start->centre[m] - p->reference[m]) / p->length[m];
            value += p->linear[m * p->npacked + e] * Q + 0.5 * p->frequency[m] * Q * Q;
        }
        if (lit || !start->diabatic || hypot(start->amplitude[2 * i], start->amplitude[2 * i + 1]) > 0.1)
            highest = fmax(highest, value);
    }
    for (int m = 0; m < n; m++) {
        const double P = start->momentum[m] * p->length[m];
        const double spread = start->covariance[m * n + m] / (p->length[m] * p->length[m]);
        packet +=
            0.5 * p->frequency[m] * (P * P + spread + 0.25 * start->precision[m * n + m] * p->length[m] * p->length[m]);
    }
    return highest - lowest + packet;
}

/* ---- prepare ------------------------------------------------------------------------------------- */

static double bytes_of(const settings *s, const dia_exact_problem *problem)
{
    const double vectors = (SAMPLES + 4) * 16.0 * s->count * problem->nstate;
    return vectors + dia_basis_bytes(problem->ncart, s->count);
}

/* Largest quantum number of each mode in the basis; 10^8 for all that no computer holds. */
static int largest(const settings *s, int m)
{
    return (int)fmin(s->energy / s->polynomial.frequency[m] * (1.0 + 1e-12), 1e8);
}

static double points_of(const settings *s)
{
    double points = 1.0;
    for (int m = 0; m < s->polynomial.nmode; m++)
        points *= dia_quadrature_nodes(&s->polynomial, m, largest(s, m) + 1, s->density, s->regions);
    return points;
}

/* Regions that the quadrature can count: those whose conditions limit single coordinates. */
static const dia_exact_regions *countable(const dia_exact_problem *problem)
{
    double limit[2 * DIA_STOPS];
    int n;
    return problem->regions != NULL && dia_exact_regions_limits(problem->regions, 0, limit, &n) ? problem->regions
                                                                                                : NULL;
}

static void tell_left_out(const settings *s, const dia_exact_problem *problem)
{
    if (problem->regions != NULL && s->regions == NULL)
        dia_control_warn(problem->control,
                         "dynamics.stop: the engine oscillators counts outcomes of conditions on one coordinate each, "
                         "together with adiabatic populations; here it does not count any, for %s",
                         s->adiabatic == ADIABATIC_NO ? "there are no adiabatic populations"
                                                      : "a condition combines several coordinates");
}

static void release(void *self)
{
    dia_polynomial_free(&((settings *)self)->polynomial);
    free(((settings *)self)->mu);
}

static dia_status prepare_light(settings *s, const dia_exact_problem *problem, dia_error *error)
{
    s->angle = DIA_FIELD_ANGLE;
    if (problem->light == NULL)
        return DIA_OK;
    if (problem->light->rotating_wave)
        return dia_error_set(
            error, DIA_ERROR_UNSUPPORTED,
            "dynamics.light.rotating_wave: the states that it means change with the geometry, which a basis "
            "of oscillators does not know; expected false, or exact: {engine: grid}");
    return dia_product_dipoles(&s->polynomial, problem->model, &s->mu, error);
}

static dia_status prepare(void *self, const dia_exact_problem *problem, double *bytes, size_t size, char *advice,
                          dia_error *error)
{
    settings *s = self;
    dia_status status = dia_polynomial_make(&s->polynomial, problem->model, error);
    if (status == DIA_OK)
        status = prepare_light(s, problem, error);
    if (status != DIA_OK)
        return status;
    double quantum = 0.0;
    for (int m = 0; m < s->polynomial.nmode; m++)
        quantum = fmax(quantum, s->polynomial.frequency[m]);
    if (s->energy == 0.0)
        s->energy = fmax((s->polynomial.nmode > 2 ? 2.5 : 4.0) *
                             available(&s->polynomial, problem->start, problem->light != NULL),
                         QUANTA * quantum);
    s->count = dia_basis_count(problem->ncart, s->polynomial.frequency, s->energy);
    const bool stated = s->density > 0.0; /* then memory alone is the limit */
    if (!stated)
        s->density = s->polynomial.nmode < 3 ? 4.0 : s->polynomial.nmode == 3 ? 2.0 : 1.0;
    s->regions = countable(problem);
    const bool quadrature = s->adiabatic != ADIABATIC_NO && (stated || points_of(s) <= MOST_POINTS);
    if (!quadrature && !problem->start->diabatic)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "initial.state: a start in adiabatic states needs a quadrature over all %d modes, here of "
                             "%.3g points; begin in a diabatic state (state: {diabatic: 1})",
                             problem->ncart, points_of(s));
    if (!quadrature && s->adiabatic != ADIABATIC_NO)
        dia_control_note(problem->control,
                         "no adiabatic populations: their quadrature over all %d modes would take %.3g points",
                         problem->ncart, points_of(s));
    if (!quadrature)
        s->adiabatic = ADIABATIC_NO;
    if (!quadrature)
        s->regions = NULL;
    tell_left_out(s, problem);
    *bytes = bytes_of(s, problem) + (quadrature ? points_of(s) * problem->nstate * 32.0 : 0.0);
    snprintf(advice, size,
             "The basis has %.3g functions of %d modes up to %.4g eV. A lower exact.energy makes it smaller; with many "
             "modes no basis of products is small enough",
             s->count, problem->ncart, s->energy / DIA_EV);
    return DIA_OK;
}

/* ---- propagation --------------------------------------------------------------------------------- */

typedef struct flight {
    const settings *s;
    const dia_exact_problem *problem;
    const dia_exact_observer *observer;
    dia_basis basis;
    dia_product product;
    dia_quadrature quadrature;
    dia_bounds bounds;
    dia_product_light light;
    size_t n;                            /* complex numbers of a vector                                    */
    double *vectors, *psi, *start, *out; /* (SAMPLES + 4, n, 2): psi, start, work of two, then the samples */
    double *work, *numbers;
    dia_product_moments moments;
    dia_exact_returns returns;
    double *position, *position_width, *momentum, *momentum_width, *density, *diabatic, *adiabatic, *outcome;
} flight;

static void close_flight(flight *f)
{
    dia_quadrature_free(&f->quadrature);
    dia_product_free(&f->product);
    dia_basis_free(&f->basis);
    free(f->vectors);
    free(f->numbers);
}

static dia_status reserve(flight *f, dia_error *error)
{
    const size_t c = (size_t)f->problem->ncart, n = (size_t)f->problem->nstate;
    f->n = (size_t)f->basis.count * n;
    f->vectors = calloc((SAMPLES + 4) * 2 * f->n, sizeof(double));
    f->numbers = calloc(8 * c + 2 * n * n + 2 * n + (DIA_STOPS + 1) * n, sizeof(double));
    if (f->vectors == NULL || f->numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for wave functions of %zu numbers", 2 * f->n);
    f->psi = f->vectors;
    f->start = f->psi + 2 * f->n;
    f->work = f->start + 2 * f->n;
    f->out = f->work + 4 * f->n;
    double *at = f->numbers;
    double **const arrays[] = {&f->moments.Q, &f->moments.Q2,     &f->moments.P, &f->moments.P2,
                               &f->position,  &f->position_width, &f->momentum,  &f->momentum_width};
    for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++, at += c)
        *arrays[i] = at;
    f->density = at;
    f->diabatic = at + 2 * n * n;
    f->adiabatic = f->diabatic + n;
    f->outcome = f->adiabatic + n;
    return DIA_OK;
}

static dia_status make_start(flight *f, dia_error *error)
{
    const dia_polynomial *p = &f->s->polynomial;
    const size_t n = (size_t)p->nmode;
    double *packet = malloc((2 * n + n * n) * sizeof *packet), missing = 0.0;
    if (packet == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a packet of %zu modes", n);
    scale_packet(p, f->problem->start, packet, packet + n, packet + 2 * n);
    const dia_status status = dia_product_start(&f->product, &(dia_product_packet){packet, packet + n, packet + 2 * n},
                                                f->problem->start->amplitude, f->psi, &missing, error);
    if (status == DIA_OK && !f->problem->start->diabatic)
        dia_quadrature_turn(&f->quadrature, packet, f->psi);
    memcpy(f->start, f->psi, 2 * f->n * sizeof *f->psi);
    if (missing > MISSING)
        dia_control_warn(f->problem->control,
                         "the basis holds all but %.2g of the start: raise exact.energy, now %.4g eV", missing,
                         f->s->energy / DIA_EV);
    free(packet);
    return status;
}

static dia_status open_flight(flight *f, dia_error *error)
{
    const dia_polynomial *p = &f->s->polynomial;
    dia_status status = dia_basis_create(&f->basis, p->nmode, p->frequency, f->s->energy, error);
    if (status == DIA_OK)
        status = dia_product_create(&f->product, p, &f->basis, f->problem->threads, error);
    if (status == DIA_OK && f->s->adiabatic != ADIABATIC_NO)
        status = dia_quadrature_create(&f->quadrature, &f->product, f->s->density, f->s->regions, error);
    if (status == DIA_OK)
        status = dia_exact_stopped(f->problem, 0, error);
    if (status == DIA_OK)
        status = reserve(f, error);
    if (status == DIA_OK) /* work and samples lie together: room for three vectors */
        status = dia_chebyshev_bounds(f->n, dia_product_apply, &f->product, LANCZOS, f->work, f->problem->control,
                                      &f->bounds, error);
    f->light =
        (dia_product_light){f->problem->light, &f->product, f->s->mu, f->bounds, f->s->angle, f->problem->control};
    if (status == DIA_OK)
        status = make_start(f, error);
    return status == DIA_OK ? dia_exact_stopped(f->problem, 0, error) : status;
}

static dia_status tell(flight *f, int64_t step, const double *psi, dia_error *error)
{
    const dia_polynomial *p = &f->s->polynomial;
    double dipole[3];
    dia_status status = DIA_OK;
    if (f->problem->light != NULL)
        status = dia_product_light_dipole(&f->light, f->n, psi, f->work, dipole, error);
    dia_product_measure(&f->product, psi, f->work, &f->moments);
    dia_product_density(&f->product, psi, f->density);
    for (int i = 0; i < p->nstate; i++)
        f->diabatic[i] = f->density[2 * (i * p->nstate + i)];
    if (f->s->adiabatic != ADIABATIC_NO)
        dia_quadrature_adiabatic(&f->quadrature, psi, f->adiabatic, f->outcome);
    if (f->s->regions != NULL)
        dia_exact_returns_note(&f->returns, f->s->regions, p->nstate, f->outcome);
    for (int m = 0; m < p->nmode; m++) {
        const dia_product_moments *v = &f->moments;
        f->position[m] = p->reference[m] + p->length[m] * v->Q[m];
        f->position_width[m] = p->length[m] * sqrt(fmax(0.0, v->Q2[m] - v->Q[m] * v->Q[m]));
        f->momentum[m] = v->P[m] / p->length[m];
        f->momentum_width[m] = sqrt(fmax(0.0, v->P2[m] - v->P[m] * v->P[m])) / p->length[m];
    }
    const dia_exact_sample sample = {.step = step,
                                     .adiabatic = f->s->adiabatic != ADIABATIC_NO ? f->adiabatic : NULL,
                                     .outcome = f->s->regions != NULL ? f->outcome : NULL,
                                     .diabatic = f->diabatic,
                                     .density = f->density,
                                     .norm = f->moments.norm,
                                     .potential = f->moments.energy - f->moments.kinetic,
                                     .kinetic = f->moments.kinetic,
                                     .dipole = f->problem->light != NULL ? dipole : NULL,
                                     .position = f->position,
                                     .position_width = f->position_width,
                                     .momentum = f->momentum,
                                     .momentum_width = f->momentum_width};
    f->observer->sample(f->observer->context, &sample);
    return status;
}

/* The next `samples` samples from `step` on. */
static dia_status advance(flight *f, int64_t step, int samples, dia_error *error)
{
    const int every = (int)f->problem->every, steps = samples * every;
    double *times = malloc((size_t)steps * sizeof *times), *moments = NULL;
    dia_chebyshev coarse = {0}, fine = {0};
    dia_status status =
        times != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d times", steps);
    for (int i = 0; i < samples && status == DIA_OK; i++)
        times[i] = (i + 1) * every * f->problem->timestep;
    if (status == DIA_OK)
        status = dia_chebyshev_create(&coarse, f->bounds, samples, times, TOLERANCE, error);
    for (int i = 0; i < steps && status == DIA_OK; i++)
        times[i] = (i + 1) * f->problem->timestep;
    if (status == DIA_OK)
        status = dia_chebyshev_create(&fine, f->bounds, steps, times, TOLERANCE, error);
    if (status == DIA_OK && (moments = malloc(2 * (size_t)coarse.nterm * sizeof *moments)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d moments", coarse.nterm);
    if (status == DIA_OK && !dia_chebyshev_propagate(&coarse, f->n, dia_product_apply, &f->product, f->psi, f->out,
                                                     f->start, moments, f->work, f->problem->control))
        status = dia_exact_stopped(f->problem, step, error);
    if (status == DIA_OK) {
        memcpy(f->psi, f->out + 2 * (size_t)(samples - 1) * f->n, 2 * f->n * sizeof *f->psi);
    }
    for (int i = 0; i < steps && status == DIA_OK; i++) {
        double overlap[2];
        dia_chebyshev_overlap(&fine, i, moments, overlap);
        f->observer->overlap(f->observer->context, step + i + 1, overlap);
        if ((i + 1) % every == 0)
            status = dia_exact_stopped(f->problem, step + i + 1, error);
        if (status == DIA_OK && (i + 1) % every == 0)
            status = tell(f, step + i + 1, f->out + 2 * (size_t)((i + 1) / every - 1) * f->n, error);
        f->observer->step(f->observer->context, step + i + 1);
    }
    dia_chebyshev_free(&coarse);
    dia_chebyshev_free(&fine);
    free(times);
    free(moments);
    return status;
}

/* The same in a field, of which no two steps are alike: up to the next sample. */
static dia_status advance_lit(flight *f, int64_t step, dia_error *error)
{
    const double dt = f->problem->timestep;
    dia_status status = DIA_OK;
    for (int64_t i = step; i < step + f->problem->every && status == DIA_OK; i++) {
        double overlap[2] = {0.0, 0.0};
        status = dia_product_light_advance(&f->light, f->n, (double)i * dt, dt, f->psi, f->work, error);
        for (size_t k = 0; k < 2 * f->n; k += 2) {
            overlap[0] += f->start[k] * f->psi[k] + f->start[k + 1] * f->psi[k + 1];
            overlap[1] += f->start[k] * f->psi[k + 1] - f->start[k + 1] * f->psi[k];
        }
        if (status == DIA_ERROR_INTERRUPTED)
            return dia_exact_stopped(f->problem, i, error);
        f->observer->overlap(f->observer->context, i + 1, overlap);
        if (status == DIA_OK && i + 1 == step + f->problem->every)
            status = tell(f, i + 1, f->psi, error);
        f->observer->step(f->observer->context, i + 1);
    }
    return status;
}

static dia_status propagate(const void *self, const dia_exact_problem *problem, const dia_exact_observer *observer,
                            dia_error *error)
{
    flight f = {.s = self, .problem = problem, .observer = observer};
    const int64_t batch = problem->every * SAMPLES;
    dia_status status = open_flight(&f, error);
    if (status == DIA_OK) {
        const double overlap[2] = {dia_dot((int)(2 * f.n), f.psi, f.psi), 0.0};
        observer->overlap(observer->context, 0, overlap);
        status = tell(&f, 0, f.psi, error);
        observer->step(observer->context, 0);
    }
    for (int64_t step = 0, next; step < problem->steps && status == DIA_OK; step = next) {
        next = step + batch < problem->steps ? step + batch : problem->steps;
        if (!dia_field_dark(problem->light, (double)step * problem->timestep,
                            (double)(next - step) * problem->timestep)) {
            next = step + problem->every;
            status = advance_lit(&f, step, error);
        } else {
            status = advance(&f, step, (int)((next - step) / problem->every), error);
        }
        if (status == DIA_OK)
            status = dia_exact_stopped(problem, next, error);
    }
    if (status == DIA_OK && f.s->regions != NULL)
        dia_exact_returns_warn(&f.returns, f.s->regions, problem->control);
    close_flight(&f);
    return status;
}

/* ---- convergence, description -------------------------------------------------------------------- */

static bool vary(const void *self, const dia_exact_problem *problem, int number, void *changed, size_t size, char *what,
                 double *cost)
{
    const settings *s = self;
    settings *other = changed;
    if (number == 0) {
        other->energy = 1.2 * s->energy;
        other->count = dia_basis_count(problem->ncart, s->polynomial.frequency, other->energy);
        *cost = 1.2 * other->count / s->count;
        snprintf(what, size, "a basis up to %.4g eV, %.3g functions", other->energy / DIA_EV, other->count);
        return true;
    }
    const int lit = problem->light != NULL ? 1 : 0;
    if (number == 1 && lit > 0) {
        other->angle = 0.5 * s->angle;
        *cost = 2.0;
        snprintf(what, size, "half the sub-steps in the field");
        return true;
    }
    if (number > 1 + lit || s->adiabatic == ADIABATIC_NO)
        return false;
    other->density = 1.3 * s->density;
    *cost = pow(1.3, problem->ncart);
    snprintf(what, size, "1.3 times as many points a mode in the quadrature");
    return true;
}

static void describe(const void *self, FILE *out)
{
    const settings *s = self;
    fprintf(out, "%.0f functions of %d modes up to %.4g eV", s->count, s->polynomial.nmode, s->energy / DIA_EV);
    if (s->adiabatic == ADIABATIC_NO)
        fprintf(out, ", no adiabatic populations");
    else
        fprintf(out, ", adiabatic populations by %.3g points", points_of(s));
}

static void write(const void *self, dia_writer *group)
{
    const settings *s = self;
    dia_writer_set_real(group, "basis_energy", s->energy);
    dia_writer_set_real(group, "functions", s->count);
    dia_writer_reals(group, "frequency", "hartree", (size_t)s->polynomial.nmode, s->polynomial.frequency);
}

const dia_exact_type dia_exact_type_oscillators = {
    .name = "oscillators",
    .summary = "a wave function of several modes in a basis of oscillator products, for vibronic models",
    .reference =
        "pruned bases: J. C. Light, T. Carrington, Adv. Chem. Phys. 114, 263 (2000); time: H. Tal-Ezer, R. Kosloff, "
        "J. Chem. Phys. 81, 3967 (1984)",
    .options = options,
    .self_size = sizeof(settings),
    .packet = true,
    .regions = true,
    .light = true,
    .prepare = prepare,
    .release = release,
    .propagate = propagate,
    .vary = vary,
    .describe = describe,
    .write = write,
};
