/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading one trajectory of a swarm. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"

dia_status dia_convert_trajectory_init(dia_convert_trajectory *t, const dia_convert_job *job, dia_error *error)
{
    const dia_swarm *swarm = job->swarm;
    const size_t T = (size_t)swarm->T, n = (size_t)swarm->nstate, ncart = (size_t)(swarm->natom * swarm->dimension);
    *t = (dia_convert_trajectory){.block = malloc((T * (4 + 4 * n + 2 * ncart) + 1) * sizeof(double))};
    if (t->block == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for a trajectory of %zu samples", swarm->path, T);
    t->time = t->block;
    t->active = t->time + T;
    t->potential = t->active + T;
    t->kinetic = t->potential + T;
    t->energies = t->kinetic + T;
    t->population = t->energies + T * n; /* first read as amplitudes: (T, n, 2), a third part of room behind it */
    t->position = t->population + T * n * 3;
    t->velocity = t->position + T * ncart;
    return DIA_OK;
}

void dia_convert_trajectory_free(dia_convert_trajectory *t)
{
    free(t->block);
    *t = (dia_convert_trajectory){0};
}

/* (T, width) -> every stride-th row, in place. */
static void thin(double *values, int64_t count, int64_t stride, size_t width)
{
    for (int64_t k = 1; k < count && stride > 1; k++)
        memcpy(values + (size_t)k * width, values + (size_t)(k * stride) * width, width * sizeof *values);
}

static void squares(double *population, const double *amplitudes, size_t count)
{
    for (size_t i = 0; i < count; i++) /* ascending: entry i is read from 2i, 2i+1 before i+1 is written */
        population[i] = amplitudes[2 * i] * amplitudes[2 * i] + amplitudes[2 * i + 1] * amplitudes[2 * i + 1];
}

dia_status dia_convert_trajectory_read(dia_convert_trajectory *t, const dia_convert_job *job, int64_t i, bool whole,
                                       dia_error *error)
{
    const dia_swarm *swarm = job->swarm;
    const size_t n = (size_t)swarm->nstate, ncart = (size_t)(swarm->natom * swarm->dimension);
    const struct {
        const char *name;
        double *to;
        size_t width;
    } arrays[] = {{"trajectories/active", t->active, 1},
                  {"trajectories/potential", t->potential, 1},
                  {"trajectories/kinetic", t->kinetic, 1},
                  {"trajectories/energies", t->energies, n},
                  {"trajectories/amplitudes", t->population, 2 * n},
                  {"trajectories/position", t->position, ncart},
                  {"trajectories/velocity", t->velocity, ncart}};
    t->row = job->row[i];
    t->number = swarm->number[t->row];
    /* Times are sums of steps: a hundredth of a step decides. */
    const double end = swarm->end[t->row] + 0.01 * swarm->timestep;
    t->count = 0;
    for (int64_t k = 0; k < swarm->T; k += job->stride)
        if (whole || t->count == 0 || swarm->time[k] <= end)
            t->time[t->count++] = swarm->time[k];
    dia_status status = DIA_OK;
    for (size_t a = 0; status == DIA_OK && a < sizeof arrays / sizeof arrays[0]; a++) {
        if (dia_swarm_row_size(swarm, arrays[a].name) == 0)
            continue; /* a swarm without full trajectories: who needs them has asked before */
        status = dia_swarm_rows(swarm, arrays[a].name, t->row, 1, arrays[a].to, error);
        if (status == DIA_OK)
            thin(arrays[a].to, t->count, job->stride, arrays[a].width);
    }
    squares(t->population, t->population, (size_t)t->count * n);
    if (job->options->progress != NULL)
        job->options->progress(job->options->context, i + 1, job->nrow);
    return status;
}
