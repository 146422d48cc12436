/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled twice: real.h. */
#include "model/flow.h"

#include <math.h>
#include <string.h>

#include "math/lanes.h"
#include "math/real.h"

#define L DIA_REAL_LANES
#if defined(DIA_SINGLE)
#define FACTOR single
#else
#define FACTOR factor
#endif

/* ---- number by number; nothing is fused, so that every instruction set gives the same bits ----- */

/* to += a b, n rows */
DIA_CLONES static void add_products(int n, const real *a, const real *b, real *to)
{
    for (int i = 0; i < n * L; i += L)
        dia_row_store(to + i, dia_row_load(to + i) + dia_row_load(a + i) * dia_row_load(b + i));
}

/* A run of steps `multiply`: most are of a few rows. */
DIA_CLONES static void multiply_steps(const dia_flow_step *s, const dia_flow_step *end, real *x)
{
    for (; s < end; s++) {
        const real *a = x + (size_t)s->from * L, *b = x + (size_t)s->other * L;
        real *to = x + (size_t)s->to * L;
        for (int i = 0; i < s->n * L; i += L)
            dia_row_store(to + i, dia_row_load(a + i) * dia_row_load(s->one ? b : b + i));
    }
}

/* to += sum of the n rows a b */
DIA_CLONES static void add_sum(int n, const real *a, const real *b, real *to)
{
    dia_row sum = {0};
    for (int i = 0; i < n * L; i += L)
        sum += dia_row_load(a + i) * dia_row_load(b + i);
    dia_row_store(to, dia_row_load(to) + sum);
}

/* The same backwards, from s down to `last`; everything is added if there is more than the way back makes. */
DIA_CLONES static void multiply_steps_back(const dia_flow_step *s, const dia_flow_step *last, const real *x, bool more,
                                           real *bar)
{
    for (; s >= last; s--) {
        const size_t at[2] = {(size_t)s->from * L, (size_t)s->other * L};
        const bool fresh[2] = {s->fresh && !more, s->other_fresh && !more};
        const real *to = bar + (size_t)s->to * L;
        if (s->one)
            add_sum(s->n, to, x + at[0], bar + at[1]);
        for (int k = 0; k < (s->one ? 1 : 2); k++) {
            const real *other = x + at[1 - k];
            real *mine = bar + at[k];
            for (int i = 0; i < s->n * L; i += L) {
                const dia_row product = dia_row_load(to + i) * dia_row_load(s->one ? other : other + i);
                dia_row_store(mine + i, fresh[k] ? product : dia_row_load(mine + i) + product);
            }
        }
    }
}

DIA_CLONES static void add_rows(int n, const real *from, real *to)
{
    for (int i = 0; i < n * L; i += L)
        dia_row_store(to + i, dia_row_load(to + i) + dia_row_load(from + i));
}

DIA_CLONES static void sum_terms(const dia_flow *flow, const dia_flow_step *s, real *x)
{
    for (int k = 0; k < s->n; k++) {
        dia_row sum = {0};
        for (int t = flow->first[s->at + k]; t < flow->first[s->at + k + 1]; t++)
            sum += flow->term[t].FACTOR * dia_row_load(x + (size_t)flow->term[t].from * L);
        dia_row_store(x + (size_t)(s->to + k) * L, sum);
    }
}

/* The transpose. */
DIA_CLONES static void spread_terms(const dia_flow *flow, const dia_flow_step *s, real *bar)
{
    for (int k = 0; k < s->n; k++) {
        const dia_row from = dia_row_load(bar + (size_t)(s->to + k) * L);
        for (int t = flow->first[s->at + k]; t < flow->first[s->at + k + 1]; t++) {
            real *to = bar + (size_t)flow->term[t].from * L;
            dia_row_store(to, dia_row_load(to) + flow->term[t].FACTOR * from);
        }
    }
}

#if defined(DIA_SINGLE)
#define ROOT sqrtf
#else
#define ROOT sqrt
#endif

/* a = (1 + x)^(-1/2), d its derivative; correctly rounded operations alone */
static void shrink(int n, const real *x, real *a, real *d)
{
    for (int i = 0; i < n * L; i++) {
        a[i] = 1 / ROOT(1 + x[i]);
        d[i] = (real)-0.5 * (a[i] * a[i]) * a[i];
    }
}

/* ---- maps of all rows; s' stands behind the values --------------------------------------------- */

static const dia_flow_matrix *matrix_of(const dia_flow *flow, const dia_flow_step *s)
{
    return &flow->matrix[s->at];
}

static size_t slope_at(const dia_flow *flow, const dia_flow_step *s)
{
    return (size_t)(flow->nrow + s->at) * L;
}

void DIA_REAL_NAME(dia_flow_values)(const dia_flow *flow, const real *u, real *value)
{
    memcpy(value, u, sizeof *u * (size_t)flow->ninput * L);
    for (const dia_flow_step *s = flow->step; s < flow->step + flow->nstep; s++) {
        const real *from = value + (size_t)s->from * L;
        real *to = value + (size_t)s->to * L;
        if (s->kind == DIA_FLOW_AFFINE) {
            const dia_flow_matrix *m = matrix_of(flow, s);
            DIA_REAL_WEIGHTS(flow)->kernel->affine(s->n, m->block.cols, DIA_REAL_WEIGHTS(m)->packed,
                                                   DIA_REAL_WEIGHTS(m)->bias, from, to);
        } else if (s->kind == DIA_FLOW_ACTIVATE)
            DIA_REAL_WEIGHTS(flow)->kernel->activate(s->activation, s->n * L, from, to, value + slope_at(flow, s));
        else if (s->kind == DIA_FLOW_SHRINK)
            shrink(s->n, from, to, value + slope_at(flow, s));
        else if (s->kind == DIA_FLOW_MULTIPLY) {
            const dia_flow_step *first = s;
            while (s + 1 < flow->step + flow->nstep && s[1].kind == DIA_FLOW_MULTIPLY)
                s++;
            multiply_steps(first, s + 1, value);
        } else
            sum_terms(flow, s, value);
    }
}

