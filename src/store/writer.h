/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes one group of a file, item after item: after the first failure nothing more is written, and `status` keeps that
 * failure.
 *
 *   dia_writer group = {.store = store, .name = "seams/CC", .error = error};
 *   dia_writer_reals(&group, "energy", "hartree", n, energy);
 *   dia_writer_set_text(&group, "coordinate", text);
 *   return group.status; */
#ifndef DIA_STORE_WRITER_H
#define DIA_STORE_WRITER_H

#include "store/store.h"

typedef struct dia_writer { /* all borrowed */
    dia_store *store;
    const char *name; /* "": the root */
    dia_error *error;
    dia_status status;
} dia_writer;

/* Datasets: of any shape, of shape (n), of texts (n) with the unit "1". */
void dia_writer_write(dia_writer *group, const char *name, const char *unit, dia_number number, int rank,
                      const size_t *dims, const void *values);
void dia_writer_reals(dia_writer *group, const char *name, const char *unit, size_t n, const double *values);
void dia_writer_ints(dia_writer *group, const char *name, size_t n, const int *values);
void dia_writer_texts(dia_writer *group, const char *name, size_t n, const char *const *texts);
/* Vectors of atoms (n, natom, dimension), or one of them (natom, dimension) if n is DIA_WRITER_ONE, with the attribute `frame`:
 * "cartesian", or "model" if the coordinates are a model's own (dimension 1). */
#define DIA_WRITER_ONE ((size_t)-1)
void dia_writer_vectors(dia_writer *group, const char *name, const char *unit, size_t n, int natom, int dimension,
                        const double *values);
/* Attributes of the group, and a text of one of its datasets. */
void dia_writer_set_text(dia_writer *group, const char *name, const char *text);
void dia_writer_set_int(dia_writer *group, const char *name, int64_t value);
void dia_writer_set_real(dia_writer *group, const char *name, double value);
void dia_writer_mark(dia_writer *group, const char *dataset, const char *name, const char *text);

#endif
