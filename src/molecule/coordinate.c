/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/coordinate.h"
#include "math/vector.h"

#include <assert.h>
#include <math.h>
#include <string.h>

/* A length, or the sine of an angle, below this counts as zero: the gradient is not defined there. */
static const double nothing = 1e-12;

/* v = R_i - R_j; returns its length */
static double between(const double *R, int i, int j, double *v)
{
    for (int k = 0; k < 3; k++)
        v[k] = R[3 * i + k] - R[3 * j + k];
    return sqrt(dia_dot3(v, v));
}

static void add(double *gradient, int atom, double factor, const double *v)
{
    for (int k = 0; k < 3; k++)
        gradient[3 * atom + k] += factor * v[k];
}

/* Each of the following returns a value and, unless gradient is NULL, adds factor times its derivative. */

static double distance(const int *atom, const double *R, double factor, double *gradient)
{
    double v[3];
    const double r = between(R, atom[0], atom[1], v);
    if (gradient != NULL && r > nothing) {
        add(gradient, atom[0], factor / r, v);
        add(gradient, atom[1], -factor / r, v);
    }
    return r;
}

/* From both sine and cosine: accurate for all angles. Wilson, Decius, Cross,
 * 4-1 (7-9); the unit vector in the plane and across u is n x u / |n||u| with n = u x v. */
static double angle(const int *atom, const double *R, double factor, double *gradient)
{
    double u[3], v[3], n[3], across[3];
    const double ru = between(R, atom[0], atom[1], u), rv = between(R, atom[2], atom[1], v);
    dia_cross(u, v, n);
    const double sine = sqrt(dia_dot3(n, n));
    if (gradient != NULL && sine > nothing * ru * rv) {
        dia_cross(u, n, across);
        add(gradient, atom[0], factor / (ru * ru * sine), across);
        add(gradient, atom[1], -factor / (ru * ru * sine), across);
        dia_cross(n, v, across);
        add(gradient, atom[2], factor / (rv * rv * sine), across);
        add(gradient, atom[1], -factor / (rv * rv * sine), across);
    }
    return atan2(sine, dia_dot3(u, v));
}

/* Blondel, Karplus, eqs. 5, 6, 27: F = R_i - R_j, G = R_j - R_k, H = R_l - R_k, A = F x G, B = H x G. */
static double torsion(const int *atom, const double *R, double factor, double *gradient)
{
    double F[3], G[3], H[3], A[3], B[3], BA[3];
    const double rf = between(R, atom[0], atom[1], F), rg = between(R, atom[1], atom[2], G);
    const double rh = between(R, atom[3], atom[2], H);
    dia_cross(F, G, A);
    dia_cross(H, G, B);
    dia_cross(B, A, BA);
    const double a = dia_dot3(A, A), b = dia_dot3(B, B);
    if (!(sqrt(a) > nothing * rf * rg && sqrt(b) > nothing * rh * rg))
        return 0.0;
    if (gradient != NULL) {
        const double fg = dia_dot3(F, G) / (a * rg), hg = dia_dot3(H, G) / (b * rg);
        add(gradient, atom[0], -factor * rg / a, A);
        add(gradient, atom[1], factor * (rg / a + fg), A);
        add(gradient, atom[1], -factor * hg, B);
        add(gradient, atom[2], -factor * fg, A);
        add(gradient, atom[2], factor * (hg - rg / b), B);
        add(gradient, atom[3], factor * rg / b, B);
    }
    return atan2(dia_dot3(BA, G) / rg, dia_dot3(A, B));
}

/* Wilson, Decius, Cross, 4-1 (13-17): the centre is atom 0, the bond that bends out goes to atom 1, unit vectors e1,
 * e2, e3 from the centre: sin(value) = e1 . (e2 x e3) / sin(phi), phi the angle between e2 and e3. */
static double out_of_plane(const int *atom, const double *R, double factor, double *gradient)
{
    double e[3][3], r[3], n[3], c[3];
    for (int k = 0; k < 3; k++) {
        r[k] = between(R, atom[k + 1], atom[0], e[k]);
        if (!(r[k] > nothing))
            return 0.0;
        for (int i = 0; i < 3; i++)
            e[k][i] /= r[k];
    }
    dia_cross(e[1], e[2], n);
    const double sine = sqrt(dia_dot3(n, n)), cosine = dia_dot3(e[1], e[2]), up = dia_dot3(e[0], n);
    if (!(sine > nothing))
        return 0.0;
    dia_cross(e[0], n, c);
    const double flat = sqrt(dia_dot3(c, c)) / sine, value = atan2(up / sine, flat); /* flat = cos(value) */
    if (gradient == NULL || !(flat > nothing))
        return value;
    const double lean = up / sine / flat; /* tan(value) */
    for (int k = 0; k < 3; k++) {
        double s[3], p[3];
        const double *f = e[(k + 1) % 3], *g = e[(k + 2) % 3];
        dia_cross(f, g, p);
        const double *other = k == 1 ? e[2] : e[1];
        for (int i = 0; i < 3; i++)
            s[i] = p[i] / (flat * sine) - lean * (k == 0 ? e[0][i] : (e[k][i] - cosine * other[i]) / (sine * sine));
        add(gradient, atom[k + 1], factor / r[k], s);
        add(gradient, atom[0], -factor / r[k], s);
    }
    return value;
}

static double position(const int *atom, const double *R, double factor, double *gradient)
{
    if (gradient != NULL)
        gradient[atom[0]] += factor;
    return R[atom[0]];
}

const int dia_coordinate_atoms[DIA_COORDINATE_KINDS] = {2, 3, 4, 4, 1};

bool dia_coordinate_same_term(const dia_coordinate *a, const dia_coordinate *b, int t)
{
    const int n = dia_coordinate_atoms[a->term[t].kind], *p = a->term[t].atom, *q = b->term[t].atom;
    bool forwards = a->term[t].kind == b->term[t].kind;
    bool backwards = forwards && a->term[t].kind != DIA_COORDINATE_OUT_OF_PLANE;
    for (int i = 0; i < n; i++) {
        forwards = forwards && p[i] == q[i];
        backwards = backwards && p[i] == q[n - 1 - i];
    }
    return forwards || backwards;
}

static double evaluate(const dia_coordinate *coordinate, const double *R, double *gradient)
{
    static double (*const kinds[DIA_COORDINATE_KINDS])(const int *, const double *, double, double *) = {
        [DIA_COORDINATE_DISTANCE] = distance, [DIA_COORDINATE_ANGLE] = angle,
        [DIA_COORDINATE_TORSION] = torsion,   [DIA_COORDINATE_OUT_OF_PLANE] = out_of_plane,
        [DIA_COORDINATE_POSITION] = position,
    };
    double value = 0.0;
    for (int t = 0; t < coordinate->nterm; t++) {
        const double factor = coordinate->term[t].factor;
        assert(coordinate->term[t].kind < DIA_COORDINATE_KINDS);
        value += factor * kinds[coordinate->term[t].kind](coordinate->term[t].atom, R, factor, gradient);
    }
    return value;
}

double dia_coordinate_value(const dia_coordinate *coordinate, const double *R)
{
    return evaluate(coordinate, R, NULL);
}

double dia_coordinate_gradient(const dia_coordinate *coordinate, const double *R, double *gradient)
{
    memset(gradient, 0, (size_t)coordinate->ncart * sizeof(double));
    return evaluate(coordinate, R, gradient);
}

double dia_coordinate_difference(const dia_coordinate *coordinate, double a, double b)
{
    return coordinate->period > 0.0 ? remainder(a - b, coordinate->period) : a - b;
}
