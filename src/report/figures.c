/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the page that are there without scripts: head, numbers, figures. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/html.h"
#include "model/verdict.h"
#include "report/content.h"
#include "report/doctor.h"
#include "report/plot.h"

static const double nowhere = NAN; /* of a line that only the legend shows */
enum { COLOURS = 15, LINES = 32 }; /* colours of the page; most lines of a figure */

static const char *const state_colours[COLOURS] = {
    "var(--s0)", "var(--s1)", "var(--s2)",  "var(--s3)",  "var(--s4)",  "var(--s5)",  "var(--s6)", "var(--s7)",
    "var(--s8)", "var(--s9)", "var(--s10)", "var(--s11)", "var(--s12)", "var(--s13)", "var(--s14)"};
static const char *const state_names[LINES / 2] = {"S0", "S1", "S2",  "S3",  "S4",  "S5",  "S6",  "S7",
                                                   "S8", "S9", "S10", "S11", "S12", "S13", "S14", "S15"};

static int states_drawn(const dia_record *record)
{
    return record->nstate < LINES / 2 ? record->nstate : LINES / 2;
}

/* Part of a path behind the last '/': the page does not show folders of the computer that made it. */
static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

static void write_method(const char *name, FILE *out)
{
    char *method = strdup(name);
    for (char *p = method; p != NULL && *p != '\0'; p++)
        if (*p == '_')
            *p = ' ';
    dia_html_text(out, method != NULL ? method : name);
    free(method);
}

void dia_content_write_head(const dia_content *content, FILE *out)
{
    const dia_record *r = content->analysis->record;
    fputs("<h1>", out);
    dia_html_text(out, base_name(content->analysis->path));
    fputs("</h1>\n<p class=\"lead\">", out);
    if (content->formula[0] != '\0') { /* C2H4: digits below the line */
        for (const char *p = content->formula; *p != '\0'; p++) {
            const char letter[2] = {*p, '\0'};
            const int digit = *p >= '0' && *p <= '9';
            fputs(digit ? "<sub>" : "", out);
            dia_html_text(out, letter);
            fputs(digit ? "</sub>" : "", out);
        }
        fputs(" · ", out);
    }
    const bool exact = dia_content_is_exact(content);
    const dia_exact_head *head = exact ? &content->analysis->exact->result.record->head : NULL;
    if (exact)
        fputs("exact dynamics", out);
    else
        fprintf(out, "%d %s", r->ntrajectory, r->ntrajectory == 1 ? "trajectory" : "trajectories");
    fprintf(out, " of %d %s over %g fs · ", r->nstate, r->nstate == 1 ? "state" : "states", r->time[r->ntime - 1]);
    write_method(exact ? content->analysis->exact->result.engine : r->swarm->method, out);
    fputs(" · model: ", out);
    dia_html_text(out, !exact ? r->swarm->model_type : head->model_type != NULL ? head->model_type : "unknown");
    fputs("</p>\n", out);
}

static void card(FILE *out, const char *title, const char *value, const char *detail)
{
    fputs("<div class=\"card\"><dt>", out);
    dia_html_text(out, title);
    fputs("</dt><dd><strong>", out);
    dia_html_text(out, value);
    fputs("</strong><span>", out);
    dia_html_text(out, detail);
    fputs("</span></dd></div>\n", out);
}

/* Three digits, zeros included: "48.0", "0.310", "1340". */
static void three_digits(double x, size_t size, char *text)
{
    const double a = fabs(x);
    if (a != 0 && (a < 1e-3 || a >= 1e6))
        snprintf(text, size, "%.2e", x);
    else
        snprintf(text, size, "%.*f", a >= 99.95 ? 0 : a >= 9.995 ? 1 : a >= 0.9995 ? 2 : 3, x);
}

