/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al., arXiv:2409.11321, algorithm 3). For a weight
 * matrix with gradient G it keeps running means of G G^T and G^T G; Adam works on the gradient turned into their
 * eigenvectors, which one step of orthogonal iteration follows. The matrices of a small network are tiny, so this costs
 * next to nothing, and it needs several times fewer epochs than Adam.
 *
 * The bias is one more column of its matrix. State: gradient (ntheta), order (npoint), then for each matrix (r, c): m,
 * v (r, c), L, QL (r, r), R, QR (c, c). */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/matrix.h"
#include "train/epoch.h"

typedef struct soap {
    dia_epoch epoch; /* first: its options know their place */
    int every;
    double momentum;
} soap;

static const dia_option options[] = {
    DIA_EPOCH_OPTIONS("3e-3", "1e-6"),
    DIA_INT(soap, every, "5", "steps between two turns of the eigenbasis", DIA_RANGE(1, 1e6)),
    DIA_REAL(soap, momentum, DIA_PURE, "0.95", "share of the mean gradient that is kept at each step",
             DIA_RANGE(0, 0.9999)),
    {.key = NULL}};

static long length(const void *self)
{
    return ((const soap *)self)->epoch.epochs;
}

static size_t block_size(const dia_matrix_block *block)
{
    const size_t r = (size_t)block->rows, c = (size_t)block->cols + 1;
    return 2 * r * c + 2 * r * r + 2 * c * c;
}

/* Largest (r, c) as c for scratch arrays. */
static size_t widest(const dia_problem *p)
{
    size_t most = 1;
    for (int i = 0; i < p->nblock; i++) {
        const size_t r = (size_t)p->blocks[i].rows, c = (size_t)p->blocks[i].cols + 1;
        most = r > most ? r : most;
        most = c > most ? c : most;
    }
    return most;
}

static size_t state_size(const void *self, const dia_problem *p)
{
    (void)self;
    size_t size = (size_t)p->ntheta + (size_t)p->npoint;
    for (int i = 0; i < p->nblock; i++)
        size += block_size(&p->blocks[i]);
    return size;
}

/* One step of orthogonal iteration: Q <- orthonormal columns of M Q. */
static bool follow(int n, const double *M, double *Q, double *scratch, double *work)
{
    dia_matrix_multiply(n, n, n, 1.0, M, false, Q, false, 0.0, scratch);
    memcpy(Q, scratch, sizeof *Q * (size_t)n * (size_t)n);
    return dia_matrix_orthonormalise(n, Q, work);
}

static void unit(int n, double *Q)
{
    for (int i = 0; i < n; i++)
        Q[i * n + i] = 1.0;
}

typedef struct scratch {
    double *G, *a, *b; /* (widest, widest) each                       */
    double *work;      /* dia_matrix_work(widest)                      */
} scratch;

/* One step on one matrix; `number` counts steps from 1. */
static bool turn(const soap *o, const dia_matrix_block *block, long number, double rate, const double *gradient,
                 double *theta, double *state, const scratch *s)
{
    const double beta = 0.95, epsilon = 1e-8, keep = o->momentum; /* as in the paper, `keep` by default */
    const int r = block->rows, c = block->cols + 1;
    const size_t rc = (size_t)r * (size_t)c, rr = (size_t)r * (size_t)r, cc = (size_t)c * (size_t)c;
    double *m = state, *v = m + rc, *Lm = v + rc, *QL = Lm + rr, *Rm = QL + rr, *QR = Rm + cc;
    bool good = true;
    for (int i = 0; i < r; i++) {
        memcpy(s->G + i * c, gradient + block->weight + i * block->cols, sizeof(double) * (size_t)block->cols);
        s->G[i * c + c - 1] = gradient[block->bias + i];
    }
    dia_matrix_multiply(r, r, c, 1.0 - beta, s->G, false, s->G, true, beta, Lm);
    dia_matrix_multiply(c, c, r, 1.0 - beta, s->G, true, s->G, false, beta, Rm);
    if (number == 1) {
        unit(r, QL);
        unit(c, QR);
    }
    if (number == 1 || number % o->every == 0)
        for (int times = number < 20 ? 10 : 1; times > 0; times--) {
            good = good && follow(r, Lm, QL, s->a, s->work) && follow(c, Rm, QR, s->a, s->work);
        }
    for (size_t i = 0; i < rc; i++)
        m[i] = keep * m[i] + (1.0 - keep) * s->G[i];
    dia_matrix_multiply(r, c, r, 1.0, QL, true, s->G, false, 0.0, s->a);
    dia_matrix_multiply(r, c, c, 1.0, s->a, false, QR, false, 0.0, s->b); /* b = QL^T G QR */
    for (size_t i = 0; i < rc; i++)
        v[i] = beta * v[i] + (1.0 - beta) * s->b[i] * s->b[i];
    dia_matrix_multiply(r, c, r, 1.0, QL, true, m, false, 0.0, s->a);
    dia_matrix_multiply(r, c, c, 1.0, s->a, false, QR, false, 0.0, s->b);
    const double c1 = 1.0 - pow(keep, (double)number), c2 = 1.0 - pow(beta, (double)number);
    for (size_t i = 0; i < rc; i++)
        s->b[i] = s->b[i] / c1 / (sqrt(v[i] / c2) + epsilon);
    dia_matrix_multiply(r, c, r, 1.0, QL, false, s->b, false, 0.0, s->a);
    dia_matrix_multiply(r, c, c, 1.0, s->a, false, QR, true, 0.0, s->b); /* b = QL N QR^T */
    for (int i = 0; i < r; i++) {
        for (int j = 0; j < block->cols; j++)
            theta[block->weight + i * block->cols + j] -= rate * s->b[i * c + j];
        theta[block->bias + i] -= rate * s->b[i * c + c - 1];
    }
    return good;
}

typedef struct pass { /* of an epoch */
    const soap *o;
    double *blocks; /* state of the first matrix */
    scratch scratch;
} pass;

static dia_status step(void *context, const dia_problem *p, long number, double rate, const double *gradient)
{
    const pass *now = context;
    double *at = now->blocks;
    bool good = true;
    for (int i = 0; i < p->nblock; i++) {
        good =
            turn(now->o, &p->blocks[i], number, rate, gradient, dia_model_theta(p->model), at, &now->scratch) && good;
        at += block_size(&p->blocks[i]);
    }
    return good ? DIA_OK : DIA_ERROR_NUMERIC;
}

static dia_status advance(const void *self, const dia_problem *p, long epoch, double *state, double *loss,
                          bool *converged)
{
    const size_t most = widest(p);
    double *gradient = state, *order = gradient + p->ntheta;
    double *memory = malloc((3 * most * most + dia_matrix_work((int)most)) * sizeof *memory);
    *converged = false;
    if (memory == NULL)
        return DIA_ERROR_MEMORY;
    pass now = {
        self, order + p->npoint, {memory, memory + most * most, memory + 2 * most * most, memory + 3 * most * most}};
    const dia_status status = dia_epoch_run(self, p, epoch, gradient, order, step, &now, loss);
    free(memory);
    return status;
}

const dia_optimiser_type dia_optimiser_soap = {
    .name = "soap",
    .summary = "Adam in the eigenbasis of Shampoo's preconditioner, on shuffled batches",
    .reference = "Vyas et al., arXiv:2409.11321",
    .options = options,
    .self_size = sizeof(soap),
    .length = length,
    .state_size = state_size,
    .advance = advance};
