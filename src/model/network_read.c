/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network from its HDF5 file (docs/model-file.md), which may come from anywhere: everything is checked here. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "model/network.h"
#include "store/store.h"

static dia_status extent(const dia_store *store, const char *name, int rank, size_t *dims, dia_error *error)
{
    size_t found[8];
    int found_rank = 0;
    dia_status status = dia_store_shape(store, name, &found_rank, found, error);
    if (status == DIA_OK && found_rank != rank)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset '%s' has %d dimensions; expected %d",
                             dia_store_path(store), name, found_rank, rank);
    for (int i = 0; i < rank && status == DIA_OK; i++) {
        if (found[i] > 100000)
            return dia_error_set(error, DIA_ERROR_FILE,
                                 "%s: dataset '%s' has an extent of %zu; expected at most 100000",
                                 dia_store_path(store), name, found[i]);
        dims[i] = found[i];
    }
    return status;
}

static dia_status finite(const dia_store *store, const char *name, size_t n, const double *values, dia_error *error)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(values[i]))
            return dia_error_set(
                error, DIA_ERROR_FILE,
                "%s: dataset '%s' holds a number that is not finite (element %zu); the file is damaged or "
                "its training failed",
                dia_store_path(store), name, i);
    return DIA_OK;
}

static dia_status read_real(const dia_store *store, const char *name, int rank, const size_t *dims, double *values,
                            dia_error *error)
{
    size_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= dims[i];
    dia_status status = dia_store_read(store, name, DIA_NUMBER_REAL, rank, dims, values, error);
    return status == DIA_OK ? finite(store, name, n, values, error) : status;
}

/* A dataset without a unit is read in the unit of docs/model-file.md, with a warning. */
static dia_status read_in(const dia_store *store, FILE *notes, const char *name, const char *unit, int rank,
                          const size_t *dims, double *values, dia_error *error)
{
    bool stated;
    size_t n = 1;
    for (int i = 0; i < rank; i++)
        n *= dims[i];
    dia_status status = dia_store_read_in(store, name, unit, rank, dims, values, &stated, error);
    if (status == DIA_OK && !stated)
        fprintf(notes, "'%s' of the model file does not say its unit (attribute 'unit'): taken as %s\n", name, unit);
    return status == DIA_OK ? finite(store, name, n, values, error) : status;
}

/* The lightest nucleus weighs 1836 electron masses, so a mass below 500 is in u, or wrong. */
static dia_status check_molecule(const dia_store *store, const dia_molecule *molecule, dia_error *error)
{
    for (int c = 0; c < molecule->ncart; c++)
        if (!(fabs(molecule->reference[c]) < 1e6))
            return dia_error_set(
                error, DIA_ERROR_FILE,
                "%s: 'molecule/reference', coordinate %d is %g bohr; expected a geometry of a molecule",
                dia_store_path(store), c, molecule->reference[c]);
    for (int a = 0; a < molecule->natom; a++) {
        if (!(molecule->masses[a] > 0.0))
            return dia_error_set(
                error, DIA_ERROR_FILE,
                "%s: 'molecule/masses' of atom %d is %g; expected a positive number of electron masses",
                dia_store_path(store), a, molecule->masses[a]);
        if (molecule->masses[a] > 1e6) /* uranium: 4.3e5 */
            return dia_error_set(error, DIA_ERROR_FILE,
                                 "%s: 'molecule/masses' of atom %d is %g electron masses, heavier than any atom",
                                 dia_store_path(store), a, molecule->masses[a]);
        if (molecule->numbers[a] > 0 && molecule->masses[a] < 500.0)
            return dia_error_set(
                error, DIA_ERROR_FILE,
                "%s: 'molecule/masses' of atom %d (%s) is %g electron masses, lighter than any nucleus; "
                "are they in u? then say so by the attribute 'unit' of the dataset",
                dia_store_path(store), a, dia_element_symbol(molecule->numbers[a]), molecule->masses[a]);
    }
    return DIA_OK;
}

