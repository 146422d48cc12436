/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The datasets are documented in docs/mechanism.md: change both together. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyse/mechanism/layout.h"
#include "analyse/mechanism/mechanism.h"
#include "base/arena.h"

#define BOHR "bohr"
#define HARTREE "hartree"
#define FS "fs"
#define ONE "1"
#define SPEED "bohr hartree/hbar"

typedef struct writer { /* after a failure nothing more is written, so that a list of writes needs one check */
    const dia_mechanism *m;
    dia_store *store;
    dia_error *error;
    dia_status status;
    const char *group; /* names are below it */
    size_t N, T, K, G, natom, dimension, ncart;
} writer;

typedef struct extents {
    int rank;
    size_t dims[4];
} extents;

static extents one(size_t a)
{
    return (extents){1, {a}};
}
static extents two(size_t a, size_t b)
{
    return (extents){2, {a, b}};
}
static extents three(size_t a, size_t b, size_t c)
{
    return (extents){3, {a, b, c}};
}
static extents four(size_t a, size_t b, size_t c, size_t d)
{
    return (extents){4, {a, b, c, d}};
}

static void put(writer *w, const char *name, dia_number number, extents shape, const void *values, const char *unit)
{
    char path[160];
    snprintf(path, sizeof path, "%s%s%s", w->group, w->group[0] != '\0' ? "/" : "", name);
    if (w->status == DIA_OK)
        w->status = dia_store_write(w->store, path, number, shape.rank, shape.dims, values, unit, w->error);
}

static void put_reals(writer *w, const char *name, extents shape, const double *values, const char *unit)
{
    put(w, name, DIA_NUMBER_REAL, shape, values, unit);
}

static void put_ints(writer *w, const char *name, extents shape, const int *values)
{
    put(w, name, DIA_NUMBER_INT, shape, values, ONE);
}

static void say_text(writer *w, const char *name, const char *text)
{
    if (w->status == DIA_OK && text != NULL)
        w->status = dia_store_set_text(w->store, w->group, name, text, w->error);
}

static void say_int(writer *w, const char *name, int64_t value)
{
    if (w->status == DIA_OK)
        w->status = dia_store_set_int(w->store, w->group, name, value, w->error);
}

static void say_real(writer *w, const char *name, double value)
{
    if (w->status == DIA_OK)
        w->status = dia_store_set_real(w->store, w->group, name, value, w->error);
}

static void put_texts(writer *w, const char *name, size_t n, char *const *texts)
{
    char path[160];
    const char **list = dia_allocate(n + 1, sizeof *list);
    snprintf(path, sizeof path, "%s/%s", w->group, name);
    if (list == NULL && w->status == DIA_OK)
        w->status = dia_error_set(w->error, DIA_ERROR_MEMORY, "no memory for %zu names", n);
    for (size_t i = 0; i < n && list != NULL; i++)
        list[i] = texts != NULL && texts[i] != NULL ? texts[i] : "";
    if (w->status == DIA_OK)
        w->status = dia_store_write_texts(w->store, path, n, list, w->error);
    free(list);
}

