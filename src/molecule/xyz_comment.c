/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The comment line of an XYZ frame: names of columns, units, state and weight. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "molecule/xyz_internal.h"

enum { MOST_COLUMNS = 1000000, MOST_STATE = 10000, MOST_AMPLITUDES = 64 };

static const struct {
    const char *name, *type;
    int count;
    dia_xyz_column kind;
} known[] = {{"species", "S", 1, SPECIES},    {"symbols", "S", 1, SPECIES},
             {"Z", "I", 1, NUMBER},           {"numbers", "I", 1, NUMBER},
             {"pos", "R", 3, POSITION},       {"positions", "R", 3, POSITION},
             {"velo", "R", 3, VELO},          {"vel", "R", 3, VELO_ELSE},
             {"velocity", "R", 3, VELO_ELSE}, {"velocities", "R", 3, VELO_ELSE},
             {"momenta", "R", 3, MOMENTA},    {"masses", "R", 1, MASS},
             {"mass", "R", 1, MASS}};

static dia_status add_property(dia_xyz_reader *r, const char *name, const char *type, const char *columns)
{
    char why[200];
    int count, k = 0;
    const int nknown = (int)(sizeof known / sizeof known[0]);
    if (columns == NULL || strlen(type) != 1 || strchr("SIRL", type[0]) == NULL)
        return wrong(r, "Properties: expected name:type:columns with type S, I, R or L, found '%s:%s:%s'", name,
                     type != NULL ? type : "", columns != NULL ? columns : "");
    if (!dia_text_int(columns, 1, MOST_COLUMNS, &count, sizeof why, why))
        return wrong(r, "Properties: the number of columns of '%s': %s", name, why);
    if (r->nproperty == MOST_PROPERTIES)
        return wrong(r, "Properties: more than %d names", MOST_PROPERTIES);
    while (k < nknown && strcasecmp(name, known[k].name) != 0)
        k++;
    const dia_xyz_column what = k < nknown ? known[k].kind : SKIP;
    /* A column of symbols may hold atomic numbers, and a column of reals may have type I. */
    if (what != SKIP && (count != known[k].count ||
                         (type[0] != known[k].type[0] && (what == SPECIES || type[0] == 'L' || type[0] == 'S'))))
        return wrong(r, "Properties: expected %s:%s:%d, found %s:%s:%d", known[k].name, known[k].type, known[k].count,
                     name, type, count);
    r->property[r->nproperty].kind = what;
    r->property[r->nproperty++].count = count;
    r->has[what] = true;
    return DIA_OK;
}

/* species:S:1:pos:R:3:... */
static dia_status read_properties(dia_xyz_reader *r, char *text)
{
    if (r->nproperty > 0)
        return wrong(r, "Properties is given twice");
    for (char *next = text; next != NULL;) {
        char *field[3] = {NULL, NULL, NULL};
        for (int i = 0; i < 3 && next != NULL; i++) {
            field[i] = next;
            next = strchr(next, ':');
            if (next != NULL)
                *next++ = '\0';
        }
        dia_status status = add_property(r, field[0], field[1], field[2]);
        if (status != DIA_OK)
            return status;
    }
    if (!r->has[POSITION] || !(r->has[SPECIES] || r->has[NUMBER]))
        return wrong(r, "Properties must hold species:S:1 or Z:I:1, and pos:R:3");
    return DIA_OK;
}

/* amplitudes="RE IM RE IM ...", for the present frame. All frames that state them have the same number. */
static dia_status read_amplitudes(dia_xyz_reader *r, char *text)
{
    dia_xyz *out = r->out;
    double values[2 * MOST_AMPLITUDES];
    int n = 0;
    char *rest = NULL;
    for (char *word = strtok_r(text, " ,[]\t", &rest); word != NULL; word = strtok_r(NULL, " ,[]\t", &rest)) {
        if (n == 2 * MOST_AMPLITUDES || !dia_text_real(word, &values[n]))
            return wrong(r, "amplitudes: expected at most %d numbers, found '%s'", 2 * MOST_AMPLITUDES, word);
        n++;
    }
    if (n == 0 || (out->amplitudes != NULL && n != out->namplitude))
        return wrong(r, "amplitudes: found %d numbers, expected %s", n,
                     n == 0 ? "some" : "as many as in the frames before");
    if (out->amplitudes == NULL) {
        out->namplitude = n;
        if (!dia_xyz_room_amplitudes(r))
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_MEMORY, "out of memory");
    }
    memcpy(out->amplitudes + (size_t)out->nframe * (size_t)n, values, (size_t)n * sizeof *values);
    return DIA_OK;
}

/* A pair key=value of ours, or another. In a comment without Properties, a value that does not fit our key is part
 * of a text. */
static dia_status read_pair(dia_xyz_reader *r, const char *key, char *value, int *state, double *weight)
{
    char why[200];
    double w;
    int n;
    if (strcasecmp(key, "Properties") == 0)
        return read_properties(r, value);
    if (strcmp(key, "state") == 0) {
        if (!dia_text_int(value, 0, MOST_STATE, &n, sizeof why, why))
            return r->extended ? wrong(r, "state: %s", why) : DIA_OK;
        if (*state >= 0 && *state != n)
            return wrong(r, "state is given twice: %d and %d", *state, n);
        *state = n;
    } else if (strcmp(key, "weight") == 0) {
        if (!dia_text_real(value, &w) || w < 0.0)
            return r->extended ? wrong(r, "weight: expected a number >= 0, found '%s'", value) : DIA_OK;
        *weight = w;
    } else if (strcmp(key, "amplitudes") == 0) {
        return read_amplitudes(r, value);
    } else if (strncasecmp(key, "moment", 6) == 0 && strstr(key, "unit") != NULL) {
        r->momenta_unit = true;
    }
    return DIA_OK;
}

