/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/equivalent.h"

#include <string.h>

#include "base/number.h"

double dia_equivalent_permutations(int natom, const int *label)
{
    double count = 1.0;
    for (int a = 0; a < natom; a++) {
        int rank = 1; /* atom a is number `rank` of its set */
        for (int b = 0; b < a; b++)
            rank += label[b] == label[a];
        count *= rank;
    }
    return count;
}

/* The next atom after `from` that may take place a and is not used by earlier places; natom: none. */
static int next_choice(int natom, const int *label, const int *chosen, int a, int from)
{
    for (int b = from; b < natom; b++) {
        bool used = label[b] != label[a];
        for (int c = 0; c < a && !used; c++)
            used = chosen[c] == b;
        if (!used)
            return b;
    }
    return natom;
}

/* By backtracking. */
int dia_equivalent_list(int natom, const int *label, int *chosen, int *list)
{
    int n = 0, a = 0;
    chosen[0] = -1;
    while (a >= 0) {
        chosen[a] = next_choice(natom, label, chosen, a, chosen[a] + 1);
        if (chosen[a] == natom) {
            a--;
        } else if (a == natom - 1) {
            memcpy(list + (size_t)n++ * (size_t)natom, chosen, (size_t)natom * sizeof *list);
        } else {
            chosen[++a] = -1;
        }
    }
    return n;
}

dia_status dia_equivalent_check(const int *label, const dia_molecule *molecule, dia_error *error)
{
    for (int a = 0; label != NULL && a < molecule->natom; a++)
        for (int b = 0; b < a; b++)
            if (label[a] == label[b] && molecule->numbers[a] != molecule->numbers[b])
                return dia_error_set(error, DIA_ERROR_INPUT,
                                     "atoms %d (%s) and %d (%s) cannot be equivalent: they are different elements", b,
                                     dia_element_symbol(molecule->numbers[b]), a,
                                     dia_element_symbol(molecule->numbers[a]));
    return DIA_OK;
}

/* ---- from an input --------------------------------------------------------------------------- */

static bool read_atom(dia_config *config, const dia_node *node, int natom, int *atom)
{
    const char *text = dia_node_text(node);
    if (text == NULL || !dia_text_int(text, 0, natom - 1, atom, 0, NULL)) {
        dia_config_mistake(config, node, "equivalent: found '%.40s', expected an atom, 0 to %d",
                           text != NULL ? text : "a list", natom - 1);
        return false;
    }
    return true;
}

bool dia_equivalent_read(dia_config *config, const dia_node *node, int natom, int *label)
{
    for (int a = 0; a < natom; a++)
        label[a] = a;
    if (node == NULL)
        return true;
    if (!dia_node_is_list(node)) {
        dia_config_mistake(config, node, "equivalent: expected a list of lists of atoms, such as [[0, 1], [2, 3]]");
        return false;
    }
    for (int s = 0; s < dia_node_count(node); s++) {
        const dia_node *set = dia_node_item(node, s);
        if (!dia_node_is_list(set)) {
            dia_config_mistake(config, set, "equivalent: expected a list of lists of atoms, such as [[0, 1], [2, 3]]");
            return false;
        }
        for (int i = 0; i < dia_node_count(set); i++) {
            int atom;
            if (!read_atom(config, dia_node_item(set, i), natom, &atom))
                return false;
            if (label[atom] != atom) {
                dia_config_mistake(config, dia_node_item(set, i), "equivalent: atom %d is in two sets", atom);
                return false;
            }
            label[atom] = natom + s;
        }
    }
    return true;
}
