/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/minimum.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "diabolo/frame.h"

/* ---- the state as a surface ------------------------------------------------------------------ */

typedef struct ground {
    const dia_model *model;
    const dia_control *control;
    int diabat;
    dia_tape *tape;
    dia_frame frame;
    double *W, *work; /* one block with the frame */
} ground;

static dia_status ground_open(ground *g, const dia_model *model, int diabat, const dia_control *control,
                              dia_error *error)
{
    dia_shape shape = dia_model_shape(model);
    size_t n = (size_t)shape.nstate, npacked = (size_t)shape.npacked;
    *g = (ground){.model = model, .control = control, .diabat = diabat};
    g->frame = (dia_frame){.batch = 1, .nstate = shape.nstate, .hermitian = dia_hermitian(&shape)};
    const size_t matrix = dia_frame_matrix(&g->frame);
    g->frame.H = calloc(2 * npacked + n + matrix + dia_frame_work(shape.nstate), sizeof *g->frame.H);
    if (g->frame.H == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d states", shape.nstate);
    g->W = g->frame.H + npacked;
    g->frame.E = g->W + npacked;
    g->frame.U = g->frame.E + n;
    g->work = g->frame.U + matrix;
    return dia_tape_create_hermitian(&g->tape, model, 1, 1, error);
}

static void ground_close(ground *g)
{
    dia_tape_free(g->tape);
    free(g->frame.H);
}

static bool ground_surface(void *context, const double *R, double *f, double *gradient)
{
    ground *g = context;
    const int row = 0;
    if (dia_control_stopped(g->control) || dia_model_hamiltonian(g->model, g->tape, 1, R, g->frame.H) != DIA_OK ||
        dia_frame_solve(&g->frame, g->work) != DIA_OK || !isfinite(g->frame.E[0]))
        return false;
    if (g->diabat == DIA_LOWEST_STATE) {
        dia_weight_pair(&g->frame, 0, 0, 0, g->W);
        *f = g->frame.E[0];
    } else {
        const int dd = dia_packed(g->diabat, g->diabat);
        memset(g->W, 0, (size_t)dia_model_shape(g->model).npacked * sizeof *g->W);
        g->W[dd] = 1.0;
        *f = g->frame.H[dd];
    }
    return dia_model_contract(g->model, g->tape, 1, &row, g->W, gradient) == DIA_OK;
}

/* ---- the search ------------------------------------------------------------------------------ */

/* An imaginary mode softer than this is a flat direction, within the accuracy of differences of gradients. */
static const double flat = 1.0 * DIA_WAVENUMBER;
/* Largest displacement of a coordinate to leave a saddle point, bohr; energy that the descent must gain, hartree. */
static const double displacement = 0.1, gain = 1e-8;
enum { LEAVE_MOST = 12 }; /* saddle points: a descent from one may end at another with fewer imaginary modes */

/* Of gradients for a Hessian, bohr. */
static const double difference = 5e-3;

/* Searches from R for a stationary point and computes its modes. */
static dia_status settle(dia_ground_minimum *at, ground *g, double *hessian, dia_error *error)
{
    const dia_molecule *molecule = dia_model_molecule(g->model);
    dia_minimum found = {0};
    /* 1e-7 hartree/bohr: along a mode of 10 cm^-1 and 10 u still only 0.003 bohr from the minimum */
    const bool many = at->ncart > DIA_MINIMISE_MANY; /* a Hessian costs less than what a search learns of it */
    const int most = many ? 2000 + 20 * at->ncart : 2000;
    dia_error why = {0};
    const bool known = many && dia_hessian(molecule, ground_surface, g, at->R, difference, hessian, &why) == DIA_OK;
    dia_status status =
        dia_minimise(at->ncart, at->R, known ? hessian : NULL, ground_surface, g, 1e-7, 0.3, most, &found, error);
    at->energy = found.f;
    if (status == DIA_OK)
        status = dia_hessian(molecule, ground_surface, g, at->R, difference, hessian, error);
    return status == DIA_OK ? dia_modes_make(&at->modes, molecule, at->R, hessian, error) : status;
}

static bool is_saddle(const dia_ground_minimum *at)
{
    return at->modes.nmode > 0 && at->modes.frequency[0] < -flat;
}

/* The geometry `from` displaced along its lowest mode, to the side of lower energy: to->R. False: neither side is
 * lower. */
static bool step_off(const dia_ground_minimum *from, ground *g, double *gradient, double *R)
{
    const dia_molecule *molecule = dia_model_molecule(g->model);
    const double *mode = from->modes.vector;
    double largest = 0.0, energy[2];
    for (int c = 0; c < from->ncart; c++)
        largest = fmax(largest, fabs(mode[c]) / sqrt(molecule->masses[c / molecule->dimension]));
    for (int side = 0; side < 2; side++) {
        for (int c = 0; c < from->ncart; c++)
            R[c] = from->R[c] + (side == 0 ? 1.0 : -1.0) * displacement / largest * mode[c] /
                                    sqrt(molecule->masses[c / molecule->dimension]);
        if (!ground_surface(g, R, &energy[side], gradient))
            energy[side] = INFINITY;
    }
    if (energy[0] <= energy[1] + gain) /* by symmetry they are often equal */
        for (int c = 0; c < from->ncart; c++)
            R[c] = 2.0 * from->R[c] - R[c];
    return fmin(energy[0], energy[1]) < from->energy;
}

/* Descends from saddle points until a minimum is reached. If a saddle point cannot be left, it is returned and
 * marked as such. */
static dia_status leave_saddles(dia_ground_minimum *minimum, ground *g, double *hessian, dia_error *error)
{
    const int n = minimum->ncart;
    const double energy = minimum->energy, frequency = minimum->modes.nmode > 0 ? minimum->modes.frequency[0] : 0.0;
    while (is_saddle(minimum)) {
        dia_error why = {0};
        dia_ground_minimum next = {.ncart = n, .R = calloc(2 * (size_t)n, sizeof *next.R)};
        if (next.R == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d coordinates", n);
        if (minimum->left == LEAVE_MOST || !step_off(minimum, g, next.R + n, next.R) ||
            settle(&next, g, hessian, &why) != DIA_OK || !(next.energy < minimum->energy - gain)) {
            dia_ground_minimum_free(&next);
            minimum->saddle = true;
            return DIA_OK;
        }
        next.left = minimum->left + 1;
        next.left_energy = energy;
        next.left_frequency = frequency;
        dia_ground_minimum_free(minimum);
        *minimum = next;
    }
    return DIA_OK;
}

static const char *surface_name(int diabat, size_t size, char *text)
{
    if (diabat == DIA_LOWEST_STATE)
        return "the lowest state";
    snprintf(text, size, "diabatic state %d", diabat);
    return text;
}

dia_status dia_ground_minimum_find(dia_ground_minimum *minimum, const dia_model *model, int diabat, const double *start,
                                   const dia_control *control, dia_error *error)
{
    const dia_molecule *molecule = dia_model_molecule(model);
    const int n = molecule->ncart;
    dia_error why = {0};
    ground g;
    char name[60];
    *minimum = (dia_ground_minimum){.ncart = n};
    dia_status status = ground_open(&g, model, diabat, control, &why);
    double *hessian = calloc((size_t)n * (size_t)n, sizeof *hessian);
    minimum->R = calloc((size_t)n, sizeof *minimum->R);
    if (status == DIA_OK && (hessian == NULL || minimum->R == NULL))
        status = dia_error_set(&why, DIA_ERROR_MEMORY, "out of memory for a Hessian of order %d", n);
    if (status == DIA_OK) {
        memcpy(minimum->R, start != NULL ? start : molecule->reference, (size_t)n * sizeof *minimum->R);
        status = settle(minimum, &g, hessian, &why);
    }
    if (status == DIA_OK)
        status = leave_saddles(minimum, &g, hessian, &why);
    if (dia_control_stopped(control)) /* whatever failed, failed because of it */
        status = dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted");
    else if (status != DIA_OK)
        dia_error_set(error, status, "minimum of %s of model '%s' from %s: %s", surface_name(diabat, sizeof name, name),
                      dia_model_name(model), start != NULL ? "the geometry given" : "its reference geometry", why.text);
    if (status != DIA_OK)
        dia_ground_minimum_free(minimum);
    free(hessian);
    ground_close(&g);
    return status;
}

void dia_ground_minimum_free(dia_ground_minimum *minimum)
{
    free(minimum->R);
    dia_modes_free(&minimum->modes);
    *minimum = (dia_ground_minimum){0};
}
