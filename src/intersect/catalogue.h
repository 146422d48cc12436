/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The points found (dia_catalogue, diabolo/intersect.h) in memory and in a file of format "diabolo-intersections", where they are
 * /molecule and /points. */
#ifndef DIA_INTERSECT_CATALOGUE_H
#define DIA_INTERSECT_CATALOGUE_H

#include "diabolo/base.h"
#include "diabolo/intersect.h"
#include "diabolo/molecule.h"
#include "base/json.h"
#include "store/writer.h"

#define DIA_CATALOGUE_FORMAT "diabolo-intersections"
#define DIA_CATALOGUE_VERSION 1

/* Allocates all arrays for npoint points: integers 0 (order, directions -1), reals NaN, texts NULL. Copies the molecule. On failure
 * *catalogue is zero. */
DIA_MUST_USE dia_status dia_catalogue_init(dia_catalogue *catalogue, const dia_molecule *molecule, int npoint,
                                           int nstate, int ndirection, dia_error *error);
/* Reads a file of format "diabolo-intersections"; on failure *catalogue is zero and the error names file and dataset.
 */
DIA_MUST_USE dia_status dia_catalogue_read(dia_catalogue *catalogue, const char *path, dia_error *error);
/* Writes /molecule and /points into a file that is being written, and the attributes that dia_catalogue_read
 * requires. */
DIA_MUST_USE dia_status dia_catalogue_write(const dia_catalogue *catalogue, dia_store *store, dia_error *error);
void dia_catalogue_free(dia_catalogue *catalogue);

/* Of one point, as items of the object that is open: name and label; energies, gap and gradient; the numbers of the cone; in how many
 * directions the states part. */
typedef enum dia_point_part { DIA_POINT_NAMES, DIA_POINT_ENERGIES, DIA_POINT_CONE, DIA_POINT_SPACE } dia_point_part;
void dia_catalogue_json(const dia_catalogue *catalogue, int point, dia_point_part part, dia_json *json);
/* The vectors x and y of a point, borrowed. */
void dia_catalogue_plane(const dia_catalogue *catalogue, int point, const double **x, const double **y);
/* "S1/S0", "S0", "S2/S1/S0" */
void dia_states_text(int first, int count, size_t size, char *text);

/* ---- words for point i (point_words.c) -------------------------------------------------------- */

/* The states do not couple to first order, as those of different spin do not without spin-orbit coupling: they cross along a
 * surface, not a cone, and what is found is the lowest point of it. */
bool dia_point_uncoupled(const dia_catalogue *catalogue, int i);
/* "peaked", "sloped", ...; "" where nothing is known. */
const char *dia_point_shape(const dia_catalogue *catalogue, int i);
/* "bifurcating", "single-path", ...; reads behind the shape. */
const char *dia_point_path(const dia_catalogue *catalogue, int i);

#endif
