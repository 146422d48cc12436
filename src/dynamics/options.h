/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block `dynamics` of an input. */
#ifndef DIA_DYNAMICS_OPTIONS_H
#define DIA_DYNAMICS_OPTIONS_H

#include "base/config.h"
#include "diabolo/dynamics.h"
#include "statistics/population.h"

extern const dia_option dia_dynamics_options[]; /* the keys common to all methods, for templates */
/* Reads the block (NULL: all defaults): the common keys and those of the methods it names; mistakes are noted in
 * `config`. The only failure is DIA_ERROR_MEMORY; a method that does not exist is a mistake, and the default is used
 * in its place. */
DIA_MUST_USE dia_status dia_dynamics_read(dia_dynamics *dynamics, dia_config *config, const dia_node *node,
                                          dia_error *error);
/* Writes the block with all its keys, as in an input. */
void dia_dynamics_write(FILE *out, int indent, const dia_dynamics *dynamics);
/* Do the methods work with a model of this shape, and with each other (DIA_ERROR_INPUT says why not)? hop, decoherence: doubles of
 * memory that they need for a trajectory. */
DIA_MUST_USE dia_status dia_dynamics_prepare(const dia_dynamics *dynamics, const dia_shape *shape, size_t *hop,
                                             size_t *decoherence, dia_error *error);
/* Can momenta be adjusted in this molecule as the settings say, and has the model the states that they name? */
DIA_MUST_USE dia_status dia_hop_check(const dia_dynamics *dynamics, const dia_molecule *molecule, int nstate,
                                      dia_error *error);
/* DIA_ERROR_INPUT: `precision` asks for what the model cannot. */
DIA_MUST_USE dia_status dia_precision_fit(const dia_dynamics *dynamics, const dia_model *model, dia_error *error);

/* What the trajectories of the hopping method say of populations, of a model of n states. */
dia_population_rule dia_dynamics_populations(const dia_dynamics *dynamics, int nstate);
/* Of trajectory b: sum of the squares of its mapping variables, and its weight by the start; 1 where the method has none. */
void dia_block_mapping(const dia_block *block, int b, double *norm, double *weight);

#endif
