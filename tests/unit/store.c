/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* memmem */
#include "check.h"

#include <sys/stat.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "good_file.h"
#include "store/store.h"

static void test_round_trip(void **state)
{
    (void)state;
    enum { N = 300, M = 40 }; /* 96 kB of doubles: chunked */
    static double real[N][M], real_back[N][M];
    static int whole[N][M], whole_back[N][M];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < M; j++) {
            real[i][j] = sin(i + 0.1 * j);
            whole[i][j] = i * M - j;
        }
    const size_t dims[] = {N, M}, three[] = {3};
    const int8_t small[] = {-1, 0, 127};
    const int64_t large[] = {INT64_MIN, 0, INT64_MAX};
    int8_t small_back[3];
    int64_t large_back[3];
    const char *const names[] = {"C", "Å ångström", ""};
    char **names_back, *text;
    dia_error error = {0};
    dia_store *store;
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_write(store, "deep/er/real", DIA_NUMBER_REAL, 2, dims, real, "eV", &error), &error);
    assert_ok(dia_store_write(store, "deep/whole", DIA_NUMBER_INT, 2, dims, whole, NULL, &error), &error);
    assert_ok(dia_store_write(store, "single", DIA_NUMBER_FLOAT, 2, dims, real, NULL, &error), &error);
    assert_ok(dia_store_write(store, "small", DIA_NUMBER_INT8, 1, three, small, NULL, &error), &error);
    assert_ok(dia_store_write(store, "large", DIA_NUMBER_INT64, 1, three, large, NULL, &error), &error);
    assert_ok(dia_store_write_texts(store, "names", 3, names, &error), &error);
    assert_ok(dia_store_set_text(store, "group/first", "note", "made as needed", &error), &error);
    assert_ok(dia_store_set_real(store, "deep", "pi", 3.25, &error), &error);
    assert_ok(dia_store_set_int(store, "deep", "count", -7, &error), &error);
    assert_ok(dia_store_set_int(store, "deep", "count", 7, &error), &error); /* replaces */
    assert_ok(dia_store_commit(&store, &error), &error);
    assert_false(exists(temporary));

    assert_ok(dia_store_open(&store, path, &error), &error);
    assert_ok(dia_store_read(store, "deep/er/real", DIA_NUMBER_REAL, 2, dims, real_back, &error), &error);
    assert_memory_equal(real, real_back, sizeof real);
    assert_ok(dia_store_read(store, "deep/whole", DIA_NUMBER_INT, 2, dims, whole_back, &error), &error);
    assert_memory_equal(whole, whole_back, sizeof whole);
    assert_ok(dia_store_read(store, "single", DIA_NUMBER_REAL, 2, dims, real_back, &error), &error);
    assert_true(real_back[17][3] == (double)(float)real[17][3]);
    assert_ok(dia_store_read(store, "small", DIA_NUMBER_INT8, 1, three, small_back, &error), &error);
    assert_memory_equal(small, small_back, sizeof small);
    assert_ok(dia_store_read(store, "large", DIA_NUMBER_INT64, 1, three, large_back, &error), &error);
    assert_memory_equal(large, large_back, sizeof large);
    assert_ok(dia_store_read_texts(store, "names", 3, &names_back, &error), &error);
    for (int i = 0; i < 3; i++)
        assert_string_equal(names[i], names_back[i]);
    free(names_back);
    assert_true(dia_store_has(store, "deep/er") && !dia_store_has(store, "deep/none/real") && dia_store_has(store, ""));
    assert_ok(dia_store_attribute_text(store, "deep/er/real", "unit", &text, &error), &error);
    assert_string_equal(text, "eV");
    free(text);
    assert_ok(dia_store_attribute_text(store, "group/first", "note", &text, &error), &error);
    assert_string_equal(text, "made as needed");
    free(text);
    double pi;
    int64_t count;
    assert_ok(dia_store_attribute_real(store, "deep", "pi", &pi, &error), &error);
    assert_ok(dia_store_attribute_int(store, "deep", "count", &count, &error), &error);
    assert_true(pi == 3.25 && count == 7);
    assert_ok(dia_store_attribute_real(store, "deep", "count", &pi, &error),
              &error); /* an integer will do for a real */
    assert_true(pi == 7.0);
    dia_store_close(&store);
}

