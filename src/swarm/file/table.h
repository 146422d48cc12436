/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The datasets of a swarm file, in one table that its writer and its reader share (they are described in
 * docs/swarm-file.md). */
#ifndef DIA_SWARM_FILE_TABLE_H
#define DIA_SWARM_FILE_TABLE_H

#include "store/store.h"

#define DIA_SWARM_FORMAT "diabolo-swarm"
#define DIA_SWARM_VERSION 1

#define DIA_UNIT_TIME "fs"
#define DIA_UNIT_ENERGY "hartree"
#define DIA_UNIT_LENGTH "bohr"
#define DIA_UNIT_VELOCITY "bohr hartree/hbar"
#define DIA_UNIT_MASS "electron_mass"
#define DIA_UNIT_NONE "1"

/* Allowed values of a dataset. */
typedef enum dia_swarm_rule {
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
    DIA_RULE_ELEMENT,      /* an atomic number, or 0 of an abstract particle  */
    DIA_RULES
} dia_swarm_rule;

typedef struct dia_swarm_dataset {
    const char *name; /* "hops/gap" */
    const char *unit;
    dia_number number; /* in memory, and in the file if that is not single */
    const char *shape; /* its extents, a letter each: Natoms "A", Dimension "D", Hops "K", Trajectories "N", States "n",
                          samples "T", 2 */
    dia_swarm_rule rule;
    enum {
        DIA_HELD = 1,     /* in memory, at `member` of a dia_swarm; else its rows are read when asked for */
        DIA_OPTIONAL = 2, /* may be missing                                                               */
        DIA_FATED = 4,    /* rows of trajectories that met NaN may hold NaN                               */
        DIA_MEAN = 8      /* NaN where there are too few trajectories to have a mean, or its error        */
    } flags;
    size_t member; /* of dia_swarm: where the pointer to it is */
} dia_swarm_dataset;

extern const dia_swarm_dataset dia_swarm_datasets[]; /* in the order in which they can be checked; name NULL ends it */
const dia_swarm_dataset *dia_swarm_dataset_find(const char *name); /* NULL: none of that name */

#endif
