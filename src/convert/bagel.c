/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Results of BAGEL (https://nubakery.org): a folder for each geometry, with the input (JSON: the geometry) and the files of `forces` with
 * "export": true: ENERGY.out (hartree), FORCE_i.out and NACME_i_j.out. FORCE holds the slope +dE/dR, hartree/bohr. NACME_i_j is
 * <j|d/dR i> = -d_ij, 1/bohr (measured against BAGEL's own finite differences of overlaps): the sign is turned. Dipoles: bagel_dipoles.c. */
#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "convert/bagel_dipoles.h"
#include "convert/convert.h"
#include "convert/point.h"
#include "molecule/lines.h"

enum { PATH = 4096 };

static bool recognise(const char *path)
{
    return dia_import_holds(path, "ENERGY.out");
}

/* ---- the input ------------------------------------------------------------------------------- */

static dia_status load_json(const char *path, json_t **json, dia_error *error)
{
    dia_lines text = {0};
    *json = NULL;
    dia_status status = dia_lines_open(&text, path, error);
    if (status == DIA_OK)
        status = dia_json_parse(json, text.text, strlen(text.text), path, error);
    dia_lines_close(&text);
    return status;
}

/* The only input of BAGEL in the folder: a JSON file {"bagel": [...]}. */
static dia_status find_input(const char *folder, json_t **input, char path[PATH], dia_error *error)
{
    DIR *directory = opendir(folder);
    int found = 0;
    *input = NULL;
    for (const struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        char name[PATH];
        json_t *json = NULL;
        dia_error ignored = {0};
        if (!dia_import_ends(entry->d_name, ".json") || !dia_import_path(folder, entry->d_name, sizeof name, name) ||
            load_json(name, &json, &ignored) != DIA_OK)
            continue;
        if (json_is_array(json_object_get(json, "bagel")) && found++ == 0) {
            memcpy(path, name, PATH);
            *input = json_incref(json);
        }
        json_decref(json);
    }
    if (directory != NULL)
        closedir(directory);
    if (found == 1)
        return DIA_OK;
    json_decref(*input);
    *input = NULL;
    return dia_error_set(
        error, DIA_ERROR_INPUT,
        "%s: %s: the geometry is taken from the input of BAGEL, a file of the ending .json with {\"bagel\": "
        "[...]}; expected one",
        folder, found == 0 ? "no input" : "several inputs");
}

static const json_t *molecule_of(const json_t *input)
{
    const json_t *blocks = json_object_get(input, "bagel");
    for (size_t i = 0; i < json_array_size(blocks); i++) {
        const json_t *block = json_array_get(blocks, i);
        const char *title = json_string_value(json_object_get(block, "title"));
        if (title != NULL && strcmp(title, "molecule") == 0 && json_object_get(block, "geometry") != NULL)
            return block;
    }
    return NULL;
}

/* true, or "true": BAGEL takes both. */
static bool says_yes(const json_t *value)
{
    const char *text = json_string_value(value);
    return json_is_true(value) || (text != NULL && strcmp(text, "true") == 0);
}

/* Does any block of the input ask for couplings that are not divided by the gap? */
static bool has_noweight(const json_t *json)
{
    const char *type = json_string_value(json_object_get(json, "nacmtype"));
    if (type != NULL && strcmp(type, "noweight") == 0)
        return true;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value) if (has_noweight(value)) return true;
    for (size_t i = 0; i < json_array_size(json); i++)
        if (has_noweight(json_array_get(json, i)))
            return true;
    return false;
}

/* Does any block name a method whose states are not those of CASSCF? */
static bool goes_beyond(const json_t *json)
{
    const char *title = json_string_value(json_object_get(json, "title")),
               *method = json_string_value(json_object_get(json, "method"));
    if ((title != NULL && (strcmp(title, "smith") == 0 || strcmp(title, "caspt2") == 0)) ||
        (method != NULL && strcmp(method, "caspt2") == 0))
        return true;
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)json, key, value) if (goes_beyond(value)) return true;
    for (size_t i = 0; i < json_array_size(json); i++)
        if (goes_beyond(json_array_get(json, i)))
            return true;
    return false;
}

