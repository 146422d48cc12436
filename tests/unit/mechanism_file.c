/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanism of a small real swarm on a model of pyrazine, written to a file and read back: the same numbers. And
 * what must hold for any swarm: populations by intersection add up. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "swarm/flight.h"

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
                                     "modes: {relabel: never}\n"
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
static void fly(dia_model *model)
{
    dia_error error = {0};
    dia_config *one = parse(initial_text), *two = parse(dynamics_text);
    dia_initial_settings settings = {0};
    dia_dynamics dynamics = {0};
    dia_initial initial;
    dia_initial_read(&settings, one, dia_config_root(one));
    assert_ok(dia_config_finish(one, &error), &error);
    assert_ok(dia_dynamics_read(&dynamics, two, dia_config_root(two), &error), &error);
    assert_ok(dia_config_finish(two, &error), &error);
    assert_ok(dia_initial_make(&initial, model, &settings, NULL, &error), &error);
    int64_t number[24];
    for (int j = 0; j < 24; j++)
        number[j] = j;
    dynamics.seed = 5;
    dia_flight flight = {.model = model,
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
    const dia_control control = {.threads = 1};
    dia_flight_progress last;
    dia_journal *journal = NULL;
    char *stored;
    assert_ok(dia_flight_journal(&flight, &journal, "pyrazine_swarm.h5.journal", true, &stored, &error), &error);
    assert_null(stored);
    assert_ok(dia_flight_fly(&flight, journal, 1e9, &control, &last, &error), &error);
    assert_ok(dia_flight_assemble(&flight, journal, "pyrazine_swarm.h5", &control, &error), &error);
    dia_journal_remove(journal);
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
    assert_ok(dia_catalogue_init(&points, dia_model_molecule(model), 1, 2, 2, &error), &error);
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

/* A dataset of reals must hold just these. */
static void holds(const dia_store *store, const char *name, int rank, const size_t *dims, const double *values)
{
    dia_error error = {0};
    size_t n = 1;
    for (int d = 0; d < rank; d++)
        n *= dims[d];
    double *found = calloc(n + 1, sizeof *found);
    assert_non_null(found);
    assert_ok(dia_store_read(store, name, DIA_NUMBER_REAL, rank, dims, found, &error), &error);
    same(n, found, values);
    free(found);
}

static void compare(const dia_mechanism_result *m, const dia_store *store)
{
    const dia_passages *p = &m->passages;
    const size_t dims[3] = {(size_t)p->nboundary, (size_t)p->ncolumn, (size_t)p->ntime}, rows = (size_t)m->census.nrow;
    dia_error error = {0};
    char *text = NULL, **names = NULL;
    int64_t counted = 0;
    assert_ok(dia_store_attribute_int(store, "", "counted", &counted, &error), &error);
    assert_int_equal(counted, m->swarm->record->ncounted);
    assert_ok(dia_store_attribute_text(store, "", "model_files", &text, &error), &error);
    assert_non_null(strstr(text, m->swarm->record->swarm->model_digest)); /* one file: its digest is the model's */
    free(text);
    assert_ok(dia_store_attribute_text(store, "census", "velocity_source", &text, &error), &error);
    assert_string_equal(text, "hop");
    free(text);
    assert_ok(dia_store_read_texts(store, "census/points/name", 1, &names, &error), &error);
    assert_string_equal(names[0], "S1/S0-1");
    free(names);
    holds(store, "census/passages/last", 3, dims, p->last);
    holds(store, "census/passages/first_error", 3, dims, p->first_error);
    assert_true(rows > 0);
    double *gap = calloc(6 * rows, sizeof *gap), *share = calloc(2 * rows, sizeof *share),
           *to = calloc(rows, sizeof *to);
    for (size_t i = 0; i < rows; i++) {
        to[i] = m->census.row[i].to;
        for (size_t k = 0; k < 2; k++) {
            share[2 * i + k] = m->census.row[i].group[k].share.high;
            memcpy(gap + 3 * (2 * i + k), m->census.row[i].group[k].gap, 3 * sizeof *gap);
        }
    }
    holds(store, "census/table/gap", 3, (const size_t[]){rows, 2, 3}, gap);
    holds(store, "census/table/share_high", 2, (const size_t[]){rows, 2}, share);
    holds(store, "census/table/to", 1, &rows, to);
    free(gap);
    free(share);
    free(to);
    for (int s = 0; s < m->clusters.nset; s++) {
        const dia_cluster_set *set = &m->clusters.set[s];
        char group[64], name[96];
        snprintf(group, sizeof group, "clusters/%d", s);
        assert_ok(dia_store_attribute_text(store, group, "name", &text, &error), &error);
        assert_string_equal(text, set->name);
        free(text);
        snprintf(name, sizeof name, "%s/position", group);
        double *R = calloc(3 * (size_t)set->ncluster, sizeof *R);
        for (int k = 0; k < set->ncluster; k++)
            memcpy(R + 3 * k, set->R + 3 * set->cluster[k].centre, 3 * sizeof *R);
        holds(store, name, 3, (const size_t[]){(size_t)set->ncluster, 3, 1}, R);
        free(R);
    }
}

/* Maps, modes, components, clusters: what is read back is what was computed, to the last bit. */
static void sections(const dia_mechanism_result *m, const dia_mechanism_file *file)
{
    const dia_density *map = &m->series[0].density, *read = &file->series[0].density;
    const dia_activity *a = &m->activity;
    const dia_components *c = &m->components;
    const size_t T = (size_t)a->ntime, M = (size_t)a->nmode, n = (size_t)a->ncart;
    assert_true(read->bins == map->bins && read->ngroup == map->ngroup && read->ntime == map->ntime);
    same((size_t)map->bins * (size_t)map->ngroup * T, read->value, map->value);
    same((size_t)map->bins + 1, read->edge, map->edge);
    assert_true(file->has_modes && file->activity.nmode == a->nmode && a->nmode > 0);
    same(M * T, file->activity.mean, a->mean);
    same(M * n, file->activity.modes.vector, a->modes.vector);
    same(M, file->activity.largest, a->largest); /* not in the file: found again */
    assert_memory_equal(file->activity.largest_at, a->largest_at, M * sizeof(int));
    assert_true(file->has_components && file->components.count == c->count && file->components.weighted == c->weighted);
    same((size_t)c->count * (size_t)c->ngroup * T, file->components.average, c->average);
    same(n * n, file->components.vector, c->vector);
    assert_int_equal(file->clusters.nset, m->clusters.nset);
    for (int i = 0; i < m->clusters.nset; i++) {
        const dia_cluster_set *own = &m->clusters.set[i], *found = &file->clusters.set[i];
        assert_string_equal(found->name, own->name);
        assert_true(found->n == own->n && found->ncluster == own->ncluster && own->ncluster > 0);
        for (size_t k = 0; k < (size_t)own->ncluster; k++) {
            same(n, found->R + k * n, own->R + (size_t)own->cluster[k].centre * n);
            assert_int_equal(found->cluster[k].share.count, own->cluster[k].share.count);
        }
    }
}

static void a_file_reads_back_as_it_was_written(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model = NULL;
    dia_mechanism_settings settings;
    dia_mechanism_result *m = NULL;
    dia_store *store = NULL;
    assert_ok(dia_model_load(&model, pyrazine, &error), &error);
    fly(model);
    find(model);
    dia_config *config = parse(mechanism_text);
    assert_ok(dia_mechanism_settings_read(&settings, config, &error), &error);
    const dia_control control = {.threads = 2};
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
    assert_ok(dia_store_open(&store, "pyrazine_mechanism.h5", &error), &error);
    compare(m, store);
    dia_store_close(&store);
    dia_mechanism_file file;
    assert_ok(dia_mechanism_file_read(&file, m->swarm->record, "pyrazine_mechanism.h5", &error), &error);
    assert_int_equal(file.census.nrow, m->census.nrow);
    assert_memory_equal(file.census.point, m->census.point, (size_t)m->census.nhop * sizeof(int));
    assert_true(file.nseries == 1 && file.series[0].nvalue == 1 && file.series[0].coordinate.dimension == DIA_ATOMIC);
    assert_string_equal(file.series[0].coordinate.text, "position 1");
    same((size_t)m->passages.ntime, file.series[0].mean, m->series[0].mean);
    sections(m, &file);
    dia_mechanism_file_free(&file);
    dia_mechanism_free(m);
    dia_config_free(config);
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_file_reads_back_as_it_was_written)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
