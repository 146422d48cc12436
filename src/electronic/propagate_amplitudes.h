/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Amplitudes on lanes: from the diabatic basis into the states before a step, by the propagator into those after it, and back. */
#ifndef DIA_ELECTRONIC_PROPAGATE_AMPLITUDES_H
#define DIA_ELECTRONIC_PROPAGATE_AMPLITUDES_H

#include "electronic/propagate_kernel.h"
#include "math/lane_math.h"
#include "math/lane_product.h"

/* Real matrices from this order on go through products in blocks; smaller ones are unrolled. */
enum { BLOCKED = 5 };

/* c0 = U0^H c */
INLINE void to_adiabatic(const int parts, int n, const double *U, const double *c, double *c0)
{
    if (parts == 1 && n >= BLOCKED) {
        multiply(n, 2, n, false, transposed(matrix_of(U, n)), matrix_of(c, 2), matrix_of(c0, 2));
        return;
    }
    for (int k = 0; k < n; k++) {
        vector re = all(0.0), im = all(0.0);
        for (int i = 0; i < n; i++) {
            const double *u = U + (long)((i * n + k) * parts) * LANES;
            re += load(u) * get(c, 2 * i);
            im += load(u) * get(c, 2 * i + 1);
            if (parts == 2) {
                re += get(u, 1) * get(c, 2 * i + 1);
                im -= get(u, 1) * get(c, 2 * i);
            }
        }
        put(c0, 2 * k, re);
        put(c0, 2 * k + 1, im);
    }
}

/* c (2 n rows), scaled to the norm 1. */
INLINE void normalise(int n, double *c)
{
    vector sum = all(0.0);
    for (int k = 0; k < 2 * n; k++)
        sum += get(c, k) * get(c, k);
    const mask some = sum > all(0.0);
    const vector factor = choose(some, all(1.0) / root(choose(some, sum, all(1.0))), all(1.0));
    for (int k = 0; k < 2 * n; k++)
        put(c, k, get(c, k) * factor);
}

/* c0 = U0^H c, c1 = T c0 scaled to the norm 1. pairs (2 n, 2): work space. */
INLINE void amplitudes(const int parts, int n, const dia_propagator_panel *p, int first, double *pairs)
{
    double *T = p->T + first, *c0 = p->c0 + first, *c1 = p->c1 + first;
    const bool blocked = parts == 1 && n >= BLOCKED;
    to_adiabatic(parts, n, p->U[0] + first, p->c + first, c0);
    for (int l = 0; l < n && blocked; l++) { /* as real matrices: T (n, 2 n) */
        const vector x = get(c0, 2 * l), y = get(c0, 2 * l + 1);
        put(pairs, 4 * l, x);
        put(pairs, 4 * l + 1, y);
        put(pairs, 4 * l + 2, -y);
        put(pairs, 4 * l + 3, x);
    }
    if (blocked)
        multiply(n, 2, 2 * n, false, matrix_of(T, 2 * n), matrix_of(pairs, 2), matrix_of(c1, 2));
    for (int k = 0; k < n && !blocked; k++) {
        vector re = all(0.0), im = all(0.0);
        for (int l = 0; l < n; l++) {
            double *t = at(T, 2 * (k * n + l));
            const vector x = load(at(c0, 2 * l)), y = load(at(c0, 2 * l + 1));
            re += load(t) * x - load(at(t, 1)) * y;
            im += load(t) * y + load(at(t, 1)) * x;
        }
        store(at(c1, 2 * k), re);
        store(at(c1, 2 * k + 1), im);
    }
    normalise(n, c1);
}

/* c = U1 c1, scaled to the norm 1 */
INLINE void to_diabatic(const int parts, const int n, const dia_propagator_panel *p, int first)
{
    const double *U = p->U[1] + first, *c1 = p->c1 + first;
    double *c = p->c + first;
    if (parts == 1 && n >= BLOCKED)
        multiply(n, 2, n, false, matrix_of(U, n), matrix_of(c1, 2), matrix_of(c, 2));
    for (int k = 0; k < n && (parts == 2 || n < BLOCKED); k++) {
        vector re = all(0.0), im = all(0.0);
        for (int l = 0; l < n; l++) {
            const double *u = U + (long)((k * n + l) * parts) * LANES;
            const vector x = get(c1, 2 * l), y = get(c1, 2 * l + 1);
            re += parts == 2 ? load(u) * x - get(u, 1) * y : load(u) * x;
            im += parts == 2 ? load(u) * y + get(u, 1) * x : load(u) * y;
        }
        put(c, 2 * k, re);
        put(c, 2 * k + 1, im);
    }
    normalise(n, c);
}

#endif
