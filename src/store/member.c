/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/member.h"

#include <ctype.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

enum { RANK = 8, PATH = 500 };

static const struct {
    size_t size;
    dia_number number;
} kinds[] = {[DIA_MEMBER_REAL] = {sizeof(double), DIA_NUMBER_REAL},
             [DIA_MEMBER_FLOAT] = {sizeof(double), DIA_NUMBER_FLOAT},
             [DIA_MEMBER_INT] = {sizeof(int), DIA_NUMBER_INT},
             [DIA_MEMBER_INT8] = {sizeof(int8_t), DIA_NUMBER_INT8},
             [DIA_MEMBER_INT64] = {sizeof(int64_t), DIA_NUMBER_INT64},
             [DIA_MEMBER_BOOL] = {sizeof(bool), DIA_NUMBER_INT8},
             [DIA_MEMBER_ROWS] = {0}};

static bool is_text(const dia_member *f)
{
    return f->kind == DIA_MEMBER_TEXT || f->kind == DIA_MEMBER_WORDS || f->kind == DIA_MEMBER_CHOICE;
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
    if (f->kind == DIA_MEMBER_CHOICE)
        return f->words[*(const int *)member(f, object)];
    return f->kind == DIA_MEMBER_TEXT ? *(char *const *)member(f, object) : words[0] != '\0' ? words : NULL;
}

/* Appends the extents of a shape to those in dims; returns the rank. */
static int extents_of(const dia_member *f, const dia_extents *extents, int rank, size_t *dims)
{
    for (const char *c = f->shape; c != NULL && *c != '\0' && rank < RANK; c++)
        dims[rank++] = isdigit((unsigned char)*c) ? (size_t)(*c - '0') : extents->of[(unsigned char)*c & 127];
    return rank;
}

static double number_at(const dia_member *f, const void *values, size_t i)
{
    return f->kind == DIA_MEMBER_INT     ? ((const int *)values)[i]
           : f->kind == DIA_MEMBER_INT8  ? ((const int8_t *)values)[i]
           : f->kind == DIA_MEMBER_INT64 ? (double)((const int64_t *)values)[i]
           : f->kind == DIA_MEMBER_BOOL  ? ((const bool *)values)[i]
                                         : ((const double *)values)[i];
}

static bool is_real(const dia_member *f)
{
    return f->kind == DIA_MEMBER_REAL || f->kind == DIA_MEMBER_FLOAT;
}

static double real_at(const dia_member *f, const void *values, size_t i)
{
    return number_at(f, values, i) / (is_real(f) && f->scale != 0 ? f->scale : 1);
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
    if (is_real(f))
        return dia_store_set_real(store, group, f->name, *(const double *)member(f, object), error);
    return dia_store_set_int(store, group, f->name, int_at(f, member(f, object)), error);
}

