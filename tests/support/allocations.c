/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The executable's own malloc wins over libc's in every library (ELF symbol interposition), and hands on to it.
 * Sanitisers own malloc themselves: there we ask for their hook. */
#include "allocations.h"

#include <errno.h>
#include <stddef.h>

#include "diabolo/base.h"

static _Thread_local long count;

long allocations_count(void)
{
    return count;
}

#if defined(__has_feature)
#define HAS_FEATURE(x) __has_feature(x)
#else
#define HAS_FEATURE(x) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || HAS_FEATURE(address_sanitizer) ||                 \
    HAS_FEATURE(thread_sanitizer) || HAS_FEATURE(memory_sanitizer)

int __sanitizer_install_malloc_and_free_hooks(void (*on_malloc)(const volatile void *, size_t),
                                              void (*on_free)(const volatile void *));

static void on_malloc(const volatile void *memory, size_t size)
{
    (void)memory, (void)size;
    count++;
}

static void on_free(const volatile void *memory)
{
    (void)memory;
}

__attribute__((constructor)) static void install(void)
{
    __sanitizer_install_malloc_and_free_hooks(on_malloc, on_free);
}

#else

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

DIA_API void *malloc(size_t size);
DIA_API void *calloc(size_t n, size_t size);
DIA_API void *realloc(void *memory, size_t size);
DIA_API void *aligned_alloc(size_t alignment, size_t size);
DIA_API int posix_memalign(void **memory, size_t alignment, size_t size);

void *malloc(size_t size)
{
    count++;
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    count++;
    return __libc_calloc(n, size);
}

void *realloc(void *memory, size_t size)
{
    count++;
    return __libc_realloc(memory, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    count++;
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    count++;
    void *got = __libc_memalign(alignment, size);
    if (got == NULL)
        return ENOMEM;
    *memory = got;
    return 0;
}

#endif
