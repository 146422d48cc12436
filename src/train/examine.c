/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/examine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "molecule/align.h"
#include "math/vector.h"

typedef struct pair { /* of points with nearly the same geometry */
    int a, b;
    double distance; /* largest change of an interatomic distance, bohr */
} pair;

typedef struct examination {
    dia_dataset *data;
    FILE *notes;
    int npair;
    pair *pairs; /* (npair) each point with its nearest among similar ones */
} examination;

/* ---- placeholders ---------------------------------------------------------------------------- */

/* Is one number in all places? No program computes that of 3N components: it stands for "not computed". */
static bool all_alike(int n, const double *values)
{
    for (int i = 0; i < n; i++)
        if (values[i] != values[0] || isnan(values[i]))
            return false;
    return true;
}

/* Vectors of `count` rows a point that are placeholders (zeros, or one other number as 9999) become missing. */
static void drop_placeholders(const examination *x, const char *what, int count, double *values)
{
    const dia_dataset *data = x->data;
    long zero = 0, other = 0, known = 0;
    int first_zero = -1, first_other = -1;
    double example = 0.0;
    for (int row = 0; row < data->npoint * count; row++) {
        double *v = values + (size_t)row * (size_t)data->ncart;
        known += !isnan(v[0]);
        if (!all_alike(data->ncart, v))
            continue;
        if (v[0] == 0.0) {
            first_zero = zero++ == 0 ? row / count : first_zero;
        } else if (other++ == 0) {
            first_other = row / count;
            example = v[0];
        }
        for (int a = 0; a < data->ncart; a++)
            v[a] = NAN;
    }
    if (zero > 0)
        fprintf(
            x->notes,
            "%ld of %ld %s are exactly zero (first at point %d), the usual placeholder for 'not computed': taken as "
            "missing; write NaN for what is missing, and use network.symmetry for couplings that symmetry forbids\n",
            zero, known, what, first_zero);
    if (other > 0)
        fprintf(x->notes,
                "%ld of %ld %s are one number in all their components (%g at point %d), a placeholder: taken as "
                "missing; write NaN for what is missing\n",
                other, known, what, example, first_other);
}

static dia_status placeholders(examination *x, dia_error *error)
{
    (void)error;
    if (x->data->natom < 2)
        return DIA_OK;
    drop_placeholders(x, "gradients", x->data->nstate, x->data->gradient);
    drop_placeholders(x, "couplings", x->data->npair, x->data->coupling);
    return DIA_OK;
}

/* 5 hartree above the lowest is no valence state at any geometry one would compute. */
static dia_status high_energies(examination *x, dia_error *error)
{
    (void)error;
    const dia_dataset *data = x->data;
    long n = 0;
    int first = -1;
    for (int i = 0; i < data->npoint * data->nstate; i++)
        if (data->energy[i] - data->lowest > 5.0)
            first = n++ == 0 ? i : first;
    if (n > 0)
        fprintf(x->notes,
                "%ld energies are more than 5 hartree above the lowest (first at point %d, state %d: %.6f hartree): "
                "placeholders, or another unit? write NaN for what is missing\n",
                n, first / data->nstate, first % data->nstate, data->energy[first]);
    return DIA_OK;
}

/* ---- neighbours ------------------------------------------------------------------------------ */

static double distance(const double *R, int a, int b)
{
    const double x = R[3 * a] - R[3 * b], y = R[3 * a + 1] - R[3 * b + 1], z = R[3 * a + 2] - R[3 * b + 2];
    return sqrt(x * x + y * y + z * z);
}

/* Largest change of an interatomic distance between two geometries, whatever their position and orientation; stops
 * beyond `limit`. */
static double difference(int natom, const double *R, const double *S, double limit)
{
    double largest = 0.0;
    for (int a = 0; a < natom && largest < limit; a++)
        for (int b = 0; b < a; b++)
            largest = fmax(largest, fabs(distance(R, a, b) - distance(S, a, b)));
    return largest;
}

typedef struct key { /* one number of a geometry that is the same for equal ones, to sort by */
    double value;
    int point;
} key;

