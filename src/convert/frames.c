/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/frames.h"

#include <stdlib.h>
#include <string.h>

static dia_status load_data(dia_frames *frames, const char *path, int state, int threads, dia_error *error)
{
    const dia_dataset *data = &frames->data;
    dia_status status = dia_dataset_load(&frames->data, path, threads, error);
    if (status != DIA_OK)
        return status;
    if (state < 0 || state >= data->nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "--state %d: %s has %d states, counted from 0", state, path,
                             data->nstate);
    const size_t ncart = (size_t)data->ncart, npoint = (size_t)data->npoint, nstate = (size_t)data->nstate;
    frames->gradient = malloc((npoint * ncart + 1) * sizeof *frames->gradient);
    frames->state = malloc((npoint + 1) * sizeof *frames->state);
    if (frames->gradient == NULL || frames->state == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %d points", path, data->npoint);
    for (size_t p = 0; p < npoint; p++) {
        frames->state[p] = state;
        memcpy(frames->gradient + p * ncart, data->gradient + (p * nstate + (size_t)state) * ncart,
               ncart * sizeof *frames->gradient);
    }
    frames->view = (dia_convert_frames){.natom = data->natom,
                                        .nframe = data->npoint,
                                        .nstate = data->nstate,
                                        .numbers = data->numbers,
                                        .R = data->R,
                                        .energies = data->energy,
                                        .state = frames->state,
                                        .gradient = frames->gradient};
    return DIA_OK;
}

static dia_status load_points(dia_frames *frames, const char *path, dia_error *error)
{
    const dia_catalogue *points = &frames->points;
    dia_status status = dia_catalogue_read(&frames->points, path, error);
    if (status == DIA_OK && points->molecule.dimension != 3)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: a model system of %d coordinate(s) a particle has no atoms in space", path,
                             points->molecule.dimension);
    frames->view = (dia_convert_frames){.natom = points->molecule.natom,
                                        .nframe = points->npoint,
                                        .nstate = points->nstate,
                                        .numbers = points->molecule.numbers,
                                        .R = points->R,
                                        .energies = points->E,
                                        .state = points->first,
                                        .name = points->name};
    return status;
}

dia_status dia_frames_load(dia_frames *frames, const char *path, const char *kind, int state, int threads,
                           dia_error *error)
{
    *frames = (dia_frames){0};
    if (strcmp(kind, "diabolo-dataset") == 0)
        return load_data(frames, path, state, threads, error);
    if (strcmp(kind, DIA_CATALOGUE_FORMAT) == 0)
        return load_points(frames, path, error);
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "%s is a '%s' file; a swarm, a data set or a file of intersections can be converted", path,
                         kind);
}

void dia_frames_free(dia_frames *frames)
{
    dia_dataset_free(&frames->data);
    dia_catalogue_free(&frames->points);
    free(frames->gradient);
    free(frames->state);
    *frames = (dia_frames){0};
}
