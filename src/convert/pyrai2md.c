/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Training data of PyRAI2MD (https://github.com/mlcclab/PyRAI2MD-hiam): JSON. The first version is a list [natom, nstate, xyz,
 * inverse distances, energy, grad, nac, ...], the second an object {"natom", "nstate", "xyz", "energy", "grad", "nac", ...}. Angstrom,
 * hartree, hartree/bohr; nac are interstate couplings, not divided by the gap. */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "convert/convert.h"
#include "molecule/lines.h"

typedef struct set {
    int natom, nstate, npoint;
    const json_t *xyz, *energy, *grad, *nac;
} set;

static bool recognise(const char *path)
{
    char head[64];
    return dia_import_ends(path, ".json") && dia_import_head(path, sizeof head, head) > 0 &&
           strchr("[{", head[strspn(head, " \t\r\n")]) != NULL;
}

static const json_t *part(const json_t *root, size_t index, const char *name)
{
    return json_is_array(root) ? json_array_get(root, index) : json_object_get(root, name);
}

static bool holds_numbers(const json_t *json)
{
    for (size_t i = 0; i < json_array_size(json); i++)
        if (holds_numbers(json_array_get(json, i)))
            return true;
    return json_is_number(json) || json_is_string(json);
}

/* The second version has names for what it holds beside these, as soc. */
static void tell_left_out(dia_import *import, const json_t *root)
{
    static const char *const read[] = {"natom", "nstate", "xyz", "energy", "grad", "nac", "invrset", "invr", NULL};
    const char *name;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)root, name, value)
    {
        bool known = !holds_numbers(value);
        for (const char *const *at = read; *at != NULL; at++)
            known = known || strcmp(*at, name) == 0;
        if (!known)
            dia_import_leave_out(import, name);
    }
    if (json_is_array(root) && holds_numbers(json_array_get(root, 7)))
        dia_import_leave_out(import, "soc"); /* the eighth part of the list */
}

static dia_status find_parts(const json_t *root, const char *path, set *s, dia_error *error)
{
    const json_t *natom = part(root, 0, "natom"), *nstate = part(root, 1, "nstate");
    *s = (set){.xyz = part(root, 2, "xyz"),
               .energy = part(root, 4, "energy"),
               .grad = part(root, 5, "grad"),
               .nac = part(root, 6, "nac")};
    if (!json_is_integer(natom) || !json_is_integer(nstate) || !json_is_array(s->xyz) || !json_is_array(s->energy))
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "%s: expected [natom, nstate, xyz, inverse distances, energy, grad, nac, ...] or an object "
            "with natom, nstate, xyz, energy, grad, nac",
            path);
    const json_int_t na = json_integer_value(natom), ns = json_integer_value(nstate);
    const size_t n = json_array_size(s->xyz);
    if (na < 1 || na > DIA_IMPORT_ATOMS || ns < 1 || ns > DIA_IMPORT_STATES || n < 1 || n > 50000000)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: %lld atoms, %lld states, %zu geometries: out of range", path,
                             (long long)na, (long long)ns, n);
    if (json_array_size(s->energy) != n)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: %zu geometries and %zu entries of energy", path, n,
                             json_array_size(s->energy));
    s->natom = (int)na;
    s->nstate = (int)ns;
    s->npoint = (int)n;
    return DIA_OK;
}

/* [["C", x, y, z], ...], numbers as numbers or as texts. */
static dia_status read_geometry(const dia_import *import, const json_t *json, int natom, int *numbers, double *R,
                                dia_error *error)
{
    if ((int)json_array_size(json) != natom)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: expected %d atoms, found %zu", import->where, natom,
                             json_array_size(json));
    for (int a = 0; a < natom; a++) {
        const json_t *atom = json_array_get(json, (size_t)a);
        const char *symbol = json_string_value(json_array_get(atom, 0));
        numbers[a] = symbol != NULL ? dia_element_number(symbol) : -1;
        if (json_array_size(atom) != 4 || numbers[a] < 1)
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: atom %d: expected [\"C\", x, y, z]", import->where, a);
        for (size_t c = 0; c < 3; c++) {
            dia_array one;
            dia_status status = dia_array_of_json(&one, json_array_get(atom, c + 1), import->where, error);
            if (status != DIA_OK)
                return status;
            R[3 * a + (int)c] = one.count == 1 ? one.values[0] : (double)NAN;
            dia_array_free(&one);
        }
    }
    return DIA_OK;
}

/* The p-th entry of grad or nac as an array; a list that is not there, null or empty: nothing (count 0). */
static dia_status entry(const dia_import *import, const json_t *list, const char *name, int p, dia_array *array,
                        dia_error *error)
{
    char where[1300];
    const json_t *item = json_array_get(list, (size_t)p);
    *array = (dia_array){0};
    snprintf(where, sizeof where, "%s: %s", import->where, name);
    return json_array_size(item) > 0 ? dia_array_of_json(array, item, where, error) : DIA_OK;
}

