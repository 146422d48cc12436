/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "cli/run_input.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/front.h"

typedef struct run_blocks {
    const dia_node *model, *initial, *dynamics, *output;
} run_blocks;

static const dia_option output_options[] = {
    DIA_PATH(run_output, file, "swarm.h5", "the swarm file"),
    /* The name comes first, for the rest is part of what makes two swarms the same: see resolve. */
    DIA_REAL(run_output, every, DIA_TIME, NULL,
             "from one sample to the next, a multiple of the timestep; by default the longest up to 1 fs (at least one "
             "timestep) that divides the flight",
             DIA_RANGE(1e-6, 1e12)),
    DIA_CHOICE(run_output, precision, "single|double", "single",
               "of positions, velocities and amplitudes; energies, hops and initial conditions are always double"),
    DIA_BOOL(run_output, trajectories, "true",
             "write energies, amplitudes, positions and velocities of each trajectory"),
    {.key = NULL}};

const dia_option dia_run_options[] = {
    DIA_NODE(run_blocks, model, "file of a model, or a block with `type: NAME`; `diabolo info` lists the types",
             .required = true, .shown = DIA_OPTION_PATH),
    DIA_NODE(run_blocks, initial, "where the trajectories start", .table = dia_initial_options,
             .shown = DIA_OPTION_BLOCK),
    DIA_NODE(run_blocks, dynamics, "how they fly", .table = dia_dynamics_options, .shown = DIA_OPTION_BLOCK),
    DIA_NODE(run_blocks, output, "what is written", .table = output_options, .shown = DIA_OPTION_BLOCK),
    {.key = NULL}};

/* ---- reading --------------------------------------------------------------------------------- */

/* Time steps and samples must fit into each other; timestep and duration are right by themselves. */
static void fit_times(run_plan *plan, const dia_node *output)
{
    dia_flight *flight = &plan->flight;
    const double timestep = plan->dynamics.timestep;
    flight->steps = dia_dynamics_steps(&plan->dynamics);
    if (plan->output.every > 0.0) {
        double ratio = plan->output.every / timestep;
        flight->every = (int64_t)llround(ratio);
        if (flight->every < 1 || fabs(ratio - (double)flight->every) > 1e-6 * ratio)
            dia_config_mistake(plan->config, dia_node_child(output, "every"),
                               "output.every is %.6g fs, expected a multiple of dynamics.timestep, %.6g fs",
                               plan->output.every / DIA_FEMTOSECOND, timestep / DIA_FEMTOSECOND);
        else if (flight->steps % flight->every != 0)
            dia_config_mistake(plan->config, dia_node_child(output, "every"),
                               "output.every is %lld timesteps, the flight takes %lld: expected a divisor, so that the "
                               "last sample is the end of the flight",
                               (long long)flight->every, (long long)flight->steps);
    } else {
        flight->every = (int64_t)floor(DIA_FEMTOSECOND / timestep * (1.0 + 1e-9));
        for (flight->every = flight->every < 1 ? 1 : flight->every; flight->steps % flight->every != 0;)
            flight->every--;
        plan->output.every = (double)flight->every * timestep;
    }
}

/* Reads all blocks but the model's; every mistake goes to the configuration. */
static dia_status read_blocks(run_plan *plan, run_blocks *blocks, dia_error *error)
{
    dia_config *config = plan->config;
    dia_config_read(config, dia_config_root(config), "input", 1, (const dia_option *const[]){dia_run_options},
                    (void *const[]){blocks});
    dia_config_read(config, blocks->initial, "initial", 1, (const dia_option *const[]){dia_initial_options},
                    (void *const[]){&plan->initial_settings});
    dia_status status = dia_dynamics_read(&plan->dynamics, config, blocks->dynamics, error);
    if (status != DIA_OK)
        return status;
    dia_config_read(config, blocks->output, "output", 1, (const dia_option *const[]){output_options},
                    (void *const[]){&plan->output});
    if (!(plan->dynamics.duration > 0.0) && dia_node_child(blocks->dynamics, "duration") != NULL)
        dia_config_mistake(config, dia_node_child(blocks->dynamics, "duration"),
                           "dynamics.duration must be longer than nothing");
    dia_error any = {0};
    if (dia_config_finish(config, &any) == DIA_OK)
        fit_times(plan, blocks->output);
    return DIA_OK;
}

