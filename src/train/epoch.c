/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/epoch.h"

#include <math.h>
#include <stdlib.h>

#include "base/rng.h"

/* The training points in random order, a new one for each epoch (Fisher-Yates). */
static void shuffle(const dia_problem *p, long epoch, double *order)
{
    for (int i = 0; i < p->npoint; i++)
        order[i] = p->points[i];
    for (int i = p->npoint - 1; i > 0; i--) {
        const uint64_t j =
            dia_rng_integer(p->seed, 1, (uint64_t)epoch, DIA_PURPOSE_SHUFFLE, (uint32_t)i, (uint64_t)i + 1);
        const double swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}

/* Weights, not biases (Loshchilov, Hutter, arXiv:1711.05101). */
static void shrink(const dia_epoch *epoch, const dia_problem *p, double rate)
{
    double *theta = dia_problem_theta(p);
    for (int k = 0; k < p->nblock && epoch->decay > 0.0; k++)
        for (int i = 0; i < p->blocks[k].rows * p->blocks[k].cols; i++)
            theta[p->blocks[k].weight + i] *= 1.0 - rate * epoch->decay;
}

dia_status dia_epoch_run(const dia_epoch *epoch, const dia_problem *p, long number, double *gradient, double *order,
                         dia_epoch_step *step, void *context, double *loss)
{
    const int nbatch = (p->npoint + epoch->batch - 1) / epoch->batch;
    int *points = malloc((size_t)epoch->batch * sizeof *points);
    dia_status status = points != NULL ? DIA_OK : DIA_ERROR_MEMORY;
    shuffle(p, number, order);
    *loss = 0.0;
    for (int b = 0; b < nbatch && status == DIA_OK; b++) {
        const int first = b * epoch->batch, n = p->npoint - first < epoch->batch ? p->npoint - first : epoch->batch;
        const double done = ((double)number + (double)b / nbatch) / epoch->epochs;
        const long step_number = number * nbatch + b + 1;
        const double rise = step_number < epoch->warmup ? (double)step_number / epoch->warmup : 1.0;
        const double rate = epoch->final_rate + 0.5 * (epoch->rate - epoch->final_rate) * (1.0 + cos(DIA_PI * done));
        double value = 0.0;
        if (b > 0)
            dia_problem_tell(p, (double)b / nbatch);
        for (int i = 0; i < n; i++)
            points[i] = (int)order[first + i];
        status = dia_problem_evaluate(p, n, points, &value, gradient);
        *loss += value * n / p->npoint;
        if (status == DIA_OK && isfinite(value)) {
            shrink(epoch, p, rise * rate);
            status = step(context, p, step_number, rise * rate, gradient);
        }
        dia_problem_refresh(p);
    }
    free(points);
    return status;
}
