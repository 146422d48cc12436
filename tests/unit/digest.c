/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/digest.h"

/* Examples of FIPS 180-4 (and the empty message), as published by NIST. */
static const struct {
    const char *text, *digest;
} known[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void test_bytes(void **state)
{
    (void)state;
    char digest[DIA_DIGEST_SIZE];
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        dia_digest_bytes(known[i].text, strlen(known[i].text), digest);
        assert_string_equal(digest, known[i].digest);
    }
}

static void test_file(void **state)
{
    (void)state;
    char path[] = "/tmp/diabolo-digest-XXXXXX", digest[DIA_DIGEST_SIZE];
    int descriptor = mkstemp(path);
    FILE *file = fdopen(descriptor, "wb");
    assert_non_null(file);
    for (int i = 0; i < 1000000; i++) /* NIST: one million times 'a' */
        fputc('a', file);
    fclose(file);
    dia_error error = {0};
    assert_ok(dia_digest_file(path, digest, &error), &error);
    assert_string_equal(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    unlink(path);
    assert_int_equal(dia_digest_file(path, digest, &error), DIA_ERROR_FILE);
    assert_non_null(strstr(error.text, path));
    dia_error_clear(&error);
    assert_int_equal(dia_digest_file("/tmp", digest, &error), DIA_ERROR_FILE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bytes), cmocka_unit_test(test_file)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
