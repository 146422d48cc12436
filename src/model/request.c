/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/request.h"

/* May row b follow row a in a turn that is in place: is it behind it in the same panel? lanes is a power of two, so rows of one panel differ in
 * their lowest bits alone. */
static bool follows(int lanes, int a, int b)
{
    return b > a && (a ^ b) < lanes;
}

/* To gather a panel takes about a quarter of a turn of a network. */
bool dia_requests_in_place(int lanes, int n, const int *row)
{
    const int fewest = (n + lanes - 1) / lanes;
    int runs = n > 0;
    for (int q = 1; q < n; q++)
        runs += !follows(lanes, row[q - 1], row[q]);
    return 4 * runs <= 5 * fewest;
}

dia_turn dia_turn_from(int lanes, int first, int n, const int *row, bool in_place)
{
    dia_turn t = {.panel = in_place ? row[first] / lanes : -1};
    for (int l = 0; l < DIA_REQUEST_LANES; l++)
        t.request[l] = -1;
    for (int q = first; q < n && t.n < lanes; q++, t.n++) {
        if (in_place && q > first && !follows(lanes, row[q - 1], row[q]))
            break;
        t.request[in_place ? row[q] & (lanes - 1) : t.n] = q;
    }
    return t;
}
