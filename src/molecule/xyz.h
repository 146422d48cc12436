/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended XYZ files (libAtoms; https://github.com/libAtoms/extxyz), one molecule, any number of frames.
 *
 * Line 1: number of atoms. Line 2: key=value pairs; Properties=species:S:1:pos:R:3:velo:R:3:masses:R:1 names the
 * columns (left out: species and positions, a plain XYZ file). Positions in Angstrom, velocities (velo) in Angstrom/fs,
 * masses in u. Of the keys `state` (adiabatic, from 0) and `weight` are ours; others may be there and are passed over.
 */
#ifndef DIA_MOLECULE_XYZ_H
#define DIA_MOLECULE_XYZ_H

#include "diabolo/molecule.h"

typedef struct dia_xyz_vectors { /* a column of the writer: three numbers an atom, NAME:R:3 */
    const char *name;            /* no blanks or colons                                                          */
    double unit;                 /* the values divided by it are written                                         */
    const double *values;        /* (nframe, ncart); a frame whose first value is NaN is written without them    */
} dia_xyz_vectors;

typedef struct dia_xyz {
    dia_molecule
        molecule; /* of all frames; its reference is the first frame; masses of the file, else of the isotopes  owned */
    bool masses;  /* the file gave them                                                                             */
    int nframe;
    double
        *R; /* (nframe, ncart) bohr                                                                            owned */
    double
        *V; /* (nframe, ncart) atomic units; NULL: the file holds no velocities                                owned */
    int *state; /* (nframe); -1: not given                                                                         owned
                 */
    double *weight; /* (nframe); 1: not given owned */
    /* For the writer alone, all borrowed; zero if there are none. */
    int nvectors;
    const dia_xyz_vectors *vectors;
    const char *const *notes; /* (nframe) further key=value pairs of the comment line */
} dia_xyz;

/* On failure *xyz is zero. */
DIA_MUST_USE dia_status dia_xyz_read(dia_xyz *xyz, const char *path, dia_error *error);
/* V, state, weight may be NULL. Writes PATH.tmp and renames it: never half a file. */
DIA_MUST_USE dia_status dia_xyz_write(const dia_xyz *xyz, const char *path, dia_error *error);
void dia_xyz_free(dia_xyz *xyz);

#endif
