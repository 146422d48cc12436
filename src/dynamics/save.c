/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block as bytes, for checkpoints. Layout: the header, then for `count` trajectories their numbers, states, fates and
 * every real row (block, frame and derivative: nothing is recomputed, so nothing can differ). */
#include <stdlib.h>
#include <string.h>

#include "dynamics/internal.h"
#include "dynamics/save.h"

enum { OPTIONAL = 4 };

typedef struct header {
    char magic[8];
    int64_t step;
    int32_t count, nstate, ncart, unused;
    uint64_t width[OPTIONAL]; /* of the rows that depend on the methods: dH/dt, memory of hops, decoherence, bath */
} header;

static const char magic[8] = "diablk5";

/* Rows whose width depends on the methods. (Those of ROW_STOP and ROW_DOUBT show in the size of the whole.) */
static const int optional[] = {ROW_HDOT, ROW_HOP, ROW_DECOHERENCE, ROW_THERMOSTAT};

enum { ROW_HEAD = sizeof(int64_t) + sizeof(int32_t) + sizeof(int8_t) }; /* number, active state, fate */

size_t dia_block_state_width(const dia_block *block)
{
    size_t width = 0;
    for (int i = 0; i < ROWS; i++)
        width += block->scratch->rows[i].width;
    return width;
}

static size_t size_of(const dia_block *s, int count)
{
    return sizeof(header) + (size_t)count * (ROW_HEAD + dia_block_state_width(s) * sizeof(double));
}

size_t dia_block_save_size(const dia_block *block)
{
    return size_of(block, block->count);
}

static void put(char **to, const void *from, size_t size)
{
    memcpy(*to, from, size);
    *to += size;
}

static void get(void *to, const char **from, size_t size)
{
    memcpy(to, *from, size);
    *from += size;
}

static void put_header(const dia_block *block, int64_t step, int count, char **to)
{
    header h = {.step = step, .count = count, .nstate = block->nstate, .ncart = block->ncart};
    for (int i = 0; i < OPTIONAL; i++)
        h.width[i] = block->scratch->rows[optional[i]].width;
    memcpy(h.magic, magic, sizeof magic);
    put(to, &h, sizeof h);
}

void dia_block_save(const dia_block *block, void *bytes)
{
    const size_t count = (size_t)block->count;
    char *to = bytes;
    put_header(block, block->step, block->count, &to);
    put(&to, block->trajectory, count * sizeof *block->trajectory);
    for (size_t b = 0; b < count; b++) {
        const int32_t active = block->active[b];
        put(&to, &active, sizeof active);
    }
    put(&to, block->fate, count * sizeof *block->fate);
    for (int i = 0; i < ROWS; i++)
        put(&to, block->scratch->rows[i].now, count * block->scratch->rows[i].width * sizeof(double));
}

static dia_status check(const dia_block *s, const char *bytes, size_t size, header *h, dia_error *error)
{
    if (size < sizeof *h)
        return dia_error_set(error, DIA_ERROR_FILE, "a saved block of %zu bytes is too short to be one", size);
    memcpy(h, bytes, sizeof *h);
    if (memcmp(h->magic, magic, sizeof magic) != 0)
        return dia_error_set(error, DIA_ERROR_FILE, "these bytes are not a saved block (or one of another version)");
    if (h->nstate != s->nstate || h->ncart != s->ncart)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "the saved block has %d states and %d coordinates, this run has %d and %d: it belongs to "
                             "another model",
                             h->nstate, h->ncart, s->nstate, s->ncart);
    for (int i = 0; i < OPTIONAL; i++)
        if (h->width[i] != s->scratch->rows[optional[i]].width)
            return dia_error_set(error, DIA_ERROR_FILE,
                                 "the methods of the saved block have %llu numbers a trajectory where those of this "
                                 "run have %zu: it belongs to other methods of hops or decoherence",
                                 (unsigned long long)h->width[i], s->scratch->rows[optional[i]].width);
    if (h->count < 0 || h->count > s->capacity || h->step < 0)
        return dia_error_set(error, DIA_ERROR_FILE, "the saved block holds %d trajectories, there is room for %d",
                             h->count, s->capacity);
    if (size != size_of(s, h->count))
        return dia_error_set(error, DIA_ERROR_FILE, "the saved block should have %zu bytes and has %zu",
                             size_of(s, h->count), size);
    return DIA_OK;
}

dia_status dia_block_restore(dia_block *block, const void *bytes, size_t size, dia_error *error)
{
    header h;
    dia_status status = check(block, bytes, size, &h, error);
    if (status != DIA_OK)
        return status;
    const size_t count = (size_t)h.count;
    const char *from = (const char *)bytes + sizeof h;
    const char *states = from + count * sizeof *block->trajectory;
    for (size_t b = 0; b < count; b++) { /* before anything is overwritten */
        int32_t active;
        get(&active, &states, sizeof active);
        if (active < 0 || active >= block->nstate)
            return dia_error_set(error, DIA_ERROR_FILE, "a trajectory of the saved block is in state %d of %d", active,
                                 block->nstate);
    }
    get(block->trajectory, &from, count * sizeof *block->trajectory);
    for (size_t b = 0; b < count; b++) {
        int32_t active;
        get(&active, &from, sizeof active);
        block->active[b] = active;
    }
    get(block->fate, &from, count * sizeof *block->fate);
    for (int i = 0; i < ROWS; i++)
        get(block->scratch->rows[i].now, &from, count * block->scratch->rows[i].width * sizeof(double));
    for (int b = 0; b < h.count; b++) {
        block->scratch->part[b] = 1;
        dia_crossing_begin(block, b);
    }
    block->step = (long)h.step;
    block->count = block->frame.batch = block->scratch->before.batch = h.count;
    return DIA_OK;
}

dia_status dia_block_saved_states(const dia_block *like, const void *bytes, size_t size, int count, double *states,
                                  dia_error *error)
{
    const size_t whole = dia_block_state_width(like), n = (size_t)count;
    header h;
    if (size >= sizeof h)
        memcpy(&h, bytes, sizeof h);
    if (size != size_of(like, count) || h.count != count)
        return dia_error_set(error, DIA_ERROR_FILE, "the saved block of %d trajectories should have %zu bytes", count,
                             size_of(like, count));
    const char *from = (const char *)bytes + sizeof(header) + n * ROW_HEAD;
    for (size_t i = 0, at = 0; i < ROWS; at += like->scratch->rows[i++].width)
        for (size_t b = 0; b < n; b++)
            get(states + b * whole + at, &from, like->scratch->rows[i].width * sizeof *states);
    return DIA_OK;
}

dia_status dia_block_go_on(dia_block *block, int64_t step, int count, const int64_t *number, const int8_t *active,
                           const int8_t *fate, const double *states, dia_error *error)
{
    const size_t whole = dia_block_state_width(block), n = (size_t)count, size = size_of(block, count);
    char *bytes = malloc(size), *to = bytes;
    if (bytes == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the states of %d trajectories", count);
    put_header(block, step, count, &to);
    put(&to, number, n * sizeof *number);
    for (size_t b = 0; b < n; b++) {
        const int32_t state = active[b];
        put(&to, &state, sizeof state);
    }
    put(&to, fate, n * sizeof *fate);
    for (size_t i = 0, at = 0; i < ROWS; at += block->scratch->rows[i++].width)
        for (size_t b = 0; b < n; b++)
            put(&to, states + b * whole + at, block->scratch->rows[i].width * sizeof *states);
    const dia_status status = dia_block_restore(block, bytes, size, error);
    free(bytes);
    return status;
}
