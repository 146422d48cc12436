/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanism in its file, as a JSON object, and read back from the file, described once (store/member.h). Datasets and
 * keys are documented in docs/mechanism.md: change both together. Arrays over hops, samples or bins are in the file only.
 * What the members allow to be read (least, most, below, absent) is stated for those that are. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/mechanism/mechanism.h"
#include "base/arena.h"
#include "store/member.h"

#define BOHR "bohr"
#define HARTREE "hartree"
#define FS "fs"
#define SPEED "bohr hartree/hbar"

typedef struct writer { /* after a failure nothing more is written, so that a list of writes needs one check */
    const dia_mechanism_result *m;
    dia_store *store;
    dia_error *error;
    dia_status status;
    dia_extents extents;
} writer;

static void put(writer *w, const char *group, const dia_member *fields, const void *object)
{
    if (w->status == DIA_OK)
        w->status = dia_members_store(fields, object, &w->extents, w->store, group, w->error);
}

static void put_rows(writer *w, const char *group, const dia_member *fields, dia_rows rows)
{
    if (w->status == DIA_OK)
        w->status = dia_rows_store(fields, &rows, w->store, group, w->error);
}

/* N trajectories, T samples, K hops, G groups (all, then by state), A atoms, D coordinates of each, C of all. */
static dia_extents extents_of(const dia_record *r)
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

/* ---- head ------------------------------------------------------------------------------------ */

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

/* ---- census ---------------------------------------------------------------------------------- */

#define OF(member, ...) DIA_MEMBER_OF(dia_catalogue, member, __VA_ARGS__)
static const dia_member point_fields[] = {OF(first, DIA_MEMBER_INT, .shape = "P", .name = "first"),
                                          OF(count, DIA_MEMBER_INT, .shape = "P", .name = "count"),
                                          OF(order, DIA_MEMBER_INT, .shape = "P", .name = "order"),
                                          OF(name, DIA_MEMBER_TEXT, .shape = "P", .name = "name"),
                                          OF(label, DIA_MEMBER_TEXT, .shape = "P", .name = "label"),
                                          OF(R, DIA_MEMBER_REAL, .shape = "PAD", .name = "position", .unit = BOHR),
                                          OF(E, DIA_MEMBER_REAL, .shape = "Pn", .name = "energies", .unit = HARTREE),
                                          OF(x, DIA_MEMBER_REAL, .shape = "PAD", .name = "x"),
                                          OF(y, DIA_MEMBER_REAL, .shape = "PAD", .name = "y"),
                                          {0}};
#undef OF

static const dia_member swarm_hop_fields[] = {
    DIA_MEMBER_OF(dia_swarm_hops, trajectory, DIA_MEMBER_INT64, .shape = "K", .name = "trajectory"), {0}};
static const dia_member weight_fields[] = {
    DIA_MEMBER_OF(dia_mechanism_swarm, hop_weight, DIA_MEMBER_REAL, .shape = "K", .name = "weight"), {0}};
#define OF(member, ...) DIA_MEMBER_OF(dia_record, member, __VA_ARGS__)
static const dia_member record_hop_fields[] = {
    OF(hop_time, DIA_MEMBER_REAL, .shape = "K", .name = "time", .unit = FS),
    OF(hop_from, DIA_MEMBER_INT8, .shape = "K", .name = "from"),
    OF(hop_to, DIA_MEMBER_INT8, .shape = "K", .name = "to"),
    OF(hop_accepted, DIA_MEMBER_INT8, .shape = "K", .name = "accepted"),
    OF(hop_gap, DIA_MEMBER_REAL, .shape = "K", .name = "gap", .unit = HARTREE),
    {0}};
#undef OF

