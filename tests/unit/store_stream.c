/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Datasets whose rows come in order (src/store/stream.c), read by HDF5 itself, which checks its own sums and undoes its own filters. */
#include "check.h"

#include <hdf5.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/pack.h"
#include "store/store.h"

enum { N = 5000, WIDTH = 24 };
static char directory[] = "/tmp/diabolo-stream-XXXXXX", path[2][64];

static int enter(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    for (int i = 0; i < 2; i++)
        snprintf(path[i], sizeof path[i], "%s/%d.h5", directory, i);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    unlink(path[0]);
    unlink(path[1]);
    return rmdir(directory);
}

/* Numbers as swarms hold them: noise, what changes slowly, what is the same, and what cannot be known. */
static double number(size_t row, size_t column)
{
    static const double odd[] = {0.0, -0.0, 1e-300, -1e30, INFINITY};
    const size_t i = row * WIDTH + column;
    if (row % 1000 == 7)
        return odd[column % 5];
    return column < 8 ? sin((double)(i * i % 100003)) : column < 16 ? 1.0 + 1e-9 * (double)row : 3.0;
}

static void task_of_team(int nthread, int ntask, void (*task)(void *, int, int), void *context)
{
    for (int i = ntask - 1; i >= 0; i--) /* as no single thread would do it */
        task(context, i, i % nthread);
}

typedef struct part { /* of a dataset */
    const char *name;
    dia_number number;
    int rank;
    size_t dims[3];
} part;

static const part parts[] = {{"rows/real", DIA_NUMBER_REAL, 3, {N, 2, WIDTH / 2}},
                             {"rows/single", DIA_NUMBER_FLOAT, 2, {N, WIDTH}},
                             {"rows/state", DIA_NUMBER_INT8, 2, {N, WIDTH}},
                             {"rows/number", DIA_NUMBER_INT64, 2, {N, WIDTH}},
                             {"rows/small", DIA_NUMBER_INT, 1, {N}},
                             {"rows/long", DIA_NUMBER_REAL, 2, {3, 40000}}}; /* a row is larger than a chunk */
enum { PARTS = sizeof parts / sizeof parts[0] };

static size_t width_of(const part *p)
{
    size_t width = 1;
    for (int d = 1; d < p->rank; d++)
        width *= p->dims[d];
    return width;
}

/* Rows first .. first+count-1 in memory; free(). */
static void *rows_of(const part *p, size_t first, size_t count)
{
    const size_t width = width_of(p);
    char *values = malloc(count * width * 8 + 8);
    assert_non_null(values);
    for (size_t i = 0; i < count * width; i++) {
        const size_t row = first + i / width, column = i % width;
        const double x = number(row, column % WIDTH);
        const int64_t large = (int64_t)(row * 1000003 + column);
        if (p->number == DIA_NUMBER_INT8)
            ((int8_t *)values)[i] = (int8_t)(row % 7);
        else if (p->number == DIA_NUMBER_INT)
            ((int *)values)[i] = (int)large;
        else if (p->number == DIA_NUMBER_INT64)
            ((int64_t *)values)[i] = large;
        else
            ((double *)values)[i] = x;
    }
    return values;
}

static void write_rows(dia_store *store, const part *p, size_t first, size_t count)
{
    dia_error error = {0};
    void *values = rows_of(p, first, count);
    assert_ok(dia_store_write_part(store, p->name, p->number, p->rank, p->dims, 1, &(size_t){first}, &(size_t){count},
                                   values, &error),
              &error);
    free(values);
}

static dia_store *begin(const char *file, bool in_order)
{
    dia_error error = {0};
    dia_store *store;
    assert_ok(dia_store_create(&store, file, &error), &error);
    for (int i = 0; i < PARTS; i++)
        assert_ok(dia_store_reserve(store, parts[i].name, parts[i].number, parts[i].rank, parts[i].dims, in_order, "1",
                                    &error),
                  &error);
    return store;
}

static void commit(dia_store **store)
{
    dia_error error = {0};
    assert_ok(dia_store_commit(store, &error), &error);
}

