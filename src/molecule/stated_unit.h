/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units that text files state in their titles and comments. */
#ifndef DIA_MOLECULE_STATED_UNIT_H
#define DIA_MOLECULE_STATED_UNIT_H

#include "diabolo/base.h"

/* What follows a title whose numbers have one unit: "Angs", "(AU)", "in cm-1"; nothing: `usual` is what they have.
 * *factor: atomic units per unit. atomic: the atomic unit of the same kind, "bohr". False: anything else, which then
 * stands in `why`. */
DIA_MUST_USE bool dia_title_unit(const char *rest, const char *atomic, double usual, double *factor, size_t size,
                                 char *why);

/* Atomic units per unit; 0: the comment says nothing of it. */
typedef struct dia_stated_units {
    double length, velocity, mass;
} dia_stated_units;

/* What the comment of an XYZ file says of its columns: units=bohr, pos_unit=nm, "coordinates in Angstrom",
 * velocity_unit=bohr/au. A unit that belongs to a number ("300 nm") or to something that is no column here ("energy in
 * au", energy_unit=eV) says nothing. The value of Properties= is passed over. False: a unit is named of which it is not
 * clear what it belongs to, or two that disagree; `why` says which. */
DIA_MUST_USE bool dia_comment_units(const char *comment, dia_stated_units *stated, size_t size, char *why);

#endif
