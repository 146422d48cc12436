/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *dia_status_text(dia_status status)
{
    static const char *const texts[] = {
#define X(name, text) text,
        DIA_STATUS_LIST(X)
#undef X
    };
    size_t count = sizeof texts / sizeof texts[0];
    return (size_t)status < count ? texts[status] : "unknown status";
}

dia_status dia_error_set(dia_error *error, dia_status status, const char *format, ...)
{
    if (error != NULL && error->status == DIA_OK) {
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        error->status = status;
    }
    return status;
}

dia_status dia_error_prefix(dia_error *error, const char *format, ...)
{
    if (error == NULL)
        return DIA_OK;
    char text[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length >= 0 && (size_t)length < sizeof text)
        snprintf(text + length, sizeof text - (size_t)length, ": %s", error->text);
    memcpy(error->text, text, sizeof text);
    error->text[sizeof text - 1] = '\0';
    return error->status;
}

void dia_error_clear(dia_error *error)
{
    error->status = DIA_OK;
    error->text[0] = '\0';
}