/* Dipoles of CASSCF states, where these are the states of the energies. */
static dia_status read_dipoles(dia_import *import, const json_t *input, const char *folder, dia_import_point *point,
                               dia_error *error)
{
    const double scale = says_yes(json_object_get(molecule_of(input), "angstrom")) ? DIA_ANGSTROM : 1.0;
    double *R = calloc(3 * (size_t)point->natom, sizeof *R);
    if (R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", folder);
    for (int i = 0; i < 3 * point->natom; i++)
        R[i] = scale * point->R[i];
    const dia_status status = goes_beyond(input) ? DIA_OK : dia_bagel_dipoles(import, folder, R, point, error);
    free(R);
    return status;
}

/* Positions in the unit of the input: bohr, unless it says "angstrom": true. */
static dia_status read_geometry(dia_import *import, const json_t *input, const char *path, dia_import_point *point,
                                int nstate, dia_error *error)
{
    const json_t *molecule = molecule_of(input), *geometry = json_object_get(molecule, "geometry");
    const size_t natom = json_array_size(geometry);
    if (natom < 1 || natom > DIA_IMPORT_ATOMS)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: no block \"molecule\" with a \"geometry\" in it", path);
    if (says_yes(json_object_get(molecule, "angstrom")))
        dia_import_state_unit(import, DIA_UNIT_LENGTH, "Angstrom");
    else
        dia_import_state_unit(import, DIA_UNIT_LENGTH, "bohr");
    dia_status status = dia_import_point_reset(point, import, (int)natom, nstate, error);
    for (size_t a = 0; a < natom && status == DIA_OK; a++) {
        const json_t *atom = json_array_get(geometry, a);
        const char *symbol = json_string_value(json_object_get(atom, "atom"));
        dia_array xyz = {0};
        char where[PATH + 40];
        snprintf(where, sizeof where, "%s: atom %zu", path, a);
        point->numbers[a] = symbol != NULL ? dia_element_number(symbol) : -1;
        if (point->numbers[a] < 1)
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: '%s' is no element", where, symbol != NULL ? symbol : "");
        status = dia_array_of_json(&xyz, json_object_get(atom, "xyz"), where, error);
        if (status == DIA_OK && xyz.count != 3)
            status = dia_error_set(error, DIA_ERROR_INPUT, "%s: expected \"xyz\": [x, y, z]", where);
        for (size_t c = 0; c < 3 && status == DIA_OK; c++)
            point->R[3 * a + c] = xyz.values[c];
        dia_array_free(&xyz);
    }
    return status;
}

/* ---- the results ----------------------------------------------------------------------------- */

static dia_status read_energies(dia_import *import, const char *path, int *nstate, double *energy, dia_error *error)
{
    dia_lines lines = {0};
    *nstate = 0;
    dia_status status = dia_lines_open(&lines, path, error);
    while (status == DIA_OK && dia_lines_next_filled(&lines) != NULL) {
        if (*nstate == DIA_IMPORT_STATES)
            status = dia_lines_error(&lines, error, DIA_ERROR_INPUT, "more than %d energies", DIA_IMPORT_STATES);
        else
            status = dia_lines_real(&lines, "an energy", &energy[(*nstate)++], error);
    }
    dia_lines_close(&lines);
    return status == DIA_OK ? dia_files_add(&import->files, path, error) : status;
}

