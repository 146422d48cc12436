/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the swarm file is called and which units it uses: shared by the writer and the reader. */
#ifndef DIA_SWARM_NAMES_H
#define DIA_SWARM_NAMES_H

#define DIA_SWARM_FORMAT "diabolo-swarm"
#define DIA_SWARM_VERSION 1

#define DIA_UNIT_TIME "fs"
#define DIA_UNIT_ENERGY "hartree"
#define DIA_UNIT_LENGTH "bohr"
#define DIA_UNIT_VELOCITY "bohr hartree/hbar"
#define DIA_UNIT_MASS "electron_mass"
#define DIA_UNIT_NONE "1"

#endif
