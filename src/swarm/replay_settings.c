/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The settings of a replay: those that the swarm file holds, and what is set instead. */
#include <stdio.h>
#include <string.h>

#include "dynamics/options.h"
#include "swarm/replay.h"

static dia_status check_settings(const dia_input *input, dia_error *error)
{
    static const char *const unused[] = {"methods", "until", "exact"};
    for (int i = 0; i < input->nset; i++) {
        const size_t length = strcspn(input->set[i], ".=");
        if (length == 7 && strncmp(input->set[i], "initial", length) == 0)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "setting '%s': a replay starts from the initial conditions that the swarm file keeps; "
                                 "`diabolo run` samples others",
                                 input->set[i]);
        for (size_t k = 0; k < sizeof unused / sizeof *unused; k++)
            if (length == strlen(unused[k]) && strncmp(input->set[i], unused[k], length) == 0)
                return dia_error_set(error, DIA_ERROR_INPUT,
                                     "setting '%s': a replay does not use `%s`; expected a key of `dynamics`, `output` "
                                     "or `model`",
                                     input->set[i], unused[k]);
    }
    return DIA_OK;
}

/* The settings of the swarm spell out the options of its methods. A method that is named instead has options of its own. */
static void forget_options(const dia_node *before, const dia_node *now, const dia_option *table)
{
    const dia_node *old = dia_node_child(before, "method"), *new = dia_node_child(now, "method");
    const char *was = old != NULL ? dia_node_text(old) : NULL, *is = new != NULL ? dia_node_text(new) : NULL;
    if (dia_node_is_mapping(now) && was != NULL && is != NULL && strcmp(was, is) != 0)
        dia_config_drop(now, table);
}

static dia_status change_methods(const dia_config *config, const dia_swarm *swarm, dia_error *error)
{
    const dia_input settings = {.text = swarm->resolved};
    dia_config *old = NULL;
    const dia_status status = dia_config_open(&old, &settings, NULL, error);
    if (status != DIA_OK)
        return status;
    const dia_node *before = dia_node_child(dia_config_root(old), "dynamics"),
                   *now = dia_node_child(dia_config_root(config), "dynamics");
    forget_options(before, now, dia_dynamics_options);
    for (const dia_option *option = dia_dynamics_options; option->key != NULL; option++)
        if (option->kind == DIA_OPTION_NODE && option->table != NULL)
            forget_options(dia_node_child(before, option->key), dia_node_child(now, option->key), option->table);
    dia_config_free(old);
    return DIA_OK;
}

/* A plug-in is code: it is opened where the user names it, not because a data file does. */
static dia_status check_plugin(const dia_swarm *swarm, const dia_node *named, const char *key, dia_error *error)
{
    const char *text = named != NULL ? dia_node_text(named) : NULL;
    const size_t length = text != NULL ? strlen(text) : 0;
    if (length < 4 || strcmp(text + length - 3, ".so") != 0 || dia_node_was_set(named))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "%s was flown with the plug-in %s, and code is not run because a data file names it; if you "
                         "trust it, name it: --set %s=%s",
                         swarm->path, text, key, text);
}

static dia_status check_plugins(const dia_config *config, const dia_swarm *swarm, dia_error *error)
{
    const dia_node *root = dia_config_root(config), *model = dia_node_child(root, "model"),
                   *dynamics = dia_node_child(root, "dynamics");
    dia_status status = check_plugin(swarm, model, "model", error);
    if (status == DIA_OK)
        status = check_plugin(swarm, dia_node_child(model, "plugin"), "model.plugin", error);
    if (status == DIA_OK)
        status = check_plugin(swarm, dia_node_child(dynamics, "method"), "dynamics.method", error);
    if (status == DIA_OK)
        status = check_plugin(swarm, dia_node_child(dia_node_child(dynamics, "decoherence"), "method"),
                              "dynamics.decoherence.method", error);
    return status;
}

/* Earlier files say `trajectories: 0` where the number was left out for all frames of a file. */
static dia_status mend_count(dia_config *config, const dia_swarm *swarm, dia_error *error)
{
    const dia_node *initial = dia_node_child(dia_config_root(config), "initial"),
                   *count = dia_node_child(initial, "trajectories");
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)swarm->N);
    return count != NULL && dia_node_text(count) != NULL && strcmp(dia_node_text(count), "0") == 0
               ? dia_config_set(config, "initial.trajectories", number, error)
               : DIA_OK;
}

/* Whether by `output.file=` or within `output={...}`. */
static dia_status check_file(const dia_config *config, dia_error *error)
{
    const dia_node *file = dia_node_child(dia_node_child(dia_config_root(config), "output"), "file");
    return !dia_node_was_set(file) ? DIA_OK
                                   : dia_error_set(error, DIA_ERROR_INPUT,
                                                   "setting output.file: the file of a replay is named by --output");
}

dia_status dia_replay_settings(dia_config **config, const dia_swarm *swarm, const dia_input *input, dia_error *error)
{
    const dia_input settings = {.text = swarm->resolved, .nset = input->nset, .set = input->set};
    dia_status status = check_settings(input, error);
    if (status == DIA_OK)
        status = dia_config_open(config, &settings, NULL, error);
    if (status == DIA_OK)
        status = check_file(*config, error);
    if (status == DIA_OK)
        status = mend_count(*config, swarm, error);
    if (status == DIA_OK)
        status = change_methods(*config, swarm, error);
    return status == DIA_OK ? check_plugins(*config, swarm, error) : status;
}
