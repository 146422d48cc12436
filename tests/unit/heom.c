/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Hierarchical equations of motion: correlation functions, pure dephasing in closed form, the same spin-boson problem in a
 * basis of oscillators, detailed balance. */
#include "check.h"

#include <complex.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/model.h"
#include "exact/heom.h"
#include "exact/product.h"
#include "parallel/team.h"

enum { MANY = 200000 };
static const double lambda = 0.25, cutoff = 1.3; /* J = 2 lambda cutoff w/(w^2 + cutoff^2) */

/* ---- correlation functions --------------------------------------------------------------------- */

static double complex correlation(int n, const dia_bath_term *term, double t)
{
    double complex sum = 0.0;
    for (int k = 0; k < n; k++)
        sum += term[k].coefficient * cexp(-term[k].rate * t);
    return sum;
}

/* A few Pade terms are as good as very many Matsubara terms; both have C(t)^* for conjugate. The whole integral of C is
 * J'(0) kT + ... : real part 2 lambda kT/cutoff, imaginary part -lambda, whatever the number of terms. */
static void expansions(void **unused)
{
    (void)unused;
    dia_bath_term *many = malloc((1 + MANY) * sizeof *many), few[9];
    double rest;
    dia_error error = {0};
    for (double kT = 0.2; kT < 5.0; kT *= 2.3) {
        assert_ok(dia_bath_debye(0, lambda, cutoff, kT, DIA_BATH_MATSUBARA, MANY, many, &rest, &error), &error);
        assert_ok(dia_bath_debye(0, lambda, cutoff, kT, DIA_BATH_PADE, 8, few, &rest, &error), &error);
        assert_close(rest, 0.0, 0.0, 1e-12); /* the approximant has the right value at w = 0 */
        for (double t = 0.6; t < 6.0; t *= 1.7) {
            const double complex a = correlation(1 + MANY, many, t), b = correlation(9, few, t);
            assert_close(creal(b), creal(a), 0.0, 1e-4 * lambda); /* worst at short times and low temperature */
            assert_close(cimag(b), -lambda * cutoff * exp(-cutoff * t), 0.0, 1e-14);
        }
        for (int terms = 0; terms < 5; terms++) {
            double complex sum = 0.0;
            assert_ok(dia_bath_debye(0, lambda, cutoff, kT, DIA_BATH_MATSUBARA, terms, few, &rest, &error), &error);
            for (int k = 0; k <= terms; k++) {
                sum += few[k].coefficient / few[k].rate;
                assert_close(cabs(few[k].conjugate - conj(few[k].coefficient)), 0.0, 0.0, 0.0);
            }
            assert_close(creal(sum) + rest, 2.0 * lambda * kT / cutoff, 1e-12, 0.0);
            assert_close(cimag(sum), -lambda, 1e-12, 0.0);
        }
    }
    for (int terms = 0; terms < 3;
         terms++) /* a Matsubara frequency is the cutoff, whether its term is taken or left out */
        assert_int_equal(
            dia_bath_debye(0, lambda, cutoff, cutoff / (2.0 * DIA_PI), DIA_BATH_MATSUBARA, terms, few, &rest, &error),
            DIA_ERROR_INPUT);
    assert_ok(dia_bath_debye(0, lambda, cutoff, cutoff / (2.0 * DIA_PI), DIA_BATH_PADE, 2, few, &rest, &error), &error);
    free(many);
}

/* ---- pure dephasing ---------------------------------------------------------------------------- */

/* Without coupling of the states rho_01(t) = rho_01(0) exp(-i (H00 - H11) t - (v0 - v1)^2 Re g), g = sum c_k/rate^2
 * (exp(-rate t) + rate t - 1), with the phase (v0^2 - v1^2) Im g; here with V = diag(0, 1), as a site's own bath. */
