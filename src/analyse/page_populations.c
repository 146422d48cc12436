/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Populations and yields, on the page and in JSON (docs/analyse.md). */
#include <math.h>
#include <stdio.h>

#include "analyse/page.h"

enum { FEW = 5 }; /* lines of a short table against time */

void dia_page_error(double value, double error, FILE *out)
{
    if (isnan(value))
        fprintf(out, "  %7s   %-6s", "-", "");
    else if (isnan(error))
        fprintf(out, "  %7.4f   %-6s", value, "");
    else
        fprintf(out, "  %7.4f ± %-6.4f", value, error);
}

/* A population that is known without statistical error, with its change in the tests of convergence. */
static void write_exact(double value, double change, FILE *out)
{
    if (isnan(change))
        fprintf(out, "  %9.6f%9s", value, "");
    else
        fprintf(out, "  %9.6f ± %-6.0e", value, change);
}

static void populations_table(const dia_analysis *a, int kind, FILE *out)
{
    const dia_record *r = a->record;
    const bool alone = r->swarm == NULL, diabatic = kind == DIA_POPULATION_DIABATIC;
    const double *exact = !alone && a->exact != NULL ? a->exact->population[kind] : NULL;
    const int steps = r->ntime - 1 < DIA_PAGE_ROWS ? r->ntime - 1 : DIA_PAGE_ROWS;
    fprintf(out, "  time/fs");
    for (int k = 0; k < r->nstate; k++) {
        fprintf(out, "  %s%-*d", diabatic ? "diabat " : "     S", diabatic ? 9 : 10, k);
        if (exact != NULL)
            fprintf(out, "  %8s", "exact");
    }
    fputc('\n', out);
    for (int i = 0; i <= steps; i++) {
        const int t = dia_record_sample(r, i, steps);
        fprintf(out, "  %7.2f", r->time[t]);
        for (int k = 0; k < r->nstate; k++) {
            const int at = t * r->nstate + k;
            const double error = r->error[kind] != NULL ? r->error[kind][at] : NAN;
            if (alone)
                write_exact(r->population[kind][at], error, out);
            else
                dia_page_error(r->population[kind][at], error, out);
            if (exact != NULL)
                fprintf(out, "  %8.5f", exact[at]);
        }
        fputc('\n', out);
    }
}

static const char *title_of(const dia_record *r, int kind)
{
    static const char *const titles[3][DIA_POPULATION_KINDS] = {
        {"active state (share of trajectories; one standard error)", "electronic (mean |c|^2, adiabatic)",
         "electronic (mean |c|^2, diabatic)"},
        {"exact, adiabatic (change in the tests of convergence)", "",
         "exact, diabatic (change in the tests of convergence)"},
        {"active state (share of trajectories): NOT those of this method, which are from its amplitudes",
         "those of the method, from amplitudes, adiabatic (one standard error)",
         "those of the method, from amplitudes, diabatic (one standard error)"}};
    return titles[r->swarm == NULL ? 1 : r->rule.amplitudes ? 2 : 0][kind];
}

static void populations_page(const dia_analysis *a, FILE *out)
{
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++) {
        if (a->record->population[kind] == NULL)
            continue;
        fprintf(out, "\nPopulations, %s\n", title_of(a->record, kind));
        populations_table(a, kind, out);
    }
}

static void consistency_page(const dia_analysis *a, FILE *out)
{
    const dia_consistency *c = &a->consistency;
    if (a->record->rule.amplitudes)
        fprintf(out, "\nActive share minus population from amplitudes (they need not agree in this method)\n");
    else
        fprintf(out, "\nInternal consistency: active share minus mean |c|^2\n");
    if (a->record->ncounted == 0) {
        fprintf(out, "  no trajectory is left to count\n");
        return;
    }
    fprintf(out, "  rms %.4f over all times and states", c->rms);
    if (!isnan(c->noise))
        fprintf(out, " (%.4f would be chance)", c->noise);
    fprintf(out, "; largest %+.4f", c->max);
    if (c->max_error > 0)
        fprintf(out, " ± %.4f", c->max_error);
    fprintf(out, ", state %d at %g fs\n", c->max_state, c->max_time);
    if (!a->record->has_amplitudes)
        fprintf(out, "  The file holds no amplitudes (output.trajectories: false): no error can be given.\n");
    else if (c->norm > 1e-4)
        fprintf(out, "  WARNING: sum of |c|^2 is off 1 by %.2g: the amplitudes are not normalised\n", c->norm);
    if (!(c->stored <= 1e-5)) /* single precision amplitudes: some 1e-7 */
        fprintf(out, "  WARNING: the stored populations differ from the trajectories by up to %.2g\n", c->stored);
}

