/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/dipole_fit.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/model.h"
#include "parallel/team.h"

enum { CHUNK = 8, L = DIA_PANEL_LANES }; /* points; part of results: it fixes the order of sums */
#define MAX_PACKED (DIA_DATASET_STATES * (DIA_DATASET_STATES + 1) / 2)

typedef struct member { /* of the team: its own work space; a panel holds eight images, of one point or several */
    dia_mlp_pullback pullback;
    double *block;    /* of the pullback        */
    double *x, *v;    /* (nfeature, L); (nvector, 3, L) */
    double *y, *ybar; /* (nimage, padded outputs, L), of all panels of a chunk; (padded outputs, L) */
    double *part;     /* (2, npacked, 3, L) sums over true and over axial vectors */
    double *mu, *bar; /* (CHUNK, npacked, 3) diabatic, and their adjoint          */
} member;

struct dia_dipole_fit {
    dia_dipoles *form;
    const dia_dipole_labels *labels;
    const dia_dataset *data;
    dia_mlp mlp;
    double *theta;
    dia_function function;
    int *all;          /* (nrow) 0, 1, ...                                              */
    double *w, *plain; /* (nrow, natom, 3), (nrow, nfeature)                            */
    int nthread, nchunk;
    member *member;
    double *chunk_value, *chunk_bar; /* (nchunk), (nchunk, ntheta) */
    int n;                           /* the call being worked on */
    const int *points;
    bool want_bar, alone;
    const double *choice; /* (nrow) that are fixed; NULL: none; borrowed */
    double *chosen;       /* (nrow) to be filled; NULL: a loss is asked for */
};

/* ---- one panel ------------------------------------------------------------------------------- */

/* Which row and which image is in a lane; false: none. */
static bool lane_of(const dia_dipole_fit *f, int count, int panel, int lane, int *b, int *g)
{
    const int unit = panel * L + lane;
    *b = unit / f->form->nimage;
    *g = unit % f->form->nimage;
    return *b < count;
}

/* Vectors, and features if wanted, of a panel; a lane without an image is zero. */
static void fill(const dia_dipole_fit *f, member *m, int first, int count, int panel, bool features)
{
    int b, g;
    const dia_dipoles *d = f->form;
    for (int lane = 0; lane < L; lane++) {
        const bool used = lane_of(f, count, panel, lane, &b, &g);
        const size_t row = used ? (size_t)f->points[first + b] : 0;
        dia_dipoles_fill(d, g, lane, used ? f->w + row * 3 * (size_t)d->natom : NULL,
                         f->plain + row * (size_t)d->nfeature, m->v, features ? m->x : NULL);
    }
}

/* mu of the points of a panel += the actions of the group on its parts; or the transpose: parts from bar. */
static void act(const dia_dipole_fit *f, member *m, int count, int panel, bool back)
{
    const size_t np = (size_t)f->form->npacked;
    int b, g;
    if (back)
        memset(m->part, 0, sizeof *m->part * 2 * np * 3 * L);
    for (int lane = 0; lane < L; lane++) {
        if (!lane_of(f, count, panel, lane, &b, &g))
            continue;
        if (back)
            dia_dipoles_act_back(f->form, g, lane, m->bar + (size_t)b * np * 3, m->part);
        else
            dia_dipoles_act(f->form, g, lane, m->part, m->mu + (size_t)b * np * 3);
    }
}

/* ---- one point ------------------------------------------------------------------------------- */

/* out = U^T M U, or U M U^T (back), of packed symmetric matrices (npacked, 3); elements counted once. */
static void turn(int n, const double *U, bool back, const double *M, double *out)
{
    double half[DIA_DATASET_STATES * DIA_DATASET_STATES];
    for (int x = 0; x < 3; x++) {
        for (int k = 0; k < n; k++)
            for (int j = 0; j < n; j++) {
                half[k * n + j] = 0.0;
                for (int l = 0; l < n; l++)
                    half[k * n + j] += M[3 * dia_packed(k, l) + x] * (back ? U[j * n + l] : U[l * n + j]);
            }
        for (int i = 0; i < n; i++)
            for (int j = 0; j <= i; j++) {
                double sum = 0.0;
                for (int k = 0; k < n; k++)
                    sum += (back ? U[i * n + k] : U[k * n + i]) * half[k * n + j];
                out[3 * dia_packed(i, j) + x] = sum;
            }
    }
}

