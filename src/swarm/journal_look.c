/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A journal seen from outside, in flight or not. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/output.h"
#include "swarm/journal_file.h"

enum { RECENT = 600 }; /* seconds over which the rate is taken */

/* Not the head of a flight, whatever its checksum says: with numbers that can be counted with, of trajectories that the conditions hold. */
static bool impossible(const dia_journal_file_head *found)
{
    const dia_journal_size *size = &found->size;
    return size->count < 0 || (uint64_t)size->count > found->conditions || size->block < 0 || size->from < 0 ||
           size->from > size->steps || size->steps > INT64_MAX / (size->count + 1);
}

/* The head of the segment at `at`, behind which the next one is. */
static bool next_segment(int file, uint64_t size, uint64_t *at, dia_journal_file_segment *found)
{
    if (*at > size || size - *at < sizeof *found + DIA_JOURNAL_CHECKSUM ||
        !dia_journal_read_at(file, found, sizeof *found, *at) ||
        memcmp(found->magic, DIA_JOURNAL_SEGMENT, DIA_JOURNAL_MAGIC) != 0 ||
        found->size > size - *at - sizeof *found - DIA_JOURNAL_CHECKSUM)
        return false;
    *at += sizeof *found + found->size + DIA_JOURNAL_CHECKSUM;
    return true;
}

/* Steps done by all segments; of those sealed after `since` also the first's time, and the steps of the others. */
static bool count_steps(int file, const dia_journal_file_head *found, uint64_t size, double since,
                        dia_journal_view *view, double *recent, double *begun)
{
    const int64_t block = found->size.block > 0 ? found->size.block : 1,
                  nblock = found->size.count / block + (found->size.count % block > 0);
    uint64_t at = sizeof *found + found->length + DIA_JOURNAL_CHECKSUM + found->conditions;
    int64_t *step = nblock >= 0 ? dia_allocate((size_t)nblock + 1, sizeof *step) : NULL;
    if (step == NULL)
        return false;
    for (int64_t i = 0; i < nblock; i++)
        step[i] = found->size.from;
    *recent = *begun = 0.0;
    view->done = found->size.from * found->size.count;
    view->complete = 0;
    for (dia_journal_file_segment s; next_segment(file, size, &at, &s);) {
        if (s.block < 0 || s.block >= nblock || s.step <= step[s.block] || s.step > found->size.steps)
            continue; /* of a damaged one */
        const int64_t left = found->size.count - s.block * block, rows = left < block ? left : block;
        const double more = (double)(s.step - step[s.block]) * (double)rows;
        view->done += (s.step - step[s.block]) * rows;
        view->complete += s.step == found->size.steps ? rows : 0;
        view->last = s.time > view->last ? s.time : view->last;
        if (s.time >= since && *begun == 0.0)
            *begun = s.time; /* what it brings was done before */
        else if (s.time >= since)
            *recent += more;
        step[s.block] = s.step;
    }
    free(step);
    return true;
}

dia_status dia_journal_look(const char *path, dia_journal_view *view, dia_error *error)
{
    *view = (dia_journal_view){0};
    dia_journal_file_head found;
    double recent = 0.0, begun = 0.0;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: %s", path, strerror(errno));
    const uint64_t size = dia_journal_file_size(file);
    view->locked = dia_lock_held(path, &view->process);
    dia_status status = DIA_OK;
    if (size < sizeof found || !dia_journal_read_at(file, &found, sizeof found, 0)) {
        view->begins = true; /* it is made just now, or was torn at its birth */
    } else if (memcmp(found.magic, DIA_JOURNAL_HEAD, DIA_JOURNAL_MAGIC) != 0) {
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: is no journal that this program can read", path);
    } else if (found.length > size || found.conditions > size ||
               size < sizeof found + found.length + DIA_JOURNAL_CHECKSUM + found.conditions) {
        view->begins = true;
    } else if (impossible(&found)) {
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: the head of the journal is damaged", path);
    } else {
        view->size = found.size;
        view->identity = calloc(found.length + 1, 1);
        if (view->identity == NULL || !dia_journal_read_at(file, view->identity, found.length, sizeof found) ||
            !count_steps(file, &found, size, 0.0, view, &recent, &begun) ||
            !count_steps(file, &found, size, view->last - RECENT, view, &recent, &begun))
            status = dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be read", path);
        view->rate = view->last > begun && recent > 0.0 ? recent / (view->last - begun) : 0.0;
        view->now = dia_journal_clock();
    }
    close(file);
    if (status != DIA_OK) {
        free(view->identity);
        view->identity = NULL;
    }
    return status;
}
