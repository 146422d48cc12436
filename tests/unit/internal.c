/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "intersect/interpolate.h"
#include "molecule/radii.h"
#include "parallel/team.h"

enum { NATOM = 6, NCART = 18 };

static const double pi = 3.14159265358979323846, degree = 3.14159265358979323846 / 180.0;

/* Ethylene: C C H H H H, hydrogens 2, 3 on carbon 0 and 4, 5 on carbon 1; along z in the yz plane, bohr. */
static const double planar[NCART] = {0, 0,     1.26, 0, 0,    -1.26, 0, 1.75,  2.33,
                                     0, -1.75, 2.33, 0, 1.75, -2.33, 0, -1.75, -2.33};

static void make_molecule(dia_molecule *molecule)
{
    static const int numbers[NATOM] = {6, 6, 1, 1, 1, 1};
    dia_error error = {0};
    assert_ok(dia_molecule_init(molecule, NATOM, 3, numbers, &error), &error);
    memcpy(molecule->reference, planar, sizeof planar);
}

static dia_coordinate parse(const char *text, const dia_molecule *molecule)
{
    dia_error error = {0};
    dia_coordinate c;
    assert_ok(dia_coordinate_parse(&c, text, molecule, &error), &error);
    return c;
}

static int count_kind(const dia_internal_set *set, dia_coordinate_kind kind)
{
    int count = 0;
    for (int i = 0; i < set->n; i++)
        count += set->coordinate[i].term[0].kind == kind;
    return count;
}

static void test_set(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    dia_internal_set set;
    make_molecule(&molecule);
    assert_ok(dia_internal_set_make(&set, &molecule, 1, planar, &error), &error);
    assert_int_equal(count_kind(&set, DIA_COORDINATE_DISTANCE), 5);
    assert_int_equal(count_kind(&set, DIA_COORDINATE_ANGLE), 6);
    assert_int_equal(count_kind(&set, DIA_COORDINATE_TORSION), 4);
    assert_int_equal(count_kind(&set, DIA_COORDINATE_OUT_OF_PLANE), 6);
    dia_internal_set_free(&set);
    double apart[NCART]; /* one hydrogen far away: still one graph, by its shortest distance */
    memcpy(apart, planar, sizeof apart);
    apart[16] -= 20.0;
    assert_ok(dia_internal_set_make(&set, &molecule, 1, apart, &error), &error);
    assert_int_equal(count_kind(&set, DIA_COORDINATE_DISTANCE), 5);
    dia_internal_set_free(&set);
    dia_molecule_free(&molecule);
    assert_close(dia_element_radius(6) / DIA_ANGSTROM, 0.76, 1e-14, 0);
    assert_close(dia_element_radius(0), 0, 0, 0);
    assert_close(dia_element_radius(87), 0, 0, 0);
}

/* Neither moved nor turned: the mass-weighted centre and angular displacement vanish (to first order: small changes).
 */
static void check_rest(const dia_molecule *molecule, const double *A, const double *B, double tolerance)
{
    double shift[3] = {0, 0, 0}, turn[3] = {0, 0, 0};
    for (int a = 0; a < molecule->natom; a++)
        for (int i = 0; i < 3; i++) {
            const int j = (i + 1) % 3, k = (i + 2) % 3;
            const double m = molecule->masses[a] / molecule->masses[0];
            shift[i] += m * (B[3 * a + i] - A[3 * a + i]);
            turn[i] +=
                m * (A[3 * a + j] * (B[3 * a + k] - A[3 * a + k]) - A[3 * a + k] * (B[3 * a + j] - A[3 * a + j]));
        }
    for (int i = 0; i < 3; i++) {
        assert_close(shift[i], 0, 0, tolerance);
        assert_close(turn[i], 0, 0, tolerance);
    }
}

/* A twist turns the groups as a whole: bonds, angles and planes stay to rounding. */
static void test_rigid_twist(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    dia_internal_set set;
    make_molecule(&molecule);
    assert_ok(dia_internal_set_make(&set, &molecule, 1, planar, &error), &error);
    const dia_coordinate twist = parse("torsion 2 0 1 4", &molecule), other = parse("torsion 3 0 1 5", &molecule);
    static const double targets[] = {10, 90, 170, -120};
    for (int t = 0; t < 4; t++) {
        double R[NCART];
        const double target = targets[t] * degree;
        memcpy(R, planar, sizeof R);
        assert_ok(dia_internal_place(&molecule, &set, 1, &twist, &target, R, &error), &error);
        assert_close(dia_coordinate_value(&twist, R), target, 0, 1e-9);
        /* Gauss-Newton stops at steps of 1e-10 bohr; the lateral groups follow as one */
        assert_close(dia_coordinate_value(&other, R), target, 0, 1e-8);
        for (int i = 0; i < set.n; i++)
            if (set.coordinate[i].term[0].kind != DIA_COORDINATE_TORSION)
                assert_close(dia_coordinate_value(&set.coordinate[i], R),
                             dia_coordinate_value(&set.coordinate[i], planar), 0, 1e-8);
        if (t == 0) /* an angle of 0.17 rad: of second order in it, 0.03 times asymmetries that vanish here */
            check_rest(&molecule, planar, R, 1e-6);
    }
    dia_internal_set_free(&set);
    dia_molecule_free(&molecule);
}

