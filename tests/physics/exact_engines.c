/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engines of exact dynamics against each other and against closed forms, through whole inputs: engines that share no
 * mathematics must give the same answer to the same problem. */
#include "check.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diabolo/exact.h"
#include "math/vector.h"

static char folder[] = "/tmp/diabolo-exact-XXXXXX";

static dia_status solve(const char *text, const char *block, dia_exact_result *result, dia_error *error)
{
    char yaml[4000], path[100];
    snprintf(yaml, sizeof yaml, "%sexact: %s\n", text, block);
    snprintf(path, sizeof path, "%s/result.h5", folder);
    const dia_input input = {.text = yaml, .output = path};
    return dia_exact(&input, true, NULL, result, error);
}

static dia_exact_result solved(const char *text, const char *block)
{
    dia_exact_result result;
    dia_error error = {0};
    assert_ok(solve(text, block, &result, &error), &error);
    return result;
}

static double worst(int64_t n, const double *a, const double *b)
{
    double most = 0.0;
    for (int64_t i = 0; i < n; i++)
        most = dia_larger(most, fabs(a[i] - b[i]));
    return most;
}

/* ---- a packet on a conical intersection: grid and basis ---------------------------------------- */

static const char intersection[] =
    "model: {type: vibronic, epsilon: [0 eV, 0.5 eV], modes: [{name: t, frequency: 0.1 eV, kappa: [-0.1 eV, 0.15 eV]},"
    "{name: c, frequency: 0.12 eV}], lambda: [{states: [0, 1], modes: [c], value: 0.2 eV}],"
    "gamma: [{states: [1, 1], modes: [t, t], value: -0.01 eV}, {states: [0, 0], modes: [t, c], value: 0.005 eV}]}\n"
    "initial: {sampling: fixed, position: [0.5, 0.2], momentum: [0, 0.5], position_width: [0.70710678, 0.6], "
    "state: {diabatic: [0.6, 0.8i]}, trajectories: 1}\n"
    "dynamics: {timestep: 0.05 fs, duration: 20 fs}\noutput: {file: swarm.h5, every: 1 fs}\n";

static void grid_and_basis(void **unused)
{
    (void)unused;
    dia_exact_result grid = solved(
        intersection, "{engine: grid, order: 4, lower: [-8, -8], upper: [8, 8], points: [72, 72], convergence: false}");
    dia_exact_result basis =
        solved(intersection, "{engine: oscillators, energy: 4.5 eV, density: 6, convergence: false}");
    const dia_exact_record *a = grid.record, *b = basis.record;
    assert_int_equal(a->samples, 21);
    assert_int_equal(b->samples, 21);
    assert_true(worst(2 * 21, a->diabatic, b->diabatic) < 1e-6); /* step of the splitting, size of both */
    assert_true(worst(8 * 21, a->density, b->density) < 1e-6);
    assert_true(worst(2 * 21, a->position, b->position) < 1e-5);
    assert_true(worst(2 * 21, a->momentum, b->momentum) < 1e-5);
    assert_true(worst(2 * 21, a->position_width, b->position_width) < 1e-5);
    assert_true(worst(2 * 21, a->momentum_width, b->momentum_width) < 1e-5);
    assert_true(worst(21, a->kinetic, b->kinetic) < 1e-7);
    assert_true(worst(21, a->potential, b->potential) < 1e-7);
    assert_int_equal(a->overlaps, b->overlaps);
    assert_true(worst(2 * a->overlaps, a->overlap, b->overlap) < 1e-6);
    assert_true(worst(2 * 21, a->active, b->active) <
                5e-4); /* states turn around the intersection: both sums are slow */
    assert_true(basis.norm_drift < 1e-10 && basis.energy_drift < 1e-10);
    dia_exact_close(&grid);
    dia_exact_close(&basis);
}

/* A start in each adiabatic state, where the two diabats cross and solvers of eigenvectors turn one of them round: a packet
 * with a wrong sign there has a kink. */
