/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lifetimes of made-up swarms: the truth within the interval, intervals that cover as often as they say, the same
 * result whatever the threads, weights, and refusals. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "analyse/kinetics/lifetime.h"
#include "synthetic.h"

static const dia_decay_type *decay_type(const char *name)
{
    const dia_decay_type *type = dia_decay_types;
    while (type->name != NULL && strcmp(type->name, name) != 0)
        type++;
    return type->name != NULL ? type : NULL;
}

static char path[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "lifetime_%ld.h5", (long)getpid());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return remove(path) != 0 && access(path, F_OK) == 0;
}

static dia_lifetime analyse(const synthetic_swarm *swarm, const dia_lifetime_options *options)
{
    dia_error error = {0};
    dia_record *record = NULL;
    dia_lifetime lifetime;
    synthetic_swarm_write(swarm, path);
    assert_ok(dia_record_load(&record, path, &error), &error);
    assert_ok(dia_lifetime_create(&lifetime, record, options, &error), &error);
    dia_record_free(record);
    return lifetime;
}

static const synthetic_swarm usual = {
    .ntrajectory = 1000, .ntime = 101, .nstate = 3, .from = 1, .every = 2, .lifetime = 45, .delay = 20, .seed = 3};

/* Standard errors of N departures timed exactly: lifetime/sqrt(N); least squares on a curve loses some of it, and the
 * samples of 2 fs add nothing. 4 sigma of twice that. The truth lies within the interval for this seed as for 95 of
 * 100. */
static void recovers_the_truth(void **state)
{
    (void)state;
    const dia_lifetime_options options = {.type = decay_type("delayed"), .from = -1, .bootstrap = 200, .seed = 1};
    dia_lifetime l = analyse(&usual, &options);
    assert_string_equal(l.refused, "");
    assert_int_equal(l.from, 1);
    assert_int_equal(l.started, 1000);
    const double sigma = 2 * 45 / sqrt(1000);
    assert_close(l.value[0], 45, 0, 4 * sigma);
    assert_close(l.value[1], 20, 0, 4 * sigma);
    for (int k = 0; k < 2; k++) {
        const double truth = k == 0 ? 45 : 20;
        assert_true(l.low[k] < truth && truth < l.high[k]);
        assert_true(l.low[k] < l.value[k] && l.value[k] < l.high[k]);
        assert_true(l.high[k] - l.low[k] < 8 * sigma);
    }
    assert_int_equal(l.bootstrap, 200);
    assert_int_equal(l.bootstrap_failed, 0);
    dia_lifetime_free(&l);
}

static void recovers_two_lifetimes(void **state)
{
    (void)state;
    synthetic_swarm swarm = usual;
    swarm.ntrajectory = 2000;
    swarm.lifetime = 12;
    swarm.slow_lifetime = 90;
    swarm.slow_share = 0.6;
    swarm.ntime = 151;
    const dia_lifetime_options options = {.type = decay_type("biexponential"), .from = 1, .bootstrap = 40, .seed = 1};
    dia_lifetime l = analyse(&swarm, &options);
    assert_string_equal(l.refused, "");
    const double truth[4] = {12, 90, 0.4, 20};
    for (int k = 0; k < 4; k++) /* two interval widths: 4 sigma from the truth at most */
        assert_true(fabs(l.value[k] - truth[k]) < l.high[k] - l.low[k] && l.high[k] - l.low[k] < 0.5 * truth[k]);
    dia_lifetime_free(&l);
}

/* The number of threads and of further resamplings changes no resample: bitwise the same. */
static void threads_play_no_part(void **state)
{
    (void)state;
    dia_lifetime_options options = {.type = decay_type("delayed"),
                                    .from = -1,
                                    .bootstrap = 100,
                                    .seed = 7,
                                    .control = &(dia_control){.threads = 1}};
    synthetic_swarm swarm = usual;
    swarm.ntrajectory = 100;
    dia_lifetime one = analyse(&swarm, &options);
    options.control = &(dia_control){.threads = 3};
    dia_lifetime three = analyse(&swarm, &options);
    options.seed = 8;
    dia_lifetime other = analyse(&swarm, &options);
    assert_memory_equal(one.low, three.low, 2 * sizeof(double));
    assert_memory_equal(one.high, three.high, 2 * sizeof(double));
    assert_true(one.low[0] != other.low[0]);
    assert_true(one.value[0] == other.value[0]);
    dia_lifetime_free(&one);
    dia_lifetime_free(&three);
    dia_lifetime_free(&other);
}

/* Records made in memory: trajectories that leave state 1 at random. */
enum { COVER_N = 150, COVER_T = 31, REPEATS = 100 };