static int by_value(const void *a, const void *b)
{
    const double x = ((const key *)a)->value, y = ((const key *)b)->value;
    return (x > y) - (x < y);
}

/* Each point with the nearest of the 8 that follow in the order of a weighted sum of distances: most pairs that are
 * close are found, in a time that grows with the number of points only. */
static dia_status find_pairs(examination *x, dia_error *error)
{
    enum { WINDOW = 8 };
    const double near = 0.3;
    const dia_dataset *data = x->data;
    const int n = data->npoint;
    key *keys = calloc((size_t)n, sizeof *keys);
    x->pairs = calloc((size_t)n, sizeof *x->pairs);
    if (keys == NULL || x->pairs == NULL) {
        free(keys);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d points", n);
    }
    for (int p = 0; p < n; p++) {
        keys[p].point = p;
        for (int a = 0, k = 1; a < data->natom; a++)
            for (int b = 0; b < a; b++, k++)
                keys[p].value += distance(data->R + p * data->ncart, a, b) * (1.0 + 0.5 * sin(k));
    }
    qsort(keys, (size_t)n, sizeof *keys, by_value);
    for (int i = 0; i + 1 < n; i++) {
        pair best = {.distance = near};
        for (int j = i + 1; j < n && j <= i + WINDOW; j++) {
            const double d = difference(data->natom, data->R + keys[i].point * data->ncart,
                                        data->R + keys[j].point * data->ncart, best.distance);
            if (d < best.distance)
                best = (pair){keys[i].point, keys[j].point, d};
        }
        if (best.distance < near)
            x->pairs[x->npair++] = best;
    }
    free(keys);
    return DIA_OK;
}

static const double same_geometry = 1e-5; /* bohr; energies change by less than 1e-5 hartree over that */

static dia_status contradictions(examination *x, dia_error *error)
{
    (void)error;
    const dia_dataset *data = x->data;
    const double tolerated = 2e-4; /* hartree, 5 meV: beyond the noise of energies in single precision */
    double worst = tolerated;
    const pair *example = NULL;
    long n = 0;
    for (const pair *p = x->pairs; p < x->pairs + x->npair; p++) {
        double largest = 0.0;
        for (int k = 0; k < data->nstate; k++) /* fmax ignores NaN */
            largest =
                fmax(largest, fabs(data->energy[p->a * data->nstate + k] - data->energy[p->b * data->nstate + k]));
        n += p->distance < same_geometry && largest > tolerated;
        if (p->distance < same_geometry && largest > worst) {
            worst = largest;
            example = p;
        }
    }
    if (example != NULL)
        fprintf(
            x->notes,
            "%ld pair%s of points with the same geometry and different energies (points %d and %d: %.4g eV); no model "
            "can follow both\n",
            n, n > 1 ? "s" : "", example->a < example->b ? example->a : example->b,
            example->a < example->b ? example->b : example->a, worst / DIA_EV);
    return DIA_OK;
}

/* ---- gradients against energies -------------------------------------------------------------- */

/* Ratio of the change of energy k from a to b to the one predicted by the mean gradient, b superposed on a; NaN:
 * nothing to compare. */
static double slope(const dia_dataset *data, const pair *p, int k, const double *y, const double *z, const double *turn)
{
    const dia_label from = dia_dataset_label(data, p->a), to = dia_dataset_label(data, p->b);
    const double change = to.energy[k] - from.energy[k];
    double expected = 0.0;
    for (int a = 0; a < data->natom; a++)
        for (int i = 0; i < 3; i++) {
            const double *g = to.gradient + k * data->ncart + 3 * a;
            const double turned = turn[3 * i] * g[0] + turn[3 * i + 1] * g[1] + turn[3 * i + 2] * g[2];
            expected += 0.5 * (from.gradient[k * data->ncart + 3 * a + i] + turned) * (z[3 * a + i] - y[3 * a + i]);
        }
    return fmax(fabs(expected), fabs(change)) > 1e-4 && expected != 0.0 ? change / expected : NAN;
}

