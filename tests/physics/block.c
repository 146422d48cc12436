/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a block promises whatever the physics: a trajectory is the same trajectory everywhere, a restart is bitwise,
 * nothing is allocated, ends are recorded and spoil nobody else. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "dynamics/internal.h"
#include "dynamics/registry.h"
#include "flight.h"

enum { B = 64, STEPS = 200 };

static long hops;

/* Methods are not told of exchanges of two states, which are no hops to them: the gap is 0. */
static void count_hop(void *context, const dia_hop_event *event)
{
    (void)context;
    hops += event->gap != 0.0;
}

/* Frustrated hops that turned the trajectory round. */
static void count_turn(void *context, const dia_hop_event *event)
{
    const dia_block *s = context;
    for (int b = 0; b < s->count; b++)
        hops += !event->accepted && s->trajectory[b] == event->trajectory &&
                memcmp(s->V + b * s->ncart, event->velocity, (size_t)s->ncart * sizeof(double)) != 0;
}

/* What becomes of a frustrated hop is decided by the trajectory's own forces and velocities, whichever row of a block it is in. */
static void frustrated_trajectory_is_the_same_everywhere(void **unused)
{
    (void)unused;
    hops = 0;
    for (int adjust = 0; adjust <= DIA_ADJUST_COUPLING_THEN_VELOCITY; adjust++) {
        dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
        d.adjust = adjust;
        d.frustrated = DIA_FRUSTRATED_JASPER_TRUHLAR;
        dia_block *all = flight_block(flight_shared, &d, B), *one = flight_block(flight_shared, &d, 1);
        flight_start(all, B, 100, 1, 0.004);
        all->on_hop = count_turn;
        all->on_hop_context = all;
        flight_fly(all, 2 * STEPS);
        for (int b = 0; b < B; b++) {
            flight_start(one, 1, 100 + b, 1, 0.004);
            flight_fly(one, 2 * STEPS);
            assert_true(flight_same(all, b, one, 0));
        }
        dia_block_free(all);
        dia_block_free(one);
        flight_dynamics_free(&d);
    }
    assert_true(hops > 30); /* turned round, each in row b of many */
}

static void trajectory_is_the_same_everywhere(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
    flight_decohere(&d);
    dia_block *all = flight_block(flight_shared, &d, B), *one = flight_block(flight_shared, &d, 1),
              *some = flight_block(flight_shared, &d, 7);
    flight_start(all, B, 100, 2, 0.02);
    all->on_hop = count_hop;
    hops = 0;
    flight_fly(all, STEPS);
    assert_true(hops > B); /* else hopping was not tested */
    for (int b = 0; b < B; b += 5) {
        flight_start(one, 1, 100 + b, 2, 0.02);
        flight_fly(one, STEPS);
        assert_true(flight_same(all, b, one, 0));
    }
    flight_start(some, 7, 120, 2, 0.02);
    flight_fly(some, STEPS);
    for (int b = 0; b < 7; b++)
        assert_true(flight_same(all, 20 + b, some, b));
    dia_block_free(all);
    dia_block_free(one);
    dia_block_free(some);
    flight_dynamics_free(&d);
}

/* So is one in a mean field, the state that it points at included: its changes are no hops that are paid for. */
static void mean_field_is_the_same_everywhere(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("csdm", 10.0, 1e9);
    dia_block *all = flight_block(flight_shared, &d, B), *one = flight_block(flight_shared, &d, 1);
    flight_start(all, B, 100, 2, 0.02);
    flight_fly(all, STEPS);
    int changed = 0;
    for (int b = 0; b < B; b++) {
        flight_start(one, 1, 100 + b, 2, 0.02);
        flight_fly(one, STEPS);
        assert_true(flight_same(all, b, one, 0));
        changed += all->active[b] != 2;
    }
    assert_in_range(changed, B / 4, B);
    dia_block_free(all);
    dia_block_free(one);
    flight_dynamics_free(&d);
}

