/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/sharc_lvc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "molecule/lines.h"

enum { MULTIPLICITIES = 16, MOST_STATES = 1000, MOST_ATOMS = 10000, MOST_TERMS = 100000000 };

typedef struct reader {
    dia_lines lines;
    dia_error *error;
    dia_vibronic *out;
    int multiplicity;                      /* the one that is kept                           */
    int states[MULTIPLICITIES + 1], nmult; /* states per multiplicity                        */
    int *mode;                             /* (ncart) of the file's modes: ours, or -1       */
    int *line;                             /* (room) line of each term, for complaints       */
    int room;
} reader;

void dia_vibronic_free(dia_vibronic *vibronic)
{
    dia_molecule_free(&vibronic->molecule);
    free(vibronic->frequency);
    free(vibronic->vector);
    free(vibronic->term);
    *vibronic = (dia_vibronic){0};
}

/* ---- V0.txt ---------------------------------------------------------------------------------- */

static dia_status expect_title(dia_lines *lines, const char *title, dia_error *error)
{
    const char *line = dia_lines_next_filled(lines);
    if (line == NULL || strncmp(line + strspn(line, " \t"), title, strlen(title)) != 0)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected the line '%s', found %s%s%s", title,
                               line != NULL ? "'" : "", line != NULL ? line : "the end of the file",
                               line != NULL ? "'" : "");
    return DIA_OK;
}

/* " S 16. x y z mass", bohr and dalton, until the title Frequencies. Values (natom, 5): charge, x, y, z, mass. */
static dia_status read_atoms(dia_lines *lines, int *natom, double **values, dia_error *error)
{
    static const char *const names[] = {"the nuclear charge", "x in bohr", "y in bohr", "z in bohr", "the mass in u"};
    for (*natom = 0;; ++*natom) {
        char *line = dia_lines_next_filled(lines);
        if (line == NULL)
            return dia_lines_error(lines, error, DIA_ERROR_INPUT,
                                   "expected an atom or the line 'Frequencies', found the end of the file");
        const char *symbol = dia_lines_token(lines);
        if (strcmp(symbol, "Frequencies") == 0 && *natom > 0)
            return DIA_OK;
        if (dia_element_number(symbol) < 1)
            return dia_lines_error(lines, error, DIA_ERROR_INPUT, "'%s' is no element", symbol);
        double *more = *natom < MOST_ATOMS ? realloc(*values, sizeof *more * 5 * ((size_t)*natom + 1)) : NULL;
        if (more == NULL)
            return dia_lines_error(lines, error, DIA_ERROR_MEMORY, "too many atoms");
        *values = more;
        for (int i = 0; i < 5; i++) {
            dia_status status = dia_lines_real(lines, names[i], &more[5 * *natom + i], error);
            if (status != DIA_OK)
                return status;
        }
        double *atom = more + 5 * (size_t)*natom;
        if (atom[0] != dia_element_number(symbol))
            return dia_lines_error(lines, error, DIA_ERROR_INPUT, "the nuclear charge of %s is %d, found %g", symbol,
                                   dia_element_number(symbol), atom[0]);
        if (!(atom[4] > 0.0))
            return dia_lines_error(lines, error, DIA_ERROR_INPUT, "the mass of %s must be positive, found %g u", symbol,
                                   atom[4]);
        dia_status status = dia_lines_end(lines, error);
        if (status != DIA_OK)
            return status;
    }
}

