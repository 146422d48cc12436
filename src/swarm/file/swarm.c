/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The reader of swarm files. All data it returns have been checked, so that no caller checks them again, and no
 * other code opens such a file. */
#include "diabolo/swarm.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "statistics/mean.h"
#include "swarm/file/table.h"

enum { STATES_MAX = 127, ATOMS_MAX = 100000, SLAB = 8 << 20 }; /* states are int8; SLAB: bytes */

struct dia_swarm_file {
    dia_store *store;
    double weight; /* over the trajectories that count, and their number */
    int64_t counted;
};

/* Reads on after an earlier failure are skipped, so that a list of reads needs one check. */
typedef struct reading {
    const dia_swarm *swarm;
    dia_error *error;
    dia_status status;
} reading;

/* ---- fates ----------------------------------------------------------------------------------- */

static const struct {
    bool counts;
    const char *word, *text;
} fates[DIA_FATES] = {
#define X(name, number, counts, word, text) [number] = {counts, word, text},
    DIA_FATE_LIST(X)
#undef X
};

static bool is_fate(int fate)
{
    return fate >= 0 && fate < DIA_FATES;
}

const char *dia_fate_word(int fate)
{
    return is_fate(fate) ? fates[fate].word : "unknown";
}

const char *dia_fate_text(int fate)
{
    return is_fate(fate) ? fates[fate].text : "unknown";
}

bool dia_fate_counts(int fate)
{
    return is_fate(fate) && fates[fate].counts;
}

/* ---- what is wrong --------------------------------------------------------------------------- */

/* place: "entry 3 of dataset 'hops/gap'" */
static void damaged(reading *now, const char *place, const char *expected, const char *found)
{
    if (now->status == DIA_OK)
        now->status = dia_error_set(now->error, DIA_ERROR_FILE,
                                    "%s: %s: found %s, expected %s; the file is damaged or was not written by diabolo "
                                    "run",
                                    now->swarm->path, place, found, expected);
}

static void damaged_entry(reading *now, const char *name, size_t entry, const char *expected, double found)
{
    char place[120], text[40];
    snprintf(place, sizeof place, "dataset '%s', entry %zu", name, entry);
    snprintf(text, sizeof text, "%.10g", found);
    damaged(now, place, expected, text);
}

/* A rule in words, and its bounds. */
static const struct {
    const char *text;
    double low, high;
} rules[DIA_RULES] = {
    [DIA_RULE_FINITE] = {"a number of sensible size", -1e12, 1e12},
    [DIA_RULE_POSITIVE] = {"a number above 0", 1e-12, 1e12},
    [DIA_RULE_NOT_NEGATIVE] = {"a number of 0 or more", 0, 1e12},
    [DIA_RULE_MOMENT] = {"a time, or NaN", 0, 1e12},
    [DIA_RULE_SHARE] = {"a share from 0 to 1", -1e-9, 1 + 1e-9},
    [DIA_RULE_AMPLITUDE] = {"an amplitude from -1 to 1", -1.001, 1.001},
    [DIA_RULE_ERROR] = {"the standard error of a share", 0, 2},
    [DIA_RULE_NUMBER] = {"the number of a trajectory", 0, 9e18},
    [DIA_RULE_STATE] = {"a state", 0, STATES_MAX},
    [DIA_RULE_FLAG] = {"0 or 1", 0, 1},
    [DIA_RULE_FATE] = {"a fate", 0, DIA_FATES - 1},
    [DIA_RULE_ELEMENT] = {"an atomic number, or 0", 0, 1000},
};

static bool obeys(const dia_swarm *swarm, dia_swarm_rule rule, double x)
{
    if (rule == DIA_RULE_MOMENT && isnan(x))
        return true;
    return x >= rules[rule].low && x <= rules[rule].high && (rule != DIA_RULE_STATE || x < swarm->nstate) &&
           (rule != DIA_RULE_ELEMENT || dia_element_symbol((int)x) != NULL);
}

/* May this entry be NaN? Rows begin at `first`, `width` numbers each. */
static bool may_be_missing(const dia_swarm *swarm, const dia_swarm_dataset *d, size_t first, size_t width, size_t entry)
{
    if (d->flags & DIA_FATED)
        return swarm->fate[first + entry / width] == DIA_FATE_NAN;
    return (d->flags & DIA_MEAN) &&
           (!(swarm->file->weight > 0) || (d->rule == DIA_RULE_ERROR && swarm->file->counted < 2));
}

