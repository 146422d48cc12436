/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/catalogue.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/member.h"

enum { STATES_MAX = 1000 };

/* ---- the datasets of /points, described once ------------------------------------------------- */

/* P points, N states, M methods, A atoms, D coordinates of each, C of all */
#define OF(member, ...) DIA_MEMBER_OF(dia_catalogue, member, __VA_ARGS__)
static const dia_member text_fields[] = {
    OF(name, DIA_MEMBER_TEXT, .shape = "P", .name = "name", .unit = "1", .key = "name"),
    OF(label, DIA_MEMBER_TEXT, .shape = "P", .name = "label", .unit = "1", .key = "label"),
    {0}};
static const dia_member fields[] = {
    /* DIA_POINT_ENERGIES and DIA_POINT_CONE, in JSON too; P and B are quotients, B of a round cone is infinite */
    OF(E, DIA_MEMBER_REAL, .shape = "PN", .name = "energies", .unit = "hartree", .key = "energies_hartree"),
    OF(gap, DIA_MEMBER_REAL, .shape = "P", .name = "gap", .unit = "hartree", .most = 1e12, .absent = true,
       .key = "gap_hartree"),
    OF(gradient, DIA_MEMBER_REAL, .shape = "P", .name = "gradient", .unit = "hartree/bohr", .most = 1e12,
       .absent = true, .key = "gradient_hartree_per_bohr"),
    OF(pitch, DIA_MEMBER_REAL, .shape = "P", .name = "pitch", .unit = "hartree/bohr", .absent = true,
       .key = "pitch_hartree_per_bohr"),
    OF(asymmetry, DIA_MEMBER_REAL, .shape = "P", .name = "asymmetry", .absent = true, .key = "asymmetry"),
    OF(tilt, DIA_MEMBER_REAL, .shape = "P", .name = "tilt", .absent = true, .key = "tilt"),
    OF(heading, DIA_MEMBER_REAL, .shape = "P", .name = "heading", .unit = "rad", .absent = true, .key = "heading_deg",
       .scale = DIA_PI / 180.0),
    OF(P, DIA_MEMBER_REAL, .shape = "P", .name = "P", .least = -1e12, .most = INFINITY, .absent = true, .key = "P"),
    OF(B, DIA_MEMBER_REAL, .shape = "P", .name = "B", .least = -1e12, .most = INFINITY, .absent = true, .key = "B"),
    /* and those that JSON gives otherwise or not */
    OF(first, DIA_MEMBER_INT, .shape = "P", .name = "first", .below = 'N'),
    OF(count, DIA_MEMBER_INT, .shape = "P", .name = "count", .least = 1, .most = DIA_DEGENERATE_MAX),
    OF(order, DIA_MEMBER_INT, .shape = "P", .name = "order", .least = -1, .most = INT_MAX),
    OF(starts, DIA_MEMBER_INT, .shape = "P", .name = "starts", .most = INT_MAX),
    OF(method, DIA_MEMBER_INT, .shape = "P", .name = "method", .below = 'M'),
    OF(reached, DIA_MEMBER_INT, .shape = "PM", .name = "reached", .most = INT_MAX),
    OF(R, DIA_MEMBER_REAL, .shape = "PAD", .name = "position", .unit = "bohr", .frame = true),
    OF(frequency, DIA_MEMBER_REAL, .shape = "PC", .name = "frequencies", .unit = "hartree", .absent = true),
    OF(g, DIA_MEMBER_REAL, .shape = "PAD", .name = "g", .unit = "hartree/bohr", .frame = true, .absent = true),
    OF(h, DIA_MEMBER_REAL, .shape = "PAD", .name = "h", .unit = "hartree/bohr", .frame = true, .absent = true),
    OF(x, DIA_MEMBER_REAL, .shape = "PAD", .name = "x", .frame = true, .absent = true),
    OF(y, DIA_MEMBER_REAL, .shape = "PAD", .name = "y", .frame = true, .absent = true),
    OF(s, DIA_MEMBER_REAL, .shape = "PAD", .name = "s", .unit = "hartree/bohr", .frame = true, .absent = true),
    {0}};
#undef OF

static dia_extents extents_of(const dia_catalogue *catalogue)
{
    const dia_molecule *m = &catalogue->molecule;
    dia_extents e = {{0}};
    e.of['P'] = (size_t)catalogue->npoint, e.of['N'] = (size_t)catalogue->nstate, e.of['M'] = DIA_SEARCH_METHODS;
    e.of['A'] = (size_t)m->natom, e.of['D'] = (size_t)m->dimension, e.of['C'] = (size_t)m->ncart;
    return e;
}

void dia_catalogue_json(const dia_catalogue *catalogue, int point, dia_point_part part, dia_json *json)
{
    const struct {
        const dia_member *fields;
        int n;
    } parts[] = {{text_fields, 2}, {fields, 3}, {fields + 3, 6}};
    const dia_extents extents = extents_of(catalogue);
    dia_members_json_row(parts[part].fields, parts[part].n, catalogue, &extents, (size_t)point, json);
}

