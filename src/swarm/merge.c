/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Merging shards: do they make one swarm, and is it there already? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/control.h"
#include "base/output.h"
#include "base/provenance.h"
#include "diabolo/run.h"
#include "swarm/join.h"

typedef struct merging {
    int n;
    const char *const *path; /* (n) as given */
    dia_swarm **part;        /* (n) by their numbers */
    dia_shard *shard;        /* (n) */
    const dia_merge_flags *flags;
    char *output;
    char *missing; /* text; NULL: none */
    int nmissing;
    bool strict; /* all have the same initial conditions, bit for bit */
    dia_error *error;
} merging;

static bool exists(const char *path, const char *suffix)
{
    char name[4200];
    snprintf(name, sizeof name, "%s%s", path, suffix);
    return access(name, F_OK) == 0;
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool ends_with(const char *text, const char *end)
{
    const size_t a = strlen(text), b = strlen(end);
    return a > b && strcmp(text + a - b, end) == 0;
}

static dia_status open_shard(merging *m, int i)
{
    const char *path = m->path[i];
    if (ends_with(path, ".journal") || (!exists(path, "") && exists(path, ".journal")))
        return dia_error_set(
            m->error, DIA_ERROR_INPUT,
            "%s: is not finished, or in flight just now (its journal is there); the command that began "
            "it goes on with it, `diabolo status` tells how far it is",
            path);
    dia_status status = dia_swarm_open_lean(&m->part[i], path, m->error);
    if (status != DIA_OK)
        return status;
    const dia_swarm *s = m->part[i];
    if (!dia_swarm_shard(s, &m->shard[i]) || s->whole_resolved == NULL || s->whole_identity == NULL ||
        s->whole_initial_digest == NULL)
        return dia_error_set(m->error, DIA_ERROR_INPUT, "%s: is %s, no shard; expected files of `diabolo run --shard`",
                             path, s->partial != NULL ? "a merged swarm" : "a swarm of its own");
    if (exists(path, ".journal"))
        return dia_error_set(m->error, DIA_ERROR_INPUT,
                             "%s: is being flown anew (its journal is there): wait for it, or remove the journal",
                             path);
    return DIA_OK;
}

/* ---- do they belong together? ---------------------------------------------------------------- */

/* Of the same swarm as the first? Initial conditions may differ by rounding. */
static dia_status check_same(merging *m, int i)
{
    char difference[600];
    const dia_swarm *a = m->part[0], *b = m->part[i];
    const dia_shard *x = &m->shard[0], *y = &m->shard[i];
    if (dia_identity_differs(a->whole_identity, b->whole_identity, sizeof difference, difference))
        return dia_error_set(m->error, DIA_ERROR_INPUT, "%s and %s are shards of different swarms (%s)", a->path,
                             b->path, difference);
    if (x->count != y->count || x->whole != y->whole)
        return dia_error_set(m->error, DIA_ERROR_INPUT,
                             "%s is one of %d shards, %s one of %d: merge those of one division", a->path, x->count,
                             b->path, y->count);
    m->strict = m->strict && strcmp(a->whole_initial_digest, b->whole_initial_digest) == 0;
    if (a->T != b->T || a->nstate != b->nstate || a->natom != b->natom || a->dimension != b->dimension ||
        a->width != b->width || a->full != b->full || a->single != b->single ||
        (a->outside != NULL) != (b->outside != NULL) || (a->uncertain != NULL) != (b->uncertain != NULL) ||
        (a->start_weight != NULL) != (b->start_weight != NULL) || (a->stop != NULL) != (b->stop != NULL) ||
        memcmp(a->masses, b->masses, (size_t)a->natom * sizeof *a->masses) != 0)
        return dia_error_set(m->error, DIA_ERROR_FILE,
                             "%s and %s say that they are shards of one swarm, but hold arrays of other shapes: one is "
                             "damaged, or was not written by diabolo run",
                             a->path, b->path);
    return DIA_OK;
}

static void sort(merging *m)
{
    for (int i = 1; i < m->n; i++)
        for (int k = i; k > 0 && m->shard[k - 1].number > m->shard[k].number; k--) {
            dia_swarm *part = m->part[k];
            const dia_shard shard = m->shard[k];
            m->part[k] = m->part[k - 1];
            m->shard[k] = m->shard[k - 1];
            m->part[k - 1] = part;
            m->shard[k - 1] = shard;
        }
}

static dia_status check_doubled(const merging *m)
{
    for (int i = 1; i < m->n; i++) {
        const dia_swarm *a = m->part[i - 1], *b = m->part[i];
        if (m->shard[i].number == m->shard[i - 1].number)
            return dia_error_set(m->error, DIA_ERROR_INPUT, "%s and %s are the same shard, %d of %d: name one of them",
                                 a->path, b->path, m->shard[i].number, m->shard[i].count);
        if (m->shard[i].first < m->shard[i - 1].past)
            return dia_error_set(m->error, DIA_ERROR_FILE, "%s and %s hold the same trajectories: one is damaged",
                                 a->path, b->path);
    }
    return DIA_OK;
}

/* "3, 7-9 of 10" */
static dia_status list_missing(merging *m)
{
    size_t size = 0;
    const int count = m->shard[0].count;
    FILE *out = open_memstream(&m->missing, &size);
    int64_t there = 0;
    for (int number = 1, i = 0; out != NULL && number <= count; number++) {
        if (i < m->n && m->shard[i].number == number) {
            there += m->shard[i].past - m->shard[i].first;
            i++;
            continue;
        }
        const int next = i < m->n ? m->shard[i].number : count + 1;
        fprintf(out, m->nmissing > 0 ? ", %d" : "%d", number);
        if (next > number + 1)
            fprintf(out, "-%d", next - 1);
        m->nmissing += next - number;
        number = next - 1;
    }
    if (out != NULL)
        fprintf(out, " of %d; %lld of %lld trajectories are there", count, (long long)there,
                (long long)m->shard[0].whole);
    dia_status status = dia_text_close(out, &m->missing, m->error);
    if (status == DIA_OK && m->nmissing == 0) {
        free(m->missing);
        m->missing = NULL;
        if (there != m->shard[0].whole)
            status = dia_error_set(m->error, DIA_ERROR_FILE, "%s: its shards hold %lld of %lld trajectories",
                                   m->part[0]->path, (long long)there, (long long)m->shard[0].whole);
    }
    return status;
}

/* The name of a shard's file made that of another one, or (number 0) of the swarm; NULL: it is not named like that. */
static char *sibling(const char *path, int number, int count)
{
    char word[60];
    const char *at = NULL, *behind = NULL;
    int a = 0, b = 0;
    for (const char *next = path; (next = strstr(next, ".shard-")) != NULL; next++)
        if (dia_shard_word(next, &a, &b, &behind))
            at = next;
    if (at == NULL)
        return NULL;
    snprintf(word, sizeof word, ".shard-%03d-of-%03d", number, count);
    const size_t size = strlen(path) + sizeof word;
    char *made = malloc(size);
    if (made != NULL)
        snprintf(made, size, "%.*s%s%s", (int)(at - path), path, number > 0 ? word : "", behind);
    return made;
}

static dia_status refuse_missing(const merging *m)
{
    const dia_shard *shard = m->shard;
    int number = 1, unfinished = 0;
    while (number <= m->n && shard[number - 1].number == number)
        number++;
    char *path = sibling(m->part[0]->path, number, shard[0].count);
    unfinished = path != NULL && exists(path, ".journal");
    const bool there = path != NULL && !unfinished && exists(path, "");
    dia_error_set(m->error, DIA_ERROR_INPUT, "shards are missing: %s. %s%s%s; --partial merges what is there",
                  m->missing, path != NULL ? path : "Fly them (--shard)",
                  there        ? " is there: name it too"
                  : unfinished ? " is not finished: the command that began it goes on with it"
                  : path       ? " is not there: fly it (--shard)"
                               : "",
                  m->nmissing > 1 && path != NULL ? ", and so on" : "");
    free(path);
    return DIA_ERROR_INPUT;
}

static dia_status check_all(merging *m)
{
    dia_status status = DIA_OK;
    for (int i = 0; i < m->n && status == DIA_OK; i++)
        status = open_shard(m, i);
    for (int i = 1; i < m->n && status == DIA_OK; i++)
        status = check_same(m, i);
    if (status != DIA_OK)
        return status;
    sort(m);
    status = check_doubled(m);
    if (status == DIA_OK)
        status = list_missing(m);
    return status == DIA_OK && m->nmissing > 0 && !m->flags->partial ? refuse_missing(m) : status;
}

/* ---- the output ------------------------------------------------------------------------------ */

/* Is the swarm there? A part of it gives way to more; a whole one to nothing. */
static dia_status check_output(const merging *m, bool *complete)
{
    const char *whole = m->part[0]->whole_identity;
    const dia_claim claim = {
        .path = m->output, .key = "--output", .what = "a swarm", .ours = dia_store_is, .mark = DIA_SWARM_FORMAT};
    dia_swarm *there = NULL;
    dia_error none = {0};
    *complete = false;
    dia_status status = dia_output_check(&claim, m->n, m->path, m->error);
    if (status != DIA_OK || m->flags->fresh || !exists(m->output, ""))
        return status;
    if (dia_swarm_open_lean(&there, m->output, &none) != DIA_OK || there->identity == NULL) {
        dia_swarm_close(there);
        return dia_error_set(m->error, DIA_ERROR_INPUT,
                             "%s: is there already and cannot be read; choose another --output, or --fresh to replace "
                             "it",
                             m->output);
    }
    const char *own = there->identity;
    if (there->partial != NULL)
        own += strcspn(own, "\n") + 1;
    status = dia_output_existing(&claim, own, whole, false, complete, m->error);
    const bool same =
        there->partial != NULL ? m->missing != NULL && strcmp(there->partial, m->missing) == 0 : m->missing == NULL;
    if (status == DIA_OK && !same && there->partial == NULL)
        status = dia_error_set(m->error, DIA_ERROR_INPUT,
                               "%s: is the whole swarm, which a part of its shards does not replace; choose another "
                               "--output, or --fresh to replace it",
                               m->output);
    *complete = *complete && same;
    dia_swarm_close(there);
    return status;
}

static dia_status merge(merging *m, const dia_control *control, dia_merge_result *result)
{
    dia_status status = check_all(m);
    if (status != DIA_OK)
        return status;
    const dia_swarm *first = m->part[0];
    m->output = m->flags->output != NULL ? strdup(m->flags->output) : sibling(first->path, 0, 0);
    if (m->output == NULL || strlen(m->output) >= sizeof result->path)
        return dia_error_set(m->error, DIA_ERROR_INPUT,
                             "%s: is not named like a shard, so the name of the swarm does not follow: give --output",
                             first->path);
    strcpy(result->path, m->output);
    result->shards = m->n;
    result->missing = m->nmissing;
    for (int i = 0; i < m->n; i++)
        result->trajectories += m->part[i]->N;
    status = check_output(m, &result->complete);
    if (status != DIA_OK || result->complete)
        return status;
    const dia_join join = {.n = m->n,
                           .part = m->part,
                           .resolved = first->whole_resolved,
                           .identity = first->whole_identity,
                           .partial = m->missing,
                           .strict = m->strict && m->missing == NULL};
    status = dia_join_write(&join, m->output, control, &result->rounded, m->error);
    result->rounded = !m->strict;
    if (status == DIA_OK && result->rounded)
        dia_control_warn(control,
                         "the shards were flown on several kinds of processors, where sampling rounds otherwise: the "
                         "swarm is as good as one, but not bit for bit that of one run");
    return status;
}

dia_status dia_merge(int n, const char *const *shards, const dia_merge_flags *flags, const dia_control *control,
                     dia_merge_result *result, dia_error *error)
{
    static const dia_merge_flags none = {0};
    dia_merge_result unasked;
    merging m = {.n = n, .path = shards, .flags = flags != NULL ? flags : &none, .strict = true, .error = error};
    result = result != NULL ? result : &unasked;
    *result = (dia_merge_result){0};
    if (n < 1)
        return dia_error_set(error, DIA_ERROR_INPUT, "no shards to merge");
    m.part = calloc((size_t)n, sizeof *m.part);
    m.shard = calloc((size_t)n, sizeof *m.shard);
    dia_status status = m.part != NULL && m.shard != NULL
                            ? merge(&m, control, result)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to merge %d shards", n);
    for (int i = 0; m.part != NULL && i < n; i++)
        dia_swarm_close(m.part[i]);
    free(m.part);
    free(m.shard);
    free(m.output);
    free(m.missing);
    return status;
}
