/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/polynomial.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/molecule.h"
#include "math/vector.h"

typedef struct maker {
    const dia_model *model;
    dia_tape *tape;
    dia_polynomial *out;
    const double *mass;
    double *R, *V, *D; /* (ncart), (ncart), (ncart + 1, npacked) */
    double size;       /* largest element met                    */
    dia_error *error;
} maker;

void dia_polynomial_free(dia_polynomial *p)
{
    free(p->frequency);
    free(p->length);
    free(p->reference);
    free(p->constant);
    free(p->linear);
    free(p->quadratic);
    free(p->coefficient);
    *p = (dia_polynomial){0};
}

void dia_polynomial_value(const dia_polynomial *p, const double *Q, double *H)
{
    double harmonic = 0.0;
    memcpy(H, p->constant, (size_t)p->npacked * sizeof *H);
    for (int m = 0; m < p->nmode; m++) {
        harmonic += 0.5 * p->frequency[m] * Q[m] * Q[m];
        for (int e = 0; e < p->npacked; e++)
            H[e] += p->linear[m * p->npacked + e] * Q[m];
    }
    for (int t = 0; t < p->nquadratic; t++)
        for (int e = 0; e < p->npacked; e++)
            H[e] += p->coefficient[t * p->npacked + e] * Q[p->quadratic[t].m] * Q[p->quadratic[t].k];
    for (int i = 0; i < p->nstate; i++)
        H[dia_packed(i, i)] += harmonic;
}

static dia_status room(maker *k, dia_error *error)
{
    dia_polynomial *p = k->out;
    const size_t n = (size_t)p->nmode, e = (size_t)p->npacked, pairs = n * (n + 1) / 2;
    double **const arrays[] = {&p->frequency,   &p->length, &p->reference, &p->constant, &p->linear,
                               &p->coefficient, &k->R,      &k->V,         &k->D};
    const size_t sizes[] = {n, n, n, e, n * e, pairs * e, n, n, (n + 1) * e};
    bool enough = true;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        *arrays[i] = calloc(sizes[i], sizeof(double));
        enough = enough && *arrays[i] != NULL;
    }
    p->quadratic = malloc(pairs * sizeof *p->quadratic);
    if (enough && p->quadratic != NULL)
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a polynomial of %zu modes", n);
}

/* D (npacked) = dH/dR_c at the point last given to `at`. */
static void slope(maker *k, int c, double *D)
{
    memset(k->V, 0, (size_t)k->out->nmode * sizeof *k->V);
    k->V[c] = 1.0;
    (void)dia_model_derivative(k->model, k->tape, 1, &(int){0}, k->V, D);
}

static void at(maker *k, const double *R, double *H)
{
    (void)dia_model_hamiltonian(k->model, k->tape, 1, R, H);
}

/* Second derivatives of mode m with k <= m, per bohr^2: slopes at one bohr from the reference less those at it. */
static void find_curvatures(maker *k, int m, double *H)
{
    dia_polynomial *p = k->out;
    for (int c = 0; c <= m; c++) {
        double *out = p->coefficient + (size_t)(m * (m + 1) / 2 + c) * (size_t)p->npacked;
        memcpy(k->R, p->reference, (size_t)p->nmode * sizeof *k->R);
        k->R[m] += 1.0;
        at(k, k->R, H);
        slope(k, c, out);
        k->R[m] -= 2.0; /* from both sides: a cubic part would show in the check, not here */
        at(k, k->R, H);
        slope(k, c, k->D);
        for (int e = 0; e < p->npacked; e++)
            out[e] = 0.5 * (out[e] - k->D[e]);
    }
}

static dia_status find_frequency(maker *k, int m, dia_error *error)
{
    dia_polynomial *p = k->out;
    const double *curvature = p->coefficient + (size_t)(m * (m + 3) / 2) * (size_t)p->npacked;
    double mean = 0.0;
    for (int i = 0; i < p->nstate; i++)
        mean += curvature[dia_packed(i, i)] / p->nstate;
    if (!(mean > 0.0))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a basis of oscillators needs a potential that binds every coordinate; the mean force "
                             "constant of coordinate %d is %g hartree/bohr^2",
                             m, mean);
    p->frequency[m] = sqrt(mean / k->mass[m]);
    p->length[m] = 1.0 / sqrt(k->mass[m] * p->frequency[m]);
    return DIA_OK;
}