#define OF(member, ...) DIA_MEMBER_OF(dia_census, member, __VA_ARGS__)
static const dia_member hop_fields[] = {
    OF(point, DIA_MEMBER_INT, .shape = "K", .name = "point", .least = DIA_CENSUS_NONE, .below = 'P'),
    OF(nearest, DIA_MEMBER_INT, .shape = "K", .name = "nearest"),
    OF(distance, DIA_MEMBER_REAL, .shape = "K", .name = "distance", .unit = BOHR),
    OF(away, DIA_MEMBER_REAL, .shape = "K", .name = "away", .unit = BOHR),
    OF(basin, DIA_MEMBER_INT, .shape = "K", .name = "basin"),
    OF(ending, DIA_MEMBER_INT8, .shape = "K", .name = "ending"),
    OF(moved, DIA_MEMBER_REAL, .shape = "K", .name = "moved", .unit = BOHR),
    OF(displacement, DIA_MEMBER_REAL, .shape = "K3", .name = "displacement", .unit = BOHR),
    OF(velocity, DIA_MEMBER_REAL, .shape = "K3", .name = "velocity", .unit = SPEED),
    OF(linear_gap, DIA_MEMBER_REAL, .shape = "K", .name = "linear_gap", .unit = HARTREE),
    OF(energy, DIA_MEMBER_REAL, .shape = "K", .name = "energy", .unit = HARTREE),
    {0}};
static const dia_member used_fields[] = {OF(used, DIA_MEMBER_BOOL, .shape = "P", .name = "used"), {0}};
#undef OF

#define SHARE .most = 1, .absent = true   /* NaN: no hops */
#define SOME .most = 1e12, .absent = true /* of one sign  */
#define OF(member, ...) DIA_MEMBER_OF(dia_census_group, member, __VA_ARGS__)
static const dia_member group_fields[] = {
    OF(share.count, DIA_MEMBER_INT, .name = "count", .key = "count", .least = 0, .below = 'k'),
    OF(share.value, DIA_MEMBER_REAL, .name = "share", .key = "share", SHARE),
    OF(share.error, DIA_MEMBER_REAL, .name = "share_error", .key = "share_error", SHARE),
    OF(share.low, DIA_MEMBER_REAL, .name = "share_low", SHARE),
    OF(share.high, DIA_MEMBER_REAL, .name = "share_high", SHARE),
    OF(share.low, DIA_MEMBER_REAL, .shape = "2", .key = "share_interval"),
    OF(mean_time, DIA_MEMBER_REAL, .name = "mean_time", .unit = FS, .key = "mean_time_fs", SOME),
    OF(time_error, DIA_MEMBER_REAL, .name = "time_error", .unit = FS, .key = "mean_time_error_fs", SOME),
    OF(time, DIA_MEMBER_REAL, .shape = "3", .name = "time", .unit = FS, .key = "time_quartiles_fs", SOME),
    OF(distance, DIA_MEMBER_REAL, .shape = "3", .name = "distance", .unit = BOHR, .key = "distance_quartiles_angstrom",
       .scale = DIA_ANGSTROM, SOME),
    OF(gap, DIA_MEMBER_REAL, .shape = "3", .name = "gap", .unit = HARTREE, .key = "gap_quartiles_ev", .scale = DIA_EV,
       SOME),
    OF(energy, DIA_MEMBER_REAL, .name = "energy", .unit = HARTREE, .key = "energy_above_ev", .scale = DIA_EV,
       .absent = true),
    OF(along, DIA_MEMBER_REAL, .shape = "2", .name = "along", .unit = BOHR, .key = "displacement_xy_angstrom",
       .scale = DIA_ANGSTROM),
    OF(across, DIA_MEMBER_REAL, .name = "across", .unit = BOHR, .key = "displacement_rest_angstrom",
       .scale = DIA_ANGSTROM),
    OF(speed, DIA_MEMBER_REAL, .shape = "2", .name = "speed", .unit = SPEED, .key = "velocity_xy_angstrom_per_fs",
       .scale = DIA_ANGSTROM / DIA_FEMTOSECOND),
    OF(approaching, DIA_MEMBER_REAL, .name = "approaching", .key = "approaching"),
    {0}};
#undef OF

#define OF(member, ...) DIA_MEMBER_OF(dia_census_row, member, __VA_ARGS__)
static const dia_member row_fields[] = {
    OF(from, DIA_MEMBER_INT, .name = "from", .key = "from", .below = 'n'),
    OF(to, DIA_MEMBER_INT, .name = "to", .key = "to", .below = 'n'),
    OF(point, DIA_MEMBER_INT, .name = "point", .least = DIA_CENSUS_NONE, .below = 'P'),
    {0}};
