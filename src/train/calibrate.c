/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/calibrate.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "statistics/moments.h"
#include "train/errors.h"

enum { FEWEST = 40 }; /* labels, to find a floor from */
/* A class of the gap has its own factors as far as it has points: their logarithms are means of those of its n points and of
 * those of all, with weights n and this. That is the ratio of two variances: of the logarithm of a quantile of n errors, about 1/n, and
 * of that of the factors among classes, about 0.3^2. */
static const double points_of_all = 10.0;
/* Of the median spread: members agree by chance here and there, far better than with the truth. */
static const double floor_share = 0.1;

static size_t entries(const dia_spread *s)
{
    return (size_t)s->npoint * (size_t)s->count;
}

static size_t errors_each(const dia_spread *s)
{
    return (size_t)s->nmember * (size_t)s->width;
}

static bool labelled(const dia_spread *s, size_t i)
{
    return !isnan(s->error[i * errors_each(s)]);
}

/* ---- finding the factors --------------------------------------------------------------------- */

/* The sizes of the errors of entries in a class (-1: all), divided by the entry's spread if `floor` is not negative, into
 * values; *n of them, at *points geometries. */
static void collect(const dia_spread *s, int class, double floor, double *values, size_t *n, int *points)
{
    const size_t each = errors_each(s);
    size_t last = SIZE_MAX;
    *n = 0;
    *points = 0;
    for (size_t i = 0; i < entries(s); i++) {
        if (!labelled(s, i) || (class >= 0 && dia_calibration_class(s->gap[i]) != class))
            continue;
        const double unit = floor >= 0.0 ? hypot(s->spread[i], floor) : 1.0;
        *points += i / (size_t)s->count != last;
        last = i / (size_t)s->count;
        for (size_t c = 0; c < each; c++)
            values[(*n)++] = fabs(s->error[i * each + c]) / unit;
    }
}

static double median_spread(const dia_spread *s, double *values)
{
    size_t n = 0;
    for (size_t i = 0; i < entries(s); i++)
        if (labelled(s, i))
            values[n++] = s->spread[i];
    return dia_sort(n, values, NULL) ? dia_quantile(n, values, NULL, 0.5) : (double)NAN;
}

typedef struct entry { /* a state or pair at a geometry */
    double key;        /* its spread, or the error expected of it */
    size_t at;
} entry;

static int by_key(const void *a, const void *b)
{
    const double x = ((const entry *)a)->key, y = ((const entry *)b)->key;
    return (x > y) - (x < y);
}

/* Variance over fifths of the labels by spread, list (n), of the logarithm of the 68 % quantile of |error|/hypot(spread, floor). */
static double unevenness(const dia_spread *s, size_t n, const entry *list, double floor, double *values)
{
    const size_t each = errors_each(s);
    double sum = 0.0, square = 0.0;
    for (size_t k = 0; k < DIA_COVERAGE_BINS; k++) {
        size_t m = 0;
        for (size_t i = n * k / DIA_COVERAGE_BINS; i < n * (k + 1) / DIA_COVERAGE_BINS; i++)
            for (size_t c = 0; c < each; c++)
                values[m++] = fabs(s->error[list[i].at * each + c]) / hypot(list[i].key, floor);
        if (!dia_sort(m, values, NULL))
            return INFINITY;
        const double x = log(dia_quantile(m, values, NULL, dia_calibration_levels[0]));
        sum += x / DIA_COVERAGE_BINS;
        square += x * x / DIA_COVERAGE_BINS;
    }
    return square - sum * sum;
}

/* The floor of the most even limits, between a tenth of the given one and a hundred times it; 0: out of memory. */
static double even_floor(const dia_spread *s, double usual, double *values)
{
    enum { STEPS = 40 };
    entry *list = dia_allocate(entries(s) + 1, sizeof *list);
    double best = usual, least = INFINITY;
    size_t n = 0;
    if (list == NULL)
        return 0.0;
    for (size_t i = 0; i < entries(s); i++)
        if (labelled(s, i))
            list[n++] = (entry){s->spread[i], i};
    qsort(list, n, sizeof *list, by_key);
    for (int k = 0; k <= STEPS && n >= FEWEST; k++) {
        const double floor = usual * pow(10.0, -1.0 + 3.0 * k / STEPS), found = unevenness(s, n, list, floor, values);
        if (found < least) {
            least = found;
            best = floor;
        }
    }
    free(list);
    return best;
}

