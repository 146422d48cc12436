/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a swarm file (docs/swarm-file.md says what each array means). Times in fs, everything else in atomic units,
 * as in the file. */
#ifndef DIABOLO_SWARM_H
#define DIABOLO_SWARM_H

#include "diabolo/base.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What became of a trajectory: name, number in the file, does it count in the means, word for data, words for people.
 * One that met NaN: H, gradient or coordinates were not finite. Dissociated: by dynamics.dissociation. Drift: the total
 * energy left its first value by more than dynamics.drift. */
#define DIA_FATE_LIST(X)                                                                                               \
    X(FLYING, 0, false, "flying", "still flying")                                                                      \
    X(FINISHED, 1, true, "finished", "finished")                                                                       \
    X(NAN, 2, false, "nan", "not a number")                                                                            \
    X(DISSOCIATED, 3, true, "dissociated", "dissociated")                                                              \
    X(DRIFT, 4, false, "drift", "total energy drifted")

typedef enum dia_fate {
#define DIA_FATE_NUMBER(name, number, counts, word, text) DIA_FATE_##name = number,
    DIA_FATE_LIST(DIA_FATE_NUMBER)
#undef DIA_FATE_NUMBER
        DIA_FATES /* how many there are */
} dia_fate;

/* Of a number that is no fate: "unknown", false. */
DIA_API const char *dia_fate_word(int fate); /* "nan"          */
DIA_API const char *dia_fate_text(int fate); /* "not a number" */
DIA_API bool dia_fate_counts(int fate);      /* in the means over trajectories */

typedef struct dia_swarm_hops { /* arrays (count), sorted by trajectory, then time */
    int64_t count;
    const int64_t *trajectory; /* number of the trajectory                        */
    const double *time;        /* fs                                              */
    const int8_t *from, *to, *accepted;
    const double *gap, *kinetic_before, *kinetic_after; /* hartree                */
    const double *position; /* (count, natom, dimension) bohr                              */
    const double *velocity; /* (count, natom, dimension) bohr per atomic unit of time, before the momentum is adjusted;
                               NULL: a file of a program that did not record it            */
} dia_swarm_hops;

typedef struct dia_swarm { /* everything but the big arrays; owned by the swarm, freed by dia_swarm_close */
    const char *path;
    const char *input, *resolved, *model_path, *model_type, *model_digest, *initial_digest, *program_version,
        *program_commit, *digest, *method;
    int64_t seed;
    double timestep;  /* fs                                                  */
    int64_t N;        /* trajectories                                        */
    int64_t T;        /* samples                                             */
    int64_t excluded; /* trajectories left out of the populations           */
    int nstate, natom, dimension;
    bool full;                                    /* energies, amplitudes, position and velocity are there */
    const int *numbers;                           /* (natom) atomic numbers                        */
    const double *masses;                         /* (natom) electron masses                       */
    const double *reference;                      /* (natom, dimension) bohr                       */
    const double *time;                           /* (T) fs                                        */
    const double *active, *electronic, *diabatic; /* (T, nstate) populations     */
    const double *active_error, *electronic_error, *diabatic_error; /* (T, nstate) standard errors */
    const int64_t *number;                                          /* (N)                                          */
    const int8_t *fate;          /* (N) dia_fate                                                    */
    const double *end;           /* (N) fs                                                          */
    const double *drift;         /* (N) hartree: largest |E_total - E_total(0)|                     */
    const int8_t *initial_state; /* (N)                                                             */
    const double *weight;        /* (N)                                                             */
    dia_swarm_hops hops;
    struct dia_swarm_file *file; /* private */
} dia_swarm;

DIA_API DIA_MUST_USE dia_status dia_swarm_open(dia_swarm **swarm, const char *path, dia_error *error);
DIA_API void dia_swarm_close(dia_swarm *swarm); /* NULL is fine */

/* Rows [first, first+count) of one of the big arrays, given by name, as doubles (count, T, ...):
 * "trajectories/active" (T), ".../potential" (T), ".../kinetic" (T), ".../energies" (T, nstate), ".../amplitudes" (T,
 * nstate, 2),
 * ".../position" and ".../velocity" (T, natom, dimension). */
DIA_API DIA_MUST_USE dia_status dia_swarm_rows(const dia_swarm *swarm, const char *name, int64_t first, int64_t count,
                                               double *values, dia_error *error);
/* Doubles in one row of that array; 0: the file does not hold it. */
DIA_API size_t dia_swarm_row_size(const dia_swarm *swarm, const char *name);

#ifdef __cplusplus
}
#endif
#endif