static dia_status read_molecule(const dia_store *store, FILE *notes, dia_molecule *molecule, dia_error *error)
{
    size_t dims[2];
    dia_status status = extent(store, "molecule/reference", 2, dims, error);
    if (status == DIA_OK && (dims[0] < 1 || dims[1] < 1 || dims[1] > 3))
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: 'molecule/reference' is (%zu, %zu); expected (natom, 3)",
                               dia_store_path(store), dims[0], dims[1]);
    if (status != DIA_OK)
        return status;
    int *numbers = calloc(dims[0] + 1, sizeof *numbers);
    if (numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a molecule");
    status = dia_store_read(store, "molecule/numbers", DIA_NUMBER_INT, 1, dims, numbers, error);
    if (status == DIA_OK && dia_molecule_init(molecule, (int)dims[0], (int)dims[1], numbers, error) != DIA_OK)
        status = dia_error_prefix(error, "%s: 'molecule/numbers'", dia_store_path(store));
    free(numbers);
    if (status == DIA_OK)
        status = read_in(store, notes, "molecule/masses", "electron mass", 1, dims, molecule->masses, error);
    if (status == DIA_OK)
        status = read_in(store, notes, "molecule/reference", "bohr", 2, dims, molecule->reference, error);
    return status == DIA_OK ? check_molecule(store, molecule, error) : status;
}

typedef struct blueprint { /* what the plan borrows */
    dia_molecule molecule;
    char **descriptors, **descriptor_options, *architecture, *architecture_options, *baseline;
    int *permutations, *inversions;
    bool *flags;
    double *gamma;
    char *reference_text;
    char *note; /* what is written into `notes`, heap */
    size_t note_size;
    FILE *notes;
} blueprint;

static void blueprint_free(blueprint *b)
{
    dia_molecule_free(&b->molecule);
    free(b->descriptors);
    free(b->descriptor_options);
    free(b->architecture);
    free(b->architecture_options);
    free(b->baseline);
    free(b->permutations);
    free(b->inversions);
    free(b->flags);
    free(b->gamma);
    free(b->reference_text);
    if (b->notes != NULL)
        fclose(b->notes);
    free(b->note);
}

