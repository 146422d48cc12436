/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an input says of scans, seams, loops and descents; what is written of them. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "intersect/descent.h"
#include "intersect/interpolate.h"
#include "intersect/loop.h"
#include "intersect/scan.h"
#include "intersect/seam.h"
#include "intersect/task.h"
#include "parallel/team.h"

static const double degree = 3.14159265358979323846 / 180.0;

static dia_model *ethylene(void)
{
    dia_error error = {0};
    dia_model *model;
    assert_ok(dia_model_load(&model, SOURCE_DIR "/models/ethylene/ethylene.h5", &error), &error);
    return model;
}

static dia_model *jahn_teller(void)
{
    dia_error error = {0};
    dia_model *model;
    assert_ok(dia_model_parse(&model, "type: jahn_teller\nfrequency: 0.1 eV\nk: 0.02\n", ".", &error), &error);
    return model;
}

/* The block as a table reads it; the configuration holds its texts. */
static dia_config *read_block(const char *text, const dia_option *table, void *self)
{
    dia_error error = {0};
    dia_config *config;
    assert_ok(dia_config_parse(&config, text, "in.yaml", ".", &error), &error);
    dia_config_read(config, dia_config_root(config), "", 1, (const dia_option *const[]){table}, (void *const[]){self});
    assert_ok(dia_config_finish(config, &error), &error);
    return config;
}

static void test_scan(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = ethylene();
    dia_scan_settings settings = {0};
    dia_scan_options options = {0};
    dia_config *config =
        read_block("name: twist\nkind: rigid\nfrom: S1/S0-1\ncoordinate: torsion 2 0 1 4\n"
                   "range: [0 deg, 3.14159265358979 rad]\npoints: 7\ncoordinate2: distance 0 1\n"
                   "range2: [1.3, 1.6 Angstrom]\npoints2: 3\nkeep: [angle 2 0 3, angle 4 1 5]\nstates: [0, 1]\n",
                   dia_path_type_find("scan")->options, &settings);
    assert_ok(dia_scan_resolve(&settings, model, &options, &error), &error);
    assert_int_equal(options.kind, DIA_SCAN_RIGID);
    assert_int_equal(options.naxis, 2);
    assert_int_equal(options.first, 0);
    assert_int_equal(options.count, 2);
    assert_close(options.axis[0].from, 0, 0, 0);
    assert_close(options.axis[0].to, 180 * degree, 1e-14, 0);
    assert_int_equal(options.axis[0].points, 7);
    assert_close(options.axis[1].from, 1.3 * DIA_ANGSTROM, 1e-15, 0);
    assert_int_equal(options.axis[1].points, 3);
    assert_int_equal(options.nkeep, 2);
    assert_string_equal(options.keep[1].text, "angle 4 1 5");
    free((void *)options.keep);
    dia_config_free(config);
    dia_model_free(model);
}

static void expect_scan_mistake(const dia_model *model, const char *text, const char *part)
{
    dia_error error = {0};
    dia_scan_settings settings = {0};
    dia_scan_options options = {0};
    dia_config *config = read_block(text, dia_path_type_find("scan")->options, &settings);
    assert_int_equal(dia_scan_resolve(&settings, model, &options, &error), DIA_ERROR_INPUT);
    if (strstr(error.text, part) == NULL)
        fail_msg("%s\nwithout\n%s", error.text, part);
    assert_null(options.keep);
    dia_config_free(config);
}

static void test_scan_mistakes(void **state)
{
    (void)state;
    dia_model *model = ethylene();
    expect_scan_mistake(model, "name: a\nfrom: b\ncoordinate: torsion 2 0 1 9\nrange: [0, 1]\n",
                        "scan 'a': coordinate: coordinate 'torsion 2 0 1 9': there is no atom 9");
    expect_scan_mistake(model, "name: a\nfrom: b\ncoordinate: distance 0 1\nrange: [0 deg, 1 deg]\n",
                        "range of 'distance 0 1'");
    expect_scan_mistake(model, "name: a\nfrom: b\ncoordinate: distance 0 1\nrange: [1]\n",
                        "expected two values, found 1");
    expect_scan_mistake(model, "name: a\nfrom: b\ncoordinate: distance 0 1\n", "expected `range: [from, to]`");
    expect_scan_mistake(model, "name: a\nfrom: b\ncoordinate: distance 0 1\nrange: [1, 2]\nstates: [0, 2]\n",
                        "found 2 after 0");
    expect_scan_mistake(model, "name: a\nfrom: b\ncoordinate: distance 0 1\nrange: [1, 2]\nrange2: [1, 2]\n",
                        "range2 without coordinate2");
    expect_scan_mistake(model, "name: a\nfrom: b\ncoordinate: distance 0 1\nrange: [1, 2]\nkeep: [distance 0]\n",
                        "scan 'a': keep: coordinate 'distance 0': distance takes 2 atoms, found 1");
    dia_model_free(model);
}

