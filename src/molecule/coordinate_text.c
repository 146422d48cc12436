/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coordinates from text. */
#include "molecule/coordinate.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/number.h"

enum { WORD = 64, KINDS = DIA_COORDINATE_KINDS };

static const char *const names[KINDS + 1] = {[DIA_COORDINATE_DISTANCE] = "distance",
                                             [DIA_COORDINATE_ANGLE] = "angle",
                                             [DIA_COORDINATE_TORSION] = "torsion",
                                             [DIA_COORDINATE_OUT_OF_PLANE] = "out_of_plane",
                                             [DIA_COORDINATE_POSITION] = "position"};

/* Names in other programs. */
static const struct {
    const char *word;
    dia_coordinate_kind kind;
} synonyms[] = {{"bond", DIA_COORDINATE_DISTANCE},        {"stretch", DIA_COORDINATE_DISTANCE},
                {"length", DIA_COORDINATE_DISTANCE},      {"bend", DIA_COORDINATE_ANGLE},
                {"dihedral", DIA_COORDINATE_TORSION},     {"twist", DIA_COORDINATE_TORSION},
                {"oop", DIA_COORDINATE_OUT_OF_PLANE},     {"pyramidalisation", DIA_COORDINATE_OUT_OF_PLANE},
                {"wagging", DIA_COORDINATE_OUT_OF_PLANE}, {"cartesian", DIA_COORDINATE_POSITION},
                {"mode", DIA_COORDINATE_POSITION}};

typedef struct reader {
    const char *text; /* the whole text, for messages */
    const char *next;
    char word[WORD]; /* the word last read, cut if longer */
    const dia_molecule *molecule;
    dia_error *error;
} reader;

DIA_PRINTF(2, 3) static dia_status complain(const reader *r, const char *format, ...)
{
    char message[300];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return dia_error_set(r->error, DIA_ERROR_INPUT, "coordinate '%s': %s", r->text, message);
}

/* The next word, which stays unread: up to a blank; '+', '-' and '*' before a term are words of their own. "" at the
 * end. */
static const char *peek(reader *r)
{
    while (isspace((unsigned char)*r->next))
        r->next++;
    size_t n = strcspn(r->next, " \t\r\n");
    if (n >= WORD)
        n = WORD - 1;
    memcpy(r->word, r->next, n);
    r->word[n] = '\0';
    return r->word;
}

static bool take_sign(reader *r, double *sign)
{
    peek(r);
    if (*r->next != '+' && *r->next != '-')
        return false;
    *sign = *r->next == '-' ? -1.0 : 1.0;
    r->next++;
    return true;
}

/* A factor before the name: "0.5 angle", "0.5*angle". */
static dia_status take_factor(reader *r, double *factor)
{
    peek(r);
    if (!isdigit((unsigned char)*r->next) && *r->next != '.')
        return DIA_OK;
    char text[64];
    const size_t length = dia_number_length(r->next, false);
    const char *end = r->next + length;
    double value = 0.0;
    snprintf(text, sizeof text, "%.*s", (int)(length < sizeof text ? length : 0), r->next);
    if (!dia_text_real(text, &value) || value == 0.0 || !(isspace((unsigned char)*end) || *end == '*' || !*end))
        return complain(r, "'%s' is no factor: expected a number other than 0, as in '0.5 angle 2 0 1'", r->word);
    *factor *= value;
    r->next = end;
    peek(r);
    r->next += *r->next == '*';
    return DIA_OK;
}

static dia_status unknown_kind(const reader *r)
{
    const char *near = dia_text_nearest(r->word, names);
    for (size_t i = 0; i < sizeof synonyms / sizeof synonyms[0] && near == NULL; i++) {
        const char *const candidate[] = {synonyms[i].word, NULL};
        if (dia_text_nearest(r->word, candidate) != NULL)
            near = names[synonyms[i].kind];
    }
    if (near != NULL)
        return complain(r, "unknown kind '%s': did you mean '%s'?", r->word, near);
    if (r->word[0] == '\0')
        return complain(r,
                        "expected a kind of coordinate (distance, angle, torsion, out_of_plane, position) at the end");
    return complain(r, "unknown kind '%s': expected distance, angle, torsion, out_of_plane or position", r->word);
}

