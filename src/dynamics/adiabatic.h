/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electrons of one trajectory through one step in the adiabatic basis, as programs do that know no diabatic states:
 *
 *   dc_k/dt = -i E_k c_k - sum_l sigma_kl c_l,   sigma_kl = <k|d/dt l> = d_kl.v
 *
 * with sigma from couplings at the ends of the step or from the overlaps between them. For hopping methods that take
 * probabilities, or amplitudes, from sigma: the propagator T of a step is exact and needs none of this. All matrices are complex, and
 * sigma anti-Hermitian; of a real H their imaginary parts are zero. */
#ifndef DIA_DYNAMICS_ADIABATIC_H
#define DIA_DYNAMICS_ADIABATIC_H

#include "diabolo/extend.h"

typedef struct dia_adiabatic_step {
    int n, active;
    bool hermitian; /* H is complex */
    double dt;
    const double *E0, *E1; /* (n) energies at t and t+dt, borrowed                                             */
    double *S;             /* (n, n, 2) S_kl = <k(t)|l(t+dt)>, the states of t turned so that S_kk >= 0        */
    double *sigma0;        /* (n, n, 2) at t                                                                   */
    double *sigma1;        /* (n, n, 2) at t+dt                                                                */
    double *c;             /* (n, 2) amplitudes, at t, in the turned states                                    */
    double *g;             /* (n) probabilities of hops; behind them room for n more                            */
    double *work;          /* of an eigenproblem                                                               */
    double *matrix, *E;    /* (npacked), (n): the same room as c and g                                         */
} dia_adiabatic_step;

/* The step of trajectory b. All room is in view->work. Fills S, c; sigma is not set. */
dia_adiabatic_step dia_adiabatic_begin(const dia_step_view *view, int b);
/* The factor of size 1, of a real H +1 or -1, by which state k of t is turned. */
void dia_adiabatic_turn(const dia_step_view *view, int b, int k, double *z);
/* sigma from dH/dt at both ends (a hop type with needs_hdot), d_kl.v = <k|dH/dt|l>/(E_l - E_k). */
void dia_adiabatic_couplings(dia_adiabatic_step *step, const dia_step_view *view, int b);
/* The same at all times: (S - S^H)/(2 dt), Hammes-Schiffer, Tully, JCP 101, 4657 (1994). */
void dia_adiabatic_overlaps(dia_adiabatic_step *step);
/* The same at all times: log(S)/dt, with which amplitudes without energies go exactly from t to t+dt. Of two states it is the
 * norm-preserving interpolation of Meek, Levine, JPCL 5, 2351 (2014), asin(S_01)/dt; their formula for more states
 * corrects pair by pair what the logarithm holds exactly. Destroys c: call dia_adiabatic_amplitudes. */
void dia_adiabatic_logarithm(dia_adiabatic_step *step);
/* Fills c again. */
void dia_adiabatic_amplitudes(dia_adiabatic_step *step, const dia_step_view *view, int b);
/* Takes c to t+dt in `substeps` steps with E and sigma linear in time. g: the probability that a hop from the active state is
 * drawn in one of them, each with Tully's rate max(0, 2 Re(conj(c_i) sigma_ij c_j))/|c_i|^2. */
void dia_adiabatic_integrate(dia_adiabatic_step *step, int substeps);

#endif
