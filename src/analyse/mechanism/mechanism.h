/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mechanism of a swarm: everything `diabolo mechanism` computes, and its three outputs: a page of text, one JSON
 * object, and a file of format "diabolo-mechanism" (docs/mechanism.md). A further analysis is one more member, its
 * description in a file like result_clusters.c, and a section of the page. */
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

typedef struct dia_mechanism_result {       /* sections that were not asked for are zero */
    const dia_mechanism_settings *settings; /* borrowed */
    dia_mechanism_swarm *swarm;
    char *model_files; /* of the model that was opened (dia_files_text); NULL: none was */
    dia_census census;
    dia_passages passages;
    int nseries;
    dia_series *series;
    dia_activity activity;
    dia_components components;
    dia_clusters clusters;
} dia_mechanism_result;

/* On failure *mechanism is NULL. */
DIA_MUST_USE dia_status dia_mechanism_create(dia_mechanism_result **mechanism, const dia_mechanism_settings *settings,
                                             const dia_control *control, dia_error *error);
void dia_mechanism_free(dia_mechanism_result *mechanism);

/* Of a column of passages: the name of a point, "none near", "began below". */
const char *dia_mechanism_column_name(const dia_mechanism_result *mechanism, int column);

/* Both write to a stream of the caller, who checks ferror(). */
void dia_mechanism_write_text(const dia_mechanism_result *mechanism, FILE *out);
void dia_mechanism_write_json(const dia_mechanism_result *mechanism, FILE *out);
/* The file; input: text of the input, kept in it. */
DIA_MUST_USE dia_status dia_mechanism_write_file(const dia_mechanism_result *mechanism, const char *input,
                                                 const char *path, dia_error *error);

typedef struct dia_mechanism_file { /* what others show of a file; the other members of these structs are zero */
    bool has_census, has_modes, has_components;
    dia_census census;     /* point, nrow, row; of the points name and label */
    dia_passages passages; /* last */
    int nseries;
    dia_series
        *series; /* name, coordinate.text and .dimension, nvalue, ngroup, ntime, mean, quantile; density: value, edge */
    dia_activity activity;     /* source, reference, modes, scale, mean, error, total, coherent, largest */
    dia_components components; /* weighted, from, to, share, vector, geometry, average, deviation */
    dia_clusters
        clusters; /* of each set name, n, and of its clusters all but `centre`; R: (ncluster, ncart) of the centres */
} dia_mechanism_file;

/* Reads and checks a file that was made from the swarm of the record. DIA_ERROR_INPUT: it was made from another one, or
 * has another layout; DIA_ERROR_FILE: impossible numbers. On failure *file is zero. */
DIA_MUST_USE dia_status dia_mechanism_file_read(dia_mechanism_file *file, const dia_record *record, const char *path,
                                                dia_error *error);
void dia_mechanism_file_free(dia_mechanism_file *file);
#endif