static double number_at(dia_number number, const void *values, size_t i)
{
    switch (number) {
    case DIA_NUMBER_INT8:
        return ((const int8_t *)values)[i];
    case DIA_NUMBER_INT:
        return ((const int *)values)[i];
    case DIA_NUMBER_INT64:
        return (double)((const int64_t *)values)[i];
    default:
        return ((const double *)values)[i];
    }
}

/* `rows` rows of a dataset from `first` on. A trajectory that met NaN may hold anything. */
static void check_values(reading *now, const dia_swarm_dataset *d, size_t first, size_t rows, size_t width,
                         const void *values)
{
    for (size_t i = 0; i < rows * width && now->status == DIA_OK; i++) {
        const double x = number_at(d->number, values, i);
        if (!obeys(now->swarm, d->rule, x) && !may_be_missing(now->swarm, d, first, width, i)) {
            char expected[80];
            snprintf(expected, sizeof expected, d->rule == DIA_RULE_STATE ? "%s from 0 to %d" : "%s",
                     rules[d->rule].text, now->swarm->nstate - 1);
            damaged_entry(now, d->name, first * width + i, expected, x);
        }
    }
}

/* ---- shapes ---------------------------------------------------------------------------------- */

static size_t extent(const dia_swarm *swarm, char letter)
{
    switch (letter) {
    case 'A':
        return (size_t)swarm->natom;
    case 'D':
        return (size_t)swarm->dimension;
    case 'K':
        return (size_t)swarm->hops.count;
    case 'N':
        return (size_t)swarm->N;
    case 'n':
        return (size_t)swarm->nstate;
    case 'T':
        return (size_t)swarm->T;
    default:
        return 2;
    }
}

/* Extents of a dataset; returns its rank. *width: numbers in a row. */
static int shape_of(const dia_swarm *swarm, const dia_swarm_dataset *d, size_t dims[8], size_t *width)
{
    const int rank = (int)strlen(d->shape);
    *width = 1;
    for (int i = 0; i < rank; i++) {
        dims[i] = extent(swarm, d->shape[i]);
        *width *= i > 0 ? dims[i] : 1;
    }
    return rank;
}

/* Extents of a dataset that sets the scale for the others, each from `least` to most[d]. */
static void read_scale(reading *now, const char *name, int rank, size_t least, const size_t most[2], size_t dims[8])
{
    int found = 0;
    char place[120], expected[80], text[40];
    if (now->status == DIA_OK)
        now->status = dia_store_shape(now->swarm->file->store, name, &found, dims, now->error);
    snprintf(place, sizeof place, "dataset '%s', shape", name);
    if (now->status == DIA_OK && found != rank) {
        snprintf(expected, sizeof expected, "%d", rank);
        snprintf(text, sizeof text, "%d dimensions", found);
        damaged(now, place, expected, text);
    }
    for (int i = 0; i < rank && now->status == DIA_OK; i++)
        if (dims[i] < least || dims[i] > most[i]) {
            snprintf(expected, sizeof expected, "%zu to %zu", least, most[i]);
            snprintf(text, sizeof text, "%zu as extent %d", dims[i], i);
            damaged(now, place, expected, text);
        }
}

static void read_scales(reading *now, dia_swarm *swarm)
{
    size_t atoms[8] = {0}, populations[8] = {0}, rows[8] = {0}, hops[8] = {0};
    read_scale(now, "molecule/reference", 2, 1, (const size_t[]){ATOMS_MAX, 3}, atoms);
    read_scale(now, "populations/active", 2, 1, (const size_t[]){INT_MAX, STATES_MAX}, populations);
    read_scale(now, "trajectories/active", 2, 1, (const size_t[]){INT_MAX, INT_MAX}, rows);
    read_scale(now, "hops/trajectory", 1, 0, (const size_t[]){INT_MAX, 1}, hops);
    swarm->natom = (int)atoms[0];
    swarm->dimension = (int)atoms[1];
    swarm->T = (int64_t)populations[0];
    swarm->nstate = (int)populations[1];
    swarm->N = (int64_t)rows[0];
    swarm->hops.count = (int64_t)hops[0];
}

/* ---- datasets -------------------------------------------------------------------------------- */

