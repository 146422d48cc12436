/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A window of samples of all trajectories, from the journal to the swarm file. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/machine.h"
#include "model/front.h"
#include "swarm/assembly.h"

/* Seconds before progress of an assembly is reported: most are done earlier. */
static const double PATIENCE = 1.0;

typedef dia_assembly assembly;

/* ---- trajectories ---------------------------------------------------------------------------- */

/* Numbers of the window that the swarm before has: all but populations and the distance from the training data, which are
 * not kept for each trajectory. What is made of those is taken from there as a whole. */
static dia_status gather_before(assembly *a, size_t first, size_t start, size_t size, dia_error *error)
{
    const dia_swarm *before = a->flight->before;
    const size_t S = (size_t)before->T - a->start, count = S < a->S ? S : a->S, most = 2 * a->n + a->ncart;
    double *room =
        dia_allocate(size * count * most, sizeof *room); /* chunks of the file hold many rows: read at once */
    dia_status status = room != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to extend the swarm");
    for (int f = 0; f < DIA_FIELD_COUNT && status == DIA_OK; f++) {
        const bool active = f == DIA_FIELD_ACTIVE;
        const size_t row = (size_t)a->record.width[f] * (active ? 1 : sizeof *room);
        const char *name = dia_assembly_dataset((dia_field)f, false);
        if (row == 0)
            continue;
        if (name != NULL)
            status = dia_swarm_window(before, name, first, size, a->start, count, room, error);
        else
            memset(room, 0, size * count * row);
        for (size_t b = 0; b < size && status == DIA_OK; b++)
            memcpy((active ? (char *)a->active : (char *)a->values[f]) + (start + b) * a->S * row,
                   (const char *)room + b * count * row, count * row);
    }
    free(room);
    return status;
}

/* Reads the samples of the window for all `size` trajectories of a block, to index `start` of the buffers on. */
static dia_status gather(assembly *a, int64_t block, size_t start, size_t size, dia_error *error)
{
    const size_t past_before = (size_t)dia_flight_samples_before(a->flight);
    if (past_before > a->start) {
        const dia_status status = gather_before(a, (size_t)block * a->block, start, size, error);
        if (status != DIA_OK)
            return status;
    }
    for (int64_t i = 0; i < dia_journal_segments(a->journal, block); i++) {
        const dia_segment *segment = dia_journal_segment(a->journal, block, i);
        const size_t first = past_before + (size_t)segment->first, past = first + (size_t)segment->samples;
        if (past <= a->start || first >= a->start + a->S)
            continue;
        dia_status status = dia_journal_read(a->journal, segment, &a->body, error);
        if (status != DIA_OK)
            return status;
        const unsigned char *rows = a->body.bytes + size * sizeof(dia_ending);
        for (size_t s = first < a->start ? a->start : first; s < past && s < a->start + a->S; s++)
            for (size_t b = 0; b < size; b++) {
                const unsigned char *row = rows + ((s - first) * size + b) * a->record.size;
                size_t at = (start + b) * a->S + s - a->start;
                for (int f = 0; f < DIA_FIELD_ACTIVE; f++)
                    if (a->record.width[f] > 0)
                        dia_layout_get(&a->record, row, (dia_field)f, a->values[f] + at * (size_t)a->record.width[f]);
                a->active[at] = (int8_t)dia_layout_active(&a->record, row);
            }
    }
    return DIA_OK;
}

/* The last states of a block of `size` trajectories, from its last segment, which is in a->body. */
static dia_status write_states(assembly *a, const dia_segment *last, size_t first, size_t size, dia_error *error)
{
    const size_t before = size * sizeof(dia_ending) + (size_t)last->samples * size * a->record.size +
                          (size_t)last->hops * dia_hop_record_size((int)a->ncart);
    if (a->like == NULL)
        return DIA_OK;
    dia_status status =
        before > last->size
            ? dia_error_set(error, DIA_ERROR_FILE, "the journal holds a segment of an impossible size")
            : dia_block_saved_states(a->like, a->body.bytes + before, last->size - before, (int)size, a->states, error);
    if (status == DIA_OK)
        status = dia_swarm_put(&a->swarm, a->store, "restart/state", 1, &first, &size, a->states, error);
    return status;
}

