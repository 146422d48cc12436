/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fuzz target takes bytes and must neither crash nor leak nor hang, whatever they are. The same function is driven by
 * libFuzzer (clang, -DDIABOLO_FUZZ=ON) or by replay.c over files. */
#ifndef DIA_FUZZ_FUZZ_H
#define DIA_FUZZ_FUZZ_H

#include "diabolo/base.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

/* fuzz.c, for targets that need it. */

/* "NAME" in a folder of this process, which is removed at its end. Valid during seven further calls. */
const char *fuzz_path(const char *name);
/* Aborts unless what failed is explained, and only that. */
void fuzz_check(dia_status status, const dia_error *error);
/* Aborts if a valid file could not be made. */
void fuzz_made(dia_status status, const dia_error *error);

#endif
