/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input of a training as read by the option tables, in atomic units. */
#ifndef DIA_TRAIN_SETTINGS_H
#define DIA_TRAIN_SETTINGS_H

#include "base/config.h"
#include "model/network.h"
#include "train/generators.h"
#include "train/optimiser.h"
#include "train/training_dipoles.h"

#define DIA_TRAINING_STAGES 32

typedef struct dia_group_weight { /* an item of data.weights */
    const char *group;
    double factor; /* on the loss of its points */
} dia_group_weight;

enum { DIA_COMMITTEE_AGAIN = 20 }; /* further trainings of a member, at most */

typedef struct dia_training_settings {
    struct dia_data_settings {
        const char *file;
        double validation, apart, below;
        int seed, split;     /* a dia_split, or 3: by clusters */
        dia_list train_only; /* of const char *   */
        dia_list weights;    /* of dia_group_weight */
    } data;
    struct dia_network_settings {
        const dia_node *descriptors; /* as given; resolved below */
        const char *architecture;
        int states, diabats, seed, starts, race, trial;
        const dia_node *symmetry_node; /* as given                                  */
        bool search;                   /* its generators are looked for             */
        dia_list symmetry;             /* of dia_generator (generators.h)     owned */
        const char *reference, *baseline, *start;
        double scale;
    } network;
    struct dia_loss_settings {
        double energy, gradient, coupling, coupling_gap, coupling_power, degenerate, high_energy, high_power, outlier,
            surplus;
    } loss;
    struct dia_topology_settings {
        const char *intersections;
        dia_list states; /* of int */
    } topology;
    struct dia_committee_settings {
        int members, resample; /* 0: the same points for all, 1: bootstrap    */
        int calibrate, folds;  /* 0: automatic, 1: validation points, 2: folds */
        int again;             /* how often a member may be trained again      */
        bool noise;
    } committee;
    dia_dipole_settings dipoles;
    const dia_node *network_node, *stages, *dipoles_node; /* the last NULL: dipoles are not learned */
    int ndescriptor;
    const char *descriptor[DIA_NETWORK_DESCRIPTORS];   /* names                                       */
    char *descriptor_options[DIA_NETWORK_DESCRIPTORS]; /* YAML; NULL: defaults                  owned */
    const dia_architecture_type *architecture;
    void *body; /* its options                 owned */
    struct dia_training_output {
        const char *file;
    } output;
    int nstage;
    struct dia_stage {
        const dia_optimiser_type *type;
        void *self; /* owned */
        const char *optimiser;
        double gradient, coupling; /* factors on the weights of gradients and couplings in this stage */
        double average;            /* share of the average of parameters that is kept at each advance; 0: no average */
        int patience;              /* advances without a better validation loss that end the stage; 0: any number    */
        double coupling_power;     /* 0: as in loss                                                   */
        double outlier;            /* 0: as in loss                                                   */
        int match;                 /* 0: states in the order of energy, 1: by symmetry where it tells */
        int points;                /* 0: all, 1: those where symmetry tells                           */
    } stage[DIA_TRAINING_STAGES];
} dia_training_settings;

/* Mistakes are noted in config; ends with dia_config_finish. */
DIA_MUST_USE dia_status dia_training_settings_read(dia_training_settings *settings, dia_config *config,
                                                   dia_error *error);
void dia_training_settings_free(dia_training_settings *settings);
/* The resolved input as YAML text, heap. NULL: out of memory. */
char *dia_training_settings_text(const dia_training_settings *settings);

#endif
