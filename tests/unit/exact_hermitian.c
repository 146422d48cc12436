/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact dynamics with a complex Hermitian H: identities, and the engines `grid` and `scattering` against each other. */
#include "check.h"

#include <complex.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "exact/scatter.h"
#include "model/front.h"
#include "model/pointwise.h"
#include "packet.h"

/* ---- models ---------------------------------------------------------------------------------- */

typedef struct spins {
    dia_pointwise base;
    int n;
    double complex turn[3]; /* H becomes D H D^H, D the diagonal matrix of these           */
    double conjugate;       /* factor of imaginary parts: -1 conjugates H, 0 makes it real */
    double complex rabi;    /* a constant coupling in a well instead                        */
    double offset;          /* of the first state: miao at one momentum along y             */
    bool miao, real;        /* real: packed without imaginary parts                         */
} spins;

static void store(const spins *m, double *H, int i, int j, double complex value)
{
    value *= m->turn[i] * conj(m->turn[j]);
    H[dia_packed(i, j)] = creal(value);
    if (i != j && !m->real)
        H[dia_packed_imaginary(m->n, i, j)] = m->conjugate * cimag(value);
}

/* Three states as two spin components that couple to a third, with phases that no choice of the states removes: that of
 * H01 H12 H20 changes along x. */
static void spins_point(const void *self, const double *R, double *H, double *D)
{
    const spins *m = self;
    const double x = R[0], bell = exp(-0.5 * x * x);
    (void)D; /* not asked for */
    if (m->miao) {
        const double t = 0.5 * DIA_PI * (erf(3.0 * x) + 1.0);
        store(m, H, 0, 0, -0.1 * cos(t) + m->offset);
        store(m, H, 1, 0, 0.1 * sin(t));
        store(m, H, 1, 1, 0.1 * cos(t));
    } else if (m->n == 2) {
        store(m, H, 0, 0, 0.05 * x * x);
        store(m, H, 1, 0, m->rabi);
        store(m, H, 1, 1, 0.05 * x * x + 0.004);
    } else {
        store(m, H, 0, 0, 0.01 * tanh(x));
        store(m, H, 1, 1, -0.01 * tanh(x) + 0.002);
        store(m, H, 2, 2, 0.004 * bell + 0.005);
        store(m, H, 1, 0, 0.005 * bell * cexp(I * (0.4 + 0.9 * x)));
        store(m, H, 2, 0, 0.006 * bell * I);
        store(m, H, 2, 1, (0.004 + 0.003 * I) * exp(-0.3 * x * x));
    }
}

static const dia_model_type type = {.version = DIA_EXTEND_VERSION, .name = "spins", DIA_POINTWISE};

static const spins three = {.n = 3, .turn = {1.0, 1.0, 1.0}, .conjugate = 1.0};

static dia_model *make(const spins *kind)
{
    dia_error error = {0};
    dia_model *model = NULL;
    dia_shape shape;
    dia_molecule molecule;
    const double mass = kind->miao ? 1000.0 : 2000.0;
    spins *self = malloc(sizeof *self);
    assert_non_null(self);
    *self = *kind;
    assert_ok(dia_pointwise_open(&self->base, 1, kind->n, &mass, spins_point, &shape, &molecule, &error), &error);
    if (!kind->real)
        dia_pointwise_hermitian(&self->base, &shape);
    assert_ok(dia_model_adopt(&model, &type, self, shape, &molecule, &error), &error);
    return model;
}

/* Through the middle of the three states. */
static packet_job passage(const spins *kind, double momentum)
{
    static double lower = -12.0, upper = 12.0;
    static int points = 256;
    return (packet_job){
        .own = make(kind),
        .start = {.centre = {-1.5}, .momentum = {momentum}, .width = {0.5}, .diabatic = true},
        .timestep = 16.0,
        .steps = 40,
        .every = 10,
        .settings = {.lower = {1, &lower}, .upper = {1, &upper}, .points = {1, &points}, .substeps = 4}};
}

static void assert_alike(size_t n, const double *a, const double *b, double tolerance)
{
    for (size_t i = 0; i < n; i++)
        assert_close(a[i], b[i], 0.0, tolerance);
}

