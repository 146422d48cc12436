/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/molden.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "molecule/lines.h"

enum { MOST_MODES = 100000 };

typedef struct reader {
    dia_lines lines;
    dia_error *error;
    const dia_molecule *molecule;
    int nfrequency, nvector;
    double *frequency; /* (room) cm^-1                              owned */
    double *vector;    /* (room, ncart) as printed                  owned */
    double *R;         /* (ncart) bohr; NULL: no such section       owned */
    int room;
} reader;

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

static bool is_title(const char *line)
{
    return line != NULL && line[strspn(line, " \t")] == '[';
}

static dia_status read_frequencies(reader *r, char **line)
{
    while ((*line = dia_lines_next_filled(&r->lines)) != NULL && !is_title(*line)) {
        if (!make_room(r) || r->nfrequency >= MOST_MODES)
            return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory for its modes", r->lines.path);
        dia_status status = dia_lines_real(&r->lines, "a frequency in cm^-1", &r->frequency[r->nfrequency++], r->error);
        if (status != DIA_OK)
            return status;
    }
    return DIA_OK;
}

static dia_status read_coordinates(reader *r, char **line)
{
    const dia_molecule *molecule = r->molecule;
    free(r->R);
    r->R = calloc((size_t)molecule->ncart, sizeof *r->R);
    if (r->R == NULL)
        return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory", r->lines.path);
    int a = 0;
    for (; (*line = dia_lines_next_filled(&r->lines)) != NULL && !is_title(*line); a++) {
        const char *symbol = dia_lines_token(&r->lines);
        if (a >= molecule->natom || dia_element_number(symbol) != molecule->numbers[a])
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "atom %d is '%s', the swarm has %s there", a,
                                   symbol, a < molecule->natom ? dia_element_symbol(molecule->numbers[a]) : "none");
        for (int i = 0; i < 3; i++) {
            dia_status status = dia_lines_real(&r->lines, "a position in bohr", &r->R[3 * a + i], r->error);
            if (status != DIA_OK)
                return status;
        }
    }
    if (a != molecule->natom)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "[FR-COORD]: %d atoms, the swarm has %d", a,
                               molecule->natom);
    return DIA_OK;
}

static dia_status read_vectors(reader *r, char **line)
{
    const int n = r->molecule->ncart;
    *line = dia_lines_next_filled(&r->lines);
    while (*line != NULL && !is_title(*line)) {
        const char *word = dia_lines_token(&r->lines);
        if (strncasecmp(word, "vibration", 9) != 0)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "expected 'vibration', found '%s'", word);
        if (!make_room(r) || r->nvector >= MOST_MODES)
            return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory for its modes", r->lines.path);
        double *v = r->vector + (size_t)r->nvector++ * (size_t)n;
        for (int c = 0; c < n; c++) {
            if (c % 3 == 0 && dia_lines_next_filled(&r->lines) == NULL)
                return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "vibration %d ends after %d of %d atoms",
                                       r->nvector, c / 3, n / 3);
            dia_status status = dia_lines_real(&r->lines, "a displacement", &v[c], r->error);
            if (status != DIA_OK)
                return status;
        }
        *line = dia_lines_next_filled(&r->lines);
    }
    return DIA_OK;
}

static dia_status read_sections(reader *r)
{
    static const struct {
        const char *title;
        dia_status (*read)(reader *, char **);
    } sections[] = {{"[FREQ]", read_frequencies}, {"[FR-COORD]", read_coordinates}, {"[FR-NORM-COORD]", read_vectors}};
    dia_status status = DIA_OK;
    for (char *line = dia_lines_next_filled(&r->lines); line != NULL && status == DIA_OK;) {
        const char *title = line + strspn(line, " \t");
        int s = 0;
        while (s < 3 && strncasecmp(title, sections[s].title, strlen(sections[s].title)) != 0)
            s++;
        if (s < 3)
            status = sections[s].read(r, &line);
        else
            line = dia_lines_next_filled(&r->lines);
    }
    if (status != DIA_OK)
        return status;
    if (r->nfrequency == 0 || r->R == NULL || r->nvector != r->nfrequency)
        return dia_error_set(r->error, DIA_ERROR_INPUT,
                             "%s: expected the sections [FREQ], [FR-COORD] and [FR-NORM-COORD] of one length, found %d "
                             "frequencies, %s geometry, %d vibrations",
                             r->lines.path, r->nfrequency, r->R != NULL ? "a" : "no", r->nvector);
    return DIA_OK;
}

