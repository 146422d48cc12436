/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/import.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/unit.h"
#include "molecule/xyz.h"
#include "dataset/dipoles.h"

static const struct {
    const char *name, *atomic, *examples;
} kinds[DIA_UNIT_KINDS] = {{"length", "bohr", "Angstrom or bohr"},
                           {"energy", "hartree", "eV or hartree"},
                           {"gradient", "hartree/bohr", "eV/Angstrom or hartree/bohr"},
                           {"coupling", "hartree/bohr",
                            "eV/Angstrom or hartree/bohr for h_ij = <i|dH/dR|j>, 1/Angstrom or 1/bohr for derivative "
                            "couplings d_ij = h_ij/(E_j - E_i)"},
                           {"dipole", "e bohr", "e bohr, debye or e Angstrom"}};

void dia_import_where(dia_import *import, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(import->where, sizeof import->where, format, arguments);
    va_end(arguments);
}

static dia_status refuse(const dia_import *import, dia_error *error, const char *format, ...) DIA_PRINTF(3, 4);
static dia_status refuse(const dia_import *import, dia_error *error, const char *format, ...)
{
    char text[2000];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return dia_error_set(error, DIA_ERROR_INPUT, "%s: %s", import->where, text);
}

void dia_import_state_unit(dia_import *import, int kind, const char *unit)
{
    if (unit != NULL)
        snprintf(import->stated[kind], sizeof import->stated[kind], "%s", unit);
    import->units.of[kind] = unit != NULL ? import->stated[kind] : NULL;
}

/* ---- units ----------------------------------------------------------------------------------- */

/* Factor to atomic units, and whether couplings of this unit are derivative couplings. */
static dia_status factor_of(dia_import *import, int kind, double *factor, bool *derivative, dia_error *error)
{
    const char *stated = import->options->units.of[kind], *unit = stated != NULL ? stated : import->units.of[kind];
    import->used[kind] = true;
    if (unit == NULL)
        return refuse(import, error, "the unit of its %s%s is not stated: add --%s-unit, as %s", kinds[kind].name,
                      kind == DIA_UNIT_LENGTH ? "s" : " data", kinds[kind].name, kinds[kind].examples);
    const bool atomic = dia_unit_convert(unit, "hartree/bohr", factor),
               inverse = dia_unit_convert(unit, "1/bohr", factor);
    if (kind == DIA_UNIT_COUPLING && atomic && inverse)
        return refuse(import, error,
                      "'%s' is a unit of couplings h_ij and of derivative couplings d_ij: state hartree/bohr or 1/bohr",
                      unit);
    if (kind == DIA_UNIT_DIPOLE && dia_dipole_unit(unit, factor))
        return DIA_OK;
    *derivative = kind == DIA_UNIT_COUPLING && inverse;
    if (kind != DIA_UNIT_DIPOLE && dia_unit_convert(unit, *derivative ? "1/bohr" : kinds[kind].atomic, factor))
        return DIA_OK;
    return refuse(import, error, "'%s' is no unit of %s; expected one as %s", unit, kinds[kind].name,
                  kinds[kind].examples);
}

/* ---- one geometry ---------------------------------------------------------------------------- */