static double complex dephasing(const dia_bath_term *many, double gap, double t)
{
    double complex g = 0.0;
    for (int k = 0; k <= MANY; k++)
        g += many[k].coefficient / (many[k].rate * many[k].rate) * (cexp(-many[k].rate * t) + many[k].rate * t - 1.0);
    return cexp(I * gap * t - conj(g)); /* <0|rho|1>: conj because state 1 is the bra */
}

static double pure_dephasing_error(dia_bath_expansion expansion, int terms, int depth, const dia_bath_term *many,
                                   double kT)
{
    const double H[] = {0.0, 0.0, 0.0, 0.7}, V[] = {0.0, 0.0, 0.0, 1.0};
    const double start[] = {0.5, 0.0, 0.5, 0.0, 0.5, 0.0, 0.5, 0.0};
    dia_bath_term term[16];
    double rest, worst = 0.0;
    dia_error error = {0};
    dia_heom heom;
    assert_ok(dia_bath_debye(0, lambda, cutoff, kT, expansion, terms, term, &rest, &error), &error);
    const dia_heom_system system = {
        .n = 2, .H = H, .nbath = 1, .V = V, .rest = &rest, .nterm = 1 + terms, .term = term};
    assert_ok(dia_heom_create(&heom, &system, depth, 1, start, &error), &error);
    for (int i = 1; i <= 20; i++) {
        assert_ok(dia_heom_advance(&heom, 0.25, &error), &error);
        const double complex expected = 0.5 * dephasing(many, 0.7, 0.25 * i);
        worst = fmax(worst, cabs(heom.rho[2] + I * heom.rho[3] - expected));
        assert_close(heom.rho[0], 0.5, 0.0, 1e-11);
        assert_close(heom.rho[6], 0.5, 0.0, 1e-11);
        assert_close(heom.rho[4], heom.rho[2], 0.0, 1e-12); /* Hermitian */
        assert_close(heom.rho[5], -heom.rho[3], 0.0, 1e-12);
    }
    dia_heom_free(&heom);
    return worst;
}

static void pure_dephasing(void **unused)
{
    (void)unused;
    dia_bath_term *many = malloc((1 + MANY) * sizeof *many);
    double rest;
    dia_error error = {0};
    for (double kT = 0.25; kT < 3.0; kT *= 3.0) {
        assert_ok(dia_bath_debye(0, lambda, cutoff, kT, DIA_BATH_MATSUBARA, MANY, many, &rest, &error), &error);
        const double pade = pure_dephasing_error(DIA_BATH_PADE, 5, 8, many, kT);
        const double matsubara = pure_dephasing_error(DIA_BATH_MATSUBARA, 5, 8, many, kT);
        print_message("kT %g: Pade 5 %.2e, Matsubara 5 %.2e\n", kT, pade, matsubara);
        assert_true(pade < 1e-4);
        assert_true(matsubara < 1e-3);
        assert_true(pure_dephasing_error(DIA_BATH_PADE, 3, 3, many, kT) > pade); /* depth matters */
    }
    free(many);
}

/* ---- three modes ------------------------------------------------------------------------------- */

/* Spin-boson with three oscillators at 0 K, w = tan 15, 45, 75 degrees, c = w/sqrt 6: once as a hierarchy whose terms do not
 * decay, once as a wave function in a basis of oscillators. Nothing is shared but the problem. */
static const double frequencies[] = {0.2679491924311227, 1.0, 3.732050807568877};

