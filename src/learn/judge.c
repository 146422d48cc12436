/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a committee is worth at hops of its own swarm, drawn at random and labelled before any member has seen them. Its
 * disagreement is calibrated there. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "learn/answers.h"
#include "learn/course.h"
#include "train/calibrate.h"

/* ---- what the members differ by -------------------------------------------------------------- */

dia_status dia_course_differ(const dia_course *c, int round, const dia_model *committee, int n, const double *R,
                             double *E, int *of, int *count, dia_spread *spread, dia_error *error)
{
    const int ns = c->settings.engine.states, nc = c->bench.molecule.ncart;
    const dia_model *flown = dia_model_member(committee, dia_course_flown(c, round));
    dia_points points = {0};
    dia_dataset data = {0};
    int *all = calloc((size_t)n + 1, sizeof *all);
    memset(spread, 0, DIA_CALIBRATED * sizeof *spread);
    *count = 0;
    dia_status status = all != NULL ? dia_answers_make(flown, ns, n, R, E, NULL, NULL, c->control.threads, error)
                                    : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d geometries", n);
    if (n == 1 && status == DIA_ERROR_NUMERIC) { /* NaN says it */
        dia_error_clear(error);
        status = DIA_OK;
    }
    if (status == DIA_OK)
        status = dia_points_init(&points, &c->bench.molecule, ns, error);
    for (int i = 0; i < n && status == DIA_OK; i++)
        if (dia_course_sane(c, R + (size_t)i * (size_t)nc, E[i * ns])) {
            all[*count] = *count;
            of[(*count)++] = i;
            status = dia_points_add(&points, "", NAN, R + (size_t)i * (size_t)nc, error);
        }
    if (status == DIA_OK)
        status = dia_points_dataset(&points, points.n, NULL, dia_model_shape(committee).nstate, &data, error);
    if (status == DIA_OK)
        status = dia_spread_measure(spread, committee, &data, ns, points.n, all, false, &c->control, error);
    dia_dataset_free(&data);
    dia_points_free(&points);
    free(all);
    return status;
}

/* ---- the calibration ------------------------------------------------------------------------- */

void dia_judgement_free(dia_judgement *judgement)
{
    for (int k = 0; k < judgement->n; k++)
        dia_spread_free(judgement->round[k]);
    judgement->n = 0;
}

/* Takes over the spreads of another round, in place of the oldest of three. */
static void remember(dia_judgement *judgement, dia_spread *spread)
{
    if (judgement->n == 3) {
        dia_spread_free(judgement->round[0]);
        memmove(judgement->round, judgement->round + 1, 2 * sizeof *judgement->round);
        judgement->n--;
    }
    memcpy(judgement->round[judgement->n++], spread, sizeof *judgement->round);
    memset(spread, 0, DIA_CALIBRATED * sizeof *spread);
}

/* From all rounds that are remembered; npoint 0: there are none. */
static dia_status calibrate(const dia_judgement *j, dia_calibration *calibration, dia_error *error)
{
    dia_spread all[DIA_CALIBRATED] = {{0}};
    dia_status status = DIA_OK;
    *calibration = (dia_calibration){0};
    if (j->n == 0)
        return DIA_OK;
    for (int k = 0; k < j->n && status == DIA_OK; k++)
        status = dia_spread_append(all, j->round[k], error);
    if (status == DIA_OK)
        status = dia_calibrate(calibration, all, false, error);
    dia_spread_free(all);
    return status;
}

/* ---- a judgement ----------------------------------------------------------------------------- */

static double smallest_gap(int ns, const double *E)
{
    double gap = INFINITY;
    for (int k = 1; k < ns; k++)
        gap = fmin(gap, E[k] - E[k - 1]);
    return gap;
}

/* Mean absolute errors of the member that flew. labels (spread[].npoint): the truth. */
static void average(const dia_dataset *labels, const dia_spread *spread, int flown, dia_learn_round *r)
{
    const dia_spread *e = &spread[DIA_CALIBRATED_ENERGY], *g = &spread[DIA_CALIBRATED_GRADIENT];
    double sum = 0.0, square = 0.0, gap = 0.0, gradient = 0.0, E[DIA_DATASET_STATES];
    long components = 0;
    for (int i = 0; i < e->npoint; i++) {
        const double *E0 = labels->energy + i * labels->nstate;
        double own = 0.0;
        for (int k = 0; k < e->count; k++) {
            const size_t at = (size_t)(i * e->count + k) * (size_t)e->nmember + (size_t)flown;
            own += fabs(e->error[at]) / e->count;
            E[k] = E0[k] + e->error[at];
            for (size_t x = at * (size_t)g->width; x < (at + 1) * (size_t)g->width; x++)
                if (isfinite(g->error[x])) {
                    gradient += fabs(g->error[x]);
                    components++;
                }
        }
        sum += own;
        square += own * own;
        gap += e->count > 1 ? fabs(smallest_gap(e->count, E) - smallest_gap(e->count, E0)) : 0.0;
    }
    const double n = e->npoint;
    r->energy = sum / n;
    r->energy_error = n > 1 ? sqrt(fmax(0.0, square / n - r->energy * r->energy) / (n - 1.0)) : NAN;
    r->gap = gap / n;
    r->gradient = components > 0 ? gradient / (double)components : NAN;
}

