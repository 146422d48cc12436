/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The engine `grid` in the field of light: closed forms, identities, orders of convergence. */
#include "check.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/dynamics.h"
#include "dynamics/light.h"
#include "model/front.h"
#include "model/pointwise.h"
#include "packet.h"

static dia_dynamics lit(const char *light)
{
    char text[1000];
    dia_error error = {0};
    dia_dynamics dynamics;
    snprintf(text, sizeof text, "{timestep: 0.1 fs, duration: 100 fs, light: %s}", light);
    assert_ok(dia_dynamics_parse(&dynamics, text, &error), &error);
    return dynamics;
}

static dia_exact_record propagate(packet_job *j, const char *light)
{
    dia_dynamics dynamics = lit(light);
    j->light = dynamics.light;
    dia_exact_record r = packet_propagate(j);
    dia_dynamics_close(&dynamics);
    for (int64_t s = 0; s < r.samples; s++)
        assert_close(r.norm[s], 1.0, 0.0, 1e-12);
    return r;
}

static double worst(size_t n, const double *a, const double *b)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        most = fmax(most, fabs(a[i] - b[i]));
    return most;
}

/* ---- two levels ------------------------------------------------------------------------------ */

/* Two parallel surfaces: electrons and nuclei are apart, and the electrons are two levels. The third state takes no part, but has
 * the grid exponentiate matrices in the other of its ways. */
#define PARALLEL(more)                                                                                                 \
    "{type: vibronic, epsilon: [0 hartree, 0.11 hartree" more                                                          \
    "], modes: [{name: a, frequency: 0.004 hartree}], dipoles: [{states: [0, 1], vector: [0, 0.48, 0.64]}]}"

static packet_job parallel(int states, double timestep)
{
    static double lower = -6.0, upper = 6.0;
    static int points = 36;
    return (packet_job){.model = states == 2 ? PARALLEL("") : PARALLEL(", 0.3 hartree"),
                        .start = {.centre = {0.7}, .width = {0.6}, .diabatic = true},
                        .timestep = timestep,
                        .steps = 200,
                        .every = 4,
                        .settings = {.lower = {1, &lower}, .upper = {1, &upper}, .points = {1, &points}, .refine = 1}};
}

/* P = (W/W')^2 sin^2(W' t/2), W = mu.E, W'^2 = W^2 + d^2, d the detuning (I. I. Rabi, Phys. Rev. 51, 652 (1937)), exact in the
 * rotating-wave approximation: with and without detuning, the field in any direction. 1e-6: ten turns of the fastest phase in sub-steps
 * whose error is 1e-6 of a turn's. */
static void rabi(void **unused)
{
    (void)unused;
    for (int i = 0; i < 4; i++) {
        const double detuning = i % 2 * 0.004, W = 0.64 * 0.012, Wd = hypot(W, detuning);
        char light[300];
        snprintf(light, sizeof light,
                 "{rotating_wave: true, pulses: [{shape: constant, energy: %g hartree, field: 0.02 au, phase: 40 deg, "
                 "polarisation: [%d, 0, 3]}]}",
                 0.11 + detuning, 4);
        packet_job j = parallel(2 + i / 2, 10.0);
        dia_exact_record r = propagate(&j, light);
        const size_t n = (size_t)r.nstate;
        for (int64_t s = 0; s < r.samples; s++) {
            const double t = r.time[s] * DIA_FEMTOSECOND, P = pow(W / Wd * sin(0.5 * Wd * t), 2);
            assert_close(r.active[(size_t)s * n + 1], P, 0.0, 1e-6);
            assert_close(r.diabatic[(size_t)s * n + 1], P, 0.0, 1e-6);
            assert_close(r.energy[s] - r.energy[0], 0.11 * P, 0.0, 1e-7);
        }
        dia_exact_record_free(&r);
    }
}

/* Without the approximation: the two levels by themselves, by the classical Runge-Kutta method of fourth order in steps 1000 times as
 * short; a chirped pulse, strong enough to turn them over. */
