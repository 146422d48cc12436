/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "convert/frames.h"

#include <stdlib.h>
#include <string.h>

#include "intersect/catalogue.h"
#include "train/dataset.h"

/* ---- a data set ------------------------------------------------------------------------------ */

typedef struct from_data {
    dia_dataset data;
    double *gradient; /* (npoint, ncart) of one state */
    int *state;       /* (npoint)                     */
} from_data;

static void release_data(void *owner)
{
    from_data *from = owner;
    dia_dataset_free(&from->data);
    free(from->gradient);
    free(from->state);
    free(from);
}

static dia_status load_data(dia_frames *frames, const char *path, int state, dia_error *error)
{
    from_data *from = calloc(1, sizeof *from);
    if (from == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", path);
    frames->owner = from;
    frames->release = release_data;
    const dia_dataset *data = &from->data;
    dia_status status = dia_dataset_load(&from->data, path, error);
    if (status != DIA_OK)
        return status;
    if (state < 0 || state >= data->nstate)
        return dia_error_set(error, DIA_ERROR_INPUT, "--state %d: %s has %d states, counted from 0", state, path,
                             data->nstate);
    const size_t ncart = (size_t)data->ncart, npoint = (size_t)data->npoint, nstate = (size_t)data->nstate;
    from->gradient = malloc((npoint * ncart + 1) * sizeof *from->gradient);
    from->state = malloc((npoint + 1) * sizeof *from->state);
    if (from->gradient == NULL || from->state == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory for %d points", path, data->npoint);
    for (size_t p = 0; p < npoint; p++) {
        from->state[p] = state;
        memcpy(from->gradient + p * ncart, data->gradient + (p * nstate + (size_t)state) * ncart,
               ncart * sizeof *from->gradient);
    }
    frames->view = (dia_convert_frames){.natom = data->natom,
                                        .nframe = data->npoint,
                                        .nstate = data->nstate,
                                        .numbers = data->numbers,
                                        .R = data->R,
                                        .energies = data->energy,
                                        .state = from->state,
                                        .gradient = from->gradient};
    return DIA_OK;
}

/* ---- intersections --------------------------------------------------------------------------- */

static void release_points(void *owner)
{
    dia_catalogue_free(owner);
    free(owner);
}

static dia_status load_points(dia_frames *frames, const char *path, dia_error *error)
{
    dia_catalogue *points = calloc(1, sizeof *points);
    if (points == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "%s: no memory", path);
    frames->owner = points;
    frames->release = release_points;
    dia_status status = dia_catalogue_read(points, path, error);
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

dia_status dia_frames_load(dia_frames *frames, const char *path, const char *kind, int state, dia_error *error)
{
    *frames = (dia_frames){0};
    if (strcmp(kind, "diabolo-dataset") == 0)
        return load_data(frames, path, state, error);
    if (strcmp(kind, DIA_CATALOGUE_FORMAT) == 0)
        return load_points(frames, path, error);
    return dia_error_set(error, DIA_ERROR_INPUT,
                         "%s is a '%s' file; a swarm, a data set or a file of intersections can be converted", path,
                         kind);
}

void dia_frames_free(dia_frames *frames)
{
    if (frames->release != NULL)
        frames->release(frames->owner);
    *frames = (dia_frames){0};
}
