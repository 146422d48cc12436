/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/molecule.h"
#include "report/catalogue_data.h"
#include "report/mechanism_data.h"
#include "report/parts.h"

/* Atoms, and whether there are positions to show. */
static dia_status read_molecule(dia_content *c, dia_error *error)
{
    const dia_store *store = c->analysis->record->store;
    size_t dims[8];
    int rank = 0;
    if (!dia_store_has(store, "molecule/numbers") || !dia_store_has(store, "trajectories/position"))
        return DIA_OK;
    dia_status status = dia_store_shape(store, "trajectories/position", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    enum { MOST = 100000 };
    if (rank != 4 || dims[2] < 1 || dims[2] > MOST || (dims[3] != 1 && dims[3] != 3))
        return dia_error_set(
            error, DIA_ERROR_FILE,
            "%s: dataset 'trajectories/position' has another shape than (trajectories, samples, atoms, "
            "3 or 1); the file is damaged or was not written by diabolo run",
            dia_store_path(store));
    c->natom = (int)dims[2];
    c->dimension = (int)dims[3];
    c->numbers = dia_allocate((size_t)c->natom, sizeof *c->numbers);
    if (c->numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    const size_t natom = (size_t)c->natom;
    status = dia_store_read(store, "molecule/numbers", DIA_NUMBER_INT, 1, &natom, c->numbers, error);
    for (int i = 0; status == DIA_OK && i < c->natom; i++)
        if (dia_element_symbol(c->numbers[i]) == NULL)
            status =
                dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'molecule/numbers', entry %d: %d is no atomic number",
                              dia_store_path(store), i, c->numbers[i]);
    return status;
}

static dia_status name_molecule(dia_content *c, dia_error *error)
{
    dia_molecule molecule;
    if (c->natom == 0 || c->dimension != 3)
        return DIA_OK;
    dia_status status = dia_molecule_init(&molecule, c->natom, c->dimension, c->numbers, error);
    if (status != DIA_OK)
        return status;
    dia_molecule_formula(&molecule, sizeof c->formula, c->formula);
    dia_molecule_free(&molecule);
    return DIA_OK;
}

static void explain(dia_content *c)
{
    const char *why = "";
    if (c->dimension == 1)
        why = "This is a model system: it has coordinates, but no atoms in space to show.";
    else if (c->natom == 0)
        why = "The swarm file holds no geometries (it was flown with output.trajectories: false).";
    else if (dia_report_part_find("3dmol.js") == NULL)
        why = "This diabolo was built without the 3-D viewer (npm was not found; see docs/report.md).";
    snprintf(c->no_molecules, sizeof c->no_molecules, "%s", why);
}

static dia_status read_hops(dia_content *c, dia_error *error)
{
    const dia_record *record = c->analysis->record;
    const size_t n = (size_t)record->nhop;
    c->kinetic_before = dia_allocate(n + 1, sizeof(double));
    c->kinetic_after = dia_allocate(n + 1, sizeof(double));
    if (c->kinetic_before == NULL || c->kinetic_after == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status =
        dia_store_read(record->store, "hops/kinetic_before", DIA_NUMBER_REAL, 1, &n, c->kinetic_before, error);
    if (status == DIA_OK)
        status = dia_store_read(record->store, "hops/kinetic_after", DIA_NUMBER_REAL, 1, &n, c->kinetic_after, error);
    return status;
}

dia_status dia_content_create(dia_content *content, const dia_report_options *options, dia_error *error)
{
    *content = (dia_content){.options = options};
    dia_status status = dia_analysis_create(&content->analysis, options->swarm, &options->lifetime, error);
    if (status == DIA_OK)
        status = read_molecule(content, error);
    if (status == DIA_OK)
        status = name_molecule(content, error);
    if (status == DIA_OK)
        status = read_hops(content, error);
    const dia_record *record = status == DIA_OK ? content->analysis->record : NULL;
    if (status == DIA_OK && dia_store_has_attribute(record->store, "", "resolved"))
        status = dia_store_attribute_text(record->store, "", "resolved", &content->resolved, error);
    if (status == DIA_OK)
        status = dia_energies_create(&content->energies, record, error);
    if (status == DIA_OK)
        status = dia_stream_create(&content->stream, record, content->natom, content->dimension, content->energies.zero,
                                   options->trajectories, options->bytes, error);
    if (status == DIA_OK && options->intersections != NULL)
        status = dia_catalogue_data_read(content, error);
    if (status == DIA_OK && options->mechanism != NULL)
        status = dia_mechanism_data_read(content, error);
    if (status == DIA_OK)
        explain(content);
    else
        dia_content_free(content);
    return status;
}

void dia_content_free(dia_content *content)
{
    dia_stream_free(&content->stream);
    dia_energies_free(&content->energies);
    dia_analysis_free(content->analysis);
    dia_catalogue_free(&content->intersections);
    free(content->mechanism);
    free(content->numbers);
    free(content->resolved);
    free(content->kinetic_before);
    free(content->kinetic_after);
    *content = (dia_content){0};
}
