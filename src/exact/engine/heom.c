/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine `heom`: electronic states of a model in contact with harmonic baths at a temperature, by hierarchical equations
 * of motion. Of the model it takes H at the reference geometry. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "electronic/propagate.h"
#include "exact/engine.h"
#include "exact/heom_light.h"
#include "math/eigen.h"
#include "math/vector.h"
#include "model/vibronic.h"

enum { MOST_BATHS = 64 };
static const double MOST_MATRICES = 4e8;

typedef struct bath_input {
    double reorganisation, cutoff;
    dia_list coupling; /* double, (nstate) */
} bath_input;

typedef struct settings {
    dia_list baths; /* bath_input */
    int depth, matsubara;
    bool pade;
    int n, nbath, nterm; /* set by prepare, as what follows; arrays shared by copies */
    double kT, count;
    double *shape;   /* (nbath, 2): reorganisation, cutoff */
    double *H;       /* (n, n)        */
    double *V;       /* (nbath, n, n) */
    double *density; /* (n, n, 2)     */
    dia_heom_light light;
} settings;

static const dia_option bath_options[] = {
    DIA_REAL(bath_input, reorganisation, DIA_ENERGY, NULL, "l in J(w) = 2 l c w/(w^2 + c^2)", .required = true,
             .minimum = 0.0, .maximum = 1e3),
    DIA_REAL(bath_input, cutoff, DIA_ENERGY, NULL, "c in it", .required = true, .minimum = 1e-12, .maximum = 1e3),
    DIA_REALS(bath_input, coupling, DIA_PURE, NULL, "of each diabatic state to the bath: [1, -1], [0, 1, 0]",
              .required = true),
    {.key = NULL}};

static const dia_option options[] = {
    DIA_BLOCKS(settings, baths, bath_input, bath_options, "Debye baths; left out: those of the model"),
    DIA_INT(settings, depth, "6", "of the hierarchy", DIA_RANGE(0, 200)),
    DIA_INT(settings, matsubara, "3", "terms of the temperature for each bath", DIA_RANGE(0, 100)),
    DIA_BOOL(settings, pade, "true",
             "those of the Pade approximant; false: Matsubara's, the rest taken as instantaneous"),
    {.key = NULL}};

/* ---- settings ------------------------------------------------------------------------------------ */

static dia_status check(const settings *s, const dia_exact_problem *problem, dia_error *error)
{
    if (s->nbath < 1 || s->nbath > MOST_BATHS)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "exact.baths: expected 1 to %d baths, {reorganisation: ..., cutoff: ..., coupling: [...]}, "
            "found %d%s",
            MOST_BATHS, s->nbath, s->baths.n == 0 ? "; the model has none that could be used" : "");
    for (int b = 0; b < s->baths.n; b++)
        if (((const bath_input *)s->baths.items)[b].coupling.n != problem->nstate)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "exact.baths, number %d: coupling: expected %d numbers, one a state, found %d", b,
                                 problem->nstate, ((const bath_input *)s->baths.items)[b].coupling.n);
    if (!(problem->start->temperature > 0.0))
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "initial.temperature: the baths of the engine heom have a temperature; expected one above 0 K");
    return DIA_OK;
}

/* Bath b: its numbers, and the diagonal of V. */
static void set_bath(settings *s, int b, double reorganisation, double cutoff, const double *coupling)
{
    s->shape[2 * b] = reorganisation;
    s->shape[2 * b + 1] = cutoff;
    for (int i = 0; i < s->n; i++)
        s->V[(b * s->n + i) * s->n + i] = coupling[i];
}

static dia_status find_baths(settings *s, const dia_exact_problem *problem, dia_error *error)
{
    int known = 0;
    const dia_vibronic_bath *own = s->baths.n > 0 ? NULL : dia_vibronic_baths(problem->model, &known);
    s->n = problem->nstate;
    s->nbath = s->baths.n > 0 ? s->baths.n : own != NULL ? known : 0;
    const dia_status status = check(s, problem, error);
    if (status != DIA_OK)
        return status;
    const size_t n = (size_t)s->n, nbath = (size_t)s->nbath;
    s->shape = calloc(2 * nbath, sizeof(double));
    s->H = calloc(n * n, sizeof(double));
    s->V = calloc(nbath * n * n, sizeof(double));
    s->density = calloc(2 * n * n, sizeof(double));
    const bool room = dia_heom_light_make(&s->light, s->n, s->H);
    if (s->shape == NULL || s->H == NULL || s->V == NULL || s->density == NULL || !room)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu baths of %zu states", nbath, n);
    for (int b = 0; b < s->nbath; b++) {
        if (own == NULL) {
            const bath_input *given = (const bath_input *)s->baths.items + b;
            set_bath(s, b, given->reorganisation, given->cutoff, given->coupling.items);
        } else if (own[b].density == DIA_BATH_DEBYE) {
            set_bath(s, b, own[b].reorganisation, own[b].cutoff, own[b].coupling);
        } else {
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "the engine heom knows Debye baths alone; bath %d of the model has another density",
                                 b);
        }
    }
    return DIA_OK;
}

