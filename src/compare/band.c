/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "compare/band.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/output.h"
#include "diabolo/analyse.h"
#include "math/exponential.h"

typedef struct sums {                       /* (n) each */
    double *error2, *cross, *noise, *means; /* sum of e_m^2; of cov_ml, m < l; of e_ml^2/2, m < l; of y_m */
} sums;

/* ---- sums over pairs ------------------------------------------------------------------------- */

static void add_pair(dia_band *b, sums *s, const dia_pair *pair, int k, int l)
{
    for (size_t i = 0; i < pair->n; i++) {
        const double e = pair->reference_error[i], f = pair->value_error[i], d = pair->error[i];
        s->cross[i] += 0.5 * (e * e + f * f - d * d);
        s->noise[i] += 0.5 * d * d;
        if (k == 0 && l == 1) {
            b->member[i] = pair->reference[i];
            s->error2[i] += e * e;
        }
        if (k == 0) {
            b->member[(size_t)l * b->n + i] = pair->value[i];
            s->error2[i] += f * f;
        }
    }
}

static dia_status reserve(dia_band *b, sums *s, const dia_pair *first, dia_error *error)
{
    b->n = first->n + 1;
    double *all = b->mean = dia_allocate((size_t)(b->nmember + 5) * b->n, sizeof *all);
    double *some = s->error2 = dia_allocate(3 * b->n, sizeof *some);
    if (all == NULL || some == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the band of %d swarms", b->nmember);
    b->statistical = all + b->n;
    b->model = all + 2 * b->n;
    b->low = all + 3 * b->n;
    b->high = all + 4 * b->n;
    b->member = all + 5 * b->n;
    s->cross = some + b->n;
    s->noise = some + 2 * b->n;
    return DIA_OK;
}

static dia_status take_pair(dia_band *b, sums *s, int k, int l, const dia_swarm *one, const dia_swarm *other,
                            const dia_control *control, dia_error *error)
{
    dia_pair pair;
    dia_status status = dia_pair_create(&pair, one, other, control, error);
    if (status != DIA_OK)
        return status;
    const bool first = b->mean == NULL;
    if (first)
        status = reserve(b, s, &pair, error);
    if (status == DIA_OK && (pair.n + 1 != b->n || !pair.same_seed))
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "%s and %s are no swarms of one committee: other samples, conditions or seed; `model: {type: "
                          "committee, ..., member: all}` flies them",
                          one->path, other->path);
    if (status == DIA_OK)
        add_pair(b, s, &pair, k, l);
    if (first)
        b->layout = pair; /* owned from now on */
    else
        dia_pair_free(&pair);
    return status;
}

/* ---- results --------------------------------------------------------------------------------- */

/* Quantity i from the variance of the sample and the noise that it puts into that between members. */
static void settle(dia_band *b, size_t i, double sample, double noise)
{
    const double M = b->nmember, N = (double)b->layout.count;
    double mean = 0.0, between = 0.0;
    for (int m = 0; m < b->nmember; m++)
        mean += b->member[(size_t)m * b->n + i] / M;
    for (int m = 0; m < b->nmember; m++)
        between += pow(b->member[(size_t)m * b->n + i] - mean, 2) / (M - 1.0);
    const double vs = fmax(sample, 0.0), vm = fmax(between - noise, 0.0), all = vs + vm;
    const double freedom = all > 0.0 ? all * all / (vs * vs / (N - 1.0) + vm * vm / (M - 1.0)) : 1.0;
    const double half = all > 0.0 ? dia_student_quantile(0.975, freedom) * sqrt(all) : all; /* NaN stays */
    b->mean[i] = mean;
    b->statistical[i] = sqrt(vs);
    b->model[i] = sqrt(vm);
    /* Shares, times and numbers of hops are none of them negative; a population from amplitudes may be. */
    b->low[i] = mean - half < 0.0 && mean >= 0.0 ? 0.0 : mean - half;
    b->high[i] = mean + half;
}

static void finish(dia_band *b, const sums *s)
{
    const double M = b->nmember, pairs = 0.5 * M * (M - 1.0);
    for (size_t i = 0; i < b->layout.n; i++) {
        settle(b, i, (s->error2[i] + 2.0 * s->cross[i]) / (M * M), s->noise[i] / pairs);
        if (i < dia_pair_stay(&b->layout) && b->high[i] > 1.0 &&
            b->mean[i] <= 1.0) /* a share: of a state, of an outcome */
            b->high[i] = 1.0;
    }
}

