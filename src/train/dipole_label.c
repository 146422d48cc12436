/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/dipole_label.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dataset/dipoles.h"
#include "math/vector.h"
#include "parallel/team.h"
#include "train/dipole_errors.h"
#include "train/reference.h"

enum { MAX = DIA_DATASET_STATES };

static bool is_close(const dia_dataset *data, int b, int i, double degenerate)
{
    const double *e = data->energy + (size_t)b * (size_t)data->nstate;
    return e[i + 1] - e[i] < degenerate; /* false for NaN */
}

/* Can states i and i + 1 be turned among each other: are all elements known, or missing, that the turn mixes? */
static bool turnable(const dia_dataset *data, int b, int i)
{
    bool good = dia_dipole_known(data, b, i, i) && dia_dipole_known(data, b, i, i + 1) &&
                dia_dipole_known(data, b, i + 1, i + 1);
    for (int k = 0; k < data->nstate; k++)
        good = good && dia_dipole_known(data, b, i, k) == dia_dipole_known(data, b, i + 1, k);
    return good;
}

static int versions_of(const dia_dataset *data, int b, double degenerate)
{
    int n = 1;
    for (int i = 0; i + 1 < data->nstate; i++)
        n += is_close(data, b, i, degenerate) && turnable(data, b, i) ? DIA_DIPOLE_ANGLES - 1 : 0;
    return n;
}

/* Weight of each element: that of a close pair that cannot be turned counts for nothing. */
static void set_weights(const dia_dataset *data, int b, int fitted, double surplus, double degenerate, double *weight)
{
    bool lost[MAX + 1] = {false};
    for (int i = 0; i + 1 < data->nstate; i++)
        if (is_close(data, b, i, degenerate) && !turnable(data, b, i))
            lost[i] = lost[i + 1] = true;
    for (int i = 0; i < data->nstate; i++)
        for (int j = 0; j <= i; j++)
            weight[dia_packed(i, j)] = !dia_dipole_known(data, b, i, j) || lost[i] || lost[j] ? 0.0
                                       : i < fitted ? dia_dataset_weight(data, b)
                                                    : surplus * dia_dataset_weight(data, b);
}

/* ---- gradients and couplings of a point, of the label and of the model ------------------------ */

typedef struct forces {
    int n, nc;
    const double *label[MAX * (MAX + 1) / 2]; /* (nc) of each packed element; NULL: missing */
    double weight[MAX * (MAX + 1) / 2];
    const double *model; /* (npacked, nc) */
} forces;

static void look(forces *f, const dia_dataset *data, int b, double degenerate, const double *model)
{
    const dia_label label = dia_dataset_label(data, b);
    *f = (forces){.n = data->nstate, .nc = data->ncart, .model = model};
    for (int i = 0; i < f->n; i++)
        for (int j = 0; j <= i; j++) {
            const double *x = i == j ? label.gradient + i * f->nc : label.coupling + (i * (i - 1) / 2 + j) * f->nc;
            const double gap = label.energy[i] - label.energy[j];
            const bool there = !isnan(gap) && dia_finite((size_t)f->nc, x);
            f->label[dia_packed(i, j)] = there ? x : NULL;
            f->weight[dia_packed(i, j)] = there ? dia_dipole_coupling_weight(gap) : 0.0;
        }
    for (int i = 0; i + 1 < f->n; i++) { /* a block of which one is missing says nothing when it is turned */
        if (!is_close(data, b, i, degenerate) ||
            (f->label[dia_packed(i, i)] != NULL && f->label[dia_packed(i, i + 1)] != NULL &&
             f->label[dia_packed(i + 1, i + 1)] != NULL))
            continue;
        for (int k = 0; k < f->n; k++)
            f->label[dia_packed(i, k)] = f->label[dia_packed(i + 1, k)] = NULL;
    }
}

/* Product of the model's element (k, l) with that of the label turned by O (n, n). */
static double product(const forces *f, const double *O, int k, int l)
{
    const double *h = f->model + dia_packed(k, l) * f->nc;
    double sum = 0.0;
    for (int i = 0; i < f->n; i++)
        for (int j = 0; j < f->n; j++) {
            const double c = O[i * f->n + k] * O[j * f->n + l], *x = f->label[dia_packed(i, j)];
            if (c != 0.0 && x != NULL)
                sum += c * dia_dot(f->nc, x, h);
        }
    return sum;
}

/* ---- versions -------------------------------------------------------------------------------- */