static void adiabatic_start(void **unused)
{
    (void)unused;
    for (int state = 0; state < 2; state++) {
        char text[1000];
        snprintf(
            text, sizeof text,
            "model: {type: vibronic, epsilon: [0 eV, 0.1 eV], modes: [{name: t, frequency: 0.1 eV, kappa: [-0.1 eV, "
            "0.1 eV]}, {name: c, frequency: 0.12 eV}], eta: [{states: [0, 1], value: 0.4 eV}], "
            "lambda: [{states: [0, 1], modes: [c], value: 0.04 eV}]}\n"
            "initial: {sampling: fixed, position: [-0.5, 0.2], position_width: [0.70710678, 0.6], state: %d, "
            "trajectories: 1}\n"
            "dynamics: {timestep: 0.05 fs, duration: 4 fs}\noutput: {file: swarm.h5, every: 2 fs}\n",
            state);
        dia_exact_result grid = solved(
            text, "{engine: grid, order: 4, lower: [-8, -8], upper: [8, 8], points: [80, 72], convergence: false}");
        dia_exact_result basis = solved(text, "{engine: oscillators, energy: 5 eV, density: 3, convergence: false}");
        assert_true(worst(2 * 3, grid.record->diabatic, basis.record->diabatic) < 1e-5);
        assert_true(worst(2 * 3, grid.record->active, basis.record->active) < 1e-5);
        assert_close(basis.record->active[state], 1.0, 0.0, 1e-6);
        dia_exact_close(&grid);
        dia_exact_close(&basis);
    }
}

/* ---- Tully's problems: packet and waves -------------------------------------------------------- */

/* Each momentum of a packet goes its own way: what the absorbers took is the mean of the probabilities of waves over the
 * packet's distribution of momenta, a Gaussian of standard deviation 1/(2 width). */
static void packet_against_waves(int variant, double momentum, double start, double duration)
{
    enum { N = 81 };
    const double width = 0.5 / 1.2, from = momentum - 6.0 * width, step = 12.0 * width / (N - 1);
    char text[600], block[2000];
    snprintf(text, sizeof text,
             "model: {type: tully, variant: %d}\n"
             "initial: {sampling: fixed, position: [%g], momentum: [%g], position_width: [1.2], state: 0, "
             "trajectories: 1}\n"
             "dynamics: {timestep: 0.1 fs, duration: %g fs, stop: {reflected: x < %g, transmitted: x > 40}}\n"
             "output: {file: swarm.h5, every: %g fs}\n",
             variant, start, momentum, duration, start - 0.5, duration);
    int used = snprintf(block, sizeof block, "{engine: scattering, lower: %g, upper: 15, momenta: [", start - 6.0);
    for (int i = 0; i < N; i++)
        used += snprintf(block + used, sizeof block - (size_t)used, "%s%.12g", i > 0 ? ", " : "", from + i * step);
    snprintf(block + used, sizeof block - (size_t)used, "]}");
    dia_exact_result waves = solved(text, block);
    dia_exact_result packet = solved(text, "{engine: grid, convergence: false, substeps: 2}");
    double mean[4] = {0}, sum = 0.0;
    assert_int_equal(waves.record->energies, N);
    for (int i = 0; i < N; i++) {
        const double k = from + i * step, weight = exp(-0.5 * pow((k - momentum) / width, 2));
        assert_close(waves.record->scattering_momentum[4 * i], k, 1e-10, 0.0);
        assert_true(waves.record->scattering_unitarity[i] < 1e-10 && waves.record->scattering_change[i] <= 1e-8);
        for (int c = 0; c < 4; c++) {
            const double *S = waves.record->scattering_matrix + 2 * (16 * i + 4 * c);
            mean[c] += weight * (S[0] * S[0] + S[1] * S[1]);
        }
        sum += weight;
    }
    const double *absorbed = packet.record->absorbed + 4 * (packet.record->samples - 1);
    for (int c = 0; c < 4; c++) {
        assert_close(absorbed[c], mean[c] / sum, 0.0, 1e-5);
    }
    /* Regions of dynamics.stop at any place behind the crossing hold the same, also behind the box; channels together are norm and absorbed. */
    dia_outcome *outcomes;
    int count;
    double all = 0.0;
    dia_error error = {0};
    assert_ok(dia_exact_outcomes(packet.record, &outcomes, &count, &error), &error);
    assert_int_equal(count, 9);
    assert_string_equal(outcomes[0].name, "reflected");
    assert_string_equal(outcomes[3].name, "transmitted");
    assert_string_equal(outcomes[6].name, "inside");
    for (int c = 0; c < 4; c++)
        assert_close(outcomes[c < 2 ? c : c + 1].share, mean[c] / sum, 0.0, 1e-5);
    for (int e = 2; e < 9; e += 3)
        all += outcomes[e].share;
    assert_close(all, 1.0, 0.0, 1e-11);
    assert_true(outcomes[8].share < 1e-6);
    free(outcomes);
    dia_exact_close(&waves);
    dia_exact_close(&packet);
}

