/* SPDX-License-Identifier: GPL-3.0-or-later */
/* align.h for eight geometries side by side, one in each lane: x[row*8 + lane], 64-byte aligned. Every lane is as if it were alone, and
 * the same bits in every build. */
#ifndef DIA_MOLECULE_ALIGN_KERNEL_H
#define DIA_MOLECULE_ALIGN_KERNEL_H

#include "molecule/align.h"

enum {
    DIA_ALIGN_LANES = 8,
    DIA_TURN_ROW = 0,     /* of a panel of poses: the nine elements of `turn`, */
    DIA_RESPONSE_ROW = 9, /* those of `response`                               */
    DIA_POSE_ROWS = 18
};

/* R, z, V, dz, P, G (3 natom, 8), pose (18, 8), M (3, 8). */
typedef struct dia_align_kernel {
    /* Returns, as bits, the lanes that this could not do: linear references, geometries on a line or not finite, ... */
    unsigned (*align)(const dia_alignment *alignment, const double *R, double *z, double *pose);
    void (*tangent)(const dia_alignment *alignment, const double *z, const double *pose, const double *V, double *dz);
    void (*cotangent)(const dia_alignment *alignment, const double *z, const double *pose, const double *P,
                      const double *M, double *G);
} dia_align_kernel;

extern const dia_align_kernel dia_align_kernel_generic, dia_align_kernel_avx2, dia_align_kernel_avx512;
const dia_align_kernel *dia_align_kernel_best(void); /* of dia_lane_isa */

/* By a kernel, and what it cannot do by dia_align. work: 6 natom doubles. */
void dia_align_panel(const dia_align_kernel *kernel, const dia_alignment *alignment, const double *R, double *z,
                     double *pose, double *work);

#endif