/* Rows written in any order come back; rows never written are NaN / -1. */
static void test_rows(void **state)
{
    (void)state;
    enum { N = 50, T = 500 };
    const size_t dims[] = {N, T}, dims8[] = {N};
    double row[2][T], back[3][T];
    int8_t fate[N];
    dia_error error = {0};
    dia_store *store;
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_reserve(store, "t/energy", DIA_NUMBER_REAL, 2, dims, false, "hartree", &error), &error);
    assert_ok(dia_store_reserve(store, "t/fate", DIA_NUMBER_INT8, 1, dims8, false, NULL, &error), &error);
    for (int first = N - 2; first >= 2; first -= 2) { /* backwards; rows 0 and 1 are left out */
        for (int i = 0; i < 2; i++)
            for (int t = 0; t < T; t++)
                row[i][t] = (first + i) * 1000.0 + t;
        assert_ok(dia_store_write_part(store, "t/energy", DIA_NUMBER_REAL, 2, dims, 1, &(size_t){(size_t)first},
                                       &(size_t){2}, row, &error),
                  &error);
    }
    assert_ok(dia_store_write_part(store, "t/fate", DIA_NUMBER_INT8, 1, dims8, 1, &(size_t){5}, &(size_t){1},
                                   &(int8_t){3}, &error),
              &error);
    assert_ok(dia_store_commit(&store, &error), &error);

    assert_ok(dia_store_open(&store, path, &error), &error);
    int rank;
    size_t shape[8];
    assert_ok(dia_store_shape(store, "t/energy", &rank, shape, &error), &error);
    assert_true(rank == 2 && shape[0] == N && shape[1] == T);
    assert_ok(dia_store_read_rows(store, "t/energy", DIA_NUMBER_REAL, 2, dims, 1, 3, back, &error), &error);
    assert_true(isnan(back[0][0]) && isnan(back[0][T - 1]));
    assert_true(back[1][0] == 2000.0 && back[2][T - 1] == 3000.0 + T - 1);
    assert_ok(dia_store_read(store, "t/fate", DIA_NUMBER_INT8, 1, dims8, fate, &error), &error);
    assert_true(fate[4] == -1 && fate[5] == 3);
    assert_int_equal(dia_store_read_rows(store, "t/energy", DIA_NUMBER_REAL, 2, dims, N - 1, 2, back, &error),
                     DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "50 rows"));
    dia_store_close(&store);
}

