/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers from text and as text, and whole numbers from real ones. All conversions in the program use these functions: atoi,
 * strtol and a cast of a double truncate or overflow silently. */
#ifndef DIA_BASE_NUMBER_H
#define DIA_BASE_NUMBER_H

#include "diabolo/base.h"

/* Length of [+-]digits[.digits][e[+-]digits] at the beginning of the text; 0: no number there. fortran: the exponent
 * may also be written with d (1.0D-02). */
size_t dia_number_length(const char *text, bool fortran);

/* The whole text as a finite number, Fortran's exponents included; no nan, inf or hexadecimal. False: it is not a
 * number; *value is unchanged. */
bool dia_text_real(const char *text, double *value);

/* The whole text as an integer (decimal digits with or without a sign) from minimum to maximum. False: it is not;
 * `why` (size bytes) then says "'1e3' is not an integer" or "0 is out of range, expected 1 to 64", and *value is
 * unchanged. */
bool dia_text_integer(const char *text, long long minimum, long long maximum, long long *value, size_t size, char *why);
bool dia_text_int(const char *text, int minimum, int maximum, int *value, size_t size, char *why);

/* "0.1234", with so many digits behind the point; "1.2e+17" where that does not fit into the text, whose room is what a column has; "-"
 * for NaN: a number that is not known, as the error of a single trajectory. size: at least 9. */
void dia_real_text(double x, int digits, size_t size, char *text);

/* The integer nearest to x. False if x is NaN or the integer is not from minimum to maximum; *value is then
 * unchanged. */
bool dia_real_integer(double x, int64_t minimum, int64_t maximum, int64_t *value);

#endif
