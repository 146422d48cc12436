/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys are documented in docs/analyse.md: change both together. */
#include "analyse/analyse.h"

#include <math.h>

#include "base/json.h"

/* Energies leave in eV or meV, as the key says; times in fs. */
static const double meV = 1e-3 * DIA_EV;

static void write_head(const dia_analysis *a, dia_json *json)
{
    const dia_record *r = a->record;
    dia_json_text(json, "format", "diabolo-analysis");
    dia_json_int(json, "version", 1);
    dia_json_text(json, "file", a->path);
    dia_json_text(json, "model_type", r->swarm->model_type);
    dia_json_text(json, "method", r->swarm->method);
    dia_json_int(json, "states", r->nstate);
    dia_json_int(json, "samples", r->ntime);
    dia_json_real(json, "timestep_fs", r->swarm->timestep);
    dia_json_real(json, "duration_fs", r->time[r->ntime - 1]);
    dia_json_object(json, "trajectories");
    dia_json_int(json, "total", r->ntrajectory);
    dia_json_int(json, "counted", r->ncounted);
    dia_json_object(json, "fates");
    for (int f = 0; f < DIA_FATES; f++)
        dia_json_int(json, dia_fate_word(f), a->fate[f]);
    dia_json_end(json);
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

/* One array over time for each state, from values (ntime, nstate). */
static void write_by_state(dia_json *json, const char *key, const dia_record *r, const double *values)
{
    dia_json_array(json, key);
    for (int k = 0; k < r->nstate; k++)
        dia_json_reals(json, NULL, r->ntime, r->nstate, values + k);
    dia_json_end(json);
}

static void write_populations(const dia_analysis *a, dia_json *json)
{
    const dia_record *r = a->record;
    const dia_consistency *c = &a->consistency;
    dia_json_object(json, "populations");
    dia_json_reals(json, "time_fs", r->ntime, 1, r->time);
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++) {
        dia_json_object(json, dia_population_names[kind]);
        write_by_state(json, "value", r, r->population[kind]);
        write_by_state(json, "error", r, r->error[kind]);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_object(json, "consistency");
    dia_json_real(json, "rms", c->rms);
    dia_json_real(json, "rms_by_chance", c->noise);
    dia_json_object(json, "max");
    dia_json_real(json, "difference", c->max);
    dia_json_real(json, "error", c->max_error);
    dia_json_real(json, "time_fs", c->max_time);
    dia_json_int(json, "state", c->max_state);
    dia_json_end(json);
    dia_json_real(json, "stored_minus_recomputed", c->stored);
    dia_json_real(json, "norm", c->norm);
    dia_json_end(json);
}

void dia_lifetime_write_json(const dia_lifetime *l, dia_json *json)
{
    dia_json_object(json, "parameters");
    for (int k = 0; k < l->type->nparameter; k++) {
        dia_json_object(json, l->type->parameter[k]);
        dia_json_real(json, "value", l->value[k]);
        dia_json_real(json, "low", l->low[k]);
        dia_json_real(json, "high", l->high[k]);
        dia_json_text(json, "unit", l->type->unit[k]);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void write_lifetime(const dia_lifetime *l, const dia_record *r, dia_json *json)
{
    dia_json_object(json, "lifetime");
    dia_json_int(json, "state", l->from);
    dia_json_int(json, "started", l->started);
    dia_json_int(json, "left", l->left);
    dia_json_text(json, "model", l->type->name);
    dia_json_text(json, "formula", l->type->formula);
    dia_json_text(json, "refused", l->refused[0] != '\0' ? l->refused : NULL);
    if (l->refused[0] == '\0') {
        dia_lifetime_write_json(l, json);
        dia_json_real(json, "rms_residual", l->residual);
        dia_json_real(json, "explained", l->explained);
        dia_json_real(json, "beyond_two_errors", l->beyond);
        dia_json_real(json, "akaike_weight", l->weight);
        dia_json_text(json, "note", l->note[0] != '\0' ? l->note : NULL);
        dia_json_int(json, "bootstrap", l->bootstrap);
        dia_json_int(json, "bootstrap_failed", l->bootstrap_failed);
        dia_json_int(json, "seed", (int64_t)l->seed);
    }
    dia_json_reals(json, "time_fs", r->ntime, 1, r->time);
    dia_json_reals(json, "survival", l->ntime, 1, l->survival);
    dia_json_reals(json, "survival_error", l->ntime, 1, l->error);
    if (l->curve != NULL)
        dia_json_reals(json, "curve", l->ntime, 1, l->curve);
    dia_json_end(json);
}

static void write_group(dia_json *json, const char *key, const dia_hop_group *group)
{
    double gap_eV[3];
    for (int q = 0; q < 3; q++)
        gap_eV[q] = group->gap[q] / DIA_EV;
    dia_json_object(json, key);
    dia_json_int(json, "count", group->count);
    dia_json_real(json, "per_trajectory", group->rate);
    dia_json_reals(json, "gap_quartiles_ev", 3, 1, gap_eV);
    dia_json_real(json, "mean_time_fs", group->mean_time);
    dia_json_end(json);
}

static void write_hops(const dia_hop_census *census, dia_json *json)
{
    dia_json_object(json, "hops");
    dia_json_int(json, "accepted", census->total[DIA_ACCEPTED]);
    dia_json_int(json, "frustrated", census->total[DIA_FRUSTRATED]);
    dia_json_int(json, "left_out", census->left_out);
    dia_json_array(json, "pairs");
    for (int p = 0; p < census->npair; p++) {
        dia_json_object(json, NULL);
        dia_json_int(json, "from", census->pair[p].from);
        dia_json_int(json, "to", census->pair[p].to);
        write_group(json, "accepted", &census->pair[p].group[DIA_ACCEPTED]);
        write_group(json, "frustrated", &census->pair[p].group[DIA_FRUSTRATED]);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

static void write_energy(const dia_conservation *c, dia_json *json)
{
    dia_json_object(json, "energy");
    dia_json_int(json, "trajectories", c->count);
    dia_json_real(json, "median_drift_mev", c->median / meV);
    dia_json_real(json, "max_drift_mev", c->max / meV);
    dia_json_int(json, "worst_trajectory", c->worst);
    dia_json_real(json, "limit_mev", c->limit / meV);
    dia_json_int(json, "above_limit", c->above);
    dia_json_end(json);
}

void dia_analysis_write_json(const dia_analysis *analysis, FILE *out)
{
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    write_head(analysis, &json);
    write_populations(analysis, &json);
    write_lifetime(&analysis->lifetime, analysis->record, &json);
    write_hops(&analysis->hops, &json);
    write_energy(&analysis->conservation, &json);
    if (analysis->study != NULL)
        dia_study_write_json(analysis->study, analysis->record, &analysis->lifetime, &json);
    dia_json_end(&json);
}
