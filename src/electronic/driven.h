/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Electrons between two geometries in a field that oscillates: i dc/dt = [H(t) - mu(t).E(t)] c in the constant diabatic basis, H
 * and mu linear in time, E as it is at each time. */
#ifndef DIA_ELECTRONIC_DRIVEN_H
#define DIA_ELECTRONIC_DRIVEN_H

#include "diabolo/frame.h"

typedef struct dia_drive {
    /* E (3, 2) at the time t: complex, x, y, z. The field is its real part. */
    void (*field)(const void *context, double t, double E[6]);
    const void *context;
    double fastest; /* largest angular frequency in it: first guess of the sub-steps */
    bool
        rotating_wave; /* a state of higher energy k gains from a lower one l by -<k|mu|l>.E/2, and loses by its conjugate;
                           no other elements (Bloch, Siegert, Phys. Rev. 57, 522 (1940), say what this leaves out) */
} dia_drive;

typedef struct dia_driven { /* what the field did to the amplitudes over the step; arrays are the caller's */
    double *flux;   /* (nstate): net population that it moved from the active state to each                        */
    double *turned; /* (nstate): the same, by the motion of the nuclei, which turns the adiabatic states           */
    double work;    /* hartree: change of <c|H|c> by it                                                            */
} dia_driven;

/* Doubles of work space for nstate states, real or complex. */
size_t dia_driven_work(int nstate);

/* T (nstate, nstate, 2) as dia_propagator gives it: U1^H P U0 of row b of both frames, from time t to t+dt; H, E, U of the frames
 * are without the field. mu0, mu1 (3, npacked): the dipoles at both ends. c (nstate, 2): adiabatic amplitudes at t; active: a state
 * at t. Returns the number of sub-steps.
 *
 * A sub-step is the commutator-free Magnus integrator of fourth order with two exponentials (Blanes, Moan, Appl. Numer. Math. 56,
 * 1519 (2006); Alvermann, Fehske, J. Comput. Phys. 230, 5930 (2011), DOI 10.1016/j.jcp.2011.04.006), unitary to rounding. Sub-steps are
 * doubled until doing so changes no element of T by more than 15 `tolerance`: the error of the finer one is a fifteenth of that. */
int dia_driven_propagator(const dia_drive *drive, double t, double dt, double tolerance, const dia_frame *before,
                          const dia_frame *after, int b, const double *mu0, const double *mu1, const double *c,
                          int active, double *T, dia_driven *driven, double *work);

#endif
