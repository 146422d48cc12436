/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/oscillators.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

/* coth(w / 2kT); 1 at T = 0 */
static double coth_half(double w, double kT)
{
    return kT > 0.0 ? 1.0 / tanh(0.5 * w / kT) : 1.0;
}

static bool at_rest(const dia_oscillators *own, int m)
{
    double w = own->modes->frequency[m];
    return !(w > 0.0 && w >= own->lowest);
}

/* <Q^2> of an oscillator that is displaced. */
static double variance(const dia_oscillators *own, double w)
{
    switch (own->distribution) {
    case DIA_HUSIMI:
        return 0.5 * coth_half(w, own->temperature) + 0.5;
    case DIA_BOLTZMANN:
        return own->temperature / w;
    default:
        return 0.5 * coth_half(w, own->temperature);
    }
}

double dia_oscillators_deviation(const dia_oscillators *own, int m)
{
    return at_rest(own, m) ? 0.0 : sqrt(variance(own, own->modes->frequency[m]));
}

double dia_oscillators_energy(const dia_oscillators *own)
{
    double sum = 0.0;
    for (int m = 0; m < own->modes->nmode; m++)
        if (!at_rest(own, m))
            sum += own->modes->frequency[m] * variance(own, own->modes->frequency[m]);
    return sum;
}

void dia_oscillators_draw(const dia_oscillators *own, uint64_t trajectory, double *Q, double *P)
{
    for (int m = 0; m < own->modes->nmode; m++) {
        double deviation = dia_oscillators_deviation(own, m);
        Q[m] = deviation * dia_rng_normal(own->seed, trajectory, 0, DIA_PURPOSE_INITIAL, (uint32_t)(2 * m));
        P[m] = deviation * dia_rng_normal(own->seed, trajectory, 0, DIA_PURPOSE_INITIAL, (uint32_t)(2 * m + 1));
    }
}

void dia_drift_remove(const dia_molecule *molecule, double *V)
{
    double drift[3];
    dia_centre_of_mass(molecule, V, drift);
    for (int c = 0; c < molecule->ncart; c++)
        V[c] -= drift[c % 3];
}

void dia_rotation_remove(const dia_molecule *molecule, const double *R, int turns, double *V)
{
    double moment[3], axis[9], centre[3], L[3] = {0.0, 0.0, 0.0}, omega[3] = {0.0, 0.0, 0.0};
    dia_principal_axes(molecule, R, moment, axis);
    dia_centre_of_mass(molecule, R, centre);
    for (int a = 0; a < molecule->natom; a++)
        for (int i = 0; i < 3; i++) {
            int j = (i + 1) % 3, k = (i + 2) % 3;
            L[i] += molecule->masses[a] *
                    ((R[3 * a + j] - centre[j]) * V[3 * a + k] - (R[3 * a + k] - centre[k]) * V[3 * a + j]);
        }
    for (int n = 3 - turns; n < 3; n++) {
        const double *e = axis + 3 * n;
        double rate = (e[0] * L[0] + e[1] * L[1] + e[2] * L[2]) / moment[n];
        for (int i = 0; i < 3; i++)
            omega[i] += rate * e[i];
    }
    for (int a = 0; a < molecule->natom; a++)
        for (int i = 0; i < 3; i++) {
            int j = (i + 1) % 3, k = (i + 2) % 3;
            V[3 * a + i] -= omega[j] * (R[3 * a + k] - centre[k]) - omega[k] * (R[3 * a + j] - centre[j]);
        }
}

void dia_oscillators_place(const dia_oscillators *own, const double *Q, const double *P, double *R, double *V)
{
    const dia_molecule *molecule = own->molecule;
    const dia_modes *modes = own->modes;
    int ncart = modes->ncart;
    double moment[3], axis[9];
    memcpy(R, own->centre, (size_t)ncart * sizeof *R);
    memset(V, 0, (size_t)ncart * sizeof *V);
    for (int m = 0; m < modes->nmode; m++) {
        if (at_rest(own, m))
            continue;
        /* mass-weighted coordinate Q / sqrt(w), momentum P sqrt(w) */
        double root = sqrt(modes->frequency[m]), x = Q[m] / root, p = P[m] * root;
        for (int c = 0; c < ncart; c++) {
            double along = modes->vector[m * ncart + c] / sqrt(molecule->masses[c / molecule->dimension]);
            R[c] += x * along;
            V[c] += p * along;
        }
    }
    if (molecule->dimension == 3 && molecule->natom > 1)
        dia_rotation_remove(molecule, R, dia_principal_axes(molecule, own->centre, moment, axis), V);
    for (int c = 0; own->momentum != NULL && c < ncart; c++)
        V[c] += own->momentum[c] / molecule->masses[c / molecule->dimension];
}

dia_status dia_oscillators_stated(dia_modes *modes, int ncart, const double *frequency, dia_error *error)
{
    const size_t n = (size_t)ncart;
    *modes = (dia_modes){.ncart = ncart,
                         .nmode = ncart,
                         .frequency = calloc(n, sizeof(double)),
                         .vector = calloc(n * n, sizeof(double))};
    if (modes->frequency == NULL || modes->vector == NULL) {
        dia_modes_free(modes);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d oscillators", ncart);
    }
    memcpy(modes->frequency, frequency, n * sizeof *frequency);
    for (size_t c = 0; c < n; c++)
        modes->vector[c * n + c] = 1.0;
    return DIA_OK;
}