/* H at the reference geometry, and the density matrix of the start; adiabatic states are those of that H. */
static dia_status find_system(settings *s, const dia_exact_problem *problem, dia_error *error)
{
    const int n = s->n;
    const double *R = dia_model_molecule(problem->model)->reference, *a = problem->start->amplitude;
    double *packed = malloc(((size_t)(n * (n + 1) / 2 + 2 * n) + dia_eigen_work(n)) * sizeof *packed);
    if (packed == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d states", n);
    double *c = packed + n * (n + 1) / 2;
    dia_tape *tape = NULL;
    dia_status status = dia_tape_create(&tape, problem->model, 1, 1, error);
    if (status == DIA_OK)
        status = dia_model_hamiltonian(problem->model, tape, 1, R, packed);
    if (status == DIA_OK && !dia_eigen_packed(n, packed, s->light.E, s->light.U, c + 2 * n))
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the Hamiltonian at the reference geometry is not finite");
    if (status == DIA_OK && problem->start->diabatic)
        memcpy(c, a, (size_t)(2 * n) * sizeof *c);
    else if (status == DIA_OK)
        dia_amplitudes_diabatic(n, s->light.U, a, c);
    for (int i = 0; i < n && status == DIA_OK; i++)
        for (int j = 0; j < n; j++) {
            s->H[i * n + j] = packed[dia_packed(i, j)];
            s->density[2 * (i * n + j)] = c[2 * i] * c[2 * j] + c[2 * i + 1] * c[2 * j + 1];
            s->density[2 * (i * n + j) + 1] = c[2 * i + 1] * c[2 * j] - c[2 * i] * c[2 * j + 1];
        }
    if (status == DIA_OK && problem->light != NULL)
        status = dia_heom_light_dipoles(&s->light, problem->model, tape, error);
    dia_tape_free(tape);
    free(packed);
    return status;
}

/* Terms of all baths (nterm), and what they leave out (baths). */
static dia_status find_terms(const settings *s, dia_bath_term *term, double *rest, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int b = 0; b < s->nbath && status == DIA_OK; b++) {
        status =
            dia_bath_debye(b, s->shape[2 * b], s->shape[2 * b + 1], s->kT, s->pade ? DIA_BATH_PADE : DIA_BATH_MATSUBARA,
                           s->matsubara, term + b * (1 + s->matsubara), rest + b, error);
        if (status != DIA_OK)
            dia_error_prefix(error, "bath %d", b);
    }
    return status;
}

/* Sets the number of terms and of matrices. */
static dia_status find_count(settings *s, dia_error *error)
{
    s->nterm = s->nbath * (1 + s->matsubara);
    dia_bath_term *term = malloc((size_t)s->nterm * sizeof *term);
    double *rest = malloc((size_t)s->nbath * sizeof *rest);
    const dia_status status = term != NULL && rest != NULL
                                  ? find_terms(s, term, rest, error)
                                  : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d terms", s->nterm);
    if (status == DIA_OK)
        s->count = dia_heom_count(s->nterm, term, s->depth);
    free(term);
    free(rest);
    return status;
}

static void release(void *self)
{
    settings *s = self;
    free(s->shape);
    free(s->H);
    free(s->V);
    free(s->density);
    dia_heom_light_free(&s->light);
}

static dia_status prepare(void *self, const dia_exact_problem *problem, double *bytes, size_t size, char *advice,
                          dia_error *error)
{
    settings *s = self;
    dia_status status = find_baths(s, problem, error);
    if (status != DIA_OK)
        return status;
    s->kT = problem->start->temperature;
    s->light.angle = DIA_FIELD_ANGLE;
    for (int b = 0; b < s->nbath; b++) /* the fluctuation of a bath is sqrt(2 l kT) */
        s->light.fluctuation += sqrt(2.0 * s->shape[2 * b] * s->kT) * dia_largest(s->n * s->n, s->V + b * s->n * s->n);
    status = find_system(s, problem, error);
    if (status == DIA_OK)
        status = find_count(s, error);
    if (status != DIA_OK)
        return status;
    *bytes = s->count > MOST_MATRICES ? INFINITY : dia_heom_bytes(s->nterm, s->count, s->n);
    snprintf(advice, size,
             "The hierarchy has %.3g matrices. A smaller exact.depth, or fewer exact.matsubara, take less", s->count);
    return DIA_OK;
}

/* ---- propagation --------------------------------------------------------------------------------- */

