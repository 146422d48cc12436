/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of structs: what the file, JSON and tables have in common, and their memory. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "store/member_own.h"

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

size_t dia_member_size(const dia_member *f)
{
    return kinds[f->kind].size;
}

dia_number dia_member_stored(const dia_member *f)
{
    return kinds[f->kind].number;
}

bool dia_member_is_text(const dia_member *f)
{
    return f->kind == DIA_MEMBER_TEXT || f->kind == DIA_MEMBER_WORDS || f->kind == DIA_MEMBER_CHOICE;
}

bool dia_member_inside(const dia_member *f)
{
    return f->shape != NULL && isdigit((unsigned char)f->shape[0]);
}

const char *dia_member_text(const dia_member *f, const void *object)
{
    const char *words = dia_member_at(f, object);
    if (f->kind == DIA_MEMBER_CHOICE)
        return f->words[*(const int *)dia_member_at(f, object)];
    return f->kind == DIA_MEMBER_TEXT ? *(char *const *)dia_member_at(f, object) : words[0] != '\0' ? words : NULL;
}

int dia_member_extents(const dia_member *f, const dia_extents *extents, int rank, size_t *dims)
{
    for (const char *c = f->shape; c != NULL && *c != '\0' && rank < DIA_MEMBER_RANK; c++)
        dims[rank++] = isdigit((unsigned char)*c) ? (size_t)(*c - '0') : extents->of[(unsigned char)*c & 127];
    return rank;
}

int64_t dia_member_int(const dia_member *f, const void *value)
{
    return f->kind == DIA_MEMBER_INT64 ? *(const int64_t *)value : (int64_t)dia_member_real(f, value, 0);
}

void dia_member_path(const dia_member *f, const char *group, size_t size, char *path)
{
    snprintf(path, size, "%s%s%s", group, group[0] != '\0' ? "/" : "", f->name);
}

/* ---- memory ---------------------------------------------------------------------------------- */

dia_status dia_members_reserve(const dia_member *members, void *object, const dia_extents *extents, dia_error *error)
{
    for (const dia_member *f = members; f->kind != DIA_MEMBER_END; f++) {
        size_t dims[DIA_MEMBER_RANK], count = 1;
        for (int d = dia_member_extents(f, extents, 0, dims) - 1; d >= 0; d--)
            count *= dims[d];
        double *array = dia_allocate(count + 1, dia_member_size(f)); /* + 1: no rows must not look like a failure */
        if (array == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu numbers", count);
        memcpy((char *)object + f->offset, &array, sizeof array);
        for (size_t i = 0; i < count && dia_member_is_real(f); i++)
            array[i] = NAN;
    }
    return DIA_OK;
}

void dia_members_drop(const dia_member *members, void *object, const dia_extents *extents)
{
    for (const dia_member *f = members; f->kind != DIA_MEMBER_END; f++) {
        size_t dims[DIA_MEMBER_RANK], count = 1, i = 0;
        for (int d = dia_member_extents(f, extents, 0, dims) - 1; d >= 0; d--)
            count *= dims[d];
        double *array;
        memcpy(&array, dia_member_at(f, object), sizeof array);
        while (array != NULL && i < count && isnan(array[i]))
            i++;
        if (i < count)
            continue;
        free(array);
        memset((char *)object + f->offset, 0, sizeof array);
    }
}

const dia_member *dia_members_not_finite(const dia_member *members, const void *object, const dia_extents *extents,
                                         size_t *row)
{
    for (const dia_member *f = members; f->kind != DIA_MEMBER_END; f++) {
        size_t dims[DIA_MEMBER_RANK], width = 1;
        const double *array;
        memcpy(&array, dia_member_at(f, object), sizeof array);
        for (int d = dia_member_extents(f, extents, 0, dims) - 1; d > 0; d--)
            width *= dims[d];
        for (size_t i = 0; array != NULL && i < dims[0] * width; i++)
            if (!isfinite(array[i])) {
                *row = i / width;
                return f;
            }
    }
    return NULL;
}

void dia_members_free(const dia_member *members, void *object)
{
    for (const dia_member *f = members; f->kind != DIA_MEMBER_END; f++)
        if (f->name != NULL && (f->kind == DIA_MEMBER_TEXT || (f->shape != NULL && !dia_member_inside(f)))) {
            void *heap;
            memcpy(&heap, (char *)object + f->offset, sizeof heap);
            free(heap);
            memset((char *)object + f->offset, 0, sizeof heap);
        }
}
