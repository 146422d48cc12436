/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Optimisers of parameters on functions that are known. */
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "train/optimiser.h"

enum { N = 3 };
static const double begin[N] = {1.0, -2.0, 0.5}, curvature[N] = {1.0, 4.0, 0.3};

typedef struct bowl {
    double theta[N], seen[N]; /* seen: by the last refresh */
    bool walled;              /* infinite everywhere but at the start */
} bowl;

static void refresh(void *context)
{
    bowl *b = context;
    memcpy(b->seen, b->theta, sizeof b->seen);
}

static dia_status evaluate(void *context, int n, const int *points, double *value, double *bar)
{
    const bowl *b = context;
    (void)n, (void)points;
    *value = 0.0;
    for (int i = 0; i < N; i++) {
        *value += 0.5 * curvature[i] * b->seen[i] * b->seen[i];
        if (bar != NULL)
            bar[i] = curvature[i] * b->seen[i];
    }
    if (b->walled && memcmp(b->seen, begin, sizeof begin) != 0)
        *value = INFINITY;
    return DIA_OK;
}

/* A bowl of three parameters to its bottom; where no step is an improvement the parameters stay, and that ends the stage. */
static void lbfgs(void **state)
{
    (void)state;
    const dia_optimiser_type *type = &dia_optimiser_lbfgs;
    for (int walled = 0; walled < 2; walled++) {
        static const int points[1] = {0};
        bowl b = {.walled = walled == 1};
        const dia_function function = {&b, b.theta, refresh, evaluate};
        const dia_problem problem = {.function = &function, .ntheta = N, .npoint = 1, .points = points};
        void *self = calloc(1, type->self_size);
        assert_non_null(self);
        dia_option_defaults(type->options, self);
        double *memory = calloc(type->state_size(self, &problem), sizeof *memory), loss = NAN, first;
        bool converged = false;
        assert_non_null(memory);
        memcpy(b.theta, begin, sizeof begin);
        refresh(&b);
        evaluate(&b, 1, points, &first, NULL);
        int steps = 0;
        for (; !converged && steps < 50; steps++)
            assert_int_equal(type->advance(self, &problem, steps, memory, &loss, &converged), DIA_OK);
        assert_true(converged);
        for (int i = 0; i < N; i++) {
            assert_close(b.theta[i], walled ? begin[i] : 0.0, 0.0, walled ? 0.0 : 1e-4);
            assert_close(b.seen[i], b.theta[i], 0.0, 0.0); /* the function knows */
        }
        assert_int_equal(walled ? steps : 1, 1);
        assert_true(walled ? loss == first : loss < 1e-8 * first); /* of the tolerance 1e-9 of an iteration */
        free(memory);
        free(self);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lbfgs)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
