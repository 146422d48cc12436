/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Has the gradient jumps? Along lines through the geometries, the place where the mean gradient of all states changes most is
 * halved again and again: of a smooth H the change shrinks with the interval, a jump stays. (The mean of all states is smooth
 * at intersections, too.) */
#include <math.h>
#include <stdlib.h>

#include "base/arena.h"
#include "base/rng.h"
#include "check/model/patient.h"
#include "math/vector.h"

enum { PIECES = 24, HALVINGS = 12 };

typedef struct line {
    dia_tape *tape;
    const dia_patient *p;
    const double *from;
    double *V, *R, *H, *W, *G; /* (ncart), (ncart), (npacked), (npacked), (PIECES + 1, ncart) */
    double *a, *b, *m;         /* (ncart) gradients at the ends and in the middle */
} line;

static dia_status gradient(line *l, double t, double *G)
{
    const int row = 0;
    for (int c = 0; c < l->p->shape.ncart; c++)
        l->R[c] = l->from[c] + t * l->V[c];
    dia_status status = dia_model_hamiltonian(l->p->model, l->tape, 1, l->R, l->H);
    return status == DIA_OK ? dia_model_contract(l->p->model, l->tape, 1, &row, l->W, G) : status;
}

static double change(const line *l, const double *a, const double *b)
{
    double square = 0.0;
    for (int c = 0; c < l->p->shape.ncart; c++)
        square += (a[c] - b[c]) * (a[c] - b[c]);
    return sqrt(square);
}

/* *left: the share of the largest change along the line that is left when its interval is 2^-12 of a piece: of a smooth gradient about
 * 1/4096, of a jump nearly 1. *jump: that change, hartree/bohr. */
static dia_status look(line *l, double length, double *jump, double *left)
{
    const size_t nc = (size_t)l->p->shape.ncart;
    int most = 0;
    dia_status status = DIA_OK;
    for (int i = 0; i <= PIECES && status == DIA_OK; i++)
        status = gradient(l, length * (i / (double)PIECES - 0.5), l->G + (size_t)i * nc);
    for (int i = 1; i < PIECES; i++)
        if (change(l, l->G + (size_t)i * nc, l->G + (size_t)(i + 1) * nc) >
            change(l, l->G + (size_t)most * nc, l->G + (size_t)(most + 1) * nc))
            most = i;
    double low = length * (most / (double)PIECES - 0.5), high = low + length / PIECES;
    const double first = change(l, l->G + (size_t)most * nc, l->G + (size_t)(most + 1) * nc);
    if (status == DIA_OK)
        status = gradient(l, low, l->a);
    if (status == DIA_OK)
        status = gradient(l, high, l->b);
    for (int k = 0; k < HALVINGS && status == DIA_OK; k++) {
        status = gradient(l, 0.5 * (low + high), l->m);
        double **end = change(l, l->a, l->m) > change(l, l->m, l->b) ? &l->b : &l->a;
        *(end == &l->b ? &high : &low) = 0.5 * (low + high);
        double *keep = *end;
        *end = l->m;
        l->m = keep;
    }
    *jump = change(l, l->a, l->b);
    *left = first > 0.0 ? *jump / first : 0.0;
    return status;
}

static dia_status look_at_all(line *l, dia_exam *exam)
{
    const dia_patient *p = l->p;
    const double length = p->molecule ? 0.4 : 1.0;
    double worst = 0.0, jump = 0.0;
    dia_status status = DIA_OK;
    for (int k = 0; k < p->shape.nstate; k++)
        l->W[dia_packed(k, k)] = 1.0 / p->shape.nstate;
    for (int i = 0; i < p->n && status == DIA_OK; i++) {
        double own = 0.0, left = 0.0;
        l->from = p->R + (size_t)i * (size_t)p->shape.ncart;
        for (int c = 0; c < p->shape.ncart; c++)
            l->V[c] = dia_rng_normal(3, (uint64_t)i, (uint64_t)c, DIA_PURPOSE_TEST, 0);
        dia_normalise(p->shape.ncart, l->V);
        status = look(l, length, &own, &left);
        /* below 1e-8 hartree/bohr it is rounding */
        if (own > 1e-8 && left > worst)
            worst = left, jump = own;
    }
    dia_exam_most(exam, "", worst, 0.05, "share of the largest change of the gradient left in 1/%d of its interval",
                  1 << HALVINGS);
    if (worst > 0.05)
        dia_exam_say(exam, "The gradient jumps by %.3g eV/Angstrom.", jump / (DIA_EV / DIA_ANGSTROM));
    return status;
}

static dia_status run(const dia_patient *p, dia_exam *exam, dia_error *error)
{
    const size_t nc = (size_t)p->shape.ncart, np = (size_t)p->shape.npacked;
    line l = {.p = p, .V = dia_allocate((PIECES + 6) * nc + 2 * np, sizeof(double))};
    dia_status status = dia_tape_create_hermitian(&l.tape, p->model, 1, 1, error);
    if (status == DIA_OK && l.V == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for lines");
    if (status == DIA_OK) {
        l.R = l.V + nc;
        l.a = l.R + nc;
        l.b = l.a + nc;
        l.m = l.b + nc;
        l.G = l.m + nc;
        l.H = l.G + (PIECES + 1) * nc;
        l.W = l.H + np;
        for (size_t k = 0; k < np; k++)
            l.W[k] = 0.0;
        status = look_at_all(&l, exam);
    }
    dia_tape_free(l.tape);
    free(l.V);
    return status;
}

const dia_model_test dia_model_test_smoothness = {
    .name = "smoothness",
    .measures =
        "the gradient has no jumps: along a line through each point its largest change is traced to where it happens",
    .limits = "of a smooth gradient 1/4096 is left, of a jump nearly all; 0.05 tells them apart",
    .run = run};
