/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Populations of a kinetic scheme: dp/dt = K p from p(t0) = p0, so p(t) = exp(K (t - t0)) p0 behind the delay t0 and p0
 * before it; with a response of Gaussian shape (standard deviation w) the mean of that over delays t0 + w z, z standard
 * normal. What has started, Q, then obeys
 *
 *   p(t) = p0 (1 - Phi((t - t0)/w)) + Q(t),   dQ/dt = K Q + g(t - t0) p0,   g the normal density of deviation w,
 *
 * which is integrated exactly from sample to sample: exp(K h) for what is there, Gauss-Legendre panels no longer than w
 * for what starts meanwhile (error some 1e-13). No eigenvalues, so equal rates and complex pairs are no special case.
 * Derivatives by ln k from exp of [[K, dK], [0, K]] (Van Loan, IEEE Trans. Autom. Control 23, 395 (1978)); by t0 and w
 * from dp/dt0 = -K Q, dp/dw = w K (K Q + g p0) (g solves the heat equation).
 *
 * Parameters q, in this order: ln k of each step (k in 1/fs); if the start is free, a logit for each species but the
 * first (p0 = softmax); if the delay is free, t0 (fs); if the width is free, ln w (w in fs). */
#ifndef DIA_ANALYSE_KINETICS_KINETICS_H
#define DIA_ANALYSE_KINETICS_KINETICS_H

#include "analyse/kinetics/scheme.h"

enum { DIA_KINETICS_PARAMETERS = DIA_SCHEME_STEPS + DIA_SCHEME_SPECIES + 2 };

typedef enum dia_kinetics_choice { DIA_KINETICS_NONE, DIA_KINETICS_FIXED, DIA_KINETICS_FREE } dia_kinetics_choice;

#define DIA_FWHM 2.3548200450309493 /* of a normal distribution, in standard deviations */

typedef struct dia_kinetics_form {
    dia_kinetics_choice delay, response;
    double delay_value, response_width; /* fs, of FIXED: t0; standard deviation w > 0 */
    bool start_free;                    /* p0 a set of parameters; otherwise it is given */
} dia_kinetics_form;

typedef struct dia_kinetics dia_kinetics; /* work space of one thread */

/* time (ntime), fs, ascending: borrowed, as the scheme. */
DIA_MUST_USE dia_status dia_kinetics_create(dia_kinetics **kinetics, const dia_scheme *scheme,
                                            const dia_kinetics_form *form, int ntime, const double *time,
                                            dia_error *error);
void dia_kinetics_free(dia_kinetics *kinetics);

typedef struct dia_kinetics_layout {
    int nparameter, delay, width, start; /* length of q; index of t0, ln w, first logit in it; -1: not free */
} dia_kinetics_layout;
dia_kinetics_layout dia_kinetics_layout_of(const dia_kinetics *kinetics);
/* Bounds of ln k and ln w, beyond which the curve does not change any more: time constants of a twentieth of a sample
 * to a thousand durations, widths of a twentieth of a sample to the duration. */
void dia_kinetics_bounds(const dia_kinetics *kinetics, int parameter, double *low, double *high);

/* p (ntime, nspecies) and, unless NULL, J (ntime, nspecies, nparameter) = dp/dq. p0 (nspecies): the start; not used if
 * the start is free. */
void dia_kinetics_populations(dia_kinetics *kinetics, const double *q, const double *p0, double *p, double *J);
/* p0 of the logits in q. */
void dia_kinetics_start_populations(const dia_kinetics *kinetics, const double *q, double *p0);

#endif
