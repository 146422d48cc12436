/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Augmented surface hopping (A-FSSH): Jain, Alguire, Subotnik, JCTC 12, 5256 (2016), DOI 10.1021/acs.jctc.6b00673; Landry, Subotnik,
 * JCP 137, 22A513 (2012). Each state k carries how far its packet has parted from the trajectory, the moments dR_k, dP_k (here the
 * velocity dV = dP/m):
 *
 *   d dR/dt = dV,   d dV/dt = |c_k|^2 (F_k - F_a)/m        a: the active state, whose moments are zero
 *   from t to t+dt the moments go with the populations, dR_k <- sum_l |T_kl|^2 dR_l
 *
 * by velocity Verlet with the forces of all states at both ends. At the end of a step
 *
 *   collapse   c_k <- 0 with probability dt [(F_k - F_a).(dR_k - dR_a)/2 - 2 |F_ka.(dR_k - dR_a)|],
 *              its population goes to a, its moments vanish
 *   reset      of the moments of k with probability -dt (F_k - F_a).(dR_k - dR_a)/2
 *
 * F_ka: the gap-scaled coupling. After an accepted hop all moments are zero. A random number for each state in each step. */
#include <math.h>
#include <string.h>

#include "diabolo/extend.h"
#include "dynamics/method.h"
#include "math/vector.h"

/* Memory: rows of the states, one behind the other for each of these; then one number: has it hopped in this step? */
enum { SHIFT, VELOCITY, GRADIENT, NEXT, ROWS };

static size_t rows_of(const dia_step_view *view)
{
    return (size_t)view->nstate * (size_t)view->ncart;
}

static double *row(const dia_step_view *view, double *memory, int which, int k)
{
    return memory + (size_t)which * rows_of(view) + (size_t)k * (size_t)view->ncart;
}

static dia_status afssh_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self, (void)error;
    *size = (size_t)ROWS * (size_t)shape->nstate * (size_t)shape->ncart + 1;
    return DIA_OK;
}

static void afssh_start(const void *self, const dia_step_view *view, int b, double *memory)
{
    (void)self;
    for (int k = 0; k < view->nstate; k++) {
        dia_weight_pair(view->after, b, k, k, view->W);
        if (view->contract(view, 1, &b, view->W, view->answers) == DIA_OK)
            memcpy(row(view, memory, GRADIENT, k), view->answers, (size_t)view->ncart * sizeof *memory);
    }
}

static void afssh_after(const void *self, const dia_step_view *view, int b, int from, int to, bool accepted,
                        double *memory, double *c)
{
    (void)self, (void)b, (void)from, (void)to, (void)c;
    if (accepted) {
        memset(memory, 0, 2 * rows_of(view) * sizeof *memory);
        memory[ROWS * rows_of(view)] = 1.0;
    }
}

/* out_k = sum_l |T_kl|^2 in_l, or of the transposed: the gradients of t+dt for the states of t. */
static void go_along(const dia_step_view *view, int b, bool back, const double *in, double *out)
{
    const int n = view->nstate, ncart = view->ncart;
    memset(out, 0, rows_of(view) * sizeof *out);
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++)
            dia_add(ncart, dia_population(view->T + 2 * ((b * n + (back ? l : k)) * n + (back ? k : l))),
                    in + l * ncart, out + k * ncart);
}

/* dV += half a kick of each state k by its gradient G minus `own`, that on which the trajectory moves. */
static void kick(const dia_step_view *view, const double *c, const double *G, const double *own, double *dV)
{
    const int n = view->nstate, ncart = view->ncart;
    for (int k = 0; k < n; k++) {
        const double factor = -0.5 * view->dt * dia_population(c + 2 * k);
        for (int i = 0; i < ncart; i++)
            dV[k * ncart + i] += factor * (G[k * ncart + i] - own[i]) / view->mass[i];
    }
}

