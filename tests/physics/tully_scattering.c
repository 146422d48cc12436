/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tully's three problems (JCP 93, 1061 (1990)) by fewest switches: where 5000 trajectories end and on which surface,
 * against a second integration that shares nothing with the program: closed forms of the adiabatic energies, gradients
 * and couplings, amplitudes in the adiabatic basis by fourth-order Runge-Kutta with d.v, the hopping probability as
 * Tully wrote it, at a small step.
 *
 * Both are Monte Carlo: fractions p, q of n each are compared with sigma^2 = 2 p(1-p)/n, p pooled, and must agree
 * within 3 sigma. There are some 70 comparisons that could fail; if all were independent, the largest of 70 differences
 * would exceed 3 sigma by chance in one seed of six. The seeds are fixed, so a test that passed does not fail by chance
 * later. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "flight.h"

enum { TRAJECTORIES = 5000, BLOCK = 250, OUTCOMES = 5 }; /* transmitted on 0, 1; reflected on 0, 1; still inside */

typedef struct problem {
    const char *yaml;
    void (*matrix)(double x, double *V, double *D); /* V11, V22, V12 and derivatives */
    double left, right;                             /* flights begin at left and end beyond either */
    double stride;                                  /* bohr a step at the start                    */
    double momenta[8];
} problem;

static void single(double x, double *V, double *D)
{
    const double e = exp(-1.6 * fabs(x)), g = 0.005 * exp(-x * x);
    V[0] = (x < 0.0 ? -0.01 : 0.01) * (1.0 - e);
    D[0] = 0.016 * e;
    V[1] = -V[0];
    D[1] = -D[0];
    V[2] = g;
    D[2] = -2.0 * x * g;
}

static void dual(double x, double *V, double *D)
{
    const double a = 0.1 * exp(-0.28 * x * x), g = 0.015 * exp(-0.06 * x * x);
    V[0] = D[0] = 0.0;
    V[1] = 0.05 - a;
    D[1] = 0.56 * x * a;
    V[2] = g;
    D[2] = -0.12 * x * g;
}

static void extended(double x, double *V, double *D)
{
    const double e = 0.1 * exp(-0.9 * fabs(x));
    V[0] = 6e-4;
    V[1] = -6e-4;
    D[0] = D[1] = 0.0;
    V[2] = x < 0.0 ? e : 0.2 - e;
    D[2] = 0.9 * e;
}

static const double mass = 2000.0;

static const problem problems[] = {
    {"{type: tully, variant: 1}", single, -3.5, 3.5, 0.07, {5, 8, 9.5, 11, 14, 18, 23, 30}},
    {"{type: tully, variant: 2}", dual, -8.0, 8.0, 0.07, {12, 16, 20, 25, 30, 40, 55, 75}},
    {"{type: tully, variant: 3}", extended, -8.0, 5.0, 0.07, {5, 9, 13, 17, 21, 25, 29, 34}},
};

/* ---- the other integration ------------------------------------------------------------------- */

typedef struct point {
    double E[2], G[2], d; /* adiabatic energies, gradients, <0|d/dx 1> */
} point;

/* States (-sin, cos) and (cos, sin) of the angle (1/2) atan2(2 V12, V11-V22), continuous because V12 > 0. */
static point adiabatic(const problem *p, double x)
{
    double V[3], D[3];
    p->matrix(x, V, D);
    const double delta = V[0] - V[1], ddelta = D[0] - D[1], r = sqrt(0.25 * delta * delta + V[2] * V[2]);
    const double mean = 0.5 * (V[0] + V[1]), dmean = 0.5 * (D[0] + D[1]);
    const double dr = (0.25 * delta * ddelta + V[2] * D[2]) / r;
    return (point){{mean - r, mean + r}, {dmean - dr, dmean + dr}, 0.25 * (D[2] * delta - V[2] * ddelta) / (r * r)};
}

/* dc/dt with the common phase of the mean energy left out: gap and d.v are what matters. c: re0 im0 re1 im1. */
static void rate(double gap, double dv, const double *c, double *out)
{
    const double w = 0.5 * gap;
    out[0] = -w * c[1] - dv * c[2];
    out[1] = w * c[0] - dv * c[3];
    out[2] = w * c[3] + dv * c[0];
    out[3] = -w * c[2] + dv * c[1];
}

