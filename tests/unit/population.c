/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rule by which a method's trajectories give populations, as text in a file and back. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "statistics/population.h"

static void text_and_back(void **unused)
{
    (void)unused;
    const dia_population_rule rules[] = {
        {.scale = 1.0}, {.scale = 1.0, .by_start = true}, {.amplitudes = true, .scale = 12.0 / 5.0}};
    for (int i = 0; i < 3; i++) {
        char text[DIA_POPULATION_TEXT];
        dia_population_rule back;
        dia_population_text(&rules[i], text);
        assert_true(dia_population_parse(text, &back));
        assert_true(back.amplitudes == rules[i].amplitudes && back.scale == rules[i].scale &&
                    back.by_start == rules[i].by_start);
    }
    dia_population_rule rule;
    assert_true(dia_population_parse(NULL, &rule) && !rule.amplitudes && rule.scale == 1.0);
    const char *wrong[] = {
        "", "actively", "amplitudes, scale ", "amplitudes, scale -1", "amplitudes, scale nan", "amplitudes, scale 2 "};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(dia_population_parse(wrong[i], &rule));
}

/* Scaled populations have the sum 1. */
static void scaled(void **unused)
{
    (void)unused;
    double p[3] = {0.2, 0.7, 0.1};
    const dia_population_rule active = {.scale = 1.0}, mapped = {.amplitudes = true, .scale = 2.4};
    dia_population_scale(&active, 3, p);
    assert_true(p[0] == 0.2 && p[1] == 0.7);
    dia_population_scale(&mapped, 3, p);
    assert_close(p[0] + p[1] + p[2], 1.0, 0.0, 1e-15);
    assert_close(p[1] - p[0], 2.4 * 0.5, 0.0, 1e-15);
    const dia_population_rule start = {.scale = 1.0, .by_start = true};
    assert_close(dia_population_coherence(&start, (const double[]){0.6, 0.0, 0.0, 0.8}), 1.0 / 0.28, 1e-14, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(text_and_back), cmocka_unit_test(scaled)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
