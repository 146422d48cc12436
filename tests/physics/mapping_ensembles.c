/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ensembles of mapping approaches and mean fields: what is drawn at the start, and where it comes to. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "diabolo/extend.h"
#include "dynamics/internal.h"
#include "dynamics/mapping.h"
#include "dynamics/options.h"
#include "flight.h"

enum { B = 48 };

/* Means over the start: populations are those of the state that was asked for. 4 sigmas of 4096 samples. */
static void starts(void **unused)
{
    (void)unused;
    enum { N = 256, ROUNDS = 16 };
    dia_dynamics d = flight_settings("mash_multistate", 10.0);
    dia_block *block = flight_block(flight_shared, &d, N);
    const double scale = d.hop->scale(d.hop_self, 3);
    double sum[3] = {0}, square[3] = {0};
    assert_close(scale, 2.0 / (0.5 + 1.0 / 3.0), 0.0, 1e-14);
    for (int b = 0; b < N * ROUNDS; b++) {
        double c[6];
        if (b % N == 0)
            flight_start(block, N, b, 1, 0.02);
        dia_block_amplitudes(block, b % N, c);
        assert_int_equal(block->active[b % N], 1);
        for (int k = 0; k < 3; k++) {
            const double p = 1.0 / 3.0 + scale * (c[2 * k] * c[2 * k] + c[2 * k + 1] * c[2 * k + 1] - 1.0 / 3.0);
            sum[k] += p / (N * ROUNDS);
            square[k] += p * p / (N * ROUNDS);
        }
    }
    for (int k = 0; k < 3; k++)
        assert_close(sum[k], k == 1 ? 1.0 : 0.0, 0.0, 4.0 * sqrt((square[k] - sum[k] * sum[k]) / (N * ROUNDS)));
    dia_block_free(block);
    dia_dynamics_close(&d);
}

/* The starts of mean fields. Spin mapping, focused: populations 1 of the state; full: weighted means of them, 4 sigmas of 4096 samples, the
 * mean weight 1, some negative. Windows: e of the state is 1 + x with the density 2 (1 - x), so of mean 4/3 and variance 1/18, and half of
 * the rest, of mean 1/3, is what each other state has on average. */
static void starts_of_mean_fields(void **unused)
{
    (void)unused;
    enum { N = 256, ROUNDS = 16, ALL = N * ROUNDS };
    const char *methods[] = {"spin_mapping, sampling: focused", "spin_mapping", "sqc"};
    for (int m = 0; m < 3; m++) {
        dia_dynamics d = flight_settings(methods[m], 10.0);
        dia_block *block = flight_block(flight_shared, &d, N);
        double sum[3] = {0}, square[3] = {0}, weights = 0.0, least = 1.0;
        for (int b = 0; b < ALL; b++) {
            double c[6], norm, weight;
            if (b % N == 0)
                flight_start(block, N, b, 1, 0.02);
            dia_block_amplitudes(block, b % N, c);
            dia_block_mapping(block, b % N, &norm, &weight);
            weights += weight / ALL;
            least = fmin(least, weight);
            for (int k = 0; k < 3; k++) {
                const double z = c[2 * k] * c[2 * k] + c[2 * k + 1] * c[2 * k + 1],
                             p = m == 2 ? norm * z : weight * (1.0 / 3.0 + 2.0 * (z - 1.0 / 3.0));
                if (m == 0)
                    assert_close(p, k == 1 ? 1.0 : 0.0, 0.0, 1e-12);
                sum[k] += p / ALL;
                square[k] += p * p / ALL;
            }
        }
        for (int k = 0; k < 3; k++) {
            const double expected = m < 2 ? (k == 1 ? 1.0 : 0.0) : k == 1 ? 4.0 / 3.0 : 1.0 / 3.0;
            assert_close(sum[k], expected, 0.0, 4.0 * sqrt(fmax(square[k] - sum[k] * sum[k], 1e-24) / ALL) + 1e-12);
        }
        if (m == 2) /* 4 sigmas of a variance: its kurtosis is below 3 */
            assert_close(square[1] - sum[1] * sum[1], 1.0 / 18.0, 4.0 * sqrt(2.0 / ALL), 0.0);
        assert_close(weights, 1.0, 0.0,
                     m == 1 ? 4.0 * 1.5 / sqrt(ALL) : 1e-12); /* |weight| is below 3 + ..., of variance < 2.25 */
        assert_true(m == 1 ? least < 0.0 : least == 1.0);
        dia_block_free(block);
        dia_dynamics_close(&d);
    }
}