static void fill_record(dia_record *record, uint64_t seed, double *time, int8_t *active, int8_t *start, double *weight)
{
    const synthetic_swarm swarm = {.lifetime = 30, .delay = 10, .seed = seed};
    *record = (dia_record){.ntime = COVER_T,
                           .nstate = 2,
                           .ntrajectory = COVER_N,
                           .ncounted = COVER_N,
                           .time = time,
                           .active = active,
                           .start = start,
                           .weight = weight};
    for (int i = 0; i < COVER_T; i++)
        time[i] = 4 * i;
    for (int j = 0; j < COVER_N; j++) {
        start[j] = 1;
        weight[j] = 1;
        const double departure = synthetic_departure(&swarm, j);
        for (int i = 0; i < COVER_T; i++)
            active[j * COVER_T + i] = time[i] < departure;
    }
}

/* Of 100 intervals of 95 %, 88 to 100 must hold the truth: the number is binomial with standard deviation 2.2, so 88
 * is 3.2 sigma below 95. Too wide intervals would hold it too, so their mean width is compared with the spread of the
 * estimates, which 100 of them tell to 7 %: 3 sigma. */
static void intervals_cover(void **state)
{
    (void)state;
    static int8_t active[COVER_N * COVER_T], start[COVER_N];
    static double time[COVER_T], weight[COVER_N];
    const double truth[2] = {30, 10};
    int covered[2] = {0};
    double width[2] = {0}, sum[2] = {0}, sum2[2] = {0};
    const uint64_t seed = check_seed(100);
    for (int r = 0; r < REPEATS; r++) {
        dia_record record;
        dia_error error = {0};
        dia_lifetime l;
        const dia_lifetime_options options = {
            .type = decay_type("delayed"), .from = 1, .bootstrap = 100, .seed = (uint64_t)r};
        fill_record(&record, seed + (uint64_t)r, time, active, start, weight);
        assert_ok(dia_lifetime_create(&l, &record, &options, &error), &error);
        for (int k = 0; k < 2; k++) {
            covered[k] += l.low[k] <= truth[k] && truth[k] <= l.high[k];
            width[k] += (l.high[k] - l.low[k]) / REPEATS;
            sum[k] += l.value[k] / REPEATS;
            sum2[k] += l.value[k] * l.value[k] / REPEATS;
        }
        dia_lifetime_free(&l);
    }
    for (int k = 0; k < 2; k++) {
        const double spread = sqrt(sum2[k] - sum[k] * sum[k]);
        print_message("parameter %d: %d of %d cover, mean %g, width %g, 3.92 spreads %g\n", k, covered[k], REPEATS,
                      sum[k], width[k], 3.92 * spread);
        assert_in_range(covered[k], 88, 100);
        assert_close(width[k] / (3.92 * spread), 1, 0, 0.21);
        assert_close(sum[k], truth[k], 0,
                     0.05 * truth[k]); /* no bias worth the name: mean of 100, each to about 10 % */
    }
}

/* A trajectory of weight 2 is two trajectories of weight 1, to the value of the fit. */
static void weights_count(void **state)
{
    (void)state;
    static int8_t active[COVER_N * COVER_T], start[COVER_N];
    static double time[COVER_T], weight[COVER_N];
    dia_record record;
    dia_error error = {0};
    dia_lifetime twice, heavy, plain;
    const dia_lifetime_options options = {.type = decay_type("delayed"), .from = 1};
    fill_record(&record, 5, time, active, start, weight);
    assert_ok(dia_lifetime_create(&plain, &record, &options, &error), &error);
    memcpy(active + COVER_T * 75, active, COVER_T * 25); /* row j and row 75+j are twins, j < 25 */
    assert_ok(dia_lifetime_create(&twice, &record, &options, &error), &error);
    for (int j = 0; j < 25; j++) {
        weight[j] = 2;
        weight[75 + j] = 0;
    }
    assert_ok(dia_lifetime_create(&heavy, &record, &options, &error), &error);
    assert_int_equal(twice.started, COVER_N);
    assert_int_equal(heavy.started, COVER_N - 25);
    assert_close(heavy.value[0], twice.value[0], 1e-7, 0); /* tolerance of the fit */
    assert_close(heavy.lowest, twice.lowest, 1e-14, 0);
    assert_true(fabs(heavy.value[0] - plain.value[0]) > 1e-3);
    dia_lifetime_free(&twice);
    dia_lifetime_free(&heavy);
    dia_lifetime_free(&plain);
}

