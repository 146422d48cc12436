/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/settings.h"

#include <string.h>

const char *const dia_fold_names[] = {"none", "min", "max", "mean", "sort"};

static const dia_option equivalence_options[] = {
    DIA_INTS(struct dia_equivalence_settings, labels, NULL,
             "one number an atom: atoms with the same number may exchange places; left out: all atoms of one element; "
             "none: no atoms"),
    DIA_BOOL(struct dia_equivalence_settings, mirror, "true", "is a geometry the same as its mirror image"),
    {.key = NULL}};

static const dia_option census_options[] = {
    DIA_PATH(struct dia_census_settings, intersections, NULL, "file of `diabolo intersect`; needed"),
    DIA_CHOICE(struct dia_census_settings, assign, "nearest|search", "nearest",
               "a hop belongs to the intersection nearest by distance, or to the one that a search from its geometry "
               "falls to"),
    DIA_CHOICE(struct dia_census_settings, points, "minima|all", "minima",
               "which intersections count: minima of their seam (and those never characterised), or saddles too"),
    DIA_REAL(struct dia_census_settings, limit, DIA_LENGTH, "0.5 Angstrom",
             "rms distance of the atoms beyond which a hop is near no intersection", DIA_RANGE(1e-6, 1e6)),
    DIA_REAL(struct dia_census_settings, same, DIA_LENGTH, "0.05 Angstrom",
             "with assign: search, rms distance within which the point found is one of the file", DIA_RANGE(1e-6, 1e6)),
    {.key = NULL}};

static const dia_option coordinate_options[] = {
    DIA_TEXT(
        dia_coordinate_setting, coordinate, NULL,
        "distance I J, angle I J K, torsion I J K L, out_of_plane I J K L, or sums: \"distance 0 2 - distance 1 2\"",
        .required = true),
    DIA_TEXT(dia_coordinate_setting, name, NULL, "in tables and files; the coordinate itself"),
    DIA_CHOICE(dia_coordinate_setting, fold, "none|min|max|mean|sort", "none",
               "over what equivalent atoms make of it: the smallest, the largest, the mean, or all in ascending order"),
    DIA_BOOL(dia_coordinate_setting, absolute, "false", "take its absolute value: the same for mirror images"),
    DIA_INT(dia_coordinate_setting, bins, "60", "of the density map", DIA_RANGE(2, 100000)),
    DIA_TEXT(dia_coordinate_setting, from, NULL,
             "lower end of the density map, with unit; left out: the smallest value"),
    DIA_TEXT(dia_coordinate_setting, to, NULL, "upper end; left out: the largest value"),
    DIA_TEXT(dia_coordinate_setting, smooth, NULL,
             "standard deviation of a Gaussian kernel, with unit; left out: a histogram"),
    {.key = NULL}};

static const dia_option modes_options[] = {
    DIA_PATH(struct dia_modes_settings, reference, NULL,
             "Molden file with normal modes; left out: the minimum of the model's lowest state"),
    DIA_CHOICE(struct dia_modes_settings, relabel, "start|every|never", "start",
               "equivalent atoms take the order nearest to the reference at the start of a trajectory, at every "
               "sample, or keep theirs"),
    {.key = NULL}};

static const dia_option components_options[] = {
    DIA_CHOICE(struct dia_components_settings, weighting, "mass|none", "mass", "of the Cartesian displacements"),
    DIA_REAL(struct dia_components_settings, from, DIA_TIME, "0 fs", "first time that counts for the covariance",
             DIA_RANGE(0, 1e12)),
    DIA_REAL(struct dia_components_settings, to, DIA_TIME, NULL, "last time that counts; left out: the end",
             DIA_RANGE(0, 1e12)),
    DIA_INT(struct dia_components_settings, count, "5", "components whose motion in time is written",
            DIA_RANGE(1, 100000)),
    DIA_PATH(struct dia_components_settings, reference, NULL,
             "XYZ file of the geometry all others are laid upon; left out: the reference of the swarm file"),
    DIA_CHOICE(struct dia_components_settings, relabel, "start|every|never", "start", "as in modes"),
    {.key = NULL}};

static const dia_option clusters_options[] = {
    DIA_REAL(struct dia_clusters_settings, radius, DIA_LENGTH, "0.3 Angstrom",
             "rms distance of the atoms within which a geometry is a neighbour of another", DIA_RANGE(1e-6, 1e6)),
    DIA_BOOL(struct dia_clusters_settings, hops, "true",
             "cluster the geometries of the accepted hops, each pair of states by itself"),
    DIA_BOOL(struct dia_clusters_settings, final, "true", "cluster the last geometries of the trajectories"),
    DIA_INT(struct dia_clusters_settings, most, "20", "clusters listed and written, the largest first",
            DIA_RANGE(1, 100000)),
    DIA_PATH(struct dia_clusters_settings, file, NULL,
             "extended XYZ of one geometry a cluster; left out: the output file with -clusters.xyz for its ending"),
    {.key = NULL}};

static const dia_option output_options[] = {
    DIA_PATH(struct dia_mechanism_output, file, "mechanism.h5", "HDF5, format diabolo-mechanism"), {.key = NULL}};

const dia_option dia_mechanism_options[] = {
    DIA_PATH(dia_mechanism_settings, swarm, NULL, "swarm file of `diabolo run`", .required = true),
    DIA_PATH(dia_mechanism_settings, model, NULL,
             "the model it was flown on; left out: the one that the swarm names or holds"),
    DIA_BOOL(dia_mechanism_settings, other_model, "false",
             "take a model or intersections that are not those of the swarm, with a warning"),
    DIA_BLOCK(dia_mechanism_settings, equivalence, equivalence_options, "which atoms may exchange places"),
    DIA_BLOCK(dia_mechanism_settings, census, census_options, "which intersection each hop went through"),
    DIA_BLOCKS(dia_mechanism_settings, coordinates, dia_coordinate_setting, coordinate_options,
               "internal coordinates against time"),
    DIA_BLOCK(dia_mechanism_settings, modes, modes_options, "activity of the normal modes"),
    DIA_BLOCK(dia_mechanism_settings, components, components_options, "principal components of the motion"),
    DIA_BLOCK(dia_mechanism_settings, clusters, clusters_options, "kinds of geometries"),
    DIA_BLOCK(dia_mechanism_settings, output, output_options, "where the numbers go"),
    {.key = NULL}};

/* What one section needs of another. */
static void check(const dia_mechanism_settings *s, dia_config *config, const dia_node *root)
{
    if (s->has_census && s->census.intersections == NULL)
        dia_config_mistake(config, dia_node_child(root, "census"),
                           "census.intersections: name the file of `diabolo intersect`");
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
    const dia_node *labels = dia_node_child(dia_node_child(root, "equivalence"), "labels");
    memset(s, 0, sizeof *s);
    const bool distinct = labels != NULL && dia_node_is_scalar(labels) && strcmp(dia_node_text(labels), "none") == 0;
    if (distinct) { /* a word instead of a list */
        const dia_status status = dia_config_set(config, "equivalence.labels", "[]", error);
        if (status != DIA_OK)
            return status;
    }
    dia_config_read(config, root, "", 1, (const dia_option *const[]){dia_mechanism_options}, (void *const[]){s});
    s->has_census = dia_node_child(root, "census") != NULL;
    s->has_modes = dia_node_child(root, "modes") != NULL;
    s->has_components = dia_node_child(root, "components") != NULL;
    s->has_clusters = dia_node_child(root, "clusters") != NULL;
    s->equivalence.distinct = distinct;
    check(s, config, root);
    return dia_config_finish(config, error);
}
