/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Weighted means and their standard errors. */
#include "check.h"

#include <math.h>

#include "base/rng.h"
#include "statistics/mean.h"
#include "statistics/population.h"

static void equal_weights_give_textbook_errors(void **state)
{
    (void)state;
    const double x[] = {0.25, 0.75, 0.5, 1.0, 0.0};
    dia_mean mean;
    assert_ok(dia_mean_create(&mean, 1, 0, NULL), NULL);
    for (int i = 0; i < 5; i++)
        dia_mean_add(&mean, 1.0, &x[i]);
    double average, error;
    dia_mean_result(&mean, &average, &error);
    /* mean 1/2; s^2 = (1/16 + 1/16 + 0 + 1/4 + 1/4)/4 = 5/32; error = s/sqrt(5). A handful of roundings. */
    assert_close(average, 0.5, 0, 1e-15);
    assert_close(error, sqrt(5.0 / 32.0 / 5.0), 1e-14, 0);
    assert_close(dia_mean_binomial(&mean, 0.3), sqrt(0.3 * 0.7 / 5.0), 1e-14, 0);
    dia_mean_free(&mean);
    dia_mean_free(&mean); /* nothing is left to be freed */
}

static void scaling_all_weights_changes_nothing(void **state)
{
    (void)state;
    dia_mean a, b;
    assert_ok(dia_mean_create(&a, 2, 0, NULL), NULL);
    assert_ok(dia_mean_create(&b, 2, 0, NULL), NULL);
    for (uint64_t i = 0; i < 50; i++) {
        double x[] = {dia_rng_uniform(1, i, 0, DIA_PURPOSE_TEST, 0), dia_rng_uniform(1, i, 0, DIA_PURPOSE_TEST, 1)};
        double w = dia_rng_uniform(1, i, 0, DIA_PURPOSE_TEST, 2);
        dia_mean_add(&a, w, x);
        dia_mean_add(&b, 1000.0 * w, x);
    }
    double xa[2], ea[2], xb[2], eb[2];
    dia_mean_result(&a, xa, ea);
    dia_mean_result(&b, xb, eb);
    for (int i = 0; i < 2; i++) { /* sums of 50 numbers of order one: rounding */
        assert_close(xa[i], xb[i], 1e-13, 0);
        assert_close(ea[i], eb[i], 1e-13, 0);
    }
    assert_close(dia_mean_binomial(&a, 0.2), dia_mean_binomial(&b, 0.2), 1e-13, 0);
    dia_mean_free(&a);
    dia_mean_free(&b);
}

/* The error must say how far the mean of a sample scatters about the truth: 2000 samples of 40 weighted numbers. */
static void the_error_is_the_scatter_of_the_mean(void **state)
{
    (void)state;
    enum { SAMPLES = 2000, SIZE = 40 };
    double scatter = 0, claimed = 0;
    for (uint64_t s = 0; s < SAMPLES; s++) {
        dia_mean mean;
        assert_ok(dia_mean_create(&mean, 1, 0, NULL), NULL);
        for (uint32_t i = 0; i < SIZE; i++) {
            double x = dia_rng_uniform(2, s, i, DIA_PURPOSE_TEST, 0),
                   w = 0.2 + dia_rng_uniform(2, s, i, DIA_PURPOSE_TEST, 1);
            dia_mean_add(&mean, w, &x);
        }
        double average, error;
        dia_mean_result(&mean, &average, &error);
        scatter += (average - 0.5) * (average - 0.5) / SAMPLES;
        claimed += error * error / SAMPLES;
        dia_mean_free(&mean);
    }
    /* the variance of a variance from 2000 samples: sqrt(2/2000) = 3.2 %; 4 sigma; plus the bias of order 1/SIZE of the
     * ratio estimate */
    assert_close(claimed, scatter, 4 * 0.032 + 1.0 / SIZE, 0);
}

/* Ratios within groups: their errors are those of the values linear in the contributions, whose means are plain ones; and they are the
 * scatter of the ratios over many samples (4 sigma of a standard deviation from 2000: 4/sqrt(2 2000); the ratio has a bias of 1/SIZE). */
