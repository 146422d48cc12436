/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A linear vibronic model about the geometry R0 of the lowest energy, in the network's standardised features u, the
 * same in all images of the geometry under its group:
 *
 *   H_ij(R) = delta_ij sum_k K_k d_k^2/2 + sum_k B_k,ij d_k,   d = u(R) - u(R0)
 *
 * K, one number for features that are images of each other, is the least squares solution with K > 0 for the energies
 * and gradients of all states, so that energies are bounded below. B then gives the gradients and couplings of the
 * states at R0 with the least sum of B^2/K, so that no state relaxes by more than in a harmonic potential (Köppel, Domcke, Cederbaum, Adv. Chem. Phys. 57, 59 (1984); from one
 * geometry: Plasser et al., Phys. Chem. Chem. Phys. 21, 57 (2019)), and is averaged over the group, so it is exactly
 * covariant. The constants are the network's `shift`. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/matrix.h"
#include "model/baseline.h"

#define L DIA_LANES

enum { MOST = 600 }; /* different features: the least squares problem is dense */

/* p of feature k: d's origin, K, B of each packed element */
static int columns_of(const dia_network *net)
{
    return 2 + net->shape.npacked;
}

/* The first feature of which k is an image up to sign. */
static int orbit(const dia_network *net, int k)
{
    int first = k;
    for (int g = 0; g < net->images.nimage; g++)
        if (net->images.source[g * net->nfeature + k] < first)
            first = net->images.source[g * net->nfeature + k];
    return first;
}

static dia_status extent(const dia_network *net, int *rows, int *columns, dia_error *error)
{
    int different = 0;
    for (int k = 0; k < net->nfeature; k++)
        different += orbit(net, k) == k;
    *rows = net->nfeature;
    *columns = columns_of(net);
    return different <= MOST ? DIA_OK
                             : dia_error_set(error, DIA_ERROR_INPUT,
                                             "baseline 'linear_vibronic' takes at most %d features that are no images "
                                             "of each other; the descriptors give %d: take fewer, such as `internals` "
                                             "alone, or the baseline `morse`",
                                             MOST, different);
}

/* ---- evaluation ------------------------------------------------------------------------------ */

static void forward(const dia_network *net, const double *p, const double *x, const double *u, double *H)
{
    (void)x;
    for (int k = 0; k < net->nfeature; k++, p += columns_of(net)) {
        double d[L];
        for (int l = 0; l < L; l++)
            d[l] = u[k * L + l] - p[0];
        for (int i = 0, e = 0; i < net->shape.nstate; i++)
            for (int j = 0; j <= i; j++, e++)
                for (int l = 0; l < L; l++)
                    H[e * L + l] += (p[2 + e] + (i == j ? 0.5 * p[1] * d[l] : 0.0)) * d[l];
    }
}

static void reverse(const dia_network *net, const double *p, const double *x, const double *u, const double *Hbar,
                    double *xbar, double *ubar)
{
    (void)x;
    (void)xbar;
    for (int k = 0; k < net->nfeature; k++, p += columns_of(net))
        for (int i = 0, e = 0; i < net->shape.nstate; i++)
            for (int j = 0; j <= i; j++, e++)
                for (int l = 0; l < L; l++)
                    ubar[k * L + l] += Hbar[e * L + l] * (p[2 + e] + (i == j ? p[1] * (u[k * L + l] - p[0]) : 0.0));
}

static void tangent(const dia_network *net, const double *p, const double *x, const double *u, const double *v,
                    const double *udot, double *dH)
{
    (void)x;
    (void)v;
    for (int k = 0; k < net->nfeature; k++, p += columns_of(net))
        for (int i = 0, e = 0; i < net->shape.nstate; i++)
            for (int j = 0; j <= i; j++, e++)
                for (int l = 0; l < L; l++)
                    dH[e * L + l] += udot[k * L + l] * (p[2 + e] + (i == j ? p[1] * (u[k * L + l] - p[0]) : 0.0));
}

/* ---- fit ------------------------------------------------------------------------------------- */

typedef struct fit {
    const dia_network *net;
    const dia_baseline_labels *labels;
    int *of, norbit;            /* (nfeature) number of its orbit                    owned */
    double *x, *v, *f, *fdot;   /* panels                                            owned, one piece */
    double *u, *J, *phi, *dphi; /* (nfeature), (nc, nfeature) of one geometry; of the functions of orbits */
} fit;

