/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/rows.h"

#include "math/eigen_kernel.h"

void dia_rows_to_lanes(int size, const double *const row[8], double *lanes)
{
    dia_eigen_kernel_best()->gather(size, row, lanes);
}

void dia_lanes_to_rows(int size, int count, const double *lanes, double *const row[8])
{
    dia_eigen_kernel_best()->scatter(size, count, lanes, row);
}
