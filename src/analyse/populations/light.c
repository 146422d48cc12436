/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/populations/light.h"

#include <stdlib.h>

#include "base/arena.h"

dia_status dia_light_work_create(dia_light_work *work, const dia_record *record, dia_error *error)
{
    const size_t T = (size_t)record->ntime;
    *work = (dia_light_work){0};
    if (!record->swarm->lit)
        return DIA_OK;
    *work = (dia_light_work){.ntime = record->ntime, .mean = dia_allocate(2 * T, sizeof *work->mean)};
    if (work->mean == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu energies", T);
    work->error = work->mean + T;
    return dia_swarm_work(record->swarm, work->mean, work->error, &work->settled, error);
}

void dia_light_work_free(dia_light_work *work)
{
    free(work->mean);
    *work = (dia_light_work){0};
}