/* Mean absolute error at all sane hops of that swarm that a Gaussian of the calibrated sigma has: sqrt(2/pi) times it. */
static dia_status expect(const dia_course *c, int round, const dia_model *committee, const dia_calibration *calibration,
                         dia_learn_round *r, dia_error *error)
{
    const int ns = c->settings.engine.states;
    dia_hops hops = {0};
    dia_spread spread[DIA_CALIBRATED] = {{0}};
    dia_status status = dia_course_hops(c, round, &hops, error);
    double *E = calloc((size_t)hops.n * (size_t)ns + 1, sizeof *E), sum = 0.0;
    int *of = calloc((size_t)hops.n + 1, sizeof *of), sane = 0;
    if (status == DIA_OK && (E == NULL || of == NULL))
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the hops of a swarm");
    if (status == DIA_OK)
        status = dia_course_differ(c, round, committee, hops.n, hops.R, E, of, &sane, spread, error);
    for (int i = 0; i < sane * ns && status == DIA_OK; i++) {
        const dia_spread *e = &spread[DIA_CALIBRATED_ENERGY];
        sum += dia_calibration_limit(calibration, DIA_CALIBRATED_ENERGY, e->gap[i], e->spread[i], 0);
    }
    r->hops = hops.n;
    r->outside = hops.n > 0 ? 1.0 - (double)sane / hops.n : NAN;
    r->expected = sane > 0 ? sqrt(2.0 / DIA_PI) * sum / (sane * ns) : NAN;
    dia_spread_free(spread);
    free(hops.R);
    free(E);
    free(of);
    return status;
}

static bool within_limits(const dia_course *c, const dia_learn_round *r)
{
    const struct dia_learn_criterion *s = &c->settings.criterion;
    const double force = DIA_EV / DIA_ANGSTROM; /* eV/Angstrom */
    return r->judged >= s->least && r->energy + r->energy_error <= s->energy && r->expected <= s->energy &&
           (s->gradient == 0.0 || r->gradient <= s->gradient * force);
}

/* Errors and spreads at the judged labels, `of` (r->judged); shares of them within the limits that earlier rounds gave; new limits. */
static dia_status judge(const dia_course *c, int round, const dia_points *labels, const int *of,
                        dia_judgement *judgement, dia_learn_round *r, dia_error *error)
{
    const int ns = c->settings.engine.states;
    dia_model *committee = NULL;
    dia_dataset data = {0};
    dia_spread spread[DIA_CALIBRATED] = {{0}};
    dia_coverage coverage[DIA_CALIBRATED];
    dia_calibration calibration;
    int *all = calloc((size_t)r->judged + 1, sizeof *all);
    dia_status status = all != NULL ? dia_course_committee(c, round - 1, &committee, error)
                                    : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to judge a committee");
    for (int i = 0; i < r->judged && status == DIA_OK; i++)
        all[i] = i;
    if (status == DIA_OK)
        status = dia_points_dataset(labels, r->judged, of, dia_model_shape(committee).nstate, &data, error);
    if (status == DIA_OK)
        status = dia_spread_measure(spread, committee, &data, ns, r->judged, all, true, &c->control, error);
    if (status == DIA_OK)
        status = calibrate(judgement, &calibration, error);
    if (status == DIA_OK && calibration.npoint > 0)
        status = dia_coverage_measure(coverage, &calibration, spread, error);
    for (int q = 0; q < 2 && status == DIA_OK && calibration.npoint > 0; q++)
        for (int l = 0; l < DIA_CALIBRATION_LEVELS; l++)
            r->within[q][l] = coverage[q].within[DIA_CALIBRATION_GAPS][l];
    if (status == DIA_OK) {
        average(&data, spread, dia_course_flown(c, round - 1), r);
        remember(judgement, spread);
        status = calibrate(judgement, &calibration, error);
    }
    if (status == DIA_OK)
        status = expect(c, round - 1, committee, &calibration, r, error);
    dia_spread_free(spread);
    dia_dataset_free(&data);
    dia_model_free(committee);
    free(all);
    return status;
}

/* The doctor may have left it out: what is no label does not judge. */
static bool is_learned(const dia_course *c, const double *R)
{
    const dia_points *p = &c->data;
    bool found = false;
    for (int i = 0; i < p->n && !found; i++)
        found = memcmp(p->R + (size_t)i * (size_t)p->ncart, R, (size_t)p->ncart * sizeof *R) == 0;
    return found;
}

dia_status dia_course_judge(dia_course *c, int round, const dia_points *labels, dia_judgement *judgement,
                            dia_learn_round *r, dia_error *error)
{
    int *of = calloc((size_t)labels->n + 1, sizeof *of);
    r->energy = r->energy_error = r->gap = r->gradient = r->expected = r->outside = NAN;
    for (int k = 0; k < 4; k++)
        r->within[k / 2][k % 2] = NAN;
    dia_status status = of != NULL ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to judge a committee");
    r->judged = 0;
    for (int i = 0; i < labels->n && status == DIA_OK && round > 0;
         i++) /* given labels may have judged another course */
        if (strcmp(labels->group[i], "judge") == 0 && is_learned(c, labels->R + (size_t)i * (size_t)labels->ncart))
            of[r->judged++] = i;
    if (status == DIA_OK && r->judged > 0)
        status = judge(c, round, labels, of, judgement, r, error);
    r->right = r->judged > 0 && within_limits(c, r);
    free(of);
    return status;
}
