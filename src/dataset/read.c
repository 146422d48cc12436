/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The only reader of data sets: shapes, units, groups, what must be right. */
#include "dataset/dataset.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/config.h"
#include "dataset/dipoles.h"
#include "dataset/examine.h"
#include "store/store.h"

/* Shape of `positions`, `energies`: everything else must agree with them. */
static dia_status read_extents(const dia_store *store, dia_dataset *data, dia_error *error)
{
    size_t dims[8] = {0};
    int rank = 0;
    dia_status status = dia_store_shape(store, "positions", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 3 || dims[2] != 3 || dims[0] < 1 || dims[1] < 1 || dims[0] > 50000000 || dims[1] > 10000)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: dataset 'positions' has %d dimensions, the last %zu; expected (npoint, natom, 3)",
                             dia_store_path(store), rank, rank > 0 ? dims[rank - 1] : 0);
    data->npoint = (int)dims[0];
    data->natom = (int)dims[1];
    data->ncart = 3 * data->natom;
    status = dia_store_shape(store, "energies", &rank, dims, error);
    if (status != DIA_OK)
        return status;
    if (rank != 2 || dims[0] != (size_t)data->npoint || dims[1] < 1 || dims[1] > DIA_DATASET_STATES)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: dataset 'energies' is (%zu, %zu); expected (%d, 1 to %d states)",
                             dia_store_path(store), dims[0], rank > 1 ? dims[1] : 0, data->npoint, DIA_DATASET_STATES);
    data->nstate = (int)dims[1];
    data->npair = data->nstate * (data->nstate - 1) / 2;
    if ((double)data->npoint * data->ncart * (data->nstate + data->npair) > INT_MAX)
        return dia_error_set(
            error, DIA_ERROR_INPUT,
            "%s: %d points of %d atoms and %d states are more numbers than one data set may hold (%d); "
            "use a part of them",
            dia_store_path(store), data->npoint, data->natom, data->nstate, INT_MAX);
    return DIA_OK;
}

static double *missing(size_t count)
{
    double *values = dia_allocate(count > 0 ? count : 1, sizeof *values);
    for (size_t i = 0; values != NULL && i < count; i++)
        values[i] = NAN;
    return values;
}

/* Real numbers in the unit of the layout; a unit that the file does not state is noted. */
static dia_status read_in(const dia_store *store, FILE *notes, const char *name, const char *unit, int rank,
                          const size_t *dims, double *values, dia_error *error)
{
    bool stated;
    dia_status status = dia_store_read_in(store, name, unit, rank, dims, values, &stated, error);
    if (status == DIA_OK && !stated)
        fprintf(notes, "dataset '%s' does not say its unit (attribute 'unit'): taken as %s\n", name, unit);
    return status;
}

/* h_ij = <i|dH/dR|j>, or derivative couplings d_ij = h_ij/(E_j - E_i), which their unit tells apart. */
static dia_status read_couplings(const dia_store *store, FILE *notes, dia_dataset *data, dia_error *error)
{
    const size_t dims[] = {(size_t)data->npoint, (size_t)data->npair, (size_t)data->natom, 3};
    double factor;
    bool stated;
    dia_error ignored = {0};
    /* Atomic units ("au") are units of both kinds: then it is the layout's. */
    if (dia_store_unit(store, "couplings", "hartree/bohr", &factor, &stated, &ignored) == DIA_OK ||
        dia_store_unit(store, "couplings", "1/bohr", &factor, &stated, &ignored) != DIA_OK || !stated)
        return read_in(store, notes, "couplings", "hartree/bohr", 4, dims, data->coupling, error);
    dia_status status = dia_store_read_in(store, "couplings", "1/bohr", 4, dims, data->coupling, NULL, error);
    for (int b = 0; status == DIA_OK && b < data->npoint; b++)
        for (int j = 1; j < data->nstate; j++)
            for (int i = 0; i < j; i++) {
                const dia_label label = dia_dataset_label(data, b);
                double *d = data->coupling + ((size_t)b * dims[1] + (size_t)(j * (j - 1) / 2 + i)) * dims[2] * 3;
                for (int a = 0; a < data->ncart; a++)
                    d[a] *= label.energy[j] - label.energy[i];
            }
    if (status == DIA_OK)
        fputs("dataset 'couplings' is in units of 1/length: derivative couplings d_ij, turned into h_ij = (E_j - E_i) "
              "d_ij\n",
              notes);
    return status;
}

