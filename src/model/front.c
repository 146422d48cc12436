/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls of model.h: ranges are checked here, so that no model has to check them. */
#include "model/front.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/object.h"

struct dia_tape {
    const dia_model *model;
    int batch_max, request_max;
    int batch; /* of the last hamiltonian; 0 before the first */
    double *R; /* (batch_max, ncart), own copy */
    void *work;
    double *element;  /* (DIA_LANES, npacked) weights, (DIA_LANES, ncart) */
    double *H;        /* (batch_max, npacked) of models whose type has no gradients; else NULL */
    bool held;        /* is H that of the batch? */
    int first, count; /* of the last gradients; count 0: there are none   */
};

dia_status dia_model_adopt(dia_model **model, const dia_model_type *type, void *self, dia_shape shape,
                           dia_molecule *molecule, dia_error *error)
{
    dia_model *made = calloc(1, sizeof *made);
    if (made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a model");
    made->type = type;
    made->self = self;
    made->shape = shape;
    made->molecule = *molecule;
    memset(molecule, 0, sizeof *molecule);
    dia_digest_bytes("", 0, made->digest);
    *model = made;
    return DIA_OK;
}

void dia_model_free(dia_model *model)
{
    if (model == NULL)
        return;
    if (model->type->close != NULL)
        model->type->close(model->self);
    free(model->self);
    dia_molecule_free(&model->molecule);
    dia_files_free(&model->files);
    free(model->text);
    dia_plugin_close(model->plugin);
    free(model);
}

dia_shape dia_model_shape(const dia_model *model)
{
    return model->shape;
}

const dia_molecule *dia_model_molecule(const dia_model *model)
{
    return &model->molecule;
}

dia_status dia_model_set_masses(dia_model *model, const double *masses, dia_error *error)
{
    for (int a = 0; a < model->molecule.natom; a++)
        if (!(masses[a] >= 1e-6 * DIA_DALTON && masses[a] <= 1e6 * DIA_DALTON))
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "the mass of atom %d must lie between 1e-6 u and 1e6 u, found %g u", a + 1,
                                 masses[a] / DIA_DALTON);
    memcpy(model->molecule.masses, masses, (size_t)model->molecule.natom * sizeof *masses);
    return DIA_OK;
}

const char *dia_model_name(const dia_model *model)
{
    return model->type->name;
}

const char *dia_model_digest(const dia_model *model)
{
    return model->digest;
}

const dia_file *dia_model_files(const dia_model *model, int *n)
{
    *n = model->files.n;
    return model->files.items;
}

char *dia_model_files_text(const dia_model *model)
{
    return dia_files_text(&model->files);
}

const char *dia_model_text(const dia_model *model)
{
    return model->text;
}

dia_status dia_model_source_read(const dia_model_source *source, const char *path, dia_error *error)
{
    return dia_files_add(source->files, path, error);
}

double *dia_model_theta(dia_model *model)
{
    return model->type->theta != NULL ? model->type->theta(model->self) : NULL;
}

void dia_model_refresh(dia_model *model)
{
    if (model->type->refresh != NULL)
        model->type->refresh(model->self);
}

void *dia_model_self(dia_model *model)
{
    return model->self;
}

const dia_model_type *dia_model_type_of(const dia_model *model)
{
    return model->type;
}

/* The one place where models with a complex H are refused. */
static dia_status need_real(const dia_model *model, dia_error *error)
{
    if (!dia_hermitian(&model->shape))
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_UNSUPPORTED,
        "the model '%s' has a complex Hermitian H, which this does not take. Trajectories and what is made of "
        "them do, and exact dynamics by the engines grid and scattering",
        model->type->name);
}

dia_status dia_tape_create(dia_tape **tape, const dia_model *model, int batch_max, int request_max, dia_error *error)
{
    const dia_status status = need_real(model, error);
    return status == DIA_OK ? dia_tape_create_hermitian(tape, model, batch_max, request_max, error) : status;
}

