/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Running a swarm of trajectories from a program: `diabolo run` and `diabolo sample` as library calls. Inputs:
 * docs/input-format.md, docs/dynamics.md; dia_input and dia_control: base.h. examples/library/fly.c is a complete
 * program. */
#ifndef DIABOLO_RUN_H
#define DIABOLO_RUN_H

#include "diabolo/base.h"
#include "diabolo/molecule.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_run_flags { /* all zero: as `diabolo run` without options                      */
    bool fresh;                /* start over: discard the journal, replace the swarm file         */
    bool alone;                /* run only `trajectory`: the same trajectory, in a separate file  */
    int64_t trajectory;        /* counted from 0                                                  */
    double checkpoint;         /* seconds between two saves of the unfinished trajectories; 0: 30 */
    /* Run only shard `shard` of `shards` (1 to shards), consecutive trajectories, into STEM.shard-003-of-010.h5: dia_merge makes
     * the swarm of them. 0 of 0: the whole swarm */
    int shard, shards;
    /* The swarm file is there, finished, and `input` asks for more trajectories or a longer duration: only what is new is run. */
    bool extend;
} dia_run_flags;

typedef struct dia_run_result {
    char path[4096]; /* of the swarm file; dia_swarm_open reads it (swarm.h) */
    bool complete;   /* it existed already: nothing was run                  */
    int threads;
    int64_t flown;  /* trajectories times time steps done by this call */
    double seconds; /* of this call                                    */
} dia_run_result;

typedef struct dia_run_method { /* one swarm of a call                        */
    char method[40];            /* its name in the block `methods`; "": none  */
    dia_run_result result;
} dia_run_method;
typedef struct dia_run_results {
    int count;
    dia_run_method *item; /* (count) */
    int members; /* 1: they are of the members of a committee (`member: all`), which dia_analyse_members joins; else 0 */
} dia_run_results;

/* Runs all swarms that the input describes, one after the other: one for each method of a block `methods`, from the same
 * initial conditions and random numbers, STEM.NAME.h5 each; of an input without such a block its only one. Each file is as
 * the one of a run of that method alone, and an interruption is as with dia_run. *results: freed by dia_run_results_free,
 * also after a failure, when it holds those that are complete. */
DIA_API DIA_MUST_USE dia_status dia_run_each(const dia_input *input, const dia_run_flags *flags,
                                             const dia_control *control, dia_run_results *results, dia_error *error);
DIA_API void dia_run_results_free(dia_run_results *results);

/* Runs the swarm that the input describes and writes its file. If it is stopped or killed, or the power fails,
 * SWARMFILE.journal remains and the same call continues from it; the file is bitwise the same for any number of
 * threads and after any interruption. A finished swarm of the same input is not run again; another swarm is not
 * overwritten unless `fresh` (DIA_ERROR_INPUT). flags and result may be NULL. An input with a block `methods` is
 * DIA_ERROR_INPUT: dia_run_each runs it. */
DIA_API DIA_MUST_USE dia_status dia_run(const dia_input *input, const dia_run_flags *flags, const dia_control *control,
                                        dia_run_result *result, dia_error *error);

typedef struct dia_merge_flags { /* all zero: as `diabolo merge` without options                   */
    const char *output;          /* NULL: the name of the shards without .shard-003-of-010         */
    bool partial;                /* merge what is there; the file says what is missing             */
    bool fresh;                  /* replace whatever swarm is there                                */
} dia_merge_flags;

typedef struct dia_merge_result {
    char path[4096];
    bool complete;       /* it was there already: nothing was done                                             */
    int shards, missing; /* merged; missing (0 unless `partial`)                                               */
    int64_t trajectories;
    bool rounded; /* initial conditions differ by rounding, as on several kinds of processors: the file is not bit for
                     bit that of one run                                                                       */
} dia_merge_result;

/* Makes one swarm of its shards, given in any order: bit for bit the file of one run. DIA_ERROR_INPUT: a shard is missing,
 * doubled, unfinished or of another swarm; the message names it, and what to do. Streams: memory does not grow with the lengths
 * of trajectories. result may be NULL. */
DIA_API DIA_MUST_USE dia_status dia_merge(int n, const char *const *shards, const dia_merge_flags *flags,
                                          const dia_control *control, dia_merge_result *result, dia_error *error);

/* The same in two steps: a plan is an input that has been read and checked; running it gives the swarm file. */
typedef struct dia_run_plan dia_run_plan;

/* Reports all mistakes of the input at once. Makes the initial conditions. Writes nothing. */
DIA_API DIA_MUST_USE dia_status dia_run_plan_make(dia_run_plan **plan, const dia_input *input,
                                                  const dia_run_flags *flags, dia_error *error);
