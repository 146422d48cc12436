/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spectrum of a field: S(w) = integral of E(t) exp(i w t) dt, E the complex field, t from the middle of the time in which there is
 * one. In first order a pulse excites a molecule at rest with the probability |mu.S(gap)|^2/4. */
#ifndef DIA_DYNAMICS_LIGHT_SPECTRUM_H
#define DIA_DYNAMICS_LIGHT_SPECTRUM_H

#include "dynamics/light.h"

typedef struct dia_light_spectrum dia_light_spectrum;

/* For energies from 0 to `highest`. NULL: out of memory, or more than 10^6 periods. The field must end. */
dia_light_spectrum *dia_light_spectrum_create(const dia_light *light, double highest);
void dia_light_spectrum_free(dia_light_spectrum *spectrum);         /* NULL is fine */
double dia_light_spectrum_peak(const dia_light_spectrum *spectrum); /* largest |S|^2 at any energy */
/* S (3, 2): x, y, z, real and imaginary part; 0 beyond `highest`. */
void dia_light_spectrum_value(const dia_light_spectrum *spectrum, double energy, double S[6]);

#endif
