/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flying trajectories of a finished swarm again. Nothing is sampled: the swarm file keeps the initial conditions in double
 * precision and all settings, and the random numbers of a trajectory depend on its number alone. */
#include "swarm/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/output.h"
#include "base/provenance.h"
#include "model/front.h"
#include "swarm/file/table.h"
#include "swarm/plan.h"

typedef struct replay {
    dia_swarm *swarm;
    int64_t count, *row; /* rows of the swarm file */
    const char *asked;   /* "3,20-29" */
    dia_run_plan *plan;
    dia_run_blocks blocks;
} replay;

/* ---- the model ------------------------------------------------------------------------------- */

/* Was it, or a key of it, named on the command line? */
static bool model_was_set(const dia_node *model)
{
    bool set = dia_node_was_set(model);
    for (int i = 0; dia_node_is_mapping(model) && i < dia_node_count(model); i++) {
        const dia_node *value = NULL;
        (void)dia_node_pair(model, i, &value);
        set = set || model_was_set(value);
    }
    return set;
}

/* The settings name the file where it was found, which need not be where it was flown. */
static dia_status note_place(replay *r, dia_error *error)
{
    int nfile;
    const dia_file *files = dia_model_files(r->plan->model, &nfile);
    char *text = NULL;
    size_t size = 0;
    if (nfile == 0)
        return DIA_OK;
    FILE *out = open_memstream(&text, &size);
    if (out != NULL)
        dia_option_write_text(out, files[0].path);
    dia_status status = dia_text_close(out, &text, error);
    if (status == DIA_OK)
        status = dia_config_set(r->plan->config, "model", text, error);
    r->blocks.model = dia_node_child(dia_config_root(r->plan->config), "model");
    free(text);
    return status;
}

static dia_status open_model(replay *r, dia_error *error)
{
    dia_run_plan *plan = r->plan;
    const dia_swarm *swarm = r->swarm;
    dia_error why = {0};
    if (model_was_set(r->blocks.model))
        return dia_model_open_node(&plan->model, plan->config, r->blocks.model, error);
    const dia_status status = dia_model_of_result(&plan->model, swarm->path, NULL, &why);
    if (status != DIA_OK)
        return dia_error_set(error, status, "%s; --set model=FILE names another (then it is another flight)", why.text);
    return dia_node_text(r->blocks.model) != NULL ? note_place(r, error) : DIA_OK;
}

/* The masses of the swarm, which may be of another isotopologue, and its sizes. */
static dia_status fit_model(const replay *r, dia_error *error)
{
    dia_model *model = r->plan->model;
    const dia_swarm *swarm = r->swarm;
    const dia_molecule *molecule = dia_model_molecule(model);
    if (molecule->natom != swarm->natom || molecule->dimension != swarm->dimension ||
        dia_model_shape(model).nstate != swarm->nstate)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "the model has %d particles of %d coordinates and %d states; %s has %d of %d and %d",
                             molecule->natom, molecule->dimension, dia_model_shape(model).nstate, swarm->path,
                             swarm->natom, swarm->dimension, swarm->nstate);
    return memcmp(molecule->masses, swarm->masses, (size_t)swarm->natom * sizeof *swarm->masses) == 0
               ? DIA_OK
               : dia_model_set_masses(model, swarm->masses, error);
}

/* ---- initial conditions ---------------------------------------------------------------------- */

