/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Single points that contradict what a regression over their neighbours says of them (local.h). A point is told only if one common mistake explains it: with the
 * mistake taken back its labels are as good as those of others, without they are far worse. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "check/data/expect.h"
#include "check/data/local.h"
#include "check/data/units.h"
#include "math/vector.h"
#include "parallel/team.h"

extern const dia_data_test dia_data_test_points;

enum { LEAST = 30, ROUNDS = 2, MOST_BRIEF = 300 };

/* How much better (ratio of the sums of squares) a mistake taken back must make a point, and by how many standard errors an energy must be off, the larger of those that the
 * regression expects and those that the rest of the point shows. In the clean sets of docs/check.md the largest are: signs and units 1.3; exchanges 4.6 at gaps above
 * 0.3 eV; shifts of all states 4.9, of one state (which meets another in between) 7.9. */
static const double factor_gain = 1.6, exchange_gain = 4.5, common_sigmas = 6.5, single_sigmas = 10.0;
/* Two states that meet between a point and its neighbours look exchanged: the smaller the gap (hartree, 0.5 eV), the more is asked for. */
static const double meeting = 0.0184;
/* Mean square of an exchanged pair: below, it is as good as any. 1 is expected. */
static const double odd = 2.0;
/* Hartree, 0.05 eV: smaller shifts are nobody's mistake. */
static const double least_shift = 0.0018;
/* From here on a point is not trusted as a neighbour of others: part of what is asked for, mean square of its deviation. */
static const double suspect_strength = 0.6, suspect_square = 6.0;

typedef enum mistake { NONE, FACTOR, EXCHANGED, SHIFTED } mistake;

typedef struct verdict {
    mistake what;
    double factor;   /* of gradients; of SHIFTED hartree                       */
    int state;       /* of EXCHANGED the lower one; of SHIFTED; -1: all        */
    double strength; /* evidence over what is asked for: told from 1 on        */
    double square;   /* mean square of the whitened deviation: 1 is expected   */
    bool able;
} verdict;

typedef struct survey {
    const dia_checkup *x;
    dia_local *local;
    dia_local_work **work; /* one a thread */
    verdict *verdict;      /* (npoint)     */
    bool *suspect;         /* (npoint) not used for others; none in the first round */
    int *list;             /* points to be judged                                   */
    double *doubt;         /* (npoint) at a load: those of a few are judged; NULL: all */
    double least_doubt;
} survey;

/* ---- one point ------------------------------------------------------------------------------- */

/* The last component: of the energy, the gradient known. */
static double energy_error(const dia_whitened *w, int s)
{
    const int last = (s + 1) * w->width - 1;
    return w->energy[s] + w->gradient[last] - w->predicted[last];
}

/* Sum of squares of state s with its energy and the gradient of state `of` times factor, which was whitened with the variance of that state. */
static double misfit(const dia_whitened *w, int s, int of, double factor)
{
    const double *g = w->gradient + of * w->width, *p = w->predicted + s * w->width;
    const double scale = factor * w->sigma[of] / w->sigma[s];
    double sum = 0.0;
    for (int i = 0; i < w->width; i++) {
        const double d = scale * g[i] + (i == w->width - 1 ? w->energy[s] : 0.0) - p[i];
        sum += d * d;
    }
    return sum;
}

static double misfit_of_all(const dia_whitened *w, int nstate, double factor)
{
    double sum = 0.0;
    for (int s = 0; s < nstate; s++)
        sum += misfit(w, s, s, factor);
    return sum;
}

static void propose(verdict *v, double strength, mistake what, double factor, int state)
{
    if (strength > v->strength) {
        v->strength = strength;
        v->what = what;
        v->factor = factor;
        v->state = state;
    }
}

/* Gradients that are only wrong would be better as zeros: a factor must do better than that too. */
static void try_factors(const dia_whitened *w, int nstate, double all, verdict *v)
{
    const double worst = fmin(all, misfit_of_all(w, nstate, 0.0)) / factor_gain;
    propose(v, worst / misfit_of_all(w, nstate, -1.0), FACTOR, -1.0, -1);
    for (const dia_unit_guess *u = dia_slope_units; u->name != NULL; u++)
        for (int sign = -1; sign <= 1; sign += 2)
            if (u->factor < 0.1)
                propose(v, worst / misfit_of_all(w, nstate, sign * u->factor), FACTOR, sign * u->factor, -1);
}

