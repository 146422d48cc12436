/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Redundant internal coordinates of the bonds in the reference geometry, few where all pairs and triples are many:
 *
 *   stretch   exp(-(r - r0)/1 A) of each bond, r0 the sum of the covalent radii: only a scale, alike for equal bonds
 *   angle     u.v of each two bonds at an atom (the cosine of the angle)
 *   triple    (u x v).w of three bonds: at an atom with three neighbours, or more, how far it is out of their plane;
 *             along a chain a-b-c-d, the sine of the torsion times the sines of both angles
 *   torsion   (u x v).(v x w) along a chain: the cosine of the torsion times the same sines
 *
 * u, v, w are unit vectors along bonds. As polynomials of them all are smooth at straight angles, where the torsion
 * itself is not defined. Triples are odd under inversion, the others even. Phenol has 58 even and 32 odd ones, where
 * `triple_product` has 2860. The relative position of molecules that no bond joins is not described. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/extend.h"
#include "math/vector.h"
#include "molecule/radii.h"

#define L DIA_LANES
enum { BONDS = 64 }; /* at most: their unit vectors live on the stack */

static const double range = 1.0 * DIA_ANGSTROM;

typedef enum shape { STRETCH, ANGLE, TRIPLE, TORSION } shape;

/* Bonds in a fixed order, so that equal features look equal: ascending, but for TORSION (outer, middle, outer) with the
 * outer ones ascending. */
typedef struct feature {
    shape kind;
    int bond[3];
    double sign; /* of the product, as the bonds are directed from their first atom to their second */
} feature;

typedef struct self {
    int nbond, n;
    int atom[BONDS][2];   /* atom[k][0] < atom[k][1] */
    double length[BONDS]; /* r0 */
    feature *list;        /* (n) */
} self_t;

/* ---- the list -------------------------------------------------------------------------------- */

/* The bond between two atoms; *sign: -1 if it is directed from b to a. -1: none. */
static int bond_of(const self_t *me, int a, int b, double *sign)
{
    *sign = a < b ? 1.0 : -1.0;
    for (int k = 0; k < me->nbond; k++)
        if (me->atom[k][0] == (a < b ? a : b) && me->atom[k][1] == (a < b ? b : a))
            return k;
    return -1;
}

static int bonds_needed(shape kind)
{
    return kind == STRETCH ? 1 : kind == ANGLE ? 2 : 3;
}

/* Bonds into their order; each exchange of two vectors turns the sign of a triple product. */
static void sort(feature *f)
{
    if (f->kind == TORSION) {
        if (f->bond[0] > f->bond[2]) {
            const int t = f->bond[0];
            f->bond[0] = f->bond[2];
            f->bond[2] = t;
        }
        return;
    }
    const int n = bonds_needed(f->kind);
    for (int pass = 1; pass < n; pass++)
        for (int i = 0; i + 1 < n; i++)
            if (f->bond[i] > f->bond[i + 1]) {
                const int t = f->bond[i];
                f->bond[i] = f->bond[i + 1];
                f->bond[i + 1] = t;
                if (f->kind == TRIPLE)
                    f->sign = -f->sign;
            }
}

/* The feature of vectors from[i] -> to[i]; false: two of the atoms are not bonded. */
static bool make(const self_t *me, shape kind, const int *from, const int *to, feature *f)
{
    *f = (feature){.kind = kind, .sign = 1.0};
    for (int i = 0; i < bonds_needed(kind); i++) {
        double sign;
        f->bond[i] = bond_of(me, from[i], to[i], &sign);
        if (f->bond[i] < 0)
            return false;
        if (kind != STRETCH && !(kind == TORSION && i == 1)) /* the middle of a torsion stands in it twice */
            f->sign *= sign;
    }
    sort(f);
    return true;
}

static void add(self_t *me, shape kind, int room, const int *from, const int *to)
{
    feature f;
    if (make(me, kind, from, to, &f)) {
        if (me->n < room)
            me->list[me->n] = f;
        me->n++;
    }
}

/* Angles and triples of the bonds at atom c. */
static void add_at(self_t *me, int natom, int c, int room)
{
    for (int i = 0; i < natom; i++)
        for (int j = i + 1; j < natom; j++) {
            if (i == c || j == c)
                continue;
            add(me, ANGLE, room, (int[]){c, c}, (int[]){i, j});
            for (int k = j + 1; k < natom; k++)
                if (k != c)
                    add(me, TRIPLE, room, (int[]){c, c, c}, (int[]){i, j, k});
        }
}

/* Chains a-b-c-d over the middle bond b-c. */
static void add_chains(self_t *me, int natom, int b, int c, int room)
{
    for (int a = 0; a < natom; a++)
        for (int d = 0; d < natom; d++) {
            if (a == c || d == b || a == d || a == b || c == d)
                continue;
            add(me, TRIPLE, room, (int[]){a, b, c}, (int[]){b, c, d});
            add(me, TORSION, room, (int[]){a, b, c}, (int[]){b, c, d});
        }
}

