/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A data set from arrays in memory: the Python package's write_dataset. */
#include "base/output.h"
#include "convert/import.h"

static dia_status add_all(dia_import *import, const dia_dataset_arrays *a, dia_error *error)
{
    const size_t ncart = 3 * (size_t)a->natom, ns = (size_t)a->nstate, np = ns * (ns - 1) / 2;
    dia_status status = DIA_OK;
    for (size_t p = 0; p < (size_t)a->npoint && status == DIA_OK; p++) {
        const dia_import_frame frame = {.natom = a->natom,
                                        .nstate = a->nstate,
                                        .numbers = a->numbers,
                                        .R = a->positions + p * ncart,
                                        .energy = a->energies + p * ns,
                                        .gradient = a->gradients != NULL ? a->gradients + p * ns * ncart : NULL,
                                        .coupling = a->couplings != NULL ? a->couplings + p * np * ncart : NULL,
                                        .dipole = a->dipoles != NULL ? a->dipoles + p * ns * ns * 3 : NULL,
                                        .group = a->group != NULL ? a->group[p] : NULL};
        dia_import_where(import, "point %zu", p);
        status = dia_import_add(import, &frame, error);
    }
    return status;
}

dia_status dia_dataset_write_arrays(const char *path, const dia_dataset_arrays *a, bool replace,
                                    const dia_control *control, dia_error *error)
{
    const dia_claim claim = {.path = path, .key = "path", .what = "a data set", .replace = replace};
    const dia_import_options options = {
        .units = {{a->length_unit, a->energy_unit, a->gradient_unit, a->coupling_unit, a->dipole_unit}},
        .level = a->level_of_theory,
        .control = control};
    dia_import import;
    dia_status status = dia_output_check(&claim, 0, NULL, error);
    if (status != DIA_OK)
        return status;
    status = dia_import_begin(&import, &options, error);
    import.path = "arrays";
    if (status == DIA_OK)
        status = add_all(&import, a, error);
    return dia_import_end(&import, status, path, error);
}