/* Loss of a row from its diabatic mu (npacked, 3), and bar (npacked, 3) by it; each packed element is one variable. */
static double misfit(const dia_dipole_fit *f, int row, const double *mu, double *bar)
{
    const dia_dipole_labels *l = f->labels;
    const int n = l->nstate;
    const double *U = l->U + (size_t)row * (size_t)(n * n), *weight = l->weight + (size_t)row * (size_t)l->npacked;
    double adiabatic[3 * MAX_PACKED], label[3 * MAX_PACKED], sum = 0.0;
    turn(n, U, false, mu, adiabatic);
    const int choice = f->choice != NULL && f->choice[row] >= 0.0
                           ? (int)f->choice[row]
                           : dia_dipole_labels_choose(l, row, f->alone ? NULL : adiabatic);
    if (f->chosen != NULL) {
        f->chosen[row] = choice;
        return 0.0;
    }
    dia_dipole_labels_turn(l, row, choice, label);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            for (int x = 0; x < 3; x++) {
                const int k = dia_packed(i, j);
                const double d = adiabatic[3 * k + x] - label[3 * k + x];
                sum += (i == j ? 1.0 : 2.0) * weight[k] * d * d;
                adiabatic[3 * k + x] = 2.0 * weight[k] * d; /* of the full matrix, both triangles */
            }
    turn(n, U, true, adiabatic, bar);
    for (int i = 1; i < n; i++)
        for (int j = 0; j < i; j++)
            for (int x = 0; x < 3; x++)
                bar[3 * dia_packed(i, j) + x] *= 2.0;
    return sum;
}

/* ---- chunks ---------------------------------------------------------------------------------- */

static void task(void *context, int chunk, int thread)
{
    dia_dipole_fit *f = context;
    member *m = &f->member[thread];
    const dia_dipoles *d = f->form;
    const int first = chunk * CHUNK, count = f->n - first < CHUNK ? f->n - first : CHUNK,
              panels = (count * d->nimage + L - 1) / L;
    const size_t row = (size_t)d->npacked * 3, out = (size_t)dia_panel_padded(d->width[d->nlayer]) * L;
    memset(m->mu, 0, sizeof *m->mu * CHUNK * row);
    for (int p = 0; p < panels; p++) {
        fill(f, m, first, count, p, true);
        dia_mlp_pullback_values(&f->mlp, &m->pullback, p, m->x, m->y + (size_t)p * out);
        dia_dipoles_sum(d, m->y + (size_t)p * out, m->v, m->part);
        act(f, m, count, p, false);
    }
    f->chunk_value[chunk] = 0.0;
    for (int b = 0; b < count; b++)
        f->chunk_value[chunk] += misfit(f, f->points[first + b], m->mu + (size_t)b * row, m->bar + (size_t)b * row);
    if (!f->want_bar)
        return;
    const dia_sink sink = {.bar = f->chunk_bar + (size_t)chunk * (size_t)f->mlp.ntheta};
    memset(sink.bar, 0, sizeof *sink.bar * (size_t)f->mlp.ntheta);
    for (int p = 0; p < panels; p++) {
        fill(f, m, first, count, p, false);
        act(f, m, count, p, true);
        dia_dipoles_spread(d, m->part, m->v, m->ybar);
        dia_mlp_pullback_back(&f->mlp, &m->pullback, p, m->ybar, NULL);
    }
    dia_mlp_pullback_products(&f->mlp, &m->pullback, panels, 0, &sink);
}

static dia_status evaluate(void *context, int n, const int *points, double *value, double *theta_bar)
{
    dia_dipole_fit *f = context;
    const int nchunk = (n + CHUNK - 1) / CHUNK;
    if (n < 1 || nchunk > f->nchunk)
        return DIA_ERROR_INPUT;
    f->n = n;
    f->points = points;
    f->want_bar = theta_bar != NULL;
    dia_team_run(f->nthread, nchunk, task, f);
    *value = 0.0;
    for (int i = 0; theta_bar != NULL && i < f->mlp.ntheta; i++)
        theta_bar[i] = 0.0;
    for (int c = 0; c < nchunk; c++) {
        *value += f->chunk_value[c] / n;
        for (int i = 0; theta_bar != NULL && i < f->mlp.ntheta; i++)
            theta_bar[i] += f->chunk_bar[(size_t)c * (size_t)f->mlp.ntheta + (size_t)i] / n;
    }
    return DIA_OK;
}

