/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reads trajectories of a swarm: several neighbouring rows at a time, since they share compressed chunks. */
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"

enum { NARRAY = 8 };

static const char *const names[NARRAY] = {"trajectories/active",   "trajectories/potential",  "trajectories/kinetic",
                                          "trajectories/energies", "trajectories/amplitudes", "trajectories/position",
                                          "trajectories/velocity", "trajectories/work"};

/* Numbers a sample of each array. */
static size_t width(const dia_swarm *swarm, int array)
{
    const size_t n = (size_t)swarm->nstate, ncart = (size_t)swarm->natom * (size_t)swarm->dimension;
    return (const size_t[NARRAY]){1, 1, 1, n, 2 * n, ncart, ncart, 1}[array];
}

static size_t row_size(const dia_swarm *swarm)
{
    size_t size = 0;
    for (int a = 0; a < NARRAY; a++)
        size += width(swarm, a) * (size_t)swarm->T;
    return size;
}

dia_status dia_convert_trajectory_init(dia_convert_trajectory *t, const dia_convert_job *job, dia_error *error)
{
    const dia_swarm *swarm = job->swarm;
    const size_t T = (size_t)swarm->T, row = row_size(swarm);
    const int64_t most = dia_swarm_slab(swarm, row);
    *t = (dia_convert_trajectory){.most = most,
                                  .block = calloc(row + T + 1, sizeof(double)),
                                  .cache = calloc((size_t)most * row + 1, sizeof(double))};
    if (t->block == NULL || t->cache == NULL) {
        dia_convert_trajectory_free(t);
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for a trajectory of %zu samples", swarm->path, T);
    }
    t->time = t->block;
    double *next = t->block + T;
    for (int a = 0; a < NARRAY; a++) {
        t->array[a] = next;
        next += T * width(swarm, a); /* populations: the first half of what holds the amplitudes */
    }
    return DIA_OK;
}

void dia_convert_trajectory_free(dia_convert_trajectory *t)
{
    free(t->block);
    free(t->cache);
    *t = (dia_convert_trajectory){0};
}

/* Reads the i-th row chosen and those chosen next that follow it in the file. Cache: array after array, (ncached, T,
 * width). */
static dia_status fill(dia_convert_trajectory *t, const dia_convert_job *job, int64_t i, dia_error *error)
{
    const dia_swarm *swarm = job->swarm;
    double *next = t->cache;
    dia_status status = DIA_OK;
    t->cached = job->row[i];
    int64_t count = 1;
    while (count < t->most && i + count < job->nrow && job->row[i + count] == t->cached + count)
        count++;
    t->ncached = 0; /* until all is read */
    for (int a = 0; status == DIA_OK && a < NARRAY; a++) {
        if (dia_swarm_row_size(swarm, names[a]) > 0) /* formats that need trajectories have checked this before */
            status = dia_swarm_rows(swarm, names[a], t->cached, count, next, error);
        next += (size_t)count * (size_t)swarm->T * width(swarm, a);
    }
    if (status == DIA_OK)
        t->ncached = count;
    return status;
}

static void copy(double *to, const double *from, int64_t count, int64_t stride, size_t size)
{
    for (int64_t k = 0; k < count; k++)
        memcpy(to + (size_t)k * size, from + (size_t)(k * stride) * size, size * sizeof *to);
}

static void take(dia_convert_trajectory *t, const dia_convert_job *job)
{
    const dia_swarm *swarm = job->swarm;
    const double *array = t->cache;
    for (int a = 0; a < NARRAY; a++) {
        const size_t size = width(swarm, a), row = (size_t)swarm->T * size;
        copy(t->array[a], array + (size_t)(t->row - t->cached) * row, t->count, job->stride, size);
        array += (size_t)t->ncached * row;
    }
    double *p =
        t->population; /* from the amplitudes, in place: entry i is read from 2i and 2i+1, never written before */
    for (size_t i = 0; i < (size_t)t->count * (size_t)swarm->nstate; i++)
        p[i] = p[2 * i] * p[2 * i] + p[2 * i + 1] * p[2 * i + 1];
}

dia_status dia_convert_trajectory_read(dia_convert_trajectory *t, const dia_convert_job *job, int64_t i, bool whole,
                                       dia_error *error)
{
    const dia_swarm *swarm = job->swarm;
    t->row = job->row[i];
    t->number = swarm->number[t->row];
    if (t->row < t->cached || t->row >= t->cached + t->ncached) {
        dia_status status = fill(t, job, i, error);
        if (status != DIA_OK)
            return status;
    }
    const double end =
        swarm->end[t->row] + 0.01 * swarm->timestep; /* times are sums of steps: a hundredth of one decides */
    t->count = 0;
    for (int64_t k = 0; k < swarm->T; k += job->stride)
        if (whole || t->count == 0 || swarm->time[k] <= end)
            t->time[t->count++] = swarm->time[k];
    take(t, job);
    if (job->options->progress != NULL && !job->options->progress(job->options->context, i + 1, job->nrow))
        return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted after %lld of %lld trajectories",
                             (long long)i + 1, (long long)job->nrow);
    return DIA_OK;
}
