/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Initial conditions: positions, velocities and states of the trajectories of a swarm. The random numbers of
 * trajectory i depend only on (seed, i), so it starts the same in a swarm of any size. */
#ifndef DIA_DYNAMICS_INITIAL_H
#define DIA_DYNAMICS_INITIAL_H

#include "diabolo/extend.h"
#include "diabolo/model.h"
#include "molecule/modes.h"

typedef enum dia_sampling {
    DIA_SAMPLING_WIGNER, /* harmonic Wigner distribution about the minimum of the lowest state          */
    DIA_SAMPLING_FILE,   /* frames of an extended XYZ file                                               */
    DIA_SAMPLING_FIXED   /* given position and momentum, with Gaussian widths if given: model systems    */
} dia_sampling;

enum { DIA_STATE_OF_FRAME = -1 }; /* each frame states its own: `state: file` */

typedef struct dia_initial_settings { /* atomic units; lists and texts are borrowed */
    int sampling;                     /* dia_sampling                               */
    double temperature;               /* k_B T                                      */
    int state;                        /* adiabatic, or DIA_STATE_OF_FRAME           */
    int trajectories;                 /* 0: not given; all frames of the file       */
    int seed;
    const char *file;        /* frames; with DIA_SAMPLING_WIGNER the start of the search */
    dia_list masses;         /* texts, one per atom, or "file"; empty: the model's       */
    double lowest_frequency; /* modes below it are not displaced                         */
    dia_list position;       /* per coordinate, bohr; empty: the model's reference. With
                                DIA_SAMPLING_WIGNER the start of the search               */
    dia_list momentum;       /* per coordinate; empty: at rest                            */
    dia_list position_width; /* standard deviation, per coordinate or one for all         */
    dia_list momentum_width;
} dia_initial_settings;

extern const dia_option dia_initial_options[];

typedef struct dia_initial {
    int n, ncart;
    double *R;      /* (n, ncart) bohr                                                              owned */
    double *V;      /* (n, ncart) bohr per atomic unit of time                                      owned */
    int *state;     /* (n) adiabatic                                                                owned */
    double *weight; /* (n) statistical weight; 1                                                    owned */
    /* Results of Wigner sampling; otherwise all zero. */
    dia_modes modes;       /* normal modes at the minimum                   owned */
    double *minimum;       /* (ncart) bohr                                  owned */
    double minimum_energy; /* hartree                                             */
    bool saddle;           /* it is a saddle point; no way down was found         */
    char note[1000];       /* warnings (imaginary modes, ...); empty: none        */
} dia_initial;

/* Makes the initial conditions for `model`. Masses in the settings become the model's masses: use the model for
 * dynamics, modes or output only after this call. On failure, and when stopped (DIA_ERROR_INTERRUPTED), leaves *initial
 * zero. */
DIA_MUST_USE dia_status dia_initial_make(dia_initial *initial, dia_model *model, const dia_initial_settings *settings,
                                         const dia_control *control, dia_error *error);
void dia_initial_free(dia_initial *initial); /* frees the arrays, zeroes the struct */

#endif
