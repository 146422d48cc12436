/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/series.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "base/arena.h"
#include "base/config.h"
#include "parallel/team.h"
#include "math/vector.h"

static const double quantiles[DIA_SERIES_QUANTILES] = {0.05, 0.25, 0.5, 0.75, 0.95};

static const int atoms_of[DIA_COORDINATE_KINDS] = {[DIA_COORDINATE_DISTANCE] = 2,
                                                   [DIA_COORDINATE_ANGLE] = 3,
                                                   [DIA_COORDINATE_TORSION] = 4,
                                                   [DIA_COORDINATE_OUT_OF_PLANE] = 4,
                                                   [DIA_COORDINATE_POSITION] = 0};

/* ---- images ---------------------------------------------------------------------------------- */

/* One canonical way to write a term that is the same in reverse order; without its sign, an out-of-plane angle does not
 * depend on the order of the atoms in its plane. */
static void straighten(dia_coordinate *coordinate, int t, bool absolute)
{
    int *atom = coordinate->term[t].atom, n = atoms_of[coordinate->term[t].kind];
    int first = 0, last = n - 1;
    if (coordinate->term[t].kind == DIA_COORDINATE_OUT_OF_PLANE) {
        if (!absolute || coordinate->nterm > 1)
            return;
        first = 2; /* I J K L: K and L */
    }
    if (n == 0 || atom[first] < atom[last])
        return;
    for (; first < last; first++, last--) {
        const int kept = atom[first];
        atom[first] = atom[last];
        atom[last] = kept;
    }
}

static int compare_terms(const dia_coordinate *a, int s, const dia_coordinate *b, int t)
{
    if (a->term[s].kind != b->term[t].kind)
        return a->term[s].kind < b->term[t].kind ? -1 : 1;
    if (a->term[s].factor != b->term[t].factor)
        return a->term[s].factor < b->term[t].factor ? -1 : 1;
    for (int i = 0; i < 4; i++)
        if (a->term[s].atom[i] != b->term[t].atom[i])
            return a->term[s].atom[i] < b->term[t].atom[i] ? -1 : 1;
    return 0;
}

/* The coordinate of the geometry whose atom a is atom list[a] of ours, its terms in one order. */
static dia_coordinate relabel(const dia_coordinate *coordinate, const int *list, bool absolute)
{
    dia_coordinate made = *coordinate;
    for (int t = 0; t < made.nterm; t++) {
        for (int i = 0; i < atoms_of[made.term[t].kind]; i++)
            made.term[t].atom[i] = list[made.term[t].atom[i]];
        straighten(&made, t, absolute);
    }
    for (int t = 1; t < made.nterm; t++)
        for (int s = t; s > 0 && compare_terms(&made, s, &made, s - 1) < 0; s--) {
            const dia_coordinate kept = made;
            made.term[s] = kept.term[s - 1];
            made.term[s - 1] = kept.term[s];
        }
    return made;
}

static bool same_image(const dia_coordinate *a, const dia_coordinate *b)
{
    for (int t = 0; t < a->nterm; t++)
        if (compare_terms(a, t, b, t) != 0)
            return false;
    return true;
}

static dia_status make_images(dia_series *s, const dia_match *match, dia_error *error)
{
    const int n = s->fold == DIA_FOLD_NONE ? 1 : dia_match_permutations(match);
    s->image = dia_allocate(DIA_SERIES_IMAGES, sizeof *s->image);
    if (s->image == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a coordinate");
    if (s->fold == DIA_FOLD_NONE) {
        s->image[s->nimage++] = s->coordinate;
        return DIA_OK;
    }
    for (int t = 0; t < s->coordinate.nterm; t++)
        if (s->coordinate.term[t].kind == DIA_COORDINATE_POSITION)
            return dia_error_set(error, DIA_ERROR_INPUT, "'%s': a position cannot be folded; leave `fold` out",
                                 s->coordinate.text);
    for (int p = 0; p < n; p++) {
        const dia_coordinate made = relabel(&s->coordinate, dia_match_permutation(match, p), s->absolute);
        bool known = false;
        for (int i = 0; i < s->nimage && !known; i++)
            known = same_image(&made, &s->image[i]);
        if (known)
            continue;
        if (s->nimage == DIA_SERIES_IMAGES)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "'%s': equivalent atoms make more than %d coordinates of it; name smaller sets in "
                                 "equivalence.labels, or leave `fold` out",
                                 s->coordinate.text, (int)DIA_SERIES_IMAGES);
        s->image[s->nimage++] = made;
    }
    return DIA_OK;
}

