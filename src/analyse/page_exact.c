/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact dynamics on the page and in JSON (docs/analyse.md): alone, or beside a swarm. Energies in eV, as the key says. */
#include <math.h>
#include <stdio.h>

#include "analyse/page.h"

enum { ROWS = 10 }; /* lines of a table against time */

/* ---- beside a swarm -------------------------------------------------------------------------- */

#define OF(member, ...) DIA_MEMBER_OF(dia_deviation, member, __VA_ARGS__)
static const dia_member deviation_members[] = {
    OF(state, DIA_MEMBER_INT, .key = "state"),
    OF(largest, DIA_MEMBER_REAL, .key = "largest", .heading = "largest", .width = 9, .digits = 4),
    OF(largest_error, DIA_MEMBER_REAL, .key = "largest_error", .heading = "error", .width = 7, .digits = 4),
    OF(largest_time, DIA_MEMBER_REAL, .key = "largest_time_fs", .heading = "at/fs", .width = 8, .digits = 2),
    OF(most, DIA_MEMBER_REAL, .key = "most_errors", .heading = "most errors", .width = 12, .digits = 1),
    OF(most_time, DIA_MEMBER_REAL, .key = "most_errors_time_fs", .heading = "at/fs", .width = 8, .digits = 2),
    OF(mean, DIA_MEMBER_REAL, .key = "mean", .heading = "mean", .width = 9, .digits = 4),
    OF(mean_error, DIA_MEMBER_REAL, .key = "mean_error", .heading = "error", .width = 7, .digits = 4),
    OF(rms, DIA_MEMBER_REAL, .key = "rms", .heading = "rms", .width = 8, .digits = 4),
    OF(beyond, DIA_MEMBER_REAL, .key = "beyond_two_errors"),
    OF(beyond, DIA_MEMBER_REAL, .scale = 0.01, .heading = "beyond 2 errors/%", .width = 18),
    {0}};
#undef OF

static void engine_line(const dia_exact_beside *e, FILE *out)
{
    const double change = dia_exact_beside_change(e);
    fprintf(out, "engine %s", e->result.engine);
    if (isnan(change))
        fprintf(out, ", convergence not tested");
    else
        fprintf(out, ", converged to %.2g", change);
}

void dia_deviation_page(const dia_analysis *a, FILE *out)
{
    const dia_exact_beside *e = a->exact;
    if (e == NULL)
        return;
    fprintf(out, "\nSwarm minus exact: %s, ", e->path);
    engine_line(e, out);
    fprintf(out, "\n  %-16s", "");
    dia_members_heading(deviation_members, out);
    fputc('\n', out);
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++)
        for (int k = 0; e->deviation[kind] != NULL && k < a->record->nstate; k++) {
            fprintf(out, "  %-11s%c%-4d", k == 0 ? dia_population_names[kind] : "",
                    kind == DIA_POPULATION_DIABATIC ? 'D' : 'S', k);
            dia_members_line(deviation_members, &e->deviation[kind][k], out);
            fputc('\n', out);
        }
    fprintf(out,
            "  error: one standard error, with the change of the exact one in its tests of convergence; that of the "
            "mean is at most what is given\n");
    if (e->note[0] != '\0')
        fprintf(out, "  NOTE: %s\n", e->note);
}

/* ---- alone ----------------------------------------------------------------------------------- */

void dia_exact_head_page(const dia_analysis *a, FILE *out)
{
    const dia_record *r = a->record;
    const dia_exact_head *head = &a->exact->result.record->head;
    fprintf(out, "%s: exact dynamics, %d states, 0 to %g fs in %d samples; model '%s', ", a->path, r->nstate,
            r->time[r->ntime - 1], r->ntime, head->model_type != NULL ? head->model_type : "unknown");
    engine_line(a->exact, out);
    fprintf(out, "\n  %s\n", a->exact->result.settings);
    if (head->model_note != NULL)
        fprintf(out, "  NOTE: %s\n", head->model_note);
}

