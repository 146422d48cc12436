/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Decoherence methods on two states whose energies, forces and coupling are given: closed forms. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dynamics/method.h"
#include "dynamics/registry.h"

enum { C = 2, MEMORY = 64 };

typedef struct scene { /* one trajectory, two states that are the diabatic ones */
    double g[2][C], h[C], E0[2], E[2], U[4], H[3], T[8], before[4], c[4], R[C], V[C], mass[C], kinetic, uniform;
    double W[3], answers[C], work[200], memory[MEMORY];
    int active, origin[2];
    dia_frame frame[2];
    dia_step_view view;
} scene;

static const scene *shown; /* by the stand-in for the model */
static double number;      /* all random numbers that a method draws */

static dia_status contract(const dia_step_view *view, int n, const int *row, const double *W, double *out)
{
    (void)view, (void)row;
    for (int q = 0; q < n; q++)
        for (int i = 0; i < C; i++)
            out[q * C + i] =
                W[3 * q] * shown->g[0][i] + W[3 * q + 2] * shown->g[1][i] + 2.0 * W[3 * q + 1] * shown->h[i];
    return DIA_OK;
}

static double random_number(const dia_step_view *view, int b, int i)
{
    (void)view, (void)b, (void)i;
    return number;
}

static void make(scene *s, double dt)
{
    static const int flying[1] = {0};
    *s = (scene){.g = {{0.01, -0.002}, {-0.03, 0.001}},
                 .h = {0.004, 0.003},
                 .E0 = {0.0, 0.02},
                 .E = {0.0, 0.02},
                 .U = {1.0, 0.0, 0.0, 1.0},
                 .T = {1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0},
                 .before = {0.6, 0.0, 0.0, 0.8},
                 .c = {0.6, 0.0, 0.0, 0.8},
                 .V = {1e-3, -5e-4},
                 .mass = {2000.0, 4000.0},
                 .origin = {0, 1}};
    for (int i = 0; i < C; i++)
        s->kinetic += 0.5 * s->mass[i] * s->V[i] * s->V[i];
    s->frame[0] = (dia_frame){1, 2, s->H, s->E0, s->U, false};
    s->frame[1] = (dia_frame){1, 2, s->H, s->E, s->U, false};
    s->view = (dia_step_view){.batch = 1,
                              .nflying = 1,
                              .flying = flying,
                              .nstate = 2,
                              .ncart = C,
                              .npacked = 3,
                              .dt = dt,
                              .mass = s->mass,
                              .before = &s->frame[0],
                              .after = &s->frame[1],
                              .c_before = s->before,
                              .c_after = s->c,
                              .T = s->T,
                              .active = &s->active,
                              .position = s->R,
                              .velocity = s->V,
                              .kinetic = &s->kinetic,
                              .uniform = &s->uniform,
                              .random = random_number,
                              .contract = contract,
                              .W = s->W,
                              .answers = s->answers,
                              .origin = s->origin,
                              .work = s->work};
    shown = s;
    number = 0.999999;
}

static double norm(const double *c)
{
    return dia_population(c) + dia_population(c + 2);
}

/* As the options of the method: three choices or numbers. */
typedef struct instantaneous {
    int when;
    double threshold;
} instantaneous;

static void vanishes_where_uncoupled(void **unused)
{
    (void)unused;
    const dia_decoherence_type *type = dia_decoherence_type_find("instantaneous");
    scene s;
    make(&s, 10.0);
    const double rate = fabs(s.h[0] * s.V[0] + s.h[1] * s.V[1]) / 0.02; /* |d.v| */
    for (int i = 0; i < 3; i++) {
        const instantaneous own = {0, i == 2 ? 0.0 : (i == 0 ? 0.999 : 1.001) * rate / 0.02};
        make(&s, 10.0);
        type->decohere(&own, &s.view, s.memory, s.c);
        assert_close(dia_population(s.c + 2), i == 0 ? 0.64 : 0.0, 0.0, 1e-15);
        assert_close(norm(s.c), 1.0, 1e-15, 0.0);
    }
    for (int when = 1; when < 3; when++)
        for (int accepted = 0; accepted < 2; accepted++) {
            const instantaneous own = {when, 0.0};
            make(&s, 10.0);
            s.active = 1;
            type->decohere(&own, &s.view, s.memory, s.c);
            assert_close(dia_population(s.c), 0.36, 1e-15, 0.0);
            type->after(&own, &s.view, 0, 0, 1, accepted == 1, s.memory, s.c);
            assert_close(dia_population(s.c), when == 2 || accepted == 1 ? 0.0 : 0.36, 1e-15, 0.0);
            assert_close(norm(s.c), 1.0, 1e-15, 0.0);
        }
}

