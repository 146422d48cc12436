/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Momentum of one trajectory at a hop. The direction h (ncart) is a covector like a gradient: V changes along h/m. */
#ifndef DIA_DYNAMICS_MOMENTUM_H
#define DIA_DYNAMICS_MOMENTUM_H

#include <stdbool.h>

/* Removes `gap` (hartree) from the kinetic energy along h: V <- V + gamma h/m with the root gamma of smallest size
 * (Hammes-Schiffer, Tully, JCP 101, 4657 (1994), eqs 12-16; Herman, JCP 81, 754 (1984)). False, and V unchanged, if
 * the kinetic energy along h is too small. */
bool dia_momentum_adjust(int ncart, const double *mass, const double *h, double gap, double *V);
/* Reverses the motion along h: same kinetic energy. */
void dia_momentum_reverse(int ncart, const double *mass, const double *h, double *V);
/* Jasper, Truhlar, CPL 369, 60 (2003): reverse at a frustrated hop if the forces of the two states along h have
 * opposite signs and that of the target state opposes the motion. */
bool dia_momentum_turns(int ncart, const double *h, const double *gradient, const double *target_gradient,
                        const double *V);
/* Is h too small to give a direction? Up to 1e-8 of the gradient (mass-weighted norms) it is only rounding.
 */
bool dia_direction_vanishes(int ncart, const double *mass, const double *h, const double *gradient);

#endif
