/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "molecule/align.h"

enum { MOST = 12 };

static uint32_t draws;

static double draw(void)
{
    return dia_rng_normal(7, 0, 0, DIA_PURPOSE_TEST, draws++);
}

typedef struct shape {
    const char *name;
    int natom, numbers[4];
    double reference[MOST];
} shape;

/* planar, linear of two and three atoms (along no axis of the frame), and one without symmetry */
static const shape shapes[] = {
    {"SO2", 3, {16, 8, 8}, {0, 0, 0.1, 0, -2.38, 1.36, 0, 2.38, 1.36}},
    {"N2", 2, {7, 7}, {0.1, 0.2, 0.3, 1.1, 1.5, -0.9}},
    {"CO2", 3, {8, 6, 8}, {-1, -2, -0.5, 0, 0, 0, 1, 2, 0.5}},
    {"linear on an axis", 3, {8, 6, 16}, {0, 0, -2.2, 0, 0, 0, 0, 0, 2.9}},
    {"H2O2", 4, {1, 8, 8, 1}, {1.5, 0.9, 0.4, 1.3, -0.1, 0, -1.3, 0.1, 0, -1.5, -0.9, 0.4}},
};

enum { SHAPES = sizeof shapes / sizeof shapes[0] };

static void make(const shape *s, dia_molecule *molecule, dia_alignment *alignment)
{
    dia_error error = {0};
    assert_ok(dia_molecule_init(molecule, s->natom, 3, s->numbers, &error), &error);
    memcpy(molecule->reference, s->reference, (size_t)molecule->ncart * sizeof(double));
    assert_ok(dia_alignment_make(alignment, molecule, &error), &error);
}

static void displace(const dia_molecule *molecule, double spread, double *R)
{
    for (int c = 0; c < molecule->ncart; c++)
        R[c] = molecule->reference[c] + spread * draw();
}

static double misfit(const dia_alignment *a, const double *z)
{
    double sum = 0.0;
    for (int c = 0; c < 3 * a->natom; c++)
        sum += a->mass[c / 3] * (z[c] - a->y[c]) * (z[c] - a->y[c]);
    return sum;
}

/* Q is a proper rotation, nothing turned a little further fits better, and the Eckart condition holds. */
static void test_best(void **state)
{
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        dia_molecule molecule;
        dia_alignment alignment;
        make(&shapes[s], &molecule, &alignment);
        assert_int_equal(alignment.linear, s >= 1 && s <= 3);
        for (int trial = 0; trial < 20; trial++) {
            double R[MOST], z[MOST], turned[MOST];
            dia_pose pose;
            displace(&molecule, trial < 10 ? 0.2 : 2.0, R);
            dia_align(&alignment, R, z, &pose);
            const double *Q = pose.turn;
            double det = Q[0] * (Q[4] * Q[8] - Q[5] * Q[7]) - Q[1] * (Q[3] * Q[8] - Q[5] * Q[6]) +
                         Q[2] * (Q[3] * Q[7] - Q[4] * Q[6]);
            assert_close(det, 1.0, 0, 1e-13);
            double eckart[3] = {0, 0, 0};
            for (int a = 0; a < molecule.natom; a++) {
                const double *p = z + 3 * a, *y = alignment.y + 3 * a;
                eckart[0] += molecule.masses[a] * (p[1] * y[2] - p[2] * y[1]);
                eckart[1] += molecule.masses[a] * (p[2] * y[0] - p[0] * y[2]);
                eckart[2] += molecule.masses[a] * (p[0] * y[1] - p[1] * y[0]);
            }
            for (int i = 0; i < 3; i++) /* masses of 1e4, distances of some bohr: rounding 1e-15 of 1e6 */
                assert_close(eckart[i], 0.0, 0, 1e-8);
            for (int axis = 0; axis < 3; axis++)
                for (int side = -1; side <= 1; side += 2) {
                    double angle = 0.05 * side;
                    int i = (axis + 1) % 3, j = (axis + 2) % 3;
                    memcpy(turned, z, sizeof z);
                    for (int a = 0; a < molecule.natom; a++) {
                        turned[3 * a + i] = cos(angle) * z[3 * a + i] - sin(angle) * z[3 * a + j];
                        turned[3 * a + j] = sin(angle) * z[3 * a + i] + cos(angle) * z[3 * a + j];
                    }
                    assert_true(misfit(&alignment, turned) >= misfit(&alignment, z) * (1 - 1e-12));
                }
        }
        dia_alignment_free(&alignment);
        dia_molecule_free(&molecule);
    }
}

