/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every test needs: cmocka with its includes in order, and comparisons of doubles that can fail (cmocka's own
 * assert_float_equal casts to float). */
#ifndef DIA_TEST_CHECK_H
#define DIA_TEST_CHECK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "diabolo/base.h"

/* |a-b| <= atol + rtol |b|; NaN never passes. Prints both with 17 digits. */
#define assert_close(a, b, rtol, atol) check_close((a), (b), (rtol), (atol), #a, #b, __FILE__, __LINE__)
/* status is DIA_OK; otherwise prints error->text. */
#define assert_ok(status, error) check_ok((status), (error), #status, __FILE__, __LINE__)

void check_close(double a, double b, double rtol, double atol, const char *text_a, const char *text_b, const char *file,
                 int line);
void check_ok(dia_status status, const dia_error *error, const char *text, const char *file, int line);

/* The seed of a property test: TEST_SEED if set, else `fallback`; printed, so that a failure can be repeated. */
uint64_t check_seed(uint64_t fallback);

/* How many of the kernels of lanes in the order generic, AVX2, AVX-512 this processor can run: 1 to 3. */
int check_instruction_sets(void);

#endif
