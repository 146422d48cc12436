/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal of a flight: an append-only file beside the future swarm file, from which an interrupted flight
 * continues.
 *
 *   head        magic, lengths, identity text (all that determines the numbers of the swarm), SHA-256
 *   conditions  the caller's bytes: where the trajectories start
 *   segments    each: magic, sizes, place in its block | body (the caller's bytes) | SHA-256 over all that
 *
 * A segment continues its block where the block's last segment ended. Whenever the program is killed, the file holds
 * complete segments and at most one incomplete one at its end, which is cut off at the next start; a segment whose
 * body is damaged is skipped, and the block continues from the one before (computing it again gives the same
 * numbers). Integers have the machine's byte order: only the program that wrote a journal reads it. One process at a
 * time: the file is locked (fcntl). */
#ifndef DIA_SWARM_JOURNAL_H
#define DIA_SWARM_JOURNAL_H

#include "diabolo/base.h"

typedef struct dia_segment {
    int64_t block;
    int64_t step;           /* time steps done at its end            */
    int64_t first, samples; /* samples it holds: first..first+samples-1 */
    int64_t hops;           /* attempted hops it holds               */
    uint64_t size;          /* bytes of the body                     */
    uint64_t offset;        /* of the body in the file               */
} dia_segment;

typedef struct dia_journal dia_journal;

typedef struct dia_journal_size { /* of a flight, for those who look at it from outside */
    int64_t count, block;         /* trajectories, of a block                       */
    int64_t from, steps;          /* time steps: done before it began, at its end   */
} dia_journal_size;

enum { DIA_JOURNAL_PARTS = 6 };
typedef struct dia_journal_head { /* what a journal begins with; borrowed                   */
    const char *identity;         /* text of lines                                          */
    int64_t nblock;               /* blocks of the flight                                   */
    dia_journal_size size;
    struct {
        const void *bytes;
        size_t size;
    } parts[DIA_JOURNAL_PARTS]; /* of the conditions; written one behind the other; size 0: not there */
} dia_journal_head;

/* Opens PATH, or starts it, under a lock. A journal with another identity (dia_identity_differs), of another version of
 * the format or with conditions of another size is an error that says what differs. fresh: whatever is there is
 * discarded, and the flight may overwrite the finished file (kept in the journal for the resumption). */
DIA_MUST_USE dia_status dia_journal_open(dia_journal **journal, const char *path, const dia_journal_head *head,
                                         bool fresh, dia_error *error);
void dia_journal_close(dia_journal *journal);  /* keeps the file; NULL is fine   */
void dia_journal_remove(dia_journal *journal); /* closes it and removes the file */

/* A journal seen from outside, in flight or not: only the heads of segments are read, nothing is locked or changed. */
typedef struct dia_journal_view {
    char *identity; /* freed by the caller                                                      */
    dia_journal_size size;
    bool begins;      /* it holds nothing yet: all else is 0                                      */
    bool locked;      /* a flight holds it: it runs                                               */
    long process;     /* which, if it is on this machine                                          */
    int64_t done;     /* trajectory-steps, those of `from` among them                             */
    int64_t complete; /* trajectories flown to their end                                          */
    double last, now; /* seconds since 1970: last segment (0: none), time of the look             */
    double rate;      /* trajectory-steps a second in the last ten minutes of flight; 0: not known */
} dia_journal_view;
DIA_MUST_USE dia_status dia_journal_look(const char *path, dia_journal_view *view, dia_error *error);

bool dia_journal_replaces(const dia_journal *journal); /* it was started with `fresh`        */
bool dia_journal_resumed(const dia_journal *journal);  /* it holds segments to continue from */
/* Bytes that were damaged or incomplete; their steps are computed again. */
uint64_t dia_journal_damaged(const dia_journal *journal);

/* The identity that it was started with, and the conditions (all parts in one piece). No checksum covers the conditions:
 * the identity holds their digest. */
const char *dia_journal_identity(const dia_journal *journal);
DIA_MUST_USE dia_status dia_journal_conditions(const dia_journal *journal, void *bytes, dia_error *error);

/* Segments of a block in order; borrowed until the next append. */
int64_t dia_journal_segments(const dia_journal *journal, int64_t block);
const dia_segment *dia_journal_segment(const dia_journal *journal, int64_t block, int64_t i);
typedef struct dia_body { /* room for bodies of segments; zero-initialise; the caller frees bytes */
    unsigned char *bytes; /* of the segment read last */
    size_t room;
} dia_body;
/* Reads its body: (segment->size). Safe during other reads and appends. */
DIA_MUST_USE dia_status dia_journal_read(const dia_journal *journal, const dia_segment *segment, dia_body *body,
                                         dia_error *error);

/* Space that the caller leaves before and after the body, so that a segment is hashed and written in one piece. */
size_t dia_journal_before(void);
size_t dia_journal_after(void);
/* Fills the space around the body: piece (before + size + after). From any thread. */
void dia_journal_seal(const dia_segment *segment, void *piece);
/* Appends a sealed piece; segment->offset is set. One thread at a time. */
DIA_MUST_USE dia_status dia_journal_append(dia_journal *journal, const dia_segment *segment, const void *piece,
                                           dia_error *error);
/* Forces the journal to the disk. */
void dia_journal_sync(const dia_journal *journal);

#endif
