/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a complete journal to the swarm file (docs/swarm-file.md): in windows of samples, and in a window block by
 * block, so that the memory does not grow with the length of the flight. A flight of usual length is one window. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "base/machine.h"
#include "dynamics/stop.h"
#include "model/front.h"
#include "model/verdict.h"
#include "statistics/mean.h"
#include "swarm/assembly.h"

/* Bytes held in memory at a time: of the trajectories of a block with all fields as doubles, and of means. */
enum { GATHER_ROOM = 64 << 20, MEANS = 3 * 4 + 3 /* numbers per state and sample: means, active states, results */ };
enum { PIECE = 256 }; /* trajectories written at once, if there is room */
/* Seconds before progress of an assembly is reported: most are done earlier. */
static const double PATIENCE = 1.0;

/* The datasets of the fields; of the two populations only averages are written. */
static const char *const outputs[DIA_FIELD_COUNT] = {
    [DIA_FIELD_POTENTIAL] = "trajectories/potential",  [DIA_FIELD_KINETIC] = "trajectories/kinetic",
    [DIA_FIELD_ENERGIES] = "trajectories/energies",    [DIA_FIELD_AMPLITUDES] = "trajectories/amplitudes",
    [DIA_FIELD_POSITION] = "trajectories/position",    [DIA_FIELD_VELOCITY] = "trajectories/velocity",
    [DIA_FIELD_DOUBT_ENERGY] = "committee/energy",     [DIA_FIELD_DOUBT_GAP] = "committee/gap",
    [DIA_FIELD_DOUBT_GRADIENT] = "committee/gradient", [DIA_FIELD_DOUBT_HOP] = "committee/hop",
    [DIA_FIELD_ACTIVE] = "trajectories/active"};

typedef dia_assembly assembly;

static double femtoseconds(const assembly *a, int64_t steps)
{
    return (double)steps * a->flight->dynamics->timestep / DIA_FEMTOSECOND;
}

/* ---- trajectories ---------------------------------------------------------------------------- */

/* Reads the samples of the window for all `size` trajectories of a block, to index `start` of the buffers on. */
static dia_status gather(assembly *a, int64_t block, size_t start, size_t size, dia_error *error)
{
    for (int64_t i = 0; i < dia_journal_segments(a->journal, block); i++) {
        const dia_segment *segment = dia_journal_segment(a->journal, block, i);
        const size_t first = (size_t)segment->first, past = first + (size_t)segment->samples;
        if (past <= a->start || first >= a->start + a->S)
            continue;
        dia_status status = dia_journal_read(a->journal, segment, &a->body, error);
        if (status != DIA_OK)
            return status;
        const unsigned char *rows = a->body.bytes + size * sizeof(dia_ending);
        for (size_t s = first < a->start ? a->start : first; s < past && s < a->start + a->S; s++)
            for (size_t b = 0; b < size; b++) {
                const unsigned char *row = rows + ((s - first) * size + b) * a->record.size;
                size_t at = (start + b) * a->S + s - a->start;
                for (int f = 0; f < DIA_FIELD_ACTIVE; f++)
                    if (a->record.width[f] > 0)
                        dia_layout_get(&a->record, row, (dia_field)f, a->values[f] + at * (size_t)a->record.width[f]);
                a->active[at] = (int8_t)dia_layout_active(&a->record, row);
            }
    }
    return DIA_OK;
}

/* How the trajectories of a block ended, from its last segment. */
static dia_status read_endings(assembly *a, int64_t block, size_t first, size_t size, dia_error *error)
{
    const int64_t n = dia_journal_segments(a->journal, block);
    dia_status status = dia_journal_read(a->journal, dia_journal_segment(a->journal, block, n - 1), &a->body, error);
    for (size_t b = 0; b < size && status == DIA_OK; b++) {
        dia_ending ending;
        memcpy(&ending, a->body.bytes + b * sizeof ending, sizeof ending);
        const bool flew = ending.step < 0;
        a->fate[first + b] = flew ? DIA_FATE_FINISHED : (int8_t)ending.fate;
        a->stop[first + b] = flew ? -1 : (int8_t)ending.stop;
        a->stopped_at_once += ending.step == 0 && ending.fate == DIA_FATE_STOPPED;
        a->end[first + b] = femtoseconds(a, flew ? a->flight->steps : ending.step);
    }
    return status;
}

/* Trajectory j, at index b of the buffers, is outside the training data for the first time, at sample s of the window.
 * Of all trajectories the earliest is told of. */
static void note_outside(assembly *a, size_t j, size_t b, size_t s)
{
    const double time = a->outside[j];
    const int64_t number = a->flight->number[j];
    if (a->first_text[0] != '\0' && (time > a->first_outside || (time == a->first_outside && number > a->first_number)))
        return;
    char why[400] = "";
    if (a->values[DIA_FIELD_POSITION] != NULL) {
        const double *R = a->values[DIA_FIELD_POSITION] + (b * a->S + s) * a->ncart;
        (void)dia_model_novelty(a->flight->model, R, sizeof why, why);
    }
    a->first_outside = time;
    a->first_number = number;
    snprintf(a->first_text, sizeof a->first_text, "trajectory %" PRId64 " at %.6g fs%s%s", number, time,
             why[0] != '\0' ? ": " : "", why);
    a->swarm.first_outside = a->first_text;
}