/* Fourth-order Runge-Kutta over dt, gap and d.v linear in between; returns the hopping probability, summed over
 * sub-steps. */
static double electrons(double dt, const double gap[2], const double dv[2], int active, double *c)
{
    const int m = 2 + (int)(5.0 * dt * fmax(gap[0], gap[1]));
    const double h = dt / m;
    double stay = 1.0;
    for (int i = 0; i < m; i++) {
        double k[4][4], y[4];
        static const double at[4] = {0.0, 0.5, 0.5, 1.0};
        for (int s = 0; s < 4; s++) {
            const double x = (i + at[s]) / m;
            for (int j = 0; j < 4; j++)
                y[j] = c[j] + (s > 0 ? at[s] * h * k[s - 1][j] : 0.0);
            rate(gap[0] + x * (gap[1] - gap[0]), dv[0] + x * (dv[1] - dv[0]), y, k[s]);
            if (s == 1) { /* flux at the middle: 2 Re(conj(c_0) c_1) d.v out of state 0, into it from state 1 */
                const double flux = 2.0 * (y[0] * y[2] + y[1] * y[3]) * (dv[0] + x * (dv[1] - dv[0]));
                const double here = y[2 * active] * y[2 * active] + y[2 * active + 1] * y[2 * active + 1];
                const double g = h * (active == 0 ? flux : -flux) / here;
                stay *= 1.0 - fmin(fmax(g, 0.0), 1.0);
            }
        }
        for (int j = 0; j < 4; j++)
            c[j] += h / 6.0 * (k[0][j] + 2.0 * k[1][j] + 2.0 * k[2][j] + k[3][j]);
    }
    return 1.0 - stay;
}

static uint64_t random_state;

