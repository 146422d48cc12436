/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that determines the numbers of a swarm: program, model, initial conditions, settings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/provenance.h"
#include "math/panel.h"
#include "swarm/flight.h"

char *dia_flight_identity(const dia_flight *flight)
{
    char digest[DIA_DIGEST_SIZE];
    dia_identity identity = {.version = dia_version(),
                             .commit = dia_commit(),
                             .arithmetic = dia_panel_arithmetic(),
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
                              .size = {.count = flight->count,
                                       .block = dia_flight_block(flight),
                                       .from = dia_flight_steps_before(flight),
                                       .steps = flight->steps},
                              .parts = {{flight->number, n * sizeof *flight->number},
                                        {flight->R, vectors * sizeof *flight->R},
                                        {flight->V, vectors * sizeof *flight->V},
                                        {flight->weight, n * sizeof *flight->weight},
                                        {flight->c, flight->c != NULL ? amplitudes * sizeof *flight->c : 0},
                                        {flight->state, n * sizeof *flight->state}}};
}

void dia_conditions_digest(const dia_conditions *x, char digest[DIA_DIGEST_SIZE])
{
    const struct {
        const void *bytes;
        size_t size;
    } all[] = {{x->number, x->n * sizeof *x->number},    {x->R, x->n * x->ncart * sizeof *x->R},
               {x->V, x->n * x->ncart * sizeof *x->V},   {x->state, x->n * sizeof *x->state},
               {x->weight, x->n * sizeof *x->weight},    {x->c, x->c != NULL ? 2 * x->n * x->nstate * sizeof *x->c : 0},
               {x->masses, x->natom * sizeof *x->masses}};
    enum { ALL = sizeof all / sizeof all[0] };
    char parts[ALL][DIA_DIGEST_SIZE];
    size_t n = 0;
    for (int i = 0; i < ALL; i++)
        if (all[i].size > 0)
            dia_digest_bytes(all[i].bytes, all[i].size, parts[n++]);
    dia_digest_bytes(parts, n * sizeof *parts, digest);
}

void dia_flight_initial_digest(const dia_flight *flight, char digest[DIA_DIGEST_SIZE])
{
    const dia_molecule *molecule = dia_model_molecule(flight->model);
    const dia_shape shape = dia_model_shape(flight->model);
    const dia_conditions conditions = {.n = (size_t)flight->count,
                                       .ncart = (size_t)shape.ncart,
                                       .nstate = (size_t)shape.nstate,
                                       .natom = (size_t)molecule->natom,
                                       .number = flight->number,
                                       .R = flight->R,
                                       .V = flight->V,
                                       .weight = flight->weight,
                                       .c = flight->c,
                                       .state = flight->state,
                                       .masses = molecule->masses};
    dia_conditions_digest(&conditions, digest);
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

/* The identity of the journal: what a flight goes on from belongs to it. On the heap; NULL: out of memory. */
static char *journal_identity(const dia_flight *flight)
{
    char *identity = dia_flight_identity(flight), *more = NULL;
    if (flight->before == NULL || identity == NULL)
        return identity;
    const size_t size = strlen(identity) + strlen(flight->before->digest) + sizeof "extends: \n";
    if ((more = malloc(size)) != NULL)
        snprintf(more, size, "%sextends: %s\n", identity, flight->before->digest);
    free(identity);
    return more;
}

dia_status dia_flight_journal(dia_flight *flight, dia_journal **journal, const char *path, bool fresh, char **stored,
                              dia_error *error)
{
    char *identity = journal_identity(flight), *now = NULL;
    const dia_journal_head head = head_of(flight, identity);
    *journal = NULL;
    *stored = NULL;
    if (identity == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the identity of the flight");
    dia_status status = dia_journal_open(journal, path, &head, fresh, error);
    if (status == DIA_OK && strcmp(dia_journal_identity(*journal), identity) != 0) {
        status = take_conditions(flight, *journal, stored, error);
        now = status == DIA_OK ? journal_identity(flight) : NULL;
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
