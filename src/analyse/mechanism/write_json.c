/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys are documented in docs/mechanism.md: change both together. What has a value at each hop, sample or bin is in
 * the HDF5 file alone. */
#include <math.h>

#include "analyse/mechanism/mechanism.h"
#include "base/json.h"

static const double angstrom = DIA_ANGSTROM, degree = 0.017453292519943295;

/* Numbers in another unit; n at most 16. */
static void scaled(dia_json *json, const char *key, int n, const double *values, double unit)
{
    double x[16];
    for (int i = 0; i < n; i++)
        x[i] = values[i] / unit;
    dia_json_reals(json, key, n, 1, x);
}

static void write_share(dia_json *json, const dia_share *share)
{
    dia_json_int(json, "count", share->count);
    dia_json_real(json, "share", share->value);
    dia_json_real(json, "share_error", share->error);
    dia_json_reals(json, "share_interval", 2, 1, (const double[]){share->low, share->high});
}

static void write_group(dia_json *json, const char *key, const dia_census_group *g)
{
    dia_json_object(json, key);
    write_share(json, &g->share);
    dia_json_real(json, "mean_time_fs", g->mean_time);
    dia_json_real(json, "mean_time_error_fs", g->time_error);
    dia_json_reals(json, "time_quartiles_fs", 3, 1, g->time);
    scaled(json, "distance_quartiles_angstrom", 3, g->distance, angstrom);
    scaled(json, "gap_quartiles_ev", 3, g->gap, DIA_EV);
    dia_json_real(json, "energy_above_ev", g->energy / DIA_EV);
    scaled(json, "displacement_xy_angstrom", 2, g->along, angstrom);
    dia_json_real(json, "displacement_rest_angstrom", g->across / angstrom);
    scaled(json, "velocity_xy_angstrom_per_fs", 2, g->speed, angstrom / DIA_FEMTOSECOND);
    dia_json_real(json, "approaching", g->approaching);
    dia_json_end(json);
}