/* u and J = du/dR at R. */
static void features(const fit *f, const double *R)
{
    const dia_network *net = f->net;
    const int nf = net->nfeature, nc = net->shape.ncart;
    for (int i = 0; i < nc * L; i++)
        f->x[i] = R[i / L];
    dia_network_features(net, f->x, f->f);
    for (int k = 0; k < nf; k++)
        f->u[k] = (f->f[k * L] - net->mean[k]) / net->deviation[k];
    for (int first = 0; first < nc; first += L) {
        memset(f->v, 0, sizeof *f->v * (size_t)nc * L);
        for (int l = 0; l < L && first + l < nc; l++)
            f->v[(first + l) * L + l] = 1.0;
        for (int i = 0; i < net->ndescriptor; i++) {
            const size_t at = (size_t)net->descriptor[i].first * L;
            net->descriptor[i].type->tangent(net->descriptor[i].self, f->x, f->f + at, f->v, f->fdot + at);
        }
        for (int l = 0; l < L && first + l < nc; l++)
            for (int k = 0; k < nf; k++)
                f->J[(size_t)(first + l) * (size_t)nf + (size_t)k] = f->fdot[k * L + l] / net->deviation[k];
    }
}

/* The label of the lowest S0; -1: none. */
static int lowest_point(const dia_baseline_labels *labels)
{
    int lowest = -1;
    double energy = INFINITY;
    for (int i = 0; i < labels->npoint; i++) {
        const double e = labels->energy[(size_t)labels->points[i] * (size_t)labels->nstate];
        if (e < energy) {
            energy = e;
            lowest = labels->points[i];
        }
    }
    return lowest;
}

static void set_origin(const fit *f, double *p)
{
    const dia_network *net = f->net;
    const dia_images *images = &net->images;
    for (int k = 0; k < net->nfeature; k++) {
        double sum = 0.0;
        for (int g = 0; g < images->nimage; g++) {
            const int at = g * net->nfeature + k;
            sum += images->sign[at] * f->u[images->source[at]];
        }
        p[k * columns_of(net)] = sum / images->nimage;
    }
}

static dia_status fit_curvatures(const fit *f, double *p, dia_error *error)
{
    enum { POINTS = 600 };
    static const double least = 0.02 * DIA_EV, most = 1000 * DIA_EV; /* of one standardised feature */
    const dia_network *net = f->net;
    const int every = f->labels->npoint / POINTS + 1, nc = net->shape.ncart, nf = net->nfeature, n = f->norbit;
    dia_baseline_normal normal;
    dia_status status = dia_baseline_normal_create(&normal, n, nc, f->labels->nstate, error);
    for (int i = 0; i < f->labels->npoint && status == DIA_OK; i += every) {
        const int point = f->labels->points[i];
        features(f, f->labels->R + (size_t)point * (size_t)nc);
        memset(f->phi, 0, sizeof *f->phi * (size_t)n);
        memset(f->dphi, 0, sizeof *f->dphi * (size_t)(n * nc));
        for (int k = 0; k < nf; k++) {
            const double d = f->u[k] - p[k * columns_of(net)];
            f->phi[f->of[k]] += 0.5 * d * d;
            for (int c = 0; c < nc; c++)
                f->dphi[c * n + f->of[k]] += d * f->J[(size_t)c * (size_t)nf + (size_t)k];
        }
        dia_baseline_normal_add(&normal, f->labels, point, f->phi, f->dphi);
    }
    int chosen[MOST];
    double low[MOST], high[MOST], K[MOST];
    for (int i = 0; i < n; i++) {
        chosen[i] = i;
        low[i] = least;
        high[i] = most;
    }
    if (status == DIA_OK) {
        dia_baseline_normal_finish(&normal);
        dia_baseline_normal_solve(&normal, n, chosen, low, high, K);
        for (int k = 0; k < nf; k++)
            p[k * columns_of(net) + 1] = K[f->of[k]];
    }
    dia_baseline_normal_free(&normal);
    return status;
}

/* B of one element from F = sum_k B_k du_k/dR at R0, B = K J^T (J K J^T + e)^-1 F with a little give e; then its average over
 * the group. JK (nc, nfeature); M (nc, nc), y (nc: F), B (nfeature): room. */
static dia_status add_linear(const fit *f, int e, const double *JK, double *y, double *M, double *B, double *p,
                             dia_error *error)
{
    const dia_network *net = f->net;
    const int nc = net->shape.ncart, nf = net->nfeature, columns = columns_of(net);
    double trace = 0.0;
    dia_matrix_multiply(nc, nc, nf, 1.0, JK, false, f->J, true, 0.0, M);
    for (int c = 0; c < nc; c++)
        trace += M[c * nc + c];
    for (int c = 0; c < nc; c++)
        M[c * nc + c] += 1e-3 * trace / nc;
    if (!dia_matrix_cholesky(nc, M, nc))
        return dia_error_set(error, DIA_ERROR_NUMERIC,
                             "baseline 'linear_vibronic': the features do not change with the geometry");
    dia_matrix_solve(nc, M, nc, y);
    dia_matrix_multiply(nf, 1, nc, 1.0, JK, true, y, false, 0.0, B);
    for (int g = 0; g < net->images.nimage; g++)
        for (int to = 0; to < net->shape.npacked; to++) {
            const double back = dia_images_back(&net->images, g, to, e);
            for (int k = 0; k < nf && back != 0.0; k++) {
                const int at = g * nf + k;
                p[net->images.source[at] * columns + 2 + to] += back * net->images.sign[at] * B[k] / net->images.nimage;
            }
        }
    return DIA_OK;
}

