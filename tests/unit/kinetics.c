/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Schemes of text, their mistakes; populations against closed forms, an ODE integrator, quadrature, and finite
 * differences. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_errno.h>
#include <gsl/gsl_integration.h>
#include <gsl/gsl_odeiv2.h>

#include "analyse/kinetics/kinetics.h"
#include "base/rng.h"

enum { T = 61, NS = DIA_SCHEME_SPECIES };

static double time_of[T];

static dia_scheme parse(const char *text)
{
    dia_scheme scheme;
    dia_error error = {0};
    assert_ok(dia_scheme_parse(&scheme, text, &error), &error);
    return scheme;
}

static double uniform(int i)
{
    return dia_rng_uniform(21, (uint64_t)i, 0, DIA_PURPOSE_TEST, 0);
}

/* ---- text ------------------------------------------------------------------------------------ */

static void schemes_parse(void **state)
{
    (void)state;
    dia_scheme s = parse(" S2->S1 ->S0 ");
    assert_int_equal(s.nspecies, 3);
    assert_int_equal(s.nstep, 2);
    assert_string_equal(s.species[0].name, "S2");
    assert_string_equal(s.species[2].name, "S0");
    assert_int_equal(s.step[1].from, 1);
    assert_int_equal(s.step[1].to, 2);
    s = parse("S2 -> S1; S1 -> S0; S2 -> S0; S1 <-> hot S3;");
    assert_int_equal(s.nspecies, 4);
    assert_int_equal(s.nstep, 5);
    assert_string_equal(s.species[3].name, "hot S3");
    assert_int_equal(s.step[4].from, 3);
    assert_int_equal(s.step[4].to, 1);
    s = parse("S0 <- S1 -> H2 + acetylene");
    assert_int_equal(s.step[0].from, 1);
    assert_int_equal(s.step[0].to, 0);
    assert_string_equal(s.species[2].name, "H2 + acetylene");
    char name[100];
    dia_scheme_step_name(&s, 1, sizeof name, name);
    assert_string_equal(name, "S1 -> H2 + acetylene");
}

static void mistakes_have_columns(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
        int column;
    } cases[] = {{"", "expected a species, found the end", 1},
                 {"S2", "expected an arrow", 1},
                 {"S2 -> ", "found the end", 7},
                 {"S2 -> -> S0", "expected a species, found '->'", 7},
                 {"S2 -> S1; -> S0", "found '->'", 11},
                 {"S2 -> S1 -> S1", "from 'S1' to itself", 13},
                 {"S2 -> S1; S2 -> S1", "the step S2 -> S1 is there already", 17},
                 {"S2 -> S1; S1; S0 -> S2", "expected an arrow", 11},
                 {"\xc3\xbc -> -> S0", "found '->'", 6}, /* one character of two bytes */
                 {"; S1 -> S0", "found ';'", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dia_scheme s;
        dia_error error = {0};
        char column[32];
        assert_int_equal(dia_scheme_parse(&s, cases[i].text, &error), DIA_ERROR_INPUT);
        snprintf(column, sizeof column, "column %d:", cases[i].column);
        if (strstr(error.text, cases[i].says) == NULL || strstr(error.text, column) == NULL)
            fail_msg("'%s': expected '%s %s' in '%s'", cases[i].text, column, cases[i].says, error.text);
    }
    dia_error error = {0};
    dia_scheme s;
    char many[700] = "";
    for (int i = 0; i < 14; i++)
        snprintf(many + strlen(many), sizeof many - strlen(many), "%sA%d", i > 0 ? " -> " : "", i);
    assert_int_equal(dia_scheme_parse(&s, many, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "more than 12 species"));
}

/* ---- populations ----------------------------------------------------------------------------- */

static void populations(const char *text, const dia_kinetics_form *form, const double *q, const double *p0, double *p,
                        double *J)
{
    dia_scheme scheme = parse(text);
    dia_error error = {0};
    dia_kinetics *kinetics;
    assert_ok(dia_kinetics_create(&kinetics, &scheme, form, T, time_of, &error), &error);
    dia_kinetics_populations(kinetics, q, p0, p, J);
    dia_kinetics_free(kinetics);
}

/* A -> B -> C with rates a, b; equal ones and nearly equal ones included, where sums of exponentials break down.
 * Rounding of some 60 products of matrices: 5e-13. */
