/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/adiabatic.h"

#include <math.h>
#include <string.h>

#include "dynamics/method.h"

/* z of two complex numbers: a b, or conj(a) b. */
static void times(const double *a, const double *b, double *z)
{
    const double re = a[0] * b[0] - a[1] * b[1], im = a[0] * b[1] + a[1] * b[0];
    z[0] = re;
    z[1] = im;
}

static void conjugate_times(const double *a, const double *b, double *z)
{
    const double re = a[0] * b[0] + a[1] * b[1], im = a[0] * b[1] - a[1] * b[0];
    z[0] = re;
    z[1] = im;
}

void dia_adiabatic_turn(const dia_step_view *view, int b, int k, double *z)
{
    dia_frame_overlap(view->before, view->after, b, k, k, z);
    const double size = hypot(z[0], z[1]);
    z[0] = size > 0.0 ? z[0] / size : 1.0;
    z[1] = size > 0.0 ? z[1] / size : 0.0;
}

void dia_adiabatic_amplitudes(dia_adiabatic_step *step, const dia_step_view *view, int b)
{
    for (int k = 0; k < step->n; k++) {
        double turn[2];
        dia_adiabatic_turn(view, b, k, turn);
        conjugate_times(turn, view->c_before + 2 * (b * step->n + k), step->c + 2 * k);
    }
}

dia_adiabatic_step dia_adiabatic_begin(const dia_step_view *view, int b)
{
    const int n = view->nstate, square = 2 * n * n;
    dia_adiabatic_step step = {
        .n = n,
        .active = view->active[b],
        .hermitian = view->after->hermitian,
        .dt = view->dt,
        .E0 = view->before->E + b * n,
        .E1 = view->after->E + b * n,
        .S = view->work,
        .sigma0 = view->work + square,
        .sigma1 = view->work + 2 * square,
        .c = view->work + 3 * square,
        .g = view->work + 3 * square + 2 * n,
        .matrix = view->work + 3 * square,
        .E = view->work + 3 * square + n * n,
        .work = view->work + 11 * n * n,
    };
    for (int k = 0; k < n; k++) {
        double turn[2];
        dia_adiabatic_turn(view, b, k, turn);
        for (int l = 0; l < n; l++) {
            double z[2];
            dia_frame_overlap(view->before, view->after, b, k, l, z);
            conjugate_times(turn, z, step.S + 2 * (k * n + l));
        }
    }
    dia_adiabatic_amplitudes(&step, view, b);
    return step;
}

/* sigma_kl and what it says of sigma_lk */
static void set_pair(int n, double *sigma, int k, int l, const double *z)
{
    double *upper = sigma + 2 * (k * n + l), *lower = sigma + 2 * (l * n + k);
    const double re = z[0], im = z[1];
    upper[0] = re;
    upper[1] = im;
    lower[0] = -re;
    lower[1] = im;
}

/* <k|dH/dt|l>/gap; on the diagonal 0. */
static void coupling(const dia_frame *frame, int b, const double *rate, int k, int l, double gap, double *z)
{
    dia_frame_element(frame, b, rate, k, l, z);
    for (int i = 0; i < 2; i++)
        z[i] = gap != 0.0 ? z[i] / gap : 0.0;
}

void dia_adiabatic_couplings(dia_adiabatic_step *step, const dia_step_view *view, int b)
{
    const int n = step->n, p = view->npacked;
    for (int k = 0; k < n; k++)
        for (int l = 0; l <= k; l++) {
            double z[2], first[2], second[2];
            coupling(view->before, b, view->dH_before + b * p, k, l, step->E0[l] - step->E0[k], z);
            dia_adiabatic_turn(view, b, k, first);
            dia_adiabatic_turn(view, b, l, second);
            conjugate_times(first, z, z);
            times(second, z, z);
            set_pair(n, step->sigma0, k, l, z);
            coupling(view->after, b, view->dH + b * p, k, l, step->E1[l] - step->E1[k], z);
            set_pair(n, step->sigma1, k, l, z);
        }
}