/* Trajectory j, at index b of the buffers: its energy drift, its contribution to the means. */
static void take_in(assembly *a, size_t j, size_t b)
{
    const double *potential = a->values[DIA_FIELD_POTENTIAL] + b * a->S,
                 *kinetic = a->values[DIA_FIELD_KINETIC] + b * a->S;
    const double *novelty = a->values[DIA_FIELD_NOVELTY] + b * a->S;
    if (a->start == 0) {
        a->potential0[j] = potential[0];
        a->kinetic0[j] = kinetic[0];
        a->outside[j] = a->uncertain[j] = NAN;
    }
    const double *energy = a->values[DIA_FIELD_DOUBT_ENERGY], *gap = a->values[DIA_FIELD_DOUBT_GAP];
    for (size_t s = 0; energy != NULL && s < a->S && isnan(a->uncertain[j]); s++)
        if (fmax(energy[b * a->S + s], gap[b * a->S + s]) > a->flight->dynamics->committee.limit)
            a->uncertain[j] = femtoseconds(a, (int64_t)(a->start + s) * a->flight->every);
    for (size_t s = 0; s < a->S; s++) {
        double drift = fabs(potential[s] + kinetic[s] - a->potential0[j] - a->kinetic0[j]);
        if (!(drift <= a->drift[j])) /* NaN counts */
            a->drift[j] = drift;
        if (isnan(a->outside[j]) && novelty[s] > 1.0) {
            a->outside[j] = femtoseconds(a, (int64_t)(a->start + s) * a->flight->every);
            note_outside(a, j, b, s);
        }
        a->novelty[j] = fmax(a->novelty[j], novelty[s]);
    }
    if (!dia_fate_counts(a->fate[j]))
        return;
    memset(a->occupied, 0, a->S * a->n * sizeof *a->occupied);
    for (size_t s = 0; s < a->S; s++)
        a->occupied[s * a->n + (size_t)a->active[b * a->S + s]] = 1.0;
    double weight = a->flight->weight[j];
    dia_mean_add(&a->means[0], weight, a->occupied);
    dia_mean_add(&a->means[1], weight, a->values[DIA_FIELD_ELECTRONIC] + b * a->S * a->n);
    dia_mean_add(&a->means[2], weight, a->values[DIA_FIELD_DIABATIC] + b * a->S * a->n);
}

static dia_status write_trajectories(assembly *a, size_t first, size_t count, dia_error *error)
{
    const size_t start[2] = {first, a->start}, size[2] = {count, a->S};
    dia_status status = DIA_OK;
    for (int f = 0; f < DIA_FIELD_COUNT && status == DIA_OK; f++)
        if (outputs[f] != NULL && a->record.width[f] > 0)
            status = dia_swarm_put(&a->swarm, a->store, outputs[f], 2, start, size,
                                   f == DIA_FIELD_ACTIVE ? (const void *)a->active : a->values[f], error);
    return status;
}

/* ---- the file -------------------------------------------------------------------------------- */

/* The datasets of a mean and its error. */
static const char *const populations[3][2] = {{"populations/active", "populations/active_error"},
                                              {"populations/electronic", "populations/electronic_error"},
                                              {"populations/diabatic", "populations/diabatic_error"}};

/* Reports progress; DIA_ERROR_INTERRUPTED if the caller wants to stop. The journal is not changed. */
static dia_status go_on(assembly *a, int64_t block, dia_error *error)
{
    if (dia_control_stopped(a->control))
        return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted");
    a->told = a->told || dia_seconds() - a->begun > PATIENCE;
    if (a->told)
        dia_control_progress(a->control,
                             &(dia_progress_state){.what = "writing the swarm file",
                                                   .done = ((double)a->start * (double)a->N +
                                                            (double)a->S * (double)block * (double)a->block),
                                                   .total = (double)a->T * (double)a->N});
    return DIA_OK;
}

/* Small blocks are written together: the chunks of the file, of many rows, are compressed with every write. */
static dia_status assemble_block(assembly *a, int64_t block, dia_error *error)
{
    const size_t first = (size_t)block * a->block, size = a->N - first < a->block ? a->N - first : a->block,
                 start = first % a->piece, past = start + size;
    dia_status status = go_on(a, block, error);
    if (status == DIA_OK && a->start == 0)
        status = read_endings(a, block, first, size, error);
    if (status == DIA_OK)
        status = gather(a, block, start, size, error);
    for (size_t b = 0; b < size && status == DIA_OK; b++)
        take_in(a, first + b, start + b);
    if (status == DIA_OK && (past == a->piece || first + size == a->N))
        status = write_trajectories(a, first - start, past, error);
    return status == DIA_OK && a->start == 0 ? dia_assembly_hops(a, block, size, error) : status;
}

