/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one header with vector extensions: vectors of four or eight doubles (GCC and clang). On a processor without them the
 * compiler splits them; the arithmetic of each lane is the same. Panels are DIA_LANES (two vectors) wide and 64-byte
 * aligned. */
#ifndef DIA_MATH_LANES_H
#define DIA_MATH_LANES_H

#if defined(__GNUC__)
typedef double dia_v4 __attribute__((vector_size(32)));
typedef double dia_v8 __attribute__((vector_size(64))); /* for processors with AVX-512 */
#else
#error "Diabolo needs GCC or clang"
#endif

static inline dia_v4 dia_v4_all(double x)
{
    return (dia_v4){x, x, x, x};
}

static inline dia_v8 dia_v8_all(double x)
{
    return (dia_v8){x, x, x, x, x, x, x, x};
}

#endif
