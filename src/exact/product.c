/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/product.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/eigen.h"
#include "math/vector.h"
#include "parallel/team.h"

enum { CHUNK = 512 }; /* functions that one thread takes at a time */

/* ---- the Hamiltonian --------------------------------------------------------------------------- */

static int term_count(const dia_polynomial *p)
{
    return 1 + p->nmode + p->nquadratic;
}

/* Matrix of term t: the constant, the linear ones, the quadratic ones. */
static const double *term_matrix(const dia_polynomial *p, int t)
{
    if (t == 0)
        return p->constant;
    return t <= p->nmode ? p->linear + (t - 1) * p->npacked : p->coefficient + (t - 1 - p->nmode) * p->npacked;
}

dia_status dia_product_create(dia_product *product, const dia_polynomial *polynomial, const dia_basis *basis,
                              int threads, dia_error *error)
{
    const int n = polynomial->nstate, nterm = term_count(polynomial);
    const size_t most = (size_t)nterm * (size_t)(n * n);
    *product = (dia_product){.polynomial = polynomial, .basis = basis, .threads = threads};
    product->first = malloc((size_t)(nterm + 1) * sizeof(int));
    product->row = malloc(most * sizeof(int));
    product->column = malloc(most * sizeof(int));
    product->value = malloc(most * sizeof(double));
    product->scratch = malloc((size_t)threads * (size_t)(4 * n) * sizeof(double));
    int quanta = 0;
    for (int m = 0; m < basis->nmode; m++)
        quanta = basis->most[m] > quanta ? basis->most[m] : quanta;
    product->root = malloc((size_t)(quanta + 3) * sizeof(double));
    if (product->first == NULL || product->row == NULL || product->column == NULL || product->value == NULL ||
        product->scratch == NULL || product->root == NULL) {
        dia_product_free(product);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a Hamiltonian of %d terms", nterm);
    }
    for (int i = 0; i < quanta + 3; i++)
        product->root[i] = sqrt(0.5 * i);
    for (int t = 0; t < nterm; t++) {
        product->first[t] = product->nentry;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                const double value = term_matrix(polynomial, t)[dia_packed(i, j)];
                if (value != 0.0) {
                    product->row[product->nentry] = i;
                    product->column[product->nentry] = j;
                    product->value[product->nentry++] = value;
                }
            }
    }
    product->first[nterm] = product->nentry;
    for (int m = 0; m < polynomial->nmode; m++)
        product->lowest += 0.5 * polynomial->frequency[m];
    return DIA_OK;
}

void dia_product_free(dia_product *product)
{
    free(product->first);
    free(product->row);
    free(product->column);
    free(product->value);
    free(product->scratch);
    free(product->root);
    *product = (dia_product){0};
}

typedef struct application {
    const dia_product *product;
    const double *x, *y0;
    double *y, factor, shift;
} application;

/* z (2 n) += element * x of function g, if there is one */
static inline void gather(const application *a, const int n, int g, double element, double *z)
{
    if (g < 0)
        return;
    const double *x = a->x + 2 * (size_t)g * (size_t)n;
    for (int i = 0; i < 2 * n; i++)
        z[i] += element * x[i];
}

/* Row f of Q_m. <n|Q|n-1> = sqrt(n/2) = root[n]. */
static inline void gather_linear(const application *a, const int n, int f, int m, double *z)
{
    const dia_basis *b = a->product->basis;
    const size_t at = (size_t)f * (size_t)b->nmode + (size_t)m;
    const double *root = a->product->root + b->quanta[at];
    gather(a, n, b->up[at], root[1], z);
    gather(a, n, b->down[at], root[0], z);
}

static inline int neighbour(const dia_basis *b, const int *table, int f, int m)
{
    return f < 0 ? -1 : table[(size_t)f * (size_t)b->nmode + (size_t)m];
}

