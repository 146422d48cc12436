/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Probabilities from rates in the adiabatic basis, from curvatures and from global fluxes, in single steps. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "dynamics/adiabatic.h"
#include "dynamics/method.h"
#include "dynamics/registry.h"
#include "electronic/propagate.h"

enum { NMAX = 4, PMAX = 10 };

typedef struct pass { /* a step of one trajectory */
    int n, active, origin[NMAX];
    double H[2][PMAX], D[2][PMAX], E[2][NMAX], U[2][NMAX * NMAX], T[2 * NMAX * NMAX], before[2 * NMAX], after[2 * NMAX];
    double work[2000], uniform, memory[NMAX];
    dia_frame frame[2];
    dia_step_view view;
} pass;

static void make_pass(pass *p, double dt, const double *c)
{
    for (int e = 0; e < 2; e++) {
        p->frame[e] = (dia_frame){1, p->n, p->H[e], p->E[e], p->U[e], false};
        assert_ok(dia_frame_solve(&p->frame[e], p->work), NULL);
        if (e == 1)
            dia_frame_follow(&p->frame[1], &p->frame[0]);
    }
    dia_propagator(dt, 1e-10, &p->frame[0], &p->frame[1], 0, p->T, p->work);
    memcpy(p->before, c, sizeof *c * 2 * (size_t)p->n);
    dia_amplitudes_apply(p->n, p->T, p->before, p->after);
    for (int k = 0; k < p->n; k++)
        p->origin[k] = k;
    static const int flying[1] = {0};
    p->view = (dia_step_view){.batch = 1,
                              .nflying = 1,
                              .flying = flying,
                              .nstate = p->n,
                              .npacked = p->n * (p->n + 1) / 2,
                              .dt = dt,
                              .before = &p->frame[0],
                              .after = &p->frame[1],
                              .c_before = p->before,
                              .c_after = p->after,
                              .T = p->T,
                              .dH_before = p->D[0],
                              .dH = p->D[1],
                              .active = &p->active,
                              .uniform = &p->uniform,
                              .origin = p->origin,
                              .work = p->work};
}

typedef struct settings {
    int first, second;
} settings;

/* Probability of a hop to state j alone, by bisection; one other state has population. */
static double probability(const char *method, int choice, pass *p, int j)
{
    const settings rates = {choice, 200}, curvature = {200, 0}, switches = {choice, 0};
    const void *self = strcmp(method, "fewest_switches_rates") == 0 ? &rates
                       : strcmp(method, "curvature") == 0           ? &curvature
                                                                    : &switches;
    const dia_hop_type *type = dia_hop_type_find(method);
    double low = 0.0, high = 1.0, after[2 * NMAX];
    memcpy(after, p->after, sizeof after);
    for (int i = 0; i < 60; i++) {
        int target = -1;
        p->uniform = 0.5 * (low + high);
        memset(p->memory, 0, sizeof p->memory);
        type->propose(self, &p->view, p->memory, &target);
        memcpy(p->after, after, sizeof after);
        assert_true(target == j || target == p->active);
        *(target == j ? &low : &high) = p->uniform;
    }
    return low;
}

/* H = [[w t/2, c], [c, -w t/2]] from t to t+dt. */
static void make_crossing(pass *p, double w, double c, double t, double dt, const double *amplitudes)
{
    p->n = 2;
    for (int e = 0; e < 2; e++) {
        const double d = 0.5 * w * (t + e * dt);
        memcpy(p->H[e], (double[]){d, c, -d}, 3 * sizeof(double));
        memcpy(p->D[e], (double[]){0.5 * w, 0.0, -0.5 * w}, 3 * sizeof(double));
    }
    make_pass(p, dt, amplitudes);
}

static const double amplitudes[] = {0.8, 0.0, -0.36, 0.48};

/* In a short step all are fewest switches; the error falls as dt^2, since each is right to first order. Of a linear crossing the
 * curvature of the gap holds the coupling exactly. Its sign is not known: it is made that of the amplitudes here. */