static void test_seam_loop_descent(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = ethylene();
    dia_seam_settings seam = {0};
    dia_seam_options seam_options = {0};
    dia_config *config = read_block("name: s\npoint: S1/S0-1\ncoordinate: torsion 2 0 1 4\nstep: 2 deg\n",
                                    dia_path_type_find("seam")->options, &seam);
    assert_ok(dia_seam_resolve(&seam, model, 0, 2, &seam_options, &error), &error);
    assert_close(seam_options.step, 2 * degree, 1e-15, 0);
    assert_int_equal(seam_options.points, 20);
    assert_close(seam_options.jump, 0.5 * DIA_ANGSTROM, 1e-15, 0);
    seam.step = "2 fs";
    assert_int_equal(dia_seam_resolve(&seam, model, 0, 2, &seam_options, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "seam 's': step of 'torsion 2 0 1 4'"));
    dia_error_clear(&error);
    dia_config_free(config);

    dia_loop_settings loop = {0};
    dia_loop_options loop_options = {0};
    dia_coordinate coordinate[2];
    config = read_block("name: l\npoint: S1/S0-1\ncoordinates: [torsion 2 0 1 4, distance 0 1]\nradii: [10 deg, 0.1]\n",
                        dia_path_type_find("loop")->options, &loop);
    assert_ok(dia_loop_resolve(&loop, model, coordinate, &loop_options, &error), &error);
    assert_ptr_equal(loop_options.coordinate[1], &coordinate[1]);
    assert_close(loop_options.radius, 10 * degree, 1e-15, 0);
    assert_close(loop_options.radius2, 0.1 * DIA_ANGSTROM, 1e-15, 0);
    loop.radii.n = 1;
    assert_int_equal(dia_loop_resolve(&loop, model, coordinate, &loop_options, &error), DIA_ERROR_INPUT);
    dia_error_clear(&error);
    dia_config_free(config);

    dia_descent_settings descent = {0};
    dia_descent_options descent_options, defaults;
    config = read_block("name: d\npoint: S1/S0-1\n", dia_path_type_find("descent")->options, &descent);
    dia_descent_defaults(&descent_options);
    dia_descent_defaults(&defaults);
    dia_descent_resolve(&descent, 0, &descent_options); /* the input's defaults are those of the function */
    assert_int_equal(descent_options.directions, defaults.directions);
    assert_int_equal(descent_options.special, defaults.special);
    assert_close(descent_options.radius, defaults.radius, 1e-15, 0);
    assert_close(descent_options.spacing, defaults.spacing, 1e-15, 0);
    assert_close(descent_options.length, defaults.length, 1e-15, 0);
    dia_config_free(config);
    dia_model_free(model);
}

/* ---- files ----------------------------------------------------------------------------------- */

static void check_dataset(const dia_store *store, const char *name, int rank, const size_t *dims, const char *unit,
                          double *values)
{
    dia_error error = {0};
    char *text;
    assert_ok(dia_store_read(store, name, DIA_NUMBER_REAL, rank, dims, values, &error), &error);
    assert_ok(dia_store_attribute_text(store, name, "unit", &text, &error), &error);
    assert_string_equal(text, unit);
    free(text);
}

static void check_attribute(const dia_store *store, const char *object, const char *name, const char *wanted)
{
    dia_error error = {0};
    char *text;
    assert_ok(dia_store_attribute_text(store, object, name, &text, &error), &error);
    assert_string_equal(text, wanted);
    free(text);
}

static void write_one(const char *kind, const void *result, const char *name, dia_store *store)
{
    dia_error error = {0};
    dia_writer group = {.store = store, .name = name, .error = &error};
    dia_task_write(dia_path_type_find(kind), result, &group);
    assert_ok(group.status, &error);
}

