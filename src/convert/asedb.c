/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SQLite data bases of ASE (https://wiki.fysik.dtu.dk/ase/ase/db/db.html), as SchNetPack, SchNarc and SPaiNN keep their data in: a row a
 * geometry; labels in the column `data`, as JSON with arrays either in it or in the bytes before it, else in the columns `energy` and
 * `forces`. Units: of the metadata (_distance_unit, _property_unit_dict), which SPaiNN writes; an ordinary data base of ASE holds
 * Angstrom and eV. SPaiNN's nacs are d_ij = <i|d/dR j> (of SHARC), its smooth_nacs (E_i - E_j) d_ij = -h_ij: measured on its
 * data of CH2NH2+. */
#include <math.h>
#include <sqlite3.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/unit.h"
#include "convert/convert.h"

typedef struct base {
    sqlite3 *db;
    sqlite3_stmt *rows;
    json_t *metadata; /* or NULL                                        */
    int nsinglet, ntriplet;
    /* of the present row */
    json_t *data;       /* owned                                        */
    const uint8_t *raw; /* the bytes that hold its arrays; borrowed     */
    size_t size;
    int natom, nstate;
    int *numbers;                         /* owned, room for `room` atoms        */
    double *gradient, *coupling, *dipole; /* owned                      */
    int room_atoms, room_states;
} base;

enum { ID, NUMBERS, POSITIONS, ENERGY, FORCES, DATA, PBC, DIPOLE };

static dia_status sql_error(const dia_import *import, const base *b, dia_error *error)
{
    return dia_error_set(error, DIA_ERROR_FILE, "%s: cannot be read as a data base of ASE: %s", import->path,
                         sqlite3_errmsg(b->db));
}

/* ---- metadata -------------------------------------------------------------------------------- */

static dia_status read_metadata(dia_import *import, base *b, dia_error *error)
{
    sqlite3_stmt *statement = NULL;
    dia_status status = DIA_OK;
    if (sqlite3_prepare_v2(b->db, "SELECT value FROM information WHERE name = 'metadata'", -1, &statement, NULL) ==
            SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_text(statement, 0) != NULL) {
        const char *text = (const char *)sqlite3_column_text(statement, 0);
        char where[1300];
        snprintf(where, sizeof where, "%s: metadata", import->path);
        status = dia_json_parse(&b->metadata, text, strlen(text), where, error);
    }
    sqlite3_finalize(statement);
    if (status == DIA_OK && b->metadata != NULL) {
        const char *level = json_string_value(json_object_get(b->metadata, "ReferenceMethod"));
        b->nsinglet = (int)json_integer_value(json_object_get(b->metadata, "n_singlets"));
        b->ntriplet = (int)json_integer_value(json_object_get(b->metadata, "n_triplets"));
        import->level = level != NULL ? strdup(level) : NULL;
    }
    return status;
}

/* A unit of the metadata; "1", which SPaiNN writes for couplings, says nothing. */
static const char *unit_of(const base *b, const char *property)
{
    const json_t *units = json_object_get(b->metadata, "_property_unit_dict");
    const char *unit = property == NULL ? json_string_value(json_object_get(b->metadata, "_distance_unit"))
                                        : json_string_value(json_object_get(units, property));
    return unit == NULL || strcmp(unit, "1") == 0 || unit[0] == '\0' ? NULL : unit;
}

/* ---- a row ----------------------------------------------------------------------------------- */

/* ASE writes either JSON text, or 8 bytes that say where the JSON begins, arrays, and the JSON. */
static dia_status read_data(const dia_import *import, base *b, dia_error *error)
{
    const uint8_t *bytes = sqlite3_column_blob(b->rows, DATA);
    const size_t size = bytes != NULL ? (size_t)sqlite3_column_bytes(b->rows, DATA) : 0;
    uint64_t first = 0;
    json_decref(b->data);
    b->data = NULL;
    b->raw = bytes;
    b->size = 0;
    if (size == 0)
        return DIA_OK;
    if (bytes[0] != '{') {
        for (size_t k = 0; k < 8 && size >= 8; k++)
            first |= (uint64_t)bytes[k] << (8 * k);
        if (first < 8 || first >= size)
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: its data are damaged", import->where);
        b->size = (size_t)first;
    }
    dia_status status =
        dia_json_parse(&b->data, (const char *)bytes + first, size - (size_t)first, import->where, error);
    if (status == DIA_OK && !json_is_object(b->data))
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: its data are no dictionary", import->where);
    return status;
}

static double number_at(const uint8_t *at, bool real, size_t item)
{
    uint64_t bits = 0;
    double value;
    for (size_t k = 0; k < item; k++)
        bits |= (uint64_t)at[k] << (8 * k);
    if (real && item == 8) {
        memcpy(&value, &bits, 8);
        return value;
    }
    if (real) {
        const uint32_t low = (uint32_t)bits;
        float single;
        memcpy(&single, &low, 4);
        return (double)single;
    }
    return item == 8 ? (double)(int64_t)bits : (double)(int32_t)(uint32_t)bits;
}

/* {"__ndarray__": [[shape], "float64", offset in the bytes, or the numbers]} */
static dia_status packed_array(const base *b, const json_t *packed, const char *where, dia_array *array,
                               dia_error *error)
{
    const json_t *shape = json_array_get(packed, 0), *where_to = json_array_get(packed, 2);
    const char *type = json_string_value(json_array_get(packed, 1));
    size_t dims[DIA_ARRAY_RANK], count = 1;
    const size_t rank = json_array_size(shape);
    const bool real = type != NULL && strncmp(type, "float", 5) == 0,
               whole = type != NULL && strncmp(type, "int", 3) == 0;
    const size_t item = type != NULL && strstr(type, "64") != NULL ? 8 : 4;
    bool good = (real || whole) && (strstr(type, "64") != NULL || strstr(type, "32") != NULL) && rank <= DIA_ARRAY_RANK;
    for (size_t i = 0; i < rank && good; i++) {
        const json_int_t extent = json_integer_value(json_array_get(shape, i));
        good = extent >= 0 && extent < ((json_int_t)1 << 31) &&
               (extent == 0 || count <= ((size_t)1 << 31) / (size_t)extent);
        dims[i] = good ? (size_t)extent : 0;
        count *= dims[i];
    }
    if (good && json_is_array(where_to)) {
        dia_array flat;
        dia_status status = dia_array_of_json(&flat, where_to, where, error);
        if (status != DIA_OK)
            return status;
        good = flat.count == count && dia_array_make(array, (int)rank, dims);
        if (good)
            memcpy(array->values, flat.values, count * sizeof *flat.values);
        dia_array_free(&flat);
    } else if (good) {
        const json_int_t offset = json_is_integer(where_to) ? json_integer_value(where_to) : -1;
        good = offset >= 8 && (size_t)offset <= b->size && count <= (b->size - (size_t)offset) / item &&
               dia_array_make(array, (int)rank, dims);
        for (size_t i = 0; i < count && good; i++)
            array->values[i] = number_at(b->raw + offset + i * item, real, item);
    }
    return good ? DIA_OK : dia_error_set(error, DIA_ERROR_INPUT, "%s: a damaged array", where);
}

static dia_status array_of(const dia_import *import, const base *b, const char *name, dia_array *array,
                           dia_error *error)
{
    char where[1400];
    const json_t *value = json_object_get(b->data, name), *packed = json_object_get(value, "__ndarray__");
    *array = (dia_array){0};
    snprintf(where, sizeof where, "%s: '%.100s'", import->where, name);
    return packed != NULL ? packed_array(b, packed, where, array, error)
                          : dia_array_of_json(array, value, where, error);
}

static bool has(const void *context, const char *name)
{
    const base *b = context;
    return json_object_get(b->data, name) != NULL;
}

/* A column of numbers of `item` bytes each. */
static const uint8_t *column(const base *b, int which, size_t item, int *count)
{
    const uint8_t *bytes = sqlite3_column_blob(b->rows, which);
    *count = bytes != NULL ? sqlite3_column_bytes(b->rows, which) / (int)item : 0;
    return bytes;
}

static dia_status take_room(const dia_import *import, base *b, dia_error *error)
{
    if (b->natom <= b->room_atoms && b->nstate <= b->room_states)
        return DIA_OK;
    const size_t ncart = 3 * (size_t)b->natom, n = (size_t)b->nstate;
    free(b->numbers);
    free(b->gradient);
    b->numbers = calloc((size_t)b->natom, sizeof *b->numbers);
    b->gradient = NULL;
    b->room_atoms = b->natom;
    b->room_states = b->nstate;
    return b->numbers != NULL &&
                   DIA_PARTS({&b->gradient, n * ncart}, {&b->coupling, n * n * ncart}, {&b->dipole, n * n * 3})
               ? DIA_OK
               : dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", import->where);
}

/* States of the multiplicity that is read: *first, *count of those the row holds. Without metadata all are alike. */
static dia_status choose_states(dia_import *import, const base *b, int nstate, int *first, int *count, dia_error *error)
{
    const int m = import->options->multiplicity;
    import->took |= DIA_TOOK_MULTIPLICITY;
    *first = 0;
    *count = nstate;
    if (m == 0 && b->ntriplet == 0)
        return DIA_OK;
    if (b->nsinglet < 0 || b->ntriplet < 0 || b->nsinglet + b->ntriplet != nstate)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "%s: %d energies, and the metadata say %d singlets and %d triplets: the multiplicity of states "
            "is not clear",
            import->where, nstate, b->nsinglet, b->ntriplet);
    if (m > 1 && m != 3)
        return dia_error_set(error, DIA_ERROR_INPUT, "--multiplicity %d: %s holds singlets and triplets", m,
                             import->path);
    *first = m == 3 ? b->nsinglet : 0;
    *count = m == 3 ? b->ntriplet : b->nsinglet;
    return *count > 0 ? DIA_OK
                      : dia_error_set(error, DIA_ERROR_INPUT, "%s: no states of multiplicity %d", import->where,
                                      m == 0 ? 1 : m);
}

