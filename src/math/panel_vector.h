/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What panel kernels have beside lane_math.h: multiplications and additions that are fused (rounded once) where the instruction set has
 * that, which is decided here and not by the compiler, so all sets that fuse give the same bits; and activations. */
#ifndef DIA_MATH_PANEL_VECTOR_H
#define DIA_MATH_PANEL_VECTOR_H

#include "math/lane_math.h"

#if defined(__FMA__) || defined(__AVX512F__) || defined(__ARM_FEATURE_FMA)
enum { FUSED = 1 };
#else
enum { FUSED = 0 };
#endif

/* a b + c */
INLINE vector fused(vector a, vector b, vector c)
{
#if defined(__AVX512F__)
    return (vector)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__FMA__)
    return (vector)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#elif defined(__ARM_FEATURE_FMA)
    for (int i = 0; i < WIDTH; i++)
        c[i] = __builtin_fma(a[i], b[i], c[i]);
    return c;
#else
    return a * b + c;
#endif
}

/* The lesser of a and b; b where one is not a number. */
INLINE vector least(vector a, vector b)
{
#if defined(__AVX512F__)
    return (vector)_mm512_min_pd((__m512d)a, (__m512d)b);
#elif defined(__AVX2__)
    return (vector)_mm256_min_pd((__m256d)a, (__m256d)b);
#else
    return choose(a < b, a, b);
#endif
}

/* 2^k and p = exp(t - k ln 2) - 1, k the integer next to t/ln 2, |t| <= 708 */
INLINE vector power_of_two(vector t, vector *p)
{
    const double *c = dia_exp_series;
    const vector rounder = all(DIA_ROUNDER), rounded = fused(t, all(DIA_LN2_INVERSE), rounder), k = rounded - rounder;
    const vector r = fused(k, all(-DIA_LN2_LOW), fused(k, all(-DIA_LN2_HIGH), t)), r2 = r * r;
    vector even = all(c[8]), odd = all(c[9]);
    for (int i = 6; i >= 0; i -= 2) {
        even = fused(even, r2, all(c[i]));
        odd = fused(odd, r2, all(c[i + 1]));
    }
    *p = fused(fused(odd, r, even), r2, r);
    return (vector)(((mask)rounded << 52) + (mask)all(1.0));
}

/* tanh, to 2.5 units in the last place: with e = exp(2|x|) - 1, which is exact to rounding for small x too, e/(e + 2). */
INLINE vector tanh_of(vector x)
{
    const vector y = least(all(20.0), absolute(x)); /* 1 to rounding beyond */
    vector p;
    const vector power = power_of_two(y + y, &p), e = fused(power, p, power - all(1.0));
    return with_sign(e / (e + all(2.0)), x);
}

/* 1/(1 + exp(-x)), -708 <= x */
INLINE vector sigmoid_of(vector x)
{
    vector p;
    const vector power = power_of_two(-least(all(708.0), x), &p);
    return all(1.0) / (all(1.0) + fused(power, p, power));
}

/* x, or -708 if it is less: SiLU is 0 to 1e-305 there. */
INLINE vector bounded_of(vector x)
{
    return -least(all(708.0), -x);
}

#endif
