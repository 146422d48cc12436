/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which geometries of a swarm are labelled: hops at random, which judge; then of each kind (hops, small gaps, near intersections, any
 * frame) those where the networks disagree most, each the farthest from all that is labelled or chosen already. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/rng.h"
#include "learn/candidates.h"
#include "math/vector.h"
#include "molecule/radii.h"

/* ---- what may be labelled -------------------------------------------------------------------- */

bool dia_course_sane(const dia_course *c, const double *R, double energy)
{
    const dia_molecule *m = &c->bench.molecule;
    double lowest = INFINITY;
    for (int i = 0; i < c->data.n; i++)
        lowest = fmin(lowest, c->data.E[i * c->data.nstate]);
    for (int i = 0; i < m->natom; i++)
        for (int j = 0; j < i; j++)
            if (!(dia_distance(R + 3 * i, R + 3 * j) >
                  0.5 * (dia_element_radius(m->numbers[i]) + dia_element_radius(m->numbers[j]))))
                return false;
    return energy < lowest + c->settings.choose.highest; /* NaN is not */
}

/* What is labelled first: the largest spread of an energy, and 0.1 Angstrom times that of a gradient, or of a coupling of states that are
 * close. */
static double keenness(const dia_spread *spread, int i, double close)
{
    const dia_spread *e = &spread[DIA_CALIBRATED_ENERGY], *g = &spread[DIA_CALIBRATED_GRADIENT],
                     *h = &spread[DIA_CALIBRATED_COUPLING];
    double energy = 0.0, force = 0.0;
    for (int k = i * e->count; k < (i + 1) * e->count; k++) {
        energy = fmax(energy, e->spread[k]);
        force = fmax(force, g->spread[k]);
    }
    for (int k = i * h->count; k < (i + 1) * h->count; k++)
        force = h->gap[k] < close ? fmax(force, h->spread[k]) : force;
    return energy + 0.1 * DIA_ANGSTROM * force;
}

