/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training from a program: stopped after each epoch and resumed, it ends with the same bytes as in one go. */
#include "check.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diabolo/model.h"
#include "diabolo/train.h"

static char folder[] = "/tmp/diabolo-train-XXXXXX", input[64], one[64], two[64];

static int setup(void **state)
{
    (void)state;
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(input, sizeof input, "%s/in.yaml", folder);
    snprintf(one, sizeof one, "%s/one.h5", folder);
    snprintf(two, sizeof two, "%s/two.h5", folder);
    FILE *file = fopen(input, "w");
    if (file == NULL)
        return -1;
    fprintf(file,
            "data: {file: %s/models/ethylene/data.h5, validation: 0.1, split: point}\n"
            "network: {descriptors: [inverse_distance], layers: [6], states: 3}\n"
            "stages: [{optimiser: soap, epochs: 2}, {optimiser: adam, epochs: 2}, {optimiser: lbfgs, iterations: 3, "
            "memory: 2}]\n",
            SOURCE_DIR);
    return fclose(file);
}

static int teardown(void **state)
{
    (void)state;
    remove(input);
    remove(one);
    remove(two);
    return rmdir(folder);
}

typedef struct count {
    int calls;
    double first, last; /* losses */
    bool stop;          /* after the first call */
} count;

static bool listen(void *context, const dia_train_state *state)
{
    count *c = context;
    assert_true(state->done > 0.0 && state->done <= 1.0 && isfinite(state->loss));
    if (c->calls++ == 0)
        c->first = state->loss;
    c->last = state->loss;
    return !c->stop;
}

static size_t content(const char *path, char *bytes, size_t room)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    const size_t n = fread(bytes, 1, room, file);
    fclose(file);
    return n;
}

static void stops_and_goes_on(void **state)
{
    (void)state;
    enum { ROOM = 1 << 20 };
    dia_error error = {0};
    count whole = {0}, pieces = {.stop = true};
    assert_ok(dia_train(input, one, 1, listen, &whole, &error), &error);
    assert_int_equal(whole.calls, 7);
    assert_true(whole.last < whole.first);
    dia_status status;
    int starts = 0;
    do {
        dia_error_clear(&error);
        status = dia_train(input, two, 2, listen, &pieces, &error);
        starts++;
    } while (status == DIA_ERROR_INTERRUPTED && starts < 20);
    assert_ok(status, &error);
    assert_true(starts > 5);
    char *a = malloc(ROOM), *b = malloc(ROOM);
    const size_t n = content(one, a, ROOM), m = content(two, b, ROOM);
    assert_true(n > 1000 && n < ROOM);
    assert_int_equal(n, m);
    assert_memory_equal(a, b, n);
    free(a);
    free(b);
    /* complete already: nothing is done */
    whole.calls = 0;
    assert_ok(dia_train(input, one, 1, listen, &whole, &error), &error);
    assert_int_equal(whole.calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(stops_and_goes_on)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
