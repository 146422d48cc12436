/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/stream.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"

typedef struct slab { /* rows of some trajectories, as the file has them */
    int rows;
    double *position, *energies, *potential, *kinetic;
    int32_t *value; /* (channels, ntime) of one trajectory, rounded */
} slab;

static void slab_free(slab *s)
{
    free(s->position);
    free(s->energies);
    free(s->potential);
    free(s->kinetic);
    free(s->value);
}

static int coordinates(const dia_stream *stream)
{
    return stream->positions ? stream->natom * stream->dimension : 0;
}

static int levels(const dia_stream *stream)
{
    return stream->energies ? stream->nstate : 1;
}

static bool slab_make(slab *s, const dia_stream *stream, const dia_record *record)
{
    const int width = coordinates(stream) + levels(stream) + 2;
    s->rows = dia_record_slab(record, width);
    const size_t samples = (size_t)s->rows * (size_t)stream->ntime;
    s->position = dia_allocate(samples, (size_t)(coordinates(stream) + 1) * sizeof(double));
    s->energies = dia_allocate(samples, (size_t)levels(stream) * sizeof(double));
    s->potential = dia_allocate(samples, sizeof(double));
    s->kinetic = dia_allocate(samples, sizeof(double));
    s->value = dia_allocate((size_t)stream->ntime, (size_t)width * sizeof(int32_t));
    return s->position != NULL && s->energies != NULL && s->potential != NULL && s->kinetic != NULL && s->value != NULL;
}

static dia_status slab_read(slab *s, const dia_stream *stream, const dia_record *record, int first, int count,
                            dia_error *error)
{
    dia_status status = dia_swarm_rows(record->swarm, "trajectories/potential", first, count, s->potential, error);
    if (status == DIA_OK)
        status = dia_swarm_rows(record->swarm, "trajectories/kinetic", first, count, s->kinetic, error);
    if (status == DIA_OK && stream->positions)
        status = dia_swarm_rows(record->swarm, "trajectories/position", first, count, s->position, error);
    if (status == DIA_OK && stream->energies)
        status = dia_swarm_rows(record->swarm, "trajectories/energies", first, count, s->energies, error);
    return status;
}

/* Sample t of trajectory j of the slab into value[channel * ntime + n]; false: something in it is no number. */
static bool round_sample(const slab *s, const dia_stream *stream, double zero, int j, int t, int n)
{
    const size_t T = (size_t)stream->ntime, at = (size_t)j * T + (size_t)t;
    const int nx = coordinates(stream), ne = levels(stream);
    const double length = stream->dimension == 3 ? DIA_STREAM_POSITION * DIA_ANGSTROM : DIA_STREAM_POSITION;
    const double *energy = stream->energies ? s->energies + at * (size_t)ne : s->potential + at;
    int32_t *v = s->value + n;
    for (int i = 0; i < nx; i++, v += T)
        if (!dia_channel_round(s->position[at * (size_t)nx + (size_t)i], length, v))
            return false;
    for (int i = 0; i < ne; i++, v += T)
        if (!dia_channel_round(energy[i] - zero, DIA_STREAM_ENERGY * DIA_EV, v))
            return false;
    return dia_channel_round(s->potential[at] + s->kinetic[at] - zero, DIA_STREAM_TOTAL * DIA_EV, v);
}

/* Appends one trajectory. */
static void put(dia_stream *stream, slab *s, const dia_record *record, double zero, int j, int row)
{
    const int T = stream->ntime, channels = coordinates(stream) + levels(stream) + 2,
              samples = dia_json_thinned(T, stream->most);
    int n = 0;
    /* Samples behind the end of a trajectory repeat the last one: the first of them is kept. */
    for (bool over = false; n < samples && !over; n++) {
        const int t = dia_json_item(T, stream->most, n);
        if (!round_sample(s, stream, zero, j, t, n))
            break;
        s->value[(channels - 1) * T + n] = record->active[(size_t)row * (size_t)T + (size_t)t];
        over = record->time[t] >= record->end[row];
    }
    stream->offset[row] = stream->bits.size;
    stream->samples[row] = n;
    for (int c = 0; c < channels && n > 0; c++)
        dia_channel_put(&stream->bits, n, s->value + (size_t)c * (size_t)T);
    dia_bits_align(&stream->bits);
}

static dia_status fill(dia_stream *stream, slab *s, const dia_record *record, double zero, size_t bytes,
                       dia_error *error)
{
    for (int first = 0; first < stream->wanted; first += s->rows) {
        const int count = first + s->rows <= stream->wanted ? s->rows : stream->wanted - first;
        dia_status status = slab_read(s, stream, record, first, count, error);
        if (status != DIA_OK)
            return status;
        for (int j = 0; j < count; j++) {
            put(stream, s, record, zero, j, first + j);
            if (stream->bits.failed)
                return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the trajectories of the page");
            if (stream->bits.size > bytes) {
                stream->bits.size = stream->offset[first + j];
                return DIA_OK;
            }
            stream->count = first + j + 1;
        }
    }
    return DIA_OK;
}

dia_status dia_stream_create(dia_stream *stream, const dia_record *record, int natom, int dimension, double zero,
                             int most, int limit, size_t bytes, dia_error *error)
{
    slab s = {0};
    *stream = (dia_stream){.natom = natom,
                           .dimension = dimension,
                           .nstate = record->nstate,
                           .ntime = record->ntime,
                           .most = most,
                           .positions = natom * dimension > 0,
                           .energies = record->has_energies,
                           .wanted = limit < record->ntrajectory ? limit : record->ntrajectory};
    stream->samples = dia_allocate((size_t)stream->wanted + 1, sizeof *stream->samples);
    stream->offset = dia_allocate((size_t)stream->wanted + 1, sizeof *stream->offset);
    dia_status status = DIA_OK;
    if (stream->samples == NULL || stream->offset == NULL || !slab_make(&s, stream, record))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    if (status == DIA_OK)
        status = fill(stream, &s, record, zero, bytes, error);
    slab_free(&s);
    if (status != DIA_OK)
        dia_stream_free(stream);
    return status;
}

void dia_stream_free(dia_stream *stream)
{
    free(stream->samples);
    free(stream->offset);
    free(stream->bits.byte);
    *stream = (dia_stream){0};
}