static void seed_and_number_make_the_hops(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9), other = d;
    other.seed = d.seed + 1;
    dia_block *x = flight_block(flight_shared, &d, B), *y = flight_block(flight_shared, &other, B);
    flight_start(x, B, 0, 2, 0.02);
    flight_start(y, B, 0, 2, 0.02);
    flight_fly(x, STEPS);
    flight_fly(y, STEPS);
    int differ = 0;
    for (int b = 0; b < B; b++)
        differ += !flight_same(x, b, y, b);
    assert_true(differ > B / 4);
    dia_block_free(x);
    dia_block_free(y);
    flight_dynamics_free(&d);
}

static void restart(const char *method)
{
    dia_error error = {0};
    dia_dynamics d = flight_dynamics(method, 10.0, 1e9);
    flight_decohere(&d);
    dia_block *straight = flight_block(flight_shared, &d, B), *resumed = flight_block(flight_shared, &d, B);
    flight_start(straight, B - 3, 0, 2, 0.02);
    flight_fly(straight, STEPS / 2);
    straight->fate[5] = DIA_FATE_DRIFT;
    const size_t size = dia_block_save_size(straight);
    char *bytes = malloc(size);
    assert_non_null(bytes);
    dia_block_save(straight, bytes);
    assert_ok(dia_block_restore(resumed, bytes, size, &error), &error);
    flight_fly(straight, STEPS / 2);
    flight_fly(resumed, STEPS / 2);
    assert_int_equal(resumed->count, straight->count);
    assert_int_equal(resumed->step, straight->step);
    for (int b = 0; b < straight->count; b++) {
        assert_true(flight_same(straight, b, resumed, b));
        assert_close(resumed->energy0[b], straight->energy0[b], 0.0, 0.0);
    }
    /* Bytes that cannot be right are refused and change nothing. */
    assert_int_equal(dia_block_restore(resumed, bytes, size - 1, &error), DIA_ERROR_FILE);
    bytes[0] ^= 1;
    assert_int_equal(dia_block_restore(resumed, bytes, size, NULL), DIA_ERROR_FILE);
    bytes[0] ^= 1;
    bytes[64 + (size_t)straight->count * 8 + 2] = 0x7f; /* a state that does not exist */
    assert_int_equal(dia_block_restore(resumed, bytes, size, NULL), DIA_ERROR_FILE);
    for (int b = 0; b < straight->count; b++)
        assert_true(flight_same(straight, b, resumed, b));
    free(bytes);
    dia_block_free(straight);
    dia_block_free(resumed);
    flight_dynamics_free(&d);
}

static void restart_is_bitwise(void **unused)
{
    (void)unused;
    restart("fewest_switches");
    restart("landau_zener"); /* looks at two steps */
}

/* ---- methods with memory --------------------------------------------------------------------- */

/* Hops as fewest switches does, and remembers of each trajectory: steps, attempted hops, the integral of the gap S1-S0 over
 * time, the last of its own random numbers, and the largest force between the lowest states (asked of the model). Its
 * start turns the phase of the amplitudes and notes that it was there. */
enum { STEPS_SEEN, HOPS_SEEN, GAP_INTEGRAL, LAST_RANDOM, LARGEST_FORCE, STARTED, MEMORY };

static dia_status witness_prepare(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self;
    if (shape->nstate < 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "wants two states, the model has %d", shape->nstate);
    *size = MEMORY;
    return DIA_OK;
}

static void witness_start(const void *self, const dia_step_view *view, int b, double *memory, double *c, int *active)
{
    (void)self, (void)active;
    const double phase = view->random(view, b, 0);
    memory[STARTED] = 1.0 + phase;
    c[2 * view->active[b]] = cos(phase);
    c[2 * view->active[b] + 1] = sin(phase);
}

static void witness_step(const dia_step_view *view, double *memory)
{
    for (int q = 0; q < view->nflying; q++)
        dia_weight_pair(view->after, view->flying[q], 0, 1, view->W + q * view->npacked);
    assert_ok(view->contract(view, view->nflying, view->flying, view->W, view->answers), NULL);
    for (int q = 0; q < view->nflying; q++) {
        const int b = view->flying[q];
        double *own = memory + b * MEMORY;
        const double *E = view->after->E + b * view->nstate, *E0 = view->before->E + b * view->nstate;
        own[STEPS_SEEN]++;
        own[GAP_INTEGRAL] += 0.5 * view->dt * (E[1] - E[0] + E0[1] - E0[0]);
        own[LAST_RANDOM] = view->random(view, b, 3);
        for (int c = 0; c < view->ncart; c++)
            own[LARGEST_FORCE] = fmax(own[LARGEST_FORCE], fabs(view->answers[q * view->ncart + c]));
    }
}

