/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/classes.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/number.h"
#include "molecule/coordinate.h"

static const char *const other = "other";

typedef struct bound {
    double value;
    bool closed; /* the limit itself is allowed */
} bound;

typedef struct condition {
    char text[240];
    dia_coordinate coordinate; /* atoms counted as in `used` below once the class is complete */
    bool magnitude;            /* of the coordinate: |...| */
    bound low, high;
} condition;

typedef struct class
{
    char *name;
    int ncondition;
    condition *condition; /* (ncondition)                            */
    int nused;            /* atoms that occur in the conditions      */
    int used[DIA_CLASS_ATOMS];
    int nmap, room;
    int *map; /* (nmap, nused): the atom that stands for each of them */
} class;

struct dia_classes {
    int n, natom, dimension;
    class *class; /* (n) */
};

/* ---- conditions ------------------------------------------------------------------------------ */

static bool names_coordinate(const char *text)
{
    static const char *const words[] = {"distance", "angle", "torsion", "out_of_plane", "position", "|"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(text, words[i]) != NULL)
            return true;
    return false;
}

typedef struct pieces { /* left OP middle OP right; without the second operator right is empty */
    char part[3][240];
    char op[2]; /* '<' or '>' */
    bool closed[2];
    int nop;
} pieces;

static void trim(char *text)
{
    size_t length = strlen(text), skip = strspn(text, " \t");
    while (length > skip && (text[length - 1] == ' ' || text[length - 1] == '\t'))
        length--;
    memmove(text, text + skip, length - skip);
    text[length - skip] = '\0';
}

/* False: more than two operators, or a text too long. */
static bool split(const char *text, pieces *p)
{
    *p = (pieces){.nop = 0};
    if (strlen(text) >= sizeof p->part[0])
        return false;
    const char *at = text;
    for (;;) {
        const size_t length = strcspn(at, "<>");
        memcpy(p->part[p->nop], at, length);
        p->part[p->nop][length] = '\0';
        trim(p->part[p->nop]);
        at += length;
        if (*at == '\0')
            return true;
        if (p->nop == 2)
            return false;
        p->op[p->nop] = *at++;
        p->closed[p->nop] = *at == '=';
        at += *at == '=';
        p->nop++;
    }
}

static dia_status parse_coordinate(condition *c, char *text, const dia_molecule *molecule, dia_error *error)
{
    const size_t length = strlen(text);
    c->magnitude = text[0] == '|';
    if (c->magnitude) {
        if (length < 3 || text[length - 1] != '|')
            return dia_error_set(error, DIA_ERROR_INPUT, "'%s': a magnitude is closed by |, as in |torsion 2 0 1 4|",
                                 text);
        text[length - 1] = '\0';
        text[0] = ' ';
        trim(text);
    }
    return dia_coordinate_parse(&c->coordinate, text, molecule, error);
}

/* One limit, on the side that the operator says seen from the coordinate. */
static dia_status parse_limit(condition *c, const char *text, char op, bool closed, dia_error *error)
{
    char why[300];
    bound *limit = op == '<' ? &c->high : &c->low;
    if (text[0] == '\0')
        return dia_error_set(error, DIA_ERROR_INPUT, "no value beside '%c'", op);
    if (!dia_quantity_parse(text, c->coordinate.dimension, &limit->value, sizeof why, why))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s", why);
    limit->closed = closed;
    return DIA_OK;
}

