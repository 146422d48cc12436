/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/number.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t dia_number_length(const char *text, bool fortran)
{
    const char *p = text;
    int digits = 0;
    p += *p == '+' || *p == '-';
    for (; isdigit((unsigned char)*p); p++)
        digits = 1;
    if (*p == '.')
        for (p++; isdigit((unsigned char)*p); p++)
            digits = 1;
    if (digits == 0)
        return 0;
    if (*p == 'e' || *p == 'E' || (fortran && (*p == 'd' || *p == 'D'))) {
        const char *exponent = p + 1;
        exponent += *exponent == '+' || *exponent == '-';
        if (isdigit((unsigned char)*exponent))
            p = exponent + strspn(exponent, "0123456789");
    }
    return (size_t)(p - text);
}

bool dia_text_real(const char *text, double *value)
{
    char plain[400]; /* strtod does not accept d; nobody writes a number with more digits than this */
    const size_t length = strlen(text);
    if (length == 0 || length >= sizeof plain || dia_number_length(text, true) != length)
        return false;
    for (size_t i = 0; i <= length; i++)
        plain[i] = text[i] == 'd' || text[i] == 'D' ? 'e' : text[i];
    char *end;
    const double x = strtod(plain, &end);
    if (*end != '\0' || !isfinite(x))
        return false;
    *value = x;
    return true;
}

bool dia_text_integer(const char *text, long long minimum, long long maximum, long long *value, size_t size, char *why)
{
    const char *digits = text + (*text == '-' || *text == '+');
    const size_t count = strspn(digits, "0123456789");
    if (count == 0 || digits[count] != '\0') {
        snprintf(why, size, "'%.40s' is not an integer", text);
        return false;
    }
    errno = 0;
    const long long number = strtoll(text, NULL, 10);
    if (number < minimum || number > maximum || errno == ERANGE) {
        snprintf(why, size, "%.40s is out of range, expected %lld to %lld", text, minimum, maximum);
        return false;
    }
    *value = number;
    return true;
}

bool dia_text_int(const char *text, int minimum, int maximum, int *value, size_t size, char *why)
{
    long long number;
    const bool good = dia_text_integer(text, minimum, maximum, &number, size, why);
    if (good)
        *value = (int)number;
    return good;
}

void dia_real_text(double x, int digits, size_t size, char *text)
{
    if (isnan(x)) {
        snprintf(text, size, "-");
        return;
    }
    int length = snprintf(text, size, "%.*f", digits, x);
    for (int some = 3; some >= 0 && length >= (int)size; some--)
        length = snprintf(text, size, "%.*e", some, x);
}

bool dia_real_integer(double x, int64_t minimum, int64_t maximum, int64_t *value)
{
    const double whole = round(x);
    /* 2^63 is a double, INT64_MAX is not: a double below it can be converted. */
    if (!(whole >= -0x1p63 && whole < 0x1p63) || (int64_t)whole < minimum || (int64_t)whole > maximum)
        return false;
    *value = (int64_t)whole;
    return true;
}
