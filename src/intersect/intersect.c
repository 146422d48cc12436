/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole input: what is there already, searching, the tasks, the file; and what the file holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/output.h"
#include "intersect/summary.h"
#include "intersect/task.h"
#include "model/outside.h"
#include "model/front.h"

/* ---- what is there already ------------------------------------------------------------------- */

/* *complete: the result of this same plan exists already. */
static dia_status check_outputs(const dia_intersect_plan *plan, bool fresh, bool *complete, dia_error *error)
{
    const dia_intersect_settings *s = &plan->settings;
    int nfile;
    const dia_file *files = dia_model_files(plan->model, &nfile);
    const dia_claim file = {.path = s->output.file,
                            .key = "output.file",
                            .what = "a file of intersections",
                            .ours = dia_store_is,
                            .mark = DIA_CATALOGUE_FORMAT};
    const dia_claim xyz = {.path = s->output.xyz,
                           .key = "output.xyz",
                           .what = "an XYZ file of intersections",
                           .mark = DIA_CATALOGUE_XYZ_MARK};
    *complete = false;
    dia_status status = dia_config_check_output(plan->config, &file, nfile, files, error);
    if (status == DIA_OK && xyz.path != NULL)
        status = dia_config_check_output(plan->config, &xyz, nfile, files, error);
    if (status == DIA_OK)
        status = dia_store_existing(&file, plan->identity, fresh, complete, error);
    if (status != DIA_OK || xyz.path == NULL)
        return status;
    if (access(xyz.path, F_OK) != 0)
        *complete = false; /* the same numbers again, for the file that is missing */
    else if (!*complete && !fresh)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: is there already; choose another output.xyz, or --fresh to replace it", xyz.path);
    return DIA_OK;
}

/* ---- making it ------------------------------------------------------------------------------- */

