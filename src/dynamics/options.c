/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block `dynamics` of an input. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dynamics/options.h"
#include "dynamics/doubt.h"
#include "dynamics/choose.h"
#include "dynamics/integrator.h"
#include "dynamics/light.h"
#include "dynamics/like.h"
#include "dynamics/registry.h"
#include "dynamics/stop.h"
#include "dynamics/thermostat.h"
#include "model/object.h"

typedef struct dynamics_input { /* filled from the keys                  */
    dia_dynamics dynamics;      /* first: offsets in it are offsets here */
    const char *method;
    dia_list states;
    const dia_node *decoherence, *thermostat, *light, *stop;
} dynamics_input;

static const dia_option decoherence_options[] = {
    {.key = "method",
     .kind = DIA_OPTION_TEXT,
     .fallback = "energy_based",
     .help = "one of the decoherence methods; its keys are in the same block: `diabolo info` lists them"},
    {.key = NULL},
};

static const dia_option thermostat_options[] = {
    {.key = "method",
     .kind = DIA_OPTION_TEXT,
     .fallback = "none",
     .help = "one of the thermostats; its keys are in the same block: `diabolo info` lists them"},
    {.key = NULL},
};

const dia_option dia_dynamics_options[] = {
    DIA_TEXT(dynamics_input, method, "fewest_switches", "how states change: one of the hopping methods"),
    DIA_CHOICE(dia_dynamics, like, DIA_LIKE, "diabolo",
               "whose defaults hops, momenta and decoherence have: those of another program; keys that are given win"),
    DIA_REAL(dia_dynamics, timestep, DIA_TIME, "0.25 fs", "of the nuclei; the electrons take sub-steps of their own",
             DIA_RANGE(1e-6, 1e6)),
    DIA_REAL(dia_dynamics, duration, DIA_TIME, NULL, "length of each trajectory", DIA_RANGE(0.0, 1e12),
             .required = true),
    DIA_CHOICE(dia_dynamics, adjust, "coupling|velocity|gradient_difference|effective_coupling|coupling_then_velocity",
               "coupling",
               "direction along which the momentum changes at a hop; velocity is used if the direction vanishes"),
    DIA_BOOL(dia_dynamics, project, "false", "leave translation and rotation of the molecule out of that direction"),
    DIA_CHOICE(
        dia_dynamics, frustrated, "keep|reverse|jasper_truhlar|gradv", "keep",
        "momentum along it at a frustrated hop; gradv reverses it if the target's force opposes it, jasper_truhlar "
        "if besides the forces of both states are opposite"),
    DIA_NODE(dynamics_input, decoherence, "damping of the amplitudes of states the nuclei do not follow",
             .table = decoherence_options, .shown = DIA_OPTION_BLOCK),
    DIA_INTS(dynamics_input, states, NULL,
             "adiabatic states that may be active, counted from 0; the others stay in H alone; all if left out"),
    DIA_REAL(dia_dynamics, forced_ground, DIA_ENERGY, "0 eV",
             "a trajectory whose active state comes closer than this to S0 hops there, and stays as long; 0: never",
             DIA_RANGE(0.0, 1e6)),
    DIA_CHOICE(dia_dynamics, precision, "double|single", "double",
               "of layers inside a network; single takes less time (docs/performance.md)"),
    DIA_REAL(dia_dynamics, substep_tolerance, DIA_PURE, "1e-3",
             "error of the electronic amplitudes in a step; sets the number of sub-steps", DIA_RANGE(1e-12, 1.0)),
    DIA_CHOICE(
        dia_dynamics, integrator, DIA_INTEGRATORS, "velocity_verlet",
        "of the nuclei: 1, 2 or 6 forces a step; the others keep the energy far better at the same cost; mean fields "
        "have blanes_moan by default"),
    DIA_REAL(dia_dynamics, accuracy, DIA_ENERGY, "0 eV",
             "largest change of the total energy in a step; a step is halved until it is below in each piece; 0: never",
             DIA_RANGE(0.0, 1e6)),
    DIA_NODE(dynamics_input, thermostat, "heat bath", .table = thermostat_options, .shown = DIA_OPTION_BLOCK),
    DIA_NODE(dynamics_input, light, "the electric field of light: -mu(R).E(t)", .table = dia_light_options,
             .shown = DIA_OPTION_BLOCK, .fallback = "none"),
    DIA_REAL(dia_dynamics, crossing, DIA_ENERGY, "1 meV",
             "error of the energy that an unresolved crossing of states may leave; the step is divided there; 0: never",
             DIA_RANGE(0.0, 1e6)),
    DIA_REAL(dia_dynamics, dissociation, DIA_LENGTH, "0 Angstrom",
             "a trajectory ends when a fragment is further than this from all other atoms; 0: never",
             DIA_RANGE(0.0, 1e6)),
    DIA_REAL(dia_dynamics, drift, DIA_ENERGY, "1 eV",
             "a trajectory ends when its total energy is off by more than this; 0: never; 20 units in reduced units",
             DIA_RANGE(0.0, 1e6)),
    DIA_BLOCK(dia_dynamics, committee, dia_doubt_options,
              "of a model that is a committee: what its members say of a trajectory, and what follows"),
    DIA_NODE(dynamics_input, stop,
             "conditions that end a trajectory, each with a name: {transmitted: position 0 > 10 bohr, cold: state 0 "
             "for 20 fs}"),
    {.key = NULL},
};

