/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From an input to a training that is ready to run: data, split, network. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "model/baseline.h"
#include "model/front.h"
#include "molecule/xyz.h"
#include "train/checkpoint.h"
#include "train/signs.h"
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

dia_status dia_training_molecule(const dia_training *t, dia_molecule *molecule, dia_error *error)
{
    const dia_dataset *data = &t->data;
    dia_status status = dia_molecule_init(molecule, data->natom, 3, data->numbers, error);
    int lowest = 0;
    for (int b = 0; b < data->npoint; b++)
        if (data->energy[b * data->nstate] < data->energy[lowest * data->nstate] ||
            isnan(data->energy[lowest * data->nstate]))
            lowest = b;
    if (status == DIA_OK)
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

/* Features standardised on the training points, first parameters. */
static dia_status prepare_network(dia_training *t, dia_network *network, dia_error *error)
{
    const int nc = t->data.ncart;
    double *R = calloc((size_t)t->ntrain * (size_t)nc, sizeof *R);
    double *base = calloc((size_t)t->ntrain * (size_t)network->shape.npacked, sizeof *base);
    bool *all_usual = calloc((size_t)t->ntrain, sizeof *all_usual);
    dia_status status = R != NULL && base != NULL && all_usual != NULL
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d training points", t->ntrain);
    for (int i = 0; i < t->ntrain && status == DIA_OK; i++) {
        memcpy(R + i * nc, t->data.R + (size_t)t->train[i] * (size_t)nc, sizeof *R * (size_t)nc);
        all_usual[i] = usual(&t->data, t->train[i]);
    }
    if (status == DIA_OK)
        status = dia_network_standardise(network, t->ntrain, R, all_usual, error);
    if (status == DIA_OK)
        status = fit_baseline(t, network, base, error);
    dia_network_randomise(network, (uint64_t)t->settings.network.seed, 0);
    for (int k = 0; k < network->shape.npacked; k++)
        network->scale[k] = t->settings.network.scale;
    if (network->reference == NULL && status == DIA_OK)
        status = set_shift(t, base, network, error);
    free(R);
    free(base);
    free(all_usual);
    return status;
}

/* All points except those of groups that are for training only. */
static dia_status find_eligible(const dia_training *t, bool *eligible, dia_error *error)
{
    const char *const *names = t->settings.data.train_only.items;
    for (int b = 0; b < t->data.npoint; b++)
        eligible[b] = true;
    for (int i = 0; i < t->settings.data.train_only.n; i++) {
        int found = 0;
        for (int b = 0; b < t->data.npoint && t->data.group_name != NULL; b++)
            if (strcmp(t->data.group_name[t->data.group[b]], names[i]) == 0) {
                eligible[b] = false;
                found++;
            }
        if (found == 0)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "%s: data.train_only names the group '%s', which the data do not have",
                                 dia_config_name(t->config), names[i]);
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

static dia_status split(dia_training *t, const dia_control *control, dia_error *error)
{
    bool *eligible = calloc((size_t)t->data.npoint, sizeof *eligible);
    t->train = calloc((size_t)t->data.npoint, sizeof *t->train);
    t->validation = calloc((size_t)t->data.npoint, sizeof *t->validation);
    if (eligible == NULL || t->train == NULL || t->validation == NULL) {
        free(eligible);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to split %d points", t->data.npoint);
    }
    dia_status status = find_eligible(t, eligible, error);
    if (status == DIA_OK)
        status = dia_dataset_split(&t->data, t->settings.data.validation, (uint64_t)t->settings.data.seed,
                                   t->settings.data.split == 1, eligible, &t->ntrain, t->train, &t->nvalidation,
                                   t->validation);
    free(eligible);
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

static dia_status find_paths(dia_training *t, dia_error *error)
{
    const char *path = t->settings.output.file;
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
    fclose(out);
    dia_digest_bytes(all, size, t->digest);
    free(all);
    return DIA_OK;
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

/* Programs converge couplings to some 1e-6 hartree/bohr; those of states that couple are 1e-3 and more. */
static const double tiny = 1e-6;

/* Largest component of the couplings of the training points, hartree/bohr. */
static double largest_coupling(const dia_training *t)
{
    const int n = t->data.npair * t->data.ncart;
    double largest = 0.0;
    for (int i = 0; i < t->ntrain; i++)
        for (int k = 0; k < n; k++)
            largest = fmax(largest, fabs(t->data.coupling[(size_t)t->train[i] * (size_t)n + (size_t)k])); /* not NaN */
    return largest;
}

/* Where states are close, populations rest on couplings: on those of the data if most close pairs have one, and if there are at
 * least as many as internal coordinates, fewer of which cannot tell how a coupling changes with each. */
static void note_couplings(const dia_training *t, double weight, FILE *out)
{
    const dia_label_count c = dia_dataset_count(&t->data, t->ntrain, t->train);
    const long pairs = c.pair[0] + c.pair[1], taught = c.taught[0] + c.taught[1]; /* gaps below 0.5 eV */
    const int internal = t->data.ncart > 6 ? t->data.ncart - 6 : 1;
    const double largest = largest_coupling(t);
    if (c.coupling == 0 || weight == 0.0)
        fputs("couplings were not taught: populations rest on energies and gradients alone\n", out);
    else if (largest < tiny)
        fprintf(out,
                "couplings were taught that are all next to zero (largest %.1e hartree/bohr): hops will not happen "
                "where these "
                "states meet, unless by energies and gradients; are their units right?\n",
                largest);
    else if (pairs == 0)
        fputs("the training data hold no two states closer than 0.5 eV: populations rest on extrapolation\n", out);
    else if (2 * taught < pairs)
        fprintf(out,
                "couplings were taught for %ld of %ld pairs of states closer than 0.5 eV: populations rest mostly on "
                "energies "
                "and gradients\n",
                taught, pairs);
    else if (taught < internal)
        fprintf(
            out,
            "the training data hold only %ld pairs of states closer than 0.5 eV with a coupling, fewer than internal "
            "coordinates (%d): populations rest mostly on extrapolation\n",
            taught, internal);
}

/* How many features there are, of which descriptor; very many of them are slow and learn little. */
static void tell_features(const dia_training *t, const dia_control *control)
{
    const dia_network *network = t->network;
    const int most = dia_network_largest(network);
    char list[400] = "";
    size_t used = 0;
    for (int i = 0; i < network->ndescriptor && used < sizeof list; i++)
        used += (size_t)snprintf(list + used, sizeof list - used, "%s%s %d", i > 0 ? ", " : "",
                                 network->descriptor[i].type->name, network->descriptor[i].count);
    dia_control_note(control, "%d features: %s", network->nfeature, list);
    if (network->nfeature > 1000)
        dia_control_warn(
            control,
            "network.descriptors: %d of %d features come from '%s': the first layer is large, epochs are slow, "
            "and so many features of %d atoms say little more than few; take `internals` (of the bonds) or "
            "another descriptor that grows less in its place",
            network->descriptor[most].count, network->nfeature, network->descriptor[most].type->name, t->data.natom);
}

/* The baseline that was fitted, line by line. */
static dia_status tell_baseline(const dia_training *t, const dia_control *control, dia_error *error)
{
    const dia_network *network = t->network;
    char *text = NULL;
    size_t size = 0;
    if (network->baseline == NULL)
        return DIA_OK;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a note");
    network->baseline->tell(network, network->baseline_numbers, out);
    fclose(out);
    for (char *line = text, *end; line != NULL && (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        dia_control_note(control, "baseline %s: %s", network->baseline->name, line);
    }
    free(text);
    return DIA_OK;
}

/* What the labels and weights did not teach the model; kept in the model file for its users. */
static dia_status note_untaught(dia_training *t, const dia_control *control, dia_error *error)
{
    double weight = 0.0, gradient_weight = 0.0;
    for (int i = 0; i < t->settings.nstage; i++) {
        weight = fmax(weight, t->settings.loss.coupling * t->settings.stage[i].coupling);
        gradient_weight = fmax(gradient_weight, t->settings.loss.gradient * t->settings.stage[i].gradient);
    }
    size_t size = 0;
    FILE *out = open_memstream(&t->network->note, &size);
    if (out == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a note");
    if (t->data.nstate > 1)
        note_couplings(t, weight, out);
    if (dia_dataset_count(&t->data, t->ntrain, t->train).gradient == 0 || gradient_weight == 0.0)
        fputs("gradients were not taught: forces rest on energies alone\n", out);
    if (t->settings.network.diabats > t->settings.network.states)
        fprintf(
            out,
            "only the lowest %d of its %d states were fitted (the others are surplus diabats): trajectories should not "
            "begin on or reach S%d\n",
            t->settings.network.states, t->settings.network.diabats, t->settings.network.states);
    for (int i = 0; i < t->network->ndescriptor; i++) {
        const dia_descriptor_type *type = t->network->descriptor[i].type;
        const char *text = type->note != NULL ? type->note(t->network->descriptor[i].self) : NULL;
        if (text != NULL)
            fprintf(out, "%s\n", text);
    }
    fclose(out);
    if (size > 0)
        t->network->note[size - 1] = '\0'; /* the last end of line */
    if (size > 0)
        dia_control_warn(control, "%s: %s", t->settings.data.file, t->network->note);
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
        status = dia_dataset_load(&t->data, t->settings.data.file, error);
    if (status == DIA_OK)
        dia_dataset_talk(&t->data, t->settings.data.file, control);
    if (status == DIA_OK)
        status = choose_labels(t, control, error);
    if (status == DIA_OK)
        status = split(t, control, error);
    if (status == DIA_OK)
        status = find_paths(t, error);
    return status == DIA_OK ? make_digest(t, error) : status;
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
    dia_status status = dia_checkpoint_symmetry(t->checkpoint, t->digest, &t->found, error);
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
        tell_features(t, control);
    if (status == DIA_OK)
        status = tell_baseline(t, control, error);
    if (status == DIA_OK)
        status = note_untaught(t, control, error);
    return status == DIA_OK ? read_named(t, error) : status;
}

void dia_training_close(dia_training *t)
{
    dia_training_settings_free(&t->settings);
    dia_dataset_free(&t->data);
    dia_training_unbuild(t);
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
