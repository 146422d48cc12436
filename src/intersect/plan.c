/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading and checking an input: the keys, what needs the model, the starting geometries. */
#include "intersect/plan.h"

#include <assert.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/provenance.h"
#include "intersect/task.h"
#include "math/panel.h"
#include "model/front.h"

static const dia_option geometry_options[] = {DIA_REALS(dia_start_geometry, position, DIA_ATOMIC, NULL,
                                                        "one number a coordinate, atomic units", .required = true),
                                              {.key = NULL}};

static const dia_option start_options[] = {
    DIA_PATH(struct dia_start_settings, file, NULL,
             "geometries in an (extended) XYZ file, or a swarm file, whose hops are the starts; left out: the model's "
             "reference geometry"),
    DIA_CHOICE(struct dia_start_settings, hops, "accepted|frustrated|all", "accepted",
               "which hops of a swarm file; those between two states start searches of these states only"),
    DIA_INT(struct dia_start_settings, limit, "0", "largest number of hops of each pair of states; 0: all",
            DIA_RANGE(0, 100000000)),
    DIA_CHOICE(struct dia_start_settings, choose, "random|farthest", "random",
               "if there are more: at random, or each the farthest from those chosen before"),
    DIA_BLOCKS(struct dia_start_settings, geometries, dia_start_geometry, geometry_options,
               "further geometries, as {position: [...]}"),
    DIA_INT(struct dia_start_settings, copies, "0", "number of randomly displaced copies of each geometry",
            DIA_RANGE(0, 1000000)),
    DIA_REAL(struct dia_start_settings, spread, DIA_LENGTH, "0.1 Angstrom",
             "standard deviation of each coordinate of the copies", DIA_RANGE(0, 100)),
    DIA_INT(struct dia_start_settings, seed, "1", "of the choice and the copies", DIA_RANGE(0, 2147483647)),
    {.key = NULL}};

static const dia_option search_options[] = {
    DIA_INTS(dia_search_states, states, NULL,
             "one state: its minima; two to four neighbouring ones: where they meet. Counted from 0",
             DIA_RANGE(0, 10000), .required = true),
    {.key = NULL}};

static const dia_option convergence_options[] = {
    DIA_REAL(struct dia_convergence_settings, gap, DIA_ENERGY, "1e-9 hartree",
             "largest minus smallest energy of the states that meet must be below it", DIA_RANGE(1e-14, 1)),
    DIA_REAL(struct dia_convergence_settings, gradient, DIA_ATOMIC, "1e-6",
             "largest component of the mean gradient along the seam must be below it, hartree/bohr",
             DIA_RANGE(1e-12, 1)),
    DIA_REAL(struct dia_convergence_settings, max_step, DIA_LENGTH, "0.2 bohr", "no component of a step is longer",
             DIA_RANGE(1e-6, 100)),
    DIA_INT(struct dia_convergence_settings, iterations, "500", "at most", DIA_RANGE(1, 1000000)),
    {.key = NULL}};

static const dia_option cluster_options[] = {
    DIA_REAL(struct dia_cluster_settings, distance, DIA_LENGTH, "0.05 Angstrom",
             "results closer than this (rms over atoms, of all exchanges the best) may be the same point",
             DIA_RANGE(1e-12, 100)),
    DIA_REAL(struct dia_cluster_settings, energy, DIA_ENERGY, "1 meV",
             "... and are, if their energies differ by no more than this", DIA_RANGE(1e-15, 100)),
    DIA_REAL(struct dia_cluster_settings, highest, DIA_ENERGY, "0 eV",
             "results so far above the lowest energy of S0 are left out; 0: none are", DIA_RANGE(0, 1e6)),
    DIA_NODE(struct dia_cluster_settings, equivalent,
             "sets of atoms that may be exchanged, such as [[0, 1], [2, 3, 4, 5]]; left out: all atoms of an element"),
    DIA_BOOL(struct dia_cluster_settings, mirror, "true", "are mirror images the same point"),
    {.key = NULL}};

/* The names of files come first: what is found does not depend on them, see resolve. */
static const dia_option output_options[] = {
    DIA_PATH(struct dia_intersect_output, file, "intersections.h5", "the file of intersections, HDF5"),
    DIA_PATH(struct dia_intersect_output, xyz, NULL,
             "all points as extended XYZ as well, with g, h, x, y and s as columns"),
    {.key = NULL}};

