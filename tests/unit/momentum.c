/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "diabolo/dynamics.h"
#include "dynamics/registry.h"
#include "dynamics/momentum.h"

enum { N = 5 };
static const double mass[N] = {1836.0, 22000.0, 3000.0, 1.0, 51000.0};
static const double h[N] = {0.02, -0.3, 0.1, 0.004, -0.05}, V[N] = {1e-3, 2e-4, -5e-4, 2e-2, 1e-4};

static double kinetic(const double *v)
{
    double sum = 0.0;
    for (int i = 0; i < N; i++)
        sum += 0.5 * mass[i] * v[i] * v[i];
    return sum;
}

/* Kinetic energy of the motion along h: (h.V)^2 / (2 h^T M^-1 h). */
static double kinetic_along(const double *v)
{
    double b = 0.0, a = 0.0;
    for (int i = 0; i < N; i++) {
        b += h[i] * v[i];
        a += h[i] * h[i] / mass[i];
    }
    return 0.5 * b * b / a;
}

static void energy_is_paid_along_h(void **unused)
{
    (void)unused;
    const double limit = kinetic_along(V);
    const double gaps[] = {0.999999 * limit, 0.5 * limit, 1e-9 * limit, 0.0, -1e-9 * limit, -limit, -1e3 * limit};
    for (size_t g = 0; g < sizeof gaps / sizeof gaps[0]; g++) {
        double v[N];
        memcpy(v, V, sizeof v);
        assert_true(dia_momentum_adjust(N, mass, h, gaps[g], v));
        /* rounding of the kinetic energies themselves */
        assert_close(kinetic(v) + gaps[g], kinetic(V), 0.0, 16 * DBL_EPSILON * (kinetic(V) + fabs(gaps[g])));
        for (int i = 1; i < N; i++) /* m dV is parallel to h */
            assert_close(mass[i] * (v[i] - V[i]) * h[0], mass[0] * (v[0] - V[0]) * h[i], 0.0,
                         16 * DBL_EPSILON * fabs(h[i]) * mass[0] * fabs(V[0]) +
                             1e-12 * fabs(h[i] * mass[0] * (v[0] - V[0])));
        assert_true(fabs(kinetic_along(v) - kinetic_along(V) + gaps[g]) < 1e-12 * (limit + fabs(gaps[g])));
    }
    /* The smaller root: a small gap is a small change. */
    double v[N];
    memcpy(v, V, sizeof v);
    assert_true(dia_momentum_adjust(N, mass, h, 1e-6 * limit, v));
    for (int i = 0; i < N; i++)
        assert_close(v[i], V[i], 0.0, 1e-5 * sqrt(2.0 * limit / mass[i]));
}

static void too_dear(void **unused)
{
    (void)unused;
    double v[N], still[N] = {0}, nothing[N] = {0};
    memcpy(v, V, sizeof v);
    assert_false(dia_momentum_adjust(N, mass, h, 1.000001 * kinetic_along(V), v));
    assert_memory_equal(v, V, sizeof v);
    assert_false(dia_momentum_adjust(N, mass, nothing, 0.1, v));
    assert_false(dia_momentum_adjust(N, mass, nothing, -0.1, v));
    assert_memory_equal(v, V, sizeof v);
    assert_true(dia_momentum_adjust(N, mass, h, -0.01, still)); /* downhill from rest: along h */
    assert_close(kinetic(still), 0.01, 1e-14, 0.0);
}

/* h = m V scales the velocity: V sqrt(1 - gap/kinetic). */
static void along_the_velocity(void **unused)
{
    (void)unused;
    double v[N], p[N];
    for (int i = 0; i < N; i++)
        p[i] = mass[i] * (v[i] = V[i]);
    const double gap = 0.3 * kinetic(V);
    assert_true(dia_momentum_adjust(N, mass, p, gap, v));
    for (int i = 0; i < N; i++)
        assert_close(v[i], sqrt(0.7) * V[i], 1e-14, 0.0);
}

static void reversal(void **unused)
{
    (void)unused;
    double v[N];
    memcpy(v, V, sizeof v);
    dia_momentum_reverse(N, mass, h, v);
    double before = 0.0, after = 0.0;
    for (int i = 0; i < N; i++) {
        before += h[i] * V[i];
        after += h[i] * v[i];
    }
    assert_close(after, -before, 1e-13, 0.0);
    assert_close(kinetic(v), kinetic(V), 1e-14, 0.0);
    dia_momentum_reverse(N, mass, h, v);
    for (int i = 0; i < N; i++)
        assert_close(v[i], V[i], 1e-12, 1e-18);
}

