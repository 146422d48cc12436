/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Dipoles of a data set: between all states, of the signs of the couplings. */
#include "dataset/dipoles.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"

/* In e bohr; 1 e bohr is 2.541746473 debye (CODATA 2018). */
static const struct {
    const char *name;
    double factor;
} units[] = {{"e bohr", 1.0},
             {"au", 1.0},
             {"a.u.", 1.0},
             {"debye", 1.0 / DIA_DEBYE},
             {"D", 1.0 / DIA_DEBYE},
             {"e Angstrom", DIA_ANGSTROM},
             {"e*Angstrom", DIA_ANGSTROM},
             {"eAngstrom", DIA_ANGSTROM}};

bool dia_dipole_unit(const char *unit, double *factor)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcasecmp(units[i].name, unit) == 0) {
            *factor = units[i].factor;
            return true;
        }
    return false;
}

static dia_status find_unit(const dia_store *store, FILE *notes, double *factor, dia_error *error)
{
    char *unit = NULL;
    *factor = 1.0;
    if (!dia_store_has_attribute(store, "dipoles", "unit")) {
        fputs("dataset 'dipoles' does not say its unit (attribute 'unit'): taken as e bohr\n", notes);
        return DIA_OK;
    }
    dia_status status = dia_store_attribute_text(store, "dipoles", "unit", &unit, error);
    if (status == DIA_OK && !dia_dipole_unit(unit, factor))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: dataset 'dipoles' has the unit '%.60s'; expected 'e bohr', 'debye' or 'e Angstrom'",
                               dia_store_path(store), unit);
    free(unit);
    return status;
}

dia_status dia_dipoles_of_file(dia_dataset *data, const dia_store *store, FILE *notes, dia_error *error)
{
    const size_t n = (size_t)data->nstate, dims[] = {(size_t)data->npoint, n, n, 3};
    const size_t all = dims[0] * n * n * 3;
    double factor;
    if (!dia_store_has(store, "dipoles"))
        return DIA_OK;
    dia_status status = dia_store_expect_shape(store, "dipoles", DIA_NUMBER_REAL, 4, dims, error);
    if (status == DIA_OK)
        status = find_unit(store, notes, &factor, error);
    if (status == DIA_OK && (data->dipole = dia_allocate(all, sizeof *data->dipole)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for its dipoles", dia_store_path(store));
    if (status == DIA_OK)
        status = dia_store_read(store, "dipoles", DIA_NUMBER_REAL, 4, dims, data->dipole, error);
    for (size_t i = 0; status == DIA_OK && i < all; i++)
        data->dipole[i] *= factor;
    return status;
}

dia_status dia_dipoles_check(const dia_dataset *data, const char *path, dia_error *error)
{
    const double same = 1e-5; /* e bohr: of numbers printed with six digits */
    const int n = data->nstate;
    for (int b = 0; b < data->npoint && data->dipole != NULL; b++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n; j++)
                for (int x = 0; x < 3; x++) {
                    const double one = dia_dataset_dipole(data, b, i, j)[x],
                                 other = dia_dataset_dipole(data, b, j, i)[x];
                    if (isinf(one))
                        return dia_error_set(error, DIA_ERROR_INPUT,
                                             "%s: dataset 'dipoles' is infinite at point %d; write NaN for what is "
                                             "missing",
                                             path, b);
                    if (isnan(one) != isnan(other) || fabs(one - other) > same * fmax(1.0, fabs(one)))
                        return dia_error_set(error, DIA_ERROR_INPUT,
                                             "%s: dataset 'dipoles' at point %d: from state %d to %d it is %g e bohr, "
                                             "from %d to %d %g; expected the same number, since dipoles of real states "
                                             "are symmetric",
                                             path, b, i, j, one, j, i, other);
                }
    return DIA_OK;
}

dia_status dia_dipoles_set_states(dia_dataset *data, int nstate, dia_error *error)
{
    const size_t from = (size_t)data->nstate, to = (size_t)nstate;
    if (data->dipole == NULL)
        return DIA_OK;
    double *dipole = dia_allocate((size_t)data->npoint * to * to * 3, sizeof *dipole);
    if (dipole == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the dipoles of %d states", nstate);
    for (size_t b = 0; b < (size_t)data->npoint; b++)
        for (size_t i = 0; i < to; i++)
            for (size_t k = 0; k < 3 * to; k++)
                dipole[(b * to + i) * to * 3 + k] =
                    i < from && k < 3 * from ? data->dipole[(b * from + i) * from * 3 + k] : (double)NAN;
    free(data->dipole);
    data->dipole = dipole;
    return DIA_OK;
}

bool dia_dipole_known(const dia_dataset *data, int b, int i, int j)
{
    const double *mu = dia_dataset_dipole(data, b, i, j), *e = data->energy + (size_t)b * (size_t)data->nstate;
    return isfinite(mu[0]) && isfinite(mu[1]) && isfinite(mu[2]) && !isnan(e[i]) && !isnan(e[j]);
}

bool dia_dipole_any(const dia_dataset *data, int b)
{
    for (int i = 0; i < data->nstate && data->dipole != NULL; i++)
        for (int j = 0; j <= i; j++)
            if (dia_dipole_known(data, b, i, j))
                return true;
    return false;
}
