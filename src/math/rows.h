/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of numbers in memory <-> lanes of a panel, x[i*8 + lane], 64-byte aligned: a row a lane. */
#ifndef DIA_MATH_ROWS_H
#define DIA_MATH_ROWS_H

/* Eight rows of `size` numbers; they may be the same. */
void dia_rows_to_lanes(int size, const double *const row[8], double *lanes);
/* The first `count` lanes. */
void dia_lanes_to_rows(int size, int count, const double *lanes, double *const row[8]);

#endif