static const dia_option first_options[] = {
    DIA_NODE(dia_intersect_settings, model,
             "file of a model, or a block with `type: NAME`; `diabolo info` lists the types", .required = true,
             .shown = DIA_OPTION_PATH),
    DIA_BLOCK(dia_intersect_settings, start, start_options, "where searches start"),
    DIA_BLOCKS(dia_intersect_settings, search, dia_search_states, search_options,
               "what is searched; left out: minima of the lowest state, and where each two neighbouring states meet; "
               "[]: nothing"),
    DIA_CHOICE(dia_intersect_settings, method, "projection|lagrange_newton|penalty|all", "lagrange_newton",
               "of the search; all: each from each start, and they are compared"),
    DIA_BLOCK(dia_intersect_settings, convergence, convergence_options, "when a search has converged"),
    DIA_BLOCK(dia_intersect_settings, cluster, cluster_options, "which results are the same point"),
    DIA_NODE(dia_intersect_settings, names,
             "classes of geometries: points bear the name of the first that they belong to", .table = dia_class_options,
             .shown = DIA_OPTION_BLOCKS),
    {.key = NULL}};

static const dia_option last_options[] = {DIA_BLOCK(dia_intersect_settings, output, output_options, "what is written"),
                                          {.key = NULL}};

static int by_place(const void *a, const void *b)
{
    const dia_path_type *const *x = a, *const *y = b;
    return (*x)->place != (*y)->place ? (*x)->place - (*y)->place : strcmp((*x)->name, (*y)->name);
}

int dia_path_kinds(const dia_path_type *kinds[DIA_PATH_TYPES])
{
    int n = 0;
    while (n < DIA_PATH_TYPES && dia_path_types[n] != NULL) {
        kinds[n] = dia_path_types[n];
        n++;
    }
    assert(dia_path_types[n] == NULL && "too many kinds of task");
    qsort(kinds, (size_t)n, sizeof *kinds, by_place);
    return n;
}

void dia_intersect_options(dia_option options[DIA_INTERSECT_KEYS])
{
    const dia_path_type *kinds[DIA_PATH_TYPES];
    const int nkind = dia_path_kinds(kinds);
    for (const dia_option *option = first_options; option->key != NULL; option++)
        *options++ = *option;
    for (int k = 0; k < nkind; k++)
        *options++ = (dia_option){.key = kinds[k]->name,
                                  .kind = DIA_OPTION_BLOCKS,
                                  .offset = offsetof(dia_intersect_settings, tasks) + (size_t)k * sizeof(dia_list),
                                  .table = kinds[k]->options,
                                  .item_size = kinds[k]->self_size,
                                  .help = kinds[k]->summary};
    for (const dia_option *option = last_options; option->key != NULL; option++)
        *options++ = *option;
    *options = (dia_option){.key = NULL};
}

/* ---- what needs the model -------------------------------------------------------------------- */

/* Place of the key at the dotted path a.b in the input; NULL: not given. */
static const dia_node *place_of(const dia_intersect_plan *plan, const char *block, const char *key)
{
    const dia_node *node = dia_node_child(dia_config_root(plan->config), block);
    return key != NULL ? dia_node_child(node, key) : node;
}

static void check_states(dia_intersect_plan *plan, int i, const dia_list *states, dia_state_set *set)
{
    const dia_node *node = dia_node_child(dia_node_item(place_of(plan, "search", NULL), i), "states");
    const int nstate = dia_model_shape(plan->model).nstate, *list = states->items;
    if (states->n < 1 || states->n > DIA_DEGENERATE_MAX) {
        dia_config_mistake(plan->config, node, "search[%d].states: expected one to %d states, found %d", i,
                           DIA_DEGENERATE_MAX, states->n);
        return;
    }
    for (int k = 0; k < states->n; k++)
        if (list[k] >= nstate) {
            dia_config_mistake(plan->config, node,
                               "search[%d].states: there is no state %d: the model has %d state%s, 0 to %d", i, list[k],
                               nstate, nstate == 1 ? "" : "s", nstate - 1);
            return;
        }
    for (int k = 1; k < states->n; k++)
        if (list[k] != list[k - 1] + 1) {
            dia_config_mistake(
                plan->config, node,
                "search[%d].states: only neighbouring states meet, expected [%d, %d%s], found %d after %d", i, list[0],
                list[0] + 1, states->n == 3 ? ", ..." : "", list[k], list[k - 1]);
            return;
        }
    *set = (dia_state_set){list[0], states->n};
    for (int j = 0; j < i; j++)
        if (plan->search[j].first == set->first && plan->search[j].count == set->count)
            dia_config_mistake(plan->config, node, "search[%d].states: the same as search[%d]", i, j);
}

