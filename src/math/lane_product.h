/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Products of matrices side by side, for sources *_kernel.c (lane_math.h), of doubles and, with names that end in _narrow, of floats. An
 * element is a row of a panel; of floats a row holds the WIDTH lanes of a vector alone. Each element of a product is summed in one order, so
 * how it is cut into blocks changes nothing. */
#ifndef DIA_MATH_LANE_PRODUCT_H
#define DIA_MATH_LANE_PRODUCT_H

#include <stddef.h>

#include "math/lane_math.h"

typedef float narrow __attribute__((vector_size(WIDTH * sizeof(float)), may_alias)); /* in memory of doubles */

INLINE narrow narrow_of(vector x)
{
    return __builtin_convertvector(x, narrow);
}

INLINE vector wide_of(narrow x)
{
    return __builtin_convertvector(x, vector);
}

INLINE narrow get_narrow(const float *x, long i)
{
    return *(const narrow *)(const void *)(x + i * WIDTH);
}

INLINE void put_narrow(float *x, long i, narrow v)
{
    *(narrow *)(void *)(x + i * WIDTH) = v;
}

/* Rows and columns of a block, whose sums stay in registers. */
#if defined(__AVX512F__)
enum { TALL = 4, BROAD = 5 };
#else
enum { TALL = 2, BROAD = 4 };
#endif

#define PRODUCT_REAL double
#define PRODUCT_VECTOR vector
#define PRODUCT_ROW LANES
#define PRODUCT_WIDE(x) (x)
#define PRODUCT_NAME(name) name
#include "math/lane_product_of.h"

/* In place of being stored, a product is added to `add` where `on`, and the sum goes to `to`; elsewhere `add` does. */
typedef struct addition {
    matrix add, to;
    mask on;
} addition;

#define PRODUCT_BLOCKS
#include "math/lane_product_of.h"

#define PRODUCT_REAL float
#define PRODUCT_VECTOR narrow
#define PRODUCT_ROW WIDTH
#define PRODUCT_WIDE(x) wide_of(x)
#define PRODUCT_NAME(name) name##_narrow
#include "math/lane_product_of.h"
#define PRODUCT_BLOCKS
#include "math/lane_product_of.h"

#endif
