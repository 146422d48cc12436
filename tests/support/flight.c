/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "flight.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dynamics/options.h"
#include "dynamics/registry.h"
#include "model/front.h"

enum { N = FLIGHT_STATES, P = N * (N + 1) / 2, C = FLIGHT_NCART, BMAX = 256 };

typedef struct surface {
    double wall;
} surface;

static const double spring = 0.05; /* hartree/bohr^2 */

static double slope(int p, int c) /* a_ic and b_ijc, hartree/bohr */
{
    return 0.03 * sin(1.0 + 2.3 * p + 1.7 * c * c);
}

static void surface_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    (void)work;
    const surface *s = self;
    for (int b = 0; b < batch; b++, R += C)
        for (int i = 0, p = 0; i < N; i++)
            for (int j = 0; j <= i; j++, p++) {
                double h = i == j ? 0.02 * i : 0.0;
                for (int c = 0; c < C; c++)
                    h += i == j ? 0.5 * spring * R[c] * R[c] + slope(p, c) * R[c] : slope(p, c) * sin(R[c]);
                H[b * P + p] = R[0] > s->wall ? NAN : h;
            }
}

static double derivative(const double *R, int i, int j, int p, int c)
{
    return i == j ? spring * R[c] + slope(p, c) : slope(p, c) * cos(R[c]);
}

static void surface_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                             double *G)
{
    (void)self, (void)work;
    for (int q = 0; q < n; q++)
        for (int c = 0; c < C; c++) {
            double sum = 0.0;
            for (int i = 0, p = 0; i < N; i++)
                for (int j = 0; j <= i; j++, p++)
                    sum += (i == j ? 1.0 : 2.0) * W[q * P + p] * derivative(R + row[q] * C, i, j, p, c);
            G[q * C + c] = sum;
        }
}

static void surface_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                               double *dH)
{
    (void)self, (void)work;
    for (int q = 0; q < n; q++)
        for (int i = 0, p = 0; i < N; i++)
            for (int j = 0; j <= i; j++, p++) {
                dH[q * P + p] = 0.0;
                for (int c = 0; c < C; c++)
                    dH[q * P + p] += derivative(R + row[q] * C, i, j, p, c) * V[q * C + c];
            }
}

static size_t surface_tape_size(const void *self, int batch_max, int request_max)
{
    (void)self, (void)batch_max, (void)request_max;
    return 0;
}

static const dia_model_type surface_type = {
    .version = DIA_EXTEND_VERSION,
    .name = "surface",
    .self_size = sizeof(surface),
    .tape_size = surface_tape_size,
    .hamiltonian = surface_hamiltonian,
    .contract = surface_contract,
    .derivative = surface_derivative,
};

dia_model *flight_model(double wall)
{
    dia_error error = {0};
    dia_molecule molecule;
    dia_model *model = NULL;
    surface *s = malloc(sizeof *s);
    assert_non_null(s);
    s->wall = wall;
    assert_ok(dia_molecule_init(&molecule, FLIGHT_ATOMS, 3, NULL, &error), &error);
    for (int a = 0; a < FLIGHT_ATOMS; a++)
        molecule.masses[a] = 2000.0 * (1.0 + a);
    const dia_shape shape = {.natom = FLIGHT_ATOMS, .ncart = C, .nstate = N, .npacked = P};
    assert_ok(dia_model_adopt(&model, &surface_type, s, shape, &molecule, &error), &error);
    return model;
}

dia_model *flight_open(const char *text)
{
    dia_error error = {0};
    dia_model *model = NULL;
    if (text[0] == '/')
        assert_ok(dia_model_load(&model, text, &error), &error);
    else
        assert_ok(dia_model_parse(&model, text, ".", &error), &error);
    return model;
}

dia_dynamics flight_dynamics(const char *method, double timestep, double duration)
{
    char yaml[300];
    dia_error error = {0};
    dia_dynamics d;
    snprintf(yaml, sizeof yaml,
             "{method: %s, timestep: %.17g au, duration: %.17g au, drift: 0 eV, decoherence: {method: none}}", method,
             timestep, duration);
    assert_ok(dia_dynamics_parse(&d, yaml, &error), &error);
    d.seed = 7;
    return d;
}

void flight_decohere(dia_dynamics *dynamics)
{
    dynamics->decoherence = dia_decoherence_type_find("energy_based"); /* `none` holds its keys */
}

