/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where the first labels are given: the engine at some of their points. It leaves wave functions for later labels to start from, and tells
 * whether it is of the level of theory of the labels. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "base/machine.h"
#include "learn/course.h"
#include "math/vector.h"

enum { PROBES = 10 };

typedef struct probe { /* energies of the engine at some of the given points */
    int n, point[PROBES];
    double off[PROBES]; /* largest difference from the given ones, hartree; NaN: not known */
} probe;

static dia_status choose_probes(const dia_course *c, const dia_points *given, probe *p, dia_error *error)
{
    const int natom = given->natom;
    const size_t width = (size_t)(natom * (natom - 1) / 2);
    double *features = calloc((size_t)given->n * width + 1, sizeof *features);
    if (features == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d geometries", given->n);
    for (int i = 0; i < given->n; i++)
        dia_points_features(natom, given->numbers, given->R + (size_t)i * (size_t)given->ncart,
                            features + (size_t)i * width);
    p->n = dia_features_spread_out(natom, given->n, features, c->bench.type->starts ? PROBES : 2, p->point);
    free(features);
    return DIA_OK;
}

static void probe_name(int i, char *name)
{
    snprintf(name, DIA_START_NAME, "given-%02d", i);
}

static dia_status ask(dia_course *c, const dia_points *given, dia_journal *journal, probe *p, int i, dia_error *error)
{
    const dia_bench *b = &c->bench;
    const double *R = given->R + (size_t)p->point[i] * (size_t)given->ncart,
                 *E = given->E + (size_t)p->point[i] * (size_t)given->nstate;
    dia_engine_label label = {0};
    dia_error own = {0};
    bool known = false;
    int outcome = DIA_LABELLED;
    double seconds = 0.0;
    char note[DIA_BENCH_NOTE], name[DIA_START_NAME];
    probe_name(i, name);
    dia_status status = dia_label_room(&label, b->common->states, given->ncart, error);
    if (status == DIA_OK)
        status = dia_bench_find(b, journal, i, &known, &label, &outcome, &seconds, note, error);
    if (status == DIA_OK && !known) {
        const double begun = dia_seconds();
        status = dia_bench_task(b, name, R, DIA_WISH_ENERGIES, NULL, b->type->starts ? name : NULL, &label, &own);
        outcome = status == DIA_OK ? DIA_LABELLED : DIA_LABEL_FAILED;
        if (status == DIA_ERROR_NUMERIC || status == DIA_ERROR_INPUT)
            status = DIA_OK; /* one start fewer */
        else if (status != DIA_OK)
            (void)dia_error_set(error, status, "%s", own.text);
        if (status == DIA_OK)
            status = dia_bench_note(b, journal, i, &label, outcome, dia_seconds() - begun, own.text, error);
    }
    p->off[i] = NAN;
    for (int k = 0; k < b->common->states && status == DIA_OK && outcome == DIA_LABELLED; k++)
        p->off[i] = fmax(p->off[i], fabs(label.E[k] - E[k])); /* fmax ignores NaN */
    free(label.E);
    return status;
}

/* The engine at points that have labels: wave functions to start from, and whether it is of the same level of theory. */
static dia_status probe_all(dia_course *c, const dia_points *given, probe *p, dia_error *error)
{
    char *path = NULL, *done = NULL, text[100] = "";
    dia_journal *journal = NULL;
    double off[PROBES];
    int n = 0;
    dia_status status = dia_course_path(c, 0, "given.txt", &done, error);
    if (status == DIA_OK && dia_course_exists(done)) {
        free(done);
        return DIA_OK;
    }
    if (status == DIA_OK)
        status = dia_course_path(c, 0, "given.journal", &path, error);
    if (status == DIA_OK)
        status = dia_bench_journal(&journal, &c->bench, path, p->n, "given points", error);
    for (int i = 0; i < p->n && status == DIA_OK; i++) {
        if (dia_control_stopped(&c->control))
            status = dia_error_set(error, DIA_ERROR_INTERRUPTED, "stopped; the same command goes on");
        if (status == DIA_OK)
            status = ask(c, given, journal, p, i, error);
        if (status == DIA_OK && isfinite(p->off[i]))
            off[n++] = p->off[i];
    }
    dia_journal_close(journal);
    dia_ascend(n, off);
    if (status == DIA_OK && n > 0) {
        snprintf(text, sizeof text, "%d given points: the engine's energies are off by %.3g meV (median)\n", n,
                 1e3 * off[n / 2] / DIA_EV);
        if (off[n / 2] > 5e-3 * DIA_EV)
            dia_control_warn(c->outer, "start.data: are the labels of the engine's level of theory? At %.*s",
                             (int)strcspn(text, "\n"), text);
    }
    if (status == DIA_OK)
        status = dia_course_text(done, text, error);
    if (status == DIA_OK)
        unlink(path);
    free(path);
    free(done);
    return status;
}

dia_status dia_course_start_given(dia_course *c, const dia_points *given, dia_error *error)
{
    probe p = {0};
    char name[DIA_START_NAME];
    dia_course_say(c, "start, given points");
    dia_status status = choose_probes(c, given, &p, error);
    if (status == DIA_OK)
        status = probe_all(c, given, &p, error);
    for (int i = 0; i < p.n && status == DIA_OK; i++) {
        probe_name(i, name);
        status = dia_bench_add_start(&c->bench, name, given->R + (size_t)p.point[i] * (size_t)given->ncart, error);
    }
    return status;
}
