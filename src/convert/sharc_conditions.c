/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHARC's initconds.excited as a data set: geometries in bohr, and the energies of all states in hartree. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "convert/point.h"
#include "convert/sharc_read.h"
#include "molecule/lines.h"

enum { MULTIPLETS = 20, MOST_STATES = 1000 };

typedef struct reader {
    dia_import *import;
    dia_lines lines;
    dia_error *error;
    int natom, nmultiplet, multiplet[MULTIPLETS];
    bool diagonal;
    int first, count; /* of the states that are read; count 0: not known yet */
    dia_import_point point;
} reader;

#define wrong(r, ...) dia_lines_error(&(r)->lines, (r)->error, DIA_ERROR_INPUT, __VA_ARGS__)

bool dia_sharc_is_conditions(const char *path)
{
    char head[100];
    return dia_import_head(path, sizeof head, head) > 0 && strstr(head, "SHARC Initial conditions file") != NULL;
}

/* States of a spin-diagonal representation belong to no multiplicity. */
static dia_status choose(reader *r)
{
    int several = 0;
    for (int k = 0; k < r->nmultiplet; k++)
        several += r->multiplet[k] > 0;
    if (r->nmultiplet == 0)
        return wrong(r, "no line `States` with the numbers of states before the first condition");
    if (r->diagonal && several > 1)
        return wrong(r, "the energies are spin-diagonal (Repr diag) of several multiplicities: no adiabatic states");
    dia_status status =
        dia_sharc_choose(r->import, r->lines.path, r->nmultiplet, r->multiplet, &r->first, &r->count, r->error);
    return status == DIA_OK ? dia_import_point_reset(&r->point, r->import, r->natom, r->count, r->error) : status;
}

static dia_status read_atoms(reader *r)
{
    dia_status status = DIA_OK;
    for (int a = 0; a < r->natom && status == DIA_OK; a++) {
        double charge, mass;
        if (dia_lines_next_filled(&r->lines) == NULL)
            return wrong(r, "the file ends within a geometry of %d atoms", r->natom);
        status = dia_lines_element(&r->lines, &r->point.numbers[a], &mass, r->error);
        if (status == DIA_OK)
            status = dia_lines_real(&r->lines, "the nuclear charge", &charge, r->error);
        for (int c = 0; c < 3 && status == DIA_OK; c++)
            status = dia_lines_real(&r->lines, "a coordinate", &r->point.R[3 * a + c], r->error);
    }
    return status;
}

/* "002 E Eref ..." up to Ekin. */
static dia_status read_energies(reader *r)
{
    dia_status status = DIA_OK;
    for (char *line = dia_lines_next_filled(&r->lines);
         status == DIA_OK && line != NULL && strncmp(line, "Ekin", 4) != 0; line = dia_lines_next_filled(&r->lines)) {
        int index = 0;
        double energy;
        status = dia_lines_int(&r->lines, "the number of a state", 1, MOST_STATES, &index, r->error);
        if (status == DIA_OK)
            status = dia_lines_real(&r->lines, "an energy", &energy, r->error);
        if (status == DIA_OK && index > r->first && index <= r->first + r->count)
            r->point.energy[index - 1 - r->first] = energy;
    }
    return status;
}

static dia_status read_condition(reader *r)
{
    int index;
    dia_status status = dia_lines_int(&r->lines, "the number of the condition", 0, 100000000, &index, r->error);
    if (status == DIA_OK)
        status = choose(r);
    char *line = status == DIA_OK ? dia_lines_next_filled(&r->lines) : NULL;
    if (status == DIA_OK && (line == NULL || strncmp(line, "Atoms", 5) != 0))
        return wrong(r, "expected `Atoms` behind `Index`");
    if (status == DIA_OK)
        status = read_atoms(r);
    line = status == DIA_OK ? dia_lines_next_filled(&r->lines) : NULL;
    if (status == DIA_OK && (line == NULL || strncmp(line, "States", 6) != 0))
        return wrong(r, "expected `States`: energies are in initconds.excited, not in initconds");
    if (status == DIA_OK)
        status = read_energies(r);
    dia_import_where(r->import, "%.1000s: condition %d", r->lines.path, index);
    dia_import_leave_out(r->import, "dipoles (those from the initial state alone are there)");
    return status == DIA_OK ? dia_import_point_add(r->import, &r->point, NULL, r->error) : status;
}

static dia_status read_line(reader *r)
{
    const char *word = dia_lines_token(&r->lines);
    if (strcmp(word, "Natom") == 0)
        return dia_lines_int(&r->lines, "the number of atoms", 1, DIA_IMPORT_ATOMS, &r->natom, r->error);
    if (strcmp(word, "States") == 0 && r->nmultiplet == 0)
        return dia_lines_ints(&r->lines, "a number of states of each multiplicity", 0, MOST_STATES, MULTIPLETS,
                              &r->nmultiplet, r->multiplet, r->error);
    if (strcmp(word, "Repr") == 0) {
        word = dia_lines_token(&r->lines);
        r->diagonal = word != NULL && strcasecmp(word, "diag") == 0;
    } else if (strcmp(word, "Index") == 0) {
        return r->natom > 0 ? read_condition(r) : wrong(r, "expected Natom before the first condition");
    }
    return DIA_OK;
}

dia_status dia_sharc_read_conditions(dia_import *import, const char *path, dia_error *error)
{
    reader r = {.import = import, .error = error};
    dia_import_where(import, "%.1000s", path);
    dia_import_state_unit(import, DIA_UNIT_LENGTH, "bohr");
    dia_status status = dia_lines_open(&r.lines, path, error);
    if (status == DIA_OK)
        status = dia_files_add(&import->files, path, error);
    while (status == DIA_OK && dia_lines_next_filled(&r.lines) != NULL)
        status = read_line(&r);
    dia_lines_close(&r.lines);
    dia_import_point_free(&r.point);
    return status;
}
