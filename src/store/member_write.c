/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of structs written to a file. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/member_own.h"

static dia_status put_attribute(const dia_member *f, const void *object, dia_store *store, const char *group,
                                dia_error *error)
{
    if (dia_member_is_text(f)) {
        const char *text = dia_member_text(f, object);
        return text != NULL ? dia_store_set_text(store, group, f->name, text, error) : DIA_OK;
    }
    if (dia_member_is_real(f))
        return dia_store_set_real(store, group, f->name, *(const double *)dia_member_at(f, object), error);
    return dia_store_set_int(store, group, f->name, dia_member_int(f, dia_member_at(f, object)), error);
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
        const char *text = first != NULL ? dia_member_text(&here, (const char *)first + i * stride) : NULL;
        list[i] = text != NULL ? text : "";
    }
    const dia_status status = dia_store_write_texts(store, path, n, list, error);
    free(list);
    return status == DIA_OK && f->unit != NULL ? dia_store_set_text(store, path, "unit", f->unit, error) : status;
}

static dia_status put_numbers(const dia_member *f, int rank, const size_t *dims, const void *values, const char *path,
                              dia_store *store, dia_error *error)
{
    const dia_status status =
        dia_store_write(store, path, dia_member_stored(f), rank, dims, values, f->unit != NULL ? f->unit : "1", error);
    return status == DIA_OK && f->frame
               ? dia_store_set_text(store, path, "frame", dims[rank - 1] == 3 ? "cartesian" : "model", error)
               : status;
}

static dia_status put_array(const dia_member *f, const void *object, const dia_extents *extents, dia_store *store,
                            const char *group, dia_error *error)
{
    size_t dims[DIA_MEMBER_RANK], count = 1;
    char path[DIA_MEMBER_PATH];
    const int rank = dia_member_extents(f, extents, 0, dims);
    void *values = dia_member_inside(f) ? (void *)dia_member_at(f, object) : *(void *const *)dia_member_at(f, object);
    for (int d = 0; d < rank; d++)
        count *= dims[d];
    if (f->kind == DIA_MEMBER_ROWS) {
        const dia_rows rows = {.row = values, .stride = f->stride, .rank = 1, .dims = {dims[0]}};
        return count > 0 ? dia_rows_store(f->fields, &rows, store, group, error) : DIA_OK;
    }
    dia_member_path(f, group, sizeof path, path);
    if (dia_member_is_text(f))
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
            status = put_all(f->fields, dia_member_at(f, object), extents, attributes, store, group, error);
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
        size_t dims[DIA_MEMBER_RANK] = {rows->dims[0], rows->dims[1]}, width = dia_member_size(f);
        char path[DIA_MEMBER_PATH];
        if (f->name == NULL)
            continue;
        dia_member_path(f, group, sizeof path, path);
        if (dia_member_is_text(f)) {
            status = put_texts(f, dia_member_at(f, rows->row), rows->stride, n, path, store, error);
            continue;
        }
        const int rank = dia_member_extents(f, NULL, rows->rank, dims);
        for (int d = rows->rank; d < rank; d++)
            width *= dims[d];
        char *column = dia_allocate(n + 1, width);
        if (column == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu rows", n);
        for (size_t i = 0; i < n; i++)
            memcpy(column + i * width,
                   dia_member_at(f, (const char *)rows->row + i / each * rows->stride + i % each * rows->inner), width);
        status = put_numbers(f, rank, dims, column, path, store, error);
        free(column);
    }
    return status;
}
