/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/settings.h"

#include <stdlib.h>
#include <string.h>

#include "train/training.h"

#define AT(member) offsetof(dia_training_settings, member)

static const dia_option data_options[] = {
    {.key = "file",
     .kind = DIA_OPTION_PATH,
     .offset = AT(data.file),
     .required = true,
     .help = "HDF5 data set, format diabolo-dataset"},
    {.key = "validation",
     .kind = DIA_OPTION_REAL,
     .offset = AT(data.validation),
     .fallback = "0.1",
     .minimum = 0,
     .maximum = 0.9,
     .help = "fraction of the points kept out of the training to judge it"},
    {.key = "split",
     .kind = DIA_OPTION_CHOICE,
     .offset = AT(data.split),
     .choices = "point|group",
     .fallback = "group",
     .help = "keep out single points, or whole groups (neighbours on a trajectory are no test of each other)"},
    {.key = "train_only",
     .kind = DIA_OPTION_TEXTS,
     .offset = AT(data.train_only),
     .help = "groups that are never kept out: points chosen because a model was wrong there would make the validation "
             "unlike "
             "what it stands for"},
    {.key = "seed",
     .kind = DIA_OPTION_INT,
     .offset = AT(data.seed),
     .fallback = "1",
     .minimum = 0,
     .maximum = 2e9,
     .help = "of the split and the order of points"},
    {.key = NULL}};

static const dia_option generator_options[] = {
    {.key = "permutation",
     .kind = DIA_OPTION_INTS,
     .offset = offsetof(dia_generator, permutation),
     .required = true,
     .help = "where atom a of the image was before, for each atom, numbered from 0"},
    {.key = "inversion",
     .kind = DIA_OPTION_BOOL,
     .offset = offsetof(dia_generator, inversion),
     .fallback = "false",
     .help = "are all coordinates turned round too"},
    {.key = "signs",
     .kind = DIA_OPTION_INTS,
     .offset = offsetof(dia_generator, signs),
     .required = true,
     .help = "of each diabatic state under the operation: 1 or -1"},
    {.key = NULL}};

static const dia_option network_options[] = {
    {.key = "descriptors",
     .kind = DIA_OPTION_TEXTS,
     .offset = AT(network.descriptors),
     .fallback = "[inverse_distance, triple_product]",
     .help = "features of the geometry; `diabolo info` lists them"},
    {.key = "layers",
     .kind = DIA_OPTION_INTS,
     .offset = AT(network.layers),
     .fallback = "[64, 64]",
     .help = "units of the hidden layers"},
    {.key = "activation",
     .kind = DIA_OPTION_CHOICE,
     .offset = AT(network.activation),
     .choices = "tanh|silu",
     .fallback = "tanh",
     .help = "of the hidden units"},
    {.key = "states",
     .kind = DIA_OPTION_INT,
     .offset = AT(network.states),
     .required = true,
     .minimum = 1,
     .maximum = DIA_LOSS_STATES,
     .help = "order of the diabatic matrix"},
    {.key = "symmetry",
     .kind = DIA_OPTION_BLOCKS,
     .offset = AT(network.symmetry),
     .table = generator_options,
     .item_size = sizeof(dia_generator),
     .help = "generators of the permutation-inversion group and the parity of each state, imposed exactly"},
    {.key = "reference",
     .kind = DIA_OPTION_PATH,
     .offset = AT(network.reference),
     .help = "YAML model to which the network is a correction (additive reference H)"},
    {.key = "scale",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_ENERGY,
     .offset = AT(network.scale),
     .fallback = "2.7 eV",
     .minimum = 1e-6,
     .maximum = 1e3,
     .help = "energy of one unit of the output layer"},
    {.key = "seed",
     .kind = DIA_OPTION_INT,
     .offset = AT(network.seed),
     .fallback = "1",
     .minimum = 0,
     .maximum = 2e9,
     .help = "of the first weights"},
    {.key = NULL}};

static const dia_option loss_options[] = {
    {.key = "energy",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_INVERSE_ENERGY2,
     .offset = AT(loss.energy),
     .fallback = "1 eV^-2",
     .minimum = 0,
     .maximum = 1e30,
     .help = "weight of the squared error of an energy"},
    {.key = "gradient",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_INVERSE_FORCE2,
     .offset = AT(loss.gradient),
     .fallback = "0.04 Angstrom^2/eV^2",
     .minimum = 0,
     .maximum = 1e30,
     .help = "weight of the squared error of a gradient component"},
    {.key = "coupling",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_INVERSE_FORCE2,
     .offset = AT(loss.coupling),
     .fallback = "0.04 Angstrom^2/eV^2",
     .minimum = 0,
     .maximum = 1e30,
     .help = "weight of the squared error of a gap-scaled coupling component at zero gap"},
    {.key = "coupling_gap",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_ENERGY,
     .offset = AT(loss.coupling_gap),
     .fallback = "0.5 eV",
     .minimum = 1e-6,
     .maximum = 1e6,
     .help = "the weight of a coupling falls as 1/(1 + (gap/coupling_gap)^2)"},
    {.key = "degenerate",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_ENERGY,
     .offset = AT(loss.degenerate),
     .fallback = "0.02 eV",
     .minimum = 0,
     .maximum = 1,
     .help = "reference states closer than this are compared up to a rotation among them"},
    {.key = "high_energy",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_ENERGY,
     .offset = AT(loss.high_energy),
     .fallback = "0 eV",
     .minimum = 0,
     .maximum = 1e6,
     .help = "weights of states higher than this above the lowest energy fall off; 0: all weigh the same"},
    {.key = "high_power",
     .kind = DIA_OPTION_REAL,
     .offset = AT(loss.high_power),
     .fallback = "2",
     .minimum = 0,
     .maximum = 20,
     .help = "how fast: weight (high_energy/E)^high_power"},
    {.key = "outlier",
     .kind = DIA_OPTION_REAL,
     .offset = AT(loss.outlier),
     .fallback = "0",
     .minimum = 0,
     .maximum = 1e30,
     .help = "a geometry's loss beyond this value counts by its root, so that a few bad points do not rule; 0: off"},
    {.key = NULL}};

