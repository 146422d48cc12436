/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "analyse/mechanism/aligner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "parallel/team.h"

dia_status dia_aligner_create(dia_aligner *aligner, const dia_molecule *molecule, const double *reference,
                              const dia_match *match, dia_relabelling relabel, dia_error *error)
{
    *aligner = (dia_aligner){.match = match,
                             .relabel = relabel,
                             .natom = molecule->natom,
                             .ncart = molecule->ncart,
                             .space = molecule->dimension == 3};
    const size_t n = (size_t)molecule->ncart;
    aligner->reference = dia_allocate(n, sizeof *aligner->reference);
    aligner->root = dia_allocate(n, sizeof *aligner->root);
    if (aligner->reference == NULL || aligner->root == NULL) {
        dia_aligner_free(aligner);
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a reference geometry");
    }
    memcpy(aligner->reference, reference, n * sizeof *reference);
    for (size_t c = 0; c < n; c++)
        aligner->root[c] = sqrt(molecule->masses[c / (size_t)molecule->dimension]);
    if (!aligner->space)
        return DIA_OK;
    dia_molecule placed = *molecule; /* the same, at the reference: only borrowed */
    placed.reference = aligner->reference;
    dia_status status = dia_alignment_make(&aligner->alignment, &placed, error);
    if (status != DIA_OK)
        dia_aligner_free(aligner);
    return status;
}

void dia_aligner_free(dia_aligner *aligner)
{
    if (aligner->space && aligner->alignment.mass != NULL)
        dia_alignment_free(&aligner->alignment);
    free(aligner->reference);
    free(aligner->root);
    *aligner = (dia_aligner){0};
}

/* The permutation of equivalent atoms that brings R closest to the reference. */
static void choose(const dia_aligner *aligner, const double *R, dia_placement *placement)
{
    *placement = (dia_placement){0}; /* permutation 0 is the identity */
    if (aligner->relabel != DIA_RELABEL_NEVER && aligner->space)
        dia_match_distance(aligner->match, aligner->reference, R, placement);
}

/* X (ncart); room (2 ncart). */
static void displacement(const dia_aligner *aligner, const dia_placement *placement, const double *R, double *X,
                         double *room)
{
    const int n = aligner->ncart;
    if (!aligner->space) {
        for (int c = 0; c < n; c++)
            X[c] = aligner->root[c] * (R[c] - aligner->reference[c]);
        return;
    }
    const int *list = aligner->match != NULL ? dia_match_permutation(aligner->match, placement->permutation) : NULL;
    double *ordered = room, *z = room + n;
    dia_pose pose;
    for (int a = 0; a < aligner->natom; a++)
        for (int i = 0; i < 3; i++) {
            const double x = R[3 * (list != NULL ? list[a] : a) + i];
            ordered[3 * a + i] = placement->mirrored ? -x : x;
        }
    dia_align(&aligner->alignment, ordered, z, &pose);
    for (int c = 0; c < n; c++)
        X[c] = aligner->root[c] * (z[c] - aligner->alignment.y[c]);
}

typedef struct walking {
    const dia_aligner *aligner;
    const double *R;
    double *X, *room; /* of a slab; (threads, 2 ncart) */
    int ntime, threads;
    dia_aligner_visitor *visit;
    void *context;
} walking;

static void displace(void *context, int task, int thread)
{
    const walking *now = context;
    const size_t n = (size_t)now->aligner->ncart, T = (size_t)now->ntime;
    const double *R = now->R + (size_t)task * T * n;
    dia_placement placement;
    for (size_t i = 0; i < T; i++) {
        if (i == 0 || now->aligner->relabel == DIA_RELABEL_EVERY)
            choose(now->aligner, R + i * n, &placement);
        displacement(now->aligner, &placement, R + i * n, now->X + ((size_t)task * T + i) * n,
                     now->room + (size_t)thread * 2 * n);
    }
}

static bool walk(void *context, int first, int count, double *const *R)
{
    walking *now = context;
    const size_t n = (size_t)now->aligner->ncart, size = (size_t)count * (size_t)now->ntime * n;
    now->X = dia_allocate(size + (size_t)now->threads * 2 * n, sizeof *now->X);
    if (now->X == NULL)
        return false;
    now->room = now->X + size;
    now->R = R[0];
    dia_team_run(now->threads, count, displace, now);
    now->visit(now->context, first, count, now->X);
    free(now->X);
    return true;
}

dia_status dia_aligner_walk(const dia_aligner *aligner, const dia_mechanism_swarm *swarm, int threads,
                            dia_aligner_visitor *visit, void *context, dia_error *error)
{
    static const char *const name = "trajectories/position";
    walking now = {.aligner = aligner,
                   .ntime = swarm->record->ntime,
                   .threads = dia_team_size(threads),
                   .visit = visit,
                   .context = context};
    const dia_status status = dia_record_walk(swarm->record, 1, &name, walk, &now, error);
    return status == DIA_OK && now.X == NULL ? dia_error_set(error, DIA_ERROR_MEMORY, "no memory for displacements")
                                             : status;
}