/* The quantile of split conformal prediction: the errors of n points and that of a further one are in any order with the same
 * probability, so that the value of rank (n+1) level is exceeded by 1 - level on average (Lei et al. 2018). Rank i stands at (i - 1/2)/n. n:
 * points, for the errors of one are not independent of each other. */
static double quantile(size_t n, const double *values, int points, int level)
{
    const double rank = dia_calibration_levels[level] * (points + 1);
    return dia_quantile(n, values, NULL, fmin(1.0, fmax(0.0, (rank - 0.5) / points)));
}

/* Of each class, drawn to those of all by what it lacks in points. */
static bool find_class_factors(const dia_spread *s, double floor, double *values,
                               double factor[DIA_CALIBRATION_GAPS][DIA_CALIBRATION_LEVELS])
{
    double all[DIA_CALIBRATION_LEVELS] = {0};
    bool good = true;
    for (int g = -1; g < DIA_CALIBRATION_GAPS && good; g++) {
        size_t n;
        int points;
        collect(s, g, floor, values, &n, &points);
        good = dia_sort(n, values, NULL);
        for (int l = 0; l < DIA_CALIBRATION_LEVELS && good; l++) {
            if (g < 0)
                all[l] = quantile(n, values, points, l);
            else if (points == 0 || all[l] <= 0.0)
                factor[g][l] = all[l];
            else
                factor[g][l] = all[l] * pow(fmax(quantile(n, values, points, l) / all[l], 1e-3),
                                            points / (points + points_of_all));
        }
        if (g >= 0) /* drawn by different amounts they must not change places */
            factor[g][1] = fmax(factor[g][1], factor[g][0]);
    }
    return good;
}

static bool find_factors(const dia_spread *s, bool noise, double *values, double *floor,
                         double factor[DIA_CALIBRATION_GAPS][DIA_CALIBRATION_LEVELS])
{
    size_t n;
    int points;
    collect(s, -1, -1.0, values, &n, &points);
    for (int g = 0; g < DIA_CALIBRATION_GAPS; g++)
        for (int l = 0; l < DIA_CALIBRATION_LEVELS; l++)
            factor[g][l] = l + 1;
    *floor = 0.0;
    if (n == 0)
        return true;
    bool good = dia_sort(n, values, NULL);
    const double usual = dia_quantile(n, values, NULL, 0.5);
    *floor = floor_share * median_spread(s, values);
    if (*floor == 0.0)
        *floor = usual; /* copies of one network: nothing but the error itself is known */
    else if (noise && (*floor = even_floor(s, *floor, values)) == 0.0)
        return false;
    if (good && *floor > 0.0)
        good = find_class_factors(s, *floor, values, factor);
    return good;
}

dia_status dia_calibrate(dia_calibration *calibration, const dia_spread *spread, bool noise, dia_error *error)
{
    *calibration = (dia_calibration){.npoint = spread->npoint, .noise = noise};
    for (int q = 0; q < DIA_CALIBRATED; q++) {
        const dia_spread *s = &spread[q];
        double *values = dia_allocate(entries(s) * errors_each(s) + 1, sizeof *values);
        const bool good =
            values != NULL && find_factors(s, noise, values, &calibration->floor[q], calibration->factor[q]);
        free(values);
        if (!good)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to calibrate a committee");
    }
    return DIA_OK;
}

/* ---- how well they hold ---------------------------------------------------------------------- */

/* 68 % of the errors of these entries are at most this; *mean: of what was expected. */
static bool observe(const dia_spread *s, size_t n, const entry *list, double *values, double *mean, double *observed)
{
    const size_t each = errors_each(s);
    size_t m = 0;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        sum += list[i].key;
        for (size_t c = 0; c < each; c++)
            values[m++] = fabs(s->error[list[i].at * each + c]);
    }
    const bool good = dia_sort(m, values, NULL);
    *mean = n > 0 ? sum / (double)n : (double)NAN;
    *observed = good ? dia_quantile(m, values, NULL, dia_calibration_levels[0]) : (double)NAN;
    return good;
}

