/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanism of a swarm: everything `diabolo mechanism` computes, and the three ways to tell it: a page of text, one
 * JSON object, and a file of format "diabolo-mechanism" (docs/mechanism.md). A further analysis is one more member, one
 * more section in each of the three. */
#ifndef DIA_ANALYSE_MECHANISM_MECHANISM_H
#define DIA_ANALYSE_MECHANISM_MECHANISM_H

#include <stdio.h>

#include "analyse/mechanism/activity.h"
#include "analyse/mechanism/census.h"
#include "analyse/mechanism/clusters.h"
#include "analyse/mechanism/components.h"
#include "analyse/mechanism/passages.h"
#include "analyse/mechanism/series.h"
#include "analyse/mechanism/settings.h"

#define DIA_MECHANISM_FORMAT "diabolo-mechanism"
#define DIA_MECHANISM_VERSION 1

typedef struct dia_mechanism {              /* sections that were not asked for are zero */
    const dia_mechanism_settings *settings; /* borrowed */
    dia_mechanism_swarm *swarm;
    dia_census census;
    dia_passages passages;
    int nseries;
    dia_series *series;
    dia_activity activity;
    dia_components components;
    dia_clusters clusters;
    char warning[600]; /* what the user should know; empty: nothing */
} dia_mechanism;

typedef struct dia_mechanism_control {
    int threads;
    void (*progress)(void *context, const char *what, double done); /* done: 0 .. 1 of `what`; NULL: nobody asks */
    bool (*stop)(void *context);                                    /* NULL: never */
    void *context;
} dia_mechanism_control;

/* On failure *mechanism is NULL. */
DIA_MUST_USE dia_status dia_mechanism_create(dia_mechanism **mechanism, const dia_mechanism_settings *settings,
                                             const dia_mechanism_control *control, dia_error *error);
void dia_mechanism_free(dia_mechanism *mechanism);

/* Of a column of passages: the name of a point, "none near", "began below". */
const char *dia_mechanism_column_name(const dia_mechanism *mechanism, int column);

/* Both write to a stream of the caller, who checks ferror(). */
void dia_mechanism_write_text(const dia_mechanism *mechanism, FILE *out);
void dia_mechanism_write_json(const dia_mechanism *mechanism, FILE *out);
/* The file; input: text of the input, kept in it. */
DIA_MUST_USE dia_status dia_mechanism_write_file(const dia_mechanism *mechanism, const char *input, const char *path,
                                                 dia_error *error);
/* May PATH be written: is there nothing, or a file of this format? The message says what it is instead. */
DIA_MUST_USE dia_status dia_mechanism_check_output(const char *path, dia_error *error);

#endif
