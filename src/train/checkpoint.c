/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/checkpoint.h"

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
        status = dia_store_set_int(store, "", "state_size", (int64_t)at->state_size, error);
    if (status == DIA_OK)
        status = write_array(store, "losses", 2, (const double[]){at->loss, at->best_value}, error);
    if (status == DIA_OK)
        status = write_array(store, "theta", (size_t)ntheta, theta, error);
    if (status == DIA_OK)
        status = write_array(store, "best", (size_t)ntheta, best, error);
    if (status == DIA_OK && at->state_size > 0)
        status = write_array(store, "state", at->state_size, at->state, error);
    if (status == DIA_OK)
        status = dia_store_set_int(store, "", "history_size", (int64_t)at->history.n, error);
    if (status == DIA_OK && at->history.n > 0)
        status = write_array(store, "history", DIA_NETWORK_HISTORY * at->history.n, at->history.row, error);
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    dia_store_close(&store);
    return status;
}

static dia_status read_numbers(const dia_store *store, dia_checkpoint *at, int ntheta, double *theta, double *best,
                               dia_error *error)
{
    int64_t stage = 0, iteration = 0, size = 0, moments = 0;
    const size_t n = (size_t)ntheta, two = 2;
    double losses[2];
    dia_status status = dia_store_attribute_int(store, "", "stage", &stage, error);
    if (status == DIA_OK)
        status = dia_store_attribute_int(store, "", "iteration", &iteration, error);
    if (status == DIA_OK)
        status = dia_store_attribute_int(store, "", "state_size", &size, error);
    if (status == DIA_OK && dia_store_has_attribute(store, "", "history_size"))
        status = dia_store_attribute_int(store, "", "history_size", &moments, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "losses", DIA_NUMBER_REAL, 1, &two, losses, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "theta", DIA_NUMBER_REAL, 1, &n, theta, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "best", DIA_NUMBER_REAL, 1, &n, best, error);
    if (status != DIA_OK)
        return status;
    *at = (dia_checkpoint){.stage = (int)stage,
                           .iteration = (long)iteration,
                           .loss = losses[0],
                           .best_value = losses[1],
                           .state_size = (size_t)size,
                           .history = {.n = (size_t)moments, .room = (size_t)moments}};
    const size_t numbers = DIA_NETWORK_HISTORY * at->history.n;
    at->state = calloc(at->state_size + 1, sizeof *at->state);
    at->history.row = calloc(numbers + 1, sizeof *at->history.row);
    if (at->state == NULL || at->history.row == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the optimiser's state", dia_store_path(store));
    if (size > 0)
        status = dia_store_read(store, "state", DIA_NUMBER_REAL, 1, &at->state_size, at->state, error);
    return status == DIA_OK && moments > 0
               ? dia_store_read(store, "history", DIA_NUMBER_REAL, 1, &numbers, at->history.row, error)
               : status;
}

dia_status dia_checkpoint_read(const char *path, const char *digest, dia_checkpoint *at, int ntheta, double *theta,
                               double *best, bool *found, dia_error *error)
{
    *found = false;
    if (access(path, F_OK) != 0)
        return DIA_OK;
    dia_store *store = NULL;
    char *text = NULL;
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_expect(store, "diabolo-training", 1, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "digest", &text, error);
    if (status == DIA_OK && strcmp(text, digest) != 0)
        status = dia_error_set(
            error, DIA_ERROR_INPUT,
            "%s: this checkpoint is of a training with another input or other data; give `--fresh` to start anew, "
            "or another output.file",
            path);
    if (status == DIA_OK)
        status = read_numbers(store, at, ntheta, theta, best, error);
    *found = status == DIA_OK;
    free(text);
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
        status = dia_store_expect(store, "diabolo-model", 1, error);
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
