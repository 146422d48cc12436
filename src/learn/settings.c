/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "dynamics/initial.h"
#include "dynamics/options.h"

static const dia_option start_options[] = {
    DIA_PATH(struct dia_learn_start, data, NULL,
             "labels that are there already: HDF5 data set, format diabolo-dataset"),
    DIA_PATH(struct dia_learn_start, geometry, NULL,
             "or a geometry (XYZ) near the minimum of S0: the engine finds minimum and normal modes, and the first "
             "labels are made around it"),
    DIA_BOOL(struct dia_learn_start, minimise, "true",
             "of a geometry: is the minimum searched? false: it is the minimum"),
    DIA_INT(struct dia_learn_start, points, "200",
            "first labels around a geometry: half of them of its vibrations, a quarter turned about bonds, a quarter "
            "stretched and pressed",
            DIA_RANGE(2, 1e6)),
    DIA_REAL(struct dia_learn_start, temperature, DIA_TEMPERATURE, "1500 K",
             "of every second geometry of the vibrations (the others are of the ground state)", DIA_RANGE(0, 1)),
    DIA_REAL(struct dia_learn_start, stretch, DIA_PURE, "1.6", "longest stretch of a bond, as a factor",
             DIA_RANGE(1, 5)),
    DIA_INT(struct dia_learn_start, seed, "1", "of the random numbers", DIA_RANGE(0, 2e9)),
    {.key = NULL}};

static const dia_option engine_options[] = {
    DIA_TEXT(struct dia_learn_engine, type, NULL,
             "what computes labels: `diabolo info` lists the engines; the keys of the one named stand here too",
             .required = true),
    DIA_INT(struct dia_learn_engine, states, NULL, "adiabatic states of a label: the lowest", DIA_RANGE(1, 6),
            .required = true),
    DIA_INT(struct dia_learn_engine, at_once, "1", "labels that are computed at the same time", DIA_RANGE(1, 1024)),
    DIA_REAL(struct dia_learn_engine, timeout, DIA_PURE, "600", "seconds after which a label is given up; 0: never",
             DIA_RANGE(0, 1e7)),
    DIA_REAL(struct dia_learn_engine, continuity, DIA_ENERGY, "1 meV",
             "a label counts only if a second start of the wave function gives the same energies within this; 0: no "
             "second start",
             DIA_RANGE(0, 1)),
    DIA_PATH(struct dia_learn_engine, scratch, NULL,
             "folder for the engine's temporary files; left out: in output.folder"),
    {.key = NULL}};

static const dia_option continue_options[] = {
    DIA_INT(struct dia_learn_continue, from, "0",
            "the committee of this round and of later ones goes on from that of the round before, each member from the "
            "one of its number (network.start of `diabolo train`); 0: each is trained from first weights",
            DIA_RANGE(0, 1e4)),
    DIA_NODE(struct dia_learn_continue, stages,
             "then in place of train.stages, such as fewer epochs; left out: train.stages"),
    {.key = NULL}};

