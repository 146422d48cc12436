/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hops of a swarm file, from the journal. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "swarm/assembly.h"

/* The datasets of the hops: offset of the number in a record, or of the vector behind it. */
static const struct hop_column {
    const char *name;
    size_t offset;
} hop_columns[] = {{"hops/trajectory", offsetof(dia_hop_record, trajectory)},
                   {"hops/time", offsetof(dia_hop_record, time)},
                   {"hops/from", offsetof(dia_hop_record, from)},
                   {"hops/to", offsetof(dia_hop_record, to)},
                   {"hops/accepted", offsetof(dia_hop_record, accepted)},
                   {"hops/gap", offsetof(dia_hop_record, gap)},
                   {"hops/kinetic_before", offsetof(dia_hop_record, kinetic_before)},
                   {"hops/kinetic_after", offsetof(dia_hop_record, kinetic_after)},
                   {"hops/work", offsetof(dia_hop_record, work)}}; /* the last only with light */
enum { HOP_COLUMNS = sizeof hop_columns / sizeof hop_columns[0] };

/* What follows the record of a hop: (natom, dimension) each, in this order. */
static const char *const hop_vectors[] = {"hops/position", "hops/velocity"};
enum { HOP_VECTORS = sizeof hop_vectors / sizeof hop_vectors[0] };

typedef struct hop_place { /* of a hop among those of its block */
    int64_t trajectory;
    size_t place;
} hop_place;

static int compare_hops(const void *left, const void *right)
{
    const hop_place *a = left, *b = right;
    if (a->trajectory != b->trajectory)
        return a->trajectory < b->trajectory ? -1 : 1;
    return a->place < b->place ? -1 : a->place > b->place;
}

/* One column of sorted hops, in the memory type of the store. */
static void take_column(const struct hop_column *column, size_t size, size_t count, const unsigned char *hops,
                        const hop_place *order, void *values)
{
    const dia_number number = dia_swarm_dataset_find(column->name)->number;
    for (size_t i = 0; i < count; i++) {
        const unsigned char *member = hops + order[i].place * size + column->offset;
        int32_t small;
        if (number == DIA_NUMBER_INT8) {
            memcpy(&small, member, sizeof small);
            ((int8_t *)values)[i] = (int8_t)small;
            continue;
        }
        memcpy((char *)values + i * sizeof(double), member, sizeof(double)); /* or int64_t */
    }
}

/* Trajectories that reach states which the model was not fitted to: they start below. */
static void count_unfitted(dia_assembly *a, size_t count, const unsigned char *hops, const hop_place *order)
{
    const size_t size = dia_hop_record_size((int)a->ncart);
    int64_t last = -1;
    for (size_t i = 0; i < count; i++) {
        dia_hop_record hop;
        memcpy(&hop, hops + order[i].place * size, sizeof hop);
        if (hop.accepted && hop.to >= dia_model_fitted(a->flight->model) && order[i].trajectory != last) {
            a->unfitted++;
            last = order[i].trajectory;
        }
    }
}

static dia_status write_hops(dia_assembly *a, size_t count, const unsigned char *hops, hop_place *order, double *values,
                             dia_error *error)
{
    const size_t size = dia_hop_record_size((int)a->ncart);
    for (size_t i = 0; i < count; i++) {
        memcpy(&order[i].trajectory, hops + i * size + offsetof(dia_hop_record, trajectory), sizeof(int64_t));
        order[i].place = i;
    }
    qsort(order, count, sizeof *order, compare_hops);
    count_unfitted(a, count, hops, order);
    dia_status status = DIA_OK;
    for (int k = 0; k < HOP_COLUMNS - !a->swarm.lit && status == DIA_OK; k++) {
        take_column(&hop_columns[k], size, count, hops, order, values);
        status = dia_swarm_put(&a->swarm, a->store, hop_columns[k].name, 1, &a->hops_written, &count, values, error);
    }
    for (size_t k = 0; k < HOP_VECTORS && status == DIA_OK; k++) {
        size_t start = sizeof(dia_hop_record) + k * a->ncart * sizeof *values;
        for (size_t i = 0; i < count; i++)
            memcpy(values + i * a->ncart, hops + order[i].place * size + start, a->ncart * sizeof *values);
        status = dia_swarm_put(&a->swarm, a->store, hop_vectors[k], 1, &a->hops_written, &count, values, error);
    }
    a->hops_written += count;
    return status;
}