/* Fills up to `room` features, counts all. */
static void collect(self_t *me, int natom, int room)
{
    me->n = 0;
    for (int k = 0; k < me->nbond; k++)
        add(me, STRETCH, room, me->atom[k], me->atom[k] + 1);
    for (int c = 0; c < natom; c++)
        add_at(me, natom, c, room);
    for (int k = 0; k < me->nbond; k++)
        add_chains(me, natom, me->atom[k][0], me->atom[k][1], room);
}

static dia_status open_(void *self, const dia_molecule *molecule, int *nfeature, dia_error *error)
{
    self_t *me = self;
    if (molecule->dimension != 3)
        return dia_error_set(error, DIA_ERROR_INPUT, "descriptor 'internals' needs a molecule in three dimensions");
    for (int i = 0; i < molecule->natom; i++)
        for (int j = i + 1; j < molecule->natom; j++) {
            if (!dia_molecule_bonded(molecule, molecule->reference, i, j))
                continue;
            if (me->nbond == BONDS)
                return dia_error_set(error, DIA_ERROR_INPUT,
                                     "descriptor 'internals' takes up to %d bonds; the reference geometry has more",
                                     BONDS);
            me->length[me->nbond] = dia_element_radius(molecule->numbers[i]) + dia_element_radius(molecule->numbers[j]);
            me->atom[me->nbond][0] = i;
            me->atom[me->nbond++][1] = j;
        }
    if (me->nbond == 0)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "descriptor 'internals': no two atoms of the reference geometry are bonded (closer than "
                             "1.3 times the sum of their covalent radii); take a descriptor of distances");
    collect(me, molecule->natom, 0);
    me->list = malloc((size_t)me->n * sizeof *me->list);
    if (me->list == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d internal coordinates", me->n);
    collect(me, molecule->natom, me->n);
    *nfeature = me->n;
    return DIA_OK;
}

static void close_(void *self)
{
    free(((self_t *)self)->list);
}

static int find(const self_t *me, const feature *f)
{
    for (int k = 0; k < me->n; k++)
        if (me->list[k].kind == f->kind && memcmp(me->list[k].bond, f->bond, sizeof f->bond) == 0)
            return k;
    return -1;
}

/* ---- values ---------------------------------------------------------------------------------- */

typedef struct bond { /* of one lane */
    double r, e[3];
} bond;

static void bonds_of(const self_t *me, const double *x, int l, bond *b)
{
    for (int k = 0; k < me->nbond; k++) {
        double square = 0.0;
        for (int c = 0; c < 3; c++) {
            b[k].e[c] = x[(3 * me->atom[k][1] + c) * L + l] - x[(3 * me->atom[k][0] + c) * L + l];
            square += b[k].e[c] * b[k].e[c];
        }
        b[k].r = sqrt(square);
        for (int c = 0; c < 3; c++)
            b[k].e[c] /= b[k].r;
    }
}

static double stretch(const self_t *me, int k, double r)
{
    return exp((me->length[k] - r) / range);
}

static double value(const self_t *me, const feature *f, const bond *b)
{
    const double *u = b[f->bond[0]].e, *v = b[f->bond[1]].e, *w = b[f->bond[2]].e;
    double n[3], m[3];
    switch (f->kind) {
    case STRETCH:
        return stretch(me, f->bond[0], b[f->bond[0]].r);
    case ANGLE:
        return f->sign * dia_dot3(u, v);
    case TRIPLE:
        dia_cross(u, v, n);
        return f->sign * dia_dot3(n, w);
    default:
        dia_cross(u, v, n);
        dia_cross(v, w, m);
        return f->sign * dia_dot3(n, m);
    }
}

/* Gradient with respect to the (unit) vectors of its bonds, as if they were independent: g[i] for bond[i]. */
static void gradient(const feature *f, const bond *b, double g[3][3])
{
    const double *u = b[f->bond[0]].e, *v = b[f->bond[1]].e, *w = b[f->bond[2]].e;
    if (f->kind == ANGLE) {
        memcpy(g[0], v, sizeof g[0]);
        memcpy(g[1], u, sizeof g[1]);
    } else if (f->kind == TRIPLE) {
        dia_cross(v, w, g[0]);
        dia_cross(w, u, g[1]);
        dia_cross(u, v, g[2]);
    } else { /* (u x v).(v x w) = (u.v)(v.w) - (u.w)(v.v), with v.v kept: the vectors count as independent */
        const double uv = dia_dot3(u, v), vw = dia_dot3(v, w), uw = dia_dot3(u, w);
        for (int c = 0; c < 3; c++) {
            g[0][c] = vw * v[c] - w[c];
            g[1][c] = vw * u[c] + uv * w[c] - 2.0 * uw * v[c];
            g[2][c] = uv * v[c] - u[c];
        }
    }
    for (int i = 0; i < bonds_needed(f->kind); i++)
        for (int c = 0; c < 3; c++)
            g[i][c] *= f->sign;
}

