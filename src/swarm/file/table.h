/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The datasets of a swarm file, in one table that its writer and its reader share (they are described in
 * docs/swarm-file.md). */
#ifndef DIA_SWARM_FILE_TABLE_H
#define DIA_SWARM_FILE_TABLE_H

#include <stdio.h>

#include "diabolo/swarm.h"
#include "store/store.h"

#define DIA_SWARM_FORMAT "diabolo-swarm"
#define DIA_SWARM_VERSION 1

#define DIA_UNIT_TIME "fs"
#define DIA_UNIT_ENERGY "hartree"
#define DIA_UNIT_LENGTH "bohr"
#define DIA_UNIT_VELOCITY "bohr hartree/hbar"
#define DIA_UNIT_GRADIENT "hartree/bohr"
#define DIA_UNIT_MASS "electron_mass"
#define DIA_UNIT_NONE "1"

/* Allowed values of a dataset. */
typedef enum dia_swarm_rule {
    DIA_RULE_ANY,          /* any number, or none                             */
    DIA_RULE_FINITE,       /* any finite number below 1e12                    */
    DIA_RULE_POSITIVE,     /* above 0                                         */
    DIA_RULE_NOT_NEGATIVE, /* 0 or more                                       */
    DIA_RULE_MOMENT,       /* 0 or more; NaN: never reached                   */
    DIA_RULE_SHARE,        /* 0 to 1, up to rounding                          */
    DIA_RULE_AMPLITUDE,    /* -1 to 1, up to the rounding of single precision */
    DIA_RULE_ERROR,        /* one standard error of a share                   */
    DIA_RULE_NUMBER,       /* of a trajectory                                 */
    DIA_RULE_STATE,        /* 0 to nstate - 1                                 */
    DIA_RULE_FLAG,         /* 0 or 1                                          */
    DIA_RULE_FATE,         /* dia_fate                                        */
    DIA_RULE_STOP,         /* number of a condition; -1                       */
    DIA_RULE_ELEMENT,      /* an atomic number, or 0 of an abstract particle  */
    DIA_RULES
} dia_swarm_rule;

typedef struct dia_swarm_dataset {
    const char *name; /* "hops/gap" */
    const char *unit;
    dia_number number; /* in memory, and in the file if that is not single */
    const char *shape; /* its extents, a letter each: Natoms "A", Dimension "D", Hops "K", Trajectories "N", States "n",
                          samples "T", Width of a state to go on from "W", 2, 4 */
    dia_swarm_rule rule;
    enum {
        DIA_HELD = 1,      /* in memory, at `member` of a dia_swarm; else its rows are read when asked for */
        DIA_OPTIONAL = 2,  /* may be missing                                                               */
        DIA_FATED = 4,     /* rows of trajectories that met NaN may hold NaN                               */
        DIA_MEAN = 8,      /* NaN where there are too few trajectories to have a mean, or its error        */
        DIA_FULL = 16,     /* only if output.trajectories asks for it                                      */
        DIA_WATCHED = 64,  /* only of a committee that is watched                                          */
        DIA_RESTART = 128, /* only if it can be extended                                                  */
        DIA_SHARD = 256,   /* only of a shard                                                             */
        DIA_LIT = 512,     /* only with light                                                             */
        DIA_SINGLE = 32    /* in single precision, unless output.precision says otherwise                  */
    } flags;
    size_t member; /* of dia_swarm: where the pointer to it is */
} dia_swarm_dataset;

extern const dia_swarm_dataset dia_swarm_datasets[]; /* in the order in which they can be checked; name NULL ends it */
const dia_swarm_dataset *dia_swarm_dataset_find(const char *name); /* NULL: none of that name */
/* Extents of a dataset; returns its rank. *width: numbers in a row. */
int dia_swarm_shape(const dia_swarm *swarm, const dia_swarm_dataset *d, size_t dims[8], size_t *width);