static dia_status label_points(const dia_intersect_plan *plan, dia_catalogue *catalogue, dia_error *error)
{
    const size_t ncart = (size_t)catalogue->molecule.ncart;
    for (int i = 0; plan->classes != NULL && i < catalogue->npoint; i++) {
        const int class = dia_classes_of(plan->classes, catalogue->R + (size_t)i * ncart);
        if (class == dia_classes_count(plan->classes))
            continue; /* "other" */
        free(catalogue->label[i]);
        catalogue->label[i] = strdup(dia_classes_name(plan->classes, class));
        if (catalogue->label[i] == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d names", catalogue->npoint);
    }
    return DIA_OK;
}

static dia_status write_head(const dia_intersect_plan *plan, dia_store *store, dia_error *error)
{
    char digest[DIA_DIGEST_SIZE];
    char *files = dia_model_files_text(plan->model);
    if (files == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the names of files");
    dia_digest_bytes(plan->identity, strlen(plan->identity), digest);
    const char *const texts[][2] = {{"format", DIA_CATALOGUE_FORMAT},
                                    {"input", dia_config_text(plan->config)},
                                    {"input_path", dia_config_name(plan->config)},
                                    {"resolved", plan->resolved},
                                    {"model_path", plan->model_path},
                                    {"model_type", dia_model_name(plan->model)},
                                    {"start_digest", plan->starts_digest},
                                    {"program_version", dia_version()},
                                    {"program_commit", dia_commit()},
                                    {"model_files", files},
                                    {"identity", plan->identity},
                                    {"digest", digest}};
    dia_writer root = {.store = store, .name = "", .error = error};
    dia_writer_set_int(&root, "version", DIA_CATALOGUE_VERSION);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        dia_writer_set_text(&root, texts[i][0], texts[i][1]);
    free(files);
    return root.status;
}

/* Which of the points are outside the training data, on which the model means little. */
static dia_status write_novelty(const dia_intersect_plan *plan, const dia_catalogue *catalogue,
                                const dia_control *control, dia_store *store, dia_error *error)
{
    const size_t n = (size_t)catalogue->npoint;
    char text[700];
    double *novelty = dia_model_bounded(plan->model) && n > 0 ? dia_allocate(n, sizeof *novelty) : NULL;
    if (novelty == NULL)
        return DIA_OK;
    if (dia_model_outside(plan->model, catalogue->npoint, catalogue->R, "points", control, novelty, sizeof text, text) >
        0)
        dia_control_warn(control, "%s", text);
    const dia_status status = dia_store_write(store, "points/novelty", DIA_NUMBER_REAL, 1, &n, novelty, "1", error);
    free(novelty);
    return status;
}

/* Writes the points, does the tasks and writes them. */
static dia_status write_file(const dia_intersect_plan *plan, const dia_survey *survey, const dia_catalogue *catalogue,
                             const dia_control *control, dia_error *error)
{
    dia_store *store = NULL;
    dia_status status = dia_store_create(&store, plan->settings.output.file, error);
    if (status != DIA_OK)
        return status;
    status = write_head(plan, store, error);
    if (status == DIA_OK)
        status = dia_catalogue_write(catalogue, store, error);
    if (status == DIA_OK)
        status = write_novelty(plan, catalogue, control, store, error);
    if (status == DIA_OK)
        status = dia_survey_write(survey, &plan->starts, &catalogue->molecule, store, error);
    if (status == DIA_OK)
        status = dia_tasks_run(plan, catalogue, control, store, error);
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    else
        dia_store_close(&store);
    if (status == DIA_OK && plan->settings.output.xyz != NULL)
        status = dia_catalogue_write_xyz(catalogue, plan->settings.output.xyz, error);
    return status;
}

static dia_status search(const dia_intersect_plan *plan, const dia_control *control, dia_error *error)
{
    dia_survey survey = {0};
    dia_catalogue catalogue = {0};
    dia_status status = dia_survey_run(&survey, plan->model, &plan->starts, &plan->survey, control, error);
    if (status == DIA_OK)
        status = dia_survey_collect(&survey, &catalogue, plan->model, &plan->survey, control, error);
    if (status == DIA_OK)
        status = label_points(plan, &catalogue, error);
    if (status == DIA_OK)
        status = write_file(plan, &survey, &catalogue, control, error);
    dia_survey_free(&survey);
    dia_catalogue_free(&catalogue);
    return status;
}

/* ---- what the file holds --------------------------------------------------------------------- */

static dia_status read_task(dia_found *found, const char *kind, const char *name, const dia_store *store,
                            dia_error *error)
{
    dia_intersections_task *task = &found->task[found->shown.ntask];
    char group[160], failed[200], *summary = NULL;
    snprintf(group, sizeof group, "%s/%s", kind, name);
    snprintf(failed, sizeof failed, "%s/failed", group);
    dia_status status = dia_store_attribute_text(store, group, "summary", &summary, error);
    if (status != DIA_OK)
        return status;
    *task = (dia_intersections_task){strdup(group), summary, dia_store_has(store, failed)};
    found->shown.ntask++;
    return task->group != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
}

static dia_status read_tasks(dia_found *found, const dia_intersect_plan *plan, const dia_store *store, dia_error *error)
{
    const dia_path_type *kinds[DIA_PATH_TYPES];
    const int nkind = dia_path_kinds(kinds);
    size_t n = 0;
    dia_status status = DIA_OK;
    for (int k = 0; k < nkind; k++)
        n += (size_t)plan->settings.tasks[k].n;
    found->task = calloc(n + 1, sizeof *found->task);
    if (found->task == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu tasks", n);
    for (int k = 0; k < nkind; k++)
        for (int i = 0; i < plan->settings.tasks[k].n && status == DIA_OK; i++)
            status = read_task(found, kinds[k]->group, dia_task_name(plan, kinds[k], k, i), store, error);
    return status;
}

/* From the file itself, so that it is the same whether it was made now or before. */
static dia_status read_file(dia_found *found, const dia_intersect_plan *plan, dia_error *error)
{
    const char *path = plan->settings.output.file, *xyz = plan->settings.output.xyz;
    dia_store *store = NULL;
    found->path = strdup(path);
    found->model_type = strdup(dia_model_name(plan->model));
    found->xyz = xyz != NULL ? strdup(xyz) : NULL;
    if (found->path == NULL || found->model_type == NULL || (xyz != NULL && found->xyz == NULL))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = dia_catalogue_read(&found->catalogue, path, error);
    if (status == DIA_OK)
        status = dia_survey_read(&found->survey, path, error);
    if (status == DIA_OK)
        status = dia_store_open(&store, path, error);
    if (status != DIA_OK)
        return status;
    status = read_tasks(found, plan, store, error);
    dia_store_close(&store);
    found->shown.path = found->path, found->shown.task = found->task, found->shown.points = &found->catalogue;
    return status;
}

void dia_intersections_free(dia_intersections *shown)
{
    dia_found *found = (dia_found *)shown;
    if (found == NULL)
        return;
    for (int i = 0; i < found->shown.ntask; i++) {
        free((char *)found->task[i].group);
        free((char *)found->task[i].summary);
    }
    free(found->task);
    free(found->model_type);
    free(found->path);
    free(found->xyz);
    dia_survey_free(&found->survey);
    dia_catalogue_free(&found->catalogue);
    free(found);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static dia_status work(const dia_intersect_plan *plan, bool fresh, const dia_control *control, dia_found *found,
                       dia_error *error)
{
    dia_status status = check_outputs(plan, fresh, &found->shown.complete, error);
    if (status == DIA_OK && plan->foreign)
        dia_control_warn(control, "%s: the swarm was flown on another model than the one that is searched",
                         plan->settings.start.file);
    if (status == DIA_OK && found->shown.complete)
        dia_control_note(control, "%s: complete already, nothing to search (--fresh searches again)",
                         plan->settings.output.file);
    if (status == DIA_OK && !found->shown.complete)
        status = search(plan, control, error);
    return status == DIA_OK ? read_file(found, plan, error) : status;
}

dia_status dia_intersect(const dia_input *input, bool fresh, const dia_control *control, dia_intersections **shown,
                         dia_error *error)
{
    dia_intersect_plan plan;
    dia_found *found = calloc(1, sizeof *found);
    *shown = NULL;
    if (found == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = dia_intersect_plan_make(&plan, input, error);
    if (status == DIA_OK)
        status = work(&plan, fresh, control, found, error);
    dia_intersect_plan_free(&plan);
    if (status == DIA_OK)
        *shown = &found->shown;
    else
        dia_intersections_free(&found->shown);
    return status;
}