/* z does not know how the molecule was turned and moved (a linear reference: up to the turn about its axis, so only the
 * distances are compared there). */
static void test_invariance(void **state)
{
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        dia_molecule molecule;
        dia_alignment alignment;
        make(&shapes[s], &molecule, &alignment);
        double R[MOST], S[MOST], z[MOST], z2[MOST];
        dia_pose pose;
        displace(&molecule, 0.3, R);
        for (int a = 0; a < molecule.natom; a++) { /* a half turn about z, a quarter about x, and away */
            S[3 * a] = -R[3 * a] + 10;
            S[3 * a + 1] = -R[3 * a + 2] - 3;
            S[3 * a + 2] = -R[3 * a + 1] + 5;
        }
        dia_align(&alignment, R, z, &pose);
        dia_align(&alignment, S, z2, &pose);
        assert_close(misfit(&alignment, z2), misfit(&alignment, z), 1e-12, 1e-9);
        for (int c = 0; c < molecule.ncart && !alignment.linear; c++)
            assert_close(z2[c], z[c], 0, 1e-13);
        dia_alignment_free(&alignment);
        dia_molecule_free(&molecule);
    }
}

static void test_derivatives(void **state)
{
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        dia_molecule molecule;
        dia_alignment alignment;
        make(&shapes[s], &molecule, &alignment);
        int n = molecule.ncart;
        for (int trial = 0; trial < 20; trial++) {
            double R[MOST], V[MOST], P[MOST], z[MOST], dz[MOST], G[MOST], moved[MOST], z4[4][MOST];
            const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[] = {-2, -1, 1, 2}, step = 1e-3;
            dia_pose pose, other;
            displace(&molecule, 0.25, R);
            for (int c = 0; c < n; c++) {
                V[c] = draw();
                P[c] = draw();
            }
            dia_align(&alignment, R, z, &pose);
            dia_align_tangent(&alignment, z, &pose, V, dz);
            dia_align_cotangent(&alignment, z, &pose, P, G);
            for (int k = 0; k < 4; k++) {
                for (int c = 0; c < n; c++)
                    moved[c] = R[c] + place[k] * step * V[c];
                dia_align(&alignment, moved, z4[k], &other);
            }
            double forward = 0.0, reverse = 0.0;
            for (int c = 0; c < n; c++) {
                double difference = 0.0;
                for (int k = 0; k < 4; k++)
                    difference += weight[k] * z4[k][c] / step;
                assert_close(dz[c], difference, 0, 1e-9); /* step^4 and 1e-15/step */
                forward += P[c] * dz[c];
                reverse += G[c] * V[c];
            }
            assert_close(forward, reverse, 0, 1e-12);
        }
        dia_alignment_free(&alignment);
        dia_molecule_free(&molecule);
    }
}

/* Where the turn is undetermined everything is still finite. */
static void test_degenerate(void **state)
{
    (void)state;
    for (int s = 0; s < SHAPES; s++) {
        dia_molecule molecule;
        dia_alignment alignment;
        make(&shapes[s], &molecule, &alignment);
        for (int kind = 0; kind < 4; kind++) {
            double R[MOST], z[MOST], G[MOST];
            dia_pose pose;
            for (int c = 0; c < molecule.ncart; c++) {
                const double line[3] = {1.0, -0.5, 0.25};
                R[c] = kind == 0   ? 0.0
                       : kind == 1 ? line[c % 3] * (c / 3)
                       : kind == 2 ? -molecule.reference[c]
                                   : (c % 3 == 0 ? 1.5 * (c / 3) : 0.0);
            }
            dia_align(&alignment, R, z, &pose);
            dia_align_cotangent(&alignment, z, &pose, R, G);
            for (int c = 0; c < molecule.ncart; c++)
                assert_true(isfinite(z[c]) && isfinite(G[c]));
        }
        dia_alignment_free(&alignment);
        dia_molecule_free(&molecule);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best),
        cmocka_unit_test(test_invariance),
        cmocka_unit_test(test_derivatives),
        cmocka_unit_test(test_degenerate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
