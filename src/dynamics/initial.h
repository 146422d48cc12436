/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Initial conditions: positions, velocities and states of the trajectories of a swarm. The random numbers of
 * trajectory i depend only on (seed, i), so it starts the same in a swarm of any size. */
#ifndef DIA_DYNAMICS_INITIAL_H
#define DIA_DYNAMICS_INITIAL_H

#include <stdio.h>

#include "base/config.h"
#include "diabolo/extend.h"
#include "diabolo/model.h"
#include "molecule/oscillators.h"

typedef enum dia_sampling { /* the first three: distributions of harmonic oscillators (molecule/oscillators.h) */
                            DIA_SAMPLING_WIGNER,
                            DIA_SAMPLING_HUSIMI,
                            DIA_SAMPLING_BOLTZMANN,
                            DIA_SAMPLING_FIXED, /* given position and momentum, with Gaussian widths if given: model systems */
                            DIA_SAMPLING_FILE /* frames of an extended XYZ file                                            */
} dia_sampling;

enum {
    DIA_STATE_OF_FRAME = -1, /* each frame states its own: `state: file`   */
    DIA_STATE_MIXED = -2,    /* a superposition: `coefficients`            */
    DIA_STATE_EXCITED = -3,  /* drawn by the block `excitation`            */
    DIA_STATE_TERM = -4,     /* spin-free, by its name: `term`             */
    DIA_START_STATES = 64    /* states that a superposition may have       */
};

/* What a number under `state`, or a list of coefficients, refers to. */
typedef enum dia_basis {
    DIA_BASIS_ADIABATIC,
    DIA_BASIS_DIABATIC,
    DIA_BASIS_SPIN_FREE /* eigenstates of H without spin-orbit coupling (electronic/spin.h) */
} dia_basis;

/* What a start that is not one adiabatic state means. In both cases the active state is drawn from the squares of the
 * adiabatic amplitudes, U^T c, so the mean populations at time 0 are the same. */
typedef enum dia_start {
    DIA_START_WAVE_FUNCTION, /* the amplitudes are those of the superposition                    */
    DIA_START_DENSITY        /* the amplitudes are 1 in the drawn state: a mixture, no coherence */
} dia_start;

enum { DIA_EXCITATION_F_E2, DIA_EXCITATION_F, DIA_EXCITATION_EQUAL };

typedef struct dia_excitation_settings { /* the block `excitation`, see initial_excitation.c */
    bool given;
    dia_list window; /* double, 2: hartree                    */
    int probability; /* DIA_EXCITATION_...                    */
    int from;
    dia_list states;            /* int; empty: all above `from`          */
    int candidates;             /* how many are looked at            */
    const dia_node *light_node; /* private: as it was given */
    struct dia_light *light;    /* pulses that excite; NULL: a window          owned */
} dia_excitation_settings;

typedef struct dia_initial_settings {          /* atomic units; lists and texts are borrowed */
    int sampling;                              /* dia_sampling                               */
    double temperature;                        /* k_B T                                      */
    int state;                                 /* of `basis`; DIA_STATE_OF_FRAME, _MIXED     */
    int basis;                                 /* dia_basis                                  */
    int as;                                    /* dia_start                                  */
    char term[24];                             /* name of a spin-free state: "T1"             */
    int ncoefficient;                          /* of a superposition                         */
    double coefficients[2 * DIA_START_STATES]; /* real and imaginary parts; norm 1  */
    const dia_node *state_node;                /* private: as it was given          */
    const dia_node *excitation_node;           /* private: as it was given          */
    dia_excitation_settings excitation;
    int trajectories; /* 0: not given; all frames of the file       */
    int seed;
    int diabat;              /* oscillators about its minimum; DIA_LOWEST_STATE (-1)      */
    dia_list frequencies;    /* texts: energies, one a coordinate or one for all; "model" */
    const char *modes;       /* Molden file of the oscillators and their centre; NULL: none */
    const char *file;        /* frames; of oscillators the start of the search            */
    dia_list masses;         /* texts, one per atom, or "file"; empty: the model's       */
    double lowest_frequency; /* modes below it are not displaced                         */
    dia_list position;       /* per coordinate, bohr; empty: the model's reference. Of oscillators the
                                centre, or the start of the search                        */
    dia_list momentum;       /* per coordinate; empty: at rest                            */
    dia_list position_width; /* standard deviation, per coordinate or one for all. Of oscillators that of
                                their ground state, in place of frequencies               */
    dia_list momentum_width;
    bool packet; /* no key: only centre and oscillators are asked for, of a wave packet; no states are drawn */
} dia_initial_settings;

extern const dia_option dia_initial_options[], dia_excitation_options[];

/* The block `initial` of an input; mistakes are noted in the configuration. */
void dia_initial_read(dia_initial_settings *settings, dia_config *config, const dia_node *node);
void dia_initial_settings_clear(dia_initial_settings *settings); /* frees what it owns; a zeroed one is fine */
/* The same as text, with all defaults. */
void dia_initial_write(FILE *out, int indent, const dia_initial_settings *settings);

typedef struct dia_initial {
    int n, ncart;
    double *R;  /* (n, ncart) bohr                                                              owned */
    double *V;  /* (n, ncart) bohr per atomic unit of time                                      owned */
    int *state; /* (n) adiabatic; drawn if the start is not one adiabatic state                 owned */
    int nstate;
    double *c;      /* (n, nstate, 2) diabatic amplitudes; NULL: 1 in `state`                       owned */
    double *weight; /* (n) statistical weight; 1                                                    owned */
    /* Of `state: excited`, else NULL, "". */
    int64_t *candidate;            /* (n) which of the candidates it is                              owned */
    double *excitation, *strength; /* (n) hartree; oscillator strength, NaN without dipoles          owned */
    char chosen[800];              /* how many candidates there were and what became of them               */
    /* Of oscillators; otherwise all zero. At T = 0 wigner stands for the product of their ground states, with the mean
     * position `minimum` and the mean momentum `momentum`. */
    dia_modes modes;       /* normal modes at the minimum, or the stated oscillators  owned */
    double *minimum;       /* (ncart) bohr: their centre                              owned */
    double *momentum;      /* (ncart) mean momentum; NULL: 0                          owned */
    bool stated;           /* the input states them: nothing was searched                   */
    double minimum_energy; /* hartree, of the surface searched; 0 if nothing was            */
    bool saddle;           /* it is a saddle point; no way down was found         */
    char note[1000];       /* warnings (imaginary modes, ...); empty: none        */
} dia_initial;

/* Makes the initial conditions for `model`. Masses in the settings become the model's masses: use the model for
 * dynamics, modes or output only after this call. On failure, and when stopped (DIA_ERROR_INTERRUPTED), leaves *initial
 * zero. */
DIA_MUST_USE dia_status dia_initial_make(dia_initial *initial, dia_model *model, const dia_initial_settings *settings,
                                         const dia_control *control, dia_error *error);
void dia_initial_free(dia_initial *initial); /* frees the arrays, zeroes the struct */
/* The oscillators of initial conditions that have some; borrows everything. */
dia_oscillators dia_initial_set(const dia_initial *initial, const dia_initial_settings *settings,
                                const dia_molecule *molecule);

#endif
