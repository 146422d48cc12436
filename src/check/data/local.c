/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rasmussen, Williams, Gaussian Processes for Machine Learning (2006), eqs. 2.25-2.26, 4.17; section 9.4 for derivatives. With x the inverse distances,
 * s = x - x', q = sqrt(5) |s|/L:
 *
 *   k = (1 + q + q^2/3) e^-q,   dk/ds = k1 s,   k1 = -5/(3 L^2) (1 + q) e^-q,   d2k/ds ds^T = k1 + k2 s s^T,   k2 = 25/(3 L^4) e^-q
 *
 * and, with A = dx/dQ on the internal motions Q of each geometry, the covariances
 *
 *   <E E'> = k,   <E' G> = k1 A^T s,   <G G'^T> = -k1 A^T A' - k2 (A^T s)(A'^T s)^T */
#include "check/data/local.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "math/matrix.h"
#include "math/vector.h"
#include "molecule/internal.h"

/* Length L in units of the median distance of two points of the set: surfaces are smooth over a set, so it is long. */
static const double length_scale = 3.0;
/* Variances: of the unknown mean, of an energy and of gradients in units of those of the process: what repeated calculations of one method leave. */
static const double mean_variance = 100.0, energy_noise = 1e-6, gradient_noise = 1e-4;
/* Neighbours: as many as make this many numbers, at most MOST. A Cholesky decomposition of it takes a millisecond. */
enum { NUMBERS = 300, MOST = 20, FEWEST = 4, SPARE = 2 };

struct dia_local {
    const dia_checkup *x;
    int npoint, ndistance, ninternal, width, each;
    int nstate, state[DIA_DATASET_STATES]; /* those whose energies and gradients are mostly known */
    double inverse_length, noise;          /* 1/L; noise of gradients           */
    bool *has;                             /* (npoint)                          */
    double *X;                             /* (npoint, ndistance)               */
    double *A;                             /* (npoint, ndistance, ninternal)    */
    double *G;                             /* (npoint, nstate, ninternal)       */
    int *neighbour;                        /* (npoint, SPARE each) or -1        */
};

struct dia_local_work {
    double *M; /* the bordered matrix, column-major */
    double *u, *v;
    int *list;
    dia_whitened out;
};

/* ---- coordinates ----------------------------------------------------------------------------- */

/* Inverse distances and their derivatives by the internal motions. */
static void place(dia_local *l, const dia_molecule *unit, int point, double *Q, double *T)
{
    const int nc = l->x->data.ncart, ni = l->ninternal, natom = l->x->data.natom;
    const double *R = dia_checkup_position(l->x, point);
    double *X = l->X + (size_t)point * (size_t)l->ndistance, *A = l->A + (size_t)point * (size_t)(l->ndistance * ni);
    memset(Q, 0, sizeof *Q * (size_t)nc * (size_t)nc);
    dia_internal_basis(unit, R, Q, T);
    for (int a = 0, k = 0; a < natom; a++)
        for (int b = 0; b < a; b++, k++) {
            const double r = dia_distance(R + 3 * a, R + 3 * b);
            X[k] = 1.0 / r;
            for (int i = 0; i < ni; i++) {
                double sum = 0.0;
                for (int c = 0; c < 3; c++)
                    sum += (R[3 * a + c] - R[3 * b + c]) * (Q[i * nc + 3 * a + c] - Q[i * nc + 3 * b + c]);
                A[k * ni + i] = -sum / (r * r * r);
            }
        }
    for (int s = 0; s < l->nstate; s++)
        for (int i = 0; i < ni; i++)
            l->G[((size_t)point * (size_t)l->nstate + (size_t)s) * (size_t)ni + (size_t)i] =
                dia_dot(nc, Q + i * nc, dia_checkup_gradient(l->x, point, l->state[s]));
}

static dia_status place_all(dia_local *l, dia_error *error)
{
    const size_t nc = (size_t)l->x->data.ncart;
    dia_molecule unit;
    dia_status status = dia_molecule_init(&unit, l->x->data.natom, 3, NULL, error);
    if (status != DIA_OK)
        return status;
    double *Q = calloc(nc * nc + 6 * nc, sizeof *Q);
    if (Q == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu coordinates", nc);
    for (int p = 0; status == DIA_OK && p < l->npoint; p++)
        if (l->has[p])
            place(l, &unit, p, Q, Q + nc * nc);
    free(Q);
    dia_molecule_free(&unit);
    return status;
}

/* 1/L from the median distance of pairs drawn at random; the noise of gradients from their variance in the process. */
static dia_status measure(dia_local *l, int used, const int *points, dia_error *error)
{
    enum { PAIRS = 999 };
    double *list = calloc(PAIRS, sizeof *list), trace = 0.0;
    if (list == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for distances");
    int n = 0;
    for (uint32_t i = 0; i < PAIRS; i++) {
        const int a = points[dia_rng_integer(1, i, 0, DIA_PURPOSE_SHUFFLE, 0, (uint64_t)used)],
                  b = points[dia_rng_integer(1, i, 0, DIA_PURPOSE_SHUFFLE, 1, (uint64_t)used)];
        double sum = 0.0;
        for (int k = 0; k < l->ndistance; k++) {
            const double s =
                l->X[(size_t)a * (size_t)l->ndistance + (size_t)k] - l->X[(size_t)b * (size_t)l->ndistance + (size_t)k];
            sum += s * s;
        }
        if (sum > 0.0)
            list[n++] = sqrt(sum);
        const size_t size = (size_t)l->ndistance * (size_t)l->ninternal;
        trace += dia_dot((int)size, l->A + (size_t)a * size, l->A + (size_t)a * size) / PAIRS;
    }
    l->inverse_length = 1.0 / (length_scale * dia_median(n, list));
    l->noise = gradient_noise * 5.0 / 3.0 * l->inverse_length * l->inverse_length * trace / l->ninternal;
    free(list);
    return DIA_OK;
}

static bool knows(const dia_checkup *x, int point, int state)
{
    return !x->drop[point] && dia_finite((size_t)x->data.ncart, dia_checkup_position(x, point)) &&
           dia_finite(1, dia_checkup_energy(x, point) + state) &&
           dia_finite((size_t)x->data.ncart, dia_checkup_gradient(x, point, state));
}

/* States known at least at half as many points as the best known one. */
static void choose_states(dia_local *l)
{
    int count[DIA_DATASET_STATES] = {0}, most = 0;
    for (int s = 0; s < l->x->data.nstate; s++) {
        for (int p = 0; p < l->npoint; p++)
            count[s] += knows(l->x, p, s);
        most = count[s] > most ? count[s] : most;
    }
    for (int s = 0; s < l->x->data.nstate; s++)
        if (most > 0 && 2 * count[s] >= most)
            l->state[l->nstate++] = s;
}

static int choose_points(dia_local *l, int *points)
{
    int n = 0;
    for (int p = 0; p < l->npoint; p++) {
        l->has[p] = l->nstate > 0;
        for (int s = 0; s < l->nstate; s++)
            l->has[p] = l->has[p] && knows(l->x, p, l->state[s]);
        if (l->has[p])
            points[n++] = p;
    }
    return n;
}

static bool allocate(dia_local *l)
{
    const size_t n = (size_t)l->npoint;
    l->has = calloc(n + 1, sizeof *l->has);
    l->X = dia_allocate(n * (size_t)l->ndistance + 1, sizeof *l->X);
    l->A = dia_allocate(n * (size_t)(l->ndistance * l->ninternal) + 1, sizeof *l->A);
    l->G = dia_allocate(n * (size_t)(l->nstate * l->ninternal) + 1, sizeof *l->G);
    l->neighbour = calloc(n * (size_t)(SPARE * l->each) + 1, sizeof *l->neighbour);
    return l->has != NULL && l->X != NULL && l->A != NULL && l->G != NULL && l->neighbour != NULL;
}

static dia_status prepare(dia_local *l, int least, bool *enough, dia_error *error)
{
    int *points = calloc((size_t)l->npoint + 1, sizeof *points);
    bool *skip = calloc((size_t)l->npoint + 1, sizeof *skip);
    dia_status status = DIA_OK;
    choose_states(l);
    if (points == NULL || skip == NULL || !allocate(l))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d points", l->npoint);
    const int used = status == DIA_OK ? choose_points(l, points) : 0;
    *enough = used >= least;
    if (status == DIA_OK && *enough)
        status = place_all(l, error);
    if (status == DIA_OK && *enough)
        status = measure(l, used, points, error);
    for (int p = 0; status == DIA_OK && p < l->npoint; p++)
        skip[p] = !l->has[p];
    if (status == DIA_OK && *enough)
        status =
            dia_near_rows(l->npoint, l->ndistance, l->X, skip, 0.0, INFINITY, SPARE * l->each, l->neighbour, error);
    free(points);
    free(skip);
    return status;
}

dia_status dia_local_open(dia_local **local, const dia_checkup *x, int least, dia_error *error)
{
    *local = NULL;
    if (x->data.natom < 2)
        return DIA_OK;
    dia_local *l = calloc(1, sizeof *l);
    if (l == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare points");
    const int nc = x->data.ncart;
    *l = (dia_local){.x = x, .npoint = x->data.npoint};
    l->ndistance = x->data.natom * (x->data.natom - 1) / 2;
    l->ninternal =
        x->data.natom == 2 ? 1 : nc - 6; /* of a linear geometry one of its two bends in a plane is not used */
    l->width = l->ninternal + 1;
    l->each = NUMBERS / l->width < MOST ? NUMBERS / l->width : MOST;
    l->each = l->each > FEWEST ? l->each : FEWEST;
    bool enough = false;
    const dia_status status = prepare(l, least, &enough, error);
    if (status == DIA_OK && enough)
        *local = l;
    else
        dia_local_close(l);
    return status;
}

void dia_local_close(dia_local *l)
{
    if (l == NULL)
        return;
    free(l->has);
    free(l->X);
    free(l->A);
    free(l->G);
    free(l->neighbour);
    free(l);
}

bool dia_local_has(const dia_local *l, int point)
{
    return l->has[point];
}

int dia_local_states(const dia_local *l, const int **state)
{
    *state = l->state;
    return l->nstate;
}

bool dia_local_touches(const dia_local *l, int point, const bool *marked)
{
    const int *list = l->neighbour + (size_t)point * (size_t)(SPARE * l->each);
    for (int i = 0; i < l->each; i++)
        if (list[i] >= 0 && marked[list[i]])
            return true;
    return false;
}

/* ---- the regression -------------------------------------------------------------------------- */

dia_local_work *dia_local_work_create(const dia_local *l)
{
    const size_t w = (size_t)l->width, ns = (size_t)l->nstate, size = w * (size_t)l->each + w + ns;
    dia_local_work *work = calloc(1, sizeof *work);
    if (work == NULL)
        return NULL;
    work->M = dia_allocate(size * size, sizeof *work->M);
    work->u = calloc(2 * w + 1, sizeof *work->u);
    work->v = work->u != NULL ? work->u + w : NULL;
    work->list = calloc((size_t)l->each + 1, sizeof *work->list);
    work->out = (dia_whitened){.width = l->width,
                               .gradient = calloc(ns * w, sizeof(double)),
                               .energy = calloc(ns, sizeof(double)),
                               .predicted = calloc(ns * w, sizeof(double)),
                               .sigma = calloc(ns, sizeof(double))};
    if (work->M != NULL && work->u != NULL && work->list != NULL && work->out.gradient != NULL &&
        work->out.energy != NULL && work->out.predicted != NULL && work->out.sigma != NULL)
        return work;
    dia_local_work_free(work);
    return NULL;
}

void dia_local_work_free(dia_local_work *work)
{
    if (work == NULL)
        return;
    free(work->M);
    free(work->u);
    free(work->list);
    free(work->out.gradient);
    free(work->out.energy);
    free(work->out.predicted);
    free(work->out.sigma);
    free(work);
}

/* Covariance of the labels of a (rows) and b (columns), gradient first, energy last: B (width, width) column-major with columns of ld numbers. */
static void covariance(const dia_local *l, int a, int b, dia_local_work *work, double *B, size_t ld)
{
    const int nd = l->ndistance, ni = l->ninternal;
    const double *x = l->X + (size_t)a * (size_t)nd, *y = l->X + (size_t)b * (size_t)nd,
                 *A = l->A + (size_t)a * (size_t)(nd * ni), *C = l->A + (size_t)b * (size_t)(nd * ni);
    double square = 0.0, *u = work->u, *v = work->v;
    memset(u, 0, sizeof *u * 2 * (size_t)l->width);
    for (int k = 0; k < nd; k++) {
        const double s = x[k] - y[k];
        square += s * s;
        dia_add(ni, s, A + k * ni, u);
        dia_add(ni, s, C + k * ni, v);
    }
    const double i2 = l->inverse_length * l->inverse_length, q = sqrt(5.0 * square * i2), e = exp(-q);
    const double k1 = -5.0 / 3.0 * i2 * (1.0 + q) * e, k2 = 25.0 / 3.0 * i2 * i2 * e;
    for (int j = 0; j < ni; j++) {
        double *column = B + (size_t)j * ld;
        for (int i = 0; i < ni; i++)
            column[i] = -k2 * u[i] * v[j];
        for (int k = 0; k < nd; k++)
            dia_add(ni, -k1 * C[k * ni + j], A + k * ni, column);
        column[ni] = -k1 * v[j];
        B[(size_t)ni * ld + (size_t)j] = k1 * u[j];
    }
    B[(size_t)ni * ld + (size_t)ni] = mean_variance + (1.0 + q + q * q / 3.0) * e;
    if (a == b) {
        for (int j = 0; j < ni; j++)
            B[(size_t)j * ld + (size_t)j] += l->noise;
        B[(size_t)ni * ld + (size_t)ni] += energy_noise;
    }
}

static int gather(const dia_local *l, int point, const bool *avoid, int *list)
{
    const int *all = l->neighbour + (size_t)point * (size_t)(SPARE * l->each);
    int n = 0;
    for (int i = 0; i < SPARE * l->each && n < l->each; i++)
        if (all[i] >= 0 && (avoid == NULL || !avoid[all[i]]))
            list[n++] = all[i];
    return n;
}

/* The lower triangle of the covariance of the n neighbours and the point, and below it a row of labels for each state; energies less `zero`. */
static void fill(const dia_local *l, int point, int n, const double *zero, dia_local_work *work, size_t ld)
{
    const size_t w = (size_t)l->width, ni = (size_t)l->ninternal, ns = (size_t)l->nstate;
    for (int b = 0; b <= n; b++) {
        const int q = b < n ? work->list[b] : point;
        double *column = work->M + (size_t)b * w * ld;
        for (int a = b; a <= n; a++)
            covariance(l, a < n ? work->list[a] : point, q, work, column + (size_t)a * w, ld);
        for (size_t s = 0; s < ns; s++) {
            double *row = column + (size_t)(n + 1) * w + s;
            for (size_t i = 0; i < ni; i++)
                row[i * ld] = b < n ? l->G[((size_t)q * ns + s) * ni + i] : 0.0;
            row[ni * ld] = b < n ? dia_checkup_energy(l->x, q)[l->state[s]] - zero[s] : 0.0;
        }
    }
}

/* v becomes L^-1 v, L (n, n) lower, columns of ld numbers. */
static void whiten(int n, const double *L, size_t ld, double *v)
{
    for (int i = 0; i < n; i++) {
        v[i] /= L[(size_t)i * ld + (size_t)i];
        dia_add(n - i - 1, -v[i], L + (size_t)i * ld + i + 1, v + i + 1);
    }
}

const dia_whitened *dia_local_predict(const dia_local *l, int point, const bool *avoid, dia_local_work *work)
{
    const int n = gather(l, point, avoid, work->list), w = l->width, ns = l->nstate, ni = l->ninternal;
    const int known = n * w, border = w + ns;
    const size_t ld = (size_t)known + (size_t)border;
    dia_whitened *out = &work->out;
    double zero[DIA_DATASET_STATES] = {0};
    if (n < FEWEST)
        return NULL;
    for (int s = 0; s < ns; s++)
        for (int i = 0; i < n; i++)
            zero[s] += dia_checkup_energy(l->x, work->list[i])[l->state[s]] / n;
    fill(l, point, n, zero, work, ld);
    double *M = work->M, *below = M + known, *corner = M + (size_t)known * ld + known;
    for (int s = 0; s < ns; s++) /* the subtraction leaves there minus the sums over products of labels */
        memset(corner + (size_t)(w + s) * ld + w, 0, sizeof *corner * (size_t)ns);
    if (!dia_matrix_cholesky(known, M, (int)ld))
        return NULL;
    dia_matrix_divide(border, known, M, below, (int)ld);
    dia_matrix_subtract(border, border, known, below, below, corner, (int)ld);
    if (!dia_matrix_cholesky(w, corner, (int)ld))
        return NULL;
    for (int s = 0; s < ns; s++) {
        double *gradient = out->gradient + (size_t)s * (size_t)w, *predicted = out->predicted + (size_t)s * (size_t)w;
        const double variance = -corner[(size_t)(w + s) * ld + (size_t)(w + s)] / known;
        if (!(variance > 0.0))
            return NULL;
        for (int i = 0; i < w; i++)
            predicted[i] = -corner[(size_t)i * ld + (size_t)(w + s)];
        memcpy(gradient, l->G + ((size_t)point * (size_t)ns + (size_t)s) * (size_t)ni, sizeof *gradient * (size_t)ni);
        gradient[ni] = 0.0;
        whiten(w, corner, ld, gradient);
        whiten(w, corner, ld, predicted);
        out->sigma[s] = sqrt(variance) * corner[(size_t)ni * ld + (size_t)ni];
        out->energy[s] = (dia_checkup_energy(l->x, point)[l->state[s]] - zero[s]) / out->sigma[s];
        for (int i = 0; i < w; i++) {
            gradient[i] /= sqrt(variance);
            predicted[i] /= sqrt(variance);
        }
    }
    return out;
}
