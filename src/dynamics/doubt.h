/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the members of a committee say of trajectories while one of them flies: the block `committee` of the dynamics. A look
 * changes nothing of the flight, and allocates nothing. */
#ifndef DIA_DYNAMICS_DOUBT_H
#define DIA_DYNAMICS_DOUBT_H

#include "diabolo/dynamics.h"
#include "diabolo/extend.h"

extern const dia_option dia_doubt_options[];

/* DIA_ERROR_INPUT: the dynamics watches a committee, and the model is none. */
DIA_MUST_USE dia_status dia_doubt_fits(const dia_dynamics *dynamics, const dia_model *model, dia_error *error);

struct dia_doubt; /* of a block */
/* Numbers that are kept of a trajectory (ROW_DOUBT); 0: nothing is watched. */
size_t dia_doubt_width(const dia_dynamics *dynamics, const dia_model *model);
/* *doubt NULL: nothing is watched. */
DIA_MUST_USE dia_status dia_doubt_create(struct dia_doubt **doubt, const dia_block *block, dia_error *error);
void dia_doubt_free(struct dia_doubt *doubt);
/* After a whole step, or at the start: if it is time, asks members. */
DIA_MUST_USE dia_status dia_doubt_look(dia_block *block);
/* Has row b passed the limit, and are such trajectories to end? */
bool dia_doubt_ends(const dia_block *block, int b);

#endif
