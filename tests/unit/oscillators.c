/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statistics of 20000 samples with a fixed seed; each bound is four standard errors of what it bounds. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "molecule/oscillators.h"
#include "springs.h"

enum { SAMPLES = 20000 };

typedef struct sampled {
    dia_molecule molecule;
    springs s;
    dia_modes modes;
    dia_oscillators set;
} sampled;

static void start(sampled *y, int natom, const int *numbers, const double *reference, double kbend)
{
    dia_error error = {0};
    double hessian[12 * 12];
    memset(y, 0, sizeof *y);
    assert_ok(dia_molecule_init(&y->molecule, natom, 3, numbers, &error), &error);
    memcpy(y->molecule.reference, reference, (size_t)y->molecule.ncart * sizeof *reference);
    springs_make(&y->s, &y->molecule, 0.5);
    if (kbend > 0.0) {
        y->s.bend[1] = 1, y->s.bend[2] = 2;
        y->s.kbend = kbend;
    }
    assert_ok(dia_hessian(&y->molecule, springs_surface, &y->s, reference, 5e-3, hessian, &error), &error);
    assert_ok(dia_modes_make(&y->modes, &y->molecule, reference, hessian, &error), &error);
    y->set = (dia_oscillators){
        .molecule = &y->molecule, .centre = y->molecule.reference, .modes = &y->modes, .lowest = 1e-6, .seed = 11};
}

static void shut(sampled *y)
{
    dia_modes_free(&y->modes);
    dia_molecule_free(&y->molecule);
}

static const int h2o_numbers[] = {8, 1, 1}, co2_numbers[] = {8, 6, 8}, h2_numbers[] = {1, 1};
static const double h2o[] = {0.1, 0.2, 0.3, 1.53, 0.2, 1.4, -1.33, 0.2, 1.4};
static const double co2[] = {-0.8, -1.2, -1.6, 0, 0, 0, 0.8, 1.2, 1.6};
static const double h2[] = {0, 0, 0, 0.8, 0.9, 0.7};

/* Means, variances and correlations of Q and P; energy of each oscillator and of all. */
static void check_oscillators(sampled *y, double kT)
{
    double Q[12], P[12], mean[24] = {0}, square[24] = {0}, mixed[12] = {0}, energy = 0.0, root = sqrt(SAMPLES);
    int n = y->modes.nmode;
    y->set.temperature = kT;
    for (int i = 0; i < SAMPLES; i++) {
        dia_oscillators_draw(&y->set, (uint64_t)i, Q, P);
        for (int m = 0; m < n; m++) {
            mean[2 * m] += Q[m] / SAMPLES;
            mean[2 * m + 1] += P[m] / SAMPLES;
            square[2 * m] += Q[m] * Q[m] / SAMPLES;
            square[2 * m + 1] += P[m] * P[m] / SAMPLES;
            mixed[m] += Q[m] * P[m] / SAMPLES;
            energy += 0.5 * y->modes.frequency[m] * (Q[m] * Q[m] + P[m] * P[m]) / SAMPLES;
        }
    }
    double total = 0.0, spread = 0.0;
    for (int m = 0; m < n; m++) {
        const double w = y->modes.frequency[m], wigner = kT > 0.0 ? 0.5 / tanh(0.5 * w / kT) : 0.5;
        const double variance = y->set.distribution == DIA_HUSIMI      ? wigner + 0.5
                                : y->set.distribution == DIA_BOLTZMANN ? kT / w
                                                                       : wigner;
        assert_close(dia_oscillators_deviation(&y->set, m), sqrt(variance), 1e-14, 0);
        for (int k = 2 * m; k < 2 * m + 2; k++) {
            assert_close(mean[k], 0.0, 0, 4 * sqrt(variance) / root);
            assert_close(square[k], variance, 0, 4 * variance * sqrt(2.0) / root);
        }
        assert_close(mixed[m], 0.0, 0, 4 * variance / root);
        total += w * variance;
        spread += w * variance * w * variance; /* var of w(Q^2+P^2)/2 = w^2 variance^2 */
    }
    assert_close(dia_oscillators_energy(&y->set), total, 1e-13, 0);
    assert_close(energy, total, 0, 4 * sqrt(spread) / root);
}