/* How the trajectories of a block ended, from its last segment. */
static dia_status read_endings(assembly *a, int64_t block, size_t first, size_t size, dia_error *error)
{
    const int64_t n = dia_journal_segments(a->journal, block);
    const dia_segment *last = dia_journal_segment(a->journal, block, n - 1);
    dia_status status = dia_journal_read(a->journal, last, &a->body, error);
    for (size_t b = 0; b < size && status == DIA_OK; b++) {
        dia_ending ending;
        memcpy(&ending, a->body.bytes + b * sizeof ending, sizeof ending);
        const bool flew = ending.step < 0;
        a->fate[first + b] = flew ? DIA_FATE_FINISHED : (int8_t)ending.fate;
        a->stop[first + b] = flew ? -1 : (int8_t)ending.stop;
        a->stopped_at_once += ending.step == 0 && ending.fate == DIA_FATE_STOPPED;
        a->end[first + b] = dia_assembly_time(a, flew ? a->flight->steps : ending.step);
    }
    return status == DIA_OK ? write_states(a, last, first, size, error) : status;
}

/* Trajectory j, at index b of the buffers, is outside the training data for the first time, at sample s of the window.
 * Of all trajectories the earliest is told of. */
static void note_outside(assembly *a, size_t j, size_t b, size_t s)
{
    const double time = a->outside[j];
    if (a->flight->before != NULL && a->flight->before->first_outside != NULL)
        return;
    const int64_t number = a->flight->number[j];
    if (a->first_text[0] != '\0' && (time > a->first_outside || (time == a->first_outside && number > a->first_number)))
        return;
    char why[400] = "";
    if (a->values[DIA_FIELD_POSITION] != NULL) {
        const double *R = a->values[DIA_FIELD_POSITION] + (b * a->S + s) * a->ncart;
        (void)dia_model_novelty(a->flight->model, R, sizeof why, why);
    }
    a->first_outside = time;
    a->first_number = number;
    snprintf(a->first_text, sizeof a->first_text, "trajectory %" PRId64 " at %.6g fs%s%s", number, time,
             why[0] != '\0' ? ": " : "", why);
    a->swarm.first_outside = a->first_text;
}

/* Trajectory j, at index b of the buffers: its energy drift, its contribution to the means. */
static void take_in(assembly *a, size_t j, size_t b)
{
    const double *potential = a->values[DIA_FIELD_POTENTIAL] + b * a->S,
                 *kinetic = a->values[DIA_FIELD_KINETIC] + b * a->S,
                 *work = dia_flight_lit(a->flight) ? a->values[DIA_FIELD_WORK] + b * a->S : NULL;
    const double *novelty = a->values[DIA_FIELD_NOVELTY] + b * a->S;
    if (a->start == 0) {
        a->potential0[j] = potential[0];
        a->kinetic0[j] = kinetic[0];
        a->outside[j] = a->uncertain[j] = NAN;
        if (a->flight->before != NULL && a->flight->before->outside != NULL) {
            a->outside[j] = a->flight->before->outside[j];
            a->novelty[j] = a->flight->before->novelty[j];
        }
    }
    const double *energy = a->values[DIA_FIELD_DOUBT_ENERGY], *gap = a->values[DIA_FIELD_DOUBT_GAP];
    for (size_t s = 0; energy != NULL && s < a->S && isnan(a->uncertain[j]); s++)
        if (fmax(energy[b * a->S + s], gap[b * a->S + s]) > a->flight->dynamics->committee.limit)
            a->uncertain[j] = dia_assembly_time(a, (int64_t)(a->start + s) * a->flight->every);
    if (a->rule.weighted)
        a->start_weight[j] = a->values[DIA_FIELD_START_WEIGHT][b * a->S + a->S - 1];
    for (size_t s = 0; s < a->S; s++) {
        double drift =
            fabs(potential[s] + kinetic[s] - a->potential0[j] - a->kinetic0[j] - (work != NULL ? work[s] : 0.0));
        if (!(drift <= a->drift[j])) /* NaN counts */
            a->drift[j] = drift;
        if (isnan(a->outside[j]) && novelty[s] > 1.0) {
            a->outside[j] = dia_assembly_time(a, (int64_t)(a->start + s) * a->flight->every);
            note_outside(a, j, b, s);
        }
        a->novelty[j] = fmax(a->novelty[j], novelty[s]);
    }
    if (!dia_fate_counts(a->fate[j]))
        return;
    const size_t at = b * a->S;
    dia_assembly_add(a->means, a->flight->weight[j], a->S, a->n, a->active + at,
                     a->values[DIA_FIELD_ELECTRONIC] + at * a->n, a->values[DIA_FIELD_DIABATIC] + at * a->n,
                     a->occupied);
}

