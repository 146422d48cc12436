/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bootstrap against what its replicates themselves say, and against the symmetries of its intervals. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/mean.h"
#include "statistics/resample.h"

enum { N = 40, REPLICATES = 400, VALUES = 3 };

typedef struct sample {
    double x[N];
    double kept[VALUES][REPLICATES]; /* of the replicates, in the order in which they came */
    int calls;
} sample;

/* The mean; its negative; the mean of those resamples that have member 0. */
static void evaluate(void *context, const int *times, int thread, double *values)
{
    sample *s = context;
    int all = 0;
    double sum = 0.0;
    (void)thread;
    for (int i = 0; i < N; i++) {
        all += times[i];
        sum += times[i] * s->x[i];
    }
    assert_int_equal(all, N);
    values[0] = sum / N;
    values[1] = -values[0];
    values[2] = times[0] > 0 ? values[0] : NAN;
    for (int v = 0; v < VALUES; v++)
        s->kept[v][s->calls] = values[v];
    s->calls++;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void fill(sample *s)
{
    *s = (sample){.calls = 0};
    for (int i = 0; i < N; i++)
        s->x[i] = exp(2.0 * i / N); /* not symmetric */
}

static double mean_of(const sample *s)
{
    double sum = 0.0;
    for (int i = 0; i < N; i++)
        sum += s->x[i] / N;
    return sum;
}

static void intervals_about(sample *s, double middle, int replicates, double acceleration, dia_interval *interval)
{
    dia_error error = {0};
    const double centre[VALUES] = {middle, -middle, middle}, bend[VALUES] = {acceleration, -acceleration, acceleration};
    const dia_resampling r = {.n = N,
                              .replicates = replicates,
                              .seed = 11,
                              .threads = 1,
                              .nvalue = VALUES,
                              .context = s,
                              .evaluate = evaluate,
                              .centre = centre,
                              .acceleration = bend};
    assert_ok(dia_resample(&r, interval, &error), &error);
    assert_int_equal(s->calls, replicates);
}

static void intervals_of(sample *s, double acceleration, dia_interval *interval)
{
    intervals_about(s, mean_of(s), REPLICATES, acceleration, interval);
}

/* Ends, spread and failures are those of the replicates that are numbers. */
static void intervals_are_of_the_replicates(void **state)
{
    (void)state;
    sample s;
    dia_interval interval[VALUES];
    fill(&s);
    intervals_of(&s, 0.0, interval);
    for (int v = 0; v < VALUES; v++) {
        double one[REPLICATES], sum = 0.0, square = 0.0;
        int n = 0;
        for (int i = 0; i < REPLICATES; i++)
            if (!isnan(s.kept[v][i]))
                one[n++] = s.kept[v][i];
        for (int i = 0; i < n; i++)
            sum += one[i] / n;
        for (int i = 0; i < n; i++)
            square += (one[i] - sum) * (one[i] - sum) / (n - 1);
        qsort(one, (size_t)n, sizeof *one, ascending);
        assert_int_equal(interval[v].failed, REPLICATES - n);
        assert_close(interval[v].spread, sqrt(square), 1e-12, 0.0); /* rounding of sums of 400 */
        /* Whatever the rule between two of them: the share below the ends. */
        int below = 0, above = 0;
        for (int i = 0; i < n; i++) {
            below += one[i] < interval[v].low;
            above += one[i] > interval[v].high;
        }
        assert_close(below, 0.025 * n, 0.0, 1.0);
        assert_close(above, 0.025 * n, 0.0, 1.0);
    }
    /* A resample lacks a member with probability (1 - 1/N)^N = 0.363: 145 of 400, 4 sigma are 38. */
    assert_close(interval[2].failed, REPLICATES * pow(1.0 - 1.0 / N, N), 0.0, 38.0);
    /* The bootstrap's spread of a mean is that of the sample over sqrt(N): 400 replicates know it to 3.5 %, 4 sigma. */
    double variance = 0.0;
    for (int i = 0; i < N; i++)
        variance += pow(s.x[i] - mean_of(&s), 2) / N;
    assert_close(interval[0].spread, sqrt(variance / N), 0.14, 0.0);
}

/* The interval of -x is that of x turned round, corrected or not. */
static void a_turned_quantity_has_the_turned_interval(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        sample s;
        dia_interval interval[VALUES];
        fill(&s);
        intervals_of(&s, 0.05 * (i - 1), interval);
        assert_close(interval[1].low, -interval[0].high, 1e-14, 0.0);
        assert_close(interval[1].high, -interval[0].low, 1e-14, 0.0);
        assert_close(interval[1].bca[0], -interval[0].bca[1], 1e-12, 0.0);
        assert_close(interval[1].bca[1], -interval[0].bca[0], 1e-12, 0.0);
        assert_true(interval[0].bca[0] < interval[0].bca[1]);
    }
}

