/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/swarm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

const char *const dia_velocity_source_names[] = {"none", "sample", "hop"};

static dia_status read_molecule(dia_mechanism_swarm *swarm, dia_error *error)
{
    const dia_store *store = swarm->record->store;
    dia_molecule *molecule = &swarm->molecule;
    int rank;
    size_t dims[8] = {0};
    dia_status status = dia_store_shape(store, "molecule/reference", &rank, dims, error);
    if (status == DIA_OK && (rank != 2 || dims[0] < 1 || dims[0] > 100000 || dims[1] < 1 || dims[1] > 3))
        status = dia_error_set(error, DIA_ERROR_FILE, "%s: 'molecule/reference': expected atoms by coordinates",
                               dia_store_path(store));
    if (status == DIA_OK)
        status = dia_molecule_init(molecule, (int)dims[0], (int)dims[1], NULL, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "molecule/numbers", DIA_NUMBER_INT, 1, dims, molecule->numbers, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "molecule/masses", DIA_NUMBER_REAL, 1, dims, molecule->masses, error);
    if (status == DIA_OK)
        status = dia_store_read(store, "molecule/reference", DIA_NUMBER_REAL, 2, dims, molecule->reference, error);
    for (int a = 0; a < molecule->natom && status == DIA_OK; a++)
        if (!(molecule->masses[a] > 0))
            status = dia_error_set(error, DIA_ERROR_FILE,
                                   "%s: 'molecule/masses': atom %d has the mass %g, expected more "
                                   "than 0",
                                   dia_store_path(store), a, molecule->masses[a]);
    return status;
}

static double *vectors(const dia_mechanism_swarm *swarm, dia_error *error)
{
    double *made = dia_allocate((size_t)swarm->record->nhop * (size_t)swarm->molecule.ncart + 1, sizeof *made);
    if (made == NULL)
        dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the geometries of %d hops", swarm->record->nhop);
    return made;
}

/* The sample that a hop is told by: the last one before it (its velocity was not touched by the hop), or, for energies,
 * any near one. */
static int sample_before(const dia_record *record, double time)
{
    int low = 0;
    for (int i = 1; i < record->ntime && record->time[i] < time * (1 - 1e-12); i++)
        low = i;
    return low;
}

/* Energies and, if they are wanted, velocities from the samples: hops are sorted by trajectory as the rows are, but
 * read one by one lest that be relied on. */