static void try_exchange(const dia_whitened *w, int s, int state, double gap, verdict *v)
{
    const double before = misfit(w, s, s, 1.0) + misfit(w, s + 1, s + 1, 1.0),
                 after = misfit(w, s, s + 1, 1.0) + misfit(w, s + 1, s, 1.0), close = meeting / gap;
    if (before > odd * 2 * w->width)
        propose(v, before / after / (exchange_gain * (1.0 + close * close)), EXCHANGED, NAN, state);
}

static void try_shift(double shift, double sigma, double rest, double sigmas, int state, verdict *v)
{
    const double z = fabs(shift) / sigma / sqrt(fmax(1.0, rest)) / sigmas;
    if (fabs(shift) > least_shift)
        propose(v, z * z, SHIFTED, shift, state);
}

static void try_shifts(const dia_whitened *w, int nstate, const int *state, double all, verdict *v)
{
    double top = 0.0, bottom = 0.0, squares = 0.0;
    for (int s = 0; s < nstate; s++) {
        const double e = energy_error(w, s);
        try_shift(e * w->sigma[s], w->sigma[s], (all - e * e) / (nstate * w->width - 1), single_sigmas,
                  nstate > 1 ? state[s] : -1, v);
        squares += e * e;
        top += e / w->sigma[s];
        bottom += 1.0 / (w->sigma[s] * w->sigma[s]);
    }
    if (nstate < 2)
        return;
    const double differences = (squares - top * top / bottom) / (nstate - 1),
                 gradients = (all - squares) / (nstate * (w->width - 1));
    try_shift(top / bottom, 1.0 / sqrt(bottom), fmax(differences, gradients), common_sigmas, -1, v);
}

static void judge(void *context, int task, int thread)
{
    const survey *s = context;
    if (dia_control_stopped(s->x->control)) /* dia_checkup_run tells it */
        return;
    const int p = s->list[task], *state, nstate = dia_local_states(s->local, &state);
    const double *E = dia_checkup_energy(s->x, p);
    verdict *v = &s->verdict[p];
    *v = (verdict){.what = NONE};
    const dia_whitened *w = dia_local_predict(s->local, p, s->suspect, s->work[thread]);
    if (w == NULL)
        return;
    const double all = misfit_of_all(w, nstate, 1.0);
    v->able = true;
    v->square = all / (nstate * w->width);
    try_factors(w, nstate, all, v);
    for (int k = 0; k + 1 < nstate; k++)
        if (state[k + 1] == state[k] + 1)
            try_exchange(w, k, state[k], E[state[k + 1]] - E[state[k]], v);
    try_shifts(w, nstate, state, all, v);
}

/* ---- all points ------------------------------------------------------------------------------ */

/* How far each point is from energies that slopes of neighbours tell, over what these are: the smallest of its pairs, since a bad neighbour spoils
 * one, and a bad point all; a sign makes it a third. 0: no neighbour. */
static void rank(survey *s)
{
    const dia_checkup *x = s->x;
    const double floor = 1e-4; /* hartree */
    for (int p = 0; p < x->data.npoint; p++)
        s->doubt[p] = INFINITY;
    for (int i = 0; i < x->near.npair; i++) {
        const int end[2] = {x->near.pair[i].a, x->near.pair[i].b};
        const double *a = dia_checkup_energy(x, end[0]), *b = dia_checkup_energy(x, end[1]);
        dia_slopes slope;
        double most = 0.0, residual[DIA_DATASET_STATES];
        dia_pair_slopes(x, i, &slope);
        dia_pair_residual(x, i, &slope, residual);
        for (int k = 0; k < x->data.nstate; k++) /* fmax ignores NaN */
            most = fmax(most, fabs(residual[k]) / (fabs(b[k] - a[k]) + fabs(slope.a[k]) + fabs(slope.b[k]) + floor));
        for (int e = 0; e < 2; e++)
            s->doubt[end[e]] = fmin(s->doubt[end[e]], most);
    }
    for (int p = 0; p < x->data.npoint; p++)
        s->doubt[p] = s->doubt[p] < INFINITY ? s->doubt[p] : 0.0;
}

