/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a swarm file and what is counted in it: populations and their errors, internal consistency, hops, energies,
 * what is left out; and files that are not what they should be. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <hdf5.h>

#include "analyse/analyse.h"
#include "statistics/population.h"
#include "synthetic.h"

static char path[64];

static int set_up(void **state)
{
    (void)state;
    snprintf(path, sizeof path, "analyse_swarm_%ld.h5", (long)getpid());
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return remove(path) != 0 && access(path, F_OK) == 0;
}

static const synthetic_swarm usual = {
    .ntrajectory = 200, .ntime = 41, .nstate = 3, .from = 2, .every = 2.5, .lifetime = 30, .delay = 10, .seed = 9};

static dia_record *load(const synthetic_swarm *swarm)
{
    dia_error error = {0};
    dia_record *record = NULL;
    synthetic_swarm_write(swarm, path);
    assert_ok(dia_record_load(&record, path, &error), &error);
    return record;
}

static dia_consistency consistency_of(const synthetic_swarm *swarm)
{
    dia_error error = {0};
    dia_consistency c;
    dia_record *record = load(swarm);
    assert_ok(dia_consistency_create(&c, record, &error), &error);
    dia_record_free(record);
    return c;
}

/* Recomputed from the trajectories: the counts, and the binomial error in closed form. */
static void shares_and_errors(void **state)
{
    (void)state;
    dia_record *record = load(&usual);
    double p[41 * 3], error[41 * 3];
    dia_population_active_share(record, p, error);
    for (int t = 0; t < 41; t++) {
        int still = 0;
        for (int j = 0; j < 200; j++)
            still += synthetic_departure(&usual, j) > 2.5 * t;
        const double share = still / 200.0;
        assert_close(p[3 * t + 2], share, 1e-13, 0);
        assert_close(p[3 * t + 1], 1 - share, 1e-13, 1e-14);
        assert_close(p[3 * t], 0, 0, 0);
        assert_close(error[3 * t + 2], sqrt(share * (1 - share) / 200), 1e-12, 1e-9);
    }
    dia_record_free(record);
}

/* Weights 1, 2, 3: the file's own populations were made by the formulas of the documentation, written down a second
 * time. */
static void weights_are_respected(void **state)
{
    (void)state;
    synthetic_swarm swarm = usual;
    swarm.weighted = true;
    swarm.nan_every = 7;
    dia_record *record = load(&swarm);
    double p[41 * 3], error[41 * 3];
    dia_population_active_share(record, p, error);
    for (int i = 0; i < 41 * 3; i++) {
        assert_close(p[i], record->population[DIA_POPULATION_ACTIVE][i], 1e-12, 1e-14);
        assert_close(error[i], record->error[DIA_POPULATION_ACTIVE][i], 1e-10, 1e-8);
    }
    dia_record_free(record);
}

/* |c|^2 = 1 on the active state: no difference but the rounding of single precision amplitudes (2^-24 each). */
static void consistent(void **state)
{
    (void)state;
    dia_consistency c = consistency_of(&usual);
    assert_close(c.rms, 0, 0, 1e-6);
    assert_close(c.max, 0, 0, 1e-6);
    assert_close(c.noise, 0, 0, 1e-6);
    assert_close(c.stored, 0, 0, 1e-6);
    assert_close(c.norm, 0, 0, 1e-6);
    dia_consistency_free(&c);
}

/* A share x of every |c|^2 lies on the state below the active one (S2 -> S1, S1 -> S0, S0 -> S1). With s = share on S2:
 * S2 is off by +x s, S1 by x (1 - s) - x s, S0 by -x (1 - s). */
