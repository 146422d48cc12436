/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON as it is written: nesting and commas, escapes, numbers that read back, and null for what JSON cannot say. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

static void layout(void **state)
{
    (void)state;
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    dia_json json = {.out = out};
    const double values[] = {0.1, 9, 2, 9, NAN};
    dia_json_object(&json, NULL);
    dia_json_text(&json, "a \"b\"\n\\\x01", "\xc3\xa4");
    dia_json_array(&json, "list");
    dia_json_int(&json, NULL, -9007199254740993);
    dia_json_bool(&json, NULL, true);
    dia_json_object(&json, NULL);
    dia_json_end(&json);
    dia_json_end(&json);
    dia_json_reals(&json, "reals", 3, 2, values);
    dia_json_real(&json, "infinite", INFINITY);
    dia_json_null(&json, "none");
    dia_json_text(&json, "nothing", NULL);
    dia_json_end(&json);
    fclose(out);
    assert_string_equal(text, "{\n"
                              "  \"a \\\"b\\\"\\n\\\\\\u0001\": \"\xc3\xa4\",\n"
                              "  \"list\": [\n"
                              "    -9007199254740993,\n"
                              "    true,\n"
                              "    {}\n"
                              "  ],\n"
                              "  \"reals\": [0.1, 2, null],\n"
                              "  \"infinite\": null,\n"
                              "  \"none\": null,\n"
                              "  \"nothing\": null\n"
                              "}\n");
    free(text);
}

static void numbers_read_back(void **state)
{
    (void)state;
    const double values[] = {1.0 / 3, 0.1 + 0.2, 1e-310, -1.7976931348623157e308, 5e-324, 123456789012345678.0};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&text, &size);
        dia_json json = {.out = out};
        dia_json_real(&json, NULL, values[i]);
        fclose(out);
        assert_true(strtod(text, NULL) == values[i]);
        free(text);
    }
}

/* Never more items than wanted, the first and the last among them, at equal distances. */
static void thinned_series(void **state)
{
    (void)state;
    for (int n = 1; n < 300; n++)
        for (int most = 0; most < 60; most++) {
            const int left = dia_json_thinned(n, most);
            assert_true(most < 2 || n <= most ? left == n : left <= most && 2 * left >= most);
            assert_int_equal(dia_json_item(n, most, 0), 0);
            assert_int_equal(dia_json_item(n, most, left - 1), n - 1);
            for (int i = 1; i < left; i++) {
                const int step = dia_json_item(n, most, i) - dia_json_item(n, most, i - 1);
                assert_true(i < left - 1 ? step == dia_json_item(n, most, 1) : step > 0);
            }
        }
    assert_int_equal(dia_json_thinned(0, 10), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(thinned_series), cmocka_unit_test(layout),
                                       cmocka_unit_test(numbers_read_back)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
