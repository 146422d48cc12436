/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block of trajectories on one thread, and the segments of the journal that it fills. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/machine.h"
#include "dynamics/save.h"
#include "parallel/team.h"
#include "swarm/crew.h"

/* Bytes of rows, and hops of each trajectory, that a worker gathers before it writes a segment. */
enum { ROW_ROOM = 4 << 20, HOPS = 8 };
/* How often the journal is forced to the disk: at most this much is lost by a power failure. */
enum { SYNC_SECONDS = 30 };

/* ---- segments -------------------------------------------------------------------------------- */

static unsigned char *worker_rows(const dia_worker *own)
{
    return own->piece + dia_journal_before() + (size_t)own->block->count * sizeof(dia_ending);
}

static size_t rows_size(const dia_crew *all, const dia_worker *own, int64_t samples)
{
    return (size_t)samples * (size_t)own->block->count * all->record.size;
}

static void fail(dia_crew *all, const dia_error *error)
{
    dia_team_lock();
    if (!atomic_exchange(&all->failed, true))
        all->first = *error;
    dia_team_unlock();
}

static void write_segment(dia_crew *all, dia_worker *own)
{
    const dia_block *block = own->block;
    size_t endings = (size_t)block->count * sizeof *own->endings, rows = rows_size(all, own, own->segment.samples),
           hops = (size_t)own->segment.hops * dia_hop_record_size(block->ncart), state = dia_block_save_size(block);
    unsigned char *at = own->piece + dia_journal_before();
    memcpy(at, own->endings, endings);
    memcpy(at + endings + rows, own->hops, hops);
    dia_block_save(block, at + endings + rows + hops);
    own->segment.size = endings + rows + hops + state;
    dia_journal_seal(&own->segment, own->piece);
    dia_error error = {0};
    dia_team_lock();
    dia_status status = dia_journal_append(all->journal, &own->segment, own->piece, &error);
    own->saved = dia_seconds();
    if (own->saved - all->synced > SYNC_SECONDS) {
        dia_journal_sync(all->journal);
        all->synced = own->saved;
    }
    dia_team_unlock();
    if (status != DIA_OK)
        fail(all, &error);
    own->segment.first += own->segment.samples;
    own->segment.samples = 0;
    own->segment.hops = 0;
}

static void take_sample(dia_crew *all, dia_worker *own, int64_t steps)
{
    unsigned char *rows = worker_rows(own) + rows_size(all, own, own->segment.samples);
    dia_layout_take(&all->record, own->block, rows);
    dia_team_lock();
    dia_crew_count_sample(all, own->segment.first + own->segment.samples, own->block->count, rows);
    dia_crew_report(all, steps * own->block->count);
    dia_team_unlock();
    own->segment.samples++;
}

/* There is room for an attempt of every trajectory in a step; those whose steps are divided make more, up to hundreds. */
static bool more_hops(dia_worker *own)
{
    const size_t more = (size_t)own->hop_capacity * dia_hop_record_size(own->block->ncart);
    unsigned char *hops = realloc(own->hops, 2 * more);
    own->hops = hops != NULL ? hops : own->hops;
    unsigned char *piece = hops != NULL ? realloc(own->piece, own->room + more) : NULL;
    if (piece == NULL)
        return false;
    own->piece = piece;
    own->room += more;
    own->hop_capacity *= 2;
    return true;
}

/* dia_block.on_hop */
static void take_hop(void *context, const dia_hop_event *event)
{
    dia_worker *own = context;
    if (own->segment.hops == own->hop_capacity && !more_hops(own)) {
        own->lost = true;
        return;
    }
    size_t size = dia_hop_record_size(own->block->ncart), vector = (size_t)own->block->ncart * sizeof(double);
    unsigned char *at = own->hops + (size_t)own->segment.hops * size;
    dia_hop_record record = {.trajectory = event->trajectory,
                             .time = event->time,
                             .gap = event->gap,
                             .kinetic_before = event->kinetic_before,
                             .kinetic_after = event->kinetic_after,
                             .work = event->work,
                             .from = event->from,
                             .to = event->to,
                             .accepted = event->accepted};
    memcpy(at, &record, sizeof record);
    memcpy(at + sizeof record, event->position, vector);
    memcpy(at + sizeof record + vector, event->velocity, vector);
    own->segment.hops++;
}

