/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A training that runs, for those who share in it: training.c (the stages), training_judge.c (the loss, averages and the
 * best parameters), training_race.c (several starts), training_model.c (the model file). */
#ifndef DIA_TRAIN_TRAINING_RUN_H
#define DIA_TRAIN_TRAINING_RUN_H

#include "model/front.h"
#include "train/checkpoint.h"
#include "train/training.h"

typedef struct dia_run {
    dia_training *t;
    const dia_control *control;
    dia_objective *objective;
    dia_problem problem;
    dia_workspace workspace; /* of the optimiser; owned */
    dia_matrix_block blocks[DIA_ARCHITECTURE_BLOCKS];
    dia_checkpoint at;         /* progress so far */
    double saved;              /* time of the last checkpoint */
    dia_characters characters; /* of the data, if a stage asks for them; owned */
    int *symmetric;            /* (nsymmetric) training points where symmetry tells the states apart; owned */
    int nsymmetric;
    double *own;   /* (ntheta) parameters while their average is in use; owned */
    double *kept;  /* (ntheta + state_size) parameters and state before the advance that is under way; owned */
    double before; /* fraction that was done before this call   */
} dia_run;

dia_status dia_run_begin_stage(dia_run *r, bool resumed, dia_error *error); /* memory and state of stage r->at.stage */

double dia_run_done(const dia_run *r, double iteration); /* fraction, so many advances of the present stage done */
DIA_MUST_USE dia_status dia_run_save(dia_run *r, dia_error *error); /* the checkpoint */

/* ---- training_judge.c ---- */
void dia_run_use_stage(dia_run *r, const struct dia_stage *stage); /* its loss */
void dia_run_set_theta(const dia_run *r, const double *theta);
double *dia_run_average(const dia_run *r, const struct dia_stage *stage); /* NULL: the stage has none */
void dia_run_add_to_average(const dia_run *r, const struct dia_stage *stage);
void dia_run_take_average(const dia_run *r, const struct dia_stage *stage, double *own);
dia_status dia_run_loss(dia_run *r, const struct dia_stage *stage, double *value);
dia_status dia_run_judge(dia_run *r, const struct dia_stage *stage, double *value);

/* ---- training_race.c ---- */
dia_status dia_run_race(dia_run *r, dia_error *error);

/* ---- training_model.c ---- */
dia_status dia_run_write_model(dia_run *r, const char *path, bool measured, dia_error *error);
dia_status dia_run_write_best(dia_run *r, dia_error *error);
dia_status dia_run_note_topology(dia_run *r, dia_error *error);

#endif