/* Columns of passages at the boundary b that anybody passed. */
static void write_passages(const dia_mechanism *m, dia_json *json)
{
    const dia_passages *p = &m->passages;
    const size_t T = (size_t)p->ntime;
    dia_json_array(json, "populations");
    for (int b = 0; b < p->nboundary; b++) {
        dia_json_object(json, NULL);
        dia_json_int(json, "up_to_state", b);
        dia_json_reals(json, "all", p->ntime, 1, p->below + (size_t)b * T);
        dia_json_array(json, "through");
        for (int i = 0; i < p->ncolumn; i++) {
            const size_t at = ((size_t)b * (size_t)p->ncolumn + (size_t)i) * T;
            if (!(p->last[at + T - 1] > 0) && !(p->first[at + T - 1] > 0))
                continue;
            dia_json_object(json, NULL);
            dia_json_text(json, "intersection",
                          i < p->ncolumn - 2    ? m->census.points.name[i]
                          : i == p->ncolumn - 2 ? "none near"
                                                : "began below");
            dia_json_reals(json, "last", p->ntime, 1, p->last + at);
            dia_json_reals(json, "last_error", p->ntime, 1, p->last_error + at);
            dia_json_reals(json, "first", p->ntime, 1, p->first + at);
            dia_json_reals(json, "first_error", p->ntime, 1, p->first_error + at);
            dia_json_end(json);
        }
        dia_json_end(json);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void write_census(const dia_mechanism *m, dia_json *json)
{
    const dia_census *c = &m->census;
    dia_json_object(json, "census");
    dia_json_text(json, "intersections", m->settings->census.intersections);
    dia_json_text(json, "assign", c->assign == DIA_ASSIGN_SEARCH ? "search" : "nearest");
    dia_json_real(json, "limit_angstrom", c->limit / angstrom);
    dia_json_text(json, "velocity_source", dia_velocity_source_names[m->swarm->source]);
    if (c->assign == DIA_ASSIGN_SEARCH) {
        dia_json_object(json, "searches");
        for (int e = DIA_SEARCH_END_LISTED; e < DIA_SEARCH_ENDS; e++)
            dia_json_int(json, dia_search_end_names[e], c->ending_count[e]);
        dia_json_end(json);
    }
    dia_json_array(json, "table");
    for (int i = 0; i < c->nrow; i++) {
        const dia_census_row *row = &c->row[i];
        dia_json_object(json, NULL);
        dia_json_int(json, "from", row->from);
        dia_json_int(json, "to", row->to);
        dia_json_text(json, "intersection", row->point == DIA_CENSUS_NONE ? NULL : c->points.name[row->point]);
        write_group(json, "accepted", &row->group[1]);
        write_group(json, "frustrated", &row->group[0]);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_reals(json, "time_fs", m->swarm->record->ntime, 1, m->swarm->record->time);
    write_passages(m, json);
    dia_json_end(json);
}

static void write_in(dia_json *json, const char *key, int n, int stride, const double *values, double unit)
{
    dia_json_array(json, key);
    for (int i = 0; i < n; i++)
        dia_json_real(json, NULL, values[i * stride] / unit);
    dia_json_end(json);
}

static void write_series(const dia_mechanism *m, dia_json *json)
{
    dia_json_array(json, "coordinates");
    for (int i = 0; i < m->nseries; i++) {
        const dia_series *s = &m->series[i];
        const bool angle = s->coordinate.dimension == DIA_ANGLE, length = s->coordinate.dimension == DIA_LENGTH;
        const double unit = angle ? degree : length ? angstrom : 1;
        dia_json_object(json, NULL);
        dia_json_text(json, "name", s->name);
        dia_json_text(json, "coordinate", s->coordinate.text);
        dia_json_text(json, "fold", dia_fold_names[s->fold]);
        dia_json_text(json, "unit", angle ? "deg" : length ? "Angstrom" : "au");
        dia_json_array(json, "values");
        for (int v = 0; v < s->nvalue; v++) { /* group 0: all trajectories */
            const size_t at = (size_t)v * (size_t)s->ngroup * (size_t)s->ntime;
            dia_json_object(json, NULL);
            write_in(json, "mean", s->ntime, 1, s->mean + at, unit);
            write_in(json, "error", s->ntime, 1, s->error + at, unit);
            write_in(json, "deviation", s->ntime, 1, s->deviation + at, unit);
            write_in(json, "median", s->ntime, DIA_SERIES_QUANTILES, s->quantile + at * DIA_SERIES_QUANTILES + 2, unit);
            dia_json_end(json);
        }
        dia_json_end(json);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void write_modes(const dia_mechanism *m, dia_json *json)
{
    const dia_activity *a = &m->activity;
    dia_json_object(json, "modes");
    dia_json_text(json, "source", a->source);
    dia_json_array(json, "list");
    for (int k = 0; k < a->nmode; k++) {
        dia_json_object(json, NULL);
        dia_json_int(json, "mode", k);
        dia_json_real(json, "frequency_per_cm", a->modes.frequency[k] / DIA_WAVENUMBER);
        dia_json_real(json, "total", a->total[k] * a->scale[k]);
        dia_json_real(json, "coherent", a->coherent[k] * a->scale[k]);
        dia_json_real(json, "furthest_mean", a->largest[k] * a->scale[k]);
        dia_json_real(json, "furthest_mean_fs", m->swarm->record->time[a->largest_at[k]]);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

static void write_components(const dia_mechanism *m, dia_json *json)
{
    const dia_components *c = &m->components;
    dia_json_object(json, "components");
    dia_json_text(json, "weighting", c->weighted ? "mass" : "none");
    dia_json_real(json, "from_fs", c->from);
    dia_json_real(json, "to_fs", c->to);
    dia_json_reals(json, "share", c->ncart, 1, c->share);
    dia_json_end(json);
}

static void write_clusters(const dia_mechanism *m, dia_json *json)
{
    dia_json_object(json, "clusters");
    dia_json_real(json, "radius_angstrom", m->clusters.radius / angstrom);
    dia_json_array(json, "sets");
    for (int s = 0; s < m->clusters.nset; s++) {
        const dia_cluster_set *set = &m->clusters.set[s];
        dia_json_object(json, NULL);
        dia_json_text(json, "name", set->name);
        dia_json_int(json, "geometries", set->n);
        dia_json_int(json, "clusters", set->ncluster);
        dia_json_array(json, "list");
        for (int k = 0; k < set->ncluster && k < m->settings->clusters.most; k++) {
            dia_json_object(json, NULL);
            write_share(json, &set->cluster[k].share);
            dia_json_real(json, "mean_distance_angstrom", set->cluster[k].mean / angstrom);
            dia_json_real(json, "radius_angstrom", set->cluster[k].radius / angstrom);
            dia_json_real(json, "mean_time_fs", set->cluster[k].time);
            dia_json_end(json);
        }
        dia_json_end(json);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

void dia_mechanism_write_json(const dia_mechanism *m, FILE *out)
{
    const dia_record *r = m->swarm->record;
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_json_text(&json, "format", DIA_MECHANISM_FORMAT);
    dia_json_int(&json, "version", DIA_MECHANISM_VERSION);
    dia_json_text(&json, "swarm", m->settings->swarm);
    dia_json_int(&json, "trajectories", r->ntrajectory);
    dia_json_int(&json, "counted", r->ncounted);
    dia_json_int(&json, "hops", r->nhop);
    if (m->settings->has_census)
        write_census(m, &json);
    if (m->nseries > 0)
        write_series(m, &json);
    if (m->settings->has_modes)
        write_modes(m, &json);
    if (m->settings->has_components)
        write_components(m, &json);
    if (m->settings->has_clusters)
        write_clusters(m, &json);
    dia_json_end(&json);
}
