/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adam (Kingma, Ba, arXiv:1412.6980, algorithm 1) on shuffled batches. One advance is one epoch. State: m, v, gradient
 * (ntheta each), order of points (npoint). */
#include <math.h>

#include "math/lanes.h"
#include "train/epoch.h"

static const dia_option options[] = {DIA_EPOCH_OPTIONS("2e-3", "2e-5"), {.key = NULL}};

static long length(const void *self)
{
    return ((const dia_epoch *)self)->epochs;
}

static size_t state_size(const void *self, const dia_problem *p)
{
    (void)self;
    return 3 * (size_t)p->ntheta + (size_t)p->npoint;
}

static const double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8; /* as in the paper */

/* The compiler makes vectors of it, as long as the processor has; the numbers do not depend on that. */
DIA_CLONES static void move(int n, double rate, double c1, double c2, const double *restrict gradient,
                            double *restrict theta, double *restrict m, double *restrict v)
{
    const double first = rate / c1, second = 1.0 / c2;
    for (int i = 0; i < n; i++) {
        m[i] = beta1 * m[i] + (1.0 - beta1) * gradient[i];
        v[i] = beta2 * v[i] + (1.0 - beta2) * gradient[i] * gradient[i];
        theta[i] -= first * m[i] / (sqrt(second * v[i]) + epsilon);
    }
}

static dia_status step(void *state, const dia_problem *p, long number, double rate, const double *gradient)
{
    double *m = state;
    move(p->ntheta, rate, 1.0 - pow(beta1, (double)number), 1.0 - pow(beta2, (double)number), gradient,
         dia_problem_theta(p), m, m + p->ntheta);
    return DIA_OK;
}

static dia_status advance(const void *self, const dia_problem *p, long epoch, double *state, double *loss,
                          bool *converged)
{
    double *gradient = state + 2 * (size_t)p->ntheta, *order = gradient + p->ntheta;
    *converged = false;
    return dia_epoch_run(self, p, epoch, gradient, order, step, state, loss);
}

const dia_optimiser_type dia_optimiser_adam = {.name = "adam",
                                               .summary = "Adam on shuffled batches with a cosine schedule",
                                               .reference = "Kingma, Ba, arXiv:1412.6980",
                                               .options = options,
                                               .self_size = sizeof(dia_epoch),
                                               .length = length,
                                               .state_size = state_size,
                                               .advance = advance};
