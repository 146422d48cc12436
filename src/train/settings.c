/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/settings.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "model/baseline.h"
#include "model/registry.h"
#include "train/training.h"

static const dia_option weight_options[] = {
    DIA_TEXT(dia_group_weight, group, NULL, "name of a group of the data", .required = true),
    DIA_REAL(dia_group_weight, factor, DIA_PURE, NULL, "on the loss of each of its points", DIA_RANGE(1e-6, 1e6),
             .required = true),
    {.key = NULL}};

static const dia_option data_options[] = {
    DIA_PATH(struct dia_data_settings, file, NULL, "HDF5 data set, format diabolo-dataset", .required = true),
    DIA_REAL(struct dia_data_settings, validation, DIA_PURE, "0.1",
             "fraction of the points kept out of the training to judge it", DIA_RANGE(0, 0.9)),
    DIA_CHOICE(
        struct dia_data_settings, split, "point|group|steady|cluster", "group",
        "keep out single points, or whole groups (neighbours on a trajectory are no test of each other); steady: "
        "single points, each by its own geometry, so that it is kept out again where points were added; cluster: whole "
        "clusters of near copies (nearer than `apart`, or 0.005 bohr)"),
    DIA_TEXTS(struct dia_data_settings, train_only, NULL,
              "groups that are never kept out: points chosen because a model was wrong there would make the validation "
              "unlike what it stands for"),
    DIA_BLOCKS(struct dia_data_settings, weights, dia_group_weight, weight_options,
               "groups that count for more, or less, than the others: points where a small error matters"),
    DIA_REAL(
        struct dia_data_settings, apart, DIA_LENGTH, "0 bohr",
        "points kept out that are nearer than this to a training point (rms over the atoms, superposed) are not used "
        "at all: a near copy is no test; 0: off",
        DIA_RANGE(0, 10)),
    DIA_REAL(struct dia_data_settings, below, DIA_ENERGY, "0 eV",
             "labels of states at least this high above the lowest energy are not used; 0: all are", DIA_RANGE(0, 1e6)),
    DIA_INT(struct dia_data_settings, seed, "1", "of the split and the order of points", DIA_RANGE(0, 2e9)),
    {.key = NULL}};

#define default_descriptors "[inverse_distance, triple_product]"

static const dia_option network_options[] = {
    DIA_NODE(struct dia_network_settings, descriptors,
             "features of the geometry, each a name or {type: NAME, ...} with its keys; `diabolo info` lists them",
             .fallback = default_descriptors, .shown = DIA_OPTION_TEXTS),
    DIA_TEXT(struct dia_network_settings, architecture, "mlp",
             "from features to H: `diabolo info` lists them, `diabolo info mlp` the keys of one, which stand here too"),
    DIA_INT(struct dia_network_settings, states, NULL, "adiabatic states that are fitted: the lowest of the data",
            DIA_RANGE(1, DIA_DATASET_STATES), .required = true),
    DIA_INT(struct dia_network_settings, diabats, "0",
            "order of the diabatic matrix, if more than `states` are needed to describe these; 0: as many",
            DIA_RANGE(0, DIA_DATASET_STATES)),
    {.key = "symmetry",
     .kind = DIA_OPTION_NODE,
     .offset = offsetof(struct dia_network_settings, symmetry_node),
     .table = dia_generator_options,
     .help =
         "generators of the permutation-inversion group and the parity of each state, imposed exactly; or `search`: "
         "the exchanges of atoms that the bonds allow and the data visit are looked for",
     .shown = DIA_OPTION_BLOCKS},
    DIA_PATH(struct dia_network_settings, reference, NULL,
             "YAML model to which the network is a correction (additive reference H)"),
    DIA_TEXT(struct dia_network_settings, baseline, NULL,
             "a simple potential that is fitted first, to which the network is a correction, so that it makes no holes "
             "where bonds are stretched or atoms collide beyond the data: `diabolo info` lists them, such as morse"),
    DIA_REAL(struct dia_network_settings, scale, DIA_ENERGY, "2.7 eV", "energy of one unit of the output layer",
             DIA_RANGE(1e-6, 1e3)),
    DIA_INT(struct dia_network_settings, seed, "1", "of the first weights", DIA_RANGE(0, 2e9)),
    DIA_INT(struct dia_network_settings, starts, "1",
            "first weights that are tried: each runs `race` epochs or iterations of the first stage, the best goes on",
            DIA_RANGE(1, 1000)),
    DIA_PATH(struct dia_network_settings, start, NULL,
             "a network of the same descriptors, architecture and symmetry that the training goes on from, in place of "
             "first weights; of a committee each member from the one of its number"),
    DIA_INT(struct dia_network_settings, trial, "60",
            "epochs of each training that tries signs which `symmetry` leaves out", DIA_RANGE(1, 1e6)),
    DIA_INT(struct dia_network_settings, race, "20", "length of that race", DIA_RANGE(1, 1e6)),
    {.key = NULL}};

