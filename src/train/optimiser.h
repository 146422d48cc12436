/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An optimiser of network parameters: one file, one const struct, as a stage of the training. Its state is a flat array
 * of doubles, so that a checkpoint is a copy, and a resumed training goes on bitwise. */
#ifndef DIA_TRAIN_OPTIMISER_H
#define DIA_TRAIN_OPTIMISER_H

#include "diabolo/extend.h"
#include "model/architecture.h"
#include "train/objective.h"

/* What an optimiser keeps from one advance of a stage to the next to save work; it may be gone at any advance. */
typedef struct dia_workspace {
    void *memory; /* NULL: nothing */
    void (*release)(void *memory);
} dia_workspace;

/* Another function than the loss of H that an optimiser may minimise; all verbs get `context`. */
typedef struct dia_function {
    void *context;
    double *theta;                  /* (ntheta) parameters              */
    void (*refresh)(void *context); /* after they were written          */
    dia_status (*evaluate)(void *context, int n, const int *points, double *value, double *theta_bar);
} dia_function;

typedef struct dia_problem {
    const dia_function
        *function; /* NULL: `objective`, whose parameters are those of `model`; levenberg_marquardt needs these */
    dia_objective *objective;
    dia_model *model;
    int ntheta, npoint;
    const int *points; /* (npoint) training points */
    int nblock;
    const dia_matrix_block *blocks; /* (nblock) the parameters as matrices, for those who use the structure */
    uint64_t seed;
    dia_workspace *workspace; /* borrowed */
} dia_problem;

typedef struct dia_optimiser_type {
    const char *name, *summary, *reference;
    const dia_option *options;
    size_t self_size;
    long (*length)(const void *self);                             /* how many advances the stage takes              */
    size_t (*state_size)(const void *self, const dia_problem *p); /* doubles, zeroed before the first advance       */
    /* May an advance begin from this state, which was read from a file? NULL: any numbers do. */
    bool (*sound)(const void *self, const double *state);
    /* Can this problem be solved on this machine? NULL: always. */
    dia_status (*check)(const void *self, const dia_problem *p, dia_error *error);
    /* One epoch or iteration, number `iteration` from 0; *loss: mean training loss on the way. Sets *converged to end
     * the stage early. */
    dia_status (*advance)(const void *self, const dia_problem *p, long iteration, double *state, double *loss,
                          bool *converged);
} dia_optimiser_type;

extern const dia_optimiser_type dia_optimiser_adam, dia_optimiser_soap, dia_optimiser_lbfgs,
    dia_optimiser_levenberg_marquardt;
extern const dia_optimiser_type *const dia_optimiser_types[]; /* NULL-terminated */
const dia_optimiser_type *dia_optimiser_find(const char *name);

/* Of what is minimised: its parameters; after they were written; mean over points, and gradient (NULL: not wanted); what is done of a
 * pass over the points. */
double *dia_problem_theta(const dia_problem *p);
void dia_problem_refresh(const dia_problem *p);
dia_status dia_problem_evaluate(const dia_problem *p, int n, const int *points, double *value, double *theta_bar);
void dia_problem_tell(const dia_problem *p, double done);

void dia_workspace_release(dia_workspace *workspace);
/* decay times the sum of squared weights (biases do not count), and its gradient, added to gradient (ntheta; NULL: not
 * wanted). */
double dia_penalty(const dia_problem *p, double decay, double *gradient);

#endif
