/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The doctor of models: a sound model passes; of models with one planted fault the test that is for it fails, and those that the
 * fault does not touch pass. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "check/model/patient.h"
#include "diabolo/extend.h"
#include "model/front.h"
#include "model/network.h"

/* ---- a bent molecule ABB of two states: bonds that break, a crossing where both are long ------- */

typedef enum fault { NONE, CURL, KINK, HOLE, NO_PHASE, FAR_WELL, FAULTS } fault;

typedef struct bent {
    fault fault;
} bent;

static const double D = 0.17, A = 1.2, R0 = 1.81, B = 0.12, C = 0.6, Q0 = 2.86;

/* The minimum: all three distances at that of their bond. */
static const double reference[9] = {0, 0, 0, 0, 1.43, 1.1096396, 0, -1.43, 1.1096396};

/* H (3) and dH/dq (3, 3) of q = r1, r2, r12. */
static void matrix(fault f, const double *q, double *H, double *d)
{
    memset(d, 0, 9 * sizeof *d);
    const double e3 = exp(-C * (q[2] - Q0)), spring = B * (e3 * e3 - 2 * e3), slope = -2 * B * C * (e3 * e3 - e3);
    H[0] = spring, H[2] = spring - 0.05, H[1] = 0.0;
    d[2] = d[8] = slope;
    for (int i = 0; i < 2; i++) {
        const double e = exp(-A * (q[i] - R0)), sign = i == 0 ? 1.0 : -1.0;
        H[0] += D * (e * e - 2 * e);
        d[i] += -2 * A * D * (e * e - e);
        H[2] += 0.5 * D * e * e;
        d[6 + i] += -A * D * e * e;
        H[1] += 0.1 * sign * exp(-(q[i] - R0));
        d[3 + i] += -0.1 * sign * exp(-(q[i] - R0));
    }
    if (f == NO_PHASE && H[1] < 0.0) { /* its absolute value: no sign to change */
        H[1] = -H[1];
        for (int i = 0; i < 3; i++)
            d[3 + i] = -d[3 + i];
    }
    double extra = 0.0;
    int at = 0;
    if (f == KINK) {
        extra = 0.02 * fabs(q[0] - R0 - 0.15);
        d[at] += q[0] > R0 + 0.15 ? 0.02 : -0.02;
        d[6 + at] += q[0] > R0 + 0.15 ? 0.02 : -0.02;
    } else if (f == HOLE || f == FAR_WELL) {
        at = f == HOLE ? 2 : 0;
        const double centre = f == HOLE ? 1.0 : 16.0, width = f == HOLE ? 0.5 : 1.0, x = (q[at] - centre) / width;
        extra = -0.8 * exp(-x * x);
        d[at] += -2 * x / width * extra;
        d[6 + at] += -2 * x / width * extra;
    }
    H[0] += extra;
    H[2] += extra;
}

/* q (3) and the unit vectors along r1, r2, r12 (3, 3). */
static void distances(const double *R, double *q, double *u)
{
    static const int pair[3][2] = {{0, 1}, {0, 2}, {1, 2}};
    for (int k = 0; k < 3; k++) {
        double square = 0.0;
        for (int i = 0; i < 3; i++) {
            u[3 * k + i] = R[3 * pair[k][1] + i] - R[3 * pair[k][0] + i];
            square += u[3 * k + i] * u[3 * k + i];
        }
        q[k] = sqrt(square);
        for (int i = 0; i < 3; i++)
            u[3 * k + i] /= q[k];
    }
}

static size_t tape_size(const void *self, int batch, int request)
{
    (void)self, (void)batch, (void)request;
    return 64;
}

static void hamiltonian(const void *self, void *work, int batch, const double *R, double *H)
{
    double q[3], u[9], d[9];
    (void)work;
    for (int b = 0; b < batch; b++) {
        distances(R + 9 * b, q, u);
        matrix(((const bent *)self)->fault, q, H + 3 * b, d);
    }
}

