/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/config.h"
#include "base/control.h"

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

/* What a broken file says of itself reaches no terminal as it is: control characters, half a UTF-8 character. */
static void test_escape(void **state)
{
    (void)state;
    dia_error error = {0};
    char small[8];
    assert_int_equal(dia_error_set(&error, DIA_ERROR_FILE, "a\x1b[31m\xc3\xa9\n\xc3"), DIA_ERROR_FILE);
    assert_string_equal(error.text, "a\\x1b[31m\xc3\xa9\n\\xc3");
    assert_int_equal(dia_text_escape(sizeof small, small, 9,
                                     "abc\x7f"
                                     "defgh"),
                     7); /* nothing cut in half */
    assert_string_equal(small, "abc\\x7f");
    char long_text[6000];
    memset(long_text, 7, sizeof long_text);
    long_text[sizeof long_text - 1] = '\0';
    error = (dia_error){0};
    assert_int_equal(dia_error_set(&error, DIA_ERROR_FILE, "%s", long_text), DIA_ERROR_FILE);
    assert_true(strlen(error.text) < sizeof error.text && strchr(error.text, 7) == NULL);
}

static void hear(void *context, const char *text)
{
    snprintf(context, 40, "%s", text);
}

static void test_control(void **state)
{
    (void)state;
    volatile int stop = 0;
    char heard[40] = "";
    const dia_control control = {.threads = 3, .stop = &stop, .warning = hear, .context = heard};
    assert_false(dia_control_stopped(&control));
    stop = 2;
    assert_true(dia_control_stopped(&control));
    assert_int_equal(dia_control_threads(&control), 3);
    dia_control_warn(&control, "weight %d of %d", 1, 2);
    assert_string_equal(heard, "weight 1 of 2");
    dia_control_note(&control, "nobody asks");
    dia_control_progress(&control, &(dia_progress_state){.what = "flying", .total = 1.0});
    assert_string_equal(heard, "weight 1 of 2");
    assert_false(dia_control_stopped(NULL));
    assert_int_equal(dia_control_threads(NULL), 0);
    dia_control_warn(NULL, "nobody at all");
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
static dia_progress_state said[8];
static int nsaid;

static void keep(void *context, const dia_progress_state *state)
{
    (void)context;
    assert_true(nsaid < 8);
    said[nsaid++] = *state;
}

/* What is over at once tells nothing; what takes longer than a second tells how far it is and that it is done. */
static void test_phase(void **state)
{
    (void)state;
    const dia_control control = {.progress = keep};
    dia_phase phase = {.what = "sampling"};
    dia_control_phase(NULL, &phase, 0, 2);
    for (int i = 0; i <= 4; i++)
        dia_control_phase(&control, &phase, i, 4);
    assert_int_equal(nsaid, 0);
    dia_control_phase(&control, &phase, 0, 4);
    sleep(1);
    for (int i = 2; i <= 4; i++)
        dia_control_phase(&control, &phase, i, 4);
    assert_int_equal(nsaid, 3);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(said[i].what, "sampling");
        assert_true(said[i].done == 2 + i && said[i].total == 4);
        assert_true(said[i].before == 2); /* the rate counts from the first word */
    }
    dia_control_phase(&control, &phase, 0, 4); /* the next one is quick again */
    dia_control_phase(&control, &phase, 4, 4);
    assert_int_equal(nsaid, 3);
}

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
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_set),     cmocka_unit_test(test_escape),
                                       cmocka_unit_test(test_control), cmocka_unit_test(test_truncation),
                                       cmocka_unit_test(test_phase),   cmocka_unit_test(test_status)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