/* Constant forces: dR = |c|^2 (F_1 - F_0)/m t^2/2, which Verlet gives exactly. The probability to collapse is found from the random
 * number at which it happens; with the coupling it is lower. From states that exchange their numbers nothing is lost. */
static void moments_of_constant_forces(void **unused)
{
    (void)unused;
    const dia_decoherence_type *type = dia_decoherence_type_find("afssh");
    const double dt = 10.0;
    scene s;
    for (int coupled = 0; coupled < 2; coupled++) {
        make(&s, dt);
        memset(s.h, 0, coupled == 0 ? sizeof s.h : 0);
        s.h[0] *= 0.1;
        s.h[1] *= 0.1;
        type->start(NULL, &s.view, 0, s.memory);
        double dR[C], rate = 0.0, along = 0.0;
        enum { N = 30 };
        for (int i = 0; i < N; i++) {
            if (i == N / 2) { /* the same states by other names */
                for (int k = 0; k < C; k++) {
                    const double g = s.g[0][k];
                    s.g[0][k] = s.g[1][k];
                    s.g[1][k] = g;
                }
                memcpy(s.before, (double[]){0.0, 0.8, 0.6, 0.0}, sizeof s.before);
                memcpy(s.c, s.before, sizeof s.c);
                s.active = 1;
                s.origin[0] = 1;
                s.origin[1] = 0;
            } else {
                s.origin[0] = 0;
                s.origin[1] = 1;
            }
            type->decohere(NULL, &s.view, s.memory, s.c);
        }
        const int other = 0;
        for (int k = 0; k < C; k++) {
            const double F = -(s.g[other][k] - s.g[1][k]);
            dR[k] = 0.64 * F / s.mass[k] * 0.5 * (N * dt) * (N * dt);
            assert_close(s.memory[other * C + k], dR[k], 1e-12, 0.0);
            const double next = dR[k] * (N + 1) * (N + 1) / N / N;
            rate += 0.5 * F * next;
            along += s.h[k] * next;
        }
        rate = dt * (rate - 2.0 * fabs(along));
        assert_true(rate > 0.0 && rate < 1.0);
        double memory[MEMORY];
        memcpy(memory, s.memory, sizeof memory);
        for (int above = 0; above < 2; above++) {
            memcpy(s.memory, memory, sizeof memory);
            memcpy(s.c, s.before, sizeof s.c);
            number = rate * (above ? 1.000001 : 0.999999);
            type->decohere(NULL, &s.view, s.memory, s.c);
            assert_close(dia_population(s.c + 2 * other), above ? 0.64 : 0.0, 1e-15, 0.0);
            assert_close(norm(s.c), 1.0, 1e-15, 0.0);
            assert_true((s.memory[other * C] != 0.0) == (above == 1));
        }
    }
}

typedef struct shxf {
    double sigma, threshold;
    int energy, forbidden;
} shxf;

/* Flies on flat energies E that step up for state 1 in the middle. The auxiliary trajectory keeps its total energy, and populations follow
 * the closed form of the two states: ln(p_0/p_1) grows with 2 Q.(f_0 - f_1)/m dt. */
