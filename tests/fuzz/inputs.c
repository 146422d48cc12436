/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _DEFAULT_SOURCE /* strsep */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/mechanism/settings.h"
#include "diabolo/exact.h"
#include "diabolo/model.h"
#include "diabolo/run.h"
#include "intersect/plan.h"
#include "learn/settings.h"
#include "train/settings.h"

/* Numbers beyond 9999 ask for work that is merely long. */
static bool small(const char *text)
{
    int digits = 0;
    for (const char *c = text; *c != '\0'; c++) {
        const bool digit = *c >= '0' && *c <= '9';
        if (digits > 0 && (*c == 'e' || *c == 'E' || *c == 'd' || *c == 'D') && c[1] != 'V')
            return false;
        digits = digit ? digits + 1 : 0;
        if (digits > 4)
            return false;
    }
    return true;
}

static void plan_run(const dia_input *input)
{
    dia_error error = {0};
    dia_run_plan *plan;
    fuzz_check(dia_run_plan_make(&plan, input, NULL, &error), &error);
    if (error.status == DIA_OK && (dia_run_plan_text(plan) == NULL || strlen(dia_run_plan_digest(plan)) != 64))
        abort();
    dia_run_plan_free(plan);
}

static void plan_intersect(const dia_input *input)
{
    dia_error error = {0};
    dia_intersect_plan plan;
    fuzz_check(dia_intersect_plan_make(&plan, input, &error), &error);
    dia_intersect_plan_free(&plan);
}

/* Stopped as soon as it has begun. */
static void plan_exact(const dia_input *input)
{
    static const volatile int stop = 1;
    dia_error error = {0};
    dia_exact_result result;
    fuzz_check(dia_exact(input, true, &(dia_control){.threads = 1, .stop = &stop}, &result, &error), &error);
    dia_exact_close(&result);
}

static void open_model(const dia_input *input)
{
    dia_error error = {0};
    dia_model *model;
    fuzz_check(dia_model_parse(&model, input->text, ".", &error), &error);
    if (error.status == DIA_OK) {
        const dia_shape shape = dia_model_shape(model);
        dia_tape *tape;
        double *H = calloc((size_t)shape.npacked, sizeof *H);
        fuzz_check(dia_tape_create_hermitian(&tape, model, 1, 1, &error), &error);
        if (H == NULL || dia_model_hamiltonian(model, tape, 1, dia_model_molecule(model)->reference, H) != DIA_OK)
            abort();
        free(H);
        dia_tape_free(tape);
    }
    dia_model_free(model);
}

/* Settings of commands that only do more once they were read. */
static void read_settings(const char *kind, const dia_input *input)
{
    dia_error error = {0};
    dia_config *config;
    if (dia_config_parse(&config, input->text, "fuzz.yaml", ".", &error) != DIA_OK) {
        fuzz_check(error.status, &error);
        return;
    }
    if (strcmp(kind, "learn") == 0) {
        dia_learn_settings settings = {0};
        fuzz_check(dia_learn_settings_read(&settings, config, &error), &error);
        if (error.status == DIA_OK)
            free(dia_learn_settings_text(&settings));
        dia_learn_settings_free(&settings);
    } else if (strcmp(kind, "train") == 0) {
        dia_training_settings settings = {0};
        fuzz_check(dia_training_settings_read(&settings, config, &error), &error);
        if (error.status == DIA_OK)
            free(dia_training_settings_text(&settings));
        dia_training_settings_free(&settings);
    } else {
        dia_mechanism_settings settings = {0};
        fuzz_check(dia_mechanism_settings_read(&settings, config, &error), &error);
    }
    dia_config_free(config);
}

/* The first line names a command, or "model"; the rest is its input. What is refused is explained. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const struct {
        const char *name;
        void (*plan)(const dia_input *input);
    } kinds[] = {{"run", plan_run},     {"intersect", plan_intersect},
                 {"exact", plan_exact}, {"model", open_model},
                 {"learn", NULL},       {"train", NULL},
                 {"mechanism", NULL}};
    char *text = calloc(size + 1, 1), *rest = text;
    if (text == NULL)
        abort();
    memcpy(text, bytes, size);
    const char *name = strsep(&rest, "\n");
    const dia_input input = {.text = rest, .directory = fuzz_path(""), .output = fuzz_path("output")};
    for (size_t k = 0; rest != NULL && small(rest) && k < sizeof kinds / sizeof *kinds; k++)
        if (strcmp(name, kinds[k].name) == 0) {
            if (kinds[k].plan != NULL)
                kinds[k].plan(&input);
            else
                read_settings(name, &input);
        }
    free(text);
    return 0;
}
