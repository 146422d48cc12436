/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/initconds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/number.h"
#include "molecule/elements.h"
#include "molecule/xyz_internal.h"

enum { MULTIPLETS = 20, MOST_STATES = 1000, MOST_CONDITIONS_ATOMS = 10000 };

typedef struct reader {
    dia_lines lines;
    dia_error *error;
    dia_xyz *out;
    int room;
    int natom;
    /* of the present condition */
    int *numbers;   /* (natom), with masses, R, V in one block        owned */
    double *masses; /* (natom) electron masses                              */
    double *R, *V;  /* (3 natom)                                            */
    /* of SHARC's head */
    bool excited, diagonal;
    int nmultiplet, multiplet[MULTIPLETS];
    int left; /* conditions that were left out */
} reader;

/* ---- which file ------------------------------------------------------------------------------ */

static bool head_has(const char *path, const char *text)
{
    char head[2000];
    FILE *file = fopen(path, "rb");
    const size_t got = file != NULL ? fread(head, 1, sizeof head - 1, file) : 0;
    if (file != NULL)
        fclose(file);
    head[got] = '\0';
    return strstr(head, text) != NULL;
}

static const char sharc_mark[] = "SHARC Initial conditions file", newtonx_mark[] = "Initial condition =";

bool dia_initconds_recognise(const char *path)
{
    return head_has(path, sharc_mark) || head_has(path, newtonx_mark);
}

/* ---- frames ---------------------------------------------------------------------------------- */

static dia_status take_natom(reader *r, int natom)
{
    r->natom = natom;
    r->masses = calloc((size_t)natom * 7, sizeof *r->masses);
    r->numbers = calloc((size_t)natom, sizeof *r->numbers);
    if (r->masses == NULL || r->numbers == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_MEMORY, "no memory for %d atoms", natom);
    r->R = r->masses + natom;
    r->V = r->R + 3 * (size_t)natom;
    return DIA_OK;
}

/* "C 6.0 x y z mass [vx vy vz]" */
static dia_status read_atom(reader *r, int a, bool moving)
{
    double charge, mass = 0.0, isotope;
    dia_error own = {0};
    dia_status status = dia_lines_element(&r->lines, &r->numbers[a], &isotope, r->error);
    if (status == DIA_OK)
        status = dia_lines_real(&r->lines, "the nuclear charge", &charge, r->error);
    for (int c = 0; c < 3 && status == DIA_OK; c++)
        status = dia_lines_real(&r->lines, "a coordinate", &r->R[3 * a + c], r->error);
    if (status == DIA_OK)
        status = dia_lines_real(&r->lines, "a mass", &mass, r->error);
    r->masses[a] = mass * DIA_DALTON;
    if (status == DIA_OK && dia_element_check_mass(r->numbers[a], isotope, r->masses[a], &own) != DIA_OK)
        status = wrong(r, "%s", own.text);
    for (int c = 0; c < 3 && moving && status == DIA_OK; c++)
        status = dia_lines_real(&r->lines, "a velocity", &r->V[3 * a + c], r->error);
    return status == DIA_OK ? dia_lines_end(&r->lines, r->error) : status;
}

static dia_status read_atoms(reader *r, bool moving)
{
    dia_status status = DIA_OK;
    for (int a = 0; a < r->natom && status == DIA_OK; a++) {
        if (dia_lines_next(&r->lines) == NULL || *dia_lines_rest(&r->lines) == '\0')
            return wrong(r, "expected %d atoms, found %d", r->natom, a);
        status = read_atom(r, a, moving);
    }
    return status;
}

static dia_status grow(reader *r)
{
    dia_xyz *out = r->out;
    if (out->nframe < r->room)
        return DIA_OK;
    const size_t room = r->room > 0 ? 2 * (size_t)r->room : 16, ncart = 3 * (size_t)r->natom;
    double *R = realloc(out->R, room * ncart * sizeof *R), *V = realloc(out->V, room * ncart * sizeof *V),
           *weight = realloc(out->weight, room * sizeof *weight);
    int *state = realloc(out->state, room * sizeof *state);
    out->R = R != NULL ? R : out->R;
    out->V = V != NULL ? V : out->V;
    out->weight = weight != NULL ? weight : out->weight;
    out->state = state != NULL ? state : out->state;
    if (R == NULL || V == NULL || weight == NULL || state == NULL)
        return dia_lines_error(&r->lines, r->error, DIA_ERROR_MEMORY, "no memory for %zu initial conditions", room);
    r->room = (int)room;
    return DIA_OK;
}

/* The first condition defines the molecule. */
static dia_status begin_molecule(reader *r)
{
    dia_xyz *out = r->out;
    const size_t n = (size_t)r->natom;
    dia_status status = dia_molecule_init(&out->molecule, r->natom, 3, r->numbers, r->error);
    out->masses = malloc(n * sizeof *out->masses);
    if (status == DIA_OK && out->masses == NULL)
        status = dia_lines_error(&r->lines, r->error, DIA_ERROR_MEMORY, "no memory");
    if (status != DIA_OK)
        return status;
    memcpy(out->masses, r->masses, n * sizeof *out->masses);
    memcpy(out->molecule.masses, r->masses, n * sizeof *out->masses);
    memcpy(out->molecule.reference, r->R, 3 * n * sizeof *r->R);
    return DIA_OK;
}

