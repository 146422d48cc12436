/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "model/vibronic_sharc.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "molecule/elements.h"
#include "molecule/radii.h"
#include "molecule/stated_unit.h"
#include "math/vector.h"

enum { MOST_STATES = 1000, MOST_ATOMS = 10000, MOST_TERMS = 100000000 };

static const double most_frequency = 0.05; /* hartree: 11000 cm^-1; the hydrogen molecule has 4400 */

typedef struct reader {
    dia_lines lines;
    dia_error *error;
    dia_vibronic *out;
    dia_sharc_states states;
    dia_sharc_matrices matrices;
    int *mode; /* (ncart) of the file's modes: ours, or -1 */
    int *line; /* (room) line of each term, for messages   */
    int room;
} reader;

/* ---- V0.txt ---------------------------------------------------------------------------------- */

static dia_status no_title(const dia_lines *lines, const char *title, const char *line, dia_error *error)
{
    return dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected the line '%s', found %s%s%s", title,
                           line != NULL ? "'" : "", line != NULL ? line : "the end of the file",
                           line != NULL ? "'" : "");
}

/* Reads the rest of a title's line: the unit of the numbers below; nothing: atomic units. */
static dia_status read_unit(const dia_lines *lines, const char *rest, const char *atomic, double *unit,
                            dia_error *error)
{
    char why[300];
    if (dia_title_unit(rest, atomic, 1.0, unit, sizeof why, why))
        return DIA_OK;
    return dia_lines_error(lines, error, DIA_ERROR_INPUT, "%s", why);
}

static dia_status expect_title(dia_lines *lines, const char *title, const char *atomic, double *unit, dia_error *error)
{
    const char *line = dia_lines_next_filled(lines), *text = line != NULL ? dia_lines_rest(lines) : "";
    if (strncmp(text, title, strlen(title)) != 0)
        return no_title(lines, title, line, error);
    return read_unit(lines, text + strlen(title), atomic, unit, error);
}

/* Values (5): charge, x, y, z, mass. */
static dia_status read_atom(dia_lines *lines, double unit, double *values, dia_error *error)
{
    static const char *const names[] = {"the nuclear charge", "x", "y", "z", "the mass in u"};
    dia_error own = {0};
    int number = 0;
    double isotope;
    dia_status status = dia_lines_element(lines, &number, &isotope, error);
    for (int i = 0; i < 5 && status == DIA_OK; i++) {
        status = dia_lines_real(lines, names[i], &values[i], error);
        values[i] *= i >= 1 && i <= 3 ? unit : 1.0;
    }
    if (status != DIA_OK)
        return status;
    if (number < 1 || values[0] != number)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "the nuclear charge of %s is %d, found %g",
                               dia_element_symbol(number), number, values[0]);
    if (dia_element_check_mass(number, isotope, values[4] * DIA_DALTON, &own) != DIA_OK)
        return dia_lines_error(lines, error, DIA_ERROR_INPUT, "%s", own.text);
    return dia_lines_end(lines, error);
}

/* " S 16. x y z mass", bohr and dalton, until the title Frequencies, which is left to be read. */
static dia_status read_atoms(dia_lines *lines, double unit, int *natom, double **values, dia_error *error)
{
    for (*natom = 0;; ++*natom) {
        if (dia_lines_next_filled(lines) == NULL)
            return dia_lines_error(lines, error, DIA_ERROR_INPUT,
                                   "expected an atom or the line 'Frequencies', found the end of the file");
        if (*natom > 0 && strncmp(dia_lines_rest(lines), "Frequencies", 11) == 0)
            return DIA_OK;
        double *more = *natom < MOST_ATOMS ? realloc(*values, sizeof *more * 5 * ((size_t)*natom + 1)) : NULL;
        if (more == NULL)
            return dia_lines_error(lines, error, DIA_ERROR_MEMORY, "too many atoms");
        *values = more;
        dia_status status = read_atom(lines, unit, more + 5 * (size_t)*natom, error);
        if (status != DIA_OK)
            return status;
    }
}

