/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "intersect/internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "math/vector.h"
#include "math/eigen.h"

/* One problem: minimise sum_i stiffness_i (q_i - wanted_i)^2 subject to fixed_j = value_j. Without any stiffness:
 * minimise the mass-weighted distance from `anchor`. n = ncart. */
typedef struct problem {
    const dia_molecule *molecule;
    const dia_internal_set *set;
    int nsoft, nfixed;
    int *soft;      /* (nsoft) which of the set                                                        */
    double *wanted; /* (set->n)                                                                        */
    const dia_coordinate *fixed;
    double *value;              /* (nfixed)                                                                         */
    double *anchor, *unit_mass; /* (n); (n) masses over their mean                                      */
    double *A, *E, *U, *work;   /* the matrix, packed, and its eigenvectors                              */
    double *B, *AB;             /* (nfixed, n) gradients of the fixed ones; A^-1 times them              */
    double *S, *SE, *SU;        /* (nfixed ...) B A^-1 B^T                                               */
    double *right, *step, *g;   /* (n)                                                                   */
    double *c, *lambda;         /* (nfixed)                                                              */
    double *weight;             /* (nsoft) at the geometry of the last step */
    double hold;
} problem;

/* Damping, in units of the masses over their mean: holds the directions that no coordinate determines. It is increased,
 * as by Levenberg and Marquardt, where a step goes too far. */
static const double least_hold = 1e-6, most_hold = 1e4;

/* A fixed coordinate takes the place of the same one of the set; and a torsion that is fixed turns the groups at both
 * ends of its bond, so that the other torsions about that bond must be free to follow. */
static bool replaced(const dia_coordinate *soft, int nfixed, const dia_coordinate *fixed)
{
    for (int j = 0; j < nfixed; j++) {
        if (fixed[j].nterm == 1 && dia_coordinate_same_term(soft, &fixed[j], 0))
            return true;
        for (int t = 0; t < fixed[j].nterm && soft->term[0].kind == DIA_COORDINATE_TORSION; t++) {
            const int *p = fixed[j].term[t].atom, *q = soft->term[0].atom;
            if (fixed[j].term[t].kind == DIA_COORDINATE_TORSION &&
                ((p[1] == q[1] && p[2] == q[2]) || (p[1] == q[2] && p[2] == q[1])))
                return true;
        }
    }
    return false;
}

static void problem_close(problem *p)
{
    free(p->soft);
    free(p->wanted);
}

static dia_status problem_open(problem *p, const dia_molecule *molecule, const dia_internal_set *set, int nfixed,
                               const dia_coordinate *fixed, dia_error *error)
{
    const size_t n = (size_t)molecule->ncart, m = (size_t)nfixed, s = set != NULL ? (size_t)set->n : 0;
    *p = (problem){.molecule = molecule, .set = set, .nfixed = nfixed, .fixed = fixed};
    const size_t work = dia_eigen_work(molecule->ncart) + dia_eigen_work(nfixed > 0 ? nfixed : 1);
    p->soft = calloc(s + 1, sizeof *p->soft);
    if (!DIA_PARTS({&p->wanted, s}, {&p->weight, s}, {&p->anchor, n}, {&p->unit_mass, n}, {&p->E, n}, {&p->right, n},
                   {&p->step, n}, {&p->g, n}, {&p->A, n * (n + 1) / 2}, {&p->U, n * n}, {&p->work, work},
                   {&p->B, m * n}, {&p->AB, m * n}, {&p->value, m}, {&p->c, m}, {&p->lambda, m},
                   {&p->S, m * (m + 1) / 2}, {&p->SE, m}, {&p->SU, m * m}) ||
        p->soft == NULL) {
        problem_close(p);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for %d internal coordinates", (int)s + nfixed);
    }
    double mean = 0.0;
    for (int a = 0; a < molecule->natom; a++)
        mean += molecule->masses[a] / molecule->natom;
    for (int c = 0; c < molecule->ncart; c++)
        p->unit_mass[c] = molecule->masses[c / molecule->dimension] / mean;
    for (size_t i = 0; i < s; i++)
        if (!replaced(&set->coordinate[i], nfixed, fixed))
            p->soft[p->nsoft++] = (int)i;
    return DIA_OK;
}

/* x = A^-1 v */
static void divide(const problem *p, const double *v, double *x)
{
    const int n = p->molecule->ncart;
    memset(x, 0, (size_t)n * sizeof *x);
    for (int k = 0; k < n; k++) {
        double along = 0.0;
        for (int i = 0; i < n; i++)
            along += p->U[i * n + k] * v[i];
        for (int i = 0; i < n; i++)
            x[i] += along / p->E[k] * p->U[i * n + k];
    }
}

