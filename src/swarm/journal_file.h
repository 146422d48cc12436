/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bytes of a journal (journal.h): for the flight that writes them and for those who look at it from outside. */
#ifndef DIA_SWARM_JOURNAL_FILE_H
#define DIA_SWARM_JOURNAL_FILE_H

#include "base/digest.h"
#include "swarm/journal.h"

#define DIA_JOURNAL_HEAD "DIAJRNL6" /* the last character is the version */
#define DIA_JOURNAL_SEGMENT "DIASEGM2"
enum { DIA_JOURNAL_MAGIC = 8, DIA_JOURNAL_CHECKSUM = DIA_DIGEST_SIZE - 1 };

typedef struct dia_journal_file_head { /* then the identity, then its checksum, then the conditions */
    char magic[DIA_JOURNAL_MAGIC];
    uint64_t replaces, length, conditions; /* bytes of identity, of conditions */
    dia_journal_size size;
} dia_journal_file_head;

typedef struct dia_journal_file_segment {
    char magic[DIA_JOURNAL_MAGIC];
    int64_t block, step, first, samples, hops;
    uint64_t size;
    double time; /* seconds since 1970: when it was sealed, for dia_journal_look */
} dia_journal_file_segment;

/* Reads so many bytes; false: they are not there, or cannot be read. */
bool dia_journal_read_at(int file, void *bytes, size_t size, uint64_t offset);
uint64_t dia_journal_file_size(int file); /* 0 if it cannot be told */
double dia_journal_clock(void);           /* seconds since 1970     */

#endif
