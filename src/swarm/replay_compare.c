/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Is a trajectory flown again the same: by its settings, and then bit for bit? */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/provenance.h"
#include "model/front.h"
#include "swarm/file/table.h"
#include "swarm/replay.h"

/* ---- settings ------------------------------------------------------------------------------ */

/* The block `dynamics` of resolved settings, on the heap; NULL: out of memory. */
static char *dynamics_of(const char *resolved)
{
    const char *start = strstr(resolved, "\ndynamics:\n"), *end = strstr(resolved, "\noutput:\n");
    start = start != NULL ? start + sizeof "\ndynamics:\n" - 1 : resolved;
    return strndup(start, end != NULL && end > start ? (size_t)(end - start) : strlen(start));
}

dia_status dia_replay_compare_settings(const dia_swarm *swarm, const dia_run_plan *plan, dia_replay_result *result,
                                       dia_error *error)
{
    char text[800];
    char *before = dynamics_of(swarm->resolved), *now = dynamics_of(plan->resolved);
    if (before == NULL || now == NULL) {
        free(before);
        free(now);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare settings");
    }
    if (strcmp(swarm->model_digest, dia_model_digest(plan->model)) != 0)
        snprintf(result->changed, sizeof result->changed, "the model, SHA-256 there: %.12s...; now: %.12s...",
                 swarm->model_digest, dia_model_digest(plan->model));
    else if (dia_identity_differs(before, now, sizeof text, text))
        snprintf(result->changed, sizeof result->changed, "dynamics, %s", text);
    free(before);
    free(now);
    return DIA_OK;
}

static void find_reasons(const dia_swarm *swarm, dia_replay_result *result)
{
    if (strcmp(swarm->program_version, dia_version()) != 0 || strcmp(swarm->program_commit, dia_commit()) != 0)
        snprintf(result->reasons, sizeof result->reasons,
                 "the swarm was flown by version %.100s (%.12s), this is %s (%.12s)", swarm->program_version,
                 swarm->program_commit, dia_version(), dia_commit());
    else
        snprintf(result->reasons, sizeof result->reasons,
                 "another kind of processor, or another version of its mathematical libraries, rounds otherwise");
}

/* ---- numbers --------------------------------------------------------------------------------- */

/* What both files may have of a trajectory, one row a sample. */
static const char *const series[] = {"trajectories/active",   "trajectories/potential",  "trajectories/kinetic",
                                     "trajectories/energies", "trajectories/amplitudes", "trajectories/position",
                                     "trajectories/velocity", "trajectories/work"};

typedef struct comparison {
    const dia_swarm *swarm, *again;
    int64_t step;    /* between two samples in common */
    int64_t samples; /* in common                     */
    double earliest; /* fs, of the difference found   */
    dia_replay_result *result;
    dia_error *error;
} comparison;

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* Notes a difference unless an earlier one is known. */
static void differs(comparison *now, double time, int64_t number, const char *what, double there, double here)
{
    if (!(time < now->earliest))
        return;
    now->earliest = time;
    snprintf(now->result->difference, sizeof now->result->difference,
             "trajectory %lld at %.8g fs: %s is %.17g in the swarm, %.17g now", (long long)number, time, what, there,
             here);
}

/* Bits, but for the sign of zero and the kind of NaN, which no file distinguishes. */
static bool same(double a, double b, bool single)
{
    if (single)
        return (float)a == (float)b || (isnan(a) && isnan(b));
    return a == b || (isnan(a) && isnan(b));
}

/* One dataset of one trajectory at the samples in common. */
static dia_status compare_series(comparison *now, const char *name, int64_t a, int64_t b)
{
    const dia_swarm *swarm = now->swarm, *again = now->again;
    const size_t rows[2] = {dia_swarm_row_size(swarm, name), dia_swarm_row_size(again, name)};
    if (rows[0] == 0 || rows[1] == 0)
        return DIA_OK;
    const size_t width = rows[0] / (size_t)swarm->T,
                 apart[2] = {(size_t)(now->step / swarm->every), (size_t)(now->step / again->every)};
    const bool single = (dia_swarm_dataset_find(name)->flags & DIA_SINGLE) && (swarm->single || again->single);
    double *x = dia_allocate(rows[0], sizeof *x), *y = dia_allocate(rows[1], sizeof *y);
    dia_status status = x != NULL && y != NULL
                            ? DIA_OK
                            : dia_error_set(now->error, DIA_ERROR_MEMORY, "no memory to compare trajectories");
    if (status == DIA_OK)
        status = dia_swarm_rows(swarm, name, a, 1, x, now->error);
    if (status == DIA_OK)
        status = dia_swarm_rows(again, name, b, 1, y, now->error);
    bool found = false;
    for (size_t s = 0; status == DIA_OK && !found && s < (size_t)now->samples; s++)
        for (size_t i = 0; i < width && !found; i++) {
            const double there = x[s * apart[0] * width + i], here = y[s * apart[1] * width + i];
            if (!same(there, here, single)) {
                found = true;
                differs(now, (double)(s * (size_t)now->step) * swarm->timestep, again->number[b], name, there, here);
            }
        }
    free(x);
    free(y);
    return status;
}

