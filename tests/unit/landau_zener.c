/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <string.h>

#include "diabolo/extend.h"
#include "dynamics/registry.h"

/* A linear crossing seen between t and t + dt, with a third state far above: H11 = -H22 = slope t, H12 = coupling. */
typedef struct pass {
    double H[2][6], dH[2][6], E[2][3], U[2][9];
    dia_frame before, after;
    double dt;
    int probability; /* the one member of its options: coupling, gap, zhu_nakamura */
    double kinetic;  /* at the end                                                 */
} pass;

/* At both ends: H and its rate at time t. */
typedef void curves(const double *numbers, double t, double *H, double *dH);

static void fill_pass(pass *p, curves *at, const double *numbers, double t, double dt)
{
    double work[600];
    assert_true(dia_frame_work(3) <= 600);
    for (int e = 0; e < 2; e++)
        at(numbers, t + e * dt, p->H[e], p->dH[e]);
    p->before = (dia_frame){.batch = 1, .nstate = 3, .H = p->H[0], .E = p->E[0], .U = p->U[0]};
    p->after = (dia_frame){.batch = 1, .nstate = 3, .H = p->H[1], .E = p->E[1], .U = p->U[1]};
    assert_ok(dia_frame_solve(&p->before, work), NULL);
    assert_ok(dia_frame_solve(&p->after, work), NULL);
    p->dt = dt;
    p->probability = 0;
    p->kinetic = 1.0;
}

/* numbers: slope, coupling */
static void crossing(const double *numbers, double t, double *H, double *dH)
{
    const double slope = numbers[0], x = slope * t;
    memcpy(H, (double[]){x, numbers[1], -x, 0.0, 0.0, 5.0}, 6 * sizeof *H);
    memcpy(dH, (double[]){slope, 0.0, -slope, 0.0, 0.0, 0.0}, 6 * sizeof *dH);
}

static void make_pass(pass *p, double slope, double coupling, double t, double dt)
{
    fill_pass(p, crossing, (double[]){slope, coupling}, t, dt);
}

/* Two states that come near and part again, gap + rise t^2; numbers: gap, rise, coupling per time. */
static void approach(const double *numbers, double t, double *H, double *dH)
{
    memcpy(H, (double[]){0.0, numbers[2] * t, numbers[0] + numbers[1] * t * t, 0.0, 0.0, 5.0}, 6 * sizeof *H);
    memcpy(dH, (double[]){0.0, numbers[2], 2.0 * numbers[1] * t, 0.0, 0.0, 0.0}, 6 * sizeof *dH);
}

static double half(const dia_step_view *view, int b, int i)
{
    (void)view, (void)b, (void)i;
    return 0.5;
}

static int propose_after(const pass *p, int active, double uniform, double *memory)
{
    int target = -1;
    double work[11 * 9 + 600];
    const dia_step_view view = {.batch = 1,
                                .nstate = 3,
                                .dt = p->dt,
                                .before = &p->before,
                                .after = &p->after,
                                .dH_before = p->dH[0],
                                .dH = p->dH[1],
                                .active = &active,
                                .kinetic = &p->kinetic,
                                .uniform = &uniform,
                                .random = half,
                                .flying = (const int[]){0},
                                .nflying = 1,
                                .work = work};
    dia_hop_type_find("landau_zener")->propose(&p->probability, &view, memory, &target);
    return target;
}

static int propose(const pass *p, int active, double uniform)
{
    double memory = 0.0;
    return propose_after(p, active, uniform, &memory);
}

/* The uniform number below which a hop is proposed. */
static double probability(const pass *p, int active)
{
    double low = 0.0, high = 1.0;
    for (int i = 0; i < 60; i++) {
        const double middle = 0.5 * (low + high);
        *(propose(p, active, middle) != active ? &low : &high) = middle;
    }
    return low;
}

/* At a linear crossing it is the formula of Landau and Zener, exp(-pi c^2/slope), wherever the crossing lies in the
 * step, however long the step and however small the coupling. */
