/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/errors.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/model.h"
#include "molecule/internal.h"
#include "train/reference.h"

static const double level_limits[DIA_ERRORS_ENERGIES - 1] = {2 * DIA_EV, 5 * DIA_EV, 8 * DIA_EV, 14 * DIA_EV};
static const double milli_ev = 1e-3 * DIA_EV;

static const double small_gap = 0.5 * DIA_EV;
static const double small_norm = 0.05 * DIA_EV / DIA_ANGSTROM; /* a coupling that symmetry forbids is noise */

static int bin(int n, const double *limits, double x)
{
    int k = 0;
    while (k < n - 1 && !(x < limits[k]))
        k++;
    return k;
}

void dia_deviation_add(dia_deviation *d, double difference)
{
    d->n++;
    d->absolute += fabs(difference);
    d->square += difference * difference;
}

static void add(dia_deviation *d, const dia_deviation *more)
{
    d->n += more->n;
    d->absolute += more->absolute;
    d->square += more->square;
}

double dia_deviation_mean(const dia_deviation *d)
{
    return d->n > 0 ? d->absolute / (double)d->n : NAN;
}

double dia_deviation_rms(const dia_deviation *d)
{
    return d->n > 0 ? sqrt(d->square / (double)d->n) : NAN;
}

static double nearest_gap(int n, const double *e, int k)
{
    double gap = INFINITY;
    if (k > 0)
        gap = fmin(gap, e[k] - e[k - 1]);
    if (k < n - 1)
        gap = fmin(gap, e[k + 1] - e[k]);
    return gap;
}

/* Keeps the largest, in order. */
static void note_worst(dia_errors *t, int kind, dia_worst w)
{
    dia_worst *list = t->worst[kind];
    int *n = &t->nworst[kind], at = *n;
    while (at > 0 && list[at - 1].error < w.error)
        at--;
    if (at == DIA_WORST || !(w.error == w.error))
        return;
    *n += *n < DIA_WORST;
    memmove(list + at + 1, list + at, sizeof w * (size_t)(*n - 1 - at));
    list[at] = w;
}

static void add_state(dia_errors *t, const dia_reference *r, const dia_label *label, int point, int k)
{
    const double above = label->energy[k] - t->data->lowest;
    const int gap = bin(DIA_LABEL_GAPS, dia_label_gap_limits, nearest_gap(t->nstate, label->energy, k));
    const int level = bin(DIA_ERRORS_ENERGIES, level_limits, above), at = dia_packed(k, k);
    const bool low = above < level_limits[DIA_ERRORS_ENERGIES - 2];
    if (isnan(label->energy[k]))
        return;
    dia_deviation *const energies[] = {&t->energy, &t->state_energy[k], &t->gap_energy[gap], &t->level_energy[level],
                                       &t->energy_low};
    dia_deviation *const gradients[] = {&t->gradient, &t->state_gradient[k], &t->gap_gradient[gap],
                                        &t->level_gradient[level], &t->gradient_low};
    dia_deviation here = {0};
    for (int a = 0; a < r->nc && r->w[at] > 0.0; a++)
        dia_deviation_add(&here, r->F[at * r->nc + a] - r->F0[at * r->nc + a]);
    for (int i = 0; i < (low ? 5 : 4); i++) {
        dia_deviation_add(energies[i], r->e[k] - label->energy[k]);
        add(gradients[i], &here);
    }
    note_worst(t, DIA_WORST_ENERGY, (dia_worst){point, k, k, fabs(r->e[k] - label->energy[k])});
    note_worst(t, DIA_WORST_GRADIENT, (dia_worst){point, k, k, dia_deviation_mean(&here)});
}

/* Of a coupling; of a rotated pair together with half the difference of the gradients, which the rotation mixes. */
static double norm(const dia_reference *r, const double *F, int i, int j)
{
    const double *h = F + dia_packed(i, j) * r->nc, *x = F + dia_packed(i, i) * r->nc,
                 *y = F + dia_packed(j, j) * r->nc;
    double sum = 0.0;
    for (int a = 0; a < r->nc; a++) {
        const double g = dia_reference_rotated(r, i, j) ? 0.5 * (x[a] - y[a]) : 0.0;
        sum += h[a] * h[a] + g * g;
    }
    return sqrt(sum);
}

static void add_norm(dia_errors *t, const dia_reference *r, int point, int i, int j)
{
    const double is = norm(r, r->F, i, j), should = norm(r, r->F0, i, j), difference = fabs(is - should);
    t->norm++;
    t->norm_far += difference > fmax(0.5 * should, 4.0 * small_norm);
    if (difference <= fmax(0.2 * should, small_norm))
        t->norm_right++;
    else
        note_worst(t, DIA_WORST_NORM, (dia_worst){point, i, j, difference / should});
}

