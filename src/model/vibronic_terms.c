/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vibronic_terms.h"

#include <math.h>
#include <string.h>

#define L DIA_LANES

/* value Q^p and its derivative by Q */
static double power(double value, double Q, int p, double *slope)
{
    double below = value;
    for (int i = 1; i < p; i++)
        below *= Q;
    *slope = p * below;
    return below * Q;
}

/* D (exp(a (Q - Q0)) - 1)^2 + e0 and its derivative by Q */
static double morse(const dia_vibronic_morse *term, double Q, double *slope)
{
    const double e = exp(term->exponent * (Q - term->centre));
    *slope = 2.0 * term->depth * term->exponent * e * (e - 1.0);
    return term->depth * (e - 1.0) * (e - 1.0) + term->offset;
}

/* h (npacked, L) += powers and Morse potentials */
static void add_anharmonic(const dia_vibronic_core *model, const double *Q, double *h)
{
    double slope;
    for (int t = 0; t < model->npower; t++)
        for (int l = 0; l < L; l++)
            h[dia_packed(model->power[t].i, model->power[t].j) * L + l] +=
                power(model->power[t].value, Q[model->power[t].m * L + l], model->power[t].p, &slope);
    for (int t = 0; t < model->nmorse; t++)
        for (int l = 0; l < L; l++)
            h[dia_packed(model->morse[t].i, model->morse[t].i) * L + l] +=
                morse(&model->morse[t], Q[model->morse[t].m * L + l], &slope);
}

void dia_vibronic_terms_hamiltonian(const dia_vibronic_core *model, const double *Q, double *h)
{
    double harmonic[L] = {0};
    for (int k = 0; k < model->npacked; k++)
        for (int l = 0; l < L; l++)
            h[k * L + l] = model->constant[k];
    for (int m = 0; m < model->nmode; m++)
        for (int l = 0; l < L; l++)
            harmonic[l] += 0.5 * model->frequency[m] * Q[m * L + l] * Q[m * L + l];
    for (int t = 0; t < model->nterm; t++) {
        const dia_vibronic_term *term = &model->term[t];
        double *element = h + (size_t)dia_vibronic_place(model, term) * L;
        const double *first = Q + (size_t)term->m * L, *second = Q + (size_t)(term->k < 0 ? 0 : term->k) * L;
        if (t < model->nlinear)
            for (int l = 0; l < L; l++)
                element[l] += term->value * first[l];
        else
            for (int l = 0; l < L; l++)
                element[l] += term->value * first[l] * second[l];
    }
    add_anharmonic(model, Q, h);
    for (int i = 0; i < model->nstate; i++)
        for (int l = 0; l < L; l++)
            h[dia_packed(i, i) * L + l] += harmonic[l];
}

static void contract_anharmonic(const dia_vibronic_core *model, const double *Q, const double *W, double *Qbar)
{
    double slope;
    for (int t = 0; t < model->npower; t++) {
        const dia_vibronic_power *term = &model->power[t];
        const double *w = W + (size_t)dia_packed(term->i, term->j) * L, twice = term->i == term->j ? 1.0 : 2.0;
        for (int l = 0; l < L; l++) {
            power(term->value, Q[term->m * L + l], term->p, &slope);
            Qbar[term->m * L + l] += twice * w[l] * slope;
        }
    }
    for (int t = 0; t < model->nmorse; t++) {
        const dia_vibronic_morse *term = &model->morse[t];
        const double *w = W + (size_t)dia_packed(term->i, term->i) * L;
        for (int l = 0; l < L; l++) {
            morse(term, Q[term->m * L + l], &slope);
            Qbar[term->m * L + l] += w[l] * slope;
        }
    }
}

void dia_vibronic_terms_contract(const dia_vibronic_core *model, const double *Q, const double *W, double *Qbar)
{
    double trace[L] = {0};
    for (int i = 0; i < model->nstate; i++)
        for (int l = 0; l < L; l++)
            trace[l] += W[dia_packed(i, i) * L + l];
    for (int m = 0; m < model->nmode; m++)
        for (int l = 0; l < L; l++)
            Qbar[m * L + l] = trace[l] * model->frequency[m] * Q[m * L + l];
    for (int t = 0; t < model->nterm; t++) {
        const dia_vibronic_term *term = &model->term[t];
        const double *w = W + (size_t)dia_vibronic_place(model, term) * L, twice = term->i == term->j ? 1.0 : 2.0;
        double *first = Qbar + (size_t)term->m * L, *second = Qbar + (size_t)(term->k < 0 ? 0 : term->k) * L;
        if (t < model->nlinear) {
            for (int l = 0; l < L; l++)
                first[l] += term->value * w[l] * twice;
            continue;
        }
        const double *Qm = Q + (size_t)term->m * L, *Qk = Q + (size_t)term->k * L;
        for (int l = 0; l < L; l++) /* product rule; m == k gives the factor 2 */
            first[l] += term->value * w[l] * twice * Qk[l];
        for (int l = 0; l < L; l++)
            second[l] += term->value * w[l] * twice * Qm[l];
    }
    contract_anharmonic(model, Q, W, Qbar);
}

static void derivative_anharmonic(const dia_vibronic_core *model, const double *Q, const double *dQ, double *dh)
{
    double slope;
    for (int t = 0; t < model->npower; t++)
        for (int l = 0; l < L; l++) {
            const dia_vibronic_power *term = &model->power[t];
            power(term->value, Q[term->m * L + l], term->p, &slope);
            dh[dia_packed(term->i, term->j) * L + l] += slope * dQ[term->m * L + l];
        }
    for (int t = 0; t < model->nmorse; t++)
        for (int l = 0; l < L; l++) {
            const dia_vibronic_morse *term = &model->morse[t];
            morse(term, Q[term->m * L + l], &slope);
            dh[dia_packed(term->i, term->i) * L + l] += slope * dQ[term->m * L + l];
        }
}

void dia_vibronic_terms_derivative(const dia_vibronic_core *model, const double *Q, const double *dQ, double *dh)
{
    double harmonic[L] = {0};
    for (int m = 0; m < model->nmode; m++)
        for (int l = 0; l < L; l++)
            harmonic[l] += model->frequency[m] * Q[m * L + l] * dQ[m * L + l];
    memset(dh, 0, (size_t)model->npacked * L * sizeof *dh);
    for (int t = 0; t < model->nterm; t++) {
        const dia_vibronic_term *term = &model->term[t];
        double *element = dh + (size_t)dia_vibronic_place(model, term) * L;
        const size_t m = (size_t)term->m * L, k = (size_t)(term->k < 0 ? 0 : term->k) * L;
        if (t < model->nlinear)
            for (int l = 0; l < L; l++)
                element[l] += term->value * dQ[m + (size_t)l];
        else
            for (size_t l = 0; l < L; l++)
                element[l] += term->value * (dQ[m + l] * Q[k + l] + Q[m + l] * dQ[k + l]);
    }
    derivative_anharmonic(model, Q, dQ, dh);
    for (int i = 0; i < model->nstate; i++)
        for (int l = 0; l < L; l++)
            dh[dia_packed(i, i) * L + l] += harmonic[l];
}