static void refuses_rather_than_guesses(void **state)
{
    (void)state;
    dia_lifetime_options options = {.type = decay_type("delayed"), .from = -1, .bootstrap = 100};
    synthetic_swarm few = usual, slow = usual, coarse = usual;
    few.ntrajectory = 12;
    few.lifetime = 1000;
    slow.lifetime = 4000;
    coarse.ntime = 7;
    coarse.every = 20;
    dia_lifetime l = analyse(&few, &options);
    assert_non_null(strstr(l.refused, "at least 10"));
    assert_true(isnan(l.value[0]));
    assert_null(l.curve);
    dia_lifetime_free(&l);
    l = analyse(&slow, &options);
    assert_non_null(strstr(l.refused, "fly longer"));
    dia_lifetime_free(&l);
    l = analyse(&coarse, &options);
    assert_non_null(strstr(l.refused, "7 samples"));
    dia_lifetime_free(&l);
    synthetic_swarm plateau =
        usual; /* half of them leave at once, the others practically never: no single exponential */
    plateau.lifetime = 2;
    plateau.slow_lifetime = 1e5;
    plateau.slow_share = 0.5;
    l = analyse(&plateau, &options);
    assert_non_null(strstr(l.refused, "does not decay like that"));
    assert_true(isnan(l.low[0]));
    dia_lifetime_free(&l);
    options.type = decay_type("biexponential"); /* but two */
    options.bootstrap = 40;
    l = analyse(&plateau, &options);
    assert_string_equal(l.refused, "");
    assert_close(l.value[2], 0.5, 0, 4 * 0.5 / sqrt(1000)); /* binomial, 4 sigma */
    assert_true(l.explained > 0.9);
    dia_lifetime_free(&l);
}

/* Half of them leave soon, the others practically never, or all leave between two samples: nothing is seen of that
 * time constant, by any shape that has it. A slow one that is seen keeps its value. */
static void a_time_constant_that_is_not_seen_has_no_value(void **state)
{
    (void)state;
    synthetic_swarm swarm = usual;
    swarm.lifetime = 10;
    swarm.slow_lifetime = 1e9;
    swarm.slow_share = 0.5;
    dia_lifetime_options options = {.from = -1, .bootstrap = 40, .seed = 1};
    for (int resampled = 1; resampled >= 0; resampled--) {
        options.bootstrap = resampled ? 40 : 0;
        dia_lifetime l = analyse(&swarm, &options);
        assert_string_equal(l.type->name, "biexponential");
        assert_true(isnan(l.value[1]) && isnan(l.high[1]));
        assert_string_equal(l.undetermined[1], "plateau");
        assert_int_equal(l.low[1] > 1000, resampled); /* fewer than 4 of 500 left in 200 fs */
        assert_null(l.undetermined[0]);
        assert_true(fabs(l.value[0] - 10) < 3);
        assert_null(l.undetermined[2]); /* a share, a delay */
        assert_null(l.undetermined[3]);
        const dia_decay_shape *shape = &l.shape[2];
        assert_string_equal(shape->model, "biexponential");
        assert_true(isnan(shape->value[1]) && shape->undetermined[1] != NULL && !isnan(shape->value[0]));
        dia_lifetime_free(&l);
    }
    swarm.slow_lifetime = 400;
    dia_lifetime l = analyse(&swarm, &options);
    assert_null(l.undetermined[1]);
    assert_true(l.value[1] > 200 && l.value[1] < 800);
    dia_lifetime_free(&l);
    swarm = usual;
    swarm.lifetime = 0.01;
    for (const dia_decay_type *type = dia_decay_types; type->name != NULL; type++) {
        options.type = type->delayed ? type : NULL; /* without a delay they cannot be so steep */
        l = analyse(&swarm, &options);
        assert_string_equal(l.undetermined[0], "instant");
        assert_true(isnan(l.value[0]));
        dia_lifetime_free(&l);
    }
}

/* The data choose: a plateau rejects one exponential behind a delay, and the shape with the largest weight leads; asked
 * for, the rejected one stays and is said to be so; data of that shape leave it first. */
static void the_shape_that_the_data_support_leads(void **state)
{
    (void)state;
    synthetic_swarm plateau = usual;
    plateau.lifetime = 5;
    plateau.slow_lifetime = 300;
    plateau.slow_share = 0.5;
    dia_lifetime_options options = {.from = -1};
    dia_lifetime l = analyse(&plateau, &options);
    assert_string_equal(l.type->name, "biexponential");
    assert_non_null(strstr(l.note, "'delayed' is not supported"));
    assert_true(l.weight > 0.5 && l.beyond < l.shape[0].beyond);
    dia_lifetime_free(&l);
    options.type = decay_type("delayed");
    l = analyse(&plateau, &options);
    assert_string_equal(l.type->name, "delayed");
    assert_non_null(strstr(l.note, "'biexponential' describes them better"));
    dia_lifetime_free(&l);
    options.type = NULL;
    l = analyse(&usual, &options);
    assert_string_equal(l.type->name, "delayed");
    assert_string_equal(l.note, "");
    dia_lifetime_free(&l);
}

