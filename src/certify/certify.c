/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "certify/certify.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/machine.h"
#include "base/number.h"
#include "model/registry.h"
#include "swarm/plan.h"

enum { SETS = 64, OWN_SETS = 16 }; /* changes of an input; of them those of a case, a method, the step and the number */

typedef struct work { /* of a call */
    const dia_certify_request *request;
    const dia_control *outer;
    dia_control inner; /* hands messages on, with what is being done in front */
    dia_certificate *certificate;
    double done, before, total; /* runs, of the swarm or exact */
    char now[400];              /* "tully-1-k10, fewest_switches" */
    char told[1000];            /* the last warning */
    bool counted;               /* the fraction of this run is shown */
} work;

/* ---- messages -------------------------------------------------------------------------------- */

static void hear_progress(void *context, const dia_progress_state *state)
{
    const work *w = context;
    const double part = w->counted && state->total > 0.0 ? state->done / state->total : 0.0;
    const dia_progress_state own = {.what = "certifying",
                                    .done = fmin(w->done + 0.99 * part, w->total - 0.01),
                                    .total = w->total,
                                    .before = w->before,
                                    .note = w->now};
    dia_control_progress(w->outer, &own);
}

static void hear_warning(void *context, const char *text)
{
    work *w = context;
    if (strncmp(w->told, text, sizeof w->told - 1) == 0)
        return; /* the same of the run before */
    snprintf(w->told, sizeof w->told, "%s", text);
    dia_control_warn(w->outer, "%s: %s", w->now, text);
}

/* A run is finished; `complete`: it was there already. */
static void count(work *w, bool complete)
{
    w->done += 1.0;
    w->before += complete && w->before == w->done - 1.0 ? 1.0 : 0.0;
    w->counted = false;
    hear_progress(w, &(dia_progress_state){.total = 0.0});
}

/* ---- inputs ---------------------------------------------------------------------------------- */

typedef struct sets { /* changes of an input */
    int n;
    const char *set[SETS];
    char trajectories[60], step[80];
} sets;

static void push(sets *s, const char *text)
{
    assert(s->n < SETS);
    s->set[s->n++] = text;
}

