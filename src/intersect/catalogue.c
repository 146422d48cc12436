/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/catalogue.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/member.h"

enum { STATES_MAX = 1000 };

/* ---- what is in the file, described once ------------------------------------------------- */

/* P points, N states, M methods, A atoms, D coordinates of each, C of all */
#define OF(member, ...) DIA_MEMBER_OF(dia_catalogue, member, __VA_ARGS__)
static const dia_member head_fields[] = {
    OF(molecule.numbers, DIA_MEMBER_INT, .shape = "A", .name = "molecule/numbers", .most = INT_MAX),
    OF(molecule.masses, DIA_MEMBER_REAL, .shape = "A", .name = "molecule/masses", .unit = "electron_mass",
       .least = 1e-12, .most = 1e12),
    OF(molecule.reference, DIA_MEMBER_REAL, .shape = "AD", .name = "molecule/reference", .unit = "bohr", .frame = true),
    OF(model_digest, DIA_MEMBER_TEXT, .name = "model_digest"),
    OF(zero, DIA_MEMBER_REAL, .name = "zero"),
    OF(zero_text, DIA_MEMBER_TEXT, .name = "zero_text"),
    OF(nstate, DIA_MEMBER_INT, .name = "states", .least = 1, .most = STATES_MAX),
    {0}};
static const dia_member text_fields[] = {/* of /points */
                                         OF(name, DIA_MEMBER_TEXT, .shape = "P", .name = "name", .unit = "1",
                                            .key = "name"),
                                         OF(label, DIA_MEMBER_TEXT, .shape = "P", .name = "label", .unit = "1",
                                            .key = "label"),
                                         {0}};
static const dia_member fields[] =
    {/* of /points */
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
/* of /points, which older files do not have; K directions */
static const dia_member space_fields[] = {OF(directions, DIA_MEMBER_INT, .shape = "P", .name = "directions",
                                             .least = -1, .most = INT_MAX, .key = "directions"),
                                          OF(branching, DIA_MEMBER_REAL, .shape = "PKAD", .name = "branching",
                                             .unit = "hartree/bohr", .frame = true, .absent = true),
                                          {0}};
#undef OF

static dia_extents extents_of(const dia_catalogue *catalogue)
{
    const dia_molecule *m = &catalogue->molecule;
    dia_extents e = {{0}};
    e.of['P'] = (size_t)catalogue->npoint, e.of['N'] = (size_t)catalogue->nstate, e.of['M'] = DIA_SEARCH_METHODS;
    e.of['A'] = (size_t)m->natom, e.of['D'] = (size_t)m->dimension, e.of['C'] = (size_t)m->ncart;
    e.of['K'] = (size_t)catalogue->ndirection;
    return e;
}

void dia_catalogue_json(const dia_catalogue *catalogue, int point, dia_point_part part, dia_json *json)
{
    const struct {
        const dia_member *fields;
        int n;
    } parts[] = {{text_fields, 2}, {fields, 3}, {fields + 3, 6}, {space_fields, 1}};
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
    dia_members_free(space_fields, catalogue);
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
    dia_status status = dia_members_reserve(fields, catalogue, &extents, error);
    if (status == DIA_OK)
        status = dia_members_reserve(space_fields, catalogue, &extents, error);
    for (size_t i = 0; status == DIA_OK && i < n; i++)
        catalogue->order[i] = catalogue->directions[i] = -1;
    return status;
}

dia_status dia_catalogue_init(dia_catalogue *catalogue, const dia_molecule *molecule, int npoint, int nstate,
                              int ndirection, dia_error *error)
{
    *catalogue = (dia_catalogue){.npoint = npoint, .nstate = nstate, .ndirection = ndirection};
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
    const dia_extents extents = extents_of(catalogue);
    dia_writer points = {.store = store, .name = "points", .error = error};
    points.status = dia_members_store(head_fields, catalogue, &extents, store, "", error);
    if (points.status == DIA_OK)
        points.status = dia_members_store(text_fields, catalogue, &extents, store, "points", error);
    if (points.status == DIA_OK)
        points.status = dia_members_store(fields, catalogue, &extents, store, "points", error);
    if (points.status == DIA_OK)
        points.status = dia_members_store(space_fields, catalogue, &extents, store, "points", error);
    dia_writer_mark(&points, "method", "methods", methods);
    dia_writer_mark(&points, "reached", "methods", methods);
    return points.status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static dia_status read_head(dia_catalogue *catalogue, const dia_store *store, dia_error *error)
{
    dia_molecule *m = &catalogue->molecule;
    dia_extents extents = {.of = {['A'] = DIA_EXTENT_ANY, ['D'] = DIA_EXTENT_ANY}};
    const dia_status status = dia_members_load(head_fields, catalogue, &extents, store, "", NULL, error);
    if (status != DIA_OK)
        return status;
    if (extents.of['A'] < 1 || extents.of['A'] > INT_MAX / 3 || (extents.of['D'] != 1 && extents.of['D'] != 3))
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: dataset 'molecule/reference': expected the shape (atoms, 3), or (coordinates, 1) of "
                             "a model system",
                             dia_store_path(store));
    m->natom = (int)extents.of['A'], m->dimension = (int)extents.of['D'], m->ncart = m->natom * m->dimension;
    for (int a = 0; a < m->natom; a++)
        if (dia_element_symbol(m->numbers[a]) == NULL)
            return dia_error_set(error, DIA_ERROR_FILE,
                                 "%s: dataset 'molecule/numbers', atom %d: there is no element with atomic number %d",
                                 dia_store_path(store), a, m->numbers[a]);
    return DIA_OK;
}

/* The numbers, and with them how many points there are. */
static dia_status read_numbers(dia_catalogue *catalogue, const dia_store *store, dia_error *error)
{
    dia_extents extents = extents_of(catalogue);
    extents.of['P'] = DIA_EXTENT_ANY;
    dia_status status = dia_members_load(fields, catalogue, &extents, store, "points", NULL, error);
    catalogue->npoint = status == DIA_OK ? (int)extents.of['P'] : 0;
    if (status != DIA_OK)
        return status;
    extents.of['K'] = DIA_EXTENT_ANY;
    if (dia_store_has(store, "points/directions")) {
        status = dia_members_load(space_fields, catalogue, &extents, store, "points", NULL, error);
    } else {
        extents.of['K'] = 0;
        status = dia_members_reserve(space_fields, catalogue, &extents, error);
        for (int i = 0; status == DIA_OK && i < catalogue->npoint; i++)
            catalogue->directions[i] = -1;
    }
    catalogue->ndirection = status == DIA_OK ? (int)extents.of['K'] : 0;
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
    const char *path = dia_store_path(store);
    const size_t n = (size_t)catalogue->molecule.ncart;
    for (int i = 0; i < catalogue->npoint; i++) {
        const int first = catalogue->first[i], count = catalogue->count[i];
        if (first > catalogue->nstate - count)
            return dia_error_set(error, DIA_ERROR_FILE,
                                 "%s: dataset 'points/first', point %d: states %d to %d meet, expected one to %d "
                                 "neighbouring states of the file",
                                 path, i, first, first + count - 1, DIA_DEGENERATE_MAX);
        if (catalogue->directions[i] > catalogue->ndirection && catalogue->ndirection > 0)
            return dia_error_set(
                error, DIA_ERROR_FILE,
                "%s: dataset 'points/directions', point %d: %d, but 'points/branching' has room for %d", path, i,
                catalogue->directions[i], catalogue->ndirection);
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
        status = read_head(catalogue, store, error);
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
