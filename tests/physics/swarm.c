/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One swarm is the same file for any number of threads and however often it is interrupted; one trajectory is as in the
 * swarm. */
#include "check.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/rng.h"
#include "scene.h"

static void any_number_of_threads_writes_the_same_bytes(void **state)
{
    (void)state;
    scene s;
    scene_prepare(&s, scene_tully);
    scene_fly(&s, "one.h5", 1);
    scene_fly(&s, "two.h5", 2);
    scene_fly(&s, "five.h5", 5);
    scene_assert_same_bytes("one.h5", "two.h5");
    scene_assert_same_bytes("one.h5", "five.h5");
    scene_clear(&s);
}

/* Killed (-9) or asked to stop (TERM) at random moments, flown on until done. */
static void interrupted_flights_end_as_if_undisturbed(void **state)
{
    (void)state;
    scene s;
    scene_prepare(&s, scene_tully);
    scene_fly(&s, "undisturbed.h5", 2);
    /* How long a flight takes that saves as often as those below: what patience is measured by, on any machine. */
    struct timespec before, after;
    int landed = -1;
    unlink("disturbed.h5");
    unlink("disturbed.h5.journal"); /* of a test that was killed */
    clock_gettime(CLOCK_MONOTONIC, &before);
    const pid_t whole = scene_take_off(&s, "disturbed.h5", 1, 0.002);
    assert_int_equal(waitpid(whole, &landed, 0), whole);
    clock_gettime(CLOCK_MONOTONIC, &after);
    assert_int_equal(landed, 0);
    const double duration = (double)(after.tv_sec - before.tv_sec) * 1e9 + (double)(after.tv_nsec - before.tv_nsec);
    const uint64_t seed = check_seed(1);
    int interruptions = 0;
    for (uint64_t round = 0; round < 2; round++) {
        int result = -1;
        unlink("disturbed.h5");
        for (uint32_t i = 0; result != 0; i++) {
            double patience = dia_rng_uniform(seed, round, i, DIA_PURPOSE_TEST, 0);
            /* first almost at once, so that also the start is hit; then longer, so that an end is reached */
            const double share = 0.3 * patience * (i > 10 ? 4.0 : 1.0) * (i == 0 ? 0.1 : 1.0);
            const double length = fmin(1e6 + share * duration, 9e8);
            struct timespec pause = {.tv_nsec = (long)length};
            pid_t child = scene_take_off(&s, "disturbed.h5", 1 + (int)(i % 2), 0.002);
            nanosleep(&pause, NULL);
            kill(child, (round + i) % 2 == 0 ? SIGKILL : SIGTERM);
            assert_int_equal(waitpid(child, &result, 0), child);
            assert_true(WIFSIGNALED(result) || WEXITSTATUS(result) == DIA_OK ||
                        WEXITSTATUS(result) == DIA_ERROR_INTERRUPTED);
            interruptions += result != 0;
            assert_true(i < 200);
        }
        scene_assert_same_bytes("undisturbed.h5", "disturbed.h5");
        assert_int_not_equal(access("disturbed.h5.journal", F_OK), 0);
    }
    print_message("%d interruptions\n", interruptions);
    assert_true(interruptions >= 6); /* else the test tests nothing on this machine: scene_fly longer */
    scene_clear(&s);
}

static const char *const big[] = {"trajectories/active",   "trajectories/potential",  "trajectories/kinetic",
                                  "trajectories/energies", "trajectories/amplitudes", "trajectories/position",
                                  "trajectories/velocity", "initial/position",        "initial/velocity",
                                  "initial/amplitudes"};

