/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running trajectories from your own program: settings, and blocks of trajectories that step together.
 *
 *     dia_dynamics dynamics;
 *     dia_block *block;
 *     dia_dynamics_parse(&dynamics, "{timestep: 0.25 fs, duration: 100 fs}", &error);
 *     dia_block_create(&block, model, &dynamics, count, &error);
 *     dia_block_start(block, count, number, R, V, state, &error);
 *     while (dia_block_flying(block) > 0)
 *         dia_block_step(block);
 *     dia_block_free(block);
 *     dia_dynamics_close(&dynamics);
 *
 * docs/dynamics.md says what a step does. Atomic units throughout. A trajectory depends only on its model, its
 * start, the settings and its number: it is bitwise the same alone, in a block of any size, and after
 * dia_block_restore. A block belongs to one thread at a time; model and settings may serve many blocks on many
 * threads.
 */
#ifndef DIABOLO_DYNAMICS_H
#define DIABOLO_DYNAMICS_H

#include "diabolo/base.h"
#include "diabolo/frame.h"
#include "diabolo/model.h"
#include "diabolo/swarm.h"

#ifdef __cplusplus
extern "C" {
#endif

struct dia_hop_type;         /* diabolo/extend.h */
struct dia_decoherence_type; /* diabolo/extend.h */
struct dia_thermostat_type;  /* private          */

/* Direction along which the momentum changes at a hop. */
typedef enum dia_adjust {
    DIA_ADJUST_COUPLING,
    DIA_ADJUST_VELOCITY,
    DIA_ADJUST_GRADIENT_DIFFERENCE,
    DIA_ADJUST_EFFECTIVE_COUPLING,
    DIA_ADJUST_COUPLING_THEN_VELOCITY
} dia_adjust;
/* What happens to the momentum along it when the kinetic energy does not suffice. */
typedef enum dia_frustrated {
    DIA_FRUSTRATED_KEEP,
    DIA_FRUSTRATED_REVERSE,
    DIA_FRUSTRATED_JASPER_TRUHLAR,
    DIA_FRUSTRATED_GRADV
} dia_frustrated;

/* How a committee is watched along the trajectories that one of its members flies (docs/committee.md). */
struct dia_committee_watch {
    int every;    /* time steps from one look to the next; 0: never                                              */
    int ask;      /* 0: at each look one of the other members, each in its turn; 1: all of them                  */
    double limit; /* hartree: a larger calibrated error of the active energy or its gap is too uncertain         */
    int beyond;   /* 0: such a trajectory flies on, marked; 1: it ends (fate UNCERTAIN)                          */
};

/* Settings. Made by dia_dynamics_parse; `seed`, and any member below it, may be set before the first block is created. */
typedef struct dia_dynamics {
    const struct dia_hop_type *hop;                 /* the hopping method ...                                    */
    void *hop_self;                                 /* ... and its own options                             owned */
    const struct dia_decoherence_type *decoherence; /* NULL: none                                                */
    void *decoherence_self;                         /*                                                     owned */
    uint64_t seed;                                  /* of the hops, default 1. Not a key of the block `dynamics` */
    double timestep, duration;                      /* atomic units of time                                      */
    int like;                                       /* the program whose defaults were taken; 0: this one        */
    int adjust;                                     /* dia_adjust, default coupling                              */
    bool project;                                   /* that direction without translation and rotation; false    */
    int frustrated;                                 /* dia_frustrated, default keep                              */
    int precision;            /* inside a network: 0 double, 1 single (dia_tape_single), default double          */
    double substep_tolerance; /* error of the amplitudes over a step; sets the electronic sub-steps              */
    int integrator;           /* place in the list of integrators, default 0: velocity Verlet                    */
    double accuracy;          /* hartree: change of the total energy in a step; 0: the step is fixed             */
    const struct dia_thermostat_type *thermostat; /* heat bath; NULL: none                                       */
    void *thermostat_self;                        /* its options                                           owned */
    double crossing;      /* hartree: energy that an unresolved crossing may be wrong by; 0: not looked for  */
    double dissociation;  /* bohr: a fragment this far from the rest ends the trajectory; 0: never           */
    double drift;         /* hartree: a larger |E_total - E_total(0)| ends the trajectory; 0: never          */
    uint64_t states;      /* bit k: adiabatic state k may be active; 0: all may                             */
    double forced_ground; /* hartree: closer than this to S0 only S0 may be active; 0: never                */
    struct dia_committee_watch committee;
    struct dia_light *light;              /* private: field of the block `light`; NULL: none               owned */
    struct dia_stops *stops;              /* private: conditions of the block `stop`; NULL: none           owned */
    struct dia_dynamics_plugins *plugins; /* private: shared objects of plug-in methods; NULL: none        owned */
} dia_dynamics;

/* From the text of a block `dynamics` of an input (YAML; docs/dynamics.md). NULL or "" is an error, because
 * `duration` has no default. DIA_ERROR_INPUT names all mistakes. Call dia_dynamics_close, also after a failure. */
DIA_API DIA_MUST_USE dia_status dia_dynamics_parse(dia_dynamics *dynamics, const char *yaml, dia_error *error);
DIA_API void dia_dynamics_close(dia_dynamics *dynamics); /* frees the methods' options; a zeroed one is fine */
/* Name of condition i of the block `stop`, counted from 0; NULL: there is none of that number. Borrowed. */
DIA_API const char *dia_dynamics_stop(const dia_dynamics *dynamics, int i);
/* Number of steps in the duration: the last one reaches or passes it. */
DIA_API long dia_dynamics_steps(const dia_dynamics *dynamics);

typedef struct dia_hop_event { /* one attempted hop */
    int64_t trajectory;        /* its number                                                                        */
    double time;
    int from, to;
    bool accepted;
    double gap;                           /* E_to - E_from, hartree; 0: states exchanged within a step, or a pointer */
    double kinetic_before, kinetic_after; /* hartree                                                                */
    double work;                          /* hartree: what light paid of the gap: all of it, or nothing             */
    const double *position;               /* (ncart) bohr, borrowed during the call                                 */
    const double *velocity; /* (ncart) before the momentum was adjusted, as kinetic_before; borrowed                */
} dia_hop_event;

/* Trajectories that step together. All arrays belong to the block; row b of each is trajectory b. Read them between
 * steps; only `fate` may be written (see there). */
typedef struct dia_block {
    const dia_model *model;       /* borrowed                                     */
    const dia_dynamics *dynamics; /* borrowed                                     */
    int capacity, count;          /* trajectories: largest number, present number */
    int nstate, ncart, npacked;
    long step;                   /* steps done                                               */
    int64_t *trajectory;         /* (count) trajectory numbers: keys of their random numbers */
    double *R, *V;               /* (count, ncart) bohr, bohr per atomic unit of time        */
    double *mass;                /* (ncart) electron masses                                  */
    double *G;                   /* (count, ncart) gradient of the potential they move on    */
    double *c;                   /* (count, nstate, 2) amplitudes in the DIABATIC basis      */
    int *active;                 /* (count) adiabatic state they move on                     */
    dia_frame frame;             /* of the present geometries: H, E, U                       */
    double *potential, *kinetic; /* (count) hartree                                          */
    double *energy0;             /* (count) total energy at the start, with what came from a bath and from light */
    double *work;                /* (count) hartree: done by light since the start; NULL: there is no light */
    /* (count) dia_fate. A trajectory that is not FLYING has ended: its arrays keep the last good values. The caller may
     * end a trajectory by setting its fate between steps. */
    int8_t *fate;
    /* Called for every attempted hop; set by the caller, may be NULL. */
    void (*on_hop)(void *context, const dia_hop_event *event);
    void *on_hop_context;
    struct dia_block_scratch *scratch; /* private */
} dia_block;

/* Allocates a block for `capacity` trajectories. DIA_ERROR_INPUT: capacity below 1, or a method that does not work
 * with this model, or a condition of `stop` that does not fit it; DIA_ERROR_MEMORY. */
DIA_API DIA_MUST_USE dia_status dia_block_create(dia_block **block, const dia_model *model,
                                                 const dia_dynamics *dynamics, int capacity, dia_error *error);
DIA_API void dia_block_free(dia_block *block); /* NULL is fine */
/* Sets `count` trajectories at step 0: trajectory (count) their numbers, R and V (count, ncart), state (count) adiabatic; the
 * amplitudes start in that state. Evaluates H, frame, G. A start at which the model is not finite gives that
 * trajectory the fate NAN and is no error. DIA_ERROR_INPUT: count above the capacity, or a state that the model does
 * not have. */
DIA_API DIA_MUST_USE dia_status dia_block_start(dia_block *block, int count, const int64_t *trajectory, const double *R,
                                                const double *V, const int *state, dia_error *error);
/* The same with amplitudes: c (count, nstate, 2), real and imaginary parts in the DIABATIC basis, each trajectory's of norm
 * 1 up to 1e-6 (else DIA_ERROR_INPUT). The active state is `state` whatever they are: who wants an ensemble that stands for
 * them draws it from the squares of the adiabatic ones, U^T c, as `initial.state: {diabatic: D}` does. Methods that do not
 * look at amplitudes (landau_zener, none) move by the active state alone; a hopping type with `start` may replace them.
 * c NULL: dia_block_start. */
DIA_API DIA_MUST_USE dia_status dia_block_start_amplitudes(dia_block *block, int count, const int64_t *trajectory,
                                                           const double *R, const double *V, const int *state,
                                                           const double *c, dia_error *error);
/* One time step of all trajectories that have not ended. Allocates nothing. Fails only if LAPACK or the model does. */
DIA_API dia_status dia_block_step(dia_block *block);
/* Number of trajectories that have not ended. */
DIA_API int dia_block_flying(const dia_block *block);
/* Number of the condition of dynamics.stop that ended trajectory b (fate STOPPED), the first if it met several in one step; -1:
 * none. */
DIA_API int dia_block_stop(const dia_block *block, int b);
/* What the members of a committee differ by at trajectory b, as of the latest looks (dynamics.committee): calibrated error (one
 * sigma) of the active energy and of its gap to the nearest state, hartree, and of a component of the active gradient,
 * hartree/bohr, and of the probability of a hop at the present geometry. False: it is not watched. */
enum { DIA_DOUBT_ENERGY, DIA_DOUBT_GAP, DIA_DOUBT_GRADIENT, DIA_DOUBT_HOP, DIA_DOUBTS };
DIA_API bool dia_block_doubt(const dia_block *block, int b, double doubt[DIA_DOUBTS]);
/* Amplitudes of trajectory b in the adiabatic basis: c_adiabatic (nstate, 2). */
DIA_API void dia_block_amplitudes(const dia_block *block, int b, double *c_adiabatic);

/* For checkpoints: everything a restart needs, as bytes. A block of the same model and settings that they are
 * restored into continues bitwise the same (same binary, same kind of processor). DIA_ERROR_FILE: not such bytes;
 * the block is unchanged. */
DIA_API size_t dia_block_save_size(const dia_block *block);
DIA_API void dia_block_save(const dia_block *block, void *bytes);
DIA_API DIA_MUST_USE dia_status dia_block_restore(dia_block *block, const void *bytes, size_t size, dia_error *error);

#ifdef __cplusplus
}
#endif
#endif
