/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/molden.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "molecule/elements.h"
#include "molecule/lines.h"
#include "molecule/radii.h"
#include "molecule/stated_unit.h"
#include "math/vector.h"

enum { MOST_MODES = 100000 };

typedef struct reader {
    dia_lines lines;
    dia_error *error;
    const dia_molecule *molecule;
    int nfrequency, nvector;
    double *frequency;             /* (room) hartree                            owned */
    double *vector;                /* (room, ncart) as printed                  owned */
    double *R;                     /* (ncart) bohr; NULL: no such section       owned */
    double *atoms;                 /* the same of [Atoms]                       owned */
    bool angstrom;                 /* [FR-COORD] is in it                             */
    int said_frequency, said_atom; /* counts in the file; -1: none        */
    int room;
} reader;

#define wrong(r, ...) dia_lines_error(&(r)->lines, (r)->error, DIA_ERROR_INPUT, __VA_ARGS__)

static bool make_room(reader *r)
{
    if (r->nfrequency < r->room && r->nvector < r->room)
        return true;
    const size_t room = 2 * (size_t)r->room + 64, n = (size_t)r->molecule->ncart;
    double *frequency = realloc(r->frequency, room * sizeof *frequency);
    r->frequency = frequency != NULL ? frequency : r->frequency;
    double *vector = realloc(r->vector, room * n * sizeof *vector);
    r->vector = vector != NULL ? vector : r->vector;
    if (frequency == NULL || vector == NULL)
        return false;
    r->room = (int)room;
    return true;
}

/* ---- sections -------------------------------------------------------------------------------------------------------
 *
 * Each is entered after its title and left at the next one, or at the end (false). */

/* Also the line with which COLUMBUS ends its block. */
static bool is_title(const char *line)
{
    return line != NULL && (line[strspn(line, " \t")] == '[' || strncmp(line + strspn(line, " \t"), "-->", 3) == 0);
}

/* The unit behind the title in *line. */
static dia_status read_unit(reader *r, const char *line, const char *atomic, double usual, double *unit)
{
    char why[300];
    const char *close = strchr(line, ']');
    if (dia_title_unit(close != NULL ? close + 1 : "", atomic, usual, unit, sizeof why, why))
        return DIA_OK;
    return wrong(r, "%s", why);
}

static dia_status read_frequencies(reader *r, char **line)
{
    double unit = 0;
    dia_status status = read_unit(r, *line, "hartree", DIA_WAVENUMBER, &unit);
    while (status == DIA_OK && (*line = dia_lines_next_filled(&r->lines)) != NULL && !is_title(*line)) {
        if (!make_room(r) || r->nfrequency >= MOST_MODES)
            return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory for its modes", r->lines.path);
        status = dia_lines_real(&r->lines, "a frequency", &r->frequency[r->nfrequency], r->error);
        r->frequency[r->nfrequency++] *= unit;
    }
    return status;
}

static dia_status read_atom(reader *r, int a, bool numbered, double unit, double *x)
{
    const dia_molecule *molecule = r->molecule;
    int number = 0, unused;
    double isotope = 0;
    dia_status status = dia_lines_element(&r->lines, &number, &isotope, r->error);
    if (status == DIA_OK && (a >= molecule->natom || number != molecule->numbers[a]))
        return wrong(r, "atom %d is %s, the swarm has %s there", a + 1, dia_element_symbol(number),
                     a < molecule->natom ? dia_element_symbol(molecule->numbers[a]) : "none");
    if (status == DIA_OK && isotope > 0 && fabs(isotope / molecule->masses[a] - 1) > 0.01)
        return wrong(r, "atom %d is an isotope of %.4f u, in the swarm it weighs %.4f u", a + 1, isotope / DIA_DALTON,
                     molecule->masses[a] / DIA_DALTON);
    for (int i = 0; i < 2 && numbered && status == DIA_OK; i++) /* its place and atomic number */
        status = dia_lines_int(&r->lines, "a number", 0, MOST_MODES, &unused, r->error);
    for (int i = 0; i < 3 && status == DIA_OK; i++) {
        status = dia_lines_real(&r->lines, "a position", &x[i], r->error);
        x[i] *= unit;
    }
    return status;
}

