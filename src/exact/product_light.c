/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/product_light.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "math/vector.h"

/* ---- the dipoles ----------------------------------------------------------------------------- */

enum { CHECKS = 24 };

/* out (3, npacked) at Q. */
static bool look(const dia_polynomial *p, const dia_model *model, dia_tape *tape, const double *Q, double *R, double *H,
                 double *out)
{
    for (int m = 0; m < p->nmode; m++)
        R[m] = p->reference[m] + p->length[m] * Q[m];
    return dia_model_hamiltonian(model, tape, 1, R, H) == DIA_OK &&
           dia_model_dipole(model, tape, 1, (const int[]){0}, out) == DIA_OK;
}

/* Largest deviation of the linear mu at Q from `there`; *size becomes at least the largest element. */
static double deviation(const dia_polynomial *p, const double *mu, const double *Q, const double *there, double *size)
{
    const int e = p->npacked, each = (1 + p->nmode) * e;
    double most = 0.0;
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < e; i++) {
            double value = mu[c * each + i];
            for (int m = 0; m < p->nmode; m++)
                value += mu[c * each + (1 + m) * e + i] * Q[m];
            most = dia_larger(most, fabs(there[c * e + i] - value));
            *size = dia_larger(*size, fabs(value));
        }
    return most;
}

/* numbers: Q, R (nmode), H (npacked), there (3, npacked). */
static bool find(const dia_polynomial *p, const dia_model *model, dia_tape *tape, double *numbers, double *mu,
                 bool *linear)
{
    const int n = p->nmode, e = p->npacked, each = (1 + n) * e;
    double *Q = numbers, *R = Q + n, *H = R + n, *there = H + e, size = 0.0, worst = 0.0;
    for (int m = -1; m < n; m++) {
        for (int k = 0; k < n; k++)
            Q[k] = k == m ? 1.0 : 0.0;
        if (!look(p, model, tape, Q, R, H, there))
            return false;
        for (int c = 0; c < 3; c++)
            for (int i = 0; i < e; i++)
                mu[c * each + (1 + m) * e + i] = there[c * e + i] - (m < 0 ? 0.0 : mu[c * each + i]);
    }
    for (int d = 0; d < CHECKS; d++) {
        for (int m = 0; m < n; m++)
            Q[m] = 2.0 * dia_rng_normal(1, (uint64_t)d, 0, DIA_PURPOSE_INITIAL, (uint32_t)m);
        if (!look(p, model, tape, Q, R, H, there))
            return false;
        worst = dia_larger(worst, deviation(p, mu, Q, there, &size));
    }
    *linear = worst <= 1e-9 * size;
    for (int i = 0; i < 3 * each; i++) /* what rounding left of a zero would cost a term */
        mu[i] = fabs(mu[i]) > 1e-13 * size ? mu[i] : 0.0;
    return true;
}

