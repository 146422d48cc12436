/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trajectories under light: a two-level system in closed form, an independent integrator, and the energy that light gives. */
#include "check.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/dynamics.h"
#include "diabolo/model.h"
#include "dynamics/light.h"

/* Two parallel surfaces 4 eV apart; at Q = 0 without velocity nothing moves but the electrons. */
#define PARALLEL                                                                                                       \
    "{type: vibronic, epsilon: [0 eV, 4 eV], modes: [{name: q, frequency: 0.1 eV}], "                                  \
    "dipoles: [{states: [0, 1], vector: [0, 0, 0.8]}, {states: [1, 1], vector: [0, 0, 0.5]}]}"

typedef struct scene {
    dia_model *model;
    dia_dynamics dynamics;
    dia_block *block;
} scene;

/* The block borrows the dynamics: the scene stays where it is. */
static scene *set(const char *model, const char *dynamics, int count, double Q, double P)
{
    scene *s = calloc(1, sizeof *s);
    dia_error error = {0};
    assert_non_null(s);
    assert_ok(dia_model_parse(&s->model, model, ".", &error), &error);
    assert_ok(dia_dynamics_parse(&s->dynamics, dynamics, &error), &error);
    assert_ok(dia_block_create(&s->block, s->model, &s->dynamics, count, &error), &error);
    const int ncart = dia_model_shape(s->model).ncart;
    double *R = calloc((size_t)(count * ncart), sizeof *R), *V = calloc((size_t)(count * ncart), sizeof *V);
    int64_t *number = calloc((size_t)count, sizeof *number);
    int *state = calloc((size_t)count, sizeof *state);
    assert_true(R != NULL && V != NULL && number != NULL && state != NULL);
    for (int b = 0; b < count; b++) {
        number[b] = b;
        for (int c = 0; c < ncart; c++) {
            R[b * ncart + c] = Q;
            V[b * ncart + c] = P;
        }
    }
    assert_ok(dia_block_start(s->block, count, number, R, V, state, &error), &error);
    free(R);
    free(V);
    free(number);
    free(state);
    return s;
}

static void clear(scene *s)
{
    dia_block_free(s->block);
    dia_dynamics_close(&s->dynamics);
    dia_model_free(s->model);
    free(s);
}

static double population(const dia_block *block, int b, int state)
{
    double c[16];
    dia_block_amplitudes(block, b, c);
    return c[2 * state] * c[2 * state] + c[2 * state + 1] * c[2 * state + 1];
}

/* ---- two levels ------------------------------------------------------------------------------ */

/* P(t) = (W/W')^2 sin(W' t/2)^2, W = mu E0, W'^2 = W^2 + (w - gap)^2 (Rabi, Phys. Rev. 51, 652 (1937)). The permanent dipole does not
 * count in the rotating-wave approximation. 600 steps, each with an error of amplitudes up to the tolerance of 1e-11. */
static void rabi(void **unused)
{
    (void)unused;
    const double detuning[] = {0.0, 0.07, -0.2};
    for (int i = 0; i < 3; i++) {
        char yaml[500];
        snprintf(
            yaml, sizeof yaml,
            "{method: fewest_switches, decoherence: none, timestep: 0.1 fs, duration: 60 fs, substep_tolerance: 1e-11, "
            "states: [0], light: {rotating_wave: true, pulses: [{energy: %.17g eV, field: 0.005 au, shape: constant, "
            "polarisation: [0, 0, 1]}]}}",
            4.0 + detuning[i]);
        scene *s = set(PARALLEL, yaml, 1, 0.0, 0.0);
        const double W = 0.8 * 0.005, D = detuning[i] * DIA_EV, all = sqrt(W * W + D * D);
        for (int k = 1; k <= 600; k++) {
            assert_int_equal(dia_block_step(s->block), DIA_OK);
            const double t = k * s->dynamics.timestep;
            assert_close(population(s->block, 0, 1), W * W / (all * all) * pow(sin(0.5 * all * t), 2), 0.0, 1e-6);
        }
        clear(s);
    }
}