/* ---- identities ------------------------------------------------------------------------------ */

/* Without imaginary parts it is the real model, whichever way that is solved. */
static void a_real_one_is_the_same(void **unused)
{
    (void)unused;
    dia_exact_record r[2];
    for (int n = 2; n < 4; n++) {
        for (int i = 0; i < 2; i++) {
            spins kind = three;
            kind.n = n;
            kind.rabi = 0.003;
            kind.conjugate = 0.0;
            kind.real = i == 1;
            packet_job j = passage(&kind, 10.0);
            r[i] = packet_propagate(&j);
        }
        const size_t all = 5 * (size_t)n;
        assert_true(r[0].diabatic[4 * n] < 0.9);
        assert_alike(all, r[0].active, r[1].active, 1e-12);
        assert_alike(all, r[0].diabatic, r[1].diabatic, 1e-12);
        assert_alike(2 * all * (size_t)n, r[0].density, r[1].density, 1e-12);
        assert_alike(5, r[0].energy, r[1].energy, 1e-13);
        dia_exact_record_free(&r[0]);
        dia_exact_record_free(&r[1]);
    }
}

/* D H D^H with constant phases: populations stay, coherences turn. The norm and the energy are kept. */
static void constant_phases(void **unused)
{
    (void)unused;
    const double complex turn[3] = {1.0, cexp(0.7 * I), cexp(-2.1 * I)};
    dia_exact_record r[2];
    for (int i = 0; i < 2; i++) {
        spins kind = three;
        if (i == 1)
            memcpy(kind.turn, turn, sizeof turn);
        packet_job j = passage(&kind, 10.0);
        r[i] = packet_propagate(&j);
    }
    assert_alike(15, r[0].active, r[1].active, 1e-12);
    assert_alike(15, r[0].diabatic, r[1].diabatic, 1e-12);
    assert_true(r[0].diabatic[12] < 0.9 && r[0].diabatic[13] > 0.01 && r[0].diabatic[14] > 0.01);
    for (int s = 0; s < 5; s++) {
        assert_close(r[0].norm[s], 1.0, 0.0, 1e-12);
        assert_close(r[0].energy[s], r[0].energy[0], 0.0, 2e-6); /* of the splitting: as the step squared */
        for (int a = 0; a < 3; a++)
            for (int b = 0; b < 3; b++) {
                const double *x = r[0].density + 2 * (9 * s + 3 * a + b), *y = r[1].density + 2 * (9 * s + 3 * a + b);
                assert_true(cabs((x[0] + I * x[1]) * turn[a] * conj(turn[b]) - y[0] - I * y[1]) < 1e-12);
            }
    }
    dia_exact_record_free(&r[0]);
    dia_exact_record_free(&r[1]);
}

/* Rabi's formula with a complex coupling: P = 4 |c|^2/W^2 sin^2(W t/2), W^2 = d^2 + 4 |c|^2. */
static void rabi(void **unused)
{
    (void)unused;
    const double d = 0.004, c = 0.003, W = sqrt(d * d + 4.0 * c * c);
    spins kind = three;
    kind.n = 2;
    kind.rabi = c * cexp(1.1 * I);
    packet_job j = passage(&kind, 0.0);
    dia_exact_record r = packet_propagate(&j);
    for (int64_t s = 0; s < r.samples; s++) {
        const double t = r.time[s] * DIA_FEMTOSECOND;
        assert_close(r.diabatic[2 * s + 1], 4.0 * c * c / (W * W) * pow(sin(0.5 * W * t), 2.0), 0.0, 1e-10);
    }
    assert_true(r.diabatic[9] > 0.3);
    dia_exact_record_free(&r);
}

/* conj(H) and the start with its momentum reversed run backwards: the overlap with the start is the same at all times. With H
 * itself it is not, as it would be if H were real. */
