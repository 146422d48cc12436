/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hopping probabilities of fewest switches, found by bisection of the uniform number at which the choice changes. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "diabolo/extend.h"
#include "dynamics/registry.h"
#include "electronic/propagate.h"

enum { NMAX = 4 };

typedef struct pass {
    int n;
    double H[2][10], E[2][NMAX], U[2][NMAX * NMAX], T[2 * NMAX * NMAX], before[2 * NMAX], after[2 * NMAX];
} pass;

static double work[2000];

static void make_pass(pass *p, double dt, const double *c_adiabatic)
{
    dia_frame ends[2];
    for (int e = 0; e < 2; e++) {
        ends[e] = (dia_frame){.batch = 1, .nstate = p->n, .H = p->H[e], .E = p->E[e], .U = p->U[e]};
        assert_ok(dia_frame_solve(&ends[e], work), NULL);
        if (e == 1)
            dia_frame_follow(&ends[1], &ends[0]);
    }
    dia_propagator(dt, 1e-9, &ends[0], &ends[1], 0, p->T, work);
    memcpy(p->before, c_adiabatic, sizeof *c_adiabatic * 2 * (size_t)p->n);
    dia_amplitudes_apply(p->n, p->T, p->before, p->after);
}

static int propose(pass *p, int probability, int active, double uniform)
{
    const dia_hop_type *type = dia_hop_type_find("fewest_switches");
    int target = -1, self = probability; /* the one member of its options */
    const dia_step_view view = {.batch = 1,
                                .nflying = 1,
                                .flying = (const int[]){0},
                                .nstate = p->n,
                                .c_before = p->before,
                                .c_after = p->after,
                                .T = p->T,
                                .active = &active,
                                .uniform = &uniform};
    assert_true(type->self_size == sizeof self);
    type->propose(&self, &view, NULL, &target);
    return target;
}

/* Probability of a hop from active to each state. */
static void probabilities(pass *p, int probability, int active, double *g)
{
    double left = 0.0;
    memset(g, 0, sizeof *g * (size_t)p->n);
    while (left < 1.0) {
        const int j = propose(p, probability, active, left + 1e-16);
        double low = left, high = 1.0;
        if (propose(p, probability, active, 1.0) == j) {
            low = 1.0;
        } else {
            for (int i = 0; i < 60; i++) {
                const double middle = 0.5 * (low + high);
                *(propose(p, probability, active, middle) == j ? &low : &high) = middle;
            }
        }
        g[j] += low - left;
        left = low + 1e-15;
    }
}

static double population(const double *c)
{
    return c[0] * c[0] + c[1] * c[1];
}

static void make_two(pass *p, double angle)
{
    p->n = 2;
    memcpy(p->H[0], (double[]){0.01, 0.004, -0.01}, 3 * sizeof(double));
    memcpy(p->H[1], (double[]){0.002, 0.0045, -0.003}, 3 * sizeof(double));
    make_pass(p, 20.0, (double[]){cos(angle), 0.0, sin(angle) * cos(0.4), sin(angle) * sin(0.4)});
}

/* Two states: both formulas give max(0, 1 - |a_i|^2/|c_i|^2), the fewest switches that keep the populations. */
static void two_states(void **unused)
{
    (void)unused;
    for (double angle = 0.1; angle < 1.5; angle += 0.2) {
        pass p;
        make_two(&p, angle);
        for (int active = 0; active < 2; active++) {
            const double loss = 1.0 - population(p.after + 2 * active) / population(p.before + 2 * active);
            for (int probability = 0; probability < 2; probability++) {
                double g[2];
                probabilities(&p, probability, active, g);
                assert_close(g[1 - active], fmax(0.0, loss), 0.0, 1e-13);
            }
        }
    }
}

/* A trivial crossing far inside one step: certain hop. */
static void trivial_crossing(void **unused)
{
    (void)unused;
    pass p = {.n = 3, .H = {{0.1, 0.0, 0.2, 0.0, 0.0, 0.3}, {0.2, 0.0, 0.1, 0.0, 0.0, 0.3}}};
    make_pass(&p, 50.0, (double[]){1.0, 0.0, 0.0, 0.0, 0.0, 0.0});
    for (int probability = 0; probability < 2; probability++) {
        double g[3];
        probabilities(&p, probability, 0, g);
        assert_close(g[1], 1.0, 0.0, 1e-13);
        assert_close(g[2], 0.0, 0.0, 1e-13);
    }
}

/* To first order in dt both are Tully's max(0, 2 dt Re(conj(c_i) c_j d_ij.v)/|c_i|^2), d_ij.v dt = <i|dH|j>/(E_j-E_i):
 * the error falls with dt. Four states, so that the shares matter. */
static void tullys_limit(void **unused)
{
    (void)unused;
    const double c[] = {0.5, 0.1, -0.3, 0.4, 0.2, 0.5, 0.3, -0.33};
    double previous[2] = {0.0, 0.0};
    for (double dt = 0.08; dt > 0.004; dt *= 0.5) {
        pass p = {.n = 4};
        double W[10], worst[2] = {0.0, 0.0};
        for (int i = 0; i < 10; i++) {
            p.H[0][i] = 0.1 * sin(1.0 + 2.3 * i * i);
            p.H[1][i] = p.H[0][i] + 0.02 * dt * cos(0.2 + 1.3 * i * i);
        }
        make_pass(&p, dt, c);
        for (int active = 0; active < 4; active++)
            for (int probability = 0; probability < 2; probability++) {
                double g[4];
                probabilities(&p, probability, active, g);
                for (int j = 0; j < 4; j++) {
                    if (j == active)
                        continue;
                    double d = 0.0; /* d_ij.v dt */
                    dia_weight_pair(&(dia_frame){.nstate = 4, .U = p.U[0]}, 0, active, j, W);
                    for (int k = 0, kl = 0; k < 4; k++)
                        for (int l = 0; l <= k; l++, kl++)
                            d += (k == l ? 1.0 : 2.0) * W[kl] * (p.H[1][kl] - p.H[0][kl]);
                    d /= p.E[0][j] - p.E[0][active];
                    const double *ci = c + 2 * active, *cj = c + 2 * j;
                    const double tully = fmax(0.0, 2.0 * d * (ci[0] * cj[0] + ci[1] * cj[1]) / population(ci));
                    worst[probability] = fmax(worst[probability], fabs(g[j] - tully) / dt);
                }
            }
        for (int probability = 0; probability < 2; probability++) {
            if (previous[probability] > 0.0)
                assert_close(worst[probability] / previous[probability], 0.5, 0.0,
                             0.1); /* first order, next term at 10 % */
            previous[probability] = worst[probability];
        }
    }
}

/* Where the shared formula is defined, the gains and losses it names add up to the loss of the active state. */
static void no_population_nothing_to_lose(void **unused)
{
    (void)unused;
    pass p;
    make_two(&p, 0.0); /* all in state 0 */
    for (int probability = 0; probability < 2; probability++)
        assert_int_equal(propose(&p, probability, 1, 1e-12), 1);
    memset(p.before, 0, sizeof p.before);
    p.before[0] = NAN;
    assert_int_equal(propose(&p, 0, 0, 1e-12), 0); /* NaN chooses nothing */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_states),
        cmocka_unit_test(trivial_crossing),
        cmocka_unit_test(tullys_limit),
        cmocka_unit_test(no_population_nothing_to_lose),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
