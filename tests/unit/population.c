/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rule by which a method's trajectories give populations, as text in a file and back. */
#include "check.h"

#include <math.h>
#include <string.h>

#include "statistics/population.h"

static void text_and_back(void **unused)
{
    (void)unused;
    const dia_population_rule rules[] = {{.scale = 1.0},
                                         {.scale = 1.0, .by_start = true},
                                         {.amplitudes = true, .scale = 12.0 / 5.0},
                                         {.amplitudes = true, .scale = 2.0, .weighted = true},
                                         {.amplitudes = true, .scale = 1.0, .windows = true}};
    for (int i = 0; i < 5; i++) {
        char text[DIA_POPULATION_TEXT];
        dia_population_rule back;
        dia_population_text(&rules[i], text);
        assert_true(dia_population_parse(text, &back));
        assert_true(back.amplitudes == rules[i].amplitudes && back.scale == rules[i].scale &&
                    back.by_start == rules[i].by_start && back.windows == rules[i].windows &&
                    back.weighted == rules[i].weighted);
    }
    dia_population_rule rule;
    assert_true(dia_population_parse(NULL, &rule) && !rule.amplitudes && rule.scale == 1.0);
    const char *wrong[] = {"",
                           "actively",
                           "amplitudes, scale ",
                           "amplitudes, scale -1",
                           "amplitudes, scale nan",
                           "amplitudes, scale 2 ",
                           "amplitudes, scale , weighted",
                           "amplitudes, scale 2, weighte",
                           "amplitudes, window"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(dia_population_parse(wrong[i], &rule));
}

/* Scaled populations have the sum 1. */
static void scaled(void **unused)
{
    (void)unused;
    double p[3] = {0.2, 0.7, 0.1};
    const dia_population_rule active = {.scale = 1.0}, mapped = {.amplitudes = true, .scale = 2.4};
    dia_population_share(&active, 1.0, 3, p);
    assert_true(p[0] == 0.2 && p[1] == 0.7);
    dia_population_share(&mapped, 1.0, 3, p);
    assert_close(p[0] + p[1] + p[2], 1.0, 0.0, 1e-15);
    assert_close(p[1] - p[0], 2.4 * 0.5, 0.0, 1e-15);
    const dia_population_rule start = {.scale = 1.0, .by_start = true};
    assert_close(dia_population_coherence(&start, (const double[]){0.6, 0.0, 0.0, 0.8}), 1.0 / 0.28, 1e-14, 0.0);
}

/* By windows a trajectory counts for one state or none: a point in each region of the plane of two actions, and of three. */
static void windows(void **unused)
{
    (void)unused;
    const dia_population_rule rule = {.amplitudes = true, .scale = 1.0, .windows = true};
    const struct {
        double e[3];
        int n, state; /* -1: none */
    } points[] = {{{1.2, 0.7}, 2, 0},      {{0.0, 1.0}, 2, 1},       {{0.9, 0.8}, 2, -1},
                  {{0.4, 1.1, 0.9}, 3, 1}, {{1.1, 0.2, 1.3}, 3, -1}, {{0.9, 0.9, 0.9}, 3, -1}};
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        double p[3];
        memcpy(p, points[i].e, sizeof p);
        dia_population_share(&rule, 5.0, points[i].n, p); /* it has no weight of its own */
        for (int k = 0; k < points[i].n; k++)
            assert_true(p[k] == (k == points[i].state));
    }
    assert_true(dia_population_ratio(&rule));
}

/* Values that are linear in contributions have the ratio as their mean, whatever the contributions. */
static void linear(void **unused)
{
    (void)unused;
    const double x[4][2] = {{1.0, 0.0}, {0.0, 0.0}, {-0.4, 0.9}, {0.3, 2.0}};
    double mean[2] = {0.0}, found[2] = {0.0};
    for (int j = 0; j < 4; j++)
        for (int k = 0; k < 2; k++)
            mean[k] += x[j][k] / 4.0;
    for (int j = 0; j < 4; j++) {
        double y[2] = {x[j][0], x[j][1]};
        dia_population_linear(2, mean, y);
        assert_close(y[0] + y[1], 1.0, 0.0, 1e-14);
        for (int k = 0; k < 2; k++)
            found[k] += y[k] / 4.0;
    }
    for (int k = 0; k < 2; k++)
        assert_close(found[k], mean[k] / (mean[0] + mean[1]), 0.0, 1e-14);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(text_and_back), cmocka_unit_test(scaled),
                                       cmocka_unit_test(windows), cmocka_unit_test(linear)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
