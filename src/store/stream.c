/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datasets whose rows come one after the other, from the first to the last: full chunks wait until there are some, a team packs them
 * (pack.h), and they are written in the order in which they became full. HDF5 would pack them one by one, under its own lock. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/internal.h"
#include "store/pack.h"

enum { WAITING = 32 }; /* full chunks that are packed together: the bytes of the file must not depend on the threads */

typedef struct stream {
    char *name; /* owned */
    hid_t dataset;
    dia_number number;
    size_t element, row;   /* bytes in the file: of a number, of a row */
    size_t rows, chunk;    /* of the dataset; of a chunk               */
    size_t next;           /* row                                      */
    unsigned char *buffer; /* (chunk, row) the present chunk           */
    bool broken;           /* its rows came in another order: HDF5 writes them */
} stream;

typedef struct full { /* a chunk that waits */
    int stream;
    size_t first; /* row */
    size_t size;  /* packed */
    uint32_t mask;
    unsigned char *raw, *room, *packed;
} full;

struct dia_streams {
    int n, waiting;
    stream stream[DIA_STORE_HELD];
    full full[WAITING];
};

static dia_status no_memory(const dia_store *store, dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_MEMORY, "'%s': no memory to write it", store->path);
}

void dia_streams_free(dia_store *store)
{
    struct dia_streams *all = store->streams;
    store->streams = NULL;
    if (all == NULL)
        return;
    for (int i = 0; i < all->n; i++) {
        free(all->stream[i].name);
        free(all->stream[i].buffer);
        H5Dclose(all->stream[i].dataset);
    }
    for (int i = 0; i < WAITING; i++) {
        free(all->full[i].raw);
        free(all->full[i].room);
        free(all->full[i].packed);
    }
    free(all);
}

/* Rows that no one writes hold NaN, or -1. */
static void fill(const stream *s, unsigned char *at, size_t bytes)
{
    const double nan = NAN;
    const float small = NAN;
    if (s->number != DIA_NUMBER_REAL && s->number != DIA_NUMBER_FLOAT) {
        memset(at, 0xff, bytes);
        return;
    }
    for (size_t i = 0; i < bytes; i += s->element)
        memcpy(at + i, s->number == DIA_NUMBER_REAL ? (const void *)&nan : (const void *)&small, s->element);
}

dia_status dia_stream_begin(dia_store *store, const char *name, hid_t dataset, dia_number number, int rank,
                            const size_t *dims, const hsize_t *chunk, dia_error *error)
{
    size_t row = H5Tget_size(dia_store_file_type(number));
    const size_t element = row;
    const hid_t native = number == DIA_NUMBER_FLOAT ? H5T_NATIVE_FLOAT : dia_store_memory_type(number);
    for (int d = 1; d < rank; d++) {
        if (chunk[d] != dims[d])
            return DIA_OK; /* a row is several chunks: HDF5 writes them */
        row *= dims[d];
    }
    if (H5Tequal(native, dia_store_file_type(number)) <= 0)
        return DIA_OK; /* another order of bytes */
    if (store->streams == NULL && (store->streams = calloc(1, sizeof *store->streams)) == NULL)
        return no_memory(store, error);
    if (store->streams->n == DIA_STORE_HELD)
        return DIA_OK;
    stream *s = &store->streams->stream[store->streams->n];
    *s = (stream){.name = strdup(name),
                  .dataset = dataset,
                  .number = number,
                  .element = element,
                  .row = row,
                  .rows = dims[0],
                  .chunk = (size_t)chunk[0],
                  .buffer = malloc(DIA_STORE_CHUNK)};
    if (s->name == NULL || s->buffer == NULL || H5Iinc_ref(dataset) < 0) {
        free(s->name);
        free(s->buffer);
        return no_memory(store, error);
    }
    store->streams->n++;
    return DIA_OK;
}

static void pack_one(void *context, int task, int thread)
{
    struct dia_streams *all = context;
    full *f = &all->full[task];
    const stream *s = &all->stream[f->stream];
    (void)thread;
    f->size = dia_pack(f->raw, s->chunk * s->row, s->element, f->room, f->packed, &f->mask);
}

