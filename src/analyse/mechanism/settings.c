/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/settings.h"

#include <string.h>

#define AT(member) offsetof(dia_mechanism_settings, member)
#define OF(member) offsetof(dia_coordinate_setting, member)

const char *const dia_fold_names[] = {"none", "min", "max", "mean", "sort"};

static const dia_option equivalence_options[] = {
    {.key = "labels",
     .kind = DIA_OPTION_INTS,
     .offset = AT(equivalence.labels),
     .help = "one number an atom: atoms with the same number may exchange places; left out: all atoms of one element"},
    {.key = "mirror",
     .kind = DIA_OPTION_BOOL,
     .offset = AT(equivalence.mirror),
     .fallback = "true",
     .help = "is a geometry the same as its mirror image"},
    {.key = NULL}};

static const dia_option census_options[] = {
    {.key = "intersections",
     .kind = DIA_OPTION_PATH,
     .offset = AT(census.intersections),
     .help = "file of `diabolo intersect`; needed"},
    {.key = "assign",
     .kind = DIA_OPTION_CHOICE,
     .offset = AT(census.assign),
     .choices = "nearest|search",
     .fallback = "nearest",
     .help = "a hop belongs to the intersection nearest by distance, or to the one that a search from its geometry "
             "falls to (needs model)"},
    {.key = "points",
     .kind = DIA_OPTION_CHOICE,
     .offset = AT(census.points),
     .choices = "minima|all",
     .fallback = "minima",
     .help = "which intersections count: minima of their seam (and those never characterised), or saddles too"},
    {.key = "limit",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_LENGTH,
     .offset = AT(census.limit),
     .fallback = "0.5 Angstrom",
     .minimum = 1e-6,
     .maximum = 1e6,
     .help = "rms distance of the atoms beyond which a hop is near no intersection"},
    {.key = "same",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_LENGTH,
     .offset = AT(census.same),
     .fallback = "0.05 Angstrom",
     .minimum = 1e-6,
     .maximum = 1e6,
     .help = "with assign: search, rms distance within which the point found is one of the file"},
    {.key = NULL}};

static const dia_option coordinate_options[] = {
    {.key = "coordinate",
     .kind = DIA_OPTION_TEXT,
     .offset = OF(coordinate),
     .required = true,
     .help = "distance I J, angle I J K, torsion I J K L, out_of_plane I J K L, or sums: \"distance 0 2 - distance 1 "
             "2\""},
    {.key = "name", .kind = DIA_OPTION_TEXT, .offset = OF(name), .help = "in tables and files; the coordinate itself"},
    {.key = "fold",
     .kind = DIA_OPTION_CHOICE,
     .offset = OF(fold),
     .choices = "none|min|max|mean|sort",
     .fallback = "none",
     .help = "over what equivalent atoms make of it: the smallest, the largest, the mean, or all in ascending order"},
    {.key = "absolute",
     .kind = DIA_OPTION_BOOL,
     .offset = OF(absolute),
     .fallback = "false",
     .help = "take its absolute value: the same for mirror images"},
    {.key = "bins",
     .kind = DIA_OPTION_INT,
     .offset = OF(bins),
     .fallback = "60",
     .minimum = 2,
     .maximum = 100000,
     .help = "of the density map"},
    {.key = "from",
     .kind = DIA_OPTION_TEXT,
     .offset = OF(from),
     .help = "lower end of the density map, with unit; left out: the smallest value"},
    {.key = "to", .kind = DIA_OPTION_TEXT, .offset = OF(to), .help = "upper end; left out: the largest value"},
    {.key = "smooth",
     .kind = DIA_OPTION_TEXT,
     .offset = OF(smooth),
     .help = "standard deviation of a Gaussian kernel, with unit; left out: a histogram"},
    {.key = NULL}};

static const dia_option modes_options[] = {
    {.key = "reference",
     .kind = DIA_OPTION_PATH,
     .offset = AT(modes.reference),
     .help = "Molden file with normal modes; left out: the minimum of the model's lowest state (needs model)"},
    {.key = "relabel",
     .kind = DIA_OPTION_CHOICE,
     .offset = AT(modes.relabel),
     .choices = "start|every|never",
     .fallback = "start",
     .help = "equivalent atoms take the order nearest to the reference at the start of a trajectory, at every sample, "
             "or keep theirs"},
    {.key = NULL}};

static const dia_option components_options[] = {
    {.key = "weighting",
     .kind = DIA_OPTION_CHOICE,
     .offset = AT(components.weighting),
     .choices = "mass|none",
     .fallback = "mass",
     .help = "of the Cartesian displacements"},
    {.key = "from",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_TIME,
     .offset = AT(components.from),
     .fallback = "0 fs",
     .minimum = 0,
     .maximum = 1e12,
     .help = "first time that counts for the covariance"},
    {.key = "to",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_TIME,
     .offset = AT(components.to),
     .minimum = 0,
     .maximum = 1e12,
     .help = "last time that counts; left out: the end"},
    {.key = "count",
     .kind = DIA_OPTION_INT,
     .offset = AT(components.count),
     .fallback = "5",
     .minimum = 1,
     .maximum = 100000,
     .help = "components whose motion in time is written"},
    {.key = "reference",
     .kind = DIA_OPTION_PATH,
     .offset = AT(components.reference),
     .help = "XYZ file of the geometry all others are laid upon; left out: the reference of the swarm file"},
    {.key = "relabel",
     .kind = DIA_OPTION_CHOICE,
     .offset = AT(components.relabel),
     .choices = "start|every|never",
     .fallback = "start",
     .help = "as in modes"},
    {.key = NULL}};

