/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NumPy's .npz: a zip archive of .npy arrays (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html). Arrays of
 * objects would need Python to be run, and are refused. Units: nothing is stated but by arrays of text called length_unit,
 * energy_unit, gradient_unit, coupling_unit; else they are asked for. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

#include "base/arena.h"
#include "base/number.h"
#include "convert/convert.h"

/* ---- one array ------------------------------------------------------------------------------- */

typedef struct npy {
    dia_array array;    /* of numbers; of texts only the shape                            */
    char kind;          /* f, i, u, b: numbers; U, S: texts                               */
    size_t item;        /* bytes of an element                                            */
    bool swapped;       /* big-endian                                                     */
    bool fortran;       /* the first index runs fastest                                   */
    unsigned char *raw; /* the whole entry                                         owned */
    size_t size, first; /* of raw; where the elements begin                              */
} npy;

static dia_status refuse(const dia_import *import, const char *name, const char *why, dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_INPUT, "%s: array '%s': %s", import->path, name, why);
}

/* The text behind 'key': in a Python dictionary that NumPy has written. */
static const char *entry_of(const char *header, const char *key)
{
    char quoted[40];
    snprintf(quoted, sizeof quoted, "'%s':", key);
    const char *at = strstr(header, quoted);
    return at != NULL ? at + strlen(quoted) + strspn(at + strlen(quoted), " ") : NULL;
}

static bool read_shape(const char *at, int *rank, size_t *dims)
{
    *rank = 0;
    if (at == NULL || *at++ != '(')
        return false;
    for (;;) {
        char word[24];
        long long value;
        at += strspn(at, " ,");
        if (*at == ')')
            return true;
        const size_t digits = strspn(at, "0123456789");
        if (digits == 0 || digits >= sizeof word || *rank == DIA_ARRAY_RANK)
            return false;
        snprintf(word, sizeof word, "%.*s", (int)digits, at);
        if (!dia_text_integer(word, 0, (long long)1 << 31, &value, 0, NULL))
            return false;
        dims[(*rank)++] = (size_t)value;
        at += digits;
    }
}

/* "<f8": order of bytes, kind, size. */
static bool read_type(npy *n, const char *at)
{
    char word[12];
    int item;
    if (at == NULL || at[0] != '\'' || strchr("<>=|", at[1]) == NULL || at[1] == '\0' || at[2] == '\0')
        return false;
    n->swapped = at[1] == '>';
    n->kind = at[2];
    const size_t digits = strspn(at + 3, "0123456789");
    if (digits == 0 || digits >= sizeof word || at[3 + digits] != '\'')
        return false;
    snprintf(word, sizeof word, "%.*s", (int)digits, at + 3);
    if (!dia_text_int(word, 1, 100000, &item, 0, NULL))
        return false;
    n->item = (size_t)item * (n->kind == 'U' ? 4 : 1);
    return true;
}

static dia_status read_header(const dia_import *import, const char *name, npy *n, dia_error *error)
{
    char header[4096];
    size_t dims[DIA_ARRAY_RANK], length, start;
    int rank;
    if (n->size < 12 || memcmp(n->raw, "\x93NUMPY", 6) != 0)
        return refuse(import, name, "no .npy array", error);
    start = n->raw[6] == 1 ? 10 : 12;
    length = n->raw[8] + ((size_t)n->raw[9] << 8) +
             (start == 12 ? ((size_t)n->raw[10] << 16) + ((size_t)n->raw[11] << 24) : 0);
    if (length >= sizeof header || start + length > n->size)
        return refuse(import, name, "its header is damaged", error);
    memcpy(header, n->raw + start, length);
    header[length] = '\0';
    n->first = start + length;
    const char *order = entry_of(header, "fortran_order"), *type = entry_of(header, "descr");
    if (type != NULL && (strncmp(type, "'|O", 3) == 0 || strncmp(type, "'O", 2) == 0))
        return refuse(import, name,
                      "an array of Python objects, which only Python can read: save arrays of numbers (missing: NaN)",
                      error);
    if (!read_type(n, type) || order == NULL || !read_shape(entry_of(header, "shape"), &rank, dims))
        return refuse(import, name, "its header is damaged, or it is a structured array", error);
    n->fortran = strncmp(order, "True", 4) == 0;
    size_t count = 1;
    for (int i = 0; i < rank; i++) {
        if (dims[i] > 0 && count > ((size_t)1 << 31) / dims[i])
            return refuse(import, name, "its shape is too large", error);
        count *= dims[i];
    }
    if (n->size - n->first != count * n->item)
        return refuse(import, name, "its shape does not fit its size", error);
    n->array = (dia_array){.rank = rank, .count = count};
    memcpy(n->array.dims, dims, (size_t)rank * sizeof *dims);
    return DIA_OK;
}