static void packet_and_waves(void **unused)
{
    (void)unused;
    packet_against_waves(1, 15.0, -9.0, 100.0);
    packet_against_waves(2, 20.0, -9.0,
                         100.0); /* all of it faster than where its upper state opens, at a momentum of 14.1 */
    /* A third of it comes back. Its states are 1.2e-3 hartree apart and couple by 0.1 exp(0.9 x): an adiabatic state nearer than
     * -20 bohr is not one channel (at -9 bohr the start transmits 0.666 instead of 0.637). */
    packet_against_waves(3, 15.0, -20.0, 200.0);
}

/* What a Gaussian of widths 0.707 and 0.6 has in a half plane, and of the rest in the outside of a strip: products of error
 * functions. A cell that a limit cuts counts with its part, which leaves an error of second order in the distance of points,
 * and that of 1/64 of a cell. Where both hold the first counts. */
static void regions(void **unused)
{
    (void)unused;
    const double far = 0.5 * erfc((0.7 - 0.2) / (sqrt(2.0) * 0.6)),
                 wide = 1.0 - 0.5 * (erf((1.0 - 0.5) / 1.0) + erf((1.0 + 0.5) / 1.0));
    char text[1500];
    snprintf(text, sizeof text, "%s", intersection);
    char *end = strstr(text, "duration: 20 fs}");
    assert_non_null(end);
    snprintf(end, sizeof text - (size_t)(end - text), "%s",
             "duration: 0.1 fs, stop: {far: y > 0.7, wide: '|x| > 1', farther: y > 2}}\n"
             "output: {file: swarm.h5, every: 0.1 fs}\n");
    for (int i = 0; i < 2; i++) {
        dia_exact_result r =
            solved(text, i == 0 ? "{lower: [-8, -8], upper: [8, 8], points: [72, 72], convergence: false}"
                                : "{lower: [-8, -8], upper: [8, 8], points: [144, 144], convergence: false}");
        const double *outcome = r.record->outcome;
        assert_int_equal(r.record->channels, 4);
        const double allowed = i == 0 ? 2e-3 : 7e-4;
        assert_close(outcome[0] + outcome[1], far, 0.0, allowed);
        assert_close(outcome[2] + outcome[3], (1.0 - far) * wide, 0.0, allowed);
        assert_close(outcome[4] + outcome[5], 0.0, 0.0, 1e-15);
        assert_close(outcome[6] + outcome[7], (1.0 - far) * (1.0 - wide), 0.0, 2.0 * allowed);
        for (int k = 0; k < 2; k++) { /* by adiabatic state, on the points of the grid */
            double sum = 0.0;
            for (int c = 0; c < 4; c++)
                sum += outcome[2 * c + k];
            assert_close(sum, r.record->active[k], 0.0, 1e-3);
        }
        dia_exact_close(&r);
    }
    /* In a basis of oscillators integrals end at the limits: no error but that of the cut tails of functions. */
    dia_exact_result r = solved(text, "{engine: oscillators, convergence: false}");
    const double *outcome = r.record->outcome;
    assert_int_equal(r.record->channels, 4);
    const double allowed = 1e-8;
    assert_close(outcome[0] + outcome[1], far, 0.0, allowed);
    assert_close(outcome[2] + outcome[3], (1.0 - far) * wide, 0.0, allowed);
    assert_close(outcome[4] + outcome[5], 0.0, 0.0, 1e-15);
    assert_close(outcome[6] + outcome[7], (1.0 - far) * (1.0 - wide), 0.0, allowed);
    dia_exact_close(&r);
}

/* ---- baths ------------------------------------------------------------------------------------- */

/* Re g(t), g'' = C, of a Debye bath: the terms of its cutoff and of 20000 Matsubara frequencies. */
static double line_shape(double l, double c, double kT, double t)
{
    double sum = l / (c * tan(0.5 * c / kT)) * (exp(-c * t) + c * t - 1.0);
    for (int k = 1; k <= 20000; k++) {
        const double nu = 2.0 * DIA_PI * k * kT;
        sum += 4.0 * l * c * kT / (nu * (nu * nu - c * c)) * (exp(-nu * t) + nu * t - 1.0);
    }
    return sum;
}

/* States that do not couple only dephase, by exp(-4 Re g) for coupling [1, -1]; a bath that does not couple leaves Rabi's
 * oscillation. */
