/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/checkpoint.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "model/network.h"
#include "store/store.h"

double dia_checkpoint_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

dia_status dia_history_add(dia_history *history, int stage, long iteration, double loss, double validation,
                           dia_error *error)
{
    if (history->n == history->room) {
        const size_t room = history->room > 0 ? 2 * history->room : 64;
        double *row = realloc(history->row, room * DIA_NETWORK_HISTORY * sizeof *row);
        if (row == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the history of a training");
        history->row = row;
        history->room = room;
    }
    const double row[DIA_NETWORK_HISTORY] = {(double)stage, (double)iteration, loss, validation};
    memcpy(history->row + DIA_NETWORK_HISTORY * history->n++, row, sizeof row);
    return DIA_OK;
}

static dia_status write_array(dia_store *store, const char *name, size_t n, const double *values, dia_error *error)
{
    return dia_store_write(store, name, DIA_NUMBER_REAL, 1, &n, values, NULL, error);
}

dia_status dia_checkpoint_write(const char *path, const char *digest, const dia_checkpoint *at, int ntheta,
                                const double *theta, const double *best, dia_error *error)
{
    dia_store *store = NULL;
    dia_status status = dia_store_create(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "", "format", "diabolo-training", error);
    if (status == DIA_OK)
        status = dia_store_set_int(store, "", "version", 1, error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "", "digest", digest, error);
    if (status == DIA_OK)
        status = dia_store_set_int(store, "", "stage", at->stage, error);
    if (status == DIA_OK)
        status = dia_store_set_int(store, "", "iteration", at->iteration, error);
    if (status == DIA_OK)
        status = write_array(store, "losses", 2, (const double[]){at->loss, at->best_value}, error);
    if (status == DIA_OK)
        status = write_array(store, "theta", (size_t)ntheta, theta, error);
    if (status == DIA_OK)
        status = write_array(store, "best", (size_t)ntheta, best, error);
    if (status == DIA_OK && at->state_size > 0)
        status = write_array(store, "state", at->state_size, at->state, error);
    if (status == DIA_OK && at->history.n > 0)
        status = write_array(store, "history", DIA_NETWORK_HISTORY * at->history.n, at->history.row, error);
    if (status == DIA_OK && at->symmetry != NULL)
        status = dia_store_set_text(store, "", "symmetry", at->symmetry, error);
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    dia_store_close(&store);
    return status;
}

/* A list of rows of so many numbers, onto the heap; none if the file does not have it. */
static dia_status read_list(const dia_store *store, const char *name, size_t columns, size_t *rows, double **values,
                            dia_error *error)
{
    int rank = 1;
    size_t dims[8] = {0};
    void *read = NULL;
    dia_status status = dia_store_has(store, name) ? dia_store_shape(store, name, &rank, dims, error) : DIA_OK;
    if (status == DIA_OK && (rank != 1 || dims[0] % columns != 0))
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: dataset '%s' is no list of rows of %zu numbers",
                               dia_store_path(store), name, columns);
    if (status == DIA_OK && dims[0] > 0)
        status = dia_store_read_new(store, name, DIA_NUMBER_REAL, 1, dims, &read, error);
    *rows = status == DIA_OK ? dims[0] / columns : 0;
    *values = read;
    return status;
}

static dia_status finite(const dia_store *store, const char *name, size_t n, const double *values, dia_error *error)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset '%s' holds a number that is not finite",
                                 dia_store_path(store), name);
    return DIA_OK;
}

static dia_status read_parameters(const dia_store *store, const char *name, size_t n, double *values, dia_error *error)
{
    dia_status status = dia_store_read(store, name, DIA_NUMBER_REAL, 1, &n, values, error);
    return status == DIA_OK ? finite(store, name, n, values, error) : status;
}

/* Stage and iteration of each row; the losses behind them may be anything in a training that fails. */
static dia_status check_history(const dia_store *store, const dia_history *history, dia_error *error)
{
    for (size_t i = 0; i < history->n; i++) {
        const double *row = history->row + DIA_NETWORK_HISTORY * i;
        for (int k = 0; k < 2; k++)
            if (!(row[k] >= 0.0 && row[k] < INT_MAX))
                return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'history': row %zu: impossible %s %g",
                                     dia_store_path(store), i, k == 0 ? "stage" : "iteration", row[k]);
    }
    return DIA_OK;
}

