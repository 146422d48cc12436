/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loss of one geometry as residuals, for least squares: the sum of their squares, and of what no parameter can
 * change, is the L of loss.h (without its limit for outliers). The derivative of a residual r is that of
 *
 *   <W0, H> + <W1, dH/dR . V>,    F_ij . q = <i|dH/dR.q|j>:  d(F_ij.q) = (U^T d(dH.q) U)_ij + [F.q, Omega]_ij,
 *   Omega_kl = (U^T dH U)_kl/(e_l - e_k)
 *
 * so J^T r is half the gradient of the loss, exactly: signs and rotations are the same, and a rotated pair has no 1/gap
 * response, but a residual for its off-diagonal energy. Derivatives are taken along internal motions only. */
#ifndef DIA_TRAIN_RESIDUAL_H
#define DIA_TRAIN_RESIDUAL_H

#include "diabolo/molecule.h"
#include "train/loss.h"

/* Places of residuals: nstate energies and npair off-diagonal ones first, then npacked vectors of ncart components. */
int dia_residual_places(int nstate, int ncart);
int dia_residual_energies(int nstate); /* how many of the first have no V, W1 */

typedef struct dia_residuals { /* of one geometry; owned by the caller */
    double *r;                 /* (places)                                                          */
    double *W0, *W1;           /* (places, npacked)                                                 */
    bool *used;                /* (places) others are zero, and their W0, W1 not set                */
    double *Q;                 /* (ncart, ncart) V of component m of a vector is row m              */
    double rest;               /* part of L that depends on no parameter                            */
} dia_residuals;

/* Doubles of work space. */
size_t dia_residual_work(int nstate, int ncart);
/* e, U, D, label as dia_loss_point; unit, R as dia_internal_basis. Returns L. */
double dia_residual_point(const dia_loss *loss, int nstate, int ncart, const double *e, const double *U,
                          const double *D, const dia_label *label, const dia_molecule *unit, const double *R,
                          double *work, dia_residuals *residuals);

#endif
