/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Loaded before the C library (LD_PRELOAD): the Nth allocation that the program itself asks for fails (FAULT_MEMORY=N), or all from the Nth on
 * (FAULT_MEMORY=N+). Those of libraries, which may end the process as they like, are left alone. FAULT_COUNT=FILE: their number is written
 * there at the end. See faults.py. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static uintptr_t begin, past; /* of the program's code */
static long fatal = -1;
static bool onwards;
static const char *count_path;
static atomic_long count;

static int find_program(struct dl_phdr_info *info, size_t size, void *context)
{
    (void)size, (void)context;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X) != 0) {
            begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            past = begin + info->dlpi_phdr[i].p_memsz;
        }
    return 1; /* the program is the first */
}

__attribute__((constructor)) static void start(void)
{
    const char *text = getenv("FAULT_MEMORY");
    dl_iterate_phdr(find_program, NULL);
    count_path = getenv("FAULT_COUNT");
    if (text != NULL) {
        fatal = strtol(text, NULL, 10);
        onwards = strchr(text, '+') != NULL;
    }
}

__attribute__((destructor)) static void end(void)
{
    FILE *out = count_path != NULL ? fopen(count_path, "w") : NULL;
    if (out != NULL) {
        fprintf(out, "%ld\n", (long)count);
        fclose(out);
    }
}

static bool fails(const void *caller)
{
    const uintptr_t from = (uintptr_t)caller;
    if (from < begin || from >= past)
        return false;
    const long now = ++count;
    if (fatal < 0 || now < fatal || (now > fatal && !onwards))
        return false;
    errno = ENOMEM;
    return true;
}

#define CALLER __builtin_return_address(0)
#define OPEN __attribute__((visibility("default")))

OPEN void *malloc(size_t size)
{
    return fails(CALLER) ? NULL : __libc_malloc(size);
}

OPEN void *calloc(size_t n, size_t size)
{
    return fails(CALLER) ? NULL : __libc_calloc(n, size);
}

OPEN void *realloc(void *memory, size_t size)
{
    return fails(CALLER) ? NULL : __libc_realloc(memory, size);
}

OPEN void *aligned_alloc(size_t alignment, size_t size)
{
    return fails(CALLER) ? NULL : __libc_memalign(alignment, size);
}

OPEN int posix_memalign(void **memory, size_t alignment, size_t size)
{
    void *got = fails(CALLER) ? NULL : __libc_memalign(alignment, size);
    if (got != NULL)
        *memory = got;
    return got != NULL ? 0 : ENOMEM;
}

OPEN char *strdup(const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = fails(CALLER) ? NULL : __libc_malloc(size);
    return copy != NULL ? memcpy(copy, text, size) : NULL;
}

OPEN char *strndup(const char *text, size_t most)
{
    const size_t size = strnlen(text, most);
    char *copy = fails(CALLER) ? NULL : __libc_malloc(size + 1);
    if (copy == NULL)
        return NULL;
    copy[size] = '\0';
    return memcpy(copy, text, size);
}

OPEN FILE *open_memstream(char **text, size_t *size)
{
    static FILE *(*real)(char **, size_t *);
    if (fails(CALLER))
        return NULL;
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "open_memstream");
    return real(text, size);
}
