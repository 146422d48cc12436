/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normalised triple products (u x v).w / (|u||v||w|), u = r_a - r_i, v = r_b - r_i, w = r_c - r_i, of every atom i as
 * the centre and every triple a < b < c of the others. Odd under inversion: they vanish at planar geometries with a
 * gradient out of the plane. A coupling between states of different reflection symmetry does the same; no function
 * of distances alone can. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "diabolo/extend.h"
#include "math/vector.h"

#define L DIA_LANES

typedef struct quadruple { /* centre, then a < b < c */
    int q[4];
} quadruple;

typedef struct self {
    int natom, n;
    quadruple *list; /* (n) */
} self_t;

static dia_status open_(void *self, const dia_molecule *molecule, int *nfeature, dia_error *error)
{
    self_t *me = self;
    const int natom = molecule->natom;
    if (molecule->dimension != 3 || natom < 4)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "descriptor 'triple_product' needs a molecule of at least four atoms in three "
                             "dimensions; this one has %d in %d",
                             natom, molecule->dimension);
    *nfeature = natom * (natom - 1) * (natom - 2) * (natom - 3) / 6;
    me->natom = natom;
    me->list = malloc((size_t)*nfeature * sizeof *me->list);
    if (me->list == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d triple products", *nfeature);
    for (int i = 0; i < natom; i++)
        for (int a = 0; a < natom; a++)
            for (int b = a + 1; b < natom; b++)
                for (int c = b + 1; c < natom; c++)
                    if (a != i && b != i && c != i)
                        me->list[me->n++] = (quadruple){{i, a, b, c}};
    return DIA_OK;
}

static void close_(void *self)
{
    free(((self_t *)self)->list);
}

typedef struct arms {
    double u[3], v[3], w[3]; /* unit vectors */
    double nu, nv, nw;       /* lengths      */
} arms;

static double unit(const double *x, int to, int from, int l, double *e)
{
    double s = 0.0;
    for (int c = 0; c < 3; c++) {
        e[c] = x[(3 * to + c) * L + l] - x[(3 * from + c) * L + l];
        s += e[c] * e[c];
    }
    s = sqrt(s);
    for (int c = 0; c < 3; c++)
        e[c] /= s;
    return s;
}

static arms arms_of(const double *x, const int q[4], int l)
{
    arms m;
    m.nu = unit(x, q[1], q[0], l, m.u);
    m.nv = unit(x, q[2], q[0], l, m.v);
    m.nw = unit(x, q[3], q[0], l, m.w);
    return m;
}

static void forward(const void *self, const double *x, double *f)
{
    const self_t *me = self;
    for (int k = 0; k < me->n; k++, f += L)
        for (int l = 0; l < L; l++) {
            const int *q = me->list[k].q;
            const arms m = arms_of(x, q, l);
            double n[3];
            dia_cross(m.u, m.v, n);
            f[l] = dia_dot3(n, m.w);
        }
}

/* d(u^.(v^ x w^))/du = (v^ x w^ - f u^)/|u|, and cyclic. */
static void gradient(const arms *m, double f, double gu[3], double gv[3], double gw[3])
{
    dia_cross(m->v, m->w, gu);
    dia_cross(m->w, m->u, gv);
    dia_cross(m->u, m->v, gw);
    for (int c = 0; c < 3; c++) {
        gu[c] = (gu[c] - f * m->u[c]) / m->nu;
        gv[c] = (gv[c] - f * m->v[c]) / m->nv;
        gw[c] = (gw[c] - f * m->w[c]) / m->nw;
    }
}

static void reverse(const void *self, const double *x, const double *f, const double *fbar, double *xbar)
{
    const self_t *me = self;
    for (int k = 0; k < me->n; k++, f += L, fbar += L)
        for (int l = 0; l < L; l++) {
            const int *q = me->list[k].q;
            const arms m = arms_of(x, q, l);
            double gu[3], gv[3], gw[3];
            gradient(&m, f[l], gu, gv, gw);
            for (int c = 0; c < 3; c++) {
                xbar[(3 * q[1] + c) * L + l] += fbar[l] * gu[c];
                xbar[(3 * q[2] + c) * L + l] += fbar[l] * gv[c];
                xbar[(3 * q[3] + c) * L + l] += fbar[l] * gw[c];
                xbar[(3 * q[0] + c) * L + l] -= fbar[l] * (gu[c] + gv[c] + gw[c]);
            }
        }
}

static void tangent(const void *self, const double *x, const double *f, const double *v, double *fdot)
{
    const self_t *me = self;
    for (int k = 0; k < me->n; k++, f += L, fdot += L)
        for (int l = 0; l < L; l++) {
            const int *q = me->list[k].q;
            const arms m = arms_of(x, q, l);
            double gu[3], gv[3], gw[3], s = 0.0;
            gradient(&m, f[l], gu, gv, gw);
            for (int c = 0; c < 3; c++) {
                const double v0 = v[(3 * q[0] + c) * L + l];
                s += gu[c] * (v[(3 * q[1] + c) * L + l] - v0) + gv[c] * (v[(3 * q[2] + c) * L + l] - v0) +
                     gw[c] * (v[(3 * q[3] + c) * L + l] - v0);
            }
            fdot[l] = s;
        }
}

static void image(const void *self, const int *permutation, bool inversion, int *source, double *sign)
{
    const self_t *me = self;
    for (int k = 0; k < me->n; k++) {
        int p[4];
        for (int i = 0; i < 4; i++)
            p[i] = permutation[me->list[k].q[i]];
        sign[k] = inversion ? -1.0 : 1.0;
        for (int pass = 0; pass < 2; pass++) /* sort p[1..3]; each swap changes the sign of the triple product */
            for (int i = 1; i < 3; i++)
                if (p[i] > p[i + 1]) {
                    const int t = p[i];
                    p[i] = p[i + 1];
                    p[i + 1] = t;
                    sign[k] = -sign[k];
                }
        source[k] = 0;
        while (memcmp(me->list[source[k]].q, p, sizeof p) != 0)
            source[k]++;
    }
}

const dia_descriptor_type dia_descriptor_type_triple_product = {
    .version = DIA_EXTEND_VERSION,
    .name = "triple_product",
    .summary = "normalised triple products (u x v).w: odd under inversion and reflection",
    .reference =
        "pseudo-scalars of the permutation-inversion group: Williams, Eisfeld, J. Chem. Phys. 149, 204106 (2018)",
    .use = "odd features, beside distances, where states differ in sign under inversion or a reflection; up to "
           "six atoms or so: 60 for six, 1980 for twelve. Undefined where a centre meets an atom",
    .self_size = sizeof(self_t),
    .open = open_,
    .close = close_,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
    .image = image,
};