static bool number_at(const npy *n, size_t i, double *value)
{
    unsigned char b[8] = {0};
    if (n->item > 8)
        return false;
    for (size_t k = 0; k < n->item; k++)
        b[k] = n->raw[n->first + i * n->item + (n->swapped ? n->item - 1 - k : k)];
    uint64_t bits = 0;
    for (size_t k = 0; k < 8; k++)
        bits |= (uint64_t)b[k] << (8 * k);
    if (n->kind == 'f' && n->item == 8) {
        memcpy(value, &bits, 8);
    } else if (n->kind == 'f' && n->item == 4) {
        const uint32_t low = (uint32_t)bits;
        float single;
        memcpy(&single, &low, 4);
        *value = (double)single;
    } else if (n->kind == 'i') {
        const unsigned shift = (unsigned)(64 - 8 * n->item);
        *value = (double)((int64_t)(bits << shift) >> shift);
    } else if (n->kind == 'u' || n->kind == 'b') {
        *value = (double)bits;
    } else {
        return false;
    }
    return true;
}

/* Where the element with the i-th index, the last running fastest, lies in an array whose first runs fastest. */
static size_t turned(const dia_array *a, size_t i)
{
    size_t at = 0, stride = a->count;
    for (int d = a->rank - 1; d >= 0; d--) {
        stride /= a->dims[d];
        at += i % a->dims[d] * stride;
        i /= a->dims[d];
    }
    return at;
}

static dia_status read_numbers(const dia_import *import, const char *name, npy *n, dia_error *error)
{
    const dia_array shape = n->array;
    if (!dia_array_make(&n->array, shape.rank, shape.dims))
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for array '%s'", import->path, name);
    for (size_t i = 0; i < shape.count; i++)
        if (!number_at(n, n->fortran ? turned(&shape, i) : i, &n->array.values[i]))
            return refuse(import, name, "expected real or whole numbers of at most 64 bits", error);
    return DIA_OK;
}

static void free_npy(npy *n)
{
    free(n->raw);
    dia_array_free(&n->array);
    *n = (npy){0};
}

/* An element of an array of texts, in UTF-8 as far as it is ASCII. */
static void text_at(const npy *n, size_t i, size_t size, char *text)
{
    const unsigned char *at = n->raw + n->first + i * n->item;
    const size_t wide = n->kind == 'U' ? 4 : 1, low = n->kind == 'U' && n->swapped ? 3 : 0;
    size_t length = 0;
    for (size_t k = 0; k < n->item / wide && length + 1 < size && at[k * wide + low] != 0; k++)
        text[length++] = at[k * wide + low] < 128 ? (char)at[k * wide + low] : '?';
    text[length] = '\0';
}

/* ---- the archive ----------------------------------------------------------------------------- */

static bool has(const void *context, const char *name)
{
    char entry[300];
    const int length = snprintf(entry, sizeof entry, "%s.npy", name);
    return length > 0 && (size_t)length < sizeof entry && zip_name_locate((zip_t *)(uintptr_t)context, entry, 0) >= 0;
}

