/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points with the same geometry: moved, turned, mirrored, like atoms exchanged. With the same energies they count double and may judge what they
 * taught; with other energies no model can follow both. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "check/data/test.h"
#include "math/vector.h"

extern const dia_data_test dia_data_test_duplicates;

enum { SAME, EXCHANGED, CONTRADICTION, KINDS, EACH = 4 };

/* Root mean square over the distances, bohr: energies change by less than 1e-5 hartree over that. */
static const double same = 1e-5;
/* Hartree, 27 meV: what differs more are two solutions; less is noise of energies near an intersection. */
static const double tolerated = 1e-3;

/* Each distance between like pairs of atoms in ascending order is the same whatever atoms are exchanged; in the order of the file it is not. */
static double difference_in_order(const dia_dataset *d, int p, int q)
{
    const double *R = d->R + (size_t)p * (size_t)d->ncart, *S = d->R + (size_t)q * (size_t)d->ncart;
    double most = 0.0;
    for (int a = 0; a < d->natom; a++)
        for (int b = 0; b < a; b++)
            most = fmax(most, fabs(dia_distance(R + 3 * a, R + 3 * b) - dia_distance(S + 3 * a, S + 3 * b)));
    return most;
}

static int kind_of(const dia_checkup *x, int p, int q, double *apart)
{
    const double *e = dia_checkup_energy(x, p), *f = dia_checkup_energy(x, q);
    *apart = 0.0;
    for (int k = 0; k < x->data.nstate; k++) /* fmax ignores NaN */
        *apart = fmax(*apart, fabs(e[k] - f[k]));
    if (*apart > tolerated)
        return CONTRADICTION;
    return difference_in_order(&x->data, p, q) > 1e-3 ? EXCHANGED : SAME;
}

/* Has the later point a label that the earlier one has not? Then it is kept. */
static bool adds(const dia_checkup *x, int kept, int later)
{
    const int ng = x->data.nstate * x->data.ncart, nc = x->data.npair * x->data.ncart;
    const double *a[] = {dia_checkup_energy(x, kept), dia_checkup_gradient(x, kept, 0),
                         dia_checkup_coupling(x, kept, 0)};
    const double *b[] = {dia_checkup_energy(x, later), dia_checkup_gradient(x, later, 0),
                         dia_checkup_coupling(x, later, 0)};
    const int n[] = {x->data.nstate, ng, nc};
    for (int kind = 0; kind < 3; kind++)
        for (int i = 0; i < n[kind]; i++)
            if (isnan(a[kind][i]) && !isnan(b[kind][i]))
                return true;
    return false;
}

typedef struct twins {
    int *of;      /* (npoint) the earliest point with this geometry, or itself */
    char *kind;   /* (npoint) of a point that has one                          */
    double worst; /* largest difference of energies                            */
    int example[2];
} twins;

static void look(const dia_checkup *x, const int *neighbour, twins *t)
{
    for (int p = 0; p < x->data.npoint; p++)
        t->of[p] = p;
    for (int p = 0; p < x->data.npoint; p++)
        for (int k = 0; k < EACH; k++) {
            const int q = neighbour[p * EACH + k], low = q < p ? q : p, high = q < p ? p : q;
            double apart;
            if (q < 0)
                continue;
            const int kind = kind_of(x, p, q, &apart);
            if (t->of[high] == high || low < t->of[high])
                t->of[high] = low;
            t->kind[high] = (char)(kind > t->kind[high] ? kind : t->kind[high]);
            if (kind == CONTRADICTION)
                t->kind[low] = CONTRADICTION;
            if (kind == CONTRADICTION && apart > t->worst) {
                t->worst = apart;
                t->example[0] = low;
                t->example[1] = high;
            }
        }
}