static void tell(const dia_heom *heom, const dia_exact_observer *observer, int64_t step, double *diabatic)
{
    const int n = heom->system->n;
    double trace = 0.0;
    for (int i = 0; i < n; i++) {
        diabatic[i] = heom->rho[2 * (i * n + i)];
        trace += diabatic[i];
    }
    const dia_exact_sample sample = {
        .step = step, .diabatic = diabatic, .density = heom->rho, .norm = trace, .potential = NAN, .kinetic = NAN};
    observer->sample(observer->context, &sample);
    observer->step(observer->context, step);
}

static dia_status run(const settings *s, double *H, dia_heom *heom, const dia_exact_problem *problem,
                      const dia_exact_observer *observer, double *diabatic, dia_error *error)
{
    tell(heom, observer, 0, diabatic);
    dia_status status = DIA_OK;
    for (int64_t step = problem->every; step <= problem->steps && status == DIA_OK; step += problem->every) {
        const double dt = (double)problem->every * problem->timestep,
                     t = (double)(step - problem->every) * problem->timestep;
        status = dia_field_dark(problem->light, t, dt)
                     ? dia_heom_advance(heom, dt, error)
                     : dia_heom_light_advance(&s->light, heom, problem->light, t, dt, H, error);
        if (status != DIA_OK)
            return status;
        tell(heom, observer, step, diabatic);
        status = dia_exact_stopped(problem, step, error);
    }
    return status;
}

static dia_status propagate(const void *self, const dia_exact_problem *problem, const dia_exact_observer *observer,
                            dia_error *error)
{
    const settings *s = self;
    const size_t nbath = (size_t)s->nbath, n2 = (size_t)s->n * (size_t)s->n;
    dia_heom heom = {0};
    dia_bath_term *term = malloc((size_t)s->nterm * sizeof *term);
    double *rest = malloc((nbath + (size_t)s->n) * sizeof *rest), *H = calloc(4 * n2, sizeof *H);
    dia_status status = H != NULL && term != NULL && rest != NULL
                            ? find_terms(s, term, rest, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu baths", nbath);
    const dia_heom_system system = {.n = s->n,
                                    .H = H,
                                    .imaginary =
                                        problem->light != NULL && problem->light->rotating_wave ? H + n2 : NULL,
                                    .nbath = s->nbath,
                                    .V = s->V,
                                    .rest = rest,
                                    .nterm = s->nterm,
                                    .term = term};
    if (H != NULL)
        memcpy(H, s->H, n2 * sizeof *H);
    if (status == DIA_OK)
        status = dia_heom_create(&heom, &system, s->depth, problem->threads, s->density, error);
    heom.control = problem->control;
    if (status == DIA_OK)
        status = run(s, H, &heom, problem, observer, rest + nbath, error);
    dia_heom_free(&heom);
    free(term);
    free(rest);
    free(H);
    return status;
}

static bool vary(const void *self, const dia_exact_problem *problem, int number, void *changed, size_t size, char *what,
                 double *cost)
{
    const settings *s = self;
    settings *other = changed;
    if (number == 2 && problem->light != NULL) {
        other->light.angle = 0.5 * s->light.angle;
        *cost = 2.0;
        snprintf(what, size, "half the sub-steps in the field");
        return true;
    }
    if (number > 1)
        return false;
    if (number == 0)
        other->depth = s->depth + 2;
    else
        other->matsubara = s->matsubara + 1;
    if (find_count(other, NULL) != DIA_OK)
        return false;
    *cost = 1.3 * other->count * other->nterm / (s->count * s->nterm);
    if (number == 0)
        snprintf(what, size, "depth %d", other->depth);
    else
        snprintf(what, size, "%d terms of the temperature", other->matsubara);
    return other->count < MOST_MATRICES;
}

static void describe(const void *self, FILE *out)
{
    const settings *s = self;
    fprintf(out, "%d bath%s with %d terms of the temperature (%s), depth %d, %.0f matrices", s->nbath,
            s->nbath == 1 ? "" : "s", s->matsubara, s->pade ? "Pade" : "Matsubara", s->depth, s->count);
}

static void write(const void *self, dia_writer *group)
{
    const settings *s = self;
    dia_writer_set_int(group, "depth", s->depth);
    dia_writer_set_int(group, "matsubara", s->matsubara);
    dia_writer_set_real(group, "matrices", s->count);
}

const dia_exact_type dia_exact_type_heom = {
    .name = "heom",
    .summary = "electronic states in contact with Debye baths at a temperature, by hierarchical equations of motion",
    .reference =
        "Y. Tanimura, R. Kubo, J. Phys. Soc. Jpn. 58, 101 (1989); A. Ishizaki, Y. Tanimura, J. Phys. Soc. Jpn. 74, "
        "3131 (2005)",
    .options = options,
    .self_size = sizeof(settings),
    .thermal = true,
    .light = true,
    .prepare = prepare,
    .release = release,
    .propagate = propagate,
    .vary = vary,
    .describe = describe,
    .write = write,
};