static void short_steps(void **unused)
{
    (void)unused;
    static const struct {
        const char *method;
        int choice;
    } cases[] = {{"fewest_switches_rates", 0}, {"fewest_switches_rates", 1}, {"fewest_switches_rates", 2},
                 {"fewest_switches_rates", 3}, {"global_flux", 0},           {"curvature", 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (double t = -30.0; t < 31.0; t += 15.0) {
            double error[2];
            for (int fine = 0; fine < 2; fine++) {
                pass p = {.active = 0};
                const double dt = fine ? 0.25 : 0.5;
                make_crossing(&p, 4e-4, 5e-3, t, dt, amplitudes);
                const double expected = probability("fewest_switches", 0, &p, 1);
                double found = probability(cases[i].method, cases[i].choice, &p, 1);
                if (strcmp(cases[i].method, "curvature") == 0) {
                    p.before[2] = -p.before[2]; /* the other sign of the coupling */
                    p.before[3] = -p.before[3];
                    found = fmax(found, probability("curvature", 0, &p, 1));
                }
                const bool blind = strcmp(cases[i].method, "curvature") == 0 && !(expected > 0.0); /* of the sign */
                error[fine] = blind ? 0.0 : fabs(found - expected);
                if (expected > 0.0)
                    assert_true(error[fine] < 0.02 * expected + 1e-6);
            }
            assert_true(error[1] < 0.35 * error[0] + 1e-9);
        }
}

/* One step over a trivial crossing: the overlap that turns by a quarter says so, the couplings at the ends do not. */
static void spikes(void **unused)
{
    (void)unused;
    pass p = {.active = 0};
    make_crossing(&p, 1e-3, 1e-7, -10.0, 20.0, (double[]){1.0, 0.0, 0.0, 0.0});
    assert_close(probability("fewest_switches_rates", 3, &p, 1), 1.0, 0.0, 0.01); /* 200 sub-steps */
    assert_true(probability("fewest_switches_rates", 0, &p, 1) < 0.01);
}

/* exp(log S) = S: amplitudes without energies go from t to t+dt as the overlaps say, for a turn of more than half a right angle. */
static void logarithm(void **unused)
{
    (void)unused;
    pass p = {.n = 4};
    for (int i = 0; i < PMAX; i++) {
        p.H[0][i] = 0.1 * sin(1.0 + 2.3 * i * i);
        p.H[1][i] = p.H[0][i] + 0.05 * cos(0.2 + 1.3 * i * i);
    }
    make_pass(&p, 3.0, (double[]){0.5, 0.1, -0.3, 0.4, 0.2, 0.5, 0.3, -0.33});
    dia_adiabatic_step step = dia_adiabatic_begin(&p.view, 0);
    double expected[8] = {0}, least = 1.0;
    for (int k = 0; k < 4; k++)
        for (int l = 0; l < 4; l++)
            for (int i = 0; i < 2; i++)
                expected[2 * l + i] += step.S[2 * (4 * k + l)] * step.c[2 * k + i];
    for (int k = 0; k < 4; k++)
        least = fmin(least, step.S[10 * k]);
    assert_true(least < 0.95); /* else little was turned */
    dia_adiabatic_logarithm(&step);
    dia_adiabatic_amplitudes(&step, &p.view, 0);
    const double zero[NMAX] = {0};
    step.E0 = step.E1 = zero;
    dia_adiabatic_integrate(&step, 1000); /* turns of pairs: second order, 1e-7 */
    for (int i = 0; i < 8; i++)
        assert_close(step.c[i], expected[i], 0.0, 1e-6);
    step = dia_adiabatic_begin(&p.view, 0);
    step.E0 = step.E1 = zero;
    dia_adiabatic_overlaps(&step);
    dia_adiabatic_integrate(&step, 1000);
    double error = 0.0;
    for (int i = 0; i < 8; i++)
        error = fmax(error, fabs(step.c[i] - expected[i]));
    assert_true(error > 1e-4); /* their difference is not the logarithm */
}

/* A whole cycle of Rabi's brings the population back, but what has left on the way may have hopped: the probability to stay is the least
 * population of the active state. 1000 sub-steps of second order: 1e-5. */
static void what_comes_back_has_left(void **unused)
{
    (void)unused;
    const double gap = 0.01, rate = 0.004, frequency = sqrt(gap * gap + 4.0 * rate * rate);
    pass p = {.n = 2, .active = 0};
    memcpy(p.H[0], (double[]){0.0, 0.0, gap}, 3 * sizeof(double));
    memcpy(p.H[1], p.H[0], sizeof p.H[0]);
    make_pass(&p, 2.0 * 3.14159265358979324 / frequency, (double[]){1.0, 0.0, 0.0, 0.0});
    dia_adiabatic_step step = dia_adiabatic_begin(&p.view, 0);
    memset(step.sigma0, 0, 8 * sizeof *step.sigma0);
    step.sigma0[2] = -rate;
    step.sigma0[4] = rate;
    step.sigma1 = step.sigma0;
    dia_adiabatic_integrate(&step, 1000);
    assert_close(dia_population(step.c), 1.0, 0.0, 1e-5);
    assert_close(step.g[1], pow(2.0 * rate / frequency, 2), 0.0, 1e-5);
}

/* Superexchange: what leaves the active state arrives in one that does not couple to it. Fewest switches sees no flux there. */
static void flux_without_coupling(void **unused)
{
    (void)unused;
    pass p = {.n = 3, .active = 0};
    memcpy(p.H[0], (double[]){0.0, 0.0, 0.1, 0.0, 0.0, 0.2}, 6 * sizeof(double));
    memcpy(p.H[1], p.H[0], sizeof p.H[0]);
    make_pass(&p, 1.0, (double[]){0.8, 0.0, 0.36, 0.0, 0.48, 0.0});
    const double lost = 0.05, after[6] = {sqrt(0.64 - lost), 0.0, 0.36, 0.0, 0.0, sqrt(0.2304 + lost)};
    memcpy(p.after, after, sizeof after);
    assert_close(probability("global_flux", 0, &p, 2), lost / 0.64, 0.0, 1e-12);
}

typedef struct spin_step { /* a step of two states of a complex H */
    double H[2][4], D[2][4], E[2][2], U[2][8], c[2][4], work[400], memory[4], uniform;
    int active, origin[2];
    dia_frame frame[2];
} spin_step;

/* The crossing of make_crossing with a complex coupling; it falls from t to t+dt, one state rises. */
static void spin_end(spin_step *p, int e, double t)
{
    const double w = 4e-4, d = 0.5 * w * t;
    p->frame[e] = (dia_frame){1, 2, p->H[e], p->E[e], p->U[e], true};
    memcpy(p->H[e], (double[]){d, 3e-3, -d, 4e-3}, sizeof p->H[e]);
    memcpy(p->D[e], (double[]){0.5 * w, 0.0, -0.5 * w, 0.0}, sizeof p->D[e]);
    assert_int_equal(dia_frame_solve(&p->frame[e], p->work), DIA_OK);
}

static void multiply(double phase, double *z)
{
    const double x = z[0], y = z[1];
    z[0] = cos(phase) * x - sin(phase) * y;
    z[1] = sin(phase) * x + cos(phase) * y;
}

/* Two steps by curvature, the states at their ends times exp(i phase): the amplitudes with these phases taken out. */
static void two_steps(const double (*phase)[2], double *c)
{
    static const int flying[1] = {0};
    const int substeps[1] = {200};
    const double dt = 5.0;
    double whole[2] = {0};
    spin_step p = {.active = 0, .uniform = 0.999999, .origin = {0, 1}};
    memcpy(p.c[0], amplitudes, sizeof p.c[0]);
    spin_end(&p, 0, -7.0);
    for (int step = 0; step < 2; step++) {
        spin_end(&p, 1, -7.0 + (step + 1) * dt);
        dia_frame_follow(&p.frame[1], &p.frame[0]);
        for (int k = 0; k < 2; k++) {
            whole[k] += phase[step][k];
            for (int i = 0; i < 2; i++)
                multiply(phase[step][k], p.U[1] + 2 * (2 * i + k));
        }
        const dia_step_view view = {.batch = 1,
                                    .nflying = 1,
                                    .flying = flying,
                                    .nstate = 2,
                                    .npacked = 4,
                                    .dt = dt,
                                    .before = &p.frame[0],
                                    .after = &p.frame[1],
                                    .c_before = p.c[0],
                                    .c_after = p.c[1],
                                    .dH_before = p.D[0],
                                    .dH = p.D[1],
                                    .active = &p.active,
                                    .uniform = &p.uniform,
                                    .origin = p.origin,
                                    .work = p.work};
        int target = -1;
        dia_hop_type_find("curvature")->propose(substeps, &view, p.memory, &target);
        assert_int_equal(target, 0);
        memcpy(p.c[0], p.c[1], sizeof p.c[0]);
        memcpy(p.U[0], p.U[1], sizeof p.U[0]);
        memcpy(p.E[0], p.E[1], sizeof p.E[0]);
    }
    for (int k = 0; k < 2; k++)
        multiply(whole[k], p.c[0] + 2 * k);
    memcpy(c, p.c[0], sizeof p.c[0]);
}

/* The phases in which the eigenvectors of a complex H come mean nothing: those at the start of a trajectory are kept. */
static void phases_of_states(void **unused)
{
    (void)unused;
    static const double none[2][2] = {{0}}, some[2][2] = {{0.7, -2.1}, {1.9, 0.4}};
    double plain[4], turned[4];
    two_steps(none, plain);
    two_steps(some, turned);
    for (int i = 0; i < 4; i++)
        assert_close(turned[i], plain[i], 0.0, 1e-13);         /* rounding of 400 sub-steps */
    assert_true(fabs(hypot(plain[0], plain[1]) - 0.8) > 1e-3); /* the states do couple */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(short_steps),
        cmocka_unit_test(spikes),
        cmocka_unit_test(logarithm),
        cmocka_unit_test(what_comes_back_has_left),
        cmocka_unit_test(flux_without_coupling),
        cmocka_unit_test(phases_of_states),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