/* What the committee says at all candidates, and which are sane. */
static dia_status measure(const dia_course *c, int round, dia_candidates *all, dia_error *error)
{
    const size_t n = (size_t)all->n, nc = (size_t)c->bench.molecule.ncart, ns = (size_t)c->settings.engine.states,
                 natom = (size_t)c->bench.molecule.natom, width = natom * (natom - 1) / 2;
    dia_spread spread[DIA_CALIBRATED] = {{0}};
    dia_model *committee = NULL;
    int *of = calloc(n + 1, sizeof *of), sane = 0;
    all->E = calloc(n * ns + 1, sizeof *all->E);
    all->score = calloc(n + 1, sizeof *all->score);
    all->features = calloc(n * width + 1, sizeof *all->features);
    all->out = calloc(n + 1, sizeof *all->out);
    dia_status status = DIA_OK;
    if (of == NULL || all->E == NULL || all->score == NULL || all->features == NULL || all->out == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d geometries of a swarm", all->n);
    if (status == DIA_OK)
        status = dia_course_committee(c, round, &committee, error);
    if (status == DIA_OK)
        status = dia_course_differ(c, round, committee, all->n, all->R, all->E, of, &sane, spread, error);
    for (size_t i = 0; i < n && status == DIA_OK; i++) {
        dia_points_features((int)natom, c->bench.molecule.numbers, all->R + i * nc, all->features + i * width);
        all->out[i] = true;
    }
    for (int i = 0; i < sane && status == DIA_OK; i++) {
        all->score[of[i]] = keenness(spread, i, c->settings.choose.gap);
        all->out[of[i]] = !isfinite(all->score[of[i]]);
    }
    dia_spread_free(spread);
    dia_model_free(committee);
    free(of);
    return status;
}

/* ---- the choice ------------------------------------------------------------------------------ */

typedef struct pick {
    const dia_course *c;
    dia_candidates *all;
    double *near; /* (n) distance to the nearest point that is labelled or chosen; owned */
    double apart; /* no point nearer than this                                           */
    dia_points *chosen;
} pick;

static void approach(pick *p, const double *features)
{
    const int natom = p->c->bench.molecule.natom;
    const size_t width = (size_t)(natom * (natom - 1) / 2);
    for (int i = 0; i < p->all->n; i++)
        p->near[i] = fmin(p->near[i], dia_features_distance(natom, features, p->all->features + (size_t)i * width));
}

static dia_status take(pick *p, int i, const char *group, dia_error *error)
{
    const int natom = p->c->bench.molecule.natom;
    p->all->out[i] = true;
    approach(p, p->all->features + (size_t)i * (size_t)(natom * (natom - 1) / 2));
    return dia_points_add(p->chosen, group, p->all->score[i],
                          p->all->R + (size_t)i * (size_t)p->c->bench.molecule.ncart, error);
}

static dia_status begin(pick *p, dia_error *error)
{
    const dia_points *data = &p->c->data;
    const int natom = p->c->bench.molecule.natom;
    p->near = calloc((size_t)p->all->n + 1, sizeof *p->near);
    double *features = calloc((size_t)natom * (size_t)natom, sizeof *features);
    if (p->near == NULL || features == NULL) {
        free(features);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d geometries of a swarm", p->all->n);
    }
    for (int i = 0; i < p->all->n; i++)
        p->near[i] = INFINITY;
    for (int i = 0; i < data->n; i++) {
        dia_points_features(natom, data->numbers, data->R + i * data->ncart, features);
        approach(p, features);
    }
    for (int i = 0; i < p->chosen->n; i++) {
        dia_points_features(natom, data->numbers, p->chosen->R + i * data->ncart, features);
        approach(p, features);
    }
    free(features);
    return DIA_OK;
}

/* The score that a share `keen` of the sane candidates of this kind exceed. */
static double threshold(const pick *p, dia_kind what)
{
    double *scores = calloc((size_t)p->all->n + 1, sizeof *scores);
    size_t n = 0;
    for (int i = 0; i < p->all->n && scores != NULL; i++)
        if (p->all->what[i] == what && !p->all->out[i])
            scores[n++] = p->all->score[i];
    double limit = -INFINITY;
    if (n > 0) {
        dia_ascend((int)n, scores);
        limit = scores[(size_t)((1.0 - p->c->settings.choose.keen) * (double)(n - 1))];
    }
    free(scores);
    return limit;
}

static dia_status pick_kind(pick *p, dia_kind what, int quota, int *got, dia_error *error)
{
    const double limit = threshold(p, what);
    dia_status status = DIA_OK;
    for (*got = 0; *got < quota && status == DIA_OK; (*got)++) {
        int best = -1;
        for (int i = 0; i < p->all->n; i++)
            if (p->all->what[i] == what && !p->all->out[i] && p->all->score[i] >= limit && p->near[i] > p->apart &&
                (best < 0 || p->near[i] > p->near[best]))
                best = i;
        if (best < 0)
            break;
        status = take(p, best, dia_kind_names[what], error);
    }
    return status;
}

/* At random: `quota` of the candidates for which `may`, each with a number of its own. */
static dia_status pick_chance(pick *p, bool hops, int quota, int round, const char *group, dia_error *error)
{
    const uint64_t seed = (uint64_t)p->c->settings.choose.seed;
    dia_status status = DIA_OK;
    for (int n = 0; n < quota && status == DIA_OK; n++) {
        int best = -1;
        double least = 2.0;
        for (int i = 0; i < p->all->n; i++) {
            const double u = dia_rng_uniform(seed, (uint64_t)i, (uint64_t)round, DIA_PURPOSE_START, 0);
            if (p->all->out[i] || (p->all->what[i] == DIA_KIND_HOP) != hops || u >= least)
                continue;
            best = i;
            least = u;
        }
        if (best < 0)
            break;
        status = take(p, best, group, error);
    }
    return status;
}

static dia_status pick_all(pick *p, int round, dia_error *error)
{
    const struct dia_learn_choose *s = &p->c->settings.choose;
    const double share[DIA_KINDS] = {s->hops, s->gaps, s->seam, 0.0};
    int left = s->labels, got;
    dia_status status = begin(p, error);
    if (status == DIA_OK)
        status = pick_chance(p, true, s->judge, round, "judge", error);
    if (status == DIA_OK && s->by == DIA_CHOOSE_BY_CHANCE)
        return pick_chance(p, false, s->labels, round, "chance", error);
    for (int what = 0; what < DIA_KINDS && status == DIA_OK; what++) {
        status = pick_kind(p, (dia_kind)what, what == DIA_KIND_FRAME ? left : (int)lround(share[what] * s->labels),
                           &got, error);
        left -= got;
    }
    return status;
}

/* Fewer than a quarter of the labels were found: the swarm broke down at once, or went nowhere. Frames of it nearer to each other, then
 * geometries around those that are labelled. */
static dia_status fall_back(pick *p, int round, dia_error *error)
{
    const struct dia_learn_choose *s = &p->c->settings.choose;
    dia_candidates near = {0};
    pick around = {.c = p->c, .all = &near, .chosen = p->chosen, .apart = 0.2 * s->apart};
    int got, frames = 0;
    dia_status status = DIA_OK;
    p->apart = 0.2 * s->apart;
    for (int what = 0; what < DIA_KIND_NEAR && status == DIA_OK && s->by != DIA_CHOOSE_BY_CHANCE; what++) {
        status = pick_kind(p, (dia_kind)what, s->labels - p->chosen->n, &got, error);
        frames += got;
    }
    const int left = s->labels - p->chosen->n;
    got = 0;
    if (status == DIA_OK && left > 0)
        status = dia_candidates_near(p->c, round, 10 * left, &near, error);
    if (status == DIA_OK && left > 0)
        status = begin(&around, error);
    if (status == DIA_OK && left > 0)
        status = pick_kind(&around, DIA_KIND_NEAR, left, &got, error);
    if (status == DIA_OK)
        dia_control_warn(p->c->outer,
                         "round %d: the swarm of round %d gave little to label: %d of its frames nearer than "
                         "choose.apart and %d geometries around those that are labelled are taken",
                         round + 1, round, frames, got);
    free(around.near);
    dia_candidates_free(&near);
    return status;
}

dia_status dia_course_choose(dia_course *c, int round, dia_points *chosen, dia_error *error)
{
    dia_candidates all = {0};
    dia_course_say(c, "round %d, choosing", round);
    dia_status status = dia_candidates_of_swarm(c, round, &all, error);
    if (status == DIA_OK)
        status = measure(c, round, &all, error);
    pick p = {.c = c, .all = &all, .chosen = chosen, .apart = c->settings.choose.apart};
    if (status == DIA_OK)
        status = pick_all(&p, round, error);
    if (status == DIA_OK && 4 * chosen->n < c->settings.choose.labels)
        status = fall_back(&p, round, error);
    if (status == DIA_OK && chosen->n == 0)
        status =
            dia_error_set(error, DIA_ERROR_NUMERIC,
                          "nothing to label in the swarm of round %d or around what is labelled: everything is nearer "
                          "than choose.apart to a label, or atoms meet; lower choose.apart, or fly more or longer "
                          "trajectories (swarm.initial.trajectories, swarm.dynamics.duration), with another "
                          "output.folder and `start: {data: %s/round-%03d/data.h5}`",
                          round, c->given, round);
    free(p.near);
    dia_candidates_free(&all);
    return status;
}
