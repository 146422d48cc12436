/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "train/training_run.h"

/* Text of a JSON object that `write` fills, heap; NULL: out of memory. */
static char *json_text(const dia_training *t, void (*write)(const dia_training *t, dia_json *json))
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (out == NULL)
        return NULL;
    dia_json json = {.out = out};
    dia_json_object(&json, NULL);
    write(t, &json);
    dia_json_end(&json);
    fclose(out);
    return text;
}

static void write_errors(const dia_training *t, dia_json *json)
{
    static const char *const names[] = {"training", "validation"};
    for (int i = 0; i < (t->nvalidation > 0 ? 2 : 1); i++) {
        dia_json_object(json, names[i]);
        dia_errors_json(&t->errors[i], json);
        dia_dipole_errors_json(&t->dipoles[i], json);
        dia_json_end(json);
    }
}

static void write_labels(const dia_training *t, dia_json *json)
{
    const dia_label_count count = dia_dataset_count(&t->data, t->ntrain, t->train);
    dia_label_count_json(&count, json);
}

/* The model as it is now; measured: its errors are known. */
dia_status dia_run_write_model(dia_run *r, const char *path, bool measured, dia_error *error)
{
    dia_training *t = r->t;
    char *errors = measured ? json_text(t, write_errors) : NULL, *labels = json_text(t, write_labels);
    const char *stages[DIA_TRAINING_STAGES];
    for (int i = 0; i < t->settings.nstage; i++)
        stages[i] = t->settings.stage[i].type->name;
    const dia_network_record record = {.level_of_theory = t->data.level_of_theory,
                                       .licence = t->data.licence,
                                       .source = t->data.source,
                                       .training = t->text,
                                       .symmetry = t->found,
                                       .errors = errors,
                                       .labels = labels,
                                       .data_digest = t->data.digest,
                                       .nstage = t->settings.nstage,
                                       .stages = stages,
                                       .nhistory = (int)r->at.history.n,
                                       .history = r->at.history.row};
    dia_status status = (errors != NULL || !measured) && labels != NULL
                            ? dia_network_save(t->network, path, &record, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the report of errors");
    free(errors);
    free(labels);
    return status;
}

/* The notes of the model and one more sentence, heap. */
static char *longer_note(const dia_training *t, const char *text)
{
    const char *old = t->network->note != NULL ? t->network->note : "";
    const size_t room = strlen(old) + strlen(text) + 2;
    char *note = malloc(room);
    if (note != NULL)
        snprintf(note, room, "%s%s%s", old, old[0] != '\0' ? "\n" : "", text);
    return note;
}

/* Couplings at small gaps and intersections that are not those of the data are called so in the model file, for its
 * users. */
dia_status dia_run_note_topology(dia_run *r, dia_error *error)
{
    dia_training *t = r->t;
    char text[DIA_ERRORS_VERDICT];
    if (!dia_errors_wrong(&t->errors[0], sizeof text, text) && !dia_errors_wrong(&t->errors[1], sizeof text, text))
        return DIA_OK;
    if (t->member < 0) /* of members committee.c tells */
        dia_control_warn(r->control, "%s: %s", t->output, text);
    char *note = longer_note(t, text);
    if (note == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a note");
    free(t->network->note);
    t->network->note = note;
    return DIA_OK;
}

/* The best model so far, for those who want to look at it while the training runs. */
dia_status dia_run_write_best(dia_run *r, dia_error *error)
{
    dia_training *t = r->t;
    char text[120], *note = t->network->note;
    if (!isfinite(t->best_value))
        return DIA_OK;
    snprintf(text, sizeof text, "the best model so far of a training that was not finished (stage %d of %d)",
             r->at.stage + 1, t->settings.nstage);
    t->network->note = longer_note(t, text);
    memcpy(r->own, t->network->theta, sizeof *r->own * (size_t)r->problem.ntheta);
    dia_run_set_theta(r, t->best);
    const dia_status status = dia_run_write_model(r, t->partial, false, error);
    dia_run_set_theta(r, r->own);
    free(t->network->note);
    t->network->note = note;
    return status;
}