/* Are all atoms much closer to their neighbours than any bond length? Then Angstrom was mistaken for bohr. */
static dia_status check_bonds(const dia_molecule *molecule, const char *path, dia_error *error)
{
    double largest = 0.0;
    for (int i = 0; i < molecule->natom; i++) {
        double nearest = INFINITY;
        for (int j = 0; j < molecule->natom; j++)
            if (j != i)
                nearest = fmin(
                    nearest, dia_distance(molecule->reference + 3 * i, molecule->reference + 3 * j) /
                                 (dia_element_radius(molecule->numbers[i]) + dia_element_radius(molecule->numbers[j])));
        largest = fmax(largest, nearest);
    }
    if (largest < 0.7)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "%s: the longest distance of an atom to its neighbour is %.2f of a usual bond, read in bohr: "
            "if it is in Angstrom, write 'Geometry (Angstrom)'",
            path, largest);
    return DIA_OK;
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
    double unit;
    dia_status status = read_unit(lines, dia_lines_rest(lines) + strlen("Frequencies"), "hartree", &unit, r->error);
    if (status != DIA_OK)
        return status;
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
        status = dia_lines_real(lines, "a frequency", &w, r->error);
        if (status != DIA_OK)
            return status;
        w *= unit;
        if (w < 0.0)
            return dia_lines_error(lines, r->error, DIA_ERROR_INPUT,
                                   "frequency %d is %g: an imaginary mode cannot carry the reference potential", m + 1,
                                   w);
        if (w > most_frequency)
            return dia_lines_error(lines, r->error, DIA_ERROR_INPUT,
                                   "frequency %d is %g hartree, which no vibration has: if it is in cm^-1, write "
                                   "'Frequencies (cm-1)'",
                                   m + 1, w);
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
    dia_status status = dia_vibronic_check(out, r->error);
    return status == DIA_OK ? DIA_OK : dia_error_prefix(r->error, "%s", lines->path);
}

static dia_status read_reference(reader *r, const char *path)
{
    dia_lines lines;
    int natom = 0;
    double *values = NULL, unit = 1.0;
    dia_status status = dia_lines_open(&lines, path, r->error);
    if (status == DIA_OK)
        status = expect_title(&lines, "Geometry", "bohr", &unit, r->error);
    if (status == DIA_OK)
        status = read_atoms(&lines, unit, &natom, &values, r->error);
    if (status == DIA_OK)
        status = fill_molecule(&r->out->molecule, natom, values, r->error);
    if (status == DIA_OK)
        status = check_bonds(&r->out->molecule, path, r->error);
    if (status == DIA_OK)
        status = read_frequencies(r, &lines);
    if (status == DIA_OK)
        status = expect_title(&lines, "Mass-weighted normal modes", "1", &unit, r->error);
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
    dia_status status = dia_lines_end(&r->lines, r->error);
    if (status != DIA_OK)
        return status;
    const char *slash = strrchr(path, '/');
    int folder = slash != NULL && name[0] != '/' ? (int)(slash - path) + 1 : 0;
    snprintf(full, sizeof full, "%.*s%s", folder, path, name);
    status = read_reference(r, full);
    r->out->reference_path = status == DIA_OK ? strdup(full) : NULL;
    if (status != DIA_OK)
        return status;
    if (r->out->reference_path == NULL)
        return dia_error_set(r->error, DIA_ERROR_MEMORY, "no memory for the path '%s'", full);
    if (dia_lines_next_filled(&r->lines) == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "expected the number of states per multiplicity, found the end of the file");
    dia_sharc_states *states = &r->states;
    status = dia_lines_ints(&r->lines, "a number of states of each multiplicity", 0, MOST_STATES,
                            DIA_SHARC_MULTIPLICITIES, &states->nmult, states->count + 1, r->error);
    if (status != DIA_OK)
        return status;
    if (states->kept > states->nmult || (states->kept > 0 && states->count[states->kept] == 0))
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "there is no state of multiplicity %d here; choose another `multiplicity`",
                               states->kept);
    r->out->nstate = dia_sharc_kept(states);
    if (dia_sharc_all(states) < 1 || dia_sharc_all(states) > MOST_STATES)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "expected 1 to %d states with their components, found %d", MOST_STATES,
                               dia_sharc_all(states));
    return DIA_OK;
}

