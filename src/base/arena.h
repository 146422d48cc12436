/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that is allocated in pieces and freed all at once. Pieces are 64-byte aligned and zeroed. Not thread-safe. */
#ifndef DIA_BASE_ARENA_H
#define DIA_BASE_ARENA_H

#include <stdbool.h>
#include <stddef.h>

typedef struct dia_arena dia_arena;

dia_arena *dia_arena_create(void); /* NULL: out of memory */
void dia_arena_free(dia_arena *arena);
void *dia_arena_get(dia_arena *arena, size_t bytes); /* NULL: out of memory */
char *dia_arena_text(dia_arena *arena, const char *text);

/* 64-byte aligned, zeroed heap memory for count items; NULL if it overflows or fails. Freed by free(). */
void *dia_allocate(size_t count, size_t size);

/* One zeroed block of heap memory in n parts: *part.at gets part.size doubles. The first is what free() takes. False: out of memory, and
 * the first is NULL. */
typedef struct dia_part {
    double **at;
    size_t size;
} dia_part;
bool dia_allocate_parts(size_t n, const dia_part *parts);
#define DIA_PARTS(...)                                                                                                 \
    dia_allocate_parts(sizeof((dia_part[]){__VA_ARGS__}) / sizeof(dia_part), (const dia_part[]){__VA_ARGS__})

#endif
