/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Vibronic coupling models eight geometries at a time against the sums of their definition, one geometry after another. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "diabolo/model.h"
#include "model/front.h"
#include "model/vibronic_kernel.h"

enum { B = 21, NP = 9, NC = 9, L = DIA_LANES };

static const char *const abstract = "type: vibronic\n"
                                    "epsilon: [0 eV, 1 eV, 1.5 eV]\n"
                                    "modes:\n"
                                    "  - {name: a, frequency: 0.1 eV, kappa: [0.1 eV, -0.2 eV, 0.3 eV]}\n"
                                    "  - {name: b, frequency: 0.2 eV}\n"
                                    "  - {name: c, frequency: 0.05 eV, kappa: [0 eV, 0.07 eV, 0 eV]}\n"
                                    "eta: [{states: [0, 2], value: 0.05 eV}]\n"
                                    "lambda: [{states: [0, 1], modes: [b], value: 0.2 eV}]\n"
                                    "gamma:\n"
                                    "  - {states: [0, 0], modes: [a, b], value: 0.02 eV}\n"
                                    "  - {states: [2, 1], modes: [c, c], value: 0.03 eV}\n"
                                    "soc: [{states: [0, 1], real: 0.01 eV, imaginary: 0.02 eV}]\n"
                                    "lambda_soc: [{states: [1, 2], modes: [c], real: 0.01 eV, imaginary: -0.03 eV}]\n"
                                    "powers: [{states: [0, 1], mode: b, power: 3, value: 0.003 eV}]\n"
                                    "morse: [{state: 1, mode: a, depth: 5 eV, exponent: -0.1, centre: 0.3}]\n"
                                    "dipoles:\n"
                                    "  - {states: [0, 1], vector: [0.3, -0.2, 0.7]}\n"
                                    "  - {states: [2, 1], vector: [1, 2, 3], mode: b}\n";
static const char *const molecular =
    "molecule:\n"
    "  symbols: [S, O, O]\n"
    "  geometry: [0 bohr, 0 bohr, 0 bohr, 0 bohr, -2.38 bohr, 1.36 bohr, 0 bohr, 2.38 bohr, 1.36 bohr]\n";

static double draw(void)
{
    static uint32_t draws;
    return dia_rng_normal(5, 0, 0, DIA_PURPOSE_TEST, draws++);
}

