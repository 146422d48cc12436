/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists of steps on panels, with every kind of step, rows that are taken twice and a matrix that is: against plain loops, and derivatives
 * against differences of them. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "model/flow.h"

#define L DIA_PANEL_LANES
enum { INPUTS = 7, OUTPUTS = 4, UNITS = 13, HIDDEN = 11, TANGENTS = 2, ROWS_MAX = 400 };

typedef struct subject {
    dia_flow flow;
    double *theta;
} subject;

static double draw(uint64_t stream, int i)
{
    return dia_rng_normal(3, stream, 0, DIA_PURPOSE_TEST, (uint32_t)i);
}

static void subject_init(subject *s, dia_activation activation)
{
    dia_error error = {0};
    dia_flow *f = &s->flow;
    dia_flow_begin(f, INPUTS);
    const int W = dia_flow_matrix_of(f, UNITS, INPUTS, true), V = dia_flow_matrix_of(f, HIDDEN, UNITS, false),
              U = dia_flow_matrix_of(f, OUTPUTS, HIDDEN, true);
    const int turned = dia_flow_rows(f, INPUTS), a = dia_flow_rows(f, UNITS), b = dia_flow_rows(f, UNITS),
              both = dia_flow_rows(f, UNITS), square = dia_flow_rows(f, 2 * UNITS), less = dia_flow_rows(f, UNITS),
              small = dia_flow_rows(f, UNITS), z = dia_flow_rows(f, HIDDEN), h = dia_flow_rows(f, HIDDEN),
              y = dia_flow_rows(f, OUTPUTS), out = dia_flow_rows(f, OUTPUTS);
    const int two[INPUTS] = {2, 1, 2, 0, 1, 1, 3};
    const dia_flow_term terms[] = {{.from = 0, .factor = 0.5},  {.from = 6, .factor = -0.25},
                                   {.from = 1, .factor = 1.0},  {.from = 2, .factor = 0.7},
                                   {.from = 2, .factor = 0.7},  {.from = 3, .factor = 1.5},
                                   {.from = 4, .factor = -1.0}, {.from = 0, .factor = 0.3},
                                   {.from = 1, .factor = -0.3}, {.from = 5, .factor = 0.3}};
    dia_flow_sum(f, INPUTS, turned, two, terms);
    dia_flow_affine(f, W, 0, a);
    dia_flow_affine(f, W, turned, b);
    dia_flow_multiply(f, UNITS - 4, a, b, both);             /* one with the other,  */
    dia_flow_multiply(f, 4, a + 2, a + 2, both + UNITS - 4); /* and with itself */
    dia_flow_multiply(f, UNITS, both, both, square);
    dia_flow_shrink(f, UNITS, square, less);
    dia_flow_multiply(f, UNITS, both, less, small);
    dia_flow_scale(f, UNITS, small, less + 3, square + UNITS);
    dia_flow_affine(f, V, square + UNITS, z);
    dia_flow_activate(f, activation, HIDDEN, z, h);
    dia_flow_affine(f, U, h, y);
    const int one[OUTPUTS] = {2, 1, 1, 1};
    const dia_flow_term last[] = {{.from = y, .factor = 1.0},
                                  {.from = a + 5, .factor = 0.1},
                                  {.from = y + 1, .factor = 2.0},
                                  {.from = y + 2, .factor = -1.0},
                                  {.from = y + 3, .factor = 1.0}};
    dia_flow_sum(f, OUTPUTS, out, one, last);
    assert_ok(dia_flow_finish(f, OUTPUTS, out, &error), &error);
    s->theta = f->theta = dia_allocate((size_t)f->ntheta, sizeof(double));
    for (int i = 0; i < f->ntheta; i++)
        s->theta[i] = 0.4 * draw(1, i);
    dia_flow_refresh(f);
    assert_int_equal(f->ntheta, UNITS * (INPUTS + 1) + HIDDEN * UNITS + OUTPUTS * (HIDDEN + 1));
}

static void subject_free(subject *s)
{
    dia_flow_free(&s->flow);
    free(s->theta);
}

/* One geometry, step by step as flow.h says. */
static void plainly(const dia_flow *f, const double *theta, const double *u, double *y)
{
    double x[ROWS_MAX] = {0};
    assert_true(f->nrow <= ROWS_MAX);
    memcpy(x, u, sizeof *u * INPUTS);
    for (const dia_flow_step *s = f->step; s < f->step + f->nstep; s++)
        for (int k = 0; k < s->n; k++) {
            const double from = x[s->from + k];
            double to = 0.0;
            if (s->kind == DIA_FLOW_AFFINE) {
                const dia_matrix_block *m = &f->matrix[s->at].block;
                to = m->bias >= 0 ? theta[m->bias + k] : 0.0;
                for (int j = 0; j < m->cols; j++)
                    to += theta[m->weight + k * m->cols + j] * x[s->from + j];
            } else if (s->kind == DIA_FLOW_ACTIVATE)
                to = s->activation == DIA_ACTIVATION_TANH ? tanh(from) : from / (1.0 + exp(-from));
            else if (s->kind == DIA_FLOW_SHRINK)
                to = 1.0 / sqrt(1.0 + from);
            else if (s->kind == DIA_FLOW_MULTIPLY)
                to = from * x[s->other + (s->one ? 0 : k)];
            else
                for (int t = f->first[s->at + k]; t < f->first[s->at + k + 1]; t++)
                    to += f->term[t].factor * x[f->term[t].from];
            x[s->to + k] = to;
        }
    memcpy(y, x + f->output, sizeof *y * OUTPUTS);
}

