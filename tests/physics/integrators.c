/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Integrators beyond velocity Verlet, steps that adapt, and heat baths. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/extend.h"
#include "dynamics/internal.h"
#include "flight.h"

enum { B = 32 };

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

/* Largest error of the total energy during 1000 atomic units of time, median over the block. */
static double energy_error(const char *more, double dt)
{
    dia_dynamics d = settings(more, dt);
    const double error = flight_energy_median(&d, B, 0, 0.002, 1000.0);
    dia_dynamics_close(&d);
    return error;
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

/* All are reversible; a chain of thermostats with its own velocities, which are the memory. */
static void there_and_back(void **unused)
{
    (void)unused;
    const char *ways[] = {"integrator: two_stage", "integrator: blanes_moan",
                          "thermostat: {method: nose_hoover, time: 10 fs, freedom: 9}"};
    for (int w = 0; w < 3; w++) {
        char text[200];
        snprintf(text, sizeof text, "method: none, crossing: 0 eV, %s", ways[w]);
        dia_dynamics d = settings(text, 10.0);
        dia_block *block = flight_block(flight_shared, &d, B);
        double R[B * FLIGHT_NCART];
        flight_start(block, B, 0, 1, 0.005);
        memcpy(R, block->R, sizeof R);
        flight_fly(block, 50);
        for (int i = 0; i < B * FLIGHT_NCART; i++)
            block->V[i] = -block->V[i];
        const dia_rows *chain = &block->scratch->rows[ROW_THERMOSTAT];
        for (size_t i = 0; i < B * chain->width; i++)
            chain->now[i] = -chain->now[i];
        flight_fly(block, 50);
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
    dia_block *all = flight_block(flight_shared, &d, B), *one = flight_block(flight_shared, &d, 1),
              *resumed = flight_block(flight_shared, &d, B);
    flight_start(all, B, 100, 2, 0.02);
    flight_fly(all, 40);
    char *bytes = malloc(dia_block_save_size(all));
    assert_non_null(bytes);
    dia_block_save(all, bytes);
    assert_ok(dia_block_restore(resumed, bytes, dia_block_save_size(all), &error), &error);
    flight_fly(all, 40);
    flight_fly(resumed, 40);
    for (int b = 0; b < B; b++)
        assert_true(flight_same(all, b, resumed, b) && all->energy0[b] == resumed->energy0[b]);
    for (int b = 0; b < B; b += 5) {
        flight_start(one, 1, 100 + b, 2, 0.02);
        flight_fly(one, 80);
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

/* ---- steps that adapt ------------------------------------------------------------------------- */

/* Of each trajectory: pieces of the present step, the last uniform number, the sum of the pieces' lengths. */
static int pieces[B];
static double number[B], elapsed[B];

static void count_pieces(const void *self, const dia_step_view *view, double *memory, int *target)
{
    (void)self, (void)memory, (void)target;
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        pieces[b]++;
        elapsed[b] += view->dt;
        assert_close(view->time, elapsed[b], 1e-12, 0.0);
        assert_true(view->uniform[b] != number[b]); /* each piece draws its own */
        number[b] = view->uniform[b];
    }
}

/* A tolerance that is never exceeded changes no bit. */
static void accuracy_not_needed(void **unused)
{
    (void)unused;
    dia_dynamics fixed = settings("crossing: 0 eV", 10.0), loose = settings("crossing: 0 eV, accuracy: 100 eV", 10.0);
    dia_block *x = flight_block(flight_shared, &fixed, B), *y = flight_block(flight_shared, &loose, B);
    flight_start(x, B, 0, 2, 0.02);
    flight_start(y, B, 0, 2, 0.02);
    flight_fly(x, 100);
    flight_fly(y, 100);
    for (int b = 0; b < B; b++)
        assert_true(flight_same(x, b, y, b));
    dia_block_free(x);
    dia_block_free(y);
    dia_dynamics_close(&fixed);
    dia_dynamics_close(&loose);
}

/* No piece of a step changes the energy by more than the tolerance, and there are steps of one piece and of more. */
static void accuracy_is_kept(void **unused)
{
    (void)unused;
    static const dia_hop_type type = {.version = DIA_EXTEND_VERSION, .name = "count", .propose = count_pieces};
    const double tolerance = 0.05e-3 * DIA_EV;
    dia_dynamics d = settings("method: none, crossing: 0 eV, accuracy: 0.05 meV", 20.0);
    d.hop = &type;
    dia_block *block = flight_block(flight_shared, &d, B);
    int whole = 0, divided = 0;
    flight_start(block, B, 0, 0, 0.002);
    memset(elapsed, 0, sizeof elapsed);
    for (int i = 0; i < 50; i++) {
        double before[B];
        for (int b = 0; b < B; b++) {
            before[b] = block->potential[b] + block->kinetic[b];
            pieces[b] = 0;
        }
        flight_fly(block, 1);
        for (int b = 0; b < B; b++) {
            const double change = fabs(block->potential[b] + block->kinetic[b] - before[b]);
            assert_true(change <= pieces[b] * tolerance);
            whole += pieces[b] == 1;
            divided += pieces[b] > 1;
        }
    }
    assert_true(whole > B && divided > B); /* else one of them was not tested */
    dia_block_free(block);
    dia_dynamics_close(&d);
    /* over a flight the changes add up, and in part cancel (seen: a quarter) */
    assert_true(energy_error("method: none, accuracy: 0.1 meV", 20.0) < 0.4 * energy_error("method: none", 20.0));
}

/* ---- heat baths ------------------------------------------------------------------------------- */

/* Is the mean of the time averages of independent trajectories `expected` within 4 standard errors? The seed is fixed. (Of
 * other seeds one in 700 would fail: there are four such means, and 4 of Student's t with 31 degrees of freedom.) */
static void within(const double *mean, double expected)
{
    double m = 0.0, v = 0.0;
    for (int b = 0; b < B; b++)
        m += mean[b] / B;
    for (int b = 0; b < B; b++)
        v += (mean[b] - m) * (mean[b] - m) / (B - 1);
    assert_close(m, expected, 0.0, 4.0 * sqrt(v / B));
    assert_true(sqrt(v / B) < 0.05 * expected); /* else nothing was tested */
}

/* On an anharmonic surface of nine coordinates: equipartition, <K> = 9 kT/2, and the virial theorem of the canonical
 * distribution, <R . dE/dR> = 9 kT, which tests positions. */
static void canonical(const char *bath, double dt)
{
    const double kT = 1000.0 * DIA_KELVIN;
    double kinetic[B] = {0}, virial[B] = {0}, drift = 0.0;
    dia_dynamics d = settings(bath, dt);
    dia_block *block = flight_block(flight_shared, &d, B);
    flight_start(block, B, 0, 0, 0.003);
    flight_fly(block, 500);
    const int samples = 4000;
    for (int i = 0; i < samples; i++) {
        flight_fly(block, 1);
        for (int b = 0; b < B; b++) {
            kinetic[b] += block->kinetic[b] / samples;
            for (int c = 0; c < FLIGHT_NCART; c++)
                virial[b] += block->R[b * FLIGHT_NCART + c] * block->G[b * FLIGHT_NCART + c] / samples;
            drift = fmax(drift, flight_energy_error(block, b));
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

/* Degrees of freedom that are not given: of three atoms in space 9 - 6, of a model of two coordinates 2. */
static void default_freedom(void **unused)
{
    (void)unused;
    static const char *const baths[] = {"thermostat: {method: nose_hoover, time: 20 fs}",
                                        "thermostat: {method: nose_hoover, time: 20 fs, freedom: 3}",
                                        "thermostat: {method: nose_hoover, time: 20 fs, freedom: 2}"};
    dia_error error = {0};
    dia_model *cone = NULL;
    dia_block *block[2][3];
    dia_dynamics d[3];
    assert_ok(dia_model_parse(&cone, "{type: jahn_teller}", ".", &error), &error);
    for (int i = 0; i < 3; i++) {
        d[i] = settings(baths[i], 10.0);
        block[0][i] = flight_block(flight_shared, &d[i], 1);
        flight_start(block[0][i], 1, 3, 2, 0.02);
        block[1][i] = flight_block(cone, &d[i], 1);
        assert_ok(dia_block_start(block[1][i], 1, (int64_t[]){3}, (double[]){0.3, -0.4}, (double[]){0.02, 0.01},
                                  (int[]){1}, &error),
                  &error);
        flight_fly(block[0][i], 20);
        flight_fly(block[1][i], 20);
    }
    assert_true(flight_same(block[0][0], 0, block[0][1], 0) && !flight_same(block[0][0], 0, block[0][2], 0));
    assert_true(flight_same(block[1][0], 0, block[1][2], 0) && !flight_same(block[1][0], 0, block[1][1], 0));
    for (int i = 0; i < 3; i++) {
        dia_block_free(block[0][i]);
        dia_block_free(block[1][i]);
        dia_dynamics_close(&d[i]);
    }
    dia_model_free(cone);
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
        cmocka_unit_test(accuracy_not_needed),
        cmocka_unit_test(accuracy_is_kept),
        cmocka_unit_test(langevin_is_canonical),
        cmocka_unit_test(nose_hoover_is_canonical),
        cmocka_unit_test(default_freedom),
        cmocka_unit_test(refused),
    };
    return cmocka_run_group_tests(tests, flight_setup, flight_teardown);
}