static void contract(const void *self, void *work, const double *R, int n, const int *row, const double *W, double *G)
{
    static const int pair[3][2] = {{0, 1}, {0, 2}, {1, 2}};
    const fault f = ((const bent *)self)->fault;
    (void)work;
    for (int b = 0; b < n; b++) {
        double q[3], u[9], H[3], d[9], *g = G + 9 * b;
        const double *w = W + 3 * b, *x = R + 9 * row[b];
        distances(x, q, u);
        matrix(f, q, H, d);
        memset(g, 0, 9 * sizeof *g);
        for (int k = 0; k < 3; k++)
            for (int i = 0; i < 3; i++) {
                const double s = (w[0] * d[k] + 2 * w[1] * d[3 + k] + w[2] * d[6 + k]) * u[3 * k + i];
                g[3 * pair[k][1] + i] += s;
                g[3 * pair[k][0] + i] -= s;
            }
        if (f == CURL) { /* turns the first atom about its place at the minimum: no gradient of anything */
            g[3] += 0.02 * (w[0] + w[2]) * (x[4] - reference[4]);
            g[4] -= 0.02 * (w[0] + w[2]) * (x[3] - reference[3]);
        }
    }
}

static void derivative(const void *self, void *work, const double *R, int n, const int *row, const double *V,
                       double *dH)
{
    static const int pair[3][2] = {{0, 1}, {0, 2}, {1, 2}};
    (void)work;
    for (int b = 0; b < n; b++) {
        double q[3], u[9], H[3], d[9];
        const double *v = V + 9 * b;
        distances(R + 9 * row[b], q, u);
        matrix(((const bent *)self)->fault, q, H, d);
        for (int e = 0; e < 3; e++) {
            dH[3 * b + e] = 0.0;
            for (int k = 0; k < 3; k++)
                for (int i = 0; i < 3; i++)
                    dH[3 * b + e] += d[3 * e + k] * u[3 * k + i] * (v[3 * pair[k][1] + i] - v[3 * pair[k][0] + i]);
        }
    }
}

static const dia_model_type type = {.version = DIA_EXTEND_VERSION,
                                    .name = "bent",
                                    .self_size = sizeof(bent),
                                    .tape_size = tape_size,
                                    .hamiltonian = hamiltonian,
                                    .contract = contract,
                                    .derivative = derivative};

/* ---- the tests ------------------------------------------------------------------------------- */

static const char *const names[] = {"derivatives",        "symmetry", "smoothness",      "energy conservation",
                                    "canonical ensemble", "holes",    "geometric phase", "extrapolation"};
enum { TESTS = 8 };

/* Of each fault: P a test that must pass, F one that must fail, . either (the fault touches it too). */
static const char *const expected[FAULTS] = {
    [NONE] = "PPPPPPPP", [CURL] = "FPPFF..P",     [KINK] = "PPF.PPP.",
    [HOLE] = "PPPPPFPP", [NO_PHASE] = "PPPPPPFP", [FAR_WELL] = "PPPPP.PF",
};

static void examine(fault f)
{
    const int numbers[3] = {8, 1, 1};
    dia_error error = {0};
    dia_molecule molecule;
    dia_model *model;
    dia_patient patient;
    bent *self = calloc(1, sizeof *self);
    assert_non_null(self);
    self->fault = f;
    assert_ok(dia_molecule_init(&molecule, 3, 3, numbers, &error), &error);
    memcpy(molecule.reference, reference, sizeof reference);
    assert_ok(dia_model_adopt(&model, &type, self, (dia_shape){3, 9, 2, 3, 0}, &molecule, &error), &error);
    assert_ok(dia_patient_open(&patient, model, NULL, NULL, &error), &error);
    assert_true(patient.bound);
    for (int t = 0; t < TESTS; t++) {
        dia_exam exam = {.verdict = DIA_VERDICT_PASS};
        assert_string_equal(dia_model_tests[t]->name, names[t]);
        assert_ok(dia_model_tests[t]->run(&patient, &exam, &error), &error);
        const char verdict = exam.verdict == DIA_VERDICT_PASS ? 'P' : exam.verdict == DIA_VERDICT_FAIL ? 'F' : '-';
        if (expected[f][t] != '.' && verdict != expected[f][t]) {
            for (int k = 0; k < exam.n; k++)
                print_message("%s: %g (limit %g)\n", exam.figure[k].name, exam.figure[k].value, exam.figure[k].limit);
            fail_msg("fault %d, test '%s': %c, expected %c. %s", f, names[t], verdict, expected[f][t], exam.told);
        }
    }
    dia_patient_close(&patient);
    dia_model_free(model);
}

