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

/* Atoms, if there are positions to show, and their formula. */
static dia_status name_molecule(dia_content *c, dia_error *error)
{
    const dia_swarm *swarm = c->analysis->record->swarm;
    dia_molecule molecule;
    if (dia_swarm_row_size(swarm, "trajectories/position") == 0)
        return DIA_OK;
    c->natom = swarm->natom;
    c->dimension = swarm->dimension;
    if (c->dimension != 3)
        return DIA_OK;
    dia_status status = dia_swarm_molecule(swarm, &molecule, error);
    if (status == DIA_OK)
        dia_molecule_formula(&molecule, sizeof c->formula, c->formula);
    dia_molecule_free(&molecule);
    return status;
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

dia_status dia_content_create(dia_content *content, const dia_report_options *options, dia_error *error)
{
    *content = (dia_content){.options = options};
    dia_status status = dia_analysis_create(&content->analysis, options->swarm, &options->lifetime, error);
    if (status == DIA_OK)
        status = name_molecule(content, error);
    const dia_record *record = status == DIA_OK ? content->analysis->record : NULL;
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
    *content = (dia_content){0};
}
