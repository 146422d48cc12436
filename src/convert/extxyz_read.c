/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended XYZ as a data set. The geometries come from the reader of src/molecule, which checks the whole file; here the labels
 * are read beside them: keys of the comment lines, also as ASE's _JSON arrays, and columns of the atoms. */
#define _GNU_SOURCE /* strcasestr */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/control.h"
#include "base/number.h"
#include "convert/extxyz_read.h"
#include "molecule/lines.h"
#include "molecule/stated_unit.h"
#include "molecule/xyz.h"

enum { KEYS = 64 };

typedef struct frame {
    int nkey, ncolumn;
    char *key[KEYS], *value[KEYS]; /* of the comment, borrowed from the file's text            */
    char *column[KEYS];            /* names in Properties                                      */
    int first[KEYS], width[KEYS];  /* where a column begins in the line of an atom, how many   */
    char *properties;              /* copy                                               owned */
    dia_array columns[KEYS];       /* (natom, width) of those that are read              owned */
} frame;

typedef struct reader {
    dia_import *import;
    dia_lines lines;
    dia_xyz xyz;
    frame frame;
    dia_import_units usual;
    int p, nstate;
    bool periodic;                                 /* a frame was, which has been told */
    double *energy, *gradient, *coupling, *dipole; /* owned */
    dia_error *error;
} reader;

/* ---- one frame ------------------------------------------------------------------------------- */

static void free_frame(frame *f)
{
    free(f->properties);
    for (int i = 0; i < f->ncolumn; i++)
        dia_array_free(&f->columns[i]);
    *f = (frame){0};
}

/* species:S:1:pos:R:3: the reader of src/molecule has checked it. */
static void split_properties(frame *f, const char *text)
{
    char *rest = NULL;
    int at = 0, width = 0;
    f->properties = strdup(text);
    for (char *name = f->properties != NULL ? strtok_r(f->properties, ":", &rest) : NULL;
         name != NULL && f->ncolumn < KEYS; name = strtok_r(NULL, ":", &rest)) {
        const char *type = strtok_r(NULL, ":", &rest), *count = strtok_r(NULL, ":", &rest);
        if (type == NULL || count == NULL || !dia_text_int(count, 1, 100000, &width, 0, NULL))
            return;
        f->column[f->ncolumn] = name;
        f->first[f->ncolumn] = at;
        f->width[f->ncolumn++] = width;
        at += width;
    }
}

static void split_comment(frame *f, char *line)
{
    for (char *at = line; *(at += strspn(at, " \t")) != '\0';) {
        char *key = at;
        at += strcspn(at, "= \t");
        if (*at != '=') {
            at += *at != '\0';
            continue;
        }
        *at++ = '\0';
        char *value = dia_xyz_cut_value(&at);
        if (value == NULL)
            return;
        if (strcasecmp(key, "Properties") == 0)
            split_properties(f, value);
        else if (f->nkey < KEYS) {
            f->key[f->nkey] = key;
            f->value[f->nkey++] = value;
        }
    }
}

static const char *value_of(const frame *f, const char *key)
{
    for (int i = 0; i < f->nkey; i++)
        if (strcmp(f->key[i], key) == 0)
            return f->value[i];
    return NULL;
}

static int column_of(const frame *f, const char *name)
{
    for (int i = 0; i < f->ncolumn; i++)
        if (strcmp(f->column[i], name) == 0)
            return i;
    return -1;
}

static bool has(const void *context, const char *name)
{
    const frame *f = context;
    return value_of(f, name) != NULL || column_of(f, name) >= 0;
}

static bool has_key(const void *context, const char *name)
{
    return value_of(context, name) != NULL;
}

/* The lines of the atoms; of the columns those of reals that may be labels. */
static dia_status read_columns(reader *r, const char *const *wanted, int nwanted)
{
    frame *f = &r->frame;
    const size_t natom = (size_t)r->xyz.molecule.natom;
    bool take[KEYS] = {false};
    for (int i = 0; i < f->ncolumn; i++)
        for (int k = 0; k < nwanted; k++)
            take[i] = take[i] || (wanted[k] != NULL && strcmp(wanted[k], f->column[i]) == 0);
    for (int i = 0; i < f->ncolumn; i++)
        if (take[i] && !dia_array_make(&f->columns[i], 2, (const size_t[]){natom, (size_t)f->width[i]}))
            return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory", r->import->where);
    for (size_t a = 0; a < natom; a++) {
        if (dia_lines_next(&r->lines) == NULL)
            return dia_lines_error(&r->lines, r->error, DIA_ERROR_INPUT, "the file ends within a frame");
        for (int i = 0; i < f->ncolumn; i++)
            for (int c = 0; c < f->width[i]; c++) {
                double *value = take[i] ? f->columns[i].values + a * (size_t)f->width[i] + (size_t)c : NULL;
                dia_status status = DIA_OK;
                if (value != NULL)
                    status = dia_lines_real(&r->lines, f->column[i], value, r->error);
                else
                    dia_lines_token(&r->lines); /* not wanted */
                if (status != DIA_OK)
                    return status;
            }
    }
    return DIA_OK;
}

