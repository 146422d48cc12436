/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/reference.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "diabolo/extend.h"
#include "math/lanes.h"
#include "math/vector.h"

#define MAX DIA_DATASET_STATES

void dia_reference_signs(int n, const double *overlap, double *sign)
{
    double best = -INFINITY;
    int chosen = 0;
    for (int v = 0; v < 1 << (n - 1); v++) {
        double sum = 0.0;
        for (int j = 1; j < n; j++)
            for (int i = 0; i < j; i++) {
                const int flip_i = i > 0 ? v >> (i - 1) & 1 : 0, flip_j = v >> (j - 1) & 1;
                sum += flip_i == flip_j ? overlap[j * (j - 1) / 2 + i] : -overlap[j * (j - 1) / 2 + i];
            }
        if (sum > best) {
            best = sum;
            chosen = v;
        }
    }
    sign[0] = 1.0;
    for (int i = 1; i < n; i++)
        sign[i] = chosen >> (i - 1) & 1 ? -1.0 : 1.0;
}

/* Copies a label. False, and zeros, if a number of it is missing or not finite. */
DIA_CLONES static bool take(int n, const double *restrict from, double *restrict to)
{
    int bad = 0;
    for (int i = 0; i < n; i++) {
        to[i] = from[i];
        bad |= !(fabs(from[i]) <= DBL_MAX);
    }
    for (int i = 0; i < n && bad; i++)
        to[i] = 0.0;
    return !bad;
}

/* sum_a x_a y_a */
DIA_INLINE double product(int n, const double *x, const double *y)
{
    dia_v8 eight = {0.0};
    if (n < DIA_LANES)
        return dia_dot(n, x, y);
    for (int i = 0; i < n; i += DIA_LANES)
        eight += dia_v8_load_of(n, i, x) * dia_v8_load_of(n, i, y);
    return dia_v8_sum(eight);
}

/* sum_a (x_a - y_a)^2 */
DIA_INLINE double distance(int n, const double *x, const double *y)
{
    dia_v8 eight = {0.0};
    double sum = 0.0;
    for (int i = 0; i < n && n < DIA_LANES; i++)
        sum += (x[i] - y[i]) * (x[i] - y[i]);
    for (int i = 0; i < n && n >= DIA_LANES; i += DIA_LANES) {
        const dia_v8 d = dia_v8_load_of(n, i, x) - dia_v8_load_of(n, i, y);
        eight += d * d;
    }
    return n < DIA_LANES ? sum : dia_v8_sum(eight);
}

/* Of the weight of couplings; gap in units of coupling_gap. */
static double fall(const dia_loss *loss, double gap)
{
    return loss->coupling_power == 2.0 ? 1.0 / (1.0 + gap * gap) : pow(1.0 + gap * gap, -0.5 * loss->coupling_power);
}

/* Copies the labels, finds weights, masks and blocks. */
static void set_reference(dia_reference *p, const dia_label *label)
{
    const dia_loss *loss = p->loss;
    const int n = p->n, nc = p->nc;
    double damp[MAX];
    double level[MAX]; /* mean energy of the block, so that a block has one weight towards each other state */
    memset(p->H0, 0, sizeof p->H0);
    for (int i = 0; i < n; i++) {
        const bool known = label->energy[i] == label->energy[i];
        const double above = label->energy[i] - loss->energy_zero;
        damp[i] = known && loss->high_energy > 0.0 && above > loss->high_energy
                      ? pow(loss->high_energy / above, loss->high_power)
                      : 1.0;
        damp[i] *= loss->fitted > 0 && i >= loss->fitted ? loss->surplus : 1.0;
        p->block[i] = i;
        if (known && i > 0 && label->energy[i] - label->energy[i - 1] < loss->degenerate) {
            p->block[i] = p->block[i - 1];
            damp[i] = damp[i - 1]; /* one weight in a block */
        }
        p->H0[dia_packed(i, i)] = known ? label->energy[i] : 0.0;
        p->wE[i] = known ? loss->energy * damp[i] : 0.0;
    }
    for (int i = 0; i < n; i++) {
        int count = 0;
        level[i] = 0.0;
        for (int j = 0; j < n; j++)
            if (p->block[j] == p->block[i]) {
                level[i] += label->energy[j];
                count++;
            }
        level[i] /= count;
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            const int k = dia_packed(i, j);
            const double *from = i == j ? label->gradient + i * nc : label->coupling + (i * (i - 1) / 2 + j) * nc;
            const double gap = (level[i] - level[j]) / loss->coupling_gap;
            const double pair = p->block[i] == p->block[j] ? loss->gradient : loss->coupling * fall(loss, gap);
            const bool known = take(nc, from, p->F0 + k * nc);
            p->w[k] = known && gap == gap ? sqrt(damp[i] * damp[j]) * (i == j ? loss->gradient : pair) : 0.0;
        }
}