static const dia_certify_case *find_case(const char *name)
{
    for (const dia_certify_case *c = dia_certify_cases; c->name != NULL; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

/* The input of a case with its changes, those of a method (NULL: none) and the timestep (0: as it is). */
static dia_input input_of(const work *w, const char *name, const dia_certify_method *method, double timestep, sets *s)
{
    const dia_certify_case *known = find_case(name);
    dia_input input = {.path = known == NULL ? name : NULL};
    int trajectories = w->request->trajectories;
    s->n = 0;
    if (known != NULL) {
        input.text = dia_model_text_find(dia_model_inputs, known->input)->text;
        for (int i = 0; known->set[i] != NULL; i++)
            push(s, known->set[i]);
        trajectories = trajectories > 0 ? trajectories : DIA_CERTIFY_TRAJECTORIES;
    }
    for (int i = 0; i < w->request->nset; i++)
        push(s, w->request->set[i]);
    if (trajectories > 0) {
        snprintf(s->trajectories, sizeof s->trajectories, "initial.trajectories=%d", trajectories);
        push(s, s->trajectories);
    }
    for (int i = 0; method != NULL && i < method->nset; i++)
        push(s, method->set[i]);
    if (timestep > 0.0) {
        const int n = snprintf(s->step, sizeof s->step, "dynamics.timestep=");
        dia_quantity_text(timestep, DIA_TIME, sizeof s->step - (size_t)n, s->step + n);
        push(s, s->step);
    }
    input.nset = s->n;
    input.set = s->set;
    return input;
}

/* DIRECTORY/CASE-STEM.h5; false: too long. */
static bool path_of(const work *w, const char *name, const char *stem, const char *end, size_t size, char *path)
{
    return (size_t)snprintf(path, size, "%s/%s-%s%s.h5", w->request->directory, name, stem, end) < size;
}

/* ---- a cell ---------------------------------------------------------------------------------- */

static bool is_answer(dia_status status) /* that a method gives: it does not work here */
{
    return status == DIA_ERROR_INPUT || status == DIA_ERROR_UNSUPPORTED || status == DIA_ERROR_NUMERIC;
}

/* Flies a plan into its file; another result of that name is replaced. */
static dia_status fly(work *w, const dia_run_plan *plan, dia_run_result *result, dia_error *error)
{
    dia_run_flags flags = {0};
    dia_error first = {0};
    dia_status status = dia_run_plan_fly(plan, &flags, &w->inner, result, &first);
    if (status == DIA_OK)
        return status;
    if (status != DIA_ERROR_INPUT || access(dia_run_plan_path(plan), F_OK) != 0)
        return dia_error_set(error, status, "%s", first.text);
    flags.fresh = true;
    return dia_run_plan_fly(plan, &flags, &w->inner, result, error);
}

/* One swarm: what its trajectories do, x (n, m). */
static dia_status fly_one(work *w, const char *name, const dia_certify_row *row, const dia_certify_method *method,
                          bool half, int *n, double **x, dia_error *error)
{
    char path[4096];
    sets s;
    dia_run_plan *plan = NULL;
    dia_run_result result = {0};
    dia_input input = input_of(w, name, method, half ? 0.5 * row->timestep : 0.0, &s);
    const bool whole = row->target.what == DIA_COMPARED_DIABATIC || method->whole;
    push(&s, whole ? "output.trajectories=true" : "output.trajectories=false");
    input.nset = s.n;
    if (!path_of(w, row->name, method->stem, half ? "-half" : "", sizeof path, path))
        return dia_error_set(error, DIA_ERROR_FILE, "%s: the name is too long", w->request->directory);
    input.output = path;
    w->counted = true;
    dia_status status = dia_run_plan_prepare(&plan, &input, NULL, &w->inner, error);
    if (status == DIA_OK)
        status = fly(w, plan, &result, error);
    if (status == DIA_OK)
        status = dia_observe(&row->target, path, plan->model, n, x, error);
    dia_run_plan_free(plan);
    if (status == DIA_OK || is_answer(status))
        count(w, result.complete);
    return status;
}

/* The largest difference among the numbers at the end. */
static void compare_end(const dia_target *target, int n, const double *x, dia_certify_cell *cell)
{
    const int m = target->m, last = target->what == DIA_COMPARED_OUTCOMES ? m : target->nstate;
    cell->end = cell->end_error = NAN;
    for (int i = 0; i < last; i++) {
        double sum = 0.0, squares = 0.0, number = 0.0;
        for (int j = 0; j < n; j++) {
            const double value = x[(size_t)j * (size_t)m + (size_t)(m - last + i)];
            if (isnan(value))
                continue;
            number += 1.0;
            sum += value;
            squares += value * value;
        }
        const double mean = sum / number, difference = mean - target->value[m - last + i];
        if (!isnan(cell->end) && !(fabs(difference) > fabs(cell->end)))
            continue;
        cell->largest = i;
        cell->end = difference;
        cell->end_error = sqrt(fmax(0.0, squares / number - mean * mean) / (number - 1.0));
    }
}

static dia_status compare(const dia_target *target, int n, const double *x, double *other, dia_certify_cell *cell,
                          dia_error *error)
{
    const size_t size = (size_t)n * (size_t)target->m;
    dia_status status =
        dia_certify_deviation_compute(&cell->deviation, n, target->m, x, target->value, target->weight, error);
    compare_end(target, n, x, cell);
    cell->left_out = n - cell->deviation.n;
    for (size_t i = 0; i < size; i++)
        other[i] -= x[i];
    if (status == DIA_OK)
        status = dia_certify_deviation_compute(&cell->change, n, target->m, other, NULL, target->weight, error);
    return status;
}

static dia_status fill_cell(work *w, const char *name, const dia_certify_row *row, int m, dia_error *error)
{
    const dia_certify_method *method = &w->certificate->method[m];
    dia_certify_cell *cell = &row->cell[m];
    double *x = NULL, *half = NULL;
    int n = 0, nhalf = 0;
    dia_error reason = {0};
    const double begun = w->done;
    snprintf(w->now, sizeof w->now, "%s, %s", row->name, method->label);
    dia_status status = fly_one(w, name, row, method, false, &n, &x, &reason);
    if (status == DIA_OK)
        status = fly_one(w, name, row, method, true, &nhalf, &half, &reason);
    if (status == DIA_OK)
        status = compare(&row->target, n < nhalf ? n : nhalf, x, half, cell, &reason);
    free(x);
    free(half);
    if (status == DIA_OK)
        return status;
    if (!is_answer(status))
        return dia_error_set(error, status, "%s", reason.text);
    snprintf(cell->reason, sizeof cell->reason, "%.*s", (int)sizeof cell->reason - 1, reason.text);
    while (w->done < begun + 2.0)
        count(w, false);
    return DIA_OK;
}

/* ---- a case ---------------------------------------------------------------------------------- */

/* The exact dynamics; another result of that name is replaced. */
static dia_status solve(work *w, const char *name, dia_certify_row *row, bool stops, dia_error *error)
{
    char path[4096];
    sets s;
    dia_exact_result exact = {0};
    dia_error first = {0};
    dia_input input = input_of(w, name, NULL, 0.0, &s);
    snprintf(w->now, sizeof w->now, "%s, exact", row->name);
    if (!path_of(w, row->name, "exact", "", sizeof path, path))
        return dia_error_set(error, DIA_ERROR_FILE, "%s: the name is too long", w->request->directory);
    input.output = path;
    hear_progress(w, &(dia_progress_state){.total = 0.0});
    dia_status status = dia_exact(&input, false, &w->inner, &exact, &first);
    if (status == DIA_ERROR_INPUT && access(path, F_OK) == 0) {
        dia_exact_close(&exact);
        status = dia_exact(&input, true, &w->inner, &exact, error);
    } else if (status != DIA_OK) {
        dia_error_set(error, status, "%s", first.text);
    }
    if (status == DIA_OK) {
        snprintf(row->engine, sizeof row->engine, "%s", exact.engine);
        snprintf(row->settings, sizeof row->settings, "%s", exact.settings);
        status = dia_target_make(&row->target, &exact, stops, error);
    }
    if (status == DIA_OK)
        count(w, exact.complete);
    dia_exact_close(&exact);
    return status;
}

/* Reads the input of a case. */
static dia_status open_case(work *w, const char *name, dia_certify_row *row, bool *stops, dia_error *error)
{
    sets s;
    dia_run_plan *plan = NULL;
    const dia_input input = input_of(w, name, NULL, 0.0, &s);
    const dia_certify_case *known = find_case(name);
    row->differs = known != NULL ? known->differs : "";
    dia_status status = dia_run_plan_prepare(&plan, &input, NULL, &w->inner, error);
    if (status == DIA_OK && (dia_run_plan_method(plan)[0] != '\0' || plan->until != NULL))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: a certificate flies all methods itself, each with the same number of trajectories; "
                               "leave this block out",
                               plan->until != NULL ? "until" : "methods");
    if (status != DIA_OK) {
        dia_run_plan_free(plan);
        return status;
    }
    snprintf(row->model, sizeof row->model, "%s", dia_model_name(plan->model));
    row->timestep = plan->dynamics.timestep;
    row->duration = (double)plan->flight.steps * row->timestep;
    row->trajectories = (int)plan->flight.count;
    *stops = plan->dynamics.stops != NULL;
    dia_run_plan_free(plan);
    return DIA_OK;
}

/* The name of a user's input without folder and ending. */
static void set_name(dia_certify_row *row, const char *name)
{
    const char *slash = find_case(name) == NULL ? strrchr(name, '/') : NULL, *from = slash != NULL ? slash + 1 : name,
               *dot = find_case(name) == NULL ? strrchr(from, '.') : NULL;
    const size_t length = dot != NULL && dot > from ? (size_t)(dot - from) : strlen(from);
    snprintf(row->name, sizeof row->name, "%.*s", (int)(length < 100 ? length : 100), from);
}

static dia_status certify_case(work *w, const char *name, dia_certify_row *row, dia_error *error)
{
    dia_error reason = {0};
    bool stops = false;
    const double begun = w->done;
    set_name(row, name);
    snprintf(w->now, sizeof w->now, "%s", row->name);
    row->cell = dia_allocate((size_t)w->certificate->nmethod, sizeof *row->cell);
    if (row->cell == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a certificate");
    dia_status status = open_case(w, name, row, &stops, &reason);
    if (status == DIA_OK)
        status = solve(w, name, row, stops, &reason);
    if (status != DIA_OK && is_answer(status) && w->certificate->ncase > 1) { /* another case may still work */
        snprintf(row->reason, sizeof row->reason, "%.*s", (int)sizeof row->reason - 1, reason.text);
        while (w->done < begun + 1.0 + 2.0 * w->certificate->nmethod)
            count(w, false);
        return DIA_OK;
    }
    if (status != DIA_OK)
        return dia_error_set(error, status, "%s: %s", row->name, reason.text);
    for (int m = 0; m < w->certificate->nmethod && status == DIA_OK; m++)
        status = fill_cell(w, name, row, m, error);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static dia_status make_directory(const char *path, dia_error *error)
{
    struct stat about;
    if (mkdir(path, 0777) == 0 || (errno == EEXIST && stat(path, &about) == 0 && S_ISDIR(about.st_mode)))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_FILE, "--output %s: the folder cannot be made: %s", path, strerror(errno));
}

/* Every argument is the name of a case or a file. */
static dia_status check_cases(const dia_certify_request *request, dia_error *error)
{
    enum { MOST = 256 };
    const char *names[MOST] = {NULL};
    for (int i = 0; dia_certify_cases[i].name != NULL && i < MOST - 1; i++)
        names[i] = dia_certify_cases[i].name;
    for (int i = 0; i < request->ncase; i++) {
        const char *name = request->cases[i], *near = dia_text_nearest(name, names);
        if (find_case(name) == NULL && access(name, R_OK) != 0)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "'%s' is neither a case nor an input that can be read%s%s%s; `diabolo certify --list` "
                                 "lists the cases",
                                 name, near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                                 near != NULL ? "'?" : "");
    }
    return DIA_OK;
}

static dia_status interrupted(const work *w, dia_error *error)
{
    dia_error_clear(error);
    return dia_error_set(error, DIA_ERROR_INTERRUPTED,
                         "interrupted after %.0f of %.0f runs, which are in %s; the same command goes on from there",
                         w->done, w->total, w->request->directory);
}

static int known_cases(void)
{
    int n = 0;
    while (dia_certify_cases[n].name != NULL)
        n++;
    return n;
}

dia_status dia_certify(const dia_certify_request *request, const dia_control *control, dia_certificate *certificate,
                       dia_error *error)
{
    const double begun = dia_seconds();
    work w = {.request = request, .outer = control, .certificate = certificate};
    w.inner = (dia_control){.threads = dia_control_threads(control),
                            .stop = control != NULL ? control->stop : NULL,
                            .progress = hear_progress,
                            .warning = hear_warning,
                            .context = &w};
    *certificate = (dia_certificate){.ncase = request->ncase > 0 ? request->ncase : known_cases()};
    dia_status status = check_cases(request, error);
    if (status == DIA_OK && request->nset > SETS - OWN_SETS)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "--set: found %d changes, expected at most %d; write them into an input of your own",
                               request->nset, SETS - OWN_SETS);
    if (status == DIA_OK)
        status = dia_certify_methods(&certificate->method, &certificate->nmethod, request->nmethod, request->methods,
                                     request->variants, error);
    if (status == DIA_OK)
        status = make_directory(request->directory, error);
    if (status == DIA_OK && (size_t)snprintf(certificate->path, sizeof certificate->path, "%s/certificate.json",
                                             request->directory) >= sizeof certificate->path)
        status = dia_error_set(error, DIA_ERROR_INPUT, "--output: the name is too long");
    certificate->row = dia_allocate((size_t)certificate->ncase, sizeof *certificate->row);
    if (status == DIA_OK && certificate->row == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a certificate");
    w.total = certificate->ncase * (1.0 + 2.0 * certificate->nmethod);
    for (int i = 0; i < certificate->ncase && status == DIA_OK; i++)
        status = certify_case(&w, request->ncase > 0 ? request->cases[i] : dia_certify_cases[i].name,
                              &certificate->row[i], error);
    if (status == DIA_ERROR_INTERRUPTED)
        return interrupted(&w, error);
    certificate->seconds = dia_seconds() - begun;
    return status == DIA_OK ? dia_certificate_write(certificate, error) : status;
}

void dia_certificate_free(dia_certificate *certificate)
{
    for (int i = 0; i < certificate->ncase && certificate->row != NULL; i++) {
        dia_target_free(&certificate->row[i].target);
        free(certificate->row[i].cell);
    }
    free(certificate->row);
    free(certificate->method);
    *certificate = (dia_certificate){0};
}
