/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the doctor says of all labels, and which of them are not learned: single points at which a label cannot be right. A fault of
 * all labels at once (a unit, a sign) is the engine's; it is told, and nothing is left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "check/data/checkup.h"
#include "check/dataset_page.h"
#include "learn/course.h"

/* Points are left out if they are at most this share of all: more of them are no single points. */
static const double most = 0.2;

/* Is it about single points that the doctor can do something about? */
static bool is_single(const dia_checkup *x, const dia_finding *f)
{
    return f->npoint > 0 && f->done != NULL && f->severity >= DIA_SEVERITY_DOUBT && f->npoint <= most * x->data.npoint;
}

static void mark(dia_checkup *x)
{
    for (int i = 0; i < x->findings.n; i++) {
        const dia_finding *f = &x->findings.item[i];
        for (int k = 0; k < f->npoint && is_single(x, f); k++)
            x->drop[f->point[k]] = true;
    }
}

/* The finding that speaks of the point; NULL: none. */
static const dia_finding *finding_of(const dia_checkup *x, int point)
{
    for (int i = 0; i < x->findings.n; i++)
        for (int k = 0; k < x->findings.item[i].npoint; k++)
            if (x->findings.item[i].point[k] == point && x->findings.item[i].done != NULL)
                return &x->findings.item[i];
    return NULL;
}

static dia_status write_reasons(const dia_checkup *x, const dia_points *all, const char *path, dia_error *error)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    for (int p = 0; p < all->n && out != NULL; p++) {
        const dia_finding *f = finding_of(x, p);
        if (x->drop[p])
            fprintf(out, "%d %s %s: %s (%s)\n", p, all->group[p], f != NULL ? f->test : "duplicates",
                    f != NULL ? f->what : "the geometry of another point",
                    f != NULL && f->sure != NULL ? f->sure : "as check.txt says");
    }
    dia_status status = dia_text_close(out, &text, error);
    if (status == DIA_OK)
        status = dia_course_text(path, text, error);
    free(text);
    return status;
}

static dia_status write_page(const dia_checkup *x, const dia_checkup_line *line, const char *path, dia_error *error)
{
    dia_output output;
    const dia_status status = dia_output_open(&output, path, error);
    if (status != DIA_OK)
        return status;
    dia_dataset_page_text(&(dia_dataset_page){x, line, NULL}, output.stream);
    return dia_output_close(&output, DIA_OK, error);
}

/* paths: of all labels, of those that are learned, of the page, of the reasons. */
static dia_status examine(dia_course *c, int round, char *const paths[4], dia_error *error)
{
    dia_checkup x = {0};
    dia_points good = {0};
    dia_checkup_line *line = calloc((size_t)dia_data_tests_count(), sizeof *line);
    dia_status status =
        line != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to examine %d labels", c->all.n);
    dia_course_say(c, "round %d", round);
    if (status == DIA_OK)
        status = dia_checkup_run(&x, paths[0], &c->control, line, error);
    bool whole = false;
    for (int i = 0; i < x.findings.n; i++)
        whole |= x.findings.item[i].severity == DIA_SEVERITY_FAULT && !is_single(&x, &x.findings.item[i]);
    if (status == DIA_OK && whole)
        dia_control_warn(c->outer, "round %d: the labels have faults, of which nothing was repaired: see %s", round,
                         paths[2]);
    for (int p = 0; p < x.data.npoint && status == DIA_OK && whole; p++)
        x.drop[p] = false;
    if (status == DIA_OK && !whole)
        mark(&x);
    if (status == DIA_OK)
        status = dia_points_init(&good, &c->bench.molecule, c->settings.engine.states, error);
    if (status == DIA_OK && (good.level = strdup(c->all.level)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a level of theory");
    for (int p = 0; p < c->all.n && status == DIA_OK; p++)
        if (!x.drop[p])
            status = dia_points_copy(&good, &c->all, p, error);
    if (status == DIA_OK)
        status = write_page(&x, line, paths[2], error);
    if (status == DIA_OK)
        status = write_reasons(&x, &c->all, paths[3], error);
    if (status == DIA_OK && good.n < c->all.n)
        dia_control_note(c->outer, "round %d: %d of %d labels are left out: %s says why", round, c->all.n - good.n,
                         c->all.n, paths[3]);
    if (status == DIA_OK)
        status = dia_points_write(&good, true, paths[1], error); /* last: it says that the others are there */
    for (int i = 0; line != NULL && i < dia_data_tests_count(); i++)
        free(line[i].told);
    free(line);
    dia_points_free(&good);
    dia_checkup_free(&x);
    return status;
}

dia_status dia_course_examine(dia_course *c, int round, const dia_points *labels, dia_error *error)
{
    static const char *const names[4] = {"all.h5", "data.h5", "check.txt", "left_out.txt"};
    char *paths[4] = {NULL};
    dia_status status = DIA_OK;
    for (int i = 0; i < labels->n && status == DIA_OK; i++)
        status = dia_points_copy(&c->all, labels, i, error);
    for (int k = 0; k < 4 && status == DIA_OK; k++)
        status = dia_course_path(c, round, names[k], &paths[k], error);
    if (status == DIA_OK && !dia_course_exists(paths[1])) {
        status = dia_points_write(&c->all, true, paths[0], error);
        if (status == DIA_OK)
            status = examine(c, round, paths, error);
    }
    c->data.n = 0;
    if (status == DIA_OK)
        status = dia_points_read(&c->data, true, paths[1], error);
    for (int k = 0; k < 4; k++)
        free(paths[k]);
    return status;
}
