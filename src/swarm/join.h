/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One swarm file from several that hold its trajectories one after the other: its shards (merge.c), or a swarm and the
 * trajectories it is extended by (extend.c). What is written is bit for bit the file of one flight. Rows are streamed; in memory
 * is what every reader of a swarm holds, and the initial conditions. */
#ifndef DIA_SWARM_JOIN_H
#define DIA_SWARM_JOIN_H

#include "swarm/file/table.h"

typedef struct dia_join { /* all borrowed */
    int n;
    dia_swarm *const
        *part; /* (n) in the order of their trajectories, opened lean. All but the first are shards; a first one that
                               is none goes on from its sums (restart/electronic, restart/diabatic)  */
    const char *resolved; /* of the swarm that is made                                             */
    const char *identity; /* likewise; its last line is the digest of the initial conditions       */
    const char *partial;  /* what is missing; NULL: nothing                                        */
    bool strict;          /* the initial conditions must have the digest in `identity`; else it is replaced by theirs */
} dia_join;

/* Writes `path`. *rounded: the initial conditions have another digest. DIA_ERROR_FILE: a part is damaged. */
DIA_MUST_USE dia_status dia_join_write(const dia_join *join, const char *path, const dia_control *control,
                                       bool *rounded, dia_error *error);

#endif