static dia_status add_frame(reader *r, int state)
{
    dia_xyz *out = r->out;
    const size_t ncart = 3 * (size_t)r->natom, first = (size_t)out->nframe * ncart;
    dia_status status = out->nframe == 0 ? begin_molecule(r) : DIA_OK;
    for (int a = 0; a < r->natom && status == DIA_OK; a++)
        if (r->numbers[a] != out->molecule.numbers[a] || r->masses[a] != out->masses[a])
            return wrong(r, "atom %d is another one, or of another mass, than in the first condition", a + 1);
    if (status == DIA_OK)
        status = grow(r);
    if (status != DIA_OK)
        return status;
    memcpy(out->R + first, r->R, ncart * sizeof *r->R);
    memcpy(out->V + first, r->V, ncart * sizeof *r->V);
    out->state[out->nframe] = state;
    out->weight[out->nframe++] = 1.0;
    return DIA_OK;
}

/* ---- SHARC ----------------------------------------------------------------------------------- */

/* State number of SHARC's list, from 1 -> adiabatic state of the first multiplicity that has states, from 0. */
static dia_status state_of(reader *r, int index, int *state)
{
    int first = 0, multiplicity = 0, several = 0;
    for (int k = 0; k < r->nmultiplet; k++) {
        several += r->multiplet[k] > 0;
        multiplicity = multiplicity == 0 && r->multiplet[k] > 0 ? k + 1 : multiplicity;
    }
    first = multiplicity > 0 ? r->multiplet[multiplicity - 1] : MOST_STATES;
    if (r->diagonal && several > 1)
        return wrong(r,
                     "state %d is one of the spin-diagonal representation of several multiplicities (Repr diag), which "
                     "is no adiabatic state of a model; select states in the MCH representation",
                     index);
    if (index > first)
        return wrong(r,
                     "state %d is of another multiplicity than the first %d states: a model has states of one; run "
                     "excite.py with these alone",
                     index, first);
    *state = index - 1;
    return DIA_OK;
}

/* Lines "002 E Eref 6 dipoles dE f True" up to Ekin: a frame for each selected state. */
static dia_status read_selection(reader *r, int *selected)
{
    dia_status status = DIA_OK;
    *selected = 0;
    for (char *line = dia_lines_next_filled(&r->lines);
         status == DIA_OK && line != NULL && strncmp(line, "Ekin", 4) != 0; line = dia_lines_next_filled(&r->lines)) {
        int index = 0, state = 0;
        const char *word, *last = NULL;
        status = dia_lines_int(&r->lines, "the number of a state", 1, MOST_STATES, &index, r->error);
        while ((word = dia_lines_token(&r->lines)) != NULL)
            last = word;
        if (status == DIA_OK && (last == NULL || (strcasecmp(last, "True") != 0 && strcasecmp(last, "False") != 0)))
            status = wrong(r, "expected True or False at the end of the line of a state");
        if (status == DIA_OK && strcasecmp(last, "True") == 0) {
            status = state_of(r, index, &state);
            if (status == DIA_OK)
                status = add_frame(r, state);
            ++*selected;
        }
    }
    return status;
}

static dia_status read_condition(reader *r)
{
    char *line = dia_lines_next_filled(&r->lines);
    int selected = 0;
    if (line == NULL || strncmp(line, "Atoms", 5) != 0)
        return wrong(r, "expected `Atoms` behind `Index`");
    dia_status status = read_atoms(r, true);
    if (status == DIA_OK && !r->excited)
        return add_frame(r, -1);
    line = status == DIA_OK ? dia_lines_next_filled(&r->lines) : NULL;
    if (status == DIA_OK && (line == NULL || strncmp(line, "States", 6) != 0))
        return wrong(r, "expected `States` behind the atoms of a condition");
    if (status == DIA_OK)
        status = read_selection(r, &selected);
    r->left += status == DIA_OK && selected == 0;
    return status;
}

/* A line of the head: Natom, Repr, States count; others do not matter. Equilibrium is a geometry of its own. */
static dia_status read_head_line(reader *r)
{
    int natom;
    dia_status status = DIA_OK;
    const char *word = dia_lines_token(&r->lines);
    if (word == NULL)
        return DIA_OK;
    if (strcmp(word, "Natom") == 0) {
        status = dia_lines_int(&r->lines, "the number of atoms", 1, MOST_CONDITIONS_ATOMS, &natom, r->error);
        if (status == DIA_OK && r->natom > 0)
            status = wrong(r, "Natom is given twice");
        return status == DIA_OK ? take_natom(r, natom) : status;
    }
    if (strcmp(word, "Repr") == 0) {
        word = dia_lines_token(&r->lines);
        r->diagonal = word != NULL && strcasecmp(word, "diag") == 0;
    } else if (strcmp(word, "States") == 0 && r->nmultiplet == 0) {
        status = dia_lines_ints(&r->lines, "a number of states of each multiplicity", 0, MOST_STATES, MULTIPLETS,
                                &r->nmultiplet, r->multiplet, r->error);
    } else if (strcmp(word, "Equilibrium") == 0 && r->natom > 0) {
        status = read_atoms(r, true);
    } else if (strcmp(word, "Index") == 0) {
        return r->natom > 0 ? read_condition(r) : wrong(r, "expected Natom before the first condition");
    }
    return status;
}

