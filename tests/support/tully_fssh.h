/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fewest switches as Tully wrote it (J. Chem. Phys. 93, 1061 (1990)), one trajectory at a time, slow and plain: the
 * reference of what src/dynamics does. It shares nothing with the program but the model's H and its derivatives: adiabatic
 * amplitudes with the couplings v.d, where the program propagates diabatic ones; hops from the flux at each instant, where
 * the program takes the propagator of a step; eigenvectors, signs and random numbers of its own. Atomic units.
 *
 *   dc_k/dt = -i E_k c_k - sum_j v.d_kj c_j,   d_kj = <k|dH/dR|j>/(E_j - E_k)
 *   hop k -> j at the rate max(0, 2 Re(c_k* c_j v.d_kj)/|c_k|^2), then the momentum changes along d_kj
 *
 * With decoherence |c_k|^2 of all states but the active one, a, decay at the rate |E_k - E_a|/(1 + C/kinetic), the time of
 * Granucci and Persico (J. Chem. Phys. 126, 134114 (2007), eq. 17), there of c_k. Frustrated hops leave the momentum. The step is
 * `timestep` at most, and is halved until, for the states that matter, the integral of v.d by the trapezoid is what their
 * eigenvectors turn by. States are followed by the overlap of their eigenvectors from step to step. So where two states
 * cross that do not couple, and v.d is a spike that no step resolves, each goes on as what it was, under the other's number:
 * in the limit of small steps this is what the equations say. */
#ifndef DIA_TEST_TULLY_FSSH_H
#define DIA_TEST_TULLY_FSSH_H

#include "diabolo/model.h"

typedef struct tully_settings {
    double timestep;
    double turn;     /* largest error of the turn in a step, radian                                                  */
    double constant; /* C of energy-based decoherence; 0: none                          */
    uint64_t seed;
} tully_settings;

typedef struct tully_fssh tully_fssh;

tully_fssh *tully_create(const dia_model *model, const tully_settings *settings); /* aborts without memory */
void tully_free(tully_fssh *t);
/* Trajectory `number` at R, V (ncart). Adiabatic: amplitude 1 in `state`. Diabatic: amplitudes U^T e_state, and an active
 * state that is drawn from their squares. */
void tully_start(tully_fssh *t, uint64_t number, const double *R, const double *V, bool diabatic, int state);
void tully_fly(tully_fssh *t, double duration);
/* Populations (nstate), adiabatic states by energy: of the active state (0 or 1), by amplitudes, of the diabatic states. */
void tully_populations(const tully_fssh *t, double *active, double *electronic, double *diabatic);
/* Adiabatic states at R by energy: E (nstate), U (nstate, nstate), a row each. Forgets the trajectory. */
void tully_states(tully_fssh *t, const double *R, double *E, double *U);
/* Since tully_create: steps; steps too short to halve in which states that matter were not followed clearly. */
void tully_counts(const tully_fssh *t, long *steps, long *unclear);

#endif