/* A part of the states of an array (natom, nstate, 3), in place: rows first .. first+count-1. */
static void keep_states(dia_array *a, int nstate, int first, int count)
{
    const size_t ns = (size_t)nstate, n = (size_t)count;
    if (a->rank != 3 || a->dims[1] != ns || n == ns)
        return;
    for (size_t atom = 0; atom < a->dims[0]; atom++)
        memmove(a->values + atom * n * 3, a->values + (atom * ns + (size_t)first) * 3, n * 3 * sizeof *a->values);
    a->dims[1] = n;
    a->count = a->dims[0] * n * 3;
}

/* ---- labels ---------------------------------------------------------------------------------- */

static dia_status read_slopes(dia_import *import, base *b, int nstate, int first, const char *name, double sign,
                              dia_import_frame *frame, dia_error *error)
{
    dia_array a = {0};
    dia_status status = array_of(import, b, name, &a, error);
    if (status == DIA_OK) {
        dia_array vectors = dia_array_without_ones(&a);
        keep_states(&vectors, nstate, first, b->nstate);
        status = dia_import_gradients(import, name, &vectors, true, sign, b->natom, b->nstate, b->nstate == 1 ? 0 : -1,
                                      b->gradient, error);
    }
    if (unit_of(b, name) != NULL)
        dia_import_state_unit(import, DIA_UNIT_GRADIENT, unit_of(b, name));
    dia_array_free(&a);
    frame->gradient = b->gradient;
    return status;
}

