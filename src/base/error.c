/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/base.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"

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

/* A text that did not fit ends in "..." and never in half a UTF-8 character. `length` is the length of the whole
 * text. */
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

/* Bytes of the UTF-8 character at text (of `left` bytes); 0: not a valid one. */
static size_t character(const unsigned char *text, size_t left)
{
    const size_t size = text[0] < 0x80   ? 1
                        : text[0] < 0xc2 ? 0
                        : text[0] < 0xe0 ? 2
                        : text[0] < 0xf0 ? 3
                        : text[0] < 0xf5 ? 4
                                         : 0;
    for (size_t i = 1; i < size; i++)
        if (i >= left || (text[i] & 0xc0) != 0x80)
            return 0;
    return size;
}

size_t dia_text_escape(size_t size, char *out, size_t length, const char *text)
{
    size_t used = 0;
    for (size_t i = 0; i < length;) {
        const unsigned char *at = (const unsigned char *)text + i;
        const size_t whole = character(at, length - i);
        const bool plain = whole > 0 && ((at[0] >= ' ' && at[0] != 0x7f) || at[0] == '\n' || at[0] == '\t');
        const size_t step = plain ? whole : 1;
        if (used + (plain ? whole : sizeof "\\x1b" - 1) >= size)
            break;
        if (plain)
            memcpy(out + used, at, whole);
        else
            snprintf(out + used, size - used, "\\x%02x", at[0]);
        used += plain ? whole : sizeof "\\x1b" - 1;
        i += step;
    }
    out[used] = '\0';
    return used;
}

/* Names from a broken file may hold any bytes: no message writes them to a terminal unchanged. */
static void escape(dia_error *error)
{
    char copy[sizeof error->text];
    memcpy(copy, error->text, sizeof copy);
    dia_text_escape(sizeof error->text, error->text, strlen(copy), copy);
}

dia_status dia_error_set(dia_error *error, dia_status status, const char *format, ...)
{
    if (error != NULL && error->status == DIA_OK) {
        va_list arguments;
        va_start(arguments, format);
        int length = vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
        cut(sizeof error->text, error->text, length > 0 ? (size_t)length : 0);
        escape(error);
        error->status = status;
    }
    return status;
}

dia_status dia_error_prefix(dia_error *error, const char *format, ...)
{
    if (error == NULL)
        return DIA_ERROR_INPUT; /* this is called only after a failure: never return DIA_OK */
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
    escape(error);
    return error->status;
}

void dia_error_clear(dia_error *error)
{
    error->status = DIA_OK;
    error->text[0] = '\0';
}