static double *panel(int rows, uint64_t stream, double size)
{
    double *x = dia_allocate((size_t)dia_panel_padded(rows) * L, sizeof *x);
    for (int i = 0; i < rows * L; i++)
        x[i] = size * draw(stream, i);
    return x;
}

/* <ybar, y(u)> + sum_q <gbar_q, dy/du udot_q> of all lanes by plain loops; rates are differences of steps 1e-4. */
static double plain_sum(const dia_flow *f, const double *theta, const double *u, const double *ybar,
                        double *const *udot, double *const *gbar)
{
    const double h = 1e-4;
    double sum = 0.0;
    for (int l = 0; l < L; l++)
        for (int q = -1; q < TANGENTS; q++) {
            double up[INPUTS], down[INPUTS], y[OUTPUTS], below[OUTPUTS];
            for (int i = 0; i < INPUTS; i++) {
                const double step = q < 0 ? 0.0 : h * udot[q][i * L + l];
                up[i] = u[i * L + l] + step;
                down[i] = u[i * L + l] - step;
            }
            plainly(f, theta, up, y);
            plainly(f, theta, down, below);
            for (int k = 0; k < OUTPUTS; k++)
                sum += q < 0 ? ybar[k * L + l] * y[k] : gbar[q][k * L + l] * (y[k] - below[k]) / (2.0 * h);
        }
    return sum;
}

static const dia_panel_kernel *const kernels[] = {&dia_panel_kernel_generic, &dia_panel_kernel_avx2,
                                                  &dia_panel_kernel_avx512};
enum { KERNELS = sizeof kernels / sizeof kernels[0] };

/* Values to rounding, 1e-13; what goes up along udot and what comes down from ybar are the same number, and that of differences, whose
 * error is h^2 = 1e-8 times third derivatives. */
static void as_plain_loops(void **state)
{
    (void)state;
    for (int k = 0; k < KERNELS; k++)
        for (int activation = 0; activation < 2; activation++) {
            subject s;
            if (!dia_panel_kernel_runs(kernels[k]))
                continue;
            subject_init(&s, (dia_activation)activation);
            s.flow.kernel = kernels[k];
            double *u = panel(INPUTS, 2, 1.0), *udot = panel(INPUTS, 3, 1.0), *ybar = panel(OUTPUTS, 4, 1.0);
            double *y = panel(OUTPUTS, 5, 0.0), *ydot = panel(OUTPUTS, 5, 0.0), *ubar = panel(INPUTS, 5, 0.0);
            double *memory = dia_allocate(dia_flow_memory(&s.flow), sizeof *memory);
            double *scratch = dia_allocate(dia_flow_scratch(&s.flow), sizeof *scratch);
            dia_flow_forward(&s.flow, u, memory, y);
            dia_flow_tangent(&s.flow, memory, udot, scratch, ydot);
            dia_flow_reverse(&s.flow, memory, ybar, scratch, ubar);
            double up = 0.0, down = 0.0;
            for (int l = 0; l < L; l++) {
                double x[INPUTS], expected[OUTPUTS];
                for (int i = 0; i < INPUTS; i++)
                    x[i] = u[i * L + l];
                plainly(&s.flow, s.theta, x, expected);
                for (int i = 0; i < OUTPUTS; i++)
                    assert_close(y[i * L + l], expected[i], 1e-13, 1e-13);
            }
            for (int i = 0; i < OUTPUTS * L; i++)
                up += ybar[i] * ydot[i];
            for (int i = 0; i < INPUTS * L; i++)
                down += ubar[i] * udot[i];
            assert_close(up, down, 1e-12, 1e-12);
            double *const udots[TANGENTS] = {udot, udot}, *nothing = panel(OUTPUTS, 5, 0.0);
            double *const gbars[TANGENTS] = {ybar, nothing};
            assert_close(up, plain_sum(&s.flow, s.theta, u, nothing, udots, gbars), 1e-6, 1e-6);
            free(u), free(udot), free(ybar), free(y), free(ydot), free(ubar), free(memory), free(scratch),
                free(nothing);
            subject_free(&s);
        }
}

/* Gradients of the parameters against differences of plain loops (their error is h^2 = 1e-8 and rounding over h: 1e-6 of numbers of
 * order 10), summed over lanes and each lane alone. */
