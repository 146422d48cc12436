/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trajectories of Newton-X (https://newtonx.org; version 1 and 2, manual: output files): RESULTS/nx.log with energies, the slope of the active
 * state and coupling vectors of each step, and RESULTS/dyn.xyz with the geometries (Angstrom). Hartree, hartree/bohr, 1/bohr. A step
 * ends with "FINISHING STEP n, TIME t fs on SURFACE k"; states count from 1. */
#include <stdlib.h>
#include <string.h>

#include "base/number.h"
#include "convert/convert.h"
#include "convert/point.h"
#include "molecule/lines.h"
#include "molecule/xyz.h"

enum { PATH = 4096 };

typedef struct reader {
    dia_import *import;
    dia_lines lines;
    dia_error *error;
    dia_xyz xyz;
    int nstate, step;
    double *slope; /* (natom, 3) of the active state, which the end of the step names; owned */
    bool has_slope;
    dia_import_point point;
} reader;

#define wrong(r, ...) dia_lines_error(&(r)->lines, (r)->error, DIA_ERROR_INPUT, __VA_ARGS__)

static bool recognise(const char *path)
{
    return dia_import_ends(path, "nx.log") || dia_import_holds(path, "nx.log");
}

/* "Initial parameters:", then "Nat = 6", "nstat = 3", ... up to an empty line. */
static dia_status read_head(reader *r)
{
    int natom = 0;
    const char *line;
    while ((line = dia_lines_next(&r->lines)) != NULL && strstr(line, "Initial parameters:") == NULL)
        ;
    for (line = dia_lines_next(&r->lines); line != NULL && line[strspn(line, " \t")] != '\0';
         line = dia_lines_next(&r->lines)) {
        char key[40], value[40];
        const char *at = line + strspn(line, " \t"), *equals = strchr(at, '=');
        if (equals == NULL)
            continue;
        snprintf(key, sizeof key, "%.*s", (int)strcspn(at, " ="), at);
        equals += 1 + strspn(equals + 1, " \t");
        snprintf(value, sizeof value, "%.*s", (int)strcspn(equals, " \t\r"), equals);
        if (strcmp(key, "Nat") == 0 && !dia_text_int(value, 1, DIA_IMPORT_ATOMS, &natom, 0, NULL))
            return wrong(r, "Nat: expected the number of atoms, found '%s'", value);
        if (strcmp(key, "nstat") == 0 && !dia_text_int(value, 1, DIA_IMPORT_STATES, &r->nstate, 0, NULL))
            return wrong(r, "nstat: expected the number of states, found '%s'", value);
    }
    if (natom == 0 || r->nstate == 0)
        return dia_error_set(r->error, DIA_ERROR_INPUT,
                             "%s: expected `Initial parameters:` with Nat and nstat at the head of a nx.log",
                             r->lines.path);
    if (natom != r->xyz.molecule.natom)
        return dia_error_set(r->error, DIA_ERROR_INPUT, "%s: %d atoms, and %d in dyn.xyz beside it", r->lines.path,
                             natom, r->xyz.molecule.natom);
    r->slope = calloc(3 * (size_t)natom, sizeof *r->slope);
    return r->slope != NULL ? dia_import_point_reset(&r->point, r->import, natom, r->nstate, r->error)
                            : dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory", r->lines.path);
}

static dia_status read_vector(reader *r, double *vector)
{
    dia_status status = DIA_OK;
    for (int a = 0; a < r->point.natom && status == DIA_OK; a++) {
        if (dia_lines_next_filled(&r->lines) == NULL)
            return wrong(r, "the file ends within a vector of %d atoms", r->point.natom);
        for (int c = 0; c < 3 && status == DIA_OK; c++)
            status = dia_lines_real(&r->lines, "a component", vector + 3 * a + c, r->error);
    }
    return status;
}

/* Newton-X lists V(2,1), V(3,1), V(3,2), ...; d_ij = -d_ji: the sign is turned. */
static dia_status read_couplings(reader *r)
{
    dia_status status = DIA_OK;
    for (int j = 1; j < r->nstate && status == DIA_OK; j++)
        for (int i = 0; i < j && status == DIA_OK; i++) {
            double *d = dia_import_point_coupling(&r->point, i, j);
            status = read_vector(r, d);
            for (int c = 0; c < 3 * r->point.natom && status == DIA_OK; c++)
                d[c] = -d[c];
        }
    return status;
}

static dia_status read_energies(reader *r)
{
    dia_status status = DIA_OK;
    for (int k = 0; k < r->nstate && status == DIA_OK; k++) {
        if (dia_lines_next_filled(&r->lines) == NULL)
            return wrong(r, "the file ends within the energies");
        status = dia_lines_real(&r->lines, "an energy", &r->point.energy[k], r->error);
    }
    return status;
}

/* "FINISHING STEP n, TIME t fs on SURFACE k" */
static dia_status finish_step(reader *r)
{
    const char *word;
    int surface = 0;
    while ((word = dia_lines_token(&r->lines)) != NULL && strcmp(word, "SURFACE") != 0)
        ;
    dia_status status = dia_lines_int(&r->lines, "the active state", 1, r->nstate, &surface, r->error);
    if (status == DIA_OK && r->step >= r->xyz.nframe)
        return wrong(r, "step %d, and dyn.xyz has %d geometries", r->step, r->xyz.nframe);
    if (status != DIA_OK)
        return status;
    const size_t ncart = 3 * (size_t)r->point.natom;
    memcpy(r->point.numbers, r->xyz.molecule.numbers, (size_t)r->point.natom * sizeof(int));
    for (size_t c = 0; c < ncart; c++)
        r->point.R[c] = r->xyz.R[(size_t)r->step * ncart + c] / DIA_ANGSTROM;
    if (r->has_slope)
        memcpy(dia_import_point_gradient(&r->point, surface - 1), r->slope, ncart * sizeof *r->slope);
    dia_import_where(r->import, "%.1000s: step %d", r->lines.path, r->step++);
    status = dia_import_point_add(r->import, &r->point, r->lines.path, r->error);
    r->has_slope = false;
    return status == DIA_OK ? dia_import_point_reset(&r->point, r->import, r->point.natom, r->nstate, r->error)
                            : status;
}

static dia_status read_steps(reader *r)
{
    dia_status status = DIA_OK;
    for (const char *line; status == DIA_OK && (line = dia_lines_next(&r->lines)) != NULL;) {
        line += strspn(line, " \t");
        if (strncmp(line, "FINISHING", 9) == 0) {
            status = finish_step(r);
        } else if (strncmp(line, "Gradient vectors", 16) == 0) {
            status = read_vector(r, r->slope);
            r->has_slope = true;
        } else if (strncmp(line, "Nonadiabatic coupling vectors", 29) == 0) {
            status = read_couplings(r);
        } else if (strncmp(line, "Energy =", 8) == 0) {
            status = read_energies(r);
        }
    }
    return status;
}

static dia_status read_log(dia_import *import, const char *path, dia_error *error)
{
    reader r = {.import = import, .error = error};
    char folder[PATH], geometries[PATH];
    dia_import_where(import, "%.1000s", path);
    dia_import_folder(path, sizeof folder, folder);
    if (!dia_import_path(folder, "dyn.xyz", sizeof geometries, geometries) || !dia_import_is_file(geometries))
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: the geometries are in dyn.xyz, which must be in the same folder", path);
    dia_status status = dia_xyz_read(&r.xyz, geometries, error);
    if (status == DIA_OK)
        status = dia_lines_open(&r.lines, path, error);
    if (status == DIA_OK)
        status = dia_files_add(&import->files, path, error);
    if (status == DIA_OK)
        status = dia_files_add(&import->files, geometries, error);
    if (status == DIA_OK)
        status = read_head(&r);
    if (status == DIA_OK)
        status = read_steps(&r);
    free(r.slope);
    dia_lines_close(&r.lines);
    dia_import_point_free(&r.point);
    dia_xyz_free(&r.xyz);
    return status;
}

static dia_status read_all(dia_import *import, dia_error *error)
{
    int count = 0;
    if (dia_import_is_file(import->path))
        return read_log(import, import->path, error);
    dia_status status = dia_import_each(import, import->path, "nx.log", read_log, &count, error);
    return status == DIA_OK && count == 0
               ? dia_error_set(error, DIA_ERROR_INPUT, "%s: no nx.log in this folder or below it", import->path)
               : status;
}

const dia_convert_format dia_convert_format_newtonx = {.name = "newtonx",
                                                       .suffixes = "",
                                                       .summary = "trajectories of Newton-X",
                                                       .recognise = recognise,
                                                       .read = read_all,
                                                       .units = {{"Angstrom", "hartree", "hartree/bohr", "1/bohr"}}};
