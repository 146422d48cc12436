/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reverse over forward on a flow. With rates t of all rows and adjoints tbar of the rates, which are those of <gbar_q, y> and do not
 * depend on the tangent, what tangents add to the adjoints of values is
 *
 *   activate, shrink  from += s''(from) tbar_to t_from,      multiply  from += tbar_to t_other,  other += tbar_to t_from,
 *
 * and the gradient of W is  bar_to from^T + sum_q tbar_to t_from^T  over all steps with W. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/lanes.h"
#include "model/flow.h"

#define L DIA_PANEL_LANES
enum { PAIRS = 16 }; /* of panels in one product */

typedef struct pullback {
    double *value;  /* as dia_flow_values makes them                                                */
    double *second; /* (nslope, L) s''                                                              */
    double *bar;    /* (nrow, L) adjoints of values: what tangents add                              */
    double *rate;   /* (nrow, L)                                                                    */
    double *tbar;   /* (ntangent) panels of nrow                                                    */
    double *turned; /* (1 + ntangent) times: of each affine step its inputs, or their rates, transposed */
    double *temporary;
    size_t turned_size;
} pullback;

static size_t turned_size(const dia_flow *flow)
{
    size_t size = 0;
    for (int i = 0; i < flow->nstep; i++)
        if (flow->step[i].kind == DIA_FLOW_AFFINE)
            size += (size_t)dia_panel_columns(flow->matrix[flow->step[i].at].block.cols) * L;
    return size;
}

static size_t rows(const dia_flow *flow)
{
    return (size_t)flow->nrow * L;
}

size_t dia_flow_pullback_size(const dia_flow *flow, int ntangent)
{
    const size_t nt = (size_t)ntangent;
    return DIA_ARCHITECTURE_WORK(pullback) +
           sizeof(double) * (dia_flow_memory(flow) + (size_t)flow->nslope * L + (2 + nt) * rows(flow) +
                             (1 + nt) * turned_size(flow) + (size_t)flow->widest * L);
}

void dia_flow_pullback_init(const dia_flow *flow, int ntangent, void *work)
{
    pullback *p = work;
    const size_t nt = (size_t)ntangent;
    p->turned_size = turned_size(flow);
    p->value = (double *)((char *)work + DIA_ARCHITECTURE_WORK(pullback));
    p->second = p->value + dia_flow_memory(flow);
    p->bar = p->second + (size_t)flow->nslope * L;
    p->rate = p->bar + rows(flow);
    p->tbar = p->rate + rows(flow);
    p->turned = p->tbar + nt * rows(flow);
    p->temporary = p->turned + (1 + nt) * p->turned_size;
}

/* Inputs of all matrices, of values or rates x, into place `slot`. */
static void turn(const dia_flow *flow, const pullback *p, int slot, const double *x)
{
    double *to = p->turned + (size_t)slot * p->turned_size;
    for (const dia_flow_step *s = flow->step; s < flow->step + flow->nstep; s++)
        if (s->kind == DIA_FLOW_AFFINE) {
            const int cols = flow->matrix[s->at].block.cols;
            flow->kernel->transpose(cols, x + (size_t)s->from * L, to);
            to += (size_t)dia_panel_columns(cols) * L;
        }
}

void dia_flow_pullback_values(const dia_flow *flow, void *work, const double *u, double *y)
{
    const pullback *p = work;
    dia_flow_values(flow, u, p->value);
    for (const dia_flow_step *s = flow->step; s < flow->step + flow->nstep; s++) {
        const double *from = p->value + (size_t)s->from * L, *to = p->value + (size_t)s->to * L;
        double *second = p->second + (size_t)s->at * L;
        if (s->kind == DIA_FLOW_ACTIVATE)
            flow->kernel->curvature(s->activation, s->n * L, from, to, p->value + (size_t)(flow->nrow + s->at) * L,
                                    second);
        for (int i = 0; i < s->n * L && s->kind == DIA_FLOW_SHRINK; i++)
            second[i] = 0.75 * pow(to[i], 5.0);
    }
    if (y != NULL)
        memcpy(y, p->value + (size_t)flow->output * L, sizeof *y * (size_t)flow->noutput * L);
    turn(flow, p, 0, p->value);
    memset(p->bar, 0, sizeof(double) * rows(flow));
}

