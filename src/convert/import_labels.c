/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Labels as other programs arrange them, brought into the order of a data set. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "convert/import.h"

int dia_import_drop_zeros(int n, int width, double *vectors)
{
    int dropped = 0;
    for (int k = 0; k < n; k++) {
        double *v = vectors + (size_t)k * (size_t)width;
        bool zero = true;
        for (int i = 0; i < width; i++)
            zero = zero && v[i] == 0.0;
        for (int i = 0; zero && i < width; i++)
            v[i] = NAN;
        dropped += zero;
    }
    return dropped;
}

/* Do (count, natom, 3) or (natom, count, 3) fit? *inner: atoms come first. */
static bool fits(const dia_array *a, bool atom_first, size_t natom, size_t count, bool *inner)
{
    if (a->rank != 3 || a->dims[2] != 3)
        return false;
    const bool outer = a->dims[0] == count && a->dims[1] == natom, turned = a->dims[0] == natom && a->dims[1] == count;
    *inner = turned && (atom_first || !outer);
    return outer || turned;
}

static void copy(const dia_array *a, bool inner, size_t natom, size_t count, size_t k, double sign, double *vector)
{
    for (size_t atom = 0; atom < natom; atom++)
        for (size_t c = 0; c < 3; c++)
            vector[3 * atom + c] = sign * a->values[(inner ? atom * count + k : k * natom + atom) * 3 + c];
}

dia_status dia_import_gradients(const dia_import *import, const char *name, const dia_array *array, bool atom_first,
                                double sign, int natom, int nstate, int only, double *gradient, dia_error *error)
{
    const dia_array a = dia_array_without_ones(array);
    const size_t na = (size_t)natom, ns = (size_t)nstate;
    bool inner = false;
    char shape[100];
    for (size_t i = 0; i < ns * na * 3; i++)
        gradient[i] = NAN;
    if (a.rank == 2 && a.dims[0] == na && a.dims[1] == 3 && only >= 0 && only < nstate) {
        copy(&(dia_array){.rank = 3, .dims = {1, na, 3}, .values = a.values}, false, na, 1, 0, sign,
             gradient + (size_t)only * na * 3);
        return DIA_OK;
    }
    if (!fits(&a, atom_first, na, ns, &inner))
        return dia_error_set(
            error, DIA_ERROR_INPUT, "%s: '%s' is %s; expected (%d, %d, 3) or (%d, %d, 3) for %d atoms and %d states%s",
            import->where, name, dia_array_shape(array, sizeof shape, shape), natom, nstate, nstate, natom, natom,
            nstate, a.rank == 2 ? ". Of which state is it? Name it in the file by state=N" : "");
    for (size_t k = 0; k < ns; k++)
        copy(&a, inner, na, ns, k, sign, gradient + k * na * 3);
    return DIA_OK;
}

typedef enum arrangement { UNKNOWN, INNER, OUTER, TRIANGLE, OWN } arrangement;

static arrangement arrangement_of(const dia_array *a, size_t n)
{
    if (a->rank == 3 && a->dims[0] == n && a->dims[1] == n && a->dims[2] == 3)
        return INNER;
    if (a->rank == 3 && a->dims[0] == 3 && a->dims[1] == n && a->dims[2] == n)
        return OUTER;
    if ((a->rank == 2 && a->dims[0] == n && a->dims[1] == 3) || (a->rank == 1 && n == 1 && a->count == 3))
        return OWN;
    return a->rank == 2 && a->dims[0] == n * (n + 1) / 2 && a->dims[1] == 3 ? TRIANGLE : UNKNOWN;
}

/* Component c of <i|mu|j>. */
static double dipole_at(const dia_array *a, arrangement how, size_t n, size_t i, size_t j, size_t c)
{
    const size_t low = i < j ? i : j, high = i < j ? j : i;
    switch (how) {
    case INNER:
        return a->values[(i * n + j) * 3 + c];
    case OUTER:
        return a->values[(c * n + i) * n + j];
    case TRIANGLE: /* 00, 01, 02, ..., 11, 12, ... */
        return a->values[(low * n - low * (low + 1) / 2 + high) * 3 + c];
    default:
        return i == j ? a->values[i * 3 + c] : (double)NAN;
    }
}