char *dia_xyz_cut_value(char **cursor)
{
    char *from = *cursor, *out = *cursor, *value = *cursor;
    if (*from == '"') {
        for (from++; *from != '\0' && *from != '"'; from++) {
            if (*from == '\\' && from[1] != '\0')
                from++;
            *out++ = *from;
        }
        if (*from != '"')
            return NULL;
        *out = '\0';
        *cursor = from + 1;
        return value;
    }
    char close = *from == '[' ? ']' : *from == '{' ? '}' : '\0';
    int depth = 0;
    for (; *from != '\0'; from++) {
        depth += close != '\0' && *from == *value;
        depth -= close != '\0' && *from == close;
        if (depth == 0 && isspace((unsigned char)*from))
            break;
    }
    *cursor = *from == '\0' ? from : from + 1;
    *from = '\0';
    return depth == 0 ? value : NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Goes through the pairs of the line, which is cut; `take` false: reads no values. *all: the line has nothing else. */
static dia_status read_pairs(dia_xyz_reader *r, char *cursor, bool take, bool *all, int *state, double *weight)
{
    dia_status status = DIA_OK;
    *all = true;
    while (status == DIA_OK && *(cursor += strspn(cursor, " \t")) != '\0') {
        char *key = cursor;
        cursor += strcspn(cursor, "= \t");
        if (*cursor != '=' || cursor == key) {
            cursor += *cursor != '\0';
            *all = false; /* a word */
            continue;
        }
        *cursor++ = '\0';
        if (is_blank(*cursor))
            *all = false; /* "E= -78 Eh" */
        char *value = dia_xyz_cut_value(&cursor);
        if (value == NULL && r->extended)
            return wrong(r, "the value of '%s' does not end", key);
        *all = *all && value != NULL;
        if (value == NULL)
            return DIA_OK;
        if (take)
            status = read_pair(r, key, value, state, weight);
    }
    return status;
}

/* Properties= at the beginning of a word */
static bool has_properties(const char *line)
{
    static const char key[] = "properties=";
    for (const char *p = line; *p != '\0'; p++)
        if ((p == line || is_blank(p[-1])) && strncasecmp(p, key, sizeof key - 1) == 0)
            return true;
    return false;
}

static dia_status check_units(dia_xyz_reader *r)
{
    const double usual = r->unit.length > 0.0 ? r->unit.length : DIA_ANGSTROM;
    if (r->has[VELO] && r->unit.velocity == 0.0 && usual != DIA_ANGSTROM)
        return wrong(r, "the positions are not in Angstrom, and nothing says what the velocities are in: add "
                        "velocity_unit=Angstrom/fs, or another one");
    if (r->has[MOMENTA] && r->momenta_unit)
        return wrong(r, "momenta are read in sqrt(u eV) alone, as ASE writes them: leave their unit out");
    /* One frame states a unit and the next does not: then the unit of the next is not clear. */
    if (r->out->nframe > 0 && r->unit.length != r->length && (r->unit.length == 0.0 || r->length == 0.0) &&
        usual != (r->length > 0.0 ? r->length : DIA_ANGSTROM))
        return wrong(r, "this frame states %s unit of its positions, the one before %s: all must, or none",
                     r->unit.length > 0.0 ? "a" : "no", r->length > 0.0 ? "one" : "none");
    r->length = r->unit.length;
    return DIA_OK;
}

dia_status dia_xyz_read_comment(dia_xyz_reader *r, int *state, double *weight)
{
    char why[400], *line = dia_lines_next(&r->lines);
    bool all;
    *state = -1;
    *weight = 1.0;
    r->nproperty = 0;
    r->momenta_unit = false;
    memset(r->has, 0, sizeof r->has);
    if (line == NULL)
        return wrong(r, "expected the comment line, found the end of the file");
    if (!dia_comment_units(line, &r->unit, sizeof why, why))
        return wrong(r, "%s", why);
    if (r->count_unit > 0 && r->unit.length > 0 && r->count_unit != r->unit.length)
        return wrong(r, "the comment states another unit of the positions than the line before");
    r->unit.length = r->count_unit > 0 ? r->count_unit : r->unit.length;
    r->extended = has_properties(line);
    dia_status status = DIA_OK;
    bool ours = r->extended;
    if (!ours) { /* any text; read only if it consists of pairs */
        char *copy = strdup(line);
        if (copy == NULL)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_MEMORY, "out of memory");
        status = read_pairs(r, copy, false, &ours, state, weight);
        free(copy);
    }
    if (status == DIA_OK && ours)
        status = read_pairs(r, line, true, &all, state, weight);
    if (status == DIA_OK && !r->extended) {
        r->nproperty = 2;
        r->property[0].kind = SPECIES, r->property[0].count = 1;
        r->property[1].kind = POSITION, r->property[1].count = 3;
        r->has[SPECIES] = r->has[POSITION] = true;
    }
    if (status == DIA_OK && r->has[VELO_ELSE] && r->unit.velocity == 0.0) {
        snprintf(r->out->note, sizeof r->out->note,
                 "its velocities have no unit and are not read: add velocity_unit=... to the comment");
        r->has[VELO_ELSE] = false;
    }
    return status == DIA_OK ? check_units(r) : status;
}