typedef struct block { /* the indices that a line of a block has */
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
        if (old->i != term.i || old->j != term.j || old->m != term.m || old->k != term.k ||
            old->imaginary != term.imaginary)
            continue;
        /* An element given in both triangles with the same number counts once. */
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

/* A mode of the file, counted from 1 -> ours. */
static dia_status read_mode(reader *r, int *mode)
{
    dia_status status = dia_lines_int(&r->lines, "the mode", 1, r->out->molecule.ncart, mode, r->error);
    if (status == DIA_OK && r->mode[*mode - 1] < 0)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT,
                               "mode %d has frequency zero (a translation or rotation): nothing depends on it", *mode);
    *mode = status == DIA_OK ? r->mode[*mode - 1] : -1;
    return status;
}

/* "mult s1 [s2] [m1 [m2]] value", all counted from 1. */
static dia_status read_term(reader *r, const block *b, double unit)
{
    int mult = 0, s[2] = {0, 0}, m[2] = {-1, -1};
    dia_vibronic_term term = {0};
    dia_status status = dia_lines_int(&r->lines, "the multiplicity", 1, r->states.nmult, &mult, r->error);
    for (int i = 0; status == DIA_OK && i < b->states; i++)
        status = dia_lines_int(&r->lines, "the state", 1, r->states.count[mult], &s[i], r->error);
    for (int i = 0; status == DIA_OK && i < b->modes; i++)
        status = read_mode(r, &m[i]);
    if (status == DIA_OK)
        status = dia_lines_real(&r->lines, "the value", &term.value, r->error);
    term.value *= unit;
    if (status == DIA_OK)
        status = dia_lines_end(&r->lines, r->error);
    if (b->states == 1)
        s[1] = s[0];
    term.m = m[0];
    term.k = m[1];
    for (int c = 0; status == DIA_OK && c < dia_sharc_components(&r->states, mult); c++) {
        const int high = (s[0] > s[1] ? s[0] : s[1]) - 1, low = (s[0] > s[1] ? s[1] : s[0]) - 1;
        term.i = dia_sharc_place(&r->states, mult, c, high);
        term.j = dia_sharc_place(&r->states, mult, c, low);
        status = add_term(r, term);
    }
    return status;
}

/* "s1 s2 mode R|I value": states counted with their components; the value is that of H_s1s2. */
static dia_status read_spin_orbit_term(reader *r, double unit)
{
    int s[2] = {0, 0}, mode = -1;
    dia_vibronic_term term = {.k = -1};
    dia_status status = DIA_OK;
    for (int i = 0; status == DIA_OK && i < 2; i++)
        status = dia_lines_int(&r->lines, "the state, counted with components", 1, dia_sharc_all(&r->states), &s[i],
                               r->error);
    if (status == DIA_OK)
        status = read_mode(r, &mode);
    const char *part = status == DIA_OK ? dia_lines_token(&r->lines) : NULL;
    if (status == DIA_OK && (part == NULL || (strcasecmp(part, "R") != 0 && strcasecmp(part, "I") != 0)))
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "expected R or I, found '%s'",
                               part != NULL ? part : "the end of the line");
    term.imaginary = part != NULL && strcasecmp(part, "I") == 0;
    if (status == DIA_OK)
        status = dia_lines_real(&r->lines, "the value", &term.value, r->error);
    if (status == DIA_OK)
        status = dia_lines_end(&r->lines, r->error);
    if (status != DIA_OK || r->states.kept != DIA_VIBRONIC_ALL)
        return status;
    if (term.imaginary && s[0] == s[1])
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "a diagonal element of H has no imaginary part");
    term.value *= term.imaginary && s[0] < s[1] ? -unit : unit; /* H_ij = conj(H_ji) */
    term.i = (s[0] > s[1] ? s[0] : s[1]) - 1;
    term.j = (s[0] > s[1] ? s[1] : s[0]) - 1;
    term.m = mode;
    return add_term(r, term);
}