static dia_status fill_molecule(dia_molecule *molecule, int natom, const double *values, dia_error *error)
{
    int *numbers = malloc((size_t)natom * sizeof *numbers);
    if (numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d atoms", natom);
    for (int a = 0; a < natom; a++)
        numbers[a] = (int)values[5 * a];
    dia_status status = dia_molecule_init(molecule, natom, 3, numbers, error);
    free(numbers);
    for (int a = 0; status == DIA_OK && a < natom; a++) {
        molecule->masses[a] = values[5 * a + 4] * DIA_DALTON;
        for (int i = 0; i < 3; i++)
            molecule->reference[3 * a + i] = values[5 * a + 1 + i];
    }
    return status;
}

/* All 3N frequencies on one line; those that are zero stand for translations and rotations, and their Q is zero. */
static dia_status read_frequencies(reader *r, dia_lines *lines)
{
    dia_vibronic *out = r->out;
    int ncart = out->molecule.ncart;
    r->mode = malloc((size_t)ncart * sizeof *r->mode);
    out->frequency = malloc((size_t)ncart * sizeof *out->frequency);
    if (r->mode == NULL || out->frequency == NULL)
        return dia_error_set(r->error, DIA_ERROR_MEMORY, "out of memory for %d modes", ncart);
    if (dia_lines_next_filled(lines) == NULL)
        return dia_lines_error(lines, r->error, DIA_ERROR_INPUT, "expected %d frequencies, found the end of the file",
                               ncart);
    for (int m = 0; m < ncart; m++) {
        double w;
        dia_status status = dia_lines_real(lines, "a frequency in hartree", &w, r->error);
        if (status != DIA_OK)
            return status;
        if (w < 0.0)
            return dia_lines_error(lines, r->error, DIA_ERROR_INPUT,
                                   "frequency %d is %g: an imaginary mode cannot carry the reference potential", m + 1,
                                   w);
        r->mode[m] = w > 0.0 ? out->nmode : -1;
        if (w > 0.0)
            out->frequency[out->nmode++] = w;
    }
    if (out->nmode == 0)
        return dia_lines_error(lines, r->error, DIA_ERROR_INPUT, "all frequencies are zero");
    return dia_lines_end(lines, r->error);
}

/* 3N lines (atom by atom, x y z) of 3N columns (modes). */
static dia_status read_vectors(reader *r, dia_lines *lines)
{
    dia_vibronic *out = r->out;
    int ncart = out->molecule.ncart;
    out->vector = malloc((size_t)out->nmode * (size_t)ncart * sizeof *out->vector);
    if (out->vector == NULL)
        return dia_error_set(r->error, DIA_ERROR_MEMORY, "out of memory for %d modes", ncart);
    for (int c = 0; c < ncart; c++) {
        if (dia_lines_next_filled(lines) == NULL)
            return dia_lines_error(lines, r->error, DIA_ERROR_INPUT, "expected %d lines of normal modes, found %d",
                                   ncart, c);
        for (int m = 0; m < ncart; m++) {
            double x;
            dia_status status = dia_lines_real(lines, "a component of a normal mode", &x, r->error);
            if (status != DIA_OK)
                return status;
            if (r->mode[m] >= 0)
                out->vector[(size_t)r->mode[m] * (size_t)ncart + (size_t)c] = x;
        }
        dia_status status = dia_lines_end(lines, r->error);
        if (status != DIA_OK)
            return status;
    }
    for (int m = 0; m < out->nmode; m++) { /* a file with modes that are not mass-weighted would be silently wrong */
        double norm = 0.0;
        for (int c = 0; c < ncart; c++)
            norm += out->vector[m * ncart + c] * out->vector[m * ncart + c];
        if (fabs(norm - 1.0) > 1e-3)
            return dia_error_set(r->error, DIA_ERROR_INPUT,
                                 "%s: the mode of frequency %g hartree has the norm %.6g, expected 1: mass-weighted, "
                                 "orthonormal columns",
                                 lines->path, out->frequency[m], sqrt(norm));
    }
    return DIA_OK;
}

static dia_status read_reference(reader *r, const char *path)
{
    dia_lines lines;
    int natom = 0;
    double *values = NULL;
    dia_status status = dia_lines_open(&lines, path, r->error);
    if (status == DIA_OK)
        status = expect_title(&lines, "Geometry", r->error);
    if (status == DIA_OK)
        status = read_atoms(&lines, &natom, &values, r->error);
    if (status == DIA_OK)
        status = fill_molecule(&r->out->molecule, natom, values, r->error);
    if (status == DIA_OK)
        status = read_frequencies(r, &lines);
    if (status == DIA_OK)
        status = expect_title(&lines, "Mass-weighted normal modes", r->error);
    if (status == DIA_OK)
        status = read_vectors(r, &lines);
    free(values);
    dia_lines_close(&lines);
    return status;
}

/* ---- LVC.template ---------------------------------------------------------------------------- */

/* $NAME and ${NAME} become what the environment says; false: unknown name, or too long. */
static bool expand(const char *text, size_t size, char *out)
{
    size_t used = 0;
    while (*text != '\0' && used + 1 < size) {
        if (*text != '$') {
            out[used++] = *text++;
            continue;
        }
        bool braces = *++text == '{';
        text += braces;
        size_t length = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
        char name[256];
        if (length == 0 || length >= sizeof name || (braces && text[length] != '}'))
            return false;
        memcpy(name, text, length);
        name[length] = '\0';
        text += length + braces;
        const char *value = getenv(name);
        if (value == NULL || strlen(value) >= size - used)
            return false;
        memcpy(out + used, value, strlen(value));
        used += strlen(value);
    }
    out[used] = '\0';
    return *text == '\0';
}

static dia_status read_head(reader *r, const char *path)
{
    char name[2048], full[4096];
    char *line = dia_lines_next_filled(&r->lines);
    char *token = dia_lines_token(&r->lines);
    if (line == NULL || token == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "expected the path of V0.txt, found an empty file");
    if (!expand(token, sizeof name, name))
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "the path '%s' holds a variable that the environment does not know", token);
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL && name[0] != '/' ? (int)(slash - path) + 1 : 0;
    snprintf(full, sizeof full, "%.*s%s", folder, path, name);
    dia_status status = read_reference(r, full);
    if (status != DIA_OK)
        return status;
    if (dia_lines_next_filled(&r->lines) == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "expected the number of states per multiplicity, found the end of the file");
    while (r->lines.cursor[strspn(r->lines.cursor, " \t\r")] != '\0') {
        if (r->nmult == MULTIPLICITIES)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "more than %d multiplicities", MULTIPLICITIES);
        status = dia_lines_int(&r->lines, "a number of states", 0, MOST_STATES, &r->states[++r->nmult], r->error);
        if (status != DIA_OK)
            return status;
    }
    if (r->multiplicity < 1 || r->multiplicity > r->nmult || r->states[r->multiplicity] == 0)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "there is no state of multiplicity %d here; choose another `multiplicity`",
                               r->multiplicity);
    r->out->nstate = r->states[r->multiplicity];
    return DIA_OK;
}