/* Version v of a row: the label turned by O; diagonals only where the turn changes them. */
static void add_version(dia_dipole_labels *l, int v, const dia_dataset *data, int b, const double *origin,
                        const forces *f, const double *O)
{
    const int n = l->nstate;
    double *mu = l->mu + (size_t)v * (size_t)l->npacked * 3, *overlap = l->overlap + (size_t)v * (size_t)l->npair;
    l->fixed[v] = 0.0;
    for (int k = 0; k < n; k++)
        for (int m = 0; m <= k; m++) {
            double *to = mu + 3 * dia_packed(k, m);
            if (k == m && f->label[dia_packed(k, k)] != NULL)
                l->fixed[v] += f->weight[dia_packed(k, k)] * product(f, O, k, k);
            if (k != m)
                overlap[k * (k - 1) / 2 + m] = f->weight[dia_packed(k, m)] * product(f, O, k, m);
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++) {
                    const double c = O[i * n + k] * O[j * n + m];
                    for (int x = 0; x < 3 && c != 0.0 && dia_dipole_known(data, b, i, j); x++)
                        to[x] += c * (dia_dataset_dipole(data, b, i, j)[x] - (i == j ? origin[x] : 0.0));
                }
        }
}

static void add_versions(dia_dipole_labels *l, int row, const dia_dataset *data, const dia_dipoles *form,
                         const forces *f, double degenerate)
{
    const int n = l->nstate, b = l->point[row];
    int v = l->first[row];
    double O[MAX * MAX] = {0.0}, origin[3];
    dia_dipoles_origin(form, data->R + (size_t)b * (size_t)data->ncart, origin);
    for (int k = 0; k < n; k++)
        O[k * n + k] = 1.0;
    add_version(l, v++, data, b, origin, f, O);
    for (int i = 0; i + 1 < n; i++)
        for (int turn = 1; turn < DIA_DIPOLE_ANGLES && is_close(data, b, i, degenerate) && turnable(data, b, i);
             turn++) {
            const double angle = DIA_PI * turn / DIA_DIPOLE_ANGLES;
            double T[MAX * MAX];
            memcpy(T, O, sizeof T);
            T[i * n + i] = T[(i + 1) * n + i + 1] = cos(angle);
            T[(i + 1) * n + i] = sin(angle);
            T[i * n + i + 1] = -T[(i + 1) * n + i];
            add_version(l, v++, data, b, origin, f, T);
        }
}

typedef struct job {
    dia_dipole_labels *labels;
    dia_objective *objective;
    const dia_dipoles *form;
    double degenerate;
    dia_status *status; /* of each chunk */
} job;

static void task(void *context, int chunk, int thread)
{
    const job *j = context;
    dia_dipole_labels *l = j->labels;
    const dia_dataset *data = dia_objective_data(j->objective);
    const size_t n = (size_t)l->nstate, nc = (size_t)data->ncart;
    const int first = chunk * DIA_OBJECTIVE_CHUNK,
              count = l->nrow - first < DIA_OBJECTIVE_CHUNK ? l->nrow - first : DIA_OBJECTIVE_CHUNK;
    double *F = dia_allocate((size_t)l->npacked * nc, sizeof *F);
    dia_answer answer;
    j->status[chunk] =
        F != NULL ? dia_objective_ask(j->objective, thread, count, l->point + first, &answer) : DIA_ERROR_MEMORY;
    for (int b = 0; b < count && j->status[chunk] == DIA_OK; b++) {
        const int row = first + b;
        const double *U = answer.U + (size_t)b * n * n;
        forces f;
        dia_objective_match(j->objective, thread, b, l->point[row]);
        dia_loss_transform(l->nstate, data->ncart, U, answer.D + (size_t)b * (size_t)l->npacked * nc, F);
        memcpy(l->U + (size_t)row * n * n, U, n * n * sizeof *U);
        look(&f, data, l->point[row], j->degenerate, F);
        add_versions(l, row, data, j->form, &f, j->degenerate);
    }
    free(F);
}

static dia_status allocate(dia_dipole_labels *l, int n, dia_error *error)
{
    const size_t rows = (size_t)n + 1;
    l->point = calloc(rows, sizeof *l->point);
    l->first = calloc(rows, sizeof *l->first);
    l->U = dia_allocate(rows * (size_t)l->nstate * (size_t)l->nstate, sizeof *l->U);
    l->weight = dia_allocate(rows * (size_t)l->npacked, sizeof *l->weight);
    return l->point != NULL && l->first != NULL && l->U != NULL && l->weight != NULL
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for dipoles of %d points", n);
}

