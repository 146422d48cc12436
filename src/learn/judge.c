/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the networks of the round before are worth at hops of their own swarm, drawn at random and labelled before any network has
 * seen them. The disagreement of the networks is calibrated there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/course.h"
#include "math/vector.h"

typedef struct answers { /* of the network that flew, and what the networks disagree by; one block from R on */
    int n;
    double *R, *E, *G, *spread;
} answers;

static dia_status ask(answers *a, const dia_course *c, const dia_networks *networks, int flown, int n, dia_error *error)
{
    const size_t ns = (size_t)c->settings.engine.states, nc = (size_t)c->bench.molecule.ncart, m = (size_t)n;
    a->n = n;
    a->E = a->R + m * nc;
    a->G = a->E + m * ns;
    a->spread = a->G + m * ns * nc;
    return dia_networks_spread(networks, c, flown, n, a->R, a->E, a->G, a->spread, NULL, error);
}

static size_t room(const dia_course *c, int n)
{
    const size_t ns = (size_t)c->settings.engine.states, nc = (size_t)c->bench.molecule.ncart;
    return (size_t)n * (nc + ns + ns * nc + ns) + 1;
}

static double smallest_gap(int ns, const double *E)
{
    double gap = INFINITY;
    for (int k = 1; k < ns; k++)
        gap = fmin(gap, E[k] - E[k - 1]);
    return gap;
}

/* The factor by which the disagreement is multiplied so that 68 % of the errors are within; NaN: nothing was judged yet. */
static double factor(dia_calibration *pooled)
{
    const int first = pooled->first[2], n = pooled->n - first;
    double *sorted = calloc((size_t)n + 1, sizeof *sorted), value = NAN;
    if (n > 0 && sorted != NULL) {
        memcpy(sorted, pooled->ratio + first, (size_t)n * sizeof *sorted);
        dia_ascend(n, sorted);
        const double place = 0.6827 * (n - 1);
        const int low = (int)place, high = low + 1 < n ? low + 1 : low;
        value = sorted[low] + (place - low) * (sorted[high] - sorted[low]);
    }
    free(sorted);
    return value;
}