void dia_flow_pullback_adjoint(const dia_flow *flow, void *work, int q, const double *gbar, double *ubar)
{
    const pullback *p = work;
    double *tbar = p->tbar + (size_t)q * rows(flow);
    memcpy(tbar + (size_t)flow->output * L, gbar, sizeof(double) * (size_t)flow->noutput * L);
    dia_flow_adjoints(flow, p->value, p->temporary, false, tbar);
    if (ubar != NULL)
        memcpy(ubar, tbar, sizeof(double) * (size_t)flow->ninput * L);
}

/* to += a b, or a b c */
DIA_CLONES static void add_product(int n, const double *a, const double *b, const double *c, double *to)
{
    for (int i = 0; i < n * L; i += L) {
        const dia_v8 ab = dia_v8_load(a + i) * dia_v8_load(b + i);
        dia_v8_store(to + i, dia_v8_load(to + i) + (c != NULL ? ab * dia_v8_load(c + i) : ab));
    }
}

void dia_flow_pullback_tangent(const dia_flow *flow, void *work, int q, const double *udot)
{
    const pullback *p = work;
    const double *tbar = p->tbar + (size_t)q * rows(flow);
    dia_flow_rates(flow, p->value, udot, p->rate);
    turn(flow, p, 1 + q, p->rate);
    for (const dia_flow_step *s = flow->step; s < flow->step + flow->nstep; s++) {
        const double *to = tbar + (size_t)s->to * L;
        const size_t from = (size_t)s->from * L, other = (size_t)s->other * L;
        if (s->kind == DIA_FLOW_ACTIVATE || s->kind == DIA_FLOW_SHRINK)
            add_product(s->n, p->second + (size_t)s->at * L, to, p->rate + from, p->bar + from);
        else if (s->kind == DIA_FLOW_MULTIPLY) {
            for (int k = 0; k < s->n; k++) {
                const size_t row = (size_t)k * L, beside = s->one ? 0 : row;
                add_product(1, to + row, p->rate + other + beside, NULL, p->bar + from + row);
                add_product(1, to + row, p->rate + from + row, NULL, p->bar + other + beside);
            }
        }
    }
}

static void add_bias(const dia_flow_matrix *m, const double *bar, const dia_sink *sink)
{
    for (int i = 0; i < m->block.rows && m->block.bias >= 0; i++)
        for (int lane = 0; lane < (sink->lanes == 0 ? L : sink->lanes); lane++)
            sink->bar[(size_t)m->block.bias + (size_t)i + (sink->lanes == 0 ? 0 : (size_t)lane * sink->stride)] +=
                bar[i * L + lane];
}

static void add_outer(const dia_flow *flow, const dia_flow_matrix *m, int npair, const double *const *left,
                      const double *const *right, const dia_sink *sink)
{
    double *to = sink->bar + m->block.weight;
    if (sink->lanes == 0)
        flow->kernel->outer(m->block.rows, m->block.cols, npair, left, right, to);
    else
        flow->kernel->outer_each(m->block.rows, m->block.cols, npair, left, right, sink->lanes, sink->stride, to);
}

void dia_flow_pullback_products(const dia_flow *flow, void *work, const double *ybar, int ntangent,
                                const dia_sink *sink)
{
    const pullback *p = work;
    double *outputs = p->bar + (size_t)flow->output * L;
    for (int i = 0; i < flow->noutput * L; i++)
        outputs[i] += ybar[i];
    dia_flow_adjoints(flow, p->value, p->temporary, true, p->bar);
    const double *turned = p->turned;
    for (const dia_flow_step *s = flow->step; s < flow->step + flow->nstep; s++) {
        if (s->kind != DIA_FLOW_AFFINE)
            continue;
        const dia_flow_matrix *m = &flow->matrix[s->at];
        const double *left[PAIRS], *right[PAIRS];
        int n = 0;
        add_bias(m, p->bar + (size_t)s->to * L, sink);
        for (int slot = 0; slot <= ntangent; slot++) {
            left[n] = (slot == 0 ? p->bar : p->tbar + (size_t)(slot - 1) * rows(flow)) + (size_t)s->to * L;
            right[n++] = turned + (size_t)slot * p->turned_size;
            if (n == PAIRS || slot == ntangent) {
                add_outer(flow, m, n, left, right, sink);
                n = 0;
            }
        }
        turned += (size_t)dia_panel_columns(m->block.cols) * L;
    }
}
