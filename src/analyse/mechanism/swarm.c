/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/swarm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

const char *const dia_velocity_source_names[] = {"none", "sample", "hop"};

static double *vectors(const dia_mechanism_swarm *swarm, dia_error *error)
{
    double *made = dia_allocate((size_t)swarm->record->nhop * (size_t)swarm->molecule.ncart + 1, sizeof *made);
    if (made == NULL)
        dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the geometries of %d hops", swarm->record->nhop);
    return made;
}

/* The sample taken for a hop: the last one before it (its velocity was not changed by the hop); for energies any nearby
 * one will do. */
static int sample_before(const dia_record *record, double time)
{
    int low = 0;
    for (int i = 1; i < record->ntime && record->time[i] < time * (1 - 1e-12); i++)
        low = i;
    return low;
}

/* What light paid of earlier hops of the trajectory of hop k after that time. */
static double work_since(const dia_record *record, int k, double time)
{
    double work = 0.0;
    for (int i = k - 1; record->hop_work != NULL && i >= 0 && record->hop_row[i] == record->hop_row[k] &&
                        record->hop_time[i] > time * (1 + 1e-12);
         i--)
        work += record->hop_work[i];
    return work;
}

/* Energies and, if they are wanted, velocities from the samples: hops are usually sorted by trajectory, as the rows
 * are, but nothing here depends on it. */
static dia_status read_from_samples(dia_mechanism_swarm *swarm, dia_error *error)
{
    const dia_record *r = swarm->record;
    const size_t n = (size_t)swarm->molecule.ncart, T = (size_t)r->ntime;
    double *potential = dia_allocate(T * (2 + n), sizeof *potential), *kinetic = potential + T, *velocity = kinetic + T;
    dia_status status = DIA_OK;
    if (potential == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a trajectory");
    for (int k = 0, held = -1; k < r->nhop && status == DIA_OK; k++) {
        const int row = r->hop_row[k], i = sample_before(r, r->hop_time[k]);
        if (row != held) {
            status = dia_swarm_rows(r->swarm, "trajectories/potential", row, 1, potential, error);
            if (status == DIA_OK)
                status = dia_swarm_rows(r->swarm, "trajectories/kinetic", row, 1, kinetic, error);
            if (status == DIA_OK && swarm->source == DIA_VELOCITY_SAMPLE)
                status = dia_swarm_rows(r->swarm, "trajectories/velocity", row, 1, velocity, error);
            held = row;
        }
        const double from = potential[i] + kinetic[i] + work_since(r, k, r->time[i]) - r->swarm->hops.kinetic_before[k];
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
    swarm->source = dia_swarm_row_size(r->swarm, "hops/velocity") > 0           ? DIA_VELOCITY_HOP
                    : dia_swarm_row_size(r->swarm, "trajectories/velocity") > 0 ? DIA_VELOCITY_SAMPLE
                                                                                : DIA_VELOCITY_NONE;
    swarm->hop_E = dia_allocate((size_t)r->nhop + 1, sizeof *swarm->hop_E);
    swarm->hop_weight = dia_allocate((size_t)r->nhop + 1, sizeof *swarm->hop_weight);
    for (int k = 0; k < r->nhop && swarm->hop_weight != NULL; k++)
        swarm->hop_weight[k] = dia_record_by_light(r, k) ? 0.0 : r->weight[r->hop_row[k]];
    swarm->hop_R = vectors(swarm, error);
    if (swarm->source != DIA_VELOCITY_NONE)
        swarm->hop_V = vectors(swarm, error);
    dia_status status = swarm->hop_E == NULL || swarm->hop_weight == NULL || swarm->hop_R == NULL ||
                                (swarm->hop_V == NULL && swarm->source != DIA_VELOCITY_NONE)
                            ? dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d hops", r->nhop)
                            : DIA_OK;
    if (status == DIA_OK)
        status = dia_swarm_rows(r->swarm, "hops/position", 0, r->nhop, swarm->hop_R, error);
    if (status == DIA_OK && swarm->source == DIA_VELOCITY_HOP)
        status = dia_swarm_rows(r->swarm, "hops/velocity", 0, r->nhop, swarm->hop_V, error);
    return status == DIA_OK ? read_from_samples(swarm, error) : status;
}

/* Like atoms have the same number and mass: an isotope has a label of its own. */
static dia_status make_label(dia_mechanism_swarm *swarm, int nlabel, const int *label, dia_error *error)
{
    const dia_molecule *molecule = &swarm->molecule;
    const int n = molecule->natom;
    if (nlabel > 0 && nlabel != n)
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
    return DIA_OK;
}

dia_status dia_mechanism_swarm_match(dia_mechanism_swarm *swarm, bool mirror, dia_error *error)
{
    const dia_status status = dia_match_create(&swarm->match, &swarm->molecule, swarm->label, mirror, error);
    return status == DIA_OK ? status : dia_error_prefix(error, "equivalence.labels");
}

dia_status dia_mechanism_swarm_load(dia_mechanism_swarm **swarm, const char *path, int nlabel, const int *label,
                                    dia_error *error)
{
    dia_mechanism_swarm *made = calloc(1, sizeof *made);
    *swarm = NULL;
    if (made == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    dia_status status = dia_record_load(&made->record, path, error);
    if (status == DIA_OK)
        status = dia_swarm_molecule(made->record->swarm, &made->molecule, error);
    if (status == DIA_OK)
        made->model_digest = made->record->swarm->model_digest;
    if (status == DIA_OK)
        status = make_label(made, nlabel, label, error);
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
    made->effective = made->weight * made->weight / squares;
    *swarm = made;
    return DIA_OK;
}

void dia_mechanism_swarm_free(dia_mechanism_swarm *swarm)
{
    if (swarm == NULL)
        return;
    dia_record_free(swarm->record);
    dia_molecule_free(&swarm->molecule);
    dia_match_free(swarm->match);
    free(swarm->label);
    free(swarm->hop_R);
    free(swarm->hop_V);
    free(swarm->hop_E);
    free(swarm->hop_weight);
    free(swarm);
}
