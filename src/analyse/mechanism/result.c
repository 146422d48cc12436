/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanism in its file, as a JSON object, and read back: the head, and the sections put together. */
#include <stdio.h>
#include <stdlib.h>

#include "analyse/mechanism/result.h"
#include "base/arena.h"

void dia_result_put(dia_result_writer *w, const char *group, const dia_member *fields, const void *object)
{
    if (w->status == DIA_OK)
        w->status = dia_members_store(fields, object, &w->extents, w->store, group, w->error);
}

void dia_result_put_rows(dia_result_writer *w, const char *group, const dia_member *fields, dia_rows rows)
{
    if (w->status == DIA_OK)
        w->status = dia_rows_store(fields, &rows, w->store, group, w->error);
}

dia_extents dia_result_extents(const dia_record *r)
{
    dia_extents e = {{0}};
    e.of['N'] = (size_t)r->ntrajectory;
    e.of['T'] = (size_t)r->ntime;
    e.of['K'] = (size_t)r->nhop;
    e.of['n'] = (size_t)r->nstate;
    e.of['b'] = (size_t)r->nstate - 1; /* boundaries between states */
    e.of['G'] = 1 + (size_t)r->nstate;
    e.of['A'] = (size_t)r->swarm->natom;
    e.of['D'] = (size_t)r->swarm->dimension;
    e.of['C'] = e.of['A'] * e.of['D'];
    e.of['q'] = DIA_SERIES_QUANTILES;
    return e;
}

typedef struct head {
    const char *format, *version_text, *commit, *input, *files;
    int version;
} head;

#define OF(member, ...) DIA_MEMBER_OF(head, member, __VA_ARGS__)
static const dia_member head_fields[] = {OF(format, DIA_MEMBER_TEXT, .name = "format", .key = "format"),
                                         OF(version, DIA_MEMBER_INT, .name = "version", .key = "version"),
                                         OF(input, DIA_MEMBER_TEXT, .name = "input"),
                                         OF(version_text, DIA_MEMBER_TEXT, .name = "program_version"),
                                         OF(commit, DIA_MEMBER_TEXT, .name = "program_commit"),
                                         OF(files, DIA_MEMBER_TEXT, .name = "model_files"),
                                         {0}};
#undef OF
static const dia_member settings_fields[] = {
    DIA_MEMBER_OF(dia_mechanism_settings, swarm, DIA_MEMBER_TEXT, .name = "swarm", .key = "swarm"), {0}};
static const dia_member swarm_fields[] = {
    DIA_MEMBER_OF(dia_mechanism_swarm, model_digest, DIA_MEMBER_TEXT, .name = "model_digest"), {0}};
#define OF(member, ...) DIA_MEMBER_OF(dia_record, member, __VA_ARGS__)
static const dia_member record_fields[] = {
    OF(nstate, DIA_MEMBER_INT, .name = "states"),
    OF(ntrajectory, DIA_MEMBER_INT, .name = "trajectories", .key = "trajectories"),
    OF(ncounted, DIA_MEMBER_INT, .name = "counted", .key = "counted"),
    OF(nhop, DIA_MEMBER_INT, .key = "hops"),
    OF(time, DIA_MEMBER_REAL, .shape = "T", .name = "time", .unit = FS),
    OF(number, DIA_MEMBER_INT64, .shape = "N", .name = "trajectories/number"),
    OF(weight, DIA_MEMBER_REAL, .shape = "N", .name = "trajectories/weight"),
    {0}};
#undef OF
#define OF(member, ...) DIA_MEMBER_OF(dia_molecule, member, __VA_ARGS__)
static const dia_member molecule_fields[] = {
    OF(numbers, DIA_MEMBER_INT, .shape = "A", .name = "molecule/numbers"),
    OF(masses, DIA_MEMBER_REAL, .shape = "A", .name = "molecule/masses", .unit = "electron_mass"),
    OF(reference, DIA_MEMBER_REAL, .shape = "AD", .name = "molecule/reference", .unit = BOHR),
    {0}};
#undef OF

