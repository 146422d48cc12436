/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/normal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "math/matrix.h"
#include "parallel/team.h"
#include "train/residual.h"

enum { CHUNK = DIA_OBJECTIVE_CHUNK, TILE = 256, PARTS = 64, THINNED = 200 /* atoms at most */ };

typedef struct member { /* of the team: its own work space */
    double *work;
    dia_residuals residuals[CHUNK];
    double *block;       /* of the arrays in residuals                                           */
    bool *used;          /* (CHUNK, places)                                                      */
    double *W0, *W1, *V; /* requests: (npacked CHUNK, ...)                                       */
    int *row, *list;     /* list: (CHUNK, places) */
    double *J;           /* (npacked CHUNK, ntheta)                                              */
    float *tile;         /* (TILE, TILE)                                                         */
} member;

typedef struct part { /* what one chunk of points gives */
    dia_status status;
    int nrow;
    float *J;  /* (nrow, ntheta)                                                                   */
    double *g; /* (ntheta)                                                                         */
    double value;
} part;

struct dia_normal {
    dia_objective *objective;
    const dia_model *model;
    dia_shape shape;
    dia_molecule unit;
    int nthread, places, ntile, npart;
    member *member;
    part part[PARTS]; /* (npart) chunks whose rows are kept at once; no sum depends on npart */
    double *M;        /* (ntheta, ntheta) column-major: A above the diagonal, the factor on it and below */
    double *diagonal; /* (ntheta) of A                                                                   */
    double *g;        /* (ntheta)                                                                        */
    /* the call being worked on */
    dia_loss loss;
    dia_sketch sketch;
    int n, first, nchunk, column;
    double formed; /* about which share of all operations J and A take, the rest the solution */
    const int *points;
};

/* ---- memory ---------------------------------------------------------------------------------- */

/* Bytes of the rows of one chunk. */
static double part_bytes(int ntheta, int nstate, int ncart)
{
    return 4.0 * CHUNK * dia_residual_places(nstate, ncart) * ntheta;
}

/* Some 64 MB of rows, but work for every thread; not more than the chunks of npoint points. */
static int part_count(int ntheta, int nstate, int ncart, int threads, int npoint)
{
    const double fit = fmax(64e6 / part_bytes(ntheta, nstate, ncart), threads);
    const int chunks = (npoint + CHUNK - 1) / CHUNK;
    return (int)fmin(fmin(fit, PARTS), chunks);
}

double dia_normal_memory(int ntheta, int nstate, int ncart, int threads, int npoint)
{
    const int np = nstate * (nstate + 1) / 2;
    const double p = ntheta, parts = part_count(ntheta, nstate, ncart, threads, npoint), requests = CHUNK * np;
    return 8.0 * p * (p + 2.0 + parts + threads * requests) + parts * part_bytes(ntheta, nstate, ncart);
}

static bool open_member(const dia_normal *o, member *m)
{
    const size_t np = (size_t)o->shape.npacked, nc = (size_t)o->shape.ncart, ns = (size_t)o->places,
                 one = ns * (1 + 2 * np) + nc * nc;
    m->work = dia_allocate(dia_residual_work(o->shape.nstate, o->shape.ncart), sizeof *m->work);
    m->block = dia_allocate(CHUNK * one, sizeof *m->block);
    m->used = calloc(CHUNK * ns, sizeof *m->used);
    m->W0 = dia_allocate(np * CHUNK * np, sizeof *m->W0);
    m->W1 = dia_allocate(np * CHUNK * np, sizeof *m->W1);
    m->V = dia_allocate(np * CHUNK * nc, sizeof *m->V);
    m->row = calloc(np * CHUNK, sizeof *m->row);
    m->list = calloc(CHUNK * ns, sizeof *m->list);
    m->J = dia_allocate(np * CHUNK * (size_t)o->shape.ntheta, sizeof *m->J);
    m->tile = dia_allocate((size_t)TILE * TILE, sizeof *m->tile);
    for (size_t b = 0; b < CHUNK && m->block != NULL && m->used != NULL; b++) {
        double *at = m->block + b * one;
        m->residuals[b] = (dia_residuals){
            .r = at, .W0 = at + ns, .W1 = at + ns * (1 + np), .Q = at + ns * (1 + 2 * np), .used = m->used + b * ns};
    }
    return m->work != NULL && m->block != NULL && m->used != NULL && m->W0 != NULL && m->W1 != NULL && m->V != NULL &&
           m->row != NULL && m->list != NULL && m->J != NULL && m->tile != NULL;
}

