/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The split of a data set: every point once, whole groups, groups that only train; the shipped data are read. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "train/dataset.h"

enum { N = 200, GROUPS = 20 };

static int train[N], validation[N], ntrain, nvalidation, group[N];
static dia_dataset data = {.npoint = N, .ngroup = GROUPS, .group = group};

static void split(double fraction, uint64_t seed, bool by_group, const bool *eligible)
{
    for (int b = 0; b < N; b++)
        group[b] = b % GROUPS;
    assert_int_equal(
        dia_dataset_split(&data, fraction, seed, by_group, eligible, &ntrain, train, &nvalidation, validation), DIA_OK);
    int seen[N] = {0};
    for (int i = 0; i < ntrain; i++)
        seen[train[i]]++;
    for (int i = 0; i < nvalidation; i++)
        seen[validation[i]]++;
    for (int b = 0; b < N; b++)
        assert_int_equal(seen[b], 1);
}

static void points_are_split_once(void **state)
{
    (void)state;
    int first[N];
    split(0.1, 1, false, NULL);
    assert_int_equal(nvalidation, N / 10);
    for (int i = 0; i < nvalidation; i++)
        first[i] = validation[i];
    split(0.1, 1, false, NULL);
    assert_memory_equal(first, validation, sizeof *first * (size_t)nvalidation); /* the seed decides */
    split(0.1, 2, false, NULL);
    assert_memory_not_equal(first, validation, sizeof *first * (size_t)nvalidation);
    split(0.0, 1, false, NULL);
    assert_int_equal(nvalidation, 0);
}

static void groups_stay_whole(void **state)
{
    (void)state;
    split(0.25, 3, true, NULL);
    assert_int_equal(nvalidation, N / 4); /* groups of ten */
    int count[GROUPS] = {0};
    for (int i = 0; i < nvalidation; i++)
        count[group[validation[i]]]++;
    for (int g = 0; g < GROUPS; g++)
        assert_true(count[g] == 0 || count[g] == N / GROUPS);
}

/* Data without groups, or with one large group, are split by points: never all or nothing. */
static void large_groups_are_passed_over(void **state)
{
    (void)state;
    data.ngroup = 1;
    for (int b = 0; b < N; b++)
        group[b] = 0;
    assert_int_equal(dia_dataset_split(&data, 0.1, 1, true, NULL, &ntrain, train, &nvalidation, validation), DIA_OK);
    assert_int_equal(nvalidation, N / 10);
    data.ngroup = 3; /* 180 points in the first, ten in each other */
    for (int b = 0; b < N; b++)
        group[b] = b < 180 ? 0 : b < 190 ? 1 : 2;
    for (uint64_t seed = 0; seed < 5; seed++) {
        assert_int_equal(dia_dataset_split(&data, 0.1, seed, true, NULL, &ntrain, train, &nvalidation, validation),
                         DIA_OK);
        assert_int_equal(nvalidation, 20);
        assert_int_equal(validation[0], 180);
    }
    data.ngroup = GROUPS;
}

/* Appending points that only train changes nothing in the choice among the others. */
static void training_groups_are_never_kept_out(void **state)
{
    (void)state;
    bool eligible[N];
    for (int b = 0; b < N; b++)
        eligible[b] = b < N / 2;
    split(0.2, 5, false, eligible);
    assert_int_equal(nvalidation, N / 10);
    for (int i = 0; i < nvalidation; i++)
        assert_true(validation[i] < N / 2);
}

static void shipped_data_are_read(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_dataset ethylene;
    assert_ok(dia_dataset_load(&ethylene, SOURCE_DIR "/models/ethylene/data.h5", &error), &error);
    assert_int_equal(ethylene.natom, 6);
    assert_int_equal(ethylene.nstate, 3);
    assert_int_equal(ethylene.npair, 3);
    /* no point lies below the minimum of S0, and one within 0.1 eV above it */
    assert_true(ethylene.lowest > -78.04847858 && ethylene.lowest < -78.04847858 + 0.1 * DIA_EV);
    /* Gradients are those of a molecule: they sum to zero over the atoms (5e-6 is their stated accuracy, six atoms). */
    for (int b = 0; b < ethylene.npoint; b++)
        for (int c = 0; c < 3; c++) {
            double sum = 0.0;
            for (int a = 0; a < 6; a++)
                sum += dia_dataset_label(&ethylene, b).gradient[3 * a + c];
            if (!isnan(sum)) /* left out: states within 3 meV */
                assert_close(sum, 0.0, 0.0, 3e-5);
        }
    dia_dataset_free(&ethylene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(points_are_split_once), cmocka_unit_test(groups_stay_whole),
                                       cmocka_unit_test(large_groups_are_passed_over),
                                       cmocka_unit_test(training_groups_are_never_kept_out),
                                       cmocka_unit_test(shipped_data_are_read)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