/* ---- lifetime -------------------------------------------------------------------------------- */

static int usual_start(const dia_swarm *swarm)
{
    int64_t count[128] = {0};
    int best = 0;
    for (int64_t j = 0; j < swarm->N; j++)
        count[swarm->initial_state[j]]++;
    for (int k = 1; k < swarm->nstate; k++)
        best = count[k] > count[best] ? k : best;
    return best;
}

/* Time of the first accepted hop of each row, fs; NaN: none. */
static void first_hops(const dia_swarm *swarm, double *left)
{
    const dia_swarm_hops *h = &swarm->hops;
    for (int64_t j = 0; j < swarm->N; j++)
        left[j] = NAN;
    for (int64_t i = h->count - 1; i >= 0; i--) /* by row, then by time */
        if (h->accepted[i])
            left[h->row[i]] = h->time[i];
}

/* The rows of a trajectory in all swarms; false: it is not in all of them, or does not count. */
static bool find_rows(dia_swarm *const *swarms, int n, int64_t first, int state, int64_t *row)
{
    for (int m = 0; m < n; m++) {
        const dia_swarm *swarm = swarms[m];
        int64_t low = 0, high = swarm->N - 1;
        while (low < high) {
            const int64_t middle = low + (high - low) / 2;
            if (swarm->number[middle] < swarms[0]->number[first])
                low = middle + 1;
            else
                high = middle;
        }
        if (swarm->number[low] != swarms[0]->number[first] || !dia_fate_counts(swarm->fate[low]) ||
            swarm->initial_state[low] != state)
            return false;
        row[m] = low;
    }
    return swarms[0]->weight[row[0]] > 0.0;
}

/* tau = sum w t / sum w d over the trajectories that start in the state, d = 1 and t the time until it is left, or d = 0 and t the
 * end (as `until` has it). Its error is that of a ratio: deviations w (t - tau d)/sum w d of each trajectory, u (N). */
static void ratio(dia_band *b, int m, int64_t N, const double *w, const double *t, const double *d, double *u)
{
    double wt = 0.0, wd = 0.0, left = 0.0;
    for (int64_t j = 0; j < N; j++) {
        wt += w[j] * t[j];
        wd += w[j] * d[j];
        left += d[j];
    }
    const double tau = left >= 10.0 ? wt / wd : (double)NAN;
    b->member[(size_t)m * b->n + b->n - 1] = tau;
    for (int64_t j = 0; j < N; j++)
        u[j] = w[j] * (t[j] - tau * d[j]) / wd;
}

/* sum over trajectories of the product, as a covariance of two means. */
static double covariance(int64_t N, const double *u, const double *v)
{
    double sum = 0.0;
    for (int64_t j = 0; j < N; j++)
        sum += u[j] * v[j];
    return sum * (double)N / ((double)N - 1.0);
}

static dia_status add_lifetime(dia_band *b, dia_swarm *const *swarms, dia_error *error)
{
    const int M = b->nmember;
    const size_t most = (size_t)swarms[0]->N;
    size_t longest = most;
    for (int m = 1; m < M; m++)
        longest = (size_t)swarms[m]->N > longest ? (size_t)swarms[m]->N : longest;
    double *u = dia_allocate((size_t)M * most + 3 * most + longest, sizeof *u), *w = u + (size_t)M * most,
           *t = w + most, *d = t + most, *left = d + most;
    int64_t *row = dia_allocate((size_t)M * (most + 1), sizeof *row), N = 0;
    dia_status status =
        u != NULL && row != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a lifetime");
    b->state = usual_start(swarms[0]);
    for (int64_t j = 0; status == DIA_OK && j < swarms[0]->N; j++)
        N += find_rows(swarms, M, j, b->state, row + N * M);
    for (int m = 0; m < M && status == DIA_OK; m++) {
        first_hops(swarms[m], left);
        for (int64_t j = 0; j < N; j++) {
            const int64_t r = row[j * M + m];
            w[j] = swarms[m]->weight[r];
            d[j] = isnan(left[r]) ? 0.0 : 1.0;
            t[j] = isnan(left[r]) ? swarms[m]->end[r] : left[r];
        }
        ratio(b, m, N, w, t, d, u + (size_t)m * most);
    }
    double sample = 0.0, noise = 0.0;
    for (int k = 0; k < M && status == DIA_OK; k++)
        for (int l = 0; l < M; l++) {
            const double *x = u + (size_t)k * most, *y = u + (size_t)l * most, c = covariance(N, x, y);
            sample += c / (M * M);
            noise += l > k ? (0.5 * (covariance(N, x, x) + covariance(N, y, y)) - c) / (0.5 * M * (M - 1)) : 0.0;
        }
    if (status == DIA_OK)
        settle(b, b->n - 1, sample, noise);
    free(u);
    free(row);
    return status;
}

