/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/geometry_classes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "molecule/condition.h"
#include "molecule/equivalent.h"

static const char *const other = "other";

typedef struct class
{
    char *name;
    int ncondition;
    dia_condition *condition; /* (ncondition); atoms counted as in `used` once the class is complete */
    int nused;                /* atoms that occur in the conditions      */
    int used[DIA_CLASS_ATOMS];
    int nmap, room;
    int *map; /* (nmap, nused): the atom that stands for each of them */
} class;

struct dia_classes {
    int n, natom, dimension;
    class *class; /* (n) */
};

/* ---- exchanges of equivalent atoms ----------------------------------------------------------- */

static int place_of(class *k, int atom)
{
    for (int i = 0; i < k->nused; i++)
        if (k->used[i] == atom)
            return i;
    if (k->nused == DIA_CLASS_ATOMS)
        return -1;
    k->used[k->nused] = atom;
    return k->nused++;
}

/* Renumbers the atoms of the conditions by their place in `used`. */
static bool make_compact(class *k, int dimension)
{
    for (int i = 0; i < k->ncondition; i++) {
        dia_coordinate *x = &k->condition[i].coordinate;
        for (int t = 0; t < x->nterm; t++) {
            const bool component = x->term[t].kind == DIA_COORDINATE_POSITION;
            for (int a = 0; a < dia_coordinate_atoms[x->term[t].kind]; a++) {
                const int atom = x->term[t].atom[a];
                const int place = place_of(k, component ? atom / dimension : atom);
                if (place < 0)
                    return false;
                x->term[t].atom[a] = component ? place * dimension + atom % dimension : place;
            }
        }
    }
    return true;
}

static bool keep_map(class *k, const int *chosen)
{
    if (k->nmap == k->room) {
        const int room = k->room > 0 ? 2 * k->room : 16;
        int *larger = realloc(k->map, (size_t)room * (size_t)k->nused * sizeof *larger);
        if (larger == NULL)
            return false;
        k->map = larger;
        k->room = room;
    }
    memcpy(k->map + (size_t)k->nmap++ * (size_t)k->nused, chosen, (size_t)k->nused * sizeof *chosen);
    return true;
}

/* All ways to assign equivalent atoms to the places from `at` on. */
static dia_status choose(class *k, int natom, const int *label, int at, int *chosen, dia_error *error)
{
    if (at == k->nused) {
        if (k->nmap == DIA_CLASS_EXCHANGES)
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "more than %d exchanges of equivalent atoms; name smaller sets, or fewer atoms in the "
                                 "conditions",
                                 (int)DIA_CLASS_EXCHANGES);
        return keep_map(k, chosen) ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for exchanges");
    }
    for (int atom = 0; atom < natom; atom++) {
        bool taken = label != NULL ? label[atom] != label[k->used[at]] : atom != k->used[at];
        for (int i = 0; i < at && !taken; i++)
            taken = chosen[i] == atom;
        if (taken)
            continue;
        chosen[at] = atom;
        dia_status status = choose(k, natom, label, at + 1, chosen, error);
        if (status != DIA_OK)
            return status;
    }
    return DIA_OK;
}

/* ---- the whole ------------------------------------------------------------------------------- */

typedef struct definition { /* all borrowed */
    const char *name;
    int nwhere;
    const char *const *where; /* (nwhere) conditions                                */
    const int *label;         /* (natom) atoms with the same label are equivalent */
} definition;

static dia_status check_name(const dia_classes *classes, const char *name, dia_error *error)
{
    if (name == NULL || name[0] == '\0')
        return dia_error_set(error, DIA_ERROR_INPUT, "class %d has no name", classes->n);
    if (strcmp(name, other) == 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "'other' is the name of what no class claims; choose another");
    for (int i = 0; i < classes->n; i++)
        if (strcmp(classes->class[i].name, name) == 0)
            return dia_error_set(error, DIA_ERROR_INPUT, "there are two classes '%s'", name);
    return DIA_OK;
}

