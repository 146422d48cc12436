/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/driven.h"

#include <complex.h>
#include <math.h>
#include <string.h>

#include "diabolo/model.h"

enum { SUBSTEPS_MOST = 1 << 16 };

typedef struct step { /* everything that does not change within it */
    const dia_drive *drive;
    double t, dt;
    int n, active;
    size_t packed, wide; /* numbers of H; of H - mu.E, which is complex in the rotating-wave approximation */
    bool hermitian;      /* of the latter */
    dia_frame first, last;
    const double *mu0, *mu1, *c;
    /* Work space. H, E, U, mu: of a geometry within the step, without the field; E has room for the energies of an exponential as
     * well, whose vectors are Z. */
    double *H, *E, *U, *mu, *Z;      /* (n^2), (2, n), (n, n, 2), (3, n^2), (n, n, 2) */
    double *A, *B, *W, *eigen;       /* (n^2) each                                    */
    double complex *P, *Q, *earlier; /* (n, n) each                                */
    double complex *a, *b, *V, *y;   /* (n) amplitudes now and a sub-step ago, (n, n) states of then, (4, n) */
} step;

size_t dia_driven_work(int nstate)
{
    const size_t n = (size_t)nstate, n2 = n * n;
    return 19 * n2 + 14 * n + dia_frame_work(nstate);
}

static void carve(step *s, double *work)
{
    const size_t n = (size_t)s->n, n2 = n * n;
    s->P = (double complex *)work;
    s->Q = s->P + n2;
    s->earlier = s->Q + n2;
    s->V = s->earlier + n2;
    s->a = s->V + n2;
    s->b = s->a + n;
    s->y = s->b + n;
    s->U = work + 8 * n2 + 12 * n;
    s->Z = s->U + 2 * n2;
    s->H = s->Z + 2 * n2;
    s->A = s->H + n2;
    s->B = s->A + n2;
    s->W = s->B + n2;
    s->mu = s->W + n2;
    s->E = s->mu + 3 * n2;
    s->eigen = s->E + 2 * n;
}

/* ---- H and -mu.E within the step ------------------------------------------------------------- */

static void between(size_t count, double x, const double *p, const double *q, double *out)
{
    for (size_t i = 0; i < count; i++)
        out[i] = (1.0 - x) * p[i] + x * q[i];
}

/* H without the field and its frame at the share x of the step; at its ends those that are known. */
static dia_frame frame_at(step *s, double x)
{
    if (x == 0.0)
        return s->first;
    if (x == 1.0)
        return s->last;
    between(s->packed, x, s->first.H, s->last.H, s->H);
    dia_frame frame = {1, s->n, s->H, s->E, s->U, s->first.hermitian};
    (void)dia_frame_solve(&frame, s->eigen);
    return frame;
}

/* v: <k|-mu.E|l> between adiabatic states of the frame. mu of the same geometry. */
static double complex element(const step *s, const dia_frame *frame, const double E[6], int k, int l)
{
    double complex v = 0.0;
    for (size_t x = 0; x < 3; x++) {
        double z[2];
        if (E[2 * x] == 0.0 && E[2 * x + 1] == 0.0)
            continue;
        dia_frame_element(frame, 0, s->mu + x * s->packed, k, l, z);
        const double complex mu = z[0] + I * z[1];
        if (!s->drive->rotating_wave)
            v -= E[2 * x] * mu;
        else if (k > l)
            v -= 0.5 * (E[2 * x] + I * E[2 * x + 1]) * mu;
        else if (k < l)
            v -= 0.5 * (E[2 * x] - I * E[2 * x + 1]) * mu;
    }
    return v;
}

static double complex of_frame(const dia_frame *frame, int i, int k)
{
    const size_t at = (size_t)i * (size_t)frame->nstate + (size_t)k;
    return frame->hermitian ? frame->U[2 * at] + I * frame->U[2 * at + 1] : frame->U[at];
}

/* out += U v U^H, packed. */
static void add_rotating(step *s, const dia_frame *frame, const double E[6], double *out)
{
    const int n = s->n;
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++)
            s->P[k * n + l] = element(s, frame, E, k, l);
    for (int i = 0; i < n; i++)
        for (int l = 0; l < n; l++) {
            s->Q[i * n + l] = 0.0;
            for (int k = 0; k < n; k++)
                s->Q[i * n + l] += of_frame(frame, i, k) * s->P[k * n + l];
        }
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double complex sum = 0.0;
            for (int l = 0; l < n; l++)
                sum += s->Q[i * n + l] * conj(of_frame(frame, j, l));
            out[dia_packed(i, j)] += creal(sum);
            if (j < i)
                out[dia_packed_imaginary(n, i, j)] += cimag(sum);
        }
}

