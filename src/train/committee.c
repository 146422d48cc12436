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
#include "train/judged.h"
#include "train/spread.h"
#include "train/voices.h"

enum { CALIBRATE_AUTOMATIC, CALIBRATE_VALIDATION, CALIBRATE_FOLDS };

typedef struct crew {
    const dia_training *whole;
    const dia_input *again;               /* of trainings after the first of a member; NULL: the same as of the first */
    dia_voices voices;                    /* which training is under way, and what it says */
    char *path[2][DIA_COMMITTEE_MEMBERS]; /* of the model files of the committee, and of the fold; owned */
    dia_judged judged[DIA_COMMITTEE_MEMBERS]; /* of the committee's own members, as kept */
    int trainings[DIA_COMMITTEE_MEMBERS];
    int *part, *points; /* (npoint) fold of each point; those that calibrate; owned */
    int npoints;
    dia_spread spread[DIA_CALIBRATED]; /* at those of the folds so far; owned    */
    char *symmetry;                    /* that the first one found; NULL; owned  */
} crew;

/* ---- a member -------------------------------------------------------------------------------- */

/* All members have the signs of states that the first has found. */
static dia_status take_symmetry(crew *all, const char *path, dia_error *error)
{
    dia_store *store = NULL;
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK && dia_store_has_attribute(store, "", "found_symmetry"))
        status = dia_store_attribute_text(store, "", "found_symmetry", &all->symmetry, error);
    dia_store_close(&store);
    return status;
}

