/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electrons between two geometries: i dc/dt = H(t) c in the constant diabatic basis, H linear in time from H0 to H1. */
#ifndef DIA_ELECTRONIC_PROPAGATE_H
#define DIA_ELECTRONIC_PROPAGATE_H

#include "diabolo/frame.h"

/* With more sub-steps H would change by hundreds of hartree in a step: that is not physical. */
enum { DIA_SUBSTEPS_MAX = 10000 };

/* Doubles of work space for dia_propagator, whether H is real or complex. */
size_t dia_propagator_work(int nstate);

/* T (nstate, nstate, 2), row-major complex: T = U1^H P U0, P the propagator from H0 to H1 over dt, of row b of both
 * frames. Returns the number of sub-steps.
 *
 * Each sub-step is exp(-i H_b h/2) exp(-i H_a h/2) with H_a, H_b at its ends, so a step in which H changes little needs
 * no eigenproblem beyond those of the two frames. It is second order, unitary to rounding, and exact, whatever dt and
 * the size of H, if H is constant or merely commutes with its change (a trivial crossing). Its error is therefore
 * limited not by H but, for m sub-steps, by the smaller of
 *
 *   |[H1,H0]| dt^2 / (24 m^2)   leading term of the Magnus expansion (Blanes et al., Phys. Rep. 470, 151 (2009), section 4)
 *   |H1-H0| dt / (4 m)          bound: the sub-step uses an H that is off by up to half its change, a quarter on average
 *
 * in the Frobenius norm; m is the smallest number that brings it to `tolerance` (an error of amplitudes over the step).
 * The mean of the diagonal, a common phase, is left out of P. */
int dia_propagator(double dt, double tolerance, const dia_frame *before, const dia_frame *after, int b, double *T,
                   double *work);

/* The same, and amplitudes, for rows of two frames. Arrays are those of all rows. */
typedef struct dia_propagation {
    double dt, tolerance;
    const dia_frame *before, *after;
    const double *c; /* (B, nstate, 2) diabatic, before                                    */
    double *T;       /* (B, nstate, nstate, 2)                                             */
    double *c0, *c1; /* (B, nstate, 2) adiabatic: U0^H c, and T c0 scaled to the norm 1    */
} dia_propagation;

/* Rows rows[0..count-1], up to 16 states eight at a time, side by side. Each is the same bits in any company and on any
 * processor; sines and cosines are those of math/lane_math.h, so it differs from dia_propagator by rounding.
 * work: dia_propagator_work(nstate) doubles. */
void dia_propagate_rows(const dia_propagation *p, int count, const int *rows, double *work);

/* The same where of the frame after only H is known: E and U first, as dia_frame_solve_near (frames.h), T and amplitudes from them. plain
 * (count): work space. A row is the same bits as by those two, one after the other. */
void dia_propagate_near(const dia_propagation *p, dia_frame *after, int count, const int *rows, int *plain,
                        double *work);

/* Rows of adiabatic amplitudes (., nstate, 2) -> diabatic ones c, scaled to the norm 1 as by dia_amplitudes_normalise. */
void dia_amplitudes_diabatic_rows(const dia_frame *frame, int count, const int *rows, const double *adiabatic,
                                  double *c);

/* Amplitudes (nstate, 2), of real states: adiabatic = U^T diabatic, and back (of any: frame.h); after = T before. Out and in must not
 * overlap. */
void dia_amplitudes_adiabatic(int nstate, const double *U, const double *diabatic, double *adiabatic);
void dia_amplitudes_diabatic(int nstate, const double *U, const double *adiabatic, double *diabatic);
void dia_amplitudes_apply(int nstate, const double *T, const double *before, double *after);

/* Scales c (nstate, 2) to the norm 1; zeros stay zeros. Eigenvectors from LAPACK are orthonormal only to a few eps, and these
 * errors do not cancel from step to step: without this the norm grows by 3 eps a step. The norm of the step before would
 * not do in place of 1: a product with 1 - eps/2 rounds down always. */
void dia_amplitudes_normalise(int nstate, double *c);

#endif
