/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/join.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "base/output.h"
#include "diabolo/train.h"
#include "store/store.h"
#include "train/calibrate.h"

static dia_status write_page(const dia_calibration *calibration, const dia_spread *spread, char **page,
                             dia_error *error)
{
    dia_coverage coverage[DIA_CALIBRATED];
    size_t size = 0;
    dia_status status = dia_coverage_measure(coverage, calibration, spread, error);
    FILE *out = status == DIA_OK ? open_memstream(page, &size) : NULL;
    if (out != NULL)
        dia_coverage_table(coverage, calibration, out);
    return status == DIA_OK ? dia_text_close(out, page, error) : status;
}

dia_status dia_join_calibrated(const char *path, const dia_committee_plan *plan, const dia_spread *spread, bool noise,
                               char **page, dia_error *error)
{
    dia_committee_plan whole = *plan;
    dia_calibration calibration;
    *page = NULL;
    dia_status status = dia_calibrate(&calibration, spread, noise, error);
    if (status == DIA_OK)
        status = write_page(&calibration, spread, page, error);
    whole.calibration = &calibration;
    return status == DIA_OK ? dia_committee_write(path, &whole, error) : status;
}

dia_status dia_join_measure(dia_spread *spread, const char *path, const dia_committee_plan *plan,
                            const dia_dataset *data, int states, int n, const int *points, const dia_control *control,
                            dia_error *error)
{
    dia_model *committee = NULL;
    char *first = malloc(strlen(path) + sizeof ".joining");
    memset(spread, 0, DIA_CALIBRATED * sizeof *spread);
    if (first == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    sprintf(first, "%s.joining", path);
    dia_status status = dia_committee_write(first, plan, error);
    if (status == DIA_OK)
        status = dia_model_load(&committee, first, error); /* do they fit together? */
    if (status == DIA_OK && n > 0 && dia_model_members(committee) > 1)
        status = dia_spread_measure(spread, committee, data, states, n, points, true, control, error);
    dia_model_free(committee);
    unlink(first);
    free(first);
    return status;
}

dia_status dia_join(const char *path, const dia_committee_plan *plan, const dia_dataset *data, int states, int n,
                    const int *points, bool noise, const dia_control *control, char **page, dia_error *error)
{
    dia_spread spread[DIA_CALIBRATED];
    *page = NULL;
    dia_status status = dia_join_measure(spread, path, plan, data, states, n, points, control, error);
    if (status == DIA_OK)
        status = spread[0].npoint > 0 ? dia_join_calibrated(path, plan, spread, noise, page, error)
                                      : dia_committee_write(path, plan, error);
    dia_spread_free(spread);
    return status;
}

/* ---- of files -------------------------------------------------------------------------------- */

/* May the file be written? */
static dia_status check_output(const dia_committee_request *r, dia_error *error)
{
    const dia_claim claim = {
        .path = r->output, .key = "--output", .what = "a model", .ours = dia_store_is, .mark = "diabolo-model"};
    dia_status status = dia_output_check(&claim, r->n, r->members, error);
    if (status == DIA_OK && !r->fresh && dia_store_is(r->output, "diabolo-model"))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "--output: the model '%s' is there already; choose another name, or --fresh to replace it",
                             r->output);
    if (status == DIA_OK && r->distilled != NULL)
        status = dia_output_check(&claim, 1, &r->distilled, error);
    if (status == DIA_OK && r->calibrate != NULL)
        status = dia_output_check(&claim, 1, &r->calibrate, error);
    return status;
}

/* The labels that count, and all points of the data. */
static dia_status load_data(const dia_committee_request *r, const dia_control *control, dia_dataset *data, int *states,
                            int **points, dia_error *error)
{
    dia_model *first = NULL;
    dia_status status = dia_model_load(&first, r->members[0], error);
    if (status == DIA_OK)
        status = dia_dataset_load(data, r->calibrate, dia_control_threads(control), error);
    if (status == DIA_OK) {
        dia_dataset_talk(data, r->calibrate, control);
        const int fitted = dia_model_fitted(first);
        *states = fitted < data->nstate ? fitted : data->nstate;
        if (r->below > 0.0)
            dia_dataset_limit(data, r->below);
        status = dia_dataset_set_states(data, dia_model_shape(first).nstate, error);
    }
    if (status == DIA_OK)
        status = dia_dataset_project(data, error);
    if (status == DIA_OK && data->natom != dia_model_shape(first).natom)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: points of %d atoms; the networks have %d", r->calibrate,
                               data->natom, dia_model_shape(first).natom);
    dia_model_free(first);
    *points = status == DIA_OK ? calloc((size_t)data->npoint, sizeof **points) : NULL;
    if (status == DIA_OK && *points == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", r->calibrate);
    for (int b = 0; status == DIA_OK && b < data->npoint; b++)
        (*points)[b] = b;
    return status;
}

/* The same members keep the limits that they have. */
static dia_status keep_calibration(const dia_committee_request *r, dia_calibration *calibration, dia_error *error)
{
    dia_model *model = NULL;
    *calibration = (dia_calibration){0};
    if (r->n != 1)
        return DIA_OK;
    const dia_status status = dia_model_load(&model, r->members[0], error);
    const dia_calibration *old = status == DIA_OK ? dia_model_calibration(model) : NULL;
    if (old != NULL)
        *calibration = *old;
    dia_model_free(model);
    return status;
}

/* A network that is given twice never disagrees with itself. */
static void warn_of_copies(const dia_committee_request *r, const dia_control *control)
{
    for (int k = 1; k < r->n; k++)
        for (int l = 0; l < k; l++)
            if (dia_output_same(r->members[k], r->members[l])) {
                dia_control_warn(control,
                                 "%s is given twice: its members do not differ, and their disagreement is too small",
                                 r->members[k]);
                return;
            }
}

dia_status dia_committee_join(const dia_committee_request *r, const dia_control *control, char **page, dia_error *error)
{
    dia_calibration calibration;
    const dia_committee_plan plan = {
        .n = r->n, .members = r->members, .distilled = r->distilled, .calibration = &calibration};
    dia_dataset data = {0};
    int states = 0, *points = NULL;
    *page = NULL;
    dia_status status = check_output(r, error);
    if (status == DIA_OK && r->n < 1)
        status = dia_error_set(error, DIA_ERROR_INPUT, "a committee needs members");
    if (status == DIA_OK)
        status = keep_calibration(r, &calibration, error);
    if (status == DIA_OK)
        warn_of_copies(r, control);
    if (status == DIA_OK && r->calibrate != NULL)
        status = load_data(r, control, &data, &states, &points, error);
    if (status == DIA_OK)
        status = dia_join(r->output, &plan, &data, states, data.npoint, points, r->noise, control, page, error);
    dia_dataset_free(&data);
    free(points);
    return status;
}
