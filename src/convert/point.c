/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/point.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

void dia_import_point_free(dia_import_point *p)
{
    free(p->numbers);
    free(p->R);
    *p = (dia_import_point){0};
}

dia_status dia_import_point_reset(dia_import_point *p, const dia_import *import, int natom, int nstate,
                                  dia_error *error)
{
    if (natom < 1 || natom > DIA_IMPORT_ATOMS || nstate < 1 || nstate > DIA_IMPORT_STATES)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: %d atoms and %d states; expected 1 to %d and 1 to %d",
                             import->where, natom, nstate, DIA_IMPORT_ATOMS, DIA_IMPORT_STATES);
    const size_t ncart = 3 * (size_t)natom, ns = (size_t)nstate, npair = ns * (ns - 1) / 2;
    if (natom != p->natom || nstate != p->nstate) {
        dia_import_point_free(p);
        p->numbers = calloc((size_t)natom, sizeof *p->numbers);
        if (p->numbers == NULL || !DIA_PARTS({&p->R, ncart}, {&p->energy, ns}, {&p->gradient, ns * ncart},
                                             {&p->dipole, ns * ns * 3}, {&p->coupling, npair * ncart + 1})) {
            dia_import_point_free(p);
            return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", import->where);
        }
        p->natom = natom;
        p->nstate = nstate;
    }
    for (size_t i = 0; i < ns; i++)
        p->energy[i] = NAN;
    for (size_t i = 0; i < ns * ncart; i++)
        p->gradient[i] = NAN;
    for (size_t i = 0; i < ns * ns * 3; i++)
        p->dipole[i] = NAN;
    for (size_t i = 0; i < npair * ncart; i++)
        p->coupling[i] = NAN;
    return DIA_OK;
}

double *dia_import_point_gradient(const dia_import_point *p, int state)
{
    return p->gradient + (size_t)state * 3 * (size_t)p->natom;
}

double *dia_import_point_coupling(const dia_import_point *p, int i, int j)
{
    const int low = i < j ? i : j, high = i < j ? j : i;
    return p->coupling + (size_t)(high * (high - 1) / 2 + low) * 3 * (size_t)p->natom;
}

static bool any(size_t n, const double *values)
{
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            return true;
    return false;
}

dia_status dia_import_point_add(dia_import *import, const dia_import_point *p, const char *group, dia_error *error)
{
    const int ncart = 3 * p->natom, npair = p->nstate * (p->nstate - 1) / 2;
    dia_import_drop_zeros(p->nstate, ncart, p->gradient);
    dia_import_drop_zeros(npair, ncart, p->coupling);
    const dia_import_frame frame = {.natom = p->natom,
                                    .nstate = p->nstate,
                                    .numbers = p->numbers,
                                    .R = p->R,
                                    .energy = p->energy,
                                    .gradient =
                                        any((size_t)p->nstate * (size_t)ncart, p->gradient) ? p->gradient : NULL,
                                    .coupling = any((size_t)npair * (size_t)ncart, p->coupling) ? p->coupling : NULL,
                                    .dipole = any((size_t)(p->nstate * p->nstate) * 3, p->dipole) ? p->dipole : NULL,
                                    .group = group};
    return dia_import_add(import, &frame, error);
}
