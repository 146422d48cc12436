/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of member.h share: where a member lies, what it is, how large. `values`: of the kind that the table says. */
#ifndef DIA_STORE_MEMBER_OWN_H
#define DIA_STORE_MEMBER_OWN_H

#include "store/member.h"

enum { DIA_MEMBER_RANK = 8, DIA_MEMBER_PATH = 500 };

static inline bool dia_member_is_real(const dia_member *f)
{
    return f->kind == DIA_MEMBER_REAL || f->kind == DIA_MEMBER_FLOAT;
}

static inline const void *dia_member_at(const dia_member *f, const void *object)
{
    return (const char *)object + f->offset;
}

/* values[i] */
static inline double dia_member_number(const dia_member *f, const void *values, size_t i)
{
    return f->kind == DIA_MEMBER_INT     ? ((const int *)values)[i]
           : f->kind == DIA_MEMBER_INT8  ? ((const int8_t *)values)[i]
           : f->kind == DIA_MEMBER_INT64 ? (double)((const int64_t *)values)[i]
           : f->kind == DIA_MEMBER_BOOL  ? ((const bool *)values)[i]
                                         : ((const double *)values)[i];
}

/* The same as JSON and tables show it. */
static inline double dia_member_real(const dia_member *f, const void *values, size_t i)
{
    return dia_member_number(f, values, i) / (dia_member_is_real(f) && f->scale != 0 ? f->scale : 1);
}

int64_t dia_member_int(const dia_member *f, const void *value);
bool dia_member_is_text(const dia_member *f);
bool dia_member_inside(const dia_member *f); /* is it an array in the struct itself? */
/* Of a member that is one text; NULL: none. */
const char *dia_member_text(const dia_member *f, const void *object);
size_t dia_member_size(const dia_member *f); /* bytes of one number                  */
dia_number dia_member_stored(const dia_member *f);
/* Appends the extents of its shape to the `rank` in dims (DIA_MEMBER_RANK); returns the rank. */
int dia_member_extents(const dia_member *f, const dia_extents *extents, int rank, size_t *dims);
/* GROUP/NAME into path (size). */
void dia_member_path(const dia_member *f, const char *group, size_t size, char *path);

#endif
