/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/catalogue.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS_MAX = 10000000, STATES_MAX = 1000 };

/* ---- the datasets, once for memory, writer and reader ---------------------------------------- */

typedef enum shape { EACH, STATES, METHODS, COORDINATES, VECTOR } shape; /* what follows the index of the point */

static const struct field {
    const char *name; /* below points/ */
    dia_number number;
    shape shape;
    const char *unit;
    size_t offset;
} fields[] = {
#define FIELD(name, member, number, shape, unit)                                                                       \
    {                                                                                                                  \
        name, DIA_NUMBER_##number, shape, unit, offsetof(dia_catalogue, member)                                        \
    }
    FIELD("first", first, INT, EACH, "1"),
    FIELD("count", count, INT, EACH, "1"),
    FIELD("order", order, INT, EACH, "1"),
    FIELD("starts", starts, INT, EACH, "1"),
    FIELD("method", method, INT, EACH, "1"),
    FIELD("reached", reached, INT, METHODS, "1"),
    FIELD("position", R, REAL, VECTOR, "bohr"),
    FIELD("energies", E, REAL, STATES, "hartree"),
    FIELD("gap", gap, REAL, EACH, "hartree"),
    FIELD("gradient", gradient, REAL, EACH, "hartree/bohr"),
    FIELD("frequencies", frequency, REAL, COORDINATES, "hartree"),
    FIELD("g", g, REAL, VECTOR, "hartree/bohr"),
    FIELD("h", h, REAL, VECTOR, "hartree/bohr"),
    FIELD("x", x, REAL, VECTOR, "1"),
    FIELD("y", y, REAL, VECTOR, "1"),
    FIELD("s", s, REAL, VECTOR, "hartree/bohr"),
    FIELD("pitch", pitch, REAL, EACH, "hartree/bohr"),
    FIELD("asymmetry", asymmetry, REAL, EACH, "1"),
    FIELD("tilt", tilt, REAL, EACH, "1"),
    FIELD("heading", heading, REAL, EACH, "rad"),
    FIELD("P", P, REAL, EACH, "1"),
    FIELD("B", B, REAL, EACH, "1"),
#undef FIELD
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

/* The array of a field; memcpy, since int ** and double ** must not be used as void **. */
static void *array_of(const dia_catalogue *catalogue, const struct field *field)
{
    void *array;
    memcpy(&array, (const char *)catalogue + field->offset, sizeof array);
    return array;
}

static void set_array(dia_catalogue *catalogue, const struct field *field, void *array)
{
    memcpy((char *)catalogue + field->offset, &array, sizeof array);
}

static int extents(const dia_catalogue *catalogue, const struct field *field, size_t dims[3])
{
    dims[0] = (size_t)catalogue->npoint;
    dims[1] = dims[2] = 1;
    switch (field->shape) {
    case STATES:
        dims[1] = (size_t)catalogue->nstate;
        return 2;
    case METHODS:
        dims[1] = DIA_SEARCH_METHODS;
        return 2;
    case COORDINATES:
        dims[1] = (size_t)catalogue->molecule.ncart;
        return 2;
    case VECTOR:
        dims[1] = (size_t)catalogue->molecule.natom;
        dims[2] = (size_t)catalogue->molecule.dimension;
        return 3;
    default:
        return 1;
    }
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
    for (int f = 0; f < FIELDS; f++)
        free(array_of(catalogue, &fields[f]));
    free(catalogue->model_digest);
    free(catalogue->zero_text);
    dia_molecule_free(&catalogue->molecule);
    *catalogue = (dia_catalogue){0};
}

static bool allocate(dia_catalogue *catalogue)
{
    const size_t n = (size_t)catalogue->npoint;
    catalogue->name = calloc(n + 1, sizeof *catalogue->name);
    catalogue->label = calloc(n + 1, sizeof *catalogue->label);
    bool good = catalogue->name != NULL && catalogue->label != NULL;
    for (int f = 0; f < FIELDS && good; f++) {
        size_t dims[3];
        extents(catalogue, &fields[f], dims);
        const size_t size = fields[f].number == DIA_NUMBER_REAL ? sizeof(double) : sizeof(int);
        const size_t count = dims[0] * dims[1] * dims[2];
        void *array = calloc(count + 1, size); /* + 1: zero points must not look like a failed allocation */
        set_array(catalogue, &fields[f], array);
        good = array != NULL;
        for (size_t i = 0; good && fields[f].number == DIA_NUMBER_REAL && i < count; i++)
            ((double *)array)[i] = NAN;
    }
    for (size_t i = 0; good && i < n; i++)
        catalogue->order[i] = -1;
    return good;
}

dia_status dia_catalogue_init(dia_catalogue *catalogue, const dia_molecule *molecule, int npoint, int nstate,
                              dia_error *error)
{
    *catalogue = (dia_catalogue){.npoint = npoint, .nstate = nstate};
    dia_status status = dia_molecule_copy(&catalogue->molecule, molecule, error);
    if (status == DIA_OK && !allocate(catalogue))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d points", npoint);
    if (status != DIA_OK)
        dia_catalogue_free(catalogue);
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void write_molecule(const dia_molecule *molecule, dia_writer *root)
{
    const size_t natom = (size_t)molecule->natom;
    dia_writer_ints(root, "molecule/numbers", natom, molecule->numbers);
    dia_writer_reals(root, "molecule/masses", "electron_mass", natom, molecule->masses);
    dia_writer_vectors(root, "molecule/reference", "bohr", DIA_WRITER_ONE, molecule->natom, molecule->dimension,
                       molecule->reference);
}

/* A point without a text gets an empty one. */
static void write_texts(const dia_catalogue *catalogue, dia_writer *root, const char *name, char *const *texts)
{
    const size_t n = (size_t)catalogue->npoint;
    const char **filled = calloc(n + 1, sizeof *filled);
    if (filled == NULL && root->status == DIA_OK)
        root->status = dia_error_set(root->error, DIA_ERROR_MEMORY, "out of memory for %zu names", n);
    for (size_t i = 0; i < n && filled != NULL; i++)
        filled[i] = texts[i] != NULL ? texts[i] : "";
    dia_writer_texts(root, name, n, filled);
    free(filled);
}

static void write_field(const dia_catalogue *catalogue, const struct field *field, dia_writer *points)
{
    const dia_molecule *molecule = &catalogue->molecule;
    size_t dims[3];
    const int rank = extents(catalogue, field, dims);
    if (field->shape == VECTOR)
        dia_writer_vectors(points, field->name, field->unit, dims[0], molecule->natom, molecule->dimension,
                           array_of(catalogue, field));
    else
        dia_writer_write(points, field->name, field->unit, field->number, rank, dims, array_of(catalogue, field));
}

dia_status dia_catalogue_write(const dia_catalogue *catalogue, dia_store *store, dia_error *error)
{
    static const char methods[] = "projection lagrange_newton penalty";
    dia_writer root = {.store = store, .name = "", .error = error};
    write_molecule(&catalogue->molecule, &root);
    dia_writer_set_text(&root, "model_digest", catalogue->model_digest);
    dia_writer_set_int(&root, "states", catalogue->nstate);
    dia_writer_set_real(&root, "zero", catalogue->zero);
    dia_writer_set_text(&root, "zero_text", catalogue->zero_text);
    write_texts(catalogue, &root, "points/name", catalogue->name);
    write_texts(catalogue, &root, "points/label", catalogue->label);
    dia_writer points = {.store = store, .name = "points", .error = error, .status = root.status};
    for (int f = 0; f < FIELDS; f++)
        write_field(catalogue, &fields[f], &points);
    dia_writer_mark(&points, "method", "methods", methods);
    dia_writer_mark(&points, "reached", "methods", methods);
    return points.status;
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

static dia_status read_extents(dia_catalogue *catalogue, const dia_store *store, dia_error *error)
{
    int rank = 0;
    size_t dims[8] = {0};
    dia_status status = dia_store_shape(store, "points/energies", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 2 || dims[0] > POINTS_MAX || dims[1] < 1 || dims[1] > STATES_MAX)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: dataset 'points/energies': expected the shape (points, states)",
                             dia_store_path(store));
    const size_t natom = (size_t)catalogue->molecule.natom, dimension = (size_t)catalogue->molecule.dimension;
    const size_t npoint = dims[0], nstate = dims[1];
    status = dia_store_shape(store, "points/position", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 3 || dims[0] != npoint || dims[1] != natom || dims[2] != dimension) /* before memory is asked for */
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: dataset 'points/position': expected the shape (%zu, %zu, %zu) of %zu points",
                             dia_store_path(store), npoint, natom, dimension, npoint);
    catalogue->npoint = (int)npoint;
    catalogue->nstate = (int)nstate;
    return DIA_OK;
}

static dia_status read_texts(dia_catalogue *catalogue, const dia_store *store, const char *name, char **texts,
                             dia_error *error)
{
    char **found = NULL;
    dia_status status = dia_store_read_texts(store, name, (size_t)catalogue->npoint, &found, error);
    for (int i = 0; i < catalogue->npoint && status == DIA_OK; i++) {
        texts[i] = strdup(found[i]);
        if (texts[i] == NULL)
            status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d names", catalogue->npoint);
    }
    free(found);
    return status;
}

static dia_status mistake(const dia_store *store, const char *name, int i, const char *found, const char *expected,
                          dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'points/%s', point %d: %s, expected %s",
                         dia_store_path(store), name, i, found, expected);
}