/* `symmetry/signs`, or `symmetry/representations` in its place: numbers of n elements into b->gamma. */
static dia_status read_gamma(const dia_store *store, size_t n, blueprint *b, dia_network_plan *plan, dia_error *error)
{
    const size_t ns = (size_t)plan->nstate, dims[3] = {n, ns, ns};
    const bool matrices = dia_store_has(store, "symmetry/representations");
    const size_t all = n * ns * (matrices ? ns : 1);
    b->gamma = calloc(all + 1, sizeof *b->gamma);
    if (b->gamma == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a symmetry group");
    if (matrices) {
        plan->generators.matrices = b->gamma;
        return read_real(store, "symmetry/representations", 3, dims, b->gamma, error);
    }
    plan->generators.signs = b->gamma;
    const dia_status status = read_real(store, "symmetry/signs", 2, dims, b->gamma, error);
    for (size_t i = 0; i < all && status == DIA_OK; i++)
        if (fabs(b->gamma[i]) != 1.0)
            return dia_error_set(error, DIA_ERROR_FILE, "%s: 'symmetry/signs' holds %g; expected 1 or -1",
                                 dia_store_path(store), b->gamma[i]);
    return status;
}

static dia_status read_symmetry(const dia_store *store, blueprint *b, dia_network_plan *plan, dia_error *error)
{
    if (!dia_store_has(store, "symmetry/permutations"))
        return DIA_OK;
    size_t dims[2];
    dia_status status = extent(store, "symmetry/permutations", 2, dims, error);
    if (status != DIA_OK)
        return status;
    if (dims[1] != (size_t)plan->molecule->natom || dims[0] > DIA_SYMMETRY_MAX)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: 'symmetry/permutations' is (%zu, %zu); expected at most %d rows of %d atoms",
                             dia_store_path(store), dims[0], dims[1], DIA_SYMMETRY_MAX, plan->molecule->natom);
    b->permutations = calloc(dims[0] * dims[1] + 1, sizeof *b->permutations);
    b->inversions = calloc(dims[0] + 1, sizeof *b->inversions);
    b->flags = calloc(dims[0] + 1, sizeof *b->flags);
    if (b->permutations == NULL || b->inversions == NULL || b->flags == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a symmetry group");
    status = dia_store_read(store, "symmetry/permutations", DIA_NUMBER_INT, 2, dims, b->permutations, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "symmetry/inversions", DIA_NUMBER_INT, 1, dims, b->inversions, error);
    for (size_t g = 0; status == DIA_OK && g < dims[0]; g++) {
        b->flags[g] = b->inversions[g] != 0;
        if (b->inversions[g] != 0 && b->inversions[g] != 1)
            return dia_error_set(error, DIA_ERROR_FILE, "%s: 'symmetry/inversions' holds %d; expected 0 or 1",
                                 dia_store_path(store), b->inversions[g]);
    }
    plan->generators = (dia_generators){(int)dims[0], b->permutations, b->flags, NULL, NULL};
    return status == DIA_OK ? read_gamma(store, dims[0], b, plan, error) : status;
}

/* Options of a perceptron from `activation` and the widths of its layers. */
static dia_status read_perceptron(const dia_store *store, blueprint *b, dia_error *error)
{
    int64_t nlayer = 0;
    char *activation = NULL;
    size_t size = 0;
    dia_status status = dia_store_attribute_int(store, "", "layers", &nlayer, error);
    if (status == DIA_OK && (nlayer < 1 || nlayer > DIA_MLP_LAYERS))
        return dia_error_set(error, DIA_ERROR_FILE, "%s: attribute 'layers' is %lld; expected 1 to %d",
                             dia_store_path(store), (long long)nlayer, DIA_MLP_LAYERS);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "activation", &activation, error);
    FILE *out = status == DIA_OK ? open_memstream(&b->architecture_options, &size) : NULL;
    if (status == DIA_OK && out == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a network");
    if (status == DIA_OK) {
        fputs("activation: ", out);
        dia_option_write_text(out, activation);
        fputs("\nlayers: [", out);
    }
    for (int l = 0; l < (int)nlayer - 1 && status == DIA_OK; l++) {
        char name[64];
        size_t dims[2] = {0};
        snprintf(name, sizeof name, "layers/%d/weight", l);
        status = extent(store, name, 2, dims, error);
        fprintf(out, "%s%zu", l > 0 ? ", " : "", dims[0]);
    }
    if (out != NULL) {
        fputs("]\n", out);
        fclose(out);
    }
    free(activation);
    return status;
}

static dia_status read_architecture(const dia_store *store, blueprint *b, dia_network_plan *plan, dia_error *error)
{
    dia_status status;
    if (dia_store_has_attribute(store, "", "architecture")) {
        status = dia_store_attribute_text(store, "", "architecture", &b->architecture, error);
        if (status == DIA_OK)
            status = dia_store_attribute_text(store, "", "architecture_options", &b->architecture_options, error);
    } else
        status = read_perceptron(store, b, error);
    plan->architecture = b->architecture;
    plan->architecture_options = b->architecture_options;
    return status;
}

static dia_status read_descriptors(const dia_store *store, blueprint *b, dia_network_plan *plan, dia_error *error)
{
    size_t count[1];
    dia_status status = extent(store, "descriptors", 1, count, error);
    if (status == DIA_OK)
        status = dia_store_read_texts(store, "descriptors", count[0], &b->descriptors, error);
    if (status == DIA_OK && dia_store_has(store, "descriptor_options"))
        status = dia_store_read_texts(store, "descriptor_options", count[0], &b->descriptor_options, error);
    for (size_t i = 0; status == DIA_OK && b->descriptor_options != NULL && i < count[0]; i++)
        if (b->descriptor_options[i][0] == '\0')
            b->descriptor_options[i] = NULL; /* part of one piece of memory */
    plan->ndescriptor = status == DIA_OK ? (int)count[0] : 0;
    plan->descriptors = (const char *const *)b->descriptors;
    plan->descriptor_options = (const char *const *)b->descriptor_options;
    return status;
}

static dia_status read_plan(const dia_store *store, blueprint *b, dia_network_plan *plan, dia_error *error)
{
    int64_t nstate = 0;
    dia_status status = read_molecule(store, b->notes, &b->molecule, error);
    plan->molecule = &b->molecule;
    if (status == DIA_OK)
        status = dia_store_attribute_int(store, "", "states", &nstate, error);
    if (status == DIA_OK && (nstate < 1 || nstate > 64))
        return dia_error_set(error, DIA_ERROR_FILE, "%s: attribute 'states' is %lld; expected 1 to 64",
                             dia_store_path(store), (long long)nstate);
    plan->nstate = (int)nstate;
    if (status == DIA_OK)
        status = read_descriptors(store, b, plan, error);
    if (status == DIA_OK)
        status = read_architecture(store, b, plan, error);
    if (status == DIA_OK)
        status = read_symmetry(store, b, plan, error);
    if (status == DIA_OK && dia_store_has_attribute(store, "", "baseline"))
        status = dia_store_attribute_text(store, "", "baseline", &b->baseline, error);
    plan->baseline = b->baseline;
    if (status == DIA_OK && dia_store_has_attribute(store, "", "reference_model")) {
        status = dia_store_attribute_text(store, "", "reference_model", &b->reference_text, error);
        plan->reference_text = b->reference_text;
        plan->stored = true;
    }
    return status;
}

static dia_status check_region(const dia_store *store, dia_region *region, int64_t neighbours, dia_error *error)
{
    bool good =
        region->radius > 0.0 && isfinite(region->radius) && neighbours >= 0 && neighbours <= DIA_REGION_NEIGHBOURS;
    region->neighbours = (int)neighbours;
    for (int k = 0; k < region->npair; k++)
        good = good && region->deviation[k] > 0.0 && region->shortest[k] > 0.0 &&
               region->shortest[k] <= region->longest[k];
    for (int i = 0; i < region->ncentre * region->npair; i++)
        good = good && region->centres[i] > 0.0;
    return good ? DIA_OK
                : dia_error_set(error, DIA_ERROR_FILE,
                                "%s: the group 'region' holds impossible numbers; expected distances, deviations and a "
                                "radius larger than zero, 'shortest' no longer than 'longest', and at most %d "
                                "'neighbours'",
                                dia_store_path(store), DIA_REGION_NEIGHBOURS);
}

/* May be missing as a whole. */
static dia_status read_region(const dia_store *store, FILE *notes, dia_network *net, dia_error *error)
{
    dia_region *region = &net->region;
    size_t dims[2];
    if (!dia_store_has(store, "region/centres"))
        return DIA_OK;
    dia_status status = extent(store, "region/centres", 2, dims, error);
    const size_t np = (size_t)(net->molecule.natom * (net->molecule.natom - 1) / 2);
    if (status == DIA_OK && (dims[0] < 1 || dims[1] != np || np < 1 || net->molecule.dimension != 3))
        status = dia_error_set(error, DIA_ERROR_FILE,
                               "%s: 'region/centres' is (%zu, %zu); expected a row or more of %zu distances",
                               dia_store_path(store), dims[0], dims[1], np);
    if (status == DIA_OK)
        status = dia_region_reserve(region, net->molecule.natom, (int)dims[0], error);
    if (status == DIA_OK)
        status = read_in(store, notes, "region/centres", "bohr", 2, dims, region->centres, error);
    if (status == DIA_OK)
        status = read_in(store, notes, "region/shortest", "bohr", 1, &np, region->shortest, error);
    if (status == DIA_OK)
        status = read_in(store, notes, "region/longest", "bohr", 1, &np, region->longest, error);
    if (status == DIA_OK)
        status = read_real(store, "region/deviation", 1, &np, region->deviation, error);
    if (status == DIA_OK)
        status = dia_store_attribute_real(store, "region", "radius", &region->radius, error);
    int64_t neighbours = 0; /* missing: a file of an older program */
    if (status == DIA_OK && dia_store_has_attribute(store, "region", "neighbours"))
        status = dia_store_attribute_int(store, "region", "neighbours", &neighbours, error);
    if (status == DIA_OK)
        status = check_region(store, region, neighbours, error);
    return status == DIA_OK ? dia_region_finish(region, &net->symmetry, error) : status;
}

/* Shift and scale must not break the symmetry. */
static dia_status check_output(const dia_store *store, const dia_network *net, dia_error *error)
{
    const int np = net->shape.npacked;
    double *mean = calloc((size_t)np, sizeof *mean);
    if (mean == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a model");
    dia_images_invariant(&net->images, net->shift, mean);
    int bad = -1;
    for (int k = np - 1; k >= 0; k--)
        if (!(fabs(net->shift[k] - mean[k]) <= 1e-9 * fmax(1.0, fabs(net->shift[k]))))
            bad = k;
    free(mean);
    if (bad >= 0)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: 'output/shift' of packed element %d does not have the symmetry of the model; "
                             "expected 0 for an element that changes sign, and equal numbers within a degenerate pair",
                             dia_store_path(store), bad);
    return dia_images_scalable(&net->images, net->scale)
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_FILE,
                               "%s: 'output/scale' differs among elements that the symmetry of the model mixes; "
                               "expected one number for them",
                               dia_store_path(store));
}

