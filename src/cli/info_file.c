/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "cli/info.h"
#include "diabolo/model.h"
#include "exact/record.h"
#include "model/committee.h"
#include "swarm/file/table.h"

static void print_shape(int rank, const size_t *dims)
{
    for (int d = 0; d < rank; d++)
        printf("%s%zu%s", d == 0 ? "(" : ", ", dims[d], d == rank - 1 ? ")" : "");
}

/* Names from a file are printed without control characters. */
static void print_text(int width, size_t length, const char *text)
{
    char shown[1200];
    dia_text_escape(sizeof shown, shown, length, text);
    printf("%-*s", width, shown);
}

/* One line per attribute; of a long text the beginning and the length. */
static void print_attribute(void *context, const dia_store_item *item)
{
    enum { WIDEST = 100 };
    (void)context;
    if (item->value == NULL) {
        printf("  ");
        print_text(20, strlen(item->name), item->name);
        printf(" %s ", item->type);
        print_shape(item->rank, item->dims);
        putchar('\n');
        return;
    }
    size_t length = strcspn(item->value, "\n"), whole = strlen(item->value);
    bool cut = length > WIDEST;
    if (cut)
        for (length = WIDEST; length > 0 && ((unsigned char)item->value[length] & 0xc0) == 0x80; length--)
            ; /* never half of a multi-byte character */
    int lines = 1;
    for (const char *p = item->value; *p != '\0'; p++)
        lines += *p == '\n' && p[1] != '\0';
    printf("  ");
    print_text(20, strlen(item->name), item->name);
    putchar(' ');
    print_text(0, length, item->value);
    printf("%s", cut ? "..." : "");
    if (lines > 1)
        printf(" ... (%d lines)", lines);
    else if (cut)
        printf(" (%zu characters)", whole);
    putchar('\n');
}

static void print_object(void *context, const dia_store_item *item)
{
    (void)context;
    if (strcmp(item->type, "group") == 0)
        return;
    printf("  ");
    print_text(32, strlen(item->name), item->name);
    putchar(' ');
    print_shape(item->rank, item->dims);
    printf("%s%s", item->rank > 0 ? " " : "", item->type);
    if (item->unit != NULL && strcmp(item->unit, "1") != 0) {
        printf(", ");
        print_text(0, strnlen(item->unit, 80), item->unit);
    }
    putchar('\n');
}

static void print_model(const dia_model *model)
{
    char formula[64];
    dia_shape shape = dia_model_shape(model);
    const dia_molecule *molecule = dia_model_molecule(model);
    dia_molecule_formula(molecule, sizeof formula, formula);
    printf("  %-20s %s\n", "model type", dia_model_name(model));
    if (molecule->dimension == 3)
        printf("  %-20s %s (%d atoms)\n", "molecule", formula, shape.natom);
    else
        printf("  %-20s %d, abstract\n", "coordinates", shape.ncart);
    printf("  %-20s %d", "states", shape.nstate);
    if (dia_model_fitted(model) < shape.nstate)
        printf(", the lowest %d fitted", dia_model_fitted(model));
    puts(dia_hermitian(&shape) ? ", H complex Hermitian" : "");
    if (shape.ntheta > 0)
        printf("  %-20s %d\n", "parameters", shape.ntheta);
    if (strcmp(dia_model_name(model), "network") == 0)
        printf("  %-20s %s\n", "training region", dia_model_bounded(model) ? "stored" : "not stored");
    if (dia_model_members(model) > 1) {
        const dia_calibration *calibration = dia_model_calibration(model);
        printf("  %-20s %d, calibrated on %d points\n", "members", dia_model_members(model),
               calibration != NULL ? calibration->npoint : 0);
    }
    if (dia_model_note(model) != NULL)
        printf("  %-20s %s\n", "note", dia_model_note(model));
    printf("  %-20s %s\n", "SHA-256", dia_model_digest(model));
}

