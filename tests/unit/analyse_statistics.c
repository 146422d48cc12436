/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Means, errors and quantiles against closed forms. */
#include "check.h"

#include <math.h>

#include "statistics/moments.h"
#include "statistics/share.h"
#include "base/rng.h"

static double sample(int i)
{
    return dia_rng_normal(11, (uint64_t)i, 0, DIA_PURPOSE_TEST, 0);
}

/* Equal weights, whatever they are: the textbook mean and s/sqrt(n). */
static void equal_weights(void **state)
{
    (void)state;
    const double weights[2] = {1, 0.37};
    for (int w = 0; w < 2; w++) {
        dia_moments m = {0};
        double mean = 0, s2 = 0;
        const int n = 50;
        for (int i = 0; i < n; i++) {
            dia_moments_add(&m, weights[w], sample(i));
            mean += sample(i) / n;
        }
        for (int i = 0; i < n; i++)
            s2 += (sample(i) - mean) * (sample(i) - mean) / (n - 1);
        assert_close(dia_moments_mean(&m), mean, 1e-12, 1e-14); /* rounding of 50 additions */
        assert_close(dia_moments_error(&m), sqrt(s2 / n), 1e-12, 0);
        assert_close(dia_moments_effective(&m), n, 1e-12, 0);
    }
}

/* Of a share, the standard error is the binomial one times sqrt(n/(n-1)). */
static void share(void **state)
{
    (void)state;
    dia_moments m = {0};
    for (int i = 0; i < 40; i++)
        dia_moments_add(&m, 1, i < 10);
    assert_close(dia_moments_error(&m), dia_binomial_error(0.25, 40) * sqrt(40.0 / 39), 1e-12, 0);
    assert_close(dia_binomial_error(0.25, 40), sqrt(0.25 * 0.75 / 40), 1e-15, 0);
}

static void weight_zero_is_absence(void **state)
{
    (void)state;
    dia_moments with = {0}, without = {0};
    for (int i = 0; i < 9; i++) {
        dia_moments_add(&with, i + 1, sample(i));
        dia_moments_add(&with, 0, NAN); /* what a trajectory that met NaN brings along */
        dia_moments_add(&without, i + 1, sample(i));
    }
    assert_true(dia_moments_mean(&with) == dia_moments_mean(&without));
    assert_true(dia_moments_error(&with) == dia_moments_error(&without));
    assert_close(dia_moments_effective(&with), 45.0 * 45.0 / 285.0, 1e-14, 0); /* (sum w)^2 / sum w^2 of 1..9 */
}

static void too_few(void **state)
{
    (void)state;
    dia_moments m = {0};
    assert_true(isnan(dia_moments_mean(&m)));
    dia_moments_add(&m, 1, 3);
    assert_close(dia_moments_mean(&m), 3, 0, 0);
    assert_true(isnan(dia_moments_error(&m)));
    dia_moments_add(&m, 1, 5);
    assert_close(dia_moments_error(&m), 1, 1e-15, 0); /* of two it is half their distance */
    assert_true(isnan(dia_quantile(0, NULL, NULL, 0.5)));
}

/* A part of an array is sorted, and what stands beside it stays. */
static void a_part_is_sorted(void **state)
{
    (void)state;
    double values[] = {7, 4, 1, 5, 3, 2, 6}, weights[] = {70, 40, 10, 50, 30, 20, 60};
    const double sorted[] = {7, 1, 2, 3, 4, 5, 6};
    assert_true(dia_sort(5, values + 1, weights + 1));
    for (int i = 0; i < 7; i++) {
        assert_close(values[i], sorted[i], 0, 0);
        assert_close(weights[i], 10 * sorted[i], 0, 0);
    }
}

/* Hyndman and Fan's type 5: of 1..5 the quartiles are 1.75, 3, 4.25. */
static void quantiles(void **state)
{
    (void)state;
    double values[] = {4, 1, 5, 3, 2};
    assert_true(dia_sort(5, values, NULL));
    assert_close(dia_quantile(5, values, NULL, 0.25), 1.75, 1e-15, 0);
    assert_close(dia_quantile(5, values, NULL, 0.5), 3, 1e-15, 0);
    assert_close(dia_quantile(5, values, NULL, 0.75), 4.25, 1e-15, 0);
    assert_close(dia_quantile(5, values, NULL, 0), 1, 0, 0);
    assert_close(dia_quantile(5, values, NULL, 1), 5, 0, 0);
}

static void weighted_quantiles(void **state)
{
    (void)state;
    double values[] = {30, 10, 20}, weights[] = {2, 2, 2};
    assert_true(dia_sort(3, values, weights));
    for (int i = 0; i <= 10; i++) /* a common factor changes nothing */
        assert_close(dia_quantile(3, values, weights, 0.1 * i), dia_quantile(3, values, NULL, 0.1 * i), 1e-14, 0);
    double heavy[] = {3, 1, 2}, masses[] = {1000, 1, 1}; /* weights move along with their values */
    assert_true(dia_sort(3, heavy, masses));
    assert_close(masses[2], 1000, 0, 0);
    assert_close(dia_quantile(3, heavy, masses, 0.5), 3, 0, 0.01); /* nearly all weight is on 3 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(equal_weights),          cmocka_unit_test(share),
                                       cmocka_unit_test(weight_zero_is_absence), cmocka_unit_test(too_few),
                                       cmocka_unit_test(a_part_is_sorted),       cmocka_unit_test(quantiles),
                                       cmocka_unit_test(weighted_quantiles)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
