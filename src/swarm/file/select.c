/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which trajectories of a swarm: a list of numbers, as a command line gives it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "swarm/file/table.h"

static dia_status bad_list(const char *text, const char *at, dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "--trajectory %s: expected numbers and ranges with commas between, such as 17 or 3,20-29; "
                         "found '%s'",
                         text, at);
}

/* A number from 0; *next behind it. */
static bool number(const char **next, int64_t *value)
{
    char digits[24];
    long long found;
    const size_t length = strspn(*next, "0123456789");
    snprintf(digits, sizeof digits, "%.*s", (int)(length < sizeof digits ? length : 0), *next);
    if (!dia_text_integer(digits, 0, INT64_MAX, &found, 0, NULL))
        return false;
    *value = found;
    *next += length;
    return true;
}

/* Rows of one range; the numbers at its two ends must be there (a swarm may be one trajectory, or a part of a larger
 * one). */
static dia_status mark(const dia_swarm *swarm, int64_t from, int64_t to, bool *chosen, dia_error *error)
{
    bool first = false, last = false;
    for (int64_t j = 0; j < swarm->N; j++)
        if (swarm->number[j] >= from && swarm->number[j] <= to) {
            chosen[j] = true;
            first = first || swarm->number[j] == from;
            last = last || swarm->number[j] == to;
        }
    if (first && last)
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "%s: no trajectory %lld; its %lld trajectories have numbers from %lld to %lld", swarm->path,
                         (long long)(first ? to : from), (long long)swarm->N, (long long)swarm->number[0],
                         (long long)swarm->number[swarm->N - 1]);
}

static dia_status mark_list(const dia_swarm *swarm, const char *text, bool *chosen, dia_error *error)
{
    const char *next = text;
    do {
        int64_t from, to;
        const char *at = next;
        if (!number(&next, &from))
            return bad_list(text, at, error);
        to = from;
        if (*next == '-') {
            next++;
            if (!number(&next, &to) || to < from)
                return bad_list(text, at, error);
        }
        if (*next != ',' && *next != '\0')
            return bad_list(text, at, error);
        dia_status status = mark(swarm, from, to, chosen, error);
        if (status != DIA_OK)
            return status;
    } while (*next++ == ',');
    return DIA_OK;
}

dia_status dia_swarm_select(const dia_swarm *swarm, const char *text, int64_t *nrow, int64_t **row, dia_error *error)
{
    const size_t N = (size_t)swarm->N;
    bool *chosen = calloc(N + 1, sizeof *chosen);
    *row = malloc((N + 1) * sizeof **row);
    *nrow = 0;
    dia_status status = DIA_OK;
    if (chosen == NULL || *row == NULL)
        status =
            dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the rows of %lld trajectories", (long long)swarm->N);
    else if (N == 0)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: holds no trajectories", swarm->path);
    else if (text != NULL)
        status = mark_list(swarm, text, chosen, error);
    for (int64_t j = 0; status == DIA_OK && j < swarm->N; j++)
        if (text == NULL || chosen[j])
            (*row)[(*nrow)++] = j;
    free(chosen);
    if (status != DIA_OK) {
        free(*row);
        *row = NULL;
    }
    return status;
}
