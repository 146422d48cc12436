/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors of a model against labels: what is arbitrary in a label is none; couplings of another size are called wrong. */
#include "check.h"
#include "taught.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/front.h"
#include "train/errors.h"
#include "train/objective.h"

static dia_errors errors_of(const dia_dataset *data)
{
    dia_error error = {0};
    dia_model *model = taught_model(2); /* the teacher of taught_data */
    dia_objective *objective;
    int points[NPOINT];
    double *E = calloc(NPOINT * NSTATE, sizeof *E), *F = calloc(NPOINT * NP * NC, sizeof *F);
    dia_errors errors = {0};
    for (int b = 0; b < NPOINT; b++)
        points[b] = b;
    assert_ok(
        dia_objective_create(&objective, model, data, &(dia_loss){0}, NPOINT, &(dia_control){.threads = 1}, &error),
        &error);
    assert_int_equal(dia_objective_predict(objective, NPOINT, points, E, F), DIA_OK);
    assert_ok(dia_errors_add(&errors, data, NSTATE, NPOINT, points, E, F, &error), &error);
    free(E);
    free(F);
    dia_objective_free(objective);
    dia_model_free(model);
    return errors;
}

/* A label in another basis of two nearly degenerate states, with a rigid motion in its couplings, is no error. */
static void errors_know_what_is_arbitrary(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_dataset data;
    taught_data(&data);
    double *e = data.energy + 4 * NSTATE, *G = data.gradient + 4 * NSTATE * NC, *h = data.coupling + 4 * 3 * NC;
    for (int a = 0; a < NC; a++)
        h[a] += 0.1 * (a % 3 == 1); /* a translation */
    assert_true(dia_deviation_mean(&(dia_deviation){.n = 1}) == 0.0);
    dia_errors errors = errors_of(&data);
    assert_true(dia_deviation_rms(&errors.coupling) > 1e-3); /* the labels are not projected yet */
    assert_ok(dia_dataset_project(&data, &error), &error);
    errors = errors_of(&data);
    assert_close(dia_deviation_rms(&errors.coupling), 0.0, 0.0, 1e-9);
    assert_close(dia_deviation_rms(&errors.energy), 0.0, 0.0, 1e-12);
    const double c = cos(0.4), d = sin(0.4), apart = e[1] - e[0];
    for (int a = 0; a < NC; a++) {
        const double x = G[a], y = G[NC + a], z = h[a], u = h[NC + a], v = h[2 * NC + a];
        G[a] = c * c * x + 2 * c * d * z + d * d * y;
        G[NC + a] = d * d * x - 2 * c * d * z + c * c * y;
        h[a] = (c * c - d * d) * z - c * d * (x - y);
        h[NC + a] = c * u + d * v;
        h[2 * NC + a] = c * v - d * u;
    }
    errors = errors_of(&data);
    assert_true(dia_deviation_rms(&errors.gradient) > 1e-4); /* states far apart are no block: an error */
    assert_int_equal(errors.worst[DIA_WORST_GRADIENT][0].point, 4);
    e[1] = e[0] + 1e-6;
    errors = errors_of(&data);
    assert_close(dia_deviation_rms(&errors.gradient), 0.0, 0.0, 1e-7);
    assert_close(dia_deviation_rms(&errors.coupling), 0.0, 0.0, 1e-7);
    assert_close(errors.worst[DIA_WORST_ENERGY][0].error, apart, 0.0, 2e-6); /* energies are compared as they are */
    for (int k = 2; k < NSTATE; k++)
        e[k] = e[0] + 0.1;
    for (int a = 0; a < NC; a++) { /* couplings at 2.7 eV that ask for another rotation do not get it */
        const double u = h[NC + a], v = h[2 * NC + a];
        h[NC + a] = u + v;
        h[2 * NC + a] = v - u;
    }
    errors = errors_of(&data);
    assert_true(dia_deviation_rms(&errors.coupling) > 1e-3);
    /* a turn of b/4(|g|^2 + |h|^2), b = (weight at this gap, 1/900) h02.h12: 7e-6; 2e-4 if the weight fell as gap^-2 */
    assert_close(dia_deviation_rms(&errors.gap_coupling[0]), 0.0, 0.0, 2e-5);
    dia_dataset_free(&data);
}

