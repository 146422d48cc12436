/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/dipoles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Largest number of units in a layer, the features included. */
static int widest(const dia_dipoles *d)
{
    int most = 0;
    for (int l = 0; l <= d->nlayer; l++)
        most = d->width[l] > most ? d->width[l] : most;
    return most;
}

size_t dia_dipoles_work(const dia_dipoles *d)
{
    return d->nlayer > 0 ? 2 * (size_t)widest(d) + 3 * (size_t)(d->natom + d->nvector) + 3 * (size_t)d->npacked : 0;
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

static void cross(const double *a, const double *b, double *c)
{
    c[0] = a[1] * b[2] - a[2] * b[1];
    c[1] = a[2] * b[0] - a[0] * b[2];
    c[2] = a[0] * b[1] - a[1] * b[0];
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
            cross(v + 3 * a, v + 3 * b, v + 3 * k);
}

/* The perceptron, between two arrays: returns that of its outputs. */
static const double *respond(const dia_dipoles *d, double *in, double *out)
{
    for (int l = 0; l < d->nlayer; l++) {
        for (int i = 0; i < d->width[l + 1]; i++) {
            const double *row = d->weight[l] + (size_t)i * (size_t)d->width[l];
            double sum = d->bias[l][i];
            for (int j = 0; j < d->width[l]; j++)
                sum += row[j] * in[j];
            out[i] = l < d->nlayer - 1 ? tanh(sum) : sum;
        }
        double *swap = in;
        in = out;
        out = swap;
    }
    return in;
}

/* mu += action (npacked, npacked) on the sum over vectors first..last-1 of y (nvector, npacked) v; part (3, npacked): room */
static void bring(const dia_dipoles *d, int first, int last, const double *y, const double *v, const double *action,
                  double *part, double *mu)
{
    const int np = d->npacked;
    memset(part, 0, 3 * (size_t)np * sizeof *part);
    for (int i = first; i < last; i++)
        for (int x = 0; x < 3; x++)
            for (int k = 0; k < np; k++)
                part[x * np + k] += y[i * np + k] * v[3 * i + x];
    for (int k = 0; k < np; k++)
        for (int j = 0; j < np; j++)
            for (int x = 0; x < 3 && action[k * np + j] != 0.0; x++)
                mu[x * np + k] += action[k * np + j] * part[x * np + j];
}

void dia_dipoles_evaluate(const dia_dipoles *d, const double *R, double *work, double *mu)
{
    const size_t most = (size_t)widest(d), square = (size_t)d->npacked * (size_t)d->npacked;
    double *first = work, *second = first + most, *w = second + most, *v = w + 3 * d->natom, *part = v + 3 * d->nvector;
    memset(mu, 0, 3 * (size_t)d->npacked * sizeof *mu);
    dia_dipoles_place(d, R, w);
    for (int g = 0; g < d->nimage; g++) {
        look(d, d->permutation + g * d->natom, w, v, first);
        const double *y = respond(d, first, second);
        bring(d, 0, d->natom, y, v, d->polar + (size_t)g * square, part, mu);
        bring(d, d->natom, d->nvector, y, v, d->axial + (size_t)g * square, part, mu);
    }
}
