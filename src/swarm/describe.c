/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Metadata of a swarm file: provenance, molecule, initial conditions, times. */
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/front.h"
#include "swarm/flight.h"
#include "swarm/file/table.h"

static dia_status set_texts(const dia_flight *flight, dia_store *store, dia_error *error)
{
    char initial[DIA_DIGEST_SIZE], digest[DIA_DIGEST_SIZE];
    char *identity = dia_flight_identity(flight), *files = dia_model_files_text(flight->model);
    dia_status status = DIA_OK;
    if (identity == NULL || files == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory to describe the swarm");
    else
        dia_digest_bytes(identity, strlen(identity), digest);
    dia_flight_initial_digest(flight, initial);
    const char *const texts[][2] = {{"format", DIA_SWARM_FORMAT},
                                    {"input", flight->input},
                                    {"input_path", flight->input_path},
                                    {"resolved", flight->resolved},
                                    {"model_path", flight->model_path},
                                    {"model_type", dia_model_name(flight->model)},
                                    {"model_digest", dia_model_digest(flight->model)},
                                    {"model_files", files},
                                    {"initial_digest", initial},
                                    {"program_version", dia_version()},
                                    {"program_commit", dia_commit()},
                                    {"identity", identity},
                                    {"digest", digest},
                                    {"method", flight->dynamics->hop->name},
                                    {"amplitude_signs", "largest component positive"}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0] && status == DIA_OK; i++)
        status = dia_store_set_text(store, "", texts[i][0], texts[i][1], error);
    const char *note = dia_model_note(flight->model);
    if (status == DIA_OK && note != NULL)
        status = dia_store_set_text(store, "", "model_note", note, error);
    if (status == DIA_OK)
        status = dia_store_set_real(store, "", "timestep", flight->dynamics->timestep / DIA_FEMTOSECOND, error);
    free(identity);
    free(files);
    return status;
}

static dia_status set_integers(const dia_flight *flight, int64_t excluded, dia_store *store, dia_error *error)
{
    const struct {
        const char *name;
        int64_t value;
    } integers[] = {{"version", DIA_SWARM_VERSION},  {"seed", (int64_t)flight->dynamics->seed},
                    {"every", flight->every},        {"states", dia_model_shape(flight->model).nstate},
                    {"trajectories", flight->count}, {"excluded", excluded}};
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        dia_status status = dia_store_set_int(store, "", integers[i].name, integers[i].value, error);
        if (status != DIA_OK)
            return status;
    }
    return DIA_OK;
}

static dia_status write_molecule(const dia_molecule *molecule, dia_store *store, dia_error *error)
{
    size_t dims[2] = {(size_t)molecule->natom, (size_t)molecule->dimension};
    dia_status status =
        dia_store_write(store, "molecule/numbers", DIA_NUMBER_INT, 1, dims, molecule->numbers, DIA_UNIT_NONE, error);
    if (status == DIA_OK)
        status =
            dia_store_write(store, "molecule/masses", DIA_NUMBER_REAL, 1, dims, molecule->masses, DIA_UNIT_MASS, error);
    if (status == DIA_OK)
        status = dia_store_write(store, "molecule/reference", DIA_NUMBER_REAL, 2, dims, molecule->reference,
                                 DIA_UNIT_LENGTH, error);
    return status;
}

static dia_status write_initial(const dia_flight *flight, dia_store *store, dia_error *error)
{
    const dia_molecule *molecule = dia_model_molecule(flight->model);
    size_t dims[3] = {(size_t)flight->count, (size_t)molecule->natom, (size_t)molecule->dimension};
    int8_t *state = dia_allocate((size_t)flight->count, 1);
    if (state == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to write the initial conditions");
    for (int64_t j = 0; j < flight->count; j++)
        state[j] = (int8_t)flight->state[j];
    dia_status status =
        dia_store_write(store, "initial/position", DIA_NUMBER_REAL, 3, dims, flight->R, DIA_UNIT_LENGTH, error);
    if (status == DIA_OK)
        status =
            dia_store_write(store, "initial/velocity", DIA_NUMBER_REAL, 3, dims, flight->V, DIA_UNIT_VELOCITY, error);
    if (status == DIA_OK)
        status = dia_store_write(store, "initial/state", DIA_NUMBER_INT8, 1, dims, state, DIA_UNIT_NONE, error);
    if (status == DIA_OK)
        status =
            dia_store_write(store, "initial/weight", DIA_NUMBER_REAL, 1, dims, flight->weight, DIA_UNIT_NONE, error);
    if (status == DIA_OK)
        status = dia_store_write(store, "trajectories/number", DIA_NUMBER_INT64, 1, dims, flight->number, DIA_UNIT_NONE,
                                 error);
    free(state);
    return status;
}

dia_status dia_flight_describe(const dia_flight *flight, int64_t excluded, dia_store *store, dia_error *error)
{
    size_t T = (size_t)dia_flight_samples(flight);
    double *time = dia_allocate(T, sizeof *time);
    if (time == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to describe the swarm");
    for (size_t s = 0; s < T; s++)
        time[s] = (double)((int64_t)s * flight->every) * flight->dynamics->timestep / DIA_FEMTOSECOND;
    dia_status status = dia_store_write(store, "time", DIA_NUMBER_REAL, 1, &T, time, DIA_UNIT_TIME, error);
    free(time);
    if (status == DIA_OK)
        status = set_texts(flight, store, error);
    if (status == DIA_OK)
        status = set_integers(flight, excluded, store, error);
    if (status == DIA_OK)
        status = write_molecule(dia_model_molecule(flight->model), store, error);
    if (status == DIA_OK)
        status = write_initial(flight, store, error);
    return status;
}
