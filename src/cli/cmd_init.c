/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo init KIND`: a commented input to start from, written by the same tables that read it. */
#include <string.h>

#include "cli/cli.h"
#include "model/registry.h"

static const dia_input_kind *kind_find(const char *name)
{
    for (int i = 0; dia_commands[i] != NULL; i++)
        for (const dia_input_kind *kind = dia_commands[i]->inputs; kind != NULL && kind->name != NULL; kind++)
            if (strcmp(kind->name, name) == 0)
                return kind;
    return NULL;
}

/* All kinds of input; returns how many. Models that are read from HDF5 only have no options and are left out. */
static int kinds(int room, const char **names, const char **summaries)
{
    int n = 0;
    for (int i = 0; dia_commands[i] != NULL; i++)
        for (const dia_input_kind *kind = dia_commands[i]->inputs; kind != NULL && kind->name != NULL && n < room - 1;
             kind++) {
            summaries[n] = kind->summary;
            names[n++] = kind->name;
        }
    for (int i = 0; dia_model_types[i] != NULL && n < room - 1; i++)
        if (dia_model_types[i]->options != NULL) {
            summaries[n] = dia_model_types[i]->summary;
            names[n++] = dia_model_types[i]->name;
        }
    for (const dia_model_text_entry *set = dia_model_sets; set->name != NULL && n < room - 1; set++) {
        summaries[n] = set->summary;
        names[n++] = set->name;
    }
    names[n] = NULL;
    return n;
}

static void offer_names(int k, const char *const *words, void (*offer)(const char *name, const char *begun),
                        const char *begun)
{
    enum { MOST = 128 };
    const char *names[MOST], *summaries[MOST];
    const int n = k == 0 ? kinds(MOST, names, summaries) : 0;
    for (int i = 0; i < n; i++)
        offer(names[i], begun);
    for (const dia_model_text_entry *input = dia_model_inputs;
         k == 1 && strcmp(words[1], "run") == 0 && input->name != NULL; input++)
        offer(input->name, begun);
}

static void print_kind(const dia_input_kind *kind)
{
    dia_option made[DIA_INPUT_KEYS];
    if (kind->fill != NULL)
        kind->fill(made);
    printf("# %s\n# Keys shown with their defaults may be left out. Paths are relative to this file.\n", kind->summary);
    dia_option_template(stdout, 0, kind->fill != NULL ? made : kind->table);
}

static void print_model(const dia_model_type *type)
{
    printf("# %s\n# %s\n# An input names this file as its model.\n", type->summary, type->reference);
    printf("type: %s\n", type->name);
    dia_option_template(stdout, 0, type->options);
}

/* The usual input of a model of the literature. */
static int print_input(const char *kind, const char *name)
{
    enum { MOST = 128 };
    const char *names[MOST];
    int n = 0;
    const dia_model_text_entry *input = dia_model_text_find(dia_model_inputs, name);
    if (strcmp(kind, "run") != 0) {
        dia_cli_error("only inputs of kind 'run' are there for single models: `diabolo init run %s`", name);
        return DIA_EXIT_USAGE;
    }
    if (input != NULL) {
        fputs(input->text, stdout);
        return dia_cli_exit(DIA_OK, NULL);
    }
    for (input = dia_model_inputs; input->name != NULL && n < MOST - 1; input++)
        names[n++] = input->name;
    names[n] = NULL;
    const char *near = dia_text_nearest(name, names);
    dia_cli_error("there is no usual input of a model '%s'%s%s%s; docs/models.md lists the models that have one", name,
                  near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    return DIA_EXIT_USAGE;
}

static int unknown(const char *name, const char *const *names)
{
    const char *near = dia_text_nearest(name, names);
    if (near != NULL)
        dia_cli_error("'%s' is no kind of input; did you mean '%s'?", name, near);
    else
        dia_cli_error("'%s' is no kind of input; `diabolo init` lists them", name);
    return DIA_EXIT_USAGE;
}

static int run(int argc, char **argv)
{
    enum { MOST = 128 };
    static const dia_cli_usage usage = {
        .arguments = "[KIND [MODEL]]",
        .summary =
            "Print a commented input to start from: `diabolo init run > my.yaml`. Without KIND, list the kinds. "
            "`diabolo init run MODEL`: the usual start of a model of the literature, `diabolo init run pyrazine24`.",
        .most = 2,
    };
    dia_cli cli;
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_FAILED;
    const char *name = cli.narg > 0 ? cli.args[0] : NULL, *of = cli.narg > 1 ? cli.args[1] : NULL;
    const char *names[MOST], *summaries[MOST];
    dia_cli_free(&cli);
    if (of != NULL)
        return print_input(name, of);
    int n = kinds(MOST, names, summaries);
    if (name == NULL) {
        for (int i = 0; i < n; i++)
            printf("%-12s %s\n", names[i], summaries[i]);
        return dia_cli_exit(DIA_OK, NULL);
    }
    const dia_input_kind *kind = kind_find(name);
    const dia_model_type *type = dia_model_type_find(name);
    if (kind != NULL)
        print_kind(kind);
    else if (type != NULL && type->options != NULL)
        print_model(type);
    else if (dia_model_text_find(dia_model_sets, name) != NULL)
        fputs(dia_model_text_find(dia_model_sets, name)->text, stdout);
    else
        return unknown(name, names);
    return dia_cli_exit(DIA_OK, NULL);
}

const dia_command dia_command_init = {
    .name = "init", .summary = "Print a commented input to start from", .run = run, .names = offer_names};
