/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/mechanism.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "molecule/xyz.h"

typedef struct telling { /* progress of one section */
    const dia_mechanism_control *control;
    const char *what;
} telling;

static void tell(void *context, double done)
{
    const telling *now = context;
    if (now->control->progress != NULL)
        now->control->progress(now->control->context, now->what, done);
}

static bool stop(void *context)
{
    const telling *now = context;
    return now->control->stop != NULL && now->control->stop(now->control->context);
}

static dia_status open_model(dia_mechanism *m, dia_model **model, dia_error *error)
{
    const dia_mechanism_settings *s = m->settings;
    const dia_mechanism_swarm *swarm = m->swarm;
    if (s->model == NULL)
        return DIA_OK;
    dia_status status = dia_model_load(model, s->model, error);
    if (status == DIA_OK)
        status = dia_molecule_match(dia_model_molecule(*model), &swarm->molecule, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "model");
    if (swarm->model_digest == NULL || strcmp(dia_model_digest(*model), swarm->model_digest) == 0)
        return DIA_OK;
    if (!s->other_model)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "model: %s (SHA-256 %.12s...) is not the model that the swarm was flown on (%.12s...); name "
            "that one, or write `other_model: true`",
            s->model, dia_model_digest(*model), swarm->model_digest);
    snprintf(m->warning, sizeof m->warning, "the model is not the one that the swarm was flown on");
    return DIA_OK;
}

static dia_status count_hops(dia_mechanism *m, const dia_model *model, const dia_mechanism_control *control,
                             dia_error *error)
{
    const dia_mechanism_settings *s = m->settings;
    telling now = {.control = control, .what = "census"};
    const dia_census_options options = {.intersections = s->census.intersections,
                                        .assign = s->census.assign,
                                        .points = s->census.points,
                                        .limit = s->census.limit,
                                        .same = s->census.same,
                                        .other_model = s->other_model,
                                        .threads = control->threads,
                                        .progress = tell,
                                        .stop = stop,
                                        .context = &now};
    dia_status status = dia_census_make(&m->census, m->swarm, model, &options, error);
    if (status == DIA_OK && m->census.points.model_digest != NULL && m->swarm->model_digest != NULL &&
        strcmp(m->census.points.model_digest, m->swarm->model_digest) != 0)
        snprintf(m->warning, sizeof m->warning, "the intersections are not those of the model the swarm was flown on");
    return status == DIA_OK ? dia_passages_make(&m->passages, &m->census, m->swarm, error) : status;
}

/* The geometry that components refer to: of a file, or the swarm's own. */
static dia_status find_components(dia_mechanism *m, const dia_mechanism_control *control, dia_error *error)
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
        status = dia_components_make(&m->components, m->swarm, &options, control->threads, error);
    dia_xyz_free(&xyz);
    return status;
}

static dia_status find_clusters(dia_mechanism *m, const dia_mechanism_control *control, dia_error *error)
{
    const dia_mechanism_settings *s = m->settings;
    telling now = {.control = control, .what = "clusters"};
    const dia_clusters_options options = {.radius = s->clusters.radius,
                                          .hops = s->clusters.hops,
                                          .final = s->clusters.final,
                                          .threads = control->threads,
                                          .progress = tell,
                                          .stop = stop,
                                          .context = &now};
    return dia_clusters_make(&m->clusters, m->swarm, &options, error);
}

static dia_status compute(dia_mechanism *m, const dia_model *model, const dia_mechanism_control *control,
                          dia_error *error)
{
    const dia_mechanism_settings *s = m->settings;
    dia_status status = DIA_OK;
    if (s->coordinates.n > 0)
        status = dia_series_make(&m->series, m->swarm, &s->coordinates, control->threads, error);
    m->nseries = status == DIA_OK ? s->coordinates.n : 0;
    if (status == DIA_OK && s->has_census)
        status = count_hops(m, model, control, error);
    if (status == DIA_OK && s->has_modes)
        status = dia_activity_make(&m->activity, m->swarm, model, s->modes.reference, (dia_relabelling)s->modes.relabel,
                                   control->threads, error);
    if (status == DIA_OK && s->has_components)
        status = find_components(m, control, error);
    if (status == DIA_OK && s->has_clusters)
        status = find_clusters(m, control, error);
    return status;
}

dia_status dia_mechanism_create(dia_mechanism **mechanism, const dia_mechanism_settings *settings,
                                const dia_mechanism_control *control, dia_error *error)
{
    dia_mechanism *m = dia_allocate(1, sizeof *m);
    dia_model *model = NULL;
    *mechanism = NULL;
    if (m == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    m->settings = settings;
    dia_status status =
        dia_mechanism_swarm_load(&m->swarm, settings->swarm, settings->equivalence.labels.n,
                                 settings->equivalence.labels.items, settings->equivalence.mirror, error);
    if (status == DIA_OK)
        status = open_model(m, &model, error);
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

void dia_mechanism_free(dia_mechanism *mechanism)
{
    if (mechanism == NULL)
        return;
    dia_census_free(&mechanism->census);
    dia_passages_free(&mechanism->passages);
    dia_series_free(mechanism->series, mechanism->nseries);
    dia_activity_free(&mechanism->activity);
    dia_components_free(&mechanism->components);
    dia_clusters_free(&mechanism->clusters);
    dia_mechanism_swarm_free(mechanism->swarm);
    free(mechanism);
}
