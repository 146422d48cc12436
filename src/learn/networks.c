/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The committee of a round, and the swarm that one of its members flies. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/machine.h"
#include "diabolo/run.h"
#include "diabolo/train.h"
#include "learn/course.h"
#include "train/evaluate.h"

#define COMMITTEE "committee.h5"

/* ---- inputs of the calls --------------------------------------------------------------------- */

void dia_course_pairs(FILE *out, int indent, const dia_node *mapping, const char *const *without)
{
    for (int i = 0; mapping != NULL && dia_node_is_mapping(mapping) && i < dia_node_count(mapping); i++) {
        const dia_node *value;
        const char *key = dia_node_pair(mapping, i, &value);
        bool skip = false;
        for (int k = 0; without[k] != NULL; k++)
            skip = skip || strcmp(key, without[k]) == 0;
        if (skip)
            continue;
        fprintf(out, "%*s%s: ", indent, "", key);
        dia_node_write(out, value);
        fputc('\n', out);
    }
}

/* A seed of the input, or 1. */
static long seed_of(const dia_node *mapping)
{
    const dia_node *seed = mapping != NULL ? dia_node_child(mapping, "seed") : NULL;
    return seed != NULL && dia_node_text(seed) != NULL ? strtol(dia_node_text(seed), NULL, 10) : 1;
}

