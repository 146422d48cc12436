/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clusters in the file of a mechanism and in its JSON. */
#include <stdio.h>
#include <limits.h>
#include <stdlib.h>

#include "analyse/mechanism/result.h"
#include "base/arena.h"

#define OF(member, ...) DIA_MEMBER_OF(dia_cluster_set, member, __VA_ARGS__)
static const dia_member set_fields[] = {OF(item, DIA_MEMBER_INT, .shape = "n", .name = "item"),
                                        OF(member, DIA_MEMBER_INT, .shape = "n", .name = "member"),
                                        OF(distance, DIA_MEMBER_REAL, .shape = "n", .name = "distance", .unit = BOHR),
                                        OF(name, DIA_MEMBER_WORDS, .name = "name", .key = "name"),
                                        OF(n, DIA_MEMBER_INT, .key = "geometries"),
                                        OF(ncluster, DIA_MEMBER_INT, .key = "clusters"),
                                        {0}};
#undef OF

#define SHARE .most = 1, .absent = true /* NaN: nothing has a weight */
#define OF(member, ...) DIA_MEMBER_OF(dia_cluster, member, __VA_ARGS__)
static const dia_member cluster_fields[] = {
    OF(centre, DIA_MEMBER_INT, .name = "centre"),
    OF(share.count, DIA_MEMBER_INT, .name = "count", .key = "count", .least = 0, .below = 'c'),
    OF(share.value, DIA_MEMBER_REAL, .name = "share", .key = "share", SHARE),
    OF(share.error, DIA_MEMBER_REAL, .name = "share_error", .key = "share_error"),
    OF(share.low, DIA_MEMBER_REAL, .name = "share_low", SHARE),
    OF(share.high, DIA_MEMBER_REAL, .name = "share_high", SHARE),
    OF(share.low, DIA_MEMBER_REAL, .shape = "2", .key = "share_interval"),
    OF(mean, DIA_MEMBER_REAL, .name = "mean_distance", .unit = BOHR, .key = "mean_distance_angstrom",
       .scale = DIA_ANGSTROM, .most = 1e12),
    OF(radius, DIA_MEMBER_REAL, .name = "radius", .unit = BOHR, .key = "radius_angstrom", .scale = DIA_ANGSTROM,
       .most = 1e12),
    OF(time, DIA_MEMBER_REAL, .name = "time", .unit = FS, .key = "mean_time_fs", .most = 1e12, .absent = true),
    {0}};
#undef OF

static const dia_member centre_fields[] = {{.kind = DIA_MEMBER_REAL, .shape = "kAD", .name = "position", .unit = BOHR},
                                           {0}};

static void put_set(dia_result_writer *w, int i)
{
    const dia_cluster_set *s = &w->m->clusters.set[i];
    const size_t ncart = w->extents.of['C'];
    char group[40];
    snprintf(group, sizeof group, "clusters/%d", i);
    double *R = dia_allocate((size_t)s->ncluster * ncart + 1, sizeof *R);
    if (R == NULL)
        w->status = dia_error_set(w->error, DIA_ERROR_MEMORY, "no memory for %d geometries", s->ncluster);
    for (size_t k = 0; k < (size_t)s->ncluster && R != NULL; k++)
        for (size_t c = 0; c < ncart; c++)
            R[k * ncart + c] = s->R[(size_t)s->cluster[k].centre * ncart + c];
    w->extents.of['n'] = (size_t)s->n;
    w->extents.of['k'] = (size_t)s->ncluster;
    dia_result_put_rows(w, group, cluster_fields, DIA_ROWS(s->cluster, s->ncluster));
    dia_result_put(w, group, centre_fields, &R);
    dia_result_put(w, group, set_fields, s);
    if (w->status == DIA_OK)
        w->status = dia_store_set_text(w->store, group, "items", s->hops ? "hops" : "trajectories", w->error);
    free(R);
}

void dia_result_clusters_json(const dia_mechanism_result *m, dia_json *json)
{
    const int most = m->settings->clusters.most;
    dia_json_object(json, "clusters");
    dia_json_real(json, "radius_angstrom", m->clusters.radius / DIA_ANGSTROM);
    dia_json_array(json, "sets");
    for (int i = 0; i < m->clusters.nset; i++) {
        const dia_cluster_set *s = &m->clusters.set[i];
        const dia_rows rows = DIA_ROWS(s->cluster, s->ncluster < most ? s->ncluster : most);
        dia_json_object(json, NULL);
        dia_members_json(set_fields, s, NULL, json);
        dia_rows_json(cluster_fields, &rows, "list", json);
        dia_json_end(json);
    }
    dia_json_end(json);
    dia_json_end(json);
}

void dia_result_put_clusters(dia_result_writer *w)
{
    for (int i = 0; i < w->m->clusters.nset; i++)
        put_set(w, i);
    if (w->m->clusters.nset > 0 && w->status == DIA_OK)
        w->status = dia_store_set_real(w->store, "clusters", "radius", w->m->clusters.radius, w->error);
}

static dia_status read_set(dia_cluster_set *s, int i, const dia_store *store, dia_extents *e, dia_error *error)
{
    static const char rows[] = "count share share_low share_high mean_distance radius time";
    char group[40];
    snprintf(group, sizeof group, "clusters/%d", i);
    e->of['n'] = DIA_EXTENT_ANY;
    dia_status status = dia_members_load(set_fields, s, e, store, group, "name item", error);
    if (status != DIA_OK)
        return status;
    s->n = (int)e->of['n'];
    e->of['k'] = DIA_EXTENT_ANY;
    status = dia_members_load(centre_fields, &s->R, e, store, group, NULL, error);
    if (status != DIA_OK)
        return status;
    s->ncluster = (int)e->of['k'];
    s->cluster = dia_allocate(e->of['k'] + 1, sizeof *s->cluster);
    if (s->cluster == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d clusters", s->ncluster);
    e->of['c'] = e->of['n'] + 1;
    const dia_rows row = DIA_ROWS(s->cluster, s->ncluster);
    return dia_rows_load(cluster_fields, &row, e, store, group, rows, error);
}

dia_status dia_result_read_clusters(dia_clusters *clusters, const dia_store *store, dia_extents *e, dia_error *error)
{
    const int n = dia_store_numbered(store, "clusters");
    clusters->set = dia_allocate((size_t)n + 1, sizeof *clusters->set);
    if (clusters->set == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d sets of clusters", n);
    dia_status status = dia_store_attribute_real(store, "clusters", "radius", &clusters->radius, error);
    for (; status == DIA_OK && clusters->nset < n; clusters->nset++)
        status = read_set(&clusters->set[clusters->nset], clusters->nset, store, e, error);
    return status;
}

void dia_result_free_clusters(dia_clusters *clusters)
{
    for (int i = 0; i < clusters->nset; i++) {
        dia_members_free(set_fields, &clusters->set[i]);
        dia_members_free(centre_fields, &clusters->set[i].R);
        free(clusters->set[i].cluster);
    }
    free(clusters->set);
}
