/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Engines of exact dynamics in the field of light, through whole inputs: against closed forms and against each other. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diabolo/exact.h"

static char folder[] = "/tmp/diabolo-exact-light-XXXXXX";

static dia_status solve(const char *model, const char *initial, const char *dynamics, const char *engine,
                        dia_exact_result *result, dia_error *error)
{
    char yaml[4000], path[100];
    snprintf(yaml, sizeof yaml,
             "model: %s\ninitial: {trajectories: 1, %s}\ndynamics: {timestep: 0.2 fs, %s}\noutput: {file: swarm.h5, "
             "every: 1 fs}\n"
             "exact: %s\n",
             model, initial, dynamics, engine);
    snprintf(path, sizeof path, "%s/result.h5", folder);
    const dia_input input = {.text = yaml, .output = path};
    return dia_exact(&input, true, NULL, result, error);
}

static dia_exact_result solved(const char *model, const char *initial, const char *dynamics, const char *engine)
{
    dia_exact_result result;
    dia_error error = {0};
    assert_ok(solve(model, initial, dynamics, engine, &result, &error), &error);
    return result;
}

static double worst(int64_t n, const double *a, const double *b)
{
    double most = 0.0;
    for (int64_t i = 0; i < n; i++)
        most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

/* ---- hierarchy ------------------------------------------------------------------------------- */

#define LEVELS "type: vibronic, modes: [{name: a, frequency: 0.1 eV}]"
static const char thermal[] = "sampling: wigner, temperature: 300 K, frequencies: model, state: {diabatic: 0}";

/* A bath that does the same to both states does nothing: Rabi's oscillation. */
static void hierarchy_rabi(void **unused)
{
    (void)unused;
    const double W = 0.7 * 0.004, d = 0.1 * DIA_EV, Wd = hypot(W, d);
    dia_exact_result r = solved(
        "{" LEVELS ", epsilon: [0 eV, 2 eV], dipoles: [{states: [0, 1], vector: [0.7, 0, 0]}]}", thermal,
        "duration: 40 fs, light: {rotating_wave: true, pulses: [{shape: constant, energy: 1.9 eV, field: 0.004 au, "
        "polarisation: [1, 0, 0]}]}",
        "{engine: heom, depth: 2, matsubara: 1, baths: [{reorganisation: 0.05 eV, cutoff: 0.02 eV, coupling: [1, 1]}], "
        "convergence: false}");
    for (int64_t s = 0; s < r.record->samples; s++)
        assert_close(r.record->diabatic[2 * s + 1],
                     pow(W / Wd * sin(0.5 * Wd * r.record->time[s] * DIA_FEMTOSECOND), 2), 0.0,
                     1e-6); /* as of the grid */
    dia_exact_close(&r);
}

/* A static field is a coupling. And a pulse over a bath that dephases: halving the sub-steps changes next to nothing, and less is lifted
 * than without the bath. */
static void hierarchy_field(void **unused)
{
    (void)unused;
    const char *bath =
        "{engine: heom, depth: 5, matsubara: 1, baths: [{reorganisation: 0.02 eV, cutoff: 0.02 eV, coupling: [0, 1]}], "
        "convergence: %s}";
    char engine[300];
    snprintf(engine, sizeof engine, bath, "false");
    dia_exact_result
        a = solved("{" LEVELS
                   ", epsilon: [0 hartree, 0.004 hartree], dipoles: [{states: [0, 1], vector: [0.5, 0, 0]}]}",
                   thermal,
                   "duration: 40 fs, light: {pulses: [{shape: constant, energy: 0 eV, field: 0.004 au, polarisation: "
                   "[1, 0, 0]}]}",
                   engine),
        b = solved("{" LEVELS ", epsilon: [0 hartree, 0.004 hartree], eta: [{states: [0, 1], value: -0.002 hartree}]}",
                   thermal, "duration: 40 fs", engine);
    assert_true(b.record->diabatic[2 * 40 + 1] > 0.1);
    assert_true(worst(2 * 41, a.record->diabatic, b.record->diabatic) < 1e-10); /* 1e-13 a Taylor series */
    dia_exact_close(&a);
    dia_exact_close(&b);
    snprintf(engine, sizeof engine, bath, "true");
    dia_exact_result c =
        solved("{" LEVELS ", epsilon: [0 eV, 2 eV], dipoles: [{states: [0, 1], vector: [0.7, 0, 0]}]}", thermal,
               "duration: 40 fs, light: {pulses: [{shape: cosine, energy: 2 eV, field: 0.004 au, fwhm: 10 fs, centre: "
               "20 fs, polarisation: [1, 0, 0]}]}",
               engine);
    assert_int_equal(c.changes, 3);
    assert_true(c.change[2] > 0.0 && c.change[2] < 1e-6);
    assert_true(c.norm_drift < 1e-10);
    dia_exact_close(&c);
}

/* ---- grid and basis -------------------------------------------------------------------------- */

/* A pulse that lifts a packet to two states that meet in an intersection, with dipoles that change along the coordinates: a grid with a
 * splitting, and oscillators with Chebyshev polynomials. */
static void grid_and_basis(void **unused)
{
    (void)unused;
    const char *
        model =
           "{type: vibronic, epsilon: [0 eV, 2 eV, 2.3 eV], modes: [{name: t, frequency: 0.1 eV, kappa: [0 eV, -0.1 "
           "eV, 0.15 "
           "eV]}, {name: c, frequency: 0.12 eV}], lambda: [{states: [1, 2], modes: [c], value: 0.2 eV}], dipoles: "
           "[{states: [0, 1], vector: [0.7, 0, 0.2]}, {states: [0, 2], vector: [0, 0.4, 0], mode: c}, {states: [1, 1], "
           "vector: [0.3, 0.3, 0]}]}",
       *initial =
           "sampling: fixed, position: [0.2, 0.1], position_width: [0.70710678, 0.70710678], state: {diabatic: 0}",
       *dynamics = "duration: 16 fs, light: {pulses: [{shape: cosine, energy: 2.1 eV, field: 0.02 au, fwhm: 5 fs, "
                   "centre: 7 fs, "
                   "polarisation: [2, 1, 1]}]}";
    dia_exact_result
        grid =
            solved(model, initial, dynamics,
                   "{engine: grid, order: 4, substeps: 2, lower: [-8, -8], upper: [8, 8], points: [54, 54], refine: 1, "
                   "convergence: false}"),
        basis = solved(model, initial, dynamics,
                       "{engine: oscillators, energy: 3.5 eV, adiabatic: false, convergence: false}");
    const dia_exact_record *a = grid.record, *b = basis.record;
    assert_int_equal(a->samples, 17);
    assert_true(a->diabatic[3 * 16 + 1] > 0.1);
    assert_true(worst(3 * 17, a->diabatic, b->diabatic) <
                2e-6); /* step of the splitting, of the light, sizes of both */
    assert_true(worst(18 * 17, a->density, b->density) < 5e-6);
    assert_true(worst(3 * 17, a->dipole, b->dipole) < 5e-6);
    assert_true(worst(17, a->energy, b->energy) < 2e-6);
    assert_true(worst(2 * 17, a->momentum, b->momentum) < 2e-5);
    assert_int_equal(a->overlaps, b->overlaps);
    assert_true(worst(2 * a->overlaps, a->overlap, b->overlap) < 5e-6);
    assert_true(basis.norm_drift < 1e-11);
    dia_exact_close(&grid);
    dia_exact_close(&basis);
}

/* A state that nothing couples to, so far up that a stage is many turns of it, changes nothing: two states alone are turned by a closed
 * form, three by squaring a short propagator. */
static void far_state(void **unused)
{
    (void)unused;
    const char *initial = "sampling: fixed, position: [0.2], position_width: [0.70710678], state: {diabatic: 0}",
               *dynamics =
                   "duration: 4 fs, light: {pulses: [{shape: cosine, energy: 2 eV, field: 0.05 au, fwhm: 2 fs, centre: "
                   "2 fs, polarisation: [1, 0, 0]}]}",
               *engine = "{engine: grid, order: 2, substeps: 1, lower: [-6], upper: [6], points: [32], refine: 1, "
                         "convergence: false}",
               *rest = "modes: [{name: a, frequency: 0.1 eV}], dipoles: [{states: [0, 1], vector: [0.7, 0, 0]}]}";
    char two[300], three[300];
    snprintf(two, sizeof two, "{type: vibronic, epsilon: [0 eV, 2 eV], %s", rest);
    snprintf(three, sizeof three, "{type: vibronic, epsilon: [0 eV, 2 eV, 1e6 eV], %s", rest);
    dia_exact_result a = solved(two, initial, dynamics, engine), b = solved(three, initial, dynamics, engine);
    assert_true(a.record->diabatic[2 * 4 + 1] > 0.1);
    for (int64_t s = 0; s < a.record->samples; s++) /* pieces of the field: a few 1e-7 */
        assert_close(b.record->diabatic[3 * s + 1], a.record->diabatic[2 * s + 1], 0.0, 2e-6);
    assert_true(b.norm_drift < 1e-9); /* 1e5 turns, rounding of each squared on */
    dia_exact_close(&a);
    dia_exact_close(&b);
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void refused(void **unused)
{
    (void)unused;
    static const char *const cases[][4] = {
        {"{type: tully, variant: 1}", "sampling: fixed, position: [-10], momentum: [10], position_width: [1], state: 0",
         "pulses: [{shape: constant, energy: 1 eV, field: 0.01 au, polarisation: [1, 0, 0]}]", "no dipoles"},
        {"{type: nai}", "sampling: wigner, state: 0",
         "orientation: random, pulses: [{shape: constant, energy: 1 eV, field: 0.01 au, polarisation: [1, 0, 0]}]",
         "a wave function has one"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char dynamics[400];
        dia_exact_result result = {0};
        dia_error error = {0};
        snprintf(dynamics, sizeof dynamics, "duration: 2 fs, light: {%s}", cases[i][2]);
        assert_true(solve(cases[i][0], cases[i][1], dynamics, "{engine: grid}", &result, &error) != DIA_OK);
        assert_non_null(strstr(error.text, cases[i][3]));
        dia_exact_close(&result);
    }
    dia_exact_result result = {0};
    dia_error error = {0};
    assert_true(solve("{type: nai}", "sampling: wigner, state: 0",
                      "duration: 2 fs, light: {pulses: [{shape: constant, energy: 1 eV, field: 0.01 au, polarisation: "
                      "[1, 0, 0]}]}",
                      "{engine: scattering, lower: 4, upper: 20}", &result, &error) != DIA_OK);
    assert_non_null(strstr(error.text, "does not know light"));
    dia_exact_close(&result);
    dia_error_clear(&error); /* more turns in a step than an int can count */
    assert_true(solve("{" LEVELS ", epsilon: [0 eV, 1e14 eV]}", thermal, "duration: 2 fs",
                      "{engine: heom, depth: 2, matsubara: 1, baths: [{reorganisation: 0.05 eV, cutoff: 0.02 eV, "
                      "coupling: [0, 1]}], convergence: false}",
                      &result, &error) != DIA_OK);
    assert_non_null(strstr(error.text, "too large for the engine heom"));
    dia_exact_close(&result);
}

int main(void)
{
    char command[100];
    if (mkdtemp(folder) == NULL)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hierarchy_rabi), cmocka_unit_test(hierarchy_field), cmocka_unit_test(grid_and_basis),
        cmocka_unit_test(far_state),      cmocka_unit_test(refused),
    };
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    snprintf(command, sizeof command, "%s/result.h5", folder);
    unlink(command);
    rmdir(folder);
    return failed;
}