static void a_trajectory_alone_is_the_same_trajectory(void **state)
{
    (void)state;
    enum { CHOSEN = 20 }; /* which hops three times */
    scene s;
    scene_prepare(&s, scene_tully);
    scene_fly(&s, "all.h5", 2);
    dia_flight whole = s.flight;
    s.flight.count = 1;
    s.flight.number += CHOSEN;
    s.flight.R += CHOSEN;
    s.flight.V += CHOSEN;
    s.flight.state += CHOSEN;
    s.flight.c += 4 * CHOSEN;
    s.flight.weight += CHOSEN;
    scene_fly(&s, "alone.h5", 1);
    s.flight = whole;
    dia_swarm *all = NULL, *alone = NULL;
    dia_error error = {0};
    assert_ok(dia_swarm_open(&all, "all.h5", &error), &error);
    assert_ok(dia_swarm_open(&alone, "alone.h5", &error), &error);
    assert_int_equal(alone->N, 1);
    assert_int_equal(alone->number[0], CHOSEN);
    assert_int_equal(alone->fate[0], all->fate[CHOSEN]);
    assert_int_equal(alone->stop[0], all->stop[CHOSEN]);
    for (size_t i = 0; i < sizeof big / sizeof big[0]; i++)
        scene_assert_same_rows(all, CHOSEN, alone, 0, big[i]);
    int64_t first = 0;
    while (first < all->hops.count && all->hops.trajectory[first] < CHOSEN)
        first++;
    assert_true(alone->hops.count > 0); /* or choose another that hops */
    for (int64_t i = 0; i < alone->hops.count; i++) {
        assert_int_equal(alone->hops.trajectory[i], CHOSEN);
        assert_int_equal(all->hops.trajectory[first + i], CHOSEN);
        assert_true(alone->hops.time[i] == all->hops.time[first + i] && alone->hops.gap[i] == all->hops.gap[first + i]);
    }
    assert_true(first + alone->hops.count == all->hops.count ||
                all->hops.trajectory[first + alone->hops.count] > CHOSEN);
    dia_swarm_close(all);
    dia_swarm_close(alone);
    scene_clear(&s);
}

/* A flight of so many samples that the file is written in windows (assemble.c: two trajectories of 14 numbers a sample, and
 * means, 464 bytes of 128 MB) holds what one of every thousandth sample holds. */
static void a_long_flight_is_the_same_flight(void **state)
{
    (void)state;
    enum { COUNT = 2, LONG = 300000, RARE = 1000, T = LONG / RARE + 1 };
    scene s;
    scene_prepare(&s, "{type: jahn_teller}"); /* bound: its energy never rests */
    s.dynamics.duration = LONG;
    s.flight.count = COUNT;
    s.flight.steps = LONG;
    s.flight.every = RARE;
    scene_fly(&s, "rare.h5", 1);
    s.flight.every = 1;
    scene_fly(&s, "every.h5", 1);
    dia_swarm *rare = NULL, *every = NULL;
    dia_error error = {0};
    assert_ok(dia_swarm_open(&rare, "rare.h5", &error), &error);
    assert_ok(dia_swarm_open(&every, "every.h5", &error), &error);
    assert_int_equal(rare->T, T);
    assert_int_equal(every->T, LONG + 1);
    for (size_t i = 0; i < 7; i++) { /* those over time */
        const size_t row = dia_swarm_row_size(rare, big[i]), width = row / T, whole = dia_swarm_row_size(every, big[i]);
        double *a = malloc(COUNT * row * sizeof *a), *b = malloc(COUNT * whole * sizeof *b);
        assert_ok(dia_swarm_rows(rare, big[i], 0, COUNT, a, &error), &error);
        assert_ok(dia_swarm_rows(every, big[i], 0, COUNT, b, &error), &error);
        for (size_t j = 0; j < COUNT; j++)
            for (size_t t = 0; t < T; t++)
                assert_memory_equal(a + j * row + t * width, b + j * whole + t * RARE * width, width * sizeof *a);
        free(a);
        free(b);
    }
    for (size_t t = 0; t < T; t++)
        for (size_t k = 0; k < 2; k++) {
            const size_t at = 2 * t + k, there = 2 * t * RARE + k;
            assert_true(rare->active[at] == every->active[there] && rare->diabatic[at] == every->diabatic[there]);
            assert_memory_equal(&rare->electronic_error[at], &every->electronic_error[there], sizeof(double));
        }
    static double potential[LONG + 1], kinetic[LONG + 1];
    for (int64_t j = 0; j < COUNT; j++) {
        double drift = 0;
        assert_ok(dia_swarm_rows(every, "trajectories/potential", j, 1, potential, &error), &error);
        assert_ok(dia_swarm_rows(every, "trajectories/kinetic", j, 1, kinetic, &error), &error);
        for (size_t t = 0; t <= LONG; t++)
            drift = fmax(drift, fabs(potential[t] + kinetic[t] - potential[0] - kinetic[0]));
        assert_true(every->drift[j] == drift && every->end[j] == rare->end[j]);
    }
    dia_swarm_close(rare);
    dia_swarm_close(every);
    scene_clear(&s);
}