static dia_status write_trajectories(assembly *a, size_t first, size_t count, dia_error *error)
{
    const size_t start[2] = {first, a->start}, size[2] = {count, a->S};
    const char *name;
    dia_status status = DIA_OK;
    for (int f = 0; f < DIA_FIELD_COUNT && status == DIA_OK; f++)
        if ((name = dia_assembly_dataset((dia_field)f, a->swarm.shard != NULL)) != NULL && a->record.width[f] > 0)
            status = dia_swarm_put(&a->swarm, a->store, name, 2, start, size,
                                   f == DIA_FIELD_ACTIVE ? (const void *)a->active : a->values[f], error);
    return status;
}

/* ---- the file -------------------------------------------------------------------------------- */

/* Reports progress; DIA_ERROR_INTERRUPTED if the caller wants to stop. The journal is not changed. */
static dia_status go_on(assembly *a, int64_t block, dia_error *error)
{
    if (dia_control_stopped(a->control))
        return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted");
    a->told = a->told || dia_seconds() - a->begun > PATIENCE;
    if (a->told)
        dia_control_progress(a->control,
                             &(dia_progress_state){.what = "writing the swarm file",
                                                   .done = ((double)a->start * (double)a->N +
                                                            (double)a->S * (double)block * (double)a->block),
                                                   .total = (double)a->T * (double)a->N});
    return DIA_OK;
}

/* Small blocks are written together: the chunks of the file, of many rows, are compressed with every write. */
static dia_status assemble_block(assembly *a, int64_t block, dia_error *error)
{
    const size_t first = (size_t)block * a->block, size = a->N - first < a->block ? a->N - first : a->block,
                 start = first % a->piece, past = start + size;
    dia_status status = go_on(a, block, error);
    if (status == DIA_OK && a->start == 0)
        status = read_endings(a, block, first, size, error);
    if (status == DIA_OK)
        status = gather(a, block, start, size, error);
    for (size_t b = 0; b < size && status == DIA_OK; b++)
        take_in(a, first + b, start + b);
    if (status == DIA_OK && (past == a->piece || first + size == a->N))
        status = write_trajectories(a, first - start, past, error);
    return status == DIA_OK && a->start == 0 ? dia_assembly_hops(a, block, size, error) : status;
}

/* Populations that the swarm before has, and their sums: the same trajectories count (dia_flight_lost). */
static dia_status write_means_before(assembly *a, dia_error *error)
{
    const size_t S = (size_t)dia_flight_samples_before(a->flight) - a->start, count = S < a->S ? S : a->S;
    dia_status status = DIA_OK;
    double *room = dia_allocate(count * a->n * 4, sizeof *room);
    if (room == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for populations");
    for (const dia_swarm_dataset *d = dia_swarm_datasets; d->name != NULL && status == DIA_OK; d++) {
        if (d->shape[0] != 'T' || ((d->flags & DIA_RESTART) && a->like == NULL))
            continue;
        status = dia_swarm_copy(a->flight->before, d->name, a->start, count, room, error);
        if (status == DIA_OK)
            status = dia_swarm_put(&a->swarm, a->store, d->name, 1, &a->start, &count, room, error);
    }
    free(room);
    return status;
}

/* Times and populations of the window. */
static dia_status write_means(assembly *a, dia_error *error)
{
    double *time = dia_allocate(a->S, sizeof *time);
    if (time == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for populations");
    for (size_t s = 0; s < a->S; s++)
        time[s] = dia_assembly_time(a, (int64_t)(a->start + s) * a->flight->every);
    dia_status status = dia_assembly_means(&a->swarm, a->store, a->means, a->start, a->S, time, error);
    free(time);
    return status == DIA_OK && a->start < (size_t)dia_flight_samples_before(a->flight) ? write_means_before(a, error)
                                                                                       : status;
}

dia_status dia_assembly_window(dia_assembly *a, size_t start, size_t count, dia_error *error)
{
    a->start = start;
    a->S = a->T - start < count ? a->T - start : count;
    dia_status status = dia_assembly_means_create(a->means, &a->rule, a->S, a->n, error);
    for (int64_t block = 0; block < dia_flight_blocks(a->flight) && status == DIA_OK; block++)
        status = assemble_block(a, block, error);
    return status == DIA_OK ? write_means(a, error) : status;
}
