/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/symmetrise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "math/vector.h"
#include "molecule/align.h"
#include "molecule/modes.h"

enum { ATOMS = DIA_SYMMETRISE_ATOMS };

typedef struct search {
    const dia_molecule *molecule;
    double tolerance;
    double y[3 * ATOMS], mean[3 * ATOMS]; /* from the centre of mass; sum of its images      */
    const double *hessian;                /* NULL in the passes that look at y alone */
    double *sum;                          /* (ncart, ncart) of images of the Hessian */
    int count, p[ATOMS];
    bool used[ATOMS];
} search;

double dia_symmetry_turn(const dia_molecule *molecule, const double *y, const int *p, bool inversion, double *T)
{
    const int n = molecule->natom;
    const double s = inversion ? -1.0 : 1.0;
    double A[9] = {0}, Q[9], square = 0.0;
    for (int a = 0; a < n; a++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                A[3 * i + j] += molecule->masses[a] * s * y[3 * p[a] + i] * y[3 * a + j];
    dia_best_turn(A, Q); /* Q s y_p[a] nearest to y_a */
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            T[3 * i + j] = Q[3 * j + i];
    for (int a = 0; a < n; a++)
        for (int i = 0; i < 3; i++)
            square += pow(s * dia_dot3(Q + 3 * i, y + 3 * p[a]) - y[3 * a + i], 2);
    return sqrt(square / n);
}

/* sum_ab += T^T F_p[a]p[b] T, 3x3 blocks */
static void add_hessian(search *now, const double *T)
{
    const int n = now->molecule->natom, nc = 3 * n;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            for (int i = 0; i < 3; i++)
                for (int j = 0; j < 3; j++)
                    for (int k = 0; k < 3; k++)
                        for (int l = 0; l < 3; l++)
                            now->sum[(3 * a + i) * nc + 3 * b + j] +=
                                T[3 * k + i] * now->hessian[(3 * now->p[a] + k) * nc + 3 * now->p[b] + l] *
                                T[3 * l + j];
}

/* A permutation that keeps all distances: as it is, with inversion, or (planar) both. */
static void take(search *now)
{
    const int n = now->molecule->natom;
    for (int inversion = 0; inversion < 2; inversion++) {
        double T[9];
        if (!(dia_symmetry_turn(now->molecule, now->y, now->p, inversion, T) < now->tolerance))
            continue;
        now->count++;
        for (int a = 0; a < n; a++)
            for (int i = 0; i < 3; i++)
                for (int k = 0; k < 3; k++)
                    now->mean[3 * a + i] += (inversion ? -1.0 : 1.0) * T[3 * k + i] * now->y[3 * now->p[a] + k];
        if (now->hessian != NULL)
            add_hessian(now, T);
    }
}

/* The images of atoms below a are chosen. */
static void place(search *now, int a)
{
    const dia_molecule *m = now->molecule;
    if (a == m->natom) {
        take(now);
        return;
    }
    for (int b = 0; b < m->natom; b++) {
        bool fits = !now->used[b] && m->numbers[a] == m->numbers[b] && m->masses[a] == m->masses[b];
        for (int c = 0; c < a && fits; c++) /* an atom is off by tolerance sqrt(natom) at most */
            fits = fabs(dia_distance(now->y + 3 * a, now->y + 3 * c) -
                        dia_distance(now->y + 3 * b, now->y + 3 * now->p[c])) < 2.0 * sqrt(m->natom) * now->tolerance;
        if (!fits)
            continue;
        now->used[b] = true;
        now->p[a] = b;
        place(now, a + 1);
        now->used[b] = false;
    }
}

static void pass(search *now)
{
    now->count = 0;
    memset(now->mean, 0, sizeof now->mean);
    place(now, 0);
    for (int c = 0; c < 3 * now->molecule->natom; c++)
        now->y[c] = now->mean[c] / now->count;
}

dia_status dia_symmetrise(const dia_molecule *molecule, double tolerance, double *R, double *hessian, dia_error *error)
{
    enum { PASSES = 4 }; /* the deviation from symmetry is squared in each */
    const int nc = 3 * molecule->natom;
    search now = {.molecule = molecule, .tolerance = tolerance};
    double centre[3];
    now.sum = calloc((size_t)nc * (size_t)nc, sizeof *now.sum);
    if (now.sum == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for a Hessian of order %d", nc);
    dia_centre_of_mass(molecule, R, centre);
    for (int c = 0; c < nc; c++)
        now.y[c] = R[c] - centre[c % 3];
    for (int i = 0; i < PASSES; i++)
        pass(&now);
    now.hessian = hessian;
    pass(&now);
    for (int c = 0; c < nc; c++)
        R[c] = now.y[c] + centre[c % 3];
    for (int c = 0; c < nc * nc; c++)
        hessian[c] = now.sum[c] / now.count;
    free(now.sum);
    return DIA_OK;
}
