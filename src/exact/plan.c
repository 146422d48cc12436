/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/machine.h"
#include "base/provenance.h"
#include "dynamics/light.h"
#include "exact/start.h"
#include "math/panel.h"
#include "model/front.h"
#include "parallel/team.h"

typedef struct blocks {
    const dia_node *model, *initial, *dynamics, *methods, *until, *output, *exact;
} blocks;

static const dia_option common_options[] = {
    DIA_TEXT(
        dia_exact_common, engine, "auto",
        "how it is solved: an engine (`diabolo info` lists them); auto: grid for one to three coordinates, for more "
        "heom at a temperature, oscillators at none"),
    DIA_PATH(dia_exact_common, file, NULL,
             "the result; left out: the name of the swarm file with -exact, swarm-exact.h5"),
    DIA_CHOICE(dia_exact_common, convergence, "auto|true|false", "auto",
               "run again with finer settings, and say what changed; auto: only if that takes a minute or less"),
    {.key = NULL}};

static const dia_option input_options[] = {
    DIA_NODE(blocks, model, "file of a model, or a block with `type: NAME`; `diabolo info` lists the types",
             .required = true, .shown = DIA_OPTION_PATH),
    DIA_NODE(blocks, initial, "the wave packet, as the swarm's distribution", .table = dia_initial_options,
             .shown = DIA_OPTION_BLOCK),
    DIA_NODE(blocks, dynamics, "timestep and duration; the rest is for the swarm", .table = dia_dynamics_options,
             .shown = DIA_OPTION_BLOCK),
    DIA_NODE(blocks, methods, "of `diabolo run`; not used here"),
    DIA_NODE(blocks, until, "of `diabolo run`; not used here"),
    DIA_NODE(blocks, output, "what is written", .table = dia_run_output_options, .shown = DIA_OPTION_BLOCK),
    DIA_NODE(blocks, exact, "how the quantum problem is solved", .table = common_options, .shown = DIA_OPTION_BLOCK),
    {.key = NULL}};

void dia_exact_options(dia_option options[DIA_EXACT_KEYS])
{
    enum { MOST = 32 };
    static dia_option block[MOST]; /* the same in each call */
    int n = 0;
    for (const dia_option *option = common_options; option->key != NULL; option++)
        block[n++] = *option;
    for (const dia_option *option = dia_exact_type_find("grid")->options; option->key != NULL && n < MOST - 1; option++)
        block[n++] = *option;
    block[n] = (dia_option){.key = NULL};
    for (n = 0; input_options[n].key != NULL; n++)
        options[n] = input_options[n];
    options[n - 1].table = block;
    options[n] = (dia_option){.key = NULL};
}

/* ---- reading --------------------------------------------------------------------------------- */