/* The number behind "key": in the report of errors that a training leaves (JSON that this program wrote itself); false
 * if there is none. */
static bool number_of(const char *report, const char *key, double *value)
{
    const char *at = strstr(report, key);
    char *end = NULL;
    if (at == NULL || strncmp(at + strlen(key), "\": ", 3) != 0)
        return false;
    at += strlen(key) + 3;
    const double found = strtod(at, &end);
    if (end != at)
        *value = found;
    return end != at;
}

/* Errors on the validation points, else on the training points, as the training measured them. */
static void error_lines(const dia_store *store)
{
    dia_error none = {0};
    char *report = NULL;
    if (!dia_store_has_attribute(store, "", "errors") ||
        dia_store_attribute_text(store, "", "errors", &report, &none) != DIA_OK)
        return;
    const char *validation = strstr(report, "\"validation\"");
    const char *part = validation != NULL ? validation : report;
    double points, energy, gradient, coupling;
    if (number_of(part, "npoint", &points) && number_of(part, "energy_mae_mev", &energy) &&
        number_of(part, "gradient_mae_mev_per_angstrom", &gradient)) {
        printf("  %-20s mean absolute on %g %s points: energy %.1f meV, gradient %.0f meV/A", "errors", points,
               validation != NULL ? "validation" : "training", energy, gradient);
        if (number_of(part, "coupling_gap_below_0.5_ev_mae_mev_per_angstrom", &coupling))
            printf(", coupling x gap %.0f meV/A (gaps < 0.5 eV)", coupling);
        else if (number_of(part, "coupling_gap_below_1_ev_mae_mev_per_angstrom", &coupling))
            printf(", coupling x gap %.0f meV/A (gaps < 1 eV)", coupling);
        putchar('\n');
    }
    free(report);
}

static dia_status model_lines(const char *path, bool name, dia_error *error)
{
    dia_model *model;
    dia_status status = dia_model_load(&model, path, error);
    if (status == DIA_OK && name)
        printf("%s: a model\n", path);
    if (status == DIA_OK)
        print_model(model);
    dia_model_free(model);
    return status;
}

/* Rank and shape, if such a dataset is there. */
static bool have(const dia_store *store, const char *name, int rank, size_t *dims)
{
    int found;
    dia_error none = {0};
    return dia_store_has(store, name) && dia_store_shape(store, name, &found, dims, &none) == DIA_OK && found == rank;
}

static void dataset_lines(const dia_store *store)
{
    size_t dims[8];
    dia_molecule molecule;
    dia_error none = {0};
    if (have(store, "energies", 2, dims))
        printf("  %-20s %zu\n  %-20s %zu\n", "points", dims[0], "states", dims[1]);
    if (!have(store, "numbers", 1, dims) || dims[0] < 1 || dims[0] > 100000)
        return;
    int *numbers = malloc(dims[0] * sizeof *numbers);
    if (numbers != NULL && dia_store_read(store, "numbers", DIA_NUMBER_INT, 1, dims, numbers, &none) == DIA_OK &&
        dia_molecule_init(&molecule, (int)dims[0], 3, numbers, &none) == DIA_OK) {
        char formula[64];
        dia_molecule_formula(&molecule, sizeof formula, formula);
        printf("  %-20s %s\n", "formula", formula);
        dia_molecule_free(&molecule);
    }
    free(numbers);
}

/* The block `light` of resolved settings: what stands deeper than its key. */
static void light_lines(const char *resolved)
{
    const char *at = strstr(resolved, "\n    light:\n");
    if (at == NULL)
        return;
    const size_t deep = strspn(at + 1, " ");
    printf("  light\n");
    for (at = strchr(at + 1, '\n') + 1; strspn(at, " ") > deep; at += at[strcspn(at, "\n")] == '\n') {
        const size_t length = strcspn(at, "\n");
        print_text(0, length, at);
        putchar('\n');
        at += length;
    }
}

