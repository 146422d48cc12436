/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "contents.h"

#include "diabolo/dataset.h"

enum { ATOMS = 6, POINTS = 8 }; /* at most */

void contents_data(const char *path, int natom, const int *numbers, const double *R, int npoint,
                   const char *const *group)
{
    double position[POINTS * 3 * ATOMS], E[POINTS * 2], G[POINTS * 6 * ATOMS], h[POINTS * 3 * ATOMS], mu[POINTS * 12];
    const int nc = 3 * natom;
    dia_error error = {0};
    fuzz_made(natom <= ATOMS && npoint <= POINTS ? DIA_OK : DIA_ERROR_INPUT, &error);
    for (int p = 0; p < npoint; p++) {
        for (int c = 0; c < nc; c++) {
            position[nc * p + c] = R[c] + 0.02 * ((7 * p + 5 * c) % 11);
            G[2 * nc * p + c] = G[2 * nc * p + nc + c] = 0.001 * ((3 * p + c) % 7);
            h[nc * p + c] = 0.001 * ((p + 2 * c) % 5);
        }
        E[2 * p] = -78.0 + 0.001 * p;
        E[2 * p + 1] = -77.8 - 0.001 * p;
        for (int c = 0; c < 12; c++)
            mu[12 * p + c] = 0.1 * (c % 3) + 0.05 * (c >= 3 && c < 9);
    }
    const dia_dataset_arrays arrays = {.npoint = npoint,
                                       .natom = natom,
                                       .nstate = 2,
                                       .numbers = numbers,
                                       .positions = position,
                                       .energies = E,
                                       .gradients = G,
                                       .couplings = h,
                                       .dipoles = mu,
                                       .group = group,
                                       .length_unit = "bohr",
                                       .energy_unit = "hartree",
                                       .gradient_unit = "hartree/bohr",
                                       .coupling_unit = "hartree/bohr",
                                       .dipole_unit = "e bohr",
                                       .level_of_theory = "none"};
    fuzz_made(dia_dataset_write_arrays(path, &arrays, true, NULL, &error), &error);
}