/* Of the molecule the modes get vectors, which mix with rotations. */
static dia_model *make(bool molecule)
{
    static const char *const vectors[] = {", vector: [0.6, 0, 0, 0, 0.8, 0, 0, 0, 0]}\n",
                                          ", vector: [0, 0, 0.6, 0, 0, 0, -0.8, 0, 0]}\n",
                                          ", vector: [0, 0, 0, 0.28, 0, 0, 0, 0.96, 0]}\n"};
    char yaml[4000] = "";
    dia_error error = {0};
    dia_model *model = NULL;
    int mode = 0;
    for (const char *line = abstract; *line != '\0';) {
        const char *end = strchr(line, '\n') + 1;
        const bool is_mode = strncmp(line, "  - {name:", 10) == 0;
        strncat(yaml, line, (size_t)(end - line) - (molecule && is_mode ? 2 : 0));
        if (molecule && is_mode)
            strcat(yaml, vectors[mode++]);
        if (molecule && line == abstract)
            strcat(yaml, molecular);
        line = end;
    }
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

/* ---- the definition -------------------------------------------------------------------------- */

typedef struct point {
    double Q[3], z[NC];
    dia_pose pose;
} point;

static point look(const dia_vibronic_core *model, const double *R)
{
    point at = {0};
    memcpy(at.Q, R, sizeof at.Q);
    if (!model->molecular)
        return at;
    dia_align(&model->alignment, R, at.z, &at.pose);
    for (int m = 0; m < 3; m++) {
        at.Q[m] = 0.0;
        for (int c = 0; c < NC; c++)
            at.Q[m] += model->direction[m * NC + c] * (at.z[c] - model->alignment.y[c]);
    }
    return at;
}

/* H and dH/dQ (NP, 3) */
static void plain(const dia_vibronic_core *model, const double *Q, double *H, double *D)
{
    memset(D, 0, sizeof *D * NP * 3);
    memcpy(H, model->constant, sizeof *H * NP);
    for (int t = 0; t < model->nterm; t++) {
        const dia_vibronic_term *x = &model->term[t];
        const int k = dia_vibronic_place(model, x);
        H[k] += x->value * Q[x->m] * (x->k < 0 ? 1.0 : Q[x->k]);
        D[3 * k + x->m] += x->value * (x->k < 0 ? 1.0 : Q[x->k]);
        if (x->k >= 0)
            D[3 * k + x->k] += x->value * Q[x->m];
    }
    for (int t = 0; t < model->npower; t++) {
        const dia_vibronic_power *x = &model->power[t];
        H[dia_packed(x->i, x->j)] += x->value * pow(Q[x->m], x->p);
        D[3 * dia_packed(x->i, x->j) + x->m] += x->value * x->p * pow(Q[x->m], x->p - 1);
    }
    for (int t = 0; t < model->nmorse; t++) {
        const dia_vibronic_morse *x = &model->morse[t];
        const double e = exp(x->exponent * (Q[x->m] - x->centre));
        H[dia_packed(x->i, x->i)] += x->depth * (e - 1.0) * (e - 1.0) + x->offset;
        D[3 * dia_packed(x->i, x->i) + x->m] += 2.0 * x->depth * x->exponent * e * (e - 1.0);
    }
    for (int i = 0; i < 3; i++)
        for (int m = 0; m < 3; m++) {
            H[dia_packed(i, i)] += 0.5 * model->frequency[m] * Q[m] * Q[m];
            D[3 * dia_packed(i, i) + m] += model->frequency[m] * Q[m];
        }
}

/* How often element k of packed H stands in H: once on the diagonal. */
static double often(int k)
{
    return k == 0 || k == 2 || k == 5 ? 1.0 : 2.0;
}

static void plain_gradient(const dia_vibronic_core *model, const point *at, const double *Qbar, const double *moment,
                           double *G)
{
    double P[NC] = {0};
    if (!model->molecular) {
        memcpy(G, Qbar, 3 * sizeof *G);
        return;
    }
    for (int m = 0; m < 3; m++)
        for (int c = 0; c < NC; c++)
            P[c] += Qbar[m] * model->direction[m * NC + c];
    dia_align_cotangent_turn(&model->alignment, at->z, &at->pose, P, moment, G);
}

/* mu (3, NP) in the orientation of the reference and dmu/dQ (3, NP, 3) */
static void plain_dipole(const dia_vibronic_core *model, const double *Q, double *mu, double *D)
{
    memset(mu, 0, sizeof *mu * 3 * NP);
    memset(D, 0, sizeof *D * 3 * NP * 3);
    for (int d = 0; d < model->ndipole; d++) {
        const dia_vibronic_dipole *x = &model->dipole[d];
        for (int i = 0; i < 3; i++) {
            mu[i * NP + dia_packed(x->i, x->j)] += x->vector[i] * (x->m < 0 ? 1.0 : Q[x->m]);
            if (x->m >= 0)
                D[(i * NP + dia_packed(x->i, x->j)) * 3 + x->m] += x->vector[i];
        }
    }
}

/* ---- the comparison -------------------------------------------------------------------------- */

/* Sums of some ten terms of order 0.1; coordinates come from alignments that agree to some 1e-14, stiffened by sqrt(w m) < 40. */
static const double near = 1e-12;

static void check_row(const dia_vibronic_core *model, const double *R, const double *V, const double *W,
                      const double *H, const double *G, const double *dH)
{
    const point at = look(model, R);
    double plain_H[NP], D[NP * 3], Qbar[3] = {0}, expected[NC], dz[NC], dQ[3];
    plain(model, at.Q, plain_H, D);
    for (int k = 0; k < NP; k++) {
        assert_close(H[k], plain_H[k], 0, near);
        for (int m = 0; m < 3; m++)
            Qbar[m] += often(k) * W[k] * D[3 * k + m];
    }
    plain_gradient(model, &at, Qbar, (const double[3]){0, 0, 0}, expected);
    for (int c = 0; c < model->ncart; c++)
        assert_close(G[c], expected[c], 0, 10 * near);
    memcpy(dQ, V, sizeof dQ);
    if (model->molecular) {
        dia_align_tangent(&model->alignment, at.z, &at.pose, V, dz);
        for (int m = 0; m < 3; m++) {
            dQ[m] = 0.0;
            for (int c = 0; c < NC; c++)
                dQ[m] += model->direction[m * NC + c] * dz[c];
        }
    }
    for (int k = 0; k < NP; k++)
        assert_close(dH[k], D[3 * k] * dQ[0] + D[3 * k + 1] * dQ[1] + D[3 * k + 2] * dQ[2], 0, 10 * near);
}

static void check_dipole(const dia_vibronic_core *model, const double *R, const double *W, const double *mu,
                         const double *G)
{
    const point at = look(model, R);
    static const double none[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    const double *turn = model->molecular ? at.pose.turn : none;
    double own[3 * NP], D[3 * NP * 3], Qbar[3] = {0}, moment[3] = {0}, expected[NC];
    plain_dipole(model, at.Q, own, D);
    for (int k = 0; k < NP; k++) {
        double w[3] = {0}, m[3];
        for (int i = 0; i < 3; i++) {
            double back = 0.0;
            for (int j = 0; j < 3; j++) {
                w[i] += often(k) * turn[3 * i + j] * W[j * NP + k];
                back += turn[3 * j + i] * own[j * NP + k];
            }
            m[i] = own[i * NP + k];
            assert_close(mu[i * NP + k], back, 0, near);
        }
        for (int i = 0; i < 3; i++)
            for (int q = 0; q < 3; q++)
                Qbar[q] += w[i] * D[(i * NP + k) * 3 + q];
        moment[0] += w[1] * m[2] - w[2] * m[1];
        moment[1] += w[2] * m[0] - w[0] * m[2];
        moment[2] += w[0] * m[1] - w[1] * m[0];
    }
    plain_gradient(model, &at, Qbar, moment, expected);
    for (int c = 0; c < model->ncart; c++)
        assert_close(G[c], expected[c], 0, 100 * near); /* dipoles of order 10 */
}

typedef struct answers {
    double H[B * NP], G[B * NC], dH[B * NP], mu[B * 3 * NP], dipole_G[B * NC];
} answers;

/* Geometries first..first+count-1, requested in the order `row`. */
static void ask(const dia_model *model, int first, int count, const int *row, const double *R, const double *V,
                const double *W, const double *X, answers *a)
{
    const size_t nc = (size_t)dia_model_shape(model).ncart, at = (size_t)first;
    dia_tape *tape = NULL;
    dia_error error = {0};
    assert_ok(dia_tape_create_hermitian(&tape, model, B, B, &error), &error);
    assert_ok(dia_model_hamiltonian(model, tape, count, R + at * nc, a->H + at * NP), NULL);
    assert_ok(dia_model_contract(model, tape, count, row, W + at * NP, a->G + at * nc), NULL);
    assert_ok(dia_model_derivative(model, tape, count, row, V + at * nc, a->dH + at * NP), NULL);
    assert_ok(dia_model_dipole(model, tape, count, row, a->mu + at * 3 * NP), NULL);
    assert_ok(dia_model_dipole_contract(model, tape, count, row, X + at * 3 * NP, a->dipole_G + at * nc), NULL);
    dia_tape_free(tape);
}

static void definition(void **state)
{
    (void)state;
    static double R[B * NC], V[B * NC], W[B * NP], X[B * 3 * NP];
    static answers together, alone;
    for (int kind = 0; kind < 2; kind++) {
        dia_model *model = make(kind == 1);
        const dia_vibronic_core *core = dia_model_self(model);
        const int nc = core->ncart;
        int order[B], first[B] = {0};
        assert_int_equal(core->npacked, NP);
        for (int i = 0; i < B * nc; i++) {
            R[i] = (kind == 1 ? 0.2 : 1.5) * draw() + (kind == 1 ? dia_model_molecule(model)->reference[i % nc] : 0.0);
            V[i] = draw();
        }
        for (int i = 0; i < B * NP; i++)
            W[i] = draw();
        for (int i = 0; i < B * 3 * NP; i++)
            X[i] = draw();
        for (int b = 0; b < B; b++)
            order[b] = (8 * b + 3) % B; /* requests in an order of their own: 8 and 21 have no common divisor */
        ask(model, 0, B, order, R, V, W, X, &together);
        for (int b = 0; b < B; b++) {
            const double *at = R + order[b] * nc;
            check_row(core, at, V + b * nc, W + b * NP, together.H + order[b] * NP, together.G + b * nc,
                      together.dH + b * NP);
            check_dipole(core, at, X + b * 3 * NP, together.mu + b * 3 * NP, together.dipole_G + b * nc);
        }
        for (int b = 0; b < B; b++)
            order[b] = b;
        ask(model, 0, B, order, R, V, W, X, &together);
        for (int b = 0; b < B; b++)
            ask(model, b, 1, first, R, V, W, X, &alone);
        assert_memory_equal(&together, &alone, sizeof alone); /* the same bits in any company */
        dia_model_free(model);
    }
}

/* Every instruction set gives the same bits. */
static void same_on_all_processors(void **state)
{
    (void)state;
    const dia_vibronic_kernel *kernels[3] = {&dia_vibronic_kernel_generic, &dia_vibronic_kernel_avx2,
                                             &dia_vibronic_kernel_avx512};
    const int nkernel = check_instruction_sets();
    dia_model *model = make(true);
    const dia_vibronic_core *core = dia_model_self(model);
    _Alignas(64) static double x[NC * L];
    static struct {
        _Alignas(64) double Q[3 * L], dQ[3 * L], h[NP * L], Qbar[3 * L], dh[NP * L], P[NC * L], back[NP * 5];
    } out[3];
    for (int i = 0; i < NC * L; i++)
        x[i] = 2.0 * draw();
    for (int k = 0; k < nkernel; k++) {
        double *row[L];
        const double *read[L];
        for (int l = 0; l < L; l++) {
            row[l] = out[k].back + (l < 5 ? l : 0) * NP;
            read[l] = row[l];
        }
        kernels[k]->coordinates(core, x, out[k].Q);
        kernels[k]->tangent(core, x, out[k].dQ);
        kernels[k]->hamiltonian(core, out[k].Q, out[k].h);
        kernels[k]->contract(core, out[k].Q, out[k].h, out[k].Qbar);
        kernels[k]->derivative(core, out[k].Q, out[k].dQ, out[k].dh);
        kernels[k]->cotangent(core, out[k].Qbar, out[k].P);
        kernels[k]->scatter(NP, 5, out[k].h, row);
        for (int l = 0; l < 5; l++)
            for (int i = 0; i < NP; i++)
                assert_memory_equal(&row[l][i], &out[k].h[i * L + l], sizeof(double));
        kernels[k]->gather(NP, read, out[k].h);
        for (int l = 0; l < L; l++)
            for (int i = 0; i < NP; i++)
                assert_memory_equal(&out[k].h[i * L + l], &read[l][i], sizeof(double));
        assert_memory_equal(&out[k], &out[0], sizeof out[0]);
    }
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(definition), cmocka_unit_test(same_on_all_processors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
