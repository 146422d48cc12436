/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "electronic/propagate.h"

#include <math.h>
#include <string.h>

#include "diabolo/model.h"
#include "math/eigen.h"

/* Work space: matrices of order n, packed matrices, vectors, LAPACK's. Of a complex H the matrices are complex. */
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
    s.B = s.A + 2 * n * n;
    s.Ua = s.B + 2 * n * n;
    s.Ub = s.Ua + 2 * n * n;
    s.product = s.Ub + 2 * n * n;
    s.H = s.product + 2 * n * n;
    s.E = s.H + n * n;
    s.phase = s.E + n;
    s.eigen = s.phase + 2 * n;
    return s;
}

size_t dia_propagator_work(int nstate)
{
    const size_t n = (size_t)nstate;
    return 11 * n * n + 3 * n + dia_frame_work(nstate);
}

static double mean_diagonal(int n, const double *H)
{
    double mean = 0.0;
    for (int i = 0; i < n; i++)
        mean += H[i * (i + 3) / 2];
    return mean / n;
}

/* Packed -> square, without the mean of its diagonal, which is only a common phase. */
static void unpack_traceless(int n, const double *H, double *A)
{
    const double mean = mean_diagonal(n, H);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            A[i * n + j] = A[j * n + i] = *H++ - (i == j ? mean : 0.0);
}

static void unpack_traceless_complex(int n, const double *H, double *A)
{
    const double mean = mean_diagonal(n, H);
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double *low = A + 2 * (i * n + j), *high = A + 2 * (j * n + i);
            low[0] = high[0] = H[dia_packed(i, j)] - (i == j ? mean : 0.0);
            low[1] = i == j ? 0.0 : H[dia_packed_imaginary(n, i, j)];
            high[1] = -low[1];
        }
}

/* |[H1,H0]|^2, of real matrices. */
static double commutator_real(int n, const double *B, const double *A)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++) { /* it is antisymmetric */
            double c = 0.0;
            for (int k = 0; k < n; k++)
                c += B[i * n + k] * A[k * n + j] - A[i * n + k] * B[k * n + j];
            sum += 2.0 * c * c;
        }
    return sum;
}

static double commutator_complex(int n, const double *B, const double *A)
{
    double sum = 0.0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) { /* it is anti-Hermitian */
            double re = 0.0, im = 0.0;
            for (int k = 0; k < n; k++) {
                const double *bik = B + 2 * (i * n + k), *akj = A + 2 * (k * n + j), *aik = A + 2 * (i * n + k),
                             *bkj = B + 2 * (k * n + j);
                re += bik[0] * akj[0] - bik[1] * akj[1] - aik[0] * bkj[0] + aik[1] * bkj[1];
                im += bik[0] * akj[1] + bik[1] * akj[0] - aik[0] * bkj[1] - aik[1] * bkj[0];
            }
            sum += (i == j ? 1.0 : 2.0) * (re * re + im * im);
        }
    return sum;
}