enum { DIA_SWARM_STATES = 127, DIA_SWARM_INPUT = 64 << 20, DIA_SWARM_DIGEST = 64 }; /* states are int8; longest texts */
typedef struct dia_swarm_text {                                                     /* a root attribute */
    const char *name;
    size_t most; /* characters; DIA_SWARM_DIGEST: hexadecimal digits, DIA_SWARM_INPUT: several lines */
    bool optional;
    size_t member; /* of dia_swarm */
} dia_swarm_text;
extern const dia_swarm_text dia_swarm_texts[]; /* name NULL ends it */

/* dia_swarm_open that does not hold what grows with time (time, populations: NULL); dia_swarm_rows reads pieces of them. */
DIA_MUST_USE dia_status dia_swarm_open_lean(dia_swarm **swarm, const char *path, dia_error *error);

/* What light paid of the gap of hop k, hartree. */
static inline double dia_hop_work(const dia_swarm_hops *hops, int64_t k)
{
    return hops->work != NULL ? hops->work[k] : 0.0;
}

/* Samples [start, start + samples) of the trajectories [first, first + count): values (count, samples, ...) doubles, or
 * int8_t of a dataset of that type. Not checked: for a copy. */
DIA_MUST_USE dia_status dia_swarm_window(const dia_swarm *swarm, const char *name, size_t first, size_t count,
                                         size_t start, size_t samples, void *values, dia_error *error);
/* Rows of a dataset in its own type, not checked either. */
DIA_MUST_USE dia_status dia_swarm_copy(const dia_swarm *swarm, const char *name, size_t first, size_t count,
                                       void *values, dia_error *error);
/* Forgets what is kept for further pieces, some MB; for who has many swarms open. */
void dia_swarm_release(const dia_swarm *swarm);
/* Which shard of how many, the first of its trajectories, and the number of all (dia_swarm.shard). False: it is none. */
typedef struct dia_shard {
    int number, count; /* 1 to count */
    int64_t first, past, whole;
} dia_shard;
bool dia_swarm_shard(const dia_swarm *swarm, dia_shard *shard);
/* The same from the beginning of a text. */
bool dia_shard_parse(const char *text, dia_shard *shard);
/* ".shard-003-of-010" at the beginning of a text, as in the names of files; *end: behind it. */
bool dia_shard_word(const char *text, int *number, int *count, const char **end);
void dia_shard_text(const dia_shard *shard, size_t size, char *text);

/* "17", "3,20-29" (NULL: all) -> rows of the swarm in ascending order, each once; free(*row). DIA_ERROR_INPUT: what is
 * no such list, and numbers that the file does not hold. */
DIA_MUST_USE dia_status dia_swarm_select(const dia_swarm *swarm, const char *text, int64_t *nrow, int64_t **row,
                                         dia_error *error);

/* The name of condition i of "NAME: CONDITION" lines, as dia_swarm_stop_name. */
bool dia_stop_conditions_name(const char *conditions, int i, size_t size, char *name);
/* Outcomes as a table: channels in rows, states in columns, the last any; below each channel the exact one of that name
 * (nexact entries; 0: none). A count of -1: outcomes without trajectories, of exact dynamics. */
void dia_outcomes_write(const dia_outcome *outcomes, int count, int nstate, const dia_outcome *exact, int nexact,
                        FILE *out);

/* ---- writing --------------------------------------------------------------------------------- */

/* A file is written from a dia_swarm with its scales (N, T, nstate, ..., hops.count, full, single), its texts and numbers:
 * room is reserved for the datasets that are written in pieces (those that grow with time or hops), the pieces are put
 * there, and dia_swarm_store writes everything else that the swarm points to. whole: trajectories will be put there in their order, each
 * with all its samples. */
DIA_MUST_USE dia_status dia_swarm_reserve(const dia_swarm *swarm, dia_store *store, bool whole, dia_error *error);
/* A piece by its name: first, count (cut) of the leading `cut` extents; cut 0: the whole dataset, not reserved. */
DIA_MUST_USE dia_status dia_swarm_put(const dia_swarm *swarm, dia_store *store, const char *name, int cut,
                                      const size_t *first, const size_t *count, const void *values, dia_error *error);
DIA_MUST_USE dia_status dia_swarm_store(const dia_swarm *swarm, dia_store *store, dia_error *error);

#endif