static void test_wrong_content(void **state)
{
    (void)state;
    const size_t two_three[] = {2, 3}, three_two[] = {3, 2}, one[] = {1};
    const double values[6] = {1.5, 2, 3, 4, 5, 6};
    double back[6];
    int whole[6];
    char **texts;
    dia_error error = {0};
    dia_store *store;
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_write(store, "energies", DIA_NUMBER_REAL, 2, two_three, values, NULL, &error), &error);
    assert_ok(dia_store_write(store, "large", DIA_NUMBER_INT64, 1, one, &(int64_t){5000000000}, NULL, &error), &error);
    assert_ok(dia_store_write_texts(store, "group/names", 1, (const char *[]){"x"}, &error), &error);
    assert_ok(dia_store_set_text(store, "", "format", "diabolo-swarm", &error), &error);
    assert_ok(dia_store_set_int(store, "", "version", 2, &error), &error);
    expect_text(&error, dia_store_write(store, "energies", DIA_NUMBER_REAL, 2, two_three, values, NULL, &error),
                DIA_ERROR_FILE, "energies", "already");
    assert_ok(dia_store_commit(&store, &error), &error);

    assert_ok(dia_store_open(&store, path, &error), &error);
    expect_text(&error, dia_store_read(store, "energy", DIA_NUMBER_REAL, 2, two_three, back, &error), DIA_ERROR_INPUT,
                "no dataset 'energy'", "energies, group");
    expect_text(&error, dia_store_read(store, "group/name", DIA_NUMBER_REAL, 2, two_three, back, &error),
                DIA_ERROR_INPUT, "no dataset 'group/name'", "holds: names");
    expect_text(&error, dia_store_read(store, "other/name", DIA_NUMBER_REAL, 2, two_three, back, &error),
                DIA_ERROR_INPUT, "no dataset", "no group 'other'");
    expect_text(&error, dia_store_read(store, "group", DIA_NUMBER_REAL, 2, two_three, back, &error), DIA_ERROR_INPUT,
                "'group' is a group", "dataset");
    expect_text(&error, dia_store_read(store, "energies", DIA_NUMBER_REAL, 2, three_two, back, &error), DIA_ERROR_INPUT,
                "(2, 3)", "(3, 2)");
    expect_text(&error, dia_store_read(store, "energies", DIA_NUMBER_INT, 2, two_three, whole, &error), DIA_ERROR_INPUT,
                "real numbers", "integers");
    expect_text(&error, dia_store_read(store, "group/names", DIA_NUMBER_REAL, 1, one, back, &error), DIA_ERROR_INPUT,
                "text", "real numbers");
    expect_text(&error, dia_store_read_texts(store, "group/names", 2, &texts, &error), DIA_ERROR_INPUT, "2 strings",
                "1 strings");
    expect_text(&error, dia_store_read(store, "large", DIA_NUMBER_INT, 1, one, whole, &error), DIA_ERROR_FILE, "large",
                "cannot read"); /* does not fit an int: refused, not clipped */
    expect_text(&error, dia_store_attribute_real(store, "energies", "unit", back, &error), DIA_ERROR_INPUT, "energies",
                "no attribute 'unit'");
    expect_text(&error, dia_store_attribute_real(store, "", "format", back, &error), DIA_ERROR_INPUT, "format",
                "one number");
    assert_ok(dia_store_expect(store, "diabolo-swarm", 2, &error), &error);
    expect_text(&error, dia_store_expect(store, "diabolo-model", 2, &error), DIA_ERROR_INPUT, "diabolo-swarm",
                "'diabolo-model'");
    expect_text(&error, dia_store_expect(store, "diabolo-swarm", 1, &error), DIA_ERROR_INPUT, "version 2", "1 to 1");
    dia_store_close(&store);
}

static void test_bad_files(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_store *store;
    unlink(path);
    expect_text(&error, dia_store_open(&store, path, &error), DIA_ERROR_FILE, "cannot read", "No such file");
    assert_null(store);
    assert_int_equal(dia_store_open(&store, directory, &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, "directory"));
    dia_error_clear(&error);
    FILE *file = fopen(path, "w");
    fputs("no HDF5 at all\n", file);
    fclose(file);
    expect_text(&error, dia_store_open(&store, path, &error), DIA_ERROR_FILE, "not an HDF5 file", "");

    /* Cut at every 97th length: never a crash, and never another answer than an error. */
    write_good(1.0);
    struct stat about;
    assert_int_equal(stat(path, &about), 0);
    for (off_t length = about.st_size - 1; length >= 0; length -= 97) {
        assert_int_equal(truncate(path, length), 0);
        assert_int_equal(dia_store_open(&store, path, &error), DIA_ERROR_FILE);
        assert_null(store);
        dia_error_clear(&error);
    }
}

