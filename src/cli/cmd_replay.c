/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo replay`: trajectories of a finished swarm once more, with everything written. */
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "convert/convert.h"
#include "diabolo/run.h"
#include "diabolo/swarm.h"
#include "swarm/file/table.h"
#include "swarm/replay.h"

/* ---- the page -------------------------------------------------------------------------------- */

static dia_status print_hops(const dia_swarm *swarm, int64_t row, dia_error *error)
{
    const dia_swarm_hops *h = &swarm->hops;
    double *energy = calloc(3 * (size_t)swarm->T, sizeof *energy), *kinetic = energy + swarm->T,
           *work = kinetic + swarm->T;
    dia_status status = energy != NULL ? dia_swarm_rows(swarm, "trajectories/potential", row, 1, energy, error)
                                       : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for energies");
    if (status == DIA_OK)
        status = dia_swarm_rows(swarm, "trajectories/kinetic", row, 1, kinetic, error);
    if (status == DIA_OK && swarm->lit)
        status = dia_swarm_rows(swarm, "trajectories/work", row, 1, work, error);
    bool any = false;
    for (int64_t k = 0; status == DIA_OK && k < h->count; k++) {
        if (h->row[k] != row)
            continue;
        if (!any)
            printf("    time/fs  from   to              gap/eV  kinetic/eV, then  total energy changed/meV\n");
        any = true;
        int64_t s = (int64_t)(h->time[k] / (swarm->timestep * (double)swarm->every) + 0.5);
        s = s < swarm->T ? s : swarm->T - 1;
        printf("%11.4f    S%-2d  S%-2d  %-9s %9.4f  %8.4f %8.4f  %9.3g\n", h->time[k], h->from[k], h->to[k],
               dia_hop_work(h, k) != 0.0 ? "by light"
               : h->accepted[k]          ? "accepted"
                                         : "frustrated",
               h->gap[k] / DIA_EV, h->kinetic_before[k] / DIA_EV, h->kinetic_after[k] / DIA_EV,
               1e3 / DIA_EV * (energy[s] + kinetic[s] - work[s] - energy[0] - kinetic[0]));
    }
    if (status == DIA_OK && !any)
        printf("    no hops\n");
    free(energy);
    return status;
}

static dia_status print_trajectory(const dia_swarm *swarm, int64_t row, dia_error *error)
{
    char name[64];
    int8_t *states = malloc((size_t)swarm->T);
    dia_status status = states != NULL ? dia_swarm_active(swarm, row, 1, states, error)
                                       : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for states");
    if (status == DIA_OK) {
        printf("trajectory %lld: from S%d to S%d in %.6g fs, %s", (long long)swarm->number[row], states[0],
               states[swarm->T - 1], swarm->end[row], dia_fate_text(swarm->fate[row]));
        if (swarm->stop != NULL && dia_swarm_stop_name(swarm, swarm->stop[row], sizeof name, name))
            printf(" (%s)", name);
        printf("; total energy off by %.3g meV at most\n", 1e3 / DIA_EV * swarm->drift[row]);
        status = print_hops(swarm, row, error);
    }
    free(states);
    return status;
}

static void print_comparison(const dia_replay_result *result, const char *swarm)
{
    printf("\n");
    if (result->changed[0] != '\0')
        printf("settings  not the flight of %s: %s\n", swarm, result->changed);
    if (result->compared == 0)
        printf("check     not comparable with %s step by step: another time step\n", swarm);
    else if (result->difference[0] == '\0')
        printf("check     as in the swarm, bit for bit (%lld sample%s, hops and end of each trajectory)\n",
               (long long)result->compared, result->compared == 1 ? "" : "s");
    else
        printf("check     %s the swarm, first in %s\n",
               result->changed[0] != '\0' ? "leaves the trajectory of" : "NOT as in", result->difference);
    if (result->reasons[0] != '\0')
        printf("          a likely reason: %s\n", result->reasons);
}

/* ---- the work -------------------------------------------------------------------------------- */

static dia_status print(const dia_replay_result *result, const char *from, dia_error *error)
{
    dia_swarm *swarm = NULL;
    dia_status status = dia_swarm_open_lean(&swarm, result->run.path, error);
    for (int64_t row = 0; status == DIA_OK && row < swarm->N; row++)
        status = print_trajectory(swarm, row, error);
    if (status == DIA_OK) {
        print_comparison(result, from);
        printf("samples   %lld, every %.4g fs\nfile      %s\n", (long long)swarm->T,
               (double)swarm->every * swarm->timestep, result->run.path);
    }
    dia_swarm_close(swarm);
    return status;
}

/* "17" and "20-29" -> "17,20-29", on the heap. */
static char *numbers_of(const dia_cli *cli, const char *given)
{
    size_t size = given != NULL ? strlen(given) + 1 : 0;
    for (int i = 1; i < cli->narg; i++)
        size += strlen(cli->args[i]) + 1;
    char *text = calloc(size + 1, 1);
    if (text == NULL)
        return NULL;
    if (given != NULL)
        strcat(text, given);
    for (int i = 1; i < cli->narg; i++) {
        if (text[0] != '\0')
            strcat(text, ",");
        strcat(text, cli->args[i]);
    }
    return text;
}

/* A movie that cannot be written is refused before the flight. output: of the flight; NULL: not named. */
static dia_status check_movie(const char *from, const char *numbers, const char *xyz, const char *output,
                              dia_convert_options movie, dia_error *error)
{
    dia_swarm *swarm = NULL;
    dia_status status = dia_swarm_open_lean(&swarm, from, error);
    movie.trajectories = numbers;
    if (status == DIA_OK) {
        movie.inputs[0] = output;
        movie.inputs[1] = swarm->model_path;
        movie.inputs[2] = swarm->input_path;
        status = dia_convert_check(swarm, xyz, &movie, error);
    }
    dia_swarm_close(swarm);
    return status;
}

static dia_status work(const dia_cli *cli, const char *numbers, const char *xyz, bool fresh, dia_error *error)
{
    const dia_convert_options movie = {.format = "extxyz", .replace = fresh, .replacing = "--fresh"};
    dia_status status = xyz != NULL ? check_movie(cli->args[0], numbers, xyz, cli->output, movie, error) : DIA_OK;
    if (status != DIA_OK)
        return status;
    dia_cli_talk talk;
    const dia_control control = dia_cli_control(cli, &talk);
    const dia_input input = {.nset = cli->nset, .set = cli->set, .output = cli->output};
    dia_replay_result result;
    dia_convert_summary summary;
    status = dia_replay_kept(cli->args[0], numbers, &input, fresh, xyz != NULL, &control, &result, error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK && result.run.complete && !cli->quiet)
        fprintf(stderr, "%s: complete already, nothing to fly (--fresh flies it again)\n", result.run.path);
    if (status == DIA_OK)
        status = print(&result, cli->args[0], error);
    if (status == DIA_OK && xyz != NULL) {
        status = dia_convert(result.run.path, xyz, &movie, &summary, error);
        if (status == DIA_OK)
            printf("movie     %s, %lld frames\n", summary.first, (long long)summary.frames);
    }
    return status;
}

static int run(int argc, char **argv)
{
    bool fresh = false;
    const char *trajectories = NULL, *xyz = NULL;
    const dia_cli_flag flags[] = {
        {.name = "trajectory",
         .argument = "NUMBERS",
         .help = "which: 17, or 3,20-29; further numbers may follow the swarm",
         .text = &trajectories},
        {.name = "xyz",
         .argument = "FILE",
         .help = "write it as a movie too, extended XYZ; {trajectory} in the name makes one a trajectory",
         .text = &xyz},
        {.name = "fresh", .help = "replace the files of an earlier replay", .given = &fresh},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "SWARM.h5 [NUMBERS...]",
        .summary =
            "Fly trajectories of a finished swarm again, from the initial conditions and settings that the file holds, "
            "and write every step in full precision to a swarm file of their own. Says whether they are as in the "
            "swarm "
            "bit for bit, or where they leave it.",
        .details = "  diabolo replay swarm.h5 --trajectory 17 --xyz movie.xyz\n"
                   "Other settings make another flight: --set dynamics.timestep=\"0.05 fs\". docs/replay.md",
        .least = 1,
        .most = -1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    char *numbers = numbers_of(&cli, trajectories);
    dia_status status = DIA_OK;
    if (numbers == NULL)
        status = dia_error_set(&error, DIA_ERROR_MEMORY, "out of memory");
    else if (numbers[0] == '\0')
        status = dia_error_set(&error, DIA_ERROR_INPUT,
                               "say which trajectory: --trajectory 17 (3,20-29 for several; they are counted from 0)");
    else
        status = work(&cli, numbers, xyz, fresh, &error);
    free(numbers);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_replay = {
    .name = "replay", .summary = "Fly trajectories of a swarm again, with every step written", .run = run};
