/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/rng.h"
#include "molecule/align.h"
#include "molecule/match.h"

enum { MOST = 30 };

static uint64_t seed;
static uint32_t draws;

static double draw(void)
{
    return dia_rng_normal(seed, 0, 0, DIA_PURPOSE_TEST, draws++);
}

static int pick(int n)
{
    return (int)dia_rng_integer(seed, 0, 1, DIA_PURPOSE_TEST, draws++, (uint64_t)n);
}

static const int ethylene_numbers[] = {6, 6, 1, 1, 1, 1};
static const double ethylene_planar[] = {0,     0, 1.26, 0,    0, -1.26, 1.75,  0, 2.33,
                                         -1.75, 0, 2.33, 1.75, 0, -2.33, -1.75, 0, -2.33};

static dia_molecule ethylene(void)
{
    dia_molecule molecule;
    dia_error error = {0};
    assert_ok(dia_molecule_init(&molecule, 6, 3, ethylene_numbers, &error), &error);
    memcpy(molecule.reference, ethylene_planar, sizeof ethylene_planar);
    return molecule;
}

static dia_match *match_of(const dia_molecule *molecule, const int *label, bool mirror)
{
    dia_match *match;
    dia_error error = {0};
    assert_ok(dia_match_create(&match, molecule, label, mirror, &error), &error);
    return match;
}

static void random_geometry(int n, double spread, double *R)
{
    for (int c = 0; c < n; c++)
        R[c] = spread * draw();
}

/* Random T: quaternion of four normals, centre, shift. */
static dia_placement random_placement(const dia_match *match, bool mirror)
{
    dia_placement p = {.permutation = pick(dia_match_permutations(match)), .mirrored = mirror && pick(2) == 1};
    double M[9];
    random_geometry(9, 1.0, M);
    dia_best_turn(M, p.turn); /* some proper rotation */
    random_geometry(3, 2.0, p.centre);
    random_geometry(3, 2.0, p.shift);
    return p;
}

static double rms(int natom, const double *A, const double *B)
{
    double sum = 0;
    for (int c = 0; c < 3 * natom; c++)
        sum += (A[c] - B[c]) * (A[c] - B[c]);
    return sqrt(sum / natom);
}

/* d(A, T A) = 0 for every T, and the placement found undoes it, for points and for vectors. */
static void test_images(void **state)
{
    (void)state;
    dia_molecule molecule = ethylene();
    for (int mirror = 0; mirror < 2; mirror++) {
        dia_match *match = match_of(&molecule, NULL, mirror);
        assert_int_equal(dia_match_permutations(match), 48);
        for (int trial = 0; trial < 300; trial++) {
            double A[MOST], B[MOST], TB[MOST], v[MOST], w[MOST], Tw[MOST];
            random_geometry(18, 2.0, A);
            const dia_placement move = random_placement(match, mirror);
            dia_match_place(match, &move, A, B);
            dia_placement found;
            /* coordinates of 10 bohr: 1e-15 of that, some operations */
            assert_close(dia_match_distance(match, A, B, &found), 0.0, 0, 1e-13);
            dia_match_place(match, &found, B, TB);
            assert_close(rms(6, A, TB), 0.0, 0, 1e-13);
            assert_close(dia_match_distance(match, A, B, NULL), 0.0, 0, 1e-13);
            random_geometry(18, 1.0, v);
            dia_match_place_vector(match, &move, v, w);
            dia_match_place_vector(match, &found, w, Tw);
            assert_close(rms(6, v, Tw), 0.0, 0, 1e-13);
        }
        dia_match_free(match);
    }
    dia_molecule_free(&molecule);
}

/* The distance is that of the placed geometry, symmetric, and obeys the triangle inequality; so it is a metric. */
static void test_metric(void **state)
{
    (void)state;
    dia_molecule molecule = ethylene();
    dia_match *match = match_of(&molecule, NULL, true);
    for (int trial = 0; trial < 500; trial++) {
        double R[3][MOST], d[3], TB[MOST];
        for (int k = 0; k < 3; k++) {
            /* from nearly planar ethylene, where many permutations nearly tie, to six atoms anywhere */
            const double spread = trial % 3 == 0 ? 0.05 : trial % 3 == 1 ? 0.5 : 3.0;
            for (int c = 0; c < 18; c++)
                R[k][c] = (trial % 3 == 2 ? 0.0 : ethylene_planar[c]) + spread * draw();
        }
        for (int k = 0; k < 3; k++) {
            dia_placement placement;
            const double *A = R[k], *B = R[(k + 1) % 3];
            d[k] = dia_match_distance(match, A, B, &placement);
            dia_match_place(match, &placement, B, TB);
            assert_true(rms(6, A, TB) > d[k] - 1e-12 && rms(6, A, TB) < d[k] + DIA_MATCH_TIE);
            assert_close(dia_match_distance(match, B, A, NULL), d[k], 1e-11, 0);
            assert_true(d[k] <= rms(6, A, B));
        }
        for (int k = 0; k < 3; k++)
            assert_true(d[k] <= d[(k + 1) % 3] + d[(k + 2) % 3] + 1e-12);
    }
    dia_match_free(match);
    dia_molecule_free(&molecule);
}