static void gradients_of_parameters(void **state)
{
    (void)state;
    for (int activation = 0; activation < 2; activation++) {
        subject s;
        subject_init(&s, (dia_activation)activation);
        const int n = s.flow.ntheta;
        double *u = panel(INPUTS, 2, 1.0), *ybar = panel(OUTPUTS, 4, 1.0);
        double *udot[TANGENTS], *gbar[TANGENTS];
        for (int q = 0; q < TANGENTS; q++) {
            udot[q] = panel(INPUTS, 6 + (uint64_t)q, 1.0);
            gbar[q] = panel(OUTPUTS, 8 + (uint64_t)q, 1.0);
        }
        void *work = dia_allocate(dia_flow_pullback_size(&s.flow, TANGENTS), 1);
        dia_flow_pullback_init(&s.flow, TANGENTS, work);
        double *bar = dia_allocate((size_t)n, sizeof *bar), *each = dia_allocate((size_t)(n * L), sizeof *each);
        for (int lanes = 0; lanes <= L; lanes += L) {
            dia_flow_pullback_values(&s.flow, work, u, NULL);
            for (int q = 0; q < TANGENTS; q++)
                dia_flow_pullback_adjoint(&s.flow, work, q, gbar[q], NULL);
            for (int q = 0; q < TANGENTS; q++)
                dia_flow_pullback_tangent(&s.flow, work, q, udot[q]);
            dia_flow_pullback_products(&s.flow, work, ybar, TANGENTS,
                                       &(dia_sink){lanes == 0 ? bar : each, lanes, (size_t)n});
        }
        for (int i = 0; i < n; i++) {
            const double h = 1e-5, old = s.theta[i];
            s.theta[i] = old + h;
            const double above = plain_sum(&s.flow, s.theta, u, ybar, udot, gbar);
            s.theta[i] = old - h;
            const double below = plain_sum(&s.flow, s.theta, u, ybar, udot, gbar);
            s.theta[i] = old;
            assert_close(bar[i], (above - below) / (2.0 * h), 1e-5, 1e-5);
            double sum = 0.0;
            for (int l = 0; l < L; l++)
                sum += each[l * n + i];
            assert_close(bar[i], sum, 1e-12, 1e-12);
        }
        for (int q = 0; q < TANGENTS; q++)
            free(udot[q]), free(gbar[q]);
        free(u), free(ybar), free(work), free(bar), free(each);
        subject_free(&s);
    }
}

/* Sixteen lanes of floats against doubles: some ten operations in a row, 1e-5 of numbers of order 1. */
static void in_single_precision(void **state)
{
    (void)state;
    enum { M = DIA_PANEL_SINGLE_LANES };
    subject s;
    subject_init(&s, DIA_ACTIVATION_SILU);
    double *memory = dia_allocate(dia_flow_memory(&s.flow), sizeof *memory);
    double *scratch = dia_allocate(dia_flow_scratch(&s.flow), sizeof *scratch);
    double *other = dia_allocate(dia_flow_memory(&s.flow), sizeof *other);
    float u[INPUTS * M], udot[INPUTS * M], ybar[OUTPUTS * M], y[OUTPUTS * M], ydot[OUTPUTS * M], ubar[INPUTS * M];
    for (int i = 0; i < INPUTS * M; i++) {
        u[i] = (float)draw(20, i);
        udot[i] = (float)draw(21, i);
    }
    for (int i = 0; i < OUTPUTS * M; i++)
        ybar[i] = (float)draw(22, i);
    dia_flow_forward_single(&s.flow, u, (float *)(void *)memory, y);
    dia_flow_tangent_single(&s.flow, (const float *)(const void *)memory, udot, (float *)(void *)scratch, ydot);
    dia_flow_reverse_single(&s.flow, (const float *)(const void *)memory, ybar, (float *)(void *)scratch, ubar);
    for (int part = 0; part < M / L; part++) {
        double U[INPUTS * L], Udot[INPUTS * L], Ybar[OUTPUTS * L], Y[OUTPUTS * L], Ydot[OUTPUTS * L], Ubar[INPUTS * L];
        for (int i = 0; i < INPUTS * L; i++) {
            U[i] = (double)u[i / L * M + part * L + i % L];
            Udot[i] = (double)udot[i / L * M + part * L + i % L];
        }
        for (int i = 0; i < OUTPUTS * L; i++)
            Ybar[i] = (double)ybar[i / L * M + part * L + i % L];
        dia_flow_forward(&s.flow, U, other, Y);
        dia_flow_tangent(&s.flow, other, Udot, scratch, Ydot);
        dia_flow_reverse(&s.flow, other, Ybar, scratch, Ubar);
        for (int i = 0; i < OUTPUTS * L; i++) {
            assert_close((double)y[i / L * M + part * L + i % L], Y[i], 1e-5, 1e-5);
            assert_close((double)ydot[i / L * M + part * L + i % L], Ydot[i], 1e-5, 3e-5);
        }
        for (int i = 0; i < INPUTS * L; i++)
            assert_close((double)ubar[i / L * M + part * L + i % L], Ubar[i], 1e-5, 3e-5);
    }
    free(memory), free(scratch), free(other);
    subject_free(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(as_plain_loops), cmocka_unit_test(gradients_of_parameters),
                                       cmocka_unit_test(in_single_precision)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
