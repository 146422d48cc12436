/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/digest.h"

#include <sys/types.h>

#include <errno.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>

static void finish(struct sha256_ctx *context, char digest[DIA_DIGEST_SIZE])
{
    static const char hex[] = "0123456789abcdef";
    uint8_t bytes[SHA256_DIGEST_SIZE];
    sha256_digest(context, sizeof bytes, bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        digest[2 * i] = hex[bytes[i] >> 4];
        digest[2 * i + 1] = hex[bytes[i] & 15];
    }
    digest[2 * sizeof bytes] = '\0';
}

void dia_digest_bytes(const void *bytes, size_t size, char digest[DIA_DIGEST_SIZE])
{
    struct sha256_ctx context;
    sha256_init(&context);
    if (size > 0)
        sha256_update(&context, size, bytes);
    finish(&context, digest);
}

dia_status dia_digest_file(const char *path, char digest[DIA_DIGEST_SIZE], dia_error *error)
{
    digest[0] = '\0';
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return dia_error_set(error, DIA_ERROR_FILE, "cannot read '%s': %s", path, strerror(errno));
    struct sha256_ctx context;
    sha256_init(&context);
    uint8_t buffer[1 << 14];
    for (size_t size; (size = fread(buffer, 1, sizeof buffer, file)) > 0;)
        sha256_update(&context, size, buffer);
    int reason = errno;
    bool failed = ferror(file) != 0;
    fclose(file);
    if (failed)
        return dia_error_set(error, DIA_ERROR_FILE, "cannot read '%s': %s", path, strerror(reason));
    finish(&context, digest);
    return DIA_OK;
}