static dia_status read_block(reader *r, const block *b)
{
    int count = 0;
    double unit;
    dia_status status = read_unit(&r->lines, dia_lines_rest(&r->lines), "hartree", &unit, r->error);
    if (status != DIA_OK)
        return status;
    if (dia_lines_next_filled(&r->lines) == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "expected the number of lines of '%s'", b->name);
    status = dia_lines_int(&r->lines, "the number of lines", 0, MOST_TERMS, &count, r->error);
    if (status == DIA_OK)
        status = dia_lines_end(&r->lines, r->error);
    for (int n = 0; status == DIA_OK && n < count; n++) {
        if (dia_lines_next_filled(&r->lines) == NULL)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "'%s' announces %d lines, found %d", b->name,
                                   count, n);
        status = b->states > 0 ? read_term(r, b, unit) : read_spin_orbit_term(r, unit);
    }
    return status;
}

/* Matrices (SOC, dipoles, multipoles) follow the blocks in any order; multipoles are not read. */
static dia_status read_body(reader *r)
{
    static const char *const others[] = {"charge", "SOC", "DMX", "DMY", "DMZ", "Multipolar"};
    bool matrix = false; /* numbers are skipped only below a title of such a matrix */
    while (dia_lines_next_filled(&r->lines) != NULL) {
        const char *token = dia_lines_token(&r->lines);
        const block *found = NULL;
        for (int b = 0; b < BLOCKS; b++)
            if (strcasecmp(token, blocks[b].name) == 0)
                found = &blocks[b];
        bool other = matrix && strspn(token, "+-.0123456789eEdD") == strlen(token);
        int which = -1;
        for (int i = 0; i < (int)(sizeof others / sizeof others[0]); i++)
            if (strcasecmp(token, others[i]) == 0) {
                other = true, matrix = i > 0;
                which = i > 0 && i <= DIA_SHARC_MATRICES ? i - 1 : -1;
            }
        if (found == NULL && !other)
            return dia_lines_error(
                &r->lines, r->error, DIA_ERROR_INPUT,
                "unknown keyword '%s'; expected epsilon, eta, kappa, lambda, gamma, lambda_soc, SOC, "
                "DMX, DMY, DMZ or Multipolar",
                token);
        matrix = matrix && found == NULL;
        dia_status status = found != NULL ? read_block(r, found) : DIA_OK;
        bool skipped = false;
        if (which >= 0)
            status = dia_sharc_matrix_read(&r->matrices, which, &r->states, &r->lines, &skipped, r->error);
        matrix = matrix && (which < 0 || skipped); /* what was read has no rows left */
        if (status != DIA_OK)
            return status;
    }
    return DIA_OK;
}

dia_status dia_vibronic_read_sharc(dia_vibronic *vibronic, const char *path, int multiplicity, dia_error *error)
{
    *vibronic = (dia_vibronic){0};
    reader r = {.error = error, .out = vibronic, .states.kept = multiplicity};
    dia_status status = dia_lines_open(&r.lines, path, error);
    if (status == DIA_OK)
        status = read_head(&r, path);
    if (status == DIA_OK)
        status = read_body(&r);
    if (status == DIA_OK)
        status = dia_sharc_matrices_use(&r.matrices, &r.states, path, vibronic, error);
    dia_sharc_matrices_free(&r.matrices);
    free(r.mode);
    free(r.line);
    dia_lines_close(&r.lines);
    if (status != DIA_OK)
        dia_vibronic_free(vibronic);
    return status;
}
