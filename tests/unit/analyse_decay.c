/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decay models and their fit: derivatives, exact data, an exhaustive search as oracle, and the delay that must not be
 * negative. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "analyse/kinetics/decay.h"
#include "base/rng.h"
#include "statistics/resample.h"

enum { SAMPLES = 101 };

static const dia_decay_type *decay_type(const char *name)
{
    const dia_decay_type *type = dia_decay_types;
    while (type->name != NULL && strcmp(type->name, name) != 0)
        type++;
    return type->name != NULL ? type : NULL;
}

static double random_in(double low, double high, int i)
{
    return low + (high - low) * dia_rng_uniform(5, (uint64_t)i, 0, DIA_PURPOSE_TEST, 0);
}

static void fill_time(double *time)
{
    for (int i = 0; i < SAMPLES; i++)
        time[i] = 2.0 * i;
}

/* Central differences with step h: error h^2/6 times the third derivative, which is of order 1 here: 1e-9 and rounding
 * 1e-16/h. */
static void derivatives(void **state)
{
    (void)state;
    const double h = 3e-5, small = 1e-8;
    for (const dia_decay_type *type = dia_decay_types; type->name != NULL; type++)
        for (int trial = 0; trial < 50; trial++) {
            double q[DIA_DECAY_PARAMETERS], gradient[DIA_DECAY_PARAMETERS], slope, unused,
                ignored[DIA_DECAY_PARAMETERS];
            for (int k = 0; k < type->nparameter; k++)
                q[k] = random_in(-1, 2, 10 * trial + k);
            const double s = random_in(0.01, 5, 10 * trial + 9);
            type->shape(q, s, &slope, gradient);
            assert_close(slope,
                         (type->shape(q, s + h, &unused, ignored) - type->shape(q, s - h, &unused, ignored)) / (2 * h),
                         0, small);
            for (int k = 0; k < type->nparameter - type->delayed; k++) {
                const double at = q[k];
                q[k] = at + h;
                const double above = type->shape(q, s, &unused, ignored);
                q[k] = at - h;
                const double below = type->shape(q, s, &unused, ignored);
                q[k] = at;
                assert_close(gradient[k], (above - below) / (2 * h), 0, small);
            }
        }
}

/* P = 1 at the end of the delay and before, whatever the parameters; and 1/e after a lifetime. */
static void closed_forms(void **state)
{
    (void)state;
    const double delayed[2] = {log(30), 12}, one[1] = {log(30)}, two[4] = {log(10), log(50), log(0.25 / 0.75), 5};
    const dia_decay_type *type = decay_type("delayed");
    assert_close(dia_decay_value(type, delayed, 0), 1, 0, 0);
    assert_close(dia_decay_value(type, delayed, 12), 1, 0, 0);
    assert_close(dia_decay_value(type, delayed, 42), exp(-1), 1e-14, 0);
    assert_close(dia_decay_value(decay_type("exponential"), one, 60), exp(-2), 1e-14, 0);
    assert_close(dia_decay_value(decay_type("biexponential"), two, 25), 0.25 * exp(-2) + 0.75 * exp(-0.4), 1e-14, 0);
    assert_null(decay_type("cubic"));
}

/* Fits P (SAMPLES), falling from 1: trajectories as many as samples, each leaving with the weight that P loses there. */
static bool fit(const char *name, const double *time, const double *P, double *values, double *sum)
{
    const dia_decay_type *type = decay_type(name);
    const dia_decay_problem problem = {.type = type, .ntime = SAMPLES, .time = time};
    const dia_regression_model model = dia_decay_model(&problem);
    dia_error error = {0};
    dia_occupation o;
    dia_regression r;
    assert_ok(dia_occupation_create(&o, SAMPLES, SAMPLES, 1, &error), &error);
    for (int leaves = 1; leaves <= SAMPLES; leaves++) {
        o.weight[o.n] = P[leaves - 1] - (leaves < SAMPLES ? P[leaves] : 0);
        for (int t = 0; t < SAMPLES; t++)
            o.species[o.n * SAMPLES + t] = (int8_t)(t < leaves ? 0 : DIA_OCCUPATION_NONE);
        o.n += o.weight[o.n] > 0;
    }
    assert_ok(dia_regression_create(&r, &model, &o, &(dia_regression_options){.control = &(dia_control){.threads = 1}},
                                    &error),
              &error);
    for (int k = 0; k < type->nparameter; k++)
        values[k] = r.quantity[k].value;
    *sum = r.sum;
    const bool fitted = r.fitted;
    dia_regression_free(&r);
    dia_occupation_free(&o);
    return fitted;
}

