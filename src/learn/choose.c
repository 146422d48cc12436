/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which geometries of a swarm are labelled: hops at random, which judge; then of each kind (hops, small gaps, near intersections, any
 * frame) those where the networks disagree most, each the farthest from all that is labelled or chosen already. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/control.h"
#include "base/rng.h"
#include "diabolo/intersect.h"
#include "diabolo/swarm.h"
#include "learn/course.h"
#include "math/vector.h"
#include "molecule/radii.h"
#include "swarm/file/table.h"

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

/* ---- candidates ------------------------------------------------------------------------------ */

typedef enum kind { KIND_HOP, KIND_GAP, KIND_SEAM, KIND_FRAME, KINDS } kind;
static const char *const kind_names[KINDS] = {"hop", "gap", "seam", "frame"};

typedef struct candidates { /* one list for all kinds; owned */
    int n, room;
    double *R; /* (n, ncart) */
    kind *what;
    double *E, *score; /* (n, nstate), (n); after `measure` */
    double *features;  /* (n, width)                        */
    bool *out;         /* (n) not sane, or chosen           */
} candidates;

static void candidates_free(candidates *all)
{
    free(all->R);
    free(all->what);
    free(all->E);
    free(all->score);
    free(all->features);
    free(all->out);
}

static dia_status push(candidates *all, int ncart, kind what, const double *R, dia_error *error)
{
    if (all->n == all->room) {
        const int room = 2 * all->room + 256;
        double *more = realloc(all->R, (size_t)room * (size_t)ncart * sizeof *more);
        all->R = more != NULL ? more : all->R;
        kind *kinds = realloc(all->what, (size_t)room * sizeof *kinds);
        all->what = kinds != NULL ? kinds : all->what;
        if (more == NULL || kinds == NULL)
            return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d geometries of a swarm", room);
        all->room = room;
    }
    all->what[all->n] = what;
    memcpy(all->R + (size_t)all->n++ * (size_t)ncart, R, (size_t)ncart * sizeof *R);
    return DIA_OK;
}

