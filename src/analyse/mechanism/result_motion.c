/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motion in the file of a mechanism and in its JSON: coordinates, normal modes, principal components. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/mechanism/result.h"
#include "base/arena.h"

#define OF(member, ...) DIA_MEMBER_OF(dia_series, member, __VA_ARGS__)
#define SERIES(unit_, density_)                                                                                        \
    {                                                                                                                  \
        OF(value, DIA_MEMBER_FLOAT, .shape = "NTv", .name = "value", .unit = unit_),                                   \
            OF(hop, DIA_MEMBER_REAL, .shape = "Kv", .name = "hop", .unit = unit_),                                     \
            OF(mean, DIA_MEMBER_REAL, .shape = "vGT", .name = "mean", .unit = unit_, .absent = true),                  \
            OF(error, DIA_MEMBER_REAL, .shape = "vGT", .name = "error", .unit = unit_),                                \
            OF(deviation, DIA_MEMBER_REAL, .shape = "vGT", .name = "deviation", .unit = unit_),                        \
            OF(quantile, DIA_MEMBER_REAL, .shape = "vGTq", .name = "quantile", .unit = unit_, .absent = true),         \
            OF(density.value, DIA_MEMBER_REAL, .shape = "TGB", .name = "density", .unit = density_, .most = 1e12),     \
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
    OF(scale, DIA_MEMBER_REAL, .shape = "M", .name = "scale", .unit = "bohr^-1 electron_mass^(-1/2)", .most = 1e12,
       .absent = true),
    OF(mean, DIA_MEMBER_REAL, .shape = "MT", .name = "mean", .unit = Q, .absent = true),
    OF(error, DIA_MEMBER_REAL, .shape = "MT", .name = "error", .unit = Q, .most = 1e12, .absent = true),
    OF(square, DIA_MEMBER_REAL, .shape = "MT", .name = "square", .unit = "bohr^2 electron_mass"),
    OF(deviation, DIA_MEMBER_REAL, .shape = "MT", .name = "deviation", .unit = Q),
    OF(total, DIA_MEMBER_REAL, .shape = "M", .name = "total", .unit = Q, .most = 1e12, .absent = true),
    OF(coherent, DIA_MEMBER_REAL, .shape = "M", .name = "coherent", .unit = Q, .most = 1e12, .absent = true),
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

#define OF(member, ...) DIA_MEMBER_OF(dia_components, member, __VA_ARGS__)
#define COMPONENTS(unit_, squared_)                                                                                    \
    {                                                                                                                  \
        OF(eigenvalue, DIA_MEMBER_REAL, .shape = "C", .name = "eigenvalue", .unit = squared_, .most = 1e12),           \
            OF(vector, DIA_MEMBER_REAL, .shape = "CAD", .name = "vector", .least = -1 - 1e-9, .most = 1 + 1e-9),       \
            OF(mean, DIA_MEMBER_REAL, .shape = "AD", .name = "mean_displacement", .unit = unit_),                      \
            OF(geometry, DIA_MEMBER_REAL, .shape = "AD", .name = "mean_geometry", .unit = BOHR),                       \
            OF(projection, DIA_MEMBER_FLOAT, .shape = "NTk", .name = "projection", .unit = unit_),                     \
            OF(average, DIA_MEMBER_REAL, .shape = "kGT", .name = "mean", .unit = unit_, .absent = true),               \
            OF(error, DIA_MEMBER_REAL, .shape = "kGT", .name = "error", .unit = unit_),                                \
            OF(deviation, DIA_MEMBER_REAL, .shape = "kGT", .name = "deviation", .unit = unit_, .most = 1e12,           \
               .absent = true),                                                                                        \
            OF(from, DIA_MEMBER_REAL, .name = "from", .key = "from_fs"),                                               \
            OF(to, DIA_MEMBER_REAL, .name = "to", .key = "to_fs"),                                                     \
            OF(share, DIA_MEMBER_REAL, .shape = "C", .name = "share", .key = "share", .most = 1 + 1e-9),               \
        {                                                                                                              \
            0                                                                                                          \
        }                                                                                                              \
    }
static const dia_member component_fields[2][12] = {COMPONENTS(BOHR, "bohr^2"), COMPONENTS(Q, "bohr^2 electron_mass")};
#undef OF

/* The word for the weights: which of the tables holds. */
typedef struct weighting {
    char *word;
} weighting;
static const dia_member weighting_fields[] = {
    DIA_MEMBER_OF(weighting, word, DIA_MEMBER_TEXT, .name = "weighting", .key = "weighting"), {0}};
static const char *const weighting_words[2] = {"none", "mass"};

static void put_components(dia_result_writer *w)
{
    const dia_components *c = &w->m->components;
    char word[8];
    snprintf(word, sizeof word, "%s", weighting_words[c->weighted]);
    w->extents.of['k'] = (size_t)c->count;
    dia_result_put(w, "components", component_fields[c->weighted], c);
    dia_result_put(w, "components", weighting_fields, &(weighting){word});
}

static void components_json(const dia_mechanism_result *m, dia_json *json)
{
    const dia_components *c = &m->components;
    const dia_extents extents = dia_result_extents(m->swarm->record);
    char word[8];
    snprintf(word, sizeof word, "%s", weighting_words[c->weighted]);
    dia_json_object(json, "components");
    dia_members_json(weighting_fields, &(weighting){word}, NULL, json);
    dia_members_json(component_fields[c->weighted], c, &extents, json);
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
        put_components(w);
}

void dia_result_motion_json(const dia_mechanism_result *m, dia_json *json)
{
    if (m->nseries > 0)
        series_json(m, json);
    if (m->settings->has_modes)
        modes_json(m, json);
    if (m->settings->has_components)
        components_json(m, json);
}

/* The map, whose edges ascend by equal steps. */
static dia_status read_density(dia_series *s, bool angle, const char *group, const dia_store *store, dia_extents *e,
                               dia_error *error)
{
    dia_density *d = &s->density;
    e->of['B'] = DIA_EXTENT_ANY;
    dia_status status = dia_members_load(series_fields[angle], s, e, store, group, "density", error);
    if (status != DIA_OK)
        return status;
    const size_t bins = e->of['B'];
    e->of['E'] = bins + 1;
    status = dia_members_load(series_fields[angle], s, e, store, group, "edge", error);
    d->ntime = s->ntime;
    d->ngroup = s->ngroup;
    const double step = status == DIA_OK && bins > 0 ? (d->edge[bins] - d->edge[0]) / (double)bins : 0;
    bool even = bins > 0 && step > 0;
    for (size_t i = 0; i < bins && status == DIA_OK && even; i++)
        even = fabs(d->edge[i + 1] - d->edge[i] - step) < 1e-6 * step;
    if (status == DIA_OK && !even)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "'%s': '%s/edge': the edges of the bins do not ascend by equal steps",
                             dia_store_path(store), group);
    d->bins = (int)bins;
    return status;
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
    return status == DIA_OK ? read_density(s, angle, group, store, e, error) : status;
}

