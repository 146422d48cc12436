/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/json.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

static void write_text(FILE *out, const char *text)
{
    fputc('"', out);
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            fprintf(out, "\\%c", *p);
        else if (*p == '\n')
            fputs("\\n", out);
        else if (*p == '\t')
            fputs("\\t", out);
        else if (*p < 0x20)
            fprintf(out, "\\u%04x", *p);
        else
            fputc(*p, out);
    }
    fputc('"', out);
}

/* The shortest of 15 to 17 digits that reads back as the same double, or the digits that are wanted. */
static void write_real(dia_json *json, double value)
{
    if (!isfinite(value)) {
        fputs("null", json->out);
        return;
    }
    char text[40];
    for (int digits = json->digits > 0 ? json->digits : 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, value);
        if (json->digits > 0 || strtod(text, NULL) == value)
            break;
    }
    fputs(text, json->out);
}

/* Comma, new line, indentation and key of the next item. */
static void next(dia_json *json, const char *key)
{
    if (json->depth == 0)
        return;
    if (json->filled[json->depth])
        fputs(json->line[json->depth] && json->digits == 0 ? ", " : ",", json->out);
    json->filled[json->depth] = true;
    if (!json->line[json->depth])
        fprintf(json->out, "\n%*s", 2 * json->depth, "");
    if (key != NULL) {
        write_text(json->out, key);
        fputs(": ", json->out);
    }
}

static void open_list(dia_json *json, const char *key, char open, char close)
{
    next(json, key);
    fputc(open, json->out);
    assert(json->depth + 1 < DIA_JSON_DEPTH);
    json->depth++;
    json->filled[json->depth] = json->line[json->depth] = false;
    json->close[json->depth] = close;
}

void dia_json_object(dia_json *json, const char *key)
{
    open_list(json, key, '{', '}');
}

void dia_json_array(dia_json *json, const char *key)
{
    open_list(json, key, '[', ']');
}

void dia_json_line(dia_json *json, const char *key)
{
    open_list(json, key, '[', ']');
    json->line[json->depth] = true;
}

void dia_json_end(dia_json *json)
{
    assert(json->depth > 0);
    char close = json->close[json->depth];
    bool filled = json->filled[json->depth] && !json->line[json->depth];
    json->depth--;
    if (filled)
        fprintf(json->out, "\n%*s", 2 * json->depth, "");
    fputc(close, json->out);
    if (json->depth == 0)
        fputc('\n', json->out);
}

void dia_json_text(dia_json *json, const char *key, const char *text)
{
    next(json, key);
    if (text == NULL)
        fputs("null", json->out);
    else
        write_text(json->out, text);
}

void dia_json_real(dia_json *json, const char *key, double value)
{
    next(json, key);
    write_real(json, value);
}

void dia_json_int(dia_json *json, const char *key, int64_t value)
{
    next(json, key);
    fprintf(json->out, "%" PRId64, value);
}

void dia_json_bool(dia_json *json, const char *key, bool value)
{
    next(json, key);
    fputs(value ? "true" : "false", json->out);
}

void dia_json_null(dia_json *json, const char *key)
{
    next(json, key);
    fputs("null", json->out);
}

/* Rounded up, so that no more than `most` are left. */
static int step_of(int n, int most)
{
    return most < 2 || n <= most ? 1 : (n - 1 + most - 2) / (most - 1);
}

int dia_json_thinned(int n, int most)
{
    const int step = step_of(n, most);
    return n < 1 ? 0 : (n - 1 + step - 1) / step + 1;
}

int dia_json_item(int n, int most, int i)
{
    const int at = i * step_of(n, most);
    return at < n - 1 ? at : n - 1;
}

void dia_json_reals(dia_json *json, const char *key, int n, int stride, const double *values)
{
    dia_json_line(json, key);
    for (int i = 0; i < dia_json_thinned(n, json->most); i++)
        dia_json_real(json, NULL, values[(size_t)dia_json_item(n, json->most, i) * (size_t)stride]);
    dia_json_end(json);
}
