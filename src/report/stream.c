/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/stream.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"

typedef struct filling {
    dia_stream *stream;
    const dia_record *record;
    const double *position, *energies, *potential, *kinetic, *work; /* of the slab */
    double zero;
    size_t bytes;
    int32_t *value; /* (channels, ntime) of one trajectory, rounded */
} filling;

static int coordinates(const dia_stream *stream)
{
    return stream->positions ? stream->natom * stream->dimension : 0;
}

/* Total energy, work of light, active state. */
static int others(const dia_stream *stream)
{
    return stream->light ? 3 : 2;
}

static int levels(const dia_stream *stream)
{
    return stream->energies ? stream->nstate : 1;
}

/* Sample t of trajectory j of the slab into value[channel * ntime + n]; false: something in it is no number. */
static bool round_sample(const filling *s, int j, int t, int n)
{
    const dia_stream *stream = s->stream;
    const double zero = s->zero;
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
    const double work = stream->light ? s->work[at] : 0.0;
    if (!dia_channel_round(s->potential[at] + s->kinetic[at] - work - zero, DIA_STREAM_TOTAL * DIA_EV, v))
        return false;
    return !stream->light || dia_channel_round(work, DIA_STREAM_TOTAL * DIA_EV, v + T);
}

/* Appends one trajectory. */
static void put(const filling *s, int j, int row)
{
    dia_stream *stream = s->stream;
    const dia_record *record = s->record;
    const int T = stream->ntime, channels = coordinates(stream) + levels(stream) + others(stream),
              samples = dia_json_thinned(T, stream->most);
    int n = 0;
    /* Samples behind the end of a trajectory repeat the last one: the first of them is kept. */
    for (bool over = false; n < samples && !over; n++) {
        const int t = dia_json_item(T, stream->most, n);
        if (!round_sample(s, j, t, n))
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

static bool fill(void *context, int first, int count, double *const *values)
{
    filling *s = context;
    dia_stream *stream = s->stream;
    s->potential = values[0];
    s->kinetic = values[1];
    s->energies = values[2];
    s->work = values[3];
    s->position = values[4];
    for (int j = 0; j < count; j++) {
        if (stream->count == stream->wanted)
            return false;
        put(s, j, first + j);
        if (stream->bits.failed || stream->bits.size > s->bytes) {
            stream->bits.size = stream->offset[first + j];
            return false;
        }
        stream->count = first + j + 1;
    }
    return true;
}

dia_status dia_stream_create(dia_stream *stream, const dia_record *record, int natom, int dimension, double zero,
                             int most, int limit, size_t bytes, dia_error *error)
{
    static const char *const names[] = {"trajectories/potential", "trajectories/kinetic", "trajectories/energies",
                                        "trajectories/work", "trajectories/position"};
    filling s = {.stream = stream, .record = record, .zero = zero, .bytes = bytes};
    *stream = (dia_stream){.natom = natom,
                           .dimension = dimension,
                           .nstate = record->nstate,
                           .ntime = record->ntime,
                           .most = most,
                           .positions = natom * dimension > 0,
                           .energies = record->has_energies,
                           .light = record->swarm->lit,
                           .wanted = limit < record->ntrajectory ? limit : record->ntrajectory};
    stream->samples = dia_allocate((size_t)stream->wanted + 1, sizeof *stream->samples);
    stream->offset = dia_allocate((size_t)stream->wanted + 1, sizeof *stream->offset);
    dia_status status = DIA_OK;
    s.value = dia_allocate((size_t)stream->ntime,
                           (size_t)(coordinates(stream) + levels(stream) + others(stream)) * sizeof(int32_t));
    if (stream->samples == NULL || stream->offset == NULL || s.value == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    if (status == DIA_OK && stream->wanted > 0)
        status = dia_record_walk(record, stream->positions ? 5 : 4, names, fill, &s, error);
    if (status == DIA_OK && stream->bits.failed)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the trajectories of the page");
    free(s.value);
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