/* What is known of the gradients and couplings at R0, beyond the curvatures' own. */
static dia_status fit_linear(const fit *f, int point, double *p, dia_error *error)
{
    const dia_network *net = f->net;
    const int nc = net->shape.ncart, nf = net->nfeature, ns = f->labels->nstate, npair = ns * (ns - 1) / 2;
    double *y, *M, *B, *JK;
    if (!DIA_PARTS({&y, (size_t)nc}, {&M, (size_t)(nc * nc)}, {&B, (size_t)nf}, {&JK, (size_t)nc * (size_t)nf}))
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fit a baseline");
    dia_status status = DIA_OK;
    features(f, f->labels->R + (size_t)point * (size_t)nc);
    for (int c = 0; c < nc; c++)
        for (int k = 0; k < nf; k++)
            JK[c * nf + k] = f->J[c * nf + k] * p[k * columns_of(net) + 1];
    for (int i = 0; i < ns; i++)
        for (int j = 0; j <= i && status == DIA_OK; j++) {
            const double *F = i == j ? f->labels->gradient + (size_t)(point * ns + i) * (size_t)nc
                                     : f->labels->coupling + (size_t)(point * npair + i * (i - 1) / 2 + j) * (size_t)nc;
            if (isnan(F[0]))
                continue;
            for (int c = 0; c < nc; c++) {
                y[c] = F[c];
                for (int k = 0; k < nf && i == j; k++) {
                    const double *row = p + k * columns_of(net);
                    y[c] -= row[1] * (f->u[k] - row[0]) * f->J[(size_t)c * (size_t)nf + (size_t)k];
                }
            }
            status = add_linear(f, dia_packed(i, j), JK, y, M, B, p, error);
        }
    free(y);
    return status;
}

static dia_status fit_(const dia_network *net, const dia_baseline_labels *labels, double *p, dia_error *error)
{
    const size_t nf = (size_t)net->nfeature, nc = (size_t)net->shape.ncart;
    const int point = lowest_point(labels);
    fit f = {.net = net, .labels = labels, .of = calloc(nf, sizeof *f.of)};
    memset(p, 0, sizeof *p * nf * (size_t)columns_of(net));
    if (point < 0) {
        free(f.of);
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "baseline 'linear_vibronic' needs the energy of the lowest state at some training point");
    }
    dia_status status = f.of != NULL && DIA_PARTS({&f.x, nc * L}, {&f.v, nc * L}, {&f.f, nf * L}, {&f.fdot, nf * L},
                                                  {&f.u, nf}, {&f.J, nc * nf}, {&f.phi, nf}, {&f.dphi, nc * nf})
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fit a baseline");
    for (int k = 0; k < net->nfeature && status == DIA_OK; k++)
        f.of[k] = orbit(net, k) == k ? f.norbit++ : f.of[orbit(net, k)];
    if (status == DIA_OK) {
        features(&f, labels->R + (size_t)point * nc);
        set_origin(&f, p);
        status = fit_curvatures(&f, p, error);
    }
    if (status == DIA_OK)
        status = fit_linear(&f, point, p, error);
    free(f.x);
    free(f.of);
    return status;
}

static void tell(const dia_network *net, const double *p, FILE *out)
{
    double most = 0.0, linear[2] = {0};
    for (int k = 0; k < net->nfeature; k++, p += columns_of(net)) {
        most = fmax(most, p[1]);
        for (int i = 0; i < net->shape.nstate; i++)
            for (int j = 0; j <= i; j++)
                linear[i != j] = fmax(linear[i != j], fabs(p[2 + dia_packed(i, j)]));
    }
    fprintf(out,
            "%d standardised features about the lowest geometry: curvatures up to %.3g eV, slopes up to %.3g eV, "
            "couplings up to %.3g eV\n",
            net->nfeature, most / DIA_EV, linear[0] / DIA_EV, linear[1] / DIA_EV);
}

const dia_baseline_type dia_baseline_type_linear_vibronic = {
    .name = "linear_vibronic",
    .summary = "linear in the features about the lowest geometry, with curvatures that are the same for all states",
    .reference = "Koeppel, Domcke, Cederbaum, Adv. Chem. Phys. 57, 59 (1984); Plasser et al., Phys. Chem. Chem. Phys. "
                 "21, 57 (2019)",
    .extent = extent,
    .fit = fit_,
    .tell = tell,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
};
