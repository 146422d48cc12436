/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Energies of a swarm against time: weighted means over the trajectories that count, and how far total energies drift
 * from their initial values. Energies in eV above `zero`, drifts in meV. */
#ifndef DIA_REPORT_ENERGIES_H
#define DIA_REPORT_ENERGIES_H

#include "analyse/record.h"
#include "diabolo/exact.h"

enum { DIA_DRIFT_MEDIAN, DIA_DRIFT_MOST, DIA_DRIFT_ALL, DIA_DRIFT_CURVES }; /* quantiles 50, 90, 100 % */

typedef struct dia_energies { /* arrays owned */
    int ntime, nstate, ntrajectory;
    double zero;   /* hartree: the lowest energy of state 0 (without adiabatic energies: the lowest potential energy) of
                      any trajectory that counts at any time; 0 if none counts                                     */
    double *state; /* (ntime, nstate) mean adiabatic energies; NULL: not in the file                               */
    double *potential; /* (ntime) mean energy of the active state */
    double *total; /* (ntime) mean total energy, less the work of light                                            */
    double *work;  /* (ntime) mean work of light, eV; NULL: there is none                                          */
    double *drift[DIA_DRIFT_CURVES]; /* (ntime) quantiles over trajectories of |E_total(t) - E_total(0)|, meV,
                                        unweighted (dia_quantile; NaN where none counts) */
    double *largest; /* (ntrajectory) largest |E_total(t) - E_total(0)|, meV; all trajectories         */
} dia_energies;

DIA_MUST_USE dia_status dia_energies_create(dia_energies *energies, const dia_record *record, dia_error *error);
/* Mean energies of what is left of exact dynamics, divided by its norm; above 0 of the model. Without states and drift; without
 * potential and total (NULL) if the engine does not know them. */
DIA_MUST_USE dia_status dia_energies_of_exact(dia_energies *energies, const dia_exact_record *exact, dia_error *error);
void dia_energies_free(dia_energies *energies);

#endif