static void two_levels(const dia_light *light, double t0, double dt, double complex c[2])
{
    enum { STEPS = 1000 };
    const double h = dt / STEPS;
    for (int i = 0; i < STEPS; i++) {
        double complex k[4][2], y[2];
        for (int stage = 0; stage < 4; stage++) {
            double E[6];
            const double share = stage == 0 ? 0.0 : stage == 3 ? 1.0 : 0.5;
            for (int a = 0; a < 2; a++)
                y[a] = c[a] + (stage > 0 ? share * h * k[stage - 1][a] : 0.0);
            dia_light_field(light, t0 + (i + share) * h, E);
            const double V = -0.48 * E[2] - 0.64 * E[4];
            k[stage][0] = -I * (V * y[1]);
            k[stage][1] = -I * (0.11 * y[1] + V * y[0]);
        }
        for (int a = 0; a < 2; a++)
            c[a] += h / 6.0 * (k[0][a] + 2.0 * k[1][a] + 2.0 * k[2][a] + k[3][a]);
    }
}

static void without_the_approximation(void **unused)
{
    (void)unused;
    const char *light =
        "{pulses: [{shape: cosine, energy: 0.105 hartree, field: 0.02 au, fwhm: 12 fs, centre: 20 fs, chirp: 0.02 "
        "eV/fs, polarisation: [0, 3, 4]}]}";
    dia_dynamics dynamics = lit(light);
    packet_job j = parallel(2, 10.0);
    dia_exact_record r = propagate(&j, light);
    double complex c[2] = {1.0, 0.0};
    double moved = 0.0;
    for (int64_t s = 0; s < r.samples; s++) {
        assert_close(r.diabatic[2 * s + 1], pow(cabs(c[1]), 2), 0.0, 2e-6); /* as before */
        assert_close(r.dipole[3 * s + 1], 2.0 * 0.48 * creal(conj(c[0]) * c[1]), 0.0, 5e-6);
        moved = fmax(moved, r.diabatic[2 * s + 1]);
        two_levels(dynamics.light, (double)(s * j.every) * j.timestep, (double)j.every * j.timestep, c);
    }
    assert_true(moved > 0.5);
    dia_exact_record_free(&r);
    dia_dynamics_close(&dynamics);
}

/* ---- a field that does not change ------------------------------------------------------------ */

/* Of a static field -mu.E is a part of H: the model that has it in H must do the same, in its diabatic basis. */
#define DISPLACED "type: vibronic, modes: [{name: a, frequency: 0.01 hartree, kappa: [0 hartree, 0.012 hartree]}]"

static void static_field(void **unused)
{
    (void)unused;
    const char *models[2] = {
        "{" DISPLACED ", epsilon: [0 hartree, 0.03 hartree], dipoles: [{states: [0, 0], vector: [0.3, 0, 0]}, {states: "
        "[0, 1], vector: [0.5, 0.2, 0]}, {states: [0, 1], vector: [0.25, 0, 0], mode: a}]}",
        "{" DISPLACED ", epsilon: [-0.006 hartree, 0.03 hartree], eta: [{states: [0, 1], value: -0.01 hartree}], "
        "lambda: [{states: [0, 1], modes: [a], value: -0.005 hartree}]}"};
    dia_exact_record r[2];
    for (int order = 0; order < 2; order++) {
        for (int i = 0; i < 2; i++) {
            packet_job j = {
                .model = models[i],
                .start = {.centre = {0.4}, .width = {sqrt(0.5)}, .diabatic = true},
                .timestep = 10.0,
                .steps = 100,
                .every = 10,
                .settings = {
                    .lower = REALS(-9.0), .upper = REALS(9.0), .points = INTS(64), .order = order, .refine = 1}};
            r[i] = i == 0
                       ? propagate(
                             &j, "{pulses: [{shape: constant, energy: 0 eV, field: 0.02 au, polarisation: [1, 0, 0]}]}")
                       : packet_propagate(&j);
        }
        assert_true(r[0].diabatic[2 * 10 + 1] > 0.05);
        assert_true(worst(2 * 11, r[0].diabatic, r[1].diabatic) < 1e-11); /* rounding of 100 to 1200 stages */
        assert_true(worst(2 * 101, r[0].overlap, r[1].overlap) < 1e-11);
        assert_true(worst(11, r[0].momentum, r[1].momentum) < 1e-10);
        /* and what the field adds to the energy */
        for (int s = 0; s < 11; s++)
            assert_close(r[0].energy[s] - 0.02 * r[0].dipole[3 * s], r[1].energy[s], 0.0, 1e-11);
        dia_exact_record_free(&r[0]);
        dia_exact_record_free(&r[1]);
    }
}

/* ---- order of convergence -------------------------------------------------------------------- */

