/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check/data/checkup.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"

/* ---- running the tests ----------------------------------------------------------------------- */

int dia_data_tests_count(void)
{
    int n = 0;
    while (dia_data_tests[n] != NULL)
        n++;
    return n;
}

static dia_status prepare(dia_checkup *x, dia_error *error)
{
    const size_t npoint = (size_t)x->data.npoint, nstate = (size_t)x->data.nstate;
    x->drop = calloc(npoint, sizeof *x->drop);
    x->order = calloc(npoint * nstate, sizeof *x->order);
    if (x->drop == NULL || x->order == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to examine %zu points", x->path, npoint);
    for (size_t i = 0; i < npoint * nstate; i++)
        x->order[i] = (int)(i % nstate);
    return DIA_OK;
}

static dia_status run_test(dia_checkup *x, const dia_data_test *test, dia_error *error)
{
    const int before = x->findings.n;
    dia_status status = test->find(x, error);
    for (int i = before; status == DIA_OK && test->repair != NULL && i < x->findings.n; i++)
        status = test->repair(x, &x->findings.item[i], error);
    if (status == DIA_OK && x->findings.failed)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for what was found", x->path);
    return status;
}

dia_status dia_checkup_run(dia_checkup *x, const char *path, const dia_control *control, dia_checkup_line *line,
                           dia_error *error)
{
    *x = (dia_checkup){.path = path, .control = control};
    dia_store *store = NULL;
    dia_status status = dia_dataset_read(&x->data, path, error);
    if (status == DIA_OK)
        status = dia_store_open(&store, path, error);
    x->store = store;
    if (status == DIA_OK)
        status = prepare(x, error);
    const int n = dia_data_tests_count();
    for (int i = 0; status == DIA_OK && i < n; i++) {
        status = run_test(x, dia_data_tests[i], error);
        if (status == DIA_OK && dia_control_stopped(control))
            status = dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted; nothing was written");
        if (line != NULL)
            line[i] = (dia_checkup_line){dia_data_tests[i], x->told, x->undecided};
        else
            free(x->told);
        x->told = NULL;
        x->undecided = false;
        if (x->data.npoint > 20000) /* smaller ones take a second */
            dia_control_progress(control, &(dia_progress_state){.what = "examining", .done = i + 1, .total = n});
    }
    dia_store_close(&store);
    x->store = NULL;
    return status;
}

static int tell_faults(const dia_checkup *x, int from, FILE *notes)
{
    int n = 0;
    char points[100];
    for (int i = from; i < x->findings.n; i++) {
        const dia_finding *f = &x->findings.item[i];
        if (f->severity < DIA_SEVERITY_FAULT || f->what == NULL || f->sure == NULL)
            continue;
        dia_points_text(f->npoint, f->point, sizeof points, points);
        fprintf(notes, "%s (%s%s%s)\n", f->what, f->npoint > 0 ? points : "", f->npoint > 0 ? ": " : "", f->sure);
        n++;
    }
    return n;
}

dia_status dia_checkup_brief(const dia_dataset *data, int threads, FILE *notes, dia_error *error)
{
    const dia_control control = {.threads = threads};
    dia_checkup x = {.path = "the data",
                     .control = &control,
                     .data = *data,
                     .brief = true}; /* borrows the arrays: no test that runs here changes them */
    dia_status status = prepare(&x, error);
    int faults = 0;
    /* what one fault spoils is not told: others are found by an examination that repairs it first */
    for (int i = 0; status == DIA_OK && faults == 0 && dia_data_tests[i] != NULL; i++) {
        const int before = x.findings.n;
        if (!dia_data_tests[i]->brief)
            continue;
        status = dia_data_tests[i]->find(&x, error);
        if (status == DIA_OK)
            faults = tell_faults(&x, before, notes);
    }
    if (faults > 0)
        fputs("`diabolo check` tells more, and can write a repaired copy\n", notes);
    x.data = (dia_dataset){0};
    dia_checkup_free(&x);
    return status;
}

void dia_checkup_free(dia_checkup *x)
{
    dia_dataset_free(&x->data);
    dia_near_free(&x->near);
    dia_findings_free(&x->findings);
    free(x->drop);
    free(x->order);
    free(x->told);
    *x = (dia_checkup){0};
}

/* ---- for the tests --------------------------------------------------------------------------- */

static void say(dia_checkup *x, const char *format, va_list arguments)
{
    char text[400];
    vsnprintf(text, sizeof text, format, arguments);
    free(x->told);
    x->told = strdup(text);
}

void dia_checkup_say(dia_checkup *x, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(x, format, arguments);
    va_end(arguments);
}

void dia_checkup_undecided(dia_checkup *x, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(x, format, arguments);
    va_end(arguments);
    x->undecided = true;
}

dia_finding *dia_checkup_found(dia_checkup *x, const dia_data_test *test, dia_severity severity, const char *dataset)
{
    return dia_findings_add(&x->findings, test->name, severity, dataset);
}

void dia_checkup_moved(dia_checkup *x)
{
    dia_near_free(&x->near);
    x->paired = false;
}

dia_status dia_checkup_pairs(dia_checkup *x, dia_error *error)
{
    if (x->paired)
        return DIA_OK;
    dia_checkup_moved(x);
    const dia_status status = dia_near_find(&x->near, &x->data, x->drop, error);
    x->paired = status == DIA_OK;
    return status;
}

void dia_checkup_drop(dia_checkup *x, dia_finding *finding)
{
    for (int i = 0; i < finding->npoint; i++)
        x->drop[finding->point[i]] = true;
    dia_checkup_moved(x);
    dia_finding_text(&x->findings, &finding->done, "%d point%s left out", finding->npoint,
                     finding->npoint > 1 ? "s" : "");
}

static int pair_of(int i, int j)
{
    return i < j ? j * (j - 1) / 2 + i : i * (i - 1) / 2 + j;
}

void dia_checkup_reorder(dia_checkup *x, int point, const int *order, bool energies)
{
    const int n = x->data.nstate, nc = x->data.ncart;
    const size_t row = sizeof(double) * (size_t)nc;
    double e[DIA_DATASET_STATES];
    int was[DIA_DATASET_STATES];
    double *copy = malloc(row * (size_t)(n + x->data.npair) + 1);
    if (copy == NULL) {
        x->findings.failed = true;
        return;
    }
    memcpy(copy, dia_checkup_gradient(x, point, 0), row * (size_t)n);
    memcpy(copy + n * nc, dia_checkup_coupling(x, point, 0), row * (size_t)x->data.npair);
    memcpy(e, dia_checkup_energy(x, point), sizeof *e * (size_t)n);
    memcpy(was, x->order + point * n, sizeof *was * (size_t)n);
    for (int k = 0; k < n; k++) {
        x->order[point * n + k] = was[order[k]];
        if (energies)
            dia_checkup_energy(x, point)[k] = e[order[k]];
        memcpy(dia_checkup_gradient(x, point, k), copy + order[k] * nc, row);
        for (int i = 0; i < k; i++)
            memcpy(dia_checkup_coupling(x, point, pair_of(i, k)), copy + (n + pair_of(order[i], order[k])) * nc, row);
    }
    free(copy);
}

double *dia_checkup_energy(const dia_checkup *x, int point)
{
    return x->data.energy + (size_t)point * (size_t)x->data.nstate;
}

double *dia_checkup_gradient(const dia_checkup *x, int point, int state)
{
    return x->data.gradient + ((size_t)point * (size_t)x->data.nstate + (size_t)state) * (size_t)x->data.ncart;
}

double *dia_checkup_coupling(const dia_checkup *x, int point, int pair)
{
    return x->data.coupling + ((size_t)point * (size_t)x->data.npair + (size_t)pair) * (size_t)x->data.ncart;
}

double *dia_checkup_position(const dia_checkup *x, int point)
{
    return x->data.R + (size_t)point * (size_t)x->data.ncart;
}

void dia_forget(int n, double *values)
{
    for (int i = 0; i < n; i++)
        values[i] = NAN;
}
