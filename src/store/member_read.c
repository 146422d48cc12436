/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of structs read from a file, and checked. */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/member_own.h"

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
        const double x = dia_member_number(f, values, i);
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
    size_t found[DIA_MEMBER_RANK], n = 1;
    int found_rank = 0;
    char path[DIA_MEMBER_PATH];
    dia_member_path(f, now->group, sizeof path, path);
    const int all = dia_member_extents(f, now->extents, rank, dims);
    dia_status status = dia_store_shape(now->store, path, &found_rank, found, now->error);
    for (int d = rank; d < all && status == DIA_OK; d++)
        if (dims[d] == DIA_EXTENT_ANY) /* a letter without an extent as yet */
            now->extents->of[(unsigned char)f->shape[d - rank] & 127] = dims[d] =
                found_rank == all && found[d] <= INT_MAX ? found[d] : 0;
    if (status != DIA_OK)
        return status;
    if (dia_member_is_text(f)) {
        status = dia_store_read_texts(now->store, path, dims[0], (char ***)values, now->error);
        for (size_t i = 0; i < dims[0] && status == DIA_OK; i++)
            status = check_text(now, f, path, (*(char ***)values)[i]);
        return status;
    }
    status = dia_store_read_new(now->store, path, dia_member_stored(f), all, dims, values, now->error);
    for (int d = 0; d < all; d++)
        n *= dims[d];
    if (status == DIA_OK)
        status = check_unit(now, f, path);
    return status == DIA_OK ? check_numbers(now, f, path, n, *values) : status;
}

static dia_status load_attribute(const reading *now, const dia_member *f, char *to)
{
    dia_status status;
    if (dia_member_is_text(f)) {
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
    status = dia_member_is_real(f) ? dia_store_attribute_real(now->store, now->group, f->name, &real, now->error)
                                   : dia_store_attribute_int(now->store, now->group, f->name, &integer, now->error);
    if (status == DIA_OK && !dia_member_is_real(f) && (integer < -INT_MAX || integer > INT_MAX))
        return dia_error_set(now->error, DIA_ERROR_FILE, "'%s': attribute '%s' is out of range: %lld",
                             dia_store_path(now->store), f->name, (long long)integer);
    if (dia_member_is_real(f))
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
        size_t dims[DIA_MEMBER_RANK];
        void *values = NULL;
        char *to = (char *)object + f->offset;
        if (!wanted(&now, f))
            continue;
        status = f->shape == NULL ? load_attribute(&now, f, to) : load_array(&now, f, 0, dims, &values);
        if (f->shape != NULL && !dia_member_inside(f)) {
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
        size_t dims[DIA_MEMBER_RANK] = {rows->dims[0], rows->dims[1]};
        void *column = NULL;
        if (!wanted(&now, f))
            continue;
        status = load_array(&now, f, rows->rank, dims, &column);
        for (size_t i = 0; i < n && status == DIA_OK; i++) {
            char *to = (char *)rows->row + i / each * rows->stride + i % each * rows->inner + f->offset;
            if (dia_member_is_text(f))
                snprintf(to, f->size, "%s", ((char *const *)column)[i]);
            else
                memcpy(to, (const char *)column + i * f->size, f->size);
        }
        free(column);
    }
    return status;
}