static dia_status read_sharc(reader *r)
{
    dia_status status = DIA_OK;
    const char *line = dia_lines_next(&r->lines);
    r->excited = line != NULL && strstr(line, "<Excited>") != NULL;
    while (status == DIA_OK && dia_lines_next_filled(&r->lines) != NULL)
        status = read_head_line(r);
    return status;
}

/* ---- Newton-X -------------------------------------------------------------------------------- */

/* Atoms are the lines from "Geometry" to "Velocity". */
static int count_atoms(const char *text)
{
    const char *at = strstr(text, "Geometry"), *end = at != NULL ? strstr(at, "Velocity") : NULL;
    int lines = 0;
    for (; end != NULL && at < end; at++)
        lines += *at == '\n';
    return lines - 1;
}

static dia_status read_velocities(reader *r)
{
    dia_status status = DIA_OK;
    for (int a = 0; a < r->natom && status == DIA_OK; a++) {
        if (dia_lines_next(&r->lines) == NULL)
            return wrong(r, "expected the velocities of %d atoms, found %d", r->natom, a);
        for (int c = 0; c < 3 && status == DIA_OK; c++)
            status = dia_lines_real(&r->lines, "a velocity", &r->V[3 * a + c], r->error);
    }
    return status;
}

/* One condition is open from "Geometry" to the next "Initial condition". *state 0: not named; *inside: in the energy range. */
static dia_status finish_condition(reader *r, bool open, bool inside, int state)
{
    if (!open)
        return DIA_OK;
    r->left += !inside;
    return inside ? add_frame(r, state - 1) : DIA_OK;
}

static dia_status read_newtonx(reader *r)
{
    bool open = false, inside = true;
    int state = 0;
    const int natom = count_atoms(r->lines.text);
    if (natom < 1 || natom > MOST_CONDITIONS_ATOMS)
        return dia_error_set(r->error, DIA_ERROR_INPUT,
                             "%s: expected the lines of atoms between 'Geometry' and 'Velocity', found %d",
                             r->lines.path, natom);
    dia_status status = take_natom(r, natom);
    for (const char *line; status == DIA_OK && (line = dia_lines_next(&r->lines)) != NULL;) {
        const char *at;
        if (strstr(line, newtonx_mark) != NULL) {
            status = finish_condition(r, open, inside, state);
            open = false;
            inside = true;
            state = 0;
        } else if (strstr(line, "Geometry in") != NULL) {
            status = read_atoms(r, false);
            open = true;
        } else if (strstr(line, "Velocity in") != NULL) {
            status = read_velocities(r);
        } else if ((at = strstr(line, "required range?")) != NULL) {
            inside = strstr(at, "NO") == NULL;
        } else if ((at = strstr(line, "State:")) != NULL) {
            char why[100], word[20];
            snprintf(word, sizeof word, "%.18s", at + 6 + strspn(at + 6, " \t"));
            word[strcspn(word, " \t\r")] = '\0';
            if (!dia_text_int(word, 1, MOST_STATES, &state, sizeof why, why))
                status = wrong(r, "State: %s", why);
        }
    }
    return status == DIA_OK ? finish_condition(r, open, inside, state) : status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status check(reader *r)
{
    dia_xyz *out = r->out;
    if (out->nframe == 0)
        return dia_error_set(r->error, DIA_ERROR_INPUT,
                             r->left > 0
                                 ? "%s: none of its %d initial conditions was selected (True; in the required range: "
                                   "YES)"
                                 : "%s: holds no initial condition",
                             r->lines.path, r->left);
    if (r->left > 0)
        snprintf(out->note, sizeof out->note, "%d of its initial conditions were not selected and are left out",
                 r->left);
    return DIA_OK;
}

dia_status dia_initconds_read(dia_xyz *xyz, const dia_molecule *molecule, const char *path, dia_error *error)
{
    *xyz = (dia_xyz){0};
    reader r = {.error = error, .out = xyz};
    dia_status status = dia_lines_open(&r.lines, path, error);
    if (status == DIA_OK)
        status = head_has(path, sharc_mark) ? read_sharc(&r) : read_newtonx(&r);
    if (status == DIA_OK)
        status = check(&r);
    if (status == DIA_OK && molecule != NULL)
        status = dia_xyz_fit(xyz, molecule, path, true, error);
    dia_lines_close(&r.lines);
    free(r.masses);
    free(r.numbers);
    if (status != DIA_OK)
        dia_xyz_free(xyz);
    return status;
}
