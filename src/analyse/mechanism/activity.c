/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/activity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "base/arena.h"
#include "electronic/minimum.h"
#include "math/matrix.h"
#include "molecule/molden.h"
#include "parallel/team.h"

/* ---- the modes ------------------------------------------------------------------------------- */

typedef struct
    search { /* run as a task, so that BLAS uses one thread and results do not depend on the number of threads */
    const dia_model *model;
    dia_ground_minimum found;
    dia_error *error;
    dia_status status;
} search;

static void find(void *context, int task, int thread)
{
    search *now = context;
    (void)task, (void)thread;
    now->status = dia_ground_minimum_find(&now->found, now->model, DIA_LOWEST_STATE, NULL, NULL, now->error);
}

static dia_status from_model(dia_activity *a, const dia_model *model, dia_error *error)
{
    search now = {.model = model, .error = error};
    dia_team_run(1, 1, find, &now);
    a->reference = now.found.R;
    a->modes = now.found.modes;
    a->energy = now.found.energy;
    snprintf(a->source, sizeof a->source, "%s of the lowest state of the model",
             now.found.saddle ? "saddle point" : "minimum");
    return now.status;
}

static dia_status from_file(dia_activity *a, const dia_molecule *molecule, const char *file, dia_error *error)
{
    a->energy = NAN;
    snprintf(a->source, sizeof a->source, "%s", file);
    return dia_molden_modes_read(&a->modes, &a->reference, molecule, file, error);
}

/* ---- their activity -------------------------------------------------------------------------- */

typedef struct watching {
    const dia_activity *activity;
    const dia_record *record;
    dia_moments *spread; /* (ntime, nmode) */
    double *Q;           /* (ntime, nmode) of one trajectory */
} watching;

static void watch(void *context, int first, int count, const double *X)
{
    watching *now = context;
    const int nmode = now->activity->nmode, ncart = now->activity->ncart, ntime = now->activity->ntime;
    for (int j = 0; j < count; j++) {
        const double weight = now->record->weight[first + j];
        if (!(weight > 0))
            continue;
        dia_matrix_multiply(ntime, nmode, ncart, 1.0, X + (size_t)j * (size_t)ntime * (size_t)ncart, false,
                            now->activity->modes.vector, true, 0.0, now->Q);
        for (int i = 0; i < ntime * nmode; i++)
            dia_moments_add(&now->spread[i], weight, now->Q[i]);
    }
}

void dia_activity_furthest(dia_activity *a, int k)
{
    const double *mean = a->mean + (size_t)k * (size_t)a->ntime;
    a->largest_at[k] = 0;
    for (int i = 1; i < a->ntime; i++)
        if (fabs(mean[i]) > fabs(mean[a->largest_at[k]]))
            a->largest_at[k] = i;
    a->largest[k] = mean[a->largest_at[k]];
}

/* Over time, every sample alike. */
static void conclude_mode(dia_activity *a, int k)
{
    const size_t row = (size_t)k * (size_t)a->ntime;
    double mean = 0, square = 0, squared_mean = 0;
    for (size_t i = row; i < row + (size_t)a->ntime; i++) {
        mean += a->mean[i] / a->ntime;
        squared_mean += a->mean[i] * a->mean[i] / a->ntime;
        square += a->square[i] / a->ntime;
    }
    dia_activity_furthest(a, k);
    a->total[k] = sqrt(fmax(square - mean * mean, 0));
    a->coherent[k] = sqrt(fmax(squared_mean - mean * mean, 0));
    a->scale[k] = a->modes.frequency[k] > 0 ? sqrt(a->modes.frequency[k]) : NAN;
}

static void conclude(dia_activity *a, const dia_moments *spread)
{
    for (int k = 0; k < a->nmode; k++) {
        for (int i = 0; i < a->ntime; i++) {
            const dia_moments *s = &spread[i * a->nmode + k];
            const size_t at = (size_t)k * (size_t)a->ntime + (size_t)i;
            a->mean[at] = dia_moments_mean(s);
            a->error[at] = dia_moments_error(s);
            a->square[at] = dia_moments_square(s);
            a->deviation[at] = dia_moments_deviation(s);
        }
        conclude_mode(a, k);
    }
}

