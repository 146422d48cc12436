/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A plan: an input of `diabolo exact`, read and checked, and the problem made from it. */
#ifndef DIA_EXACT_PLAN_H
#define DIA_EXACT_PLAN_H

#include "dynamics/initial.h"
#include "dynamics/output.h"
#include "exact/engine.h"

typedef struct dia_exact_common { /* keys of the block `exact` for any engine */
    const char *engine, *file;
    int convergence; /* dia_exact_convergence */
} dia_exact_common;
enum { DIA_EXACT_CONVERGENCE_CHEAP, DIA_EXACT_CONVERGENCE_YES, DIA_EXACT_CONVERGENCE_NO };

typedef struct dia_exact_plan { /* owns all it points to, and what the problem borrows */
    dia_config *config;
    dia_model *model;
    dia_dynamics dynamics;
    dia_initial_settings initial;
    dia_run_output output;
    dia_exact_common common;
    const dia_exact_type *engine;
    void *self; /* settings of the engine, prepared */
    dia_exact_start start;
    dia_exact_regions regions;
    dia_exact_problem problem;
    const char *model_path; /* as given; "-": a block of the input    */
    char *path;             /* of the result                          */
    char *resolved;         /* settings that determine the results    */
    char *identity;         /* of all that determines the results     */
} dia_exact_plan;

enum { DIA_EXACT_GRID_MOST = 3 }; /* coordinates for which engine: auto takes the grid */
enum { DIA_EXACT_KEYS = 16 };
/* The keys of an input, for a template: those of the engine `grid` among them. */
void dia_exact_options(dia_option options[DIA_EXACT_KEYS]);

/* All mistakes of the input are reported at once. *plan is zeroed; call dia_exact_plan_free also after a failure. */
DIA_MUST_USE dia_status dia_exact_plan_make(dia_exact_plan *plan, const dia_input *input, const dia_control *control,
                                            dia_error *error);
void dia_exact_plan_free(dia_exact_plan *plan);

#endif
