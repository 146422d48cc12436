/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal of a flight under misfortune: torn, damaged, foreign, locked. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/provenance.h"
#include "swarm/journal.h"
#include "swarm/plan.h"

static const char path[] = "journal_test.journal", identity[] = "program: 1\nmodel: abc\nseed: 1\n";
enum { BLOCKS = 3, BODY = 100 };

static const char conditions[] = "where the trajectories start";

static dia_status open_as(dia_journal **journal, const char *text, bool fresh, dia_error *error)
{
    const dia_journal_head head = {
        .identity = text, .nblock = BLOCKS, .parts = {{conditions, 5}, {conditions + 5, sizeof conditions - 5}}};
    return dia_journal_open(journal, path, &head, fresh, error);
}

static dia_journal *opened(const char *text, bool fresh)
{
    dia_journal *journal = NULL;
    dia_error error = {0};
    assert_ok(open_as(&journal, text, fresh, &error), &error);
    return journal;
}

/* Appends segment i of a block: ten steps and two samples each; the body says which it is. */
static void append(dia_journal *journal, int64_t block, int64_t i)
{
    unsigned char piece[1000];
    assert_true(dia_journal_before() + BODY + dia_journal_after() <= sizeof piece);
    memset(piece + dia_journal_before(), (int)(10 * block + i), BODY);
    dia_segment segment = {.block = block, .step = 10 * (i + 1), .first = 2 * i, .samples = 2, .hops = 1, .size = BODY};
    dia_error error = {0};
    dia_journal_seal(&segment, piece);
    assert_ok(dia_journal_append(journal, &segment, piece, &error), &error);
}

static void assert_holds(const dia_journal *journal, int64_t block, int64_t segments)
{
    assert_int_equal(dia_journal_segments(journal, block), segments);
    for (int64_t i = 0; i < segments; i++) {
        const dia_segment *segment = dia_journal_segment(journal, block, i);
        dia_body body = {0};
        dia_error error = {0};
        assert_int_equal(segment->first, 2 * i);
        assert_int_equal(segment->step, 10 * (i + 1));
        assert_int_equal(segment->size, BODY);
        assert_ok(dia_journal_read(journal, segment, &body, &error), &error);
        for (int b = 0; b < BODY; b++)
            assert_int_equal(body.bytes[b], 10 * block + i);
        free(body.bytes);
    }
}

/* Three blocks, segments 0 1 0' 2 1' in this order (' is block 1), and closes. */
static void prepare(void)
{
    unlink(path);
    dia_journal *journal = opened(identity, false);
    assert_false(dia_journal_resumed(journal));
    append(journal, 0, 0);
    append(journal, 0, 1);
    append(journal, 1, 0);
    append(journal, 0, 2);
    append(journal, 1, 1);
    dia_journal_close(journal);
}

static off_t size_of_file(void)
{
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    return about.st_size;
}

static void flip_byte(off_t at)
{
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, (long)at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, (long)at, SEEK_SET);
    fputc(byte ^ 0x10, file);
    fclose(file);
}

static void comes_back_as_written(void **state)
{
    (void)state;
    prepare();
    dia_journal *journal = opened(identity, false);
    assert_true(dia_journal_resumed(journal));
    assert_int_equal(dia_journal_damaged(journal), 0);
    assert_holds(journal, 0, 3);
    assert_holds(journal, 1, 2);
    assert_holds(journal, 2, 0);
    char found[sizeof conditions] = "";
    dia_error error = {0};
    assert_ok(dia_journal_conditions(journal, found, &error), &error);
    assert_string_equal(found, conditions);
    assert_string_equal(dia_journal_identity(journal), identity);
    dia_journal_remove(journal);
    assert_int_not_equal(access(path, F_OK), 0);
}

