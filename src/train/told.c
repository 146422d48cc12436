/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/told.h"

#include <stdlib.h>
#include <string.h>

#include "train/characters.h"

/* Chosen on aniline, ethylene, ammonia and phenol, so that no right pattern is ruled out. */
enum { LEAST = 5, FACTOR = 3 };

typedef struct group { /* generators as dia_symmetry_init wants them */
    dia_molecule molecule;
    int n, nstate, *permutations;
    bool *inversions;
    double *signs;
} group;

static dia_status group_open(group *g, const dia_training *t, const dia_generator *all, int n, dia_error *error)
{
    const size_t natom = (size_t)t->data.natom;
    *g = (group){.n = n, .nstate = t->settings.network.diabats};
    g->permutations = calloc((size_t)n * natom, sizeof *g->permutations);
    g->inversions = calloc((size_t)n, sizeof *g->inversions);
    g->signs = calloc((size_t)n * (size_t)g->nstate, sizeof *g->signs);
    if (g->permutations == NULL || g->inversions == NULL || g->signs == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to look for signs");
    for (int i = 0; i < n; i++) {
        memcpy(g->permutations + (size_t)i * natom, all[i].permutation.items, natom * sizeof *g->permutations);
        g->inversions[i] = all[i].inversion;
        for (int k = 0; k < g->nstate; k++)
            g->signs[i * g->nstate + k] = 1.0; /* a representation in any case */
    }
    return dia_training_molecule(t, &g->molecule, error);
}

static void group_close(group *g)
{
    dia_molecule_free(&g->molecule);
    free(g->permutations);
    free(g->inversions);
    free(g->signs);
}

static dia_status close_group(const group *g, dia_symmetry *symmetry, dia_error *error)
{
    const dia_generators generators = {g->n, g->permutations, g->inversions, g->signs, NULL};
    return dia_symmetry_init(symmetry, &g->molecule, g->nstate, &generators, error);
}

typedef struct count { /* of points: explained, and of those in the order of the energies */
    int fit, ordered;
} count;

static bool better(count a, count b)
{
    return a.fit > b.fit || (a.fit == b.fit && a.ordered > b.ordered);
}

/* Points of the training that hypothesis h explains: its digits are the patterns of the generators from `known` on. fit -1: no
 * representation of the group. */
static count explained(const dia_training *t, group *g, int known, int h, dia_characters *c, int *points)
{
    const int bits = g->nstate - 1;
    dia_symmetry symmetry;
    dia_error ignored = {0};
    for (int i = known; i < g->n; i++)
        for (int k = 1; k < g->nstate; k++)
            g->signs[i * g->nstate + k] = h >> ((i - known) * bits + k - 1) & 1 ? -1 : 1;
    if (close_group(g, &symmetry, &ignored) != DIA_OK)
        return (count){-1, 0};
    dia_characters_assume(c, &symmetry);
    dia_symmetry_free(&symmetry);
    count n = {0, 0};
    *points = 0;
    for (int i = 0; i < t->ntrain; i++) {
        const int fit = dia_characters_fit(c, t->train[i], t->settings.network.states);
        *points += fit >= 0;
        n.fit += fit > 0;
        n.ordered += fit > 1;
    }
    return n;
}

static void rule(const dia_training *t, group *g, int known, dia_characters *c, dia_told *told)
{
    const int bits = g->nstate - 1, patterns = 1 << bits;
    count of[1 << (DIA_DATASET_STATES - 1)], best = {-1, 0};
    for (int v = 0; v < patterns; v++)
        of[v] = (count){-1, 0};
    for (int h = 0; h < 1 << ((g->n - known) * bits); h++) {
        const count n = explained(t, g, known, h, c, &told->points);
        const int v = h & (patterns - 1);
        if (better(n, of[v]))
            of[v] = n;
        if (better(n, best)) {
            best = n;
            told->preferred = v;
        }
    }
    const int fails = told->points - best.fit;
    if (told->points < LEAST || 10 * fails > told->points)
        return;
    for (int v = 0; v < patterns; v++) {
        const int wrong = told->points - of[v].fit;
        told->ruled[v] = of[v].fit < 0 || (wrong >= LEAST + FACTOR * fails && 10 * wrong > told->points);
    }
}

dia_status dia_told_signs(dia_told *told, const dia_training *t, const dia_generator *all, int n, int known,
                          dia_error *error)
{
    const int bits = t->settings.network.diabats - 1;
    dia_symmetry symmetry = {0};
    dia_characters characters = {0};
    group g;
    *told = (dia_told){.points = 0};
    for (int i = 0; i < n; i++) /* a matrix, of which characters say less; what does not fit is told when it is tried */
        if (all[i].permutation.n != t->data.natom || (i < known && all[i].signs.n != bits + 1))
            return DIA_OK;
    while (n > known + 1 && (n - known) * bits > 12) /* 4096 hypotheses */
        n--;
    dia_status status = group_open(&g, t, all, n, error);
    if (status == DIA_OK && close_group(&g, &symmetry, error) == DIA_OK) {
        status = dia_characters_make(&characters, &symmetry, true, &t->data, error);
        for (int i = 0; i < known; i++)
            for (int k = 0; k < g.nstate; k++)
                g.signs[i * g.nstate + k] = ((const int *)all[i].signs.items)[k];
        if (status == DIA_OK)
            rule(t, &g, known, &characters, told);
    } else if (status == DIA_OK)
        dia_error_clear(error); /* told when the generator is tried */
    dia_characters_free(&characters);
    dia_symmetry_free(&symmetry);
    group_close(&g);
    return status;
}
