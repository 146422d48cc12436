/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/lane_isa.h"

#include <stdatomic.h>
#include <string.h>

#include "math/panel.h"

int dia_lane_isa(void)
{
    static atomic_int chosen; /* 1 + the choice, which every thread would make alike; 0: none yet */
    int isa = atomic_load_explicit(&chosen, memory_order_relaxed) - 1;
    if (isa >= 0)
        return isa;
    const char *name = dia_panel_kernel_best()->isa;
    isa = strcmp(name, "avx512") == 0 ? DIA_ISA_AVX512 : strcmp(name, "avx2") == 0 ? DIA_ISA_AVX2 : DIA_ISA_GENERIC;
    atomic_store_explicit(&chosen, isa + 1, memory_order_relaxed);
    return isa;
}
