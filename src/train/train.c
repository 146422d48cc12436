/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/train.h"

#include "train/training.h"

typedef struct listener {
    dia_train_progress *progress;
    void *context;
    bool stop;
} listener;

static void hear(void *context, const dia_training_progress *p)
{
    listener *l = context;
    const dia_train_state state = {.stage = p->stage,
                                   .nstage = p->nstage,
                                   .iteration = p->iteration,
                                   .length = p->length,
                                   .done = p->done,
                                   .loss = p->loss,
                                   .validation = p->validation};
    if (l->progress != NULL && !l->progress(l->context, &state))
        l->stop = true;
}

static bool stopped(void *context)
{
    return ((const listener *)context)->stop;
}

dia_status dia_train(const char *input, const char *output, int threads, dia_train_progress *progress, void *context,
                     dia_error *error)
{
    dia_config *config = NULL;
    dia_training *training = NULL;
    bool complete = false;
    listener heard = {.progress = progress, .context = context};
    dia_status status = dia_config_load(&config, input, error);
    if (status == DIA_OK)
        status = dia_training_open(&training, config, output, error);
    if (status == DIA_OK)
        status = dia_training_complete(training, &complete, error);
    if (status == DIA_OK && !complete)
        status = dia_training_run(
            training, &(dia_training_control){.threads = threads, .stop = stopped, .progress = hear, .context = &heard},
            error);
    dia_training_close(training);
    dia_config_free(config);
    return status;
}