static const dia_option output_options[] = {{.key = "file",
                                             .kind = DIA_OPTION_PATH,
                                             .offset = AT(output.file),
                                             .fallback = "network.h5",
                                             .help = "the model file to write"},
                                            {.key = NULL}};

const dia_option dia_training_options[] = {
    {.key = "data",
     .kind = DIA_OPTION_BLOCK,
     .table = data_options,
     .required = true,
     .help = "ab initio energies, gradients and couplings"},
    {.key = "network",
     .kind = DIA_OPTION_BLOCK,
     .table = network_options,
     .required = true,
     .help = "the model that is trained"},
    {.key = "loss", .kind = DIA_OPTION_BLOCK, .table = loss_options, .help = "what the training makes small"},
    {.key = "stages",
     .kind = DIA_OPTION_NODE,
     .offset = AT(stages_node),
     .required = true,
     .help = "list of optimisers, one after the other: {optimiser: adam | soap | lbfgs, ...}; `diabolo info adam` "
             "lists the keys"},
    {.key = "output", .kind = DIA_OPTION_BLOCK, .table = output_options, .help = "where the model goes"},
    {.key = NULL}};

typedef struct stage_common {
    const char *optimiser;
    double coupling;
} stage_common;

static const dia_option stage_options[] = {
    {.key = "optimiser",
     .kind = DIA_OPTION_TEXT,
     .offset = offsetof(stage_common, optimiser),
     .required = true,
     .help = "adam, soap or lbfgs"},
    {.key = "coupling",
     .kind = DIA_OPTION_REAL,
     .offset = offsetof(stage_common, coupling),
     .fallback = "1",
     .minimum = 0,
     .maximum = 1e6,
     .help = "factor on the weight of the couplings in this stage (more in the first picks the right crossings)"},
    {.key = NULL}};

static void read_stage(dia_training_settings *s, dia_config *config, const dia_node *node)
{
    const char *name = dia_node_text(dia_node_child(node, "optimiser"));
    const dia_optimiser_type *type = name != NULL ? dia_optimiser_find(name) : NULL;
    if (type == NULL) {
        dia_config_mistake(config, node, "a stage needs `optimiser: adam`, `soap` or `lbfgs`; found %s",
                           name != NULL ? name : "none");
        return;
    }
    void *self = calloc(1, type->self_size);
    if (self == NULL) {
        dia_config_mistake(config, node, "no memory for a stage");
        return;
    }
    stage_common common = {0};
    dia_config_read(config, node, "stages", 2, (const dia_option *const[]){stage_options, type->options},
                    (void *const[]){&common, self});
    s->stage[s->nstage].type = type;
    s->stage[s->nstage].self = self;
    s->stage[s->nstage++].coupling = common.coupling;
}

static void read_stages(dia_training_settings *s, dia_config *config)
{
    const int n = s->stages_node != NULL && !dia_node_is_scalar(s->stages_node) && !dia_node_is_mapping(s->stages_node)
                      ? dia_node_count(s->stages_node)
                      : 0;
    if (n < 1 || n > DIA_TRAINING_STAGES)
        dia_config_mistake(config, s->stages_node,
                           "stages: expected a list of 1 to %d optimisers, such as `- {optimiser: adam, epochs: 500}`",
                           DIA_TRAINING_STAGES);
    for (int i = 0; i < n && i < DIA_TRAINING_STAGES; i++)
        read_stage(s, config, dia_node_item(s->stages_node, i));
}

dia_status dia_training_settings_read(dia_training_settings *s, dia_config *config, dia_error *error)
{
    memset(s, 0, sizeof *s);
    dia_config_read(config, dia_config_root(config), "", 1, (const dia_option *const[]){dia_training_options},
                    (void *const[]){s});
    read_stages(s, config);
    const dia_status status = dia_config_finish(config, error);
    if (status != DIA_OK)
        dia_training_settings_free(s);
    return status;
}

void dia_training_settings_free(dia_training_settings *s)
{
    for (int i = 0; i < s->nstage; i++)
        free(s->stage[i].self);
    memset(s, 0, sizeof *s);
}

static const char *base_name(const char *path)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    return slash != NULL ? slash + 1 : path;
}

char *dia_training_settings_text(const dia_training_settings *settings)
{
    dia_training_settings named =
        *settings; /* names of files, not where they lie on this machine: their digests tell what they hold */
    named.data.file = base_name(settings->data.file);
    named.network.reference = base_name(settings->network.reference);
    const dia_training_settings *s = &named;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    static const struct {
        const char *name;
        const dia_option *table;
    } blocks[] = {{"data", data_options}, {"network", network_options}, {"loss", loss_options}};
    for (int i = 0; i < 3; i++) {
        fprintf(out, "%s:\n", blocks[i].name);
        dia_option_write(out, 2, blocks[i].table, s);
    }
    fputs("stages:\n", out);
    for (int i = 0; i < s->nstage; i++) {
        fprintf(out, "  - optimiser: %s\n    coupling: %.17g\n", s->stage[i].type->name, s->stage[i].coupling);
        dia_option_write(out, 4, s->stage[i].type->options, s->stage[i].self);
    }
    fclose(out);
    return text;
}