static void count_within(dia_coverage *c, int row, const dia_calibration *calibration, dia_calibrated what,
                         const dia_spread *s, size_t n, const entry *list)
{
    const size_t each = errors_each(s);
    long within[DIA_CALIBRATION_LEVELS] = {0}, raw = 0;
    c->n[row] = (long)(n * each);
    for (size_t i = 0; i < n; i++) {
        const size_t at = list[i].at;
        for (size_t k = 0; k < each; k++) {
            const double e = fabs(s->error[at * each + k]);
            raw += e <= s->spread[at];
            for (int l = 0; l < DIA_CALIBRATION_LEVELS; l++)
                within[l] += e <= dia_calibration_limit(calibration, what, s->gap[at], s->spread[at], l);
        }
    }
    const double all = c->n[row] > 0 ? (double)c->n[row] : (double)NAN;
    c->raw[row] = (double)raw / all;
    for (int l = 0; l < DIA_CALIBRATION_LEVELS; l++)
        c->within[row][l] = (double)within[l] / all;
}

static bool measure(dia_coverage *c, const dia_calibration *calibration, dia_calibrated what, const dia_spread *s,
                    entry *list, double *values)
{
    bool good = true;
    size_t n = 0;
    for (int row = 0; row < DIA_COVERAGE_ROWS && good; row++) {
        n = 0;
        for (size_t i = 0; i < entries(s); i++)
            if (labelled(s, i) && (row == DIA_CALIBRATION_GAPS || dia_calibration_class(s->gap[i]) == row))
                list[n++] = (entry){dia_calibration_limit(calibration, what, s->gap[i], s->spread[i], 0), i};
        count_within(c, row, calibration, what, s, n, list);
        good = observe(s, n, list, values, &c->expected[row], &c->observed[row]);
    }
    qsort(list, n, sizeof *list, by_key); /* of all: the last row */
    for (size_t k = 0; k < DIA_COVERAGE_BINS && good; k++) {
        const size_t first = n * k / DIA_COVERAGE_BINS, end = n * (k + 1) / DIA_COVERAGE_BINS;
        good = observe(s, end - first, list + first, values, &c->bin_expected[k], &c->bin_observed[k]);
    }
    return good;
}

dia_status dia_coverage_measure(dia_coverage *coverage, const dia_calibration *calibration, const dia_spread *spread,
                                dia_error *error)
{
    for (int q = 0; q < DIA_CALIBRATED; q++) {
        const dia_spread *s = &spread[q];
        entry *list = dia_allocate(entries(s) + 1, sizeof *list);
        double *values = dia_allocate(entries(s) * errors_each(s) + 1, sizeof *values);
        const bool good =
            list != NULL && values != NULL && measure(&coverage[q], calibration, (dia_calibrated)q, s, list, values);
        free(list);
        free(values);
        if (!good)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare expected and observed errors");
    }
    return DIA_OK;
}

/* ---- page ------------------------------------------------------------------------------------ */

static const char *const row_names[DIA_COVERAGE_ROWS] = {"gap < 0.1 eV", "gap 0.1-0.5 eV", "gap > 0.5 eV", "all"};
static const struct {
    const char *unit, *key;
    double factor;
} units[DIA_CALIBRATED] = {{"meV", "mev", 1e-3 * DIA_EV},
                           {"meV/A", "mev_per_angstrom", 1e-3 * DIA_EV / DIA_ANGSTROM},
                           {"meV/A", "mev_per_angstrom", 1e-3 * DIA_EV / DIA_ANGSTROM},
                           {"meV", "mev", 1e-3 * DIA_EV},
                           {"%", "percent", 0.01}};

