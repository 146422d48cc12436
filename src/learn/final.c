/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The last swarms: each member of the last committee flies the same initial conditions with the same random numbers, so that populations,
 * outcomes and the lifetime get an error of the sample and one of the model (compare/band.h). */
#include <stdio.h>
#include <stdlib.h>

#include "base/control.h"
#include "diabolo/run.h"
#include "learn/course.h"
#include "learn/process.h"

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

static dia_status band(dia_course *c, const dia_run_results *flown, dia_error *error)
{
    const char **paths = calloc((size_t)flown->count + 1, sizeof *paths);
    if (paths == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d swarms", flown->count);
    for (int k = 0; k < flown->count; k++)
        paths[k] = flown->item[k].result.path;
    const dia_status status = dia_band_create(&c->result->band, flown->count, paths, &c->control, error);
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