static const dia_option choose_options[] = {
    DIA_INT(struct dia_learn_choose, labels, "50", "labels a round, besides `judge`", DIA_RANGE(1, 1e6)),
    DIA_INT(struct dia_learn_choose, judge, "20",
            "hops a round, drawn at random of all, whose labels judge the networks before they are learned",
            DIA_RANGE(2, 1e6)),
    DIA_CHOICE(struct dia_learn_choose, by, "disagreement|chance", "disagreement",
               "chance: frames of the swarm at random, for comparison"),
    DIA_REAL(struct dia_learn_choose, hops, DIA_PURE, "0.3", "share of `labels` at hops", DIA_RANGE(0, 1)),
    DIA_REAL(struct dia_learn_choose, gaps, DIA_PURE, "0.2", "share at frames where two states are closer than `gap`",
             DIA_RANGE(0, 1)),
    DIA_REAL(struct dia_learn_choose, seam, DIA_PURE, "0.1",
             "share near intersections of the network that `intersect` finds; the rest goes to frames of any kind",
             DIA_RANGE(0, 1)),
    DIA_REAL(struct dia_learn_choose, gap, DIA_ENERGY, "0.5 eV", "of such frames", DIA_RANGE(0, 1)),
    DIA_REAL(struct dia_learn_choose, keen, DIA_PURE, "0.3",
             "of each kind this share, where the networks disagree most, is chosen from", DIA_RANGE(0.001, 1)),
    DIA_REAL(struct dia_learn_choose, apart, DIA_LENGTH, "0.03 Angstrom",
             "no point nearer than this to another (rms over sorted distances)", DIA_RANGE(0, 10)),
    DIA_REAL(struct dia_learn_choose, highest, DIA_ENERGY, "20 eV",
             "no point where S0 lies higher than this above the lowest label", DIA_RANGE(0, 100)),
    DIA_INT(struct dia_learn_choose, frames, "5000", "frames of a swarm that are looked at, evenly thinned",
            DIA_RANGE(1, 1e8)),
    DIA_INT(struct dia_learn_choose, seed, "1", "of the hops that judge", DIA_RANGE(0, 2e9)),
    {.key = NULL}};

static const dia_option criterion_options[] = {
    DIA_REAL(
        struct dia_learn_criterion, energy, DIA_ENERGY, "50 meV",
        "mean absolute error of the energies at fresh hops, its standard error added, and that expected at all hops "
        "of the swarm by the calibrated disagreement",
        DIA_RANGE(1e-9, 1)),
    DIA_REAL(struct dia_learn_criterion, gradient, DIA_PURE, "0",
             "mean absolute error of a gradient component there, eV/Angstrom; 0: does not count", DIA_RANGE(0, 1e3)),
    DIA_BOOL(struct dia_learn_criterion, topology, "true",
             "does not hold while a member of the newest committee is wrong: other surfaces cross in it than in its "
             "labels, which errors of energies hardly show; false: errors alone count"),
    DIA_INT(struct dia_learn_criterion, least, "10", "hops that must have been judged in the round", DIA_RANGE(2, 1e6)),
    DIA_INT(struct dia_learn_criterion, labels, "2000", "give up at this number of labels", DIA_RANGE(1, 1e8)),
    DIA_INT(struct dia_learn_criterion, rounds, "20", "give up after so many rounds", DIA_RANGE(1, 1e4)),
    DIA_REAL(struct dia_learn_criterion, hours, DIA_PURE, "0",
             "give up at the end of the round in which a call has taken so long; 0: never", DIA_RANGE(0, 1e5)),
    {.key = NULL}};

static const dia_option final_options[] = {
    DIA_INT(
        struct dia_learn_final, trajectories, "0",
        "of a last swarm on each member of the last committee, from the same initial conditions and random numbers: "
        "populations, outcomes and lifetime with sample and model error; 0: none",
        DIA_RANGE(0, 1e8)),
    {.key = NULL}};

static const dia_option output_options[] = {
    DIA_PATH(struct dia_learn_output, folder, "learn", "folder of all results, one folder a round in it"),
    {.key = NULL}};

#define CONTINUE_ENTRY                                                                                                 \
    {                                                                                                                  \
        .key = "continue", .kind = DIA_OPTION_BLOCK, .offset = offsetof(dia_learn_settings, continued),                \
        .table = continue_options, .help = "trainings that go on from the round before"                                \
    }

#define ENGINE_ENTRY                                                                                                   \
    {                                                                                                                  \
        .key = "engine", .kind = DIA_OPTION_NODE, .offset = offsetof(dia_learn_settings, engine_node),                 \
        .table = engine_options, .help = "what gives a geometry its labels", .required = true,                         \
        .shown = DIA_OPTION_BLOCK                                                                                      \
    }

