/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/clusters.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/control.h"
#include "intersect/catalogue.h"
#include "molecule/xyz.h"
#include "parallel/team.h"

/* ---- neighbours ------------------------------------------------------------------------------ */

typedef struct neighbourhood {
    const dia_cluster_set *set;
    const dia_mechanism_swarm *swarm;
    double radius;
    const dia_control *control;
    int size;          /* of a fingerprint                             */
    double *print;     /* (n, size)                                    */
    size_t words;      /* of a row of bits                             */
    uint64_t *bit;     /* (n, words) neighbours of each, itself too    */
    double *score;     /* (n) weight of the neighbours still there     */
    long done;         /* under the team's lock                        */
    double base, span; /* this set's part of the whole work           */
} neighbourhood;

static const double *geometry(const neighbourhood *h, int i)
{
    return h->set->R + (size_t)i * (size_t)h->swarm->molecule.ncart;
}

static void set_bit(neighbourhood *h, int i, int j)
{
    h->bit[(size_t)i * h->words + (size_t)j / 64] |= (uint64_t)1 << (j % 64);
}

static bool get_bit(const neighbourhood *h, int i, int j)
{
    return h->bit[(size_t)i * h->words + (size_t)j / 64] >> (j % 64) & 1;
}

/* The neighbours j <= i of one geometry: each row of bits belongs to one task. */
static void find_row(void *context, int i, int thread)
{
    neighbourhood *h = context;
    const size_t size = (size_t)h->size;
    (void)thread;
    if (dia_control_stopped(h->control))
        return;
    set_bit(h, i, i);
    for (int j = 0; j < i; j++)
        if (dia_fingerprint_bound(h->swarm, h->print + (size_t)i * size, h->print + (size_t)j * size) <= h->radius &&
            dia_match_distance(h->swarm->match, geometry(h, i), geometry(h, j), NULL) <= h->radius)
            set_bit(h, i, j);
    dia_team_lock();
    h->done += i + 1;
    const double n = h->set->n;
    dia_control_progress(h->control, &(dia_progress_state){.what = "clusters",
                                                           .done = h->base + h->span * h->done / (0.5 * n * (n + 1)),
                                                           .total = 1});
    dia_team_unlock();
}

