/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Energy: velocity Verlet's second order and its return along the same path; hops that conserve it to rounding. */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/extend.h"
#include "flight.h"

enum { B = 32 };

/* Largest error of the total energy on one adiabatic surface during 2000 atomic units of time, over the block. */
static double energy_error(double dt)
{
    dia_dynamics d = flight_dynamics("none", dt, 1e9);
    dia_block *block = flight_block(flight_shared, &d, B);
    flight_start(block, B, 0, 0, 0.005);
    double worst = 0.0;
    for (int i = 0; i < lround(2000.0 / dt); i++) {
        flight_fly(block, 1);
        for (int b = 0; b < B; b++)
            worst = fmax(worst, flight_energy_error(block, b));
    }
    dia_block_free(block);
    flight_dynamics_free(&d);
    return worst;
}

static void energy_error_is_second_order(void **unused)
{
    (void)unused;
    double previous = energy_error(8.0);
    for (double dt = 4.0; dt > 0.6; dt *= 0.5) {
        const double error = energy_error(dt);
        assert_close(log2(previous / error), 2.0, 0.0,
                     0.15); /* the next term is of fourth order: (omega dt)^2 ~ 1e-2 */
        previous = error;
    }
}

static void verlet_returns(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("none", 5.0, 1e9);
    dia_block *block = flight_block(flight_shared, &d, B);
    flight_start(block, B, 0, 1, 0.005);
    const size_t size = sizeof(double) * B * FLIGHT_NCART;
    double R[B * FLIGHT_NCART], V[B * FLIGHT_NCART];
    memcpy(R, block->R, size);
    memcpy(V, block->V, size);
    flight_fly(block, 100);
    for (int i = 0; i < B * FLIGHT_NCART; i++)
        block->V[i] = -block->V[i];
    flight_fly(block, 100);
    for (int i = 0; i < B * FLIGHT_NCART; i++) {
        assert_close(block->R[i], R[i], 0.0, 1e-9); /* rounding (1e-16), grown by 200 steps near intersections */
        assert_close(-block->V[i], V[i], 0.0, 1e-11);
    }
    dia_block_free(block);
    flight_dynamics_free(&d);
}

typedef struct tally {
    long accepted, frustrated, uphill;
    double worst; /* of kinetic energy + gap, relative to the energies involved */
} tally;

static void judge(void *context, const dia_hop_event *event)
{
    tally *t = context;
    const double paid = event->accepted ? event->gap : 0.0;
    const double error = fabs(event->kinetic_after + paid - event->kinetic_before);
    t->worst = fmax(t->worst, error / (event->kinetic_before + fabs(event->gap)));
    t->accepted += event->accepted;
    t->frustrated += !event->accepted;
    t->uphill += event->accepted && event->gap > 0.0;
}

/* Kinetic plus potential energy is the same before and after each hop to rounding. */
static void hops_conserve_energy(void **unused)
{
    (void)unused;
    for (int adjust = 0; adjust < 2; adjust++)
        for (int frustrated = 0; frustrated < 3; frustrated++) {
            dia_dynamics d = flight_dynamics("fewest_switches", 4.0, 1e9);
            d.adjust = adjust;
            d.frustrated = frustrated;
            dia_block *block = flight_block(flight_shared, &d, B);
            tally t = {0};
            block->on_hop = judge;
            block->on_hop_context = &t;
            flight_start(block, B, 0, 2, 0.03);
            double worst = 0.0;
            for (int i = 0; i < 1000; i++) {
                flight_fly(block, 1);
                for (int b = 0; b < B; b++) {
                    /* what the block says of itself agrees: the force and energy are those of the active state */
                    assert_close(block->potential[b], block->frame.E[b * FLIGHT_STATES + block->active[b]], 0.0, 0.0);
                    worst = fmax(worst, flight_energy_error(block, b));
                }
            }
            assert_true(t.accepted > 50 && t.frustrated > 20 && t.uphill > 10); /* else little was tested */
            assert_true(t.worst < 32 * DBL_EPSILON);
            /* The whole flight keeps energy as Verlet does at this step (seen: 1.5e-4), also through hops. */
            assert_true(worst < 5e-4);
            dia_block_free(block);
            flight_dynamics_free(&d);
        }
}

/* With hops the error still falls with dt^2: nothing is lost at them. (Each dt has other hops: the median over
 * trajectories.) */
static double median_error_with_hops(double dt)
{
    dia_dynamics d = flight_dynamics("fewest_switches", dt, 1e9);
    dia_block *block = flight_block(flight_shared, &d, B);
    double error[B] = {0};
    flight_start(block, B, 0, 2, 0.003);
    for (int i = 0; i < lround(2000.0 / dt); i++) {
        flight_fly(block, 1);
        for (int b = 0; b < B; b++)
            error[b] = fmax(error[b], flight_energy_error(block, b));
    }
    dia_block_free(block);
    flight_dynamics_free(&d);
    return flight_median(B, error);
}

static void second_order_through_hops(void **unused)
{
    (void)unused;
    const double coarse = median_error_with_hops(4.0), fine = median_error_with_hops(0.5);
    assert_close(log2(coarse / fine) / 3.0, 2.0, 0.0, 0.5); /* medians of 32 different flights scatter */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(energy_error_is_second_order),
        cmocka_unit_test(verlet_returns),
        cmocka_unit_test(hops_conserve_energy),
        cmocka_unit_test(second_order_through_hops),
    };
    return cmocka_run_group_tests(tests, flight_setup, flight_teardown);
}
