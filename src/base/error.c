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

/* A text that did not fit ends in "..." and never in half a UTF-8 character. `length` is what it wanted to be. */
static void cut(size_t size, char *text, size_t length)
{
    static const char dots[] = "...";
    if (length < size)
        return;
    size_t end = size - sizeof dots;
    while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
        end--;
    memcpy(text + end, dots, sizeof dots);
}

dia_status dia_error_set(dia_error *error, dia_status status, const char *format, ...)
{
    if (error != NULL && error->status == DIA_OK) {
        va_list arguments;
        va_start(arguments, format);
        int length = vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        cut(sizeof error->text, error->text, length > 0 ? (size_t)length : 0);
        error->status = status;
    }
    return status;
}

dia_status dia_error_prefix(dia_error *error, const char *format, ...)
{
    if (error == NULL)
        return DIA_ERROR_INPUT; /* it is called where something failed: never "no error" */
    char text[sizeof error->text];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (length < 0)
        return error->status;
    cut(sizeof text, text, (size_t)length);
    size_t used = strlen(text), rest = strlen(error->text), room = sizeof text - 1 - used;
    const char colon[] = ": ";
    if (room >= sizeof colon) {
        memcpy(text + used, colon, sizeof colon);
        used += sizeof colon - 1;
        room = sizeof text - 1 - used;
        memcpy(text + used, error->text, rest < room ? rest : room);
        text[used + (rest < room ? rest : room)] = '\0';
        cut(sizeof text, text, used + rest);
    }
    memcpy(error->text, text, sizeof text);
    return error->status;
}

void dia_error_clear(dia_error *error)
{
    error->status = DIA_OK;
    error->text[0] = '\0';
}
