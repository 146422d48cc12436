/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lifetimes and kinetic schemes, on the page and in JSON (docs/analyse.md). Times in fs. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "analyse/page.h"

/* ---- lifetime -------------------------------------------------------------------------------- */

/* "95 %: LOW to HIGH"; an end that the data do not give is left out. */
static void write_interval(double low, double high, const char *unit, FILE *out)
{
    unit = strcmp(unit, "1") == 0 ? "" : unit;
    if (!isnan(low) && !isnan(high))
        fprintf(out, "95 %%: %.4g to %.4g%s%s", low, high, *unit != '\0' ? " " : "", unit);
    else if (!isnan(low) || !isnan(high))
        fprintf(out, "95 %%: %s %.4g%s%s", isnan(high) ? "above" : "below", isnan(high) ? low : high,
                *unit != '\0' ? " " : "", unit);
}

static void write_parameter(const dia_lifetime *l, int k, FILE *out)
{
    const char *unit = strcmp(l->type->unit[k], "1") == 0 ? "" : l->type->unit[k];
    fprintf(out, "  %-13s", l->type->parameter[k]);
    if (l->undetermined[k] != NULL)
        fprintf(out, " not determined (%s)", l->undetermined[k]);
    else
        fprintf(out, " %9.4g %-2s", l->value[k], unit);
    if (!isnan(l->low[k]) || !isnan(l->high[k]))
        fputs("   ", out);
    write_interval(l->low[k], l->high[k], l->type->unit[k], out);
    fputc('\n', out);
}

/* What the words in brackets mean. */
static void explain_undetermined(const dia_lifetime *l, FILE *out)
{
    static const struct {
        const char *word, *meaning;
    } words[] = {{"plateau", "within the time flown, that part falls by less than the error of the population"},
                 {"instant", "that part is gone, within the error of the population, from one sample to the next"},
                 {"too small", "that part is less than the error of the population"},
                 {"unseen", "the curve does not depend on it"}};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        for (int k = 0; k < l->type->nparameter; k++)
            if (l->undetermined[k] != NULL && strcmp(l->undetermined[k], words[i].word) == 0) {
                fprintf(out, "  %s: %s\n", words[i].word, words[i].meaning);
                break;
            }
}

static void fitted_to_trajectories(const dia_lifetime *l, FILE *out)
{
    fprintf(out, "  fitted to the %d trajectories that ", l->started);
    if (l->first > 0)
        fprintf(out, "were there at %g fs, from then on", l->since);
    else
        fprintf(out, "started there");
    fprintf(out, " (%d left, lowest share %.3f); rms residual %.4f\n", l->left, l->lowest, l->residual);
    if (l->bootstrap > 0)
        fprintf(out, "  intervals: percentiles over %d resamplings of trajectories, seed %" PRIu64 "%s\n",
                l->bootstrap - l->bootstrap_failed, l->seed, l->bootstrap_failed > 0 ? "" : ", all converged");
    if (l->bootstrap_failed > 0)
        fprintf(out, "  %d further resamplings gave no converged fit: %s\n", l->bootstrap_failed,
                l->bootstrap_failed > l->bootstrap / 20 ? "do not trust the intervals" : "few enough");
    fprintf(out, "  %.0f %% of the samples are further from the curve than two standard errors\n", 100 * l->beyond);
}

static void lifetime_page(const dia_lifetime *l, FILE *out)
{
    fprintf(out, "\nLifetime of state %d: %s\n", l->from, l->type->formula);
    if (l->refused[0] != '\0') {
        fprintf(out, "  no fit: %s\n", l->refused);
        return;
    }
    for (int k = 0; k < l->type->nparameter; k++)
        write_parameter(l, k, out);
    explain_undetermined(l, out);
    if (l->curve_only)
        fprintf(out, "  fitted to the population, divided by its first value (lowest %.3f); rms residual %.4f\n",
                l->lowest, l->residual);
    else
        fitted_to_trajectories(l, out);
    if (l->note[0] != '\0')
        fprintf(out, "  NOTE: %s\n", l->note);
}

