/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The census in the file of a mechanism and in its JSON: intersections, hops, passages. */
#include <limits.h>
#include <stdlib.h>

#include "analyse/mechanism/result.h"
#include "base/arena.h"

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

void dia_result_put_census(dia_result_writer *w)
{
    const dia_mechanism_result *m = w->m;
    const dia_census *c = &m->census;
    const census_head about = census_head_of(m);
    w->extents.of['P'] = (size_t)c->points.npoint;
    w->extents.of['n'] = (size_t)c->points.nstate;
    w->extents.of['c'] = (size_t)m->passages.ncolumn;
    dia_result_put(w, "census/points", point_fields, &c->points);
    dia_result_put(w, "census/points", used_fields, c);
    dia_result_put(w, "census/hops", swarm_hop_fields, &m->swarm->record->swarm->hops);
    dia_result_put(w, "census/hops", weight_fields, m->swarm);
    dia_result_put(w, "census/hops", record_hop_fields, m->swarm->record);
    dia_result_put(w, "census/hops", hop_fields, c);
    dia_result_put_rows(w, "census/table", row_fields, DIA_ROWS(c->row, c->nrow));
    dia_result_put_rows(w, "census/table", group_fields, groups_of(c));
    dia_result_put(w, "census/passages", passage_fields, &m->passages);
    dia_result_put(w, "census", census_head_fields, &about);
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

void dia_result_census_json(const dia_mechanism_result *m, dia_json *json)
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

/* Was it made from this swarm? Every hop must be the same. */
static dia_status check_hops(const dia_store *store, const dia_record *r, dia_error *error)
{
    dia_record found = {0};
    dia_extents e = {{['K'] = DIA_EXTENT_ANY}};
    dia_status status = dia_members_load(record_hop_fields, &found, &e, store, "census/hops", "time", error);
    bool same = e.of['K'] == (size_t)r->nhop;
    for (int k = 0; k < r->nhop && status == DIA_OK && same; k++)
        same = found.hop_time[k] == r->hop_time[k];
    dia_members_free(record_hop_fields, &found);
    return status == DIA_OK && !same ? dia_result_foreign(store, r, error) : status;
}

dia_status dia_result_read_census(dia_mechanism_file *file, const dia_record *r, const dia_store *store, dia_extents *e,
                                  dia_error *error)
{
    static const char rows[] = "from to point",
                      groups[] = "count share share_low share_high mean_time time_error energy gap distance";
    dia_census *c = &file->census;
    size_t dims[8];
    int rank = 0;
    dia_status status = check_hops(store, r, error);
    if (status != DIA_OK)
        return status;
    e->of['P'] = DIA_EXTENT_ANY;
    e->of['k'] = e->of['K'] + 1;
    status = dia_members_load(point_fields, &c->points, e, store, "census/points", "name label", error);
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

void dia_result_free_census(dia_mechanism_file *file)
{
    dia_members_free(point_fields, &file->census.points);
    dia_members_free(hop_fields, &file->census);
    dia_members_free(passage_fields, &file->passages);
    free(file->census.row);
}