static const dia_option loss_options[] = {
    DIA_REAL(struct dia_loss_settings, energy, DIA_INVERSE_ENERGY2, "1 eV^-2",
             "weight of the squared error of an energy", DIA_RANGE(0, 1e30)),
    DIA_REAL(struct dia_loss_settings, gradient, DIA_INVERSE_FORCE2, "0.04 Angstrom^2/eV^2",
             "weight of the squared error of a gradient component", DIA_RANGE(0, 1e30)),
    DIA_REAL(struct dia_loss_settings, coupling, DIA_INVERSE_FORCE2, "0.04 Angstrom^2/eV^2",
             "weight of the squared error of a gap-scaled coupling component at zero gap", DIA_RANGE(0, 1e30)),
    DIA_REAL(struct dia_loss_settings, coupling_gap, DIA_ENERGY, "0.5 eV",
             "the weight of a coupling falls as (1 + (gap/coupling_gap)^2)^(-coupling_power/2)", DIA_RANGE(1e-6, 1e6)),
    DIA_REAL(struct dia_loss_settings, coupling_power, DIA_PURE, "2", "how fast: 2 to 4", DIA_RANGE(0, 20)),
    DIA_REAL(struct dia_loss_settings, surplus, DIA_PURE, "0.03",
             "factor on the weights of states from `states` to `diabats`, where the data hold labels of them",
             DIA_RANGE(0, 1)),
    DIA_REAL(struct dia_loss_settings, degenerate, DIA_ENERGY, "0.02 eV",
             "reference states closer than this are compared up to a rotation among them", DIA_RANGE(0, 1)),
    DIA_REAL(struct dia_loss_settings, high_energy, DIA_ENERGY, "0 eV",
             "weights of states higher than this above the lowest energy fall off; 0: all weigh the same",
             DIA_RANGE(0, 1e6)),
    DIA_REAL(struct dia_loss_settings, high_power, DIA_PURE, "2", "how fast: weight (high_energy/E)^high_power",
             DIA_RANGE(0, 20)),
    DIA_REAL(struct dia_loss_settings, outlier, DIA_PURE, "0",
             "a geometry's loss beyond this value counts by its root, so that a few bad points do not rule; 0: off",
             DIA_RANGE(0, 1e30)),
    {.key = NULL}};

static const dia_option topology_options[] = {
    DIA_PATH(
        struct dia_topology_settings, intersections, NULL,
        "geometries (XYZ) at or near which two states are known to meet; others are found in the data, where labelled "
        "states are closer than 0.1 eV"),
    DIA_INTS(struct dia_topology_settings, states, "[0, 1]", "the two neighbouring states that meet there"),
    {.key = NULL}};

static const dia_option committee_options[] = {
    DIA_INT(struct dia_committee_settings, members, "1",
            "networks that are trained, each from other first weights; the model file holds all of them",
            DIA_RANGE(1, 64)),
    DIA_CHOICE(struct dia_committee_settings, resample, "none|bootstrap", "none",
               "training points of a member: all of them, or as many drawn with replacement"),
    DIA_CHOICE(struct dia_committee_settings, calibrate, "automatic|validation|folds", "automatic",
               "at which points limits of errors are found: validation points; or all, each by further members that "
               "were trained without it; automatic: folds if there are fewer than 40 validation points that are no "
               "near copies of training points"),
    DIA_INT(struct dia_committee_settings, folds, "5",
            "parts of the data that are left out in turn, each by as many further members as the committee has",
            DIA_RANGE(2, 64)),
    DIA_INT(struct dia_committee_settings, again, "0",
            "a member in which other surfaces cross than in its training labels is trained again, from other first "
            "weights, at most so often; the best of its trainings is kept",
            DIA_RANGE(0, DIA_COMMITTEE_AGAIN)),
    DIA_BOOL(struct dia_committee_settings, noise, "false",
             "find a noise level of energies, gradients and couplings too: the error where members agree"),
    {.key = NULL}};