static dia_status take_kind(reader *r, dia_coordinate_kind *kind)
{
    peek(r);
    for (int k = 0; k < KINDS; k++)
        if (strcmp(r->word, names[k]) == 0) {
            *kind = (dia_coordinate_kind)k;
            r->next += strlen(names[k]);
            if (r->molecule->dimension == 3 || k == DIA_COORDINATE_POSITION)
                return DIA_OK;
            return complain(
                r,
                "a model system has no %s, its coordinates have no place in space: expected 'position C', C from "
                "0 to %d",
                names[k], r->molecule->ncart - 1);
        }
    return unknown_kind(r);
}

/* A number from 0 to count-1; `what` is "atom" or "component". */
static dia_status take_number(reader *r, const char *kind, int wanted, int found, const char *what, int count,
                              int *value)
{
    const char *word = peek(r);
    if (word[0] == '\0' || ((word[0] == '+' || word[0] == '-') && !isdigit((unsigned char)word[1])))
        return complain(r, "%s takes %d %s%s, found %d", kind, wanted, what, wanted > 1 ? "s" : "", found);
    if (word[(word[0] == '-' || word[0] == '+') + strspn(word + (word[0] == '-' || word[0] == '+'), "0123456789")] !=
        '\0') {
        const size_t letters = strcspn(word, "0123456789");
        const bool named = letters > 0 && letters < strlen(word) && isalpha((unsigned char)word[0]);
        return complain(r, "%s '%s' is not a whole number (%ss are counted from 0)%s%s%s", what, word, what,
                        named ? ": did you mean '" : "", named ? word + letters : "", named ? "'?" : "");
    }
    if (!dia_text_int(word, 0, count - 1, value, 0, NULL))
        return complain(r, "there is no %s %s: the molecule has %ss 0 to %d%s", what, word, what, count - 1,
                        dia_text_int(word, count, count, value, 0, NULL) ? " (they are counted from 0)" : "");
    r->next += strlen(word);
    return DIA_OK;
}

static dia_status take_term(reader *r, dia_coordinate *c)
{
    const int t = c->nterm;
    dia_coordinate_kind kind = DIA_COORDINATE_DISTANCE;
    dia_status status = take_factor(r, &c->term[t].factor);
    if (status != DIA_OK || (status = take_kind(r, &kind)) != DIA_OK)
        return status;
    const bool atoms = kind != DIA_COORDINATE_POSITION;
    int *atom = c->term[t].atom;
    for (int i = 0; i < dia_coordinate_atoms[kind]; i++) {
        status = take_number(r, names[kind], dia_coordinate_atoms[kind], i, atoms ? "atom" : "component",
                             atoms ? r->molecule->natom : r->molecule->ncart, &atom[i]);
        if (status != DIA_OK)
            return status;
        for (int j = 0; j < i; j++)
            if (atom[j] == atom[i])
                return complain(r, "atom %d is there twice in one %s", atom[i], names[kind]);
    }
    c->term[t].kind = kind;
    c->nterm++;
    return DIA_OK;
}

static dia_dimension dimension_of(dia_coordinate_kind kind, const dia_molecule *molecule)
{
    if (kind == DIA_COORDINATE_POSITION)
        return molecule->dimension == 3 ? DIA_LENGTH : DIA_ATOMIC;
    return kind == DIA_COORDINATE_DISTANCE ? DIA_LENGTH : DIA_ANGLE;
}

/* Dimension and period, from the terms. */
static void finish(dia_coordinate *c, const dia_molecule *molecule)
{
    c->ncart = molecule->ncart;
    c->dimension = dimension_of(c->term[0].kind, molecule);
    c->periodic = c->nterm == 1 && c->term[0].kind == DIA_COORDINATE_TORSION && fabs(c->term[0].factor) == 1.0;
    double factor = 0.0;
    for (int t = 0; t < c->nterm; t++) {
        if (c->term[t].kind != DIA_COORDINATE_TORSION)
            continue;
        if (factor != 0.0 && fabs(c->term[t].factor) != factor)
            return; /* no useful common period */
        factor = fabs(c->term[t].factor);
    }
    c->period = 2.0 * DIA_PI * factor;
}