static dia_status condition_parse(condition *c, const char *text, const dia_molecule *molecule, dia_error *error)
{
    static const char *const shape =
        "expected COORDINATE < VALUE, COORDINATE > VALUE or VALUE < COORDINATE < VALUE, such as 'distance 0 2 < 1.6 "
        "Angstrom'";
    pieces p;
    *c = (condition){.low = {-INFINITY, false}, .high = {INFINITY, false}};
    if (!split(text, &p) || p.nop == 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "condition '%.200s': %s", text, shape);
    snprintf(c->text, sizeof c->text, "%s", text);
    const int at = p.nop == 2 || (!names_coordinate(p.part[0]) && names_coordinate(p.part[1])) ? 1 : 0;
    if (p.nop == 2 && p.op[0] != p.op[1])
        return dia_error_set(error, DIA_ERROR_INPUT, "condition '%s': the two signs point in different directions; %s",
                             text, shape);
    dia_status status = parse_coordinate(c, p.part[at], molecule, error);
    for (int i = 0; i < p.nop && status == DIA_OK; i++) {
        const bool behind = i >= at; /* the limit stands behind the coordinate */
        const char op = behind ? p.op[i] : p.op[i] == '<' ? '>' : '<';
        status = parse_limit(c, p.part[behind ? i + 1 : i], op, p.closed[i], error);
    }
    return status == DIA_OK ? status : dia_error_prefix(error, "condition '%s'", text);
}

/* ---- what can never hold --------------------------------------------------------------------- */

static bool no_room(bound low, bound high)
{
    return low.value > high.value || (low.value == high.value && !(low.closed && high.closed));
}

static bound lower_of(bound a, bound b)
{
    if (a.value != b.value)
        return a.value < b.value ? a : b;
    return a.closed ? b : a;
}

static bound higher_of(bound a, bound b)
{
    if (a.value != b.value)
        return a.value > b.value ? a : b;
    return a.closed ? b : a;
}

/* The range of values that the coordinate can have. */
static void reach(const condition *c, bound *low, bound *high)
{
    const dia_coordinate *x = &c->coordinate;
    *low = (bound){-INFINITY, true};
    *high = (bound){INFINITY, true};
    if (x->nterm == 1 && x->term[0].factor == 1) {
        static const double lowest[DIA_COORDINATE_KINDS] = {0, 0, -1, -0.5, -INFINITY};
        static const double highest[DIA_COORDINATE_KINDS] = {INFINITY, 1, 1, 0.5, INFINITY};
        const double slack = 1 + 1e-9; /* 180 deg read as radians may exceed pi by rounding */
        low->value = lowest[x->term[0].kind] * DIA_PI * slack;
        high->value = highest[x->term[0].kind] * DIA_PI * slack;
    }
    if (c->magnitude)
        low->value = 0;
}

/* Distances, angles and torsions are the same with their atoms in reverse order. */
static bool same_term(const dia_coordinate *a, const dia_coordinate *b, int t)
{
    static const int count[DIA_COORDINATE_KINDS] = {2, 3, 4, 4, 1};
    const int kind = (int)a->term[t].kind, n = count[kind];
    if (a->term[t].kind != b->term[t].kind || a->term[t].factor != b->term[t].factor)
        return false;
    bool forwards = true, backwards = a->term[t].kind != DIA_COORDINATE_OUT_OF_PLANE;
    for (int i = 0; i < n; i++) {
        forwards = forwards && a->term[t].atom[i] == b->term[t].atom[i];
        backwards = backwards && a->term[t].atom[i] == b->term[t].atom[n - 1 - i];
    }
    return forwards || backwards;
}

static bool same_coordinate(const condition *a, const condition *b)
{
    bool same = a->magnitude == b->magnitude && a->coordinate.nterm == b->coordinate.nterm;
    for (int t = 0; same && t < a->coordinate.nterm; t++)
        same = same_term(&a->coordinate, &b->coordinate, t);
    return same;
}

