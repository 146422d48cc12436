/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"
#include "swarm/journal.h"

enum {
    BLOCKS = 2,
    BODY = 24,
    MOST = 1 << 13,
    CHECKSUM = DIA_DIGEST_SIZE - 1,
    HEAD = 64,
    SEGMENT = 64,
    LENGTH = 16,
    SIZE = 48
};

static const char identity[] = "program: 1\nmodel: abc\nseed: 1\n", conditions[] = "where the trajectories start";
static unsigned char whole[MOST];
static size_t whole_size;

static dia_status open_it(dia_journal **journal, bool fresh, dia_error *error)
{
    const dia_journal_head head = {.identity = identity,
                                   .nblock = BLOCKS,
                                   .size = {.count = 20, .block = 10, .steps = 20},
                                   .parts = {{conditions, 5}, {conditions + 5, sizeof conditions - 5}}};
    return dia_journal_open(journal, fuzz_path("journal"), &head, fresh, error);
}

static void append(dia_journal *journal, int64_t block, int64_t i, dia_error *error)
{
    unsigned char piece[400] = {0};
    const dia_segment segment = {
        .block = block, .step = 10 * (i + 1), .first = 2 * i, .samples = 2, .hops = 1, .size = BODY};
    dia_journal_seal(&segment, piece);
    fuzz_check(dia_journal_append(journal, &segment, piece, error), error);
}

static void prepare(void)
{
    dia_journal *journal;
    dia_error error = {0};
    fuzz_made(open_it(&journal, true, &error), &error);
    for (int i = 0; i < 4; i++)
        append(journal, i % 2, i / 2, &error);
    dia_journal_close(journal);
    FILE *file = fopen(fuzz_path("journal"), "rb");
    whole_size = file != NULL ? fread(whole, 1, MOST, file) : 0;
    if (whole_size == 0)
        abort();
    fclose(file);
}

static void seal(unsigned char *bytes, size_t at, size_t size, size_t past)
{
    char digest[DIA_DIGEST_SIZE];
    if (at > past || size > past - at || past - at - size < CHECKSUM)
        return;
    dia_digest_bytes(bytes + at, size, digest);
    memcpy(bytes + at + size, digest, CHECKSUM);
}

/* Checksums made right again: damage that no accident makes. */
static void seal_all(unsigned char *bytes, size_t size)
{
    uint64_t length, conditions_size, body;
    memcpy(&length, bytes + LENGTH, 8);
    memcpy(&conditions_size, bytes + LENGTH + 8, 8);
    if (size < HEAD || length > size || conditions_size > size)
        return;
    seal(bytes, 0, HEAD + length, size);
    for (size_t at = HEAD + length + CHECKSUM + conditions_size; at + SEGMENT + CHECKSUM <= size;
         at += SEGMENT + body + CHECKSUM) {
        memcpy(&body, bytes + at + SIZE, 8);
        if (body > size)
            return;
        seal(bytes, at, SEGMENT + body, size);
    }
}

static void look(void)
{
    dia_journal_view view;
    dia_error error = {0};
    fuzz_check(dia_journal_look(fuzz_path("journal"), &view, &error), &error);
    free(view.identity);
}

/* What was opened is gone on with, and opened again. */
static void resume(void)
{
    dia_journal *journal;
    dia_error error = {0};
    for (int round = 0; round < 2; round++) {
        fuzz_check(open_it(&journal, false, &error), &error);
        if (error.status != DIA_OK)
            return;
        char kept[sizeof conditions];
        dia_body body = {0};
        fuzz_check(dia_journal_conditions(journal, kept, &error), &error);
        for (int64_t b = 0; b < BLOCKS; b++)
            for (int64_t i = 0; i < dia_journal_segments(journal, b); i++)
                fuzz_check(dia_journal_read(journal, dia_journal_segment(journal, b, i), &body, &error), &error);
        free(body.bytes);
        append(journal, 0, dia_journal_segments(journal, 0), &error);
        dia_journal_close(journal);
        look();
    }
}

/* The first byte: are checksums made right, is it cut (at the next two); then three bytes each: where, and the byte there. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (whole_size == 0)
        prepare();
    if (size < 3)
        return 0;
    unsigned char made[MOST];
    size_t length = whole_size;
    memcpy(made, whole, whole_size);
    if ((bytes[0] & 2) != 0)
        length = (bytes[1] * 256u + bytes[2]) % (whole_size + 1);
    for (size_t i = 3; i + 2 < size; i += 3)
        made[(bytes[i] * 256u + bytes[i + 1]) % whole_size] = bytes[i + 2];
    if ((bytes[0] & 1) != 0 && length >= HEAD)
        seal_all(made, length);
    FILE *file = fopen(fuzz_path("journal"), "wb");
    if (file == NULL || fwrite(made, 1, length, file) != length || fclose(file) != 0)
        abort();
    look();
    resume();
    return 0;
}