/* H - mu.E at the share x of the step, packed; without the mean of its diagonal, which is a common phase. */
static void hamiltonian(step *s, double x, double *out)
{
    double E[6], mean = 0.0;
    s->drive->field(s->drive->context, s->t + x * s->dt, E);
    between(3 * s->packed, x, s->mu0, s->mu1, s->mu);
    memset(out, 0, s->wide * sizeof *out);
    between(s->packed, x, s->first.H, s->last.H, out);
    if (s->drive->rotating_wave) {
        const dia_frame frame = frame_at(s, x);
        add_rotating(s, &frame, E, out);
    } else {
        for (size_t c = 0; c < 3; c++)
            for (size_t i = 0; i < s->packed; i++)
                out[i] -= E[2 * c] * s->mu[c * s->packed + i];
    }
    for (int i = 0; i < s->n; i++)
        mean += out[dia_packed(i, i)] / s->n;
    for (int i = 0; i < s->n; i++)
        out[dia_packed(i, i)] -= mean;
}

/* ---- propagation ----------------------------------------------------------------------------- */

/* T <- exp(-i h G) T, T (n, n) diabatic, G packed. */
static void turn(step *s, double *G, double h, double complex *T)
{
    const int n = s->n;
    double *E = s->E + n;
    dia_frame frame = {1, n, G, E, s->Z, s->hermitian};
    (void)dia_frame_solve(&frame, s->eigen);
    for (int k = 0; k < n; k++) {
        const double complex phase = cexp(-I * (E[k] * h));
        for (int l = 0; l < n; l++) {
            double complex sum = 0.0;
            for (int i = 0; i < n; i++)
                sum += conj(of_frame(&frame, i, k)) * T[i * n + l];
            s->Q[k * n + l] = phase * sum;
        }
    }
    for (int i = 0; i < n; i++)
        for (int l = 0; l < n; l++) {
            double complex sum = 0.0;
            for (int k = 0; k < n; k++)
                sum += of_frame(&frame, i, k) * s->Q[k * n + l];
            T[i * n + l] = sum;
        }
}

/* One sub-step from the share x to x + w. */
static void advance(step *s, double x, double w, double complex *T)
{
    const double c = sqrt(3.0) / 6.0, small = 0.25 - c, large = 0.25 + c;
    hamiltonian(s, x + (0.5 - c) * w, s->A);
    hamiltonian(s, x + (0.5 + c) * w, s->B);
    for (size_t i = 0; i < s->wide; i++)
        s->W[i] = large * s->A[i] + small * s->B[i];
    turn(s, s->W, w * s->dt, T);
    for (size_t i = 0; i < s->wide; i++)
        s->W[i] = small * s->A[i] + large * s->B[i];
    turn(s, s->W, w * s->dt, T);
}

/* Adiabatic amplitudes a of the frame. T: from the adiabatic states at t to the diabatic basis. */
static void amplitudes(step *s, const dia_frame *frame, const double complex *T)
{
    const int n = s->n;
    for (int i = 0; i < n; i++) {
        s->Q[i] = 0.0;
        for (int l = 0; l < n; l++)
            s->Q[i] += T[i * n + l] * (s->c[2 * l] + I * s->c[2 * l + 1]);
    }
    for (int k = 0; k < n; k++) {
        s->a[k] = 0.0;
        for (int i = 0; i < n; i++)
            s->a[k] += conj(of_frame(frame, i, k)) * s->Q[i];
    }
}

/* Adds what the field does to the populations at the share x, times the time h: dP_j/dt = sum_i 2 Im(a_j^* v_ji a_i). */
static void add_flux(step *s, const dia_frame *frame, double x, double h, dia_driven *driven)
{
    const int n = s->n;
    double E[6];
    s->drive->field(s->drive->context, s->t + x * s->dt, E);
    between(3 * s->packed, x, s->mu0, s->mu1, s->mu);
    for (int j = 0; j < n; j++)
        for (int i = 0; i < n; i++) {
            const double flow = j != i ? 2.0 * h * cimag(conj(s->a[j]) * element(s, frame, E, j, i) * s->a[i]) : 0.0;
            driven->work += frame->E[j] * flow;
            if (i == s->active)
                driven->flux[j] += flow;
        }
}

