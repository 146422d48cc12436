/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motion in the file of a mechanism and in its JSON: coordinates, normal modes, principal components. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/mechanism/result.h"

#define OF(member, ...) DIA_MEMBER_OF(dia_series, member, __VA_ARGS__)
#define SERIES(unit_, density_)                                                                                        \
    {                                                                                                                  \
        OF(value, DIA_MEMBER_FLOAT, .shape = "NTv", .name = "value", .unit = unit_),                                   \
            OF(hop, DIA_MEMBER_REAL, .shape = "Kv", .name = "hop", .unit = unit_),                                     \
            OF(mean, DIA_MEMBER_REAL, .shape = "vGT", .name = "mean", .unit = unit_, .absent = true),                  \
            OF(error, DIA_MEMBER_REAL, .shape = "vGT", .name = "error", .unit = unit_),                                \
            OF(deviation, DIA_MEMBER_REAL, .shape = "vGT", .name = "deviation", .unit = unit_),                        \
            OF(quantile, DIA_MEMBER_REAL, .shape = "vGTq", .name = "quantile", .unit = unit_, .absent = true),         \
            OF(density.value, DIA_MEMBER_REAL, .shape = "TGB", .name = "density", .unit = density_),                   \
            OF(density.outside, DIA_MEMBER_REAL, .shape = "TG", .name = "outside"),                                    \
            OF(density.edge, DIA_MEMBER_REAL, .shape = "E", .name = "edge", .unit = unit_),                            \
            OF(name, DIA_MEMBER_WORDS, .name = "name"), OF(coordinate.text, DIA_MEMBER_WORDS, .name = "coordinate"),   \
            OF(absolute, DIA_MEMBER_BOOL, .name = "absolute"), OF(circular, DIA_MEMBER_BOOL, .name = "circular"),      \
            OF(nimage, DIA_MEMBER_INT, .name = "images"), OF(density.width, DIA_MEMBER_REAL, .name = "smooth"),        \
        {                                                                                                              \
            0                                                                                                          \
        }                                                                                                              \
    }
static const dia_member series_fields[2][16] = {SERIES(BOHR, "1/bohr"), SERIES("rad", "1/rad")}; /* lengths, angles */
#undef OF

static void put_series(dia_result_writer *w, int i)
{
    const dia_series *s = &w->m->series[i];
    char group[40];
    snprintf(group, sizeof group, "coordinates/%d", i);
    w->extents.of['v'] = (size_t)s->nvalue;
    w->extents.of['B'] = (size_t)s->density.bins;
    w->extents.of['E'] = (size_t)s->density.bins + 1;
    dia_result_put(w, group, series_fields[s->coordinate.dimension == DIA_ANGLE], s);
    if (w->status == DIA_OK)
        w->status = dia_store_set_text(w->store, group, "fold", dia_fold_names[s->fold], w->error);
}

static void in_unit(dia_json *json, const char *key, int n, int stride, const double *values, double unit)
{
    dia_json_array(json, key);
    for (int i = 0; i < n; i++)
        dia_json_real(json, NULL, values[i * stride] / unit);
    dia_json_end(json);
}

static void series_json(const dia_mechanism_result *m, dia_json *json)
{
    dia_json_array(json, "coordinates");
    for (int i = 0; i < m->nseries; i++) {
        const dia_series *s = &m->series[i];
        const dia_series_unit unit = dia_series_unit_of(s);
        dia_json_object(json, NULL);
        dia_json_text(json, "name", s->name);
        dia_json_text(json, "coordinate", s->coordinate.text);
        dia_json_text(json, "fold", dia_fold_names[s->fold]);
        dia_json_text(json, "unit", unit.name);
        dia_json_array(json, "values");
        for (int v = 0; v < s->nvalue; v++) { /* group 0: all trajectories */
            const size_t at = (size_t)v * (size_t)s->ngroup * (size_t)s->ntime;
            dia_json_object(json, NULL);
            in_unit(json, "mean", s->ntime, 1, s->mean + at, unit.size);
            in_unit(json, "error", s->ntime, 1, s->error + at, unit.size);
            in_unit(json, "deviation", s->ntime, 1, s->deviation + at, unit.size);
            in_unit(json, "median", s->ntime, DIA_SERIES_QUANTILES, s->quantile + at * DIA_SERIES_QUANTILES + 2,
                    unit.size);
            dia_json_end(json);
        }
        dia_json_end(json);
        dia_json_end(json);
    }
    dia_json_end(json);
}

#define Q "bohr electron_mass^(1/2)"
#define OF(member, ...) DIA_MEMBER_OF(dia_activity, member, __VA_ARGS__)
static const dia_member mode_fields[] = {
    OF(reference, DIA_MEMBER_REAL, .shape = "AD", .name = "reference", .unit = BOHR),
    OF(modes.frequency, DIA_MEMBER_REAL, .shape = "M", .name = "frequency", .unit = HARTREE),
    OF(modes.vector, DIA_MEMBER_REAL, .shape = "MAD", .name = "vector"),
    OF(scale, DIA_MEMBER_REAL, .shape = "M", .name = "scale", .unit = "bohr^-1 electron_mass^(-1/2)"),
    OF(mean, DIA_MEMBER_REAL, .shape = "MT", .name = "mean", .unit = Q),
    OF(error, DIA_MEMBER_REAL, .shape = "MT", .name = "error", .unit = Q),
    OF(square, DIA_MEMBER_REAL, .shape = "MT", .name = "square", .unit = "bohr^2 electron_mass"),
    OF(deviation, DIA_MEMBER_REAL, .shape = "MT", .name = "deviation", .unit = Q),
    OF(total, DIA_MEMBER_REAL, .shape = "M", .name = "total", .unit = Q),
    OF(coherent, DIA_MEMBER_REAL, .shape = "M", .name = "coherent", .unit = Q),
    OF(source, DIA_MEMBER_WORDS, .name = "source", .key = "source"),
    OF(energy, DIA_MEMBER_REAL, .name = "energy"),
    {0}};
