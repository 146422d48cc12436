/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block `dynamics` of an input. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dynamics/block.h"
#include "dynamics/hop/registry.h"

/* Members of the same dia_dynamics: the nested block begins at its beginning. */
static const dia_option decoherence_options[] = {
    {.key = "method",
     .kind = DIA_OPTION_CHOICE,
     .offset = offsetof(dia_dynamics, decoherence),
     .fallback = "energy_based",
     .choices = "none|energy_based",
     .help = "energy_based: amplitudes of the other states decay at a rate that grows with their distance in energy"},
    {.key = "constant",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_ENERGY,
     .offset = offsetof(dia_dynamics, edc_constant),
     .fallback = "0.1 hartree",
     .minimum = 0.0,
     .maximum = 1e6,
     .help = "C in the decay time (1 + C/kinetic energy)/|energy difference|"},
    {.key = "convention",
     .kind = DIA_OPTION_CHOICE,
     .offset = offsetof(dia_dynamics, edc_convention),
     .fallback = "population",
     .choices = "population|amplitude",
     .help = "what decays with exp(-time/decay time); amplitude is twice as fast, as printed in the first papers"},
    {.key = NULL},
};

const dia_option dia_dynamics_options[] = {
    DIA_TEXT(dia_dynamics, method, "fewest_switches", "how states change: one of the hopping methods"),
    DIA_REAL(dia_dynamics, timestep, DIA_TIME, "0.25 fs", "of the nuclei; the electrons take sub-steps of their own",
             DIA_RANGE(1e-6, 1e6)),
    DIA_REAL(dia_dynamics, duration, DIA_TIME, NULL, "how long each trajectory flies", DIA_RANGE(0.0, 1e12),
             .required = true),
    DIA_CHOICE(dia_dynamics, adjust, "coupling|velocity", "coupling",
               "direction in which the momentum pays for a hop; a coupling that vanishes gives way to the velocity"),
    DIA_CHOICE(dia_dynamics, frustrated, "keep|reverse|jasper_truhlar", "keep",
               "momentum in that direction when it cannot pay; jasper_truhlar reverses it if the target's force would"),
    {.key = "decoherence",
     .kind = DIA_OPTION_BLOCK,
     .offset = 0,
     .table = decoherence_options,
     .help = "damping of the amplitudes of states the nuclei do not follow"},
    DIA_REAL(dia_dynamics, substep_tolerance, DIA_PURE, "1e-3",
             "error of the electronic amplitudes in a step; chooses the sub-steps", DIA_RANGE(1e-12, 1.0)),
    DIA_REAL(dia_dynamics, dissociation, DIA_LENGTH, "0 Angstrom",
             "a trajectory ends when a fragment is further than this from all other atoms; 0: never",
             DIA_RANGE(0.0, 1e6)),
    DIA_REAL(dia_dynamics, drift, DIA_ENERGY, "1 eV",
             "a trajectory ends when its total energy is off by more than this; 0: never", DIA_RANGE(0.0, 1e6)),
    {.key = NULL},
};

/* The type the input names, or the default after noting the mistake. */
static const dia_hop_type *find_method(dia_config *config, const dia_node *node)
{
    const dia_hop_type *fallback = dia_hop_type_find("fewest_switches");
    const dia_node *named = dia_node_child(node, "method");
    if (named == NULL)
        return fallback;
    const char *name = dia_node_text(named);
    if (name == NULL) {
        dia_config_mistake(config, named, "dynamics.method: expected the name of a hopping method");
        return fallback;
    }
    const dia_hop_type *found = dia_hop_type_find(name);
    if (found != NULL)
        return found;
    const char *names[64] = {0}, *guess;
    for (size_t i = 0; i < sizeof names / sizeof names[0] - 1 && dia_hop_types[i] != NULL; i++)
        names[i] = dia_hop_types[i]->name;
    guess = dia_text_nearest(name, names);
    if (guess != NULL)
        dia_config_mistake(config, named, "dynamics.method: there is no hopping method '%s'; did you mean '%s'?", name,
                           guess);
    else
        dia_config_mistake(config, named, "dynamics.method: there is no hopping method '%s'; `diabolo info` lists them",
                           name);
    return fallback;
}

dia_status dia_dynamics_read(dia_dynamics *dynamics, dia_config *config, const dia_node *node, dia_error *error)
{
    *dynamics = (dia_dynamics){.hop = find_method(config, node)};
    const size_t size = dynamics->hop->self_size;
    if ((dynamics->hop_self = dia_allocate(1, size > 0 ? size : 1)) == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the hopping method");
    const dia_option *tables[] = {dia_dynamics_options, dynamics->hop->options};
    void *selves[] = {dynamics, dynamics->hop_self};
    dia_config_read(config, node, "dynamics", dynamics->hop->options != NULL ? 2 : 1, tables, selves);
    dynamics->method = dynamics->hop->name; /* outlives the configuration */
    return DIA_OK;
}

void dia_dynamics_close(dia_dynamics *dynamics)
{
    free(dynamics->hop_self);
    dynamics->hop_self = NULL;
}

long dia_dynamics_steps(const dia_dynamics *dynamics)
{
    return (long)ceil(dynamics->duration / dynamics->timestep - 1e-9); /* 100 fs / 0.1 fs is 1000 */
}
