/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/wigner.h"

#include <math.h>
#include <string.h>

#include "base/rng.h"

/* coth(w / 2kT); 1 at T = 0 */
static double coth_half(double w, double kT)
{
    return kT > 0.0 ? 1.0 / tanh(0.5 * w / kT) : 1.0;
}

static bool at_rest(const dia_wigner *wigner, int m)
{
    double w = wigner->modes->frequency[m];
    return !(w > 0.0 && w >= wigner->lowest);
}

double dia_wigner_deviation(const dia_wigner *wigner, int m)
{
    return at_rest(wigner, m) ? 0.0 : sqrt(0.5 * coth_half(wigner->modes->frequency[m], wigner->temperature));
}

double dia_wigner_energy(const dia_wigner *wigner)
{
    double sum = 0.0;
    for (int m = 0; m < wigner->modes->nmode; m++)
        if (!at_rest(wigner, m))
            sum += 0.5 * wigner->modes->frequency[m] * coth_half(wigner->modes->frequency[m], wigner->temperature);
    return sum;
}

void dia_wigner_draw(const dia_wigner *wigner, uint64_t trajectory, double *Q, double *P)
{
    for (int m = 0; m < wigner->modes->nmode; m++) {
        double deviation = dia_wigner_deviation(wigner, m);
        Q[m] = deviation * dia_rng_normal(wigner->seed, trajectory, 0, DIA_PURPOSE_INITIAL, (uint32_t)(2 * m));
        P[m] = deviation * dia_rng_normal(wigner->seed, trajectory, 0, DIA_PURPOSE_INITIAL, (uint32_t)(2 * m + 1));
    }
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

void dia_wigner_place(const dia_wigner *wigner, const double *Q, const double *P, double *R, double *V)
{
    const dia_molecule *molecule = wigner->molecule;
    const dia_modes *modes = wigner->modes;
    int ncart = modes->ncart;
    memcpy(R, wigner->minimum, (size_t)ncart * sizeof *R);
    memset(V, 0, (size_t)ncart * sizeof *V);
    for (int m = 0; m < modes->nmode; m++) {
        if (at_rest(wigner, m))
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
        dia_rotation_remove(molecule, R, ncart - modes->nmode - 3, V);
}
