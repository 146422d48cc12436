/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the couplings are. Near an intersection of two states, with R' = R + dx,
 *
 *   gap(R')^2 = (gap + (G_j - G_i).dx)^2 + 4 (h.dx)^2 + O(dx^3)
 *
 * (the eigenvalues of a two-state matrix that is linear in dx), so that the pairs of neighbours give the factor between the numbers of the file and h.
 * Whether they are h = <i|dH/dR|j> or d = h/gap is seen from one neighbour to the next: d grows as the gap falls, h does not. */
#include <math.h>
#include <stdlib.h>

#include "check/data/expect.h"
#include "check/data/units.h"
#include "math/vector.h"

extern const dia_data_test dia_data_test_couplings;

enum { LEAST = 12, DERIVATIVE = 1, WRONG_UNIT = 2 };

/* Hartree, 0.5 eV: the weight of a pair falls beyond, because at larger gaps curvature and other states matter as well. */
static const double small = 0.0184;
/* Of the logarithm of the factor: units differ by 0.64 and more. */
static const double tolerance = 0.3;

typedef struct evidence {
    double *x, *y;
    dia_ratio growth; /* d log|c| / d log gap: 0 for h, -1 for d */
    dia_ratio h, d;   /* square of the factor to h, if the numbers are h or d */
} evidence;

static double gap_of(const dia_checkup *x, int point, int k)
{
    const double *e = dia_checkup_energy(x, point);
    return e[k + 1] - e[k];
}

static int pair_below(int k) /* of the states k, k+1 */
{
    return (k + 1) * k / 2 + k;
}

/* Only pairs whose gap changes by a fifth tell. */
static int gather_growth(const dia_checkup *x, evidence *v)
{
    int n = 0;
    for (int p = 0; p < x->near.npair; p++)
        for (int k = 0; k + 1 < x->data.nstate; k++) {
            const int a = x->near.pair[p].a, b = x->near.pair[p].b, nc = x->data.ncart;
            const double gap = log(gap_of(x, b, k) / gap_of(x, a, k));
            const double size = log(dia_norm(nc, dia_checkup_coupling(x, b, pair_below(k))) /
                                    dia_norm(nc, dia_checkup_coupling(x, a, pair_below(k))));
            if (isfinite(gap + size) && fabs(gap) > 0.2) {
                v->x[n] = gap;
                v->y[n++] = size;
            }
        }
    return n;
}

/* From end a of the pair to b (or back) of states k, k+1: 4 (c.dx)^2 and what it should be. */
static void add(double gap, double other, double slope, double coupling, bool derivative, evidence *v, int *n)
{
    const double weight = 1.0 / (1.0 + (gap / small) * (gap / small) * (1.0 + (gap / small) * (gap / small)));
    const double c = derivative ? coupling * gap : coupling;
    const double x = 4.0 * c * c, y = other * other - (gap + slope) * (gap + slope);
    if (!isfinite(x + y))
        return;
    v->x[*n] = weight * x;
    v->y[(*n)++] = weight * y;
}

static int gather_squares(const dia_checkup *x, bool derivative, evidence *v)
{
    int n = 0;
    for (int p = 0; p < x->near.npair; p++) {
        dia_slopes s;
        dia_pair_slopes(x, p, &s);
        for (int k = 0; k + 1 < x->data.nstate; k++) {
            const double ga = gap_of(x, x->near.pair[p].a, k), gb = gap_of(x, x->near.pair[p].b, k);
            add(ga, gb, s.a[k + 1] - s.a[k], s.ha[pair_below(k)], derivative, v, &n);
            add(gb, ga, s.b[k] - s.b[k + 1], s.hb[pair_below(k)], derivative, v, &n);
        }
    }
    return n;
}

static void weigh(const dia_checkup *x, evidence *v)
{
    v->growth = dia_ratio_of(gather_growth(x, v), v->x, v->y);
    v->h = dia_ratio_of(gather_squares(x, false, v), v->x, v->y);
    v->d = dia_ratio_of(gather_squares(x, true, v), v->x, v->y);
}

static void tell(dia_checkup *x, const evidence *v, bool derivative, const dia_unit_guess *unit, double factor,
                 double error)
{
    dia_finding *f = dia_checkup_found(x, &dia_data_test_couplings, DIA_SEVERITY_FAULT, "couplings");
    f->kind = (derivative ? DERIVATIVE : 0) + WRONG_UNIT;
    f->factor = unit->factor;
    f->error = error;
    if (derivative)
        dia_finding_text(&x->findings, &f->what,
                         "the couplings are derivative couplings d = h/gap%s, not h = <i|dH/dR|j>",
                         unit == dia_slope_units ? " in 1/bohr" : " in 1/Angstrom");
    else
        dia_finding_text(&x->findings, &f->what, "the couplings are in %s, not in hartree/bohr", unit->name);
    dia_finding_text(&x->findings, &f->sure,
                     "they change with the gap to the power %.2f +- %.2f (h: 0, d: -1; %d pairs); gaps of neighbours "
                     "give the factor %.3g +- %.1g, expected %.4g",
                     v->growth.value, v->growth.error, v->growth.n, factor, error, unit->factor);
    if (derivative)
        dia_finding_text(&x->findings, &f->cure, "multiply each by E_j - E_i, or give the dataset the unit 1/bohr");
    else
        dia_finding_text(&x->findings, &f->cure, "multiply them by %.9g, or state their unit in its attribute",
                         unit->factor);
}

static void judge(dia_checkup *x, const evidence *v)
{
    const bool told = v->growth.n >= LEAST && v->growth.error < 0.15, derivative = told && v->growth.value < -0.5;
    const dia_ratio *square = derivative ? &v->d : &v->h;
    const double factor = square->value > 0.0 ? sqrt(square->value) : NAN, error = 0.5 * square->error / factor;
    if (square->n < LEAST || !(factor > 0.0) || !(error < 0.2 * factor)) {
        dia_checkup_say(x, "not enough neighbouring pairs at small gaps (%d; factor %.2g +- %.1g)", square->n, factor,
                        error);
        return;
    }
    dia_checkup_say(x, "%s: factor %.3f +- %.1g; power of the gap %.2f +- %.1g (%d pairs)", derivative ? "d" : "h",
                    factor, error, v->growth.value, v->growth.error, v->growth.n);
    if (!derivative && dia_near_factor(factor, 1.0, tolerance))
        return;
    for (const dia_unit_guess *u = dia_slope_units; u->name != NULL; u++)
        if ((derivative ? u->factor > 0.1 : u != dia_slope_units) &&
            dia_near_factor(factor, derivative && u != dia_slope_units ? 1.0 / u->factor : u->factor, tolerance)) {
            tell(x, v, derivative, u, factor, error);
            return;
        }
    dia_finding *f = dia_checkup_found(x, &dia_data_test_couplings, DIA_SEVERITY_DOUBT, "couplings");
    f->factor = factor;
    f->error = error;
    dia_finding_text(&x->findings, &f->what,
                     "the couplings are %.3g times what the gaps of neighbours say, which no unit explains",
                     1.0 / factor);
    dia_finding_text(&x->findings, &f->sure, "%.3g +- %.1g (%d pairs)", factor, error, square->n);
    dia_finding_text(&x->findings, &f->cure, "see what the program prints: h, d, or d with another gap");
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    if (x->data.nstate < 2) {
        dia_checkup_say(x, "one state only");
        return DIA_OK;
    }
    dia_status status = dia_checkup_pairs(x, error);
    if (status != DIA_OK)
        return status;
    const size_t most = 2 * (size_t)x->near.npair * (size_t)x->data.nstate + 1;
    evidence v = {.x = calloc(most, sizeof *v.x), .y = calloc(most, sizeof *v.y)};
    if (v.x == NULL || v.y == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu pairs", most);
    if (status == DIA_OK) {
        weigh(x, &v);
        judge(x, &v);
    }
    free(v.x);
    free(v.y);
    return status;
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    if (!(f->kind & WRONG_UNIT))
        return DIA_OK;
    for (int p = 0; p < x->data.npoint; p++)
        for (int j = 1, pair = 0; j < x->data.nstate; j++)
            for (int i = 0; i < j; i++, pair++) {
                const double *e = dia_checkup_energy(x, p);
                double *c = dia_checkup_coupling(x, p, pair);
                for (int a = 0; a < x->data.ncart; a++)
                    c[a] *= f->factor * (f->kind & DERIVATIVE ? e[j] - e[i] : 1.0);
            }
    dia_finding_text(&x->findings, &f->done, "couplings multiplied by %s%.9g",
                     f->kind & DERIVATIVE ? "E_j - E_i, and by " : "", f->factor);
    return DIA_OK;
}

const dia_data_test dia_data_test_couplings = {
    .name = "couplings",
    .finds = "derivative couplings in place of h, couplings in another unit",
    .tells = "gaps of neighbours against couplings; how couplings grow as the gap falls",
    .brief = true,
    .find = find,
    .repair = repair};
