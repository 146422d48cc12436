/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/feasible.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"
#include "molecule/align.h"
#include "molecule/radii.h"

enum { SAMPLES = 200, LEAST = 3 };
static const double least_share = 0.02, quantile = 0.75, least_distance = 0.1; /* bohr */

/* ---- permutations that keep the bonds -------------------------------------------------------- */

typedef struct graph {
    const dia_molecule *molecule;
    bool *bonded; /* (natom, natom) */
    int *p;       /* (natom) the permutation so far */
    bool *used;   /* (natom) */
    int n;        /* permutations found */
    int *list;    /* (DIA_SYMMETRY_MAX, natom) */
} graph;

/* All ways to map atom a and those behind it. Stops when there is one too many. */
static void map_atoms(graph *g, int a)
{
    const int natom = g->molecule->natom;
    if (a == natom) {
        if (g->n < DIA_SYMMETRY_MAX)
            memcpy(g->list + g->n * natom, g->p, sizeof *g->p * (size_t)natom);
        g->n++;
        return;
    }
    for (int b = 0; b < natom && g->n <= DIA_SYMMETRY_MAX; b++) {
        bool good = !g->used[b] && g->molecule->numbers[a] == g->molecule->numbers[b];
        for (int c = 0; c < a && good; c++)
            good = g->bonded[a * natom + c] == g->bonded[b * natom + g->p[c]];
        if (!good)
            continue;
        g->p[a] = b;
        g->used[b] = true;
        map_atoms(g, a + 1);
        g->used[b] = false;
    }
}

static int moved(int natom, const int *p)
{
    int n = 0;
    for (int a = 0; a < natom; a++)
        n += p[a] != a;
    return n;
}

/* Those that move few atoms first, so that the generators are simple; a stable sort of a short list. */
static void sort_by_moved(int natom, int n, int *list, int *spare)
{
    const size_t size = sizeof *list * (size_t)natom;
    for (int i = 1; i < n; i++)
        for (int k = i; k > 0 && moved(natom, list + k * natom) < moved(natom, list + (k - 1) * natom); k--) {
            memcpy(spare, list + k * natom, size);
            memcpy(list + k * natom, list + (k - 1) * natom, size);
            memcpy(list + (k - 1) * natom, spare, size);
        }
}

static dia_status find_candidates(graph *g, dia_error *error)
{
    const size_t natom = (size_t)g->molecule->natom;
    g->bonded = calloc(natom * natom, sizeof *g->bonded);
    g->p = calloc(natom, sizeof *g->p);
    g->used = calloc(natom, sizeof *g->used);
    g->list = calloc(DIA_SYMMETRY_MAX * natom, sizeof *g->list);
    if (g->bonded == NULL || g->p == NULL || g->used == NULL || g->list == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to search for symmetry");
    for (size_t a = 0; a < natom; a++)
        for (size_t b = 0; b < natom; b++)
            g->bonded[a * natom + b] =
                a != b && dia_molecule_bonded(g->molecule, g->molecule->reference, (int)a, (int)b);
    map_atoms(g, 0);
    if (g->n > DIA_SYMMETRY_MAX)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "network.symmetry: search: the bonds allow more than %d permutations of atoms, too many "
                             "to try; give the generators of the feasible ones",
                             DIA_SYMMETRY_MAX);
    sort_by_moved((int)natom, g->n, g->list, g->p);
    return DIA_OK;
}

static void graph_free(graph *g)
{
    free(g->bonded);
    free(g->p);
    free(g->used);
    free(g->list);
}

/* ---- images in the data ---------------------------------------------------------------------- */

typedef struct cloud {
    int natom, n;
    double *x;     /* (n, 3 natom) geometries about their centres */
    double *image; /* (3 natom) room                              */
    double near;   /* bohr: nearer than this is among the data    */
} cloud;

