/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Momentum of one trajectory at a hop. The direction h (ncart) is a covector like a gradient: V changes along h/m. */
#ifndef DIA_DYNAMICS_MOMENTUM_H
#define DIA_DYNAMICS_MOMENTUM_H

#include <stdbool.h>

/* Removes `gap` (hartree) from the kinetic energy along h: V <- V + gamma h/m with the root gamma of smallest size
 * (Hammes-Schiffer, Tully, JCP 101, 4657 (1994), eqs 12-16; Herman, JCP 81, 754 (1984)). False, and V unchanged, if
 * the kinetic energy along h is too small. */
bool dia_momentum_adjust(int ncart, const double *mass, const double *h, double gap, double *V);
/* The kinetic energy along h less the gap: negative exactly where dia_momentum_adjust returns false. h = 0: -infinity. */
double dia_momentum_spare(int ncart, const double *mass, const double *h, double gap, const double *V);
/* Reverses the motion along h: same kinetic energy. */
void dia_momentum_reverse(int ncart, const double *mass, const double *h, double *V);
/* Jasper, Truhlar, CPL 369, 60 (2003): reverse at a frustrated hop if the forces F of the two states along h have
 * opposite signs and that of the target state opposes the motion. The paper's coordinates are scaled to one mass: there
 * F.h is h^T M^-1 F and p.h is h.V, so that h.V is turned round by a force exactly where they say so. */
bool dia_momentum_turns(int ncart, const double *mass, const double *h, const double *gradient,
                        const double *target_gradient, const double *V);
/* The same without a look at the active state: does the force of the target oppose the motion along h? So the rule of that paper is
 * in its authors' programs that go with time uncertainty. */
bool dia_momentum_opposed(int ncart, const double *mass, const double *h, const double *target_gradient,
                          const double *V);
/* Adds to h (ncart) what makes h.V = coupling: h <- h + x M V. Of a difference of gradients that is the effective coupling
 * of Shu et al., JCTC 18, 1320 (2022), in coordinates of one mass. V = 0: unchanged. */
void dia_momentum_effective(int ncart, const double *mass, const double *V, double coupling, double *h);
/* h without the rigid motions T (count, ncart) of modes.h, orthonormal and mass-weighted: the kick h/m then changes neither
 * the total nor the angular momentum. The component left out is orthogonal to the rest in the metric of the kinetic
 * energy, h^T M^-1 h, so that of h = M V the momentum of the vibrations is left, and rigid motion pays for no hop. (With unit
 * masses, h^T h, which some programs use, both momenta are conserved too, but the kinetic energy does not separate.) An h that
 * is a rigid motion up to rounding becomes zero. */
void dia_momentum_project(int ncart, const double *mass, int count, const double *T, double *h);
/* h: real part of a complex covector, `imaginary` the other -> Re(e^{ip} h) with the p that makes it longest, p = -arg(sum_c
 * h_c^2/m_c)/2; where no p does, p = 0. Its sign is arbitrary, as that of a coupling is. */
void dia_momentum_direction(int ncart, const double *mass, const double *imaginary, double *h);
/* Is h too small to give a direction? Up to 1e-8 of the gradient (mass-weighted norms) it is only rounding.
 */
bool dia_direction_vanishes(int ncart, const double *mass, const double *h, const double *gradient);

#endif
