/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/panel.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const dia_panel_kernel *dia_panel_kernel_best(void)
{
    const char *asked = getenv("DIABOLO_ISA");
    if (asked != NULL && strcmp(asked, "generic") == 0)
        return &dia_panel_kernel_generic;
#if defined(__x86_64__)
    const bool narrow = asked != NULL && strcmp(asked, "avx2") == 0;
    if (!narrow && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq"))
        return &dia_panel_kernel_avx512;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return &dia_panel_kernel_avx2;
#endif
    return &dia_panel_kernel_generic;
}

void dia_panel_pack(int nrow, int ncol, const double *W, int transposed, double *packed)
{
    for (int first = 0; first < nrow; first += DIA_PANEL_ROWS)
        for (int col = 0; col < ncol; col++)
            for (int r = 0; r < DIA_PANEL_ROWS; r++) {
                int row = first + r;
                double value = 0.0;
                if (row < nrow)
                    value = transposed ? W[(size_t)col * (size_t)nrow + (size_t)row]
                                       : W[(size_t)row * (size_t)ncol + (size_t)col];
                *packed++ = value;
            }
}
