/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/mechanism.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/output.h"
#include "diabolo/analyse.h"
#include "model/front.h"
#include "molecule/xyz.h"

/* The model that the input names, or, where a section needs one, the swarm's own. */
static dia_status open_model(dia_mechanism_result *m, dia_model **model, const dia_control *control, dia_error *error)
{
    const dia_mechanism_settings *s = m->settings;
    const dia_mechanism_swarm *swarm = m->swarm;
    const bool needed =
        (s->has_census && s->census.assign == DIA_ASSIGN_SEARCH) || (s->has_modes && s->modes.reference == NULL);
    if (s->model == NULL && !needed)
        return DIA_OK;
    dia_status status =
        s->model != NULL ? dia_model_load(model, s->model, error) : dia_model_of_result(model, s->swarm, NULL, error);
    if (status == DIA_OK)
        status = dia_molecule_match(dia_model_molecule(*model), &swarm->molecule, error);
    if (status == DIA_OK) /* the masses of the swarm */
        status = dia_model_set_masses(*model, swarm->molecule.masses, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "model");
    m->model_files = dia_model_files_text(*model);
    if (m->model_files == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the files of the model");
    if (swarm->model_digest == NULL || strcmp(dia_model_digest(*model), swarm->model_digest) == 0)
        return DIA_OK;
    if (!s->other_model)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "model: %s (SHA-256 %.12s...) is not the model that the swarm was flown on (%.12s...); name "
            "that one, or write `other_model: true`",
            s->model, dia_model_digest(*model), swarm->model_digest);
    dia_control_warn(control, "the model is not the one that the swarm was flown on");
    return DIA_OK;
}

static dia_status count_hops(dia_mechanism_result *m, const dia_model *model, const dia_control *control,
                             dia_error *error)
{
    dia_status status = dia_census_make(&m->census, m->swarm, model, m->settings, control, error);
    if (status == DIA_OK && m->census.points.model_digest != NULL && m->swarm->model_digest != NULL &&
        strcmp(m->census.points.model_digest, m->swarm->model_digest) != 0)
        dia_control_warn(control, "the intersections are not those of the model the swarm was flown on");
    return status == DIA_OK ? dia_passages_make(&m->passages, &m->census, m->swarm, error) : status;
}

/* The geometry that components refer to: of a file, or the swarm's own. */
static dia_status find_components(dia_mechanism_result *m, const dia_control *control, dia_error *error)
{
    const dia_mechanism_settings *s = m->settings;
    dia_components_options options = {.weighting = (dia_weighting)s->components.weighting,
                                      .from = s->components.from / DIA_FEMTOSECOND,
                                      .to = s->components.to > 0 ? s->components.to / DIA_FEMTOSECOND : -1,
                                      .count = s->components.count,
                                      .reference = m->swarm->molecule.reference,
                                      .relabel = (dia_relabelling)s->components.relabel};
    dia_xyz xyz = {0};
    dia_status status = DIA_OK;
    if (s->components.reference != NULL) {
        status = dia_xyz_read_for(&xyz, &m->swarm->molecule, s->components.reference, error);
        if (status != DIA_OK)
            dia_error_prefix(error, "components.reference");
        options.reference = xyz.R;
    }
    if (status == DIA_OK)
        status = dia_components_make(&m->components, m->swarm, &options, dia_control_threads(control), error);
    dia_xyz_free(&xyz);
    return status;
}

static dia_status compute(dia_mechanism_result *m, const dia_model *model, const dia_control *control, dia_error *error)
{
    const dia_mechanism_settings *s = m->settings;
    dia_status status = DIA_OK;
    if (s->coordinates.n > 0)
        status = dia_series_make(&m->series, m->swarm, &s->coordinates, dia_control_threads(control), error);
    m->nseries = status == DIA_OK ? s->coordinates.n : 0;
    if (status == DIA_OK && s->has_census)
        status = count_hops(m, model, control, error);
    if (status == DIA_OK && s->has_modes)
        status = dia_activity_make(&m->activity, m->swarm, model, s->modes.reference, (dia_relabelling)s->modes.relabel,
                                   dia_control_threads(control), error);
    if (status == DIA_OK && s->has_components)
        status = find_components(m, control, error);
    if (status == DIA_OK && s->has_clusters)
        status = dia_clusters_make(&m->clusters, m->swarm, &s->clusters, control, error);
    return status;
}

/* Does any section compare geometries with exchanged atoms? */
static bool needs_match(const dia_mechanism_settings *s)
{
    bool folded = false;
    for (int i = 0; i < s->coordinates.n; i++)
        folded = folded || ((const dia_coordinate_setting *)s->coordinates.items)[i].fold != DIA_FOLD_NONE;
    return folded || s->has_census || s->has_clusters || (s->has_modes && s->modes.relabel != (int)DIA_RELABEL_NEVER) ||
           (s->has_components && s->components.relabel != (int)DIA_RELABEL_NEVER);
}