static void witness_propose(const void *self, const dia_step_view *view, double *memory, int *target)
{
    witness_step(view, memory);
    dia_hop_type_find("fewest_switches")->propose(self, view, NULL, target);
}

static void witness_after(const void *self, const dia_step_view *view, int b, int from, int to, bool accepted,
                          double *memory, double *c)
{
    (void)self, (void)c;
    assert_true(from != to && view->active[b] == (accepted ? to : from));
    memory[HOPS_SEEN]++;
}

static void witness_decohere(const void *self, const dia_step_view *view, double *memory, double *c)
{
    (void)self, (void)c;
    witness_step(view, memory);
}

static void decoherence_start(const void *self, const dia_step_view *view, int b, double *memory)
{
    (void)self;
    memory[STARTED] = 1.0 + view->random(view, b, 0) + view->kinetic[b];
}

static const dia_hop_type witness_hop = {
    .version = DIA_EXTEND_VERSION,
    .name = "witness",
    .prepare = witness_prepare,
    .start = witness_start,
    .propose = witness_propose,
    .after = witness_after,
};
static const dia_decoherence_type witness_decoherence = {
    .version = DIA_EXTEND_VERSION,
    .name = "witness",
    .prepare = witness_prepare,
    .start = decoherence_start,
    .after = witness_after,
    .decohere = witness_decohere,
};

static dia_dynamics witness_dynamics(void)
{
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
    d.hop = &witness_hop;
    d.decoherence = &witness_decoherence;
    return d;
}

static const double *memory_of(const dia_block *s, int which, int b)
{
    return dia_block_memory(s, which, b);
}

static void assert_same_memory(const dia_block *x, int b, const dia_block *y, int c)
{
    assert_true(flight_same(x, b, y, c));
    for (int which = ROW_HOP; which <= ROW_DECOHERENCE; which++)
        assert_memory_equal(memory_of(x, which, b), memory_of(y, which, c), MEMORY * sizeof(double));
}

/* The memory of a method follows its trajectory: the same in a block of any size and after a restart. */
static void memory_is_the_trajectorys(void **unused)
{
    (void)unused;
    dia_error error = {0};
    dia_dynamics d = witness_dynamics();
    dia_block *all = flight_block(flight_shared, &d, B), *one = flight_block(flight_shared, &d, 1),
              *resumed = flight_block(flight_shared, &d, B);
    flight_start(all, B, 100, 2, 0.02);
    all->on_hop = count_hop;
    hops = 0;
    flight_fly(all, STEPS / 2);
    const size_t size = dia_block_save_size(all);
    char *bytes = malloc(size);
    assert_non_null(bytes);
    dia_block_save(all, bytes);
    assert_ok(dia_block_restore(resumed, bytes, size, &error), &error);
    flight_fly(all, STEPS / 2);
    flight_fly(resumed, STEPS / 2);
    double seen[2] = {0.0, 0.0}, divided = 0.0;
    for (int b = 0; b < B; b++) {
        assert_same_memory(all, b, resumed, b);
        for (int i = 0; i < 2; i++) {
            const double *own = memory_of(all, ROW_HOP + i, b);
            assert_true(own[STEPS_SEEN] >= STEPS); /* each piece of a divided step counts */
            divided += own[STEPS_SEEN] - STEPS;
            assert_true(own[STARTED] > 1.0 && own[GAP_INTEGRAL] > 0.0 && own[LARGEST_FORCE] > 0.0);
            seen[i] += own[HOPS_SEEN];
        }
        const double *hop = memory_of(all, ROW_HOP, b), *decoherence = memory_of(all, ROW_DECOHERENCE, b);
        assert_true(hop[LAST_RANDOM] != decoherence[LAST_RANDOM]); /* streams of their own */
        assert_close(hop[GAP_INTEGRAL], decoherence[GAP_INTEGRAL], 0.0, 0.0);
        if (b > 0)
            assert_true(hop[LAST_RANDOM] != memory_of(all, ROW_HOP, b - 1)[LAST_RANDOM]);
    }
    assert_true(hops > B);
    assert_true(divided > 2 * B); /* else it was not tested */
    assert_close(seen[0], (double)hops, 0.0, 0.0);
    assert_close(seen[1], (double)hops, 0.0, 0.0);
    for (int b = 0; b < B; b += 9) {
        flight_start(one, 1, 100 + b, 2, 0.02);
        flight_fly(one, STEPS);
        assert_same_memory(all, b, one, 0);
    }
    /* Bytes of methods with memory are refused by those without. */
    d.hop = dia_hop_type_find("fewest_switches");
    dia_block *other = flight_block(flight_shared, &d, B);
    assert_int_equal(dia_block_restore(other, bytes, size, &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "other methods"));
    free(bytes);
    dia_block_free(all);
    dia_block_free(one);
    dia_block_free(resumed);
    dia_block_free(other);
    flight_dynamics_free(&d);
}