static double uniform(void) /* splitmix64 */
{
    uint64_t z = (random_state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return (double)((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

static int outcome(const problem *p, double x, double v, int active)
{
    if (x > p->right)
        return active;
    return x < p->left && v < 0.0 ? 2 + active : -1;
}

static int fly_reference(const problem *p, double momentum, double most_time)
{
    double x = p->left, v = momentum / mass, c[4] = {1.0, 0.0, 0.0, 0.0};
    const double dt = 0.3 * p->stride / v;
    int active = 0;
    point now = adiabatic(p, x);
    for (double t = 0.0; t < most_time; t += dt) {
        const point old = now;
        const double v_old = v, half = v - 0.5 * dt * old.G[active] / mass;
        x += dt * half;
        now = adiabatic(p, x);
        v = half - 0.5 * dt * now.G[active] / mass;
        const double gap[2] = {old.E[1] - old.E[0], now.E[1] - now.E[0]}, dv[2] = {old.d * v_old, now.d * v};
        const double g = electrons(dt, gap, dv, active, c);
        if (uniform() < g) {
            const double square = v * v - 2.0 * (now.E[1 - active] - now.E[active]) / mass;
            if (square >= 0.0) {
                v = copysign(sqrt(square), v);
                active = 1 - active;
            }
        }
        const int end = outcome(p, x, v, active);
        if (end >= 0)
            return end;
    }
    return 4;
}

/* ---- Diabolo's ------------------------------------------------------------------------------- */

static void start_block(const problem *p, dia_block *block, int64_t first, double momentum)
{
    double x[BLOCK], v[BLOCK];
    int64_t trajectory[BLOCK];
    int state[BLOCK] = {0};
    for (int b = 0; b < BLOCK; b++) {
        x[b] = p->left;
        v[b] = momentum / mass;
        trajectory[b] = first + b;
    }
    assert_ok(dia_block_start(block, BLOCK, trajectory, x, v, state, NULL), NULL);
}

static void fly_block(const problem *p, dia_block *block, int64_t first, double momentum, double most_time, int *count)
{
    start_block(p, block, first, momentum);
    while (dia_block_flying(block) > 0) {
        assert_ok(dia_block_step(block), NULL);
        const double t = (double)block->step * block->dynamics->timestep;
        for (int b = 0; b < BLOCK; b++) {
            if (block->fate[b] != DIA_FATE_FLYING)
                continue;
            const int end = t < most_time ? outcome(p, block->R[b], block->V[b], block->active[b]) : 4;
            if (end >= 0) {
                count[end]++;
                block->fate[b] = DIA_FATE_FINISHED;
            }
        }
    }
}

/* The same flights, ended by conditions of the dynamics instead of this test: the outcomes are the same, one by one. */
static void check_conditions(const problem *p, const dia_model *model, const dia_dynamics *as, double momentum,
                             double most_time, const int *expected)
{
    char yaml[400];
    dia_error error = {0};
    dia_dynamics d;
    dia_block *block = NULL;
    int count[OUTCOMES] = {0};
    snprintf(
        yaml, sizeof yaml,
        "{timestep: %.17g au, duration: %.17g au, drift: 0 eV, decoherence: {method: none}, stop: {right: x > %g bohr, "
        "left: x < %g bohr}}",
        as->timestep, most_time, p->right, p->left);
    assert_ok(dia_dynamics_parse(&d, yaml, &error), &error);
    d.seed = as->seed;
    assert_ok(dia_block_create(&block, model, &d, BLOCK, &error), &error);
    for (int64_t first = 0; first < TRAJECTORIES; first += BLOCK) {
        start_block(p, block, first, momentum);
        while (dia_block_flying(block) > 0)
            assert_ok(dia_block_step(block), NULL);
        for (int b = 0; b < BLOCK; b++)
            count[block->fate[b] == DIA_FATE_STOPPED ? 2 * dia_block_stop(block, b) + block->active[b] : 4]++;
    }
    assert_string_equal(dia_dynamics_stop(&d, 1), "left");
    for (int k = 0; k < OUTCOMES; k++)
        assert_int_equal(count[k], expected[k]);
    dia_block_free(block);
    dia_dynamics_close(&d);
}

/* Compares one momentum; returns the largest deviation in sigmas. */
static double compare(const problem *p, const dia_model *model, double momentum)
{
    dia_error error = {0};
    const double passage = (p->right - p->left) * mass / momentum, most_time = 30.0 * passage;
    dia_dynamics d = flight_dynamics("fewest_switches", p->stride * mass / momentum, 1e12);
    dia_block *block = NULL;
    int count[2][OUTCOMES] = {{0}};
    d.seed = (uint64_t)(1000.0 * momentum);
    assert_ok(dia_block_create(&block, model, &d, BLOCK, &error), &error);
    for (int64_t first = 0; first < TRAJECTORIES; first += BLOCK)
        fly_block(p, block, first, momentum, most_time, count[0]);
    for (int i = 0; i < TRAJECTORIES; i++)
        count[1][fly_reference(p, momentum, most_time)]++;
    if (momentum == p->momenta[1]) /* with reflection, and some that stay inside */
        check_conditions(p, model, &d, momentum, most_time, count[0]);
    dia_block_free(block);
    flight_dynamics_free(&d);

    double worst = 0.0;
    print_message("%5.1f", momentum);
    for (int k = 0; k < OUTCOMES; k++) {
        const double a = (double)count[0][k] / TRAJECTORIES, b = (double)count[1][k] / TRAJECTORIES,
                     mean = 0.5 * (a + b);
        const double sigma = sqrt(2.0 * mean * (1.0 - mean) / TRAJECTORIES);
        print_message("   %.4f %.4f", a, b);
        if (a != b)
            worst = fmax(worst,
                         (fabs(a - b) - 1.0 / TRAJECTORIES) / sigma); /* counts are whole numbers: half of one each */
    }
    print_message("   %.1f sigma\n", worst);
    return worst;
}

static void scatter(void **state)
{
    const problem *p = *state;
    dia_error error = {0};
    dia_model *model = NULL;
    double worst = 0.0;
    random_state = 20221122;
    assert_ok(dia_model_parse(&model, p->yaml, ".", &error), &error);
    print_message("    k   transmitted on 0  transmitted on 1    reflected on 0    reflected on 1            inside\n");
    for (size_t i = 0; i < sizeof p->momenta / sizeof p->momenta[0]; i++)
        worst = fmax(worst, compare(p, model, p->momenta[i]));
    dia_model_free(model);
    assert_true(worst < 3.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(scatter, (void *)&problems[0]),
        cmocka_unit_test_prestate(scatter, (void *)&problems[1]),
        cmocka_unit_test_prestate(scatter, (void *)&problems[2]),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