dia_status dia_course_hops(const dia_course *c, int round, dia_hops *hops, dia_error *error)
{
    char *path = NULL;
    dia_swarm *swarm = NULL;
    const size_t nc = (size_t)c->bench.molecule.ncart;
    *hops = (dia_hops){0};
    dia_status status = dia_course_path(c, round, "swarm.h5", &path, error);
    if (status == DIA_OK)
        status = dia_swarm_open_lean(&swarm, path, error);
    const int64_t count = status == DIA_OK ? swarm->hops.count : 0;
    double *all = calloc((size_t)count * nc + 1, sizeof *all);
    if (status == DIA_OK && all == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for the hops of a swarm");
    if (status == DIA_OK && count > 0)
        status = dia_swarm_rows(swarm, "hops/position", 0, count, all, error);
    for (int64_t i = 0; i < count && status == DIA_OK; i++)
        if (swarm->hops.accepted[i] == 1)
            memmove(all + (size_t)hops->n++ * nc, all + (size_t)i * nc, nc * sizeof *all);
    hops->R = all;
    dia_swarm_close(swarm);
    free(path);
    return status;
}

static dia_status push_trajectory(const dia_course *c, const dia_swarm *swarm, int64_t row, int64_t stride,
                                  int64_t *counter, double *room, candidates *all, dia_error *error)
{
    const int nc = c->bench.molecule.ncart, ns = swarm->nstate;
    double *E = room + (size_t)swarm->T * (size_t)nc;
    dia_status status = dia_swarm_rows(swarm, "trajectories/position", row, 1, room, error);
    if (status == DIA_OK)
        status = dia_swarm_rows(swarm, "trajectories/energies", row, 1, E, error);
    for (int64_t t = 0; t < swarm->T && swarm->time[t] <= swarm->end[row] && status == DIA_OK; t++) {
        double gap = INFINITY;
        for (int k = 1; k < c->settings.engine.states; k++)
            gap = fmin(gap, E[t * ns + k] - E[t * ns + k - 1]);
        const bool near = gap < c->settings.choose.gap && c->settings.choose.by != DIA_CHOOSE_BY_CHANCE;
        if (((*counter)++ % stride != 0 && !near) || !isfinite(E[t * ns]))
            continue;
        status = push(all, nc, near ? KIND_GAP : KIND_FRAME, room + t * nc, error);
    }
    return status;
}

static dia_status from_swarm(const dia_course *c, int round, candidates *all, dia_error *error)
{
    char *path = NULL;
    dia_swarm *swarm = NULL;
    dia_status status = dia_course_path(c, round, "swarm.h5", &path, error);
    if (status == DIA_OK)
        status = dia_swarm_open(&swarm, path, error);
    double *room = status == DIA_OK
                       ? calloc((size_t)swarm->T * (size_t)(c->bench.molecule.ncart + swarm->nstate) + 1, sizeof *room)
                       : NULL;
    if (status == DIA_OK && room == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a trajectory");
    int64_t counter = 0;
    const int64_t samples = status == DIA_OK ? swarm->N * swarm->T : 0, most = c->settings.choose.frames,
                  stride = (samples + most - 1) / most;
    for (int64_t row = 0; status == DIA_OK && row < swarm->N; row++)
        status = push_trajectory(c, swarm, row, stride, &counter, room, all, error);
    free(room);
    dia_swarm_close(swarm);
    free(path);
    return status;
}

/* Intersections of the network that flew, moved off the seam: labels very close to it have no gradients. Where there are none, or
 * the search fails, there is nothing to add. */
static dia_status from_seam(dia_course *c, int round, candidates *all, dia_error *error)
{
    char member[24], *text = NULL, *swarm = NULL, *file = NULL;
    size_t size = 0;
    const int nc = c->bench.molecule.ncart;
    dia_intersections *found = NULL;
    dia_error own = {0};
    snprintf(member, sizeof member, "%d", dia_course_flown(c, round));
    dia_status status = dia_course_path(c, round, "swarm.h5", &swarm, error);
    if (status == DIA_OK)
        status = dia_course_path(c, round, "seam.h5", &file, error);
    FILE *out = status == DIA_OK ? open_memstream(&text, &size) : NULL;
    if (out != NULL) {
        dia_course_write_model(c, round, member, out);
        fputs("start: {file: ", out);
        dia_option_write_text(out, swarm);
        fputs(", limit: 12, choose: farthest}\nconvergence: {iterations: 100}\noutput: {file: ", out);
        dia_option_write_text(out, file);
        fputs("}\n", out);
    }
    if (status == DIA_OK)
        status = dia_text_close(out, &text, error);
    const dia_input input = {.text = text, .directory = dia_config_directory(c->config)};
    dia_course_say(c, "round %d, intersections", round);
    const dia_status search = status == DIA_OK ? dia_intersect(&input, true, &c->control, &found, &own) : status;
    if (search == DIA_ERROR_INTERRUPTED)
        status = dia_error_set(error, search, "%s", own.text);
    else if (status == DIA_OK && search != DIA_OK)
        dia_control_note(&c->control, "no intersections to add: %s", own.text);
    for (int i = 0; status == DIA_OK && search == DIA_OK && i < found->points->npoint; i++)
        for (int copy = 0; copy < 3 && found->points->count[i] == 2 && status == DIA_OK; copy++) {
            double *R = calloc((size_t)nc, sizeof *R);
            if (R == NULL) {
                status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a geometry");
                continue;
            }
            for (int x = 0; x < nc; x++)
                R[x] = found->points->R[i * nc + x] +
                       0.03 * DIA_ANGSTROM *
                           dia_rng_normal((uint64_t)c->settings.choose.seed, 3 * (uint64_t)i + (uint64_t)copy,
                                          (uint64_t)round, DIA_PURPOSE_START, (uint32_t)x + 1);
            status = push(all, nc, KIND_SEAM, R, error);
            free(R);
        }
    dia_intersections_free(found);
    free(text);
    free(swarm);
    free(file);
    return status;
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
static dia_status measure(const dia_course *c, int round, candidates *all, dia_error *error)
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
    candidates *all;
    double *near; /* (n) distance to the nearest point that is labelled or chosen */
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
    free(features);
    return DIA_OK;
}

/* The score that a share `keen` of the sane candidates of this kind exceed. */
static double threshold(const pick *p, kind what)
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

static dia_status pick_kind(pick *p, kind what, int quota, int *got, dia_error *error)
{
    const double limit = threshold(p, what);
    dia_status status = DIA_OK;
    for (*got = 0; *got < quota && status == DIA_OK; (*got)++) {
        int best = -1;
        for (int i = 0; i < p->all->n; i++)
            if (p->all->what[i] == what && !p->all->out[i] && p->all->score[i] >= limit &&
                p->near[i] > p->c->settings.choose.apart && (best < 0 || p->near[i] > p->near[best]))
                best = i;
        if (best < 0)
            break;
        status = take(p, best, kind_names[what], error);
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
            if (p->all->out[i] || (p->all->what[i] == KIND_HOP) != hops || u >= least)
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
    const double share[KINDS] = {s->hops, s->gaps, s->seam, 0.0};
    int left = s->labels, got;
    dia_status status = begin(p, error);
    if (status == DIA_OK)
        status = pick_chance(p, true, s->judge, round, "judge", error);
    if (status == DIA_OK && s->by == DIA_CHOOSE_BY_CHANCE)
        return pick_chance(p, false, s->labels, round, "chance", error);
    for (int what = 0; what < KINDS && status == DIA_OK; what++) {
        status =
            pick_kind(p, (kind)what, what == KIND_FRAME ? left : (int)lround(share[what] * s->labels), &got, error);
        left -= got;
    }
    return status;
}

dia_status dia_course_choose(dia_course *c, int round, dia_points *chosen, dia_error *error)
{
    candidates all = {0};
    dia_hops hops = {0};
    dia_course_say(c, "round %d, choosing", round);
    dia_status status = dia_course_hops(c, round, &hops, error);
    for (int i = 0; i < hops.n && status == DIA_OK; i++)
        status = push(&all, c->bench.molecule.ncart, KIND_HOP, hops.R + i * c->bench.molecule.ncart, error);
    if (status == DIA_OK)
        status = from_swarm(c, round, &all, error);
    if (status == DIA_OK && c->settings.choose.seam > 0.0 && c->settings.engine.states > 1 && hops.n > 0)
        status = from_seam(c, round, &all, error);
    if (status == DIA_OK)
        status = measure(c, round, &all, error);
    pick p = {.c = c, .all = &all, .chosen = chosen};
    if (status == DIA_OK)
        status = pick_all(&p, round, error);
    if (status == DIA_OK && chosen->n == 0)
        status =
            dia_error_set(error, DIA_ERROR_NUMERIC,
                          "nothing to label in the swarm of round %d: no hop, and no frame farther than choose.apart "
                          "from what is labelled; lower choose.apart, or fly more or longer trajectories "
                          "(swarm.initial.trajectories, swarm.dynamics.duration), with another output.folder and "
                          "`start: {data: %s/round-%03d/data.h5}`",
                          round, c->given, round);
    free(p.near);
    free(hops.R);
    candidates_free(&all);
    return status;
}