/* The smallest value that a field may have; those of reals are NaN where they do not apply. */
static double least(const struct field *field)
{
    static const char *const counted[] = {"first", "count", "starts", "method", "reached", "gap", "gradient"};
    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++)
        if (strcmp(field->name, counted[i]) == 0)
            return 0;
    return strcmp(field->name, "order") == 0 ? -1 : -1e12;
}

/* Numbers of sensible size, in the unit that docs/intersections-file.md says. Geometries and energies are never missing. P and B are
 * quotients without an upper bound; B of a round cone is infinite. */
static dia_status check_field(const dia_catalogue *catalogue, const struct field *field, const dia_store *store,
                              dia_error *error)
{
    char name[64], found[40];
    size_t dims[3];
    double factor = 1;
    const bool real = field->number == DIA_NUMBER_REAL;
    const bool needed = strcmp(field->name, "position") == 0 || strcmp(field->name, "energies") == 0;
    const double most = strcmp(field->name, "P") == 0 || strcmp(field->name, "B") == 0 ? INFINITY : 1e12;
    const void *values = array_of(catalogue, field);
    extents(catalogue, field, dims);
    snprintf(name, sizeof name, "points/%s", field->name);
    dia_status status = dia_store_unit(store, name, field->unit, &factor, NULL, error);
    if (status == DIA_OK && factor != 1)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: dataset '%s' has another unit than '%s'",
                               dia_store_path(store), name, field->unit);
    for (size_t i = 0; i < dims[0] * dims[1] * dims[2] && status == DIA_OK; i++) {
        const double x = real ? ((const double *)values)[i] : ((const int *)values)[i];
        snprintf(found, sizeof found, "%.10g", x);
        if (!(x >= least(field) && x <= most) && !(isnan(x) && !needed))
            status =
                mistake(store, field->name, (int)(i / (dims[1] * dims[2])), found, "a number of sensible size", error);
    }
    return status;
}

