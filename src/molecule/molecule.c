/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "diabolo/molecule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

dia_status dia_molecule_init(dia_molecule *molecule, int natom, int dimension, const int *numbers, dia_error *error)
{
    *molecule = (dia_molecule){0};
    if (natom < 1 || dimension < 1 || dimension > 3)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a molecule needs at least one atom and one to three coordinates per atom, "
                             "found %d atoms of dimension %d",
                             natom, dimension);
    for (int a = 0; numbers != NULL && a < natom; a++)
        if (dia_element_symbol(numbers[a]) == NULL)
            return dia_error_set(error, DIA_ERROR_INPUT, "atom %d: there is no element with atomic number %d", a,
                                 numbers[a]);
    int ncart = natom * dimension;
    molecule->natom = natom;
    molecule->dimension = dimension;
    molecule->ncart = ncart;
    molecule->numbers = calloc((size_t)natom, sizeof *molecule->numbers);
    molecule->masses = calloc((size_t)natom, sizeof *molecule->masses);
    molecule->reference = calloc((size_t)ncart, sizeof *molecule->reference);
    if (molecule->numbers == NULL || molecule->masses == NULL || molecule->reference == NULL) {
        dia_molecule_free(molecule);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a molecule of %d atoms", natom);
    }
    for (int a = 0; a < natom; a++) {
        molecule->numbers[a] = numbers != NULL ? numbers[a] : 0;
        molecule->masses[a] = molecule->numbers[a] > 0 ? dia_element_mass(molecule->numbers[a]) : 1.0;
    }
    return DIA_OK;
}

dia_status dia_molecule_copy(dia_molecule *to, const dia_molecule *from, dia_error *error)
{
    dia_status status = dia_molecule_init(to, from->natom, from->dimension, from->numbers, error);
    if (status != DIA_OK)
        return status;
    memcpy(to->masses, from->masses, (size_t)from->natom * sizeof *to->masses);
    memcpy(to->reference, from->reference, (size_t)from->ncart * sizeof *to->reference);
    return DIA_OK;
}

void dia_molecule_free(dia_molecule *molecule)
{
    if (molecule == NULL)
        return;
    free(molecule->numbers);
    free(molecule->masses);
    free(molecule->reference);
    *molecule = (dia_molecule){0};
}

/* "S O O": what a message shows when formulas agree and the order does not. */
static void molecule_order(const dia_molecule *molecule, size_t size, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (int a = 0; a < molecule->natom && used < size; a++) {
        const char *symbol = dia_element_symbol(molecule->numbers[a]);
        int n = snprintf(text + used, size - used, "%s%s", a > 0 ? " " : "", symbol != NULL ? symbol : "X");
        used += n > 0 ? (size_t)n : 0;
    }
}

dia_status dia_molecule_match(const dia_molecule *a, const dia_molecule *b, dia_error *error)
{
    bool same = a->natom == b->natom && a->dimension == b->dimension;
    if (same && memcmp(a->numbers, b->numbers, (size_t)a->natom * sizeof *a->numbers) == 0)
        return DIA_OK;
    char formula_a[128], formula_b[128];
    dia_molecule_formula(a, sizeof formula_a, formula_a);
    dia_molecule_formula(b, sizeof formula_b, formula_b);
    if (a->dimension != b->dimension)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s has %d coordinates per atom, %s has %d", formula_a,
                             a->dimension, formula_b, b->dimension);
    if (strcmp(formula_a, formula_b) != 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "the molecules differ: %s and %s", formula_a, formula_b);
    char order_a[512], order_b[512];
    molecule_order(a, sizeof order_a, order_a);
    molecule_order(b, sizeof order_b, order_b);
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "both molecules are %s, but their atoms come in different order: (%s) and (%s)", formula_a,
                         order_a, order_b);
}

/* Hill order (J. Am. Chem. Soc. 22, 478 (1900)): carbon, hydrogen, then by alphabet; by alphabet alone without carbon.
 */
static bool hill_before(int a, int b, bool carbon)
{
    int rank_a = carbon && a == 6 ? 0 : carbon && a == 1 ? 1 : 2;
    int rank_b = carbon && b == 6 ? 0 : carbon && b == 1 ? 1 : 2;
    if (rank_a != rank_b)
        return rank_a < rank_b;
    return strcmp(dia_element_symbol(a), dia_element_symbol(b)) < 0;
}

void dia_molecule_formula(const dia_molecule *molecule, size_t size, char *text)
{
    int count[128] = {0};
    for (int a = 0; a < molecule->natom; a++)
        count[dia_element_symbol(molecule->numbers[a]) != NULL ? molecule->numbers[a]
                                                               : 0]++; /* "X": not in the table */
    bool carbon = count[6] > 0;
    if (size > 0)
        text[0] = '\0';
    size_t used = 0;
    for (;;) {
        int next = -1;
        for (int z = 0; z < 128; z++)
            if (count[z] > 0 && (next < 0 || hill_before(z, next, carbon)))
                next = z;
        if (next < 0 || used >= size)
            return;
        int n = count[next] > 1 ? snprintf(text + used, size - used, "%s%d", dia_element_symbol(next), count[next])
                                : snprintf(text + used, size - used, "%s", dia_element_symbol(next));
        used += n > 0 ? (size_t)n : 0;
        count[next] = 0;
    }
}