dia_status dia_tape_create_hermitian(dia_tape **tape, const dia_model *model, int batch_max, int request_max,
                                     dia_error *error)
{
    if (batch_max < 1 || request_max < 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a tape needs room for at least one geometry: asked for %d geometries and %d "
                             "requests",
                             batch_max, request_max);
    dia_tape *made = calloc(1, sizeof *made);
    if (made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a tape");
    made->model = model;
    made->batch_max = batch_max;
    made->request_max = request_max;
    size_t bytes = model->type->tape_size(model->self, batch_max, request_max);
    made->R = dia_allocate((size_t)batch_max * (size_t)model->shape.ncart, sizeof *made->R);
    made->work = dia_allocate(bytes > 0 ? bytes : 1, 1);
    made->element =
        dia_allocate(DIA_LANES * (size_t)(model->shape.npacked + model->shape.ncart), sizeof *made->element);
    if (model->type->gradients == NULL)
        made->H = dia_allocate((size_t)batch_max * (size_t)model->shape.npacked, sizeof *made->H);
    if (made->R == NULL || made->work == NULL || made->element == NULL ||
        (made->H == NULL && model->type->gradients == NULL)) {
        dia_tape_free(made);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a tape of %d geometries (%zu bytes)", batch_max,
                             bytes);
    }
    if (model->type->tape_init != NULL)
        model->type->tape_init(model->self, made->work, batch_max, request_max);
    *tape = made;
    return DIA_OK;
}

bool dia_tape_single(dia_tape *tape)
{
    const dia_model *model = tape->model;
    if (model->type->single != NULL)
        model->type->single(model->self, tape->work);
    return model->type->single != NULL;
}

void dia_tape_free(dia_tape *tape)
{
    if (tape == NULL)
        return;
    free(tape->R);
    free(tape->work);
    free(tape->element);
    free(tape->H);
    free(tape);
}

dia_status dia_model_hamiltonian(const dia_model *model, dia_tape *tape, int batch, const double *R, double *H)
{
    assert(tape->model == model);
    if (batch < 0 || batch > tape->batch_max)
        return DIA_ERROR_INPUT;
    memcpy(tape->R, R, sizeof *R * (size_t)batch * (size_t)model->shape.ncart);
    tape->batch = batch;
    tape->count = 0;
    tape->held = H == NULL && model->type->gradients == NULL;
    if (batch > 0)
        model->type->hamiltonian(model->self, tape->work, batch, tape->R, tape->held ? tape->H : H);
    return DIA_OK;
}

static bool requests_fit(const dia_model *model, const dia_tape *tape, int n, const int *row)
{
    assert(tape->model == model);
    (void)model;
    if (n < 0 || n > tape->request_max)
        return false;
    for (int q = 0; q < n; q++)
        if (row[q] < 0 || row[q] >= tape->batch)
            return false;
    return true;
}

dia_status dia_model_contract(const dia_model *model, dia_tape *tape, int n, const int *row, const double *W, double *G)
{
    if (!requests_fit(model, tape, n, row))
        return DIA_ERROR_INPUT;
    if (n > 0)
        model->type->contract(model->self, tape->work, tape->R, n, row, W, G);
    return DIA_OK;
}

dia_status dia_model_derivative(const dia_model *model, dia_tape *tape, int n, const int *row, const double *V,
                                double *dH)
{
    if (!requests_fit(model, tape, n, row))
        return DIA_ERROR_INPUT;
    if (n > 0)
        model->type->derivative(model->self, tape->work, tape->R, n, row, V, dH);
    return DIA_OK;
}

dia_status dia_model_pullback(const dia_model *model, dia_tape *tape, int n, const int *row, const double *W0,
                              const double *V, const double *W1, double *theta_bar)
{
    if (model->type->pullback == NULL)
        return DIA_ERROR_UNSUPPORTED;
    if (!requests_fit(model, tape, n, row) || (V == NULL) != (W1 == NULL))
        return DIA_ERROR_INPUT;
    if (n > 0)
        model->type->pullback(model->self, tape->work, tape->R, n, row, W0, V, W1, theta_bar);
    return DIA_OK;
}

