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
    int uncoupled; /* the one member of its options: stay, hop */
} pass;

/* At both ends: H and its rate at time t. */
typedef void curves(const double *numbers, double t, double *H, double *dH);

static void fill_pass(pass *p, curves *at, const double *numbers, double t, double dt)
{
    double work[200];
    assert_true(dia_frame_work(3) <= 200);
    for (int e = 0; e < 2; e++)
        at(numbers, t + e * dt, p->H[e], p->dH[e]);
    p->before = (dia_frame){1, 3, p->H[0], p->E[0], p->U[0]};
    p->after = (dia_frame){1, 3, p->H[1], p->E[1], p->U[1]};
    assert_ok(dia_frame_solve(&p->before, work), NULL);
    assert_ok(dia_frame_solve(&p->after, work), NULL);
    p->dt = dt;
    p->uncoupled = 0;
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

static int propose(const pass *p, int active, double uniform)
{
    int target = -1;
    const dia_step_view view = {.batch = 1,
                                .nstate = 3,
                                .dt = p->dt,
                                .before = &p->before,
                                .after = &p->after,
                                .dH_before = p->dH[0],
                                .dH = p->dH[1],
                                .active = &active,
                                .uniform = &uniform};
    dia_hop_type_find("landau_zener")->propose(&p->uncoupled, &view, NULL, &target);
    return target;
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

/* Where the states do not couple along the path nothing hops, unless asked to; any coupling brings the formula back; and a
 * trivial crossing, where they do not couple either, is passed with probability 1 (the couplings of 0 above). */
static void uncoupled_states(void **unused)
{
    (void)unused;
    const double gap = 0.01, rise = 1e-6, couplings[] = {0.0, 1e-9, 1e-6};
    for (int i = 0; i < 3; i++)
        for (int hop = 0; hop < 2; hop++) {
            pass p;
            fill_pass(&p, approach, (double[]){gap, rise, couplings[i]}, -0.4, 1.0);
            p.uncoupled = hop;
            const bool stays = couplings[i] == 0.0 && hop == 0;
            /* Belyaev, Lebedev, eq. 6; the gap is parabola enough to 1e-3 in such a short step. */
            const double formula = exp(-0.5 * acos(-1.0) * sqrt(gap * gap * gap / (2.0 * rise)));
            assert_close(probability(&p, 0), stays ? 0.0 : formula, 1e-3, 0.0);
            assert_close(probability(&p, 1), stays ? 0.0 : formula, 1e-3, 0.0);
        }
    pass p; /* they touch at the end of the step */
    make_pass(&p, 1e-3, 0.0, -1.0, 1.0);
    assert_close(probability(&p, 0), 1.0, 1e-9, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(linear_crossing),
        cmocka_unit_test(once_only),
        cmocka_unit_test(uncoupled_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
