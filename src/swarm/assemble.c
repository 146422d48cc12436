/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a complete journal to the swarm file (docs/swarm-file.md): in windows of samples, and in a window block by
 * block, so that the memory does not grow with the length of the flight. A flight of usual length is one window. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/machine.h"
#include "dynamics/stop.h"
#include "model/front.h"
#include "model/verdict.h"
#include "parallel/team.h"
#include "statistics/mean.h"
#include "swarm/assembly.h"

typedef dia_assembly assembly;

/* The scales of the file, and what is known of it before the flight. */
static void describe(assembly *a)
{
    const dia_flight *flight = a->flight;
    const dia_molecule *molecule = dia_model_molecule(flight->model);
    if (a->rule.amplitudes || a->rule.by_start)
        dia_population_text(&a->rule, a->populations);
    a->swarm = (dia_swarm){.input = flight->input,
                           .input_path = flight->input_path,
                           .resolved = flight->resolved,
                           .model_path = flight->model_path,
                           .model_type = dia_model_name(flight->model),
                           .model_digest = dia_model_digest(flight->model),
                           .model_note = a->remarks,
                           .program_version = dia_version(),
                           .program_commit = dia_commit(),
                           .method = flight->dynamics->hop->name,
                           .network_precision = flight->dynamics->precision != 0 ? "single" : NULL,
                           .until = flight->until,
                           .excitation = flight->chosen,
                           .shard = flight->shard,
                           .whole_resolved = flight->whole_resolved,
                           .whole_identity = flight->whole_identity,
                           .whole_initial_digest = flight->whole_initial,
                           .populations = a->populations[0] != '\0' ? a->populations : NULL,
                           .amplitude_signs = "largest component positive",
                           .seed = (int64_t)flight->dynamics->seed,
                           .every = flight->every,
                           .timestep = dia_assembly_time(a, 1),
                           .N = flight->count,
                           .T = dia_flight_samples(flight),
                           .nstate = a->record.nstate,
                           .natom = molecule->natom,
                           .dimension = molecule->dimension,
                           .width = a->like != NULL ? (int64_t)dia_block_state_width(a->like) : 0,
                           .full = flight->full,
                           .single = flight->single,
                           .lit = dia_flight_lit(flight),
                           .numbers = molecule->numbers,
                           .masses = molecule->masses,
                           .reference = molecule->reference,
                           .number = flight->number,
                           .fate = a->fate,
                           .end = a->end,
                           .drift = a->drift,
                           .outside = dia_model_bounded(flight->model) ? a->outside : NULL,
                           .novelty = dia_model_bounded(flight->model) ? a->novelty : NULL,
                           .uncertain = dia_flight_watched(flight) ? a->uncertain : NULL,
                           .stop_conditions = a->conditions,
                           .stop = a->conditions != NULL ? a->stop : NULL,
                           .initial_state = a->state,
                           .weight = flight->weight,
                           .start_weight = a->rule.weighted ? a->start_weight : NULL};
    if (flight->before != NULL) {
        a->swarm.hops.count = flight->before->hops.count;
        a->swarm.first_outside = flight->before->first_outside; /* the earliest there is */
    }
    for (size_t j = 0; j < a->N; j++)
        a->state[j] = (int8_t)flight->state[j];
    for (int64_t block = 0; block < dia_flight_blocks(flight); block++)
        for (int64_t i = 0; i < dia_journal_segments(a->journal, block); i++)
            a->swarm.hops.count += dia_journal_segment(a->journal, block, i)->hops;
}