static dia_status read_numbers(const dia_store *store, dia_checkpoint *at, int ntheta, double *theta, double *best,
                               dia_error *error)
{
    int64_t stage = 0, iteration = 0;
    const size_t two = 2;
    double losses[2];
    *at = (dia_checkpoint){0};
    dia_status status = dia_store_attribute_int(store, "", "stage", &stage, error);
    if (status == DIA_OK)
        status = dia_store_attribute_int(store, "", "iteration", &iteration, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "losses", DIA_NUMBER_REAL, 1, &two, losses, error);
    if (status == DIA_OK)
        status = read_parameters(store, "theta", (size_t)ntheta, theta, error);
    if (status == DIA_OK)
        status = read_parameters(store, "best", (size_t)ntheta, best, error);
    if (status != DIA_OK)
        return status;
    if (stage < 0 || stage >= INT_MAX || iteration < 0 || iteration > INT_MAX || !isfinite(losses[0]) ||
        losses[0] < 0.0 || !(losses[1] >= 0.0)) /* the best may still be infinite */
        return dia_error_set(error, DIA_ERROR_FILE, "%s: impossible numbers: stage %lld, iteration %lld, losses %g, %g",
                             dia_store_path(store), (long long)stage, (long long)iteration, losses[0], losses[1]);
    at->stage = (int)stage;
    at->iteration = (long)iteration;
    at->loss = losses[0];
    at->best_value = losses[1];
    status = read_list(store, "state", 1, &at->state_size, &at->state, error);
    if (status == DIA_OK)
        status = finite(store, "state", at->state_size, at->state, error);
    if (status == DIA_OK)
        status = read_list(store, "history", DIA_NETWORK_HISTORY, &at->history.n, &at->history.row, error);
    at->history.room = at->history.n;
    return status == DIA_OK ? check_history(store, &at->history, error) : status;
}

dia_status dia_checkpoint_damaged(dia_error *error)
{
    return dia_error_prefix(error, "the checkpoint is damaged, --fresh starts the training over");
}

/* Opens it if it is there and of this training. *store NULL: not there. */
static dia_status open_own(dia_store **store, const char *path, const char *digest, dia_error *error)
{
    *store = NULL;
    if (access(path, F_OK) != 0)
        return DIA_OK;
    char *text = NULL;
    dia_status status = dia_store_open(store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(*store, "diabolo-training", 1, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(*store, "", "digest", &text, error);
    if (status == DIA_OK && strcmp(text, digest) != 0)
        status = dia_error_set(
            error, DIA_ERROR_INPUT,
            "%s: this checkpoint is of a training with another input or other data; give `--fresh` to start anew, "
            "or another output.file",
            path);
    free(text);
    if (status != DIA_OK)
        dia_store_close(store);
    return status;
}

dia_status dia_checkpoint_read(const char *path, const char *digest, dia_checkpoint *at, int ntheta, double *theta,
                               double *best, bool *found, dia_error *error)
{
    dia_store *store;
    const char *symmetry = at->symmetry;
    dia_status status = open_own(&store, path, digest, error);
    *found = status == DIA_OK && store != NULL;
    if (!*found)
        return status;
    status = read_numbers(store, at, ntheta, theta, best, error);
    at->symmetry = symmetry;
    if (status != DIA_OK)
        dia_checkpoint_damaged(error);
    *found = status == DIA_OK;
    dia_store_close(&store);
    return status;
}

dia_status dia_checkpoint_symmetry(const char *path, const char *digest, char **text, dia_error *error)
{
    dia_store *store;
    *text = NULL;
    dia_status status = open_own(&store, path, digest, error);
    if (status == DIA_OK && store != NULL && dia_store_has_attribute(store, "", "symmetry"))
        status = dia_store_attribute_text(store, "", "symmetry", text, error);
    if (store != NULL)
        dia_store_close(&store);
    return status;
}

dia_status dia_checkpoint_output_matches(const char *path, const char *text, const char *data_digest, bool *matches,
                                         dia_error *error)
{
    dia_store *store = NULL;
    char *found_text = NULL, *found_digest = NULL;
    *matches = false;
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(store, "diabolo-model", DIA_MODEL_VERSION, error);
    const bool recorded = status == DIA_OK && dia_store_has_attribute(store, "", "training") &&
                          dia_store_has_attribute(store, "", "data_sha256");
    if (recorded)
        status = dia_store_attribute_text(store, "", "training", &found_text, error);
    if (recorded && status == DIA_OK)
        status = dia_store_attribute_text(store, "", "data_sha256", &found_digest, error);
    *matches = recorded && status == DIA_OK && strcmp(found_digest, data_digest) == 0 && strcmp(found_text, text) == 0;
    free(found_text);
    free(found_digest);
    dia_store_close(&store);
    if (status == DIA_OK && !*matches)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: exists already and is not the result of this training; give `--fresh` to replace it "
                             "at the end, or another "
                             "output.file",
                             path);
    return status;
}
