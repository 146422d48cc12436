/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Any program as an engine: a geometry and a task in files, labels in a file (docs/engine.md). The command comes from the user's input
 * alone. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "learn/engine.h"
#include "learn/points.h"
#include "learn/process.h"
#include "molecule/lines.h"
#include "molecule/xyz.h"
#include "parallel/team.h"

typedef struct self {
    dia_list command;
    const char *level;
    bool starts;
    char *words[DIA_PROCESS_WORDS + 1]; /* with paths, then the task's file; owned */
    int n;
} self;

static const dia_option options[] = {
    DIA_TEXTS(self, command, NULL,
              "the program and its arguments; words that name files relative to this input become absolute; the file "
              "task.json is added. It runs in a folder of its own",
              .required = true),
    DIA_TEXT(self, level, "labels of a command", "level of theory, for the record"),
    DIA_BOOL(
        self, starts, "false",
        "does the program start from, and keep, wave functions? Then each label is tried from two starts (continuity)"),
    {.key = NULL}};

/* Is it a program that runs the file which its first argument names? */
static bool is_interpreter(const char *word)
{
    static const char *const known[] = {"python",  "bash",  "sh",     "perl", "ruby",
                                        "Rscript", "julia", "octave", "node", NULL};
    const char *slash = strrchr(word, '/'), *name = slash != NULL ? slash + 1 : word;
    for (int i = 0; known[i] != NULL; i++) {
        const size_t n = strlen(known[i]);
        if (strncmp(name, known[i], n) == 0 && name[n + strspn(name + n, "0123456789.")] == '\0') /* python3.11 */
            return true;
    }
    return false;
}

/* A program that cannot be run, or a script that is not there, is told before the first label. */
static dia_status check(const self *s, dia_error *error)
{
    if (access(s->words[0], X_OK) != 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "engine.command: %s is not executable", s->words[0]);
    if (s->n > 1 && is_interpreter(s->words[0]) && s->words[1][0] != '-' && access(s->words[1], R_OK) != 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "engine.command: there is no file '%s' beside the input for %s to run", s->words[1],
                             s->words[0]);
    return DIA_OK;
}

static dia_status open_command(void *own, const dia_molecule *molecule, int nstate, const char *directory,
                               dia_error *error)
{
    self *s = own;
    (void)molecule;
    (void)nstate;
    if (s->command.n < 1 || s->command.n > DIA_PROCESS_WORDS - 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "engine.command: expected 1 to %d words", DIA_PROCESS_WORDS - 2);
    for (int i = 0; i < s->command.n; i++) {
        const char *word = ((const char *const *)s->command.items)[i];
        s->words[s->n] = dia_process_find(word, directory);
        if (i > 0 && (s->words[s->n] == NULL || strchr(word, '/') == NULL)) {
            /* of an argument only a file beside the input is meant, never a program of the same name */
            char *beside = dia_path_join(directory, word);
            const bool file = s->words[s->n] != NULL && beside != NULL && strcmp(beside, s->words[s->n]) == 0;
            free(beside);
            if (!file) {
                free(s->words[s->n]);
                s->words[s->n] = strdup(word);
            }
        }
        if (s->words[s->n] == NULL)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "engine.command: there is no program '%s', neither beside the input nor on the PATH",
                                 word);
        s->n++;
    }
    s->words[s->n] = strdup("task.json");
    return s->words[s->n] != NULL ? check(s, error) : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a command");
}

static void close_command(void *own)
{
    self *s = own;
    for (int i = 0; i <= DIA_PROCESS_WORDS; i++)
        free(s->words[i]);
}

static void level(const void *own, int nstate, size_t size, char *text)
{
    (void)nstate;
    snprintf(text, size, "%s", ((const self *)own)->level);
}

/* ---- the task -------------------------------------------------------------------------------- */

static dia_status write_task(const dia_engine_task *task, dia_error *error)
{
    const dia_molecule *m = task->molecule;
    char *path = dia_path_join(task->scratch, "task.json");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    dia_status status =
        file != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_FILE, "%s: task.json cannot be written", task->scratch);
    if (status == DIA_OK) {
        dia_json json = {.out = file};
        dia_json_object(&json, NULL);
        dia_json_int(&json, "natom", m->natom);
        dia_json_line(&json, "symbols");
        for (int a = 0; a < m->natom; a++)
            dia_json_text(&json, NULL, dia_element_symbol(m->numbers[a]));
        dia_json_end(&json);
        dia_json_array(&json, "positions_bohr");
        for (int a = 0; a < m->natom; a++)
            dia_json_reals(&json, NULL, 3, 1, task->R + 3 * a);
        dia_json_end(&json);
        dia_json_int(&json, "states", task->nstate);
        dia_json_bool(&json, "gradient_of_the_lowest", task->wish == DIA_WISH_GRADIENT);
        dia_json_bool(&json, "gradients", task->wish == DIA_WISH_ALL);
        dia_json_bool(&json, "couplings", task->wish == DIA_WISH_ALL);
        dia_json_text(&json, "start", task->start);
        dia_json_text(&json, "keep", task->keep);
        dia_json_end(&json);
        if (fclose(file) != 0)
            status = dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be written", path);
    }
    free(path);
    return status;
}

static dia_status write_geometry(const dia_engine_task *task, dia_error *error)
{
    char *path = dia_path_join(task->scratch, "geometry.xyz");
    dia_xyz xyz = {
        .molecule = *task->molecule, .nframe = 1, .R = calloc((size_t)task->molecule->ncart, sizeof(double))};
    dia_status status = path != NULL && xyz.R != NULL
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write a geometry");
    if (status == DIA_OK) {
        memcpy(xyz.R, task->R, (size_t)task->molecule->ncart * sizeof(double));
        status = dia_xyz_write(&xyz, path, error);
    }
    free(xyz.R);
    free(path);
    return status;
}

