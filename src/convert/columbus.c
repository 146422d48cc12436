/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Data of COLUMBUS as surfgen collects them (https://github.com/virtualzx-nad/surfgen): a folder with geom.all (symbol, Z, x y z in bohr, mass),
 * energy.all (a line a point, hartree), cartgrd.drt1.stateI.all (hartree/bohr) and cartgrd_total.drt1.stateI.drt1.stateJ.all or
 * cartgrd.nad.drt1.stateI.drt1.stateJ.all: derivative couplings d_ij = <i|d/dR j> (1/bohr). States count from 1. */
#include <stdlib.h>
#include <string.h>

#include "convert/convert.h"
#include "convert/point.h"
#include "molecule/lines.h"

typedef struct folder {
    dia_lines geometry, energy;
    dia_lines gradient[DIA_IMPORT_STATES];                    /* path NULL: none */
    dia_lines coupling[DIA_IMPORT_STATES][DIA_IMPORT_STATES]; /* [i][j], i < j   */
    char *paths;                                              /* block, owned    */
    size_t used;
    int natom, nstate;
    dia_import_point point;
} folder;

enum { PATH = 4096 };

static bool recognise(const char *path)
{
    char text[PATH];
    return dia_import_path(path, "geom.all", sizeof text, text) && dia_import_is_file(text) &&
           dia_import_path(path, "energy.all", sizeof text, text) && dia_import_is_file(text);
}

/* Opens FOLDER/NAME. Lines keep the path, so it is kept too. */
static dia_status open_file(dia_import *import, folder *f, const char *name, dia_lines *lines, dia_error *error)
{
    char *path = f->paths + f->used;
    if (!dia_import_path(import->path, name, PATH, path))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: the path is too long", import->path);
    f->used += strlen(path) + 1;
    dia_status status = dia_lines_open(lines, path, error);
    return status == DIA_OK ? dia_files_add(&import->files, path, error) : status;
}

/* The first of the names that is there; none: nothing is opened. */
static dia_status open_any(dia_import *import, folder *f, const char names[2][100], dia_lines *lines, dia_error *error)
{
    char path[PATH];
    for (int k = 0; k < 2; k++)
        if (dia_import_path(import->path, names[k], sizeof path, path) && dia_import_is_file(path))
            return open_file(import, f, names[k], lines, error);
    return DIA_OK;
}

static dia_status open_vectors(dia_import *import, folder *f, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int j = 0; j < f->nstate && status == DIA_OK; j++) {
        char own[2][100];
        snprintf(own[0], sizeof own[0], "cartgrd.drt1.state%d.all", j + 1);
        snprintf(own[1], sizeof own[1], "cartgrd.state%d.all", j + 1);
        status = open_any(import, f, (const char(*)[100])own, &f->gradient[j], error);
        for (int i = 0; i < j && status == DIA_OK; i++) {
            char names[2][100];
            snprintf(names[0], sizeof names[0], "cartgrd_total.drt1.state%d.drt1.state%d.all", i + 1, j + 1);
            snprintf(names[1], sizeof names[1], "cartgrd.nad.drt1.state%d.drt1.state%d.all", i + 1, j + 1);
            status = open_any(import, f, (const char(*)[100])names, &f->coupling[i][j], error);
        }
    }
    return status;
}

static int count_lines(const char *text)
{
    int count = 0;
    for (const char *at = text; *at != '\0'; at += *at == '\n') {
        const size_t length = strcspn(at, "\n");
        count += strspn(at, " \t\r") < length;
        at += length;
    }
    return count;
}

static int count_words(const char *text)
{
    int count = 0;
    const size_t end = strcspn(text, "\n");
    for (size_t i = 0; i < end; i++)
        count += text[i] > ' ' && (i == 0 || text[i - 1] <= ' ');
    return count;
}

/* Atoms a point from the numbers of lines; states from the first line of energies. */
static dia_status find_sizes(const dia_import *import, folder *f, int *npoint, dia_error *error)
{
    const int atoms = count_lines(f->geometry.text);
    *npoint = count_lines(f->energy.text);
    f->nstate = count_words(f->energy.text);
    if (*npoint < 1 || atoms < 1 || atoms % *npoint != 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: geom.all has %d lines, energy.all %d: expected a multiple, the number of atoms",
                             import->path, atoms, *npoint);
    f->natom = atoms / *npoint;
    return DIA_OK;
}