dia_status dia_product_dipoles(const dia_polynomial *p, const dia_model *model, double **mu, dia_error *error)
{
    const size_t n = (size_t)p->nmode, e = (size_t)p->npacked;
    dia_tape *tape = NULL;
    double *numbers = malloc((2 * n + 4 * e) * sizeof *numbers);
    bool linear = false;
    *mu = calloc(3 * (1 + n) * e, sizeof **mu);
    dia_status status = numbers != NULL && *mu != NULL
                            ? dia_tape_create(&tape, model, 1, 1, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the dipoles of %zu modes", n);
    if (status == DIA_OK && !find(p, model, tape, numbers, *mu, &linear))
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the model gives no dipoles near its reference geometry");
    if (status == DIA_OK && !linear)
        status =
            dia_error_set(error, DIA_ERROR_INPUT,
                          "dynamics.light: the engine oscillators takes dipoles that are linear in the coordinates; "
                          "those of this model are not: expected another engine, as exact: {engine: grid}");
    dia_tape_free(tape);
    free(numbers);
    return status;
}

/* ---- H in a field ---------------------------------------------------------------------------- */

/* H - mu.E, whose constant and linear terms stand in `numbers` (1 + nmode, npacked). */
static dia_polynomial in_field(const dia_product_light *l, const double E[6], double *numbers)
{
    dia_polynomial p = *l->product->polynomial;
    const size_t e = (size_t)p.npacked, all = (1 + (size_t)p.nmode) * e;
    memcpy(numbers, p.constant, e * sizeof *numbers);
    memcpy(numbers + e, p.linear, (all - e) * sizeof *numbers);
    for (size_t c = 0; c < 3; c++)
        for (size_t i = 0; i < all; i++)
            numbers[i] -= E[2 * c] * l->mu[c * all + i];
    p.constant = numbers;
    p.linear = numbers + e;
    return p;
}

/* Bound of a matrix of states: its largest sum of a row. */
static double row_sum(int nstate, const double *packed)
{
    double most = 0.0;
    for (int i = 0; i < nstate; i++) {
        double sum = 0.0;
        for (int j = 0; j < nstate; j++)
            sum += fabs(packed[dia_packed(i, j)]);
        most = dia_larger(most, sum);
    }
    return most;
}

/* Bound of mu.E in the basis, for a field of size 1; Q of N quanta is below sqrt(2 N + 2). */
static double reach(const dia_product_light *l)
{
    const dia_polynomial *p = l->product->polynomial;
    const size_t e = (size_t)p->npacked, all = (1 + (size_t)p->nmode) * e;
    double sum = 0.0;
    for (size_t c = 0; c < 3; c++)
        for (size_t t = 0; t <= (size_t)p->nmode; t++)
            sum += row_sum(p->nstate, l->mu + c * all + t * e) *
                   (t == 0 ? 1.0 : sqrt(2.0 * l->product->basis->most[t - 1] + 2.0));
    return sum;
}

/* Angular frequencies of H between states: differences of its constant elements, and what a quantum changes in them. */
static double rate_of(const dia_polynomial *p)
{
    double low = INFINITY, high = -INFINITY;
    for (int i = 0; i < p->nstate; i++) {
        low = fmin(low, p->constant[dia_packed(i, i)]);
        high = fmax(high, p->constant[dia_packed(i, i)]);
    }
    double rate = high - low;
    for (int m = 0; m < p->nmode; m++)
        rate += row_sum(p->nstate, p->linear + m * p->npacked);
    return rate;
}

/* By h in the constant field E. out: where psi comes to. */
static dia_status piece(const dia_product_light *l, const dia_chebyshev *c, size_t n, const double E[6],
                        double *numbers, const double *psi, double *out, double *work, dia_error *error)
{
    dia_product product;
    const dia_polynomial p = in_field(l, E, numbers);
    const dia_status status = dia_product_create(&product, &p, l->product->basis, l->product->threads, error);
    if (status != DIA_OK)
        return status;
    const bool done =
        dia_chebyshev_propagate(c, n, dia_product_apply, &product, psi, out, NULL, NULL, work, l->control);
    dia_product_free(&product);
    return done ? DIA_OK : dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted");
}

dia_status dia_product_light_advance(const dia_product_light *l, size_t n, double t, double dt, double *psi,
                                     double *work, dia_error *error)
{
    const dia_polynomial *p = l->product->polynomial;
    const double rate = l->light->fastest + rate_of(p), size = reach(l);
    const int substeps = (int)fmin(fmax(ceil(rate * dt / l->angle), 1.0), 1e6);
    double(*E)[6] = malloc(2 * (size_t)substeps * sizeof *E), strongest = 0.0,
    *numbers = malloc((1 + (size_t)p->nmode) * (size_t)p->npacked * sizeof *numbers);
    dia_chebyshev c = {0};
    dia_field_pieces pieces = {.E = E};
    dia_status status =
        E != NULL && numbers != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for light");
    if (status == DIA_OK) {
        dia_field_cut(l->light, t, dt, substeps, &pieces);
        for (int i = 0; i < pieces.n; i++)
            strongest = fmax(strongest, sqrt(dia_dot(6, E[i], E[i])));
        const dia_bounds bounds = {l->bounds.low - strongest * size, l->bounds.high + strongest * size};
        status = dia_chebyshev_create(&c, bounds, 1, &pieces.h, 1e-15, error);
    }
    double *from = psi, *to = work; /* an even number of pieces ends where it began */
    for (int i = 0; i < pieces.n && status == DIA_OK; i++) {
        status = piece(l, &c, n, E[i], numbers, from, to, work + 2 * n, error);
        double *swap = from;
        from = to;
        to = swap;
    }
    dia_chebyshev_free(&c);
    free(E);
    free(numbers);
    return status;
}

/* ---- the mean dipole ------------------------------------------------------------------------- */

dia_status dia_product_light_dipole(const dia_product_light *l, size_t n, const double *psi, double *work,
                                    double dipole[3], dia_error *error)
{
    const dia_polynomial *p = l->product->polynomial;
    const size_t e = (size_t)p->npacked, all = (1 + (size_t)p->nmode) * e;
    double *zero = calloc((size_t)p->nmode, sizeof *zero); /* frequencies: nothing of the oscillators */
    dia_status status = zero != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for dipoles");
    for (size_t c = 0; c < 3 && status == DIA_OK; c++) {
        dia_polynomial m = *p;
        dia_product product;
        m.frequency = zero;
        m.constant = (double *)l->mu + c * all;
        m.linear = m.constant + e;
        m.nquadratic = 0;
        dipole[c] = 0.0;
        if (dia_largest((int)all, m.constant) == 0.0)
            continue;
        status = dia_product_create(&product, &m, l->product->basis, l->product->threads, error);
        if (status != DIA_OK)
            break;
        dia_product_apply(&product, psi, 1.0, 0.0, NULL, work);
        for (size_t i = 0; i < 2 * n; i++)
            dipole[c] += psi[i] * work[i];
        dia_product_free(&product);
    }
    free(zero);
    return status;
}