static dia_status take_terms(reader *r, dia_coordinate *c)
{
    for (bool first = true; first || *peek(r) != '\0'; first = false) {
        double sign = 1.0;
        if (!take_sign(r, &sign) && !first)
            return complain(r, "expected '+', '-' or the end before '%s'", r->word);
        if (c->nterm == DIA_COORDINATE_TERMS)
            return complain(r, "has more than %d terms", DIA_COORDINATE_TERMS);
        c->term[c->nterm].factor = sign;
        const dia_status status = take_term(r, c);
        if (status != DIA_OK)
            return status;
        if (dimension_of(c->term[c->nterm - 1].kind, r->molecule) != dimension_of(c->term[0].kind, r->molecule))
            return complain(r, "%s added to %s: terms must be all lengths or all angles",
                            names[c->term[c->nterm - 1].kind], names[c->term[0].kind]);
    }
    return DIA_OK;
}

dia_status dia_coordinate_parse(dia_coordinate *c, const char *text, const dia_molecule *molecule, dia_error *error)
{
    reader r = {.text = text, .next = text, .molecule = molecule, .error = error};
    memset(c, 0, sizeof *c);
    if (strlen(text) >= sizeof c->text)
        return dia_error_set(error, DIA_ERROR_INPUT, "coordinate '%.60s...' is longer than %zu letters", text,
                             sizeof c->text - 1);
    if (*peek(&r) == '\0')
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "a coordinate is empty: expected, for example, 'distance 0 1' or 'torsion 2 0 1 4'");
    const dia_status status = take_terms(&r, c);
    if (status != DIA_OK) {
        memset(c, 0, sizeof *c);
        return status;
    }
    memcpy(c->text, text, strlen(text) + 1);
    finish(c, molecule);
    return DIA_OK;
}

dia_status dia_coordinate_parse_list(dia_coordinate **coordinates, const dia_list *texts, const dia_molecule *molecule,
                                     dia_error *error)
{
    *coordinates = NULL;
    if (texts->n == 0)
        return DIA_OK;
    dia_coordinate *list = calloc((size_t)texts->n, sizeof *list);
    if (list == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d coordinates", texts->n);
    for (int i = 0; i < texts->n; i++) {
        const dia_status status =
            dia_coordinate_parse(&list[i], ((const char *const *)texts->items)[i], molecule, error);
        if (status != DIA_OK) {
            free(list);
            return texts->n > 1 ? dia_error_prefix(error, "item %d of the list", i) : status;
        }
    }
    *coordinates = list;
    return DIA_OK;
}

void dia_coordinate_make(dia_coordinate *c, dia_coordinate_kind kind, const int *atoms, const dia_molecule *molecule)
{
    assert(kind < DIA_COORDINATE_KINDS && (molecule->dimension == 3 || kind == DIA_COORDINATE_POSITION));
    memset(c, 0, sizeof *c);
    c->nterm = 1;
    c->term[0].kind = kind;
    c->term[0].factor = 1.0;
    int length = snprintf(c->text, sizeof c->text, "%s", names[kind]);
    for (int i = 0; i < dia_coordinate_atoms[kind]; i++) {
        assert(atoms[i] >= 0 && atoms[i] < molecule->ncart);
        c->term[0].atom[i] = atoms[i];
        length += snprintf(c->text + length, sizeof c->text - (size_t)length, " %d", atoms[i]);
    }
    finish(c, molecule);
}

dia_status dia_coordinate_values(const char *text, const dia_molecule *molecule, int64_t count, const double *R,
                                 double *values, bool *angle, bool *periodic, dia_error *error)
{
    dia_coordinate c;
    dia_status status = dia_coordinate_parse(&c, text, molecule, error);
    *angle = status == DIA_OK && c.dimension == DIA_ANGLE;
    *periodic = status == DIA_OK && c.periodic;
    for (int64_t i = 0; status == DIA_OK && i < count; i++)
        values[i] = dia_coordinate_value(&c, R + (size_t)i * (size_t)c.ncart);
    return status;
}
