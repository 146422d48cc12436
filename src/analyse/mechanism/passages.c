/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/passages.h"

#include <stdlib.h>

#include "statistics/moments.h"
#include "statistics/share.h"
#include "base/arena.h"

static bool passes_down(const dia_record *r, int k, int boundary)
{
    return r->hop_accepted[k] && r->hop_from[k] > boundary && r->hop_to[k] <= boundary;
}

typedef struct place { /* of a hop in the file: its trajectory's hops are in the order of their times */
    int row, k;
} place;

static int in_order(const void *a, const void *b)
{
    const place *x = a, *y = b;
    return x->row != y->row ? (x->row > y->row) - (x->row < y->row) : (x->k > y->k) - (x->k < y->k);
}

/* One trajectory with its hops (n), in the order of their times, at one boundary. */
static void follow(dia_passages *p, const dia_census *census, const dia_record *r, int j, const place *hop, int n,
                   int boundary)
{
    const int none = p->ncolumn - 2, began = p->ncolumn - 1;
    const size_t row = (size_t)boundary * (size_t)p->ncolumn;
    int last = began, first = r->start[j] <= boundary ? began : -1, next = 0;
    for (int i = 0; i < p->ntime; i++) {
        for (; next < n && r->hop_time[hop[next].k] <= r->time[i] * (1 + 1e-12); next++)
            if (passes_down(r, hop[next].k, boundary)) {
                last = census->point[hop[next].k] == DIA_CENSUS_NONE || dia_record_by_light(r, hop[next].k)
                           ? none
                           : census->point[hop[next].k];
                first = first < 0 ? last : first;
            }
        if (first >= 0)
            p->first[(row + (size_t)first) * (size_t)p->ntime + (size_t)i] += r->weight[j];
        if (r->active[(size_t)j * (size_t)p->ntime + (size_t)i] > boundary)
            continue;
        p->last[(row + (size_t)last) * (size_t)p->ntime + (size_t)i] += r->weight[j];
        p->below[(size_t)boundary * (size_t)p->ntime + (size_t)i] += r->weight[j];
    }
}

dia_status dia_passages_make(dia_passages *p, const dia_census *census, const dia_mechanism_swarm *swarm,
                             dia_error *error)
{
    const dia_record *r = swarm->record;
    *p = (dia_passages){.nboundary = r->nstate - 1, .ncolumn = census->points.npoint + 2, .ntime = r->ntime};
    const size_t size = (size_t)p->nboundary * (size_t)p->ncolumn * (size_t)p->ntime,
                 below = (size_t)p->nboundary * (size_t)p->ntime;
    p->last = dia_allocate(4 * size + below + 1, sizeof *p->last);
    if (p->last == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for populations by intersection");
    p->last_error = p->last + size;
    p->first = p->last_error + size;
    p->first_error = p->first + size;
    p->below = p->first_error + size;
    place *order = dia_allocate((size_t)r->nhop + 1, sizeof *order);
    if (order == NULL) {
        dia_passages_free(p);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d hops", r->nhop);
    }
    for (int k = 0; k < r->nhop; k++)
        order[k] = (place){.row = r->hop_row[k], .k = k};
    qsort(order, (size_t)r->nhop, sizeof *order, in_order);
    for (int j = 0, begin = 0; j < r->ntrajectory; j++) {
        int end = begin;
        while (end < r->nhop && order[end].row == j)
            end++;
        for (int b = 0; b < p->nboundary && r->weight[j] > 0; b++)
            follow(p, census, r, j, order + begin, end - begin, b);
        begin = end;
    }
    free(order);
    for (size_t i = 0; i < size; i++) {
        p->last[i] /= swarm->weight;
        p->first[i] /= swarm->weight;
        p->last_error[i] = dia_binomial_error(p->last[i], swarm->effective);
        p->first_error[i] = dia_binomial_error(p->first[i], swarm->effective);
    }
    for (size_t i = 0; i < below; i++)
        p->below[i] /= swarm->weight;
    return DIA_OK;
}

void dia_passages_free(dia_passages *passages)
{
    free(passages->last);
    *passages = (dia_passages){0};
}