void dia_series_values(const dia_series *s, const double *R, double *out)
{
    double x[DIA_SERIES_IMAGES], sum = 0, low = INFINITY, high = -INFINITY;
    for (int i = 0; i < s->nimage; i++) {
        x[i] = dia_coordinate_value(&s->image[i], R);
        x[i] = s->absolute ? fabs(x[i]) : x[i];
        sum += x[i];
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    switch ((dia_fold)s->fold) {
    case DIA_FOLD_NONE:
        out[0] = x[0];
        break;
    case DIA_FOLD_MIN:
        out[0] = low;
        break;
    case DIA_FOLD_MAX:
        out[0] = high;
        break;
    case DIA_FOLD_MEAN:
        out[0] = sum / s->nimage;
        break;
    case DIA_FOLD_SORT:
        dia_ascend(s->nimage, x);
        memcpy(out, x, (size_t)s->nimage * sizeof *x);
        break;
    }
}

/* ---- settings -------------------------------------------------------------------------------- */

static dia_status parse_end(const char *text, const char *key, dia_dimension dimension, double *value, dia_error *error)
{
    char why[300];
    if (text == NULL || dia_quantity_parse(text, dimension, value, sizeof why, why))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT, "%s: %s", key, why);
}

static dia_status open_series(dia_series *s, const dia_coordinate_setting *setting, const dia_mechanism_swarm *swarm,
                              dia_error *error)
{
    dia_density *d = &s->density;
    dia_status status = dia_coordinate_parse(&s->coordinate, setting->coordinate, &swarm->molecule, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "coordinate");
    snprintf(s->name, sizeof s->name, "%s", setting->name != NULL ? setting->name : s->coordinate.text);
    s->fold = setting->fold;
    s->absolute = setting->absolute;
    s->circular = s->coordinate.periodic && s->fold == DIA_FOLD_NONE && !s->absolute;
    status = make_images(s, swarm->match, error);
    s->nvalue = s->fold == DIA_FOLD_SORT ? s->nimage : 1;
    *d = (dia_density){.bins = setting->bins, .from = NAN, .to = NAN, .circular = s->circular};
    if (status == DIA_OK)
        status = parse_end(setting->from, "from", s->coordinate.dimension, &d->from, error);
    if (status == DIA_OK)
        status = parse_end(setting->to, "to", s->coordinate.dimension, &d->to, error);
    if (status == DIA_OK)
        status = parse_end(setting->smooth, "smooth", s->coordinate.dimension, &d->width, error);
    if (status == DIA_OK && !(d->width >= 0))
        status = dia_error_set(error, DIA_ERROR_INPUT, "smooth: a width of 0 or more is expected");
    if (status == DIA_OK && d->to <= d->from)
        status = dia_error_set(error, DIA_ERROR_INPUT, "to: expected more than `from`");
    if (d->circular && isnan(d->from) && isnan(d->to)) {
        d->from = -DIA_PI;
        d->to = DIA_PI;
    } else {
        d->circular = false; /* part of the circle: kernels beyond its ends are lost */
    }
    return status;
}

/* ---- values ---------------------------------------------------------------------------------- */

typedef struct reading { /* a slab of trajectories */
    dia_series *series;
    int n, first, threads;
    const double *R; /* (count, ntime, ncart) */
    int ntime, ncart;
} reading;

static void take_values(void *context, int task, int thread)
{
    const reading *now = context;
    (void)thread;
    for (int s = 0; s < now->n; s++) {
        dia_series *series = &now->series[s];
        const size_t width = (size_t)series->nvalue, T = (size_t)now->ntime;
        for (size_t i = 0; i < T; i++)
            dia_series_values(series, now->R + ((size_t)task * T + i) * (size_t)now->ncart,
                              series->value + ((size_t)(now->first + task) * T + i) * width);
    }
}

static bool take_slab(void *context, int first, int count, double *const *R)
{
    reading *now = context;
    now->first = first;
    now->R = R[0];
    dia_team_run(now->threads, count, take_values, now);
    return true;
}

