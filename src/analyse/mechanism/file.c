/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/mechanism/layout.h"
#include "analyse/mechanism/mechanism.h"
#include "base/arena.h"

#define GROUP(member) offsetof(dia_census_group, member)

const dia_census_column dia_census_columns[] = {{"share", "1", GROUP(share.value), 1},
                                                {"share_error", "1", GROUP(share.error), 1},
                                                {"share_low", "1", GROUP(share.low), 1},
                                                {"share_high", "1", GROUP(share.high), 1},
                                                {"time", "fs", GROUP(time), 3},
                                                {"mean_time", "fs", GROUP(mean_time), 1},
                                                {"time_error", "fs", GROUP(time_error), 1},
                                                {"gap", "hartree", GROUP(gap), 3},
                                                {"distance", "bohr", GROUP(distance), 3},
                                                {"energy", "hartree", GROUP(energy), 1},
                                                {"along", "bohr", GROUP(along), 2},
                                                {"across", "bohr", GROUP(across), 1},
                                                {"speed", "bohr hartree/hbar", GROUP(speed), 2},
                                                {"approaching", "1", GROUP(approaching), 1},
                                                {NULL, NULL, 0, 0}};

typedef struct reader { /* after a failure nothing more is read, so that a list of reads needs one check */
    dia_mechanism_file *file;
    dia_store *store;
    dia_error *error;
    dia_status status;
} reader;

/* A dataset of this rank as new memory (items of `size` bytes); dims: 0 means any extent, and is filled in. */
static void *take(reader *r, const char *name, dia_number number, size_t size, int rank, size_t *dims)
{
    size_t found[8] = {0}, count = 1;
    int found_rank = 0;
    if (r->status == DIA_OK)
        r->status = dia_store_shape(r->store, name, &found_rank, found, r->error);
    if (r->status == DIA_OK && found_rank != rank)
        r->status = dia_error_set(r->error, DIA_ERROR_FILE, "%s: '%s' has %d dimensions, expected %d",
                                  dia_store_path(r->store), name, found_rank, rank);
    if (r->status != DIA_OK)
        return NULL;
    for (int d = 0; d < rank; d++) {
        dims[d] = dims[d] == 0 ? found[d] : dims[d];
        count *= dims[d];
    }
    void *values = dia_allocate(count + 1, size);
    if (values == NULL)
        r->status = dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory for '%s'", dia_store_path(r->store), name);
    else if (count > 0)
        r->status = dia_store_read(r->store, name, number, rank, dims, values, r->error);
    return values;
}

static double *take_reals(reader *r, const char *name, int rank, size_t *dims)
{
    return take(r, name, DIA_NUMBER_REAL, sizeof(double), rank, dims);
}

static int *take_ints(reader *r, const char *name, int rank, size_t *dims)
{
    return take(r, name, DIA_NUMBER_INT, sizeof(int), rank, dims);
}

static char *take_text(reader *r, const char *object, const char *name)
{
    char *text = NULL;
    if (r->status == DIA_OK)
        r->status = dia_store_attribute_text(r->store, object, name, &text, r->error);
    return text;
}

static int take_count(reader *r, const char *name)
{
    int64_t value = 0;
    if (r->status == DIA_OK)
        r->status = dia_store_attribute_int(r->store, "", name, &value, r->error);
    return (int)value;
}

static void read_head(reader *r)
{
    dia_mechanism_file *f = r->file;
    size_t times[1] = {0}, reference[2] = {0};
    f->swarm = take_text(r, "", "swarm");
    if (r->status == DIA_OK && dia_store_has_attribute(r->store, "", "model_digest"))
        f->model_digest = take_text(r, "", "model_digest");
    f->nstate = take_count(r, "states");
    f->counted = take_count(r, "counted");
    f->time = take_reals(r, "time", 1, times);
    free(take_reals(r, "molecule/reference", 2, reference));
    f->ntime = (int)times[0];
    f->natom = (int)reference[0];
    f->dimension = (int)reference[1];
}

/* ---- census ---------------------------------------------------------------------------------- */

