/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <string.h>

static void test_set(void **state)
{
    (void)state;
    dia_error error = {0};
    assert_int_equal(dia_error_set(&error, DIA_ERROR_INPUT, "key '%s' on line %d", "a", 3), DIA_ERROR_INPUT);
    assert_string_equal(error.text, "key 'a' on line 3");
    assert_int_equal(dia_error_set(&error, DIA_ERROR_FILE, "later"), DIA_ERROR_FILE); /* the first error stays */
    assert_string_equal(error.text, "key 'a' on line 3");
    assert_int_equal(error.status, DIA_ERROR_INPUT);
    assert_int_equal(dia_error_prefix(&error, "in %s", "in.yaml"), DIA_ERROR_INPUT);
    assert_string_equal(error.text, "in in.yaml: key 'a' on line 3");
    dia_error_clear(&error);
    assert_int_equal(error.status, DIA_OK);
    assert_string_equal(error.text, "");
    assert_int_equal(dia_error_set(NULL, DIA_ERROR_FILE, "nobody asks"), DIA_ERROR_FILE);
    assert_int_equal(dia_error_prefix(NULL, "x"), DIA_ERROR_INPUT);
}

/* Valid UTF-8 up to the end: no sequence is cut. */
static bool whole_characters(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p != '\0';) {
        int more = *p >= 0xf0 ? 3 : *p >= 0xe0 ? 2 : *p >= 0xc0 ? 1 : 0;
        if (more == 0 && *p >= 0x80)
            return false;
        for (p++; more > 0; more--)
            if ((*p++ & 0xc0) != 0x80)
                return false;
    }
    return true;
}

/* Texts around and far above the limit, of characters of three bytes at every offset: "..." at the end, nothing cut in
 * two. */
static void test_truncation(void **state)
{
    (void)state;
    static char text[6001];
    for (int offset = 0; offset < 3; offset++)
        for (int count = 1320; count < 1990; count += count < 1345 ? 1 : 300) {
            memset(text, 'x', (size_t)offset);
            for (int i = 0; i < count; i++)
                memcpy(text + offset + 3 * i, "\xe2\x82\xac", 3);
            size_t length = (size_t)(offset + 3 * count);
            text[length] = '\0';
            dia_error error = {0};
            dia_error_set(&error, DIA_ERROR_INPUT, "%s", text);
            assert_true(whole_characters(error.text));
            if (length < sizeof error.text)
                assert_string_equal(error.text, text);
            else
                assert_string_equal(error.text + strlen(error.text) - 3, "...");
            dia_error_prefix(&error, "%.*s", offset + 5, "prefix,x");
            assert_true(whole_characters(error.text) && strncmp(error.text, "prefi", 5) == 0);
            assert_true(strlen(error.text) < sizeof error.text);
        }
    dia_error error = {0};
    dia_error_set(&error, DIA_ERROR_INPUT, "short");
    dia_error_prefix(&error, "%s", text);
    assert_true(whole_characters(error.text));
}

static void test_status(void **state)
{
    (void)state;
    assert_string_equal(dia_status_text(DIA_OK), "no error");
    assert_string_equal(dia_status_text(DIA_ERROR_INTERRUPTED), "interrupted");
    assert_string_equal(dia_status_text((dia_status)99), "unknown status");
    assert_true(strlen(dia_version()) > 0 && strlen(dia_commit()) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_set), cmocka_unit_test(test_truncation),
                                       cmocka_unit_test(test_status)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
