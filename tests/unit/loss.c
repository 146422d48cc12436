/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loss and its gradient: against finite differences through network, eigenproblem and alignment; invariances; exact
 * degeneracy. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "diabolo/frame.h"
#include "model/front.h"
#include "model/network.h"
#include "train/errors.h"
#include "train/normal.h"
#include "train/objective.h"
#include "train/reference.h"

enum { NSTATE = 3, NATOM = 4, NC = 12, NP = 6, NPOINT = 21 };

static double draw(uint32_t *at)
{
    return dia_rng_normal(17, 0, 0, DIA_PURPOSE_TEST, (*at)++);
}

static dia_network *network_new(uint64_t seed)
{
    dia_error error = {0};
    const int numbers[NATOM] = {7, 1, 1, 1};
    const char *descriptors[2] = {"inverse_distance", "triple_product"};
    dia_molecule molecule;
    assert_ok(dia_molecule_init(&molecule, NATOM, 3, numbers, &error), &error);
    const dia_network_plan plan = {.molecule = &molecule,
                                   .nstate = NSTATE,
                                   .ndescriptor = 2,
                                   .descriptors = descriptors,
                                   .architecture_options = "layers: [7]"};
    dia_network *network = calloc(1, sizeof *network);
    assert_ok(dia_network_init(network, &plan, &error), &error);
    dia_network_randomise(network, seed, 0);
    for (int k = 0; k < NP; k++)
        network->scale[k] = 0.1;
    dia_molecule_free(&molecule);
    return network;
}

static dia_model *model_new(uint64_t seed)
{
    dia_error error = {0};
    dia_model *model;
    assert_ok(dia_network_model(&model, network_new(seed), &error), &error);
    return model;
}

/* Labels are what another network says, signs of the states turned at random. */
static void data_make(dia_dataset *data)
{
    dia_error error = {0};
    uint32_t at = 0;
    *data = (dia_dataset){.natom = NATOM, .ncart = NC, .nstate = NSTATE, .npair = 3, .npoint = NPOINT, .ngroup = 1};
    data->R = calloc(NPOINT * NC, sizeof(double));
    data->energy = calloc(NPOINT * NSTATE, sizeof(double));
    data->gradient = calloc(NPOINT * NSTATE * NC, sizeof(double));
    data->coupling = calloc(NPOINT * 3 * NC, sizeof(double));
    const double start[NC] = {0, 0, 0, 1.9, 0.1, 0.3, -0.9, 1.6, 0.2, -1.0, -1.5, 0.4};
    for (int i = 0; i < NPOINT * NC; i++)
        data->R[i] = start[i % NC] + 0.3 * draw(&at);
    dia_model *teacher = model_new(2);
    dia_objective *objective;
    dia_loss none = {0};
    int points[NPOINT];
    double *F = calloc(NPOINT * NP * NC, sizeof *F);
    for (int b = 0; b < NPOINT; b++)
        points[b] = b;
    assert_ok(dia_objective_create(&objective, teacher, data, &none, NPOINT, &(dia_control){.threads = 1}, &error),
              &error);
    assert_int_equal(dia_objective_predict(objective, NPOINT, points, data->energy, F), DIA_OK);
    for (int b = 0; b < NPOINT; b++) {
        double sign[NSTATE];
        for (int k = 0; k < NSTATE; k++)
            sign[k] = draw(&at) > 0 ? 1.0 : -1.0;
        for (int i = 0; i < NSTATE; i++)
            for (int j = 0; j <= i; j++)
                for (int a = 0; a < NC; a++) {
                    const double f = F[(b * NP + dia_packed(i, j)) * NC + a];
                    if (i == j)
                        data->gradient[(b * NSTATE + i) * NC + a] = f;
                    else
                        data->coupling[(b * 3 + i * (i - 1) / 2 + j) * NC + a] = sign[i] * sign[j] * f;
                }
    }
    data->lowest = INFINITY;
    for (int i = 0; i < NPOINT * NSTATE; i++)
        data->lowest = fmin(data->lowest, data->energy[i]);
    free(F);
    dia_objective_free(objective);
    dia_model_free(teacher);
}

