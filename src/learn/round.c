/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A round: choice, labels, what the doctor says of them, judgement, committee; each file is made if it is missing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "learn/course.h"
#include "learn/process.h"

/* chosen.h5: made if it is missing, then read, so that both ways go on from the same numbers. */
static dia_status choice(dia_course *c, int round, dia_points *chosen, dia_error *error)
{
    char *path = NULL;
    dia_points made = {0};
    dia_status status = dia_course_path(c, round, "chosen.h5", &path, error);
    if (status == DIA_OK && !dia_course_exists(path)) {
        status = dia_points_init(&made, &c->bench.molecule, c->settings.engine.states, error);
        if (status == DIA_OK)
            status = round == 0 ? dia_course_start(c, &made, error) : dia_course_choose(c, round - 1, &made, error);
        if (status == DIA_OK)
            status = dia_points_write(&made, false, path, error);
    }
    if (status == DIA_OK)
        status = dia_points_read(chosen, false, path, error);
    if (status == DIA_OK && round == 0)
        dia_course_start_done(c);
    dia_points_free(&made);
    free(path);
    return status;
}

/* Labels that cannot be right are not learned: gradients and couplings of states closer than 3 meV, where the response equations of a
 * program are ill-conditioned. */
static void mask_close(dia_points *p)
{
    const int nc = p->ncart;
    for (int i = 0; i < p->n; i++)
        for (int k = 1; k < p->nstate; k++) {
            if (!(p->E[i * p->nstate + k] - p->E[i * p->nstate + k - 1] < 3e-3 * DIA_EV))
                continue;
            for (int x = 0; x < nc; x++) {
                p->G[(i * p->nstate + k) * nc + x] = p->G[(i * p->nstate + k - 1) * nc + x] = NAN;
                p->h[(i * p->npair + k * (k - 1) / 2 + k - 1) * nc + x] = NAN;
            }
        }
}

enum { STARTS = 100 }; /* wave functions that are kept */

