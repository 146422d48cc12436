/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every adjustment of the momentum at a hop keeps: the total energy, and with `project` the total and the angular
 * momentum, whatever the direction and whatever becomes of frustrated hops. The model knows neither: its forces push and
 * turn the molecule as a whole, so that without `project` hops change both. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "flight.h"

enum { B = 64, STEPS = 400, C = FLIGHT_NCART };

typedef struct watch {
    const dia_block *block;
    int accepted, frustrated, reversed;
    double energy, momentum, turning, kept; /* largest changes; the last of the kinetic energy at frustrated hops */
} watch;

static void total(const double *mass, const double *R, const double *V, double *sum)
{
    memset(sum, 0, 6 * sizeof *sum);
    for (int a = 0; a < FLIGHT_ATOMS; a++)
        for (int i = 0; i < 3; i++) {
            const int j = (i + 1) % 3, k = (i + 2) % 3;
            sum[i] += mass[3 * a] * V[3 * a + i];
            sum[3 + i] += mass[3 * a] * (R[3 * a + j] * V[3 * a + k] - R[3 * a + k] * V[3 * a + j]);
        }
}

static void look(void *context, const dia_hop_event *event)
{
    watch *w = context;
    const dia_block *s = w->block;
    if (event->gap == 0.0)
        return; /* an exchange of states inside a step */
    int b = 0;
    while (s->trajectory[b] != event->trajectory)
        b++;
    const double *V = s->V + b * C;
    double before[6], after[6], change = event->kinetic_after - event->kinetic_before;
    total(s->mass, event->position, event->velocity, before);
    total(s->mass, event->position, V, after);
    for (int i = 0; i < 3; i++) {
        w->momentum = fmax(w->momentum, fabs(after[i] - before[i]));
        w->turning = fmax(w->turning, fabs(after[3 + i] - before[3 + i]));
    }
    if (event->accepted)
        w->energy = fmax(w->energy, fabs(change + event->gap));
    else
        w->kept = fmax(w->kept, fabs(change));
    *(event->accepted ? &w->accepted : &w->frustrated) += 1;
    w->reversed += !event->accepted && memcmp(V, event->velocity, C * sizeof *V) != 0;
}

static watch fly(int adjust, bool project, int frustrated)
{
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
    d.adjust = adjust;
    d.project = project;
    d.frustrated = frustrated;
    dia_block *block = flight_block(flight_shared, &d, B);
    flight_start(block, B, 0, 1, 0.004);
    watch w = {.block = block};
    block->on_hop = look;
    block->on_hop_context = &w;
    flight_fly(block, STEPS);
    dia_block_free(block);
    flight_dynamics_free(&d);
    return w;
}

/* Energies are of the order of a hartree at most, and a hop is decided once: rounding, 1e-12. Momenta of some hundred times a
 * bohr: 1e-10. */
static void hops_keep_what_they_must(void **unused)
{
    (void)unused;
    for (int adjust = 0; adjust < 4; adjust++)
        for (int project = 0; project < 2; project++)
            for (int frustrated = 0; frustrated < 3; frustrated++) {
                const watch w = fly(adjust, project, frustrated);
                if (w.accepted < 20 || w.frustrated < 5)
                    fail_msg("adjust %d, project %d: only %d and %d hops", adjust, project, w.accepted, w.frustrated);
                assert_true(w.energy < 1e-12);
                assert_true(w.kept < 1e-12);
                if (project) {
                    assert_true(w.momentum < 1e-10);
                    assert_true(w.turning < 1e-10);
                } else {
                    assert_true(w.momentum > 0.1);
                    assert_true(w.turning > 0.01);
                }
                if (frustrated == DIA_FRUSTRATED_KEEP)
                    assert_int_equal(w.reversed, 0);
                if (frustrated == DIA_FRUSTRATED_REVERSE)
                    assert_int_equal(w.reversed, w.frustrated);
                if (frustrated == DIA_FRUSTRATED_JASPER_TRUHLAR)
                    assert_true(w.reversed < w.frustrated);
            }
}

static void refuses_what_is_no_molecule(void **unused)
{
    (void)unused;
    dia_error error = {0};
    dia_model *model = NULL;
    dia_block *block = NULL;
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
    assert_ok(dia_model_parse(&model, "{type: tully, variant: 1}", ".", &error), &error);
    d.project = true;
    assert_int_equal(dia_block_create(&block, model, &d, 1, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "dynamics.project"));
    dia_model_free(model);
    flight_dynamics_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(hops_keep_what_they_must),
                                       cmocka_unit_test(refuses_what_is_no_molecule)};
    return cmocka_run_group_tests(tests, flight_setup, flight_teardown);
}
