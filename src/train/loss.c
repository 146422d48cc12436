/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "train/loss.h"

#include <math.h>
#include <string.h>

#include "diabolo/model.h"
#include "math/vector.h"

#define MAX DIA_LOSS_STATES
#define MAX_PACKED (MAX * (MAX + 1) / 2)

/* Below this gap (hartree, 0.3 meV) 1/(e_j - e_i) of a pair that is no block is smoothed, so that the gradient stays
 * finite wherever the model happens to be degenerate. */
static const double smallest_gap = 1e-5;

size_t dia_loss_work(int nstate, int ncart)
{
    const size_t n = (size_t)nstate, np = n * (n + 1) / 2, nc = (size_t)ncart;
    return (n * n + 4 * np) * nc; /* scratch, F, F0, Fbar, original F0 */
}

void dia_loss_transform(int n, int nc, const double *U, const double *D, double *scratch, double *F)
{
    for (int k = 0; k < n; k++)
        for (int j = 0; j < n; j++) {
            double *t = scratch + (k * n + j) * nc; /* (D U)_kj */
            memset(t, 0, sizeof *t * (size_t)nc);
            for (int l = 0; l < n; l++) {
                const double u = U[l * n + j], *d = D + dia_packed(k, l) * nc;
                for (int a = 0; a < nc; a++)
                    t[a] += u * d[a];
            }
        }
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double *f = F + dia_packed(i, j) * nc;
            memset(f, 0, sizeof *f * (size_t)nc);
            for (int k = 0; k < n; k++) {
                const double u = U[k * n + i], *t = scratch + (k * n + j) * nc;
                for (int a = 0; a < nc; a++)
                    f[a] += u * t[a];
            }
        }
}

/* out = U M U^T for all coordinates: the transform with the transposed matrix. */
static void transform_back(int n, int nc, const double *U, const double *M, double *scratch, double *out)
{
    double T[MAX * MAX];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            T[i * n + j] = U[j * n + i];
    dia_loss_transform(n, nc, T, M, scratch, out);
}

void dia_loss_signs(int n, const double *overlap, double *sign)
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

typedef struct point { /* what the pieces below share */
    const dia_loss *loss;
    int n, nc;
    const double *e;
    double H0[MAX_PACKED];         /* reference energies, after rotation of blocks       */
    double wE[MAX], w[MAX_PACKED]; /* weights; w of gradients and couplings, 0 if masked */
    int block[MAX];                /* number of the block a state belongs to             */
    double *scratch, *F, *F0, *Fbar, *original;
} point;

static bool all_finite(int n, const double *x)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        sum += x[i] * 0.0;
    return sum == 0.0;
}

/* Copies the labels, finds weights, masks and blocks. */
static void set_reference(point *p, const dia_label *label)
{
    const dia_loss *loss = p->loss;
    const int n = p->n, nc = p->nc;
    double damp[MAX],
        level[MAX]; /* level: mean energy of the block, so that a block has one weight towards each other state */
    memset(p->H0, 0, sizeof p->H0);
    for (int i = 0; i < n; i++) {
        const bool known = label->energy[i] == label->energy[i];
        const double above = label->energy[i] - loss->energy_zero;
        damp[i] = known && loss->high_energy > 0.0 && above > loss->high_energy
                      ? pow(loss->high_energy / above, loss->high_power)
                      : 1.0;
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
            const double pair = p->block[i] == p->block[j] ? loss->gradient : loss->coupling / (1.0 + gap * gap);
            const bool known = all_finite(nc, from);
            p->w[k] = known && gap == gap ? sqrt(damp[i] * damp[j]) * (i == j ? loss->gradient : pair) : 0.0;
            if (known)
                memcpy(p->F0 + k * nc, from, sizeof *from * (size_t)nc);
            else
                memset(p->F0 + k * nc, 0, sizeof *from * (size_t)nc);
        }
}

static void turn_signs(point *p, const double *sign)
{
    for (int j = 1; j < p->n; j++)
        for (int i = 0; i < j; i++)
            for (int a = 0; a < p->nc && sign[i] * sign[j] < 0.0; a++)
                p->F0[dia_packed(i, j) * p->nc + a] *= -1.0;
}

static void align_signs(point *p)
{
    const int n = p->n, nc = p->nc;
    double overlap[MAX * (MAX - 1) / 2 + 1] = {0}, sign[MAX];
    for (int j = 1; j < n; j++)
        for (int i = 0; i < j; i++) {
            const int k = dia_packed(i, j);
            overlap[j * (j - 1) / 2 + i] = p->w[k] * dia_dot(nc, p->F + k * nc, p->F0 + k * nc);
        }
    dia_loss_signs(n, overlap, sign);
    turn_signs(p, sign);
}

/* A block can be rotated only if all its labels are there. */
static bool block_complete(const point *p, int i, int j)
{
    return p->wE[i] > 0.0 && p->wE[j] > 0.0 && p->w[dia_packed(i, i)] > 0.0 && p->w[dia_packed(j, j)] > 0.0 &&
           p->w[dia_packed(i, j)] > 0.0;
}

/* The part of the fit between model and reference that depends on the angle t of a rotation of states i, j of the
 * reference: f(t) = A cos 2t + B sin 2t + a cos t + b sin t;  A, B from the block itself, a, b from its couplings to
 * other states. */
