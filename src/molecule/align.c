/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "molecule/align.h"
#include "math/vector.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* b = A a */
static void apply(const double *A, const double *a, double *b)
{
    for (int i = 0; i < 3; i++)
        b[i] = dia_dot3(A + 3 * i, a);
}

/* b = A^T a */
static void apply_transposed(const double *A, const double *a, double *b)
{
    for (int i = 0; i < 3; i++)
        b[i] = A[i] * a[0] + A[3 + i] * a[1] + A[6 + i] * a[2];
}

/* Eigenvalues on the diagonal of A, eigenvectors in the columns of U: cyclic Jacobi (Golub, Van Loan, Matrix
 * Computations, 4th ed., 8.5). Small, accurate for tiny eigenvalues too, the same bits always. n <= 4. */
static void jacobi(int n, double A[4][4], double U[4][4])
{
    enum { SWEEPS = 30 };
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            U[i][j] = i == j;
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
        bool rotated = false;
        for (int p = 0; p < n; p++)
            for (int q = p + 1; q < n; q++) {
                double apq = A[p][q];
                if (!(fabs(apq) > 0.25 * DBL_EPSILON * sqrt(fabs(A[p][p]) * fabs(A[q][q])) && fabs(apq) > DBL_MIN))
                    continue;
                rotated = true;
                double tau = (A[q][q] - A[p][p]) / (2.0 * apq);
                double t = copysign(1.0, tau) / (fabs(tau) + sqrt(1.0 + tau * tau));
                double c = 1.0 / sqrt(1.0 + t * t), s = t * c;
                for (int k = 0; k < n; k++) {
                    double kp = A[k][p], kq = A[k][q];
                    A[k][p] = c * kp - s * kq;
                    A[k][q] = s * kp + c * kq;
                }
                for (int k = 0; k < n; k++) {
                    double pk = A[p][k], qk = A[q][k];
                    A[p][k] = c * pk - s * qk;
                    A[q][k] = s * pk + c * qk;
                }
                A[p][q] = A[q][p] = 0.0;
                for (int k = 0; k < n; k++) {
                    double kp = U[k][p], kq = U[k][q];
                    U[k][p] = c * kp - s * kq;
                    U[k][q] = s * kp + c * kq;
                }
            }
        if (!rotated)
            return;
    }
}

/* z = R seen from its centre of mass */
static void centre(const dia_alignment *alignment, const double *R, double *z)
{
    double middle[3] = {0.0, 0.0, 0.0};
    for (int a = 0; a < alignment->natom; a++)
        for (int i = 0; i < 3; i++)
            middle[i] += alignment->mass[a] * R[3 * a + i];
    for (int i = 0; i < 3; i++)
        middle[i] /= alignment->total;
    for (int a = 0; a < alignment->natom; a++)
        for (int i = 0; i < 3; i++)
            z[3 * a + i] = R[3 * a + i] - middle[i];
}

