/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

#include <Random123/philox.h>

/* Known answers of philox4x64-10 from the file kat_vectors of Random123: counter, key, result. The digits of pi are the
 * third. */
static const uint64_t known[3][10] = {
    {0, 0, 0, 0, 0, 0, 0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b, 0x7e68b68aec7ba23b},
    {UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX, 0x87b092c3013fe90b, 0x438c3c67be8d0224,
     0x9cc7d7c69cd777b6, 0xa09caebf594f0ba0},
    {0x243f6a8885a308d3, 0x13198a2e03707344, 0xa4093822299f31d0, 0x082efa98ec4e6c89, 0x452821e638d01377,
     0xbe5466cf34e90c6c, 0xa528f45403e61d95, 0x38c72dbd566e9788, 0xa5a1610e72fd18b5, 0x57bd43b5e52b7fe6},
};

static void test_known_answers(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        philox4x64_ctr_t counter;
        philox4x64_key_t key;
        memcpy(counter.v, known[i], sizeof counter.v);
        memcpy(key.v, known[i] + 4, sizeof key.v);
        philox4x64_ctr_t words = philox4x64(counter, key);
        assert_memory_equal(words.v, known[i] + 6, sizeof words.v);
    }
}

/* How our arguments enter the block is part of every result: a change here changes every swarm ever flown. */
static void test_layout(void **state)
{
    (void)state;
    philox4x64_key_t key = {{11, 17}};
    philox4x64_ctr_t counter = {{23, (uint64_t)DIA_PURPOSE_TEST << 32 | 5, 0, 0}};
    philox4x64_ctr_t words = philox4x64(counter, key);
    double expected = (double)(words.v[0] >> 11 | 1) / 9007199254740992.0;
    assert_true(dia_rng_uniform(11, 17, 23, DIA_PURPOSE_TEST, 5) == expected);
    double radius = sqrt(-2 * log((double)(words.v[2] >> 11 | 1) / 9007199254740992.0));
    double normal = radius * cos(2 * acos(-1.0) * ((double)(words.v[3] >> 11 | 1) / 9007199254740992.0));
    assert_close(dia_rng_normal(11, 17, 23, DIA_PURPOSE_TEST, 5), normal, 1e-14, 1e-15); /* the order of products */
}

/* chi-square against equal cells, in sigmas: (chi2 - f)/sqrt(2 f), nearly normal for f = 99. */
static double sigmas(const int *counts, int cells, double expected)
{
    double chi2 = 0;
    for (int i = 0; i < cells; i++)
        chi2 += (counts[i] - expected) * (counts[i] - expected) / expected;
    return (chi2 - (cells - 1)) / sqrt(2.0 * (cells - 1));
}

/* Uniform along each argument alone: seeds, trajectories, steps, purposes (few) and indices are equally good counters.
 */
static void test_uniform(void **state)
{
    (void)state;
    enum { CELLS = 100, N = 100000 };
    uint64_t seed = check_seed(1);
    for (int along = 0; along < 4; along++) {
        int counts[CELLS] = {0};
        double sum = 0;
        for (uint64_t i = 0; i < N; i++) {
            double u = dia_rng_uniform(seed + (along == 0 ? i : 0), along == 1 ? i : 0, along == 2 ? i : 0,
                                       DIA_PURPOSE_TEST, along == 3 ? (uint32_t)i : 0);
            assert_true(u > 0.0 && u < 1.0);
            counts[(int)(u * CELLS)]++;
            sum += u;
        }
        assert_true(fabs(sigmas(counts, CELLS, (double)N / CELLS)) < 4.5);     /* 4.5 sigmas */
        assert_true(fabs(sum / N - 0.5) < 4.5 * sqrt(1.0 / 12.0 / (double)N)); /* 4.5 sigmas */
    }
}