/* Data made by the model give back its parameters: to the tolerance of the fit, magnified by the condition of the
 * problem. */
static void exact_data(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        double q[4], values[4];
    } cases[] = {
        {"delayed", {3.4011973816621555 /* ln 30 */, 12}, {30, 12}},
        {"delayed", {4.0943445622221 /* ln 60 */, 0}, {60, 0}},
        {"exponential", {2.995732273553991 /* ln 20 */}, {20}},
        {"biexponential",
         {2.302585092994046 /* ln 10 */, 4.382026634673881 /* ln 80 */, -0.4054651081081644 /* share 0.4 */, 7},
         {10, 80, 0.4, 7}},
        {"biexponential", /* given the other way round: reported fast one first */
         {4.382026634673881, 2.302585092994046, 0.4054651081081644, 7},
         {10, 80, 0.4, 7}}};
    double time[SAMPLES], P[SAMPLES];
    fill_time(time);
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        const dia_decay_type *type = decay_type(cases[c].name);
        for (int i = 0; i < SAMPLES; i++)
            P[i] = dia_decay_value(type, cases[c].q, time[i]);
        double values[4], sum;
        assert_true(fit(cases[c].name, time, P, values, &sum));
        for (int k = 0; k < type->nparameter; k++)
            assert_close(values[k], cases[c].values[k], 1e-5, 1e-5);
        assert_true(sum < 1e-12);
    }
}

/* A survival curve of `count` departures, delay 15, lifetime 40: steps, as real ones are. */
static void noisy(int seed, int count, const double *time, double *P)
{
    for (int i = 0; i < SAMPLES; i++)
        P[i] = 0;
    for (int j = 0; j < count; j++) {
        const double departure = 15 - 40 * log(dia_rng_uniform((uint64_t)seed, (uint64_t)j, 0, DIA_PURPOSE_TEST, 0));
        for (int i = 0; i < SAMPLES; i++)
            P[i] += (time[i] < departure) / (double)count;
    }
}

/* The model has a kink at the delay, so the sum of squares may have several minima: no point of a fine grid may lie
 * lower than the fit (grid: lifetime 10..100 by 0.5, delay 0..40 by 0.25). */
static void no_grid_point_is_lower(void **state)
{
    (void)state;
    const dia_decay_type *type = decay_type("delayed");
    double time[SAMPLES], P[SAMPLES];
    fill_time(time);
    for (int seed = 0; seed < 10; seed++) {
        double values[4], sum;
        noisy(seed, 20 + 20 * seed, time, P);
        assert_true(fit("delayed", time, P, values, &sum));
        for (double lifetime = 10; lifetime <= 100; lifetime += 0.5)
            for (double delay = 0; delay <= 40; delay += 0.25) {
                const double at[2] = {log(lifetime), delay};
                double there = 0;
                for (int i = 0; i < SAMPLES; i++)
                    there += pow(dia_decay_value(type, at, time[i]) - P[i], 2);
                if (there < sum * (1 - 1e-9))
                    fail_msg("seed %d: (%g, %g) has %g, the fit (%g, %g) %g", seed, lifetime, delay, there, values[0],
                             values[1], sum);
            }
    }
}