/* (S - S^H)_kl/2 */
static void antihermitian(const dia_adiabatic_step *step, int k, int l, double *z)
{
    const double *s = step->S + 2 * (k * step->n + l), *t = step->S + 2 * (l * step->n + k);
    z[0] = 0.5 * (s[0] - t[0]);
    z[1] = 0.5 * (s[1] + t[1]);
}

void dia_adiabatic_overlaps(dia_adiabatic_step *step)
{
    const int n = step->n;
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            double *z = step->sigma0 + 2 * (k * n + l);
            antihermitian(step, k, l, z);
            z[0] /= step->dt;
            z[1] /= step->dt;
        }
    step->sigma1 = step->sigma0;
}

/* C = (S + S^H)/2 -> step->matrix, packed */
static void pack_hermitian(const dia_adiabatic_step *step)
{
    const int n = step->n;
    for (int k = 0; k < n; k++)
        for (int l = 0; l <= k; l++) {
            const double *s = step->S + 2 * (k * n + l), *t = step->S + 2 * (l * n + k);
            step->matrix[dia_packed(k, l)] = 0.5 * (s[0] + t[0]);
            if (step->hermitian && l < k)
                step->matrix[dia_packed_imaginary(n, k, l)] = 0.5 * (s[1] - t[1]);
        }
}

/* Element i, k of eigenvectors, real or complex. */
static void vector_element(const dia_adiabatic_step *step, const double *V, int i, int k, double *z)
{
    const int ik = i * step->n + k;
    z[0] = step->hermitian ? V[2 * ik] : V[ik];
    z[1] = step->hermitian ? V[2 * ik + 1] : 0.0;
}

/* (A V)_km with A = (S - S^H)/2 */
static void product(const dia_adiabatic_step *step, const double *V, int k, int m, double *z)
{
    z[0] = z[1] = 0.0;
    for (int i = 0; i < step->n; i++) {
        double a[2], v[2];
        antihermitian(step, k, i, a);
        vector_element(step, V, i, m, v);
        times(a, v, v);
        z[0] += v[0];
        z[1] += v[1];
    }
}

/* S is unitary: C = (S + S^H)/2 = V diag(cos) V^H commutes with A = (S - S^H)/2, and log S = A V diag(angle/sin) V^H. */
void dia_adiabatic_logarithm(dia_adiabatic_step *step)
{
    const int n = step->n;
    double *V = step->sigma1, *sigma = step->sigma0;
    dia_frame frame = {1, n, step->matrix, step->E, V, step->hermitian};
    pack_hermitian(step);
    (void)dia_frame_solve(&frame, step->work);
    for (int k = 0; k < n; k++) { /* a turn by pi has no sine and no axis: A is zero there */
        const double cosine = fmax(-1.0 + 1e-12, fmin(1.0, step->E[k]));
        step->E[k] = cosine > 1.0 - 1e-8 ? 1.0 + (1.0 - cosine) / 3.0 : acos(cosine) / sqrt(1.0 - cosine * cosine);
    }
    memset(sigma, 0, 2 * (size_t)(n * n) * sizeof *sigma);
    for (int k = 0; k < n; k++)
        for (int m = 0; m < n; m++) {
            double row[2];
            product(step, V, k, m, row);
            for (int l = 0; l < n; l++) {
                double v[2];
                vector_element(step, V, l, m, v);
                conjugate_times(v, row, v);
                sigma[2 * (k * n + l)] += v[0] * step->E[m] / step->dt;
                sigma[2 * (k * n + l) + 1] += v[1] * step->E[m] / step->dt;
            }
        }
    for (int k = 0; k < n; k++)
        for (int l = 0; l <= k; l++) { /* anti-Hermitian but for rounding */
            const double *s = sigma + 2 * (k * n + l), *t = sigma + 2 * (l * n + k);
            const double z[2] = {0.5 * (s[0] - t[0]), 0.5 * (s[1] + t[1])};
            set_pair(n, sigma, k, l, z);
        }
    step->sigma1 = sigma;
}

