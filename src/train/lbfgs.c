/* SPDX-License-Identifier: GPL-3.0-or-later */
/* L-BFGS (Nocedal, Wright, Numerical Optimization, 2nd ed., algorithm 7.4) on all training points, with a bisection
 * search for the weak Wolfe conditions, which also works where the loss has a kink (a sign of a state that turns):
 * Lewis, Overton, Math. Program. 141, 135 (2013), algorithm 4.6.
 *
 * State: [have gradient, pairs stored, next slot, value], gradient, direction, old theta, old gradient (ntheta each),
 * then s, y (memory, ntheta) and rho, alpha (memory). */
#include <math.h>
#include <string.h>

#include "train/optimiser.h"
#include "math/vector.h"

typedef struct lbfgs {
    int iterations, memory;
    double tolerance, decay;
} lbfgs;

static const dia_option options[] = {
    DIA_INT(lbfgs, iterations, "2000", "iterations at most", DIA_RANGE(1, 1e9)),
    DIA_INT(lbfgs, memory, "50", "pairs of steps and changes of the gradient that are kept", DIA_RANGE(1, 1000)),
    DIA_REAL(lbfgs, tolerance, DIA_PURE, "1e-9", "end when an iteration lowers the loss by less than this fraction",
             DIA_RANGE(0, 1)),
    DIA_REAL(lbfgs, decay, DIA_PURE, "0", "the loss grows by decay times the sum of squared weights", DIA_RANGE(0, 10)),
    {.key = NULL}};

typedef struct view { /* of the flat state */
    double *have, *count, *next, *value;
    double *g, *d, *x0, *g0, *s, *y, *rho, *alpha;
} view;

static view view_of(const lbfgs *o, int n, double *state)
{
    view v = {.have = state, .count = state + 1, .next = state + 2, .value = state + 3};
    v.g = state + 8;
    v.d = v.g + n;
    v.x0 = v.d + n;
    v.g0 = v.x0 + n;
    v.s = v.g0 + n;
    v.y = v.s + (size_t)o->memory * (size_t)n;
    v.rho = v.y + (size_t)o->memory * (size_t)n;
    v.alpha = v.rho + o->memory;
    return v;
}

static long length(const void *self)
{
    return ((const lbfgs *)self)->iterations;
}

static size_t state_size(const void *self, const dia_problem *p)
{
    const size_t memory = (size_t)((const lbfgs *)self)->memory, n = (size_t)p->ntheta;
    return 8 + 4 * n + 2 * memory * n + 2 * memory;
}

/* Is it a whole number from 0 to most? */
static bool counts(double number, int most)
{
    return number >= 0.0 && number <= most && number == floor(number);
}

static bool sound(const void *self, const double *state)
{
    const int memory = ((const lbfgs *)self)->memory;
    return counts(state[0], 1) && counts(state[1], memory) && counts(state[2], memory - 1);
}

static void axpy(int n, double a, const double *x, double *y)
{
    for (int i = 0; i < n; i++)
        y[i] += a * x[i];
}

/* d = -H g by the two loops. */
static void direction(const lbfgs *o, int n, const view *v)
{
    const int count = (int)*v->count, next = (int)*v->next;
    for (int i = 0; i < n; i++)
        v->d[i] = -v->g[i];
    for (int k = 1; k <= count; k++) {
        const int at = (next - k + o->memory) % o->memory;
        v->alpha[at] = v->rho[at] * dia_dot(n, v->s + (size_t)at * (size_t)n, v->d);
        axpy(n, -v->alpha[at], v->y + (size_t)at * (size_t)n, v->d);
    }
    if (count > 0) {
        const int last = (next - 1 + o->memory) % o->memory;
        const double *y = v->y + (size_t)last * (size_t)n;
        const double gamma = 1.0 / (v->rho[last] * dia_dot(n, y, y));
        for (int i = 0; i < n; i++)
            v->d[i] *= gamma;
    }
    for (int k = count; k >= 1; k--) {
        const int at = (next - k + o->memory) % o->memory;
        const double beta = v->rho[at] * dia_dot(n, v->y + (size_t)at * (size_t)n, v->d);
        axpy(n, v->alpha[at] - beta, v->s + (size_t)at * (size_t)n, v->d);
    }
}