static void card_of_lifetime(const dia_lifetime *life, FILE *out)
{
    char title[80], value[80], detail[300];
    if (life->refused[0] != '\0') {
        snprintf(title, sizeof title, "Lifetime of S%d", life->from);
        card(out, title, "no fit", "the reason is given below");
        return;
    }
    for (int p = 0; p < life->type->nparameter; p++) {
        const char *unit = strcmp(life->type->unit[p], "1") == 0 ? "" : life->type->unit[p],
                   *why = life->undetermined[p];
        const bool above = !isnan(life->low[p]), below = !isnan(life->high[p]);
        snprintf(title, sizeof title, "S%d %s", life->from, life->type->parameter[p]);
        for (char *c = title; *c != '\0'; c++)
            if (*c == '_')
                *c = ' ';
        char number[32], low[32], high[32];
        three_digits(life->value[p], sizeof number, number);
        three_digits(life->low[p], sizeof low, low);
        three_digits(life->high[p], sizeof high, high);
        if (why != NULL)
            snprintf(value, sizeof value, "not determined");
        else
            snprintf(value, sizeof value, "%s%s%s", number, unit[0] != '\0' ? " " : "", unit);
        if (above || below)
            snprintf(detail, sizeof detail, "%s%s95 %%: %s%s%s", why != NULL ? why : "", why != NULL ? "; " : "",
                     above && below ? low
                     : above        ? "above "
                                    : "below ",
                     above && below ? " to " : "", below ? high : low);
        else
            snprintf(detail, sizeof detail, "%s", why != NULL ? why : "no interval");
        card(out, title, value, detail);
    }
}

/* Population of one state at the end. */
static void card_of_state(const dia_record *r, int k, FILE *out)
{
    const size_t at = (size_t)(r->ntime - 1) * (size_t)r->nstate + (size_t)k;
    const double *error = r->error[r->own], own = error != NULL ? error[at] : NAN;
    char title[80], value[80], detail[200] = "no error";
    snprintf(title, sizeof title, "S%d at %g fs", k, r->time[r->ntime - 1]);
    snprintf(value, sizeof value, "%.1f %%", 100 * r->population[r->own][at]);
    if (r->swarm == NULL && !isnan(own))
        snprintf(detail, sizeof detail, "converged to %.1g", own);
    else if (!isnan(own))
        snprintf(detail, sizeof detail, "± %.1f %% (1 std. error)", 100 * own);
    card(out, title, value, detail);
}

/* The two states with the largest populations at the end, the lower one first. */
static void cards_at_end(const dia_record *r, FILE *out)
{
    if (r->population[r->own] == NULL)
        return;
    const double *p = r->population[r->own] + (size_t)(r->ntime - 1) * (size_t)r->nstate;
    int first = 0, second = -1;
    for (int k = 1; k < r->nstate; k++)
        if (p[k] > p[first]) {
            second = first;
            first = k;
        } else if (second < 0 || p[k] > p[second]) {
            second = k;
        }
    for (int k = 0; k < r->nstate; k++)
        if (k == first || k == second)
            card_of_state(r, k, out);
}

static void cards_of_exact(const dia_exact_beside *e, FILE *out)
{
    char value[80], detail[600];
    const double change = dia_exact_beside_change(e);
    snprintf(value, sizeof value, "%.1g", change);
    snprintf(detail, sizeof detail, "largest change of a population in the tests; engine %s", e->result.engine);
    card(out, "Converged to", isnan(change) ? "not tested" : value, detail);
    snprintf(value, sizeof value, "%.1g", e->result.norm_drift);
    if (!isnan(e->result.norm_drift))
        card(out, "Norm", value, "largest change, what was absorbed included");
}

static void card_of_deviation(const dia_exact_beside *e, dia_population own, int nstate, FILE *out)
{
    const dia_deviation *worst = e->deviation[own];
    char value[80], detail[800];
    if (worst == NULL)
        return;
    for (int k = 1; k < nstate; k++)
        if (e->deviation[own][k].most > worst->most)
            worst = &e->deviation[own][k];
    snprintf(value, sizeof value, "%+.3f", worst->largest);
    snprintf(detail, sizeof detail, "largest, S%d at %g fs; at most %.1f errors", worst->state, worst->largest_time,
             worst->most);
    card(out, "Swarm minus exact", value, detail);
}

static void card_of_light(const dia_record *r, FILE *out)
{
    char value[80], detail[200];
    if (r->work == NULL)
        return;
    const double error = r->work_error[r->ntime - 1] / DIA_EV;
    snprintf(value, sizeof value, "%.3f eV", r->work[r->ntime - 1] / DIA_EV);
    if (isnan(error))
        snprintf(detail, sizeof detail, "a trajectory");
    else
        snprintf(detail, sizeof detail, "a trajectory; ± %.3f eV (1 std. error)", error);
    card(out, "Energy from light", value, detail);
}