/* A step that is undone is undone in the memory, too; the others go on. */
static void memory_of_a_lost_trajectory(void **unused)
{
    (void)unused;
    dia_dynamics d = witness_dynamics();
    dia_model *bounded = flight_model(0.6);
    dia_block *free_block = flight_block(flight_shared, &d, B), *block = flight_block(bounded, &d, B);
    flight_start(free_block, B, 0, 2, 0.02);
    flight_start(block, B, 0, 2, 0.02);
    double expected[B][MEMORY];
    int lost = 0;
    for (int i = 0; i < STEPS; i++) {
        for (int b = 0; b < B; b++)
            if (block->fate[b] == DIA_FATE_FLYING)
                memcpy(expected[b], memory_of(free_block, ROW_HOP, b), sizeof expected[b]);
        flight_fly(free_block, 1);
        flight_fly(block, 1);
    }
    for (int b = 0; b < B; b++) {
        if (block->fate[b] == DIA_FATE_FLYING) {
            assert_same_memory(block, b, free_block, b);
        } else {
            lost++;
            assert_memory_equal(memory_of(block, ROW_HOP, b), expected[b], sizeof expected[b]);
        }
    }
    assert_true(lost > 0 && lost < B);
    /* Lost at the end of a step, when the methods have had their say. */
    double before[2][MEMORY];
    for (int i = 0; i < 2; i++)
        memcpy(before[i], memory_of(free_block, ROW_HOP + i, 3), sizeof before[i]);
    flight_fly(free_block, 1);
    assert_true(memory_of(free_block, ROW_HOP, 3)[STEPS_SEEN] > before[0][STEPS_SEEN]);
    dia_block_lose(free_block, 3);
    for (int i = 0; i < 2; i++)
        assert_memory_equal(memory_of(free_block, ROW_HOP + i, 3), before[i], sizeof before[i]);
    dia_block_free(free_block);
    dia_block_free(block);
    dia_model_free(bounded);
    flight_dynamics_free(&d);
}

/* The amplitudes are those that the method's start has set. */
static void start_of_a_method(void **unused)
{
    (void)unused;
    dia_dynamics d = witness_dynamics();
    dia_block *block = flight_block(flight_shared, &d, 3);
    flight_start(block, 3, 40, 1, 0.02);
    for (int b = 0; b < 3; b++) {
        double c[2 * FLIGHT_STATES];
        const double phase = memory_of(block, ROW_HOP, b)[STARTED] - 1.0;
        dia_block_amplitudes(block, b, c);
        assert_close(c[2], cos(phase), 0.0, 1e-14); /* turned into the diabatic basis and back */
        assert_close(c[3], sin(phase), 0.0, 1e-14);
    }
    dia_block_free(block);
    flight_dynamics_free(&d);
}

static dia_status three_states(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self, (void)size;
    return dia_error_set(error, DIA_ERROR_INPUT, "is for two states, the model has %d", shape->nstate);
}

static dia_status too_much(const void *self, const dia_shape *shape, size_t *size, dia_error *error)
{
    (void)self, (void)shape, (void)error;
    *size = SIZE_MAX / 4;
    return DIA_OK;
}

