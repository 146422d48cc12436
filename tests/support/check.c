/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <math.h>
#include <stdlib.h>

void check_close(double a, double b, double rtol, double atol, const char *text_a, const char *text_b, const char *file,
                 int line)
{
    if (fabs(a - b) <= atol + rtol * fabs(b))
        return;
    print_error("%s = %.17g\n%s = %.17g\ndifference %.3g, relative %.3g, allowed %.3g + %.3g relative\n", text_a, a,
                text_b, b, a - b, (a - b) / b, atol, rtol);
    _fail(file, line);
}

void check_ok(dia_status status, const dia_error *error, const char *text, const char *file, int line)
{
    if (status == DIA_OK)
        return;
    print_error("%s: %s: %s\n", text, dia_status_text(status), error != NULL ? error->text : "");
    _fail(file, line);
}

uint64_t check_seed(uint64_t fallback)
{
    const char *text = getenv("TEST_SEED");
    uint64_t seed = text != NULL ? strtoull(text, NULL, 10) : fallback;
    print_message("TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

int check_instruction_sets(void)
{
    int n = 1;
#if defined(__x86_64__)
    n += __builtin_cpu_supports("avx2") != 0;
    n += n == 2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512vl");
#endif
    return n;
}
