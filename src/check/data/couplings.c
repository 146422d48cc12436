/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the couplings are. Two states that mix keep
 *
 *   |g|^2 + |h|^2,   g = (G_j - G_i)/2,   h = <i|dH/dR|j>
 *
 * (a rotation of both states by t turns g, h by 2t), and near an intersection they mix fast: from one neighbour to the next g loses what h gains, which gives
 * the factor between the numbers of the file and h. So does the gap, the eigenvalues of a matrix that is linear in dx:
 *
 *   gap(R + dx)^2 = (gap + 2 g.dx)^2 + 4 (h.dx)^2 + O(dx^3)
 *
 * Whether the numbers are h or d = h/gap is seen from how they grow as the gap falls: d like 1/gap, h not. */
#include <math.h>
#include <stdlib.h>

#include "check/data/expect.h"
#include "check/data/units.h"
#include "math/vector.h"

extern const dia_data_test dia_data_test_couplings;

enum { LEAST = 12, DERIVATIVE = 1, WRONG_UNIT = 2 };

/* Hartree, 0.5 eV: the weight of a pair falls beyond, because at larger gaps curvature and other states matter as well. */
static const double small = 0.0184;
/* Of the logarithm of the factor by norms and by gaps: units differ by 0.64 and more; clean sets gave 0.97 to 1.00, and 0.79 to 1.15. */
static const double tolerance[] = {0.2, 0.35};