/* The area of a resonant pulse decides: P = sin(A/2)^2, A = mu E0 times the integral of the envelope, fwhm sqrt(pi/(2 ln 2)). */
static void area(void **unused)
{
    (void)unused;
    for (int i = 1; i <= 3; i++) {
        char yaml[500];
        const double fwhm = 15.0 * DIA_FEMTOSECOND, angle = 0.7 * i,
                     E0 = angle / (0.8 * fwhm * sqrt(DIA_PI / (2.0 * log(2.0))));
        snprintf(
            yaml, sizeof yaml,
            "{method: fewest_switches, decoherence: none, timestep: 0.5 fs, duration: 150 fs, substep_tolerance: "
            "1e-11, "
            "states: [0], light: {rotating_wave: true, pulses: [{energy: 4 eV, field: %.17g au, fwhm: 15 fs, centre: "
            "75 fs, polarisation: [0, 0, 1]}]}}",
            E0);
        scene *s = set(PARALLEL, yaml, 1, 0.0, 0.0);
        for (int k = 1; k <= 300; k++)
            assert_int_equal(dia_block_step(s->block), DIA_OK);
        assert_close(population(s->block, 0, 1), pow(sin(0.5 * angle), 2), 0.0, 1e-6);
        clear(s);
    }
}

/* i dc/dt of the two levels with the whole field, permanent dipole included. */
static void derivative(const dia_light *light, double t, const double complex c[2], double complex d[2])
{
    double E[6];
    dia_light_field(light, t, E);
    d[0] = -I * (-0.8 * E[4] * c[1]);
    d[1] = -I * ((4.0 * DIA_EV - 0.5 * E[4]) * c[1] - 0.8 * E[4] * c[0]);
}

/* Runge-Kutta of fourth order, 500 steps to a step of 0.25 fs: error (4 eV dt)^5/120 a step, 1e-9 at the end. */
static void runge_kutta(const dia_light *light, double t, double dt, double complex c[2])
{
    const double h = dt / 500.0;
    for (int i = 0; i < 500; i++, t += h) {
        double complex k[4][2], x[2];
        derivative(light, t, c, k[0]);
        for (int s = 1; s < 4; s++) {
            for (int j = 0; j < 2; j++)
                x[j] = c[j] + (s == 3 ? 1.0 : 0.5) * h * k[s - 1][j];
            derivative(light, t + (s == 3 ? h : 0.5 * h), x, k[s]);
        }
        for (int j = 0; j < 2; j++)
            c[j] += h / 6.0 * (k[0][j] + 2.0 * k[1][j] + 2.0 * k[2][j] + k[3][j]);
    }
}

/* Without the approximation, a strong chirped pulse; and the tolerance of the sub-steps is kept. */
static void whole_field(void **unused)
{
    (void)unused;
    const double tolerance[] = {1e-3, 1e-6, 1e-10};
    for (int i = 0; i < 3; i++) {
        char yaml[500];
        snprintf(
            yaml, sizeof yaml,
            "{method: fewest_switches, decoherence: none, timestep: 0.25 fs, duration: 60 fs, substep_tolerance: %g, "
            "states: [0], light: {pulses: [{energy: 4.1 eV, field: 0.03 au, fwhm: 12 fs, centre: 30 fs, chirp: 20 "
            "meV/fs, phase: 30 deg, polarisation: [0, 0, 1]}]}}",
            tolerance[i]);
        scene *s = set(PARALLEL, yaml, 1, 0.0, 0.0);
        double complex c[2] = {1.0, 0.0};
        double worst = 0.0;
        for (int k = 0; k < 240; k++) {
            assert_int_equal(dia_block_step(s->block), DIA_OK);
            runge_kutta(s->dynamics.light, k * s->dynamics.timestep, s->dynamics.timestep, c);
            worst = fmax(worst, fabs(population(s->block, 0, 1) - creal(c[1] * conj(c[1]))));
        }
        /* Errors of amplitudes of 240 steps, in the worst case all of one sign; a population changes by twice as much. */
        assert_true(worst <= fmax(240.0 * 2.0 * tolerance[i], 1e-8));
        if (tolerance[i] > 1e-9)
            assert_true(worst > 0.0);
        clear(s);
    }
}

/* ---- hops ------------------------------------------------------------------------------------ */

