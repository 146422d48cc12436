/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Microseconds per trajectory and step, one thread, and where they go:  bench_step [--json] [--single] MODEL [BLOCK [STEPS [RUNS]]]
 *
 * --single: networks in single precision. MODEL: a file, YAML text that begins with `{`, or `random:ATOMS:STATES`, a network that was never trained. Each run flies twice: undisturbed, for the whole step, and with its parts timed: the
 * model from within, by a type that hands every call on, the eigenproblems and the propagator by repeating them on the frames of the
 * step; the rest is the difference: Verlet, hops, decoherence, copying. Processor time of this thread, less that of reading the clock; medians
 * over runs, spread in brackets (smallest, largest). Matrix products of the same BLAS in the same run say what the machine gives. Last, the same
 * flights by two threads and by one. */
#include <math.h>

#include "base/rng.h"
#include "bench.h"
#include "dynamics/internal.h"
#include "dynamics/registry.h"
#include "electronic/propagate.h"
#include "model/front.h"
#include "parallel/team.h"
#include "random_network.h"

/* ---- a model that times the one inside ------------------------------------------------------- */

static const dia_model_type *inner;
static const void *inner_self;
static double forward, reverse, reading; /* reading: of the clock */
static bool timing;

/* Since `begin`, less what reading the clock takes. */
static double since(double begin)
{
    return now() - begin - reading;
}

static double time_of_reading(void)
{
    enum { TIMES = 2000 };
    const double begin = now();
    for (int i = 1; i < TIMES; i++)
        (void)now();
    return (now() - begin) / TIMES;
}

static size_t timed_tape_size(const void *self, int batch_max, int request_max)
{
    (void)self;
    return inner->tape_size(inner_self, batch_max, request_max);
}

static void timed_tape_init(const void *self, void *work, int batch_max, int request_max)
{
    (void)self;
    if (inner->tape_init != NULL)
        inner->tape_init(inner_self, work, batch_max, request_max);
}

static void timed_hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    (void)self;
    const double begin = timing ? now() : 0.0;
    inner->hamiltonian(inner_self, work, batch, R, H);
    forward += timing ? since(begin) : 0.0;
}

static void timed_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                           double *G)
{
    (void)self;
    const double begin = timing ? now() : 0.0;
    inner->contract(inner_self, work, R, n, row, W, G);
    reverse += timing ? since(begin) : 0.0;
}

static void timed_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                             double *dH)
{
    (void)self;
    inner->derivative(inner_self, work, R, n, row, V, dH);
}

static void timed_single(const void *self, void *work)
{
    (void)self;
    inner->single(inner_self, work);
}

static const dia_model_type timed_type = {
    .version = DIA_EXTEND_VERSION,
    .name = "timed",
    .tape_size = timed_tape_size,
    .tape_init = timed_tape_init,
    .hamiltonian = timed_hamiltonian,
    .contract = timed_contract,
    .derivative = timed_derivative,
    .single = timed_single,
};

static dia_model *wrap(dia_model *model)
{
    dia_error error = {0};
    dia_molecule molecule;
    dia_model *timed = NULL;
    inner = dia_model_type_of(model);
    inner_self = dia_model_self(model);
    if (dia_molecule_copy(&molecule, dia_model_molecule(model), &error) != DIA_OK ||
        dia_model_adopt(&timed, &timed_type, calloc(1, 1), dia_model_shape(model), &molecule, &error) != DIA_OK)
        die("model", error.text);
    return timed;
}

/* ---- the flight ------------------------------------------------------------------------------ */

/* The reference geometry, shaken at 1000 K, in state 1. */
static void start(dia_block *block, int count)
{
    const size_t ncart = (size_t)block->ncart, n = (size_t)count;
    const dia_molecule *molecule = dia_model_molecule(block->model);
    double *R = reals(n * ncart), *V = reals(n * ncart);
    int *state = dia_allocate(n, sizeof *state);
    int64_t *trajectory = dia_allocate(n, sizeof *trajectory);
    dia_error error = {0};
    if (state == NULL || trajectory == NULL)
        die("memory", "there is not enough");
    for (size_t b = 0; b < n; b++) {
        trajectory[b] = (int64_t)b;
        state[b] = block->nstate > 1 ? 1 : 0;
        for (size_t c = 0; c < ncart; c++) {
            const double x = dia_rng_normal(1, b, 0, DIA_PURPOSE_TEST, (uint32_t)c);
            R[b * ncart + c] = molecule->reference[c];
            V[b * ncart + c] = x * sqrt(1000.0 * DIA_KELVIN / block->mass[c]);
        }
    }
    if (dia_block_start(block, count, trajectory, R, V, state, &error) != DIA_OK)
        die("start", error.text);
    free(R);
    free(V);
    free(state);
    free(trajectory);
}