static const dia_option output_options[] = {
    DIA_PATH(struct dia_training_output, file, "network.h5", "the model file to write"), {.key = NULL}};

const dia_option dia_training_options[] = {
    DIA_BLOCK(dia_training_settings, data, data_options, "ab initio energies, gradients and couplings",
              .required = true),
    {.key = "network",
     .kind = DIA_OPTION_NODE,
     .offset = offsetof(dia_training_settings, network_node),
     .table = network_options,
     .help = "the model that is trained",
     .required = true,
     .shown = DIA_OPTION_BLOCK},
    DIA_BLOCK(dia_training_settings, loss, loss_options, "the loss that is minimised"),
    DIA_NODE(dia_training_settings, stages,
             "list of optimisers, one after the other: {optimiser: adam | soap | lbfgs | levenberg_marquardt, ...}; "
             "`diabolo info adam` "
             "lists the keys",
             .required = true),
    {.key = "dipoles",
     .kind = DIA_OPTION_NODE,
     .offset = offsetof(dia_training_settings, dipoles_node),
     .table = dia_dipole_options,
     .help = "if it is there (`dipoles: {}` too) a dipole matrix is learned beside H, which stays as it is: for "
             "spectra and "
             "starts by light",
     .fallback = "none",
     .shown = DIA_OPTION_BLOCK},
    DIA_BLOCK(dia_training_settings, topology, topology_options,
              "intersections that the trained model is held to: states must meet, and change sign on a way around"),
    DIA_BLOCK(dia_training_settings, committee, committee_options,
              "several networks, whose disagreement tells how far to trust them: docs/committee.md"),
    DIA_BLOCK(dia_training_settings, output, output_options, "where the model goes"),
    {.key = NULL}};

const dia_option dia_stage_options[] = {
    DIA_TEXT(struct dia_stage, optimiser, NULL, "adam, soap, lbfgs or levenberg_marquardt", .required = true),
    DIA_REAL(struct dia_stage, gradient, DIA_PURE, "1",
             "factor on the weight of the gradients in this stage (less at the end makes energies better)",
             DIA_RANGE(0, 1e6)),
    DIA_REAL(struct dia_stage, coupling, DIA_PURE, "1",
             "factor on the weight of the couplings in this stage (more in the first picks the right crossings)",
             DIA_RANGE(0, 1e6)),
    DIA_REAL(struct dia_stage, coupling_power, DIA_PURE, "0",
             "how fast the weight of couplings falls with the gap in this stage; 0: as in loss", DIA_RANGE(0, 20)),
    DIA_REAL(
        struct dia_stage, outlier, DIA_PURE, "0",
        "limit of loss.outlier in this stage; 0: as in loss; large, such as 1e9, in the first: every geometry counts "
        "in full, since one whose diabats cross wrongly would pass for an outlier and stay wrong",
        DIA_RANGE(0, 1e30)),
    DIA_REAL(struct dia_stage, average, DIA_PURE, "0",
             "share of the running average of parameters that is kept at each epoch; the average is judged and kept, "
             "such as "
             "0.9; 0: the parameters themselves",
             DIA_RANGE(0, 0.9999)),
    DIA_INT(struct dia_stage, patience, "0",
            "the stage ends, with the best parameters so far, after so many epochs or iterations without a lower "
            "validation "
            "loss; 0: it does not",
            DIA_RANGE(0, 1e9)),
    DIA_CHOICE(struct dia_stage, match, "energy|symmetry", "energy",
               "which state is compared with which: in the order of energy; or, at geometries where symmetry and the "
               "couplings tell which states are alike (a planar molecule), by that: it makes the diabats right"),
    DIA_CHOICE(struct dia_stage, points, "all|symmetric", "all",
               "the training points of this stage: all, or those geometries (a warm start)"),
    {.key = NULL}};

static void read_stage(dia_training_settings *s, dia_config *config, const dia_node *node)
{
    const char *name = dia_node_text(dia_node_child(node, "optimiser"));
    const dia_optimiser_type *type = name != NULL ? dia_optimiser_find(name) : NULL;
    if (type == NULL) {
        dia_config_mistake(config, node,
                           "a stage needs `optimiser: adam`, `soap`, `lbfgs` or `levenberg_marquardt`; found %s",
                           name != NULL ? name : "none");
        return;
    }
    void *self = calloc(1, type->self_size);
    if (self == NULL) {
        dia_config_mistake(config, node, "no memory for a stage");
        return;
    }
    struct dia_stage *stage = &s->stage[s->nstage++];
    *stage = (struct dia_stage){.type = type, .self = self};
    dia_config_read(config, node, "stages", 2, (const dia_option *const[]){dia_stage_options, type->options},
                    (void *const[]){stage, self});
}

