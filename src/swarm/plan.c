/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swarm/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dynamics/stop.h"
#include "model/front.h"

typedef struct run_blocks {
    const dia_node *model, *initial, *dynamics, *output, *exact;
} run_blocks;

const dia_option dia_run_options[] = {
    DIA_NODE(run_blocks, model, "file of a model, or a block with `type: NAME`; `diabolo info` lists the types",
             .required = true, .shown = DIA_OPTION_PATH),
    DIA_NODE(run_blocks, initial, "where the trajectories start", .table = dia_initial_options,
             .shown = DIA_OPTION_BLOCK),
    DIA_NODE(run_blocks, dynamics, "how the trajectories move", .table = dia_dynamics_options,
             .shown = DIA_OPTION_BLOCK),
    DIA_NODE(run_blocks, output, "what is written", .table = dia_run_output_options, .shown = DIA_OPTION_BLOCK),
    DIA_NODE(run_blocks, exact, "for `diabolo exact`, which takes the same input; a swarm does not use it"),
    {.key = NULL}};

/* ---- reading --------------------------------------------------------------------------------- */

/* Reads all blocks except the model's; every mistake is noted in the configuration. */
static dia_status read_blocks(dia_run_plan *plan, run_blocks *blocks, bool sampling, dia_error *error)
{
    dia_config *config = plan->config;
    dia_config_read(config, dia_config_root(config), "input", 1, (const dia_option *const[]){dia_run_options},
                    (void *const[]){blocks});
    dia_initial_read(&plan->initial_settings, config, blocks->initial);
    if (sampling)
        return DIA_OK;
    dia_status status = dia_dynamics_read(&plan->dynamics, config, blocks->dynamics, error);
    if (status != DIA_OK)
        return status;
    dia_config_read(config, blocks->output, "output", 1, (const dia_option *const[]){dia_run_output_options},
                    (void *const[]){&plan->output});
    dia_error any = {0};
    if (dia_config_finish(config, &any) == DIA_OK)
        dia_run_output_fit(&plan->output, &plan->dynamics, config, blocks->dynamics, blocks->output,
                           &plan->flight.steps, &plan->flight.every);
    return DIA_OK;
}

/* ---- the resolved input ---------------------------------------------------------------------- */

/* trajectory: the number of a single one; -1: all. What follows from no key, but belongs to the identity of a swarm, is
 * written as a comment. */
static char *resolve(const dia_run_plan *plan, const dia_node *model, int64_t trajectory)
{
    char *text = NULL, digest[DIA_DIGEST_SIZE];
    size_t size = 0;
    dia_error none = {0};
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    dia_model_write(out, plan->model, plan->config, model);
    fprintf(out, "initial:\n");
    dia_initial_write(out, 4, &plan->initial_settings);
    if (plan->initial_settings.file != NULL &&
        dia_digest_file(plan->initial_settings.file, digest, &none) == DIA_OK) /* it has just been read */
        fprintf(out, "    # SHA-256 of file: %s\n", digest);
    if (trajectory >= 0)
        fprintf(out, "    # trajectory %lld alone\n", (long long)trajectory);
    fprintf(out, "dynamics:\n");
    dia_dynamics_write(out, 4, &plan->dynamics);
    fprintf(out, "output:\n");
    dia_option_write(out, 4, dia_run_output_options + 1, &plan->output);
    fclose(out);
    return text;
}

/* ---- the plan -------------------------------------------------------------------------------- */

/* STEM-trajectory-17.h5: a single trajectory does not get the name of the swarm file unless the user asks for it. */
static char *output_path(const dia_run_plan *plan, const dia_input *input, int64_t trajectory)
{
    if (input->output != NULL)
        return strdup(input->output);
    if (trajectory < 0)
        return strdup(plan->output.file);
    const char *file = plan->output.file, *dot = strrchr(file, '.'), *slash = strrchr(file, '/');
    size_t stem = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - file) : strlen(file);
    size_t size = strlen(file) + 40;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%.*s-trajectory-%lld%s", (int)stem, file, (long long)trajectory, file + stem);
    return path;
}

/* Fills the flight except its trajectories. */
static void plan_flight(dia_run_plan *plan, const dia_node *model)
{
    dia_flight *flight = &plan->flight;
    flight->model = plan->model;
    flight->dynamics = &plan->dynamics;
    flight->full = plan->output.trajectories;
    flight->single = plan->output.precision == 0;
    flight->input = dia_config_text(plan->config);
    flight->input_path = dia_config_name(plan->config);
    flight->model_path = dia_node_text(model) != NULL ? dia_config_path_given(plan->config, model) : "-";
}