static void check_unit(reading *now, const dia_swarm_dataset *d)
{
    double factor = 1;
    char *unit = NULL;
    if (now->status == DIA_OK)
        now->status = dia_store_unit(now->swarm->file->store, d->name, d->unit, &factor, NULL, now->error);
    if (now->status != DIA_OK || factor == 1)
        return;
    now->status = dia_store_attribute_text(now->swarm->file->store, d->name, "unit", &unit, now->error);
    if (now->status == DIA_OK)
        now->status = dia_error_set(now->error, DIA_ERROR_INPUT,
                                    "%s: dataset '%s' is in '%.40s' (attribute 'unit'); a swarm file has it in '%s'",
                                    now->swarm->path, d->name, unit, d->unit);
    free(unit);
}

/* Shape, type and unit of one dataset; its values, if it is held. */
static void read_dataset(reading *now, dia_swarm *swarm, const dia_swarm_dataset *d)
{
    size_t dims[8], width;
    void *values = NULL;
    const int rank = shape_of(swarm, d, dims, &width);
    const dia_store *store = swarm->file->store;
    if (now->status != DIA_OK || ((d->flags & DIA_OPTIONAL) && !dia_store_has(store, d->name)))
        return;
    now->status = (d->flags & DIA_HELD) ? dia_store_read_new(store, d->name, d->number, rank, dims, &values, now->error)
                                        : dia_store_expect_shape(store, d->name, d->number, rank, dims, now->error);
    check_unit(now, d);
    if (d->flags & DIA_HELD) {
        memcpy((char *)swarm + d->member, &values, sizeof values); /* freed with the swarm, whatever is wrong */
        check_values(now, d, 0, dims[0], width, values);
    }
}

/* ---- attributes ------------------------------------------------------------------------------ */

enum { NAME = 200, PATH = 4096, INPUT = 64 << 20, DIGEST = 64 }; /* longest texts */

static const struct {
    const char *name;
    size_t most;
    bool optional;
    size_t member;
} texts[] = {
    {"input", INPUT, false, offsetof(dia_swarm, input)},
    {"input_path", PATH, true, offsetof(dia_swarm, input_path)},
    {"resolved", INPUT, false, offsetof(dia_swarm, resolved)},
    {"model_path", PATH, false, offsetof(dia_swarm, model_path)},
    {"model_type", NAME, false, offsetof(dia_swarm, model_type)},
    {"model_digest", DIGEST, false, offsetof(dia_swarm, model_digest)},
    {"model_files", INPUT, true, offsetof(dia_swarm, model_files)},
    {"initial_digest", DIGEST, false, offsetof(dia_swarm, initial_digest)},
    {"program_version", NAME, false, offsetof(dia_swarm, program_version)},
    {"program_commit", NAME, false, offsetof(dia_swarm, program_commit)},
    {"digest", DIGEST, false, offsetof(dia_swarm, digest)},
    {"method", NAME, false, offsetof(dia_swarm, method)},
    {"amplitude_signs", NAME, true, offsetof(dia_swarm, amplitude_signs)},
    {"model_note", INPUT, true, offsetof(dia_swarm, model_note)},
};
enum { TEXTS = sizeof texts / sizeof texts[0] };

/* An input is a text of limited length; a name is one line; a digest is hexadecimal. */
static bool sane(const char *text, size_t most)
{
    const size_t length = strlen(text);
    if (most == DIGEST)
        return length == DIGEST && strspn(text, "0123456789abcdef") == DIGEST;
    for (size_t i = 0; i < length && most < INPUT; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == '\x7f')
            return false;
    return length <= most;
}

static void read_text(reading *now, dia_swarm *swarm, int t)
{
    char *text = NULL, place[80];
    const dia_store *store = swarm->file->store;
    if (now->status != DIA_OK || (texts[t].optional && !dia_store_has_attribute(store, "", texts[t].name)))
        return;
    now->status = dia_store_attribute_text(store, "", texts[t].name, &text, now->error);
    memcpy((char *)swarm + texts[t].member, &text, sizeof text);
    snprintf(place, sizeof place, "attribute '%s'", texts[t].name);
    if (now->status == DIA_OK && !sane(text, texts[t].most)) {
        char found[60];
        snprintf(found, sizeof found, "%zu characters, '%.20s'", strlen(text), text);
        damaged(now, place, texts[t].most == DIGEST ? "64 hexadecimal digits" : "a text of that kind", found);
    }
}