static void sigma_at(const dia_adiabatic_step *step, double x, int k, int l, double *z)
{
    const int kl = 2 * (k * step->n + l);
    for (int i = 0; i < 2; i++)
        z[i] = step->sigma0[kl + i] + x * (step->sigma1[kl + i] - step->sigma0[kl + i]);
}

/* c_k <- exp(-i (E_k + Im sigma_kk) h) c_k */
static void turn_phases(const dia_adiabatic_step *step, double x, double h)
{
    for (int k = 0; k < step->n; k++) {
        double own[2];
        sigma_at(step, x, k, k, own);
        const double energy = step->E0[k] + x * (step->E1[k] - step->E0[k]) - step->E1[0] + own[1];
        const double turn[2] = {cos(energy * h), sin(energy * h)};
        conjugate_times(turn, step->c + 2 * k, step->c + 2 * k);
    }
}

/* exp(-[[0, s], [-s*, 0]] h) of two amplitudes */
static void turn_pair(double *a, double *b, const double *s, double h)
{
    const double size = hypot(s[0], s[1]), cosine = cos(size * h), sine = sin(size * h);
    if (!(size > 0.0))
        return;
    const double phase[2] = {s[0] / size, s[1] / size};
    double of_b[2], of_a[2];
    times(phase, b, of_b);
    conjugate_times(phase, a, of_a);
    for (int i = 0; i < 2; i++) {
        a[i] = cosine * a[i] - sine * of_b[i];
        b[i] = cosine * b[i] + sine * of_a[i];
    }
}

/* c <- exp(-sigma h) c by turns of pairs, forth and back: unitary, second order, exact for two states. */
static void turn_pairs(const dia_adiabatic_step *step, double x, double h)
{
    const int n = step->n;
    double z[2];
    for (int k = 0; k < n; k++)
        for (int l = 0; l < k; l++) {
            sigma_at(step, x, k, l, z);
            turn_pair(step->c + 2 * k, step->c + 2 * l, z, 0.5 * h);
        }
    for (int k = n - 1; k >= 0; k--)
        for (int l = k - 1; l >= 0; l--) {
            sigma_at(step, x, k, l, z);
            turn_pair(step->c + 2 * k, step->c + 2 * l, z, 0.5 * h);
        }
}

/* Half of h times the population that flows from the active state to j per unit of time. */
static double half_flow(const dia_adiabatic_step *step, double x, double h, int j)
{
    double z[2], pair[2];
    sigma_at(step, x, step->active, j, z);
    conjugate_times(step->c + 2 * step->active, step->c + 2 * j, pair);
    return h * (z[0] * pair[0] - z[1] * pair[1]);
}

/* One sub-step; `stays`: the probability that no hop was drawn before. Returns that after it. */
static double integrate_one(dia_adiabatic_step *step, double x, double h, double stays)
{
    const int n = step->n;
    const double here = dia_population(step->c + 2 * step->active);
    double *flow = step->g + n, left = 1.0;
    turn_phases(step, x, 0.5 * h);
    for (int j = 0; j < n; j++)
        flow[j] = half_flow(step, x, h, j);
    turn_pairs(step, x, h);
    for (int j = 0; j < n; j++) {
        const double whole = flow[j] + half_flow(step, x, h, j);
        if (j == step->active || !(whole > 0.0) || !(here > 0.0))
            continue;
        const double g = fmin(whole / here, left);
        step->g[j] += stays * g;
        left -= g;
    }
    turn_phases(step, x, 0.5 * h);
    return stays * left;
}

void dia_adiabatic_integrate(dia_adiabatic_step *step, int substeps)
{
    const double h = step->dt / substeps;
    double stays = 1.0;
    memset(step->g, 0, (size_t)step->n * sizeof *step->g);
    for (int i = 0; i < substeps; i++)
        stays = integrate_one(step, (i + 0.5) / substeps, h, stays);
}
