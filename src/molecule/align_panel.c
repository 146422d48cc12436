/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/lane_isa.h"
#include "molecule/align_kernel.h"

enum { L = DIA_ALIGN_LANES };

const dia_align_kernel *dia_align_kernel_best(void)
{
    static const dia_align_kernel *const kernels[DIA_ISAS] = {
        [DIA_ISA_GENERIC] = &dia_align_kernel_generic,
        [DIA_ISA_AVX2] = &dia_align_kernel_avx2,
        [DIA_ISA_AVX512] = &dia_align_kernel_avx512,
    };
    return kernels[dia_lane_isa()];
}

void dia_align_panel(const dia_align_kernel *kernel, const dia_alignment *alignment, const double *R, double *z,
                     double *pose, double *work)
{
    const unsigned left = kernel->align(alignment, R, z, pose);
    const int ncart = 3 * alignment->natom;
    double *own = work, *turned = work + ncart;
    for (int l = 0; left != 0 && l < L; l++) {
        dia_pose alone;
        if (!(left >> l & 1u))
            continue;
        for (int c = 0; c < ncart; c++)
            own[c] = R[c * L + l];
        dia_align(alignment, own, turned, &alone);
        for (int c = 0; c < ncart; c++)
            z[c * L + l] = turned[c];
        for (int i = 0; i < 9; i++) {
            pose[(DIA_TURN_ROW + i) * L + l] = alone.turn[i];
            pose[(DIA_RESPONSE_ROW + i) * L + l] = alone.response[i];
        }
    }
}