/* The moments from t to t+dt; the gradients of t+dt are in the rows NEXT. */
static void move(const dia_step_view *view, int b, double *memory)
{
    const int n = view->nstate, active = view->active[b];
    const size_t size = rows_of(view);
    double *dR = memory, *dV = memory + VELOCITY * size, *G = memory + GRADIENT * size, *next = memory + NEXT * size;
    const double *c = view->c_before + 2 * b * n;
    for (int which = 0; which < NEXT; which++)
        dia_method_follow(view, b, (size_t)view->ncart, memory + (size_t)which * size);
    kick(view, c, G, row(view, memory, GRADIENT, active), dV);
    dia_add((int)size, view->dt, dV, dR);
    go_along(view, b, true, next, G);
    kick(view, c, G, row(view, memory, NEXT, active), dV);
    go_along(view, b, false, dR, G); /* G is free */
    memcpy(dR, G, size * sizeof *dR);
    go_along(view, b, false, dV, G);
    memcpy(dV, G, size * sizeof *dV);
}

/* |F_ka.x| */
static double coupling_along(const dia_step_view *view, int b, int k, const double *x)
{
    double z[2] = {0.0, 0.0};
    for (int part = 0; part < (view->after->hermitian ? 2 : 1); part++) {
        (part == 1 ? dia_weight_pair_imaginary : dia_weight_pair)(view->after, b, k, view->active[b], view->W);
        if (view->contract(view, 1, &b, view->W, view->answers) != DIA_OK)
            return INFINITY;
        z[part] = dia_dot(view->ncart, view->answers, x);
    }
    return hypot(z[0], z[1]);
}

static void vanish(const dia_step_view *view, double *memory, int k)
{
    memset(row(view, memory, SHIFT, k), 0, (size_t)view->ncart * sizeof *memory);
    memset(row(view, memory, VELOCITY, k), 0, (size_t)view->ncart * sizeof *memory);
}

/* State k: collapse, reset or neither; c of this trajectory. The coupling is asked for only where it can decide. */
static void judge(const dia_step_view *view, int b, int k, double *memory, double *c)
{
    const int ncart = view->ncart, active = view->active[b];
    const double *G = row(view, memory, NEXT, k), *own = row(view, memory, NEXT, active);
    double *x = row(view, memory, GRADIENT, k); /* free until the end of the step */
    double rate = 0.0;
    for (int i = 0; i < ncart; i++) {
        x[i] = row(view, memory, SHIFT, k)[i] - row(view, memory, SHIFT, active)[i];
        rate -= 0.5 * (G[i] - own[i]) * x[i];
    }
    const double uniform = view->random(view, b, k), dt = fabs(view->dt);
    if (uniform < -dt * rate) {
        vanish(view, memory, k);
    } else if (uniform < dt * rate && uniform < dt * (rate - 2.0 * coupling_along(view, b, k, x))) {
        dia_take_out(k, active, c);
        vanish(view, memory, k);
    }
}

static void afssh_decohere(const void *self, const dia_step_view *view, double *memory, double *c)
{
    (void)self;
    const int n = view->nstate, ncart = view->ncart;
    const size_t size = rows_of(view), width = ROWS * size + 1;
    for (int k = 0; k < n; k++) {
        if (dia_method_gradients(view, k) != DIA_OK)
            return;
        for (int q = 0; q < view->nflying; q++)
            memcpy(row(view, memory + (size_t)view->flying[q] * width, NEXT, k), view->answers + q * ncart,
                   (size_t)ncart * sizeof *memory);
    }
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        double *own = memory + (size_t)b * width;
        if (own[width - 1] == 0.0) {
            move(view, b, own);
            for (int k = 0; k < n; k++)
                if (k != view->active[b])
                    judge(view, b, k, own, c + 2 * b * n);
        }
        own[width - 1] = 0.0;
        memcpy(own + GRADIENT * size, own + NEXT * size, size * sizeof *own);
    }
}

const dia_decoherence_type dia_decoherence_type_afssh = {
    .version = DIA_EXTEND_VERSION,
    .name = "afssh",
    .summary = "augmented surface hopping: amplitudes collapse as their packets part from the trajectory; no parameter",
    .reference = "A. Jain, E. Alguire, J. E. Subotnik, J. Chem. Theory Comput. 12, 5256 (2016), DOI "
                 "10.1021/acs.jctc.6b00673; B. R. Landry, J. E. Subotnik, J. Chem. Phys. 137, 22A513 (2012), DOI "
                 "10.1063/1.4733675",
    .prepare = afssh_prepare,
    .start = afssh_start,
    .after = afssh_after,
    .decohere = afssh_decohere,
};