/* Stopped while the file is written: no file, the journal stays, and gives the file later. */
static void a_stop_while_writing_leaves_the_journal(void **state)
{
    (void)state;
    scene s;
    scene_prepare(&s, scene_tully);
    scene_fly(&s, "unstopped.h5", 1);
    char *stored;
    dia_error error = {0};
    dia_journal *journal = NULL;
    dia_flight_progress last;
    volatile int now = 0;
    const dia_control control = {.threads = 1, .stop = &now};
    unlink("stopped.h5");
    assert_ok(dia_flight_journal(&s.flight, &journal, "stopped.h5.journal", true, &stored, &error), &error);
    assert_ok(dia_flight_fly(&s.flight, journal, 1e9, &control, &last, &error), &error);
    now = 1;
    assert_int_equal(dia_flight_assemble(&s.flight, journal, "stopped.h5", &control, &error), DIA_ERROR_INTERRUPTED);
    assert_int_not_equal(access("stopped.h5", F_OK), 0);
    assert_int_not_equal(access("stopped.h5.tmp", F_OK), 0);
    dia_error_clear(&error);
    now = 0;
    assert_ok(dia_flight_assemble(&s.flight, journal, "stopped.h5", &control, &error), &error);
    dia_journal_remove(journal);
    scene_assert_same_bytes("unstopped.h5", "stopped.h5");
    scene_clear(&s);
}

static void stop_at_once(void *context, const dia_progress_state *state)
{
    (void)state;
    *(volatile int *)context = 1;
}

static void hear(void *context, const char *text)
{
    snprintf(context, 500, "%s", text);
}

/* A flight that was begun where sampling rounds otherwise goes on with the initial conditions of its journal, and says
 * so; when it is complete, it is complete here too. Damaged conditions are not taken. */
