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
static char *output_path(const dia_run_plan *plan, const dia_input *input, const dia_run_flags *flags)
{
    const char *file = input->output != NULL ? input->output : plan->output.file;
    char word[DIA_METHOD_NAME + 80] = "";
    size_t used = 0;
    if (plan->method[0] != '\0')
        used = (size_t)snprintf(word, sizeof word, ".%s", plan->method);
    if (flags->alone && input->output == NULL)
        snprintf(word + used, sizeof word - used, "-trajectory-%lld", (long long)flags->trajectory);
    if (flags->shards > 0)
        snprintf(word + used, sizeof word - used, ".shard-%03d-of-%03d", flags->shard, flags->shards);
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
        plan->flight.extendable = false;
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

/* ---- shards ---------------------------------------------------------------------------------- */

enum { SHARDS = 9999 };

static dia_status check_flags(const dia_run_flags *flags, dia_error *error)
{
    if (flags->alone && flags->trajectory < 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "trajectory %lld: trajectories are counted from 0",
                             (long long)flags->trajectory);
    if (flags->alone && (flags->shards > 0 || flags->extend))
        return dia_error_set(error, DIA_ERROR_INPUT, "a single trajectory is no shard and extends nothing");
    if (flags->shards > 0 && flags->extend)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a shard cannot be extended: merge the shards, and extend the swarm");
    if (flags->extend && flags->fresh)
        return dia_error_set(error, DIA_ERROR_INPUT, "either the swarm is extended, or it is flown afresh");
    if (flags->shards < 0 || flags->shards > SHARDS || flags->shard > flags->shards ||
        (flags->shards > 0 && flags->shard < 1))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "shard %d of %d: shards are counted from 1 to their number, which is at most %d",
                             flags->shard, flags->shards, (int)SHARDS);
    return DIA_OK;
}

dia_status dia_run_plan_divide(dia_run_plan *plan, const dia_shard *shard, dia_error *error)
{
    char text[200], note[220];
    const size_t count = (size_t)(shard->past - shard->first);
    dia_flight *flight = &plan->flight;
    int64_t *number = dia_allocate(count, sizeof *number);
    for (size_t j = 0; number != NULL && j < count; j++)
        number[j] = shard->first + (int64_t)j;
    dia_shard_text(shard, sizeof text, text);
    snprintf(note, sizeof note, "shard %s", text);
    dia_flight_initial_digest(flight, plan->whole_initial);
    free(plan->number);
    plan->whole_resolved = plan->resolved;
    plan->whole_identity = plan->identity;
    plan->number = NULL;
    plan->resolved = plan->identity = NULL;
    plan->shard = strdup(text);
    if (plan->shard == NULL || number == NULL) {
        free(number);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    }
    flight->shard = plan->shard;
    flight->whole_resolved = plan->whole_resolved;
    flight->whole_identity = plan->whole_identity;
    flight->whole_initial = plan->whole_initial;
    return dia_run_plan_load(plan, (size_t)shard->first, count, number, note, false, error);
}

/* Consecutive trajectories, so that shards are merged one after the other; whole panels, if there are enough. */
static dia_status take_shard(dia_run_plan *plan, const dia_run_flags *flags, dia_error *error)
{
    const int64_t N = plan->flight.count, M = flags->shards, i = flags->shard, unit = N / M >= 64 ? DIA_LANES : 1,
                  units = (N + unit - 1) / unit;
    if (plan->until != NULL)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "the input has a block `until`, which decides from all trajectories together when there "
            "are enough; a shard cannot: leave `until` out, and set initial.trajectories; a merged swarm "
            "that turns out to be too small goes on with more of them by --extend");
    if (M > N)
        return dia_error_set(error, DIA_ERROR_INPUT, "%lld shards of %lld trajectories: expected at most %lld shards",
                             (long long)M, (long long)N, (long long)N);
    dia_shard shard = {.number = flags->shard,
                       .count = flags->shards,
                       .first = (i - 1) * units / M * unit,
                       .past = i * units / M * unit,
                       .whole = N};
    shard.past = shard.past < N ? shard.past : N;
    return dia_run_plan_divide(plan, &shard, error);
}

/* Reads the input for one method (or for its only swarm). shared: the plan whose model it takes; NULL: none. */
static dia_status prepare(dia_run_plan *plan, const dia_input *input, dia_run_blocks *blocks,
                          const dia_run_plan *shared, const dia_run_flags *flags, dia_error *error)
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
    plan->path = output_path(plan, input, flags);
    const int64_t all = plan->initial_settings.trajectories, own = flags->alone ? 1
                                                                   : flags->shards > 0
                                                                       ? (all + flags->shards - 1) / flags->shards
                                                                       : all;
    return plan->path != NULL ? dia_run_plan_fits(plan, own, error)
                              : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
}

/* Plans for the methods of the input, the first of them `first`, from their names; blocks (count). */
static dia_status prepare_all(dia_run_plan *first, const dia_input *input, dia_run_blocks *blocks, int count,
                              char (*names)[DIA_METHOD_NAME], bool members, const dia_run_flags *flags,
                              dia_error *error)
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
        const dia_status status = prepare(plan, input, &blocks[i], i > 0 ? first : NULL, flags, &why);
        if (status != DIA_OK)
            return dia_error_set(error, status, "%s%s%s%s", names[i][0] != '\0' && !members ? "methods." : "", names[i],
                                 names[i][0] != '\0' ? ": " : "", why.text);
    }
    return DIA_OK;
}

dia_status dia_run_plan_prepare(dia_run_plan **out, const dia_input *input, const dia_run_flags *flags,
                                const dia_control *control, dia_error *error)
{
    static const dia_run_flags none = {0};
    flags = flags != NULL ? flags : &none;
    const int64_t trajectory = flags->alone ? flags->trajectory : -1;
    *out = NULL;
    dia_status status = check_flags(flags, error);
    if (status != DIA_OK)
        return status;
    dia_run_blocks blocks[DIA_METHODS] = {{0}};
    char names[DIA_METHODS][DIA_METHOD_NAME] = {""};
    int count = 1;
    bool members = false;
    dia_run_plan *first = calloc(1, sizeof *first);
    if (first == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    status = dia_run_methods(input, &count, names, &members, error);
    if (status == DIA_OK)
        status = prepare_all(first, input, blocks, count, names, members, flags, error);
    if (status == DIA_OK)
        status = make_initial(first, control, error);
    for (dia_run_plan *plan = first; status == DIA_OK && plan != NULL; plan = plan->next) {
        plan->initial = first->initial;
        status = plan_trajectories(plan, trajectory, error);
        if (status == DIA_OK && flags->shards > 0)
            status = take_shard(plan, flags, error);
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
