/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "scene.h"

#include <math.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/rng.h"
#include "check.h"

const char scene_tully[] = "{type: tully, variant: dual_crossing}";

void scene_prepare(scene *s, const char *model)
{
    dia_error error = {0};
    memset(s, 0, sizeof *s);
    assert_ok(dia_model_parse(&s->model, model, ".", &error), &error);
    const dia_molecule *molecule = dia_model_molecule(s->model);
    assert_ok(dia_dynamics_parse(
                  &s->dynamics,
                  "{timestep: 1 au, duration: 1 au, stop: {passed: x > 27 bohr, up: in state 1 for 900 au}}", &error),
              &error);
    s->dynamics.duration = SCENE_STEPS;
    s->dynamics.seed = 11;
    for (int j = 0; j < SCENE_N; j++) {
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
                             .count = SCENE_N,
                             .number = s->number,
                             .R = s->R,
                             .V = s->V,
                             .state = s->state,
                             .c = s->c,
                             .weight = s->weight,
                             .steps = SCENE_STEPS,
                             .every = SCENE_EVERY,
                             .full = true,
                             .input = "text of the input\n",
                             .input_path = "input.yaml",
                             .resolved = "seed: 11\n",
                             .model_path = "-"};
}

void scene_clear(scene *s)
{
    dia_dynamics_close(&s->dynamics);
    dia_model_free(s->model);
}

static atomic_int stop; /* threads read it */
static void on_signal(int number)
{
    (void)number;
    atomic_store_explicit(&stop, 1, memory_order_relaxed);
}

pid_t scene_take_off(const scene *s, const char *path, int nthread, double checkpoint)
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
    const dia_control control = {.threads = nthread,
                                 .stop = (const volatile int *)&stop}; /* one representation: base/control.c */
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

void scene_fly(const scene *s, const char *path, int nthread)
{
    int result;
    unlink(path);
    pid_t child = scene_take_off(s, path, nthread, 1e9);
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), DIA_OK);
}

unsigned char *scene_bytes(const char *path, size_t *size)
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

void scene_assert_same_bytes(const char *a, const char *b)
{
    size_t size_a, size_b;
    unsigned char *bytes_a = scene_bytes(a, &size_a), *bytes_b = scene_bytes(b, &size_b);
    assert_int_equal(size_a, size_b);
    assert_memory_equal(bytes_a, bytes_b, size_a);
    free(bytes_a);
    free(bytes_b);
}

void scene_assert_same_rows(const dia_swarm *a, int64_t ja, const dia_swarm *b, int64_t jb, const char *name)
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
