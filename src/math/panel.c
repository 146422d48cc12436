/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/panel.h"

#include <stdlib.h>
#include <string.h>

#include "math/lanes.h"

static const dia_panel_kernel *const kernels[] = {&dia_panel_kernel_avx512, &dia_panel_kernel_avx2,
                                                  &dia_panel_kernel_generic};
enum { KERNELS = sizeof kernels / sizeof kernels[0] };

bool dia_panel_kernel_runs(const dia_panel_kernel *kernel)
{
#if defined(__x86_64__)
    if (kernel == &dia_panel_kernel_avx512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl"); /* the latter for kernels of lanes */
    if (kernel == &dia_panel_kernel_avx2)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return kernel == &dia_panel_kernel_generic;
}

/* The environment's choice. NULL: it has made none, or one that cannot be. */
static const dia_panel_kernel *asked(const char *isa)
{
    const dia_panel_kernel *found = NULL;
    for (int k = 0; k < KERNELS && isa != NULL; k++)
        if (strcmp(isa, kernels[k]->isa) == 0 && dia_panel_kernel_runs(kernels[k]))
            found = kernels[k];
    return found;
}

dia_status dia_panel_kernel_check(dia_error *error)
{
    const char *isa = getenv(DIA_PANEL_VARIABLE);
    char here[64] = "";
    if (isa == NULL || isa[0] == '\0' || asked(isa) != NULL)
        return DIA_OK;
    for (int k = 0; k < KERNELS; k++)
        if (dia_panel_kernel_runs(kernels[k])) {
            strcat(here, here[0] != '\0' ? ", " : "");
            strcat(here, kernels[k]->isa);
        }
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "the environment variable %s is '%s'; this processor has: %s. Unset it to take the first",
                         DIA_PANEL_VARIABLE, isa, here);
}

const dia_panel_kernel *dia_panel_kernel_best(void)
{
    const dia_panel_kernel *kernel = asked(getenv(DIA_PANEL_VARIABLE));
    for (int k = 0; k < KERNELS && kernel == NULL; k++)
        if (dia_panel_kernel_runs(kernels[k]))
            kernel = kernels[k];
    return kernel;
}

const dia_panel_single *dia_panel_single_of(const dia_panel_kernel *kernel)
{
    return kernel == &dia_panel_kernel_avx512 ? &dia_panel_single_avx512
           : kernel == &dia_panel_kernel_avx2 ? &dia_panel_single_avx2
                                              : &dia_panel_single_generic;
}

DIA_CLONES void dia_panel_narrow(size_t n, const double *restrict from, float *restrict to)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (float)from[i];
}

void dia_panel_pack(int nrow, int ncol, const double *W, int transposed, double *packed)
{
    const size_t next_row = transposed ? 1 : (size_t)ncol, next_col = transposed ? (size_t)nrow : 1;
    for (int first = 0; first < nrow; first += DIA_PANEL_ROWS) {
        const int rows = nrow - first < DIA_PANEL_ROWS ? nrow - first : DIA_PANEL_ROWS;
        const double *w = W + (size_t)first * next_row;
        for (int col = 0; col < ncol; col++, packed += DIA_PANEL_ROWS, w += next_col)
            if (rows == DIA_PANEL_ROWS)
                for (size_t r = 0; r < DIA_PANEL_ROWS; r++)
                    packed[r] = w[r * next_row];
            else
                for (int r = 0; r < DIA_PANEL_ROWS; r++)
                    packed[r] = r < rows ? w[(size_t)r * next_row] : 0.0;
    }
}