/* Times and populations of the window. */
static dia_status write_means(assembly *a, dia_error *error)
{
    const size_t n = a->S * a->n;
    double *x = dia_allocate(2 * n, sizeof *x), *e = x + n;
    if (x == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for populations");
    for (size_t s = 0; s < a->S; s++)
        x[s] = femtoseconds(a, (int64_t)(a->start + s) * a->flight->every);
    dia_status status = dia_swarm_put(&a->swarm, a->store, "time", 1, &a->start, &a->S, x, error);
    for (int m = 0; m < 3 && status == DIA_OK; m++) {
        dia_mean_result(&a->means[m], x, e);
        for (size_t i = 0; m == 0 && i < n; i++)
            e[i] = dia_mean_binomial(&a->means[m], x[i]);
        status = dia_swarm_put(&a->swarm, a->store, populations[m][0], 1, &a->start, &a->S, x, error);
        if (status == DIA_OK)
            status = dia_swarm_put(&a->swarm, a->store, populations[m][1], 1, &a->start, &a->S, e, error);
    }
    free(x);
    return status;
}

/* Samples start .. start+count-1, or up to the last. */
static dia_status assemble_window(assembly *a, size_t start, size_t count, dia_error *error)
{
    dia_status status = DIA_OK;
    a->start = start;
    a->S = a->T - start < count ? a->T - start : count;
    for (int m = 0; m < 3 && status == DIA_OK; m++) {
        dia_mean_free(&a->means[m]);
        status = dia_mean_create(&a->means[m], a->S * a->n, error);
    }
    for (int64_t block = 0; block < dia_flight_blocks(a->flight) && status == DIA_OK; block++)
        status = assemble_block(a, block, error);
    return status == DIA_OK ? write_means(a, error) : status;
}

/* The scales of the file, and what is known of it before the flight. */
static void describe(assembly *a)
{
    const dia_flight *flight = a->flight;
    const dia_molecule *molecule = dia_model_molecule(flight->model);
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
                           .until = flight->until,
                           .excitation = flight->chosen,
                           .amplitude_signs = "largest component positive",
                           .seed = (int64_t)flight->dynamics->seed,
                           .every = flight->every,
                           .timestep = femtoseconds(a, 1),
                           .N = flight->count,
                           .T = dia_flight_samples(flight),
                           .nstate = a->record.nstate,
                           .natom = molecule->natom,
                           .dimension = molecule->dimension,
                           .full = flight->full,
                           .single = flight->single,
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
                           .weight = flight->weight};
    for (size_t j = 0; j < a->N; j++)
        a->state[j] = (int8_t)flight->state[j];
    for (int64_t block = 0; block < dia_flight_blocks(flight); block++)
        for (int64_t i = 0; i < dia_journal_segments(a->journal, block); i++)
            a->swarm.hops.count += dia_journal_segment(a->journal, block, i)->hops;
}

static dia_status assemble_create(assembly *a, dia_error *error)
{
    dia_shape shape = dia_model_shape(a->flight->model);
    dia_layout_init(&a->record, shape.nstate, shape.ncart, a->flight->full, a->flight->single,
                    dia_flight_watched(a->flight));
    a->N = (size_t)a->flight->count;
    a->T = (size_t)dia_flight_samples(a->flight);
    a->n = (size_t)shape.nstate;
    a->ncart = (size_t)shape.ncart;
    size_t width = 0;
    for (int f = 0; f < DIA_FIELD_COUNT; f++)
        width += (size_t)a->record.width[f];
    a->block = (size_t)dia_flight_block(a->flight);
    a->block = a->block < a->N ? a->block : a->N;
    a->piece = a->block;
    while (a->piece + a->block <= PIECE &&
           ((a->piece + a->block) * width + MEANS * a->n) * a->T * sizeof(double) <= GATHER_ROOM)
        a->piece += a->block;
    const size_t fit = GATHER_ROOM / ((a->piece * width + MEANS * a->n) * sizeof(double));
    a->most = fit < 1 ? 1 : fit > a->T ? a->T : fit;
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
    a->end = dia_allocate(7 * a->N, sizeof *a->end);
    if (!good || a->active == NULL || a->occupied == NULL || a->fate == NULL || a->state == NULL || a->end == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write the swarm file");
    a->drift = a->end + a->N;
    a->potential0 = a->drift + a->N;
    a->kinetic0 = a->potential0 + a->N;
    a->outside = a->kinetic0 + a->N;
    a->novelty = a->outside + a->N;
    a->uncertain = a->novelty + a->N;
    describe(a);
    return DIA_OK;
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
    dia_status status = dia_swarm_reserve(&a->swarm, a->store, error);
    for (size_t start = 0; start < a->T && status == DIA_OK; start += a->most)
        status = assemble_window(a, start, a->most, error);
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