static dia_status read_geometry(folder *f, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int a = 0; a < f->natom && status == DIA_OK; a++) {
        double ignored, mass;
        if (dia_lines_next_filled(&f->geometry) == NULL)
            return dia_lines_error(&f->geometry, error, DIA_ERROR_INPUT, "the file ends within a geometry");
        status = dia_lines_element(&f->geometry, &f->point.numbers[a], &mass, error);
        if (status == DIA_OK)
            status = dia_lines_real(&f->geometry, "the nuclear charge", &ignored, error);
        for (int c = 0; c < 3 && status == DIA_OK; c++)
            status = dia_lines_real(&f->geometry, "a coordinate", &f->point.R[3 * a + c], error);
    }
    return status;
}

/* natom lines of three numbers. */
static dia_status read_vector(dia_lines *lines, int natom, double *vector, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int a = 0; a < natom && status == DIA_OK; a++) {
        if (dia_lines_next_filled(lines) == NULL)
            return dia_lines_error(lines, error, DIA_ERROR_INPUT,
                                   "the file ends early: expected %d lines for each point", natom);
        for (int c = 0; c < 3 && status == DIA_OK; c++)
            status = dia_lines_real(lines, "a component", vector + 3 * a + c, error);
        if (status == DIA_OK)
            status = dia_lines_end(lines, error);
    }
    return status;
}

static dia_status read_point(dia_import *import, folder *f, int p, dia_error *error)
{
    dia_import_where(import, "%s: point %d", import->path, p);
    dia_status status = dia_import_point_reset(&f->point, import, f->natom, f->nstate, error);
    if (status == DIA_OK)
        status = read_geometry(f, error);
    if (status == DIA_OK)
        dia_lines_next_filled(&f->energy);
    for (int k = 0; k < f->nstate && status == DIA_OK; k++)
        status = dia_lines_real(&f->energy, "an energy", &f->point.energy[k], error);
    for (int j = 0; j < f->nstate && status == DIA_OK; j++) {
        if (f->gradient[j].path != NULL)
            status = read_vector(&f->gradient[j], f->natom, dia_import_point_gradient(&f->point, j), error);
        for (int i = 0; i < j && status == DIA_OK; i++)
            if (f->coupling[i][j].path != NULL)
                status = read_vector(&f->coupling[i][j], f->natom, dia_import_point_coupling(&f->point, i, j), error);
    }
    return status == DIA_OK ? dia_import_point_add(import, &f->point, NULL, error) : status;
}

/* Each file must be read to its end: another number of points would mean other points. */
static dia_status check_end(dia_lines *lines, dia_error *error)
{
    return lines->path == NULL || dia_lines_next_filled(lines) == NULL
               ? DIA_OK
               : dia_lines_error(lines, error, DIA_ERROR_INPUT, "expected the end: energy.all has fewer points");
}

static dia_status check_ends(folder *f, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int j = 0; j < f->nstate && status == DIA_OK; j++) {
        status = check_end(&f->gradient[j], error);
        for (int i = 0; i < j && status == DIA_OK; i++)
            status = check_end(&f->coupling[i][j], error);
    }
    return status;
}

static void close_all(folder *f)
{
    dia_lines_close(&f->geometry);
    dia_lines_close(&f->energy);
    for (int j = 0; j < DIA_IMPORT_STATES; j++) {
        dia_lines_close(&f->gradient[j]);
        for (int i = 0; i < j; i++)
            dia_lines_close(&f->coupling[i][j]);
    }
    dia_import_point_free(&f->point);
    free(f->paths);
    free(f);
}

static dia_status read_all(dia_import *import, dia_error *error)
{
    int npoint = 0;
    folder *f = calloc(1, sizeof *f);
    if (f == NULL || (f->paths = malloc((size_t)PATH * (DIA_IMPORT_STATES * DIA_IMPORT_STATES / 2 + 40))) == NULL) {
        free(f);
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", import->path);
    }
    dia_status status = open_file(import, f, "geom.all", &f->geometry, error);
    if (status == DIA_OK)
        status = open_file(import, f, "energy.all", &f->energy, error);
    if (status == DIA_OK)
        status = find_sizes(import, f, &npoint, error);
    if (status == DIA_OK && f->nstate > DIA_IMPORT_STATES)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: energy.all has %d columns; expected 1 to %d", import->path,
                               f->nstate, DIA_IMPORT_STATES);
    if (status == DIA_OK)
        status = open_vectors(import, f, error);
    for (int p = 0; p < npoint && status == DIA_OK; p++)
        status = read_point(import, f, p, error);
    if (status == DIA_OK)
        status = check_ends(f, error);
    close_all(f);
    return status;
}

const dia_convert_format dia_convert_format_columbus = {.name = "columbus",
                                                        .suffixes = "",
                                                        .summary = "a folder of surfgen with results of COLUMBUS",
                                                        .recognise = recognise,
                                                        .read = read_all,
                                                        .units = {{"bohr", "hartree", "hartree/bohr", "1/bohr"}}};
