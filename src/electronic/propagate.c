/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/propagate.h"

#include <math.h>
#include <string.h>

#include "math/eigen.h"

/* Work space: matrices of order n, packed matrices, vectors, LAPACK's. */
typedef struct scratch {
    double *A, *B;   /* (n, n): H0 and H1 unpacked; later the overlap of two frames            */
    double *Ua, *Ub; /* (n, n): eigenvectors at the inner nodes                                */
    double *product; /* (n, n, 2)                                                              */
    double *H, *E;   /* (npacked), (n): of an inner node                                       */
    double *phase;   /* (n, 2)                                                                 */
    double *eigen;
} scratch;

static scratch carve(int nstate, double *work)
{
    const size_t n = (size_t)nstate;
    scratch s;
    s.A = work;
    s.B = s.A + n * n;
    s.Ua = s.B + n * n;
    s.Ub = s.Ua + n * n;
    s.product = s.Ub + n * n;
    s.H = s.product + 2 * n * n;
    s.E = s.H + n * (n + 1) / 2;
    s.phase = s.E + n;
    s.eigen = s.phase + 2 * n;
    return s;
}

size_t dia_propagator_work(int nstate)
{
    const size_t n = (size_t)nstate;
    return 6 * n * n + n * (n + 1) / 2 + 3 * n + dia_eigen_work(nstate);
}

/* Packed -> square, without the mean of its diagonal, which is only a common phase. */
static void unpack_traceless(int n, const double *H, double *A)
{
    double mean = 0.0;
    for (int i = 0; i < n; i++)
        mean += H[i * (i + 3) / 2];
    mean /= n;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            A[i * n + j] = A[j * n + i] = *H++ - (i == j ? mean : 0.0);
}

static int substeps(int n, double dt, double tolerance, const double *H0, const double *H1, scratch *s)
{
    unpack_traceless(n, H0, s->A);
    unpack_traceless(n, H1, s->B);
    double change = 0.0, commutator = 0.0;
    for (int i = 0; i < n * n; i++)
        change += (s->B[i] - s->A[i]) * (s->B[i] - s->A[i]);
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) { /* [H1,H0] is antisymmetric */
            double c = 0.0;
            for (int k = 0; k < n; k++)
                c += s->B[i * n + k] * s->A[k * n + j] - s->A[i * n + k] * s->B[k * n + j];
            commutator += 2.0 * c * c;
        }
    const double leading = sqrt(sqrt(commutator) * dt * dt / (24.0 * tolerance));
    const double bound = sqrt(change) * fabs(dt) / (4.0 * tolerance);
    const double m = ceil(fmin(leading, bound));
    return m > 1.0 ? (int)fmin(m, DIA_SUBSTEPS_MAX) : 1; /* NaN gives 1 */
}

/* phase_k = exp(-i (E_k - mean E) h) */
static void phases(int n, const double *E, double h, double *phase)
{
    double mean = 0.0;
    for (int k = 0; k < n; k++)
        mean += E[k];
    mean /= n;
    for (int k = 0; k < n; k++) {
        phase[2 * k] = cos((E[k] - mean) * h);
        phase[2 * k + 1] = -sin((E[k] - mean) * h);
    }
}

/* T <- diag(phase) T */
static void scale_rows(int n, const double *phase, double *T)
{
    for (int k = 0; k < n; k++) {
        const double re = phase[2 * k], im = phase[2 * k + 1];
        double *row = T + 2 * k * n;
        for (int l = 0; l < n; l++) {
            const double x = row[2 * l], y = row[2 * l + 1];
            row[2 * l] = re * x - im * y;
            row[2 * l + 1] = re * y + im * x;
        }
    }
}

/* S = Ub^T Ua: the overlap of two adiabatic frames. */
static void overlap(int n, const double *Ub, const double *Ua, double *S)
{
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            double sum = 0.0;
            for (int i = 0; i < n; i++)
                sum += Ub[i * n + k] * Ua[i * n + l];
            S[k * n + l] = sum;
        }
}

