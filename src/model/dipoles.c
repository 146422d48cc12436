/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/dipoles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"

/* Work space of one geometry. */
typedef struct room {
    double *layer[DIA_DIPOLE_LAYERS + 1]; /* (width): standardised features, hidden units, outputs (nvector, npacked) */
    double *w;                            /* (natom, 3)                                                       */
    double *v;                            /* (nvector, 3) of an image                                         */
    double *part;                         /* (3, npacked)                                                     */
    /* of the way back */
    double *bar, *next;  /* (widest layer) */
    double *wbar, *vbar; /* as w, v        */
} room;

/* base == NULL: only counts. Returns the doubles. */
static size_t lay_out(const dia_dipoles *d, room *m, double *base)
{
    const size_t np = 3 * (size_t)d->npacked, na = 3 * (size_t)d->natom, nv = 3 * (size_t)d->nvector;
    size_t most = 0, used = 0;
    for (int l = 0; l <= d->nlayer; l++)
        most = (size_t)d->width[l] > most ? (size_t)d->width[l] : most;
    double **const pieces[] = {&m->w, &m->v, &m->part, &m->bar, &m->next, &m->wbar, &m->vbar};
    const size_t sizes[] = {na, nv, np, most, most, na, nv};
    for (int i = 0; i < 7; i++) {
        *pieces[i] = base != NULL ? base + used : NULL;
        used += sizes[i];
    }
    for (int l = 0; l <= d->nlayer; l++) {
        m->layer[l] = base != NULL ? base + used : NULL;
        used += (size_t)d->width[l];
    }
    return used;
}

size_t dia_dipoles_work(const dia_dipoles *d)
{
    room m;
    return d->nlayer > 0 ? lay_out(d, &m, NULL) : 0;
}

void dia_dipoles_free(dia_dipoles *d)
{
    free(d->length);
    free(d->mean);
    free(d->deviation);
    free(d->centre);
    for (int l = 0; l < DIA_DIPOLE_LAYERS; l++) {
        free(d->weight[l]);
        free(d->bias[l]);
    }
    free(d->permutation);
    free(d->polar);
    free(d->axial);
    memset(d, 0, sizeof *d);
}

void dia_dipoles_origin(const dia_dipoles *d, const double *R, double *more)
{
    for (int x = 0; x < 3; x++) {
        more[x] = 0.0;
        for (int a = 0; a < d->natom; a++)
            more[x] += d->charge * d->centre[a] * R[3 * a + x];
    }
}

void dia_dipoles_place(const dia_dipoles *d, const double *R, double *w)
{
    double c[3] = {0.0};
    for (int a = 0; a < d->natom; a++)
        for (int x = 0; x < 3; x++)
            c[x] += d->centre[a] * R[3 * a + x];
    for (int a = 0; a < d->natom; a++)
        for (int x = 0; x < 3; x++)
            w[3 * a + x] = R[3 * a + x] - c[x];
}

void dia_dipoles_features(const dia_dipoles *d, const double *w, double *feature)
{
    for (int a = 1, k = 0; a < d->natom; a++)
        for (int b = 0; b < a; b++, k++) {
            const double x = w[3 * a] - w[3 * b], y = w[3 * a + 1] - w[3 * b + 1], z = w[3 * a + 2] - w[3 * b + 2];
            const double r = sqrt(x * x + y * y + z * z);
            for (int l = 0; l < d->nlength; l++)
                feature[l * d->npair + k] = exp(-r / d->length[l]);
        }
}

/* Vectors v (nvector, 3) of the image with this permutation, and its standardised features; w of the geometry. */
static void look(const dia_dipoles *d, const int *permutation, const double *w, double *v, double *feature)
{
    for (int a = 0; a < d->natom; a++)
        memcpy(v + 3 * a, w + 3 * permutation[a], 3 * sizeof *v);
    dia_dipoles_features(d, v, feature);
    for (int i = 0; i < d->nfeature; i++)
        feature[i] = (feature[i] - d->mean[i]) / d->deviation[i];
    for (int a = 1, k = d->natom; a < d->natom && d->nvector > d->natom; a++)
        for (int b = 0; b < a; b++, k++)
            dia_cross(v + 3 * a, v + 3 * b, v + 3 * k);
}

/* The perceptron, from its first layer to its last. */
static void respond(const dia_dipoles *d, const room *m)
{
    for (int l = 0; l < d->nlayer; l++) {
        const double *in = m->layer[l];
        for (int i = 0; i < d->width[l + 1]; i++) {
            const double *row = d->weight[l] + (size_t)i * (size_t)d->width[l];
            double sum = d->bias[l][i];
            for (int j = 0; j < d->width[l]; j++)
                sum += row[j] * in[j];
            m->layer[l + 1][i] = l < d->nlayer - 1 ? tanh(sum) : sum;
        }
    }
}

/* mu += action (npacked, npacked) on the sum over vectors first..last-1 of y (nvector, npacked) v */
static void bring(const dia_dipoles *d, const room *m, int first, int last, const double *action, double *mu)
{
    const int np = d->npacked;
    const double *y = m->layer[d->nlayer];
    memset(m->part, 0, 3 * (size_t)np * sizeof *m->part);
    for (int i = first; i < last; i++)
        for (int x = 0; x < 3; x++)
            for (int k = 0; k < np; k++)
                m->part[x * np + k] += y[i * np + k] * m->v[3 * i + x];
    for (int k = 0; k < np; k++)
        for (int j = 0; j < np; j++)
            for (int x = 0; x < 3 && action[k * np + j] != 0.0; x++)
                mu[x * np + k] += action[k * np + j] * m->part[x * np + j];
}