void dia_states_json(dia_json *json, const char *key, const dia_record *r, const double *values)
{
    if (values == NULL) {
        dia_json_null(json, key);
        return;
    }
    dia_json_array(json, key);
    for (int k = 0; k < r->nstate; k++)
        dia_json_reals(json, NULL, r->ntime, r->nstate, values + k);
    dia_json_end(json);
}

static void populations_json(const dia_analysis *a, dia_json *json)
{
    const dia_record *r = a->record;
    dia_json_object(json, "populations");
    dia_json_reals(json, "time_fs", r->ntime, 1, r->time);
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++) {
        if (r->population[kind] == NULL)
            continue;
        dia_json_object(json, dia_population_names[kind]);
        dia_states_json(json, "value", r, r->population[kind]);
        dia_states_json(json, "error", r, r->error[kind]);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void consistency_json(const dia_consistency *c, dia_json *json)
{
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

/* ---- estimators ------------------------------------------------------------------------------ */

static void write_cell(const dia_estimate *e, int t, int k, FILE *out)
{
    const int at = t * e->n + k;
    fputc(' ', out);
    dia_page_error(e->value != NULL ? e->value[at] : NAN, e->value != NULL ? e->error[at] : NAN, out);
}

static void groups_page(const dia_study *study, const dia_record *r, FILE *out)
{
    const dia_estimators *e = &study->estimators;
    const bool amplitudes = r->rule.amplitudes;
    const dia_estimate *shown = &e->adiabatic[amplitudes ? DIA_ESTIMATOR_ELECTRONIC : DIA_ESTIMATOR_ACTIVE];
    if (study->ngroup == 0 || shown->value == NULL)
        return;
    fprintf(out, "\nGroups of states (%s; one standard error)\n  time/fs",
            amplitudes ? "from amplitudes" : "active share");
    for (int g = 0; g < study->ngroup; g++)
        fprintf(out, "  %17s", study->group[g].name);
    fputc('\n', out);
    for (int row = 0; row <= (r->ntime > 1 ? FEW : 0); row++) {
        const int t = dia_record_sample(r, row, r->ntime > 1 ? FEW : 0);
        fprintf(out, "  %7.2f", r->time[t]);
        for (int g = 0; g < study->ngroup; g++)
            write_cell(shown, t, e->nstate + g, out);
        fputc('\n', out);
    }
}

static void diabatic_page(const dia_study *study, const dia_record *r, FILE *out)
{
    const dia_estimators *e = &study->estimators;
    if (e->no_diabatic[0] != '\0') {
        fprintf(out, "\nDiabatic populations by other estimators are not available: %s\n", e->no_diabatic);
        return;
    }
    fprintf(out, "\nDiabatic populations at the end, three estimators\n");
    const int t = r->ntime - 1;
    fprintf(out, "             from the active state     from the amplitudes       mixed\n");
    for (int k = 0; k < e->ndiabatic; k++) {
        if (k < e->nstate)
            fprintf(out, "  diabat %-3d", k);
        else
            fprintf(out, "  %-10s", study->diabatic_group[k - e->nstate].name);
        for (int which = 0; which < DIA_ESTIMATORS; which++) {
            write_cell(&e->diabatic[which], t, k, out);
            fprintf(out, "       ");
        }
        fputc('\n', out);
    }
    if (e->no_signs[0] != '\0')
        fprintf(out, "  NOTE: %s\n", e->no_signs);
    else if (e->stored >= 1e-4) /* single precision positions and amplitudes: some 1e-6; NaN: not recomputed */
        fprintf(out, "  WARNING: recomputed and stored diabatic populations differ by up to %.2g\n", e->stored);
}

static void spin_page(const dia_study *study, const dia_record *r, FILE *out)
{
    const dia_estimators *e = &study->estimators;
    const int count = e->spin.nterm + e->spin.nmultiplicity;
    const bool amplitudes = r->rule.amplitudes;
    const dia_estimate *shown = &e->spin_free[amplitudes ? DIA_ESTIMATOR_ELECTRONIC : DIA_ESTIMATOR_ACTIVE];
    if (e->spin.nstate == 0 || shown->value == NULL)
        return;
    fprintf(out,
            "\nPopulations of spin-free states, from the %s (sums over spin components; one standard error)\n"
            "  time/fs",
            amplitudes ? "amplitudes" : "active state");
    for (int k = 0; k < count; k++)
        fprintf(out, "  %17s", e->spin.name[k]);
    fputc('\n', out);
    for (int row = 0; row <= (r->ntime > 1 ? FEW : 0); row++) {
        const int t = dia_record_sample(r, row, r->ntime > 1 ? FEW : 0);
        fprintf(out, "  %7.2f", r->time[t]);
        for (int k = 0; k < count; k++)
            write_cell(shown, t, k, out);
        fputc('\n', out);
    }
}

#define OF(member, name)                                                                                               \
    DIA_MEMBER_OF(dia_estimate, member, DIA_MEMBER_REAL, .shape = "Tn", .across = true, .key = name)
static const dia_member estimate_members[] = {OF(value, "value"), OF(error, "error"), OF(spread, "bootstrap_error"),
                                              OF(low, "low"),     OF(high, "high"),   {0}};
#undef OF

static void estimate_json(dia_json *json, const char *key, const dia_estimate *e)
{
    const dia_extents extents = {.of = {['T'] = (size_t)e->ntime, ['n'] = (size_t)e->n}};
    if (e->value == NULL) {
        dia_json_null(json, key);
        return;
    }
    dia_json_object(json, key);
    dia_members_json(estimate_members, e, &extents, json);
    dia_json_end(json);
}

static void write_names(dia_json *json, const char *state, int nstate, int ngroup, const dia_group *group)
{
    char name[32];
    dia_json_array(json, "names");
    for (int k = 0; k < nstate; k++) {
        snprintf(name, sizeof name, "%s%d", state, k);
        dia_json_text(json, NULL, name);
    }
    for (int g = 0; g < ngroup; g++)
        dia_json_text(json, NULL, group[g].name);
    dia_json_end(json);
}

static void spins_json(const char *key, const dia_spin *spin, const dia_estimate *estimates, dia_json *json)
{
    dia_json_object(json, key);
    dia_json_array(json, "names");
    for (int k = 0; k < spin->nterm + spin->nmultiplicity; k++)
        dia_json_text(json, NULL, spin->name[k]);
    dia_json_end(json);
    for (int k = 0; k < DIA_ESTIMATORS; k++)
        estimate_json(json, dia_estimator_names[k], &estimates[k]);
    dia_json_end(json);
}

static void estimators_json(const dia_study *study, const dia_record *record, dia_json *json)
{
    const dia_estimators *e = &study->estimators;
    dia_json_object(json, "estimators");
    dia_json_reals(json, "time_fs", record->ntime, 1, record->time);
    dia_json_int(json, "bootstrap", study->bootstrap);
    dia_json_int(json, "seed", (int64_t)study->seed);
    dia_json_object(json, "adiabatic");
    write_names(json, "S", e->nstate, study->ngroup, study->group);
    estimate_json(json, "active", &e->adiabatic[DIA_ESTIMATOR_ACTIVE]);
    estimate_json(json, "electronic", &e->adiabatic[DIA_ESTIMATOR_ELECTRONIC]);
    dia_json_text(json, "missing", dia_words_or_null(e->no_electronic));
    dia_json_end(json);
    dia_json_object(json, "diabatic");
    write_names(json, "D", e->nstate, study->ndiabatic_group, study->diabatic_group);
    for (int k = 0; k < DIA_ESTIMATORS; k++)
        estimate_json(json, dia_estimator_names[k], &e->diabatic[k]);
    dia_json_text(json, "missing", dia_words_or_null(e->no_diabatic[0] != '\0' ? e->no_diabatic : e->no_signs));
    dia_json_real(json, "stored_minus_recomputed", e->stored);
    dia_json_end(json);
    if (e->spin.nstate > 0) {
        spins_json("spin_free", &e->spin, e->spin_free, json);
        spins_json("spin_diabatic", &e->spin, e->spin_diabatic, json);
    }
    dia_json_end(json);
}

/* ---- yields ---------------------------------------------------------------------------------- */

#define OF(member, ...) DIA_MEMBER_OF(dia_yield, member, __VA_ARGS__)
static const dia_member yield_members[] = {
    OF(share.count, DIA_MEMBER_INT, .key = "count", .heading = "number", .width = 7),
    OF(share.value, DIA_MEMBER_REAL, .key = "yield", .heading = "yield", .width = 9, .digits = 4),
    OF(share.error, DIA_MEMBER_REAL, .key = "error"),
    OF(share.low, DIA_MEMBER_REAL, .key = "low", .heading = "interval", .width = 8, .digits = 4),
    OF(share.high, DIA_MEMBER_REAL, .key = "high", .heading = "", .width = 6, .digits = 4, .before = " to "),
    OF(low, DIA_MEMBER_REAL, .key = "bootstrap_low"),
    OF(high, DIA_MEMBER_REAL, .key = "bootstrap_high"),
    {0}};
#undef OF

static void yields_page(const dia_yields *y, FILE *out)
{
    fprintf(out, "\nQuantum yields at %g fs (%d trajectories; 95 %% Wilson intervals)\n  %-24s", y->time, y->counted,
            "");
    dia_members_heading(yield_members, out);
    for (int k = 0; k < y->nstate; k++)
        fprintf(out, "     S%-2d", k);
    fputc('\n', out);
    for (int c = 0; c < y->nclass; c++) {
        fprintf(out, "  %-24s", dia_classes_name(y->classes, c));
        dia_members_line(yield_members, &y->by_class[c], out);
        for (int k = 0; k < y->nstate; k++)
            fprintf(out, "  %6.4f", y->cell[c * y->nstate + k].share.value);
        fputc('\n', out);
    }
}

static void states_json(const dia_yield *shares, int nstate, dia_json *json)
{
    dia_json_array(json, "by_state");
    for (int k = 0; k < nstate; k++) {
        dia_json_object(json, NULL);
        dia_json_int(json, "state", k);
        dia_members_json(yield_members, &shares[k], NULL, json);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void yields_json(const dia_yields *y, dia_json *json)
{
    dia_json_object(json, "yields");
    dia_json_real(json, "time_fs", y->time);
    dia_json_int(json, "trajectories", y->counted);
    dia_json_real(json, "effective_trajectories", y->effective);
    dia_json_array(json, "classes");
    for (int c = 0; c < y->nclass; c++) {
        dia_json_object(json, NULL);
        dia_json_text(json, "name", dia_classes_name(y->classes, c));
        dia_json_array(json, "where");
        for (int i = 0; c + 1 < y->nclass && i < dia_classes_conditions(y->classes, c); i++)
            dia_json_text(json, NULL, dia_classes_condition(y->classes, c, i));
        dia_json_end(json);
        dia_json_int(json, "fulfil_conditions", y->claimed[c]);
        dia_members_json(yield_members, &y->by_class[c], NULL, json);
        states_json(y->cell + c * y->nstate, y->nstate, json);
        dia_json_end(json);
    }
    dia_json_end(json);
    states_json(y->by_state, y->nstate, json);
    dia_json_end(json);
}

/* ---- the whole ------------------------------------------------------------------------------- */

void dia_populations_page(const dia_analysis *a, FILE *out)
{
    populations_page(a, out);
    if (a->record->swarm != NULL)
        consistency_page(a, out);
}

void dia_groups_page(const dia_analysis *a, FILE *out)
{
    if (a->study == NULL)
        return;
    groups_page(a->study, a->record, out);
    diabatic_page(a->study, a->record, out);
    spin_page(a->study, a->record, out);
}

void dia_yields_page(const dia_analysis *a, FILE *out)
{
    if (a->study != NULL && a->study->classes != NULL)
        yields_page(&a->study->yields, out);
}

void dia_populations_json(const dia_analysis *a, dia_json *json)
{
    populations_json(a, json);
    if (a->record->swarm == NULL)
        return;
    consistency_json(&a->consistency, json);
    dia_hops_json(a, json);
    if (a->study == NULL)
        return;
    estimators_json(a->study, a->record, json);
    if (a->study->classes != NULL)
        yields_json(&a->study->yields, json);
    else
        dia_json_null(json, "yields");
}
