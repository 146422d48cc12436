/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The bonds, angles and torsions of a molecule. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "intersect/internal.h"
#include "math/vector.h"
#include "molecule/radii.h"

typedef struct maker {
    dia_internal_set *set;
    const dia_molecule *molecule;
    int ngeometry, room;
    const double *R;
    bool *bonded; /* (natom, natom) */
    dia_error *error;
    dia_status status;
} maker;

static bool bonded(const maker *m, int i, int j)
{
    return i != j && m->bonded[i * m->molecule->natom + j];
}

static void join(maker *m, int i, int j)
{
    m->bonded[i * m->molecule->natom + j] = m->bonded[j * m->molecule->natom + i] = true;
}

static void append(maker *m, dia_coordinate_kind kind, double stiffness, int i, int j, int k, int l)
{
    dia_internal_set *set = m->set;
    if (m->status != DIA_OK)
        return;
    if (set->n == m->room) {
        const int room = m->room > 0 ? 2 * m->room : 64;
        dia_coordinate *more = realloc(set->coordinate, (size_t)room * sizeof *more);
        if (more != NULL)
            set->coordinate = more;
        double *stiff = realloc(set->stiffness, (size_t)room * sizeof *stiff);
        if (stiff != NULL)
            set->stiffness = stiff;
        if (more == NULL || stiff == NULL) {
            m->status = dia_error_set(m->error, DIA_ERROR_MEMORY, "out of memory for %d internal coordinates", room);
            return;
        }
        m->room = room;
    }
    dia_coordinate_make(&set->coordinate[set->n], kind, (const int[]){i, j, k, l}, m->molecule);
    set->stiffness[set->n++] = stiffness;
}

/* Finds the fragment of each atom by spreading from every atom to its neighbours; returns the number of fragments. */
static int fragments(const maker *m, int *fragment)
{
    const int n = m->molecule->natom;
    int count = 0;
    for (int i = 0; i < n; i++)
        fragment[i] = -1;
    for (int i = 0; i < n; i++) {
        if (fragment[i] >= 0)
            continue;
        fragment[i] = count;
        for (bool spread = true; spread;) {
            spread = false;
            for (int a = 0; a < n; a++)
                for (int b = 0; b < n; b++)
                    if (fragment[a] == count && fragment[b] < 0 && bonded(m, a, b)) {
                        fragment[b] = count;
                        spread = true;
                    }
        }
        count++;
    }
    return count;
}

static double distance(const maker *m, int geometry, int i, int j)
{
    const double *R = m->R + (size_t)geometry * (size_t)m->molecule->ncart;
    return dia_distance(R + 3 * i, R + 3 * j);
}

/* Bonds at any of the geometries, and the shortest links between fragments that they leave unconnected. */
static void find_bonds(maker *m, int *fragment)
{
    const int n = m->molecule->natom;
    for (int g = 0; g < m->ngeometry; g++)
        for (int i = 0; i < n; i++)
            for (int j = 0; j < i; j++)
                if (dia_molecule_bonded(m->molecule, m->R + (size_t)g * (size_t)m->molecule->ncart, i, j))
                    join(m, i, j);
    while (fragments(m, fragment) > 1) {
        double least = INFINITY;
        int a = 0, b = 0;
        for (int g = 0; g < m->ngeometry; g++)
            for (int i = 0; i < n; i++)
                for (int j = 0; j < i; j++)
                    if (fragment[i] != fragment[j] && distance(m, g, i, j) < least) {
                        least = distance(m, g, i, j);
                        a = i, b = j;
                    }
        if (a == b) /* a geometry that is not finite */
            return;
        join(m, a, b);
    }
}

/* Is the angle i-j-k so near to 180 deg at any of the geometries that a torsion over it is undefined? */
static bool straight(const maker *m, int i, int j, int k)
{
    static const double most = 170.0 / 180.0 * DIA_PI;
    dia_coordinate angle;
    dia_coordinate_make(&angle, DIA_COORDINATE_ANGLE, (const int[]){i, j, k}, m->molecule);
    for (int g = 0; g < m->ngeometry; g++)
        if (dia_coordinate_value(&angle, m->R + (size_t)g * (size_t)m->molecule->ncart) > most)
            return true;
    return false;
}

static void add_torsions(maker *m, int j, int k)
{
    const int n = m->molecule->natom;
    for (int i = 0; i < n; i++) {
        if (i == k || !bonded(m, i, j) || straight(m, i, j, k))
            continue;
        for (int l = 0; l < n; l++)
            if (l != j && l != i && bonded(m, l, k) && !straight(m, j, k, l))
                append(m, DIA_COORDINATE_TORSION, 0.1, i, j, k, l);
    }
}

