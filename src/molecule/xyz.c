/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/xyz.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "molecule/lines.h"

#define VELOCITY (DIA_ANGSTROM / DIA_FEMTOSECOND) /* Angstrom/fs -> atomic units */

enum { MOST_ATOMS = 1000000, MOST_COLUMNS = 64 };

typedef enum column { SKIP, SPECIES, POSITION, VELO, MASS } column;

typedef struct reader {
    dia_lines lines;
    dia_error *error;
    dia_xyz *out;
    int room; /* frames there is memory for  */
    column column[MOST_COLUMNS];
    int ncolumn;
    bool velocities, masses; /* of the present frame */
} reader;

void dia_xyz_free(dia_xyz *xyz)
{
    dia_molecule_free(&xyz->molecule);
    free(xyz->R);
    free(xyz->V);
    free(xyz->state);
    free(xyz->weight);
    *xyz = (dia_xyz){0};
}

/* ---- the comment line ------------------------------------------------------------------------ */

/* species:S:1:pos:R:3:... */
static dia_status read_properties(reader *r, char *text)
{
    static const struct {
        const char *name, *type;
        int count;
        column column;
    } known[] = {
        {"species", "S", 1, SPECIES}, {"pos", "R", 3, POSITION}, {"velo", "R", 3, VELO}, {"masses", "R", 1, MASS}};
    char *next = text;
    r->ncolumn = 0;
    r->velocities = r->masses = false;
    while (next != NULL) {
        char *field[3] = {NULL, NULL, NULL};
        for (int i = 0; i < 3 && next != NULL; i++) {
            field[i] = next;
            next = strchr(next, ':');
            if (next != NULL)
                *next++ = '\0';
        }
        char *end = NULL;
        long count = field[2] != NULL ? strtol(field[2], &end, 10) : 0;
        if (field[2] == NULL || *end != '\0' || count < 1 || r->ncolumn + count > MOST_COLUMNS ||
            strlen(field[1]) != 1 || strchr("SIRL", field[1][0]) == NULL)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                                   "Properties: expected name:type:columns with type S, I, R or L, found '%s:%s:%s'",
                                   field[0], field[1] != NULL ? field[1] : "", field[2] != NULL ? field[2] : "");
        column what = SKIP;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            if (strcmp(field[0], known[k].name) == 0) {
                if (count != known[k].count || strcmp(field[1], known[k].type) != 0)
                    return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "Properties: expected %s:%s:%d",
                                           known[k].name, known[k].type, known[k].count);
                what = known[k].column;
            }
        for (long i = 0; i < count; i++)
            r->column[r->ncolumn++] = what;
        r->velocities = r->velocities || what == VELO;
        r->masses = r->masses || what == MASS;
    }
    return DIA_OK;
}

static dia_status read_pair(reader *r, const char *key, char *value, int *state, double *weight)
{
    char *end = value;
    if (strcmp(key, "Properties") == 0)
        return read_properties(r, value);
    if (strcmp(key, "state") == 0) {
        long n = strtol(value, &end, 10);
        if (*value == '\0' || *end != '\0' || n < 0 || n > 10000)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "state: expected a number from 0, found '%s'",
                                   value);
        *state = (int)n;
    } else if (strcmp(key, "weight") == 0) {
        *weight = strtod(value, &end);
        if (*value == '\0' || *end != '\0' || !isfinite(*weight) || *weight < 0.0)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "weight: expected a number >= 0, found '%s'",
                                   value);
    } else if (strcmp(key, "velocity_unit") == 0 && strcmp(value, "Angstrom/fs") != 0) {
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "velocity_unit: expected Angstrom/fs, found '%s'; convert the velocities", value);
    }
    return DIA_OK;
}

/* A value: bare, or in double quotes with \" \\ \n, or in brackets. Cuts it out in place and moves *cursor behind it;
 * NULL: unterminated. */
static char *cut_value(char **cursor)
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

/* A comment that is not made of key=value pairs is a plain XYZ file's: any text. */
static dia_status read_comment(reader *r, int *state, double *weight)
{
    char *cursor = dia_lines_next(&r->lines);
    r->ncolumn = 4;
    r->column[0] = SPECIES;
    r->column[1] = r->column[2] = r->column[3] = POSITION;
    r->velocities = r->masses = false;
    *state = -1;
    *weight = 1.0;
    if (cursor == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "expected the comment line, found the end of the file");
    while (*(cursor += strspn(cursor, " \t")) != '\0') {
        char *key = cursor;
        cursor += strcspn(cursor, "= \t");
        if (*cursor != '=') {
            cursor += *cursor != '\0';
            continue; /* a word */
        }
        *cursor++ = '\0';
        char *value = cut_value(&cursor);
        if (value == NULL)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "the value of '%s' does not end", key);
        dia_status status = read_pair(r, key, value, state, weight);
        if (status != DIA_OK)
            return status;
    }
    int found[5] = {0};
    for (int c = 0; c < r->ncolumn; c++)
        found[r->column[c]]++;
    if (found[SPECIES] != 1 || found[POSITION] != 3 || found[VELO] > 3 || found[MASS] > 1)
        return dia_lines_error(
            &r->lines, r->error, DIA_ERROR_INPUT,
            "Properties must hold species:S:1 and pos:R:3 once, and may hold velo:R:3 and masses:R:1");
    return DIA_OK;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static dia_status read_species(reader *r, int *number)
{
    const char *symbol = dia_lines_token(&r->lines);
    if (symbol == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "expected an atom, found an empty line");
    *number = dia_element_number(symbol);
    if (*number < 0)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "'%s' is no element", symbol);
    return DIA_OK;
}

