/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that determines the numbers of a swarm: program, model, initial conditions, settings. */
#include <stdlib.h>
#include <string.h>

#include "base/provenance.h"
#include "swarm/flight.h"

char *dia_flight_identity(const dia_flight *flight)
{
    char digest[DIA_DIGEST_SIZE];
    dia_identity identity = {.version = dia_version(),
                             .commit = dia_commit(),
                             .model_digest = dia_model_digest(flight->model),
                             .initial_digest = digest,
                             .sampled = true,
                             .resolved = flight->resolved};
    dia_flight_initial_digest(flight, digest);
    identity.files = dia_model_files(flight->model, &identity.nfile);
    return dia_identity_text(&identity);
}

/* ---- initial conditions in the journal ------------------------------------------------------- */

static dia_journal_head head_of(const dia_flight *flight, const char *identity)
{
    const dia_shape shape = dia_model_shape(flight->model);
    const size_t n = (size_t)flight->count, vectors = n * (size_t)shape.ncart,
                 amplitudes = 2 * n * (size_t)shape.nstate;
    return (dia_journal_head){.identity = identity,
                              .nblock = dia_flight_blocks(flight),
                              .parts = {{flight->number, n * sizeof *flight->number},
                                        {flight->R, vectors * sizeof *flight->R},
                                        {flight->V, vectors * sizeof *flight->V},
                                        {flight->weight, n * sizeof *flight->weight},
                                        {flight->c, flight->c != NULL ? amplitudes * sizeof *flight->c : 0},
                                        {flight->state, n * sizeof *flight->state}}};
}

void dia_flight_initial_digest(const dia_flight *flight, char digest[DIA_DIGEST_SIZE])
{
    static const int order[DIA_JOURNAL_PARTS] = {0, 1, 2, 5, 3, 4}; /* the state before the weight */
    const dia_molecule *molecule = dia_model_molecule(flight->model);
    const dia_journal_head head = head_of(flight, NULL);
    char parts[DIA_JOURNAL_PARTS + 1][DIA_DIGEST_SIZE];
    size_t n = 0;
    for (int i = 0; i < DIA_JOURNAL_PARTS; i++)
        if (head.parts[order[i]].size > 0)
            dia_digest_bytes(head.parts[order[i]].bytes, head.parts[order[i]].size, parts[n++]);
    dia_digest_bytes(molecule->masses, (size_t)molecule->natom * sizeof *molecule->masses, parts[n++]);
    dia_digest_bytes(parts, n * sizeof *parts, digest);
}

/* Takes the conditions of the journal in place of the flight's. */
static dia_status take_conditions(dia_flight *flight, const dia_journal *journal, char **stored, dia_error *error)
{
    const dia_journal_head head = head_of(flight, NULL);
    size_t size = 0, starts[DIA_JOURNAL_PARTS];
    for (int i = 0; i < DIA_JOURNAL_PARTS; size += head.parts[i++].size)
        starts[i] = size;
    *stored = malloc(size);
    if (*stored == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the initial conditions of the journal");
    flight->candidate = NULL; /* they are those of other conditions */
    flight->excitation = flight->strength = NULL;
    flight->chosen = NULL;
    flight->number = (const int64_t *)(const void *)(*stored + starts[0]);
    flight->R = (const double *)(const void *)(*stored + starts[1]);
    flight->V = (const double *)(const void *)(*stored + starts[2]);
    flight->weight = (const double *)(const void *)(*stored + starts[3]);
    if (head.parts[4].size > 0)
        flight->c = (const double *)(const void *)(*stored + starts[4]);
    flight->state = (const int *)(const void *)(*stored + starts[5]);
    return dia_journal_conditions(journal, *stored, error);
}

dia_status dia_flight_journal(dia_flight *flight, dia_journal **journal, const char *path, bool fresh, char **stored,
                              dia_error *error)
{
    char *identity = dia_flight_identity(flight), *now = NULL;
    const dia_journal_head head = head_of(flight, identity);
    *journal = NULL;
    *stored = NULL;
    if (identity == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the identity of the flight");
    dia_status status = dia_journal_open(journal, path, &head, fresh, error);
    if (status == DIA_OK && strcmp(dia_journal_identity(*journal), identity) != 0) {
        status = take_conditions(flight, *journal, stored, error);
        now = status == DIA_OK ? dia_flight_identity(flight) : NULL;
        if (status == DIA_OK && (now == NULL || strcmp(dia_journal_identity(*journal), now) != 0))
            status = dia_error_set(error, DIA_ERROR_FILE,
                                   "%s: the initial conditions in the journal are damaged, so the flight cannot be "
                                   "resumed here, where they are sampled otherwise; --fresh discards the journal and "
                                   "starts over",
                                   path);
        if (status != DIA_OK) {
            dia_journal_close(*journal);
            free(*stored);
            *journal = NULL;
            *stored = NULL;
        }
    }
    free(now);
    free(identity);
    return status;
}
