/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units that text files state in their titles and comments. */
#ifndef DIA_MOLECULE_STATED_UNIT_H
#define DIA_MOLECULE_STATED_UNIT_H

#include "diabolo/base.h"

/* Reads the unit behind a title: "Angs", "(AU)", "in cm-1"; if there is none, the numbers are in `usual`. *factor:
 * atomic units per unit. atomic: the atomic unit of the same kind, "bohr". False: anything else, which is then in
 * `why`. */
DIA_MUST_USE bool dia_title_unit(const char *rest, const char *atomic, double usual, double *factor, size_t size,
                                 char *why);

/* Atomic units per unit; 0: the comment does not state it. */
typedef struct dia_stated_units {
    double length, velocity, mass;
} dia_stated_units;

/* Reads the units of the columns from the comment of an XYZ file: units=bohr, pos_unit=nm, "coordinates in
 * Angstrom", velocity_unit=bohr/au. A unit that belongs to a number ("300 nm") or to something that is no column
 * here ("energy in au", energy_unit=eV) is ignored. So is the value of Properties=. False: it is not clear what a
 * unit belongs to, or two units disagree; `why` says which. */
DIA_MUST_USE bool dia_comment_units(const char *comment, dia_stated_units *stated, size_t size, char *why);

#endif
