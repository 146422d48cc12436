/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other people's data as a data set: a reader hands over one geometry after the other, in the units of its file; here
 * they are checked, converted, put in order and written by the one writer of data sets.
 *
 * Units: those that the user states, else those that the file states, else those that the documentation of the format
 * fixes. Where there is none of these, the unit is asked for: nothing is guessed. */
#ifndef DIA_CONVERT_IMPORT_H
#define DIA_CONVERT_IMPORT_H

#include <stdio.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/provenance.h"
#include "convert/array.h"
#include "diabolo/dataset.h"
#include "diabolo/molecule.h"

enum { DIA_UNIT_LENGTH, DIA_UNIT_ENERGY, DIA_UNIT_GRADIENT, DIA_UNIT_COUPLING, DIA_UNIT_DIPOLE, DIA_UNIT_KINDS };
enum { DIA_TOOK_PAIRS = 1, DIA_TOOK_MULTIPLICITY = 2 };
enum { DIA_IMPORT_STATES = 32, DIA_IMPORT_ATOMS = 10000 };

/* "Angstrom", "eV", "eV/Angstrom"; of couplings an energy per length (h_ij) or 1/length (derivative couplings d_ij); of dipoles
 * "e bohr", "debye" or "e Angstrom".
 * NULL: not known. */
typedef struct dia_import_units {
    const char *of[DIA_UNIT_KINDS];
} dia_import_units;

typedef struct dia_import_options {
    dia_import_units units;  /* as the user states them                                                        */
    int nkey;                /* names in the file of what is read, "forces=REF_forces"                          */
    const char *const *keys; /* (nkey)                                                                          */
    const char *states;      /* "0,2" or "0-2": which of the file's states; NULL: all                           */
    const char *pairs;       /* "1-2,0-1": which states the couplings of the file join; NULL: all pairs, 0-1 0-2 .. */
    int multiplicity;        /* of the states to be read, 1: singlets; 0: the lowest that the file has           */
    const char *molecule;    /* XYZ file: elements in this order in each geometry; NULL: as in the first geometry */
    const char *level;       /* of theory, stored; NULL: not stated                                              */
    const dia_control *control;
} dia_import_options;

typedef struct dia_import dia_import;

/* One geometry, everything borrowed. In units of the file. */
typedef struct dia_import_frame {
    int natom, nstate;
    const int *numbers;     /* (natom)                                                                     */
    const double *R;        /* (natom, 3)                                                                  */
    const double *energy;   /* (nstate); NaN: missing                                                      */
    const double *gradient; /* (nstate, natom, 3), slopes +dE/dR; NaN: missing; NULL: none                 */
    const double *coupling; /* (npair, natom, 3), pair (i < j) at j(j-1)/2+i; NaN: missing; NULL: none     */
    const double *dipole;   /* (nstate, nstate, 3), symmetric in the states; NaN: missing; NULL: none      */
    const char *group;      /* points of one group belong together; NULL: none                             */
} dia_import_frame;

struct dia_import {
    const dia_import_options *options;
    const char *format;     /* its name, for messages                                */
    const char *path;       /* of what is read                                       */
    char where[1200];       /* of the present geometry, for messages: "FILE: row 17" */
    dia_import_units units; /* of the file, as stated or by the format; a reader may change it from frame to frame */
    dia_files files;        /* that were read                                        */
    FILE *notes;            /* a sentence a line: what the user should know          */
    char *text;             /* of notes                                              */
    size_t size;            /* of text                                               */
    char stated[DIA_UNIT_KINDS][64]; /* memory of units that the file states                                       */
    int told, told_also;             /* for readers that say something once                                        */
    char left_out[400];              /* names of what is not taken, with commas                                    */
    bool used[DIA_UNIT_KINDS];
    unsigned took;  /* DIA_TOOK_...: options of the user that had an effect */
    unsigned found; /* bits: names of the user that were found */
    /* the points so far, atomic units */
    int natom, nstate, npair, npoint, room;
    int *numbers; /* (natom) */
    double *R, *energy, *gradient, *coupling, *dipole;
    bool dipolar; /* a dipole is known */
    char **group; /* (npoint) owned; NULL entries: none */
    int nsorted, first_sorted;
    bool derivative; /* couplings were d_ij */
    char *level;     /* of theory, as the file states it; owned; NULL */
};

/* Adds a geometry. DIA_ERROR_INPUT: other atoms than in the first one, other states, a number that is not finite, atoms at one
 * place, a unit that is not known. */
