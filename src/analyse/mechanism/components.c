/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/components.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "base/arena.h"
#include "math/eigen.h"
#include "math/matrix.h"

/* ---- covariance ------------------------------------------------------------------------------ */

typedef struct gathering { /* sums of displacements from the reference: small numbers, so one pass suffices */
    const dia_record *record;
    const dia_components *components;
    double w, *first, *second; /* (ncart), (ncart, ncart) */
    double *rows;              /* (ntime, ncart) sqrt(w) X of one trajectory */
} gathering;

static bool in_window(const dia_components *c, double time)
{
    const double slack = 1e-9; /* fs: times are multiples of a timestep, rounded */
    return time >= c->from - slack && time <= c->to + slack;
}

static void gather(void *context, int first, int count, const double *X)
{
    gathering *now = context;
    const int n = now->components->ncart, T = now->record->ntime;
    for (int j = 0; j < count; j++) {
        const double weight = now->record->weight[first + j];
        int taken = 0;
        for (int i = 0; i < T && weight > 0; i++) {
            const double *x = X + ((size_t)j * (size_t)T + (size_t)i) * (size_t)n;
            if (!in_window(now->components, now->record->time[i]))
                continue;
            now->w += weight;
            for (int c = 0; c < n; c++) {
                now->first[c] += weight * x[c];
                now->rows[taken * n + c] = sqrt(weight) * x[c];
            }
            taken++;
        }
        if (taken > 0)
            dia_matrix_multiply(n, n, taken, 1.0, now->rows, true, now->rows, false, 1.0, now->second);
    }
}

static void fix_sign(int n, double *v)
{
    int largest = 0;
    for (int c = 1; c < n; c++)
        if (fabs(v[c]) > fabs(v[largest]) * (1 + 1e-4)) /* equal by symmetry, apart from noise: the first */
            largest = c;
    const double sign = v[largest] < 0 ? -1 : 1;
    for (int c = 0; c < n; c++)
        v[c] *= sign;
}

