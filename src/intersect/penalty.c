/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Levine, Coe, Martinez, J. Phys. Chem. B 112, 405 (2008), DOI 10.1021/jp0761618: energies and their gradients alone,
 * no couplings. Minimises
 *
 *   F(R; sigma) = mean energy + sigma sum_{pairs} D^2 / (D + alpha),   D = gap of the pair, alpha = 0.02 hartree,
 *
 * for sigma = 3.5 (the paper's start; more where the mean is steep against the gap), then for sigma ten times larger
 * each time, until the largest gap is below the tolerance: the minimum of F has gaps of about alpha |slope of the mean|
 * / (2 sigma |slope of D|), so about nine values for 1e-9 hartree. The path of these minima is straight in 1/sigma, so
 * the last two predict the next, and one or two Newton steps correct it.
 *
 * F gets as stiff as 1e9 hartree/bohr^2 across the seam; no first-order method can follow this. Newton's method can: F
 * is, up to terms in D^3/alpha^2, a smooth function (D^2 is smooth where D is not), so differences of its gradient give
 * its Hessian also across the seam. Steps are kept inside a trust region and go downhill along negative curvatures. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "intersect/search.h"
#include "intersect/trust.h"
#include "math/vector.h"

static const double alpha = 0.02;      /* hartree */
static const double first_sigma = 3.5; /* dimensionless */
static const double last_sigma = 1e13;
static const double growth = 10.0;
static const double step = 1e-3; /* bohr, of four-point differences */
enum { LEVEL_ITERATIONS = 150 }; /* most at one sigma; the next may help */

typedef struct penalty {
    const dia_problem *problem;
    int n;
    double sigma, F, gap, mean; /* at the present point                                                */
    dia_tangent tangent;        /* takes rigid motions out                                             */
    dia_trust trust;
    double *gradient;                      /* (n) of F                                              owned (all)   */
    double *across;                        /* (n) the part of it that gaps make                                   */
    double *hessian;                       /* (n, n) of F                                                         */
    double *direction, *next;              /* (n, n) orthonormal rows: directions of the last Hessian; scratch */
    double *none, *move, *trial, *rigid;   /* (n) zeros, (n), (n), (6, n)                                  */
    double *trial_gradient, *trial_across; /* (n) of the geometry tried */
    double *last, *before;                 /* (n) minima for the two sigmas before                                */
    int levels;                            /* how many of these there are                                         */
    double radius;
} penalty;

static dia_status penalty_open(penalty *s, const dia_problem *problem, dia_error *error)
{
    size_t n = (size_t)problem->surface->ncart;
    *s = (penalty){.problem = problem, .n = (int)n, .radius = problem->options->max_step};
    dia_status status = dia_tangent_open(&s->tangent, (int)n, 0, error);
    if (status != DIA_OK)
        return status;
    if (!DIA_PARTS({&s->gradient, n}, {&s->across, n}, {&s->none, n}, {&s->move, n}, {&s->trial, n}, {&s->last, n},
                   {&s->before, n}, {&s->rigid, 6 * n}, {&s->trial_gradient, n}, {&s->trial_across, n},
                   {&s->hessian, n * n}, {&s->direction, n * n}, {&s->next, n * n}) ||
        !dia_trust_open(&s->trust, (int)n))
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a Hessian of order %zu", n);
    return DIA_OK;
}

static void penalty_close(penalty *s)
{
    dia_tangent_close(&s->tangent);
    dia_trust_close(&s->trust);
    free(s->gradient);
}

/* sum over pairs of D^2/(D + alpha), and its derivatives w (count) by the energies E (count). */
static double gaps(int count, const double *E, double *w)
{
    double sum = 0.0;
    memset(w, 0, (size_t)count * sizeof *w);
    for (int a = 0; a < count; a++)
        for (int b = 0; b < a; b++) {
            double D = E[a] - E[b], slope = D * (D + 2.0 * alpha) / ((D + alpha) * (D + alpha));
            sum += D * D / (D + alpha);
            w[a] += slope;
            w[b] -= slope;
        }
    return sum;
}

/* Of row b of the surface's batch: across (n) = sigma d(gaps)/dR; gradient += d(mean)/dR if not NULL. Returns F. */
static double collect(penalty *s, int b, double *mean, double *gap, double *gradient, double *across)
{
    const dia_surface *f = s->problem->surface;
    const int m = s->problem->count, n = s->n;
    const double *E = f->Es + b * f->nstate + s->problem->first, *G = f->Gs + b * m * n;
    double w[DIA_DEGENERATE_MAX], sum = gaps(m, E, w), above = 0.0;
    memset(across, 0, (size_t)n * sizeof *across);
    for (int a = 0; a < m; a++) {
        above += E[a] - E[0];
        dia_add(n, s->sigma * w[a], G + a * n, across);
        dia_add(n, 1.0 / m, G + a * n, gradient);
    }
    *mean = E[0] + above / m;
    *gap = E[m - 1] - E[0];
    return *mean + s->sigma * sum;
}

/* F and its gradient at R, into the caller's variables. */
static bool look(penalty *s, const double *R, double *F, double *mean, double *gap, double *gradient, double *across)
{
    dia_surface *f = s->problem->surface;
    memcpy(f->Rs, R, (size_t)s->n * sizeof *R);
    if (!dia_surface_gradients(f, 1, s->problem->first, s->problem->count))
        return false;
    memset(gradient, 0, (size_t)s->n * sizeof *gradient);
    *F = collect(s, 0, mean, gap, gradient, across);
    dia_add(s->n, 1.0, across, gradient);
    return true;
}

/* Directions to differentiate along, k of them: those of the last Hessian, stiffest first, made orthonormal again
 * without the rigid motions of this geometry; arbitrary at first. Along Cartesian axes every displacement would open
 * the gap, and what D^3 then adds across the seam would drown the curvature along it. */
static int directions(penalty *s, const double *R)
{
    dia_surface *f = s->problem->surface;
    const int n = s->n;
    if (!dia_surface_solve(f, R))
        return 0;
    dia_tangent *t = &s->tangent;
    dia_tangent_make(t, dia_tangent_rigid(f, R, false, s->rigid), s->rigid, 0, NULL);
    int k = t->ntangent;
    const bool fresh = s->trust.k != k;
    for (int l = 0; l < k; l++) {
        double *v = s->next + l * n;
        memset(v, 0, (size_t)n * sizeof *v);
        for (int i = 0; i < k && !fresh; i++)
            dia_add(n, s->trust.V[i * k + k - 1 - l], s->direction + i * n, v);
        dia_remove(n, t->nrigid, t->basis, v);
        dia_remove(n, l, s->next, v);
        if (!(dia_normalise(n, v) > 0.1)) { /* the geometry has changed a lot: begin again */
            memcpy(s->next, t->basis + t->nrigid * n, (size_t)(k * n) * sizeof *v);
            break;
        }
    }
    memcpy(s->direction, s->next, (size_t)(k * n) * sizeof *s->next);
    return k;
}

/* hessian = sum_l (change of the gradient along v_l) v_l^T, made symmetric; curvatures in the space of the v_l. */
static bool curvature(penalty *s, const double *R)
{
    static const double weight[] = {1.0 / 12, -8.0 / 12, 8.0 / 12, -1.0 / 12}, place[] = {-2, -1, 1, 2};
    dia_surface *f = s->problem->surface;
    const int n = s->n, each = DIA_SURFACE_BATCH / 4, k = directions(s, R);
    double mean, gap;
    memset(s->hessian, 0, (size_t)(n * n) * sizeof *s->hessian);
    for (int first = 0; first < k; first += each) {
        int count = k - first < each ? k - first : each;
        for (int q = 0; q < 4 * count; q++) {
            memcpy(f->Rs + q * n, R, (size_t)n * sizeof *R);
            dia_add(n, place[q % 4] * step, s->direction + (first + q / 4) * n, f->Rs + q * n);
        }
        if (!dia_surface_gradients(f, 4 * count, s->problem->first, s->problem->count))
            return false;
        for (int q = 0; q < 4 * count; q++) {
            const double *v = s->direction + (first + q / 4) * n;
            memset(s->move, 0, (size_t)n * sizeof *s->move);
            collect(s, q, &mean, &gap, s->move, s->across);
            dia_add(n, 1.0, s->across, s->move);
            for (int c = 0; c < n; c++) {
                dia_add(n, 0.5 * weight[q % 4] / step * v[c], s->move, s->hessian + c * n);
                dia_add(n, 0.5 * weight[q % 4] / step * s->move[c], v, s->hessian + c * n);
            }
        }
    }
    return isfinite(dia_largest(n * n, s->hessian)) && dia_trust_reduce(&s->trust, k, s->direction, s->hessian);
}

/* At the minimum of F the slope of the mean across the seam and that of the gaps cancel. Is what is left of them small,
 * and the gradient along the seam below `tolerance`? Across the seam five per cent suffice: the rest only shifts the
 * gap of this sigma, and at large sigma rounding of the gap itself (1e-14 hartree) exceeds the tolerance that holds
 * along the seam. */
static bool settled(penalty *s, double tolerance)
{
    double length = dia_norm(s->n, s->across), along = 0.0, own = 0.0;
    memcpy(s->move, s->gradient, (size_t)s->n * sizeof *s->move);
    if (length > 0.0) {
        along = dia_dot(s->n, s->across, s->gradient) / length;
        own = along - length; /* slope of the mean alone */
        dia_add(s->n, -along / length, s->across, s->move);
    }
    return dia_largest(s->n, s->move) < tolerance && fabs(along) < fmax(tolerance, 0.05 * fabs(own));
}

/* Is F at s->trial low enough, or the gradient, where rounding hides F? */
static bool better(penalty *s, double slope)
{
    double F, mean, gap;
    if (!look(s, s->trial, &F, &mean, &gap, s->trial_gradient, s->trial_across))
        return false;
    return F <= s->F + 1e-4 * slope || (F <= s->F + 1e-13 * fmax(1.0, fabs(s->F)) &&
                                        dia_largest(s->n, s->trial_gradient) < 0.7 * dia_largest(s->n, s->gradient));
}

/* Back to the bottom of the valley: Newton's step in the stiff directions alone, with the gradient at the place tried.
 * A step along a curved seam leaves it by the square of its length, which costs much at large sigma. */
static void restore(penalty *s)
{
    const dia_trust *t = &s->trust;
    for (int l = t->k - 1; l >= 0 && t->E[l] > 0.01 * t->E[t->k - 1]; l--) {
        memset(s->move, 0, (size_t)s->n * sizeof *s->move);
        for (int i = 0; i < t->k; i++)
            dia_add(s->n, t->V[i * t->k + l], t->Z + i * s->n, s->move);
        dia_add(s->n, -dia_dot(s->n, s->move, s->trial_gradient) / t->E[l], s->move, s->trial);
    }
}

/* One Newton step for the present sigma. False if none improves F. */
static bool advance(penalty *s, double *R)
{
    if (!curvature(s, R) || !look(s, R, &s->F, &s->mean, &s->gap, s->gradient, s->across))
        return false;
    for (; s->radius > 1e-14; s->radius *= 0.25) {
        dia_trust_step(&s->trust, s->gradient, s->none, s->radius, s->move);
        double slope = dia_dot(s->n, s->gradient, s->move), length = dia_largest(s->n, s->move);
        for (int i = 0; i < s->n; i++)
            s->trial[i] = R[i] + s->move[i];
        bool good = better(s, slope);
        for (int i = 0; i < 2 && !good; i++) {
            restore(s);
            double moved = 0.0;
            for (int c = 0; c < s->n; c++)
                moved = fmax(moved, fabs(s->trial[c] - R[c]));
            good = moved <= s->problem->options->max_step && better(s, slope);
        }
        if (good) {
            s->radius = fmin(2.0 * s->radius, s->problem->options->max_step);
            memcpy(R, s->trial, (size_t)s->n * sizeof *R);
            return look(s, R, &s->F, &s->mean, &s->gap, s->gradient, s->across);
        }
        s->radius = fmin(s->radius, length);
    }
    return false;
}

/* To the minimum of F for the present sigma. */
static void settle(penalty *s, double *R, dia_search_result *result)
{
    const dia_search_options *options = s->problem->options;
    s->radius = s->levels == 0 ? options->max_step : 0.1 * options->max_step;
    if (!look(s, R, &s->F, &s->mean, &s->gap, s->gradient, s->across))
        return;
    for (int i = 0; i < LEVEL_ITERATIONS && result->iterations < options->iterations; i++) {
        if (settled(s, 0.3 * options->gradient))
            return;
        if (dia_problem_lost(s->problem, R, s->mean, result->why) || !advance(s, R))
            return;
        result->iterations++;
    }
}

/* The next minimum lies on the line through the last two, R = a + b/sigma. */
static void foretell(penalty *s, double *R)
{
    if (s->levels > 0)
        memcpy(s->before, s->last, (size_t)s->n * sizeof *R);
    memcpy(s->last, R, (size_t)s->n * sizeof *R);
    s->levels++;
    for (int i = 0; s->levels > 1 && i < s->n; i++)
        s->move[i] = (s->last[i] - s->before[i]) / growth;
    if (s->levels > 1 && dia_largest(s->n, s->move) < 0.5 * s->problem->options->max_step)
        dia_add(s->n, 1.0, s->move, R);
}

/* Where the search begins, F must fall towards the seam: sigma times the slope of the gaps against that of the mean. */
static double begin(penalty *s, const double *R)
{
    const dia_surface *f = s->problem->surface;
    const int m = s->problem->count, n = s->n;
    s->sigma = first_sigma;
    if (!look(s, R, &s->F, &s->mean, &s->gap, s->gradient, s->across))
        return first_sigma;
    memset(s->across, 0, (size_t)n * sizeof *s->across); /* of the sum of the gaps themselves */
    memset(s->gradient, 0, (size_t)n * sizeof *s->gradient);
    for (int a = 0; a < m; a++) {
        dia_add(n, 2.0 * a - (m - 1), f->Gs + a * n, s->across);
        dia_add(n, 1.0 / m, f->Gs + a * n, s->gradient);
    }
    double length = dia_dot(n, s->across, s->across), along = dia_dot(n, s->across, s->gradient);
    return length > 0.0 ? fmin(fmax(first_sigma, 10.0 * fabs(along) / length), 1e4) : first_sigma;
}

/* Through all values of sigma from the first on. False if that led to a minimum of the penalty that is no intersection:
 * the gap stays however large its weight. */
static bool ascend(penalty *s, double sigma, double *R, dia_search_result *result)
{
    const dia_search_options *options = s->problem->options;
    double before = INFINITY; /* gap of the last sigma */
    result->why[0] = 0;
    s->levels = 0;
    for (s->sigma = sigma; s->sigma < last_sigma; s->sigma *= growth) {
        settle(s, R, result);
        if (s->gap < 0.5 * options->gap || result->why[0] != 0 || result->iterations >= options->iterations)
            return true;
        if (s->levels > 1 && s->gap > 0.7 * before) {
            snprintf(result->why, sizeof result->why,
                     "the gap stays at %.2e hartree however large its weight: a minimum of the penalty that is no "
                     "intersection",
                     s->gap);
            return false;
        }
        before = s->gap;
        foretell(s, R);
    }
    return true;
}

dia_status dia_search_by_penalty(const dia_problem *problem, double *R, dia_search_result *result, dia_error *error)
{
    penalty s;
    dia_status status = penalty_open(&s, problem, error);
    if (status != DIA_OK) {
        penalty_close(&s);
        return status;
    }
    const double sigma = begin(&s, R);
    for (double more = 1.0; !ascend(&s, sigma * more, R, result) && more < 500.0; more *= 30.0)
        memcpy(R, problem->start,
               (size_t)s.n * sizeof *R); /* with a larger first sigma the path keeps closer to the seam */
    penalty_close(&s);
    return DIA_OK;
}