/* gamma: adjusted begins with the energy of one state. (The force has coherences besides, of mean zero.) */
static void adjusted_starts_on_one_state(void **unused)
{
    (void)unused;
    dia_dynamics d[2] = {flight_settings("sqc, gamma: adjusted", 10.0), flight_settings("fewest_switches", 10.0)};
    dia_block *block[2];
    for (int k = 0; k < 2; k++) {
        block[k] = flight_block(flight_shared, &d[k], B);
        flight_start(block[k], B, 0, 1, 0.02);
    }
    for (int b = 0; b < B; b++) /* a few roundings of elements of H below 1 hartree */
        assert_close(block[0]->potential[b], block[1]->potential[b], 0.0, 1e-14);
    for (int k = 0; k < 2; k++) {
        dia_block_free(block[k]);
        dia_dynamics_close(&d[k]);
    }
}

/* Shares of the adiabatic states of a model of one coordinate in the canonical ensemble, by the trapezium rule. */
static void boltzmann(const dia_model *model, double kT, double share[2])
{
    enum { POINTS = 4001 };
    dia_error error = {0};
    dia_tape *tape = NULL;
    double H[3], E[2], U[4], *work = malloc(dia_frame_work(2) * sizeof *work);
    dia_frame frame = {.batch = 1, .nstate = 2, .H = H, .E = E, .U = U};
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    share[0] = share[1] = 0.0;
    for (int i = 0; i < POINTS; i++) {
        const double R = -10.0 + 20.0 * i / (POINTS - 1);
        assert_ok(dia_model_hamiltonian(model, tape, 1, &R, H), NULL);
        assert_ok(dia_frame_solve(&frame, work), NULL);
        for (int k = 0; k < 2; k++)
            share[k] += exp(-E[k] / kT);
    }
    const double sum = share[0] + share[1];
    share[0] /= sum;
    share[1] /= sum;
    free(work);
    dia_tape_free(tape);
}

/* Detailed balance: in a heat bath the active states come to the Boltzmann shares, whatever the start (Mannouch, Richardson 2023). 3 sigmas of the means of 96 trajectories over time; the seed is fixed. The coupling is as large as kT, so that
 * hops are many, some frustrated. */
static void detailed_balance(void **unused)
{
    (void)unused;
    enum { N = 96, BEGIN = 2000, STEPS = 10000 };
    const double kT = 0.6;
    const char *methods[] = {"mash", "mash_uncoupled"};
    dia_error error = {0};
    dia_model *model = NULL;
    double share[2];
    assert_ok(dia_model_parse(&model, "{type: spin_boson, modes: 1, eps: 0.3, del: 0.4, lam: 1, wc: 1}", ".", &error),
              &error);
    boltzmann(model, kT, share);
    for (int k = 0; k < 2; k++) {
        char text[200];
        snprintf(text, sizeof text, "%s, thermostat: {method: langevin, temperature: %g hartree, time: 3 au}",
                 methods[k], kT);
        dia_dynamics d = flight_settings(text, 0.1);
        dia_block *block = flight_block(model, &d, N);
        double mean[N] = {0}, R[N] = {0}, V[N] = {0}, sum = 0.0, square = 0.0;
        int64_t number[N];
        int state[N];
        for (int b = 0; b < N; b++) {
            number[b] = b;
            state[b] = 1;
        }
        assert_ok(dia_block_start(block, N, number, R, V, state, &error), &error);
        for (int i = 0; i < BEGIN + STEPS; i++) {
            flight_fly(block, 1);
            for (int b = 0; b < N && i >= BEGIN; b++)
                mean[b] += (double)block->active[b] / STEPS;
        }
        for (int b = 0; b < N; b++) {
            sum += mean[b] / N;
            square += mean[b] * mean[b] / N;
        }
        assert_close(sum, share[1], 0.0, 3.0 * sqrt((square - sum * sum) / N));
        dia_block_free(block);
        dia_dynamics_close(&d);
    }
    dia_model_free(model);
}

