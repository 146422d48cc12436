/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What panel_vector.h has, for floats: sixteen in a register of AVX-512, else vectors of eight. */
#ifndef DIA_MATH_PANEL_VECTOR_SINGLE_H
#define DIA_MATH_PANEL_VECTOR_SINGLE_H

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "math/lanes.h"

#define INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
typedef float vector __attribute__((vector_size(64)));
typedef int mask __attribute__((vector_size(64)));
#else
typedef float vector __attribute__((vector_size(32)));
typedef int mask __attribute__((vector_size(32)));
#endif
enum { WIDTH = sizeof(vector) / sizeof(float) };

INLINE vector all(float x)
{
#if defined(__AVX512F__)
    return (vector)_mm512_set1_ps(x);
#else
    return (vector){x, x, x, x, x, x, x, x};
#endif
}

INLINE vector load(const float *p)
{
    return *(const vector *)(const void *)p;
}

INLINE void store(float *p, vector v)
{
    *(vector *)(void *)p = v;
}

/* a b + c */
INLINE vector fused(vector a, vector b, vector c)
{
#if defined(__AVX512F__)
    return (vector)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__FMA__)
    return (vector)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#elif defined(__ARM_FEATURE_FMA)
    for (int i = 0; i < WIDTH; i++)
        c[i] = __builtin_fmaf(a[i], b[i], c[i]);
    return c;
#else
    return a * b + c;
#endif
}

/* The lesser of a and b; b where one is not a number. */
INLINE vector least(vector a, vector b)
{
#if defined(__AVX512F__)
    return (vector)_mm512_min_ps((__m512)a, (__m512)b);
#elif defined(__AVX2__)
    return (vector)_mm256_min_ps((__m256)a, (__m256)b);
#else
    const mask m = a < b;
    return (vector)((m & (mask)a) | (~m & (mask)b));
#endif
}

/* 2^k and p = exp(t - k ln 2) - 1, k the integer next to t/ln 2, |t| <= 80. ln 2 in two parts, of which the first has nine bits, so
 * that k times it is exact; (exp(r) - 1 - r)/r^2 by Taylor: the first term left out, r^6/8!, is below 5e-8 of the first. */
INLINE vector power_of_two(vector t, vector *p)
{
    const vector rounder = all(0x1.8p23f), shifted = fused(t, all(0x1.715476p+0f), rounder), k = shifted - rounder;
    const vector r = fused(k, all(0x1.bd0106p-13f), fused(k, all(-0x1.63p-1f), t)), r2 = r * r;
    const vector even = fused(fused(all(1.0f / 720), r2, all(1.0f / 24)), r2, all(0.5f)),
                 odd = fused(fused(all(1.0f / 5040), r2, all(1.0f / 120)), r2, all(1.0f / 6));
    *p = fused(fused(odd, r, even), r2, r);
    return (vector)(((mask)shifted << 23) + (mask)all(1.0f));
}

/* As in panel_vector.h. */
INLINE vector tanh_of(vector x)
{
    const mask sign = (mask)all(-0.0f);
    const vector y = least(all(10.0f), (vector)((mask)x & ~sign)); /* 1 to rounding beyond */
    vector p;
    const vector power = power_of_two(y + y, &p), e = fused(power, p, power - all(1.0f));
    return (vector)((mask)(e / (e + all(2.0f))) | ((mask)x & sign));
}

/* 1/(1 + exp(-x)), -80 <= x */
INLINE vector sigmoid_of(vector x)
{
    vector p;
    const vector power = power_of_two(-least(all(80.0f), x), &p);
    return all(1.0f) / (all(1.0f) + fused(power, p, power));
}

/* x, or -80 if it is less: SiLU is 0 to 2e-33 there. */
INLINE vector bounded_of(vector x)
{
    return -least(all(80.0f), -x);
}

#endif
