/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The input of `diabolo learn`, in atomic units. */
#ifndef DIA_LEARN_SETTINGS_H
#define DIA_LEARN_SETTINGS_H

#include "base/config.h"
#include "learn/engine.h"

/* Of a committee, unless the input says how many: members, and further trainings of one that is wrong. */
enum { DIA_LEARN_MEMBERS = 4, DIA_LEARN_AGAIN = 3 };

typedef enum dia_choose_by { DIA_CHOOSE_BY_DISAGREEMENT, DIA_CHOOSE_BY_CHANCE } dia_choose_by;

typedef struct dia_learn_settings { /* texts and nodes belong to the configuration */
    struct dia_learn_start {
        const char *data, *geometry;
        int points, seed;
        bool minimise;
        double temperature, stretch;
    } start;
    const dia_node *engine_node;
    struct dia_learn_engine { /* keys of all engines */
        const char *type;
        int states, at_once;
        double timeout, continuity;
        const char *scratch;
    } engine;
    const dia_engine_type *type;
    void *self; /* settings of the engine; owned */
    const dia_node *train, *swarm;
    struct dia_learn_continue {
        int from;
        const dia_node *stages;
    } continued;
    int trajectories; /* of a swarm; 0: as many as its file holds */
    struct dia_learn_choose {
        int labels, judge, by, seed, frames;
        double hops, gaps, seam, gap, keen, apart, highest;
    } choose;
    struct dia_learn_criterion {
        double energy, gradient, hours;
        bool topology;
        int least, labels, rounds;
    } criterion;
    struct dia_learn_final {
        int trajectories;
    } final;
    struct dia_learn_output {
        const char *folder;
    } output;
} dia_learn_settings;

/* The keys of an input, for templates: room for 16. */
void dia_learn_options_fill(dia_option *options);

/* Mistakes are noted in the configuration; ends with dia_config_finish. */
DIA_MUST_USE dia_status dia_learn_settings_read(dia_learn_settings *settings, dia_config *config, dia_error *error);
void dia_learn_settings_free(dia_learn_settings *settings);

/* All that determines which labels are asked for, as YAML: everything but the criterion, the folder, and how many labels are made at
 * once. Heap; NULL: out of memory. */
char *dia_learn_settings_text(const dia_learn_settings *settings);

/* The same of an earlier call, `before`, as this version of the program would write it: keys that were not there yet have their defaults.
 * Heap; NULL: it cannot be read, or no memory. */
char *dia_learn_settings_completed(const char *before, const char *directory);

#endif
