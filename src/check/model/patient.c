/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/model/patient.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/rng.h"
#include "math/vector.h"
#include "molecule/radii.h"
#include "train/evaluate.h"

enum { SEED = 2718 };

const char dia_patient_unlabelled[] = "No labelled points: --data FILE.h5 names some that it was not trained on.";

static const double warm = 300.0 * DIA_KELVIN;

dia_status dia_patient_dynamics(const dia_patient *patient, double step, const char *more, dia_dynamics *dynamics,
                                dia_error *error)
{
    char text[400];
    const double lost = 100.0 * patient->unit / DIA_EV; /* such a trajectory would only cost time */
    snprintf(text, sizeof text, "{method: none, drift: %.12g eV, timestep: %.15g fs, duration: %.15g fs%s%s}", lost,
             step / DIA_FEMTOSECOND, 1e6 * step / DIA_FEMTOSECOND, more[0] != '\0' ? ", " : "", more);
    return dia_dynamics_parse(dynamics, text, error);
}

/* ---- a minimum, samples about it ------------------------------------------------------------- */

static void find_samples(dia_patient *p)
{
    dia_initial_settings settings = {.sampling = DIA_SAMPLING_WIGNER,
                                     .temperature = warm,
                                     .trajectories = DIA_PATIENT_STARTS,
                                     .seed = SEED,
                                     .diabat = -1, /* of the lowest state */
                                     .lowest_frequency = 50.0 * DIA_WAVENUMBER};
    dia_error why = {0};
    if (dia_model_unit(p->model) > 0.0) /* its zero-point motion is what it is about */
        settings.temperature = 0.0, settings.lowest_frequency = 0.0;
    const dia_control quiet = {.threads = dia_control_threads(p->control)};
    if (dia_initial_make(&p->initial, p->model, &settings, &quiet, &why) != DIA_OK) {
        snprintf(p->unbound, sizeof p->unbound, "%.290s", why.text);
        return;
    }
    const dia_modes *m = &p->initial.modes;
    /* what is flat up to 20 cm^-1 is no minimum */
    const double least = dia_model_unit(p->model) > 0.0 ? 0.0 : 20.0 * DIA_WAVENUMBER;
    p->bound = m->nmode > 0 && m->frequency[m->nmode - 1] > least && !p->initial.saddle;
    if (p->bound)
        return;
    snprintf(p->unbound, sizeof p->unbound, "it ends at a saddle point, or where the surface is flat.");
    dia_initial_free(&p->initial);
}

/* Fallback: the reference geometry with every coordinate displaced by up to 1 bohr (an atom of a molecule: 0.1). */
static double *displaced(const dia_patient *p, int n)
{
    const dia_molecule *molecule = dia_model_molecule(p->model);
    const size_t nc = (size_t)p->shape.ncart;
    double *R = dia_allocate((size_t)n * nc, sizeof *R);
    for (size_t i = 0; R != NULL && i < (size_t)n * nc; i++) {
        const double u = dia_rng_uniform(SEED, i / nc, i % nc, DIA_PURPOSE_START, 0);
        R[i] = molecule->reference[i % nc] + (p->molecule ? 0.2 : 2.0) * (u - 0.5);
    }
    return R;
}

/* ---- geometries of trajectories -------------------------------------------------------------- */

/* Flies from the samples on all states that mean something, and keeps where they are after 30 and after 150 steps: near the
 * start, and where excited states go. */
static dia_status fly(dia_patient *p, int count, const double *R, const double *V, dia_error *error)
{
    dia_dynamics dynamics;
    dia_block *block = NULL;
    int64_t number[DIA_PATIENT_STARTS];
    int state[DIA_PATIENT_STARTS];
    const size_t nc = (size_t)p->shape.ncart;
    for (int b = 0; b < count; b++)
        number[b] = b, state[b] = b % p->fitted;
    dia_status status = dia_patient_dynamics(p, p->step, "", &dynamics, error);
    if (status == DIA_OK)
        status = dia_block_create(&block, p->model, &dynamics, count, error);
    if (status == DIA_OK)
        status = dia_block_start(block, count, number, R, V, state, error);
    for (int s = 1; s <= 150 && status == DIA_OK; s++) {
        status = dia_block_step(block);
        for (int b = 0; b < count && (s == 30 || s == 150) && status == DIA_OK; b++)
            memcpy(p->R + (size_t)p->n++ * nc, block->R + (size_t)b * nc, sizeof *p->R * nc);
    }
    dia_block_free(block);
    dia_dynamics_close(&dynamics);
    return status;
}

