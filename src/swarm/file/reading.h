/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Shared by the files that read a swarm file. */
#ifndef DIA_SWARM_FILE_READING_H
#define DIA_SWARM_FILE_READING_H

#include "diabolo/swarm.h"
#include "swarm/file/table.h"

struct dia_swarm_file {
    dia_store *store;
    double weight; /* over the trajectories that count, and their number */
    int64_t counted;
};

/* Reads on after an earlier failure are skipped, so that a list of reads needs one check. */
typedef struct dia_reading {
    const dia_swarm *swarm;
    dia_error *error;
    dia_status status;
} dia_reading;

/* Notes that the file is damaged at a place: "entry 3 of dataset 'hops/gap'". */
void dia_reading_damaged(dia_reading *now, const char *place, const char *expected, const char *found);

/* ---- check.c: impossible numbers, and what must agree ---------------------------------------- */

/* `rows` rows of a dataset from `first` on, of `width` numbers each. A trajectory that met NaN may hold anything. */
void dia_reading_check_values(dia_reading *now, const dia_swarm_dataset *d, dia_number number, size_t first,
                              size_t rows, size_t width, const void *values);
/* The same of dia_swarm_rows: amplitudes are normalised, energies ascend. */
void dia_reading_check_samples(dia_reading *now, const dia_swarm_dataset *d, int64_t first, int64_t count,
                               const double *values);
/* Ends of the trajectories; counts those that count. */
void dia_reading_check_trajectories(dia_reading *now);
/* Finds the rows of the hops' trajectories, and checks the hops. */
void dia_reading_check_hops(dia_reading *now, int64_t *rows);
/* Everything at each time, in windows of bounded memory: times, populations, and whether these are those of the
 * trajectories, which checks states, weights and fates together. */
void dia_reading_check_times(dia_reading *now);

#endif
