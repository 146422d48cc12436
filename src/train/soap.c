/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SOAP: Adam in the eigenbasis of Shampoo's preconditioner (Vyas et al., arXiv:2409.11321, algorithm 3). For a weight
 * matrix with gradient G it keeps running means of G G^T and G^T G; Adam works on the gradient turned into their
 * eigenvectors, which one step of orthogonal iteration follows. The matrices of a small network are tiny, so this costs
 * next to nothing, and it needs several times fewer epochs than Adam. A long side (an input layer of thousands of
 * features) is left as it is: the factor of the other side does most of the work (section 6 there, one-sided version).
 *
 * The bias is one more column of its matrix. State: gradient (ntheta), order (npoint), then for each matrix (r, c): m,
 * v (r, c), L, QL (r, r), R, QR (c, c), the last four only of sides that are turned. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/matrix.h"
#include "train/epoch.h"

typedef struct soap {
    dia_epoch epoch; /* first: its options know their place */
    int every, largest;
    double momentum;
} soap;

static const dia_option options[] = {
    DIA_EPOCH_OPTIONS("3e-3", "1e-6"),
    DIA_INT(soap, every, "5", "steps between two turns of the eigenbasis", DIA_RANGE(1, 1e6)),
    DIA_INT(soap, largest, "1024",
            "a side of a matrix that is longer keeps its own basis: its factors would take a square of that",
            DIA_RANGE(1, 1e9)),
    DIA_REAL(soap, momentum, DIA_PURE, "0.95", "share of the mean gradient that is kept at each step",
             DIA_RANGE(0, 0.9999)),
    {.key = NULL}};

static long length(const void *self)
{
    return ((const soap *)self)->epoch.epochs;
}

static bool turns(const soap *o, int n)
{
    return n <= o->largest;
}

static size_t square(const soap *o, int n)
{
    return turns(o, n) ? (size_t)n * (size_t)n : 0;
}

/* The bias is a column as well. */
static int columns(const dia_matrix_block *block)
{
    return block->cols + (block->bias >= 0);
}

static size_t block_size(const soap *o, const dia_matrix_block *block)
{
    const int r = block->rows, c = columns(block);
    return 2 * ((size_t)r * (size_t)c + square(o, r) + square(o, c));
}

/* Numbers of the largest matrix, or factor, for scratch arrays; *longest: the longest side that is turned. */
static size_t largest_of(const soap *o, const dia_problem *p, int *longest)
{
    size_t most = 1;
    *longest = 1;
    for (int i = 0; i < p->nblock; i++) {
        const int side[2] = {p->blocks[i].rows, columns(&p->blocks[i])};
        const size_t area = (size_t)side[0] * (size_t)side[1];
        most = area > most ? area : most;
        for (int k = 0; k < 2; k++) {
            most = square(o, side[k]) > most ? square(o, side[k]) : most;
            *longest = turns(o, side[k]) && side[k] > *longest ? side[k] : *longest;
        }
    }
    return most;
}

static size_t state_size(const void *self, const dia_problem *p)
{
    size_t size = (size_t)p->ntheta + (size_t)p->npoint;
    for (int i = 0; i < p->nblock; i++)
        size += block_size(self, &p->blocks[i]);
    return size;
}

/* out = QL^T X QR (into the eigenbasis) or QL X QR^T (out of it); X (r, c), a: scratch. A side that is not turned has
 * NULL. */
static void rotate(int r, int c, const double *QL, const double *QR, bool into, const double *X, double *a, double *out)
{
    const size_t size = sizeof *X * (size_t)r * (size_t)c;
    if (QL != NULL)
        dia_matrix_multiply(r, c, r, 1.0, QL, into, X, false, 0.0, a);
    else
        memcpy(a, X, size);
    if (QR != NULL)
        dia_matrix_multiply(r, c, c, 1.0, a, false, QR, !into, 0.0, out);
    else
        memcpy(out, a, size);
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
    double *G, *a, *b; /* as many numbers as the largest matrix or factor has */
    double *work;      /* dia_matrix_work(longest side)                       */
} scratch;

/* One step on one matrix; `number` counts steps from 1. */
static bool turn(const soap *o, const dia_matrix_block *block, long number, double rate, const double *gradient,
                 double *theta, double *state, const scratch *s)
{
    const double beta = 0.95, epsilon = 1e-8, keep = o->momentum; /* as in the paper, `keep` by default */
    const int r = block->rows, c = columns(block);
    const size_t rc = (size_t)r * (size_t)c;
    double *m = state, *v = m + rc, *Lm = v + rc, *QL = Lm + square(o, r), *Rm = QL + square(o, r),
           *QR = Rm + square(o, c);
    const bool left = turns(o, r), right = turns(o, c);
    bool good = true;
    for (int i = 0; i < r; i++) {
        memcpy(s->G + i * c, gradient + block->weight + i * block->cols, sizeof(double) * (size_t)block->cols);
        if (block->bias >= 0)
            s->G[i * c + c - 1] = gradient[block->bias + i];
    }
    const bool turning = number == 1 || number % o->every == 0;
    const int times = number < 20 ? 10 : 1;
    if (left) {
        dia_matrix_multiply(r, r, c, 1.0 - beta, s->G, false, s->G, true, beta, Lm);
        if (number == 1)
            unit(r, QL);
        for (int k = 0; turning && k < times; k++)
            good = good && follow(r, Lm, QL, s->a, s->work);
    }
    if (right) {
        dia_matrix_multiply(c, c, r, 1.0 - beta, s->G, true, s->G, false, beta, Rm);
        if (number == 1)
            unit(c, QR);
        for (int k = 0; turning && k < times; k++)
            good = good && follow(c, Rm, QR, s->a, s->work);
    }
    QL = left ? QL : NULL;
    QR = right ? QR : NULL;
    for (size_t i = 0; i < rc; i++)
        m[i] = keep * m[i] + (1.0 - keep) * s->G[i];
    rotate(r, c, QL, QR, true, s->G, s->a, s->b);
    for (size_t i = 0; i < rc; i++)
        v[i] = beta * v[i] + (1.0 - beta) * s->b[i] * s->b[i];
    rotate(r, c, QL, QR, true, m, s->a, s->b);
    const double c1 = 1.0 - pow(keep, (double)number), c2 = 1.0 - pow(beta, (double)number);
    for (size_t i = 0; i < rc; i++)
        s->b[i] = s->b[i] / c1 / (sqrt(v[i] / c2) + epsilon);
    rotate(r, c, QL, QR, false, s->b, s->a, s->b);
    for (int i = 0; i < r; i++) {
        for (int j = 0; j < block->cols; j++)
            theta[block->weight + i * block->cols + j] -= rate * s->b[i * c + j];
        if (block->bias >= 0)
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
        good = turn(now->o, &p->blocks[i], number, rate, gradient, dia_problem_theta(p), at, &now->scratch) && good;
        at += block_size(now->o, &p->blocks[i]);
    }
    return good ? DIA_OK : DIA_ERROR_NUMERIC;
}

static dia_status advance(const void *self, const dia_problem *p, long epoch, double *state, double *loss,
                          bool *converged)
{
    int longest;
    const size_t most = largest_of(self, p, &longest);
    double *gradient = state, *order = gradient + p->ntheta;
    double *memory = malloc((3 * most + dia_matrix_work(longest)) * sizeof *memory);
    *converged = false;
    if (memory == NULL)
        return DIA_ERROR_MEMORY;
    pass now = {self, order + p->npoint, {memory, memory + most, memory + 2 * most, memory + 3 * most}};
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
