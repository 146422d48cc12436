/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What tests of the dynamics share: a bound, smooth surface with conical intersections near its middle, and settings.
 */
#ifndef DIA_TEST_FLIGHT_H
#define DIA_TEST_FLIGHT_H

#include "diabolo/model.h"
#include "diabolo/dynamics.h"

enum { FLIGHT_STATES = 3, FLIGHT_ATOMS = 3, FLIGHT_NCART = 9 };

/* A model of three states and nine coordinates: H_ii = e_i + sum_c [k R_c^2/2 + a_ic R_c], H_ij = sum_c b_ijc sin(R_c).
 * Where R_0 > wall its H is NaN. The caller frees it. */
dia_model *flight_model(double wall);

/* A model of a file, by its absolute path, or of YAML text. The caller frees it. */
dia_model *flight_open(const char *text);

/* Settings by a method's name, with its defaults; seed 7, no decoherence, no limit of drift. Times in atomic units. */
dia_dynamics flight_dynamics(const char *method, double timestep, double duration);
void flight_decohere(dia_dynamics *dynamics);                        /* turns energy-based decoherence on */
void flight_decohere_by(dia_dynamics *dynamics, const char *method); /* any other, with its defaults */
void flight_dynamics_free(dia_dynamics *dynamics);

/* A model that the tests of one file share, flight_model(INFINITY): setup and teardown of a cmocka group. */
extern dia_model *flight_shared;
int flight_setup(void **state);
int flight_teardown(void **state);

dia_block *flight_block(const dia_model *model, const dia_dynamics *dynamics, int capacity);
void flight_fly(dia_block *block, int steps);
/* Change of the total energy of trajectory b since its start, hartree, without its sign. */
double flight_energy_error(const dia_block *block, int b);
/* Largest change of the total energy of each of `count` trajectories within `duration` atomic units, of flight_shared from `state` with
 * the kinetic energy `energy` (flight_start): the median over them. */
double flight_energy_median(const dia_dynamics *dynamics, int count, int state, double energy, double duration);
double flight_median(int n, double *values); /* puts them in ascending order */

/* Starts trajectories first, first+1, ... with positions and velocities that depend on the number alone. energy: scale
 * of the kinetic energy, hartree. */
void flight_start(dia_block *block, int count, int64_t first, int state, double energy);

/* Are all rows of trajectory b of one block the bits of trajectory c of another? */
bool flight_same(const dia_block *x, int b, const dia_block *y, int c);

/* The same with keys of the method behind its name, as YAML ("spin_mapping, sampling: focused"). dt: atomic units. */
dia_dynamics flight_settings(const char *method, double dt);

#endif
