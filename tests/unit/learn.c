/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of active learning: likeness of geometries, programs that fail or do not end, BAGEL's labels. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "learn/bench.h"
#include "learn/course.h"
#include "learn/points.h"
#include "learn/process.h"
#include "base/rng.h"
#include "check.h"

/* Moved, turned, mirrored, like atoms exchanged: the same features. An H for a C is another geometry. */
static void test_features(void **state)
{
    enum { N = 6, WIDTH = N * (N - 1) / 2 };
    const int numbers[N] = {6, 6, 1, 1, 1, 1}, order[N] = {1, 0, 4, 2, 5, 3}, wrong[N] = {2, 1, 0, 3, 4, 5};
    double R[3 * N], S[3 * N], T[3 * N], f[WIDTH], g[WIDTH], h[WIDTH];
    (void)state;
    for (int i = 0; i < 3 * N; i++)
        R[i] = 6.0 * dia_rng_uniform(1, 0, 0, DIA_PURPOSE_TEST, (uint32_t)i) - 3.0;
    for (int a = 0; a < N; a++) {
        const double *x = R + 3 * order[a], c = cos(0.7), s = sin(0.7);
        const double turned[3] = {c * x[0] - s * x[1] + 1.0, s * x[0] + c * x[1] - 2.0, -x[2] + 0.5};
        memcpy(S + 3 * a, turned, sizeof turned);
        memcpy(T + 3 * a, R + 3 * wrong[a], 3 * sizeof *T);
    }
    dia_points_features(N, numbers, R, f);
    dia_points_features(N, numbers, S, g);
    dia_points_features(N, numbers, T, h);
    assert_close(dia_features_distance(N, f, g), 0.0, 0.0, 1e-11); /* the sort costs four digits */
    assert_true(dia_features_distance(N, f, h) > 0.01);
}

/* A status other than 0 is told with the program's last words, a program that does not end is ended. */
static void test_process(void **state)
{
    char folder[] = "/tmp/diabolo-learn-XXXXXX";
    dia_error error = {0};
    (void)state;
    assert_non_null(mkdtemp(folder));
    const char *const words[] = {"/bin/sh", "-c", "echo first; echo last words >&2; exit 7", NULL},
                      *const endless[] = {"/bin/sh", "-c", "sleep 100 & wait", NULL},
                      *const set[] = {"LEARN_TEST=yes", NULL},
                      *const good[] = {"/bin/sh", "-c", "test \"$LEARN_TEST\" = yes", NULL};
    dia_process process = {.command = words, .folder = folder, .timeout = 20.0};
    assert_int_equal(dia_process_run(&process, &error), DIA_ERROR_NUMERIC);
    assert_non_null(strstr(error.text, "exit status 7; it said: first last words"));
    dia_error_clear(&error);
    process.command = endless;
    process.timeout = 0.1;
    assert_int_equal(dia_process_run(&process, &error), DIA_ERROR_NUMERIC);
    assert_non_null(strstr(error.text, "longer than engine.timeout"));
    dia_error_clear(&error);
    process.command = good;
    process.set = set;
    process.timeout = 20.0;
    assert_int_equal(dia_process_run(&process, &error), DIA_OK);
    dia_folder_remove(folder);
    assert_int_not_equal(access(folder, F_OK), 0);
}

/* All labels of one point of models/ethylene/data.h5, which was made by the same program from another script: energies, gradients,
 * couplings up to the signs of the states, which the product of all three couplings' scalars does not depend on. Skipped without BAGEL. */
