/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a swarm file (docs/swarm-file.md says what each array means). Times in fs, everything else in atomic units,
 * as in the file. */
#ifndef DIABOLO_SWARM_H
#define DIABOLO_SWARM_H

#include "diabolo/base.h"
#include "diabolo/molecule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a trajectory ended: name, number in the file, whether it counts in the means, word in data, text in messages.
 * NAN: H, gradient or coordinates were not finite. DISSOCIATED: by dynamics.dissociation. DRIFT: the total energy
 * differed from its first value by more than dynamics.drift. STOPPED: by a condition of dynamics.stop. UNCERTAIN:
 * by dynamics.committee, where the members of the model differ by too much. */
#define DIA_FATE_LIST(X)                                                                                               \
    X(FLYING, 0, false, "flying", "still flying")                                                                      \
    X(FINISHED, 1, true, "finished", "finished")                                                                       \
    X(NAN, 2, false, "nan", "not a number")                                                                            \
    X(DISSOCIATED, 3, true, "dissociated", "dissociated")                                                              \
    X(DRIFT, 4, false, "drift", "total energy drifted")                                                                \
    X(STOPPED, 5, true, "stopped", "stopped by a condition")                                                           \
    X(UNCERTAIN, 6, false, "uncertain", "the committee became too uncertain")

typedef enum dia_fate {
#define DIA_FATE_NUMBER(name, number, counts, word, text) DIA_FATE_##name = number,
    DIA_FATE_LIST(DIA_FATE_NUMBER)
#undef DIA_FATE_NUMBER
        DIA_FATES /* how many there are */
} dia_fate;

/* For a number that is no fate: "unknown", false. */
DIA_API const char *dia_fate_word(int fate); /* "nan"          */
DIA_API const char *dia_fate_text(int fate); /* "not a number" */
DIA_API bool dia_fate_counts(int fate);      /* in the means over trajectories */

typedef struct dia_swarm_hops { /* arrays (count), sorted by trajectory, then time */
    int64_t count;
    const int64_t *trajectory; /* number of the trajectory                        */
    const int64_t *row;        /* its row in the arrays of trajectories           */
    const double *time;        /* fs                                              */
    const int8_t *from, *to, *accepted;
    const double *gap, *kinetic_before, *kinetic_after; /* hartree                */
    const double
        *work; /* hartree: what light paid of the gap: all of it, or nothing. NULL: the dynamics had no light */
} dia_swarm_hops;

typedef struct dia_swarm { /* everything but the big arrays; owned by the swarm, freed by dia_swarm_close */
    const char *path;
    const char *input, *resolved, *model_path, *model_type, *model_digest, *initial_digest, *program_version,
        *program_commit, *digest, *method;
    const char *network_precision; /* "single", as dynamics.precision; NULL: double */
    const char *model_files;       /* files of the model, "SHA-256  PATH" a line; NULL: not recorded   */
    const char *input_path;        /* NULL: the file does not say                                      */
    const char *identity;          /* lines of text whose SHA-256 is `digest`; NULL: an older file     */
    const char *populations;       /* what the method's populations are: docs/swarm-file.md; NULL: active states */
    const char *amplitude_signs;   /* sign convention of the adiabatic states; NULL: none was recorded */
    const char *model_note;        /* warnings of the model's file, one sentence per line; NULL: none  */
    const char *first_outside;   /* "trajectory 5 at 12.5 fs: why", the first outside the region of the model's training
                                    data; NULL: none was                                             */
    const char *stop_conditions; /* of dynamics.stop, "NAME: CONDITION" a line; NULL: none           */
    const char *excitation; /* of starts that light chose: how many candidates, what became of them; NULL: others */
    const char *until;      /* errors asked for in the input, then a line of what was reached each; NULL: none */
    const char *shard;      /* "3 of 10: trajectories 200 to 299 of 1000", counted from 1; NULL: a swarm of its own */
    /* Of a shard: `resolved`, `identity` and `initial_digest` of the whole swarm; NULL: it is none */
    const char *whole_resolved, *whole_identity, *whole_initial_digest;
    const char *partial; /* of a swarm merged from a part of its shards: which are missing; NULL: it is whole */
    int64_t seed;
    int64_t every;    /* steps from one sample to the next                   */
    double timestep;  /* fs                                                  */
    int64_t N;        /* trajectories                                        */
    int64_t T;        /* samples                                             */
    int64_t excluded; /* trajectories left out of the populations            */
    int nstate, natom, dimension;
    int64_t width;           /* numbers that the file keeps of each trajectory to fly on from its end; 0: none */
    bool full;               /* the file has energies, amplitudes, position, velocity   */
    bool single;             /* amplitudes, position and velocity have single precision */
    bool lit;                /* the dynamics had light: the file has its work, of trajectories and hops */
    const int *numbers;      /* (natom) atomic numbers                                  */
    const double *masses;    /* (natom) electron masses                                 */
    const double *reference; /* (natom, dimension) bohr                                 */
    const double *time;      /* (T) fs                                                  */
    const double *active, *electronic, *diabatic; /* (T, nstate) populations                                 */
    const double *active_error, *electronic_error, *diabatic_error; /* (T, nstate) standard errors */
    const int64_t *number; /* (N) ascending                                                       */
    const int8_t *fate;    /* (N) dia_fate                                                        */
    const double *end;     /* (N) fs                                                              */
    const double *drift;   /* (N) hartree: largest |E_total - E_total(0)|                         */
    const double *outside; /* (N) fs, when first outside the region of the model's training data; NaN: never. NULL: the
                                    model does not know it                                              */
    const double *novelty; /* (N) how far outside at most (above 1: outside); NULL as for `outside`     */
    const double
        *uncertain;     /* (N) fs, first sample at which the committee was too uncertain; NaN: never. NULL: it was not
                                watched */
    const int8_t *stop; /* (N) number of the condition that ended it, from 0; -1: none. NULL: there are no conditions */
    const int8_t *initial_state; /* (N)                                                               */
    const double *weight;        /* (N)                                                                 */
    const double
        *start_weight; /* (N) besides, by how the method drew its start; of either sign, the mean is 1. NULL: none */
    dia_swarm_hops hops;
    struct dia_swarm_file *file; /* private */
} dia_swarm;