/* One geometry, owned by *R. */
static dia_status read_geometry(reader *r, char **line, const char *title, bool numbered, double unit, double **R)
{
    const dia_molecule *molecule = r->molecule;
    free(*R);
    *R = calloc((size_t)molecule->ncart + 3, sizeof **R);
    if (*R == NULL)
        return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory", r->lines.path);
    int a = 0;
    for (; (*line = dia_lines_next_filled(&r->lines)) != NULL && !is_title(*line); a++) {
        dia_status status = read_atom(r, a, numbered, unit, *R + 3 * a);
        if (status != DIA_OK)
            return status;
    }
    if (a != molecule->natom)
        return wrong(r, "%s: %d atoms, the swarm has %d", title, a, molecule->natom);
    return DIA_OK;
}

/* Without a unit behind the title: bohr, as the format says. */
static dia_status read_coordinates(reader *r, char **line)
{
    double unit = 0;
    dia_status status = read_unit(r, *line, "bohr", 1.0, &unit);
    r->angstrom = unit == DIA_ANGSTROM;
    return status == DIA_OK ? read_geometry(r, line, "[FR-COORD]", false, unit, &r->R) : status;
}

/* A second geometry, which is optional: if it is another molecule, or has no unit, it is ignored. */
static dia_status read_atoms(reader *r, char **line)
{
    dia_error *told = r->error, own = {0};
    double unit = 0;
    r->error = &own;
    dia_status status = read_unit(r, *line, "bohr", 0.0, &unit);
    if (status == DIA_OK && unit > 0)
        status = read_geometry(r, line, "[Atoms]", true, unit, &r->atoms);
    r->error = told;
    if (status != DIA_OK || unit == 0) {
        free(r->atoms);
        r->atoms = NULL;
        while (*line != NULL && (*line = dia_lines_next_filled(&r->lines)) != NULL && !is_title(*line))
            ;
    }
    return status == DIA_ERROR_MEMORY ? dia_error_set(r->error, status, "%s", own.text) : DIA_OK;
}

/* Counts that some programs write: of frequencies, of atoms. */
static dia_status read_count(reader *r, char **line, int *count)
{
    *line = dia_lines_next_filled(&r->lines);
    if (is_title(*line) || *line == NULL)
        return DIA_OK;
    dia_status status = dia_lines_int(&r->lines, "a number", 0, MOST_MODES, count, r->error);
    *line = dia_lines_next_filled(&r->lines);
    return status;
}

static dia_status read_nfrequency(reader *r, char **line)
{
    return read_count(r, line, &r->said_frequency);
}

static dia_status read_natom(reader *r, char **line)
{
    return read_count(r, line, &r->said_atom);
}

static dia_status read_vectors(reader *r, char **line)
{
    const int n = r->molecule->ncart;
    *line = dia_lines_next_filled(&r->lines);
    while (*line != NULL && !is_title(*line)) {
        const char *word = dia_lines_token(&r->lines);
        if (strncasecmp(word, "vibration", 9) != 0 && r->nvector >= r->nfrequency)
            break; /* another line after the last one */
        if (strncasecmp(word, "vibration", 9) != 0)
            return wrong(r, "expected 'vibration', found '%s'", word);
        if (!make_room(r) || r->nvector >= MOST_MODES)
            return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory for its modes", r->lines.path);
        double *v = r->vector + (size_t)r->nvector++ * (size_t)n;
        for (int c = 0; c < n; c++) {
            if (c % 3 == 0 && dia_lines_next_filled(&r->lines) == NULL)
                return wrong(r, "vibration %d ends after %d of %d atoms", r->nvector, c / 3, n / 3);
            dia_status status = dia_lines_real(&r->lines, "a displacement", &v[c], r->error);
            if (status != DIA_OK)
                return status;
        }
        *line = dia_lines_next_filled(&r->lines);
    }
    while (*line != NULL && !is_title(*line))
        *line = dia_lines_next_filled(&r->lines);
    return DIA_OK;
}

