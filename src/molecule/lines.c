/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/lines.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "molecule/elements.h"

static const char blanks[] = " \t\r\f\v";

/* Unicode's spaces and minus sign in UTF-8, with their replacements. */
static const struct {
    const char *bytes, *plain;
} marks[] = {
    {"\xc2\xa0", " "},     /* no-break space */
    {"\xe2\x80\xaf", " "}, /* narrow no-break space */
    {"\xe3\x80\x80", " "}, /* ideographic space */
    {"\xe2\x80\x80", " "}, {"\xe2\x80\x81", " "}, {"\xe2\x80\x82", " "}, {"\xe2\x80\x83", " "}, /* en, em, ... */
    {"\xe2\x80\x84", " "}, {"\xe2\x80\x85", " "}, {"\xe2\x80\x86", " "}, {"\xe2\x80\x87", " "},
    {"\xe2\x80\x88", " "}, {"\xe2\x80\x89", " "}, {"\xe2\x80\x8a", " "}, {"\xe2\x88\x92", "-"}, /* minus sign */
    {"\xef\xbb\xbf", ""},                                                                       /* byte order mark */
    {"\r\n", "\n"},        {"\r", "\n"},
};

/* Replaces them; the text gets shorter, in place. */
static void make_plain(char *text)
{
    char *out = text;
    while (*text != '\0') {
        size_t m = 0, n = sizeof marks / sizeof marks[0];
        const unsigned char first = (unsigned char)*text;
        if (first != '\r' && (first < 0x80 || (first != 0xc2 && first < 0xe2)))
            m = n; /* no mark: the usual case */
        while (m < n && strncmp(text, marks[m].bytes, strlen(marks[m].bytes)) != 0)
            m++;
        if (m == n) {
            *out++ = *text++;
            continue;
        }
        text += strlen(marks[m].bytes);
        if (marks[m].plain[0] != '\0')
            *out++ = marks[m].plain[0];
    }
    *out = '\0';
}

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
        const bool wide = size > 1 && (memcmp(text, "\xff\xfe", 2) == 0 || memcmp(text, "\xfe\xff", 2) == 0);
        const char *why = text == NULL       ? "out of memory"
                          : failed           ? strerror(errno)
                          : size + 1 >= room ? "it is larger than 1 GiB, or memory is short"
                          : wide             ? "it is UTF-16 text: save it as UTF-8"
                                             : "it is not a text file";
        free(text);
        return dia_error_set(error, status, "%s: cannot be read: %s", path, why);
    }
    text[size] = '\0';
    make_plain(text);
    lines->text = text;
    lines->next = text[0] != '\0' ? text : NULL;
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
    const char *token = dia_lines_token(lines);
    if (token == NULL)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected %s, found the end of the line", what);
    if (!dia_text_real(token, value))
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected %s (a number), found '%s'", what, token);
    return DIA_OK;
}

dia_status dia_lines_int(dia_lines *lines, const char *what, int minimum, int maximum, int *value, dia_error *error)
{
    char why[200];
    const char *token = dia_lines_token(lines);
    if (token == NULL)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected %s, found the end of the line", what);
    if (!dia_text_int(token, minimum, maximum, value, sizeof why, why))
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "%s: %s", what, why);
    return DIA_OK;
}

dia_status dia_lines_ints(dia_lines *lines, const char *what, int minimum, int maximum, int room, int *n, int *value,
                          dia_error *error)
{
    *n = 0;
    while (*dia_lines_rest(lines) != '\0') {
        if (*n == room)
            return dia_lines_error(lines, error, DIA_ERROR_INPUT, "%s: more than %d on this line", what, room);
        const dia_status status = dia_lines_int(lines, what, minimum, maximum, &value[*n], error);
        if (status != DIA_OK)
            return status;
        ++*n;
    }
    return DIA_OK;
}

dia_status dia_lines_element(dia_lines *lines, int *number, double *mass, dia_error *error)
{
    const char *token = dia_lines_token(lines);
    if (token == NULL)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected an element, found the end of the line");
    dia_error own = {0};
    const dia_status status = dia_element_read(token, number, mass, &own);
    return status == DIA_OK ? DIA_OK : dia_lines_error(lines, error, status, "%s", own.text);
}

const char *dia_lines_rest(const dia_lines *lines)
{
    return lines->cursor != NULL ? lines->cursor + strspn(lines->cursor, blanks) : "";
}

dia_status dia_lines_end(dia_lines *lines, dia_error *error)
{
    const char *token = dia_lines_token(lines);
    if (token != NULL)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected the end of the line, found '%s'", token);
    return DIA_OK;
}
