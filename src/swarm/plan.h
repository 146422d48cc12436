/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan: an input of `diabolo run`, read and checked, and the flight made from it. */
#ifndef DIA_SWARM_PLAN_H
#define DIA_SWARM_PLAN_H

#include "base/config.h"
#include "diabolo/run.h"
#include "dynamics/initial.h"
#include "dynamics/output.h"
#include "swarm/file/table.h"
#include "swarm/flight.h"
#include "swarm/until.h"

enum { DIA_METHOD_NAME = 40 };

struct dia_run_plan {             /* owns everything that its flight borrows */
    char method[DIA_METHOD_NAME]; /* name in the block `methods`; "": there is none                               */
    dia_run_plan *next; /* of the next method, owned; the first one's model and initial conditions serve all */
    bool shares;        /* initial conditions are not its own ...                                       */
    bool shares_model;  /* ... nor is the model                                                         */
    int member;         /* of a committee, of which each member flies; -1: as the input says            */
    dia_config *config;
    dia_model *model;
    dia_dynamics dynamics;
    dia_initial_settings initial_settings;
    dia_initial initial;
    dia_run_output output;
    dia_until *until;           /* heap; NULL: all trajectories are flown                                       */
    const dia_node *model_node; /* of the configuration                                                         */
    int64_t *number;            /* (count) */
    char *resolved;
    char *path;      /* of the swarm file               */
    const char *key; /* that sets it, for messages      */
    char *shard, *whole_resolved,
        *whole_identity; /* of a shard: which, and settings and identity of the whole; else NULL */
    char whole_initial[DIA_DIGEST_SIZE];
    char *identity; /* all that determines the numbers */
    char digest[DIA_DIGEST_SIZE];
    dia_flight flight;
};

/* The keys of an input, for templates. */
extern const dia_option dia_run_options[];

/* ---- steps of planning, for the ways to make a plan ------------------------------------------ */

typedef struct dia_run_blocks { /* of an input */
    const dia_node *model, *initial, *dynamics, *methods, *until, *output, *exact;
} dia_run_blocks;

/* Reads all blocks except the model's; every mistake is noted in the configuration. sampling: `dynamics` and `output` are
 * not read. whole: what the file says under `output` gives way to every step in double precision; what was set
 * (dia_node_was_set) stays. */
DIA_MUST_USE dia_status dia_run_plan_read(dia_run_plan *plan, dia_run_blocks *blocks, bool sampling, bool whole,
                                          dia_error *error);
/* What needs the model too, and the mistakes of all blocks. */
DIA_MUST_USE dia_status dia_run_plan_settle(dia_run_plan *plan, const dia_run_blocks *blocks, dia_error *error);
/* Fills the flight except its trajectories. */
void dia_run_plan_describe(dia_run_plan *plan, const dia_node *model);
/* The flight of `count` of the initial conditions from `first` on, whose trajectories have the numbers number (count;
 * taken over, freed with the plan). note: a comment for the resolved input, "trajectory 17 alone"; NULL: none. stored: the
 * initial conditions are not made by the settings, but kept in a file. */
DIA_MUST_USE dia_status dia_run_plan_load(dia_run_plan *plan, size_t first, size_t count, int64_t *number,
                                          const char *note, bool stored, dia_error *error);
/* Makes the plan of a whole swarm that of a shard. */
DIA_MUST_USE dia_status dia_run_plan_divide(dia_run_plan *plan, const dia_shard *shard, dia_error *error);
/* The flight `whole` of a plan, cut to its first n trajectories, as if the input had asked for so many.
 * *resolved: its settings, which the flight borrows and the caller frees. */
DIA_MUST_USE dia_status dia_run_plan_cut(const dia_run_plan *plan, const dia_flight *whole, int64_t n,
                                         dia_flight *flight, char **resolved, dia_error *error);
/* "swarm-replay-17.h5" of "swarm.h5" and "-replay-17", on the heap; NULL: out of memory. */
char *dia_run_path_with(const char *file, const char *word);