/* The doubt from which on MOST_BRIEF points at most are judged, and none that nobody doubts. */
static dia_status choose(survey *s, dia_error *error)
{
    const double undoubted = 0.05;
    const int n = s->x->data.npoint;
    double *sorted = calloc((size_t)n + 1, sizeof *sorted);
    s->doubt = calloc((size_t)n + 1, sizeof *s->doubt);
    if (sorted == NULL || s->doubt == NULL) {
        free(sorted);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d points", n);
    }
    rank(s);
    memcpy(sorted, s->doubt, (size_t)n * sizeof *sorted);
    dia_ascend(n, sorted);
    s->least_doubt = fmax(undoubted, n > MOST_BRIEF ? sorted[n - MOST_BRIEF] : 0.0);
    free(sorted);
    return DIA_OK;
}

/* In the second round all points again that are suspect or were judged by one that is. */
static void judge_all(survey *s, int nthread)
{
    const int npoint = s->x->data.npoint;
    for (int round = 0; round < ROUNDS; round++) {
        int n = 0;
        for (int p = 0; p < npoint; p++)
            if (dia_local_has(s->local, p) && (s->doubt == NULL || s->doubt[p] >= s->least_doubt) &&
                (round == 0 || s->suspect[p] || dia_local_touches(s->local, p, s->suspect)))
                s->list[n++] = p;
        dia_team_run(nthread, n, judge, s);
        for (int p = 0; round == 0 && p < npoint; p++)
            s->suspect[p] = s->verdict[p].strength > suspect_strength || s->verdict[p].square > suspect_square;
    }
}

static const char *plural(int n)
{
    return n > 1 ? "s" : "";
}

static void tell_words(dia_checkup *x, dia_finding *f, const verdict *v)
{
    dia_findings *all = &x->findings;
    const int n = f->npoint;
    switch (v->what) {
    case FACTOR:
        dia_finding_text(all, &f->what,
                         v->factor == -1.0 ? "the gradients of %d point%s have the opposite sign: forces"
                                           : "the gradients of %d point%s are in another unit",
                         n, plural(n));
        dia_finding_text(all, &f->cure, "multiply the gradients of these points by %.9g", v->factor);
        break;
    case EXCHANGED:
        dia_finding_text(all, &f->what, "gradients of S%d and S%d are exchanged at %d point%s (root flip)", v->state,
                         v->state + 1, n, plural(n));
        dia_finding_text(all, &f->cure, "exchange the gradients, couplings and dipoles of the two states there");
        break;
    default:
        if (v->state < 0)
            dia_finding_text(all, &f->what, "the energies of %d point%s are shifted: another electronic solution?", n,
                             plural(n));
        else
            dia_finding_text(all, &f->what, "the energy of S%d is shifted at %d point%s: another electronic solution?",
                             v->state, n, plural(n));
        dia_finding_text(all, &f->cure, "look at their orbitals, compute them again or leave them out");
    }
}

/* All points with the mistake of point `first`; their verdicts are done with. */
static void tell(survey *s, dia_checkup *x, int first, bool *marked)
{
    const verdict like = s->verdict[first];
    double least = INFINITY, low = INFINITY, high = 0.0;
    for (int p = 0; p < x->data.npoint; p++) {
        verdict *v = &s->verdict[p];
        marked[p] = v->strength >= 1.0 && v->what == like.what && v->state == like.state &&
                    (like.what != FACTOR || v->factor == like.factor);
        if (!marked[p])
            continue;
        least = fmin(least, v->strength);
        low = fmin(low, fabs(v->factor) / DIA_EV);
        high = fmax(high, fabs(v->factor) / DIA_EV);
        v->strength = 0.0;
    }
    dia_finding *f =
        dia_checkup_found(x, &dia_data_test_points, like.what == SHIFTED ? DIA_SEVERITY_DOUBT : DIA_SEVERITY_FAULT,
                          like.what == SHIFTED ? "energies" : "gradients");
    f->kind = (int)like.what;
    f->state = like.state;
    f->other = like.what == EXCHANGED ? like.state + 1 : -1;
    f->factor = like.what == FACTOR ? like.factor : NAN;
    dia_finding_points(&x->findings, f, x->data.npoint, marked);
    tell_words(x, f, &like);
    if (like.what == SHIFTED)
        dia_finding_text(&x->findings, &f->sure,
                         "off by %.2f to %.2f eV, at least %.0f standard errors of a regression over the neighbours",
                         low, high, sqrt(least) * (like.state < 0 ? common_sigmas : single_sigmas));
    else
        dia_finding_text(&x->findings, &f->sure,
                         "taken back, what a regression over the neighbours expects is met at least %.1f times better",
                         least * (like.what == FACTOR ? factor_gain : exchange_gain));
}

