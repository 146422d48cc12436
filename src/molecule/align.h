/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Alignment of a geometry onto a reference, and its exact derivatives.
 *
 * z_a = Q (R_a - centre of mass), with the proper rotation Q that makes sum_a m_a |z_a - y_a|^2 smallest, y the
 * reference seen from its own centre of mass (Kabsch, Acta Cryst. A 32, 922 (1976); by quaternions: Horn, J. Opt. Soc.
 * Am. A 4, 629 (1987)). At that Q the Eckart condition sum_a m_a z_a x y_a = 0 holds (Kudin, Dymarsky, JCP 122, 224105
 * (2005)); its differential gives the rotation of Q with R. */
#ifndef DIA_MOLECULE_ALIGN_H
#define DIA_MOLECULE_ALIGN_H

#include "diabolo/molecule.h"

typedef struct dia_alignment { /* the reference, made once */
    int natom;
    double *mass; /* (natom)                                                                        owned */
    double *y;    /* (natom, 3) reference from its centre of mass                                   owned */
    double total; /* sum of masses                                                                        */
    bool linear;  /* the reference is linear: the rotation about its axis is the smallest possible        */
    double axis[3];
} dia_alignment;

typedef struct dia_pose { /* of one geometry; 3x3 matrices by rows */
    double turn[9];       /* Q */
    /* Angular velocity of Q = response * sum_a m_a (Q dR_a) x y_a. Zero about axes that the geometry leaves
     * undetermined (all atoms on a line or at one point), so that everything stays finite. */
    double response[9];
} dia_pose;

DIA_MUST_USE dia_status dia_alignment_make(dia_alignment *alignment, const dia_molecule *molecule, dia_error *error);
void dia_alignment_free(dia_alignment *alignment);

/* The proper rotation Q that maximises tr(Q A), A = sum_a m_a x_a y_a^T: it brings the x nearest to the y. Both 3x3 by
 * rows. */
void dia_best_turn(const double *A, double *Q);

/* R (natom, 3) -> z (natom, 3), pose. */
void dia_align(const dia_alignment *alignment, const double *R, double *z, dia_pose *pose);
/* dz = dz/dR . V */
void dia_align_tangent(const dia_alignment *alignment, const double *z, const dia_pose *pose, const double *V,
                       double *dz);
/* G_c = sum_a P_a . dz_a/dR_c */
void dia_align_cotangent(const dia_alignment *alignment, const double *z, const dia_pose *pose, const double *P,
                         double *G);
/* The same + M . omega_c, of what depends on Q itself: omega_c (3) is the angular velocity dQ/dR_c = omega_c x Q. */
void dia_align_cotangent_turn(const dia_alignment *alignment, const double *z, const dia_pose *pose, const double *P,
                              const double *M, double *G);

#endif
