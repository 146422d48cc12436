/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Propagation in the field of light, for engines: a stretch of time is cut into pieces in each of which the field is constant, by
 * the commutator-free Magnus integrator of fourth order (Blanes, Moan, Appl. Numer. Math. 56, 1519 (2006); Alvermann, Fehske, J.
 * Comput. Phys. 230, 5930 (2011), DOI 10.1016/j.jcp.2011.04.006): a sub-step h becomes
 *
 *   exp(-i [H - mu.F1] h/2) exp(-i [H - mu.F0] h/2),   F0 = 2 (b E(t0) + a E(t1)), F1 = 2 (a E(t0) + b E(t1)),
 *   t0, t1 = (1/2 -+ sqrt(3)/6) h,   a, b = 1/4 -+ sqrt(3)/6.
 *
 * Fields are complex, as dia_light_field gives them. */
#ifndef DIA_EXACT_FIELD_H
#define DIA_EXACT_FIELD_H

#include "dynamics/light.h"

enum { DIA_FIELD_LEVELS = 7 }; /* 1, 2, 4, ..., 64 sub-steps */

typedef struct dia_field_pieces {
    int n;          /* twice the number of sub-steps                                */
    double h;       /* length of each, of the sign of dt                            */
    double (*E)[6]; /* (n) field of each, complex x, y, z; the caller's             */
} dia_field_pieces;

/* The pieces of the time from t to t + dt, which may be negative; E has room for pieces->n = 2 substeps. */
void dia_field_cut(const dia_light *light, double t, double dt, int substeps, dia_field_pieces *pieces);
/* Level (0 to DIA_FIELD_LEVELS - 1): in 2^level sub-steps of dt phases of the angular frequency `rate` turn by no more than `angle`
 * each. With DIA_FIELD_ANGLE the error of what light does is about 0.25^4/4320 of it, the remainder of the quadrature by two points of
 * Gauss. */
#define DIA_FIELD_ANGLE 0.25
int dia_field_level(double rate, double dt, double angle);
/* Is there no field from t to t + dt? */
bool dia_field_dark(const dia_light *light, double t, double dt);

/* mu (3, npacked) seen by the field E. A (nstate, nstate, 2) complex Hermitian, row-major, lower triangle only: -mu.E. mu is adiabatic,
 * states ascending in energy, if rotating_wave: then a state gains from a lower one by -mu.E/2, and from none else
 * (electronic/driven.h). */
void dia_field_coupling(const dia_shape *shape, bool rotating_wave, const double *mu, const double E[6], double *A);

#endif