static const dia_exact_type *named_engine(dia_config *config, const dia_node *node)
{
    const char *name = dia_node_text(node), *names[64] = {NULL};
    const dia_exact_type *type = name != NULL ? dia_exact_type_find(name) : NULL;
    if (type != NULL)
        return type;
    char known[400] = "";
    for (int i = 0; dia_exact_types[i] != NULL && i < 63; i++) {
        names[i] = dia_exact_types[i]->name;
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const char *near = name != NULL ? dia_text_nearest(name, names) : NULL;
    dia_config_mistake(config, node, "exact.engine: expected auto or one of %s%s%s%s", known,
                       near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    return dia_exact_type_find("grid");
}

/* The engine decides which keys the block has; which one is meant may depend on the model. */
static dia_status find_engine(dia_exact_plan *plan, const blocks *b, dia_error *error)
{
    const dia_node *node = dia_node_child(b->exact, "engine");
    const char *name = node != NULL ? dia_node_text(node) : NULL;
    dia_status status = DIA_OK;
    plan->engine = dia_exact_type_find("grid");
    if (node != NULL && (name == NULL || strcmp(name, "auto") != 0)) {
        plan->engine = named_engine(plan->config, node);
        return DIA_OK;
    }
    if (b->model != NULL)
        status = dia_model_open_node(&plan->model, plan->config, b->model, error);
    if (status == DIA_OK && plan->model != NULL && dia_model_shape(plan->model).ncart > DIA_EXACT_GRID_MOST)
        plan->engine = dia_exact_type_find(plan->initial.temperature > 0.0 ? "heom" : "oscillators");
    return status;
}

static dia_status read_blocks(dia_exact_plan *plan, blocks *b, dia_error *error)
{
    dia_config *config = plan->config;
    dia_config_read(config, dia_config_root(config), "input", 1, (const dia_option *const[]){input_options},
                    (void *const[]){b});
    dia_initial_read(&plan->initial, config, b->initial);
    dia_config_read(config, b->output, "output", 1, (const dia_option *const[]){dia_run_output_options},
                    (void *const[]){&plan->output});
    dia_status status = find_engine(plan, b, error);
    if (status != DIA_OK)
        return status;
    plan->self = dia_allocate(1, plan->engine->self_size + 1);
    if (plan->self == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for an engine");
    dia_config_read(config, b->exact, "exact", plan->engine->options != NULL ? 2 : 1,
                    (const dia_option *const[]){common_options, plan->engine->options},
                    (void *const[]){&plan->common, plan->self});
    status = dia_dynamics_read(&plan->dynamics, config, b->dynamics, error);
    if (status == DIA_OK) {
        dia_error any = {0};
        if (dia_config_finish(config, &any) == DIA_OK)
            dia_run_output_fit(&plan->output, &plan->dynamics, config, b->dynamics, b->output, &plan->problem.steps,
                               &plan->problem.every);
    }
    if (status == DIA_OK && b->model != NULL && plan->model == NULL)
        status = dia_model_open_node(&plan->model, config, b->model, error);
    return status == DIA_OK ? dia_config_finish(config, error) : status;
}

/* ---- the problem ----------------------------------------------------------------------------- */

static dia_status make_regions(dia_exact_plan *plan, const dia_control *control, dia_error *error)
{
    const dia_stops *stops = plan->dynamics.stops;
    if (stops == NULL || plan->engine->regions)
        return dia_exact_regions_make(&plan->regions, stops, plan->model, control, error);
    if (!plan->engine->stationary) /* waves leave at the ends in any case */
        dia_control_warn(control,
                         "dynamics.stop: the engine %s has neither coordinates nor an active state, so it counts no "
                         "outcomes; the block is left out",
                         plan->engine->name);
    return dia_stops_fit(&plan->dynamics, plan->model, error);
}

/* The names of the engines that know light. */
static void lit_engines(size_t size, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (int i = 0; dia_exact_types[i] != NULL; i++)
        if (dia_exact_types[i]->light && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used > 0 ? ", " : "", dia_exact_types[i]->name);
}

static dia_status check_light(const dia_exact_plan *plan, const dia_control *control, dia_error *error)
{
    if (plan->dynamics.light == NULL)
        return DIA_OK;
    dia_light light = *plan->dynamics.light;
    char names[200];
    lit_engines(sizeof names, names);
    if (!plan->engine->light)
        return dia_error_set(error, DIA_ERROR_UNSUPPORTED,
                             "dynamics.light: the engine %s does not know light; exact.engine: expected one of %s",
                             plan->engine->name, names);
    if (light.orientation != 0)
        return dia_error_set(
            error, DIA_ERROR_UNSUPPORTED,
            "dynamics.light.orientation: random gives each trajectory an orientation of its own, a wave "
            "function has one: expected fixed");
    if (!light.gradient && plan->engine->packet)
        dia_control_note(control, "dynamics.light.gradient: false is for trajectories; a wave packet feels all of "
                                  "-mu(R).E(t)");
    light.gradient = false; /* its derivative is not asked for */
    return dia_light_fit(&light, plan->model, error);
}

static dia_status make_problem(dia_exact_plan *plan, const dia_control *control, dia_error *error)
{
    dia_status status = dia_exact_start_make(&plan->start, plan->model, &plan->initial, plan->engine, control, error);
    const dia_shape shape = dia_model_shape(plan->model);
    const dia_molecule *molecule = dia_model_molecule(plan->model);
    double *mass = dia_allocate((size_t)shape.ncart, sizeof *mass), bytes = 0.0;
    dia_exact_problem *problem = &plan->problem;
    problem->mass = mass;
    if (status == DIA_OK && mass == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d masses", shape.ncart);
    if (status == DIA_OK)
        status = make_regions(plan, control, error);
    if (status == DIA_OK)
        status = check_light(plan, control, error);
    if (status != DIA_OK)
        return status;
    for (int c = 0; c < shape.ncart; c++)
        mass[c] = molecule->masses[c / molecule->dimension];
    problem->model = plan->model;
    problem->nstate = shape.nstate;
    problem->ncart = shape.ncart;
    problem->start = &plan->start;
    problem->regions = plan->regions.n > 0 ? &plan->regions : NULL;
    problem->light = plan->dynamics.light;
    problem->stationary = plan->engine->stationary;
    problem->timestep = plan->dynamics.timestep;
    problem->threads = dia_team_size(dia_control_threads(control));
    problem->control = control;
    char advice[300] = "", much[40], there[40];
    status = plan->engine->prepare(plan->self, problem, &bytes, sizeof advice, advice, error);
    const int64_t samples = problem->steps / problem->every + 1;
    const double n = shape.nstate, c = shape.ncart;
    bytes += 8.0 * (3.0 * (double)problem->steps +
                    2.0 * (double)samples *
                        (5.0 + 4.0 * n + 2.0 * n * n + 4.0 * c * (1.0 + n) + 2.0 * n * (1.0 + plan->regions.n)));
    const double memory = dia_machine_memory();
    if (status != DIA_OK || bytes < memory)
        return status;
    dia_bytes_text(bytes, sizeof much, much);
    dia_bytes_text(memory, sizeof there, there);
    return dia_error_set(error, DIA_ERROR_INPUT, "this propagation needs %s (%.0f bytes) of memory, there are %s. %s",
                         much, bytes, there, advice);
}

/* ---- identity, names ------------------------------------------------------------------------- */

static char *resolve(const dia_exact_plan *plan, const dia_node *model)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    dia_model_write(out, plan->model, plan->config, model);
    fprintf(out, "initial:\n");
    dia_initial_write(out, 4, &plan->initial);
    fprintf(out, "dynamics:\n");
    dia_dynamics_write(out, 4, &plan->dynamics);
    fprintf(out, "output:\n");
    dia_option_write(out, 4, dia_run_output_options + 1, &plan->output);
    fprintf(out, "exact:\n    engine: %s\n    convergence: %s\n", plan->engine->name,
            (const char *const[]){"auto", "true", "false"}[plan->common.convergence]);
    if (plan->engine->options != NULL)
        dia_option_write(out, 4, plan->engine->options, plan->self);
    fclose(out);
    return text;
}

/* STEM-exact.h5: the result does not get the name of the swarm file unless the user asks for it. */
static char *output_path(const dia_exact_plan *plan, const dia_input *input)
{
    if (input->output != NULL || plan->common.file != NULL)
        return strdup(input->output != NULL ? input->output : plan->common.file);
    const char *file = plan->output.file, *dot = strrchr(file, '.'), *slash = strrchr(file, '/');
    const size_t stem = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - file) : strlen(file);
    const size_t size = strlen(file) + 10;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%.*s-exact%s", (int)stem, file, file + stem);
    return path;
}

static dia_status identify(dia_exact_plan *plan, const dia_input *input, const dia_node *model, dia_error *error)
{
    char digest[DIA_DIGEST_SIZE];
    plan->path = output_path(plan, input);
    plan->model_path = dia_node_text(model) != NULL ? dia_config_path_given(plan->config, model) : "-";
    plan->resolved = resolve(plan, model);
    if (plan->resolved == NULL || plan->path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the propagation");
    const dia_exact_start *start = &plan->start;
    const size_t n = (size_t)plan->problem.ncart;
    double *numbers = dia_allocate(n * (n + 2), sizeof *numbers); /* a searched minimum is part of the identity */
    if (numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the propagation");
    memcpy(numbers, start->centre, n * sizeof *numbers);
    memcpy(numbers + n, start->momentum, n * sizeof *numbers);
    if (start->covariance != NULL)
        memcpy(numbers + 2 * n, start->covariance, n * n * sizeof *numbers);
    dia_digest_bytes(numbers, n * (n + 2) * sizeof *numbers, digest);
    free(numbers);
    dia_identity identity = {.version = dia_version(),
                             .commit = dia_commit(),
                             .arithmetic = dia_panel_arithmetic(),
                             .model_digest = dia_model_digest(plan->model),
                             .initial_digest = digest,
                             .sampled = plan->initial.sampling == DIA_SAMPLING_WIGNER,
                             .resolved = plan->resolved};
    identity.files = dia_model_files(plan->model, &identity.nfile);
    plan->identity = dia_identity_text(&identity);
    return plan->identity != NULL ? DIA_OK
                                  : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to plan the propagation");
}

/* ---- the plan -------------------------------------------------------------------------------- */

dia_status dia_exact_plan_make(dia_exact_plan *plan, const dia_input *input, const dia_control *control,
                               dia_error *error)
{
    blocks b = {0};
    *plan = (dia_exact_plan){0};
    dia_status status = dia_config_open(&plan->config, input, NULL, error);
    if (status == DIA_OK)
        status = read_blocks(plan, &b, error);
    if (status == DIA_OK)
        status = make_problem(plan, control, error);
    return status == DIA_OK ? identify(plan, input, b.model, error) : status;
}

void dia_exact_plan_free(dia_exact_plan *plan)
{
    if (plan->self != NULL && plan->engine->release != NULL)
        plan->engine->release(plan->self);
    free(plan->self);
    free(plan->path);
    free(plan->resolved);
    free(plan->identity);
    free((void *)plan->problem.mass);
    dia_initial_settings_clear(&plan->initial);
    dia_exact_start_free(&plan->start);
    dia_exact_regions_free(&plan->regions);
    dia_dynamics_close(&plan->dynamics);
    dia_model_free(plan->model);
    dia_config_free(plan->config);
    *plan = (dia_exact_plan){0};
}
