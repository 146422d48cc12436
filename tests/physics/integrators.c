/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integrators beyond velocity Verlet, steps that adapt, and heat baths. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flight.h"

enum { B = 32 };

static dia_model *model;

static int setup(void **state)
{
    (void)state;
    model = flight_model(INFINITY);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dia_model_free(model);
    return 0;
}

static dia_dynamics settings(const char *more, double dt)
{
    char yaml[400];
    dia_error error = {0};
    dia_dynamics d;
    snprintf(yaml, sizeof yaml, "{%s, timestep: %.17g au, duration: 1e9 au, drift: 0 eV, decoherence: {method: none}}",
             more, dt);
    assert_ok(dia_dynamics_parse(&d, yaml, &error), &error);
    d.seed = 7;
    return d;
}

static dia_block *create(const dia_dynamics *d, int capacity)
{
    dia_error error = {0};
    dia_block *block = NULL;
    assert_ok(dia_block_create(&block, model, d, capacity, &error), &error);
    return block;
}

static void fly(dia_block *block, int steps)
{
    for (int i = 0; i < steps; i++)
        assert_ok(dia_block_step(block), NULL);
}

/* Largest error of the total energy during 1000 atomic units of time, median over the block. */
static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double energy_error(const char *more, double dt)
{
    dia_dynamics d = settings(more, dt);
    dia_block *block = create(&d, B);
    double worst[B] = {0};
    flight_start(block, B, 0, 0, 0.002);
    for (int i = 0; i < lround(1000.0 / dt); i++) {
        fly(block, 1);
        for (int b = 0; b < B; b++)
            worst[b] = fmax(worst[b], fabs(block->potential[b] + block->kinetic[b] - block->energy0[b]));
    }
    qsort(worst, B, sizeof *worst, ascending);
    dia_block_free(block);
    dia_dynamics_close(&d);
    return worst[B / 2];
}

/* The orders of the splittings, and that at equal cost (forces) they leave Verlet behind. */
static void orders(void **unused)
{
    (void)unused;
    const char *two = "method: none, integrator: two_stage", *six = "method: none, integrator: blanes_moan";
    assert_close(log2(energy_error(two, 16.0) / energy_error(two, 8.0)), 2.0, 0.0, 0.2);
    assert_close(log2(energy_error(six, 40.0) / energy_error(six, 20.0)), 4.0, 0.0, 0.6);
    const double verlet = energy_error("method: none", 5.0);
    assert_true(energy_error(two, 10.0) < verlet / 2.0);
    assert_true(energy_error(six, 30.0) < verlet / 1000.0);
}

/* Hops and crossings at the end of longer steps conserve the energy as well. */
static void with_hops(void **unused)
{
    (void)unused;
    assert_true(energy_error("method: fewest_switches, integrator: two_stage", 4.0) <
                0.5 * energy_error("method: fewest_switches", 4.0));
}

static void there_and_back(void **unused)
{
    (void)unused;
    const char *ways[] = {"two_stage", "blanes_moan"};
    for (int w = 0; w < 2; w++) {
        char text[100];
        snprintf(text, sizeof text, "method: none, crossing: 0 eV, integrator: %s", ways[w]);
        dia_dynamics d = settings(text, 10.0);
        dia_block *block = create(&d, B);
        double R[B * FLIGHT_NCART];
        flight_start(block, B, 0, 1, 0.005);
        memcpy(R, block->R, sizeof R);
        fly(block, 50);
        for (int i = 0; i < B * FLIGHT_NCART; i++)
            block->V[i] = -block->V[i];
        fly(block, 50);
        for (int i = 0; i < B * FLIGHT_NCART; i++)
            assert_close(block->R[i], R[i], 0.0, 1e-9); /* rounding, grown near intersections */
        dia_block_free(block);
        dia_dynamics_close(&d);
    }
}

/* Bit for bit: alone and in a swarm, and resumed. */
static void same(const char *more, double dt)
{
    dia_error error = {0};
    dia_dynamics d = settings(more, dt);
    dia_block *all = create(&d, B), *one = create(&d, 1), *resumed = create(&d, B);
    flight_start(all, B, 100, 2, 0.02);
    fly(all, 40);
    char *bytes = malloc(dia_block_save_size(all));
    assert_non_null(bytes);
    dia_block_save(all, bytes);
    assert_ok(dia_block_restore(resumed, bytes, dia_block_save_size(all), &error), &error);
    fly(all, 40);
    fly(resumed, 40);
    for (int b = 0; b < B; b++)
        assert_true(flight_same(all, b, resumed, b) && all->energy0[b] == resumed->energy0[b]);
    for (int b = 0; b < B; b += 5) {
        flight_start(one, 1, 100 + b, 2, 0.02);
        fly(one, 80);
        assert_true(flight_same(all, b, one, 0));
    }
    free(bytes);
    dia_block_free(all);
    dia_block_free(one);
    dia_block_free(resumed);
    dia_dynamics_close(&d);
}