static void linear_crossing(void **unused)
{
    (void)unused;
    const double slope = 1e-3, couplings[] = {0.03, 0.01, 1e-3, 1e-6, 0.0};
    for (int i = 0; i < 5; i++)
        for (double dt = 0.1; dt < 300.0; dt *= 3.0)
            for (double place = 0.05; place < 1.0; place += 0.3) {
                pass p;
                make_pass(&p, slope, couplings[i], -place * dt, dt);
                const double exact = exp(-acos(-1.0) * couplings[i] * couplings[i] / slope);
                assert_close(probability(&p, 0), exact, 1e-9, 1e-12); /* rounding of Z^2, differences of it over dt */
                assert_close(probability(&p, 1), exact, 1e-9, 1e-12);
                assert_int_equal(propose(&p, 2, 1e-9), 2);
            }
}

/* A minimum is met in one step of a sequence and one only, wherever the steps begin. */
static void once_only(void **unused)
{
    (void)unused;
    for (double offset = 0.0; offset < 1.0; offset += 0.0625) { /* 0: a step begins at the minimum itself */
        int met = 0;
        for (int i = -5; i < 5; i++) {
            pass p;
            make_pass(&p, 1e-3, 0.01, 8.0 * (i + offset), 8.0);
            met += propose(&p, 0, 1e-9) != 0;
        }
        assert_int_equal(met, 1);
    }
}

/* By the coupling: states that do not couple along the path never hop, others by exp(-(pi/4) Z^2/h), h the coupling per time;
 * by the gap alone, Belyaev's and Lebedev's formula whatever the coupling. */
static void uncoupled_states(void **unused)
{
    (void)unused;
    const double gap = 0.01, rise = 1e-6, couplings[] = {0.0, 1e-9, 1e-5, 1e-4}, pi = acos(-1.0);
    for (int i = 0; i < 4; i++)
        for (int gaps = 0; gaps < 2; gaps++) {
            const double h = couplings[i];
            pass p;
            fill_pass(&p, approach, (double[]){gap, rise, h}, -0.4, 1.0);
            p.probability = gaps;
            /* Z^2 = (gap + rise t^2)^2 + 4 h^2 t^2 */
            const double second = 2.0 * rise + 4.0 * h * h / gap;
            const double formula = gaps    ? exp(-0.5 * pi * sqrt(gap * gap * gap / second))
                                   : h > 0 ? exp(-0.25 * pi * gap * gap / h)
                                           : 0.0;
            assert_close(probability(&p, 0), formula, 1e-9, 1e-12); /* the cubic is exact for this H */
            assert_close(probability(&p, 1), formula, 1e-9, 1e-12);
        }
    /* They meet, uncoupled, where one step ends and the next begins: passed in one of them. */
    pass p, next;
    make_pass(&p, 1e-3, 0.0, -1.0, 1.0);
    make_pass(&next, 1e-3, 0.0, 0.0, 1.0);
    assert_close(probability(&p, 0) + probability(&next, 0), 1.0, 1e-9, 0.0);
}

/* Two crossings in one step, of diabats that bend; numbers: half the distance of the crossings in time, rise, coupling */
static void twice(const double *numbers, double t, double *H, double *dH)
{
    const double far = numbers[0], rise = numbers[1];
    memcpy(H, (double[]){0.0, numbers[2], rise * (t * t - far * far), 0.0, 0.0, 5.0}, 6 * sizeof *H);
    memcpy(dH, (double[]){0.0, 0.0, 2.0 * rise * t, 0.0, 0.0, 0.0}, 6 * sizeof *dH);
}

/* Both minima are found and each has its own random number: the first is passed with uniform < P, the second, whose number is
 * one half here, too if P > 1/2: the state is the old one again. Trivial crossings (P = 1) are passed twice. */
static void two_crossings_in_a_step(void **unused)
{
    (void)unused;
    const double far = 10.0, rise = 1e-4, rate = 2.0 * far * rise, pi = acos(-1.0);
    const double couplings[] = {0.0, 1e-5, 0.4e-2, 2e-2};
    for (int i = 0; i < 4; i++) {
        pass p;
        fill_pass(&p, twice, (double[]){far, rise, couplings[i]}, -25.0, 50.0);
        const double P = exp(-2.0 * pi * couplings[i] * couplings[i] / rate);
        const int passed = P > 0.5 ? 0 : 1; /* the state after the second, having passed the first */
        for (int u = 1; u < 50; u++)
            if (fabs(u / 50.0 - P) > 0.02)
                assert_int_equal(propose(&p, 0, u / 50.0), u / 50.0 < P ? passed : (P > 0.5 ? 1 : 0));
        fill_pass(&p, twice, (double[]){far, rise, couplings[i]}, -25.0, 25.0); /* the first alone */
        if (couplings[i] < 0.01) /* where crossings are this wide, the minimum is not at the crossing */
            assert_close(probability(&p, 0), P, 2e-2, 1e-3);
    }
}