struct dia_dynamics_plugins {
    dia_method_plugin hop, decoherence;
};

enum { KEYS_MOST = 48 };   /* of a table, with its end                */
enum { STATES_MOST = 64 }; /* bits of dia_dynamics.states             */

static bool has_bath(const dia_dynamics *d)
{
    return d->thermostat->ends != NULL || d->thermostat->middle != NULL;
}

/* What does not go together. */
static void check_together(const dia_dynamics *d, dia_config *config, const dia_node *node)
{
    const bool bath = has_bath(d);
    if (bath && d->integrator != DIA_VELOCITY_VERLET)
        dia_config_mistake(config, dia_node_child(node, "integrator"),
                           "dynamics.integrator: thermostats work with velocity_verlet, found %s",
                           dia_integrators[d->integrator].name);
    if (bath && d->accuracy > 0.0)
        dia_config_mistake(config, dia_node_child(node, "accuracy"),
                           "dynamics.accuracy: with a thermostat the step is fixed (to repeat steps because of their "
                           "noise would change the distribution); expected 0 eV");
    const dia_node *frustrated = dia_node_child(node, "frustrated");
    if (d->hop->reflects && frustrated != NULL && d->frustrated != DIA_FRUSTRATED_REVERSE)
        dia_config_mistake(config, frustrated,
                           "dynamics.frustrated: %s reverses the momentum at a frustrated hop, it has no choice: "
                           "expected reverse",
                           d->hop->name);
    if (d->light != NULL && d->light->gradient && !d->light->rotating_wave && d->integrator != DIA_VELOCITY_VERLET &&
        d->hop->mean_field == NULL)
        dia_config_mistake(
            config, dia_node_child(node, "integrator"),
            "dynamics.integrator: the work of a field that pulls at the nuclei is known at the ends of a step: "
            "expected velocity_verlet, found %s (or light.gradient: false)",
            dia_integrators[d->integrator].name);
    if (d->light != NULL && d->decoherence->without_light)
        dia_config_mistake(
            config, dia_node_child(node, "decoherence"),
            "dynamics.decoherence: %s collapses the amplitudes where the nuclei do not couple states, and with "
            "them what light has made: expected another method, or none",
            d->decoherence->name);
    if (d->light != NULL && !d->hop->light)
        dia_config_mistake(config, dia_node_child(node, "light"),
                           d->hop->uncertainty != NULL
                               ? "dynamics.light: %s looks for the energy of a hop in the motion of the nuclei, and "
                                 "light may pay for it: expected fewest_switches, or another method of docs/light.md"
                               : "dynamics.light: %s does not hop by what moves the amplitudes, light would pass it "
                                 "by: expected fewest_switches, or another method of docs/light.md",
                           d->hop->name);
    if (d->light != NULL && d->hop->mean_field != NULL && d->integrator != DIA_VELOCITY_VERLET)
        dia_config_mistake(config, dia_node_child(node, "integrator"),
                           "dynamics.integrator: in light a mean field moves by velocity_verlet, found %s",
                           dia_integrators[d->integrator].name);
}

/* As in an input. */
static const char *name_of(const dia_method_plugin *own, const char *name)
{
    return own != NULL && own->handle != NULL ? own->path : name;
}

/* `decoherence: none` is `decoherence: {method: none}`. */
static const dia_node *method_of(const dia_node *block)
{
    return dia_node_is_scalar(block) ? block : dia_node_child(block, "method");
}

static const dia_node *keys_under(const dia_node *block)
{
    return dia_node_is_scalar(block) ? NULL : block;
}

/* ---- reading and writing --------------------------------------------------------------------- */