/* Row f of Q_m Q_k. Down first: then what is between is a member if the end is. */
static inline void gather_quadratic(const application *a, const int n, int f, int m, int k, double *z)
{
    const dia_basis *b = a->product->basis;
    const uint16_t *quanta = b->quanta + (size_t)f * (size_t)b->nmode;
    const double *M = a->product->root + quanta[m], *K = a->product->root + quanta[k];
    const int up = neighbour(b, b->up, f, m), down = neighbour(b, b->down, f, m);
    if (m == k) {
        gather(a, n, f, quanta[m] + 0.5, z);
        gather(a, n, neighbour(b, b->up, up, m), M[1] * M[2], z);
        if (quanta[m] > 1)
            gather(a, n, neighbour(b, b->down, down, m), M[0] * M[-1], z);
        return;
    }
    gather(a, n, neighbour(b, b->up, up, k), M[1] * K[1], z);
    gather(a, n, neighbour(b, b->up, down, k), M[0] * K[1], z);
    gather(a, n, neighbour(b, b->up, neighbour(b, b->down, f, k), m), M[1] * K[0], z);
    gather(a, n, neighbour(b, b->down, down, k), M[0] * K[0], z);
}

/* sum += (matrix of term t) z */
static inline void add_matrix(const dia_product *product, int t, const double *z, double *sum)
{
    for (int e = product->first[t]; e < product->first[t + 1]; e++) {
        const double value = product->value[e];
        sum[2 * product->row[e]] += value * z[2 * product->column[e]];
        sum[2 * product->row[e] + 1] += value * z[2 * product->column[e] + 1];
    }
}

/* n: number of states, a constant in the usual cases, so that the compiler unrolls. z, sum (2 n): work space. */
static inline void apply_row(const application *a, const int n, int f, double *z, double *sum)
{
    const dia_polynomial *p = a->product->polynomial;
    const dia_basis *b = a->product->basis;
    const size_t at = 2 * (size_t)f * (size_t)n;
    double energy = a->product->lowest - a->shift;
    for (int m = 0; m < p->nmode; m++)
        energy += p->frequency[m] * b->quanta[(size_t)f * (size_t)p->nmode + (size_t)m];
    for (int i = 0; i < 2 * n; i++)
        sum[i] = energy * a->x[at + (size_t)i];
    add_matrix(a->product, 0, a->x + at, sum);
    for (int t = 1; t < term_count(p); t++) {
        if (a->product->first[t] == a->product->first[t + 1])
            continue;
        for (int i = 0; i < 2 * n; i++)
            z[i] = 0.0;
        if (t <= p->nmode)
            gather_linear(a, n, f, t - 1, z);
        else
            gather_quadratic(a, n, f, p->quadratic[t - 1 - p->nmode].m, p->quadratic[t - 1 - p->nmode].k, z);
        add_matrix(a->product, t, z, sum);
    }
    for (int i = 0; i < 2 * n; i++)
        a->y[at + (size_t)i] = a->factor * sum[i] - (a->y0 == NULL ? 0.0 : a->y0[at + (size_t)i]);
}

static void apply_chunk(void *context, int chunk, int thread)
{
    const application *a = context;
    const int n = a->product->polynomial->nstate, end = (chunk + 1) * CHUNK;
    const int last = end < a->product->basis->count ? end : a->product->basis->count;
    double *z = a->product->scratch + (size_t)thread * (size_t)(4 * n), *sum = z + 2 * n;
    for (int f = chunk * CHUNK; f < last; f++)
        switch (n) {
        case 2:
            apply_row(a, 2, f, z, sum);
            break;
        case 3:
            apply_row(a, 3, f, z, sum);
            break;
        default:
            apply_row(a, n, f, z, sum);
        }
}

void dia_product_apply(void *context, const double *x, double factor, double shift, const double *y0, double *y)
{
    const dia_product *product = context;
    application a = {product, x, y0, y, factor, shift};
    const int chunks = (product->basis->count + CHUNK - 1) / CHUNK;
    dia_team_run(chunks < 8 ? 1 : product->threads, chunks, apply_chunk,
                 &a); /* waking a team costs more than little work */
}

/* ---- the start --------------------------------------------------------------------------------- */

/* With A = V diag(a) V^T: coefficients of the Gaussian obey
 *   sqrt(n_m + 1) c(n + e_m) = h_m c(n) + sum_k G_mk sqrt(n_k) c(n - e_k),
 *   G = (1 - A)(1 + A)^-1,   h = sqrt(2) (1 + A)^-1 (A centre + i momentum),
 * from grad psi = (-A (Q - centre) + i momentum) psi written with a and a^+. */