static const dia_option input_options[] = {
    DIA_BLOCK(dia_learn_settings, start, start_options, "where the first labels come from: `data` or `geometry`"),
    ENGINE_ENTRY,
    DIA_NODE(dia_learn_settings, train,
             "the committee of each round: an input of `diabolo train` without data.file and output; network.states is "
             "engine.states, committee.members 4 and committee.again 3 (further trainings of a member in which other "
             "surfaces cross than in the labels) unless given",
             .required = true),
    CONTINUE_ENTRY,
    DIA_NODE(
        dia_learn_settings, swarm,
        "the swarm of each round: blocks `initial`, `dynamics`, `output` (every) of an input of `diabolo run`; each "
        "round starts from other random numbers",
        .required = true),
    DIA_BLOCK(dia_learn_settings, choose, choose_options, "which geometries of a swarm are labelled"),
    DIA_BLOCK(dia_learn_settings, criterion, criterion_options, "when it ends"),
    DIA_BLOCK(dia_learn_settings, final, final_options, "what is flown when it has ended"),
    DIA_BLOCK(dia_learn_settings, output, output_options, "where everything goes"),
    {.key = NULL}};

/* What decides which labels are asked for. */
static const dia_option identity_options[] = {DIA_BLOCK(dia_learn_settings, start, start_options, ""),
                                              DIA_NODE(dia_learn_settings, train, ""),
                                              CONTINUE_ENTRY,
                                              DIA_NODE(dia_learn_settings, swarm, ""),
                                              DIA_BLOCK(dia_learn_settings, choose, choose_options, ""),
                                              {.key = NULL}};

/* The same as it is kept, with the engine. */
static const dia_option kept_options[] = {DIA_BLOCK(dia_learn_settings, start, start_options, ""),
                                          ENGINE_ENTRY,
                                          DIA_NODE(dia_learn_settings, train, ""),
                                          CONTINUE_ENTRY,
                                          DIA_NODE(dia_learn_settings, swarm, ""),
                                          DIA_BLOCK(dia_learn_settings, choose, choose_options, ""),
                                          {.key = NULL}};

void dia_learn_options_fill(dia_option *options)
{
    int n = 0;
    do {
        options[n] = input_options[n];
    } while (input_options[n++].key != NULL);
}

static const dia_engine_type *named_engine(dia_config *config, const dia_node *node)
{
    const char *name = dia_node_text(node), *names[64] = {NULL};
    const dia_engine_type *type = name != NULL ? dia_engine_type_find(name) : NULL;
    char known[400] = "";
    for (int i = 0; type == NULL && dia_engine_types[i] != NULL && i < 63; i++) {
        names[i] = dia_engine_types[i]->name;
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i > 0 ? ", " : "", names[i]);
    }
    const char *near = name != NULL && type == NULL ? dia_text_nearest(name, names) : NULL;
    if (type == NULL)
        dia_config_mistake(config, node, "engine.type: expected one of %s%s%s%s", known,
                           near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    return type;
}

