/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/topology.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/frame.h"
#include "electronic/turn.h"
#include "math/vector.h"

static const double small_gap = 0.1 * DIA_EV;
static const double steep =
    0.5 * DIA_EV / DIA_ANGSTROM;                  /* g and h, each beside the other: less is no cone to speak of */
static const double reach = 0.2 * DIA_ANGSTROM;   /* |d| at most: first order holds                            */
static const double same = 0.3;                   /* bohr: largest change of a sorted distance of near copies  */
static const double far = 0.5 * DIA_ANGSTROM;     /* |R - R0| at most: the model's intersection is this one    */
static const double circle = 0.02 * DIA_ANGSTROM; /* radius                                                    */
static const double met = 1e-7;                   /* hartree: gap of states that meet                          */

typedef struct candidate { /* an intersection of the reference */
    int point, lower;
    double gap;
} candidate;

typedef struct check {
    const dia_model *model;
    const dia_dataset *data;
    dia_shape shape;
    dia_tape *tape;
    double *R, *start, *plane, *G; /* (nc), (nc) where the reference has it, (2, nc), (3, nc)   owned, one piece */
    double *H, *E, *U, *W, *work;  /* (np), (ns), (ns, ns), (3, np), of the eigenproblem */
    double *distance;              /* (DIA_KNOWN, npair) sorted, of those that were taken */
    int *sign;                     /* (ns)                                                                owned  */
    double *overlap, *coupling, *gap;
} check;

/* ---- of the reference ------------------------------------------------------------------------ */

/* d (nc), the shortest with g.d = -gap/2, h.d = 0; false if g and h are too small or parallel. */
static bool first_order(int nc, const double *g, const double *h, double gap, double least, double *d)
{
    const double gg = dia_dot(nc, g, g), hh = dia_dot(nc, h, h), gh = dia_dot(nc, g, h), det = gg * hh - gh * gh;
    if (!(det > 0.0) || !(det > least * least * fmax(gg, hh)))
        return false;
    for (int c = 0; c < nc; c++)
        d[c] = -0.5 * gap * (hh * g[c] - gh * h[c]) / det;
    return true;
}

/* plane (2, nc): g and h of the labels; start: where the states of the reference meet. */
static bool locate(const check *x, int point, int lower)
{
    const int nc = x->data->ncart, upper = lower + 1;
    const dia_label label = dia_dataset_label(x->data, point);
    const double *a = label.gradient + lower * nc, *b = label.gradient + upper * nc;
    const double *h = label.coupling + (upper * (upper - 1) / 2 + lower) * nc,
                 gap = label.energy[upper] - label.energy[lower];
    if (!(gap < small_gap) || isnan(a[0]) || isnan(b[0]) || isnan(h[0]))
        return false;
    for (int c = 0; c < nc; c++)
        x->plane[c] = 0.5 * (b[c] - a[c]);
    memcpy(x->plane + nc, h, sizeof *h * (size_t)nc);
    if (!first_order(nc, x->plane, x->plane + nc, gap, steep, x->start) || dia_norm(nc, x->start) > reach)
        return false;
    dia_add(nc, 1.0, x->data->R + (size_t)point * (size_t)nc, x->start);
    return true;
}

static bool is_copy(const check *x, const dia_errors *errors, int lower, const double *list)
{
    const int npair = x->shape.natom * (x->shape.natom - 1) / 2;
    for (int i = 0; i < errors->nknown; i++) {
        double most = 0.0;
        for (int k = 0; k < npair; k++)
            most = fmax(most, fabs(list[k] - x->distance[i * npair + k]));
        if (errors->known[i].lower == lower && most < same)
            return true;
    }
    return false;
}

static int by_gap(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    return x->gap != y->gap ? (x->gap > y->gap) - (x->gap < y->gap) : (x->point > y->point) - (x->point < y->point);
}

/* ---- of the model ---------------------------------------------------------------------------- */

/* E, U at x->R, and there g and h of the model -> G (3, nc): gradients of both states, then h. False: not finite. */
static bool solve(const check *x, int lower)
{
    static const int row[3] = {0, 0, 0};
    dia_frame frame = {.batch = 1, .nstate = x->shape.nstate, .H = x->H, .E = x->E, .U = x->U};
    const int pair[3][2] = {{lower, lower}, {lower + 1, lower + 1}, {lower, lower + 1}};
    if (dia_model_hamiltonian(x->model, x->tape, 1, x->R, x->H) != DIA_OK ||
        dia_frame_solve(&frame, x->work) != DIA_OK || isnan(x->E[0]))
        return false;
    for (int q = 0; q < 3; q++)
        dia_weight_pair(&frame, 0, pair[q][0], pair[q][1], x->W + q * x->shape.npacked);
    return dia_model_contract(x->model, x->tape, 3, row, x->W, x->G) == DIA_OK;
}

