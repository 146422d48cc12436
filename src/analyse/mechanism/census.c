/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/census.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "statistics/moments.h"
#include "base/arena.h"
#include "base/control.h"
#include "diabolo/intersect.h"
#include "parallel/team.h"

const char *const dia_search_end_names[DIA_SEARCH_ENDS] = {"none", "listed", "unlisted", "lost"};

/* ---- the intersections ----------------------------------------------------------------------- */

static dia_status check_points(const dia_census *census, const dia_mechanism_swarm *swarm,
                               const dia_mechanism_settings *settings, dia_error *error)
{
    const struct dia_census_settings *options = &settings->census;
    const dia_catalogue *points = &census->points;
    dia_status status = dia_molecule_match(&points->molecule, &swarm->molecule, error);
    if (status != DIA_OK)
        return dia_error_prefix(error, "%s and the swarm", options->intersections);
    if (!settings->other_model && points->model_digest != NULL && swarm->model_digest != NULL &&
        strcmp(points->model_digest, swarm->model_digest) != 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "%s: these intersections were found on another model (SHA-256 %.12s...) than the one the "
                             "swarm was flown on (%.12s...); find them on that model, or write `other_model: true`",
                             options->intersections, points->model_digest, swarm->model_digest);
    if (points->nstate != swarm->record->nstate && !settings->other_model)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: %d states, the swarm has %d", options->intersections,
                             points->nstate, swarm->record->nstate);
    int used = 0;
    for (int p = 0; p < points->npoint; p++) {
        const bool meets = points->count[p] >= 2;
        census->used[p] = meets && (options->points == DIA_CENSUS_ALL || points->order[p] <= 0);
        used += census->used[p];
    }
    if (used == 0)
        return dia_error_set(error, DIA_ERROR_INPUT, "%s: none of its %d points is an intersection that counts%s",
                             options->intersections, points->npoint,
                             options->points == DIA_CENSUS_ALL ? "" : "; `points: all` takes saddles of seams too");
    return DIA_OK;
}

static bool joins(const dia_catalogue *points, int p, int from, int to)
{
    const int low = from < to ? from : to, high = from < to ? to : from;
    return points->first[p] == low && points->first[p] + points->count[p] - 1 == high;
}

/* ---- one hop --------------------------------------------------------------------------------- */

typedef struct crew {
    dia_census *census;
    const dia_mechanism_swarm *swarm;
    const dia_model *model;
    const dia_control *control;
    double *room; /* (threads, 4, ncart) */
    int done;     /* under the team's lock */
    dia_error first;
    atomic_bool failed;
} crew;

static const double *point_R(const dia_census *census, int p)
{
    return census->points.R + (size_t)p * (size_t)census->points.molecule.ncart;
}

static void find_nearest(const crew *all, int k, const double *R)
{
    dia_census *c = all->census;
    const dia_record *r = all->swarm->record;
    c->nearest[k] = DIA_CENSUS_NONE;
    c->distance[k] = NAN;
    for (int p = 0; p < c->points.npoint; p++) {
        if (!c->used[p] || !joins(&c->points, p, r->hop_from[k], r->hop_to[k]))
            continue;
        const double d = dia_match_distance(all->swarm->match, point_R(c, p), R, NULL);
        if (c->nearest[k] == DIA_CENSUS_NONE || d < c->distance[k]) {
            c->nearest[k] = p;
            c->distance[k] = d;
        }
    }
}

/* Where a search from the hop ends, among all points of its states: saddles are ends too. room (ncart). */
static dia_status search_basin(crew *all, int k, const double *R, double *room, dia_error *error)
{
    dia_census *c = all->census;
    const dia_record *r = all->swarm->record;
    const int from = r->hop_from[k], to = r->hop_to[k], low = from < to ? from : to, count = abs(from - to) + 1;
    dia_search_options options;
    dia_search_result result;
    if (count > DIA_DEGENERATE_MAX || all->census->assign != DIA_ASSIGN_SEARCH)
        return DIA_OK;
    dia_search_defaults(&options);
    options.method = DIA_SEARCH_PROJECTION; /* goes downhill: stays in its basin, where Newton steps may leave it */
    memcpy(room, R, (size_t)c->points.molecule.ncart * sizeof *room);
    dia_status status = dia_search(all->model, low, count, &options, room, &result, error);
    if (status != DIA_OK)
        return status;
    c->ending[k] = DIA_SEARCH_END_LOST;
    if (!result.converged)
        return DIA_OK;
    c->ending[k] = DIA_SEARCH_END_UNLISTED;
    c->moved[k] = dia_match_distance(all->swarm->match, room, R, NULL);
    double nearest = c->same;
    for (int p = 0; p < c->points.npoint; p++) {
        if (!joins(&c->points, p, from, to))
            continue;
        const double d = dia_match_distance(all->swarm->match, point_R(c, p), room, NULL);
        if (d <= nearest) {
            nearest = d;
            c->basin[k] = p;
            c->ending[k] = DIA_SEARCH_END_LISTED;
        }
    }
    return DIA_OK;
}

