/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "learn/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/machine.h"
#include "learn/process.h"
#include "parallel/team.h"

/* ---- labels in memory ------------------------------------------------------------------------ */

static size_t label_size(int nstate, int ncart)
{
    return (size_t)nstate + (size_t)(nstate * (nstate + 1) / 2) * (size_t)ncart;
}

static void clear(const dia_bench *b, const dia_engine_label *label)
{
    const size_t n = label_size(b->common->states, b->molecule.ncart);
    for (size_t i = 0; i < n; i++)
        label->E[i] = NAN;
}

dia_status dia_label_room(dia_engine_label *label, int nstate, int ncart, dia_error *error)
{
    const size_t n = label_size(nstate, ncart);
    label->E = calloc(n, sizeof *label->E);
    if (label->E == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a label");
    label->G = label->E + nstate;
    label->h = label->G + nstate * ncart;
    for (size_t i = 0; i < n; i++)
        label->E[i] = NAN;
    return DIA_OK;
}

void dia_bench_free(dia_bench *b)
{
    dia_molecule_free(&b->molecule);
    free(b->scratch);
    free(b->kept);
    free(b->start);
    free(b->features);
    *b = (dia_bench){0};
}

/* ---- a task ---------------------------------------------------------------------------------- */

dia_status dia_bench_task(const dia_bench *b, const char *name, const double *R, dia_engine_wish wish,
                          const char *start, const char *keep, dia_engine_label *label, dia_error *error)
{
    char own[100];
    snprintf(own, sizeof own, "%s-%ld", name, (long)getpid());
    char *scratch = dia_path_join(b->scratch, own), *from = start != NULL ? dia_path_join(b->kept, start) : NULL,
         *to = keep != NULL ? dia_path_join(b->kept, keep) : NULL;
    dia_status status = scratch != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a path");
    if (status == DIA_OK) {
        dia_folder_remove(scratch);
        status = dia_folder_make(scratch, error);
    }
    if (status == DIA_OK && to != NULL) {
        dia_folder_remove(to);
        status = dia_folder_make(to, error);
    }
    const dia_engine_task task = {.molecule = &b->molecule,
                                  .nstate = b->common->states,
                                  .R = R,
                                  .wish = wish,
                                  .scratch = scratch,
                                  .start = from,
                                  .keep = to,
                                  .timeout = b->common->timeout,
                                  .control = b->control};
    clear(b, label);
    if (status == DIA_OK)
        status = b->type->label(b->self, &task, label, error);
    if (status == DIA_OK && !isfinite(label->E[0]))
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "the engine gave no energy");
    for (int k = 1; k < b->common->states && status == DIA_OK; k++)
        if (label->E[k] < label->E[k - 1])
            status = dia_error_set(error, DIA_ERROR_NUMERIC, "the engine gave energies that do not ascend");
    if (status != DIA_OK && to != NULL)
        dia_folder_remove(to);
    if (scratch != NULL)
        dia_folder_remove(scratch);
    free(scratch);
    free(from);
    free(to);
    return status;
}

/* ---- the journal ----------------------------------------------------------------------------- */

typedef struct entry { /* body of a segment: this, then E, G, h */
    int32_t outcome, unused;
    double seconds;
    char note[DIA_BENCH_NOTE];
} entry;

dia_status dia_bench_journal(dia_journal **journal, const dia_bench *b, const char *path, int n, const char *what,
                             dia_error *error)
{
    char level[300], identity[1000];
    b->type->level(b->self, b->common->states, sizeof level, level);
    snprintf(identity, sizeof identity, "labels: %d of %s\nengine: %s\n", n, what, level);
    const dia_journal_head head = {.identity = identity, .nblock = n};
    return dia_journal_open(journal, path, &head, false, error);
}

dia_status dia_bench_find(const dia_bench *b, const dia_journal *journal, int i, bool *found, dia_engine_label *label,
                          int *outcome, double *seconds, char *note, dia_error *error)
{
    const size_t n = label_size(b->common->states, b->molecule.ncart) * sizeof(double);
    dia_body body = {0};
    *found = dia_journal_segments(journal, i) > 0;
    if (!*found)
        return DIA_OK;
    const dia_segment *segment = dia_journal_segment(journal, i, 0);
    dia_status status = dia_journal_read(journal, segment, &body, error);
    if (status == DIA_OK && segment->size != sizeof(entry) + n)
        status = dia_error_set(error, DIA_ERROR_FILE, "the journal holds a label of an impossible size");
    if (status == DIA_OK) {
        entry e;
        memcpy(&e, body.bytes, sizeof e);
        memcpy(label->E, body.bytes + sizeof e, n);
        *outcome = e.outcome;
        *seconds = e.seconds;
        snprintf(note, DIA_BENCH_NOTE, "%.*s", DIA_BENCH_NOTE - 1, e.note);
    }
    free(body.bytes);
    return status;
}