/* Newton steps from x->start to where the model's states meet: x->R. False if they do not, or far away. */
static bool meet(const check *x, dia_known *known)
{
    enum { STEPS = 60 };
    static const double longest = 0.2; /* bohr, of a step */
    const int nc = x->shape.ncart;
    double *g = x->G, *h = x->G + 2 * nc, *d = x->G + nc;
    memcpy(x->R, x->start, sizeof *x->R * (size_t)nc);
    for (int step = 0; step < STEPS; step++) {
        if (!solve(x, known->lower))
            return false;
        known->model_gap = x->E[known->lower + 1] - x->E[known->lower];
        if (known->model_gap < met)
            return true;
        for (int c = 0; c < nc; c++)
            g[c] = 0.5 * (x->G[nc + c] - g[c]);
        if (!first_order(nc, g, h, known->model_gap, 1e-6, d)) { /* no coupling: along g alone */
            const double gg = dia_dot(nc, g, g);
            for (int c = 0; c < nc; c++)
                d[c] = gg > 0.0 ? -0.5 * known->model_gap * g[c] / gg : 0.0;
        }
        const double length = dia_norm(nc, d);
        dia_add(nc, length > longest ? longest / length : 1.0, d, x->R);
        known->moved = 0.0;
        for (int c = 0; c < nc; c++)
            known->moved = hypot(known->moved, x->R[c] - x->start[c]);
        if (!(known->moved < far))
            return false;
    }
    return false;
}

/* Which two diabats the states that meet are made of, and what share of them. */
static void name_diabats(const check *x, dia_known *known)
{
    const int n = x->shape.nstate;
    double best[2] = {-1.0, -1.0};
    for (int i = 0; i < n; i++) {
        const double *u = x->U + i * n + known->lower, share = 0.5 * (u[0] * u[0] + u[1] * u[1]);
        const int at = share > best[0] ? 0 : share > best[1] ? 1 : 2;
        if (at == 0) {
            best[1] = best[0];
            known->diabat[1] = known->diabat[0];
        }
        if (at < 2) {
            best[at] = share;
            known->diabat[at] = i;
        }
    }
    known->share = best[0] + best[1];
}

static dia_status place(void *context, double t, double *R, double *V, dia_error *error)
{
    const check *x = context;
    const int nc = x->shape.ncart;
    (void)error;
    memcpy(R, x->R, sizeof *R * (size_t)nc);
    memset(V, 0, sizeof *V * (size_t)nc);
    dia_add(nc, circle * cos(t), x->plane, R);
    dia_add(nc, circle * sin(t), x->plane + nc, R);
    dia_add(nc, -circle * sin(t), x->plane, V);
    dia_add(nc, circle * cos(t), x->plane + nc, V);
    return DIA_OK;
}

/* How much of the plane of the labels' g and h is that of the model's: |det| of the projections, 1 if they are one plane. */
static double common_plane(const check *x)
{
    const int nc = x->shape.ncart;
    const double *a = x->plane, *b = x->plane + nc;
    double *g = x->G, *h = x->G + 2 * nc;
    for (int c = 0; c < nc; c++)
        g[c] = 0.5 * (x->G[nc + c] - g[c]);
    const double size = dia_dot(nc, g, g) * dia_dot(nc, h, h) - dia_dot(nc, g, h) * dia_dot(nc, g, h);
    return size > 0.0 ? fabs(dia_dot(nc, g, a) * dia_dot(nc, h, b) - dia_dot(nc, g, b) * dia_dot(nc, h, a)) / sqrt(size)
                      : 0.0;
}

/* The factor with which the states up to the lower one come back. */
static dia_status go_round(check *x, dia_known *known, dia_error *error)
{
    const dia_turn_options how = {.points = 16, .most = 2000, .context = x, .place = place};
    dia_turn turn = {x->sign, NULL, x->overlap, x->coupling, x->gap};
    dia_error here = {0};
    known->sign = 0;
    if (!dia_plane(x->shape.ncart, x->plane))
        return DIA_OK;
    known->plane = common_plane(x);
    const dia_status status = dia_turn_make(&turn, x->model, &how, &here);
    if (status == DIA_ERROR_NUMERIC) /* not finite on the circle */
        return DIA_OK;
    if (status != DIA_OK)
        return dia_error_set(error, status, "%s", here.text);
    known->sign = 1;
    for (int k = 0; k <= known->lower; k++)
        known->sign *= x->sign[k];
    return DIA_OK;
}

