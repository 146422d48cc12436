/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/flow.h"

static const double most = 1e8; /* parameters, as of a perceptron: 0.8 GB, held three times */

/* One more in an array that doubles when it is full; NULL: out of memory. */
static void *grown(dia_flow *flow, void *array, int n, int more, size_t size)
{
    int room = 16, wanted = 16;
    while (room < n)
        room *= 2;
    while (wanted < n + more)
        wanted *= 2;
    if (flow->failed || (array != NULL && wanted == room))
        return array;
    void *larger = realloc(array, (size_t)wanted * size);
    flow->failed = larger == NULL;
    return larger != NULL ? larger : array;
}

static dia_flow_step *add(dia_flow *flow, dia_flow_kind kind, int n, int from, int to)
{
    static dia_flow_step nowhere;
    flow->step = grown(flow, flow->step, flow->nstep, 1, sizeof *flow->step);
    if (flow->failed)
        return &nowhere;
    dia_flow_step *step = &flow->step[flow->nstep++];
    *step = (dia_flow_step){.kind = kind, .n = n, .from = from, .to = to};
    return step;
}

int dia_flow_rows(dia_flow *flow, int n)
{
    const int first = flow->nrow;
    flow->nrow += dia_panel_padded(n);
    return first;
}

void dia_flow_begin(dia_flow *flow, int ninput)
{
    *flow = (dia_flow){.ninput = ninput};
    (void)dia_flow_rows(flow, ninput);
}

int dia_flow_matrix_of(dia_flow *flow, int rows, int cols, bool biased)
{
    flow->size += rows * (cols + 1.0);
    flow->failed = flow->failed || flow->size > most;
    flow->matrix = grown(flow, flow->matrix, flow->nmatrix, 1, sizeof *flow->matrix);
    if (flow->failed)
        return 0;
    const int weight = flow->ntheta, bias = weight + rows * cols;
    flow->matrix[flow->nmatrix] = (dia_flow_matrix){.block = {rows, cols, weight, biased ? bias : -1}};
    flow->ntheta = biased ? bias + rows : bias;
    flow->widest = dia_panel_padded(cols) > flow->widest ? dia_panel_padded(cols) : flow->widest;
    return flow->nmatrix++;
}

void dia_flow_affine(dia_flow *flow, int matrix, int from, int to)
{
    if (!flow->failed)
        add(flow, DIA_FLOW_AFFINE, flow->matrix[matrix].block.rows, from, to)->at = matrix;
}

void dia_flow_activate(dia_flow *flow, dia_activation activation, int n, int from, int to)
{
    dia_flow_step *step = add(flow, DIA_FLOW_ACTIVATE, n, from, to);
    step->activation = activation;
    step->at = flow->nslope;
    flow->nslope += n;
}

void dia_flow_shrink(dia_flow *flow, int n, int from, int to)
{
    add(flow, DIA_FLOW_SHRINK, n, from, to)->at = flow->nslope;
    flow->nslope += n;
}

void dia_flow_multiply(dia_flow *flow, int n, int from, int other, int to)
{
    add(flow, DIA_FLOW_MULTIPLY, n, from, to)->other = other;
}

void dia_flow_scale(dia_flow *flow, int n, int from, int row, int to)
{
    dia_flow_step *step = add(flow, DIA_FLOW_MULTIPLY, n, from, to);
    step->other = row;
    step->one = true;
}

void dia_flow_sum(dia_flow *flow, int n, int to, const int *count, const dia_flow_term *terms)
{
    int nterm = 0;
    for (int i = 0; i < n; i++)
        nterm += count[i];
    flow->term = grown(flow, flow->term, flow->nterm, nterm, sizeof *flow->term);
    flow->first = grown(flow, flow->first, flow->nfirst, n + 1, sizeof *flow->first);
    if (flow->failed)
        return;
    add(flow, DIA_FLOW_SUM, n, 0, to)->at = flow->nfirst;
    for (int i = 0; i <= n; i++) {
        flow->first[flow->nfirst++] = flow->nterm;
        for (int t = 0; i < n && t < count[i]; t++) {
            flow->term[flow->nterm] = *terms++;
            flow->term[flow->nterm].single = (float)flow->term[flow->nterm].factor;
            flow->nterm++;
        }
    }
}

static bool allocate_matrix(dia_flow_matrix *m)
{
    const size_t rows = (size_t)m->block.rows, cols = (size_t)m->block.cols;
    const size_t up = (size_t)dia_panel_padded(m->block.rows) * cols,
                 down = (size_t)dia_panel_padded(m->block.cols) * rows;
    const size_t padded = (size_t)dia_panel_padded(m->block.rows);
    m->packed = dia_allocate(up, sizeof(double));
    m->transposed = dia_allocate(down, sizeof(double));
    m->single.packed = dia_allocate(up, sizeof(float));
    m->single.transposed = dia_allocate(down, sizeof(float));
    bool good = m->packed != NULL && m->transposed != NULL && m->single.packed != NULL && m->single.transposed != NULL;
    if (m->block.bias >= 0) {
        m->bias = dia_allocate(padded, sizeof(double));
        m->single.bias = dia_allocate(padded, sizeof(float));
        good = good && m->bias != NULL && m->single.bias != NULL;
    }
    return good;
}

/* ---- the way back ---- */

typedef struct way { /* of all rows */
    int nrow;
    bool *made;    /* by a step, or inputs: not what pads others         */
    bool *written; /* has an adjoint, so far from the end                */
    bool *clear;   /* was added to before anything was written           */
} way;