dia_status dia_course_train_text(const dia_course *c, int round, char **text, dia_error *error)
{
    const dia_node *train = c->settings.train, *data = dia_node_child(train, "data"),
                   *network = dia_node_child(train, "network"), *committee = dia_node_child(train, "committee");
    const struct dia_learn_continue *on = &c->settings.continued;
    const bool goes_on = on->from > 0 && round >= on->from;
    char *file = NULL, *model = NULL, *start = NULL;
    size_t size = 0;
    dia_status status = dia_course_given(c, round, "data.h5", &file, error);
    if (status == DIA_OK)
        status = dia_course_given(c, round, COMMITTEE, &model, error);
    if (status == DIA_OK && goes_on)
        status = dia_course_given(c, round - 1, COMMITTEE, &start, error);
    FILE *out = status == DIA_OK ? open_memstream(text, &size) : NULL;
    if (status == DIA_OK && out == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for an input");
    if (status == DIA_OK) {
        fputs("data:\n  file: ", out);
        dia_option_write_text(out, file);
        if (dia_node_child(data, "split") == NULL)
            fputs("\n  split: steady", out); /* groups say why a point was chosen */
        fputc('\n', out);
        dia_course_pairs(out, 2, data, (const char *const[]){"file", NULL});
        fputs("network:\n", out);
        if (dia_node_child(network, "states") == NULL)
            fprintf(out, "  states: %d\n", c->settings.engine.states);
        if (goes_on) {
            fputs("  start: ", out);
            dia_option_write_text(out, start);
            fputc('\n', out);
        }
        dia_course_pairs(out, 2, network, (const char *const[]){goes_on ? "start" : NULL, NULL});
        fputs("committee:\n", out);
        if (dia_node_child(committee, "calibrate") == NULL)
            fputs("  calibrate: validation\n", out); /* what counts is calibrated at fresh hops, by judge.c */
        if (dia_node_child(committee, "members") == NULL)
            fprintf(out, "  members: %d\n", DIA_LEARN_MEMBERS);
        dia_course_pairs(out, 2, committee, (const char *const[]){NULL});
        const bool other = goes_on && on->stages != NULL;
        if (other) {
            fputs("stages: ", out);
            dia_node_write(out, on->stages);
            fputc('\n', out);
        }
        dia_course_pairs(
            out, 0, train,
            (const char *const[]){"data", "network", "committee", "output", other ? "stages" : NULL, NULL});
        fputs("output: {file: ", out);
        dia_option_write_text(out, model);
        fputs("}\n", out);
        status = dia_text_close(out, text, error);
    }
    free(file);
    free(model);
    free(start);
    return status;
}

void dia_course_write_model(const dia_course *c, int round, const char *member, FILE *out)
{
    char *path = NULL;
    dia_error ignored = {0};
    if (dia_course_given(c, round, COMMITTEE, &path, &ignored) != DIA_OK)
        return; /* out of memory: the input lacks its model and is refused */
    fputs("model: {type: committee, file: ", out);
    dia_option_write_text(out, path);
    fprintf(out, ", member: %s}\n", member);
    free(path);
}

static dia_status swarm_text(const dia_course *c, int round, char **text, dia_error *error)
{
    const dia_node *swarm = c->settings.swarm, *initial = dia_node_child(swarm, "initial"),
                   *output = dia_node_child(swarm, "output");
    char member[24], *file = NULL;
    size_t size = 0;
    snprintf(member, sizeof member, "%d", dia_course_flown(c, round));
    dia_status status = dia_course_given(c, round, "swarm.h5", &file, error);
    FILE *out = status == DIA_OK ? open_memstream(text, &size) : NULL;
    if (status == DIA_OK && out == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for an input");
    if (status == DIA_OK) {
        dia_course_write_model(c, round, member, out);
        fprintf(out, "initial:\n  seed: %ld\n", seed_of(initial) + round);
        dia_course_pairs(out, 2, initial, (const char *const[]){"seed", NULL});
        dia_course_pairs(out, 0, swarm, (const char *const[]){"initial", "output", NULL});
        fputs("output:\n  file: ", out);
        dia_option_write_text(out, file);
        fputs("\n  trajectories: true\n", out);
        dia_course_pairs(out, 2, output, (const char *const[]){"file", "trajectories", NULL});
        status = dia_text_close(out, text, error);
    }
    free(file);
    return status;
}

/* ---- training and flying --------------------------------------------------------------------- */

dia_status dia_course_train(dia_course *c, int round, dia_error *error)
{
    char *text = NULL, *path = NULL;
    dia_train_result trained = {0};
    dia_course_say(c, "round %d", round);
    dia_status status = dia_course_path(c, round, COMMITTEE, &path, error);
    if (status == DIA_OK && !dia_course_exists(path)) {
        status = dia_course_train_text(c, round, &text, error);
        const dia_input input = {.text = text, .directory = dia_config_directory(c->config)};
        const double begun = dia_seconds();
        if (status == DIA_OK)
            status = dia_train(&input, false, &c->control, &trained, error);
        if (status == DIA_OK)
            dia_course_took(c, DIA_PART_TRAINING, c->data.n, dia_seconds() - begun);
    }
    dia_train_result_free(&trained);
    free(text);
    free(path);
    return status;
}

dia_status dia_course_committee(const dia_course *c, int round, dia_model **committee, dia_error *error)
{
    char *path = NULL;
    dia_status status = dia_course_path(c, round, COMMITTEE, &path, error);
    if (status == DIA_OK)
        status = dia_model_load(committee, path, error);
    free(path);
    return status;
}

int dia_course_flown(const dia_course *c, int round)
{
    return round % c->members;
}

dia_status dia_course_fly(dia_course *c, int round, dia_error *error)
{
    char *text = NULL, *path = NULL;
    dia_course_say(c, "round %d", round);
    dia_status status = dia_course_path(c, round, "swarm.h5", &path, error);
    if (status == DIA_OK && !dia_course_exists(path)) {
        status = swarm_text(c, round, &text, error);
        const dia_input input = {.text = text, .directory = dia_config_directory(c->config)};
        const double begun = dia_seconds();
        dia_error own = {0};
        if (status == DIA_OK)
            status = dia_run(&input, NULL, &c->control, NULL, &own);
        if (status == DIA_OK) {
            dia_course_took(c, DIA_PART_SWARM, 1.0, dia_seconds() - begun);
        } else if (status ==
                   DIA_ERROR_NUMERIC) { /* a poor network may have no minimum to start from: the next is better */
            dia_control_warn(c->outer, "round %d: no swarm: %s", round, own.text);
            status = DIA_OK;
        } else {
            (void)dia_error_set(error, status, "%s", own.text);
        }
    }
    free(text);
    free(path);
    return status;
}

/* ---- topology -------------------------------------------------------------------------------- */

static dia_status add_member(const dia_course *c, const dia_model *member, const char *labels, dia_learn_topology *t,
                             dia_error *error)
{
    char text[DIA_ERRORS_VERDICT];
    dia_errors *errors = calloc(1, sizeof *errors);
    if (errors == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the errors of a network");
    const dia_status status = dia_evaluate_errors(member, labels, &c->control, errors, error);
    if (status == DIA_OK) {
        t->least = t->members == 0 || errors->nright < t->least ? errors->nright : t->least;
        t->most = errors->nright > t->most ? errors->nright : t->most;
        t->known = errors->nknown;
        t->wrong += dia_errors_wrong(errors, sizeof text, text);
        t->members++;
    }
    free(errors);
    return status;
}

dia_status dia_course_topology(dia_course *c, int round, dia_error *error)
{
    dia_model *committee = NULL;
    char *labels = NULL;
    dia_learn_topology *t = &c->result->topology;
    *t = (dia_learn_topology){0};
    dia_course_say(c, "round %d, topology", round);
    dia_status status = dia_course_committee(c, round, &committee, error);
    if (status == DIA_OK)
        status = dia_course_path(c, round, "data.h5", &labels, error);
    for (int k = 0; status == DIA_OK && k < dia_model_members(committee); k++)
        status = add_member(c, dia_model_member(committee, k), labels, t, error);
    if (status == DIA_OK && t->wrong > 0)
        dia_control_warn(c->outer,
                         "of %d of %d members of the last committee other surfaces cross than in the labels: "
                         "populations would be wrong, whatever their energies are worth; ask for more labels at small "
                         "gaps, or for other signs in train.network.symmetry",
                         t->wrong, t->members);
    dia_model_free(committee);
    free(labels);
    return status;
}
