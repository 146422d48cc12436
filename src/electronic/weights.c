/* SPDX-License-Identifier: GPL-3.0-or-later */
/* <W, dH/dR> with W the Hermitian part of u_k u_l^H is Re u_k^H dH/dR u_l = Re h_kl (Hellmann-Feynman theorem, off-diagonal form):
 * with <W, A> = Re tr(W^H A), tr(u_l u_k^H A) = u_k^H A u_l, and the anti-Hermitian part of W does not see a Hermitian A. In the
 * same way the Hermitian part of i u_k u_l^H gives Re(-i h_kl) = Im h_kl. */
#include <string.h>

#include "diabolo/frame.h"
#include "diabolo/model.h"

static const double *states_of(const dia_frame *frame, int b)
{
    return frame->U + (size_t)b * dia_frame_matrix(frame);
}

/* W += factor (x y^H + y x^H)/2, x and y columns k and l of the complex U; turned: of i x y^H in place of x y^H. */
static void add_pair(int n, const double *U, int k, int l, bool turned, double factor, double *W)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            const double *xi = U + 2 * (i * n + k), *xj = U + 2 * (j * n + k), *yi = U + 2 * (i * n + l),
                         *yj = U + 2 * (j * n + l);
            /* z = x_i conj(y_j), w = y_i conj(x_j): real and imaginary parts */
            const double z_re = xi[0] * yj[0] + xi[1] * yj[1], z_im = xi[1] * yj[0] - xi[0] * yj[1],
                         w_re = yi[0] * xj[0] + yi[1] * xj[1], w_im = yi[1] * xj[0] - yi[0] * xj[1];
            W[dia_packed(i, j)] += 0.5 * factor * (turned ? w_im - z_im : z_re + w_re);
            if (i > j)
                W[dia_packed_imaginary(n, i, j)] += 0.5 * factor * (turned ? z_re - w_re : z_im + w_im);
        }
}

static void clear(const dia_frame *frame, double *W)
{
    memset(W, 0, dia_frame_packed(frame) * sizeof *W);
}

void dia_weight_pair(const dia_frame *frame, int b, int k, int l, double *W)
{
    const int n = frame->nstate;
    const double *U = states_of(frame, b);
    if (frame->hermitian) {
        clear(frame, W);
        add_pair(n, U, k, l, false, 1.0, W);
        return;
    }
    for (int i = 0; i < n; i++) {
        const double *Ui = U + i * n;
        for (int j = 0; j <= i; j++) {
            const double *Uj = U + j * n;
            *W++ = 0.5 * (Ui[k] * Uj[l] + Ui[l] * Uj[k]);
        }
    }
}

void dia_weight_pair_imaginary(const dia_frame *frame, int b, int k, int l, double *W)
{
    clear(frame, W);
    if (frame->hermitian)
        add_pair(frame->nstate, states_of(frame, b), k, l, true, 1.0, W);
}

void dia_weight_average(const dia_frame *frame, int b, const double *w, double *W)
{
    const int n = frame->nstate;
    const double *U = states_of(frame, b);
    if (frame->hermitian) {
        clear(frame, W);
        for (int k = 0; k < n; k++)
            add_pair(n, U, k, k, false, w[k], W);
        return;
    }
    for (int i = 0; i < n; i++) {
        const double *Ui = U + i * n;
        for (int j = 0; j <= i; j++) {
            const double *Uj = U + j * n;
            double sum = 0.0;
            for (int k = 0; k < n; k++)
                sum += w[k] * Ui[k] * Uj[k];
            *W++ = sum;
        }
    }
}

/* Element i of psi = U c. */
static void component(const dia_frame *frame, const double *U, const double *c, int i, double psi[2])
{
    const int n = frame->nstate;
    psi[0] = psi[1] = 0.0;
    for (int k = 0; k < n; k++)
        if (frame->hermitian) {
            const double *u = U + 2 * (i * n + k);
            psi[0] += u[0] * c[2 * k] - u[1] * c[2 * k + 1];
            psi[1] += u[0] * c[2 * k + 1] + u[1] * c[2 * k];
        } else {
            psi[0] += U[i * n + k] * c[2 * k];
            psi[1] += U[i * n + k] * c[2 * k + 1];
        }
}

void dia_weight_density(const dia_frame *frame, int b, const double *c, double *W)
{
    const int n = frame->nstate;
    const double *U = states_of(frame, b);
    for (int i = 0; i < n; i++) {
        double x[2], y[2];
        component(frame, U, c, i, x);
        for (int j = 0; j <= i; j++) {
            component(frame, U, c, j, y);
            W[dia_packed(i, j)] = x[0] * y[0] + x[1] * y[1];
            if (frame->hermitian && i > j)
                W[dia_packed_imaginary(n, i, j)] = x[1] * y[0] - x[0] * y[1];
        }
    }
}

double dia_weight_product(const dia_frame *frame, const double *W, const double *A)
{
    const int n = frame->nstate, real = n * (n + 1) / 2;
    double sum = 0.0;
    for (int i = 0, ij = 0; i < n; i++)
        for (int j = 0; j <= i; j++, ij++)
            sum += (i == j ? 1.0 : 2.0) * W[ij] * A[ij];
    for (int ij = real; ij < (int)dia_frame_packed(frame); ij++)
        sum += 2.0 * W[ij] * A[ij];
    return sum;
}

/* With z = c_k^* c_l: Re(z A_kl) = Re z Re A_kl - Im z Im A_kl. */
void dia_weight_coherence(const dia_frame *frame, int b, int k, int l, const double *c, double *W)
{
    const double *x = c + 2 * k, *y = c + 2 * l, re = x[0] * y[0] + x[1] * y[1], im = x[0] * y[1] - x[1] * y[0];
    if (frame->hermitian) {
        clear(frame, W);
        add_pair(frame->nstate, states_of(frame, b), k, l, false, re, W);
        add_pair(frame->nstate, states_of(frame, b), k, l, true, -im, W);
        return;
    }
    dia_weight_pair(frame, b, k, l, W);
    for (size_t i = 0; i < dia_frame_packed(frame); i++)
        W[i] *= re;
}