/* ---- labels ---------------------------------------------------------------------------------- */

/* The array of a key or column. Columns of 3n numbers become (natom, n, 3), or (natom, 3). */
static dia_status array_of(reader *r, const char *name, dia_array *array)
{
    const frame *f = &r->frame;
    const char *value = value_of(f, name);
    char where[1400];
    snprintf(where, sizeof where, "%s: '%.100s'", r->import->where, name);
    if (value != NULL)
        return dia_array_of_text(array, value, where, r->error);
    const int i = column_of(f, name);
    const dia_array *column = &f->columns[i];
    const size_t natom = column->dims[0], width = column->dims[1];
    const size_t dims[] = {natom, width == 3 ? 3 : width / 3, 3};
    if (width % 3 != 0)
        return dia_error_set(r->error, DIA_ERROR_INPUT, "%s: expected 3 columns, or 3 for each state, found %zu", where,
                             width);
    if (!dia_array_make(array, width == 3 ? 2 : 3, dims))
        return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory", where);
    memcpy(array->values, column->values, array->count * sizeof *array->values);
    return DIA_OK;
}

static dia_status room(reader *r, int nstate)
{
    const size_t ncart = (size_t)r->xyz.molecule.ncart, n = (size_t)nstate;
    if (nstate < 1 || nstate > DIA_IMPORT_STATES)
        return dia_error_set(r->error, DIA_ERROR_INPUT, "%s: %d energies; expected 1 to %d states", r->import->where,
                             nstate, DIA_IMPORT_STATES);
    if (nstate == r->nstate)
        return DIA_OK;
    free(r->energy);
    r->nstate = nstate;
    return DIA_PARTS({&r->energy, n}, {&r->gradient, n * ncart}, {&r->coupling, n * n * ncart}, {&r->dipole, n * n * 3})
               ? DIA_OK
               : dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory", r->import->where);
}

static dia_status read_energies(reader *r, const char *name)
{
    dia_array a = {0};
    dia_status status = array_of(r, name, &a);
    if (status == DIA_OK)
        status = room(r, a.count < 1000 ? (int)a.count : 1000);
    if (status == DIA_OK)
        memcpy(r->energy, a.values, a.count * sizeof *a.values);
    dia_array_free(&a);
    return status;
}

static dia_status read_vectors(reader *r, const char *gradients, const char *forces, const char *couplings,
                               dia_import_frame *out)
{
    const int natom = r->xyz.molecule.natom, state = r->nstate == 1 ? 0 : r->xyz.state[r->p];
    const char *slope = gradients != NULL ? gradients : forces;
    dia_array a = {0};
    dia_status status = slope != NULL ? array_of(r, slope, &a) : DIA_OK;
    if (status == DIA_OK && slope != NULL)
        status = dia_import_gradients(r->import, slope, &a, true, gradients != NULL ? 1.0 : -1.0, natom, r->nstate,
                                      state, r->gradient, r->error);
    dia_array_free(&a);
    if (status == DIA_OK && couplings != NULL)
        status = array_of(r, couplings, &a);
    if (status == DIA_OK && couplings != NULL)
        status = dia_import_couplings(r->import, couplings, &a, true, 1.0, natom, r->nstate, r->coupling, r->error);
    dia_array_free(&a);
    out->gradient = slope != NULL ? r->gradient : NULL;
    out->coupling = couplings != NULL ? r->coupling : NULL;
    return status;
}

static dia_status read_dipoles(reader *r, const char *name, dia_import_frame *out)
{
    dia_array a = {0};
    bool taken = false;
    dia_status status = name != NULL ? array_of(r, name, &a) : DIA_OK;
    if (status == DIA_OK && name != NULL)
        status = dia_import_dipoles(r->import, name, &a, r->nstate, 0, r->nstate, r->dipole, &taken, r->error);
    dia_array_free(&a);
    out->dipole = taken ? r->dipole : NULL;
    return status;
}

/* Labels that have no place in a data set, or another name than those that are tried. */
static void tell_left_out(const reader *r)
{
    static const char *const words[] = {"dipole",     "soc",    "nac",    "force",  "grad",      "coupling",
                                        "quadrupole", "charge", "virial", "stress", "oscillator"};
    const frame *f = &r->frame;
    for (int i = 0; i < f->nkey + f->ncolumn; i++) {
        const char *name = i < f->nkey ? f->key[i] : f->column[i - f->nkey];
        for (size_t k = 0; k < sizeof words / sizeof words[0]; k++)
            if (strcasestr(name, words[k]) != NULL && strcasestr(name, "_unit") == NULL &&
                !dia_import_is_name(r->import, name)) {
                dia_import_leave_out(r->import, name);
                break;
            }
    }
}

/* Units that the comment states, as energy_unit=hartree, forces_unit="hartree/bohr". Those of the positions the reader of src/molecule
 * has applied. */