/* Cut anywhere: what is left is a prefix of whole segments, and the journal goes on from there. */
static void survives_a_cut_anywhere(void **state)
{
    (void)state;
    prepare();
    off_t whole = size_of_file(), piece = (off_t)(dia_journal_before() + BODY + dia_journal_after()),
          head = whole - 5 * piece;
    const int64_t first[] = {0, 1, 2, 2, 3, 3},
                  second[] = {0, 0, 0, 1, 1, 2};     /* segments of blocks 0 and 1 in a prefix */
    for (off_t cut = whole - 1; cut > 0; cut -= 3) { /* 3: coprime to all sizes here */
        prepare();
        assert_int_equal(truncate(path, cut), 0);
        dia_journal *journal = opened(identity, false);
        off_t left = cut < head ? 0 : (cut - head) / piece;
        assert_holds(journal, 0, first[left]);
        assert_holds(journal, 1, second[left]);
        append(journal, 2, 0);
        append(journal, 0, first[left]);
        dia_journal_close(journal);
        journal = opened(identity, false);
        assert_int_equal(dia_journal_damaged(journal), 0);
        assert_holds(journal, 0, first[left] + 1);
        assert_holds(journal, 2, 1);
        dia_journal_close(journal);
    }
}

/* Any damaged byte is noticed: its segment and the later ones of its block are not believed; the rest stays usable. */
static void notices_any_damaged_byte(void **state)
{
    (void)state;
    prepare();
    off_t whole = size_of_file(), piece = (off_t)(dia_journal_before() + BODY + dia_journal_after()),
          head = whole - 5 * piece;
    for (off_t at = head; at < whole; at += 3) {
        prepare();
        flip_byte(at);
        dia_journal *journal = opened(identity, false);
        assert_true(dia_journal_damaged(journal) > 0);
        int64_t n0 = dia_journal_segments(journal, 0), n1 = dia_journal_segments(journal, 1);
        assert_true(n0 + n1 < 5);
        assert_holds(journal, 0, n0);
        assert_holds(journal, 1, n1);
        for (int64_t i = n0; i < 3; i++)
            append(journal, 0, i);
        for (int64_t i = n1; i < 2; i++)
            append(journal, 1, i);
        dia_journal_close(journal);
        journal = opened(identity, false); /* flown again: complete, whatever rubbish lies between */
        assert_holds(journal, 0, 3);
        assert_holds(journal, 1, 2);
        dia_journal_close(journal);
    }
    prepare();
    flip_byte(head + (off_t)dia_journal_before() + 5); /* body of segment 0 of block 0 */
    dia_journal *journal = opened(identity, false);
    assert_holds(journal, 0, 0);
    assert_holds(journal, 1, 2); /* another block's do not suffer */
    dia_journal_close(journal);
}

static void says_what_differs(void **state)
{
    (void)state;
    prepare();
    dia_error error = {0};
    dia_journal *journal = NULL;
    const char other[] = "program: 1\nmodel: xyz\nseed: 1\n";
    assert_int_equal(open_as(&journal, other, false, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "model: abc"));
    assert_non_null(strstr(error.text, "model: xyz"));
    assert_non_null(strstr(error.text, "--fresh"));
    journal = opened(identity, false); /* untouched */
    assert_holds(journal, 0, 3);
    dia_journal_close(journal);
    journal = opened(other, true); /* discarded on demand only */
    assert_false(dia_journal_resumed(journal));
    assert_true(dia_journal_replaces(journal));
    dia_journal_close(journal);
    journal = opened(identity, false); /* nothing flown yet: nothing to lose */
    assert_false(dia_journal_replaces(journal));
    dia_journal_close(journal);
    char text[200];
    assert_false(dia_identity_differs("a\nb\n", "a\nb\n", sizeof text, text));
    assert_true(dia_identity_differs("a\n", "a\nb\n", sizeof text, text));
    assert_true(dia_identity_differs("a\nb\n", "a\n", sizeof text, text));
}