static int substeps(const dia_frame *before, const dia_frame *after, double dt, double tolerance, scratch *s)
{
    const int n = before->nstate;
    const bool complex = before->hermitian;
    (complex ? unpack_traceless_complex : unpack_traceless)(n, before->H, s->A);
    (complex ? unpack_traceless_complex : unpack_traceless)(n, after->H, s->B);
    double change = 0.0;
    for (int i = 0; i < (complex ? 2 : 1) * n * n; i++)
        change += (s->B[i] - s->A[i]) * (s->B[i] - s->A[i]);
    const double commutator = (complex ? commutator_complex : commutator_real)(n, s->B, s->A);
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

/* S = Ub^T Ua: the overlap of two real frames. */
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

/* C = A B, or A^H B; complex. */
static void multiply_complex(int n, const double *A, bool adjoint, const double *B, double *C)
{
    memset(C, 0, sizeof *C * 2 * (size_t)(n * n));
    for (int k = 0; k < n; k++)
        for (int i = 0; i < n; i++) {
            const double *a = adjoint ? A + 2 * (i * n + k) : A + 2 * (k * n + i), re = a[0],
                         im = adjoint ? -a[1] : a[1];
            const double *b = B + 2 * i * n;
            double *c = C + 2 * k * n;
            for (int l = 0; l < n; l++) {
                c[2 * l] += re * b[2 * l] - im * b[2 * l + 1];
                c[2 * l + 1] += re * b[2 * l + 1] + im * b[2 * l];
            }
        }
}

/* T <- Ub^H Ua T: to the frame Ub. */
static void to_frame(const scratch *s, int n, bool complex, const double *Ub, const double *Ua, double *T)
{
    if (complex) {
        multiply_complex(n, Ub, true, Ua, s->A);
        multiply_complex(n, s->A, false, T, s->product);
        memcpy(T, s->product, sizeof *T * 2 * (size_t)(n * n));
        return;
    }
    overlap(n, Ub, Ua, s->A);
    rotate(n, s->A, T, s->product);
}

int dia_propagator(double dt, double tolerance, const dia_frame *before, const dia_frame *after, int b, double *T,
                   double *work)
{
    const dia_frame first = dia_frame_row(before, b), last = dia_frame_row(after, b);
    const int n = first.nstate, npacked = (int)dia_frame_packed(&first);
    scratch s = carve(n, work);
    const int m = substeps(&first, &last, dt, tolerance, &s);
    const double h = dt / m;

    memset(T, 0, sizeof *T * 2 * (size_t)(n * n));
    phases(n, first.E, 0.5 * h, s.phase);
    for (int k = 0; k < n; k++) {
        T[2 * (k * n + k)] = s.phase[2 * k];
        T[2 * (k * n + k) + 1] = s.phase[2 * k + 1];
    }
    const double *U = first.U;
    for (int j = 1; j < m; j++) { /* inner nodes: two half sub-steps meet, one whole phase */
        const double x = (double)j / m;
        for (int i = 0; i < npacked; i++)
            s.H[i] = (1.0 - x) * first.H[i] + x * last.H[i];
        dia_frame inner = {1, n, s.H, s.E, j % 2 ? s.Ua : s.Ub, first.hermitian};
        (void)dia_frame_solve(&inner, s.eigen);
        to_frame(&s, n, first.hermitian, inner.U, U, T);
        phases(n, s.E, h, s.phase);
        scale_rows(n, s.phase, T);
        U = inner.U;
    }
    to_frame(&s, n, first.hermitian, last.U, U, T);
    phases(n, last.E, 0.5 * h, s.phase);
    scale_rows(n, s.phase, T);
    return m;
}

/* to = U^T from, or U from. */
static inline void turn(const int n, const double *U, const bool transposed, const double *from, double *to)
{
    for (int k = 0; k < n; k++) {
        double re = 0.0, im = 0.0;
        for (int i = 0; i < n; i++) {
            const double u = transposed ? U[i * n + k] : U[k * n + i];
            re += u * from[2 * i];
            im += u * from[2 * i + 1];
        }
        to[2 * k] = re;
        to[2 * k + 1] = im;
    }
}

void dia_amplitudes_adiabatic(int nstate, const double *U, const double *diabatic, double *adiabatic)
{
    turn(nstate, U, true, diabatic, adiabatic);
}

void dia_amplitudes_diabatic(int nstate, const double *U, const double *adiabatic, double *diabatic)
{
    switch (nstate) { /* every step: constants, so that the compiler unrolls */
    case 2:
        turn(2, U, false, adiabatic, diabatic);
        break;
    case 3:
        turn(3, U, false, adiabatic, diabatic);
        break;
    case 4:
        turn(4, U, false, adiabatic, diabatic);
        break;
    default:
        turn(nstate, U, false, adiabatic, diabatic);
    }
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
