/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The split of a data set: every point once, whole groups, groups that only train; the shipped data are read. */
#include "check.h"

#include <math.h>
#include <stdlib.h>

#include "check/check.h"
#include "dataset/dataset.h"

enum { N = 200, GROUPS = 20 };

static int train[N], validation[N], ntrain, nvalidation, group[N];
static double energy[N], place[N];
static dia_dataset data = {
    .npoint = N, .ncart = 1, .nstate = 1, .ngroup = GROUPS, .group = group, .energy = energy, .R = place};

static void split(double fraction, uint64_t seed, dia_split by, const bool *eligible)
{
    for (int b = 0; b < N; b++)
        group[b] = b % GROUPS;
    assert_int_equal(dia_dataset_split(&data, fraction, seed, by, eligible, &ntrain, train, &nvalidation, validation),
                     DIA_OK);
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
    split(0.1, 1, DIA_SPLIT_POINTS, NULL);
    assert_int_equal(nvalidation, N / 10);
    for (int i = 0; i < nvalidation; i++)
        first[i] = validation[i];
    split(0.1, 1, DIA_SPLIT_POINTS, NULL);
    assert_memory_equal(first, validation, sizeof *first * (size_t)nvalidation); /* the seed decides */
    split(0.1, 2, DIA_SPLIT_POINTS, NULL);
    assert_memory_not_equal(first, validation, sizeof *first * (size_t)nvalidation);
    split(0.0, 1, DIA_SPLIT_POINTS, NULL);
    assert_int_equal(nvalidation, 0);
}

/* A point's side is its geometry's: the same without the first 50 points, and of a copy. Of 200 points 0.1 are 20 on the average,
 * give or take 4.2: more than 5 of these never. */
static void steady_points_stay(void **state)
{
    (void)state;
    bool kept_out[N] = {false};
    for (int b = 0; b < N; b++)
        place[b] = (double)(b / 2) + 0.25; /* in pairs */
    split(0.1, 1, DIA_SPLIT_STEADY, NULL);
    assert_true(nvalidation > 0 && nvalidation < 50);
    for (int i = 0; i < nvalidation; i++)
        kept_out[validation[i]] = true;
    for (int b = 0; b < N; b += 2)
        assert_int_equal(kept_out[b], kept_out[b + 1]);
    const dia_dataset part = {
        .npoint = N - 50, .ncart = 1, .nstate = 1, .ngroup = GROUPS, .group = group, .energy = energy, .R = place + 50};
    int n = 0;
    assert_int_equal(dia_dataset_split(&part, 0.1, 1, DIA_SPLIT_STEADY, NULL, &ntrain, train, &nvalidation, validation),
                     DIA_OK);
    for (int i = 0; i < nvalidation; i++)
        assert_true(kept_out[50 + validation[i]]);
    for (int b = 50; b < N; b++)
        n += kept_out[b];
    assert_int_equal(nvalidation, n);
    assert_int_equal(
        dia_dataset_split(&part, 1e-9, 1, DIA_SPLIT_STEADY, NULL, &ntrain, train, &nvalidation, validation), DIA_OK);
    assert_int_equal(nvalidation, 1);
}