/* ---- what was read, in full ------------------------------------------------------------------ */

static void write_model(FILE *out, const run_plan *plan, const dia_node *node)
{
    const char *path = dia_node_text(node);
    if (path != NULL) {
        fprintf(out, "model: %s\n", path);
        return;
    }
    const dia_model_type *type = dia_model_type_of(plan->model);
    fprintf(out, "model:\n    type: %s\n", type->name);
    if (type->options != NULL)
        dia_option_write(out, 4, type->options, dia_model_self(plan->model));
}

static char *resolve(const run_plan *plan, const dia_node *model)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    write_model(out, plan, model);
    fprintf(out, "initial:\n");
    dia_option_write(out, 4, dia_initial_options, &plan->initial_settings);
    fprintf(out, "dynamics:\n");
    dia_dynamics_write(out, 4, &plan->dynamics);
    fprintf(out, "output:\n");
    dia_option_write(out, 4, output_options + 1, &plan->output);
    fclose(out);
    return text;
}

/* ---- the plan -------------------------------------------------------------------------------- */

/* STEM-trajectory-17.h5: a single trajectory does not go under the swarm's own name unless asked to. */
static char *output_path(const run_plan *plan, const dia_cli *cli, int64_t trajectory)
{
    if (cli->output != NULL)
        return strdup(cli->output);
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

static dia_status plan_flight(run_plan *plan, const dia_cli *cli, int64_t trajectory, const dia_node *model,
                              dia_error *error)
{
    const dia_initial *initial = &plan->initial;
    if (trajectory >= initial->n)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "--trajectory %lld: the swarm has %d trajectories, counted from 0; expected 0 to %d",
                             (long long)trajectory, initial->n, initial->n - 1);
    size_t first = trajectory >= 0 ? (size_t)trajectory : 0, count = trajectory >= 0 ? 1 : (size_t)initial->n,
           ncart = (size_t)initial->ncart;
    plan->number = dia_allocate(count, sizeof *plan->number);
    plan->resolved = resolve(plan, model);
    plan->path = output_path(plan, cli, trajectory);
    if (plan->number == NULL || plan->resolved == NULL || plan->path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    for (size_t j = 0; j < count; j++)
        plan->number[j] = (int64_t)(first + j);
    dia_flight *flight = &plan->flight;
    flight->model = plan->model;
    flight->dynamics = &plan->dynamics;
    flight->count = (int64_t)count;
    flight->number = plan->number;
    flight->R = initial->R + first * ncart;
    flight->V = initial->V + first * ncart;
    flight->state = initial->state + first;
    flight->weight = initial->weight + first;
    flight->full = plan->output.trajectories;
    flight->single = plan->output.precision == 0;
    flight->input = dia_config_text(plan->config);
    flight->input_path = cli->args[0];
    flight->resolved = plan->resolved;
    flight->model_path = dia_node_text(model) != NULL ? dia_node_text(model) : "-";
    return DIA_OK;
}

dia_status dia_run_plan_make(run_plan *plan, const dia_cli *cli, int64_t trajectory, dia_error *error)
{
    run_blocks blocks = {0};
    memset(plan, 0, sizeof *plan);
    dia_input input = dia_cli_input(cli, cli->args[0]);
    dia_status status = dia_config_open(&plan->config, &input, NULL, error);
    if (status == DIA_OK)
        status = read_blocks(plan, &blocks, error);
    if (status == DIA_OK && blocks.model != NULL)
        status = dia_model_open_node(&plan->model, plan->config, blocks.model, error);
    if (status == DIA_OK)
        status = dia_config_finish(plan->config, error);
    if (status == DIA_OK) {
        plan->dynamics.seed = (uint64_t)plan->initial_settings.seed;
        status = dia_initial_make(&plan->initial, plan->model, &plan->initial_settings, error);
    }
    return status == DIA_OK ? plan_flight(plan, cli, trajectory, blocks.model, error) : status;
}

void dia_run_plan_free(run_plan *plan)
{
    free(plan->number);
    free(plan->resolved);
    free(plan->path);
    dia_initial_free(&plan->initial);
    dia_dynamics_close(&plan->dynamics);
    dia_model_free(plan->model);
    dia_config_free(plan->config);
    memset(plan, 0, sizeof *plan);
}