/* Spare energy: what is left along h when the gap is paid, in one dimension all of it; its sign is that of dia_momentum_adjust. */
static void spare_energy(void **unused)
{
    (void)unused;
    const double m = 3.0, along = -0.7;
    for (double v = -2.0; v <= 2.0; v += 0.25)
        for (double gap = -1.0; gap <= 7.0; gap += 0.5) {
            double after = v;
            const double spare = dia_momentum_spare(1, &m, &along, gap, &v);
            assert_close(spare, 0.5 * m * v * v - gap, 1e-14, 1e-15);
            assert_int_equal(dia_momentum_adjust(1, &m, &along, gap, &after), spare >= 0.0);
        }
    const double none = 0.0, one = 1.0;
    assert_true(dia_momentum_spare(1, &m, &none, -1.0, &one) == -INFINITY);
}

/* The force of the target state alone, whatever the sign of h. */
static void gradv(void **unused)
{
    (void)unused;
    for (int i = 0; i < 8; i++) {
        const double m = 5.0, along = i & 1 ? 1.0 : -1.0, v = i & 2 ? 0.3 : -0.3, force = i & 4 ? 2.0 : -2.0,
                     g = -force;
        assert_int_equal(dia_momentum_opposed(1, &m, &along, &g, &v), force * v < 0.0);
    }
}

/* One dimension, moving to the right. Forces: active, target. */
static void jasper_truhlar(void **unused)
{
    (void)unused;
    const double one = 1.0, v = 1.0;
    const struct {
        double active, target;
        bool turns;
    } cases[] = {{+1, +1, false}, {+1, -1, true}, {-1, +1, false}, {-1, -1, false}};
    for (size_t i = 0; i < 4; i++) {
        const double g_active = -cases[i].active, g_target = -cases[i].target, minus = -1.0;
        assert_int_equal(dia_momentum_turns(1, &one, &one, &g_active, &g_target, &v), cases[i].turns);
        assert_int_equal(dia_momentum_turns(1, &one, &minus, &g_active, &g_target, &v),
                         cases[i].turns); /* sign of h is arbitrary */
    }
}

/* The criterion is that of coordinates scaled to one mass. Heavy and light: without the masses the heavy atom's force would
 * outweigh the light one's, which turns the motion. */
static void jasper_truhlar_with_masses(void **unused)
{
    (void)unused;
    const double m[2] = {50.0, 1.0}, direction[2] = {1.0, 1.0}, v[2] = {0.1, 1.0}, one[2] = {1.0, 1.0};
    const double active[2] = {0.0, -1.0}, target[2] = {-2.0, 1.0}; /* h^T M^-1 F: 1 and 2/50 - 1; h.F: 1 and 1 */
    assert_true(dia_momentum_turns(2, m, direction, active, target, v));
    double scaled[4][2]; /* x sqrt(m): gradients and h are divided, velocities multiplied */
    for (int i = 0; i < 2; i++) {
        scaled[0][i] = active[i] / sqrt(m[i]);
        scaled[1][i] = target[i] / sqrt(m[i]);
        scaled[2][i] = v[i] * sqrt(m[i]);
        scaled[3][i] = direction[i] / sqrt(m[i]);
    }
    assert_true(dia_momentum_turns(2, one, scaled[3], scaled[0], scaled[1], scaled[2]));
}

/* h.V is the coupling that was asked for, and the change is along M V alone. */
static void effective_coupling(void **unused)
{
    (void)unused;
    double g[N], still[N] = {0};
    memcpy(g, h, sizeof g);
    dia_momentum_effective(N, mass, V, 3e-3, g);
    double sum = 0.0;
    for (int i = 0; i < N; i++)
        sum += g[i] * V[i];
    assert_close(sum, 3e-3, 1e-13, 0.0);
    for (int i = 1; i < N; i++)
        assert_close((g[i] - h[i]) * mass[0] * V[0], (g[0] - h[0]) * mass[i] * V[i], 1e-12, 0.0);
    memcpy(g, h, sizeof g);
    dia_momentum_effective(N, mass, still, 3e-3, g);
    assert_memory_equal(g, h, sizeof g);
}

static void vanishing_direction(void **unused)
{
    (void)unused;
    double small[N], zero[N] = {0};
    for (int i = 0; i < N; i++)
        small[i] = 1e-9 * h[i];
    assert_false(dia_direction_vanishes(N, mass, h, h));
    assert_true(dia_direction_vanishes(N, mass, small, h));
    assert_true(dia_direction_vanishes(N, mass, zero, h));
    assert_true(dia_direction_vanishes(N, mass, zero, zero));
    small[0] = NAN; /* not a direction, but no reason to look elsewhere */
    assert_false(dia_direction_vanishes(N, mass, small, h));
}

static double population(const double *c)
{
    return c[0] * c[0] + c[1] * c[1];
}