/* Against every permutation and image superposed one by one. */
static double by_force(const dia_match *match, bool mirror, const double *A, const double *B)
{
    const int natom = 6;
    double best = 1e9, a[3] = {0}, b[3] = {0};
    for (int k = 0; k < natom; k++)
        for (int i = 0; i < 3; i++) {
            a[i] += A[3 * k + i] / natom;
            b[i] += B[3 * k + i] / natom;
        }
    for (int p = 0; p < dia_match_permutations(match); p++)
        for (int sign = 1; sign >= (mirror ? -1 : 1); sign -= 2) {
            const int *list = dia_match_permutation(match, p);
            double M[9] = {0}, Q[9], sum = 0;
            for (int k = 0; k < natom; k++)
                for (int i = 0; i < 3; i++)
                    for (int j = 0; j < 3; j++)
                        M[3 * i + j] += sign * (B[3 * list[k] + i] - b[i]) * (A[3 * k + j] - a[j]);
            dia_best_turn(M, Q);
            for (int k = 0; k < natom; k++)
                for (int i = 0; i < 3; i++) {
                    double x = -(A[3 * k + i] - a[i]);
                    for (int j = 0; j < 3; j++)
                        x += sign * Q[3 * i + j] * (B[3 * list[k] + j] - b[j]);
                    sum += x * x;
                }
            best = fmin(best, sqrt(sum / natom));
        }
    return best;
}

static void test_exhaustive(void **state)
{
    (void)state;
    dia_molecule molecule = ethylene();
    for (int mirror = 0; mirror < 2; mirror++) {
        dia_match *match = match_of(&molecule, NULL, mirror);
        for (int trial = 0; trial < 400; trial++) {
            double A[MOST], B[MOST];
            const int kind = trial % 4; /* near each other, anywhere, both planar, both on one line */
            for (int c = 0; c < 18; c++) {
                A[c] = ethylene_planar[c] + (kind == 0 ? 0.2 * draw() : 0.0);
                B[c] = ethylene_planar[c] + 0.2 * draw();
                if (kind == 1 || (kind == 2 && c % 3 != 1))
                    A[c] = 2.0 * draw();
                if (kind == 3) {
                    A[c] = c % 3 == 0 ? draw() : 0.0;
                    B[c] = c % 3 == 1 ? draw() : 0.0;
                }
            }
            assert_close(dia_match_distance(match, A, B, NULL), by_force(match, mirror, A, B), 1e-12,
                         1e-13); /* placements as good to 1e-14 of the size count as tied */
        }
        dia_match_free(match);
    }
    dia_molecule_free(&molecule);
}

/* A spherical top: the overlap with its mirror image has a triple eigenvalue, and all permutations nearly tie. */
static void test_spherical(void **state)
{
    (void)state;
    const int numbers[] = {6, 1, 1, 1, 1, 1};
    const double top[] = {0, 0, 0, 1, 1, 1, 1, -1, -1, -1, 1, -1, -1, -1, 1, 0, 0, 0};
    dia_molecule molecule;
    dia_error error = {0};
    assert_ok(dia_molecule_init(&molecule, 6, 3, numbers, &error), &error);
    const int label[] = {0, 1, 1, 1, 1, 5};
    dia_match *match = match_of(&molecule, label, false);
    assert_int_equal(dia_match_permutations(match), 24);
    for (int trial = 0; trial < 60; trial++) {
        double A[MOST], B[MOST];
        const double spread = pow(10.0, -1.0 - trial / 6.0); /* 0.1 to 1e-10 */
        for (int c = 0; c < 18; c++) {
            A[c] = top[c] + spread * draw();
            B[c] = -top[c] + spread * draw();
        }
        assert_close(dia_match_distance(match, A, B, NULL), by_force(match, false, A, B), 1e-12, 1e-13);
    }
    dia_match_free(match);
    dia_molecule_free(&molecule);
}

