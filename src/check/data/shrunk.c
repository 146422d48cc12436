/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single geometries that are shrunk or blown up by a conversion of units: all their bonds at once, by a factor that a unit explains. */
#include <math.h>
#include <stdlib.h>

#include "check/data/bonds.h"
#include "check/data/test.h"

extern const dia_data_test dia_data_test_shrunk;

/* Positions of such a point must be multiplied by this. */
static const double factors[] = {DIA_ANGSTROM, DIA_ANGSTROM *DIA_ANGSTROM, 1.0 / DIA_ANGSTROM,
                                 1.0 / (DIA_ANGSTROM * DIA_ANGSTROM)};
enum { FACTORS = sizeof factors / sizeof factors[0] };

typedef struct size {     /* of one geometry, in units of the sum of covalent radii */
    double bond, closest; /* median of the distances to the nearest atom; smallest distance */
    double relative;      /* bond over the median of the set                                */
    double lonely;        /* largest distance to the nearest atom, bohr                     */
} size;

/* Bonds that are off by themselves and beside those of the set, and as usual after the conversion. */
static bool explains(const size *s, double factor)
{
    const bool usual = fabs(log(s->bond * factor)) < log(1.2);
    if (factor < 1.0) /* or some bonds are broken, not all too long */
        return usual && s->relative > 1.3 && s->closest * factor > 0.7 && s->lonely * factor < 6.0;
    if (usual && s->bond < 0.62 && s->relative < 0.75)
        return true;
    /* Stretched and shrunk: bonds of a quarter of their length are found nowhere else. */
    return factor > 2.0 && s->bond < 0.75 && s->closest < 0.4 && fabs(log(s->closest * factor)) < log(1.2);
}

static int kind_of(const size *s)
{
    for (int k = 0; k < FACTORS; k++)
        if (explains(s, factors[k]))
            return k + 1;
    return 0;
}

static void tell(dia_checkup *x, int kind, const bool *marked, double median)
{
    const double factor = factors[kind - 1];
    /* long bonds are also those of dissociated molecules */
    dia_finding *f = dia_checkup_found(x, &dia_data_test_shrunk, factor > 1.0 ? DIA_SEVERITY_FAULT : DIA_SEVERITY_DOUBT,
                                       "positions");
    f->kind = factor > 1.0;
    f->factor = factor;
    dia_finding_points(&x->findings, f, x->data.npoint, marked);
    dia_finding_text(&x->findings, &f->what, "%d geometr%s too %s by one factor: %s", f->npoint,
                     f->npoint > 1 ? "ies are" : "y is", factor > 1.0 ? "small" : "large",
                     fabs(log(factor)) > 1.0 ? "converted between bohr and Angstrom twice too often"
                                             : "converted between bohr and Angstrom once too often");
    dia_finding_text(&x->findings, &f->sure,
                     "their bonds are %.3f times as long as those of the others (1/%.4f = %.4f)", median, factor,
                     1.0 / factor);
    dia_finding_text(&x->findings, &f->cure, "multiply these positions by %.9g", factor);
}

/* list (npoint): work space. */
static void measure(const dia_dataset *data, double *list, size *sizes)
{
    int used = 0, a, b;
    for (int p = 0; p < data->npoint; p++) {
        sizes[p].bond = dia_point_bond(data, p);
        sizes[p].closest = dia_point_closest(data, p, &a, &b);
        sizes[p].lonely = dia_point_loneliest(data, p, &a);
        if (isfinite(sizes[p].bond) && sizes[p].bond > 0.0)
            list[used++] = sizes[p].bond;
    }
    const double middle = dia_median(used, list);
    for (int p = 0; p < data->npoint; p++)
        sizes[p].relative = sizes[p].bond / middle;
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    if (x->data.natom < 3) { /* one distance may have any length */
        dia_checkup_undecided(x, "fewer than three atoms");
        return DIA_OK;
    }
    const size_t n = (size_t)x->data.npoint;
    size *sizes = calloc(n + 1, sizeof *sizes);
    double *list = calloc(n + 1, sizeof *list);
    bool *marked = calloc(n + 1, sizeof *marked);
    if (sizes == NULL || list == NULL || marked == NULL) {
        free(sizes);
        free(list);
        free(marked);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu geometries", n);
    }
    measure(&x->data, list, sizes);
    for (int kind = 1; kind <= FACTORS; kind++) {
        int used = 0;
        for (int p = 0; p < x->data.npoint; p++) {
            marked[p] = kind_of(&sizes[p]) == kind;
            if (marked[p])
                list[used++] = sizes[p].relative;
        }
        /* a molecule with all bonds long may be meant: only if there are many */
        if (used > 0 && (factors[kind - 1] > 1.0 || (used > 2 && 100 * used > x->data.npoint)))
            tell(x, kind, marked, dia_median(used, list));
    }
    dia_checkup_say(x, "bonds of all geometries compared with the median");
    free(sizes);
    free(list);
    free(marked);
    return DIA_OK;
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    if (!f->kind)
        return DIA_OK;
    for (int i = 0; i < f->npoint; i++)
        for (int c = 0; c < x->data.ncart; c++)
            dia_checkup_position(x, f->point[i])[c] *= f->factor;
    dia_checkup_moved(x);
    dia_finding_text(&x->findings, &f->done, "positions of %d points multiplied by %.9g", f->npoint, f->factor);
    return DIA_OK;
}

const dia_data_test dia_data_test_shrunk = {.name = "shrunk",
                                            .finds = "single geometries converted between bohr and Angstrom too often",
                                            .tells = "by their bonds against those of the other points",
                                            .brief = true,
                                            .find = find,
                                            .repair = repair};
