/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normal-mode activity: the displacements of a swarm from a reference geometry (aligner.h) along the normal modes
 * there,
 *
 *   Q_k = sum_c L_kc X_c           mass-weighted, bohr sqrt(electron mass)
 *   q_k = Q_k sqrt(omega_k/hbar)   dimensionless: <q^2> = 1/2 in the ground state of the mode
 *
 * against time, and over the whole flight: the coherent part is the motion of the mean, the total includes the motion
 * of each trajectory; total^2 = coherent^2 + mean over time of (deviation among trajectories)^2 (compare Plasser, J.
 * Chem. Phys. 130, 184107 (2009), DOI 10.1063/1.3130977: coherent and random activity). */
#ifndef DIA_ANALYSE_MECHANISM_ACTIVITY_H
#define DIA_ANALYSE_MECHANISM_ACTIVITY_H

#include "analyse/mechanism/aligner.h"
#include "diabolo/model.h"
#include "molecule/modes.h"
#include "store/member.h"

typedef struct dia_activity { /* arrays owned; Q as above */
    int ncart, nmode, ntime;
    char source[300];     /* where the modes come from, in words                              */
    double energy;        /* hartree of the reference; NaN from a file                        */
    double *reference;    /* (ncart) bohr                                                     */
    dia_modes modes;      /* frequency (nmode), vector (nmode, ncart)                         */
    double *scale;        /* (nmode) sqrt(omega): q = scale Q; NaN for imaginary modes        */
    double *mean, *error; /* (nmode, ntime) <Q> and its standard error                        */
    double *square;       /* (nmode, ntime) <Q^2>                                             */
    double *deviation;    /* (nmode, ntime) sqrt(<Q^2> - <Q>^2)                               */
    double *total;        /* (nmode) deviation over all trajectories and times                */
    double *coherent;     /* (nmode) deviation over time of <Q>                               */
    double *largest;      /* (nmode) <Q> where it is farthest from 0                          */
    int *largest_at;      /* (nmode) sample of that                                           */
} dia_activity;

/* file: Molden; NULL: the minimum of the model's lowest state. */
DIA_MUST_USE dia_status dia_activity_make(dia_activity *activity, const dia_mechanism_swarm *swarm,
                                          const dia_model *model, const char *file, dia_relabelling relabel,
                                          int threads, dia_error *error);
void dia_activity_free(dia_activity *activity);
/* largest and largest_at of a mode, from its mean. */
void dia_activity_furthest(dia_activity *activity, int mode);

typedef struct dia_mode_activity { /* one mode for printing: dimensionless q; NaN for imaginary modes */
    int mode;
    double frequency; /* hartree */
    double total, coherent, furthest;
    double at; /* fs, when the mean is furthest from 0 */
} dia_mode_activity;
extern const dia_member dia_mode_activity_members[];
dia_mode_activity dia_activity_of_mode(const dia_activity *activity, int mode, const double *time);

#endif
