/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo intersect`: minima and conical intersections, found from many geometries and characterised. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/intersect_input.h"
#include "cli/intersect_report.h"
#include "cli/intersect_tasks.h"
#include "swarm/flight.h"
#include "base/provenance.h"
#include "parallel/team.h"

/* ---- what is there already ------------------------------------------------------------------- */

/* The identity of the file, heap; NULL and an error if it is no file of intersections. */
static char *identity_of(const char *path, dia_error *error)
{
    enum { TEXTS = 5 };
    static const char *const names[TEXTS] = {"program_version", "program_commit", "model_digest", "start_digest",
                                             "resolved"};
    dia_store *store = NULL;
    char *texts[TEXTS] = {NULL}, *identity = NULL;
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(store, DIA_CATALOGUE_FORMAT, DIA_CATALOGUE_VERSION, error);
    for (int i = 0; i < TEXTS && status == DIA_OK; i++)
        status = dia_store_attribute_text(store, "", names[i], &texts[i], error);
    if (status == DIA_OK) {
        identity = dia_identity_text(&(dia_identity){.version = texts[0],
                                                     .commit = texts[1],
                                                     .model_digest = texts[2],
                                                     .initial_digest = texts[3],
                                                     .resolved = texts[4]});
        if (identity == NULL)
            dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    }
    for (int i = 0; i < TEXTS; i++)
        free(texts[i]);
    if (store != NULL)
        dia_store_close(&store);
    return identity;
}

static dia_status compare(const intersect_plan *plan, bool fresh, bool *complete, dia_error *error)
{
    dia_error why = {0};
    char difference[500], *theirs = identity_of(plan->path, &why), *ours = intersect_plan_identity(plan);
    dia_status status = DIA_OK;
    if (theirs == NULL)
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "%s: is there already and is no file of intersections that could be replaced (%s); choose "
                          "another output.file, or move it away",
                          plan->path, why.text);
    else if (ours == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    else if (!dia_identity_differs(theirs, ours, sizeof difference, difference))
        *complete = !fresh;
    else if (!fresh)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: is there already and is the result of another input (%s); choose another "
                               "output.file, or --fresh to replace it",
                               plan->path, difference);
    free(theirs);
    free(ours);
    return status;
}

/* *complete: the very result of this plan is there. Another one is an error unless `fresh`; anything else always is. */
static dia_status look_for_existing(const intersect_plan *plan, bool fresh, bool *complete, dia_error *error)
{
    struct stat about;
    const char *xyz = plan->settings.output.xyz;
    *complete = false;
    dia_status status = stat(plan->path, &about) == 0 ? compare(plan, fresh, complete, error) : DIA_OK;
    if (status == DIA_OK && !*complete && !fresh && xyz != NULL && stat(xyz, &about) == 0)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: is there already; choose another output.xyz, or --fresh to replace it", xyz);
    if (status == DIA_OK && *complete && xyz != NULL && stat(xyz, &about) != 0)
        *complete = false; /* the same numbers again, for the file that is missing */
    return status;
}

/* ---- searching ------------------------------------------------------------------------------- */

typedef struct watch {
    dia_progress progress;
    bool started, quiet;
} watch;

static void report(void *context, int done, int total, int converged)
{
    watch *own = context;
    char note[80];
    if (!own->started)
        dia_progress_start(&own->progress, "searching", 0, total, own->quiet);
    own->started = true;
    snprintf(note, sizeof note, "%d of %d converged", converged, done);
    if (done < total)
        dia_progress_update(&own->progress, done, note);
    else
        dia_progress_finish(&own->progress, done, note);
}

static dia_status label_points(const intersect_plan *plan, dia_catalogue *catalogue, dia_error *error)
{
    const size_t ncart = (size_t)catalogue->molecule.ncart;
    for (int i = 0; plan->classes != NULL && i < catalogue->npoint; i++) {
        const int class = dia_classes_of(plan->classes, catalogue->R + (size_t)i * ncart);
        if (class == dia_classes_count(plan->classes))
            continue; /* "other" */
        free(catalogue->label[i]);
        catalogue->label[i] = strdup(dia_classes_name(plan->classes, class));
        if (catalogue->label[i] == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d names", catalogue->npoint);
    }
    return DIA_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static dia_status write_head(const intersect_plan *plan, const dia_cli *cli, dia_store *store, dia_error *error)
{
    char digest[DIA_DIGEST_SIZE], *identity = intersect_plan_identity(plan);
    if (identity == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_digest_bytes(identity, strlen(identity), digest);
    free(identity);
    const char *const texts[][2] = {{"format", DIA_CATALOGUE_FORMAT},      {"input", dia_config_text(plan->config)},
                                    {"input_path", cli->args[0]},          {"resolved", plan->resolved},
                                    {"model_path", plan->model_path},      {"model_type", dia_model_name(plan->model)},
                                    {"start_digest", plan->starts_digest}, {"program_version", dia_version()},
                                    {"program_commit", dia_commit()},      {"digest", digest}};
    dia_status status = dia_store_set_int(store, "", "version", DIA_CATALOGUE_VERSION, error);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == DIA_OK; i++)
        status = dia_store_set_text(store, "", texts[i][0], texts[i][1], error);
    return status;
}

static dia_status write_file(const intersect_plan *plan, const dia_cli *cli, const dia_survey *survey,
                             const dia_catalogue *catalogue, dia_error *error)
{
    dia_store *store = NULL;
    dia_status status = dia_store_create(&store, plan->path, error);
    if (status != DIA_OK)
        return status;
    status = write_head(plan, cli, store, error);
    if (status == DIA_OK)
        status = dia_catalogue_write(catalogue, store, error);
    if (status == DIA_OK)
        status = dia_survey_write(survey, &plan->starts, &catalogue->molecule, store, error);
    if (status == DIA_OK)
        status = intersect_tasks_run(plan, catalogue, cli->quiet, store, error);
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    else
        dia_store_close(&store);
    if (status == DIA_OK && plan->settings.output.xyz != NULL)
        status = intersect_write_xyz(catalogue, plan->settings.output.xyz, error);
    return status;
}

static dia_status search(const intersect_plan *plan, const dia_cli *cli, dia_error *error)
{
    dia_survey survey = {0};
    dia_catalogue catalogue = {0};
    watch own = {.quiet = cli->quiet};
    const dia_survey_control control = {
        .nthread = dia_team_size(cli->threads), .stop = &dia_cli_interrupted, .report = report, .context = &own};
    dia_error why = {0};
    dia_cli_catch_signals();
    dia_status status = dia_survey_run(&survey, plan->model, &plan->starts, &plan->survey, &control, &why);
    if (status == DIA_OK)
        status = dia_survey_collect(&survey, &catalogue, plan->model, &plan->survey, &control, &why);
    if (status == DIA_OK)
        status = label_points(plan, &catalogue, &why);
    if (status == DIA_OK)
        status = write_file(plan, cli, &survey, &catalogue, &why);
    if (status != DIA_OK) {
        const bool broken = status == DIA_ERROR_INTERRUPTED && own.started && own.progress.bar && !cli->quiet;
        dia_error_set(error, status, "%s%s", broken ? "\n" : "", why.text);
    }
    dia_survey_free(&survey);
    dia_catalogue_free(&catalogue);
    return status;
}

static dia_status print_all(const intersect_plan *plan, const intersect_result *result, const dia_store *store,
                            bool json, int *failed, dia_error *error)
{
    dia_json object = {.out = stdout};
    dia_status status;
    if (json) {
        dia_json_object(&object, NULL);
        intersect_write_json(result, &object);
        status = intersect_tasks_tell(plan, store, stdout, &object, failed, error);
        dia_json_end(&object);
    } else {
        intersect_write_text(result, stdout);
        status = intersect_tasks_tell(plan, store, stdout, NULL, failed, error);
        printf("\nfile      %s\n", plan->path);
        if (plan->settings.output.xyz != NULL)
            printf("          %s\n", plan->settings.output.xyz);
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        return dia_error_set(error, DIA_ERROR_FILE, "cannot write the result: %s", strerror(errno));
    return status;
}

/* From the file itself, so that it is the same whether it was made now or before. */
static dia_status tell(const intersect_plan *plan, bool json, dia_error *error)
{
    dia_survey survey = {0};
    dia_catalogue catalogue = {0};
    dia_store *store = NULL;
    int failed = 0;
    dia_status status = dia_catalogue_read(&catalogue, plan->path, error);
    if (status == DIA_OK)
        status = dia_survey_read(&survey, plan->path, error);
    if (status == DIA_OK)
        status = dia_store_open(&store, plan->path, error);
    if (status == DIA_OK) {
        const intersect_result result = {
            .catalogue = &catalogue, .survey = &survey, .model_type = dia_model_name(plan->model), .path = plan->path};
        status = print_all(plan, &result, store, json, &failed, error);
        dia_store_close(&store);
    }
    if (status == DIA_OK && failed > 0)
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "%d task%s failed; the rest is in %s", failed,
                               failed == 1 ? "" : "s", plan->path);
    dia_survey_free(&survey);
    dia_catalogue_free(&catalogue);
    return status;
}

static dia_status work(intersect_plan *plan, const dia_cli *cli, bool fresh, bool json, dia_error *error)
{
    bool complete = false;
    dia_status status = intersect_plan_make(plan, cli, error);
    if (status == DIA_OK)
        status = look_for_existing(plan, fresh, &complete, error);
    if (status != DIA_OK)
        return status;
    if (plan->foreign)
        dia_cli_warning("%s: the swarm was flown on another model than the one that is searched",
                        plan->settings.start.file);
    if (complete && !cli->quiet)
        fprintf(stderr, "%s: complete already, nothing to search (--fresh searches again)\n", plan->path);
    if (!complete)
        status = search(plan, cli, error);
    return status == DIA_OK ? tell(plan, json, error) : status;
}

static int run(int argc, char **argv)
{
    bool fresh = false, json = false;
    const dia_cli_flag flags[] = {
        {.name = "fresh", .help = "replace the result of another input", .given = &fresh},
        {.name = "json", .help = "print one JSON object (docs/intersect.md) instead of a page of text", .given = &json},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "INPUT",
        .summary =
            "Find minima and conical intersections from one or many geometries, or from the hops of a swarm; tell the "
            "distinct ones apart; branching planes, types and curvatures of the seam.",
        .details =
            "`diabolo init intersect` prints a commented input. What is computed is described in docs/intersect.md, "
            "the file in docs/intersections-file.md.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET | DIA_CLI_SET | DIA_CLI_OUTPUT,
        .flags = flags};
    dia_cli cli;
    dia_error error = {0};
    intersect_plan plan = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_USAGE;
    dia_status status = work(&plan, &cli, fresh, json, &error);
    intersect_plan_free(&plan);
    dia_cli_free(&cli);
    return dia_cli_exit(status, &error);
}

static const dia_input_kind kinds[] = {
    {"intersect", "Input of `diabolo intersect`: minima and conical intersections", intersect_options}, {.name = NULL}};

const dia_command dia_command_intersect = {
    .name = "intersect", .summary = "Find and characterise conical intersections", .run = run, .inputs = kinds};