static dia_status assemble_create(assembly *a, dia_error *error)
{
    dia_shape shape = dia_model_shape(a->flight->model);
    dia_flight_layout(a->flight, &a->record);
    a->rule = dia_dynamics_populations(a->flight->dynamics, shape.nstate);
    a->N = (size_t)a->flight->count;
    a->T = (size_t)dia_flight_samples(a->flight);
    a->n = (size_t)shape.nstate;
    a->ncart = (size_t)shape.ncart;
    const dia_pieces pieces = dia_assembly_pieces(&a->record, a->N, a->T, (size_t)dia_flight_block(a->flight));
    a->block = pieces.block;
    a->piece = pieces.piece;
    a->most = pieces.most;
    bool good = true;
    for (int f = 0; f < DIA_FIELD_ACTIVE; f++)
        if (a->record.width[f] > 0)
            good = (a->values[f] = dia_allocate(a->piece * a->most * (size_t)a->record.width[f], sizeof(double))) !=
                       NULL &&
                   good;
    a->active = dia_allocate(a->piece * a->most, 1);
    a->occupied = dia_allocate(a->most * a->n, sizeof *a->occupied);
    a->fate = dia_allocate(a->N, 1);
    a->state = dia_allocate(a->N, 1);
    a->stop = dia_allocate(a->N, 1);
    a->remarks = dia_model_remarks(a->flight->model);
    a->conditions = dia_stops_text(a->flight->dynamics->stops);
    good = good && a->stop != NULL && (a->conditions != NULL || a->flight->dynamics->stops == NULL);
    a->end = dia_allocate(8 * a->N, sizeof *a->end);
    if (!good || a->active == NULL || a->occupied == NULL || a->fate == NULL || a->state == NULL || a->end == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write the swarm file");
    a->drift = a->end + a->N;
    a->potential0 = a->drift + a->N;
    a->kinetic0 = a->potential0 + a->N;
    a->outside = a->kinetic0 + a->N;
    a->novelty = a->outside + a->N;
    a->uncertain = a->novelty + a->N;
    a->start_weight = a->uncertain + a->N;
    dia_status status = DIA_OK;
    if (a->flight->extendable)
        status = dia_block_create(&a->like, a->flight->model, a->flight->dynamics, 1, error);
    if (a->like != NULL &&
        (a->states = dia_allocate(a->block * dia_block_state_width(a->like), sizeof *a->states)) == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write the swarm file");
    describe(a);
    return status;
}

static void assemble_free(assembly *a)
{
    for (int f = 0; f < DIA_FIELD_COUNT; f++)
        free(a->values[f]);
    for (int m = 0; m < 3; m++)
        dia_mean_free(&a->means[m]);
    free(a->active);
    free(a->occupied);
    free(a->fate);
    free(a->state);
    free(a->stop);
    free(a->conditions);
    free(a->remarks);
    free(a->end);
    free(a->states);
    dia_block_free(a->like);
    free(a->body.bytes);
}

/* Provenance that needs memory, and everything that is not written in pieces. */
static dia_status write_rest(assembly *a, dia_error *error)
{
    char initial[DIA_DIGEST_SIZE], digest[DIA_DIGEST_SIZE];
    char *identity = dia_flight_identity(a->flight), *files = dia_model_files_text(a->flight->model);
    dia_status status = DIA_ERROR_MEMORY;
    if (identity == NULL || files == NULL) {
        dia_error_set(error, status, "no memory to describe the swarm");
    } else {
        dia_digest_bytes(identity, strlen(identity), digest);
        dia_flight_initial_digest(a->flight, initial);
        a->swarm.identity = identity;
        a->swarm.model_files = files;
        a->swarm.digest = digest;
        a->swarm.initial_digest = initial;
        status = dia_swarm_store(&a->swarm, a->store, error);
    }
    free(identity);
    free(files);
    return status;
}

static dia_status write_all(assembly *a, dia_error *error)
{
    dia_status status = dia_swarm_reserve(&a->swarm, a->store, a->most == a->T, error);
    for (size_t start = 0; start < a->T && status == DIA_OK; start += a->most)
        status = dia_assembly_window(a, start, a->most, error);
    const double whole = (double)a->T * (double)a->N;
    if (status == DIA_OK && a->told)
        dia_control_progress(a->control,
                             &(dia_progress_state){.what = "writing the swarm file", .done = whole, .total = whole});
    for (size_t j = 0; j < a->N; j++)
        a->swarm.excluded += !dia_fate_counts(a->fate[j]);
    if (status == DIA_OK)
        status = dia_swarm_put(&a->swarm, a->store, "initial/position", 0, NULL, NULL, a->flight->R, error);
    if (status == DIA_OK)
        status = dia_swarm_put(&a->swarm, a->store, "initial/velocity", 0, NULL, NULL, a->flight->V, error);
    if (status == DIA_OK && a->flight->c != NULL)
        status = dia_swarm_put(&a->swarm, a->store, "initial/amplitudes", 0, NULL, NULL, a->flight->c, error);
    if (status == DIA_OK && a->flight->candidate != NULL)
        status = dia_swarm_put(&a->swarm, a->store, "initial/candidate", 0, NULL, NULL, a->flight->candidate, error);
    if (status == DIA_OK && a->flight->candidate != NULL)
        status = dia_swarm_put(&a->swarm, a->store, "initial/excitation", 0, NULL, NULL, a->flight->excitation, error);
    if (status == DIA_OK && a->flight->candidate != NULL && !isnan(a->flight->strength[0]))
        status = dia_swarm_put(&a->swarm, a->store, "initial/strength", 0, NULL, NULL, a->flight->strength, error);
    return status == DIA_OK ? write_rest(a, error) : status;
}

dia_status dia_flight_assemble(const dia_flight *flight, const dia_journal *journal, const char *path,
                               const dia_control *control, dia_error *error)
{
    assembly a = {.flight = flight, .journal = journal, .control = control, .begun = dia_seconds()};
    dia_status status = assemble_create(&a, error);
    if (status == DIA_OK)
        status = dia_store_create(&a.store, path, error);
    if (status == DIA_OK)
        dia_store_share(a.store, dia_team_run, dia_team_size(dia_control_threads(control)));
    if (status == DIA_OK)
        status = write_all(&a, error);
    if (status == DIA_OK)
        status = dia_store_commit(&a.store, error);
    if (status == DIA_OK && a.unfitted > 0)
        dia_control_warn(
            control,
            "%lld of %zu trajectories hopped to states from S%d on, which the model was not fitted to (they "
            "belong to surplus diabats): what they do then means nothing",
            (long long)a.unfitted, a.N, dia_model_fitted(flight->model));
    if (status == DIA_OK && a.stopped_at_once > 0)
        dia_control_warn(
            control,
            "%lld of %zu trajectories met a condition of dynamics.stop at their start and never flew: do the "
            "initial conditions reach beyond its limit?",
            (long long)a.stopped_at_once, a.N);
    dia_store_close(&a.store);
    assemble_free(&a);
    return status;
}
