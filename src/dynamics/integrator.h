/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Splittings of a time step into kicks (V <- V - a dt G/m) and drifts (R <- R + b dt V): kick a_0, then drift b_j and kick a_j
 * for each stage j = 1..stages, which evaluates one force. All are symmetric, hence reversible, and symplectic. */
#ifndef DIA_DYNAMICS_INTEGRATOR_H
#define DIA_DYNAMICS_INTEGRATOR_H

enum { DIA_STAGES = 6 }; /* at most */

typedef struct dia_integrator {
    const char *name;
    int stages;
    double kick[DIA_STAGES + 1], drift[DIA_STAGES + 1]; /* drift[0] is not used */
} dia_integrator;

/* The words of the option, in the order of the table. */
#define DIA_INTEGRATORS "velocity_verlet|two_stage|blanes_moan"

enum { DIA_VELOCITY_VERLET, DIA_TWO_STAGE, DIA_BLANES_MOAN };

extern const dia_integrator dia_integrators[];

#endif