typedef struct recursion {
    double *G;       /* (nmode, nmode) */
    double *re, *im; /* (nmode): h     */
    double first[2]; /* c(0)           */
} recursion;

static bool find_recursion(int n, const dia_product_packet *packet, double *numbers, recursion *r)
{
    double *packed = numbers, *a = packed + n * (n + 1) / 2, *V = a + n, *work = V + n * n;
    double size = 0.0, phase = 0.0, half = 0.0; /* logarithm of |c(0)| and phase of c(0) */
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            packed[dia_packed(i, j)] = packet->A[i * n + j];
    if (!dia_eigen_packed(n, packed, a, V, work) || !(a[0] > 0.0))
        return false;
    memset(r->G, 0, (size_t)(n * n) * sizeof(double));
    memset(r->re, 0, (size_t)n * sizeof(double));
    memset(r->im, 0, (size_t)n * sizeof(double));
    for (int l = 0; l < n; l++) {
        double q = 0.0, p = 0.0;
        for (int i = 0; i < n; i++) {
            q += V[i * n + l] * packet->centre[i];
            p += V[i * n + l] * packet->momentum[i];
        }
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++)
                r->G[i * n + j] += V[i * n + l] * V[j * n + l] * (1.0 - a[l]) / (1.0 + a[l]);
            r->re[i] += sqrt(2.0) * V[i * n + l] * a[l] * q / (1.0 + a[l]);
            r->im[i] += sqrt(2.0) * V[i * n + l] * p / (1.0 + a[l]);
        }
        /* <0|psi> of one dimension: (4a)^(1/4) / sqrt(1+a) exp[(a q + i p)^2/(2 (1+a)) - a q^2/2 - i p q] */
        half += 0.25 * log(4.0 * a[l]) - 0.5 * log(1.0 + a[l]);
        size += (a[l] * a[l] * q * q - p * p) / (2.0 * (1.0 + a[l])) - 0.5 * a[l] * q * q;
        phase += a[l] * q * p / (1.0 + a[l]) - p * q;
    }
    r->first[0] = exp(half + size) * cos(phase);
    r->first[1] = exp(half + size) * sin(phase);
    return true;
}

/* c (count, 2), in the order of the basis: all a function is made of stands before it. */
static void fill_packet(const dia_basis *b, const recursion *r, double *c)
{
    const size_t nmode = (size_t)b->nmode;
    c[0] = r->first[0];
    c[1] = r->first[1];
    for (int f = 1; f < b->count; f++) {
        const uint16_t *n = b->quanta + (size_t)f * nmode;
        size_t m = 0;
        while (n[m] == 0)
            m++;
        const int lower = b->down[(size_t)f * nmode + m];
        const double *x = c + 2 * (size_t)lower;
        double re = r->re[m] * x[0] - r->im[m] * x[1], im = r->re[m] * x[1] + r->im[m] * x[0];
        for (size_t k = 0; k < nmode; k++) {
            const int below = b->down[(size_t)lower * nmode + k];
            if (below < 0)
                continue;
            const double factor = r->G[m * nmode + k] * sqrt((double)b->quanta[(size_t)lower * nmode + k]);
            re += factor * c[2 * (size_t)below];
            im += factor * c[2 * (size_t)below + 1];
        }
        c[2 * (size_t)f] = re / sqrt((double)n[m]);
        c[2 * (size_t)f + 1] = im / sqrt((double)n[m]);
    }
}