enum { MODES = 6 };

/* Strength of the coordinate X = sum_i k_i q_i that moves the levels of a spin-boson model by +-X: at fixed X the oscillators have at least
 * the energy X^2/(2 C), C = sum_i k_i^2/w_i, dimensionless q of frequencies w (MODES). */
static double bath_strength(const dia_model *model, const double *w)
{
    dia_error error = {0};
    dia_tape *tape = NULL;
    double q[MODES] = {0}, C = 0.0, H[2][3];
    assert_ok(dia_tape_create(&tape, model, 1, 1, &error), &error);
    assert_ok(dia_model_hamiltonian(model, tape, 1, q, H[0]), NULL);
    for (int i = 0; i < MODES; i++) {
        q[i] = 1.0;
        assert_ok(dia_model_hamiltonian(model, tape, 1, q, H[1]), NULL);
        q[i] = 0.0;
        C += pow(0.5 * (H[1][0] - H[1][2] - H[0][0] + H[0][2]), 2) / w[i];
    }
    dia_tape_free(tape);
    return C;
}

/* Share of the upper adiabatic state of such a model at a total energy, all of phase space there being alike: of coordinates and momenta
 * all but X are quadratic, which leaves (energy - V(X))^(MODES - 3/2), V = X^2/(2 C) +- sqrt((eps + X)^2 + del^2). By the trapezium rule. */
static double microcanonical(double energy, double eps, double del, double C)
{
    double share[2] = {0.0};
    for (int i = -8000; i <= 8000; i++) {
        const double X = 2e-3 * i, gap = hypot(eps + X, del);
        for (int k = 0; k < 2; k++) {
            const double rest = energy - X * X / (2.0 * C) + (k == 0 ? gap : -gap);
            share[k] += rest > 0.0 ? pow(rest, MODES - 1.5) : 0.0;
        }
    }
    return share[1] / (share[0] + share[1]);
}

/* Detailed balance without a heat bath (Amati, Runeson, Richardson, JCP 158, 064113 (2023)): an isolated spin-boson model comes, from the upper state and
 * oscillators at kT = 1, to the share of the upper state which belongs to the energy of each trajectory. 3 sigmas of 128 time means,
 * 0.008; the canonical shares are 0.05 lower, since so few oscillators warm up. The seed is fixed. */
static void detailed_balance_of_spin_boson(void **unused)
{
    (void)unused;
    enum { N = 128, BEGIN = 2000, STEPS = 8000 };
    for (int biased = 0; biased < 2; biased++) {
        const double eps = biased ? 0.5 : 0.0, del = 0.5;
        dia_error error = {0};
        dia_model *model = NULL;
        char yaml[200];
        snprintf(yaml, sizeof yaml, "{type: spin_boson, density: ohmic, modes: %d, eps: %g, del: %g, xi: 0.6, wc: 1}",
                 MODES, eps, del);
        assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
        dia_dynamics d = flight_settings("mash, integrator: two_stage", 0.2);
        dia_block *block = flight_block(model, &d, N);
        double w[MODES], R[N * MODES], V[N * MODES], mean[N] = {0}, sum = 0.0, square = 0.0;
        int64_t number[N];
        int state[N];
        for (int i = 0; i < MODES; i++)
            w[i] = 1.0 / dia_model_molecule(model)->masses[i];
        for (int b = 0; b < N; b++) {
            number[b] = b;
            state[b] = 1;
            for (int i = 0; i < MODES; i++) {
                R[b * MODES + i] = dia_rng_normal(3, (uint64_t)b, (uint64_t)i, DIA_PURPOSE_TEST, 0) / sqrt(w[i]);
                V[b * MODES + i] = dia_rng_normal(3, (uint64_t)b, (uint64_t)i, DIA_PURPOSE_TEST, 1) * sqrt(w[i]);
            }
        }
        assert_ok(dia_block_start(block, N, number, R, V, state, &error), &error);
        const double C = bath_strength(model, w);
        for (int b = 0; b < N; b++)
            mean[b] = -microcanonical(block->potential[b] + block->kinetic[b], eps, del, C);
        for (int i = 0; i < BEGIN + STEPS; i++) {
            flight_fly(block, 1);
            for (int b = 0; b < N && i >= BEGIN; b++)
                mean[b] += (double)block->active[b] / STEPS;
        }
        for (int b = 0; b < N; b++) {
            sum += mean[b] / N;
            square += mean[b] * mean[b] / N;
        }
        assert_close(sum, 0.0, 0.0, 3.0 * sqrt((square - sum * sum) / N));
        assert_true(sqrt((square - sum * sum) / N) < 0.004);
        dia_block_free(block);
        dia_dynamics_close(&d);
        dia_model_free(model);
    }
}

