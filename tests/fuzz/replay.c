/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Runs the target on every file named, and on every beginning of it, or what its own mutator makes of it: a cheap fuzzer where there is
 * no libFuzzer. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

enum { LARGEST = 1 << 16, MUTATIONS = 25 };

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed) __attribute__((weak));
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);

/* In place of libFuzzer's, for a mutator that asks for it. */
size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most)
{
    (void)most;
    if (size > 0)
        bytes[size / 2] ^= 1;
    return size;
}

/* The bytes as they are, then mutated again and again; the same in every run. */
static void mutate(uint8_t *bytes, size_t size)
{
    for (unsigned seed = 1; seed <= MUTATIONS; seed++) {
        LLVMFuzzerTestOneInput(bytes, size);
        size = LLVMFuzzerCustomMutator(bytes, size, 2000, seed + (unsigned)size);
    }
}

static int replay(const char *path)
{
    static uint8_t bytes[LARGEST];
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return 0;
    size_t size = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    if (LLVMFuzzerCustomMutator != NULL) {
        mutate(bytes, size);
        return 1;
    }
    const size_t stride = 1 + size / 500;
    for (size_t end = 0; end <= size; end += stride) {
        uint8_t *exact = malloc(end > 0 ? end : 1); /* so that a sanitizer sees a read beyond the end */
        memcpy(exact, bytes, end);
        LLVMFuzzerTestOneInput(exact, end);
        free(exact);
    }
    for (size_t i = 0; i < size; i += stride) { /* single bytes replaced */
        uint8_t kept = bytes[i];
        bytes[i] = (uint8_t)(kept ^ (1u << i % 8));
        LLVMFuzzerTestOneInput(bytes, size);
        bytes[i] = kept;
    }
    return 1;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);
        if (folder == NULL) {
            count += replay(argv[i]);
            continue;
        }
        for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
            char path[4096];
            if (entry->d_name[0] == '.')
                continue;
            snprintf(path, sizeof path, "%s/%s", argv[i], entry->d_name);
            count += replay(path);
        }
        closedir(folder);
    }
    printf("%d files replayed\n", count);
    return count > 0 ? 0 : 1;
}