typedef struct block { /* which indices a line of a block has */
    const char *name;
    int states, modes;
} block;

static const block blocks[] = {{"epsilon", 1, 0}, {"eta", 2, 0},   {"kappa", 1, 1},
                               {"lambda", 2, 1},  {"gamma", 2, 2}, {"lambda_soc", -1, 0}};

enum { BLOCKS = sizeof blocks / sizeof blocks[0] };

static dia_status add_term(reader *r, dia_vibronic_term term)
{
    dia_vibronic *out = r->out;
    for (int t = 0; t < out->nterm; t++) {
        const dia_vibronic_term *old = &out->term[t];
        if (old->i != term.i || old->j != term.j || old->m != term.m || old->k != term.k)
            continue;
        /* Both triangles written out, with the same number, mean one element. */
        if (old->value == term.value && old->i != old->j)
            return DIA_OK;
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "this element was given before, in line %d",
                               r->line[t]);
    }
    if (out->nterm == r->room) {
        int room = r->room > 0 ? 2 * r->room : 64;
        dia_vibronic_term *terms = realloc(out->term, (size_t)room * sizeof *terms);
        out->term = terms != NULL ? terms : out->term;
        int *line = realloc(r->line, (size_t)room * sizeof *line);
        r->line = line != NULL ? line : r->line;
        if (terms == NULL || line == NULL)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_MEMORY, "out of memory for %d terms", room);
        r->room = room;
    }
    r->line[out->nterm] = r->lines.number;
    out->term[out->nterm++] = term;
    return DIA_OK;
}

