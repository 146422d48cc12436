/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Generators of the symmetry group as they stand in an input, and as text that can stand there. */
#ifndef DIA_TRAIN_GENERATORS_H
#define DIA_TRAIN_GENERATORS_H

#include "base/config.h"

typedef struct dia_generator {
    dia_list permutation, signs; /* of int; no signs: not known, or a matrix                     */
    bool inversion;
    const dia_node *representation; /* as given, or NULL                                            */
    int order;                      /* of the matrix                                                */
    double *matrix;                 /* (order, order) of it, or NULL; owned by the list             */
} dia_generator;

extern const dia_option dia_generator_options[];

/* From a list of blocks of an input; list->items (of dia_generator) and the matrices are the list's, the lists of int the
 * configuration's. Mistakes are noted in it. */
void dia_generator_list_read(dia_config *config, const dia_node *node, dia_list *list);
/* Without signs, from permutations (n, natom) and inversions (n); borrows the permutations. */
DIA_MUST_USE dia_status dia_generator_list_make(dia_list *list, int n, int natom, int *permutations,
                                                const bool *inversions, dia_error *error);
void dia_generator_list_free(dia_list *list);
bool dia_generator_complete(const dia_generator *generator); /* are its signs or its matrix known? */
/* "symmetry:" and a line for each, to be pasted into `network:`; heap, NULL: out of memory. */
char *dia_generator_list_text(const dia_list *list);

#endif
