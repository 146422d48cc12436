/* SPDX-License-Identifier: GPL-3.0-or-later */
/* States that are not in the order of their energies, points without any energy. */
#include <math.h>
#include <stdlib.h>

#include "check/data/test.h"

extern const dia_data_test dia_data_test_order;

enum { UNORDERED, BARE };

static bool ascending(int n, const double *e)
{
    double below = -INFINITY;
    for (int k = 0; k < n; k++) {
        if (e[k] < below)
            return false;
        below = fmax(below, e[k]);
    }
    return true;
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    const int n = x->data.npoint, ns = x->data.nstate;
    bool *unordered = calloc((size_t)n + 1, sizeof *unordered), *bare = calloc((size_t)n + 1, sizeof *bare);
    int count[2] = {0};
    if (unordered == NULL || bare == NULL) {
        free(unordered);
        free(bare);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d points", n);
    }
    for (int p = 0; p < n; p++) {
        double *e = dia_checkup_energy(x, p);
        bool known = false;
        for (int k = 0; k < ns; k++) {
            if (isinf(e[k])) /* as good as none */
                e[k] = NAN;
            known |= !isnan(e[k]);
        }
        count[UNORDERED] += unordered[p] = !ascending(ns, e);
        count[BARE] += bare[p] = !known;
    }
    if (count[UNORDERED] > 0) {
        dia_finding *f = dia_checkup_found(x, &dia_data_test_order, DIA_SEVERITY_FAULT, "energies");
        f->kind = UNORDERED;
        dia_finding_points(&x->findings, f, n, unordered);
        dia_finding_text(&x->findings, &f->what,
                         "states are not in ascending order of energy at %d point%s (swapped states)", f->npoint,
                         f->npoint > 1 ? "s" : "");
        dia_finding_text(&x->findings, &f->sure, "certain");
        dia_finding_text(&x->findings, &f->cure,
                         "sort the states of these points, with their gradients, couplings and dipoles");
    }
    if (count[BARE] > 0) {
        dia_finding *f = dia_checkup_found(x, &dia_data_test_order, DIA_SEVERITY_NOTE, "energies");
        f->kind = BARE;
        dia_finding_points(&x->findings, f, n, bare);
        dia_finding_text(&x->findings, &f->what, "%d point%s no energy at all", f->npoint,
                         f->npoint > 1 ? "s have" : " has");
        dia_finding_text(&x->findings, &f->cure, "nothing: a training leaves them out");
    }
    dia_checkup_say(x, "%d of %d points out of order, %d without energies", count[UNORDERED], n, count[BARE]);
    free(unordered);
    free(bare);
    return DIA_OK;
}

/* Insertion among the states whose energies are known; the others keep their places. */
static void sort_states(const double *e, int n, int *order)
{
    for (int k = 0; k < n; k++)
        order[k] = k;
    for (int k = 1; k < n; k++)
        for (int j = k; j > 0; j--) {
            int i = j - 1;
            while (i >= 0 && isnan(e[order[i]]))
                i--;
            if (i < 0 || isnan(e[order[j]]) || !(e[order[j]] < e[order[i]]))
                continue;
            const int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    if (f->kind == BARE) {
        dia_checkup_drop(x, f);
        return DIA_OK;
    }
    for (int i = 0; i < f->npoint; i++) {
        int order[DIA_DATASET_STATES];
        sort_states(dia_checkup_energy(x, f->point[i]), x->data.nstate, order);
        dia_checkup_reorder(x, f->point[i], order, true);
    }
    dia_finding_text(&x->findings, &f->done, "states of %d point%s sorted", f->npoint, f->npoint > 1 ? "s" : "");
    return DIA_OK;
}

const dia_data_test dia_data_test_order = {.name = "order",
                                           .finds = "states that are not in the order of their energies",
                                           .tells = "by their energies",
                                           .find = find,
                                           .repair = repair};
