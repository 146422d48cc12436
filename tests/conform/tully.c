/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include "conform.h"

static void run(const char *yaml)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    conform_model(model, &(conform){.spread = 2.0});
    dia_model_free(model);
}

static void test_single(void **state)
{
    (void)state;
    run("{type: tully, variant: single_crossing}");
}

static void test_dual(void **state)
{
    (void)state;
    run("{type: tully, variant: dual_crossing}");
}

static void test_extended(void **state)
{
    (void)state;
    run("{type: tully, variant: 3, mass: 1500 me}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_single),
        cmocka_unit_test(test_dual),
        cmocka_unit_test(test_extended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