/* v (ncart) along x, y and the rest of it: out (3). */
static void resolve(int n, const double *v, const double *x, const double *y, double *out)
{
    double sum = 0;
    out[0] = out[1] = 0;
    for (int c = 0; c < n; c++) {
        out[0] += v[c] * x[c];
        out[1] += v[c] * y[c];
    }
    for (int c = 0; c < n; c++) { /* not |v|^2 - x^2 - y^2, which loses the digits of a small rest */
        const double rest = v[c] - out[0] * x[c] - out[1] * y[c];
        sum += rest * rest;
    }
    out[2] = sqrt(sum);
}

static double mean_energy(const dia_catalogue *points, int p)
{
    double sum = 0;
    for (int s = 0; s < points->count[p]; s++)
        sum += points->E[p * points->nstate + points->first[p] + s];
    return sum / points->count[p];
}

/* Everything that is computed relative to the intersection a hop belongs to. room (2 ncart). */
static void describe(const crew *all, int k, const double *R, double *room)
{
    dia_census *c = all->census;
    const int p = c->point[k], n = c->points.molecule.ncart;
    double *u = c->displacement + (size_t)k * 3, *v = c->velocity + (size_t)k * 3;
    dia_placement placement;
    for (int i = 0; i < 3; i++)
        u[i] = v[i] = NAN;
    c->linear_gap[k] = c->energy[k] = NAN;
    c->away[k] = c->distance[k];
    if (p == DIA_CENSUS_NONE)
        return;
    const double *R0 = point_R(c, p), *x = c->points.x + (size_t)p * (size_t)n,
                 *y = c->points.y + (size_t)p * (size_t)n;
    const double pitch = c->points.pitch[p], asymmetry = c->points.asymmetry[p];
    double *placed = room, *turned = room + n;
    c->energy[k] = all->swarm->hop_E[k] - mean_energy(&c->points, p);
    c->away[k] = dia_match_distance(all->swarm->match, R0, R, &placement);
    dia_match_place(all->swarm->match, &placement, R, placed);
    for (int i = 0; i < n; i++)
        placed[i] -= R0[i];
    resolve(n, placed, x, y, u);
    c->linear_gap[k] = 2 * pitch * sqrt((1 + asymmetry) * u[0] * u[0] + (1 - asymmetry) * u[1] * u[1]);
    if (all->swarm->hop_V == NULL)
        return;
    dia_match_place_vector(all->swarm->match, &placement, all->swarm->hop_V + (size_t)k * (size_t)n, turned);
    resolve(n, turned, x, y, v);
}

static void take_hop(void *context, int k, int thread)
{
    crew *all = context;
    dia_census *c = all->census;
    const int n = c->points.molecule.ncart;
    const double *R = all->swarm->hop_R + (size_t)k * (size_t)n;
    double *room = all->room + (size_t)thread * 4 * (size_t)n;
    dia_error error = {0};
    if (atomic_load(&all->failed) || dia_control_stopped(all->control))
        return;
    find_nearest(all, k, R);
    c->basin[k] = DIA_CENSUS_NONE;
    c->moved[k] = NAN;
    const dia_status status = search_basin(all, k, R, room, &error);
    const bool near = c->nearest[k] != DIA_CENSUS_NONE && c->distance[k] <= c->limit;
    c->point[k] = c->assign == DIA_ASSIGN_SEARCH ? c->basin[k] : near ? c->nearest[k] : DIA_CENSUS_NONE;
    describe(all, k, R, room);
    dia_team_lock();
    all->done++;
    if (status == DIA_OK)
        dia_control_progress(all->control,
                             &(dia_progress_state){.what = "census", .done = all->done, .total = c->nhop});
    if (status != DIA_OK && !atomic_exchange(&all->failed, true))
        all->first = error;
    dia_team_unlock();
}