static void read_column(reader *r, const dia_census_column *column)
{
    dia_mechanism_file *f = r->file;
    const size_t width = (size_t)column->width;
    size_t dims[3] = {(size_t)f->nrow, 2, width};
    char name[80];
    snprintf(name, sizeof name, "census/table/%s", column->name);
    double *values = take_reals(r, name, width > 1 ? 3 : 2, dims);
    for (size_t i = 0; r->status == DIA_OK && i < 2 * (size_t)f->nrow; i++)
        memcpy((char *)&f->row[i / 2].group[i % 2] + column->offset, values + i * width, width * sizeof *values);
    free(values);
}

static void read_rows(reader *r)
{
    dia_mechanism_file *f = r->file;
    size_t n[1] = {0};
    int *from = take_ints(r, "census/table/from", 1, n), *to = take_ints(r, "census/table/to", 1, n),
        *point = take_ints(r, "census/table/point", 1, n);
    size_t two[2] = {n[0], 2};
    int *count = n[0] > 0 ? take_ints(r, "census/table/count", 2, two) : NULL;
    f->nrow = (int)n[0];
    f->row = dia_allocate(n[0] + 1, sizeof *f->row);
    if (r->status == DIA_OK && f->row == NULL)
        r->status = dia_error_set(r->error, DIA_ERROR_MEMORY, "no memory for %d rows", f->nrow);
    for (int i = 0; i < f->nrow && r->status == DIA_OK; i++) {
        f->row[i] = (dia_census_row){.from = from[i], .to = to[i], .point = point[i]};
        if (point[i] < DIA_CENSUS_NONE || point[i] >= f->npoint)
            r->status = dia_error_set(r->error, DIA_ERROR_FILE,
                                      "%s: 'census/table/point' row %d: found %d, expected -1 to "
                                      "%d",
                                      dia_store_path(r->store), i, point[i], f->npoint - 1);
        for (int k = 0; k < 2; k++)
            f->row[i].group[k].share.count = count[2 * i + k];
    }
    for (const dia_census_column *column = dia_census_columns; column->name != NULL && f->nrow > 0; column++)
        read_column(r, column);
    free(from);
    free(to);
    free(point);
    free(count);
}

/* The five arrays of passages are one block, as dia_passages_free wants it. */
static void read_passages(reader *r)
{
    static const char *const names[] = {"census/passages/last", "census/passages/last_error", "census/passages/first",
                                        "census/passages/first_error", "census/passages/below"};
    dia_passages *p = &r->file->passages;
    *p = (dia_passages){.nboundary = r->file->nstate - 1, .ncolumn = r->file->npoint + 2, .ntime = r->file->ntime};
    if (r->status != DIA_OK || p->nboundary < 1)
        return;
    const size_t b = (size_t)p->nboundary, T = (size_t)p->ntime, size = b * (size_t)p->ncolumn * T;
    p->last = dia_allocate(4 * size + b * T + 1, sizeof *p->last);
    if (p->last == NULL) {
        r->status = dia_error_set(r->error, DIA_ERROR_MEMORY, "no memory for populations by intersection");
        return;
    }
    p->last_error = p->last + size;
    p->first = p->last_error + size;
    p->first_error = p->first + size;
    p->below = p->first_error + size;
    for (int i = 0; i < 5; i++) {
        const size_t dims[3] = {b, i < 4 ? (size_t)p->ncolumn : T, T};
        if (r->status == DIA_OK)
            r->status = dia_store_read(r->store, names[i], DIA_NUMBER_REAL, i < 4 ? 3 : 2, dims,
                                       p->last + (size_t)i * size, r->error);
    }
}

static void read_census(reader *r)
{
    dia_mechanism_file *f = r->file;
    size_t n[1] = {0};
    f->assign = take_text(r, "census", "assign");
    f->velocity_source = take_text(r, "census", "velocity_source");
    if (r->status == DIA_OK)
        r->status = dia_store_attribute_real(r->store, "census", "limit", &f->limit, r->error);
    free(take_ints(r, "census/points/first", 1, n));
    f->npoint = (int)n[0];
    if (r->status == DIA_OK)
        r->status = dia_store_read_texts(r->store, "census/points/name", n[0], &f->name, r->error);
    if (r->status == DIA_OK)
        r->status = dia_store_read_texts(r->store, "census/points/label", n[0], &f->label, r->error);
    read_rows(r);
    read_passages(r);
}