/* Are lengths and energies in atomic units? Then couplings and dipoles are too, by the documentation of SPaiNN. */
static bool is_atomic(const dia_import *import)
{
    const char *length = import->units.of[DIA_UNIT_LENGTH], *energy = import->units.of[DIA_UNIT_ENERGY];
    double a = 0.0, e = 0.0;
    return length != NULL && energy != NULL && dia_unit_convert(length, "bohr", &a) &&
           dia_unit_convert(energy, "hartree", &e) && a == 1.0 && e == 1.0;
}

static void coupling_unit(dia_import *import, const base *b, const char *name, bool smooth)
{
    const char *stated = unit_of(b, name);
    const bool atomic = is_atomic(import);
    dia_import_state_unit(import, DIA_UNIT_COUPLING,
                          stated != NULL ? stated
                          : !atomic      ? NULL
                          : smooth       ? "hartree/bohr"
                                         : "1/bohr");
}

static dia_status read_couplings(dia_import *import, base *b, const char *name, dia_import_frame *frame,
                                 dia_error *error)
{
    const bool smooth = strstr(name, "smooth") != NULL;
    dia_array a = {0};
    dia_status status = array_of(import, b, name, &a, error);
    coupling_unit(import, b, name, smooth);
    if (smooth && import->told++ == 0)
        fputs("smooth_nacs are (E_i - E_j) d_ij, as SPaiNN makes them: their sign is turned, h_ij = (E_j - E_i) d_ij\n",
              import->notes);
    if (status == DIA_OK)
        status =
            dia_import_couplings(import, name, &a, true, smooth ? -1.0 : 1.0, b->natom, b->nstate, b->coupling, error);
    dia_array_free(&a);
    frame->coupling = b->coupling;
    return status;
}

