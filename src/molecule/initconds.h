/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Initial conditions that other surface-hopping programs have drawn, as frames:
 *
 *   initconds, initconds.excited   SHARC (https://sharc-md.org, manual: file formats)
 *   final_output, final_output.N   Newton-X (https://newtonx.org, manual: initial conditions)
 *
 * Both are in bohr, u and bohr per atomic unit of time. A condition of initconds.excited becomes a frame for each state that excite.py
 * selected (True), so each starts its own trajectory; conditions without one are left out. Of final_output those within the energy range
 * (YES) are taken, in the state that they name. States are counted from 1 there, from 0 here. */
#ifndef DIA_MOLECULE_INITCONDS_H
#define DIA_MOLECULE_INITCONDS_H

#include "molecule/xyz.h"

/* Is the file one of these, by its first lines? */
bool dia_initconds_recognise(const char *path);
/* As dia_xyz_read_for. xyz->note says what was left out. DIA_ERROR_INPUT: a selected state of another multiplicity, or of the spin-diagonal
 * representation of several multiplicities, which is no state of a model. */
DIA_MUST_USE dia_status dia_initconds_read(dia_xyz *xyz, const dia_molecule *molecule, const char *path,
                                           dia_error *error);

#endif
