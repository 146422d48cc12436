/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/member.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { RANK = 8 };

static const struct {
    size_t size;
    dia_number number;
} kinds[] = {
    [DIA_MEMBER_REAL] = {sizeof(double), DIA_NUMBER_REAL},    [DIA_MEMBER_FLOAT] = {sizeof(double), DIA_NUMBER_FLOAT},
    [DIA_MEMBER_INT] = {sizeof(int), DIA_NUMBER_INT},         [DIA_MEMBER_INT8] = {sizeof(int8_t), DIA_NUMBER_INT8},
    [DIA_MEMBER_INT64] = {sizeof(int64_t), DIA_NUMBER_INT64}, [DIA_MEMBER_BOOL] = {sizeof(bool), DIA_NUMBER_INT8}};

static bool is_text(const dia_member *f)
{
    return f->kind == DIA_MEMBER_TEXT || f->kind == DIA_MEMBER_WORDS;
}

static bool inside(const dia_member *f) /* an array in the struct itself */
{
    return f->shape != NULL && isdigit((unsigned char)f->shape[0]);
}

static const void *member(const dia_member *f, const void *object)
{
    return (const char *)object + f->offset;
}

static const char *text_of(const dia_member *f, const void *object)
{
    const char *words = member(f, object);
    return f->kind == DIA_MEMBER_TEXT ? *(char *const *)member(f, object) : words[0] != '\0' ? words : NULL;
}

/* Appends the extents of a shape to those in dims; returns the rank. */
static int extents_of(const dia_member *f, const dia_extents *extents, int rank, size_t *dims)
{
    for (const char *c = f->shape; c != NULL && *c != '\0' && rank < RANK; c++)
        dims[rank++] = isdigit((unsigned char)*c) ? (size_t)(*c - '0') : extents->of[(unsigned char)*c & 127];
    return rank;
}

static double real_at(const dia_member *f, const void *values, size_t i)
{
    const double scale = f->scale != 0 ? f->scale : 1;
    return f->kind == DIA_MEMBER_INT     ? ((const int *)values)[i]
           : f->kind == DIA_MEMBER_INT8  ? ((const int8_t *)values)[i]
           : f->kind == DIA_MEMBER_INT64 ? (double)((const int64_t *)values)[i]
           : f->kind == DIA_MEMBER_BOOL  ? ((const bool *)values)[i]
                                         : ((const double *)values)[i] / scale;
}

static int64_t int_at(const dia_member *f, const void *value)
{
    return f->kind == DIA_MEMBER_INT64 ? *(const int64_t *)value : (int64_t)real_at(f, value, 0);
}

/* ---- file ------------------------------------------------------------------------------------ */

static dia_status put_attribute(const dia_member *f, const void *object, dia_store *store, const char *group,
                                dia_error *error)
{
    if (is_text(f)) {
        const char *text = text_of(f, object);
        return text != NULL ? dia_store_set_text(store, group, f->name, text, error) : DIA_OK;
    }
    if (f->kind == DIA_MEMBER_REAL || f->kind == DIA_MEMBER_FLOAT)
        return dia_store_set_real(store, group, f->name, *(const double *)member(f, object), error);
    return dia_store_set_int(store, group, f->name, int_at(f, member(f, object)), error);
}

static dia_status put_texts(char *const *texts, size_t n, const char *path, dia_store *store, dia_error *error)
{
    const char **list = dia_allocate(n + 1, sizeof *list);
    if (list == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu names", n);
    for (size_t i = 0; i < n; i++)
        list[i] = texts != NULL && texts[i] != NULL ? texts[i] : "";
    const dia_status status = dia_store_write_texts(store, path, n, list, error);
    free(list);
    return status;
}

static void path_of(const dia_member *f, const char *group, size_t size, char *path)
{
    snprintf(path, size, "%s%s%s", group, group[0] != '\0' ? "/" : "", f->name);
}

dia_status dia_members_store(const dia_member *f, const void *object, const dia_extents *extents, dia_store *store,
                             const char *group, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int attributes = 0; attributes < 2; attributes++) /* datasets first: they make the group */
        for (const dia_member *g = f; g->kind != DIA_MEMBER_END && status == DIA_OK; g++) {
            size_t dims[RANK];
            char path[200];
            if (g->name == NULL || (g->shape == NULL) != (attributes == 1))
                continue;
            if (g->shape == NULL) {
                status = put_attribute(g, object, store, group, error);
                continue;
            }
            const int rank = extents_of(g, extents, 0, dims);
            const void *values = inside(g) ? member(g, object) : *(void *const *)member(g, object);
            path_of(g, group, sizeof path, path);
            status = is_text(g) ? put_texts(values, dims[0], path, store, error)
                                : dia_store_write(store, path, kinds[g->kind].number, rank, dims, values,
                                                  g->unit != NULL ? g->unit : "1", error);
        }
    return status;
}