dia_status dia_bench_note(const dia_bench *b, dia_journal *journal, int i, const dia_engine_label *label, int outcome,
                          double seconds, const char *note, dia_error *error)
{
    const size_t n = label_size(b->common->states, b->molecule.ncart) * sizeof(double), before = dia_journal_before();
    const dia_segment segment = {.block = i, .step = 1, .samples = 1, .size = sizeof(entry) + n};
    unsigned char *piece = calloc(1, before + segment.size + dia_journal_after());
    entry e = {.outcome = outcome, .seconds = seconds};
    if (piece == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to note a label");
    snprintf(e.note, sizeof e.note, "%s", note);
    memcpy(piece + before, &e, sizeof e);
    memcpy(piece + before + sizeof e, label->E, n);
    dia_journal_seal(&segment, piece);
    const dia_status status = dia_journal_append(journal, &segment, piece, error);
    dia_journal_sync(journal);
    free(piece);
    return status;
}

/* ---- a label --------------------------------------------------------------------------------- */

typedef struct batch {
    const dia_bench *bench;
    const dia_points *chosen;
    const char *prefix;
    dia_journal *journal;
    int *pending; /* (n) numbers of points that the journal does not hold */
    int npending, done;
    dia_status status; /* the first that ends everything */
    dia_error error;
} batch;

static bool fails_alone(dia_status status)
{
    return status == DIA_ERROR_NUMERIC || status == DIA_ERROR_INPUT;
}

/* Largest difference of the energies of two labels. */
static double apart(int nstate, const double *a, const double *b)
{
    double most = 0.0;
    for (int k = 0; k < nstate; k++)
        most = fmax(most, fabs(a[k] - b[k]));
    return most;
}

/* Once more from nothing, energies only. label: what the first start gave. */
static dia_status second_start(const dia_bench *b, const char *name, const double *R, const dia_engine_label *label,
                               int *outcome, char *note, dia_error *error)
{
    dia_engine_label other = {0};
    dia_error own = {0};
    char second[80];
    snprintf(second, sizeof second, "%s-again", name);
    dia_status status = dia_label_room(&other, b->common->states, b->molecule.ncart, error);
    if (status != DIA_OK)
        return status;
    status = dia_bench_task(b, second, R, DIA_WISH_ENERGIES, NULL, NULL, &other, &own);
    if (fails_alone(status)) { /* the first start's label stands */
        snprintf(note, DIA_BENCH_NOTE, "a second start did not end: %.*s", DIA_BENCH_NOTE - 40, own.text);
        status = DIA_OK;
    } else if (status != DIA_OK) {
        (void)dia_error_set(error, status, "%s", own.text);
    } else if (apart(b->common->states, label->E, other.E) > b->common->continuity) {
        *outcome = DIA_LABEL_NOT_UNIQUE;
        snprintf(note, DIA_BENCH_NOTE, "not unique: two starts of the wave function differ by %.4g eV",
                 apart(b->common->states, label->E, other.E) / DIA_EV);
    }
    free(other.E);
    return status;
}

/* The label of one geometry: *outcome and note, or a status that ends everything. */
static dia_status make(const dia_bench *b, const char *name, const double *R, dia_engine_label *label, int *outcome,
                       char *note, dia_error *error)
{
    const char *start = dia_bench_nearest(b, R), *keep = b->type->starts ? name : NULL;
    dia_error own = {0};
    *outcome = DIA_LABELLED;
    note[0] = '\0';
    dia_status status = dia_bench_task(b, name, R, DIA_WISH_ALL, start, keep, label, &own);
    const bool second = start != NULL && status == DIA_OK && b->common->continuity > 0.0;
    if (fails_alone(status) && start != NULL) { /* perhaps the start was a bad one */
        dia_error_clear(&own);
        status = dia_bench_task(b, name, R, DIA_WISH_ALL, NULL, keep, label, &own);
    }
    if (fails_alone(status)) {
        *outcome = DIA_LABEL_FAILED;
        snprintf(note, DIA_BENCH_NOTE, "%.*s", DIA_BENCH_NOTE - 1, own.text);
        return DIA_OK;
    }
    if (status != DIA_OK)
        return dia_error_set(error, status, "%s", own.text);
    status = second ? second_start(b, name, R, label, outcome, note, error) : DIA_OK;
    char *path = *outcome == DIA_LABEL_NOT_UNIQUE ? dia_path_join(b->kept, name) : NULL;
    if (path != NULL)
        dia_folder_remove(path); /* nothing starts from one of several solutions */
    free(path);
    return status;
}

static void tell(batch *all)
{
    const dia_progress_state state = {.what = "labelling",
                                      .done = all->chosen->n - all->npending + all->done,
                                      .total = all->chosen->n,
                                      .before = all->chosen->n - all->npending};
    dia_control_progress(all->bench->control, &state);
}

static void work(void *context, int task, int thread)
{
    batch *all = context;
    const dia_bench *b = all->bench;
    const int i = all->pending[task];
    char name[DIA_START_NAME], note[DIA_BENCH_NOTE];
    int outcome = DIA_LABEL_FAILED;
    dia_error error = {0};
    dia_engine_label label = {0};
    (void)thread;
    dia_team_lock();
    const bool over = all->status != DIA_OK || dia_control_stopped(b->control);
    dia_team_unlock();
    if (over)
        return;
    snprintf(name, sizeof name, "%s-%04d", all->prefix, i);
    const double begun = dia_seconds();
    dia_status status = dia_label_room(&label, b->common->states, b->molecule.ncart, &error);
    if (status == DIA_OK)
        status = make(b, name, all->chosen->R + (size_t)i * (size_t)b->molecule.ncart, &label, &outcome, note, &error);
    dia_team_lock();
    if (status == DIA_OK)
        status = dia_bench_note(b, all->journal, i, &label, outcome, dia_seconds() - begun, note, &error);
    if (status != DIA_OK && all->status == DIA_OK) {
        all->status = status;
        all->error = error;
    }
    all->done++;
    tell(all);
    dia_team_unlock();
    free(label.E);
}

/* Everything from the journal, in the order of the choice. */
static dia_status collect(batch *all, dia_points *labelled, FILE *failures, dia_bench_result *result, dia_error *error)
{
    const dia_bench *b = all->bench;
    const size_t ns = (size_t)b->common->states, nc = (size_t)b->molecule.ncart, np = ns * (ns - 1) / 2;
    dia_engine_label label = {0};
    char note[DIA_BENCH_NOTE], first[DIA_BENCH_NOTE] = "";
    dia_status status = dia_label_room(&label, (int)ns, (int)nc, error);
    for (int i = 0; i < all->chosen->n && status == DIA_OK; i++) {
        bool found;
        int outcome = DIA_LABEL_FAILED;
        double seconds = 0.0;
        status = dia_bench_find(b, all->journal, i, &found, &label, &outcome, &seconds, note, error);
        if (status != DIA_OK || !found)
            continue;
        result->count[outcome]++;
        result->seconds += seconds;
        result->timed++;
        if (outcome != DIA_LABELLED) {
            fprintf(failures, "%d %s %s\n", i, all->chosen->group[i], note);
            snprintf(first, sizeof first, "%s", first[0] == '\0' ? note : first);
            continue;
        }
        status = dia_points_add(labelled, all->chosen->group[i], all->chosen->score[i], all->chosen->R + (size_t)i * nc,
                                error);
        if (status != DIA_OK)
            continue;
        const size_t at = (size_t)labelled->n - 1;
        memcpy(labelled->E + at * ns, label.E, ns * sizeof(double));
        memcpy(labelled->G + at * ns * nc, label.G, ns * nc * sizeof(double));
        memcpy(labelled->h + at * np * nc, label.h, np * nc * sizeof(double));
    }
    free(label.E);
    if (status == DIA_OK && all->chosen->n > 0 && result->count[DIA_LABELLED] == 0)
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "all %d labels failed; the first: %s", all->chosen->n, first);
    return status;
}