static dia_status begin_points(dia_import *import, const dia_import_frame *frame, dia_error *error)
{
    if (frame->natom < 1 || frame->natom > DIA_IMPORT_ATOMS)
        return refuse(import, error, "%d atoms; expected 1 to %d", frame->natom, DIA_IMPORT_ATOMS);
    if (frame->nstate < 1 || frame->nstate > DIA_IMPORT_STATES)
        return refuse(import, error, "%d states; expected 1 to %d", frame->nstate, DIA_IMPORT_STATES);
    import->natom = frame->natom;
    import->nstate = frame->nstate;
    import->npair = frame->nstate * (frame->nstate - 1) / 2;
    import->numbers = calloc((size_t)frame->natom, sizeof *import->numbers);
    if (import->numbers == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", import->where);
    memcpy(import->numbers, frame->numbers, (size_t)frame->natom * sizeof *import->numbers);
    for (int a = 0; a < frame->natom; a++)
        if (frame->numbers[a] < 1 || dia_element_symbol(frame->numbers[a]) == NULL)
            return refuse(import, error, "atom %d has the atomic number %d, no element", a, frame->numbers[a]);
    return DIA_OK;
}

static dia_status check_frame(const dia_import *import, const dia_import_frame *frame, dia_error *error)
{
    int first, second;
    if (frame->natom != import->natom)
        return refuse(import, error, "%d atoms here, %d before: a data set is of one molecule", frame->natom,
                      import->natom);
    if (frame->nstate != import->nstate)
        return refuse(import, error, "%d states here, %d before", frame->nstate, import->nstate);
    for (int a = 0; a < frame->natom; a++)
        if (frame->numbers[a] != import->numbers[a])
            return refuse(
                import, error,
                "atom %d (counted from 0) is %s here and %s before: all geometries must have the same atoms "
                "in the same order",
                a, dia_element_symbol(frame->numbers[a]) != NULL ? dia_element_symbol(frame->numbers[a]) : "no element",
                dia_element_symbol(import->numbers[a]));
    const double *R = import->R + (size_t)import->npoint * 3 * (size_t)import->natom;
    for (int c = 0; c < 3 * import->natom; c++)
        if (!isfinite(R[c]))
            return refuse(import, error, "the position of atom %d is not a finite number", c / 3);
    if (dia_atoms_meet(import->natom, R, &first, &second))
        return refuse(import, error, "atoms %d and %d are at one place; leave this geometry out", first, second);
    return DIA_OK;
}

/* `at`: an array of `width` numbers a point. */
static bool grow_array(double **at, size_t room, size_t width)
{
    double *more =
        width == 0 || room <= SIZE_MAX / sizeof *more / width ? realloc(*at, (room * width + 1) * sizeof *more) : NULL;
    *at = more != NULL ? more : *at;
    return more != NULL;
}

static dia_status grow(dia_import *import, dia_error *error)
{
    if (import->npoint < import->room)
        return DIA_OK;
    const size_t room = import->room > 0 ? 2 * (size_t)import->room : 64, ncart = 3 * (size_t)import->natom;
    char **group = realloc(import->group, room * sizeof *group);
    import->group = group != NULL ? group : import->group;
    if (group == NULL || room > 50000000 || !grow_array(&import->R, room, ncart) ||
        !grow_array(&import->energy, room, (size_t)import->nstate) ||
        !grow_array(&import->gradient, room, (size_t)import->nstate * ncart) ||
        !grow_array(&import->coupling, room, (size_t)import->npair * ncart) ||
        !grow_array(&import->dipole, room, (size_t)import->nstate * (size_t)import->nstate * 3))
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %zu points", import->where, room);
    import->room = (int)room;
    return DIA_OK;
}

/* Numbers in atomic units; NULL: missing. DIA_ERROR_INPUT: infinite, or a unit that is not known. *derivative: see factor_of. */
static dia_status take(dia_import *import, int kind, size_t n, const double *from, double *to, bool *derivative,
                       dia_error *error)
{
    double factor = 1.0;
    bool known = false;
    for (size_t i = 0; i < n; i++) {
        to[i] = from != NULL ? from[i] : (double)NAN;
        known = known || !isnan(to[i]);
        if (isinf(to[i]))
            return refuse(import, error, "an infinite number in its %s data", kinds[kind].name);
    }
    dia_status status = known ? factor_of(import, kind, &factor, derivative, error) : DIA_OK;
    for (size_t i = 0; i < n; i++)
        to[i] *= factor;
    return status;
}

static void times_gap(int nstate, int ncart, const double *energy, double *coupling)
{
    for (int j = 1; j < nstate; j++)
        for (int i = 0; i < j; i++)
            for (int c = 0; c < ncart; c++)
                coupling[(j * (j - 1) / 2 + i) * ncart + c] *= energy[j] - energy[i];
}

static void swap(int n, double *a, double *b)
{
    for (int i = 0; i < n; i++) {
        const double x = a[i];
        a[i] = b[i];
        b[i] = x;
    }
}

static double *pair_of(double *coupling, int i, int j, int ncart)
{
    const int low = i < j ? i : j, high = i < j ? j : i;
    return coupling + (high * (high - 1) / 2 + low) * ncart;
}

/* Exchanges two states in all labels. h_ij is symmetric: no sign changes. */
static void exchange(const dia_import *import, int i, int j, double *energy, double *gradient, double *coupling,
                     double *dipole)
{
    const int ncart = 3 * import->natom, n = import->nstate;
    swap(3 * n, dipole + 3 * n * i, dipole + 3 * n * j);
    for (int k = 0; k < n; k++)
        swap(3, dipole + 3 * (n * k + i), dipole + 3 * (n * k + j));
    swap(1, energy + i, energy + j);
    swap(ncart, gradient + i * ncart, gradient + j * ncart);
    for (int k = 0; k < import->nstate; k++)
        if (k != i && k != j)
            swap(ncart, pair_of(coupling, i, k, ncart), pair_of(coupling, j, k, ncart));
}

/* Adiabatic states are numbered by their energies; unknown energies keep their places. */
static bool sort_states(const dia_import *import, double *energy, double *gradient, double *coupling, double *dipole)
{
    bool moved = false;
    for (int j = 1; j < import->nstate; j++)
        for (int k = j; k > 0;) {
            int below = k - 1;
            while (below >= 0 && isnan(energy[below]))
                below--;
            if (below < 0 || isnan(energy[k]) || !(energy[k] < energy[below]))
                break;
            exchange(import, below, k, energy, gradient, coupling, dipole);
            moved = true;
            k = below;
        }
    return moved;
}

static dia_status take_labels(dia_import *import, const dia_import_frame *frame, dia_error *error)
{
    const size_t p = (size_t)import->npoint, ncart = 3 * (size_t)import->natom, ns = (size_t)import->nstate,
                 np = (size_t)import->npair;
    double *energy = import->energy + p * ns, *gradient = import->gradient + p * ns * ncart,
           *coupling = import->coupling + p * np * ncart, *dipole = import->dipole + p * ns * ns * 3;
    bool derivative = false;
    dia_status status = take(import, DIA_UNIT_ENERGY, ns, frame->energy, energy, &derivative, error);
    if (status == DIA_OK)
        status = take(import, DIA_UNIT_GRADIENT, ns * ncart, frame->gradient, gradient, &derivative, error);
    if (status == DIA_OK)
        status = take(import, DIA_UNIT_COUPLING, np * ncart, frame->coupling, coupling, &derivative, error);
    bool none = false;
    if (status == DIA_OK)
        status = take(import, DIA_UNIT_DIPOLE, ns * ns * 3, frame->dipole, dipole, &none, error);
    if (status != DIA_OK)
        return status;
    for (size_t i = 0; i < ns * ns * 3; i++)
        import->dipolar = import->dipolar || !isnan(dipole[i]);
    if (derivative)
        times_gap(import->nstate, (int)ncart, energy, coupling);
    import->derivative = import->derivative || derivative;
    if (sort_states(import, energy, gradient, coupling, dipole) && import->nsorted++ == 0)
        import->first_sorted = import->npoint;
    return DIA_OK;
}

dia_status dia_import_add(dia_import *import, const dia_import_frame *frame, dia_error *error)
{
    bool ignored;
    dia_status status = import->npoint == 0 && import->numbers == NULL ? begin_points(import, frame, error) : DIA_OK;
    if (status == DIA_OK && import->nstate == 0) { /* the molecule was given */
        import->nstate = frame->nstate;
        import->npair = frame->nstate * (frame->nstate - 1) / 2;
    }
    if (status == DIA_OK && (import->nstate < 1 || import->nstate > DIA_IMPORT_STATES))
        status = refuse(import, error, "%d states; expected 1 to %d", import->nstate, DIA_IMPORT_STATES);
    if (status == DIA_OK && frame->natom == import->natom)
        status = grow(import, error);
    if (status == DIA_OK && frame->natom == import->natom)
        status = take(import, DIA_UNIT_LENGTH, 3 * (size_t)import->natom, frame->R,
                      import->R + (size_t)import->npoint * 3 * (size_t)import->natom, &ignored, error);
    if (status == DIA_OK)
        status = check_frame(import, frame, error);
    if (status == DIA_OK)
        status = take_labels(import, frame, error);
    if (status != DIA_OK)
        return status;
    import->group[import->npoint] = frame->group != NULL ? strdup(frame->group) : NULL;
    import->npoint++;
    if (dia_control_stopped(import->options->control))
        return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted after %d points", import->npoint);
    return DIA_OK;
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static dia_status use_molecule(dia_import *import, const char *path, dia_error *error)
{
    dia_xyz xyz;
    dia_status status = dia_xyz_read(&xyz, path, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "--molecule");
    const dia_import_frame frame = {.natom = xyz.molecule.natom, .nstate = 1, .numbers = xyz.molecule.numbers};
    dia_import_where(import, "--molecule %s", path);
    status = begin_points(import, &frame, error);
    import->nstate = import->npair = 0;
    if (status == DIA_OK)
        status = dia_files_add(&import->files, path, error);
    dia_xyz_free(&xyz);
    return status;
}

dia_status dia_import_begin(dia_import *import, const dia_import_options *options, dia_error *error)
{
    *import = (dia_import){.options = options};
    import->notes = open_memstream(&import->text, &import->size);
    if (import->notes == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory");
    dia_status status = dia_import_check_keys(options, error);
    if (status == DIA_OK && options->molecule != NULL)
        status = use_molecule(import, options->molecule, error);
    return status;
}

/* What the user stated and had no effect is an error. */
static dia_status check_use(const dia_import *import, dia_error *error)
{
    if (import->options->pairs != NULL && (import->took & DIA_TOOK_PAIRS) == 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "--pairs %s: no couplings were read from %s whose pairs had to be told; leave it out",
                             import->options->pairs, import->path);
    if (import->options->multiplicity > 0 && (import->took & DIA_TOOK_MULTIPLICITY) == 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "--multiplicity %d: %s names no multiplicities; leave it out",
                             import->options->multiplicity, import->path);
    for (int kind = 0; kind < DIA_UNIT_KINDS; kind++)
        if (import->options->units.of[kind] != NULL && !import->used[kind])
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "--%s-unit %s: no %s was read from %s; leave it out, or name the data by --key",
                                 kinds[kind].name, import->options->units.of[kind],
                                 kind == DIA_UNIT_ENERGY ? "energy" : kinds[kind].name, import->path);
    return DIA_OK;
}

/* The borrowed view of the import as a data set; groups are numbered here. */
static dia_status view(dia_import *import, dia_dataset *data, dia_error *error)
{
    *data = (dia_dataset){.natom = import->natom,
                          .ncart = 3 * import->natom,
                          .nstate = import->nstate,
                          .npair = import->npair,
                          .npoint = import->npoint,
                          .numbers = import->numbers,
                          .R = import->R,
                          .energy = import->energy,
                          .gradient = import->gradient,
                          .coupling = import->coupling,
                          .dipole = import->dipolar ? import->dipole : NULL,
                          .level_of_theory = (char *)(uintptr_t)(import->options->level != NULL ? import->options->level
                                                                                                : import->level)};
    for (int p = 0; p < import->npoint; p++)
        if (import->group[p] == NULL)
            return DIA_OK; /* not of all: none */
    data->group = calloc((size_t)import->npoint + 1, sizeof *data->group);
    if (data->group == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for groups");
    for (int p = 0; p < import->npoint; p++)
        data->group[p] = p;
    data->group_name = import->group;
    return DIA_OK;
}

static dia_status write_provenance(const dia_import *import, dia_writer *root)
{
    char *files = dia_files_text(&import->files), text[200];
    snprintf(text, sizeof text, "diabolo %s (%s) convert, format %s", dia_version(), dia_commit(),
             import->format != NULL ? import->format : "arrays");
    dia_writer_set_text(root, "converted_by", text);
    if (files != NULL && files[0] != '\0')
        dia_writer_set_text(root, "converted_from", files);
    if (import->text != NULL && import->text[0] != '\0')
        dia_writer_set_text(root, "conversion", import->text);
    free(files);
    return root->status;
}

static dia_status write_set(dia_import *import, const char *out, dia_error *error)
{
    dia_dataset data;
    dia_store *store = NULL;
    dia_status status = view(import, &data, error);
    if (status == DIA_OK)
        status = dia_store_create(&store, out, error);
    if (status == DIA_OK) {
        dia_writer root = {.store = store, .name = "", .error = error};
        dia_dataset_write(&data, &root);
        status = write_provenance(import, &root);
    }
    if (status == DIA_OK)
        status = dia_store_commit(&store, error);
    dia_store_close(&store);
    free(data.group);
    return status;
}

static void note_all(dia_import *import)
{
    if (import->derivative)
        fputs("couplings were derivative couplings d_ij (unit 1/length): multiplied by E_j - E_i\n", import->notes);
    if (import->nsorted > 0)
        fprintf(import->notes,
                "%d of %d points had states in another order than their energies (first is point %d): "
                "put in order, with their gradients and couplings\n",
                import->nsorted, import->npoint, import->first_sorted);
    if (import->left_out[0] != '\0')
        fprintf(import->notes, "not taken: %s\n", import->left_out);
    for (int kind = 0; kind < DIA_UNIT_KINDS; kind++)
        if (import->used[kind])
            fprintf(import->notes, "%s unit: %s (%s)\n", kinds[kind].name,
                    import->options->units.of[kind] != NULL ? import->options->units.of[kind] : import->units.of[kind],
                    import->options->units.of[kind] != NULL ? "as stated by the user" : "of the file or its format");
    fflush(import->notes);
}

static void tell(const dia_import *import)
{
    for (const char *line = import->text; line != NULL && *line != '\0'; line += strcspn(line, "\n") + 1)
        dia_control_note(import->options->control, "%.*s", (int)strcspn(line, "\n"), line);
}

static void free_import(dia_import *import)
{
    for (int p = 0; p < import->npoint; p++)
        free(import->group[p]);
    if (import->notes != NULL)
        fclose(import->notes);
    free(import->text);
    free(import->group);
    free(import->numbers);
    free(import->R);
    free(import->energy);
    free(import->gradient);
    free(import->coupling);
    free(import->dipole);
    free(import->level);
    dia_files_free(&import->files);
    *import = (dia_import){0};
}

/* The file as everybody will read it: what it holds and what is doubtful in it. */
static dia_status examine(const char *out, const dia_control *control, dia_error *error)
{
    dia_dataset data;
    const dia_status status = dia_dataset_load(&data, out, dia_control_threads(control), error);
    if (status == DIA_OK) {
        dia_dataset_talk(&data, out, control);
        dia_dataset_free(&data);
    }
    return status;
}

dia_status dia_import_end(dia_import *import, dia_status status, const char *out, dia_error *error)
{
    bool known = false;
    if (status == DIA_OK)
        status = dia_import_check_found(import, error);
    if (status == DIA_OK && import->npoint == 0)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: no geometry was found", import->path);
    for (size_t i = 0; status == DIA_OK && i < (size_t)import->npoint * (size_t)import->nstate; i++)
        known = known || !isnan(import->energy[i]);
    if (status == DIA_OK && !known)
        status =
            dia_error_set(error, DIA_ERROR_INPUT, "%s: no energies were found: a data set needs some", import->path);
    if (status == DIA_OK)
        status = check_use(import, error);
    if (status == DIA_OK && import->options->states != NULL)
        status = dia_import_keep_states(import, import->options->states, error);
    if (status == DIA_OK && import->nstate > DIA_DATASET_STATES)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: %d states; a data set has at most %d: choose by --states, as --states 0-%d",
                               import->path, import->nstate, DIA_DATASET_STATES, DIA_DATASET_STATES - 1);
    if (status == DIA_OK) {
        note_all(import);
        status = write_set(import, out, error);
    }
    if (status == DIA_OK) {
        tell(import);
        status = examine(out, import->options->control, error);
    }
    free_import(import);
    return status;
}
