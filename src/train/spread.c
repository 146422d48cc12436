/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/spread.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/rng.h"
#include "train/errors.h"
#include "molecule/internal.h"
#include "train/objective.h"
#include "train/reference.h"

static const double hop_gap = 1.0 * DIA_EV, hop_least = 0.01;

typedef struct survey {
    const dia_dataset *data;
    const int *points; /* (n) */
    int n, states, ns, nc, np, nmember;
    double **E, **F; /* (nmember) each (n, ns), (n, np, nc) */
    const double *masses;
    int nearest[DIA_DATASET_STATES]; /* of each state at the present geometry, in energy; -1: there is no other */
    double *velocity;                /* (DIA_SPREAD_VELOCITIES, nc) there                                       */
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
    s->work = dia_allocate(dia_reference_work(s->ns, s->nc) + (size_t)((2 * s->np + 6 + DIA_SPREAD_VELOCITIES) * s->nc),
                           sizeof *s->work);
    if (status == DIA_OK && (s->E == NULL || s->F == NULL || s->work == NULL))
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d members", s->nmember);
    s->T = s->work + dia_reference_work(s->ns, s->nc);
    s->velocity = s->T + 6 * s->nc;
    s->own = s->velocity + DIA_SPREAD_VELOCITIES * s->nc;
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
    double *const gaps = s->spread[DIA_CALIBRATED_GAP].gap + b * s->states, *const hops =
                                                                                s->spread[DIA_CALIBRATED_HOP].gap +
                                                                                b * s->states * DIA_SPREAD_VELOCITIES;
    for (int i = 0; i < s->states; i++) {
        const double e = mean_energy(s, b, i);
        energy[i] = INFINITY;
        s->nearest[i] = -1;
        for (int j = 0; j < s->ns; j++) {
            const double gap = fabs(mean_energy(s, b, j) - e);
            if (j != i && gap < energy[i]) {
                energy[i] = gap;
                s->nearest[i] = j;
            }
        }
        gradient[i] = gaps[i] = energy[i];
        for (int v = 0; v < DIA_SPREAD_VELOCITIES; v++)
            hops[i * DIA_SPREAD_VELOCITIES + v] = energy[i];
        for (int j = 0; j < i; j++)
            coupling[i * (i - 1) / 2 + j] = e - mean_energy(s, b, j);
    }
}

/* ---- passages -------------------------------------------------------------------------------- */

static void draw_velocities(survey *s, int b)
{
    const double kT = 1000.0 * DIA_KELVIN;
    for (int v = 0; v < DIA_SPREAD_VELOCITIES; v++)
        for (int c = 0; c < s->nc; c++)
            s->velocity[v * s->nc + c] =
                sqrt(kT / s->masses[c / 3]) *
                dia_rng_normal(1, (uint64_t)s->points[b], (uint64_t)v, DIA_PURPOSE_START, (uint32_t)c);
}

/* From state i to the nearest one, with energies E (ns) and the coupling h (nc) of the two. */
static double passage(const survey *s, const double *E, const double *h, int i, int v)
{
    double rate = 0.0;
    for (int c = 0; c < s->nc; c++)
        rate += h[c] * s->velocity[v * s->nc + c];
    return dia_passage_probability(E[s->nearest[i]] - E[i], rate);
}

static double passage_of(const survey *s, int k, int b, int i, int v)
{
    const int j = s->nearest[i], pair = i > j ? dia_packed(i, j) : dia_packed(j, i);
    return passage(s, s->E[k] + b * s->ns, s->F[k] + ((size_t)b * (size_t)s->np + (size_t)pair) * (size_t)s->nc, i, v);
}

