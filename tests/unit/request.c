/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Turns of requests: each request has one lane of one turn; in place it is the lane of its row, and no lane is used twice. */
#include "check.h"

#include <string.h>

#include "base/rng.h"
#include "model/request.h"

enum { N = 40 };

static void check(int lanes, int n, const int *row, bool in_place)
{
    int seen[N] = {0}, turns = 0;
    for (int first = 0; first < n; turns++) {
        const dia_turn t = dia_turn_from(lanes, first, n, row, in_place);
        int found = 0;
        assert_true(t.n >= 1 && (t.panel >= 0) == in_place);
        for (int l = 0; l < DIA_REQUEST_LANES; l++) {
            const int q = t.request[l];
            if (q < 0)
                continue;
            assert_true(l < lanes && q >= first && q < first + t.n);
            if (in_place)
                assert_int_equal(t.panel * lanes + l, row[q]);
            else
                assert_int_equal(q, first + l);
            seen[q]++;
            found++;
        }
        assert_int_equal(found, t.n);
        first += t.n;
    }
    for (int q = 0; q < n; q++)
        assert_int_equal(seen[q], 1);
    if (dia_requests_in_place(lanes, n, row) == in_place)
        assert_true(4 * turns <= 5 * ((n + lanes - 1) / lanes)); /* whichever way is taken: few */
}

/* Rows at random, in order with gaps, repeated; panels of both widths. */
static void every_request_has_its_turn(void **state)
{
    (void)state;
    for (uint32_t trial = 0; trial < 2000; trial++) {
        int row[N], n = 0;
        for (uint32_t b = 0; b < N; b++) {
            const double x = dia_rng_uniform(8, trial, 0, DIA_PURPOSE_TEST, b);
            if (trial % 3 == 0)
                row[n++] = (int)(x * N);
            else if (x * 2000 < trial)
                row[n++] = (int)b;
        }
        for (int lanes = 8; lanes <= DIA_REQUEST_LANES; lanes *= 2) {
            check(lanes, n, row, false);
            check(lanes, n, row, true);
        }
    }
}

static void places(void **state)
{
    (void)state;
    const int whole[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, gap[] = {0, 1, 2, 4, 5, 6, 7, 8, 9}, one[] = {13};
    const int far[] = {0, 8, 16}, twice[] = {3, 3}, back[] = {5, 4};
    assert_true(dia_requests_in_place(8, 0, whole));
    assert_true(dia_requests_in_place(8, 10, whole));
    assert_true(dia_requests_in_place(8, 9, gap));
    assert_true(dia_requests_in_place(8, 1, one));
    assert_false(dia_requests_in_place(8, 3, far)); /* one turn of three gathered rows */
    assert_false(dia_requests_in_place(8, 2, twice));
    assert_false(dia_requests_in_place(8, 2, back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_request_has_its_turn), cmocka_unit_test(places)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