static void method_refuses_a_model(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
    dia_hop_type hop = witness_hop;
    dia_error error = {0};
    dia_block *block = NULL;
    d.hop = &hop;
    hop.prepare = three_states;
    assert_int_equal(dia_block_create(&block, flight_shared, &d, 4, &error), DIA_ERROR_INPUT);
    assert_null(block);
    assert_string_equal(error.text, "dynamics.method: witness: is for two states, the model has 3");
    hop.prepare = too_much;
    dia_error_clear(&error);
    assert_int_equal(dia_block_create(&block, flight_shared, &d, 4, &error), DIA_ERROR_MEMORY);
    dia_error_clear(&error);
    assert_int_equal(dia_block_create(&block, flight_shared, &d, 0, &error), DIA_ERROR_INPUT);
    flight_dynamics_free(&d);
}

static void allocate_nothing(const char *method)
{
    dia_dynamics d = flight_dynamics(method, 10.0, 1e9);
    flight_decohere(&d);
    d.frustrated = DIA_FRUSTRATED_JASPER_TRUHLAR;
    d.dissociation = 100.0;
    d.drift = 1.0;
    dia_block *block = flight_block(flight_shared, &d, B);
    flight_start(block, B, 0, 2, 0.02);
    block->on_hop = count_hop;
    flight_fly(block, 1); /* BLAS may set itself up at its first call */
    hops = 0;
    const long before = allocations_count();
    flight_fly(block, STEPS);
    const long after = allocations_count();
    assert_true(hops > 0);
    assert_int_equal(after - before, 0);
    dia_block_free(block);
    flight_dynamics_free(&d);
}

static void nothing_is_allocated(void **unused)
{
    (void)unused;
    allocate_nothing("fewest_switches");
    allocate_nothing("landau_zener");
}

/* A trajectory that runs into NaN stops where it was; the others fly as if it were not there. */
static void nan_is_one_trajectorys_fate(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
    dia_model *bounded = flight_model(0.6);
    dia_block *free_block = flight_block(flight_shared, &d, B), *block = flight_block(bounded, &d, B);
    flight_start(free_block, B, 0, 2, 0.02);
    flight_start(block, B, 0, 2, 0.02);
    int lost = 0;
    for (int i = 0; i < STEPS; i++) {
        flight_fly(free_block, 1);
        flight_fly(block, 1);
        for (int b = 0; b < B; b++)
            if (block->fate[b] == DIA_FATE_FLYING)
                assert_true(flight_same(block, b, free_block, b));
    }
    for (int b = 0; b < B; b++) {
        if (block->fate[b] == DIA_FATE_FLYING)
            continue;
        lost++;
        assert_int_equal(block->fate[b], DIA_FATE_NAN);
        assert_true(block->R[b * FLIGHT_NCART] <= 0.6);
        assert_true(isfinite(block->potential[b] + block->kinetic[b] + block->c[b * 6] + block->G[b * FLIGHT_NCART]));
        assert_close(block->potential[b] + block->kinetic[b], block->energy0[b], 1e-3, 1e-3); /* as Verlet keeps it */
    }
    assert_true(lost > 0 && lost < B);
    assert_int_equal(dia_block_flying(block), B - lost);
    dia_block_free(block);
    dia_block_free(free_block);
    dia_model_free(bounded);
    flight_dynamics_free(&d);
}

static void start_at_nan(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
    dia_block *block = flight_block(flight_shared, &d, 2);
    double R[2 * FLIGHT_NCART] = {0}, V[2 * FLIGHT_NCART] = {0};
    R[3] = NAN;
    assert_ok(dia_block_start(block, 2, (int64_t[]){4, 5}, R, V, (int[]){1, 1}, NULL), NULL);
    assert_int_equal(block->fate[0], DIA_FATE_NAN);
    assert_int_equal(block->fate[1], DIA_FATE_FLYING);
    dia_error error = {0};
    assert_int_equal(dia_block_start(block, 1, (int64_t[]){4}, R, V, (int[]){3}, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "state 3"));
    dia_block_free(block);
    flight_dynamics_free(&d);
}