void DIA_REAL_NAME(dia_flow_rates)(const dia_flow *flow, const real *value, const real *udot, real *rate)
{
    memcpy(rate, udot, sizeof *udot * (size_t)flow->ninput * L);
    for (const dia_flow_step *s = flow->step; s < flow->step + flow->nstep; s++) {
        const size_t from = (size_t)s->from * L, other = (size_t)s->other * L;
        real *to = rate + (size_t)s->to * L;
        if (s->kind == DIA_FLOW_AFFINE) {
            const dia_flow_matrix *m = matrix_of(flow, s);
            DIA_REAL_WEIGHTS(flow)->kernel->affine(s->n, m->block.cols, DIA_REAL_WEIGHTS(m)->packed, NULL, rate + from,
                                                   to);
        } else if (s->kind == DIA_FLOW_ACTIVATE || s->kind == DIA_FLOW_SHRINK)
            DIA_REAL_WEIGHTS(flow)->kernel->multiply(s->n * L, value + slope_at(flow, s), rate + from, to);
        else if (s->kind == DIA_FLOW_MULTIPLY) {
            for (int k = 0; k < s->n; k++) {
                const size_t row = (size_t)k * L, beside = s->one ? 0 : row;
                DIA_REAL_WEIGHTS(flow)->kernel->multiply(L, rate + from + row, value + other + beside, to + row);
                add_products(1, value + from + row, rate + other + beside, to + row);
            }
        } else
            sum_terms(flow, s, rate);
    }
}

/* to = a b, or += */
static void give(const dia_flow *flow, bool fresh, int n, const real *a, const real *b, real *to)
{
    if (fresh)
        DIA_REAL_WEIGHTS(flow)->kernel->multiply(n * L, a, b, to);
    else
        add_products(n, a, b, to);
}

void DIA_REAL_NAME(dia_flow_adjoints)(const dia_flow *flow, const real *value, real *temporary, bool more, real *bar)
{
    for (const dia_flow_range *c = flow->clear; c < flow->clear + flow->nclear && !more; c++)
        memset(bar + (size_t)c->first * L, 0, sizeof *bar * (size_t)c->n * L);
    for (const dia_flow_step *s = flow->step + flow->nstep - 1; s >= flow->step; s--) {
        const size_t from = (size_t)s->from * L;
        const real *to = bar + (size_t)s->to * L;
        if (s->kind == DIA_FLOW_AFFINE) {
            const dia_flow_matrix *m = matrix_of(flow, s);
            const bool fresh = s->fresh && !more;
            DIA_REAL_WEIGHTS(flow)->kernel->affine(m->block.cols, s->n, DIA_REAL_WEIGHTS(m)->transposed, NULL, to,
                                                   fresh ? bar + from : temporary);
            if (!fresh)
                add_rows(m->block.cols, temporary, bar + from);
        } else if (s->kind == DIA_FLOW_ACTIVATE || s->kind == DIA_FLOW_SHRINK)
            give(flow, s->fresh && !more, s->n, to, value + slope_at(flow, s), bar + from);
        else if (s->kind == DIA_FLOW_MULTIPLY) {
            const dia_flow_step *last = s;
            while (s > flow->step && s[-1].kind == DIA_FLOW_MULTIPLY)
                s--;
            multiply_steps_back(last, s, value, more, bar);
        } else
            spread_terms(flow, s, bar);
    }
}

/* ---- maps of inputs and outputs ---------------------------------------------------------------- */

#if !defined(DIA_SINGLE)

size_t dia_flow_memory(const dia_flow *flow)
{
    return (size_t)(flow->nrow + flow->nslope) * L;
}

/* Of all rows, and what one product gives back. */
size_t dia_flow_scratch(const dia_flow *flow)
{
    return (size_t)(flow->nrow + flow->widest) * L;
}

#endif

static size_t output_at(const dia_flow *flow)
{
    return (size_t)flow->output * L;
}

void DIA_REAL_NAME(dia_flow_forward)(const dia_flow *flow, const real *u, real *memory, real *y)
{
    DIA_REAL_NAME(dia_flow_values)(flow, u, memory);
    memcpy(y, memory + output_at(flow), sizeof *y * (size_t)flow->noutput * L);
}

void DIA_REAL_NAME(dia_flow_reverse)(const dia_flow *flow, const real *memory, const real *ybar, real *scratch,
                                     real *ubar)
{
    memcpy(scratch + output_at(flow), ybar, sizeof *ybar * (size_t)flow->noutput * L);
    DIA_REAL_NAME(dia_flow_adjoints)(flow, memory, scratch + (size_t)flow->nrow * L, false, scratch);
    memcpy(ubar, scratch, sizeof *ubar * (size_t)flow->ninput * L);
}

void DIA_REAL_NAME(dia_flow_tangent)(const dia_flow *flow, const real *memory, const real *udot, real *scratch,
                                     real *ydot)
{
    DIA_REAL_NAME(dia_flow_rates)(flow, memory, udot, scratch);
    memcpy(ydot, scratch + output_at(flow), sizeof *ydot * (size_t)flow->noutput * L);
}