static dia_status take_initial(const replay *r, dia_error *error)
{
    const dia_swarm *swarm = r->swarm;
    dia_initial *initial = &r->plan->initial;
    const size_t n = (size_t)r->count, ncart = dia_swarm_row_size(swarm, "initial/position"),
                 amplitudes = dia_swarm_row_size(swarm, "initial/amplitudes");
    if (ncart == 0 || dia_swarm_row_size(swarm, "initial/velocity") == 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s holds no initial conditions (/initial), so it cannot be replayed", swarm->path);
    *initial = (dia_initial){.n = (int)n, .ncart = (int)ncart, .nstate = swarm->nstate};
    initial->R = dia_allocate(n * ncart, sizeof *initial->R);
    initial->V = dia_allocate(n * ncart, sizeof *initial->V);
    initial->state = dia_allocate(n, sizeof *initial->state);
    initial->weight = dia_allocate(n, sizeof *initial->weight);
    initial->c = amplitudes > 0 ? dia_allocate(n * amplitudes, sizeof *initial->c) : NULL;
    if (initial->R == NULL || initial->V == NULL || initial->state == NULL || initial->weight == NULL ||
        (amplitudes > 0 && initial->c == NULL))
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %lld trajectories", (long long)r->count);
    dia_status status = DIA_OK;
    for (size_t j = 0; j < n && status == DIA_OK; j++) {
        const int64_t row = r->row[j];
        initial->state[j] = swarm->initial_state[row];
        initial->weight[j] = swarm->weight[row];
        status = dia_swarm_rows(swarm, "initial/position", row, 1, initial->R + j * ncart, error);
        if (status == DIA_OK)
            status = dia_swarm_rows(swarm, "initial/velocity", row, 1, initial->V + j * ncart, error);
        if (status == DIA_OK && initial->c != NULL)
            status = dia_swarm_rows(swarm, "initial/amplitudes", row, 1, initial->c + j * amplitudes, error);
    }
    return status;
}

/* ---- the plan -------------------------------------------------------------------------------- */

/* STEM-replay-3_20-29.h5 */
static char *path_of(const replay *r, const dia_input *input)
{
    char word[100];
    if (input->output != NULL)
        return strdup(input->output);
    snprintf(word, sizeof word, "-replay-%.80s", r->asked);
    for (char *c = word; *c != '\0'; c++)
        *c = *c == ',' ? '_' : *c;
    return dia_run_path_with(r->swarm->path, word);
}

static dia_status load(replay *r, dia_error *error)
{
    const dia_swarm *swarm = r->swarm;
    dia_run_plan *plan = r->plan;
    const size_t n = (size_t)r->count;
    int64_t *number = dia_allocate(n, sizeof *number);
    char *note = NULL;
    size_t size = 0;
    for (size_t j = 0; number != NULL && j < n; j++)
        number[j] = swarm->number[r->row[j]];
    FILE *out = open_memstream(&note, &size);
    if (out == NULL || fprintf(out, "trajectories %s of the swarm %s", r->asked, swarm->digest) < 0 ||
        fclose(out) != 0) {
        free(number);
        free(note);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    }
    dia_run_plan_describe(plan, r->blocks.model);
    plan->flight.extendable = false; /* the swarm itself is what can be extended */
    plan->flight.input = swarm->input;
    plan->flight.input_path = swarm->input_path;
    const dia_status status = dia_run_plan_load(plan, 0, n, number, note, true, error);
    free(note);
    return status;
}

static dia_status plan_replay(replay *r, const dia_input *input, dia_error *error)
{
    dia_run_plan *plan = r->plan;
    dia_status status = dia_replay_settings(&plan->config, r->swarm, input, error);
    if (status == DIA_OK)
        status = dia_run_plan_read(plan, &r->blocks, false, true, error);
    if (status == DIA_OK && r->blocks.model != NULL)
        status = open_model(r, error);
    if (status == DIA_OK)
        status = dia_run_plan_settle(plan, &r->blocks, error);
    if (status == DIA_OK)
        status = fit_model(r, error);
    if (status == DIA_OK)
        status = take_initial(r, error);
    plan->path = path_of(r, input);
    plan->key = "--output";
    if (status == DIA_OK && plan->path == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    if (status == DIA_OK && dia_output_same(plan->path, r->swarm->path))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "--output: %s is the swarm that is replayed; choose another name", plan->path);
    return status == DIA_OK ? load(r, error) : status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status compare(const replay *r, dia_replay_result *result, dia_error *error)
{
    dia_swarm *again = NULL;
    dia_status status = dia_replay_compare_settings(r->swarm, r->plan, result, error);
    if (status == DIA_OK)
        status = dia_swarm_open_lean(&again, result->run.path, error);
    if (status == DIA_OK)
        status = dia_replay_compare(r->swarm, again, result, error);
    dia_swarm_close(again);
    return status;
}

dia_status dia_replay(const char *swarm, const char *trajectories, const dia_input *input, bool fresh,
                      const dia_control *control, dia_replay_result *result, dia_error *error)
{
    return dia_replay_kept(swarm, trajectories, input, fresh, false, control, result, error);
}

dia_status dia_replay_kept(const char *swarm, const char *trajectories, const dia_input *input, bool fresh, bool kept,
                           const dia_control *control, dia_replay_result *result, dia_error *error)
{
    static const dia_input none = {0};
    const dia_run_flags flags = {.fresh = fresh};
    dia_replay_result unasked;
    replay r = {.asked = trajectories};
    result = result != NULL ? result : &unasked;
    *result = (dia_replay_result){0};
    dia_status status = dia_swarm_open_lean(&r.swarm, swarm, error);
    if (status == DIA_OK)
        status = dia_swarm_select(r.swarm, trajectories, &r.count, &r.row, error);
    if (status == DIA_OK && (r.plan = calloc(1, sizeof *r.plan)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    if (status == DIA_OK)
        status = plan_replay(&r, input != NULL ? input : &none, error);
    if (status == DIA_OK && kept && !r.plan->output.trajectories)
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "a movie needs the trajectories, which output.trajectories: false does not keep; leave one "
                          "of the two out");
    if (status == DIA_OK)
        status = dia_run_plan_fly(r.plan, &flags, control, &result->run, error);
    if (status == DIA_OK)
        status = compare(&r, result, error);
    dia_run_plan_free(r.plan);
    free(r.row);
    dia_swarm_close(r.swarm);
    return status;
}
