/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loss and its gradient: against finite differences through network, eigenproblem and alignment; invariances; exact
 * degeneracy. */
#include "check.h"
#include "taught.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/frame.h"
#include "model/front.h"
#include "train/objective.h"
#include "train/reference.h"

static void gradient_is(const dia_dataset *data, const dia_loss *loss)
{
    dia_error error = {0};
    dia_model *model = taught_model(1);
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
            direction[i] = taught_draw(&at);
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
    taught_data(&data);
    gradient_is(&data, &plain);
    dia_loss loss = plain;
    loss.outlier = 0.3;
    loss.high_energy = 0.01;
    loss.high_power = 2;
    gradient_is(&data, &loss);
    dia_dataset_free(&data);
}

static double loss_of(const dia_dataset *data, const dia_loss *loss, int n, const int *points)
{
    dia_error error = {0};
    dia_model *model = taught_model(1);
    dia_objective *objective;
    double value;
    assert_ok(dia_objective_create(&objective, model, data, loss, n, &(dia_control){.threads = 1}, &error), &error);
    assert_int_equal(dia_objective_evaluate(objective, n, points, &value, NULL), DIA_OK);
    dia_objective_free(objective);
    dia_model_free(model);
    return n * value;
}

/* A point of weight three is one that is there three times. */
static void weighted_points(void **state)
{
    (void)state;
    dia_dataset data;
    dia_loss loss = plain;
    const int thrice[5] = {0, 1, 1, 1, 2}, once[3] = {0, 1, 2};
    loss.outlier = 0.3;
    taught_data(&data);
    const double expected = loss_of(&data, &loss, 5, thrice);
    data.weight = calloc(NPOINT, sizeof *data.weight);
    for (int b = 0; b < NPOINT; b++)
        data.weight[b] = b == 1 ? 3.0 : b > 2 ? 0.1 * b : 1.0;
    assert_close(loss_of(&data, &loss, 3, once), expected, 1e-14, 0.0); /* rounding of a sum of five */
    gradient_is(&data, &loss);
    dia_dataset_free(&data);
}