/* Numbers that the file states twice must agree. */
static dia_status check_sections(const reader *r)
{
    const dia_molecule *molecule = r->molecule;
    if (r->nfrequency == 0 || r->R == NULL || r->nvector != r->nfrequency)
        return dia_error_set(r->error, DIA_ERROR_INPUT,
                             "%s: expected the sections [FREQ], [FR-COORD] and [FR-NORM-COORD] of one length, found %d "
                             "frequencies, %s geometry, %d vibrations",
                             r->lines.path, r->nfrequency, r->R != NULL ? "a" : "no", r->nvector);
    if (r->said_frequency >= 0 && r->said_frequency != r->nfrequency)
        return dia_error_set(r->error, DIA_ERROR_INPUT, "%s: [N_FREQ] says %d frequencies, [FREQ] holds %d",
                             r->lines.path, r->said_frequency, r->nfrequency);
    if (r->said_atom >= 0 && r->said_atom != molecule->natom)
        return dia_error_set(r->error, DIA_ERROR_INPUT, "%s: [NATOM] says %d atoms, [FR-COORD] holds %d", r->lines.path,
                             r->said_atom, molecule->natom);
    const double *others[] = {molecule->reference, r->atoms};
    static const char *const names[] = {"of the swarm's reference", "in [Atoms]"};
    for (int i = 0; i < 2; i++) {
        const double scale = others[i] != NULL ? dia_bond_scale(molecule, others[i], r->R, 1) : 1.0;
        if (scale != 1.0)
            return dia_error_set(
                r->error, DIA_ERROR_INPUT,
                "%s: the bonds in [FR-COORD], read in %s, are %.3g times those %s: write the unit behind "
                "the title, [FR-COORD] Angs or [FR-COORD] AU",
                r->lines.path, r->angstrom ? "Angstrom" : "bohr", scale, names[i]);
    }
    return DIA_OK;
}

static dia_status read_sections(reader *r)
{
    static const struct {
        const char *title;
        dia_status (*read)(reader *, char **);
    } sections[] = {{"[FREQ]", read_frequencies}, {"[FR-COORD]", read_coordinates}, {"[FR-NORM-COORD]", read_vectors},
                    {"[Atoms]", read_atoms},      {"[N_FREQ]", read_nfrequency},    {"[NATOM]", read_natom}};
    const size_t n = sizeof sections / sizeof sections[0];
    dia_status status = DIA_OK;
    for (char *line = dia_lines_next_filled(&r->lines); line != NULL && status == DIA_OK;) {
        const char *title = line + strspn(line, " \t");
        size_t s = 0;
        while (s < n && strncasecmp(title, sections[s].title, strlen(sections[s].title)) != 0)
            s++;
        if (s < n)
            status = sections[s].read(r, &line);
        else
            line = dia_lines_next_filled(&r->lines);
    }
    return status == DIA_OK ? check_sections(r) : status;
}

/* ---- modes ----------------------------------------------------------------------------------- */

/* A mode that overlaps with the rigid motions and earlier modes by more than this is not independent, or belongs to
 * other masses: files give 6 digits. */
static const double least_left = 0.98;

/* A mode above this frequency (hartree) is no rigid motion: 200 cm^-1; programs print up to some tens for these. */
static const double slow = 200.0 * DIA_WAVENUMBER;

/* From the printed vectors, mass-weighted or not, to orthonormal ones without the rigid motions of R. False: they are
 * orthogonal to neither. basis: room ((6 + nvector), ncart). *rigidity: the largest part of a vibration that is rigid
 * motion, 0 to 1. */
static bool take_modes(dia_modes *modes, const reader *r, const double *R, bool weighted, double *basis,
                       double *rigidity)
{
    const int n = r->molecule->ncart, rigid = dia_rigid_motions(r->molecule, R, basis);
    bool good = true;
    modes->nmode = 0;
    *rigidity = 0;
    for (int k = 0; k < r->nvector; k++) {
        double *v = basis + (size_t)(rigid + modes->nmode) * (size_t)n;
        for (int c = 0; c < n; c++)
            v[c] = r->vector[k * n + c] * (weighted ? 1.0 : sqrt(r->molecule->masses[c / 3]));
        double moved = 0;
        for (int t = 0; t < rigid; t++)
            moved += dia_dot(n, v, basis + t * n) * dia_dot(n, v, basis + t * n);
        moved /= fmax(dia_dot(n, v, v), 1e-300);
        if (fabs(r->frequency[k]) > slow)
            *rigidity = fmax(*rigidity, sqrt(moved));
        else if (moved > 0.5 || dia_dot(n, v, v) == 0)
            continue; /* a rigid motion, listed as mode of frequency 0 */
        const double before = dia_norm(n, v);
        good = good && rigid + modes->nmode < n && before > 0;
        if (good) {
            dia_remove(n, rigid + modes->nmode, basis, v);
            good = dia_normalise(n, v) >= least_left * before;
        }
        if (!good)
            continue; /* the others are checked for rigid motion */
        modes->frequency[modes->nmode] = r->frequency[k];
        memcpy(modes->vector + (size_t)modes->nmode++ * (size_t)n, v, (size_t)n * sizeof *v);
    }
    return good && modes->nmode > 0;
}