/* May be missing: all states. */
static dia_status read_fitted(const dia_store *store, dia_network *net, dia_error *error)
{
    int64_t fitted = net->shape.nstate;
    if (!dia_store_has_attribute(store, "", "fitted_states"))
        return DIA_OK;
    const dia_status status = dia_store_attribute_int(store, "", "fitted_states", &fitted, error);
    if (status == DIA_OK && (fitted < 1 || fitted > net->shape.nstate))
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: attribute 'fitted_states' is %lld; expected 1 to %d ('states')",
                             dia_store_path(store), (long long)fitted, net->shape.nstate);
    net->fitted = (int)fitted;
    return status;
}

static dia_status read_numbers(const dia_store *store, FILE *notes, dia_network *net, dia_error *error)
{
    const size_t nf = (size_t)net->nfeature, np = (size_t)net->shape.npacked;
    dia_status status = read_real(store, "features/mean", 1, &nf, net->mean, error);
    if (status == DIA_OK)
        status = read_real(store, "features/deviation", 1, &nf, net->deviation, error);
    for (size_t k = 0; k < nf && status == DIA_OK; k++)
        if (!(net->deviation[k] > 0.0))
            status = dia_error_set(error, DIA_ERROR_FILE,
                                   "%s: 'features/deviation' of feature %zu is %g; expected a positive number",
                                   dia_store_path(store), k, net->deviation[k]);
    if (status == DIA_OK)
        status = read_region(store, notes, net, error);
    if (status == DIA_OK)
        status = read_in(store, notes, "output/shift", "hartree", 1, &np, net->shift, error);
    if (status == DIA_OK)
        status = read_in(store, notes, "output/scale", "hartree", 1, &np, net->scale, error);
    if (status == DIA_OK)
        status = check_output(store, net, error);
    if (status == DIA_OK && net->baseline != NULL) {
        const size_t dims[2] = {(size_t)net->baseline_rows, (size_t)net->baseline_columns};
        status = read_real(store, "baseline/numbers", 2, dims, net->baseline_numbers, error);
    }
    if (status == DIA_OK)
        status = dia_dipoles_read(&net->dipoles, store, &net->molecule, &net->symmetry, error);
    dia_matrix_block blocks[DIA_ARCHITECTURE_BLOCKS];
    const int n = net->architecture->blocks(net->body, blocks);
    int64_t stated = 0;
    if (status == DIA_OK)
        status = dia_store_attribute_int(store, "", "layers", &stated, error);
    if (status == DIA_OK && stated != n)
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: attribute 'layers' is %lld; a network of '%s' has %d here",
                               dia_store_path(store), (long long)stated, net->architecture->name, n);
    for (int l = 0; l < n && status == DIA_OK; l++) {
        char name[64];
        const size_t dims[2] = {(size_t)blocks[l].rows, (size_t)blocks[l].cols};
        snprintf(name, sizeof name, "layers/%d/weight", l);
        status = read_real(store, name, 2, dims, net->theta + blocks[l].weight, error);
        snprintf(name, sizeof name, "layers/%d/bias", l);
        if (status == DIA_OK && blocks[l].bias >= 0)
            status = read_real(store, name, 1, dims, net->theta + blocks[l].bias, error);
    }
    if (status == DIA_OK)
        dia_network_refresh(net);
    return status;
}

