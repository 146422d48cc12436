/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Geometries without time: from a data set or a file of intersections. */
#ifndef DIA_CONVERT_FRAMES_H
#define DIA_CONVERT_FRAMES_H

#include "convert/convert.h"
#include "intersect/catalogue.h"
#include "dataset/dataset.h"

typedef struct dia_frames {
    dia_convert_frames view; /* of one of these */
    dia_dataset data;
    dia_catalogue points;
    double *gradient; /* (npoint, ncart) of one state of the data set */
    int *state;       /* (npoint) which                               */
} dia_frames;

/* kind: the file's attribute `format`; state: whose gradient; threads: as in a dia_control. DIA_ERROR_INPUT: another kind, no such state. */
DIA_MUST_USE dia_status dia_frames_load(dia_frames *frames, const char *path, const char *kind, int state, int threads,
                                        dia_error *error);
void dia_frames_free(dia_frames *frames);

#endif
