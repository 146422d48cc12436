/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A call of active learning is opened: its messages, its paths, its folder. */
#include "learn/course.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/control.h"
#include "base/machine.h"
#include "base/provenance.h"
#include "learn/process.h"
#include "molecule/xyz.h"
#include "dataset/dataset.h"
#include "train/settings.h"

/* ---- messages -------------------------------------------------------------------------------- */

void dia_course_say(dia_course *c, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(c->now, sizeof c->now, format, arguments);
    va_end(arguments);
}

static void hear_progress(void *context, const dia_progress_state *state)
{
    const dia_course *c = context;
    char what[200], left[40], note[300];
    dia_progress_state own = *state;
    snprintf(what, sizeof what, "%s, %s", c->now, state->what);
    own.what = what;
    dia_course_left(c, sizeof left, left);
    if (left[0] != '\0') {
        snprintf(note, sizeof note, "course %s%s%s", left, state->note != NULL ? "; " : "",
                 state->note != NULL ? state->note : "");
        own.note = note;
    }
    dia_control_progress(c->outer, &own);
}

static void hear_warning(void *context, const char *text)
{
    const dia_course *c = context;
    dia_control_warn(c->outer, "%s%s%s", c->now, c->now[0] != '\0' ? ": " : "", text);
}

static void hear_note(void *context, const char *text)
{
    const dia_course *c = context;
    dia_control_note(c->outer, "%s%s%s", c->now, c->now[0] != '\0' ? ": " : "", text);
}

