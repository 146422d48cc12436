/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/voices.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"

static void hear_progress(void *context, const dia_progress_state *state)
{
    dia_voices *v = context;
    const double members = v->members, n = members * (v->folds + 1) + v->extra;
    const double before = (v->fold + 1) * members + v->k + v->extra, past = before * state->total;
    char note[160];
    v->begun = true;
    if (v->control->progress == NULL)
        return;
    snprintf(note, sizeof note, "member %g/%g, %s", before + 1, n, state->note != NULL ? state->note : "");
    dia_progress_state sum = *state;
    sum.done += past;
    sum.before += past;
    sum.total *= n;
    sum.note = note;
    v->control->progress(v->control->context, &sum);
}

/* Is it to be told now? Not what was told of another training: then it is noted whose it is, too. */
static bool is_new(dia_voices *v, const char *text)
{
    const uint64_t own = v->fold < 0 ? UINT64_C(1) << v->k : 0;
    for (int i = 0; i < v->nsaid; i++)
        if (strcmp(v->said[i].text, text) == 0) {
            v->said[i].members |= own;
            return false;
        }
    if (v->nsaid < DIA_VOICES_SAYINGS && (v->said[v->nsaid].text = strdup(text)) != NULL)
        v->said[v->nsaid++].members = own;
    return true;
}

/* Whose message it is: before training all members that are taught the same points have the same. */
static void name_speaker(const dia_voices *v, size_t size, char *text)
{
    if (!v->begun && v->fold < 0 && v->k == 0 && v->attempt == 0 && v->alike)
        snprintf(text, size, "each member");
    else
        snprintf(text, size, "member %d%s", v->k, v->fold < 0 ? "" : " of a fold");
}

static void hear_warning(void *context, const char *text)
{
    dia_voices *v = context;
    char who[40];
    name_speaker(v, sizeof who, who);
    if (is_new(v, text))
        dia_control_warn(v->control, "%s: %s", who, text);
}

/* Members of folds do as those of the committee, of which all was told. */
static void hear_note(void *context, const char *text)
{
    dia_voices *v = context;
    char who[40];
    name_speaker(v, sizeof who, who);
    if (v->fold < 0 && is_new(v, text))
        dia_control_note(v->control, "%s: %s", who, text);
}

/* Of members that are taught other points: who else has what one has said. */
void dia_voices_tell_others(const dia_voices *v)
{
    for (int i = 0; i < v->nsaid && !v->alike; i++) {
        const uint64_t members = v->said[i].members, others = members & (members - 1);
        char list[300] = "";
        for (int k = 0; k < v->members && k < 64; k++)
            if ((others >> k & 1) != 0)
                snprintf(list + strlen(list), sizeof list - strlen(list), "%s %d", list[0] != '\0' ? "," : "", k);
        if (others != 0)
            dia_control_note(v->control, "the same of member%s: %.60s%s", list, v->said[i].text,
                             strlen(v->said[i].text) > 60 ? "..." : "");
    }
}

dia_control dia_voices_control(dia_voices *v)
{
    dia_control heard = *v->control;
    heard.progress = hear_progress;
    heard.warning = hear_warning;
    heard.note = hear_note;
    heard.context = v;
    return heard;
}

void dia_voices_free(dia_voices *v)
{
    for (int i = 0; i < v->nsaid; i++)
        free(v->said[i].text);
    v->nsaid = 0;
}
