/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "store/writer.h"

#include <stdio.h>
#include <string.h>

enum { NAME = 500 };

static const char *full(const dia_writer *group, const char *name, char text[NAME])
{
    snprintf(text, NAME, "%s%s%s", group->name, group->name[0] != '\0' ? "/" : "", name);
    return text;
}

void dia_writer_write(dia_writer *group, const char *name, const char *unit, dia_number number, int rank,
                      const size_t *dims, const void *values)
{
    char text[NAME];
    if (group->status == DIA_OK)
        group->status =
            dia_store_write(group->store, full(group, name, text), number, rank, dims, values, unit, group->error);
}

void dia_writer_reals(dia_writer *group, const char *name, const char *unit, size_t n, const double *values)
{
    dia_writer_write(group, name, unit, DIA_NUMBER_REAL, 1, &n, values);
}

void dia_writer_ints(dia_writer *group, const char *name, size_t n, const int *values)
{
    dia_writer_write(group, name, "1", DIA_NUMBER_INT, 1, &n, values);
}

void dia_writer_texts(dia_writer *group, const char *name, size_t n, const char *const *texts)
{
    char text[NAME];
    if (group->status == DIA_OK)
        group->status = dia_store_write_texts(group->store, full(group, name, text), n, texts, group->error);
    dia_writer_mark(group, name, "unit", "1");
}

void dia_writer_vectors(dia_writer *group, const char *name, const char *unit, size_t n, int natom, int dimension,
                        const double *values)
{
    const bool one = n == DIA_WRITER_ONE;
    const size_t dims[3] = {n, (size_t)natom, (size_t)dimension};
    dia_writer_write(group, name, unit, DIA_NUMBER_REAL, one ? 2 : 3, one ? dims + 1 : dims, values);
    dia_writer_mark(group, name, "frame", dimension == 3 ? "cartesian" : "model");
}

void dia_writer_set_text(dia_writer *group, const char *name, const char *text)
{
    if (group->status == DIA_OK)
        group->status = dia_store_set_text(group->store, group->name, name, text, group->error);
}

void dia_writer_set_int(dia_writer *group, const char *name, int64_t value)
{
    if (group->status == DIA_OK)
        group->status = dia_store_set_int(group->store, group->name, name, value, group->error);
}

void dia_writer_set_real(dia_writer *group, const char *name, double value)
{
    if (group->status == DIA_OK)
        group->status = dia_store_set_real(group->store, group->name, name, value, group->error);
}

void dia_writer_mark(dia_writer *group, const char *dataset, const char *name, const char *text)
{
    char object[NAME];
    if (group->status == DIA_OK)
        group->status = dia_store_set_text(group->store, full(group, dataset, object), name, text, group->error);
}