typedef struct diary {
    int up, down, paid_by_nuclei;
    double worst;
} diary;

static void note(void *context, const dia_hop_event *event)
{
    diary *d = context;
    if (event->work != event->gap || !event->accepted)
        d->paid_by_nuclei++;
    d->worst = fmax(d->worst, fabs(event->kinetic_after - event->kinetic_before));
    *(event->to == 1 ? &d->up : &d->down) += 1;
}

/* On parallel surfaces nothing but light makes a hop; active states follow the amplitudes, which are those of one trajectory, within
 * 4 sigma; the energy of the molecule changes by the work, to rounding. */
static void hops(void **unused)
{
    (void)unused;
    enum { B = 400 };
    scene *s =
        set(PARALLEL,
            "{method: fewest_switches, decoherence: none, timestep: 0.25 fs, duration: 80 fs, substep_tolerance: 1e-6, "
            "light: {pulses: [{energy: 4 eV, field: 0.0025 au, fwhm: 15 fs, centre: 35 fs, polarisation: [0, 0, 1]}]}}",
            B, 0.0, 0.0);
    diary d = {0};
    s->block->on_hop = note;
    s->block->on_hop_context = &d;
    int excited = 0;
    for (int k = 0; k < 320; k++)
        assert_int_equal(dia_block_step(s->block), DIA_OK);
    for (int b = 0; b < B; b++) {
        excited += s->block->active[b];
        assert_close(s->block->potential[b] + s->block->kinetic[b] - s->block->work[b], 0.0, 0.0, 1e-12);
        assert_close(s->block->energy0[b], s->block->work[b], 0.0, 1e-12);
        assert_close(s->block->work[b], s->block->active[b] * 4.0 * DIA_EV, 0.0, 1e-12);
    }
    const double p = population(s->block, 0, 1);
    assert_int_equal(d.paid_by_nuclei, 0);
    assert_true(d.worst == 0.0 && d.up > B / 4 && d.up - d.down == excited);
    assert_true(p > 0.2 && p < 0.9);
    assert_close((double)excited / B, p, 0.0, 4.0 * sqrt(p * (1.0 - p) / B));
    clear(s);
}

/* ---- the pull of the field ------------------------------------------------------------------- */

#define POLAR                                                                                                          \
    "{type: vibronic, epsilon: [0 eV, 4 eV], modes: [{name: q, frequency: 0.2 eV}], "                                  \
    "dipoles: [{states: [0, 0], vector: [0.3, 0, 0.4]}, {states: [0, 0], vector: [0, 0.2, 0.9], mode: q}]}"

/* The energy of a trajectory on a polar surface minus the work of the field: largest deviation at time step 0.4 fs/part. */
static double deviation(int part, double *work)
{
    char yaml[600];
    snprintf(yaml, sizeof yaml,
             "{method: fewest_switches, timestep: %.17g fs, duration: 100 fs, light: {pulses: [{energy: 0.21 eV, "
             "field: 0.01 "
             "au, fwhm: 20 fs, centre: 50 fs, polarisation: [0, 1, 1]}]}}",
             0.4 / part);
    scene *s = set(POLAR, yaml, 1, 0.0, 0.0);
    double worst = 0.0;
    for (int k = 0; k < 250 * part; k++) {
        assert_int_equal(dia_block_step(s->block), DIA_OK);
        worst = fmax(worst, fabs(s->block->potential[0] + s->block->kinetic[0] - s->block->work[0]));
    }
    *work = s->block->work[0];
    clear(s);
    return worst;
}

/* Infrared light drives the vibration through the derivative of the dipole; the energy is accounted for up to dt^2. A harmonic
 * oscillator of mass 1/w at rest, driven by F(t) = mu' E(t), takes up w |integral of F(t) exp(i w t)|^2/2: in closed form for a Gaussian
 * pulse, up to its term that rotates the other way, exp(-(2 w)^2 s^2/2), nothing here. */