#define THREE                                                                                                          \
    "{" DISPLACED_3 ", epsilon: [0 hartree, 0.09 hartree, 0.12 hartree], lambda: [{states: [1, 2], modes: [a], "       \
    "value: 0.01 hartree}], "                                                                                          \
    "dipoles: [{states: [0, 1], vector: [0.7, 0, 0]}, {states: [0, 2], vector: [0, 0.6, 0], mode: a}, {states: [1, "   \
    "1], vector: [0.4, "                                                                                               \
    "0, 0.3]}]}"
#define DISPLACED_3                                                                                                    \
    "type: vibronic, modes: [{name: a, frequency: 0.01 hartree, kappa: [0 hartree, 0.014 hartree, -0.01 hartree]}]"

/* Changes when the step is halved twice, in the middle of a strong pulse: second order 4, fourth order 16, and both come to the same.
 * A stage is one sub-step here, however long. */
static void order_of_convergence(void **unused)
{
    (void)unused;
    double last[2];
    for (int order = 0; order < 2; order++) {
        double value[3];
        for (int i = 0; i < 3; i++) {
            packet_job j = {.model = THREE,
                            .start = {.centre = {0.4}, .width = {0.6}, .diabatic = true},
                            .timestep = 16.0,
                            .steps = 40,
                            .every = 40,
                            .settings = {.lower = REALS(-9.0),
                                         .upper = REALS(9.0),
                                         .points = INTS(64),
                                         .order = order,
                                         .substeps = (order == 0 ? 8 : 1) << i,
                                         .angle = 1e3,
                                         .refine = 1}};
            dia_exact_record r =
                propagate(&j, "{pulses: [{energy: 0.1 hartree, field: 0.02 au, fwhm: 8 fs, centre: 9 fs, "
                              "polarisation: [2, 2, 1]}]}");
            value[i] = r.diabatic[3 + 1];
            assert_true(value[i] > 0.1 && value[i] < 0.9);
            dia_exact_record_free(&r);
        }
        const double ratio = (value[0] - value[1]) / (value[1] - value[2]), expected = order == 0 ? 4.0 : 16.0;
        if (!(fabs(ratio / expected - 1.0) < 0.35))
            printf("order %d: %.3e %.3e, ratio %g\n", order, value[0] - value[1], value[1] - value[2], ratio);
        assert_true(fabs(ratio / expected - 1.0) < 0.35);
        last[order] = value[2] + (value[2] - value[1]) / (expected - 1.0); /* Richardson */
    }
    assert_close(last[0], last[1], 0.0, 1e-6);
}

/* ---- work ------------------------------------------------------------------------------------ */

/* The energy without the field changes by the work of the field, the integral of E.d<mu>/dt: by Simpson's rule over samples in each
 * step. Three states, an intersection, dipoles that change with the coordinate. The sums of the light and the energy have nothing in
 * common but the wave function. */
static void work(void **unused)
{
    (void)unused;
    const char *light =
        "{pulses: [{energy: 0.1 hartree, field: 0.01 au, fwhm: 8 fs, centre: 9 fs, polarisation: [2, 2, 1]}]}";
    packet_job j = {
        .model = THREE,
        .start = {.centre = {0.4}, .width = {0.6}, .diabatic = true},
        .timestep = 1.0,
        .steps = 800,
        .every = 1,
        .settings = {.lower = REALS(-9.0), .upper = REALS(9.0), .points = INTS(64), .order = 1, .refine = 1}};
    dia_dynamics dynamics = lit(light);
    dia_exact_record r = propagate(&j, light);
    double done = 0.0, most = 0.0;
    for (int64_t s = 0; s + 2 < r.samples; s += 2) {
        /* E.d<mu>/dt through three points each of E and <mu>, whose product is of fourth degree but for its last term */
        double E[3][6];
        for (int k = 0; k < 3; k++)
            dia_light_field(dynamics.light, (double)(s + k), E[k]);
        for (int c = 0; c < 3; c++) {
            const double *m = r.dipole + 3 * s + c, first = 0.5 * (m[6] - m[0]), second = m[6] - 2.0 * m[3] + m[0],
                         a = E[0][2 * c] * (first - second), b = E[1][2 * c] * first,
                         d = E[2][2 * c] * (first + second);
            done += (a + 4.0 * b + d) / 3.0;
        }
        most = fmax(most, fabs(done));
        assert_close(r.energy[s + 2] - r.energy[0], done, 0.0, 2e-6); /* (0.1)^4/100 of the energies */
    }
    assert_true(most > 0.01);
    dia_exact_record_free(&r);
    dia_dynamics_close(&dynamics);
}

