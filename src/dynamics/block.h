/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block of B trajectories that one thread flies together: the state of the art of one step (step.c) and what may be
 * seen of it. One OpenMP task a block. Nothing allocates inside dia_block_step. A trajectory's numbers do not depend on
 * the block it is in. */
#ifndef DIA_DYNAMICS_BLOCK_H
#define DIA_DYNAMICS_BLOCK_H

#include "base/config.h"
#include "diabolo/extend.h"
#include "diabolo/model.h"
#include "diabolo/swarm.h"

typedef enum dia_adjust { DIA_ADJUST_COUPLING, DIA_ADJUST_VELOCITY } dia_adjust;
typedef enum dia_frustrated {
    DIA_FRUSTRATED_KEEP,
    DIA_FRUSTRATED_REVERSE,
    DIA_FRUSTRATED_JASPER_TRUHLAR
} dia_frustrated;
typedef enum dia_decoherence { DIA_DECOHERENCE_NONE, DIA_DECOHERENCE_ENERGY } dia_decoherence;
typedef enum dia_edc_convention { DIA_EDC_POPULATION, DIA_EDC_AMPLITUDE } dia_edc_convention;

typedef struct dia_dynamics { /* settings, atomic units; the method's own options are in hop_self */
    const char *method;       /* name of the hopping method, as in the input: hop->name             */
    const dia_hop_type *hop;
    void *hop_self; /* owned if dia_dynamics_read made it (dia_dynamics_close frees it)   */
    double timestep, duration;
    int adjust;               /* dia_adjust, default coupling    */
    int frustrated;           /* dia_frustrated, default keep    */
    int decoherence;          /* dia_decoherence, default energy */
    double edc_constant;      /* hartree; C = 0.1 in Granucci, Persico, JCP 126, 134114 (2007), eq. 17        */
    int edc_convention;       /* dia_edc_convention, default population: |c_k|^2 decays with exp(-dt/tau)      */
    double substep_tolerance; /* error of the electronic amplitudes over a step: electronic/propagate.h        */
    double
        dissociation; /* bohr: a fragment further than this from the rest (nearest atoms) ends the trajectory; 0: off */
    double drift;     /* hartree: |E_total - E_total(0)| beyond it ends the trajectory; 0: off         */
    uint64_t seed;    /* of the hops; not an option: one seed serves the whole run                     */
} dia_dynamics;

extern const dia_option dia_dynamics_options[]; /* the keys common to all methods, into a dia_dynamics */
/* Reads the block `dynamics` (NULL: all defaults): the common keys and those of the method it names, mistakes into
 * `config`. Fails only for want of memory; a method that does not exist is a mistake, and the default stands in for it.
 */
DIA_MUST_USE dia_status dia_dynamics_read(dia_dynamics *dynamics, dia_config *config, const dia_node *node,
                                          dia_error *error);
void dia_dynamics_close(dia_dynamics *dynamics); /* frees hop_self */
/* Steps in the duration: the last one reaches or passes it. */
long dia_dynamics_steps(const dia_dynamics *dynamics);

typedef struct dia_hop_event { /* one attempted hop */
    int64_t trajectory;
    double time;
    int from, to;
    bool accepted;
    double gap; /* E_to - E_from, hartree */
    double kinetic_before, kinetic_after;
    const double *position; /* (ncart) bohr, borrowed during the call                                     */
    const double *velocity; /* (ncart) before the momentum was adjusted: that of kinetic_before; borrowed */
} dia_hop_event;

typedef struct dia_block {
    const dia_model *model;
    const dia_dynamics *dynamics;
    int capacity, count; /* trajectories it can hold, holds */
    int nstate, ncart, npacked;
    long step;                   /* steps done */
    int64_t *trajectory;         /* (count) global numbers: key of their random numbers */
    double *R, *V;               /* (count, ncart) bohr, bohr per atomic unit of time */
    double *mass;                /* (ncart) */
    double *G;                   /* (count, ncart) gradient of the active state (or of hop->weight) */
    double *c;                   /* (count, nstate, 2) amplitudes in the DIABATIC basis */
    int *active;                 /* (count) */
    dia_frame frame;             /* of the present geometry */
    double *potential, *kinetic; /* (count) of the active state */
    double *energy0;             /* (count) total energy at the start */
    int8_t *fate; /* (count): a trajectory that is not FLYING is frozen, its arrays keep the last good values;
                     whoever watches may end a flight by setting it between steps */
    void (*on_hop)(void *context, const dia_hop_event *event); /* called for every attempted hop; may be NULL */
    void *on_hop_context;
    struct dia_block_scratch *scratch; /* tape, second frame, propagators ... private to step.c */
} dia_block;

DIA_MUST_USE dia_status dia_block_create(dia_block **block, const dia_model *model, const dia_dynamics *dynamics,
                                         int capacity, dia_error *error);
void dia_block_free(dia_block *block);
/* Sets trajectories at step 0: R, V (count, ncart), state (count, adiabatic); amplitudes start in that state. Evaluates
 * H, frame, G. A start at which the model is not finite gives that trajectory the fate NAN, no error. */
DIA_MUST_USE dia_status dia_block_start(dia_block *block, int count, const int64_t *trajectory, const double *R,
                                        const double *V, const int *state, dia_error *error);
/* One time step of all flying trajectories. */
dia_status dia_block_step(dia_block *block);
/* Number of still flying trajectories. */
int dia_block_flying(const dia_block *block);

/* For checkpoints: everything a restart needs, as bytes; restoring gives bitwise the same future (same binary, same
 * processor kind). */
size_t dia_block_save_size(const dia_block *block);
void dia_block_save(const dia_block *block, void *bytes);
DIA_MUST_USE dia_status dia_block_restore(dia_block *block, const void *bytes, size_t size, dia_error *error);

/* Amplitudes in the adiabatic basis, c_adiabatic (nstate, 2), of trajectory b. */
void dia_block_amplitudes(const dia_block *block, int b, double *c_adiabatic);

#endif