DIA_MUST_USE dia_status dia_import_add(dia_import *import, const dia_import_frame *frame, dia_error *error);
/* What the file states; NULL: nothing, the unit is asked for. The text is copied. */
void dia_import_state_unit(dia_import *import, int kind, const char *unit);
/* Sets import->where. */
void dia_import_where(dia_import *import, const char *format, ...) DIA_PRINTF(2, 3);
/* What a quantity ("energies") is called in the file: as the user says, else by one of the usual names. NULL: it is not there. has: is there
 * something of that name? */
typedef bool dia_import_has(const void *context, const char *name);
const char *dia_import_find(dia_import *import, const char *quantity, dia_import_has *has, const void *context);
/* Was each name that the user gave found once? Else DIA_ERROR_INPUT. */
DIA_MUST_USE dia_status dia_import_check_found(const dia_import *import, dia_error *error);
/* --key QUANTITY=NAME: are all quantities known? */
DIA_MUST_USE dia_status dia_import_check_keys(const dia_import_options *options, dia_error *error);

/* Labels in arrays of a file, brought into the order of a frame. `name`: of the array, for messages. */
/* (nstate, natom, 3) or (natom, nstate, 3), atom_first telling which it is where both fit; (natom, 3) for the state `only`, others NaN.
 * Multiplied by `sign`. */
DIA_MUST_USE dia_status dia_import_gradients(const dia_import *import, const char *name, const dia_array *array,
                                             bool atom_first, double sign, int natom, int nstate, int only,
                                             double *gradient, dia_error *error);
/* (npair, natom, 3) or (natom, npair, 3) in the file's order of pairs, (0,1), (0,2), ..., (1,2), ... or options->pairs. */
DIA_MUST_USE dia_status dia_import_couplings(dia_import *import, const char *name, const dia_array *array,
                                             bool atom_first, double sign, int natom, int nstate, double *coupling,
                                             dia_error *error);
/* (nall, nall, 3), (3, nall, nall), or the upper triangle by rows (nall (nall + 1)/2, 3), as SPaiNN keeps them, of which the states first .. first+nstate-1 are taken, or (nall, 3): those of the states alone. An array of another shape is told to
 * the user and not taken: *taken is false. DIA_ERROR_INPUT: not symmetric in the states. */
DIA_MUST_USE dia_status dia_import_dipoles(dia_import *import, const char *name, const dia_array *array, int nall,
                                           int first, int nstate, double *dipole, bool *taken, dia_error *error);
/* Something of this name is in the file and has no place in a data set, or none that is known: told once, at the end. */
void dia_import_leave_out(dia_import *import, const char *name);
/* Is it one of the names of what is read, or that the user gave? */
bool dia_import_is_name(const dia_import *import, const char *name);
/* Vectors of which every component is zero are placeholders: NaN. Returns how many. */
int dia_import_drop_zeros(int n, int width, double *vectors);

/* The files NAME ("*.out": those that end so) in the folder `path` and all folders below it, sorted by path (numbers in them by value), each given to `read`. Not found:
 * nothing happens, *count is 0. */
typedef dia_status dia_import_reader(dia_import *import, const char *path, dia_error *error);
DIA_MUST_USE dia_status dia_import_each(dia_import *import, const char *path, const char *name, dia_import_reader *read,
                                        int *count, dia_error *error);
/* FOLDER/NAME in text. False: too long. */
bool dia_import_path(const char *folder, const char *name, size_t size, char *text);
/* The folder a file is in. */
void dia_import_folder(const char *path, size_t size, char *text);
bool dia_import_is_file(const char *path);
/* Is there a file of that name in the folder or below it? */
bool dia_import_holds(const char *folder, const char *name);
/* The first size-1 bytes of a file, and a zero behind them; how many. 0: no file. */
size_t dia_import_head(const char *path, size_t size, char *text);
bool dia_import_ends(const char *path, const char *ending);

/* The beginning and the end of an import. import->path and ->units are set between them. */
DIA_MUST_USE dia_status dia_import_begin(dia_import *import, const dia_import_options *options, dia_error *error);
/* A part of the states: labels of others are dropped. list: "0,2" or "0-2" of those that were read. */
DIA_MUST_USE dia_status dia_import_keep_states(dia_import *import, const char *list, dia_error *error);
/* Writes what was added, unless `status` is an error already. Frees the import in any case. */
DIA_MUST_USE dia_status dia_import_end(dia_import *import, dia_status status, const char *out, dia_error *error);

#endif
