/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All that determines the numbers of a swarm: program, model, initial conditions, settings. */
#include "base/provenance.h"
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

char *dia_flight_identity(const dia_flight *flight)
{
    char digest[DIA_DIGEST_SIZE];
    dia_identity identity = {.version = dia_version(),
                             .commit = dia_commit(),
                             .model_digest = dia_model_digest(flight->model),
                             .initial_digest = digest,
                             .resolved = flight->resolved};
    dia_flight_initial_digest(flight, digest);
    identity.files = dia_model_files(flight->model, &identity.nfile);
    return dia_identity_text(&identity);
}
