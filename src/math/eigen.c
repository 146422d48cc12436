/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "math/eigen.h"

#include <complex.h>
#include <lapacke.h>
#include <math.h>

#include "math/eigen_kernel.h"
#include "math/vector.h"

/* dsyev wants at least 3n-1; (block size + 2) n lets it work blocked when n is large. */
enum { ORDER = DIA_EIGEN_ROTATED };

static int lapack_work(int n)
{
    return 34 * n;
}

size_t dia_eigen_work(int n)
{
    return (size_t)n * (size_t)n + (size_t)lapack_work(n);
}

static void set_failed(int n, double *E, double *U)
{
    for (int i = 0; i < n; i++) {
        E[i] = NAN;
        for (int k = 0; k < n; k++)
            U[i * n + k] = i == k ? 1.0 : 0.0;
    }
}

bool dia_eigen_lapack(int n, const double *A, double *E, double *U, double *work)
{
    if (!dia_finite((size_t)n * ((size_t)n + 1) / 2, A)) {
        set_failed(n, E, U);
        return false;
    }
    /* Our rows are LAPACK's columns: the lower triangle by rows is its upper triangle by columns. */
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++)
            work[i * n + j] = A[i * (i + 1) / 2 + j];
    if (LAPACKE_dsyev_work(LAPACK_COL_MAJOR, 'V', 'U', n, work, n, E, work + n * n, lapack_work(n)) != 0) {
        set_failed(n, E, U);
        return false;
    }
    for (int k = 0; k < n; k++) /* vector k is LAPACK's column k */
        for (int i = 0; i < n; i++)
            U[i * n + k] = work[k * n + i];
    return true;
}

/* One rotation in the plane (p, q) that makes A_pq zero; U <- U J (Golub, Van Loan, Matrix Computations, section 8.5).
 */
static inline void rotate(const int n, double A[ORDER][ORDER], double U[ORDER][ORDER], int p, int q)
{
    const double tau = (A[q][q] - A[p][p]) / (2.0 * A[p][q]);
    const double t =
        copysign(1.0, tau) / (fabs(tau) + sqrt(1.0 + tau * tau)); /* the smaller angle; 0 if tau overflows */
    const double c = 1.0 / sqrt(1.0 + t * t), s = t * c;
    A[p][p] -= t * A[p][q];
    A[q][q] += t * A[p][q];
    A[p][q] = A[q][p] = 0.0;
    for (int i = 0; i < n; i++) {
        if (i != p && i != q) {
            const double x = A[p][i], y = A[q][i];
            A[p][i] = A[i][p] = c * x - s * y;
            A[q][i] = A[i][q] = s * x + c * y;
        }
        const double x = U[i][p], y = U[i][q];
        U[i][p] = c * x - s * y;
        U[i][q] = s * x + c * y;
    }
}

/* Cyclic Jacobi: converges quadratically, five sweeps at most in practice. The mean of the diagonal is subtracted
 * first, so that the accuracy of the vectors depends on the splittings, not on the size of the energies. */
static inline void jacobi(const int n, const double *packed, double *E, double *U)
{
    double A[ORDER][ORDER], V[ORDER][ORDER], mean = 0.0;
    for (int i = 0; i < n; i++)
        mean += packed[i * (i + 3) / 2] / n;
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            A[i][j] = A[j][i] = packed[i * (i + 1) / 2 + j] - (i == j ? mean : 0.0);
            V[i][j] = V[j][i] = i == j ? 1.0 : 0.0;
        }
    bool rotated = true;
    for (int sweep = 0; rotated && sweep < 30; sweep++) { /* the limit matters only for numbers near overflow */
        rotated = false;
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                const double a = fabs(A[p][p]), b = fabs(A[q][q]), x = 0.01 * fabs(A[p][q]);
                if (a + x == a && b + x == b)
                    continue; /* the remaining elements change no eigenvalue */
                rotate(n, A, V, p, q);
                rotated = true;
            }
    }
    double e[ORDER];
    for (int k = 0; k < n; k++)
        e[k] = mean + A[k][k] + 0.0; /* + 0: no zero keeps a sign */
    for (int k = 0; k < n; k++) {    /* ascending order: count the smaller ones; equal ones keep their order */
        int place = 0;
        for (int l = 0; l < n; l++)
            place += e[l] < e[k] || (e[l] == e[k] && l < k);
        E[place] = e[k];
        for (int i = 0; i < n; i++)
            U[i * n + place] = V[i][k] + 0.0;
    }
}

