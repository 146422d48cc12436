/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NaI lifted from its ionic ground state by a pulse at the vertical gap: trajectories against the exact wave packet. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/rng.h"
#include "diabolo/dynamics.h"
#include "diabolo/exact.h"

/* The harmonic ground state at the minimum of the ionic state: 282 cm^-1. */
static const double centre = 5.0491, width = 0.10465;
static char folder[] = "/tmp/diabolo-nai-light-XXXXXX";

typedef struct answer {
    double active, electronic, work;                   /* of S1, of S1, hartree */
    double active_error, electronic_error, work_error; /* standard errors; 0: exact */
} answer;

/* 3.89 eV, 20 fs, a field of constant phase that begins at 0.5 fs and has ended at 55.5 fs. */
static void pulse(double field, size_t size, char *text)
{
    snprintf(
        text, size,
        "duration: 56 fs, light: {pulses: [{shape: cosine, energy: 3.89 eV, field: %g au, fwhm: 20 fs, centre: 28 fs, "
        "polarisation: [1, 0, 0]}]}",
        field);
}

static answer exact(double field)
{
    char light[300], text[1000], path[100];
    dia_exact_result r;
    dia_error error = {0};
    pulse(field, sizeof light, light);
    snprintf(path, sizeof path, "%s/exact.h5", folder);
    snprintf(text, sizeof text,
             "model: {type: nai}\ninitial: {sampling: fixed, position: [%g], position_width: [%g], momentum_width: "
             "[%.17g], state: 0, "
             "trajectories: 1}\ndynamics: {timestep: 0.2 fs, %s}\noutput: {file: nai.h5, every: 56 fs}\nexact: "
             "{engine: grid, "
             "convergence: true}\n",
             centre, width, 0.5 / width, light);
    const dia_input input = {.text = text, .output = path};
    assert_ok(dia_exact(&input, true, NULL, &r, &error), &error);
    for (int i = 0; i < r.changes; i++)
        assert_true(r.change[i] < 1e-5);
    const dia_exact_record *e = r.record;
    const answer a = {.active = e->active[3], .electronic = e->active[3], .work = e->energy[1] - e->energy[0]};
    dia_exact_close(&r);
    unlink(path);
    return a;
}

static void mean(int n, const double *x, double *value, double *error)
{
    double sum = 0.0, square = 0.0;
    for (int i = 0; i < n; i++)
        sum += x[i] / n;
    for (int i = 0; i < n; i++)
        square += (x[i] - sum) * (x[i] - sum);
    *value = sum;
    *error = sqrt(square / n / (n - 1.0));
}

/* As many trajectories as TRAJECTORIES, always the same. */
enum { TRAJECTORIES = 600 };
static answer swarm(double field, const char *decoherence)
{
    char light[300], text[600];
    dia_error error = {0};
    dia_model *model = NULL;
    dia_dynamics dynamics;
    dia_block *block;
    static double R[TRAJECTORIES], V[TRAJECTORIES], active[TRAJECTORIES], electronic[TRAJECTORIES];
    static int64_t number[TRAJECTORIES];
    static int state[TRAJECTORIES];
    pulse(field, sizeof light, light);
    snprintf(text, sizeof text, "{method: fewest_switches, decoherence: %s, timestep: 0.1 fs, %s}", decoherence, light);
    assert_ok(dia_model_parse(&model, "{type: nai}", ".", &error), &error);
    assert_ok(dia_dynamics_parse(&dynamics, text, &error), &error);
    assert_ok(dia_block_create(&block, model, &dynamics, TRAJECTORIES, &error), &error);
    for (int b = 0; b < TRAJECTORIES; b++) {
        number[b] = b;
        R[b] = centre + width * dia_rng_normal(1, (uint64_t)b, 0, DIA_PURPOSE_INITIAL, 0);
        V[b] = 0.5 / width * dia_rng_normal(1, (uint64_t)b, 0, DIA_PURPOSE_INITIAL, 1) /
               dia_model_molecule(model)->masses[0];
    }
    assert_ok(dia_block_start(block, TRAJECTORIES, number, R, V, state, &error), &error);
    for (long k = dia_dynamics_steps(&dynamics); k > 0; k--)
        assert_int_equal(dia_block_step(block), DIA_OK);
    for (int b = 0; b < TRAJECTORIES; b++)
        assert_int_equal(block->fate[b], DIA_FATE_FINISHED);
    for (int b = 0; b < TRAJECTORIES; b++) {
        double c[4];
        dia_block_amplitudes(block, b, c);
        active[b] = block->active[b];
        electronic[b] = c[2] * c[2] + c[3] * c[3];
    }
    answer a;
    mean(TRAJECTORIES, active, &a.active, &a.active_error);
    mean(TRAJECTORIES, electronic, &a.electronic, &a.electronic_error);
    mean(TRAJECTORIES, block->work, &a.work, &a.work_error);
    dia_block_free(block);
    dia_dynamics_close(&dynamics);
    dia_model_free(model);
    return a;
}

/* Within 3 standard errors. */
static void agree(const answer *e, const answer *s)
{
    const double sigma[3] = {(s->active - e->active) / s->active_error,
                             (s->electronic - e->electronic) / s->electronic_error,
                             (s->work - e->work) / s->work_error};
    if (fmax(fmax(fabs(sigma[0]), fabs(sigma[1])), fabs(sigma[2])) > 3.0)
        printf("exact %g; active %g +- %g, electronic %g +- %g; work %g, %g +- %g\n", e->active, s->active,
               s->active_error, s->electronic, s->electronic_error, e->work, s->work, s->work_error);
    for (int i = 0; i < 3; i++)
        assert_true(fabs(sigma[i]) <= 3.0);
}

/* A weak pulse, without decoherence: populations of both kinds, and what the light did. */
static void weak(void **unused)
{
    (void)unused;
    const answer e = exact(5e-4), s = swarm(5e-4, "none");
    assert_true(e.active > 0.01 && e.active < 0.03);
    agree(&e, &s);
}

/* One that lifts a quarter: what was lifted leaves within 5 fs, and does not come back. Trajectories know that by their decoherence. */
static void strong(void **unused)
{
    (void)unused;
    const answer e = exact(2e-3), s = swarm(2e-3, "gaussian_overlap");
    assert_true(e.active > 0.2 && e.active < 0.3);
    agree(&e, &s);
}

int main(void)
{
    if (mkdtemp(folder) == NULL)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(weak), cmocka_unit_test(strong)};
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    rmdir(folder);
    return failed;
}
