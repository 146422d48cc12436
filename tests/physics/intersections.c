/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Intersections that are known in closed form, by every method and from several starting points. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "diabolo/intersect.h"

enum { STARTS = 8, MOST = 12 };

static dia_model *parse(const char *yaml)
{
    dia_error error = {0};
    dia_model *model = NULL;
    assert_ok(dia_model_parse(&model, yaml, ".", &error), &error);
    return model;
}

/* Searches by every method from random points about `near`; all must end at `expected` (to 1e-6 bohr) with that mean
 * energy (to 1e-6 Eh, the aim) and a gap below 1e-8 Eh. spread: bohr. */
static void everywhere(const dia_model *model, int first, int count, const double *near, double spread,
                       const double *expected, double energy)
{
    const int n = dia_model_shape(model).ncart;
    for (int method = 0; method < DIA_SEARCH_METHODS; method++)
        for (int start = 0; start < STARTS; start++) {
            double R[MOST];
            dia_search_options options;
            dia_search_result result;
            dia_error error = {0};
            dia_search_defaults(&options);
            options.method = (dia_search_method)method;
            for (int c = 0; c < n; c++)
                R[c] = near[c] + spread * dia_rng_normal(7, (uint64_t)start, 0, DIA_PURPOSE_TEST, (uint32_t)c);
            assert_ok(dia_search(model, first, count, &options, R, &result, &error), &error);
            if (getenv("VERBOSE"))
                print_message("%s start %d: %d iterations, E %.9f gap %.1e gradient %.1e R %.7f %.7f %s\n",
                              dia_search_method_names[method], start, result.iterations, result.energy, result.gap,
                              result.gradient, R[0], R[1], result.why);
            assert_true(result.converged);
            assert_close(result.energy, energy, 0.0, 1e-6);
            assert_true(result.gap < 1e-8);
            for (int c = 0; c < n; c++)
                assert_close(R[c], expected[c], 0.0, 1e-6);
        }
}

static void test_ferretti(void **state)
{
    (void)state;
    dia_model *model = parse("{type: ferretti}");
    everywhere(model, 0, 2, (double[]){3.3, 0.0}, 0.3, (double[]){3.0, 0.0}, 0.01);
    dia_model_free(model);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ferretti),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