void flight_decohere_by(dia_dynamics *dynamics, const char *method)
{
    char yaml[100];
    dia_error error = {0};
    dia_dynamics other;
    snprintf(yaml, sizeof yaml, "{duration: 1 fs, decoherence: %s}", method);
    assert_ok(dia_dynamics_parse(&other, yaml, &error), &error);
    free(dynamics->decoherence_self);
    dynamics->decoherence = other.decoherence;
    dynamics->decoherence_self = other.decoherence_self;
    other.decoherence_self = NULL;
    dia_dynamics_close(&other);
}

void flight_dynamics_free(dia_dynamics *dynamics)
{
    dia_dynamics_close(dynamics);
}

dia_model *flight_shared;

int flight_setup(void **state)
{
    (void)state;
    flight_shared = flight_model(INFINITY);
    return 0;
}

int flight_teardown(void **state)
{
    (void)state;
    dia_model_free(flight_shared);
    return 0;
}

dia_block *flight_block(const dia_model *model, const dia_dynamics *dynamics, int capacity)
{
    dia_error error = {0};
    dia_block *block = NULL;
    assert_ok(dia_block_create(&block, model, dynamics, capacity, &error), &error);
    return block;
}

void flight_fly(dia_block *block, int steps)
{
    for (int i = 0; i < steps; i++)
        assert_ok(dia_block_step(block), NULL);
}

double flight_energy_error(const dia_block *block, int b)
{
    return fabs(block->potential[b] + block->kinetic[b] - block->energy0[b]);
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double flight_energy_median(const dia_dynamics *dynamics, int count, int state, double energy, double duration)
{
    double worst[BMAX] = {0};
    assert_true(count <= BMAX);
    dia_block *block = flight_block(flight_shared, dynamics, count);
    flight_start(block, count, 0, state, energy);
    for (int i = 0; i < lround(duration / dynamics->timestep); i++) {
        flight_fly(block, 1);
        for (int b = 0; b < count; b++)
            worst[b] = fmax(worst[b], flight_energy_error(block, b));
    }
    dia_block_free(block);
    return flight_median(count, worst);
}

double flight_median(int n, double *values)
{
    qsort(values, (size_t)n, sizeof *values, ascending);
    return values[n / 2];
}

void flight_start(dia_block *block, int count, int64_t first, int state, double energy)
{
    static int64_t trajectory[BMAX];
    static int states[BMAX];
    static double R[BMAX * C], V[BMAX * C];
    dia_error error = {0};
    assert_true(count <= BMAX);
    for (int b = 0; b < count; b++) {
        trajectory[b] = first + b;
        states[b] = state;
        for (int c = 0; c < C; c++) {
            const double x = (double)((first + b) * C + c);
            R[b * C + c] = 0.5 * sin(12.9898 * x);
            V[b * C + c] = sqrt(2.0 * energy / block->mass[c]) * cos(78.233 * x);
        }
    }
    assert_ok(dia_block_start(block, count, trajectory, R, V, states, &error), &error);
}

static bool same(const double *x, int b, const double *y, int c, int width)
{
    return memcmp(x + b * width, y + c * width, (size_t)width * sizeof *x) == 0;
}

bool flight_same(const dia_block *x, int b, const dia_block *y, int c)
{
    const int n = x->nstate;
    return x->trajectory[b] == y->trajectory[c] && x->active[b] == y->active[c] && x->fate[b] == y->fate[c] &&
           same(x->R, b, y->R, c, x->ncart) && same(x->V, b, y->V, c, x->ncart) && same(x->G, b, y->G, c, x->ncart) &&
           same(x->c, b, y->c, c, 2 * n) && same(x->frame.H, b, y->frame.H, c, x->npacked) &&
           same(x->frame.E, b, y->frame.E, c, n) &&
           same(x->frame.U, b, y->frame.U, c, (int)dia_frame_matrix(&x->frame)) &&
           same(x->potential, b, y->potential, c, 1) && same(x->kinetic, b, y->kinetic, c, 1);
}

dia_dynamics flight_settings(const char *method, double dt)
{
    char yaml[400];
    dia_error error = {0};
    dia_dynamics d;
    snprintf(yaml, sizeof yaml, "{method: %s, timestep: %.17g au, duration: 1e9 au, drift: 0 eV}", method, dt);
    assert_ok(dia_dynamics_parse(&d, yaml, &error), &error);
    d.seed = 7;
    return d;
}