/* ---- weak light ------------------------------------------------------------------------------ */

/* First order of perturbation theory with the vibrational states of two displaced oscillators: what a pulse of the field E(t) lifts to
 * the level of n quanta is |integral of mu.E exp(i (gap + n w) t)|^2 times the Franck-Condon factor of Poisson. What is left out is
 * of the order of the population itself: the deviation must fall with the intensity. */
static void weak_pulse(void **unused)
{
    (void)unused;
    const double w = 0.006, gap = 0.09, kappa = 0.009, S = 0.5 * kappa * kappa / (w * w), mu = 0.7;
    double deviation[2];
    for (int i = 0; i < 2; i++) {
        const double field = i == 0 ? 2e-4 : 1e-4;
        char light[300], model[400];
        snprintf(model, sizeof model,
                 "{type: vibronic, epsilon: [0 hartree, %.17g hartree], modes: [{name: a, frequency: %g hartree, "
                 "kappa: [0 hartree, %g "
                 "hartree]}], dipoles: [{states: [0, 1], vector: [0, 0, %g]}]}",
                 gap + 0.5 * kappa * kappa / w, w, kappa, mu);
        snprintf(light, sizeof light,
                 "{pulses: [{shape: cosine, energy: 0.096 hartree, field: %g au, fwhm: 10 fs, centre: 20 fs, "
                 "polarisation: [0, 0, 1]}]}",
                 field);
        dia_dynamics dynamics = lit(light);
        packet_job j = {
            .model = model,
            .start = {.centre = {0.0}, .width = {sqrt(0.5)}, .diabatic = true},
            .timestep = 16.0,
            .steps = 120,
            .every = 120,
            .settings = {.lower = REALS(-10.0), .upper = REALS(8.0), .points = INTS(54), .order = 1, .refine = 1}};
        dia_exact_record r = propagate(&j, light);
        double sum = 0.0, poisson = exp(-S);
        for (int n = 0; n < 25; n++, poisson *= S / n) {
            double complex integral = 0.0;
            const double dt = 0.5, energy = gap + n * w;
            for (int k = 0; k < 3840; k++) { /* a smooth pulse that ends: trapezoids are exact */
                double E[6];
                dia_light_field(dynamics.light, k * dt, E);
                integral += dt * mu * E[4] * cexp(I * energy * k * dt);
            }
            sum += poisson * pow(cabs(integral), 2);
        }
        deviation[i] = r.diabatic[3] / sum - 1.0;
        assert_true(sum > 1e-4 && fabs(deviation[i]) < 2.0 * sum);
        dia_exact_record_free(&r);
        dia_dynamics_close(&dynamics);
    }
    assert_close(deviation[0] / deviation[1], 4.0, 0.05, 0.0); /* of the next order is a percent of it */
}

/* ---- complex H ------------------------------------------------------------------------------- */

typedef struct spins {
    dia_pointwise base;
    double complex turn[3]; /* H becomes D H D^H, mu as well */
} spins;

static void spins_point(const void *self, const double *R, double *H, double *D)
{
    const spins *m = self;
    const double x = R[0], bell = exp(-0.5 * x * x);
    const double complex h[6] = {0.01 * x * x,         0.005 * bell * cexp(I * (0.4 + 0.9 * x)),
                                 0.09 + 0.012 * x * x, 0.006 * bell * I,
                                 0.004 + 0.003 * I,    0.1 + 0.008 * (x - 1.0) * (x - 1.0)};
    (void)D; /* not asked for */
    for (int i = 0; i < 3; i++)
        for (int j = 0; j <= i; j++) {
            const double complex value = h[dia_packed(i, j)] * m->turn[i] * conj(m->turn[j]);
            H[dia_packed(i, j)] = creal(value);
            if (j < i)
                H[dia_packed_imaginary(3, i, j)] = cimag(value);
        }
}

