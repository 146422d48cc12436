/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swarm/crew.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/machine.h"
#include "parallel/team.h"
#include "swarm/until.h"

/* Samples at which states are counted, for progress. */
enum { COUNTED = 10000 };

/* At least 16 blocks if there are enough trajectories, so that the threads finish together; multiples of 8, the
 * width of a panel. */
int64_t dia_flight_block_of(int64_t count)
{
    const int64_t size = (count / 16 + DIA_LANES - 1) / DIA_LANES * DIA_LANES;
    return size < DIA_LANES ? DIA_LANES : size > 64 ? 64 : size;
}

int64_t dia_flight_block(const dia_flight *flight)
{
    return flight->block > 0 ? flight->block : dia_flight_block_of(flight->count);
}

int64_t dia_flight_blocks(const dia_flight *flight)
{
    return (flight->count + dia_flight_block(flight) - 1) / dia_flight_block(flight);
}

void dia_flight_layout(const dia_flight *flight, dia_layout *layout)
{
    const dia_shape shape = dia_model_shape(flight->model);
    dia_layout_init(layout, shape.nstate, shape.ncart,
                    (dia_recorded){.full = flight->full,
                                   .single = flight->single,
                                   .watched = dia_flight_watched(flight),
                                   .lit = dia_flight_lit(flight),
                                   .weighted = dia_flight_weighted(flight)});
}

