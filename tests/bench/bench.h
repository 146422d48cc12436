/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the programs of this folder share: processor time of the thread, medians, and what a matrix product of the BLAS gives. */
#ifndef BENCH_H
#define BENCH_H

#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "base/json.h"

enum { RUNS_MAX = 100 };

static inline double now(void) /* s */
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

_Noreturn static inline void die(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static inline double *reals(size_t count)
{
    double *x = dia_allocate(count, sizeof *x);
    if (x == NULL)
        die("memory", "there is not enough");
    return x;
}

static inline int ascending(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts x and prints its median and spread: a line of text, or a member "name" of an open `json`, if there is one. */
static inline void print_figure(dia_json *json, const char *name, const char *unit, int n, double *x)
{
    qsort(x, (size_t)n, sizeof *x, ascending);
    if (json == NULL) {
        printf("%-34s %9.3f %-8s (%.3f, %.3f)\n", name, x[n / 2], unit, x[0], x[n - 1]);
        return;
    }
    dia_json_object(json, name + strspn(name, " "));
    dia_json_text(json, "unit", unit);
    dia_json_real(json, "median", x[n / 2]);
    dia_json_real(json, "least", x[0]);
    dia_json_real(json, "most", x[n - 1]);
    dia_json_end(json);
}

/* GFLOP/s of C (m, n) = A (m, k) B (k, n), repeated for about `seconds` */
static inline double product_rate(int m, int n, int k, double seconds)
{
    double *A = reals((size_t)(m * k)), *B = reals((size_t)(k * n)), *C = reals((size_t)(m * n));
    const double flop = 2.0 * m * n * k, begin = now();
    double end = begin, done = 0.0;
    while (end < begin + seconds) {
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1.0, A, k, B, n, 0.0, C, n);
        done += flop;
        end = now();
    }
    free(A);
    free(B);
    free(C);
    return 1e-9 * done / (end - begin);
}

#endif
