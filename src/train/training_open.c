/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an input to a training that is ready to run: data, split, paths; training_network.c makes its network. */
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/rng.h"
#include "model/committee.h"
#include "molecule/xyz.h"
#include "train/checkpoint.h"
#include "train/signs.h"
#include "train/training.h"

/* Is point b in the group of that name? */
static bool in_group(const dia_dataset *data, int b, const char *name)
{
    return data->group_name != NULL && strcmp(data->group_name[data->group[b]], name) == 0;
}

static dia_status no_group(const dia_training *t, const char *key, const char *name, dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_INPUT, "%s: data.%s names the group '%s', which the data do not have",
                         dia_config_name(t->config), key, name);
}

/* All points except those of groups that are for training only. */
static dia_status find_eligible(const dia_training *t, bool *eligible, dia_error *error)
{
    const char *const *names = t->settings.data.train_only.items;
    for (int b = 0; b < t->data.npoint; b++)
        eligible[b] = true;
    for (int i = 0; i < t->settings.data.train_only.n; i++) {
        int found = 0;
        for (int b = 0; b < t->data.npoint; b++)
            if (in_group(&t->data, b, names[i])) {
                eligible[b] = false;
                found++;
            }
        if (found == 0)
            return no_group(t, "train_only", names[i], error);
    }
    return DIA_OK;
}

