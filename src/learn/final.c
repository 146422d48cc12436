/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last swarms: each member of the last committee flies the same initial conditions with the same random numbers, so that populations,
 * outcomes and the lifetime get an error of the sample and one of the model (compare/band.h). */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/kinetics/lifetime.h"
#include "base/control.h"
#include "diabolo/run.h"
#include "learn/course.h"
#include "learn/process.h"

enum { BOOTSTRAP = 200 }; /* resamplings for the errors of a fit */

/* Another last round, or another number of trajectories, is another folder. */
static dia_status final_text(const dia_course *c, int round, char **text, dia_error *error)
{
    const dia_node *swarm = c->settings.swarm;
    char name[60], *file = NULL;
    size_t size = 0;
    snprintf(name, sizeof name, "final-%d/swarm.h5", c->settings.final.trajectories);
    dia_status status = dia_course_given(c, round, name, &file, error);
    FILE *out = status == DIA_OK ? open_memstream(text, &size) : NULL;
    if (status == DIA_OK && out == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for an input");
    if (status == DIA_OK) {
        dia_course_write_model(c, round, "all", out);
        fprintf(out, "initial:\n  trajectories: %d\n", c->settings.final.trajectories);
        dia_course_pairs(out, 2, dia_node_child(swarm, "initial"), (const char *const[]){"trajectories", NULL});
        dia_course_pairs(out, 0, swarm, (const char *const[]){"initial", "output", NULL});
        fputs("output:\n  file: ", out);
        dia_option_write_text(out, file);
        fputc('\n', out);
        dia_course_pairs(out, 2, dia_node_child(swarm, "output"), (const char *const[]){"file", NULL});
        status = dia_text_close(out, text, error);
    }
    free(file);
    return status;
}

/* Time constant and its standard error, from the 95 % interval; NaN: not determined. */
static dia_status fit(dia_course *c, const char *path, int state, double *value, double *sigma, dia_error *error)
{
    dia_record *record = NULL;
    dia_lifetime fitted = {0};
    const dia_lifetime_options options = {
        .type = &dia_decay_types[0], .from = state, .bootstrap = BOOTSTRAP, .seed = 1, .control = &c->control};
    *value = *sigma = NAN;
    dia_status status = dia_record_load(&record, path, error);
    if (status == DIA_OK)
        status = dia_lifetime_create(&fitted, record, &options, error);
    if (status == DIA_OK && fitted.refused[0] == '\0') {
        *value = fitted.value[0];
        *sigma = (fitted.high[0] - fitted.low[0]) / (2.0 * 1.96);
    } else if (status == DIA_OK) {
        dia_control_note(&c->control, "%s: no fit: %s", path, fitted.refused);
    }
    dia_lifetime_free(&fitted);
    dia_record_free(record);
    return status;
}

/* Correlation of two members by the sample: of the time until the first state is left in the first two swarms. */
static double correlation(const dia_pair *p)
{
    const double a = p->reference_error[dia_pair_stay(p)], b = p->value_error[dia_pair_stay(p)],
                 d = p->error[dia_pair_stay(p)];
    return a > 0.0 && b > 0.0 ? fmax(0.0, (a * a + b * b - d * d) / (2.0 * a * b)) : 0.0;
}

/* The same for the fitted time constant as band.h does for means: model error^2 = variance over members less what the sample makes them
 * differ by, (1 - correlation) times the mean squared error of a fit. */
static dia_status fit_all(dia_course *c, int n, const char *const *paths, dia_error *error)
{
    dia_learn_fit *f = &c->result->fit;
    double sum = 0.0, square = 0.0, errors = 0.0;
    dia_status status = DIA_OK;
    for (int m = 0; m < n && status == DIA_OK; m++) {
        double value, sigma;
        status = fit(c, paths[m], c->result->band.state, &value, &sigma, error);
        if (status != DIA_OK || !isfinite(value) || !isfinite(sigma))
            continue;
        f->n++;
        sum += value;
        square += value * value;
        errors += sigma * sigma;
    }
    f->shape = dia_decay_types[0].name;
    f->parameter = dia_decay_types[0].parameter[0];
    f->mean = sum / f->n;
    f->statistical = sqrt(errors / f->n);
    const double between = f->n > 1 ? (square - sum * sum / f->n) / (f->n - 1) : (double)NAN,
                 noise = (1.0 - correlation(&c->result->band.layout)) * errors / f->n;
    f->model = isnan(between) ? between : sqrt(fmax(0.0, between - noise));
    return status;
}

static dia_status band(dia_course *c, const dia_run_results *flown, dia_error *error)
{
    const char **paths = calloc((size_t)flown->count + 1, sizeof *paths);
    if (paths == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d swarms", flown->count);
    for (int k = 0; k < flown->count; k++)
        paths[k] = flown->item[k].result.path;
    dia_status status = dia_band_create(&c->result->band, flown->count, paths, &c->control, error);
    if (status == DIA_OK)
        status = fit_all(c, flown->count, paths, error);
    free(paths);
    return status;
}

dia_status dia_course_finish(dia_course *c, int round, dia_error *error)
{
    char name[40], *folder = NULL, *text = NULL;
    dia_run_results flown = {0};
    dia_course_say(c, "final swarms");
    snprintf(name, sizeof name, "final-%d", c->settings.final.trajectories);
    dia_status status = dia_course_path(c, round, name, &folder, error);
    if (status == DIA_OK)
        status = dia_folder_make(folder, error);
    if (status == DIA_OK)
        status = final_text(c, round, &text, error);
    const dia_input input = {.text = text, .directory = dia_config_directory(c->config)};
    if (status == DIA_OK)
        status = dia_run_each(&input, NULL, &c->control, &flown, error);
    if (status == DIA_OK)
        status = band(c, &flown, error);
    dia_run_results_free(&flown);
    free(text);
    free(folder);
    return status;
}