static dia_status take_units(reader *r, const char *comment)
{
    static const struct {
        const char *key;
        int kind;
    } keys[] = {{"energy_unit", DIA_UNIT_ENERGY},      {"energies_unit", DIA_UNIT_ENERGY},
                {"forces_unit", DIA_UNIT_GRADIENT},    {"force_unit", DIA_UNIT_GRADIENT},
                {"gradient_unit", DIA_UNIT_GRADIENT},  {"gradients_unit", DIA_UNIT_GRADIENT},
                {"couplings_unit", DIA_UNIT_COUPLING}, {"coupling_unit", DIA_UNIT_COUPLING},
                {"nacs_unit", DIA_UNIT_COUPLING},      {"dipole_unit", DIA_UNIT_DIPOLE},
                {"dipoles_unit", DIA_UNIT_DIPOLE}};
    dia_stated_units stated = {0};
    char why[400];
    if (r->import->options->units.of[DIA_UNIT_LENGTH] != NULL && dia_comment_units(comment, &stated, sizeof why, why) &&
        stated.length > 0.0)
        return dia_error_set(r->error, DIA_ERROR_INPUT,
                             "%s: the file states the unit of its positions: leave out --length-unit",
                             r->import->where);
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        const char *unit = value_of(&r->frame, keys[k].key);
        if (unit != NULL)
            dia_import_state_unit(r->import, keys[k].kind, unit);
    }
    return DIA_OK;
}

/* A data set is of a molecule alone. A lattice without `pbc` is periodic in all directions, as ASE reads it. */
static void warn_of_periodic(reader *r)
{
    const char *pbc = value_of(&r->frame, "pbc");
    if (r->periodic || (pbc != NULL ? strpbrk(pbc, "Tt1") : value_of(&r->frame, "Lattice")) == NULL)
        return;
    r->periodic = true;
    dia_control_warn(
        r->import->options->control,
        "%s: periodic (Lattice, pbc): the cell is not taken, a data set is of a molecule alone; right if it is "
        "far from its images and whole",
        r->import->where);
}

static dia_status read_frame(reader *r)
{
    dia_import *import = r->import;
    dia_import_frame out = {.natom = r->xyz.molecule.natom, .numbers = r->xyz.molecule.numbers};
    dia_lines_next_filled(&r->lines); /* the number of atoms */
    char *line = dia_lines_next(&r->lines), *copy = line != NULL ? strdup(line) : NULL;
    if (copy == NULL)
        return dia_error_set(r->error, DIA_ERROR_MEMORY, "%s: no memory", import->where);
    dia_import_where(import, "%s:%d (frame %d)", import->path, r->lines.number, r->p);
    split_comment(&r->frame, line);
    warn_of_periodic(r);
    import->units = r->usual; /* each frame states its own */
    dia_status status = take_units(r, copy);
    const char *energies = dia_import_find(import, "energies", has_key, &r->frame),
               *gradients = dia_import_find(import, "gradients", has, &r->frame),
               *forces = dia_import_find(import, "forces", has, &r->frame),
               *couplings = dia_import_find(import, "couplings", has, &r->frame),
               *dipoles = dia_import_find(import, "dipoles", has_key, &r->frame),
               *group = dia_import_find(import, "group", has_key, &r->frame);
    free(copy);
    if (status == DIA_OK)
        status = read_columns(r, (const char *const[]){gradients, forces, couplings}, 3);
    if (status == DIA_OK && energies == NULL)
        status = dia_import_check_found(import, r->error); /* the name that the user gave */
    if (status == DIA_OK && energies == NULL)
        status =
            dia_error_set(r->error, DIA_ERROR_INPUT,
                          "%s: no energies in the comment line: name their key by --key energies=NAME", import->where);
    if (status == DIA_OK)
        status = read_energies(r, energies);
    if (status == DIA_OK)
        status = read_vectors(r, gradients, forces, couplings, &out);
    if (status == DIA_OK)
        status = read_dipoles(r, dipoles, &out);
    tell_left_out(r);
    out.nstate = r->nstate;
    out.R = r->xyz.R + (size_t)r->p * (size_t)r->xyz.molecule.ncart;
    out.energy = r->energy;
    out.group = group != NULL ? value_of(&r->frame, group) : NULL;
    if (status == DIA_OK)
        status = dia_import_add(import, &out, r->error);
    free_frame(&r->frame);
    return status;
}

dia_status dia_extxyz_read(dia_import *import, dia_error *error)
{
    reader r = {.import = import, .error = error, .usual = import->units};
    dia_status status = dia_xyz_read(&r.xyz, import->path, error);
    if (status == DIA_OK)
        status = dia_files_add(&import->files, import->path, error);
    if (status == DIA_OK)
        status = dia_lines_open(&r.lines, import->path, error);
    for (int i = 0; status == DIA_OK && i < r.xyz.nframe * r.xyz.molecule.ncart; i++)
        r.xyz.R[i] /= DIA_ANGSTROM;
    for (r.p = 0; status == DIA_OK && r.p < r.xyz.nframe; r.p++)
        status = read_frame(&r);
    free_frame(&r.frame);
    free(r.energy);
    dia_lines_close(&r.lines);
    dia_xyz_free(&r.xyz);
    return status;
}

bool dia_extxyz_recognise(const char *path)
{
    return dia_import_is_file(path) && (dia_import_ends(path, ".xyz") || dia_import_ends(path, ".extxyz"));
}
