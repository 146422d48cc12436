/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loss as a sum of squares: its residuals, and the normal matrix. */
#include "check.h"
#include "taught.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "model/front.h"
#include "train/normal.h"
#include "train/objective.h"

/* Normal equations of a model on the data: value, g, one damped step; A times a vector. */
typedef struct equations {
    int ntheta;
    double value, *g, *step, *Av;
} equations;

static equations equations_of(dia_model *model, const dia_dataset *data, const dia_loss *loss, int threads, double mu,
                              const double *v)
{
    dia_error error = {0};
    dia_objective *objective;
    dia_normal *normal;
    int points[NPOINT];
    for (int b = 0; b < NPOINT; b++)
        points[b] = b;
    equations e = {.ntheta = dia_model_shape(model).ntheta};
    const size_t nt = (size_t)e.ntheta;
    e.g = calloc(nt, sizeof *e.g);
    e.step = calloc(nt, sizeof *e.step);
    e.Av = calloc(nt, sizeof *e.Av);
    assert_ok(dia_objective_create(&objective, model, data, loss, NPOINT, &(dia_control){.threads = threads}, &error),
              &error);
    assert_int_equal(dia_normal_create(&normal, objective, model, NPOINT), DIA_OK);
    assert_int_equal(dia_normal_form(normal, NPOINT, points, loss->response, NULL, &e.value), DIA_OK);
    memcpy(e.g, dia_normal_gradient(normal), sizeof *e.g * nt);
    assert_int_equal(dia_normal_solve(normal, mu, e.step), DIA_OK);
    double mean = 0.0, size = 0.0;
    for (int i = 0; i < e.ntheta; i++) {
        mean += dia_normal_element(normal, i, i) / e.ntheta;
        size = fmax(size, fabs(e.g[i]));
    }
    for (int i = 0; i < e.ntheta; i++) { /* the step solves its equation */
        double left = mu * mean * e.step[i];
        for (int j = 0; j < e.ntheta; j++)
            left += dia_normal_element(normal, i, j) * e.step[j];
        assert_close(left, -e.g[i], 0.0, 1e-9 * size);
    }
    for (int i = 0; i < e.ntheta && v != NULL; i++)
        for (int j = 0; j < e.ntheta; j++)
            e.Av[i] += dia_normal_element(normal, i, j) * v[j];
    dia_normal_free(normal);
    dia_objective_free(objective);
    return e;
}

static void equations_free(equations *e)
{
    free(e->g);
    free(e->step);
    free(e->Av);
}

static void gradient_of(dia_model *model, const dia_dataset *data, const dia_loss *loss, double *value, double *bar)
{
    dia_error error = {0};
    dia_objective *objective;
    int points[NPOINT];
    for (int b = 0; b < NPOINT; b++)
        points[b] = b;
    assert_ok(dia_objective_create(&objective, model, data, loss, NPOINT, &(dia_control){.threads = 1}, &error),
              &error);
    assert_int_equal(dia_objective_evaluate(objective, NPOINT, points, value, bar), DIA_OK);
    dia_objective_free(objective);
}

/* The residuals are those of the loss: the sum of their squares is its value, J^T r half its gradient, with missing
 * labels, rotated blocks and the limit of outliers as well. */
static void residuals_are_those_of_the_loss(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_dataset data;
    taught_data(&data);
    for (int b = 0; b < NPOINT; b += 3)
        data.energy[b * NSTATE + 1] = data.energy[b * NSTATE] + 1e-5;
    data.energy[5] = data.energy[4] = data.energy[3] + 1e-5; /* all three */
    data.energy[8] = NAN;
    data.gradient[5 * NSTATE * NC + 3] = NAN;
    data.coupling[2 * NC] += 0.3;
    assert_ok(dia_dataset_project(&data, &error), &error);
    dia_loss loss = plain;
    for (int variant = 0; variant < 5; variant++) {
        if (variant == 4) {
            data.weight = calloc(NPOINT, sizeof *data.weight);
            for (int b = 0; b < NPOINT; b++)
                data.weight[b] = 0.2 + b % 3;
        }
        loss.degenerate = variant > 0 ? 1e-3 : 0.0;
        loss.outlier = variant == 2 || variant == 4 ? 0.3 : 0.0;
        loss.fitted = variant == 3 ? 2 : 0;
        loss.surplus = 0.1;
        dia_model *model = taught_model(1);
        equations one = equations_of(model, &data, &loss, 1, 1e-3, NULL);
        equations two = equations_of(model, &data, &loss, 2, 1e-3, NULL);
        double value, size = 0.0, *bar = calloc((size_t)one.ntheta, sizeof *bar);
        gradient_of(model, &data, &loss, &value, bar);
        assert_close(one.value, value, 1e-13, 0.0);
        for (int i = 0; i < one.ntheta; i++)
            size = fmax(size, fabs(bar[i]));
        for (int i = 0; i < one.ntheta; i++)
            assert_close(2.0 * one.g[i], bar[i], 0.0, 1e-11 * size);
        assert_memory_equal(one.g, two.g, sizeof *one.g * (size_t)one.ntheta);
        assert_memory_equal(one.step, two.step, sizeof *one.step * (size_t)one.ntheta);
        free(bar);
        equations_free(&one);
        equations_free(&two);
        dia_model_free(model);
    }
    dia_dataset_free(&data);
}