/* The bytes of NAME.npy. Deflate shrinks at most 1032 times: a larger size is a lie. */
static dia_status unpack(const dia_import *import, zip_t *zip, const char *name, npy *n, dia_error *error)
{
    char entry[300];
    zip_stat_t about;
    snprintf(entry, sizeof entry, "%s.npy", name);
    if (zip_stat(zip, entry, 0, &about) != 0 || (about.valid & ZIP_STAT_SIZE) == 0 ||
        (about.valid & ZIP_STAT_COMP_SIZE) == 0 || about.size > ((uint64_t)1 << 34) ||
        about.size > 1100 * about.comp_size + 1000)
        return refuse(import, name, "its entry in the archive is damaged", error);
    n->size = (size_t)about.size;
    n->raw = malloc(n->size + 1);
    zip_file_t *file = n->raw != NULL ? zip_fopen(zip, entry, 0) : NULL;
    const zip_int64_t got = file != NULL ? zip_fread(file, n->raw, n->size) : -1;
    const bool whole = file != NULL && zip_fclose(file) == 0 && got == (zip_int64_t)n->size;
    if (n->raw == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for array '%s'", import->path, name);
    return whole ? DIA_OK : refuse(import, name, "its entry in the archive is damaged", error);
}

static dia_status load(const dia_import *import, zip_t *zip, const char *name, npy *n, dia_error *error)
{
    *n = (npy){0};
    dia_status status = unpack(import, zip, name, n, error);
    if (status == DIA_OK)
        status = read_header(import, name, n, error);
    if (status == DIA_OK && n->kind != 'U' && n->kind != 'S')
        status = read_numbers(import, name, n, error);
    if (status != DIA_OK)
        free_npy(n);
    return status;
}

/* ---- the data set ---------------------------------------------------------------------------- */

enum { NUMBERS, POSITIONS, ENERGIES, GRADIENTS, FORCES, COUPLINGS, DIPOLES, GROUP, PARTS };
static const char *const quantities[PARTS] = {"numbers", "positions", "energies", "gradients",
                                              "forces",  "couplings", "dipoles",  "group"};

typedef struct set {
    npy part[PARTS];
    const char *name[PARTS];
    int natom, nstate, npoint;
    int *numbers;
    double *gradient, *coupling, *dipole; /* of a point, owned */
} set;

static const char *const units[DIA_UNIT_KINDS] = {"length_unit", "energy_unit", "gradient_unit", "coupling_unit",
                                                  "dipole_unit"};

/* Arrays that nothing is taken from. */
static void name_others(dia_import *import, zip_t *zip, const set *s)
{
    for (zip_int64_t k = 0; k < zip_get_num_entries(zip, 0); k++) {
        const char *entry = zip_get_name(zip, (zip_uint64_t)k, 0);
        char name[200];
        bool taken = false;
        snprintf(name, sizeof name, "%s", entry != NULL ? entry : "");
        if (dia_import_ends(name, ".npy"))
            name[strlen(name) - 4] = '\0';
        for (int i = 0; i < PARTS; i++) /* of gradients and forces the former are read */
            taken = taken || (s->name[i] != NULL && strcmp(s->name[i], name) == 0 &&
                              (i != FORCES || s->name[GRADIENTS] == NULL));
        for (int kind = 0; kind < DIA_UNIT_KINDS; kind++)
            taken = taken || strcmp(units[kind], name) == 0;
        char quoted[210];
        snprintf(quoted, sizeof quoted, "'%.100s'", name);
        if (!taken)
            dia_import_leave_out(import, quoted);
    }
}

static dia_status load_all(dia_import *import, zip_t *zip, set *s, dia_error *error)
{
    dia_status status = DIA_OK;
    for (int i = 0; i < PARTS && status == DIA_OK; i++) {
        s->name[i] = dia_import_find(import, quantities[i], has, zip);
        if (s->name[i] != NULL)
            status = load(import, zip, s->name[i], &s->part[i], error);
    }
    if (status == DIA_OK)
        status = dia_import_check_found(import, error);
    if (status == DIA_OK)
        name_others(import, zip, s);
    for (int kind = 0; kind < DIA_UNIT_KINDS && status == DIA_OK; kind++) {
        npy text = {0};
        if (!has(zip, units[kind]))
            continue;
        status = load(import, zip, units[kind], &text, error);
        if (status == DIA_OK && (text.kind == 'U' || text.kind == 'S') && text.array.count == 1) {
            char unit[64];
            text_at(&text, 0, sizeof unit, unit);
            dia_import_state_unit(import, kind, unit);
        }
        free_npy(&text);
    }
    return status;
}

static dia_status check_shapes(const dia_import *import, set *s, dia_error *error)
{
    const dia_array *R = &s->part[POSITIONS].array, *Z = &s->part[NUMBERS].array, *E = &s->part[ENERGIES].array;
    char shape[3][100];
    for (int i = NUMBERS; i <= ENERGIES; i++)
        if (s->name[i] == NULL)
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: no array of %s: name it by --key %s=NAME", import->path,
                                 quantities[i], quantities[i]);
    const bool positions = R->rank == 3 && R->dims[2] == 3 && R->dims[0] > 0 && R->dims[0] < 50000000 &&
                           R->dims[1] > 0 && R->dims[1] <= DIA_IMPORT_ATOMS && R->values != NULL;
    const bool numbers = Z->values != NULL && positions &&
                         ((Z->rank == 1 && Z->dims[0] == R->dims[1]) ||
                          (Z->rank == 2 && Z->dims[0] == R->dims[0] && Z->dims[1] == R->dims[1]));
    const bool energies = E->values != NULL && positions && (E->rank == 1 || E->rank == 2) &&
                          E->dims[0] == R->dims[0] &&
                          (E->rank == 1 || (E->dims[1] > 0 && E->dims[1] <= DIA_IMPORT_STATES));
    if (!positions || !numbers || !energies)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: %s is %s, %s is %s, %s is %s; expected (npoint, natom, 3), (natom), (npoint, nstate)",
                             import->path, s->name[POSITIONS], dia_array_shape(R, 100, shape[0]), s->name[NUMBERS],
                             dia_array_shape(Z, 100, shape[1]), s->name[ENERGIES], dia_array_shape(E, 100, shape[2]));
    s->npoint = (int)R->dims[0];
    s->natom = (int)R->dims[1];
    s->nstate = E->rank == 1 ? 1 : (int)E->dims[1];
    for (int i = GRADIENTS; i <= DIPOLES; i++)
        if (s->name[i] != NULL &&
            (s->part[i].array.values == NULL || s->part[i].array.rank < 2 || s->part[i].array.dims[0] != R->dims[0]))
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: '%s' is %s; expected an entry for each of %d points",
                                 import->path, s->name[i], dia_array_shape(&s->part[i].array, 100, shape[0]),
                                 s->npoint);
    return DIA_OK;
}

