/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/learn.h"

#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/machine.h"
#include "learn/course.h"
#include "parallel/team.h"

/* Why to end after this round; "": there is to be another. */
static void reason(const dia_course *c, int round, size_t size, char *why)
{
    const struct dia_learn_criterion *s = &c->settings.criterion;
    const dia_learn_round *r = &c->result->round[round];
    const dia_learn_topology *t = &r->topology;
    why[0] = '\0';
    if (r->met)
        snprintf(why, size, "the criterion is met: the committee of round %d was right at fresh hops", round - 1);
    else if (r->total >= s->labels)
        snprintf(why, size, "criterion.labels: %d labels without meeting the criterion", r->total);
    else if (round >= s->rounds)
        snprintf(why, size, "criterion.rounds: %d rounds without meeting the criterion", round);
    else if (s->hours > 0.0 && dia_seconds() - c->begun > 3600.0 * s->hours)
        snprintf(why, size, "criterion.hours: %.3g hours without meeting the criterion", s->hours);
    if (why[0] != '\0' && r->right && !r->met)
        snprintf(why + strlen(why), size - strlen(why),
                 "; the errors are within its limits, but in %d of %d members other surfaces cross than in the labels",
                 t->wrong, t->members);
}

/* Members that are wrong after all their trainings: what can be done. */
static void warn_of_wrong(const dia_course *c)
{
    const dia_learn_topology *t = &c->result->round[c->result->nround - 1].topology;
    if (t->wrong > 0)
        dia_control_warn(c->outer,
                         "in %d of %d members of the last committee other surfaces cross than in the labels, after %d "
                         "trainings of all: populations would be wrong, whatever their energies are worth; the same "
                         "command with higher limits goes on (--set criterion.rounds=%d); more labels at small gaps, a "
                         "larger train.committee.again, or other signs in train.network.symmetry (another "
                         "output.folder, start.data from this one) may help",
                         t->wrong, t->members, t->trainings, c->result->nround + 4);
}

static void tell_round(const dia_course *c, int round, const char *why)
{
    const dia_learn_round *r = &c->result->round[round];
    char line[800], left[40];
    int n = snprintf(line, sizeof line, "round %d: %d labels", round, r->total);
    if (round > 0 && r->judged == 0)
        n += snprintf(line + n, sizeof line - (size_t)n, "; the swarm of round %d had no hop to judge by", round - 1);
    if (r->judged > 0)
        n += snprintf(line + n, sizeof line - (size_t)n, "; at %d fresh hops the committee of round %d was off by %.3g",
                      r->judged, round - 1, 1e3 * r->energy / DIA_EV);
    if (r->judged > 1)
        n += snprintf(line + n, sizeof line - (size_t)n, " +- %.2g", 1e3 * r->energy_error / DIA_EV);
    if (r->judged > 0)
        n += snprintf(line + n, sizeof line - (size_t)n, " meV (limit %.3g); expected at all %d hops: %.3g meV",
                      1e3 * c->settings.criterion.energy / DIA_EV, r->hops, 1e3 * r->expected / DIA_EV);
    n += dia_course_topology_text(&r->topology, "; ", sizeof line - (size_t)n, line + n);
    if (r->right && !r->met)
        n += snprintf(line + n, sizeof line - (size_t)n, ": the criterion does not hold");
    dia_course_left(c, sizeof left, left);
    if (why[0] == '\0' && left[0] != '\0')
        snprintf(line + n, sizeof line - (size_t)n, "; %s left, if the criterion is not met before its limits", left);
    dia_course_log(c, line);
    dia_control_note(c->outer, "%s", line);
}

static dia_status loop(dia_course *c, dia_error *error)
{
    dia_judgement judgement = {0};
    char why[400] = "";
    dia_status status = DIA_OK;
    for (int round = 0; status == DIA_OK && why[0] == '\0'; round++) {
        status = dia_course_round(c, round, &judgement, error);
        if (status == DIA_OK)
            reason(c, round, sizeof why, why);
        if (status == DIA_OK) {
            tell_round(c, round, why);
            c->result->met = c->result->round[round].met;
            free(c->result->why);
            c->result->why = strdup(why);
            status = dia_course_write(c, error);
        }
        if (status == DIA_OK && why[0] == '\0')
            status = dia_course_fly(c, round, error);
    }
    if (status == DIA_OK)
        status = dia_course_path(c, c->result->nround - 1, "committee.h5", &c->result->model, error);
    if (status == DIA_OK)
        warn_of_wrong(c);
    if (status == DIA_OK && c->settings.final.trajectories > 0)
        status = dia_course_finish(c, c->result->nround - 1, error);
    if (status == DIA_OK)
        status = dia_course_write(c, error);
    dia_judgement_free(&judgement);
    return status;
}

dia_status dia_learn(const dia_input *input, bool fresh, const dia_control *control, dia_learn_result *result,
                     dia_error *error)
{
    dia_course c;
    *result = (dia_learn_result){0};
    (void)dia_team_size(1); /* BLAS uses one thread from here on: a resumed call must round as an undisturbed one */
    dia_status status = dia_course_open(&c, input, fresh, control, result, error);
    if (status == DIA_OK)
        status = loop(&c, error);
    if (status == DIA_ERROR_INTERRUPTED) { /* whatever part of it was stopped, and whatever that says of itself */
        dia_error_clear(error);
        (void)dia_error_set(error, status, "stopped in %s; the same command goes on from there, in %s", c.now,
                            c.folder);
    }
    dia_course_close(&c);
    return status;
}

void dia_learn_result_free(dia_learn_result *result)
{
    dia_band_free(&result->band);
    free(result->round);
    free(result->table);
    free(result->model);
    free(result->why);
    *result = (dia_learn_result){0};
}
