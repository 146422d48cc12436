/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Flying a swarm from a program: what `diabolo run INPUT` and `diabolo sample INPUT` do, without their talk. Inputs:
 * docs/input-format.md, docs/dynamics.md; dia_input and dia_control: base.h. examples/library/fly.c is a whole program. */
#ifndef DIABOLO_RUN_H
#define DIABOLO_RUN_H

#include "diabolo/base.h"
#include "diabolo/molecule.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_run_flags { /* all zero: as `diabolo run` without options */
    bool fresh;                /* start over: discard the journal, replace the swarm file                         */
    bool alone;                /* fly `trajectory` alone: the same trajectory, in a file of its own               */
    int64_t trajectory;        /* counted from 0                                                                  */
    double checkpoint;         /* seconds from one note of the trajectories in flight to the next; 0: 30          */
} dia_run_flags;

typedef struct dia_run_result {
    char path[4096]; /* of the swarm file; dia_swarm_open reads it (swarm.h)        */
    bool complete;   /* it was there already: nothing was flown                     */
    int threads;
    int64_t flown;  /* trajectories times time steps, by this call                 */
    double seconds; /* that this took                                              */
} dia_run_result;

/* Flies the swarm that the input describes and writes its file. Stopped, killed or without power it leaves
 * SWARMFILE.journal, from which the same call goes on; the file is bitwise the same for any number of threads and after
 * any interruption. A swarm of the same input that is there already is not flown again; another swarm is not
 * overwritten unless `fresh` (DIA_ERROR_INPUT). flags and result may be NULL. */
DIA_API DIA_MUST_USE dia_status dia_run(const dia_input *input, const dia_run_flags *flags, const dia_control *control,
                                        dia_run_result *result, dia_error *error);

/* The same in two steps: an input, read and checked, is a plan; flying it gives the swarm file. */
typedef struct dia_run_plan dia_run_plan;

/* All mistakes of the input are reported in one go. Initial conditions are made here. Writes nothing. */
DIA_API DIA_MUST_USE dia_status dia_run_plan_make(dia_run_plan **plan, const dia_input *input,
                                                  const dia_run_flags *flags, dia_error *error);
DIA_API void dia_run_plan_free(dia_run_plan *plan); /* NULL is fine */
/* All settings that decide the numbers, defaults too: YAML, itself an input. Borrowed. */
DIA_API const char *dia_run_plan_text(const dia_run_plan *plan);
/* SHA-256 (64 hex digits) of all that decides the numbers: settings, model, initial conditions, program. Attribute
 * `digest` of the swarm file. Borrowed. */
DIA_API const char *dia_run_plan_digest(const dia_run_plan *plan);
DIA_API const char *dia_run_plan_path(const dia_run_plan *plan); /* of the swarm file; borrowed */
DIA_API DIA_MUST_USE dia_status dia_run_plan_fly(const dia_run_plan *plan, const dia_run_flags *flags,
                                                 const dia_control *control, dia_run_result *result, dia_error *error);

/* ---- initial conditions ---------------------------------------------------------------------- */

typedef struct dia_samples { /* atomic units; arrays belong to it */
    int n, natom, dimension, ncart, nstate;
    const int *numbers;     /* (natom) atomic numbers                                                            */
    const double *masses;   /* (natom) electron masses                                                           */
    const double *R, *V;    /* (n, ncart)                                                                        */
    const int *state;       /* (n) adiabatic                                                                     */
    const double *weight;   /* (n)                                                                               */
    const double *kinetic;  /* (n) hartree                                                                       */
    const double *energies; /* (n, nstate) hartree, adiabatic; those of the model, not relative to the minimum   */
    double temperature;     /* k_B T, hartree                                                                    */
    /* Of Wigner sampling; otherwise nmode is 0, minimum NULL, minimum_energy 0. */
    int nmode;
    const double *frequency; /* (nmode) hartree; imaginary ones negative                                         */
    const double *deviation; /* (nmode) standard deviation of the dimensionless Q and P; 0: left at rest         */
    const double *minimum;   /* (ncart) of the lowest state                                                      */
    double minimum_energy, zero_point, harmonic; /* hartree; the last: mean harmonic energy at `temperature`     */
    struct dia_samples_own *own;                 /* private                                                      */
} dia_samples;

/* Makes the initial conditions of the swarm that the input describes (of it `model` and `initial` are used) and writes
 * them as extended XYZ to input->output, unless that is NULL. */
DIA_API DIA_MUST_USE dia_status dia_sample(const dia_input *input, const dia_control *control, dia_samples **samples,
                                           dia_error *error);
DIA_API void dia_samples_free(dia_samples *samples); /* NULL is fine */

#ifdef __cplusplus
}
#endif
#endif