dia_status dia_rows_store(const dia_member *fields, const dia_rows *rows, dia_store *store, const char *group,
                          dia_error *error)
{
    const size_t each = rows->rank > 1 ? rows->dims[1] : 1, n = rows->dims[0] * each;
    dia_status status = DIA_OK;
    for (const dia_member *f = fields; f->kind != DIA_MEMBER_END && status == DIA_OK; f++) {
        size_t dims[RANK] = {rows->dims[0], rows->dims[1]}, width = kinds[f->kind].size;
        char path[200];
        if (f->name == NULL)
            continue;
        const int rank = extents_of(f, NULL, rows->rank, dims);
        for (int d = rows->rank; d < rank; d++)
            width *= dims[d];
        char *column = dia_allocate(n + 1, width);
        if (column == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu rows", n);
        for (size_t i = 0; i < n; i++)
            memcpy(column + i * width,
                   member(f, (const char *)rows->row + i / each * rows->stride + i % each * rows->inner), width);
        path_of(f, group, sizeof path, path);
        status = dia_store_write(store, path, kinds[f->kind].number, rank, dims, column,
                                 f->unit != NULL ? f->unit : "1", error);
        free(column);
    }
    return status;
}

/* ---- JSON ------------------------------------------------------------------------------------ */

/* values[0], values[stride], ... of the innermost extent, or lists of such. */
static void write_array(const dia_member *f, const char *key, int rank, const size_t *dims, size_t start, size_t stride,
                        const void *values, dia_json *json)
{
    if (values == NULL) {
        dia_json_null(json, key);
        return;
    }
    if (rank == 1 && f->kind == DIA_MEMBER_REAL && f->scale == 0) {
        dia_json_reals(json, key, (int)dims[0], (int)stride, (const double *)values + start);
        return;
    }
    size_t inner = 1;
    for (int d = 1; d < rank; d++)
        inner *= dims[d];
    dia_json_array(json, key);
    for (size_t i = 0; i < dims[rank == 2 && f->across ? 1 : 0]; i++) {
        if (rank > 1 && f->across)
            write_array(f, NULL, 1, dims, start + i, dims[1], values, json);
        else if (rank > 1)
            write_array(f, NULL, rank - 1, dims + 1, start + i * inner, 1, values, json);
        else if (is_text(f))
            dia_json_text(json, NULL, ((char *const *)values)[i]);
        else if (f->kind == DIA_MEMBER_REAL || f->kind == DIA_MEMBER_FLOAT)
            dia_json_real(json, NULL, real_at(f, values, start + i * stride));
        else
            dia_json_int(json, NULL, (int64_t)real_at(f, values, start + i * stride));
    }
    dia_json_end(json);
}

static void write_one(const dia_member *f, const void *object, dia_json *json)
{
    if (is_text(f))
        dia_json_text(json, f->key, text_of(f, object));
    else if (f->kind == DIA_MEMBER_BOOL)
        dia_json_bool(json, f->key, *(const bool *)member(f, object));
    else if (f->kind == DIA_MEMBER_REAL || f->kind == DIA_MEMBER_FLOAT)
        dia_json_real(json, f->key, real_at(f, member(f, object), 0));
    else
        dia_json_int(json, f->key, int_at(f, member(f, object)));
}

void dia_members_json(const dia_member *fields, const void *object, const dia_extents *extents, dia_json *json)
{
    for (const dia_member *f = fields; f->kind != DIA_MEMBER_END; f++) {
        size_t dims[RANK];
        if (f->key == NULL)
            continue;
        if (f->kind == DIA_MEMBER_OBJECT) {
            dia_json_object(json, f->key);
            dia_members_json(f->fields, member(f, object), extents, json);
            dia_json_end(json);
        } else if (f->shape != NULL) {
            const int rank = extents_of(f, extents, 0, dims);
            write_array(f, f->key, rank, dims, 0, 1, inside(f) ? member(f, object) : *(void *const *)member(f, object),
                        json);
        } else {
            write_one(f, object, json);
        }
    }
}

void dia_rows_json(const dia_member *fields, const dia_rows *rows, const char *key, dia_json *json)
{
    dia_json_array(json, key);
    for (size_t i = 0; i < rows->dims[0]; i++) {
        dia_json_object(json, NULL);
        dia_members_json(fields, (const char *)rows->row + i * rows->stride, NULL, json);
        dia_json_end(json);
    }
    dia_json_end(json);
}

/* ---- text ------------------------------------------------------------------------------------ */

void dia_cell(double value, int width, int digits, FILE *out)
{
    if (isnan(value))
        fprintf(out, " %*s", width, "-");
    else
        fprintf(out, " %*.*f", width, digits, value);
}

/* A UTF-8 text has more bytes than columns. */
static int columns_of(const char *text)
{
    int n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

void dia_members_heading(const dia_member *fields, FILE *out)
{
    for (const dia_member *f = fields; f->kind != DIA_MEMBER_END; f++) {
        if (f->heading == NULL)
            continue;
        const int gap = f->before != NULL ? columns_of(f->before) : 1, blank = f->width - columns_of(f->heading);
        fprintf(out, "%*s", gap + (is_text(f) || blank < 0 ? 0 : blank), "");
        fprintf(out, "%s%*s", f->heading, is_text(f) && blank > 0 ? blank : 0, "");
    }
}

void dia_members_line(const dia_member *fields, const void *object, FILE *out)
{
    for (const dia_member *f = fields; f->kind != DIA_MEMBER_END; f++) {
        if (f->heading == NULL)
            continue;
        if (is_text(f)) {
            const char *text = text_of(f, object) != NULL ? text_of(f, object) : "";
            const int blank = f->width - columns_of(text);
            fprintf(out, "%s%s%*s", f->before != NULL ? f->before : " ", text, blank > 0 ? blank : 0, "");
            continue;
        }
        const double value = real_at(f, member(f, object), 0);
        if (f->before == NULL)
            dia_cell(value, f->width, f->digits, out);
        else if (isnan(value))
            fprintf(out, "%*s", columns_of(f->before) + f->width, "");
        else
            fprintf(out, "%s%*.*f", f->before, f->width, f->digits, value);
    }
}
