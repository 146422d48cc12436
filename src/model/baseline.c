/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/baseline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/matrix.h"

#define L DIA_LANES

dia_status dia_baseline_evaluate(const dia_network *net, const double *R, double *H, dia_error *error)
{
    const size_t nc = (size_t)net->shape.ncart, nf = (size_t)net->nfeature, np = (size_t)net->shape.npacked;
    double *x = dia_allocate((nc + nf + np) * L, sizeof *x), *u = x + nc * L, *panel = u + nf * L;
    if (x == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a geometry");
    for (size_t i = 0; i < nc * L; i++)
        x[i] = R[i / L];
    dia_network_features(net, x, u);
    for (size_t i = 0; i < nf * L; i++)
        u[i] = (u[i] - net->mean[i / L]) / net->deviation[i / L];
    net->baseline->forward(net, net->baseline_numbers, x, u, panel);
    for (size_t k = 0; k < np; k++)
        H[k] = panel[k * L];
    free(x);
    return DIA_OK;
}

dia_status dia_baseline_normal_create(dia_baseline_normal *normal, int n, int nc, int nstate, dia_error *error)
{
    const size_t m = (size_t)n, ns = (size_t)nstate;
    *normal = (dia_baseline_normal){.n = n, .nc = nc, .nstate = nstate};
    normal->A = dia_allocate(m * m + m + 2 * ns + ns * m + (size_t)(nc + 1) * m, sizeof(double));
    if (normal->A == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fit a baseline of %d functions", n);
    normal->b = normal->A + m * m;
    normal->weight = normal->b + m;
    normal->e = normal->weight + ns;
    normal->phi = normal->e + ns;
    normal->rows = normal->phi + ns * m;
    return DIA_OK;
}

void dia_baseline_normal_free(dia_baseline_normal *normal)
{
    free(normal->A);
}

/* Weights as those of a loss whose input says nothing; less for points high above the lowest, which a simple potential
 * cannot follow. */
static const double energy_weight = 1 / (DIA_EV * DIA_EV),
                    gradient_weight = 0.04 * DIA_ANGSTROM * DIA_ANGSTROM / (DIA_EV * DIA_EV), height = 5 * DIA_EV;

void dia_baseline_normal_add(dia_baseline_normal *normal, const dia_baseline_labels *labels, int point, double *phi,
                             double *dphi)
{
    const size_t n = (size_t)normal->n, nc = (size_t)normal->nc;
    const double *energy = labels->energy + (size_t)point * (size_t)labels->nstate;
    const double above = isnan(energy[0]) ? 1.0 : (energy[0] - labels->lowest) / height;
    const double weight = 1.0 / (1.0 + above * above);
    int nenergy = 0, ngradient = 0;
    for (int k = 0; k < labels->nstate; k++) {
        const double *g = labels->gradient + ((size_t)point * (size_t)labels->nstate + (size_t)k) * nc;
        const double w = weight * energy_weight, e = energy[k] - labels->lowest;
        for (size_t i = 0; i < n && !isnan(e); i++) {
            normal->b[i] += w * e * phi[i];
            normal->phi[(size_t)k * n + i] += w * phi[i];
        }
        normal->weight[k] += isnan(e) ? 0.0 : w;
        normal->e[k] += isnan(e) ? 0.0 : w * e;
        nenergy += !isnan(e);
        if (isnan(e) || isnan(g[0]))
            continue;
        ngradient++;
        for (size_t c = 0; c < nc; c++)
            for (size_t i = 0; i < n; i++)
                normal->b[i] += weight * gradient_weight * g[c] * dphi[c * n + i];
    }
    const double we = sqrt(weight * energy_weight * nenergy), wg = sqrt(weight * gradient_weight * ngradient);
    for (size_t i = 0; i < n; i++)
        normal->rows[i] = we * phi[i];
    for (size_t i = 0; i < nc * n; i++)
        normal->rows[n + i] = wg * dphi[i];
    dia_matrix_multiply(normal->n, normal->n, normal->nc + 1, 1.0, normal->rows, true, normal->rows, false, 1.0,
                        normal->A);
}

void dia_baseline_normal_finish(dia_baseline_normal *normal)
{
    const size_t n = (size_t)normal->n;
    for (int k = 0; k < normal->nstate; k++) {
        const double *phi = normal->phi + (size_t)k * n;
        for (size_t i = 0; i < n && normal->weight[k] > 0.0; i++) {
            normal->b[i] -= phi[i] * normal->e[k] / normal->weight[k];
            for (size_t j = 0; j < n; j++)
                normal->A[i * n + j] -= phi[i] * phi[j] / normal->weight[k];
        }
    }
}

/* One coefficient after the other, each to its best value within the bounds: convex, so it ends at the minimum. */
double dia_baseline_normal_solve(const dia_baseline_normal *normal, int m, const int *chosen, const double *low,
                                 const double *most, double *c)
{
    enum { SWEEPS = 2000 };
    const size_t n = (size_t)normal->n;
    double value = 0.0;
    for (int i = 0; i < m; i++)
        c[i] = low[i];
    for (int sweep = 0, moved = 1; sweep < SWEEPS && moved; sweep++) {
        moved = 0;
        for (int i = 0; i < m; i++) {
            const double *row = normal->A + (size_t)chosen[i] * n;
            double rest = normal->b[chosen[i]];
            for (int j = 0; j < m; j++)
                rest -= j != i ? row[chosen[j]] * c[j] : 0.0;
            const double best = row[chosen[i]] > 0.0 ? fmin(fmax(rest / row[chosen[i]], low[i]), most[i]) : low[i];
            moved = moved || fabs(best - c[i]) > 1e-9 * fabs(best);
            c[i] = best;
        }
    }
    for (int i = 0; i < m; i++) {
        const double *row = normal->A + (size_t)chosen[i] * n;
        double sum = 0.0;
        for (int j = 0; j < m; j++)
            sum += row[chosen[j]] * c[j];
        value += c[i] * (0.5 * sum - normal->b[chosen[i]]);
    }
    return value;
}