static void baths(void **unused)
{
    (void)unused;
    const char *model =
        "model: {type: vibronic, epsilon: [0.1 eV, -0.1 eV], %s modes: [{name: a, frequency: 0.1 eV}]}\n"
        "initial: {sampling: fixed, temperature: 3000 K, state: {diabatic: [0.6, 0.8]}, trajectories: 1}\n"
        "dynamics: {timestep: 0.5 fs, duration: 20 fs}\noutput: {file: swarm.h5, every: 1 fs}\n";
    char text[1000];
    snprintf(text, sizeof text, model, "");
    dia_exact_result result = solved(text, "{engine: heom, depth: 14, matsubara: 2, baths: [{reorganisation: 0.02 eV, "
                                           "cutoff: 0.05 eV, coupling: [1, -1]}]}");
    const double l = 0.02 * DIA_EV, c = 0.05 * DIA_EV, kT = 3000.0 * DIA_KELVIN;
    for (int64_t s = 0; s < result.record->samples; s++) {
        const double t = result.record->time[s] * DIA_FEMTOSECOND;
        const double complex expected = 0.48 * cexp(-I * 0.2 * DIA_EV * t - 4.0 * line_shape(l, c, kT, t));
        assert_close(result.record->density[8 * s + 2], creal(expected), 0.0, 5e-5);
        assert_close(result.record->density[8 * s + 3], cimag(expected), 0.0, 5e-5);
        assert_close(result.record->diabatic[2 * s], 0.36, 0.0, 1e-10);
    }
    assert_null(result.record->active); /* a density matrix of electrons knows no adiabatic states */
    assert_true(result.changes == 2 && result.change[0] < 1e-4);
    dia_exact_close(&result);
    snprintf(text, sizeof text, model, "eta: [{states: [0, 1], value: 0.15 eV}],");
    memcpy(strstr(text, "[0.6, 0.8]"), "[1.0, 0.0]", 10);
    result = solved(text, "{engine: heom, depth: 1, matsubara: 0, pade: false, baths: [{reorganisation: 0 eV, cutoff: "
                          "0.05 eV, coupling: [1, -1]}], convergence: false}");
    for (int64_t s = 0; s < result.record->samples; s++) {
        const double W = hypot(0.1, 0.15) * DIA_EV, t = result.record->time[s] * DIA_FEMTOSECOND;
        assert_close(result.record->diabatic[2 * s + 1], pow(0.15 * DIA_EV / W * sin(W * t), 2), 0.0, 1e-10);
    }
    dia_exact_close(&result);
}

/* ---- refusals ---------------------------------------------------------------------------------- */

static void refusals(void **unused)
{
    (void)unused;
    static const char *const start =
        "initial: {sampling: fixed, position_width: [0.7071], state: {diabatic: 1}, trajectories: 1}\n"
        "dynamics: {timestep: 0.1 fs, duration: 1 fs}\noutput: {file: swarm.h5}\n";
    static const char *const refused[][3] = {
        {"model: {type: pyrazine24}", "{engine: oscillators}", "functions of 24 modes"},
        {"model: {type: ferretti}", "{engine: oscillators}", "polynomial"},
        {"model: {type: ferretti}", "{engine: scattering, lower: -1, upper: 1}", "one coordinate"},
        {"model: {type: tully, variant: 1}", "{engine: scattering, lower: -9, upper: 9, momenta: [9]}",
         "one adiabatic state"},
        {"model: {type: pyrazine3}", "{engine: heom}", "exact.baths"},
        {"model: {type: pyrazine3}", "{engine: heom, baths: [{reorganisation: 1 meV, cutoff: 1 meV, coupling: [1]}]}",
         "one a state"},
        {"model: {type: pyrazine3}",
         "{engine: heom, baths: [{reorganisation: 1 meV, cutoff: 1 meV, coupling: [1, -1]}]}", "temperature"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        char text[1000];
        dia_exact_result result;
        dia_error error = {0};
        snprintf(text, sizeof text, "%s\n%s", refused[i][0], start);
        assert_int_equal(solve(text, refused[i][1], &result, &error), DIA_ERROR_INPUT);
        if (strstr(error.text, refused[i][2]) == NULL)
            print_message("%s\n", error.text);
        assert_non_null(strstr(error.text, refused[i][2]));
        dia_exact_close(&result);
    }
}

static int setup(void **unused)
{
    (void)unused;
    return mkdtemp(folder) == NULL;
}

static int teardown(void **unused)
{
    char path[100];
    (void)unused;
    snprintf(path, sizeof path, "%s/result.h5", folder);
    unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grid_and_basis), cmocka_unit_test(adiabatic_start), cmocka_unit_test(packet_and_waves),
        cmocka_unit_test(regions),        cmocka_unit_test(baths),           cmocka_unit_test(refusals)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