/* A convex start pulls the delay below zero: the fit must end at zero, and there be the one without delay. */
static void delay_is_not_negative(void **state)
{
    (void)state;
    const double two[4] = {1.6094379124341003 /* ln 5 */, 4.382026634673881 /* ln 80 */, 0, 0};
    double time[SAMPLES], P[SAMPLES], values[4], sum, values1[4], sum1;
    fill_time(time);
    for (int i = 0; i < SAMPLES; i++)
        P[i] = dia_decay_value(decay_type("biexponential"), two, time[i]);
    assert_true(fit("delayed", time, P, values, &sum));
    assert_true(fit("exponential", time, P, values1, &sum1));
    assert_close(values[1], 0, 0, 0);
    assert_close(values[0], values1[0], 1e-6, 0); /* the last step of each fit is below 1e-7 */
    assert_close(sum, sum1, 1e-9, 0);
}

/* n trajectories that decay with a lifetime of 40, one in ten with five times the weight; the last third is absent from 100 on. */
static void decaying(int n, const double *time, dia_occupation *o)
{
    dia_error error = {0};
    assert_ok(dia_occupation_create(o, n, SAMPLES, 1, &error), &error);
    for (int j = 0; j < n; j++) {
        const double leaves = -40.0 * log(dia_rng_uniform(6, (uint64_t)j, 0, DIA_PURPOSE_TEST, 0));
        o->weight[j] = j % 10 == 0 ? 5.0 : 1.0;
        for (int t = 0; t < SAMPLES; t++)
            o->species[j * SAMPLES + t] = (int8_t)(3 * j >= 2 * n && time[t] >= 100 ? DIA_OCCUPATION_ABSENT
                                                   : time[t] < leaves               ? 0
                                                                                    : DIA_OCCUPATION_NONE);
    }
    o->n = n;
}

/* Of a large sample groups are drawn. Every group once is the whole sample; and the intervals are as wide as the errors that
 * the fit has from the covariance say: the width is known to 1.6 % (groups) and 3.5 % (400 resamples; the percentiles
 * themselves are noisier, 5 %), so that 25 % are more than four standard deviations. */
static void large_samples_are_drawn_in_groups(void **state)
{
    (void)state;
    double time[SAMPLES], share[SAMPLES], grouped[SAMPLES];
    dia_error error = {0};
    dia_occupation o;
    dia_occupation_groups groups;
    dia_regression r;
    static int once[DIA_RESAMPLE_GROUPS];
    for (int g = 0; g < DIA_RESAMPLE_GROUPS; g++)
        once[g] = 1;
    fill_time(time);
    decaying(DIA_RESAMPLE_LARGE + 1, time, &o);
    assert_ok(dia_occupation_groups_create(&groups, &o, 1, &error), &error);
    assert_int_equal(groups.n, DIA_RESAMPLE_GROUPS);
    dia_occupation_shares(&o, NULL, share, NULL);
    dia_occupation_groups_shares(&groups, once, grouped);
    for (int t = 0; t < SAMPLES; t++)
        assert_close(grouped[t], share[t], 1e-12, 0); /* 4,001 terms in another order */
    const dia_decay_problem problem = {.type = decay_type("exponential"), .ntime = SAMPLES, .time = time};
    const dia_regression_model model = dia_decay_model(&problem);
    const dia_regression_options options = {.bootstrap = 400, .seed = 3, .control = &(dia_control){.threads = 1}};
    assert_ok(dia_regression_create(&r, &model, &o, &options, &error), &error);
    assert_true(r.fitted && r.bootstrap_failed == 0);
    const double half = 0.5 * (r.quantity[0].high - r.quantity[0].low);
    assert_close(half, 1.96 * r.quantity[0].standard_error, 0.25, 0);
    dia_regression_free(&r);
    dia_occupation_groups_free(&groups);
    dia_occupation_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(derivatives),
                                       cmocka_unit_test(closed_forms),
                                       cmocka_unit_test(exact_data),
                                       cmocka_unit_test(no_grid_point_is_lower),
                                       cmocka_unit_test(delay_is_not_negative),
                                       cmocka_unit_test(large_samples_are_drawn_in_groups)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
