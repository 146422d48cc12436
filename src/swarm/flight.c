/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swarm/flight.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/machine.h"
#include "dynamics/options.h"
#include "dynamics/save.h"
#include "parallel/team.h"
#include "swarm/until.h"

/* Bytes of rows, and hops of each trajectory, that a worker gathers before it writes a segment. */
enum { ROW_ROOM = 4 << 20, HOPS = 8 };
/* Samples at which states are counted, for progress. */
enum { COUNTED = 10000 };
/* How often the journal is forced to the disk: at most this much is lost by a power failure. */
enum { SYNC_SECONDS = 30 };

typedef struct worker { /* of one thread: a block and the segment it is filling */
    dia_block *block;
    dia_segment segment;
    int64_t row_capacity, hop_capacity; /* samples, hops */
    dia_ending *endings;                /* (block size) */
    unsigned char *hops;
    unsigned char *piece; /* before | endings | rows | hops | state | after */
    size_t room;          /* bytes of piece */
    double saved;         /* when the last segment was written, seconds */
    bool lost;            /* a hop, for want of memory: the step cannot be kept */
} worker;

typedef struct crew {
    const dia_flight *flight;
    const dia_control *control;
    int nthread;
    double checkpoint; /* seconds */
    dia_journal *journal;
    dia_layout record;
    int64_t *pending;    /* (npending) blocks not finished yet, ascending */
    int npending, begun; /* begun: of them, before the present batch   */
    int64_t expected;    /* trajectories that will be flown, as far as known */
    worker *workers;     /* (nthread) */
    /* under the team's lock */
    int64_t apart;    /* samples from one that is counted to the next: there are at most COUNTED */
    double *share;    /* (counted, nstate) of trajectories, so far: the sum of the populations of the method */
    int64_t *reached; /* (counted) trajectories recorded there */
    double *work;     /* (counted) of light on them, hartree   */
    int64_t done, flown;
    double start, reported, synced;
    dia_error first; /* error of a worker */
    atomic_bool failed;
} crew;

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

static int64_t block_count(const dia_flight *flight, int64_t block)
{
    int64_t size = dia_flight_block(flight), left = flight->count - block * size;
    return left < size ? left : size;
}

/* ---- progress -------------------------------------------------------------------------------- */

/* sample: of the journal. */
static void count_sample(crew *all, int64_t sample, int64_t count, const unsigned char *rows)
{
    int n = all->record.nstate;
    sample += dia_flight_samples_before(all->flight);
    if (sample % all->apart != 0)
        return;
    sample /= all->apart;
    all->reached[sample] += count;
    const bool amplitudes = dia_dynamics_populations(all->flight->dynamics, n).amplitudes;
    for (int64_t b = 0; b < count; b++) {
        const unsigned char *row = rows + (size_t)b * all->record.size;
        double work = 0.0, p[DIA_RECORD_STATES] = {0.0};
        if (amplitudes)
            dia_layout_get(&all->record, row, DIA_FIELD_ELECTRONIC, p);
        else
            p[dia_layout_active(&all->record, row)] = 1.0;
        for (int k = 0; k < n; k++)
            all->share[sample * n + k] += p[k];
        if (dia_flight_lit(all->flight))
            dia_layout_get(&all->record, row, DIA_FIELD_WORK, &work);
        all->work[sample] += work;
    }
}

/* "S0 0.12 S1 0.88 at 42 fs": populations at the latest time that half of the started trajectories have reached. */
static void populations_text(const crew *all, size_t size, char *text)
{
    const dia_flight *flight = all->flight;
    const int n = all->record.nstate;
    const int64_t least = (dia_flight_samples_before(flight) + all->apart - 1) / all->apart;
    int64_t sample = (dia_flight_samples(flight) - 1) / all->apart;
    size_t length = 0;
    text[0] = '\0';
    while (sample > least && 2 * all->reached[sample] < all->reached[least])
        sample--;
    for (int k = 0; all->reached[sample] > 0 && k < n && length < size; k++)
        length += (size_t)snprintf(text + length, size - length, "S%d %.2f ", k,
                                   all->share[sample * n + k] / (double)all->reached[sample]);
    if (dia_flight_lit(flight) && length > 0 && length < size)
        length += (size_t)snprintf(text + length, size - length, "light %.2f eV ",
                                   all->work[sample] / (double)all->reached[sample] / DIA_EV);
    if (length > 0 && length < size)
        snprintf(text + length, size - length, "at %.4g fs",
                 (double)(sample * all->apart * flight->every) * flight->dynamics->timestep / DIA_FEMTOSECOND);
}

static void tell(const crew *all, const char *note)
{
    dia_control_progress(all->control,
                         &(dia_progress_state){.what = "flying",
                                               .done = (double)all->done,
                                               .total = (double)all->expected * (double)all->flight->steps,
                                               .before = (double)(all->done - all->flown),
                                               .note = note});
}

