/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/heom.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"
#include "parallel/team.h"

enum { CHUNK = 64 }; /* matrices that one thread takes at a time */

/* A term that decays r times faster than the slowest counts sqrt r times, at most half of the depth: its matrices are small,
 * and make the equations stiff. Terms that do not decay count once. */
static void find_weights(int nterm, const dia_bath_term *term, int depth, double *weight)
{
    double slowest = INFINITY;
    for (int k = 0; k < nterm; k++)
        if (creal(term[k].rate) > 0.0)
            slowest = fmin(slowest, creal(term[k].rate));
    for (int k = 0; k < nterm; k++)
        weight[k] = fmax(1.0, fmin(0.5 * depth, sqrt(creal(term[k].rate) / slowest)));
}

double dia_heom_count(int nterm, const dia_bath_term *term, int depth)
{
    double *weight = malloc((size_t)nterm * sizeof *weight);
    if (weight == NULL)
        return INFINITY;
    find_weights(nterm, term, depth, weight);
    const double count = dia_basis_count(nterm, weight, depth);
    free(weight);
    return count;
}

double dia_heom_bytes(int nterm, double count, int n)
{
    return dia_basis_bytes(nterm, count) + 3.0 * 16.0 * count * n * n;
}

/* ---- the generator ------------------------------------------------------------------------------ */

typedef struct application {
    const dia_heom *heom;
    const double *x;
    double *y, factor;
} application;

/* a (2 size) += (re + i im) b */
static inline void add(int size, double re, double im, const double *b, double *a)
{
    for (int i = 0; i < size; i++) {
        a[2 * i] += re * b[2 * i] - im * b[2 * i + 1];
        a[2 * i + 1] += re * b[2 * i + 1] + im * b[2 * i];
    }
}

/* Y += factor (V A - B V), V real symmetric. */
static void add_commutator(int n, double factor, const double *V, const double *A, const double *B, double *Y)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++) {
            const double v = factor * V[i * n + k];
            if (v == 0.0)
                continue;
            for (int j = 0; j < n; j++) {
                Y[2 * (i * n + j)] += v * A[2 * (k * n + j)]; /* (V A)_ij = V_ik A_kj */
                Y[2 * (i * n + j) + 1] += v * A[2 * (k * n + j) + 1];
                Y[2 * (j * n + k)] -= v * B[2 * (j * n + i)]; /* (B V)_jk = B_ji V_ik */
                Y[2 * (j * n + k) + 1] -= v * B[2 * (j * n + i) + 1];
            }
        }
}

/* Y += i (V A - B V), V real antisymmetric. */
static void add_imaginary(int n, const double *V, const double *A, const double *B, double *Y)
{
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            for (int j = 0; j < n; j++) {
                const double v = V[i * n + k], *a = A + 2 * (k * n + j), *b = B + 2 * (j * n + i);
                Y[2 * (i * n + j)] -= v * a[1];
                Y[2 * (i * n + j) + 1] += v * a[0];
                Y[2 * (j * n + k)] += v * b[1];
                Y[2 * (j * n + k) + 1] -= v * b[0];
            }
}

/* Y += factor (V A - B V), V diagonal. */
static void add_diagonal(int n, double factor, const double *V, const double *A, const double *B, double *Y)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            const double left = factor * V[i * n + i], right = factor * V[j * n + j];
            const int e = 2 * (i * n + j);
            Y[e] += left * A[e] - right * B[e];
            Y[e + 1] += left * A[e + 1] - right * B[e + 1];
        }
}

/* Y += factor (V A - B V) of bath b */
static void add_bath(const dia_heom *heom, int b, double factor, const double *A, const double *B, double *Y)
{
    const int n = heom->system->n;
    (heom->diagonal[b] ? add_diagonal : add_commutator)(n, factor, heom->system->V + b * n * n, A, B, Y);
}

/* a += factor b, of reals */
static inline void add_real(int size, double factor, const double *b, double *a)
{
    for (int i = 0; i < 2 * size; i++)
        a[i] += factor * b[i];
}

/* left, right (2 n n each): what bath b multiplies with V from the left and from the right,
 *   sum_k sqrt((m_k+1) s_k) rho(m + e_k) + sqrt(m_k/s_k) (c_k or its conjugate) rho(m - e_k);
 * most of it is the same for both. */
