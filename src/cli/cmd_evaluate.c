/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo evaluate MODEL DATASET.h5`: errors of a model against data; `diabolo evaluate MODEL GEOMETRIES -o OUT.h5`:
 * H, energies, gradients, couplings. */
#include "base/config.h"
#include "cli/cli.h"
#include "diabolo/model.h"
#include "diabolo/train.h"

static int run(int argc, char **argv)
{
    bool as_json = false;
    const char *below = NULL;
    dia_evaluation_plan plan = {0};
    const dia_cli_flag flags[] = {
        {.name = "json", .help = "print errors as one JSON object", .given = &as_json},
        {.name = "below",
         .argument = "ENERGY",
         .help = "labels of states at least this high above the lowest energy of the data do not count, e.g. \"8 eV\"",
         .text = &below},
        {.name = "states",
         .argument = "N",
         .help = "only the lowest N states count (default: all that the data have and the model was fitted to)",
         .number = &plan.states,
         .least = 1,
         .most = 1000},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "MODEL DATASET.h5\nMODEL GEOMETRIES.xyz",
        .summary = "Compare a model with ab initio data, or evaluate it at given geometries.",
        .details =
            "With --output the hamiltonian, energies, gradients and couplings go to FILE (HDF5, a data set). "
            "Errors are per Cartesian component; couplings are gap-scaled and projected on internal motions; signs "
            "of the states are chosen jointly for each geometry, states within 20 meV compared up to a rotation.",
        .least = 2,
        .most = 2,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_cli_talk talk;
    dia_error error = {0};
    dia_model *model = NULL;
    dia_evaluation evaluation = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_FAILED;
    const dia_control control = dia_cli_control(&cli, &talk);
    char why[200];
    if (below != NULL &&
        (!dia_quantity_parse(below, DIA_ENERGY, &plan.below, sizeof why, why) || !(plan.below > 0.0))) {
        dia_cli_error("--below %s: expected an energy above 0, such as \"8 eV\"", below);
        dia_cli_free(&cli);
        return DIA_EXIT_USAGE;
    }
    plan.output = cli.output;
    dia_status status = dia_model_load(&model, cli.args[0], &error);
    if (status == DIA_OK && dia_model_note(model) != NULL)
        dia_cli_warning("%s: %s", cli.args[0], dia_model_note(model));
    if (status == DIA_OK)
        status = dia_evaluate(model, cli.args[1], &plan, &control, &evaluation, &error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK && (evaluation.labelled || cli.output == NULL))
        fputs(as_json ? evaluation.json : evaluation.table, stdout);
    dia_evaluation_free(&evaluation);
    dia_model_free(model);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_evaluate = {
    .name = "evaluate", .summary = "Compare a model with data, or evaluate it at geometries", .run = run};
