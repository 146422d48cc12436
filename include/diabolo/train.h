/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training a network, and comparing a model with data: `diabolo train` and `diabolo evaluate` as library calls.
 * Inputs and options: docs/training.md. */
#ifndef DIABOLO_TRAIN_H
#define DIABOLO_TRAIN_H

#include "diabolo/base.h"
#include "diabolo/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_train_result {
    char *model;   /* path of the model file                                                        owned */
    char *errors;  /* errors on training and validation points, a text table; NULL: trained before  owned */
    bool complete; /* the model file existed already: nothing was done                                    */
} dia_train_result;

/* Trains the network that an input describes and writes its model file. Continues from MODEL.checkpoint if that
 * belongs to the same input and data; the result is bitwise the same for any number of threads and after any
 * interruption. fresh: ignores the checkpoint and replaces the model file at the end; without it an existing model
 * file of another training is an error. control: notes describe the data, warnings say what is doubtful in them;
 * progress is "training". Free *result by dia_train_result_free whatever the status. */
DIA_API DIA_MUST_USE dia_status dia_train(const dia_input *input, bool fresh, const dia_control *control,
                                          dia_train_result *result, dia_error *error);
DIA_API void dia_train_result_free(dia_train_result *result);

typedef struct dia_committee_request { /* zero-initialise */
    const char *output;                /* the model file to write                                                    */
    int n;
    const char *const *members; /* (n) model files of networks; of a committee all its members                       */
    const char *distilled;      /* a network taught by their adiabatic mean, kept in the file too; NULL: none        */
    const char *calibrate;      /* a data set that no member was trained on, for the limits of errors; NULL: none    */
    double below;               /* as in dia_evaluation_plan */
    bool noise;                 /* find a noise level too */
    bool fresh;                 /* replace a model at `output`; else it is an error */
} dia_committee_request;

/* Puts networks of the same atoms and states into one model file of type `committee` (docs/committee.md). *page: expected
 * against observed errors, heap; NULL if it is not calibrated. */
DIA_API DIA_MUST_USE dia_status dia_committee_join(const dia_committee_request *request, const dia_control *control,
                                                   char **page, dia_error *error);

typedef struct dia_evaluation {
    int npoint, nstate;
    bool labelled;    /* the file has reference energies of the geometries                                     */
    double *energies; /* (npoint, nstate) hartree, of the model                                          owned */
    double *novelty;  /* (npoint) as dia_model_novelty                                                   owned */
    char *table;      /* a text page: errors against the labels, or the energies if there are no labels  owned */
    char *json;       /* the same as a JSON object (docs/training.md)                                    owned */
} dia_evaluation;

typedef struct dia_evaluation_plan {
    const char *output; /* path of a data set to write, with the model's hamiltonian, energies, gradients and couplings
                           at these geometries; NULL: none */
    double below; /* hartree: labels of states at least this high above the lowest label do not count; 0: all do */
    int states; /* only the lowest states count; 0: all that the data have and the model was fitted to (dia_model_fitted) */
} dia_evaluation_plan;

/* Evaluates the model at the geometries of a file: a data set (HDF5), with whose labels it is then compared, or XYZ.
 * plan NULL: nothing is written, all labels count. Data may hold more or fewer states than the model, and points
 * without labels: what both have is compared. A geometry at which the model is not finite (two atoms at one place, ...) is an error that
 * names it; a geometry outside the region of the training data gives a warning. Free *evaluation by
 * dia_evaluation_free whatever the status. */
DIA_API DIA_MUST_USE dia_status dia_evaluate(const dia_model *model, const char *geometries,
                                             const dia_evaluation_plan *plan, const dia_control *control,
                                             dia_evaluation *evaluation, dia_error *error);
DIA_API void dia_evaluation_free(dia_evaluation *evaluation);

#ifdef __cplusplus
}
#endif
#endif