/* A swarm that is given twice would be a member that never disagrees. */
static dia_status check_names(int n, const char *const *swarms, dia_error *error)
{
    for (int k = 1; k < n; k++)
        for (int l = 0; l < k; l++)
            if (dia_output_same(swarms[k], swarms[l]))
                return dia_error_set(error, DIA_ERROR_INPUT,
                                     "%s: the same file as %s; expected the swarm of another member", swarms[k],
                                     swarms[l]);
    return DIA_OK;
}

dia_status dia_band_create(dia_band *b, int n, const char *const *swarms, const dia_control *control, dia_error *error)
{
    sums s = {0};
    *b = (dia_band){.nmember = n};
    dia_swarm **open = dia_allocate((size_t)n + 1, sizeof *open);
    b->path = dia_allocate((size_t)n + 1, sizeof *b->path);
    dia_status status =
        open != NULL && b->path != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d swarms", n);
    if (status == DIA_OK)
        status = check_names(n, swarms, error);
    for (int k = 0; k < n && status == DIA_OK; k++) {
        strncpy(b->path[k], swarms[k], sizeof *b->path - 1);
        status = dia_swarm_open(&open[k], swarms[k], error);
    }
    for (int k = 0; k < n && status == DIA_OK; k++)
        for (int l = k + 1; l < n && status == DIA_OK; l++)
            status = take_pair(b, &s, k, l, open[k], open[l], control, error);
    if (status == DIA_OK)
        finish(b, &s);
    if (status == DIA_OK)
        status = add_lifetime(b, open, error);
    for (int k = 0; open != NULL && k < n; k++)
        dia_swarm_close(open[k]);
    free(open);
    free(s.error2);
    return status;
}

void dia_band_free(dia_band *b)
{
    free(b->mean);
    free(b->path);
    dia_pair_free(&b->layout);
    *b = (dia_band){0};
}

/* ---- page ------------------------------------------------------------------------------------ */

static void print_value(const dia_band *b, size_t i, FILE *out)
{
    fprintf(out, "  %8.4f %8.4f %8.4f   %8.4f to %8.4f\n", b->mean[i], b->statistical[i], b->model[i], b->low[i],
            b->high[i]);
}

void dia_band_text(const dia_band *b, FILE *out)
{
    enum { ROWS = 10 };
    const dia_pair *p = &b->layout;
    const int rows = p->ntime - 1 < ROWS ? p->ntime - 1 : ROWS;
    fprintf(
        out,
        "Committee of %d members, a swarm each: %lld trajectories from the same start with the same random numbers\n",
        b->nmember, (long long)p->count);
    fprintf(out, "%-30s  %8s %8s %8s   %s\n", "", "mean", "sample", "model", "95 % band of both");
    for (int k = 0; k < p->nstate; k++)
        for (int i = 0; i <= rows; i++) {
            const int t = rows > 0 ? (int)((int64_t)i * (p->ntime - 1) / rows) : 0;
            fprintf(out, "population S%d, %-14.6g", k, p->time[t]);
            print_value(b, (size_t)t * (size_t)p->nstate + (size_t)k, out);
        }
    for (int c = 0; c < p->nchannel; c++)
        for (int k = 0; k <= p->nstate; k++) {
            char state[20] = "";
            if (k < p->nstate)
                snprintf(state, sizeof state, "S%d", k);
            if (b->mean[dia_pair_outcome(p, c, k)] == 0.0)
                continue;
            fprintf(out, "outcome %-18.18s %-3s", p->channel[c], state);
            print_value(b, dia_pair_outcome(p, c, k), out);
        }
    if (!isnan(b->mean[b->n - 1])) {
        fprintf(out, "lifetime of S%d, %-15s", b->state, "fs");
        print_value(b, b->n - 1, out);
    }
    fprintf(out, "%-30s", "first state is left, fs");
    print_value(b, dia_pair_stay(p), out);
    fprintf(out, "%-30s", "accepted hops a trajectory");
    print_value(b, dia_pair_hops(p), out);
}