static dia_status make_labels(dia_course *c, int round, const dia_points *chosen, const char *path, dia_error *error)
{
    char prefix[16], level[300], line[300], *journal = NULL, *failed = NULL, *text = NULL;
    size_t size = 0;
    dia_points made = {0};
    dia_bench_result result = {0};
    snprintf(prefix, sizeof prefix, "r%03d", round);
    dia_course_say(c, "round %d", round);
    dia_status status = dia_course_path(c, round, "labels.journal", &journal, error);
    if (status == DIA_OK)
        status = dia_course_path(c, round, "failed.txt", &failed, error);
    if (status == DIA_OK)
        status = dia_points_init(&made, &c->bench.molecule, c->settings.engine.states, error);
    FILE *failures = status == DIA_OK ? open_memstream(&text, &size) : NULL;
    if (status == DIA_OK && failures == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for labels");
    if (status == DIA_OK)
        status = dia_bench_prune(&c->bench, STARTS, error);
    if (status == DIA_OK)
        status = dia_bench_label(&c->bench, chosen, prefix, journal, &made, failures, &result, error);
    if (status == DIA_OK)
        dia_course_took(c, DIA_PART_LABELS, result.timed, result.seconds / c->settings.engine.at_once);
    if (failures != NULL && dia_text_close(failures, &text, error) != DIA_OK && status == DIA_OK)
        status = DIA_ERROR_MEMORY;
    if (status == DIA_OK) {
        c->bench.type->level(c->bench.self, c->settings.engine.states, sizeof level, level);
        made.level = strdup(level);
        mask_close(&made);
        status = dia_course_text(failed, text, error);
    }
    if (status == DIA_OK)
        status = dia_points_write(&made, true, path, error);
    if (status == DIA_OK) {
        snprintf(line, sizeof line, "round %d: %d labels, %d failed, %d not unique; %.3g s a label", round,
                 result.count[DIA_LABELLED], result.count[DIA_LABEL_FAILED], result.count[DIA_LABEL_NOT_UNIQUE],
                 result.seconds / (result.timed > 0 ? result.timed : 1));
        dia_course_log(c, line);
        dia_control_note(c->outer, "%s", line);
        unlink(journal);
    }
    dia_points_free(&made);
    free(text);
    free(journal);
    free(failed);
    return status;
}

/* Counts the lines of failed.txt. */
static dia_status count_failures(const dia_course *c, int round, dia_learn_round *r, dia_error *error)
{
    char *path = NULL, *text = NULL;
    dia_status status = dia_course_path(c, round, "failed.txt", &path, error);
    if (status == DIA_OK && dia_course_exists(path))
        status = dia_file_text(path, 1 << 26, &text, error);
    for (const char *line = text; status == DIA_OK && line != NULL && *line != '\0';) {
        const char *end = strchr(line, '\n'), *unique = strstr(line, " not unique:");
        const bool split = unique != NULL && (end == NULL || unique < end);
        r->not_unique += split;
        r->failed += !split;
        line = end != NULL ? end + 1 : NULL;
    }
    free(text);
    free(path);
    return status;
}

/* Labels of the round, read back; wave functions to start from are those of earlier rounds. */
static dia_status labels_of(dia_course *c, int round, dia_points *labels, dia_learn_round *r, dia_error *error)
{
    char *path = NULL, name[DIA_START_NAME];
    dia_points chosen = {0};
    const bool given = round == 0 && c->settings.start.data != NULL;
    dia_status status = dia_course_path(c, round, "", &path, error);
    if (status == DIA_OK)
        status = dia_folder_make(path, error);
    free(path);
    path = NULL;
    if (status == DIA_OK)
        status = dia_points_init(&chosen, &c->bench.molecule, c->settings.engine.states, error);
    if (status == DIA_OK)
        status = dia_course_path(c, round, "labels.h5", &path, error);
    if (status == DIA_OK && !given)
        status = choice(c, round, &chosen, error);
    if (status == DIA_OK && !given && round == 0)
        status = dia_course_start_minimum(c, &chosen, error);
    if (status == DIA_OK && !dia_course_exists(path)) {
        if (given) {
            status = dia_points_load(&chosen, c->settings.start.data, &c->control, error);
            if (status == DIA_OK)
                status = dia_points_write(&chosen, true, path, error);
        } else {
            status = make_labels(c, round, &chosen, path, error);
        }
    }
    if (status == DIA_OK)
        status = dia_points_read(labels, true, path, error);
    if (status == DIA_OK)
        status = count_failures(c, round, r, error);
    if (status == DIA_OK && given)
        status = dia_course_start_given(c, labels, error);
    for (int i = 0; i < chosen.n && status == DIA_OK && !given; i++) {
        snprintf(name, sizeof name, "r%03d-%04d", round, i);
        status = dia_bench_add_start(&c->bench, name, chosen.R + i * chosen.ncart, error);
    }
    r->labels = labels->n;
    dia_points_free(&chosen);
    free(path);
    return status;
}

/* Everything of a round up to its committee. */
dia_status dia_course_round(dia_course *c, int round, dia_judgement *judgement, dia_error *error)
{
    dia_learn_round *rounds = realloc(c->result->round, ((size_t)round + 1) * sizeof *rounds);
    dia_points labels = {0};
    if (rounds == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a round");
    c->result->round = rounds;
    dia_learn_round *r = &rounds[round];
    *r = (dia_learn_round){0};
    dia_status status = dia_points_init(&labels, &c->bench.molecule, c->settings.engine.states, error);
    if (status == DIA_OK)
        status = labels_of(c, round, &labels, r, error);
    if (status == DIA_OK)
        status = dia_course_examine(c, round, &labels, error);
    if (status == DIA_OK)
        status = dia_course_judge(c, round, &labels, judgement, r, error);
    r->total = c->data.n;
    r->left_out = c->all.n - c->data.n;
    if (status == DIA_OK) {
        c->result->nround = round + 1;
        dia_course_expect(c, round, true, false);
        status = dia_course_train(c, round, error);
        r->met = r->right && (r->topology.wrong == 0 || !c->settings.criterion.topology);
        dia_course_expect(c, round, true, true);
    }
    dia_points_free(&labels);
    return status;
}
