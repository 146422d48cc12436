/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The diabatic dipole matrix of a network file (docs/model-file.md, "Dipoles"), learned beside H with H frozen:
 *
 *   mu(R) = (1/|G|) sum_g s_g Gamma(g)^T mu0(gR) Gamma(g),    s_g = -1 if g inverts
 *   mu0_ij(R) = sum_a q_aij(r) w_a + sum_(a>b) p_abij(r) w_a x w_b,    w_a = r_a - sum_b centre_b r_b
 *
 * q, p from a perceptron of tanh units in the features exp(-r_ab/length). Distances do not change under rotation, so mu
 * turns with the molecule; the sum over the symmetry group G makes mu(gR) = s_g Gamma mu(R) Gamma^T exact. The cross
 * products are there only where G leaves something of them: between states of which one changes sign in a reflection the
 * transition dipole stands upright on a planar molecule, which no sum of the w_a does. */
#ifndef DIA_MODEL_DIPOLES_H
#define DIA_MODEL_DIPOLES_H

#include "model/mlp.h"
#include "model/symmetry.h"

#define DIA_DIPOLE_LAYERS 6

struct dia_store;

typedef struct dia_dipoles {
    int natom, npair, npacked;
    int nlength, nfeature; /* features: of the first length all pairs a > b at a(a-1)/2 + b, then of the next   */
    int charge;            /* of the molecule, whose dipoles are seen from the centre                           */
    int nvector;           /* natom, and npair cross products behind them if there are any                      */
    int nlayer;            /* 0: the model has no dipoles                                                       */
    int width[DIA_DIPOLE_LAYERS + 1];
    double *length;           /* (nlength) bohr                                   owned */
    double *mean, *deviation; /* (nfeature)                                       owned */
    double *centre;           /* (natom) weights, sum 1                           owned */
    double *weight[DIA_DIPOLE_LAYERS],
        *bias[DIA_DIPOLE_LAYERS]; /* (out, in), (out)                                 owned */
    dia_mlp mlp;                  /* the same weights and biases, packed for panels        owned */
    int nimage;                   /* different permutations of the group                    */
    int *permutation;             /* (nimage, natom)                                  owned */
    int *pair;                    /* (nimage, npair) which pair of the geometry is there in the image    owned */
    double *polar,
        *axial; /* (nimage, npacked, npacked): (1/|G|) sum of B_g (images.h), and of s_g B_g, over the elements
                              with this permutation                                                          owned */
} dia_dipoles;

/* Reads the group `dipoles`; a file without it leaves dipoles zero. */
DIA_MUST_USE dia_status dia_dipoles_read(dia_dipoles *dipoles, const struct dia_store *store,
                                         const dia_molecule *molecule, const dia_symmetry *symmetry, dia_error *error);
/* One that is yet to be learned: zero, features neither shifted nor scaled, seen from the centre of mass. length (nlength) bohr; hidden
 * (nhidden): units of the hidden layers. */
DIA_MUST_USE dia_status dia_dipoles_init(dia_dipoles *dipoles, const dia_molecule *molecule,
                                         const dia_symmetry *symmetry, int nlength, const double *length, int nhidden,
                                         const int *hidden, dia_error *error);
/* Writes the group; nothing if there are no dipoles. */
DIA_MUST_USE dia_status dia_dipoles_write(const dia_dipoles *dipoles, struct dia_store *store, dia_error *error);
/* nimage, permutation, pair, polar and axial from the group: elements with the same permutation see the same distances, and are
 * taken together. natom and npacked are set. */
DIA_MUST_USE dia_status dia_dipoles_collect(dia_dipoles *dipoles, const dia_symmetry *symmetry, dia_error *error);
/* Room for mlp, when the layers are there; and mlp after weights or biases were changed. */
DIA_MUST_USE dia_status dia_dipoles_pack(dia_dipoles *dipoles, dia_error *error);
void dia_dipoles_refresh(dia_dipoles *dipoles);
void dia_dipoles_free(dia_dipoles *dipoles);

size_t dia_dipoles_work(const dia_dipoles *dipoles); /* doubles of work space, from dia_allocate; 0 without dipoles */
/* What permanent dipoles of data (origin of the coordinates) hold more than those of the model (centre): charge times centre (3), e bohr. */
void dia_dipoles_origin(const dia_dipoles *dipoles, const double *R, double *more);
/* w (natom, 3) of R, and the plain features exp(-r_ab/length) of w (nfeature), neither shifted nor scaled. */
void dia_dipoles_place(const dia_dipoles *dipoles, const double *R, double *w);
void dia_dipoles_features(const dia_dipoles *dipoles, const double *w, double *feature);
/* R (.., ncart) bohr, row (n) -> mu (n, 3, npacked) e bohr, in the diabatic basis. Each bitwise the same in any list. */
void dia_dipoles_evaluate(const dia_dipoles *dipoles, const double *R, int n, const int *row, double *work, double *mu);
/* W (n, 3, npacked) -> G (n, ncart) = <W, dmu/dR>, an element off the diagonal twice (dia_model_dipole_contract). */
void dia_dipoles_contract(const dia_dipoles *dipoles, const double *R, int n, const int *row, double *work,
                          const double *W, double *G);

/* ---- panels: eight images, of one geometry or several, in lanes; also of a fit (train/dipole_fit.h) ---- */

/* One lane of v (nvector, 3, L) and of standardised features x (nfeature, L), of image g of a geometry: w (natom, 3), plain
 * (nfeature). w NULL: zero. x NULL: vectors only. */
void dia_dipoles_fill(const dia_dipoles *dipoles, int g, int lane, const double *w, const double *plain, double *v,
                      double *x);
/* part (2, npacked, 3, L) = sums over vectors of y v, true ones in the first half, axial ones in the second; y (nvector, npacked, L). */
void dia_dipoles_sum(const dia_dipoles *dipoles, const double *y, const double *v, double *part);
/* The transpose: ybar from the adjoint of part. */
void dia_dipoles_spread(const dia_dipoles *dipoles, const double *part, const double *v, double *ybar);
/* mu (npacked, 3) += the actions of image g on the parts of a lane; and the transpose: parts of the lane += from bar (npacked, 3),
 * in which a packed element is one variable. */
void dia_dipoles_act(const dia_dipoles *dipoles, int g, int lane, const double *part, double *mu);
void dia_dipoles_act_back(const dia_dipoles *dipoles, int g, int lane, const double *bar, double *part);

#endif