static void test_statistics(void **state)
{
    (void)state;
    sampled y;
    start(&y, 3, h2o_numbers, h2o, 0.0);
    check_oscillators(&y, 0.0);
    assert_close(dia_oscillators_energy(&y.set), dia_modes_zero_point(&y.modes, 0.0), 1e-14, 0);
    check_oscillators(&y, 3000 * DIA_KELVIN);
    y.set.distribution = DIA_HUSIMI;
    check_oscillators(&y, 0.0);
    check_oscillators(&y, 3000 * DIA_KELVIN);
    y.set.distribution = DIA_BOLTZMANN;
    check_oscillators(&y, 3000 * DIA_KELVIN);
    assert_close(dia_oscillators_energy(&y.set), 3 * 3000 * DIA_KELVIN, 1e-14, 0); /* kT an oscillator */
    y.set.distribution = DIA_WIGNER;
    check_oscillators(&y, 1e5 * DIA_KELVIN); /* towards the classical limit, kT an oscillator */
    assert_close(dia_oscillators_energy(&y.set), 3 * 1e5 * DIA_KELVIN, 1e-2, 0);
    shut(&y);
}

static void check_rigid(const sampled *y, const double *R, const double *V, int turns)
{
    double centre[3], drift[3], moment[3], axis[9], L[3] = {0, 0, 0};
    dia_centre_of_mass(&y->molecule, R, centre);
    dia_centre_of_mass(&y->molecule, V, drift);
    double home[3];
    dia_centre_of_mass(&y->molecule, y->molecule.reference, home);
    for (int i = 0; i < 3; i++) {
        assert_close(centre[i], home[i], 0, 1e-13);
        assert_close(drift[i], 0.0, 0, 1e-16);
    }
    for (int a = 0; a < y->molecule.natom; a++)
        for (int i = 0; i < 3; i++) {
            int j = (i + 1) % 3, k = (i + 2) % 3;
            L[i] += y->molecule.masses[a] *
                    ((R[3 * a + j] - centre[j]) * V[3 * a + k] - (R[3 * a + k] - centre[k]) * V[3 * a + j]);
        }
    dia_principal_axes(&y->molecule, R, moment, axis);
    for (int n = 3 - turns; n < 3; n++) /* in units of hbar, where vibration alone makes about 1 */
        assert_close(axis[3 * n] * L[0] + axis[3 * n + 1] * L[1] + axis[3 * n + 2] * L[2], 0.0, 0, 1e-11);
}

/* Kinetic energy, centre of mass and rotation of the placed molecules. `lost`: what removing the rotation may take of
 * the mean kinetic energy, second order in the displacements. */
static void check_placed(sampled *y, int turns, double lost)
{
    double Q[12], P[12], R[12], V[12], kinetic = 0.0, most = 0.0;
    y->set.temperature = 0.0;
    for (int i = 0; i < SAMPLES; i++) {
        double one = 0.0;
        dia_oscillators_draw(&y->set, (uint64_t)i, Q, P);
        dia_oscillators_place(&y->set, Q, P, R, V);
        for (int c = 0; c < y->molecule.ncart; c++)
            one += 0.5 * y->molecule.masses[c / 3] * V[c] * V[c];
        if (i < 500)
            check_rigid(y, R, V, turns);
        /* displacements projected back are Q */
        for (int m = 0; i < 100 && m < y->modes.nmode; m++) {
            double x = 0.0;
            for (int c = 0; c < y->molecule.ncart; c++)
                x += y->modes.vector[m * y->modes.ncart + c] * sqrt(y->molecule.masses[c / 3]) *
                     (R[c] - y->molecule.reference[c]);
            assert_close(x * sqrt(y->modes.frequency[m]), Q[m], 0, 1e-12);
        }
        kinetic += one / SAMPLES;
        most = one > most ? one : most;
    }
    double expected = 0.5 * dia_oscillators_energy(&y->set);
    assert_true(kinetic < expected * (1 + 4 * sqrt(2.0 / SAMPLES)));
    assert_true(kinetic > expected * (1 - lost - 4 * sqrt(2.0 / SAMPLES)));
    assert_true(most < 20 * expected); /* nothing explodes */
}

