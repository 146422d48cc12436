/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Methods of a certificate whose trajectories are those of another method. */
#include <math.h>
#include <string.h>

#include "certify/certify.h"

static bool same_number(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static bool same_cell(const dia_certify_cell *a, const dia_certify_cell *b)
{
    return strcmp(a->reason, b->reason) == 0 && same_number(a->deviation.rms, b->deviation.rms) &&
           same_number(a->deviation.noise, b->deviation.noise) && same_number(a->end, b->end);
}

static bool same_methods(const dia_certificate *c, int method, int other)
{
    bool compared = false;
    for (int i = 0; i < c->ncase; i++) {
        if (c->row[i].reason[0] != '\0' || c->row[i].target.what == DIA_COMPARED_DIABATIC)
            continue;
        if (!same_cell(&c->row[i].cell[method], &c->row[i].cell[other]))
            return false;
        compared = true;
    }
    return compared && strcmp(c->method[method].hop, c->method[other].hop) == 0;
}

/* A method gives way to the one without decoherence, else to what stands before it; a variant comes after all others. */
int dia_certificate_same(const dia_certificate *c, int method)
{
    const bool variant = c->method[method].variant, bare = strcmp(c->method[method].decoherence, "none") == 0;
    for (int other = 0; other < c->nmethod && (variant || !bare); other++)
        if (!c->method[other].variant && strcmp(c->method[other].decoherence, "none") == 0 &&
            same_methods(c, method, other))
            return other;
    for (int other = 0; other < method && (variant || !bare); other++)
        if ((variant || !c->method[other].variant) && same_methods(c, method, other))
            return other;
    return -1;
}