/* The keys of a decoherence method. `none` accepts those of energy_based, so that changing one word switches it off. */
static const dia_option *keys_of(const dia_decoherence_type *type)
{
    const bool none = strcmp(type->name, "none") == 0;
    return none ? dia_decoherence_type_find("energy_based")->options : type->options;
}

static void *make_self(size_t size)
{
    enum { KEYS = 64 }; /* room for the keys that `none` accepts */
    return dia_allocate(1, size > KEYS ? size : KEYS);
}

/* What is so where no key says otherwise: in this program, or in the one that `like` names. */
static const char *fallback_of(int like, const char *key, const char *own)
{
    const char *theirs = dia_like_fallback(like, key);
    return theirs != NULL ? theirs : own;
}

/* A table with the defaults of the program that `like` names; of a method, if that is the one which such a program takes. */
static const dia_option *options_like(int like, const char *prefix, const dia_option *table, bool theirs,
                                      dia_option *room)
{
    if (table == NULL || !theirs)
        return table;
    dia_like_options(like, prefix, table, KEYS_MOST, room);
    return room;
}

static void choose_methods(dia_dynamics *d, dia_config *config, const dia_node *node)
{
    const dia_node *block = dia_node_child(node, "decoherence"), *bath = dia_node_child(node, "thermostat");
    d->hop = dia_choose_hop(&d->plugins->hop, config, dia_node_child(node, "method"),
                            fallback_of(d->like, "method", "fewest_switches"));
    d->decoherence = block == NULL && d->hop->without_decoherence
                         ? dia_decoherence_type_find("none")
                         : dia_choose_decoherence(&d->plugins->decoherence, config, method_of(block),
                                                  fallback_of(d->like, "decoherence.method", "energy_based"));
    if (!dia_methods_agree(d->hop, d->decoherence))
        dia_config_mistake(config, block, "dynamics.method: %s " DIA_WITHOUT_DECOHERENCE ", found %s", d->hop->name,
                           d->decoherence->name);
    d->thermostat = dia_choose_thermostat(config, method_of(bath));
    d->hop_self = make_self(d->hop->self_size);
    d->decoherence_self = make_self(d->decoherence->self_size);
    d->thermostat_self = make_self(d->thermostat->self_size);
}

static void read_keys(dynamics_input *input, dia_config *config, const dia_node *node)
{
    const dia_dynamics *d = &input->dynamics;
    const dia_node *block = dia_node_child(node, "decoherence"), *bath = dia_node_child(node, "thermostat");
    const int like = d->like;
    dia_option rooms[3][KEYS_MOST];
    const dia_option *hop = options_like(like, "", d->hop->options,
                                         strcmp(d->hop->name, fallback_of(like, "method", "")) == 0, rooms[0]),
                     *common = options_like(like, "", dia_dynamics_options, true, rooms[1]),
                     *decoherence = options_like(
                         like, "decoherence.", keys_of(d->decoherence),
                         strcmp(d->decoherence->name, fallback_of(like, "decoherence.method", "")) == 0, rooms[2]);
    dia_config_read(config, node, "dynamics", hop != NULL ? 2 : 1, (const dia_option *const[]){common, hop},
                    (void *const[]){input, d->hop_self});
    const char *method = NULL; /* chosen already */
    dia_config_read(config, keys_under(block), "dynamics.decoherence", decoherence != NULL ? 2 : 1,
                    (const dia_option *const[]){decoherence_options, decoherence},
                    (void *const[]){&method, d->decoherence_self});
    dia_config_read(config, keys_under(bath), "dynamics.thermostat", d->thermostat->options != NULL ? 2 : 1,
                    (const dia_option *const[]){thermostat_options, d->thermostat->options},
                    (void *const[]){&method, d->thermostat_self});
}

/* The states that may be active, as bits. */
static void read_states(dynamics_input *input, dia_config *config, const dia_node *node)
{
    const int *states = input->states.items;
    const dia_node *given = dia_node_child(node, "states");
    for (int i = 0; i < input->states.n; i++) {
        bool before = false;
        for (int j = 0; j < i; j++)
            before = before || states[j] == states[i];
        if (before)
            dia_config_mistake(config, given, "dynamics.states: state %d stands there twice", states[i]);
        else if (states[i] >= 0 && states[i] < STATES_MOST)
            input->dynamics.states |= UINT64_C(1) << states[i];
        else
            dia_config_mistake(config, given, "dynamics.states: expected states from 0 to %d, found %d",
                               STATES_MOST - 1, states[i]);
    }
    if (given != NULL && input->states.n == 0)
        dia_config_mistake(config, given, "dynamics.states: expected one state or more; leave the key out for all");
    if (input->dynamics.forced_ground > 0.0 && input->dynamics.states != 0 && (input->dynamics.states & 1) == 0)
        dia_config_mistake(config, given, "dynamics.states: forced_ground leads to state 0, expected it among them");
    const dia_hop_type *hop = input->dynamics.hop;
    const bool limited = given != NULL || input->dynamics.forced_ground > 0.0;
    if (limited && (hop->mean_field != NULL || hop->margin != NULL))
        dia_config_mistake(config, given != NULL ? given : dia_node_child(node, "forced_ground"),
                           "dynamics.%s: %s moves by its amplitudes in all states, it cannot leave any out",
                           given != NULL ? "states" : "forced_ground", hop->name);
}

