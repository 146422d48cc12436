/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64, CHUNK = 64 * 1024 };

/* Chunks form a list, newest first; only the first one still has room. The header takes one alignment unit, so that
 * the bytes after it are aligned as well. */
typedef struct chunk {
    struct chunk *next;
    size_t size, used; /* bytes, header included */
} chunk;

struct dia_arena {
    chunk *head;
};

static size_t aligned(size_t bytes)
{
    return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

void *dia_allocate(size_t count, size_t size)
{
    if (size != 0 && count > (SIZE_MAX - ALIGNMENT) / size)
        return NULL;
    size_t bytes = aligned(count * size);
    if (bytes == 0) /* a valid pointer also for size 0, so that NULL always means failure */
        bytes = ALIGNMENT;
    void *memory = aligned_alloc(ALIGNMENT, bytes);
    if (memory != NULL)
        memset(memory, 0, bytes);
    return memory;
}

dia_arena *dia_arena_create(void)
{
    return calloc(1, sizeof(dia_arena));
}

void dia_arena_free(dia_arena *arena)
{
    if (arena == NULL)
        return;
    for (chunk *next, *one = arena->head; one != NULL; one = next) {
        next = one->next;
        free(one);
    }
    free(arena);
}

static chunk *chunk_for(dia_arena *arena, size_t bytes)
{
    chunk *head = arena->head;
    if (head != NULL && head->size - head->used >= bytes)
        return head;
    size_t header = aligned(sizeof(chunk));
    size_t size = header + (bytes > CHUNK ? bytes : CHUNK);
    chunk *fresh = dia_allocate(1, size);
    if (fresh == NULL)
        return NULL;
    *fresh = (chunk){.next = head, .size = size, .used = header};
    arena->head = fresh;
    return fresh;
}

void *dia_arena_get(dia_arena *arena, size_t bytes)
{
    if (bytes > SIZE_MAX / 2)
        return NULL;
    bytes = aligned(bytes > 0 ? bytes : 1);
    chunk *one = chunk_for(arena, bytes);
    if (one == NULL)
        return NULL;
    void *piece = (char *)one + one->used;
    one->used += bytes;
    return piece;
}

char *dia_arena_text(dia_arena *arena, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = dia_arena_get(arena, size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

bool dia_allocate_parts(size_t n, const dia_part *parts)
{
    size_t total = 1; /* never a request for nothing */
    for (size_t i = 0; i < n; i++)
        total += parts[i].size;
    double *at = dia_allocate(total, sizeof *at);
    for (size_t i = 0; i < n; i++) {
        *parts[i].at = at;
        at += at != NULL ? parts[i].size : 0;
    }
    return *parts[0].at != NULL;
}
