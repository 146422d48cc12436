/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The network of a training before its first step: symmetry, features, baseline and first parameters. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/baseline.h"
#include "model/committee.h"
#include "model/front.h"
#include "train/training.h"

typedef struct flat_symmetry { /* what dia_generators borrows; zero-initialised */
    int *permutations;
    bool *inversions;
    double *signs, *matrices;
} flat_symmetry;

static void flat_free(flat_symmetry *flat)
{
    free(flat->permutations);
    free(flat->inversions);
    free(flat->signs);
    free(flat->matrices);
}

/* Sizes fit the network? */
static dia_status check_generator(const dia_generator *g, int number, int natom, int n, dia_error *error)
{
    if (g->matrix != NULL && g->order != n)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "network.symmetry: the representation of generator %d is a matrix of order %d; expected "
                             "%d, the number of diabats",
                             number, g->order, n);
    if (g->permutation.n == natom && (g->matrix != NULL || g->signs.n == n))
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "network.symmetry: generator %d has a permutation of %d atoms and signs of %d states; "
                         "expected %d and %d",
                         number, g->permutation.n, g->signs.n, natom, n);
}

/* Matrices if any generator has one, else signs. */
static dia_status flatten_symmetry(const dia_training_settings *s, int natom, flat_symmetry *flat,
                                   dia_generators *generators, dia_error *error)
{
    const dia_generator *list = s->network.symmetry.items;
    const int ng = s->network.symmetry.n, n = s->network.diabats;
    const size_t room = (size_t)ng + 1, size = (size_t)n;
    bool matrices = false;
    flat->permutations = calloc(room * (size_t)natom, sizeof *flat->permutations);
    flat->inversions = calloc(room, sizeof *flat->inversions);
    flat->signs = calloc(room * size, sizeof *flat->signs);
    flat->matrices = calloc(room * size * size, sizeof *flat->matrices);
    if (flat->permutations == NULL || flat->inversions == NULL || flat->signs == NULL || flat->matrices == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    for (int g = 0; g < ng; g++) {
        const dia_status status = check_generator(&list[g], g + 1, natom, n, error);
        if (status != DIA_OK)
            return status;
        memcpy(flat->permutations + g * natom, list[g].permutation.items, sizeof(int) * (size_t)natom);
        flat->inversions[g] = list[g].inversion;
        matrices = matrices || list[g].matrix != NULL;
        double *matrix = flat->matrices + g * n * n;
        if (list[g].matrix != NULL)
            memcpy(matrix, list[g].matrix, sizeof *matrix * size * size);
        for (int k = 0; k < n && list[g].matrix == NULL; k++)
            matrix[k * (n + 1)] = flat->signs[g * n + k] = ((const int *)list[g].signs.items)[k];
    }
    *generators =
        (dia_generators){ng, flat->permutations, flat->inversions, matrices ? NULL : flat->signs, flat->matrices};
    return DIA_OK;
}

static dia_status read_text(const char *path, char **text, dia_error *error)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: the reference model cannot be read", path);
    size_t size = 0;
    FILE *copy = open_memstream(text, &size);
    for (int c = fgetc(file); copy != NULL && c != EOF; c = fgetc(file))
        fputc(c, copy);
    fclose(file);
    if (copy == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", path);
    fclose(copy);
    return DIA_OK;
}

/* The network that the training goes on from; NULL: there is none, or (an error) not that member. */
static const dia_network *begin_from(const dia_training *t, dia_error *error)
{
    if (t->start == NULL)
        return NULL;
    const dia_model *all = t->start, *own = t->member < 0 ? dia_model_flown(all) : dia_model_member(all, t->member);
    const char *path = t->settings.network.start;
    if (own == NULL)
        (void)dia_error_set(error, DIA_ERROR_INPUT,
                            "network.start: %s holds %d networks; member %d has none to go on from", path,
                            dia_model_members(all), t->member);
    else if (strcmp(dia_model_type_of(own)->name, "network") != 0)
        (void)dia_error_set(error, DIA_ERROR_INPUT, "network.start: %s is a model of type '%s'; expected a network",
                            path, dia_model_type_of(own)->name);
    else
        return dia_model_self((dia_model *)(uintptr_t)own); /* read only */
    return NULL;
}

dia_status dia_training_molecule(const dia_training *t, dia_molecule *molecule, dia_error *error)
{
    const dia_dataset *data = &t->data;
    dia_status status = dia_molecule_init(molecule, data->natom, 3, data->numbers, error);
    int lowest = 0;
    for (int b = 0; b < data->npoint; b++)
        if (data->energy[b * data->nstate] < data->energy[lowest * data->nstate] ||
            isnan(data->energy[lowest * data->nstate]))
            lowest = b;
    dia_error ignored = {0};
    const dia_network *start =
        status == DIA_OK ? begin_from(t, &ignored) : NULL; /* its features may refer to its own */
    if (start != NULL && start->molecule.ncart == data->ncart)
        memcpy(molecule->reference, start->molecule.reference, sizeof(double) * (size_t)data->ncart);
    else if (status == DIA_OK)
        memcpy(molecule->reference, data->R + (size_t)lowest * (size_t)data->ncart,
               sizeof(double) * (size_t)data->ncart);
    return status;
}

static dia_status build_network(dia_training *t, dia_network *network, dia_error *error)
{
    const dia_training_settings *s = &t->settings;
    dia_molecule molecule = {0};
    flat_symmetry flat = {0};
    dia_generators generators = {0};
    char *reference = NULL;
    dia_status status = dia_training_molecule(t, &molecule, error);
    if (status == DIA_OK)
        status = flatten_symmetry(s, t->data.natom, &flat, &generators, error);
    if (status == DIA_OK && s->network.reference != NULL)
        status = read_text(s->network.reference, &reference, error);
    char *options = NULL; /* of the architecture */
    size_t size = 0;
    FILE *out = status == DIA_OK ? open_memstream(&options, &size) : NULL;
    if (status == DIA_OK && out == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    if (status == DIA_OK) {
        dia_option_write(out, 0, s->architecture->options, s->body);
        fclose(out);
        const dia_network_plan plan = {.molecule = &molecule,
                                       .nstate = s->network.diabats,
                                       .ndescriptor = s->ndescriptor,
                                       .descriptors = s->descriptor,
                                       .descriptor_options = (const char *const *)s->descriptor_options,
                                       .architecture = s->architecture->name,
                                       .architecture_options = options,
                                       .baseline = s->network.baseline,
                                       .generators = generators,
                                       .reference_text = reference};
        status = dia_network_init(network, &plan, error);
        if (status == DIA_OK)
            network->fitted = s->network.states;
    }
    dia_molecule_free(&molecule);
    free(options);
    flat_free(&flat);
    free(reference);
    return status;
}

/* Has the point no state higher than 20 eV above the lowest? Those that have are so far from the others that they would
 * rule means. */
static bool usual(const dia_dataset *data, int point)
{
    for (int k = 0; k < data->nstate; k++)
        if (data->energy[point * data->nstate + k] > data->lowest + 20.0 * DIA_EV)
            return false;
    return true;
}

/* base (ntrain, npacked): the baseline at the training points, zero without one. */
static dia_status fit_baseline(const dia_training *t, dia_network *network, double *base, dia_error *error)
{
    if (network->baseline == NULL)
        return DIA_OK;
    const dia_baseline_labels labels = {.npoint = t->ntrain,
                                        .nstate = t->data.nstate,
                                        .points = t->train,
                                        .R = t->data.R,
                                        .energy = t->data.energy,
                                        .gradient = t->data.gradient,
                                        .coupling = t->data.coupling,
                                        .lowest = t->data.lowest};
    dia_status status = network->baseline->fit(network, &labels, network->baseline_numbers, error);
    for (int i = 0; i < t->ntrain && status == DIA_OK; i++)
        status = dia_baseline_evaluate(network, t->data.R + (size_t)t->train[i] * (size_t)t->data.ncart,
                                       base + (size_t)i * (size_t)network->shape.npacked, error);
    return status;
}

/* The diagonal starts at the mean energy of its state above the baseline, which is even under every operation; that of a
 * state without labels 1 eV above the one below; of states that are degenerate by symmetry it is their mean. */
static dia_status set_shift(const dia_training *t, const double *base, dia_network *network, dia_error *error)
{
    const int ns = t->data.nstate, np = network->shape.npacked;
    double all = 0.0; /* mean of the baseline */
    double *mean = calloc((size_t)np, sizeof *mean);
    if (mean == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    for (int i = 0; i < t->ntrain; i++)
        all += base[i * np] / t->ntrain;
    for (int k = 0; k < network->shape.nstate; k++) {
        double sum = 0.0;
        long n = 0;
        for (int i = 0; i < t->ntrain && k < ns; i++) {
            const double e = t->data.energy[t->train[i] * ns + k];
            const bool counts = !isnan(e) && usual(&t->data, t->train[i]);
            sum += counts ? e - base[i * np + dia_packed(k, k)] : 0.0;
            n += counts;
        }
        const double below = k > 0 ? network->shift[dia_packed(k - 1, k - 1)] + DIA_EV : t->data.lowest - all;
        network->shift[dia_packed(k, k)] = n > 0 ? sum / (double)n : below;
    }
    if (!network->symmetry.signs) {
        dia_images_invariant(&network->images, network->shift, mean);
        memcpy(network->shift, mean, sizeof *mean * (size_t)network->shape.npacked);
    }
    free(mean);
    return DIA_OK;
}

static bool same_text(const char *a, const char *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || strcmp(a, b) == 0);
}

/* The first thing in which two networks differ, so that parameters of one say nothing to the other; NULL: they are alike. */
static const char *difference(const dia_network *a, const dia_network *b)
{
    if (a->molecule.natom != b->molecule.natom ||
        memcmp(a->molecule.numbers, b->molecule.numbers, sizeof(int) * (size_t)a->molecule.natom) != 0)
        return "other atoms, or another order of them";
    if (a->shape.nstate != b->shape.nstate)
        return "another number of diabats";
    bool same = a->ndescriptor == b->ndescriptor && a->nfeature == b->nfeature;
    for (int i = 0; i < a->ndescriptor && same; i++)
        same = a->descriptor[i].type == b->descriptor[i].type &&
               same_text(a->descriptor[i].options, b->descriptor[i].options);
    if (!same)
        return "other descriptors";
    if (a->architecture != b->architecture || !same_text(a->architecture_options, b->architecture_options) ||
        a->shape.ntheta != b->shape.ntheta)
        return "another architecture";
    const dia_images *x = &a->images, *y = &b->images;
    const size_t all = (size_t)x->nimage;
    if (x->nimage != y->nimage || memcmp(x->source, y->source, all * (size_t)x->nfeature * sizeof *x->source) != 0 ||
        memcmp(x->sign, y->sign, all * (size_t)x->nfeature * sizeof *x->sign) != 0 ||
        memcmp(x->gamma, y->gamma, all * (size_t)x->npacked * sizeof *x->gamma) != 0 ||
        (x->back == NULL) != (y->back == NULL) ||
        (x->back != NULL && memcmp(x->back, y->back, all * (size_t)(x->npacked * x->npacked) * sizeof *x->back) != 0))
        return "another symmetry, or another order of its generators";
    if (a->baseline != b->baseline || a->baseline_rows != b->baseline_rows ||
        a->baseline_columns != b->baseline_columns || !same_text(a->reference_text, b->reference_text))
        return "another baseline or reference";
    return NULL;
}

/* A network that is not trained further knows what the start knew: the region of its data, and what is said of it. */
static dia_status keep_known(const dia_network *start, dia_network *network, dia_error *error)
{
    const dia_region *from = &start->region;
    dia_region *to = &network->region;
    const size_t np = (size_t)from->npair, size = np * sizeof(double);
    if (start->note != NULL && (network->note = strdup(start->note)) == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a note");
    dia_region_free(to);
    if (from->ncentre == 0)
        return DIA_OK;
    const dia_status status = dia_region_reserve(to, from->natom, from->ncentre, error);
    if (status != DIA_OK)
        return status;
    to->neighbours = from->neighbours;
    to->radius = from->radius;
    memcpy(to->deviation, from->deviation, size);
    memcpy(to->shortest, from->shortest, size);
    memcpy(to->longest, from->longest, size);
    memcpy(to->centres, from->centres, size * (size_t)from->ncentre);
    return dia_region_finish(to, &network->symmetry, error);
}

/* H is that of the start: its features' mean and deviation, baseline, shift, scale and parameters. */
static dia_status take_start(const dia_training *t, const dia_network *start, dia_network *network, dia_error *error)
{
    const char *why = difference(network, start);
    const size_t np = (size_t)network->shape.npacked, nf = (size_t)network->nfeature,
                 nb = (size_t)network->baseline_rows * (size_t)network->baseline_columns;
    if (why != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "network.start: %s has %s than this input asks for; a training goes on from a network of "
                             "the same kind alone",
                             t->settings.network.start, why);
    memcpy(network->mean, start->mean, nf * sizeof *start->mean);
    memcpy(network->deviation, start->deviation, nf * sizeof *start->deviation);
    memcpy(network->shift, start->shift, np * sizeof *start->shift);
    memcpy(network->scale, start->scale, np * sizeof *start->scale);
    memcpy(network->theta, start->theta, (size_t)network->shape.ntheta * sizeof *start->theta);
    if (nb > 0)
        memcpy(network->baseline_numbers, start->baseline_numbers, nb * sizeof *start->baseline_numbers);
    dia_network_refresh(network);
    return t->settings.nstage > 0 ? DIA_OK : keep_known(start, network, error);
}

/* First parameters, and the part of H that is fitted before them. */
static dia_status set_first(const dia_training *t, dia_network *network, dia_error *error)
{
    double *base = calloc((size_t)t->ntrain * (size_t)network->shape.npacked, sizeof *base);
    if (base == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d training points", t->ntrain);
    dia_status status = fit_baseline(t, network, base, error);
    dia_network_randomise(network, (uint64_t)t->settings.network.seed, dia_training_start(t, 0));
    for (int k = 0; k < network->shape.npacked; k++)
        network->scale[k] = t->settings.network.scale;
    if (network->reference == NULL && status == DIA_OK)
        status = set_shift(t, base, network, error);
    free(base);
    return status;
}

/* Features standardised on the training points, first parameters. */
static dia_status prepare_network(dia_training *t, dia_network *network, dia_error *error)
{
    const int nc = t->data.ncart;
    double *R = calloc((size_t)t->ntrain * (size_t)nc, sizeof *R);
    bool *all_usual = calloc((size_t)t->ntrain, sizeof *all_usual);
    dia_status status = R != NULL && all_usual != NULL
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d training points", t->ntrain);
    for (int i = 0; i < t->ntrain && status == DIA_OK; i++) {
        memcpy(R + i * nc, t->data.R + (size_t)t->train[i] * (size_t)nc, sizeof *R * (size_t)nc);
        all_usual[i] = usual(&t->data, t->train[i]);
    }
    if (status == DIA_OK)
        status = dia_network_standardise(network, t->ntrain, R, all_usual, error);
    const dia_network *start = status == DIA_OK ? begin_from(t, error) : NULL;
    if (status == DIA_OK && start != NULL)
        status = take_start(t, start, network, error);
    else if (status == DIA_OK)
        status = t->start != NULL ? DIA_ERROR_INPUT : set_first(t, network, error); /* begin_from said why */
    free(R);
    free(all_usual);
    return status;
}

dia_status dia_training_build(dia_training *t, dia_error *error)
{
    dia_network *network = calloc(1, sizeof *network);
    if (network == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    dia_status status = build_network(t, network, error);
    if (status != DIA_OK) {
        free(network);
        return status;
    }
    status = prepare_network(t, network, error);
    if (status == DIA_OK)
        status = dia_network_model(&t->model, network, error);
    if (status != DIA_OK) {
        dia_network_free(network);
        free(network);
        return status;
    }
    t->network = network;
    t->best = calloc((size_t)network->shape.ntheta, sizeof *t->best);
    t->best_value = INFINITY;
    return t->best != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the parameters");
}

void dia_training_unbuild(dia_training *t)
{
    dia_model_free(t->model);
    free(t->best);
    t->model = NULL;
    t->network = NULL;
    t->best = NULL;
}