static dia_status read_values(dia_series *series, int n, const dia_mechanism_swarm *swarm, int nthread,
                              dia_error *error)
{
    static const char *const name = "trajectories/position";
    const dia_record *r = swarm->record;
    const int ncart = swarm->molecule.ncart;
    reading now = {.series = series, .n = n, .threads = nthread, .ntime = r->ntime, .ncart = ncart};
    dia_status status = dia_record_need_positions(r, "coordinates", error);
    if (status == DIA_OK)
        status = dia_record_walk(r, 1, &name, take_slab, &now, error);
    for (int s = 0; s < n && status == DIA_OK; s++)
        for (int k = 0; k < r->nhop; k++)
            dia_series_values(&series[s], swarm->hop_R + (size_t)k * (size_t)ncart,
                              series[s].hop + (size_t)k * (size_t)series[s].nvalue);
    return status;
}

/* ---- statistics ------------------------------------------------------------------------------ */

typedef struct counting {
    dia_series *series;
    const dia_record *record;
    double *room; /* (threads, 2, ntrajectory) values, weights */
    atomic_bool failed;
} counting;

/* Difference to the direction of the mean, for periodic angles. */
static double wrap(double x)
{
    return x - 2 * DIA_PI * floor((x + DIA_PI) / (2 * DIA_PI));
}

static double mean_direction(size_t n, const double *x, const double *w)
{
    double sine = 0, cosine = 0;
    for (size_t i = 0; i < n; i++) {
        sine += w[i] * sin(x[i]);
        cosine += w[i] * cos(x[i]);
    }
    return n > 0 ? atan2(sine, cosine) : NAN;
}

/* Statistics of value v in group g at time i from x (n), w (n), which are used up. False: out of memory. */
static bool summarise(dia_series *s, int v, int g, int i, size_t n, double *x, double *w)
{
    const size_t at = ((size_t)v * (size_t)s->ngroup + (size_t)g) * (size_t)s->ntime + (size_t)i;
    const double origin = s->circular ? mean_direction(n, x, w) : 0;
    dia_moments spread = {0};
    for (size_t k = 0; k < n; k++) {
        x[k] = s->circular ? wrap(x[k] - origin) : x[k];
        dia_moments_add(&spread, w[k], x[k]);
    }
    s->mean[at] = s->circular ? origin : dia_moments_mean(&spread);
    s->error[at] = dia_moments_error(&spread);
    s->deviation[at] = s->circular ? sqrt(dia_moments_square(&spread)) : dia_moments_deviation(&spread);
    if (!dia_sort(n, x, w))
        return false;
    for (int q = 0; q < DIA_SERIES_QUANTILES; q++) {
        const double value = dia_quantile(n, x, w, quantiles[q]);
        s->quantile[at * DIA_SERIES_QUANTILES + (size_t)q] = s->circular ? wrap(value + origin) : value;
    }
    return true;
}

static void count_time(void *context, int i, int thread)
{
    counting *now = context;
    dia_series *s = now->series;
    const dia_record *r = now->record;
    const size_t N = (size_t)r->ntrajectory, T = (size_t)r->ntime, width = (size_t)s->nvalue;
    double *x = now->room + (size_t)thread * 2 * N, *w = x + N;
    for (int v = 0; v < s->nvalue; v++)
        for (int g = 0; g < s->ngroup; g++) {
            size_t n = 0;
            for (size_t j = 0; j < N; j++) {
                const double value = s->value[(j * T + (size_t)i) * width + (size_t)v];
                if (!(r->weight[j] > 0) || (g > 0 && r->active[j * T + (size_t)i] != g - 1) || !isfinite(value))
                    continue;
                x[n] = value;
                w[n++] = r->weight[j];
            }
            if (!summarise(s, v, g, i, n, x, w))
                atomic_store(&now->failed, true);
        }
}

static void fill_density(dia_series *s, const dia_mechanism_swarm *swarm)
{
    const dia_record *r = swarm->record;
    const size_t T = (size_t)r->ntime, width = (size_t)s->nvalue;
    for (size_t j = 0; j < (size_t)r->ntrajectory; j++)
        for (size_t i = 0; i < T && r->weight[j] > 0; i++)
            for (size_t v = 0; v < width; v++) {
                const double share = r->weight[j] / swarm->weight / (double)width,
                             x = s->value[(j * T + i) * width + v];
                dia_density_add(&s->density, (int)i, 0, share, x);
                dia_density_add(&s->density, (int)i, 1 + r->active[j * T + i], share, x);
            }
}