static double by_oscillators(double bias, double t)
{
    char yaml[600];
    dia_model *model;
    dia_polynomial polynomial;
    dia_basis basis;
    dia_product product;
    dia_bounds bounds;
    dia_chebyshev chebyshev;
    dia_error error = {0};
    int used = snprintf(yaml, sizeof yaml,
                        "{type: vibronic, epsilon: [%.17g hartree, %.17g hartree], eta: [{states: [0, 1], "
                        "value: 1 hartree}], modes: [",
                        bias, -bias);
    for (int m = 0; m < 3; m++) /* c x = c Q/sqrt w */
        used += snprintf(yaml + used, sizeof yaml - (size_t)used,
                         "%s{name: m%d, frequency: %.17g hartree, kappa: [%.17g hartree, %.17g hartree]}",
                         m > 0 ? ", " : "", m, frequencies[m], sqrt(frequencies[m] / 6.0), -sqrt(frequencies[m] / 6.0));
    snprintf(yaml + used, sizeof yaml - (size_t)used, "]}");
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    assert_ok(dia_polynomial_make(&polynomial, model, &error), &error);
    assert_ok(dia_basis_create(&basis, 3, polynomial.frequency, 15.0, &error), &error);
    assert_ok(dia_product_create(&product, &polynomial, &basis, 1, &error), &error);
    const size_t n = 2 * (size_t)basis.count;
    double *psi = calloc(2 * n, sizeof *psi), *out = malloc(2 * n * sizeof *out), *work = malloc(6 * n * sizeof *work),
           density[8];
    psi[0] = 1.0;
    assert_ok(dia_chebyshev_bounds(n, dia_product_apply, &product, 30, work, NULL, &bounds, &error), &error);
    assert_ok(dia_chebyshev_create(&chebyshev, bounds, 1, &t, 1e-12, &error), &error);
    dia_chebyshev_propagate(&chebyshev, n, dia_product_apply, &product, psi, out, NULL, NULL, work, NULL);
    dia_product_density(&product, out, density);
    dia_chebyshev_free(&chebyshev);
    dia_product_free(&product);
    dia_basis_free(&basis);
    dia_polynomial_free(&polynomial);
    dia_model_free(model);
    free(psi);
    free(out);
    free(work);
    return density[0];
}

/* One oscillator of frequency w at 0 K with J = (pi/2) (c^2/w) delta(w - w'): two terms, which do not decay. */
static void oscillator(int bath, double c, double frequency, dia_bath_term term[2])
{
    const double size = c * c / (2.0 * frequency);
    term[0] = (dia_bath_term){bath, I * frequency, size, 0.0};
    term[1] = (dia_bath_term){bath, I * -frequency, 0.0, size};
}

static void three_modes(void **unused)
{
    (void)unused;
    const double sigma[] = {1.0, 0.0, 0.0, -1.0}, start[8] = {1.0}, rest = 0.0;
    for (int biased = 0; biased < 2; biased++) {
        const double H[] = {biased, 1.0, 1.0, -biased};
        dia_bath_term term[6];
        dia_heom heom;
        dia_error error = {0};
        for (int m = 0; m < 3; m++)
            oscillator(0, frequencies[m] / sqrt(6.0), frequencies[m], term + 2 * m);
        const dia_heom_system system = {
            .n = 2, .H = H, .nbath = 1, .V = sigma, .rest = &rest, .nterm = 6, .term = term};
        assert_ok(dia_heom_create(&heom, &system, 8, 1, start, &error), &error);
        for (int i = 1; i <= 2; i++) {
            assert_ok(dia_heom_advance(&heom, 1.0, &error), &error);
            print_message("t %d: %.8f %.8f\n", i, heom.rho[0], by_oscillators(biased, i));
            assert_close(heom.rho[0], by_oscillators(biased, i), 0.0, 1e-5);
        }
        dia_heom_free(&heom);
    }
}

/* ---- another basis ------------------------------------------------------------------------------ */

/* out = R^T M R, R a turn by `angle`; M (2, 2, parts). */
static void turn(double angle, int parts, const double *M, double *out)
{
    const double R[] = {cos(angle), -sin(angle), sin(angle), cos(angle)};
    for (int i = 0; i < 2; i++)
        for (int j = 0; j < 2; j++)
            for (int part = 0; part < parts; part++) {
                double sum = 0.0;
                for (int k = 0; k < 2; k++)
                    for (int l = 0; l < 2; l++)
                        sum += R[k * 2 + i] * M[parts * (k * 2 + l) + part] * R[l * 2 + j];
                out[parts * (i * 2 + j) + part] = sum;
            }
}