static void read_stages(dia_training_settings *s, dia_config *config)
{
    const bool list = s->stages != NULL && dia_node_is_list(s->stages),
               frozen = list && s->network.start != NULL && s->dipoles_node != NULL;
    const int n = list ? dia_node_count(s->stages) : 0;
    if (n < (frozen ? 0 : 1) || n > DIA_TRAINING_STAGES)
        dia_config_mistake(config, s->stages,
                           "stages: expected a list of 1 to %d optimisers, such as `- {optimiser: adam, epochs: 500}`; "
                           "or of none, if the network of network.start shall stay as it is and get `dipoles`",
                           DIA_TRAINING_STAGES);
    for (int i = 0; i < n && i < DIA_TRAINING_STAGES; i++)
        read_stage(s, config, dia_node_item(s->stages, i));
}

typedef struct descriptor_common {
    const char *type;
} descriptor_common;

static const dia_option descriptor_options[] = {
    DIA_TEXT(descriptor_common, type, NULL, "name of the descriptor", .required = true), {.key = NULL}};

enum { NAMES = 64 };

static void mistake_name(dia_config *config, const dia_node *node, const char *key, const char *name,
                         const char *const *names)
{
    const char *near = name != NULL ? dia_text_nearest(name, names) : NULL;
    if (name == NULL)
        dia_config_mistake(config, node, "network.%s: expected a name; `diabolo info` lists them", key);
    else if (near != NULL)
        dia_config_mistake(config, node, "network.%s: there is no '%s'; did you mean '%s'?", key, name, near);
    else
        dia_config_mistake(config, node, "network.%s: there is no '%s'; `diabolo info` lists them", key, name);
}

static const dia_descriptor_type *find_descriptor(dia_config *config, const dia_node *node, const char *name)
{
    const char *names[NAMES] = {0};
    const dia_descriptor_type *type = dia_descriptor_type_find(name);
    for (int i = 0; dia_descriptor_types[i] != NULL && i < NAMES - 1; i++)
        names[i] = dia_descriptor_types[i]->name;
    if (type == NULL)
        mistake_name(config, node, "descriptors", name, names);
    return type;
}

static const dia_architecture_type *find_architecture(dia_config *config, const dia_node *node)
{
    const char *names[NAMES] = {0}, *const name = node != NULL ? dia_node_text(node) : "mlp";
    const dia_architecture_type *type = name != NULL ? dia_architecture_type_find(name) : NULL;
    for (int i = 0; dia_architecture_types[i] != NULL && i < NAMES - 1; i++)
        names[i] = dia_architecture_types[i]->name;
    if (type == NULL)
        mistake_name(config, node, "architecture", name, names);
    return type;
}

static void check_baseline(dia_config *config, const dia_training_settings *s)
{
    const char *names[NAMES] = {0}, *name = s->network.baseline;
    for (int i = 0; dia_baseline_types[i] != NULL && i < NAMES - 1; i++)
        names[i] = dia_baseline_types[i]->name;
    if (name != NULL && dia_baseline_type_find(name) == NULL)
        mistake_name(config, dia_node_child(s->network_node, "baseline"), "baseline", name, names);
    if (name != NULL && s->network.reference != NULL)
        dia_config_mistake(config, dia_node_child(s->network_node, "baseline"),
                           "network.baseline and network.reference: a network is the correction to one of them");
}

static const char digest_line[] = "# SHA-256 of ";

/* A file that a descriptor reads, of another content, makes another training. One that cannot be read is told of when the
 * network is made. */
static void write_digests(FILE *out, const dia_option *table, const void *self)
{
    char digest[DIA_DIGEST_SIZE];
    dia_error unread = {0};
    for (const dia_option *option = table; option->key != NULL; option++) {
        const char *path =
            option->kind == DIA_OPTION_PATH ? *(char *const *)((const char *)self + option->offset) : NULL;
        if (path != NULL && dia_digest_file(path, digest, &unread) == DIA_OK)
            fprintf(out, "%s%s: %s\n", digest_line, option->key, digest);
    }
}