static const dia_member row_groups[] = {OF(group[1], DIA_MEMBER_OBJECT, .key = "accepted", .fields = group_fields),
                                        OF(group[0], DIA_MEMBER_OBJECT, .key = "frustrated", .fields = group_fields),
                                        {0}};
#undef OF

#define OF(member, ...) DIA_MEMBER_OF(dia_passages, member, DIA_MEMBER_REAL, .most = 1 + 1e-9, .shape = __VA_ARGS__)
static const dia_member passage_fields[] = {
    OF(last, "bcT", .name = "last"),   OF(last_error, "bcT", .name = "last_error"),
    OF(first, "bcT", .name = "first"), OF(first_error, "bcT", .name = "first_error"),
    OF(below, "bT", .name = "below"),  {0}};
#undef OF

typedef struct census_head {
    const char *intersections, *assign, *velocity;
    double limit, same;
} census_head;

#define OF(member, ...) DIA_MEMBER_OF(census_head, member, __VA_ARGS__)
static const dia_member census_head_fields[] = {
    OF(intersections, DIA_MEMBER_TEXT, .name = "intersections", .key = "intersections"),
    OF(assign, DIA_MEMBER_TEXT, .name = "assign", .key = "assign"),
    OF(limit, DIA_MEMBER_REAL, .name = "limit", .key = "limit_angstrom", .scale = DIA_ANGSTROM),
    OF(same, DIA_MEMBER_REAL, .name = "same"),
    OF(velocity, DIA_MEMBER_TEXT, .name = "velocity_source", .key = "velocity_source"),
    {0}};
#undef OF

static census_head census_head_of(const dia_mechanism_result *m)
{
    return (census_head){.intersections = m->settings->census.intersections,
                         .assign = m->census.assign == DIA_ASSIGN_SEARCH ? "search" : "nearest",
                         .velocity = dia_velocity_source_names[m->swarm->source],
                         .limit = m->census.limit,
                         .same = m->census.same};
}

/* Frustrated and accepted hops of each row. */
static dia_rows groups_of(const dia_census *c)
{
    return (dia_rows){.row = c->row->group,
                      .stride = sizeof *c->row,
                      .rank = 2,
                      .dims = {(size_t)c->nrow, 2},
                      .inner = sizeof *c->row->group};
}

static void put_census(writer *w)
{
    const dia_mechanism_result *m = w->m;
    const dia_census *c = &m->census;
    const census_head about = census_head_of(m);
    w->extents.of['P'] = (size_t)c->points.npoint;
    w->extents.of['n'] = (size_t)c->points.nstate;
    w->extents.of['c'] = (size_t)m->passages.ncolumn;
    put(w, "census/points", point_fields, &c->points);
    put(w, "census/points", used_fields, c);
    put(w, "census/hops", swarm_hop_fields, &m->swarm->record->swarm->hops);
    put(w, "census/hops", weight_fields, m->swarm);
    put(w, "census/hops", record_hop_fields, m->swarm->record);
    put(w, "census/hops", hop_fields, c);
    put_rows(w, "census/table", row_fields, DIA_ROWS(c->row, c->nrow));
    put_rows(w, "census/table", group_fields, groups_of(c));
    put(w, "census/passages", passage_fields, &m->passages);
    put(w, "census", census_head_fields, &about);
}

static void passages_json(const dia_mechanism_result *m, dia_json *json)
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
                continue; /* no hops there */
            dia_json_object(json, NULL);
            dia_json_text(json, "intersection", dia_mechanism_column_name(m, i));
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

