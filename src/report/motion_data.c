/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the molecule moved, for the page: normal modes, principal components, clusters. Positions in Angstrom (of a model system in bohr);
 * directions are unit vectors of all Cartesian coordinates. */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "report/mechanism_data.h"

enum { MODES = 60, CURVES = 8, COMPONENTS = 6, SHARES = 12, CENTRES = 12 }; /* as many as a reader looks at */

static void put_positions(const dia_content *c, const char *key, const double *R, dia_json *json)
{
    const double unit = c->analysis->record->swarm->dimension == 3 ? DIA_ANGSTROM : 1;
    const int n = c->analysis->record->swarm->natom * c->analysis->record->swarm->dimension;
    dia_json_line(json, key);
    for (int i = 0; i < n; i++)
        dia_json_real(json, NULL, R[i] / unit);
    dia_json_end(json);
}

/* v / sqrt(masses), or v, of length 1. */
static void put_direction(const dia_content *c, const double *v, bool weighted, dia_json *json)
{
    const dia_swarm *s = c->analysis->record->swarm;
    const int n = s->natom * s->dimension;
    double length = 0;
    for (int i = 0; i < n; i++)
        length += v[i] * v[i] / (weighted ? s->masses[i / s->dimension] : 1);
    dia_json_line(json, "vector");
    for (int i = 0; i < n; i++)
        dia_json_real(json, NULL,
                      length > 0 ? v[i] / (weighted ? sqrt(s->masses[i / s->dimension]) : 1) / sqrt(length) : 0);
    dia_json_end(json);
}

/* ---- modes ----------------------------------------------------------------------------------- */

/* Modes in descending order of a size; those without one (imaginary) last. By insertion: they are hundreds at most. */
static void order_modes(int n, const double *size, const double *scale, int *order)
{
    for (int k = 0; k < n; k++) {
        const double own = size[k] * scale[k];
        int at = k;
        for (; at > 0; at--) {
            const double other = size[order[at - 1]] * scale[order[at - 1]];
            if (isnan(own) || other >= own)
                break;
            order[at] = order[at - 1];
        }
        order[at] = k;
    }
}

static void put_curve(dia_json *json, const char *key, int n, const double *y, double unit, int most)
{
    dia_json_line(json, key);
    for (int i = 0; i < dia_json_thinned(n, most); i++)
        dia_json_real(json, NULL, y[dia_json_item(n, most, i)] * unit);
    dia_json_end(json);
}

static void put_mode(const dia_content *c, int mode, bool curve, dia_json *json)
{
    const dia_activity *a = &c->mechanism.activity;
    const size_t row = (size_t)mode * (size_t)a->ntime;
    const dia_mode_activity m = dia_activity_of_mode(a, mode, c->analysis->record->time);
    dia_json_object(json, NULL);
    dia_members_json(dia_mode_activity_members, &m, NULL, json);
    put_direction(c, a->modes.vector + (size_t)mode * (size_t)a->ncart, true, json);
    if (curve) {
        put_curve(json, "mean", a->ntime, a->mean + row, a->scale[mode], c->most);
        put_curve(json, "error", a->ntime, a->error + row, a->scale[mode], c->most);
    }
    dia_json_end(json);
}

static void put_modes(const dia_content *c, dia_json *json)
{
    const dia_activity *a = &c->mechanism.activity;
    int *order = dia_allocate((size_t)a->nmode + 1, 2 * sizeof *order), *coherent = order + a->nmode + 1;
    if (order == NULL)
        return; /* the stream that this goes to has no memory either, and says so */
    order_modes(a->nmode, a->total, a->scale, order);
    order_modes(a->nmode, a->coherent, a->scale, coherent);
    dia_json_object(json, "modes");
    dia_json_text(json, "source", a->source);
    dia_json_int(json, "count", a->nmode);
    put_positions(c, "reference", a->reference, json);
    dia_json_array(json, "list");
    for (int i = 0; i < a->nmode && i < MODES; i++) {
        bool curve = false;
        for (int k = 0; k < a->nmode && k < CURVES; k++)
            curve = curve || (coherent[k] == order[i] && a->scale[order[i]] > 0);
        put_mode(c, order[i], curve, json);
    }
    dia_json_end(json);
    dia_json_end(json);
    free(order);
}

/* ---- components, clusters -------------------------------------------------------------------- */

static void put_components(const dia_content *c, dia_json *json)
{
    const dia_components *p = &c->mechanism.components;
    const size_t T = (size_t)p->ntime, G = (size_t)p->ngroup;
    const double unit = p->weighted ? 1 / sqrt(DIA_DALTON) : 1;
    dia_json_object(json, "components");
    dia_json_text(json, "unit", p->weighted ? "bohr u^(1/2)" : "bohr");
    dia_json_real(json, "from_fs", p->from);
    dia_json_real(json, "to_fs", p->to);
    put_positions(c, "geometry", p->geometry, json);
    put_curve(json, "share", p->ncart < SHARES ? p->ncart : SHARES, p->share, 1, 0);
    dia_json_array(json, "list");
    for (int k = 0; k < p->count && k < COMPONENTS; k++) {
        const size_t at = (size_t)k * G * T;
        dia_json_object(json, NULL);
        dia_json_real(json, "share", p->share[k]);
        put_direction(c, p->vector + (size_t)k * (size_t)p->ncart, p->weighted, json);
        put_curve(json, "deviation", p->ntime, p->deviation + at, unit, c->most);
        dia_json_array(json, "mean"); /* all trajectories, then those on each state */
        for (size_t g = 0; g < G; g++)
            put_curve(json, NULL, p->ntime, p->average + at + g * T, unit, c->most);
        dia_json_end(json);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

static void put_set(const dia_content *c, const dia_cluster_set *set, dia_json *json)
{
    const size_t n = (size_t)c->analysis->record->swarm->natom * (size_t)c->analysis->record->swarm->dimension;
    dia_json_object(json, NULL);
    dia_json_text(json, "name", set->name);
    dia_json_int(json, "geometries", set->n);
    dia_json_int(json, "clusters", set->ncluster);
    dia_json_array(json, "list");
    for (int k = 0; k < set->ncluster && k < CENTRES; k++) {
        const dia_cluster *own = &set->cluster[k];
        dia_json_object(json, NULL);
        dia_json_int(json, "count", own->share.count);
        dia_json_real(json, "share", own->share.value);
        dia_json_real(json, "low", own->share.low);
        dia_json_real(json, "high", own->share.high);
        dia_json_real(json, "mean_distance_angstrom", own->mean / DIA_ANGSTROM);
        dia_json_real(json, "radius_angstrom", own->radius / DIA_ANGSTROM);
        dia_json_real(json, "mean_time_fs", own->time);
        put_positions(c, "position", set->R + (size_t)k * n, json);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

void dia_motion_data_write(const dia_content *content, dia_json *json)
{
    const dia_mechanism_file *m = &content->mechanism;
    if (m->has_modes)
        put_modes(content, json);
    if (m->has_components)
        put_components(content, json);
    if (m->clusters.nset == 0)
        return;
    dia_json_object(json, "clusters");
    dia_json_real(json, "radius_angstrom", m->clusters.radius / DIA_ANGSTROM);
    dia_json_array(json, "sets");
    for (int i = 0; i < m->clusters.nset; i++)
        put_set(content, &m->clusters.set[i], json);
    dia_json_end(json);
    dia_json_end(json);
}