/* The range of hops of the swarm before that belong to these rows; the search begins where the last one ended. */
static size_t find_before(dia_assembly *a, size_t row, size_t size, size_t *first)
{
    const dia_swarm_hops *h = &a->flight->before->hops;
    size_t k = a->hops_read;
    while (k < (size_t)h->count && h->row[k] < (int64_t)row)
        k++;
    *first = k;
    while (k < (size_t)h->count && h->row[k] < (int64_t)(row + size))
        k++;
    a->hops_read = k;
    return k - *first;
}

/* Records of hops first .. first+count-1 of the swarm before. */
static dia_status read_before(const dia_assembly *a, size_t first, size_t count, unsigned char *records,
                              dia_error *error)
{
    const dia_swarm *before = a->flight->before;
    const dia_swarm_hops *h = &before->hops;
    const size_t size = dia_hop_record_size((int)a->ncart), vector = a->ncart * sizeof(double);
    double *room = dia_allocate(count * a->ncart, sizeof *room);
    dia_status status = room != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu hops", count);
    for (size_t i = 0; i < count && status == DIA_OK; i++) {
        const size_t k = first + i;
        const dia_hop_record record = {.trajectory = h->trajectory[k],
                                       .time = h->time[k],
                                       .gap = h->gap[k],
                                       .kinetic_before = h->kinetic_before[k],
                                       .kinetic_after = h->kinetic_after[k],
                                       .work = h->work != NULL ? h->work[k] : 0.0,
                                       .from = h->from[k],
                                       .to = h->to[k],
                                       .accepted = h->accepted[k]};
        memcpy(records + i * size, &record, sizeof record);
    }
    for (size_t v = 0; v < HOP_VECTORS && status == DIA_OK; v++) {
        status = dia_swarm_copy(before, hop_vectors[v], first, count, room, error);
        for (size_t i = 0; i < count && status == DIA_OK; i++)
            memcpy(records + i * size + sizeof(dia_hop_record) + v * vector, room + i * a->ncart, vector);
    }
    free(room);
    return status;
}

/* Those of a segment; times in fs from here on, as in the file. */
static dia_status read_segment(dia_assembly *a, const dia_segment *segment, size_t size, unsigned char *records,
                               dia_error *error)
{
    const size_t hop = dia_hop_record_size((int)a->ncart),
                 start = size * sizeof(dia_ending) + (size_t)segment->samples * size * a->record.size;
    const dia_status status = dia_journal_read(a->journal, segment, &a->body, error);
    if (status != DIA_OK)
        return status;
    memcpy(records, a->body.bytes + start, (size_t)segment->hops * hop);
    for (size_t i = 0; i < (size_t)segment->hops; i++) {
        double time;
        unsigned char *at = records + i * hop + offsetof(dia_hop_record, time);
        memcpy(&time, at, sizeof time);
        time /= DIA_FEMTOSECOND;
        memcpy(at, &time, sizeof time);
    }
    return DIA_OK;
}

dia_status dia_assembly_hops(dia_assembly *a, int64_t block, size_t size, dia_error *error)
{
    const size_t hop = dia_hop_record_size((int)a->ncart);
    size_t first = 0, got = a->flight->before != NULL ? find_before(a, (size_t)block * a->block, size, &first) : 0,
           count = got;
    for (int64_t i = 0; i < dia_journal_segments(a->journal, block); i++)
        count += (size_t)dia_journal_segment(a->journal, block, i)->hops;
    if (count == 0)
        return DIA_OK;
    unsigned char *hops = malloc(count * hop);
    hop_place *order = malloc(count * sizeof *order);
    double *values = malloc(count * a->ncart * sizeof *values);
    dia_status status = DIA_OK;
    if (hops == NULL || order == NULL || values == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu hops", count);
    if (status == DIA_OK && got > 0)
        status = read_before(a, first, got, hops, error);
    for (int64_t i = 0; status == DIA_OK && i < dia_journal_segments(a->journal, block); i++) {
        const dia_segment *segment = dia_journal_segment(a->journal, block, i);
        status = read_segment(a, segment, size, hops + got * hop, error);
        got += (size_t)segment->hops;
    }
    if (status == DIA_OK)
        status = write_hops(a, count, hops, order, values, error);
    free(hops);
    free(order);
    free(values);
    return status;
}
