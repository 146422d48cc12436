/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mean loss over points and its gradient with respect to the parameters, by a team of threads.
 *
 * Points are cut into chunks of fixed size; each chunk's gradient is its own array and the arrays are added in the
 * order of the chunks, so the result is bitwise the same for any number of threads. */
#ifndef DIA_TRAIN_OBJECTIVE_H
#define DIA_TRAIN_OBJECTIVE_H

#include "diabolo/model.h"
#include "train/characters.h"
#include "dataset/dataset.h"
#include "train/loss.h"

typedef struct dia_objective dia_objective;

/* model, data and control (threads, stop) are borrowed. Up to point_max points a call. */
DIA_MUST_USE dia_status dia_objective_create(dia_objective **objective, const dia_model *model, const dia_dataset *data,
                                             const dia_loss *loss, int point_max, const dia_control *control,
                                             dia_error *error);
void dia_objective_free(dia_objective *objective);
void dia_objective_set_loss(dia_objective *objective, const dia_loss *loss);
/* Compare states by symmetry, where it tells (borrowed); NULL: all by the order of their energies. */
void dia_objective_set_characters(dia_objective *objective, const dia_characters *characters);
/* points (n), numbers of points of the data. theta_bar (ntheta) is overwritten; NULL: not wanted. DIA_ERROR_INTERRUPTED
 * (the numbers are of no use) as soon as control says stop. */
DIA_MUST_USE dia_status dia_objective_evaluate(dia_objective *objective, int n, const int *points, double *value,
                                               double *theta_bar);
/* Predictions of the model at single points: energies E (n, nstate); F (n, npacked, ncart), diagonal gradients,
 * off-diagonal couplings h_ij = <i|dH/dR|j> of the model's own signs. Either may be NULL. */
DIA_MUST_USE dia_status dia_objective_predict(dia_objective *objective, int n, const int *points, double *E, double *F);

/* For those who ask the model themselves, from a task of the team. */
enum { DIA_OBJECTIVE_CHUNK = 16 }; /* points; part of results: it fixes the order of sums */
typedef struct dia_answer {        /* at n <= DIA_OBJECTIVE_CHUNK points, until the next one of this thread; borrowed */
    dia_tape *tape;                /* after the hamiltonian of these points; takes n npacked requests */
    const double *E, *U;           /* (n, nstate), (n, nstate, nstate)                           */
    const double *D;               /* (n, npacked, ncart)                                        */
} dia_answer;
int dia_objective_threads(const dia_objective *objective);
const dia_loss *dia_objective_loss(const dia_objective *objective);
const dia_dataset *dia_objective_data(const dia_objective *objective);
bool dia_objective_stopped(const dia_objective *objective);
/* What is done of a long piece of work, 0 to 1, goes to `listen` (NULL: nobody), from the thread that called: between
 * two calls of the team, not within its tasks. */
void dia_objective_set_listener(dia_objective *objective, void (*listen)(void *context, double done), void *context);
void dia_objective_tell(const dia_objective *objective, double done);
DIA_MUST_USE dia_status dia_objective_ask(dia_objective *objective, int thread, int n, const int *points,
                                          dia_answer *answer);
/* Brings E and U of point b of those that the thread asked for, number `point` of the data, into the order in which they are
 * compared with the label. */
void dia_objective_match(dia_objective *objective, int thread, int b, int point);

#endif