static dia_status read_labels(const dia_store *store, FILE *notes, dia_dataset *data, dia_error *error)
{
    const size_t n = (size_t)data->npoint, ns = (size_t)data->nstate, na = (size_t)data->natom,
                 np = (size_t)data->npair;
    data->numbers = calloc(na, sizeof *data->numbers);
    data->R = dia_allocate(n * na * 3, sizeof *data->R);
    data->energy = dia_allocate(n * ns, sizeof *data->energy);
    data->gradient = missing(n * ns * na * 3);
    data->coupling = missing(n * np * na * 3);
    if (data->numbers == NULL || data->R == NULL || data->energy == NULL || data->gradient == NULL ||
        data->coupling == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %zu points", dia_store_path(store), n);
    dia_status status = dia_store_read(store, "numbers", DIA_NUMBER_INT, 1, (const size_t[]){na}, data->numbers, error);
    if (status == DIA_OK)
        status = read_in(store, notes, "positions", "bohr", 3, (const size_t[]){n, na, 3}, data->R, error);
    if (status == DIA_OK)
        status = read_in(store, notes, "energies", "hartree", 2, (const size_t[]){n, ns}, data->energy, error);
    if (status == DIA_OK && dia_store_has(store, "gradients"))
        status = read_in(store, notes, "gradients", "hartree/bohr", 4, (const size_t[]){n, ns, na, 3}, data->gradient,
                         error);
    if (status == DIA_OK && np > 0 && dia_store_has(store, "couplings"))
        status = read_couplings(store, notes, data, error);
    return status == DIA_OK ? dia_dipoles_of_file(data, store, notes, error) : status;
}

/* Datasets that are not read: most likely an expected one under another name. */
static void note_unread(void *context, const dia_store_item *item)
{
    static const char *const read[] = {"numbers", "positions", "energies",    "gradients", "couplings",
                                       "group",   "dipoles",   "hamiltonian", NULL};
    static const struct {
        const char *name, *hint;
    } known[] = {{"masses", "; the model gets the masses of its elements, and `initial.masses` of a run gives others"},
                 {"forces", "; a data set holds 'gradients' = -forces"},
                 {"force", "; a data set holds 'gradients' = -forces"},
                 {"nacs", "; a data set holds 'couplings' h_ij = (E_j - E_i) d_ij"},
                 {"nac", "; a data set holds 'couplings' h_ij = (E_j - E_i) d_ij"},
                 {"smooth_nacs", "; a data set holds 'couplings' h_ij = (E_j - E_i) d_ij"}};
    if (strcmp(item->type, "group") == 0 || strncmp(item->name, "spread/", 7) == 0)
        return;
    for (const char *const *name = read; *name != NULL; name++)
        if (strcmp(*name, item->name) == 0)
            return;
    const char *nearest = dia_text_nearest(item->name, read), *hint = "";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcasecmp(known[i].name, item->name) == 0) {
            hint = known[i].hint;
            nearest = NULL;
        }
    fprintf(context, "dataset '%.100s' is not read%s%s%s%s\n", item->name, hint,
            nearest != NULL ? "; did you mean '" : "", nearest != NULL ? nearest : "", nearest != NULL ? "'?" : "");
}