static dia_status read_dipoles(dia_import *import, base *b, int nall, int first, const char *name,
                               dia_import_frame *frame, dia_error *error)
{
    dia_array a = {0};
    bool taken = false;
    dia_status status = array_of(import, b, name, &a, error);
    if (status == DIA_OK)
        status = dia_import_dipoles(import, name, &a, nall, first, b->nstate, b->dipole, &taken, error);
    if (unit_of(b, name) != NULL || is_atomic(import))
        dia_import_state_unit(import, DIA_UNIT_DIPOLE, unit_of(b, name) != NULL ? unit_of(b, name) : "e bohr");
    dia_array_free(&a);
    frame->dipole = taken ? b->dipole : NULL;
    return status;
}

static void tell_left_out(dia_import *import, const base *b)
{
    const char *name;
    json_t *value;
    json_object_foreach(b->data, name, value) if (!dia_import_is_name(import, name)) dia_import_leave_out(import, name);
}

/* A data set is of a molecule alone. */
static void warn_of_periodic(dia_import *import, const base *b)
{
    if (sqlite3_column_int(b->rows, PBC) == 0 || import->told_also++ > 0)
        return;
    dia_control_warn(import->options->control,
                     "%s: periodic (pbc): the cell is not taken, a data set is of a molecule alone; right if it is far "
                     "from its images and whole",
                     import->where);
}

/* The columns of ASE itself: one state. */
static dia_status read_columns(dia_import *import, base *b, dia_array *energy, dia_import_frame *frame,
                               dia_error *error)
{
    int n;
    const uint8_t *forces = column(b, FORCES, 8, &n);
    if (sqlite3_column_type(b->rows, ENERGY) == SQLITE_NULL || !dia_array_make(energy, 0, NULL))
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: no energies: none in its column, none in its data; name them by --key energies=NAME",
                             import->where);
    energy->values[0] = sqlite3_column_double(b->rows, ENERGY);
    b->nstate = 1;
    dia_status status = take_room(import, b, error);
    if (status == DIA_OK && n == 3 * b->natom) {
        for (int i = 0; i < n; i++)
            b->gradient[i] = -number_at(forces + 8 * i, true, 8);
        frame->gradient = b->gradient;
    }
    const uint8_t *dipole = column(b, DIPOLE, 8, &n);
    for (int c = 0; c < 3 && status == DIA_OK && n == 3; c++)
        b->dipole[c] = number_at(dipole + 8 * c, true, 8);
    frame->dipole = status == DIA_OK && n == 3 ? b->dipole : NULL;
    frame->nstate = 1;
    frame->energy = energy->values;
    return status;
}

static dia_status read_labels(dia_import *import, base *b, dia_array *energy, dia_import_frame *frame, dia_error *error)
{
    const char *energies = dia_import_find(import, "energies", has, b),
               *gradients = dia_import_find(import, "gradients", has, b),
               *forces = dia_import_find(import, "forces", has, b),
               *couplings = dia_import_find(import, "couplings", has, b),
               *dipoles = dia_import_find(import, "dipoles", has, b);
    int first, count;
    if (energies == NULL)
        return read_columns(import, b, energy, frame, error);
    if (unit_of(b, energies) != NULL)
        dia_import_state_unit(import, DIA_UNIT_ENERGY, unit_of(b, energies));
    dia_status status = array_of(import, b, energies, energy, error);
    if (status == DIA_OK && (energy->count < 1 || energy->count > DIA_IMPORT_STATES))
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: '%s' holds %zu energies; expected 1 to %d", import->where,
                               energies, energy->count, DIA_IMPORT_STATES);
    if (status == DIA_OK)
        status = choose_states(import, b, (int)energy->count, &first, &count, error);
    if (status != DIA_OK)
        return status;
    b->nstate = count;
    frame->nstate = count;
    frame->energy = energy->values + first;
    status = take_room(import, b, error);
    if (status == DIA_OK && (gradients != NULL || forces != NULL))
        status = read_slopes(import, b, (int)energy->count, first, gradients != NULL ? gradients : forces,
                             gradients != NULL ? 1.0 : -1.0, frame, error);
    if (status == DIA_OK && couplings != NULL && count > 1)
        status = read_couplings(import, b, couplings, frame, error);
    if (status == DIA_OK && dipoles != NULL)
        status = read_dipoles(import, b, (int)energy->count, first, dipoles, frame, error);
    tell_left_out(import, b);
    return status;
}

