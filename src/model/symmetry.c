/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/symmetry.h"

#include <stdlib.h>
#include <string.h>

static dia_status check(const dia_molecule *molecule, int nstate, int g, const int *p, const double *s,
                        dia_error *error)
{
    const int natom = molecule->natom;
    for (int a = 0; a < natom; a++) {
        int seen = 0;
        for (int b = 0; b < natom; b++)
            seen += p[b] == a;
        if (seen != 1)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "symmetry generator %d: its permutation names atom %d %d times; expected each of "
                                 "0..%d once",
                                 g + 1, a, seen, natom - 1);
    }
    for (int a = 0; a < natom; a++) /* a permutation now: every p[a] is an atom */
        if (molecule->numbers[p[a]] != molecule->numbers[a])
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "symmetry generator %d: atoms %d and %d are of different elements", g + 1, a, p[a]);
    for (int k = 0; k < nstate; k++)
        if (s[k] != 1.0 && s[k] != -1.0)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "symmetry generator %d: the sign of state %d is %g; expected 1 or -1", g + 1, k, s[k]);
    return DIA_OK;
}

static int find(const dia_symmetry *group, const int *p, bool inversion)
{
    for (int g = 0; g < group->nelement; g++)
        if (group->inversion[g] == inversion &&
            memcmp(group->permutation + g * group->natom, p, sizeof *p * (size_t)group->natom) == 0)
            return g;
    return -1;
}

/* Only products of two signs act on H, so the signs of an element are defined up to a common factor. */
static bool same_signs(int nstate, const double *a, const double *b)
{
    for (int k = 1; k < nstate; k++)
        if (a[0] * a[k] != b[0] * b[k])
            return false;
    return true;
}

static void append(dia_symmetry *group, const int *p, bool inversion, const double *s)
{
    const int g = group->nelement++;
    memcpy(group->permutation + g * group->natom, p, sizeof *p * (size_t)group->natom);
    group->inversion[g] = inversion;
    memcpy(group->sign + g * group->nstate, s, sizeof *s * (size_t)group->nstate);
}

/* Element g followed by a generator. The image of the image: atom a of g2(g1 R) is atom p1[p2[a]] of R. */
static dia_status multiply(dia_symmetry *group, int g, const int *p2, bool i2, const double *s2, int *p, double *s,
                           dia_error *error)
{
    for (int a = 0; a < group->natom; a++)
        p[a] = group->permutation[g * group->natom + p2[a]];
    for (int k = 0; k < group->nstate; k++)
        s[k] = group->sign[g * group->nstate + k] * s2[k];
    const bool inversion = group->inversion[g] != i2;
    const int found = find(group, p, inversion);
    if (found >= 0) {
        if (!same_signs(group->nstate, group->sign + found * group->nstate, s))
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "the signs of the states contradict each other: two products of the symmetry "
                                 "generators are the same operation with different signs");
        return DIA_OK;
    }
    if (group->nelement == DIA_SYMMETRY_MAX)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "the symmetry generators make a group of more than %d elements; declare the "
                             "feasible operations only",
                             DIA_SYMMETRY_MAX);
    append(group, p, inversion, s);
    return DIA_OK;
}

dia_status dia_symmetry_init(dia_symmetry *group, const dia_molecule *molecule, int nstate, int ngenerator,
                             const int *permutations, const bool *inversions, const double *signs, dia_error *error)
{
    memset(group, 0, sizeof *group);
    const int natom = group->natom = molecule->natom;
    group->nstate = nstate;
    group->permutation = calloc((size_t)(DIA_SYMMETRY_MAX * natom), sizeof *group->permutation);
    group->inversion = calloc(DIA_SYMMETRY_MAX, sizeof *group->inversion);
    group->sign = calloc((size_t)(DIA_SYMMETRY_MAX * nstate), sizeof *group->sign);
    int *p = calloc((size_t)natom, sizeof *p);
    double *s = calloc((size_t)nstate, sizeof *s);
    dia_status status = DIA_OK;
    if (group->permutation == NULL || group->inversion == NULL || group->sign == NULL || p == NULL || s == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a symmetry group");
    for (int g = 0; g < ngenerator && status == DIA_OK; g++)
        status = check(molecule, nstate, g, permutations + g * natom, signs + g * nstate, error);
    if (status == DIA_OK) {
        for (int a = 0; a < natom; a++)
            p[a] = a;
        for (int k = 0; k < nstate; k++)
            s[k] = 1.0;
        append(group, p, false, s);
    }
    for (int g = 0; g < group->nelement && status == DIA_OK; g++) /* nelement grows until the group is closed */
        for (int h = 0; h < ngenerator && status == DIA_OK; h++)
            status = multiply(group, g, permutations + h * natom, inversions[h], signs + h * nstate, p, s, error);
    free(p);
    free(s);
    if (status != DIA_OK)
        dia_symmetry_free(group);
    return status;
}

void dia_symmetry_free(dia_symmetry *symmetry)
{
    free(symmetry->permutation);
    free(symmetry->inversion);
    free(symmetry->sign);
    memset(symmetry, 0, sizeof *symmetry);
}