/* The notes that the file contains, and warnings about the file. */
static dia_status take_note(const dia_store *store, blueprint *b, dia_network *net, dia_error *error)
{
    char *written = NULL;
    dia_status status = DIA_OK;
    if (dia_store_has_attribute(store, "", "note"))
        status = dia_store_attribute_text(store, "", "note", &written, error);
    if (written != NULL) {
        char shown[2000]; /* a training writes a few lines; a page would hide what matters */
        dia_text_escape(sizeof shown, shown, strlen(written), written);
        fputs(shown, b->notes);
    }
    free(written);
    fclose(b->notes);
    b->notes = NULL;
    for (size_t n = strlen(b->note); n > 0 && b->note[n - 1] == '\n'; n--)
        b->note[n - 1] = '\0';
    if (b->note[0] != '\0') {
        net->note = b->note;
        b->note = NULL;
    }
    return status;
}

dia_status dia_network_load(dia_network *net, const dia_store *store, dia_error *error)
{
    blueprint b = {0};
    dia_network_plan plan = {0};
    b.notes = open_memstream(&b.note, &b.note_size);
    dia_status status = b.notes != NULL ? read_plan(store, &b, &plan, error)
                                        : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a model");
    if (status == DIA_OK && dia_network_init(net, &plan, error) != DIA_OK)
        status = dia_error_prefix(error, "%s", dia_store_path(store));
    else if (status == DIA_OK) {
        status = read_fitted(store, net, error);
        if (status == DIA_OK)
            status = read_numbers(store, b.notes, net, error);
        if (status == DIA_OK)
            status = take_note(store, &b, net, error);
        if (status != DIA_OK)
            dia_network_free(net);
    }
    blueprint_free(&b);
    return status;
}
