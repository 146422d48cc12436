/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files that make initial conditions. */
#ifndef DIA_DYNAMICS_INITIAL_INTERNAL_H
#define DIA_DYNAMICS_INITIAL_INTERNAL_H

#include "base/control.h"
#include "dynamics/initial.h"
#include "molecule/xyz.h"

typedef struct dia_initial_maker {
    dia_initial *out;
    dia_model *model;
    const dia_molecule *molecule;
    const dia_initial_settings *settings;
    int asked; /* trajectories of the input; settings->trajectories are the candidates where light chooses */
    const dia_control *control;
    dia_error *error;
    dia_status status;
    dia_phase phase;
} dia_initial_maker;

/* ---- initial.c: shared by all samplings ------------------------------------------------------ */

/* Room for n trajectories, all in the state of the settings. */
DIA_MUST_USE dia_status dia_initial_reserve(dia_initial_maker *m, int n);
/* Before piece `done` of `total`: tells how far `what` is. False: it was asked to stop, m->status says so. At done == total it only tells. */
bool dia_initial_goes_on(dia_initial_maker *m, const char *what, size_t done, size_t total);
/* Adds a warning to m->out->note. */
void dia_initial_note(dia_initial_maker *m, const char *format, ...) DIA_PRINTF(2, 3);
/* Checks a list: one number for each coordinate, or one for all if that is allowed. */
DIA_MUST_USE dia_status dia_initial_check_count(const dia_initial_maker *m, const char *key, const dia_list *list,
                                                bool one);

/* ---- initial_file.c: frames of a file, and masses -------------------------------------------- */

/* Sets the masses that the input gives, before they are used. */
DIA_MUST_USE dia_status dia_initial_masses(dia_initial_maker *m);
bool dia_initial_masses_of_file(const dia_initial_settings *s);
/* Reads the file of the settings for the model, masses included. */
DIA_MUST_USE dia_status dia_initial_read_frames(dia_initial_maker *m, dia_xyz *xyz);
DIA_MUST_USE dia_status dia_initial_from_file(dia_initial_maker *m);

/* ---- initial_sampling.c: positions and velocities that are drawn ----------------------------- */

/* Do the settings state the oscillators, so that none are searched on the model? */
bool dia_initial_stated(const dia_initial_settings *s);
DIA_MUST_USE dia_status dia_initial_oscillators(dia_initial_maker *m);
DIA_MUST_USE dia_status dia_initial_fixed(dia_initial_maker *m);

/* ---- initial_excitation.c: the block `excitation` -------------------------------------------- */

/* Both after initial_state.c has read the rest. */
void dia_excitation_read(dia_initial_settings *settings, dia_config *config);
void dia_excitation_write(FILE *out, int indent, const dia_initial_settings *settings);
/* How many are drawn; 0: all frames of a file. */
int dia_excitation_candidates(const dia_initial_settings *settings);
/* Keeps of the m->out->n candidates those that are excited, the first m->asked of them (0: all). */
DIA_MUST_USE dia_status dia_excitation_choose(dia_initial_maker *m);

/* ---- initial_electrons.c: what the key `state` means ------------------------------------------- */

/* Is the state, or the superposition, one of the model? */
DIA_MUST_USE dia_status dia_initial_check_state(const dia_initial_settings *settings, const dia_model *model,
                                                dia_error *error);
/* out->state holds what `state` says for each trajectory, in its basis, and out->c (NULL: none) the amplitudes that
 * frames state. Draws the active states and makes the amplitudes, where they differ from 1 in the active state. */
DIA_MUST_USE dia_status dia_initial_electrons(dia_initial_maker *m);

#endif