static void auxiliary_trajectories(void **unused)
{
    (void)unused;
    const dia_decoherence_type *type = dia_decoherence_type_find("shxf");
    const shxf own = {.sigma = 0.5, .threshold = 0.01};
    const double dt = 10.0;
    scene s;
    make(&s, dt);
    s.E[1] = s.E0[1] = 1e-4;
    const double total = s.kinetic + s.E[0];
    double place[C] = {0}, speed[C] = {0}, gained[C] = {0};
    for (int i = 0; i < 40; i++) {
        if (i == 20)
            s.E[1] = 2e-4;
        const double p1 = dia_population(s.c + 2), p0 = 1.0 - p1;
        type->decohere(&own, &s.view, s.memory, s.c);
        const double scale = sqrt((total - s.E[1]) / s.kinetic);
        double rate = 0.0;
        for (int k = 0; k < C; k++) {
            place[k] = i == 0 ? s.R[k] : place[k] + dt * speed[k];
            gained[k] = i == 0 ? 0.0 : gained[k] + s.mass[k] * (scale * s.V[k] - speed[k]);
            speed[k] = scale * s.V[k];
            assert_close(s.memory[(2 + 3 * C) + 2 + k], place[k], 1e-12, 1e-15);
            assert_close(s.memory[(2 + 3 * C) + 2 + C + k], speed[k], 1e-12, 0.0);
            /* one sub-step's Q; it changes little in a step */
            rate += p1 * (s.R[k] - place[k]) / (2.0 * own.sigma * own.sigma * s.mass[k]) * (0.0 - gained[k]);
        }
        const double q1 = dia_population(s.c + 2), q0 = dia_population(s.c);
        assert_close(q0 + q1, 1.0, 1e-14, 0.0);
        assert_close(log(q0 / q1) - log(p0 / p1), 2.0 * rate * dt, 0.02, 1e-15);
        s.E0[1] = s.E[1];
        for (int k = 0; k < C; k++)
            s.R[k] += dt * s.V[k];
    }
    assert_true(dia_population(s.c) > 0.36 + 1e-6); /* the trajectory's own state gains */
    /* without energy for its state it rests where it is */
    s.E[1] = total + 1e-3;
    type->decohere(&own, &s.view, s.memory, s.c);
    assert_close(s.memory[(2 + 3 * C) + 2 + C], 0.0, 0.0, 0.0);
    assert_close(s.memory[(2 + 3 * C) + 1], 1.0, 0.0, 0.0);
    /* or its amplitude vanishes */
    const shxf collapse = {.sigma = 0.5, .threshold = 0.01, .forbidden = 1};
    s.memory[(2 + 3 * C) + 1] = 0.0;
    type->decohere(&collapse, &s.view, s.memory, s.c);
    assert_close(dia_population(s.c + 2), 0.0, 0.0, 0.0);
    assert_close(norm(s.c), 1.0, 1e-14, 0.0);
    /* almost all in the active state: collapse */
    make(&s, dt);
    type->decohere(&own, &s.view, s.memory, s.c);
    memcpy(s.c, (double[]){sqrt(0.995), 0.0, 0.0, sqrt(0.005)}, sizeof s.c);
    type->decohere(&own, &s.view, s.memory, s.c);
    assert_close(dia_population(s.c), 1.0, 1e-15, 0.0);
    assert_close(s.memory[0], 0.0, 0.0, 0.0);
}

typedef struct gaussian_overlap {
    double width, threshold;
} gaussian_overlap;

/* The rate from the mean time of the overlap, integrated numerically; for hops that are allowed and for those that are not, and for
 * packets whose momenta and forces part alike or against each other. */
static void overlap_of_packets(void **unused)
{
    (void)unused;
    const dia_decoherence_type *type = dia_decoherence_type_find("gaussian_overlap");
    const gaussian_overlap own = {0.2, 0.0};
    for (int i = 0; i < 6; i++) {
        scene s;
        make(&s, 10.0);
        s.E[1] = (double[]){1e-4, -3e-4, 0.02}[i % 3];
        for (int k = 0; k < C && i >= 3; k++)
            s.g[1][k] = 2.0 * s.g[0][k] - s.g[1][k];
        double hV = 0.0, hh = 0.0, a = 0.0, b = 0.0;
        for (int k = 0; k < C; k++) {
            hV += s.h[k] * s.V[k];
            hh += s.h[k] * s.h[k] / s.mass[k];
            s.view.gradient = s.g[0];
        }
        const double along = 0.5 * hV * hV / hh;
        const bool allowed = along > s.E[1];
        const double g = 0.5 / (own.width * own.width);
        for (int k = 0; k < C; k++) {
            const double dp = hV / hh * s.h[k] * (allowed ? sqrt(1.0 - s.E[1] / along) - 1.0 : -2.0);
            const double dF = allowed ? s.g[0][k] - s.g[1][k] : 0.0;
            a += 0.5 * (g * dp * dp / s.mass[k] / s.mass[k] + dF * dF / g);
            b += dp * dF / g;
        }
        double whole = 0.0, first = 0.0;
        const double dt = 4e-4 / sqrt(a);
        for (int t = 0; t < 100000; t++) { /* to 40 widths, by the middle of intervals: 1e-7 */
            const double x = (t + 0.5) * dt, weight = exp(-b * x - a * x * x);
            whole += weight;
            first += x * weight;
        }
        const double rate = 7.0 / (12.0 * first / whole);
        type->decohere(&own, &s.view, s.memory, s.c);
        assert_close(dia_population(s.c + 2), 0.64 * exp(-2.0 * rate * s.view.dt), 1e-6, 0.0);
        assert_close(norm(s.c), 1.0, 1e-14, 0.0);
        assert_close(s.c[0] * s.c[1], 0.0, 0.0, 0.0); /* phases stay */
        const gaussian_overlap coupled = {0.2, 1e-9};
        memcpy(s.c, s.before, sizeof s.c);
        type->decohere(&coupled, &s.view, s.memory, s.c);
        assert_close(dia_population(s.c + 2), 0.64, 1e-15, 0.0);
    }
}

