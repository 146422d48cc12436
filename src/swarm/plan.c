/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swarm/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dynamics/light.h"
#include "dynamics/doubt.h"
#include "dynamics/options.h"
#include "dynamics/registry.h"
#include "dynamics/stop.h"
#include "model/front.h"

const dia_option dia_run_options[] = {
    DIA_NODE(dia_run_blocks, model, "file of a model, or a block with `type: NAME`; `diabolo info` lists the types",
             .required = true, .shown = DIA_OPTION_PATH),
    DIA_NODE(dia_run_blocks, initial, "where the trajectories start", .table = dia_initial_options,
             .shown = DIA_OPTION_BLOCK),
    DIA_NODE(dia_run_blocks, dynamics, "how the trajectories move", .table = dia_dynamics_options,
             .shown = DIA_OPTION_BLOCK),
    DIA_NODE(
        dia_run_blocks, methods,
        "several swarms from the same initial conditions and random numbers: a name each, and the keys of `dynamics` "
        "that differ: {fssh: {}, lz: {method: landau_zener}}"),
    DIA_NODE(dia_run_blocks, until,
             "fly until these errors are reached, by all methods, at most the trajectories of `initial`: {population "
             "S0: 0.01, lifetime S1: "
             "5 %, least: 200, batch: 256}"),
    DIA_NODE(dia_run_blocks, output, "what is written", .table = dia_run_output_options, .shown = DIA_OPTION_BLOCK),
    DIA_NODE(dia_run_blocks, exact, "for `diabolo exact`, which takes the same input; a swarm does not use it"),
    {.key = NULL}};

/* ---- reading --------------------------------------------------------------------------------- */

/* What a single flight is to show: every step, in full precision, unless the user sets otherwise. */
static void show_all(dia_run_plan *plan, const dia_node *node)
{
    if (!dia_node_was_set(dia_node_child(node, "every")))
        plan->output.every = plan->dynamics.timestep;
    if (!dia_node_was_set(dia_node_child(node, "precision")))
        plan->output.precision = 1;
    if (!dia_node_was_set(dia_node_child(node, "trajectories")))
        plan->output.trajectories = true;
}

dia_status dia_run_plan_read(dia_run_plan *plan, dia_run_blocks *blocks, bool sampling, bool whole, dia_error *error)
{
    dia_config *config = plan->config;
    dia_config_read(config, dia_config_root(config), "input", 1, (const dia_option *const[]){dia_run_options},
                    (void *const[]){blocks});
    dia_initial_read(&plan->initial_settings, config, blocks->initial);
    if (sampling)
        return DIA_OK;
    const dia_node *own = plan->method[0] != '\0' ? dia_node_child(blocks->methods, plan->method) : NULL;
    dia_status status = dia_node_is_mapping(own) ? dia_config_merge(config, "dynamics", own, error) : DIA_OK;
    if (status != DIA_OK)
        return status;
    status = dia_dynamics_read(&plan->dynamics, config, blocks->dynamics, error);
    if (status != DIA_OK)
        return status;
    dia_config_read(config, blocks->output, "output", 1, (const dia_option *const[]){dia_run_output_options},
                    (void *const[]){&plan->output});
    if (whole)
        show_all(plan, blocks->output);
    status = dia_until_read(&plan->until, config, blocks->until, error);
    if (status != DIA_OK)
        return status;
    dia_error any = {0};
    if (dia_config_finish(config, &any) == DIA_OK)
        dia_run_output_fit(&plan->output, &plan->dynamics, config, blocks->dynamics, blocks->output,
                           &plan->flight.steps, &plan->flight.every);
    return DIA_OK;
}

/* ---- the resolved input ---------------------------------------------------------------------- */