static dia_status read_engine(dia_learn_settings *s, dia_config *config, dia_error *error)
{
    const dia_node *name = dia_node_child(s->engine_node, "type");
    s->type = name != NULL ? named_engine(config, name) : NULL;
    if (s->engine_node == NULL || (name != NULL && s->type == NULL))
        return DIA_OK; /* noted already */
    s->self = dia_allocate(1, (s->type != NULL ? s->type->self_size : 0) + 1);
    if (s->self == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for an engine");
    const dia_option *own = s->type != NULL ? s->type->options : NULL;
    dia_config_read(config, s->engine_node, "engine", own != NULL ? 2 : 1,
                    (const dia_option *const[]){engine_options, own}, (void *const[]){&s->engine, s->self});
    return DIA_OK;
}

static void expect_blocks(dia_config *config, const dia_node *node, const char *where, const char *const *known)
{
    for (int i = 0; node != NULL && i < dia_node_count(node); i++) {
        const dia_node *value;
        const char *key = dia_node_is_mapping(node) ? dia_node_pair(node, i, &value) : "";
        bool found = false;
        for (int k = 0; known[k] != NULL; k++)
            found = found || strcmp(key, known[k]) == 0;
        if (!found)
            dia_config_mistake(config, dia_node_is_mapping(node) ? value : node, "%s: unknown block '%s'", where, key);
    }
}

/* Mistakes in the blocks of the swarm are told before the first label is asked for. */
static dia_status check_swarm(dia_learn_settings *s, dia_config *config, dia_error *error)
{
    dia_initial_settings initial = {0};
    dia_dynamics dynamics = {0};
    if (s->swarm == NULL)
        return DIA_OK; /* noted already */
    expect_blocks(config, s->swarm, "swarm", (const char *const[]){"initial", "dynamics", "output", NULL});
    dia_initial_read(&initial, config, dia_node_child(s->swarm, "initial"));
    s->trajectories = initial.trajectories;
    const dia_status status = dia_dynamics_read(&dynamics, config, dia_node_child(s->swarm, "dynamics"), error);
    dia_initial_settings_clear(&initial);
    dia_dynamics_close(&dynamics);
    return status;
}

dia_status dia_learn_settings_read(dia_learn_settings *s, dia_config *config, dia_error *error)
{
    dia_config_read(config, dia_config_root(config), "input", 1, (const dia_option *const[]){input_options},
                    (void *const[]){s});
    const dia_node *members = dia_node_child(dia_config_root(config), "members");
    if (members != NULL)
        dia_config_mistake(
            config, members,
            "the number of networks is a key of their training: `train: {committee: {members: %.20s}, ...}`",
            dia_node_text(members) != NULL ? dia_node_text(members) : "4");
    if ((s->start.data == NULL) == (s->start.geometry == NULL))
        dia_config_mistake(config, dia_node_child(dia_config_root(config), "start"),
                           "start: expected either `data` or `geometry`");
    expect_blocks(config, s->train, "train",
                  (const char *const[]){"data", "network", "loss", "stages", "topology", "committee", NULL});
    if (s->choose.hops + s->choose.gaps + s->choose.seam > 1.0 + 1e-12)
        dia_config_mistake(config, dia_node_child(dia_config_root(config), "choose"),
                           "choose: the shares `hops`, `gaps` and `seam` add up to more than 1");
    dia_status status = check_swarm(s, config, error);
    if (status == DIA_OK)
        status = read_engine(s, config, error);
    return status == DIA_OK ? dia_config_finish(config, error) : status;
}

void dia_learn_settings_free(dia_learn_settings *s)
{
    free(s->self);
    s->self = NULL;
}

char *dia_learn_settings_text(const dia_learn_settings *s)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    dia_learn_settings own = *s;
    own.start.data = own.start.geometry = NULL; /* their contents count (course.c), not where they are */
    dia_option_write(out, 0, identity_options, &own);
    fprintf(out, "engine:\n  type: %s\n  states: %d\n", s->engine.type, s->engine.states);
    if (s->type->starts) {
        char energy[64];
        dia_quantity_text(s->engine.continuity, DIA_ENERGY, sizeof energy, energy);
        fprintf(out, "  continuity: %s\n", energy);
    }
    if (s->type->options != NULL)
        dia_option_write(out, 2, s->type->options, s->self);
    dia_error ignored = {0};
    return dia_text_close(out, &text, &ignored) == DIA_OK ? text : NULL;
}

char *dia_learn_settings_completed(const char *before, const char *directory)
{
    dia_learn_settings s = {0};
    dia_config *config = NULL;
    dia_error ignored = {0};
    char *text = NULL;
    dia_status status = dia_config_parse(&config, before, "learn.yaml", directory, &ignored);
    if (status == DIA_OK) {
        dia_config_read(config, dia_config_root(config), "", 1, (const dia_option *const[]){kept_options},
                        (void *const[]){&s});
        status = read_engine(&s, config, &ignored);
    }
    if (status == DIA_OK)
        status = dia_config_finish(config, &ignored);
    if (status == DIA_OK && s.type != NULL)
        text = dia_learn_settings_text(&s);
    dia_learn_settings_free(&s);
    dia_config_free(config);
    return text;
}
