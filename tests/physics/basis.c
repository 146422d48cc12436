/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The diabatic basis is a matter of taste: with H' = O^T H O, O any constant rotation, the same trajectories make the same
 * hops. */
#include "check.h"

#include <string.h>

#include "flight.h"
#include "rotated.h"

enum { B = 48, STEPS = 300, EVENTS = 4000 };

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
    const char *methods[] = {"fewest_switches", "landau_zener", "fewest_switches, integrator: two_stage",
                             "fewest_switches, thermostat: {method: langevin, time: 20 fs}"};
    for (int m = 0; m < 4; m++) {
        static double R[2][B * FLIGHT_NCART];
        dia_tape *tape;
        dia_model *model = rotated_model(B, &tape);
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