static void wrong_questions(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_record *record = NULL;
    dia_lifetime l;
    synthetic_swarm swarm = usual;
    swarm.ntrajectory = 50;
    synthetic_swarm_write(&swarm, path);
    assert_ok(dia_record_load(&record, path, &error), &error);
    dia_lifetime_options options = {.type = decay_type("delayed"), .from = 3};
    assert_int_equal(dia_lifetime_create(&l, record, &options, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "0 to 2"));
    dia_error_clear(&error);
    options.from = 2;
    assert_int_equal(dia_lifetime_create(&l, record, &options, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "most started in 1"));
    dia_error_clear(&error);
    options.from = 1;
    options.bootstrap = 39;
    assert_int_equal(dia_lifetime_create(&l, record, &options, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "at least 40"));
    dia_record_free(record);
}

/* ---- a population without trajectories ------------------------------------------------------- */

static dia_lifetime of_curve(int ntime, double end, double first, double slow_share)
{
    dia_error error = {0};
    dia_lifetime l;
    double time[3001], p[3001];
    for (int t = 0; t < ntime; t++) {
        time[t] = end * t / (ntime - 1);
        const double late = fmax(time[t] - 20, 0);
        p[t] = first * ((1 - slow_share) * exp(-late / 12) + slow_share * exp(-late / 90));
    }
    const dia_lifetime_options options = {.from = 1, .bootstrap = 1000};
    assert_ok(dia_lifetime_of_curve(&l, ntime, time, p, 1e-4, &options, &error), &error);
    return l;
}

/* The layers have the shares of the curve to rounding, so the fit finds the constants that made it, whatever the first
 * value; of a long curve they are rounded to 1/1000. Of two lifetimes one shape has the smallest residual. */
static void a_curve_has_its_own_constants(void **state)
{
    (void)state;
    const double first[2] = {1, 0.9};
    for (int i = 0; i < 2; i++) {
        dia_lifetime l = of_curve(101, 200, first[i], 0);
        assert_string_equal(l.type->name, "delayed");
        assert_close(l.value[0], 12, 0, 1e-4);
        assert_close(l.value[1], 20, 0, 1e-4);
        assert_true(isnan(l.low[0]) && isnan(l.high[0]) && l.bootstrap == 0 && l.curve_only);
        assert_close(l.survival[100], exp(-15.0), 0, 1e-12);
        dia_lifetime_free(&l);
    }
    dia_lifetime l = of_curve(3001, 200, 1, 0);
    assert_close(l.value[0], 12, 0, 0.01);
    assert_close(l.value[1], 20, 0, 0.01);
    dia_lifetime_free(&l);
    l = of_curve(151, 300, 1, 0.6);
    assert_string_equal(l.type->name, "biexponential");
    assert_non_null(strstr(l.note, "'biexponential' leads"));
    const double truth[4] = {12, 90, 0.4, 20};
    for (int k = 0; k < 4; k++)
        assert_close(l.value[k], truth[k], 1e-3, 0);
    dia_lifetime_free(&l);
}

static void a_curve_that_is_no_decay_is_refused(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_lifetime l;
    double time[50], grows[50], stays[50];
    for (int t = 0; t < 50; t++) {
        time[t] = t;
        grows[t] = 0.2 + 0.01 * t;
        stays[t] = 1 - 0.001 * t;
    }
    const dia_lifetime_options options = {.from = 0};
    assert_ok(dia_lifetime_of_curve(&l, 50, time, grows, 1e-4, &options, &error), &error);
    assert_non_null(strstr(l.refused, "grows, from 0.200"));
    dia_lifetime_free(&l);
    assert_ok(dia_lifetime_of_curve(&l, 50, time, stays, 1e-4, &options, &error), &error);
    assert_non_null(strstr(l.refused, "falls only to 0.951"));
    dia_lifetime_free(&l);
    for (int t = 0; t < 50; t++) /* of this a decay could be fitted from its second time on */
        grows[t] = t == 0 ? 0.5 : exp(-0.1 * t);
    assert_ok(dia_lifetime_of_curve(&l, 50, time, grows, 1e-4, &options, &error), &error);
    assert_non_null(strstr(l.refused, "grows, from 0.500 at the start to 0.905 at 1 fs"));
    dia_lifetime_free(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(recovers_the_truth),
                                       cmocka_unit_test(recovers_two_lifetimes),
                                       cmocka_unit_test(threads_play_no_part),
                                       cmocka_unit_test(intervals_cover),
                                       cmocka_unit_test(weights_count),
                                       cmocka_unit_test(refuses_rather_than_guesses),
                                       cmocka_unit_test(a_time_constant_that_is_not_seen_has_no_value),
                                       cmocka_unit_test(the_shape_that_the_data_support_leads),
                                       cmocka_unit_test(wrong_questions),
                                       cmocka_unit_test(a_curve_has_its_own_constants),
                                       cmocka_unit_test(a_curve_that_is_no_decay_is_refused)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
