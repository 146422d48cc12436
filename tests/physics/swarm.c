/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Swarms as a whole: the same file for any number of threads, however often interrupted; one trajectory as in the
 * swarm; and what the file says agrees with itself. Flights run in child processes, so that they can be killed. */
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
#include "diabolo/swarm.h"
#include "dynamics/registry.h"
#include "swarm/plan.h"

enum { N = 150, STEPS = 3000, EVERY = 20, NCART_MAX = 9 };

typedef struct scene { /* a flight and what it borrows */
    dia_model *model;
    dia_dynamics dynamics;
    dia_flight flight;
    int64_t number[N];
    double R[N * NCART_MAX], V[N * NCART_MAX], weight[N];
    double c[4 * N];
    int state[N];
} scene;

static const char tully[] = "{type: tully, variant: dual_crossing}";

/* Particles come from the left with momenta spread about 25 / bohr, on the lower state, as a superposition; some end when they
 * have passed, or have been on the upper state for long. */
static void prepare(scene *s, const char *model)
{
    dia_error error = {0};
    memset(s, 0, sizeof *s);
    assert_ok(dia_model_parse(&s->model, model, ".", &error), &error);
    const dia_molecule *molecule = dia_model_molecule(s->model);
    assert_ok(dia_dynamics_parse(
                  &s->dynamics,
                  "{timestep: 1 au, duration: 1 au, stop: {passed: x > 27 bohr, up: in state 1 for 900 au}}", &error),
              &error);
    s->dynamics.duration = STEPS;
    s->dynamics.seed = 11;
    for (int j = 0; j < N; j++) {
        s->number[j] = j;
        memcpy(s->c + 4 * j, (const double[]){0.6, 0.0, 0.0, 0.8}, 4 * sizeof *s->c);
        s->weight[j] = 0.5 + dia_rng_uniform(5, (uint64_t)j, 0, DIA_PURPOSE_TEST, 0);
        for (int c = 0; c < molecule->ncart; c++) {
            double kick = dia_rng_normal(5, (uint64_t)j, 1, DIA_PURPOSE_TEST, (uint32_t)c);
            s->R[j * molecule->ncart + c] =
                -8.0 - fabs(dia_rng_normal(5, (uint64_t)j, 2, DIA_PURPOSE_TEST, (uint32_t)c));
            s->V[j * molecule->ncart + c] = (25.0 + 3.0 * kick) / molecule->masses[c / molecule->dimension];
        }
    }
    s->flight = (dia_flight){.model = s->model,
                             .dynamics = &s->dynamics,
                             .count = N,
                             .number = s->number,
                             .R = s->R,
                             .V = s->V,
                             .state = s->state,
                             .c = s->c,
                             .weight = s->weight,
                             .steps = STEPS,
                             .every = EVERY,
                             .full = true,
                             .input = "text of the input\n",
                             .input_path = "input.yaml",
                             .resolved = "seed: 11\n",
                             .model_path = "-"};
}

static void clear(scene *s)
{
    dia_dynamics_close(&s->dynamics);
    dia_model_free(s->model);
}

static volatile sig_atomic_t stop; /* an int */
static void on_signal(int number)
{
    (void)number;
    stop = 1;
}

/* In a child: flies or resumes `path`, and assembles it when all have arrived. Exit status: dia_status. */
static pid_t take_off(const scene *s, const char *path, int nthread, double checkpoint)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    signal(SIGTERM, on_signal);
    char journal_path[200];
    snprintf(journal_path, sizeof journal_path, "%s.journal", path);
    char *stored;
    dia_flight flight = s->flight;
    dia_error error = {0};
    dia_journal *journal = NULL;
    dia_flight_progress last;
    const dia_control control = {.threads = nthread, .stop = &stop};
    dia_status status = dia_flight_journal(&flight, &journal, journal_path, false, &stored, &error);
    if (status == DIA_OK)
        status = dia_flight_fly(&flight, journal, checkpoint, &control, &last, &error);
    if (status == DIA_OK)
        status = dia_flight_assemble(&flight, journal, path, &control, &error);
    if (status == DIA_OK)
        dia_journal_remove(journal);
    else if (status != DIA_ERROR_INTERRUPTED)
        fprintf(stderr, "%s\n", error.text);
    _exit((int)status);
}