static void group_of(const set *s, int p, size_t size, char *text)
{
    const npy *g = &s->part[GROUP];
    if (g->kind == 'U' || g->kind == 'S')
        text_at(g, (size_t)p, size, text);
    else
        snprintf(text, size, "%.15g", g->array.values[p]);
}

static dia_status add_point(dia_import *import, set *s, int p, dia_error *error)
{
    const size_t point = (size_t)p, natom = (size_t)s->natom, ns = (size_t)s->nstate;
    const int slope = s->name[GRADIENTS] != NULL ? GRADIENTS : FORCES;
    char group[200];
    dia_status status = DIA_OK;
    dia_import_where(import, "%s: point %d", import->path, p);
    for (size_t a = 0; a < natom; a++) {
        const dia_array *Z = &s->part[NUMBERS].array;
        const double z = Z->values[(Z->rank == 2 ? point * natom : 0) + a];
        s->numbers[a] = z >= 1.0 && z < 200.0 ? (int)z : -1;
    }
    if (s->name[slope] != NULL) {
        dia_array row = dia_array_row(&s->part[slope].array, point);
        status = dia_import_gradients(import, s->name[slope], &row, false, slope == FORCES ? -1.0 : 1.0, s->natom,
                                      s->nstate, s->nstate == 1 ? 0 : -1, s->gradient, error);
    }
    if (status == DIA_OK && s->name[COUPLINGS] != NULL) {
        dia_array row = dia_array_row(&s->part[COUPLINGS].array, point);
        status =
            dia_import_couplings(import, s->name[COUPLINGS], &row, false, 1.0, s->natom, s->nstate, s->coupling, error);
    }
    bool dipolar = false;
    if (status == DIA_OK && s->name[DIPOLES] != NULL) {
        dia_array row = dia_array_row(&s->part[DIPOLES].array, point);
        status =
            dia_import_dipoles(import, s->name[DIPOLES], &row, s->nstate, 0, s->nstate, s->dipole, &dipolar, error);
    }
    if (s->name[GROUP] != NULL)
        group_of(s, p, sizeof group, group);
    const dia_import_frame frame = {.natom = s->natom,
                                    .nstate = s->nstate,
                                    .numbers = s->numbers,
                                    .R = s->part[POSITIONS].array.values + point * 3 * natom,
                                    .energy = s->part[ENERGIES].array.values + point * ns,
                                    .gradient = s->name[slope] != NULL ? s->gradient : NULL,
                                    .coupling = s->name[COUPLINGS] != NULL ? s->coupling : NULL,
                                    .dipole = dipolar ? s->dipole : NULL,
                                    .group = s->name[GROUP] != NULL ? group : NULL};
    return status == DIA_OK ? dia_import_add(import, &frame, error) : status;
}