static void add_pair(dia_errors *t, const dia_reference *r, const dia_label *label, int point, int i, int j)
{
    const int p = j * (j - 1) / 2 + i, at = dia_packed(i, j);
    const double gap = label->energy[j] - label->energy[i];
    const int b = bin(DIA_LABEL_GAPS, dia_label_gap_limits, gap);
    dia_deviation here = {0};
    if (!(r->w[at] > 0.0))
        return;
    for (int a = 0; a < r->nc; a++)
        dia_deviation_add(&here, r->F[at * r->nc + a] - r->F0[at * r->nc + a]);
    add(&t->coupling, &here);
    add(&t->pair_coupling[p], &here);
    add(&t->gap_coupling[b], &here);
    if (gap < DIA_EV) {
        add(&t->coupling_near, &here);
        add(&t->pair_coupling_near[p], &here);
    }
    if (gap < small_gap) {
        add(&t->coupling_close, &here);
        add(&t->pair_coupling_close[p], &here);
        note_worst(t, DIA_WORST_COUPLING, (dia_worst){point, i, j, dia_deviation_mean(&here)});
        add_norm(t, r, point, i, j);
    }
}

/* Weights only choose signs and rotations here: those of an input that says nothing of the loss, but for couplings at
 * large gaps. Part of these no matrix can give (docs/training.md), and at 3 eV three hundredths of their usual weight turn
 * nearly degenerate states by so much that their own couplings seem three times as wrong as they are. */
const dia_loss dia_errors_loss = {.energy = 1 / (DIA_EV * DIA_EV),
                                  .gradient = 0.04 * DIA_ANGSTROM * DIA_ANGSTROM / (DIA_EV * DIA_EV),
                                  .coupling = 0.04 * DIA_ANGSTROM * DIA_ANGSTROM / (DIA_EV * DIA_EV),
                                  .coupling_gap = 0.5 * DIA_EV,
                                  .coupling_power = 4,
                                  .degenerate = 0.02 * DIA_EV};

dia_status dia_errors_add(dia_errors *t, const dia_dataset *data, int states, int n, const int *points, const double *E,
                          const double *F, dia_error *error)
{
    const int ns = data->nstate, nc = data->ncart, np = ns * (ns + 1) / 2;
    dia_molecule unit;
    dia_status status = dia_molecule_init(&unit, data->natom, 3, NULL, error);
    if (status != DIA_OK)
        return status;
    double *work = dia_allocate(dia_reference_work(ns, nc) + (size_t)((np + 6) * nc), sizeof *work);
    double *T = work, *own = T + 6 * nc; /* rigid motions; F with its couplings projected */
    if (work == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to measure errors");
    t->data = data;
    t->nstate = states;
    for (int b = 0; b < n && status == DIA_OK; b++) {
        const dia_label label = dia_dataset_label(data, points[b]);
        dia_reference r;
        bool any = false;
        for (int k = 0; k < states; k++)
            any = any || !isnan(label.energy[k]);
        t->npoint += any;
        t->bare += !any;
        memcpy(own, F + (size_t)b * (size_t)(np * nc), sizeof *own * (size_t)(np * nc));
        for (int j = 1; j < ns; j++)
            dia_internal_project(&unit, data->R + (size_t)points[b] * (size_t)nc, j, own + dia_packed(j, 0) * nc, T);
        dia_reference_make(&r, &dia_errors_loss, ns, nc, E + b * ns, own, &label, own + np * nc);
        for (int j = 0; j < states; j++) {
            add_state(t, &r, &label, points[b], j);
            for (int i = 0; i < j; i++)
                add_pair(t, &r, &label, points[b], i, j);
        }
    }
    dia_molecule_free(&unit);
    free(work);
    return status;
}

bool dia_errors_wrong(const dia_errors *t, size_t size, char *text)
{
    const bool norms = t->norm >= 5 && (double)t->norm_far > 0.2 * (double)t->norm;
    const bool phases = 3 * (t->nknown - t->nright) > t->nknown;
    const double energy = dia_deviation_mean(&t->energy) / milli_ev;
    char good[64] = "", first[300] = "", second[300] = "";
    if (!norms && !phases)
        return false;
    if (energy < 100.0)
        snprintf(good, sizeof good, ", although energies are within %.1f meV", energy);
    if (norms)
        snprintf(
            first, sizeof first,
            "of %ld couplings at gaps below 0.5 eV only %ld have a norm within 20 %% of the reference, and %ld are "
            "off by more than half",
            t->norm, t->norm_right, t->norm_far);
    if (phases)
        snprintf(
            second, sizeof second,
            "%sat %d of %d intersections that are known from the data the states do not meet, or do not change sign "
            "on a way around",
            norms ? "; " : "", t->nknown - t->nright, t->nknown);
    snprintf(text, size,
             "the couplings are wrong%s: %s%s, as when other diabatic states cross than in the data: populations of a "
             "swarm would be wrong",
             good, first, second);
    return true;
}