/* Sampled conditions may differ in rounding; nothing else may. */
static void sampled_conditions_may_round_otherwise(void **state)
{
    (void)state;
    static const char mine[] = "model: abc\nsampled initial conditions: 12\n",
                      theirs[] = "model: abc\nsampled initial conditions: 34\n",
                      other[] = "model: xyz\nsampled initial conditions: 12\n";
    char text[200];
    assert_false(dia_identity_differs(mine, theirs, sizeof text, text));
    assert_true(dia_identity_differs(mine, other, sizeof text, text));
    assert_true(dia_identity_differs(mine, "model: abc\n", sizeof text, text));
    assert_true(dia_identity_differs("initial conditions: 12\n", "initial conditions: 34\n", sizeof text, text));
    unlink(path);
    dia_journal_close(opened(theirs, false));
    dia_journal *journal = opened(theirs, false);
    append(journal, 0, 0);
    dia_journal_close(journal);
    journal = opened(mine, false);
    assert_string_equal(dia_journal_identity(journal), theirs);
    assert_holds(journal, 0, 1);
    dia_journal_close(journal);
    dia_error error = {0};
    const dia_journal_head more = {.identity = theirs, .nblock = BLOCKS, .parts = {{conditions, 7}}};
    assert_int_equal(dia_journal_open(&journal, path, &more, false, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "another size"));
}

/* A swarm grows by trajectories and by time, with starts of other files that hold the same and more; those lines may differ where they
 * belong, and no others. */
