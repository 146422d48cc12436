/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Are forces and couplings derivatives of the same H? By the adjoint identity, which has no step size, and by differences. */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/rng.h"
#include "check/model/patient.h"
#include "math/vector.h"

typedef struct bench {
    const dia_patient *p;
    dia_tape *tape;
    double *V, *W, *G, *dH, *H, *R; /* (ncart), (npacked), (ncart), (npacked), (4, npacked), (4, ncart) */
    double adjoint, difference;     /* worst, relative */
} bench;

static void draw(bench *b, int point)
{
    for (int c = 0; c < b->p->shape.ncart; c++)
        b->V[c] = dia_rng_normal(1, (uint64_t)point, (uint64_t)c, DIA_PURPOSE_TEST, 0);
    dia_normalise(b->p->shape.ncart, b->V);
    for (int k = 0; k < b->p->shape.npacked; k++)
        b->W[k] = dia_rng_normal(2, (uint64_t)point, (uint64_t)k, DIA_PURPOSE_TEST, 0);
}

/* <W, dH.V> against <contract(W), V>; the scale is what both are sums of. */
static dia_status by_adjoint(bench *b, const double *R)
{
    const int row = 0;
    dia_status status = dia_model_hamiltonian(b->p->model, b->tape, 1, R, b->H);
    if (status == DIA_OK)
        status = dia_model_contract(b->p->model, b->tape, 1, &row, b->W, b->G);
    if (status == DIA_OK)
        status = dia_model_derivative(b->p->model, b->tape, 1, &row, b->V, b->dH);
    double left = 0.0, right = 0.0, scale = 0.0;
    for (int i = 0, k = 0; i < b->p->shape.nstate; i++)
        for (int j = 0; j <= i; j++, k++) {
            const double term = (i == j ? 1.0 : 2.0) * b->W[k] * b->dH[k];
            left += term;
            scale += fabs(term);
        }
    for (int k = dia_packed(b->p->shape.nstate, 0); k < b->p->shape.npacked; k++) { /* imaginary parts of a complex H */
        left += 2.0 * b->W[k] * b->dH[k];
        scale += fabs(2.0 * b->W[k] * b->dH[k]);
    }
    for (int c = 0; c < b->p->shape.ncart; c++) {
        right += b->G[c] * b->V[c];
        scale += fabs(b->G[c] * b->V[c]);
    }
    if (scale > 0.0 && !(fabs(left - right) / scale <= b->adjoint))
        b->adjoint = fabs(left - right) / scale;
    return status;
}

/* Largest deviation of the four-point difference with this step from dH, over the largest of dH. */
static dia_status differ(bench *b, const double *R, double step, double *error)
{
    static const double at[4] = {-2.0, -1.0, 1.0, 2.0}, weight[4] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12};
    const size_t nc = (size_t)b->p->shape.ncart, np = (size_t)b->p->shape.npacked;
    for (int i = 0; i < 4; i++)
        for (size_t c = 0; c < nc; c++)
            b->R[(size_t)i * nc + c] = R[c] + at[i] * step * b->V[c];
    const dia_status status = dia_model_hamiltonian(b->p->model, b->tape, 4, b->R, b->H);
    double worst = 0.0, scale = 1e-6;
    for (size_t k = 0; k < np; k++) {
        double slope = 0.0;
        for (size_t i = 0; i < 4; i++)
            slope += weight[i] * b->H[i * np + k] / step;
        worst = fmax(worst, fabs(slope - b->dH[k]));
        scale = fmax(scale, fabs(b->dH[k]));
        if (!isfinite(slope))
            worst = INFINITY;
    }
    *error = worst / scale;
    return status;
}

static dia_status look(bench *b)
{
    const dia_patient *p = b->p;
    dia_status status = DIA_OK;
    for (int i = 0; i < p->n && status == DIA_OK; i++) {
        const double *R = p->R + (size_t)i * (size_t)p->shape.ncart;
        double coarse = 0.0, fine = 0.0, finest = 0.0;
        draw(b, i);
        status = by_adjoint(b, R);
        if (status == DIA_OK)
            status = differ(b, R, 1e-2, &coarse);
        if (status == DIA_OK)
            status = differ(b, R, 1e-3, &fine);
        if (status == DIA_OK)
            status = differ(b, R, 1e-4, &finest);
        b->difference = fmax(b->difference, fmin(coarse, fmin(fine, finest)));
    }
    return status;
}

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    const size_t nc = (size_t)p->shape.ncart, np = (size_t)p->shape.npacked;
    bench b = {.p = p, .V = dia_allocate(6 * nc + 6 * np, sizeof(double))};
    dia_status status = dia_tape_create_hermitian(&b.tape, p->model, 4, 1, error);
    if (status == DIA_OK && b.V == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for derivatives");
    if (status == DIA_OK) {
        b.G = b.V + nc;
        b.R = b.G + nc;
        b.W = b.R + 4 * nc;
        b.dH = b.W + np;
        b.H = b.dH + np;
        status = look(&b);
        dia_exam_most(exam, "", b.adjoint, 1e-10, "<W, dH.V> against <contract(W), V>, relative, worst of %d", p->n);
        dia_exam_most(exam, "", b.difference, 1e-5, "dH.V against differences of H, relative, worst of %d", p->n);
    }
    dia_tape_free(b.tape);
    free(b.V);
    return status;
}

const dia_model_test dia_model_test_derivatives = {
    .name = "derivatives",
    .measures =
        "forces and couplings are derivatives of one H: adjoint identity and finite differences in random directions",
    .limits =
        "the identity holds up to the rounding of some thousand operations; four-point differences of the best of "
        "three steps are good to 1e-8 on a smooth H, 1e-5 allows for steep walls",
    .run = run};
