/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays of real numbers of any shape, as other programs store them: from JSON and from text. */
#ifndef DIA_CONVERT_ARRAY_H
#define DIA_CONVERT_ARRAY_H

#include <jansson.h>

#include "diabolo/base.h"

enum { DIA_ARRAY_RANK = 6 };

typedef struct dia_array {
    int rank;
    size_t dims[DIA_ARRAY_RANK];
    size_t count;   /* product of dims; 1 if rank is 0 */
    double *values; /* owned                           */
} dia_array;

void dia_array_free(dia_array *array);
/* Takes `count` numbers of memory (values are zero). False: no memory, or the product overflows or exceeds 2^31. */
bool dia_array_make(dia_array *array, int rank, const size_t *dims);
/* Nested lists of numbers, or of texts that are numbers ("-1.5", as PyRAI2MD writes them). null is NaN, also in place of a whole list.
 * `where` begins the message: "FILE: energies". DIA_ERROR_INPUT: other items, lists of unequal length. */
DIA_MUST_USE dia_status dia_array_of_json(dia_array *array, const json_t *json, const char *where, dia_error *error);
/* "[[1, 2], [3, 4]]" (with or without ASE's mark _JSON), "1 2 3", "{1 2 3}" or "1,2,3". A lone number has rank 0. */
DIA_MUST_USE dia_status dia_array_of_text(dia_array *array, const char *text, const char *where, dia_error *error);
/* A JSON text of `size` bytes; NaN as Python writes it is null. The caller calls json_decref. DIA_ERROR_INPUT with line and column. */
DIA_MUST_USE dia_status dia_json_parse(json_t **json, const char *text, size_t size, const char *where,
                                       dia_error *error);

/* Row k of the first dimension, borrowed. */
dia_array dia_array_row(const dia_array *array, size_t k);
/* Without leading dimensions of 1 beyond the last three, borrowed: (1, natom, nstate, 3), as data bases of ASE hold it, is as good without. */
dia_array dia_array_without_ones(const dia_array *array);
/* "(3, 6, 3)" */
const char *dia_array_shape(const dia_array *array, size_t size, char *text);

#endif
