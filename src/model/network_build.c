/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making a network: descriptors, images under the symmetry, architecture. Its evaluation is in models/network.c. */
#include "model/network.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "model/baseline.h"
#include "model/front.h"
#include "model/registry.h"

#define L DIA_LANES

static const dia_option no_options[] = {{.key = NULL}};

/* self from YAML text, NULL: all defaults. The lists in self live until the configuration is freed by the caller. */
static dia_status read_options(const dia_option *table, const char *text, const char *what, void *self,
                               dia_config **config, dia_error *error)
{
    dia_status status = dia_config_parse(config, text != NULL ? text : "{}", what, ".", error);
    if (status != DIA_OK)
        return status;
    dia_config_read(*config, dia_config_root(*config), "", 1,
                    (const dia_option *const[]){table != NULL ? table : no_options}, (void *const[]){self});
    return dia_config_finish(*config, error);
}

/* All options as text (heap) again. */
static dia_status write_options(const dia_option *table, const char *what, const void *self, char **text,
                                dia_error *error)
{
    size_t size = 0;
    FILE *out = open_memstream(text, &size);
    if (out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the options of %s", what);
    dia_option_write(out, 0, table != NULL ? table : no_options, self);
    fclose(out);
    return DIA_OK;
}

/* Options that are all defaults are not kept, so that a file needs no more than before there were any. */
static dia_status drop_defaults(const dia_descriptor_type *type, char **options, dia_error *error)
{
    void *self = calloc(1, type->self_size + 1);
    dia_config *config = NULL;
    char *plain = NULL;
    dia_status status = self != NULL ? read_options(type->options, NULL, type->name, self, &config, error)
                                     : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a descriptor");
    if (status == DIA_OK)
        status = write_options(type->options, type->name, self, &plain, error);
    if (status == DIA_OK && strcmp(plain, *options) == 0) {
        free(*options);
        *options = NULL;
    }
    dia_config_free(config);
    free(plain);
    free(self);
    return status;
}

static dia_status open_descriptor(dia_network *network, const dia_descriptor_type *type, const char *text,
                                  dia_error *error)
{
    dia_config *config = NULL;
    char *options = NULL;
    int count = 0;
    void *self = calloc(1, type->self_size);
    dia_status status = self != NULL ? read_options(type->options, text, type->name, self, &config, error)
                                     : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for '%s'", type->name);
    const bool opened = status == DIA_OK && (status = type->open(self, &network->molecule, &count, error)) == DIA_OK;
    if (status == DIA_OK)
        status = write_options(type->options, type->name, self, &options, error); /* what `open` made of them */
    if (status == DIA_OK)
        status = drop_defaults(type, &options, error);
    dia_config_free(config);
    if (status != DIA_OK) {
        if (opened && type->close != NULL)
            type->close(self);
        free(options);
        free(self);
        return status;
    }
    const int at = network->ndescriptor++;
    network->descriptor[at].type = type;
    network->descriptor[at].self = self;
    network->descriptor[at].options = options;
    network->descriptor[at].first = network->nfeature;
    network->descriptor[at].count = count;
    network->nfeature += count;
    return DIA_OK;
}

/* Number of the descriptor with most features. */
int dia_network_largest(const dia_network *network)
{
    int most = 0;
    for (int i = 1; i < network->ndescriptor; i++)
        most = network->descriptor[i].count > network->descriptor[most].count ? i : most;
    return most;
}

static dia_status check_features(const dia_network *network, dia_error *error)
{
    enum { MOST = 100000 };
    const int at = dia_network_largest(network);
    if (network->nfeature <= MOST)
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "%d features of %d atoms, %d of them from '%s', are too many for a network (at most %d); take a "
        "descriptor that grows less with the molecule, such as `internals`, in its place",
        network->nfeature, network->molecule.natom, network->descriptor[at].count, network->descriptor[at].type->name,
        MOST);
}

static dia_status open_descriptors(dia_network *network, const dia_network_plan *plan, dia_error *error)
{
    if (plan->ndescriptor < 1 || plan->ndescriptor > DIA_NETWORK_DESCRIPTORS)
        return dia_error_set(error, DIA_ERROR_INPUT, "a network takes 1 to %d descriptors; %d are given",
                             DIA_NETWORK_DESCRIPTORS, plan->ndescriptor);
    dia_status status = DIA_OK;
    for (int i = 0; i < plan->ndescriptor && status == DIA_OK; i++) {
        const dia_descriptor_type *type = dia_descriptor_type_find(plan->descriptors[i]);
        status = type != NULL
                     ? open_descriptor(network, type,
                                       plan->descriptor_options != NULL ? plan->descriptor_options[i] : NULL, error)
                     : dia_error_set(error, DIA_ERROR_INPUT, "unknown descriptor '%s'; `diabolo info` lists them",
                                     plan->descriptors[i]);
    }
    return status == DIA_OK ? check_features(network, error) : status;
}