/* Member `offset` of the items (n) as a column of width doubles. */
static void put_column(writer *w, const char *name, extents shape, const void *items, size_t n, size_t stride,
                       size_t offset, size_t width, const char *unit)
{
    double *column = dia_allocate(n * width + 1, sizeof *column);
    if (column == NULL) {
        w->status = dia_error_set(w->error, DIA_ERROR_MEMORY, "no memory for %zu rows", n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        memcpy(column + i * width, (const char *)items + i * stride + offset, width * sizeof *column);
    put_reals(w, name, shape, column, unit);
    free(column);
}

static void put_int_column(writer *w, const char *name, extents shape, const void *items, size_t n, size_t stride,
                           size_t offset)
{
    int *column = dia_allocate(n + 1, sizeof *column);
    if (column == NULL) {
        w->status = dia_error_set(w->error, DIA_ERROR_MEMORY, "no memory for %zu rows", n);
        return;
    }
    for (size_t i = 0; i < n; i++)
        memcpy(column + i, (const char *)items + i * stride + offset, sizeof *column);
    put_ints(w, name, shape, column);
    free(column);
}

/* ---- head ------------------------------------------------------------------------------------ */

static void write_head(writer *w, const char *input)
{
    const dia_mechanism *m = w->m;
    const dia_molecule *molecule = &m->swarm->molecule;
    w->group = "";
    say_text(w, "format", DIA_MECHANISM_FORMAT);
    say_int(w, "version", DIA_MECHANISM_VERSION);
    say_text(w, "input", input);
    say_text(w, "program_version", dia_version());
    say_text(w, "program_commit", dia_commit());
    say_text(w, "swarm", m->settings->swarm);
    say_text(w, "model_digest", m->swarm->model_digest);
    say_int(w, "states", m->swarm->record->nstate);
    say_int(w, "trajectories", m->swarm->record->ntrajectory);
    say_int(w, "counted", m->swarm->record->ncounted);
    put_reals(w, "time", one(w->T), m->swarm->record->time, FS);
    put(w, "trajectories/number", DIA_NUMBER_INT64, one(w->N), m->swarm->record->number, ONE);
    put_reals(w, "trajectories/weight", one(w->N), m->swarm->record->weight, ONE);
    put_ints(w, "molecule/numbers", one(w->natom), molecule->numbers);
    put_reals(w, "molecule/masses", one(w->natom), molecule->masses, "electron_mass");
    put_reals(w, "molecule/reference", two(w->natom, w->dimension), molecule->reference, BOHR);
}

/* ---- census ---------------------------------------------------------------------------------- */

static void write_points(writer *w)
{
    const dia_catalogue *p = &w->m->census.points;
    const size_t n = (size_t)p->npoint;
    int *used = dia_allocate(n + 1, sizeof *used);
    w->group = "census/points";
    put_ints(w, "first", one(n), p->first);
    put_ints(w, "count", one(n), p->count);
    put_ints(w, "order", one(n), p->order);
    for (size_t i = 0; i < n && used != NULL; i++)
        used[i] = w->m->census.used[i];
    if (used != NULL)
        put_ints(w, "used", one(n), used);
    put_texts(w, "name", n, p->name);
    put_texts(w, "label", n, p->label);
    put_reals(w, "position", three(n, w->natom, w->dimension), p->R, BOHR);
    put_reals(w, "energies", two(n, (size_t)p->nstate), p->E, HARTREE);
    put_reals(w, "x", three(n, w->natom, w->dimension), p->x, ONE);
    put_reals(w, "y", three(n, w->natom, w->dimension), p->y, ONE);
    free(used);
}

static void write_census_hops(writer *w)
{
    const dia_census *c = &w->m->census;
    const dia_record *r = w->m->swarm->record;
    const size_t K = w->K;
    int64_t *number = dia_allocate(K + 1, sizeof *number);
    double *weight = dia_allocate(K + 1, sizeof *weight);
    if (number == NULL || weight == NULL)
        w->status = dia_error_set(w->error, DIA_ERROR_MEMORY, "no memory for %zu hops", K);
    for (size_t k = 0; k < K && w->status == DIA_OK; k++) {
        number[k] = r->number[r->hop_row[k]];
        weight[k] = r->weight[r->hop_row[k]];
    }
    w->group = "census/hops";
    put(w, "trajectory", DIA_NUMBER_INT64, one(K), number, ONE);
    put_reals(w, "weight", one(K), weight, ONE);
    put_reals(w, "time", one(K), r->hop_time, FS);
    put(w, "from", DIA_NUMBER_INT8, one(K), r->hop_from, ONE);
    put(w, "to", DIA_NUMBER_INT8, one(K), r->hop_to, ONE);
    put(w, "accepted", DIA_NUMBER_INT8, one(K), r->hop_accepted, ONE);
    put_reals(w, "gap", one(K), r->hop_gap, HARTREE);
    put_ints(w, "point", one(K), c->point);
    put_ints(w, "nearest", one(K), c->nearest);
    put_reals(w, "distance", one(K), c->distance, BOHR);
    put_reals(w, "away", one(K), c->away, BOHR);
    put_ints(w, "basin", one(K), c->basin);
    put(w, "ending", DIA_NUMBER_INT8, one(K), c->ending, ONE);
    put_reals(w, "moved", one(K), c->moved, BOHR);
    put_reals(w, "displacement", two(K, 3), c->displacement, BOHR);
    put_reals(w, "velocity", two(K, 3), c->velocity, SPEED);
    put_reals(w, "linear_gap", one(K), c->linear_gap, HARTREE);
    put_reals(w, "energy", one(K), c->energy, HARTREE);
    free(number);
    free(weight);
}

static void write_census_table(writer *w)
{
    const dia_census *c = &w->m->census;
    const size_t n = (size_t)c->nrow, size = sizeof(dia_census_group);
    dia_census_group *group = dia_allocate(2 * n + 1, size);
    int *count = dia_allocate(2 * n + 1, sizeof *count);
    if (group == NULL || count == NULL)
        w->status = dia_error_set(w->error, DIA_ERROR_MEMORY, "no memory for %zu rows", n);
    for (size_t i = 0; i < 2 * n && w->status == DIA_OK; i++) {
        group[i] = c->row[i / 2].group[i % 2];
        count[i] = group[i].share.count;
    }
    w->group = "census/table";
    put_int_column(w, "from", one(n), c->row, n, sizeof *c->row, offsetof(dia_census_row, from));
    put_int_column(w, "to", one(n), c->row, n, sizeof *c->row, offsetof(dia_census_row, to));
    put_int_column(w, "point", one(n), c->row, n, sizeof *c->row, offsetof(dia_census_row, point));
    put_ints(w, "count", two(n, 2), count);
    for (const dia_census_column *column = dia_census_columns; column->name != NULL && w->status == DIA_OK; column++) {
        const size_t width = (size_t)column->width;
        put_column(w, column->name, width > 1 ? three(n, 2, width) : two(n, 2), group, 2 * n, size, column->offset,
                   width, column->unit);
    }
    free(group);
    free(count);
}

static void write_census(writer *w)
{
    const dia_mechanism *m = w->m;
    const dia_passages *p = &m->passages;
    const size_t b = (size_t)p->nboundary, columns = (size_t)p->ncolumn;
    write_points(w);
    write_census_hops(w);
    write_census_table(w);
    w->group = "census/passages";
    put_reals(w, "last", three(b, columns, w->T), p->last, ONE);
    put_reals(w, "last_error", three(b, columns, w->T), p->last_error, ONE);
    put_reals(w, "first", three(b, columns, w->T), p->first, ONE);
    put_reals(w, "first_error", three(b, columns, w->T), p->first_error, ONE);
    put_reals(w, "below", two(b, w->T), p->below, ONE);
    w->group = "census";
    say_text(w, "intersections", m->settings->census.intersections);
    say_text(w, "assign", m->census.assign == DIA_ASSIGN_SEARCH ? "search" : "nearest");
    say_real(w, "limit", m->census.limit);
    say_real(w, "same", m->census.same);
    say_text(w, "velocity_source", dia_velocity_source_names[m->swarm->source]);
}

/* ---- motion ---------------------------------------------------------------------------------- */

static void write_series(writer *w, int i)
{
    const dia_series *s = &w->m->series[i];
    const size_t v = (size_t)s->nvalue, bins = (size_t)s->density.bins;
    const char *unit = s->coordinate.dimension == DIA_ANGLE ? "rad" : BOHR;
    char group[40], density[20];
    snprintf(group, sizeof group, "coordinates/%d", i);
    snprintf(density, sizeof density, "1/%s", unit);
    w->group = group;
    put(w, "value", DIA_NUMBER_FLOAT, three(w->N, w->T, v), s->value, unit);
    put_reals(w, "hop", two(w->K, v), s->hop, unit);
    put_reals(w, "mean", three(v, w->G, w->T), s->mean, unit);
    put_reals(w, "error", three(v, w->G, w->T), s->error, unit);
    put_reals(w, "deviation", three(v, w->G, w->T), s->deviation, unit);
    put_reals(w, "quantile", four(v, w->G, w->T, DIA_SERIES_QUANTILES), s->quantile, unit);
    put_reals(w, "density", three(w->T, w->G, bins), s->density.value, density);
    put_reals(w, "outside", two(w->T, w->G), s->density.outside, ONE);
    put_reals(w, "edge", one(bins + 1), s->density.edge, unit);
    say_text(w, "name", s->name);
    say_text(w, "coordinate", s->coordinate.text);
    say_text(w, "fold", dia_fold_names[s->fold]);
    say_int(w, "absolute", s->absolute);
    say_int(w, "circular", s->circular);
    say_int(w, "images", s->nimage);
    say_real(w, "smooth", s->density.width);
    w->group = "";
}

static void write_modes(writer *w)
{
    const dia_activity *a = &w->m->activity;
    const size_t n = (size_t)a->nmode;
    static const char Q[] = "bohr electron_mass^(1/2)";
    w->group = "modes";
    put_reals(w, "reference", two(w->natom, w->dimension), a->reference, BOHR);
    put_reals(w, "frequency", one(n), a->modes.frequency, HARTREE);
    put_reals(w, "vector", three(n, w->natom, w->dimension), a->modes.vector, ONE);
    put_reals(w, "scale", one(n), a->scale, "bohr^-1 electron_mass^(-1/2)");
    put_reals(w, "mean", two(n, w->T), a->mean, Q);
    put_reals(w, "error", two(n, w->T), a->error, Q);
    put_reals(w, "square", two(n, w->T), a->square, "bohr^2 electron_mass");
    put_reals(w, "deviation", two(n, w->T), a->deviation, Q);
    put_reals(w, "total", one(n), a->total, Q);
    put_reals(w, "coherent", one(n), a->coherent, Q);
    say_text(w, "source", a->source);
    say_real(w, "energy", a->energy);
}

static void write_components(writer *w)
{
    const dia_components *c = &w->m->components;
    const size_t n = w->ncart, count = (size_t)c->count;
    const char *X = c->weighted ? "bohr electron_mass^(1/2)" : BOHR;
    w->group = "components";
    put_reals(w, "eigenvalue", one(n), c->eigenvalue, c->weighted ? "bohr^2 electron_mass" : "bohr^2");
    put_reals(w, "share", one(n), c->share, ONE);
    put_reals(w, "vector", three(n, w->natom, w->dimension), c->vector, ONE);
    put_reals(w, "mean_displacement", two(w->natom, w->dimension), c->mean, X);
    put_reals(w, "mean_geometry", two(w->natom, w->dimension), c->geometry, BOHR);
    put(w, "projection", DIA_NUMBER_FLOAT, three(w->N, w->T, count), c->projection, X);
    put_reals(w, "mean", three(count, w->G, w->T), c->average, X);
    put_reals(w, "error", three(count, w->G, w->T), c->error, X);
    put_reals(w, "deviation", three(count, w->G, w->T), c->deviation, X);
    say_text(w, "weighting", c->weighted ? "mass" : "none");
    say_real(w, "from", c->from);
    say_real(w, "to", c->to);
}

/* ---- clusters -------------------------------------------------------------------------------- */

#define CLUSTER(member) offsetof(dia_cluster, member)

static void write_cluster_set(writer *w, int i)
{
    const dia_cluster_set *s = &w->m->clusters.set[i];
    const size_t n = (size_t)s->n, count = (size_t)s->ncluster, size = sizeof *s->cluster;
    char group[40];
    snprintf(group, sizeof group, "clusters/%d", i);
    w->group = group;
    put_ints(w, "item", one(n), s->item);
    put_ints(w, "member", one(n), s->member);
    put_reals(w, "distance", one(n), s->distance, BOHR);
    put_int_column(w, "centre", one(count), s->cluster, count, size, CLUSTER(centre));
    put_int_column(w, "count", one(count), s->cluster, count, size, CLUSTER(share.count));
    put_column(w, "share", one(count), s->cluster, count, size, CLUSTER(share.value), 1, ONE);
    put_column(w, "share_error", one(count), s->cluster, count, size, CLUSTER(share.error), 1, ONE);
    put_column(w, "share_low", one(count), s->cluster, count, size, CLUSTER(share.low), 1, ONE);
    put_column(w, "share_high", one(count), s->cluster, count, size, CLUSTER(share.high), 1, ONE);
    put_column(w, "mean_distance", one(count), s->cluster, count, size, CLUSTER(mean), 1, BOHR);
    put_column(w, "radius", one(count), s->cluster, count, size, CLUSTER(radius), 1, BOHR);
    put_column(w, "time", one(count), s->cluster, count, size, CLUSTER(time), 1, FS);
    double *R = dia_allocate(count * w->ncart + 1, sizeof *R);
    for (size_t k = 0; k < count && R != NULL; k++)
        memcpy(R + k * w->ncart, s->R + (size_t)s->cluster[k].centre * w->ncart, w->ncart * sizeof *R);
    if (R != NULL)
        put_reals(w, "position", three(count, w->natom, w->dimension), R, BOHR);
    else
        w->status = dia_error_set(w->error, DIA_ERROR_MEMORY, "no memory for %zu geometries", count);
    free(R);
    say_text(w, "name", s->name);
    say_text(w, "items", s->hops ? "hops" : "trajectories");
    w->group = "";
}

static void write_all(writer *w, const char *input)
{
    const dia_mechanism *m = w->m;
    write_head(w, input);
    if (m->settings->has_census)
        write_census(w);
    for (int i = 0; i < m->nseries; i++)
        write_series(w, i);
    if (m->settings->has_modes)
        write_modes(w);
    if (m->settings->has_components)
        write_components(w);
    for (int i = 0; i < m->clusters.nset; i++)
        write_cluster_set(w, i);
    w->group = "clusters";
    if (m->clusters.nset > 0)
        say_real(w, "radius", m->clusters.radius);
}

dia_status dia_mechanism_write_file(const dia_mechanism *m, const char *input, const char *path, dia_error *error)
{
    const dia_molecule *molecule = &m->swarm->molecule;
    writer w = {.m = m,
                .error = error,
                .group = "",
                .N = (size_t)m->swarm->record->ntrajectory,
                .T = (size_t)m->swarm->record->ntime,
                .K = (size_t)m->swarm->record->nhop,
                .G = 1 + (size_t)m->swarm->record->nstate,
                .natom = (size_t)molecule->natom,
                .dimension = (size_t)molecule->dimension,
                .ncart = (size_t)molecule->ncart};
    w.status = dia_store_create(&w.store, path, error);
    if (w.status == DIA_OK)
        write_all(&w, input);
    if (w.status == DIA_OK)
        w.status = dia_store_commit(&w.store, error);
    dia_store_close(&w.store);
    return w.status;
}

dia_status dia_mechanism_check_output(const char *path, dia_error *error)
{
    dia_store *store = NULL;
    dia_error mine = {0};
    if (access(path, F_OK) != 0)
        return DIA_OK;
    dia_status status = dia_store_open(&store, path, &mine);
    if (status == DIA_OK)
        status = dia_store_expect(store, DIA_MECHANISM_FORMAT, DIA_MECHANISM_VERSION, &mine);
    dia_store_close(&store);
    if (status == DIA_OK)
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "output.file: %s is there already and is no file of this command; it is "
                         "left as it is: choose another name",
                         path);
}
