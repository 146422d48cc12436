/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kinds of geometries: clusters by permutation-aligned rms distance, for the accepted hops of each pair of states and
 * for the last geometries of the trajectories.
 *
 * The algorithm of Daura et al., Angew. Chem. Int. Ed. 38, 236 (1999): the geometry with the most neighbours (of the
 * largest weight; the first of equal ones) within the radius becomes the centre of a cluster, its neighbours the
 * members; these are removed, and so on until none is left. Nothing is random; the order of the file decides ties only.
 * A pair is compared atom by atom only if the sorted distances of its atoms from their centroid and from one another,
 * which bound the rms distance from below, allow them to be neighbours. */
#ifndef DIA_ANALYSE_MECHANISM_CLUSTERS_H
#define DIA_ANALYSE_MECHANISM_CLUSTERS_H

#include "statistics/share.h"
#include "analyse/mechanism/settings.h"
#include "analyse/mechanism/swarm.h"

enum { DIA_CLUSTER_MOST = 50000 }; /* geometries in one set */

typedef struct dia_cluster {
    int centre;          /* place in the set                              */
    dia_share share;     /* of the set's weight                           */
    double mean, radius; /* bohr: weighted mean and largest distance of members from the centre */
    double time;         /* fs: mean time of the hops; of final geometries, the mean end        */
} dia_cluster;

typedef struct dia_cluster_set { /* arrays owned */
    char name[32];               /* "S1/S0", "final"                                        */
    bool hops;                   /* else final geometries                                   */
    int low, high;               /* states of the hops                                      */
    int n;                       /* geometries                                              */
    int *item;                   /* (n) number of the hop in the file, or row of trajectory */
    double *R, *weight, *time;   /* (n, ncart) bohr, (n), (n) fs                       */
    int *state;                  /* (n) active state: after the hop, or at the end          */
    int *member;                 /* (n) cluster it belongs to                               */
    double *distance;            /* (n) bohr: from its centre                               */
    int ncluster;
    dia_cluster *cluster; /* (ncluster) by weight, descending                        */
} dia_cluster_set;

typedef struct dia_clusters {
    double radius; /* bohr */
    int nset;
    dia_cluster_set *set; /* (nset); sets without geometries are left out */
} dia_clusters;

DIA_MUST_USE dia_status dia_clusters_make(dia_clusters *clusters, const dia_mechanism_swarm *swarm,
                                          const struct dia_clusters_settings *settings, const dia_control *control,
                                          dia_error *error);
void dia_clusters_free(dia_clusters *clusters);

/* The centres of the `most` largest clusters of each set, superposed on the swarm's reference geometry, as extended
 * XYZ: state: active; weight: share of the set. */
DIA_MUST_USE dia_status dia_clusters_write_xyz(const dia_clusters *clusters, const dia_mechanism_swarm *swarm, int most,
                                               const char *path, dia_error *error);

/* Lower bound of the distances of two geometries, from their fingerprints (dia_fingerprint_size doubles each). */
int dia_fingerprint_size(const dia_mechanism_swarm *swarm);
void dia_fingerprint(const dia_mechanism_swarm *swarm, const double *R, double *print);
double dia_fingerprint_bound(const dia_mechanism_swarm *swarm, const double *a, const double *b);

#endif