static void test_bagel(void **state)
{
    const dia_engine_type *type = dia_engine_type_find("bagel");
    char *program = dia_process_find("BAGEL", "/nowhere");
    (void)state;
    if (program == NULL) {
        printf("BAGEL is not installed: its labels are not tested\n");
        skip();
    }
    free(program);
    dia_error error = {0};
    const int numbers[] = {6, 6, 1, 1, 1, 1};
    char folder[] = "/tmp/diabolo-learn-XXXXXX";
    double self[64] = {0}; /* room for the settings of the engine */
    dia_config *config;
    dia_bench bench = {.type = type, .self = self};
    struct dia_learn_engine common = {.states = 3};
    dia_points data = {0};
    dia_engine_label label = {0};
    assert_true(type->self_size <= sizeof self);
    assert_int_equal(dia_config_parse(&config, "active: [2, 2]\nbasis: 631gs.json\n", "test",
                                      SOURCE_DIR "/examples/photochem/06_learning", &error),
                     DIA_OK);
    dia_config_read(config, dia_config_root(config), "engine", 1, (const dia_option *const[]){type->options},
                    (void *const[]){self});
    assert_int_equal(dia_molecule_init(&bench.molecule, 6, 3, numbers, &error), DIA_OK);
    assert_int_equal(type->open(self, &bench.molecule, 3, SOURCE_DIR "/examples/photochem/06_learning", &error),
                     DIA_OK);
    assert_int_equal(dia_points_init(&data, &bench.molecule, 3, &error), DIA_OK);
    assert_int_equal(dia_points_load(&data, SOURCE_DIR "/models/ethylene/data.h5", NULL, &error), DIA_OK);
    assert_non_null(mkdtemp(folder));
    bench.common = &common;
    bench.scratch = strdup(folder);
    assert_int_equal(dia_label_room(&label, 3, 18, &error), DIA_OK);
    int i = 0;
    while (isnan(data.h[54 * i]) || isnan(data.G[54 * i])) /* the first with all labels */
        i++;
    const dia_status status = dia_bench_task(&bench, "one", data.R + 18 * i, DIA_WISH_ALL, NULL, NULL, &label, &error);
    if (status != DIA_OK)
        fail_msg("%s", error.text);
    double product[2] = {1.0, 1.0};
    for (int k = 0; k < 3; k++) {
        assert_close(label.E[k], data.E[3 * i + k], 0.0, 2e-7); /* thresholds of the orbitals */
        double along[2] = {0.0, 0.0};
        for (int x = 0; x < 18; x++) {
            assert_close(label.G[18 * k + x], data.G[54 * i + 18 * k + x], 0.0, 2e-5);
            assert_close(fabs(label.h[18 * k + x]), fabs(data.h[54 * i + 18 * k + x]), 0.0, 5e-5);
            along[0] += label.h[18 * k + x] * data.h[54 * i + 18 * k + x];
            along[1] += data.h[54 * i + 18 * k + x] * data.h[54 * i + 18 * k + x];
        }
        product[0] *= along[0];
        product[1] *= along[1];
    }
    assert_close(product[0] / product[1], 1.0, 0.0, 1e-2); /* -1 if BAGEL's <J|d/dR I> were taken for <I|d/dR J> */
    /* Energies alone are those of the whole label. */
    dia_engine_label again = {0};
    assert_int_equal(dia_label_room(&again, 3, 18, &error), DIA_OK);
    assert_int_equal(dia_bench_task(&bench, "two", data.R + 18 * i, DIA_WISH_ENERGIES, NULL, NULL, &again, &error),
                     DIA_OK);
    for (int k = 0; k < 3; k++)
        assert_close(again.E[k], label.E[k], 0.0, 1e-7);
    free(again.E);
    free(label.E);
    dia_points_free(&data);
    type->close(self);
    dia_config_free(config);
    dia_bench_free(&bench);
    dia_folder_remove(folder);
}

/* Three rounds are left of five, by the rates of a log: labels 2 s, training 0.1 s a label, a swarm 7 s. */
static void test_clock(void **state)
{
    (void)state;
    dia_clock clock = {0};
    dia_clock_plan plan = {.round = 3, .rounds = 5, .labelled = true, .labels = 10, .total = 40, .most = 1000};
    assert_true(isnan(dia_clock_left(&clock, &plan)));
    dia_clock_read(&clock, "2026-01-01T00:00:00Z took labels 10 20.000\n2026-01-01T00:00:00Z round 0: 10 labels\n"
                           "2026-01-01T00:00:00Z took training 40 3.000\n2026-01-01T00:00:00Z took training 60 7.0\n");
    dia_clock_add(&clock, DIA_PART_SWARM, 2.0, 14.0);
    assert_close(dia_clock_left(&clock, &plan), 4.0 + 7.0 + 20.0 + 5.0 + 7.0 + 20.0 + 6.0, 0.0, 1e-12);
    plan.most = 45; /* reached in round 4 */
    plan.trained = true;
    plan.swarms = 10.0;
    assert_close(dia_clock_left(&clock, &plan), 7.0 + 20.0 + 5.0 + 70.0, 0.0, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_features), cmocka_unit_test(test_process),
                                       cmocka_unit_test(test_clock), cmocka_unit_test(test_bagel)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