/* A handed molecule and its mirror image: apart unless mirror images count as the same. */
static void test_enantiomers(void **state)
{
    (void)state;
    const int numbers[] = {6, 1, 9, 17, 35};
    const double handed[] = {0, 0, 0, 1.2, 1.2, 1.2, 1.5, -1.5, -1.5, -1.9, 1.9, -1.9, -2.1, -2.1, 2.1};
    double image[15];
    for (int c = 0; c < 15; c++)
        image[c] = c % 3 == 2 ? -handed[c] : handed[c];
    dia_molecule molecule;
    dia_error error = {0};
    assert_ok(dia_molecule_init(&molecule, 5, 3, numbers, &error), &error);
    for (int mirror = 0; mirror < 2; mirror++) {
        dia_match *match = match_of(&molecule, NULL, mirror);
        dia_placement placement;
        assert_int_equal(dia_match_permutations(match), 1);
        const double d = dia_match_distance(match, handed, image, &placement);
        assert_true(placement.mirrored == (mirror == 1));
        if (mirror)
            assert_close(d, 0.0, 0, 1e-14);
        else
            assert_true(d > 0.5);
        dia_match_free(match);
    }
    dia_molecule_free(&molecule);
}

/* A gradient turns as the point does: the derivative of f(T R) along T v is that of f(R) along v. */
static void test_vectors(void **state)
{
    (void)state;
    dia_molecule molecule = ethylene();
    dia_match *match = match_of(&molecule, NULL, true);
    for (int trial = 0; trial < 50; trial++) {
        const dia_placement p = random_placement(match, true);
        double R[MOST], v[MOST], moved[MOST], TR[MOST], Tmoved[MOST], Tv[MOST];
        const double step = 0.5; /* T is affine: a difference has no truncation error, whatever the step */
        random_geometry(18, 2.0, R);
        random_geometry(18, 1.0, v);
        for (int c = 0; c < 18; c++)
            moved[c] = R[c] + step * v[c];
        dia_match_place(match, &p, R, TR);
        dia_match_place(match, &p, moved, Tmoved);
        dia_match_place_vector(match, &p, v, Tv);
        for (int c = 0; c < 18; c++)
            assert_close((Tmoved[c] - TR[c]) / step, Tv[c], 0, 1e-13);
    }
    dia_match_free(match);
    dia_molecule_free(&molecule);
}

/* Symmetric geometries: of equally good placements the first, and unmirrored; degenerate ones are finite. */
static void test_ties(void **state)
{
    (void)state;
    dia_molecule molecule = ethylene();
    dia_match *match = match_of(&molecule, NULL, true);
    dia_placement placement;
    assert_close(dia_match_distance(match, ethylene_planar, ethylene_planar, &placement), 0.0, 0, 1e-14);
    assert_int_equal(placement.permutation, 0);
    assert_false(placement.mirrored);
    double point[MOST] = {0}, bad[MOST] = {0};
    assert_close(dia_match_distance(match, point, point, NULL), 0.0, 0, 1e-15);
    assert_true(isfinite(dia_match_distance(match, ethylene_planar, point, NULL)));
    bad[4] = NAN;
    assert_true(isnan(dia_match_distance(match, ethylene_planar, bad, NULL)));
    dia_match_free(match);
    dia_molecule_free(&molecule);
}

/* A model system has no rotations: plain rms, in the order given. */
/* The same where the reference is symmetric but for noise, as it is when read from files: the images that its point group
 * makes equal stay tied, and noise of 1e-7 bohr, on either geometry, changes no choice. Without the tolerance of ties it
 * changes most of them. */
static void test_ties_with_noise(void **state)
{
    (void)state;
    dia_molecule molecule = ethylene();
    dia_match *match = match_of(&molecule, NULL, true);
    int moved = 0;
    for (int trial = 0; trial < 40; trial++) {
        double A[MOST], B[MOST], noisy[MOST];
        dia_placement first, again;
        for (int c = 0; c < 18; c++) {
            A[c] = ethylene_planar[c];
            B[c] = A[c] + 0.2 * draw();
        }
        const double d = dia_match_distance(match, A, B, &first);
        moved += first.permutation != 0 || first.mirrored;
        for (int noise = 0; noise < 4; noise++) {
            for (int c = 0; c < 18; c++) {
                noisy[c] = A[c] + 1e-7 * draw();
                B[c] += 1e-7 * draw();
            }
            assert_close(dia_match_distance(match, noisy, B, &again), d, 0, 1e-5);
            assert_int_equal(again.permutation, first.permutation);
            assert_int_equal(again.mirrored, first.mirrored);
        }
    }
    assert_true(moved < 20); /* near the reference mostly nothing has to be exchanged */
    dia_match_free(match);
    dia_molecule_free(&molecule);
}