/* Adds a class; *bad: the wrong condition, or -1. The caller frees a class that failed together with the others. */
static dia_status add_class(dia_classes *classes, const definition *d, const dia_molecule *molecule, int *bad,
                            dia_error *error)
{
    class *k = &classes->class[classes->n];
    int chosen[DIA_CLASS_ATOMS];
    *bad = -1;
    dia_status status = check_name(classes, d->name, error);
    if (status != DIA_OK)
        return status;
    if (d->nwhere < 1 || d->nwhere > DIA_CLASS_CONDITIONS)
        return dia_error_set(error, DIA_ERROR_INPUT, "class '%s' has %d conditions, expected 1 to %d", d->name,
                             d->nwhere, (int)DIA_CLASS_CONDITIONS);
    status = dia_equivalent_check(d->label, molecule, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "class '%s'", d->name);
    classes->n++;
    k->name = strdup(d->name);
    k->condition = dia_allocate((size_t)d->nwhere, sizeof *k->condition);
    if (k->name == NULL || k->condition == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a class");
    for (; k->ncondition < d->nwhere && status == DIA_OK; k->ncondition++) {
        *bad = k->ncondition;
        status = dia_condition_parse(&k->condition[*bad], d->where[*bad], molecule, error);
        if (status == DIA_OK)
            status = dia_condition_check(&k->condition[*bad], *bad, k->condition, error);
    }
    if (status == DIA_OK) {
        *bad = -1;
        if (make_compact(k, molecule->dimension))
            status = choose(k, molecule->natom, d->label, 0, chosen, error);
        else
            status =
                dia_error_set(error, DIA_ERROR_INPUT, "more than %d atoms in the conditions", (int)DIA_CLASS_ATOMS);
    }
    return status == DIA_OK ? status : dia_error_prefix(error, "class '%s'", d->name);
}

static dia_classes *room_for(int n, const dia_molecule *molecule)
{
    dia_classes *classes = calloc(1, sizeof *classes);
    if (classes == NULL)
        return NULL;
    classes->natom = molecule->natom;
    classes->dimension = molecule->dimension;
    classes->class = calloc((size_t)n, sizeof *classes->class);
    if (classes->class == NULL) {
        free(classes);
        return NULL;
    }
    return classes;
}

void dia_classes_free(dia_classes *classes)
{
    if (classes == NULL)
        return;
    for (int i = 0; i < classes->n; i++) {
        free(classes->class[i].name);
        free(classes->class[i].condition);
        free(classes->class[i].map);
    }
    free(classes->class);
    free(classes);
}

/* ---- from an input --------------------------------------------------------------------------- */

typedef struct class_input {
    const char *name;
    dia_list where; /* const char * */
    const dia_node *equivalent;
} class_input;

const dia_option dia_class_options[] = {
    DIA_TEXT(class_input, name, NULL, "of the class", .required = true),
    DIA_TEXTS(class_input, where, NULL,
              "conditions that all must hold, such as \"distance 0 2 < 1.6 Angstrom\", \"|torsion 2 0 1 4| > 90 deg\"",
              .required = true),
    DIA_NODE(class_input, equivalent,
             "sets of atoms that may be exchanged, such as [[0, 1], [2, 3, 4, 5]]; none: every atom is itself"),
    {.key = NULL}};

static dia_status read_class(dia_classes *classes, dia_config *config, const dia_node *node,
                             const dia_molecule *molecule, int *label, bool *good, dia_error *error)
{
    class_input input = {0};
    dia_error own = {0};
    int bad;
    dia_config_read(config, node, "classes", 1, (const dia_option *const[]){dia_class_options},
                    (void *const[]){&input});
    if (input.name == NULL || !dia_equivalent_read(config, input.equivalent, molecule->natom, label)) {
        *good = false;
        return DIA_OK;
    }
    const definition d = {.name = input.name, .nwhere = input.where.n, .where = input.where.items, .label = label};
    const dia_status status = add_class(classes, &d, molecule, &bad, &own);
    if (status == DIA_ERROR_MEMORY)
        return dia_error_set(error, status, "%s", own.text);
    if (status != DIA_OK) {
        const dia_node *list = dia_node_child(node, "where");
        dia_config_mistake(config, bad >= 0 && list != NULL && dia_node_is_list(list) ? dia_node_item(list, bad) : node,
                           "%s", own.text);
        *good = false;
    }
    return DIA_OK;
}

dia_status dia_classes_read(dia_classes **classes, dia_config *config, const dia_node *list,
                            const dia_molecule *molecule, dia_error *error)
{
    *classes = NULL;
    const int n = dia_node_is_list(list) ? dia_node_count(list) : 0;
    if (n < 1 || n > DIA_CLASSES) {
        dia_config_mistake(config, list, "classes: expected a list of 1 to %d classes, each {name: ..., where: [...]}",
                           (int)DIA_CLASSES);
        return DIA_OK;
    }
    dia_classes *c = room_for(n, molecule);
    int *label = dia_allocate((size_t)molecule->natom, sizeof *label);
    dia_status status =
        c != NULL && label != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d classes", n);
    bool good = true;
    for (int i = 0; i < n && status == DIA_OK; i++)
        status = read_class(c, config, dia_node_item(list, i), molecule, label, &good, error);
    free(label);
    if (status == DIA_OK && good)
        *classes = c;
    else
        dia_classes_free(c);
    return status;
}

/* ---- use ------------------------------------------------------------------------------------- */

int dia_classes_count(const dia_classes *classes)
{
    return classes->n;
}

const char *dia_classes_name(const dia_classes *classes, int i)
{
    return i < classes->n ? classes->class[i].name : other;
}

int dia_classes_find(const dia_classes *classes, const char *name)
{
    for (int i = 0; i <= classes->n; i++)
        if (strcmp(dia_classes_name(classes, i), name) == 0)
            return i;
    return -1;
}

int dia_classes_conditions(const dia_classes *classes, int i)
{
    return classes->class[i].ncondition;
}

const char *dia_classes_condition(const dia_classes *classes, int i, int condition_number)
{
    return classes->class[i].condition[condition_number].text;
}

bool dia_classes_holds(const dia_classes *classes, int i, const double *R)
{
    const class *k = &classes->class[i];
    const size_t dimension = (size_t)classes->dimension;
    double few[3 * DIA_CLASS_ATOMS];
    for (int m = 0; m < k->nmap; m++) {
        const int *map = k->map + (size_t)m * (size_t)k->nused;
        for (int a = 0; a < k->nused; a++)
            memcpy(few + (size_t)a * dimension, R + (size_t)map[a] * dimension, dimension * sizeof *few);
        int c = 0;
        while (c < k->ncondition && dia_condition_holds(&k->condition[c], few))
            c++;
        if (c == k->ncondition)
            return true;
    }
    return false;
}

int dia_classes_of(const dia_classes *classes, const double *R)
{
    int i = 0;
    while (i < classes->n && !dia_classes_holds(classes, i, R))
        i++;
    return i;
}