/* With none or one of the replicates on one side of the value there is nothing to correct by, above as below: percentiles. With two
 * there is. 256 replicates: shares are exact in binary. */
static void values_at_the_edge_are_not_corrected(void **state)
{
    (void)state;
    enum { FEW = 256 };
    sample s;
    dia_interval interval[VALUES];
    double one[FEW];
    fill(&s);
    intervals_about(&s, mean_of(&s), FEW, 0.0, interval);
    memcpy(one, s.kept[0], sizeof one);
    qsort(one, FEW, sizeof *one, ascending);
    for (int out = 0; out < 3; out++) {
        fill(&s);
        intervals_about(&s, out == 0 ? one[FEW - 1] + 1.0 : 0.5 * (one[FEW - out] + one[FEW - out - 1]), FEW, 0.0,
                        interval);
        for (int v = 0; v < 2; v++) {
            assert_true((interval[v].bca[0] == interval[v].low) == (out < 2));
            assert_true((interval[v].bca[1] == interval[v].high) == (out < 2));
        }
    }
}

/* A positive acceleration (the error grows with the value) moves both ends up, and without a defined one the percentiles stay. */
static void acceleration_moves_the_interval(void **state)
{
    (void)state;
    const double accelerations[4] = {-0.05, 0.0, 0.05, NAN};
    dia_interval interval[4][VALUES];
    for (int i = 0; i < 4; i++) {
        sample s;
        fill(&s);
        intervals_of(&s, accelerations[i], interval[i]);
    }
    for (int end = 0; end < 2; end++)
        for (int i = 1; i < 3; i++)
            assert_true(interval[i][0].bca[end] > interval[i - 1][0].bca[end]);
    assert_close(interval[3][0].bca[0], interval[3][0].low, 0.0, 0.0);
    assert_close(interval[3][0].bca[1], interval[3][0].high, 0.0, 0.0);
}

typedef struct impatient { /* asks to stop when it is evaluated the fifth time */
    int calls, stop;
} impatient;

static void stop_at_the_fifth(void *context, const int *times, int thread, double *values)
{
    impatient *s = context;
    (void)times;
    (void)thread;
    s->stop = ++s->calls == 5;
    values[0] = 1.0;
}

/* No further resample is made, and what the others gave is no result. */
static void a_caller_can_stop_it(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_interval interval = {.spread = -1.0};
    impatient s = {.calls = 0};
    const double centre = 1.0;
    const dia_resampling r = {.n = N,
                              .replicates = REPLICATES,
                              .threads = 1,
                              .control = &(dia_control){.stop = &s.stop},
                              .nvalue = 1,
                              .context = &s,
                              .evaluate = stop_at_the_fifth,
                              .centre = &centre};
    assert_int_equal(dia_resample(&r, &interval, &error), DIA_ERROR_INTERRUPTED);
    assert_int_equal(s.calls, 5);
    assert_true(interval.spread == -1.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(intervals_are_of_the_replicates), cmocka_unit_test(a_turned_quantity_has_the_turned_interval),
        cmocka_unit_test(values_at_the_edge_are_not_corrected), cmocka_unit_test(acceleration_moves_the_interval),
        cmocka_unit_test(a_caller_can_stop_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