/* A line of log.txt with the date: the one file that tells when what was done. */
void dia_course_log(const dia_course *c, const char *text)
{
    char *path = dia_path_join(c->folder, "log.txt"), date[40] = "";
    FILE *file = path != NULL ? fopen(path, "a") : NULL;
    const time_t now = time(NULL);
    struct tm parts;
    if (file != NULL && gmtime_r(&now, &parts) != NULL && strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
        fprintf(file, "%s %s\n", date, text);
    if (file != NULL)
        fclose(file);
    free(path);
}

/* ---- paths ----------------------------------------------------------------------------------- */

static dia_status path_of(const char *folder, int round, const char *name, char **path, dia_error *error)
{
    const size_t size = strlen(folder) + strlen(name) + 32;
    *path = malloc(size);
    if (*path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    if (round < 0)
        snprintf(*path, size, "%s/%s", folder, name);
    else
        snprintf(*path, size, "%s/round-%03d%s%s", folder, round, name[0] != '\0' ? "/" : "", name);
    return DIA_OK;
}

dia_status dia_course_path(const dia_course *c, int round, const char *name, char **path, dia_error *error)
{
    return path_of(c->folder, round, name, path, error);
}

dia_status dia_course_given(const dia_course *c, int round, const char *name, char **path, dia_error *error)
{
    return path_of(c->given, round, name, path, error);
}

bool dia_course_exists(const char *path)
{
    struct stat found;
    return stat(path, &found) == 0;
}

/* ---- opening --------------------------------------------------------------------------------- */

/* The molecule is that of the data or of the geometry. */
static dia_status find_molecule(dia_course *c, dia_error *error)
{
    const struct dia_learn_start *s = &c->settings.start;
    if (s->geometry != NULL) {
        dia_xyz xyz;
        dia_status status = dia_xyz_read(&xyz, s->geometry, error);
        if (status != DIA_OK)
            return status;
        status = dia_molecule_copy(&c->bench.molecule, &xyz.molecule, error);
        dia_xyz_free(&xyz);
        return status;
    }
    dia_dataset data;
    dia_status status = dia_dataset_load(&data, s->data, dia_control_threads(&c->control), error);
    if (status != DIA_OK)
        return status;
    status = dia_molecule_init(&c->bench.molecule, data.natom, 3, data.numbers, error);
    if (status == DIA_OK)
        memcpy(c->bench.molecule.reference, data.R, (size_t)data.ncart * sizeof(double));
    dia_dataset_free(&data);
    return status;
}

dia_status dia_course_text(const char *path, const char *text, dia_error *error)
{
    dia_output output;
    dia_status status = dia_output_open(&output, path, error);
    if (status != DIA_OK)
        return status;
    if (fputs(text, output.stream) < 0)
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be written", path);
    return dia_output_close(&output, status, error);
}

static dia_status name_folders(dia_course *c, const dia_input *input, dia_error *error)
{
    const dia_node *output = dia_node_child(dia_config_root(c->config), "output"),
                   *node = output != NULL ? dia_node_child(output, "folder") : NULL;
    const bool set = input->output != NULL || (node != NULL && dia_node_was_set(node));
    c->folder = strdup(c->settings.output.folder);
    c->given = strdup(node != NULL && !set   ? dia_node_text(node)
                      : node == NULL && !set ? "learn"
                                             : c->settings.output.folder);
    if (c->folder != NULL) {
        c->bench.kept = dia_path_join(c->folder, "kept");
        c->bench.scratch = c->settings.engine.scratch != NULL ? strdup(c->settings.engine.scratch)
                                                              : dia_path_join(c->folder, "scratch");
    }
    return c->folder != NULL && c->given != NULL && c->bench.kept != NULL && c->bench.scratch != NULL
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
}

/* Mistakes in the block `train` are told before the first label is asked for. */
static dia_status check_train(dia_course *c, int round, dia_error *error)
{
    dia_training_settings settings = {0};
    dia_config *config = NULL;
    char *text = NULL;
    dia_status status = dia_course_train_text(c, round, false, &text, error);
    if (status == DIA_OK)
        status = dia_config_parse(&config, text, "train", dia_config_directory(c->config), error);
    if (status == DIA_OK)
        status = dia_training_settings_read(&settings, config, error);
    if (status == DIA_OK) {
        c->members = settings.committee.members;
        dia_training_settings_free(&settings);
    }
    if (status == DIA_OK && c->members < 2)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "train.committee.members: expected 2 or more: what is labelled is chosen by their "
                               "disagreement");
    dia_config_free(config);
    free(text);
    return status;
}

dia_status dia_course_open(dia_course *c, const dia_input *input, bool fresh, const dia_control *control,
                           dia_learn_result *result, dia_error *error)
{
    *c = (dia_course){.outer = control, .lock = -1, .result = result, .begun = dia_seconds(), .end = NAN};
    if (control != NULL)
        c->control = *control;
    c->control.context = c;
    c->control.progress = hear_progress;
    c->control.warning = hear_warning;
    c->control.note = hear_note;
    dia_status status = dia_config_open(&c->config, input, "output.folder", error);
    if (status == DIA_OK)
        status = dia_learn_settings_read(&c->settings, c->config, error);
    if (status == DIA_OK)
        status = find_molecule(c, error);
    c->bench.type = c->settings.type;
    c->bench.self = c->settings.self;
    c->bench.common = &c->settings.engine;
    c->bench.control = &c->control;
    if (status == DIA_OK) {
        status = c->settings.type->open(c->settings.self, &c->bench.molecule, c->settings.engine.states,
                                        dia_config_directory(c->config), error);
        c->opened = true;
    }
    if (status == DIA_OK)
        status = name_folders(c, input, error);
    if (status == DIA_OK)
        status = check_train(c, 0, error);
    if (status == DIA_OK && c->settings.continued.from > 0)
        status = check_train(c, c->settings.continued.from, error);
    if (status == DIA_OK)
        status = dia_folder_claim(c, fresh, error);
    c->claimed = status == DIA_OK;
    if (status == DIA_OK)
        dia_course_remember(c);
    if (status == DIA_OK)
        status = dia_folder_make(c->bench.scratch, error);
    if (status == DIA_OK && c->bench.type->starts)
        status = dia_folder_make(c->bench.kept, error);
    if (status == DIA_OK)
        status = dia_points_init(&c->all, &c->bench.molecule, c->settings.engine.states, error);
    if (status == DIA_OK)
        status = dia_points_init(&c->data, &c->bench.molecule, c->settings.engine.states, error);
    char level[300];
    if (status == DIA_OK) {
        c->bench.type->level(c->bench.self, c->settings.engine.states, sizeof level, level);
        if ((c->all.level = strdup(level)) == NULL)
            status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a level of theory");
    }
    return status;
}

void dia_course_close(dia_course *c)
{
    if (c->opened && c->settings.type->close != NULL)
        c->settings.type->close(c->settings.self);
    if (c->claimed && c->settings.engine.scratch == NULL && c->bench.scratch != NULL)
        dia_folder_remove(c->bench.scratch);
    dia_points_free(&c->all);
    dia_points_free(&c->data);
    dia_bench_free(&c->bench);
    dia_learn_settings_free(&c->settings);
    dia_config_free(c->config);
    dia_folder_release(c);
    free(c->folder);
    free(c->given);
}
