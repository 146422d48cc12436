/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/content.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "diabolo/molecule.h"
#include "report/catalogue_data.h"
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

bool dia_content_is_exact(const dia_content *content)
{
    return content->analysis->record->swarm == NULL;
}

static void explain(dia_content *c)
{
    const char *why = "";
    if (dia_content_is_exact(c))
        why = "This is exact dynamics: there are no trajectories.";
    else if (c->dimension == 1)
        why = "This is a model system: it has coordinates, but no atoms in space to show.";
    else if (c->natom == 0)
        why = "The swarm file holds no geometries (it was flown with output.trajectories: false).";
    else if (dia_report_part_find("3dmol.js") == NULL)
        why = "This diabolo was built without the 3-D viewer (npm was not found; see docs/report.md).";
    snprintf(c->no_molecules, sizeof c->no_molecules, "%s", why);
}

/* Bytes of a row of the page's tables at most, of a sample in a series. */
enum { TRAJECTORY_BYTES = 110, HOP_BYTES = 75, SAMPLE_BYTES = 20 };

/* Series against time, each of them one of 1 + n groups at most. */
static size_t series_of_study(const dia_study *study, size_t n)
{
    size_t series = 0;
    if (study == NULL)
        return 0;
    for (int i = 0; i < study->nscheme; i++)
        series += 1 + 2 * (size_t)study->scheme[i].fit.scheme.nspecies;
    return series + 1 + 10 * (n + (size_t)study->ngroup) + 15 * (n + (size_t)study->ndiabatic_group);
}

static size_t series_of_mechanism(const dia_mechanism_file *m, size_t n)
{
    return (size_t)m->passages.nboundary * (size_t)m->passages.ncolumn + 6 * (size_t)m->nseries +
           (m->has_modes ? 16 : 0) + (m->has_components ? 6 * (n + 2) : 0);
}

/* More samples than a screen has columns cannot be seen; a small page has fewer: its series take a quarter of it. Every
 * series of the page has the same ones. */
static int samples_of_page(const dia_content *content, size_t bytes)
{
    enum { FEWEST = 200, MOST = 4000 };
    const size_t n = (size_t)content->analysis->record->nstate,
                 series = 7 * n + 21 + series_of_study(content->analysis->study, n) +
                          series_of_mechanism(&content->mechanism, n),
                 room = bytes / 4 / (series * SAMPLE_BYTES);
    return room < FEWEST ? FEWEST : room > MOST ? MOST : (int)room;
}

dia_status dia_content_fill(dia_content *content, size_t bytes, dia_error *error)
{
    const dia_record *r = content->analysis->record;
    const size_t rows = bytes / 3 / TRAJECTORY_BYTES, hops = bytes / 3 / HOP_BYTES;
    content->listed = rows < (size_t)r->ntrajectory ? (int)rows : r->ntrajectory;
    for (; content->nhop < r->nhop && r->hop_row[content->nhop] < content->listed; content->nhop++)
        if ((size_t)content->nhop >= hops) { /* hops are sorted by trajectory: the lists end before this one */
            content->listed = r->hop_row[content->nhop];
            while (content->nhop > 0 && r->hop_row[content->nhop - 1] >= content->listed)
                content->nhop--;
            break;
        }
    const size_t lists = (size_t)content->listed * TRAJECTORY_BYTES + (size_t)content->nhop * HOP_BYTES;
    const int limit =
        content->options->trajectories < content->listed ? content->options->trajectories : content->listed;
    dia_stream_free(&content->stream);
    dia_status status =
        dia_stream_create(&content->stream, r, content->natom, content->dimension, content->energies.zero,
                          content->most, limit, lists < bytes ? (bytes - lists) / 4 * 3 : 0, error); /* base64 */
    content->stream.wanted =
        content->options->trajectories < r->ntrajectory ? content->options->trajectories : r->ntrajectory;
    return status;
}

/* The files beside the swarm. */
static dia_status gather_others(dia_content *content, dia_error *error)
{
    const dia_report_options *options = content->options;
    const dia_record *record = content->analysis->record;
    dia_status status = DIA_OK;
    if (options->intersections != NULL)
        status = dia_catalogue_data_read(content, error);
    if (status == DIA_OK && options->mechanism != NULL)
        status = dia_mechanism_file_read(&content->mechanism, record, options->mechanism, error);
    if (status == DIA_OK && options->mechanism != NULL)
        status = dia_maps_create(&content->maps, &content->mechanism, options->bytes / 6, error);
    if (status == DIA_OK)
        status = dia_trust_create(&content->trust, record, options->check, error);
    return status;
}

static dia_status gather_trajectories(dia_content *content, dia_error *error)
{
    const dia_record *record = content->analysis->record;
    dia_status status = name_molecule(content, error);
    if (status == DIA_OK)
        status = dia_energies_create(&content->energies, record, error);
    if (status == DIA_OK)
        status = gather_others(content, error);
    content->most = samples_of_page(content, content->options->bytes);
    if (status == DIA_OK) /* which channels there are; no trajectory yet */
        status = dia_stream_create(&content->stream, record, content->natom, content->dimension, content->energies.zero,
                                   content->most, 0, 0, error);
    return status;
}

static dia_status gather_exact(dia_content *content, dia_error *error)
{
    const dia_report_options *options = content->options;
    const char *what = options->intersections != NULL ? "intersections"
                       : options->mechanism != NULL   ? "mechanism"
                       : options->check != NULL       ? "check"
                                                      : NULL;
    if (what != NULL)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: of exact dynamics, which has no trajectories; --%s is for the page of a swarm",
                             options->swarm, what);
    content->most = samples_of_page(content, options->bytes);
    return dia_energies_of_exact(&content->energies, content->analysis->exact->result.record, error);
}

dia_status dia_content_create(dia_content *content, const dia_report_options *options, dia_error *error)
{
    *content = (dia_content){.options = options};
    const dia_analyse_flags flags = {.exact = options->exact,
                                     .plain = options->analysis == NULL && options->nscheme == 0,
                                     .nscheme = options->nscheme,
                                     .scheme = options->scheme};
    dia_status status =
        dia_analysis_make(&content->analysis, options->analysis, options->swarm, &flags, options->control, error);
    if (status == DIA_OK && options->nmember > 1)
        status = dia_band_create(&content->band, options->nmember, options->members, options->control, error);
    if (status == DIA_OK)
        status = dia_content_is_exact(content) ? gather_exact(content, error) : gather_trajectories(content, error);
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
    dia_band_free(&content->band);
    dia_analysis_free(content->analysis);
    dia_catalogue_free(&content->intersections);
    dia_mechanism_file_free(&content->mechanism);
    dia_maps_free(&content->maps);
    dia_trust_free(&content->trust);
    *content = (dia_content){0};
}
