/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table at the end of a flight, read from the swarm file itself. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run_summary.h"
#include "statistics/population.h"
#include "swarm/file/table.h"

enum { ROWS = 10 };

static int compare_reals(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static dia_status print_populations(FILE *out, const dia_swarm *swarm, dia_error *error)
{
    double share[DIA_SWARM_STATES], spread[DIA_SWARM_STATES];
    int64_t rows = swarm->T - 1 < ROWS ? swarm->T - 1 : ROWS;
    if (swarm->excluded >= swarm->N) {
        fprintf(out, "no populations: every trajectory is left out of them\n");
        return DIA_OK;
    }
    dia_population_rule rule;
    const bool amplitudes = dia_population_parse(swarm->populations, &rule) && rule.amplitudes;
    const char *name = amplitudes ? "populations/electronic" : "populations/active";
    const char *error_name = amplitudes ? "populations/electronic_error" : "populations/active_error";
    if (amplitudes)
        fprintf(out, "populations from amplitudes%s\n", rule.windows ? ", by windows" : "");
    fprintf(out, "%10s", "time/fs");
    for (int k = 0; k < swarm->nstate; k++)
        fprintf(out, "            S%-3d", k);
    fprintf(out, "\n");
    for (int64_t i = 0; i <= rows; i++) {
        int64_t s = rows > 0 ? i * (swarm->T - 1) / rows : 0;
        dia_status status = dia_swarm_rows(swarm, name, s, 1, share, error);
        if (status == DIA_OK)
            status = dia_swarm_rows(swarm, error_name, s, 1, spread, error);
        if (status != DIA_OK)
            return status;
        fprintf(out, "%10.2f", (double)(s * swarm->every) * swarm->timestep);
        for (int k = 0; k < swarm->nstate; k++)
            fprintf(out, "  %.3f +- %.3f", share[k], spread[k]);
        fprintf(out, "\n");
    }
    return DIA_OK;
}

static void print_fates(FILE *out, const dia_swarm *swarm)
{
    int64_t counts[DIA_FATES] = {0};
    for (int64_t j = 0; j < swarm->N; j++)
        if (swarm->fate[j] >= 0 && swarm->fate[j] < DIA_FATES)
            counts[swarm->fate[j]]++;
    const char *separator = "";
    fprintf(out, "fates     ");
    for (int f = 0; f < DIA_FATES; f++)
        if (counts[f] > 0) {
            fprintf(out, "%s%lld %s", separator, (long long)counts[f], dia_fate_text(f));
            separator = ", ";
        }
    if (swarm->excluded > 0)
        fprintf(out, "; %lld are left out of the populations", (long long)swarm->excluded);
    fprintf(out, "\n");
}

/* Channels in rows, final states in columns; nothing if there are no conditions. */
static dia_status print_outcomes(FILE *out, const dia_swarm *swarm, dia_error *error)
{
    dia_outcome *outcomes;
    int count;
    dia_status status = dia_swarm_outcomes(swarm, &outcomes, &count, error);
    if (status != DIA_OK || count == 0)
        return status;
    fprintf(out, "\n");
    dia_outcomes_write(outcomes, count, swarm->nstate, NULL, 0, out);
    fprintf(out, "\n");
    free(outcomes);
    return DIA_OK;
}

static void print_drift(FILE *out, const dia_swarm *swarm)
{
    double *sorted = malloc((size_t)swarm->N * sizeof *sorted);
    size_t n = 0;
    if (sorted == NULL)
        return; /* the file has it */
    for (int64_t j = 0; j < swarm->N; j++)
        if (isfinite(swarm->drift[j]))
            sorted[n++] = swarm->drift[j];
    qsort(sorted, n, sizeof *sorted, compare_reals);
    if (n > 0)
        fprintf(out, "energy    total energy off by %.3g meV (median trajectory), %.3g meV (worst)\n",
                1e3 / DIA_EV * sorted[n / 2], 1e3 / DIA_EV * sorted[n - 1]);
    free(sorted);
}

/* What was asked, and of each error what was reached. */
static void print_until(FILE *out, const dia_swarm *swarm)
{
    const char *line = swarm->until != NULL ? swarm->until + strcspn(swarm->until, "\n") : "";
    for (line += *line == '\n'; *line != '\0'; line += *line == '\n') {
        const size_t length = strcspn(line, "\n");
        fprintf(out, "until     %.*s\n", (int)length, line);
        line += length;
    }
}

/* Of a committee that was watched. */
static void print_uncertain(FILE *out, const dia_swarm *swarm)
{
    int64_t n = 0, first = 0;
    if (swarm->uncertain == NULL)
        return;
    for (int64_t j = 0; j < swarm->N; j++) {
        first = !isnan(swarm->uncertain[j]) && (n == 0 || swarm->uncertain[j] < swarm->uncertain[first]) ? j : first;
        n += !isnan(swarm->uncertain[j]);
    }
    fprintf(out, "committee %lld of %lld trajectories became too uncertain", (long long)n, (long long)swarm->N);
    if (n > 0)
        fprintf(out, ", first trajectory %lld at %.4g fs", (long long)swarm->number[first], swarm->uncertain[first]);
    fputc('\n', out);
}

static dia_status print_light(FILE *out, const dia_swarm *swarm, dia_error *error)
{
    const size_t T = (size_t)swarm->T;
    if (!swarm->lit)
        return DIA_OK;
    double *mean = malloc(2 * T * sizeof *mean);
    if (mean == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the work of light");
    const dia_status status = dia_swarm_work(swarm, mean, mean + T, NULL, error);
    if (status == DIA_OK) {
        fprintf(out, "light     %.4f", mean[T - 1] / DIA_EV);
        if (!isnan(mean[2 * T - 1]))
            fprintf(out, " +- %.4f", mean[2 * T - 1] / DIA_EV);
        fprintf(out, " eV taken from it by the end, a trajectory\n");
    }
    free(mean);
    return status;
}

dia_status dia_run_summary(FILE *out, const dia_swarm *swarm, dia_error *error)
{
    int64_t accepted = 0, light = 0;
    for (int64_t i = 0; i < swarm->hops.count; i++) {
        accepted += swarm->hops.accepted[i];
        light += dia_hop_work(&swarm->hops, i) != 0.0;
    }
    if (swarm->shard != NULL)
        fprintf(out, "shard %s\n", swarm->shard);
    if (swarm->partial != NULL)
        fprintf(out, "A PART of a swarm: shards are missing, %s\n", swarm->partial);
    fprintf(out, "%lld trajector%s by %s on a %s model%s%s%s, %.6g fs in steps of %.4g fs\n\n", (long long)swarm->N,
            swarm->N == 1 ? "y" : "ies", swarm->method, swarm->model_type,
            swarm->network_precision != NULL ? " in " : "",
            swarm->network_precision != NULL ? swarm->network_precision : "",
            swarm->network_precision != NULL ? " precision" : "",
            (double)((swarm->T - 1) * swarm->every) * swarm->timestep, swarm->timestep);
    dia_status status = print_populations(out, swarm, error);
    if (status != DIA_OK)
        return status;
    fprintf(out, "\nhops      %lld accepted", (long long)accepted);
    if (swarm->lit)
        fprintf(out, ", of these %lld by light", (long long)light);
    fprintf(out, ", %lld frustrated\n", (long long)(swarm->hops.count - accepted));
    status = print_light(out, swarm, error);
    if (status != DIA_OK)
        return status;
    print_fates(out, swarm);
    status = print_outcomes(out, swarm, error);
    if (status != DIA_OK)
        return status;
    print_drift(out, swarm);
    print_until(out, swarm);
    print_uncertain(out, swarm);
    if (dia_swarm_outside(swarm) > 0)
        fprintf(
            out,
            "region    warning: %lld of %lld trajectories were outside the region of the model's training data%s%s\n",
            (long long)dia_swarm_outside(swarm), (long long)swarm->N, swarm->first_outside != NULL ? "; first " : "",
            swarm->first_outside != NULL ? swarm->first_outside : "");
    return DIA_OK;
}