static void goes_on_with_the_conditions_of_the_journal(void **state)
{
    (void)state;
    static const char text[] =
        "{model: {type: tully, variant: dual_crossing}, initial: {sampling: fixed, position: [-8],"
        " momentum: [20], momentum_width: [2], state: 0, trajectories: 20}, dynamics: {timestep:"
        " 0.1 fs, duration: 2 fs}, output: {file: elsewhere.h5}}";
    const dia_input input = {.text = text};
    dia_error error = {0};
    for (int damaged = 0; damaged < 2; damaged++) {
        dia_run_plan *plan;
        dia_journal *journal;
        char *stored, heard[500] = "";
        unlink("elsewhere.h5");
        unlink("elsewhere.h5.journal");
        assert_ok(dia_run_plan_make(&plan, &input, NULL, &error), &error);
        const double here = plan->initial.R[3], there = nextafter(here, 0.0);
        plan->initial.R[3] = there;
        dia_flight flight = plan->flight;
        assert_ok(dia_flight_journal(&flight, &journal, "elsewhere.h5.journal", false, &stored, &error), &error);
        assert_null(stored);
        dia_flight_progress last;
        volatile int now = 0;
        const dia_control control = {.threads = 1, .stop = &now, .context = (void *)&now, .progress = stop_at_once};
        assert_int_equal(dia_flight_fly(&flight, journal, 0, &control, &last, &error), DIA_ERROR_INTERRUPTED);
        dia_error_clear(&error);
        dia_journal_close(journal);
        dia_run_plan_free(plan);
        if (damaged) {
            size_t size;
            unsigned char *bytes = scene_bytes("elsewhere.h5.journal", &size), *at = NULL;
            for (size_t i = 0; i + sizeof there <= size && at == NULL; i++)
                at = memcmp(bytes + i, &there, sizeof there) == 0 ? bytes + i : NULL;
            assert_non_null(at);
            *at ^= 4;
            FILE *file = fopen("elsewhere.h5.journal", "wb");
            assert_int_equal(fwrite(bytes, 1, size, file), size);
            fclose(file);
            free(bytes);
        }
        const dia_control listener = {.threads = 1, .warning = hear, .context = heard};
        dia_run_result result;
        const dia_status status = dia_run(&input, NULL, &listener, &result, &error);
        if (damaged) {
            assert_int_equal(status, DIA_ERROR_FILE);
            assert_non_null(strstr(error.text, "initial conditions in the journal are damaged"));
            dia_error_clear(&error);
            continue;
        }
        assert_ok(status, &error);
        assert_non_null(strstr(heard, "differ from those sampled here by rounding"));
        dia_swarm *swarm;
        double R;
        assert_ok(dia_swarm_open(&swarm, "elsewhere.h5", &error), &error);
        assert_ok(dia_swarm_rows(swarm, "initial/position", 3, 1, &R, &error), &error);
        assert_true(R == there && R != here);
        dia_swarm_close(swarm);
        assert_ok(dia_run(&input, NULL, &listener, &result, &error), &error);
        assert_true(result.complete);
    }
}

/* Each trajectory passes fifteen trivial crossings in one step, which is divided there: more hops than a step is expected to make.
 * All are recorded, and each goes on from the state and the energy of the one before. */
static void a_step_may_make_many_hops(void **state)
{
    (void)state;
    enum { STATES = 16, TRAJECTORIES = 16 };
    static const char text[] =
        "model: {type: fan, states: 16}\n"
        "initial: {sampling: fixed, position: [-6], momentum: [40], momentum_width: [1], state: 0, trajectories: 16}\n"
        "dynamics: {method: mash_multistate, timestep: 10 fs, duration: 30 fs, drift: 1000 eV}\n"
        "output: {file: many.h5}\n";
    const dia_input input = {.text = text};
    const dia_control control = {.threads = 1};
    dia_error error = {0};
    dia_run_result result;
    dia_swarm *swarm;
    unlink("many.h5");
    unlink("many.h5.journal");
    assert_ok(dia_run(&input, NULL, &control, &result, &error), &error);
    assert_ok(dia_swarm_open(&swarm, "many.h5", &error), &error);
    const dia_swarm_hops *h = &swarm->hops;
    assert_int_equal(h->count, TRAJECTORIES * (STATES - 1));
    for (int64_t k = 0; k < h->count; k++) {
        const bool first = k % (STATES - 1) == 0;
        assert_int_equal(h->row[k], k / (STATES - 1));
        assert_int_equal(h->from[k], first ? 0 : h->to[k - 1]);
        assert_true(h->accepted[k]);
    }
    dia_swarm_close(swarm);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_writes_the_same_bytes),
        cmocka_unit_test(interrupted_flights_end_as_if_undisturbed),
        cmocka_unit_test(a_trajectory_alone_is_the_same_trajectory),
        cmocka_unit_test(a_long_flight_is_the_same_flight),
        cmocka_unit_test(a_stop_while_writing_leaves_the_journal),
        cmocka_unit_test(goes_on_with_the_conditions_of_the_journal),
        cmocka_unit_test(a_step_may_make_many_hops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