/* The range of the density map where the input leaves it open: that of the data, with room for the kernel. */
static void find_range(dia_series *s, const dia_record *r)
{
    const size_t row = (size_t)s->ntime * (size_t)s->nvalue;
    double low = INFINITY, high = -INFINITY;
    for (size_t j = 0; j < (size_t)r->ntrajectory; j++)
        for (size_t i = 0; i < row && r->weight[j] > 0; i++) {
            const double x = s->value[j * row + i];
            low = x < low ? x : low;
            high = x > high ? x : high;
        }
    const double pad = high > low ? 3 * s->density.width : fmax(0.5, 3 * s->density.width);
    s->density.from = isnan(s->density.from) ? low - pad : s->density.from;
    s->density.to = isnan(s->density.to) ? high + pad : s->density.to;
    if (!(s->density.to > s->density.from)) /* one end was given, beyond all data */
        s->density.to = s->density.from + 1;
}

static dia_status reserve(dia_series *s, const dia_record *r, dia_error *error)
{
    const size_t width = (size_t)s->nvalue, N = (size_t)r->ntrajectory, T = (size_t)r->ntime;
    s->ntrajectory = r->ntrajectory;
    s->ntime = r->ntime;
    s->ngroup = 1 + r->nstate;
    s->nhop = r->nhop;
    const size_t rows = width * (size_t)s->ngroup * T;
    s->value = dia_allocate(N * T * width, sizeof *s->value);
    s->hop = dia_allocate((size_t)r->nhop * width + 1, sizeof *s->hop);
    s->mean = dia_allocate(3 * rows, sizeof *s->mean);
    s->quantile = dia_allocate(rows * DIA_SERIES_QUANTILES, sizeof *s->quantile);
    if (s->value == NULL || s->hop == NULL || s->mean == NULL || s->quantile == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for '%s' in %zu trajectories of %zu samples", s->name,
                             N, T);
    s->error = s->mean + rows;
    s->deviation = s->error + rows;
    return DIA_OK;
}

static dia_status evaluate(dia_series *s, const dia_mechanism_swarm *swarm, int nthread, double *room, dia_error *error)
{
    counting now = {.series = s, .record = swarm->record, .room = room};
    dia_team_run(nthread, s->ntime, count_time, &now);
    if (atomic_load(&now.failed))
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to sort %d values", s->ntrajectory);
    find_range(s, swarm->record);
    dia_status status = dia_density_create(&s->density, s->ntime, s->ngroup, error);
    if (status == DIA_OK)
        fill_density(s, swarm);
    return status;
}

dia_series_unit dia_series_unit_of(const dia_series *series)
{
    switch (series->coordinate.dimension) {
    case DIA_ANGLE:
        return (dia_series_unit){"deg", 0.017453292519943295, 1};
    case DIA_LENGTH:
        return (dia_series_unit){"Angstrom", DIA_ANGSTROM, 4};
    default:
        return (dia_series_unit){"au", 1, 4};
    }
}

dia_status dia_series_make(dia_series **series, const dia_mechanism_swarm *swarm, const dia_list *settings, int threads,
                           dia_error *error)
{
    const dia_coordinate_setting *setting = settings->items;
    const int n = settings->n, nthread = dia_team_size(threads);
    dia_series *made = dia_allocate((size_t)n + 1, sizeof *made);
    double *room = dia_allocate((size_t)nthread * 2 * (size_t)swarm->record->ntrajectory, sizeof *room);
    dia_status status =
        made == NULL || room == NULL ? dia_error_set(error, DIA_ERROR_MEMORY, "no memory for coordinates") : DIA_OK;
    *series = NULL;
    for (int s = 0; s < n && status == DIA_OK; s++) {
        status = open_series(&made[s], &setting[s], swarm, error);
        if (status != DIA_OK)
            dia_error_prefix(error, "coordinates.%d", s);
        else
            status = reserve(&made[s], swarm->record, error);
    }
    if (status == DIA_OK)
        status = read_values(made, n, swarm, nthread, error);
    for (int s = 0; s < n && status == DIA_OK; s++)
        status = evaluate(&made[s], swarm, nthread, room, error);
    free(room);
    if (status == DIA_OK)
        *series = made;
    else
        dia_series_free(made, n);
    return status;
}

void dia_series_free(dia_series *series, int n)
{
    for (int s = 0; series != NULL && s < n; s++) {
        free(series[s].image);
        free(series[s].value);
        free(series[s].hop);
        free(series[s].mean);
        free(series[s].quantile);
        dia_density_free(&series[s].density);
    }
    free(series);
}