static void as_given(void *context, const dia_step_view *view, int b, int n, int state, double *z)
{
    (void)view, (void)b;
    assert_int_equal(state, 0);
    memcpy(z, context, 2 * (size_t)n * sizeof *z);
}

/* Amplitudes that are one state neither of the adiabatic nor of the diabatic basis are the first vector of another: the sample has its
 * norm, and as much of them as it had of the first vector. */
static void superpositions_are_first_vectors(void **unused)
{
    (void)unused;
    enum { N = 3 };
    double H[6] = {0.0, 0.02, 0.05, -0.01, 0.03, 0.08}, E[N], U[N * N], work[300];
    dia_frame frame = {1, N, H, E, U, false};
    assert_true(dia_frame_work(N) <= 300);
    assert_ok(dia_frame_solve(&frame, work), NULL);
    const dia_step_view view = {.batch = 1, .nstate = N, .after = &frame, .work = work};
    for (uint32_t trial = 0; trial < 20; trial++) {
        double z[2 * N], given[2 * N], c[2 * N], size[2] = {0.0, 0.0}, norm = 0.0, re = 0.0, im = 0.0;
        for (uint32_t i = 0; i < 2 * N; i++) {
            z[i] = dia_rng_normal(5, trial, 0, DIA_PURPOSE_TEST, i);
            given[i] = dia_rng_normal(5, trial, 1, DIA_PURPOSE_TEST, i);
            size[0] += z[i] * z[i];
            size[1] += given[i] * given[i];
        }
        for (int i = 0; i < 2 * N; i++) {
            z[i] /= sqrt(size[0]);
            given[i] /= sqrt(size[1]);
        }
        if (trial == 0)
            given[0] = 0.0, given[1] = 0.0, given[2] = 0.6, given[3] = 0.0, given[4] = 0.0, given[5] = 0.8;
        memcpy(c, given, sizeof c);
        dia_mapping_basis basis;
        assert_true(dia_mapping_start(&view, 0, as_given, z, c, &basis));
        assert_int_equal(basis, DIA_MAPPING_OTHER);
        for (int k = 0; k < N; k++) {
            norm += dia_population(c + 2 * k);
            re += given[2 * k] * c[2 * k] + given[2 * k + 1] * c[2 * k + 1];
            im += given[2 * k] * c[2 * k + 1] - given[2 * k + 1] * c[2 * k];
        }
        assert_close(norm, 1.0, 0.0, 1e-14);
        assert_close(hypot(re, im), hypot(z[0], z[1]), 0.0, 1e-14);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(superpositions_are_first_vectors),
        cmocka_unit_test(starts),
        cmocka_unit_test(starts_of_mean_fields),
        cmocka_unit_test(adjusted_starts_on_one_state),
        cmocka_unit_test(detailed_balance),
        cmocka_unit_test(detailed_balance_of_spin_boson),
    };
    return cmocka_run_group_tests(tests, flight_setup, flight_teardown);
}