static void inconsistent(void **state)
{
    (void)state;
    synthetic_swarm swarm = usual;
    swarm.excess = 0.1;
    dia_record *record = load(&swarm);
    dia_error error = {0};
    dia_consistency c;
    assert_ok(dia_consistency_create(&c, record, &error), &error);
    double p[41 * 3], sum = 0, noise = 0;
    dia_population_active_share(record, p, NULL);
    for (int t = 0; t < 41; t++) {
        const double s = p[3 * t + 2], x = 0.1, d[3] = {-x * (1 - s), x * (1 - 2 * s), x * s};
        /* The difference of trajectory j is one of two numbers, x apart (2x for S1): its error is binomial, by n-1. */
        const double b = sqrt(s * (1 - s) / 199) * x, e[3] = {b, 2 * b, b};
        for (int k = 0; k < 3; k++) {
            assert_close(c.difference[3 * t + k], d[k], 0, 1e-6); /* single precision, as above */
            assert_close(c.error[3 * t + k], e[k], 1e-4, 1e-6);
            sum += d[k] * d[k] / 123;
            noise += e[k] * e[k] / 123;
        }
    }
    assert_close(c.rms, sqrt(sum), 1e-5, 0);
    assert_close(c.noise, sqrt(noise), 1e-4, 0);
    assert_close(fabs(c.max), 0.1, 0, 1e-6);
    assert_true(c.rms > 5 * c.noise);
    dia_consistency_free(&c);
    dia_record_free(record);
}

static void without_amplitudes(void **state)
{
    (void)state;
    synthetic_swarm swarm = usual;
    swarm.excess = 0.1;
    dia_consistency with = consistency_of(&swarm);
    swarm.no_amplitudes = true;
    dia_consistency without = consistency_of(&swarm);
    assert_close(without.rms, with.rms, 1e-6, 0);
    assert_true(isnan(without.max_error) && isnan(without.noise) && isnan(without.norm));
    dia_consistency_free(&with);
    dia_consistency_free(&without);
}

/* The generator's hops: one a departure, gaps of 1, 2, 3, ... mEh downwards. */
static void hops(void **state)
{
    (void)state;
    dia_record *record = load(&usual);
    dia_error error = {0};
    dia_hop_census census;
    assert_ok(dia_hop_census_create(&census, record, &error), &error);
    int n = 0;
    double time = 0;
    for (int j = 0; j < 200; j++)
        if (synthetic_departure(&usual, j) <= 100) {
            n++;
            time += synthetic_departure(&usual, j);
        }
    assert_true(n > 150);
    assert_int_equal(census.npair, 1);
    assert_int_equal(census.total[DIA_ACCEPTED], n);
    assert_int_equal(census.total[DIA_FRUSTRATED], 0);
    assert_int_equal(census.pair[0].from, 2);
    assert_int_equal(census.pair[0].to, 1);
    const dia_hop_group *g = &census.pair[0].group[DIA_ACCEPTED];
    assert_int_equal(g->count, n);
    assert_close(g->rate, n / 200.0, 1e-14, 0);
    assert_close(g->mean_time, time / n, 1e-12, 0);
    for (int q = 1; q <= 3; q++) /* type 5 of Hyndman and Fan, of 1..n */
        assert_close(g->gap[q - 1], 0.001 * (0.25 * q * n + 0.5), 1e-12, 0);
    assert_int_equal(census.pair[0].group[DIA_FRUSTRATED].count, 0);
    assert_true(isnan(census.pair[0].group[DIA_FRUSTRATED].gap[1]));
    dia_hop_census_free(&census);
    dia_record_free(record);
}

/* Weights 1, 2, 3: the rate is the weight of those that hopped over all weight; mean time and quartiles lean to the
 * heavy. */
static void weighted_hops(void **state)
{
    (void)state;
    synthetic_swarm swarm = usual;
    swarm.weighted = true;
    dia_record *record = load(&swarm);
    dia_error error = {0};
    dia_hop_census census;
    assert_ok(dia_hop_census_create(&census, record, &error), &error);
    double all = 0, hopped = 0, time = 0, below = 0;
    const dia_hop_group *g = &census.pair[0].group[DIA_ACCEPTED];
    for (int j = 0, k = 0; j < 200; j++) {
        const double w = j % 3 + 1, departure = synthetic_departure(&swarm, j);
        all += w;
        if (departure > 100)
            continue;
        hopped += w;
        time += w * departure;
        below += w * (0.001 * ++k < g->gap[1]);
    }
    assert_close(g->rate, hopped / all, 1e-13, 0);
    assert_close(g->mean_time, time / hopped, 1e-12, 0);
    assert_close(below, hopped / 2, 0, 3); /* half the weight below the median, but for one hop (weight 3 at most) */
    assert_true(fabs(g->gap[1] - 0.001 * (0.5 * g->count + 0.5)) > 1e-9); /* not the unweighted one */
    dia_hop_census_free(&census);
    dia_record_free(record);
}