static void cards_of_swarm(const dia_analysis *a, FILE *out)
{
    char value[80], detail[800];
    snprintf(value, sizeof value, "%d", a->hops.total[DIA_ACCEPTED]);
    int length = snprintf(detail, sizeof detail, "and %d frustrated", a->hops.total[DIA_FRUSTRATED]);
    if (a->record->work != NULL)
        snprintf(detail + length, sizeof detail - (size_t)length, "; %d of them by light", a->hops.total[DIA_BY_LIGHT]);
    card(out, "Hops", value, detail);
    card_of_light(a->record, out);
    if (a->conservation.count > 0) {
        snprintf(value, sizeof value, "%.2g meV", a->conservation.median * 1000 / DIA_EV);
        snprintf(detail, sizeof detail, "median; worst %.3g meV (trajectory %lld)", a->conservation.max * 1000 / DIA_EV,
                 (long long)a->conservation.worst);
        card(out, "Energy drift", value, detail);
    }
}

/* "pass; 8 tests passed" */
static const char *verdict_word(const char *summary)
{
    return summary == NULL                    ? "not examined"
           : strncmp(summary, "pass", 4) == 0 ? "passed"
           : strncmp(summary, "fail", 4) == 0 ? "failed"
                                              : "examined";
}

static void cards_of_model(const dia_content *content, FILE *out)
{
    const dia_record *r = content->analysis->record;
    const dia_trust *trust = &content->trust;
    const char *summary = trust->verdict != NULL ? dia_doctor_verdict(trust->verdict) : NULL;
    char value[80], detail[80];
    for (dia_remark line = dia_remark_first(r->swarm->model_note); line.text != NULL && summary == NULL;
         line = dia_remark_next(line))
        if (line.verdict)
            summary = line.text;
    card(out, "Check of the model", verdict_word(summary), "by diabolo check");
    if (trust->outside > 0) {
        snprintf(value, sizeof value, "%.1f %%", 100.0 * trust->outside / r->ntrajectory);
        snprintf(detail, sizeof detail, "of the trajectories: %d of %d", trust->outside, r->ntrajectory);
        card(out, "Extrapolated", value, detail);
    }
    if (trust->uncertain > 0) {
        snprintf(value, sizeof value, "%.1f %%", 100.0 * trust->uncertain / r->ntrajectory);
        snprintf(detail, sizeof detail, "of the trajectories: %d of %d", trust->uncertain, r->ntrajectory);
        card(out, "Committee uncertain", value, detail);
    }
}

/* A row of cards, or two rows of about as many. */
void dia_content_write_columns(const dia_content *content, FILE *out)
{
    enum { ONE_ROW = 7 };
    char *text = NULL;
    size_t size = 0;
    int cards = 0;
    FILE *memory = open_memstream(&text, &size);
    if (memory != NULL) {
        dia_content_write_cards(content, memory);
        fclose(memory);
    }
    for (const char *p = text; p != NULL && (p = strstr(p, "<dt>")) != NULL; p++)
        cards++;
    fprintf(out, "%d", cards <= ONE_ROW ? ONE_ROW : (cards + 1) / 2);
    free(text);
}

void dia_content_write_notes(const dia_content *content, FILE *out)
{
    const dia_record *r = content->analysis->record;
    const dia_trust *trust = &content->trust;
    if (dia_content_is_exact(content))
        return;
    if (r->swarm->partial != NULL)
        fprintf(out, "<p class=\"note\">A part of a swarm: shards are missing, %s</p>\n", r->swarm->partial);
    if (r->swarm->shard != NULL)
        fprintf(out, "<p class=\"note\">A shard of a swarm, %s</p>\n", r->swarm->shard);
    for (dia_remark line = dia_remark_first(r->swarm->model_note); line.text != NULL; line = dia_remark_next(line)) {
        char *text = line.verdict ? NULL : strndup(line.text, (size_t)line.length);
        if (text != NULL) {
            fputs("<p class=\"note\">The model: ", out);
            dia_html_text(out, text);
            fputs("</p>\n", out);
        }
        free(text);
    }
    if (trust->outside > 0) {
        fprintf(out,
                "<p class=\"note\">%d of %d trajectories were outside the region of the model's training data, at most "
                "%.1f %% of the time flown",
                trust->outside, r->ntrajectory, 100 * trust->outside_share);
        if (r->swarm->first_outside != NULL) {
            fputs(". The first: ", out);
            dia_html_text(out, r->swarm->first_outside);
        }
        fputs("</p>\n", out);
    }
}

