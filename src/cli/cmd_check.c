/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `diabolo check FILE`: the doctor. What kind of file it is decides who looks at it. */
#include <stdlib.h>
#include <string.h>

#include "check/check.h"
#include "cli/cli.h"
#include "store/store.h"

typedef struct order {
    const char *path, *json, *repair;
    const dia_control *control;
} order;

static dia_status check_dataset(const order *o, dia_check_result *result, dia_error *error)
{
    return dia_check_dataset(o->path, o->repair, o->control, result, error);
}

/* By the attribute `format` of the file. */
static const struct {
    const char *format;
    dia_status (*check)(const order *o, dia_check_result *result, dia_error *error);
} doctors[] = {{"diabolo-dataset", check_dataset}};

static dia_status format_of(const char *path, char **format, dia_error *error)
{
    dia_store *store = NULL;
    *format = NULL;
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "format", format, error);
    dia_store_close(&store);
    return status;
}

static dia_status check(const order *o, dia_check_result *result, dia_error *error)
{
    char *format;
    dia_status status = format_of(o->path, &format, error);
    size_t i = 0;
    while (status == DIA_OK && i < sizeof doctors / sizeof doctors[0] && strcmp(format, doctors[i].format) != 0)
        i++;
    if (status == DIA_OK && i == sizeof doctors / sizeof doctors[0]) {
        char shown[100];
        dia_text_escape(sizeof shown, shown, strnlen(format, 60), format);
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: a file of format '%s'; only data sets can be checked (%s)",
                               o->path, shown, "diabolo-dataset");
    }
    free(format);
    return status == DIA_OK ? doctors[i].check(o, result, error) : status;
}

static dia_status write_json(const order *o, const char *text, dia_error *error)
{
    dia_output output;
    dia_status status = dia_output_open(&output, o->json, error);
    if (status != DIA_OK)
        return status;
    fputs(text, output.stream);
    return dia_output_close(&output, DIA_OK, error);
}

static dia_status check_json(const order *o, dia_error *error)
{
    const dia_claim claim = {
        .path = o->json, .key = "--json", .what = "findings of this command", .mark = "\"verdict\""};
    const char *inputs[] = {o->path, o->repair};
    return o->json != NULL ? dia_output_check(&claim, 2, inputs, error) : DIA_OK;
}

static int run(int argc, char **argv)
{
    const char *json = NULL, *repair = NULL;
    const dia_cli_flag flags[] = {
        {.name = "json",
         .argument = "FILE",
         .help = "write what was found as one JSON object (docs/check.md)",
         .text = &json},
        {.name = "repair",
         .argument = "FILE",
         .help = "write a cleaned copy: converts, sorts, leaves out, masks with NaN; the page says what was done",
         .text = &repair},
        {.name = NULL}};
    const dia_cli_usage usage = {
        .arguments = "DATA.h5",
        .summary =
            "Find what is wrong with a data set before a network is trained on it: units, signs, meaning of couplings, "
            "exchanged states, duplicates, placeholders, impossible geometries, points of another electronic solution.",
        .details = "Exit status 0: nothing that spoils a training; 1: faults. docs/check.md explains each test.",
        .least = 1,
        .most = 1,
        .common = DIA_CLI_QUIET,
        .flags = flags};
    dia_cli cli;
    dia_cli_talk talk;
    dia_error error = {0};
    if (!dia_cli_parse(&cli, argc, argv, &usage))
        return DIA_EXIT_FAILED;
    const dia_control control = dia_cli_control(&cli, &talk);
    const order o = {.path = cli.args[0], .json = json, .repair = repair, .control = &control};
    dia_check_result result = {0};
    dia_status status = check_json(&o, &error);
    if (status == DIA_OK)
        status = check(&o, &result, &error);
    dia_cli_talk_end(&talk);
    if (status == DIA_OK && json != NULL)
        status = write_json(&o, result.json, &error);
    if (status == DIA_OK)
        fputs(result.text, stdout);
    const bool bad = result.worst == DIA_SEVERITY_FAULT;
    dia_check_result_free(&result);
    dia_cli_free(&cli);
    const int code = dia_cli_exit(status, &error);
    return code == DIA_EXIT_OK && bad ? DIA_EXIT_FAILED : code;
}

const dia_command dia_command_check = {.name = "check", .summary = "Find what is wrong with a data set", .run = run};