/* T <- S T, S real. */
static void rotate(int n, const double *S, double *T, double *product)
{
    for (int k = 0; k < n; k++)
        for (int l = 0; l < 2 * n; l++) {
            double sum = 0.0;
            for (int j = 0; j < n; j++)
                sum += S[k * n + j] * T[2 * j * n + l];
            product[2 * k * n + l] = sum;
        }
    memcpy(T, product, sizeof *T * 2 * (size_t)(n * n));
}

int dia_propagator(int nstate, double dt, double tolerance, const dia_electronic_end *before,
                   const dia_electronic_end *after, double *T, double *work)
{
    const int n = nstate, npacked = n * (n + 1) / 2;
    scratch s = carve(n, work);
    const int m = substeps(n, dt, tolerance, before->H, after->H, &s);
    const double h = dt / m;

    memset(T, 0, sizeof *T * 2 * (size_t)(n * n));
    phases(n, before->E, 0.5 * h, s.phase);
    for (int k = 0; k < n; k++) {
        T[2 * (k * n + k)] = s.phase[2 * k];
        T[2 * (k * n + k) + 1] = s.phase[2 * k + 1];
    }
    const double *U = before->U;
    for (int j = 1; j < m; j++) { /* inner nodes: two half sub-steps meet, one whole phase */
        const double x = (double)j / m;
        for (int i = 0; i < npacked; i++)
            s.H[i] = (1.0 - x) * before->H[i] + x * after->H[i];
        double *Uj = j % 2 ? s.Ua : s.Ub;
        (void)dia_eigen_packed(n, s.H, s.E, Uj, s.eigen);
        overlap(n, Uj, U, s.A);
        rotate(n, s.A, T, s.product);
        phases(n, s.E, h, s.phase);
        scale_rows(n, s.phase, T);
        U = Uj;
    }
    overlap(n, after->U, U, s.A);
    rotate(n, s.A, T, s.product);
    phases(n, after->E, 0.5 * h, s.phase);
    scale_rows(n, s.phase, T);
    return m;
}

/* to = U^T from, or U from: elements of U stand `row` and `column` apart. */
static void turn(int n, const double *U, int row, int column, const double *from, double *to)
{
    for (int k = 0; k < n; k++) {
        double re = 0.0, im = 0.0;
        for (int i = 0; i < n; i++) {
            re += U[k * row + i * column] * from[2 * i];
            im += U[k * row + i * column] * from[2 * i + 1];
        }
        to[2 * k] = re;
        to[2 * k + 1] = im;
    }
}

void dia_amplitudes_adiabatic(int nstate, const double *U, const double *diabatic, double *adiabatic)
{
    turn(nstate, U, 1, nstate, diabatic, adiabatic);
}

void dia_amplitudes_diabatic(int nstate, const double *U, const double *adiabatic, double *diabatic)
{
    turn(nstate, U, nstate, 1, adiabatic, diabatic);
}

void dia_amplitudes_apply(int nstate, const double *T, const double *before, double *after)
{
    for (int k = 0; k < nstate; k++) {
        double re = 0.0, im = 0.0;
        for (int l = 0; l < nstate; l++) {
            const double *t = T + 2 * (k * nstate + l);
            re += t[0] * before[2 * l] - t[1] * before[2 * l + 1];
            im += t[0] * before[2 * l + 1] + t[1] * before[2 * l];
        }
        after[2 * k] = re;
        after[2 * k + 1] = im;
    }
}

void dia_amplitudes_normalise(int nstate, double *c)
{
    double sum = 0.0;
    for (int i = 0; i < 2 * nstate; i++)
        sum += c[i] * c[i];
    const double factor = sum > 0.0 ? 1.0 / sqrt(sum) : 1.0;
    for (int i = 0; i < 2 * nstate; i++)
        c[i] *= factor;
}
