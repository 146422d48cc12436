/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended XYZ files (libAtoms; https://github.com/libAtoms/extxyz), one molecule, any number of frames.
 *
 * Line 1: number of atoms. Line 2: key=value pairs; Properties=species:S:1:pos:R:3:velo:R:3:masses:R:1 names the columns.
 * Without Properties= the line is any text, and the columns are species and positions: a plain XYZ file. These columns
 * are read
 *
 *   species, symbols      S:1   symbols, labels or atomic numbers; D and T name isotopes
 *   Z, numbers            I:1   atomic numbers
 *   pos, positions        R:3   Angstrom
 *   velo                  R:3   Angstrom/fs; vel, velocity and velocities too, where the comment states their unit
 *   momenta               R:3   sqrt(u eV), as ASE writes them
 *   masses, mass          R:1   u
 *
 * and no others. Units that the comment states are used (stated_unit.h). Two statements of the same quantity (velo
 * and momenta, species and Z, masses and the name of an isotope) that disagree beyond their rounding are an error.
 * The keys `state` (adiabatic, from 0), `weight` and `amplitudes` ("RE IM RE IM ...", of the diabatic states) are read if
 * the line consists only of pairs; other keys are ignored. */
#ifndef DIA_MOLECULE_XYZ_H
#define DIA_MOLECULE_XYZ_H

#include "diabolo/molecule.h"

typedef struct dia_xyz_vectors { /* a column of the writer: three numbers per atom, NAME:R:3                  */
    const char *name;            /* no blanks or colons                                                       */
    double unit;                 /* values are divided by it for writing                                      */
    const double *values;        /* (nframe, ncart); a frame whose first value is NaN is written without them */
} dia_xyz_vectors;

typedef struct dia_xyz {
    dia_molecule
        molecule;   /* of all frames; its reference is the first; masses of the file, else of the isotopes     owned */
    double *masses; /* (natom) electron masses that the file states; 0: none for this atom; NULL: none at all  owned */
    int nframe;
    double *R; /* (nframe, ncart) bohr                                                                         owned */
    double *V; /* (nframe, ncart) atomic units; NULL: the file holds no velocities                             owned */
    bool
        momenta; /* V are momenta over molecule.masses                                                                 */
    int *state; /* (nframe); -1: not given                                                                      owned */
    double *
        weight; /* (nframe); 1: not given                                                                       owned */
    /* (nframe, namplitude) real and imaginary parts of the amplitudes of diabatic states; NaN: not given; NULL: none  owned */
    int namplitude;
    double *amplitudes;
    char note
        [200]; /* a column that may matter but was ignored; "": none                                                 */
    /* Only for the writer, all borrowed; zero if there are none. */
    int nvectors;
    const dia_xyz_vectors *vectors;
    const char *kind;         /* written as diabolo=KIND, the kind of file: "samples"; NULL: nothing. Not read */
    const char *const *notes; /* (nframe) further key=value pairs of the comment line                          */
} dia_xyz;

/* On failure *xyz is zero. */
DIA_MUST_USE dia_status dia_xyz_read(dia_xyz *xyz, const char *path, dia_error *error);
/* The same for geometries of this molecule: another molecule is an error, and so is a first frame whose bonds all
 * differ from those of its reference by the factor of another unit (bohr mistaken for Angstrom). Where the file
 * states no mass the molecule's is used, for momenta as well; masses that it states are kept, even if the molecule's
 * differ. */
DIA_MUST_USE dia_status dia_xyz_read_for(dia_xyz *xyz, const dia_molecule *molecule, const char *path,
                                         dia_error *error);
/* V, state, weight, amplitudes may be NULL. Writes PATH.tmp and renames it: never half a file. */
DIA_MUST_USE dia_status dia_xyz_write(const dia_xyz *xyz, const char *path, dia_error *error);
void dia_xyz_free(dia_xyz *xyz);
/* For who reads further keys of a comment line: the value behind "key=", bare, or in double quotes with \" \\ \n, or in brackets.
 * Cuts it out in place and moves *cursor behind it; NULL: unterminated. */
char *dia_xyz_cut_value(char **cursor);

#endif
