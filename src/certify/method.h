/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The methods that a certificate compares: whatever the registries hold, no name is written here.
 *
 * Every hopping method with every decoherence method that it allows and that it would see; and, as variants of the default method, each other
 * choice of each option of a hopping or decoherence method, of the direction of the momentum's change at a hop and of
 * what a frustrated hop does. */
#ifndef DIA_CERTIFY_METHOD_H
#define DIA_CERTIFY_METHOD_H

#include "base/config.h"

enum { DIA_CERTIFY_SETS = 3 };
typedef struct dia_certify_method {
    char label[240]; /* "fewest_switches + energy_based, adjust: velocity" */
    char stem[240];  /* of its files                                       */
    char hop[120], decoherence[80];
    bool variant;
    bool whole; /* its populations may be those of amplitudes: a swarm file must hold these */
    int nset;
    char set[DIA_CERTIFY_SETS][400]; /* of an input: "dynamics.method=..." */
} dia_certify_method;

/* *methods (n): freed by free(). names (nname): those wanted, by the name of the hopping method, by label, or by the name of the
 * decoherence method, or the path of a plug-in of a hopping method (.so); nname 0: all. DIA_ERROR_INPUT: there is none of that name. */
DIA_MUST_USE dia_status dia_certify_methods(dia_certify_method **methods, int *n, int nname, const char *const *names,
                                            bool variants, dia_error *error);

#endif