static dia_status fill(dia_dipole_labels *l, dia_objective *objective, const dia_dipoles *form, double degenerate,
                       dia_error *error)
{
    const size_t nv = (size_t)l->first[l->nrow] + 1;
    const int nchunk = (l->nrow + DIA_OBJECTIVE_CHUNK - 1) / DIA_OBJECTIVE_CHUNK;
    l->fixed = dia_allocate(nv, sizeof *l->fixed);
    l->overlap = dia_allocate(nv * (size_t)(l->npair + 1), sizeof *l->overlap);
    l->mu = dia_allocate(nv * (size_t)l->npacked * 3, sizeof *l->mu);
    job j = {l, objective, form, degenerate, calloc((size_t)nchunk + 1, sizeof(dia_status))};
    dia_status status = l->fixed != NULL && l->overlap != NULL && l->mu != NULL && j.status != NULL
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for dipoles of %d points", l->nrow);
    if (status == DIA_OK)
        dia_team_run(dia_objective_threads(objective), nchunk, task, &j);
    for (int c = 0; c < nchunk && status == DIA_OK; c++)
        if (j.status[c] != DIA_OK)
            status = dia_error_set(error, j.status[c], "the model cannot be evaluated at the points with dipoles: %s",
                                   dia_status_text(j.status[c]));
    free(j.status);
    return status;
}

dia_status dia_dipole_labels_make(dia_dipole_labels *l, dia_objective *objective, int n, const int *points,
                                  const dia_dipoles *form, int fitted, double surplus, double degenerate,
                                  dia_error *error)
{
    const dia_dataset *data = dia_objective_data(objective);
    const int ns = data->nstate;
    *l = (dia_dipole_labels){.nstate = ns, .npacked = ns * (ns + 1) / 2, .npair = ns * (ns - 1) / 2};
    dia_status status = allocate(l, n, error);
    for (int i = 0; i < n && status == DIA_OK; i++) {
        if (!dia_dipole_any(data, points[i]))
            continue;
        l->point[l->nrow] = points[i];
        set_weights(data, points[i], fitted, surplus, degenerate, l->weight + (size_t)l->nrow * (size_t)l->npacked);
        l->first[l->nrow + 1] = l->first[l->nrow] + versions_of(data, points[i], degenerate);
        l->nrow++;
    }
    if (status == DIA_OK)
        status = fill(l, objective, form, degenerate, error);
    if (status != DIA_OK)
        dia_dipole_labels_free(l);
    return status;
}

void dia_dipole_labels_free(dia_dipole_labels *l)
{
    free(l->point);
    free(l->first);
    free(l->U);
    free(l->weight);
    free(l->fixed);
    free(l->overlap);
    free(l->mu);
    *l = (dia_dipole_labels){0};
}

/* A choice is version - first version times SIGNS, and a bit for each state of negative sign. */
enum { SIGNS = 1 << MAX };

int dia_dipole_labels_choose(const dia_dipole_labels *l, int row, const double *mu)
{
    static const double none[3 * MAX * (MAX + 1) / 2];
    const int n = l->nstate;
    double best = -INFINITY, sign[MAX];
    int chosen = 0;
    mu = mu != NULL ? mu : none;
    for (int v = l->first[row]; v < l->first[row + 1]; v++) {
        const double *given = l->mu + (size_t)v * (size_t)l->npacked * 3;
        const double *coupled = l->overlap + (size_t)v * (size_t)l->npair;
        double overlap[MAX * (MAX - 1) / 2 + 1], score = l->fixed[v];
        int bits = 0;
        for (int j = 0; j < n; j++) {
            score += dia_dot(3, mu + 3 * dia_packed(j, j), given + 3 * dia_packed(j, j));
            for (int i = 0; i < j; i++)
                overlap[j * (j - 1) / 2 + i] =
                    coupled[j * (j - 1) / 2 + i] + dia_dot(3, mu + 3 * dia_packed(i, j), given + 3 * dia_packed(i, j));
        }
        dia_reference_signs(n, overlap, sign);
        for (int j = 0; j < n; j++) {
            bits |= sign[j] < 0.0 ? 1 << j : 0;
            for (int i = 0; i < j; i++)
                score += 2.0 * sign[i] * sign[j] * overlap[j * (j - 1) / 2 + i]; /* both triangles of the matrix */
        }
        if (score > best) {
            best = score;
            chosen = (v - l->first[row]) * SIGNS + bits;
        }
    }
    return chosen;
}

bool dia_dipole_labels_valid(const dia_dipole_labels *l, int row, double choice)
{
    return choice >= 0.0 && choice < (double)SIGNS * (l->first[row + 1] - l->first[row]) && choice == floor(choice);
}

void dia_dipole_labels_turn(const dia_dipole_labels *l, int row, int choice, double *turned)
{
    const double *given = l->mu + ((size_t)l->first[row] + (size_t)(choice / SIGNS)) * (size_t)l->npacked * 3;
    for (int i = 0; i < l->nstate; i++)
        for (int j = 0; j <= i; j++)
            for (int x = 0; x < 3; x++) {
                const bool negative = (choice >> i & 1) != (choice >> j & 1);
                const double value = given[3 * dia_packed(i, j) + x];
                turned[3 * dia_packed(i, j) + x] = negative ? -value : value;
            }
}