/* What follows from no key, but belongs to the identity of a swarm, is written as a comment. */
static char *resolve(const dia_run_plan *plan, const dia_initial_settings *initial, const char *note, bool stored)
{
    char *text = NULL, digest[DIA_DIGEST_SIZE];
    size_t size = 0;
    dia_error none = {0};
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    dia_model_write(out, plan->model, plan->config, plan->model_node);
    fprintf(out, "initial:\n");
    dia_initial_write(out, 4, initial);
    if (!stored && initial->file != NULL &&
        dia_digest_file(initial->file, digest, &none) == DIA_OK) /* it has just been read */
        fprintf(out, "    # SHA-256 of file: %s\n", digest);
    if (!stored && initial->modes != NULL && dia_digest_file(initial->modes, digest, &none) == DIA_OK)
        fprintf(out, "    # SHA-256 of modes: %s\n", digest);
    if (note != NULL)
        fprintf(out, "    # %s\n", note);
    fprintf(out, "dynamics:\n");
    dia_dynamics_write(out, 4, &plan->dynamics);
    fprintf(out, "output:\n");
    dia_option_write(out, 4, dia_run_output_options + 1, &plan->output);
    fclose(out);
    return text;
}

/* ---- the plan -------------------------------------------------------------------------------- */

char *dia_run_path_with(const char *file, const char *word)
{
    const char *dot = strrchr(file, '.'), *slash = strrchr(file, '/');
    const size_t stem = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - file) : strlen(file),
                 size = strlen(file) + strlen(word) + 1;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%.*s%s%s", (int)stem, file, word, file + stem);
    return path;
}

void dia_run_plan_describe(dia_run_plan *plan, const dia_node *model)
{
    dia_flight *flight = &plan->flight;
    plan->model_node = model;
    plan->key = plan->key != NULL ? plan->key : "output.file";
    flight->model = plan->model;
    flight->dynamics = &plan->dynamics;
    flight->full = plan->output.trajectories;
    flight->single = plan->output.precision == 0;
    flight->extendable = plan->output.extendable;
    flight->input = dia_config_text(plan->config);
    flight->input_path = dia_config_name(plan->config);
    flight->model_path = dia_node_text(model) != NULL ? dia_config_path_given(plan->config, model) : "-";
}