static void test_model_system(void **state)
{
    (void)state;
    dia_molecule molecule;
    dia_error error = {0};
    assert_ok(dia_molecule_init(&molecule, 2, 1, NULL, &error), &error);
    dia_match *match = match_of(&molecule, NULL, true);
    const double A[] = {3.0, 0.0}, B[] = {0.0, 4.0};
    double TB[2];
    dia_placement placement;
    assert_int_equal(dia_match_permutations(match), 1);
    assert_close(dia_match_distance(match, A, B, &placement), sqrt(12.5), 1e-15, 0);
    dia_match_place(match, &placement, B, TB);
    assert_close(TB[1], 4.0, 0, 0);
    dia_match_place_vector(match, &placement, B, TB);
    assert_close(TB[1], 4.0, 0, 0);
    dia_match_free(match);
    dia_molecule_free(&molecule);
}

static void test_permutations(void **state)
{
    (void)state;
    dia_molecule molecule = ethylene();
    const int label[] = {0, 1, 2, 2, 3, 3};
    dia_match *match = match_of(&molecule, label, false);
    assert_int_equal(dia_match_permutations(match), 4);
    for (int p = 0; p < 4; p++) {
        const int *list = dia_match_permutation(match, p);
        int seen = 0;
        for (int a = 0; a < 6; a++) {
            assert_int_equal(label[list[a]], label[a]);
            seen |= 1 << list[a];
            if (p == 0)
                assert_int_equal(list[a], a);
        }
        assert_int_equal(seen, 63);
    }
    dia_match_free(match);
    dia_molecule_free(&molecule);
}

static void test_errors(void **state)
{
    (void)state;
    dia_match *match;
    dia_error error = {0};
    dia_molecule molecule = ethylene();
    const int mixed[] = {0, 1, 0, 2, 3, 4};
    assert_int_equal(dia_match_create(&match, &molecule, mixed, true, &error), DIA_ERROR_INPUT);
    assert_null(match);
    assert_non_null(strstr(error.text, "atoms 0 (C) and 2 (H)"));
    dia_molecule_free(&molecule);
    dia_error_clear(&error);
    int many[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    assert_ok(dia_molecule_init(&molecule, 10, 3, many, &error), &error);
    assert_int_equal(dia_match_create(&match, &molecule, NULL, true, &error), DIA_ERROR_INPUT);
    assert_null(match);
    assert_non_null(strstr(error.text, "3.6288e+06 ways"));
    dia_molecule_free(&molecule);
    dia_match_free(NULL);
}

/* Only printed: a busy machine proves nothing. */
static void test_speed(void **state)
{
    (void)state;
    enum { GEOMETRIES = 100 };
    dia_molecule molecule = ethylene();
    dia_match *match = match_of(&molecule, NULL, true);
    double(*R)[18] = malloc(GEOMETRIES * sizeof *R);
    double sum = 0;
    for (int k = 0; k < GEOMETRIES; k++)
        for (int c = 0; c < 18; c++)
            R[k][c] = ethylene_planar[c] + 0.3 * draw();
    const clock_t before = clock();
    for (int k = 0; k < GEOMETRIES; k++)
        for (int l = 0; l < GEOMETRIES; l++)
            sum += dia_match_distance(match, R[k], R[l], NULL);
    print_message("%.3g us a distance (mean distance %.3f bohr)\n",
                  1e6 * (double)(clock() - before) / CLOCKS_PER_SEC / (GEOMETRIES * GEOMETRIES),
                  sum / (GEOMETRIES * GEOMETRIES));
    free(R);
    dia_match_free(match);
    dia_molecule_free(&molecule);
}

int main(void)
{
    seed = check_seed(11);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_images),       cmocka_unit_test(test_metric),
        cmocka_unit_test(test_exhaustive),   cmocka_unit_test(test_spherical),
        cmocka_unit_test(test_enantiomers),  cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_ties),         cmocka_unit_test(test_ties_with_noise),
        cmocka_unit_test(test_model_system), cmocka_unit_test(test_permutations),
        cmocka_unit_test(test_errors),       cmocka_unit_test(test_speed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