static dia_status check_possible(const class *k, int i, dia_error *error)
{
    const condition *c = &k->condition[i];
    bound low, high;
    reach(c, &low, &high);
    if (no_room(higher_of(low, c->low), lower_of(high, c->high)))
        return dia_error_set(error, DIA_ERROR_INPUT, "condition '%s' can never hold", c->text);
    for (int j = 0; j < i; j++) {
        const condition *d = &k->condition[j];
        if (same_coordinate(c, d) && no_room(higher_of(c->low, d->low), lower_of(c->high, d->high)))
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "conditions '%s' and '%s' contradict each other: the class would be empty", d->text,
                                 c->text);
    }
    return DIA_OK;
}

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
    static const int count[DIA_COORDINATE_KINDS] = {2, 3, 4, 4, 1};
    for (int i = 0; i < k->ncondition; i++) {
        dia_coordinate *x = &k->condition[i].coordinate;
        for (int t = 0; t < x->nterm; t++) {
            const bool component = x->term[t].kind == DIA_COORDINATE_POSITION;
            for (int a = 0; a < count[x->term[t].kind]; a++) {
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

static dia_status check_labels(const int *label, const dia_molecule *molecule, dia_error *error)
{
    for (int a = 0; label != NULL && a < molecule->natom; a++)
        for (int b = 0; b < a; b++)
            if (label[a] == label[b] && molecule->numbers[a] != molecule->numbers[b])
                return dia_error_set(
                    error, DIA_ERROR_INPUT, "equivalent: atom %d (%s) and atom %d (%s) are of different elements", b,
                    dia_element_symbol(molecule->numbers[b]), a, dia_element_symbol(molecule->numbers[a]));
    return DIA_OK;
}

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
static dia_status add_class(dia_classes *classes, const dia_class_definition *d, const dia_molecule *molecule, int *bad,
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
    status = check_labels(d->label, molecule, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "class '%s'", d->name);
    classes->n++;
    k->name = strdup(d->name);
    k->condition = dia_allocate((size_t)d->nwhere, sizeof *k->condition);
    if (k->name == NULL || k->condition == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a class");
    for (; k->ncondition < d->nwhere && status == DIA_OK; k->ncondition++) {
        *bad = k->ncondition;
        status = condition_parse(&k->condition[*bad], d->where[*bad], molecule, error);
        if (status == DIA_OK)
            status = check_possible(k, *bad, error);
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

dia_status dia_classes_create(dia_classes **classes, int n, const dia_class_definition *definition,
                              const dia_molecule *molecule, dia_error *error)
{
    *classes = NULL;
    if (n < 1 || n > DIA_CLASSES)
        return dia_error_set(error, DIA_ERROR_INPUT, "%d classes, expected 1 to %d", n, (int)DIA_CLASSES);
    dia_classes *c = room_for(n, molecule);
    if (c == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d classes", n);
    dia_status status = DIA_OK;
    for (int i = 0, bad; i < n && status == DIA_OK; i++)
        status = add_class(c, &definition[i], molecule, &bad, error);
    if (status != DIA_OK)
        dia_classes_free(c);
    else
        *classes = c;
    return status;
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

static bool is_list(const dia_node *node)
{
    return !dia_node_is_scalar(node) && !dia_node_is_mapping(node);
}

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
    if (!is_list(node)) {
        dia_config_mistake(config, node, "equivalent: expected a list of lists of atoms, such as [[0, 1], [2, 3]]");
        return false;
    }
    for (int s = 0; s < dia_node_count(node); s++) {
        const dia_node *set = dia_node_item(node, s);
        if (!is_list(set)) {
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
    const dia_class_definition d = {
        .name = input.name, .nwhere = input.where.n, .where = input.where.items, .label = label};
    const dia_status status = add_class(classes, &d, molecule, &bad, &own);
    if (status == DIA_ERROR_MEMORY)
        return dia_error_set(error, status, "%s", own.text);
    if (status != DIA_OK) {
        const dia_node *list = dia_node_child(node, "where");
        dia_config_mistake(config, bad >= 0 && list != NULL && is_list(list) ? dia_node_item(list, bad) : node, "%s",
                           own.text);
        *good = false;
    }
    return DIA_OK;
}

dia_status dia_classes_read(dia_classes **classes, dia_config *config, const dia_node *list,
                            const dia_molecule *molecule, dia_error *error)
{
    *classes = NULL;
    const int n = is_list(list) ? dia_node_count(list) : 0;
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

static bool holds(const condition *c, const double *R)
{
    double value = dia_coordinate_value(&c->coordinate, R);
    if (c->magnitude)
        value = fabs(value);
    return (value > c->low.value || (c->low.closed && value == c->low.value)) &&
           (value < c->high.value || (c->high.closed && value == c->high.value));
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
        while (c < k->ncondition && holds(&k->condition[c], few))
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
