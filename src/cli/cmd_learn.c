/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo learn INPUT`: active learning, or what is left of it. */
#include "cli/cli.h"
#include "learn/learn.h"
#include "learn/settings.h"

static dia_status work(const dia_cli *cli, bool fresh, dia_error *error)
{
    dia_cli_talk talk;
    const dia_control control = dia_cli_control(cli, &talk);
    const dia_input input = dia_cli_input(cli, cli->args[0]);
    dia_learn_result result;
    const dia_status status = dia_learn(&input, fresh, &control, &result, error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK)
        printf("%s\nmodel: %s\n", result.table, result.model);
    dia_learn_result_free(&result);
    return status;
}

static int run(int argc, char **argv)
{
    bool fresh = false;
    const dia_cli_flag flags[] = {
        {.name = "fresh", .help = "start anew: remove what an earlier call left in the folder", .given = &fresh},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary =
            "Learn a molecule's surfaces where its trajectories go: networks are trained, a swarm is flown on them, "
            "the "
            "geometries at which they are uncertain are labelled by an electronic-structure program, and so on until "
            "the networks are right at fresh hops. After an interruption of any kind the same command resumes where it "
            "stopped, and ends as if undisturbed.",
        .details = "`diabolo init learn` prints a commented input; docs/learn.md explains it, docs/engine.md how to "
                   "use any program "
                   "for the labels.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    const dia_status status = work(&cli, fresh, &error);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind kinds[] = {
    {.name = "learn", .summary = "Input of `diabolo learn`: active learning", .fill = dia_learn_options_fill},
    {.name = NULL}};

const dia_command dia_command_learn = {.name = "learn",
                                       .summary = "Train networks where trajectories go, with labels on demand",
                                       .run = run,
                                       .inputs = kinds};
