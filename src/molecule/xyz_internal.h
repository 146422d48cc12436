/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files of the XYZ format: the state of its reader. Private to them. */
#ifndef DIA_MOLECULE_XYZ_INTERNAL_H
#define DIA_MOLECULE_XYZ_INTERNAL_H

#include "molecule/lines.h"
#include "molecule/stated_unit.h"
#include "molecule/xyz.h"

#define DIA_XYZ_VELOCITY (DIA_ANGSTROM / DIA_FEMTOSECOND) /* Angstrom/fs -> atomic units */

enum { MOST_PROPERTIES = 256 };

/* Kinds of columns. VELO_ELSE: a velocity by another name, which has no default unit. */
typedef enum dia_xyz_column { SKIP, SPECIES, NUMBER, POSITION, VELO, VELO_ELSE, MOMENTA, MASS, KINDS } dia_xyz_column;

typedef struct dia_xyz_reader {
    dia_lines lines;
    dia_error *error;
    dia_xyz *out;
    int room; /* frames that fit in memory */
    /* of the present frame */
    struct {
        dia_xyz_column kind;
        int count;
    } property[MOST_PROPERTIES];
    int nproperty;
    bool has[KINDS];
    bool extended;         /* its comment holds Properties=            */
    dia_stated_units unit; /* number of its columns; 0: the usual ones */
    bool velocities;       /* of the first frame                       */
    double length;         /* unit of the frame before, as stated      */
    double count_unit;     /* stated behind the number of atoms; 0: none */
    bool momenta_unit;     /* the comment states one                   */
} dia_xyz_reader;

#define wrong(r, ...) dia_lines_error(&(r)->lines, (r)->error, DIA_ERROR_INPUT, __VA_ARGS__)

/* The comment line of a frame: fills what the reader holds of the present frame. */
/* Room for amplitudes in all frames that there is room for; new ones are NaN. False: out of memory. */
bool dia_xyz_room_amplitudes(dia_xyz_reader *reader);
DIA_MUST_USE dia_status dia_xyz_read_comment(dia_xyz_reader *reader, int *state, double *weight);

/* Frames for a molecule: uses its masses where the file states none; the bonds of the first geometry must not be in another unit, unless the
 * unit is stated. */
DIA_MUST_USE dia_status dia_xyz_fit(dia_xyz *xyz, const dia_molecule *molecule, const char *path, bool stated,
                                    dia_error *error);

#endif