static void means_page(const dia_record *r, const dia_exact_record *e, FILE *out)
{
    const bool energies = e->energy != NULL && e->kinetic != NULL,
               places = e->position != NULL && e->position_width != NULL;
    const int steps = r->ntime - 1 < ROWS ? r->ntime - 1 : ROWS, shown = e->ncart < 3 ? e->ncart : 3;
    if (e->norm == NULL)
        return;
    fprintf(out, "\nMean values of what is left%s\n  time/fs      norm", e->absorbed != NULL ? " (not absorbed)" : "");
    if (energies)
        fprintf(out, "   energy/eV  kinetic/eV");
    for (int c = 0; places && c < shown; c++)
        fprintf(out, "  coordinate %d/bohr, width", c);
    fputc('\n', out);
    for (int i = 0; i <= steps; i++) {
        const int t = dia_record_sample(r, i, steps);
        fprintf(out, "  %7.2f  %8.6f", r->time[t], e->norm[t]);
        if (energies)
            fprintf(out, "  %10.5f  %10.5f", e->energy[t] / DIA_EV, e->kinetic[t] / DIA_EV);
        for (int c = 0; places && c < shown; c++)
            fprintf(out, "  %16.5f  %7.4f", e->position[t * e->ncart + c], e->position_width[t * e->ncart + c]);
        fputc('\n', out);
    }
    if (shown < e->ncart && places)
        fprintf(out, "  ... and %d more coordinates (all of them with --json)\n", e->ncart - shown);
}

/* First moment, and where it is highest. */
static void spectrum_page(const dia_exact_record *e, FILE *out)
{
    if (e->spectrum == NULL || e->spectrum_energy == NULL || e->points < 2)
        return;
    double area = 0.0, mean = 0.0;
    int64_t highest = 0;
    for (int64_t i = 0; i < e->points; i++) {
        area += e->spectrum[i];
        mean += e->spectrum[i] * e->spectrum_energy[i];
        highest = e->spectrum[i] > e->spectrum[highest] ? i : highest;
    }
    fprintf(out, "\nAbsorption spectrum: mean %.4f eV, highest at %.4f eV (curve with --json)\n", mean / area / DIA_EV,
            e->spectrum_energy[highest] / DIA_EV);
}

static void autocorrelation_page(const dia_exact_record *e, FILE *out)
{
    if (e->overlap == NULL || e->overlap_time == NULL || e->overlaps < 3)
        return;
    double lowest = INFINITY, highest = 0.0, when = NAN; /* the largest return after the first minimum */
    bool rising = false;
    for (int64_t k = 1; k < e->overlaps; k++) {
        const double size = hypot(e->overlap[2 * k], e->overlap[2 * k + 1]);
        rising = rising || size > lowest;
        lowest = fmin(lowest, size);
        if (rising && size > highest) {
            highest = size;
            when = e->overlap_time[k];
        }
    }
    fprintf(out, "\nOverlap with the start: lowest |<0|t>| %.4f", lowest);
    if (highest > 0.01)
        fprintf(out, "; largest return %.4f at %g fs", highest, when);
    fprintf(out, " (curve with --json)\n");
}

static void trust_page(const dia_exact_result *r, FILE *out)
{
    fprintf(out, "\nCan it be trusted?\n");
    if (!isnan(r->norm_drift))
        fprintf(out, "  norm changed by %.2g\n", r->norm_drift);
    if (!isnan(r->energy_drift))
        fprintf(out, "  energy changed by %.3g meV\n", 1e3 / DIA_EV * r->energy_drift);
    for (int i = 0; i < r->changes; i++)
        fprintf(out, "  populations changed by at most %.2g with %s\n", r->change[i], r->change_what[i]);
    if (r->changes == 0)
        fprintf(out, "  convergence was not tested (exact.convergence: true)\n");
}

void dia_exact_page(const dia_analysis *a, FILE *out)
{
    const dia_exact_record *e = a->exact->result.record;
    means_page(a->record, e, out);
    autocorrelation_page(e, out);
    spectrum_page(e, out);
    trust_page(&a->exact->result, out);
    fprintf(out, "\nThere are no trajectories: no hops, fates, standard errors, kinetic schemes or product classes.\n");
}

