/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a network costs beside what the processor can do:  bench_model [--json] [RUNS]
 *
 * Random networks, inverse distances -> 2 x 100 tanh -> 3 states, of molecules of 6, 12 and 24 atoms. "model part": H and one
 * gradient, as a step of a flight needs them; "all derivatives": H and the gradients of all its elements. Their rates count the operations
 * of matrix products alone, over the time of everything; so they can be held against `dgemm` of the same run. One thread, its processor
 * time; in each run every figure is taken once, so that a busy machine disturbs all alike; medians, smallest and largest. */
#include <math.h>

#include "base/rng.h"
#include "bench.h"
#include "math/panel.h"
#include "model/front.h"
#include "random_network.h"
#include "parallel/team.h"

enum { B = 64, NSTATE = 3, NPACKED = 6, SIZES = 3, N = 6400 };

typedef struct subject {
    int natom;
    dia_model *model;
    dia_tape *tape, *single; /* the other in single precision */
    double *R, *H, *W, *G;   /* (B, ncart), (B, npacked), (npacked B, npacked), (npacked B, ncart) */
    int *row;                /* (npacked B) */
} subject;

static double normal(int stream, int i)
{
    return dia_rng_normal(1, (uint64_t)stream, 0, DIA_PURPOSE_TEST, (uint32_t)i);
}

static subject subject_new(int natom)
{
    dia_error error = {0};
    const int nc = 3 * natom;
    subject s = {.natom = natom,
                 .model = random_network(natom, NSTATE),
                 .R = reals((size_t)(B * nc)),
                 .H = reals(B * NPACKED),
                 .W = reals(B * NPACKED * NPACKED),
                 .G = reals((size_t)(B * NPACKED * nc)),
                 .row = dia_allocate(B * NPACKED, sizeof(int))};
    if (s.row == NULL || dia_tape_create(&s.tape, s.model, B, B * NPACKED, &error) != DIA_OK ||
        dia_tape_create(&s.single, s.model, B, B * NPACKED, &error) != DIA_OK || !dia_tape_single(s.single))
        die("tape", error.text);
    const double *reference = dia_model_molecule(s.model)->reference;
    for (int i = 0; i < B * nc; i++)
        s.R[i] = reference[i % nc] + 0.1 * normal(natom, i);
    for (int q = 0; q < B * NPACKED; q++) {
        s.row[q] = q % B;
        s.W[q * NPACKED + q / B] = 1.0; /* the first B requests: one for each geometry */
    }
    return s;
}

static void subject_free(subject *s)
{
    dia_tape_free(s->tape);
    dia_tape_free(s->single);
    dia_model_free(s->model);
    free(s->R), free(s->H), free(s->W), free(s->G), free(s->row);
}

/* Operations of the matrix products of H, and of one gradient. */
static double flop(const subject *s)
{
    return 2.0 * (s->natom * (s->natom - 1) / 2 * UNITS + UNITS * UNITS + UNITS * NPACKED);
}

/* us a geometry */
static double model_time(const subject *s, dia_tape *tape, int gradients, double seconds)
{
    const double begin = now();
    double end = begin;
    long done = 0;
    for (; end < begin + seconds; done += B) {
        if (dia_model_hamiltonian(s->model, tape, B, s->R, s->H) != DIA_OK ||
            dia_model_contract(s->model, tape, B * gradients, s->row, s->W, s->G) != DIA_OK)
            die("model", "failed");
        end = now();
    }
    return 1e6 * (end - begin) / (double)done;
}

/* ns a number: the activation and its derivative */
static double activation_time(dia_activation activation, const double *z, double *a, double *d, double seconds)
{
    const dia_panel_kernel *kernel = dia_panel_kernel_best();
    const double begin = now();
    double end = begin;
    long done = 0;
    for (; end < begin + seconds; done += N) {
        kernel->activate(activation, N / 8, z, a, d); /* in the first cache */
        for (int i = 1; i < 8; i++)
            kernel->activate(activation, N / 8, z + i * N / 8, a, d);
        end = now();
    }
    return 1e9 * (end - begin) / (double)done;
}

/* GB/s read and written */
static double copy_rate(double seconds)
{
    enum { SIZE = 1 << 23 }; /* 64 MB */
    static double *from, *to;
    if (from == NULL) {
        from = reals(SIZE);
        to = reals(SIZE);
        memset(from, 1, sizeof *from * SIZE);
    }
    const double begin = now();
    double end = begin, done = 0.0;
    for (; end < begin + seconds; done += 2.0 * sizeof *to * SIZE) {
        memcpy(to, from, sizeof *to * SIZE);
        from[0] = to[1];
        end = now();
    }
    return 1e-9 * done / (end - begin);
}