static void spins_dipole(const void *self, const double *R, double *mu, double *D)
{
    const spins *m = self;
    double *z = mu + 18; /* of nine numbers each for x, y, z */
    (void)D;             /* not asked for */
    for (int i = 0; i < 3; i++)
        for (int j = 0; j <= i; j++) {
            const double complex value =
                (0.3 + 0.1 * i + 0.2 * I * (i - j) + 0.1 * R[0]) * m->turn[i] * conj(m->turn[j]);
            z[dia_packed(i, j)] = creal(value);
            if (j < i)
                z[dia_packed_imaginary(3, i, j)] = cimag(value);
        }
}

static const dia_model_type spins_type = {.version = DIA_EXTEND_VERSION, .name = "spins", DIA_POINTWISE};

static dia_exact_record spins_propagate(const double complex *turn, bool rotating_wave)
{
    const double mass = 1500.0;
    dia_error error = {0};
    dia_shape shape;
    dia_molecule molecule;
    char light[200];
    spins *self = calloc(1, sizeof *self);
    assert_non_null(self);
    memcpy(self->turn, turn, sizeof self->turn);
    packet_job j = {.start = {.centre = {-0.4}, .width = {0.3}, .diabatic = true},
                    .timestep = 16.0,
                    .steps = 40,
                    .every = 10,
                    .settings = {.lower = REALS(-4.0), .upper = REALS(5.0), .points = INTS(72), .substeps = 4}};
    assert_ok(dia_pointwise_open(&self->base, 1, 3, &mass, spins_point, &shape, &molecule, &error), &error);
    dia_pointwise_hermitian(&self->base, &shape);
    dia_pointwise_dipolar(&self->base, spins_dipole);
    assert_ok(dia_model_adopt(&j.own, &spins_type, self, shape, &molecule, &error), &error);
    snprintf(light, sizeof light,
             "{rotating_wave: %s, pulses: [{energy: 0.1 hartree, field: 0.02 au, fwhm: 5 fs, centre: 8 fs, "
             "polarisation: [0, 0, 1]}]}",
             rotating_wave ? "true" : "false");
    return propagate(&j, light);
}

/* Constant phases of the diabatic states change nothing, with complex dipoles too. */
static void phases_of_states(void **unused)
{
    (void)unused;
    for (int rotating = 0; rotating < 2; rotating++) {
        dia_exact_record a = spins_propagate((double complex[3]){1.0, 1.0, 1.0}, rotating != 0),
                         b = spins_propagate((double complex[3]){cexp(0.3 * I), cexp(2.0 * I), cexp(-1.0 * I)},
                                             rotating != 0);
        assert_true(a.active[2 * 3] < 0.9);
        assert_true(worst(5 * 3, a.active, b.active) < 1e-11); /* rounding */
        assert_true(worst(5 * 3, a.diabatic, b.diabatic) < 1e-11);
        assert_true(worst(5 * 3, a.dipole, b.dipole) < 1e-11);
        assert_true(worst(5, a.energy, b.energy) < 1e-12);
        dia_exact_record_free(&a);
        dia_exact_record_free(&b);
    }
}

/* The same with any number of threads. */
static void threads(void **unused)
{
    (void)unused;
    dia_exact_record r[2];
    for (int i = 0; i < 2; i++) {
        packet_job j = {.model =
                            "{" DISPLACED
                            ", epsilon: [0 hartree, 0.09 hartree], dipoles: [{states: [0, 1], vector: [0.5, 0, 0]}]}",
                        .start = {.centre = {0.4}, .width = {0.6}, .diabatic = true},
                        .timestep = 4.0,
                        .steps = 6,
                        .every = 3,
                        .threads = 1 + i,
                        .settings = {.lower = REALS(-9.0), .upper = REALS(9.0), .points = INTS(10000), .substeps = 1}};
        r[i] = propagate(&j, "{pulses: [{energy: 0.1 hartree, field: 0.02 au, fwhm: 1 fs, polarisation: [1, 0, 0]}]}");
    }
    assert_true(r[0].diabatic[5] > 1e-4);
    assert_memory_equal(r[0].diabatic, r[1].diabatic, 6 * sizeof(double));
    assert_memory_equal(r[0].dipole, r[1].dipole, 9 * sizeof(double));
    dia_exact_record_free(&r[0]);
    dia_exact_record_free(&r[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rabi),
        cmocka_unit_test(without_the_approximation),
        cmocka_unit_test(static_field),
        cmocka_unit_test(order_of_convergence),
        cmocka_unit_test(work),
        cmocka_unit_test(weak_pulse),
        cmocka_unit_test(phases_of_states),
        cmocka_unit_test(threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
