/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/describe.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "intersect/space.h"
#include "math/eigen.h"
#include "molecule/match.h"
#include "parallel/team.h"
#include "store/member.h"

dia_status dia_energies_at(const dia_model *model, const double *R, double *E, dia_error *error)
{
    dia_surface surface;
    dia_status status = dia_surface_open(&surface, model, error);
    if (status != DIA_OK)
        return status;
    const bool finite = dia_surface_solve(&surface, R);
    for (int k = 0; k < surface.nstate; k++)
        E[k] = finite ? surface.E[k] : NAN;
    dia_surface_close(&surface);
    return DIA_OK;
}

static dia_status describe_plane(dia_catalogue *catalogue, const dia_model *model, int i, dia_error *error)
{
    const size_t ncart = (size_t)catalogue->molecule.ncart, at = (size_t)i * ncart;
    dia_branching_plane plane;
    dia_status status = dia_branching_plane_make(&plane, model, catalogue->first[i], catalogue->R + at, error);
    if (status != DIA_OK)
        return status;
    const double *const from[] = {plane.g, plane.h, plane.x, plane.y, plane.s};
    double *const to[] = {catalogue->g, catalogue->h, catalogue->x, catalogue->y, catalogue->s};
    for (int v = 0; v < 5; v++)
        memcpy(to[v] + at, from[v], ncart * sizeof(double));
    catalogue->pitch[i] = plane.pitch;
    catalogue->asymmetry[i] = plane.asymmetry;
    catalogue->tilt[i] = plane.tilt;
    catalogue->heading[i] = plane.heading;
    catalogue->P[i] = plane.P;
    catalogue->B[i] = plane.B;
    dia_branching_plane_free(&plane);
    return DIA_OK;
}