/* Good energies and couplings of another size: said. */
static void wrong_couplings_are_called_so(void **state)
{
    (void)state;
    char text[400];
    dia_dataset data;
    taught_data(&data);
    for (int b = 0; b < NPOINT; b++) /* gaps below 0.5 eV, no blocks */
        for (int k = 1; k < NSTATE; k++)
            data.energy[b * NSTATE + k] = data.energy[b * NSTATE] + 0.009 * k;
    dia_errors errors = errors_of(&data);
    assert_int_equal(errors.norm, 3 * NPOINT);
    assert_int_equal(errors.norm_right, 3 * NPOINT);
    assert_false(dia_errors_wrong(&errors, sizeof text, text));
    for (int i = 0; i < 3 * NC * (NPOINT / 2); i++)
        data.coupling[i] *= 3;
    errors = errors_of(&data);
    assert_true(errors.norm_right < 2 * NPOINT && errors.norm_right >= 3 * (NPOINT - NPOINT / 2));
    assert_true(dia_errors_wrong(&errors, sizeof text, text));
    assert_non_null(strstr(text, "couplings are wrong"));
    dia_dataset_free(&data);
}

/* Errors of energies and gradients are sorted by the gap to the nearest other state, above or below. */
static void errors_are_sorted_by_gap(void **state)
{
    (void)state;
    const double gaps[3] = {0.05 * DIA_EV, 0.3 * DIA_EV, 1.0 * DIA_EV};
    dia_dataset data;
    long expected[DIA_LABEL_GAPS] = {0};
    taught_data(&data);
    for (int b = 0; b < NPOINT; b++) {
        double *e = data.energy + b * NSTATE;
        e[1] = e[0] + gaps[b % 3];
        e[2] = e[1] + gaps[b / 3 % 3];
        for (int k = 0; k < NSTATE; k++) {
            double nearest = INFINITY;
            int bin = 0;
            for (int l = 0; l < NSTATE; l++)
                nearest = l != k ? fmin(nearest, fabs(e[k] - e[l])) : nearest;
            while (bin < DIA_LABEL_GAPS - 1 && nearest > gaps[bin] * 1.5)
                bin++;
            expected[bin]++;
        }
    }
    const dia_errors errors = errors_of(&data);
    for (int bin = 0; bin < DIA_LABEL_GAPS; bin++) {
        assert_true(expected[bin] > 0);
        assert_int_equal(errors.gap_energy[bin].n, expected[bin]);
        assert_int_equal(errors.gap_gradient[bin].n, NC * expected[bin]);
    }
    dia_dataset_free(&data);
}

/* Whatever a training that went astray leaves, each row of the table has the length of the others. */
static void columns_stay(void **state)
{
    (void)state;
    dia_dataset data;
    taught_data(&data);
    dia_errors errors = errors_of(&data);
    const int rows = 4 + NSTATE + NSTATE * (NSTATE - 1) / 2 + DIA_LABEL_GAPS + DIA_ERRORS_ENERGIES; /* two are heads */
    const double sizes[] = {0.0, 1e3, 1e7, 1e120, 1e300, INFINITY, NAN};
    for (size_t k = 0; k < sizeof sizes / sizeof sizes[0]; k++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        assert_non_null(out);
        errors.energy = errors.coupling = (dia_deviation){.n = 1, .absolute = sizes[k], .square = sizes[k]};
        dia_errors_table(&errors, out);
        fclose(out);
        const char *line = strchr(text, '\n') + 1, *all = strstr(text, "all "); /* behind the number of points */
        size_t length = 0;
        for (int row = 0; row < rows; row++) {
            const char *end = strchr(line, '\n');
            assert_non_null(end);
            length = row == 0 ? (size_t)(end - line) : length;
            assert_int_equal(end - line, length);
            line = end + 1;
        }
        assert_non_null(all);
        const double mean = strtod(all + 4, NULL) * 1e-3 * DIA_EV; /* 0.05 meV, or two digits */
        assert_true(isnan(sizes[k]) ? isnan(mean) : mean == sizes[k] || fabs(mean - sizes[k]) <= 0.05 * sizes[k]);
        free(text);
    }
    dia_dataset_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(columns_stay), cmocka_unit_test(errors_are_sorted_by_gap),
                                       cmocka_unit_test(errors_know_what_is_arbitrary),
                                       cmocka_unit_test(wrong_couplings_are_called_so)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