int64_t dia_flight_block_count(const dia_flight *flight, int64_t block)
{
    int64_t size = dia_flight_block(flight), left = flight->count - block * size;
    return left < size ? left : size;
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Reads the journal: steps done, active states; lists the unfinished blocks. */
static dia_status survey(dia_crew *all, dia_error *error)
{
    const dia_flight *flight = all->flight;
    dia_body body = {0};
    dia_status status = DIA_OK;
    for (int64_t block = 0; block < dia_flight_blocks(flight) && status == DIA_OK; block++) {
        int64_t count = dia_flight_block_count(flight, block), step = dia_flight_steps_before(flight);
        for (int64_t i = 0; i < dia_journal_segments(all->journal, block) && status == DIA_OK; i++) {
            const dia_segment *segment = dia_journal_segment(all->journal, block, i);
            status = dia_journal_read(all->journal, segment, &body, error);
            for (int64_t s = 0; status == DIA_OK && s < segment->samples; s++)
                dia_crew_count_sample(all, segment->first + s, count,
                                      body.bytes + (size_t)count * sizeof(dia_ending) +
                                          (size_t)(s * count) * all->record.size);
            step = segment->step;
        }
        all->done += step * count;
        if (step < flight->steps)
            all->pending[all->npending++] = block;
    }
    free(body.bytes);
    return status;
}

/* Flies the pending blocks before `end`. */
static dia_status fly_pending(dia_crew *all, int64_t end, dia_error *error)
{
    int count = 0;
    while (all->begun + count < all->npending && all->pending[all->begun + count] < end)
        count++;
    if (count > 0)
        dia_team_run(all->nthread < count ? all->nthread : count, count, dia_crew_fly_block, all);
    if (all->first.status != DIA_OK)
        return dia_error_set(error, all->first.status, "%s", all->first.text);
    for (int i = all->begun; i < all->begun + count; i++) {
        int64_t n = dia_journal_segments(all->journal, all->pending[i]);
        if (n == 0 || dia_journal_segment(all->journal, all->pending[i], n - 1)->step < all->flight->steps) {
            dia_journal_sync(all->journal);
            return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted");
        }
    }
    all->begun += count;
    return DIA_OK;
}

/* Batch after batch, until the errors are reached or all trajectories are flown. */
static dia_status fly_batches(dia_crew *all, dia_error *error)
{
    const dia_flight *flight = all->flight;
    dia_watch *watch = flight->watch;
    const int64_t size = dia_flight_block(flight);
    dia_status status = DIA_OK;
    do {
        all->expected = dia_watch_needed(watch);
        status = fly_pending(all, (dia_watch_next(watch) + size - 1) / size, error);
        if (status == DIA_OK)
            status = dia_watch_take(watch, all->journal, error);
    } while (status == DIA_OK && dia_watch_taken(watch) < flight->count && !dia_watch_reached(watch));
    all->expected = status == DIA_OK ? dia_watch_taken(watch) : all->expected;
    return status;
}

static dia_status crew_fly(dia_crew *all, dia_error *error)
{
    const int nthread = all->nthread;
    dia_status status = survey(all, error);
    for (int t = 0; status == DIA_OK && t < nthread && t < all->npending; t++)
        status = dia_crew_worker_create(all, &all->workers[t], error);
    if (status != DIA_OK)
        return status;
    return all->flight->watch != NULL ? fly_batches(all, error)
                                      : fly_pending(all, dia_flight_blocks(all->flight), error);
}

dia_status dia_flight_fly(const dia_flight *flight, dia_journal *journal, double checkpoint, const dia_control *control,
                          dia_flight_progress *last, dia_error *error)
{
    dia_shape shape = dia_model_shape(flight->model);
    const int64_t apart = (dia_flight_samples(flight) - 1) / COUNTED + 1;
    const size_t counted = (size_t)((dia_flight_samples(flight) - 1) / apart) + 1, n = (size_t)shape.nstate;
    double start = dia_seconds();
    *last = (dia_flight_progress){.total = flight->count * flight->steps};
    if (shape.nstate > DIA_RECORD_STATES)
        return dia_error_set(error, DIA_ERROR_UNSUPPORTED, "the model has %d states; a swarm can have %d at most",
                             shape.nstate, DIA_RECORD_STATES);
    dia_crew all = {.flight = flight,
                    .control = control,
                    .nthread = dia_team_size(dia_control_threads(control)),
                    .checkpoint = checkpoint,
                    .journal = journal,
                    .expected = flight->count,
                    .apart = apart,
                    .start = start,
                    .synced = start};
    dia_flight_layout(flight, &all.record);
    all.pending = calloc((size_t)dia_flight_blocks(flight), sizeof *all.pending);
    all.workers = dia_allocate((size_t)all.nthread, sizeof *all.workers);
    all.share = dia_allocate(counted * n, sizeof *all.share);
    all.reached = dia_allocate(counted, sizeof *all.reached);
    all.work = dia_allocate(counted, sizeof *all.work);
    dia_status status;
    if (all.pending == NULL || all.workers == NULL || all.share == NULL || all.reached == NULL || all.work == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fly %lld trajectories", (long long)flight->count);
    else
        status = crew_fly(&all, error);
    if (status == DIA_OK && all.flown > 0)
        dia_crew_tell(&all, NULL);
    *last = (dia_flight_progress){
        .done = all.done, .total = all.expected * flight->steps, .flown = all.flown, .seconds = dia_seconds() - start};
    for (int t = 0; all.workers != NULL && t < all.nthread; t++) {
        dia_block_free(all.workers[t].block);
        free(all.workers[t].endings);
        free(all.workers[t].hops);
        free(all.workers[t].piece);
    }
    free(all.pending);
    free(all.workers);
    free(all.share);
    free(all.reached);
    free(all.work);
    return status;
}

int64_t dia_flight_lost(const dia_flight *flight, const dia_journal *journal, dia_error *error)
{
    dia_body body = {0};
    int64_t lost = 0;
    for (int64_t block = 0; block < dia_flight_blocks(flight) && lost >= 0; block++) {
        const int64_t n = dia_journal_segments(journal, block), first = block * dia_flight_block(flight);
        if (dia_journal_read(journal, dia_journal_segment(journal, block, n - 1), &body, error) != DIA_OK)
            lost = -1;
        for (int64_t b = 0; lost >= 0 && b < dia_flight_block_count(flight, block); b++) {
            dia_ending ending;
            memcpy(&ending, body.bytes + (size_t)b * sizeof ending, sizeof ending);
            lost += ending.step >= 0 && !dia_fate_counts((int)ending.fate) &&
                    dia_fate_counts(flight->before->fate[first + b]);
        }
    }
    free(body.bytes);
    return lost;
}