/* x, v (3), mass of one atom. */
static dia_status read_atom(reader *r, int *number, double *x, double *v, double *mass)
{
    int nx = 0, nv = 0;
    if (dia_lines_next(&r->lines) == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "expected an atom, found the end of the file");
    for (int c = 0; c < r->ncolumn; c++) {
        dia_status status = DIA_OK;
        switch (r->column[c]) {
        case SPECIES:
            status = read_species(r, number);
            break;
        case POSITION:
            status = dia_lines_real(&r->lines, "a coordinate in Angstrom", &x[nx++], r->error);
            break;
        case VELO:
            status = dia_lines_real(&r->lines, "a velocity in Angstrom/fs", &v[nv++], r->error);
            break;
        case MASS:
            status = dia_lines_real(&r->lines, "a mass in u", mass, r->error);
            break;
        default:
            if (dia_lines_token(&r->lines) == NULL)
                status = dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "expected %d columns, found %d",
                                         r->ncolumn, c);
        }
        if (status != DIA_OK)
            return status;
    }
    if (r->masses && !(*mass > 0.0))
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "a mass must be positive, found %g", *mass);
    for (int i = 0; i < 3; i++) {
        x[i] *= DIA_ANGSTROM;
        v[i] *= VELOCITY;
    }
    return r->lines.cursor[strspn(r->lines.cursor, " \t\r")] != '\0' ? dia_lines_end(&r->lines, r->error) : DIA_OK;
}

static dia_status grow(reader *r, int natom)
{
    dia_xyz *out = r->out;
    if (out->nframe < r->room)
        return DIA_OK;
    size_t room = r->room > 0 ? 2 * (size_t)r->room : 16, ncart = 3 * (size_t)natom;
    double *R = realloc(out->R, room * ncart * sizeof *R);
    out->R = R != NULL ? R : out->R;
    double *V = realloc(out->V, room * ncart * sizeof *V);
    out->V = V != NULL ? V : out->V;
    int *state = realloc(out->state, room * sizeof *state);
    out->state = state != NULL ? state : out->state;
    double *weight = realloc(out->weight, room * sizeof *weight);
    out->weight = weight != NULL ? weight : out->weight;
    if (R == NULL || V == NULL || state == NULL || weight == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_MEMORY, "out of memory for %zu frames", room);
    r->room = (int)room;
    return DIA_OK;
}

/* The first frame says which molecule; the others must agree. */
static dia_status take_atom(reader *r, int a, int number, double mass, int first_line)
{
    dia_molecule *molecule = &r->out->molecule;
    if (r->out->nframe == 0) {
        molecule->numbers[a] = number;
        molecule->masses[a] = r->masses ? mass * DIA_DALTON : dia_element_mass(number);
        if (!(molecule->masses[a] > 0.0))
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "the mass of %s is not known: add masses:R:1",
                                   dia_element_symbol(number));
        return DIA_OK;
    }
    if (molecule->numbers[a] != number)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "atom %d is %s here and %s in the first frame (line %d): frames must be of one molecule",
                               a + 1, dia_element_symbol(number), dia_element_symbol(molecule->numbers[a]), first_line);
    if (r->masses && fabs(molecule->masses[a] / (mass * DIA_DALTON) - 1.0) > 1e-9)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "atom %d has another mass than in the first frame",
                               a + 1);
    return DIA_OK;
}

static dia_status read_frame(reader *r, bool *velocities)
{
    dia_xyz *out = r->out;
    int natom = 0, first_line = 3;
    dia_status status = dia_lines_int(&r->lines, "the number of atoms", 1, MOST_ATOMS, &natom, r->error);
    if (status == DIA_OK)
        status = dia_lines_end(&r->lines, r->error);
    if (status == DIA_OK && out->nframe > 0 && natom != out->molecule.natom)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "%d atoms here, %d in the first frame", natom,
                               out->molecule.natom);
    if (status == DIA_OK && out->nframe == 0)
        status = dia_molecule_init(&out->molecule, natom, 3, NULL, r->error);
    if (status == DIA_OK)
        status = grow(r, natom);
    if (status == DIA_OK)
        status = read_comment(r, &out->state[out->nframe], &out->weight[out->nframe]);
    if (status == DIA_OK && out->nframe > 0 && r->velocities != *velocities)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "velocities (velo:R:3) must be in all frames or in none");
    *velocities = r->velocities;
    size_t first = (size_t)out->nframe * 3 * (size_t)natom;
    for (int a = 0; status == DIA_OK && a < natom; a++) {
        int number = 0;
        double mass = 0.0, *x = out->R + first + 3 * (size_t)a, *v = out->V + first + 3 * (size_t)a;
        v[0] = v[1] = v[2] = 0.0;
        status = read_atom(r, &number, x, v, &mass);
        if (status == DIA_OK)
            status = take_atom(r, a, number, mass, first_line + a);
    }
    out->masses = out->masses || r->masses;
    out->nframe += status == DIA_OK;
    return status;
}