static void time_reversal(void **unused)
{
    (void)unused;
    dia_exact_record r[3];
    for (int i = 0; i < 3; i++) {
        spins kind = three;
        kind.conjugate = i == 1 ? -1.0 : 1.0;
        packet_job j = passage(&kind, i == 0 ? 2.0 : -2.0);
        r[i] = packet_propagate(&j);
    }
    double most = 0.0;
    assert_alike(2 * (size_t)r[0].overlaps, r[0].overlap, r[1].overlap, 1e-12);
    for (int64_t k = 0; k < 2 * r[0].overlaps; k++)
        most = fmax(most, fabs(r[0].overlap[k] - r[2].overlap[k]));
    assert_true(most > 1e-3);
    for (int i = 0; i < 3; i++)
        dia_exact_record_free(&r[i]);
}

static void order_of_convergence(void **unused)
{
    (void)unused;
    double last[2];
    for (int order = 0; order < 2; order++) {
        double value[3];
        for (int i = 0; i < 3; i++) {
            packet_job j = passage(&three, 10.0);
            j.settings.order = order;
            j.settings.substeps = 1 << i;
            j.settings.refine = 1;
            dia_exact_record r = packet_propagate(&j);
            value[i] = r.diabatic[12];
            dia_exact_record_free(&r);
        }
        const double ratio = (value[0] - value[1]) / (value[1] - value[2]), expected = order == 0 ? 4.0 : 16.0;
        if (!(fabs(ratio / expected - 1.0) < 0.35))
            print_message("order %d: %.3e %.3e, ratio %g\n", order, value[0] - value[1], value[1] - value[2], ratio);
        assert_true(fabs(ratio / expected - 1.0) < 0.35);
        last[order] = value[2] + (value[2] - value[1]) / (expected - 1.0);
    }
    assert_close(last[0], last[1], 0.0, 1e-6);
}

/* The phase of miao's coupling, exp(iwy), goes away with psi_0 = exp(iwy) chi_0: at each momentum p along y chi obeys the real
 * model of one coordinate, with the first state higher by [(p + w)^2 - p^2]/2m. So populations are means over p. */
static void a_turning_phase(void **unused)
{
    (void)unused;
    const double w = 5.0, mass = 1000.0, width = 0.4, spread = 0.5 / width, distance = spread / 4.0;
    packet_job j = {
        .model = "{type: miao, w: 5}",
        .start = {.centre = {-1.5, 0.2}, .momentum = {20.0, 1.0}, .width = {0.3, width}, .state = 1},
        .timestep = 5.0,
        .steps = 28,
        .every = 14,
        .settings = {
            .lower = REALS(-6.0, -4.0), .upper = REALS(6.0, 4.0), .points = INTS(180, 50), .order = 1, .substeps = 2}};
    j.start.diabatic = true;
    dia_exact_record r = packet_propagate(&j);
    double diabatic[6] = {0};
    for (int i = -22; i <= 22; i++) { /* trapezoidal rule: exact to rounding for a smooth function times a Gaussian */
        const double p = 1.0 + i * distance,
                     weight = exp(-0.5 * pow(i * distance / spread, 2.0)) * distance / (spread * sqrt(2.0 * DIA_PI));
        spins kind = {.n = 2, .turn = {1.0, 1.0}, .miao = true, .real = true};
        kind.offset = w * (2.0 * p + w) / (2.0 * mass);
        packet_job one = j;
        one.own = make(&kind);
        one.settings = (dia_grid_settings){
            .lower = REALS(-6.0), .upper = REALS(6.0), .points = INTS(180), .order = 1, .substeps = 2};
        dia_exact_record own = packet_propagate(&one);
        for (int k = 0; k < 6; k++)
            diabatic[k] += weight * own.diabatic[k];
        dia_exact_record_free(&own);
    }
    assert_true(diabatic[2] > 0.1 && diabatic[3] > 0.1 && diabatic[5] > 0.01);
    assert_alike(6, r.diabatic, diabatic, 1e-7); /* the Gaussian is cut at 5.5 of its widths: 4e-8 */
    dia_exact_record_free(&r);
    /* The phase matters. */
    j.model = "{type: miao, w: 0}";
    r = packet_propagate(&j);
    assert_true(fabs(r.diabatic[5] - diabatic[5]) > 1e-3);
    dia_exact_record_free(&r);
}

