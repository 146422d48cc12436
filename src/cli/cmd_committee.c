/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo committee NETWORK.h5... -o COMMITTEE.h5`: networks into one model file, and its calibration. */
#include <stdlib.h>

#include "base/config.h"
#include "cli/cli.h"
#include "diabolo/train.h"

static int run(int argc, char **argv)
{
    const char *below = NULL;
    dia_committee_request request = {0};
    const dia_cli_flag flags[] = {
        {.name = "calibrate",
         .argument = "DATA.h5",
         .help = "find the limits of errors at these points, which no member may have been trained on",
         .text = &request.calibrate},
        {.name = "below",
         .argument = "ENERGY",
         .help = "labels of states at least this high above the lowest energy of the data do not count, e.g. \"8 eV\"",
         .text = &below},
        {.name = "noise",
         .help = "find a noise level of energies, gradients and couplings too: the error where members agree",
         .given = &request.noise},
        {.name = "distilled",
         .argument = "NETWORK.h5",
         .help = "keep a network that was taught by the members' adiabatic mean, for `member: distilled`",
         .text = &request.distilled},
        {.name = "fresh", .help = "replace a model that is there", .given = &request.fresh},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "NETWORK.h5...",
        .summary = "Put networks of the same atoms and states into one model file, a committee. Of a committee all "
                   "members are taken, so that one can be calibrated anew or given a distilled network.",
        .details = "`diabolo train` with `committee: {members: 4}` trains one. docs/committee.md says what it is for.",
        .least = 1,
        .most = 64,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_cli_talk talk;
    dia_error error = {0};
    char *page = NULL, why[200];
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    const bool readable = below == NULL || dia_quantity_parse(below, DIA_ENERGY, &request.below, sizeof why, why);
    if (!readable || cli.output == NULL) {
        dia_cli_error(
            readable ? "--output COMMITTEE.h5 is missing" : "--below %s: expected an energy, such as \"8 eV\"", below);
        dia_cli_free(&cli);
        return DIA_EXIT_USAGE;
    }
    const dia_control control = dia_cli_control(&cli, &talk);
    request.output = cli.output;
    request.n = cli.narg;
    request.members = (const char *const *)cli.args;
    const dia_status status = dia_committee_join(&request, &control, &page, &error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK)
        printf("%s%smodel: %s\n", page != NULL ? page : "", page != NULL ? "\n" : "", cli.output);
    free(page);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_committee = {
    .name = "committee", .summary = "Put networks into one model file, and calibrate their disagreement", .run = run};