/* A key that hops have, given to a mean field. */
static void refuse_keys_of_hops(const dia_dynamics *d, dia_config *config, const dia_node *node)
{
    static const struct {
        const char *key, *fallback;
    } keys[] = {{"adjust", "coupling"}, {"project", "false"}, {"frustrated", "keep"}};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0] && d->hop->mean_field != NULL; i++) {
        const dia_node *given = dia_node_child(node, keys[i].key);
        const char *text = given != NULL ? dia_node_text(given) : NULL; /* NULL: a mistake already */
        if (text != NULL && strcmp(text, fallback_of(d->like, keys[i].key, keys[i].fallback)) != 0)
            dia_config_mistake(
                config, given,
                "dynamics.%s: %s is a mean field, its momenta are not adjusted at hops: leave the key out", keys[i].key,
                d->hop->name);
    }
}

/* Amplitudes of a mean field turn fast, and its trajectories depend on them at once: at the same cost the errors of populations
 * are smaller by orders of magnitude (docs/dynamics.md). */
static void choose_integrator(dia_dynamics *d, const dia_node *node)
{
    if (d->hop->mean_field != NULL && dia_node_child(node, "integrator") == NULL && !has_bath(d) && d->light == NULL)
        d->integrator = DIA_BLANES_MOAN;
}