/* A disk that fails while a file is open: what may be missing is not missing, and the words are those of the system or of HDF5. */
static void test_unreadable(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_store *store;
    double value = 0.0;
    const double one = 1.0;
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_write(store, "group/value", DIA_NUMBER_REAL, 0, NULL, &one, NULL, &error), &error);
    assert_ok(dia_store_set_text(store, "group", "word", "x", &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    assert_ok(dia_store_open(&store, path, &error), &error);
    assert_true(!dia_store_has(store, "none") && dia_store_has(store, "group") && !dia_store_has(store, "group/none") &&
                !dia_store_has(store, "group/value/deeper") && !dia_store_has_attribute(store, "group", "none"));
    dia_store_close(&store);

    assert_ok(dia_store_open(&store, path, &error), &error);
    assert_int_equal(truncate(path, 100), 0); /* the superblock alone is left; the rest was not read yet */
    assert_true(dia_store_has(store, "group/value") && dia_store_has_attribute(store, "group", "word"));
    expect_text(&error, dia_store_read(store, "group/value", DIA_NUMBER_REAL, 0, NULL, &value, &error), DIA_ERROR_FILE,
                path, "cannot");
    char *text;
    expect_text(&error, dia_store_attribute_text(store, "group", "word", &text, &error), DIA_ERROR_FILE, path,
                "cannot");
    dia_store_close(&store);
    unlink(path);
}

/* One bit of the numbers of a small dataset, whether written at once or by rows, is wrong: reading it says so. */
static void test_wrong_bit(void **state)
{
    (void)state;
    enum { N = 5 };
    const size_t dims[] = {N}, rows[] = {N, 2};
    double values[N][2], back[N][2];
    for (int i = 0; i < N; i++)
        values[i][0] = values[i][1] = 1234.5678 + i;
    for (int by_rows = 0; by_rows < 2; by_rows++) {
        dia_error error = {0};
        dia_store *store;
        static char bytes[1 << 16];
        assert_ok(dia_store_create(&store, path, &error), &error);
        if (by_rows) {
            assert_ok(dia_store_reserve(store, "energy", DIA_NUMBER_REAL, 2, rows, true, NULL, &error), &error);
            assert_ok(dia_store_write_part(store, "energy", DIA_NUMBER_REAL, 2, rows, 1, &(size_t){0}, &(size_t){N},
                                           values, &error),
                      &error);
        } else {
            assert_ok(dia_store_write(store, "energy", DIA_NUMBER_REAL, 1, dims, values, NULL, &error), &error);
        }
        assert_ok(dia_store_commit(&store, &error), &error);
        FILE *file = fopen(path, "r+b");
        const size_t size = fread(bytes, 1, sizeof bytes, file);
        const char *at = memmem(bytes, size, &values[0][0], sizeof(double));
        assert_non_null(at);
        fseek(file, at - bytes, SEEK_SET);
        fputc(*at ^ 1, file);
        fclose(file);
        assert_ok(dia_store_open(&store, path, &error), &error);
        expect_text(
            &error,
            dia_store_read(store, "energy", DIA_NUMBER_REAL, by_rows ? 2 : 1, by_rows ? rows : dims, back, &error),
            DIA_ERROR_FILE, path, "'energy'");
        dia_store_close(&store);
    }
    unlink(path);
}

/* What other formats want: lists as attributes, a second name for a dataset. Read back by the library itself; by h5py
 * in cli.convert. */
static void test_lists_and_links(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_store *store;
    const double values[2] = {1.5, -2.0};
    double back[2] = {0.0, 0.0};
    const size_t dims[] = {2};
    const char *const texts[] = {"none", "n\xc3\xb6", ""};
    const int version[] = {1, 1};
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_write(store, "a/values", DIA_NUMBER_FLOAT, 1, dims, values, "fs", &error), &error);
    assert_ok(dia_store_link(store, "a/values", "b/c/values", &error), &error);
    assert_ok(dia_store_set_texts(store, "box", "boundary", 3, texts, &error), &error);
    assert_ok(dia_store_set_ints(store, "box", "version", 2, version, &error), &error);
    assert_int_equal(dia_store_link(store, "a/nothing", "d", &error), DIA_ERROR_FILE);
    dia_error_clear(&error);
    assert_ok(dia_store_commit(&store, &error), &error);
    assert_ok(dia_store_open(&store, path, &error), &error);
    assert_ok(dia_store_read(store, "b/c/values", DIA_NUMBER_REAL, 1, dims, back, &error), &error);
    assert_memory_equal(back, values, sizeof values);
    assert_true(dia_store_single(store, "b/c/values"));
    assert_false(dia_store_single(store, "b/c/nothing"));
    assert_true(dia_store_has_attribute(store, "box", "boundary"));
    char *text = NULL; /* a list is not one text */
    assert_int_equal(dia_store_attribute_text(store, "box", "boundary", &text, &error), DIA_ERROR_INPUT);
    dia_store_close(&store);
}

