/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the trajectories of a swarm ended: by which condition, and in which state. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "statistics/population.h"
#include "statistics/mean.h"
#include "statistics/share.h"
#include "swarm/file/reading.h"
#include "swarm/file/table.h"

static int count_lines(const char *conditions)
{
    int n = 0;
    for (const char *p = conditions; p != NULL && *p != '\0'; n++)
        p += strcspn(p, "\n"), p += *p == '\n';
    return n;
}

int dia_swarm_stops(const dia_swarm *swarm)
{
    return count_lines(swarm->stop_conditions);
}

bool dia_stop_conditions_name(const char *conditions, int i, size_t size, char *name)
{
    const char *p = conditions;
    for (int k = 0; p != NULL && k < i; k++)
        p += strcspn(p, "\n"), p += *p == '\n';
    const bool there = i >= 0 && i < count_lines(conditions);
    if (size > 0)
        snprintf(name, size, "%.*s", there ? (int)strcspn(p, ":\n") : 0, there ? p : "");
    return there;
}

bool dia_swarm_stop_name(const dia_swarm *swarm, int i, size_t size, char *name)
{
    return dia_stop_conditions_name(swarm->stop_conditions, i, size, name);
}

/* ---- the table ------------------------------------------------------------------------------- */

static void write_row(const dia_outcome *row, int width, FILE *out)
{
    for (int k = 0; k < width; k++)
        if (isnan(row[k].share)) /* a population of amplitudes that the file does not have */
            fprintf(out, "  %6s   %7s", "-", "");
        else if (row[k].count < 0 && isnan(row[k].error))
            fprintf(out, "  %.6f          ", row[k].share);
        else if (row[k].count < 0)
            fprintf(out, "  %.6f +- %-6.0e", row[k].share, row[k].error);
        else
            fprintf(out, "  %.4f +- %.4f", row[k].share, row[k].error);
}

void dia_outcomes_write(const dia_outcome *outcomes, int count, int nstate, const dia_outcome *exact, int nexact,
                        FILE *out)
{
    const int width = nstate + 1;
    const bool counted = count > 0 && outcomes->count >= 0;
    fprintf(out, "%-20s", "outcome");
    for (int k = 0; k < nstate; k++)
        fprintf(out, counted ? "              S%-3d" : "              S%-5d", k);
    fprintf(out, counted ? "              all  trajectories\n" : "              all\n");
    for (int e = 0; e < count; e += width) {
        fprintf(out, "  %-18.39s", outcomes[e].name);
        write_row(outcomes + e, width, out);
        if (counted)
            fprintf(out, "  %12" PRId64, outcomes[e + nstate].count);
        fprintf(out, "\n");
        for (int x = 0; x < nexact; x += width)
            if (strcmp(exact[x].name, outcomes[e].name) == 0) {
                fprintf(out, "  %-18s", "  exact");
                for (int k = 0; k < width; k++)
                    fprintf(out, "  %.6f        ", exact[x + k].share);
                fprintf(out, "\n");
            }
    }
}

/* ---- of a swarm ------------------------------------------------------------------------------ */

/* The channel of trajectory j: a condition, then inside, then dissociated. */
static int channel_of(const dia_swarm *swarm, int64_t j, int nstop)
{
    return swarm->fate[j] == DIA_FATE_STOPPED ? swarm->stop[j] : nstop + (swarm->fate[j] == DIA_FATE_DISSOCIATED);
}

/* What trajectory j contributes to the populations at its end, own (n); NaN without amplitudes. c: room (T, n, 2). */
static dia_status contribute(const dia_swarm *swarm, const dia_population_rule *rule, int64_t j, double *c, double *own,
                             dia_error *error)
{
    const size_t T = (size_t)swarm->T, n = (size_t)swarm->nstate;
    const bool there = dia_swarm_row_size(swarm, "trajectories/amplitudes") > 0;
    const dia_status status = there ? dia_swarm_rows(swarm, "trajectories/amplitudes", j, 1, c, error) : DIA_OK;
    for (size_t k = 0; k < n; k++) {
        const double *last = c + 2 * ((T - 1) * n + k);
        own[k] = last[0] * last[0] + last[1] * last[1];
    }
    dia_population_share(rule, swarm->start_weight != NULL ? swarm->start_weight[j] : 1.0, swarm->nstate, own);
    for (size_t k = 0; k < n && !there; k++)
        own[k] = NAN;
    return status;
}

static void set_share(dia_outcome *made, double share, double error)
{
    made->share = share;
    made->error = error;
    made->low = share - DIA_NORMAL_95 * error;
    made->high = share + DIA_NORMAL_95 * error;
}

/* Of a method whose populations are those of amplitudes: the mean over trajectories of (ended by this channel) times p_k at the end; a
 * NaN where the file has no amplitudes. The counts stay those of active states. Where populations are ratios these are ratios to the
 * sum over all channels and states, and a channel as a whole is the sum over its states. */