static dia_status open_architecture(dia_network *network, const dia_network_plan *plan, dia_error *error)
{
    const char *name = plan->architecture != NULL ? plan->architecture : "mlp";
    const dia_architecture_type *type = dia_architecture_type_find(name);
    if (type == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "unknown architecture '%s'; this version of Diabolo has those that `diabolo info` lists",
                             name);
    dia_config *config = NULL;
    network->body = calloc(1, type->self_size);
    dia_status status = network->body != NULL ? read_options(type->options, plan->architecture_options, name,
                                                             network->body, &config, error)
                                              : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    if (status == DIA_OK)
        status = write_options(type->options, name, network->body, &network->architecture_options, error);
    if (status == DIA_OK)
        status = type->init(network->body, &network->images, error);
    dia_config_free(config);
    if (status != DIA_OK)
        return status;
    network->architecture = type;
    network->theta = type->theta(network->body, &network->shape.ntheta);
    return DIA_OK;
}

/* How group element g acts on the features. */
static dia_status action(const dia_network *network, int g, int *source, double *sign, dia_error *error)
{
    const dia_symmetry *group = &network->symmetry;
    for (int i = 0; i < network->ndescriptor; i++) {
        const int first = network->descriptor[i].first;
        network->descriptor[i].type->image(network->descriptor[i].self, group->permutation + g * group->natom,
                                           group->inversion[g], source + first, sign + first);
        for (int k = first; k < first + network->descriptor[i].count; k++) {
            if (source[k] < 0)
                return dia_error_set(
                    error, DIA_ERROR_INPUT,
                    "descriptor '%s' does not have the symmetry that is declared: a permutation of "
                    "the group does not map its features onto each other (of internals: bonds of the "
                    "reference geometry onto bonds; of permutation_invariant: equivalent atoms onto "
                    "equivalent atoms; of normal_coordinates: the reference geometry onto itself, and no "
                    "degenerate modes onto mixtures of them); leave it out, or take a descriptor of all "
                    "distances",
                    network->descriptor[i].type->name);
            source[k] += first;
        }
    }
    return DIA_OK;
}

/* B_g of images.h, or its diagonal alone. */
static void action_back(const dia_symmetry *group, int g, double *diagonal, double *back)
{
    const int n = group->nstate, np = n * (n + 1) / 2;
    const double *gamma = group->gamma + g * n * n;
    if (back != NULL)
        dia_images_back_of(n, gamma, back);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            const int k = dia_packed(i, j);
            diagonal[k] = back != NULL ? back[k * (np + 1)] : gamma[i * (n + 1)] * gamma[j * (n + 1)];
        }
}

static bool same_action(const dia_images *images, int g, int h)
{
    double largest = 0.0;
    for (int k = 0; k < images->npacked; k++)
        for (int j = 0; j < images->npacked; j++)
            largest = fmax(largest, fabs(dia_images_back(images, g, k, j) - dia_images_back(images, h, k, j)));
    return largest < 1e-9; /* rounding; elements of a group differ by far more */
}

/* An element that acts on the features like an earlier one is redundant; if it acts differently on H, some elements
 * of H would be zero everywhere. */
static dia_status collect_images(dia_network *network, dia_error *error)
{
    const size_t nf = (size_t)network->nfeature, np = (size_t)network->shape.npacked,
                 ng = (size_t)network->symmetry.nelement;
    dia_images *images = &network->images;
    images->nfeature = network->nfeature;
    images->nstate = network->shape.nstate;
    images->npacked = network->shape.npacked;
    images->source = calloc(ng * nf, sizeof *images->source);
    images->sign = calloc(ng * nf, sizeof *images->sign);
    images->gamma = calloc(ng * np, sizeof *images->gamma);
    if (!network->symmetry.signs)
        images->back = calloc(ng * np * np, sizeof *images->back);
    if (images->source == NULL || images->sign == NULL || images->gamma == NULL ||
        (images->back == NULL && !network->symmetry.signs))
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu images", ng);
    for (int g = 0; g < network->symmetry.nelement; g++) {
        const size_t at = (size_t)images->nimage;
        int *source = images->source + at * nf;
        double *sign = images->sign + at * nf;
        const dia_status status = action(network, g, source, sign, error);
        if (status != DIA_OK)
            return status;
        action_back(&network->symmetry, g, images->gamma + at * np,
                    images->back != NULL ? images->back + at * np * np : NULL);
        bool fresh = true;
        for (size_t h = 0; h < at && fresh; h++) {
            if (memcmp(source, images->source + h * nf, nf * sizeof *source) != 0 ||
                memcmp(sign, images->sign + h * nf, nf * sizeof *sign) != 0)
                continue;
            fresh = false;
            if (!same_action(images, (int)at, (int)h))
                return dia_error_set(
                    error, DIA_ERROR_INPUT,
                    "the descriptors cannot tell apart two symmetry operations under which the states behave "
                    "differently, "
                    "so some coupling would be zero everywhere; add a descriptor that is odd under them "
                    "(triple_product for reflections and inversion)");
        }
        images->nimage += fresh;
    }
    return DIA_OK;
}