void dia_dipole_fit_choose(dia_dipole_fit *f, bool alone, double *choice)
{
    const double *old = f->choice;
    f->alone = alone;
    f->choice = NULL;
    f->chosen = choice;
    f->n = f->labels->nrow;
    f->points = f->all;
    f->want_bar = false;
    dia_team_run(f->nthread, f->nchunk, task, f);
    f->alone = false;
    f->choice = old;
    f->chosen = NULL;
}

void dia_dipole_fit_set(dia_dipole_fit *f, const double *choice)
{
    f->choice = choice;
}

static void refresh(void *context)
{
    dia_dipole_fit *f = context;
    dia_mlp_refresh(&f->mlp);
}

/* ---- beginning ------------------------------------------------------------------------------- */

/* Mean and deviation over the rows and their images, so that images have the same. */
static void standardise(dia_dipole_fit *f)
{
    dia_dipoles *d = f->form;
    const int nf = d->nfeature, n = f->labels->nrow;
    for (int l = 0; l < d->nlength; l++)
        for (int k = 0; k < d->npair; k++) {
            double sum = 0.0, square = 0.0;
            for (int g = 0; g < d->nimage; g++)
                for (int row = 0; row < n; row++)
                    sum += f->plain[(size_t)row * (size_t)nf + (size_t)(l * d->npair + d->pair[g * d->npair + k])];
            const double mean = sum / n / d->nimage;
            for (int g = 0; g < d->nimage; g++)
                for (int row = 0; row < n; row++) {
                    const double x =
                        f->plain[(size_t)row * (size_t)nf + (size_t)(l * d->npair + d->pair[g * d->npair + k])] - mean;
                    square += x * x;
                }
            d->mean[l * d->npair + k] = mean;
            d->deviation[l * d->npair + k] = fmax(sqrt(square / n / d->nimage), 1e-6);
        }
}

static bool open_member(const dia_dipole_fit *f, member *m)
{
    const dia_dipoles *d = f->form;
    const size_t out = (size_t)dia_panel_padded(d->width[d->nlayer]) * L, np = (size_t)d->npacked,
                 panels = (size_t)d->nimage * CHUNK / L + 1;
    m->block = dia_allocate(dia_mlp_pullback_size(&f->mlp, (int)panels, 0), sizeof *m->block);
    m->x = dia_allocate((size_t)dia_panel_padded(d->nfeature) * L + panels * out + out, sizeof *m->x);
    m->v = dia_allocate((size_t)d->nvector * 3 * L + 2 * np * 3 * L + 2 * CHUNK * np * 3, sizeof *m->v);
    if (m->block == NULL || m->x == NULL || m->v == NULL)
        return false;
    dia_mlp_pullback_init(&f->mlp, &m->pullback, (int)panels, 0, m->block);
    m->y = m->x + (size_t)dia_panel_padded(d->nfeature) * L;
    m->ybar = m->y + panels * out;
    m->part = m->v + (size_t)d->nvector * 3 * L;
    m->mu = m->part + 2 * np * 3 * L;
    m->bar = m->mu + CHUNK * np * 3;
    return true;
}

