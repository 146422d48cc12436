/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input of `diabolo mechanism`, as read by the option tables: atomic units. A section is computed if its key is
 * there (`census: {}` takes all its defaults). */
#ifndef DIA_ANALYSE_MECHANISM_SETTINGS_H
#define DIA_ANALYSE_MECHANISM_SETTINGS_H

#include "base/config.h"

typedef enum dia_assignment { DIA_ASSIGN_NEAREST, DIA_ASSIGN_SEARCH } dia_assignment;
typedef enum dia_census_points { DIA_CENSUS_MINIMA, DIA_CENSUS_ALL } dia_census_points;
typedef enum dia_fold { DIA_FOLD_NONE, DIA_FOLD_MIN, DIA_FOLD_MAX, DIA_FOLD_MEAN, DIA_FOLD_SORT } dia_fold;
typedef enum dia_relabelling { DIA_RELABEL_START, DIA_RELABEL_EVERY, DIA_RELABEL_NEVER } dia_relabelling;
typedef enum dia_weighting { DIA_WEIGHTING_MASS, DIA_WEIGHTING_NONE } dia_weighting;

extern const char *const dia_fold_names[]; /* "none", "min", ... */

typedef struct dia_coordinate_setting { /* texts belong to the configuration */
    const char *name;                   /* NULL: the coordinate itself        */
    const char *coordinate;
    int fold;      /* dia_fold                                           */
    bool absolute; /* |value|: mirror images are the same                */
    int bins;
    const char *from, *to; /* range of the density, with units; NULL: that of the data   */
    const char *smooth;    /* width of the Gaussian kernel, with unit; NULL: a histogram */
} dia_coordinate_setting;

typedef struct dia_mechanism_settings {
    const char *swarm, *model;
    bool other_model; /* a model or intersections of another digest are taken, with a warning */
    struct dia_equivalence_settings {
        dia_list labels; /* of int */
        bool mirror;
        bool distinct; /* labels: none: no atom may take the place of another */
    } equivalence;
    struct dia_census_settings {
        const char *intersections;
        int assign; /* dia_assignment    */
        int points; /* dia_census_points */
        double limit, same;
    } census;
    dia_list coordinates; /* of dia_coordinate_setting */
    struct dia_modes_settings {
        const char *reference;
        int relabel; /* dia_relabelling */
    } modes;
    struct dia_components_settings {
        int weighting; /* dia_weighting */
        double from, to;
        int count;
        const char *reference;
        int relabel;
    } components;
    struct dia_clusters_settings {
        double radius;
        bool hops, final;
        int most;
        const char *file;
    } clusters;
    struct dia_mechanism_output {
        const char *file;
    } output;
    bool has_census, has_modes, has_components, has_clusters; /* sections that are there */
} dia_mechanism_settings;

extern const dia_option dia_mechanism_options[]; /* of the whole input */

/* Mistakes are noted in config; ends with dia_config_finish. Texts and lists live as long as the configuration. */
DIA_MUST_USE dia_status dia_mechanism_settings_read(dia_mechanism_settings *settings, dia_config *config,
                                                    dia_error *error);

#endif
