/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A network into one HDF5 file; the layout is documented in docs/model-file.md, so that it can be written from Python.
 * network_read.c reads it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "model/baseline.h"
#include "model/network.h"
#include "store/store.h"

/* The version of a file is the oldest that can read it. 1: no architecture but `mlp`, no options of descriptors; 2: no
 * baseline, no representations but signs */
enum { OLD_VERSION = 1, PLAIN_VERSION = 2 };

static dia_status write_real(dia_store *store, const char *name, size_t rows, size_t columns, const double *values,
                             const char *unit, dia_error *error)
{
    const size_t dims[2] = {rows, columns};
    return dia_store_write(store, name, DIA_NUMBER_REAL, columns > 0 ? 2 : 1, dims, values, unit, error);
}

static dia_status write_molecule(dia_store *store, const dia_molecule *molecule, dia_error *error)
{
    const size_t natom = (size_t)molecule->natom;
    dia_status status =
        dia_store_write(store, "molecule/numbers", DIA_NUMBER_INT, 1, &natom, molecule->numbers, NULL, error);
    if (status == DIA_OK)
        status = write_real(store, "molecule/masses", natom, 0, molecule->masses, "electron mass", error);
    if (status == DIA_OK)
        status = write_real(store, "molecule/reference", natom, (size_t)molecule->dimension, molecule->reference,
                            "bohr", error);
    return status;
}

static dia_status write_region(dia_store *store, const dia_region *region, dia_error *error)
{
    const size_t np = (size_t)region->npair;
    if (region->ncentre == 0)
        return DIA_OK;
    dia_status status =
        write_real(store, "region/centres", (size_t)region->ncentre, np, region->centres, "bohr", error);
    if (status == DIA_OK)
        status = write_real(store, "region/shortest", np, 0, region->shortest, "bohr", error);
    if (status == DIA_OK)
        status = write_real(store, "region/longest", np, 0, region->longest, "bohr", error);
    if (status == DIA_OK)
        status = write_real(store, "region/deviation", np, 0, region->deviation, "1", error);
    if (status == DIA_OK && region->neighbours > 0)
        status = dia_store_set_int(store, "region", "neighbours", region->neighbours, error);
    return status == DIA_OK ? dia_store_set_real(store, "region", "radius", region->radius, error) : status;
}

static dia_status write_layers(dia_store *store, const dia_network *net, dia_error *error)
{
    dia_matrix_block blocks[DIA_ARCHITECTURE_BLOCKS];
    const int n = net->architecture->blocks(net->body, blocks);
    dia_status status = dia_store_set_int(store, "", "layers", n, error);
    for (int l = 0; l < n && status == DIA_OK; l++) {
        char name[64];
        snprintf(name, sizeof name, "layers/%d/weight", l);
        status = write_real(store, name, (size_t)blocks[l].rows, (size_t)blocks[l].cols, net->theta + blocks[l].weight,
                            NULL, error);
        snprintf(name, sizeof name, "layers/%d/bias", l);
        if (status == DIA_OK && blocks[l].bias >= 0)
            status = write_real(store, name, (size_t)blocks[l].rows, 0, net->theta + blocks[l].bias, NULL, error);
    }
    return status;
}

/* A perceptron is written as it was before there were other architectures: `activation`, and the widths follow from the
 * layers. */
static dia_status write_architecture(dia_store *store, const dia_network *net, dia_error *error)
{
    if (strcmp(net->architecture->name, "mlp") != 0) {
        const dia_status status = dia_store_set_text(store, "", "architecture", net->architecture->name, error);
        return status == DIA_OK
                   ? dia_store_set_text(store, "", "architecture_options", net->architecture_options, error)
                   : status;
    }
    dia_config *config = NULL;
    dia_status status = dia_config_parse(&config, net->architecture_options, "mlp", ".", error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "", "activation",
                                    dia_node_text(dia_node_child(dia_config_root(config), "activation")), error);
    dia_config_free(config);
    return status;
}

/* *old: whether a program of version 1 can read them. */
static dia_status write_descriptors(dia_store *store, const dia_network *net, bool *old, dia_error *error)
{
    const char *names[DIA_NETWORK_DESCRIPTORS], *options[DIA_NETWORK_DESCRIPTORS];
    *old = true;
    for (int i = 0; i < net->ndescriptor; i++) {
        names[i] = net->descriptor[i].type->name;
        options[i] = net->descriptor[i].options != NULL ? net->descriptor[i].options : "";
        *old = *old && net->descriptor[i].options == NULL;
    }
    const size_t n = (size_t)net->ndescriptor;
    const dia_status status = dia_store_write_texts(store, "descriptors", n, names, error);
    return status == DIA_OK && !*old ? dia_store_write_texts(store, "descriptor_options", n, options, error) : status;
}

