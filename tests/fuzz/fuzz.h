/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fuzz target takes bytes and must neither crash nor leak nor hang, whatever they are. The same function is driven by
 * libFuzzer (clang, -DDIABOLO_FUZZ=ON) or by replay.c over files. */
#ifndef DIA_FUZZ_FUZZ_H
#define DIA_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