static double gap_of(const survey *s, const double *E, int i)
{
    return fabs(E[s->nearest[i]] - E[i]);
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
    for (int i = 0; i < s->states && s->nearest[i] >= 0; i++) {
        const double gap = gap_of(s, E, i) - gap_of(s, label.energy, i);
        s->spread[DIA_CALIBRATED_GAP].spread[b * s->states + i] += share * gap * gap;
        for (int v = 0; v < DIA_SPREAD_VELOCITIES; v++) {
            const double p = passage_of(s, k, b, i, v) - passage_of(s, l, b, i, v);
            s->spread[DIA_CALIBRATED_HOP].spread[(b * s->states + i) * DIA_SPREAD_VELOCITIES + v] += share * p * p;
        }
    }
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

static bool says_something(const survey *s, int b, int i, int v)
{
    double most = 0.0;
    for (int k = 0; k < s->nmember; k++)
        most = fmax(most, passage_of(s, k, b, i, v));
    return most >= hop_least && s->spread[DIA_CALIBRATED_ENERGY].gap[b * s->states + i] < hop_gap;
}

static void find_passage_errors(survey *s, int b, int k, const dia_label *label)
{
    const double *E = s->E[k] + b * s->ns;
    for (int i = 0; i < s->states; i++) {
        const int j = s->nearest[i], high = i > j ? i : j, low = i > j ? j : i;
        const bool known = j >= 0 && !isnan(label->energy[i]) && !isnan(label->energy[j]);
        const double *h = j >= 0 ? label->coupling + (high * (high - 1) / 2 + low) * s->nc : NULL;
        *error_of(s, DIA_CALIBRATED_GAP, b, i, k) = known ? gap_of(s, E, i) - gap_of(s, label->energy, i) : (double)NAN;
        for (int v = 0; v < DIA_SPREAD_VELOCITIES; v++) /* NaN where the coupling is not known */
            *error_of(s, DIA_CALIBRATED_HOP, b, i * DIA_SPREAD_VELOCITIES + v, k) =
                known && says_something(s, b, i, v) ? passage_of(s, k, b, i, v) - passage(s, label->energy, h, i, v)
                                                    : (double)NAN;
    }
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
    find_passage_errors(s, b, k, &label);
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
    const int counts[DIA_CALIBRATED] = {s->states, s->states, s->states * (s->states - 1) / 2, s->states,
                                        s->states * DIA_SPREAD_VELOCITIES};
    const int widths[DIA_CALIBRATED] = {1, s->nc, s->nc, 1, 1};
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
                .masses = dia_model_molecule(committee)->masses,
                .spread = spread};
    memset(spread, 0, DIA_CALIBRATED * sizeof *spread);
    if (s.nmember < 2)
        return dia_error_set(error, DIA_ERROR_INPUT, "a disagreement needs a committee of two or more members");
    dia_status status = reserve(&s, labelled, error);
    if (status == DIA_OK)
        status = prepare(&s, committee, control, error);
    for (int b = 0; b < n && status == DIA_OK; b++) {
        find_gaps(&s, b);
        draw_velocities(&s, b);
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

static bool extend(double **one, size_t n, const double *other, size_t m)
{
    double *all = dia_allocate(n + m + 1, sizeof *all);
    if (all == NULL)
        return false;
    if (n > 0)
        memcpy(all, *one, n * sizeof *all);
    memcpy(all + n, other, m * sizeof *all);
    free(*one);
    *one = all;
    return true;
}

dia_status dia_spread_append(dia_spread *one, const dia_spread *other, dia_error *error)
{
    for (int q = 0; q < DIA_CALIBRATED; q++) {
        dia_spread *a = &one[q];
        const dia_spread *b = &other[q];
        const size_t n = (size_t)a->npoint * (size_t)b->count, m = (size_t)b->npoint * (size_t)b->count,
                     each = (size_t)b->nmember * (size_t)b->width;
        if (!extend(&a->gap, n, b->gap, m) || !extend(&a->spread, n, b->spread, m) ||
            !extend(&a->error, n * each, b->error, m * each))
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to join disagreements");
        a->count = b->count;
        a->width = b->width;
        a->nmember = b->nmember;
        a->npoint += b->npoint;
    }
    return DIA_OK;
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