static void same_everywhere(void **unused)
{
    (void)unused;
    same("integrator: two_stage", 10.0);
    same("integrator: blanes_moan", 20.0);
    same("accuracy: 1 meV", 20.0);
    same("thermostat: {method: langevin, time: 20 fs}", 10.0);
    same("thermostat: {method: nose_hoover, time: 20 fs, freedom: 9}", 10.0);
}

/* A tolerance that is never exceeded changes no bit; one that is keeps what it says in every step. */
static void accuracy(void **unused)
{
    (void)unused;
    dia_dynamics fixed = settings("crossing: 0 eV", 10.0), loose = settings("crossing: 0 eV, accuracy: 100 eV", 10.0);
    dia_dynamics tight = settings("method: none, accuracy: 0.05 meV", 20.0);
    dia_block *x = create(&fixed, B), *y = create(&loose, B), *z = create(&tight, B);
    flight_start(x, B, 0, 2, 0.02);
    flight_start(y, B, 0, 2, 0.02);
    fly(x, 100);
    fly(y, 100);
    for (int b = 0; b < B; b++)
        assert_true(flight_same(x, b, y, b));
    dia_block_free(x);
    dia_block_free(y);
    dia_block_free(z);
    dia_dynamics_close(&fixed);
    dia_dynamics_close(&loose);
    dia_dynamics_close(&tight);
    const double without = energy_error("method: none", 20.0);
    assert_true(energy_error("method: none, accuracy: 0.1 meV", 20.0) <
                0.4 * without); /* seen: a quarter; changes add up over steps */
}

/* Of a sample of independent trajectories' time averages: is the mean `expected` within 4 standard errors (three such in a test: one seed
 * in 5000 fails)? */
static void within(const double *mean, double expected)
{
    double m = 0.0, v = 0.0;
    for (int b = 0; b < B; b++)
        m += mean[b] / B;
    for (int b = 0; b < B; b++)
        v += (mean[b] - m) * (mean[b] - m) / (B - 1);
    print_message("mean %g expected %g error %g\n", m, expected, sqrt(v / B));
    assert_close(m, expected, 0.0, 4.0 * sqrt(v / B));
    assert_true(sqrt(v / B) < 0.05 * expected); /* else nothing was tested */
}

/* On an anharmonic surface of nine coordinates: equipartition, <K> = 9 kT/2, and the virial theorem of the canonical
 * distribution, <R . dE/dR> = 9 kT, which tests positions. */
static void canonical(const char *bath, double dt)
{
    const double kT = 1000.0 * 3.166811563e-6;
    double kinetic[B] = {0}, virial[B] = {0}, drift = 0.0;
    dia_dynamics d = settings(bath, dt);
    dia_block *block = create(&d, B);
    flight_start(block, B, 0, 0, 0.003);
    fly(block, 500);
    const int samples = 4000;
    for (int i = 0; i < samples; i++) {
        fly(block, 1);
        for (int b = 0; b < B; b++) {
            kinetic[b] += block->kinetic[b] / samples;
            for (int c = 0; c < FLIGHT_NCART; c++)
                virial[b] += block->R[b * FLIGHT_NCART + c] * block->G[b * FLIGHT_NCART + c] / samples;
            drift = fmax(drift, fabs(block->potential[b] + block->kinetic[b] - block->energy0[b]));
        }
    }
    within(kinetic, 4.5 * kT);
    within(virial, 9.0 * kT);
    assert_true(drift < 0.2 * kT); /* of the energy without the heat: the error of Verlet's steps alone */
    dia_block_free(block);
    dia_dynamics_close(&d);
}

static void langevin_is_canonical(void **unused)
{
    (void)unused;
    canonical("method: none, thermostat: {method: langevin, temperature: 1000 K, time: 20 fs}", 10.0);
}

static void nose_hoover_is_canonical(void **unused)
{
    (void)unused;
    canonical("method: none, thermostat: {method: nose_hoover, temperature: 1000 K, time: 10 fs, freedom: 9}", 10.0);
}

static void refused(void **unused)
{
    (void)unused;
    dia_error error = {0};
    dia_dynamics d;
    assert_int_equal(
        dia_dynamics_parse(
            &d, "{duration: 1 fs, integrator: two_stage, accuracy: 1 meV, thermostat: {method: langevin}}", &error),
        DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "thermostats work with velocity_verlet"));
    assert_non_null(strstr(error.text, "with a thermostat the step is fixed"));
    dia_dynamics_close(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders),
        cmocka_unit_test(with_hops),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(same_everywhere),
        cmocka_unit_test(accuracy),
        cmocka_unit_test(langevin_is_canonical),
        cmocka_unit_test(nose_hoover_is_canonical),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
