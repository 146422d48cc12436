/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods by the names that an input gives them, or from shared objects. */
#ifndef DIA_DYNAMICS_CHOOSE_H
#define DIA_DYNAMICS_CHOOSE_H

#include "base/config.h"
#include "base/digest.h"
#include "diabolo/extend.h"

struct dia_thermostat_type;

typedef struct dia_method_plugin {
    void *handle; /* NULL: the method is built in */
    char path[4096];
    char digest[DIA_DIGEST_SIZE]; /* of the file */
} dia_method_plugin;

/* The method that `named` (a text; NULL: the fallback) names. After a mistake, which is noted in `config`, the fallback. */
const dia_hop_type *dia_choose_hop(dia_method_plugin *own, dia_config *config, const dia_node *named,
                                   const char *fallback);
const dia_decoherence_type *dia_choose_decoherence(dia_method_plugin *own, dia_config *config, const dia_node *named,
                                                   const char *fallback);
const struct dia_thermostat_type *dia_choose_thermostat(dia_config *config, const dia_node *named); /* fallback: none */

#endif
