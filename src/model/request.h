/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which requests for gradients or derivatives a model on panels does at a time: request q is about row row[q] of the batch last given to it. */
#ifndef DIA_MODEL_REQUEST_H
#define DIA_MODEL_REQUEST_H

#include <stdbool.h>

#define DIA_REQUEST_LANES 16 /* at most */

typedef struct dia_turn {
    int n;     /* requests                                                                         */
    int panel; /* in place: the panel of the batch that holds their rows, each in its own lane; -1: gathered */
    int request
        [DIA_REQUEST_LANES]; /* in this lane; -1: none                                                           */
} dia_turn;

/* Is it less to do as many turns in place as the n rows touch panels of so many lanes, a power of two, than to gather what is
 * remembered into as few panels as can be? n may be 0. */
bool dia_requests_in_place(int lanes, int n, const int *row);
/* The turn that begins with request `first`; the next begins with first + n of it. Gathered: request first + l in lane l. */
dia_turn dia_turn_from(int lanes, int first, int n, const int *row, bool in_place);

#endif
