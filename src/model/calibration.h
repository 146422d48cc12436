/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large errors are where the members of a committee differ by so much: the spread of a committee turned into limits
 * that 68 % and 95 % of the errors of one member do not exceed, as found on points that no member was trained on.
 *
 *   limit = factor[gap][level] sqrt(spread^2 + floor^2)
 *
 * level 0: 68 %, one calibrated sigma; level 1: 95 %, two of them. Errors have heavier tails than a normal distribution,
 * and the spread of a few members is itself uncertain, so that a single factor cannot give both; each is a quantile
 * (split conformal prediction with a normalised score: Lei, G'Sell, Rinaldo, Tibshirani, Wasserman, J. Am. Stat. Assoc. 113,
 * 1094 (2018)). floor: errors that all members have in common, where they agree too well. */
#ifndef DIA_MODEL_CALIBRATION_H
#define DIA_MODEL_CALIBRATION_H

#include "diabolo/base.h"
#include "store/store.h"

typedef enum dia_calibrated {
    DIA_CALIBRATED_ENERGY,   /* hartree, of an adiabatic state                                   */
    DIA_CALIBRATED_GRADIENT, /* hartree/bohr, a Cartesian component                              */
    DIA_CALIBRATED_COUPLING, /* hartree/bohr, a component of h_ij = <i|dH/dR|j>                  */
    DIA_CALIBRATED_GAP,      /* hartree, from a state to the nearest other one                   */
    DIA_CALIBRATED_HOP,      /* probability of a hop at one passage (dia_passage_probability)       */
    DIA_CALIBRATED           /* how many there are */
} dia_calibrated;

enum { DIA_CALIBRATION_GAPS = 3, DIA_CALIBRATION_LEVELS = 2 };
extern const double dia_calibration_levels[DIA_CALIBRATION_LEVELS]; /* 0.68, 0.95 */
extern const char *const dia_calibration_names[DIA_CALIBRATED];     /* "energy", ... */

typedef struct dia_calibration { /* atomic units */
    int npoint;                  /* points it was found on; 0: not calibrated  */
    bool noise;                  /* floor was found as a noise level           */
    double floor[DIA_CALIBRATED];
    double factor[DIA_CALIBRATED][DIA_CALIBRATION_GAPS][DIA_CALIBRATION_LEVELS];
} dia_calibration;

int dia_calibration_class(double gap); /* hartree, to the nearest other state; of a coupling that of its pair */
/* NULL or not calibrated: the spread itself, twice that for the second level. */
double dia_calibration_limit(const dia_calibration *calibration, dia_calibrated what, double gap, double spread,
                             int level);

/* 68 % of the errors where members agree entirely, at gaps above 0.5 eV: noise of the labels, and what all members miss alike.
 * 0: it was not asked for. */
double dia_calibration_noise(const dia_calibration *calibration, dia_calibrated what);

/* exp(-pi gap^2/(4 |h|)), h = <i|dH/dt|j> = v.<i|dH/dR|j>: of one passage of a crossing, from quantities of one geometry (Landau and
 * Zener in adiabatic terms: Desouter-Lecomte, Lorquet, J. Chem. Phys. 71, 4391 (1979)). 0 if h is 0. */
double dia_passage_probability(double gap, double h);

/* The group `calibration` of a model file; none if it was not calibrated. */
DIA_MUST_USE dia_status dia_calibration_write(const dia_calibration *calibration, dia_store *store, dia_error *error);
DIA_MUST_USE dia_status dia_calibration_read(dia_calibration *calibration, const dia_store *store, dia_error *error);

#endif