static void chain_has_its_closed_form(void **state)
{
    (void)state;
    static const double rates[][2] = {{0.1, 0.04}, {0.05, 0.05}, {0.05, 0.05 * (1 + 1e-9)}, {3, 0.001}};
    const dia_kinetics_form delayed = {.delay = DIA_KINETICS_FREE};
    for (size_t c = 0; c < 4; c++) {
        const double a = rates[c][0], b = rates[c][1], q[3] = {log(a), log(b), 7.3}, p0[3] = {1, 0, 0};
        double p[T * 3];
        populations("A -> B -> C", &delayed, q, p0, p, NULL);
        for (int i = 0; i < T; i++) {
            const double t = fmax(time_of[i] - 7.3, 0), x = (a - b) * t;
            /* a (e^-bt - e^-at)/(a - b), stable for a near b */
            const double B = a * t * exp(-b * t) * (x == 0 ? 1 : -expm1(-x) / x);
            assert_close(p[3 * i], exp(-a * t), 0, 5e-13);
            assert_close(p[3 * i + 1], B, 0, 5e-13);
            assert_close(p[3 * i] + p[3 * i + 1] + p[3 * i + 2], 1, 0, 5e-13);
        }
    }
}

typedef struct ode {
    double K[NS * NS];
    int n;
} ode;

static int slope(double t, const double *p, double *dp, void *context)
{
    (void)t;
    const ode *o = context;
    for (int i = 0; i < o->n; i++) {
        dp[i] = 0;
        for (int j = 0; j < o->n; j++)
            dp[i] += o->K[i * o->n + j] * p[j];
    }
    return GSL_SUCCESS;
}

/* A cycle (complex eigenvalues) and a scheme with everything, against Runge-Kutta (8,9) at 1e-12. */
static void an_integrator_agrees(void **state)
{
    (void)state;
    static const char *const texts[] = {"A -> B -> C -> A", "A -> B; B -> C; A -> C; B <-> D; D -> C"};
    for (int c = 0; c < 2; c++) {
        dia_scheme scheme = parse(texts[c]);
        double k[DIA_SCHEME_STEPS], q[DIA_SCHEME_STEPS], p[T * 4], p0[4] = {0.6, 0.3, 0.1, 0}, y[4];
        ode o = {.n = scheme.nspecies};
        for (int r = 0; r < scheme.nstep; r++) {
            k[r] = 0.02 + 0.2 * uniform(10 * c + r);
            q[r] = log(k[r]);
        }
        dia_scheme_matrix(&scheme, k, o.K);
        populations(texts[c], &(dia_kinetics_form){.delay = DIA_KINETICS_NONE}, q, p0, p, NULL);
        gsl_odeiv2_system system = {slope, NULL, (size_t)o.n, &o};
        gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(&system, gsl_odeiv2_step_rk8pd, 1e-3, 1e-13, 0);
        double t = 0;
        memcpy(y, p0, sizeof y);
        for (int i = 0; i < T; i++) {
            double sum = 0;
            assert_int_equal(gsl_odeiv2_driver_apply(driver, &t, time_of[i], y), GSL_SUCCESS);
            for (int s = 0; s < o.n; s++) {
                assert_close(p[i * o.n + s], y[s], 0, 1e-11);
                sum += p[i * o.n + s];
            }
            assert_close(sum, 1, 0, 1e-13);
        }
        gsl_odeiv2_driver_free(driver);
    }
}

typedef struct smear {
    double t, t0, w, a;
} smear;

static double smeared(double z, void *context)
{
    const smear *s = context;
    const double u = s->t - s->t0 - s->w * z;
    return (u > 0 ? exp(-s->a * u) : 1) * exp(-z * z / 2) / sqrt(8 * atan(1));
}

/* The response against adaptive quadrature over delays, for widths from much below to much above the samples, and
 * against the closed form exp(-a x + (a w)^2/2) Phi(x/w - a w) + 1 - Phi(x/w). */
static void response_is_a_mean_over_delays(void **state)
{
    (void)state;
    static const double widths[] = {0.15, 2, 11};
    gsl_integration_workspace *room = gsl_integration_workspace_alloc(2000);
    for (int c = 0; c < 3; c++) {
        const double a = 1 / 18.0, w = widths[c], t0 = 21.4, q[3] = {log(a), t0, log(w)}, p0[2] = {1, 0};
        double p[T * 2];
        populations("A -> B", &(dia_kinetics_form){.delay = DIA_KINETICS_FREE, .response = DIA_KINETICS_FREE}, q, p0, p,
                    NULL);
        for (int i = 0; i < T; i++) {
            const double x = time_of[i] - t0;
            const double closed =
                exp(-a * x + a * a * w * w / 2) * erfc(-(x / w - a * w) / sqrt(2)) / 2 + erfc(x / w / sqrt(2)) / 2;
            assert_close(p[2 * i], closed, 0, 1e-12);
            assert_close(p[2 * i] + p[2 * i + 1], 1, 0, 1e-12);
            if (i % 10 != 3)
                continue;
            smear s = {time_of[i], t0, w, a};
            gsl_function f = {smeared, &s};
            double parts[2], kink = fmin(fmax(x / w, -12), 12), ignored;
            gsl_integration_qag(&f, -12, kink, 1e-14, 1e-11, 2000, GSL_INTEG_GAUSS61, room, &parts[0], &ignored);
            gsl_integration_qag(&f, kink, 12, 1e-14, 1e-11, 2000, GSL_INTEG_GAUSS61, room, &parts[1], &ignored);
            assert_close(p[2 * i], parts[0] + parts[1], 0, 1e-10);
        }
    }
    gsl_integration_workspace_free(room);
}