void dia_content_write_cards(const dia_content *content, FILE *out)
{
    const dia_analysis *a = content->analysis;
    const dia_record *r = a->record;
    const bool exact = dia_content_is_exact(content);
    char value[80], detail[800];
    if (!exact) {
        snprintf(value, sizeof value, "%d", r->ncounted);
        snprintf(detail, sizeof detail, "of %d count, %d left out", r->ntrajectory, r->ntrajectory - r->ncounted);
        card(out, "Trajectories", value, r->ncounted == r->ntrajectory ? "all count" : detail);
    }
    if (a->lifetime.type != NULL)
        card_of_lifetime(&a->lifetime, out);
    cards_at_end(r, out);
    if (exact)
        cards_of_exact(a->exact, out);
    else
        cards_of_swarm(a, out);
    if (!exact)
        cards_of_model(content, out);
    if (!exact && a->exact != NULL)
        card_of_deviation(a->exact, r->own, r->nstate, out);
}

/* The lines of one kind of population, one for each state; returns how many lines there are then. */
static int add_states(const dia_record *r, const double *y, const dia_plot_line *look, const double *error, int n,
                      dia_plot_line *line)
{
    for (int k = 0; y != NULL && k < states_drawn(r); k++) {
        line[n] = *look;
        line[n].label = look->label != NULL ? state_names[k] : NULL;
        line[n].colour = state_colours[k % COLOURS];
        line[n].y = y + k;
        line[n].error = error != NULL ? error + k : NULL;
        line[n++].stride = r->nstate;
    }
    return n;
}

void dia_content_write_populations(const dia_content *content, FILE *out)
{
    const dia_analysis *a = content->analysis;
    const dia_record *r = a->record;
    const bool alone = r->swarm == NULL, adiabatic = r->population[DIA_POPULATION_ACTIVE] != NULL;
    const double *exact = !alone && a->exact != NULL ? a->exact->population[DIA_POPULATION_ACTIVE] : NULL;
    const dia_plot_line solid = {.label = "state", .width = 2.2, .band = 2},
                        dashed = {.label = adiabatic ? NULL : "state", .dash = "6 4", .width = 1.3},
                        dotted = {.dash = "2 3.5", .width = 3};
    dia_plot_line line[3 * LINES / 2 + 2] = {{0}};
    const dia_population other = alone                                 ? DIA_POPULATION_DIABATIC
                                 : r->own == DIA_POPULATION_ELECTRONIC ? DIA_POPULATION_ACTIVE
                                                                       : DIA_POPULATION_ELECTRONIC;
    int n = add_states(r, r->population[r->own], &solid, r->error[r->own], 0, line);
    n = add_states(r, r->population[other], &dashed, NULL, n, line);
    if (exact != NULL) {
        n = add_states(r, exact, &dotted, NULL, n, line);
        line[n++] = (dia_plot_line){.label = "exact",
                                    .colour = "var(--ink)",
                                    .dash = dotted.dash,
                                    .width = dotted.width,
                                    .y = &nowhere,
                                    .stride = 0};
    }
    if (a->lifetime.curve != NULL && a->lifetime.first == 0) /* later it is of those that are in the state then */
        line[n++] = (dia_plot_line){
            .label = "fit", .colour = "var(--ink)", .dash = "2 3", .width = 1.8, .y = a->lifetime.curve, .stride = 1};
    const bool amplitudes = r->own == DIA_POPULATION_ELECTRONIC;
    double low = 0.0, high = 1.0; /* those from amplitudes may be outside */
    for (int i = 0; i < r->ntime * r->nstate && r->population[r->own] != NULL; i++) {
        low = fmin(low, r->population[r->own][i]);
        high = fmax(high, r->population[r->own][i]);
    }
    char title[200];
    snprintf(title, sizeof title,
             "Populations against time: %s (solid, band of two standard errors), %s (dashed), %sfit (dotted)",
             amplitudes ? "from amplitudes" : "share of active states",
             amplitudes ? "share of active states" : "mean |c|²", exact != NULL ? "exact (dots), " : "");
    const dia_plot plot = {
        .title = alone && adiabatic
                     ? "Exact populations against time: adiabatic (solid), diabatic (dashed), fit (dotted)"
                 : alone ? "Exact populations of the diabatic states against time (dashed)"
                         : title,
        .x_label = "time / fs",
        .y_label = "population",
        .n = r->ntime,
        .x = r->time,
        .low = low,
        .high = high,
        .nline = n,
        .line = line};
    dia_plot_write(out, &plot);
}

