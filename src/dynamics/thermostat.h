/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Heat baths: what they do to the velocities of one trajectory. The energy that they give is added to what the trajectory's
 * energy is compared with, so that its drift is the error of the integration alone. One file in thermostat/ each. */
#ifndef DIA_DYNAMICS_THERMOSTAT_H
#define DIA_DYNAMICS_THERMOSTAT_H

#include "diabolo/dynamics.h"
#include "diabolo/extend.h"

enum { DIA_CHAIN = 8 }; /* doubles of memory that a trajectory has for its bath */

typedef struct dia_bath { /* of one trajectory in one (sub-)step */
    int ncart;
    double freedom; /* degrees of freedom that the velocities have, unless the options say otherwise */
    const double *mass;
    uint64_t seed, trajectory, step;
    uint32_t piece; /* of a divided step, first of the numbers' indices */
} dia_bath;

typedef struct dia_thermostat_type {
    const char *name, *summary, *reference;
    const dia_option *options;
    size_t self_size;
    /* V (ncart) over the time dt. `ends`: called for half a step at its beginning and at its end. `middle`: called for
     * a whole step between two half drifts. NULL: nothing. */
    void (*ends)(const void *self, const dia_bath *bath, double dt, double *V, double *memory);
    void (*middle)(const void *self, const dia_bath *bath, double dt, double *V);
} dia_thermostat_type;

extern const dia_thermostat_type *const dia_thermostat_types[];
const dia_thermostat_type *dia_thermostat_type_find(const char *name); /* NULL: none */

#endif