/* d of feasible.h, both geometries about their centres. */
static double distance(int natom, const double *x, const double *y)
{
    double A[9] = {0.0}, Q[9], square = dia_dot(3 * natom, x, x) + dia_dot(3 * natom, y, y);
    for (int a = 0; a < natom; a++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                A[3 * i + j] += x[3 * a + i] * y[3 * a + j];
    dia_best_turn(A, Q);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            square -= 2.0 * Q[3 * i + j] * A[3 * j + i];
    return sqrt(fmax(square, 0.0) / natom);
}

/* What "near" is: how far points have their nearest neighbours. */
static dia_status measure_cloud(cloud *c, dia_error *error)
{
    double *nearest = calloc((size_t)c->n, sizeof *nearest);
    if (nearest == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to search for symmetry");
    for (int i = 0; i < c->n; i++)
        nearest[i] = INFINITY;
    for (int i = 0; i < c->n; i++)
        for (int j = 0; j < i; j++) {
            const double d = distance(c->natom, c->x + i * 3 * c->natom, c->x + j * 3 * c->natom);
            nearest[i] = fmin(nearest[i], d);
            nearest[j] = fmin(nearest[j], d);
        }
    dia_ascend(c->n, nearest);
    const double typical = nearest[(int)(quantile * (c->n - 1))];
    c->near = isfinite(typical) ? fmax(typical, least_distance) : least_distance;
    free(nearest);
    return DIA_OK;
}

static dia_status make_cloud(cloud *c, const dia_dataset *data, int npoint, const int *points, dia_error *error)
{
    const int nc = data->ncart;
    *c = (cloud){.natom = data->natom, .n = npoint < SAMPLES ? npoint : SAMPLES};
    c->x = calloc((size_t)c->n * (size_t)nc + 1, sizeof *c->x);
    c->image = calloc((size_t)nc, sizeof *c->image);
    if (c->x == NULL || c->image == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to search for symmetry");
    for (int i = 0; i < c->n; i++) {
        double *x = c->x + (size_t)i * (size_t)nc;
        memcpy(x, data->R + (size_t)points[(long)i * npoint / c->n] * (size_t)nc, sizeof *x * (size_t)nc);
        for (int k = 0; k < 3; k++) {
            double mean = 0.0;
            for (int a = 0; a < c->natom; a++)
                mean += x[3 * a + k] / c->natom;
            for (int a = 0; a < c->natom; a++)
                x[3 * a + k] -= mean;
        }
    }
    return measure_cloud(c, error);
}

/* Share of the points whose image lies in the data. */
static double share_of(const cloud *c, const int *p, bool inversion)
{
    int count = 0;
    for (int i = 0; i < c->n; i++) {
        bool near = false;
        dia_symmetry_image(c->natom, p, inversion, c->x + i * 3 * c->natom, c->image);
        for (int j = 0; j < c->n && !near; j++)
            near = distance(c->natom, c->image, c->x + j * 3 * c->natom) <= c->near;
        count += near;
    }
    return count >= LEAST ? (double)count / c->n : 0.0;
}

/* ---- generators ------------------------------------------------------------------------------ */

/* The group of the generators so far. */
static dia_status close_group(const dia_feasible *f, const dia_molecule *molecule, dia_symmetry *group,
                              dia_error *error)
{
    double ones[DIA_SYMMETRY_MAX];
    for (int g = 0; g < f->n; g++)
        ones[g] = 1.0;
    return dia_symmetry_init(group, molecule, 1, &(dia_generators){f->n, f->permutations, f->inversions, ones, NULL},
                             error);
}

static void exchange_generators(dia_feasible *f, int a, int b, int natom)
{
    for (int i = 0; i < natom; i++) {
        const int p = f->permutations[a * natom + i];
        f->permutations[a * natom + i] = f->permutations[b * natom + i];
        f->permutations[b * natom + i] = p;
    }
    const bool inversion = f->inversions[a];
    const double share = f->share[a];
    f->inversions[a] = f->inversions[b];
    f->share[a] = f->share[b];
    f->inversions[b] = inversion;
    f->share[b] = share;
}

/* Later generators may make an earlier one a product of the others: it has to go, or its signs would be sought in vain. */
static dia_status drop_products(dia_feasible *f, const graph *g, int order, dia_error *error)
{
    const int natom = g->molecule->natom;
    for (int i = f->n - 1; i >= 0; i--) {
        dia_symmetry group;
        f->n--;
        exchange_generators(f, i, f->n, natom);
        const dia_status status = close_group(f, g->molecule, &group, error);
        if (status != DIA_OK)
            return status;
        const bool needed = group.nelement < order;
        dia_symmetry_free(&group);
        if (needed) {
            exchange_generators(f, i, f->n, natom);
            f->n++;
        }
    }
    return DIA_OK;
}

static dia_status find_generators(dia_feasible *f, const graph *g, const cloud *c, dia_error *error)
{
    const int natom = c->natom;
    dia_symmetry group;
    dia_status status = close_group(f, g->molecule, &group, error);
    for (int i = 0; i < 2 * g->n && status == DIA_OK; i++) {
        const int *p = g->list + i / 2 * natom;
        const bool inversion = i % 2 == 1;
        if (dia_symmetry_find(&group, p, inversion) >= 0)
            continue;
        const double share = share_of(c, p, inversion);
        if (share < least_share)
            continue;
        memcpy(f->permutations + f->n * natom, p, sizeof *p * (size_t)natom);
        f->inversions[f->n] = inversion;
        f->share[f->n++] = share;
        dia_symmetry_free(&group);
        status = close_group(f, g->molecule, &group, error);
    }
    f->order = status == DIA_OK ? group.nelement : 0;
    if (status == DIA_OK)
        dia_symmetry_free(&group);
    if (status == DIA_OK && f->order > DIA_FEASIBLE_MAX)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "network.symmetry: search: the data visit a group of %d operations, and a network is "
                             "evaluated once for each of them; at most %d are searched for: give the generators of a "
                             "smaller group (fewer exchanges of atoms; they need not be all that are feasible)",
                             f->order, DIA_FEASIBLE_MAX);
    return status == DIA_OK ? drop_products(f, g, f->order, error) : status;
}

dia_status dia_feasible_find(dia_feasible *f, const dia_molecule *molecule, const dia_dataset *data, int npoint,
                             const int *points, dia_error *error)
{
    graph g = {.molecule = molecule};
    cloud c = {0};
    const size_t most = DIA_SYMMETRY_MAX; /* each generator doubles the group at least: far fewer are needed */
    *f = (dia_feasible){.permutations = calloc(most * (size_t)molecule->natom, sizeof *f->permutations),
                        .inversions = calloc(most, sizeof *f->inversions),
                        .share = calloc(most, sizeof *f->share)};
    dia_status status = f->permutations != NULL && f->inversions != NULL && f->share != NULL
                            ? find_candidates(&g, error)
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to search for symmetry");
    if (status == DIA_OK)
        status = make_cloud(&c, data, npoint, points, error);
    if (status == DIA_OK)
        status = find_generators(f, &g, &c, error);
    graph_free(&g);
    free(c.x);
    free(c.image);
    if (status != DIA_OK)
        dia_feasible_free(f);
    return status;
}

void dia_feasible_free(dia_feasible *f)
{
    free(f->permutations);
    free(f->inversions);
    free(f->share);
    *f = (dia_feasible){0};
}
