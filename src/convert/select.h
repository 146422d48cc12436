/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which trajectories of a swarm, and which samples of them. */
#ifndef DIA_CONVERT_SELECT_H
#define DIA_CONVERT_SELECT_H

#include "convert/convert.h"

/* "17", "3,20-29" (NULL: all) -> rows of the swarm in ascending order, each once; free(*row). DIA_ERROR_INPUT: what is
 * no such list, and numbers that the file does not hold. */
DIA_MUST_USE dia_status dia_convert_select_rows(const dia_swarm *swarm, const char *text, int64_t *nrow, int64_t **row,
                                                dia_error *error);
/* every (fs; 0: each sample) -> samples from one frame to the next. DIA_ERROR_INPUT: no multiple of the samples'
 * distance. */
DIA_MUST_USE dia_status dia_convert_select_stride(const dia_swarm *swarm, double every, int64_t *stride,
                                                  dia_error *error);

#endif
