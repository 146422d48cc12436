/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/train.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "store/store.h"
#include "train/committee.h"
#include "train/training.h"

static dia_status write_errors(const dia_training *t, char **text, dia_error *error)
{
    size_t size = 0;
    FILE *out = open_memstream(text, &size);
    if (out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the table of errors");
    fputs("Errors on the training points\n", out);
    dia_errors_table(&t->errors[0], out);
    dia_dipole_errors_table(&t->dipoles[0], out);
    if (t->nvalidation > 0) {
        fputs("\nErrors on the validation points\n", out);
        dia_errors_table(&t->errors[1], out);
        dia_dipole_errors_table(&t->dipoles[1], out);
    }
    fclose(out);
    return DIA_OK;
}

/* May OUTPUT and what lies beside it be written, and is it there already? */
static dia_status begin(dia_training *t, bool fresh, bool *complete, dia_error *error)
{
    const dia_claim model = {.path = t->output,
                             .key = "output.file",
                             .what = "a model",
                             .ours = dia_store_is,
                             .mark = "diabolo-model"},
                    beside = {.path = t->checkpoint,
                              .key = "output.file",
                              .what = "the checkpoint of a training",
                              .ours = dia_store_is,
                              .mark = "diabolo-training"},
                    partial = {.path = t->partial,
                               .key = "output.file",
                               .what = "the best model so far of a training",
                               .ours = dia_store_is,
                               .mark = "diabolo-model"};
    dia_status status = dia_config_check_output(t->config, &model, 0, NULL, error);
    if (status == DIA_OK)
        status = dia_config_check_output(t->config, &beside, 0, NULL, error);
    if (status == DIA_OK)
        status = dia_config_check_output(t->config, &partial, 0, NULL, error);
    if (status != DIA_OK)
        return status;
    if (!fresh)
        status = dia_training_complete(t, complete, error);
    if (fresh || *complete) { /* one that was killed may have left them beside what it had finished */
        unlink(t->checkpoint);
        unlink(t->partial);
    }
    return status;
}

dia_status dia_training_do(dia_training *t, bool fresh, const dia_control *control, bool *complete, dia_error *error)
{
    dia_status status = begin(t, fresh, complete, error);
    if (status == DIA_OK && !*complete)
        status = dia_training_prepare(t, control, error);
    if (status != DIA_OK || *complete)
        return status;
    dia_control_note(control, "%d parameters, %d symmetry images, %d training and %d validation points",
                     t->network->shape.ntheta, t->network->images.nimage, t->ntrain, t->nvalidation);
    return dia_training_run(t, control, error);
}

static dia_status train(dia_training *t, const dia_input *input, const dia_input *again, bool fresh,
                        const dia_control *control, dia_train_result *result, dia_error *error)
{
    dia_status status = DIA_OK;
    if (t->settings.committee.members > 1) {
        status = begin(t, fresh, &result->complete, error);
        if (status == DIA_OK && result->complete)
            dia_committee_tidy(t);
        return status == DIA_OK && !result->complete
                   ? dia_committee_train(t, input, again, fresh, control, &result->errors, error)
                   : status;
    }
    status = dia_training_do(t, fresh, control, &result->complete, error);
    return status == DIA_OK && !result->complete ? write_errors(t, &result->errors, error) : status;
}

/* Under a lock, OUTPUT.lock, so that no other training writes there. */
static dia_status train_alone(dia_training *t, const dia_input *input, const dia_input *again, bool fresh,
                              const dia_control *control, dia_train_result *result, dia_error *error)
{
    int lock;
    char *path = malloc(strlen(t->output) + sizeof ".lock");
    if (path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    sprintf(path, "%s.lock", t->output);
    dia_status status = dia_lock_open(&lock, path, "training", error);
    if (status == DIA_OK) {
        status = train(t, input, again, fresh, control, result, error);
        unlink(path); /* while the lock is held: later it may belong to another training */
        close(lock);
    }
    free(path);
    return status;
}

dia_status dia_train_again(const dia_input *input, const dia_input *again, bool fresh, const dia_control *control,
                           dia_train_result *result, dia_error *error)
{
    dia_training t;
    *result = (dia_train_result){0};
    dia_status status = dia_training_open(&t, input, control, error);
    if (status == DIA_OK && (result->model = strdup(t.output)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    if (status == DIA_OK)
        status = train_alone(&t, input, again, fresh, control, result, error);
    dia_training_close(&t);
    return status;
}

dia_status dia_train(const dia_input *input, bool fresh, const dia_control *control, dia_train_result *result,
                     dia_error *error)
{
    return dia_train_again(input, NULL, fresh, control, result, error);
}

void dia_train_result_free(dia_train_result *result)
{
    free(result->model);
    free(result->errors);
    *result = (dia_train_result){0};
}
