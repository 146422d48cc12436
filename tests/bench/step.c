/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Microseconds per trajectory and step, one thread, and where they go:  bench_step MODEL [BLOCK [STEPS [RUNS]]]
 *
 * MODEL: a file, or YAML text that begins with `{`. The model is timed from within, by a type that hands every call on;
 * the eigenproblems and the propagator by repeating them on the frames of the step; the rest is the difference: Verlet,
 * hops, decoherence, copying. Processor time of this thread; medians over runs, spread in brackets (smallest, largest).
 * Matrix products of the same BLAS in the same run say what the machine gives. */
#include <cblas.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/rng.h"
#include "dynamics/registry.h"
#include "dynamics/internal.h"
#include "electronic/propagate.h"
#include "model/front.h"
#include "parallel/team.h"

enum { RUNS_MAX = 100 };

static double now(void) /* s */
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static double *reals(size_t count)
{
    double *x = dia_allocate(count, sizeof *x);
    if (x == NULL)
        die("memory", "there is not enough");
    return x;
}

/* ---- a model that times the one inside ------------------------------------------------------- */

static const dia_model_type *inner;
static const void *inner_self;
static double forward, reverse;

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
    const double start = now();
    inner->hamiltonian(inner_self, work, batch, R, H);
    forward += now() - start;
}

static void timed_contract(const void *self, void *work, const double *R, int n, const int *row, const double *W,
                           double *G)
{
    (void)self;
    const double start = now();
    inner->contract(inner_self, work, R, n, row, W, G);
    reverse += now() - start;
}

static void timed_derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                             double *dH)
{
    (void)self;
    inner->derivative(inner_self, work, R, n, row, V, dH);
}

static const dia_model_type timed_type = {
    .version = DIA_EXTEND_VERSION,
    .name = "timed",
    .tape_size = timed_tape_size,
    .tape_init = timed_tape_init,
    .hamiltonian = timed_hamiltonian,
    .contract = timed_contract,
    .derivative = timed_derivative,
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
    memcpy(copy->H, s->frame.H, sizeof(double) * (size_t)(s->count * s->npacked));
    const double begin = now();
    dia_frame frame = *copy;
    (void)dia_frame_solve(&frame, work);
    for (int b = 0; b < s->count; b++)
        *substeps += dia_propagator(s->dynamics->timestep, s->dynamics->substep_tolerance, &s->scratch->before,
                                    &s->frame, b, T, work);
    return now() - begin;
}

static int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void print_line(const char *name, const char *unit, int n, double *x)
{
    qsort(x, (size_t)n, sizeof *x, ascending);
    printf("%-28s %8.3f %s   (%.3f, %.3f)\n", name, x[n / 2], unit, x[0], x[n - 1]);
}

static void fly(dia_block *block, int B, int steps, int runs)
{
    const size_t n = (size_t)block->nstate;
    const dia_frame copy = {.batch = B,
                            .nstate = block->nstate,
                            .H = reals((size_t)B * n * n),
                            .E = reals((size_t)B * n),
                            .U = reals((size_t)B * 2 * n * n),
                            .hermitian = block->frame.hermitian};
    double *T = reals(2 * n * n), *work = reals(dia_propagator_work(block->nstate) + dia_frame_work(block->nstate));
    double all[RUNS_MAX], hamiltonian[RUNS_MAX], contract[RUNS_MAX], electrons[RUNS_MAX], rest[RUNS_MAX];
    long substeps = 0, flown = 0;
    for (int run = 0; run < runs; run++) {
        double total = 0.0, electronic = 0.0;
        long done = 0;
        start(block, B);
        forward = reverse = 0.0;
        for (int i = 0; i < steps && dia_block_flying(block) == B; i++, done += B) {
            const double begin = now();
            if (dia_block_step(block) != DIA_OK)
                die("step", "failed");
            total += now() - begin;
            electronic += repeat_electrons(block, &copy, T, work, &substeps);
        }
        const double scale = 1e6 / (double)(done > 0 ? done : 1);
        flown += done;
        all[run] = scale * total;
        hamiltonian[run] = scale * forward;
        contract[run] = scale * reverse;
        electrons[run] = scale * electronic;
        rest[run] = scale * (total - forward - reverse - electronic);
    }
    printf("blocks of %d, %.0f steps a run, %d runs, %.2f electronic sub-steps a step\n", B, (double)flown / B / runs,
           runs, (double)substeps / (double)(flown > 0 ? flown : 1));
    print_line("trajectory and step", "us", runs, all);
    print_line("  model, hamiltonian", "us", runs, hamiltonian);
    print_line("  model, contract", "us", runs, contract);
    print_line("  electrons", "us", runs, electrons);
    print_line("  the rest", "us", runs, rest);
    free(copy.H);
    free(copy.E);
    free(copy.U);
    free(T);
    free(work);
}

static void products(int m, int n, int k, int runs)
{
    double *A = reals((size_t)(m * k)), *B = reals((size_t)(k * n)), *C = reals((size_t)(m * n));
    double rate[RUNS_MAX];
    char name[64];
    const double flop = 2.0 * m * n * k;
    const int repeats = (int)(1e9 / flop) + 1;
    for (int run = 0; run < runs; run++) {
        const double begin = now();
        for (int i = 0; i < repeats; i++)
            cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0, A, k, B, n, 0.0, C, n);
        rate[run] = 1e-9 * flop * repeats / (now() - begin);
    }
    snprintf(name, sizeof name, "dgemm %d x %d x %d", m, n, k);
    print_line(name, "GFLOP/s", runs, rate);
    free(A);
    free(B);
    free(C);
}

int main(int argc, char **argv)
{
    dia_error error = {0};
    dia_model *model = NULL;
    const char *source = argc > 1 ? argv[1] : "{type: tully, variant: 1}";
    const int B = argc > 2 ? atoi(argv[2]) : 64, steps = argc > 3 ? atoi(argv[3]) : 200;
    const int runs = argc > 4 ? atoi(argv[4]) : 9;
    if (B < 1 || steps < 1 || runs < 1 || runs > RUNS_MAX) {
        fprintf(stderr, "usage: %s MODEL [BLOCK [STEPS [RUNS]]]\n", argv[0]);
        return 2;
    }
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread */
    const dia_status status =
        source[0] == '{' ? dia_model_parse(&model, source, ".", &error) : dia_model_load(&model, source, &error);
    if (status != DIA_OK)
        die(source, error.text);
    const dia_shape shape = dia_model_shape(model);
    printf("%s: %d atoms, %d states, %d parameters\n", dia_model_name(model), shape.natom, shape.nstate, shape.ntheta);
    dia_model *timed = wrap(model);
    dia_dynamics dynamics;
    if (dia_dynamics_parse(&dynamics, "{timestep: 0.25 fs, duration: 1e9 fs, drift: 0 eV}", &error) != DIA_OK)
        die("settings", error.text);
    dia_block *block = NULL;
    if (dia_block_create(&block, timed, &dynamics, B, &error) != DIA_OK)
        die("block", error.text);
    fly(block, B, steps, runs);
    products(512, 512, 512, runs);
    products(64, 100, 100, runs);
    dia_block_free(block);
    dia_dynamics_close(&dynamics);
    dia_model_free(timed);
    dia_model_free(model);
    return 0;
}