static head head_of(const dia_mechanism_result *m, const char *input)
{
    return (head){.format = DIA_MECHANISM_FORMAT,
                  .version = DIA_MECHANISM_VERSION,
                  .input = input,
                  .version_text = dia_version(),
                  .commit = dia_commit(),
                  .files = m->model_files != NULL ? m->model_files : m->swarm->record->swarm->model_files};
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_all(dia_result_writer *w, const char *input)
{
    const dia_mechanism_result *m = w->m;
    const head about = head_of(m, input);
    dia_result_put(w, "", head_fields, &about);
    dia_result_put(w, "", settings_fields, m->settings);
    dia_result_put(w, "", swarm_fields, m->swarm);
    dia_result_put(w, "", record_fields, m->swarm->record);
    dia_result_put(w, "", molecule_fields, &m->swarm->molecule);
    if (m->settings->has_census)
        dia_result_put_census(w);
    dia_result_put_motion(w);
    dia_result_put_clusters(w);
}

dia_status dia_mechanism_write_file(const dia_mechanism_result *m, const char *input, const char *path,
                                    dia_error *error)
{
    dia_result_writer w = {.m = m, .error = error, .extents = dia_result_extents(m->swarm->record)};
    w.status = dia_store_create(&w.store, path, error);
    if (w.status == DIA_OK)
        put_all(&w, input);
    if (w.status == DIA_OK)
        w.status = dia_store_commit(&w.store, error);
    dia_store_close(&w.store);
    return w.status;
}

void dia_mechanism_write_json(const dia_mechanism_result *m, FILE *out)
{
    const head about = head_of(m, NULL);
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_members_json(head_fields, &about, NULL, &json);
    dia_members_json(settings_fields, m->settings, NULL, &json);
    dia_members_json(record_fields, m->swarm->record, NULL, &json);
    if (m->settings->has_census)
        dia_result_census_json(m, &json);
    dia_result_motion_json(m, &json);
    if (m->settings->has_clusters)
        dia_result_clusters_json(m, &json);
    dia_json_end(&json);
}

/* ---- the file read back ---------------------------------------------------------------------- */

dia_status dia_result_foreign(const dia_store *store, const dia_record *r, dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "%s: was made from another swarm than '%s' (the samples or hops differ); run diabolo "
                         "mechanism on this one",
                         dia_store_path(store), r->swarm->path);
}

/* Was it made from this swarm? Every sample must be the same. */
static dia_status check_samples(const dia_store *store, const dia_record *r, dia_error *error)
{
    dia_record found = {0};
    dia_extents e = {{['T'] = DIA_EXTENT_ANY}};
    dia_status status = dia_members_load(record_fields, &found, &e, store, "", "time", error);
    bool same = e.of['T'] == (size_t)r->ntime;
    for (int i = 0; i < r->ntime && status == DIA_OK && same; i++)
        same = found.time[i] == r->time[i];
    dia_members_free(record_fields, &found);
    return status == DIA_OK && !same ? dia_result_foreign(store, r, error) : status;
}

static dia_status read_coordinates(dia_mechanism_file *file, int dimension, const dia_store *store, dia_extents *e,
                                   dia_error *error)
{
    const int n = dia_store_numbered(store, "coordinates");
    dia_status status = DIA_OK;
    file->series = dia_allocate((size_t)n + 1, sizeof *file->series);
    if (file->series == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d coordinates", n);
    for (; status == DIA_OK && file->nseries < n; file->nseries++)
        status = dia_result_read_series(&file->series[file->nseries], file->nseries, dimension, store, e, error);
    return status;
}

/* Every section that the file has. */
static dia_status read_sections(dia_mechanism_file *file, const dia_record *record, const dia_store *store,
                                dia_error *error)
{
    dia_extents e = dia_result_extents(record);
    dia_status status = read_coordinates(file, record->swarm->dimension, store, &e, error);
    file->has_census = dia_store_has(store, "census");
    file->has_modes = dia_store_has(store, "modes");
    file->has_components = dia_store_has(store, "components");
    if (status == DIA_OK && file->has_census)
        status = dia_result_read_census(file, record, store, &e, error);
    if (status == DIA_OK && file->has_modes)
        status = dia_result_read_modes(&file->activity, store, &e, error);
    if (status == DIA_OK && file->has_components)
        status = dia_result_read_components(&file->components, store, &e, error);
    if (status == DIA_OK && dia_store_has(store, "clusters"))
        status = dia_result_read_clusters(&file->clusters, store, &e, error);
    return status;
}

dia_status dia_mechanism_file_read(dia_mechanism_file *file, const dia_record *record, const char *path,
                                   dia_error *error)
{
    dia_store *store = NULL;
    *file = (dia_mechanism_file){.has_census = false};
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(store, DIA_MECHANISM_FORMAT, DIA_MECHANISM_VERSION, error);
    if (status == DIA_OK)
        status = check_samples(store, record, error);
    if (status == DIA_OK)
        status = read_sections(file, record, store, error);
    dia_store_close(&store);
    if (status != DIA_OK)
        dia_mechanism_file_free(file);
    return status;
}

void dia_mechanism_file_free(dia_mechanism_file *file)
{
    dia_result_free_census(file);
    for (int i = 0; i < file->nseries; i++)
        dia_result_free_series(&file->series[i]);
    free(file->series);
    dia_result_free_modes(&file->activity);
    dia_result_free_components(&file->components);
    dia_result_free_clusters(&file->clusters);
    *file = (dia_mechanism_file){.has_census = false};
}