/* What each point counts, from data.weights. */
static dia_status weigh(dia_training *t, dia_error *error)
{
    const dia_list list = t->settings.data.weights;
    const dia_group_weight *weights = list.items;
    if (list.n == 0)
        return DIA_OK;
    t->data.weight = calloc((size_t)t->data.npoint, sizeof *t->data.weight);
    if (t->data.weight == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the weights of %d points", t->data.npoint);
    for (int b = 0; b < t->data.npoint; b++)
        t->data.weight[b] = 1.0;
    for (int i = 0; i < list.n; i++) {
        int found = 0;
        for (int k = 0; k < i; k++)
            if (strcmp(weights[k].group, weights[i].group) == 0)
                return dia_error_set(error, DIA_ERROR_INPUT, "%s: data.weights gives the group '%s' two factors",
                                     dia_config_name(t->config), weights[i].group);
        for (int b = 0; b < t->data.npoint; b++)
            if (in_group(&t->data, b, weights[i].group)) {
                t->data.weight[b] = weights[i].factor;
                found++;
            }
        if (found == 0)
            return no_group(t, "weights", weights[i].group, error);
    }
    return DIA_OK;
}

/* Labels as the input wants them: states, energies; couplings on internal motions. */
static dia_status choose_labels(dia_training *t, const dia_control *control, dia_error *error)
{
    const struct dia_network_settings *network = &t->settings.network;
    if (network->states > t->data.nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: network.states is %d, but the data '%s' hold %d states",
                             dia_config_name(t->config), network->states, t->settings.data.file, t->data.nstate);
    if (network->states < t->data.nstate)
        dia_control_note(control, "%s: of its %d states the lowest %d are fitted%s", t->settings.data.file,
                         t->data.nstate, network->states,
                         network->diabats > network->states ? ", the next with a small weight (loss.surplus)" : "");
    if (t->settings.data.below > 0.0) {
        const long n = dia_dataset_limit(&t->data, t->settings.data.below);
        dia_control_note(control, "%s: %ld states lie above data.below and are not used", t->settings.data.file, n);
    }
    const dia_status status = dia_dataset_set_states(&t->data, network->diabats, error);
    return status == DIA_OK ? dia_dataset_project(&t->data, error) : status;
}

static bool by_clusters(const dia_training *t)
{
    return t->settings.data.split == DIA_SPLIT_STEADY + 1; /* the last choice of data.split */
}

static double copy_distance(const dia_training *t)
{
    return t->settings.data.apart > 0.0 ? t->settings.data.apart : DIA_DATASET_COPY;
}

/* The data with what data.split keeps together as groups: *view borrows from the data and from *clusters, which the caller frees. */
static dia_status view_units(const dia_training *t, dia_dataset *view, int **clusters, dia_error *error)
{
    *view = t->data;
    *clusters = NULL;
    if (!by_clusters(t))
        return DIA_OK;
    *clusters = calloc((size_t)t->data.npoint + 1, sizeof **clusters);
    if (*clusters == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to split %d points", t->data.npoint);
    view->group = *clusters;
    return dia_dataset_clusters(&t->data, copy_distance(t), *clusters, &view->ngroup, error);
}

static dia_status split(dia_training *t, const dia_control *control, dia_error *error)
{
    dia_dataset view;
    int *clusters = NULL;
    bool *eligible = calloc((size_t)t->data.npoint, sizeof *eligible);
    t->train = calloc((size_t)t->data.npoint, sizeof *t->train);
    t->validation = calloc((size_t)t->data.npoint, sizeof *t->validation);
    if (eligible == NULL || t->train == NULL || t->validation == NULL) {
        free(eligible);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to split %d points", t->data.npoint);
    }
    dia_status status = find_eligible(t, eligible, error);
    if (status == DIA_OK)
        status = view_units(t, &view, &clusters, error);
    if (status == DIA_OK)
        status = dia_dataset_split(&view, t->settings.data.validation, (uint64_t)t->settings.data.seed,
                                   by_clusters(t) ? DIA_SPLIT_GROUPS : (dia_split)t->settings.data.split, eligible,
                                   &t->ntrain, t->train, &t->nvalidation, t->validation);
    free(eligible);
    free(clusters);
    const int kept_out = t->nvalidation;
    if (status == DIA_OK && t->settings.data.apart > 0.0 && kept_out > 0) {
        status = dia_dataset_part(&t->data, t->settings.data.apart, t->ntrain, t->train, &t->nvalidation, t->validation,
                                  error);
        dia_control_note(control, "%d of %d points that were kept out are near copies of training points: left out",
                         kept_out - t->nvalidation, kept_out);
    }
    if (status == DIA_OK && t->ntrain < 1)
        return dia_error_set(error, DIA_ERROR_INPUT, "data.validation = %g leaves no points to train on",
                             t->settings.data.validation);
    return status;
}

dia_status dia_training_folds(const dia_training *t, int *fold, dia_error *error)
{
    dia_dataset view;
    int *clusters = NULL;
    bool *eligible = calloc((size_t)t->data.npoint, sizeof *eligible);
    dia_status status = eligible != NULL ? find_eligible(t, eligible, error)
                                         : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for folds");
    if (status == DIA_OK)
        status = view_units(t, &view, &clusters, error);
    if (status == DIA_OK &&
        dia_dataset_folds(&view, t->settings.committee.folds, (uint64_t)t->settings.data.seed,
                          by_clusters(t) || t->settings.data.split == DIA_SPLIT_GROUPS, eligible, fold) != DIA_OK)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for folds");
    free(eligible);
    free(clusters);
    return status;
}

dia_status dia_training_part(const dia_training *t, int ntrain, const int *train, int *n, int *points, dia_error *error)
{
    return dia_dataset_part(&t->data, copy_distance(t), ntrain, train, n, points, error);
}

static dia_status find_paths(dia_training *t, const char *path, dia_error *error)
{
    const size_t room = strlen(path) + sizeof ".checkpoint";
    t->output = strdup(path);
    t->checkpoint = malloc(room);
    t->partial = malloc(room);
    if (t->output == NULL || t->checkpoint == NULL || t->partial == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    snprintf(t->checkpoint, room, "%s.checkpoint", path);
    snprintf(t->partial, room, "%s.best", path);
    return DIA_OK;
}

static dia_status make_digest(dia_training *t, dia_error *error)
{
    char *all = NULL;
    size_t size = 0;
    t->text = dia_training_settings_text(&t->settings);
    FILE *out = open_memstream(&all, &size);
    if (t->text == NULL || out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the text of the input");
    fprintf(out, "%s%s", t->text, t->data.digest);
    if (t->member > 0)
        fprintf(out, "%d", t->member);
    if (t->fold >= 0)
        fprintf(out, " without %d", t->fold);
    if (t->attempt > 0)
        fprintf(out, " again %d", t->attempt);
    fclose(out);
    dia_digest_bytes(all, size, t->digest);
    free(all);
    return DIA_OK;
}

static dia_status read_named(dia_training *t, dia_error *error)
{
    const char *path = t->settings.topology.intersections;
    dia_xyz xyz;
    if (path == NULL)
        return DIA_OK;
    const dia_status status = dia_xyz_read_for(&xyz, &t->network->molecule, path, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "topology.intersections");
    const size_t size = (size_t)xyz.nframe * (size_t)xyz.molecule.ncart * sizeof *xyz.R;
    double *R = malloc(size);
    if (R != NULL)
        memcpy(R, xyz.R, size);
    t->named = (dia_named){xyz.nframe, ((const int *)t->settings.topology.states.items)[0], R};
    dia_xyz_free(&xyz);
    return R != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", path);
}

dia_status dia_training_open(dia_training *t, const dia_input *input, const dia_control *control, dia_error *error)
{
    *t = (dia_training){0};
    dia_status status = dia_config_open(&t->config, input, "output.file", error);
    if (status == DIA_OK)
        status = dia_training_settings_read(&t->settings, t->config, error);
    if (status == DIA_OK)
        status = dia_dataset_load(&t->data, t->settings.data.file, dia_control_threads(control), error);
    if (status == DIA_OK)
        dia_dataset_talk(&t->data, t->settings.data.file, control);
    if (status == DIA_OK)
        status = choose_labels(t, control, error);
    if (status == DIA_OK && t->settings.network.start != NULL) {
        status = dia_model_load(&t->start, t->settings.network.start, error);
        status = status == DIA_OK ? DIA_OK : dia_error_prefix(error, "network.start");
    }
    if (status == DIA_OK)
        status = weigh(t, error);
    if (status == DIA_OK)
        status = split(t, control, error);
    if (status == DIA_OK)
        status = find_paths(t, t->settings.output.file, error);
    t->order = (uint64_t)t->settings.data.seed;
    t->member = t->fold = -1;
    return status == DIA_OK ? make_digest(t, error) : status;
}

/* As many points as there are, drawn with replacement. */
static dia_status resample(dia_training *t, dia_error *error)
{
    const size_t n = (size_t)t->ntrain;
    int *drawn = calloc(n, sizeof *drawn);
    if (drawn == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to resample %d points", t->ntrain);
    for (size_t i = 0; i < n; i++)
        drawn[i] = t->train[dia_rng_integer((uint64_t)t->settings.data.seed, (uint64_t)t->member, 0, DIA_PURPOSE_MEMBER,
                                            (uint32_t)i, n)];
    memcpy(t->train, drawn, n * sizeof *drawn);
    free(drawn);
    return DIA_OK;
}

/* Of n points those that are not in that part. */
static int without(int part, const int *fold, int n, int *points)
{
    int kept = 0;
    for (int i = 0; i < n; i++)
        if (fold[points[i]] != part)
            points[kept++] = points[i];
    return kept;
}

static dia_status leave_out(dia_training *t, dia_error *error)
{
    int *fold = calloc((size_t)t->data.npoint + 1, sizeof *fold);
    dia_status status = fold != NULL ? dia_training_folds(t, fold, error)
                                     : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for folds");
    if (status == DIA_OK) {
        t->ntrain = without(t->fold, fold, t->ntrain, t->train);
        t->nvalidation = without(t->fold, fold, t->nvalidation, t->validation);
    }
    free(fold);
    if (status == DIA_OK && t->ntrain < 1)
        return dia_error_set(error, DIA_ERROR_INPUT, "committee.folds = %d leaves no points to train on",
                             t->settings.committee.folds);
    return status;
}

char *dia_training_member_path(const char *output, int k, int fold, int attempt)
{
    const size_t room = strlen(output) + 100;
    char *path = malloc(room);
    if (path == NULL)
        return NULL;
    int n = snprintf(path, room, "%s", output);
    if (fold >= 0)
        n += snprintf(path + n, room - (size_t)n, ".fold%d", fold);
    n += snprintf(path + n, room - (size_t)n, ".member%d", k);
    if (attempt > 0)
        snprintf(path + n, room - (size_t)n, ".again%d", attempt);
    return path;
}

/* A number that no other training of a committee has: of its first weights, and of the order of its points. */
static uint64_t own_number(const dia_training *t)
{
    return t->member > 0 || t->attempt > 0 ? (uint64_t)t->member + (uint64_t)t->attempt * DIA_COMMITTEE_MEMBERS : 0;
}

dia_status dia_training_member(dia_training *t, int k, int fold, int attempt, dia_error *error)
{
    char *path = dia_training_member_path(t->settings.output.file, k, fold, attempt);
    if (path == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    free(t->output);
    free(t->checkpoint);
    free(t->partial);
    free(t->text);
    t->member = k;
    t->fold = fold;
    t->attempt = attempt;
    if (own_number(t) > 0)
        t->order = dia_rng_integer(t->order, own_number(t), 1, DIA_PURPOSE_MEMBER, 0, UINT64_C(1) << 62);
    if (attempt > 0) {
        dia_model_free(t->start);
        t->start = NULL;
        t->settings.network.start = NULL;
    }
    dia_status status = find_paths(t, path, error);
    free(path);
    if (status == DIA_OK && t->settings.committee.resample != 0)
        status = resample(t, error);
    if (status == DIA_OK && fold >= 0)
        status = leave_out(t, error);
    t->text = NULL;
    return status == DIA_OK ? make_digest(t, error) : status;
}

uint64_t dia_training_start(const dia_training *t, int start)
{
    enum { STARTS = 1000 }; /* that an input may ask for */
    return own_number(t) * STARTS + (uint64_t)start;
}

dia_status dia_training_take_found(dia_training *t, dia_error *error)
{
    dia_config_free(t->found_config);
    t->found_config = NULL;
    dia_status status = dia_config_parse(&t->found_config, t->found, "the symmetry that was found", ".", error);
    if (status != DIA_OK)
        return status;
    dia_generator_list_free(&t->settings.network.symmetry);
    dia_generator_list_read(t->found_config, dia_node_child(dia_config_root(t->found_config), "symmetry"),
                            &t->settings.network.symmetry);
    return dia_config_finish(t->found_config, error);
}

/* What was found before an interruption, else what is found now. */
static dia_status find_symmetry(dia_training *t, const dia_control *control, dia_error *error)
{
    dia_status status = t->found == NULL ? dia_checkpoint_symmetry(t->checkpoint, t->digest, &t->found, error) : DIA_OK;
    if (status != DIA_OK)
        return status;
    return t->found != NULL ? dia_training_take_found(t, error) : dia_signs_find(t, control, error);
}

dia_status dia_training_prepare(dia_training *t, const dia_control *control, dia_error *error)
{
    dia_status status = find_symmetry(t, control, error);
    if (status == DIA_OK)
        status = dia_training_build(t, error);
    if (status == DIA_OK)
        status = dia_training_tell(t, control, error);
    return status == DIA_OK ? read_named(t, error) : status;
}

void dia_training_close(dia_training *t)
{
    dia_training_settings_free(&t->settings);
    dia_dataset_free(&t->data);
    dia_training_unbuild(t);
    dia_model_free(t->start);
    dia_config_free(t->config);
    free(t->train);
    free(t->validation);
    free(t->text);
    free(t->output);
    free(t->checkpoint);
    free(t->partial);
    dia_config_free(t->found_config);
    free(t->found);
    free(t->named.R);
}
