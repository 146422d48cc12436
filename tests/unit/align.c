/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "molecule/align.h"
#include "molecule/align_kernel.h"

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

/* ---- eight side by side ---------------------------------------------------------------------- */

enum { L = DIA_ALIGN_LANES };

typedef struct panels {
    _Alignas(64) double z[MOST * L], pose[DIA_POSE_ROWS * L], dz[MOST * L], G[MOST * L];
} panels;

/* Geometries of all kinds, one a lane: the reference, near it, far from it, turned, a mirror image, on a line, not finite. */
static void fill(const dia_molecule *molecule, double *R)
{
    for (int lane = 0; lane < L; lane++) {
        double x[MOST];
        displace(molecule, lane == 0 ? 0.0 : lane == 2 ? 2.0 : 0.2, x);
        for (int a = 0; a < molecule->natom; a++) {
            const double *v = x + 3 * a, c = cos(1.0 + lane), s = sin(1.0 + lane), sign = lane == 4 ? -1.0 : 1.0;
            const double turned[3] = {c * v[0] - s * v[1] + 3.0, s * v[0] + c * v[1], sign * v[2]};
            for (int i = 0; i < 3; i++)
                R[(3 * a + i) * L + lane] = lane == 5   ? (i + 1.0) * a
                                            : lane == 6 ? (a == 1 ? NAN : v[i])
                                            : lane > 2  ? turned[i]
                                                        : v[i];
        }
    }
}

/* Each lane is that of align.c, in the derivatives to the last bit. Returns the number of those that the kernel did itself. */
static int check_panel(const dia_alignment *alignment, const double *R, const double *V, const double *M,
                       const dia_align_kernel *kernel, panels *p)
{
    const int ncart = 3 * alignment->natom;
    const unsigned left = kernel->align(alignment, R, p->z, p->pose);
    double work[2 * MOST];
    dia_align_panel(kernel, alignment, R, p->z, p->pose, work);
    kernel->tangent(alignment, p->z, p->pose, V, p->dz);
    kernel->cotangent(alignment, p->z, p->pose, V, M, p->G);
    for (int lane = 0; lane < L; lane++) {
        double x[MOST], v[MOST], z[MOST], own[MOST], dz[MOST], G[MOST];
        const double m[3] = {M[lane], M[L + lane], M[2 * L + lane]};
        dia_pose plain, pose;
        for (int c = 0; c < ncart; c++) {
            x[c] = R[c * L + lane];
            v[c] = V[c * L + lane];
            own[c] = p->z[c * L + lane];
        }
        for (int i = 0; i < 9; i++) {
            pose.turn[i] = p->pose[(DIA_TURN_ROW + i) * L + lane];
            pose.response[i] = p->pose[(DIA_RESPONSE_ROW + i) * L + lane];
        }
        dia_align(alignment, x, z, &plain);
        dia_align_tangent(alignment, own, &pose, v, dz);
        dia_align_cotangent_turn(alignment, own, &pose, v, m, G);
        for (int c = 0; c < ncart && lane != 6; c++) {
            assert_memory_equal(&p->dz[c * L + lane], &dz[c], sizeof(double));
            assert_memory_equal(&p->G[c * L + lane], &G[c], sizeof(double));
        }
        double size = 0.0, stiff = 0.0; /* of the sums that the turn follows from, and of what it answers to them */
        for (int c = 0; c < ncart; c++)
            size += alignment->mass[c / 3] * (z[c] * z[c] + alignment->y[c] * alignment->y[c]);
        for (int i = 0; i < 9; i++)
            stiff += fabs(plain.response[i]);
        const double near = 20 * DBL_EPSILON * (1.0 + size * stiff); /* a few roundings of these sums, answered */
        for (int i = 0; i < 9 && lane != 6; i++) {
            assert_close(pose.turn[i], plain.turn[i], 0, near);
            assert_close(pose.response[i], plain.response[i], 0, near * stiff);
        }
        for (int c = 0; c < ncart && lane != 6; c++)
            assert_close(own[c], z[c], 0, near * 10.0);
    }
    assert_true(alignment->linear || (left >> 5 & 3) == 3); /* on a line, not finite */
    return L - __builtin_popcount(left);
}

static void test_panels(void **state)
{
    (void)state;
    const dia_align_kernel *kernels[3] = {&dia_align_kernel_generic, &dia_align_kernel_avx2, &dia_align_kernel_avx512};
    const int nkernel = check_instruction_sets();
    for (int s = 0; s < SHAPES; s++) {
        dia_molecule molecule;
        dia_alignment alignment;
        int done = 0;
        make(&shapes[s], &molecule, &alignment);
        for (int trial = 0; trial < 50; trial++) {
            _Alignas(64) double R[MOST * L], V[MOST * L], M[3 * L];
            static panels p[3];
            fill(&molecule, R);
            for (int i = 0; i < MOST * L; i++)
                V[i] = draw();
            for (int i = 0; i < 3 * L; i++)
                M[i] = draw();
            for (int k = 0; k < nkernel; k++) {
                done += check_panel(&alignment, R, V, M, kernels[k], &p[k]);
                for (int lane = 0; lane < L; lane++) /* the same bits of every instruction set; a NaN has many */
                    for (int c = 0; c < molecule.ncart && lane != 6; c++) {
                        assert_memory_equal(&p[k].z[c * L + lane], &p[0].z[c * L + lane], sizeof(double));
                        assert_memory_equal(&p[k].G[c * L + lane], &p[0].G[c * L + lane], sizeof(double));
                    }
            }
        }
        /* Five of a panel are near the reference but for a turn: those are done side by side. */
        assert_true(alignment.linear ? done == 0 : done >= 5 * 50 * nkernel);
        dia_alignment_free(&alignment);
        dia_molecule_free(&molecule);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_best),       cmocka_unit_test(test_invariance), cmocka_unit_test(test_derivatives),
        cmocka_unit_test(test_degenerate), cmocka_unit_test(test_panels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