/* Central differences, h = 1e-5: error h^2 times third derivatives of order 1 (delays: of order k^3), rounding 1e-13/h.
 */
static void derivatives_are_those_of_the_populations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        dia_kinetics_form form;
    } cases[] = {
        {"A -> B -> C", {.delay = DIA_KINETICS_FREE}},
        {"A -> B; B -> C; A -> C; B <-> D", {.delay = DIA_KINETICS_FREE, .response = DIA_KINETICS_FREE}},
        {"A <-> B -> C", {.start_free = true, .delay = DIA_KINETICS_FREE}},
        {"A -> B -> C", {.start_free = true, .response = DIA_KINETICS_FREE}},
        {"A -> B",
         {.delay = DIA_KINETICS_FIXED, .delay_value = 9.5, .response = DIA_KINETICS_FIXED, .response_width = 3}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof cases[0]; c++) {
        dia_scheme scheme = parse(cases[c].text);
        dia_kinetics *kinetics;
        dia_error error = {0};
        assert_ok(dia_kinetics_create(&kinetics, &scheme, &cases[c].form, T, time_of, &error), &error);
        const dia_kinetics_layout layout = dia_kinetics_layout_of(kinetics);
        const int np = layout.nparameter, n = scheme.nspecies;
        static double p[T * NS], J[T * NS * DIA_KINETICS_PARAMETERS], above[T * NS], below[T * NS];
        double q[DIA_KINETICS_PARAMETERS], p0[NS] = {0.7, 0.3};
        for (int k = 0; k < np; k++)
            q[k] = k < scheme.nstep ? log(0.03 + 0.1 * uniform(100 * (int)c + k)) : uniform(100 * (int)c + k);
        if (layout.delay >= 0)
            q[layout.delay] = 12.3;
        dia_kinetics_populations(kinetics, q, p0, p, J);
        for (int k = 0; k < np; k++) {
            const double h = 1e-5, at = q[k];
            q[k] = at + h;
            dia_kinetics_populations(kinetics, q, p0, above, NULL);
            q[k] = at - h;
            dia_kinetics_populations(kinetics, q, p0, below, NULL);
            q[k] = at;
            for (int i = 0; i < T * n; i++)
                assert_close(J[i * np + k], (above[i] - below[i]) / (2 * h), 0, 2e-8);
        }
        dia_kinetics_free(kinetics);
    }
}

/* Unequal samples, and a first one that is not 0, are no special case: equal samples hold the same numbers. */
static void samples_need_not_be_equal(void **state)
{
    (void)state;
    const dia_kinetics_form form = {.delay = DIA_KINETICS_FREE, .response = DIA_KINETICS_FREE};
    const double q[4] = {log(0.1), log(0.03), 9, log(2.5)}, p0[3] = {1, 0, 0};
    double p[T * 3], few[5 * 3], some[5];
    static const int chosen[5] = {3, 4, 30, 34, 38}; /* steps that grow, shrink and repeat */
    populations("A -> B -> C", &form, q, p0, p, NULL);
    dia_scheme scheme = parse("A -> B -> C");
    dia_kinetics *kinetics;
    dia_error error = {0};
    for (int i = 0; i < 5; i++)
        some[i] = time_of[chosen[i]];
    assert_ok(dia_kinetics_create(&kinetics, &scheme, &form, 5, some, &error), &error);
    dia_kinetics_populations(kinetics, q, p0, few, NULL);
    for (int i = 0; i < 5; i++)
        for (int s = 0; s < 3; s++)
            assert_close(few[3 * i + s], p[3 * chosen[i] + s], 0, 1e-12);
    dia_kinetics_free(kinetics);
}

int main(void)
{
    for (int i = 0; i < T; i++)
        time_of[i] = 1.5 * i;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(schemes_parse),
        cmocka_unit_test(mistakes_have_columns),
        cmocka_unit_test(chain_has_its_closed_form),
        cmocka_unit_test(an_integrator_agrees),
        cmocka_unit_test(response_is_a_mean_over_delays),
        cmocka_unit_test(derivatives_are_those_of_the_populations),
        cmocka_unit_test(samples_need_not_be_equal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