#undef OF

static void modes_json(const dia_mechanism_result *m, dia_json *json)
{
    dia_json_object(json, "modes");
    dia_members_json(mode_fields, &m->activity, NULL, json);
    dia_json_array(json, "list");
    for (int k = 0; k < m->activity.nmode; k++) {
        const dia_mode_activity mode = dia_activity_of_mode(&m->activity, k, m->swarm->record->time);
        dia_json_object(json, NULL);
        dia_members_json(dia_mode_activity_members, &mode, NULL, json);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

typedef struct components { /* with the word for the weights */
    dia_components all;
    const char *weighting;
} components;

static void describe_components(const dia_mechanism_result *m, dia_result_writer *w, dia_json *json)
{
    const components c = {m->components, m->components.weighted ? "mass" : "none"};
    const char *X = c.all.weighted ? Q : BOHR;
#define OF(member, ...) DIA_MEMBER_OF(components, member, __VA_ARGS__)
    const dia_member fields[] = {
        OF(all.eigenvalue, DIA_MEMBER_REAL, .shape = "C", .name = "eigenvalue",
           .unit = c.all.weighted ? "bohr^2 electron_mass" : "bohr^2"),
        OF(all.vector, DIA_MEMBER_REAL, .shape = "CAD", .name = "vector"),
        OF(all.mean, DIA_MEMBER_REAL, .shape = "AD", .name = "mean_displacement", .unit = X),
        OF(all.geometry, DIA_MEMBER_REAL, .shape = "AD", .name = "mean_geometry", .unit = BOHR),
        OF(all.projection, DIA_MEMBER_FLOAT, .shape = "NTk", .name = "projection", .unit = X),
        OF(all.average, DIA_MEMBER_REAL, .shape = "kGT", .name = "mean", .unit = X),
        OF(all.error, DIA_MEMBER_REAL, .shape = "kGT", .name = "error", .unit = X),
        OF(all.deviation, DIA_MEMBER_REAL, .shape = "kGT", .name = "deviation", .unit = X),
        OF(weighting, DIA_MEMBER_TEXT, .name = "weighting", .key = "weighting"),
        OF(all.from, DIA_MEMBER_REAL, .name = "from", .key = "from_fs"),
        OF(all.to, DIA_MEMBER_REAL, .name = "to", .key = "to_fs"),
        OF(all.share, DIA_MEMBER_REAL, .shape = "C", .name = "share", .key = "share"),
        {0}};
#undef OF
    if (w != NULL) {
        w->extents.of['k'] = (size_t)c.all.count;
        dia_result_put(w, "components", fields, &c);
        return;
    }
    const dia_extents extents = dia_result_extents(m->swarm->record);
    dia_json_object(json, "components");
    dia_members_json(fields, &c, &extents, json);
    dia_json_end(json);
}

void dia_result_put_motion(dia_result_writer *w)
{
    const dia_mechanism_result *m = w->m;
    for (int i = 0; i < m->nseries; i++)
        put_series(w, i);
    w->extents.of['M'] = (size_t)m->activity.nmode;
    if (m->settings->has_modes)
        dia_result_put(w, "modes", mode_fields, &m->activity);
    if (m->settings->has_components)
        describe_components(m, w, NULL);
}

void dia_result_motion_json(const dia_mechanism_result *m, dia_json *json)
{
    if (m->nseries > 0)
        series_json(m, json);
    if (m->settings->has_modes)
        modes_json(m, json);
    if (m->settings->has_components)
        describe_components(m, NULL, json);
}

dia_status dia_result_read_series(dia_series *s, int i, int dimension, const dia_store *store, dia_extents *e,
                                  dia_error *error)
{
    char group[40], path[60], *unit = NULL;
    snprintf(group, sizeof group, "coordinates/%d", i);
    snprintf(path, sizeof path, "%s/mean", group);
    dia_status status = dia_store_attribute_text(store, path, "unit", &unit, error);
    const bool angle = status == DIA_OK && strcmp(unit, "rad") == 0;
    free(unit);
    if (status != DIA_OK)
        return status;
    e->of['v'] = DIA_EXTENT_ANY;
    s->coordinate.dimension = angle ? DIA_ANGLE : dimension == 3 ? DIA_LENGTH : DIA_ATOMIC;
    s->ngroup = (int)e->of['G'];
    s->ntime = (int)e->of['T'];
    status = dia_members_load(series_fields[angle], s, e, store, group, "name coordinate mean quantile", error);
    s->nvalue = (int)e->of['v'];
    if (status == DIA_OK && s->nvalue < 1)
        status = dia_error_set(error, DIA_ERROR_FILE, "'%s': '%s' holds no values", dia_store_path(store), path);
    return status;
}

void dia_result_free_series(dia_series *s)
{
    dia_members_free(series_fields[0], s);
}