/* One trajectory, one sample: no error bars, no lifetime, and still a page without NaN. */
static void smallest_swarm(void **state)
{
    (void)state;
    synthetic_swarm swarm = usual;
    swarm.ntrajectory = swarm.ntime = 1;
    synthetic_swarm_write(&swarm, path);
    dia_error error = {0};
    dia_analysis *a = NULL;
    const dia_lifetime_options options = {.type = dia_decay_types, .from = -1, .bootstrap = 100};
    assert_ok(dia_analysis_create(&a, path, &options, &error), &error);
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    dia_analysis_write_text(a, out);
    fclose(out);
    assert_null(strstr(text, "nan"));
    assert_non_null(strstr(text, "no fit"));
    free(text);
    dia_analysis_free(a);
}

static bool ask_to_stop(void *context, int first, int count, double *const *values)
{
    (void)first;
    (void)count;
    (void)values;
    *(int *)context = 1;
    return true;
}

/* Neither a walk over a swarm nor the whole analysis goes on after that. */
static void a_caller_can_stop_it(void **state)
{
    (void)state;
    synthetic_swarm swarm = usual;
    dia_record *record = load(&swarm);
    dia_error error = {0};
    int stop = 0;
    const dia_control control = {.stop = &stop};
    record->control = &control;
    assert_ok(dia_record_walk(record, 0, NULL, ask_to_stop, &stop, &error), &error); /* one slab, and it was the last */
    assert_int_equal(stop, 1);
    assert_int_equal(dia_record_walk(record, 0, NULL, ask_to_stop, &stop, &error), DIA_ERROR_INTERRUPTED);
    dia_record_free(record);
    char *page;
    assert_int_equal(dia_analyse(NULL, path, NULL, &control, &page, NULL, &error), DIA_ERROR_INTERRUPTED);
    assert_null(page);
}

/* Trajectory j drifts by j/(N-1) of 2 meV, up or down: the median is 1 meV, the last the worst, half of them above the limit. */
static void energies_drift(double most)
{
    synthetic_swarm swarm = usual;
    swarm.drift = most;
    dia_record *record = load(&swarm);
    dia_error error = {0};
    dia_conservation c;
    assert_ok(dia_conservation_compute(&c, record, &error), &error);
    const double rounding = 1e-13; /* hartree: of sums of 78 hartree, as doubles */
    assert_int_equal(c.count, 200);
    assert_close(c.median, 1e-3 * DIA_EV, 0, rounding);
    assert_close(c.max, 2e-3 * DIA_EV, 0, rounding);
    assert_int_equal(c.worst, 199);
    assert_int_equal(c.above, 100);
    dia_record_free(record);
}

static void energies(void **state)
{
    (void)state;
    energies_drift(2e-3 * DIA_EV);
    energies_drift(-2e-3 * DIA_EV);
}

/* Those that count for nothing are not among the energies either, wherever they stand; and of none there is no worst. */
static void energies_of_those_that_count(void **state)
{
    (void)state;
    synthetic_swarm swarm = usual;
    dia_error error = {0};
    dia_conservation c;
    swarm.drift = 2e-3 * DIA_EV;
    swarm.nan_every = 10;
    dia_record *record = load(&swarm);
    assert_ok(dia_conservation_compute(&c, record, &error), &error);
    assert_int_equal(c.count, 180);
    assert_close(c.max, 2e-3 * DIA_EV, 0, 1e-13);
    assert_int_equal(c.worst, 199);
    assert_int_equal(c.above, 90);
    dia_record_free(record);
    swarm.nan_every = 1;
    record = load(&swarm);
    assert_ok(dia_conservation_compute(&c, record, &error), &error);
    assert_int_equal(c.count, 0);
    assert_int_equal(c.worst, -1);
    assert_int_equal(c.above, 0);
    assert_true(isnan(c.max) && isnan(c.median));
    dia_record_free(record);
}