/* One that is known: x->start and x->plane (named: the plane is the model's). */
static dia_status examine(check *x, dia_errors *errors, dia_known known, dia_error *error)
{
    const int nc = x->shape.ncart;
    dia_status status = DIA_OK;
    known.meets = meet(x, &known);
    if (known.meets) {
        name_diabats(x, &known);
        if (known.point < 0)
            for (int c = 0; c < nc; c++) {
                x->plane[c] = 0.5 * (x->G[nc + c] - x->G[c]);
                x->plane[nc + c] = x->G[2 * nc + c];
            }
        status = go_round(x, &known, error);
    }
    errors->nright += known.meets && known.sign == -1;
    errors->known[errors->nknown++] = known;
    return status;
}

/* ---------------------------------------------------------------------------------------------- */

static dia_status check_open(check *x, dia_error *error)
{
    const size_t nc = (size_t)x->shape.ncart, ns = (size_t)x->shape.nstate, np = (size_t)x->shape.npacked,
                 natom = (size_t)x->shape.natom;
    x->sign = calloc(ns, sizeof *x->sign);
    return x->sign != NULL &&
                   DIA_PARTS({&x->R, nc}, {&x->start, nc}, {&x->plane, 2 * nc}, {&x->G, 3 * nc}, {&x->H, np},
                             {&x->E, ns}, {&x->U, ns * ns}, {&x->W, 3 * np}, {&x->work, dia_frame_work((int)ns)},
                             {&x->distance, (DIA_KNOWN + 1) * natom * (natom - 1) / 2}, {&x->overlap, ns},
                             {&x->coupling, ns}, {&x->gap, ns})
               ? dia_tape_create(&x->tape, x->model, 1, 3, error)
               : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to look at intersections");
}

static dia_status from_labels(check *x, dia_errors *errors, int states, int n, const int *points, dia_error *error)
{
    const int npair = x->shape.natom * (x->shape.natom - 1) / 2;
    candidate *all = calloc((size_t)n * (size_t)states + 1, sizeof *all);
    int found = 0;
    if (all == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to look for intersections of %d points", n);
    for (int i = 0; i < n; i++)
        for (int k = 0; k + 1 < states; k++)
            if (locate(x, points[i], k)) {
                const double *e = x->data->energy + (size_t)points[i] * (size_t)x->data->nstate;
                all[found++] = (candidate){points[i], k, e[k + 1] - e[k]};
            }
    qsort(all, (size_t)found, sizeof *all, by_gap);
    dia_status status = DIA_OK;
    for (int i = 0; i < found && errors->nknown < DIA_KNOWN && status == DIA_OK; i++) {
        double *list = x->distance + errors->nknown * npair;
        dia_dataset_distances(x->data, all[i].point, list);
        if (is_copy(x, errors, all[i].lower, list))
            continue;
        if (locate(x, all[i].point, all[i].lower))
            status =
                examine(x, errors, (dia_known){.point = all[i].point, .lower = all[i].lower, .gap = all[i].gap}, error);
    }
    free(all);
    return status;
}

dia_status dia_topology_check(dia_errors *errors, const dia_model *model, const dia_dataset *data, int states, int n,
                              const int *points, const dia_named *named, dia_error *error)
{
    check x = {.model = model, .data = data, .shape = dia_model_shape(model)};
    if (states < 2 || x.shape.natom < 2)
        return DIA_OK;
    dia_status status = check_open(&x, error);
    if (status == DIA_OK)
        status = from_labels(&x, errors, states, n, points, error);
    for (int i = 0; named != NULL && i < named->n && errors->nknown < DIA_KNOWN && status == DIA_OK; i++) {
        memcpy(x.start, named->R + (size_t)i * (size_t)x.shape.ncart, sizeof *x.start * (size_t)x.shape.ncart);
        status = examine(&x, errors, (dia_known){.point = -1 - i, .lower = named->lower, .gap = NAN}, error);
    }
    dia_tape_free(x.tape);
    free(x.R);
    free(x.sign);
    return status;
}