/* A state that is not coupled to the active one has no direction to part along, above as below: it is taken out. */
static void packets_without_coupling(void **unused)
{
    (void)unused;
    const dia_decoherence_type *type = dia_decoherence_type_find("gaussian_overlap");
    const gaussian_overlap own = {0.2, 0.01};
    for (int k = 0; k < 2; k++) {
        scene s;
        make(&s, 10.0);
        s.active = k;
        s.view.gradient = s.g[k];
        memset(s.h, 0, sizeof s.h);
        type->decohere(&own, &s.view, s.memory, s.c);
        assert_close(dia_population(s.c + 2 * (1 - k)), 0.0, 0.0, 0.0);
        assert_close(norm(s.c), 1.0, 1e-14, 0.0);
    }
}

static uint64_t state_of_random = 88172645463325252ull;

static double xorshift(const dia_step_view *view, int b, int i)
{
    (void)view, (void)b, (void)i;
    state_of_random ^= state_of_random << 13;
    state_of_random ^= state_of_random >> 7;
    state_of_random ^= state_of_random << 17;
    return ((double)(state_of_random >> 11) + 0.5) * 0x1p-53;
}

/* The time until the first state decoheres is exponential with the rate sum_k |c_l|^2 r = r of both states, and a hop from S0 then goes to
 * S1 as often as S1 is chosen or S0 fails: 1/2 (events are of either state with |c|^2 of the other) in shares that follow. */
static void decoheres_at_random_times(void **unused)
{
    (void)unused;
    const dia_hop_type *type = dia_hop_type_find("dish");
    const double constant = 0.1;
    enum { N = 4000 };
    const double dt = 200.0;
    double sum = 0.0;
    int hops = 0;
    for (int i = 0; i < N; i++) {
        scene s;
        make(&s, dt);
        s.view.random = xorshift;
        s.E[1] = 0.002;
        int steps = 0, target = 0;
        bool over = false;
        while (!over) {
            s.uniform = xorshift(NULL, 0, 0);
            const double before = dia_population(s.c);
            target = s.active;
            type->propose(&constant, &s.view, s.memory, &target);
            steps++;
            over = target != s.active || dia_population(s.c) != before;
        }
        if (target != s.active) {
            s.active = 1;
            type->after(&constant, &s.view, 0, 0, 1, true, s.memory, s.c);
            hops++;
        }
        assert_close(norm(s.c), 1.0, 1e-14, 0.0);
        assert_close(dia_population(s.c + 2 * s.active), 1.0, 1e-14, 0.0); /* two states: every event collapses */
        sum += (steps - 0.5) * dt;
    }
    scene s;
    make(&s, dt);
    const double r = 0.002 * s.kinetic / (s.kinetic + constant);
    /* events of S0 at the rate 0.64 r, of S1 at 0.36 r; the standard error of the mean of an exponential time is 1/sqrt(N) of it */
    assert_close(sum / N * r, 1.0, 0.0, 4.0 / sqrt(N) + r * dt);
    /* hops: S0 fails (0.64 of the events, with 1 - 0.36), or S1 is chosen (0.36 of them, with 0.64) */
    const double share = 0.64 * 0.64 + 0.36 * 0.64;
    assert_close((double)hops / N, share, 0.0, 4.0 * sqrt(share * (1.0 - share) / N));
}

/* Memory goes with the states: row k becomes what row origin[k] was, for all orders of four. */
static void memory_follows_states(void **unused)
{
    (void)unused;
    for (int code = 0; code < 256; code++) {
        const int origin[4] = {code & 3, code >> 2 & 3, code >> 4 & 3, code >> 6};
        bool taken[4] = {false};
        for (int k = 0; k < 4; k++)
            taken[origin[k]] = true;
        if (!(taken[0] && taken[1] && taken[2] && taken[3]))
            continue;
        double rows[8] = {0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5};
        const dia_step_view view = {.nstate = 4, .origin = origin};
        dia_method_follow(&view, 0, 2, rows);
        for (int i = 0; i < 8; i++)
            assert_close(rows[i], origin[i / 2] + 0.5 * (i % 2), 0.0, 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_follows_states),      cmocka_unit_test(vanishes_where_uncoupled),
        cmocka_unit_test(moments_of_constant_forces), cmocka_unit_test(auxiliary_trajectories),
        cmocka_unit_test(overlap_of_packets),         cmocka_unit_test(packets_without_coupling),
        cmocka_unit_test(decoheres_at_random_times),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
