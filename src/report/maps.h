/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Density maps of coordinates as the page holds them: merged to as many columns and bins as a screen shows, rounded to 255 levels, then
 * each column in few bits (channel.h).
 *
 * A map of one group (all trajectories, or those on a state) is `columns` channels of `bins` values, column by column, and starts at a byte.
 * Level l stands for the density most (l/255)^2: square roots, so that what is rare is seen beside a sharp peak. A column is the mean of
 * `every` samples, a bin of `merged` bins; the last ones may hold fewer. */
#ifndef DIA_REPORT_MAPS_H
#define DIA_REPORT_MAPS_H

#include "analyse/mechanism/mechanism.h"
#include "report/channel.h"

enum { DIA_MAP_LEVELS = 255 };

typedef struct dia_map { /* of one coordinate; arrays owned */
    int columns, bins, every, merged, ngroup;
    double step;    /* width of a bin of the page, bohr or radians             */
    double *most;   /* (ngroup) highest density, 1/bohr or 1/rad               */
    size_t *offset; /* (ngroup) where it starts in the bytes of all maps       */
} dia_map;

typedef struct dia_maps {
    int n;
    dia_map *map;  /* (n) of the coordinates of a mechanism file  owned */
    dia_bits bits; /*                                             owned */
} dia_maps;

/* room: bytes that all maps may take, about; fewer columns and bins if they would not fit. */
DIA_MUST_USE dia_status dia_maps_create(dia_maps *maps, const dia_mechanism_file *file, size_t room, dia_error *error);
void dia_maps_free(dia_maps *maps);

#endif
