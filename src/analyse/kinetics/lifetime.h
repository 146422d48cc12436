/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lifetime of a state: of the trajectories that started in it, the share still (or again) in it, S(t), fitted by a
 * decay model (decay.h); errors and intervals from the trajectories (regression.h). Where the record begins later (dia_record.first,
 * after a pulse of light) it is of those that are in the state then, and time counts from there.
 *
 * Which shape: every one is fitted and compared by AICc (dia_regression_compare). The first of the table leads unless
 * its Akaike weight is below DIA_LIFETIME_REJECTED; then the shape of the largest weight does.
 *
 * A time constant is not determined if nothing is seen of it: were it infinite ("plateau") or zero ("instant"), no
 * sample of the curve would change by as much as the largest standard error of S, and resampling does not exclude that
 * either; where both hold the part that decays with it is "too small". */
#ifndef DIA_ANALYSE_KINETICS_LIFETIME_H
#define DIA_ANALYSE_KINETICS_LIFETIME_H

#include "analyse/kinetics/decay.h"
#include "analyse/record.h"

enum { DIA_LIFETIME_LEFT_MIN = 10 };      /* fewer trajectories that left the state: no fit */
#define DIA_LIFETIME_DECAY_MIN 0.1        /* less decay of S(t) than this: no fit           */
#define DIA_LIFETIME_EXPLAINED_MIN 0.5    /* a curve that explains less of S(t) does not describe it: no numbers */
#define DIA_LIFETIME_REJECTED 0.05        /* Akaike weight of a shape that the data do not support */
#define DIA_LIFETIME_LONGEST 100          /* times the duration: an end of an interval beyond this is none */
enum { DIA_LIFETIME_BOOTSTRAP_MIN = 40 }; /* with fewer resamplings the tails of a 95 % interval are too thin */
enum { DIA_LIFETIME_SHAPES = 8 };

typedef struct dia_lifetime_options {
    const dia_decay_type *type; /* NULL: the one that the data support                                */
    int from; /* state; -1: the one most of the weight started in; of a later beginning the excited one most of it is in then */
    double since;  /* fs, which an input asks for (dia_record_begin); 0: none           */
    int bootstrap; /* resamplings, 0: no intervals, else at least the minimum           */
    uint64_t seed; /* of the resampling                                                 */
    const dia_control
        *control; /* its threads, on which the result does not depend, and whether to stop; NULL: all, never */
    dia_discarded discarded; /* how trajectories that went wrong count; the shapes are compared
                                   only where these are left out                                     */
} dia_lifetime_options;

typedef struct dia_decay_shape { /* a shape fitted to S(t), without intervals */
    const dia_decay_type *type;
    const char *model, *formula; /* of the type */
    bool fitted;
    double value[DIA_DECAY_PARAMETERS];             /* as type->unit; NaN: not determined            */
    const char *undetermined[DIA_DECAY_PARAMETERS]; /* why (see below); NULL: it is                  */
    double residual;                                /* rms of S minus fit                                        */
    double beyond;                                  /* share of the samples that are beyond two standard errors  */
    dia_rank rank;
} dia_decay_shape;

typedef struct dia_lifetime {
    const dia_decay_type *type;
    int from;
    bool curve_only; /* of dia_lifetime_of_curve: no trajectories, no errors but that of the curve; started, left: 0 */
    int started, left;                  /* trajectories that started in the state; that left it at least once */
    double lowest;                      /* min over t of S                                                        */
    char refused[240];                  /* why there is no fit; empty if there is one                             */
    char note[300];                     /* why this shape leads, or what speaks against it; empty: nothing to say */
    double value[DIA_DECAY_PARAMETERS]; /* as type->unit; NaN: not determined */
    double low[DIA_DECAY_PARAMETERS], high[DIA_DECAY_PARAMETERS]; /* NaN: no interval, or no such end of it */
    const char *undetermined[DIA_DECAY_PARAMETERS];
    double explained;                /* 1 - sum of squared residuals / sum of squared deviations of S from its mean */
    double residual, beyond, weight; /* as of its shape; weight NaN: not compared                    */
    int bootstrap, bootstrap_failed; /* resamplings done; of them without a converged fit        */
    uint64_t seed;
    int first;    /* sample of the record where it begins   */
    double since; /* fs, the same                            */
    int ntime, nshape;
    dia_decay_shape shape[DIA_LIFETIME_SHAPES]; /* in the order of dia_decay_types                 */
    double *survival, *error;                   /* (ntime) S and its binomial error; owned                         */
    double *curve;                              /* (ntime) the fit; NULL if refused; owned                         */
} dia_lifetime;

/* A fit that makes no sense is no error: see refused. DIA_ERROR_INPUT: no trajectory started in `from`, bootstrap too
 * small. */
DIA_MUST_USE dia_status dia_lifetime_create(dia_lifetime *lifetime, const dia_record *record,
                                            const dia_lifetime_options *options, dia_error *error);
/* The same fits to a population without trajectories, p (ntime) of state options->from, divided by its first value: no
 * intervals, and shapes are compared by their residuals only. trusted: how far it may be trusted. */
DIA_MUST_USE dia_status dia_lifetime_of_curve(dia_lifetime *lifetime, int ntime, const double *time, const double *p,
                                              double trusted, const dia_lifetime_options *options, dia_error *error);
void dia_lifetime_free(dia_lifetime *lifetime);

#endif