/* One training of it: *path of its model file, heap; *judged what that says. */
static dia_status train_once(crew *all, const dia_input *input, bool fresh, const dia_control *heard, char **path,
                             dia_judged *judged, dia_error *error)
{
    static const dia_control silent = {0}; /* the data were spoken of already */
    dia_training t;
    bool complete = false;
    int n = 0;
    all->voices.begun = false;
    dia_status status =
        dia_training_open(&t, all->voices.attempt > 0 && all->again != NULL ? all->again : input, &silent, error);
    if (status == DIA_OK)
        status = dia_training_member(&t, all->voices.k, all->voices.fold, all->voices.attempt, error);
    if (status == DIA_OK && (*path = strdup(t.output)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    if (status == DIA_OK && all->symmetry != NULL && (t.found = strdup(all->symmetry)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the symmetry");
    if (status == DIA_OK)
        status = dia_training_do(&t, fresh, heard, &complete, error);
    if (status == DIA_OK)
        status = dia_judged_read(t.output, 1, judged, &n, error);
    dia_training_close(&t);
    return status;
}

/* Does it begin from a network that is known to be wrong? It would stay near it: it begins from first weights at once. */
static dia_status starts_wrong(const crew *all, bool *wrong, dia_error *error)
{
    const char *start = all->whole->settings.network.start;
    dia_judged judged[DIA_COMMITTEE_MEMBERS];
    int n = 0;
    *wrong = false;
    if (start == NULL || all->whole->settings.committee.again == 0)
        return DIA_OK;
    const dia_status status = dia_judged_read(start, DIA_COMMITTEE_MEMBERS, judged, &n, error);
    const int own = n > 1 ? all->voices.k : 0;
    *wrong = status == DIA_OK && own < n && judged[own].wrong;
    if (*wrong && all->voices.fold < 0)
        dia_control_note(all->voices.control,
                         "member %d: its network of before is wrong; it is trained from first weights", all->voices.k);
    return status;
}

/* Two members have been trained as often as they may be and no member is right: it is not for their first weights. */
static bool hopeless(const crew *all)
{
    int wrong = 0, right = 0;
    for (int k = 0; k < (all->voices.fold < 0 ? all->voices.k : all->voices.members); k++) {
        wrong += all->judged[k].wrong;
        right += !all->judged[k].wrong;
    }
    return wrong >= 2 && right == 0;
}

/* Trains it, and again while it is wrong. All that decides is in the model files of these trainings, which stay until the committee is
 * written: so a call that was killed decides the same. */
static dia_status train_member(crew *all, const dia_input *input, bool fresh, const dia_control *heard,
                               dia_error *error)
{
    const int most = hopeless(all) ? 0 : all->whole->settings.committee.again;
    char **kept = &all->path[all->voices.fold >= 0][all->voices.k], text[120];
    dia_judged best = {.wrong = true};
    bool skip = false;
    int done = 0;
    dia_status status = starts_wrong(all, &skip, error);
    for (all->voices.attempt = skip; status == DIA_OK && (done == 0 || (all->voices.attempt <= most && best.wrong));
         all->voices.attempt++) {
        dia_judged now = {0};
        char *path = NULL;
        all->voices.extra += done > 0;
        status = train_once(all, input, fresh, heard, &path, &now, error);
        if (status == DIA_OK && all->voices.fold < 0 && all->symmetry == NULL)
            status = take_symmetry(all, path, error);
        if (status == DIA_OK && (done++ == 0 || dia_judged_better(&now, &best))) {
            best = now;
            free(*kept);
            *kept = path;
            path = NULL;
        }
        free(path);
        dia_judged_text(&now, sizeof text, text);
        if (status == DIA_OK && now.wrong && all->voices.attempt < most)
            dia_control_note(all->voices.control,
                             "member %d%s: other surfaces cross than in the labels (%s): it is trained again from "
                             "other first weights",
                             all->voices.k, all->voices.fold < 0 ? "" : " of a fold", text);
    }
    if (status != DIA_OK)
        return dia_error_prefix(error, "member %d", all->voices.k);
    if (all->voices.fold < 0) {
        all->judged[all->voices.k] = best;
        all->trainings[all->voices.k] = done;
    }
    return DIA_OK;
}

/* Of members that are wrong after all their trainings. */
static void tell_wrong(const crew *all)
{
    const int n = all->whole->settings.committee.members, again = all->whole->settings.committee.again;
    char list[2000] = "", text[120];
    int wrong = 0;
    for (int k = 0; k < n; k++) {
        if (!all->judged[k].wrong)
            continue;
        dia_judged_text(&all->judged[k], sizeof text, text);
        const size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%d (%s", wrong++ > 0 ? ", " : "", k, text);
        if (all->trainings[k] > 1)
            snprintf(list + strlen(list), sizeof list - strlen(list), ", the best of %d trainings", all->trainings[k]);
        snprintf(list + strlen(list), sizeof list - strlen(list), ")");
    }
    if (wrong > 0)
        dia_control_warn(all->voices.control,
                         "in %d of %d members other surfaces cross than in the labels: member%s %s: populations of a "
                         "swarm would be wrong, whatever their energies are worth; %s",
                         wrong, n, wrong > 1 ? "s" : "", list,
                         again == 0
                             ? "`committee: {again: 2}` trains such members again from other first weights"
                             : "what may help: more labels at small gaps, more weight for couplings, other signs "
                               "in network.symmetry, more network.diabats");
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
        all->voices.folds = t->settings.committee.folds;
        dia_control_note(all->voices.control,
                         "committee: calibrated on all points, by %d further members for each of %d parts of the data "
                         "that they leave out (%d validation points are no near copies of training points); "
                         "`committee: {calibrate: validation}` saves that time",
                         t->settings.committee.members, all->voices.folds, all->npoints);
        return status == DIA_OK ? dia_training_folds(t, all->part, error) : status;
    }
    if (all->npoints == 0 && t->nvalidation > 0) {
        dia_control_warn(all->voices.control,
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
                                .trainings = fold || t->settings.committee.again == 0 ? NULL : all->trainings,
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
        if (all->part[b] == all->voices.fold)
            all->points[all->npoints++] = b;
    for (int i = 0; i < t->ntrain; i++)
        if (all->part[t->train[i]] != all->voices.fold)
            seen[nseen++] = t->train[i];
    for (int i = 0; i < t->nvalidation; i++)
        if (all->part[t->validation[i]] != all->voices.fold)
            seen[nseen++] = t->validation[i];
    dia_status status = dia_training_part(t, nseen, seen, &all->npoints, all->points, error);
    free(seen);
    if (status == DIA_OK && all->npoints == 0)
        return DIA_OK;
    if (status == DIA_OK) {
        status = dia_join_measure(spread, t->output, &plan, &t->data, t->settings.network.states, all->npoints,
                                  all->points, all->voices.control, error);
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
                    t->settings.committee.noise, all->voices.control, page, error);
}

static void remove_ours(const char *path, const char *suffix, const char *format)
{
    char *name = malloc(strlen(path) + strlen(suffix) + 1);
    if (name != NULL) {
        strcat(strcpy(name, path), suffix);
        if (dia_store_is(name, format))
            unlink(name);
    }
    free(name);
}

/* Removes the members of a fold, -1: those of the committee; of any that are there. */
static void remove_members(const dia_training *whole, int fold)
{
    for (int k = 0; k < whole->settings.committee.members; k++)
        for (int attempt = 0; attempt <= whole->settings.committee.again; attempt++) {
            char *path = dia_training_member_path(whole->output, k, fold, attempt);
            if (path != NULL) { /* one that was killed may have left what it goes on from beside what it had finished */
                remove_ours(path, "", "diabolo-model");
                remove_ours(path, ".best", "diabolo-model");
                remove_ours(path, ".checkpoint", "diabolo-training");
            }
            free(path);
        }
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
    all->voices.fold = fold;
    for (all->voices.k = 0; all->voices.k < all->whole->settings.committee.members && status == DIA_OK;
         all->voices.k++) {
        status = train_member(all, input, fresh, heard, error);
    }
    return status;
}

static dia_status train_all(crew *all, const dia_input *input, bool fresh, const dia_control *heard, dia_error *error)
{
    dia_status status = train_fold(all, -1, input, fresh, heard, error);
    if (status == DIA_OK)
        tell_wrong(all);
    for (int f = 0; f < all->voices.folds && status == DIA_OK; f++) {
        status = train_fold(all, f, input, fresh, heard, error);
        if (status == DIA_OK)
            status = measure_fold(all, error);
    }
    return status;
}

dia_status dia_committee_train(const dia_training *whole, const dia_input *input, const dia_input *again, bool fresh,
                               const dia_control *control, char **page, dia_error *error)
{
    static const dia_control none = {0};
    crew all = {.whole = whole,
                .again = again,
                .voices = {.control = control != NULL ? control : &none,
                           .members = whole->settings.committee.members,
                           .alike = whole->settings.committee.resample == 0,
                           .fold = -1}};
    const dia_control heard = dia_voices_control(&all.voices);
    dia_status status = choose_points(&all, error);
    if (status == DIA_OK)
        status = train_all(&all, input, fresh, &heard, error);
    dia_voices_tell_others(&all.voices);
    if (status == DIA_OK)
        status = join(&all, page, error);
    if (status == DIA_OK)
        dia_committee_tidy(whole);
    for (int k = 0; k < DIA_COMMITTEE_MEMBERS; k++)
        for (int fold = 0; fold < 2; fold++)
            free(all.path[fold][k]);
    dia_spread_free(all.spread);
    dia_voices_free(&all.voices);
    free(all.points);
    free(all.part);
    free(all.symmetry);
    return status;
}
