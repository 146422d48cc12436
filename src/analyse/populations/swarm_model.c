/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The molecule of a swarm, and the model that flew it. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyse/populations/estimators.h"

dia_status dia_record_molecule(const dia_record *record, dia_molecule *molecule, dia_error *error)
{
    int rank = 0;
    size_t dims[8] = {0};
    *molecule = (dia_molecule){0};
    dia_status status = dia_store_shape(record->store, "molecule/reference", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 2 || dims[0] < 1 || dims[0] > 100000 || (dims[1] != 1 && dims[1] != 3))
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: dataset 'molecule/reference' has an unexpected shape; expected (atoms, 3) or "
                             "(particles, 1)",
                             dia_store_path(record->store));
    int *numbers = calloc(dims[0], sizeof *numbers);
    if (numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    status = dia_store_read(record->store, "molecule/numbers", DIA_NUMBER_INT, 1, dims, numbers, error);
    if (status == DIA_OK)
        status = dia_molecule_init(molecule, (int)dims[0], (int)dims[1], numbers, error);
    if (status == DIA_OK)
        status = dia_store_read(record->store, "molecule/masses", DIA_NUMBER_REAL, 1, dims, molecule->masses, error);
    if (status == DIA_OK)
        status =
            dia_store_read(record->store, "molecule/reference", DIA_NUMBER_REAL, 2, dims, molecule->reference, error);
    free(numbers);
    if (status != DIA_OK)
        dia_molecule_free(molecule);
    return status;
}

/* Folder of `file`, then `path`, into text. */
static void beside(const char *file, const char *path, size_t size, char *text)
{
    const char *slash = strrchr(file, '/');
    snprintf(text, size, "%.*s%s", slash != NULL ? (int)(slash - file + 1) : 0, file, path);
}

/* Where the model may be: as the file says, seen from the input, from the swarm, from here. */
static bool find(const dia_record *record, size_t size, char *path)
{
    char *input = NULL;
    dia_error ignored = {0};
    bool found = false;
    if (record->model_path[0] != '/' &&
        dia_store_attribute_text(record->store, "", "input_path", &input, &ignored) == DIA_OK) {
        beside(input, record->model_path, size, path);
        found = access(path, R_OK) == 0;
    }
    free(input);
    if (!found && record->model_path[0] != '/') {
        beside(dia_store_path(record->store), record->model_path, size, path);
        found = access(path, R_OK) == 0;
    }
    if (!found) {
        snprintf(path, size, "%s", record->model_path);
        found = access(path, R_OK) == 0;
    }
    return found;
}

static dia_status open_checked(const dia_record *record, const char *path, dia_model **model, dia_error *error)
{
    char *digest = NULL;
    dia_status status = dia_store_attribute_text(record->store, "", "model_digest", &digest, error);
    if (status == DIA_OK)
        status = dia_model_load(model, path, error);
    if (status == DIA_OK && strcmp(digest, dia_model_digest(*model)) != 0)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: this is not the model that flew %s: its SHA-256 begins with %.12s, expected %.12s",
                               path, dia_store_path(record->store), dia_model_digest(*model), digest);
    if (status == DIA_OK && dia_model_shape(*model).nstate != record->nstate)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: a model of %d states, expected %d as in %s", path,
                               dia_model_shape(*model).nstate, record->nstate, dia_store_path(record->store));
    if (status != DIA_OK) {
        dia_model_free(*model);
        *model = NULL;
    }
    free(digest);
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
    if (strcmp(record->model_path, "-") == 0) {
        snprintf(why, size,
                 "the model was a block inside the input of the swarm; fly it with the model in a file of its own "
                 "to have its diabatic populations");
        return DIA_OK;
    }
    if (!find(record, sizeof place, place)) {
        snprintf(why, size, "the model '%.200s' is not to be found from here; name it (--model)", record->model_path);
        return DIA_OK;
    }
    if (open_checked(record, place, model, &own) == DIA_ERROR_MEMORY)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s", own.text);
    if (*model == NULL)
        snprintf(why, size, "%.350s", own.text);
    return DIA_OK;
}
