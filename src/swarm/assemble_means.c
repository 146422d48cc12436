/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times and populations of a swarm file, and in which pieces it is written. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "swarm/assembly.h"

/* Bytes held in memory at a time: of the trajectories of a block with all fields as doubles, and of means. */
enum { GATHER_ROOM = 64 << 20, MEANS = 3 * 4 + 3 /* numbers per state and sample: means, active states, results */ };
enum { PIECE = 256 }; /* trajectories written at once, if there is room */

/* The datasets of the fields; of the two populations only averages are written, but for shards. */
static const char *const outputs[DIA_FIELD_COUNT] = {[DIA_FIELD_POTENTIAL] = "trajectories/potential",
                                                     [DIA_FIELD_KINETIC] = "trajectories/kinetic",
                                                     [DIA_FIELD_ELECTRONIC] = "shard/electronic",
                                                     [DIA_FIELD_DIABATIC] = "shard/diabatic",
                                                     [DIA_FIELD_ENERGIES] = "trajectories/energies",
                                                     [DIA_FIELD_AMPLITUDES] = "trajectories/amplitudes",
                                                     [DIA_FIELD_POSITION] = "trajectories/position",
                                                     [DIA_FIELD_VELOCITY] = "trajectories/velocity",
                                                     [DIA_FIELD_DOUBT_ENERGY] = "committee/energy",
                                                     [DIA_FIELD_DOUBT_GAP] = "committee/gap",
                                                     [DIA_FIELD_DOUBT_GRADIENT] = "committee/gradient",
                                                     [DIA_FIELD_DOUBT_HOP] = "committee/hop",
                                                     [DIA_FIELD_WORK] = "trajectories/work",
                                                     [DIA_FIELD_ACTIVE] = "trajectories/active"};

const char *dia_assembly_dataset(dia_field field, bool shard)
{
    return (field == DIA_FIELD_ELECTRONIC || field == DIA_FIELD_DIABATIC) && !shard ? NULL : outputs[field];
}

dia_pieces dia_assembly_pieces(const dia_layout *record, size_t N, size_t T, size_t block)
{
    const size_t n = (size_t)record->nstate;
    size_t width = 0;
    for (int f = 0; f < DIA_FIELD_COUNT; f++)
        width += (size_t)record->width[f];
    dia_pieces p = {.block = block < N ? block : N};
    p.piece = p.block;
    while (p.piece + p.block <= PIECE && ((p.piece + p.block) * width + MEANS * n) * T * sizeof(double) <= GATHER_ROOM)
        p.piece += p.block;
    const size_t fit = GATHER_ROOM / ((p.piece * width + MEANS * n) * sizeof(double));
    p.most = fit < 1 ? 1 : fit > T ? T : fit;
    return p;
}

/* The datasets of a mean and its error. */
static const char *const populations[3][2] = {{"populations/active", "populations/active_error"},
                                              {"populations/electronic", "populations/electronic_error"},
                                              {"populations/diabatic", "populations/diabatic_error"}};

/* What dia_mean_add goes on from: origin, S1, S2, Q of each state; the datasets of the two that no other array tells. */
static const char *const sums[3] = {NULL, "restart/electronic", "restart/diabatic"};
enum { SUMS = 4 };

static dia_status write_sums(const dia_swarm *swarm, dia_store *store, const char *name, const dia_mean *mean,
                             size_t start, size_t S, dia_error *error)
{
    double *x = dia_allocate(SUMS * mean->n, sizeof *x);
    if (x == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for populations");
    for (size_t i = 0; i < mean->n; i++) {
        x[SUMS * i] = mean->origin[i];
        x[SUMS * i + 1] = mean->S1[i];
        x[SUMS * i + 2] = mean->S2[i];
        x[SUMS * i + 3] = mean->Q[i];
    }
    const dia_status status = dia_swarm_put(swarm, store, name, 1, &start, &S, x, error);
    free(x);
    return status;
}

dia_status dia_assembly_means(const dia_swarm *swarm, dia_store *store, const dia_mean means[3], size_t start, size_t S,
                              const double *time, dia_error *error)
{
    const size_t n = S * (size_t)swarm->nstate;
    double *x = dia_allocate(2 * n, sizeof *x), *e = x + n;
    if (x == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for populations");
    dia_status status = dia_swarm_put(swarm, store, "time", 1, &start, &S, time, error);
    for (int m = 0; m < 3 && status == DIA_OK; m++) {
        dia_mean_result(&means[m], x, e);
        for (size_t i = 0; m == 0 && i < n; i++)
            e[i] = dia_mean_binomial(&means[m], x[i]);
        status = dia_swarm_put(swarm, store, populations[m][0], 1, &start, &S, x, error);
        if (status == DIA_OK)
            status = dia_swarm_put(swarm, store, populations[m][1], 1, &start, &S, e, error);
        if (status == DIA_OK && swarm->width > 0 && sums[m] != NULL)
            status = write_sums(swarm, store, sums[m], &means[m], start, S, error);
    }
    free(x);
    return status;
}

dia_status dia_assembly_means_create(dia_mean means[3], const dia_population_rule *rule, size_t S, size_t n,
                                     dia_error *error)
{
    dia_status status = DIA_OK;
    for (int m = 0; m < 3 && status == DIA_OK; m++) {
        dia_mean_free(&means[m]);
        status = dia_mean_create(&means[m], S * n, m > 0 && dia_population_ratio(rule) ? n : 0, error);
    }
    return status;
}

void dia_assembly_add(dia_mean means[3], double weight, size_t S, size_t n, const int8_t *active,
                      const double *electronic, const double *diabatic, double *occupied)
{
    memset(occupied, 0, S * n * sizeof *occupied);
    for (size_t s = 0; s < S; s++)
        occupied[s * n + (size_t)active[s]] = 1.0;
    dia_mean_add(&means[0], weight, occupied);
    dia_mean_add(&means[1], weight, electronic);
    dia_mean_add(&means[2], weight, diabatic);
}
