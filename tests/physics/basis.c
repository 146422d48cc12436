/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The diabatic basis is a matter of taste: with H' = O^T H O, O any constant rotation, the same trajectories make the same
 * hops. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/extend.h"
#include "flight.h"
#include "model/front.h"

enum { B = 48, N = FLIGHT_STATES, P = N * (N + 1) / 2, STEPS = 300, EVENTS = 4000 };

/* ---- a model in another basis ----------------------------------------------------------------- */

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

/* Its tape serves one block at a time. */
static dia_model *make_rotated(dia_tape **tape)
{
    dia_error error = {0};
    dia_model *model = NULL;
    rotated *s = malloc(sizeof *s);
    assert_non_null(s);
    assert_ok(dia_tape_create(tape, flight_shared, B, B, &error), &error);
    s->tape = *tape;
    dia_molecule molecule;
    const dia_molecule *own = dia_model_molecule(flight_shared);
    assert_ok(dia_molecule_init(&molecule, own->natom, own->dimension, NULL, &error), &error);
    memcpy(molecule.masses, own->masses, (size_t)own->natom * sizeof *own->masses);
    assert_ok(dia_model_adopt(&model, &rotated_type, s, dia_model_shape(flight_shared), &molecule, &error), &error);
    return model;
}

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

/* ---- hops ------------------------------------------------------------------------------------- */

typedef struct diary {
    int n, exchanges;
    struct {
        int64_t trajectory;
        double time, gap;
        int from, to;
        bool accepted;
    } event[EVENTS];
} diary;

static void note(void *context, const dia_hop_event *event)
{
    diary *d = context;
    assert_true(d->n < EVENTS);
    d->event[d->n].trajectory = event->trajectory;
    d->event[d->n].time = event->time;
    d->event[d->n].gap = event->gap;
    d->event[d->n].from = event->from;
    d->event[d->n].to = event->to;
    d->event[d->n++].accepted = event->accepted;
    d->exchanges += event->gap == 0.0;
}

static diary one, other;

static void fly(const dia_model *model, const dia_dynamics *d, diary *events, double *R)
{
    dia_block *block = flight_block(model, d, B);
    *events = (diary){0};
    block->on_hop = note;
    block->on_hop_context = events;
    flight_start(block, B, 0, 2, 0.1);
    flight_fly(block, STEPS);
    memcpy(R, block->R, B * FLIGHT_NCART * sizeof *R);
    dia_block_free(block);
}

/* Hop by hop, exchanges at crossings too; times and positions up to rounding, which grows along a flight. */
static void same_hops(void **unused)
{
    (void)unused;
    make_rotation();
    const char *methods[] = {"fewest_switches", "landau_zener", "fewest_switches, integrator: two_stage",
                             "fewest_switches, thermostat: {method: langevin, time: 20 fs}"};
    for (int m = 0; m < 4; m++) {
        static double R[2][B * FLIGHT_NCART];
        dia_tape *tape;
        dia_model *model = make_rotated(&tape);
        dia_dynamics d = flight_dynamics(methods[m], 20.0, 1e9);
        flight_decohere(&d);
        fly(flight_shared, &d, &one, R[0]);
        fly(model, &d, &other, R[1]);
        assert_true(one.n > B && one.exchanges > 0); /* else little was tested */
        assert_int_equal(one.n, other.n);
        for (int i = 0; i < one.n; i++) {
            assert_int_equal(one.event[i].trajectory, other.event[i].trajectory);
            assert_true(one.event[i].from == other.event[i].from && one.event[i].to == other.event[i].to &&
                        one.event[i].accepted == other.event[i].accepted);
            assert_close(one.event[i].time, other.event[i].time, 1e-9, 0.0);
            assert_close(one.event[i].gap, other.event[i].gap, 0.0, 1e-9);
        }
        for (int i = 0; i < B * FLIGHT_NCART; i++)
            assert_close(R[1][i], R[0][i], 0.0, 1e-11); /* seen: 5e-14 */
        dia_model_free(model);
        dia_tape_free(tape);
        flight_dynamics_free(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(same_hops)};
    return cmocka_run_group_tests(tests, flight_setup, flight_teardown);
}
