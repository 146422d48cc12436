/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "swarm/journal_file.h"

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

bool dia_journal_read_at(int file, void *bytes, size_t size, uint64_t offset)
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

double dia_journal_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

uint64_t dia_journal_file_size(int file)
{
    struct stat about;
    return fstat(file, &about) == 0 ? (uint64_t)about.st_size : 0;
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

/* Hashes size bytes and writes the checksum behind them, or compares it with the one there. */
static void seal(unsigned char *bytes, size_t size)
{
    char digest[DIA_DIGEST_SIZE];
    dia_digest_bytes(bytes, size, digest);
    memcpy(bytes + size, digest, DIA_JOURNAL_CHECKSUM);
}

static bool sealed(const unsigned char *bytes, size_t size)
{
    char digest[DIA_DIGEST_SIZE];
    dia_digest_bytes(bytes, size, digest);
    return memcmp(bytes + size, digest, DIA_JOURNAL_CHECKSUM) == 0;
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
static void place(dia_journal *journal, const dia_journal_file_head *found)
{
    journal->conditions = sizeof *found + found->length + DIA_JOURNAL_CHECKSUM;
    journal->end = journal->conditions + found->conditions;
}

static dia_status start(dia_journal *journal, const dia_journal_head *wanted, bool replaces, dia_error *error)
{
    dia_journal_file_head made = {.magic = DIA_JOURNAL_HEAD,
                                  .replaces = replaces,
                                  .length = strlen(wanted->identity),
                                  .conditions = conditions_size(wanted),
                                  .size = wanted->size};
    size_t size = sizeof made + made.length;
    unsigned char *bytes = malloc(size + DIA_JOURNAL_CHECKSUM);
    if (bytes == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the journal", journal->path);
    memcpy(bytes, &made, sizeof made);
    memcpy(bytes + sizeof made, wanted->identity, made.length);
    seal(bytes, size);
    bool good = ftruncate(journal->file, 0) == 0 && write_at(journal->file, bytes, size + DIA_JOURNAL_CHECKSUM, 0);
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
    if (memcmp(magic, DIA_JOURNAL_HEAD, DIA_JOURNAL_MAGIC - 1) != 0)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: expected the journal of a flight, found something else; move it away, or choose "
                             "another output.file",
                             journal->path);
    const char version = magic[DIA_JOURNAL_MAGIC - 1], ours = DIA_JOURNAL_HEAD[DIA_JOURNAL_MAGIC - 1];
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
    dia_journal_file_head found;
    uint64_t size = dia_journal_file_size(journal->file);
    *empty = size < sizeof found;
    if (*empty && size > 0) { /* torn at its birth, or no journal */
        const size_t least = size < DIA_JOURNAL_MAGIC - 1 ? (size_t)size : DIA_JOURNAL_MAGIC - 1;
        char magic[DIA_JOURNAL_MAGIC] = DIA_JOURNAL_HEAD;
        if (!dia_journal_read_at(journal->file, magic, least, 0))
            return failed(journal, "the journal cannot be read", error);
        return check_magic(journal, magic, true, error);
    }
    if (*empty)
        return DIA_OK;
    if (!dia_journal_read_at(journal->file, &found, sizeof found, 0))
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
    unsigned char *bytes = malloc(sizeof found + length + DIA_JOURNAL_CHECKSUM + 1);
    if (bytes == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for the journal's head", journal->path);
    char difference[500];
    if (!dia_journal_read_at(journal->file, bytes, sizeof found + length + DIA_JOURNAL_CHECKSUM, 0) ||
        !sealed(bytes, sizeof found + length)) {
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
    uint64_t size = dia_journal_file_size(journal->file), room = 0;
    unsigned char *piece = NULL;
    for (dia_journal_file_segment found;
         journal->end < size && size - journal->end >= sizeof found + DIA_JOURNAL_CHECKSUM;) {
        if (!dia_journal_read_at(journal->file, &found, sizeof found, journal->end) ||
            memcmp(found.magic, DIA_JOURNAL_SEGMENT, DIA_JOURNAL_MAGIC) != 0 ||
            found.size > size - journal->end - sizeof found - DIA_JOURNAL_CHECKSUM)
            break;
        uint64_t whole = sizeof found + found.size + DIA_JOURNAL_CHECKSUM;
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
        bool good =
            dia_journal_read_at(journal->file, piece, whole, journal->end) && sealed(piece, sizeof found + found.size);
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
    dia_journal_file_head found;
    if (!dia_journal_read_at(journal->file, &found, sizeof found, 0) ||
        !dia_journal_read_at(journal->file, bytes, found.conditions, journal->conditions))
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
    if (!dia_journal_read_at(journal->file, body->bytes, segment->size, segment->offset))
        return failed(journal, "the journal cannot be read", error);
    return DIA_OK;
}

size_t dia_journal_before(void)
{
    return sizeof(dia_journal_file_segment);
}

size_t dia_journal_after(void)
{
    return DIA_JOURNAL_CHECKSUM;
}

void dia_journal_seal(const dia_segment *segment, void *piece)
{
    dia_journal_file_segment made = {.magic = DIA_JOURNAL_SEGMENT,
                                     .block = segment->block,
                                     .step = segment->step,
                                     .first = segment->first,
                                     .samples = segment->samples,
                                     .hops = segment->hops,
                                     .size = segment->size,
                                     .time = dia_journal_clock()};
    memcpy(piece, &made, sizeof made);
    seal(piece, sizeof made + segment->size);
}

dia_status dia_journal_append(dia_journal *journal, const dia_segment *segment, const void *piece, dia_error *error)
{
    size_t whole = sizeof(dia_journal_file_segment) + segment->size + DIA_JOURNAL_CHECKSUM;
    if (!write_at(journal->file, piece, whole, journal->end)) {
        dia_status status =
            failed(journal, "the journal cannot be written (the flight can be resumed when it can)", error);
        if (ftruncate(journal->file, (off_t)journal->end) != 0)
            journal->damaged += whole; /* the next start cuts it off */
        return status;
    }
    dia_segment placed = *segment;
    placed.offset = journal->end + sizeof(dia_journal_file_segment);
    journal->end += whole;
    if (!remember(journal, &placed))
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory to go on", journal->path);
    return DIA_OK;
}

void dia_journal_sync(const dia_journal *journal)
{
    fdatasync(journal->file); /* best effort: what a power failure loses is computed again */
}