/* To dimensionless coordinates; the harmonic part is taken out, and terms that are only rounding. */
static void sort_terms(maker *k)
{
    dia_polynomial *p = k->out;
    const int npacked = p->npacked;
    for (int m = 0; m < p->nmode; m++)
        for (int e = 0; e < npacked; e++)
            p->linear[m * npacked + e] *= p->length[m];
    for (int m = 0, pair = 0; m < p->nmode; m++)
        for (int c = 0; c <= m; c++, pair++) {
            double *to = p->coefficient + p->nquadratic * npacked, largest = 0.0;
            for (int e = 0; e < npacked; e++)
                to[e] = p->coefficient[pair * npacked + e] * p->length[m] * p->length[c] * (m == c ? 0.5 : 1.0);
            for (int i = 0; i < p->nstate && m == c; i++)
                to[dia_packed(i, i)] -= 0.5 * p->frequency[m];
            for (int e = 0; e < npacked; e++) {
                if (fabs(to[e]) < 1e-13 * (p->frequency[m] + p->frequency[c]))
                    to[e] = 0.0;
                largest = fmax(largest, fabs(to[e]));
            }
            if (largest > 0.0)
                p->quadratic[p->nquadratic++] = (dia_quadratic){m, c};
        }
}

/* Is it the model? At 16 points with each |Q| below 4. */
static dia_status check(maker *k, double *H)
{
    const dia_polynomial *p = k->out;
    double worst = 0.0, size = 0.0;
    for (int trial = 0; trial < 16; trial++) {
        for (int m = 0; m < p->nmode; m++) {
            k->V[m] = 4.0 * sin(1.0 + trial + 2.3 * m + 0.7 * trial * m);
            k->R[m] = p->reference[m] + p->length[m] * k->V[m];
        }
        at(k, k->R, H);
        dia_polynomial_value(p, k->V, k->D);
        for (int e = 0; e < p->npacked; e++) {
            worst = dia_larger(worst, fabs(H[e] - k->D[e]));
            size = fmax(size, fabs(H[e]));
        }
    }
    if (worst <= 1e-9 * size)
        return DIA_OK;
    return dia_error_set(
        k->error, DIA_ERROR_INPUT,
        "a basis of oscillators needs a model whose Hamiltonian is a polynomial of second degree in its "
        "coordinates; that of '%s' differs from one by up to %.3g eV within four quanta",
        dia_model_name(k->model), worst / DIA_EV);
}

static dia_status make(maker *k)
{
    dia_polynomial *p = k->out;
    const dia_molecule *molecule = dia_model_molecule(k->model);
    memcpy(p->reference, molecule->reference, (size_t)p->nmode * sizeof *p->reference);
    k->mass = molecule->masses;
    at(k, p->reference, p->constant);
    for (int m = 0; m < p->nmode; m++)
        slope(k, m, p->linear + m * p->npacked);
    for (int m = 0; m < p->nmode; m++) {
        find_curvatures(k, m, k->D + p->npacked);
        const dia_status status = find_frequency(k, m, k->error);
        if (status != DIA_OK)
            return status;
    }
    sort_terms(k);
    return check(k, k->D + p->npacked);
}

dia_status dia_polynomial_make(dia_polynomial *polynomial, const dia_model *model, dia_error *error)
{
    const dia_shape shape = dia_model_shape(model);
    maker k = {.model = model, .out = polynomial, .error = error};
    *polynomial = (dia_polynomial){.nstate = shape.nstate, .npacked = shape.npacked, .nmode = shape.ncart};
    if (shape.ncart != shape.natom)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a basis of oscillators needs a model whose coordinates are its modes; '%s' is one of a "
                             "molecule of %d atoms",
                             dia_model_name(model), shape.natom);
    dia_status status = dia_tape_create(&k.tape, model, 1, 1, error);
    if (status == DIA_OK)
        status = room(&k, error);
    if (status == DIA_OK)
        status = make(&k);
    dia_tape_free(k.tape);
    free(k.R);
    free(k.V);
    free(k.D);
    if (status != DIA_OK)
        dia_polynomial_free(polynomial);
    return status;
}
