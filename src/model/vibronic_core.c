/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vibronic_core.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/front.h"
#include "model/object.h"
#include "model/vibronic_kernel.h"

/* ---- opening --------------------------------------------------------------------------------- */

static void core_free(dia_vibronic_core *model)
{
    free(model->frequency);
    free(model->direction);
    free(model->vector);
    free(model->constant);
    free(model->term);
    free(model->power);
    free(model->dipole);
    free(model->morse);
    free(model->bath);
    free(model->bath_coupling);
    free(model->multiplicity);
    dia_alignment_free(&model->alignment);
}

/* Puts constant terms into a matrix, and orders the others: linear, then quadratic. */
static void sort_terms(dia_vibronic_core *model, const dia_vibronic *data)
{
    for (int t = 0; t < data->nterm; t++)
        if (data->term[t].m < 0)
            model->constant[dia_vibronic_place(model, &data->term[t])] += data->term[t].value;
    for (int quadratic = 0; quadratic < 2; quadratic++) {
        for (int t = 0; t < data->nterm; t++)
            if (data->term[t].m >= 0 && (data->term[t].k >= 0) == quadratic)
                model->term[model->nterm++] = data->term[t];
        if (!quadratic)
            model->nlinear = model->nterm;
    }
}

/* NULL only without memory; of no items a piece that can be freed. */
static void *copy(const void *items, int n, size_t size)
{
    void *made = calloc((size_t)n + 1, size);
    if (made != NULL && n > 0)
        memcpy(made, items, (size_t)n * size);
    return made;
}

static bool is_complex(const dia_vibronic *data)
{
    bool complex = false;
    for (int t = 0; t < data->nterm; t++)
        complex = complex || data->term[t].imaginary;
    for (int d = 0; d < data->ndipole; d++)
        complex = complex || data->dipole[d].imaginary;
    return complex;
}

static dia_status take(dia_vibronic_core *model, const dia_vibronic *data, dia_error *error)
{
    size_t nmode = (size_t)data->nmode, ncart = (size_t)data->molecule.ncart;
    model->nstate = data->nstate;
    model->npacked = is_complex(data) ? data->nstate * data->nstate : data->nstate * (data->nstate + 1) / 2;
    model->nmode = data->nmode;
    model->natom = data->molecule.natom;
    model->ncart = data->molecule.ncart;
    model->molecular = data->vector != NULL;
    model->npower = data->npower;
    model->nmorse = data->nmorse;
    model->nbath = data->nbath;
    model->ndipole = data->ndipole;
    model->dipole = copy(data->dipole, data->ndipole, sizeof *model->dipole);
    model->frequency = copy(data->frequency, data->nmode, sizeof(double));
    model->constant = calloc((size_t)model->npacked, sizeof(double));
    model->term = malloc(((size_t)data->nterm + 1) * sizeof *model->term);
    model->power = copy(data->power, data->npower, sizeof *model->power);
    model->morse = copy(data->morse, data->nmorse, sizeof *model->morse);
    model->bath = copy(data->bath, data->nbath, sizeof *model->bath);
    model->bath_coupling = copy(data->bath_coupling, data->nbath * data->nstate, sizeof(double));
    model->multiplicity = data->multiplicity != NULL ? copy(data->multiplicity, 2 * data->nstate, sizeof(int)) : NULL;
    model->direction = model->molecular ? malloc(nmode * ncart * sizeof(double)) : NULL;
    model->vector = model->molecular ? copy(data->vector, (int)(nmode * ncart), sizeof(double)) : NULL;
    if (model->frequency == NULL || model->dipole == NULL || model->constant == NULL || model->term == NULL ||
        model->power == NULL || model->morse == NULL || model->bath == NULL || model->bath_coupling == NULL ||
        (data->multiplicity != NULL && model->multiplicity == NULL) ||
        (model->molecular && (model->direction == NULL || model->vector == NULL)))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a vibronic model of %d modes", data->nmode);
    for (int b = 0; b < data->nbath; b++)
        model->bath[b].coupling = model->bath_coupling + (size_t)b * (size_t)data->nstate;
    sort_terms(model, data);
    if (!model->molecular)
        return DIA_OK;
    for (size_t m = 0; m < nmode; m++)
        for (size_t c = 0; c < ncart; c++)
            model->direction[m * ncart + c] =
                sqrt(data->frequency[m] * data->molecule.masses[c / 3]) * data->vector[m * ncart + c];
    return dia_alignment_make(&model->alignment, &data->molecule, error);
}

dia_status dia_vibronic_core_make(dia_vibronic_core *model, const dia_vibronic *data, dia_shape *shape,
                                  dia_molecule *molecule, dia_error *error)
{
    dia_status status = take(model, data, error);
    if (status == DIA_OK)
        status = dia_molecule_copy(molecule, &data->molecule, error);
    if (status != DIA_OK) {
        core_free(model);
        return status;
    }
    *shape =
        (dia_shape){.natom = model->natom, .ncart = model->ncart, .nstate = model->nstate, .npacked = model->npacked};
    return DIA_OK;
}

void dia_vibronic_core_close(void *self)
{
    core_free(self);
}

const dia_vibronic_bath *dia_vibronic_baths(const dia_model *model, int *n)
{
    *n = 0;
    if (dia_model_type_of(model)->hamiltonian != dia_vibronic_core_hamiltonian)
        return NULL;
    const dia_vibronic_core *core = model->self;
    int nmode = 0;
    for (int b = 0; b < core->nbath; b++)
        nmode += core->bath[b].nmode;
    if (nmode != core->nmode)
        return NULL;
    *n = core->nbath;
    return core->bath;
}

/* ---- what else it says of itself -------------------------------------------------------------- */

bool dia_vibronic_core_dipolar(const void *self)
{
    return ((const dia_vibronic_core *)self)->ndipole > 0;
}

bool dia_vibronic_core_spin(const void *self, int *multiplicity, int *projection)
{
    const dia_vibronic_core *model = self;
    const size_t n = (size_t)model->nstate;
    if (model->multiplicity == NULL)
        return false;
    memcpy(multiplicity, model->multiplicity, n * sizeof *multiplicity);
    memcpy(projection, model->multiplicity + n, n * sizeof *projection);
    return true;
}

int dia_vibronic_core_oscillators(const void *self, double *frequency, double *vector)
{
    const dia_vibronic_core *model = self;
    const size_t nmode = (size_t)model->nmode, ncart = (size_t)model->ncart;
    if (frequency != NULL)
        memcpy(frequency, model->frequency, nmode * sizeof *frequency);
    if (vector != NULL && model->molecular)
        memcpy(vector, model->vector, nmode * ncart * sizeof *vector);
    for (size_t m = 0; vector != NULL && !model->molecular && m < nmode; m++)
        for (size_t c = 0; c < ncart; c++)
            vector[m * ncart + c] = m == c ? 1.0 : 0.0;
    return model->nmode;
}
