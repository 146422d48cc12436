/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo mechanism INPUT`: through which intersections a swarm went, and how it moved. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/mechanism/mechanism.h"
#include "cli/cli.h"

typedef struct teller {
    dia_progress bar;
    const char *what; /* section under way; NULL: none yet */
    bool quiet;
} teller;

static void progress(void *context, const char *what, double done)
{
    teller *t = context;
    if (t->what != what) {
        if (t->what != NULL)
            dia_progress_finish(&t->bar, 1.0, NULL);
        dia_progress_start(&t->bar, what, 0.0, 1.0, t->quiet);
        t->what = what;
    }
    dia_progress_update(&t->bar, done, NULL);
}

static bool stop(void *context)
{
    (void)context;
    return dia_cli_interrupted != 0;
}

/* FILE.h5 -> FILE-clusters.xyz, on the heap. */
static char *clusters_path(const dia_mechanism_settings *settings)
{
    const char *file = settings->output.file, *dot = strrchr(file, '.'), *slash = strrchr(file, '/');
    if (settings->clusters.file != NULL)
        return strdup(settings->clusters.file);
    const size_t stem = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - file) : strlen(file),
                 size = strlen(file) + 20;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%.*s-clusters.xyz", (int)stem, file);
    return path;
}

static dia_status write_files(const dia_mechanism *mechanism, const dia_mechanism_settings *settings,
                              const dia_config *config, bool quiet, dia_error *error)
{
    dia_status status = dia_mechanism_write_file(mechanism, dia_config_text(config), settings->output.file, error);
    char *path = clusters_path(settings);
    if (status == DIA_OK && path == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    if (status == DIA_OK && !quiet)
        fprintf(stderr, "written: %s\n", settings->output.file);
    if (status == DIA_OK && mechanism->clusters.nset > 0 && mechanism->swarm->molecule.dimension == 3) {
        status = dia_clusters_write_xyz(&mechanism->clusters, mechanism->swarm, settings->clusters.most, path, error);
        if (status == DIA_OK && !quiet)
            fprintf(stderr, "written: %s\n", path);
    }
    free(path);
    return status;
}

static dia_status tell(const dia_mechanism *mechanism, bool json, dia_error *error)
{
    if (json)
        dia_mechanism_write_json(mechanism, stdout);
    else
        dia_mechanism_write_text(mechanism, stdout);
    if (fflush(stdout) != 0 || ferror(stdout))
        return dia_error_set(error, DIA_ERROR_FILE, "cannot write the report: %s", strerror(errno));
    return DIA_OK;
}

static dia_status work(const dia_cli *cli, dia_config *config, bool json, dia_error *error)
{
    dia_mechanism_settings settings;
    dia_mechanism *mechanism = NULL;
    teller told = {.quiet = cli->quiet};
    const dia_mechanism_control control = {
        .threads = cli->threads, .progress = progress, .stop = stop, .context = &told};
    dia_status status = dia_mechanism_settings_read(&settings, config, error);
    if (status == DIA_OK)
        status = dia_mechanism_check_output(settings.output.file, error);
    if (status != DIA_OK)
        return status;
    dia_cli_catch_signals();
    status = dia_mechanism_create(&mechanism, &settings, &control, error);
    if (status == DIA_OK && told.what != NULL)
        dia_progress_finish(&told.bar, 1.0, NULL);
    if (status == DIA_OK && mechanism->warning[0] != '\0')
        dia_cli_warning("%s", mechanism->warning);
    if (status == DIA_OK)
        status = write_files(mechanism, &settings, config, cli->quiet, error);
    if (status == DIA_OK)
        status = tell(mechanism, json, error);
    dia_mechanism_free(mechanism);
    return status;
}

static int run(int argc, char **argv)
{
    bool json = false;
    const dia_cli_flag flags[] = {
        {.name = "json", .help = "print one JSON object (docs/mechanism.md) instead of a page of text", .given = &json},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary = "Through which conical intersections the hops of a swarm went, when, and how it moved: internal "
                   "coordinates, normal modes, principal components, clusters of geometries.",
        .details =
            "`diabolo init mechanism` prints an input to start from; docs/mechanism.md explains what is computed.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    dia_config *config = NULL;
    dia_input input = dia_cli_input(&cli, cli.args[0]);
    dia_status status = dia_config_open(&config, &input, "output.file", &error);
    if (status == DIA_OK)
        status = work(&cli, config, json, &error);
    dia_config_free(config);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind inputs[] = {{"mechanism", "Input of `diabolo mechanism`", dia_mechanism_options},
                                        {.name = NULL}};

const dia_command dia_command_mechanism = {
    .name = "mechanism", .summary = "Through which intersections, and how, a swarm went", .run = run, .inputs = inputs};