/* The text of its options in *text; NULL: out of memory, or a mistake was noted. */
static void read_descriptor_block(dia_config *config, const dia_node *node, const char **name, char **text)
{
    *name = dia_node_text(dia_node_child(node, "type"));
    if (*name == NULL)
        dia_config_mistake(config, node,
                           "network.descriptors: expected a name or {type: NAME, ...}; `diabolo info` lists the names");
    const dia_descriptor_type *type = *name != NULL ? find_descriptor(config, node, *name) : NULL;
    if (type == NULL)
        return;
    void *self = calloc(1, type->self_size + 1);
    size_t size = 0;
    FILE *out = open_memstream(text, &size);
    if (self != NULL && out != NULL) {
        descriptor_common common = {0};
        dia_config_read(config, node, "network.descriptors", type->options != NULL ? 2 : 1,
                        (const dia_option *const[]){descriptor_options, type->options}, (void *const[]){&common, self});
        if (type->options != NULL) {
            dia_option_write(out, 0, type->options, self);
            write_digests(out, type->options, self);
        }
    } else
        dia_config_mistake(config, node, "no memory for a descriptor");
    if (out != NULL)
        fclose(out);
    free(self);
}

static void read_descriptors(dia_training_settings *s, dia_config *config)
{
    const dia_node *list = s->network.descriptors;
    if (list == NULL) { /* the default */
        s->descriptor[s->ndescriptor++] = "inverse_distance";
        s->descriptor[s->ndescriptor++] = "triple_product";
        return;
    }
    const int n = dia_node_is_scalar(list) || dia_node_is_mapping(list) ? 0 : dia_node_count(list);
    if (n < 1 || n > DIA_NETWORK_DESCRIPTORS)
        dia_config_mistake(config, list, "network.descriptors: expected a list of 1 to %d descriptors",
                           DIA_NETWORK_DESCRIPTORS);
    for (int i = 0; i < n && i < DIA_NETWORK_DESCRIPTORS; i++) {
        const dia_node *item = dia_node_item(list, i);
        s->ndescriptor = i + 1;
        s->descriptor[i] = dia_node_text(item);
        if (s->descriptor[i] == NULL)
            read_descriptor_block(config, item, &s->descriptor[i], &s->descriptor_options[i]);
        else
            find_descriptor(config, item, s->descriptor[i]);
    }
}

/* Keys of the network and of its architecture stand side by side. */
static void read_network(dia_training_settings *s, dia_config *config)
{
    s->architecture = find_architecture(config, dia_node_child(s->network_node, "architecture"));
    s->body = s->architecture != NULL ? calloc(1, s->architecture->self_size) : NULL;
    if (s->body == NULL) {
        if (s->architecture != NULL)
            dia_config_mistake(config, s->network_node, "no memory for a network");
        return;
    }
    dia_config_read(config, s->network_node, "network", 2,
                    (const dia_option *const[]){network_options, s->architecture->options},
                    (void *const[]){&s->network, s->body});
    check_baseline(config, s);
    read_descriptors(s, config);
    if (s->network.start != NULL && s->committee.members > 1 && s->committee.calibrate == 2)
        dia_config_mistake(config, NULL,
                           "committee.calibrate: members of folds must not have seen the points that they leave out; "
                           "those of a training that goes on from network.start have: expected validation");
    if (s->network.start != NULL && s->network.starts > 1)
        dia_config_mistake(config, dia_node_child(s->network_node, "starts"),
                           "network.starts: a training that goes on from network.start has no first weights to try");
    const dia_node *symmetry = s->network.symmetry_node;
    const char *word = symmetry != NULL ? dia_node_text(symmetry) : NULL;
    s->network.search = word != NULL && strcmp(word, "search") == 0;
    if (symmetry != NULL && !s->network.search)
        dia_generator_list_read(config, symmetry, &s->network.symmetry);
    bool complete = !s->network.search;
    for (int g = 0; g < s->network.symmetry.n; g++) {
        const dia_generator *all = s->network.symmetry.items;
        complete = complete && dia_generator_complete(&all[g]);
    }
    if (s->network.start != NULL && !complete)
        dia_config_mistake(config, symmetry,
                           "network.symmetry: a training that goes on from network.start does not look for symmetry; "
                           "give the signs that the first training found (`diabolo info` shows them)");
}