/* The weight of a soft coordinate at R: that of a torsion fades as one of its angles becomes straight, where it is
 * undefined: sin^2 sin^2. */
static double weight(const problem *p, int which, const double *R)
{
    const dia_coordinate *q = &p->set->coordinate[which];
    double k = p->set->stiffness[which];
    for (int end = 0; end < 2 && q->term[0].kind == DIA_COORDINATE_TORSION; end++) {
        dia_coordinate angle;
        dia_coordinate_make(&angle, DIA_COORDINATE_ANGLE, q->term[0].atom + end, p->molecule);
        const double sine = sin(dia_coordinate_value(&angle, R));
        k *= sine * sine;
    }
    return k;
}

/* The function to be minimised, with the weights of set_up. */
static double misfit(const problem *p, const double *R)
{
    double sum = 0.0;
    for (int s = 0; s < p->nsoft; s++) {
        const dia_coordinate *q = &p->set->coordinate[p->soft[s]];
        const double off = dia_coordinate_difference(q, p->wanted[p->soft[s]], dia_coordinate_value(q, R));
        sum += p->weight[s] * off * off;
    }
    return sum;
}

/* The matrix and the right hand side of one Gauss-Newton step at R, and A's eigenvectors. */
static bool set_up(problem *p, const double *R)
{
    const int n = p->molecule->ncart;
    memset(p->A, 0, (size_t)(n * (n + 1) / 2) * sizeof *p->A);
    for (int c = 0; c < n; c++) {
        p->A[c * (c + 1) / 2 + c] = (p->nsoft > 0 ? p->hold : 1.0) * p->unit_mass[c];
        p->right[c] = p->nsoft > 0 ? 0.0 : p->unit_mass[c] * (p->anchor[c] - R[c]);
    }
    for (int s = 0; s < p->nsoft; s++) {
        const dia_coordinate *q = &p->set->coordinate[p->soft[s]];
        const double k = weight(p, p->soft[s], R), value = dia_coordinate_gradient(q, R, p->g);
        p->weight[s] = k;
        dia_add(n, k * dia_coordinate_difference(q, p->wanted[p->soft[s]], value), p->g, p->right);
        for (int c = 0; c < n; c++)
            for (int d = 0; d <= c && p->g[c] != 0.0; d++)
                p->A[c * (c + 1) / 2 + d] += k * p->g[c] * p->g[d];
    }
    return dia_eigen_packed(n, p->A, p->E, p->U, p->work);
}

/* step = A^-1 (right + B^T lambda), with lambda such that B step = c. False if not finite. */
static bool make_step(problem *p, const double *R)
{
    const int n = p->molecule->ncart, m = p->nfixed;
    if (!set_up(p, R))
        return false;
    divide(p, p->right, p->step);
    for (int j = 0; j < m; j++) {
        p->c[j] = dia_coordinate_difference(&p->fixed[j], p->value[j],
                                            dia_coordinate_gradient(&p->fixed[j], R, p->B + j * n));
        divide(p, p->B + j * n, p->AB + j * n);
        for (int i = 0; i <= j; i++)
            p->S[j * (j + 1) / 2 + i] = dia_dot(n, p->B + i * n, p->AB + j * n);
    }
    if (m > 0 && !dia_eigen_packed(m, p->S, p->SE, p->SU, p->work))
        return false;
    for (int j = 0; j < m; j++) {
        p->c[j] -= dia_dot(n, p->B + j * n, p->step);
        p->lambda[j] = 0.0;
    }
    for (int k = 0; k < m; k++) {
        double along = 0.0;
        for (int j = 0; j < m; j++)
            along += p->SU[j * m + k] * p->c[j];
        for (int j = 0; j < m && p->SE[k] > 1e-12 * p->SE[m - 1];
             j++) /* otherwise two are dependent, or one has no gradient */
            p->lambda[j] += along / p->SE[k] * p->SU[j * m + k];
    }
    for (int j = 0; j < m; j++)
        dia_add(n, p->lambda[j], p->AB + j * n, p->step);
    return true;
}

/* Does the step, shortened to `limit`, reduce the misfit? With fixed coordinates it is not tested: they come first. */
static bool downhill(problem *p, const double *R, double shorten, double *trial)
{
    const int n = p->molecule->ncart;
    memcpy(trial, R, (size_t)n * sizeof *trial);
    dia_add(n, shorten, p->step, trial);
    if (p->nfixed > 0 || p->nsoft == 0)
        return true;
    const double before = misfit(p, R);
    return misfit(p, trial) <= before * (1.0 + 1e-12) + 1e-24;
}