static dia_status open_baseline(dia_network *network, const char *name, dia_error *error)
{
    if (name == NULL)
        return DIA_OK;
    network->baseline = dia_baseline_type_find(name);
    if (network->baseline == NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "unknown baseline '%s'; this version of Diabolo has those that `diabolo info` lists",
                             name);
    const dia_status status =
        network->baseline->extent(network, &network->baseline_rows, &network->baseline_columns, error);
    if (status != DIA_OK)
        return status;
    network->baseline_numbers =
        dia_allocate((size_t)network->baseline_rows * (size_t)network->baseline_columns, sizeof(double));
    return network->baseline_numbers != NULL ? DIA_OK
                                             : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a baseline");
}

static dia_status open_reference(dia_network *network, const dia_network_plan *plan, dia_error *error)
{
    if (plan->reference_text == NULL)
        return DIA_OK;
    const char *text = plan->reference_text, *directory = plan->directory != NULL ? plan->directory : ".";
    dia_status status =
        plan->stored ? dia_model_open_stored(&network->reference, NULL, text, "reference_model", directory, error)
                     : dia_model_parse(&network->reference, text, directory, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "reference model of the network");
    network->reference_text = strdup(dia_model_text(network->reference)); /* with absolute paths */
    if (network->reference_text == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the reference model");
    if (dia_model_shape(network->reference).nstate != network->shape.nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "the reference model has %d states, the network %d",
                             dia_model_shape(network->reference).nstate, network->shape.nstate);
    return dia_molecule_match(dia_model_molecule(network->reference), &network->molecule, error);
}

static dia_status make_arrays(dia_network *network, dia_error *error)
{
    const size_t nf = (size_t)network->nfeature, np = (size_t)network->shape.npacked;
    network->mean = dia_allocate(nf, sizeof(double));
    network->deviation = dia_allocate(nf, sizeof(double));
    network->shift = dia_allocate(np, sizeof(double));
    network->scale = dia_allocate(np, sizeof(double));
    if (network->mean == NULL || network->deviation == NULL || network->shift == NULL || network->scale == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the scales of a network");
    for (size_t k = 0; k < nf; k++)
        network->deviation[k] = 1.0;
    for (size_t k = 0; k < np; k++)
        network->scale[k] = 1.0;
    return DIA_OK;
}

dia_status dia_network_init(dia_network *network, const dia_network_plan *plan, dia_error *error)
{
    memset(network, 0, sizeof *network);
    if (plan->nstate < 1 || plan->nstate > 64)
        return dia_error_set(error, DIA_ERROR_INPUT, "a network has 1 to 64 states; %d asked for", plan->nstate);
    dia_status status = dia_molecule_copy(&network->molecule, plan->molecule, error);
    network->shape = (dia_shape){.natom = plan->molecule->natom,
                                 .ncart = plan->molecule->ncart,
                                 .nstate = plan->nstate,
                                 .npacked = plan->nstate * (plan->nstate + 1) / 2};
    network->fitted = plan->nstate;
    if (status == DIA_OK)
        status = open_descriptors(network, plan, error);
    if (status == DIA_OK)
        status = dia_symmetry_init(&network->symmetry, plan->molecule, plan->nstate, &plan->generators, error);
    if (status == DIA_OK)
        status = make_arrays(network, error);
    if (status == DIA_OK)
        status = collect_images(network, error);
    if (status == DIA_OK)
        status = open_architecture(network, plan, error);
    if (status == DIA_OK)
        status = open_baseline(network, plan->baseline, error);
    if (status == DIA_OK)
        status = open_reference(network, plan, error);
    if (status != DIA_OK)
        dia_network_free(network);
    return status;
}

void dia_network_free(dia_network *network)
{
    for (int i = 0; i < network->ndescriptor; i++) {
        if (network->descriptor[i].type->close != NULL)
            network->descriptor[i].type->close(network->descriptor[i].self);
        free(network->descriptor[i].self);
        free(network->descriptor[i].options);
    }
    if (network->architecture != NULL)
        network->architecture->free(network->body);
    free(network->body);
    free(network->architecture_options);
    dia_molecule_free(&network->molecule);
    dia_symmetry_free(&network->symmetry);
    dia_model_free(network->reference);
    free(network->baseline_numbers);
    free(network->reference_text);
    free(network->note);
    free(network->mean);
    free(network->deviation);
    dia_region_free(&network->region);
    dia_dipoles_free(&network->dipoles);
    free(network->shift);
    free(network->scale);
    free(network->images.source);
    free(network->images.sign);
    free(network->images.gamma);
    free(network->images.back);
    memset(network, 0, sizeof *network);
}

void dia_network_refresh(dia_network *network)
{
    network->architecture->refresh(network->body);
}

void dia_network_randomise(dia_network *network, uint64_t seed, uint64_t member)
{
    network->architecture->randomise(network->body, seed, member);
}

void dia_network_features(const dia_network *network, const double *x, double *f)
{
    for (int i = 0; i < network->ndescriptor; i++)
        network->descriptor[i].type->forward(network->descriptor[i].self, x, f + network->descriptor[i].first * L);
}