static dia_status allocate(dia_dipole_fit *f, dia_error *error)
{
    const dia_dipoles *d = f->form;
    const size_t n = (size_t)f->labels->nrow;
    f->nchunk = (f->labels->nrow + CHUNK - 1) / CHUNK;
    f->theta = dia_allocate((size_t)f->mlp.ntheta, sizeof *f->theta);
    f->all = calloc(n + 1, sizeof *f->all);
    f->w = dia_allocate(n * (size_t)(3 * d->natom) + n * (size_t)d->nfeature + 1, sizeof *f->w);
    f->chunk_value = dia_allocate((size_t)f->nchunk + 1, sizeof *f->chunk_value);
    f->chunk_bar = dia_allocate(((size_t)f->nchunk + 1) * (size_t)f->mlp.ntheta, sizeof *f->chunk_bar);
    f->member = calloc((size_t)f->nthread, sizeof *f->member);
    bool good = f->theta != NULL && f->all != NULL && f->w != NULL && f->chunk_value != NULL && f->chunk_bar != NULL &&
                f->member != NULL;
    for (int t = 0; t < f->nthread && good; t++)
        good = open_member(f, &f->member[t]);
    if (!good)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fit dipoles");
    f->plain = f->w + n * (size_t)(3 * d->natom);
    f->mlp.theta = f->theta;
    f->function = (dia_function){.context = f, .theta = f->theta, .refresh = refresh, .evaluate = evaluate};
    return DIA_OK;
}

static void begin(dia_dipole_fit *f, uint64_t seed, uint64_t number)
{
    const dia_dipoles *d = f->form;
    const uint64_t stream = 1000; /* not the random numbers of the network of H */
    for (int row = 0; row < f->labels->nrow; row++) {
        double *w = f->w + (size_t)row * (size_t)(3 * d->natom);
        f->all[row] = row;
        dia_dipoles_place(d, f->data->R + (size_t)f->labels->point[row] * (size_t)f->data->ncart, w);
        dia_dipoles_features(d, w, f->plain + (size_t)row * (size_t)d->nfeature);
    }
    standardise(f);
    for (int l = 0; l < d->nlayer; l++)
        dia_mlp_draw(&f->mlp, l, (l < d->nlayer - 1 ? 1.0 : 0.1) / sqrt(d->width[l]), 0.0, seed, number,
                     stream + (uint64_t)l);
    dia_mlp_refresh(&f->mlp);
}

dia_status dia_dipole_fit_create(dia_dipole_fit **fit, dia_dipoles *form, const dia_dipole_labels *labels,
                                 const dia_dataset *data, int nthread, uint64_t seed, uint64_t number, dia_error *error)
{
    dia_dipole_fit *f = calloc(1, sizeof *f);
    if (f == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fit dipoles");
    f->form = form;
    f->labels = labels;
    f->data = data;
    f->nthread = dia_team_size(nthread);
    dia_status status = dia_mlp_init(&f->mlp, form->nlayer, form->width, DIA_ACTIVATION_TANH, false, error);
    if (status == DIA_OK)
        status = allocate(f, error);
    if (status == DIA_OK)
        begin(f, seed, number);
    if (status != DIA_OK) {
        dia_dipole_fit_free(f);
        return status;
    }
    *fit = f;
    return DIA_OK;
}

void dia_dipole_fit_free(dia_dipole_fit *f)
{
    if (f == NULL)
        return;
    for (int t = 0; t < f->nthread && f->member != NULL; t++) {
        free(f->member[t].block);
        free(f->member[t].x);
        free(f->member[t].v);
    }
    dia_mlp_free(&f->mlp);
    free(f->theta);
    free(f->all);
    free(f->w);
    free(f->member);
    free(f->chunk_value);
    free(f->chunk_bar);
    free(f);
}

const dia_function *dia_dipole_fit_function(const dia_dipole_fit *f)
{
    return &f->function;
}

int dia_dipole_fit_parameters(const dia_dipole_fit *f)
{
    return f->mlp.ntheta;
}

int dia_dipole_fit_blocks(const dia_dipole_fit *f, dia_matrix_block *blocks)
{
    return dia_architecture_blocks(&f->mlp, 0, blocks);
}

void dia_dipole_fit_take(const dia_dipole_fit *f, const double *theta)
{
    dia_dipoles *d = f->form;
    for (int l = 0; l < d->nlayer; l++) {
        const size_t rows = (size_t)d->width[l + 1], cols = (size_t)d->width[l];
        memcpy(d->weight[l], theta + dia_mlp_weight_offset(&f->mlp, l), rows * cols * sizeof *theta);
        memcpy(d->bias[l], theta + dia_mlp_bias_offset(&f->mlp, l), rows * sizeof *theta);
    }
    dia_dipoles_refresh(d);
}
