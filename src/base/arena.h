/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Memory that is allocated in pieces and freed all at once. Pieces are 64-byte aligned and zeroed. Not thread-safe. */
#ifndef DIA_BASE_ARENA_H
#define DIA_BASE_ARENA_H

#include <stddef.h>

typedef struct dia_arena dia_arena;

dia_arena *dia_arena_create(void); /* NULL: out of memory */
void dia_arena_free(dia_arena *arena);
void *dia_arena_get(dia_arena *arena, size_t bytes); /* NULL: out of memory */
char *dia_arena_text(dia_arena *arena, const char *text);

/* 64-byte aligned, zeroed heap memory for count items; NULL if it overflows or fails. Freed by free(). */
void *dia_allocate(size_t count, size_t size);

#endif
