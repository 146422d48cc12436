/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a flight will take, from the first steps of its first trajectories. */
#include <sys/resource.h>

#include "base/machine.h"
#include "swarm/plan.h"

dia_status dia_run_plan_pilot(const dia_run_plan *plan, double seconds, dia_pilot *pilot, dia_error *error)
{
    const dia_flight *flight = &plan->flight;
    const int64_t size = dia_flight_block(flight), count = flight->count < size ? flight->count : size;
    dia_block *block = NULL;
    struct rusage usage;
    *pilot = (dia_pilot){0};
    dia_status status = dia_block_create(&block, flight->model, flight->dynamics, (int)count, error);
    if (status == DIA_OK)
        status = dia_block_start_amplitudes(block, (int)count, flight->number, flight->R, flight->V, flight->state,
                                            flight->c, error);
    const double start = dia_seconds();
    int64_t flown = 0;
    while (status == DIA_OK && pilot->steps < flight->steps && dia_block_flying(block) > 0 &&
           pilot->seconds < seconds) {
        flown += dia_block_flying(block);
        if ((status = dia_block_step(block)) != DIA_OK)
            dia_error_set(error, status, "the pilot flight failed: %s", dia_status_text(status));
        pilot->steps++;
        pilot->seconds = dia_seconds() - start;
    }
    dia_block_free(block);
    pilot->each = flown > 0 ? pilot->seconds / (double)flown : 0.0;
    pilot->memory = getrusage(RUSAGE_SELF, &usage) == 0 ? 1024.0 * (double)usage.ru_maxrss : 0.0;
    return status;
}
