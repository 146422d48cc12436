/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adam (Kingma, Ba, arXiv:1412.6980, algorithm 1) on shuffled batches, the rate falling along a cosine from `rate` to
 * `final_rate`. One advance is one epoch. State: m (ntheta), v (ntheta), gradient (ntheta), order of points (npoint).
 */
#include <math.h>
#include <stdlib.h>

#include "train/optimiser.h"

typedef struct adam {
    int epochs, batch;
    double rate, final_rate;
} adam;

static const dia_option options[] = {{.key = "epochs",
                                      .kind = DIA_OPTION_INT,
                                      .offset = offsetof(adam, epochs),
                                      .fallback = "500",
                                      .minimum = 1,
                                      .maximum = 1e9,
                                      .help = "passes over the training points"},
                                     {.key = "batch",
                                      .kind = DIA_OPTION_INT,
                                      .offset = offsetof(adam, batch),
                                      .fallback = "64",
                                      .minimum = 1,
                                      .maximum = 1e9,
                                      .help = "points of one step"},
                                     {.key = "rate",
                                      .kind = DIA_OPTION_REAL,
                                      .offset = offsetof(adam, rate),
                                      .fallback = "2e-3",
                                      .minimum = 1e-12,
                                      .maximum = 1,
                                      .help = "size of a step at the start"},
                                     {.key = "final_rate",
                                      .kind = DIA_OPTION_REAL,
                                      .offset = offsetof(adam, final_rate),
                                      .fallback = "2e-5",
                                      .minimum = 0,
                                      .maximum = 1,
                                      .help = "size of a step at the end, along a cosine"},
                                     {.key = NULL}};

static long length(const void *self)
{
    return ((const adam *)self)->epochs;
}

static size_t state_size(const void *self, const dia_problem *p)
{
    (void)self;
    return 3 * (size_t)p->ntheta + (size_t)p->npoint;
}

static void step(const dia_problem *p, long number, double rate, const double *gradient, double *m, double *v)
{
    const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8; /* as in the paper */
    const double c1 = 1.0 - pow(beta1, (double)number), c2 = 1.0 - pow(beta2, (double)number);
    double *theta = dia_model_theta(p->model);
    for (int i = 0; i < p->ntheta; i++) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient[i] * gradient[i];
        theta[i] -= rate * (m[i] / c1) / (sqrt(v[i] / c2) + epsilon);
    }
    dia_model_refresh(p->model);
}

static dia_status advance(const void *self, const dia_problem *p, long epoch, double *state, double *loss,
                          bool *converged)
{
    const adam *a = self;
    double *m = state, *v = m + p->ntheta, *gradient = v + p->ntheta, *order = gradient + p->ntheta;
    const int nbatch = (p->npoint + a->batch - 1) / a->batch;
    int *points = malloc((size_t)a->batch * sizeof *points);
    dia_status status = points != NULL ? DIA_OK : DIA_ERROR_MEMORY;
    dia_epoch_order(p, epoch, order);
    *loss = 0.0;
    *converged = false;
    for (int b = 0; b < nbatch && status == DIA_OK; b++) {
        const int first = b * a->batch, n = p->npoint - first < a->batch ? p->npoint - first : a->batch;
        const double rate = dia_cosine_rate(a->rate, a->final_rate, ((double)epoch + (double)b / nbatch) / a->epochs);
        double value = 0.0;
        for (int i = 0; i < n; i++)
            points[i] = (int)order[first + i];
        status = dia_objective_evaluate(p->objective, n, points, &value, gradient);
        *loss += value * n / p->npoint;
        if (status == DIA_OK && isfinite(value))
            step(p, epoch * nbatch + b + 1, rate, gradient, m, v);
    }
    free(points);
    return status;
}

const dia_optimiser_type dia_optimiser_adam = {.name = "adam",
                                               .summary = "Adam on shuffled batches with a cosine schedule",
                                               .reference = "Kingma, Ba, arXiv:1412.6980",
                                               .options = options,
                                               .self_size = sizeof(adam),
                                               .length = length,
                                               .state_size = state_size,
                                               .advance = advance};