static void census_json(const dia_mechanism_result *m, dia_json *json)
{
    const dia_census *c = &m->census;
    const census_head about = census_head_of(m);
    dia_json_object(json, "census");
    dia_members_json(census_head_fields, &about, NULL, json);
    if (c->assign == DIA_ASSIGN_SEARCH) {
        dia_json_object(json, "searches");
        for (int e = DIA_SEARCH_END_LISTED; e < DIA_SEARCH_ENDS; e++)
            dia_json_int(json, dia_search_end_names[e], c->ending_count[e]);
        dia_json_end(json);
    }
    dia_json_array(json, "table");
    for (int i = 0; i < c->nrow; i++) {
        const int point = c->row[i].point;
        dia_json_object(json, NULL);
        dia_members_json(row_fields, &c->row[i], NULL, json);
        dia_json_text(json, "intersection", point == DIA_CENSUS_NONE ? NULL : c->points.name[point]);
        dia_members_json(row_groups, &c->row[i], NULL, json);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_reals(json, "time_fs", m->swarm->record->ntime, 1, m->swarm->record->time);
    passages_json(m, json);
    dia_json_end(json);
}

/* ---- motion ---------------------------------------------------------------------------------- */

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

static void put_series(writer *w, int i)
{
    const dia_series *s = &w->m->series[i];
    char group[40];
    snprintf(group, sizeof group, "coordinates/%d", i);
    w->extents.of['v'] = (size_t)s->nvalue;
    w->extents.of['B'] = (size_t)s->density.bins;
    w->extents.of['E'] = (size_t)s->density.bins + 1;
    put(w, group, series_fields[s->coordinate.dimension == DIA_ANGLE], s);
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

static void describe_components(const dia_mechanism_result *m, writer *w, dia_json *json)
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
        put(w, "components", fields, &c);
        return;
    }
    const dia_extents extents = extents_of(m->swarm->record);
    dia_json_object(json, "components");
    dia_members_json(fields, &c, &extents, json);
    dia_json_end(json);
}

/* ---- clusters -------------------------------------------------------------------------------- */

#define OF(member, ...) DIA_MEMBER_OF(dia_cluster_set, member, __VA_ARGS__)
static const dia_member set_fields[] = {OF(item, DIA_MEMBER_INT, .shape = "n", .name = "item"),
                                        OF(member, DIA_MEMBER_INT, .shape = "n", .name = "member"),
                                        OF(distance, DIA_MEMBER_REAL, .shape = "n", .name = "distance", .unit = BOHR),
                                        OF(name, DIA_MEMBER_WORDS, .name = "name", .key = "name"),
                                        OF(n, DIA_MEMBER_INT, .key = "geometries"),
                                        OF(ncluster, DIA_MEMBER_INT, .key = "clusters"),
                                        {0}};
#undef OF

#define OF(member, ...) DIA_MEMBER_OF(dia_cluster, member, __VA_ARGS__)
static const dia_member cluster_fields[] = {
    OF(centre, DIA_MEMBER_INT, .name = "centre"),
    OF(share.count, DIA_MEMBER_INT, .name = "count", .key = "count"),
    OF(share.value, DIA_MEMBER_REAL, .name = "share", .key = "share"),
    OF(share.error, DIA_MEMBER_REAL, .name = "share_error", .key = "share_error"),
    OF(share.low, DIA_MEMBER_REAL, .name = "share_low"),
    OF(share.high, DIA_MEMBER_REAL, .name = "share_high"),
    OF(share.low, DIA_MEMBER_REAL, .shape = "2", .key = "share_interval"),
    OF(mean, DIA_MEMBER_REAL, .name = "mean_distance", .unit = BOHR, .key = "mean_distance_angstrom",
       .scale = DIA_ANGSTROM),
    OF(radius, DIA_MEMBER_REAL, .name = "radius", .unit = BOHR, .key = "radius_angstrom", .scale = DIA_ANGSTROM),
    OF(time, DIA_MEMBER_REAL, .name = "time", .unit = FS, .key = "mean_time_fs"),
    {0}};
#undef OF

static const dia_member centre_fields[] = {{.kind = DIA_MEMBER_REAL, .shape = "kAD", .name = "position", .unit = BOHR},
                                           {0}};

