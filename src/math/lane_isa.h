/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources *_kernel.c that do arithmetic on lanes (lane_math.h) are compiled once for each of these instruction sets; all give the same bits. */
#ifndef DIA_MATH_LANE_ISA_H
#define DIA_MATH_LANE_ISA_H

enum { DIA_ISA_GENERIC, DIA_ISA_AVX2, DIA_ISA_AVX512, DIA_ISAS };

/* The one of the panels (panel.h): the best that this processor has, unless the environment asks for another. */
int dia_lane_isa(void);

#endif
