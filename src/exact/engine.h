/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Engines of `diabolo exact`: ways to solve the quantum problem of nuclei and electrons together. An engine is one file
 * src/exact/engine/NAME.c with one const struct dia_exact_type_NAME; CMake collects them. The struct alone gives it a
 * name in `exact: {engine: NAME}`, keys with help, template and record in the results, the check of convergence, and
 * the result file. An engine neither reads inputs nor writes files: it gets a problem, and tells an observer what it
 * found at each sample.
 *
 * Atomic units throughout. Coordinates are the model's own (ncart), each with its mass. */
#ifndef DIA_EXACT_ENGINE_H
#define DIA_EXACT_ENGINE_H

#include <stdio.h>

#include "base/config.h"
#include "base/control.h"
#include "diabolo/extend.h"
#include "diabolo/model.h"
#include "exact/regions.h"
#include "exact/scatter.h"
#include "store/writer.h"

/* The start: a Gaussian in all coordinates times an electronic state,
 *
 *   <R|start> = N exp[-(R-centre)^T C^-1 (R-centre)/4 + i momentum.(R-centre)] |state>,
 *
 * C the covariance of its square. All arrays are owned by the plan. */
typedef struct dia_exact_start {
    double *centre;     /* (ncart) bohr                                                              */
    double *momentum;   /* (ncart)                                                                   */
    double *covariance; /* (ncart, ncart) bohr^2; NULL: no packet was given (engines without packet) */
    double *precision;  /* (ncart, ncart) its inverse                                                */
    double temperature; /* k_B T of the input; 0 unless the engine is `thermal`                      */
    bool diabatic;      /* the amplitudes are diabatic; otherwise adiabatic                          */
    double *amplitude;  /* (nstate, 2), norm 1                                                       */
} dia_exact_start;

typedef struct dia_exact_problem { /* all borrowed */
    const dia_model *model;
    int nstate, ncart;
    const double *mass; /* (ncart) electron masses */
    const dia_exact_start *start;
    const dia_exact_regions *regions; /* where dynamics.stop ends trajectories; NULL: nowhere */
    const struct dia_light *light;    /* a field in which molecules stand as their coordinates say; NULL: none */
    double timestep;
    int64_t steps, every; /* samples are taken at step 0, every, 2 every, ..., steps */
    bool stationary;      /* of the engine: nothing is sampled */
    int threads;
    const dia_control *control; /* an engine asks dia_exact_stopped once a step and reports through `step` below */
} dia_exact_problem;

/* What is known at a sample. NULL (arrays) and NaN (numbers): the engine does not know it; it is then left out of the
 * file. What an absorber took is part of the populations. */
typedef struct dia_exact_sample {
    int64_t step;
    const double *adiabatic, *diabatic;      /* (nstate) populations                                            */
    const double *density;                   /* (nstate, nstate, 2): sum over R of psi_i conj(psi_j), diabatic  */
    double norm;                             /* of what is left: |psi|^2, or the trace                          */
    double potential, kinetic;               /* hartree, of what is left, without the field; not divided by the norm */
    const double *dipole;                    /* (3) e bohr, mean, of what is left; not divided by the norm       */
    const double *position, *position_width; /* (ncart) mean and standard deviation of what is left             */
    const double *momentum, *momentum_width; /* (ncart)                                                         */
    const double *absorbed, *absorbed_diabatic; /* (2 ncart, nstate) taken up to now at the lower and the upper end
                                                       of each coordinate: by adiabatic, by diabatic state            */
    const double
        *outcome; /* (regions + 1, nstate) what is in each region, or was absorbed in it, by adiabatic state; the
                              last: in none */
} dia_exact_sample;

/* Calls come from the calling thread. Each may be used or not; `context` goes with them. */
typedef struct dia_exact_observer {
    void *context;
    /* Must be called once for each sample time, in order. */
    void (*sample)(void *context, const dia_exact_sample *sample);
    /* <start|psi(t)> after so many steps, 0 to `steps`; for an engine that knows it, each step once. */
    void (*overlap)(void *context, int64_t step, const double overlap[2]);
    /* After each step: progress. */
    void (*step)(void *context, int64_t step);
    /* The whole result of a stationary engine: n energies, the channel asked for, change (n) by the last halving. */
    dia_status (*scattering)(void *context, int incoming, int n, const dia_scatter *results, const double *change,
                             dia_error *error);
} dia_exact_observer;

typedef struct dia_exact_type {
    const char *name, *summary, *reference;
    const dia_option *options; /* of the block `exact`, besides the keys of all engines; NULL: none */
    size_t self_size;          /* of the settings; self begins as the option table reads it          */
    bool thermal;              /* a temperature of the start means something to it                   */
    bool packet;               /* it needs the Gaussian                                              */
    bool stationary;           /* it knows no time: there are no samples                             */
    bool regions;              /* it tells outcomes                                                  */
    bool light;                /* it knows the field of light                                        */
    /* Checks the settings against the problem, resolves what is `auto`, sets *bytes of memory that `propagate` will
     * take; `advice` (size): what to change if these are too many. Allocations in self: freed by `release`. */
    dia_status (*prepare)(void *self, const dia_exact_problem *problem, double *bytes, size_t size, char *advice,
                          dia_error *error);
    void (*release)(void *self); /* NULL: nothing to free */
    /* DIA_ERROR_INTERRUPTED when stopped by the control. */
    dia_status (*propagate)(const void *self, const dia_exact_problem *problem, const dia_exact_observer *observer,
                            dia_error *error);
    /* Settings of run `number` (0, 1, ...) that tests convergence: `changed` holds a copy of the prepared self, which
     * shares its allocations; what (size) becomes "step halved". *cost: its work, in runs of self. False: there are no
     * more. `prepare` is not called again. NULL: there is none. */
    bool (*vary)(const void *self, const dia_exact_problem *problem, int number, void *changed, size_t size, char *what,
                 double *cost);
    /* One line about the prepared settings, for the table and the log; and what else the group /exact of the file holds.
     * NULL: nothing. */
    void (*describe)(const void *self, FILE *out);
    void (*write)(const void *self, dia_writer *group);
} dia_exact_type;

extern const dia_exact_type *const dia_exact_types[]; /* NULL-terminated, alphabetical; generated by CMake */
const dia_exact_type *dia_exact_type_find(const char *name);
/* DIA_ERROR_INTERRUPTED, said of the step that was reached: the control asks the engine to stop. */
DIA_MUST_USE dia_status dia_exact_stopped(const dia_exact_problem *problem, int64_t step, dia_error *error);

#endif
