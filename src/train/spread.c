/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "train/errors.h"
#include "molecule/internal.h"
#include "train/objective.h"
#include "train/reference.h"

typedef struct survey {
    const dia_dataset *data;
    const int *points; /* (n) */
    int n, states, ns, nc, np, nmember;
    double **E, **F; /* (nmember) each (n, ns), (n, np, nc) */
    dia_molecule unit;
    double *work, *own, *T; /* of reference.h; (np, nc); rigid motions */
    dia_spread *spread;
} survey;

/* ---- what the members say -------------------------------------------------------------------- */

static dia_status ask(survey *s, const dia_model *member, int k, const dia_control *control, dia_error *error)
{
    const dia_loss none = {0};
    dia_objective *objective = NULL;
    s->E[k] = dia_allocate((size_t)s->n * (size_t)s->ns, sizeof **s->E);
    s->F[k] = dia_allocate((size_t)s->n * (size_t)(s->np * s->nc), sizeof **s->F);
    if (s->E[k] == NULL || s->F[k] == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d members", s->nmember);
    dia_status status = dia_objective_create(&objective, member, s->data, &none, s->n, control, error);
    if (status == DIA_OK)
        status = dia_objective_predict(objective, s->n, s->points, s->E[k], s->F[k]);
    dia_objective_free(objective);
    return status;
}

static dia_status prepare(survey *s, const dia_model *committee, const dia_control *control, dia_error *error)
{
    dia_status status = dia_molecule_init(&s->unit, s->data->natom, 3, NULL, error);
    s->E = dia_allocate((size_t)s->nmember, sizeof *s->E);
    s->F = dia_allocate((size_t)s->nmember, sizeof *s->F);
    s->work = dia_allocate(dia_reference_work(s->ns, s->nc) + (size_t)((2 * s->np + 6) * s->nc), sizeof *s->work);
    if (status == DIA_OK && (s->E == NULL || s->F == NULL || s->work == NULL))
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d members", s->nmember);
    s->T = s->work + dia_reference_work(s->ns, s->nc);
    s->own = s->T + 6 * s->nc;
    for (int k = 0; k < s->nmember && status == DIA_OK; k++)
        status = ask(s, dia_model_member(committee, k), k, control, error);
    return status;
}

static void clear(survey *s)
{
    for (int k = 0; k < s->nmember; k++) {
        free(s->E != NULL ? s->E[k] : NULL);
        free(s->F != NULL ? s->F[k] : NULL);
    }
    free(s->E);
    free(s->F);
    free(s->work);
    dia_molecule_free(&s->unit);
}

/* ---- gaps ------------------------------------------------------------------------------------ */

static double mean_energy(const survey *s, int b, int i)
{
    double sum = 0.0;
    for (int k = 0; k < s->nmember; k++)
        sum += s->E[k][b * s->ns + i];
    return sum / s->nmember;
}

static void find_gaps(survey *s, int b)
{
    double *const energy = s->spread[DIA_CALIBRATED_ENERGY].gap + b * s->states,
                  *const gradient = s->spread[DIA_CALIBRATED_GRADIENT].gap + b * s->states,
                  *const coupling =
                      s->spread[DIA_CALIBRATED_COUPLING].gap + b * s->spread[DIA_CALIBRATED_COUPLING].count;
    for (int i = 0; i < s->states; i++) {
        const double e = mean_energy(s, b, i);
        energy[i] = INFINITY;
        for (int j = 0; j < s->ns; j++)
            if (j != i)
                energy[i] = fmin(energy[i], fabs(mean_energy(s, b, j) - e));
        gradient[i] = energy[i];
        for (int j = 0; j < i; j++)
            coupling[i * (i - 1) / 2 + j] = e - mean_energy(s, b, j);
    }
}

/* ---- pairs of members ------------------------------------------------------------------------ */

static double square(int n, const double *x, const double *y)
{
    double sum = 0.0;
    for (int c = 0; c < n; c++)
        sum += (x[c] - y[c]) * (x[c] - y[c]);
    return sum;
}

/* Gradients and couplings of member l as a label: in its order, diagonal first. */
static dia_label label_of(survey *s, int l, int b)
{
    const double *F = s->F[l] + (size_t)b * (size_t)(s->np * s->nc);
    double *gradient = s->own, *coupling = s->own + s->ns * s->nc;
    const size_t size = (size_t)s->nc * sizeof *F;
    for (int i = 0; i < s->ns; i++) {
        memcpy(gradient + i * s->nc, F + dia_packed(i, i) * s->nc, size);
        for (int j = 0; j < i; j++)
            memcpy(coupling + (i * (i - 1) / 2 + j) * s->nc, F + dia_packed(i, j) * s->nc, size);
    }
    return (dia_label){s->E[l] + b * s->ns, gradient, coupling};
}

/* Adds the differences of member k from member l to the squared spreads. */
static void add_pair(survey *s, int b, int k, int l)
{
    dia_reference r;
    const double *E = s->E[k] + b * s->ns, *F = s->F[k] + (size_t)b * (size_t)(s->np * s->nc);
    const dia_label label = label_of(s, l, b);
    const double share = 0.5 / (s->nmember * (s->nmember - 1));
    dia_reference_make(&r, &dia_errors_loss, s->ns, s->nc, E, F, &label, s->work);
    for (int i = 0; i < s->states; i++) {
        double *const energy = s->spread[DIA_CALIBRATED_ENERGY].spread + b * s->states + i,
                      *const gradient = s->spread[DIA_CALIBRATED_GRADIENT].spread + b * s->states + i;
        const int ii = dia_packed(i, i) * s->nc;
        *energy += share * square(1, E + i, label.energy + i);
        *gradient += share * square(s->nc, F + ii, r.F0 + ii) / s->nc;
        for (int j = 0; j < i; j++) {
            const dia_spread *couplings = &s->spread[DIA_CALIBRATED_COUPLING];
            const int ij = dia_packed(i, j) * s->nc;
            couplings->spread[b * couplings->count + i * (i - 1) / 2 + j] +=
                share * square(s->nc, F + ij, r.F0 + ij) / s->nc;
        }
    }
}

/* ---- errors ---------------------------------------------------------------------------------- */

static double *error_of(const survey *s, dia_calibrated what, int b, int at, int k)
{
    const dia_spread *x = &s->spread[what];
    return x->error + ((size_t)(b * x->count + at) * (size_t)s->nmember + (size_t)k) * (size_t)x->width;
}

static void subtract(int n, const double *x, const double *y, bool known, double *difference)
{
    for (int c = 0; c < n; c++)
        difference[c] = known ? x[c] - y[c] : (double)NAN;
}

static void find_errors(survey *s, int b, int k)
{
    dia_reference r;
    const dia_label label = dia_dataset_label(s->data, s->points[b]);
    const double *E = s->E[k] + b * s->ns, *F = s->F[k] + (size_t)b * (size_t)(s->np * s->nc);
    memcpy(s->own, F, (size_t)(s->np * s->nc) * sizeof *F);
    for (int j = 1; j < s->ns; j++)
        dia_internal_project(&s->unit, s->data->R + (size_t)s->points[b] * (size_t)s->nc, j,
                             s->own + dia_packed(j, 0) * s->nc, s->T);
    dia_reference_make(&r, &dia_errors_loss, s->ns, s->nc, E, s->own, &label, s->work);
    for (int i = 0; i < s->states; i++) {
        const int ii = dia_packed(i, i);
        subtract(1, E + i, label.energy + i, true, error_of(s, DIA_CALIBRATED_ENERGY, b, i, k));
        subtract(s->nc, s->own + ii * s->nc, r.F0 + ii * s->nc, r.w[ii] > 0.0,
                 error_of(s, DIA_CALIBRATED_GRADIENT, b, i, k));
        for (int j = 0; j < i; j++) {
            const int ij = dia_packed(i, j);
            subtract(s->nc, s->own + ij * s->nc, r.F0 + ij * s->nc, r.w[ij] > 0.0,
                     error_of(s, DIA_CALIBRATED_COUPLING, b, i * (i - 1) / 2 + j, k));
        }
    }
}

/* ---------------------------------------------------------------------------------------------- */

static dia_status reserve(survey *s, bool labelled, dia_error *error)
{
    const int counts[DIA_CALIBRATED] = {s->states, s->states, s->states * (s->states - 1) / 2};
    const int widths[DIA_CALIBRATED] = {1, s->nc, s->nc};
    for (int q = 0; q < DIA_CALIBRATED; q++) {
        dia_spread *x = &s->spread[q];
        *x = (dia_spread){.npoint = s->n, .count = counts[q], .width = widths[q], .nmember = s->nmember};
        const size_t n = (size_t)s->n * (size_t)counts[q] + 1;
        x->gap = dia_allocate(n, sizeof *x->gap);
        x->spread = dia_allocate(n, sizeof *x->spread);
        if (labelled)
            x->error = dia_allocate(n * (size_t)(s->nmember * widths[q]), sizeof *x->error);
        if (x->gap == NULL || x->spread == NULL || (labelled && x->error == NULL))
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d members", s->nmember);
    }
    return DIA_OK;
}

dia_status dia_spread_measure(dia_spread *spread, const dia_model *committee, const dia_dataset *data, int states,
                              int n, const int *points, bool labelled, const dia_control *control, dia_error *error)
{
    const dia_shape shape = dia_model_shape(committee);
    survey s = {.data = data,
                .points = points,
                .n = n,
                .states = states,
                .ns = shape.nstate,
                .nc = shape.ncart,
                .np = shape.npacked,
                .nmember = dia_model_members(committee),
                .spread = spread};
    memset(spread, 0, DIA_CALIBRATED * sizeof *spread);
    if (s.nmember < 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "a disagreement needs a committee of two or more members");
    dia_status status = reserve(&s, labelled, error);
    if (status == DIA_OK)
        status = prepare(&s, committee, control, error);
    for (int b = 0; b < n && status == DIA_OK; b++) {
        find_gaps(&s, b);
        for (int k = 0; k < s.nmember; k++) {
            for (int l = 0; l < s.nmember; l++)
                if (l != k)
                    add_pair(&s, b, k, l);
            if (labelled)
                find_errors(&s, b, k);
        }
    }
    for (int q = 0; q < DIA_CALIBRATED && status == DIA_OK; q++)
        for (int i = 0; i < n * spread[q].count; i++)
            spread[q].spread[i] = sqrt(spread[q].spread[i]);
    clear(&s);
    return status;
}

void dia_spread_free(dia_spread *spread)
{
    for (int q = 0; q < DIA_CALIBRATED; q++) {
        free(spread[q].gap);
        free(spread[q].spread);
        free(spread[q].error);
        spread[q] = (dia_spread){0};
    }
}
