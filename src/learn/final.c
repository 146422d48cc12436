/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last swarms: each of the last networks flies the same initial conditions with the same random numbers. What the lifetimes differ
 * by from network to network is the model's error; resampling of trajectories gives the statistical one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "analyse/kinetics/lifetime.h"
#include "base/control.h"
#include "diabolo/run.h"
#include "learn/course.h"
#include "learn/process.h"

/* Names of files in round-NNN/final-TRAJECTORIES, absolute or as inputs have them: another last round, or another number of
 * trajectories, is another folder. */
static dia_status final_path(const dia_course *c, int round, bool given, const char *name, char **path,
                             dia_error *error)
{
    char inside[80];
    snprintf(inside, sizeof inside, "final-%d%s%s", c->settings.final.trajectories, name[0] != '\0' ? "/" : "", name);
    return given ? dia_course_given(c, round, inside, path, error) : dia_course_path(c, round, inside, path, error);
}

static void write_model(const dia_course *c, int round, int member, FILE *out)
{
    char name[40], *path = NULL;
    dia_error ignored = {0};
    snprintf(name, sizeof name, "model-%d.h5", member);
    if (dia_course_given(c, round, name, &path, &ignored) != DIA_OK)
        return; /* out of memory: the input lacks its model and is refused */
    fputs("model: ", out);
    dia_option_write_text(out, path);
    fputc('\n', out);
    free(path);
}

/* start.xyz, sampled on the first network. */
static dia_status sample(dia_course *c, int round, dia_error *error)
{
    char *path = NULL, *text = NULL;
    size_t size = 0;
    dia_status status = final_path(c, round, false, "start.xyz", &path, error);
    if (status != DIA_OK || dia_course_exists(path)) {
        free(path);
        return status;
    }
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for an input");
    if (status == DIA_OK) {
        write_model(c, round, 0, out);
        fprintf(out, "initial:\n  trajectories: %d\n", c->settings.final.trajectories);
        dia_course_pairs(out, 2, dia_node_child(c->settings.swarm, "initial"),
                         (const char *const[]){"trajectories", NULL});
        status = dia_text_close(out, &text, error);
    }
    dia_samples *samples = NULL;
    const dia_input input = {.text = text, .directory = dia_config_directory(c->config), .output = path};
    if (status == DIA_OK)
        status = dia_sample(&input, &c->control, &samples, error);
    dia_samples_free(samples);
    free(text);
    free(path);
    return status;
}

static dia_status fly(dia_course *c, int round, int member, const char *path, dia_error *error)
{
    char name[40], *start = NULL, *file = NULL, *text = NULL;
    size_t size = 0;
    if (dia_course_exists(path))
        return DIA_OK;
    snprintf(name, sizeof name, "swarm-%d.h5", member);
    dia_status status = final_path(c, round, true, "start.xyz", &start, error);
    if (status == DIA_OK)
        status = final_path(c, round, true, name, &file, error);
    FILE *out = status == DIA_OK ? open_memstream(&text, &size) : NULL;
    if (status == DIA_OK && out == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for an input");
    if (status == DIA_OK) {
        write_model(c, round, member, out);
        fputs("initial: {sampling: file, state: file, file: ", out);
        dia_option_write_text(out, start);
        fputs("}\n", out);
        dia_course_pairs(out, 0, c->settings.swarm, (const char *const[]){"initial", "output", NULL});
        fputs("output:\n  file: ", out);
        dia_option_write_text(out, file);
        fputc('\n', out);
        dia_course_pairs(out, 2, dia_node_child(c->settings.swarm, "output"), (const char *const[]){"file", NULL});
        status = dia_text_close(out, &text, error);
    }
    const dia_input input = {.text = text, .directory = dia_config_directory(c->config)};
    if (status == DIA_OK)
        status = dia_run(&input, NULL, &c->control, NULL, error);
    free(text);
    free(file);
    free(start);
    return status;
}

/* Time constant and its standard error, from the 95 % interval; NaN: not determined. All networks get the same shape. */
static dia_status fit(const dia_course *c, const char *path, dia_learn_lifetime *l, double *value, double *sigma,
                      dia_error *error)
{
    dia_record *record = NULL;
    dia_lifetime fitted = {0};
    const dia_lifetime_options options = {.type = &dia_decay_types[0],
                                          .from = -1,
                                          .bootstrap = c->settings.final.bootstrap,
                                          .seed = 1,
                                          .threads = c->control.threads};
    *value = *sigma = NAN;
    dia_status status = dia_record_load(&record, path, error);
    if (status == DIA_OK)
        status = dia_lifetime_create(&fitted, record, &options, error);
    if (status == DIA_OK) {
        l->state = fitted.from;
        l->trajectories = record->ncounted;
        l->shape = options.type->name;
        l->parameter = options.type->parameter[0];
        if (fitted.refused[0] == '\0') {
            *value = fitted.value[0];
            *sigma = (fitted.high[0] - fitted.low[0]) / (2.0 * 1.96);
        } else {
            dia_control_note(&c->control, "%s: no lifetime: %s", path, fitted.refused);
        }
    }
    dia_lifetime_free(&fitted);
    dia_record_free(record);
    return status;
}

dia_status dia_course_finish(dia_course *c, int round, dia_error *error)
{
    dia_learn_lifetime *l = &c->result->lifetime;
    double sum = 0.0, square = 0.0, errors = 0.0;
    char *folder = NULL;
    dia_course_say(c, "final swarms");
    dia_status status = final_path(c, round, false, "", &folder, error);
    if (status == DIA_OK)
        status = dia_folder_make(folder, error);
    if (status == DIA_OK)
        status = sample(c, round, error);
    for (int m = 0; m < c->settings.members && status == DIA_OK; m++) {
        char name[40], *path = NULL;
        double value = NAN, sigma = NAN;
        snprintf(name, sizeof name, "swarm-%d.h5", m);
        status = final_path(c, round, false, name, &path, error);
        if (status == DIA_OK)
            status = fly(c, round, m, path, error);
        if (status == DIA_OK)
            status = fit(c, path, l, &value, &sigma, error);
        free(path);
        if (status != DIA_OK || !isfinite(value))
            continue;
        l->n++;
        sum += value;
        square += value * value;
        errors += sigma;
    }
    l->mean = sum / l->n;
    l->statistical = errors / l->n;
    l->model = l->n > 1 ? sqrt(fmax(0.0, square - sum * sum / l->n) / (l->n - 1)) : NAN;
    free(folder);
    return status;
}
