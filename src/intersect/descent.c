/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directions in the branching plane in which paths start, and the set of all paths. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "intersect/descent.h"
#include "intersect/surface.h"
#include "math/vector.h"

enum { RING = 96 }; /* points of the circle that are searched for minima of the surface */

typedef struct circle {
    dia_surface surface;
    int n, state;
    double radius;
    const double *origin, *x, *y;
    double *R; /* (n) */
} circle;

static void place(const circle *c, double angle, double *R)
{
    for (int i = 0; i < c->n; i++)
        R[i] = c->origin[i] + c->radius * (cos(angle) * c->x[i] + sin(angle) * c->y[i]);
}

static double height(circle *c, double angle)
{
    place(c, angle, c->R);
    return dia_surface_solve(&c->surface, c->R) ? c->surface.E[c->state] : INFINITY;
}

/* Golden section (Press et al., Numerical Recipes, 10.2) between a and b; to the square root of the rounding error:
 * function values allow no more. */
static double lowest(circle *c, double a, double b)
{
    static const double golden = 0.61803398874989484820;
    double p = b - golden * (b - a), q = a + golden * (b - a), fp = height(c, p), fq = height(c, q);
    while (b - a > 1e-7) {
        if (fp < fq) {
            b = q, q = p, fq = fp;
            p = b - golden * (b - a);
            fp = height(c, p);
        } else {
            a = p, p = q, fp = fq;
            q = a + golden * (b - a);
            fq = height(c, q);
        }
    }
    return 0.5 * (a + b);
}

/* The minima of the surface on the circle, into angle (RING); returns how many. A circle on which the surface is flat
 * (a cone without tilt and asymmetry) has none: differences below 1e-6 of the depth of the cone there do not count. */
static int find_special(circle *c, double *angle)
{
    double E[RING], top = -INFINITY, bottom = INFINITY;
    int count = 0;
    const double apex = (memcpy(c->R, c->origin, (size_t)c->n * sizeof *c->R), dia_surface_solve(&c->surface, c->R))
                            ? c->surface.E[c->state]
                            : NAN;
    for (int i = 0; i < RING; i++) {
        E[i] = height(c, 2.0 * DIA_PI * i / RING);
        top = fmax(top, E[i]);
        bottom = fmin(bottom, E[i]);
    }
    if (!(top - bottom > 1e-6 * fabs(apex - bottom)))
        return 0;
    for (int i = 0; i < RING; i++)
        if (E[i] < E[(i + RING - 1) % RING] && E[i] <= E[(i + 1) % RING]) {
            const double found = lowest(c, 2.0 * DIA_PI * (i - 1) / RING, 2.0 * DIA_PI * (i + 1) / RING);
            angle[count++] = found < -1e-6 ? found + 2.0 * DIA_PI : fmax(found, 0.0);
        }
    return count;
}

static int by_angle(const void *a, const void *b)
{
    const dia_descent_path *p = a, *q = b;
    return (p->angle > q->angle) - (p->angle < q->angle);
}

/* Fills branch[].angle and special, sorted; a minimum that is also an evenly spaced direction is kept once. */
static void choose(dia_descent *d, const dia_descent_options *o, const double *special, int nspecial)
{
    for (int i = 0; i < o->directions; i++)
        d->branch[d->npath++].angle = 2.0 * DIA_PI * i / o->directions;
    for (int s = 0; s < nspecial; s++) {
        int same = -1;
        for (int i = 0; i < o->directions; i++)
            if (fabs(remainder(d->branch[i].angle - special[s], 2.0 * DIA_PI)) < 1e-3)
                same = i;
        if (same < 0)
            same = d->npath++;
        d->branch[same] = (dia_descent_path){.angle = special[s], .special = true};
    }
    qsort(d->branch, (size_t)d->npath, sizeof *d->branch, by_angle);
}

static dia_status open_descent(dia_descent *d, const dia_model *model, const dia_descent_options *o,
                               const double *origin, const double *x, const double *y, dia_error *error)
{
    const dia_shape shape = dia_model_shape(model);
    const size_t n = (size_t)shape.ncart;
    *d = (dia_descent){.state = o->state, .natom = shape.natom, .ncart = shape.ncart, .radius = o->radius};
    if (o->directions < 0 || o->directions > 100000)
        return dia_error_set(error, DIA_ERROR_INPUT, "a descent goes in 0 to 100000 directions, found %d",
                             o->directions);
    d->branch = calloc((size_t)o->directions + RING, sizeof *d->branch);
    if (!DIA_PARTS({&d->origin, n}, {&d->x, n}, {&d->y, n}) || d->branch == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d paths", o->directions);
    memcpy(d->origin, origin, n * sizeof *origin);
    memcpy(d->x, x, n * sizeof *x);
    memcpy(d->y, y, n * sizeof *y);
    if (!dia_plane(d->ncart, d->x)) /* y lies behind x in their block */
        return dia_error_set(error, DIA_ERROR_INPUT, "the two vectors of a descent must span a plane");
    return DIA_OK;
}

static dia_status go(dia_descent *d, const dia_model *model, const dia_descent_options *o, circle *c,
                     const dia_watch *watch, dia_error *error)
{
    double special[RING];
    choose(d, o, special, o->special ? find_special(c, special) : 0);
    dia_status status = DIA_OK;
    for (int i = 0; i < d->npath && status == DIA_OK; i++) {
        const dia_descent_path chosen = d->branch[i];
        place(c, chosen.angle, c->R);
        status = dia_descent_follow(&d->branch[i], model, o, c->R, error);
        d->branch[i].angle = chosen.angle;
        d->branch[i].special = chosen.special;
        if (status == DIA_OK)
            status = dia_watch_tell(watch, i + 1, d->npath, error);
    }
    return status;
}

dia_status dia_descent_make(dia_descent *descent, const dia_model *model, const dia_descent_options *options,
                            const double *origin, const double *x, const double *y, const dia_watch *watch,
                            dia_error *error)
{
    circle c = {.state = options->state, .radius = options->radius};
    *descent = (dia_descent){0};
    dia_status status = dia_states_check(model, options->state, 1, 1, 1, error);
    if (status == DIA_OK)
        status = open_descent(descent, model, options, origin, x, y, error);
    if (status == DIA_OK)
        status = dia_surface_open(&c.surface, model, error);
    if (status == DIA_OK) {
        c.n = descent->ncart;
        c.origin = descent->origin, c.x = descent->x, c.y = descent->y;
        c.R = calloc((size_t)c.n, sizeof *c.R);
        status = c.R == NULL ? dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a geometry")
                             : go(descent, model, options, &c, watch, error);
        free(c.R);
        dia_surface_close(&c.surface);
    }
    if (status != DIA_OK)
        dia_descent_free(descent);
    return status;
}

void dia_descent_free(dia_descent *descent)
{
    for (int i = 0; i < descent->npath; i++)
        dia_descent_path_free(&descent->branch[i]);
    free(descent->branch);
    free(descent->origin);
    *descent = (dia_descent){0};
}