/* Is the reference linear? The root of the second largest moment of sum m y y^T measures its deviation from a line. */
static void find_axis(dia_alignment *alignment)
{
    double moment[4][4] = {{0}}, U[4][4];
    for (int a = 0; a < alignment->natom; a++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                moment[i][j] += alignment->mass[a] * alignment->y[3 * a + i] * alignment->y[3 * a + j];
    jacobi(3, moment, U);
    int longest = 0;
    double sum = 0.0;
    for (int i = 0; i < 3; i++) {
        sum += moment[i][i];
        if (moment[i][i] > moment[longest][longest])
            longest = i;
    }
    /* files give at least 4 digits: a bend of 1e-4 rad counts as linear */
    alignment->linear = sum - moment[longest][longest] <= 1e-8 * sum;
    for (int i = 0; i < 3; i++)
        alignment->axis[i] = U[i][longest];
}

dia_status dia_alignment_make(dia_alignment *alignment, const dia_molecule *molecule, dia_error *error)
{
    *alignment = (dia_alignment){.natom = molecule->natom};
    if (molecule->dimension != 3)
        return dia_error_set(error, DIA_ERROR_UNSUPPORTED,
                             "only molecules in three dimensions can be aligned, found %d", molecule->dimension);
    size_t natom = (size_t)molecule->natom;
    alignment->mass = malloc(natom * sizeof *alignment->mass);
    alignment->y = malloc(3 * natom * sizeof *alignment->y);
    if (alignment->mass == NULL || alignment->y == NULL) {
        dia_alignment_free(alignment);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for a reference of %zu atoms", natom);
    }
    for (int a = 0; a < molecule->natom; a++) {
        alignment->mass[a] = molecule->masses[a];
        alignment->total += molecule->masses[a];
    }
    centre(alignment, molecule->reference, alignment->y);
    find_axis(alignment);
    return DIA_OK;
}

void dia_alignment_free(dia_alignment *alignment)
{
    free(alignment->mass);
    free(alignment->y);
    *alignment = (dia_alignment){0};
}

/* The eigenvector of Horn's 4x4 matrix to the largest eigenvalue. Proper by construction, also for planar molecules and
 * mirror images. */
void dia_best_turn(const double *A, double *Q)
{
    double N[4][4], U[4][4];
    N[0][0] = A[0] + A[4] + A[8];
    N[0][1] = A[5] - A[7];
    N[0][2] = A[6] - A[2];
    N[0][3] = A[1] - A[3];
    for (int i = 0; i < 3; i++)
        for (int j = i; j < 3; j++)
            N[i + 1][j + 1] = A[3 * i + j] + A[3 * j + i] - (i == j ? N[0][0] : 0.0);
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < i; j++)
            N[i][j] = N[j][i];
    jacobi(4, N, U);
    int best = 0;
    for (int i = 1; i < 4; i++)
        if (N[i][i] > N[best][best])
            best = i;
    double w = U[0][best], x = U[1][best], y = U[2][best], z = U[3][best];
    double n = 1.0 / (w * w + x * x + y * y + z * z);
    const double made[9] = {
        n * (w * w + x * x - y * y - z * z), 2 * n * (x * y - w * z), 2 * n * (x * z + w * y), 2 * n * (x * y + w * z),
        n * (w * w - x * x + y * y - z * z), 2 * n * (y * z - w * x), 2 * n * (x * z - w * y), 2 * n * (y * z + w * x),
        n * (w * w - x * x - y * y + z * z)};
    memcpy(Q, made, sizeof made);
}

/* Differential of the Eckart condition: (tr S - S) omega = sum_a m_a (Q dR_a) x y_a, S = Q A (symmetric at the best Q).
 */
static void eckart_response(const double *A, const double *Q, double *response)
{
    double J[4][4] = {{0}}, U[4][4], trace = 0.0, largest = 0.0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            double s = 0.0;
            for (int k = 0; k < 3; k++)
                s += 0.5 * (Q[3 * i + k] * A[3 * k + j] + Q[3 * j + k] * A[3 * k + i]);
            J[i][j] = -s;
            trace += i == j ? s : 0.0;
        }
    for (int i = 0; i < 3; i++)
        J[i][i] += trace;
    jacobi(3, J, U);
    for (int k = 0; k < 3; k++)
        largest = fmax(largest, fabs(J[k][k]));
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            response[3 * i + j] = 0.0;
            for (int k = 0; k < 3; k++)
                if (!(J[k][k] <= 1e-12 * largest)) /* NaN passes and appears in the result */
                    response[3 * i + j] += U[i][k] * U[j][k] / J[k][k];
        }
}

/* A reference on a line along e: A = v e^T, and Q takes v to e by the smallest turn, which is smooth but where v = -e.
 */
