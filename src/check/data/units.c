/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/data/units.h"

#include <math.h>

#include "base/unit.h"

const dia_unit_guess dia_energy_units[] = {
    {"hartree", 1.0},          {"eV", DIA_EV}, {"kcal/mol", DIA_KCAL_PER_MOL}, {"kJ/mol", DIA_KJ_PER_MOL},
    {"cm^-1", DIA_WAVENUMBER}, {NULL, 0.0}};

const dia_unit_guess dia_slope_units[] = {{"hartree/bohr", 1.0},
                                          {"hartree/Angstrom", 1.0 / DIA_ANGSTROM},
                                          {"eV/Angstrom", DIA_EV / DIA_ANGSTROM},
                                          {"eV/bohr", DIA_EV},
                                          {"kcal/mol/Angstrom", DIA_KCAL_PER_MOL / DIA_ANGSTROM},
                                          {"kJ/mol/Angstrom", DIA_KJ_PER_MOL / DIA_ANGSTROM},
                                          {"kJ/mol/nm", 0.1 * DIA_KJ_PER_MOL / DIA_ANGSTROM},
                                          {NULL, 0.0}};

bool dia_near_factor(double a, double b, double tolerance)
{
    return a > 0.0 && b > 0.0 && fabs(log(a / b)) < tolerance;
}

const dia_unit_guess *dia_energy_unit_by_size(const dia_dataset *data)
{
    double atoms = 0.0, sum = 0.0;
    int n = 0;
    for (int a = 0; a < data->natom; a++)
        atoms += 0.5 * pow(data->numbers[a], 2.4);
    for (int p = 0; p < data->npoint; p++)
        if (isfinite(data->energy[(size_t)p * (size_t)data->nstate])) {
            sum -= data->energy[(size_t)p * (size_t)data->nstate];
            n++;
        }
    for (const dia_unit_guess *u = dia_energy_units; n > 0 && u->name != NULL; u++)
        if (dia_near_factor(sum / n * u->factor, atoms, 0.15))
            return u;
    return NULL;
}
