/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/loop.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "electronic/turn.h"
#include "math/vector.h"

typedef struct walk {
    dia_loop *loop;
    const dia_model *model;
    const dia_molecule *molecule;
    const dia_loop_options *options;
    const dia_watch *watch;
    const double *centre;
    dia_internal_set rest;
    double radius[2];
    double *R; /* (n) */
    int room;  /* of loop->angle */
} walk;

/* ---- geometries on the loop ------------------------------------------------------------------ */

/* R at angle t, placed from the centre, so that it depends on t alone and the loop closes. */
static dia_status geometry(const walk *w, double t, double *R, dia_error *error)
{
    const int n = w->molecule->ncart;
    memcpy(R, w->centre, (size_t)n * sizeof *R);
    if (w->loop->x != NULL) {
        dia_add(n, w->radius[0] * cos(t), w->loop->x, R);
        dia_add(n, w->radius[0] * sin(t), w->loop->y, R);
        return DIA_OK;
    }
    const dia_coordinate both[2] = {*w->options->coordinate[0], *w->options->coordinate[1]};
    const double value[2] = {dia_coordinate_value(&both[0], w->centre) + w->radius[0] * cos(t),
                             dia_coordinate_value(&both[1], w->centre) + w->radius[1] * sin(t)};
    const dia_status status = dia_internal_place(w->molecule, &w->rest, 2, both, value, R, error);
    if (status != DIA_OK)
        dia_error_prefix(error, "at %.4g deg of the loop", t * 180.0 / DIA_PI);
    return status;
}

/* V = dR/dt. In coordinates by four-point differences: geometries are placed to 1e-10, so 1e-7 of V at this step. */
static dia_status tangent(const walk *w, double t, double *V, dia_error *error)
{
    static const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place_at[] = {-2, -1, 1, 2};
    static const double step = 1e-3;
    const int n = w->molecule->ncart;
    dia_status status = DIA_OK;
    memset(V, 0, (size_t)n * sizeof *V);
    if (w->loop->x != NULL) {
        dia_add(n, -w->radius[0] * sin(t), w->loop->x, V);
        dia_add(n, w->radius[0] * cos(t), w->loop->y, V);
        return DIA_OK;
    }
    for (int i = 0; i < 4 && status == DIA_OK; i++) {
        status = geometry(w, t + place_at[i] * step, w->R, error);
        dia_add(n, weight[i] / step, w->R, V);
    }
    return status;
}

static dia_status place(void *context, double t, double *R, double *V, dia_error *error)
{
    const walk *w = context;
    const dia_status status = geometry(w, t, R, error);
    return status == DIA_OK ? tangent(w, t, V, error) : status;
}

static dia_status add_point(void *context, double t, const double *R, dia_error *error)
{
    walk *w = context;
    dia_loop *loop = w->loop;
    if (loop->path.npoint == w->room) {
        const int room = 2 * w->room;
        double *more = realloc(loop->angle, (size_t)room * sizeof *more);
        if (more == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a loop of %d points", room);
        loop->angle = more;
        w->room = room;
    }
    loop->angle[loop->path.npoint] = t;
    return dia_path_add(&loop->path, R, error);
}

static dia_status tell(void *context, int done, int total, dia_error *error)
{
    return dia_watch_tell(((const walk *)context)->watch, done, total, error);
}

/* ---- opening and closing --------------------------------------------------------------------- */

static dia_status open_geometry(walk *w, dia_error *error)
{
    const dia_loop_options *o = w->options;
    const int n = w->molecule->ncart;
    w->loop->centre = calloc(3 * (size_t)n, sizeof(double));
    if (w->loop->centre == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a loop");
    memcpy(w->loop->centre, w->centre, (size_t)n * sizeof(double));
    if (o->coordinate[0] == NULL) {
        w->loop->x = w->loop->centre + n;
        w->loop->y = w->loop->x + n;
        if (o->x != NULL && o->y != NULL) { /* otherwise they stay zero */
            memcpy(w->loop->x, o->x, (size_t)n * sizeof(double));
            memcpy(w->loop->y, o->y, (size_t)n * sizeof(double));
        }
        return dia_plane(n, w->loop->x)
                   ? DIA_OK
                   : dia_error_set(error, DIA_ERROR_INPUT, "the two vectors of a loop must span a plane");
    }
    for (int k = 0; k < 2; k++)
        snprintf(w->loop->coordinate[k], sizeof w->loop->coordinate[k], "%s", o->coordinate[k]->text);
    return dia_internal_set_make(&w->rest, w->molecule, 1, w->centre, error);
}

static dia_status walk_open(walk *w, dia_error *error)
{
    const dia_loop_options *o = w->options;
    dia_loop *loop = w->loop;
    const dia_shape shape = dia_model_shape(w->model);
    const size_t N = (size_t)shape.nstate;
    loop->hermitian = dia_hermitian(&shape);
    loop->radius[0] = w->radius[0] = o->radius;
    loop->radius[1] = w->radius[1] = o->radius2 != 0.0 ? o->radius2 : o->radius;
    w->room = o->points;
    dia_path_init(&loop->path, w->model);
    loop->angle = calloc((size_t)w->room, sizeof *loop->angle);
    loop->sign = calloc(N, sizeof *loop->sign);
    w->R = calloc((size_t)w->molecule->ncart, sizeof *w->R);
    if (loop->angle == NULL || loop->sign == NULL || w->R == NULL ||
        !DIA_PARTS({&loop->overlap, N}, {&loop->coupling, N}, {&loop->gap, N}, {&loop->phase, N}))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a loop of %d points", o->points);
    return open_geometry(w, error);
}

static dia_status check(const dia_loop_options *o, dia_error *error)
{
    if (o->points < 4 || o->points > 100000)
        return dia_error_set(error, DIA_ERROR_INPUT, "a loop has 4 to 100000 points, found %d", o->points);
    if (!(o->radius > 0.0 && o->radius < INFINITY) || !(o->radius2 >= 0.0 && o->radius2 < INFINITY))
        return dia_error_set(error, DIA_ERROR_INPUT, "the radius of a loop must be above 0");
    return DIA_OK;
}

dia_status dia_loop_make(dia_loop *loop, const dia_model *model, const dia_loop_options *options, const double *centre,
                         const dia_watch *watch, dia_error *error)
{
    walk w = {.loop = loop,
              .model = model,
              .molecule = dia_model_molecule(model),
              .options = options,
              .watch = watch,
              .centre = centre};
    *loop = (dia_loop){0};
    dia_status status = check(options, error);
    if (status == DIA_OK)
        status = walk_open(&w, error);
    if (status == DIA_OK) {
        dia_turn turn = {loop->sign, loop->phase, loop->overlap, loop->coupling, loop->gap};
        const dia_turn_options how = {options->points, options->most, options->overlap, &w, place, add_point, tell};
        status = dia_turn_make(&turn, model, &how, error);
    }
    if (status == DIA_OK)
        status = dia_path_evaluate(&loop->path, model, error);
    free(w.R);
    dia_internal_set_free(&w.rest);
    if (status != DIA_OK)
        dia_loop_free(loop);
    return status;
}

void dia_loop_free(dia_loop *loop)
{
    free(loop->angle);
    free(loop->sign);
    free(loop->overlap);
    free(loop->centre);
    dia_path_free(&loop->path);
    *loop = (dia_loop){0};
}