static void turn_signs(dia_reference *p, const double *sign)
{
    for (int j = 1; j < p->n; j++)
        for (int i = 0; i < j; i++) {
            double *f = p->F0 + dia_packed(i, j) * p->nc;
            if (sign[i] * sign[j] < 0.0)
                for (int a = 0; a < p->nc; a++)
                    f[a] = -f[a];
        }
}

/* overlap (npair): of the couplings of model and label, weighed */
DIA_CLONES static void overlaps(const dia_reference *p, double *overlap)
{
    for (int j = 1; j < p->n; j++)
        for (int i = 0; i < j; i++) {
            const int k = dia_packed(i, j);
            overlap[j * (j - 1) / 2 + i] = p->w[k] * product(p->nc, p->F + k * p->nc, p->F0 + k * p->nc);
        }
}

static void align_signs(dia_reference *p)
{
    double overlap[MAX * (MAX - 1) / 2 + 1] = {0}, sign[MAX];
    overlaps(p, overlap);
    dia_reference_signs(p->n, overlap, sign);
    turn_signs(p, sign);
}

bool dia_reference_rotated(const dia_reference *p, int i, int j)
{
    return p->block[i] == p->block[j] && p->wE[i] > 0.0 && p->wE[j] > 0.0 && p->w[dia_packed(i, i)] > 0.0 &&
           p->w[dia_packed(j, j)] > 0.0 && p->w[dia_packed(i, j)] > 0.0;
}

/* The part of the fit between model and reference that depends on the angle t of a rotation of states i, j of the
 * reference: f(t) = A cos 2t + B sin 2t + a cos t + b sin t;  A, B from the block itself, a, b from its couplings to
 * other states. */
typedef struct harmonic {
    double A, B, a, b;
} harmonic;

static harmonic overlap_of_rotation(const dia_reference *p, int i, int j)
{
    const int nc = p->nc, ii = dia_packed(i, i), jj = dia_packed(j, j), ij = dia_packed(i, j);
    const double *Fi = p->F + ii * nc, *Fj = p->F + jj * nc, *Fh = p->F + ij * nc;
    const double *Ri = p->F0 + ii * nc, *Rj = p->F0 + jj * nc, *Rh = p->F0 + ij * nc;
    harmonic f = {0};
    const double ge = 0.5 * (p->e[i] - p->e[j]), ge0 = 0.5 * (p->H0[ii] - p->H0[jj]);
    f.A = p->wE[i] * ge * ge0;
    f.B = p->wE[i] * ge * p->H0[ij];
    for (int c = 0; c < nc; c++) {
        const double g = 0.5 * (Fi[c] - Fj[c]), h = Fh[c], g0 = 0.5 * (Ri[c] - Rj[c]), h0 = Rh[c];
        f.A += p->w[ii] * (g * g0 + h * h0);
        f.B += p->w[ii] * (g * h0 - h * g0);
    }
    /* in the rotated reference: g' = g0 cos 2t + h0 sin 2t, h' = h0 cos 2t - g0 sin 2t; weight 2 of g.g' + h.h' */
    f.A *= 2.0;
    f.B *= 2.0;
    for (int k = 0; k < p->n; k++) {
        if (k == i || k == j)
            continue;
        const int ki = dia_packed(k, i), kj = dia_packed(k, j);
        if (p->w[ki] == 0.0 || p->w[kj] == 0.0)
            continue;
        const double *Mi = p->F + ki * nc, *Mj = p->F + kj * nc, *Ni = p->F0 + ki * nc, *Nj = p->F0 + kj * nc;
        /* row k: h'_ki = Ni cos t + Nj sin t, h'_kj = Nj cos t - Ni sin t */
        f.a += 2.0 * (p->w[ki] * dia_dot(nc, Mi, Ni) + p->w[kj] * dia_dot(nc, Mj, Nj));
        f.b += 2.0 * (p->w[ki] * dia_dot(nc, Mi, Nj) - p->w[kj] * dia_dot(nc, Mj, Ni));
    }
    return f;
}

/* The angle of the largest f: the best of a coarse grid, refined by Newton's method. */
static double best_angle(const harmonic *f)
{
    double best = 0.0, value = -INFINITY;
    for (int i = 0; i < 32; i++) {
        const double t = 6.283185307179586 * i / 32.0;
        const double v = f->A * cos(2 * t) + f->B * sin(2 * t) + f->a * cos(t) + f->b * sin(t);
        if (v > value) {
            value = v;
            best = t;
        }
    }
    for (int iteration = 0; iteration < 20; iteration++) {
        const double t = best;
        const double slope = -2 * f->A * sin(2 * t) + 2 * f->B * cos(2 * t) - f->a * sin(t) + f->b * cos(t);
        const double bend = -4 * f->A * cos(2 * t) - 4 * f->B * sin(2 * t) - f->a * cos(t) - f->b * sin(t);
        if (!(bend < 0.0))
            break;
        best -= slope / bend;
        if (fabs(slope / bend) < 1e-15)
            break;
    }
    return best;
}

