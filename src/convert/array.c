/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/array.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"

void dia_array_free(dia_array *array)
{
    free(array->values);
    *array = (dia_array){0};
}

bool dia_array_make(dia_array *array, int rank, const size_t *dims)
{
    const size_t most = (size_t)1 << 31;
    *array = (dia_array){.rank = rank, .count = 1};
    for (int i = 0; i < rank; i++) {
        if (dims[i] > 0 && array->count > most / dims[i])
            return false;
        array->dims[i] = dims[i];
        array->count *= dims[i];
    }
    array->values = dia_allocate(array->count + 1, sizeof *array->values);
    return array->values != NULL;
}

dia_array dia_array_row(const dia_array *array, size_t k)
{
    dia_array row = {.rank = array->rank - 1, .count = 1};
    for (int i = 0; i < row.rank; i++) {
        row.dims[i] = array->dims[i + 1];
        row.count *= row.dims[i];
    }
    row.values = array->values + k * row.count;
    return row;
}

dia_array dia_array_without_ones(const dia_array *array)
{
    dia_array a = *array;
    while (a.rank > 3 && a.dims[0] == 1)
        a = dia_array_row(&a, 0);
    return a;
}

const char *dia_array_shape(const dia_array *array, size_t size, char *text)
{
    size_t used = 0;
    snprintf(text, size, "a single number");
    for (int i = 0; i < array->rank && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%zu%s", i > 0 ? ", " : "(", array->dims[i],
                                 i + 1 == array->rank ? ")" : "");
    return text;
}

/* ---- from JSON ------------------------------------------------------------------------------- */

typedef struct filling {
    dia_array *array;
    const char *where;
    size_t index[DIA_ARRAY_RANK]; /* of the item being read, for messages */
    dia_error *error;
} filling;

static dia_status wrong(const filling *f, int depth, const char *found)
{
    char place[200] = "";
    size_t used = 0;
    for (int i = 0; i < depth && used < sizeof place; i++)
        used += (size_t)snprintf(place + used, sizeof place - used, "[%zu]", f->index[i]);
    if (depth < f->array->rank)
        return dia_error_set(f->error, DIA_ERROR_INPUT,
                             "%s%s: expected a list of %zu items (as in the others), found %s", f->where, place,
                             f->array->dims[depth], found);
    return dia_error_set(f->error, DIA_ERROR_INPUT, "%s%s: expected a number, found %s", f->where, place, found);
}

/* The shape follows from the first item that is not null at every depth. */
static dia_status find_shape(const json_t *json, const char *where, int *rank, size_t *dims, dia_error *error)
{
    *rank = 0;
    while (json_is_array(json)) {
        if (*rank == DIA_ARRAY_RANK)
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: lists are nested more than %d deep", where, *rank);
        dims[(*rank)++] = json_array_size(json);
        const json_t *next = NULL;
        for (size_t i = 0; i < json_array_size(json) && (next == NULL || json_is_null(next)); i++)
            next = json_array_get(json, i);
        json = next;
    }
    return DIA_OK;
}

static dia_status fill_number(filling *f, const json_t *json, double *value)
{
    char found[80];
    if (json_is_number(json)) {
        *value = json_number_value(json);
        return DIA_OK;
    }
    if (json_is_string(json) && dia_text_real(json_string_value(json), value))
        return DIA_OK;
    snprintf(found, sizeof found, "'%.40s'", json_is_string(json) ? json_string_value(json) : "a list or an object");
    return wrong(f, f->array->rank, found);
}

static dia_status fill(filling *f, const json_t *json, int depth, double *values)
{
    dia_array *a = f->array;
    size_t width = 1;
    for (int i = depth; i < a->rank; i++)
        width *= a->dims[i];
    if (json == NULL || json_is_null(json)) {
        for (size_t i = 0; i < width; i++)
            values[i] = NAN;
        return DIA_OK;
    }
    if (depth == a->rank)
        return fill_number(f, json, values);
    if (!json_is_array(json))
        return wrong(f, depth, "something else");
    char found[40];
    snprintf(found, sizeof found, "%zu", json_array_size(json));
    if (json_array_size(json) != a->dims[depth])
        return wrong(f, depth, found);
    dia_status status = DIA_OK;
    for (size_t i = 0; i < a->dims[depth] && status == DIA_OK; i++) {
        f->index[depth] = i;
        status = fill(f, json_array_get(json, i), depth + 1, values + i * (width / a->dims[depth]));
    }
    return status;
}

dia_status dia_array_of_json(dia_array *array, const json_t *json, const char *where, dia_error *error)
{
    int rank;
    size_t dims[DIA_ARRAY_RANK];
    *array = (dia_array){0};
    dia_status status = find_shape(json, where, &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (!dia_array_make(array, rank, dims))
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for so many numbers", where);
    filling f = {.array = array, .where = where, .error = error};
    status = fill(&f, json, 0, array->values);
    if (status != DIA_OK)
        dia_array_free(array);
    return status;
}

/* JSON has no NaN, but Python writes it: null in its place, outside of texts. The result is on the heap; NULL: no memory. */
static char *without_nan(const char *text, size_t size, size_t *length)
{
    char *out = malloc(size + size / 3 + 2);
    bool quoted = false;
    *length = 0;
    for (size_t i = 0; out != NULL && i < size;) {
        if (text[i] == '"')
            quoted = !quoted;
        if (quoted && text[i] == '\\' && i + 1 < size)
            out[(*length)++] = text[i++];
        if (!quoted && size - i >= 3 && memcmp(text + i, "NaN", 3) == 0) {
            memcpy(out + *length, (const char[4]){'n', 'u', 'l', 'l'}, 4);
            *length += 4;
            i += 3;
            continue;
        }
        out[(*length)++] = text[i++];
    }
    return out;
}

dia_status dia_json_parse(json_t **json, const char *text, size_t size, const char *where, dia_error *error)
{
    json_error_t why;
    size_t length;
    char *clean = without_nan(text, size, &length);
    *json = clean != NULL ? json_loadb(clean, length, JSON_DECODE_ANY, &why) : NULL;
    free(clean);
    if (clean == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", where);
    if (*json == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: no JSON: line %d, column %d: %.300s", where, why.line,
                             why.column, why.text);
    return DIA_OK;
}

/* ---- from text ------------------------------------------------------------------------------- */

static const char gap[] = " ,{}\t";

static dia_status numbers_of_text(dia_array *array, const char *text, const char *where, dia_error *error)
{
    size_t n = 0;
    for (const char *at = text + strspn(text, gap); *at != '\0'; n++) {
        at += strcspn(at, gap);
        at += strspn(at, gap);
    }
    if (!dia_array_make(array, n == 1 && text[0] != '{' ? 0 : 1, &n))
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %zu numbers", where, n);
    const char *at = text + strspn(text, gap);
    for (size_t i = 0; i < n; i++) {
        char word[64];
        const size_t length = strcspn(at, gap);
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), at);
        if (strcmp(word, "nan") == 0 || strcmp(word, "NaN") == 0)
            array->values[i] = NAN;
        else if (!dia_text_real(word, &array->values[i]))
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: expected a number, found '%.40s'", where, word);
        at += length;
        at += strspn(at, gap);
    }
    return DIA_OK;
}

dia_status dia_array_of_text(dia_array *array, const char *text, const char *where, dia_error *error)
{
    static const char mark[] = "_JSON";
    *array = (dia_array){0};
    if (strncmp(text, mark, strlen(mark)) == 0)
        text += strlen(mark);
    text += strspn(text, " ");
    dia_status status;
    if (text[0] == '[' && (strchr(text, ',') != NULL || strchr(text + 1, '[') != NULL)) {
        json_t *json;
        status = dia_json_parse(&json, text, strlen(text), where, error);
        if (status == DIA_OK) {
            status = dia_array_of_json(array, json, where, error);
            json_decref(json);
        }
        return status;
    }
    status = numbers_of_text(array, text, where, error);
    if (status != DIA_OK)
        dia_array_free(array);
    return status;
}
