/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/kinetics/scheme.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef enum arrow { ARROW_NONE, ARROW_TO, ARROW_FROM, ARROW_BOTH, ARROW_END, ARROW_STOP } arrow;

/* Columns count characters, not bytes: in UTF-8, bytes 10xxxxxx continue a character. */
static int column_of(const char *text, int place)
{
    int column = 1;
    for (int i = 0; i < place && text[i] != '\0'; i++)
        column += ((unsigned char)text[i] & 0xC0) != 0x80;
    return column;
}

dia_status dia_scheme_mistake(const char *text, int place, dia_error *error, const char *format, ...)
{
    char message[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const int column = column_of(text, place);
    if (strlen(text) >= DIA_SCHEME_TEXT)
        return dia_error_set(error, DIA_ERROR_INPUT, "column %d: %s", column, message);
    return dia_error_set(error, DIA_ERROR_INPUT, "column %d: %s\n    %s\n    %*s", column, message, text, column, "^");
}

/* What stands at p, and its length. */
static arrow arrow_at(const char *p, int *length)
{
    static const struct {
        const char *text;
        arrow kind;
    } arrows[] = {{"<->", ARROW_BOTH}, {"->", ARROW_TO}, {"<-", ARROW_FROM}, {";", ARROW_END}};
    *length = 0;
    if (*p == '\0')
        return ARROW_STOP;
    for (size_t i = 0; i < sizeof arrows / sizeof arrows[0]; i++)
        if (strncmp(p, arrows[i].text, strlen(arrows[i].text)) == 0) {
            *length = (int)strlen(arrows[i].text);
            return arrows[i].kind;
        }
    return ARROW_NONE;
}

static int skip_blanks(const char *text, int at)
{
    while (isspace((unsigned char)text[at]))
        at++;
    return at;
}

static dia_status take_species(dia_scheme *s, const char *text, int start, int end, int *species, dia_error *error)
{
    char name[DIA_SCHEME_NAME];
    while (end > start && isspace((unsigned char)text[end - 1]))
        end--;
    if (end - start >= DIA_SCHEME_NAME)
        return dia_scheme_mistake(text, start, error, "a name of %d bytes is too long, expected at most %d",
                                  end - start, DIA_SCHEME_NAME - 1);
    memcpy(name, text + start, (size_t)(end - start));
    name[end - start] = '\0';
    for (*species = 0; *species < s->nspecies; ++*species)
        if (strcmp(s->species[*species].name, name) == 0)
            return DIA_OK;
    if (s->nspecies == DIA_SCHEME_SPECIES)
        return dia_scheme_mistake(text, start, error, "more than %d species", (int)DIA_SCHEME_SPECIES);
    memcpy(s->species[s->nspecies].name, name, sizeof name);
    s->species[s->nspecies++].place = start;
    return DIA_OK;
}

static dia_status take_step(dia_scheme *s, const char *text, int place, int from, int to, dia_error *error)
{
    if (from == to)
        return dia_scheme_mistake(text, place, error, "a step from '%s' to itself", s->species[from].name);
    for (int i = 0; i < s->nstep; i++)
        if (s->step[i].from == from && s->step[i].to == to)
            return dia_scheme_mistake(text, place, error, "the step %s -> %s is there already", s->species[from].name,
                                      s->species[to].name);
    if (s->nstep == DIA_SCHEME_STEPS)
        return dia_scheme_mistake(text, place, error, "more than %d steps", (int)DIA_SCHEME_STEPS);
    s->step[s->nstep].from = from;
    s->step[s->nstep++].to = to;
    return DIA_OK;
}

/* Species and what ends it. */
static dia_status next(dia_scheme *s, const char *text, int *at, int *species, arrow *kind, dia_error *error)
{
    const int start = skip_blanks(text, *at);
    int end = start, length = 0;
    while ((*kind = arrow_at(text + end, &length)) == ARROW_NONE)
        end++;
    if (end == start) {
        if (*kind == ARROW_STOP)
            return dia_scheme_mistake(text, start, error, "expected a species, found the end");
        return dia_scheme_mistake(text, start, error, "expected a species, found '%.*s'", length, text + start);
    }
    *at = end + length;
    return take_species(s, text, start, end, species, error);
}

/* One chain, up to a semicolon or the end. */
static dia_status take_chain(dia_scheme *s, const char *text, int *at, bool *more, dia_error *error)
{
    int before = -1, species = -1, place = skip_blanks(text, *at);
    arrow last = ARROW_NONE, kind;
    const int start = place;
    for (;;) {
        dia_status status = next(s, text, at, &species, &kind, error);
        if (status == DIA_OK && (last == ARROW_TO || last == ARROW_BOTH))
            status = take_step(s, text, place, before, species, error);
        if (status == DIA_OK && (last == ARROW_FROM || last == ARROW_BOTH))
            status = take_step(s, text, place, species, before, error);
        if (status != DIA_OK)
            return status;
        *more = kind == ARROW_END;
        if (kind == ARROW_END || kind == ARROW_STOP)
            return before >= 0 ? DIA_OK
                               : dia_scheme_mistake(text, start, error, "expected an arrow ->, <- or <-> behind '%s'",
                                                    s->species[species].name);
        before = species;
        last = kind;
        place = skip_blanks(text, *at);
    }
}

dia_status dia_scheme_parse(dia_scheme *scheme, const char *text, dia_error *error)
{
    *scheme = (dia_scheme){.nspecies = 0};
    if (strlen(text) >= sizeof scheme->text)
        return dia_error_set(error, DIA_ERROR_INPUT, "a scheme of %zu bytes is too long, expected at most %zu",
                             strlen(text), sizeof scheme->text - 1);
    int at = 0;
    bool more = true;
    while (more) {
        dia_status status = take_chain(scheme, text, &at, &more, error);
        if (status != DIA_OK)
            return status;
        more = more && text[skip_blanks(text, at)] != '\0'; /* a semicolon at the end does no harm */
    }
    snprintf(scheme->text, sizeof scheme->text, "%s", text);
    return DIA_OK;
}

void dia_scheme_step_name(const dia_scheme *scheme, int step, size_t size, char *name)
{
    snprintf(name, size, "%s -> %s", scheme->species[scheme->step[step].from].name,
             scheme->species[scheme->step[step].to].name);
}

void dia_scheme_matrix(const dia_scheme *scheme, const double *k, double *K)
{
    const int n = scheme->nspecies;
    memset(K, 0, (size_t)(n * n) * sizeof *K);
    for (int s = 0; s < scheme->nstep; s++) {
        const int from = scheme->step[s].from, to = scheme->step[s].to;
        K[from * n + from] -= k[s];
        K[to * n + from] += k[s];
    }
}
