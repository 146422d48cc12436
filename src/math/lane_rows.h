/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of numbers in memory <-> lanes, for sources *_kernel.c (lane_math.h). */
#ifndef DIA_MATH_LANE_ROWS_H
#define DIA_MATH_LANE_ROWS_H

#include <stddef.h>

#include "math/lane_math.h"

#if defined(__AVX2__)
/* Rows of four numbers <-> columns. */
INLINE void transpose(__m256d x[4])
{
    const __m256d a = _mm256_unpacklo_pd(x[0], x[1]), b = _mm256_unpackhi_pd(x[0], x[1]),
                  c = _mm256_unpacklo_pd(x[2], x[3]), d = _mm256_unpackhi_pd(x[2], x[3]);
    x[0] = _mm256_permute2f128_pd(a, c, 0x20);
    x[1] = _mm256_permute2f128_pd(b, d, 0x20);
    x[2] = _mm256_permute2f128_pd(a, c, 0x31);
    x[3] = _mm256_permute2f128_pd(b, d, 0x31);
}

/* Of four numbers the first `count`. */
INLINE __m256i first_of_four(size_t count)
{
    return _mm256_cmpgt_epi64(_mm256_set1_epi64x((long long)count), _mm256_set_epi64x(3, 2, 1, 0));
}
#endif

/* size numbers of each of eight rows -> lanes (size, LANES). */
INLINE void gather_rows(size_t size, const double *const row[LANES], double *lanes)
{
#if defined(__AVX2__)
    for (size_t i = 0; i < size; i += 4)
        for (int half = 0; half < LANES; half += 4) {
            const size_t count = size - i < 4 ? size - i : 4;
            __m256d x[4];
            for (int r = 0; r < 4; r++)
                x[r] = count == 4 ? _mm256_loadu_pd(row[half + r] + i)
                                  : _mm256_maskload_pd(row[half + r] + i, first_of_four(count));
            transpose(x);
            for (size_t r = 0; r < count; r++)
                _mm256_store_pd(lanes + (i + r) * LANES + half, x[r]);
        }
#else
    for (size_t i = 0; i < size; i++)
        for (int l = 0; l < LANES; l++)
            lanes[i * LANES + (size_t)l] = row[l][i];
#endif
}

/* And back, of the first `count` lanes. */
INLINE void scatter_rows(size_t size, int count, const double *lanes, double *const row[LANES])
{
#if defined(__AVX2__)
    for (size_t i = 0; i < size; i += 4)
        for (int half = 0; half < count; half += 4) {
            const size_t here = size - i < 4 ? size - i : 4;
            const int rows = count - half < 4 ? count - half : 4;
            __m256d x[4];
            for (size_t r = 0; r < 4; r++)
                x[r] = _mm256_load_pd(lanes + (r < here ? i + r : i) * LANES + half);
            transpose(x);
            for (int r = 0; r < rows; r++)
                if (here == 4)
                    _mm256_storeu_pd(row[half + r] + i, x[r]);
                else
                    _mm256_maskstore_pd(row[half + r] + i, first_of_four(here), x[r]);
        }
#else
    for (size_t i = 0; i < size; i++)
        for (int l = 0; l < count; l++)
            row[l][i] = lanes[i * LANES + (size_t)l];
#endif
}

#endif