/* A sketch keeps g, and its A is right in the mean. */
static void sketches_are_right_in_the_mean(void **state)
{
    (void)state;
    enum { DRAWS = 400 };
    dia_error error = {0};
    dia_dataset data;
    taught_data(&data);
    dia_model *model = taught_model(1);
    equations all = equations_of(model, &data, &plain, 1, 1e-3, NULL);
    dia_objective *objective;
    dia_normal *normal;
    int points[NPOINT];
    for (int b = 0; b < NPOINT; b++)
        points[b] = b;
    double value, whole = 0.0, mean = 0.0, square = 0.0, size = 0.0;
    assert_ok(dia_objective_create(&objective, model, &data, &plain, NPOINT, &(dia_control){.threads = 2}, &error),
              &error);
    assert_int_equal(dia_normal_create(&normal, objective, model, NPOINT), DIA_OK);
    assert_int_equal(dia_normal_form(normal, NPOINT, points, 0.0, NULL, &value), DIA_OK);
    for (int i = 0; i < all.ntheta; i++) {
        whole += dia_normal_element(normal, i, i);
        size = fmax(size, fabs(all.g[i]));
    }
    for (uint64_t draw = 0; draw < DRAWS; draw++) {
        double trace = 0.0;
        const dia_sketch sketch = {.share = 0.3, .seed = 5, .number = draw};
        assert_int_equal(dia_normal_form(normal, NPOINT, points, 0.0, &sketch, &value), DIA_OK);
        for (int i = 0; i < all.ntheta; i++) {
            trace += dia_normal_element(normal, i, i);
            assert_close(dia_normal_gradient(normal)[i], all.g[i], 0.0, 1e-11 * size);
        }
        mean += trace / DRAWS;
        square += trace * trace / DRAWS;
    }
    const double sigma = sqrt((square - mean * mean) / DRAWS);
    assert_true(sigma > 1e-4 * whole); /* draws differ */
    assert_close(mean, whole, 0.0, 5.0 * sigma);
    dia_normal_free(normal);
    dia_objective_free(objective);
    equations_free(&all);
    dia_model_free(model);
    dia_dataset_free(&data);
}

/* Where the residuals vanish, 2 J^T J is the second derivative of the loss. */
static void normal_matrix_is_the_second_derivative(void **state)
{
    (void)state;
    dia_dataset data;
    taught_data(&data);
    data.weight = calloc(NPOINT, sizeof *data.weight);
    for (int b = 0; b < NPOINT; b++)
        data.weight[b] = 0.2 + b % 3;
    dia_loss loss = plain;
    loss.response = 1e-9;               /* smoothing is in J but not in r: none of it here */
    dia_model *model = taught_model(2); /* the teacher */
    const int nt = dia_model_shape(model).ntheta;
    double *v = calloc((size_t)nt, sizeof *v), *plus = calloc((size_t)nt, sizeof *v),
           *minus = calloc((size_t)nt, sizeof *v), *theta = dia_model_theta(model), value, size = 0.0;
    uint32_t at = 9000;
    for (int i = 0; i < nt; i++)
        v[i] = taught_draw(&at);
    equations e = equations_of(model, &data, &loss, 2, 1e-3, v);
    const double h = 1e-6;
    for (int i = 0; i < nt; i++)
        theta[i] += h * v[i];
    dia_model_refresh(model);
    gradient_of(model, &data, &loss, &value, plus);
    for (int i = 0; i < nt; i++)
        theta[i] -= 2.0 * h * v[i];
    dia_model_refresh(model);
    gradient_of(model, &data, &loss, &value, minus);
    for (int i = 0; i < nt; i++)
        size = fmax(size, fabs(e.Av[i]));
    /* rows in single precision, the difference quotient: a few 1e-7 of the largest each */
    for (int i = 0; i < nt; i++)
        assert_close(2.0 * e.Av[i], (plus[i] - minus[i]) / (2.0 * h), 0.0, 2e-6 * size);
    equations_free(&e);
    free(v);
    free(plus);
    free(minus);
    dia_model_free(model);
    dia_dataset_free(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(residuals_are_those_of_the_loss),
                                       cmocka_unit_test(normal_matrix_is_the_second_derivative),
                                       cmocka_unit_test(sketches_are_right_in_the_mean)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