/* ratios (nstate, npair): of each state those n[state] that are known, in ascending order. */
static dia_status find_slopes(const examination *x, double *ratios, int *n, dia_error *error)
{
    const dia_dataset *data = x->data;
    dia_molecule molecule;
    dia_status status = dia_molecule_init(&molecule, data->natom, 3, data->numbers, error);
    if (status != DIA_OK)
        return status;
    double *z = calloc((size_t)data->ncart, sizeof *z);
    if (z == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare points");
    for (const pair *p = x->pairs; status == DIA_OK && p < x->pairs + x->npair && n[0] < 20000 / data->nstate; p++) {
        dia_alignment onto;
        dia_pose pose;
        if (p->distance < same_geometry)
            continue;
        memcpy(molecule.reference, data->R + p->a * data->ncart, sizeof *z * (size_t)data->ncart);
        status = dia_alignment_make(&onto, &molecule, error);
        if (status != DIA_OK)
            break;
        dia_align(&onto, data->R + p->b * data->ncart, z, &pose);
        for (int k = 0; k < data->nstate; k++) {
            const double ratio = slope(data, p, k, onto.y, z, pose.turn);
            if (!isnan(ratio))
                ratios[k * x->npair + n[k]++] = ratio;
        }
        dia_alignment_free(&onto);
    }
    for (int k = 0; k < data->nstate; k++)
        dia_ascend(n[k], ratios + k * x->npair);
    dia_molecule_free(&molecule);
    free(z);
    return status;
}

/* Says what is wrong with n ratios in ascending order; `of` names their gradients. Quartiles ignore the few pairs that
 * lie on two sides of an intersection or too far apart. */
static bool judge(FILE *notes, const char *of, int n, const double *ratios)
{
    const double low = ratios[n / 4], middle = ratios[n / 2], high = ratios[3 * n / 4];
    if (n >= 8 && high < 0.0)
        fprintf(notes,
                "the gradients%s have the opposite sign of the slope of the energies between neighbouring geometries "
                "(median ratio %.2f of %d): forces? a data set holds gradients = -forces\n",
                of, middle, n);
    else if (n >= 8 && (high < 0.65 || low > 1.5))
        fprintf(notes,
                "the energies change between neighbouring geometries by %.3g times what the gradients%s say (median of "
                "%d): another unit of one of them?\n",
                middle, of, n);
    else
        return false;
    return true;
}

/* All gradients together; if they agree on the whole, those of each state. */
static dia_status slopes(examination *x, dia_error *error)
{
    const size_t most = (size_t)(x->npair * x->data->nstate) + 1;
    double *ratios = calloc(most, sizeof *ratios), *all = calloc(most, sizeof *all);
    int n[DIA_LOSS_STATES] = {0}, total = 0;
    dia_status status = ratios != NULL && all != NULL
                            ? find_slopes(x, ratios, n, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare points");
    for (int k = 0; status == DIA_OK && k < x->data->nstate; total += n[k++])
        memcpy(all + total, ratios + k * x->npair, (size_t)n[k] * sizeof *all);
    if (status == DIA_OK) {
        dia_ascend(total, all);
        const bool said = judge(x->notes, "", total, all);
        for (int k = 0; k < x->data->nstate && !said; k++) {
            char of[24];
            snprintf(of, sizeof of, " of S%d", k);
            judge(x->notes, of, n[k], ratios + k * x->npair);
        }
    }
    free(ratios);
    free(all);
    return status;
}

/* ---------------------------------------------------------------------------------------------- */

static dia_status (*const tests[])(examination *, dia_error *) = {placeholders, high_energies, find_pairs,
                                                                  contradictions, slopes};

dia_status dia_dataset_examine(dia_dataset *data, FILE *notes, dia_error *error)
{
    examination x = {.data = data, .notes = notes};
    dia_status status = DIA_OK;
    for (size_t i = 0; i < sizeof tests / sizeof tests[0] && status == DIA_OK; i++)
        status = tests[i](&x, error);
    free(x.pairs);
    return status;
}
