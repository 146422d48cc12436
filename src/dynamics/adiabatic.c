/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "dynamics/adiabatic.h"

#include <math.h>
#include <string.h>

#include "dynamics/method.h"

static double overlap(const dia_step_view *view, int b, int k, int l)
{
    double z[2];
    dia_frame_overlap(view->before, view->after, b, k, l, z);
    return z[0];
}

double dia_adiabatic_sign(const dia_step_view *view, int b, int k)
{
    return overlap(view, b, k, k) < 0.0 ? -1.0 : 1.0;
}

void dia_adiabatic_amplitudes(dia_adiabatic_step *step, const dia_step_view *view, int b)
{
    for (int k = 0; k < step->n; k++) {
        const double sign = dia_adiabatic_sign(view, b, k);
        step->c[2 * k] = sign * view->c_before[2 * (b * step->n + k)];
        step->c[2 * k + 1] = sign * view->c_before[2 * (b * step->n + k) + 1];
    }
}

dia_adiabatic_step dia_adiabatic_begin(const dia_step_view *view, int b)
{
    const int n = view->nstate, square = n * n;
    dia_adiabatic_step step = {
        .n = n,
        .active = view->active[b],
        .dt = view->dt,
        .E0 = view->before->E + b * n,
        .E1 = view->after->E + b * n,
        .S = view->work,
        .sigma0 = view->work + square,
        .sigma1 = view->work + 2 * square,
        .c = view->work + 3 * square,
        .g = view->work + 3 * square + 2 * n,
        .matrix = view->work + 3 * square,
        .E = view->work + 3 * square + n * (n + 1) / 2,
        .work = view->work + 6 * square,
    };
    for (int k = 0; k < n; k++) {
        const double sign = dia_adiabatic_sign(view, b, k);
        for (int l = 0; l < n; l++)
            step.S[k * n + l] = sign * overlap(view, b, k, l);
    }
    dia_adiabatic_amplitudes(&step, view, b);
    return step;
}

/* <k|dH/dt|l>/gap */
static double coupling(const dia_frame *frame, int b, const double *rate, int k, int l, double gap)
{
    double z[2];
    dia_frame_element(frame, b, rate, k, l, z);
    return gap != 0.0 ? z[0] / gap : 0.0;
}

void dia_adiabatic_couplings(dia_adiabatic_step *step, const dia_step_view *view, int b)
{
    const int n = step->n, p = view->npacked;
    for (int k = 0; k < n; k++)
        for (int l = 0; l <= k; l++) {
            const double gap0 = step->E0[l] - step->E0[k], gap1 = step->E1[l] - step->E1[k];
            const double sign = dia_adiabatic_sign(view, b, k) * dia_adiabatic_sign(view, b, l);
            const double at0 = sign * coupling(view->before, b, view->dH_before + b * p, k, l, gap0);
            const double at1 = coupling(view->after, b, view->dH + b * p, k, l, gap1);
            step->sigma0[k * n + l] = at0;
            step->sigma0[l * n + k] = -at0;
            step->sigma1[k * n + l] = at1;
            step->sigma1[l * n + k] = -at1;
        }
}

void dia_adiabatic_overlaps(dia_adiabatic_step *step)
{
    const int n = step->n;
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++)
            step->sigma0[k * n + l] = 0.5 * (step->S[k * n + l] - step->S[l * n + k]) / step->dt;
    step->sigma1 = step->sigma0;
}

/* S is orthogonal: with C = (S + S^T)/2 = V diag(cos) V^T, which commutes with A = (S - S^T)/2, log S = A V diag(angle/sin) V^T. */
void dia_adiabatic_logarithm(dia_adiabatic_step *step)
{
    const int n = step->n;
    const double *S = step->S;
    double *V = step->sigma1, *sigma = step->sigma0;
    dia_frame frame = {1, n, step->matrix, step->E, V, false};
    for (int k = 0; k < n; k++)
        for (int l = 0; l <= k; l++)
            step->matrix[dia_packed(k, l)] = 0.5 * (S[k * n + l] + S[l * n + k]);
    (void)dia_frame_solve(&frame, step->work);
    for (int k = 0; k < n; k++) { /* a turn by pi has no sine and no axis: A is zero there */
        const double cosine = fmax(-1.0 + 1e-12, fmin(1.0, step->E[k]));
        step->E[k] = cosine > 1.0 - 1e-8 ? 1.0 + (1.0 - cosine) / 3.0 : acos(cosine) / sqrt(1.0 - cosine * cosine);
    }
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            double sum = 0.0;
            for (int m = 0; m < n; m++) {
                double row = 0.0; /* (A V)_km */
                for (int i = 0; i < n; i++)
                    row += 0.5 * (S[k * n + i] - S[i * n + k]) * V[i * n + m];
                sum += row * step->E[m] * V[l * n + m];
            }
            sigma[k * n + l] = sum / step->dt;
        }
    for (int k = 0; k < n; k++)
        for (int l = 0; l <= k; l++) { /* antisymmetric but for rounding */
            sigma[k * n + l] = 0.5 * (sigma[k * n + l] - sigma[l * n + k]);
            sigma[l * n + k] = -sigma[k * n + l];
        }
    step->sigma1 = sigma;
}

static double sigma_at(const dia_adiabatic_step *step, double x, int k, int l)
{
    const int kl = k * step->n + l;
    return step->sigma0[kl] + x * (step->sigma1[kl] - step->sigma0[kl]);
}

/* c_k <- exp(-i E_k h) c_k */
static void turn_phases(const dia_adiabatic_step *step, double x, double h)
{
    for (int k = 0; k < step->n; k++) {
        const double phase = (step->E0[k] + x * (step->E1[k] - step->E0[k]) - step->E1[0]) * h;
        double *c = step->c + 2 * k;
        const double re = c[0], cosine = cos(phase), sine = sin(phase);
        c[0] = cosine * re + sine * c[1];
        c[1] = cosine * c[1] - sine * re;
    }
}

static void turn_pair(double *a, double *b, double angle)
{
    const double cosine = cos(angle), sine = sin(angle);
    for (int i = 0; i < 2; i++) {
        const double old = a[i];
        a[i] = cosine * old - sine * b[i];
        b[i] = sine * old + cosine * b[i];
    }
}

/* c <- exp(-sigma h) c by turns of pairs, forth and back: orthogonal, second order, exact for two states. */
static void turn_pairs(const dia_adiabatic_step *step, double x, double h)
{
    const int n = step->n;
    for (int k = 0; k < n; k++)
        for (int l = 0; l < k; l++)
            turn_pair(step->c + 2 * k, step->c + 2 * l, 0.5 * h * sigma_at(step, x, k, l));
    for (int k = n - 1; k >= 0; k--)
        for (int l = k - 1; l >= 0; l--)
            turn_pair(step->c + 2 * k, step->c + 2 * l, 0.5 * h * sigma_at(step, x, k, l));
}

/* Half of h times the population that flows from the active state to j per unit of time. */
static double half_flow(const dia_adiabatic_step *step, double x, double h, int j)
{
    const double *a = step->c + 2 * step->active, *b = step->c + 2 * j;
    return h * (a[0] * b[0] + a[1] * b[1]) * sigma_at(step, x, step->active, j);
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
