/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/surface.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/frame.h"
#include "math/vector.h"
#include "parallel/team.h"

/* bohr. Four points err by step^4/30 of the fifth derivative, rounding by 1e-16/step: both below 1e-9 of a second
 * derivative, for networks and for analytic models that change over half a bohr. */
static const double step = 5e-3;

static size_t most_requests(const dia_surface *s)
{
    return s->npacked > 6 ? (size_t)s->npacked : 6;
}

static bool reserve(dia_surface *s)
{
    size_t n = (size_t)s->ncart, N = (size_t)s->nstate, P = (size_t)s->npacked, B = DIA_SURFACE_BATCH;
    const size_t most = most_requests(s), work = dia_frame_work(s->nstate);
    const size_t matrix = (s->hermitian ? 2 : 1) * N * N, requests = DIA_SURFACE_MOST * B;
    s->row = calloc(requests > most ? requests : most, sizeof *s->row);
    return DIA_PARTS({&s->H, P}, {&s->E, N}, {&s->U, matrix}, {&s->Rs, B * n}, {&s->Hs, B * P}, {&s->Es, B * N},
                     {&s->Us, B * matrix}, {&s->Gs, requests * n}, {&s->Ws, requests * P}, {&s->W, most * P},
                     {&s->work, work}) &&
           s->row != NULL;
}

dia_status dia_states_check(const dia_model *model, int first, int count, int least, int most, dia_error *error)
{
    const int nstate = dia_model_shape(model).nstate;
    if (count < least || count > most)
        return dia_error_set(error, DIA_ERROR_INPUT, "expected %d to %d states, found %d", least, most, count);
    if (first < 0 || first + count > nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "there is no state %d: the model has states 0 to %d",
                             first < 0 ? first : first + count - 1, nstate - 1);
    return DIA_OK;
}

dia_status dia_surface_open(dia_surface *surface, const dia_model *model, dia_error *error)
{
    dia_shape shape = dia_model_shape(model);
    (void)dia_team_size(
        1); /* pins BLAS to one thread: with matrices this small more threads only wait for each other */
    *surface = (dia_surface){.model = model,
                             .molecule = dia_model_molecule(model),
                             .ncart = shape.ncart,
                             .nstate = shape.nstate,
                             .npacked = shape.npacked,
                             .hermitian = dia_hermitian(&shape)};
    dia_status status = DIA_OK;
    if (!reserve(surface))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d coordinates and %d states", shape.ncart,
                               shape.nstate);
    if (status == DIA_OK)
        status = dia_tape_create_hermitian(&surface->one, model, 1, (int)most_requests(surface), error);
    if (status == DIA_OK)
        status = dia_tape_create_hermitian(&surface->many, model, DIA_SURFACE_BATCH,
                                           DIA_SURFACE_MOST * DIA_SURFACE_BATCH, error);
    if (status != DIA_OK)
        dia_surface_close(surface);
    return status;
}

void dia_surface_close(dia_surface *surface)
{
    dia_tape_free(surface->one);
    dia_tape_free(surface->many);
    free(surface->H);
    free(surface->row);
    *surface = (dia_surface){0};
}

bool dia_surface_solve(dia_surface *s, const double *R)
{
    dia_frame frame = {.batch = 1, .nstate = s->nstate, .H = s->H, .E = s->E, .U = s->U, .hermitian = s->hermitian};
    return dia_model_hamiltonian(s->model, s->one, 1, R, s->H) == DIA_OK &&
           dia_frame_solve(&frame, s->work) == DIA_OK && dia_finite((size_t)s->nstate, s->E);
}

bool dia_surface_couplings(dia_surface *s, int count, const int (*element)[3], double *G)
{
    const dia_frame frame = {.batch = 1, .nstate = s->nstate, .U = s->U, .hermitian = s->hermitian};
    for (int q = 0; q < count; q++) {
        (element[q][2] != 0 ? dia_weight_pair_imaginary : dia_weight_pair)(&frame, 0, element[q][0], element[q][1],
                                                                           s->W + q * s->npacked);
        s->row[q] = 0;
    }
    return dia_model_contract(s->model, s->one, count, s->row, s->W, G) == DIA_OK &&
           dia_finite((size_t)count * (size_t)s->ncart, G);
}

void dia_surface_slopes(dia_surface *s, int count, const double *v, double *slope)
{
    memset(s->row, 0, (size_t)count * sizeof *s->row);
    memset(s->W, 0, (size_t)(count * s->npacked) * sizeof *s->W);
    dia_status status = dia_model_derivative(s->model, s->one, count, s->row, v, s->W);
    for (int k = 0; k < count; k++)
        slope[k] = status == DIA_OK ? dia_largest(s->npacked, s->W + k * s->npacked) : NAN;
}

bool dia_surface_curvature(dia_surface *s, const double *R, const double *W, double *hessian)
{
    static const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[] = {-2, -1, 1, 2};
    const int n = s->ncart, each = DIA_SURFACE_BATCH / 4; /* coordinates a batch */
    memset(hessian, 0, (size_t)(n * n) * sizeof *hessian);
    for (int first = 0; first < n; first += each) {
        int count = n - first < each ? n - first : each, batch = 4 * count;
        for (int q = 0; q < batch; q++) {
            memcpy(s->Rs + q * n, R, (size_t)n * sizeof *R);
            s->Rs[q * n + first + q / 4] += place[q % 4] * step;
            memcpy(s->Ws + q * s->npacked, W, (size_t)s->npacked * sizeof *W);
            s->row[q] = q;
        }
        if (dia_model_hamiltonian(s->model, s->many, batch, s->Rs, s->Hs) != DIA_OK ||
            dia_model_contract(s->model, s->many, batch, s->row, s->Ws, s->Gs) != DIA_OK)
            return false;
        for (int q = 0; q < batch; q++)
            dia_add(n, weight[q % 4] / step, s->Gs + q * n, hessian + (first + q / 4) * n);
    }
    for (int c = 0; c < n; c++)
        for (int d = 0; d < c; d++)
            hessian[c * n + d] = hessian[d * n + c] = 0.5 * (hessian[c * n + d] + hessian[d * n + c]);
    return dia_finite((size_t)n * (size_t)n, hessian);
}

bool dia_surface_gradients(dia_surface *s, int batch, int first, int count)
{
    dia_frame frame = {
        .batch = batch, .nstate = s->nstate, .H = s->Hs, .E = s->Es, .U = s->Us, .hermitian = s->hermitian};
    if (dia_model_hamiltonian(s->model, s->many, batch, s->Rs, s->Hs) != DIA_OK ||
        dia_frame_solve(&frame, s->work) != DIA_OK || !dia_finite((size_t)batch * (size_t)s->nstate, s->Es))
        return false;
    for (int b = 0; b < batch; b++)
        for (int k = 0; k < count; k++) {
            int q = b * count + k;
            dia_weight_pair(&frame, b, first + k, first + k, s->Ws + q * s->npacked);
            s->row[q] = b;
        }
    return dia_model_contract(s->model, s->many, batch * count, s->row, s->Ws, s->Gs) == DIA_OK &&
           dia_finite((size_t)batch * (size_t)count * (size_t)s->ncart, s->Gs);
}