/* Every 10th trajectory met NaN: it counts nowhere, and is named. */
static void left_out(void **state)
{
    (void)state;
    synthetic_swarm swarm = usual;
    swarm.nan_every = 10;
    synthetic_swarm_write(&swarm, path);
    dia_error error = {0};
    dia_analysis *a = NULL;
    const dia_lifetime_options options = {.type = dia_decay_types, .from = -1};
    assert_ok(dia_analysis_create(&a, path, &options, &error), &error);
    assert_int_equal(a->record->ncounted, 180);
    assert_int_equal(a->fate[1], 180);
    assert_int_equal(a->fate[2], 20);
    assert_int_equal(a->conservation.count, 180);
    assert_int_equal(a->lifetime.started, 180);
    int hopped = 0;
    for (int j = 0; j < 200; j += 10)
        hopped += synthetic_departure(&swarm, j) <= 50; /* they stopped there */
    assert_int_equal(a->hops.left_out, hopped);
    assert_close(a->consistency.stored, 0, 0, 1e-6); /* the file's own populations leave them out too */
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    dia_analysis_write_text(a, out);
    fclose(out);
    assert_non_null(strstr(text, "20 left out"));
    assert_non_null(strstr(text, "trajectory 190: not a number at 50 fs"));
    free(text);
    dia_analysis_free(a);
    swarm.nan_every = 1; /* all of them: still a report, without numbers */
    synthetic_swarm_write(&swarm, path);
    assert_ok(dia_analysis_create(&a, path, &options, &error), &error);
    assert_int_equal(a->record->ncounted, 0);
    assert_non_null(strstr(a->lifetime.refused, "no trajectory"));
    out = open_memstream(&text, &size);
    dia_analysis_write_text(a, out);
    fclose(out);
    assert_null(strstr(text, "nan"));
    free(text);
    dia_analysis_free(a);
}

/* ---- damaged files: the error names the file, the dataset, what was found -------------------- */

static void must_fail(dia_status expected, const char *said)
{
    dia_error error = {0};
    dia_record *record = NULL;
    assert_int_equal(dia_record_load(&record, path, &error), expected);
    assert_null(record);
    if (strstr(error.text, said) == NULL || strstr(error.text, path) == NULL)
        fail_msg("'%s' should name '%s' and say '%s'", error.text, path, said);
}

static void not_a_swarm(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_store *store = NULL;
    remove(path);
    must_fail(DIA_ERROR_FILE, "No such file");
    FILE *file = fopen(path, "w");
    fputs("time,population\n", file);
    fclose(file);
    must_fail(DIA_ERROR_FILE, "HDF5");
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_set_text(store, "", "format", "diabolo-model", &error), &error);
    assert_ok(dia_store_set_int(store, "", "version", 1, &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    dia_record *record = NULL;
    dia_status status = dia_record_load(&record, path, &error);
    assert_true(status == DIA_ERROR_FILE || status == DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "diabolo-model"));
}

static void truncated(void **state)
{
    (void)state;
    synthetic_swarm_write(&usual, path);
    assert_int_equal(truncate(path, 30000), 0);
    must_fail(DIA_ERROR_FILE, "");
}