static dia_status write_symmetry(dia_store *store, const dia_symmetry *group, dia_error *error)
{
    const size_t n = (size_t)group->nelement, dims[2] = {n, (size_t)group->natom};
    int inversions[DIA_SYMMETRY_MAX];
    for (int g = 0; g < group->nelement; g++)
        inversions[g] = group->inversion[g];
    dia_status status =
        dia_store_write(store, "symmetry/permutations", DIA_NUMBER_INT, 2, dims, group->permutation, NULL, error);
    if (status == DIA_OK)
        status = dia_store_write(store, "symmetry/inversions", DIA_NUMBER_INT, 1, &n, inversions, NULL, error);
    if (status != DIA_OK)
        return status;
    const size_t ns = (size_t)group->nstate, cube[3] = {n, ns, ns};
    if (!group->signs)
        return dia_store_write(store, "symmetry/representations", DIA_NUMBER_REAL, 3, cube, group->gamma, NULL, error);
    double *signs = calloc(n * ns, sizeof *signs);
    if (signs == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write a symmetry group");
    for (size_t i = 0; i < n * ns; i++)
        signs[i] = group->gamma[(i / ns * ns + i % ns) * ns + i % ns];
    status = write_real(store, "symmetry/signs", n, ns, signs, NULL, error);
    free(signs);
    return status;
}

/* One dataset for each column of the history, so that a reader need not know their order. */
static dia_status write_history(dia_store *store, const dia_network_record *record, dia_error *error)
{
    static const struct {
        const char *name;
        bool whole; /* integers */
    } columns[DIA_NETWORK_HISTORY] = {
        {"history/stage", true}, {"history/iteration", true}, {"history/loss", false}, {"history/validation", false}};
    const size_t n = (size_t)record->nhistory;
    double *reals = calloc(n + 1, sizeof *reals);
    int *integers = calloc(n + 1, sizeof *integers);
    dia_status status =
        reals != NULL && integers != NULL
            ? dia_store_write_texts(store, "history/optimisers", (size_t)record->nstage, record->stages, error)
            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the history of a training");
    for (int c = 0; c < DIA_NETWORK_HISTORY && status == DIA_OK; c++) {
        for (size_t i = 0; i < n; i++) {
            reals[i] = record->history[i * DIA_NETWORK_HISTORY + (size_t)c];
            integers[i] = columns[c].whole ? (int)reals[i] : 0;
        }
        status = dia_store_write(store, columns[c].name, columns[c].whole ? DIA_NUMBER_INT : DIA_NUMBER_REAL, 1, &n,
                                 columns[c].whole ? (const void *)integers : reals, "1", error);
    }
    free(reals);
    free(integers);
    return status;
}

static dia_status write_record(dia_store *store, const dia_network *net, const dia_network_record *record,
                               dia_error *error)
{
    const struct {
        const char *name, *text;
    } texts[] = {{"level_of_theory", record->level_of_theory},
                 {"licence", record->licence},
                 {"source", record->source},
                 {"training", record->training},
                 {"found_symmetry", record->symmetry},
                 {"errors", record->errors},
                 {"labels", record->labels},
                 {"note", net->note},
                 {"data_sha256", record->data_digest}};
    dia_status status = dia_store_set_text(store, "", "program", dia_version(), error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "", "commit", dia_commit(), error);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == DIA_OK; i++)
        if (texts[i].text != NULL && texts[i].text[0] != '\0')
            status = dia_store_set_text(store, "", texts[i].name, texts[i].text, error);
    return status == DIA_OK && record->nhistory > 0 ? write_history(store, record, error) : status;
}

static dia_status write_all(dia_store *store, const dia_network *net, const dia_network_record *record,
                            dia_error *error)
{
    bool old = true;
    const size_t nf = (size_t)net->nfeature, np = (size_t)net->shape.npacked;
    dia_status status = dia_store_set_text(store, "", "format", "diabolo-model", error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "", "type", "network", error);
    if (status == DIA_OK)
        status = dia_store_set_int(store, "", "states", net->shape.nstate, error);
    if (status == DIA_OK && net->fitted < net->shape.nstate)
        status = dia_store_set_int(store, "", "fitted_states", net->fitted, error);
    if (status == DIA_OK)
        status = write_architecture(store, net, error);
    if (status == DIA_OK)
        status = write_descriptors(store, net, &old, error);
    old = old && strcmp(net->architecture->name, "mlp") == 0;
    if (status == DIA_OK)
        status = dia_store_set_int(store, "", "version",
                                   net->baseline != NULL || !net->symmetry.signs ? DIA_NETWORK_VERSION
                                   : old                                         ? OLD_VERSION
                                                                                 : PLAIN_VERSION,
                                   error);
    if (status == DIA_OK)
        status = write_molecule(store, &net->molecule, error);
    if (status == DIA_OK)
        status = write_real(store, "features/mean", nf, 0, net->mean, NULL, error);
    if (status == DIA_OK)
        status = write_real(store, "features/deviation", nf, 0, net->deviation, NULL, error);
    if (status == DIA_OK)
        status = write_region(store, &net->region, error);
    if (status == DIA_OK)
        status = write_real(store, "output/shift", np, 0, net->shift, "hartree", error);
    if (status == DIA_OK)
        status = write_real(store, "output/scale", np, 0, net->scale, "hartree", error);
    if (status == DIA_OK)
        status = write_layers(store, net, error);
    if (status == DIA_OK)
        status = write_symmetry(store, &net->symmetry, error);
    if (status == DIA_OK)
        status = dia_dipoles_write(&net->dipoles, store, error);
    if (status == DIA_OK && net->baseline != NULL)
        status = write_real(store, "baseline/numbers", (size_t)net->baseline_rows, (size_t)net->baseline_columns,
                            net->baseline_numbers, NULL, error);
    if (status == DIA_OK && net->baseline != NULL)
        status = dia_store_set_text(store, "", "baseline", net->baseline->name, error);
    if (status == DIA_OK && net->reference_text != NULL)
        status = dia_store_set_text(store, "", "reference_model", net->reference_text, error);
    if (status == DIA_OK)
        status = write_record(store, net, record, error);
    return status;
}

dia_status dia_network_save(const dia_network *net, const char *path, const dia_network_record *record,
                            dia_error *error)
{
    dia_store *store = NULL;
    dia_status status = dia_store_create(&store, path, error);
    if (status == DIA_OK)
        status = write_all(store, net, record, error);
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    dia_store_close(&store);
    return status;
}
