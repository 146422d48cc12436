/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From the blocks of an input to groups, schemes and classes: the reading part of study.c. */
#ifndef DIA_ANALYSE_STUDY_INPUT_H
#define DIA_ANALYSE_STUDY_INPUT_H

#include "analyse/study.h"

typedef struct dia_study_species { /* what a species of a scheme stands for */
    bool states;                   /* a set of states; otherwise a product class */
    bool member[DIA_GROUP_STATES];
    int class;
} dia_study_species;

typedef struct dia_study_plan { /* one scheme, resolved */
    char name[DIA_SCHEME_NAME];
    dia_scheme scheme;
    dia_kinetics_form form;
    dia_study_species species[DIA_SCHEME_SPECIES];
    bool uses_classes;
} dia_study_plan;

/* Fills groups, classes and plans (room for DIA_STUDY_SCHEMES). */
DIA_MUST_USE dia_status dia_study_read(dia_study *study, const dia_record *record, const dia_study_request *request,
                                       int *nplan, dia_study_plan *plan, dia_error *error);

#endif