/* Adjoints of n rows are made; false: they have to be added, since some are there, or since a product with a matrix would write more. */
static bool write_rows(const way *r, int first, int n, int padded)
{
    bool fresh = first + padded <= r->nrow;
    for (int k = first; k < first + n; k++)
        fresh = fresh && !r->written[k];
    for (int k = first + n; k < first + padded && fresh; k++)
        fresh = !r->made[k];
    for (int k = first; k < first + n; k++) {
        r->clear[k] = r->clear[k] || (!fresh && !r->written[k]);
        r->written[k] = true;
    }
    return fresh;
}

static void make_rows(const way *r, int first, int n)
{
    for (int k = first; k < first + n; k++) {
        r->clear[k] = r->clear[k] || !r->written[k];
        r->written[k] = true;
    }
}

static void back_through(dia_flow *flow, dia_flow_step *s, const way *r)
{
    make_rows(r, s->to, s->n);
    if (s->kind == DIA_FLOW_SUM)
        for (int t = flow->first[s->at]; t < flow->first[s->at + s->n]; t++)
            make_rows(r, flow->term[t].from, 1);
    else if (s->kind == DIA_FLOW_AFFINE) {
        const int cols = flow->matrix[s->at].block.cols;
        s->fresh = write_rows(r, s->from, cols, dia_panel_padded(cols));
    } else
        s->fresh = write_rows(r, s->from, s->n, s->n);
    if (s->kind == DIA_FLOW_MULTIPLY && s->one)
        make_rows(r, s->other, 1); /* a sum */
    else if (s->kind == DIA_FLOW_MULTIPLY)
        s->other_fresh = write_rows(r, s->other, s->n, s->n);
}

/* Which adjoints are written and which are added. */
static void plan_way_back(dia_flow *flow)
{
    const size_t n = (size_t)flow->nrow;
    way r = {flow->nrow, calloc(n, sizeof(bool)), calloc(n, sizeof(bool)), calloc(n, sizeof(bool))};
    flow->clear = calloc(n, sizeof *flow->clear);
    flow->failed = r.made == NULL || r.written == NULL || r.clear == NULL || flow->clear == NULL;
    if (!flow->failed) {
        for (int k = 0; k < flow->ninput; k++)
            r.made[k] = true;
        for (int i = 0; i < flow->nstep; i++)
            for (int k = 0; k < flow->step[i].n; k++)
                r.made[flow->step[i].to + k] = true;
        for (int k = 0; k < flow->noutput; k++)
            r.written[flow->output + k] = true;
        for (int i = flow->nstep - 1; i >= 0; i--)
            back_through(flow, &flow->step[i], &r);
        make_rows(&r, 0, flow->ninput);
    }
    for (int k = 0; k < flow->nrow && !flow->failed; k++)
        if (r.clear[k] && k > 0 && r.clear[k - 1])
            flow->clear[flow->nclear - 1].n++;
        else if (r.clear[k])
            flow->clear[flow->nclear++] = (dia_flow_range){k, 1};
    free(r.made);
    free(r.written);
    free(r.clear);
}

dia_status dia_flow_finish(dia_flow *flow, int noutput, int output, dia_error *error)
{
    flow->noutput = noutput;
    flow->output = output;
    dia_status status = dia_panel_kernel_check(error);
    if (status == DIA_OK) {
        flow->kernel = dia_panel_kernel_best();
        flow->single.kernel = dia_panel_single_of(flow->kernel);
    }
    for (int m = 0; m < flow->nmatrix && !flow->failed; m++)
        flow->failed = !allocate_matrix(&flow->matrix[m]);
    if (!flow->failed)
        plan_way_back(flow);
    if (status == DIA_OK && flow->size > most)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "the network would have more than %g parameters: take fewer descriptors or units", most);
    if (status == DIA_OK && flow->failed)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network of %d parameters", flow->ntheta);
    if (status != DIA_OK)
        dia_flow_free(flow);
    return status;
}

void dia_flow_free(dia_flow *flow)
{
    for (int m = 0; m < flow->nmatrix; m++) {
        free(flow->matrix[m].packed);
        free(flow->matrix[m].transposed);
        free(flow->matrix[m].bias);
        free(flow->matrix[m].single.packed);
        free(flow->matrix[m].single.transposed);
        free(flow->matrix[m].single.bias);
    }
    free(flow->matrix);
    free(flow->clear);
    free(flow->step);
    free(flow->term);
    free(flow->first);
    memset(flow, 0, sizeof *flow);
}

void dia_flow_refresh(dia_flow *flow)
{
    for (int k = 0; k < flow->nmatrix; k++) {
        const dia_flow_matrix *m = &flow->matrix[k];
        const int rows = m->block.rows, cols = m->block.cols;
        dia_panel_pack(rows, cols, flow->theta + m->block.weight, 0, m->packed);
        dia_panel_pack(cols, rows, flow->theta + m->block.weight, 1, m->transposed);
        dia_panel_narrow((size_t)dia_panel_padded(rows) * (size_t)cols, m->packed, m->single.packed);
        dia_panel_narrow((size_t)dia_panel_padded(cols) * (size_t)rows, m->transposed, m->single.transposed);
        if (m->block.bias >= 0) {
            memcpy(m->bias, flow->theta + m->block.bias, sizeof(double) * (size_t)rows);
            dia_panel_narrow((size_t)rows, m->bias, m->single.bias);
        }
    }
}