static void gather(const application *a, int f, int b, double *left, double *right)
{
    const dia_heom *heom = a->heom;
    const dia_heom_system *s = heom->system;
    const int size = s->n * s->n;
    const size_t row = (size_t)f * (size_t)s->nterm;
    double *both = right + 2 * size;
    memset(left, 0, (size_t)(6 * size) * sizeof *left);
    for (int k = 0; k < s->nterm; k++) {
        const dia_bath_term *term = &s->term[k];
        const int up = heom->basis.up[row + (size_t)k], down = heom->basis.down[row + (size_t)k];
        const double m = heom->basis.quanta[row + (size_t)k];
        if (term->bath != b)
            continue;
        if (up >= 0)
            add_real(size, sqrt(m + 1.0) * heom->up[k], a->x + 2 * (size_t)up * (size_t)size, both);
        if (down < 0)
            continue;
        const double *x = a->x + 2 * (size_t)down * (size_t)size, weight = sqrt(m) * heom->down[k];
        if (cimag(term->coefficient) == 0.0 && term->coefficient == term->conjugate) {
            add_real(size, weight * creal(term->coefficient), x, both);
        } else {
            add(size, weight * creal(term->coefficient), weight * cimag(term->coefficient), x, left);
            add(size, weight * creal(term->conjugate), weight * cimag(term->conjugate), x, right);
        }
    }
    add_real(size, 1.0, both, left);
    add_real(size, 1.0, both, right);
}

/* y = factor L x for matrix f; work (8 n n) */
static void apply_matrix(const application *a, int f, double *work)
{
    const dia_heom_system *s = a->heom->system;
    const int n = s->n, size = n * n;
    const double *x = a->x + 2 * (size_t)f * (size_t)size;
    double *y = a->y + 2 * (size_t)f * (size_t)size, *Y = work, *left = Y + 2 * size, *right = left + 2 * size;
    double re = 0.0, im = 0.0;
    memset(Y, 0, (size_t)(2 * size) * sizeof *Y); /* what is multiplied by -i */
    add_commutator(n, 1.0, s->H, x, x, Y);
    if (s->imaginary != NULL)
        add_imaginary(n, s->imaginary, x, x, Y);
    for (int b = 0; b < s->nbath; b++) {
        gather(a, f, b, left, right);
        add_bath(a->heom, b, 1.0, left, right, Y);
    }
    for (int i = 0; i < size; i++) {
        y[2 * i] = Y[2 * i + 1];
        y[2 * i + 1] = -Y[2 * i];
    }
    for (int k = 0; k < s->nterm; k++) {
        const double m = a->heom->basis.quanta[(size_t)f * (size_t)s->nterm + (size_t)k];
        re -= m * creal(s->term[k].rate);
        im -= m * cimag(s->term[k].rate);
    }
    add(size, re, im, x, y);
    for (int b = 0; b < s->nbath; b++) {
        if (s->rest[b] == 0.0)
            continue;
        memset(Y, 0, (size_t)(2 * size) * sizeof *Y);
        add_bath(a->heom, b, 1.0, x, x, Y);
        add_bath(a->heom, b, -s->rest[b], Y, Y, y);
    }
    for (int i = 0; i < 2 * size; i++)
        y[i] *= a->factor;
}

static void apply_chunk(void *context, int chunk, int thread)
{
    const application *a = context;
    const int end = (chunk + 1) * CHUNK, last = end < a->heom->basis.count ? end : a->heom->basis.count;
    const int size = a->heom->system->n * a->heom->system->n;
    for (int f = chunk * CHUNK; f < last; f++)
        apply_matrix(a, f, a->heom->scratch + (size_t)thread * (size_t)(8 * size));
}

static void apply(const dia_heom *heom, const double *x, double factor, double *y)
{
    application a = {heom, x, y, factor};
    const int chunks = (heom->basis.count + CHUNK - 1) / CHUNK;
    dia_team_run(chunks < 8 ? 1 : heom->threads, chunks, apply_chunk, &a);
}

/* ---- creation, time ----------------------------------------------------------------------------- */

/* Largest sum of |elements| of a row. */
static double row_sum(int n, const double *M)
{
    double most = 0.0;
    for (int i = 0; i < n; i++) {
        double sum = 0.0;
        for (int j = 0; j < n; j++)
            sum += fabs(M[i * n + j]);
        most = fmax(most, sum);
    }
    return most;
}

/* The fastest decay in the hierarchy, and sum over k of sqrt(m_k s_k) <= sqrt(depth sum of s_k), once up, once down; a
 * commutator is at most twice V. */
static double estimate_norm(const dia_heom *heom)
{
    const dia_heom_system *s = heom->system;
    double norm = 2.0 * row_sum(s->n, s->H), fastest = 0.0;
    for (int b = 0; b < s->nbath; b++) {
        const double v = row_sum(s->n, s->V + b * s->n * s->n);
        double scales = 0.0;
        for (int k = 0; k < s->nterm; k++)
            scales += s->term[k].bath == b ? heom->up[k] * heom->up[k] : 0.0;
        norm += 4.0 * v * sqrt(heom->depth * scales) + 4.0 * fabs(s->rest[b]) * v * v;
    }
    for (int f = 0; f < heom->basis.count; f++) {
        double rate = 0.0;
        for (int k = 0; k < s->nterm; k++)
            rate += heom->basis.quanta[(size_t)f * (size_t)s->nterm + (size_t)k] * cabs(s->term[k].rate);
        fastest = fmax(fastest, rate);
    }
    return norm + fastest;
}

