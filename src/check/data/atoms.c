/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Geometries that are none: positions that are not finite, atoms inside each other, atoms that flew away. */
#include <math.h>
#include <stdlib.h>

#include "check/data/bonds.h"
#include "check/data/test.h"
#include "math/vector.h"

extern const dia_data_test dia_data_test_atoms;

/* Of the sum of the covalent radii. Two nuclei at that distance repel each other by more than 20 eV (H and H at 0.25 Angstrom), for heavier
 * ones hundreds: no photochemistry goes there. The closest pair of the data we know is at 0.57. */
static const double inside = 0.4;
/* Bohr: an atom this far from all others is dissociated as far as an asymptote is ever computed... */
static const double lonely = 20.0;
/* ... and farther than three times what 99 of 100 geometries of the set have, or than this, it is a mistake. */
static const double gone = 60.0;

static void tell(dia_checkup *x, const bool *marked, const char *what, const char *sure, const char *cure)
{
    dia_finding *f = dia_checkup_found(x, &dia_data_test_atoms, DIA_SEVERITY_FAULT, "positions");
    dia_finding_points(&x->findings, f, x->data.npoint, marked);
    dia_finding_text(&x->findings, &f->what, "%d geometr%s %s", f->npoint, f->npoint > 1 ? "ies have" : "y has", what);
    dia_finding_text(&x->findings, &f->sure, "%s", sure);
    dia_finding_text(&x->findings, &f->cure, "%s", cure);
}

static int mark_broken(const dia_checkup *x, bool *marked)
{
    int n = 0;
    for (int p = 0; p < x->data.npoint; p++)
        n += marked[p] = !dia_finite((size_t)x->data.ncart, dia_checkup_position(x, p));
    return n;
}

/* sure: about the closest pair. */
static int mark_close(const dia_checkup *x, const bool *skip, bool *marked, size_t size, char *sure)
{
    int n = 0;
    double worst = inside;
    for (int p = 0; p < x->data.npoint; p++) {
        int a, b;
        const double ratio = dia_point_closest(&x->data, p, &a, &b);
        n += marked[p] = !skip[p] && ratio < inside;
        if (!skip[p] && ratio < worst) {
            worst = ratio;
            const double *R = dia_checkup_position(x, p);
            snprintf(sure, size,
                     "at point %d the atoms %d and %d are %.3f Angstrom apart, %.2f of the sum of their radii", p, a, b,
                     dia_distance(R + 3 * a, R + 3 * b) / DIA_ANGSTROM, ratio);
        }
    }
    return n;
}

static int mark_gone(const dia_checkup *x, const bool *skip, double *list, bool *marked, size_t size, char *sure)
{
    int n = 0, used = 0, atom;
    double worst = 0.0;
    for (int p = 0; p < x->data.npoint; p++)
        if (!skip[p])
            list[used++] = dia_point_loneliest(&x->data, p, &atom);
    dia_ascend(used, list);
    const double usual = used > 0 ? list[(int)(0.99 * (used - 1))] : 0.0;
    const double limit = fmin(gone, fmax(lonely, 3.0 * usual));
    for (int p = 0; p < x->data.npoint; p++) {
        const double d = dia_point_loneliest(&x->data, p, &atom);
        n += marked[p] = !skip[p] && d > limit;
        if (!skip[p] && d > limit && d > worst) {
            worst = d;
            snprintf(sure, size,
                     "at point %d atom %d is %.1f Angstrom away from all others; 99 of 100 points stay within %.1f", p,
                     atom, d / DIA_ANGSTROM, usual / DIA_ANGSTROM);
        }
    }
    return n;
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    const size_t n = (size_t)x->data.npoint + 1;
    bool *broken = calloc(n, sizeof *broken), *marked = calloc(n, sizeof *marked);
    double *list = calloc(n, sizeof *list);
    char sure[200] = "";
    if (broken == NULL || marked == NULL || list == NULL) {
        free(broken);
        free(marked);
        free(list);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu points", n);
    }
    const int nbroken = mark_broken(x, broken);
    if (nbroken > 0)
        tell(x, broken, "positions that are not finite", "NaN or infinite", "take these points out");
    const int close = mark_close(x, broken, marked, sizeof sure, sure);
    if (close > 0)
        tell(x, marked, "two atoms inside each other", sure, "take these points out");
    const int far = mark_gone(x, broken, list, marked, sizeof sure, sure);
    if (far > 0)
        tell(x, marked, "an atom that flew away", sure, "take these points out, or shorten the dissociation");
    dia_checkup_say(x, "%d not finite, %d with atoms inside each other, %d exploded", nbroken, close, far);
    free(broken);
    free(marked);
    free(list);
    return DIA_OK;
}

static dia_status repair(dia_checkup *x, dia_finding *finding, dia_error *error)
{
    (void)error;
    dia_checkup_drop(x, finding);
    return DIA_OK;
}

const dia_data_test dia_data_test_atoms = {.name = "atoms",
                                           .finds =
                                               "coinciding atoms, exploded geometries, positions that are not finite",
                                           .tells = "by distances against covalent radii and against the other points",
                                           .brief = true,
                                           .find = find,
                                           .repair = repair};