static const dia_loss plain = {
    .energy = 700.0, .gradient = 90.0, .coupling = 120.0, .coupling_gap = 0.02, .coupling_power = 2};

static void gradient_is(const dia_dataset *data, const dia_loss *loss)
{
    dia_error error = {0};
    dia_model *model = model_new(1);
    const int ntheta = dia_model_shape(model).ntheta;
    double *theta = dia_model_theta(model), *bar = calloc((size_t)ntheta, sizeof *bar),
           *old = calloc((size_t)ntheta, sizeof *old);
    dia_objective *objective;
    int points[NPOINT];
    uint32_t at = 5000;
    double value;
    for (int b = 0; b < NPOINT; b++)
        points[b] = b;
    assert_ok(dia_objective_create(&objective, model, data, loss, NPOINT, &(dia_control){.threads = 2}, &error),
              &error);
    assert_int_equal(dia_objective_evaluate(objective, NPOINT, points, &value, bar), DIA_OK);
    assert_true(value > 1e-3);
    memcpy(old, theta, sizeof *old * (size_t)ntheta);
    double size = 0.0;
    for (int i = 0; i < ntheta; i++)
        size += bar[i] * bar[i];
    for (int trial = 0; trial < 6; trial++) {
        const double weight[4] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[4] = {-2, -1, 1, 2}, step = 1e-4;
        double slope = 0.0, difference = 0.0, *direction = calloc((size_t)ntheta, sizeof *direction);
        for (int i = 0; i < ntheta; i++) {
            direction[i] = draw(&at);
            slope += direction[i] * bar[i];
        }
        for (int k = 0; k < 4; k++) {
            double f;
            for (int i = 0; i < ntheta; i++)
                theta[i] = old[i] + place[k] * step * direction[i];
            dia_model_refresh(model);
            assert_int_equal(dia_objective_evaluate(objective, NPOINT, points, &f, NULL), DIA_OK);
            difference += weight[k] * f / step;
        }
        /* step^4 times the fifth derivative of a loss that varies over 0.1 in theta, against its slope */
        assert_close(slope, difference, 0.0, 3e-7 * sqrt(size));
        free(direction);
    }
    free(bar);
    free(old);
    dia_objective_free(objective);
    dia_model_free(model);
}

static void gradient_of_all_labels(void **state)
{
    (void)state;
    dia_dataset data;
    data_make(&data);
    gradient_is(&data, &plain);
    dia_loss loss = plain;
    loss.outlier = 0.3;
    loss.high_energy = 0.01;
    loss.high_power = 2;
    gradient_is(&data, &loss);
    dia_dataset_free(&data);
}

static void gradient_with_missing_labels(void **state)
{
    (void)state;
    dia_dataset data;
    data_make(&data);
    data.energy[2] = NAN;
    data.gradient[5 * NSTATE * NC + 3] = NAN;
    for (int a = 0; a < NC; a++)
        data.coupling[(7 * 3 + 1) * NC + a] = NAN;
    gradient_is(&data, &plain);
    dia_dataset_free(&data);
}

/* References closer than `degenerate` are compared up to a rotation: a pair, and all three states. */
static void gradient_in_degenerate_blocks(void **state)
{
    (void)state;
    dia_dataset data;
    data_make(&data);
    for (int b = 0; b < NPOINT; b++) {
        double *e = data.energy + b * NSTATE;
        if (b % 3 == 0)
            e[1] = e[0] + 1e-5;
        if (b % 3 == 1)
            e[2] = e[1];
    }
    dia_loss loss = plain;
    loss.degenerate = 1e-3;
    gradient_is(&data, &loss);
    data.energy[1] = data.energy[2] = data.energy[0] + 1e-5; /* Jacobi sweeps over three pairs */
    data.energy[2] += 1e-5;
    gradient_is(&data, &loss);
    dia_dataset_free(&data);
}

typedef struct sample { /* a model's answer and a label of one geometry */
    double e[NSTATE], U[NSTATE * NSTATE], D[NP * NC], E[NSTATE], G[NSTATE * NC], h[3 * NC];
} sample;

