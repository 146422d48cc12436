/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each instruction set, which DIA_LANES_ISA names. */
#include "model/vibronic_kernel.h"

#include "math/lane_rows.h"

_Static_assert((int)LANES == (int)DIA_LANES, "one width of panels");

INLINE void add(double *x, int i, vector v)
{
    put(x, i, get(x, i) + v);
}

/* ---- normal coordinates ---------------------------------------------------------------------- */

/* Q_m = sum_c K_mc (z_c - centre_c); centre NULL: zero. */
INLINE void project(const dia_vibronic_core *model, const double *centre, const double *z, double *Q)
{
    const int ncart = model->ncart;
    for (int l = 0; l < LANES; l += WIDTH)
        for (int m = 0; m < model->nmode; m++) {
            const double *direction = model->direction + (size_t)m * (size_t)ncart;
            vector sum = all(0.0);
            for (int c = 0; c < ncart; c++)
                sum += all(direction[c]) * (centre != NULL ? get(z + l, c) - all(centre[c]) : get(z + l, c));
            put(Q + l, m, sum);
        }
}

static void coordinates(const dia_vibronic_core *model, const double *z, double *Q)
{
    project(model, model->alignment.y, z, Q);
}

static void tangent(const dia_vibronic_core *model, const double *dz, double *dQ)
{
    project(model, NULL, dz, dQ);
}

static void cotangent(const dia_vibronic_core *model, const double *Qbar, double *P)
{
    const int ncart = model->ncart;
    for (int l = 0; l < LANES; l += WIDTH)
        for (int c = 0; c < ncart; c++) {
            vector sum = all(0.0);
            for (int m = 0; m < model->nmode; m++)
                sum += get(Qbar + l, m) * all(model->direction[(size_t)m * (size_t)ncart + (size_t)c]);
            put(P + l, c, sum);
        }
}

/* ---- powers and Morse potentials ------------------------------------------------------------- */

/* value Q^p and its derivative by Q */
INLINE vector power(double value, vector Q, int p, vector *slope)
{
    vector below = all(value);
    for (int i = 1; i < p; i++)
        below *= Q;
    *slope = all(p) * below;
    return below * Q;
}

/* D (exp(a (Q - Q0)) - 1)^2 + e0 and its derivative by Q */
INLINE vector morse(const dia_vibronic_morse *term, vector Q, vector *slope)
{
    const vector e = exponential(all(term->exponent) * (Q - all(term->centre))), above = e - all(1.0);
    *slope = all(2.0 * term->depth * term->exponent) * e * above;
    return all(term->depth) * above * above + all(term->offset);
}

INLINE void add_anharmonic(const dia_vibronic_core *model, const double *Q, double *h)
{
    vector slope;
    for (int t = 0; t < model->npower; t++) {
        const dia_vibronic_power *term = &model->power[t];
        add(h, dia_packed(term->i, term->j), power(term->value, get(Q, term->m), term->p, &slope));
    }
    for (int t = 0; t < model->nmorse; t++) {
        const dia_vibronic_morse *term = &model->morse[t];
        add(h, dia_packed(term->i, term->i), morse(term, get(Q, term->m), &slope));
    }
}

INLINE void contract_anharmonic(const dia_vibronic_core *model, const double *Q, const double *W, double *Qbar)
{
    vector slope;
    for (int t = 0; t < model->npower; t++) {
        const dia_vibronic_power *term = &model->power[t];
        power(term->value, get(Q, term->m), term->p, &slope);
        add(Qbar, term->m, all(term->i == term->j ? 1.0 : 2.0) * get(W, dia_packed(term->i, term->j)) * slope);
    }
    for (int t = 0; t < model->nmorse; t++) {
        const dia_vibronic_morse *term = &model->morse[t];
        morse(term, get(Q, term->m), &slope);
        add(Qbar, term->m, get(W, dia_packed(term->i, term->i)) * slope);
    }
}

INLINE void derivative_anharmonic(const dia_vibronic_core *model, const double *Q, const double *dQ, double *dh)
{
    vector slope;
    for (int t = 0; t < model->npower; t++) {
        const dia_vibronic_power *term = &model->power[t];
        power(term->value, get(Q, term->m), term->p, &slope);
        add(dh, dia_packed(term->i, term->j), slope * get(dQ, term->m));
    }
    for (int t = 0; t < model->nmorse; t++) {
        const dia_vibronic_morse *term = &model->morse[t];
        morse(term, get(Q, term->m), &slope);
        add(dh, dia_packed(term->i, term->i), slope * get(dQ, term->m));
    }
}

