/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/energies.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "base/arena.h"

/* What is held while the file is read. */
typedef struct work {
    dia_energies *energies;
    const dia_record *record;
    double *change; /* (ntime, ncounted) |E(t) - E(0)|, hartree */
    double weight;
    int counted;
} work;

/* Sums of one trajectory, and its drift. levels, light: NULL if there are none. */
static void add_row(work *w, int row, const double *potential, const double *kinetic, const double *levels,
                    const double *light)
{
    dia_energies *e = w->energies;
    const dia_record *record = w->record;
    const int T = e->ntime, n = e->nstate;
    const double weight = record->weight[row], start = potential[0] + kinetic[0];
    e->largest[row] = 0;
    for (int t = 0; t < T; t++) {
        const double change =
            fabs(potential[t] + kinetic[t] - start - (light != NULL ? light[t] : 0.0)) * 1000 / DIA_EV;
        if (!(change <= e->largest[row])) /* NaN is the largest of all */
            e->largest[row] = change;
        if (weight > 0)
            w->change[(size_t)t * (size_t)record->ncounted + (size_t)w->counted] = change;
    }
    if (!(weight > 0))
        return;
    w->counted++;
    w->weight += weight;
    for (int t = 0; t < T; t++) {
        const double lowest = levels != NULL ? levels[(size_t)t * (size_t)n] : potential[t];
        if (lowest < e->zero)
            e->zero = lowest;
        e->potential[t] += weight * potential[t];
        e->total[t] += weight * (potential[t] + kinetic[t] - (light != NULL ? light[t] : 0.0));
        if (light != NULL)
            e->work[t] += weight * light[t];
        for (int k = 0; levels != NULL && k < n; k++)
            e->state[t * n + k] += weight * levels[(size_t)t * (size_t)n + (size_t)k];
    }
}

static bool add_rows(void *context, int first, int count, double *const *values)
{
    work *w = context;
    const size_t T = (size_t)w->energies->ntime, n = (size_t)w->energies->nstate;
    for (size_t j = 0; j < (size_t)count; j++)
        add_row(w, first + (int)j, values[0] + j * T, values[1] + j * T,
                values[2] != NULL ? values[2] + j * T * n : NULL, values[3] != NULL ? values[3] + j * T : NULL);
    return true;
}

static dia_status finish(dia_energies *e, const dia_record *record, work *w, dia_error *error)
{
    static const double share[DIA_DRIFT_CURVES] = {0.5, 0.9, 1.0};
    const int T = e->ntime, n = e->nstate, counted = record->ncounted;
    if (!isfinite(e->zero))
        e->zero = 0;
    for (int t = 0; t < T; t++) {
        double *change = w->change + (size_t)t * (size_t)counted;
        if (!dia_sort((size_t)counted, change, NULL))
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
        for (int q = 0; q < DIA_DRIFT_CURVES; q++)
            e->drift[q][t] = dia_quantile((size_t)counted, change, NULL, share[q]);
        e->potential[t] = (e->potential[t] / w->weight - e->zero) / DIA_EV; /* none counts: 0/0 */
        e->total[t] = (e->total[t] / w->weight - e->zero) / DIA_EV;
        if (e->work != NULL)
            e->work[t] /= w->weight * DIA_EV;
        for (int k = 0; e->state != NULL && k < n; k++)
            e->state[t * n + k] = (e->state[t * n + k] / w->weight - e->zero) / DIA_EV;
    }
    return DIA_OK;
}

dia_status dia_energies_create(dia_energies *energies, const dia_record *record, dia_error *error)
{
    const size_t T = (size_t)record->ntime;
    *energies = (dia_energies){
        .ntime = record->ntime, .nstate = record->nstate, .ntrajectory = record->ntrajectory, .zero = INFINITY};
    static const char *const names[] = {"trajectories/potential", "trajectories/kinetic", "trajectories/energies",
                                        "trajectories/work"};
    work w = {.energies = energies,
              .record = record,
              .change = dia_allocate(T, ((size_t)record->ncounted + 1) * sizeof(double))};
    bool room = w.change != NULL;
    if (record->has_energies)
        room = (energies->state = dia_allocate(T * (size_t)record->nstate, sizeof(double))) != NULL && room;
    if (record->swarm->lit)
        room = (energies->work = dia_allocate(T, sizeof(double))) != NULL && room;
    for (int q = 0; q < DIA_DRIFT_CURVES; q++)
        room = (energies->drift[q] = dia_allocate(T, sizeof(double))) != NULL && room;
    energies->potential = dia_allocate(T, sizeof(double));
    energies->total = dia_allocate(T, sizeof(double));
    energies->largest = dia_allocate((size_t)record->ntrajectory, sizeof(double));
    dia_status status = DIA_OK;
    if (!room || energies->potential == NULL || energies->total == NULL || energies->largest == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    if (status == DIA_OK)
        status = dia_record_walk(record, 4, names, add_rows, &w, error);
    if (status == DIA_OK)
        status = finish(energies, record, &w, error);
    if (status != DIA_OK)
        dia_energies_free(energies);
    free(w.change);
    return status;
}

dia_status dia_energies_of_exact(dia_energies *energies, const dia_exact_record *exact, dia_error *error)
{
    const size_t T = (size_t)exact->samples;
    *energies = (dia_energies){.ntime = (int)T, .nstate = exact->nstate};
    if (exact->energy == NULL || exact->potential == NULL || exact->norm == NULL)
        return DIA_OK;
    energies->potential = dia_allocate(T, sizeof(double));
    energies->total = dia_allocate(T, sizeof(double));
    if (energies->potential == NULL || energies->total == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    for (size_t t = 0; t < T; t++) { /* almost nothing left: no mean */
        const double share = exact->norm[t] > 1e-6 ? 1.0 / (exact->norm[t] * DIA_EV) : NAN;
        energies->potential[t] = exact->potential[t] * share;
        energies->total[t] = exact->energy[t] * share;
    }
    return DIA_OK;
}

void dia_energies_free(dia_energies *energies)
{
    free(energies->state);
    free(energies->potential);
    free(energies->total);
    free(energies->work);
    free(energies->largest);
    for (int q = 0; q < DIA_DRIFT_CURVES; q++)
        free(energies->drift[q]);
    *energies = (dia_energies){0};
}
