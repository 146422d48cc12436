/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the input of `diabolo intersect` to what is to be searched. */
#ifndef DIA_CLI_INTERSECT_INPUT_H
#define DIA_CLI_INTERSECT_INPUT_H

#include "base/config.h"
#include "cli/cli.h"
#include "intersect/starts.h"
#include "intersect/survey.h"
#include "molecule/classes.h"

typedef struct intersect_task_settings { /* of dia_scan_settings, ...: intersect/path_options.h */
    dia_list scan, interpolate, seam, loop, descent;
} intersect_task_settings;

typedef struct intersect_settings { /* the input as the option tables read it, atomic units */
    const dia_node *model, *names;
    struct start_settings {
        const char *file;
        int hops, choose, limit, copies, seed;
        dia_list geometries; /* of intersect_geometry */
        double spread;
    } start;
    dia_list search; /* of intersect_search */
    int method;
    struct convergence_settings {
        double gap, gradient, max_step;
        int iterations;
    } convergence;
    struct cluster_settings {
        double distance, energy, highest;
        const dia_node *equivalent;
        bool mirror;
    } cluster;
    intersect_task_settings tasks;
    struct output_settings {
        const char *file, *xyz;
    } output;
} intersect_settings;

typedef struct intersect_plan { /* owns all it points to */
    dia_config *config;
    intersect_settings settings;
    dia_model *model;
    const char *model_path; /* as given; "-": a block of the input */
    dia_starts starts;
    char starts_digest[DIA_DIGEST_SIZE];
    bool foreign; /* the swarm of the hops was flown on another model */
    int nsearch;
    dia_state_set *search;
    dia_match *match;
    dia_classes *classes; /* NULL: no names */
    dia_survey_settings survey;
    char *resolved;
    char *path; /* of the file to write */
} intersect_plan;

/* From the input cli->args[0]. All mistakes of the input are reported in one go. On failure the plan is left as
 * intersect_plan_free wants it. */
DIA_MUST_USE dia_status intersect_plan_make(intersect_plan *plan, const dia_cli *cli, dia_error *error);
void intersect_plan_free(intersect_plan *plan);
/* Entry i of start.geometries, (ncart). */
const double *intersect_geometry_position(const intersect_plan *plan, int i);
/* All that decides the numbers, as dia_identity_text writes it; heap. NULL: out of memory. */
char *intersect_plan_identity(const intersect_plan *plan);

/* The keys of an input, for templates. */
extern const dia_option intersect_options[];

#endif
