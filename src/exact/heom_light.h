/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hierarchy in the field of light, which acts on the system alone: H - mu.E(t). */
#ifndef DIA_EXACT_HEOM_LIGHT_H
#define DIA_EXACT_HEOM_LIGHT_H

#include "exact/field.h"
#include "exact/heom.h"

typedef struct dia_heom_light {
    int n;
    const double *H;    /* (n, n) without the field                                     borrowed */
    double *E, *U;      /* (n); (n, n): its states                                         owned */
    double *mu;         /* (3, packed): their dipoles; zero until they are found           owned */
    double size;        /* Frobenius norm of mu                                                  */
    double fluctuation; /* hartree, of H by the baths                                            */
    double angle;       /* of the sub-steps, see exact/field.h                                   */
} dia_heom_light;

/* False: no memory. Free it in any case. */
bool dia_heom_light_make(dia_heom_light *light, int n, const double *H);
void dia_heom_light_free(dia_heom_light *light);
/* Dipoles of the states at the one geometry of the tape. */
DIA_MUST_USE dia_status dia_heom_light_dipoles(dia_heom_light *light, const dia_model *model, dia_tape *tape,
                                               dia_error *error);
/* From t to t + dt. work: (4, n, n), of which the first two are H and `imaginary` of the system of the hierarchy. */
DIA_MUST_USE dia_status dia_heom_light_advance(const dia_heom_light *light, dia_heom *heom, const dia_light *field,
                                               double t, double dt, double *work, dia_error *error);

#endif