static dia_status open_survey(survey *s, const dia_checkup *x, int nthread, dia_error *error)
{
    const size_t n = (size_t)x->data.npoint + 1;
    bool good = true;
    s->x = x;
    s->verdict = calloc(n, sizeof *s->verdict);
    s->suspect = calloc(n, sizeof *s->suspect);
    s->list = calloc(n, sizeof *s->list);
    s->work = calloc((size_t)nthread, sizeof(dia_local_work *));
    for (int t = 0; s->work != NULL && t < nthread; t++)
        good = (s->work[t] = dia_local_work_create(s->local)) != NULL && good;
    if (!good || s->verdict == NULL || s->suspect == NULL || s->list == NULL || s->work == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d points", x->data.npoint);
    return DIA_OK;
}

static void close_survey(survey *s, int nthread)
{
    for (int t = 0; s->work != NULL && t < nthread; t++)
        dia_local_work_free(s->work[t]);
    free(s->work);
    free(s->verdict);
    free(s->suspect);
    free(s->list);
    free(s->doubt);
    dia_local_close(s->local);
}

static void conclude(survey *s, dia_checkup *x)
{
    int able = 0, odd_ones = 0;
    for (int p = 0; p < x->data.npoint; p++) {
        able += s->verdict[p].able;
        odd_ones += s->verdict[p].strength >= 1.0;
    }
    dia_checkup_say(x, "%d of %d points that can be predicted contradict their neighbours", odd_ones, able);
    for (int p = 0; p < x->data.npoint; p++)
        if (s->verdict[p].strength >= 1.0)
            tell(s, x, p, s->suspect);
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    const int nthread = dia_team_size(dia_control_threads(x->control));
    survey s = {0};
    dia_status status = dia_local_open(&s.local, x, LEAST, error);
    if (status == DIA_OK && s.local == NULL)
        dia_checkup_undecided(x, "fewer than %d points with energies and gradients of the same states", LEAST);
    if (status != DIA_OK || s.local == NULL)
        return status;
    status = open_survey(&s, x, nthread, error);
    if (status == DIA_OK && x->brief)
        status = dia_checkup_pairs(x, error);
    if (status == DIA_OK && x->brief)
        status = choose(&s, error);
    if (status == DIA_OK) {
        judge_all(&s, nthread);
        conclude(&s, x);
    }
    close_survey(&s, nthread);
    return status;
}

/* ---------------------------------------------------------------------------------------------- */

static void exchange(dia_checkup *x, int point, int k)
{
    int order[DIA_DATASET_STATES];
    for (int i = 0; i < x->data.nstate; i++)
        order[i] = i == k ? k + 1 : i == k + 1 ? k : i;
    dia_checkup_reorder(x, point, order, false);
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    const int rows = x->data.nstate * x->data.ncart;
    if (f->kind == SHIFTED) {
        dia_checkup_drop(x, f);
    } else if (f->kind == FACTOR) {
        for (int i = 0; i < f->npoint * rows; i++)
            dia_checkup_gradient(x, f->point[i / rows], 0)[i % rows] *= f->factor;
        dia_finding_text(&x->findings, &f->done, "their gradients multiplied by %.9g", f->factor);
    } else {
        for (int i = 0; i < f->npoint; i++)
            exchange(x, f->point[i], f->state);
        dia_finding_text(&x->findings, &f->done, "gradients and couplings of S%d and S%d exchanged at %d point%s",
                         f->state, f->other, f->npoint, plural(f->npoint));
    }
    return DIA_OK;
}

const dia_data_test dia_data_test_points = {
    .name = "points",
    .finds = "single points with forces, another unit, exchanged states or shifted energies",
    .tells = "a regression over the neighbours, their energies and gradients",
    .brief = true,
    .find = find,
    .repair = repair};
