/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What decides the numbers of a swarm: program, model, initial conditions, settings. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "swarm/flight.h"

void dia_flight_initial_digest(const dia_flight *flight, char digest[DIA_DIGEST_SIZE])
{
    size_t n = (size_t)flight->count, ncart = (size_t)dia_model_shape(flight->model).ncart;
    const dia_molecule *molecule = dia_model_molecule(flight->model);
    char parts[6][DIA_DIGEST_SIZE];
    dia_digest_bytes(flight->number, n * sizeof *flight->number, parts[0]);
    dia_digest_bytes(flight->R, n * ncart * sizeof *flight->R, parts[1]);
    dia_digest_bytes(flight->V, n * ncart * sizeof *flight->V, parts[2]);
    dia_digest_bytes(flight->state, n * sizeof *flight->state, parts[3]);
    dia_digest_bytes(flight->weight, n * sizeof *flight->weight, parts[4]);
    dia_digest_bytes(molecule->masses, (size_t)molecule->natom * sizeof *molecule->masses, parts[5]);
    dia_digest_bytes(parts, sizeof parts, digest);
}

/* In the order in which a difference is told: what the user wrote before what follows from it. */
char *dia_identity_text(const dia_identity *identity)
{
    static const char form[] = "program version: %s\nprogram commit: %s\nmodel: %s\n%sinitial conditions: %s\n";
    int length = snprintf(NULL, 0, form, identity->version, identity->commit, identity->model_digest,
                          identity->resolved, identity->initial_digest);
    char *text = malloc((size_t)length + 1);
    if (text != NULL)
        snprintf(text, (size_t)length + 1, form, identity->version, identity->commit, identity->model_digest,
                 identity->resolved, identity->initial_digest);
    return text;
}

char *dia_flight_identity(const dia_flight *flight)
{
    char digest[DIA_DIGEST_SIZE];
    dia_flight_initial_digest(flight, digest);
    return dia_identity_text(&(dia_identity){.version = dia_version(),
                                             .commit = dia_commit(),
                                             .model_digest = dia_model_digest(flight->model),
                                             .initial_digest = digest,
                                             .resolved = flight->resolved});
}
