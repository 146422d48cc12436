/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "exact/basis.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Rounding of a sum of energies must not decide who is a member. */
static double widened(double limit)
{
    return limit * (1.0 + 1e-12) + 1e-300;
}

/* Members whose quanta of modes m, m+1, ... are free; stops counting at `stop`. */
static double count_from(int m, int nmode, const double *w, double left, double stop)
{
    const double here = floor(left / w[m]) + 1.0;
    if (m == nmode - 1)
        return here;
    double sum = 0.0;
    for (int n = 0; n < here && sum < stop; n++)
        sum += count_from(m + 1, nmode, w, left - n * w[m], stop - sum);
    return sum;
}

/* Number of lattice points under a simplex whose sides are rounded to a fine grid of energies: one mode after the other. */
static double estimate(int nmode, const double *w, double limit)
{
    enum { FINE = 20000 };
    static const double half = 0.5;
    double *below = calloc(FINE + 1, sizeof *below); /* functions whose energy is at most the grid's */
    if (below == NULL)
        return INFINITY;
    const double unit = limit / FINE;
    double total = 0.0;
    below[0] = 1.0; /* number at each energy */
    for (int m = 0; m < nmode; m++) {
        const int step = (int)fmin(fmax(1.0, w[m] / unit + half), FINE + 1.0);
        for (int e = step; e <= FINE; e++)
            below[e] += below[e - step];
    }
    for (int e = 0; e <= FINE; e++)
        total += below[e];
    free(below);
    return total;
}

double dia_basis_count(int nmode, const double *frequency, double limit)
{
    const double stop = 4e6, counted = count_from(0, nmode, frequency, widened(limit), stop);
    return counted < stop ? counted : estimate(nmode, frequency, limit);
}

double dia_basis_bytes(int nmode, double count)
{
    return count * nmode * (double)(sizeof(uint16_t) + 2 * sizeof(int));
}

void dia_basis_free(dia_basis *basis)
{
    free(basis->quanta);
    free(basis->up);
    free(basis->down);
    free(basis->most);
    free(basis->frequency);
    *basis = (dia_basis){0};
}

/* The next member in lexical order: the last mode that can take one quantum more does, those behind it fall to zero. */
static bool advance(int nmode, const double *w, double limit, uint16_t *n)
{
    double energy = 0.0;
    for (int m = 0; m < nmode; m++)
        energy += w[m] * n[m];
    for (int m = nmode - 1; m >= 0; m--) {
        if (energy + w[m] <= limit && n[m] < UINT16_MAX) {
            n[m]++;
            return true;
        }
        energy -= w[m] * n[m];
        n[m] = 0;
    }
    return false;
}

/* Index of the member with these quanta, by bisection; -1: none. */
static int find(const dia_basis *basis, const uint16_t *n)
{
    int low = 0, high = basis->count;
    while (low < high) {
        const int middle = low + (high - low) / 2;
        const uint16_t *at = basis->quanta + (size_t)middle * (size_t)basis->nmode;
        int m = 0;
        while (m < basis->nmode && at[m] == n[m])
            m++;
        if (m == basis->nmode)
            return middle;
        if (at[m] < n[m])
            low = middle + 1;
        else
            high = middle;
    }
    return -1;
}

static void link_neighbours(dia_basis *basis, uint16_t *n)
{
    const size_t nmode = (size_t)basis->nmode;
    for (int f = 0; f < basis->count; f++) {
        memcpy(n, basis->quanta + (size_t)f * nmode, nmode * sizeof *n);
        for (size_t m = 0; m < nmode; m++) {
            basis->most[m] = n[m] > basis->most[m] ? n[m] : basis->most[m];
            basis->up[(size_t)f * nmode + m] = -1;
            basis->down[(size_t)f * nmode + m] = -1;
            if (n[m] == 0)
                continue;
            n[m]--;
            const int lower = find(basis, n);
            n[m]++;
            basis->down[(size_t)f * nmode + m] = lower;
            basis->up[(size_t)lower * nmode + m] = f; /* lower < f: its row is there already */
        }
    }
}

dia_status dia_basis_create(dia_basis *basis, int nmode, const double *frequency, double limit, dia_error *error)
{
    const double count = dia_basis_count(nmode, frequency, limit), room = count * nmode;
    *basis = (dia_basis){.nmode = nmode};
    if (count > 4e6 * 100.0)
        return dia_error_set(error, DIA_ERROR_MEMORY, "a basis of %.3g functions of %d modes is too large", count,
                             nmode);
    const size_t most = (size_t)(room * (count < 4e6 ? 1.0 : 1.1)) + (size_t)nmode;
    uint16_t *n = calloc((size_t)nmode, sizeof *n);
    basis->quanta = malloc(most * sizeof *basis->quanta);
    basis->most = calloc((size_t)nmode, sizeof *basis->most);
    basis->frequency = malloc((size_t)nmode * sizeof *basis->frequency);
    bool enough = n != NULL && basis->quanta != NULL && basis->most != NULL && basis->frequency != NULL;
    if (enough) {
        memcpy(basis->frequency, frequency, (size_t)nmode * sizeof *frequency);
        do {
            if ((size_t)(basis->count + 1) * (size_t)nmode > most) {
                enough = false;
                break;
            }
            memcpy(basis->quanta + (size_t)basis->count * (size_t)nmode, n, (size_t)nmode * sizeof *n);
            basis->count++;
        } while (advance(nmode, frequency, widened(limit), n));
        basis->up = malloc((size_t)basis->count * (size_t)nmode * sizeof *basis->up);
        basis->down = malloc((size_t)basis->count * (size_t)nmode * sizeof *basis->down);
        enough = enough && basis->up != NULL && basis->down != NULL;
    }
    if (enough)
        link_neighbours(basis, n);
    free(n);
    if (enough)
        return DIA_OK;
    dia_basis_free(basis);
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a basis of %.3g functions of %d modes", count,
                         nmode);
}
