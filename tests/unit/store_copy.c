/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What one file holds, as a group of another (src/store/copy.c): objects that other programs put into models, written and read by HDF5 itself. */
#include "check.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/store.h"

static char directory[] = "/tmp/diabolo-copy-XXXXXX", from[64], into[64];

static int enter(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(from, sizeof from, "%s/from.h5", directory);
    snprintf(into, sizeof into, "%s/into.h5", directory);
    return 0;
}

static int leave(void **state)
{
    (void)state;
    unlink(from);
    unlink(into);
    return rmdir(directory);
}

static hid_t begin(void)
{
    const hid_t file = H5Fcreate(from, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(file >= 0);
    assert_true(H5Gclose(H5Gcreate2(file, "deep", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)) >= 0);
    return file;
}

static void add_attribute(hid_t object, const char *name, hid_t type, const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR),
                attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(attribute >= 0 && H5Awrite(attribute, type, value) >= 0);
    H5Aclose(attribute);
    H5Sclose(space);
}

static void add_dataset(hid_t file, const char *name, hid_t type, const void *value)
{
    const hid_t space = H5Screate(H5S_SCALAR),
                dataset = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    assert_true(dataset >= 0 && H5Dwrite(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, value) >= 0);
    H5Dclose(dataset);
    H5Sclose(space);
}

static dia_status copy(dia_error *error)
{
    dia_store *one, *other;
    assert_ok(dia_store_open(&one, from, error), error);
    assert_ok(dia_store_create(&other, into, error), error);
    dia_status status = dia_store_copy(other, "copy/of", one, error);
    if (status == DIA_OK)
        status = dia_store_commit(&other, error);
    else
        dia_store_close(&other);
    dia_store_close(&one);
    return status;
}

typedef struct pair {
    int a;
    double b;
} pair;

/* A type with a name of its own, and what is stored with it, come over. */
static void test_named_types(void **state)
{
    (void)state;
    dia_error error = {0};
    const pair value = {7, 0.5}, other = {8, 1.5};
    pair found[2] = {{0}};
    const int one = 1;
    const hid_t file = begin(), type = H5Tcreate(H5T_COMPOUND, sizeof(pair));
    H5Tinsert(type, "a", offsetof(pair, a), H5T_NATIVE_INT);
    H5Tinsert(type, "b", offsetof(pair, b), H5T_NATIVE_DOUBLE);
    assert_true(H5Tcommit2(file, "deep/pair", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT) >= 0);
    add_attribute(type, "version", H5T_NATIVE_INT, &one);
    add_attribute(file, "of pairs", type, &value);
    add_dataset(file, "deep/value", type, &other);
    H5Fclose(file);
    assert_ok(copy(&error), &error);

    const hid_t made = H5Fopen(into, H5F_ACC_RDONLY, H5P_DEFAULT),
                named = H5Topen2(made, "copy/of/deep/pair", H5P_DEFAULT),
                attribute = H5Aopen_by_name(made, "copy/of", "of pairs", H5P_DEFAULT, H5P_DEFAULT),
                dataset = H5Dopen2(made, "copy/of/deep/value", H5P_DEFAULT);
    assert_true(named >= 0 && H5Tequal(named, type) > 0 && H5Aexists(named, "version") > 0);
    H5O_info_t about; /* no time stamps: the same content is the same bytes */
    assert_true(H5Oget_info(named, &about) >= 0 && about.ctime == 0);
    assert_true(H5Aread(attribute, type, &found[0]) >= 0);
    assert_true(H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, &found[1]) >= 0);
    assert_true(found[0].a == 7 && found[0].b == 0.5 && found[1].a == 8 && found[1].b == 1.5);
    H5Dclose(dataset);
    H5Aclose(attribute);
    H5Tclose(named);
    H5Tclose(type);
    H5Fclose(made);
}

static void expect_refused(const char *object, const char *why)
{
    dia_error error = {0};
    assert_int_equal(copy(&error), DIA_ERROR_INPUT);
    if (strstr(error.text, from) == NULL || strstr(error.text, object) == NULL || strstr(error.text, why) == NULL)
        fail_msg("'%s' and '%s' are not in: %s", object, why, error.text);
    assert_true(access(into, F_OK) != 0);
}

/* What cannot come over is named, with its file and what to do. */
static void test_refused(void **state)
{
    (void)state;
    unlink(into);
    hobj_ref_t reference;
    hid_t file = begin();
    assert_true(H5Rcreate(&reference, file, "deep", H5R_OBJECT, -1) >= 0);
    add_dataset(file, "deep/scale", H5T_STD_REF_OBJ, &reference);
    H5Fclose(file);
    expect_refused("'deep/scale'", "references to objects of its own file");

    file = begin();
    assert_true(H5Rcreate(&reference, file, "deep", H5R_OBJECT, -1) >= 0);
    const hid_t group = H5Gopen2(file, "deep", H5P_DEFAULT);
    add_attribute(group, "DIMENSION", H5T_STD_REF_OBJ, &reference);
    H5Gclose(group);
    H5Fclose(file);
    expect_refused("'deep/DIMENSION'", "delete it");

    file = begin();
    assert_true(H5Lcreate_hard(file, "deep", file, "deep/again", H5P_DEFAULT, H5P_DEFAULT) >= 0);
    H5Fclose(file);
    expect_refused("'deep/again/again/", "delete it");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_named_types), cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests(tests, enter, leave);
}
