/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A short training of a network with a symmetry that is supposed, and what it says for or against it: see signs.h. */
#ifndef DIA_TRAIN_TRIAL_H
#define DIA_TRAIN_TRIAL_H

#include "train/training.h"

typedef struct dia_trial {
    bool possible;   /* false: the generators are no representation, or no feature is odd          */
    double error;    /* mean of couplings at gaps below 0.5 eV, hartree/bohr; NaN: there are none  */
    long right, all; /* norms of such couplings: within 20 % of the reference, and of all         */
    double *point;   /* (n) the error of each point; NaN: it has none                        owned */
} dia_trial;

/* The points that trials are trained on and judged by: *points (*n), numbers of points of the data, owned by the caller. At
 * most half have couplings at small gaps, evenly thinned; the rest are of all training points. */
DIA_MUST_USE dia_status dia_trial_points(const dia_training *t, int *n, int **points, dia_error *error);
/* A network of these generators (of dia_generator), trained for so many epochs of soap and judged. The caller frees
 * result->point, also after a failure. DIA_ERROR_INPUT with result->possible false: there is no such network. */
DIA_MUST_USE dia_status dia_trial_run(dia_training *t, dia_list generators, int epochs, int n, const int *points,
                                      const dia_control *control, dia_trial *result, dia_error *error);

/* It takes as much as this to prefer one trial to another. */
#define DIA_EVIDENCE_RATIO 1.3
#define DIA_EVIDENCE_SIGMAS 3.0
enum { DIA_EVIDENCE_POINTS = 5 };
typedef struct dia_evidence { /* for trial a against trial b                                */
    int n;                    /* points that both know                                      */
    double sigmas, ratio;     /* mean difference in standard errors; error of b over that of a */
} dia_evidence;
dia_evidence dia_trial_compare(const dia_trial *a, const dia_trial *b, int n);
bool dia_evidence_decides(const dia_evidence *e);

#endif