dia_status dia_dynamics_read(dia_dynamics *dynamics, dia_config *config, const dia_node *node, dia_error *error)
{
    dynamics_input input = {.dynamics = {.plugins = dia_allocate(1, sizeof *input.dynamics.plugins), .seed = 1}};
    const dia_node *like = dia_node_child(node, "like");
    if ((*dynamics = input.dynamics).plugins == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the methods of the dynamics");
    input.dynamics.like = dia_like_find(like != NULL ? dia_node_text(like) : NULL);
    choose_methods(&input.dynamics, config, node);
    *dynamics = input.dynamics;
    if (dynamics->hop_self == NULL || dynamics->decoherence_self == NULL || dynamics->thermostat_self == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the methods of the dynamics");
    read_keys(&input, config, node);
    read_states(&input, config, node);
    refuse_keys_of_hops(&input.dynamics, config, node);
    if (input.dynamics.hop->reflects && dia_node_child(node, "frustrated") == NULL)
        input.dynamics.frustrated = DIA_FRUSTRATED_REVERSE;
    if (input.dynamics.hop->uncertainty != NULL && dia_node_child(node, "frustrated") == NULL)
        input.dynamics.frustrated = DIA_FRUSTRATED_GRADV;
    *dynamics = input.dynamics;
    const dia_status lit = dia_light_read(&dynamics->light, config, input.light, "dynamics.light", error);
    if (lit != DIA_OK)
        return lit;
    choose_integrator(dynamics, node);
    check_together(dynamics, config, node);
    return dia_stops_read(&dynamics->stops, config, input.stop, error);
}

dia_status dia_dynamics_parse(dia_dynamics *dynamics, const char *yaml, dia_error *error)
{
    dia_config *config = NULL;
    *dynamics = (dia_dynamics){0};
    dia_status status = dia_config_parse(&config, yaml != NULL ? yaml : "", "dynamics", ".", error);
    if (status != DIA_OK)
        return status;
    status = dia_dynamics_read(dynamics, config, dia_config_root(config), error);
    if (status == DIA_OK)
        status = dia_config_finish(config, error);
    dia_config_free(config);
    return status;
}

void dia_dynamics_write(FILE *out, int indent, const dia_dynamics *dynamics)
{
    const dia_method_plugin *hop = dynamics->plugins != NULL ? &dynamics->plugins->hop : NULL,
                            *own = dynamics->plugins != NULL ? &dynamics->plugins->decoherence : NULL;
    int states[STATES_MOST];
    dynamics_input input = {.dynamics = *dynamics, .method = name_of(hop, dynamics->hop->name), .states.items = states};
    for (int k = 0; k < STATES_MOST; k++)
        if (dynamics->states >> k & 1)
            states[input.states.n++] = k;
    const dia_decoherence_type *decoherence = dynamics->decoherence;
    const char *method = name_of(own, decoherence->name);
    dia_option one[2] = {{.key = NULL}, {.key = NULL}};
    for (const dia_option *option = dia_dynamics_options; option->key != NULL; option++) {
        one[0] = *option;
        if ((option->kind == DIA_OPTION_BLOCK && dynamics->committee.every == 0) ||
            (option->kind == DIA_OPTION_INTS && dynamics->states == 0) ||
            (option->offset == offsetof(dia_dynamics, like) && dynamics->like == 0))
            continue;
        if (option->kind != DIA_OPTION_NODE) {
            dia_option_write(out, indent, one, &input);
            continue;
        }
        if (option->offset == offsetof(dynamics_input, stop)) {
            dia_stops_write(out, indent, dynamics->stops);
            continue;
        }
        if (option->offset == offsetof(dynamics_input, light)) {
            dia_light_write(out, indent, dynamics->light, true);
            continue;
        }
        fprintf(out, "%*s%s:\n", indent, "", option->key);
        if (strcmp(option->key, "thermostat") == 0) {
            dia_option_write(out, indent + 2, thermostat_options, &dynamics->thermostat->name);
            if (dynamics->thermostat->options != NULL)
                dia_option_write(out, indent + 2, dynamics->thermostat->options, dynamics->thermostat_self);
            continue;
        }
        dia_option_write(out, indent + 2, decoherence_options, &method);
        if (keys_of(decoherence) != NULL)
            dia_option_write(out, indent + 2, keys_of(decoherence), dynamics->decoherence_self);
    }
    if (dynamics->hop->options != NULL)
        dia_option_write(out, indent, dynamics->hop->options, dynamics->hop_self);
    /* Written as comments, but part of the identity of a swarm. */
    if (hop != NULL && hop->handle != NULL)
        fprintf(out, "%*s# SHA-256 of method: %s\n", indent, "", hop->digest);
    if (own != NULL && own->handle != NULL)
        fprintf(out, "%*s# SHA-256 of decoherence.method: %s\n", indent, "", own->digest);
}

void dia_dynamics_close(dia_dynamics *dynamics)
{
    free(dynamics->hop_self);
    free(dynamics->decoherence_self);
    free(dynamics->thermostat_self);
    if (dynamics->plugins != NULL) {
        dia_plugin_close(dynamics->plugins->hop.handle);
        dia_plugin_close(dynamics->plugins->decoherence.handle);
    }
    dia_light_free(dynamics->light);
    free(dynamics->stops);
    free(dynamics->plugins);
    *dynamics = (dia_dynamics){0};
}

long dia_dynamics_steps(const dia_dynamics *dynamics)
{
    const double steps = ceil(dynamics->duration / dynamics->timestep - 1e-9); /* 100 fs / 0.1 fs is 1000 */
    return steps < 1.0 ? 1 : steps > 1e18 ? (long)1e18 : (long)steps;
}

dia_population_rule dia_dynamics_populations(const dia_dynamics *dynamics, int nstate)
{
    const dia_hop_type *hop = dynamics->hop;
    return (dia_population_rule){.amplitudes = hop->scale != NULL || hop->windows,
                                 .scale = hop->scale != NULL ? hop->scale(dynamics->hop_self, nstate) : 1.0,
                                 .by_start = hop->by_start,
                                 .windows = hop->windows,
                                 .weighted = hop->weighted != NULL && hop->weighted(dynamics->hop_self)};
}

dia_status dia_dynamics_prepare(const dia_dynamics *d, const dia_shape *shape, size_t *hop, size_t *decoherence,
                                dia_error *error)
{
    *hop = *decoherence = 0;
    if (!dia_methods_agree(d->hop, d->decoherence))
        return dia_error_set(error, DIA_ERROR_INPUT, "the hopping method %s " DIA_WITHOUT_DECOHERENCE ", found %s",
                             d->hop->name, d->decoherence->name);
    dia_status status = d->hop->prepare != NULL ? d->hop->prepare(d->hop_self, shape, hop, error) : DIA_OK;
    if (status != DIA_OK)
        return dia_error_prefix(error, "dynamics.method: %s", d->hop->name);
    if (d->decoherence != NULL && d->decoherence->prepare != NULL)
        status = d->decoherence->prepare(d->decoherence_self, shape, decoherence, error);
    return status == DIA_OK ? DIA_OK : dia_error_prefix(error, "dynamics.decoherence: %s", d->decoherence->name);
}