static void pull(void **unused)
{
    (void)unused;
    double work, fine;
    const double coarse_error = deviation(1, &work), fine_error = deviation(2, &fine);
    assert_close(coarse_error / fine_error, 4.0, 0.05, 0.0);
    const double w = 0.2 * DIA_EV, detuning = 0.01 * DIA_EV, F0 = (0.2 + 0.9) / sqrt(2.0) * 0.01,
                 s2 = pow(20.0 * DIA_FEMTOSECOND, 2) / (4.0 * log(2.0)); /* variance of the envelope */
    const double transform = 0.5 * F0 * sqrt(2.0 * DIA_PI * s2) * exp(-0.5 * s2 * detuning * detuning),
                 expected = 0.5 * w * transform * transform;
    /* Velocity Verlet shifts the frequency by (w dt)^2/24: 1.2e-5 at 0.2 fs, of no account; its work is right to (w dt)^2. */
    assert_close(fine, expected, 0.02, 0.0);
    assert_close(work + (fine - work) * 4.0 / 3.0, expected, 2e-3, 0.0);
    assert_true(expected > 0.1 * DIA_EV);
}

/* A mean field under a pulse that excites a half of it, on surfaces with different slopes and a dipole that changes: kinetic + potential
 * - work is constant as dt^2. */
static double mean_field_deviation(int part, double *work)
{
    char yaml[600];
    snprintf(yaml, sizeof yaml,
             "{method: ehrenfest, timestep: %.17g fs, duration: 60 fs, substep_tolerance: 1e-11, light: {pulses: "
             "[{energy: 4 eV, "
             "field: 0.01 au, fwhm: 10 fs, centre: 20 fs, polarisation: [0, 1, 1]}]}}",
             0.2 / part);
    scene *s = set(
        "{type: vibronic, epsilon: [0 eV, 4 eV], modes: [{name: q, frequency: 0.2 eV, kappa: [0 eV, 0.2 eV]}], "
        "dipoles: [{states: [0, 1], vector: [0, 0, 0.8]}, {states: [0, 1], vector: [0, 0.3, 0], mode: q}, {states: [1, "
        "1], vector: [0, 0.5, 0], mode: q}]}",
        yaml, 1, 0.3, 0.0);
    const double start = s->block->potential[0] + s->block->kinetic[0];
    double worst = 0.0;
    for (int k = 0; k < 300 * part; k++) {
        assert_int_equal(dia_block_step(s->block), DIA_OK);
        worst = fmax(worst, fabs(s->block->potential[0] + s->block->kinetic[0] - s->block->work[0] - start));
    }
    *work = s->block->work[0];
    clear(s);
    return worst;
}

static void mean_field(void **unused)
{
    (void)unused;
    double work;
    const double middle = mean_field_deviation(2, &work), fine = mean_field_deviation(4, &work);
    assert_true(fabs(work) > 0.5 * DIA_EV);
    assert_close(middle / fine, 4.0, 0.1, 0.0);
}

/* ---- saved and gone on ----------------------------------------------------------------------- */

static void saved(void **unused)
{
    (void)unused;
    enum { B = 8 };
    const char *yaml =
        "{method: fewest_switches, timestep: 0.25 fs, duration: 80 fs, light: {orientation: fixed, pulses: "
        "[{energy: 4 eV, field: 0.01 au, fwhm: 15 fs, centre: 35 fs, polarisation: [0, 1, 1]}]}}";
    scene *s = set(POLAR, yaml, B, 0.4, 1e-4), *t = set(POLAR, yaml, B, 0.4, 1e-4);
    dia_error error = {0};
    const size_t size = dia_block_save_size(s->block);
    char *bytes = malloc(size), *other = malloc(size);
    assert_true(bytes != NULL && other != NULL);
    for (int k = 0; k < 200; k++) {
        dia_block_save(s->block, bytes);
        assert_ok(dia_block_restore(t->block, bytes, size, &error), &error);
        assert_int_equal(dia_block_step(s->block), DIA_OK);
        assert_int_equal(dia_block_step(t->block), DIA_OK);
        dia_block_save(s->block, bytes);
        dia_block_save(t->block, other);
        assert_memory_equal(bytes, other, size);
    }
    free(bytes);
    free(other);
    clear(s);
    clear(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rabi), cmocka_unit_test(area),  cmocka_unit_test(whole_field), cmocka_unit_test(hops),
        cmocka_unit_test(pull), cmocka_unit_test(saved), cmocka_unit_test(mean_field),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
