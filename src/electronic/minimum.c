/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/minimum.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/frame.h"

/* ---- the lowest state as a surface ----------------------------------------------------------- */

typedef struct ground {
    const dia_model *model;
    dia_tape *tape;
    double *H, *E, *U, *W, *work; /* one block */
} ground;

static dia_status ground_open(ground *g, const dia_model *model, dia_error *error)
{
    dia_shape shape = dia_model_shape(model);
    size_t n = (size_t)shape.nstate, npacked = (size_t)shape.npacked;
    *g = (ground){.model = model};
    g->H = calloc(2 * npacked + n + n * n + dia_frame_work(shape.nstate), sizeof *g->H);
    if (g->H == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d states", shape.nstate);
    g->W = g->H + npacked;
    g->E = g->W + npacked;
    g->U = g->E + n;
    g->work = g->U + n * n;
    return dia_tape_create(&g->tape, model, 1, 1, error);
}

static void ground_close(ground *g)
{
    dia_tape_free(g->tape);
    free(g->H);
}

static bool ground_surface(void *context, const double *R, double *f, double *gradient)
{
    ground *g = context;
    const int row = 0;
    int nstate = dia_model_shape(g->model).nstate;
    dia_frame frame = {.batch = 1, .nstate = nstate, .H = g->H, .E = g->E, .U = g->U};
    if (dia_model_hamiltonian(g->model, g->tape, 1, R, g->H) != DIA_OK || dia_frame_solve(&frame, g->work) != DIA_OK ||
        !isfinite(g->E[0]))
        return false;
    dia_weight_pair(nstate, g->U, 0, 0, g->W);
    *f = g->E[0];
    return dia_model_contract(g->model, g->tape, 1, &row, g->W, gradient) == DIA_OK;
}

dia_status dia_ground_minimum_find(dia_ground_minimum *minimum, const dia_model *model, dia_error *error)
{
    const dia_molecule *molecule = dia_model_molecule(model);
    const int n = molecule->ncart;
    ground g;
    dia_minimum found = {0};
    *minimum = (dia_ground_minimum){.ncart = n};
    dia_status status = ground_open(&g, model, error);
    double *hessian = calloc((size_t)n * (size_t)n, sizeof *hessian);
    minimum->R = calloc((size_t)n, sizeof *minimum->R);
    if (status == DIA_OK && (hessian == NULL || minimum->R == NULL))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a Hessian of order %d", n);
    if (status == DIA_OK) {
        memcpy(minimum->R, molecule->reference, (size_t)n * sizeof *minimum->R);
        /* 1e-7 hartree/bohr: along a mode of 10 cm^-1 and 10 u still only 0.003 bohr from the minimum */
        status = dia_minimise(n, minimum->R, ground_surface, &g, 1e-7, 0.3, 2000, &found, error);
    }
    minimum->energy = found.f;
    if (status == DIA_OK)
        status = dia_hessian(molecule, ground_surface, &g, minimum->R, 5e-3, hessian, error);
    if (status == DIA_OK)
        status = dia_modes_make(&minimum->modes, molecule, minimum->R, hessian, error);
    if (status != DIA_OK) {
        dia_error_prefix(error, "minimum of the lowest state of model '%s' from its reference geometry",
                         dia_model_name(model));
        dia_ground_minimum_free(minimum);
    }
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
