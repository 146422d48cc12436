/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/optimiser.h"

#include <string.h>

const dia_optimiser_type *const dia_optimiser_types[] = {&dia_optimiser_adam, &dia_optimiser_soap, &dia_optimiser_lbfgs,
                                                         &dia_optimiser_levenberg_marquardt, NULL};

const dia_optimiser_type *dia_optimiser_find(const char *name)
{
    for (int i = 0; dia_optimiser_types[i] != NULL; i++)
        if (strcmp(dia_optimiser_types[i]->name, name) == 0)
            return dia_optimiser_types[i];
    return NULL;
}

void dia_workspace_release(dia_workspace *workspace)
{
    if (workspace->memory != NULL)
        workspace->release(workspace->memory);
    *workspace = (dia_workspace){0};
}

double *dia_problem_theta(const dia_problem *p)
{
    return p->function != NULL ? p->function->theta : dia_model_theta(p->model);
}

void dia_problem_refresh(const dia_problem *p)
{
    if (p->function != NULL)
        p->function->refresh(p->function->context);
    else
        dia_model_refresh(p->model);
}

dia_status dia_problem_evaluate(const dia_problem *p, int n, const int *points, double *value, double *theta_bar)
{
    return p->function != NULL ? p->function->evaluate(p->function->context, n, points, value, theta_bar)
                               : dia_objective_evaluate(p->objective, n, points, value, theta_bar);
}

void dia_problem_tell(const dia_problem *p, double done)
{
    if (p->function == NULL)
        dia_objective_tell(p->objective, done);
}

double dia_penalty(const dia_problem *p, double decay, double *gradient)
{
    const double *theta = dia_problem_theta(p);
    double sum = 0.0;
    for (int k = 0; k < p->nblock && decay > 0.0; k++)
        for (int i = 0; i < p->blocks[k].rows * p->blocks[k].cols; i++) {
            const int at = p->blocks[k].weight + i;
            sum += theta[at] * theta[at];
            if (gradient != NULL)
                gradient[at] += 2.0 * decay * theta[at];
        }
    return decay * sum;
}
