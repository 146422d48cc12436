/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diabolo convert IN OUT: Diabolo's files for other programs, and their files as data sets. */
#include <string.h>

#include "cli/cli.h"
#include "convert/convert.h"

static bool report(void *context, int64_t done, int64_t total)
{
    dia_progress *progress = context;
    if (progress->what == NULL) /* the first call: the total is known now */
        dia_progress_start(progress, "converting", 0.0, (double)total, progress->quiet);
    dia_progress_update(progress, (double)done, NULL);
    return dia_cli_interrupted == 0;
}

static dia_status read_every(const char *text, double *every, dia_error *error)
{
    char why[200];
    double time;
    if (text == NULL)
        return DIA_OK;
    if (!dia_quantity_parse(text, DIA_TIME, &time, sizeof why, why))
        return dia_error_set(error, DIA_ERROR_INPUT, "--every: %s", why);
    *every = time / DIA_FEMTOSECOND;
    if (!(*every > 0.0))
        return dia_error_set(error, DIA_ERROR_INPUT, "--every: expected a time above zero, found '%s'", text);
    return DIA_OK;
}

static void say(const dia_convert_summary *summary)
{
    if (summary->format->swarm == NULL || dia_import_ends(summary->first, ".h5") ||
        dia_import_ends(summary->first, ".hdf5"))
        fprintf(stderr, "wrote %s (a data set of %lld points, from %s)\n", summary->first, (long long)summary->frames,
                summary->format->name);
    else if (summary->files == 1)
        fprintf(stderr, "wrote %s (%s, %lld %s)\n", summary->first, summary->format->name, (long long)summary->frames,
                strcmp(summary->format->name, "csv") == 0 ? "rows" : "frames");
    else
        fprintf(stderr, "wrote %s and %lld more files (%s, %lld frames)\n", summary->first,
                (long long)summary->files - 1, summary->format->name, (long long)summary->frames);
}

static dia_status work(const dia_cli *cli, dia_convert_options *options, const char *every, dia_error *error)
{
    dia_progress progress = {.quiet = cli->quiet};
    dia_cli_talk talk;
    const dia_control control = dia_cli_control(cli, &talk);
    options->import.control = &control;
    dia_convert_summary summary;
    dia_cli_catch_signals();
    options->progress = report;
    options->context = &progress;
    dia_status status = read_every(every, &options->every, error);
    if (status == DIA_OK)
        status = dia_convert(cli->args[0], cli->args[1], options, &summary, error);
    if (status == DIA_OK && progress.what != NULL)
        dia_progress_finish(&progress, progress.total, NULL);
    if (status == DIA_OK && !cli->quiet)
        say(&summary);
    return status;
}

static int run(int argc, char **argv)
{
    dia_convert_options options = {0};
    dia_import_options *import = &options.import;
    const char *names[16];
    dia_list keys = {.items = names};
    const char *every = NULL;
    const dia_cli_flag flags[] = {
        {.name = "format",
         .letter = 'f',
         .argument = "FORMAT",
         .help = "that OUT has: extxyz, h5md, sharc or csv (default: by its ending); or, if OUT is a data set (.h5), "
                 "that IN has: extxyz, npz, pyrai2md, asedb, columbus, sharc, bagel, openmolcas, newtonx (default: "
                 "recognised)",
         .text = &options.format},
        {.name = "trajectory",
         .argument = "NUMBERS",
         .help = "only these: 17, or 3,20-29 (default: all)",
         .text = &options.trajectories},
        {.name = "every",
         .argument = "TIME",
         .help = "from one frame to the next, as \"5 fs\" (default: every sample)",
         .text = &every},
        {.name = "table",
         .argument = "TABLE",
         .help = "of csv: populations, hops, energies or trajectories (default: the one that OUT is named after, else "
                 "populations); of extxyz: hops, for the geometries at hops",
         .text = &options.table},
        {.name = "state",
         .argument = "STATE",
         .help = "of a data set: whose energy and forces the frames carry (default 0)",
         .given = &options.state_given,
         .number = &options.state,
         .most = 10000},
        {.name = "author",
         .argument = "NAME",
         .help = "to be named in an H5MD file, which has a place for it",
         .text = &options.author},
        {.name = "length-unit",
         .argument = "UNIT",
         .help = "into a data set: of the positions, as bohr",
         .text = &import->units.of[DIA_UNIT_LENGTH]},
        {.name = "energy-unit",
         .argument = "UNIT",
         .help = "of the energies, as eV",
         .text = &import->units.of[DIA_UNIT_ENERGY]},
        {.name = "gradient-unit",
         .argument = "UNIT",
         .help = "of the gradients or forces, as eV/Angstrom",
         .text = &import->units.of[DIA_UNIT_GRADIENT]},
        {.name = "coupling-unit",
         .argument = "UNIT",
         .help =
             "of the couplings: eV/Angstrom says that they are h_ij = <i|dH/dR|j>, 1/Angstrom that they are derivative "
             "couplings d_ij = h_ij/(E_j - E_i)",
         .text = &import->units.of[DIA_UNIT_COUPLING]},
        {.name = "dipole-unit",
         .argument = "UNIT",
         .help = "of the dipoles, as debye",
         .text = &import->units.of[DIA_UNIT_DIPOLE]},
        {.name = "key",
         .argument = "QUANTITY=NAME",
         .help = "what positions, numbers, energies, gradients, forces (of the opposite sign), couplings, dipoles or "
                 "group are "
                 "called in IN; may be repeated",
         .texts = &keys},
        {.name = "states",
         .argument = "LIST",
         .help = "only these of IN, as 0-2 (default: all)",
         .text = &import->states},
        {.name = "pairs",
         .argument = "LIST",
         .help = "which states the couplings of IN join, as 0-1,1-2 (default: 0-1, 0-2, ..., 1-2, ...)",
         .text = &import->pairs},
        {.name = "multiplicity",
         .argument = "M",
         .help = "of the states to be read, 1: singlets (default: the only one, else the first that has states)",
         .number = &import->multiplicity,
         .least = 1,
         .most = 20},
        {.name = "molecule",
         .argument = "FILE",
         .help = "an XYZ file: each geometry must have its atoms in its order",
         .text = &import->molecule},
        {.name = "level",
         .argument = "TEXT",
         .help = "level of theory, stored in the data set",
         .text = &import->level},
        {.name = "force", .help = "replace files that are there already", .given = &options.replace},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "IN OUT",
        .summary =
            "Convert a swarm, a data set or a file of intersections to what other programs read: extended XYZ "
            "(.xyz, .extxyz: ASE, OVITO, VMD), H5MD (.h5md: MDAnalysis), SHARC's output.lis and output.xyz (--format "
            "sharc: OUT is a folder), CSV (.csv). Or, if OUT ends in .h5, convert results of other programs to a data "
            "set for "
            "training. docs/convert.md says what is in them, in which units.",
        .details =
            "With {trajectory} in OUT every trajectory has a file of its own:\n"
            "  diabolo convert swarm.h5 movie-{trajectory}.xyz --trajectory 0-9 --every \"5 fs\"\n"
            "A data set from arrays of NumPy, which state no units:\n"
            "  diabolo convert set.npz set.h5 --length-unit Angstrom --energy-unit eV --gradient-unit eV/Angstrom",
        .least = 2,
        .most = 2,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    import->keys = names;
    import->nkey = keys.n;
    dia_status status = work(&cli, &options, every, &error);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

const dia_command dia_command_convert = {
    .name = "convert",
    .summary = "Swarms and geometries for other programs: extended XYZ, H5MD, SHARC, CSV; their data as data sets",
    .run = run};
