/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one header with vector extensions: vectors of four or eight doubles (GCC and clang). On a processor without them the
 * compiler splits them; the arithmetic of each lane is the same. Panels are DIA_LANES wide and 64-byte aligned. */
#ifndef DIA_MATH_LANES_H
#define DIA_MATH_LANES_H

#include <stddef.h>

#if !defined(__GNUC__)
#error "Diabolo needs GCC or clang"
#endif
#pragma GCC diagnostic ignored "-Wpsabi" /* vectors are handed only to functions that become part of their callers */

typedef double dia_v4 __attribute__((vector_size(32)));
typedef double dia_v8 __attribute__((vector_size(64)));
typedef double dia_v8_anywhere __attribute__((vector_size(64), aligned(8), may_alias)); /* of any alignment */
typedef long long dia_mask4
    __attribute__((vector_size(32))); /* what comparing two vectors gives: all bits set, or none */
typedef long long dia_mask8 __attribute__((vector_size(64)));

/* For functions on lanes that are compiled for several processors and chosen by the loader. They are to be compiled without
 * contraction, so that the numbers do not depend on the choice. (Sanitizers cannot look into the choosing.) */
#if defined(__x86_64__) && defined(__ELF__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__) &&      \
    !defined(__clang__)
#define DIA_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define DIA_CLONES
#endif
#define DIA_INLINE static inline __attribute__((always_inline))

/* Numbers that will be read soon, and so are fetched now. */
DIA_INLINE void dia_prefetch(size_t count, const double *p)
{
    for (size_t i = 0; i < count; i += 8)
        __builtin_prefetch(p + i);
}

DIA_INLINE dia_v4 dia_v4_all(double x)
{
    return (dia_v4){x, x, x, x};
}

DIA_INLINE dia_v8 dia_v8_all(double x)
{
    return (dia_v8){x, x, x, x, x, x, x, x};
}

DIA_INLINE dia_v8 dia_v8_load(const double *p)
{
    return *(const dia_v8_anywhere *)p;
}

DIA_INLINE void dia_v8_store(double *p, dia_v8 v)
{
    *(dia_v8_anywhere *)p = v;
}

typedef double dia_v2 __attribute__((vector_size(16)));

DIA_INLINE double dia_v8_sum(dia_v8 v)
{
    const dia_v4 four = __builtin_shufflevector(v, v, 0, 1, 2, 3) + __builtin_shufflevector(v, v, 4, 5, 6, 7);
    const dia_v2 two = __builtin_shufflevector(four, four, 0, 1) + __builtin_shufflevector(four, four, 2, 3);
    return two[0] + two[1];
}

/* Of the bits of a where the mask is set, else of b. */
DIA_INLINE dia_v8 dia_v8_choose(dia_mask8 mask, dia_v8 a, dia_v8 b)
{
    return (dia_v8)((mask & (dia_mask8)a) | (~mask & (dia_mask8)b));
}

/* Numbers a .. a + 7 of n, 8 <= n; behind the last of them there is nothing, so there it is the last eight with zeros for those before a. */
DIA_INLINE dia_v8 dia_v8_load_of(int n, int a, const double *p)
{
    static const long long keep[16] = {0, 0, 0, 0, 0, 0, 0, 0, -1, -1, -1, -1, -1, -1, -1, -1};
    typedef long long mask __attribute__((vector_size(64), aligned(8), may_alias));
    if (a + 8 <= n)
        return dia_v8_load(p + a);
    return (dia_v8)((dia_mask8)dia_v8_load(p + n - 8) & *(const mask *)(keep + (n - a)));
}

DIA_INLINE dia_v8 dia_v8_root(dia_v8 v)
{
    double x[8];
    for (int l = 0; l < 8; l++)
        x[l] = v[l];
    for (int l = 0; l < 8; l++)
        x[l] = __builtin_sqrt(x[l]);
    return (dia_v8){x[0], x[1], x[2], x[3], x[4], x[5], x[6], x[7]};
}

/* (exp(r) - 1 - r)/r^2, |r| <= ln(2)/2, in powers of r: error 2e-17 relative to exp(r) - 1 (minimax, Remez). */
static const double dia_exp_series[10] = {
    0x1.0000000000005p-1,  0x1.5555555555539p-3,  0x1.55555555522b8p-5,  0x1.1111111118fa5p-7,  0x1.6c16c17edb9f6p-10,
    0x1.a01a01751702ep-13, 0x1.a019a76f64822p-16, 0x1.71de88015be84p-19, 0x1.28a1dfdf05a25p-22, 0x1.ae6bb138dcfa2p-26};
/* ln 2 in two parts, the first so short that its products with exponents are exact; 1/ln 2; and a number that rounds to an integer, held
 * by the last bits of the sum, what is added to it. */
#define DIA_LN2_HIGH 0x1.62e42feep-1
#define DIA_LN2_LOW 0x1.a39ef35793c76p-33
#define DIA_LN2_INVERSE 0x1.71547652b82fep+0
#define DIA_ROUNDER 0x1.8p52

/* What exp(t) is made of: power = 2^k and rest with exp(t) = power (1 + rest); beyond -708 to 708 as there. Without fused
 * operations: the same bits on all processors. */
DIA_INLINE dia_v8 dia_v8_exp_parts(dia_v8 t, dia_v8 *rest)
{
    const dia_v8 most = dia_v8_all(708.0);
    t = dia_v8_choose(t > most, most, dia_v8_choose(t < -most, -most, t));
    const dia_v8 rounded = t * DIA_LN2_INVERSE + DIA_ROUNDER, k = rounded - DIA_ROUNDER;
    const dia_v8 r = (t - k * DIA_LN2_HIGH) - k * DIA_LN2_LOW, r2 = r * r;
    dia_v8 even = dia_v8_all(dia_exp_series[8]), odd = dia_v8_all(dia_exp_series[9]);
    for (int i = 6; i >= 0; i -= 2) {
        even = even * r2 + dia_exp_series[i];
        odd = odd * r2 + dia_exp_series[i + 1];
    }
    *rest = r + r2 * (even + r * odd);
    return (dia_v8)(((dia_mask8)rounded << 52) + (dia_mask8)dia_v8_all(1.0));
}

/* exp to 1.5 units in the last place */
DIA_INLINE dia_v8 dia_v8_exp(dia_v8 t)
{
    dia_v8 rest;
    const dia_v8 power = dia_v8_exp_parts(t, &rest);
    return power + power * rest;
}

/* exp(t) - 1, to 2 units in the last place also near 0 */
DIA_INLINE dia_v8 dia_v8_expm1(dia_v8 t)
{
    dia_v8 rest;
    const dia_v8 power = dia_v8_exp_parts(t, &rest);
    return (power - 1.0) + power * rest;
}

/* |v|, and v with the sign of another */
DIA_INLINE dia_v8 dia_v8_absolute(dia_v8 v)
{
    return (dia_v8)((dia_mask8)v & ~(dia_mask8)dia_v8_all(-0.0));
}

DIA_INLINE dia_v8 dia_v8_with_sign(dia_v8 v, dia_v8 of)
{
    const dia_mask8 sign = (dia_mask8)dia_v8_all(-0.0);
    return (dia_v8)(((dia_mask8)v & ~sign) | ((dia_mask8)of & sign));
}

#endif
