/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the analysis of the mechanism is built from: bounds of distances, shares, density maps, Molden files. The whole
 * is tested by tests/cli/mechanism.sh. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyse/mechanism/clusters.h"
#include "analyse/mechanism/density.h"
#include "statistics/share.h"
#include "base/rng.h"
#include "molecule/molden.h"

enum { ATOMS = 6, NCART = 3 * ATOMS };

static double normal(uint64_t i, uint32_t k)
{
    return dia_rng_normal(7, i, 0, DIA_PURPOSE_TEST, k);
}

/* Two like atoms, three like atoms, one alone. */
static void prepare(dia_mechanism_swarm *swarm)
{
    static const int numbers[ATOMS] = {6, 6, 1, 1, 1, 8}, labels[ATOMS] = {0, 0, 1, 1, 1, 2};
    dia_error error = {0};
    *swarm = (dia_mechanism_swarm){0};
    assert_ok(dia_molecule_init(&swarm->molecule, ATOMS, 3, numbers, &error), &error);
    swarm->label = malloc(sizeof labels);
    memcpy(swarm->label, labels, sizeof labels);
    assert_ok(dia_match_create(&swarm->match, &swarm->molecule, labels, true, &error), &error);
}

/* The bound is never above the distance, and equals it where all atoms move straight away from the centroid. */
static void fingerprints_bound_distances_from_below(void **state)
{
    (void)state;
    dia_mechanism_swarm swarm;
    prepare(&swarm);
    double A[NCART], B[NCART], print[2][64], tightest = 0;
    assert_true(dia_fingerprint_size(&swarm) <= 64);
    for (uint64_t i = 0; i < 2000; i++) {
        const double near = i % 2 == 0 ? 0.1 : 1.0;
        for (uint32_t c = 0; c < NCART; c++) {
            A[c] = 2 * normal(i, c);
            B[c] = A[c] + near * normal(i, 100 + c);
        }
        dia_fingerprint(&swarm, A, print[0]);
        dia_fingerprint(&swarm, B, print[1]);
        const double distance = dia_match_distance(swarm.match, A, B, NULL),
                     bound = dia_fingerprint_bound(&swarm, print[0], print[1]);
        assert_true(bound <= distance * (1 + 1e-12)); /* rounding */
        tightest = fmax(tightest, bound / distance);
    }
    assert_true(tightest > 0.5); /* a bound that never comes near would be of no use */
    double middle[3] = {0};
    for (int c = 0; c < NCART; c++)
        middle[c % 3] += A[c] / ATOMS;
    for (int c = 0; c < NCART; c++)
        B[c] = middle[c % 3] + 1.01 * (A[c] - middle[c % 3]);
    dia_fingerprint(&swarm, A, print[0]);
    dia_fingerprint(&swarm, B, print[1]);
    assert_close(dia_fingerprint_bound(&swarm, print[0], print[1]), dia_match_distance(swarm.match, A, B, NULL), 1e-10,
                 0);
    dia_match_free(swarm.match);
    dia_molecule_free(&swarm.molecule);
    free(swarm.label);
}

static void shares_have_wilson_intervals(void **state)
{
    (void)state;
    /* 0 of n: (0, z^2/(n + z^2)); n of n its mirror image; 5 of 10 symmetric about 1/2 */
    const double z2 = 1.9599639845400545 * 1.9599639845400545;
    dia_share none = dia_share_of(0, 0, 20, 20), all = dia_share_of(20, 20, 20, 20), half = dia_share_of(5, 5, 10, 10);
    assert_close(none.low, 0, 0, 1e-15);
    assert_close(none.high, z2 / (20 + z2), 1e-14, 0);
    assert_close(all.low, 1 - none.high, 1e-14, 0);
    assert_close(half.low + half.high, 1, 1e-14, 0);
    assert_close(half.error, sqrt(0.25 / 10), 1e-14, 0);
    /* all weights twice as large say nothing new */
    dia_share heavy = dia_share_of(5, 10, 20, 40);
    assert_close(heavy.low, half.low, 1e-14, 0);
    assert_true(isnan(dia_share_of(0, 0, 0, 0).value));
}

/* Kernels: the integral over all bins is 1 in the middle, and on a circle anywhere; the mean is the place. */
static void densities_are_normalised(void **state)
{
    (void)state;
    const double pi = 3.14159265358979323846;
    dia_error error = {0};
    dia_density line = {.bins = 300, .from = -3, .to = 3, .width = 0.2},
                circle = {.bins = 90, .from = -pi, .to = pi, .width = 0.4, .circular = true};
    assert_ok(dia_density_create(&line, 1, 1, &error), &error);
    assert_ok(dia_density_create(&circle, 1, 1, &error), &error);
    dia_density_add(&line, 0, 0, 1.0, 0.3);
    dia_density_add(&circle, 0, 0, 1.0, pi - 0.1);
    double sum = 0, mean = 0, square = 0, around = 0, beyond = 0;
    for (int i = 0; i < 300; i++) {
        const double x = (line.edge[i] + line.edge[i + 1]) / 2;
        sum += line.value[i] * 0.02;
        mean += line.value[i] * 0.02 * x;
        square += line.value[i] * 0.02 * (x - 0.3) * (x - 0.3);
    }
    for (int i = 0; i < 90; i++) {
        around += circle.value[i] * 2 * pi / 90;
        beyond += circle.edge[i] < 0 ? circle.value[i] * 2 * pi / 90 : 0;
    }
    assert_close(sum + line.outside[0], 1, 1e-12, 0); /* what is cut off beyond 6 deviations counts as outside */
    assert_close(line.outside[0], 0, 0, 1e-8);
    assert_close(mean, 0.3, 0, 1e-7);
    assert_close(square, 0.04 + 0.02 * 0.02 / 12, 0, 1e-6); /* bins are as wide as that */
    assert_close(around, 1, 0, 1e-8);
    assert_close(beyond, 0.5 * erfc(0.1 / 0.4 / sqrt(2.0)), 0, 1e-8); /* went round */
    dia_density_add(&line, 0, 0, 0.5, 17.0);
    assert_close(line.outside[0], 0.5, 0, 1e-8);
    dia_density_free(&line);
    dia_density_free(&circle);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fingerprints_bound_distances_from_below),
        cmocka_unit_test(shares_have_wilson_intervals),
        cmocka_unit_test(densities_are_normalised),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