/* What HDF5 reads of the rows from `first` on, as double or int64_t; free(). */
static void *read_by_hdf5(const char *file, const part *p, hsize_t *stored)
{
    const hid_t store = H5Fopen(file, H5F_ACC_RDONLY, H5P_DEFAULT), dataset = H5Dopen2(store, p->name, H5P_DEFAULT);
    const bool real = p->number == DIA_NUMBER_REAL || p->number == DIA_NUMBER_FLOAT;
    void *values = malloc(p->dims[0] * width_of(p) * 8);
    assert_non_null(values);
    assert_true(dataset >= 0 && H5Dread(dataset, real ? H5T_NATIVE_DOUBLE : H5T_NATIVE_INT64, H5S_ALL, H5S_ALL,
                                        H5P_DEFAULT, values) >= 0);
    *stored = H5Dget_storage_size(dataset);
    H5Dclose(dataset);
    H5Fclose(store);
    return values;
}

/* The dataset holds the rows that were written; those from `rows` on hold NaN or -1. */
static void check_part(const char *file, const part *p, size_t rows)
{
    const size_t width = width_of(p), n = p->dims[0] * width;
    hsize_t stored;
    double *found = read_by_hdf5(file, p, &stored);
    char *wanted = rows_of(p, 0, p->dims[0]);
    size_t wrong = 0;
    for (size_t i = 0; i < n; i++) {
        int64_t whole;
        memcpy(&whole, found + i, sizeof whole);
        const bool there = i < rows * width;
        if (p->number == DIA_NUMBER_REAL)
            wrong += there ? memcmp(found + i, wanted + 8 * i, 8) != 0 : !isnan(found[i]);
        else if (p->number == DIA_NUMBER_FLOAT)
            wrong += there ? found[i] != (double)(float)((double *)wanted)[i] : !isnan(found[i]);
        else if (p->number == DIA_NUMBER_INT8)
            wrong += whole != (there ? ((int8_t *)wanted)[i] : -1);
        else if (p->number == DIA_NUMBER_INT)
            wrong += whole != (there ? ((int *)wanted)[i] : -1);
        else
            wrong += whole != (there ? ((int64_t *)wanted)[i] : -1);
    }
    if (wrong > 0)
        fail_msg("%s: %zu of %zu numbers are not those that were written", p->name, wrong, n);
    free(found);
    free(wanted);
}

static bool same_bytes(void)
{
    char *bytes[2];
    long size[2];
    for (int i = 0; i < 2; i++) {
        FILE *file = fopen(path[i], "rb");
        assert_non_null(file);
        fseek(file, 0, SEEK_END);
        size[i] = ftell(file);
        rewind(file);
        bytes[i] = malloc((size_t)size[i]);
        assert_true(bytes[i] != NULL && fread(bytes[i], 1, (size_t)size[i], file) == (size_t)size[i]);
        fclose(file);
    }
    const bool same = size[0] == size[1] && memcmp(bytes[0], bytes[1], (size_t)size[0]) == 0;
    free(bytes[0]);
    free(bytes[1]);
    return same;
}

/* All datasets by turns, rows in pieces of any size. */
static void write_all(const char *file, bool shared, size_t rows)
{
    dia_store *store = begin(file, true);
    if (shared)
        dia_store_share(store, task_of_team, 5);
    for (size_t first = 0, piece; first < rows; first += piece) {
        piece = first * 37 % 301 + 1 < rows - first ? first * 37 % 301 + 1 : rows - first;
        for (int i = 0; i < PARTS; i++)
            if (first < parts[i].dims[0])
                write_rows(store, &parts[i], first,
                           first + piece < parts[i].dims[0] ? piece : parts[i].dims[0] - first);
    }
    commit(&store);
}

static void test_in_order(void **state)
{
    (void)state;
    write_all(path[0], false, N);
    write_all(path[1], true, N);
    for (int i = 0; i < PARTS; i++)
        check_part(path[0], &parts[i], parts[i].dims[0]);
    assert_true(same_bytes());
}