/* Energy-based decoherence of one trajectory over dt. */
static void decohere(int active, const double *E, double K, double dt, const char *options, double *c)
{
    dia_dynamics d;
    dia_error error = {0};
    char yaml[200];
    snprintf(yaml, sizeof yaml, "{duration: 1 fs, decoherence: {constant: 0.1 hartree%s}}", options);
    assert_ok(dia_dynamics_parse(&d, yaml, &error), &error);
    double energies[3];
    memcpy(energies, E, sizeof energies);
    const dia_frame frame = {.batch = 1, .nstate = 3, .E = energies};
    const int flying = 0;
    const dia_step_view view = {.batch = 1,
                                .nstate = 3,
                                .nflying = 1,
                                .flying = &flying,
                                .dt = dt,
                                .after = &frame,
                                .active = &active,
                                .kinetic = &K};
    d.decoherence->decohere(d.decoherence_self, &view, NULL, c);
    dia_dynamics_close(&d);
}

/* exp(-dt/tau), tau = (1 + C/K)/|gap|, of the population or of the amplitude; norm and phases stay. */
static void energy_based_decoherence(void **unused)
{
    (void)unused;
    const double E[] = {-0.1, 0.05, 0.3}, start[] = {0.6, 0.1, 0.3, -0.5, -0.2, 0.4}, C = 0.1, K = 0.07, dt = 8.0;
    for (int active = 0; active < 3; active++)
        for (int convention = 0; convention < 2; convention++) {
            double c[6], norm = 0.0, norm0 = 0.0;
            memcpy(c, start, sizeof c);
            decohere(active, E, K, dt, convention == 1 ? ", convention: amplitude" : "", c);
            for (int k = 0; k < 3; k++) {
                const double *a = c + 2 * k, *a0 = start + 2 * k;
                norm += population(a);
                norm0 += population(a0);
                assert_close(a[0] * a0[1], a[1] * a0[0], 0.0, 1e-15); /* same phase */
                assert_true(a[0] * a0[0] + a[1] * a0[1] > 0.0);
                const double tau = (1.0 + C / K) / fabs(E[k] - E[active]);
                const double twice = convention == 1 ? 2.0 : 1.0;
                if (k != active)
                    assert_close(population(a), population(a0) * exp(-twice * dt / tau), 1e-14, 0.0);
            }
            assert_close(norm, norm0, 1e-14, 0.0);
        }
    double c[6] = {0.0, 0.0, 1.0, 0.0, 0.0, 0.0}; /* all population elsewhere: norm is kept even so */
    decohere(0, E, K, dt, "", c);
    assert_close(population(c) + population(c + 2), 1.0, 1e-14, 0.0);
    memcpy(c, start, sizeof c); /* no motion, no decoherence */
    decohere(0, E, 0.0, dt, "", c);
    assert_memory_equal(c, start, sizeof c);
}

/* Of a complex coupling: the same direction, up to its sign, whatever its phase; of a real vector times a phase that vector; the longest. */
static void direction_of_a_complex_coupling(void **unused)
{
    (void)unused;
    enum { SIZE = 4 };
    const double weight[SIZE] = {2.0, 3.0, 1.0, 7.0}, re[SIZE] = {0.3, -0.2, 0.5, 0.1},
                 im[SIZE] = {-0.4, 0.1, 0.2, 0.6};
    double first[SIZE] = {0}, longest = 0.0;
    for (int t = 0; t < 12; t++) {
        double turned[SIZE], g[SIZE], x[SIZE], y[SIZE], size = 0.0, sign = 0.0;
        const double c = cos(0.5 * t), s = sin(0.5 * t);
        for (int i = 0; i < SIZE; i++) {
            turned[i] = c * re[i] - s * im[i];
            y[i] = s * re[i] + c * im[i];
            x[i] = c * re[i];
            g[i] = s * re[i];
            size += turned[i] * turned[i] / weight[i];
        }
        longest = fmax(longest, size);
        dia_momentum_direction(SIZE, weight, y, turned);
        dia_momentum_direction(SIZE, weight, g, x);
        for (int i = 0; i < SIZE; i++) {
            first[i] = t == 0 ? turned[i] : first[i];
            sign += turned[i] * first[i];
        }
        for (int i = 0; i < SIZE; i++) {
            assert_close(turned[i] * copysign(1.0, sign), first[i], 0.0, 1e-15);
            assert_close(fabs(x[i]), fabs(re[i]), 0.0, 1e-15);
        }
    }
    double length = 0.0;
    for (int i = 0; i < SIZE; i++)
        length += first[i] * first[i] / weight[i];
    assert_true(length >= longest &&
                length < 1.1 * longest); /* the phases tried lie 0.25 apart at most: cos^2 > 0.94 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(direction_of_a_complex_coupling),
        cmocka_unit_test(energy_is_paid_along_h),
        cmocka_unit_test(too_dear),
        cmocka_unit_test(along_the_velocity),
        cmocka_unit_test(reversal),
        cmocka_unit_test(spare_energy),
        cmocka_unit_test(gradv),
        cmocka_unit_test(jasper_truhlar),
        cmocka_unit_test(vanishing_direction),
        cmocka_unit_test(energy_based_decoherence),
        cmocka_unit_test(jasper_truhlar_with_masses),
        cmocka_unit_test(effective_coupling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