static bool fixed_reached(const problem *p, double tolerance, const double *R)
{
    for (int j = 0; j < p->nfixed; j++)
        if (!(fabs(dia_coordinate_difference(&p->fixed[j], p->value[j], dia_coordinate_value(&p->fixed[j], R))) <
              tolerance))
            return false;
    return true;
}

/* Iterates from R until steps are shorter than `tolerance`; true if all fixed coordinates then have their values.
 */
static bool solve(problem *p, double tolerance, double *R)
{
    enum { ITERATIONS = 300 };
    static const double limit = 0.3; /* bohr */
    double moved = INFINITY;
    p->hold = least_hold;
    for (int it = 0; it < ITERATIONS && !(moved < tolerance) && p->hold < most_hold; it++) {
        if (!make_step(p, R))
            return false;
        const double length = dia_largest(p->molecule->ncart, p->step);
        if (!(length < INFINITY))
            return false;
        if (downhill(p, R, length > limit ? limit / length : 1.0, p->g)) {
            memcpy(R, p->g, (size_t)p->molecule->ncart * sizeof *R);
            p->hold = fmax(0.2 * p->hold, least_hold);
            moved = length;
        } else {
            p->hold *= 10.0;
        }
    }
    /* what is fitted without an exact solution is approached slowly, and need not be exact */
    return fixed_reached(p, 10.0 * tolerance, R) && (moved < 1e-4 || p->nfixed == 0);
}

static dia_status unreachable(const problem *p, const double *start, const double *value, dia_error *error)
{
    double worst = -1.0;
    int which = 0;
    for (int j = 0; j < p->nfixed; j++) {
        const double off =
            fabs(dia_coordinate_difference(&p->fixed[j], value[j], dia_coordinate_value(&p->fixed[j], start)));
        if (off > worst) {
            worst = off;
            which = j;
        }
    }
    char wanted[64], from[64];
    dia_quantity_text(value[which], p->fixed[which].dimension, sizeof wanted, wanted);
    dia_quantity_text(dia_coordinate_value(&p->fixed[which], start), p->fixed[which].dimension, sizeof from, from);
    return dia_error_set(
        error, DIA_ERROR_NUMERIC, "'%s' cannot be brought from %s to %s%s: there is no such geometry nearby",
        p->fixed[which].text, from, wanted, p->nfixed > 1 ? " together with the other coordinates" : "");
}

/* Number of strides such that no coordinate changes by more than 0.2 bohr or radians in one of them. */
static int strides(int n, const double *change)
{
    return 1 + (int)fmin(dia_largest(n, change) / 0.2, 1000.0);
}

dia_status dia_internal_place(const dia_molecule *molecule, const dia_internal_set *rest, int n,
                              const dia_coordinate *coordinate, const double *value, double *R, dia_error *error)
{
    const size_t bytes = (size_t)molecule->ncart * sizeof *R;
    problem p;
    dia_status status = problem_open(&p, molecule, rest, n, coordinate, error);
    if (status != DIA_OK)
        return status;
    double *change = calloc((size_t)n + (size_t)molecule->ncart, sizeof *change), *at = change + n;
    if (change == NULL) {
        problem_close(&p);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a geometry");
    }
    memcpy(p.anchor, R, bytes);
    memcpy(at, R, bytes);
    for (int i = 0; rest != NULL && i < rest->n; i++)
        p.wanted[i] = dia_coordinate_value(&rest->coordinate[i], R);
    for (int j = 0; j < n; j++)
        change[j] = dia_coordinate_difference(&coordinate[j], value[j], dia_coordinate_value(&coordinate[j], R));
    const int count = strides(n, change);
    bool good = true;
    for (int s = 1; s <= count && good; s++) {
        for (int j = 0; j < n; j++)
            p.value[j] = value[j] - change[j] * (count - s) / count;
        good = solve(&p, s < count ? 1e-4 : 1e-10, at);
    }
    if (good)
        memcpy(R, at, bytes);
    else
        status = unreachable(&p, R, value, error);
    free(change);
    problem_close(&p);
    return status;
}

dia_status dia_internal_fit(const dia_molecule *molecule, const dia_internal_set *set, const double *q, double *R,
                            dia_error *error)
{
    const size_t bytes = (size_t)molecule->ncart * sizeof *R;
    problem p;
    dia_status status = problem_open(&p, molecule, set, 0, NULL, error);
    if (status != DIA_OK)
        return status;
    memcpy(p.anchor, R, bytes);
    memcpy(p.wanted, q, (size_t)set->n * sizeof *q);
    if (!solve(&p, 1e-10, R)) {
        memcpy(R, p.anchor, bytes);
        status = dia_error_set(error, DIA_ERROR_NUMERIC, "no geometry has internal coordinates near those wanted");
    }
    problem_close(&p);
    return status;
}