void dia_catalogue_plane(const dia_catalogue *catalogue, int point, const double **x, const double **y)
{
    *x = catalogue->x + (size_t)point * (size_t)catalogue->molecule.ncart;
    *y = catalogue->y + (size_t)point * (size_t)catalogue->molecule.ncart;
}

void dia_states_text(int first, int count, size_t size, char *text)
{
    size_t used = 0;
    text[0] = '\0';
    for (int k = first + count - 1; k >= first && used < size; k--)
        used += (size_t)snprintf(text + used, size - used, "S%d%s", k, k > first ? "/" : "");
}

/* ---- memory ---------------------------------------------------------------------------------- */

void dia_catalogue_free(dia_catalogue *catalogue)
{
    for (int i = 0; i < catalogue->npoint; i++) {
        if (catalogue->name != NULL)
            free(catalogue->name[i]);
        if (catalogue->label != NULL)
            free(catalogue->label[i]);
    }
    free(catalogue->name);
    free(catalogue->label);
    dia_members_free(fields, catalogue);
    free(catalogue->model_digest);
    free(catalogue->zero_text);
    dia_molecule_free(&catalogue->molecule);
    *catalogue = (dia_catalogue){0};
}

static dia_status allocate(dia_catalogue *catalogue, dia_error *error)
{
    const size_t n = (size_t)catalogue->npoint;
    const dia_extents extents = extents_of(catalogue);
    catalogue->name = calloc(n + 1, sizeof *catalogue->name);
    catalogue->label = calloc(n + 1, sizeof *catalogue->label);
    if (catalogue->name == NULL || catalogue->label == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu points", n);
    const dia_status status = dia_members_reserve(fields, catalogue, &extents, error);
    for (size_t i = 0; status == DIA_OK && i < n; i++)
        catalogue->order[i] = -1;
    return status;
}

dia_status dia_catalogue_init(dia_catalogue *catalogue, const dia_molecule *molecule, int npoint, int nstate,
                              dia_error *error)
{
    *catalogue = (dia_catalogue){.npoint = npoint, .nstate = nstate};
    dia_status status = dia_molecule_copy(&catalogue->molecule, molecule, error);
    if (status == DIA_OK)
        status = allocate(catalogue, error);
    if (status != DIA_OK)
        dia_catalogue_free(catalogue);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

dia_status dia_catalogue_write(const dia_catalogue *catalogue, dia_store *store, dia_error *error)
{
    static const char methods[] = "projection lagrange_newton penalty";
    const dia_molecule *molecule = &catalogue->molecule;
    const dia_extents extents = extents_of(catalogue);
    const size_t natom = (size_t)molecule->natom;
    dia_writer root = {.store = store, .name = "", .error = error};
    dia_writer_ints(&root, "molecule/numbers", natom, molecule->numbers);
    dia_writer_reals(&root, "molecule/masses", "electron_mass", natom, molecule->masses);
    dia_writer_vectors(&root, "molecule/reference", "bohr", DIA_WRITER_ONE, molecule->natom, molecule->dimension,
                       molecule->reference);
    dia_writer_set_text(&root, "model_digest", catalogue->model_digest);
    dia_writer_set_int(&root, "states", catalogue->nstate);
    dia_writer_set_real(&root, "zero", catalogue->zero);
    dia_writer_set_text(&root, "zero_text", catalogue->zero_text);
    if (root.status == DIA_OK)
        root.status = dia_members_store(text_fields, catalogue, &extents, store, "points", error);
    if (root.status == DIA_OK)
        root.status = dia_members_store(fields, catalogue, &extents, store, "points", error);
    dia_writer_mark(&root, "points/method", "methods", methods);
    dia_writer_mark(&root, "points/reached", "methods", methods);
    return root.status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static dia_status read_molecule(dia_molecule *molecule, const dia_store *store, dia_error *error)
{
    int rank = 0;
    size_t dims[8] = {0};
    dia_status status = dia_store_shape(store, "molecule/reference", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 2 || dims[0] < 1 || dims[0] > INT_MAX / 3 || (dims[1] != 1 && dims[1] != 3))
        return dia_error_set(
            error, DIA_ERROR_FILE,
            "%s: dataset 'molecule/reference': expected the shape (atoms, 3), or (coordinates, 1) of a "
            "model system",
            dia_store_path(store));
    int *numbers = calloc(dims[0], sizeof *numbers);
    if (numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu atoms", dims[0]);
    status = dia_store_read(store, "molecule/numbers", DIA_NUMBER_INT, 1, dims, numbers, error);
    if (status == DIA_OK) {
        status = dia_molecule_init(molecule, (int)dims[0], (int)dims[1], numbers, error);
        if (status != DIA_OK)
            dia_error_prefix(error, "%s", dia_store_path(store));
    }
    free(numbers);
    if (status == DIA_OK)
        status = dia_store_read(store, "molecule/masses", DIA_NUMBER_REAL, 1, dims, molecule->masses, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "molecule/reference", DIA_NUMBER_REAL, 2, dims, molecule->reference, error);
    return status;
}

/* The numbers, and with them how many points and states there are. */
static dia_status read_numbers(dia_catalogue *catalogue, const dia_store *store, dia_error *error)
{
    dia_extents extents = extents_of(catalogue);
    extents.of['P'] = extents.of['N'] = DIA_EXTENT_ANY;
    const dia_status status = dia_members_load(fields, catalogue, &extents, store, "points", NULL, error);
    if (status == DIA_OK && (extents.of['N'] < 1 || extents.of['N'] > STATES_MAX))
        return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'points/energies': expected 1 to %d states, found %zu",
                             dia_store_path(store), STATES_MAX, extents.of['N']);
    catalogue->npoint = status == DIA_OK ? (int)extents.of['P'] : 0;
    catalogue->nstate = (int)extents.of['N'];
    return status;
}

static dia_status read_texts(dia_catalogue *catalogue, const dia_store *store, dia_error *error)
{
    const size_t n = (size_t)catalogue->npoint;
    dia_extents extents = extents_of(catalogue);
    dia_catalogue found = {0}; /* the texts of each list in one block */
    dia_status status = dia_members_load(text_fields, &found, &extents, store, "points", NULL, error);
    catalogue->name = calloc(n + 1, sizeof *catalogue->name);
    catalogue->label = calloc(n + 1, sizeof *catalogue->label);
    bool good = catalogue->name != NULL && catalogue->label != NULL;
    for (size_t i = 0; i < n && good && status == DIA_OK; i++) {
        catalogue->name[i] = strdup(found.name[i]);
        catalogue->label[i] = strdup(found.label[i]);
        good = catalogue->name[i] != NULL && catalogue->label[i] != NULL;
    }
    dia_members_free(text_fields, &found);
    return good ? status : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %zu names", n);
}

/* What the readers of a catalogue rely on. */
static dia_status check(const dia_catalogue *catalogue, const dia_store *store, dia_error *error)
{
    const dia_molecule *m = &catalogue->molecule;
    const char *path = dia_store_path(store);
    const size_t n = (size_t)m->ncart;
    for (int a = 0; a < m->natom; a++)
        if (!(m->masses[a] > 0 && m->masses[a] < 1e12))
            return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'molecule/masses', atom %d: %g, expected a mass",
                                 path, a, m->masses[a]);
    for (size_t c = 0; c < n; c++)
        if (!isfinite(m->reference[c]))
            return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'molecule/reference' is not finite", path);
    if (!isfinite(catalogue->zero) || strlen(catalogue->zero_text) > 1000)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: attributes 'zero' and 'zero_text': expected an energy and what it is", path);
    for (int i = 0; i < catalogue->npoint; i++) {
        const int first = catalogue->first[i], count = catalogue->count[i];
        if (first > catalogue->nstate - count)
            return dia_error_set(error, DIA_ERROR_FILE,
                                 "%s: dataset 'points/first', point %d: states %d to %d meet, expected one to three "
                                 "neighbouring states of the file",
                                 path, i, first, first + count - 1);
        for (size_t c = 0; c < n && count == 2; c++)
            if (!isfinite(catalogue->x[(size_t)i * n + c]) || !isfinite(catalogue->y[(size_t)i * n + c]))
                return dia_error_set(error, DIA_ERROR_FILE,
                                     "%s: dataset 'points/x', point %d: a number that is not finite, expected the "
                                     "branching plane",
                                     path, i);
    }
    return DIA_OK;
}

static dia_status read_all(dia_catalogue *catalogue, const dia_store *store, dia_error *error)
{
    dia_status status = dia_store_expect(store, DIA_CATALOGUE_FORMAT, DIA_CATALOGUE_VERSION, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "model_digest", &catalogue->model_digest, error);
    if (status == DIA_OK)
        status = dia_store_attribute_real(store, "", "zero", &catalogue->zero, error);
    if (status == DIA_OK)
        status = dia_store_attribute_text(store, "", "zero_text", &catalogue->zero_text, error);
    if (status == DIA_OK)
        status = read_molecule(&catalogue->molecule, store, error);
    if (status == DIA_OK)
        status = read_numbers(catalogue, store, error);
    if (status == DIA_OK)
        status = read_texts(catalogue, store, error);
    return status == DIA_OK ? check(catalogue, store, error) : status;
}

dia_status dia_catalogue_read(dia_catalogue *catalogue, const char *path, dia_error *error)
{
    dia_store *store = NULL;
    *catalogue = (dia_catalogue){0};
    dia_status status = dia_store_open(&store, path, error);
    if (status != DIA_OK)
        return status;
    status = read_all(catalogue, store, error);
    dia_store_close(&store);
    if (status != DIA_OK)
        dia_catalogue_free(catalogue);
    return status;
}
