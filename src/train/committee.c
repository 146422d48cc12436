/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/committee.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "model/committee.h"
#include "store/store.h"
#include "train/join.h"
#include "train/spread.h"

enum { CALIBRATE_AUTOMATIC, CALIBRATE_VALIDATION, CALIBRATE_FOLDS };

typedef struct crew {
    const dia_training *whole;
    const dia_control *control;
    int k, fold, folds; /* the member that is trained, without that part of the data (-1: with all) of so many */
    char *path[2][DIA_COMMITTEE_MEMBERS]; /* of the model files of the committee, and of the fold; owned */
    int *part, *points;                   /* (npoint) fold of each point; those that calibrate; owned */
    int npoints;
    dia_spread spread[DIA_CALIBRATED]; /* at those of the folds so far; owned    */
    char *symmetry;                    /* that the first one found; NULL; owned  */
} crew;

/* ---- one progress for all -------------------------------------------------------------------- */

static void hear_progress(void *context, const dia_progress_state *state)
{
    const crew *all = context;
    const double members = all->whole->settings.committee.members, n = members * (all->folds + 1);
    const double past = ((all->fold + 1) * members + all->k) * state->total;
    char note[160];
    if (all->control->progress == NULL)
        return;
    snprintf(note, sizeof note, "member %g/%g, %s", (all->fold + 1) * members + all->k + 1, n,
             state->note != NULL ? state->note : "");
    dia_progress_state sum = *state;
    sum.done += past;
    sum.before += past;
    sum.total *= n;
    sum.note = note;
    all->control->progress(all->control->context, &sum);
}

static void hear_warning(void *context, const char *text)
{
    const crew *all = context;
    dia_control_warn(all->control, "member %d%s: %s", all->k, all->fold < 0 ? "" : " of a fold", text);
}

/* Members of folds do as those of the committee, of which all was told. */
static void hear_note(void *context, const char *text)
{
    const crew *all = context;
    if (all->fold < 0)
        dia_control_note(all->control, "member %d: %s", all->k, text);
}

/* ---- a member -------------------------------------------------------------------------------- */

/* All members have the signs of states that the first has found. */
static dia_status take_symmetry(crew *all, dia_error *error)
{
    dia_store *store = NULL;
    dia_status status = dia_store_open(&store, all->path[0][0], error);
    if (status == DIA_OK && dia_store_has_attribute(store, "", "found_symmetry"))
        status = dia_store_attribute_text(store, "", "found_symmetry", &all->symmetry, error);
    dia_store_close(&store);
    return status;
}