/* ---- H --------------------------------------------------------------------------------------- */

INLINE void hamiltonian_some(const dia_vibronic_core *model, const double *Q, double *h)
{
    vector harmonic = all(0.0);
    for (int k = 0; k < model->npacked; k++)
        put(h, k, all(model->constant[k]));
    for (int m = 0; m < model->nmode; m++)
        harmonic += all(0.5 * model->frequency[m]) * get(Q, m) * get(Q, m);
    for (int t = 0; t < model->nterm; t++) {
        const dia_vibronic_term *term = &model->term[t];
        const vector first = all(term->value) * get(Q, term->m);
        add(h, dia_vibronic_place(model, term), t < model->nlinear ? first : first * get(Q, term->k));
    }
    add_anharmonic(model, Q, h);
    for (int i = 0; i < model->nstate; i++)
        add(h, dia_packed(i, i), harmonic);
}

INLINE void contract_some(const dia_vibronic_core *model, const double *Q, const double *W, double *Qbar)
{
    vector trace = all(0.0);
    for (int i = 0; i < model->nstate; i++)
        trace += get(W, dia_packed(i, i));
    for (int m = 0; m < model->nmode; m++)
        put(Qbar, m, trace * all(model->frequency[m]) * get(Q, m));
    for (int t = 0; t < model->nterm; t++) {
        const dia_vibronic_term *term = &model->term[t];
        const vector w =
            all(term->value) * get(W, dia_vibronic_place(model, term)) * all(term->i == term->j ? 1.0 : 2.0);
        if (t < model->nlinear) {
            add(Qbar, term->m, w);
            continue;
        }
        add(Qbar, term->m, w * get(Q, term->k)); /* product rule; m == k gives the factor 2 */
        add(Qbar, term->k, w * get(Q, term->m));
    }
    contract_anharmonic(model, Q, W, Qbar);
}

INLINE void derivative_some(const dia_vibronic_core *model, const double *Q, const double *dQ, double *dh)
{
    vector harmonic = all(0.0);
    for (int m = 0; m < model->nmode; m++)
        harmonic += all(model->frequency[m]) * get(Q, m) * get(dQ, m);
    for (int k = 0; k < model->npacked; k++)
        put(dh, k, all(0.0));
    for (int t = 0; t < model->nterm; t++) {
        const dia_vibronic_term *term = &model->term[t];
        const vector v = get(dQ, term->m), value = all(term->value);
        if (t < model->nlinear)
            add(dh, dia_vibronic_place(model, term), value * v);
        else
            add(dh, dia_vibronic_place(model, term),
                value * (v * get(Q, term->k) + get(Q, term->m) * get(dQ, term->k)));
    }
    derivative_anharmonic(model, Q, dQ, dh);
    for (int i = 0; i < model->nstate; i++)
        add(dh, dia_packed(i, i), harmonic);
}

static void hamiltonian(const dia_vibronic_core *model, const double *Q, double *h)
{
    for (int l = 0; l < LANES; l += WIDTH)
        hamiltonian_some(model, Q + l, h + l);
}

static void contract(const dia_vibronic_core *model, const double *Q, const double *W, double *Qbar)
{
    for (int l = 0; l < LANES; l += WIDTH)
        contract_some(model, Q + l, W + l, Qbar + l);
}

static void derivative(const dia_vibronic_core *model, const double *Q, const double *dQ, double *dh)
{
    for (int l = 0; l < LANES; l += WIDTH)
        derivative_some(model, Q + l, dQ + l, dh + l);
}

static void gather(size_t size, const double *const row[DIA_LANES], double *lanes)
{
    gather_rows(size, row, lanes);
}

static void scatter(size_t size, int count, const double *lanes, double *const row[DIA_LANES])
{
    scatter_rows(size, count, lanes, row);
}

#define NAME_(isa) dia_vibronic_kernel_##isa
#define NAME(isa) NAME_(isa)
const dia_vibronic_kernel NAME(DIA_LANES_ISA) = {coordinates, tangent,    cotangent, hamiltonian,
                                                 contract,    derivative, gather,    scatter};