/* An attribute from `low` to `high`. */
static int64_t read_integer(reading *now, const char *name, int64_t low, int64_t high)
{
    int64_t value = 0;
    char place[80], expected[80], found[40];
    if (now->status == DIA_OK)
        now->status = dia_store_attribute_int(now->swarm->file->store, "", name, &value, now->error);
    if (now->status == DIA_OK && (value < low || value > high)) {
        snprintf(place, sizeof place, "attribute '%s'", name);
        snprintf(expected, sizeof expected, low == high ? "%" PRId64 : "%" PRId64 " or more", low);
        snprintf(found, sizeof found, "%" PRId64, value);
        damaged(now, place, expected, found);
    }
    return value;
}

static void read_attributes(reading *now, dia_swarm *swarm)
{
    for (int t = 0; t < TEXTS; t++)
        read_text(now, swarm, t);
    swarm->seed = read_integer(now, "seed", INT64_MIN, INT64_MAX);
    swarm->every = read_integer(now, "every", 1, INT_MAX);
    read_integer(now, "states", swarm->nstate, swarm->nstate);
    read_integer(now, "trajectories", swarm->N, swarm->N);
    if (now->status == DIA_OK)
        now->status = dia_store_attribute_real(swarm->file->store, "", "timestep", &swarm->timestep, now->error);
    if (now->status == DIA_OK && !(swarm->timestep > 0 && swarm->timestep < 1e12)) {
        char found[40];
        snprintf(found, sizeof found, "%g fs", swarm->timestep);
        damaged(now, "attribute 'timestep'", "a time above 0", found);
    }
}

/* ---- what must agree ------------------------------------------------------------------------- */

/* Times are sums of steps: a millionth is far above their rounding. */
static bool near(double a, double b)
{
    return fabs(a - b) <= 1e-6 * (1 + fabs(b));
}

static void check_times(reading *now)
{
    const dia_swarm *s = now->swarm;
    const double apart = (double)s->every * s->timestep;
    for (int64_t i = 0; i < s->T && now->status == DIA_OK; i++)
        if (!near(s->time[i], (double)i * apart))
            damaged_entry(now, "time", (size_t)i, "the sample's number times 'every' times 'timestep'", s->time[i]);
}

static void check_trajectories(reading *now, dia_swarm *swarm)
{
    const dia_swarm *s = now->swarm;
    const double last = (double)(s->T * s->every) * s->timestep;
    int64_t excluded = 0;
    for (int64_t j = 0; j < s->N && now->status == DIA_OK; j++) {
        const bool counts = dia_fate_counts(s->fate[j]);
        excluded += !counts;
        s->file->counted += counts;
        s->file->weight += counts ? s->weight[j] : 0;
        if (j > 0 && s->number[j] <= s->number[j - 1])
            damaged_entry(now, "trajectories/number", (size_t)j, "ascending numbers", (double)s->number[j]);
        if (s->end[j] > last && !near(s->end[j], last))
            damaged_entry(now, "trajectories/end", (size_t)j, "a time within the flight", s->end[j]);
    }
    swarm->excluded = read_integer(now, "excluded", excluded, excluded);
}

/* Checks one hop of the trajectory in this row; the previous one was at time `before`. The gap of an accepted hop is
 * taken from the kinetic energy. */
static void check_hop(reading *now, int64_t k, int64_t row, double before)
{
    const dia_swarm *s = now->swarm;
    const dia_swarm_hops *h = &s->hops;
    const double after = h->kinetic_before[k] - (h->accepted[k] ? h->gap[k] : 0);
    if (h->from[k] == h->to[k])
        damaged_entry(now, "hops/to", (size_t)k, "another state than that of 'hops/from'", h->to[k]);
    else if (h->time[k] < before || (h->time[k] > s->end[row] && !near(h->time[k], s->end[row])))
        damaged_entry(now, "hops/time", (size_t)k, "ascending times before the end of its trajectory", h->time[k]);
    else if (!near(h->kinetic_after[k], after))
        damaged_entry(now, "hops/kinetic_after", (size_t)k,
                      h->accepted[k] ? "'hops/kinetic_before' less 'hops/gap'" : "'hops/kinetic_before'",
                      h->kinetic_after[k]);
}