/* ---- waves ----------------------------------------------------------------------------------- */

/* S of the three states on a grid of many points. */
static dia_scatter waves(const spins *kind, double energy)
{
    enum { POINTS = 1601 };
    static double H[POINTS * 9];
    dia_error error = {0};
    dia_scatter s;
    dia_scatter_grid grid = {.n = 3,
                             .npoint = POINTS,
                             .hermitian = true,
                             .mass = 2000.0,
                             .left = -12.0,
                             .step = 24.0 / (POINTS - 1),
                             .H = H};
    memset(H, 0, sizeof H);
    for (int i = 0; i < POINTS; i++)
        spins_point(kind, (double[]){grid.left + i * grid.step}, H + 9 * i, NULL);
    assert_ok(dia_scatter_solve(&grid, energy, &s, &error), &error);
    assert_true(s.flux < 1e-11 && s.unitarity < 3e-10);
    return s;
}

/* S of conj(H) is the transpose of S of H; S itself is not symmetric, as it is of a real H. */
static void waves_reversed(void **unused)
{
    (void)unused;
    spins other = three;
    other.conjugate = -1.0;
    for (double energy = 0.012; energy < 0.05; energy += 0.017) {
        dia_scatter a = waves(&three, energy), b = waves(&other, energy);
        for (int i = 0; i < 6; i++)
            for (int k = 0; k < 6; k++)
                assert_true(cabs(a.S[i * 6 + k] - b.S[k * 6 + i]) < 1e-9);
        assert_true(a.symmetry > 1e-2);
        dia_scatter_free(&a);
        dia_scatter_free(&b);
    }
}

/* A packet is a sum of waves: what the layers take of it is the mean of |S|^2 over its momenta. */
static void packet_and_waves(void **unused)
{
    (void)unused;
    const double k0 = 14.0, width = 1.0, spread = 0.5 / width;
    packet_job j = {.own = make(&three),
                    .start = {.centre = {-8.0}, .momentum = {k0}, .width = {width}},
                    .timestep = 8.0,
                    .steps = 1000,
                    .every = 1000,
                    .settings = {.refine = 1}};
    dia_exact_record r = packet_propagate(&j);
    double mean[6] = {0}, sum = 0.0;
    for (int i = -40; i <= 40; i++) {
        const double k = k0 + spread * i / 8.0, weight = exp(-0.5 * pow(i / 8.0, 2.0)) / (8.0 * sqrt(2.0 * DIA_PI));
        dia_scatter s = waves(&three, -0.01 + k * k / 4000.0);
        for (int to = 0; to < 6; to++)
            mean[to] += weight * pow(cabs(s.S[to * 6]), 2.0);
        dia_scatter_free(&s);
    }
    for (int to = 0; to < 6; to++) {
        const double taken = r.absorbed[6 + to];
        sum += taken;
        if (!(fabs(taken - mean[to]) < 2e-5))
            print_message("channel %d: %.7f of the packet, %.7f of waves\n", to, taken, mean[to]);
        assert_close(taken, mean[to], 0.0, 2e-5);
    }
    assert_true(sum > 0.999 && mean[3] > 0.05 && mean[4] > 0.05);
    dia_exact_record_free(&r);
}

/* Who takes H for real does not get such a model. */
static void others_refuse_it(void **unused)
{
    (void)unused;
    dia_error error = {0};
    dia_tape *tape = NULL;
    dia_model *model = make(&three);
    assert_int_equal(dia_tape_create(&tape, model, 1, 1, &error), DIA_ERROR_UNSUPPORTED);
    assert_non_null(strstr(error.text, "complex Hermitian"));
    assert_null(tape);
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_real_one_is_the_same),
                                       cmocka_unit_test(constant_phases),
                                       cmocka_unit_test(rabi),
                                       cmocka_unit_test(time_reversal),
                                       cmocka_unit_test(order_of_convergence),
                                       cmocka_unit_test(a_turning_phase),
                                       cmocka_unit_test(waves_reversed),
                                       cmocka_unit_test(packet_and_waves),
                                       cmocka_unit_test(others_refuse_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
