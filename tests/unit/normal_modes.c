/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "molecule/modes.h"
#include "springs.h"

static void molecule_of(dia_molecule *molecule, int natom, const int *numbers, const double *reference)
{
    dia_error error = {0};
    assert_ok(dia_molecule_init(molecule, natom, 3, numbers, &error), &error);
    memcpy(molecule->reference, reference, (size_t)molecule->ncart * sizeof *reference);
}

static void modes_of(dia_modes *modes, const dia_molecule *molecule, springs *s)
{
    dia_error error = {0};
    double hessian[24 * 24];
    assert_ok(dia_hessian(molecule, springs_surface, s, molecule->reference, 5e-3, hessian, &error), &error);
    assert_ok(dia_modes_make(modes, molecule, molecule->reference, hessian, &error), &error);
}

/* Vectors are orthonormal, and orthogonal to translations and rotations. */
static void check_vectors(const dia_modes *modes, const dia_molecule *molecule)
{
    double T[6 * 24];
    int rigid = dia_rigid_motions(molecule, molecule->reference, T), n = modes->ncart;
    assert_int_equal(modes->nmode, n - rigid);
    for (int i = 0; i < modes->nmode; i++)
        for (int j = 0; j < modes->nmode + rigid; j++) {
            const double *v = j < modes->nmode ? modes->vector + j * n : T + (j - modes->nmode) * n;
            double product = 0.0;
            for (int c = 0; c < n; c++)
                product += modes->vector[i * n + c] * v[c];
            assert_close(product, i == j, 0, 1e-13);
        }
}

static const int h2o_numbers[] = {8, 1, 1}, co2_numbers[] = {8, 6, 8}, n2_numbers[] = {7, 7},
                 h2o2_numbers[] = {1, 8, 8, 1};
static const double h2o[] = {0.1, 0.2, 0.3, 1.53, 0.2, 1.4, -1.33, 0.2, 1.4};
static const double n2[] = {0.1, 0.2, 0.3, 0.9, 1.4, 1.9}; /* along (2, 3, 4): no axis of the frame */
static const double co2[] = {-0.8, -1.2, -1.6, 0, 0, 0, 0.8, 1.2, 1.6};
static const double h2o2[] = {1.5, 0.9, 0.4, 1.3, -0.1, 0, -1.3, 0.1, 0, -1.5, -0.9, 0.4};

static void test_diatomic(void **state)
{
    (void)state;
    dia_molecule molecule;
    dia_modes modes;
    springs s;
    molecule_of(&molecule, 2, n2_numbers, n2);
    springs_make(&s, &molecule, 1.5);
    modes_of(&modes, &molecule, &s);
    assert_int_equal(modes.nmode, 1);
    check_vectors(&modes, &molecule);
    assert_close(modes.frequency[0], sqrt(1.5 * 2.0 / molecule.masses[0]), 1e-9, 0);
    assert_close(dia_modes_zero_point(&modes, 0.0), 0.5 * modes.frequency[0], 1e-14, 0);
    assert_close(dia_modes_zero_point(&modes, 1.0), 0.0, 0, 0);
    dia_modes_free(&modes);
    dia_molecule_free(&molecule);
}

/* Linear XY2 with bond springs k and bend k_delta: Herzberg, Infrared and Raman Spectra (1945), eqs II,182-184 without
 * k12. */
static void test_linear(void **state)
{
    (void)state;
    dia_molecule molecule;
    dia_modes modes;
    springs s;
    molecule_of(&molecule, 3, co2_numbers, co2);
    springs_make(&s, &molecule, 1.0);
    s.k[2][0] = s.k[0][2] = 0.0;
    s.bend[0] = 0, s.bend[1] = 1, s.bend[2] = 2;
    s.kbend = 0.3;
    modes_of(&modes, &molecule, &s);
    assert_int_equal(modes.nmode, 4);
    check_vectors(&modes, &molecule);
    double mo = molecule.masses[0], mc = molecule.masses[1], l2 = s.length[1][0] * s.length[1][0];
    double bend = sqrt(2.0 * 0.3 / (l2 * mo) * (1.0 + 2.0 * mo / mc));
    assert_close(modes.frequency[0], bend, 1e-8, 0); /* error of the five-point formula */
    assert_close(modes.frequency[1], bend, 1e-8, 0);
    assert_close(modes.frequency[2], sqrt(1.0 / mo), 1e-8, 0);
    assert_close(modes.frequency[3], sqrt(1.0 / mo + 2.0 / mc), 1e-8, 0);
    dia_modes_free(&modes);
    dia_molecule_free(&molecule);
}

