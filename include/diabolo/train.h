/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training a network, and comparing a model with data: what `diabolo train` and `diabolo evaluate` do, without their talk.
 * Inputs and choices: docs/training.md. */
#ifndef DIABOLO_TRAIN_H
#define DIABOLO_TRAIN_H

#include "diabolo/base.h"
#include "diabolo/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_train_result {
    char *model;   /* path of the model file                                                       owned */
    char *errors;  /* tables of errors on training and validation points, for people; NULL: done before  owned */
    bool complete; /* the model file was there already: nothing was done                                 */
} dia_train_result;

/* Trains the network that an input describes and writes its model file. Goes on from MODEL.checkpoint if there is one of
 * this very input and data; the result is bitwise the same for any number of threads and after any interruption. fresh:
 * forgets the checkpoint and replaces the model file at the end; without it an existing model file of another training is
 * an error. control: notes say what the data hold, warnings what is doubtful about them; progress is "training".
 * *result is for dia_train_result_free whatever the status. */
DIA_API DIA_MUST_USE dia_status dia_train(const dia_input *input, bool fresh, const dia_control *control,
                                          dia_train_result *result, dia_error *error);
DIA_API void dia_train_result_free(dia_train_result *result);

typedef struct dia_evaluation {
    int npoint, nstate;
    bool labelled;    /* the geometries came with reference energies                                              */
    double *energies; /* (npoint, nstate) hartree, of the model                                             owned */
    double *novelty;  /* (npoint) as dia_model_novelty                                                      owned */
    char *table;      /* errors against the labels, or the energies where there are none; for people        owned */
    char *json;       /* the same as one JSON object (docs/training.md)                                     owned */
} dia_evaluation;

/* Evaluates the model at the geometries of a file: a data set (HDF5), whose labels it is then compared with, or XYZ. output:
 * path of a data set with the model's hamiltonian, energies, gradients and couplings there; NULL: none. A geometry at which
 * the model is not finite (two atoms at one place, ...) is an error that names it; one outside the region that the model
 * was trained on is warned of. *evaluation is for dia_evaluation_free whatever the status. */
DIA_API DIA_MUST_USE dia_status dia_evaluate(const dia_model *model, const char *geometries, const char *output,
                                             const dia_control *control, dia_evaluation *evaluation, dia_error *error);
DIA_API void dia_evaluation_free(dia_evaluation *evaluation);

#ifdef __cplusplus
}
#endif
#endif