/* Hops and trajectories are both sorted by number. */
static void find_rows(reading *now, int64_t *rows)
{
    const dia_swarm *s = now->swarm;
    const dia_swarm_hops *h = &s->hops;
    for (int64_t k = 0, row = 0; k < h->count && now->status == DIA_OK; k++) {
        while (row < s->N && s->number[row] < h->trajectory[k])
            row++;
        const bool same = k > 0 && h->trajectory[k] == h->trajectory[k - 1];
        if (row == s->N || s->number[row] != h->trajectory[k])
            damaged_entry(now, "hops/trajectory", (size_t)k, "a number of 'trajectories/number', in ascending order",
                          (double)h->trajectory[k]);
        else
            check_hop(now, k, row, same ? h->time[k - 1] : 0);
        rows[k] = row;
    }
}

/* The populations of every sample sum to 1. */
static void check_sums(reading *now, const char *name, const double *population)
{
    const size_t n = (size_t)now->swarm->nstate;
    for (size_t t = 0; t < (size_t)now->swarm->T && now->status == DIA_OK; t++) {
        double sum = 0;
        for (size_t k = 0; k < n; k++)
            sum += population[t * n + k];
        if (!near(sum, 1) && now->swarm->file->weight > 0)
            damaged_entry(now, name, t * n, "populations of one sample that add up to 1", sum);
    }
}

/* Adds the populations of a slab of trajectories to the mean; occupied (T, n): work space. */
static void add_populations(reading *now, int64_t first, int64_t count, const int8_t *active, double *occupied,
                            dia_mean *mean)
{
    const dia_swarm *s = now->swarm;
    const size_t T = (size_t)s->T, n = (size_t)s->nstate;
    for (int64_t j = 0; j < count && now->status == DIA_OK; j++) {
        const int8_t *own = active + (size_t)j * T;
        if (own[0] != s->initial_state[first + j])
            damaged_entry(now, "initial/state", (size_t)(first + j), "the first state of 'trajectories/active'",
                          s->initial_state[first + j]);
        if (!dia_fate_counts(s->fate[first + j]))
            continue;
        memset(occupied, 0, T * n * sizeof *occupied);
        for (size_t t = 0; t < T; t++)
            occupied[t * n + (size_t)own[t]] = 1;
        dia_mean_add(mean, s->weight[first + j], occupied);
    }
}

/* Are the populations those of the trajectories? This checks states, weights and fates together. */
static void check_populations(reading *now)
{
    const dia_swarm *s = now->swarm;
    const size_t size = (size_t)s->T * (size_t)s->nstate;
    const int64_t slab = dia_swarm_slab(s, (size_t)s->T / sizeof(double) + 1);
    dia_mean mean = {0};
    if (now->status != DIA_OK || (now->status = dia_mean_create(&mean, size, now->error)) != DIA_OK)
        return;
    double *occupied = dia_allocate(3 * size, sizeof *occupied), *x = occupied + size, *error = x + size;
    int8_t *active = dia_allocate((size_t)slab * (size_t)s->T, 1);
    if (occupied == NULL || active == NULL)
        now->status = dia_error_set(now->error, DIA_ERROR_MEMORY, "%s: no memory for populations", s->path);
    for (int64_t j = 0; j < s->N && now->status == DIA_OK; j += slab) {
        const int64_t count = s->N - j < slab ? s->N - j : slab;
        now->status = dia_swarm_active(s, j, count, active, now->error);
        add_populations(now, j, count, active, occupied, &mean);
    }
    if (now->status == DIA_OK && s->file->weight > 0) {
        dia_mean_result(&mean, x, error);
        for (size_t i = 0; i < size && now->status == DIA_OK; i++) {
            if (!near(s->active[i], x[i]))
                damaged_entry(now, "populations/active", i,
                              "the mean over 'trajectories/active' with 'initial/weight', without those whose "
                              "'trajectories/fate' does not count",
                              s->active[i]);
            else if (!near(s->active_error[i], dia_mean_binomial(&mean, x[i])))
                damaged_entry(now, "populations/active_error", i, "the standard error of 'populations/active'",
                              s->active_error[i]);
        }
    }
    dia_mean_free(&mean);
    free(occupied);
    free(active);
}

/* ---- the swarm ------------------------------------------------------------------------------- */

