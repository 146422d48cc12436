/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The region of training data: few training points are outside, images are as near as the point, a strange point does not
 * widen the region elsewhere, what leaves is told in words. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"
#include "model/region.h"

enum { N = 400 };

static double R[N][9];
static dia_symmetry symmetry;
static dia_region region;

/* Water-like: oxygen at the origin, hydrogens at 1.4 to 2.6 bohr, any angle; the last point has an atom at 30 bohr. */
static int setup(void **state)
{
    (void)state;
    const int numbers[3] = {8, 1, 1}, swap[3] = {0, 2, 1};
    const bool inversion = false;
    const double sign = 1.0;
    dia_molecule water;
    if (dia_molecule_init(&water, 3, 3, numbers, NULL) != DIA_OK ||
        dia_symmetry_init(&symmetry, &water, 1, &(dia_generators){1, swap, &inversion, &sign, NULL}, NULL) != DIA_OK)
        return -1;
    dia_molecule_free(&water);
    for (int p = 0; p < N; p++) {
        double u[3];
        for (int i = 0; i < 3; i++)
            u[i] = dia_rng_uniform(5, (uint64_t)p, (uint64_t)i, DIA_PURPOSE_SHUFFLE, 0);
        const double a = 1.4 + 1.2 * u[0], b = p == N - 1 ? 30.0 : 1.4 + 1.2 * u[1], angle = 0.5 + 2.0 * u[2];
        memcpy(R[p], (double[9]){0, 0, 0, a, 0, 0, b * cos(angle), b * sin(angle), 0}, sizeof R[p]);
    }
    return dia_region_make(&region, &symmetry, N, R[0], NULL) == DIA_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    dia_region_free(&region);
    dia_symmetry_free(&symmetry);
    return 0;
}

static double novelty(const double *x)
{
    return dia_region_novelty(&region, x, 1, 0, NULL);
}

/* The radius leaves 3 % of them outside, the strange one among these. */
static void training_points_are_inside(void **state)
{
    (void)state;
    int outside = 0;
    for (int p = 0; p < N; p++)
        outside += novelty(R[p]) > 1.0;
    assert_in_range(outside, 1, 3 * N / 100);
    assert_true(novelty(R[N - 1]) > 1.0);
}

/* The search leaves out most centres; the mean of the three nearest from all of them, images included, is the same. */
static void search_misses_no_centre(void **state)
{
    (void)state;
    for (int p = 0; p < 50; p++) {
        double x[9], z[3], least[3] = {INFINITY, INFINITY, INFINITY};
        for (int i = 0; i < 9; i++)
            x[i] = R[p][i] + 0.8 * (dia_rng_uniform(9, (uint64_t)p, (uint64_t)i, DIA_PURPOSE_SHUFFLE, 0) - 0.5);
        for (int a = 1, k = 0; a < 3; a++)
            for (int b = 0; b < a; b++, k++)
                z[k] =
                    log(hypot(hypot(x[3 * a] - x[3 * b], x[3 * a + 1] - x[3 * b + 1]), x[3 * a + 2] - x[3 * b + 2])) /
                    region.deviation[k];
        for (int c = 0; c < region.ncentre; c++) {
            double square[2] = {0, 0};
            for (int k = 0; k < 3; k++) { /* exchange of the hydrogens exchanges pairs 0 and 1 */
                const double own = log(region.centres[3 * c + k]) / region.deviation[k];
                square[0] += (z[k] - own) * (z[k] - own);
                square[1] += (z[k == 2 ? 2 : 1 - k] - own) * (z[k == 2 ? 2 : 1 - k] - own);
            }
            double d = sqrt(fmin(square[0], square[1]));
            for (int i = 0; i < 3; i++)
                if (d < least[i]) {
                    const double other = least[i];
                    least[i] = d;
                    d = other;
                }
        }
        const double mean = (least[0] + least[1] + least[2]) / 3 / region.radius;
        dia_region wide = region; /* ranges that do not count */
        double zero[3] = {1e-9, 1e-9, 1e-9}, infinite[3] = {1e9, 1e9, 1e9};
        wide.shortest = zero;
        wide.longest = infinite;
        assert_close(dia_region_novelty(&wide, x, 1, 0, NULL), mean, 1e-12, 0); /* rounding */
    }
}

static void images_are_as_near(void **state)
{
    (void)state;
    const double x[9] = {0, 0, 0, 2.9, 0, 0, -0.3, 1.5, 0}, image[9] = {0, 0, 0, -0.3, 1.5, 0, 2.9, 0, 0};
    assert_close(novelty(x), novelty(image), 1e-13, 0); /* sums in another order */
    assert_true(novelty(x) > 0.0);
}

/* Ranges of single distances would let both pass, for one point of the data had an atom at 30 bohr. */
static void strange_points_widen_only_about_themselves(void **state)
{
    (void)state;
    char text[200];
    const double both[9] = {0, 0, 0, 8, 0, 0, 0, 8, 0}, near[9] = {0, 0, 0, 0.5, 0, 0, 0, 0.5, 0};
    assert_true(dia_region_novelty(&region, both, 1, sizeof text, text) > 1.0);
    assert_non_null(strstr(text, "all together"));
    if (strstr(text, "of atoms 0 and 1: 4.23 Angstrom") ==
        NULL) /* 8 bohr: the nearest point has the other atom far away */
        fail_msg("%s", text);
    assert_true(dia_region_novelty(&region, near, 1, sizeof text, text) > 1.0);
    assert_non_null(strstr(text, "Angstrom apart"));
    assert_true(dia_region_novelty(&region, R[0], 1, sizeof text, text) <= 1.0);
    assert_string_equal(text, "");
}

static void what_is_not_finite_is_outside(void **state)
{
    (void)state;
    double x[9];
    memcpy(x, R[0], sizeof x);
    x[4] = NAN;
    assert_true(isinf(novelty(x)));
    memcpy(x + 3, x, 3 * sizeof *x); /* two atoms at one place */
    assert_true(isinf(novelty(x)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(training_points_are_inside),
                                       cmocka_unit_test(search_misses_no_centre), cmocka_unit_test(images_are_as_near),
                                       cmocka_unit_test(strange_points_widen_only_about_themselves),
                                       cmocka_unit_test(what_is_not_finite_is_outside)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