/* The geometry of [Atoms] can be used instead if it is the same one, translated or rotated. */
static bool same_shape(const dia_molecule *molecule, const double *a, const double *b)
{
    for (int i = 0; i < molecule->natom; i++)
        for (int j = 0; j < i; j++)
            /* 0.02 bohr: digits, and steps of an optimisation near its end */
            if (fabs(dia_distance(a + 3 * i, a + 3 * j) - dia_distance(b + 3 * i, b + 3 * j)) > 0.02)
                return false;
    return true;
}

/* Some programs rotate a molecule but print the modes in the old orientation. R becomes the geometry that the modes
 * belong to. */
static dia_status find_modes(dia_modes *modes, reader *r, double *basis)
{
    double part, least = 1;
    const bool both = r->atoms != NULL && same_shape(r->molecule, r->R, r->atoms);
    for (int g = 0; g < 1 + both; g++)
        for (int weighted = 0; weighted < 2; weighted++) {
            if (take_modes(modes, r, g == 0 ? r->R : r->atoms, weighted, basis, &part)) {
                if (g == 1)
                    memcpy(r->R, r->atoms, (size_t)r->molecule->ncart * sizeof *r->R);
                return DIA_OK;
            }
            least = fmin(least, part);
        }
    if (least > 0.2) /* another isotope gives a smaller part */
        return dia_error_set(
            r->error, DIA_ERROR_INPUT,
            "%s: a vibration in [FR-NORM-COORD] is translation and rotation of the geometry in [FR-COORD] "
            "to a part of %.2f, expected 0: modes and geometry seem to be in different orientations; "
            "write the geometry that the modes belong to (often that of [Atoms]) into [FR-COORD], in bohr",
            r->lines.path, least);
    return dia_error_set(r->error, DIA_ERROR_INPUT,
                         "%s: its modes are not orthogonal to one another with the masses of the swarm, neither as "
                         "Cartesian nor as mass-weighted displacements; are they of other isotopes?",
                         r->lines.path);
}

static dia_status make_modes(dia_modes *modes, reader *r)
{
    const size_t n = (size_t)r->molecule->ncart, count = (size_t)r->nvector;
    modes->ncart = r->molecule->ncart;
    modes->frequency = calloc(count, sizeof *modes->frequency);
    modes->vector = calloc(count * n, sizeof *modes->vector);
    double *basis = calloc((count + 7) * n, sizeof *basis);
    dia_status status = modes->frequency == NULL || modes->vector == NULL || basis == NULL
                            ? dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory for its modes", r->lines.path)
                            : find_modes(modes, r, basis);
    free(basis);
    return status;
}

dia_status dia_molden_modes_read(dia_modes *modes, double **R, const dia_molecule *molecule, const char *path,
                                 dia_error *error)
{
    dia_error own = {0};
    reader r = {.error = error != NULL ? error : &own, .molecule = molecule, .said_frequency = -1, .said_atom = -1};
    *modes = (dia_modes){0};
    *R = NULL;
    if (molecule->dimension != 3)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: a model system has no modes in a Molden file", path);
    dia_status status = dia_lines_open(&r.lines, path, r.error);
    if (status != DIA_OK)
        return status;
    status = read_sections(&r);
    if (status == DIA_OK)
        status = make_modes(modes, &r);
    if (status == DIA_OK) {
        *R = r.R;
        r.R = NULL;
    } else {
        dia_modes_free(modes);
    }
    dia_lines_close(&r.lines);
    free(r.frequency);
    free(r.vector);
    free(r.R);
    free(r.atoms);
    return status;
}
