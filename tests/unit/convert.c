/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which trajectories are converted; what is written is tested by its readers (python.convert). */
#include "check.h"

#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "swarm/file/table.h"

static void rows(const dia_swarm *swarm, const char *text, int64_t count, const int64_t *expected)
{
    dia_error error = {0};
    int64_t nrow, *row = NULL;
    assert_ok(dia_swarm_select(swarm, text, &nrow, &row, &error), &error);
    assert_int_equal(nrow, count);
    assert_memory_equal(row, expected, (size_t)count * sizeof *row);
    free(row);
}

/* Rows ascend and come once, whatever the order asked for; numbers are those of the trajectories. */
static void test_rows(void **state)
{
    (void)state;
    dia_error error = {0};
    const int64_t number[] = {4, 7, 8, 12};
    const dia_swarm swarm = {.path = "x.h5", .N = 4, .number = number};
    rows(&swarm, NULL, 4, (const int64_t[]){0, 1, 2, 3});
    rows(&swarm, "8,4", 2, (const int64_t[]){0, 2});
    rows(&swarm, "7-12,8", 3, (const int64_t[]){1, 2, 3});
    int64_t nrow, *row = NULL;
    assert_int_equal(dia_swarm_select(&swarm, "5", &nrow, &row, &error), DIA_ERROR_INPUT);
    assert_non_null(strstr(error.text, "no trajectory 5"));
    assert_null(row);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
