/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Conservation of the total energy: for each trajectory that counts the largest |E_total(t) - E_total(0)| over its
 * samples, less the work of light. */
#ifndef DIA_ANALYSE_POPULATIONS_ENERGY_H
#define DIA_ANALYSE_POPULATIONS_ENERGY_H

#include "analyse/record.h"

typedef struct dia_conservation {
    int count;          /* trajectories                                               */
    double median, max; /* hartree; NaN if count is 0                                 */
    int64_t worst;      /* number of the trajectory with the largest drift; -1: none  */
    double limit;       /* hartree: 1 meV                                             */
    int above;          /* trajectories beyond the limit                              */
} dia_conservation;

DIA_MUST_USE dia_status dia_conservation_compute(dia_conservation *conservation, const dia_record *record,
                                                 dia_error *error);

#endif