static void parameters_json(const dia_lifetime *l, dia_json *json)
{
    dia_json_object(json, "parameters");
    for (int k = 0; k < l->type->nparameter; k++) {
        dia_json_object(json, l->type->parameter[k]);
        dia_json_real(json, "value", l->value[k]);
        dia_json_real(json, "low", l->low[k]);
        dia_json_real(json, "high", l->high[k]);
        dia_json_text(json, "unit", l->type->unit[k]);
        dia_json_text(json, "undetermined", l->undetermined[k]);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void lifetime_json(const dia_lifetime *l, const dia_record *r, dia_json *json)
{
    dia_json_object(json, "lifetime");
    dia_json_int(json, "state", l->from);
    dia_json_real(json, "since_fs", l->since);
    dia_json_int(json, "started", l->started);
    dia_json_int(json, "left", l->left);
    dia_json_text(json, "model", l->type->name);
    dia_json_text(json, "formula", l->type->formula);
    dia_json_text(json, "refused", dia_words_or_null(l->refused));
    if (l->refused[0] == '\0') {
        parameters_json(l, json);
        dia_json_real(json, "rms_residual", l->residual);
        dia_json_real(json, "explained", l->explained);
        dia_json_real(json, "beyond_two_errors", l->beyond);
        dia_json_real(json, "akaike_weight", l->weight);
        dia_json_text(json, "note", dia_words_or_null(l->note));
        dia_json_int(json, "bootstrap", l->bootstrap);
        dia_json_int(json, "bootstrap_failed", l->bootstrap_failed);
        dia_json_int(json, "seed", (int64_t)l->seed);
    }
    dia_json_reals(json, "time_fs", l->ntime, 1, r->time + l->first);
    dia_json_reals(json, "survival", l->ntime, 1, l->survival);
    dia_json_reals(json, "survival_error", l->ntime, 1, l->error);
    if (l->curve != NULL)
        dia_json_reals(json, "curve", l->ntime, 1, l->curve);
    dia_json_end(json);
}

#define OF(member, ...) DIA_MEMBER_OF(dia_decay_shape, member, __VA_ARGS__)
static const dia_member shape_members[] = {
    OF(model, DIA_MEMBER_TEXT, .key = "model", .heading = "", .width = 13),
    OF(formula, DIA_MEMBER_TEXT, .key = "formula"),
    OF(fitted, DIA_MEMBER_BOOL, .key = "fitted"),
    OF(residual, DIA_MEMBER_REAL, .key = "rms_residual", .heading = "rms residual", .width = 13, .digits = 4),
    OF(beyond, DIA_MEMBER_REAL, .key = "beyond_two_errors"),
    OF(beyond, DIA_MEMBER_REAL, .scale = 0.01, .heading = "beyond 2 errors/%", .width = 18),
    OF(rank.aic, DIA_MEMBER_REAL, .key = "aic"),
    OF(rank.aicc, DIA_MEMBER_REAL, .key = "aicc", .heading = "AICc", .width = 10, .digits = 2),
    OF(rank.weight, DIA_MEMBER_REAL, .key = "akaike_weight", .heading = "weight", .width = 7, .digits = 3),
    {0}};
static const dia_member curve_members[] = {/* without trajectories there is nothing to weigh them by */
                                           OF(model, DIA_MEMBER_TEXT, .heading = "", .width = 13),
                                           OF(residual, DIA_MEMBER_REAL, .heading = "rms residual", .width = 13,
                                              .digits = 4),
                                           {0}};
#undef OF

static void shapes_page(const dia_lifetime *l, FILE *out)
{
    const dia_member *columns = l->curve_only ? curve_members : shape_members;
    if (l->nshape == 0)
        return;
    fprintf(out, "\nShapes of that decay compared%s\n ",
            l->curve_only ? "" : " (weight: how likely each is the best of these, by AICc)");
    dia_members_heading(columns, out);
    fputc('\n', out);
    for (int i = 0; i < l->nshape; i++) {
        const dia_decay_shape *d = &l->shape[i];
        fputc(' ', out);
        dia_members_line(columns, d, out);
        fputs("  ", out);
        for (int k = 0; d->fitted && k < d->type->nparameter; k++)
            if (d->undetermined[k] != NULL)
                fprintf(out, " %s %s", d->type->parameter[k], d->undetermined[k]);
            else
                fprintf(out, " %s %.4g", d->type->parameter[k], d->value[k]);
        fputc('\n', out);
    }
}

static void shapes_json(const dia_lifetime *l, dia_json *json)
{
    dia_json_array(json, "decay_models");
    for (int i = 0; i < l->nshape; i++) {
        const dia_decay_shape *d = &l->shape[i];
        dia_json_object(json, NULL);
        dia_members_json(shape_members, d, NULL, json);
        dia_json_object(json, "values");
        for (int k = 0; k < d->type->nparameter; k++)
            dia_json_real(json, d->type->parameter[k], d->value[k]);
        dia_json_end(json);
        dia_json_end(json);
    }
    dia_json_end(json);
}

/* ---- with the trajectories that are left out ------------------------------------------------- */

static void discarded_page(const dia_study *study, const dia_record *r, FILE *out)
{
    static const char *const words[DIA_DISCARDED_WAYS] = {"", "until they went wrong", "as they are"};
    if (!study->leaves_out)
        return;
    fprintf(out, "\nThe same lifetime with the %d trajectories that are left out\n", r->ntrajectory - r->ncounted);
    for (int way = 1; way < DIA_DISCARDED_WAYS; way++) {
        const dia_lifetime *l = &study->discarded[way];
        fprintf(out, "  %-22s", words[way]);
        if (l->refused[0] != '\0')
            fprintf(out, " no fit: %s", l->refused);
        for (int k = 0; l->refused[0] == '\0' && k < l->type->nparameter; k++) {
            fprintf(out, "  %s", l->type->parameter[k]);
            if (l->undetermined[k] != NULL)
                fprintf(out, " %s", l->undetermined[k]);
            else
                fprintf(out, " %.4g", l->value[k]);
            if (isnan(l->low[k]) && isnan(l->high[k]))
                continue;
            fputs(" (", out);
            write_interval(l->low[k], l->high[k], "1", out);
            fputc(')', out);
        }
        fputc('\n', out);
    }
}

static void discarded_json(const dia_study *study, const dia_record *record, dia_json *json)
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
        if (!study->leaves_out) {
            dia_json_null(json, dia_discarded_names[way]);
            continue;
        }
        dia_json_object(json, dia_discarded_names[way]);
        const dia_lifetime *l = &study->discarded[way];
        dia_json_int(json, "started", l->started);
        dia_json_text(json, "refused", dia_words_or_null(l->refused));
        if (l->refused[0] == '\0')
            parameters_json(l, json);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

/* ---- schemes --------------------------------------------------------------------------------- */

static void write_quantity(const dia_scheme_quantity *name, const dia_quantity *q, FILE *out)
{
    const char *unit = strcmp(name->unit, "1") == 0 ? "" : name->unit;
    fprintf(out, "    %-28s", name->name);
    if (name->beyond)
        fputs(" not determined (at a bound)", out);
    else if (isnan(q->value))
        fputs(" not determined (nothing depends on it)", out);
    else if (isnan(q->standard_error))
        fprintf(out, " %9.4g %-2s (at a bound, no error)", q->value, unit);
    else
        fprintf(out, " %9.4g ± %-8.3g %-2s", q->value, q->standard_error, unit);
    if (!isnan(q->low) || !isnan(q->high))
        fputs("   ", out);
    write_interval(q->low, q->high, "1", out);
    fputc('\n', out);
}

static void scheme_page(const dia_study_scheme *s, FILE *out)
{
    const dia_scheme_fit *f = &s->fit;
    fprintf(out, "\nKinetic scheme: %s", f->scheme.text);
    if (strncmp(s->name, f->scheme.text, strlen(s->name)) != 0)
        fprintf(out, "   (%s)", s->name);
    fputc('\n', out);
    if (f->refused[0] != '\0') {
        fprintf(out, "  no fit: %s\n", f->refused);
        return;
    }
    for (int v = 0; v < f->regression.nquantity; v++)
        write_quantity(&f->quantity[v], &f->regression.quantity[v], out);
    fprintf(out, "  rms residual %.4f (%.4f would be chance)", f->regression.residual, f->regression.chance);
    if (s->rank.weight < 1) /* not alone */
        fprintf(out, "; AICc %.2f, weight %.3f among the schemes of these species", s->rank.aicc, s->rank.weight);
    fputc('\n', out);
    for (int i = 0; i < f->nwarning; i++)
        fprintf(out, "  NOTE: %s\n", f->warning[i]);
    for (int way = 1; way < DIA_DISCARDED_WAYS; way++) {
        const dia_scheme_fit *d = &s->discarded[way];
        if (d->scheme.nspecies == 0 || d->refused[0] != '\0')
            continue;
        fprintf(out, "  with the trajectories left out, %s:", way == 1 ? "until they went wrong" : "as they are");
        for (int r = 0; r < d->scheme.nstep; r++)
            if (isnan(d->regression.quantity[r].value))
                fprintf(out, "%s not determined", r > 0 ? "," : "");
            else
                fprintf(out, "%s %.4g fs", r > 0 ? "," : "", d->regression.quantity[r].value);
        fputc('\n', out);
    }
}

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
    dia_json_real(json, "aic", s->rank.aic);
    dia_json_real(json, "aicc", s->rank.aicc);
    dia_json_real(json, "akaike_weight", s->rank.weight);
    dia_json_int(json, "starts", r->starts);
    dia_json_int(json, "starts_reached", r->reached);
    dia_json_int(json, "bootstrap", r->bootstrap);
    dia_json_int(json, "bootstrap_failed", r->bootstrap_failed);
}

static void write_discarded_fits(const dia_study_scheme *s, dia_json *json)
{
    dia_json_object(json, "with_discarded");
    for (int way = 1; way < DIA_DISCARDED_WAYS; way++) {
        if (s->discarded[way].scheme.nspecies == 0) { /* not made: none is left out */
            dia_json_null(json, dia_discarded_names[way]);
            continue;
        }
        dia_json_object(json, dia_discarded_names[way]);
        dia_json_text(json, "refused", dia_words_or_null(s->discarded[way].refused));
        if (s->discarded[way].refused[0] == '\0')
            write_quantities(&s->discarded[way], false, json);
        dia_json_end(json);
    }
    dia_json_end(json);
}

static void scheme_json(const dia_study_scheme *s, const dia_record *record, dia_json *json)
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
    write_choice(json, "response_fwhm", f->form.response, DIA_FWHM * f->form.response_width);
    dia_json_text(json, "start", f->form.start_free ? "fit" : "data");
    dia_json_text(json, "refused", dia_words_or_null(f->refused));
    dia_json_array(json, "warnings");
    for (int i = 0; i < f->nwarning; i++)
        dia_json_text(json, NULL, f->warning[i]);
    dia_json_end(json);
    dia_json_real(json, "largest_share_outside", f->uncovered);
    if (f->refused[0] == '\0') {
        write_quantities(f, true, json);
        write_covariance(f, json);
        write_quality(s, json);
        dia_json_reals(json, "time_fs", record->ntime - record->first, 1, record->time + record->first);
        write_series(f, json);
        write_discarded_fits(s, json);
    }
    dia_json_end(json);
}

