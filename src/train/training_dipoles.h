/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The dipole matrix of a network (model/dipoles.h), fitted when its H is: the block `dipoles` of a training. */
#ifndef DIA_TRAIN_TRAINING_DIPOLES_H
#define DIA_TRAIN_TRAINING_DIPOLES_H

#include "base/config.h"

typedef struct dia_dipole_settings {
    dia_list layers;  /* of int: units of the hidden layers */
    dia_list lengths; /* of double, bohr                    */
    int charge, epochs, batch;
    double rate, decay;
} dia_dipole_settings;

extern const dia_option dia_dipole_options[];
/* Notes mistakes that the table does not find. */
void dia_dipole_settings_check(const dia_dipole_settings *settings, dia_config *config, const dia_node *node);

struct dia_run;
/* Fits the dipoles of the network, or goes on; its parameters are the best. Measures the errors. */
DIA_MUST_USE dia_status dia_run_dipoles(struct dia_run *run, bool resumed, dia_error *error);
/* Is there this work behind the stages? A member of a fold has none. */
bool dia_run_has_dipoles(const struct dia_run *run);

#endif
