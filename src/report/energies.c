/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/energies.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "base/arena.h"

/* What is held while the file is read. */
typedef struct work {
    double *potential, *kinetic, *levels; /* of one slab */
    double *change;                       /* (ntime, ncounted) |E(t) - E(0)|, hartree */
    double weight;
} work;

static void work_free(work *w)
{
    free(w->potential);
    free(w->kinetic);
    free(w->levels);
    free(w->change);
}

/* Sums of one trajectory, and its drift. */
static void add_row(dia_energies *e, const dia_record *record, int row, const double *potential, const double *kinetic,
                    const double *levels, work *w, int *counted)
{
    const int T = e->ntime, n = e->nstate;
    const double weight = record->weight[row], start = potential[0] + kinetic[0];
    e->largest[row] = 0;
    for (int t = 0; t < T; t++) {
        const double change = fabs(potential[t] + kinetic[t] - start) * 1000 / DIA_EV;
        if (!(change <= e->largest[row])) /* NaN is the largest of all */
            e->largest[row] = change;
        if (weight > 0)
            w->change[(size_t)t * (size_t)record->ncounted + (size_t)*counted] = change;
    }
    if (!(weight > 0))
        return;
    ++*counted;
    w->weight += weight;
    for (int t = 0; t < T; t++) {
        const double lowest = levels != NULL ? levels[(size_t)t * (size_t)n] : potential[t];
        if (lowest < e->zero)
            e->zero = lowest;
        e->potential[t] += weight * potential[t];
        e->total[t] += weight * (potential[t] + kinetic[t]);
        for (int k = 0; levels != NULL && k < n; k++)
            e->state[t * n + k] += weight * levels[(size_t)t * (size_t)n + (size_t)k];
    }
}

static dia_status read_all(dia_energies *e, const dia_record *record, work *w, dia_error *error)
{
    const int slab = dia_record_slab(record, e->nstate + 2), T = e->ntime, n = e->nstate;
    const size_t rows = (size_t)(slab < e->ntrajectory ? slab : e->ntrajectory);
    int counted = 0;
    w->potential = dia_allocate(rows * (size_t)T, sizeof(double));
    w->kinetic = dia_allocate(rows * (size_t)T, sizeof(double));
    w->levels = dia_allocate(rows * (size_t)T, (size_t)n * sizeof(double));
    w->change = dia_allocate((size_t)T, ((size_t)record->ncounted + 1) * sizeof(double));
    if (w->potential == NULL || w->kinetic == NULL || w->levels == NULL || w->change == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    for (int first = 0; first < e->ntrajectory; first += (int)rows) {
        const int count = first + (int)rows <= e->ntrajectory ? (int)rows : e->ntrajectory - first;
        dia_status status = dia_swarm_rows(record->swarm, "trajectories/potential", first, count, w->potential, error);
        if (status == DIA_OK)
            status = dia_swarm_rows(record->swarm, "trajectories/kinetic", first, count, w->kinetic, error);
        if (status == DIA_OK && e->state != NULL)
            status = dia_swarm_rows(record->swarm, "trajectories/energies", first, count, w->levels, error);
        if (status != DIA_OK)
            return status;
        for (int j = 0; j < count; j++)
            add_row(e, record, first + j, w->potential + (size_t)j * (size_t)T, w->kinetic + (size_t)j * (size_t)T,
                    e->state != NULL ? w->levels + (size_t)j * (size_t)T * (size_t)n : NULL, w, &counted);
    }
    return DIA_OK;
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
    work w = {0};
    bool room = true;
    if (record->has_energies)
        room = (energies->state = dia_allocate(T * (size_t)record->nstate, sizeof(double))) != NULL;
    for (int q = 0; q < DIA_DRIFT_CURVES; q++)
        room = (energies->drift[q] = dia_allocate(T, sizeof(double))) != NULL && room;
    energies->potential = dia_allocate(T, sizeof(double));
    energies->total = dia_allocate(T, sizeof(double));
    energies->largest = dia_allocate((size_t)record->ntrajectory, sizeof(double));
    dia_status status = DIA_OK;
    if (!room || energies->potential == NULL || energies->total == NULL || energies->largest == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    if (status == DIA_OK)
        status = read_all(energies, record, &w, error);
    if (status == DIA_OK)
        status = finish(energies, record, &w, error);
    if (status != DIA_OK)
        dia_energies_free(energies);
    work_free(&w);
    return status;
}

void dia_energies_free(dia_energies *energies)
{
    free(energies->state);
    free(energies->potential);
    free(energies->total);
    free(energies->largest);
    for (int q = 0; q < DIA_DRIFT_CURVES; q++)
        free(energies->drift[q]);
    *energies = (dia_energies){0};
}