static dia_status take_hops(dia_census *c, const dia_mechanism_swarm *swarm, const dia_model *model,
                            const dia_control *control, dia_error *error)
{
    const int nthread = dia_team_size(dia_control_threads(control));
    crew all = {.census = c, .swarm = swarm, .model = model, .control = control};
    all.room = dia_allocate((size_t)nthread * 4 * (size_t)swarm->molecule.ncart, sizeof *all.room);
    if (all.room == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a census of hops");
    dia_team_run(nthread, c->nhop, take_hop, &all);
    free(all.room);
    if (atomic_load(&all.failed))
        return dia_error_set(error, all.first.status, "census: %s", all.first.text);
    if (all.done < c->nhop)
        return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted; nothing was written");
    for (int k = 0; k < c->nhop; k++)
        c->ending_count[(int)c->ending[k]] += dia_mechanism_hop_counts(swarm, k);
    return DIA_OK;
}

/* ---- the table ------------------------------------------------------------------------------- */

typedef struct columns { /* of the hops of one group */
    size_t n;
    double *time, *gap, *distance, *weight, *copy; /* (nhop) */
} columns;

static bool quartiles(const columns *of, const double *values, double *out)
{
    double *x = of->copy, *w = of->copy + of->n;
    memcpy(x, values, of->n * sizeof *x);
    memcpy(w, of->weight, of->n * sizeof *w);
    if (!dia_sort(of->n, x, w))
        return false;
    for (int q = 0; q < 3; q++)
        out[q] = dia_quantile(of->n, x, w, 0.25 * (q + 1));
    return true;
}

/* whole, squares: sums of the weights of all hops of that direction and kind, and of their squares. */
static bool fill_group(dia_census_group *group, const dia_census *c, const dia_mechanism_swarm *swarm,
                       const dia_census_row *row, int accepted, columns *of, double whole, double squares)
{
    const dia_record *r = swarm->record;
    dia_moments time = {0}, inwards = {0};
    dia_moments energy = {0}, u[3] = {{0}}, v[3] = {{0}};
    of->n = 0;
    for (int k = 0; k < c->nhop; k++) {
        const double w = swarm->hop_weight[k];
        if (!(w > 0) || r->hop_from[k] != row->from || r->hop_to[k] != row->to || r->hop_accepted[k] != accepted ||
            c->point[k] != row->point)
            continue;
        of->time[of->n] = r->hop_time[k];
        of->gap[of->n] = fabs(r->hop_gap[k]);
        of->distance[of->n] = c->away[k];
        of->weight[of->n++] = w;
        dia_moments_add(&time, w, r->hop_time[k]);
        dia_moments_add(&energy, w, c->energy[k]);
        const double outwards =
            c->displacement[3 * k] * c->velocity[3 * k] + c->displacement[3 * k + 1] * c->velocity[3 * k + 1];
        if (!isnan(outwards))
            dia_moments_add(&inwards, w, outwards < 0);
        for (int i = 0; i < 3; i++) {
            dia_moments_add(&u[i], w, c->displacement[3 * k + i]);
            dia_moments_add(&v[i], w, c->velocity[3 * k + i]);
        }
    }
    group->share = dia_share_of((int)of->n, time.w, whole, squares);
    group->mean_time = dia_moments_mean(&time);
    group->time_error = dia_moments_error(&time);
    group->energy = dia_moments_mean(&energy);
    for (int i = 0; i < 2; i++) {
        group->along[i] = sqrt(dia_moments_square(&u[i]));
        group->speed[i] = sqrt(dia_moments_square(&v[i]));
    }
    group->approaching = inwards.n > 0 ? dia_moments_mean(&inwards) : NAN;
    group->across = sqrt(dia_moments_square(&u[2]));
    return quartiles(of, of->time, group->time) && quartiles(of, of->gap, group->gap) &&
           quartiles(of, of->distance, group->distance);
}

static bool fill_row(dia_census_row *row, const dia_census *c, const dia_mechanism_swarm *swarm, columns *of)
{
    const dia_record *r = swarm->record;
    for (int accepted = 0; accepted < 2; accepted++) {
        double whole = 0, squares = 0;
        for (int k = 0; k < c->nhop; k++) {
            const double w = swarm->hop_weight[k];
            if (r->hop_from[k] == row->from && r->hop_to[k] == row->to && r->hop_accepted[k] == accepted) {
                whole += w;
                squares += w * w;
            }
        }
        if (!fill_group(&row->group[accepted], c, swarm, row, accepted, of, whole, squares))
            return false;
    }
    return true;
}

static bool direction_occurs(const dia_mechanism_swarm *swarm, int from, int to)
{
    const dia_record *r = swarm->record;
    for (int k = 0; k < r->nhop; k++)
        if (r->hop_from[k] == from && r->hop_to[k] == to && dia_mechanism_hop_counts(swarm, k))
            return true;
    return false;
}

/* Does any hop of that direction belong to p? Intersections without hops have no row, but there is always a row for
 * "none". */
static bool row_occurs(const dia_census *c, const dia_mechanism_swarm *swarm, int from, int to, int p)
{
    const dia_record *r = swarm->record;
    for (int k = 0; k < r->nhop; k++)
        if (r->hop_from[k] == from && r->hop_to[k] == to && c->point[k] == p && dia_mechanism_hop_counts(swarm, k))
            return true;
    return p == DIA_CENSUS_NONE;
}

static dia_status tabulate(dia_census *c, const dia_mechanism_swarm *swarm, dia_error *error)
{
    const int nstate = swarm->record->nstate, npoint = c->points.npoint;
    const size_t n = (size_t)c->nhop + 1;
    double *room = dia_allocate(6 * n, sizeof *room);
    columns of = {0, room, room + n, room + 2 * n, room + 3 * n, room + 4 * n};
    c->row = dia_allocate((size_t)nstate * (size_t)nstate * (size_t)(npoint + 1), sizeof *c->row);
    bool good = room != NULL && c->row != NULL;
    for (int d = 0; d < nstate * nstate && good; d++) {
        const int from = d / nstate, to = d % nstate;
        if (from == to || !direction_occurs(swarm, from, to))
            continue;
        for (int i = 0; i <= npoint && good; i++) {
            const int p = i < npoint ? i : DIA_CENSUS_NONE;
            if (!row_occurs(c, swarm, from, to, p))
                continue;
            c->row[c->nrow] = (dia_census_row){.from = from, .to = to, .point = p};
            good = fill_row(&c->row[c->nrow++], c, swarm, &of);
        }
    }
    free(room);
    return good ? DIA_OK : dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a census of %d hops", c->nhop);
}

/* ---- the whole ------------------------------------------------------------------------------- */

static dia_status reserve(dia_census *c, dia_error *error)
{
    const size_t n = (size_t)c->nhop + 1;
    c->point = dia_allocate(3 * n, sizeof *c->point);
    c->distance = dia_allocate(11 * n, sizeof *c->distance);
    c->ending = dia_allocate(n, sizeof *c->ending);
    c->used = dia_allocate((size_t)c->points.npoint + 1, sizeof *c->used);
    if (c->point == NULL || c->distance == NULL || c->ending == NULL || c->used == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a census of %d hops", c->nhop);
    c->nearest = c->point + n;
    c->basin = c->nearest + n;
    c->moved = c->distance + n;
    c->displacement = c->moved + n;
    c->velocity = c->displacement + 3 * n;
    c->linear_gap = c->velocity + 3 * n;
    c->energy = c->linear_gap + n;
    c->away = c->energy + n;
    return DIA_OK;
}

dia_status dia_census_make(dia_census *c, const dia_mechanism_swarm *swarm, const dia_model *model,
                           const dia_mechanism_settings *settings, const dia_control *control, dia_error *error)
{
    const struct dia_census_settings *options = &settings->census;
    *c = (dia_census){
        .assign = options->assign, .limit = options->limit, .same = options->same, .nhop = swarm->record->nhop};
    dia_status status = dia_catalogue_read(&c->points, options->intersections, error);
    if (status == DIA_OK)
        status = reserve(c, error);
    if (status == DIA_OK)
        status = check_points(c, swarm, settings, error);
    if (status == DIA_OK)
        status = take_hops(c, swarm, model, control, error);
    if (status == DIA_OK)
        status = tabulate(c, swarm, error);
    if (status != DIA_OK)
        dia_census_free(c);
    return status;
}

void dia_census_free(dia_census *c)
{
    dia_catalogue_free(&c->points);
    free(c->used);
    free(c->point);
    free(c->distance);
    free(c->ending);
    free(c->row);
    *c = (dia_census){0};
}