static void read_all(reading *now, dia_swarm *swarm)
{
    read_scales(now, swarm);
    read_attributes(now, swarm);
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL; d++) {
        read_dataset(now, swarm, d);
        if (d->member == offsetof(dia_swarm, weight) && (d->flags & DIA_HELD) && now->status == DIA_OK)
            check_trajectories(now, swarm); /* the checks of the next ones need these */
    }
    if (now->status != DIA_OK)
        return;
    int64_t *rows = dia_allocate((size_t)swarm->hops.count + 1, sizeof *rows);
    swarm->hops.row = rows;
    if (rows == NULL)
        now->status = dia_error_set(now->error, DIA_ERROR_MEMORY, "%s: no memory for its hops", swarm->path);
    else
        find_rows(now, rows);
    check_times(now);
    check_sums(now, "populations/active", swarm->active);
    check_sums(now, "populations/electronic", swarm->electronic);
    check_sums(now, "populations/diabatic", swarm->diabatic);
    check_populations(now);
    swarm->full = dia_swarm_row_size(swarm, "trajectories/energies") > 0 &&
                  dia_swarm_row_size(swarm, "trajectories/amplitudes") > 0 &&
                  dia_swarm_row_size(swarm, "trajectories/position") > 0 &&
                  dia_swarm_row_size(swarm, "trajectories/velocity") > 0;
    swarm->single = dia_store_single(swarm->file->store, "trajectories/position");
}

int64_t dia_swarm_outside(const dia_swarm *swarm)
{
    int64_t n = swarm->outside != NULL ? 0 : -1;
    for (int64_t j = 0; swarm->outside != NULL && j < swarm->N; j++)
        n += !isnan(swarm->outside[j]);
    return n;
}

dia_status dia_swarm_open(dia_swarm **swarm, const char *path, dia_error *error)
{
    *swarm = NULL;
    dia_swarm *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->file = calloc(1, sizeof *made->file);
        made->path = strdup(path);
    }
    if (made == NULL || made->file == NULL || made->path == NULL) {
        dia_swarm_close(made);
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to read a swarm", path);
    }
    reading now = {.swarm = made, .error = error, .status = dia_store_open(&made->file->store, path, error)};
    if (now.status == DIA_OK)
        now.status = dia_store_expect(made->file->store, DIA_SWARM_FORMAT, DIA_SWARM_VERSION, error);
    if (now.status == DIA_OK)
        read_all(&now, made);
    if (now.status != DIA_OK) {
        dia_swarm_close(made);
        return now.status;
    }
    *swarm = made;
    return DIA_OK;
}

/* The pointer at this offset of a swarm. */
static void free_member(const dia_swarm *swarm, size_t member)
{
    void *owned;
    memcpy(&owned, (const char *)swarm + member, sizeof owned);
    free(owned);
}

void dia_swarm_close(dia_swarm *swarm)
{
    if (swarm == NULL)
        return;
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL; d++)
        if (d->flags & DIA_HELD)
            free_member(swarm, d->member);
    for (int t = 0; t < TEXTS; t++)
        free_member(swarm, texts[t].member);
    free_member(swarm, offsetof(dia_swarm, hops.row));
    free_member(swarm, offsetof(dia_swarm, path));
    if (swarm->file != NULL)
        dia_store_close(&swarm->file->store);
    free(swarm->file);
    free(swarm);
}

/* ---- rows ------------------------------------------------------------------------------------ */

size_t dia_swarm_row_size(const dia_swarm *swarm, const char *name)
{
    size_t dims[8], width;
    const dia_swarm_dataset *d = dia_swarm_dataset_find(name);
    if (d == NULL || (d->flags & DIA_HELD) || !dia_store_has(swarm->file->store, name))
        return 0;
    shape_of(swarm, d, dims, &width);
    return width;
}

int64_t dia_swarm_slab(const dia_swarm *swarm, size_t row_size)
{
    const size_t fit = SLAB / ((row_size > 0 ? row_size : 1) * sizeof(double));
    return fit < 1 ? 1 : fit > (size_t)swarm->N ? swarm->N : (int64_t)fit;
}

