/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an input of `diabolo intersect` to a plan of its searches and tasks. */
#ifndef DIA_INTERSECT_PLAN_H
#define DIA_INTERSECT_PLAN_H

#include "base/config.h"
#include "intersect/starts.h"
#include "intersect/survey.h"
#include "molecule/equivalent.h"
#include "molecule/geometry_classes.h"

enum { DIA_PATH_TYPES = 16 }; /* at most */

typedef struct dia_intersect_settings { /* the input as the option tables read it, atomic units */
    const dia_node *model, *names;
    struct dia_start_settings {
        const char *file;
        int hops, choose, limit, copies, seed;
        dia_list geometries; /* of dia_start_geometry */
        double spread;
    } start;
    dia_list search; /* of dia_search_states */
    int method;
    struct dia_convergence_settings {
        double gap, gradient, max_step;
        int iterations;
    } convergence;
    struct dia_cluster_settings {
        double distance, energy, highest;
        const dia_node *equivalent;
        bool mirror;
    } cluster;
    dia_list tasks[DIA_PATH_TYPES]; /* of the settings of each kind, in the order of dia_path_kinds */
    struct dia_intersect_output {
        const char *file, *xyz;
    } output;
} dia_intersect_settings;

typedef struct dia_start_geometry {
    dia_list position; /* of double */
} dia_start_geometry;

typedef struct dia_search_states {
    dia_list states; /* of int */
} dia_search_states;

typedef struct dia_intersect_plan { /* owns all it points to */
    dia_config *config;
    dia_intersect_settings settings;
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
    char *resolved; /* settings that determine the results, except files, as YAML */
    char *identity; /* of all that determines the results                   */
} dia_intersect_plan;

/* All mistakes of the input are reported at once. Call dia_intersect_plan_free also after a failure. */
DIA_MUST_USE dia_status dia_intersect_plan_make(dia_intersect_plan *plan, const dia_input *input, dia_error *error);
void dia_intersect_plan_free(dia_intersect_plan *plan);

enum { DIA_INTERSECT_KEYS = 32 };
/* The keys of an input: those of every kind of task among them. */
void dia_intersect_options(dia_option options[DIA_INTERSECT_KEYS]);

struct dia_path_type;
/* The kinds of task by their place; returns how many. */
int dia_path_kinds(const struct dia_path_type *kinds[DIA_PATH_TYPES]);

#endif