static void close_member(member *m)
{
    void *const arrays[] = {m->work, m->block, m->used, m->W0, m->W1, m->V, m->row, m->list, m->J, m->tile};
    for (size_t i = 0; i < sizeof arrays / sizeof arrays[0]; i++)
        free(arrays[i]);
}

dia_status dia_normal_create(dia_normal **normal, dia_objective *objective, const dia_model *model, int npoint)
{
    dia_normal *o = calloc(1, sizeof *o);
    if (o == NULL)
        return DIA_ERROR_MEMORY;
    o->objective = objective;
    o->model = model;
    o->shape = dia_model_shape(model);
    o->nthread = dia_objective_threads(objective);
    o->places = dia_residual_places(o->shape.nstate, o->shape.ncart);
    o->ntile = (o->shape.ntheta + TILE - 1) / TILE;
    o->npart = part_count(o->shape.ntheta, o->shape.nstate, o->shape.ncart, o->nthread, npoint);
    const size_t nt = (size_t)o->shape.ntheta;
    bool good = dia_molecule_init(&o->unit, o->shape.natom, 3, NULL, NULL) == DIA_OK;
    o->member = calloc((size_t)o->nthread, sizeof *o->member);
    o->M = malloc(nt * nt * sizeof *o->M);
    o->diagonal = dia_allocate(nt, sizeof *o->diagonal);
    o->g = dia_allocate(nt, sizeof *o->g);
    good = good && o->member != NULL && o->M != NULL && o->diagonal != NULL && o->g != NULL;
    for (int t = 0; t < o->nthread && good; t++)
        good = open_member(o, &o->member[t]);
    for (int c = 0; c < o->npart && good; c++) {
        o->part[c].J = malloc((size_t)CHUNK * (size_t)o->places * nt * sizeof *o->part[c].J);
        o->part[c].g = dia_allocate(nt, sizeof *o->part[c].g);
        good = o->part[c].J != NULL && o->part[c].g != NULL;
    }
    if (!good) {
        dia_normal_free(o);
        return DIA_ERROR_MEMORY;
    }
    *normal = o;
    return DIA_OK;
}

