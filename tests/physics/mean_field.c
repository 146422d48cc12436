/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Steps of a mean field: their order, reversibility and energy, with each integrator and everything that divides or ends a step. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/extend.h"
#include "dynamics/integrator.h"
#include "dynamics/internal.h"
#include "flight.h"

enum { B = 32 };

static dia_dynamics settings(const char *more, double dt)
{
    char yaml[400];
    dia_error error = {0};
    dia_dynamics d;
    snprintf(yaml, sizeof yaml, "{method: ehrenfest%s, timestep: %.17g au, duration: 1e9 au, drift: 0 eV}", more, dt);
    assert_ok(dia_dynamics_parse(&d, yaml, &error), &error);
    d.seed = 7;
    return d;
}

static double energy_error(const char *more, double dt)
{
    dia_dynamics d = settings(more, dt);
    const double error = flight_energy_median(&d, B, 1, 0.005, 400.0);
    dia_dynamics_close(&d);
    return error;
}

/* Orders found: 2.00, 1.97 and 3.84. Where the force is taken at one instant instead of its mean over the time in which the
 * amplitudes turn, all are 2. */
static void orders(void **unused)
{
    (void)unused;
    const char *verlet = ", integrator: velocity_verlet", *two = ", integrator: two_stage";
    assert_close(log2(energy_error(verlet, 8.0) / energy_error(verlet, 4.0)), 2.0, 0.0, 0.1);
    assert_close(log2(energy_error(two, 8.0) / energy_error(two, 4.0)), 2.0, 0.0, 0.1);
    assert_close(log2(energy_error("", 8.0) / energy_error("", 1.0)) / 3.0, 4.0, 0.0, 0.3);
    assert_true(energy_error("", 16.0) < 0.01 * energy_error(verlet, 2.0)); /* of the same cost */
}

/* A mean field has the integrator of fourth order unless the input says otherwise, or a bath that needs the other. */
static void default_integrator(void **unused)
{
    (void)unused;
    dia_dynamics d = settings("", 4.0);
    assert_int_equal(d.integrator, DIA_BLANES_MOAN);
    dia_dynamics_close(&d);
    d = settings(", thermostat: langevin", 4.0);
    assert_int_equal(d.integrator, DIA_VELOCITY_VERLET);
    dia_dynamics_close(&d);
}

/* The total energy at 0.1 fs, relative to itself; `speed` of a coordinate times the root of its mass. Where the second derivative of H
 * jumps (Tully's first and third model, at 0) no splitting has its order; there it is some 1e-5. */
static void relative_error(void **unused)
{
    (void)unused;
    static const struct {
        const char *model;
        double offset, speed;
        int state;
        double most, mixed;
    } cases[] = {
        {SOURCE_DIR "/models/ethylene/ethylene.h5", 0.0, 0.08, 1, 1e-8, 0.5}, /* found: 5e-12 */
        {"{type: pyrazine3}", 0.0, 0.05, 1, 1e-8, 0.5},
        {"{type: tully, variant: dual_crossing}", -6.0, 0.8, 0, 1e-8, 0.1},
        {"{type: miao}", -3.0, 0.7, 1, 2e-6, 0.1}, /* a complex H; the crossing is passed in four steps */
        {"{type: tully, variant: single_crossing}", -6.0, 0.4, 0, 1e-4, 0.1},
        {"{type: tully, variant: extended_coupling}", -6.0, 0.4, 0, 1e-4, 0.1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dia_error error = {0};
        dia_model *model = flight_open(cases[i].model);
        dia_dynamics d = settings("", 4.134137333); /* 0.1 fs */
        dia_block *block = flight_block(model, &d, 1);
        double R[30], V[30], worst = 0.0, mixed = 0.0;
        assert_true(block->ncart <= 30);
        for (int c = 0; c < block->ncart; c++) {
            R[c] = dia_model_molecule(model)->reference[c] + (c == 0 ? cases[i].offset : 0.0);
            V[c] = cases[i].speed * cos(2.0 * c) / sqrt(block->mass[c]);
        }
        assert_ok(dia_block_start(block, 1, (int64_t[]){0}, R, V, (int[]){cases[i].state}, &error), &error);
        for (int k = 0; k < 500; k++) {
            double a[20];
            flight_fly(block, 1);
            dia_block_amplitudes(block, 0, a);
            const double *own = a + 2 * cases[i].state;
            mixed = fmax(mixed, 1.0 - own[0] * own[0] - own[1] * own[1]);
            worst = fmax(worst, flight_energy_error(block, 0) / fabs(block->energy0[0]));
        }
        assert_true(mixed > cases[i].mixed); /* else it is Born-Oppenheimer dynamics */
        assert_true(worst < cases[i].most);
        dia_block_free(block);
        dia_dynamics_close(&d);
        dia_model_free(model);
    }
}

/* The propagator that methods see is that of the amplitudes: unitary, and c_after = T c_before. */
static const dia_step_view *seen;

static void look(const void *self, const dia_step_view *view, double *memory, int *target)
{
    (void)self, (void)memory, (void)target;
    const int n = view->nstate;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        for (int k = 0; k < n; k++) {
            const double *T = view->T + 2 * ((b * n + k) * n), *c = view->c_before + 2 * b * n;
            double re = -view->c_after[2 * (b * n + k)], im = -view->c_after[2 * (b * n + k) + 1], norm = 0.0;
            for (int l = 0; l < n; l++) {
                re += T[2 * l] * c[2 * l] - T[2 * l + 1] * c[2 * l + 1];
                im += T[2 * l] * c[2 * l + 1] + T[2 * l + 1] * c[2 * l];
                norm += T[2 * l] * T[2 * l] + T[2 * l + 1] * T[2 * l + 1];
            }
            assert_close(hypot(re, im), 0.0, 0.0, 1e-14);
            assert_close(norm, 1.0, 0.0, 1e-13);
        }
    }
    seen = view;
}

