/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A wave packet of the engine `grid`, without an input. */
#ifndef DIA_TEST_PACKET_H
#define DIA_TEST_PACKET_H

#include "exact/engine.h"
#include "exact/grid.h"
#include "exact/record.h"

typedef struct packet_start { /* of two coordinates at most */
    double centre[2], momentum[2], width[2];
    int state;
    bool diabatic;
} packet_start;

typedef struct packet_job {
    const char *model; /* YAML                                              */
    dia_model *own;    /* in place of it, freed by packet_propagate; or NULL */
    packet_start start;
    double timestep;
    int64_t steps, every;
    const struct dia_light *light; /* or NULL */
    dia_grid_settings settings;
    int threads;
} packet_job;

/* Runs it; the caller frees the record. The prepared settings stay in the job. */
dia_exact_record packet_propagate(packet_job *j);

#define REALS(...)                                                                                                     \
    {                                                                                                                  \
        .n = (int)(sizeof((double[]){__VA_ARGS__}) / sizeof(double)), .items = (double[])                              \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
#define INTS(...)                                                                                                      \
    {                                                                                                                  \
        .n = (int)(sizeof((int[]){__VA_ARGS__}) / sizeof(int)), .items = (int[])                                       \
        {                                                                                                              \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }

#endif