/* Without a set: the nearest geometry. What was moved is then along the mass-weighted gradient of the coordinate at the
 * end point (Lagrange), and a turn of the start turns the result. */
static void test_nearest(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    make_molecule(&molecule);
    const dia_coordinate c = parse("angle 2 0 1 + 0.3 angle 3 0 1", &molecule);
    double R[NCART], G[NCART];
    const double target = dia_coordinate_value(&c, planar) + 0.4;
    memcpy(R, planar, sizeof R);
    assert_ok(dia_internal_place(&molecule, NULL, 1, &c, &target, R, &error), &error);
    assert_close(dia_coordinate_gradient(&c, R, G), target, 0, 1e-9);
    double along = 0, norm = 0;
    for (int k = 0; k < NCART; k++) {
        along += (R[k] - planar[k]) * G[k];
        norm += G[k] * G[k] / molecule.masses[k / 3];
    }
    for (int k = 0; k < NCART; k++) /* steps of 1e-10 bohr */
        assert_close(R[k] - planar[k], along / norm * G[k] / molecule.masses[k / 3], 0, 1e-8);
    dia_molecule_free(&molecule);
}

static void test_unreachable(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    dia_internal_set set;
    make_molecule(&molecule);
    assert_ok(dia_internal_set_make(&set, &molecule, 1, planar, &error), &error);
    const dia_coordinate angle = parse("angle 2 0 1", &molecule);
    const dia_coordinate both[2] = {parse("distance 0 1", &molecule), parse("2 distance 0 1", &molecule)};
    double R[NCART];
    memcpy(R, planar, sizeof R);
    double target = 200 * degree;
    assert_int_equal(dia_internal_place(&molecule, &set, 1, &angle, &target, R, &error), DIA_ERROR_NUMERIC);
    assert_non_null(strstr(error.text, "'angle 2 0 1' cannot be brought from "));
    assert_non_null(strstr(error.text, " to 200 deg: there is no such geometry nearby"));
    assert_memory_equal(R, planar, sizeof R);
    dia_error_clear(&error);
    assert_int_equal(dia_internal_place(&molecule, &set, 2, both, (const double[]){2.5, 5.5}, R, &error),
                     DIA_ERROR_NUMERIC); /* they contradict one another */
    assert_memory_equal(R, planar, sizeof R);
    dia_error_clear(&error);
    assert_ok(dia_internal_place(&molecule, &set, 2, both, (const double[]){2.6, 5.2}, R, &error), &error);
    assert_close(dia_coordinate_value(&both[0], R), 2.6, 0, 1e-9);
    dia_internal_set_free(&set);
    dia_molecule_free(&molecule);
}

/* The geometry is had back from the values of its internal coordinates, from another one. */
static void test_fit(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    dia_internal_set set;
    make_molecule(&molecule);
    assert_ok(dia_internal_set_make(&set, &molecule, 1, planar, &error), &error);
    double B[NCART], R[NCART], q[100], change[100];
    uint32_t draws = 0;
    assert_true(set.n <= 100);
    for (int trial = 0; trial < 20; trial++) {
        for (int k = 0; k < NCART; k++) {
            B[k] = planar[k] + 0.15 * dia_rng_normal(3, 0, 0, DIA_PURPOSE_TEST, draws++);
            R[k] = planar[k];
        }
        dia_internal_change(&set, planar, B, change);
        for (int i = 0; i < set.n; i++)
            q[i] = dia_coordinate_value(&set.coordinate[i], planar) + change[i];
        assert_ok(dia_internal_fit(&molecule, &set, q, R, &error), &error);
        assert_ok(dia_path_superpose(&molecule, B, R, &error), &error);
        for (int k = 0; k < NCART; k++)
            assert_close(R[k], B[k], 0, 1e-8); /* steps of 1e-10 bohr, soft directions ten times as far */
    }
    dia_internal_set_free(&set);
    dia_molecule_free(&molecule);
}

/* Half a turn about the double bond: all four torsions go the same way round, whatever the rounding says. */
static void test_turn_together(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_molecule molecule;
    dia_internal_set set;
    make_molecule(&molecule);
    assert_ok(dia_internal_set_make(&set, &molecule, 1, planar, &error), &error);
    double B[NCART], change[100];
    memcpy(B, planar, sizeof B);
    memcpy(B + 12, planar + 15, 3 * sizeof *B);
    memcpy(B + 15, planar + 12, 3 * sizeof *B);
    B[12] += 1e-9, B[15] += 1e-9; /* one torsion would go one way, its neighbour the other */
    dia_internal_change(&set, planar, B, change);
    for (int i = 0; i < set.n; i++)
        assert_close(change[i], set.coordinate[i].term[0].kind == DIA_COORDINATE_TORSION ? pi : 0, 0, 1e-8);
    dia_internal_set_free(&set);
    dia_molecule_free(&molecule);
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread: else its team costs more than these matrices */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set),         cmocka_unit_test(test_rigid_twist), cmocka_unit_test(test_nearest),
        cmocka_unit_test(test_unreachable), cmocka_unit_test(test_fit),         cmocka_unit_test(test_turn_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