static dia_status collect(dia_patient *p, dia_error *error)
{
    const size_t nc = (size_t)p->shape.ncart, count = DIA_PATIENT_STARTS;
    double *own = p->bound ? NULL : displaced(p, (int)count), *rest = calloc(count * nc, sizeof *rest);
    p->R = dia_allocate((size_t)DIA_PATIENT_POINTS * nc, sizeof *p->R);
    dia_status status = DIA_OK;
    if (p->R == NULL || rest == NULL || (!p->bound && own == NULL)) {
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the geometries of a check");
    } else {
        const double *R = p->bound ? p->initial.R : own, *V = p->bound ? p->initial.V : rest;
        memcpy(p->R, R, sizeof *R * count * nc);
        p->n = (int)count;
        status = fly(p, (int)count, R, V, error);
    }
    free(own);
    free(rest);
    return status;
}

static dia_status compare(dia_patient *p, const char *data, dia_error *error)
{
    p->errors = calloc(1, sizeof *p->errors);
    return p->errors != NULL ? dia_evaluate_errors(p->model, data, p->control, p->errors, error)
                             : dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", data);
}

dia_status dia_patient_open(dia_patient *p, dia_model *model, const char *data, const dia_control *control,
                            dia_error *error)
{
    const dia_molecule *molecule = dia_model_molecule(model);
    *p = (dia_patient){.model = model,
                       .control = control,
                       .shape = dia_model_shape(model),
                       .fitted = dia_model_fitted(model),
                       .molecule = molecule->dimension == 3 && molecule->natom > 1 && molecule->numbers[0] > 0,
                       .unit = dia_model_unit(model) > 0.0 ? dia_model_unit(model) : DIA_EV};
    snprintf(p->unit_name, sizeof p->unit_name, "%s", dia_model_unit(model) > 0.0 ? "unit" : "eV");
    dia_surface surface;
    dia_status status = dia_surface_open(&surface, model, error);
    if (status != DIA_OK)
        return status;
    find_samples(p);
    const double *R = p->bound ? p->initial.minimum : molecule->reference;
    if (dia_surface_solve(&surface, R))
        p->energy = surface.E[0];
    else
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the model is not finite at its reference geometry");
    dia_surface_close(&surface);
    p->step = 0.25 * DIA_FEMTOSECOND;
    if (p->bound)
        p->step = 2.0 * DIA_PI / 40.0 / p->initial.modes.frequency[p->initial.modes.nmode - 1];
    if (status == DIA_OK)
        status = collect(p, error);
    if (status == DIA_OK && data != NULL)
        status = compare(p, data, error);
    if (status != DIA_OK)
        dia_patient_close(p);
    return status;
}

void dia_patient_close(dia_patient *p)
{
    dia_initial_free(&p->initial);
    free(p->R);
    free(p->errors);
    *p = (dia_patient){0};
}

/* ---- bonds ----------------------------------------------------------------------------------- */

static const double *bottom(const dia_patient *p)
{
    return p->bound ? p->initial.minimum : dia_model_molecule(p->model)->reference;
}

static bool bonded(const dia_patient *p, int a, int b)
{
    return a != b && dia_molecule_bonded(dia_model_molecule(p->model), bottom(p), a, b);
}

int dia_patient_bonds(const dia_patient *p, int room, int (*pair)[2])
{
    int n = 0;
    for (int a = 0; a < p->shape.natom; a++)
        for (int b = a + 1; b < p->shape.natom && n < room; b++)
            if (bonded(p, a, b)) {
                pair[n][0] = a;
                pair[n++][1] = b;
            }
    return n;
}

/* b and what is connected with it without the bond a-b. */
static void spread(const dia_patient *p, int a, int b, bool *moved)
{
    const int n = p->shape.natom;
    const dia_molecule *m = dia_model_molecule(p->model);
    memset(moved, 0, sizeof *moved * (size_t)n);
    moved[b] = true;
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < n; i++)
            for (int j = 0; j < n && moved[i]; j++)
                if (!moved[j] && bonded(p, i, j) && !(i == b && j == a))
                    moved[j] = more = true;
    }
    for (int j = 0; moved[a] && j < n; j++) /* a ring */
        if (j != a)
            moved[j] = j == b || (m->numbers[j] == 1 && bonded(p, b, j));
    moved[a] = false;
}

void dia_patient_stretch(const dia_patient *p, int a, int b, double length, const double *from, bool *moved, double *R)
{
    double u[3];
    for (int i = 0; i < 3; i++)
        u[i] = from[3 * b + i] - from[3 * a + i];
    const double longer = length - dia_normalise(3, u);
    memcpy(R, from, sizeof *R * (size_t)p->shape.ncart);
    spread(p, a, b, moved);
    for (int j = 0; j < p->shape.natom; j++)
        if (moved[j])
            dia_add(3, longer, u, R + 3 * j);
}