/* trajectory: the number of a single one; -1: all. */
static dia_status plan_trajectories(dia_run_plan *plan, int64_t trajectory, const dia_node *model, dia_error *error)
{
    const dia_initial *initial = &plan->initial;
    if (trajectory >= initial->n)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "trajectory %lld: the swarm has %d trajectories, counted from 0; expected 0 to %d",
                             (long long)trajectory, initial->n, initial->n - 1);
    size_t first = trajectory >= 0 ? (size_t)trajectory : 0, count = trajectory >= 0 ? 1 : (size_t)initial->n,
           ncart = (size_t)initial->ncart;
    dia_flight *flight = &plan->flight;
    plan->number = dia_allocate(count, sizeof *plan->number);
    plan->resolved = resolve(plan, model, trajectory);
    if (plan->number == NULL || plan->resolved == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    for (size_t j = 0; j < count; j++)
        plan->number[j] = (int64_t)(first + j);
    flight->count = (int64_t)count;
    flight->number = plan->number;
    flight->R = initial->R + first * ncart;
    flight->V = initial->V + first * ncart;
    flight->state = initial->state + first;
    flight->c = initial->c != NULL ? initial->c + first * 2 * (size_t)dia_model_shape(plan->model).nstate : NULL;
    flight->weight = initial->weight + first;
    flight->resolved = plan->resolved;
    plan->identity = dia_flight_identity(flight);
    if (plan->identity == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    dia_digest_bytes(plan->identity, strlen(plan->identity), plan->digest);
    return DIA_OK;
}

/* The limit of the energy's drift is 1 eV, which is nothing in reduced units. Fast modes of a bath, each with kT, are off by
 * some units while they swing; a trajectory that runs away is off by far more. */
static void fit_drift(dia_run_plan *plan, const dia_node *dynamics)
{
    const double units = 20.0;
    if (dia_model_unit(plan->model) > 0.0 && dia_node_child(dynamics, "drift") == NULL)
        plan->dynamics.drift = units * dia_model_unit(plan->model);
}

/* Opens the input and its model. `sampling`: the blocks `dynamics` and `output` are not read. */
static dia_status open_input(dia_run_plan *plan, const dia_input *input, run_blocks *blocks, bool sampling,
                             dia_error *error)
{
    dia_status status = dia_config_open(&plan->config, input, NULL, error);
    if (status == DIA_OK)
        status = read_blocks(plan, blocks, sampling, error);
    if (status == DIA_OK && blocks->model != NULL)
        status = dia_model_open_node(&plan->model, plan->config, blocks->model, error);
    dia_error why = {0};
    if (status == DIA_OK && plan->model != NULL && dia_stops_fit(&plan->dynamics, plan->model, &why) != DIA_OK)
        dia_config_mistake(plan->config, dia_node_child(blocks->dynamics, "stop"), "%s", why.text);
    if (status == DIA_OK)
        status = dia_config_finish(plan->config, error);
    if (status == DIA_OK && !sampling && plan->model != NULL)
        fit_drift(plan, blocks->dynamics);
    plan->dynamics.seed = (uint64_t)plan->initial_settings.seed;
    return status;
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
    run_blocks blocks = {0};
    dia_status status = open_input(plan, input, &blocks, true, error);
    if (status == DIA_OK)
        status = dia_run_plan_fits_samples(plan, error);
    return status == DIA_OK ? make_initial(plan, control, error) : status;
}

dia_status dia_run_plan_make(dia_run_plan **out, const dia_input *input, const dia_run_flags *flags, dia_error *error)
{
    return dia_run_plan_prepare(out, input, flags, NULL, error);
}

dia_status dia_run_plan_prepare(dia_run_plan **out, const dia_input *input, const dia_run_flags *flags,
                                const dia_control *control, dia_error *error)
{
    const int64_t trajectory = flags != NULL && flags->alone ? flags->trajectory : -1;
    *out = NULL;
    if (trajectory < 0 && flags != NULL && flags->alone)
        return dia_error_set(error, DIA_ERROR_INPUT, "trajectory %lld: trajectories are counted from 0",
                             (long long)trajectory);
    run_blocks blocks = {0};
    dia_run_plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    dia_status status = open_input(plan, input, &blocks, false, error);
    if (status == DIA_OK) {
        plan_flight(plan, blocks.model);
        plan->path = output_path(plan, input, trajectory);
        status = plan->path != NULL ? dia_run_plan_fits(plan, trajectory >= 0, error)
                                    : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    }
    if (status == DIA_OK)
        status = make_initial(plan, control, error);
    if (status == DIA_OK)
        status = plan_trajectories(plan, trajectory, blocks.model, error);
    if (status == DIA_OK)
        *out = plan;
    else
        dia_run_plan_free(plan);
    return status;
}

void dia_run_plan_clear(dia_run_plan *plan)
{
    free(plan->number);
    free(plan->resolved);
    free(plan->path);
    free(plan->identity);
    dia_initial_free(&plan->initial);
    dia_dynamics_close(&plan->dynamics);
    dia_model_free(plan->model);
    dia_config_free(plan->config);
}

void dia_run_plan_free(dia_run_plan *plan)
{
    if (plan == NULL)
        return;
    dia_run_plan_clear(plan);
    free(plan);
}

const char *dia_run_plan_text(const dia_run_plan *plan)
{
    return plan->resolved;
}

const char *dia_run_plan_digest(const dia_run_plan *plan)
{
    return plan->digest;
}

const char *dia_run_plan_path(const dia_run_plan *plan)
{
    return plan->path;
}