static void sample_make(sample *s, uint32_t at)
{
    double H[NP], work[200];
    for (int k = 0; k < NP; k++)
        H[k] = 0.1 * draw(&at);
    for (int i = 0; i < NP * NC; i++)
        s->D[i] = draw(&at);
    for (int i = 0; i < NSTATE * NC; i++)
        s->G[i] = draw(&at);
    for (int i = 0; i < 3 * NC; i++)
        s->h[i] = draw(&at);
    dia_frame frame = {.batch = 1, .nstate = NSTATE, .H = H, .E = s->e, .U = s->U};
    assert_true(dia_frame_work(NSTATE) < 200);
    assert_int_equal(dia_frame_solve(&frame, work), DIA_OK);
    for (int k = 0; k < NSTATE; k++)
        s->E[k] = s->e[k] + 0.01 * k;
}

static double value_of(const sample *s, const dia_loss *loss, double *Hbar, double *dHbar)
{
    double work[(NSTATE * NSTATE + 4 * NP) * NC];
    assert_true(dia_loss_work(NSTATE, NC) <= sizeof work / sizeof work[0]);
    const dia_label label = {s->E, s->G, s->h};
    return dia_loss_point(loss, NSTATE, NC, s->e, s->U, s->D, &label, work, Hbar, dHbar);
}

/* Turning the sign of a state of the label, all its couplings together, changes nothing; turning one pair alone does.
 */
static void signs_are_joint(void **state)
{
    (void)state;
    sample s;
    sample_make(&s, 100);
    dia_loss loss = plain;
    loss.coupling_gap = 10.0;
    const double before = value_of(&s, &loss, NULL, NULL);
    for (int a = 0; a < NC; a++) { /* state 1: pairs (0,1) and (1,2) */
        s.h[a] *= -1.0;
        s.h[2 * NC + a] *= -1.0;
    }
    assert_close(value_of(&s, &loss, NULL, NULL), before, 1e-14, 0.0);
    for (int a = 0; a < NC; a++)
        s.h[a] *= -1.0;
    assert_true(fabs(value_of(&s, &loss, NULL, NULL) - before) > 1e-3 * before);
}

/* In a block the label may be given in any rotated basis: same loss. */
static void block_is_rotation_invariant(void **state)
{
    (void)state;
    sample s, t;
    sample_make(&s, 200);
    s.E[1] = s.E[0] + 1e-12;
    dia_loss loss = plain;
    loss.degenerate = 1e-3;
    const double before = value_of(&s, &loss, NULL, NULL), c = cos(0.7), d = sin(0.7);
    t = s;
    for (int a = 0; a < NC; a++) {
        const double x = s.G[a], y = s.G[NC + a], z = s.h[a], u = s.h[NC + a], v = s.h[2 * NC + a];
        t.G[a] = c * c * x + 2 * c * d * z + d * d * y;
        t.G[NC + a] = d * d * x - 2 * c * d * z + c * c * y;
        t.h[a] = (c * c - d * d) * z - c * d * (x - y);
        t.h[NC + a] = c * u + d * v;     /* pair (0,2) */
        t.h[2 * NC + a] = c * v - d * u; /* pair (1,2) */
    }
    /* pairs with state 2 have weights that differ in the 12th digit, by the gap */
    assert_close(value_of(&t, &loss, NULL, NULL), before, 1e-9, 0.0);
}