static void write_all(const dia_model *model, dia_store *store)
{
    static const double ends[4] = {0.1, 0.2, 0.5, -0.3}, x[2] = {1, 0}, y[2] = {0, 1}, origin[2] = {0, 0};
    dia_error error = {0};
    dia_interpolated line;
    assert_ok(dia_interpolate(&line, model, &(dia_interpolate_options){.points = 4}, 2, ends, NULL, &error), &error);
    write_one("interpolate", &line, "interpolations/a", store);
    dia_interpolated_free(&line);
    dia_scan scan;
    dia_scan_options scan_options = {.naxis = 2};
    for (int a = 0; a < 2; a++) {
        scan_options.axis[a] = (dia_scan_axis){.from = -1, .to = 1, .points = 3 - a};
        assert_ok(dia_coordinate_parse(&scan_options.axis[a].coordinate, a == 0 ? "position 0" : "position 1",
                                       dia_model_molecule(model), &error),
                  &error);
    }
    assert_ok(dia_scan_make(&scan, model, &scan_options, ends, NULL, NULL, &error), &error);
    write_one("scan", &scan, "scans/a", store);
    dia_scan_free(&scan);
    dia_loop loop;
    const dia_loop_options loop_options = {.x = x, .y = y, .radius = 0.1, .points = 12};
    assert_ok(dia_loop_make(&loop, model, &loop_options, origin, NULL, &error), &error);
    write_one("loop", &loop, "loops/a", store);
    dia_loop_free(&loop);
    dia_descent descent;
    dia_descent_options descent_options;
    dia_descent_defaults(&descent_options);
    descent_options.directions = 2;
    assert_ok(dia_descent_make(&descent, model, &descent_options, origin, x, y, NULL, &error), &error);
    const dia_descents descents = {.descent = descent};
    write_one("descent", &descents, "descents/a", store);
    dia_descent_free(&descent);
}

static void test_write(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = jahn_teller();
    dia_store *store;
    const char *path = BINARY_DIR "/test_path_options.h5";
    assert_ok(dia_store_create(&store, path, &error), &error);
    write_all(model, store);
    assert_ok(dia_store_commit(&store, &error), &error);
    assert_ok(dia_store_open(&store, path, &error), &error);
    double values[100];
    check_dataset(store, "interpolations/a/positions", 3, (const size_t[]){4, 2, 1}, "bohr", values);
    assert_close(values[0], 0.1, 0, 0);
    assert_close(values[6], 0.5, 0, 0);
    check_dataset(store, "interpolations/a/energies", 2, (const size_t[]){4, 2}, "hartree", values);
    check_dataset(store, "interpolations/a/hamiltonian", 2, (const size_t[]){4, 3}, "hartree", values);
    check_dataset(store, "interpolations/a/length", 1, (const size_t[]){4}, "bohr", values);
    assert_close(values[3], hypot(0.4, 0.5), 1e-14, 0);
    check_dataset(store, "interpolations/a/length_mass_weighted", 1, (const size_t[]){4}, "bohr electron_mass^(1/2)",
                  values);
    assert_close(values[3], hypot(0.4, 0.5) * sqrt(DIA_DALTON), 1e-14, 0);
    check_attribute(store, "interpolations/a", "kind", "internal");
    check_dataset(store, "scans/a/values", 2, (const size_t[]){6, 2}, "bohr", values);
    assert_close(values[3], 1, 0, 0); /* the last axis runs fastest */
    check_attribute(store, "scans/a", "coordinate2", "position 1");
    check_dataset(store, "loops/a/coupling_integral", 1, (const size_t[]){1}, "rad", values);
    assert_close(values[0], 3.14159265358979323846, 1e-7, 0);
    check_dataset(store, "loops/a/x", 2, (const size_t[]){2, 1}, "1", values);
    check_attribute(store, "loops/a/x", "frame", "model");
    check_dataset(store, "descents/a/angle", 1, (const size_t[]){2}, "rad", values);
    check_attribute(store, "descents/a/1", "end", "minimum");
    dia_store_close(&store);
    remove(path);
    dia_model_free(model);
}

/* Whoever watches may stop: the walk ends with that status and leaves nothing. */
typedef struct watcher {
    int last, stop;
} watcher;

static void stop_at_two(void *context, const dia_progress_state *state)
{
    watcher *own = context;
    assert_true(state->done > own->last && state->done <= state->total);
    assert_string_equal(state->what, "walking");
    own->last = (int)state->done;
    own->stop = state->done >= 2;
}

static void test_watch(void **state)
{
    (void)state;
    static const double ends[4] = {0.1, 0.2, 0.5, -0.3};
    dia_error error = {0};
    dia_model *model = jahn_teller();
    watcher own = {0};
    const dia_control control = {.stop = &own.stop, .progress = stop_at_two, .context = &own};
    const dia_watch watch = {&control, "walking"};
    dia_interpolated line;
    assert_int_equal(dia_interpolate(&line, model, &(dia_interpolate_options){.points = 9}, 2, ends, &watch, &error),
                     DIA_ERROR_INTERRUPTED);
    assert_int_equal(own.last, 2);
    assert_null(line.path.R);
    assert_non_null(strstr(error.text, "interrupted after 2 of 9 points"));
    dia_model_free(model);
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread: else its team costs more than these matrices */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scan),  cmocka_unit_test(test_scan_mistakes), cmocka_unit_test(test_seam_loop_descent),
        cmocka_unit_test(test_write), cmocka_unit_test(test_watch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