static void gradient_with_missing_labels(void **state)
{
    (void)state;
    dia_dataset data;
    taught_data(&data);
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
    taught_data(&data);
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
    double H[NP], work[1000];
    for (int k = 0; k < NP; k++)
        H[k] = 0.1 * taught_draw(&at);
    for (int i = 0; i < NP * NC; i++)
        s->D[i] = taught_draw(&at);
    for (int i = 0; i < NSTATE * NC; i++)
        s->G[i] = taught_draw(&at);
    for (int i = 0; i < 3 * NC; i++)
        s->h[i] = taught_draw(&at);
    dia_frame frame = {.batch = 1, .nstate = NSTATE, .H = H, .E = s->e, .U = s->U};
    assert_true(dia_frame_work(NSTATE) <= 1000);
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

/* V = 2 c (sqrt(1 + L/c) - 1), of L without a limit, is the root of (1 + V/2c)^2 = 1 + L/c that vanishes with L: on both sides of
 * the limit c; and its derivatives are those of L over the same root. */
static void outliers_count_less(void **state)
{
    (void)state;
    sample s;
    sample_make(&s, 500);
    dia_loss loss = plain;
    double Hbar[NP], dHbar[NP * NC], H0[NP], dH0[NP * NC];
    const double L = value_of(&s, &loss, H0, dH0);
    for (double x = 1e-6; x < 1e7; x *= 10.0) { /* L/c */
        loss.outlier = L / x;
        const double V = value_of(&s, &loss, Hbar, dHbar), root = 1.0 + 0.5 * V / loss.outlier;
        assert_close(V, value_of(&s, &loss, NULL, NULL), 0.0, 0.0);
        assert_true(V > 0.0 && V < L);
        /* root - 1 is 5e-7 at the least, and has the rounding of numbers near 1 */
        assert_close(root * root - 1.0, x, 1e-9, 0.0);
        for (int k = 0; k < NP; k++)
            assert_close(Hbar[k] * root, H0[k], 1e-12, 0.0);
        for (int k = 0; k < NP * NC; k++)
            assert_close(dHbar[k] * root, dH0[k], 1e-12, 0.0);
    }
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
    for (int a = 0; a < NC; a++) { /* and the sign of a state of the block turned, which no rotation does */
        t.h[a] *= -1.0;
        t.h[2 * NC + a] *= -1.0;
    }
    assert_close(value_of(&t, &loss, NULL, NULL), before, 1e-9, 0.0);
}

/* R (3, 3) = the turn by t of states i, j. */
static void turn(int i, int j, double t, double *Q)
{
    for (int k = 0; k < NSTATE; k++) {
        const double x = Q[k * NSTATE + i], y = Q[k * NSTATE + j];
        Q[k * NSTATE + i] = cos(t) * x + sin(t) * y;
        Q[k * NSTATE + j] = cos(t) * y - sin(t) * x;
    }
}

/* Three states of one block: a label near the model's answer may be given in any basis that is turned to either side; its loss is the
 * smallest there is. */
static void block_of_three_is_rotation_invariant(void **state)
{
    (void)state;
    sample s;
    double F[NP * NC], near[NP * NC], turned[NP * NC], first = 0.0;
    uint32_t at = 600;
    dia_loss loss = plain;
    loss.degenerate = 1e-3;
    sample_make(&s, 550);
    dia_loss_transform(NSTATE, NC, s.U, s.D, F);
    for (int i = 0; i < NP * NC; i++)
        near[i] = F[i] + 0.05 * taught_draw(&at);
    for (int k = 0; k < NSTATE; k++)
        s.E[k] = s.e[0];
    for (int side = 0; side < 16; side++) {
        double Q[NSTATE * NSTATE] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
        turn(0, 1, side & 1 ? 0.3 : -0.3, Q);
        turn(1, 2, side & 2 ? 0.2 : -0.2, Q);
        turn(0, 2, side & 4 ? 0.25 : -0.25, Q);
        dia_loss_transform(NSTATE, NC, Q, near, turned);
        for (int i = 0; i < NSTATE; i++)
            for (int j = 0; j <= i; j++)
                memcpy(i == j ? s.G + i * NC : s.h + (i * (i - 1) / 2 + j) * NC, turned + dia_packed(i, j) * NC,
                       NC * sizeof *turned);
        for (int a = 0; a < NC && side & 8; a++) { /* the sign of state 0 too */
            s.h[a] *= -1.0;
            s.h[NC + a] *= -1.0;
        }
        const double value = value_of(&s, &loss, NULL, NULL);
        first = side == 0 ? value : first;
        /* sweeps end when the angles are 1e-12, and the loss is stationary there */
        assert_close(value, first, 1e-12, 0.0);
    }
}

/* The slope of the misfit when states i, j of the reference are turned, at no turn. The misfit is c + A cos 2t + B sin 2t + a cos t +
 * b sin t, whose odd part at two angles tells 2 B + b. */
static double slope_of_misfit(const dia_reference *p, int i, int j)
{
    double odd[2], F[NP * NC];
    for (int half = 0; half < 2; half++) { /* a quarter of a turn, and half of that */
        odd[half] = 0.0;
        for (int side = -1; side <= 1; side += 2) {
            double Q[NSTATE * NSTATE] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
            dia_reference turned = *p;
            turn(i, j, side * acos(0.0) / (1 + half), Q);
            dia_loss_transform(NSTATE, NC, Q, p->F0, F);
            dia_loss_transform(NSTATE, 1, Q, p->H0, turned.H0);
            turned.F0 = F;
            odd[half] += 0.5 * side * dia_reference_misfit(&turned);
        }
    }
    return 2.0 * (odd[1] - sqrt(0.5) * odd[0]) + odd[0];
}

/* Whatever a label says of three states of one block, far from the model too, the reference is where no turn of two of them fits better. */
static void no_turn_of_a_block_fits_better(void **state)
{
    (void)state;
    dia_loss loss = plain;
    loss.degenerate = 1e-3;
    for (uint32_t seed = 0; seed < 40; seed++) {
        sample s;
        double F[NP * NC], work[(NSTATE * NSTATE + 4 * NP) * NC];
        const dia_label label = {s.E, s.G, s.h};
        dia_reference p;
        sample_make(&s, 700 + 100 * seed);
        dia_loss_transform(NSTATE, NC, s.U, s.D, F);
        for (int k = 0; k < NSTATE; k++)
            s.E[k] = s.e[0] + 1e-5 * k;
        dia_reference_make(&p, &loss, NSTATE, NC, s.e, F, &label, work);
        const double misfit = dia_reference_misfit(&p);
        for (int i = 1; i < NSTATE; i++)
            for (int j = 0; j < i; j++)
                /* sweeps end at angles of 1e-12, and the second derivative is of the size of the misfit; rounding 1e-15 of it */
                assert_close(slope_of_misfit(&p, j, i), 0.0, 0.0, 1e-11 * misfit);
    }
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

enum { MANY = DIA_DATASET_STATES, PAIRS = MANY * (MANY + 1) / 2, LONG = 18 }; /* states, elements, coordinates */

static void draw(uint32_t *at, int n, double *x)
{
    for (int i = 0; i < n; i++)
        x[i] = taught_draw(at);
}

/* U^T D U, sum by sum, for any number of states and coordinates. */
static void transform_is_a_product_of_matrices(void **state)
{
    (void)state;
    uint32_t at = 9000;
    for (int n = 1; n <= MANY; n++)
        for (int nc = 1; nc <= LONG; nc++) {
            double U[MANY * MANY], D[PAIRS * LONG], F[PAIRS * LONG];
            draw(&at, n * n, U);
            draw(&at, n * (n + 1) / 2 * nc, D);
            dia_loss_transform(n, nc, U, D, F);
            for (int i = 0; i < n; i++)
                for (int j = 0; j <= i; j++)
                    for (int a = 0; a < nc; a++) {
                        double sum = 0.0;
                        for (int k = 0; k < n; k++)
                            for (int l = 0; l < n; l++)
                                sum += U[k * n + i] * D[dia_packed(k, l) * nc + a] * U[l * n + j];
                        assert_close(F[dia_packed(i, j) * nc + a], sum, 0.0, 1e-12); /* 36 products of order 1 to 50 */
                    }
        }
}

/* Numbers of one geometry with room for n states and nc coordinates, of which the first `used` are the same for any nc; the others 0. */
typedef struct wide {
    double e[MANY], U[MANY * MANY], D[PAIRS * LONG], E[MANY], G[MANY * LONG], h[PAIRS * LONG];
} wide;

static void wide_make(wide *w, int n, int nc, int used)
{
    uint32_t at = 9500;
    double part[LONG];
    *w = (wide){0};
    draw(&at, n * n, w->U);
    for (int i = 0; i < n; i++) {
        w->e[i] = i + 0.3 * taught_draw(&at);
        w->E[i] = i + 0.01 * taught_draw(&at);
    }
    for (int k = 0; k < n * (n + 1) / 2; k++) {
        draw(&at, used, part);
        memcpy(w->D + k * nc, part, sizeof *part * (size_t)used);
        draw(&at, used, part);
        memcpy((k < n ? w->G : w->h) + (k < n ? k : k - n) * nc, part, sizeof *part * (size_t)used);
    }
}

/* Coordinates of which nothing depends change no loss, wherever eight at a time begin and end. */
static void idle_coordinates_do_not_count(void **state)
{
    (void)state;
    const dia_loss loss = plain;
    for (int n = 2; n <= MANY; n++)
        for (int used = 1; used < LONG; used++) {
            const int np = n * (n + 1) / 2;
            wide w;
            double *work = calloc(dia_loss_work(n, LONG), sizeof *work), Hbar[2][PAIRS], dHbar[2][PAIRS * LONG],
                   value[2];
            for (int k = 0; k < 2; k++) {
                const int nc = k == 0 ? used : LONG;
                wide_make(&w, n, nc, used);
                value[k] =
                    dia_loss_point(&loss, n, nc, w.e, w.U, w.D, &(dia_label){w.E, w.G, w.h}, work, Hbar[k], dHbar[k]);
            }
            /* sums of up to 400 squares in another order */
            assert_close(value[0], value[1], 1e-12, 0.0);
            double size = 0.0;
            for (int i = 0; i < np; i++)
                size = fmax(size, fabs(Hbar[1][i]));
            for (int i = 0; i < np; i++) {
                assert_close(Hbar[0][i], Hbar[1][i], 0.0, 1e-11 * size);
                for (int a = 0; a < LONG; a++)
                    assert_close(a < used ? dHbar[0][i * used + a] : 0.0, dHbar[1][i * LONG + a], 0.0, 1e-11 * size);
            }
            free(work);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(gradient_of_all_labels),
                                       cmocka_unit_test(weighted_points),
                                       cmocka_unit_test(gradient_with_missing_labels),
                                       cmocka_unit_test(gradient_in_degenerate_blocks),
                                       cmocka_unit_test(outliers_count_less),
                                       cmocka_unit_test(signs_are_joint),
                                       cmocka_unit_test(block_is_rotation_invariant),
                                       cmocka_unit_test(block_of_three_is_rotation_invariant),
                                       cmocka_unit_test(no_turn_of_a_block_fits_better),
                                       cmocka_unit_test(finite_at_exact_degeneracy),
                                       cmocka_unit_test(weights_follow_the_settings),
                                       cmocka_unit_test(transform_is_a_product_of_matrices),
                                       cmocka_unit_test(idle_coordinates_do_not_count)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
