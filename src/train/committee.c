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

typedef struct crew {
    const dia_training *whole;
    const dia_control *control;
    int k;                             /* the member that is trained             */
    char *path[DIA_COMMITTEE_MEMBERS]; /* of their model files; owned            */
    char *symmetry;                    /* that the first one found; NULL; owned  */
} crew;

/* ---- one progress for all -------------------------------------------------------------------- */

static void hear_progress(void *context, const dia_progress_state *state)
{
    const crew *all = context;
    const double n = all->whole->settings.committee.members, past = all->k * state->total;
    char note[160];
    if (all->control->progress == NULL)
        return;
    snprintf(note, sizeof note, "member %d/%g, %s", all->k + 1, n, state->note != NULL ? state->note : "");
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
    dia_control_warn(all->control, "member %d: %s", all->k, text);
}

static void hear_note(void *context, const char *text)
{
    const crew *all = context;
    dia_control_note(all->control, "member %d: %s", all->k, text);
}

/* ---- a member -------------------------------------------------------------------------------- */

/* All members have the signs of states that the first has found. */
static dia_status take_symmetry(crew *all, dia_error *error)
{
    dia_store *store = NULL;
    dia_status status = dia_store_open(&store, all->path[0], error);
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
    dia_status status = dia_training_open(&t, input, &silent, error);
    if (status == DIA_OK)
        status = dia_training_member(&t, all->k, error);
    if (status == DIA_OK && (all->path[all->k] = strdup(t.output)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    if (status == DIA_OK && all->symmetry != NULL && (t.found = strdup(all->symmetry)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the symmetry");
    if (status == DIA_OK)
        status = dia_training_do(&t, fresh, heard, &complete, error);
    dia_training_close(&t);
    if (status != DIA_OK)
        return dia_error_prefix(error, "member %d", all->k);
    return all->k == 0 ? take_symmetry(all, error) : DIA_OK;
}

/* ---- all ------------------------------------------------------------------------------------- */

static dia_status join(const crew *all, char **page, dia_error *error)
{
    const dia_training *t = all->whole;
    const dia_committee_plan plan = {.n = t->settings.committee.members,
                                     .members = (const char *const *)all->path,
                                     .training = t->text,
                                     .data_digest = t->data.digest};
    return dia_join(t->output, &plan, &t->data, t->settings.network.states, t->nvalidation, t->validation,
                    t->settings.committee.noise, all->control, page, error);
}

void dia_committee_tidy(const dia_training *whole)
{
    char *path = malloc(strlen(whole->output) + 40);
    for (int k = 0; path != NULL && k < whole->settings.committee.members; k++) {
        sprintf(path, "%s.member%d", whole->output, k);
        if (dia_store_is(path, "diabolo-model"))
            unlink(path);
    }
    free(path);
}

dia_status dia_committee_train(const dia_training *whole, const dia_input *input, bool fresh,
                               const dia_control *control, char **page, dia_error *error)
{
    static const dia_control none = {0};
    crew all = {.whole = whole, .control = control != NULL ? control : &none};
    const int n = whole->settings.committee.members;
    dia_control heard = *all.control;
    heard.progress = hear_progress;
    heard.warning = hear_warning;
    heard.note = hear_note;
    heard.context = &all;
    dia_status status = DIA_OK;
    for (all.k = 0; all.k < n && status == DIA_OK; all.k++)
        status = train_member(&all, input, fresh, &heard, error);
    if (status == DIA_OK)
        status = join(&all, page, error);
    for (int k = 0; k < n; k++) {
        if (status == DIA_OK)
            unlink(all.path[k]);
        free(all.path[k]);
    }
    free(all.symmetry);
    return status;
}
