/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo check FILE`: the doctor. What kind of file it is decides who looks at it. */
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "cli/cli.h"
#include "model/verdict.h"
#include "store/store.h"

typedef struct order {
    const char *path, *json, *html, *data, *repair;
    bool record; /* the verdict of a model beside its file */
    dia_model *model;
    const dia_control *control;
} order;

static dia_status check_dataset(order *o, dia_check_result *result, dia_error *error)
{
    if (o->data != NULL || o->html != NULL || o->record)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: a data set; --data, --html and --record are for models",
                             o->path);
    return dia_check_dataset(o->path, o->repair, o->control, result, error);
}

static dia_status check_model(order *o, dia_check_result *result, dia_error *error)
{
    if (o->repair != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: a model; --repair is for data sets", o->path);
    const dia_status status = dia_model_load(&o->model, o->path, error);
    return status == DIA_OK ? dia_check_model(o->model, o->path, o->data, o->control, result, error) : status;
}

/* By the attribute `format` of the file. */
static const struct {
    const char *format;
    dia_status (*check)(order *o, dia_check_result *result, dia_error *error);
} doctors[] = {{"diabolo-dataset", check_dataset}, {"diabolo-model", check_model}};

/* NULL: no HDF5 file, but perhaps a model in YAML or a plug-in. */
static dia_status format_of(const char *path, char **format, dia_error *error)
{
    dia_store *store = NULL;
    *format = NULL;
    if (!dia_store_is_hdf5(path))
        return DIA_OK;
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK && !dia_store_has_attribute(store, "", "format"))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: no file of Diabolo's: it has no root attribute 'format'; expected a data set or a "
                               "model (diabolo-dataset, diabolo-model); docs/convert.md says how data sets are made",
                               path);
    else if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "format", format, error);
    dia_store_close(&store);
    return status;
}

static dia_status check(order *o, dia_check_result *result, dia_error *error)
{
    char *format;
    dia_status status = format_of(o->path, &format, error);
    if (status != DIA_OK || format == NULL)
        return status == DIA_OK ? check_model(o, result, error) : status;
    size_t i = 0;
    while (i < sizeof doctors / sizeof doctors[0] && strcmp(format, doctors[i].format) != 0)
        i++;
    if (i == sizeof doctors / sizeof doctors[0]) {
        char shown[100];
        dia_text_escape(sizeof shown, shown, strnlen(format, 60), format);
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: a file of format '%s'; data sets and models can be checked (%s, %s)", o->path,
                               shown, doctors[0].format, doctors[1].format);
    }
    free(format);
    return status == DIA_OK ? doctors[i].check(o, result, error) : status;
}

static dia_status write_text(const char *path, const char *text, dia_error *error)
{
    dia_output output;
    dia_status status = dia_output_open(&output, path, error);
    if (status != DIA_OK)
        return status;
    fputs(text, output.stream);
    return dia_output_close(&output, DIA_OK, error);
}

static dia_status check_outputs(const order *o, dia_error *error)
{
    const dia_claim claims[] = {
        {.path = o->json, .key = "--json", .what = "findings of this command", .mark = "\"verdict\""},
        {.path = o->html, .key = "--html", .what = "a page of this command", .mark = "<title>Check of "}};
    dia_status status = DIA_OK;
    for (int i = 0; i < 2 && status == DIA_OK; i++) {
        const char *inputs[] = {o->path, o->data, claims[1 - i].path, o->repair};
        status = claims[i].path != NULL ? dia_output_check(&claims[i], 4, inputs, error) : DIA_OK;
    }
    return status;
}

static dia_status write_record(const order *o, const char *text, dia_error *error)
{
    char *path = dia_model_verdict_path(o->model);
    const char *inputs[] = {o->path, o->data};
    const dia_claim claim = {.path = path, .key = "--record", .what = "a verdict", .mark = "\"verdict\""};
    dia_status status = path != NULL ? dia_output_check(&claim, 2, inputs, error)
                                     : dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", o->path);
    if (status == DIA_OK)
        status = write_text(path, text, error);
    free(path);
    return status;
}

static dia_status write_all(const order *o, const dia_check_result *result, dia_error *error)
{
    dia_status status = DIA_OK;
    if (o->json != NULL)
        status = write_text(o->json, result->json, error);
    if (status == DIA_OK && o->html != NULL)
        status = write_text(o->html, result->html, error);
    if (status == DIA_OK && o->record)
        status = write_record(o, result->json, error);
    if (status == DIA_OK)
        fputs(result->text, stdout);
    return status;
}

static int run(int argc, char **argv)
{
    order o = {0};
    const dia_cli_flag flags[] = {
        {.name = "json",
         .argument = "FILE",
         .help = "write what was found as one JSON object (docs/check.md)",
         .text = &o.json},
        {.name = "repair",
         .argument = "FILE",
         .help = "write a cleaned copy: converts, sorts, leaves out, masks with NaN; the page says what was done",
         .text = &o.repair},
        {.name = "html",
         .argument = "FILE",
         .help = "of a model: write the same as a page for a browser",
         .text = &o.html},
        {.name = "data",
         .argument = "DATA.h5",
         .help = "of a model: labelled points that it was not trained on, for its errors and its topology",
         .text = &o.data},
        {.name = "record",
         .help = "of a model: keep the verdict beside it, in FILE.check.json; `diabolo run` then names it, the report "
                 "shows it",
         .given = &o.record},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "DATA.h5|MODEL",
        .summary =
            "Find what is wrong with a data set before a network is trained on it: units, signs, meaning of couplings, "
            "exchanged states, duplicates, placeholders, impossible geometries, points of another electronic solution. "
            "Or with a "
            "model before a swarm flies on it: derivatives, symmetry, energy conservation, holes, geometric phase, "
            "extrapolation, errors.",
        .details =
            "Exit status 0: nothing that spoils a training or a swarm; 1: faults. docs/check.md explains each test.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_THREADS | DIA_CLI_QUIET,
        .flags = flags};
    dia_cli cli;
    dia_cli_talk talk;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_FAILED;
    const dia_control control = dia_cli_control(&cli, &talk);
    o.path = cli.args[0];
    o.control = &control;
    dia_check_result result = {0};
    dia_status status = check_outputs(&o, &error);
    if (status == DIA_OK)
        status = check(&o, &result, &error);
    dia_cli_talk_end(&talk);
    if (result.text != NULL) { /* also where what was found cannot be repaired */
        dia_error own = {0};
        const dia_status written = write_all(&o, &result, &own);
        if (status == DIA_OK && written != DIA_OK) {
            status = written;
            error = own;
        }
    }
    const bool bad = result.worst == DIA_SEVERITY_FAULT;
    dia_check_result_free(&result);
    dia_model_free(o.model);
    dia_cli_free(&cli);
    const int code = dia_cli_exit(status, &error);
    return code == DIA_EXIT_OK && bad ? DIA_EXIT_FAILED : code;
}

const dia_command dia_command_check = {
    .name = "check", .summary = "Find what is wrong with a data set or a model", .run = run};