dia_status dia_product_start(const dia_product *product, const dia_product_packet *packet, const double *amplitude,
                             double *psi, double *missing, dia_error *error)
{
    const dia_basis *b = product->basis;
    const int n = product->polynomial->nmode, nstate = product->polynomial->nstate;
    const size_t room = (size_t)(2 * n * n + 2 * n) + (size_t)(n * (n + 1) / 2 + n) + dia_eigen_work(n);
    double *numbers = malloc(room * sizeof *numbers), *c = malloc(2 * (size_t)b->count * sizeof *c);
    dia_status status = DIA_OK;
    if (numbers == NULL || c == NULL) {
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a packet of %d modes", n);
    } else {
        recursion r = {.G = numbers, .re = numbers + n * n, .im = numbers + n * n + n};
        if (!find_recursion(n, packet, numbers + n * n + 2 * n, &r))
            status = dia_error_set(error, DIA_ERROR_INPUT, "the packet has no width");
        double norm = 0.0;
        if (status == DIA_OK)
            fill_packet(b, &r, c);
        for (int f = 0; f < b->count && status == DIA_OK; f++) {
            const double re = c[2 * (size_t)f], im = c[2 * (size_t)f + 1];
            norm += re * re + im * im;
            for (int s = 0; s < nstate; s++) {
                double *to = psi + 2 * ((size_t)f * (size_t)nstate + (size_t)s);
                to[0] = re * amplitude[2 * s] - im * amplitude[2 * s + 1];
                to[1] = re * amplitude[2 * s + 1] + im * amplitude[2 * s];
            }
        }
        *missing = 1.0 - norm;
    }
    free(numbers);
    free(c);
    return status;
}

/* ---- what is measured -------------------------------------------------------------------------- */

void dia_product_density(const dia_product *product, const double *psi, double *density)
{
    const int n = product->polynomial->nstate;
    memset(density, 0, (size_t)(2 * n * n) * sizeof *density);
    for (int f = 0; f < product->basis->count; f++) {
        const double *x = psi + 2 * (size_t)f * (size_t)n;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++) {
                density[2 * (i * n + j)] += x[2 * i] * x[2 * j] + x[2 * i + 1] * x[2 * j + 1];
                density[2 * (i * n + j) + 1] += x[2 * i + 1] * x[2 * j] - x[2 * i] * x[2 * j + 1];
            }
    }
}

/* re + i im += factor sum over states of conj(psi_g) psi_f */
static void overlap(int n, const double *psi, int g, int f, double factor, double *re, double *im)
{
    if (g < 0)
        return;
    const double *a = psi + 2 * (size_t)g * (size_t)n, *b = psi + 2 * (size_t)f * (size_t)n;
    for (int s = 0; s < n; s++) {
        *re += factor * (a[2 * s] * b[2 * s] + a[2 * s + 1] * b[2 * s + 1]);
        *im += factor * (a[2 * s] * b[2 * s + 1] - a[2 * s + 1] * b[2 * s]);
    }
}

/* Q = (a + a^+)/sqrt 2, P = (a - a^+)/(i sqrt 2), so <Q> + i <P> = sqrt 2 <a>, <Q^2> and <P^2> = <n + 1/2> +- Re <a a>. */
static void measure_mode(const dia_product *product, const double *psi, int m, dia_product_moments *moments)
{
    const dia_basis *b = product->basis;
    const int n = product->polynomial->nstate;
    double re = 0.0, im = 0.0, twice = 0.0, number = 0.0, unused = 0.0;
    for (int f = 0; f < b->count; f++) {
        const size_t at = (size_t)f * (size_t)b->nmode + (size_t)m;
        const double q = b->quanta[at];
        const int down = b->down[at];
        overlap(n, psi, f, f, q + 0.5, &number, &unused);
        overlap(n, psi, down, f, sqrt(q), &re, &im);
        overlap(n, psi, down < 0 ? -1 : b->down[(size_t)down * (size_t)b->nmode + (size_t)m], f, sqrt(q * (q - 1.0)),
                &twice, &unused);
    }
    moments->Q[m] = sqrt(2.0) * re / moments->norm;
    moments->P[m] = sqrt(2.0) * im / moments->norm;
    moments->Q2[m] = (number + twice) / moments->norm;
    moments->P2[m] = (number - twice) / moments->norm;
    moments->kinetic += 0.5 * product->polynomial->frequency[m] * (number - twice);
}

void dia_product_measure(const dia_product *product, const double *psi, double *work, dia_product_moments *moments)
{
    const int n = 2 * product->basis->count * product->polynomial->nstate;
    moments->norm = dia_dot(n, psi, psi);
    dia_product_apply((void *)product, psi, 1.0, 0.0, NULL, work); /* reads it only */
    moments->energy = dia_dot(n, psi, work);
    moments->kinetic = 0.0;
    for (int m = 0; m < product->polynomial->nmode; m++)
        measure_mode(product, psi, m, moments);
}
