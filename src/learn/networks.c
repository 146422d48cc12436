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
#include "model/committee.h"
#include "store/store.h"
#include "train/committee.h"
#include "train/judged.h"

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

static long members_of(const dia_node *committee)
{
    const dia_node *members = committee != NULL ? dia_node_child(committee, "members") : NULL;
    return members != NULL && dia_node_text(members) != NULL ? strtol(dia_node_text(members), NULL, 10)
                                                             : DIA_LEARN_MEMBERS;
}

dia_status dia_course_train_text(const dia_course *c, int round, bool afresh, char **text, dia_error *error)
{
    const dia_node *train = c->settings.train, *data = dia_node_child(train, "data"),
                   *network = dia_node_child(train, "network"), *committee = dia_node_child(train, "committee");
    const struct dia_learn_continue *on = &c->settings.continued;
    const bool goes_on = !afresh && on->from > 0 && round >= on->from;
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
            fprintf(out, "  members: %ld\n", members_of(committee));
        if (dia_node_child(committee, "again") == NULL && members_of(committee) > 1)
            fprintf(out, "  again: %d\n", DIA_LEARN_AGAIN);
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

/* The member that flies: the next in turn that is not wrong. Where a swarm is there, made perhaps by a version of the program that did not
 * look at this, the one that flew. */
static int member_in_turn(const dia_course *c, int round, int n, const dia_judged *judged)
{
    dia_store *swarm = NULL;
    dia_config *config = NULL;
    char *path = NULL, *input = NULL;
    dia_error ignored = {0};
    int flown = -1;
    if (dia_course_path(c, round, "swarm.h5", &path, &ignored) == DIA_OK && dia_course_exists(path) &&
        dia_store_open(&swarm, path, &ignored) == DIA_OK &&
        dia_store_attribute_text(swarm, "", "input", &input, &ignored) == DIA_OK &&
        dia_config_parse(&config, input, path, ".", &ignored) == DIA_OK) {
        const dia_node *model = dia_node_child(dia_config_root(config), "model"),
                       *member = model != NULL ? dia_node_child(model, "member") : NULL;
        if (member != NULL && dia_node_text(member) != NULL)
            flown = (int)strtol(dia_node_text(member), NULL, 10);
    }
    dia_config_free(config);
    dia_store_close(&swarm);
    free(input);
    free(path);
    for (int i = 0; i < n && flown < 0; i++)
        if (!judged[(round + i) % n].wrong)
            flown = (round + i) % n;
    return flown >= 0 && flown < c->members ? flown : round % c->members;
}

/* round->topology and ->flown. All of it stands in the file of the committee, so that a call that goes on knows it. */
static dia_status judge_topology(const dia_course *c, int round, const char *path, dia_error *error)
{
    dia_learn_round *r = &c->result->round[round];
    dia_learn_topology *t = &r->topology;
    dia_judged judged[DIA_COMMITTEE_MEMBERS];
    *t = (dia_learn_topology){0};
    const dia_status status = dia_judged_read(path, DIA_COMMITTEE_MEMBERS, judged, &t->members, error);
    for (int i = 0; i < t->members && status == DIA_OK; i++) {
        const dia_judged *j = &judged[i];
        t->known = j->known > t->known ? j->known : t->known; /* a bootstrap may leave one out */
        t->least = i == 0 || j->right < t->least ? j->right : t->least;
        t->most = j->right > t->most ? j->right : t->most;
        t->wrong += j->wrong;
        t->trainings += j->trainings;
    }
    r->flown = member_in_turn(c, round, t->members, judged);
    return status;
}

dia_status dia_course_train(dia_course *c, int round, dia_error *error)
{
    char *text = NULL, *afresh = NULL, *path = NULL;
    dia_train_result trained = {0};
    dia_course_say(c, "round %d", round);
    dia_status status = dia_course_path(c, round, COMMITTEE, &path, error);
    if (status == DIA_OK && !dia_course_exists(path)) {
        status = dia_course_train_text(c, round, false, &text, error);
        if (status == DIA_OK)
            status = dia_course_train_text(c, round, true, &afresh, error);
        const dia_input input = {.text = text, .directory = dia_config_directory(c->config)},
                        again = {.text = afresh, .directory = dia_config_directory(c->config)};
        const double begun = dia_seconds();
        if (status == DIA_OK)
            status = dia_train_again(&input, &again, false, &c->control, &trained, error);
        if (status == DIA_OK)
            dia_course_took(c, DIA_PART_TRAINING, c->data.n, dia_seconds() - begun);
    }
    if (status == DIA_OK)
        status = judge_topology(c, round, path, error);
    dia_train_result_free(&trained);
    free(text);
    free(afresh);
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
    return c->result->round[round].flown;
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