void dia_content_write_energies(const dia_content *content, FILE *out)
{
    const dia_record *r = content->analysis->record;
    const dia_energies *e = &content->energies;
    dia_plot_line line[LINES] = {{0}};
    int n = 0;
    for (int k = 0; e->state != NULL && k < states_drawn(r); k++)
        line[n++] = (dia_plot_line){.label = state_names[k],
                                    .colour = state_colours[k % COLOURS],
                                    .width = 1.8,
                                    .y = e->state + k,
                                    .stride = e->nstate};
    const bool exact = dia_content_is_exact(content);
    if (e->potential != NULL)
        line[n++] = (dia_plot_line){.label = exact ? "potential" : "active",
                                    .colour = "var(--ink)",
                                    .dash = "2 3",
                                    .width = 2.2,
                                    .y = e->potential,
                                    .stride = 1};
    if (e->total != NULL)
        line[n++] = (dia_plot_line){.label = "total", .colour = "var(--ink)", .width = 1.4, .y = e->total, .stride = 1};
    if (e->work != NULL)
        line[n++] = (dia_plot_line){
            .label = "from light", .colour = "var(--s3)", .dash = "6 3", .width = 1.8, .y = e->work, .stride = 1};
    const dia_plot plot = {.title = exact ? "Mean energies against time" : "Mean energies of the swarm against time",
                           .x_label = "time / fs",
                           .y_label = "mean energy / eV",
                           .n = r->ntime,
                           .x = r->time,
                           .low = NAN,
                           .high = NAN,
                           .nline = n,
                           .line = line};
    dia_plot_write(out, &plot);
}

/* Decimal logarithms; what is below a tenth of the page's resolution, and the zero at the start, is left out. */
static double *logarithms(int n, const double *y)
{
    double *l = dia_allocate((size_t)n, sizeof *l);
    for (int i = 0; l != NULL && i < n; i++)
        l[i] = y[i] > 1e-5 ? log10(y[i]) : NAN;
    return l;
}

void dia_content_write_drift(const dia_content *content, FILE *out)
{
    static const char *const names[DIA_DRIFT_CURVES] = {"median", "90 %", "largest"};
    static const char *const colours[DIA_DRIFT_CURVES] = {"var(--s0)", "var(--s4)", "var(--s1)"};
    const dia_energies *e = &content->energies;
    dia_plot_line line[DIA_DRIFT_CURVES] = {{0}};
    double *y[DIA_DRIFT_CURVES];
    int n = 0;
    if (dia_content_is_exact(content))
        return;
    for (int q = 0; q < DIA_DRIFT_CURVES; q++)
        if ((y[q] = logarithms(e->ntime, e->drift[q])) != NULL)
            line[n++] = (dia_plot_line){.label = names[q], .colour = colours[q], .width = 1.8, .y = y[q], .stride = 1};
    const dia_plot plot = {.title = "Change of the total energy of the trajectories against time",
                           .x_label = "time / fs",
                           .y_label = "|E(t) − E(0)| / meV",
                           .n = e->ntime,
                           .x = content->analysis->record->time,
                           .low = NAN,
                           .high = NAN,
                           .decades = true,
                           .nline = n,
                           .line = line};
    dia_plot_write(out, &plot);
    for (int q = 0; q < DIA_DRIFT_CURVES; q++)
        free(y[q]);
}