static void ratios(void **state)
{
    (void)state;
    enum { SIZE = 60, SAMPLES = 2000 };
    double sum = 0, square = 0, claimed = 0;
    for (int s = 0; s < SAMPLES; s++) {
        double x[SIZE][4], ratio[4], error[4], plain[4], other[4], contribution[4] = {0};
        dia_mean mean, linear;
        assert_ok(dia_mean_create(&mean, 4, 2, NULL), NULL);
        assert_ok(dia_mean_create(&linear, 4, 0, NULL), NULL);
        for (int j = 0; j < SIZE; j++)
            for (int k = 0; k < 4; k++)
                x[j][k] = dia_rng_uniform(9, (uint64_t)s, (uint64_t)j, DIA_PURPOSE_TEST, (uint32_t)k) < 0.3 + 0.1 * k;
        for (int j = 0; j < SIZE; j++) {
            const double w = 1 + j % 3;
            dia_mean_add(&mean, w, x[j]);
            for (int k = 0; k < 4; k++)
                contribution[k] += w * x[j][k];
        }
        dia_mean_result(&mean, ratio, error);
        for (int k = 0; k < 4; k++)
            contribution[k] /= mean.W1;
        for (int j = 0; j < SIZE; j++) {
            dia_population_linear(2, contribution, x[j]);
            dia_population_linear(2, contribution + 2, x[j] + 2);
            dia_mean_add(&linear, 1 + j % 3, x[j]);
        }
        dia_mean_result(&linear, plain, other);
        for (int k = 0; k < 4; k++) {
            assert_close(ratio[k], plain[k], 0, 1e-12);
            assert_close(error[k], other[k], 1e-9, 0);
        }
        assert_close(ratio[2] + ratio[3], 1, 0, 1e-14);
        sum += ratio[2] / SAMPLES;
        square += ratio[2] * ratio[2] / SAMPLES;
        claimed += error[2] * error[2] / SAMPLES;
        dia_mean_free(&mean);
        dia_mean_free(&linear);
    }
    assert_close(sqrt(claimed), sqrt(square - sum * sum), 4 / sqrt(2.0 * SAMPLES) + 1.0 / SIZE, 0);
}

static void what_is_undefined_is_nan(void **state)
{
    (void)state;
    dia_mean mean;
    double x = 0.7, average, error;
    assert_ok(dia_mean_create(&mean, 1, 0, NULL), NULL);
    dia_mean_result(&mean, &average, &error);
    assert_true(isnan(average) && isnan(error) && isnan(dia_mean_binomial(&mean, 0.5)));
    dia_mean_add(&mean, 2.0, &x);
    dia_mean_result(&mean, &average, &error);
    assert_true(average == 0.7 && isnan(error));
    dia_mean_add(&mean, 3.0, &x);
    dia_mean_result(&mean, &average, &error);
    assert_true(average == 0.7 && error == 0.0); /* equal numbers: exactly no scatter */
    dia_mean_free(&mean);
}

/* Quantities behind those that make up the sum are divided by it, too: here the sum of the two, which gives 1, and one of them again. */
static void ratios_to_a_part_of_the_group(void **state)
{
    (void)state;
    dia_mean two, four;
    assert_ok(dia_mean_create(&two, 2, 2, NULL), NULL);
    assert_ok(dia_mean_create(&four, 4, 4, NULL), NULL);
    four.part = 2;
    for (int j = 0; j < 30; j++) {
        const double a = dia_rng_uniform(11, (uint64_t)j, 0, DIA_PURPOSE_TEST, 0),
                     b = dia_rng_uniform(11, (uint64_t)j, 0, DIA_PURPOSE_TEST, 1), x[4] = {a, b, a + b, b};
        dia_mean_add(&two, 1 + j % 2, x);
        dia_mean_add(&four, 1 + j % 2, x);
    }
    double plain[2], error[2], ratio[4], other[4];
    dia_mean_result(&two, plain, error);
    dia_mean_result(&four, ratio, other);
    assert_memory_equal(ratio, plain, sizeof plain);
    assert_memory_equal(other, error, sizeof error);
    assert_close(ratio[2], 1.0, 0,
                 1e-14); /* sums of 30 numbers of order one: rounding, of which the error is the root */
    assert_close(other[2], 0.0, 0, 1e-7);
    assert_true(ratio[3] == plain[1] && other[3] == error[1]);
    dia_mean_free(&two);
    dia_mean_free(&four);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_weights_give_textbook_errors),   cmocka_unit_test(scaling_all_weights_changes_nothing),
        cmocka_unit_test(the_error_is_the_scatter_of_the_mean), cmocka_unit_test(ratios),
        cmocka_unit_test(ratios_to_a_part_of_the_group),        cmocka_unit_test(what_is_undefined_is_nan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
