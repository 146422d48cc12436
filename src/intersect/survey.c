/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/survey.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "intersect/describe.h"
#include "intersect/space.h"
#include "parallel/team.h"

void dia_survey_free(dia_survey *survey)
{
    free(survey->ending);
    free(survey->R);
    *survey = (dia_survey){0};
}

/* ---- searching ------------------------------------------------------------------------------- */

/* The list of searches, none done yet. */
static dia_status plan(dia_survey *survey, const dia_starts *starts, const dia_survey_settings *settings,
                       dia_error *error)
{
    const size_t most = (size_t)settings->nsearch * (size_t)starts->n * (size_t)settings->nmethod;
    const size_t ncart = (size_t)starts->ncart;
    survey->ncart = starts->ncart;
    survey->ending = most < INT_MAX ? calloc(most + 1, sizeof *survey->ending) : NULL;
    if (survey->ending == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu searches", most);
    for (int s = 0; s < settings->nsearch; s++) {
        const dia_state_set states = settings->search[s];
        const int before = survey->n;
        for (int i = 0; i < starts->n; i++)
            for (int m = 0; m < settings->nmethod && dia_start_serves(&starts->start[i], states.first, states.count);
                 m++)
                survey->ending[survey->n++] =
                    (dia_search_end){.start = i, .states = states, .method = settings->method[m], .point = -1};
        if (survey->n == before) {
            char text[64];
            dia_states_text(states.first, states.count, sizeof text, text);
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "no starting geometry for %s: the swarm has no hops between these states", text);
        }
    }
    survey->R = calloc((size_t)survey->n + 1, ncart * sizeof *survey->R);
    if (survey->R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d searches", survey->n);
    for (int k = 0; k < survey->n; k++)
        memcpy(survey->R + (size_t)k * ncart, starts->R + (size_t)survey->ending[k].start * ncart,
               ncart * sizeof *survey->R);
    return DIA_OK;
}

typedef struct crew {
    dia_survey *survey;
    const dia_model *model;
    const dia_survey_settings *settings;
    const dia_control *control;
    int done, converged;
    dia_status status; /* first failure; of memory or of a request no model answers */
    dia_error *error;
} crew;

static void search_one(void *context, int task, int thread)
{
    (void)thread;
    crew *all = context;
    if (dia_control_stopped(all->control))
        return;
    dia_search_end *ending = &all->survey->ending[task];
    dia_search_options options = all->settings->convergence;
    dia_error error = {0};
    options.method = ending->method;
    const dia_status status =
        dia_search(all->model, ending->states.first, ending->states.count, &options,
                   all->survey->R + (size_t)task * (size_t)all->survey->ncart, &ending->result, &error);
    dia_team_lock();
    all->done++;
    all->converged += ending->result.converged;
    if (status != DIA_OK && all->status == DIA_OK)
        all->status = dia_error_set(all->error, status, "%s", error.text);
    char note[80];
    snprintf(note, sizeof note, "%d of %d converged", all->converged, all->done);
    dia_control_progress(
        all->control,
        &(dia_progress_state){.what = "searching", .done = all->done, .total = all->survey->n, .note = note});
    dia_team_unlock();
}

dia_status dia_survey_run(dia_survey *survey, const dia_model *model, const dia_starts *starts,
                          const dia_survey_settings *settings, const dia_control *control, dia_error *error)
{
    *survey = (dia_survey){0};
    dia_status status = plan(survey, starts, settings, error);
    if (status == DIA_OK) {
        crew all = {.survey = survey, .model = model, .settings = settings, .control = control, .error = error};
        dia_team_run(dia_team_size(dia_control_threads(control)), survey->n, search_one, &all);
        status = all.status;
        if (status == DIA_OK && dia_control_stopped(control))
            status = dia_error_set(error, DIA_ERROR_INTERRUPTED,
                                   "interrupted after %d of %d searches; nothing is written", all.done, survey->n);
    }
    if (status != DIA_OK)
        dia_survey_free(survey);
    return status;
}

/* ---- results that are too high to matter ----------------------------------------------------- */

/* The lowest energy found on S0, else that of S0 at the reference geometry; NaN if the model has none there. */
static dia_status lowest_energy(const dia_survey *survey, const dia_model *model, double *lowest, dia_error *error)
{
    *lowest = INFINITY;
    for (int k = 0; k < survey->n; k++) {
        const dia_search_end *end = &survey->ending[k];
        if (end->result.converged && end->states.first == 0 && end->states.count == 1)
            *lowest = fmin(*lowest, end->result.energy);
    }
    if (isfinite(*lowest))
        return DIA_OK;
    double *E = calloc((size_t)dia_model_shape(model).nstate, sizeof *E);
    if (E == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = dia_energies_at(model, dia_model_molecule(model)->reference, E, error);
    *lowest = E[0];
    free(E);
    return status;
}

static dia_status leave_out_highest(dia_survey *survey, const dia_model *model, double highest, dia_error *error)
{
    if (!(highest > 0))
        return DIA_OK;
    double lowest = 0.0;
    const dia_status status = lowest_energy(survey, model, &lowest, error);
    if (status != DIA_OK)
        return status;
    for (int k = 0; k < survey->n; k++) {
        dia_search_result *result = &survey->ending[k].result;
        if (!result->converged || !(result->energy - lowest > highest))
            continue;
        result->converged = false;
        snprintf(result->why, sizeof result->why,
                 "left out: %.3f eV above the lowest energy of S0, the limit is %.3f eV",
                 (result->energy - lowest) / DIA_EV, highest / DIA_EV);
    }
    return DIA_OK;
}

/* ---- distinct points ------------------------------------------------------------------------- */

typedef struct candidate {
    int ending;
    double quality; /* the largest of what is left over what is allowed: the smaller the better */
} candidate;

static int by_quality(const void *a, const void *b)
{
    const candidate *x = a, *y = b;
    return x->quality != y->quality ? (x->quality > y->quality) - (x->quality < y->quality)
                                    : (x->ending > y->ending) - (x->ending < y->ending);
}

static bool same_states(dia_state_set a, dia_state_set b)
{
    return a.first == b.first && a.count == b.count;
}

typedef struct leaders {
    int n, *ending; /* (n) the searches that lead */
} leaders;

/* The nearest leader within the tolerances, or -1. */
static int nearest_leader(const dia_survey *survey, const dia_survey_settings *settings, const leaders *own, int k)
{
    const dia_search_end *ending = &survey->ending[k];
    const size_t ncart = (size_t)survey->ncart;
    int nearest = -1;
    double least = settings->distance;
    for (int l = 0; l < own->n; l++) {
        const dia_search_end *leader = &survey->ending[own->ending[l]];
        if (!same_states(leader->states, ending->states) ||
            fabs(leader->result.energy - ending->result.energy) > settings->energy)
            continue;
        const double d = dia_match_distance(settings->match, survey->R + (size_t)own->ending[l] * ncart,
                                            survey->R + (size_t)k * ncart, NULL);
        if (d <= least) {
            least = d;
            nearest = l;
        }
    }
    return nearest;
}

/* own->ending has room for all searches. ending.point: the number of its leader, for now. */
static dia_status find_leaders(dia_survey *survey, const dia_survey_settings *settings, leaders *own, dia_error *error)
{
    candidate *good = calloc((size_t)survey->n + 1, sizeof *good);
    int ngood = 0;
    if (good == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d searches", survey->n);
    for (int k = 0; k < survey->n; k++) {
        const dia_search_result *result = &survey->ending[k].result;
        if (result->converged)
            good[ngood++] = (candidate){
                k, fmax(result->gap / settings->convergence.gap, result->gradient / settings->convergence.gradient)};
    }
    qsort(good, (size_t)ngood, sizeof *good, by_quality);
    for (int i = 0; i < ngood; i++) {
        const int k = good[i].ending;
        int leader = nearest_leader(survey, settings, own, k);
        if (leader < 0) {
            leader = own->n++;
            own->ending[leader] = k;
        }
        survey->ending[k].point = leader;
    }
    free(good);
    return DIA_OK;
}

/* ---- in order, with names -------------------------------------------------------------------- */

typedef struct ranked {
    int leader, ending;
    dia_state_set states;
    double energy;
} ranked;

static int by_states_and_energy(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->states.count != y->states.count)
        return x->states.count - y->states.count;
    if (x->states.first != y->states.first)
        return x->states.first - y->states.first;
    if (x->energy != y->energy)
        return x->energy < y->energy ? -1 : 1;
    return x->ending - y->ending;
}

static dia_status name_points(dia_catalogue *catalogue, dia_error *error)
{
    int number = 0;
    for (int i = 0; i < catalogue->npoint; i++) {
        const bool next =
            i > 0 && catalogue->first[i] == catalogue->first[i - 1] && catalogue->count[i] == catalogue->count[i - 1];
        char states[64], name[96];
        number = next ? number + 1 : 1;
        dia_states_text(catalogue->first[i], catalogue->count[i], sizeof states, states);
        snprintf(name, sizeof name, "%s-%d", states, number);
        catalogue->name[i] = strdup(name);
        catalogue->label[i] = strdup("");
        if (catalogue->name[i] == NULL || catalogue->label[i] == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d names", catalogue->npoint);
    }
    return DIA_OK;
}

/* Fills what the searches know; ending.point becomes the row of the catalogue. */
static dia_status fill(dia_survey *survey, const leaders *own, dia_catalogue *catalogue, dia_error *error)
{
    const size_t ncart = (size_t)survey->ncart;
    ranked *rank = calloc((size_t)own->n + 1, sizeof *rank);
    int *row = calloc((size_t)own->n + 1, sizeof *row);
    if (rank == NULL || row == NULL) {
        free(rank);
        free(row);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d points", own->n);
    }
    for (int l = 0; l < own->n; l++) {
        const dia_search_end *ending = &survey->ending[own->ending[l]];
        rank[l] = (ranked){l, own->ending[l], ending->states, ending->result.energy};
    }
    qsort(rank, (size_t)own->n, sizeof *rank, by_states_and_energy);
    for (int i = 0; i < own->n; i++) {
        const dia_search_end *ending = &survey->ending[rank[i].ending];
        row[rank[i].leader] = i;
        catalogue->first[i] = ending->states.first;
        catalogue->count[i] = ending->states.count;
        catalogue->method[i] = (int)ending->method;
        catalogue->gap[i] = ending->result.gap;
        catalogue->gradient[i] = ending->result.gradient;
        memcpy(catalogue->R + (size_t)i * ncart, survey->R + (size_t)rank[i].ending * ncart, ncart * sizeof(double));
    }
    for (int k = 0; k < survey->n; k++) {
        dia_search_end *ending = &survey->ending[k];
        if (ending->point < 0)
            continue;
        ending->point = row[ending->point];
        catalogue->starts[ending->point]++;
        catalogue->reached[DIA_SEARCH_METHODS * ending->point + (int)ending->method]++;
    }
    free(rank);
    free(row);
    return name_points(catalogue, error);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Most conditions of any point. */
static int most_directions(const dia_survey *survey, const dia_model *model)
{
    const dia_shape shape = dia_model_shape(model);
    int most = 0;
    for (int k = 0; k < survey->n; k++) {
        const int own = dia_block_count(survey->ending[k].states.count, dia_hermitian(&shape));
        most = own > most ? own : most;
    }
    return most;
}

dia_status dia_survey_collect(dia_survey *survey, dia_catalogue *catalogue, const dia_model *model,
                              const dia_survey_settings *settings, const dia_control *control, dia_error *error)
{
    *catalogue = (dia_catalogue){0};
    leaders own = {.ending = calloc((size_t)survey->n + 1, sizeof *own.ending)};
    if (own.ending == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d searches", survey->n);
    dia_status status = leave_out_highest(survey, model, settings->highest, error);
    if (status == DIA_OK)
        status = find_leaders(survey, settings, &own, error);
    if (status == DIA_OK)
        status = dia_catalogue_init(catalogue, dia_model_molecule(model), own.n, dia_model_shape(model).nstate,
                                    most_directions(survey, model), error);
    if (status == DIA_OK)
        status = fill(survey, &own, catalogue, error);
    free(own.ending);
    if (status == DIA_OK) {
        catalogue->model_digest = strdup(dia_model_digest(model));
        status = catalogue->model_digest != NULL ? dia_catalogue_describe(catalogue, model, control, error)
                                                 : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    }
    if (status != DIA_OK)
        dia_catalogue_free(catalogue);
    return status;
}
