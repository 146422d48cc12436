/* SPDX-License-Identifier: GPL-3.0-or-later */
/* "Did you mean": the candidate at the smallest edit distance. */
#include <ctype.h>
#include <string.h>

#include "base/config.h"

enum { LONGEST = 48 };

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static bool same(char a, char b)
{
    return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/* Insertions, deletions, replacements and swaps of neighbours ("optimal string alignment": F. Damerau, Commun. ACM 7,
 * 171 (1964)), three rows of the table at a time. A difference in case costs nothing. */
static int distance(const char *a, size_t na, const char *b, size_t nb)
{
    int rows[3][LONGEST + 1];
    for (size_t j = 0; j <= nb; j++)
        rows[0][j] = (int)j;
    for (size_t i = 1; i <= na; i++) {
        int *now = rows[i % 3];
        const int *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        now[0] = (int)i;
        for (size_t j = 1; j <= nb; j++) {
            now[j] = smaller(smaller(before[j], now[j - 1]) + 1, before[j - 1] + !same(a[i - 1], b[j - 1]));
            if (i > 1 && j > 1 && same(a[i - 1], b[j - 2]) && same(a[i - 2], b[j - 1]))
                now[j] = smaller(now[j], earlier[j - 2] + 1);
        }
    }
    return rows[na % 3][nb];
}

const char *dia_text_nearest(const char *word, const char *const *candidates)
{
    size_t length = strlen(word);
    if (length == 0 || length > LONGEST)
        return NULL;
    const char *best = NULL;
    int best_distance = (int)(length + 2) / 3 + 1; /* about one mistake in three letters */
    for (size_t i = 0; candidates[i] != NULL; i++) {
        size_t other = strlen(candidates[i]);
        if (other == 0 || other > LONGEST)
            continue;
        int d = distance(word, length, candidates[i], other);
        if (d < best_distance && (size_t)d < length && (size_t)d < other) {
            best = candidates[i];
            best_distance = d;
        }
    }
    for (size_t i = 0; candidates[i] != NULL && best == NULL && length >= 3; i++) /* "fewest" for "fewest_switches" */
        if (strlen(candidates[i]) > length && distance(word, length, candidates[i], length) == 0)
            best = candidates[i];
    return best;
}