bool dia_eigen_packed(int n, const double *A, double *E, double *U, double *work)
{
    if (n < 2 || n > ORDER || !dia_finite((size_t)n * ((size_t)n + 1) / 2, A))
        return dia_eigen_lapack(n, A, E, U, work);
    switch (n) { /* constants, so that the compiler unrolls */
    case 2:
        jacobi(2, A, E, U);
        break;
    case 3:
        jacobi(3, A, E, U);
        break;
    case 4:
        jacobi(4, A, E, U);
        break;
    default:
        jacobi(n, A, E, U);
    }
    return true;
}

/* ---- complex Hermitian ----------------------------------------------------------------------- */

size_t dia_eigen_hermitian_work(int n)
{
    return 2 * (size_t)n * (size_t)n + 2 * (size_t)lapack_work(n) + 3 * (size_t)n;
}

static void set_failed_hermitian(int n, double *E, double *U)
{
    for (int i = 0; i < n; i++) {
        E[i] = NAN;
        for (int k = 0; k < n; k++) {
            U[2 * (i * n + k)] = i == k ? 1.0 : 0.0;
            U[2 * (i * n + k) + 1] = 0.0;
        }
    }
}

/* With A_10 = |A_10| f the matrix is D R D^H, D = diag(1, f), R real: U = D U_R. |A_10| not by hypot, which C libraries round
 * differently. */
static void hermitian_of_two(const double *A, double *E, double *U)
{
    const double x = fabs(A[1]), y = fabs(A[3]), high = fmax(x, y), ratio = fmin(x, y) / high;
    const double turned = A[3] != 0.0 ? high * sqrt(1.0 + ratio * ratio) : A[1]; /* a real one keeps its sign */
    const double re = turned != 0.0 ? A[1] / turned : 1.0, im = turned != 0.0 ? A[3] / turned : 0.0;
    double V[4];
    jacobi(2, (const double[]){A[0], turned, A[2]}, E, V);
    for (int k = 0; k < 2; k++) {
        U[2 * k] = V[k];
        U[2 * k + 1] = 0.0;
        U[2 * (2 + k)] = V[2 + k] * re + 0.0;
        U[2 * (2 + k) + 1] = V[2 + k] * im + 0.0;
    }
}

bool dia_eigen_hermitian_lapack(int n, const double *A, double *E, double *U, double *work)
{
    if (!dia_finite((size_t)n * (size_t)n, A)) {
        set_failed_hermitian(n, E, U);
        return false;
    }
    /* By columns, the upper triangle holds H_ji = conj(H_ij), i > j, at work[i n + j]. */
    double complex *M = (double complex *)(void *)work, *own = M + n * n;
    double *numbers = (double *)(void *)(own + lapack_work(n));
    const double *imaginary = A + n * (n + 1) / 2;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < i; j++)
            M[i * n + j] = A[i * (i + 1) / 2 + j] - I * imaginary[i * (i - 1) / 2 + j];
        M[i * n + i] = A[i * (i + 3) / 2];
    }
    if (LAPACKE_zheev_work(LAPACK_COL_MAJOR, 'V', 'U', n, M, n, E, own, lapack_work(n), numbers) != 0) {
        set_failed_hermitian(n, E, U);
        return false;
    }
    for (int k = 0; k < n; k++) /* vector k is LAPACK's column k */
        for (int i = 0; i < n; i++) {
            U[2 * (i * n + k)] = creal(M[k * n + i]);
            U[2 * (i * n + k) + 1] = cimag(M[k * n + i]);
        }
    return true;
}

bool dia_eigen_hermitian(int n, const double *A, double *E, double *U, double *work)
{
    if (n == 2 && dia_finite(4, A)) {
        hermitian_of_two(A, E, U);
        return true;
    }
    if (n < 3 || n > DIA_EIGEN_ORDER)
        return dia_eigen_hermitian_lapack(n, A, E, U, work);
    dia_eigen_rows(n, true, 1, NULL, A, E, U, work);
    return !isnan(E[0]);
}