static dia_status train_member(crew *all, const dia_input *input, bool fresh, const dia_control *heard,
                               dia_error *error)
{
    static const dia_control silent = {0}; /* the data were spoken of already */
    dia_training t;
    bool complete = false;
    char **path = &all->path[all->fold >= 0][all->k];
    dia_status status = dia_training_open(&t, input, &silent, error);
    if (status == DIA_OK)
        status = dia_training_member(&t, all->k, all->fold, error);
    if (status == DIA_OK && (*path = strdup(t.output)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    if (status == DIA_OK && all->symmetry != NULL && (t.found = strdup(all->symmetry)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the symmetry");
    if (status == DIA_OK)
        status = dia_training_do(&t, fresh, heard, &complete, error);
    dia_training_close(&t);
    if (status != DIA_OK)
        return dia_error_prefix(error, "member %d", all->k);
    return all->k == 0 && all->fold < 0 ? take_symmetry(all, error) : DIA_OK;
}

/* ---- where it is calibrated ------------------------------------------------------------------ */

/* Copies of training points among those that calibrate would make the limits too small for all others. */
static dia_status choose_points(crew *all, dia_error *error)
{
    enum { ENOUGH = 40 };
    const dia_training *t = all->whole;
    const size_t room = (size_t)t->data.npoint + 1;
    all->points = calloc(room, sizeof *all->points);
    all->part = calloc(room, sizeof *all->part);
    if (all->points == NULL || all->part == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to calibrate a committee");
    if (t->nvalidation > 0)
        memcpy(all->points, t->validation, (size_t)t->nvalidation * sizeof *all->points);
    all->npoints = t->nvalidation;
    dia_status status = dia_training_part(t, t->ntrain, t->train, &all->npoints, all->points, error);
    if (status != DIA_OK || t->settings.committee.calibrate == CALIBRATE_FOLDS ||
        (t->settings.committee.calibrate == CALIBRATE_AUTOMATIC && t->settings.network.start == NULL &&
         all->npoints < ENOUGH)) {
        all->folds = t->settings.committee.folds;
        dia_control_note(all->control,
                         "committee: calibrated on all points, by %d further members for each of %d parts of the data "
                         "that they leave out (%d validation points are no near copies of training points); "
                         "`committee: {calibrate: validation}` saves that time",
                         t->settings.committee.members, all->folds, all->npoints);
        return status == DIA_OK ? dia_training_folds(t, all->part, error) : status;
    }
    if (all->npoints == 0 && t->nvalidation > 0) {
        dia_control_warn(all->control,
                         "committee: all validation points are near copies of training points; it is calibrated "
                         "on them, and errors elsewhere will be larger than it says");
        all->npoints = t->nvalidation;
    }
    return status;
}

/* Of the committee, or of the members of a fold. */
static dia_committee_plan plan_of(const crew *all, bool fold)
{
    const dia_training *t = all->whole;
    return (dia_committee_plan){.n = t->settings.committee.members,
                                .members = (const char *const *)all->path[fold],
                                .training = t->text,
                                .data_digest = t->data.digest};
}

/* What the members of a fold disagree in and miss at its points. */
static dia_status measure_fold(crew *all, dia_error *error)
{
    const dia_training *t = all->whole;
    const dia_committee_plan plan = plan_of(all, true);
    dia_spread spread[DIA_CALIBRATED];
    int *seen = calloc((size_t)(t->ntrain + t->nvalidation) + 1, sizeof *seen), nseen = 0;
    if (seen == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to calibrate a committee");
    all->npoints = 0;
    for (int b = 0; b < t->data.npoint; b++)
        if (all->part[b] == all->fold)
            all->points[all->npoints++] = b;
    for (int i = 0; i < t->ntrain; i++)
        if (all->part[t->train[i]] != all->fold)
            seen[nseen++] = t->train[i];
    for (int i = 0; i < t->nvalidation; i++)
        if (all->part[t->validation[i]] != all->fold)
            seen[nseen++] = t->validation[i];
    dia_status status = dia_training_part(t, nseen, seen, &all->npoints, all->points, error);
    free(seen);
    if (status == DIA_OK && all->npoints == 0)
        return DIA_OK;
    if (status == DIA_OK) {
        status = dia_join_measure(spread, t->output, &plan, &t->data, t->settings.network.states, all->npoints,
                                  all->points, all->control, error);
        if (status == DIA_OK)
            status = dia_spread_append(all->spread, spread, error);
        dia_spread_free(spread);
    }
    return status;
}

/* ---- all ------------------------------------------------------------------------------------- */

static dia_status join(const crew *all, char **page, dia_error *error)
{
    const dia_training *t = all->whole;
    const dia_committee_plan plan = plan_of(all, false);
    if (all->spread[0].npoint > 0)
        return dia_join_calibrated(t->output, &plan, all->spread, t->settings.committee.noise, page, error);
    return dia_join(t->output, &plan, &t->data, t->settings.network.states, all->npoints, all->points,
                    t->settings.committee.noise, all->control, page, error);
}

/* Removes the members of a fold, -1: those of the committee; of any that are there. */
static void remove_members(const dia_training *whole, int fold)
{
    char *path = malloc(strlen(whole->output) + 80);
    for (int k = 0; path != NULL && k < whole->settings.committee.members; k++) {
        if (fold < 0)
            sprintf(path, "%s.member%d", whole->output, k);
        else
            sprintf(path, "%s.fold%d.member%d", whole->output, fold, k);
        if (dia_store_is(path, "diabolo-model"))
            unlink(path);
    }
    free(path);
}

void dia_committee_tidy(const dia_training *whole)
{
    for (int f = -1; f < whole->settings.committee.folds; f++)
        remove_members(whole, f);
}

static dia_status train_fold(crew *all, int fold, const dia_input *input, bool fresh, const dia_control *heard,
                             dia_error *error)
{
    dia_status status = DIA_OK;
    all->fold = fold;
    for (all->k = 0; all->k < all->whole->settings.committee.members && status == DIA_OK; all->k++) {
        free(all->path[fold >= 0][all->k]);
        all->path[fold >= 0][all->k] = NULL;
        status = train_member(all, input, fresh, heard, error);
    }
    return status;
}

static dia_status train_all(crew *all, const dia_input *input, bool fresh, const dia_control *heard, dia_error *error)
{
    dia_status status = train_fold(all, -1, input, fresh, heard, error);
    for (int f = 0; f < all->folds && status == DIA_OK; f++) {
        status = train_fold(all, f, input, fresh, heard, error);
        if (status == DIA_OK)
            status = measure_fold(all, error);
    }
    return status;
}

dia_status dia_committee_train(const dia_training *whole, const dia_input *input, bool fresh,
                               const dia_control *control, char **page, dia_error *error)
{
    static const dia_control none = {0};
    crew all = {.whole = whole, .control = control != NULL ? control : &none, .fold = -1};
    dia_control heard = *all.control;
    heard.progress = hear_progress;
    heard.warning = hear_warning;
    heard.note = hear_note;
    heard.context = &all;
    dia_status status = choose_points(&all, error);
    if (status == DIA_OK)
        status = train_all(&all, input, fresh, &heard, error);
    if (status == DIA_OK)
        status = join(&all, page, error);
    if (status == DIA_OK)
        dia_committee_tidy(whole);
    for (int k = 0; k < DIA_COMMITTEE_MEMBERS; k++)
        for (int fold = 0; fold < 2; fold++)
            free(all.path[fold][k]);
    dia_spread_free(all.spread);
    free(all.points);
    free(all.part);
    free(all.symmetry);
    return status;
}