enum { DGEMM, DGEMM_SMALL, TANH, SILU, COPY, CEILINGS };

int main(int argc, char **argv)
{
    const bool as_json = argc > 1 && strcmp(argv[1], "--json") == 0;
    const int at = as_json ? 2 : 1, runs = argc > at ? atoi(argv[at]) : 15;
    if (runs < 1 || runs > RUNS_MAX || argc > at + 1) {
        fprintf(stderr, "usage: %s [--json] [RUNS], at most %d\n", argv[0], RUNS_MAX);
        return 2;
    }
    const int natoms[SIZES] = {6, 12, 24};
    const double moment = 0.02; /* s */
    double ceiling[CEILINGS][RUNS_MAX], part[SIZES][RUNS_MAX], all[SIZES][RUNS_MAX];
    double single[SIZES][RUNS_MAX], gain[SIZES][RUNS_MAX], part_share[SIZES][RUNS_MAX], all_share[SIZES][RUNS_MAX];
    double *z = reals(N), *a = reals(N), *d = reals(N);
    for (int i = 0; i < N; i++)
        z[i] = normal(9, i);
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread */
    subject subjects[SIZES];
    for (int k = 0; k < SIZES; k++)
        subjects[k] = subject_new(natoms[k]);
    for (int run = 0; run < runs; run++) {
        ceiling[DGEMM][run] = product_rate(512, 512, 512, moment);
        ceiling[DGEMM_SMALL][run] = product_rate(64, 100, 100, moment);
        ceiling[TANH][run] = activation_time(DIA_ACTIVATION_TANH, z, a, d, moment);
        ceiling[SILU][run] = activation_time(DIA_ACTIVATION_SILU, z, a, d, moment);
        ceiling[COPY][run] = copy_rate(moment);
        for (int k = 0; k < SIZES; k++) {
            part[k][run] = model_time(&subjects[k], subjects[k].tape, 1, moment);
            all[k][run] = model_time(&subjects[k], subjects[k].tape, NPACKED, moment);
            single[k][run] = model_time(&subjects[k], subjects[k].single, 1, moment);
            gain[k][run] = part[k][run] / single[k][run];
            part_share[k][run] = 1e-3 * 2.0 * flop(&subjects[k]) / part[k][run] / ceiling[DGEMM][run];
            all_share[k][run] = 1e-3 * (1.0 + NPACKED) * flop(&subjects[k]) / all[k][run] / ceiling[DGEMM][run];
        }
    }
    dia_json out = {.out = stdout}, *json = as_json ? &out : NULL;
    if (json != NULL) {
        dia_json_object(json, NULL);
        dia_json_text(json, "instructions", dia_panel_kernel_best()->isa);
    } else
        printf("instructions: %s; %d runs\n", dia_panel_kernel_best()->isa, runs);
    print_figure(json, "dgemm 512 x 512 x 512", "GFLOP/s", runs, ceiling[DGEMM]);
    print_figure(json, "dgemm 64 x 100 x 100", "GFLOP/s", runs, ceiling[DGEMM_SMALL]);
    print_figure(json, "tanh and its derivative", "ns", runs, ceiling[TANH]);
    print_figure(json, "silu and its derivative", "ns", runs, ceiling[SILU]);
    print_figure(json, "copy", "GB/s", runs, ceiling[COPY]);
    for (int k = 0; k < SIZES; k++) {
        char name[64];
        snprintf(name, sizeof name, "%d atoms, model part", natoms[k]);
        print_figure(json, name, "us", runs, part[k]);
        snprintf(name, sizeof name, "%d atoms, all derivatives", natoms[k]);
        print_figure(json, name, "us", runs, all[k]);
        snprintf(name, sizeof name, "%d atoms, share of dgemm 512", natoms[k]);
        print_figure(json, name, "", runs, part_share[k]);
        snprintf(name, sizeof name, "%d atoms, share, all derivatives", natoms[k]);
        print_figure(json, name, "", runs, all_share[k]);
        snprintf(name, sizeof name, "%d atoms, single precision", natoms[k]);
        print_figure(json, name, "us", runs, single[k]);
        snprintf(name, sizeof name, "%d atoms, double / single", natoms[k]);
        print_figure(json, name, "", runs, gain[k]);
        subject_free(&subjects[k]);
    }
    if (json != NULL)
        dia_json_end(json);
    free(z), free(a), free(d);
    return 0;
}