/* Model and label exactly degenerate: everything finite, and zero for a label that is the model rotated. */
static void finite_at_exact_degeneracy(void **state)
{
    (void)state;
    sample s;
    sample_make(&s, 300);
    s.e[1] = s.e[0];
    s.E[0] = s.E[1] = s.e[0];
    double Hbar[NP], dHbar[NP * NC];
    for (int block = 0; block < 2; block++) {
        dia_loss loss = plain;
        loss.degenerate = block ? 1e-3 : 0.0;
        assert_true(isfinite(value_of(&s, &loss, Hbar, dHbar)));
        for (int k = 0; k < NP; k++)
            assert_true(isfinite(Hbar[k]));
        for (int k = 0; k < NP * NC; k++)
            assert_true(isfinite(dHbar[k]));
    }
}

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
    data_make(&data);
    for (int b = 0; b < NPOINT; b += 3)
        data.energy[b * NSTATE + 1] = data.energy[b * NSTATE] + 1e-5;
    data.energy[5] = data.energy[4] = data.energy[3] + 1e-5; /* all three */
    data.energy[8] = NAN;
    data.gradient[5 * NSTATE * NC + 3] = NAN;
    data.coupling[2 * NC] += 0.3;
    assert_ok(dia_dataset_project(&data, &error), &error);
    dia_loss loss = plain;
    for (int variant = 0; variant < 4; variant++) {
        loss.degenerate = variant > 0 ? 1e-3 : 0.0;
        loss.outlier = variant == 2 ? 0.3 : 0.0;
        loss.fitted = variant == 3 ? 2 : 0;
        loss.surplus = 0.1;
        dia_model *model = model_new(1);
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
    data_make(&data);
    dia_model *model = model_new(1);
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
    data_make(&data);
    dia_loss loss = plain;
    loss.response = 1e-9;            /* smoothing is in J but not in r: none of it here */
    dia_model *model = model_new(2); /* the teacher */
    const int nt = dia_model_shape(model).ntheta;
    double *v = calloc((size_t)nt, sizeof *v), *plus = calloc((size_t)nt, sizeof *v),
           *minus = calloc((size_t)nt, sizeof *v), *theta = dia_model_theta(model), value, size = 0.0;
    uint32_t at = 9000;
    for (int i = 0; i < nt; i++)
        v[i] = draw(&at);
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

/* Weights of couplings fall with the gap by the power asked for, and surplus states weigh less. */
static void weights_follow_the_settings(void **state)
{
    (void)state;
    sample s;
    sample_make(&s, 400);
    dia_loss loss = {.coupling = 3.0, .coupling_gap = 0.02, .coupling_power = 2, .degenerate = 0.0};
    double work[(NSTATE * NSTATE + 4 * NP) * NC];
    const dia_label label = {s.E, s.G, s.h};
    dia_reference two, four, surplus;
    dia_reference_make(&two, &loss, NSTATE, NC, s.e, s.D, &label, work);
    loss.coupling_power = 4;
    dia_reference_make(&four, &loss, NSTATE, NC, s.e, s.D, &label, work);
    loss.fitted = 2;
    loss.surplus = 0.04;
    dia_reference_make(&surplus, &loss, NSTATE, NC, s.e, s.D, &label, work);
    for (int i = 1; i < NSTATE; i++)
        for (int j = 0; j < i; j++) {
            const double x = (s.E[i] - s.E[j]) / 0.02, w = 3.0 / (1 + x * x);
            const int k = dia_packed(i, j);
            assert_close(two.w[k], w, 1e-12, 0.0);
            assert_close(four.w[k], w * w / 3.0, 1e-12, 0.0);
            assert_close(surplus.w[k], four.w[k] * (i == 2 ? 0.2 : 1.0), 1e-12, 0.0);
        }
}

static dia_errors errors_of(const dia_dataset *data)
{
    dia_error error = {0};
    dia_model *model = model_new(2); /* the teacher of data_make */
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
    data_make(&data);
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
    data_make(&data);
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradient_of_all_labels),
                                       cmocka_unit_test(gradient_with_missing_labels),
                                       cmocka_unit_test(gradient_in_degenerate_blocks),
                                       cmocka_unit_test(signs_are_joint),
                                       cmocka_unit_test(block_is_rotation_invariant),
                                       cmocka_unit_test(finite_at_exact_degeneracy),
                                       cmocka_unit_test(weights_follow_the_settings),
                                       cmocka_unit_test(errors_know_what_is_arbitrary),
                                       cmocka_unit_test(wrong_couplings_are_called_so),
                                       cmocka_unit_test(residuals_are_those_of_the_loss),
                                       cmocka_unit_test(normal_matrix_is_the_second_derivative),
                                       cmocka_unit_test(sketches_are_right_in_the_mean)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
