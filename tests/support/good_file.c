/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "good_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "store/store.h"

char directory[] = "/tmp/diabolo-store-XXXXXX", path[64], temporary[64];

int enter(void **state)
{
    (void)state;
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/a.h5", directory);
    snprintf(temporary, sizeof temporary, "%s/a.h5.tmp", directory);
    return 0;
}

int leave(void **state)
{
    (void)state;
    unlink(path);
    unlink(temporary);
    return rmdir(directory);
}

bool exists(const char *file)
{
    return access(file, F_OK) == 0;
}

/* A good file with the number `value`, to be harmed. */
void write_good(double value)
{
    dia_error error = {0};
    dia_store *store;
    assert_ok(dia_store_create(&store, path, &error), &error);
    assert_ok(dia_store_write(store, "value", DIA_NUMBER_REAL, 0, NULL, &value, "hartree", &error), &error);
    assert_ok(dia_store_set_text(store, "", "format", "diabolo-test", &error), &error);
    assert_ok(dia_store_set_int(store, "", "version", 1, &error), &error);
    assert_ok(dia_store_commit(&store, &error), &error);
    assert_null(store);
}

void check_good(double value)
{
    dia_error error = {0};
    dia_store *store;
    double read;
    assert_ok(dia_store_open(&store, path, &error), &error);
    assert_ok(dia_store_read(store, "value", DIA_NUMBER_REAL, 0, NULL, &read, &error), &error);
    assert_true(read == value);
    dia_store_close(&store);
}

void expect_text(dia_error *error, dia_status found, dia_status expected, const char *one, const char *two)
{
    assert_int_equal(found, expected);
    assert_int_equal(error->status, expected);
    if (strstr(error->text, one) == NULL || strstr(error->text, two) == NULL || strstr(error->text, path) == NULL)
        fail_msg("'%s' does not speak of '%s' and '%s' and the file", error->text, one, two);
    dia_error_clear(error);
}
