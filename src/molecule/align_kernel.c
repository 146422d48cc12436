/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each instruction set, which DIA_LANES_ISA names.
 *
 * In place of the two eigenproblems of align.c: the largest eigenvalue of Horn's matrix by Newton's method on its characteristic
 * polynomial, from above, where it converges (Theobald, Acta Cryst. A 61, 478 (2005), DOI 10.1107/S0108767305015266), the quaternion
 * from the adjugate of what is left, and then Newton's method on the Eckart condition itself, whose matrix is that of the response.
 * Where the condition holds and that matrix is positive definite the rotation is the best one: all other stationary points are saddles. */
#include "molecule/align_kernel.h"

#include "math/lane_math.h"

/* ---- vectors of three ------------------------------------------------------------------------ */

INLINE void get3(const double *x, int a, vector v[3])
{
    for (int i = 0; i < 3; i++)
        v[i] = get(x, 3 * a + i);
}

INLINE void put3(double *x, int a, const vector v[3])
{
    for (int i = 0; i < 3; i++)
        put(x, 3 * a + i, v[i]);
}

INLINE void broadcast3(const double *x, int a, vector v[3])
{
    for (int i = 0; i < 3; i++)
        v[i] = all(x[3 * a + i]);
}

INLINE void cross(const vector a[3], const vector b[3], vector c[3])
{
    c[0] = a[1] * b[2] - a[2] * b[1];
    c[1] = a[2] * b[0] - a[0] * b[2];
    c[2] = a[0] * b[1] - a[1] * b[0];
}

/* b = A a */
INLINE void apply(const vector A[9], const vector a[3], vector b[3])
{
    for (int i = 0; i < 3; i++)
        b[i] = A[3 * i] * a[0] + A[3 * i + 1] * a[1] + A[3 * i + 2] * a[2];
}

/* b = A^T a */
INLINE void apply_transposed(const vector A[9], const vector a[3], vector b[3])
{
    for (int i = 0; i < 3; i++)
        b[i] = A[i] * a[0] + A[3 + i] * a[1] + A[6 + i] * a[2];
}

INLINE void get9(const double *pose, int first, vector A[9])
{
    for (int i = 0; i < 9; i++)
        A[i] = get(pose, first + i);
}

/* z = R seen from its centre of mass */
INLINE void centre(const dia_alignment *alignment, const double *R, double *z)
{
    vector middle[3] = {all(0.0), all(0.0), all(0.0)}, x[3];
    for (int a = 0; a < alignment->natom; a++) {
        get3(R, a, x);
        for (int i = 0; i < 3; i++)
            middle[i] += all(alignment->mass[a]) * x[i];
    }
    for (int i = 0; i < 3; i++)
        middle[i] /= all(alignment->total);
    for (int a = 0; a < alignment->natom; a++) {
        get3(R, a, x);
        for (int i = 0; i < 3; i++)
            x[i] -= middle[i];
        put3(z, a, x);
    }
}

/* ---- the first quaternion -------------------------------------------------------------------- */

/* Horn's matrix N. */
INLINE void horn(const vector A[9], vector N[4][4])
{
    N[0][0] = A[0] + A[4] + A[8];
    N[0][1] = N[1][0] = A[5] - A[7];
    N[0][2] = N[2][0] = A[6] - A[2];
    N[0][3] = N[3][0] = A[1] - A[3];
    for (int i = 0; i < 3; i++)
        for (int j = i; j < 3; j++) {
            const vector x = A[3 * i + j] + A[3 * j + i];
            N[i + 1][j + 1] = N[j + 1][i + 1] = i == j ? x - N[0][0] : x;
        }
}

/* Minors of order 2 of rows r and r+1: columns 01, 02, 03, 12, 13, 23. */
INLINE void minors(const vector M[4][4], int r, vector m[6])
{
    static const int column[6][2] = {{0, 1}, {0, 2}, {0, 3}, {1, 2}, {1, 3}, {2, 3}};
    for (int i = 0; i < 6; i++)
        m[i] = M[r][column[i][0]] * M[r + 1][column[i][1]] - M[r][column[i][1]] * M[r + 1][column[i][0]];
}

