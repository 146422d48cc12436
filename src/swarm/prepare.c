/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Plans made from an input: its samples, or its flights, one for each method. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/front.h"
#include "swarm/plan.h"

/* Opens the input and its model. `sampling`: the blocks `dynamics` and `output` are not read. */
static dia_status open_input(dia_run_plan *plan, const dia_input *input, dia_run_blocks *blocks, bool sampling,
                             dia_error *error)
{
    dia_status status = dia_config_open(&plan->config, input, NULL, error);
    if (status == DIA_OK && plan->member >= 0) {
        char number[20];
        snprintf(number, sizeof number, "%d", plan->member);
        status = dia_config_set(plan->config, "model.member", number, error);
    }
    if (status == DIA_OK)
        status = dia_run_plan_read(plan, blocks, sampling, false, error);
    if (status == DIA_OK && blocks->model != NULL && plan->model == NULL)
        status = dia_model_open_node(&plan->model, plan->config, blocks->model, error);
    return status == DIA_OK ? dia_run_plan_settle(plan, blocks, error) : status;
}

/* Adiabatic states that were never fitted lie anywhere: nothing starts there. */
static dia_status make_initial(dia_run_plan *plan, const dia_control *control, dia_error *error)
{
    const int fitted = dia_model_fitted(plan->model), nstate = dia_model_shape(plan->model).nstate;
    const dia_status status = dia_initial_make(&plan->initial, plan->model, &plan->initial_settings, control, error);
    for (int i = 0; i < plan->initial.n && status == DIA_OK; i++)
        if (plan->initial.state[i] >= fitted)
            return dia_error_set(
                error, DIA_ERROR_INPUT,
                "initial: trajectory %d would start in state %d, but only the lowest %d of the model's "
                "%d states were fitted (the others belong to surplus diabats); expected 0 to %d",
                i, plan->initial.state[i], fitted, nstate, fitted - 1);
    return status;
}

dia_status dia_run_plan_sample(dia_run_plan *plan, const dia_input *input, const dia_control *control, dia_error *error)
{
    dia_run_blocks blocks = {0};
    plan->member = -1;
    dia_status status = open_input(plan, input, &blocks, true, error);
    if (status == DIA_OK)
        status = dia_run_plan_fits_samples(plan, error);
    return status == DIA_OK ? make_initial(plan, control, error) : status;
}

/* ---- flights --------------------------------------------------------------------------------- */

/* A single trajectory does not get the name of the swarm file unless the user asks for it; a method never does. */
static char *output_path(const dia_run_plan *plan, const dia_input *input, int64_t trajectory)
{
    const char *file = input->output != NULL ? input->output : plan->output.file;
    char word[DIA_METHOD_NAME + 40] = "";
    size_t used = 0;
    if (plan->method[0] != '\0')
        used = (size_t)snprintf(word, sizeof word, ".%s", plan->method);
    if (trajectory >= 0 && input->output == NULL)
        snprintf(word + used, sizeof word - used, "-trajectory-%lld", (long long)trajectory);
    return dia_run_path_with(file, word);
}

/* For the identity of the journal: "until population S0: 0.01; ...", on the heap; NULL: out of memory. */
static char *until_note(const dia_until *until)
{
    char *text = dia_until_text(until), *note = text != NULL ? malloc(strlen(text) + sizeof "until ") : NULL;
    if (note != NULL)
        sprintf(note, "until %s", text);
    free(text);
    return note;
}