static void test_bent(void **state)
{
    (void)state;
    sampled y;
    start(&y, 3, h2o_numbers, h2o, 0.0);
    check_placed(&y, 3, 0.03);
    shut(&y);
}

/* A linear molecule: displaced, it has a tiny third moment of inertia; a rotation about it must not be invented. */
static void test_linear(void **state)
{
    (void)state;
    sampled y;
    start(&y, 3, co2_numbers, co2, 0.3);
    assert_int_equal(y.modes.nmode, 4);
    check_oscillators(&y, 0.0);
    check_placed(&y, 2, 0.02);
    shut(&y);
}

/* <(r - r0)^2> of a diatomic along its axis is 1/(2 mu w): heavier isotopes spread less, by sqrt(1/2) for D2 against
 * H2. */
static void test_isotopes(void **state)
{
    (void)state;
    double variance[2];
    for (int heavy = 0; heavy < 2; heavy++) {
        sampled y;
        dia_error error = {0};
        double hessian[36], R[6], V[6], Q[1], P[1];
        start(&y, 2, h2_numbers, h2, 0.0);
        if (heavy) {
            y.molecule.masses[0] *= 2.0;
            y.molecule.masses[1] *= 2.0;
            dia_modes_free(&y.modes);
            assert_ok(dia_hessian(&y.molecule, springs_surface, &y.s, h2, 5e-3, hessian, &error), &error);
            assert_ok(dia_modes_make(&y.modes, &y.molecule, h2, hessian, &error), &error);
        }
        double length = y.s.length[1][0], sum = 0.0;
        for (int i = 0; i < SAMPLES; i++) {
            double along = 0.0;
            dia_oscillators_draw(&y.set, (uint64_t)i, Q, P);
            dia_oscillators_place(&y.set, Q, P, R, V);
            for (int k = 0; k < 3; k++)
                along += (R[3 + k] - R[k]) * (h2[3 + k] - h2[k]) / length;
            sum += (along - length) * (along - length) / SAMPLES;
        }
        double mu = 0.5 * y.molecule.masses[0];
        variance[heavy] = 1.0 / (2.0 * mu * y.modes.frequency[0]);
        assert_close(sum, variance[heavy], 4 * sqrt(2.0 / SAMPLES), 0);
        shut(&y);
    }
    assert_close(variance[1] / variance[0], sqrt(0.5), 1e-9, 0);
}

/* Soft and imaginary modes rest; a sample hangs on its own number alone. */
static void test_rest(void **state)
{
    (void)state;
    sampled y;
    double Q[12], P[12], again[12], R[12], V[12];
    start(&y, 3, h2o_numbers, h2o, 0.0);
    y.modes.frequency[0] = -y.modes.frequency[0];
    y.set.lowest = 0.5 * (y.modes.frequency[1] + y.modes.frequency[2]);
    dia_oscillators_draw(&y.set, 17, Q, P);
    assert_close(Q[0], 0.0, 0, 0);
    assert_close(P[1], 0.0, 0, 0);
    assert_true(Q[2] != 0.0 && P[2] != 0.0);
    dia_oscillators_place(&y.set, Q, P, R, V);
    for (int c = 0; c < 9; c++)
        assert_true(isfinite(R[c]) && isfinite(V[c]));
    dia_oscillators_draw(&y.set, 3, again, P);
    assert_true(again[2] != Q[2]);
    dia_oscillators_draw(&y.set, 17, again, P);
    assert_memory_equal(again, Q, 3 * sizeof *Q);
    y.set.seed = 12;
    dia_oscillators_draw(&y.set, 17, again, P);
    assert_true(again[2] != Q[2]);
    shut(&y);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statistics), cmocka_unit_test(test_bent), cmocka_unit_test(test_linear),
        cmocka_unit_test(test_isotopes),   cmocka_unit_test(test_rest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