/* Adds `change` to entry k of a dataset of the file and takes it from entry `from`, if that is not negative. */
static void shift(const char *name, int k, int from, double change)
{
    static double values[1000];
    const hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), dataset = H5Dopen2(file, name, H5P_DEFAULT),
                space = H5Dget_space(dataset);
    assert_in_range(H5Sget_simple_extent_npoints(space), 1, 1000);
    assert_true(H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    values[k] += change;
    if (from >= 0)
        values[from] -= change;
    assert_true(H5Dwrite(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);
}

/* Each population and each error is compared with the trajectories, the first and the last of them too, and the mistake says which it is.
 * A share is taken from state 2, where some of it is left at all times, so that the sum stays. */
static void populations_that_are_not_those_of_the_trajectories(void **state)
{
    (void)state;
    const int times[4] = {0, 1, 20, usual.ntime - 1};
    char said[80];
    dia_error error = {0};
    dia_record *record = NULL;
    synthetic_swarm_write(&usual, path);
    for (int i = 0; i < 4 * usual.nstate; i++) {
        const int row = times[i / usual.nstate] * usual.nstate, k = row + i % usual.nstate;
        snprintf(said, sizeof said, "dataset 'populations/active_error', entry %d:", k);
        shift("populations/active_error", k, -1, 0.01);
        must_fail(DIA_ERROR_FILE, said);
        shift("populations/active_error", k, -1, -0.01);
        if (k == row + 2)
            continue;
        snprintf(said, sizeof said, "dataset 'populations/active', entry %d:", k);
        shift("populations/active", k, row + 2, 0.01);
        must_fail(DIA_ERROR_FILE, said);
        shift("populations/active", k, row + 2, -0.01);
    }
    assert_ok(dia_record_load(&record, path, &error), &error); /* as it was, to rounding */
    dia_record_free(record);
}

/* Samples are `every` steps apart: neither too early nor too late. */
static void times_that_are_no_multiples_of_the_step(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_record *record = NULL;
    synthetic_swarm_write(&usual, path);
    for (int sign = -1; sign <= 1; sign += 2) {
        shift("time", 7, -1, 0.01 * sign);
        must_fail(DIA_ERROR_FILE, "dataset 'time', entry 7:");
        shift("time", 7, -1, -0.01 * sign);
    }
    assert_ok(dia_record_load(&record, path, &error), &error);
    dia_record_free(record);
}

/* Of a mapping method populations of amplitudes are shares in the mean only, and may be negative: by some, not by thousands; errors may
 * not. */
static void shares_of_a_mapping_method(void **state)
{
    (void)state;
    static const double changes[] = {0.5, -0.5, 1e4, -1e4};
    synthetic_swarm swarm = usual;
    dia_error error = {0};
    dia_record *record = NULL;
    swarm.populations = "amplitudes, scale 1.5";
    synthetic_swarm_write(&swarm, path);
    for (int i = 0; i < 4; i++) {
        shift("populations/electronic", 3, 5, changes[i]);
        if (i < 2) {
            assert_ok(dia_record_load(&record, path, &error), &error);
            dia_record_free(record);
            record = NULL;
        } else
            must_fail(DIA_ERROR_FILE, "dataset 'populations/electronic', entry 3:");
        shift("populations/electronic", 3, 5, -changes[i]);
    }
    shift("populations/electronic_error", 4, -1, -0.5);
    must_fail(DIA_ERROR_FILE, "dataset 'populations/electronic_error', entry 4:");
}

/* By windows the populations of amplitudes add up to as many as there are states, at most. */
static void amplitudes_by_windows(void **state)
{
    (void)state;
    static const double sums[] = {1.0, 2.9, 3.1, 3.9};
    static double c[2 * 10 * 3 * 2];
    synthetic_swarm swarm = usual;
    dia_error error = {0};
    dia_swarm *read = NULL;
    swarm.populations = DIA_POPULATION_WINDOWS;
    swarm.ntrajectory = 2;
    swarm.ntime = 10;
    synthetic_swarm_write(&swarm, path);
    assert_ok(dia_swarm_open(&read, path, &error), &error);
    assert_ok(dia_swarm_rows(read, "trajectories/amplitudes", 0, 2, c, &error), &error);
    dia_swarm_close(read);
    assert_close(c[0], 0.0, 0, 0); /* of state 0 of the first trajectory at its start, where state 2 has nearly all */
    for (int i = 0; i < 4; i++) {
        const double x = sqrt(sums[i] - 1.0);
        shift("trajectories/amplitudes", 0, -1, x);
        assert_ok(dia_swarm_open(&read, path, &error), &error);
        assert_int_equal(dia_swarm_rows(read, "trajectories/amplitudes", 0, 2, c, &error),
                         sums[i] <= 3.0 ? DIA_OK : DIA_ERROR_FILE);
        dia_error_clear(&error);
        dia_swarm_close(read);
        shift("trajectories/amplitudes", 0, -1, -x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shares_and_errors),
                                       cmocka_unit_test(weights_are_respected),
                                       cmocka_unit_test(consistent),
                                       cmocka_unit_test(inconsistent),
                                       cmocka_unit_test(without_amplitudes),
                                       cmocka_unit_test(hops),
                                       cmocka_unit_test(weighted_hops),
                                       cmocka_unit_test(smallest_swarm),
                                       cmocka_unit_test(a_caller_can_stop_it),
                                       cmocka_unit_test(energies_of_those_that_count),
                                       cmocka_unit_test(energies),
                                       cmocka_unit_test(left_out),
                                       cmocka_unit_test(not_a_swarm),
                                       cmocka_unit_test(truncated),
                                       cmocka_unit_test(populations_that_are_not_those_of_the_trajectories),
                                       cmocka_unit_test(times_that_are_no_multiples_of_the_step),
                                       cmocka_unit_test(shares_of_a_mapping_method),
                                       cmocka_unit_test(amplitudes_by_windows)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
