/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "report/maps.h"

#include <math.h>
#include <stdlib.h>

#include "base/arena.h"

enum { COLUMNS = 240, BINS = 160, FEWEST = 30 }; /* more cannot be told apart; fewer show nothing */

/* How many of n belong together so that at most `most` are left. */
static int together(int n, int most)
{
    return (n + most - 1) / most;
}

static void shape_map(dia_map *map, const dia_density *d, int columns, int bins)
{
    map->every = together(d->ntime, columns);
    map->merged = together(d->bins, bins);
    map->columns = together(d->ntime, map->every);
    map->bins = together(d->bins, map->merged);
    map->ngroup = d->ngroup;
    map->step = (d->edge[d->bins] - d->edge[0]) / d->bins * map->merged;
}

/* Shapes all maps; a cell takes a byte at most (and base64 a third more). */
static void shape_all(dia_maps *maps, const dia_mechanism_file *file, size_t room)
{
    for (int columns = COLUMNS, bins = BINS;; columns = columns / 4 * 3, bins = bins / 4 * 3) {
        size_t cells = 0;
        for (int i = 0; i < maps->n; i++) {
            dia_map *map = &maps->map[i];
            shape_map(map, &file->series[i].density, columns, bins);
            cells += (size_t)map->ngroup * (size_t)map->columns * (size_t)map->bins;
        }
        if (cells / 3 * 4 <= room || bins / 4 * 3 < FEWEST)
            return;
    }
}

/* Mean density of a cell of the page. */
static double cell(const dia_map *map, const dia_density *d, int group, int column, int bin)
{
    const int t0 = column * map->every, t1 = t0 + map->every < d->ntime ? t0 + map->every : d->ntime;
    const int b0 = bin * map->merged, b1 = b0 + map->merged < d->bins ? b0 + map->merged : d->bins;
    double sum = 0;
    for (int t = t0; t < t1; t++)
        for (int b = b0; b < b1; b++)
            sum += d->value[((size_t)t * (size_t)d->ngroup + (size_t)group) * (size_t)d->bins + (size_t)b];
    return sum / ((t1 - t0) * (b1 - b0));
}

/* work (columns, bins); level (bins) */
static void put_group(dia_bits *bits, dia_map *map, const dia_density *d, int group, double *work, int32_t *level)
{
    const int cells = map->columns * map->bins;
    for (int i = 0; i < cells; i++) {
        work[i] = cell(map, d, group, i / map->bins, i % map->bins);
        map->most[group] = fmax(map->most[group], work[i]);
    }
    map->offset[group] = bits->size;
    for (int column = 0; column < map->columns; column++) {
        for (int b = 0; b < map->bins; b++)
            level[b] = map->most[group] > 0
                           ? (int32_t)lround(DIA_MAP_LEVELS * sqrt(work[column * map->bins + b] / map->most[group]))
                           : 0;
        dia_channel_put(bits, map->bins, level);
    }
    dia_bits_align(bits);
}

static dia_status put_map(dia_maps *maps, dia_map *map, const dia_density *d, dia_error *error)
{
    double *work = dia_allocate((size_t)map->columns * (size_t)map->bins, sizeof *work);
    int32_t *level = dia_allocate((size_t)map->bins, sizeof *level);
    map->most = dia_allocate((size_t)map->ngroup, sizeof *map->most);
    map->offset = dia_allocate((size_t)map->ngroup, sizeof *map->offset);
    const bool room = work != NULL && level != NULL && map->most != NULL && map->offset != NULL;
    for (int group = 0; room && group < map->ngroup; group++)
        put_group(&maps->bits, map, d, group, work, level);
    free(work);
    free(level);
    return room && !maps->bits.failed ? DIA_OK
                                      : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a density map");
}

dia_status dia_maps_create(dia_maps *maps, const dia_mechanism_file *file, size_t room, dia_error *error)
{
    *maps = (dia_maps){.n = file->nseries};
    maps->map = dia_allocate((size_t)maps->n + 1, sizeof *maps->map);
    if (maps->map == NULL) {
        maps->n = 0;
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for density maps");
    }
    shape_all(maps, file, room);
    dia_status status = DIA_OK;
    for (int i = 0; i < maps->n && status == DIA_OK; i++)
        status = put_map(maps, &maps->map[i], &file->series[i].density, error);
    if (status != DIA_OK)
        dia_maps_free(maps);
    return status;
}

void dia_maps_free(dia_maps *maps)
{
    for (int i = 0; i < maps->n; i++) {
        free(maps->map[i].most);
        free(maps->map[i].offset);
    }
    free(maps->map);
    free(maps->bits.byte);
    *maps = (dia_maps){0};
}
