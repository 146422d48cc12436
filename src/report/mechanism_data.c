/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/mechanism_data.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/json.h"

typedef struct work {
    dia_store *store;
    const dia_record *record;
    dia_json json;
    int most; /* samples of a series on the page */
    dia_error *error;
    dia_status status; /* after a failure nothing more is read */
} work;

enum { RANK = 4 };

/* A whole dataset as doubles, NULL on failure. dims[d] 0: any extent, which is put there; else it must be so. */
static double *read_new(work *w, const char *name, int rank, size_t *dims)
{
    size_t found[8], count = 1;
    int found_rank = 0;
    if (w->status == DIA_OK)
        w->status = dia_store_shape(w->store, name, &found_rank, found, w->error);
    if (w->status != DIA_OK)
        return NULL;
    for (int d = 0; d < rank; d++) {
        if (found_rank == rank && dims[d] == 0)
            dims[d] = found[d];
        count *= dims[d];
    }
    double *values = dia_allocate(count + 1, sizeof *values);
    if (values == NULL)
        w->status = dia_error_set(w->error, DIA_ERROR_MEMORY, "out of memory");
    else
        w->status = dia_store_read(w->store, name, DIA_NUMBER_REAL, rank, dims, values, w->error);
    if (w->status != DIA_OK) {
        free(values);
        return NULL;
    }
    return values;
}

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
    if (few == NULL) {
        w->status = dia_error_set(w->error, DIA_ERROR_MEMORY, "out of memory");
        return;
    }
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

/* Was it made from this swarm? Every hop must be the same. */
static void check_swarm(work *w, const char *path)
{
    const dia_record *r = w->record;
    size_t n = 0, ntime = 0;
    double *at = read_new(w, "time", 1, &ntime);
    double *time = dia_store_has(w->store, "census/hops") ? read_new(w, "census/hops/time", 1, &n) : NULL;
    bool same = ntime == (size_t)r->ntime && (time == NULL || n == (size_t)r->nhop);
    for (size_t i = 0; same && time != NULL && i < n; i++)
        same = time[i] == r->hop_time[i];
    if (w->status == DIA_OK && !same)
        w->status = dia_error_set(w->error, DIA_ERROR_INPUT,
                                  "%s: was made from another swarm than '%s' (the samples or hops differ); run diabolo "
                                  "mechanism on this one",
                                  path, r->swarm->path);
    free(at);
    free(time);
}

static void put_texts(work *w, const char *key, const char *name, size_t n)
{
    char **texts = NULL;
    if (w->status == DIA_OK)
        w->status = dia_store_read_texts(w->store, name, n, &texts, w->error);
    if (w->status != DIA_OK)
        return;
    dia_json_array(&w->json, key);
    for (size_t i = 0; i < n; i++)
        dia_json_text(&w->json, NULL, texts[i]);
    dia_json_end(&w->json);
    free(texts);
}

/* The rows of the census: of the pairs (frustrated, accepted), of triples the median. */
static void put_table(work *w)
{
    static const struct {
        const char *name;
        int rank;    /* 1: a number a row; 2: frustrated, accepted; 3: three quartiles of each */
        double unit; /* 0: one */
    } columns[] = {{"from", 1, 0},         {"to", 1, 0},
                   {"point", 1, 0},        {"count", 2, 0},
                   {"share", 2, 0},        {"share_low", 2, 0},
                   {"share_high", 2, 0},   {"mean_time", 2, 0},
                   {"time_error", 2, 0},   {"energy", 2, 1 / DIA_EV},
                   {"gap", 3, 1 / DIA_EV}, {"distance", 3, 1 / DIA_ANGSTROM}};
    size_t rows = 0;
    dia_json_object(&w->json, "table");
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        char name[64], key[64];
        size_t dims[3] = {rows, 2, 3}, stride = columns[c].rank == 1 ? 1 : columns[c].rank == 2 ? 2 : 6;
        const double unit = columns[c].unit != 0 ? columns[c].unit : 1;
        snprintf(name, sizeof name, "census/table/%s", columns[c].name);
        double *values = read_new(w, name, columns[c].rank, dims);
        if (values == NULL)
            break;
        rows = dims[0];
        if (columns[c].rank == 1)
            put(w, columns[c].name, rows, stride, values, unit);
        for (int a = 0; columns[c].rank > 1 && a < 2; a++) { /* the median is the second */
            snprintf(key, sizeof key, "%s_%s", columns[c].name, a == 0 ? "frustrated" : "accepted");
            put(w, key, rows, stride, values + (columns[c].rank == 2 ? (size_t)a : 3 * (size_t)a + 1), unit);
        }
        free(values);
    }
    dia_json_end(&w->json);
}

