/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damaged HDF5 files: the contents of a valid file, changed as a fuzzer's bytes say. The bytes of a file are libhdf5's to judge; what
 * it then hands out is ours. A change is a line,
 *
 *   OBJECT VERB ARGUMENTS     trajectories/active set 3 nan
 *
 * OBJECT: a dataset, a group, or one of their attributes ("hops/gap@unit"; of the root "@version"). A line "base N" takes the Nth of
 * several valid files. Lines that make no sense change nothing. Verbs:
 *
 *   remove            group               soft PATH           hard PATH
 *   shape 3x0x2       type NAME           set PLACE VALUE     fill VALUE
 *   swap I J          reverse             cut LENGTH          byte PLACE HEX
 *   text TEXT         make SHAPE VALUE
 *
 * (a shape is also "scalar" or "null"; in TEXT, %41 is the byte 0x41.) Targets that use this are mutated line by line. */
#ifndef DIA_FUZZ_CONTENTS_H
#define DIA_FUZZ_CONTENTS_H

#include "fuzz.h"

typedef struct contents contents;

/* Reads a valid file; up to 8 of them are known to "base N". */
void contents_load(const char *path);
/* Names that a file may have besides those of the bases; ends with NULL. */
void contents_know(const char *const *names);
/* Writes the file that the bytes describe; false: HDF5 could not write it. *base: which. */
bool contents_write(const uint8_t *bytes, size_t size, const char *path, int *base);
/* The same to the file `name` of fuzz_path, whose path it returns; NULL for false. The first call makes the valid files by `prepare`. */
const char *contents_file(void (*prepare)(void), const uint8_t *bytes, size_t size, const char *name, int *base);
/* A valid data set of a molecule in two states, with gradients, couplings and dipoles, about the geometry R (3 natom) bohr. group
 * (npoint): NULL: none. */
void contents_data(const char *path, int natom, const int *numbers, const double *R, int npoint,
                   const char *const *group);
/* Aborts if some object of HDF5 is still open. */
void contents_all_closed(void);

#endif