static dia_status swarm_lines(const char *path, dia_error *error)
{
    dia_swarm *swarm = NULL;
    dia_molecule molecule = {0};
    dia_status status = dia_swarm_open_lean(&swarm, path, error);
    if (status == DIA_OK)
        status = dia_swarm_molecule(swarm, &molecule, error);
    if (status == DIA_OK) {
        char formula[64];
        dia_molecule_formula(&molecule, sizeof formula, formula);
        printf("  %-20s %s\n", "molecule", molecule.dimension == 3 ? formula : "a model system");
        printf("  %-20s %d\n", "states", swarm->nstate);
        printf("  %-20s %lld\n", "trajectories", (long long)swarm->N);
        printf("  %-20s %g fs in %lld samples\n", "duration", (double)((swarm->T - 1) * swarm->every) * swarm->timestep,
               (long long)swarm->T);
        light_lines(swarm->resolved);
    }
    dia_molecule_free(&molecule);
    dia_swarm_close(swarm);
    return status;
}

static dia_status exact_lines(const char *path, dia_error *error)
{
    dia_exact_result result;
    const dia_status status = dia_exact_open(&result, path, error);
    if (status == DIA_OK) {
        const dia_exact_record *r = result.record;
        printf("  %-20s exact dynamics by the engine %s\n  %-20s %d\n  %-20s %d\n", "what", result.engine, "states",
               r->nstate, "coordinates", r->ncart);
        if (r->samples > 0)
            printf("  %-20s %g fs in %lld samples\n", "duration", r->time[r->samples - 1], (long long)r->samples);
        for (int i = 0; i < result.changes; i++)
            printf("  %-20s to %.2g, %s\n", "converged", result.change[i], result.change_what[i]);
    }
    dia_exact_close(&result);
    return status;
}

static dia_status describe(const dia_store *store, const char *path, dia_error *error)
{
    dia_error none = {0};
    char *format = NULL;
    int64_t version = 0;
    dia_status status = DIA_OK;
    if (dia_store_attribute_text(store, "", "format", &format, &none) != DIA_OK)
        printf("%s: HDF5 of unknown format (no root attribute 'format')\n", path);
    else if (dia_store_attribute_int(store, "", "version", &version, &none) != DIA_OK)
        printf("%s: ", path), print_text(0, strnlen(format, 80), format), printf(", without version\n");
    else
        printf("%s: ", path), print_text(0, strnlen(format, 80), format),
            printf(", version %lld\n", (long long)version);
    if (format != NULL && strcmp(format, "diabolo-model") == 0)
        status = model_lines(path, false, error);
    if (format != NULL && strcmp(format, "diabolo-model") == 0)
        error_lines(store);
    if (format != NULL && strcmp(format, "diabolo-dataset") == 0)
        dataset_lines(store);
    if (format != NULL && strcmp(format, "diabolo-swarm") == 0)
        status = swarm_lines(path, error);
    if (format != NULL && strcmp(format, DIA_EXACT_FORMAT) == 0)
        status = exact_lines(path, error);
    free(format);
    printf("\nAttributes\n");
    if (status == DIA_OK)
        status = dia_store_walk_attributes(store, "", print_attribute, NULL, error);
    printf("\nDatasets\n");
    if (status == DIA_OK)
        status = dia_store_walk(store, print_object, NULL, error);
    return status;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);
    return length >= tail && strcmp(text + length - tail, end) == 0;
}

dia_status dia_info_file(const char *path, dia_error *error)
{
    if (!dia_store_is_hdf5(path) && (ends_with(path, ".yaml") || ends_with(path, ".yml") || ends_with(path, ".so")))
        return model_lines(path, true, error);
    dia_store *store;
    dia_status status = dia_store_open(&store, path, error);
    if (status == DIA_OK)
        status = describe(store, path, error);
    dia_store_close(&store);
    return status;
}
