/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Normalised triple products (u x v).w / (|u||v||w|), u = r_a - r_i, v = r_b - r_i, w = r_c - r_i, of every atom i as
 * the centre and every triple a < b < c of the others. Odd under inversion: they vanish at planar geometries with a
 * gradient out of the plane. A coupling between states of different reflection symmetry does the same; no function
 * of distances alone can. */
#include <stdlib.h>
#include <string.h>

#include "model/descriptor/pairs.h"

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
    dia_v8 u[3], v[3], w[3]; /* unit vectors */
    dia_v8 nu, nv, nw;       /* lengths      */
} arms;

DIA_INLINE void cross(const dia_v8 *a, const dia_v8 *b, dia_v8 *c)
{
    c[0] = a[1] * b[2] - a[2] * b[1];
    c[1] = a[2] * b[0] - a[0] * b[2];
    c[2] = a[0] * b[1] - a[1] * b[0];
}

DIA_INLINE dia_v8 unit(const double *x, int to, int from, dia_v8 *e)
{
    const dia_v8 length = dia_v8_root(dia_pairs_square(x, to, from));
    for (int c = 0; c < 3; c++)
        e[c] = dia_pairs_arm(x, to, from, c) / length;
    return length;
}

DIA_INLINE arms arms_of(const double *x, const int q[4])
{
    arms m;
    m.nu = unit(x, q[1], q[0], m.u);
    m.nv = unit(x, q[2], q[0], m.v);
    m.nw = unit(x, q[3], q[0], m.w);
    return m;
}

DIA_CLONES static void forward(const void *self, const double *x, double *f)
{
    const self_t *me = self;
    for (int k = 0; k < me->n; k++, f += L) {
        const arms m = arms_of(x, me->list[k].q);
        dia_v8 n[3];
        cross(m.u, m.v, n);
        dia_v8_store(f, n[0] * m.w[0] + n[1] * m.w[1] + n[2] * m.w[2]);
    }
}

/* d(u^.(v^ x w^))/du = (v^ x w^ - f u^)/|u|, and cyclic. */
DIA_INLINE void gradient(const arms *m, dia_v8 f, dia_v8 gu[3], dia_v8 gv[3], dia_v8 gw[3])
{
    cross(m->v, m->w, gu);
    cross(m->w, m->u, gv);
    cross(m->u, m->v, gw);
    for (int c = 0; c < 3; c++) {
        gu[c] = (gu[c] - f * m->u[c]) / m->nu;
        gv[c] = (gv[c] - f * m->v[c]) / m->nv;
        gw[c] = (gw[c] - f * m->w[c]) / m->nw;
    }
}

DIA_INLINE void add(double *to, dia_v8 v)
{
    dia_v8_store(to, dia_v8_load(to) + v);
}

DIA_CLONES static void reverse(const void *self, const double *x, const double *f, const double *fbar, double *xbar)
{
    const self_t *me = self;
    for (int k = 0; k < me->n; k++, f += L, fbar += L) {
        const int *q = me->list[k].q;
        const arms m = arms_of(x, q);
        const dia_v8 bar = dia_v8_load(fbar);
        dia_v8 gu[3], gv[3], gw[3];
        gradient(&m, dia_v8_load(f), gu, gv, gw);
        for (int c = 0; c < 3; c++) {
            add(xbar + (3 * q[1] + c) * L, bar * gu[c]);
            add(xbar + (3 * q[2] + c) * L, bar * gv[c]);
            add(xbar + (3 * q[3] + c) * L, bar * gw[c]);
            add(xbar + (3 * q[0] + c) * L, -(bar * (gu[c] + gv[c] + gw[c])));
        }
    }
}

DIA_CLONES static void tangent(const void *self, const double *x, const double *f, const double *v, double *fdot)
{
    const self_t *me = self;
    for (int k = 0; k < me->n; k++, f += L, fdot += L) {
        const int *q = me->list[k].q;
        const arms m = arms_of(x, q);
        dia_v8 gu[3], gv[3], gw[3], s = dia_v8_all(0.0);
        gradient(&m, dia_v8_load(f), gu, gv, gw);
        for (int c = 0; c < 3; c++)
            s += gu[c] * dia_pairs_arm(v, q[1], q[0], c) + gv[c] * dia_pairs_arm(v, q[2], q[0], c) +
                 gw[c] * dia_pairs_arm(v, q[3], q[0], c);
        dia_v8_store(fdot, s);
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
