/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Into how many sub-steps propagate.c divides a step, on lanes: its arithmetic. */
#ifndef DIA_ELECTRONIC_PROPAGATE_SUBSTEPS_H
#define DIA_ELECTRONIC_PROPAGATE_SUBSTEPS_H

#include "electronic/propagate.h"
#include "electronic/propagate_kernel.h"
#include "math/lane_math.h"

INLINE int packed(int i, int j)
{
    return i >= j ? i * (i + 1) / 2 + j : j * (j + 1) / 2 + i;
}

/* H_ij without the mean of the diagonal, which is only a common phase. */
INLINE void element(const int parts, int n, double *H, vector mean, int i, int j, vector z[2])
{
    z[0] = load(at(H, packed(i, j)));
    if (i == j)
        z[0] -= mean;
    z[1] = all(0.0);
    if (parts == 2 && i != j) {
        const int high = i > j ? i : j, low = i > j ? j : i;
        z[1] = load(at(H, n * (n + 1) / 2 + high * (high - 1) / 2 + low));
        z[1] = i > j ? z[1] : -z[1];
    }
}

INLINE vector mean_diagonal(int n, double *H)
{
    vector mean = all(0.0);
    for (int i = 0; i < n; i++)
        mean += load(at(H, packed(i, i)));
    return mean / all(n);
}

/* |H1-H0|^2 */
INLINE vector change_of(const int parts, int n, double *const H[2], const vector mean[2])
{
    const double *a = H[0], *b = H[1];
    vector sum = all(0.0);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++, a += LANES, b += LANES) {
            const vector re = load(b) - load(a);
            vector square = re * re;
            if (parts == 2) {
                const int place = n * (n + 1) / 2 + i * (i - 1) / 2 + j;
                const vector im = get(H[1], place) - get(H[0], place);
                square += im * im;
            }
            sum += square + square;
        }
        const vector own = (load(b) - mean[1]) - (load(a) - mean[0]);
        sum += own * own;
        a += LANES;
        b += LANES;
    }
    return sum;
}

/* |[H1,H0]|^2: of antisymmetric or anti-Hermitian matrices. */
INLINE vector commutator(const int parts, int n, double *const H[2], const vector mean[2], double *work)
{
    double *A = work, *B = at(A, n * n * parts);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int e = 0; e < 2; e++) {
                vector z[2];
                element(parts, n, H[e], mean[e], i, j, z);
                for (int p = 0; p < parts; p++)
                    store(at(e == 0 ? A : B, (i * n + j) * parts + p), z[p]);
            }
    vector sum = all(0.0);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i + parts - 1; j++) {
            vector re = all(0.0), im = all(0.0);
            for (int k = 0; k < n; k++) {
                double *bik = at(B, (i * n + k) * parts), *akj = at(A, (k * n + j) * parts),
                       *aik = at(A, (i * n + k) * parts), *bkj = at(B, (k * n + j) * parts);
                re += load(bik) * load(akj) - load(aik) * load(bkj);
                if (parts == 2) {
                    re += load(at(aik, 1)) * load(at(bkj, 1)) - load(at(bik, 1)) * load(at(akj, 1));
                    im += load(bik) * load(at(akj, 1)) + load(at(bik, 1)) * load(akj) - load(aik) * load(at(bkj, 1)) -
                          load(at(aik, 1)) * load(bkj);
                }
            }
            const vector square = re * re + im * im;
            sum += i == j ? square : square + square;
        }
    return sum;
}

INLINE void round_up(vector number, int *m)
{
    for (int i = 0; i < WIDTH; i++) /* NaN gives 1 */
        m[i] = number[i] > 1.0 ? (int)fmin(ceil(number[i]), DIA_SUBSTEPS_MAX) : 1;
}

INLINE vector bound_of(vector change, const dia_propagator_panel *p)
{
    return root(change) * all(fabs(p->dt)) / all(4.0 * p->tolerance);
}

INLINE vector leading_of(vector square, const dia_propagator_panel *p)
{
    return root(root(square) * all(p->dt) * all(p->dt) / all(24.0 * p->tolerance));
}

INLINE vector less_of(vector a, vector b)
{
    return choose(a < b, a, b);
}

INLINE void count_substeps(const int parts, const int n, const dia_propagator_panel *p, int first, int *m)
{
    double *const H[2] = {p->H[0] + first, p->H[1] + first};
    const vector mean[2] = {mean_diagonal(n, H[0]), mean_diagonal(n, H[1])};
    vector number = bound_of(change_of(parts, n, H, mean), p);
    if (any(number > all(1.0)))
        number = less_of(leading_of(commutator(parts, n, H, mean, p->work + first), p), number);
    round_up(number, m);
}

/* The same by H1 - H0 in the states of H0, whose energies are E: what the work space begins with after a refinement. [H1,H0] is
 * O_ij (E_j - E_i). */
static void count_substeps_refined(int n, const dia_propagator_panel *p, int first, int *m)
{
    const double *E = p->E[0] + first, *O = p->work + first, *D = O + (long)(n * n) * LANES;
    vector change = all(0.0), square = all(0.0);
    for (int i = 0; i < n; i++) {
        change += all(0.5) * get(D, i) * get(D, i);
        for (int j = 0; j < i; j++) {
            const vector o = get(O, i * n + j), c = o * (get(E, j) - get(E, i));
            change += o * o;
            square += c * c;
        }
    }
    round_up(less_of(leading_of(square + square, p), bound_of(change + change, p)), m);
}

#endif