static void tell(dia_checkup *x, const twins *t, int kind, bool *marked)
{
    int n = 0;
    for (int p = 0; p < x->data.npoint; p++)
        n += marked[p] = t->kind[p] == kind && (t->of[p] != p || kind == CONTRADICTION);
    if (n == 0)
        return;
    dia_finding *f = dia_checkup_found(x, &dia_data_test_duplicates,
                                       kind == CONTRADICTION ? DIA_SEVERITY_FAULT : DIA_SEVERITY_NOTE, "positions");
    f->kind = kind;
    dia_finding_points(&x->findings, f, x->data.npoint, marked);
    if (kind == CONTRADICTION) {
        dia_finding_text(&x->findings, &f->what, "%d points have the geometry of another one and different energies",
                         n);
        dia_finding_text(&x->findings, &f->sure, "points %d and %d: %.3g eV", t->example[0], t->example[1],
                         t->worst / DIA_EV);
        dia_finding_text(&x->findings, &f->cure, "compute them again: one of them is another electronic solution");
        return;
    }
    dia_finding_text(&x->findings, &f->what, "%d point%s of an earlier point%s", n,
                     n > 1 ? "s have the geometry" : " has the geometry",
                     kind == EXCHANGED ? " with like atoms exchanged" : "");
    dia_finding_text(&x->findings, &f->sure, "all distances agree within %.0e bohr, energies within %.0f meV", same,
                     1e3 * tolerated / DIA_EV);
    dia_finding_text(&x->findings, &f->cure, "%s",
                     kind == EXCHANGED ? "leave them out if the network has this symmetry anyway"
                                       : "leave them out: they count double, and may judge what they taught");
}

static double *sorted_distances(const dia_dataset *d, int m)
{
    double *rows = dia_allocate((size_t)d->npoint * (size_t)m + 1, sizeof *rows);
    for (int p = 0; rows != NULL && p < d->npoint; p++)
        dia_dataset_distances(d, p, rows + (size_t)p * (size_t)m);
    return rows;
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    const int n = x->data.npoint, m = x->data.natom * (x->data.natom - 1) / 2;
    double *rows = sorted_distances(&x->data, m);
    int *neighbour = calloc((size_t)n * EACH + 1, sizeof *neighbour);
    bool *marked = calloc((size_t)n + 1, sizeof *marked);
    twins t = {.of = calloc((size_t)n + 1, sizeof *t.of), .kind = calloc((size_t)n + 1, 1)};
    dia_status status = rows != NULL && neighbour != NULL && marked != NULL && t.of != NULL && t.kind != NULL
                            ? dia_near_rows(n, m, rows, x->drop, 0.0, same * sqrt(m), EACH, neighbour, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to compare %d points", n);
    if (status == DIA_OK) {
        int all = 0;
        look(x, neighbour, &t);
        for (int kind = 0; kind < KINDS; kind++)
            tell(x, &t, kind, marked);
        for (int p = 0; p < n; p++)
            all += t.of[p] != p;
        dia_checkup_say(x, "%d of %d points repeat the geometry of an earlier one", all, n);
    }
    free(rows);
    free(neighbour);
    free(marked);
    free(t.of);
    free(t.kind);
    return status;
}

/* Of a contradiction nothing tells which is right: both go. */
static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    int n = 0;
    for (int i = 0; i < f->npoint; i++) {
        const int p = f->point[i];
        bool keeps = false;
        for (int q = 0; q < p && f->kind != CONTRADICTION && !keeps; q++) {
            double apart = 0.0;
            keeps = !x->drop[q] && difference_in_order(&x->data, p, q) < 1e-3 && kind_of(x, p, q, &apart) == SAME &&
                    adds(x, q, p);
        }
        n += !keeps;
        x->drop[p] = !keeps;
    }
    dia_checkup_moved(x);
    dia_finding_text(&x->findings, &f->done, "%d point%s left out", n, n > 1 ? "s" : "");
    return DIA_OK;
}

const dia_data_test dia_data_test_duplicates = {
    .name = "duplicates",
    .finds = "repeated geometries, also with like atoms exchanged; contradictions among them",
    .tells = "by all distances between atoms, sorted by the elements",
    .brief = true,
    .find = find,
    .repair = repair};
