/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Positions in another unit than the file says: the distance of each atom to its nearest one, divided by the sum of their covalent radii,
 * is 1.0 +- 0.1 in molecules. Its median over all atoms and points does not move when a quarter of them dissociate. */
#include <math.h>
#include <stdlib.h>

#include "check/data/bonds.h"
#include "check/data/test.h"
#include "math/vector.h"

extern const dia_data_test dia_data_test_lengths;

typedef struct length_unit {
    const char *name;
    double factor; /* of the numbers to bohr, where the file says bohr */
} length_unit;

static const length_unit units[] = {{"Angstrom", DIA_ANGSTROM},
                                    {"nm", 10.0 * DIA_ANGSTROM},
                                    {"Angstrom, converted twice", DIA_ANGSTROM *DIA_ANGSTROM},
                                    {"bohr, taken for Angstrom and converted", 1.0 / DIA_ANGSTROM},
                                    {"pm", 0.01 * DIA_ANGSTROM}};

/* Medians of covalent molecules lie within 30 %: beyond that the nearest unit is meant. Of dissociated molecules some geometry is whole: the fifth
 * percentile `shortest` is then no bond in that unit. */
static const length_unit *unit_of(double median, double shortest)
{
    const length_unit *best = NULL;
    double least = fabs(log(median));
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (fabs(log(median * units[i].factor)) < least) {
            least = fabs(log(median * units[i].factor));
            best = &units[i];
        }
    if (best != NULL && best->factor < 1.0 && shortest * best->factor < 0.7)
        return NULL;
    return fabs(log(median)) > log(1.3) && least < log(1.3) ? best : NULL;
}

static void tell_unit(dia_checkup *x, double median, const length_unit *unit)
{
    /* too long may also mean a set of dissociated molecules or clusters */
    const bool sure = median < 1.0 || unit->factor < 0.1;
    dia_finding *f =
        dia_checkup_found(x, &dia_data_test_lengths, sure ? DIA_SEVERITY_FAULT : DIA_SEVERITY_DOUBT, "positions");
    f->factor = unit->factor;
    f->kind = sure;
    dia_finding_text(&x->findings, &f->what, "the positions are in another unit than the file says: %s", unit->name);
    dia_finding_text(&x->findings, &f->sure,
                     "the median of the distance to the nearest atom is %.3f times the sum of the covalent radii; %.3f "
                     "after conversion, molecules have 0.9 to 1.2",
                     median, median * unit->factor);
    dia_finding_text(&x->findings, &f->cure, "multiply the positions by %.9g, or state their unit in its attribute",
                     unit->factor);
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    const dia_dataset *d = &x->data;
    double *list = calloc((size_t)d->npoint + 1, sizeof *list);
    int n = 0;
    if (list == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d bonds", d->npoint);
    for (int p = 0; p < d->npoint; p++) {
        const double bond = dia_point_bond(d, p);
        if (isfinite(bond) && bond > 0.0)
            list[n++] = bond;
    }
    const double median = dia_median(n, list), shortest = n > 0 ? list[n / 20] : (double)NAN; /* sorted now */
    free(list);
    if (n == 0) {
        dia_checkup_undecided(x, "no bonds to look at");
        return DIA_OK;
    }
    const length_unit *unit = unit_of(median, shortest);
    dia_checkup_say(x, "median bond %.3f times the sum of covalent radii (%d points)", median, n);
    if (unit != NULL)
        tell_unit(x, median, unit);
    return DIA_OK;
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    if (!f->kind)
        return DIA_OK;
    for (int i = 0; i < x->data.npoint * x->data.ncart; i++)
        x->data.R[i] *= f->factor;
    dia_checkup_moved(x);
    dia_finding_text(&x->findings, &f->done, "positions multiplied by %.9g", f->factor);
    return DIA_OK;
}

const dia_data_test dia_data_test_lengths = {.name = "lengths",
                                             .finds =
                                                 "positions in Angstrom or nm in place of bohr, or converted twice",
                                             .tells = "by bond lengths against covalent radii",
                                             .brief = true,
                                             .find = find,
                                             .repair = repair};
