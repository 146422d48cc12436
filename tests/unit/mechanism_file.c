/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanism of a small real swarm on a model of pyrazine, written to a file and read back: the same numbers. And
 * what must hold for any swarm: populations by intersection add up. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "swarm/flight.h"

#include "analyse/mechanism/file.h"
#include "analyse/mechanism/mechanism.h"
#include "diabolo/intersect.h"
#include "dynamics/initial.h"
#include "dynamics/options.h"

static const char pyrazine[] = SOURCE_DIR "/examples/photochem/04_intersections/pyrazine.yaml";
static const char initial_text[] = "{sampling: wigner, state: 1, trajectories: 24, seed: 5}",
                  dynamics_text[] = "{timestep: 0.5 fs, duration: 40 fs}",
                  mechanism_text[] = "swarm: pyrazine_swarm.h5\n"
                                     "census: {intersections: pyrazine_points.h5, limit: 10 Angstrom}\n"
                                     "coordinates: [{coordinate: position 1, smooth: 0.1}]\n"
                                     "components: {}\n"
                                     "clusters: {radius: 1 Angstrom}\n";

static dia_config *parse(const char *text)
{
    dia_config *config = NULL;
    dia_error error = {0};
    char here[4096];
    assert_non_null(getcwd(here, sizeof here));
    assert_ok(dia_config_parse(&config, text, "test", here, &error), &error);
    return config;
}

/* A swarm that crosses, in the file of its name. */
static void fly(const dia_model *model)
{
    dia_error error = {0};
    dia_config *one = parse(initial_text), *two = parse(dynamics_text);
    dia_initial_settings settings = {0};
    dia_dynamics dynamics = {0};
    dia_initial initial;
    dia_config_read(one, dia_config_root(one), "initial", 1, (const dia_option *const[]){dia_initial_options},
                    (void *const[]){&settings});
    assert_ok(dia_config_finish(one, &error), &error);
    assert_ok(dia_dynamics_read(&dynamics, two, dia_config_root(two), &error), &error);
    assert_ok(dia_config_finish(two, &error), &error);
    assert_ok(dia_initial_make(&initial, model, &settings, &error), &error);
    int64_t number[24];
    for (int j = 0; j < 24; j++)
        number[j] = j;
    dynamics.seed = 5;
    const dia_flight flight = {.model = model,
                               .dynamics = &dynamics,
                               .count = 24,
                               .number = number,
                               .R = initial.R,
                               .V = initial.V,
                               .state = initial.state,
                               .weight = initial.weight,
                               .steps = 80,
                               .every = 2,
                               .full = true,
                               .input = "made by a test\n",
                               .input_path = "input.yaml",
                               .resolved = "seed: 5\n",
                               .model_path = pyrazine};
    const dia_flight_control control = {.nthread = 1, .checkpoint = 1e9};
    dia_flight_progress last;
    dia_journal *journal = NULL;
    char *identity = dia_flight_identity(&flight);
    assert_ok(
        dia_journal_open(&journal, "pyrazine_swarm.h5.journal", identity, dia_flight_blocks(&flight), true, &error),
        &error);
    assert_ok(dia_flight_fly(&flight, journal, &control, &last, &error), &error);
    assert_ok(dia_flight_assemble(&flight, journal, "pyrazine_swarm.h5", &error), &error);
    dia_journal_remove(journal);
    free(identity);
    dia_initial_free(&initial);
    dia_dynamics_close(&dynamics);
    dia_config_free(one);
    dia_config_free(two);
}