static dia_status read_groups(const dia_store *store, dia_dataset *data, dia_error *error)
{
    const size_t n = (size_t)data->npoint;
    data->group = calloc(n, sizeof *data->group);
    if (data->group == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for groups", dia_store_path(store));
    data->ngroup = 1;
    if (!dia_store_has(store, "group"))
        return DIA_OK;
    dia_status status = dia_store_read_texts(store, "group", n, &data->group_text, error);
    if (status != DIA_OK)
        return status;
    data->group_name = calloc(n, sizeof *data->group_name);
    if (data->group_name == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for groups", dia_store_path(store));
    data->ngroup = 0;
    for (size_t b = 0; b < n; b++) {
        int g = 0;
        while (g < data->ngroup && strcmp(data->group_name[g], data->group_text[b]) != 0)
            g++;
        if (g == data->ngroup)
            data->group_name[data->ngroup++] = data->group_text[b];
        data->group[b] = g;
    }
    return DIA_OK;
}

static dia_status read_attributes(const dia_store *store, dia_dataset *data, dia_error *error)
{
    char **const texts[] = {&data->level_of_theory, &data->licence, &data->source};
    const char *const names[] = {"level_of_theory", "licence", "source"};
    dia_status status = DIA_OK;
    for (int i = 0; i < 3 && status == DIA_OK; i++)
        if (dia_store_has_attribute(store, "", names[i]))
            status = dia_store_attribute_text(store, "", names[i], texts[i], error);
    return status;
}

static const double coincident = 0.05; /* bohr; the closest nuclei of any data we know are 0.26 bohr apart */

bool dia_atoms_meet(int natom, const double *R, int *first, int *second)
{
    for (int a = 0; a < natom; a++)
        for (int b = 0; b < a; b++) {
            const double x = R[3 * a] - R[3 * b], y = R[3 * a + 1] - R[3 * b + 1], z = R[3 * a + 2] - R[3 * b + 2];
            if (x * x + y * y + z * z < coincident * coincident) {
                *first = b;
                *second = a;
                return true;
            }
        }
    return false;
}

static dia_status check_positions(const dia_store *store, const dia_dataset *data, dia_error *error)
{
    for (int b = 0; b < data->npoint; b++) {
        const double *R = data->R + b * data->ncart;
        int first, second;
        for (int c = 0; c < data->ncart; c++)
            if (!isfinite(R[c]))
                return dia_error_set(error, DIA_ERROR_INPUT,
                                     "%s: dataset 'positions' holds a number that is not finite at point %d, atom %d; "
                                     "remove that point",
                                     dia_store_path(store), b, c / 3);
        if (dia_atoms_meet(data->natom, R, &first, &second))
            return dia_error_set(
                error, DIA_ERROR_INPUT,
                "%s: at point %d the atoms %d and %d are at one place (less than %g bohr apart; points "
                "and atoms are counted from 0); remove that point",
                dia_store_path(store), b, first, second, coincident);
    }
    return DIA_OK;
}

static dia_status check_energies(const dia_store *store, FILE *notes, dia_dataset *data, dia_error *error)
{
    int bare = 0, first = 0;
    data->lowest = INFINITY;
    for (int b = 0; b < data->npoint; b++) {
        const double *e = data->energy + b * data->nstate;
        double below = -INFINITY;
        for (int k = 0; k < data->nstate; k++) {
            if (isinf(e[k]))
                return dia_error_set(
                    error, DIA_ERROR_INPUT,
                    "%s: dataset 'energies' is infinite at point %d, state %d; write NaN for a missing "
                    "energy",
                    dia_store_path(store), b, k);
            if (e[k] < below)
                return dia_error_set(
                    error, DIA_ERROR_INPUT,
                    "%s: the energies of point %d are not in ascending order (state %d: %.8f hartree, after %.8f); "
                    "sort the states of that point",
                    dia_store_path(store), b, k, e[k], below);
            below = fmax(below, e[k]); /* fmax and fmin ignore NaN */
            data->lowest = fmin(data->lowest, e[k]);
        }
        if (below == -INFINITY && bare++ == 0)
            first = b;
    }
    if (bare == data->npoint)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: no point has an energy (NaN in every state)",
                             dia_store_path(store));
    if (bare > 0)
        fprintf(notes, "%d of %d points have no energy at all (NaN in every state; first is point %d): left out\n",
                bare, data->npoint, first);
    return DIA_OK;
}

/* NaN stands for what is missing. */
static dia_status check_infinite(const dia_store *store, const char *name, const dia_dataset *data, int vectors,
                                 const double *values, dia_error *error)
{
    for (int i = 0; i < data->npoint * vectors * data->ncart; i++)
        if (isinf(values[i]))
            return dia_error_set(error, DIA_ERROR_INPUT,
                                 "%s: dataset '%s' is infinite at point %d; write NaN for what is missing",
                                 dia_store_path(store), name, i / (vectors * data->ncart));
    return DIA_OK;
}

static dia_status check_elements(const dia_store *store, const dia_dataset *data, dia_error *error)
{
    for (int a = 0; a < data->natom; a++)
        if (data->numbers[a] < 1 || dia_element_symbol(data->numbers[a]) == NULL)
            return dia_error_set(error, DIA_ERROR_INPUT, "%s: dataset 'numbers' holds %d for atom %d, no element",
                                 dia_store_path(store), data->numbers[a], a);
    return DIA_OK;
}

/* Shapes and units; whatever numbers there are. */
static dia_status read_plain(const dia_store *store, FILE *notes, dia_dataset *data, dia_error *error)
{
    dia_status status = dia_store_expect(store, "diabolo-dataset", 1, error);
    if (status == DIA_OK)
        status = read_extents(store, data, error);
    if (status == DIA_OK)
        status = read_labels(store, notes, data, error);
    if (status == DIA_OK)
        status = read_groups(store, data, error);
    if (status == DIA_OK)
        status = read_attributes(store, data, error);
    if (status == DIA_OK)
        status = check_elements(store, data, error);
    return status;
}

static dia_status check_all(const dia_store *store, FILE *notes, dia_dataset *data, dia_error *error)
{
    dia_status status = check_positions(store, data, error);
    if (status == DIA_OK)
        status = check_energies(store, notes, data, error);
    if (status == DIA_OK)
        status = check_infinite(store, "gradients", data, data->nstate, data->gradient, error);
    if (status == DIA_OK)
        status = check_infinite(store, "couplings", data, data->npair, data->coupling, error);
    return status == DIA_OK ? dia_dipoles_check(data, dia_store_path(store), error) : status;
}

static dia_status open_set(dia_dataset *data, const char *path, bool judge, int threads, dia_error *error)
{
    memset(data, 0, sizeof *data);
    dia_store *store = NULL;
    size_t size = 0;
    FILE *notes = open_memstream(&data->notes, &size);
    dia_status status = notes != NULL ? dia_digest_file(path, data->digest, error)
                                      : dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", path);
    if (status == DIA_OK)
        status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = read_plain(store, notes, data, error);
    if (status == DIA_OK && judge)
        status = check_all(store, notes, data, error);
    if (status == DIA_OK)
        status = dia_store_walk(store, note_unread, notes, error);
    if (status == DIA_OK && judge)
        status = dia_dataset_examine(data, threads, notes, error);
    dia_store_close(&store);
    if (notes != NULL)
        fclose(notes);
    if (status != DIA_OK)
        dia_dataset_free(data);
    return status;
}

dia_status dia_dataset_load(dia_dataset *data, const char *path, int threads, dia_error *error)
{
    return open_set(data, path, true, threads, error);
}

dia_status dia_dataset_read(dia_dataset *data, const char *path, dia_error *error)
{
    return open_set(data, path, false, 1, error);
}

void dia_dataset_free(dia_dataset *data)
{
    free(data->numbers);
    free(data->R);
    free(data->energy);
    free(data->gradient);
    free(data->coupling);
    free(data->dipole);
    free(data->weight);
    free(data->group);
    free(data->group_name);
    free(data->group_text);
    free(data->level_of_theory);
    free(data->licence);
    free(data->source);
    free(data->notes);
    memset(data, 0, sizeof *data);
}