/* ---- JSON ------------------------------------------------------------------------------------ */

static void populations_json(const dia_analysis *a, dia_json *json)
{
    const dia_exact_beside *e = a->exact;
    dia_json_object(json, "populations");
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++) {
        if (e->population[kind] == NULL || kind == DIA_POPULATION_ELECTRONIC)
            continue;
        dia_json_object(json, dia_population_names[kind]);
        dia_states_json(json, "value", a->record, e->population[kind]);
        dia_states_json(json, "error", a->record, e->error[kind]);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_object(json, "deviation");
    for (int kind = 0; kind < DIA_POPULATION_KINDS; kind++)
        if (e->deviation[kind] != NULL) {
            const dia_rows rows = DIA_ROWS(e->deviation[kind], a->record->nstate);
            dia_rows_json(deviation_members, &rows, dia_population_names[kind], json);
        }
    dia_json_end(json);
    dia_json_text(json, "note", dia_words_or_null(e->note));
}

#define OF(member, text, ...)                                                                                          \
    DIA_MEMBER_OF(dia_exact_record, member, DIA_MEMBER_REAL, .shape = text, .key = __VA_ARGS__)
static const dia_member mean_members[] = {OF(norm, "T", "norm"),
                                          OF(energy, "T", "energy_ev", .scale = DIA_EV),
                                          OF(potential, "T", "potential_ev", .scale = DIA_EV),
                                          OF(kinetic, "T", "kinetic_ev", .scale = DIA_EV),
                                          OF(position, "Tc", "position_bohr", .across = true),
                                          OF(position_width, "Tc", "position_width_bohr", .across = true),
                                          OF(momentum, "Tc", "momentum", .across = true),
                                          OF(momentum_width, "Tc", "momentum_width", .across = true),
                                          {0}};
static const dia_member overlap_members[] = {
    OF(overlap_time, "K", "time_fs"), OF(overlap, "K2", "value", .across = true), {0}};
static const dia_member spectrum_members[] = {OF(spectrum_energy, "M", "energy_ev", .scale = DIA_EV),
                                              OF(spectrum, "M", "intensity_per_ev", .scale = 1.0 / DIA_EV),
                                              {0}};
#undef OF

static void curves_json(const dia_exact_record *e, dia_json *json)
{
    const dia_extents extents = {.of = {['T'] = (size_t)e->samples,
                                        ['c'] = (size_t)e->ncart,
                                        ['K'] = (size_t)e->overlaps,
                                        ['M'] = (size_t)e->points}};
    dia_json_object(json, "means");
    if (e->norm != NULL)
        dia_members_json(mean_members, e, &extents, json);
    dia_json_end(json);
    if (e->overlap != NULL && e->overlap_time != NULL) {
        dia_json_object(json, "autocorrelation");
        dia_members_json(overlap_members, e, &extents, json);
        dia_json_end(json);
    }
    if (e->spectrum != NULL && e->spectrum_energy != NULL) {
        dia_json_object(json, "spectrum");
        dia_members_json(spectrum_members, e, &extents, json);
        dia_json_end(json);
    }
}

void dia_exact_json(const dia_analysis *a, dia_json *json)
{
    const dia_exact_result *r = &a->exact->result;
    dia_json_object(json, "exact");
    dia_json_text(json, "file", a->exact->path);
    dia_json_text(json, "engine", r->engine);
    dia_json_text(json, "settings", r->settings);
    dia_json_real(json, "norm_drift", r->norm_drift);
    dia_json_real(json, "energy_drift_mev", 1e3 / DIA_EV * r->energy_drift);
    dia_json_array(json, "convergence");
    for (int i = 0; i < r->changes; i++) {
        dia_json_object(json, NULL);
        dia_json_text(json, "what", r->change_what[i]);
        dia_json_real(json, "change", r->change[i]);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_outcomes_json(a->exact_outcomes, a->nexact_outcome, a->record->nstate, json);
    if (a->record->swarm != NULL)
        populations_json(a, json);
    curves_json(r->record, json);
    dia_json_end(json);
}