dia_status dia_heom_create(dia_heom *heom, const dia_heom_system *system, int depth, int threads, const double *density,
                           dia_error *error)
{
    const size_t nterm = (size_t)system->nterm, size = 2 * (size_t)system->n * (size_t)system->n;
    *heom = (dia_heom){.system = system, .depth = depth, .threads = threads};
    heom->up = malloc(nterm * sizeof(double));
    heom->down = malloc(nterm * sizeof(double));
    heom->diagonal = malloc((size_t)system->nbath * sizeof *heom->diagonal);
    dia_status status = heom->up != NULL && heom->down != NULL && heom->diagonal != NULL
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu terms", nterm);
    if (status == DIA_OK) {
        find_weights(system->nterm, system->term, depth, heom->up);
        status = dia_basis_create(&heom->basis, system->nterm, heom->up, depth, error);
    }
    if (status == DIA_OK) {
        const size_t all = (size_t)heom->basis.count * size;
        heom->rho = calloc(all, sizeof(double));
        heom->next = malloc(all * sizeof(double));
        heom->sum = malloc(all * sizeof(double));
        heom->scratch = malloc((size_t)threads * 4 * size * sizeof(double));
        if (heom->rho == NULL || heom->next == NULL || heom->sum == NULL || heom->scratch == NULL)
            status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a hierarchy of %d matrices",
                                   heom->basis.count);
    }
    if (status != DIA_OK) {
        dia_heom_free(heom);
        return status;
    }
    for (size_t k = 0; k < nterm; k++) {
        const double scale = fmax(cabs(system->term[k].coefficient), cabs(system->term[k].conjugate));
        heom->up[k] = sqrt(scale);
        heom->down[k] = scale > 0.0 ? 1.0 / sqrt(scale) : 0.0;
    }
    for (int b = 0; b < system->nbath; b++) {
        heom->diagonal[b] = true;
        for (int i = 0; i < system->n * system->n; i++)
            if (i % (system->n + 1) != 0 && system->V[b * system->n * system->n + i] != 0.0)
                heom->diagonal[b] = false;
    }
    memcpy(heom->rho, density, size * sizeof *density);
    heom->norm = estimate_norm(heom);
    return DIA_OK;
}

void dia_heom_free(dia_heom *heom)
{
    dia_basis_free(&heom->basis);
    free(heom->up);
    free(heom->down);
    free(heom->diagonal);
    free(heom->rho);
    free(heom->next);
    free(heom->sum);
    free(heom->scratch);
    *heom = (dia_heom){0};
}

/* dia_largest of more numbers than an int counts. */
static double largest(size_t n, const double *x)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++)
        most = dia_larger(most, fabs(x[i]));
    return most;
}

/* sum = exp(L t) rho, rho is used up; false: the series does not end. */
static bool step(dia_heom *heom, double t)
{
    enum { TERMS = 100 };
    const size_t all = (size_t)heom->basis.count * 2 * (size_t)(heom->system->n * heom->system->n);
    const double size = largest(all, heom->rho);
    memcpy(heom->sum, heom->rho, all * sizeof(double));
    for (int k = 1; k < TERMS; k++) {
        double *before = heom->rho;
        apply(heom, before, t / k, heom->next);
        heom->rho = heom->next;
        heom->next = before;
        for (size_t i = 0; i < all; i++)
            heom->sum[i] += heom->rho[i];
        const double term = largest(all, heom->rho);
        if (!isfinite(term))
            return false;
        if (term < 1e-13 * size)
            return true;
    }
    return false;
}

dia_status dia_heom_check(const dia_heom *heom, double t, dia_error *error)
{
    if (fabs(t) * heom->norm < 6e7)
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "the hierarchy turns by %.3g rad in the %.3g fs between two samples, expected less than 6e7: its "
        "energies or couplings are too large for the engine heom, or output.every is too long",
        fabs(t) * heom->norm, t / DIA_FEMTOSECOND);
}

dia_status dia_heom_advance(dia_heom *heom, double t, dia_error *error)
{
    if (dia_heom_check(heom, t, error) != DIA_OK)
        return error->status;
    const int steps = (int)ceil(fabs(t) * heom->norm / 6.0) + (t == 0.0);
    for (int i = 0; i < steps && !dia_control_stopped(heom->control); i++) {
        const bool ended = step(heom, t / steps);
        double *rho = heom->sum;
        heom->sum = heom->rho;
        heom->rho = rho;
        if (!ended || fabs(rho[0]) > 1e3)
            return dia_error_set(error, DIA_ERROR_NUMERIC,
                                 "the hierarchy of depth %d diverges: the coupling needs a deeper one", heom->depth);
    }
    return DIA_OK;
}