/* ---- the whole ------------------------------------------------------------------------------- */

void dia_lifetime_page(const dia_analysis *a, FILE *out)
{
    if (a->lifetime.type != NULL) /* an engine that knows no adiabatic populations has none */
        lifetime_page(&a->lifetime, out);
    if (a->lifetime.type != NULL && a->record->rule.amplitudes)
        fprintf(
            out,
            "  NOTE: lifetimes, kinetic schemes and yields follow active states, which are not the populations of this "
            "method\n");
    if (a->record->work != NULL && a->record->first > 0)
        fprintf(out,
                "  NOTE: lifetimes and kinetic schemes begin at %g fs%s (key `since`): light moves populations "
                "otherwise than any "
                "decay\n",
                a->record->time[a->record->first],
                a->record->first == a->record->settled ? ", when the light has done its work" : "");
}

void dia_kinetics_page(const dia_analysis *a, FILE *out)
{
    if (a->study != NULL || a->record->swarm == NULL)
        shapes_page(&a->lifetime, out);
    if (a->study == NULL)
        return;
    discarded_page(a->study, a->record, out);
    for (int i = 0; i < a->study->nscheme; i++)
        scheme_page(&a->study->scheme[i], out);
}

void dia_kinetics_json(const dia_analysis *a, dia_json *json)
{
    if (a->lifetime.type != NULL)
        lifetime_json(&a->lifetime, a->record, json);
    else
        dia_json_null(json, "lifetime");
    shapes_json(&a->lifetime, json);
    if (a->study == NULL)
        return;
    discarded_json(a->study, a->record, json);
    dia_json_array(json, "schemes");
    for (int i = 0; i < a->study->nscheme; i++)
        scheme_json(&a->study->scheme[i], a->record, json);
    dia_json_end(json);
}