static void flights_end(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("none", 10.0, 95.0);
    dia_block *block = flight_block(flight_shared, &d, 2);
    flight_start(block, 2, 0, 0, 0.01);
    assert_int_equal(dia_dynamics_steps(&d), 10);
    flight_fly(block, 9);
    assert_int_equal(dia_block_flying(block), 2);
    flight_fly(block, 5); /* the last four do nothing */
    assert_int_equal(block->step, 10);
    assert_int_equal(block->fate[0], DIA_FATE_FINISHED);
    dia_block_free(block);

    d.duration = 1e9;
    d.drift = 1e-12; /* Verlet cannot do that */
    block = flight_block(flight_shared, &d, 2);
    flight_start(block, 2, 0, 0, 0.01);
    flight_fly(block, 5);
    assert_int_equal(block->fate[1], DIA_FATE_DRIFT);
    dia_block_free(block);

    /* Atoms 0 and 1 at the origin, atom 2 beyond the limit of the nearest of them, or just inside it. */
    d.drift = 0.0;
    d.dissociation = 3.0;
    block = flight_block(flight_shared, &d, 3);
    double R[3 * FLIGHT_NCART] = {0}, V[3 * FLIGHT_NCART] = {0};
    for (int b = 0; b < 3; b++)
        R[b * FLIGHT_NCART + 3] = 2.5; /* atom 1 at x = 2.5 */
    R[6] = 5.2;                        /* atom 2 at 5.2: 2.7 from atom 1 */
    R[FLIGHT_NCART + 6] = 6.0;         /* 3.5 from atom 1 */
    R[2 * FLIGHT_NCART + 6] = 2.5;
    R[2 * FLIGHT_NCART + 7] = 3.1; /* 3.1 from atom 1, 4.0 from atom 0 */
    assert_ok(dia_block_start(block, 3, (int64_t[]){0, 1, 2}, R, V, (int[]){0, 0, 0}, NULL), NULL);
    assert_int_equal(block->fate[0], DIA_FATE_FLYING);
    assert_int_equal(block->fate[1], DIA_FATE_DISSOCIATED);
    assert_int_equal(block->fate[2], DIA_FATE_DISSOCIATED);
    dia_block_free(block);
    flight_dynamics_free(&d);
}

/* |c|^2 = 1 after a thousand steps with hops, without decoherence and with it: each step ends with amplitudes of norm 1, so that
 * only the rounding of one turn is left, a few eps. (Without that the norm grows by 3 eps a step.) */
static void norm_is_kept(void **unused)
{
    (void)unused;
    for (int damped = 0; damped < 2; damped++) {
        dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
        if (damped)
            flight_decohere(&d);
        dia_block *block = flight_block(flight_shared, &d, B);
        flight_start(block, B, 0, 2, 0.02);
        flight_fly(block, 1000);
        for (int b = 0; b < B; b++) {
            double c[2 * FLIGHT_STATES], norm = 0.0;
            dia_block_amplitudes(block, b, c);
            for (int i = 0; i < 2 * FLIGHT_STATES; i++)
                norm += c[i] * c[i];
            assert_close(norm, 1.0, 0.0, 1e-14);
        }
        dia_block_free(block);
        flight_dynamics_free(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trajectory_is_the_same_everywhere),
        cmocka_unit_test(mean_field_is_the_same_everywhere),
        cmocka_unit_test(frustrated_trajectory_is_the_same_everywhere),
        cmocka_unit_test(seed_and_number_make_the_hops),
        cmocka_unit_test(restart_is_bitwise),
        cmocka_unit_test(memory_is_the_trajectorys),
        cmocka_unit_test(memory_of_a_lost_trajectory),
        cmocka_unit_test(start_of_a_method),
        cmocka_unit_test(method_refuses_a_model),
        cmocka_unit_test(nothing_is_allocated),
        cmocka_unit_test(nan_is_one_trajectorys_fate),
        cmocka_unit_test(start_at_nan),
        cmocka_unit_test(flights_end),
        cmocka_unit_test(norm_is_kept),
    };
    return cmocka_run_group_tests(tests, flight_setup, flight_teardown);
}