/* Turns states i, j of the reference: rows of a packed matrix of vectors of length m. */
static void rotate(int n, int m, int i, int j, double t, double *M)
{
    const double c = cos(t), s = sin(t);
    double *Mii = M + dia_packed(i, i) * m, *Mjj = M + dia_packed(j, j) * m, *Mij = M + dia_packed(i, j) * m;
    for (int a = 0; a < m; a++) {
        const double x = Mii[a], y = Mjj[a], z = Mij[a];
        Mii[a] = c * c * x + 2 * c * s * z + s * s * y;
        Mjj[a] = s * s * x - 2 * c * s * z + c * c * y;
        Mij[a] = (c * c - s * s) * z - c * s * (x - y);
    }
    for (int k = 0; k < n; k++) {
        if (k == i || k == j)
            continue;
        double *Mki = M + dia_packed(k, i) * m, *Mkj = M + dia_packed(k, j) * m;
        for (int a = 0; a < m; a++) {
            const double x = Mki[a], y = Mkj[a];
            Mki[a] = c * x + s * y;
            Mkj[a] = c * y - s * x;
        }
    }
}

/* Jacobi sweeps over the pairs inside blocks, until all angles are negligible (one pair: one rotation): the gradient of the loss rests on
 * that. With three states the angles fall by a constant factor a sweep; of 10,000 random labels 100 needed over 100 sweeps, none 600. */
static void rotate_blocks(dia_reference *p)
{
    for (int sweep = 0; sweep < 2000; sweep++) {
        double largest = 0.0;
        int pairs = 0;
        for (int i = 1; i < p->n; i++)
            for (int j = 0; j < i; j++) {
                if (!dia_reference_rotated(p, j, i))
                    continue;
                pairs++;
                const harmonic f = overlap_of_rotation(p, j, i);
                const double t = best_angle(&f);
                rotate(p->n, p->nc, j, i, t, p->F0);
                rotate(p->n, 1, j, i, t, p->H0);
                largest = fmax(largest, fabs(sin(t)));
            }
        if (pairs < 2 || largest < 1e-12)
            break;
    }
}

DIA_CLONES double dia_reference_misfit(const dia_reference *p)
{
    double sum = 0.0;
    for (int i = 0; i < p->n; i++)
        for (int j = 0; j <= i; j++) {
            const int k = dia_packed(i, j);
            const double h = (i == j ? p->e[i] : 0.0) - p->H0[k], count = i == j ? 1.0 : 2.0;
            const double square = distance(p->nc, p->F + k * p->nc, p->F0 + k * p->nc);
            sum += count * (p->w[k] * square + sqrt(p->wE[i] * p->wE[j]) * h * h);
        }
    return sum;
}

/* With blocks, signs and rotations depend on each other: every sign vector is tried with its own rotations. Leaves the
 * best reference in F0, H0. */
static void align_blocks(dia_reference *p, double *original)
{
    const size_t size = (size_t)(p->n * (p->n + 1) / 2 * p->nc) * sizeof *p->F0;
    double H0[DIA_LOSS_PACKED], best = INFINITY;
    int chosen = 0;
    memcpy(original, p->F0, size);
    memcpy(H0, p->H0, sizeof H0);
    for (int v = 0; v <= 1 << (p->n - 1); v++) { /* the last pass repeats the best */
        const int vector = v < 1 << (p->n - 1) ? v : chosen;
        double sign[MAX] = {1.0};
        for (int i = 1; i < p->n; i++)
            sign[i] = vector >> (i - 1) & 1 ? -1.0 : 1.0;
        memcpy(p->F0, original, size);
        memcpy(p->H0, H0, sizeof H0);
        turn_signs(p, sign);
        rotate_blocks(p);
        const double sum = dia_reference_misfit(p);
        if (sum < best) {
            best = sum;
            chosen = vector;
        }
    }
}

static bool has_block(const dia_reference *p)
{
    for (int i = 1; i < p->n; i++)
        if (p->block[i] == p->block[i - 1])
            return true;
    return false;
}

size_t dia_reference_work(int nstate, int ncart)
{
    return (size_t)(nstate * (nstate + 1)) * (size_t)ncart; /* F0, F0 before any rotation */
}

void dia_reference_make(dia_reference *p, const dia_loss *loss, int nstate, int ncart, const double *e, const double *F,
                        const dia_label *label, double *work)
{
    p->loss = loss;
    p->n = nstate;
    p->nc = ncart;
    p->e = e;
    p->F = F;
    p->F0 = work;
    set_reference(p, label);
    if (has_block(p))
        align_blocks(p, work + (size_t)(nstate * (nstate + 1) / 2) * (size_t)ncart);
    else
        align_signs(p);
}
