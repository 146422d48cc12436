/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/committee.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/network.h"

typedef struct writing {
    dia_store *store;
    const dia_committee_plan *plan;
    int n; /* members so far */
} writing;

/* Is it a model file of that type? */
static dia_status type_of(const dia_store *file, bool *committee, dia_error *error)
{
    char *type = NULL;
    dia_status status = dia_store_expect(file, "diabolo-model", DIA_MODEL_VERSION, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(file, "", "type", &type, error);
    *committee = status == DIA_OK && strcmp(type, "committee") == 0;
    if (status == DIA_OK && !*committee && strcmp(type, "network") != 0)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: a model of type '%s'; members of a committee are networks",
                               dia_store_path(file), type);
    free(type);
    return status;
}

/* What a file says of its data; training: and of how all its members were trained. */
static dia_status copy_texts(const writing *w, const dia_store *file, bool training, dia_error *error)
{
    static const char *const names[] = {"level_of_theory", "licence",  "source",     "errors",
                                        "labels",          "training", "data_sha256"};
    const size_t n = sizeof names / sizeof names[0] - (training ? 0 : 2);
    dia_status status = DIA_OK;
    for (size_t i = 0; i < n && status == DIA_OK; i++) {
        char *text = NULL;
        if (!dia_store_has_attribute(file, "", names[i]))
            continue;
        status = dia_store_attribute_text(file, "", names[i], &text, error);
        if (status == DIA_OK)
            status = dia_store_set_text(w->store, "", names[i], text, error);
        free(text);
    }
    return status;
}

static dia_status copy_member(writing *w, const dia_store *network, int trainings, dia_error *error)
{
    char name[40];
    if (w->n >= DIA_COMMITTEE_MEMBERS)
        return dia_error_set(error, DIA_ERROR_INPUT, "a committee has at most %d members", DIA_COMMITTEE_MEMBERS);
    dia_status status = w->n == 0 ? copy_texts(w, network, false, error) : DIA_OK;
    snprintf(name, sizeof name, "member/%d", w->n++);
    if (status == DIA_OK)
        status = dia_store_copy(w->store, name, network, error);
    return status == DIA_OK && trainings > 0 ? dia_store_set_int(w->store, name, "trainings", trainings, error)
                                             : status;
}

/* A network, or the members of a committee. */
static dia_status copy_file(writing *w, int i, dia_error *error)
{
    const char *path = w->plan->members[i];
    dia_store *file = NULL, *view = NULL;
    bool committee = false;
    dia_status status = dia_store_open(&file, path, error);
    if (status == DIA_OK)
        status = type_of(file, &committee, error);
    if (status == DIA_OK && committee && w->plan->n == 1)
        status = copy_texts(w, file, true, error);
    if (status == DIA_OK && !committee)
        status = copy_member(w, file, w->plan->trainings != NULL ? w->plan->trainings[i] : 0, error);
    for (int k = 0; status == DIA_OK && committee; k++) {
        char name[40];
        snprintf(name, sizeof name, "member/%d", k);
        if (!dia_store_has(file, name))
            break;
        status = dia_store_group(&view, file, name, error);
        if (status == DIA_OK)
            status = copy_member(w, view, 0, error);
        dia_store_close(&view);
    }
    dia_store_close(&file);
    return status;
}

static dia_status copy_distilled(const writing *w, dia_error *error)
{
    dia_store *file = NULL;
    bool committee = false;
    dia_status status = dia_store_open(&file, w->plan->distilled, error);
    if (status == DIA_OK)
        status = type_of(file, &committee, error);
    if (status == DIA_OK && committee)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: is a committee; expected one network", w->plan->distilled);
    if (status == DIA_OK)
        status = dia_store_copy(w->store, "distilled", file, error);
    dia_store_close(&file);
    return status;
}

static dia_status write_root(const writing *w, dia_error *error)
{
    const dia_committee_plan *plan = w->plan;
    const struct {
        const char *name, *text;
    } texts[] = {{"format", "diabolo-model"},       {"type", "committee"},        {"program", dia_version()},
                 {"commit", dia_commit()},          {"training", plan->training}, {"errors", plan->errors},
                 {"data_sha256", plan->data_digest}};
    dia_status status = dia_store_set_int(w->store, "", "version", DIA_COMMITTEE_VERSION, error);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == DIA_OK; i++)
        if (texts[i].text != NULL)
            status = dia_store_set_text(w->store, "", texts[i].name, texts[i].text, error);
    if (status == DIA_OK)
        status = dia_store_set_int(w->store, "", "members", w->n, error);
    return status == DIA_OK ? dia_calibration_write(plan->calibration, w->store, error) : status;
}

dia_status dia_committee_write(const char *path, const dia_committee_plan *plan, dia_error *error)
{
    writing w = {.plan = plan};
    dia_status status = dia_store_create(&w.store, path, error);
    for (int i = 0; i < plan->n && status == DIA_OK; i++)
        status = copy_file(&w, i, error);
    if (status == DIA_OK && plan->distilled != NULL)
        status = copy_distilled(&w, error);
    if (status == DIA_OK)
        status = write_root(&w, error);
    if (status == DIA_OK)
        status = dia_store_commit(&w.store, error);
    dia_store_close(&w.store);
    return status;
}