static dia_status reserve(dia_activity *a, dia_error *error)
{
    const size_t n = (size_t)a->nmode, T = (size_t)a->ntime;
    a->mean = dia_allocate(4 * n * T + 4 * n + 1, sizeof *a->mean);
    a->largest_at = dia_allocate(n + 1, sizeof *a->largest_at);
    if (a->mean == NULL || a->largest_at == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu modes at %zu times", n, T);
    a->error = a->mean + n * T;
    a->square = a->error + n * T;
    a->deviation = a->square + n * T;
    a->total = a->deviation + n * T;
    a->coherent = a->total + n;
    a->scale = a->coherent + n;
    a->largest = a->scale + n;
    return DIA_OK;
}

static dia_status observe(dia_activity *a, const dia_mechanism_swarm *swarm, dia_relabelling relabel, int threads,
                          dia_error *error)
{
    dia_aligner aligner;
    dia_status status = dia_aligner_create(&aligner, &swarm->molecule, a->reference, swarm->match, relabel, error);
    if (status != DIA_OK)
        return status;
    const size_t size = (size_t)a->ntime * (size_t)a->nmode;
    watching now = {.activity = a,
                    .record = swarm->record,
                    .spread = dia_allocate(size + 1, sizeof *now.spread),
                    .Q = dia_allocate(size + 1, sizeof *now.Q)};
    if (now.spread == NULL || now.Q == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu numbers", size);
    else
        status = dia_aligner_walk(&aligner, swarm, threads, watch, &now, error);
    if (status == DIA_OK)
        conclude(a, now.spread);
    free(now.spread);
    free(now.Q);
    dia_aligner_free(&aligner);
    return status;
}

dia_status dia_activity_make(dia_activity *a, const dia_mechanism_swarm *swarm, const dia_model *model,
                             const char *file, dia_relabelling relabel, int threads, dia_error *error)
{
    *a = (dia_activity){.ncart = swarm->molecule.ncart, .ntime = swarm->record->ntime};
    dia_status status = dia_record_need_positions(swarm->record, "modes", error);
    if (status == DIA_OK)
        status = file != NULL ? from_file(a, &swarm->molecule, file, error) : from_model(a, model, error);
    a->nmode = a->modes.nmode;
    if (status == DIA_OK)
        status = reserve(a, error);
    if (status == DIA_OK)
        status = observe(a, swarm, relabel, threads, error);
    if (status != DIA_OK)
        dia_activity_free(a);
    return status;
}

void dia_activity_free(dia_activity *activity)
{
    free(activity->reference);
    dia_modes_free(&activity->modes);
    free(activity->mean);
    free(activity->largest_at);
    *activity = (dia_activity){0};
}

#define OF(member, ...) DIA_MEMBER_OF(dia_mode_activity, member, __VA_ARGS__)
const dia_member dia_mode_activity_members[] = {
    OF(mode, DIA_MEMBER_INT, .key = "mode", .heading = "mode", .width = 4),
    OF(frequency, DIA_MEMBER_REAL, .key = "frequency_per_cm", .scale = DIA_WAVENUMBER, .heading = "cm^-1", .width = 7,
       .digits = 1),
    OF(total, DIA_MEMBER_REAL, .key = "total", .heading = "total", .width = 8, .digits = 3),
    OF(coherent, DIA_MEMBER_REAL, .key = "coherent", .heading = "coherent", .width = 9, .digits = 3),
    OF(furthest, DIA_MEMBER_REAL, .key = "furthest_mean", .heading = "furthest mean", .width = 14, .digits = 3),
    OF(at, DIA_MEMBER_REAL, .key = "furthest_mean_fs", .heading = "at/fs", .width = 6, .digits = 1),
    {0}};

dia_mode_activity dia_activity_of_mode(const dia_activity *a, int mode, const double *time)
{
    return (dia_mode_activity){.mode = mode,
                               .frequency = a->modes.frequency[mode],
                               .total = a->total[mode] * a->scale[mode],
                               .coherent = a->coherent[mode] * a->scale[mode],
                               .furthest = a->largest[mode] * a->scale[mode],
                               .at = time[a->largest_at[mode]]};
}