static void test_integer(void **state)
{
    (void)state;
    enum { CELLS = 100, N = 100000 };
    uint64_t seed = check_seed(2);
    int counts[CELLS] = {0};
    for (uint64_t i = 0; i < N; i++)
        counts[dia_rng_integer(seed, 0, i, DIA_PURPOSE_TEST, 0, CELLS)]++;
    assert_true(fabs(sigmas(counts, CELLS, (double)N / CELLS)) < 4.5); /* 4.5 sigmas */
    assert_true(dia_rng_integer(seed, 0, 0, DIA_PURPOSE_TEST, 0, 1) == 0);
    assert_true(dia_rng_integer(seed, 0, 0, DIA_PURPOSE_TEST, 0, 0) == 0);
    /* n = 3 2^62: without the rejection of the incomplete run, the first third would be twice as likely. */
    int low = 0;
    for (uint64_t i = 0; i < N; i++)
        low += dia_rng_integer(seed, 1, i, DIA_PURPOSE_TEST, 0, (uint64_t)3 << 62) < (uint64_t)1 << 62;
    assert_true(fabs(low - N / 3.0) < 4.5 * sqrt(N * 2.0 / 9.0)); /* 4.5 sigmas */
}

/* Moments of the normal distribution to 4.5 sigmas; variances of the estimators: 1, 2, 15, 96 over N. */
static void test_normal(void **state)
{
    (void)state;
    enum { N = 200000 };
    uint64_t seed = check_seed(3);
    double m[5] = {0}, cross = 0;
    for (uint64_t i = 0; i < N; i++) {
        double x = dia_rng_normal(seed, i, 0, DIA_PURPOSE_TEST, 0), p = 1;
        for (int k = 1; k <= 4; k++)
            m[k] += (p *= x) / N;
        /* The same index asked for a uniform number as well: independent. */
        cross += x * (dia_rng_uniform(seed, i, 0, DIA_PURPOSE_TEST, 0) - 0.5) * sqrt(12.0) / N;
    }
    double sigma = 4.5 / sqrt((double)N);
    assert_close(m[1], 0, 0, sigma);
    assert_close(m[2], 1, 0, sigma * sqrt(2.0));
    assert_close(m[3], 0, 0, sigma * sqrt(15.0));
    assert_close(m[4], 3, 0, sigma * sqrt(96.0));
    assert_close(cross, 0, 0, sigma);
}

/* No state: any order gives the same numbers, and different arguments give different ones. */
static void test_order(void **state)
{
    (void)state;
    enum { N = 1000 };
    double forward[N];
    for (uint32_t i = 0; i < N; i++)
        forward[i] = dia_rng_uniform(4, i, i + 1, DIA_PURPOSE_HOP, i + 2);
    for (uint32_t i = N; i-- > 0;) {
        (void)dia_rng_normal(4, i, 0, DIA_PURPOSE_INITIAL, 0);
        assert_true(dia_rng_uniform(4, i, i + 1, DIA_PURPOSE_HOP, i + 2) == forward[i]);
    }
    double one = dia_rng_uniform(1, 2, 3, DIA_PURPOSE_HOP, 4);
    assert_true(
        one != dia_rng_uniform(2, 2, 3, DIA_PURPOSE_HOP, 4) && one != dia_rng_uniform(1, 3, 3, DIA_PURPOSE_HOP, 4) &&
        one != dia_rng_uniform(1, 2, 4, DIA_PURPOSE_HOP, 4) && one != dia_rng_uniform(1, 2, 3, DIA_PURPOSE_TEST, 4) &&
        one != dia_rng_uniform(1, 2, 3, DIA_PURPOSE_HOP, 5) && one != dia_rng_uniform(2, 1, 3, DIA_PURPOSE_HOP, 4));
    /* Neighbouring steps of neighbouring trajectories: correlation of lag one, 4.5 sigmas. */
    double sum = 0;
    enum { M = 100000 };
    for (uint64_t i = 0; i < M; i++)
        sum += 12 * (dia_rng_uniform(9, i, 0, DIA_PURPOSE_HOP, 0) - 0.5) *
               (dia_rng_uniform(9, i + 1, 1, DIA_PURPOSE_HOP, 0) - 0.5);
    assert_close(sum / M, 0, 0, 4.5 / sqrt((double)M));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_known_answers), cmocka_unit_test(test_layout),
                                       cmocka_unit_test(test_uniform),       cmocka_unit_test(test_integer),
                                       cmocka_unit_test(test_normal),        cmocka_unit_test(test_order)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