dia_status dia_bench_label(const dia_bench *b, const dia_points *chosen, const char *prefix, const char *path,
                           dia_points *labelled, FILE *failures, dia_bench_result *result, dia_error *error)
{
    batch all = {.bench = b, .chosen = chosen, .prefix = prefix};
    *result = (dia_bench_result){0};
    dia_status status = dia_bench_journal(&all.journal, b, path, chosen->n, prefix, error);
    if (status != DIA_OK)
        return status;
    all.pending = calloc((size_t)chosen->n + 1, sizeof *all.pending);
    if (all.pending == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d labels", chosen->n);
    for (int i = 0; i < chosen->n && status == DIA_OK; i++)
        if (dia_journal_segments(all.journal, i) == 0)
            all.pending[all.npending++] = i;
    if (status == DIA_OK && all.npending > 0) {
        tell(&all);
        dia_team_run(b->common->at_once, all.npending, work, &all);
        status = all.status != DIA_OK ? dia_error_set(error, all.status, "%s", all.error.text) : DIA_OK;
        if (status == DIA_OK && dia_control_stopped(b->control))
            status =
                dia_error_set(error, DIA_ERROR_INTERRUPTED, "stopped while labels were made; the same command goes on");
    }
    if (status == DIA_OK)
        status = collect(&all, labelled, failures, result, error);
    const bool hopeless = status == DIA_ERROR_NUMERIC; /* all failed: they are tried again */
    free(all.pending);
    if (hopeless)
        dia_journal_remove(all.journal);
    else
        dia_journal_close(all.journal);
    return status;
}
