/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model that a result was made with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/front.h"
#include "store/store.h"

typedef struct trace { /* the result's data about its model; owned; NULL: none */
    char *model_path, *input_path, *resolved, *digest;
} trace;

static char *text_of(const dia_store *store, const char *name)
{
    char *text = NULL;
    dia_error ignored = {0};
    if (dia_store_has_attribute(store, "", name) &&
        dia_store_attribute_text(store, "", name, &text, &ignored) != DIA_OK)
        text = NULL;
    return text;
}

/* Folder of `file`, then `path`, into text. */
static void beside(const char *file, const char *path, size_t size, char *text)
{
    const char *slash = strrchr(file, '/');
    snprintf(text, size, "%.*s%s", slash != NULL ? (int)(slash - file + 1) : 0, file, path);
}

static bool find(const trace *t, const char *result, size_t size, char *path)
{
    const bool relative = t->model_path[0] != '/';
    if (relative && t->input_path != NULL) {
        beside(t->input_path, t->model_path, size, path);
        if (access(path, R_OK) == 0)
            return true;
    }
    if (relative) {
        beside(result, t->model_path, size, path);
        if (access(path, R_OK) == 0)
            return true;
    }
    snprintf(path, size, "%s", t->model_path);
    return access(path, R_OK) == 0;
}

/* The lines of the block `model:` of a resolved input, which this program wrote with an indentation of four; on the heap.
 * NULL: there is none. */
static char *block_of(const char *resolved)
{
    const char *line = strncmp(resolved, "model:\n", 7) == 0 ? resolved + 7 : strstr(resolved, "\nmodel:\n");
    if (line != NULL && line[0] == '\n')
        line += 8;
    char *block = line != NULL ? calloc(strlen(line) + 1, 1) : NULL, *end = block;
    while (block != NULL && strncmp(line, "    ", 4) == 0) {
        const size_t length = strcspn(line, "\n");
        memcpy(end, line + 4, length - 4);
        end += length - 4;
        *end++ = '\n';
        line += length + (line[length] == '\n');
    }
    return block;
}

static dia_status open_named(dia_model **model, const trace *t, const char *result, dia_error *error)
{
    char place[4096];
    if (t->model_path == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s does not say with which model it was made; name it (`model`)",
                             result);
    if (strcmp(t->model_path, "-") == 0) {
        char *block = t->resolved != NULL ? block_of(t->resolved) : NULL;
        dia_status status =
            block != NULL ? dia_model_open_stored(model, NULL, block, "the model kept in it", ".", error)
                          : dia_error_set(error, DIA_ERROR_INPUT,
                                          "the model was a block of the input, which is not kept; name it (`model`)");
        free(block);
        return status == DIA_OK ? status : dia_error_prefix(error, "%s", result);
    }
    if (!find(t, result, sizeof place, place))
        return dia_error_set(error, DIA_ERROR_FILE,
                             "the model '%.200s' is not to be found from here; name it (`model`)", t->model_path);
    return dia_model_open_stored(model, place, NULL, NULL, NULL, error);
}

dia_status dia_model_of_result(dia_model **model, const char *result, const char *given, dia_error *error)
{
    dia_store *store = NULL;
    *model = NULL;
    dia_status status = dia_store_open(&store, result, error);
    if (status != DIA_OK)
        return status;
    trace t = {.model_path = text_of(store, "model_path"),
               .input_path = text_of(store, "input_path"),
               .resolved = text_of(store, "resolved"),
               .digest = text_of(store, "model_digest")};
    dia_store_close(&store);
    status = given != NULL ? dia_model_load(model, given, error) : open_named(model, &t, result, error);
    if (status == DIA_OK && (t.digest == NULL || strcmp(t.digest, dia_model_digest(*model)) != 0)) {
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: this is not the model that %s was made with: its SHA-256 begins with %.12s, "
                               "expected %.12s",
                               given != NULL ? given : t.model_path, result, dia_model_digest(*model),
                               t.digest != NULL ? t.digest : "one that the file does not tell");
        dia_model_free(*model);
        *model = NULL;
    }
    free(t.model_path);
    free(t.input_path);
    free(t.resolved);
    free(t.digest);
    return status;
}
