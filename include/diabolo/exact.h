/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Exact quantum dynamics of nuclei and electrons: `diabolo exact` as a library call, and reading its result
 * (docs/exact.md). The input is that of a swarm with an optional block `exact`. */
#ifndef DIABOLO_EXACT_H
#define DIABOLO_EXACT_H

#include "diabolo/base.h"
#include "diabolo/swarm.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct dia_exact_head { /* attributes of the file, as those of a swarm file; NULL: the file does not say */
    char *model_type, *model_digest, *model_path, *model_note, *input_path, *resolved, *program_version, *method;
    char *stop_conditions; /* of dynamics.stop that have a region, "NAME: CONDITION" a line */
    int64_t every;         /* steps from one sample to the next */
    double timestep;       /* fs */
} dia_exact_head;

/* Times in fs, everything else in atomic units, as in the file. Arrays belong to it; NULL: the engine does not know
 * them. T samples, n states, c coordinates. */
typedef struct dia_exact_record {
    dia_exact_head head; /* of a file that was read; else all NULL */
    int nstate, ncart;
    int64_t samples;                       /* T                                                    */
    int64_t overlaps;                      /* K                                                    */
    int64_t energies;                      /* N, of scattering */
    int64_t points;                        /* M                                                    */
    double *time;                          /* (T)                                                  */
    double *active, *diabatic;             /* (T, n) populations: adiabatic, diabatic; what was absorbed included   */
    double *active_error, *diabatic_error; /* (T, n) largest change in the tests of convergence; NULL: there was none */
    double *density;             /* (T, n, n, 2) reduced density matrix, diabatic, of what is left              */
    double *norm;                /* (T) of what is left                                                        */
    double *energy;              /* (T) potential + kinetic, of what is left, not divided by the norm          */
    double *potential, *kinetic; /* (T)                                                                        */
    double *dipole;              /* (T, 3) e bohr, mean, of what is left, not divided by the norm; with light alone */
    double *position, *position_width; /* (T, c) mean and standard deviation of what is left                         */
    double *momentum, *momentum_width; /* (T, c)                                                                     */
    double *absorbed, *absorbed_diabatic; /* (T, 2c, n) taken up to now at the lower and the upper end of each
                                             coordinate, by adiabatic and by diabatic state                          */
    int64_t channels; /* C: regions of dynamics.stop, and 1; 0: there are none                         */
    double *outcome,
        *outcome_error; /* (T, C, n) what is in each region or was absorbed in it, by adiabatic state; the last:
                                        in none; and its change in the tests of convergence */
    double *overlap_time, *overlap; /* (K); (K, 2) <start|psi(t)>                                                    */
    double *spectrum_energy, *spectrum; /* (M) its Fourier transform; the area is 1                                  */
    /* Scattering. A channel is 0 to n-1, the adiabatic states at the left end, or n to 2n-1, those at the right. */
    double *scattering_energy;    /* (N) hartree                                                                 */
    double *scattering_momentum;  /* (N, 2n) of each channel; 0: closed                                          */
    double *scattering_matrix;    /* (N, 2n, 2n, 2) S[outgoing][incoming]                                        */
    double *scattering_incoming;  /* (N) channel that was asked for                                              */
    double *scattering_flux;      /* (N) largest |sum of probabilities - 1| of an incoming channel               */
    double *scattering_unitarity; /* (N) largest |S^H S - 1|                                                     */
    double *scattering_change;    /* (N) largest change of a probability when the step was last halved           */
} dia_exact_record;

typedef struct dia_exact_result {
    char path[4096];     /* of the file                                                            */
    char engine[64];     /* name                                                                   */
    char settings[400];  /* of the engine, in a line                                               */
    bool complete;       /* it existed already: nothing was propagated                             */
    double seconds;      /* of this call                                                           */
    double norm_drift;   /* largest change of norm + absorbed; NaN: not known                      */
    double energy_drift; /* hartree: largest change of the energy while nothing was absorbed; NaN  */
    int changes;         /* runs with other settings, to test convergence                          */
    char change_what[8][80];
    double change[8];         /* largest change of a population in each                                 */
    dia_exact_record *record; /* what the file holds; freed by dia_exact_close                      */
} dia_exact_result;

/* Propagates what the input describes and writes its file. A finished file of the same input is not made again; another
 * is not overwritten unless `fresh` (DIA_ERROR_INPUT). Stopped by the control: DIA_ERROR_INTERRUPTED, and no file. */
DIA_API DIA_MUST_USE dia_status dia_exact(const dia_input *input, bool fresh, const dia_control *control,
                                          dia_exact_result *result, dia_error *error);
/* Reads a file of `diabolo exact`. DIA_ERROR_INPUT, DIA_ERROR_FILE: it is none, or damaged. Call dia_exact_close. */
DIA_API DIA_MUST_USE dia_status dia_exact_open(dia_exact_result *result, const char *path, dia_error *error);
DIA_API void dia_exact_close(dia_exact_result *result); /* a zeroed one is fine */

/* The last sample's outcomes of a file that was read, as dia_swarm_outcomes has them of a swarm: count is -1, error the change
 * in the tests of convergence (NaN: none), low and high are NaN. NULL, *count 0: the file has none. */
DIA_API DIA_MUST_USE dia_status dia_exact_outcomes(const dia_exact_record *record, dia_outcome **outcomes, int *count,
                                                   dia_error *error);

#ifdef __cplusplus
}
#endif
#endif