static void put_census(work *w)
{
    size_t points = 0, hops = (size_t)w->record->nhop, dims[3] = {0, 0, (size_t)w->record->ntime};
    if (!dia_store_has(w->store, "census"))
        return;
    free(read_new(w, "census/points/first", 1, &points));
    dia_json_object(&w->json, "census");
    put_texts(w, "name", "census/points/name", points);
    put_texts(w, "label", "census/points/label", points);
    double *of = read_new(w, "census/hops/point", 1, &hops);
    if (of != NULL)
        put(w, "hop", hops, 1, of, 1);
    free(of);
    put_table(w);
    dims[1] = points + 2;
    double *last = dia_store_has(w->store, "census/passages") ? read_new(w, "census/passages/last", 3, dims) : NULL;
    if (last != NULL) {
        dia_json_array(&w->json, "last"); /* boundaries of points of times */
        for (size_t b = 0; b < dims[0]; b++) {
            dia_json_array(&w->json, NULL);
            for (size_t p = 0; p < dims[1]; p++)
                put_series(w, NULL, dims[2], 1, last + (b * dims[1] + p) * dims[2], 1);
            dia_json_end(&w->json);
        }
        dia_json_end(&w->json);
    }
    free(last);
    dia_json_end(&w->json);
}

/* Unit of a dataset, for people: its name and what to multiply by. */
static double friendly(work *w, const char *dataset, char **name)
{
    char *unit = NULL;
    if (w->status == DIA_OK)
        w->status = dia_store_attribute_text(w->store, dataset, "unit", &unit, w->error);
    double factor = 1;
    const char *known = unit != NULL ? unit : "";
    if (strcmp(known, "bohr") == 0) {
        factor = 1 / DIA_ANGSTROM;
        known = "Å";
    } else if (strcmp(known, "rad") == 0) {
        factor = 180 / DIA_PI;
        known = "deg";
    }
    *name = strdup(known);
    free(unit);
    return factor;
}

/* Of the first value of a coordinate, over all trajectories: mean and the quantiles 5, 25, 50, 75, 95 %. */
static void put_coordinate(work *w, int c)
{
    char group[64], path[96], *name = NULL, *what = NULL, *unit = NULL;
    size_t shape[3] = {0, 0, (size_t)w->record->ntime}, wide[4] = {0, 0, (size_t)w->record->ntime, 5};
    snprintf(group, sizeof group, "coordinates/%d", c);
    snprintf(path, sizeof path, "%s/mean", group);
    w->status = dia_store_attribute_text(w->store, group, "name", &name, w->error);
    if (w->status == DIA_OK)
        w->status = dia_store_attribute_text(w->store, group, "coordinate", &what, w->error);
    const double factor = friendly(w, path, &unit);
    double *mean = read_new(w, path, 3, shape);
    snprintf(path, sizeof path, "%s/quantile", group);
    double *quantile = read_new(w, path, 4, wide);
    if (w->status == DIA_OK && shape[0] > 0 && shape[1] > 0) {
        static const char *const keys[] = {"q05", "q25", "q50", "q75", "q95"};
        dia_json_object(&w->json, NULL);
        dia_json_text(&w->json, "name", name);
        dia_json_text(&w->json, "coordinate", what);
        dia_json_text(&w->json, "unit", unit);
        put_series(w, "mean", shape[2], 1, mean, factor);
        for (size_t q = 0; q < 5; q++)
            put_series(w, keys[q], shape[2], 5, quantile + q, factor);
        dia_json_end(&w->json);
    }
    free(name);
    free(what);
    free(unit);
    free(mean);
    free(quantile);
}

static void put_coordinates(work *w)
{
    char group[64];
    dia_json_array(&w->json, "coordinates");
    for (int c = 0; w->status == DIA_OK; c++) {
        snprintf(group, sizeof group, "coordinates/%d", c);
        if (!dia_store_has(w->store, group))
            break;
        put_coordinate(w, c);
    }
    dia_json_end(&w->json);
}

dia_status dia_mechanism_data_read(dia_content *content, dia_error *error)
{
    const char *path = content->options->mechanism;
    work w = {.record = content->analysis->record, .most = content->most, .error = error, .status = DIA_OK};
    w.status = dia_store_open(&w.store, path, error);
    if (w.status != DIA_OK)
        return w.status;
    w.status = dia_store_expect(w.store, "diabolo-mechanism", 1, error);
    if (w.status == DIA_OK)
        check_swarm(&w, path);
    FILE *out = open_memstream(&content->mechanism, &content->mechanism_size);
    if (out == NULL) {
        dia_store_close(&w.store);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    }
    w.json.out = out;
    dia_json_object(&w.json, NULL);
    if (w.status == DIA_OK)
        put_census(&w);
    if (w.status == DIA_OK)
        put_coordinates(&w);
    dia_json_end(&w.json);
    const bool failed = ferror(out) != 0;
    if ((fclose(out) != 0 || failed) && w.status == DIA_OK)
        w.status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_store_close(&w.store);
    return w.status;
}