dia_status dia_run_plan_load(dia_run_plan *plan, size_t first, size_t count, int64_t *number, const char *note,
                             bool stored, dia_error *error)
{
    const dia_initial *initial = &plan->initial;
    const size_t ncart = (size_t)initial->ncart;
    dia_flight *flight = &plan->flight;
    plan->number = number;
    plan->resolved = resolve(plan, &plan->initial_settings, note, stored);
    if (plan->number == NULL || plan->resolved == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    flight->count = (int64_t)count;
    flight->number = plan->number;
    flight->R = initial->R + first * ncart;
    flight->V = initial->V + first * ncart;
    flight->state = initial->state + first;
    flight->c = initial->c != NULL ? initial->c + first * 2 * (size_t)dia_model_shape(plan->model).nstate : NULL;
    flight->weight = initial->weight + first;
    if (initial->candidate != NULL) {
        flight->candidate = initial->candidate + first;
        flight->excitation = initial->excitation + first;
        flight->strength = initial->strength + first;
        flight->chosen = initial->chosen;
    }
    flight->resolved = plan->resolved;
    plan->identity = dia_flight_identity(flight);
    if (plan->identity == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the flight");
    dia_digest_bytes(plan->identity, strlen(plan->identity), plan->digest);
    return DIA_OK;
}

dia_status dia_run_plan_cut(const dia_run_plan *plan, const dia_flight *whole, int64_t n, dia_flight *flight,
                            char **resolved, dia_error *error)
{
    dia_initial_settings initial = plan->initial_settings;
    initial.trajectories = (int)n;
    *flight = *whole;
    flight->count = n;
    flight->watch = NULL;
    flight->resolved = *resolved = resolve(plan, &initial, NULL, false);
    return *resolved != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to describe the flight");
}

/* The limit of the energy's drift is 1 eV, which is nothing in reduced units. Fast modes of a bath, each with kT, are off by
 * some units while they swing; a trajectory that runs away is off by far more. */
static void fit_drift(dia_run_plan *plan, const dia_node *dynamics)
{
    const double units = 20.0;
    if (dia_model_unit(plan->model) > 0.0 && dia_node_child(dynamics, "drift") == NULL)
        plan->dynamics.drift = units * dia_model_unit(plan->model);
}

static void fit_methods(dia_run_plan *plan, const dia_node *dynamics)
{
    dia_error why = {0};
    size_t hop, decoherence;
    const dia_dynamics *d = &plan->dynamics;
    const dia_shape shape = dia_model_shape(plan->model);
    if (dia_methods_agree(d->hop, d->decoherence) && /* else it has been said */
        dia_dynamics_prepare(d, &shape, &hop, &decoherence, &why) != DIA_OK)
        dia_config_mistake(plan->config, dia_node_child(dynamics, "method"), "%s", why.text);
    if (dia_hop_check(d, dia_model_molecule(plan->model), shape.nstate, &why) != DIA_OK)
        dia_config_mistake(plan->config, dynamics, "%s", why.text);
}

dia_status dia_run_plan_settle(dia_run_plan *plan, const dia_run_blocks *blocks, dia_error *error)
{
    dia_error why = {0};
    if (plan->model != NULL && plan->dynamics.hop != NULL) /* `sample` reads no dynamics */
        fit_methods(plan, blocks->dynamics);
    if (plan->model != NULL && dia_stops_fit(&plan->dynamics, plan->model, &why) != DIA_OK)
        dia_config_mistake(plan->config, dia_node_child(blocks->dynamics, "stop"), "%s", why.text);
    if (plan->model != NULL && dia_precision_fit(&plan->dynamics, plan->model, &why) != DIA_OK)
        dia_config_mistake(plan->config, dia_node_child(blocks->dynamics, "precision"), "%s", why.text);
    if (plan->model != NULL && dia_light_fit(plan->dynamics.light, plan->model, &why) != DIA_OK)
        dia_config_mistake(plan->config, dia_node_child(blocks->dynamics, "light"), "%s", why.text);
    if (plan->model != NULL && dia_doubt_fits(&plan->dynamics, plan->model, &why) != DIA_OK)
        dia_config_mistake(plan->config, dia_node_child(blocks->dynamics, "committee"), "%s", why.text);
    if (plan->model != NULL && plan->until != NULL)
        dia_until_fit(plan->until, plan->config, blocks->until, &plan->dynamics, dia_model_shape(plan->model).nstate,
                      plan->flight.steps, plan->flight.every);
    const dia_status status = dia_config_finish(plan->config, error);
    if (status == DIA_OK && plan->model != NULL)
        fit_drift(plan, blocks->dynamics);
    plan->dynamics.seed = (uint64_t)plan->initial_settings.seed;
    return status;
}

void dia_run_plan_clear(dia_run_plan *plan)
{
    free(plan->number);
    free(plan->resolved);
    free(plan->path);
    free(plan->identity);
    free(plan->shard);
    free(plan->whole_resolved);
    free(plan->whole_identity);
    if (!plan->shares)
        dia_initial_free(&plan->initial);
    if (!plan->shares_model)
        dia_model_free(plan->model);
    free(plan->until);
    dia_initial_settings_clear(&plan->initial_settings);
    dia_dynamics_close(&plan->dynamics);
    dia_config_free(plan->config);
}

void dia_run_plan_free(dia_run_plan *plan)
{
    while (plan != NULL) {
        dia_run_plan *next = plan->next;
        dia_run_plan_clear(plan);
        free(plan);
        plan = next;
    }
}

const char *dia_run_plan_text(const dia_run_plan *plan)
{
    return plan->resolved;
}

const char *dia_run_plan_digest(const dia_run_plan *plan)
{
    return plan->digest;
}

const dia_run_plan *dia_run_plan_next(const dia_run_plan *plan)
{
    return plan->next;
}

const char *dia_run_plan_method(const dia_run_plan *plan)
{
    return plan->method;
}

const char *dia_run_plan_path(const dia_run_plan *plan)
{
    return plan->path;
}
