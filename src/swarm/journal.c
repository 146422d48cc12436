/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swarm/journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "base/output.h"
#include "base/provenance.h"

#define HEAD_MAGIC "DIAJRNL6" /* the last character is the version */
#define SEGMENT_MAGIC "DIASEGM2"
enum { MAGIC = 8, CHECKSUM = DIA_DIGEST_SIZE - 1 };

typedef struct head { /* then the identity, then its checksum, then the conditions */
    char magic[MAGIC];
    uint64_t replaces, length, conditions; /* bytes of identity, of conditions */
    dia_journal_size size;
} head;

typedef struct segment_head {
    char magic[MAGIC];
    int64_t block, step, first, samples, hops;
    uint64_t size;
    double time; /* seconds since 1970: when it was sealed, for dia_journal_look */
} segment_head;

typedef struct segment_list {
    dia_segment *items;
    int64_t n, capacity;
} segment_list;

struct dia_journal {
    int file;
    char *path, *identity;
    bool replaces, resumed;
    uint64_t conditions, end; /* where the conditions are, where the next segment goes */
    uint64_t damaged;
    int64_t nblock;
    segment_list *blocks; /* (nblock) */
};

/* ---- bytes ----------------------------------------------------------------------------------- */

static bool read_at(int file, void *bytes, size_t size, uint64_t offset)
{
    for (unsigned char *at = bytes; size > 0;) {
        ssize_t got = pread(file, at, size, (off_t)offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        at += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return true;
}

static bool write_at(int file, const void *bytes, size_t size, uint64_t offset)
{
    for (const unsigned char *at = bytes; size > 0;) {
        ssize_t put = pwrite(file, at, size, (off_t)offset);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        at += put;
        offset += (uint64_t)put;
        size -= (size_t)put;
    }
    return true;
}

static double wall_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static uint64_t file_size(int file)
{
    struct stat about;
    return fstat(file, &about) == 0 ? (uint64_t)about.st_size : 0;
}

/* Hashes size bytes and writes the checksum behind them, or compares it with the one there. */
static void seal(unsigned char *bytes, size_t size)
{
    char digest[DIA_DIGEST_SIZE];
    dia_digest_bytes(bytes, size, digest);
    memcpy(bytes + size, digest, CHECKSUM);
}

static bool sealed(const unsigned char *bytes, size_t size)
{
    char digest[DIA_DIGEST_SIZE];
    dia_digest_bytes(bytes, size, digest);
    return memcmp(bytes + size, digest, CHECKSUM) == 0;
}

/* ---- the head -------------------------------------------------------------------------------- */

static dia_status failed(const dia_journal *journal, const char *what, dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_FILE, "%s: %s: %s", journal->path, what, strerror(errno));
}

static uint64_t conditions_size(const dia_journal_head *wanted)
{
    uint64_t size = 0;
    for (int i = 0; i < DIA_JOURNAL_PARTS; i++)
        size += wanted->parts[i].size;
    return size;
}

/* Where the conditions begin, and the segments. */
static void place(dia_journal *journal, const head *found)
{
    journal->conditions = sizeof *found + found->length + CHECKSUM;
    journal->end = journal->conditions + found->conditions;
}

static dia_status start(dia_journal *journal, const dia_journal_head *wanted, bool replaces, dia_error *error)
{
    head made = {.magic = HEAD_MAGIC,
                 .replaces = replaces,
                 .length = strlen(wanted->identity),
                 .conditions = conditions_size(wanted),
                 .size = wanted->size};
    size_t size = sizeof made + made.length;
    unsigned char *bytes = malloc(size + CHECKSUM);
    if (bytes == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the journal", journal->path);
    memcpy(bytes, &made, sizeof made);
    memcpy(bytes + sizeof made, wanted->identity, made.length);
    seal(bytes, size);
    bool good = ftruncate(journal->file, 0) == 0 && write_at(journal->file, bytes, size + CHECKSUM, 0);
    free(bytes);
    place(journal, &made);
    uint64_t at = journal->conditions;
    for (int i = 0; i < DIA_JOURNAL_PARTS; at += wanted->parts[i++].size)
        good = good && write_at(journal->file, wanted->parts[i].bytes, wanted->parts[i].size, at);
    journal->replaces = replaces;
    journal->identity = strdup(wanted->identity);
    if (good && journal->identity == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the journal", journal->path);
    return good ? DIA_OK : failed(journal, "the journal cannot be written", error);
}

/* Is it a journal that this program can read, or may discard? */
static dia_status check_magic(const dia_journal *journal, const char *magic, bool discard, dia_error *error)
{
    if (memcmp(magic, HEAD_MAGIC, MAGIC - 1) != 0)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: expected the journal of a flight, found something else; move it away, or choose "
                             "another output.file",
                             journal->path);
    const char version = magic[MAGIC - 1], ours = HEAD_MAGIC[MAGIC - 1];
    if (version == ours || discard)
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_FILE,
                         "%s: is a journal of version %c, this program reads version %c; end the flight with the "
                         "diabolo that began it, or --fresh discards the journal and starts over",
                         journal->path, version > ' ' && version <= '~' ? version : '?', ours);
}

/* Reads the head. *empty: there are no segments yet (the file ends inside its head, or behind it), or everything is
 * to be discarded. */
static dia_status read_head(dia_journal *journal, const dia_journal_head *wanted, bool discard, bool *empty,
                            dia_error *error)
{
    head found;
    uint64_t size = file_size(journal->file);
    *empty = size < sizeof found;
    if (*empty && size > 0) { /* torn at its birth, or no journal */
        const size_t least = size < MAGIC - 1 ? (size_t)size : MAGIC - 1;
        char magic[MAGIC] = HEAD_MAGIC;
        if (!read_at(journal->file, magic, least, 0))
            return failed(journal, "the journal cannot be read", error);
        return check_magic(journal, magic, true, error);
    }
    if (*empty)
        return DIA_OK;
    if (!read_at(journal->file, &found, sizeof found, 0))
        return failed(journal, "the journal cannot be read", error);
    dia_status status = check_magic(journal, found.magic, discard, error);
    if (status != DIA_OK)
        return status;
    const uint64_t length = found.length;
    const bool sane = length <= size && found.conditions <= size;
    place(journal, &found);
    if (!discard && (!sane || size < journal->end)) /* torn, or a length is damaged */
        journal->damaged = size;
    *empty = discard || !sane || size <= journal->end;
    if (*empty)
        return DIA_OK;
    unsigned char *bytes = malloc(sizeof found + length + CHECKSUM + 1);
    if (bytes == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the journal's head", journal->path);
    char difference[500];
    if (!read_at(journal->file, bytes, sizeof found + length + CHECKSUM, 0) || !sealed(bytes, sizeof found + length)) {
        status = dia_error_set(error, DIA_ERROR_FILE,
                               "%s: the head of the journal is damaged, so the flight cannot be resumed; --fresh "
                               "discards the journal and starts over",
                               journal->path);
    } else {
        bytes[sizeof found + length] = '\0';
        journal->identity = strdup((const char *)bytes + sizeof found);
        if (journal->identity == NULL)
            status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the journal's head", journal->path);
        else if (dia_identity_differs(journal->identity, wanted->identity, sizeof difference, difference) ||
                 (found.conditions != conditions_size(wanted) &&
                  snprintf(difference, sizeof difference, "its initial conditions have another size")))
            status = dia_error_set(error, DIA_ERROR_INPUT,
                                   "%s: belongs to another flight (%s); --fresh discards it and starts over, or choose "
                                   "another output.file",
                                   journal->path, difference);
    }
    free(bytes);
    journal->replaces = found.replaces != 0;
    return status;
}

/* ---- segments -------------------------------------------------------------------------------- */

static bool remember(dia_journal *journal, const dia_segment *segment)
{
    segment_list *list = &journal->blocks[segment->block];
    if (list->n == list->capacity) {
        int64_t capacity = 2 * list->capacity + 4;
        dia_segment *items = realloc(list->items, (size_t)capacity * sizeof *items);
        if (items == NULL)
            return false;
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n++] = *segment;
    return true;
}

/* Does it continue its block? If not, a segment before it is damaged. */
static bool continues(const dia_journal *journal, const dia_segment *segment)
{
    if (segment->block < 0 || segment->block >= journal->nblock || segment->first < 0 || segment->samples < 0 ||
        segment->hops < 0)
        return false;
    const segment_list *list = &journal->blocks[segment->block];
    const dia_segment *last = list->n > 0 ? &list->items[list->n - 1] : NULL;
    return last != NULL ? segment->first - last->first == last->samples && segment->step > last->step
                        : segment->first == 0;
}

/* Reads all segments; journal->end is then behind the last complete one. */
static dia_status scan(dia_journal *journal, dia_error *error)
{
    uint64_t size = file_size(journal->file), room = 0;
    unsigned char *piece = NULL;
    for (segment_head found; journal->end < size && size - journal->end >= sizeof found + CHECKSUM;) {
        if (!read_at(journal->file, &found, sizeof found, journal->end) ||
            memcmp(found.magic, SEGMENT_MAGIC, MAGIC) != 0 ||
            found.size > size - journal->end - sizeof found - CHECKSUM)
            break;
        uint64_t whole = sizeof found + found.size + CHECKSUM;
        if (whole > room) {
            free(piece);
            piece = malloc(whole);
            room = whole;
        }
        if (piece == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to read the journal", journal->path);
        dia_segment segment = {.block = found.block,
                               .step = found.step,
                               .first = found.first,
                               .samples = found.samples,
                               .hops = found.hops,
                               .size = found.size,
                               .offset = journal->end + sizeof found};
        bool good = read_at(journal->file, piece, whole, journal->end) && sealed(piece, sizeof found + found.size);
        if (good && continues(journal, &segment)) {
            if (!remember(journal, &segment)) {
                free(piece);
                return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to read the journal", journal->path);
            }
            journal->resumed = true;
        } else {
            journal->damaged += whole;
        }
        journal->end += whole;
    }
    free(piece);
    journal->damaged += size - journal->end;
    if (size > journal->end && ftruncate(journal->file, (off_t)journal->end) != 0)
        return failed(journal, "the torn end of the journal cannot be cut off", error);
    return DIA_OK;
}

/* ---- opening --------------------------------------------------------------------------------- */

dia_status dia_journal_open(dia_journal **journal, const char *path, const dia_journal_head *wanted, bool fresh,
                            dia_error *error)
{
    *journal = NULL;
    dia_journal *made = calloc(1, sizeof *made);
    if (made != NULL) {
        made->file = -1;
        made->nblock = wanted->nblock;
        made->path = strdup(path);
        made->blocks = calloc((size_t)wanted->nblock, sizeof *made->blocks);
    }
    if (made == NULL || made->path == NULL || made->blocks == NULL) {
        dia_journal_close(made);
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the journal", path);
    }
    bool empty = false;
    dia_status status = dia_lock_open(&made->file, path, "flying", error);
    if (status == DIA_OK)
        status = read_head(made, wanted, fresh, &empty, error);
    if (status == DIA_OK)
        status = empty ? start(made, wanted, fresh, error) : scan(made, error);
    if (status != DIA_OK) {
        dia_journal_close(made);
        return status;
    }
    *journal = made;
    return DIA_OK;
}

void dia_journal_close(dia_journal *journal)
{
    if (journal == NULL)
        return;
    if (journal->file >= 0)
        close(journal->file); /* which also unlocks */
    for (int64_t block = 0; journal->blocks != NULL && block < journal->nblock; block++)
        free(journal->blocks[block].items);
    free(journal->blocks);
    free(journal->path);
    free(journal->identity);
    free(journal);
}

void dia_journal_remove(dia_journal *journal)
{
    unlink(journal->path); /* still locked, so it is not another program's journal */
    dia_journal_close(journal);
}

bool dia_journal_replaces(const dia_journal *journal)
{
    return journal->replaces;
}

bool dia_journal_resumed(const dia_journal *journal)
{
    return journal->resumed;
}

uint64_t dia_journal_damaged(const dia_journal *journal)
{
    return journal->damaged;
}

/* ---- reading and appending ------------------------------------------------------------------- */

const char *dia_journal_identity(const dia_journal *journal)
{
    return journal->identity;
}

dia_status dia_journal_conditions(const dia_journal *journal, void *bytes, dia_error *error)
{
    head found;
    if (!read_at(journal->file, &found, sizeof found, 0) ||
        !read_at(journal->file, bytes, found.conditions, journal->conditions))
        return failed(journal, "the journal cannot be read", error);
    return DIA_OK;
}

int64_t dia_journal_segments(const dia_journal *journal, int64_t block)
{
    return journal->blocks[block].n;
}

const dia_segment *dia_journal_segment(const dia_journal *journal, int64_t block, int64_t i)
{
    return &journal->blocks[block].items[i];
}

dia_status dia_journal_read(const dia_journal *journal, const dia_segment *segment, dia_body *body, dia_error *error)
{
    if (body->bytes == NULL || segment->size > body->room) {
        free(body->bytes);
        body->bytes = malloc(segment->size + 1); /* an empty one is no lack of memory */
        body->room = body->bytes != NULL ? segment->size : 0;
    }
    if (body->bytes == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to read the journal", journal->path);
    if (!read_at(journal->file, body->bytes, segment->size, segment->offset))
        return failed(journal, "the journal cannot be read", error);
    return DIA_OK;
}

size_t dia_journal_before(void)
{
    return sizeof(segment_head);
}

size_t dia_journal_after(void)
{
    return CHECKSUM;
}

void dia_journal_seal(const dia_segment *segment, void *piece)
{
    segment_head made = {.magic = SEGMENT_MAGIC,
                         .block = segment->block,
                         .step = segment->step,
                         .first = segment->first,
                         .samples = segment->samples,
                         .hops = segment->hops,
                         .size = segment->size,
                         .time = wall_clock()};
    memcpy(piece, &made, sizeof made);
    seal(piece, sizeof made + segment->size);
}

dia_status dia_journal_append(dia_journal *journal, const dia_segment *segment, const void *piece, dia_error *error)
{
    size_t whole = sizeof(segment_head) + segment->size + CHECKSUM;
    if (!write_at(journal->file, piece, whole, journal->end)) {
        dia_status status =
            failed(journal, "the journal cannot be written (the flight can be resumed when it can)", error);
        if (ftruncate(journal->file, (off_t)journal->end) != 0)
            journal->damaged += whole; /* the next start cuts it off */
        return status;
    }
    dia_segment placed = *segment;
    placed.offset = journal->end + sizeof(segment_head);
    journal->end += whole;
    if (!remember(journal, &placed))
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to go on", journal->path);
    return DIA_OK;
}

void dia_journal_sync(const dia_journal *journal)
{
    fdatasync(journal->file); /* best effort: what a power failure loses is computed again */
}

/* ---- looking ---------------------------------------------------------------------------------- */

enum { RECENT = 600 }; /* seconds over which the rate is taken */

/* Not the head of a flight, whatever its checksum says: with numbers that can be counted with, of trajectories that the conditions hold. */
static bool impossible(const head *found)
{
    const dia_journal_size *size = &found->size;
    return size->count < 0 || (uint64_t)size->count > found->conditions || size->block < 0 || size->from < 0 ||
           size->from > size->steps || size->steps > INT64_MAX / (size->count + 1);
}

/* The head of the segment at `at`, behind which the next one is. */
static bool next_segment(int file, uint64_t size, uint64_t *at, segment_head *found)
{
    if (*at > size || size - *at < sizeof *found + CHECKSUM || !read_at(file, found, sizeof *found, *at) ||
        memcmp(found->magic, SEGMENT_MAGIC, MAGIC) != 0 || found->size > size - *at - sizeof *found - CHECKSUM)
        return false;
    *at += sizeof *found + found->size + CHECKSUM;
    return true;
}

/* Steps done by all segments; of those sealed after `since` also the first's time, and the steps of the others. */
static bool count_steps(int file, const head *found, uint64_t size, double since, dia_journal_view *view,
                        double *recent, double *begun)
{
    const int64_t block = found->size.block > 0 ? found->size.block : 1,
                  nblock = found->size.count / block + (found->size.count % block > 0);
    uint64_t at = sizeof *found + found->length + CHECKSUM + found->conditions;
    int64_t *step = nblock >= 0 ? dia_allocate((size_t)nblock + 1, sizeof *step) : NULL;
    if (step == NULL)
        return false;
    for (int64_t i = 0; i < nblock; i++)
        step[i] = found->size.from;
    *recent = *begun = 0.0;
    view->done = found->size.from * found->size.count;
    view->complete = 0;
    for (segment_head s; next_segment(file, size, &at, &s);) {
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
    head found;
    double recent = 0.0, begun = 0.0;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: %s", path, strerror(errno));
    const uint64_t size = file_size(file);
    view->locked = dia_lock_held(path, &view->process);
    dia_status status = DIA_OK;
    if (size < sizeof found || !read_at(file, &found, sizeof found, 0)) {
        view->begins = true; /* it is made just now, or was torn at its birth */
    } else if (memcmp(found.magic, HEAD_MAGIC, MAGIC) != 0) {
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: is no journal that this program can read", path);
    } else if (found.length > size || found.conditions > size ||
               size < sizeof found + found.length + CHECKSUM + found.conditions) {
        view->begins = true;
    } else if (impossible(&found)) {
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: the head of the journal is damaged", path);
    } else {
        view->size = found.size;
        view->identity = calloc(found.length + 1, 1);
        if (view->identity == NULL || !read_at(file, view->identity, found.length, sizeof found) ||
            !count_steps(file, &found, size, 0.0, view, &recent, &begun) ||
            !count_steps(file, &found, size, view->last - RECENT, view, &recent, &begun))
            status = dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be read", path);
        view->rate = view->last > begun && recent > 0.0 ? recent / (view->last - begun) : 0.0;
        view->now = wall_clock();
    }
    close(file);
    if (status != DIA_OK) {
        free(view->identity);
        view->identity = NULL;
    }
    return status;
}
