/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Energies that were rounded: all differences are multiples of one number. Single precision of a total energy of hundreds of hartree leaves steps of
 * 1 to 2 meV; no model can be better. */
#include <math.h>
#include <stdlib.h>

#include "check/data/test.h"
#include "math/vector.h"

extern const dia_data_test dia_data_test_digits;

static const double coarse = 1e-6; /* hartree: finer steps do not matter */
enum { LEAST = 50 };               /* energies: fewer may be multiples by chance */

/* The step of which all differences of ascending values are multiples, to 1 % of it; 0: none that matters. */
static double step_of(int n, const double *e)
{
    double step = INFINITY;
    for (int i = 1; i < n; i++)
        if (e[i] > e[i - 1])
            step = fmin(step, e[i] - e[i - 1]);
    if (!(step > coarse) || step == INFINITY)
        return 0.0;
    for (int i = 1; i < n; i++) {
        const double times = (e[i] - e[i - 1]) / step;
        if (fabs(times - round(times)) > 0.01)
            return 0.0;
    }
    return step;
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    const int total = x->data.npoint * x->data.nstate;
    double *e = calloc((size_t)total + 1, sizeof *e);
    int n = 0;
    if (e == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d energies", total);
    for (int i = 0; i < total; i++)
        if (isfinite(x->data.energy[i]) && !x->drop[i / x->data.nstate])
            e[n++] = x->data.energy[i];
    dia_ascend(n, e);
    const double step = n >= LEAST ? step_of(n, e) : 0.0;
    free(e);
    if (step > 0.0) {
        dia_finding *f = dia_checkup_found(x, &dia_data_test_digits, DIA_SEVERITY_NOTE, "energies");
        dia_finding_text(&x->findings, &f->what, "the energies are rounded to steps of %.3g meV", 1e3 * step / DIA_EV);
        dia_finding_text(&x->findings, &f->sure, "all differences of %d energies are multiples of it", n);
        dia_finding_text(&x->findings, &f->cure,
                         "write them with more digits (double precision, or relative to one energy)");
        dia_checkup_say(x, "steps of %.3g meV", 1e3 * step / DIA_EV);
    } else if (n < LEAST) {
        dia_checkup_undecided(x, "fewer than %d energies", LEAST);
    } else {
        dia_checkup_say(x, "no common step");
    }
    return DIA_OK;
}

const dia_data_test dia_data_test_digits = {.name = "digits",
                                            .finds = "energies rounded to single precision or few digits",
                                            .tells = "all differences are multiples of one number",
                                            .find = find};