static dia_status find_neighbours(neighbourhood *h, dia_error *error)
{
    const dia_cluster_set *set = h->set;
    const size_t n = (size_t)set->n;
    h->size = dia_fingerprint_size(h->swarm);
    h->words = (n + 63) / 64;
    h->print = dia_allocate(n * (size_t)h->size, sizeof *h->print);
    h->bit = dia_allocate(n * h->words, sizeof *h->bit);
    h->score = dia_allocate(n, sizeof *h->score);
    if (h->print == NULL || h->bit == NULL || h->score == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to cluster %zu geometries", n);
    for (int i = 0; i < set->n; i++)
        dia_fingerprint(h->swarm, geometry(h, i), h->print + i * h->size);
    dia_team_run(dia_team_size(dia_control_threads(h->control)), set->n, find_row, h);
    if (h->done < (long)set->n * (set->n + 1) / 2)
        return dia_error_set(error, DIA_ERROR_INTERRUPTED, "interrupted; nothing was written");
    for (int i = 0; i < set->n; i++)
        for (int j = 0; j < i; j++)
            if (get_bit(h, i, j))
                set_bit(h, j, i);
    for (int i = 0; i < set->n; i++)
        for (int j = 0; j < set->n; j++)
            h->score[i] += get_bit(h, i, j) ? set->weight[j] : 0;
    return DIA_OK;
}

/* ---- clusters -------------------------------------------------------------------------------- */

/* The unassigned geometry with the heaviest neighbourhood. -1: all are assigned. */
static int next_centre(const neighbourhood *h)
{
    int best = -1;
    for (int i = 0; i < h->set->n; i++)
        if (h->set->member[i] < 0 && (best < 0 || h->score[i] > h->score[best] * (1 + 1e-12))) /* apart from rounding */
            best = i;
    return best;
}

static void gather(dia_cluster_set *set, neighbourhood *h, int centre, double whole, double squares)
{
    dia_cluster *cluster = &set->cluster[set->ncluster];
    double weight = 0, sum = 0, time = 0;
    int count = 0;
    *cluster = (dia_cluster){.centre = centre};
    for (int i = 0; i < set->n; i++) {
        if (set->member[i] >= 0 || !get_bit(h, centre, i))
            continue;
        set->member[i] = set->ncluster;
        set->distance[i] =
            i == centre ? 0 : dia_match_distance(h->swarm->match, geometry(h, centre), geometry(h, i), NULL);
        weight += set->weight[i];
        sum += set->weight[i] * set->distance[i];
        time += set->weight[i] * set->time[i];
        cluster->radius = fmax(cluster->radius, set->distance[i]);
        count++;
        for (int j = 0; j < set->n; j++)
            h->score[j] -= get_bit(h, i, j) ? set->weight[i] : 0;
    }
    cluster->share = dia_share_of(count, weight, whole, squares);
    cluster->mean = sum / weight;
    cluster->time = time / weight;
    set->ncluster++;
}

static dia_status make_set(dia_cluster_set *set, const dia_mechanism_swarm *swarm, double radius,
                           const dia_control *control, double base, double span, dia_error *error)
{
    neighbourhood h = {.set = set, .swarm = swarm, .radius = radius, .control = control, .base = base, .span = span};
    double whole = 0, squares = 0;
    set->cluster = dia_allocate((size_t)set->n, sizeof *set->cluster);
    dia_status status = set->cluster == NULL
                            ? dia_error_set(error, DIA_ERROR_MEMORY, "no memory to cluster %d geometries", set->n)
                            : find_neighbours(&h, error);
    for (int i = 0; i < set->n; i++) {
        set->member[i] = -1;
        whole += set->weight[i];
        squares += set->weight[i] * set->weight[i];
    }
    for (int centre = -1; status == DIA_OK && (centre = next_centre(&h)) >= 0;)
        gather(set, &h, centre, whole, squares);
    free(h.print);
    free(h.bit);
    free(h.score);
    return status;
}

/* ---- what is clustered ----------------------------------------------------------------------- */

static dia_status reserve(dia_cluster_set *set, int ncart, dia_error *error)
{
    const size_t n = (size_t)set->n;
    if (set->n > DIA_CLUSTER_MOST)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "clusters: %d geometries of '%s', at most %d are compared with one "
                             "another",
                             set->n, set->name, (int)DIA_CLUSTER_MOST);
    set->item = dia_allocate(3 * n, sizeof *set->item);
    set->R = dia_allocate(n * ((size_t)ncart + 3), sizeof *set->R);
    if (set->item == NULL || set->R == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu geometries", n);
    set->state = set->item + n;
    set->member = set->state + n;
    set->weight = set->R + n * (size_t)ncart;
    set->time = set->weight + n;
    set->distance = set->time + n;
    return DIA_OK;
}

static bool wanted(const dia_mechanism_swarm *swarm, int k, int low, int high)
{
    const dia_record *r = swarm->record;
    const int from = r->hop_from[k], to = r->hop_to[k];
    return r->hop_accepted[k] && dia_mechanism_hop_counts(swarm, k) &&
           ((from == low && to == high) || (from == high && to == low));
}

static dia_status take_hops(dia_cluster_set *set, const dia_mechanism_swarm *swarm, int low, int high, dia_error *error)
{
    const dia_record *r = swarm->record;
    const size_t ncart = (size_t)swarm->molecule.ncart;
    *set = (dia_cluster_set){.hops = true, .low = low, .high = high};
    dia_states_text(low, 2, sizeof set->name, set->name);
    if (high != low + 1)
        snprintf(set->name, sizeof set->name, "S%d/S%d", high, low);
    for (int k = 0; k < r->nhop; k++)
        set->n += wanted(swarm, k, low, high);
    if (set->n == 0)
        return DIA_OK;
    dia_status status = reserve(set, swarm->molecule.ncart, error);
    for (int k = 0, i = 0; k < r->nhop && status == DIA_OK; k++) {
        if (!wanted(swarm, k, low, high))
            continue;
        set->item[i] = k;
        set->weight[i] = swarm->hop_weight[k];
        set->time[i] = r->hop_time[k];
        set->state[i] = r->hop_to[k];
        memcpy(set->R + (size_t)i++ * ncart, swarm->hop_R + (size_t)k * ncart, ncart * sizeof *set->R);
    }
    return status;
}

typedef struct taking {
    dia_cluster_set *set;
    const dia_mechanism_swarm *swarm;
    int taken;
} taking;

static bool take_slab(void *context, int first, int count, double *const *R)
{
    taking *now = context;
    dia_cluster_set *set = now->set;
    const dia_record *r = now->swarm->record;
    const size_t ncart = (size_t)now->swarm->molecule.ncart, T = (size_t)r->ntime;
    for (int j = first; j < first + count; j++) {
        if (!(r->weight[j] > 0))
            continue;
        const int i = now->taken++;
        set->item[i] = j;
        set->weight[i] = r->weight[j];
        set->time[i] = r->end[j];
        set->state[i] = r->active[(size_t)j * T + T - 1];
        memcpy(set->R + (size_t)i * ncart, R[0] + ((size_t)(j - first + 1) * T - 1) * ncart, ncart * sizeof *set->R);
    }
    return true;
}

static dia_status take_ends(dia_cluster_set *set, const dia_mechanism_swarm *swarm, dia_error *error)
{
    static const char *const name = "trajectories/position";
    taking now = {.set = set, .swarm = swarm};
    *set = (dia_cluster_set){.name = "final", .n = swarm->record->ncounted};
    dia_status status = dia_record_need_positions(swarm->record, "clusters.final", error);
    if (status == DIA_OK)
        status = reserve(set, swarm->molecule.ncart, error);
    return status == DIA_OK ? dia_record_walk(swarm->record, 1, &name, take_slab, &now, error) : status;
}

static dia_status take_all(dia_clusters *c, const dia_mechanism_swarm *swarm,
                           const struct dia_clusters_settings *settings, dia_error *error)
{
    const int nstate = swarm->record->nstate;
    dia_status status = DIA_OK;
    c->set = dia_allocate((size_t)(nstate * nstate) + 1, sizeof *c->set);
    if (c->set == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for clusters");
    for (int low = 0; low < nstate && settings->hops; low++)
        for (int high = low + 1; high < nstate && status == DIA_OK; high++) {
            status = take_hops(&c->set[c->nset], swarm, low, high, error);
            c->nset += c->set[c->nset].n > 0;
        }
    if (status == DIA_OK && settings->final)
        status = take_ends(&c->set[c->nset++], swarm, error);
    if (status == DIA_OK && c->nset == 0)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "clusters: the swarm has no accepted hops, and final is false: "
                               "nothing to cluster");
    return status;
}

dia_status dia_clusters_make(dia_clusters *c, const dia_mechanism_swarm *swarm,
                             const struct dia_clusters_settings *settings, const dia_control *control, dia_error *error)
{
    *c = (dia_clusters){.radius = settings->radius};
    dia_status status = take_all(c, swarm, settings, error);
    double work = 0, done = 0;
    for (int s = 0; s < c->nset; s++)
        work += (double)c->set[s].n * c->set[s].n;
    for (int s = 0; s < c->nset && status == DIA_OK; s++) {
        const double span = (double)c->set[s].n * c->set[s].n / work;
        status = make_set(&c->set[s], swarm, settings->radius, control, done, span, error);
        done += span;
    }
    if (status != DIA_OK)
        dia_clusters_free(c);
    return status;
}

void dia_clusters_free(dia_clusters *c)
{
    for (int s = 0; c->set != NULL && s < c->nset; s++) {
        free(c->set[s].item);
        free(c->set[s].R);
        free(c->set[s].cluster);
    }
    free(c->set);
    *c = (dia_clusters){0};
}

dia_status dia_clusters_write_xyz(const dia_clusters *c, const dia_mechanism_swarm *swarm, int most, const char *path,
                                  dia_error *error)
{
    const size_t ncart = (size_t)swarm->molecule.ncart;
    size_t n = 0;
    for (int s = 0; s < c->nset; s++)
        n += (size_t)(c->set[s].ncluster < most ? c->set[s].ncluster : most);
    dia_xyz xyz = {.molecule = swarm->molecule, .nframe = (int)n, .kind = "clusters"};
    xyz.R = dia_allocate(n * (ncart + 1), sizeof *xyz.R);
    xyz.state = dia_allocate(n, sizeof *xyz.state);
    dia_status status = xyz.R == NULL || xyz.state == NULL
                            ? dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %zu geometries", n)
                            : DIA_OK;
    xyz.weight = xyz.R + n * ncart;
    size_t frame = 0;
    for (int s = 0; s < c->nset && status == DIA_OK; s++)
        for (int k = 0; k < c->set[s].ncluster && k < most; k++, frame++) {
            const dia_cluster *cluster = &c->set[s].cluster[k];
            const double *R = c->set[s].R + (size_t)cluster->centre * ncart;
            dia_placement placement;
            dia_match_distance(swarm->match, swarm->molecule.reference, R, &placement);
            dia_match_place(swarm->match, &placement, R, xyz.R + frame * ncart);
            xyz.state[frame] = c->set[s].state[cluster->centre];
            xyz.weight[frame] = cluster->share.value;
        }
    if (status == DIA_OK)
        status = dia_xyz_write(&xyz, path, error);
    free(xyz.R);
    free(xyz.state);
    return status;
}