static void report(crew *all, int64_t steps)
{
    char note[200];
    all->done += steps;
    all->flown += steps;
    double now = dia_seconds();
    if (all->control == NULL || all->control->progress == NULL || now - all->reported < 0.1 ||
        all->done >= all->expected * all->flight->steps)
        return;
    all->reported = now;
    note[0] = '\0';
    if (all->flight->watch != NULL)
        dia_watch_note(all->flight->watch, sizeof note, note);
    if (note[0] == '\0')
        populations_text(all, sizeof note, note);
    tell(all, note);
}

/* ---- segments -------------------------------------------------------------------------------- */

static unsigned char *worker_rows(const worker *own)
{
    return own->piece + dia_journal_before() + (size_t)own->block->count * sizeof(dia_ending);
}

static size_t rows_size(const crew *all, const worker *own, int64_t samples)
{
    return (size_t)samples * (size_t)own->block->count * all->record.size;
}

static void fail(crew *all, const dia_error *error)
{
    dia_team_lock();
    if (!atomic_exchange(&all->failed, true))
        all->first = *error;
    dia_team_unlock();
}

static void write_segment(crew *all, worker *own)
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

static void take_sample(crew *all, worker *own, int64_t steps)
{
    unsigned char *rows = worker_rows(own) + rows_size(all, own, own->segment.samples);
    dia_layout_take(&all->record, own->block, rows);
    dia_team_lock();
    count_sample(all, own->segment.first + own->segment.samples, own->block->count, rows);
    report(all, steps * own->block->count);
    dia_team_unlock();
    own->segment.samples++;
}

/* There is room for an attempt of every trajectory in a step; those whose steps are divided make more, up to hundreds. */
static bool more_hops(worker *own)
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
    worker *own = context;
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
static dia_status make_room(const crew *all, worker *own, dia_error *error)
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

static void note_endings(worker *own)
{
    for (int b = 0; b < own->block->count; b++)
        if (own->endings[b].step < 0 && own->block->fate[b] > DIA_FATE_FINISHED)
            own->endings[b] = (dia_ending){
                .step = own->segment.step, .fate = own->block->fate[b], .stop = dia_block_stop(own->block, b)};
}

/* Each trajectory in its last state of the swarm before. */
static dia_status go_on_block(crew *all, worker *own, dia_error *error)
{
    const dia_flight *flight = all->flight;
    const dia_swarm *before = flight->before;
    const size_t first = (size_t)(own->segment.block * dia_flight_block(flight)),
                 count = (size_t)block_count(flight, own->segment.block), last = (size_t)before->T - 1;
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

static dia_status start_block(crew *all, worker *own, dia_error *error)
{
    const dia_flight *flight = all->flight;
    int64_t first = own->segment.block * dia_flight_block(flight), count = block_count(flight, own->segment.block);
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

static dia_status resume_block(crew *all, worker *own, const dia_segment *last, dia_error *error)
{
    int64_t count = block_count(all->flight, last->block);
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

static bool stopped(const crew *all)
{
    return atomic_load_explicit(&all->failed, memory_order_relaxed) || dia_control_stopped(all->control);
}

static void fly_on(crew *all, worker *own)
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

static void fly_block(void *context, int task, int thread)
{
    crew *all = context;
    worker *own = &all->workers[thread];
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

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status worker_create(const crew *all, worker *own, dia_error *error)
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

/* Reads the journal: steps done, active states; lists the unfinished blocks. */
static dia_status survey(crew *all, dia_error *error)
{
    const dia_flight *flight = all->flight;
    dia_body body = {0};
    dia_status status = DIA_OK;
    for (int64_t block = 0; block < dia_flight_blocks(flight) && status == DIA_OK; block++) {
        int64_t count = block_count(flight, block), step = dia_flight_steps_before(flight);
        for (int64_t i = 0; i < dia_journal_segments(all->journal, block) && status == DIA_OK; i++) {
            const dia_segment *segment = dia_journal_segment(all->journal, block, i);
            status = dia_journal_read(all->journal, segment, &body, error);
            for (int64_t s = 0; status == DIA_OK && s < segment->samples; s++)
                count_sample(all, segment->first + s, count,
                             body.bytes + (size_t)count * sizeof(dia_ending) + (size_t)(s * count) * all->record.size);
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
static dia_status fly_pending(crew *all, int64_t end, dia_error *error)
{
    int count = 0;
    while (all->begun + count < all->npending && all->pending[all->begun + count] < end)
        count++;
    if (count > 0)
        dia_team_run(all->nthread < count ? all->nthread : count, count, fly_block, all);
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
static dia_status fly_batches(crew *all, dia_error *error)
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

static dia_status crew_fly(crew *all, dia_error *error)
{
    const int nthread = all->nthread;
    dia_status status = survey(all, error);
    for (int t = 0; status == DIA_OK && t < nthread && t < all->npending; t++)
        status = worker_create(all, &all->workers[t], error);
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
    crew all = {.flight = flight,
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
        tell(&all, NULL);
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
        for (int64_t b = 0; lost >= 0 && b < block_count(flight, block); b++) {
            dia_ending ending;
            memcpy(&ending, body.bytes + (size_t)b * sizeof ending, sizeof ending);
            lost += ending.step >= 0 && !dia_fate_counts((int)ending.fate) &&
                    dia_fate_counts(flight->before->fate[first + b]);
        }
    }
    free(body.bytes);
    return lost;
}