/* The bends of CO2 have one frequency, and its oxygen atoms move alike: rounding in the Hessian turns no mode and no sign. */
static void test_ties(void **state)
{
    (void)state;
    dia_molecule molecule;
    dia_modes modes, again;
    dia_error error = {0};
    springs s;
    double hessian[81], noisy[81];
    molecule_of(&molecule, 3, co2_numbers, co2);
    springs_make(&s, &molecule, 1.0);
    s.bend[0] = 0, s.bend[1] = 1, s.bend[2] = 2;
    s.kbend = 0.3;
    assert_ok(dia_hessian(&molecule, springs_surface, &s, co2, 5e-3, hessian, &error), &error);
    assert_ok(dia_modes_make(&modes, &molecule, co2, hessian, &error), &error);
    check_vectors(&modes, &molecule);
    for (int k = 1; k <= 20; k++) {
        for (int c = 0; c < 9; c++)
            for (int d = 0; d <= c; d++)
                noisy[9 * c + d] = noisy[9 * d + c] = hessian[9 * c + d] + 1e-13 * sin(17.0 * k + 3.1 * c + 5.3 * d);
        assert_ok(dia_modes_make(&again, &molecule, co2, noisy, &error), &error);
        for (int c = 0; c < 9 * modes.nmode; c++)
            assert_close(again.vector[c], modes.vector[c], 0, 1e-10); /* the noise over the difference of frequencies */
        dia_modes_free(&again);
    }
    dia_modes_free(&modes);
    dia_molecule_free(&molecule);
}

/* Teller and Redlich's product rule (Redlich, Z. Phys. Chem. B 28, 371 (1935)): with other masses on the same surface,
 * prod (w'/w)^2 = prod (m/m')^3 (M'/M)^3 prod I'/I over the turns that there are. Knows nothing of how modes are found.
 */
static void check_product_rule(int natom, const int *numbers, const double *geometry, int heavy, double kbend)
{
    dia_molecule light, other;
    dia_modes a, b;
    springs s;
    dia_error error = {0};
    molecule_of(&light, natom, numbers, geometry);
    assert_ok(dia_molecule_copy(&other, &light, &error), &error);
    other.masses[heavy] *= 2.0;
    springs_make(&s, &light, 0.4);
    if (kbend > 0.0) {
        s.bend[0] = 0, s.bend[1] = 1, s.bend[2] = 2;
        s.kbend = kbend;
    }
    modes_of(&a, &light, &s);
    modes_of(&b, &other, &s);
    check_vectors(&b, &other);
    assert_int_equal(a.nmode, b.nmode);
    double product = 1.0, expected = 1.0, mass[2] = {0, 0}, moment[2][3], axis[9];
    for (int m = 0; m < a.nmode; m++)
        product *= (b.frequency[m] / a.frequency[m]) * (b.frequency[m] / a.frequency[m]);
    for (int i = 0; i < natom; i++) {
        mass[0] += light.masses[i];
        mass[1] += other.masses[i];
        expected *= pow(light.masses[i] / other.masses[i], 3);
    }
    expected *= pow(mass[1] / mass[0], 3);
    int turns = dia_principal_axes(&light, light.reference, moment[0], axis);
    assert_int_equal(dia_principal_axes(&other, other.reference, moment[1], axis), turns);
    for (int i = 3 - turns; i < 3; i++)
        expected *= moment[1][i] / moment[0][i];
    assert_close(product, expected, 1e-7, 0); /* the Hessian's error, times the number of modes */
    assert_true(product < 0.999);
    dia_modes_free(&a);
    dia_modes_free(&b);
    dia_molecule_free(&light);
    dia_molecule_free(&other);
}

static void test_isotopes(void **state)
{
    (void)state;
    check_product_rule(3, h2o_numbers, h2o, 1, 0.0);
    check_product_rule(4, h2o2_numbers, h2o2, 3, 0.0);
    check_product_rule(2, n2_numbers, n2, 0, 0.0);
    check_product_rule(3, co2_numbers, co2, 1, 0.2);
}

/* At a saddle point the frequency of the way down is negative and comes first. */
static void test_imaginary(void **state)
{
    (void)state;
    dia_molecule molecule;
    dia_modes modes;
    springs s;
    molecule_of(&molecule, 3, co2_numbers, co2);
    springs_make(&s, &molecule, 1.0);
    s.bend[0] = 0, s.bend[1] = 1, s.bend[2] = 2;
    s.kbend = -0.3;
    modes_of(&modes, &molecule, &s);
    assert_true(modes.frequency[0] < 0.0 && modes.frequency[1] < 0.0 && modes.frequency[2] > 0.0);
    dia_modes_free(&modes);
    dia_molecule_free(&molecule);
}

/* The minimum of the surface from a bent, stretched start. */
static void test_minimum(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    springs s;
    double R[12];
    dia_minimum found;
    molecule_of(&molecule, 4, h2o2_numbers, h2o2);
    springs_make(&s, &molecule, 0.4);
    for (int c = 0; c < 12; c++)
        R[c] = h2o2[c] + 0.2 * sin(7.0 * c);
    assert_ok(dia_minimise(12, R, NULL, springs_surface, &s, 1e-8, 0.3, 200, &found, &error), &error);
    assert_close(found.f, 0.0, 0, 1e-14); /* gradient^2 / curvature */
    dia_molecule_free(&molecule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diatomic), cmocka_unit_test(test_linear),    cmocka_unit_test(test_ties),
        cmocka_unit_test(test_isotopes), cmocka_unit_test(test_imaginary), cmocka_unit_test(test_minimum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