static void a_sound_model_passes(void **state)
{
    (void)state;
    examine(NONE);
}

static void a_force_that_is_no_gradient(void **state)
{
    (void)state;
    examine(CURL);
}

static void a_gradient_that_jumps(void **state)
{
    (void)state;
    examine(KINK);
}

static void a_hole(void **state)
{
    (void)state;
    examine(HOLE);
}

static void a_crossing_without_phase(void **state)
{
    (void)state;
    examine(NO_PHASE);
}

static void a_well_far_out(void **state)
{
    (void)state;
    examine(FAR_WELL);
}

/* A network whose states do not transform as it says. */
static void a_broken_symmetry(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_model *model;
    assert_ok(dia_model_load(&model, SOURCE_DIR "/models/nh3/nh3.h5", &error), &error);
    dia_network *network = dia_model_self(model);
    for (int broken = 0; broken < 2; broken++) {
        dia_patient patient;
        dia_exam exam = {.verdict = DIA_VERDICT_PASS};
        if (broken == 1)
            network->symmetry.gamma[4] *= -1.0; /* of one element, state 0: H_10 changes its sign there */
        assert_ok(dia_patient_open(&patient, model, NULL, NULL, &error), &error);
        assert_ok(dia_model_tests[1]->run(&patient, &exam, &error), &error);
        assert_int_equal(exam.verdict, broken == 1 ? DIA_VERDICT_FAIL : DIA_VERDICT_PASS);
        dia_patient_close(&patient);
    }
    dia_model_free(model);
}

/* A chain of more atoms than any fixed room would have, in its middle one bond longer: half of it moves as it is. */
static void a_long_chain(void **state)
{
    enum { N = 1200, AT = 700 };
    (void)state;
    static int numbers[N];
    static double moved_R[3 * N];
    static bool moved[N];
    dia_error error = {0};
    dia_molecule molecule;
    dia_model *model;
    for (int a = 0; a < N; a++)
        numbers[a] = 6;
    assert_ok(dia_molecule_init(&molecule, N, 3, numbers, &error), &error);
    for (int a = 0; a < N; a++)
        molecule.reference[3 * a] = 2.8 * a;
    assert_ok(
        dia_model_adopt(&model, &type, calloc(1, sizeof(bent)), (dia_shape){N, 3 * N, 2, 3, 0}, &molecule, &error),
        &error);
    const dia_patient patient = {.model = model, .shape = dia_model_shape(model)};
    const double *R = dia_model_molecule(model)->reference;
    dia_patient_stretch(&patient, AT, AT + 1, 4.0, R, moved, moved_R);
    for (int a = 0; a < N; a++) {
        assert_int_equal(moved[a], a > AT);
        assert_close(moved_R[3 * a] - R[3 * a], a > AT ? 4.0 - 2.8 : 0.0, 0.0,
                     1e-11); /* of coordinates up to 3400 bohr */
    }
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_sound_model_passes),     cmocka_unit_test(a_force_that_is_no_gradient),
        cmocka_unit_test(a_gradient_that_jumps),    cmocka_unit_test(a_hole),
        cmocka_unit_test(a_crossing_without_phase), cmocka_unit_test(a_well_far_out),
        cmocka_unit_test(a_broken_symmetry),        cmocka_unit_test(a_long_chain)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