/* The largest root of x^4 + c2 x^2 + c1 x + c0, from x above it; to a few digits: the square of what the last step does remains. */
INLINE vector largest_root(vector c2, vector c1, vector c0, vector x)
{
    mask busy = ~(mask)all(0.0);
    for (int i = 0; i < 20 && any(busy); i++) {
        const vector value = ((x * x + c2) * x + c1) * x + c0, slope = (all(4.0) * x * x + c2 + c2) * x + c1;
        const vector step = value / slope;
        x = choose(busy, x - step, x);
        busy &= absolute(step) > all(1e-6) * x;
    }
    return x;
}

/* The column of the adjugate of N - x whose diagonal element is largest: the eigenvector q, of no length in particular. */
INLINE void eigenvector(vector N[4][4], vector x, vector q[4])
{
    for (int i = 0; i < 4; i++)
        N[i][i] -= x;
    vector s[6], c[6];
    minors((const vector(*)[4])N, 0, s);
    minors((const vector(*)[4])N, 2, c);
    const vector adjugate[4][4] = {
        {N[1][1] * c[5] - N[1][2] * c[4] + N[1][3] * c[3], N[0][2] * c[4] - N[0][1] * c[5] - N[0][3] * c[3],
         N[3][1] * s[5] - N[3][2] * s[4] + N[3][3] * s[3], N[2][2] * s[4] - N[2][1] * s[5] - N[2][3] * s[3]},
        {N[1][2] * c[2] - N[1][0] * c[5] - N[1][3] * c[1], N[0][0] * c[5] - N[0][2] * c[2] + N[0][3] * c[1],
         N[3][2] * s[2] - N[3][0] * s[5] - N[3][3] * s[1], N[2][0] * s[5] - N[2][2] * s[2] + N[2][3] * s[1]},
        {N[1][0] * c[4] - N[1][1] * c[2] + N[1][3] * c[0], N[0][1] * c[2] - N[0][0] * c[4] - N[0][3] * c[0],
         N[3][0] * s[4] - N[3][1] * s[2] + N[3][3] * s[0], N[2][1] * s[2] - N[2][0] * s[4] - N[2][3] * s[0]},
        {N[1][1] * c[1] - N[1][0] * c[3] - N[1][2] * c[0], N[0][0] * c[3] - N[0][1] * c[1] + N[0][2] * c[0],
         N[3][1] * s[1] - N[3][0] * s[3] - N[3][2] * s[0], N[2][0] * s[3] - N[2][1] * s[1] + N[2][2] * s[0]}};
    vector best = absolute(adjugate[0][0]);
    for (int i = 0; i < 4; i++)
        q[i] = adjugate[i][0];
    for (int k = 1; k < 4; k++) {
        const mask better = absolute(adjugate[k][k]) > best;
        best = choose(better, absolute(adjugate[k][k]), best);
        for (int i = 0; i < 4; i++)
            q[i] = choose(better, adjugate[i][k], q[i]);
    }
}

/* moment: sum_a m_a (|z_a|^2 + |y_a|^2)/2, which no eigenvalue exceeds. */
INLINE void first_quaternion(const vector A[9], vector squares, vector moment, vector q[4])
{
    vector N[4][4], s[6], c[6];
    horn(A, N);
    minors((const vector(*)[4])N, 0, s);
    minors((const vector(*)[4])N, 2, c);
    const vector c0 = s[0] * c[5] - s[1] * c[4] + s[2] * c[3] + s[3] * c[2] - s[4] * c[1] + s[5] * c[0];
    const vector c1 = all(-8.0) * (A[0] * (A[4] * A[8] - A[5] * A[7]) - A[1] * (A[3] * A[8] - A[5] * A[6]) +
                                   A[2] * (A[3] * A[7] - A[4] * A[6]));
    eigenvector(N, largest_root(all(-2.0) * squares, c1, c0, moment), q);
}

/* ---- Newton's method on the Eckart condition ------------------------------------------------- */