/* Amplitudes are normalised, energies ascend. */
static void check_samples(reading *now, const dia_swarm_dataset *d, int64_t first, int64_t count, const double *values)
{
    const size_t n = (size_t)now->swarm->nstate, samples = (size_t)count * (size_t)now->swarm->T;
    const bool amplitudes = d->rule == DIA_RULE_AMPLITUDE, energies = strcmp(d->name, "trajectories/energies") == 0;
    for (size_t t = 0; (amplitudes || energies) && t < samples && now->status == DIA_OK; t++) {
        const double *own = values + t * (amplitudes ? 2 * n : n);
        double norm = 0;
        bool ascending = true;
        for (size_t k = 0; k < (amplitudes ? 2 * n : n); k++) {
            norm += own[k] * own[k];
            ascending = ascending && (k == 0 || own[k] >= own[k - 1]);
        }
        if ((amplitudes ? fabs(norm - 1) < 1e-3 : ascending) ||
            may_be_missing(now->swarm, d, (size_t)first, (size_t)now->swarm->T, t))
            continue;
        damaged_entry(now, d->name, (size_t)first * (size_t)now->swarm->T + t,
                      amplitudes ? "a norm of 1 (entries are samples)" : "ascending energies (entries are samples)",
                      amplitudes ? norm : own[0]);
    }
}

dia_status dia_swarm_rows(const dia_swarm *swarm, const char *name, int64_t first, int64_t count, double *values,
                          dia_error *error)
{
    size_t dims[8], width;
    const dia_swarm_dataset *d = dia_swarm_dataset_find(name);
    if (d == NULL || (d->flags & DIA_HELD))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: there are no rows of '%s' in a swarm file", swarm->path,
                             name);
    const int rank = shape_of(swarm, d, dims, &width);
    if (first < 0 || count < 0 || count > (int64_t)dims[0] || first > (int64_t)dims[0] - count)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: dataset '%s': rows %lld to %lld asked for, it holds %zu",
                             swarm->path, name, (long long)first, (long long)(first + count - 1), dims[0]);
    if (!dia_store_has(swarm->file->store, name) && d->shape[0] == 'N')
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: holds no '%s'; fly the swarm with output.trajectories: true",
                             swarm->path, name);
    reading now = {.swarm = swarm, .error = error};
    now.status = dia_store_read_rows(swarm->file->store, name, DIA_NUMBER_REAL, rank, dims, (size_t)first,
                                     (size_t)count, values, error);
    dia_swarm_dataset real = *d;
    real.number = DIA_NUMBER_REAL;
    check_values(&now, &real, (size_t)first, (size_t)count, width, values);
    check_samples(&now, d, first, count, values);
    return now.status;
}

dia_status dia_swarm_molecule(const dia_swarm *swarm, dia_molecule *molecule, dia_error *error)
{
    dia_status status = dia_molecule_init(molecule, swarm->natom, swarm->dimension, swarm->numbers, error);
    if (status != DIA_OK)
        return status;
    memcpy(molecule->masses, swarm->masses, (size_t)swarm->natom * sizeof *swarm->masses);
    memcpy(molecule->reference, swarm->reference, (size_t)molecule->ncart * sizeof *swarm->reference);
    return DIA_OK;
}

dia_status dia_swarm_check(const dia_swarm *swarm, const char *name, int64_t first, int64_t count, dia_error *error)
{
    const size_t width = dia_swarm_row_size(swarm, name);
    const int64_t slab = dia_swarm_slab(swarm, width);
    double *values = dia_allocate((size_t)slab * width + 1, sizeof *values);
    dia_status status = DIA_OK;
    if (values == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to check '%s'", swarm->path, name);
    for (int64_t j = 0; j < count && status == DIA_OK; j += slab)
        status = dia_swarm_rows(swarm, name, first + j, count - j < slab ? count - j : slab, values, error);
    free(values);
    return status;
}

dia_status dia_swarm_active(const dia_swarm *swarm, int64_t first, int64_t count, int8_t *states, dia_error *error)
{
    static const char name[] = "trajectories/active";
    const size_t dims[2] = {(size_t)swarm->N, (size_t)swarm->T};
    reading now = {.swarm = swarm, .error = error};
    now.status = dia_store_read_rows(swarm->file->store, name, DIA_NUMBER_INT8, 2, dims, (size_t)first, (size_t)count,
                                     states, error);
    check_values(&now, dia_swarm_dataset_find(name), (size_t)first, (size_t)count, dims[1], states);
    return now.status;
}