/* The directions in which the states part. */
static dia_status describe_space(dia_catalogue *catalogue, const dia_model *model, int i, dia_error *error)
{
    const int n = catalogue->molecule.ncart;
    const size_t room = (size_t)catalogue->ndirection * (size_t)n;
    dia_surface surface;
    dia_block_view block = {0};
    double *b = dia_allocate(DIA_BLOCK_CONDITIONS * (size_t)n + dia_eigen_work(DIA_BLOCK_CONDITIONS), sizeof *b);
    dia_status status = dia_surface_open(&surface, model, error);
    if (status == DIA_OK && b == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a branching space");
    if (status == DIA_OK)
        status = dia_block_open(&block, &surface, catalogue->first[i], catalogue->count[i], error);
    if (status == DIA_OK && dia_block_solve(&block, catalogue->R + (size_t)i * (size_t)n)) {
        catalogue->directions[i] = dia_branching_space(&block, b, b + DIA_BLOCK_CONDITIONS * n);
        memcpy(catalogue->branching + (size_t)i * room, b, (size_t)(catalogue->directions[i] * n) * sizeof *b);
    }
    dia_block_close(&block);
    dia_surface_close(&surface);
    free(b);
    return status;
}

/* Curvatures that cannot be computed leave the order undetermined. */
static dia_status describe_modes(dia_catalogue *catalogue, const dia_model *model, int i, dia_error *error)
{
    const size_t at = (size_t)i * (size_t)catalogue->molecule.ncart;
    dia_seam_modes modes = {0};
    dia_error why = {0};
    dia_status status =
        dia_seam_modes_make(&modes, model, catalogue->first[i], catalogue->count[i], catalogue->R + at, &why);
    if (status == DIA_ERROR_NUMERIC)
        return DIA_OK;
    if (status != DIA_OK)
        return dia_error_set(error, status, "%s", why.text);
    catalogue->order[i] = modes.negative;
    memcpy(catalogue->frequency + at, modes.frequency, (size_t)modes.nmode * sizeof(double));
    dia_seam_modes_free(&modes);
    return DIA_OK;
}

typedef struct describer {
    dia_catalogue *catalogue;
    const dia_model *model;
    const dia_match *upright; /* no exchange, no mirror image */
    const dia_control *control;
    dia_status status;
    dia_error *error;
} describer;

static void describe_one(void *context, int i, int thread)
{
    (void)thread;
    describer *own = context;
    dia_catalogue *catalogue = own->catalogue;
    const size_t ncart = (size_t)catalogue->molecule.ncart;
    double *R = catalogue->R + (size_t)i * ncart, *placed = malloc(ncart * sizeof *placed);
    dia_error error = {0};
    dia_status status = placed != NULL ? DIA_OK : dia_error_set(&error, DIA_ERROR_MEMORY, "out of memory");
    if (dia_control_stopped(own->control)) {
        free(placed);
        return;
    }
    if (status == DIA_OK) {
        dia_placement placement;
        dia_match_distance(own->upright, catalogue->molecule.reference, R, &placement);
        dia_match_place(own->upright, &placement, R, placed);
        memcpy(R, placed, ncart * sizeof *R);
        status = dia_energies_at(own->model, R, catalogue->E + (size_t)i * (size_t)catalogue->nstate, &error);
    }
    if (status == DIA_OK && catalogue->count[i] == 2)
        status = describe_plane(catalogue, own->model, i, &error);
    if (status == DIA_OK && catalogue->count[i] > 1)
        status = describe_space(catalogue, own->model, i, &error);
    if (status == DIA_OK)
        status = describe_modes(catalogue, own->model, i, &error);
    free(placed);
    dia_team_lock();
    if (status != DIA_OK && own->status == DIA_OK)
        own->status = dia_error_set(own->error, status, "%s: %s", catalogue->name[i], error.text);
    dia_team_unlock();
}

/* As many rows as the point with the most directions needs. */
static void fit_directions(dia_catalogue *catalogue)
{
    const size_t n = (size_t)catalogue->molecule.ncart;
    int most = 0;
    for (int i = 0; i < catalogue->npoint; i++)
        most = catalogue->directions[i] > most ? catalogue->directions[i] : most;
    for (int i = 0; i < catalogue->npoint; i++)
        memmove(catalogue->branching + (size_t)i * (size_t)most * n,
                catalogue->branching + (size_t)i * (size_t)catalogue->ndirection * n,
                (size_t)most * n * sizeof *catalogue->branching);
    catalogue->ndirection = most;
}

static dia_status describe_all(dia_catalogue *catalogue, const dia_model *model, const dia_control *control,
                               dia_error *error)
{
    dia_match *upright = NULL;
    int *label = calloc((size_t)catalogue->molecule.natom, sizeof *label);
    if (label == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    for (int a = 0; a < catalogue->molecule.natom; a++)
        label[a] = a;
    dia_status status = dia_match_create(&upright, &catalogue->molecule, label, false, error);
    free(label);
    if (status != DIA_OK)
        return status;
    describer own = {.catalogue = catalogue, .model = model, .upright = upright, .control = control, .error = error};
    dia_team_run(dia_team_size(dia_control_threads(control)), catalogue->npoint, describe_one, &own);
    dia_match_free(upright);
    fit_directions(catalogue);
    if (own.status == DIA_OK && dia_control_stopped(control))
        return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted; nothing is written");
    return own.status;
}

/* Energies are given relative to the lowest minimum of S0 if it was searched for, else to S0 at the reference
 * geometry. */
static dia_status choose_zero(dia_catalogue *catalogue, const dia_model *model, dia_error *error)
{
    char text[64] = "S0 at the reference geometry";
    for (int i = 0; i < catalogue->npoint; i++)
        if (catalogue->first[i] == 0 && catalogue->count[i] == 1) { /* the first is the lowest */
            catalogue->zero = catalogue->E[(size_t)i * (size_t)catalogue->nstate];
            snprintf(text, sizeof text, "%s, the lowest point found on S0", catalogue->name[i]);
            catalogue->zero_text = strdup(text);
            return catalogue->zero_text != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
        }
    double *E = calloc((size_t)catalogue->nstate, sizeof *E);
    catalogue->zero_text = strdup(text);
    if (E == NULL || catalogue->zero_text == NULL) {
        free(E);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    }
    dia_status status = dia_energies_at(model, catalogue->molecule.reference, E, error);
    if (status == DIA_OK && isfinite(E[0]) && fabs(E[0]) > DIA_SENSIBLE) {
        int nfile;
        const dia_file *files = dia_model_files(model, &nfile);
        status = dia_error_set(error, DIA_ERROR_NUMERIC,
                               "%s: the model gives S0 an energy of %g hartree at its reference geometry: its numbers "
                               "are damaged",
                               nfile > 0 ? files[0].path : dia_model_name(model), E[0]);
    }
    catalogue->zero = isfinite(E[0]) ? E[0] : 0.0;
    if (!isfinite(E[0]))
        snprintf(catalogue->zero_text, strlen(catalogue->zero_text) + 1, "the model's own zero");
    free(E);
    return status;
}

dia_status dia_catalogue_describe(dia_catalogue *catalogue, const dia_model *model, const dia_control *control,
                                  dia_error *error)
{
    const dia_status status = describe_all(catalogue, model, control, error);
    return status == DIA_OK ? choose_zero(catalogue, model, error) : status;
}