static void fly(const scene *s, const char *path, int nthread)
{
    int result;
    unlink(path);
    pid_t child = take_off(s, path, nthread, 1e9);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), DIA_OK);
}

static unsigned char *slurp(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *size = (size_t)ftell(file);
    rewind(file);
    unsigned char *bytes = malloc(*size + 1);
    assert_int_equal(fread(bytes, 1, *size, file), *size);
    fclose(file);
    return bytes;
}

static void assert_same_bytes(const char *a, const char *b)
{
    size_t size_a, size_b;
    unsigned char *bytes_a = slurp(a, &size_a), *bytes_b = slurp(b, &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(bytes_a, bytes_b, size_a);
    free(bytes_a);
    free(bytes_b);
}

static void any_number_of_threads_writes_the_same_bytes(void **state)
{
    (void)state;
    scene s;
    prepare(&s, tully);
    fly(&s, "one.h5", 1);
    fly(&s, "two.h5", 2);
    fly(&s, "five.h5", 5);
    assert_same_bytes("one.h5", "two.h5");
    assert_same_bytes("one.h5", "five.h5");
    clear(&s);
}

/* Killed (-9) or asked to stop (TERM) at random moments, flown on until done. */
static void interrupted_flights_end_as_if_undisturbed(void **state)
{
    (void)state;
    scene s;
    prepare(&s, tully);
    fly(&s, "undisturbed.h5", 2);
    /* How long a flight takes that saves as often as those below: what patience is measured by, on any machine. */
    struct timespec before, after;
    int landed = -1;
    unlink("disturbed.h5");
    unlink("disturbed.h5.journal"); /* of a test that was killed */
    clock_gettime(CLOCK_MONOTONIC, &before);
    const pid_t whole = take_off(&s, "disturbed.h5", 1, 0.002);
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
            pid_t child = take_off(&s, "disturbed.h5", 1 + (int)(i % 2), 0.002);
            nanosleep(&pause, NULL);
            kill(child, (round + i) % 2 == 0 ? SIGKILL : SIGTERM);
            assert_int_equal(waitpid(child, &result, 0), child);
            assert_true(WIFSIGNALED(result) || WEXITSTATUS(result) == DIA_OK ||
                        WEXITSTATUS(result) == DIA_ERROR_INTERRUPTED);
            interruptions += result != 0;
            assert_true(i < 200);
        }
        assert_same_bytes("undisturbed.h5", "disturbed.h5");
        assert_int_not_equal(access("disturbed.h5.journal", F_OK), 0);
    }
    print_message("%d interruptions\n", interruptions);
    assert_true(interruptions >= 6); /* else the test tests nothing on this machine: fly longer */
    clear(&s);
}

/* Rows j of a big array of two swarms, bitwise. */
static void assert_same_rows(const dia_swarm *a, int64_t ja, const dia_swarm *b, int64_t jb, const char *name)
{
    size_t size = dia_swarm_row_size(a, name);
    double *row_a = malloc(size * sizeof *row_a), *row_b = malloc(size * sizeof *row_b);
    dia_error error = {0};
    assert_true(size > 0);
    assert_ok(dia_swarm_rows(a, name, ja, 1, row_a, &error), &error);
    assert_ok(dia_swarm_rows(b, name, jb, 1, row_b, &error), &error);
    assert_memory_equal(row_a, row_b, size * sizeof *row_a);
    free(row_a);
    free(row_b);
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
    prepare(&s, tully);
    fly(&s, "all.h5", 2);
    dia_flight whole = s.flight;
    s.flight.count = 1;
    s.flight.number += CHOSEN;
    s.flight.R += CHOSEN;
    s.flight.V += CHOSEN;
    s.flight.state += CHOSEN;
    s.flight.c += 4 * CHOSEN;
    s.flight.weight += CHOSEN;
    fly(&s, "alone.h5", 1);
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
        assert_same_rows(all, CHOSEN, alone, 0, big[i]);
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
    clear(&s);
}