static dia_status read_row(dia_import *import, base *b, dia_error *error)
{
    dia_array energy = {0};
    double *R = NULL;
    int nnumber, nposition;
    const uint8_t *numbers = column(b, NUMBERS, 4, &nnumber), *positions = column(b, POSITIONS, 8, &nposition);
    dia_import_where(import, "%s: row %lld", import->path, (long long)sqlite3_column_int64(b->rows, ID));
    if (nnumber < 1 || nnumber > DIA_IMPORT_ATOMS || nposition != 3 * nnumber)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: %d atoms and %d coordinates", import->where, nnumber,
                             nposition);
    b->natom = nnumber;
    b->nstate = 1;
    dia_import_frame frame = {.natom = b->natom};
    dia_status status = read_data(import, b, error);
    warn_of_periodic(import, b);
    if (status == DIA_OK)
        status = read_labels(import, b, &energy, &frame, error);
    if (status == DIA_OK && (R = malloc((size_t)nposition * sizeof *R)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", import->where);
    for (int a = 0; a < nnumber && status == DIA_OK; a++) {
        b->numbers[a] = (int)number_at(numbers + 4 * a, false, 4);
        for (int c = 3 * a; c < 3 * a + 3; c++)
            R[c] = number_at(positions + 8 * c, true, 8);
    }
    frame.numbers = b->numbers;
    frame.R = R;
    if (status == DIA_OK)
        status = dia_import_add(import, &frame, error);
    free(R);
    dia_array_free(&energy);
    return status;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status read_rows(dia_import *import, base *b, dia_error *error)
{
    if (sqlite3_prepare_v2(b->db,
                           "SELECT id, numbers, positions, energy, forces, data, pbc, dipole FROM systems ORDER BY id",
                           -1, &b->rows, NULL) != SQLITE_OK)
        return sql_error(import, b, error);
    dia_status status = DIA_OK;
    int step = SQLITE_ROW;
    while (status == DIA_OK && (step = sqlite3_step(b->rows)) == SQLITE_ROW)
        status = read_row(import, b, error);
    return status == DIA_OK && step != SQLITE_DONE ? sql_error(import, b, error) : status;
}

static dia_status read_all(dia_import *import, dia_error *error)
{
    base b = {0};
    dia_status status = dia_files_add(&import->files, import->path, error);
    if (status == DIA_OK && sqlite3_open_v2(import->path, &b.db, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK)
        status = sql_error(import, &b, error);
    if (status == DIA_OK)
        status = read_metadata(import, &b, error);
    if (status == DIA_OK && unit_of(&b, NULL) != NULL) { /* of SchNetPack's kind: nothing is in ASE's units */
        import->units = (dia_import_units){0};
        dia_import_state_unit(import, DIA_UNIT_LENGTH, unit_of(&b, NULL));
    }
    if (status == DIA_OK)
        status = read_rows(import, &b, error);
    sqlite3_finalize(b.rows);
    sqlite3_close(b.db);
    json_decref(b.data);
    free(b.numbers);
    free(b.gradient);
    json_decref(b.metadata);
    return status;
}

static bool recognise(const char *path)
{
    char head[20];
    return dia_import_head(path, sizeof head, head) > 15 && strncmp(head, "SQLite format 3", 15) == 0;
}

const dia_convert_format dia_convert_format_asedb = {.name = "asedb",
                                                     .suffixes = "",
                                                     .summary = "SQLite data bases of ASE, SchNarc, SPaiNN",
                                                     .recognise = recognise,
                                                     .read = read_all,
                                                     .units = {{"Angstrom", "eV", "eV/Angstrom", NULL, "e Angstrom"}}};