/* A head line, then for each atom its number and three components. No such file: the vector stays missing. */
static dia_status read_vector(dia_import *import, const char *folder, const char *name, int natom, double sign,
                              double *vector, dia_error *error)
{
    char path[PATH];
    dia_lines lines = {0};
    if (!dia_import_path(folder, name, sizeof path, path) || !dia_import_is_file(path))
        return DIA_OK;
    dia_status status = dia_lines_open(&lines, path, error);
    if (status == DIA_OK)
        dia_lines_next_filled(&lines);
    for (int a = 0; a < natom && status == DIA_OK; a++) {
        int index;
        if (dia_lines_next_filled(&lines) == NULL)
            status = dia_lines_error(&lines, error, DIA_ERROR_INPUT, "the file ends early: expected %d atoms", natom);
        if (status == DIA_OK)
            status = dia_lines_int(&lines, "the number of the atom", a, a, &index, error);
        for (int c = 0; c < 3 && status == DIA_OK; c++)
            status = dia_lines_real(&lines, "a component", vector + 3 * a + c, error);
        for (int c = 0; c < 3 && status == DIA_OK; c++)
            vector[3 * a + c] *= sign;
    }
    dia_lines_close(&lines);
    return status == DIA_OK ? dia_files_add(&import->files, path, error) : status;
}

static dia_status read_vectors(dia_import *import, const char *folder, const dia_import_point *point, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int j = 0; j < point->nstate && status == DIA_OK; j++) {
        char name[60];
        snprintf(name, sizeof name, "FORCE_%d.out", j);
        status = read_vector(import, folder, name, point->natom, 1.0, dia_import_point_gradient(point, j), error);
        for (int i = 0; i < j && status == DIA_OK; i++) {
            double *d = dia_import_point_coupling(point, i, j);
            snprintf(name, sizeof name, "NACME_%d_%d.out", i, j);
            status = read_vector(import, folder, name, point->natom, -1.0, d, error);
            snprintf(name, sizeof name, "NACME_%d_%d.out", j, i);
            if (status == DIA_OK && isnan(d[0])) /* the other way round: d_ij = -d_ji */
                status = read_vector(import, folder, name, point->natom, 1.0, d, error);
        }
    }
    return status;
}

static dia_status read_folder(dia_import *import, const char *path, dia_error *error)
{
    char folder[PATH], input_path[PATH] = "";
    double energy[DIA_IMPORT_STATES];
    int nstate = 0;
    json_t *input = NULL;
    dia_import_point point = {0};
    dia_import_folder(path, sizeof folder, folder);
    dia_import_where(import, "%.1000s", folder);
    dia_status status = read_energies(import, path, &nstate, energy, error);
    if (status == DIA_OK)
        status = find_input(folder, &input, input_path, error);
    if (status == DIA_OK)
        status = dia_files_add(&import->files, input_path, error);
    if (status == DIA_OK && has_noweight(input))
        status =
            dia_error_set(error, DIA_ERROR_UNSUPPORTED,
                          "%s: couplings of \"nacmtype\": \"noweight\" are not divided by the gap, and are not read; "
                          "use \"etf\"",
                          input_path);
    if (status == DIA_OK)
        status = read_geometry(import, input, input_path, &point, nstate, error);
    if (status == DIA_OK)
        memcpy(point.energy, energy, (size_t)nstate * sizeof *energy);
    if (status == DIA_OK)
        status = read_vectors(import, folder, &point, error);
    if (status == DIA_OK)
        status = read_dipoles(import, input, folder, &point, error);
    if (status == DIA_OK)
        status = dia_import_point_add(import, &point, NULL, error);
    json_decref(input);
    dia_import_point_free(&point);
    return status;
}

static dia_status read_all(dia_import *import, dia_error *error)
{
    int count = 0;
    dia_status status = dia_import_each(import, import->path, "ENERGY.out", read_folder, &count, error);
    return status == DIA_OK && count == 0
               ? dia_error_set(error, DIA_ERROR_INPUT, "%s: no ENERGY.out in this folder or below it", import->path)
               : status;
}

const dia_convert_format dia_convert_format_bagel = {
    .name = "bagel",
    .suffixes = "",
    .summary = "folders of results of BAGEL",
    .recognise = recognise,
    .read = read_all,
    .units = {{"bohr", "hartree", "hartree/bohr", "1/bohr", "e bohr"}}};
