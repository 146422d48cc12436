/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/lines.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char blanks[] = " \t\r\f\v";

dia_status dia_lines_open(dia_lines *lines, const char *path, dia_error *error)
{
    *lines = (dia_lines){.path = path};
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be read: %s", path, strerror(errno));
    const size_t limit = (size_t)1 << 30;
    size_t size = 0, room = 1 << 16;
    char *text = NULL;
    for (;;) {
        char *more = realloc(text, room);
        if (more == NULL)
            break;
        text = more;
        size_t got = fread(text + size, 1, room - 1 - size, file);
        size += got;
        if (size < room - 1 || room > limit)
            break;
        room *= 2;
    }
    bool failed = ferror(file) != 0;
    fclose(file);
    if (text == NULL || failed || size + 1 >= room || memchr(text, '\0', size) != NULL) {
        dia_status status = text == NULL ? DIA_ERROR_MEMORY : DIA_ERROR_FILE;
        const char *why = text == NULL       ? "out of memory"
                          : failed           ? strerror(errno)
                          : size + 1 >= room ? "it is larger than 1 GiB, or memory is short"
                                             : "it is not a text file";
        free(text);
        return dia_error_set(error, status, "%s: cannot be read: %s", path, why);
    }
    text[size] = '\0';
    lines->text = text;
    lines->next = size > 0 ? text : NULL;
    return DIA_OK;
}

void dia_lines_close(dia_lines *lines)
{
    free(lines->text);
    *lines = (dia_lines){0};
}

char *dia_lines_next(dia_lines *lines)
{
    char *line = lines->next;
    lines->cursor = line;
    if (line == NULL)
        return NULL;
    lines->number++;
    char *end = strchr(line, '\n');
    if (end != NULL)
        *end = '\0';
    lines->next = end != NULL && end[1] != '\0' ? end + 1 : NULL;
    size_t length = strlen(line);
    if (length > 0 && line[length - 1] == '\r')
        line[length - 1] = '\0';
    return line;
}

char *dia_lines_next_filled(dia_lines *lines)
{
    char *line;
    do
        line = dia_lines_next(lines);
    while (line != NULL && line[strspn(line, blanks)] == '\0');
    return line;
}

char *dia_lines_token(dia_lines *lines)
{
    if (lines->cursor == NULL)
        return NULL;
    char *token = lines->cursor + strspn(lines->cursor, blanks);
    if (*token == '\0') {
        lines->cursor = token;
        return NULL;
    }
    char *end = token + strcspn(token, blanks);
    lines->cursor = *end == '\0' ? end : end + 1;
    *end = '\0';
    return token;
}

dia_status dia_lines_error(const dia_lines *lines, dia_error *error, dia_status status, const char *format, ...)
{
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return dia_error_set(error, status, "%s:%d: %s", lines->path, lines->number, text);
}

dia_status dia_lines_real(dia_lines *lines, const char *what, double *value, dia_error *error)
{
    char *token = dia_lines_token(lines), *end = NULL;
    if (token == NULL)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected %s, found the end of the line", what);
    double x = strtod(token, &end);
    if (*end != '\0' || !isfinite(x))
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected %s (a number), found '%s'", what, token);
    *value = x;
    return DIA_OK;
}

dia_status dia_lines_int(dia_lines *lines, const char *what, int minimum, int maximum, int *value, dia_error *error)
{
    char *token = dia_lines_token(lines), *end = NULL;
    if (token == NULL)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected %s, found the end of the line", what);
    long n = strtol(token, &end, 10);
    if (*end != '\0' || end == token)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected %s (an integer), found '%s'", what, token);
    if (n < minimum || n > maximum)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "%s is %s, expected %d to %d", what, token, minimum,
                               maximum);
    *value = (int)n;
    return DIA_OK;
}

dia_status dia_lines_end(dia_lines *lines, dia_error *error)
{
    const char *token = dia_lines_token(lines);
    if (token != NULL)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected the end of the line, found '%s'", token);
    return DIA_OK;
}