static void smallest_turn(const double *A, const double *e, dia_pose *pose)
{
    double v[3], unit[3] = {0.0, 0.0, 0.0}, k[3];
    apply(A, e, v);
    double length = sqrt(dia_dot3(v, v));
    memset(pose, 0, sizeof *pose);
    for (int i = 0; i < 3; i++)
        unit[i] = length == 0.0 ? e[i] : v[i] / length;
    double c = dia_dot3(unit, e);
    dia_cross(unit, e, k);
    bool opposite = 1.0 + c < 1e-12;
    int least = fabs(e[0]) < fabs(e[1]) ? (fabs(e[0]) < fabs(e[2]) ? 0 : 2) : (fabs(e[1]) < fabs(e[2]) ? 1 : 2);
    double help[3] = {0.0, 0.0, 0.0}, p[3];
    help[least] = 1.0;
    dia_cross(e, help, p);
    double norm = dia_dot3(p, p);
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            pose->turn[3 * i + j] =
                opposite ? 2.0 * p[i] * p[j] / norm - (i == j) : (i == j ? c : 0.0) + k[i] * k[j] / (1.0 + c);
    if (!opposite) {
        pose->turn[1] -= k[2], pose->turn[3] += k[2];
        pose->turn[2] += k[1], pose->turn[6] -= k[1];
        pose->turn[5] -= k[0], pose->turn[7] += k[0];
    }
    double turned[3];
    apply(pose->turn, e, turned); /* Q e */
    for (int i = 0; length > 0.0 && i < 3; i++)
        for (int j = 0; j < 3; j++)
            pose->response[3 * i + j] = ((i == j) - (opposite ? 0.0 : e[i] * turned[j] / (1.0 + c))) / length;
}

void dia_align(const dia_alignment *alignment, const double *R, double *z, dia_pose *pose)
{
    double A[9] = {0};
    centre(alignment, R, z);
    for (int a = 0; a < alignment->natom; a++)
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++)
                A[3 * i + j] += alignment->mass[a] * z[3 * a + i] * alignment->y[3 * a + j];
    if (alignment->linear) {
        smallest_turn(A, alignment->axis, pose);
    } else {
        dia_best_turn(A, pose->turn);
        eckart_response(A, pose->turn, pose->response);
    }
    for (int a = 0; a < alignment->natom; a++) {
        double x[3];
        memcpy(x, z + 3 * a, sizeof x);
        apply(pose->turn, x, z + 3 * a);
    }
}

/* dz_a = omega x z_a + Q (V_a - that of the centre of mass) */
void dia_align_tangent(const dia_alignment *alignment, const double *z, const dia_pose *pose, const double *V,
                       double *dz)
{
    double torque[3] = {0.0, 0.0, 0.0}, omega[3], t[3];
    centre(alignment, V, dz);
    for (int a = 0; a < alignment->natom; a++) {
        double v[3];
        memcpy(v, dz + 3 * a, sizeof v);
        apply(pose->turn, v, dz + 3 * a);
        dia_cross(dz + 3 * a, alignment->y + 3 * a, t);
        for (int i = 0; i < 3; i++)
            torque[i] += alignment->mass[a] * t[i];
    }
    apply(pose->response, torque, omega);
    for (int a = 0; a < alignment->natom; a++) {
        dia_cross(omega, z + 3 * a, t);
        for (int i = 0; i < 3; i++)
            dz[3 * a + i] += t[i];
    }
}

void dia_align_cotangent(const dia_alignment *alignment, const double *z, const dia_pose *pose, const double *P,
                         double *G)
{
    dia_align_cotangent_turn(alignment, z, pose, P, (const double[3]){0.0, 0.0, 0.0}, G);
}

/* The transpose of the above, from its last line to its first. */
void dia_align_cotangent_turn(const dia_alignment *alignment, const double *z, const dia_pose *pose, const double *P,
                              const double *M, double *G)
{
    double moment[3] = {M[0], M[1], M[2]}, torque[3], t[3], sum[3] = {0.0, 0.0, 0.0};
    for (int a = 0; a < alignment->natom; a++) { /* P . (omega x z) = omega . (z x P) */
        dia_cross(z + 3 * a, P + 3 * a, t);
        for (int i = 0; i < 3; i++)
            moment[i] += t[i];
    }
    apply_transposed(pose->response, moment, torque);
    for (int a = 0; a < alignment->natom; a++) { /* torque . (v x y) = v . (y x torque) */
        double p[3];
        dia_cross(alignment->y + 3 * a, torque, t);
        for (int i = 0; i < 3; i++)
            p[i] = P[3 * a + i] + alignment->mass[a] * t[i];
        apply_transposed(pose->turn, p, G + 3 * a);
        for (int i = 0; i < 3; i++)
            sum[i] += G[3 * a + i];
    }
    for (int a = 0; a < alignment->natom; a++)
        for (int i = 0; i < 3; i++)
            G[3 * a + i] -= alignment->mass[a] / alignment->total * sum[i];
}
