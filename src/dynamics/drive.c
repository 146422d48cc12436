/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/drive.h"

#include <math.h>
#include <string.h>

#include "dynamics/light.h"
#include "electronic/driven.h"
#include "math/vector.h"

typedef struct view_of_light { /* of one molecule */
    const dia_light *light;
    double Q[9];
} view_of_light;

/* The field in the frame of the molecule. */
static void field(const void *context, double t, double E[6])
{
    const view_of_light *view = context;
    double lab[6];
    dia_light_field(view->light, t, lab);
    for (int c = 0; c < 3; c++)
        for (int part = 0; part < 2; part++)
            E[2 * c + part] =
                view->Q[3 * c] * lab[part] + view->Q[3 * c + 1] * lab[2 + part] + view->Q[3 * c + 2] * lab[4 + part];
}

static view_of_light seen_by(const dia_block *s, int b)
{
    view_of_light view = {.light = s->dynamics->light};
    dia_light_orientation(view.light, s->dynamics->seed, s->trajectory[b], view.Q);
    return view;
}

bool dia_drive_pulls(const dia_dynamics *dynamics)
{
    return dynamics->light != NULL && dynamics->light->gradient && !dynamics->light->rotating_wave;
}

dia_status dia_drive_make(dia_block *s, dia_error *error)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t B = (size_t)s->capacity, n = (size_t)s->nstate;
    if (s->dynamics->light == NULL)
        return DIA_OK;
    const dia_status status = dia_light_fit(s->dynamics->light, s->model, error);
    if (status != DIA_OK)
        return status;
    w->batch_mu = dia_arena_get(w->arena, B * 3 * (size_t)s->npacked * sizeof(double));
    w->pull = dia_arena_get(w->arena, B * (size_t)s->ncart * sizeof(double));
    w->flux = dia_arena_get(w->arena, B * 2 * n * sizeof(double));
    w->drive = dia_arena_get(w->arena, dia_driven_work(s->nstate) * sizeof(double));
    return w->batch_mu != NULL && w->pull != NULL && w->flux != NULL && w->drive != NULL
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for dynamics.light");
}

dia_status dia_drive_dipoles(dia_block *s)
{
    struct dia_block_scratch *w = s->scratch;
    if (s->dynamics->light == NULL)
        return DIA_OK;
    const dia_rows *mu = &w->rows[ROW_MU];
    for (int q = 0; q < w->nflying; q++)
        w->request[q] = w->tape_row[w->flying[q]];
    const dia_status status = dia_model_dipole(s->model, w->tape, w->nflying, w->request, w->batch_mu);
    for (int q = 0; status == DIA_OK && q < w->nflying; q++)
        memcpy(mu->now + (size_t)w->flying[q] * mu->width, w->batch_mu + (size_t)q * mu->width,
               mu->width * sizeof(double));
    return status;
}

bool dia_drive_propagate(dia_block *s, int b, double dt)
{
    struct dia_block_scratch *w = s->scratch;
    const dia_light *light = s->dynamics->light;
    const size_t n = (size_t)s->nstate;
    const double from = w->view.time - dt;
    if (light == NULL)
        return false;
    double *flux = w->flux + 2 * (size_t)b * n;
    memset(flux, 0, 2 * n * sizeof *flux);
    if (dia_light_dark(light, from, from + dt))
        return false;
    const view_of_light view = seen_by(s, b);
    const dia_drive drive = {field, &view, light->fastest, light->rotating_wave};
    const dia_rows *mu = &w->rows[ROW_MU];
    dia_driven driven = {.flux = flux, .turned = flux + n};
    (void)dia_driven_propagator(&drive, from, dt, s->dynamics->substep_tolerance, &w->before, &s->frame, b,
                                mu->old + (size_t)b * mu->width, mu->now + (size_t)b * mu->width,
                                w->c_before + 2 * (size_t)b * n, s->active[b], w->T + 2 * (size_t)b * n * n, &driven,
                                w->drive);
    if (s->dynamics->hop->mean_field != NULL) {
        s->work[b] += driven.work;
        s->energy0[b] += driven.work;
    }
    return true;
}

dia_status dia_drive_gradients(dia_block *s, int n, const int *rows, const double *W, double t, bool keep,
                               double *answer)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t ncart = (size_t)s->ncart, npacked = (size_t)s->npacked;
    if (!dia_drive_pulls(s->dynamics))
        return DIA_OK;
    memset(w->pull, 0, (size_t)n * ncart * sizeof *w->pull);
    dia_status status = DIA_OK;
    if (!dia_light_dark(s->dynamics->light, t, t)) {
        for (int q = 0; q < n; q++) {
            const view_of_light view = seen_by(s, rows[q]);
            double E[6];
            field(&view, t, E);
            for (size_t x = 0; x < 3; x++)
                for (size_t i = 0; i < npacked; i++)
                    w->batch_mu[((size_t)q * 3 + x) * npacked + i] = -E[2 * x] * W[(size_t)q * npacked + i];
            w->request[q] = w->tape_row[rows[q]];
        }
        status = dia_model_dipole_contract(s->model, w->tape, n, w->request, w->batch_mu, w->pull);
    }
    for (size_t i = 0; i < (size_t)n * ncart && status == DIA_OK; i++)
        answer[i] += w->pull[i];
    for (int q = 0; q < n && keep; q++)
        memcpy(w->rows[ROW_FIELD].now + (size_t)rows[q] * ncart, w->pull + (size_t)q * ncart, ncart * sizeof(double));
    return status;
}

void dia_drive_work(dia_block *s, double dt)
{
    struct dia_block_scratch *w = s->scratch;
    const size_t ncart = (size_t)s->ncart;
    if (!dia_drive_pulls(s->dynamics))
        return;
    for (int q = 0; q < w->nflying; q++) {
        const size_t row = (size_t)w->flying[q] * ncart;
        const double done = -0.5 * dt *
                            (dia_dot(s->ncart, w->rows[ROW_FIELD].old + row, w->rows[ROW_V].old + row) +
                             dia_dot(s->ncart, w->rows[ROW_FIELD].now + row, w->rows[ROW_V].now + row));
        s->work[w->flying[q]] += done;
        s->energy0[w->flying[q]] += done;
    }
}

/* Both the field and the motion of the nuclei moved population from the active state to the target. Where both sums are positive a
 * random number decides, by their shares. Where neither is (the method shares out a loss among several states, or it is a matter of
 * rounding) their sizes do. */
bool dia_drive_hops(dia_block *s, int b)
{
    struct dia_block_scratch *w = s->scratch;
    if (s->dynamics->light == NULL)
        return false;
    const double *flux = w->flux + 2 * (size_t)b * (size_t)s->nstate;
    double light = flux[w->target[b]], nuclei = flux[s->nstate + w->target[b]];
    const bool backwards = !(light > 0.0) && !(nuclei > 0.0);
    light = backwards ? -light : fmax(light, 0.0);
    nuclei = backwards ? -nuclei : fmax(nuclei, 0.0);
    return dia_rng_uniform(s->dynamics->seed, (uint64_t)s->trajectory[b], (uint64_t)s->step + 1, DIA_PURPOSE_LIGHT,
                           w->piece) *
               (light + nuclei) <
           light;
}