static void may_grow(void **state)
{
    (void)state;
    static const struct {
        const char *before, *now;
        bool extends;
    } cases[] = {
        {"model: abc\ninitial:\n    trajectories: 10\n", "model: abc\ninitial:\n    trajectories: 20\n", true},
        {"initial:\n    # SHA-256 of a: 12\n", "initial:\n    # SHA-256 of a: 34\n", true},
        {"dynamics:\n    duration: 10 fs\n", "dynamics:\n    duration: 20 fs\n", true},
        {DIA_IDENTITY_SAMPLED " 12\n", DIA_IDENTITY_SAMPLED " 34\n", true},
        {"exact:\n    trajectories: 10\n", "exact:\n    trajectories: 20\n", false},
        {"model:\n    # SHA-256 of a: 12\n", "model:\n    # SHA-256 of a: 34\n", false},
        {"exact:\n    duration: 10 fs\n", "exact:\n    duration: 20 fs\n", false},
        {"dynamics:\n    timestep: 0.1 fs\n", "dynamics:\n    timestep: 0.2 fs\n", false},
        {"initial:\n    seed: 1\n    trajectories: 10\n", "initial:\n    seed: 2\n    trajectories: 20\n", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (dia_run_extends(cases[i].before, cases[i].now) != cases[i].extends)
            fail_msg("'%s' to '%s'", cases[i].before, cases[i].now);
}

/* The last character of the mark is the version. */
static void names_an_old_version(void **state)
{
    (void)state;
    prepare();
    FILE *file = fopen(path, "r+b");
    assert_non_null(file);
    fseek(file, 7, SEEK_SET);
    fputc('2', file);
    fclose(file);
    dia_error error = {0};
    dia_journal *journal = NULL;
    assert_int_equal(open_as(&journal, identity, false, &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "version 2, this program reads version 6"));
    assert_non_null(strstr(error.text, "--fresh"));
    journal = opened(identity, true);
    assert_false(dia_journal_resumed(journal));
    dia_journal_close(journal);
}

/* A damaged length makes the journal look torn: it starts anew, and counts what it loses. */
static void a_flipped_length_is_noticed(void **state)
{
    (void)state;
    for (off_t at = 16; at < 32; at += 15) { /* lowest byte of one length, highest of the other */
        prepare();
        const off_t whole = size_of_file();
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        fseek(file, (long)at + (at == 16 ? 5 : 0), SEEK_SET);
        fputc(0x7f, file);
        fclose(file);
        dia_journal *journal = opened(identity, false);
        assert_int_equal(dia_journal_damaged(journal), whole);
        assert_false(dia_journal_resumed(journal));
        assert_holds(journal, 0, 0);
        dia_journal_close(journal);
    }
}

static void a_damaged_head_and_a_foreign_file_are_errors(void **state)
{
    (void)state;
    prepare();
    flip_byte(72); /* in the identity */
    dia_error error = {0};
    dia_journal *journal = NULL;
    assert_int_equal(open_as(&journal, identity, false, &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "--fresh"));
    FILE *file = fopen(path, "wb");
    fputs("my diary, with no other copy anywhere in the world\n", file);
    fclose(file);
    dia_error_clear(&error);
    assert_int_equal(open_as(&journal, identity, true, &error), DIA_ERROR_FILE); /* even with --fresh */
    char text[100] = "";
    file = fopen(path, "rb");
    assert_non_null(fgets(text, sizeof text, file));
    fclose(file);
    assert_string_equal(text, "my diary, with no other copy anywhere in the world\n");
}

/* Numbers that no flight has, under a checksum or not: looked at from outside they are refused, not counted with. */
static void impossible_numbers_are_refused(void **state)
{
    (void)state;
    enum { COUNT = 32, BLOCK = 40, STEPS = 56 }; /* where they are in the head */
    const struct {
        long at;
        int64_t value;
    } numbers[] = {{COUNT, INT64_MAX}, {COUNT, -1}, {COUNT, (int64_t)1 << 40}, {BLOCK, -5}, {STEPS, -1}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        dia_error error = {0};
        dia_journal_view view;
        remove(path);
        dia_journal *journal = opened(identity, true);
        append(journal, 0, 0);
        dia_journal_close(journal);
        assert_ok(dia_journal_look(path, &view, &error), &error);
        free(view.identity);
        FILE *file = fopen(path, "r+b");
        assert_non_null(file);
        assert_int_equal(fseek(file, numbers[i].at, SEEK_SET), 0);
        assert_int_equal(fwrite(&numbers[i].value, 8, 1, file), 1);
        fclose(file);
        assert_int_equal(dia_journal_look(path, &view, &error), DIA_ERROR_FILE);
        assert_non_null(strstr(error.text, "damaged"));
        remove(path);
    }
}

/* A whole segment under its checksum, whose numbers no flight writes, is not taken in; what was there before stays. */
static void impossible_segments_are_left_out(void **state)
{
    (void)state;
    static const dia_segment good = {.block = 1, .step = 10, .samples = 2, .hops = 1, .size = BODY};
    dia_segment bad[6] = {good, good, good, good, good, good};
    bad[0].samples = -2;
    bad[1].hops = -1;
    bad[2].first = -2;
    bad[3].block = -1;
    bad[4].block = 1000;
    for (int i = 0; i < 6; i++) { /* the last is good */
        unsigned char piece[1000] = {0};
        const size_t size = dia_journal_before() + BODY + dia_journal_after();
        remove(path);
        dia_journal *journal = opened(identity, true);
        append(journal, 0, 0);
        dia_journal_close(journal);
        dia_journal_seal(&bad[i], piece);
        FILE *file = fopen(path, "ab");
        assert_non_null(file);
        assert_int_equal(fwrite(piece, 1, size, file), size);
        fclose(file);
        journal = opened(identity, false);
        assert_holds(journal, 0, 1);
        assert_int_equal(dia_journal_segments(journal, 1), i == 5);
        dia_journal_close(journal);
    }
    remove(path);
}

/* fcntl locks belong to a process, so the rival is another one. */
static void one_process_at_a_time(void **state)
{
    (void)state;
    prepare();
    dia_journal *journal = opened(identity, false);
    pid_t rival = fork();
    if (rival == 0) {
        dia_error error = {0};
        dia_journal *mine = NULL;
        dia_status status = open_as(&mine, identity, true, &error);
        char expected[50];
        snprintf(expected, sizeof expected, "process %ld", (long)getppid());
        _exit(status == DIA_ERROR_FILE && strstr(error.text, expected) != NULL ? 0 : 1);
    }
    int result = -1;
    assert_int_equal(waitpid(rival, &result, 0), rival);
    assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    assert_holds(journal, 0, 3);
    dia_journal_remove(journal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comes_back_as_written),
        cmocka_unit_test(survives_a_cut_anywhere),
        cmocka_unit_test(notices_any_damaged_byte),
        cmocka_unit_test(says_what_differs),
        cmocka_unit_test(sampled_conditions_may_round_otherwise),
        cmocka_unit_test(may_grow),
        cmocka_unit_test(names_an_old_version),
        cmocka_unit_test(a_flipped_length_is_noticed),
        cmocka_unit_test(a_damaged_head_and_a_foreign_file_are_errors),
        cmocka_unit_test(impossible_numbers_are_refused),
        cmocka_unit_test(impossible_segments_are_left_out),
        cmocka_unit_test(one_process_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