/* first[0], first[stride], ... (n). A text that is NULL becomes an empty one. */
static dia_status put_texts(const dia_member *f, const void *first, size_t stride, size_t n, const char *path,
                            dia_store *store, dia_error *error)
{
    const dia_member here = {.kind = f->kind, .words = f->words};
    const char **list = dia_allocate(n + 1, sizeof *list);
    if (list == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu names", n);
    for (size_t i = 0; i < n; i++) {
        const char *text = first != NULL ? text_of(&here, (const char *)first + i * stride) : NULL;
        list[i] = text != NULL ? text : "";
    }
    const dia_status status = dia_store_write_texts(store, path, n, list, error);
    free(list);
    return status == DIA_OK && f->unit != NULL ? dia_store_set_text(store, path, "unit", f->unit, error) : status;
}

static void path_of(const dia_member *f, const char *group, size_t size, char *path)
{
    snprintf(path, size, "%s%s%s", group, group[0] != '\0' ? "/" : "", f->name);
}

static dia_status put_numbers(const dia_member *f, int rank, const size_t *dims, const void *values, const char *path,
                              dia_store *store, dia_error *error)
{
    const dia_status status =
        dia_store_write(store, path, kinds[f->kind].number, rank, dims, values, f->unit != NULL ? f->unit : "1", error);
    return status == DIA_OK && f->frame
               ? dia_store_set_text(store, path, "frame", dims[rank - 1] == 3 ? "cartesian" : "model", error)
               : status;
}

static dia_status put_array(const dia_member *f, const void *object, const dia_extents *extents, dia_store *store,
                            const char *group, dia_error *error)
{
    size_t dims[RANK], count = 1;
    char path[PATH];
    const int rank = extents_of(f, extents, 0, dims);
    void *values = inside(f) ? (void *)member(f, object) : *(void *const *)member(f, object);
    for (int d = 0; d < rank; d++)
        count *= dims[d];
    if (f->kind == DIA_MEMBER_ROWS) {
        const dia_rows rows = {.row = values, .stride = f->stride, .rank = 1, .dims = {dims[0]}};
        return count > 0 ? dia_rows_store(f->fields, &rows, store, group, error) : DIA_OK;
    }
    path_of(f, group, sizeof path, path);
    if (is_text(f))
        return put_texts(f, values, sizeof(char *), dims[0], path, store, error);
    return values == NULL && count > 0 ? DIA_OK : put_numbers(f, rank, dims, values, path, store, error);
}

/* All datasets, or all attributes. */
static dia_status put_all(const dia_member *f, const void *object, const dia_extents *extents, bool attributes,
                          dia_store *store, const char *group, dia_error *error)
{
    dia_status status = DIA_OK;
    for (; f->kind != DIA_MEMBER_END && status == DIA_OK; f++)
        if (f->kind == DIA_MEMBER_PART)
            status = put_all(f->fields, member(f, object), extents, attributes, store, group, error);
        else if (f->name == NULL && f->kind != DIA_MEMBER_ROWS)
            continue;
        else if (f->shape == NULL && attributes)
            status = put_attribute(f, object, store, group, error);
        else if (f->shape != NULL && !attributes)
            status = put_array(f, object, extents, store, group, error);
    return status;
}

dia_status dia_members_store(const dia_member *fields, const void *object, const dia_extents *extents, dia_store *store,
                             const char *group, dia_error *error)
{
    const dia_status status = put_all(fields, object, extents, false, store, group, error); /* they make the group */
    return status == DIA_OK ? put_all(fields, object, extents, true, store, group, error) : status;
}

dia_status dia_rows_store(const dia_member *fields, const dia_rows *rows, dia_store *store, const char *group,
                          dia_error *error)
{
    const size_t each = rows->rank > 1 ? rows->dims[1] : 1, n = rows->dims[0] * each;
    dia_status status = DIA_OK;
    for (const dia_member *f = fields; f->kind != DIA_MEMBER_END && status == DIA_OK; f++) {
        size_t dims[RANK] = {rows->dims[0], rows->dims[1]}, width = kinds[f->kind].size;
        char path[PATH];
        if (f->name == NULL)
            continue;
        path_of(f, group, sizeof path, path);
        if (is_text(f)) {
            status = put_texts(f, member(f, rows->row), rows->stride, n, path, store, error);
            continue;
        }
        const int rank = extents_of(f, NULL, rows->rank, dims);
        for (int d = rows->rank; d < rank; d++)
            width *= dims[d];
        char *column = dia_allocate(n + 1, width);
        if (column == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu rows", n);
        for (size_t i = 0; i < n; i++)
            memcpy(column + i * width,
                   member(f, (const char *)rows->row + i / each * rows->stride + i % each * rows->inner), width);
        status = put_numbers(f, rank, dims, column, path, store, error);
        free(column);
    }
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct reading {
    const dia_store *store;
    dia_extents *extents;
    const char *group, *only;
    dia_error *error;
} reading;

static bool wanted(const reading *now, const dia_member *f)
{
    if (f->name == NULL || now->only == NULL)
        return f->name != NULL;
    const size_t length = strlen(f->name);
    for (const char *c = now->only; (c = strstr(c, f->name)) != NULL; c += length)
        if ((c == now->only || c[-1] == ' ') && (c[length] == ' ' || c[length] == '\0'))
            return true;
    return false;
}

static dia_status check_numbers(const reading *now, const dia_member *f, const char *path, size_t n, const void *values)
{
    const bool free = f->least == 0 && f->most == 0 && f->below == 0;
    const double low = free ? -DIA_SENSIBLE : f->least,
                 high = f->below != 0 ? (double)now->extents->of[(unsigned char)f->below & 127] - 1
                        : free        ? DIA_SENSIBLE
                                      : f->most;
    for (size_t i = 0; i < n; i++) {
        const double x = number_at(f, values, i);
        if (!(x >= low && x <= high) && !(isnan(x) && f->absent))
            return dia_error_set(now->error, DIA_ERROR_FILE, "'%s': '%s', number %zu: expected %g to %g%s, found %g",
                                 dia_store_path(now->store), path, i, low, high, f->absent ? " or none" : "", x);
    }
    return DIA_OK;
}

/* Texts are lines of limited length, so that tables, messages and pages can show them. */
static dia_status check_text(const reading *now, const dia_member *f, const char *path, const char *text)
{
    const bool lines = f->kind == DIA_MEMBER_TEXT && f->most > 0;
    const size_t length = strlen(text), most = lines                         ? (size_t)f->most
                                               : f->kind == DIA_MEMBER_WORDS ? f->size - 1
                                                                             : 4096;
    bool line = length <= most;
    for (size_t i = 0; i < length && line; i++)
        line = ((unsigned char)text[i] >= ' ' && text[i] != '\x7f') || (lines && (text[i] == '\n' || text[i] == '\t'));
    return line ? DIA_OK
                : dia_error_set(now->error, DIA_ERROR_FILE,
                                "'%s': '%s': expected %s of at most %zu characters, found %zu",
                                dia_store_path(now->store), path, lines ? "lines" : "one line", most, length);
}

static dia_status check_unit(const reading *now, const dia_member *f, const char *path)
{
    const char *unit = f->unit != NULL ? f->unit : "1";
    double factor = 1;
    const dia_status status = dia_store_unit(now->store, path, unit, &factor, NULL, now->error);
    return status != DIA_OK || factor == 1
               ? status
               : dia_error_set(now->error, DIA_ERROR_INPUT, "'%s': dataset '%s' has another unit than '%s'",
                               dia_store_path(now->store), path, unit);
}

/* A dataset on the heap: `rank` extents are given in dims, the shape of the member follows. */
static dia_status load_array(const reading *now, const dia_member *f, int rank, size_t *dims, void **values)
{
    size_t found[RANK], n = 1;
    int found_rank = 0;
    char path[PATH];
    path_of(f, now->group, sizeof path, path);
    const int all = extents_of(f, now->extents, rank, dims);
    dia_status status = dia_store_shape(now->store, path, &found_rank, found, now->error);
    for (int d = rank; d < all && status == DIA_OK; d++)
        if (dims[d] == DIA_EXTENT_ANY) /* a letter without an extent as yet */
            now->extents->of[(unsigned char)f->shape[d - rank] & 127] = dims[d] =
                found_rank == all && found[d] <= INT_MAX ? found[d] : 0;
    if (status != DIA_OK)
        return status;
    if (is_text(f)) {
        status = dia_store_read_texts(now->store, path, dims[0], (char ***)values, now->error);
        for (size_t i = 0; i < dims[0] && status == DIA_OK; i++)
            status = check_text(now, f, path, (*(char ***)values)[i]);
        return status;
    }
    status = dia_store_read_new(now->store, path, kinds[f->kind].number, all, dims, values, now->error);
    for (int d = 0; d < all; d++)
        n *= dims[d];
    if (status == DIA_OK)
        status = check_unit(now, f, path);
    return status == DIA_OK ? check_numbers(now, f, path, n, *values) : status;
}

static dia_status load_attribute(const reading *now, const dia_member *f, char *to)
{
    dia_status status;
    if (is_text(f)) {
        char *text = NULL;
        status = dia_store_attribute_text(now->store, now->group, f->name, &text, now->error);
        if (status == DIA_OK)
            status = check_text(now, f, f->name, text);
        if (status == DIA_OK && f->kind == DIA_MEMBER_WORDS)
            memcpy(to, text, strlen(text) + 1);
        else if (status == DIA_OK)
            memcpy(to, &text, sizeof text);
        if (status != DIA_OK || f->kind == DIA_MEMBER_WORDS)
            free(text);
        return status;
    }
    double real = 0;
    int64_t integer = 0;
    status = is_real(f) ? dia_store_attribute_real(now->store, now->group, f->name, &real, now->error)
                        : dia_store_attribute_int(now->store, now->group, f->name, &integer, now->error);
    if (status == DIA_OK && !is_real(f) && (integer < -INT_MAX || integer > INT_MAX))
        return dia_error_set(now->error, DIA_ERROR_FILE, "'%s': attribute '%s' is out of range: %lld",
                             dia_store_path(now->store), f->name, (long long)integer);
    if (is_real(f))
        memcpy(to, &real, sizeof real);
    else if (f->kind == DIA_MEMBER_BOOL)
        *(bool *)to = integer != 0;
    else
        *(int *)to = (int)integer;
    return status == DIA_OK ? check_numbers(now, f, f->name, 1, to) : status;
}

dia_status dia_members_load(const dia_member *members, void *object, dia_extents *extents, const dia_store *store,
                            const char *group, const char *only, dia_error *error)
{
    const reading now = {store, extents, group, only, error};
    dia_status status = DIA_OK;
    for (const dia_member *f = members; f->kind != DIA_MEMBER_END && status == DIA_OK; f++) {
        size_t dims[RANK];
        void *values = NULL;
        char *to = (char *)object + f->offset;
        if (!wanted(&now, f))
            continue;
        status = f->shape == NULL ? load_attribute(&now, f, to) : load_array(&now, f, 0, dims, &values);
        if (f->shape != NULL && !inside(f)) {
            memcpy(to, &values, sizeof values);
        } else if (f->shape != NULL) {
            if (status == DIA_OK)
                memcpy(to, values, f->size);
            free(values);
        }
    }
    return status;
}

dia_status dia_rows_load(const dia_member *members, const dia_rows *rows, dia_extents *extents, const dia_store *store,
                         const char *group, const char *only, dia_error *error)
{
    const reading now = {store, extents, group, only, error};
    const size_t each = rows->rank > 1 ? rows->dims[1] : 1, n = rows->dims[0] * each;
    dia_status status = DIA_OK;
    for (const dia_member *f = members; f->kind != DIA_MEMBER_END && status == DIA_OK; f++) {
        size_t dims[RANK] = {rows->dims[0], rows->dims[1]};
        void *column = NULL;
        if (!wanted(&now, f))
            continue;
        status = load_array(&now, f, rows->rank, dims, &column);
        for (size_t i = 0; i < n && status == DIA_OK; i++) {
            char *to = (char *)rows->row + i / each * rows->stride + i % each * rows->inner + f->offset;
            if (is_text(f))
                snprintf(to, f->size, "%s", ((char *const *)column)[i]);
            else
                memcpy(to, (const char *)column + i * f->size, f->size);
        }
        free(column);
    }
    return status;
}

dia_status dia_members_reserve(const dia_member *members, void *object, const dia_extents *extents, dia_error *error)
{
    for (const dia_member *f = members; f->kind != DIA_MEMBER_END; f++) {
        size_t dims[RANK], count = 1;
        for (int d = extents_of(f, extents, 0, dims) - 1; d >= 0; d--)
            count *= dims[d];
        double *array = dia_allocate(count + 1, kinds[f->kind].size); /* + 1: no rows must not look like a failure */
        if (array == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu numbers", count);
        memcpy((char *)object + f->offset, &array, sizeof array);
        for (size_t i = 0; i < count && is_real(f); i++)
            array[i] = NAN;
    }
    return DIA_OK;
}

void dia_members_drop(const dia_member *members, void *object, const dia_extents *extents)
{
    for (const dia_member *f = members; f->kind != DIA_MEMBER_END; f++) {
        size_t dims[RANK], count = 1, i = 0;
        for (int d = extents_of(f, extents, 0, dims) - 1; d >= 0; d--)
            count *= dims[d];
        double *array;
        memcpy(&array, member(f, object), sizeof array);
        while (array != NULL && i < count && isnan(array[i]))
            i++;
        if (i < count)
            continue;
        free(array);
        memset((char *)object + f->offset, 0, sizeof array);
    }
}

void dia_members_free(const dia_member *members, void *object)
{
    for (const dia_member *f = members; f->kind != DIA_MEMBER_END; f++)
        if (f->name != NULL && (f->kind == DIA_MEMBER_TEXT || (f->shape != NULL && !inside(f)))) {
            void *heap;
            memcpy(&heap, (char *)object + f->offset, sizeof heap);
            free(heap);
            memset((char *)object + f->offset, 0, sizeof heap);
        }
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
    size_t inner = 1;
    for (int d = 1; d < rank; d++)
        inner *= dims[d];
    const int n = (int)dims[rank == 2 && f->across ? 1 : 0], most = rank == 1 && is_real(f) ? json->most : 0;
    if (rank == 1 && !is_text(f))
        dia_json_line(json, key);
    else
        dia_json_array(json, key);
    for (int item = 0; item < dia_json_thinned(n, most); item++) {
        const size_t i = (size_t)dia_json_item(n, most, item);
        if (rank > 1 && f->across)
            write_array(f, NULL, 1, dims, start + i, dims[1], values, json);
        else if (rank > 1)
            write_array(f, NULL, rank - 1, dims + 1, start + i * inner, 1, values, json);
        else if (is_text(f))
            dia_json_text(json, NULL, ((char *const *)values)[i]);
        else if (is_real(f))
            dia_json_real(json, NULL, real_at(f, values, start + i * stride));
        else
            dia_json_int(json, NULL,
                         f->kind == DIA_MEMBER_INT64 ? ((const int64_t *)values)[start + i * stride]
                                                     : (int64_t)number_at(f, values, start + i * stride));
    }
    dia_json_end(json);
}

static void write_one(const dia_member *f, const void *object, dia_json *json)
{
    if (is_text(f))
        dia_json_text(json, f->key, text_of(f, object));
    else if (f->kind == DIA_MEMBER_BOOL)
        dia_json_bool(json, f->key, *(const bool *)member(f, object));
    else if (is_real(f))
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

void dia_members_json_row(const dia_member *fields, int n, const void *object, const dia_extents *extents, size_t row,
                          dia_json *json)
{
    for (const dia_member *f = fields; f < fields + n; f++) {
        size_t dims[RANK], inner = is_text(f) ? sizeof(char *) : kinds[f->kind].size;
        const int rank = extents_of(f, extents, 0, dims);
        for (int d = 1; d < rank; d++)
            inner *= dims[d];
        const char *item = *(const char *const *)member(f, object) + row * inner;
        const dia_member one = {.kind = f->kind, .key = f->key, .scale = f->scale};
        if (rank > 1)
            write_array(f, f->key, rank - 1, dims + 1, 0, 1, item, json);
        else
            write_one(&one, item, json);
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
