/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "rotated.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "diabolo/extend.h"
#include "flight.h"
#include "model/front.h"

enum { N = FLIGHT_STATES, P = N * (N + 1) / 2 };

static double O[N * N]; /* columns: the new states in the old ones */

typedef struct rotated {
    dia_tape *tape; /* of flight_shared */
} rotated;

/* out = O^T A O, or O A O^T if `back` */
static void turn(const double *A, bool back, double *out)
{
    for (int i = 0; i < N; i++)
        for (int j = 0; j <= i; j++) {
            double sum = 0.0;
            for (int k = 0; k < N; k++)
                for (int l = 0; l < N; l++)
                    sum += (back ? O[i * N + k] * O[j * N + l] : O[k * N + i] * O[l * N + j]) * A[dia_packed(k, l)];
            out[dia_packed(i, j)] = sum;
        }
}

static void rotated_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    (void)work;
    const rotated *s = self;
    double A[P];
    assert_ok(dia_model_hamiltonian(flight_shared, s->tape, batch, R, H), NULL);
    for (int b = 0; b < batch; b++) {
        memcpy(A, H + b * P, sizeof A);
        turn(A, false, H + b * P);
    }
}

/* sum W'_ij dH'_ij = sum (O W' O^T)_ij dH_ij */
static void rotated_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                             double *G)
{
    (void)work, (void)R;
    const rotated *s = self;
    double *back = malloc((size_t)(n * P) * sizeof *back);
    assert_non_null(back);
    for (int q = 0; q < n; q++)
        turn(W + q * P, true, back + q * P);
    assert_ok(dia_model_contract(flight_shared, s->tape, n, row, back, G), NULL);
    free(back);
}

static void rotated_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                               double *dH)
{
    (void)work, (void)R;
    const rotated *s = self;
    double A[P];
    assert_ok(dia_model_derivative(flight_shared, s->tape, n, row, V, dH), NULL);
    for (int q = 0; q < n; q++) {
        memcpy(A, dH + q * P, sizeof A);
        turn(A, false, dH + q * P);
    }
}

static size_t rotated_tape_size(const void *self, int batch_max, int request_max)
{
    (void)self, (void)batch_max, (void)request_max;
    return 0;
}

static const dia_model_type rotated_type = {.version = DIA_EXTEND_VERSION,
                                            .name = "rotated",
                                            .self_size = sizeof(rotated),
                                            .tape_size = rotated_tape_size,
                                            .hamiltonian = rotated_hamiltonian,
                                            .contract = rotated_contract,
                                            .derivative = rotated_derivative};

/* A product of rotations in the planes of the states, by angles that mix all of them. */
static void make_rotation(void)
{
    const double angle[N] = {0.7, 2.1, -1.2};
    for (int i = 0; i < N * N; i++)
        O[i] = i % (N + 1) == 0;
    for (int p = 0; p < N; p++) {
        const int k = p, l = (p + 1) % N;
        const double c = cos(angle[p]), s = sin(angle[p]);
        for (int i = 0; i < N; i++) {
            const double x = O[i * N + k], y = O[i * N + l];
            O[i * N + k] = c * x - s * y;
            O[i * N + l] = s * x + c * y;
        }
    }
}

void rotated_vectors(int count, const double *in, double *out)
{
    for (int i = 0; i < N; i++)
        for (int k = 0; k < count; k++) {
            out[i * count + k] = 0.0;
            for (int j = 0; j < N; j++)
                out[i * count + k] += O[j * N + i] * in[j * count + k];
        }
}

dia_model *rotated_model(int capacity, dia_tape **tape)
{
    make_rotation();
    dia_error error = {0};
    dia_model *model = NULL;
    rotated *s = malloc(sizeof *s);
    assert_non_null(s);
    assert_ok(dia_tape_create(tape, flight_shared, capacity, capacity, &error), &error);
    s->tape = *tape;
    dia_molecule molecule;
    const dia_molecule *own = dia_model_molecule(flight_shared);
    assert_ok(dia_molecule_init(&molecule, own->natom, own->dimension, NULL, &error), &error);
    memcpy(molecule.masses, own->masses, (size_t)own->natom * sizeof *own->masses);
    assert_ok(dia_model_adopt(&model, &rotated_type, s, dia_model_shape(flight_shared), &molecule, &error), &error);
    return model;
}
