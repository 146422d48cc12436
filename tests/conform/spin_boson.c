/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "check.h"

#include "conform.h"

static void run(const char *yaml)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    conform_model(model, &(conform){.spread = 1.0});
    dia_model_free(model);
}

static void test_conform(void **state)
{
    (void)state;
    run("{type: spin_boson, modes: 3}");
    run("{type: spin_boson, density: ohmic, modes: 20, unit: 208.5 cm^-1}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_conform)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