static double one_of(const void *self, int nstate)
{
    (void)self, (void)nstate;
    return 1.0;
}

static void propagator(void **unused)
{
    (void)unused;
    static const dia_hop_type type = {
        .version = DIA_EXTEND_VERSION, .name = "looks", .propose = look, .mean_field = one_of};
    dia_dynamics d = settings("", 10.0);
    d.hop = &type;
    dia_block *block = flight_block(flight_shared, &d, B);
    flight_start(block, B, 0, 1, 0.005);
    seen = NULL;
    flight_fly(block, 40);
    assert_non_null(seen);
    dia_block_free(block);
    dia_dynamics_close(&d);
}

/* The scale of the force: D = 1/n + s (c c^H - 1/n). The energy belongs to it, of whatever s. */
static double far(const void *self, int nstate)
{
    (void)self;
    return sqrt(nstate + 1.0); /* spin mapping */
}

static void scaled(void **unused)
{
    (void)unused;
    static const dia_hop_type type = {.version = DIA_EXTEND_VERSION, .name = "far", .propose = look, .mean_field = far};
    dia_dynamics d = settings("", 4.0);
    d.hop = &type;
    dia_block *block = flight_block(flight_shared, &d, B);
    flight_start(block, B, 0, 1, 0.005);
    const double *E = block->frame.E;
    assert_close(block->potential[0], (E[0] + E[1] + E[2]) / 3.0 + 2.0 * (E[1] - (E[0] + E[1] + E[2]) / 3.0), 1e-14,
                 1e-14);
    for (int i = 0; i < 100; i++) {
        flight_fly(block, 1);
        for (int b = 0; b < B; b++)
            assert_true(flight_energy_error(block, b) < 1e-8);
    }
    dia_block_free(block);
    dia_dynamics_close(&d);
}

/* Steps that are divided until the energy is right in each piece: the same flight in the limit, and the energy is right. */
static void steps_that_adapt(void **unused)
{
    (void)unused;
    dia_dynamics d = settings(", integrator: velocity_verlet, accuracy: 1e-5 hartree", 30.0), fine = settings("", 10.0);
    dia_block *block = flight_block(flight_shared, &d, B), *exact = flight_block(flight_shared, &fine, B);
    double worst = 0.0, away = 0.0;
    flight_start(block, B, 0, 1, 0.005);
    flight_start(exact, B, 0, 1, 0.005);
    for (int i = 0; i < 10; i++) {
        double before[B];
        for (int b = 0; b < B; b++)
            before[b] = block->kinetic[b] + block->potential[b];
        flight_fly(block, 1);
        for (int b = 0; b < B; b++)
            worst = fmax(worst, fabs(block->kinetic[b] + block->potential[b] - before[b]));
    }
    flight_fly(exact, 30);
    for (int i = 0; i < B * block->ncart; i++)
        away = fmax(away, fabs(block->R[i] - exact->R[i]));
    assert_true(worst < 64 * 1e-5); /* at most as many pieces */
    assert_true(away < 0.01);
    dia_block_free(block);
    dia_block_free(exact);
    dia_dynamics_close(&d);
    dia_dynamics_close(&fine);
}

/* Langevin dynamics of the mean field of one state that hardly couples is that of its surface: the mean kinetic energy of a coordinate is
 * kT/2. 32 trajectories of 9 coordinates, correlated over 10 fs: 1800 independent samples of a variance 2 (kT/2)^2; 4 sigmas. */
static void bath(void **unused)
{
    (void)unused;
    const double kT = 0.002;
    dia_dynamics d = settings(", thermostat: {method: langevin, temperature: 0.002 hartree, time: 5 fs}", 10.0);
    dia_block *block = flight_block(flight_shared, &d, B);
    double sum = 0.0;
    int n = 0;
    flight_start(block, B, 0, 0, kT);
    for (int i = 0; i < 400; i++) {
        flight_fly(block, 1);
        for (int b = 0; b < B && i >= 100; b++, n++)
            sum += block->kinetic[b] / block->ncart;
    }
    assert_close(sum / n, 0.5 * kT, 0.0, 4.0 * 0.5 * kT * sqrt(2.0 / 1800.0));
    dia_block_free(block);
    dia_dynamics_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders),         cmocka_unit_test(default_integrator),
        cmocka_unit_test(relative_error), cmocka_unit_test(propagator),
        cmocka_unit_test(scaled),         cmocka_unit_test(steps_that_adapt),
        cmocka_unit_test(bath),
    };
    return cmocka_run_group_tests(tests, flight_setup, flight_teardown);
}
