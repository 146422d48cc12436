/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A write that fails, whichever it is, or is never finished leaves what was there before. */
#define _GNU_SOURCE /* syscall */
#include "check.h"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "good_file.h"
#include "store/store.h"

static void test_abandoned_write(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_store *store, *second;
    write_good(1.0);
    assert_ok(dia_store_create(&store, path, &error), &error);
    expect_text(&error, dia_store_create(&second, path, &error), DIA_ERROR_FILE, "another process", "output");
    assert_true(exists(temporary));
    dia_store_close(&store);
    assert_false(exists(temporary));
    check_good(1.0);
    char nowhere[] = "/nonexistent/a.h5";
    assert_int_equal(dia_store_create(&store, nowhere, &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "No such file"));
}

/* The disk is full: a file size limit in a child process stands for it. */
static void test_failed_write(void **state)
{
    (void)state;
    write_good(1.0);
    pid_t child = fork();
    if (child == 0) {
        static double values[100000];
        dia_error error = {0};
        dia_store *store;
        const size_t dims[] = {100000};
        signal(SIGXFSZ, SIG_IGN);
        struct rlimit limit = {.rlim_cur = 100000, .rlim_max = 100000};
        if (setrlimit(RLIMIT_FSIZE, &limit) != 0 || dia_store_create(&store, path, &error) != DIA_OK)
            _exit(2);
        dia_status status = dia_store_write(store, "value", DIA_NUMBER_REAL, 1, dims, values, NULL, &error);
        if (status == DIA_OK)
            status = dia_store_commit(&store, &error);
        dia_store_close(&store);
        /* the system's words, without HDF5's times, descriptors and addresses */
        const bool plain = strstr(error.text, "'value': File too large") != NULL && strchr(error.text, '\n') == NULL &&
                           strstr(error.text, "0x") == NULL;
        if (!plain)
            fprintf(stderr, "%s\n", error.text);
        _exit(status == DIA_ERROR_FILE && plain ? 0 : 1);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFEXITED(result) && WEXITSTATUS(result) == 0);
    assert_false(exists(temporary));
    check_good(1.0);
}

/* HDF5's writes come here instead of to the C library: the one before which `good_writes` is 0 fails, once. */
static long good_writes = -1, nwrite;

__attribute__((visibility("default"))) ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset)
{
    nwrite++;
    if (good_writes >= 0 && good_writes-- == 0) {
        errno = EIO;
        return -1;
    }
    return (ssize_t)syscall(SYS_pwrite64, file, bytes, size, offset);
}

/* Everything that a file can hold, of every size, and what a group of another holds. */
static dia_status write_all_kinds(const dia_store *other, dia_error *error)
{
    enum { N = 20000 }; /* more than a small dataset */
    static double values[N];
    const size_t three[] = {3}, many[] = {N}, rows[] = {N / 4, 4};
    const char *const texts[] = {"one", "two", "three"};
    const int whole[] = {1, 2, 3};
    dia_store *store;
    for (int i = 0; i < N; i++)
        values[i] = sin(i);
    dia_status status = dia_store_create(&store, path, error);
    if (status == DIA_OK)
        status = dia_store_set_text(store, "", "format", "diabolo-test", error);
    if (status == DIA_OK)
        status = dia_store_write_texts(store, "names", 3, texts, error);
    if (status == DIA_OK)
        status = dia_store_write(store, "one", DIA_NUMBER_REAL, 0, NULL, values, "bohr", error);
    if (status == DIA_OK)
        status = dia_store_write(store, "group/few", DIA_NUMBER_INT, 1, three, whole, NULL, error);
    if (status == DIA_OK)
        status = dia_store_write(store, "group/many", DIA_NUMBER_FLOAT, 1, many, values, "fs", error);
    if (status == DIA_OK)
        status = dia_store_reserve(store, "rows", DIA_NUMBER_REAL, 2, rows, true, "1", error);
    if (status == DIA_OK)
        status = dia_store_write_part(store, "rows", DIA_NUMBER_REAL, 2, rows, 1, &(size_t){0}, &(size_t){N / 4},
                                      values, error);
    if (status == DIA_OK)
        status = dia_store_reserve(store, "few rows", DIA_NUMBER_REAL, 1, three, false, "1", error);
    if (status == DIA_OK)
        status = dia_store_write_part(store, "few rows", DIA_NUMBER_REAL, 1, three, 1, &(size_t){1}, &(size_t){2},
                                      values, error);
    if (status == DIA_OK && other != NULL)
        status = dia_store_copy(store, "copied", other, error);
    if (status == DIA_OK)
        status = dia_store_set_texts(store, "", "list", 3, texts, error);
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    else
        dia_store_close(&store);
    return status;
}

static size_t read_bytes(char **bytes)
{
    enum { MOST = 1 << 20 };
    FILE *file = fopen(path, "rb");
    *bytes = calloc(1, MOST);
    const size_t size = fread(*bytes, 1, MOST, file);
    fclose(file);
    assert_true(size > 0 && size < MOST);
    return size;
}

/* Whichever write fails, for once: the error says so and the old file is there, or the new one has the bytes that it should have. */
static void test_each_write(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_store *other;
    char source[80], *expected, *found;
    snprintf(source, sizeof source, "%s/source.h5", directory);
    assert_ok(write_all_kinds(NULL, &error), &error);
    assert_int_equal(rename(path, source), 0);
    assert_ok(dia_store_open(&other, source, &error), &error);
    nwrite = 0;
    assert_ok(write_all_kinds(other, &error), &error);
    const long all = nwrite;
    assert_true(all > 20);
    const size_t size = read_bytes(&expected);
    int failed = 0;
    for (long k = 0; k < all; k++) {
        write_good(1.0);
        dia_error_clear(&error);
        good_writes = k;
        const dia_status status = write_all_kinds(other, &error);
        good_writes = -1;
        if (status == DIA_OK) {
            const size_t now = read_bytes(&found);
            if (now != size || memcmp(expected, found, size) != 0)
                fail_msg("write %ld of %ld failed without a word", k, all);
            free(found);
        } else {
            failed++;
            assert_true(status == DIA_ERROR_FILE && strstr(error.text, path) != NULL);
            assert_false(exists(temporary));
            check_good(1.0);
        }
    }
    assert_true(failed > all / 2);
    free(expected);
    dia_store_close(&other);
    unlink(source);
}

static void test_killed_write(void **state)
{
    (void)state;
    write_good(1.0);
    pid_t child = fork();
    if (child == 0) {
        dia_error error = {0};
        dia_store *store;
        double two = 2.0;
        if (dia_store_create(&store, path, &error) != DIA_OK ||
            dia_store_write(store, "value", DIA_NUMBER_REAL, 0, NULL, &two, NULL, &error) != DIA_OK)
            _exit(2);
        kill(getpid(), SIGKILL);
    }
    int result;
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_true(WIFSIGNALED(result));
    assert_true(exists(temporary));
    check_good(1.0);
    write_good(3.0); /* what the killed one left behind is no obstacle */
    check_good(3.0);
}

int main(void)
{
    dia_store_own_process(); /* after a failed write its clean-up at exit crashes */
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_abandoned_write),
        cmocka_unit_test(test_failed_write),
        cmocka_unit_test(test_each_write),
        cmocka_unit_test(test_killed_write),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
