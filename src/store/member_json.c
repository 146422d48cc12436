/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of structs as JSON. */
#include "store/member_own.h"

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
    const int n = (int)dims[rank == 2 && f->across ? 1 : 0], most = rank == 1 && dia_member_is_real(f) ? json->most : 0;
    if (rank == 1 && !dia_member_is_text(f))
        dia_json_line(json, key);
    else
        dia_json_array(json, key);
    for (int item = 0; item < dia_json_thinned(n, most); item++) {
        const size_t i = (size_t)dia_json_item(n, most, item);
        if (rank > 1 && f->across)
            write_array(f, NULL, 1, dims, start + i, dims[1], values, json);
        else if (rank > 1)
            write_array(f, NULL, rank - 1, dims + 1, start + i * inner, 1, values, json);
        else if (dia_member_is_text(f))
            dia_json_text(json, NULL, ((char *const *)values)[i]);
        else if (dia_member_is_real(f))
            dia_json_real(json, NULL, dia_member_real(f, values, start + i * stride));
        else
            dia_json_int(json, NULL,
                         f->kind == DIA_MEMBER_INT64 ? ((const int64_t *)values)[start + i * stride]
                                                     : (int64_t)dia_member_number(f, values, start + i * stride));
    }
    dia_json_end(json);
}

static void write_one(const dia_member *f, const void *object, dia_json *json)
{
    if (dia_member_is_text(f))
        dia_json_text(json, f->key, dia_member_text(f, object));
    else if (f->kind == DIA_MEMBER_BOOL)
        dia_json_bool(json, f->key, *(const bool *)dia_member_at(f, object));
    else if (dia_member_is_real(f))
        dia_json_real(json, f->key, dia_member_real(f, dia_member_at(f, object), 0));
    else
        dia_json_int(json, f->key, dia_member_int(f, dia_member_at(f, object)));
}

void dia_members_json(const dia_member *fields, const void *object, const dia_extents *extents, dia_json *json)
{
    for (const dia_member *f = fields; f->kind != DIA_MEMBER_END; f++) {
        size_t dims[DIA_MEMBER_RANK];
        if (f->key == NULL)
            continue;
        if (f->kind == DIA_MEMBER_OBJECT) {
            dia_json_object(json, f->key);
            dia_members_json(f->fields, dia_member_at(f, object), extents, json);
            dia_json_end(json);
        } else if (f->shape != NULL) {
            const int rank = dia_member_extents(f, extents, 0, dims);
            write_array(f, f->key, rank, dims, 0, 1,
                        dia_member_inside(f) ? dia_member_at(f, object) : *(void *const *)dia_member_at(f, object),
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
        size_t dims[DIA_MEMBER_RANK], inner = dia_member_is_text(f) ? sizeof(char *) : dia_member_size(f);
        const int rank = dia_member_extents(f, extents, 0, dims);
        for (int d = 1; d < rank; d++)
            inner *= dims[d];
        const char *item = *(const char *const *)dia_member_at(f, object) + row * inner;
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