/* A name is a single line of limited length. */
static dia_status check_texts(const dia_catalogue *catalogue, const dia_store *store, const char *name,
                              char *const *texts, dia_error *error)
{
    enum { LONGEST = 200 };
    for (int i = 0; i < catalogue->npoint; i++) {
        bool good = strlen(texts[i]) <= LONGEST;
        for (const char *c = texts[i]; *c != '\0'; c++)
            good = good && (unsigned char)*c >= ' ' && *c != '\x7f' && *c != '"';
        if (!good)
            return mistake(store, name, i, "a text that is none", "a name of one line", error);
    }
    return DIA_OK;
}

/* What the readers of a catalogue rely on. */
static dia_status check(const dia_catalogue *catalogue, const dia_store *store, dia_error *error)
{
    const dia_molecule *m = &catalogue->molecule;
    const size_t n = (size_t)m->ncart;
    dia_status status = check_texts(catalogue, store, "name", catalogue->name, error);
    if (status == DIA_OK)
        status = check_texts(catalogue, store, "label", catalogue->label, error);
    for (int f = 0; f < FIELDS && status == DIA_OK; f++)
        status = check_field(catalogue, &fields[f], store, error);
    for (int a = 0; a < m->natom && status == DIA_OK; a++)
        if (!(m->masses[a] > 0 && m->masses[a] < 1e12))
            status = dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'molecule/masses', atom %d: %g, expected a mass",
                                   dia_store_path(store), a, m->masses[a]);
    for (size_t c = 0; c < n && status == DIA_OK; c++)
        if (!isfinite(m->reference[c]))
            status = dia_error_set(error, DIA_ERROR_FILE, "%s: dataset 'molecule/reference' is not finite",
                                   dia_store_path(store));
    if (status == DIA_OK && (!isfinite(catalogue->zero) || strlen(catalogue->zero_text) > 1000))
        status = dia_error_set(error, DIA_ERROR_FILE,
                               "%s: attributes 'zero' and 'zero_text': expected an energy and what it is",
                               dia_store_path(store));
    for (int i = 0; i < catalogue->npoint && status == DIA_OK; i++) {
        const int first = catalogue->first[i], count = catalogue->count[i];
        char found[80];
        snprintf(found, sizeof found, "states %d to %lld meet", first, (long long)first + count - 1);
        if (count < 1 || count > DIA_DEGENERATE_MAX || first > catalogue->nstate - count)
            return mistake(store, "first", i, found, "one to three neighbouring states of the file", error);
        snprintf(found, sizeof found, "method %d", catalogue->method[i]);
        if (catalogue->method[i] >= DIA_SEARCH_METHODS)
            return mistake(store, "method", i, found, "0, 1 or 2", error);
        for (size_t c = 0; c < n && count == 2; c++)
            if (!isfinite(catalogue->x[(size_t)i * n + c]) || !isfinite(catalogue->y[(size_t)i * n + c]))
                return mistake(store, "x", i, "a number that is not finite", "the branching plane", error);
    }
    return status;
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
        status = read_extents(catalogue, store, error);
    if (status == DIA_OK && !allocate(catalogue))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d points", catalogue->npoint);
    if (status == DIA_OK)
        status = read_texts(catalogue, store, "points/name", catalogue->name, error);
    if (status == DIA_OK)
        status = read_texts(catalogue, store, "points/label", catalogue->label, error);
    for (int f = 0; f < FIELDS && status == DIA_OK; f++) {
        char name[64];
        size_t dims[3];
        const int rank = extents(catalogue, &fields[f], dims);
        snprintf(name, sizeof name, "points/%s", fields[f].name);
        status = dia_store_read(store, name, fields[f].number, rank, dims, array_of(catalogue, &fields[f]), error);
    }
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
