/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of text and the JSON object (docs/analyse.md): every number with its error where it has one. */
#include "analyse/page.h"

#include <inttypes.h>
#include <string.h>

#include "swarm/file/table.h"

enum { NAMED = 20 }; /* trajectories left out that are named */

const char *dia_words_or_null(const char *words)
{
    return words[0] != '\0' ? words : NULL;
}

static void write_head(const dia_analysis *a, FILE *out)
{
    const dia_record *r = a->record;
    fprintf(out, "%s: %d trajectories, %d states, 0 to %g fs in %d samples; %s, model '%s'\n", a->path, r->ntrajectory,
            r->nstate, r->time[r->ntime - 1], r->ntime, r->swarm->method, r->swarm->model_type);
}

/* Is it the swarm that was asked for, or less? */
static void write_part(const dia_swarm *swarm, FILE *out)
{
    if (swarm->partial != NULL)
        fprintf(out, "  NOTE: this is a PART of a swarm: shards are missing, %s\n", swarm->partial);
    if (swarm->shard != NULL)
        fprintf(out, "  NOTE: this is a shard, %s\n", swarm->shard);
}

/* Remarks stored in the model's file, and how many trajectories left its training data. */
static void write_model(const dia_swarm *swarm, FILE *out)
{
    for (const char *line = swarm->model_note; line != NULL && *line != '\0';) {
        const int length = (int)strcspn(line, "\n");
        fprintf(out, "  NOTE: %.*s\n", length, line);
        line += length + (line[length] == '\n');
    }
    if (dia_swarm_outside(swarm) > 0)
        fprintf(out,
                "  NOTE: %" PRId64 " of %" PRId64
                " trajectories were outside the region of the model's training data%s%s\n",
                dia_swarm_outside(swarm), swarm->N, swarm->first_outside != NULL ? "; first " : "",
                swarm->first_outside != NULL ? swarm->first_outside : "");
}

static void write_fates(const dia_analysis *a, FILE *out)
{
    const dia_record *r = a->record;
    const char *separator = "  ";
    fprintf(out, "\nTrajectories\n");
    for (int f = 0; f < DIA_FATES; f++)
        if (a->fate[f] > 0) {
            fprintf(out, "%s%d %s", separator, a->fate[f], dia_fate_text(f));
            separator = ", ";
        }
    fprintf(out, "\n  %d count in everything below", r->ncounted);
    const int left_out = r->ntrajectory - r->ncounted;
    if (left_out == 0) {
        fprintf(out, "; none is left out\n");
        return;
    }
    fprintf(out, "; %d left out at all times:\n", left_out);
    int named = 0;
    for (int j = 0; j < r->ntrajectory; j++) {
        if (r->weight[j] > 0)
            continue;
        if (named++ == NAMED) {
            fprintf(out, "    ... and %d more (all of them with --json)\n", left_out - NAMED);
            break;
        }
        fprintf(out, "    trajectory %" PRId64 ": %s at %g fs\n", r->number[j], dia_record_left_out(r, j), r->end[j]);
    }
}

static void write_outcomes(const dia_analysis *a, FILE *out)
{
    const bool alone = a->record->swarm == NULL;
    const dia_outcome *own = alone ? a->exact_outcomes : a->outcomes;
    const int n = alone ? a->nexact_outcome : a->noutcome;
    if (n == 0)
        return;
    fprintf(out, "\nOutcomes: conditions of dynamics.stop, by %s\n",
            alone                        ? "adiabatic state (change in the tests of convergence)"
            : a->record->rule.amplitudes ? "populations from amplitudes at the end (+- one standard error)"
                                         : "the active state at the end (share +- one standard error)");
    dia_outcomes_write(own, n, a->record->nstate, alone ? NULL : a->exact_outcomes, alone ? 0 : a->nexact_outcome, out);
}

static void write_exact(const dia_analysis *a, FILE *out)
{
    dia_exact_head_page(a, out);
    write_outcomes(a, out);
    dia_populations_page(a, out);
    dia_lifetime_page(a, out);
    dia_kinetics_page(a, out);
    dia_exact_page(a, out);
}