static void put_set(writer *w, int i)
{
    const dia_cluster_set *s = &w->m->clusters.set[i];
    const size_t ncart = w->extents.of['C'];
    char group[40];
    snprintf(group, sizeof group, "clusters/%d", i);
    double *R = dia_allocate((size_t)s->ncluster * ncart + 1, sizeof *R);
    if (R == NULL)
        w->status = dia_error_set(w->error, DIA_ERROR_MEMORY, "no memory for %d geometries", s->ncluster);
    for (size_t k = 0; k < (size_t)s->ncluster && R != NULL; k++)
        for (size_t c = 0; c < ncart; c++)
            R[k * ncart + c] = s->R[(size_t)s->cluster[k].centre * ncart + c];
    w->extents.of['n'] = (size_t)s->n;
    w->extents.of['k'] = (size_t)s->ncluster;
    put_rows(w, group, cluster_fields, DIA_ROWS(s->cluster, s->ncluster));
    put(w, group, centre_fields, &R);
    put(w, group, set_fields, s);
    if (w->status == DIA_OK)
        w->status = dia_store_set_text(w->store, group, "items", s->hops ? "hops" : "trajectories", w->error);
    free(R);
}

static void clusters_json(const dia_mechanism_result *m, dia_json *json)
{
    const int most = m->settings->clusters.most;
    dia_json_object(json, "clusters");
    dia_json_real(json, "radius_angstrom", m->clusters.radius / DIA_ANGSTROM);
    dia_json_array(json, "sets");
    for (int i = 0; i < m->clusters.nset; i++) {
        const dia_cluster_set *s = &m->clusters.set[i];
        const dia_rows rows = DIA_ROWS(s->cluster, s->ncluster < most ? s->ncluster : most);
        dia_json_object(json, NULL);
        dia_members_json(set_fields, s, NULL, json);
        dia_rows_json(cluster_fields, &rows, "list", json);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void put_all(writer *w, const char *input)
{
    const dia_mechanism_result *m = w->m;
    const head about = head_of(m, input);
    put(w, "", head_fields, &about);
    put(w, "", settings_fields, m->settings);
    put(w, "", swarm_fields, m->swarm);
    put(w, "", record_fields, m->swarm->record);
    put(w, "", molecule_fields, &m->swarm->molecule);
    if (m->settings->has_census)
        put_census(w);
    for (int i = 0; i < m->nseries; i++)
        put_series(w, i);
    w->extents.of['M'] = (size_t)m->activity.nmode;
    if (m->settings->has_modes)
        put(w, "modes", mode_fields, &m->activity);
    if (m->settings->has_components)
        describe_components(m, w, NULL);
    for (int i = 0; i < m->clusters.nset; i++)
        put_set(w, i);
    if (m->clusters.nset > 0 && w->status == DIA_OK)
        w->status = dia_store_set_real(w->store, "clusters", "radius", m->clusters.radius, w->error);
}

dia_status dia_mechanism_write_file(const dia_mechanism_result *m, const char *input, const char *path,
                                    dia_error *error)
{
    writer w = {.m = m, .error = error, .extents = extents_of(m->swarm->record)};
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
        census_json(m, &json);
    if (m->nseries > 0)
        series_json(m, &json);
    if (m->settings->has_modes)
        modes_json(m, &json);
    if (m->settings->has_components)
        describe_components(m, NULL, &json);
    if (m->settings->has_clusters)
        clusters_json(m, &json);
    dia_json_end(&json);
}

/* ---- the file read back ---------------------------------------------------------------------- */

/* Was it made from this swarm? Every sample and every hop must be the same. */
static dia_status check_swarm(const dia_store *store, const dia_record *r, bool census, dia_error *error)
{
    dia_record found = {0};
    dia_extents e = {{['T'] = DIA_EXTENT_ANY, ['K'] = DIA_EXTENT_ANY}};
    dia_status status = dia_members_load(record_fields, &found, &e, store, "", "time", error);
    if (status == DIA_OK && census)
        status = dia_members_load(record_hop_fields, &found, &e, store, "census/hops", "time", error);
    bool same = e.of['T'] == (size_t)r->ntime && (!census || e.of['K'] == (size_t)r->nhop);
    for (int i = 0; i < r->ntime && status == DIA_OK && same; i++)
        same = found.time[i] == r->time[i];
    for (int k = 0; k < r->nhop && status == DIA_OK && census && same; k++)
        same = found.hop_time[k] == r->hop_time[k];
    if (status == DIA_OK && !same)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: was made from another swarm than '%s' (the samples or hops differ); run diabolo "
                               "mechanism on this one",
                               dia_store_path(store), r->swarm->path);
    dia_members_free(record_fields, &found);
    dia_members_free(record_hop_fields, &found);
    return status;
}

static dia_status read_census(dia_mechanism_file *file, const dia_store *store, dia_extents *e, dia_error *error)
{
    static const char rows[] = "from to point",
                      groups[] = "count share share_low share_high mean_time time_error energy gap distance";
    dia_census *c = &file->census;
    size_t dims[8];
    int rank = 0;
    e->of['P'] = DIA_EXTENT_ANY;
    e->of['k'] = e->of['K'] + 1;
    dia_status status = dia_members_load(point_fields, &c->points, e, store, "census/points", "name label", error);
    c->points.npoint = (int)e->of['P'];
    c->nhop = (int)e->of['K'];
    file->passages =
        (dia_passages){.nboundary = (int)e->of['b'], .ncolumn = c->points.npoint + 2, .ntime = (int)e->of['T']};
    e->of['c'] = e->of['P'] + 2;
    if (status == DIA_OK)
        status = dia_members_load(hop_fields, c, e, store, "census/hops", "point", error);
    if (status == DIA_OK)
        status = dia_members_load(passage_fields, &file->passages, e, store, "census/passages", "last", error);
    if (status == DIA_OK)
        status = dia_store_shape(store, "census/table/from", &rank, dims, error);
    c->nrow = status == DIA_OK && rank == 1 && dims[0] < INT_MAX ? (int)dims[0] : 0;
    if (status != DIA_OK)
        return status;
    c->row = dia_allocate((size_t)c->nrow + 1, sizeof *c->row);
    if (c->row == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d rows", c->nrow);
    const dia_rows row = DIA_ROWS(c->row, c->nrow), group = groups_of(c);
    status = dia_rows_load(row_fields, &row, e, store, "census/table", rows, error);
    return status == DIA_OK ? dia_rows_load(group_fields, &group, e, store, "census/table", groups, error) : status;
}

static dia_status read_series(dia_series *s, int i, int dimension, const dia_store *store, dia_extents *e,
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

dia_status dia_mechanism_file_read(dia_mechanism_file *file, const dia_record *record, const char *path,
                                   dia_error *error)
{
    dia_extents e = extents_of(record);
    dia_store *store = NULL;
    char group[40] = "coordinates/0";
    int n = 0;
    *file = (dia_mechanism_file){.has_census = false};
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(store, DIA_MECHANISM_FORMAT, DIA_MECHANISM_VERSION, error);
    file->has_census = status == DIA_OK && dia_store_has(store, "census");
    if (status == DIA_OK)
        status = check_swarm(store, record, file->has_census, error);
    if (status == DIA_OK && file->has_census)
        status = read_census(file, store, &e, error);
    for (; status == DIA_OK && dia_store_has(store, group); n++)
        snprintf(group, sizeof group, "coordinates/%d", n + 1);
    file->series = dia_allocate((size_t)n + 1, sizeof *file->series);
    if (status == DIA_OK && file->series == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d coordinates", n);
    for (; status == DIA_OK && file->nseries < n; file->nseries++)
        status = read_series(&file->series[file->nseries], file->nseries, record->swarm->dimension, store, &e, error);
    dia_store_close(&store);
    if (status != DIA_OK)
        dia_mechanism_file_free(file);
    return status;
}

void dia_mechanism_file_free(dia_mechanism_file *file)
{
    dia_members_free(point_fields, &file->census.points);
    dia_members_free(hop_fields, &file->census);
    dia_members_free(passage_fields, &file->passages);
    free(file->census.row);
    for (int i = 0; i < file->nseries; i++)
        dia_members_free(series_fields[0], &file->series[i]);
    free(file->series);
    *file = (dia_mechanism_file){.has_census = false};
}