static void put_numbers(dia_json *json, const dia_band *b, size_t first, int n, int stride)
{
    const struct {
        const char *key;
        const double *values;
    } parts[] = {
        {"mean", b->mean}, {"statistical", b->statistical}, {"model", b->model}, {"low", b->low}, {"high", b->high}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (n > 1)
            dia_json_reals(json, parts[i].key, n, stride, parts[i].values + first);
        else
            dia_json_real(json, parts[i].key, parts[i].values[first]);
    dia_json_array(json, "members");
    for (int m = 0; m < b->nmember; m++) {
        const double *own = b->member + (size_t)m * b->n + first;
        if (n > 1)
            dia_json_reals(json, NULL, n, stride, own);
        else
            dia_json_real(json, NULL, own[0]);
    }
    dia_json_end(json);
}

static void put_one(dia_json *json, const char *key, const dia_band *b, size_t at)
{
    dia_json_object(json, key);
    put_numbers(json, b, at, 1, 1);
    dia_json_end(json);
}

void dia_band_object(const dia_band *b, dia_json *json)
{
    const dia_pair *p = &b->layout;
    dia_json_array(json, "swarms");
    for (int m = 0; m < b->nmember; m++)
        dia_json_text(json, NULL, b->path[m]);
    dia_json_end(json);
    dia_json_int(json, "trajectories", p->count);
    dia_json_reals(json, "time_fs", p->ntime, 1, p->time);
    dia_json_array(json, "populations");
    for (int k = 0; k < p->nstate; k++) {
        dia_json_object(json, NULL);
        dia_json_int(json, "state", k);
        put_numbers(json, b, (size_t)k, p->ntime, p->nstate);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_array(json, "outcomes");
    for (int c = 0; c < p->nchannel; c++)
        for (int k = 0; k <= p->nstate; k++) {
            dia_json_object(json, NULL);
            dia_json_text(json, "name", p->channel[c]);
            k < p->nstate ? dia_json_int(json, "state", k) : dia_json_null(json, "state");
            put_numbers(json, b, dia_pair_outcome(p, c, k), 1, 1);
            dia_json_end(json);
        }
    dia_json_end(json);
    dia_json_object(json, "lifetime_fs");
    dia_json_int(json, "state", b->state);
    put_numbers(json, b, b->n - 1, 1, 1);
    dia_json_end(json);
    put_one(json, "first_state_fs", b, dia_pair_stay(p));
    put_one(json, "accepted_hops", b, dia_pair_hops(p));
}

static void write_json(const dia_band *b, FILE *out)
{
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    dia_band_object(b, &json);
    dia_json_end(&json);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status write_out(const dia_band *b, void (*write)(const dia_band *, FILE *), char **text, dia_error *error)
{
    size_t size = 0;
    if (text == NULL)
        return DIA_OK;
    FILE *out = open_memstream(text, &size);
    if (out != NULL)
        write(b, out);
    return dia_text_close(out, text, error);
}

dia_status dia_analyse_members(int nswarm, const char *const *swarms, const dia_control *control, char **page,
                               char **json, dia_error *error)
{
    dia_band band = {0};
    if (page != NULL)
        *page = NULL;
    if (json != NULL)
        *json = NULL;
    if (nswarm < 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "the band of a committee needs the swarms of two members or more");
    dia_status status = dia_band_create(&band, nswarm, swarms, control, error);
    if (status == DIA_OK)
        status = write_out(&band, dia_band_text, page, error);
    if (status == DIA_OK)
        status = write_out(&band, write_json, json, error);
    if (status != DIA_OK && page != NULL) {
        free(*page);
        *page = NULL;
    }
    dia_band_free(&band);
    return status;
}