void dia_normal_free(dia_normal *o)
{
    if (o == NULL)
        return;
    for (int t = 0; t < o->nthread && o->member != NULL; t++)
        close_member(&o->member[t]);
    for (int c = 0; c < o->npart; c++) {
        free(o->part[c].J);
        free(o->part[c].g);
    }
    dia_molecule_free(&o->unit);
    free(o->member);
    free(o->M);
    free(o->diagonal);
    free(o->g);
    free(o);
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Leaves a share of the components of the vectors of one geometry. Returns the factor of their rows. */
static double thin(const dia_normal *o, dia_residuals *residuals, int point)
{
    const int np = o->shape.npacked, nc = o->shape.ncart, vectors = dia_residual_energies(o->shape.nstate);
    int component[3 * THINNED], n = 0;
    if (!(o->sketch.share < 1.0) || nc > 3 * THINNED)
        return 1.0;
    for (int m = 0; m < nc; m++) {
        bool any = false;
        for (int k = 0; k < np; k++)
            any = any || residuals->used[vectors + k * nc + m];
        if (any)
            component[n++] = m;
    }
    const int keep = (int)ceil(o->sketch.share * n);
    for (int i = 0; i < n - keep; i++) { /* the first n - keep of a random order go */
        const int j = i + (int)dia_rng_integer(o->sketch.seed, (uint64_t)point, o->sketch.number, DIA_PURPOSE_SHUFFLE,
                                               (uint32_t)i, (uint64_t)(n - i));
        const int gone = component[j];
        component[j] = component[i];
        for (int k = 0; k < np; k++)
            residuals->used[vectors + k * nc + gone] = false;
    }
    return n > 0 ? sqrt((double)n / keep) : 1.0;
}

/* Of each point of the chunk the used residuals from..to-1, one after the other: list (places) and their number. */
static int list_used(const dia_normal *o, member *m, int n, int from, int to, int *count)
{
    int most = 0;
    for (int b = 0; b < n; b++) {
        count[b] = 0;
        for (int at = from; at < to; at++)
            if (m->residuals[b].used[at])
                m->list[b * o->places + count[b]++] = at;
        most = count[b] > most ? count[b] : most;
    }
    return most;
}

/* Request i n + b: residual first + i in the list of point b, or nothing. */
static void set_requests(const dia_normal *o, member *m, int n, int first, int nrow, const int *count, bool vectors)
{
    const int np = o->shape.npacked, nc = o->shape.ncart;
    for (int i = 0; i < nrow; i++)
        for (int b = 0; b < n; b++) {
            const dia_residuals *from = &m->residuals[b];
            const bool there = first + i < count[b];
            const int q = i * n + b, at = there ? m->list[b * o->places + first + i] : 0;
            m->row[q] = b;
            if (there)
                memcpy(m->W0 + q * np, from->W0 + at * np, sizeof *m->W0 * (size_t)np);
            else
                memset(m->W0 + q * np, 0, sizeof *m->W0 * (size_t)np);
            if (there && vectors)
                memcpy(m->W1 + q * np, from->W1 + at * np, sizeof *m->W1 * (size_t)np);
            else
                memset(m->W1 + q * np, 0, sizeof *m->W1 * (size_t)np);
            if (vectors)
                memcpy(m->V + q * nc, from->Q + (there ? (at - np) % nc : 0) * nc, sizeof *m->V * (size_t)nc);
        }
}

/* Stores the rows in single precision and adds them to g; factor (n) of each point. */
static void take_rows(const dia_normal *o, const member *m, part *to, int n, int first, int nrow, const int *count,
                      const double *factor)
{
    const size_t nt = (size_t)o->shape.ntheta;
    for (int i = 0; i < nrow; i++)
        for (int b = 0; b < n; b++) {
            if (first + i >= count[b])
                continue;
            const double *row = m->J + (size_t)(i * n + b) * nt,
                         r = m->residuals[b].r[m->list[b * o->places + first + i]] * factor[b];
            float *out = to->J + (size_t)to->nrow++ * nt;
            for (size_t k = 0; k < nt; k++) {
                out[k] = (float)(row[k] * factor[b]);
                to->g[k] += row[k] * r * factor[b];
            }
        }
}

/* The rows of all points of the chunk: of energies, or of vectors, which have V and W1. */
static dia_status make_rows(const dia_normal *o, member *m, const dia_answer *answer, part *to, int n, bool vectors,
                            const double *factor)
{
    const int energies = dia_residual_energies(o->shape.nstate), room = o->shape.npacked * CHUNK / n;
    int count[CHUNK];
    const int most = list_used(o, m, n, vectors ? energies : 0, vectors ? o->places : energies, count);
    dia_status status = DIA_OK;
    for (int first = 0; first < most && status == DIA_OK; first += room) {
        const int nrow = most - first < room ? most - first : room;
        if (dia_objective_stopped(o->objective))
            return DIA_ERROR_INTERRUPTED;
        set_requests(o, m, n, first, nrow, count, vectors);
        status = dia_model_pullback_each(o->model, answer->tape, nrow * n, m->row, m->W0, vectors ? m->V : NULL,
                                         vectors ? m->W1 : NULL, m->J);
        if (status == DIA_OK)
            take_rows(o, m, to, n, first, nrow, count, factor);
    }
    return status;
}

static void row_task(void *context, int chunk, int thread)
{
    const dia_normal *o = context;
    member *m = &o->member[thread];
    part *to = &((dia_normal *)context)->part[chunk];
    const dia_dataset *data = dia_objective_data(o->objective);
    const int first = (o->first + chunk) * CHUNK, n = o->n - first < CHUNK ? o->n - first : CHUNK, ns = o->shape.nstate,
              nc = o->shape.ncart;
    double weight[CHUNK], vector_weight[CHUNK];
    dia_answer answer;
    to->nrow = 0;
    to->value = 0.0;
    memset(to->g, 0, sizeof *to->g * (size_t)o->shape.ntheta);
    to->status = dia_objective_ask(o->objective, thread, n, o->points + first, &answer);
    for (int b = 0; b < n && to->status == DIA_OK; b++) {
        const int point = o->points[first + b];
        const dia_label label = dia_dataset_label(data, point);
        dia_objective_match(o->objective, thread, b, point);
        const double factor = dia_dataset_weight(data, point);
        const double value = dia_residual_point(&o->loss, ns, nc, answer.E + b * ns, answer.U + b * ns * ns,
                                                answer.D + b * o->shape.npacked * nc, &label, &o->unit,
                                                data->R + (size_t)point * (size_t)nc, m->work, &m->residuals[b]);
        to->value += factor * value;
        /* 2 c (sqrt(1 + L/c) - 1) = value has the slope 1/sqrt(1 + L/c) in L */
        const double root = o->loss.outlier > 0.0 ? 1.0 + 0.5 * value / o->loss.outlier : 1.0;
        weight[b] = sqrt(factor / (root * o->n));
        vector_weight[b] = weight[b] * thin(o, &m->residuals[b], point);
    }
    if (to->status == DIA_OK)
        to->status = make_rows(o, m, &answer, to, n, false, weight);
    if (to->status == DIA_OK)
        to->status = make_rows(o, m, &answer, to, n, true, vector_weight);
}

/* ---- products -------------------------------------------------------------------------------- */

static int tile_size(const dia_normal *o, int tile)
{
    const int left = o->shape.ntheta - tile * TILE;
    return left < TILE ? left : TILE;
}

/* Tile `line` of the column, on or above the diagonal: A_IJ += J_I^T J_J of all chunks. */
static void product_task(void *context, int line, int thread)
{
    const dia_normal *o = context;
    float *C = o->member[thread].tile;
    const int nt = o->shape.ntheta, column = o->column, m = tile_size(o, line), n = tile_size(o, column);
    for (int chunk = 0; chunk < o->nchunk && !dia_objective_stopped(o->objective); chunk++) {
        const part *from = &o->part[chunk];
        dia_matrix_product_float(m, n, from->nrow, from->J + line * TILE, nt, from->J + column * TILE, nt, C);
        for (int j = 0; j < n; j++) {
            const int at = column * TILE + j;
            double *to = o->M + (size_t)at * (size_t)nt + (size_t)line * TILE;
            for (int i = 0; i < m && line * TILE + i < at; i++)
                to[i] += (double)C[j * m + i];
            if (line == column)
                o->diagonal[at] += (double)C[j * m + j];
        }
    }
}

/* A of the chunks whose rows are there; done and share: of all chunks, before these and of these. */
static dia_status take_products(dia_normal *o, double done, double share)
{
    const double rows = 0.2; /* of the time of a chunk, in a network of 5,000 parameters */
    for (o->column = 0; o->column < o->ntile; o->column++) {
        const double there = (double)o->column * (o->column + 1) / ((double)o->ntile * (o->ntile + 1));
        dia_objective_tell(o->objective, o->formed * (done + share * (rows + (1.0 - rows) * there)));
        dia_team_run(o->nthread, o->column + 1, product_task, o);
        if (dia_objective_stopped(o->objective))
            return DIA_ERROR_INTERRUPTED;
    }
    return DIA_OK;
}

/* g of all rows where A has a part of them: half the gradient of the mean loss. */
static dia_status take_gradient(dia_normal *o)
{
    double value;
    const dia_status status = dia_objective_evaluate(o->objective, o->n, o->points, &value, o->g);
    for (int i = 0; i < o->shape.ntheta; i++)
        o->g[i] *= 0.5;
    return status;
}

dia_status dia_normal_form(dia_normal *o, int n, const int *points, double response, const dia_sketch *sketch,
                           double *value)
{
    const size_t nt = (size_t)o->shape.ntheta;
    const int nchunk = (n + CHUNK - 1) / CHUNK;
    o->loss = *dia_objective_loss(o->objective);
    o->loss.response = response;
    o->sketch = sketch != NULL ? *sketch : (dia_sketch){.share = 1.0};
    o->n = n;
    o->points = points;
    memset(o->M, 0, sizeof *o->M * nt * nt);
    memset(o->diagonal, 0, sizeof *o->diagonal * nt);
    memset(o->g, 0, sizeof *o->g * nt);
    *value = 0.0;
    const double nrow =
        o->sketch.share * o->places * n; /* A: nrow nt^2 in single precision; factor: nt^3/3 in double */
    o->formed = nrow / (nrow + 0.7 * (double)nt);
    dia_status status = DIA_OK;
    for (o->first = 0; o->first < nchunk && status == DIA_OK; o->first += o->npart) {
        o->nchunk = nchunk - o->first < o->npart ? nchunk - o->first : o->npart;
        dia_team_run(o->nthread, o->nchunk, row_task, o);
        for (int c = 0; c < o->nchunk; c++) {
            if (o->part[c].status != DIA_OK)
                return o->part[c].status;
            *value += o->part[c].value / n;
            for (size_t k = 0; k < nt; k++)
                o->g[k] += o->part[c].g[k];
        }
        status = take_products(o, (double)o->first / nchunk, (double)o->nchunk / nchunk);
    }
    return status == DIA_OK && o->sketch.share < 1.0 ? take_gradient(o) : status;
}

const double *dia_normal_gradient(const dia_normal *o)
{
    return o->g;
}

double dia_normal_element(const dia_normal *o, int i, int j)
{
    const size_t nt = (size_t)o->shape.ntheta, low = (size_t)(i < j ? i : j), high = (size_t)(i < j ? j : i);
    return i == j ? o->diagonal[i] : o->M[high * nt + low];
}

void dia_normal_add(dia_normal *o, int i, double more, double value)
{
    o->diagonal[i] += more;
    o->g[i] += more * value;
}

/* ---- factor ---------------------------------------------------------------------------------- */

static double *tile_of(const dia_normal *o, int line, int column)
{
    return o->M + (size_t)column * TILE * (size_t)o->shape.ntheta + (size_t)line * TILE;
}

static void divide_task(void *context, int task, int thread)
{
    const dia_normal *o = context;
    const int k = o->column, i = k + 1 + task;
    (void)thread;
    dia_matrix_divide(tile_size(o, i), tile_size(o, k), tile_of(o, k, k), tile_of(o, i, k), o->shape.ntheta);
}

static void subtract_task(void *context, int task, int thread)
{
    const dia_normal *o = context;
    int line = 0;
    (void)thread;
    while ((line + 1) * (line + 2) / 2 <= task)
        line++;
    const int k = o->column, i = k + 1 + line, j = k + 1 + task - line * (line + 1) / 2;
    if (dia_objective_stopped(o->objective))
        return;
    dia_matrix_subtract(tile_size(o, i), tile_size(o, j), tile_size(o, k), tile_of(o, i, k), tile_of(o, j, k),
                        tile_of(o, i, j), o->shape.ntheta);
}

dia_status dia_normal_solve(dia_normal *o, double mu, double *step)
{
    const size_t nt = (size_t)o->shape.ntheta;
    double mean = 0.0;
    for (size_t i = 0; i < nt; i++)
        mean += o->diagonal[i] / (double)nt;
    for (size_t j = 0; j < nt; j++) {
        o->M[j * nt + j] = o->diagonal[j] + mu * mean;
        for (size_t i = j + 1; i < nt; i++)
            o->M[j * nt + i] = o->M[i * nt + j];
    }
    for (int k = 0; k < o->ntile; k++) {
        const int left = o->ntile - 1 - k;
        o->column = k;
        if (dia_objective_stopped(o->objective))
            return DIA_ERROR_INTERRUPTED;
        dia_objective_tell(o->objective, 1.0 - (1.0 - o->formed) * pow((double)(left + 1) / o->ntile, 3.0));
        if (!dia_matrix_cholesky(tile_size(o, k), tile_of(o, k, k), o->shape.ntheta))
            return DIA_ERROR_NUMERIC;
        dia_team_run(o->nthread, left, divide_task, o);
        dia_team_run(o->nthread, left * (left + 1) / 2, subtract_task, o);
    }
    if (dia_objective_stopped(o->objective))
        return DIA_ERROR_INTERRUPTED;
    for (size_t i = 0; i < nt; i++)
        step[i] = -o->g[i];
    dia_matrix_solve(o->shape.ntheta, o->M, o->shape.ntheta, step);
    return DIA_OK;
}
