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
    int agree;                              /* frustrated hops along the coupling that are what the criterion says */
} watch;

/* Jasper and Truhlar's criterion from energies alone: forces are the slopes of the adiabatic energies of the two states along the
 * coupling's kick h/m, h as the model's derivative gives it. */
static bool turns(const dia_block *s, int b, const dia_hop_event *event)
{
    double h[C] = {0}, slope[2] = {0}, motion = 0.0, size = 0.0;
    const double *U = s->frame.U + b * FLIGHT_STATES * FLIGHT_STATES;
    dia_error error = {0};
    dia_tape *tape = NULL;
    assert_ok(dia_tape_create(&tape, s->model, C, C, &error), &error);
    double R[C * C], V[C * C] = {0}, H[C * 6], dH[C * 6];
    int rows[C];
    for (int c = 0; c < C; c++) {
        memcpy(R + c * C, event->position, C * sizeof *R);
        V[c * C + c] = 1.0;
        rows[c] = c;
    }
    assert_ok(dia_model_hamiltonian(s->model, tape, C, R, H), NULL);
    assert_ok(dia_model_derivative(s->model, tape, C, rows, V, dH), NULL);
    for (int c = 0; c < C; c++)
        for (int i = 0; i < FLIGHT_STATES; i++)
            for (int j = 0; j < FLIGHT_STATES; j++)
                h[c] += U[i * FLIGHT_STATES + event->from] * U[j * FLIGHT_STATES + event->to] *
                        dH[c * 6 + (i > j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i)];
    for (int c = 0; c < C; c++)
        size += h[c] * h[c] / (s->mass[c] * s->mass[c]);
    for (int side = 0; side < 2; side++) {
        double e[FLIGHT_STATES], u[FLIGHT_STATES * FLIGHT_STATES], work[1000];
        for (int c = 0; c < C; c++)
            R[c] = event->position[c] + (side ? 1e-4 : -1e-4) * h[c] / (s->mass[c] * sqrt(size));
        assert_ok(dia_model_hamiltonian(s->model, tape, 1, R, H), NULL);
        dia_frame frame = {.batch = 1, .nstate = FLIGHT_STATES, .H = H, .E = e, .U = u};
        assert_true(dia_frame_work(FLIGHT_STATES) <= 1000);
        assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
        slope[0] += (side ? 1.0 : -1.0) * e[event->from];
        slope[1] += (side ? 1.0 : -1.0) * e[event->to];
    }
    for (int c = 0; c < C; c++)
        motion += h[c] * event->velocity[c];
    dia_tape_free(tape);
    return slope[0] * slope[1] < 0.0 && slope[1] * motion > 0.0; /* the force is minus the slope */
}

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
    const bool reversed = memcmp(V, event->velocity, C * sizeof *V) != 0;
    w->reversed += !event->accepted && reversed;
    if (!event->accepted && s->dynamics->adjust == DIA_ADJUST_COUPLING && !s->dynamics->project)
        w->agree += reversed == turns(s, b, event);
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
    for (int adjust = 0; adjust <= DIA_ADJUST_COUPLING_THEN_VELOCITY; adjust++)
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
                if (frustrated == DIA_FRUSTRATED_JASPER_TRUHLAR) {
                    assert_true(w.reversed > 0 && w.reversed < w.frustrated);
                    if (adjust == DIA_ADJUST_COUPLING && !project) {
                        assert_true(w.frustrated > 30);
                        assert_int_equal(w.agree, w.frustrated);
                    }
                }
            }
}

/* Along the coupling where that suffices, bit for bit; else the velocity pays: more hops are accepted, and none that has the energy
 * in all is refused. */
static void velocity_pays_where_the_coupling_cannot(void **unused)
{
    (void)unused;
    const watch coupling = fly(DIA_ADJUST_COUPLING, false, 0), both = fly(DIA_ADJUST_COUPLING_THEN_VELOCITY, false, 0),
                velocity = fly(DIA_ADJUST_VELOCITY, false, 0);
    assert_true(both.frustrated < coupling.frustrated / 2);
    assert_true(both.frustrated < 2 * velocity.frustrated + 5);
}

static dia_block *restricted(dia_dynamics *d, const char *keys, int state)
{
    char method[200];
    snprintf(method, sizeof method, "fewest_switches, %s", keys);
    *d = flight_dynamics(method, 10.0, 1e9);
    dia_block *block = flight_block(flight_shared, d, B);
    flight_start(block, B, 0, state, 0.02);
    return block;
}

/* S1 is in H, has population, and is never active; crossings with it are no exception. The energy is kept as ever. */
static void states_that_may_be_active(void **unused)
{
    (void)unused;
    dia_dynamics d;
    dia_block *block = restricted(&d, "states: [0, 2]", 2);
    watch w = {.block = block};
    block->on_hop = look;
    block->on_hop_context = &w;
    double most = 0.0;
    int lower = 0;
    for (int i = 0; i < STEPS; i++) {
        flight_fly(block, 1);
        for (int b = 0; b < B; b++) {
            double c[2 * FLIGHT_STATES];
            dia_block_amplitudes(block, b, c);
            assert_int_not_equal(block->active[b], 1);
            most = fmax(most, c[2] * c[2] + c[3] * c[3]);
            lower += block->active[b] == 0;
        }
    }
    assert_true(most > 0.5 && lower > 0 && w.energy < 1e-12);
    dia_error error = {0};
    double R[FLIGHT_NCART] = {0}, V[FLIGHT_NCART] = {0};
    assert_int_equal(dia_block_start(block, 1, (int64_t[]){9}, R, V, (int[]){1}, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "dynamics.states does not name it"));
    dia_block_free(block);
    dia_dynamics_close(&d);
    d = flight_dynamics("fewest_switches, states: [0, 3]", 10.0, 1e9);
    dia_error_clear(&error);
    assert_int_equal(dia_block_create(&block, flight_shared, &d, 1, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "dynamics.states names states"));
    dia_dynamics_close(&d);
}

/* Closer than the limit to S0 everything is on S0 at the end of a step, and nothing leaves it there. */
static void forced_to_the_ground_state(void **unused)
{
    (void)unused;
    dia_dynamics d;
    const double limit = 0.01;
    dia_block *block = restricted(&d, "forced_ground: 0.01 hartree", 2);
    watch w = {.block = block};
    block->on_hop = look;
    block->on_hop_context = &w;
    int close = 0, excited = 0;
    for (int i = 0; i < STEPS; i++) {
        flight_fly(block, 1);
        for (int b = 0; b < B; b++) {
            const double *E = block->frame.E + b * FLIGHT_STATES;
            close += E[1] - E[0] < limit;
            excited += block->active[b] > 0;
            assert_true(block->active[b] == 0 || E[block->active[b]] - E[0] >= limit);
        }
    }
    assert_true(close > B && excited > B && w.accepted > B / 2 && w.energy < 1e-12);
    dia_block_free(block);
    dia_dynamics_close(&d);
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
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hops_keep_what_they_must),    cmocka_unit_test(velocity_pays_where_the_coupling_cannot),
        cmocka_unit_test(states_that_may_be_active),   cmocka_unit_test(forced_to_the_ground_state),
        cmocka_unit_test(refuses_what_is_no_molecule),
    };
    return cmocka_run_group_tests(tests, flight_setup, flight_teardown);
}
