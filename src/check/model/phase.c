/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The geometric phase: minimum-energy intersections are sought from the geometries, and the states are carried once around each.
 * The states up to the lower one must come back with a factor -1 in all (Herzberg, Longuet-Higgins, Discuss. Faraday Soc. 35, 77
 * (1963)); else the two surfaces meet as surfaces of a real symmetric matrix do not. A complex H that is real in some basis (an even
 * number of electrons, time reversal) does the same: its states meet under two conditions. One whose states meet under three gives
 * them a phase that depends on the loop, which is not judged. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "check/model/patient.h"
#include "diabolo/intersect.h"
#include "intersect/loop.h"

enum { STARTS = 10, KEPT = 6 }; /* of each pair of states */

static const double radius = 0.01; /* bohr */

typedef struct hunt {
    const dia_patient *p;
    int lower;
    double *gap;    /* (n) of the geometries               */
    double *R;      /* (ncart)                             */
    double E[KEPT]; /* of the intersections found          */
    double left;    /* of the gap of the intersection that is looked at */
    int found, loops, right, glancing, turning;
    double lowest;
    int outside;
} hunt;

static dia_status find_gaps(hunt *h, dia_error *error)
{
    dia_surface s;
    dia_status status = dia_surface_open(&s, h->p->model, error);
    if (status != DIA_OK)
        return status;
    for (int i = 0; i < h->p->n; i++)
        h->gap[i] = dia_surface_solve(&s, h->p->R + (size_t)i * (size_t)h->p->shape.ncart)
                        ? s.E[h->lower + 1] - s.E[h->lower]
                        : INFINITY;
    dia_surface_close(&s);
    return DIA_OK;
}

/* *sign: the product over the states up to the lower one after one turn; 0: uncertain. */
static dia_status turn(const hunt *h, const dia_branching_plane *plane, double r, int *sign, dia_error *error)
{
    dia_loop loop;
    const dia_loop_options options = {.x = plane->x, .y = plane->y, .radius = r, .points = 24, .most = 2000};
    const dia_status status = dia_loop_make(&loop, h->p->model, &options, h->R, NULL, error);
    *sign = 1;
    double phase = 0.0;
    for (int k = 0; k <= h->lower && status == DIA_OK; k++) {
        *sign *= loop.sign[k];
        phase += loop.phase[k];
    }
    if (status == DIA_OK && loop.hermitian) /* 0 or pi, to 1e-6; NaN: uncertain */
        *sign = cos(phase) < -0.99 ? -1 : cos(phase) > 0.99 ? 1 : 0;
    if (status == DIA_OK)
        dia_loop_free(&loop);
    return status;
}

static dia_status go_around(hunt *h, dia_error *error)
{
    dia_branching_plane plane;
    dia_status status = dia_branching_plane_make(&plane, h->p->model, h->lower, h->R, error);
    if (status != DIA_OK)
        return status;
    const double narrow =
        plane.pitch * sqrt(1.0 - plane.asymmetry); /* slope of half the gap where the cone is flattest */
    if (plane.directions != 2 || !(1.0 - plane.asymmetry > 1e-5) || !(narrow * radius > h->left)) {
        if (plane.directions > 2)
            h->turning++;
        else
            h->glancing++; /* they meet without a cone, uncoupled; or with one so flat that a loop of this size may miss it */
        dia_branching_plane_free(&plane);
        return DIA_OK;
    }
    int sign = 1;
    for (double r = radius; r > 0.005 * radius && narrow * r > h->left && sign != -1 && status == DIA_OK;
         r *= 0.1) /* another one may be close by */
        status = turn(h, &plane, r, &sign, error);
    const bool outside = dia_model_novelty(h->p->model, h->R, 0, NULL) > 1.0;
    h->outside += outside;
    h->loops += !outside;
    h->right += !outside && sign == -1;
    dia_branching_plane_free(&plane);
    return status;
}

static dia_status search_from(hunt *h, int start, dia_error *error)
{
    dia_search_options options;
    dia_search_result result;
    dia_search_defaults(&options);
    options.iterations = 100;
    memcpy(h->R, h->p->R + (size_t)start * (size_t)h->p->shape.ncart, sizeof *h->R * (size_t)h->p->shape.ncart);
    dia_status status = dia_search(h->p->model, h->lower, 2, &options, h->R, &result, error);
    if (status != DIA_OK || result.gap > 1e-6 || !isfinite(result.energy))
        return status;
    for (int i = 0; i < h->found && i < KEPT; i++)
        if (fabs(h->E[i] - result.energy) < 1e-3 * h->p->unit)
            return DIA_OK; /* known */
    if (h->found == KEPT)
        return DIA_OK;
    h->E[h->found++] = result.energy;
    h->lowest = fmin(h->lowest, result.energy - h->p->energy);
    h->left = result.gap;
    return go_around(h, error);
}

static dia_status of_pair(hunt *h, dia_error *error)
{
    dia_status status = find_gaps(h, error);
    for (int k = 0; k < STARTS && k < h->p->n && status == DIA_OK; k++) {
        int next = 0;
        for (int i = 1; i < h->p->n; i++)
            next = h->gap[i] < h->gap[next] ? i : next;
        if (isinf(h->gap[next]))
            break;
        h->gap[next] = INFINITY;
        status = search_from(h, next, error);
    }
    return status;
}

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    if (p->fitted < 2 || p->shape.ncart < 2)
        return dia_exam_absent(exam,
                               p->fitted < 2 ? "One state." : "One coordinate: states cross, without a way around.");
    double *memory = dia_allocate((size_t)p->shape.ncart + (size_t)p->n, sizeof *memory);
    if (memory == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for searches");
    dia_status status = DIA_OK;
    int loops = 0, glancing = 0, turning = 0;
    for (int lower = 0; lower + 1 < p->fitted && lower < 5 && status == DIA_OK; lower++) {
        hunt h = {.p = p, .lower = lower, .R = memory, .gap = memory + p->shape.ncart, .lowest = INFINITY};
        status = of_pair(&h, error);
        loops += h.loops;
        glancing += h.glancing;
        turning += h.turning;
        if (status != DIA_OK || h.found == 0)
            continue;
        dia_exam_tell(exam, p->unit_name, h.lowest / p->unit, "S%d/S%d: lowest of %d intersections", lower + 1, lower,
                      h.found);
        if (dia_model_bounded(p->model))
            dia_exam_tell(exam, "", h.outside, "S%d/S%d: outside the region of the training data, not judged",
                          lower + 1, lower);
        if (h.loops > 0)
            dia_exam_most(exam, "", h.loops - h.right, 0, "S%d/S%d: without the sign -1, of %d", lower + 1, lower,
                          h.loops);
    }
    free(memory);
    if (status == DIA_OK && loops == 0)
        return dia_exam_absent(exam, turning > 0    ? "H is complex and its states meet under three conditions: they "
                                                      "have a phase that depends on the loop, no sign."
                                     : glancing > 0 ? "States meet uncoupled, or in a cone too flat to go around."
                                                    : "No intersection was found where it would count.");
    return status;
}

const dia_model_test dia_model_test_phase = {
    .name = "geometric phase",
    .measures =
        "signs of the states carried once around each intersection found from the geometries (circle of 0.01 bohr)",
    .limits = "the sign is exact: all must be -1, of intersections inside the region of the training data",
    .run = run};