typedef struct harmonic {
    double A, B, a, b;
} harmonic;

static harmonic overlap_of_rotation(const point *p, int i, int j)
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

/* Jacobi sweeps over the pairs inside blocks, until all angles are negligible (one pair: one rotation). */
static void rotate_blocks(point *p)
{
    for (int sweep = 0; sweep < 30; sweep++) {
        double largest = 0.0;
        int pairs = 0;
        for (int i = 1; i < p->n; i++)
            for (int j = 0; j < i; j++) {
                if (p->block[i] != p->block[j] || !block_complete(p, j, i))
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

static double residuals(point *p)
{
    const int n = p->n, nc = p->nc;
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            const int k = dia_packed(i, j);
            const double count = i == j ? 1.0 : 2.0;
            double square = 0.0;
            for (int a = 0; a < nc; a++) {
                const double r = p->F[k * nc + a] - p->F0[k * nc + a];
                p->Fbar[k * nc + a] = 2.0 * p->w[k] * r;
                square += r * r;
            }
            sum += count * p->w[k] * square;
        }
    for (int i = 0; i < n; i++) {
        const double r = p->e[i] - p->H0[dia_packed(i, i)];
        sum += p->wE[i] * r * r;
        for (int j = 0; j < i; j++)
            sum += 2.0 * sqrt(p->wE[i] * p->wE[j]) * p->H0[dia_packed(i, j)] * p->H0[dia_packed(i, j)];
    }
    return sum;
}

/* With blocks, signs and rotations depend on each other: every sign vector is tried with its own rotations. Leaves the
 * best reference in F0, H0. */
static void align_blocks(point *p)
{
    const size_t size = (size_t)(p->n * (p->n + 1) / 2 * p->nc) * sizeof *p->F0;
    double H0[MAX_PACKED], best = INFINITY;
    int chosen = 0;
    memcpy(p->original, p->F0, size);
    memcpy(H0, p->H0, sizeof H0);
    for (int v = 0; v <= 1 << (p->n - 1); v++) { /* the last pass repeats the best */
        const int vector = v < 1 << (p->n - 1) ? v : chosen;
        double sign[MAX] = {1.0};
        for (int i = 1; i < p->n; i++)
            sign[i] = vector >> (i - 1) & 1 ? -1.0 : 1.0;
        memcpy(p->F0, p->original, size);
        memcpy(p->H0, H0, sizeof H0);
        turn_signs(p, sign);
        rotate_blocks(p);
        const double sum = residuals(p);
        if (sum < best) {
            best = sum;
            chosen = vector;
        }
    }
}

static bool has_block(const point *p)
{
    for (int i = 1; i < p->n; i++)
        if (p->block[i] == p->block[i - 1])
            return true;
    return false;
}

/* C_ij = sum_a [F^a, Fbar^a]_ij */
static double commutator(const point *p, int i, int j)
{
    double sum = 0.0;
    for (int m = 0; m < p->n; m++) {
        const int im = dia_packed(i, m) * p->nc, mj = dia_packed(m, j) * p->nc;
        sum += dia_dot(p->nc, p->F + im, p->Fbar + mj) - dia_dot(p->nc, p->Fbar + im, p->F + mj);
    }
    return sum;
}

static void adjoint(point *p, const double *U, double *Hbar, double *dHbar)
{
    const int n = p->n;
    double X[MAX_PACKED];
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            const int k = dia_packed(i, j);
            if (i == j) {
                X[k] = 2.0 * p->wE[i] * (p->e[i] - p->H0[k]);
            } else if (p->block[i] == p->block[j] && block_complete(p, j, i)) {
                X[k] = -2.0 * p->wE[i] * p->H0[k];
            } else {
                const double gap = p->e[j] - p->e[i];
                X[k] = commutator(p, i, j) * gap / (gap * gap + smallest_gap * smallest_gap);
            }
        }
    transform_back(n, 1, U, X, p->scratch, Hbar);
    transform_back(n, p->nc, U, p->Fbar, p->scratch, dHbar);
}

double dia_loss_point(const dia_loss *loss, int nstate, int ncart, const double *e, const double *U, const double *D,
                      const dia_label *label, double *work, double *Hbar, double *dHbar)
{
    const size_t np = (size_t)(nstate * (nstate + 1) / 2), nc = (size_t)ncart;
    point p = {.loss = loss, .n = nstate, .nc = ncart, .e = e, .scratch = work};
    p.F = work + (size_t)(nstate * nstate) * nc;
    p.F0 = p.F + np * nc;
    p.Fbar = p.F0 + np * nc;
    p.original = p.Fbar + np * nc;
    dia_loss_transform(nstate, ncart, U, D, p.scratch, p.F);
    set_reference(&p, label);
    if (has_block(&p))
        align_blocks(&p);
    else
        align_signs(&p);
    const double sum = residuals(&p);
    if (Hbar != NULL)
        adjoint(&p, U, Hbar, dHbar);
    if (!(loss->outlier > 0.0))
        return sum;
    const double root = sqrt(1.0 + sum / loss->outlier);
    for (size_t k = 0; Hbar != NULL && k < np; k++)
        Hbar[k] /= root;
    for (size_t k = 0; Hbar != NULL && k < np * nc; k++)
        dHbar[k] /= root;
    return 2.0 * loss->outlier * (root - 1.0);
}
