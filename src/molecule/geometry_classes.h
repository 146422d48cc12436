/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Classes of geometries (products, isomers), given by conditions on internal coordinates:
 *
 *   classes:
 *     - {name: ethylidene, where: ["distance 0 2 < 1.6 Angstrom", "distance 0 3 < 1.6 Angstrom",
 *                                  "distance 0 4 < 1.6 Angstrom"], equivalent: [[0, 1], [2, 3, 4, 5]]}
 *
 * (condition.h, equivalent.h). A geometry belongs to a class if
 * all conditions hold at once for some exchange of equivalent atoms; `equivalent` lists sets of atoms of one
 * element, without it no atoms are exchanged. A geometry belongs to the first class that fits, in their order; if
 * none fits, to "other". */
#ifndef DIA_MOLECULE_GEOMETRY_CLASSES_H
#define DIA_MOLECULE_GEOMETRY_CLASSES_H

#include "base/config.h"
#include "diabolo/molecule.h"

enum { DIA_CLASSES = 32, DIA_CLASS_CONDITIONS = 32, DIA_CLASS_ATOMS = 32, DIA_CLASS_EXCHANGES = 100000 }; /* at most */

typedef struct dia_classes dia_classes; /* const once made: any number of threads */

/* The keys of one class, for templates and messages. */
extern const dia_option dia_class_options[];

/* From a list of blocks of an input (dia_class_options). Mistakes are noted in the configuration, each with its
 * line: no class, no or a repeated name, a class without conditions, a condition that does not parse or names an atom that does not exist,
 * conditions that contradict each other, equivalent atoms of different elements. The caller calls dia_config_finish, and *classes is NULL
 * if there was one. list: not NULL. The only failure is DIA_ERROR_MEMORY. */
DIA_MUST_USE dia_status dia_classes_read(dia_classes **classes, dia_config *config, const dia_node *list,
                                         const dia_molecule *molecule, dia_error *error);
void dia_classes_free(dia_classes *classes); /* NULL is fine */

int dia_classes_count(const dia_classes *classes); /* n, without "other"                         */
/* "other" for i == n. Borrowed. */
const char *dia_classes_name(const dia_classes *classes, int i);
int dia_classes_find(const dia_classes *classes, const char *name); /* its number, n for "other", or -1 */
int dia_classes_conditions(const dia_classes *classes, int i);
const char *dia_classes_condition(const dia_classes *classes, int i, int condition); /* as it was given. Borrowed */
/* Class of the geometry R (ncart), bohr: 0..n-1, or n for "other" (also for NaN). */
int dia_classes_of(const dia_classes *classes, const double *R);
/* Does R fulfil the conditions of class i, regardless of the classes before it? */
bool dia_classes_holds(const dia_classes *classes, int i, const double *R);

#endif
