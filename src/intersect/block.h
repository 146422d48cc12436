/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block of H among states that are to meet, as a smooth matrix function of R. H may be complex (model.h).
 *
 * Near an intersection the adiabatic states are not differentiable functions of R; the space they span is. Let B(R) (N,
 * m) be the m adiabatic states of the block as columns. In the basis V(R) = B Q, Q the unitary polar factor of B^H
 * V0 (the basis of that space closest to fixed vectors V0: Loewdin), the matrix h(R) = V^H H V (m, m) is smooth as long
 * as no other state meets the block; it is the effective Hamiltonian of des Cloizeaux, Nucl. Phys. 20, 321 (1960). With
 * V0 = B(R0) its derivatives at R0 are, exactly and at any gap,
 *
 *   dh_ab  = <a|dH|b>
 *   d2h_ab = <a|d2H|b> + sum_k <a|dH|k><k|dH|b> [ 1/(E_a - E_k) + 1/(E_b - E_k) ],   k outside the block
 *
 * (second order of canonical Van Vleck perturbation theory; Shavitt, Redmon, JCP 73, 5711
 * (1980).)
 *
 * The states meet where the traceless part of h vanishes: conditions c_k = <T_k, h>, with T_k orthonormal traceless
 * matrices, so that |c| does not depend on the basis of the block: |c| = gap/sqrt(2) if m = 2. Of a real H T_k are the
 * m (m+1)/2 - 1 symmetric ones; of a complex H m (m-1)/2 imaginary ones follow, m^2 - 1 in all. */
#ifndef DIA_INTERSECT_BLOCK_H
#define DIA_INTERSECT_BLOCK_H

#include <complex.h>

#include "diabolo/intersect.h"
#include "intersect/surface.h"

enum { DIA_BLOCK_CONDITIONS = DIA_DEGENERATE_MAX * DIA_DEGENERATE_MAX - 1 };

typedef struct dia_block_view { /* of one geometry; arrays owned */
    dia_surface *surface;       /* borrowed */
    int first, count, ncondition, ncart, nstate;
    double mean, gap;                       /* of the energies of the block, hartree                    */
    double condition[DIA_BLOCK_CONDITIONS]; /* c, hartree                                               */
    double *gradient;                       /* (ncart) of the mean                                      */
    double *jacobian;                       /* (ncondition, ncart) dc/dR                                */
    double
        *coupling; /* (nelement, ncart) <a|dH|b>: pairs a >= b of the block, then (a, k) with k outside; of a complex H
                         these are real parts, and imaginary ones of pairs a > b and (a, k) follow */
    double *E, *U; /* (nstate), (nstate, nstate) of this geometry; of a complex H U (nstate, nstate, 2) */
    int nelement, (*element)[3]; /* as of dia_surface_couplings */
} dia_block_view;

/* Number of the T_k; T_k (m, m). */
int dia_block_count(int count, bool hermitian);
void dia_block_matrix(int count, int k, double complex *T);

DIA_MUST_USE dia_status dia_block_open(dia_block_view *block, dia_surface *surface, int first, int count,
                                       dia_error *error);
void dia_block_close(dia_block_view *block);
/* Everything above at R. False if not finite. */
bool dia_block_solve(dia_block_view *block, const double *R);
/* c at another geometry R in the basis closest to the states of this one, mean and gap there too. |c| is that of any basis; where the
 * spaces of both geometries do not determine a closest one, c is that of the states at R. False if not finite. */
bool dia_block_conditions(const dia_block_view *block, const double *R, double *condition, double *mean, double *gap);
/* hessian (ncart, ncart) of mean + sum_k multiplier_k c_k at R, where the block was solved last. False if not finite.
 */
bool dia_block_hessian(const dia_block_view *block, const double *R, const double *multiplier, double *hessian);

#endif