static void groups_stay_whole(void **state)
{
    (void)state;
    split(0.25, 3, DIA_SPLIT_GROUPS, NULL);
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
    assert_int_equal(dia_dataset_split(&data, 0.1, 1, DIA_SPLIT_GROUPS, NULL, &ntrain, train, &nvalidation, validation),
                     DIA_OK);
    assert_int_equal(nvalidation, N / 10);
    data.ngroup = 3; /* 180 points in the first, ten in each other */
    for (int b = 0; b < N; b++)
        group[b] = b < 180 ? 0 : b < 190 ? 1 : 2;
    for (uint64_t seed = 0; seed < 5; seed++) {
        assert_int_equal(
            dia_dataset_split(&data, 0.1, seed, DIA_SPLIT_GROUPS, NULL, &ntrain, train, &nvalidation, validation),
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
    split(0.2, 5, DIA_SPLIT_POINTS, eligible);
    assert_int_equal(nvalidation, N / 10);
    for (int i = 0; i < nvalidation; i++)
        assert_true(validation[i] < N / 2);
}

/* Another number of states, a limit of the energy, points that are left without any label. */
static void labels_are_chosen(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_dataset d;
    assert_ok(dia_dataset_load(&d, SOURCE_DIR "/models/ethylene/data.h5", 0, &error), &error);
    const int nc = d.ncart;
    const double e = d.energy[5 * 3 + 1], g = d.gradient[(5 * 3 + 1) * nc + 4], h = d.coupling[(5 * 3 + 0) * nc + 7];
    assert_ok(dia_dataset_set_states(&d, 2, &error), &error);
    assert_true(d.nstate == 2 && d.npair == 1);
    assert_true(d.energy[5 * 2 + 1] == e && d.gradient[(5 * 2 + 1) * nc + 4] == g && d.coupling[5 * nc + 7] == h);
    assert_ok(dia_dataset_set_states(&d, 4, &error), &error);
    assert_true(d.energy[5 * 4 + 1] == e && d.gradient[(5 * 4 + 1) * nc + 4] == g && d.coupling[5 * 6 * nc + 7] == h);
    assert_true(isnan(d.energy[5 * 4 + 2]) && isnan(d.coupling[(5 * 6 + 1) * nc]));
    long high = 0;
    const double below = 5 * DIA_EV;
    for (int i = 0; i < 4 * d.npoint; i++)
        high += d.energy[i] - d.lowest >= below;
    assert_true(high > 100);
    assert_int_equal(dia_dataset_limit(&d, below), high);
    int bare = 0, *list = calloc(2 * (size_t)d.npoint, sizeof *list), nt, nv;
    for (int b = 0; b < d.npoint; b++) {
        const dia_label label = dia_dataset_label(&d, b);
        bare += !dia_dataset_known(&d, b);
        for (int k = 0; k < 2; k++)
            assert_true(!isnan(label.energy[k]) || (isnan(label.gradient[k * nc]) && isnan(label.coupling[0])));
    }
    assert_true(bare > 10);
    assert_int_equal(dia_dataset_split(&d, 0.2, 1, DIA_SPLIT_POINTS, NULL, &nt, list, &nv, list + d.npoint), DIA_OK);
    assert_int_equal(nt + nv, d.npoint - bare);
    for (int i = 0; i < nt; i++)
        assert_true(dia_dataset_known(&d, list[i]));
    free(list);
    dia_dataset_free(&d);
}

/* Of water at six places on a line of geometries: what is near a training point is no test of it, turned, moved and with
 * exchanged atoms as well. */
static void near_copies_do_not_judge(void **state)
{
    (void)state;
    enum { M = 6 };
    dia_error error = {0};
    int numbers[3] = {8, 1, 1}, t[1] = {0}, v[M] = {1, 2, 3, 4, 5}, nv = 5;
    /* stretches of one bond, bohr; point 5 is point 0 with the bonds exchanged, turned by 90 degrees and moved */
    const double stretch[M] = {0.0, 0.06, 0.12, 0.5, 1.0, 0.0};
    double R[M * 9];
    for (int b = 0; b < M; b++) {
        const double x = 1.8 + stretch[b];
        const double plain[9] = {0, 0, 0, x, 0, 0, -0.5, 1.7, 0}, turned[9] = {1, 2, 3, -0.7, 1.5, 3, 1, 3.8, 3};
        for (int c = 0; c < 9; c++)
            R[9 * b + c] = b < 5 ? plain[c] : turned[c];
    }
    const dia_dataset d = {.natom = 3, .ncart = 9, .npoint = M, .numbers = numbers, .R = R};
    const int expected[M] = {0, 0, 0, 1, 2, 0};
    int cluster[M], n;
    assert_ok(dia_dataset_clusters(&d, 0.05, cluster, &n, &error), &error);
    assert_int_equal(n, 3); /* 0, 1, 2 and 5 are a chain */
    for (int b = 0; b < M; b++)
        assert_int_equal(cluster[b], expected[b]);
    assert_ok(dia_dataset_part(&d, 0.05, 1, t, &nv, v, &error), &error);
    assert_int_equal(nv, 3); /* without 1, and 5 */
    for (int i = 0; i < 3; i++)
        assert_int_equal(v[i], 2 + i);
}

/* Each eligible point is in one fold, folds are alike in size, groups stay whole where they are small enough. */
static void folds_divide(void **state)
{
    (void)state;
    enum { M = 90, FOLDS = 4 };
    double level[M];
    int unit[M], fold[M];
    bool eligible[M];
    for (int b = 0; b < M; b++) {
        level[b] = b == 7 ? (double)NAN : 0.0;
        unit[b] = b / 3;
        eligible[b] = b != 11;
    }
    dia_dataset d = {.npoint = M, .nstate = 1, .energy = level, .group = unit, .ngroup = M / 3};
    for (int by_group = 0; by_group < 2; by_group++) {
        int count[FOLDS] = {0}, whole = 0;
        assert_int_equal(dia_dataset_folds(&d, FOLDS, 3, by_group, eligible, fold), DIA_OK);
        for (int b = 0; b < M; b++) {
            assert_true(b == 7 || b == 11 ? fold[b] == -1 : fold[b] >= 0 && fold[b] < FOLDS);
            if (fold[b] >= 0)
                count[fold[b]]++;
            whole += b % 3 == 2 && b > 11 && fold[b] == fold[b - 1] && fold[b] == fold[b - 2];
        }
        for (int f = 0; f < FOLDS; f++)
            assert_in_range(count[f], M / FOLDS - 3, M / FOLDS + 3);
        assert_true(by_group ? whole == M / 3 - 4 : whole < M / 6);
    }
    for (int b = 0; b < M; b++)
        unit[b] = b < M / 2; /* too large to stay whole */
    d.ngroup = 2;
    assert_int_equal(dia_dataset_folds(&d, FOLDS, 3, true, eligible, fold), DIA_OK);
    int in_first = 0;
    for (int b = 0; b < M / 2; b++)
        in_first += fold[b] == 0;
    assert_in_range(in_first, 1, M / 2 - 1);
}

static void shipped_data_are_read(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_dataset ethylene;
    assert_ok(dia_dataset_load(&ethylene, SOURCE_DIR "/models/ethylene/data.h5", 0, &error), &error);
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

/* Its report would be that of a part. */
static void a_caller_can_stop_its_examination(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_check_result result;
    const int stop = 1;
    const dia_control control = {.threads = 1, .stop = &stop};
    assert_int_equal(dia_check_dataset(SOURCE_DIR "/models/ethylene/data.h5", NULL, &control, &result, &error),
                     DIA_ERROR_INTERRUPTED);
    dia_check_result_free(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(points_are_split_once),
                                       cmocka_unit_test(steady_points_stay),
                                       cmocka_unit_test(groups_stay_whole),
                                       cmocka_unit_test(large_groups_are_passed_over),
                                       cmocka_unit_test(training_groups_are_never_kept_out),
                                       cmocka_unit_test(labels_are_chosen),
                                       cmocka_unit_test(near_copies_do_not_judge),
                                       cmocka_unit_test(folds_divide),
                                       cmocka_unit_test(shipped_data_are_read),
                                       cmocka_unit_test(a_caller_can_stop_its_examination)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