static void test_numbered(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_store *store;
    const size_t one = 1;
    assert_ok(dia_store_create(&store, path, &error), &error);
    for (int i = 0; i < 4; i++) {
        char name[20];
        snprintf(name, sizeof name, "set/%d", i + (i == 3)); /* 0, 1, 2, 4 */
        assert_ok(dia_store_set_int(store, name, "count", i, &error), &error);
    }
    assert_ok(dia_store_set_int(store, "empty", "count", 0, &error), &error);
    assert_ok(dia_store_write(store, "numbers", DIA_NUMBER_INT, 1, &one, &(int){1}, NULL, &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    assert_ok(dia_store_open(&store, path, &error), &error);
    assert_int_equal(dia_store_numbered(store, "set"), 3);
    assert_int_equal(dia_store_numbered(store, "empty"), 0);
    assert_int_equal(dia_store_numbered(store, "nowhere"), 0);
    assert_int_equal(dia_store_numbered(store, "numbers"), 0);
    dia_store_close(&store);
}

/* No time stamps, no addresses of the moment: the same content is the same bytes. */
static void test_same_bytes(void **state)
{
    (void)state;
    char *bytes[2];
    size_t size[2];
    for (int i = 0; i < 2; i++) {
        write_good(1.0);
        if (i == 0)
            sleep(1); /* HDF5's time stamps count seconds */
        FILE *file = fopen(path, "rb");
        bytes[i] = calloc(1, 1 << 16);
        size[i] = fread(bytes[i], 1, 1 << 16, file);
        fclose(file);
    }
    assert_true(size[0] > 0 && size[0] == size[1]);
    assert_memory_equal(bytes[0], bytes[1], size[0]);
    free(bytes[0]);
    free(bytes[1]);
}

/* A unit that a dataset states is honoured; one of another kind, or none where one must be, is refused by name. */
static void test_units(void **state)
{
    (void)state;
    dia_error error = {0};
    dia_store *store;
    const double written[2] = {27.211386245988, 1.0};
    double values[2];
    bool stated = false;
    const size_t two = 2;
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_write(store, "ev", DIA_NUMBER_REAL, 1, &two, written, "eV", &error), &error);
    assert_ok(dia_store_write(store, "bare", DIA_NUMBER_REAL, 1, &two, written, NULL, &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    assert_ok(dia_store_open(&store, path, &error), &error);
    assert_ok(dia_store_read_in(store, "ev", "hartree", 1, &two, values, NULL, &error), &error);
    assert_close(values[0], 1.0, 1e-15, 0); /* one multiplication */
    assert_ok(dia_store_read_in(store, "ev", "eV", 1, &two, values, &stated, &error), &error);
    assert_true(stated && values[0] == written[0]);
    assert_ok(dia_store_read_in(store, "bare", "hartree", 1, &two, values, &stated, &error), &error);
    assert_true(!stated && values[0] == written[0]);
    assert_int_equal(dia_store_read_in(store, "bare", "hartree", 1, &two, values, NULL, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "does not say its unit"));
    dia_error_clear(&error);
    assert_int_equal(dia_store_read_in(store, "ev", "bohr", 1, &two, values, NULL, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "dataset 'ev' is in 'eV'"));
    assert_non_null(strstr(error.text, "expected 'bohr'"));
    dia_store_close(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trip),      cmocka_unit_test(test_rows),
        cmocka_unit_test(test_wrong_content),   cmocka_unit_test(test_bad_files),
        cmocka_unit_test(test_lists_and_links), cmocka_unit_test(test_numbered),
        cmocka_unit_test(test_same_bytes),      cmocka_unit_test(test_units),
        cmocka_unit_test(test_unreadable),      cmocka_unit_test(test_wrong_bit),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