dia_status dia_model_pullback_each(const dia_model *model, dia_tape *tape, int n, const int *row, const double *W0,
                                   const double *V, const double *W1, double *J)
{
    const dia_model_type *type = model->type;
    const size_t np = (size_t)model->shape.npacked, nc = (size_t)model->shape.ncart, nt = (size_t)model->shape.ntheta;
    if (type->pullback == NULL)
        return DIA_ERROR_UNSUPPORTED;
    if (!requests_fit(model, tape, n, row) || (V == NULL) != (W1 == NULL))
        return DIA_ERROR_INPUT;
    if (type->pullback_each != NULL && n > 0)
        type->pullback_each(model->self, tape->work, tape->R, n, row, W0, V, W1, J);
    for (size_t q = 0; q < (size_t)n && type->pullback_each == NULL; q++) {
        memset(J + q * nt, 0, nt * sizeof *J);
        type->pullback(model->self, tape->work, tape->R, 1, row + q, W0 != NULL ? W0 + q * np : NULL,
                       V != NULL ? V + q * nc : NULL, W1 != NULL ? W1 + q * np : NULL, J + q * nt);
    }
    return DIA_OK;
}

/* Of models whose type has no functions for all elements at once: one of them for all geometries, the next, ... */
static void contract_elements(const dia_model *model, dia_tape *tape, int first, int n, double *G)
{
    const int np = model->shape.npacked, nc = model->shape.ncart;
    double *W = tape->element, *part = W + DIA_LANES * np;
    int row[DIA_LANES];
    for (int b = 0; b < n; b++)
        row[b] = first + b;
    for (int k = 0, next = 0, i = 0; k < np; k++) {
        const bool diagonal = k == next; /* the places of those: 0, 2, 5, ... */
        memset(W, 0, sizeof *W * (size_t)(n * np));
        for (int b = 0; b < n; b++)
            W[b * np + k] = diagonal ? 1.0 : 0.5; /* contract counts an off-diagonal twice */
        if (diagonal)
            next += ++i < model->shape.nstate ? i + 1 : np;
        model->type->contract(model->self, tape->work, tape->R, n, row, W, part);
        for (int b = 0; b < n; b++)
            memcpy(G + (b * np + k) * nc, part + b * nc, sizeof *G * (size_t)nc);
    }
}

static void pull_elements_back(const dia_model *model, dia_tape *tape, int first, int n, const double *Hbar,
                               const double *Gbar, double *theta_bar)
{
    const int np = model->shape.npacked, nc = model->shape.ncart;
    double *W1 = tape->element, *V = W1 + DIA_LANES * np;
    int row[DIA_LANES];
    for (int b = 0; b < n; b++)
        row[b] = first + b;
    for (int k = 0; k < np; k++) {
        memset(W1, 0, sizeof *W1 * (size_t)(n * np));
        for (int b = 0; b < n; b++) {
            W1[b * np + k] = 1.0;
            memcpy(V + b * nc, Gbar + (b * np + k) * nc, sizeof *V * (size_t)nc);
        }
        model->type->pullback(model->self, tape->work, tape->R, n, row, k == 0 ? Hbar : NULL, V, W1, theta_bar);
    }
}

/* H of geometries of the batch, of models whose type has no functions for all elements at once. */
static void copy_elements(const dia_model *model, dia_tape *tape, int first, int n, double *H)
{
    const size_t np = (size_t)model->shape.npacked;
    if (!tape->held)
        model->type->hamiltonian(model->self, tape->work, tape->batch, tape->R, tape->H);
    tape->held = true;
    memcpy(H, tape->H + (size_t)first * np, sizeof *H * (size_t)n * np);
}