void dia_coverage_table(const dia_coverage *coverage, const dia_calibration *calibration, FILE *out)
{
    if (calibration != NULL)
        fprintf(out, "Disagreement of the committee, calibrated on %d points\n", calibration->npoint);
    else
        fputs("Disagreement of the committee, not calibrated\n", out);
    fprintf(out, "  %-26s %9s %10s %10s %10s %10s %10s\n", "", "errors", "expected", "observed", "< 1 sigma",
            "< 2 sigma", "< spread");
    for (int q = 0; q < DIA_CALIBRATED; q++)
        for (int row = DIA_COVERAGE_ROWS - 1, k = 0; k < DIA_COVERAGE_ROWS; row = k++) {
            const dia_coverage *c = &coverage[q];
            char name[60];
            snprintf(name, sizeof name, "%s, %s", dia_calibration_names[q],
                     row == DIA_CALIBRATION_GAPS ? units[q].unit : row_names[row]);
            if (c->n[row] == 0)
                continue;
            fprintf(out, "  %-26s %9ld", name, c->n[row]);
            dia_errors_cell(out, 10, 1, c->expected[row] / units[q].factor);
            dia_errors_cell(out, 10, 1, c->observed[row] / units[q].factor);
            fprintf(out, " %8.1f %% %8.1f %% %8.1f %%\n", 100.0 * c->within[row][0], 100.0 * c->within[row][1],
                    100.0 * c->raw[row]);
        }
    for (int q = 0; calibration != NULL && calibration->noise && q < DIA_CALIBRATED; q++)
        if (coverage[q].n[DIA_CALIBRATION_GAPS] > 0)
            fprintf(out, "  noise, %s: %.3g %s\n", dia_calibration_names[q],
                    dia_calibration_noise(calibration, (dia_calibrated)q) / units[q].factor, units[q].unit);
    fputs(
        "  expected: mean calibrated sigma; observed: 68 % of the errors are smaller; 68 % should be within one, 95 % "
        "within two\n",
        out);
}

static void row_json(const dia_coverage *c, int q, int row, dia_json *json)
{
    char key[60];
    dia_json_int(json, "errors", c->n[row]);
    snprintf(key, sizeof key, "expected_%s", units[q].key);
    dia_json_real(json, key, c->expected[row] / units[q].factor);
    snprintf(key, sizeof key, "observed_%s", units[q].key);
    dia_json_real(json, key, c->observed[row] / units[q].factor);
    dia_json_real(json, "within_one_sigma", c->within[row][0]);
    dia_json_real(json, "within_two_sigma", c->within[row][1]);
    dia_json_real(json, "within_spread", c->raw[row]);
}

void dia_coverage_json(const dia_coverage *coverage, const dia_calibration *calibration, dia_json *json)
{
    dia_json_array(json, "quantities");
    for (int q = 0; q < DIA_CALIBRATED; q++) {
        const dia_coverage *c = &coverage[q];
        double bins[2][DIA_COVERAGE_BINS];
        dia_json_object(json, NULL);
        dia_json_text(json, "quantity", dia_calibration_names[q]);
        row_json(c, q, DIA_CALIBRATION_GAPS, json);
        if (calibration != NULL && calibration->noise) {
            char key[60];
            snprintf(key, sizeof key, "noise_%s", units[q].key);
            dia_json_real(json, key, dia_calibration_noise(calibration, (dia_calibrated)q) / units[q].factor);
        }
        dia_json_array(json, "by_gap");
        for (int row = 0; row < DIA_CALIBRATION_GAPS; row++) {
            dia_json_object(json, NULL);
            dia_json_text(json, "gap", row_names[row] + 4);
            row_json(c, q, row, json);
            dia_json_end(json);
        }
        dia_json_end(json);
        for (int k = 0; k < DIA_COVERAGE_BINS; k++) {
            bins[0][k] = c->bin_expected[k] / units[q].factor;
            bins[1][k] = c->bin_observed[k] / units[q].factor;
        }
        dia_json_reals(json, "fifths_expected", DIA_COVERAGE_BINS, 1, bins[0]);
        dia_json_reals(json, "fifths_observed", DIA_COVERAGE_BINS, 1, bins[1]);
        dia_json_end(json);
    }
    dia_json_end(json);
}