static dia_status evaluate(const lbfgs *o, const dia_problem *p, const view *v, double t, double *value)
{
    double *theta = dia_problem_theta(p);
    for (int i = 0; i < p->ntheta; i++)
        theta[i] = v->x0[i] + t * v->d[i];
    dia_problem_refresh(p);
    dia_status status = dia_problem_evaluate(p, p->npoint, p->points, value, v->g);
    *value += dia_penalty(p, o->decay, v->g);
    if (!isfinite(*value))
        *value = INFINITY;
    return status;
}

/* Step length with the weak Wolfe conditions; the last evaluated point is the accepted one. *found: a step was found.
 */
static dia_status search(const lbfgs *o, const dia_problem *p, const view *v, double first, double *value, bool *found)
{
    const double c1 = 1e-4, c2 = 0.9, slope0 = dia_dot(p->ntheta, v->g0, v->d), value0 = *v->value;
    double t = first, low = 0.0, high = INFINITY;
    *found = false;
    for (int trial = 0; trial < 40; trial++) {
        dia_status status = evaluate(o, p, v, t, value);
        if (status != DIA_OK)
            return status;
        if (!(*value <= value0 + c1 * t * slope0))
            high = t;
        else if (dia_dot(p->ntheta, v->g, v->d) < c2 * slope0)
            low = t;
        else {
            *found = true;
            return DIA_OK;
        }
        t = isfinite(high) ? 0.5 * (low + high) : 2.0 * t;
    }
    *found = *value < value0;
    return DIA_OK;
}

static void remember(const lbfgs *o, int n, const double *theta, const view *v)
{
    const int at = (int)*v->next;
    double *s = v->s + (size_t)at * (size_t)n, *y = v->y + (size_t)at * (size_t)n;
    for (int i = 0; i < n; i++) {
        s[i] = theta[i] - v->x0[i];
        y[i] = v->g[i] - v->g0[i];
    }
    const double sy = dia_dot(n, s, y);
    if (sy <= 1e-14 * sqrt(dia_dot(n, s, s) * dia_dot(n, y, y)))
        return; /* a kink: no curvature to learn */
    v->rho[at] = 1.0 / sy;
    *v->next = (at + 1) % o->memory;
    *v->count = fmin(*v->count + 1.0, o->memory);
}

static dia_status advance(const void *self, const dia_problem *p, long iteration, double *state, double *loss,
                          bool *converged)
{
    const lbfgs *o = self;
    const int n = p->ntheta;
    const view v = view_of(o, n, state);
    double *theta = dia_problem_theta(p), value = 0.0;
    (void)iteration;
    *converged = false;
    if (*v.have == 0.0) {
        dia_status status = dia_problem_evaluate(p, p->npoint, p->points, v.value, v.g);
        *v.value += dia_penalty(p, o->decay, v.g);
        if (status != DIA_OK)
            return status;
        *v.have = 1.0;
    }
    direction(o, n, &v);
    if (dia_dot(n, v.d, v.g) >= 0.0) { /* not downhill: forget the past */
        *v.count = 0.0;
        direction(o, n, &v);
    }
    memcpy(v.x0, theta, sizeof *theta * (size_t)n);
    memcpy(v.g0, v.g, sizeof *v.g * (size_t)n);
    bool found;
    const double first = *v.count > 0.0 ? 1.0 : 1e-2 / fmax(1e-2, sqrt(dia_dot(n, v.g, v.g)));
    dia_status status = search(o, p, &v, first, &value, &found);
    if (status != DIA_OK)
        return status;
    if (!found) { /* back to the last point; without memory there is nothing left to try */
        memcpy(theta, v.x0, sizeof *theta * (size_t)n);
        memcpy(v.g, v.g0, sizeof *v.g * (size_t)n);
        dia_problem_refresh(p);
        *converged = *v.count == 0.0;
        *v.count = 0.0;
        *loss = *v.value;
        return DIA_OK;
    }
    remember(o, n, theta, &v);
    *converged = *v.value - value <= o->tolerance * fabs(value);
    *v.value = value;
    *loss = value;
    return DIA_OK;
}

const dia_optimiser_type dia_optimiser_lbfgs = {.name = "lbfgs",
                                                .summary = "L-BFGS on all training points",
                                                .reference =
                                                    "Nocedal, Wright, Numerical Optimization (2006), algorithm 7.4",
                                                .options = options,
                                                .self_size = sizeof(lbfgs),
                                                .length = length,
                                                .state_size = state_size,
                                                .sound = sound,
                                                .advance = advance};
