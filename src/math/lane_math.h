/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arithmetic on vectors of geometries, one in each lane, for sources that are compiled once for each instruction set (files
 * *_kernel.c). Arrays come in panels of LANES: x[row*LANES + lane]; a vector is WIDTH lanes of a row.
 *
 * No lane sees another, and only operations that IEEE 754 rounds correctly are used, none of them fused, so a lane's results are the
 * same bits in every place and on every processor. */
#ifndef DIA_MATH_LANE_MATH_H
#define DIA_MATH_LANE_MATH_H

#include <math.h>
#include <stdbool.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "math/lanes.h"

#if defined(__AVX512F__)
typedef dia_v8 vector;
#else
typedef dia_v4 vector;
#endif
typedef __typeof__((vector){0.0} < (vector){0.0}) mask; /* of each lane all bits or none */

enum { LANES = 8, WIDTH = sizeof(vector) / sizeof(double) };
#define INLINE static inline __attribute__((always_inline))

INLINE vector all(double x)
{
#if defined(__AVX512F__)
    return dia_v8_all(x);
#else
    return dia_v4_all(x);
#endif
}

INLINE vector load(const double *p)
{
    return *(const vector *)(const void *)p;
}

INLINE void store(double *p, vector v)
{
    *(vector *)(void *)p = v;
}

/* Row i of a panel. */
INLINE double *at(double *x, int i)
{
    return x + (long)i * LANES;
}

INLINE vector get(const double *x, int i)
{
    return load(x + (long)i * LANES);
}

INLINE void put(double *x, int i, vector v)
{
    store(x + (long)i * LANES, v);
}

/* a where m, b elsewhere */
INLINE vector choose(mask m, vector a, vector b)
{
    return (vector)(((mask)a & m) | ((mask)b & ~m));
}

INLINE bool any(mask m)
{
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)m, (__m512i)m) != 0;
#elif defined(__AVX2__)
    return _mm256_movemask_pd((__m256d)m) != 0;
#else
    return (m[0] | m[1] | m[2] | m[3]) != 0;
#endif
}

/* Bit i: lane i. */
INLINE unsigned bits_of(mask m)
{
#if defined(__AVX512F__)
    return _mm512_test_epi64_mask((__m512i)m, (__m512i)m);
#else
    unsigned bits = 0;
    for (int i = 0; i < WIDTH; i++)
        bits |= (m[i] != 0 ? 1u : 0u) << i;
    return bits;
#endif
}

INLINE vector root(vector x)
{
#if defined(__AVX512F__)
    return (vector)_mm512_sqrt_pd((__m512d)x);
#elif defined(__AVX2__)
    return (vector)_mm256_sqrt_pd((__m256d)x);
#else
    for (int i = 0; i < WIDTH; i++)
        x[i] = sqrt(x[i]);
    return x;
#endif
}

/* All bits of the sign, in each lane. */
INLINE mask sign_bits(void)
{
    return (mask)all(-0.0);
}

INLINE vector absolute(vector x)
{
    return (vector)((mask)x & ~sign_bits());
}

/* |x| with the sign of y */
INLINE vector with_sign(vector x, vector y)
{
    return (vector)(((mask)x & ~sign_bits()) | ((mask)y & sign_bits()));
}

INLINE vector larger_of(vector a, vector b)
{
    return choose(a > b, a, b);
}

/* What exp(x) is made of: power = 2^k and rest with exp(x) = power (1 + rest); |x| <= 708, beyond as there (lanes.h). */
INLINE void exponential_parts(vector x, vector *power, vector *rest)
{
    const vector most = all(708.0), round = all(DIA_ROUNDER);
    x = choose(x > most, most, choose(x < -most, -most, x));
    const vector rounded = x * all(DIA_LN2_INVERSE) + round, k = rounded - round;
    const vector r = (x - k * all(DIA_LN2_HIGH)) - k * all(DIA_LN2_LOW), r2 = r * r;
    vector even = all(dia_exp_series[8]), odd = all(dia_exp_series[9]);
    for (int i = 6; i >= 0; i -= 2) {
        even = even * r2 + all(dia_exp_series[i]);
        odd = odd * r2 + all(dia_exp_series[i + 1]);
    }
    *power = (vector)(((mask)rounded << 52) + (mask)all(1.0));
    *rest = r + r2 * (even + r * odd);
}

/* exp to 1.5 units in the last place */
INLINE vector exponential(vector x)
{
    vector power, rest;
    exponential_parts(x, &power, &rest);
    return power + power * rest;
}

/* Cosine and sine, errors below 1 unit in the last place of 1. The nearest multiple k pi/2 is subtracted in two parts, of which the
 * first has 33 bits, so that its product with k is exact; then Taylor series on [-pi/4, pi/4], whose first terms
 * left out, x^18/18! and x^19/19!, are below 3e-18. Beyond 1e5, where k would become too long, those of the C library. */
INLINE void cosine_and_sine(vector x, vector *cosine, vector *sine)
{
    const vector round = all(0x1.8p52); /* the sum has the integer in its last bits */
    const vector shifted = x * all(0.63661977236758134308) + round;
    const vector k = shifted - round;
    const vector r = x - k * all(0x1.921fb544p0) - k * all(0x1.0b4611a626331p-34);
    const vector z = r * r;
    vector c = all(1.0 / 20922789888000.0), s = all(1.0 / 355687428096000.0);
    c = c * z - all(1.0 / 87178291200.0);
    c = c * z + all(1.0 / 479001600.0);
    c = c * z - all(1.0 / 3628800.0);
    c = c * z + all(1.0 / 40320.0);
    c = c * z - all(1.0 / 720.0);
    c = c * z + all(1.0 / 24.0);
    c = all(1.0) - (all(0.5) * z - z * z * c);
    s = s * z - all(1.0 / 1307674368000.0);
    s = s * z + all(1.0 / 6227020800.0);
    s = s * z - all(1.0 / 39916800.0);
    s = s * z + all(1.0 / 362880.0);
    s = s * z - all(1.0 / 5040.0);
    s = s * z + all(1.0 / 120.0);
    s = s * z - all(1.0 / 6.0);
    s = r + r * z * s;
    const mask bits = (mask)shifted, one = (mask)all(0x1p-1074); /* the integer 1 */
    const mask odd = (bits & one) == one, half = (bits & (one + one)) != (mask)all(0.0),
               turned = odd ^ half; /* of k mod 4: the cosine is negative for 1 and 2, the sine for 2 and 3 */
    *cosine = (vector)((mask)choose(odd, s, c) ^ (turned & sign_bits()));
    *sine = (vector)((mask)choose(odd, c, s) ^ (half & sign_bits()));
    if (any(absolute(x) > all(1e5)))
        for (int i = 0; i < WIDTH; i++)
            if (fabs(x[i]) > 1e5) {
                (*cosine)[i] = cos(x[i]);
                (*sine)[i] = sin(x[i]);
            }
}

#endif
