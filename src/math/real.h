/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For sources that are compiled twice: for panels of eight doubles and, with DIA_SINGLE, for panels of sixteen floats. A row of either has
 * 64 bytes, so work space is the same. */
#ifndef DIA_MATH_REAL_H
#define DIA_MATH_REAL_H

#include "math/lanes.h"
#include "math/panel.h"

#if defined(DIA_SINGLE)
typedef float real;
#define DIA_REAL_LANES DIA_PANEL_SINGLE_LANES
#define DIA_REAL_NAME(name) name##_single
#define DIA_REAL_WEIGHTS(owner) (&(owner)->single) /* packed in this precision */
#else
typedef double real;
#define DIA_REAL_LANES DIA_PANEL_LANES
#define DIA_REAL_NAME(name) name
#define DIA_REAL_WEIGHTS(owner) (owner)
#endif

typedef real dia_row __attribute__((vector_size(64)));
typedef real dia_row_anywhere __attribute__((vector_size(64), aligned(4), may_alias));

/* Work space of so many doubles, in reals. */
static inline size_t dia_reals(size_t doubles)
{
    return doubles / DIA_PANEL_LANES * DIA_REAL_LANES;
}

DIA_INLINE dia_row dia_row_load(const real *p)
{
    return *(const dia_row_anywhere *)p;
}

DIA_INLINE void dia_row_store(real *p, dia_row v)
{
    *(dia_row_anywhere *)p = v;
}

#endif