/* Opens a swarm file. Checks everything that is kept in memory, the shapes of the rest, and that the populations are
 * those of the trajectories. A file that breaks the layout is DIA_ERROR_INPUT (a dataset is missing, has another
 * shape, type or unit) or DIA_ERROR_FILE (impossible numbers), and the error names the dataset. */
DIA_API DIA_MUST_USE dia_status dia_swarm_open(dia_swarm **swarm, const char *path, dia_error *error);
DIA_API void dia_swarm_close(dia_swarm *swarm); /* NULL is fine */

/* Number of trajectories that were outside the region of the model's training data at some sample; -1: not known. */
DIA_API int64_t dia_swarm_outside(const dia_swarm *swarm);

/* ---- outcomes, of a swarm with conditions of dynamics.stop ----------------------------------- */

#define DIA_OUTCOME_INSIDE "inside" /* the name of the channel of those that met none until the end */

/* Number of its conditions, and the name of condition i (size bytes); false: there is none of that number. */
DIA_API int dia_swarm_stops(const dia_swarm *swarm);
DIA_API bool dia_swarm_stop_name(const dia_swarm *swarm, int i, size_t size, char *name);

typedef struct dia_outcome {
    char name[64];    /* of the condition; "inside"; "dissociated"                                      */
    int state;        /* active state at the end; -1: any                                               */
    int64_t count;    /* trajectories                                                                   */
    double share;     /* of the weights of all trajectories that count (dia_fate_counts). By state, of a method whose
                      populations are those of amplitudes: with these at the end in place of active states (it may be
                      outside 0 to 1; NaN: the file has none)                                        */
    double error;     /* its binomial standard error; of amplitudes that of the mean                 */
    double low, high; /* 95 % interval (Wilson; of amplitudes 1.96 errors)                           */
} dia_outcome;

/* By channel, and in it by state, nstate + 1 entries a channel, the last for any state. The channels: the conditions in
 * their order, "inside", and "dissociated" if any did. *outcomes: freed by free(); NULL, *count 0: no conditions. */
DIA_API DIA_MUST_USE dia_status dia_swarm_outcomes(const dia_swarm *swarm, dia_outcome **outcomes, int *count,
                                                   dia_error *error);

/* Work of light on a trajectory since the start, mean (T) over those that count and its standard error (T), hartree. settled
 * (may be NULL): the sample since which no trajectory's work differs from its last value by more than 1 meV. All 0 without light.
 * DIA_ERROR_FILE, _MEMORY. */
DIA_API DIA_MUST_USE dia_status dia_swarm_work(const dia_swarm *swarm, double *mean, double *standard_error,
                                               int64_t *settled, dia_error *error);

/* Rows [first, first+count) of any dataset, given by name, checked, as doubles. The big arrays: of trajectories (count, T,
 * ...): "trajectories/active" (T), ".../potential" (T), ".../kinetic" (T), ".../work" (T, of light), ".../energies" (T, nstate), ".../amplitudes"
 * (T, nstate, 2), ".../position" and ".../velocity" (T, natom, dimension); "initial/position", "initial/velocity" (natom,
 * dimension), "initial/amplitudes" (nstate, 2; diabatic). Of hops: "hops/position" and "hops/velocity" (natom,
 * dimension), the velocity just before the momentum is adjusted. */
DIA_API DIA_MUST_USE dia_status dia_swarm_rows(const dia_swarm *swarm, const char *name, int64_t first, int64_t count,
                                               double *values, dia_error *error);
/* Doubles in one row of that array; 0: the file does not have it. */
DIA_API size_t dia_swarm_row_size(const dia_swarm *swarm, const char *name);
/* Reads and checks such rows without returning them. */
DIA_API DIA_MUST_USE dia_status dia_swarm_check(const dia_swarm *swarm, const char *name, int64_t first, int64_t count,
                                                dia_error *error);
/* Active states of trajectories [first, first+count): states (count, T). */
DIA_API DIA_MUST_USE dia_status dia_swarm_active(const dia_swarm *swarm, int64_t first, int64_t count, int8_t *states,
                                                 dia_error *error);
/* A copy of its molecule, freed by dia_molecule_free. */
DIA_API DIA_MUST_USE dia_status dia_swarm_molecule(const dia_swarm *swarm, dia_molecule *molecule, dia_error *error);
/* Number of rows of so many doubles that fill about 8 MiB (at least 1, at most N). */
DIA_API int64_t dia_swarm_slab(const dia_swarm *swarm, size_t row_size);

#ifdef __cplusplus
}
#endif
#endif