/* A basis turned by a fixed angle, where V is no longer diagonal, gives the turned density matrix; with a rest. */
static void turned_basis(void **unused)
{
    (void)unused;
    const double H[] = {0.4, 0.3, 0.3, -0.4}, V[] = {1.0, 0.0, 0.0, -0.5},
                 start[] = {0.6, 0.0, 0.1, 0.2, 0.1, -0.2, 0.4, 0.0};
    double h[4], v[4], first[8], expected[8], rest;
    dia_bath_term term[2];
    dia_heom heom[2];
    dia_error error = {0};
    turn(0.7, 1, H, h);
    turn(0.7, 1, V, v);
    turn(0.7, 2, start, first);
    assert_ok(dia_bath_debye(0, lambda, cutoff, 0.6, DIA_BATH_MATSUBARA, 1, term, &rest, &error), &error);
    const dia_heom_system systems[] = {{.n = 2, .H = H, .nbath = 1, .V = V, .rest = &rest, .nterm = 2, .term = term},
                                       {.n = 2, .H = h, .nbath = 1, .V = v, .rest = &rest, .nterm = 2, .term = term}};
    for (int i = 0; i < 2; i++) {
        assert_ok(dia_heom_create(&heom[i], &systems[i], 5, 1, i == 0 ? start : first, &error), &error);
        assert_ok(dia_heom_advance(&heom[i], 3.0, &error), &error);
    }
    turn(0.7, 2, heom[0].rho, expected);
    for (int i = 0; i < 8; i++)
        assert_close(heom[1].rho[i], expected[i], 0.0, 1e-12);
    dia_heom_free(&heom[0]);
    dia_heom_free(&heom[1]);
}

/* ---- equilibrium ------------------------------------------------------------------------------- */

/* A weak bath leads to the Boltzmann populations of the eigenstates, up to first order in lambda. */
static void detailed_balance(void **unused)
{
    (void)unused;
    const double eps = 0.4, delta = 0.3, kT = 0.8, weak = 0.02, start[8] = {1.0};
    const double H[] = {eps, delta, delta, -eps}, V[] = {1.0, 0.0, 0.0, -1.0};
    double rest, before = 0.0;
    dia_bath_term term[4];
    dia_heom heom;
    dia_error error = {0};
    assert_ok(dia_bath_debye(0, weak, 1.0, kT, DIA_BATH_PADE, 2, term, &rest, &error), &error);
    const dia_heom_system system = {.n = 2, .H = H, .nbath = 1, .V = V, .rest = &rest, .nterm = 3, .term = term};
    assert_ok(dia_heom_create(&heom, &system, 4, 1, start, &error), &error);
    for (int i = 0; i < 10; i++) {
        before = heom.rho[0];
        assert_ok(dia_heom_advance(&heom, 60.0, &error), &error);
    }
    assert_close(heom.rho[0], before, 0.0, 1e-6);                     /* it rests */
    const double E = hypot(eps, delta), polarisation = -tanh(E / kT); /* <H>/E */
    assert_close(heom.rho[0] - heom.rho[6], polarisation * eps / E, 0.0, 0.5 * weak);
    assert_close(2.0 * heom.rho[2], polarisation * delta / E, 0.0, 0.5 * weak);
    assert_close(heom.rho[3], 0.0, 0.0, 1e-6); /* no current */
    assert_close(heom.rho[0] + heom.rho[6], 1.0, 0.0, 1e-10);
    dia_heom_free(&heom);
}

int main(void)
{
    dia_team_run(1, 0, NULL, NULL); /* pins BLAS to one thread */
    const struct CMUnitTest tests[] = {cmocka_unit_test(expansions), cmocka_unit_test(pure_dephasing),
                                       cmocka_unit_test(three_modes), cmocka_unit_test(turned_basis),
                                       cmocka_unit_test(detailed_balance)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