/* ---- labels.txt ------------------------------------------------------------------------------ */

static dia_status numbers(dia_lines *lines, int n, double *values, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int i = 0; i < n && status == DIA_OK; i++)
        status = dia_lines_real(lines, "energy or component", &values[i], error);
    return status == DIA_OK ? dia_lines_end(lines, error) : status;
}

static dia_status vectors(dia_lines *lines, const dia_engine_task *task, double *to, dia_error *error)
{
    dia_status status = dia_lines_end(lines, error);
    for (int a = 0; a < task->molecule->natom && status == DIA_OK; a++)
        status = dia_lines_next_filled(lines) != NULL
                     ? numbers(lines, 3, to + 3 * a, error)
                     : dia_lines_error(lines, error, DIA_ERROR_INPUT, "the file ends within a vector");
    return status;
}

static dia_status read_block(dia_lines *lines, const dia_engine_task *task, dia_engine_label *label, dia_error *error)
{
    const int nc = task->molecule->ncart, last = task->nstate - 1;
    const char *word = dia_lines_token(lines);
    int i = 0, j = 0;
    dia_status status = DIA_OK;
    if (strcmp(word, "energies") == 0)
        return numbers(lines, task->nstate, label->E, error);
    if (strcmp(word, "gradient") == 0) {
        status = dia_lines_int(lines, "the number of a state", 0, last, &i, error);
        return status == DIA_OK ? vectors(lines, task, label->G + i * nc, error) : status;
    }
    if (strcmp(word, "coupling") != 0)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT,
                               "expected `energies E0 E1 ...`, `gradient I` or `coupling I J`, found '%.60s'", word);
    status = dia_lines_int(lines, "the lower state", 0, last, &i, error);
    if (status == DIA_OK)
        status = dia_lines_int(lines, "the upper state", i + 1, last, &j, error);
    return status == DIA_OK ? vectors(lines, task, label->h + (j * (j - 1) / 2 + i) * nc, error) : status;
}

static dia_status read_text(const char *path, const dia_engine_task *task, dia_engine_label *label, dia_error *error)
{
    dia_lines lines;
    dia_status status = dia_lines_open(&lines, path, error);
    while (status == DIA_OK && dia_lines_next_filled(&lines) != NULL)
        if (dia_lines_rest(&lines)[strspn(dia_lines_rest(&lines), " \t")] != '#')
            status = read_block(&lines, task, label, error);
    dia_lines_close(&lines);
    return status;
}

/* One thread at a time reads HDF5. */
static dia_status read_dataset(const char *path, const dia_engine_task *task, dia_engine_label *label, dia_error *error)
{
    const size_t ns = (size_t)task->nstate, nc = (size_t)task->molecule->ncart, np = ns * (ns - 1) / 2;
    dia_points points = {0};
    dia_team_lock();
    dia_status status = dia_points_init(&points, task->molecule, task->nstate, error);
    if (status == DIA_OK)
        status = dia_points_load(&points, path, &(dia_control){.threads = 1}, error);
    dia_team_unlock();
    if (status == DIA_OK && points.n != 1)
        status = dia_error_set(error, DIA_ERROR_INPUT, "labels.h5 holds %d points, expected 1", points.n);
    for (size_t x = 0; x < nc && status == DIA_OK; x++)
        if (!(fabs(points.R[x] - task->R[x]) < 1e-5))
            status = dia_error_set(error, DIA_ERROR_INPUT, "labels.h5 is of another geometry than the one asked for");
    if (status == DIA_OK) {
        memcpy(label->E, points.E, ns * sizeof(double));
        memcpy(label->G, points.G, ns * nc * sizeof(double));
        memcpy(label->h, points.h, np * nc * sizeof(double));
    }
    dia_points_free(&points);
    return status;
}

static bool there(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file != NULL)
        fclose(file);
    return file != NULL;
}

static dia_status read_labels(const dia_engine_task *task, dia_engine_label *label, dia_error *error)
{
    char *text = dia_path_join(task->scratch, "labels.txt"), *data = dia_path_join(task->scratch, "labels.h5");
    dia_status status;
    if (text == NULL || data == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    else if (there(text))
        status = read_text(text, task, label, error);
    else if (there(data))
        status = read_dataset(data, task, label, error);
    else
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the command wrote neither labels.txt nor labels.h5");
    free(text);
    free(data);
    /* what cannot be read is the failure of this label, not of the whole call */
    return status == DIA_ERROR_FILE ? DIA_ERROR_NUMERIC : status;
}

static dia_status label(const void *own, const dia_engine_task *task, dia_engine_label *out, dia_error *error)
{
    const self *s = own;
    const dia_process process = {.command = (const char *const *)s->words,
                                 .folder = task->scratch,
                                 .timeout = task->timeout,
                                 .control = task->control};
    dia_status status = write_task(task, error);
    if (status == DIA_OK)
        status = write_geometry(task, error);
    if (status != DIA_OK)
        return status;
    status = dia_process_run(&process, error);
    return status == DIA_OK ? read_labels(task, out, error) : dia_error_prefix(error, "engine.command");
}

const dia_engine_type dia_engine_type_command = {.name = "command",
                                                 .summary = "labels by any program of yours",
                                                 .reference = "docs/engine.md",
                                                 .options = options,
                                                 .self_size = sizeof(self),
                                                 .starts = true,
                                                 .open = open_command,
                                                 .close = close_command,
                                                 .level = level,
                                                 .label = label};
