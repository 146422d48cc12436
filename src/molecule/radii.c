/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/radii.h"
#include "math/vector.h"

#include <math.h>

/* clang-format off */
static const double radii[] = { /* Angstrom; place = atomic number */
    0.0,
    0.31, 0.28, 1.28, 0.96, 0.84, 0.76, 0.71, 0.66, 0.57, 0.58, /* H - Ne  */
    1.66, 1.41, 1.21, 1.11, 1.07, 1.05, 1.02, 1.06, 2.03, 1.76, /* Na - Ca */
    1.70, 1.60, 1.53, 1.39, 1.39, 1.32, 1.26, 1.24, 1.32, 1.22, /* Sc - Zn */
    1.22, 1.20, 1.19, 1.20, 1.20, 1.16, 2.20, 1.95, 1.90, 1.75, /* Ga - Zr */
    1.64, 1.54, 1.47, 1.46, 1.42, 1.39, 1.45, 1.44, 1.42, 1.39, /* Nb - Sn */
    1.39, 1.38, 1.39, 1.40, 2.44, 2.15, 2.07, 2.04, 2.03, 2.01, /* Sb - Nd */
    1.99, 1.98, 1.98, 1.96, 1.94, 1.92, 1.92, 1.89, 1.90, 1.87, /* Pm - Yb */
    1.87, 1.75, 1.70, 1.62, 1.51, 1.44, 1.41, 1.36, 1.36, 1.32, /* Lu - Hg */
    1.45, 1.46, 1.48, 1.40, 1.50, 1.50                          /* Tl - Rn */
};
/* clang-format on */

double dia_element_radius(int number)
{
    return number >= 0 && number < (int)(sizeof radii / sizeof radii[0]) ? radii[number] * DIA_ANGSTROM : 0.0;
}

bool dia_molecule_bonded(const dia_molecule *molecule, const double *R, int i, int j)
{
    return dia_distance(R + 3 * i, R + 3 * j) <
           1.3 * (dia_element_radius(molecule->numbers[i]) + dia_element_radius(molecule->numbers[j]));
}

double dia_bond_scale(const dia_molecule *molecule, const double *reference, const double *R, int least)
{
    double low = INFINITY, high = 0.0;
    int n = 0;
    for (int i = 0; molecule->dimension == 3 && i < molecule->natom; i++)
        for (int j = 0; j < i; j++) {
            if (dia_distance(reference + 3 * i, reference + 3 * j) == 0.0 ||
                !dia_molecule_bonded(molecule, reference, i, j))
                continue;
            const double ratio =
                dia_distance(R + 3 * i, R + 3 * j) / dia_distance(reference + 3 * i, reference + 3 * j);
            low = fmin(low, ratio);
            high = fmax(high, ratio);
            n++;
        }
    const double middle = sqrt(low * high);
    return n >= least && high < 1.3 * low && (middle > 1.4 || middle < 1.0 / 1.4) ? middle : 1.0;
}