/* The intersection of the model, in a file of intersections. */
static void find(const dia_model *model)
{
    dia_error error = {0};
    dia_search_options options;
    dia_search_result result;
    dia_branching_plane plane;
    dia_catalogue points;
    dia_store *store;
    assert_ok(dia_catalogue_init(&points, dia_model_molecule(model), 1, 2, &error), &error);
    memcpy(points.R, dia_model_molecule(model)->reference, 3 * sizeof *points.R);
    dia_search_defaults(&options);
    assert_ok(dia_search(model, 0, 2, &options, points.R, &result, &error), &error);
    assert_true(result.converged);
    assert_ok(dia_branching_plane_make(&plane, model, 0, points.R, &error), &error);
    points.name[0] = strdup("S1/S0-1");
    points.model_digest = strdup(dia_model_digest(model));
    points.zero_text = strdup("nothing");
    points.count[0] = 2;
    points.E[0] = points.E[1] = result.energy;
    points.pitch[0] = plane.pitch;
    points.asymmetry[0] = plane.asymmetry;
    memcpy(points.x, plane.x, 3 * sizeof *plane.x);
    memcpy(points.y, plane.y, 3 * sizeof *plane.y);
    assert_ok(dia_store_create(&store, "pyrazine_points.h5", &error), &error);
    assert_ok(dia_store_set_text(store, "", "format", DIA_CATALOGUE_FORMAT, &error), &error);
    assert_ok(dia_store_set_int(store, "", "version", DIA_CATALOGUE_VERSION, &error), &error);
    assert_ok(dia_catalogue_write(&points, store, &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    dia_branching_plane_free(&plane);
    dia_catalogue_free(&points);
}

static void same(size_t n, const double *a, const double *b)
{
    for (size_t i = 0; i < n; i++)
        assert_true(a[i] == b[i] || (isnan(a[i]) && isnan(b[i])));
}

static void compare(const dia_mechanism *m, const dia_mechanism_file *f)
{
    const dia_passages *p = &m->passages;
    assert_int_equal(f->ntime, m->swarm->record->ntime);
    assert_int_equal(f->counted, m->swarm->record->ncounted);
    assert_string_equal(f->velocity_source, "hop");
    assert_int_equal(f->npoint, 1);
    assert_string_equal(f->name[0], "S1/S0-1");
    assert_int_equal(f->nrow, m->census.nrow);
    assert_true(f->nrow > 0);
    for (int i = 0; i < f->nrow; i++) {
        assert_int_equal(f->row[i].from, m->census.row[i].from);
        assert_int_equal(f->row[i].to, m->census.row[i].to);
        assert_int_equal(f->row[i].point, m->census.row[i].point);
        for (int k = 0; k < 2; k++) {
            const dia_census_group *a = &f->row[i].group[k], *b = &m->census.row[i].group[k];
            assert_int_equal(a->share.count, b->share.count);
            same(4, &a->share.value, &b->share.value);
            same((sizeof *a - offsetof(dia_census_group, time)) / sizeof(double), a->time, b->time);
        }
    }
    same((size_t)(p->nboundary * p->ncolumn * p->ntime) * 4 + (size_t)(p->nboundary * p->ntime), f->passages.last,
         p->last);
    assert_int_equal(f->nset, m->clusters.nset);
    for (int s = 0; s < f->nset; s++) {
        const dia_cluster_set *set = &m->clusters.set[s];
        assert_string_equal(f->set[s].name, set->name);
        assert_int_equal(f->set[s].n, set->ncluster);
        for (int k = 0; k < set->ncluster; k++) {
            assert_int_equal(f->set[s].kind[k].share.count, set->cluster[k].share.count);
            same(4, &f->set[s].kind[k].share.value, &set->cluster[k].share.value);
            same(3, f->set[s].kind[k].R, set->R + 3 * set->cluster[k].centre);
        }
    }
}

static void a_file_reads_back_as_it_was_written(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = NULL;
    dia_mechanism_settings settings;
    dia_mechanism *m = NULL;
    dia_mechanism_file file;
    assert_ok(dia_model_load(&model, pyrazine, &error), &error);
    fly(model);
    find(model);
    dia_config *config = parse(mechanism_text);
    assert_ok(dia_mechanism_settings_read(&settings, config, &error), &error);
    const dia_mechanism_control control = {.threads = 2};
    assert_ok(dia_mechanism_create(&m, &settings, &control, &error), &error);
    for (int t = 0; t < m->passages.ntime; t++) {
        double sum = 0;
        for (int i = 0; i < m->passages.ncolumn; i++)
            sum += m->passages.last[i * m->passages.ntime + t];
        assert_close(sum, m->passages.below[t], 0, 1e-14);
    }
    for (int k = 0; k < m->census.nhop; k++) { /* one intersection: everything is resolved */
        double sum = 0;
        for (int i = 0; i < 3; i++)
            sum += m->census.displacement[3 * k + i] * m->census.displacement[3 * k + i];
        assert_close(sqrt(sum / 3), m->census.distance[k], 1e-12, 0); /* three coordinates, each an atom of its own */
    }
    assert_ok(dia_mechanism_write_file(m, mechanism_text, "pyrazine_mechanism.h5", &error), &error);
    assert_ok(dia_mechanism_check_output("pyrazine_mechanism.h5", &error), &error);
    assert_ok(dia_mechanism_file_read(&file, "pyrazine_mechanism.h5", &error), &error);
    compare(m, &file);
    dia_mechanism_file_free(&file);
    assert_int_equal(dia_mechanism_file_read(&file, "pyrazine_swarm.h5", &error), DIA_ERROR_INPUT);
    dia_error_clear(&error);
    assert_int_equal(dia_mechanism_check_output("pyrazine_swarm.h5", &error), DIA_ERROR_INPUT);
    dia_mechanism_free(m);
    dia_config_free(config);
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_file_reads_back_as_it_was_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
