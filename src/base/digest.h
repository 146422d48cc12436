/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256 (nettle, which takes the instructions that processors have for it), as 64 hexadecimal digits and a terminating zero. */
#ifndef DIA_BASE_DIGEST_H
#define DIA_BASE_DIGEST_H

#include "diabolo/base.h"

void dia_digest_bytes(const void *bytes, size_t size, char digest[DIA_DIGEST_SIZE]);
DIA_MUST_USE dia_status dia_digest_file(const char *path, char digest[DIA_DIGEST_SIZE], dia_error *error);

#endif