/* Reads `model` and `initial` of an input and makes the initial conditions; the other two blocks are not read. The
 * plan must be all zero; dia_run_plan_clear frees it, also after a failure. */
DIA_MUST_USE dia_status dia_run_plan_sample(dia_run_plan *plan, const dia_input *input, const dia_control *control,
                                            dia_error *error);
/* dia_run_plan_make, which can be stopped. */
DIA_MUST_USE dia_status dia_run_plan_prepare(dia_run_plan **plan, const dia_input *input, const dia_run_flags *flags,
                                             const dia_control *control, dia_error *error);
void dia_run_plan_clear(dia_run_plan *plan); /* frees its contents, not the struct */

/* ---- several methods ------------------------------------------------------------------------- */

enum { DIA_METHODS = 16 };
/* Names of the block `methods`, in its order; *members: of the members of a committee, member0, ..., which all fly; *count 1
 * and "": a single swarm. names (DIA_METHODS). */
DIA_MUST_USE dia_status dia_run_methods(const dia_input *input, int *count, char (*names)[DIA_METHOD_NAME],
                                        bool *members, dia_error *error);

/* How a plan with errors to reach flies beside those of other methods, so that all end with as many trajectories. */
typedef struct dia_run_beside {
    int64_t least; /* it ends with no fewer trajectories                           */
    bool again;    /* it has flown in this run before: nothing is begun or told anew */
    bool hold;     /* the journal is kept, the swarm file is not written yet       */
    int64_t taken; /* set by the call: the trajectories with which it ends         */
} dia_run_beside;
/* dia_run_plan_fly of such a plan. DIA_ERROR_INPUT: its swarm file is there already, with fewer trajectories than `least`. */
DIA_MUST_USE dia_status dia_run_plan_fly_beside(const dia_run_plan *plan, const dia_run_flags *flags,
                                                dia_run_beside *beside, const dia_control *control,
                                                dia_run_result *result, dia_error *error);

/* ---- extension ------------------------------------------------------------------------------- */

/* Flies what the plan has and its swarm file has not: more trajectories, or a longer duration (extend.c). Without a file the
 * whole. DIA_ERROR_INPUT: the file is of another swarm, or of a larger one. The plan serves for nothing else afterwards. */
/* Do two identities differ in nothing but what an extension may change? */
bool dia_run_extends(const char *before, const char *now);
DIA_MUST_USE dia_status dia_run_plan_extend(dia_run_plan *plan, const dia_run_flags *flags, const dia_control *control,
                                            dia_run_result *result, dia_error *error);

/* ---- pilot ----------------------------------------------------------------------------------- */

typedef struct dia_pilot {
    double seconds; /* it took            */
    int64_t steps;
    double each;   /* seconds a trajectory and step on one thread                                 */
    double memory; /* bytes of this process at its largest, with model and starts                 */
} dia_pilot;
/* Flies the first trajectories of a plan for about so long, and forgets them. */
DIA_MUST_USE dia_status dia_run_plan_pilot(const dia_run_plan *plan, double seconds, dia_pilot *pilot,
                                           dia_error *error);

/* ---- size ------------------------------------------------------------------------------------ */

/* Called before initial conditions are made: is there enough memory for the flight of N trajectories (0: as many as there are) and, unless its file exists
 * already, enough space on the disk? The message states the numbers and the key that causes them. */
DIA_MUST_USE dia_status dia_run_plan_fits(const dia_run_plan *plan, int64_t N, dia_error *error);
/* The same for samples alone. */
DIA_MUST_USE dia_status dia_run_plan_fits_samples(const dia_run_plan *plan, dia_error *error);
/* Called before the journal is opened: is there enough space on the disk? Warns if it may not suffice. */
DIA_MUST_USE dia_status dia_run_plan_fits_disk(const dia_run_plan *plan, int64_t N, const dia_control *control,
                                               dia_error *error);

#endif