/* With an odd number of electrons each level is a Kramers doublet: two states that are degenerate at every geometry. */
static bool doublets(const dia_intersect_plan *plan)
{
    const dia_shape shape = dia_model_shape(plan->model);
    int *spin = calloc(2 * (size_t)shape.nstate, sizeof *spin);
    bool odd = spin != NULL && dia_hermitian(&shape) && shape.nstate % 2 == 0 &&
               dia_model_spin(plan->model, spin, spin + shape.nstate);
    for (int k = 0; odd && k < shape.nstate; k++)
        odd = spin[k] % 2 == 0; /* 2S+1 */
    free(spin);
    return odd;
}

/* Minima of the lowest state, and intersections of all pairs of neighbouring states that mean something. */
static void default_searches(dia_intersect_plan *plan)
{
    const int nstate = dia_model_fitted(plan->model), each = doublets(plan) ? 2 : 1;
    plan->search[plan->nsearch++] = (dia_state_set){0, 1};
    for (int k = 0; k + 2 * each <= nstate; k += each)
        plan->search[plan->nsearch++] = (dia_state_set){k, 2 * each};
}

static dia_status plan_searches(dia_intersect_plan *plan, dia_error *error)
{
    const int nstate = dia_model_shape(plan->model).nstate;
    const dia_list *list = &plan->settings.search;
    plan->search = calloc((size_t)list->n + (size_t)nstate, sizeof *plan->search);
    if (plan->search == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d searches", list->n + nstate);
    if (place_of(plan, "search", NULL) == NULL)
        default_searches(plan);
    for (int i = 0; i < list->n; i++)
        check_states(plan, i, &((const dia_search_states *)list->items)[i].states, &plan->search[plan->nsearch++]);
    return DIA_OK;
}

static void check_geometries(dia_intersect_plan *plan)
{
    const int ncart = dia_model_shape(plan->model).ncart;
    const dia_list *list = &plan->settings.start.geometries;
    for (int i = 0; i < list->n; i++) {
        const dia_list *position = &((const dia_start_geometry *)list->items)[i].position;
        if (position->n != ncart)
            dia_config_mistake(
                plan->config, dia_node_child(dia_node_item(place_of(plan, "start", "geometries"), i), "position"),
                "start.geometries[%d].position: expected %d numbers, one a coordinate of the model, found %d", i, ncart,
                position->n);
    }
}

static dia_status plan_cluster(dia_intersect_plan *plan, dia_error *error)
{
    const dia_molecule *molecule = dia_model_molecule(plan->model);
    const dia_node *equivalent = plan->settings.cluster.equivalent;
    int *label = calloc((size_t)molecule->natom, sizeof *label);
    dia_error why = {0};
    if (label == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d atoms", molecule->natom);
    dia_status status = DIA_OK;
    if (equivalent != NULL && molecule->dimension != 3) {
        dia_config_mistake(plan->config, equivalent,
                           "cluster.equivalent: the model has no atoms that could be exchanged");
    } else if (equivalent == NULL || dia_equivalent_read(plan->config, equivalent, molecule->natom, label)) {
        status = dia_match_create(&plan->match, molecule, equivalent != NULL ? label : NULL,
                                  plan->settings.cluster.mirror, &why);
        if (status == DIA_ERROR_INPUT) {
            dia_config_mistake(plan->config, equivalent != NULL ? equivalent : place_of(plan, "cluster", NULL),
                               "cluster.equivalent: %s", why.text);
            status = DIA_OK;
        } else if (status != DIA_OK) {
            dia_error_set(error, status, "%s", why.text);
        }
    }
    free(label);
    return status;
}

static dia_status check_with_model(dia_intersect_plan *plan, dia_error *error)
{
    const dia_molecule *molecule = dia_model_molecule(plan->model);
    dia_status status = plan_searches(plan, error);
    check_geometries(plan);
    if (status == DIA_OK)
        status = plan_cluster(plan, error);
    if (status == DIA_OK && plan->settings.names != NULL)
        status = dia_classes_read(&plan->classes, plan->config, plan->settings.names, molecule, error);
    if (plan->settings.output.xyz != NULL && molecule->dimension != 3)
        dia_config_mistake(plan->config, place_of(plan, "output", "xyz"),
                           "output.xyz: a model system has no atoms to write; its points are in output.file");
    return status;
}

/* ---- starting geometries --------------------------------------------------------------------- */

static dia_status add_file(dia_intersect_plan *plan, dia_error *error)
{
    const char *path = plan->settings.start.file;
    const dia_node *node = place_of(plan, "start", "file");
    const dia_molecule *molecule = dia_model_molecule(plan->model);
    dia_error why = {0};
    if (access(path, R_OK) != 0) {
        dia_config_mistake(plan->config, node, "start.file: '%s' cannot be read: %s", path, strerror(errno));
        return DIA_OK;
    }
    dia_status status;
    if (dia_store_is_hdf5(path)) {
        char digest[DIA_DIGEST_SIZE] = "";
        status = dia_starts_add_hops(&plan->starts, molecule, dia_model_shape(plan->model).nstate, path,
                                     (dia_hop_choice)plan->settings.start.hops, digest, &why);
        plan->foreign = strcmp(digest, dia_model_digest(plan->model)) != 0;
    } else {
        status = dia_starts_add_xyz(&plan->starts, molecule, path, &why);
    }
    if (status == DIA_ERROR_INPUT) {
        dia_config_mistake(plan->config, node, "start.file: %s", why.text);
        return DIA_OK;
    }
    return status == DIA_OK ? DIA_OK : dia_error_set(error, status, "start.file: %s", why.text);
}

static dia_status add_geometries(dia_intersect_plan *plan, dia_error *error)
{
    const dia_list *list = &plan->settings.start.geometries;
    dia_status status = DIA_OK;
    for (int i = 0; i < list->n && status == DIA_OK; i++) {
        const dia_list *position = &((const dia_start_geometry *)list->items)[i].position;
        const dia_start start = {
            .source = DIA_START_INPUT, .index = i, .trajectory = -1, .time = NAN, .lower = -1, .upper = -1};
        status = dia_starts_add(&plan->starts, position->n, &start, position->items, error);
    }
    return status;
}

static dia_status plan_starts(dia_intersect_plan *plan, dia_error *error)
{
    const dia_molecule *molecule = dia_model_molecule(plan->model);
    const dia_intersect_settings *s = &plan->settings;
    dia_status status = s->start.file != NULL ? add_file(plan, error) : DIA_OK;
    if (status == DIA_OK)
        status = add_geometries(plan, error);
    if (status == DIA_OK)
        status = dia_config_finish(plan->config, error);
    if (status == DIA_OK && plan->starts.n == 0) {
        const dia_start start = {
            .source = DIA_START_REFERENCE, .trajectory = -1, .time = NAN, .lower = -1, .upper = -1};
        status = dia_starts_add(&plan->starts, molecule->ncart, &start, molecule->reference, error);
    }
    if (status == DIA_OK)
        status = dia_starts_choose(&plan->starts, s->start.limit, (dia_start_choice)s->start.choose,
                                   (uint64_t)s->start.seed, plan->match, error);
    if (status == DIA_OK)
        status = dia_starts_displace(&plan->starts, s->start.copies, s->start.spread, (uint64_t)s->start.seed, error);
    return status == DIA_OK ? dia_starts_digest(&plan->starts, plan->starts_digest, error) : status;
}

/* ---- the plan -------------------------------------------------------------------------------- */

static void plan_survey(dia_intersect_plan *plan)
{
    const dia_intersect_settings *s = &plan->settings;
    dia_survey_settings *survey = &plan->survey;
    *survey = (dia_survey_settings){.nsearch = plan->nsearch,
                                    .search = plan->search,
                                    .distance = s->cluster.distance,
                                    .energy = s->cluster.energy,
                                    .highest = s->cluster.highest,
                                    .match = plan->match};
    for (int m = 0; m < DIA_SEARCH_METHODS; m++)
        if (s->method == m || s->method == DIA_SEARCH_METHODS)
            survey->method[survey->nmethod++] = (dia_search_method)m;
    dia_search_defaults(&survey->convergence);
    survey->convergence.gap = s->convergence.gap;
    survey->convergence.gradient = s->convergence.gradient;
    survey->convergence.max_step = s->convergence.max_step;
    survey->convergence.iterations = s->convergence.iterations;
}

static char *resolve(const dia_intersect_plan *plan, const dia_option *options)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    dia_model_write(out, plan->model, plan->config, plan->settings.model);
    fprintf(out, "search:%s\n", plan->nsearch == 0 ? " []" : "");
    for (int i = 0; i < plan->nsearch; i++) {
        fprintf(out, "  - states: [%d", plan->search[i].first);
        for (int k = 1; k < plan->search[i].count; k++)
            fprintf(out, ", %d", plan->search[i].first + k);
        fprintf(out, "]\n");
    }
    for (const dia_option *option = options; option->key != NULL; option++) {
        const dia_option one[2] = {*option, {.key = NULL}};
        const bool told = strcmp(option->key, "model") == 0 || strcmp(option->key, "search") == 0;
        const void *member = (const char *)&plan->settings + option->offset;
        const bool absent = (strcmp(option->key, "names") == 0 && plan->settings.names == NULL) ||
                            (option->kind == DIA_OPTION_BLOCKS && ((const dia_list *)member)->n == 0);
        if (!told && !absent && strcmp(option->key, "output") != 0)
            dia_option_write(out, 0, one, &plan->settings);
    }
    fclose(out);
    return text;
}

static dia_status finish(dia_intersect_plan *plan, const dia_option *options, dia_error *error)
{
    const dia_node *model = plan->settings.model;
    plan->model_path = dia_node_text(model) != NULL ? dia_config_path_given(plan->config, model) : "-";
    plan_survey(plan);
    plan->resolved = resolve(plan, options);
    dia_identity identity = {.version = dia_version(),
                             .commit = dia_commit(),
                             .arithmetic = dia_panel_arithmetic(),
                             .model_digest = dia_model_digest(plan->model),
                             .initial_digest = plan->starts_digest,
                             .resolved = plan->resolved};
    identity.files = dia_model_files(plan->model, &identity.nfile);
    if (plan->resolved != NULL)
        plan->identity = dia_identity_text(&identity);
    return plan->identity != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
}

dia_status dia_intersect_plan_make(dia_intersect_plan *plan, const dia_input *input, dia_error *error)
{
    dia_option options[DIA_INTERSECT_KEYS];
    memset(plan, 0, sizeof *plan);
    dia_intersect_options(options);
    dia_status status = dia_config_open(&plan->config, input, "output.file", error);
    if (status != DIA_OK)
        return status;
    dia_config_read(plan->config, dia_config_root(plan->config), "", 1, (const dia_option *const[]){options},
                    (void *const[]){&plan->settings});
    if (plan->settings.model != NULL)
        status = dia_model_open_node(&plan->model, plan->config, plan->settings.model, error);
    if (status == DIA_OK && plan->model != NULL)
        status = check_with_model(plan, error);
    if (status == DIA_OK && plan->model != NULL)
        status = dia_tasks_check(plan, error);
    if (status == DIA_OK)
        status = dia_config_finish(plan->config, error);
    if (status == DIA_OK)
        status = plan_starts(plan, error);
    return status == DIA_OK ? finish(plan, options, error) : status;
}

void dia_intersect_plan_free(dia_intersect_plan *plan)
{
    dia_starts_free(&plan->starts);
    dia_classes_free(plan->classes);
    dia_match_free(plan->match);
    free(plan->search);
    free(plan->resolved);
    free(plan->identity);
    dia_model_free(plan->model);
    dia_config_free(plan->config);
    memset(plan, 0, sizeof *plan);
}
