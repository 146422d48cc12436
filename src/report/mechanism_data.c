/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/mechanism_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/mechanism/mechanism.h"
#include "base/arena.h"

typedef struct work {
    dia_json json;
    int most;  /* samples of a series on the page */
    bool full; /* no memory */
} work;

/* The numbers of a page need no more than six digits. */
static double shortened(double x)
{
    char text[32];
    if (!isfinite(x))
        return x;
    snprintf(text, sizeof text, "%.6g", x);
    return strtod(text, NULL);
}

/* values[0], values[stride], ... times unit, as an array of the object. */
static void put(work *w, const char *key, size_t n, size_t stride, const double *values, double unit)
{
    double *few = dia_allocate(n + 1, sizeof *few);
    w->full = w->full || few == NULL;
    if (few == NULL)
        return;
    for (size_t i = 0; i < n; i++)
        few[i] = shortened(values[i * stride] * unit);
    dia_json_reals(&w->json, key, (int)n, 1, few);
    free(few);
}

/* A series over the samples, thinned as all of the page are. */
static void put_series(work *w, const char *key, size_t n, size_t stride, const double *values, double unit)
{
    w->json.most = w->most;
    put(w, key, n, stride, values, unit);
    w->json.most = 0;
}

static void put_ints(work *w, const char *key, size_t n, size_t stride, const int *values)
{
    double *reals = dia_allocate(n + 1, sizeof *reals);
    w->full = w->full || reals == NULL;
    for (size_t i = 0; i < n && reals != NULL; i++)
        reals[i] = *(const int *)((const char *)values + i * stride);
    if (reals != NULL)
        dia_json_reals(&w->json, key, (int)n, 1, reals);
    free(reals);
}

/* The rows of the census as columns, one for frustrated and one for accepted hops; of triples the median. */
static void put_table(work *w, const dia_census *c)
{
    static const struct {
        const char *name;
        size_t offset; /* in a group */
        double unit;   /* 0: one     */
    } columns[] = {{"share", offsetof(dia_census_group, share.value), 1},
                   {"share_low", offsetof(dia_census_group, share.low), 1},
                   {"share_high", offsetof(dia_census_group, share.high), 1},
                   {"mean_time", offsetof(dia_census_group, mean_time), 1},
                   {"time_error", offsetof(dia_census_group, time_error), 1},
                   {"energy", offsetof(dia_census_group, energy), 1 / DIA_EV},
                   {"gap", offsetof(dia_census_group, gap[1]), 1 / DIA_EV},
                   {"distance", offsetof(dia_census_group, distance[1]), 1 / DIA_ANGSTROM}};
    const size_t rows = (size_t)c->nrow, stride = sizeof *c->row / sizeof(double);
    char key[64];
    dia_json_object(&w->json, "table");
    put_ints(w, "from", rows, sizeof *c->row, &c->row->from);
    put_ints(w, "to", rows, sizeof *c->row, &c->row->to);
    put_ints(w, "point", rows, sizeof *c->row, &c->row->point);
    for (int a = 0; a < 2; a++)
        put_ints(w, a == 0 ? "count_frustrated" : "count_accepted", rows, sizeof *c->row,
                 &c->row->group[a].share.count);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        for (int a = 0; a < 2; a++) {
            snprintf(key, sizeof key, "%s_%s", columns[i].name, a == 0 ? "frustrated" : "accepted");
            put(w, key, rows, stride, (const double *)((const char *)&c->row->group[a] + columns[i].offset),
                columns[i].unit);
        }
    dia_json_end(&w->json);
}

static void put_texts(work *w, const char *key, int n, char *const *texts)
{
    dia_json_array(&w->json, key);
    for (int i = 0; i < n; i++)
        dia_json_text(&w->json, NULL, texts[i]);
    dia_json_end(&w->json);
}

static void put_census(work *w, const dia_mechanism_file *file)
{
    const dia_census *c = &file->census;
    const dia_passages *p = &file->passages;
    const size_t T = (size_t)p->ntime;
    dia_json_object(&w->json, "census");
    put_texts(w, "name", c->points.npoint, c->points.name);
    put_texts(w, "label", c->points.npoint, c->points.label);
    put_ints(w, "hop", (size_t)c->nhop, sizeof *c->point, c->point);
    put_table(w, c);
    dia_json_array(&w->json, "last"); /* boundaries of points of times */
    for (int b = 0; b < p->nboundary; b++) {
        dia_json_array(&w->json, NULL);
        for (int i = 0; i < p->ncolumn; i++)
            put_series(w, NULL, T, 1, p->last + (size_t)(b * p->ncolumn + i) * T, 1);
        dia_json_end(&w->json);
    }
    dia_json_end(&w->json);
    dia_json_end(&w->json);
}

/* Of the first value of a coordinate, over all trajectories: mean and the quantiles 5, 25, 50, 75, 95 %. */
static void put_coordinate(work *w, const dia_series *s)
{
    static const char *const keys[DIA_SERIES_QUANTILES] = {"q05", "q25", "q50", "q75", "q95"};
    const dia_series_unit unit = dia_series_unit_of(s);
    dia_json_object(&w->json, NULL);
    dia_json_text(&w->json, "name", s->name);
    dia_json_text(&w->json, "coordinate", s->coordinate.text);
    dia_json_text(&w->json, "unit", s->coordinate.dimension == DIA_LENGTH ? "Å" : unit.name);
    put_series(w, "mean", (size_t)s->ntime, 1, s->mean, 1 / unit.size);
    for (int q = 0; q < DIA_SERIES_QUANTILES; q++)
        put_series(w, keys[q], (size_t)s->ntime, DIA_SERIES_QUANTILES, s->quantile + q, 1 / unit.size);
    dia_json_end(&w->json);
}

dia_status dia_mechanism_data_read(dia_content *content, dia_error *error)
{
    dia_mechanism_file file;
    dia_status status = dia_mechanism_file_read(&file, content->analysis->record, content->options->mechanism, error);
    if (status != DIA_OK)
        return status;
    FILE *out = open_memstream(&content->mechanism, &content->mechanism_size);
    work w = {.json = {.out = out}, .most = content->most, .full = out == NULL};
    if (out != NULL) {
        dia_json_object(&w.json, NULL);
        if (file.has_census)
            put_census(&w, &file);
        dia_json_array(&w.json, "coordinates");
        for (int i = 0; i < file.nseries; i++)
            put_coordinate(&w, &file.series[i]);
        dia_json_end(&w.json);
        dia_json_end(&w.json);
        w.full = ferror(out) != 0 || w.full;
        w.full = fclose(out) != 0 || w.full;
    }
    dia_mechanism_file_free(&file);
    return w.full ? dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the mechanism on the page") : DIA_OK;
}