static dia_status share_by_amplitudes(const dia_swarm *swarm, const dia_population_rule *rule, int nstop,
                                      dia_outcome *made, dia_error *error)
{
    const size_t n = (size_t)swarm->nstate, channels = (size_t)nstop + 2, m = channels * n, all = m + channels;
    const bool ratio = dia_population_ratio(rule);
    double *c = dia_allocate((size_t)swarm->T * n, 2 * sizeof *c), *x = dia_allocate(2 * all, sizeof *x);
    dia_mean mean = {0}, sums = {0};
    dia_status status = c != NULL && x != NULL
                            ? dia_mean_create(&mean, m, ratio ? m : 0, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the outcomes", swarm->path);
    if (status == DIA_OK)
        status = dia_mean_create(&sums, channels, ratio ? channels : 0, error);
    for (int64_t j = 0; j < swarm->N && status == DIA_OK; j++) {
        if (!dia_fate_counts(swarm->fate[j]) || !(swarm->weight[j] > 0.0))
            continue;
        const size_t channel = (size_t)channel_of(swarm, j, nstop);
        memset(x, 0, all * sizeof *x);
        status = contribute(swarm, rule, j, c, x + channel * n, error);
        for (size_t k = 0; k < n; k++)
            x[m + channel] += x[channel * n + k];
        dia_mean_add(&mean, swarm->weight[j], x);
        dia_mean_add(&sums, swarm->weight[j], x + m);
    }
    if (status == DIA_OK) {
        dia_mean_result(&mean, x, x + all);
        dia_mean_result(&sums, x + m, x + all + m);
    }
    for (size_t i = 0; status == DIA_OK && i < m; i++)
        set_share(&made[i / n * (n + 1) + i % n], x[i], x[all + i]);
    for (size_t i = m; status == DIA_OK && ratio && i < all; i++)
        set_share(&made[(i - m) * (n + 1) + n], x[i], x[all + i]);
    dia_mean_free(&mean);
    dia_mean_free(&sums);
    free(c);
    free(x);
    return status;
}

dia_status dia_swarm_outcomes(const dia_swarm *swarm, dia_outcome **outcomes, int *count, dia_error *error)
{
    const int nstop = dia_swarm_stops(swarm), n = swarm->nstate, entries = nstop > 0 ? (nstop + 2) * (n + 1) : 0;
    const size_t N = (size_t)swarm->N, T = (size_t)swarm->T;
    *outcomes = NULL;
    *count = 0;
    if (entries == 0)
        return DIA_OK;
    dia_outcome *made = dia_allocate((size_t)entries, sizeof *made);
    int8_t *last = dia_allocate(N, 1);
    dia_status status = DIA_OK;
    if (made == NULL || last == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the outcomes", swarm->path);
    else
        status =
            dia_store_read_part(swarm->file->store, "trajectories/active", DIA_NUMBER_INT8, 2, (const size_t[]){N, T},
                                2, (const size_t[]){0, T - 1}, (const size_t[]){N, 1}, last, error);
    double whole = 0.0, squares = 0.0;
    for (int64_t j = 0; status == DIA_OK && j < swarm->N; j++) {
        if (!dia_fate_counts(swarm->fate[j]) || !(swarm->weight[j] > 0.0))
            continue;
        dia_outcome *own = made + channel_of(swarm, j, nstop) * (n + 1);
        whole += swarm->weight[j];
        squares += swarm->weight[j] * swarm->weight[j];
        own[n].count++;
        own[n].share += swarm->weight[j];
        if (last[j] >= 0 && last[j] < n) { /* checked when the file was opened, were it not read again */
            own[last[j]].count++;
            own[last[j]].share += swarm->weight[j];
        }
    }
    free(last);
    if (status != DIA_OK) {
        free(made);
        return status;
    }
    for (int e = 0; e < entries; e++) {
        dia_outcome *own = &made[e];
        const dia_share share = dia_share_of((int)own->count, own->share, whole, squares);
        const int channel = e / (n + 1);
        if (!dia_swarm_stop_name(swarm, channel, sizeof own->name, own->name))
            snprintf(own->name, sizeof own->name, "%s",
                     channel == nstop ? DIA_OUTCOME_INSIDE : dia_fate_word(DIA_FATE_DISSOCIATED));
        own->state = e % (n + 1) < n ? e % (n + 1) : -1;
        own->share = share.value;
        own->error = share.error;
        own->low = share.low;
        own->high = share.high;
    }
    dia_population_rule rule;
    if (dia_population_parse(swarm->populations, &rule) && rule.amplitudes)
        status = share_by_amplitudes(swarm, &rule, nstop, made, error);
    if (status != DIA_OK) {
        free(made);
        return status;
    }
    *outcomes = made;
    *count = made[entries - 1].count > 0 ? entries : entries - (n + 1); /* dissociated: only if any are */
    return DIA_OK;
}
