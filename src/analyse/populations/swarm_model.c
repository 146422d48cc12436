/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The model that flew a swarm. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyse/populations/estimators.h"

/* Folder of `file`, then `path`, into text. */
static void beside(const char *file, const char *path, size_t size, char *text)
{
    const char *slash = strrchr(file, '/');
    snprintf(text, size, "%.*s%s", slash != NULL ? (int)(slash - file + 1) : 0, file, path);
}

/* Where the model may be: as the file says, seen from the input, from the swarm, from here. */
static bool find(const dia_record *record, size_t size, char *path)
{
    const dia_swarm *swarm = record->swarm;
    bool found = false;
    if (swarm->model_path[0] != '/' && swarm->input_path != NULL) {
        beside(swarm->input_path, swarm->model_path, size, path);
        found = access(path, R_OK) == 0;
    }
    if (!found && swarm->model_path[0] != '/') {
        beside(swarm->path, swarm->model_path, size, path);
        found = access(path, R_OK) == 0;
    }
    if (!found) {
        snprintf(path, size, "%s", swarm->model_path);
        found = access(path, R_OK) == 0;
    }
    return found;
}

static dia_status open_checked(const dia_record *record, const char *path, dia_model **model, dia_error *error)
{
    const char *digest = record->swarm->model_digest;
    dia_status status = dia_model_load(model, path, error);
    if (status == DIA_OK && strcmp(digest, dia_model_digest(*model)) != 0)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: this is not the model that flew %s: its SHA-256 begins with %.12s, expected %.12s",
                               path, record->swarm->path, dia_model_digest(*model), digest);
    dia_molecule flown = {0};
    if (status == DIA_OK)
        status = dia_swarm_molecule(record->swarm, &flown, error);
    if (status == DIA_OK && (status = dia_molecule_match(dia_model_molecule(*model), &flown, error)) != DIA_OK)
        dia_error_prefix(error, "%s: a model of another molecule than that of %s", path, record->swarm->path);
    dia_molecule_free(&flown);
    if (status == DIA_OK && dia_model_shape(*model).nstate != record->nstate)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: a model of %d states, expected %d as in %s", path,
                               dia_model_shape(*model).nstate, record->nstate, record->swarm->path);
    if (status != DIA_OK) {
        dia_model_free(*model);
        *model = NULL;
    }
    return status;
}

dia_status dia_record_open_model(const dia_record *record, const char *path, dia_model **model, size_t size, char *why,
                                 dia_error *error)
{
    char place[4096];
    dia_error own = {0};
    *model = NULL;
    if (size > 0)
        why[0] = '\0';
    if (path != NULL)
        return open_checked(record, path, model, error);
    if (strcmp(record->swarm->model_path, "-") == 0) {
        snprintf(why, size,
                 "the model was a block inside the input of the swarm; fly it with the model in a file of its own "
                 "to have its diabatic populations");
        return DIA_OK;
    }
    if (!find(record, sizeof place, place)) {
        snprintf(why, size, "the model '%.200s' is not to be found from here; name it (--model)",
                 record->swarm->model_path);
        return DIA_OK;
    }
    if (open_checked(record, place, model, &own) == DIA_ERROR_MEMORY)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s", own.text);
    if (*model == NULL)
        snprintf(why, size, "%.350s", own.text);
    return DIA_OK;
}