INLINE void turn_of(const vector q[4], vector Q[9])
{
    const vector w = q[0], x = q[1], y = q[2], z = q[3];
    const vector n = all(1.0) / (w * w + x * x + y * y + z * z), two = n + n;
    Q[0] = n * (w * w + x * x - y * y - z * z);
    Q[1] = two * (x * y - w * z);
    Q[2] = two * (x * z + w * y);
    Q[3] = two * (x * y + w * z);
    Q[4] = n * (w * w - x * x + y * y - z * z);
    Q[5] = two * (y * z - w * x);
    Q[6] = two * (x * z - w * y);
    Q[7] = two * (y * z + w * x);
    Q[8] = n * (w * w - x * x - y * y + z * z);
}

/* f = sum_a m_a z_a x y_a and the inverse of J = tr S - S; true where J is positive definite, and not nearly singular. */
INLINE mask condition(const vector A[9], const vector Q[9], vector f[3], vector response[9])
{
    vector S[9];
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            S[3 * i + j] = Q[3 * i] * A[j] + Q[3 * i + 1] * A[3 + j] + Q[3 * i + 2] * A[6 + j];
    f[0] = S[5] - S[7];
    f[1] = S[6] - S[2];
    f[2] = S[1] - S[3];
    const vector half = all(-0.5), xx = S[4] + S[8], yy = S[0] + S[8], zz = S[0] + S[4], xy = half * (S[1] + S[3]),
                 xz = half * (S[2] + S[6]), yz = half * (S[5] + S[7]);
    const vector c00 = yy * zz - yz * yz, c01 = xz * yz - xy * zz, c02 = xy * yz - xz * yy, c11 = xx * zz - xz * xz,
                 c12 = xy * xz - xx * yz, c22 = xx * yy - xy * xy, det = xx * c00 + xy * c01 + xz * c02;
    const vector inverse = all(1.0) / det;
    response[0] = c00 * inverse;
    response[4] = c11 * inverse;
    response[8] = c22 * inverse;
    response[1] = response[3] = c01 * inverse;
    response[2] = response[6] = c02 * inverse;
    response[5] = response[7] = c12 * inverse;
    const vector mean = (xx + yy + zz) / all(3.0);
    return (xx > all(0.0)) & (c22 > all(0.0)) & (det > all(1e-4) * mean * mean * mean);
}

/* q <- (1, omega/2) q */
INLINE void correct(mask on, const vector omega[3], vector q[4])
{
    const vector half = all(0.5), w = q[0], *v = q + 1;
    vector along[3];
    cross(omega, v, along);
    const vector dw = half * (omega[0] * v[0] + omega[1] * v[1] + omega[2] * v[2]);
    for (int i = 0; i < 3; i++)
        q[1 + i] = choose(on, v[i] + half * (w * omega[i] + along[i]), v[i]);
    q[0] = choose(on, w - dw, w);
}

/* q -> Q, response. Where it is true, f is as small as roundings of S let it be. */
INLINE mask refine(const vector A[9], vector squares, vector q[4], vector Q[9], vector response[9])
{
    mask open = ~(mask)all(0.0), good = open;
    for (int pass = 0; pass < 5; pass++) {
        vector f[3], omega[3];
        turn_of(q, Q);
        good = condition(A, Q, f, response);
        if (pass > 0) /* the first correction is made whatever f is */
            open &= f[0] * f[0] + f[1] * f[1] + f[2] * f[2] > all(4e-15 * 4e-15) * squares;
        if (!any(open))
            break;
        apply(response, f, omega);
        correct(open, omega, q);
    }
    return good & ~open;
}

INLINE unsigned align_some(const dia_alignment *alignment, const double *R, double *z, double *pose)
{
    vector A[9], q[4], Q[9], response[9], moment = all(0.0), squares = all(0.0);
    centre(alignment, R, z);
    for (int i = 0; i < 9; i++)
        A[i] = all(0.0);
    for (int a = 0; a < alignment->natom; a++) {
        const vector mass = all(alignment->mass[a]);
        vector x[3], y[3];
        get3(z, a, x);
        broadcast3(alignment->y, a, y);
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++)
                A[3 * i + j] += mass * x[i] * y[j];
            moment += mass * (x[i] * x[i] + y[i] * y[i]);
        }
    }
    for (int i = 0; i < 9; i++)
        squares += A[i] * A[i];
    first_quaternion(A, squares, all(0.5) * moment, q);
    const mask good = refine(A, squares, q, Q, response);
    for (int a = 0; a < alignment->natom; a++) {
        vector x[3], turned[3];
        get3(z, a, x);
        apply(Q, x, turned);
        put3(z, a, turned);
    }
    for (int i = 0; i < 9; i++) {
        put(pose, DIA_TURN_ROW + i, Q[i]);
        put(pose, DIA_RESPONSE_ROW + i, response[i]);
    }
    return bits_of(~good);
}