void dia_analysis_write_text(const dia_analysis *analysis, FILE *out)
{
    if (analysis->record->swarm == NULL) {
        write_exact(analysis, out);
        return;
    }
    write_head(analysis, out);
    write_part(analysis->record->swarm, out);
    write_model(analysis->record->swarm, out);
    write_fates(analysis, out);
    write_outcomes(analysis, out);
    dia_populations_page(analysis, out);
    dia_deviation_page(analysis, out);
    dia_lifetime_page(analysis, out);
    dia_hops_page(analysis, out);
    dia_groups_page(analysis, out);
    dia_kinetics_page(analysis, out);
    dia_yields_page(analysis, out);
}

static void share_json(const dia_outcome *o, dia_json *json)
{
    if (o->count >= 0)
        dia_json_int(json, "count", o->count);
    dia_json_real(json, "share", o->share);
    dia_json_real(json, "error", o->error);
    if (o->count < 0)
        return;
    dia_json_real(json, "low", o->low);
    dia_json_real(json, "high", o->high);
}

void dia_outcomes_json(const dia_outcome *outcomes, int count, int nstate, dia_json *json)
{
    const int width = nstate + 1;
    if (count == 0)
        return;
    dia_json_array(json, "outcomes");
    for (int e = 0; e < count; e += width) {
        dia_json_object(json, NULL);
        dia_json_text(json, "name", outcomes[e].name);
        share_json(&outcomes[e + nstate], json);
        dia_json_array(json, "states");
        for (int k = 0; k < nstate; k++) {
            dia_json_object(json, NULL);
            dia_json_int(json, "state", k);
            share_json(&outcomes[e + k], json);
            dia_json_end(json);
        }
        dia_json_end(json);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void head_json(const dia_analysis *a, dia_json *json)
{
    const dia_record *r = a->record;
    const dia_swarm *swarm = r->swarm;
    const dia_exact_head *head = swarm == NULL ? &a->exact->result.record->head : NULL;
    dia_json_text(json, "format", "diabolo-analysis");
    dia_json_int(json, "version", 1);
    dia_json_text(json, "file", a->path);
    dia_json_text(json, "model_type", head != NULL ? head->model_type : swarm->model_type);
    dia_json_text(json, "model_note", head != NULL ? head->model_note : swarm->model_note);
    dia_json_text(json, "method", head != NULL ? head->method : swarm->method);
    dia_json_int(json, "states", r->nstate);
    dia_json_int(json, "samples", r->ntime);
    dia_json_real(json, "timestep_fs", head != NULL ? head->timestep : swarm->timestep);
    dia_json_real(json, "duration_fs", r->time[r->ntime - 1]);
}

static void trajectories_json(const dia_analysis *a, dia_json *json)
{
    const dia_record *r = a->record;
    dia_json_object(json, "trajectories");
    dia_json_int(json, "total", r->ntrajectory);
    if (r->swarm->partial != NULL)
        dia_json_text(json, "partial", r->swarm->partial);
    if (r->swarm->shard != NULL)
        dia_json_text(json, "shard", r->swarm->shard);
    dia_json_int(json, "counted", r->ncounted);
    if (dia_swarm_outside(r->swarm) >= 0)
        dia_json_int(json, "outside_training_data", dia_swarm_outside(r->swarm));
    if (r->swarm->first_outside != NULL)
        dia_json_text(json, "first_outside_training_data", r->swarm->first_outside);
    dia_json_object(json, "fates");
    for (int f = 0; f < DIA_FATES; f++)
        dia_json_int(json, dia_fate_word(f), a->fate[f]);
    dia_json_end(json);
    dia_outcomes_json(a->outcomes, a->noutcome, r->nstate, json);
    dia_json_array(json, "left_out");
    for (int j = 0; j < r->ntrajectory; j++) {
        if (r->weight[j] > 0)
            continue;
        dia_json_object(json, NULL);
        dia_json_int(json, "trajectory", r->number[j]);
        dia_json_text(json, "why", dia_record_left_out(r, j));
        dia_json_real(json, "end_fs", r->end[j]);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

void dia_analysis_write_json(const dia_analysis *analysis, int most, FILE *out)
{
    dia_json json = {.out = out, .most = most};
    dia_json_object(&json, NULL);
    head_json(analysis, &json);
    if (analysis->record->swarm != NULL)
        trajectories_json(analysis, &json);
    dia_populations_json(analysis, &json);
    dia_kinetics_json(analysis, &json);
    if (analysis->exact != NULL)
        dia_exact_json(analysis, &json);
    dia_json_end(&json);
}
