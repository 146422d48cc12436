/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/output.h"
#include "base/provenance.h"

static char folder[64];

static const char *in(const char *name) /* a path in the folder of the test; four at a time */
{
    static char path[4][200];
    static int next;
    next = (next + 1) % 4;
    snprintf(path[next], sizeof path[next], "%s/%s", folder, name);
    return path[next];
}

static void put(const char *name, const char *text)
{
    FILE *file = fopen(in(name), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void expect_content(const char *name, const char *text)
{
    char found[200] = "";
    FILE *file = fopen(in(name), "r");
    assert_non_null(file);
    found[fread(found, 1, sizeof found - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(found, text);
}

static void expect_none(const char *name)
{
    assert_int_not_equal(access(in(name), F_OK), 0);
}

static void refused(const dia_claim *claim, const char *input, const char *says)
{
    dia_error error = {0};
    dia_status status = dia_output_check(claim, 1, &input, &error);
    if (status == DIA_OK || strstr(error.text, says) == NULL ||
        strncmp(error.text, claim->key, strlen(claim->key)) != 0)
        fail_msg("'%s' for '%s': status %d, says '%s', not '%s'", claim->path, input, status, error.text, says);
}

static void accepted(const dia_claim *claim, const char *input)
{
    dia_error error = {0};
    if (dia_output_check(claim, 1, &input, &error) != DIA_OK)
        fail_msg("%s", error.text);
}

static void test_check(void **state)
{
    (void)state;
    put("input", "kind of ours");
    put("ours", "kind of ours, older");
    put("other", "somebody's letters");
    put("empty", "");
    assert_int_equal(symlink("input", in("link")), 0);
    assert_int_equal(link(in("input"), in("hard")), 0);
    assert_int_equal(mkdir(in("sub"), 0777), 0);
    assert_int_equal(mkfifo(in("pipe"), 0600), 0);
    dia_claim claim = {.key = "output.file", .what = "a thing", .mark = "kind of ours"};
    const char *const names[] = {"input", "link", "hard", "sub/../input"};
    for (int force = 0; force < 2; force++) {
        claim.replace = force == 1;
        for (int i = 0; i < 4; i++) {
            claim.path = in(names[i]);
            refused(&claim, in("input"), "overwrite");
        }
        claim.path = in("new"); /* two names of a file to come; and its temporary name */
        refused(&claim, in("sub/../new"), "overwrite");
        put("new.tmp", "an input with an unlucky name");
        refused(&claim, in("new.tmp"), "overwrite");
        expect_content("new.tmp", "an input with an unlucky name");
        unlink(in("new.tmp"));
        claim.path = in("sub");
        refused(&claim, in("input"), "is a folder");
        claim.path = in("pipe");
        refused(&claim, in("input"), "is no file");
        claim.path = in("no/such/folder");
        refused(&claim, in("input"), "No such file or directory");
        claim.path = "";
        refused(&claim, in("input"), "empty");
        claim.path = in("new");
        accepted(&claim, in("input"));
        claim.path = in("empty");
        accepted(&claim, in("input"));
        claim.path = in("ours");
        accepted(&claim, in("input"));
    }
    claim.path = in("other");
    accepted(&claim, in("input")); /* replace */
    claim.replace = false;
    refused(&claim, in("input"), "move it away");
    claim.mark = NULL;
    claim.path = in("ours");
    refused(&claim, in("input"), "move it away");
    if (geteuid() != 0) {
        assert_int_equal(chmod(in("sub"), 0555), 0);
        claim.path = in("sub/new");
        refused(&claim, in("input"), "Permission denied");
        assert_int_equal(chmod(in("sub"), 0777), 0);
    }
    expect_content("input", "kind of ours");
    expect_content("other", "somebody's letters");
    expect_none("new");
    expect_none("new.tmp");
}

static void test_writing(void **state)
{
    (void)state;
    dia_output output, second;
    dia_error error = {0};
    put("result", "old");
    assert_int_equal(dia_output_open(&output, in("result"), NULL), DIA_OK);
    fputs("new", output.stream);
    expect_content("result", "old");
    /* nobody else writes it meanwhile, in this process or another */
    assert_int_equal(dia_output_open(&second, in("result"), &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "another process"));
    const pid_t child = fork();
    if (child == 0)
        _exit(dia_output_open(&second, in("result"), NULL) == DIA_ERROR_FILE ? 0 : 1);
    int how = 1;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    assert_int_equal(dia_output_close(&output, DIA_OK, NULL), DIA_OK);
    assert_int_equal(dia_output_close(&output, DIA_OK, NULL), DIA_OK);
    expect_content("result", "new");
    expect_none("result.tmp");
    /* what went wrong leaves what was there */
    assert_int_equal(dia_output_open(&output, in("result"), NULL), DIA_OK);
    fputs("newer", output.stream);
    assert_int_equal(dia_output_close(&output, DIA_ERROR_NUMERIC, NULL), DIA_ERROR_NUMERIC);
    expect_content("result", "new");
    expect_none("result.tmp");
}

/* A stale temporary file is replaced; through links nothing is touched. */
static void test_links(void **state)
{
    (void)state;
    dia_output output;
    dia_error error = {0};
    put("victim", "precious");
    assert_int_equal(symlink("victim", in("linked.tmp")), 0);
    assert_int_equal(dia_output_open(&output, in("linked"), &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "symbolic link"));
    assert_int_equal(link(in("victim"), in("stale.tmp")), 0);
    assert_int_equal(dia_output_open(&output, in("stale"), NULL), DIA_OK);
    fputs("result", output.stream);
    assert_int_equal(dia_output_close(&output, DIA_OK, NULL), DIA_OK);
    expect_content("stale", "result");
    expect_content("victim", "precious");
    assert_int_equal(mkfifo(in("pipe2.tmp"), 0600), 0);
    assert_int_equal(dia_output_open(&output, in("pipe2"), NULL), DIA_ERROR_FILE);
}

static void test_lock(void **state)
{
    (void)state;
    int first, second;
    dia_error error = {0};
    assert_int_equal(dia_lock_open(&first, in("lock"), "flying", NULL), DIA_OK);
    const pid_t child = fork();
    if (child == 0) { /* fails and closes what it opened: the lock stays */
        dia_error why = {0};
        char holder[40];
        snprintf(holder, sizeof holder, "process %ld", (long)getppid());
        _exit(dia_lock_open(&second, in("lock"), "flying", &why) != DIA_OK && strstr(why.text, holder) != NULL ? 0 : 1);
    }
    int how = 1;
    assert_int_equal(waitpid(child, &how, 0), child);
    assert_int_equal(how, 0);
    assert_int_equal(dia_lock_open(&second, in("lock"), "flying", &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "is flying this output"));
    close(first);
    assert_int_equal(dia_lock_open(&second, in("lock"), "flying", NULL), DIA_OK);
    close(second);
    put("precious", "text");
    assert_int_equal(symlink("precious", in("lock2")), 0);
    assert_int_equal(dia_lock_open(&second, in("lock2"), "flying", NULL), DIA_ERROR_FILE);
}

static void test_files(void **state)
{
    (void)state;
    dia_files files = {0}, again = {0};
    char digest[DIA_DIGEST_SIZE], text[500];
    put("a", "abc");
    put("b", "");
    assert_int_equal(dia_files_add(&files, in("a"), NULL), DIA_OK);
    assert_int_equal(dia_files_add(&files, in("a"), NULL), DIA_OK);
    assert_int_equal(files.n, 1);
    assert_int_equal(dia_files_digest(&files, digest, NULL), DIA_OK);
    assert_string_equal(digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"); /* of "abc" */
    assert_int_equal(dia_files_add(&files, in("b"), NULL), DIA_OK);
    char *lines = dia_files_text(&files);
    for (int i = 0; i < 2; i++) { /* as sha256sum writes them */
        snprintf(text, sizeof text, "%s  %s\n", files.items[i].digest, in(i == 0 ? "a" : "b"));
        assert_non_null(strstr(lines, text));
    }
    assert_int_equal(strlen(lines), 2 * (DIA_DIGEST_SIZE + 2) + strlen(in("a")) + strlen(in("b")));
    free(lines);
    put("b", "x");
    assert_int_equal(dia_files_add(&again, in("a"), NULL), DIA_OK);
    assert_int_equal(dia_files_add(&again, in("b"), NULL), DIA_OK);
    /* A result depends on every file: both the digest of all and the lines of an identity, also on the model alone. */
    char before[DIA_DIGEST_SIZE], now[DIA_DIGEST_SIZE];
    assert_int_equal(dia_files_digest(&files, before, NULL), DIA_OK);
    assert_int_equal(dia_files_digest(&again, now, NULL), DIA_OK);
    assert_string_not_equal(before, now);
    const dia_identity one = {"1", "c", "a", files.n, files.items, "m", "i", false, "seed: 1\n"},
                       other = {"1", "c", "a", again.n, again.items, "m", "i", false, "seed: 1\n"},
                       model = {"1", "c", "a", files.n, files.items, "n", "i", false, "seed: 1\n"};
    char *texts[] = {dia_identity_text(&one), dia_identity_text(&other), dia_identity_text(&model)};
    assert_true(dia_identity_differs(texts[0], texts[1], sizeof text, text));
    assert_non_null(strstr(text, "file of the model, b: "));
    assert_true(dia_identity_differs(texts[0], texts[2], sizeof text, text));
    assert_string_equal(text, "there: 'model: m'; now: 'model: n'");
    for (int i = 0; i < 3; i++)
        free(texts[i]);
    assert_int_equal(dia_files_add(&again, in("absent"), NULL), DIA_ERROR_FILE);
    dia_files_free(&files);
    dia_files_free(&again);
}

static void test_existing(void **state)
{
    (void)state;
    const dia_claim claim = {.path = "x.h5", .key = "output.file"};
    bool complete;
    dia_error error = {0};
    assert_int_equal(dia_output_existing(&claim, "a\nb\n", "a\nb\n", false, &complete, NULL), DIA_OK);
    assert_true(complete);
    assert_int_equal(dia_output_existing(&claim, "a\nb\n", "a\nb\n", true, &complete, NULL), DIA_OK);
    assert_false(complete);
    assert_int_equal(dia_output_existing(&claim, "a\nb\n", "a\nc\n", true, &complete, NULL), DIA_OK);
    assert_false(complete);
    assert_int_equal(dia_output_existing(&claim, "a\nb\n", "a\nc\n", false, &complete, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "(there: 'b'; now: 'c')"));
    assert_non_null(strstr(error.text, "--fresh"));
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/diabolo-output-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : 1;
}

static int remove_folder(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_check), cmocka_unit_test(test_writing), cmocka_unit_test(test_links),
        cmocka_unit_test(test_lock),  cmocka_unit_test(test_files),   cmocka_unit_test(test_existing),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