static unsigned align(const dia_alignment *alignment, const double *R, double *z, double *pose)
{
    unsigned left = 0;
    if (alignment->linear)
        return (1u << LANES) - 1;
    for (int l = 0; l < LANES; l += WIDTH)
        left |= align_some(alignment, R + l, z + l, pose + l) << l;
    return left;
}

/* ---- derivatives: as in align.c, to the last bit --------------------------------------------- */

INLINE void tangent_some(const dia_alignment *alignment, const double *z, const double *pose, const double *V,
                         double *dz)
{
    vector Q[9], response[9], torque[3] = {all(0.0), all(0.0), all(0.0)}, omega[3], x[3], y[3], v[3], t[3];
    get9(pose, DIA_TURN_ROW, Q);
    get9(pose, DIA_RESPONSE_ROW, response);
    centre(alignment, V, dz);
    for (int a = 0; a < alignment->natom; a++) {
        get3(dz, a, x);
        apply(Q, x, v);
        put3(dz, a, v);
        broadcast3(alignment->y, a, y);
        cross(v, y, t);
        for (int i = 0; i < 3; i++)
            torque[i] += all(alignment->mass[a]) * t[i];
    }
    apply(response, torque, omega);
    for (int a = 0; a < alignment->natom; a++) {
        get3(z, a, x);
        get3(dz, a, v);
        cross(omega, x, t);
        for (int i = 0; i < 3; i++)
            v[i] += t[i];
        put3(dz, a, v);
    }
}

static void tangent(const dia_alignment *alignment, const double *z, const double *pose, const double *V, double *dz)
{
    for (int l = 0; l < LANES; l += WIDTH)
        tangent_some(alignment, z + l, pose + l, V + l, dz + l);
}

INLINE void cotangent_some(const dia_alignment *alignment, const double *z, const double *pose, const double *P,
                           const double *M, double *G)
{
    vector Q[9], response[9], moment[3], torque[3], sum[3] = {all(0.0), all(0.0), all(0.0)}, x[3], y[3], p[3], t[3];
    get9(pose, DIA_TURN_ROW, Q);
    get9(pose, DIA_RESPONSE_ROW, response);
    get3(M, 0, moment);
    for (int a = 0; a < alignment->natom; a++) {
        get3(z, a, x);
        get3(P, a, p);
        cross(x, p, t);
        for (int i = 0; i < 3; i++)
            moment[i] += t[i];
    }
    apply_transposed(response, moment, torque);
    for (int a = 0; a < alignment->natom; a++) {
        broadcast3(alignment->y, a, y);
        get3(P, a, p);
        cross(y, torque, t);
        for (int i = 0; i < 3; i++)
            p[i] += all(alignment->mass[a]) * t[i];
        apply_transposed(Q, p, x);
        put3(G, a, x);
        for (int i = 0; i < 3; i++)
            sum[i] += x[i];
    }
    for (int a = 0; a < alignment->natom; a++) {
        const vector share = all(alignment->mass[a] / alignment->total);
        get3(G, a, x);
        for (int i = 0; i < 3; i++)
            x[i] -= share * sum[i];
        put3(G, a, x);
    }
}

static void cotangent(const dia_alignment *alignment, const double *z, const double *pose, const double *P,
                      const double *M, double *G)
{
    for (int l = 0; l < LANES; l += WIDTH)
        cotangent_some(alignment, z + l, pose + l, P + l, M + l, G + l);
}

#define NAME_(isa) dia_align_kernel_##isa
#define NAME(isa) NAME_(isa)
const dia_align_kernel NAME(DIA_LANES_ISA) = {align, tangent, cotangent};
