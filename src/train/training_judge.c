/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "train/training_run.h"

dia_loss dia_training_loss(const dia_training *t, const struct dia_stage *stage)
{
    const struct dia_loss_settings *s = &t->settings.loss;
    return (dia_loss){.energy = s->energy,
                      .gradient = s->gradient * (stage != NULL ? stage->gradient : 1.0),
                      .coupling = s->coupling * (stage != NULL ? stage->coupling : 1.0),
                      .coupling_gap = s->coupling_gap,
                      .coupling_power =
                          stage != NULL && stage->coupling_power > 0.0 ? stage->coupling_power : s->coupling_power,
                      .degenerate = s->degenerate,
                      .high_energy = s->high_energy,
                      .high_power = s->high_power,
                      .outlier = stage != NULL && stage->outlier > 0.0 ? stage->outlier : s->outlier,
                      .energy_zero = t->data.lowest,
                      .fitted = t->settings.network.states,
                      .surplus = s->surplus};
}

void dia_run_use_stage(dia_run *r, const struct dia_stage *stage)
{
    const dia_loss loss = dia_training_loss(r->t, stage);
    dia_objective_set_loss(r->objective, &loss);
    dia_objective_set_characters(r->objective, stage->match != 0 ? &r->characters : NULL);
}

/* The average of the parameters in a stage that has one, behind the optimiser's state: number of advances, then the sum
 * (ntheta) of parameters, each weighted by (1 - kept) kept^(advances since). */
double *dia_run_average(const dia_run *r, const struct dia_stage *stage)
{
    return stage->average > 0.0 ? r->at.state + r->at.state_size - r->problem.ntheta - 1 : NULL;
}

void dia_run_add_to_average(const dia_run *r, const struct dia_stage *stage)
{
    double *average = dia_run_average(r, stage);
    const double *theta = r->t->network->theta;
    if (average == NULL)
        return;
    average[0] += 1.0;
    for (int i = 0; i < r->problem.ntheta; i++)
        average[1 + i] = stage->average * average[1 + i] + (1.0 - stage->average) * theta[i];
}

/* Exchanges the parameters for their average, which goes into theta; `own` (ntheta) keeps them. */
void dia_run_take_average(const dia_run *r, const struct dia_stage *stage, double *own)
{
    const double *average = dia_run_average(r, stage);
    double *theta = r->t->network->theta;
    if (own != NULL)
        memcpy(own, theta, sizeof *own * (size_t)r->problem.ntheta);
    if (average == NULL || average[0] == 0.0)
        return;
    const double all = 1.0 - pow(stage->average, average[0]);
    for (int i = 0; i < r->problem.ntheta; i++)
        theta[i] = average[1 + i] / all;
    dia_network_refresh(r->t->network);
}

void dia_run_set_theta(const dia_run *r, const double *theta)
{
    memcpy(r->t->network->theta, theta, sizeof *theta * (size_t)r->problem.ntheta);
    dia_network_refresh(r->t->network);
}

/* Loss of the present parameters on the validation points (training points if there are none), always with the input's
 * own weights. */
dia_status dia_run_loss(dia_run *r, const struct dia_stage *stage, double *value)
{
    dia_training *t = r->t;
    const dia_loss plain = dia_training_loss(t, NULL);
    const bool separate = t->nvalidation > 0;
    dia_objective_set_loss(r->objective, &plain);
    dia_objective_set_characters(r->objective, NULL);
    const dia_status status = dia_objective_evaluate(r->objective, separate ? t->nvalidation : t->ntrain,
                                                     separate ? t->validation : t->train, value, NULL);
    dia_run_use_stage(r, stage);
    return status;
}

/* That of the parameters, or of their average; the best are kept. */
dia_status dia_run_judge(dia_run *r, const struct dia_stage *stage, double *value)
{
    dia_training *t = r->t;
    dia_run_take_average(r, stage, r->own);
    const dia_status status = dia_run_loss(r, stage, value);
    if (status == DIA_OK && *value < t->best_value) {
        t->best_value = *value;
        memcpy(t->best, t->network->theta, sizeof *t->best * (size_t)t->network->shape.ntheta);
    }
    if (stage->average > 0.0)
        dia_run_set_theta(r, r->own);
    return status;
}