/* A flight of so many samples that the file is written in windows (assemble.c: two trajectories of 14 numbers a sample, and
 * means, 464 bytes of 128 MB) holds what one of every thousandth sample holds. */
static void a_long_flight_is_the_same_flight(void **state)
{
    (void)state;
    enum { COUNT = 2, LONG = 300000, RARE = 1000, T = LONG / RARE + 1 };
    scene s;
    prepare(&s, "{type: jahn_teller}"); /* bound: its energy never rests */
    s.dynamics.duration = LONG;
    s.flight.count = COUNT;
    s.flight.steps = LONG;
    s.flight.every = RARE;
    fly(&s, "rare.h5", 1);
    s.flight.every = 1;
    fly(&s, "every.h5", 1);
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
    clear(&s);
}

/* Stopped while the file is written: no file, the journal stays, and gives the file later. */
static void a_stop_while_writing_leaves_the_journal(void **state)
{
    (void)state;
    scene s;
    prepare(&s, tully);
    fly(&s, "unstopped.h5", 1);
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
    assert_same_bytes("unstopped.h5", "stopped.h5");
    clear(&s);
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
            unsigned char *bytes = slurp("elsewhere.h5.journal", &size), *at = NULL;
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

/* The recorded velocity is the one before the momentum is adjusted: m v^2/2 is kinetic_before, and an accepted hop pays
 * its gap. To rounding of sums of a few terms. */
static void hops_keep_their_energy(const dia_swarm *swarm)
{
    const dia_swarm_hops *hops = &swarm->hops;
    const int ncart = swarm->natom * swarm->dimension;
    const size_t size = dia_swarm_row_size(swarm, "hops/velocity");
    assert_int_equal(size, ncart);
    double *velocity = calloc((size_t)hops->count + 1, size * sizeof *velocity);
    dia_error error = {0};
    assert_ok(dia_swarm_rows(swarm, "hops/velocity", 0, hops->count, velocity, &error), &error);
    assert_ok(dia_swarm_check(swarm, "hops/position", 0, hops->count, &error), &error);
    for (int64_t i = 0; i < hops->count; i++) {
        double kinetic = 0;
        for (int c = 0; c < ncart; c++) {
            const double v = velocity[i * ncart + c];
            kinetic += 0.5 * swarm->masses[c / swarm->dimension] * v * v;
        }
        assert_close(kinetic, hops->kinetic_before[i], 1e-14, 0);
        if (hops->accepted[i])
            assert_close(kinetic - hops->gap[i], hops->kinetic_after[i], 1e-12, 1e-15);
    }
    free(velocity);
}

/* Populations, errors, hops and drift against what the trajectories in the same file say. Some trajectories are ended
 * by a drift limit that the coarse step exceeds, to see them left out. */
static void the_file_agrees_with_itself(void **state)
{
    (void)state;
    scene s;
    prepare(&s, tully);
    s.dynamics.timestep = 60.0;
    s.dynamics.duration = 60.0 * 60;
    s.dynamics.drift = 1e-3;
    s.flight.steps = 60;
    s.flight.every = 2;
    fly(&s, "itself.h5", 2);
    dia_swarm *swarm = NULL;
    dia_error error = {0};
    assert_ok(dia_swarm_open(&swarm, "itself.h5", &error), &error);
    assert_int_equal(swarm->N, N);
    assert_int_equal(swarm->T, 31);
    enum { T = 31 };
    static double active[N * T], potential[N * T], kinetic[N * T], energies[N * T * 2], amplitudes[N * T * 4];
    assert_ok(dia_swarm_rows(swarm, "trajectories/active", 0, N, active, &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/potential", 0, N, potential, &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/kinetic", 0, N, kinetic, &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/energies", 0, N, energies, &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/amplitudes", 0, N, amplitudes, &error), &error);
    int64_t excluded = 0;
    for (int j = 0; j < N; j++)
        excluded += swarm->fate[j] == DIA_FATE_DRIFT;
    print_message("%d of %d lost their energy, %d hops\n", (int)excluded, N, (int)swarm->hops.count);
    assert_true(excluded > 0 && excluded < N / 2);
    assert_int_equal(excluded, swarm->excluded);
    for (int t = 0; t < T; t++) {
        double W = 0, W2 = 0, p = 0, q = 0;
        for (int j = 0; j < N; j++) {
            if (swarm->fate[j] == DIA_FATE_DRIFT)
                continue;
            const double *c = amplitudes + (j * T + t) * 4;
            W += s.weight[j];
            W2 += s.weight[j] * s.weight[j];
            p += s.weight[j] * (active[j * T + t] == 1.0);
            q += s.weight[j] * (c[2] * c[2] + c[3] * c[3]);
        }
        p /= W;
        q /= W;
        /* sums of 150 terms of order one: rounding of double */
        assert_close(swarm->active[2 * t + 1], p, 0, 1e-13);
        assert_close(swarm->active[2 * t] + swarm->active[2 * t + 1], 1.0, 0, 1e-13);
        assert_close(swarm->active_error[2 * t + 1], sqrt(fmax(p * (1 - p), 0) * W2) / W, 1e-9, 1e-13);
        assert_close(swarm->electronic[2 * t + 1], q, 0, 1e-12);
        assert_close(swarm->electronic[2 * t] + swarm->electronic[2 * t + 1], 1.0, 0, 1e-12);
        assert_close(swarm->diabatic[2 * t] + swarm->diabatic[2 * t + 1], 1.0, 0, 1e-12);
    }
    for (int j = 0; j < N; j++)
        for (int t = 0; t < T; t++) {
            int at = j * T + t;
            assert_true(potential[at] == energies[2 * at + (int)active[at]]);
            assert_true(fabs(potential[at] + kinetic[at] - potential[j * T] - kinetic[j * T]) <= swarm->drift[j]);
            if (t > 0 && swarm->time[t - 1] >= swarm->end[j]) { /* frozen: the same numbers again */
                assert_true(potential[at] == potential[at - 1] && kinetic[at] == kinetic[at - 1]);
            }
        }
    /* starting from state 0, accepted hops lead to the recorded active state */
    for (int j = 0; j < N; j++) {
        int now = 0;
        for (int64_t i = 0; i < swarm->hops.count; i++) {
            if (i > 0) {
                bool sorted = swarm->hops.trajectory[i - 1] < swarm->hops.trajectory[i] ||
                              (swarm->hops.trajectory[i - 1] == swarm->hops.trajectory[i] &&
                               swarm->hops.time[i - 1] < swarm->hops.time[i]);
                assert_true(sorted);
            }
            if (swarm->hops.trajectory[i] == j) {
                assert_int_equal(swarm->hops.from[i], now);
                now = swarm->hops.accepted[i] ? swarm->hops.to[i] : now;
            }
        }
        assert_int_equal(now, (int)active[j * T + T - 1]);
    }
    assert_true(swarm->hops.count > 0);
    hops_keep_their_energy(swarm);
    dia_swarm_close(swarm);
    clear(&s);
}

/* Outcomes against a count of the file's own arrays; the last sample is that at which a trajectory was stopped. */
static void outcomes_are_those_of_the_trajectories(void **state)
{
    (void)state;
    enum { T = STEPS / EVERY + 1 };
    static double active[N * T], position[N * T];
    double share[3][3] = {{0}}, whole = 0.0;
    int fates[DIA_FATES] = {0}, count, inside = 0;
    char name[64];
    scene s;
    dia_swarm *swarm = NULL;
    dia_outcome *outcomes;
    dia_error error = {0};
    prepare(&s, tully);
    fly(&s, "outcomes.h5", 2);
    assert_ok(dia_swarm_open(&swarm, "outcomes.h5", &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/active", 0, N, active, &error), &error);
    assert_ok(dia_swarm_rows(swarm, "trajectories/position", 0, N, position, &error), &error);
    for (int j = 0; j < N; j++) {
        const int channel = swarm->stop[j] >= 0 ? swarm->stop[j] : 2, last = (int)active[j * T + T - 1];
        fates[(int)swarm->fate[j]]++;
        whole += s.weight[j];
        share[channel][last] += s.weight[j];
        share[channel][2] += s.weight[j];
        inside += channel == 2;
        assert_int_equal(swarm->fate[j], channel == 2 ? DIA_FATE_FINISHED : DIA_FATE_STOPPED);
        assert_true((position[j * T + T - 1] > 27.0) == (channel == 0)); /* and none flies on behind it */
        assert_true(position[j * T + T - 1] < 27.1);
        assert_true(channel != 1 || last == 1);
    }
    print_message("%d stopped, %d finished\n", fates[DIA_FATE_STOPPED], fates[DIA_FATE_FINISHED]);
    assert_true(inside > 0 && fates[DIA_FATE_STOPPED] > N / 3);
    assert_ok(dia_swarm_outcomes(swarm, &outcomes, &count, &error), &error);
    assert_int_equal(count, 9);
    for (int e = 0; e < 9; e++) {
        static const char *const names[] = {"passed", "up", DIA_OUTCOME_INSIDE};
        assert_string_equal(outcomes[e].name, names[e / 3]);
        assert_int_equal(outcomes[e].state, e % 3 < 2 ? e % 3 : -1);
        assert_close(outcomes[e].share, share[e / 3][e % 3] / whole, 1e-14, 1e-14);
        assert_true(outcomes[e].low <= outcomes[e].share && outcomes[e].share <= outcomes[e].high);
    }
    assert_true(share[0][0] > 0 && share[1][1] > 0);
    assert_int_equal(dia_swarm_stops(swarm), 2);
    assert_true(dia_swarm_stop_name(swarm, 1, sizeof name, name) && strcmp(name, "up") == 0);
    assert_false(dia_swarm_stop_name(swarm, 2, sizeof name, name));
    free(outcomes);
    dia_swarm_close(swarm);
    clear(&s);
}

static void without_trajectories_the_populations_are_the_same(void **state)
{
    (void)state;
    scene s;
    prepare(&s, tully);
    fly(&s, "full.h5", 2);
    s.flight.full = false;
    fly(&s, "lean.h5", 2);
    dia_swarm *full = NULL, *lean = NULL;
    dia_error error = {0};
    assert_ok(dia_swarm_open(&full, "full.h5", &error), &error);
    assert_ok(dia_swarm_open(&lean, "lean.h5", &error), &error);
    assert_true(full->full && !lean->full);
    assert_int_equal(dia_swarm_row_size(lean, "trajectories/position"), 0);
    size_t bytes = (size_t)(full->T * full->nstate) * sizeof(double);
    assert_memory_equal(full->active, lean->active, bytes);
    assert_memory_equal(full->electronic, lean->electronic, bytes);
    assert_memory_equal(full->diabatic_error, lean->diabatic_error, bytes);
    assert_same_rows(full, 3, lean, 3, "trajectories/kinetic");
    dia_swarm_close(full);
    dia_swarm_close(lean);
    clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_number_of_threads_writes_the_same_bytes),
        cmocka_unit_test(interrupted_flights_end_as_if_undisturbed),
        cmocka_unit_test(a_trajectory_alone_is_the_same_trajectory),
        cmocka_unit_test(the_file_agrees_with_itself),
        cmocka_unit_test(outcomes_are_those_of_the_trajectories),
        cmocka_unit_test(without_trajectories_the_populations_are_the_same),
        cmocka_unit_test(a_long_flight_is_the_same_flight),
        cmocka_unit_test(a_stop_while_writing_leaves_the_journal),
        cmocka_unit_test(goes_on_with_the_conditions_of_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
