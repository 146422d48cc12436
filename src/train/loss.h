/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loss of one geometry and its closed-form adjoint through the eigenproblem.
 *
 *   L = sum_i wE_i (e_i - E_i)^2 + sum_i wG_i |G_i - G0_i|^2 + 2 sum_{i<j} wh_ij |h_ij - s_i s_j h0_ij|^2
 *
 * e, G, h from the model's H and dH/dR; the signs s of the states are chosen jointly for the geometry (all 2^(n-1)
 * vectors; never pair by pair, which for three states need not be realisable). Labels that are NaN are left out. With
 * F^a = U^T (dH/dR_a) U and Fbar its adjoint,
 *
 *   dHbar^a = U Fbar^a U^T,   Hbar = U (diag(ebar) + X) U^T,   X_ij = C_ij/(e_j - e_i),   C = sum_a [F^a, Fbar^a]
 *
 * No derivative of an eigenvector appears (first-order perturbation theory; checked against finite differences in the
 * tests).
 *
 * A data set holds a few points of another electronic solution or at strange geometries, whose errors would dominate
 * the sum of squares; `outlier` makes the loss of a geometry grow like its square root beyond that value (pseudo-Huber;
 * Charbonnier et al., IEEE Trans. Image Process. 6, 298 (1997)).
 *
 * States whose reference energies are closer than `degenerate` form a block in which the reference basis is itself
 * arbitrary: the reference matrices (energies included) are rotated inside the block to fit the model best, all
 * elements of a block have one weight, and the loss is smooth at an exact intersection: X_ij = 2 wE (0 - (Q^T E0 Q)_ij)
 * there. (Zhu, Yarkony, JCP 140, 024112 (2014): intersection-adapted frame.) */
#ifndef DIA_TRAIN_LOSS_H
#define DIA_TRAIN_LOSS_H

#include "dataset/dataset.h"

typedef struct dia_loss {  /* atomic units */
    double energy;         /* weight of an energy, hartree^-2                                                  */
    double gradient;       /* weight of a gradient component, (hartree/bohr)^-2                                */
    double coupling;       /* weight of a coupling component, at zero gap                                      */
    double coupling_gap;   /* wh = coupling (1 + (gap/coupling_gap)^2)^(-coupling_power/2): an ab initio       */
    double coupling_power; /* coupling at a large gap holds a part that no matrix can give                     */
    double degenerate;     /* reference gap below which two states form a block                                */
    double high_energy;    /* above energy_zero + high_energy weights fall as                                  */
    double high_power;     /* (high_energy/(E - energy_zero))^power; high_energy 0: off                        */
    double energy_zero;
    double outlier;  /* a geometry's sum L counts as 2 c (sqrt(1 + L/c) - 1), c = outlier: quadratic in small  */
                     /* errors, linear in large ones; 0: off                                                   */
    int fitted;      /* states from this one on are surplus (0: none): their labels weigh `surplus` times less */
    double surplus;  /* factor on the weights of surplus states                                                */
    double response; /* 1/gap of a pair that is no block is smoothed below this gap; 0: 1e-5 hartree           */
} dia_loss;

/* Doubles of work space. */
size_t dia_loss_work(int nstate, int ncart);
/* e (nstate), U (nstate, nstate), D (npacked, ncart) = dH_ij/dR. Returns L. Hbar (npacked) and dHbar (npacked, ncart),
 * symmetric-matrix adjoints as the W of dia_model_pullback; both NULL: not wanted. */
double dia_loss_point(const dia_loss *loss, int nstate, int ncart, const double *e, const double *U, const double *D,
                      const dia_label *label, double *work, double *Hbar, double *dHbar);

/* F (npacked, ncart) = U^T D U for all coordinates; F is not D. */
void dia_loss_transform(int nstate, int ncart, const double *U, const double *D, double *F);
/* out = U M U^T likewise. */
void dia_loss_transform_back(int nstate, int ncart, const double *U, const double *M, double *out);
/* 1/gap, smoothed as loss->response says, so that derivatives stay finite wherever the model happens to be degenerate. */
double dia_loss_response(const dia_loss *loss, double gap);

#endif
