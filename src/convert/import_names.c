/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What quantities are called in other people's files: by the user's word, else by the names in use. */
#include <string.h>

#include "convert/import.h"

enum { NAMES = 12 };

/* The first that is there counts. REF_... is MACE's habit: labels that its program does not confuse with results. */
static const struct {
    const char *quantity, *names[NAMES];
} table[] = {{"numbers", {"numbers", "Z", "z", "atomic_numbers", "nuclear_charges"}},
             {"positions", {"positions", "R", "coordinates", "coords", "pos", "xyz"}},
             {"energies", {"energies", "REF_energies", "REF_energy", "energy", "E"}},
             {"gradients", {"gradients", "REF_gradients", "gradient", "grads", "grad", "G"}},
             {"forces", {"forces", "REF_forces", "force", "F"}},
             {"couplings", {"couplings", "smooth_nacs", "REF_smooth_nacs", "nacs", "REF_nacs", "nac", "h"}},
             {"dipoles", {"dipoles", "REF_dipoles", "dipole", "REF_dipole", "mu"}},
             {"group", {"group", "groups", "trajectory"}}};
enum { QUANTITIES = sizeof table / sizeof table[0] };

dia_status dia_import_check_keys(const dia_import_options *options, dia_error *error)
{
    for (int i = 0; i < options->nkey; i++) {
        const char *key = options->keys[i];
        const size_t length = strcspn(key, "=");
        int k = 0;
        while (k < QUANTITIES && (strlen(table[k].quantity) != length || strncmp(table[k].quantity, key, length) != 0))
            k++;
        if (k == QUANTITIES || key[length] == '\0' || key[length + 1] == '\0')
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "--key: expected QUANTITY=NAME with one of positions, numbers, energies, gradients, "
                                 "forces, couplings, dipoles, group, found '%s'",
                                 key);
    }
    return DIA_OK;
}

static const char *stated(const dia_import *import, const char *quantity, int *which)
{
    const size_t length = strlen(quantity);
    for (int i = 0; i < import->options->nkey; i++)
        if (strncmp(import->options->keys[i], quantity, length) == 0 && import->options->keys[i][length] == '=') {
            *which = i;
            return import->options->keys[i] + length + 1;
        }
    return NULL;
}

const char *dia_import_find(dia_import *import, const char *quantity, dia_import_has *has, const void *context)
{
    int which = 0;
    const char *name = stated(import, quantity, &which);
    if (name != NULL && has(context, name)) {
        import->found |= 1U << which;
        return name;
    }
    for (int k = 0; k < QUANTITIES && name == NULL; k++)
        for (int i = 0; i < NAMES && table[k].names[i] != NULL && strcmp(table[k].quantity, quantity) == 0; i++)
            if (has(context, table[k].names[i]))
                return table[k].names[i];
    return NULL;
}

dia_status dia_import_check_found(const dia_import *import, dia_error *error)
{
    for (int i = 0; i < import->options->nkey; i++)
        if ((import->found & 1U << i) == 0)
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: --key %s: there is nothing of that name", import->path,
                                 import->options->keys[i]);
    return DIA_OK;
}

bool dia_import_is_name(const dia_import *import, const char *name)
{
    for (int i = 0; i < import->options->nkey; i++) {
        const char *at = strchr(import->options->keys[i], '=');
        if (at != NULL && strcmp(at + 1, name) == 0)
            return true;
    }
    for (int k = 0; k < QUANTITIES; k++)
        for (int i = 0; i < NAMES && table[k].names[i] != NULL; i++)
            if (strcmp(table[k].names[i], name) == 0)
                return true;
    return false;
}

void dia_import_leave_out(dia_import *import, const char *name)
{
    const size_t used = strlen(import->left_out), length = strlen(name);
    for (const char *at = import->left_out; (at = strstr(at, name)) != NULL; at += length)
        if ((at == import->left_out || at[-1] == ' ') && (at[length] == '\0' || at[length] == ','))
            return;
    if (used + length + 3 < sizeof import->left_out)
        snprintf(import->left_out + used, sizeof import->left_out - used, "%s%s", used > 0 ? ", " : "", name);
}
