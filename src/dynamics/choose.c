/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/choose.h"

#include <stdio.h>
#include <string.h>

#include "dynamics/registry.h"
#include "dynamics/thermostat.h"
#include "model/object.h"

enum { NAMES = 64 };

static bool is_plugin(const char *name)
{
    const size_t length = strlen(name);
    return length > 3 && strcmp(name + length - 3, ".so") == 0;
}

/* The type `dia_KIND_type_STEM` of a shared object; NULL after noting a mistake. */
static const void *open_plugin(dia_method_plugin *own, dia_config *config, const dia_node *named, const char *where,
                               const char *kind)
{
    const void *type = NULL;
    dia_error error = {0};
    snprintf(own->path, sizeof own->path, "%s", dia_config_path(config, named));
    dia_status status = dia_digest_file(own->path, own->digest, &error);
    if (status == DIA_OK)
        status = dia_plugin_symbol(&own->handle, &type, kind, own->path, &error);
    if (status == DIA_OK)
        return type;
    dia_config_mistake(config, named, "%s: %s", where, error.text);
    return NULL;
}

/* The name under the key `method` of a block, or the fallback after noting a mistake; names end with NULL. */
static const char *choose(dia_config *config, const dia_node *named, const char *where, const char *kind,
                          const char *fallback, const char *const *names)
{
    const char *name = named != NULL ? dia_node_text(named) : fallback;
    if (name == NULL) {
        dia_config_mistake(config, named, "%s: expected the name of a %s", where, kind);
        return fallback;
    }
    for (int i = 0; names[i] != NULL; i++)
        if (strcmp(name, names[i]) == 0)
            return names[i];
    const char *guess = dia_text_nearest(name, names);
    if (guess != NULL)
        dia_config_mistake(config, named, "%s: there is no %s '%s'; did you mean '%s'?", where, kind, name, guess);
    else
        dia_config_mistake(config, named, "%s: there is no %s '%s'; `diabolo info` lists them", where, kind, name);
    return fallback;
}

const dia_hop_type *dia_choose_hop(dia_method_plugin *own, dia_config *config, const dia_node *named,
                                   const char *fallback)
{
    const char *names[NAMES] = {0}, *const where = "dynamics.method";
    if (named != NULL && dia_node_text(named) != NULL && is_plugin(dia_node_text(named))) {
        const dia_hop_type *type = open_plugin(own, config, named, where, "hop");
        return type != NULL ? type : dia_hop_type_find(fallback);
    }
    for (int i = 0; i < NAMES - 1 && dia_hop_types[i] != NULL; i++)
        names[i] = dia_hop_types[i]->name;
    return dia_hop_type_find(choose(config, named, where, "hopping method", fallback, names));
}

const dia_decoherence_type *dia_choose_decoherence(dia_method_plugin *own, dia_config *config, const dia_node *named,
                                                   const char *fallback)
{
    const char *names[NAMES] = {0}, *const where = "dynamics.decoherence.method";
    if (named != NULL && dia_node_text(named) != NULL && is_plugin(dia_node_text(named))) {
        const dia_decoherence_type *type = open_plugin(own, config, named, where, "decoherence");
        return type != NULL ? type : dia_decoherence_type_find(fallback);
    }
    for (int i = 0; i < NAMES - 1 && dia_decoherence_types[i] != NULL; i++)
        names[i] = dia_decoherence_types[i]->name;
    return dia_decoherence_type_find(choose(config, named, where, "decoherence method", fallback, names));
}

const dia_thermostat_type *dia_choose_thermostat(dia_config *config, const dia_node *named)
{
    const char *names[NAMES] = {0};
    for (int i = 0; i < NAMES - 1 && dia_thermostat_types[i] != NULL; i++)
        names[i] = dia_thermostat_types[i]->name;
    return dia_thermostat_type_find(choose(config, named, "dynamics.thermostat.method", "thermostat", "none", names));
}