/* Adds what the change of the states in a sub-step does: with S = U(end)^H U(beginning) the net population from i to j is
 * Re[(S x)_j^* S_ji x_i] - Re[(S x)_i^* S_ij x_j] for amplitudes x; the mean of those of the beginning and of the end, seen at the
 * beginning. */
static void add_turning(step *s, const dia_frame *frame, dia_driven *driven)
{
    const int n = s->n, i = s->active;
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            s->P[k * n + l] = 0.0;
            for (int d = 0; d < n; d++)
                s->P[k * n + l] += conj(of_frame(frame, d, k)) * s->V[d * n + l];
        }
    for (int end = 0; end < 2; end++)
        for (int k = 0; k < n; k++) {
            double complex before = end == 0 ? s->b[k] : 0.0, after = end == 1 ? s->a[k] : 0.0;
            for (int l = 0; l < n; l++) {
                before += end == 1 ? conj(s->P[l * n + k]) * s->a[l] : 0.0;
                after += end == 0 ? s->P[k * n + l] * s->b[l] : 0.0;
            }
            s->y[2 * n * end + k] = before;
            s->y[2 * n * end + n + k] = after;
        }
    for (int end = 0; end < 2; end++)
        for (int j = 0; j < n; j++) {
            const double complex *x = s->y + 2 * n * end, *y = x + n;
            if (j != i)
                driven->turned[j] +=
                    0.5 * (creal(conj(y[j]) * s->P[j * n + i] * x[i]) - creal(conj(y[i]) * s->P[i * n + j] * x[j]));
        }
}

/* At the share x, weight h of the time: what the field does here, and the change of the states since the sub-step before. */
static void account(step *s, double x, double h, const double complex *T, dia_driven *driven)
{
    const int n = s->n;
    memcpy(s->b, s->a, (size_t)n * sizeof *s->a);
    const dia_frame frame = frame_at(s, x);
    amplitudes(s, &frame, T);
    if (x > 0.0)
        add_turning(s, &frame, driven);
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            s->V[i * n + k] = of_frame(&frame, i, k);
    add_flux(s, &frame, x, h, driven);
}

/* The whole step in m sub-steps. */
static void fly(step *s, int m, double complex *T, dia_driven *driven)
{
    const int n = s->n;
    memset(driven->flux, 0, (size_t)n * sizeof *driven->flux);
    memset(driven->turned, 0, (size_t)n * sizeof *driven->turned);
    driven->work = 0.0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n; k++)
            T[i * n + k] = of_frame(&s->first, i, k);
    const double third = s->dt / (3.0 * m); /* Simpson's rule; m is even at the end */
    account(s, 0.0, third, T, driven);
    for (int j = 1; j <= m; j++) {
        advance(s, (double)(j - 1) / m, 1.0 / m, T);
        account(s, j == m ? 1.0 : (double)j / m, (j == m ? 1.0 : j % 2 ? 4.0 : 2.0) * third, T, driven);
    }
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            s->Q[k * n + l] = 0.0;
            for (int i = 0; i < n; i++)
                s->Q[k * n + l] += conj(of_frame(&s->last, i, k)) * T[i * n + l];
        }
    memcpy(T, s->Q, (size_t)(n * n) * sizeof *T);
}

int dia_driven_propagator(const dia_drive *drive, double t, double dt, double tolerance, const dia_frame *before,
                          const dia_frame *after, int b, const double *mu0, const double *mu1, const double *c,
                          int active, double *T, dia_driven *driven, double *work)
{
    const int n = before->nstate;
    const size_t n2 = (size_t)n * (size_t)n;
    step s = {.drive = drive,
              .t = t,
              .dt = dt,
              .n = n,
              .active = active,
              .packed = dia_frame_packed(before),
              .hermitian = before->hermitian || drive->rotating_wave,
              .first = dia_frame_row(before, b),
              .last = dia_frame_row(after, b),
              .mu0 = mu0,
              .mu1 = mu1,
              .c = c};
    s.wide = s.hermitian ? n2 : s.packed;
    carve(&s, work);
    double complex *now = (double complex *)T;
    const double guess = ceil(fabs(dt) * drive->fastest);
    int m = guess >= 1.0 && guess <= SUBSTEPS_MOST ? (int)guess : 1;
    fly(&s, m, now, driven);
    for (double change = INFINITY; change > 15.0 * tolerance && m <= SUBSTEPS_MOST / 2;) {
        memcpy(s.earlier, now, n2 * sizeof *now);
        m *= 2;
        fly(&s, m, now, driven);
        change = 0.0;
        for (size_t i = 0; i < n2; i++)
            change = fmax(change, cabs(now[i] - s.earlier[i]));
    }
    return m;
}