static dia_status add_points(dia_import *import, set *s, dia_error *error)
{
    const size_t ncart = 3 * (size_t)s->natom, ns = (size_t)s->nstate;
    s->numbers = calloc((size_t)s->natom, sizeof *s->numbers);
    if (s->numbers == NULL ||
        !DIA_PARTS({&s->gradient, ns * ncart}, {&s->coupling, ns * ns * ncart}, {&s->dipole, ns * ns * 3}))
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", import->path);
    if (s->name[GROUP] != NULL && (s->part[GROUP].array.rank != 1 || s->part[GROUP].array.count != (size_t)s->npoint))
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: '%s': expected a name for each of %d points", import->path,
                             s->name[GROUP], s->npoint);
    dia_status status = DIA_OK;
    for (int p = 0; p < s->npoint && status == DIA_OK; p++)
        status = add_point(import, s, p, error);
    return status;
}

static dia_status read_all(dia_import *import, dia_error *error)
{
    set s = {0};
    int why = 0;
    zip_t *zip = zip_open(import->path, ZIP_RDONLY, &why);
    if (zip == NULL)
        return dia_error_set(error, DIA_ERROR_FILE,
                             "%s: cannot be opened as an archive of NumPy arrays (libzip: error %d)", import->path,
                             why);
    dia_status status = load_all(import, zip, &s, error);
    if (status == DIA_OK)
        status = dia_files_add(&import->files, import->path, error);
    if (status == DIA_OK)
        status = check_shapes(import, &s, error);
    if (status == DIA_OK)
        status = add_points(import, &s, error);
    for (int i = 0; i < PARTS; i++)
        free_npy(&s.part[i]);
    free(s.numbers);
    free(s.gradient);
    zip_discard(zip);
    return status;
}

static bool recognise(const char *path)
{
    char head[8];
    return dia_import_head(path, sizeof head, head) > 3 && memcmp(head, "PK\3\4", 4) == 0;
}

const dia_convert_format dia_convert_format_npz = {
    .name = "npz", .suffixes = "", .summary = "arrays of NumPy", .recognise = recognise, .read = read_all};
