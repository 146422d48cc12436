/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part of the states of an import (--states). */
#include <stdio.h>
#include <string.h>

#include "base/number.h"
#include "convert/import.h"

/* "0,2" or "0-2" -> ascending numbers below n. */
static dia_status read_states(const char *list, int n, int *count, int *state, dia_error *error)
{
    char word[40], why[200];
    *count = 0;
    for (const char *at = list; at != NULL;) {
        const size_t length = strcspn(at, ",");
        snprintf(word, sizeof word, "%.*s", (int)(length < sizeof word ? length : sizeof word - 1), at);
        char *dash = strchr(word, '-');
        int first, last;
        if (dash != NULL)
            *dash = '\0';
        if (!dia_text_int(word, 0, n - 1, &first, sizeof why, why) ||
            (dash != NULL && !dia_text_int(dash + 1, first, n - 1, &last, sizeof why, why)) ||
            (*count > 0 && first <= state[*count - 1]))
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "--states: expected ascending numbers and ranges as 0,2 or 0-2 of the %d states that "
                                 "were read, counted from 0; found '%s'",
                                 n, list);
        for (int k = first; k <= (dash != NULL ? last : first); k++)
            state[(*count)++] = k;
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return DIA_OK;
}

/* In place: what is read lies never before what is written. */
static void keep_rows(int npoint, int before, int now, const int *row, size_t width, double *values)
{
    for (size_t p = 0; p < (size_t)npoint; p++)
        for (size_t k = 0; k < (size_t)now; k++)
            memmove(values + (p * (size_t)now + k) * width, values + (p * (size_t)before + (size_t)row[k]) * width,
                    width * sizeof *values);
}

dia_status dia_import_keep_states(dia_import *import, const char *list, dia_error *error)
{
    int n, state[DIA_IMPORT_STATES], pair[DIA_IMPORT_STATES * DIA_IMPORT_STATES], npair = 0;
    dia_status status = read_states(list, import->nstate, &n, state, error);
    if (status != DIA_OK)
        return status;
    for (int j = 1; j < n; j++)
        for (int i = 0; i < j; i++)
            pair[npair++] = state[j] * (state[j] - 1) / 2 + state[i];
    const size_t ncart = 3 * (size_t)import->natom;
    keep_rows(import->npoint, import->nstate, n, state, 1, import->energy);
    keep_rows(import->npoint, import->nstate, n, state, ncart, import->gradient);
    keep_rows(import->npoint, import->npair, npair, pair, ncart, import->coupling);
    int element[DIA_IMPORT_STATES * DIA_IMPORT_STATES];
    for (int k = 0; k < n * n; k++)
        element[k] = state[k / n] * import->nstate + state[k % n];
    keep_rows(import->npoint, import->nstate * import->nstate, n * n, element, 3, import->dipole);
    import->nstate = n;
    import->npair = npair;
    fprintf(import->notes, "states %s of the file are states 0 to %d here\n", list, n - 1);
    return DIA_OK;
}