/* trajectory: the number of a single one; -1: all. */
static dia_status plan_trajectories(dia_run_plan *plan, int64_t trajectory, dia_error *error)
{
    const bool alone = trajectory >= 0;
    char note[60], *until = NULL;
    if (trajectory >= plan->initial.n)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "trajectory %lld: the swarm has %d trajectories, counted from 0; expected 0 to %d",
                             (long long)trajectory, plan->initial.n, plan->initial.n - 1);
    const size_t first = alone ? (size_t)trajectory : 0, count = alone ? 1 : (size_t)plan->initial.n;
    int64_t *number = dia_allocate(count, sizeof *number);
    for (size_t j = 0; number != NULL && j < count; j++)
        number[j] = (int64_t)(first + j);
    snprintf(note, sizeof note, "trajectory %lld alone", (long long)trajectory);
    if (alone) {
        free(plan->until);
        plan->until = NULL;
    } else if (plan->until != NULL) {
        plan->flight.block = dia_until_block(plan->until);
        until = until_note(plan->until);
    }
    const dia_status status = dia_run_plan_load(plan, first, count, number, alone ? note : until, false, error);
    free(until);
    return status;
}

/* Reads the input for one method (or for its only swarm). shared: the plan whose model it takes; NULL: none. */
static dia_status prepare(dia_run_plan *plan, const dia_input *input, dia_run_blocks *blocks,
                          const dia_run_plan *shared, int64_t trajectory, dia_error *error)
{
    plan->shares = shared != NULL;
    if (shared != NULL && plan->member < 0) {
        plan->model = shared->model;
        plan->shares_model = true;
    }
    dia_status status = open_input(plan, input, blocks, false, error);
    if (status != DIA_OK)
        return status;
    dia_run_plan_describe(plan, blocks->model);
    plan->path = output_path(plan, input, trajectory);
    return plan->path != NULL ? dia_run_plan_fits(plan, trajectory >= 0, error)
                              : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
}

/* Plans for the methods of the input, the first of them `first`, from their names; blocks (count). */
static dia_status prepare_all(dia_run_plan *first, const dia_input *input, dia_run_blocks *blocks, int count,
                              char (*names)[DIA_METHOD_NAME], bool members, int64_t trajectory, dia_error *error)
{
    dia_run_plan *plan = first;
    for (int i = 0; i < count; i++) {
        if (i > 0) {
            plan->next = calloc(1, sizeof *plan->next);
            if ((plan = plan->next) == NULL)
                return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
        }
        memcpy(plan->method, names[i], sizeof plan->method);
        plan->member = members ? i : -1;
        dia_error why = {0};
        const dia_status status = prepare(plan, input, &blocks[i], i > 0 ? first : NULL, trajectory, &why);
        if (status != DIA_OK)
            return dia_error_set(error, status, "%s%s%s%s", names[i][0] != '\0' && !members ? "methods." : "", names[i],
                                 names[i][0] != '\0' ? ": " : "", why.text);
    }
    return DIA_OK;
}

dia_status dia_run_plan_prepare(dia_run_plan **out, const dia_input *input, const dia_run_flags *flags,
                                const dia_control *control, dia_error *error)
{
    const int64_t trajectory = flags != NULL && flags->alone ? flags->trajectory : -1;
    *out = NULL;
    if (trajectory < 0 && flags != NULL && flags->alone)
        return dia_error_set(error, DIA_ERROR_INPUT, "trajectory %lld: trajectories are counted from 0",
                             (long long)trajectory);
    dia_run_blocks blocks[DIA_METHODS] = {{0}};
    char names[DIA_METHODS][DIA_METHOD_NAME] = {""};
    int count = 1;
    bool members = false;
    dia_run_plan *first = calloc(1, sizeof *first);
    if (first == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    dia_status status = dia_run_methods(input, &count, names, &members, error);
    if (status == DIA_OK)
        status = prepare_all(first, input, blocks, count, names, members, trajectory, error);
    if (status == DIA_OK)
        status = make_initial(first, control, error);
    for (dia_run_plan *plan = first; status == DIA_OK && plan != NULL; plan = plan->next) {
        plan->initial = first->initial;
        status = plan_trajectories(plan, trajectory, error);
    }
    if (status == DIA_OK)
        *out = first;
    else
        dia_run_plan_free(first);
    return status;
}

dia_status dia_run_plan_make(dia_run_plan **out, const dia_input *input, const dia_run_flags *flags, dia_error *error)
{
    return dia_run_plan_prepare(out, input, flags, NULL, error);
}
