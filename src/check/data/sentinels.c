/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Energies that stand for "not computed": 60 hartree, 0, 9999, -999. They lie apart from all other energies of the set, and are a whole number
 * or occur more than once; or they are far beyond anything. */
#include <math.h>
#include <stdlib.h>

#include "check/data/test.h"
#include "math/vector.h"

extern const dia_data_test dia_data_test_sentinels;

/* Hartree; of electronvolts taken for hartree as well: states of one molecule leave no such hole between them. */
static const double hole = 2.0;

typedef struct body { /* of the energies */
    int n;
    double *sorted;
    double middle, width; /* median, distance of the quartiles */
} body;

static int copies(const body *b, double value, double *apart)
{
    int first = 0, last;
    for (int step = b->n; step > 0; step /= 2) /* the first not below the value */
        while (first + step <= b->n && b->sorted[first + step - 1] < value)
            first += step;
    for (last = first; last < b->n && b->sorted[last] == value; last++)
        ;
    const double below = first > 0 ? value - b->sorted[first - 1] : INFINITY;
    const double above = last < b->n ? b->sorted[last] - value : INFINITY;
    *apart = fmin(below, above);
    return last - first;
}

static bool is_sentinel(const body *b, double e)
{
    double apart;
    const int n = copies(b, e, &apart);
    if (apart == INFINITY) /* one single value in the whole set */
        return false;
    return (apart > hole && (n > 1 || e == round(e))) || fabs(e - b->middle) > 10.0 * b->width + 5.0;
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    const int ns = x->data.nstate, total = x->data.npoint * ns;
    body b = {.sorted = calloc((size_t)total + 1, sizeof *b.sorted)};
    bool *marked = calloc((size_t)x->data.npoint + 1, sizeof *marked);
    if (b.sorted == NULL || marked == NULL) {
        free(b.sorted);
        free(marked);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d energies", total);
    }
    for (int i = 0; i < total; i++)
        if (isfinite(x->data.energy[i]))
            b.sorted[b.n++] = x->data.energy[i];
    dia_ascend(b.n, b.sorted);
    if (b.n > 0) {
        b.middle = b.sorted[b.n / 2];
        b.width = b.sorted[3 * b.n / 4] - b.sorted[b.n / 4];
    }
    int all = 0;
    for (int k = 0; k < ns; k++) {
        int n = 0;
        double example = NAN;
        for (int p = 0; p < x->data.npoint; p++) {
            const double e = dia_checkup_energy(x, p)[k];
            marked[p] = isfinite(e) && is_sentinel(&b, e);
            n += marked[p];
            example = marked[p] ? e : example;
        }
        all += n;
        if (n == 0)
            continue;
        dia_finding *f = dia_checkup_found(x, &dia_data_test_sentinels, DIA_SEVERITY_FAULT, "energies");
        f->state = k;
        dia_finding_points(&x->findings, f, x->data.npoint, marked);
        dia_finding_text(&x->findings, &f->what, "%d energ%s of S%d %s for 'not computed' (%.10g)", n,
                         n > 1 ? "ies" : "y", k, n > 1 ? "stand" : "stands", example);
        dia_finding_text(&x->findings, &f->sure, "the median of all energies is %.6g, half of them lie within %.3g",
                         b.middle, b.width);
        dia_finding_text(&x->findings, &f->cure,
                         "write NaN for what is missing, gradients and couplings of the state included");
    }
    dia_checkup_say(x, all > 0 ? "%d energies are placeholders" : "no placeholder among the energies", all);
    free(b.sorted);
    free(marked);
    return DIA_OK;
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    for (int i = 0; i < f->npoint; i++) {
        dia_checkup_energy(x, f->point[i])[f->state] = NAN;
        dia_forget(x->data.ncart, dia_checkup_gradient(x, f->point[i], f->state));
        for (int j = 1, pair = 0; j < x->data.nstate; j++)
            for (int k = 0; k < j; k++, pair++)
                if (j == f->state || k == f->state)
                    dia_forget(x->data.ncart, dia_checkup_coupling(x, f->point[i], pair));
    }
    dia_finding_text(&x->findings, &f->done, "%d labels of S%d set to NaN", f->npoint, f->state);
    return DIA_OK;
}

const dia_data_test dia_data_test_sentinels = {.name = "sentinels",
                                               .finds = "energies that stand for 'not computed' (60 hartree, 0, 9999)",
                                               .tells =
                                                   "they lie apart from all others and repeat, or are whole numbers",
                                               .brief = true,
                                               .find = find,
                                               .repair = repair};