static void forward(const void *self, const double *x, double *f)
{
    const self_t *me = self;
    bond b[BONDS];
    for (int l = 0; l < L; l++) {
        bonds_of(me, x, l, b);
        for (int k = 0; k < me->n; k++)
            f[k * L + l] = value(me, &me->list[k], b);
    }
}

/* d e/d(r_to - r_from) = (1 - e e^T)/r */
static void reverse(const void *self, const double *x, const double *f, const double *fbar, double *xbar)
{
    const self_t *me = self;
    for (int l = 0; l < L; l++) {
        bond b[BONDS];
        double ebar[BONDS][3] = {{0.0}}, rbar[BONDS] = {0.0};
        bonds_of(me, x, l, b);
        for (int k = 0; k < me->n; k++) {
            const feature *q = &me->list[k];
            double g[3][3];
            if (q->kind == STRETCH) {
                rbar[q->bond[0]] -= fbar[k * L + l] * f[k * L + l] / range;
                continue;
            }
            gradient(q, b, g);
            for (int i = 0; i < bonds_needed(q->kind); i++)
                for (int c = 0; c < 3; c++)
                    ebar[q->bond[i]][c] += fbar[k * L + l] * g[i][c];
        }
        for (int k = 0; k < me->nbond; k++) {
            const double along = dia_dot3(ebar[k], b[k].e);
            for (int c = 0; c < 3; c++) {
                const double t = rbar[k] * b[k].e[c] + (ebar[k][c] - along * b[k].e[c]) / b[k].r;
                xbar[(3 * me->atom[k][1] + c) * L + l] += t;
                xbar[(3 * me->atom[k][0] + c) * L + l] -= t;
            }
        }
    }
}

static void tangent(const void *self, const double *x, const double *f, const double *v, double *fdot)
{
    const self_t *me = self;
    for (int l = 0; l < L; l++) {
        bond b[BONDS];
        double edot[BONDS][3], rdot[BONDS];
        bonds_of(me, x, l, b);
        for (int k = 0; k < me->nbond; k++) {
            double d[3];
            for (int c = 0; c < 3; c++)
                d[c] = v[(3 * me->atom[k][1] + c) * L + l] - v[(3 * me->atom[k][0] + c) * L + l];
            rdot[k] = dia_dot3(d, b[k].e);
            for (int c = 0; c < 3; c++)
                edot[k][c] = (d[c] - rdot[k] * b[k].e[c]) / b[k].r;
        }
        for (int k = 0; k < me->n; k++) {
            const feature *q = &me->list[k];
            double g[3][3], s = 0.0;
            if (q->kind == STRETCH) {
                fdot[k * L + l] = -f[k * L + l] / range * rdot[q->bond[0]];
                continue;
            }
            gradient(q, b, g);
            for (int i = 0; i < bonds_needed(q->kind); i++)
                s += dia_dot3(g[i], edot[q->bond[i]]);
            fdot[k * L + l] = s;
        }
    }
}

/* Feature k of the image is made of the bonds that its bonds are mapped to. source -1: they are no bonds of the
 * reference geometry. */
static void image(const void *self, const int *permutation, bool inversion, int *source, double *sign)
{
    const self_t *me = self;
    for (int k = 0; k < me->n; k++) {
        const feature *f = &me->list[k];
        int from[3], to[3];
        feature turned;
        for (int i = 0; i < 3; i++) {
            from[i] = permutation[me->atom[f->bond[i]][0]];
            to[i] = permutation[me->atom[f->bond[i]][1]];
        }
        source[k] = make(me, f->kind, from, to, &turned) ? find(me, &turned) : -1;
        sign[k] = source[k] < 0 ? 1.0 : f->sign * turned.sign * me->list[source[k]].sign;
        if (f->kind == TRIPLE && inversion)
            sign[k] = -sign[k];
    }
}

const dia_descriptor_type dia_descriptor_type_internals = {
    .version = DIA_EXTEND_VERSION,
    .name = "internals",
    .summary = "stretches, angles, torsions and out-of-plane triples of the bonds: few, even and odd",
    .reference = "redundant internal coordinates: Pulay, Fogarasi, J. Chem. Phys. 96, 2856 (1992)",
    .use = "larger molecules near the bonds of one structure: few features, even and odd. Not for dissociation "
           "or isomers: fragments are placed only by bonds",
    .self_size = sizeof(self_t),
    .open = open_,
    .close = close_,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
    .image = image,
};
