/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Adiabatic energies, gradients and couplings of Tully's models against closed forms, through the public interface.
 *
 * Of two states with H = [[a, c], [c, b]], u = (a - b)/2, s = (a + b)/2:   E = s -+ r, r = sqrt(u^2 + c^2);
 * E' = s' -+ (u u' + c c')/r;   d_01 = (u c' - c u') / (2 r^2) up to a sign, h_01 = d_01 (E_1 - E_0). */
#include "check.h"

#include <math.h>

#include "diabolo/frame.h"
#include "diabolo/model.h"

typedef struct matrix { /* a, b, c and their derivatives */
    double a, b, c, da, db, dc;
} matrix;

/* JCP 93, 1061 (1990), written out once more. */
static matrix single(double x)
{
    matrix m = {.c = 0.005 * exp(-x * x), .dc = -0.01 * x * exp(-x * x), .da = 0.016 * exp(-1.6 * fabs(x))};
    m.a = x > 0 ? 0.01 * (1 - exp(-1.6 * x)) : -0.01 * (1 - exp(1.6 * x));
    m.b = -m.a;
    m.db = -m.da;
    return m;
}

static matrix dual(double x)
{
    return (matrix){.b = -0.10 * exp(-0.28 * x * x) + 0.05,
                    .c = 0.015 * exp(-0.06 * x * x),
                    .db = 0.056 * x * exp(-0.28 * x * x),
                    .dc = -0.0018 * x * exp(-0.06 * x * x)};
}

static matrix extended(double x)
{
    return (matrix){.a = 6e-4,
                    .b = -6e-4,
                    .c = x < 0 ? 0.10 * exp(0.90 * x) : 0.10 * (2 - exp(-0.90 * x)),
                    .dc = 0.09 * exp(-0.90 * fabs(x))};
}

static void compare(const char *yaml, matrix (*closed)(double))
{
    dia_error error = {0};
    dia_model *model = NULL;
    dia_tape *tape = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    assert_ok(dia_tape_create(&tape, model, 1, 3, &error), &error);
    assert_close(dia_model_molecule(model)->masses[0], 2000.0, 0, 0);
    double H[3], E[2], U[4], W[9], g[3], work[200];
    const int row[3] = {0, 0, 0};
    assert_true(dia_frame_work(2) <= 200);
    for (double x = -10.0; x <= 10.0; x += 0.173) {
        dia_frame frame = {.batch = 1, .nstate = 2, .H = H, .E = E, .U = U};
        matrix m = closed(x);
        double u = 0.5 * (m.a - m.b), s = 0.5 * (m.a + m.b), r = sqrt(u * u + m.c * m.c), du = 0.5 * (m.da - m.db);
        double slope = (u * du + m.c * m.dc) / r, d01 = (u * m.dc - m.c * du) / (2 * r * r);
        assert_int_equal(dia_model_hamiltonian(model, tape, 1, &x, H), DIA_OK);
        assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
        dia_weight_pair(&frame, 0, 0, 0, W);
        dia_weight_pair(&frame, 0, 1, 1, W + 3);
        dia_weight_pair(&frame, 0, 0, 1, W + 6);
        assert_int_equal(dia_model_contract(model, tape, 3, row, W, g), DIA_OK);
        assert_close(H[0], m.a, 0, 1e-16); /* the diabats too, with the sign of the paper */
        assert_close(H[2], m.b, 0, 1e-16);
        assert_close(E[0], s - r, 0, 1e-10);
        assert_close(E[1], s + r, 0, 1e-10);
        assert_close(g[0], 0.5 * (m.da + m.db) - slope, 0, 1e-10);
        assert_close(g[1], 0.5 * (m.da + m.db) + slope, 0, 1e-10);
        assert_close(fabs(g[2]), fabs(d01 * 2 * r), 0, 1e-10);
        assert_close(fabs(g[2] / (E[1] - E[0])), fabs(d01), 1e-10, 1e-10);
    }
    dia_tape_free(tape);
    dia_model_free(model);
}

static void test_closed_forms(void **state)
{
    (void)state;
    compare("{type: tully, variant: single_crossing}", single);
    compare("{type: tully, variant: dual_crossing}", dual);
    compare("{type: tully, variant: extended_coupling}", extended);
    compare("{type: tully, variant: 2}", dual);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_closed_forms)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