/* The eigenproblems and propagators of the step just done, once more: seconds; *substeps grows by their number. */
static double repeat_electrons(const dia_block *s, const dia_frame *copy, double *T, double *work, long *substeps)
{
    const struct dia_block_scratch *w = s->scratch;
    const size_t amplitudes = (size_t)(2 * s->count * s->nstate);
    double *c0 = copy->U + (size_t)s->count * dia_frame_matrix(copy), *c1 = c0 + amplitudes;
    memcpy(copy->H, s->frame.H, sizeof(double) * (size_t)(s->count * s->npacked));
    const double begin = now();
    dia_frame frame = *copy;
    dia_propagation p = {.dt = s->dynamics->timestep,
                         .tolerance = s->dynamics->substep_tolerance,
                         .before = &w->before,
                         .after = &frame,
                         .c = s->c,
                         .T = T,
                         .c0 = c0,
                         .c1 = c1};
    dia_propagate_near(&p, &frame, s->count, w->flying, w->plain, work);
    const double time = since(begin);
    for (int b = 0; b < s->count; b++)
        *substeps += dia_propagator(p.dt, p.tolerance, p.before, p.after, b, T, work);
    return time;
}

/* Undisturbed: seconds a trajectory and step. */
static double fly_alone(dia_block *block, int B, int steps)
{
    long done = 0;
    start(block, B);
    const double begin = now();
    for (int i = 0; i < steps && dia_block_flying(block) == B; i++, done += B)
        if (dia_block_step(block) != DIA_OK)
            die("step", "failed");
    return since(begin) / (double)(done > 0 ? done : 1);
}

static void fly(dia_json *json, dia_block *block, int B, int steps, int runs)
{
    const size_t n = (size_t)block->nstate;
    const dia_frame copy = {.batch = B,
                            .nstate = block->nstate,
                            .H = reals((size_t)B * n * n),
                            .E = reals((size_t)B * n),
                            .U = reals((size_t)B * 2 * (n * n + 4 * n)),
                            .hermitian = block->frame.hermitian};
    double *T = reals(2 * n * n * (size_t)B),
           *work = reals(dia_propagator_work(block->nstate) + dia_frame_work(block->nstate));
    double all[RUNS_MAX], hamiltonian[RUNS_MAX], contract[RUNS_MAX], electrons[RUNS_MAX], rest[RUNS_MAX];
    long substeps = 0, flown = 0;
    for (int run = 0; run < runs; run++) {
        double electronic = 0.0;
        long done = 0;
        timing = false;
        all[run] = 1e6 * fly_alone(block, B, steps);
        start(block, B);
        timing = true;
        forward = reverse = 0.0;
        for (int i = 0; i < steps && dia_block_flying(block) == B; i++, done += B) {
            if (dia_block_step(block) != DIA_OK)
                die("step", "failed");
            electronic += repeat_electrons(block, &copy, T, work, &substeps);
        }
        const double scale = 1e6 / (double)(done > 0 ? done : 1);
        flown += done;
        hamiltonian[run] = scale * forward;
        contract[run] = scale * reverse;
        electrons[run] = scale * electronic;
        rest[run] = all[run] - hamiltonian[run] - contract[run] - electrons[run];
    }
    if (json == NULL)
        printf("blocks of %d, %.0f steps a run, %d runs, %.2f electronic sub-steps a step\n", B,
               (double)flown / B / runs, runs, (double)substeps / (double)(flown > 0 ? flown : 1));
    print_figure(json, "trajectory and step", "us", runs, all);
    print_figure(json, "  model, hamiltonian", "us", runs, hamiltonian);
    print_figure(json, "  model, contract", "us", runs, contract);
    print_figure(json, "  electrons", "us", runs, electrons);
    print_figure(json, "  the rest", "us", runs, rest);
    free(copy.H);
    free(copy.E);
    free(copy.U);
    free(T);
    free(work);
}

/* ---- two threads ----------------------------------------------------------------------------- */

