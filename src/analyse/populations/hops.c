/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/hops.h"

#include <math.h>
#include <stdlib.h>

#include "statistics/moments.h"
#include "base/arena.h"

/* Is hop k of that kind? */
static bool is_kind(const dia_record *record, int k, dia_attempt kind)
{
    return kind == DIA_BY_LIGHT ? dia_record_by_light(record, k) : record->hop_accepted[k] == (kind == DIA_ACCEPTED);
}

/* gap, weight: room for all hops. */
static dia_status fill(dia_hop_group *group, const dia_record *record, int from, int to, dia_attempt kind,
                       double all_weights, double *gap, double *weight, dia_error *error)
{
    size_t n = 0;
    dia_moments time = {0};
    for (int k = 0; k < record->nhop; k++) {
        const double w = record->weight[record->hop_row[k]];
        if (!(w > 0) || record->hop_from[k] != from || record->hop_to[k] != to || !is_kind(record, k, kind))
            continue;
        gap[n] = fabs(record->hop_gap[k]);
        weight[n++] = w;
        dia_moments_add(&time, w, record->hop_time[k]);
    }
    if (!dia_sort(n, gap, weight))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu hops", n);
    group->count = (int)n;
    group->rate = time.w / all_weights;
    group->mean_time = dia_moments_mean(&time);
    for (int q = 0; q < 3; q++)
        group->gap[q] = dia_quantile(n, gap, weight, 0.25 * (q + 1));
    return DIA_OK;
}

dia_status dia_hop_census_create(dia_hop_census *census, const dia_record *record, dia_error *error)
{
    const int n = record->nstate;
    *census = (dia_hop_census){0};
    bool *seen = dia_allocate((size_t)n * (size_t)n, sizeof *seen);
    double *gap = dia_allocate((size_t)record->nhop + 1, sizeof *gap);
    double *weight = dia_allocate((size_t)record->nhop + 1, sizeof *weight);
    census->pair = dia_allocate((size_t)n * (size_t)n, sizeof *census->pair);
    dia_status status = DIA_OK;
    if (seen == NULL || gap == NULL || weight == NULL || census->pair == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d hops", record->nhop);
    double all_weights = 0;
    for (int j = 0; j < record->ntrajectory; j++)
        all_weights += record->weight[j];
    for (int k = 0; k < record->nhop && status == DIA_OK; k++) {
        const bool counts = record->weight[record->hop_row[k]] > 0;
        census->left_out += !counts;
        for (int kind = 0; kind < DIA_ATTEMPTS; kind++)
            census->total[kind] += counts && is_kind(record, k, (dia_attempt)kind);
        if (counts)
            seen[record->hop_from[k] * n + record->hop_to[k]] = true;
    }
    for (int p = 0; p < n * n && status == DIA_OK; p++) {
        if (!seen[p])
            continue;
        dia_hop_pair *pair = &census->pair[census->npair++];
        pair->from = p / n;
        pair->to = p % n;
        for (int kind = 0; kind < DIA_ATTEMPTS && status == DIA_OK; kind++)
            status = fill(&pair->group[kind], record, pair->from, pair->to, (dia_attempt)kind, all_weights, gap, weight,
                          error);
    }
    free(seen);
    free(gap);
    free(weight);
    if (status != DIA_OK)
        dia_hop_census_free(census);
    return status;
}

void dia_hop_census_free(dia_hop_census *census)
{
    free(census->pair);
    *census = (dia_hop_census){0};
}