/* "mult s1 [s2] [m1 [m2]] value", all counted from 1. */
static dia_status read_term(reader *r, const block *b)
{
    int mult = 0, s[2] = {0, 0}, m[2] = {-1, -1};
    dia_vibronic_term term;
    dia_status status = dia_lines_int(&r->lines, "the multiplicity", 1, r->nmult, &mult, r->error);
    for (int i = 0; status == DIA_OK && i < b->states; i++)
        status = dia_lines_int(&r->lines, "the state", 1, r->states[mult], &s[i], r->error);
    for (int i = 0; status == DIA_OK && i < b->modes; i++) {
        status = dia_lines_int(&r->lines, "the mode", 1, r->out->molecule.ncart, &m[i], r->error);
        if (status == DIA_OK && r->mode[m[i] - 1] < 0)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                                   "mode %d has frequency zero (a translation or rotation): nothing depends on it",
                                   m[i]);
        m[i] = status == DIA_OK ? r->mode[m[i] - 1] : -1;
    }
    if (status == DIA_OK)
        status = dia_lines_real(&r->lines, "the value in hartree", &term.value, r->error);
    if (status == DIA_OK)
        status = dia_lines_end(&r->lines, r->error);
    if (status != DIA_OK || mult != r->multiplicity)
        return status;
    if (b->states == 1)
        s[1] = s[0];
    term.i = (s[0] > s[1] ? s[0] : s[1]) - 1;
    term.j = (s[0] > s[1] ? s[1] : s[0]) - 1;
    term.m = m[0];
    term.k = m[1];
    return add_term(r, term);
}

static dia_status read_block(reader *r, const block *b)
{
    int count = 0;
    if (dia_lines_next_filled(&r->lines) == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "expected the number of lines of '%s'", b->name);
    dia_status status = dia_lines_int(&r->lines, "the number of lines", 0, MOST_TERMS, &count, r->error);
    if (status == DIA_OK)
        status = dia_lines_end(&r->lines, r->error);
    for (int n = 0; status == DIA_OK && n < count; n++) {
        if (dia_lines_next_filled(&r->lines) == NULL)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "'%s' announces %d lines, found %d", b->name,
                                   count, n);
        if (b->states > 0)
            status = read_term(r, b);
    }
    return status;
}

/* Matrices (SOC, dipoles, multipoles) follow the blocks in any order; their numbers are not read. */
static dia_status read_body(reader *r)
{
    static const char *const others[] = {"charge", "SOC", "DMX", "DMY", "DMZ", "Multipolar"};
    bool matrix = false; /* numbers are only passed over below a title that asks for it */
    while (dia_lines_next_filled(&r->lines) != NULL) {
        const char *token = dia_lines_token(&r->lines);
        const block *found = NULL;
        for (int b = 0; b < BLOCKS; b++)
            if (strcasecmp(token, blocks[b].name) == 0)
                found = &blocks[b];
        bool other = matrix && strspn(token, "+-.0123456789eEdD") == strlen(token);
        for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
            if (strcasecmp(token, others[i]) == 0)
                other = true, matrix = i > 0;
        if (found == NULL && !other)
            return dia_lines_error(
                &r->lines, r->error, DIA_ERROR_INPUT,
                "unknown keyword '%s'; expected epsilon, eta, kappa, lambda, gamma, lambda_soc, SOC, "
                "DMX, DMY, DMZ or Multipolar",
                token);
        matrix = matrix && found == NULL;
        dia_status status = found != NULL ? read_block(r, found) : DIA_OK;
        if (status != DIA_OK)
            return status;
    }
    return DIA_OK;
}

dia_status dia_sharc_lvc_read(dia_vibronic *vibronic, const char *path, int multiplicity, dia_error *error)
{
    *vibronic = (dia_vibronic){0};
    reader r = {.error = error, .out = vibronic, .multiplicity = multiplicity};
    dia_status status = dia_lines_open(&r.lines, path, error);
    if (status == DIA_OK)
        status = read_head(&r, path);
    if (status == DIA_OK)
        status = read_body(&r);
    free(r.mode);
    free(r.line);
    dia_lines_close(&r.lines);
    if (status != DIA_OK)
        dia_vibronic_free(vibronic);
    return status;
}