/* Packs and writes what waits. */
static dia_status write_waiting(dia_store *store, dia_error *error)
{
    struct dia_streams *all = store->streams;
    dia_status status = DIA_OK;
    if (store->team != NULL && all->waiting > 1)
        store->team(store->nthread < all->waiting ? store->nthread : all->waiting, all->waiting, pack_one, all);
    else
        for (int i = 0; i < all->waiting; i++)
            pack_one(all, i, 0);
    for (int i = 0; i < all->waiting && status == DIA_OK; i++) {
        const full *f = &all->full[i];
        const stream *s = &all->stream[f->stream];
        const hsize_t offset[DIA_STORE_RANK] = {f->first};
        if (f->size == 0)
            status = no_memory(store, error);
        else if (H5Dwrite_chunk(s->dataset, H5P_DEFAULT, f->mask, offset, f->size, f->packed) < 0)
            status = dia_store_failure(store, "write", s->name, error);
    }
    all->waiting = 0;
    return status;
}

/* Its chunk is full, or all there is of it. */
static dia_status end_chunk(dia_store *store, int i, dia_error *error)
{
    struct dia_streams *all = store->streams;
    stream *s = &all->stream[i];
    full *f = &all->full[all->waiting];
    const size_t first = (s->next - 1) / s->chunk * s->chunk, got = s->next - first;
    f->raw = f->raw != NULL ? f->raw : malloc(DIA_STORE_CHUNK);
    f->room = f->room != NULL ? f->room : malloc(DIA_STORE_CHUNK);
    f->packed = f->packed != NULL ? f->packed : malloc(dia_pack_room(DIA_STORE_CHUNK));
    if (f->raw == NULL || f->room == NULL || f->packed == NULL)
        return no_memory(store, error);
    fill(s, s->buffer + got * s->row, (s->chunk - got) * s->row);
    unsigned char *other = f->raw;
    f->raw = s->buffer;
    s->buffer = other;
    f->stream = i;
    f->first = first;
    all->waiting++;
    return all->waiting == WAITING ? write_waiting(store, error) : DIA_OK;
}

static void take_rows(stream *s, size_t count, const char *values)
{
    unsigned char *at = s->buffer + s->next % s->chunk * s->row;
    if (s->number != DIA_NUMBER_FLOAT) {
        memcpy(at, values, count * s->row);
        return;
    }
    for (size_t i = 0; i < count * s->row / sizeof(float); i++) {
        double value;
        memcpy(&value, values + i * sizeof value, sizeof value);
        const float small = (float)value;
        memcpy(at + i * sizeof small, &small, sizeof small);
    }
}

/* From here on HDF5 writes the dataset. */
static dia_status give_up(dia_store *store, int i, dia_error *error)
{
    stream *s = &store->streams->stream[i];
    dia_status status = s->next % s->chunk != 0 ? end_chunk(store, i, error) : DIA_OK;
    s->broken = true;
    return status == DIA_OK ? write_waiting(store, error) : status;
}

bool dia_stream_take(dia_store *store, const char *name, int rank, const size_t *dims, int cut, const size_t *first,
                     const size_t *count, const void *values, dia_status *status, dia_error *error)
{
    struct dia_streams *all = store->streams;
    int i = 0;
    while (all != NULL && i < all->n && strcmp(all->stream[i].name, name) != 0)
        i++;
    if (all == NULL || i == all->n || all->stream[i].broken)
        return false;
    stream *s = &all->stream[i];
    bool whole = cut > 0 && first[0] == s->next;
    for (int d = 1; d < cut; d++)
        whole = whole && first[d] == 0 && count[d] == dims[d];
    size_t width = 1;
    for (int d = 1; d < rank; d++)
        width *= dims[d];
    if (!whole || dims[0] != s->rows || width * s->element != s->row) {
        *status = give_up(store, i, error);
        return *status != DIA_OK;
    }
    const size_t row = s->number == DIA_NUMBER_FLOAT ? 2 * s->row : s->row; /* in memory */
    *status = DIA_OK;
    for (size_t done = 0; done < count[0] && *status == DIA_OK;) {
        const size_t room = s->chunk - s->next % s->chunk, some = count[0] - done < room ? count[0] - done : room;
        take_rows(s, some, (const char *)values + done * row);
        done += some;
        s->next += some;
        if (some == room || s->next == s->rows)
            *status = end_chunk(store, i, error);
    }
    return true;
}

dia_status dia_streams_end(dia_store *store, dia_error *error)
{
    dia_status status = DIA_OK;
    if (store->streams == NULL)
        return status;
    for (int i = 0; i < store->streams->n && status == DIA_OK; i++)
        if (!store->streams->stream[i].broken && store->streams->stream[i].next < store->streams->stream[i].rows)
            status = give_up(store, i, error);
    return status == DIA_OK ? write_waiting(store, error) : status;
}