/* First hop of a row, or the number of all. */
static int64_t first_hop(const dia_swarm_hops *hops, int64_t row)
{
    int64_t k = 0;
    while (k < hops->count && hops->row[k] < row)
        k++;
    return k;
}

static void compare_hops(comparison *now, int64_t a, int64_t b)
{
    const dia_swarm_hops *x = &now->swarm->hops, *y = &now->again->hops;
    const int64_t number = now->again->number[b];
    for (int64_t i = first_hop(x, a), k = first_hop(y, b);; i++, k++) {
        const bool there = i < x->count && x->row[i] == a, here = k < y->count && y->row[k] == b;
        if (!there && !here)
            return;
        if (!there || !here || x->time[i] != y->time[k]) {
            const double t = there ? x->time[i] : NAN, h = here ? y->time[k] : NAN;
            differs(now, fmin(t, h), number, "hops/time", t, h);
            return;
        }
        const struct {
            const char *name;
            double there, here;
        } values[] = {{"hops/from", x->from[i], y->from[k]},
                      {"hops/to", x->to[i], y->to[k]},
                      {"hops/accepted", x->accepted[i], y->accepted[k]},
                      {"hops/gap", x->gap[i], y->gap[k]},
                      {"hops/kinetic_before", x->kinetic_before[i], y->kinetic_before[k]},
                      {"hops/kinetic_after", x->kinetic_after[i], y->kinetic_after[k]},
                      {"hops/work", dia_hop_work(x, i), dia_hop_work(y, k)}};
        for (size_t v = 0; v < sizeof values / sizeof values[0]; v++)
            if (!same(values[v].there, values[v].here, false)) {
                differs(now, x->time[i], number, values[v].name, values[v].there, values[v].here);
                return;
            }
    }
}

static void compare_end(comparison *now, int64_t a, int64_t b)
{
    const dia_swarm *x = now->swarm, *y = now->again;
    const double time = fmin(x->end[a], y->end[b]);
    if (x->end[a] != y->end[b])
        differs(now, time, y->number[b], "trajectories/end", x->end[a], y->end[b]);
    if (x->fate[a] != y->fate[b])
        differs(now, time, y->number[b], "trajectories/fate", x->fate[a], y->fate[b]);
    if (x->stop != NULL && y->stop != NULL && x->stop[a] != y->stop[b])
        differs(now, time, y->number[b], "trajectories/stop", x->stop[a], y->stop[b]);
}

dia_status dia_replay_compare(const dia_swarm *swarm, const dia_swarm *again, dia_replay_result *result,
                              dia_error *error)
{
    comparison now = {.swarm = swarm, .again = again, .earliest = INFINITY, .result = result, .error = error};
    dia_status status = DIA_OK;
    if (swarm->timestep != again->timestep || swarm->nstate != again->nstate || swarm->natom != again->natom)
        return DIA_OK;
    now.step = swarm->every / common_divisor(swarm->every, again->every) * again->every;
    const int64_t steps[2] = {(swarm->T - 1) * swarm->every, (again->T - 1) * again->every};
    now.samples = (steps[0] < steps[1] ? steps[0] : steps[1]) / now.step + 1;
    for (int64_t b = 0, a = 0; b < again->N && status == DIA_OK; b++) {
        while (a < swarm->N && swarm->number[a] < again->number[b])
            a++;
        if (a == swarm->N || swarm->number[a] != again->number[b])
            continue;
        for (size_t i = 0; i < sizeof series / sizeof series[0] && status == DIA_OK; i++)
            status = compare_series(&now, series[i], a, b);
        if (status != DIA_OK)
            return status;
        compare_hops(&now, a, b);
        compare_end(&now, a, b);
        result->compared += now.samples;
    }
    if (status == DIA_OK && result->difference[0] != '\0' && result->changed[0] == '\0')
        find_reasons(swarm, result);
    return status;
}
