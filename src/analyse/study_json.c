/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys are documented in docs/analyse.md: change both together. */
#include "analyse/analyse.h"

#include <math.h>
#include <stdio.h>

#include "base/json.h"

static const double FWHM = 2.3548200450309493;

/* ---- estimators ------------------------------------------------------------------------------ */

static void write_columns(dia_json *json, const char *key, const dia_estimate *e, const double *values)
{
    if (values == NULL) {
        dia_json_null(json, key);
        return;
    }
    dia_json_array(json, key);
    for (int k = 0; k < e->n; k++)
        dia_json_reals(json, NULL, e->ntime, e->n, values + k);
    dia_json_end(json);
}

static void write_estimate(dia_json *json, const char *key, const dia_estimate *e)
{
    if (e->value == NULL) {
        dia_json_null(json, key);
        return;
    }
    dia_json_object(json, key);
    write_columns(json, "value", e, e->value);
    write_columns(json, "error", e, e->error);
    write_columns(json, "bootstrap_error", e, e->spread);
    write_columns(json, "low", e, e->low);
    write_columns(json, "high", e, e->high);
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

static const char *reason(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void write_estimators(const dia_study *study, const dia_record *record, dia_json *json)
{
    const dia_estimators *e = &study->estimators;
    dia_json_object(json, "estimators");
    dia_json_reals(json, "time_fs", record->ntime, 1, record->time);
    dia_json_int(json, "bootstrap", study->bootstrap);
    dia_json_int(json, "seed", (int64_t)study->seed);
    dia_json_object(json, "adiabatic");
    write_names(json, "S", e->nstate, study->ngroup, study->group);
    write_estimate(json, "active", &e->adiabatic[DIA_ESTIMATOR_ACTIVE]);
    write_estimate(json, "electronic", &e->adiabatic[DIA_ESTIMATOR_ELECTRONIC]);
    dia_json_text(json, "missing", reason(e->no_electronic));
    dia_json_end(json);
    dia_json_object(json, "diabatic");
    write_names(json, "D", e->nstate, study->ndiabatic_group, study->diabatic_group);
    for (int k = 0; k < DIA_ESTIMATORS; k++)
        write_estimate(json, dia_estimator_names[k], &e->diabatic[k]);
    dia_json_text(json, "missing", reason(e->no_diabatic[0] != '\0' ? e->no_diabatic : e->no_signs));
    dia_json_real(json, "stored_minus_recomputed", e->stored);
    dia_json_end(json);
    dia_json_end(json);
}

/* ---- schemes --------------------------------------------------------------------------------- */

static void write_quantities(const dia_scheme_fit *f, bool full, dia_json *json)
{
    dia_json_object(json, "parameters");
    for (int v = 0; v < f->regression.nquantity; v++) {
        const dia_quantity *q = &f->regression.quantity[v];
        dia_json_object(json, f->quantity[v].name);
        dia_json_text(json, "kind", f->quantity[v].kind);
        dia_json_real(json, "value", q->value);
        dia_json_real(json, "standard_error", q->standard_error);
        dia_json_real(json, "low", q->low);
        dia_json_real(json, "high", q->high);
        if (full) {
            dia_json_real(json, "bca_low", q->bca[0]);
            dia_json_real(json, "bca_high", q->bca[1]);
        }
        dia_json_text(json, "unit", f->quantity[v].unit);
        dia_json_bool(json, "at_bound", f->quantity[v].beyond);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void write_choice(dia_json *json, const char *key, dia_kinetics_choice choice, double value)
{
    static const char *const names[] = {"none", "fixed", "fit"};
    if (choice == DIA_KINETICS_FIXED)
        dia_json_real(json, key, value);
    else
        dia_json_text(json, key, names[choice]);
}

/* Parameters the covariance is of: logarithms of rates (1/fs) and widths, logits of the start, the delay in fs. */
static void write_covariance(const dia_scheme_fit *f, dia_json *json)
{
    const int np = f->regression.nparameter;
    char name[2 * DIA_SCHEME_NAME + 32];
    int at = 0;
    dia_json_object(json, "covariance");
    dia_json_array(json, "of");
    for (; at < f->scheme.nstep; at++) {
        snprintf(name, sizeof name, "ln k %s", f->quantity[at].name);
        dia_json_text(json, NULL, name);
    }
    for (int s = 1; f->form.start_free && s < f->scheme.nspecies; s++) {
        snprintf(name, sizeof name, "logit %s", f->scheme.species[s].name);
        dia_json_text(json, NULL, name);
    }
    if (f->form.delay == DIA_KINETICS_FREE)
        dia_json_text(json, NULL, "delay");
    if (f->form.response == DIA_KINETICS_FREE)
        dia_json_text(json, NULL, "ln width");
    dia_json_end(json);
    dia_json_array(json, "matrix");
    for (int a = 0; a < np; a++)
        dia_json_reals(json, NULL, np, 1, f->regression.covariance + a * np);
    dia_json_end(json);
    dia_json_end(json);
}

static void write_series(const dia_scheme_fit *f, dia_json *json)
{
    const dia_regression *r = &f->regression;
    const int n = r->nspecies;
    dia_json_array(json, "share");
    for (int s = 0; s < n; s++)
        dia_json_reals(json, NULL, r->ntime, n, r->share + s);
    dia_json_end(json);
    dia_json_array(json, "fit");
    for (int s = 0; s < n; s++)
        dia_json_reals(json, NULL, r->ntime, n, r->model + s);
    dia_json_end(json);
}

static void write_quality(const dia_study_scheme *s, dia_json *json)
{
    const dia_regression *r = &s->fit.regression;
    dia_json_real(json, "sum_of_squares", r->sum);
    dia_json_real(json, "rms_residual", r->residual);
    dia_json_real(json, "rms_by_chance", r->chance);
    dia_json_real(json, "effective_trajectories", r->effective);
    dia_json_real(json, "aic", s->aic);
    dia_json_real(json, "aicc", s->aicc);
    dia_json_real(json, "akaike_weight", s->weight);
    dia_json_int(json, "starts", r->starts);
    dia_json_int(json, "starts_reached", r->reached);
    dia_json_int(json, "bootstrap", r->bootstrap);
    dia_json_int(json, "bootstrap_failed", r->bootstrap_failed);
}

static void write_discarded_fits(const dia_study_scheme *s, dia_json *json)
{
    dia_json_object(json, "with_discarded");
    for (int way = 1; way < DIA_DISCARDED_WAYS; way++) {
        if (s->discarded[way] == NULL) {
            dia_json_null(json, dia_discarded_names[way]);
            continue;
        }
        dia_json_object(json, dia_discarded_names[way]);
        dia_json_text(json, "refused", reason(s->discarded[way]->refused));
        if (s->discarded[way]->refused[0] == '\0')
            write_quantities(s->discarded[way], false, json);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void write_scheme(const dia_study_scheme *s, const dia_record *record, dia_json *json)
{
    const dia_scheme_fit *f = &s->fit;
    dia_json_object(json, NULL);
    dia_json_text(json, "name", s->name);
    dia_json_text(json, "scheme", f->scheme.text);
    dia_json_array(json, "species");
    for (int i = 0; i < f->scheme.nspecies; i++)
        dia_json_text(json, NULL, f->scheme.species[i].name);
    dia_json_end(json);
    write_choice(json, "delay", f->form.delay, f->form.delay_value);
    write_choice(json, "response_fwhm", f->form.response, FWHM * f->form.response_width);
    dia_json_text(json, "start", f->form.start_free ? "fit" : "data");
    dia_json_text(json, "refused", reason(f->refused));
    dia_json_array(json, "warnings");
    for (int i = 0; i < f->nwarning; i++)
        dia_json_text(json, NULL, f->warning[i]);
    dia_json_end(json);
    dia_json_real(json, "largest_share_outside", f->uncovered);
    if (f->refused[0] == '\0') {
        write_quantities(f, true, json);
        write_covariance(f, json);
        write_quality(s, json);
        dia_json_reals(json, "time_fs", record->ntime, 1, record->time);
        write_series(f, json);
        write_discarded_fits(s, json);
    }
    dia_json_end(json);
}

/* ---- decays, discarded ----------------------------------------------------------------------- */

static void write_decays(const dia_lifetime *l, dia_json *json)
{
    dia_json_array(json, "decay_models");
    for (int i = 0; i < l->nshape; i++) {
        const dia_decay_shape *d = &l->shape[i];
        dia_json_object(json, NULL);
        dia_json_text(json, "model", d->type->name);
        dia_json_text(json, "formula", d->type->formula);
        dia_json_bool(json, "fitted", d->fitted);
        dia_json_object(json, "values");
        for (int k = 0; k < d->type->nparameter; k++)
            dia_json_real(json, d->type->parameter[k], d->value[k]);
        dia_json_end(json);
        dia_json_real(json, "rms_residual", d->residual);
        dia_json_real(json, "beyond_two_errors", d->beyond);
        dia_json_real(json, "aic", d->aic);
        dia_json_real(json, "aicc", d->aicc);
        dia_json_real(json, "akaike_weight", d->weight);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void write_lifetime(const dia_lifetime *l, dia_json *json)
{
    dia_json_int(json, "started", l->started);
    dia_json_text(json, "refused", reason(l->refused));
    if (l->refused[0] != '\0')
        return;
    dia_lifetime_write_json(l, json);
}

static void write_discarded(const dia_study *study, const dia_record *record, dia_json *json)
{
    dia_json_object(json, "discarded");
    dia_json_int(json, "count", record->ntrajectory - record->ncounted);
    dia_json_array(json, "trajectories");
    for (int j = 0; j < record->ntrajectory; j++) {
        if (record->weight[j] > 0)
            continue;
        dia_json_object(json, NULL);
        dia_json_int(json, "trajectory", record->number[j]);
        dia_json_text(json, "why", dia_record_left_out(record, j));
        dia_json_real(json, "end_fs", record->end[j]);
        dia_json_int(json, "state_at_end", record->active[(size_t)(j + 1) * (size_t)record->ntime - 1]);
        dia_json_real(json, "weight", record->given[j]);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_object(json, "lifetime");
    for (int way = 1; way < DIA_DISCARDED_WAYS; way++) {
        if (study->discarded[way] == NULL) {
            dia_json_null(json, dia_discarded_names[way]);
            continue;
        }
        dia_json_object(json, dia_discarded_names[way]);
        write_lifetime(study->discarded[way], json);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

/* ---- yields ---------------------------------------------------------------------------------- */

static void write_share(const dia_yield *y, dia_json *json)
{
    const dia_share *s = &y->share;
    dia_json_int(json, "count", s->count);
    dia_json_real(json, "yield", s->value);
    dia_json_real(json, "error", s->error);
    dia_json_real(json, "low", s->low);
    dia_json_real(json, "high", s->high);
    dia_json_real(json, "bootstrap_low", y->low);
    dia_json_real(json, "bootstrap_high", y->high);
}

static void write_states(const dia_yield *shares, int nstate, dia_json *json)
{
    dia_json_array(json, "by_state");
    for (int k = 0; k < nstate; k++) {
        dia_json_object(json, NULL);
        dia_json_int(json, "state", k);
        write_share(&shares[k], json);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void write_yields(const dia_yields *y, dia_json *json)
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
        write_share(&y->by_class[c], json);
        write_states(y->cell + c * y->nstate, y->nstate, json);
        dia_json_end(json);
    }
    dia_json_end(json);
    write_states(y->by_state, y->nstate, json);
    dia_json_end(json);
}

void dia_study_write_json(const dia_study *study, const dia_record *record, const dia_lifetime *lifetime,
                          struct dia_json *json)
{
    write_estimators(study, record, json);
    write_decays(lifetime, json);
    write_discarded(study, record, json);
    dia_json_array(json, "schemes");
    for (int i = 0; i < study->nscheme; i++)
        write_scheme(&study->scheme[i], record, json);
    dia_json_end(json);
    if (study->classes != NULL)
        write_yields(&study->yields, json);
    else
        dia_json_null(json, "yields");
}