dia_status dia_mechanism_create(dia_mechanism_result **mechanism, const dia_mechanism_settings *settings,
                                const dia_control *control, dia_error *error)
{
    dia_mechanism_result *m = dia_allocate(1, sizeof *m);
    dia_model *model = NULL;
    *mechanism = NULL;
    if (m == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    m->settings = settings;
    dia_status status = dia_mechanism_swarm_load(&m->swarm, settings->swarm,
                                                 settings->equivalence.distinct ? -1 : settings->equivalence.labels.n,
                                                 settings->equivalence.labels.items, error);
    if (status == DIA_OK && needs_match(settings))
        status = dia_mechanism_swarm_match(m->swarm, settings->equivalence.mirror, error);
    if (status == DIA_OK)
        status = open_model(m, &model, control, error);
    if (status == DIA_OK)
        status = compute(m, model, control, error);
    dia_model_free(model);
    if (status != DIA_OK) {
        dia_mechanism_free(m);
        return status;
    }
    *mechanism = m;
    return DIA_OK;
}

void dia_mechanism_free(dia_mechanism_result *mechanism)
{
    if (mechanism == NULL)
        return;
    free(mechanism->model_files);
    dia_census_free(&mechanism->census);
    dia_passages_free(&mechanism->passages);
    dia_series_free(mechanism->series, mechanism->nseries);
    dia_activity_free(&mechanism->activity);
    dia_components_free(&mechanism->components);
    dia_clusters_free(&mechanism->clusters);
    dia_mechanism_swarm_free(mechanism->swarm);
    free(mechanism);
}

/* ---- a whole input --------------------------------------------------------------------------- */

/* FILE.h5 -> FILE-clusters.xyz, on the heap. */
static char *clusters_path(const dia_mechanism_settings *settings)
{
    const char *file = settings->output.file, *dot = strrchr(file, '.'), *slash = strrchr(file, '/');
    if (settings->clusters.file != NULL)
        return strdup(settings->clusters.file);
    const size_t stem = dot != NULL && (slash == NULL || dot > slash) ? (size_t)(dot - file) : strlen(file),
                 size = strlen(file) + 20;
    char *path = malloc(size);
    if (path != NULL)
        snprintf(path, size, "%.*s-clusters.xyz", (int)stem, file);
    return path;
}

static dia_status check_outputs(const dia_mechanism_settings *s, const char *input, const char *clusters,
                                dia_error *error)
{
    const char *const inputs[] = {input,
                                  s->swarm,
                                  s->model,
                                  s->has_census ? s->census.intersections : NULL,
                                  s->has_modes ? s->modes.reference : NULL,
                                  s->has_components ? s->components.reference : NULL,
                                  s->output.file};
    enum { INPUTS = sizeof inputs / sizeof inputs[0] };
    const dia_claim file = {.path = s->output.file,
                            .key = "output.file",
                            .what = "a file of `diabolo mechanism`",
                            .ours = dia_store_is,
                            .mark = DIA_MECHANISM_FORMAT},
                    xyz = {
                        .path = clusters, .key = "clusters.file", .what = "geometries of clusters", .mark = " weight="};
    dia_status status = dia_output_check(&file, INPUTS - 1, inputs, error);
    if (status == DIA_OK && s->has_clusters)
        status = dia_output_check(&xyz, INPUTS, inputs, error);
    return status;
}

static dia_status write_files(const dia_mechanism_result *m, const dia_config *config, const char *clusters,
                              const dia_control *control, dia_error *error)
{
    const dia_mechanism_settings *s = m->settings;
    dia_status status = dia_mechanism_write_file(m, dia_config_text(config), s->output.file, error);
    if (status == DIA_OK)
        dia_control_note(control, "written: %s", s->output.file);
    if (status != DIA_OK || m->clusters.nset == 0 || m->swarm->molecule.dimension != 3)
        return status;
    status = dia_clusters_write_xyz(&m->clusters, m->swarm, s->clusters.most, clusters, error);
    if (status == DIA_OK)
        dia_control_note(control, "written: %s", clusters);
    return status;
}

static dia_status make(dia_config *config, const char *input, const dia_control *control, char **page, char **json,
                       dia_error *error)
{
    dia_mechanism_settings settings;
    dia_mechanism_result *m = NULL;
    size_t size = 0;
    dia_status status = dia_mechanism_settings_read(&settings, config, error);
    char *clusters = status == DIA_OK ? clusters_path(&settings) : NULL;
    if (status == DIA_OK && clusters == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    if (status == DIA_OK)
        status = check_outputs(&settings, input, clusters, error);
    if (status == DIA_OK)
        status = dia_mechanism_create(&m, &settings, control, error);
    if (status == DIA_OK)
        status = write_files(m, config, clusters, control, error);
    if (status == DIA_OK && page != NULL) {
        FILE *out = open_memstream(page, &size);
        if (out != NULL)
            dia_mechanism_write_text(m, out);
        status = dia_text_close(out, page, error);
    }
    if (status == DIA_OK && json != NULL) {
        FILE *out = open_memstream(json, &size);
        if (out != NULL)
            dia_mechanism_write_json(m, out);
        status = dia_text_close(out, json, error);
    }
    dia_mechanism_free(m);
    free(clusters);
    return status;
}

dia_status dia_mechanism(const dia_input *input, const dia_control *control, char **page, char **json, dia_error *error)
{
    dia_config *config = NULL;
    if (page != NULL)
        *page = NULL;
    if (json != NULL)
        *json = NULL;
    dia_status status = dia_config_open(&config, input, "output.file", error);
    if (status == DIA_OK)
        status = make(config, input->path, control, page, json, error);
    dia_config_free(config);
    if (status != DIA_OK && page != NULL) {
        free(*page);
        *page = NULL;
    }
    return status;
}