/* Half of the rows, and none of some: the last chunk holds NaN or -1 behind them. */
static void test_not_all(void **state)
{
    (void)state;
    enum { ROWS = N / 2 + 11 };
    write_all(path[0], true, ROWS);
    for (int i = 0; i < PARTS; i++)
        check_part(path[0], &parts[i], ROWS < parts[i].dims[0] ? ROWS : parts[i].dims[0]);
    dia_store *store = begin(path[1], true);
    commit(&store);
    for (int i = 0; i < PARTS; i++)
        check_part(path[1], &parts[i], 0);
}

/* In another order after all: rows once more, rows left out and written later. */
static void test_out_of_order(void **state)
{
    (void)state;
    dia_store *store = begin(path[0], true);
    for (int i = 0; i < PARTS - 1; i++) {
        write_rows(store, &parts[i], 0, 3001);
        write_rows(store, &parts[i], 5, 10);
        write_rows(store, &parts[i], 4000, N - 4000);
        write_rows(store, &parts[i], 3001, 999);
    }
    commit(&store);
    for (int i = 0; i < PARTS - 1; i++)
        check_part(path[0], &parts[i], N);
}

/* Where all bytes can be packed the chunk is that of HDF5's own filters; noise is kept as it is; what lies between is smaller than
 * both. */
static void test_chunks(void **state)
{
    (void)state;
    enum { ROWS = 32768, BYTES = ROWS * 8 };
    const size_t rows = ROWS;
    int64_t *values = malloc(BYTES);
    unsigned char *chunk = malloc(2 * BYTES), *room = malloc(BYTES), *packed = malloc(dia_pack_room(BYTES));
    assert_true(values != NULL && chunk != NULL && room != NULL && packed != NULL);
    for (size_t i = 0; i < ROWS; i++)
        values[i] = (int64_t)(i % 97);
    const hsize_t dims = ROWS, zero = 0;
    const hid_t file = H5Fcreate(path[0], H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT),
                space = H5Screate_simple(1, &dims, NULL), properties = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_chunk(properties, 1, &dims);
    H5Pset_shuffle(properties);
    H5Pset_deflate(properties, DIA_PACK_LEVEL);
    H5Pset_fletcher32(properties);
    const hid_t dataset = H5Dcreate2(file, "x", H5T_STD_I64LE, space, H5P_DEFAULT, properties, H5P_DEFAULT);
    assert_true(dataset >= 0 && H5Dwrite(dataset, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
    H5Fflush(file, H5F_SCOPE_GLOBAL);
    hsize_t size = 0;
    uint32_t filters = 9, mask = 9;
    H5Dget_chunk_storage_size(dataset, &zero, &size);
    assert_true(H5Dread_chunk(dataset, H5P_DEFAULT, &zero, &filters, chunk) >= 0);
    const size_t got = dia_pack((const unsigned char *)values, BYTES, 8, room, packed, &mask);
    assert_int_equal(got, size);
    assert_int_equal(mask, filters);
    assert_memory_equal(packed, chunk, got);
    H5Pclose(properties);
    H5Sclose(space);
    H5Dclose(dataset);
    H5Fclose(file);

    uint64_t seed = 1;
    for (size_t i = 0; i < ROWS; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        values[i] = (int64_t)(seed ^ seed >> 29);
    }
    assert_int_equal(dia_pack((const unsigned char *)values, BYTES, 8, room, packed, &mask), BYTES + 4);
    assert_int_equal(mask, 3);
    assert_memory_equal(packed, values, BYTES);
    for (size_t i = 0; i < rows; i++)
        values[i] &= 0x00000fffffffffff; /* 44 of 64 bits are noise: 0.6875, and some for the codes of four of them */
    const double share = (double)dia_pack((const unsigned char *)values, BYTES, 8, room, packed, &mask) / BYTES;
    assert_int_equal(mask, 0);
    if (share < 0.6875 || share > 0.71)
        fail_msg("packed to %.3f of their size", share);
    free(values);
    free(chunk);
    free(room);
    free(packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_in_order), cmocka_unit_test(test_not_all),
                                       cmocka_unit_test(test_out_of_order), cmocka_unit_test(test_chunks)};
    return cmocka_run_group_tests(tests, enter, leave);
}