static dia_status diagonalise(dia_components *c, const gathering *sums, dia_error *error)
{
    const int n = c->ncart;
    const size_t size = (size_t)n, packed = size * (size + 1) / 2;
    double *A = dia_allocate(packed + size + size * size + dia_eigen_work(n), sizeof *A);
    if (A == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a covariance of order %d", n);
    double *E = A + packed, *U = E + n, *work = U + size * size;
    for (int a = 0; a < n; a++)
        c->mean[a] = sums->first[a] / sums->w;
    for (int a = 0, ab = 0; a < n; a++)
        for (int b = 0; b <= a; b++, ab++)
            A[ab] = sums->second[a * n + b] / sums->w - c->mean[a] * c->mean[b];
    const bool good = dia_eigen_packed(n, A, E, U, work);
    for (int k = 0; k < n && good; k++) {
        c->eigenvalue[k] = fmax(E[n - 1 - k], 0); /* rounding may leave a small negative number */
        c->variance += c->eigenvalue[k];
        for (int a = 0; a < n; a++)
            c->vector[k * n + a] = U[a * n + n - 1 - k];
        fix_sign(n, c->vector + (size_t)k * size);
    }
    for (int k = 0; k < n && good; k++)
        c->share[k] = c->variance > 0 ? c->eigenvalue[k] / c->variance : 0;
    free(A);
    return good ? DIA_OK
                : dia_error_set(error, DIA_ERROR_NUMERIC,
                                "components: the covariance of the geometries is not finite or was not diagonalised");
}

static dia_status find_axes(dia_components *c, const dia_aligner *aligner, const dia_mechanism_swarm *swarm,
                            int threads, dia_error *error)
{
    const size_t n = (size_t)c->ncart;
    gathering now = {.record = swarm->record, .components = c};
    now.first = dia_allocate(n + n * n + (size_t)c->ntime * n, sizeof *now.first);
    if (now.first == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a covariance of order %zu", n);
    now.second = now.first + n;
    now.rows = now.second + n * n;
    dia_status status = dia_aligner_walk(aligner, swarm, threads, gather, &now, error);
    if (status == DIA_OK && !(now.w > 0))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "components: no sample between %.6g and %.6g fs; the swarm has "
                               "samples from %.6g to %.6g fs",
                               c->from, c->to, swarm->record->time[0], swarm->record->time[swarm->record->ntime - 1]);
    if (status == DIA_OK)
        status = diagonalise(c, &now, error);
    free(now.first);
    return status;
}

/* ---- motion along them ----------------------------------------------------------------------- */

typedef struct projecting {
    dia_components *components;
    double *centred; /* (ntime, ncart) */
} projecting;

static void project(void *context, int first, int count, const double *X)
{
    projecting *now = context;
    dia_components *c = now->components;
    const size_t n = (size_t)c->ncart, T = (size_t)c->ntime;
    for (size_t j = 0; j < (size_t)count; j++) {
        for (size_t i = 0; i < T * n; i++)
            now->centred[i] = X[j * T * n + i] - c->mean[i % n];
        dia_matrix_multiply(c->ntime, c->count, c->ncart, 1.0, now->centred, false, c->vector, true, 0.0,
                            c->projection + ((size_t)first + j) * T * (size_t)c->count);
    }
}

static void summarise(dia_components *c, const dia_record *r)
{
    for (int k = 0; k < c->count; k++)
        for (int g = 0; g < c->ngroup; g++)
            for (int i = 0; i < c->ntime; i++) {
                dia_moments spread = {0};
                for (int j = 0; j < c->ntrajectory; j++) {
                    const size_t at = (size_t)j * (size_t)c->ntime + (size_t)i;
                    if (g == 0 || r->active[at] == g - 1)
                        dia_moments_add(&spread, r->weight[j], c->projection[at * (size_t)c->count + (size_t)k]);
                }
                const size_t at = ((size_t)k * (size_t)c->ngroup + (size_t)g) * (size_t)c->ntime + (size_t)i;
                c->average[at] = dia_moments_mean(&spread);
                c->error[at] = dia_moments_error(&spread);
                c->deviation[at] = dia_moments_deviation(&spread);
            }
}

static dia_status follow(dia_components *c, const dia_aligner *aligner, const dia_mechanism_swarm *swarm, int threads,
                         dia_error *error)
{
    projecting now = {.components = c,
                      .centred = dia_allocate((size_t)c->ntime * (size_t)c->ncart, sizeof *now.centred)};
    if (now.centred == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a trajectory");
    dia_status status = dia_aligner_walk(aligner, swarm, threads, project, &now, error);
    if (status == DIA_OK)
        summarise(c, swarm->record);
    for (int a = 0; a < c->ncart; a++)
        c->geometry[a] =
            (aligner->space ? aligner->alignment.y[a] : aligner->reference[a]) + c->mean[a] / aligner->root[a];
    free(now.centred);
    return status;
}

static dia_status reserve(dia_components *c, dia_error *error)
{
    const size_t n = (size_t)c->ncart, rows = (size_t)c->count * (size_t)c->ngroup * (size_t)c->ntime;
    c->eigenvalue = dia_allocate(4 * n + n * n + 3 * rows, sizeof *c->eigenvalue);
    c->projection = dia_allocate((size_t)c->ntrajectory * (size_t)c->ntime * (size_t)c->count, sizeof *c->projection);
    if (c->eigenvalue == NULL || c->projection == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d components", c->count);
    c->share = c->eigenvalue + n;
    c->mean = c->share + n;
    c->geometry = c->mean + n;
    c->vector = c->geometry + n;
    c->average = c->vector + n * n;
    c->error = c->average + rows;
    c->deviation = c->error + rows;
    return DIA_OK;
}

dia_status dia_components_make(dia_components *c, const dia_mechanism_swarm *swarm,
                               const dia_components_options *options, int threads, dia_error *error)
{
    const dia_record *r = swarm->record;
    const dia_molecule *molecule = &swarm->molecule;
    dia_aligner aligner = {0};
    dia_molecule plain = {0};
    *c = (dia_components){.ncart = molecule->ncart,
                          .count = options->count < molecule->ncart ? options->count : molecule->ncart,
                          .ntime = r->ntime,
                          .ngroup = 1 + r->nstate,
                          .ntrajectory = r->ntrajectory,
                          .weighted = options->weighting == DIA_WEIGHTING_MASS,
                          .from = options->from,
                          .to = options->to >= options->from ? options->to : r->time[r->ntime - 1]};
    dia_status status = dia_record_need_positions(swarm->record, "components", error);
    if (status == DIA_OK)
        status = dia_molecule_copy(&plain, molecule, error);
    for (int a = 0; a < plain.natom && !c->weighted; a++)
        plain.masses[a] = 1;
    if (status == DIA_OK)
        status = dia_aligner_create(&aligner, &plain, options->reference, swarm->match, options->relabel, error);
    if (status == DIA_OK)
        status = reserve(c, error);
    if (status == DIA_OK)
        status = find_axes(c, &aligner, swarm, threads, error);
    if (status == DIA_OK)
        status = follow(c, &aligner, swarm, threads, error);
    dia_aligner_free(&aligner);
    dia_molecule_free(&plain);
    if (status != DIA_OK)
        dia_components_free(c);
    return status;
}

void dia_components_free(dia_components *c)
{
    free(c->eigenvalue);
    free(c->projection);
    *c = (dia_components){0};
}