dia_status dia_xyz_read(dia_xyz *xyz, const char *path, dia_error *error)
{
    *xyz = (dia_xyz){0};
    reader r = {.error = error, .out = xyz};
    bool velocities = false;
    dia_status status = dia_lines_open(&r.lines, path, error);
    while (status == DIA_OK && dia_lines_next_filled(&r.lines) != NULL)
        status = read_frame(&r, &velocities);
    if (status == DIA_OK && xyz->nframe == 0)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: expected at least one frame, found an empty file", path);
    dia_lines_close(&r.lines);
    if (status != DIA_OK) {
        dia_xyz_free(xyz);
        return status;
    }
    memcpy(xyz->molecule.reference, xyz->R, (size_t)xyz->molecule.ncart * sizeof *xyz->R);
    if (!velocities) {
        free(xyz->V);
        xyz->V = NULL;
    }
    return DIA_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool isotopes(const dia_molecule *molecule)
{
    for (int a = 0; a < molecule->natom; a++)
        if (fabs(molecule->masses[a] / dia_element_mass(molecule->numbers[a]) - 1.0) > 1e-9)
            return true;
    return false;
}

static bool has_vectors(const dia_xyz_vectors *vectors, size_t first)
{
    return !isnan(vectors->values[first]);
}

static void write_comment(FILE *file, const dia_xyz *xyz, int f, size_t first, bool masses)
{
    fprintf(file, "Properties=species:S:1:pos:R:3%s%s", xyz->V != NULL ? ":velo:R:3" : "", masses ? ":masses:R:1" : "");
    for (int k = 0; k < xyz->nvectors; k++)
        if (has_vectors(&xyz->vectors[k], first))
            fprintf(file, ":%s:R:3", xyz->vectors[k].name);
    if (xyz->V != NULL)
        fprintf(file, " velocity_unit=Angstrom/fs");
    if (xyz->state != NULL && xyz->state[f] >= 0)
        fprintf(file, " state=%d", xyz->state[f]);
    if (xyz->weight != NULL)
        fprintf(file, " weight=%.17g", xyz->weight[f]);
    if (xyz->notes != NULL && xyz->notes[f] != NULL)
        fprintf(file, " %s", xyz->notes[f]);
    fprintf(file, " pbc=\"F F F\"\n");
}

static void write_frame(FILE *file, const dia_xyz *xyz, int f, bool masses)
{
    const dia_molecule *molecule = &xyz->molecule;
    size_t first = (size_t)f * (size_t)molecule->ncart;
    fprintf(file, "%d\n", molecule->natom);
    write_comment(file, xyz, f, first, masses);
    for (int a = 0; a < molecule->natom; a++) {
        const double *x = xyz->R + first + 3 * (size_t)a;
        fprintf(file, "%-2s %18.12f %18.12f %18.12f", dia_element_symbol(molecule->numbers[a]), x[0] / DIA_ANGSTROM,
                x[1] / DIA_ANGSTROM, x[2] / DIA_ANGSTROM);
        for (int i = 0; xyz->V != NULL && i < 3; i++)
            fprintf(file, " %20.15f", xyz->V[first + 3 * (size_t)a + (size_t)i] / VELOCITY);
        if (masses)
            fprintf(file, " %.12g", molecule->masses[a] / DIA_DALTON);
        for (int k = 0; k < xyz->nvectors; k++)
            for (size_t i = 0; i < 3 && has_vectors(&xyz->vectors[k], first); i++)
                fprintf(file, " %18.12f", xyz->vectors[k].values[first + 3 * (size_t)a + i] / xyz->vectors[k].unit);
        fputc('\n', file);
    }
}

dia_status dia_xyz_write(const dia_xyz *xyz, const char *path, dia_error *error)
{
    char temporary[4096];
    int length = snprintf(temporary, sizeof temporary, "%s.tmp", path);
    if (length < 0 || (size_t)length >= sizeof temporary)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: the path is too long", path);
    FILE *file = fopen(temporary, "w");
    if (file == NULL)
        return dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be written: %s", temporary, strerror(errno));
    bool masses = isotopes(&xyz->molecule);
    for (int f = 0; f < xyz->nframe; f++)
        write_frame(file, xyz, f, masses);
    bool good = fflush(file) == 0 && ferror(file) == 0 && fsync(fileno(file)) == 0;
    good = fclose(file) == 0 && good;
    if (!good || rename(temporary, path) != 0) {
        int why = errno;
        remove(temporary);
        return dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be written: %s", path, strerror(why));
    }
    return DIA_OK;
}