typedef struct room {
    double *R, *energy, *gradient, *coupling;
    int *numbers;
} room;

static bool all_zero(const dia_array *a)
{
    for (size_t i = 0; i < a->count; i++)
        if (a->values[i] != 0.0 && !isnan(a->values[i]))
            return false;
    return true;
}

/* Coupling vectors that are zeros stand for none. Which pair a lone vector joins the file does not say. */
static dia_status read_couplings(dia_import *import, const set *s, const dia_array *a, room *m, bool *there,
                                 dia_error *error)
{
    const size_t npair = (size_t)(s->nstate * (s->nstate - 1) / 2);
    *there = a->count > 0 && !all_zero(a);
    if (!*there) {
        if (a->count > 0 && import->told++ == 0)
            fputs("nac holds vectors of zeros (placeholders): taken as missing\n", import->notes);
        return DIA_OK;
    }
    if (import->options->pairs == NULL && a->rank == 3 && a->dims[0] != npair)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "%s: nac has %zu vectors for %zu pairs of states, and the file does not say which: state them "
            "by --pairs, as 0-1,1-2",
            import->where, a->dims[0], npair);
    return dia_import_couplings(import, "nac", a, false, 1.0, s->natom, s->nstate, m->coupling, error);
}

static dia_status read_point(dia_import *import, const set *s, int p, room *m, dia_error *error)
{
    dia_array energy = {0}, grad = {0}, nac = {0};
    bool coupled = false;
    dia_import_where(import, "%s: point %d", import->path, p);
    dia_status status = read_geometry(import, json_array_get(s->xyz, (size_t)p), s->natom, m->numbers, m->R, error);
    if (status == DIA_OK)
        status = entry(import, s->energy, "energy", p, &energy, error);
    if (status == DIA_OK && energy.count != (size_t)s->nstate)
        status = dia_error_set(error, DIA_ERROR_INPUT, "%s: %zu energies, expected %d", import->where, energy.count,
                               s->nstate);
    if (status == DIA_OK)
        status = entry(import, s->grad, "grad", p, &grad, error);
    if (status == DIA_OK && grad.count > 0)
        status = dia_import_gradients(import, "grad", &grad, false, 1.0, s->natom, s->nstate, -1, m->gradient, error);
    if (status == DIA_OK)
        status = entry(import, s->nac, "nac", p, &nac, error);
    if (status == DIA_OK)
        status = read_couplings(import, s, &nac, m, &coupled, error);
    const dia_import_frame frame = {.natom = s->natom,
                                    .nstate = s->nstate,
                                    .numbers = m->numbers,
                                    .R = m->R,
                                    .energy = energy.values,
                                    .gradient = grad.count > 0 ? m->gradient : NULL,
                                    .coupling = coupled ? m->coupling : NULL};
    if (status == DIA_OK)
        status = dia_import_add(import, &frame, error);
    dia_array_free(&energy);
    dia_array_free(&grad);
    dia_array_free(&nac);
    return status;
}

static dia_status read_points(dia_import *import, const json_t *root, dia_error *error)
{
    set s;
    room m = {0};
    dia_status status = find_parts(root, import->path, &s, error);
    if (status != DIA_OK)
        return status;
    tell_left_out(import, root);
    const size_t ncart = 3 * (size_t)s.natom, n = (size_t)s.nstate;
    m.numbers = calloc((size_t)s.natom, sizeof *m.numbers);
    if (m.numbers == NULL || !DIA_PARTS({&m.R, ncart}, {&m.gradient, n * ncart}, {&m.coupling, n * n * ncart}))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", import->path);
    for (int p = 0; p < s.npoint && status == DIA_OK; p++)
        status = read_point(import, &s, p, &m, error);
    free(m.R);
    free(m.numbers);
    return status;
}

static dia_status read_all(dia_import *import, dia_error *error)
{
    dia_lines text = {0};
    json_t *root = NULL;
    dia_status status = dia_lines_open(&text, import->path, error);
    if (status == DIA_OK)
        status = dia_json_parse(&root, text.text, strlen(text.text), import->path, error);
    dia_lines_close(&text);
    if (status == DIA_OK)
        status = dia_files_add(&import->files, import->path, error);
    if (status == DIA_OK)
        status = read_points(import, root, error);
    json_decref(root);
    return status;
}

const dia_convert_format dia_convert_format_pyrai2md = {
    .name = "pyrai2md",
    .suffixes = "",
    .summary = "training data of PyRAI2MD (JSON)",
    .recognise = recognise,
    .read = read_all,
    .units = {{"Angstrom", "hartree", "hartree/bohr", "hartree/bohr"}}};