static dia_status read_from_samples(dia_mechanism_swarm *swarm, const double *kinetic_before, dia_error *error)
{
    const dia_record *r = swarm->record;
    const size_t n = (size_t)swarm->molecule.ncart, T = (size_t)r->ntime;
    const int tail[2] = {swarm->molecule.natom, swarm->molecule.dimension};
    double *potential = dia_allocate(T * (2 + n), sizeof *potential), *kinetic = potential + T, *velocity = kinetic + T;
    dia_status status = DIA_OK;
    if (potential == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a trajectory");
    for (int k = 0, held = -1; k < r->nhop && status == DIA_OK; k++) {
        const int row = r->hop_row[k], i = sample_before(r, r->hop_time[k]);
        if (row != held) {
            status = dia_record_rows(r, "potential", 0, NULL, row, 1, potential, error);
            if (status == DIA_OK)
                status = dia_record_rows(r, "kinetic", 0, NULL, row, 1, kinetic, error);
            if (status == DIA_OK && swarm->source == DIA_VELOCITY_SAMPLE)
                status = dia_record_rows(r, "velocity", 2, tail, row, 1, velocity, error);
            held = row;
        }
        const double from = potential[i] + kinetic[i] - kinetic_before[k];
        swarm->hop_E[k] = from + 0.5 * r->hop_gap[k];
        if (swarm->source == DIA_VELOCITY_SAMPLE)
            memcpy(swarm->hop_V + (size_t)k * n, velocity + (size_t)i * n, n * sizeof *velocity);
    }
    free(potential);
    return status;
}

static dia_status read_hops(dia_mechanism_swarm *swarm, dia_error *error)
{
    const dia_record *r = swarm->record;
    const size_t dims[3] = {(size_t)r->nhop, (size_t)swarm->molecule.natom, (size_t)swarm->molecule.dimension};
    swarm->source = dia_store_has(r->store, "hops/velocity")           ? DIA_VELOCITY_HOP
                    : dia_store_has(r->store, "trajectories/velocity") ? DIA_VELOCITY_SAMPLE
                                                                       : DIA_VELOCITY_NONE;
    double *kinetic = dia_allocate(dims[0] + 1, sizeof *kinetic);
    swarm->hop_E = dia_allocate(dims[0] + 1, sizeof *swarm->hop_E);
    swarm->hop_R = vectors(swarm, error);
    if (swarm->source != DIA_VELOCITY_NONE)
        swarm->hop_V = vectors(swarm, error);
    dia_status status = kinetic == NULL || swarm->hop_E == NULL || swarm->hop_R == NULL ||
                                (swarm->hop_V == NULL && swarm->source != DIA_VELOCITY_NONE)
                            ? dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d hops", r->nhop)
                            : DIA_OK;
    if (r->nhop > 0) {
        if (status == DIA_OK)
            status = dia_store_read(r->store, "hops/position", DIA_NUMBER_REAL, 3, dims, swarm->hop_R, error);
        if (status == DIA_OK && swarm->source == DIA_VELOCITY_HOP)
            status = dia_store_read(r->store, "hops/velocity", DIA_NUMBER_REAL, 3, dims, swarm->hop_V, error);
        if (status == DIA_OK)
            status = dia_store_read(r->store, "hops/kinetic_before", DIA_NUMBER_REAL, 1, dims, kinetic, error);
        if (status == DIA_OK)
            status = read_from_samples(swarm, kinetic, error);
    }
    free(kinetic);
    return status;
}

/* Like atoms have the same number and mass: an isotope has a name of its own. */
static dia_status make_match(dia_mechanism_swarm *swarm, int nlabel, const int *label, bool mirror, dia_error *error)
{
    const dia_molecule *molecule = &swarm->molecule;
    const int n = molecule->natom;
    if (nlabel != 0 && nlabel != n)
        return dia_error_set(error, DIA_ERROR_INPUT, "equivalence.labels: expected %d numbers, one an atom, found %d",
                             n, nlabel);
    swarm->label = dia_allocate((size_t)n, sizeof *swarm->label);
    if (swarm->label == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d atoms", n);
    for (int a = n - 1; a >= 0; a--) {
        swarm->label[a] = nlabel > 0 ? label[a] : a;
        for (int b = 0; b < a; b++) {
            const bool alike =
                molecule->numbers[a] == molecule->numbers[b] && molecule->masses[a] == molecule->masses[b];
            if (nlabel > 0 && label[a] == label[b] && !alike)
                return dia_error_set(
                    error, DIA_ERROR_INPUT,
                    "equivalence.labels: atoms %d and %d cannot be equivalent: their elements or masses "
                    "differ",
                    b, a);
            if (nlabel == 0 && alike && swarm->label[a] == a)
                swarm->label[a] = b;
        }
    }
    dia_status status = dia_match_create(&swarm->match, molecule, swarm->label, mirror, error);
    return status == DIA_OK ? status : dia_error_prefix(error, "equivalence.labels");
}

dia_status dia_mechanism_swarm_load(dia_mechanism_swarm **swarm, const char *path, int nlabel, const int *label,
                                    bool mirror, dia_error *error)
{
    dia_mechanism_swarm *made = calloc(1, sizeof *made);
    *swarm = NULL;
    if (made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = dia_record_load(&made->record, path, error);
    if (status == DIA_OK && dia_store_has_attribute(made->record->store, "", "model_digest"))
        status = dia_store_attribute_text(made->record->store, "", "model_digest", &made->model_digest, error);
    if (status == DIA_OK)
        status = read_molecule(made, error);
    if (status == DIA_OK)
        status = make_match(made, nlabel, label, mirror, error);
    if (status == DIA_OK)
        status = read_hops(made, error);
    double squares = 0;
    for (int j = 0; status == DIA_OK && j < made->record->ntrajectory; j++) {
        made->weight += made->record->weight[j];
        squares += made->record->weight[j] * made->record->weight[j];
    }
    if (status == DIA_OK && !(made->weight > 0))
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "%s: none of its %d trajectories counts (all were left out, or "
                               "have weight 0)",
                               path, made->record->ntrajectory);
    if (status != DIA_OK) {
        dia_mechanism_swarm_free(made);
        return status;
    }
    made->has_position = dia_store_has(made->record->store, "trajectories/position");
    made->effective = made->weight * made->weight / squares;
    *swarm = made;
    return DIA_OK;
}

void dia_mechanism_swarm_free(dia_mechanism_swarm *swarm)
{
    if (swarm == NULL)
        return;
    dia_record_free(swarm->record);
    free(swarm->model_digest);
    dia_molecule_free(&swarm->molecule);
    dia_match_free(swarm->match);
    free(swarm->label);
    free(swarm->hop_R);
    free(swarm->hop_V);
    free(swarm->hop_E);
    free(swarm);
}

dia_status dia_mechanism_swarm_positions(const dia_mechanism_swarm *swarm, int first, int count, double *R,
                                         dia_error *error)
{
    const int tail[2] = {swarm->molecule.natom, swarm->molecule.dimension};
    return dia_record_rows(swarm->record, "position", 2, tail, first, count, R, error);
}

dia_status dia_mechanism_swarm_need_positions(const dia_mechanism_swarm *swarm, const char *what, dia_error *error)
{
    if (swarm->has_position)
        return DIA_OK;
    return dia_error_set(
        error, DIA_ERROR_FILE,
        "%s: holds no 'trajectories/position', which %s needs; fly the swarm with output.trajectories: "
        "true",
        dia_store_path(swarm->record->store), what);
}
