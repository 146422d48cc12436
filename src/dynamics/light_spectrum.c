/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/light_spectrum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "math/fourier.h"

/* The table has so many points to the width 1/(time in which there is a field): S changes by little from one to the next, and is
 * interpolated linearly. */
enum { FINE = 16, MOST = 1 << 21 /* 1 GB, and a table of some tenths of it */ };

struct dia_light_spectrum {
    int n;          /* energies                 */
    double spacing; /* hartree                  */
    double peak;    /* of |S|^2                 */
    double *S;      /* (n, 3, 2)           owned */
};

/* Samples of one component, the first half of the time at the end, so that time 0 is the middle. */
static void sample(const dia_light *light, int component, int n, int filled, double h, double *x)
{
    memset(x, 0, 2 * (size_t)n * sizeof *x);
    for (int j = 0; j < filled; j++) {
        const int place = j - filled / 2;
        double E[6];
        dia_light_field(light, light->from + (j + 0.5) * h, E);
        memcpy(x + 2 * (size_t)(place >= 0 ? place : place + n), E + 2 * component, 2 * sizeof *x);
    }
}

dia_light_spectrum *dia_light_spectrum_create(const dia_light *light, double highest)
{
    const double length = light->to - light->from;
    /* Fields of E exp(i w t) up to (fastest + highest) fall into the first half of the frequencies of this step. */
    const double wanted = 0.5 * length * (light->fastest + highest) / DIA_PI * 1.5 + 32.0;
    if (!(wanted < MOST))
        return NULL;
    const int filled = 2 * (int)ceil(wanted);
    const double h = length / filled;
    const int n = dia_fourier_length(FINE * filled);
    dia_fourier *fourier = dia_fourier_create(n);
    dia_light_spectrum *s = dia_allocate(1, sizeof *s);
    double *x = dia_allocate(2 * (size_t)n, sizeof *x);
    if (s != NULL) {
        s->peak = 0.0;
        s->spacing = 2.0 * DIA_PI / (n * h);
        s->n = (int)ceil(highest / s->spacing) + 2;
        s->S = dia_allocate(6 * (size_t)s->n, sizeof *s->S);
    }
    const bool made = fourier != NULL && s != NULL && x != NULL && s->S != NULL;
    for (int c = 0; c < 3 && made; c++) {
        sample(light, c, n, filled, h, x);
        dia_fourier_backward(fourier, x);
        double most = 0.0;
        for (int i = 0; i < n; i++)
            most = fmax(most, h * h * (x[2 * i] * x[2 * i] + x[2 * i + 1] * x[2 * i + 1]));
        s->peak += most;
        for (int i = 0; i < s->n; i++) {
            s->S[6 * i + 2 * c] = h * x[2 * i];
            s->S[6 * i + 2 * c + 1] = h * x[2 * i + 1];
        }
    }
    dia_fourier_free(fourier);
    free(x);
    if (made)
        return s;
    dia_light_spectrum_free(s);
    return NULL;
}

void dia_light_spectrum_free(dia_light_spectrum *spectrum)
{
    if (spectrum != NULL)
        free(spectrum->S);
    free(spectrum);
}

double dia_light_spectrum_peak(const dia_light_spectrum *spectrum)
{
    return spectrum->peak;
}

void dia_light_spectrum_value(const dia_light_spectrum *spectrum, double energy, double S[6])
{
    const double at = energy / spectrum->spacing, i = floor(at), x = at - i;
    memset(S, 0, 6 * sizeof *S);
    if (!(energy >= 0.0) || i + 1.0 >= spectrum->n)
        return;
    const double *low = spectrum->S + 6 * (size_t)i;
    for (int c = 0; c < 6; c++)
        S[c] = (1.0 - x) * low[c] + x * low[6 + c];
}