dia_status dia_model_gradients(const dia_model *model, dia_tape *tape, int first, int n, double *H, double *G)
{
    assert(tape->model == model);
    if (n < 1 || n > DIA_LANES || n > tape->request_max || first < 0 || first % DIA_LANES != 0 ||
        n > tape->batch - first)
        return DIA_ERROR_INPUT;
    tape->first = first;
    tape->count = n;
    if (model->type->gradients != NULL) {
        model->type->gradients(model->self, tape->work, tape->R, first, n, H, G);
        return DIA_OK;
    }
    if (H != NULL)
        copy_elements(model, tape, first, n, H);
    contract_elements(model, tape, first, n, G);
    return DIA_OK;
}

dia_status dia_model_gradients_pullback(const dia_model *model, dia_tape *tape, const double *Hbar, const double *Gbar,
                                        double *theta_bar)
{
    const dia_model_type *type = model->type;
    assert(tape->model == model);
    if (type->pullback == NULL)
        return DIA_ERROR_UNSUPPORTED;
    if (tape->count < 1 || tape->first + tape->count > tape->batch)
        return DIA_ERROR_INPUT;
    if (type->gradients_pullback != NULL)
        type->gradients_pullback(model->self, tape->work, tape->R, tape->first, tape->count, Hbar, Gbar, theta_bar);
    else
        pull_elements_back(model, tape, tape->first, tape->count, Hbar, Gbar, theta_bar);
    tape->count = 0;
    return DIA_OK;
}

bool dia_model_dipolar(const dia_model *model)
{
    const dia_model_type *type = model->type;
    return type->dipole != NULL && (type->dipolar == NULL || type->dipolar(model->self));
}

dia_status dia_model_dipole(const dia_model *model, dia_tape *tape, int n, const int *row, double *mu)
{
    if (!dia_model_dipolar(model))
        return DIA_ERROR_UNSUPPORTED;
    if (!requests_fit(model, tape, n, row))
        return DIA_ERROR_INPUT;
    if (n > 0)
        model->type->dipole(model->self, tape->work, tape->R, n, row, mu);
    return DIA_OK;
}

bool dia_model_dipole_differentiable(const dia_model *model)
{
    return model->type->dipole_contract != NULL && dia_model_dipolar(model);
}

dia_status dia_model_dipole_contract(const dia_model *model, dia_tape *tape, int n, const int *row, const double *W,
                                     double *G)
{
    if (!dia_model_dipole_differentiable(model))
        return DIA_ERROR_UNSUPPORTED;
    if (!requests_fit(model, tape, n, row))
        return DIA_ERROR_INPUT;
    if (n > 0)
        model->type->dipole_contract(model->self, tape->work, tape->R, n, row, W, G);
    return DIA_OK;
}

bool dia_model_bounded(const dia_model *model)
{
    return model->type->bounded != NULL && model->type->bounded(model->self);
}

double dia_model_novelty(const dia_model *model, const double *R, size_t size, char *text)
{
    if (text != NULL && size > 0)
        text[0] = '\0';
    return dia_model_bounded(model) ? model->type->novelty(model->self, R, size, text) : 0.0;
}

const char *dia_model_note(const dia_model *model)
{
    return model->type->note != NULL ? model->type->note(model->self) : NULL;
}

int dia_model_fitted(const dia_model *model)
{
    return model->type->fitted != NULL ? model->type->fitted(model->self) : model->shape.nstate;
}

int dia_model_oscillators(const dia_model *model, double *frequency, double *vector)
{
    return model->type->oscillators != NULL ? model->type->oscillators(model->self, frequency, vector) : 0;
}

bool dia_model_spin(const dia_model *model, int *multiplicity, int *projection)
{
    return model->type->spin != NULL && model->type->spin(model->self, multiplicity, projection);
}

double dia_model_unit(const dia_model *model)
{
    return model->type->unit != NULL ? model->type->unit(model->self) : 0.0;
}

const dia_model *dia_model_member(const dia_model *model, int k)
{
    if (model->type->member != NULL)
        return k >= 0 ? model->type->member(model->self, k) : NULL;
    return k == 0 ? model : NULL;
}

int dia_model_members(const dia_model *model)
{
    int n = 0;
    while (dia_model_member(model, n) != NULL)
        n++;
    return n;
}