dia_status dia_import_dipoles(dia_import *import, const char *name, const dia_array *array, int nall, int first,
                              int nstate, double *dipole, bool *taken, dia_error *error)
{
    const dia_array a = dia_array_without_ones(array);
    const size_t n = (size_t)nall, begin = (size_t)first, ns = (size_t)nstate;
    const arrangement how = arrangement_of(&a, n);
    char shape[100], text[200];
    for (size_t i = 0; i < ns * ns * 3; i++)
        dipole[i] = NAN;
    *taken = how != UNKNOWN;
    if (!*taken) {
        snprintf(text, sizeof text, "'%.80s' (its shape %s is none of dipoles of %d states)", name,
                 dia_array_shape(array, sizeof shape, shape), nall);
        dia_import_leave_out(import, text);
        return DIA_OK;
    }
    for (size_t i = 0; i < ns; i++)
        for (size_t j = 0; j < ns; j++)
            for (size_t c = 0; c < 3; c++) {
                const double x = dipole_at(&a, how, n, begin + i, begin + j, c),
                             y = dipole_at(&a, how, n, begin + j, begin + i, c);
                if (fabs(x - y) > 1e-6 * (1.0 + fabs(x)))
                    return dia_error_set(error, DIA_ERROR_INPUT,
                                         "%s: '%s' is not symmetric in the states: <%zu|mu|%zu> is %g, <%zu|mu|%zu> %g",
                                         import->where, name, i, j, x, j, i, y);
                dipole[(i * ns + j) * 3 + c] = x;
            }
    return DIA_OK;
}

/* Pairs in the file's order: options->pairs, or by rows. */
static dia_status find_pairs(dia_import *import, int nstate, int *n, int (*pair)[2], dia_error *error)
{
    const char *at = import->options->pairs;
    char why[100];
    *n = 0;
    import->took |= DIA_TOOK_PAIRS;
    for (int i = 0; at == NULL && i < nstate; i++)
        for (int j = i + 1; j < nstate; j++, ++*n) {
            pair[*n][0] = i;
            pair[*n][1] = j;
        }
    while (at != NULL) {
        char word[2][12];
        const size_t length = strcspn(at, ","), dash = strcspn(at, "-");
        if (dash >= length || dash > 10 || length - dash > 10 || *n == nstate * (nstate - 1) / 2)
            return dia_error_set(error, DIA_ERROR_INPUT, "--pairs: expected pairs of states as 0-1,1-2, found '%s'",
                                 import->options->pairs);
        snprintf(word[0], sizeof word[0], "%.*s", (int)dash, at);
        snprintf(word[1], sizeof word[1], "%.*s", (int)(length - dash - 1), at + dash + 1);
        for (int k = 0; k < 2; k++)
            if (!dia_text_int(word[k], 0, nstate - 1, &pair[*n][k], sizeof why, why))
                return dia_error_set(error, DIA_ERROR_INPUT, "--pairs %s: %s", import->options->pairs, why);
        if (pair[*n][0] == pair[*n][1])
            return dia_error_set(error, DIA_ERROR_INPUT, "--pairs %s: a state has no coupling with itself",
                                 import->options->pairs);
        ++*n;
        at = at[length] == ',' ? at + length + 1 : NULL;
    }
    return DIA_OK;
}

dia_status dia_import_couplings(dia_import *import, const char *name, const dia_array *array, bool atom_first,
                                double sign, int natom, int nstate, double *coupling, dia_error *error)
{
    const dia_array a = dia_array_without_ones(array);
    int n, pair[DIA_IMPORT_STATES * DIA_IMPORT_STATES][2];
    const size_t na = (size_t)natom;
    bool inner;
    char shape[100];
    for (size_t i = 0; i < (size_t)nstate * (size_t)(nstate - 1) / 2 * na * 3; i++)
        coupling[i] = NAN;
    dia_status status = find_pairs(import, nstate, &n, pair, error);
    if (status != DIA_OK)
        return status;
    if (!fits(&a, atom_first, na, (size_t)n, &inner))
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "%s: '%s' is %s; expected (%d, %d, 3) or (%d, %d, 3) for %d atoms and %d pairs of states%s", import->where,
            name, dia_array_shape(array, sizeof shape, shape), n, natom, natom, n, natom, n,
            import->options->pairs == NULL ? ". If the file holds only some pairs, say which by --pairs, as 0-1,1-2"
                                           : "");
    for (int k = 0; k < n; k++) {
        const int i = pair[k][0] < pair[k][1] ? pair[k][0] : pair[k][1], j = pair[k][0] + pair[k][1] - i;
        copy(&a, inner, na, (size_t)n, (size_t)k, sign, coupling + (size_t)(j * (j - 1) / 2 + i) * na * 3);
    }
    return DIA_OK;
}