/* After a hop the gap falls on, to a second minimum, and is passed again later: the second belongs to the passage that was
 * decided, the third is another. A gap that rises after the hop is free at once; after a frustrated hop too. */
static void hopped_and_falling(void **unused)
{
    (void)unused;
    const dia_hop_type *method = dia_hop_type_find("landau_zener");
    pass falling, rising;
    make_pass(&falling, 1e-3, 0.01, -8.0, 16.0);
    make_pass(&rising, 1e-3, 0.01, 1.0, 8.0);
    for (int from = 0; from < 2; from++) {
        const int to = 1 - from;
        double memory = 0.0;
        method->after(&falling.probability, NULL, 0, from, to, true, &memory, NULL);
        assert_int_equal(propose_after(&falling, to, 1e-9, &memory), to);
        assert_int_equal(propose_after(&falling, to, 1e-9, &memory), from);
        method->after(&falling.probability, NULL, 0, from, to, true, &memory, NULL);
        assert_int_equal(propose_after(&rising, to, 1e-9, &memory), to);
        assert_int_equal(propose_after(&falling, to, 1e-9, &memory), from);
        method->after(&falling.probability, NULL, 0, from, to, false, &memory, NULL);
        assert_int_equal(propose_after(&falling, from, 1e-9, &memory), to);
    }
}

/* numbers: slopes of the two diabats, coupling */
static void tilted(const double *numbers, double t, double *H, double *dH)
{
    memcpy(H, (double[]){numbers[0] * t, numbers[2], numbers[1] * t, 0.0, 0.0, 5.0}, 6 * sizeof *H);
    memcpy(dH, (double[]){numbers[0], 0.0, numbers[1], 0.0, 0.0, 0.0}, 6 * sizeof *dH);
}

/* Zhu and Nakamura's formula in a coordinate of mass m that is passed with speed v, from both states, for slopes of one and of
 * opposite signs; from below the energy of the crossing; and far above it Landau and Zener's. */
static void zhu_nakamura(void **unused)
{
    (void)unused;
    const double m = 2000.0, c = 4e-3, slopes[][2] = {{1e-2, -4e-3}, {1e-2, 3e-3}, {-1e-2, -2e-3}};
    for (int i = 0; i < 3; i++)
        for (double K = 1e-3; K < 10.0; K *= 4.0)
            for (int active = 0; active < 2; active++) {
                const double v = sqrt(2.0 * K / m), F1 = slopes[i][0], F2 = slopes[i][1], Z = 2.0 * c;
                /* the energies of both adiabats are -+c at the minimum, and the gap's minimum is at t = 0 */
                pass p;
                fill_pass(&p, tilted, (double[]){F1 * v, F2 * v, c}, -7.0, 20.0);
                p.probability = 2;
                const double total = K + (active == 0 ? -c : c); /* the crossing is at energy 0 */
                p.kinetic = total - p.E[1][active];
                const double root = sqrt(fabs(F1 * F2)), difference = fabs(F1 - F2), sign = F1 * F2 > 0.0 ? 1.0 : -1.0;
                const double a2 = root * difference / (2.0 * m * Z * Z * Z), b2 = total * difference / (root * Z);
                const double sum = b2 + sqrt(fabs(b2 * b2 + sign));
                const double expected = sum > 0.0 ? exp(-atan(1.0) / sqrt(a2) * sqrt(2.0 / sum)) : 0.0;
                assert_close(probability(&p, active), expected, 1e-6, 1e-12);
                p.probability = 0;
                if (K > 1.0)
                    assert_close(probability(&p, active), expected, 0.01, 0.0);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_crossing),    cmocka_unit_test(once_only),
        cmocka_unit_test(uncoupled_states),   cmocka_unit_test(two_crossings_in_a_step),
        cmocka_unit_test(hopped_and_falling), cmocka_unit_test(zhu_nakamura),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
