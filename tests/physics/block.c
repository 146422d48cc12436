/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a block promises whatever the physics: a trajectory is the same trajectory everywhere, a restart is bitwise,
 * nothing is allocated, ends are recorded and spoil nobody else. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"
#include "flight.h"

enum { B = 64, STEPS = 200 };

static dia_model *model;

static int setup(void **state)
{
    (void)state;
    model = flight_model(INFINITY);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    dia_model_free(model);
    return 0;
}

static dia_block *create(const dia_dynamics *dynamics, int capacity)
{
    dia_error error = {0};
    dia_block *block = NULL;
    assert_ok(dia_block_create(&block, model, dynamics, capacity, &error), &error);
    return block;
}

static void fly(dia_block *block, int steps)
{
    for (int i = 0; i < steps; i++)
        assert_ok(dia_block_step(block), NULL);
}

static long hops;

static void count_hop(void *context, const dia_hop_event *event)
{
    (void)context, (void)event;
    hops++;
}

static void trajectory_is_the_same_everywhere(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
    d.decoherence = DIA_DECOHERENCE_ENERGY;
    dia_block *all = create(&d, B), *one = create(&d, 1), *some = create(&d, 7);
    flight_start(all, B, 100, 2, 0.02);
    all->on_hop = count_hop;
    hops = 0;
    fly(all, STEPS);
    assert_true(hops > B); /* else hopping was not tested */
    for (int b = 0; b < B; b += 5) {
        flight_start(one, 1, 100 + b, 2, 0.02);
        fly(one, STEPS);
        assert_true(flight_same(all, b, one, 0));
    }
    flight_start(some, 7, 120, 2, 0.02);
    fly(some, STEPS);
    for (int b = 0; b < 7; b++)
        assert_true(flight_same(all, 20 + b, some, b));
    dia_block_free(all);
    dia_block_free(one);
    dia_block_free(some);
    flight_dynamics_free(&d);
}

static void seed_and_number_make_the_hops(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9), other = d;
    other.seed = d.seed + 1;
    dia_block *x = create(&d, B), *y = create(&other, B);
    flight_start(x, B, 0, 2, 0.02);
    flight_start(y, B, 0, 2, 0.02);
    fly(x, STEPS);
    fly(y, STEPS);
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
    d.decoherence = DIA_DECOHERENCE_ENERGY;
    dia_block *straight = create(&d, B), *resumed = create(&d, B);
    flight_start(straight, B - 3, 0, 2, 0.02);
    fly(straight, STEPS / 2);
    straight->fate[5] = DIA_FATE_DRIFT;
    const size_t size = dia_block_save_size(straight);
    char *bytes = malloc(size);
    assert_non_null(bytes);
    dia_block_save(straight, bytes);
    assert_ok(dia_block_restore(resumed, bytes, size, &error), &error);
    fly(straight, STEPS / 2);
    fly(resumed, STEPS / 2);
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
    bytes[32 + (size_t)straight->count * 8 + 2] = 0x7f; /* a state that does not exist */
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

static void allocate_nothing(const char *method)
{
    dia_dynamics d = flight_dynamics(method, 10.0, 1e9);
    d.decoherence = DIA_DECOHERENCE_ENERGY;
    d.frustrated = DIA_FRUSTRATED_JASPER_TRUHLAR;
    d.dissociation = 100.0;
    d.drift = 1.0;
    dia_block *block = create(&d, B);
    flight_start(block, B, 0, 2, 0.02);
    block->on_hop = count_hop;
    fly(block, 1); /* BLAS may set itself up at its first call */
    hops = 0;
    const long before = allocations_count();
    fly(block, STEPS);
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
    dia_model *bounded = flight_model(0.6), *whole = model;
    dia_block *free_block = create(&d, B);
    model = bounded;
    dia_block *block = create(&d, B);
    model = whole;
    flight_start(free_block, B, 0, 2, 0.02);
    flight_start(block, B, 0, 2, 0.02);
    int lost = 0;
    for (int i = 0; i < STEPS; i++) {
        assert_ok(dia_block_step(free_block), NULL);
        assert_ok(dia_block_step(block), NULL);
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
    dia_block *block = create(&d, 2);
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
    dia_block *block = create(&d, 2);
    flight_start(block, 2, 0, 0, 0.01);
    assert_int_equal(dia_dynamics_steps(&d), 10);
    fly(block, 9);
    assert_int_equal(dia_block_flying(block), 2);
    fly(block, 5); /* the last four do nothing */
    assert_int_equal(block->step, 10);
    assert_int_equal(block->fate[0], DIA_FATE_FINISHED);
    dia_block_free(block);

    d.duration = 1e9;
    d.drift = 1e-12; /* Verlet cannot do that */
    block = create(&d, 2);
    flight_start(block, 2, 0, 0, 0.01);
    fly(block, 5);
    assert_int_equal(block->fate[1], DIA_FATE_DRIFT);
    dia_block_free(block);

    /* Atoms 0 and 1 at the origin, atom 2 beyond the limit of the nearest of them, or just inside it. */
    d.drift = 0.0;
    d.dissociation = 3.0;
    block = create(&d, 3);
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

/* |c|^2 = 1 after a thousand steps with hops and decoherence: some eps a step. */
static void norm_is_kept(void **unused)
{
    (void)unused;
    dia_dynamics d = flight_dynamics("fewest_switches", 10.0, 1e9);
    d.decoherence = DIA_DECOHERENCE_ENERGY;
    dia_block *block = create(&d, B);
    flight_start(block, B, 0, 2, 0.02);
    fly(block, 1000);
    for (int b = 0; b < B; b++) {
        double c[2 * FLIGHT_STATES], norm = 0.0;
        dia_block_amplitudes(block, b, c);
        for (int i = 0; i < 2 * FLIGHT_STATES; i++)
            norm += c[i] * c[i];
        assert_close(norm, 1.0, 0.0, 1e-12);
    }
    dia_block_free(block);
    flight_dynamics_free(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trajectory_is_the_same_everywhere),
        cmocka_unit_test(seed_and_number_make_the_hops),
        cmocka_unit_test(restart_is_bitwise),
        cmocka_unit_test(nothing_is_allocated),
        cmocka_unit_test(nan_is_one_trajectorys_fate),
        cmocka_unit_test(start_at_nan),
        cmocka_unit_test(flights_end),
        cmocka_unit_test(norm_is_kept),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