DIA_API void dia_run_plan_free(dia_run_plan *plan); /* NULL is fine */
/* All settings that determine the numbers, defaults included: YAML, a valid input. Borrowed. */
DIA_API const char *dia_run_plan_text(const dia_run_plan *plan);
/* SHA-256 (64 hex digits) of all that determines the numbers: settings, model, initial conditions, program.
 * Attribute `digest` of the swarm file. Borrowed. */
DIA_API const char *dia_run_plan_digest(const dia_run_plan *plan);
DIA_API const char *dia_run_plan_path(const dia_run_plan *plan); /* of the swarm file; borrowed */
/* An input with a block `methods` gives a chain of plans: the plan of the next method (NULL: this is the last), which belongs
 * to the first one; and the name of a plan's own ("": the input has no such block). */
DIA_API const dia_run_plan *dia_run_plan_next(const dia_run_plan *plan);
DIA_API const char *dia_run_plan_method(const dia_run_plan *plan);
/* Runs this plan alone, not those behind it. */
DIA_API DIA_MUST_USE dia_status dia_run_plan_fly(const dia_run_plan *plan, const dia_run_flags *flags,
                                                 const dia_control *control, dia_run_result *result, dia_error *error);

/* ---- replay ---------------------------------------------------------------------------------- */

typedef struct dia_replay_result {
    dia_run_result run;    /* its file is a swarm file of the chosen trajectories                               */
    int64_t compared;      /* samples that swarm and replay have in common; 0: none, they step differently      */
    char changed[1000];    /* the first setting that differs from the swarm's, as `there: ...; now: ...`; "": none */
    char difference[1000]; /* the earliest difference from the swarm; "": the same bit for bit where compared   */
    char reasons[1000];    /* why it may differ although no setting does; ""                                    */
} dia_replay_result;

/* Flies trajectories of the swarm file `swarm` again, from the initial conditions that it keeps and by its settings, and
 * writes them to a file of their own, by default every step in double precision: STEM-replay-17.h5 or input->output. Then
 * compares the two. trajectories: numbers, "17" or "3,20-29". Of the input, which may be NULL, `set` and `output` are used:
 * settings that replace the swarm's. DIA_ERROR_INPUT: no such trajectory, a model that is not the swarm's and was not
 * named by `set`; DIA_ERROR_FILE. fresh: as in dia_run_flags. A difference is no error. */
DIA_API DIA_MUST_USE dia_status dia_replay(const char *swarm, const char *trajectories, const dia_input *input,
                                           bool fresh, const dia_control *control, dia_replay_result *result,
                                           dia_error *error);

/* ---- initial conditions ---------------------------------------------------------------------- */

typedef struct dia_samples { /* atomic units; arrays belong to it */
    int n, natom, dimension, ncart, nstate;
    const int *numbers;       /* (natom) atomic numbers                                                               */
    const double *masses;     /* (natom) electron masses                                                              */
    const double *R, *V;      /* (n, ncart)                                                                           */
    const int *state;         /* (n) adiabatic                                                                        */
    const double *weight;     /* (n)                                                                                  */
    const double *kinetic;    /* (n) hartree                                                                          */
    const double *energies;   /* (n, nstate) hartree, adiabatic; as the model gives them, not relative to the minimum */
    const double *amplitudes; /* (n, nstate, 2) of the diabatic states; NULL: 1 in `state`                          */
    /* (n, nstate) oscillator strengths from `state` to the others, NaN for states that were not fitted; NULL: no dipoles */
    const double *strengths;
    double temperature; /* k_B T, hartree                                                                       */
    /* For samples of oscillators (wigner, husimi, boltzmann); otherwise nmode is 0, minimum NULL, minimum_energy 0. */
    int nmode;
    int diabat;              /* about the minimum of this diabatic state; -1: of the lowest adiabatic one */
    bool stated;             /* the input states them: `minimum` is their centre, minimum_energy is 0     */
    const double *frequency; /* (nmode) hartree; imaginary ones negative                                  */
    const double *deviation; /* (nmode) standard deviation of the dimensionless Q and P; 0: not displaced */
    const double *minimum;   /* (ncart) minimum of that state                                             */
    double minimum_energy, zero_point, harmonic; /* hartree; the last: mean harmonic energy at `temperature`     */
    struct dia_samples_own *own;                 /* private                                                      */
} dia_samples;

/* Makes the initial conditions of the swarm that the input describes (from its blocks `model` and `initial`) and
 * writes them as extended XYZ to input->output, unless that is NULL. */
DIA_API DIA_MUST_USE dia_status dia_sample(const dia_input *input, const dia_control *control, dia_samples **samples,
                                           dia_error *error);
DIA_API void dia_samples_free(dia_samples *samples); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
