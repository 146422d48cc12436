/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A model as the truth: what can be learned is known, and a label costs nothing. For tests, and for trials of a choice of points. */
#include <stdio.h>

#include "diabolo/model.h"
#include "learn/answers.h"
#include "learn/engine.h"

typedef struct self {
    const char *file;
    dia_model *model;
} self;

static const dia_option options[] = {DIA_PATH(self, file, NULL, "the model: HDF5 or YAML", .required = true),
                                     {.key = NULL}};

static dia_status open_model(void *own, const dia_molecule *molecule, int nstate, const char *directory,
                             dia_error *error)
{
    self *s = own;
    (void)directory;
    dia_status status = dia_model_load(&s->model, s->file, error);
    if (status == DIA_OK)
        status = dia_molecule_match(dia_model_molecule(s->model), molecule, error);
    if (status == DIA_OK && dia_model_fitted(s->model) < nstate)
        status = dia_error_set(error, DIA_ERROR_INPUT, "engine.states: %s knows %d states, %d are asked for", s->file,
                               dia_model_fitted(s->model), nstate);
    return status;
}

static void close_model(void *own)
{
    dia_model_free(((self *)own)->model);
}

static void level(const void *own, int nstate, size_t size, char *text)
{
    snprintf(text, size, "%d states of the model %.8s", nstate, dia_model_digest(((const self *)own)->model));
}

static dia_status label(const void *own, const dia_engine_task *task, dia_engine_label *out, dia_error *error)
{
    const self *s = own;
    return dia_answers_make(s->model, task->nstate, 1, task->R, out->E, task->wish == DIA_WISH_ENERGIES ? NULL : out->G,
                            task->wish == DIA_WISH_ALL ? out->h : NULL, 1, error);
}

const dia_engine_type dia_engine_type_model = {.name = "model",
                                               .summary = "labels by a model, as if it were the truth",
                                               .reference = "docs/learn.md",
                                               .options = options,
                                               .self_size = sizeof(self),
                                               .open = open_model,
                                               .close = close_model,
                                               .level = level,
                                               .label = label};