/* Room for the ratios of another round. */
static dia_status another(dia_calibration *pooled, int n, dia_error *error)
{
    double *more = realloc(pooled->ratio, ((size_t)pooled->n + (size_t)n + 1) * sizeof *more);
    if (more == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a calibration");
    pooled->ratio = more;
    pooled->first[2] = pooled->first[1];
    pooled->first[1] = pooled->first[0];
    pooled->first[0] = pooled->n;
    return DIA_OK;
}

/* Means over the judged labels, which are `of` (a->n) of the labels. */
static void compare(const dia_course *c, const answers *a, const dia_points *labels, const int *of,
                    dia_calibration *pooled, dia_learn_round *r)
{
    const int ns = c->settings.engine.states, nc = c->bench.molecule.ncart;
    const double before = factor(pooled);
    double sum = 0.0, square = 0.0, gap = 0.0, gradient = 0.0, within[2] = {0.0, 0.0};
    long components = 0;
    for (int i = 0; i < a->n; i++) {
        const double *E0 = labels->E + of[i] * ns, *G0 = labels->G + of[i] * ns * nc;
        double own = 0.0;
        for (int k = 0; k < ns; k++) {
            const double error = fabs(a->E[i * ns + k] - E0[k]), spread = fmax(a->spread[i * ns + k], 1e-12);
            own += error / ns;
            pooled->ratio[pooled->n++] = error / spread;
            for (int s = 0; s < 2; s++)
                within[s] += error < (s + 1) * before * spread ? 1.0 : 0.0;
        }
        sum += own;
        square += own * own;
        gap += ns > 1 ? fabs(smallest_gap(ns, a->E + i * ns) - smallest_gap(ns, E0)) : 0.0;
        for (int x = 0; x < ns * nc; x++)
            if (isfinite(G0[x])) {
                gradient += fabs(a->G[i * ns * nc + x] - G0[x]);
                components++;
            }
    }
    const double n = a->n;
    r->energy = sum / n;
    r->energy_error = n > 1 ? sqrt(fmax(0.0, square / n - r->energy * r->energy) / (n - 1.0)) : NAN;
    r->gap = gap / n;
    r->gradient = components > 0 ? gradient / (double)components : NAN;
    r->spread = factor(pooled);
    for (int s = 0; s < 2; s++)
        r->within[s] = isnan(before) ? NAN : within[s] / (n * ns);
}

/* Mean absolute error at all sane hops of that swarm that a Gaussian of the calibrated spread has: sqrt(2/pi) times it. */
static dia_status expect(const dia_course *c, const dia_networks *networks, int flown, const dia_hops *hops,
                         dia_learn_round *r, dia_error *error)
{
    const int ns = c->settings.engine.states, nc = c->bench.molecule.ncart;
    answers a = {.R = calloc(room(c, hops->n), sizeof *a.R)};
    if (a.R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the hops of a swarm");
    memcpy(a.R, hops->R, (size_t)hops->n * (size_t)nc * sizeof *a.R);
    const dia_status status = ask(&a, c, networks, flown, hops->n, error);
    double sum = 0.0;
    int sane = 0;
    for (int i = 0; i < hops->n && status == DIA_OK; i++) {
        if (!dia_course_sane(c, a.R + i * nc, a.E[i * ns]))
            continue;
        sane++;
        for (int k = 0; k < ns; k++)
            sum += a.spread[i * ns + k] / ns;
    }
    r->hops = hops->n;
    r->outside = hops->n > 0 ? 1.0 - (double)sane / hops->n : NAN;
    r->expected = sane > 0 ? sqrt(2.0 / DIA_PI) * r->spread * sum / sane : NAN;
    free(a.R);
    return status;
}

static bool met(const dia_course *c, const dia_learn_round *r)
{
    const struct dia_learn_criterion *s = &c->settings.criterion;
    const double force = DIA_EV / DIA_ANGSTROM; /* eV/Angstrom */
    return r->judged >= s->least && r->energy + r->energy_error <= s->energy && r->expected <= s->energy &&
           (s->gradient == 0.0 || r->gradient <= s->gradient * force);
}

dia_status dia_course_judge(dia_course *c, int round, const dia_points *labels, dia_calibration *pooled,
                            dia_learn_round *r, dia_error *error)
{
    const size_t nc = (size_t)c->bench.molecule.ncart;
    const int flown = dia_course_flown(c, round - 1);
    dia_networks networks = {0};
    dia_hops hops = {0};
    answers a = {.R = calloc(room(c, labels->n), sizeof *a.R)};
    int *of = calloc((size_t)labels->n + 1, sizeof *of), n = 0;
    r->energy = r->energy_error = r->gap = r->gradient = r->spread = r->expected = r->outside = NAN;
    r->within[0] = r->within[1] = NAN;
    dia_status status = a.R != NULL && of != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "out of memory");
    for (int i = 0; i < labels->n && status == DIA_OK && round > 0;
         i++) /* given labels may have judged an earlier course */
        if (strcmp(labels->group[i], "judge") == 0) {
            memcpy(a.R + (size_t)n * nc, labels->R + (size_t)i * nc, nc * sizeof *a.R);
            of[n++] = i;
        }
    r->judged = n;
    if (status == DIA_OK && n > 0) {
        status = dia_networks_open(&networks, c, round - 1, error);
        if (status == DIA_OK)
            status = ask(&a, c, &networks, flown, n, error);
        if (status == DIA_OK)
            status = another(pooled, n * c->settings.engine.states, error);
        if (status == DIA_OK)
            compare(c, &a, labels, of, pooled, r);
        if (status == DIA_OK)
            status = dia_course_hops(c, round - 1, &hops, error);
        if (status == DIA_OK)
            status = expect(c, &networks, flown, &hops, r, error);
    }
    r->met = n > 0 && met(c, r);
    free(a.R);
    free(of);
    free(hops.R);
    dia_networks_close(&networks);
    return status;
}