dia_status dia_training_settings_read(dia_training_settings *s, dia_config *config, dia_error *error)
{
    memset(s, 0, sizeof *s);
    dia_config_read(config, dia_config_root(config), "", 1, (const dia_option *const[]){dia_training_options},
                    (void *const[]){s});
    if (s->network_node != NULL)
        read_network(s, config);
    if (s->dipoles_node != NULL) {
        dia_config_read(config, s->dipoles_node, "dipoles", 1, (const dia_option *const[]){dia_dipole_options},
                        (void *const[]){&s->dipoles});
        dia_dipole_settings_check(&s->dipoles, config, s->dipoles_node);
    }
    read_stages(s, config);
    if (s->network.diabats == 0)
        s->network.diabats = s->network.states;
    if (s->network.diabats < s->network.states)
        dia_config_mistake(config, NULL,
                           "network.diabats is %d, but %d states are fitted (network.states): give at "
                           "least as many diabats",
                           s->network.diabats, s->network.states);
    if (s->committee.again > 0 && s->committee.members < 2)
        dia_config_mistake(config, NULL,
                           "committee.again: is for the members of a committee, here is one network; give `members: 2` "
                           "or more, or train again with another network.seed");
    const int *pair = s->topology.states.items;
    if (s->topology.intersections != NULL &&
        !(s->topology.states.n == 2 && pair[0] >= 0 && pair[1] == pair[0] + 1 && pair[1] < s->network.states))
        dia_config_mistake(
            config, NULL,
            "topology.states: expected two neighbouring states that are fitted, the lower first, such as "
            "[0, 1]");
    const dia_status status = dia_config_finish(config, error);
    if (status != DIA_OK)
        dia_training_settings_free(s);
    return status;
}

void dia_training_settings_free(dia_training_settings *s)
{
    for (int i = 0; i < s->nstage; i++)
        free(s->stage[i].self);
    for (int i = 0; i < s->ndescriptor; i++)
        free(s->descriptor_options[i]);
    dia_generator_list_free(&s->network.symmetry);
    free(s->body);
    memset(s, 0, sizeof *s);
}

static const char *base_name(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    return slash != NULL ? slash + 1 : path;
}

char *dia_training_settings_text(const dia_training_settings *settings)
{
    dia_training_settings named = *settings; /* names of files without their folders: digests identify the contents */
    named.data.file = base_name(settings->data.file);
    named.network.reference = base_name(settings->network.reference);
    named.network.start = base_name(settings->network.start);
    const dia_training_settings *s = &named;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    static const struct {
        const char *name;
        const dia_option *table;
        size_t offset;
    } blocks[] = {{"data", data_options, offsetof(dia_training_settings, data)},
                  {"network", network_options, offsetof(dia_training_settings, network)},
                  {"loss", loss_options, offsetof(dia_training_settings, loss)}};
    for (int i = 0; i < 3; i++) {
        fprintf(out, "%s:\n", blocks[i].name);
        dia_option_write(out, 2, blocks[i].table, (const char *)s + blocks[i].offset);
        if (blocks[i].table == network_options) {
            if (s->network.descriptors == NULL)
                fputs("  descriptors: " default_descriptors "\n", out);
            dia_option_write(out, 2, s->architecture->options, s->body);
            dia_error unread = {0};
            char digest[DIA_DIGEST_SIZE];
            if (s->network.start != NULL && dia_digest_file(settings->network.start, digest, &unread) == DIA_OK)
                fprintf(out, "  %sstart: %s\n", digest_line, digest);
            for (int k = 0; k < s->ndescriptor; k++) {
                const char *line = s->descriptor_options[k];
                while (line != NULL && (line = strstr(line, digest_line)) != NULL) {
                    const char *end = strchr(line, '\n');
                    fprintf(out, "  %.*s\n", (int)(end - line), line);
                    line = end;
                }
            }
        }
    }
    fputs("stages:\n", out);
    for (int i = 0; i < s->nstage; i++) {
        fputs("  -\n", out);
        dia_option_write(out, 4, dia_stage_options, &s->stage[i]);
        dia_option_write(out, 4, s->stage[i].type->options, s->stage[i].self);
    }
    if (s->dipoles_node != NULL) {
        fputs("dipoles:\n", out);
        dia_option_write(out, 2, dia_dipole_options, &s->dipoles);
    }
    if (s->committee.members > 1) {
        fputs("committee:\n", out);
        dia_option_write(out, 2, committee_options, &s->committee);
    }
    fclose(out);
    return text;
}