void dia_dipoles_evaluate(const dia_dipoles *d, const double *R, double *work, double *mu)
{
    const size_t square = (size_t)d->npacked * (size_t)d->npacked;
    room m;
    lay_out(d, &m, work);
    memset(mu, 0, 3 * (size_t)d->npacked * sizeof *mu);
    dia_dipoles_place(d, R, m.w);
    for (int g = 0; g < d->nimage; g++) {
        look(d, d->permutation + g * d->natom, m.w, m.v, m.layer[0]);
        respond(d, &m);
        bring(d, &m, 0, d->natom, d->polar + (size_t)g * square, mu);
        bring(d, &m, d->natom, d->nvector, d->axial + (size_t)g * square, mu);
    }
}

/* ---- the way back ---------------------------------------------------------------------------- */

/* The transpose of bring: from W to adjoints of the outputs, in bar, and of the vectors. */
static void bring_back(const dia_dipoles *d, const room *m, int first, int last, const double *action, const double *W)
{
    const int np = d->npacked;
    const double *y = m->layer[d->nlayer];
    memset(m->part, 0, 3 * (size_t)np * sizeof *m->part);
    for (int i = 0, k = 0; k < np; i++)
        for (int j = 0; j <= i; j++, k++) /* element k = (i, j) of W counts twice off the diagonal */
            for (int l = 0; l < np; l++)
                for (int x = 0; x < 3 && action[k * np + l] != 0.0; x++)
                    m->part[x * np + l] += (i == j ? 1.0 : 2.0) * action[k * np + l] * W[x * np + k];
    memset(m->bar + first * np, 0, (size_t)(last - first) * (size_t)np * sizeof *m->bar);
    for (int i = first; i < last; i++)
        for (int x = 0; x < 3; x++) {
            m->vbar[3 * i + x] = dia_dot(np, m->part + x * np, y + i * np);
            for (int k = 0; k < np; k++)
                m->bar[i * np + k] += m->part[x * np + k] * m->v[3 * i + x];
        }
}

/* The transpose of the perceptron's derivative: bar (outputs) -> (features), which is returned. */
static const double *respond_back(const dia_dipoles *d, const room *m)
{
    double *out = m->bar, *in = m->next;
    for (int l = d->nlayer - 1; l >= 0; l--) {
        memset(in, 0, (size_t)d->width[l] * sizeof *in);
        for (int i = 0; i < d->width[l + 1]; i++) {
            const double *row = d->weight[l] + (size_t)i * (size_t)d->width[l];
            for (int j = 0; j < d->width[l]; j++)
                in[j] += row[j] * out[i];
        }
        for (int j = 0; j < d->width[l] && l > 0; j++)
            in[j] *= 1.0 - m->layer[l][j] * m->layer[l][j];
        double *swap = in;
        in = out;
        out = swap;
    }
    return out;
}

/* The transpose of look's derivative: vbar of atoms += what comes from the cross products and the features. */
static void look_back(const dia_dipoles *d, const room *m, const double *feature_bar)
{
    const double *v = m->v;
    for (int a = 1, k = 0; a < d->natom; a++)
        for (int b = 0; b < a; b++, k++) {
            double more[3], slope = 0.0; /* slope: of the features by the distance */
            const double *c = m->vbar + 3 * (d->natom + k), r = dia_distance(v + 3 * a, v + 3 * b);
            for (int x = 0; x < 3 && d->nvector > d->natom; x++) {
                const int y = (x + 1) % 3, z = (x + 2) % 3; /* c . (a x b) = a . (b x c) = b . (c x a) */
                m->vbar[3 * a + x] += v[3 * b + y] * c[z] - v[3 * b + z] * c[y];
                m->vbar[3 * b + x] += c[y] * v[3 * a + z] - c[z] * v[3 * a + y];
            }
            for (int l = 0; l < d->nlength; l++)
                slope -= feature_bar[l * d->npair + k] * exp(-r / d->length[l]) /
                         (d->length[l] * d->deviation[l * d->npair + k]);
            for (int x = 0; x < 3; x++) {
                more[x] = r == 0.0 ? 0.0 : slope * (v[3 * a + x] - v[3 * b + x]) / r; /* a cusp: no direction */
                m->vbar[3 * a + x] += more[x];
                m->vbar[3 * b + x] -= more[x];
            }
        }
}

void dia_dipoles_contract(const dia_dipoles *d, const double *R, double *work, const double *W, double *G)
{
    const size_t square = (size_t)d->npacked * (size_t)d->npacked;
    double sum[3] = {0.0, 0.0, 0.0};
    room m;
    lay_out(d, &m, work);
    memset(m.wbar, 0, 3 * (size_t)d->natom * sizeof *m.wbar);
    dia_dipoles_place(d, R, m.w);
    for (int g = 0; g < d->nimage; g++) {
        const int *permutation = d->permutation + g * d->natom;
        look(d, permutation, m.w, m.v, m.layer[0]);
        respond(d, &m);
        bring_back(d, &m, 0, d->natom, d->polar + (size_t)g * square, W);
        bring_back(d, &m, d->natom, d->nvector, d->axial + (size_t)g * square, W);
        look_back(d, &m, respond_back(d, &m));
        for (int a = 0; a < d->natom; a++)
            for (int x = 0; x < 3; x++)
                m.wbar[3 * permutation[a] + x] += m.vbar[3 * a + x];
    }
    for (int a = 0; a < d->natom; a++)
        for (int x = 0; x < 3; x++)
            sum[x] += m.wbar[3 * a + x];
    for (int a = 0; a < d->natom; a++) /* w_a = r_a - sum_b centre_b r_b */
        for (int x = 0; x < 3; x++)
            G[3 * a + x] = m.wbar[3 * a + x] - d->centre[a] * sum[x];
}
