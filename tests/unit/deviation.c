/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The deviation of a swarm from a known answer, on samples whose answer is known: correlated zeros and ones, as a trajectory's
 * states are at successive times. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"
#include "certify/deviation.h"

enum { M = 24, N = 150, SAMPLES = 400 };

/* A trajectory leaves state 1 at a time distributed evenly over 0 to M: the population of state 1 at time i is 1 - (i + 1)/M. */
static void sample(uint64_t seed, double *x)
{
    for (uint64_t j = 0; j < N; j++) {
        const double time = M * dia_rng_uniform(seed, j, 0, DIA_PURPOSE_TEST, 0);
        for (int i = 0; i < M; i++)
            x[j * M + (uint64_t)i] = time > i + 1 ? 1.0 : 0.0;
    }
}

static void answer(double shift, double *target, double *weight)
{
    for (int i = 0; i < M; i++) {
        target[i] = 1.0 - (i + 1.0) / M + shift;
        weight[i] = 1.0 / M;
    }
}

/* Far from the truth by 0.1 everywhere: the mean of S = rms^2 over SAMPLES is 0.01 however large the noise, which is 0.03 here; the
 * stated errors are the scatter. */
static void what_chance_gives_is_subtracted(void **state)
{
    (void)state;
    static double x[N * M];
    double target[M], weight[M], sum = 0.0, squares = 0.0, claimed = 0.0, noise = 0.0;
    answer(0.1, target, weight);
    for (uint64_t s = 0; s < SAMPLES; s++) {
        dia_certify_deviation d;
        sample(s, x);
        assert_ok(dia_certify_deviation_compute(&d, N, M, x, target, weight, NULL), NULL);
        assert_int_equal(d.n, N);
        sum += d.rms * d.rms;
        squares += d.rms * d.rms * d.rms * d.rms;
        claimed += 4.0 * d.rms * d.rms * d.error * d.error; /* variance of S */
        noise += d.noise * d.noise;
    }
    const double mean = sum / SAMPLES, variance = squares / SAMPLES - mean * mean;
    assert_close(mean, 0.01, 0,
                 4.0 * sqrt(variance / SAMPLES)); /* 4 sigma; with the noise it would be 0.0111, 5 sigma off */
    assert_true(noise / SAMPLES > 4.0 * sqrt(variance / SAMPLES));
    assert_close(claimed / SAMPLES, variance, 0.3, 0); /* a variance of 400 samples: 7 %, 4 sigma */
    /* sum over times of p (1 - p)/N, p = i/M */
    assert_close(noise / SAMPLES, (1.0 / 6.0 - 1.0 / (6.0 * M * M)) / N, 0.02, 0);
}

/* Means that are the answer: S is 0 on average, and "3 sigma" are as rare as they say, 0.13 % of the samples: at most 4 of 400. The
 * numbers are so correlated that they fluctuate as two or three would. */
static void chance_is_taken_for_chance(void **state)
{
    (void)state;
    static double x[N * M];
    double target[M], weight[M];
    int beyond = 0, above = 0;
    answer(0.0, target, weight);
    for (uint64_t s = 0; s < SAMPLES; s++) {
        dia_certify_deviation d;
        sample(1000 + s, x);
        assert_ok(dia_certify_deviation_compute(&d, N, M, x, target, weight, NULL), NULL);
        beyond += d.sigmas > DIA_DEVIATION_SIGMAS;
        above += d.sigmas > 1.0;
        assert_true(d.limit > 0.0);
    }
    assert_true(beyond <= 4);
    assert_in_range(above, 35, 95); /* 16 % of 400: 64 +- 7, 4 sigma */
}

/* Rows of NaN do not count; without trajectories there is no number; all alike and right, or all alike and wrong. */
static void strange_samples(void **state)
{
    (void)state;
    double x[] = {1.0, 0.0, NAN, NAN, 1.0, 0.0}, right[] = {1.0, 0.0}, wrong[] = {0.5, 0.5}, weight[] = {0.5, 0.5};
    dia_certify_deviation d;
    assert_ok(dia_certify_deviation_compute(&d, 3, 2, x, right, weight, NULL), NULL);
    assert_int_equal(d.n, 2);
    assert_close(d.rms, 0.0, 0, 0);
    assert_true(d.sigmas < DIA_DEVIATION_SIGMAS);
    assert_ok(dia_certify_deviation_compute(&d, 3, 2, x, wrong, weight, NULL), NULL);
    assert_close(d.rms, 0.5, 1e-15, 0);
    assert_false(d.sigmas >= DIA_DEVIATION_SIGMAS); /* two that agree: 1/4 by chance */
    assert_true(d.limit > 0.9);
    assert_ok(dia_certify_deviation_compute(&d, 2, 2, x, right, weight, NULL), NULL);
    assert_int_equal(d.n, 1);
    assert_true(isnan(d.rms) && isnan(d.sigmas));
}

/* n trajectories that all end in state 0, where the exact share of it is P = 1 - q: so many agree with P^n. This is taken for a deviation
 * if it is rarer than 3 sigma, and the limit is the share that is seen with less than 2.5 %. */
static void equal_trajectories(void **state)
{
    (void)state;
    enum { MOST = 2000 };
    static double x[2 * MOST];
    const double q[] = {0.0, 0.01, 0.1, 0.5, 1.0}, weight[] = {0.5, 0.5};
    const int n[] = {2, 9, 10, 12, 100, MOST};
    for (int j = 0; j < MOST; j++)
        x[2 * j] = 1.0;
    for (int i = 0; i < 5; i++)
        for (int k = 0; k < 6; k++) {
            const double target[] = {1.0 - q[i], q[i]};
            dia_certify_deviation d;
            assert_ok(dia_certify_deviation_compute(&d, n[k], 2, x, target, weight, NULL), NULL);
            assert_close(d.rms, q[i], 1e-12, 0);
            assert_int_equal(d.sigmas >= DIA_DEVIATION_SIGMAS, n[k] >= 10 && pow(1.0 - q[i], n[k]) < 0.00135);
            assert_close(pow(1.0 - (d.limit - q[i]) / (q[i] < 1.0 ? 1.0 - q[i] : 1.0), n[k]), q[i] < 1.0 ? 0.025 : 1.0,
                         1e-9, 0);
        }
    /* Nine that all do something else with half the step may be chance, 2^-9; ten may not. */
    dia_certify_deviation d;
    for (int j = 0; j < MOST; j++)
        x[2 * j + 1] = -1.0;
    assert_ok(dia_certify_deviation_compute(&d, 9, 2, x, NULL, weight, NULL), NULL);
    assert_false(d.sigmas >= DIA_DEVIATION_SIGMAS);
    assert_ok(dia_certify_deviation_compute(&d, 10, 2, x, NULL, weight, NULL), NULL);
    assert_true(d.sigmas >= DIA_DEVIATION_SIGMAS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_chance_gives_is_subtracted),
        cmocka_unit_test(chance_is_taken_for_chance),
        cmocka_unit_test(strange_samples),
        cmocka_unit_test(equal_trajectories),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