typedef struct evidence {
    double *x, *y;     /* work space                                          */
    dia_ratio growth;  /* d log|c| / d log gap: 0 for h, -1 for d             */
    dia_ratio norm[2]; /* square of the factor to h, if the numbers are h, d  */
    dia_ratio gap[2];
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

static int gather_squares(const dia_checkup *x, int derivative, evidence *v)
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

/* |g|^2 + |h|^2 of a pair of states, g half the difference of their gradients, does not change when the states mix, and mix they do near an intersection:
 * what one loses from a to b the other gains. */
static int gather_norms(const dia_checkup *x, int derivative, evidence *v)
{
    int n = 0;
    const int nc = x->data.ncart;
    for (int p = 0; p < x->near.npair; p++)
        for (int k = 0; k + 1 < x->data.nstate; k++) {
            double g2[2], h2[2], weight = 1.0;
            for (int e = 0; e < 2; e++) {
                const int point = e == 0 ? x->near.pair[p].a : x->near.pair[p].b;
                const double *u = dia_checkup_gradient(x, point, k), *w = dia_checkup_gradient(x, point, k + 1);
                const double gap = gap_of(x, point, k), h = dia_norm(nc, dia_checkup_coupling(x, point, pair_below(k)));
                g2[e] = 0.0;
                for (int c = 0; c < nc; c++)
                    g2[e] += 0.25 * (w[c] - u[c]) * (w[c] - u[c]);
                h2[e] = h * h * (derivative ? gap * gap : 1.0);
                weight /= 1.0 + (gap / small) * (gap / small);
            }
            if (!isfinite(g2[0] + g2[1] + h2[0] + h2[1] + weight))
                continue;
            v->x[n] = weight * (h2[1] - h2[0]);
            v->y[n++] = weight * (g2[0] - g2[1]);
        }
    return n;
}

static void weigh(const dia_checkup *x, evidence *v)
{
    v->growth = dia_ratio_of(gather_growth(x, v), v->x, v->y, INFINITY);
    for (int derivative = 0; derivative < 2; derivative++) {
        v->norm[derivative] = dia_ratio_of(gather_norms(x, derivative, v), v->x, v->y, INFINITY);
        v->gap[derivative] = dia_ratio_of(gather_squares(x, derivative, v), v->x, v->y, INFINITY);
    }
}

/* Of a ratio of squares; NaN: none. */
static double factor_of(const dia_ratio *square, double *error)
{
    const double factor = square->n >= LEAST && square->value > 0.0 ? sqrt(square->value) : NAN;
    *error = 0.5 * square->error / factor;
    return factor;
}

/* A unit is a fault where a dozen pairs say so, or mixing and gaps alike. Weights fall with the gap, so that few of many pairs may tell nearly all, and
 * quartiles of few say nothing of their error: then it is a doubt, which no repair follows. */
static void tell(dia_checkup *x, const evidence *v, bool derivative, const dia_unit_guess *unit, double factor,
                 double error, bool enough)
{
    dia_finding *f =
        dia_checkup_found(x, &dia_data_test_couplings, enough ? DIA_SEVERITY_FAULT : DIA_SEVERITY_DOUBT, "couplings");
    f->kind = enough ? (derivative ? DERIVATIVE : 0) + WRONG_UNIT : 0;
    f->factor = unit->factor;
    f->error = error;
    if (derivative)
        dia_finding_text(&x->findings, &f->what,
                         "the couplings are derivative couplings d = h/gap in %s, not h = <i|dH/dR|j>", unit->name);
    else
        dia_finding_text(&x->findings, &f->what, "the couplings are in %s, not in hartree/bohr", unit->name);
    dia_finding_text(
        &x->findings, &f->sure,
        "they change with the gap to the power %.2f +- %.1g (h: 0, d: -1; %d pairs); the factor to h is %.4g +- %.1g "
        "from how the states mix between neighbours, expected %.4g%s",
        v->growth.value, v->growth.error, v->growth.n, factor, error, unit->factor,
        enough ? "" : "; but few pairs of neighbours tell nearly all of that");
    if (derivative)
        dia_finding_text(&x->findings, &f->cure,
                         "multiply each by E_j - E_i, and by %.9g; or give the dataset the unit %s", unit->factor,
                         unit->name);
    else
        dia_finding_text(&x->findings, &f->cure, "multiply them by %.9g, or state their unit in its attribute",
                         unit->factor);
}

static void tell_unexplained(dia_checkup *x, double factor, double error)
{
    dia_finding *f = dia_checkup_found(x, &dia_data_test_couplings, DIA_SEVERITY_DOUBT, "couplings");
    f->factor = factor;
    f->error = error;
    dia_finding_text(&x->findings, &f->what,
                     "the couplings are %.3g times what gradients and gaps of neighbours say, which no unit explains",
                     1.0 / factor);
    dia_finding_text(&x->findings, &f->sure, "factor %.3g +- %.1g", factor, error);
    dia_finding_text(&x->findings, &f->cure, "see what the program prints: h, d, or d with another gap");
}

/* Units of d, whose numbers times the gap in hartree are h. */
static const dia_unit_guess derivative_units[] = {{"1/bohr", 1.0}, {"1/Angstrom", 1.0 / DIA_ANGSTROM}, {NULL, 0.0}};

/* Growth decides, where gaps change enough; otherwise the meaning under which the neighbours agree better. */
static bool is_derivative(const evidence *v)
{
    double eh, ed;
    if (v->growth.n >= LEAST && v->growth.error < 0.15)
        return v->growth.value < -0.5;
    const double h = factor_of(&v->norm[0], &eh), d = factor_of(&v->norm[1], &ed);
    return ed / d < 0.3 * eh / h;
}

static void judge(dia_checkup *x, const evidence *v)
{
    const bool derivative = is_derivative(v);
    double error, other_error, factor = factor_of(&v->norm[derivative], &error),
                               other = factor_of(&v->gap[derivative], &other_error);
    const bool by_norm = error < 0.1 * factor;
    if (!by_norm && !(other_error < 0.1 * other)) {
        dia_checkup_undecided(x,
                              isnan(factor) ? "not enough neighbouring pairs at small gaps"
                                            : "not enough neighbouring pairs at small gaps (factor %.2g +- %.1g)",
                              factor, error);
        return;
    }
    dia_checkup_say(x, "%s; factor to h %.4f +- %.1g by mixing, %.3f +- %.1g by gaps; power of the gap %.2f +- %.1g",
                    derivative ? "d" : "h", factor, error, other, other_error, v->growth.value, v->growth.error);
    const double mixing = factor;
    if (!by_norm) {
        factor = other;
        error = other_error;
    }
    const double limit = tolerance[!by_norm];
    if (!derivative && (dia_near_factor(factor, 1.0, limit) || fabs(factor - 1.0) < 5.0 * error))
        return;
    for (const dia_unit_guess *u = derivative ? derivative_units : dia_slope_units; u->name != NULL; u++)
        if (dia_near_factor(factor, u->factor, limit)) {
            tell(x, v, derivative, u, factor, error,
                 (by_norm ? v->norm : v->gap)[derivative].effective >= LEAST ||
                     (dia_near_factor(mixing, u->factor, tolerance[0]) &&
                      dia_near_factor(other, u->factor, tolerance[1])));
            return;
        }
    tell_unexplained(x, factor, error);
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    if (x->data.nstate < 2) {
        dia_checkup_undecided(x, "one state only");
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
    .tells = "what gradients lose couplings gain as states mix; how couplings grow as the gap falls",
    .brief = true,
    .find = find,
    .repair = repair};