/* ---- modes ----------------------------------------------------------------------------------- */

static double dot(int n, const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* Takes the components along `count` orthonormal vectors out of v and normalises it; returns the length that was left
 * of a unit vector. */
static double make_orthonormal(int n, int count, const double *basis, double *v)
{
    const double before = sqrt(dot(n, v, v));
    for (int pass = 0; pass < 2; pass++)
        for (int k = 0; k < count; k++) {
            const double s = dot(n, basis + k * n, v);
            for (int c = 0; c < n; c++)
                v[c] -= s * basis[k * n + c];
        }
    const double after = sqrt(dot(n, v, v));
    for (int c = 0; c < n && after > 0; c++)
        v[c] /= after;
    return before > 0 ? after / before : 0;
}

/* Modes whose direction the rigid motions and earlier modes explain by more than this are no modes of their own, nor of
 * these masses: files give 6 digits. */
static const double least_left = 0.98;

/* From the printed vectors, mass-weighted or not, to orthonormal ones without rigid motions. False: they are orthogonal
 * to neither. basis: room ((6 + nvector), ncart). */
static bool take_modes(dia_modes *modes, const reader *r, bool weighted, double *basis)
{
    const int n = r->molecule->ncart, rigid = dia_rigid_motions(r->molecule, r->R, basis);
    modes->nmode = 0;
    for (int k = 0; k < r->nvector; k++) {
        double *v = basis + (size_t)(rigid + modes->nmode) * (size_t)n;
        for (int c = 0; c < n; c++)
            v[c] = r->vector[k * n + c] * (weighted ? 1.0 : sqrt(r->molecule->masses[c / 3]));
        double moved = 0;
        for (int t = 0; t < rigid; t++)
            moved += dot(n, v, basis + t * n) * dot(n, v, basis + t * n);
        if (moved > 0.5 * dot(n, v, v) || dot(n, v, v) == 0)
            continue; /* a rigid motion, listed as mode of frequency 0 */
        if (rigid + modes->nmode == n || make_orthonormal(n, rigid + modes->nmode, basis, v) < least_left)
            return false;
        modes->frequency[modes->nmode] = r->frequency[k] * DIA_WAVENUMBER;
        memcpy(modes->vector + (size_t)modes->nmode++ * (size_t)n, v, (size_t)n * sizeof *v);
    }
    return modes->nmode > 0;
}

static dia_status make_modes(dia_modes *modes, const reader *r)
{
    const size_t n = (size_t)r->molecule->ncart, count = (size_t)r->nvector;
    modes->ncart = r->molecule->ncart;
    modes->frequency = calloc(count, sizeof *modes->frequency);
    modes->vector = calloc(count * n, sizeof *modes->vector);
    double *basis = calloc((count + 7) * n, sizeof *basis);
    dia_status status = DIA_OK;
    if (modes->frequency == NULL || modes->vector == NULL || basis == NULL)
        status = dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory for its modes", r->lines.path);
    else if (!take_modes(modes, r, false, basis) && !take_modes(modes, r, true, basis))
        status =
            dia_error_set(r->error, DIA_ERROR_INPUT,
                          "%s: its modes are not orthogonal to one another with the masses of the swarm, neither as "
                          "Cartesian nor as mass-weighted displacements; are they of other isotopes?",
                          r->lines.path);
    free(basis);
    return status;
}

dia_status dia_molden_modes_read(dia_modes *modes, double **R, const dia_molecule *molecule, const char *path,
                                 dia_error *error)
{
    dia_error own = {0};
    reader r = {.error = error != NULL ? error : &own, .molecule = molecule};
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
    return status;
}