/* ---- clusters -------------------------------------------------------------------------------- */

static void read_set(reader *r, int s)
{
    static const struct {
        const char *name;
        size_t offset;
    } columns[] = {{"share", offsetof(dia_mechanism_kind, share.value)},
                   {"share_error", offsetof(dia_mechanism_kind, share.error)},
                   {"share_low", offsetof(dia_mechanism_kind, share.low)},
                   {"share_high", offsetof(dia_mechanism_kind, share.high)},
                   {"mean_distance", offsetof(dia_mechanism_kind, mean)},
                   {"radius", offsetof(dia_mechanism_kind, radius)},
                   {"time", offsetof(dia_mechanism_kind, time)}};
    dia_mechanism_kinds *set = &r->file->set[s];
    char name[80];
    size_t dims[3] = {0, (size_t)r->file->natom, (size_t)r->file->dimension};
    snprintf(name, sizeof name, "clusters/%d", s);
    set->name = take_text(r, name, "name");
    snprintf(name, sizeof name, "clusters/%d/count", s);
    int *count = take_ints(r, name, 1, dims);
    snprintf(name, sizeof name, "clusters/%d/position", s);
    set->R = take_reals(r, name, 3, dims);
    set->n = (int)dims[0];
    set->kind = dia_allocate(dims[0] + 1, sizeof *set->kind);
    if (set->kind == NULL && r->status == DIA_OK)
        r->status = dia_error_set(r->error, DIA_ERROR_MEMORY, "no memory for %d clusters", set->n);
    for (int k = 0; k < set->n && r->status == DIA_OK; k++) {
        set->kind[k].share.count = count[k];
        set->kind[k].R = set->R + (size_t)k * dims[1] * dims[2];
    }
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        snprintf(name, sizeof name, "clusters/%d/%s", s, columns[c].name);
        double *values = take_reals(r, name, 1, dims);
        for (int k = 0; k < set->n && r->status == DIA_OK; k++)
            memcpy((char *)&set->kind[k] + columns[c].offset, &values[k], sizeof *values);
        free(values);
    }
    free(count);
}

static void read_clusters(reader *r)
{
    char name[40];
    int n = 0;
    for (; snprintf(name, sizeof name, "clusters/%d", n) > 0 && dia_store_has(r->store, name); n++) {
    }
    r->file->set = dia_allocate((size_t)n + 1, sizeof *r->file->set);
    if (r->file->set == NULL)
        r->status = dia_error_set(r->error, DIA_ERROR_MEMORY, "no memory for clusters");
    for (int s = 0; s < n && r->status == DIA_OK; s++) {
        r->file->nset = s + 1;
        read_set(r, s);
    }
}

dia_status dia_mechanism_file_read(dia_mechanism_file *file, const char *path, dia_error *error)
{
    reader r = {.file = file, .error = error};
    *file = (dia_mechanism_file){0};
    r.status = dia_store_open(&r.store, path, error);
    if (r.status == DIA_OK)
        r.status = dia_store_expect(r.store, DIA_MECHANISM_FORMAT, DIA_MECHANISM_VERSION, error);
    if (r.status == DIA_OK)
        read_head(&r);
    file->has_census = r.status == DIA_OK && dia_store_has(r.store, "census/table");
    if (file->has_census)
        read_census(&r);
    if (r.status == DIA_OK)
        read_clusters(&r);
    dia_store_close(&r.store);
    if (r.status != DIA_OK)
        dia_mechanism_file_free(file);
    return r.status;
}

void dia_mechanism_file_free(dia_mechanism_file *f)
{
    free(f->swarm);
    free(f->model_digest);
    free(f->time);
    free(f->assign);
    free(f->velocity_source);
    free(f->name);
    free(f->label);
    free(f->row);
    dia_passages_free(&f->passages);
    for (int s = 0; s < f->nset; s++) {
        free(f->set[s].name);
        free(f->set[s].kind);
        free(f->set[s].R);
    }
    free(f->set);
    *f = (dia_mechanism_file){0};
}