/* ---- a block --------------------------------------------------------------------------------- */

/* The piece must hold a full segment of this block. */
static dia_status make_room(const dia_crew *all, dia_worker *own, dia_error *error)
{
    size_t need = dia_journal_before() + (size_t)own->block->count * sizeof(dia_ending) +
                  rows_size(all, own, own->row_capacity) +
                  (size_t)own->hop_capacity * dia_hop_record_size(own->block->ncart) + dia_block_save_size(own->block) +
                  dia_journal_after();
    if (need > own->room) {
        free(own->piece);
        own->piece = malloc(need);
        own->room = own->piece != NULL ? need : 0;
    }
    return own->piece != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to record trajectories");
}

static void note_endings(dia_worker *own)
{
    for (int b = 0; b < own->block->count; b++)
        if (own->endings[b].step < 0 && own->block->fate[b] > DIA_FATE_FINISHED)
            own->endings[b] = (dia_ending){
                .step = own->segment.step, .fate = own->block->fate[b], .stop = dia_block_stop(own->block, b)};
}

/* Each trajectory in its last state of the swarm before. */
static dia_status go_on_block(dia_crew *all, dia_worker *own, dia_error *error)
{
    const dia_flight *flight = all->flight;
    const dia_swarm *before = flight->before;
    const size_t first = (size_t)(own->segment.block * dia_flight_block(flight)),
                 count = (size_t)dia_flight_block_count(flight, own->segment.block), last = (size_t)before->T - 1;
    double *states = dia_allocate(count * (size_t)before->width, sizeof *states);
    int8_t *active = dia_allocate(2 * count, 1), *fate = active + count;
    dia_status status = DIA_OK;
    if (states == NULL || active == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the states of %zu trajectories", count);
    else if ((size_t)before->width != dia_block_state_width(own->block))
        status = dia_error_set(error, DIA_ERROR_FILE,
                               "%s: its last states have %lld numbers a trajectory, those of this flight have %zu",
                               before->path, (long long)before->width, dia_block_state_width(own->block));
    if (status == DIA_OK)
        status = dia_swarm_copy(before, "restart/state", first, count, states, error);
    if (status == DIA_OK)
        status = dia_swarm_window(before, "trajectories/active", first, count, last, 1, active, error);
    for (size_t b = 0; b < count && status == DIA_OK; b++) {
        const bool ended = before->fate[first + b] > DIA_FATE_FINISHED;
        fate[b] = ended ? before->fate[first + b] : DIA_FATE_FLYING;
        own->endings[b] = (dia_ending){.step = ended ? llround(before->end[first + b] / before->timestep) : -1,
                                       .fate = fate[b],
                                       .stop = before->stop != NULL ? before->stop[first + b] : -1};
    }
    own->segment.step = dia_flight_steps_before(flight);
    if (status == DIA_OK)
        status = dia_block_go_on(own->block, own->segment.step, (int)count, flight->number + first, active, fate,
                                 states, error);
    free(states);
    free(active);
    return status == DIA_OK ? make_room(all, own, error) : status;
}

static dia_status start_block(dia_crew *all, dia_worker *own, dia_error *error)
{
    const dia_flight *flight = all->flight;
    int64_t first = own->segment.block * dia_flight_block(flight),
            count = dia_flight_block_count(flight, own->segment.block);
    int64_t ncart = own->block->ncart;
    const double *c = flight->c != NULL ? flight->c + first * 2 * own->block->nstate : NULL;
    dia_status status =
        dia_block_start_amplitudes(own->block, (int)count, flight->number + first, flight->R + first * ncart,
                                   flight->V + first * ncart, flight->state + first, c, error);
    if (status == DIA_OK)
        status = make_room(all, own, error);
    for (int64_t b = 0; b < count; b++)
        own->endings[b] = (dia_ending){.step = -1, .fate = DIA_FATE_FLYING, .stop = -1};
    if (status == DIA_OK) {
        note_endings(own); /* a trajectory may end at its start */
        take_sample(all, own, 0);
    }
    return status;
}

static dia_status resume_block(dia_crew *all, dia_worker *own, const dia_segment *last, dia_error *error)
{
    int64_t count = dia_flight_block_count(all->flight, last->block);
    size_t endings = (size_t)count * sizeof *own->endings,
           state = endings + (size_t)last->samples * (size_t)count * all->record.size +
                   (size_t)last->hops * dia_hop_record_size(all->record.ncart);
    dia_body body = {0};
    dia_status status = dia_journal_read(all->journal, last, &body, error);
    if (status == DIA_OK && state > last->size)
        status = dia_error_set(error, DIA_ERROR_FILE, "the journal holds a segment of an impossible size");
    if (status == DIA_OK)
        status = dia_block_restore(own->block, body.bytes + state, last->size - state, error);
    if (status == DIA_OK)
        memcpy(own->endings, body.bytes, endings);
    free(body.bytes);
    own->segment.first = last->first + last->samples;
    own->segment.step = last->step;
    return status == DIA_OK ? make_room(all, own, error) : status;
}

static bool stopped(const dia_crew *all)
{
    return atomic_load_explicit(&all->failed, memory_order_relaxed) || dia_control_stopped(all->control);
}

static void fly_on(dia_crew *all, dia_worker *own)
{
    const dia_flight *flight = all->flight;
    dia_segment *segment = &own->segment;
    while (segment->step < flight->steps && !stopped(all)) {
        if (dia_block_flying(own->block) > 0) {
            dia_status status = dia_block_step(own->block);
            if (status == DIA_OK && own->lost)
                status = DIA_ERROR_MEMORY;
            if (status != DIA_OK) {
                dia_error error = {0};
                dia_error_set(&error, status, "trajectories %lld to %lld failed in time step %lld: %s",
                              (long long)own->block->trajectory[0],
                              (long long)own->block->trajectory[own->block->count - 1], (long long)segment->step + 1,
                              dia_status_text(status));
                fail(all, &error);
                return;
            }
        }
        segment->step++;
        note_endings(own);
        if (segment->step % flight->every == 0)
            take_sample(all, own, flight->every);
        if (segment->samples == own->row_capacity || segment->hops > own->hop_capacity - own->block->count ||
            dia_seconds() - own->saved > all->checkpoint)
            write_segment(all, own);
    }
    if (segment->samples > 0 || segment->hops > 0)
        write_segment(all, own);
}

void dia_crew_fly_block(void *context, int task, int thread)
{
    dia_crew *all = context;
    dia_worker *own = &all->workers[thread];
    if (stopped(all))
        return;
    own->segment = (dia_segment){.block = all->pending[all->begun + task]};
    own->saved = dia_seconds();
    int64_t n = dia_journal_segments(all->journal, own->segment.block);
    dia_error error = {0};
    dia_status status;
    if (n > 0) {
        status = resume_block(all, own, dia_journal_segment(all->journal, own->segment.block, n - 1), &error);
    } else if (all->flight->before != NULL) {
        dia_team_lock(); /* the file is read by one at a time */
        status = go_on_block(all, own, &error);
        dia_team_unlock();
    } else {
        status = start_block(all, own, &error);
    }
    if (status != DIA_OK)
        fail(all, &error);
    else
        fly_on(all, own);
}

dia_status dia_crew_worker_create(const dia_crew *all, dia_worker *own, dia_error *error)
{
    const dia_flight *flight = all->flight;
    size_t size = (size_t)dia_flight_block(flight), hop = dia_hop_record_size(all->record.ncart);
    int64_t samples = dia_flight_samples(flight), room = (int64_t)(ROW_ROOM / (size * all->record.size));
    own->row_capacity = room < 1 ? 1 : room > samples ? samples : room;
    own->hop_capacity = (int64_t)(HOPS * size);
    own->endings = calloc(size, sizeof *own->endings);
    own->hops = malloc((size_t)own->hop_capacity * hop);
    if (own->endings == NULL || own->hops == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to record trajectories");
    dia_status status = dia_block_create(&own->block, flight->model, flight->dynamics, (int)size, error);
    if (status != DIA_OK)
        return status;
    own->block->on_hop = take_hop;
    own->block->on_hop_context = own;
    return DIA_OK;
}