typedef struct flights {
    dia_block *block[2];
    double time[2]; /* of the processor, of both threads */
    int B, steps;
} flights;

static void fly_one(void *context, int task, int thread)
{
    flights *f = context;
    (void)task;
    f->time[thread] += fly_alone(f->block[thread], f->B, f->steps);
}

static double on_the_wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* How much sooner two threads have done some flights than one: by the clock on the wall, and by processor time, which knows what one
 * thread costs the other, but not who else keeps a processor busy. */
static void threads(dia_json *json, flights *f, int runs)
{
    enum { FLIGHTS = 8 };
    double wall[RUNS_MAX], processor[RUNS_MAX];
    timing = false;
    for (int run = 0; run < runs; run++) {
        double time[2], used[2];
        for (int n = 1; n <= 2; n++) {
            const double begin = on_the_wall();
            f->time[0] = f->time[1] = 0.0;
            dia_team_run(n, FLIGHTS, fly_one, f);
            time[n - 1] = on_the_wall() - begin;
            used[n - 1] = f->time[0] + f->time[1];
        }
        wall[run] = time[0] / time[1];
        processor[run] = 2.0 * used[0] / used[1];
    }
    print_figure(json, "two threads, wall", "times", runs, wall);
    print_figure(json, "two threads, processor time", "times", runs, processor);
}

static void products(dia_json *json, const char *name, int m, int n, int k, int runs)
{
    double rate[RUNS_MAX];
    for (int run = 0; run < runs; run++)
        rate[run] = product_rate(m, n, k, 0.02);
    print_figure(json, name, "GFLOP/s", runs, rate);
}

int main(int argc, char **argv)
{
    dia_error error = {0};
    dia_model *model = NULL;
    const bool as_json = argc > 1 && strcmp(argv[1], "--json") == 0;
    argc -= as_json;
    argv += as_json;
    const bool single = argc > 1 && strcmp(argv[1], "--single") == 0;
    argc -= single;
    argv += single;
    const char *source = argc > 1 ? argv[1] : "{type: tully, variant: 1}";
    const int B = argc > 2 ? atoi(argv[2]) : 64, steps = argc > 3 ? atoi(argv[3]) : 200;
    const int runs = argc > 4 ? atoi(argv[4]) : 9;
    if (B < 1 || steps < 1 || runs < 1 || runs > RUNS_MAX) {
        fprintf(stderr, "usage: bench_step [--json] [--single] MODEL [BLOCK [STEPS [RUNS]]]\n");
        return 2;
    }
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread */
    int natom = 0, nstate = 0;
    dia_status status = DIA_OK;
    if (sscanf(source, "random:%d:%d", &natom, &nstate) == 2)
        model = random_network(natom, nstate);
    else if (source[0] == '{')
        status = dia_model_parse(&model, source, ".", &error);
    else
        status = dia_model_load(&model, source, &error);
    if (status != DIA_OK)
        die(source, error.text);
    const dia_shape shape = dia_model_shape(model);
    dia_json out = {.out = stdout}, *json = as_json ? &out : NULL;
    if (json != NULL)
        dia_json_object(json, NULL);
    else
        printf("%s: %d atoms, %d states, %d parameters\n", dia_model_name(model), shape.natom, shape.nstate,
               shape.ntheta);
    dia_model *timed = wrap(model);
    dia_dynamics dynamics;
    if (dia_dynamics_parse(&dynamics, "{timestep: 0.25 fs, duration: 1e9 fs, drift: 0 eV}", &error) != DIA_OK)
        die("settings", error.text);
    if (single && dia_model_type_of(model)->single == NULL)
        die(source, "is no network");
    dynamics.precision = single;
    flights both = {.B = B, .steps = steps};
    for (int i = 0; i < 2; i++)
        if (dia_block_create(&both.block[i], i == 0 ? timed : model, &dynamics, B, &error) != DIA_OK)
            die("block", error.text);
    reading = time_of_reading();
    fly(json, both.block[0], B, steps, runs);
    products(json, "dgemm 512 x 512 x 512", 512, 512, 512, runs);
    products(json, "dgemm 64 x 100 x 100", 64, 100, 100, runs);
    threads(json, &both, runs);
    if (json != NULL)
        dia_json_end(json);
    dia_block_free(both.block[0]);
    dia_block_free(both.block[1]);
    dia_dynamics_close(&dynamics);
    dia_model_free(timed);
    dia_model_free(model);
    return 0;
}