static void add_centre(maker *m, int j)
{
    const int n = m->molecule->natom;
    int neighbour[3], count = 0;
    for (int i = 0; i < n; i++) {
        if (!bonded(m, i, j))
            continue;
        if (count < 3)
            neighbour[count] = i;
        count++;
        for (int k = i + 1; k < n; k++)
            if (bonded(m, k, j))
                append(m, DIA_COORDINATE_ANGLE, 0.2, i, j, k, 0);
    }
    for (int a = 0; count == 3 && a < 3; a++) {
        const int up = neighbour[a], left = neighbour[(a + 1) % 3], right = neighbour[(a + 2) % 3];
        if (!straight(m, left, j, right))
            append(m, DIA_COORDINATE_OUT_OF_PLANE, 0.1, j, up, left, right);
    }
}

dia_status dia_internal_set_make(dia_internal_set *set, const dia_molecule *molecule, int ngeometry, const double *R,
                                 dia_error *error)
{
    const int n = molecule->natom;
    *set = (dia_internal_set){0};
    maker m = {.set = set, .molecule = molecule, .ngeometry = ngeometry, .R = R, .error = error, .status = DIA_OK};
    if (molecule->dimension != 3) {
        for (int c = 0; c < molecule->ncart; c++)
            append(&m, DIA_COORDINATE_POSITION, 1.0, c, 0, 0, 0);
    } else {
        int *fragment = calloc((size_t)n, sizeof *fragment);
        m.bonded = calloc((size_t)n * (size_t)n, sizeof *m.bonded);
        if (fragment == NULL || m.bonded == NULL) {
            m.status = dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for the bonds of %d atoms", n);
        } else {
            find_bonds(&m, fragment);
            for (int i = 0; i < n; i++)
                for (int j = 0; j < i; j++)
                    if (bonded(&m, i, j))
                        append(&m, DIA_COORDINATE_DISTANCE, 0.5, j, i, 0, 0);
            for (int j = 0; j < n; j++)
                add_centre(&m, j);
            for (int j = 0; j < n; j++)
                for (int k = j + 1; k < n; k++)
                    if (bonded(&m, j, k))
                        add_torsions(&m, j, k);
        }
        free(fragment);
        free(m.bonded);
    }
    if (m.status != DIA_OK)
        dia_internal_set_free(set);
    return m.status;
}

dia_status dia_internal_set_make_distances(dia_internal_set *set, const dia_molecule *molecule, int ngeometry,
                                           const double *R, dia_error *error)
{
    *set = (dia_internal_set){0};
    maker m = {.set = set, .molecule = molecule, .ngeometry = ngeometry, .R = R, .error = error, .status = DIA_OK};
    for (int i = 0; i < molecule->natom; i++)
        for (int j = 0; j < i; j++) {
            double mean = 0.0;
            for (int g = 0; g < ngeometry; g++)
                mean += distance(&m, g, i, j) / ngeometry;
            append(&m, DIA_COORDINATE_DISTANCE, 16.0 / pow(mean, 4.0), j, i, 0, 0);
        }
    if (m.status != DIA_OK)
        dia_internal_set_free(set);
    return m.status;
}

void dia_internal_set_free(dia_internal_set *set)
{
    free(set->coordinate);
    free(set->stiffness);
    *set = (dia_internal_set){0};
}

/* Do two torsions twist the same bond? */
static bool same_bond(const dia_coordinate *a, const dia_coordinate *b)
{
    const int *p = a->term[0].atom, *q = b->term[0].atom;
    return (p[1] == q[1] && p[2] == q[2]) || (p[1] == q[2] && p[2] == q[1]);
}

/* Torsions of one bond turn with the group: each difference is taken within half a turn of their mean direction. */
static void turn_together(const dia_internal_set *set, int first, double *change)
{
    double x = 0.0, y = 0.0;
    for (int i = first; i < set->n; i++)
        if (set->coordinate[i].periodic && same_bond(&set->coordinate[first], &set->coordinate[i])) {
            x += cos(change[i]);
            y += sin(change[i]);
        }
    double mean = x * x + y * y > 1e-12 ? atan2(y, x) : change[first];
    if (mean < -DIA_PI + 1e-6) /* half a turn: the same sense for all, whatever the rounding */
        mean += 2.0 * DIA_PI;
    for (int i = first; i < set->n; i++)
        if (set->coordinate[i].periodic && same_bond(&set->coordinate[first], &set->coordinate[i]))
            change[i] = mean + remainder(change[i] - mean, 2.0 * DIA_PI);
}

void dia_internal_change(const dia_internal_set *set, const double *A, const double *B, double *change)
{
    for (int i = 0; i < set->n; i++)
        change[i] = dia_coordinate_difference(&set->coordinate[i], dia_coordinate_value(&set->coordinate[i], B),
                                              dia_coordinate_value(&set->coordinate[i], A));
    for (int i = 0; i < set->n; i++) {
        bool first = set->coordinate[i].periodic;
        for (int j = 0; j < i && first; j++)
            first = !(set->coordinate[j].periodic && same_bond(&set->coordinate[i], &set->coordinate[j]));
        if (first)
            turn_together(set, i, change);
    }
}