void dia_result_free_series(dia_series *s)
{
    dia_members_free(series_fields[0], s);
}

dia_status dia_result_read_modes(dia_activity *a, const dia_store *store, dia_extents *e, dia_error *error)
{
    e->of['M'] = DIA_EXTENT_ANY;
    dia_status status = dia_members_load(mode_fields, a, e, store, "modes",
                                         "reference frequency vector scale mean error total coherent source", error);
    if (status != DIA_OK)
        return status;
    a->ncart = (int)e->of['C'];
    a->nmode = (int)e->of['M'];
    a->ntime = (int)e->of['T'];
    a->largest = dia_allocate((size_t)a->nmode + 1, sizeof *a->largest);
    a->largest_at = dia_allocate((size_t)a->nmode + 1, sizeof *a->largest_at);
    if (a->largest == NULL || a->largest_at == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d modes", a->nmode);
    for (int k = 0; k < a->nmode; k++)
        dia_activity_furthest(a, k);
    return DIA_OK;
}

void dia_result_free_modes(dia_activity *a)
{
    dia_members_free(mode_fields, a);
    free(a->largest);
    free(a->largest_at);
}

dia_status dia_result_read_components(dia_components *c, const dia_store *store, dia_extents *e, dia_error *error)
{
    weighting weights = {NULL};
    dia_status status = dia_members_load(weighting_fields, &weights, e, store, "components", NULL, error);
    c->weighted = status == DIA_OK && strcmp(weights.word, weighting_words[1]) == 0;
    const bool known = c->weighted || (status == DIA_OK && strcmp(weights.word, weighting_words[0]) == 0);
    dia_members_free(weighting_fields, &weights);
    if (status == DIA_OK && !known)
        status =
            dia_error_set(error, DIA_ERROR_FILE, "'%s': 'components': attribute 'weighting' is neither '%s' nor '%s'",
                          dia_store_path(store), weighting_words[0], weighting_words[1]);
    e->of['k'] = DIA_EXTENT_ANY;
    if (status == DIA_OK)
        status = dia_members_load(component_fields[c->weighted], c, e, store, "components",
                                  "vector mean_geometry mean deviation from to share", error);
    if (status == DIA_OK && e->of['k'] > e->of['C'])
        status = dia_error_set(error, DIA_ERROR_FILE, "'%s': 'components/mean': %zu components of %zu coordinates",
                               dia_store_path(store), e->of['k'], e->of['C']);
    if (status != DIA_OK)
        return status;
    c->ncart = (int)e->of['C'];
    c->count = (int)e->of['k'];
    c->ntime = (int)e->of['T'];
    c->ngroup = (int)e->of['G'];
    return DIA_OK;
}

void dia_result_free_components(dia_components *c)
{
    dia_members_free(component_fields[c->weighted], c);
}