static const dia_option clusters_options[] = {
    {.key = "radius",
     .kind = DIA_OPTION_REAL,
     .dimension = DIA_LENGTH,
     .offset = AT(clusters.radius),
     .fallback = "0.3 Angstrom",
     .minimum = 1e-6,
     .maximum = 1e6,
     .help = "rms distance of the atoms within which a geometry is a neighbour of another"},
    {.key = "hops",
     .kind = DIA_OPTION_BOOL,
     .offset = AT(clusters.hops),
     .fallback = "true",
     .help = "cluster the geometries of the accepted hops, each pair of states by itself"},
    {.key = "final",
     .kind = DIA_OPTION_BOOL,
     .offset = AT(clusters.final),
     .fallback = "true",
     .help = "cluster the last geometries of the trajectories"},
    {.key = "most",
     .kind = DIA_OPTION_INT,
     .offset = AT(clusters.most),
     .fallback = "20",
     .minimum = 1,
     .maximum = 100000,
     .help = "clusters listed and written, the largest first"},
    {.key = "file",
     .kind = DIA_OPTION_PATH,
     .offset = AT(clusters.file),
     .help = "extended XYZ of one geometry a cluster; left out: the output file with -clusters.xyz for its ending"},
    {.key = NULL}};

static const dia_option output_options[] = {{.key = "file",
                                             .kind = DIA_OPTION_PATH,
                                             .offset = AT(output.file),
                                             .fallback = "mechanism.h5",
                                             .help = "HDF5, format diabolo-mechanism"},
                                            {.key = NULL}};

const dia_option dia_mechanism_options[] = {
    {.key = "swarm",
     .kind = DIA_OPTION_PATH,
     .offset = AT(swarm),
     .required = true,
     .help = "swarm file of `diabolo run`"},
    {.key = "model",
     .kind = DIA_OPTION_PATH,
     .offset = AT(model),
     .help = "the model it was flown on; needed by assign: search and by modes without a file"},
    {.key = "other_model",
     .kind = DIA_OPTION_BOOL,
     .offset = AT(other_model),
     .fallback = "false",
     .help = "take a model or intersections that are not those of the swarm, with a warning"},
    {.key = "equivalence",
     .kind = DIA_OPTION_BLOCK,
     .table = equivalence_options,
     .help = "which atoms have no names of their own"},
    {.key = "census",
     .kind = DIA_OPTION_BLOCK,
     .table = census_options,
     .help = "which intersection each hop went through"},
    {.key = "coordinates",
     .kind = DIA_OPTION_BLOCKS,
     .offset = AT(coordinates),
     .table = coordinate_options,
     .item_size = sizeof(dia_coordinate_setting),
     .help = "internal coordinates against time"},
    {.key = "modes", .kind = DIA_OPTION_BLOCK, .table = modes_options, .help = "activity of the normal modes"},
    {.key = "components",
     .kind = DIA_OPTION_BLOCK,
     .table = components_options,
     .help = "principal components of the motion"},
    {.key = "clusters", .kind = DIA_OPTION_BLOCK, .table = clusters_options, .help = "kinds of geometries"},
    {.key = "output", .kind = DIA_OPTION_BLOCK, .table = output_options, .help = "where the numbers go"},
    {.key = NULL}};

/* What one section needs of another. */
static void check(const dia_mechanism_settings *s, dia_config *config, const dia_node *root)
{
    if (s->has_census && s->census.intersections == NULL)
        dia_config_mistake(config, dia_node_child(root, "census"),
                           "census.intersections: name the file of `diabolo intersect`");
    if (s->has_census && s->census.assign == DIA_ASSIGN_SEARCH && s->model == NULL)
        dia_config_mistake(config, dia_node_child(root, "census"),
                           "census.assign: search needs the model: write `model: FILE`");
    if (s->has_modes && s->modes.reference == NULL && s->model == NULL)
        dia_config_mistake(config, dia_node_child(root, "modes"),
                           "modes needs the model (write `model: FILE`) or modes.reference, a Molden file");
    if (s->has_clusters && !s->clusters.hops && !s->clusters.final)
        dia_config_mistake(config, dia_node_child(root, "clusters"),
                           "clusters: neither hops nor final: nothing to cluster");
    if (s->components.to > 0 && s->components.to < s->components.from)
        dia_config_mistake(config, dia_node_child(root, "components"), "components.to is before components.from");
    if (!s->has_census && !s->has_modes && !s->has_components && !s->has_clusters && s->coordinates.n == 0)
        dia_config_mistake(config, NULL,
                           "nothing to compute: give at least one of census, coordinates, modes, components, clusters "
                           "(`diabolo init mechanism` shows them)");
}

dia_status dia_mechanism_settings_read(dia_mechanism_settings *s, dia_config *config, dia_error *error)
{
    const dia_node *root = dia_config_root(config);
    memset(s, 0, sizeof *s);
    dia_config_read(config, root, "", 1, (const dia_option *const[]){dia_mechanism_options}, (void *const[]){s});
    s->has_census = dia_node_child(root, "census") != NULL;
    s->has_modes = dia_node_child(root, "modes") != NULL;
    s->has_components = dia_node_child(root, "components") != NULL;
    s->has_clusters = dia_node_child(root, "clusters") != NULL;
    check(s, config, root);
    return dia_config_finish(config, error);
}
