/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/condition.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/config.h"

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

static dia_status parse_coordinate(dia_condition *c, char *text, const dia_molecule *molecule, dia_error *error)
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
static dia_status parse_limit(dia_condition *c, const char *text, char op, bool closed, dia_error *error)
{
    char why[300];
    dia_bound *limit = op == '<' ? &c->high : &c->low;
    if (text[0] == '\0')
        return dia_error_set(error, DIA_ERROR_INPUT, "no value beside '%c'", op);
    if (!dia_quantity_parse(text, c->coordinate.dimension, &limit->value, sizeof why, why))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s", why);
    limit->closed = closed;
    return DIA_OK;
}

dia_status dia_condition_parse(dia_condition *c, const char *text, const dia_molecule *molecule, dia_error *error)
{
    static const char *const shape =
        "expected COORDINATE < VALUE, COORDINATE > VALUE or VALUE < COORDINATE < VALUE, such as 'distance 0 2 < 1.6 "
        "Angstrom'";
    pieces p;
    *c = (dia_condition){.low = {-INFINITY, false}, .high = {INFINITY, false}};
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

static bool no_room(dia_bound low, dia_bound high)
{
    return low.value > high.value || (low.value == high.value && !(low.closed && high.closed));
}

static dia_bound lower_of(dia_bound a, dia_bound b)
{
    if (a.value != b.value)
        return a.value < b.value ? a : b;
    return a.closed ? b : a;
}

static dia_bound higher_of(dia_bound a, dia_bound b)
{
    if (a.value != b.value)
        return a.value > b.value ? a : b;
    return a.closed ? b : a;
}

/* The range of values that the coordinate can have. */
static void reach(const dia_condition *c, dia_bound *low, dia_bound *high)
{
    const dia_coordinate *x = &c->coordinate;
    *low = (dia_bound){-INFINITY, true};
    *high = (dia_bound){INFINITY, true};
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

static bool same_coordinate(const dia_condition *a, const dia_condition *b)
{
    bool same = a->magnitude == b->magnitude && a->coordinate.nterm == b->coordinate.nterm;
    for (int t = 0; same && t < a->coordinate.nterm; t++)
        same = dia_coordinate_same_term(&a->coordinate, &b->coordinate, t) &&
               a->coordinate.term[t].factor == b->coordinate.term[t].factor;
    return same;
}

dia_status dia_condition_check(const dia_condition *c, int n, const dia_condition *others, dia_error *error)
{
    dia_bound low, high;
    reach(c, &low, &high);
    if (no_room(higher_of(low, c->low), lower_of(high, c->high)))
        return dia_error_set(error, DIA_ERROR_INPUT, "condition '%s' can never hold", c->text);
    for (const dia_condition *d = others; d < others + n; d++)
        if (same_coordinate(c, d) && no_room(higher_of(c->low, d->low), lower_of(c->high, d->high)))
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "conditions '%s' and '%s' contradict each other: the class would be empty", d->text,
                                 c->text);
    return DIA_OK;
}

bool dia_condition_holds(const dia_condition *c, const double *R)
{
    double value = dia_coordinate_value(&c->coordinate, R);
    if (c->magnitude)
        value = fabs(value);
    return (value > c->low.value || (c->low.closed && value == c->low.value)) &&
           (value < c->high.value || (c->high.closed && value == c->high.value));
}
