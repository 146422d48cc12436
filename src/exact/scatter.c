/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numerov's formula for psi'' = W psi, with T = step^2 W / 12 and F = (1 - T) psi, is the three-term relation
 *
 *   F(i+1) + F(i-1) = U(i) F(i),   U = (2 + 10 T)(1 - T)^-1                      (Johnson's equations 7 to 10)
 *
 * exact up to step^6. A wave that goes out, or decays, at the far end obeys F(i+1) = Q(i) F(i) with
 * Q(i-1) = (U(i) - Q(i))^-1, begun with the factors of outgoing waves, exp(i theta) with 2 cos theta = an eigenvalue of
 * U. Nothing grows in closed channels. At the near end Q(0) yields the reflected waves, and the product of all Q the
 * transmitted ones. The current Im(F(i)* F(i+1)) = |a|^2 sin theta is the same at all points exactly. */
#include "exact/scatter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "electronic/hermitian.h"
#include "math/matrix.h"

/* Without the tests for infinities that the language demands of a product. */
static inline double complex times(double complex a, double complex b)
{
    return creal(a) * creal(b) - cimag(a) * cimag(b) + I * (creal(a) * cimag(b) + cimag(a) * creal(b));
}

/* The channels of one end. */
typedef struct end {
    double *E;           /* (n): adiabatic energies                             */
    double complex *U;   /* (n, n): adiabatic states                            */
    double complex *way; /* (n): F(i+1)/F(i) of the wave that leaves the region */
    double *k, *sine;    /* (n): momentum and sin theta; 0 in closed channels   */
} end;

typedef struct sweep {
    const dia_scatter_grid *grid;
    double energy;
    end ends[2];
    dia_shape shape;
    double *numbers;                              /* what the ends point to, and the work space of the eigenvalues */
    double complex *matrices, *Q, *P, *A, *B, *r; /* (n, n) each                                                   */
    int *pivot;                                   /* (n) */
} sweep;

static void sweep_free(sweep *s)
{
    free(s->numbers);
    free(s->matrices);
    free(s->pivot);
}

static int npacked(const dia_scatter_grid *grid)
{
    return grid->hermitian ? grid->n * grid->n : grid->n * (grid->n + 1) / 2;
}

/* Doubles of an end, an even number. */
static size_t end_size(int n)
{
    const size_t m = (size_t)n;
    return 2 * (m + m * m) + (3 * m + 1) / 2 * 2;
}

static dia_status sweep_create(sweep *s, const dia_scatter_grid *grid, double energy, dia_error *error)
{
    const size_t n = (size_t)grid->n, each = end_size(grid->n);
    *s = (sweep){.grid = grid, .energy = energy, .shape = {.nstate = grid->n, .npacked = npacked(grid)}};
    s->numbers = calloc(2 * each + dia_states_size(&s->shape) + dia_states_work(&s->shape), sizeof(double));
    s->matrices = calloc(5 * n * n, sizeof(double complex));
    s->pivot = calloc(n, sizeof(int));
    if (s->numbers == NULL || s->matrices == NULL || s->pivot == NULL) {
        sweep_free(s);
        return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for scattering of %zu states", n);
    }
    for (int side = 0; side < 2; side++) {
        double *at = s->numbers + (size_t)side * each;
        double complex *numbers = (double complex *)(void *)at;
        s->ends[side] = (end){.way = numbers, .U = numbers + n, .E = (double *)(numbers + n + n * n)};
        s->ends[side].k = s->ends[side].E + n;
        s->ends[side].sine = s->ends[side].k + n;
    }
    double complex **const matrices[] = {&s->Q, &s->P, &s->A, &s->B, &s->r};
    for (size_t i = 0; i < 5; i++)
        *matrices[i] = s->matrices + i * n * n;
    return DIA_OK;
}

static double scale(const dia_scatter_grid *grid) /* T = scale (H - E) */
{
    return grid->step * grid->step * 2.0 * grid->mass / 12.0;
}

/* H at the point `i` counted from side `near`. */
static const double *point(const dia_scatter_grid *grid, int near, int i)
{
    return grid->H + (size_t)(near == 0 ? i : grid->npoint - 1 - i) * (size_t)npacked(grid);
}

static dia_status find_channels(sweep *s, int side, double *work, dia_error *error)
{
    const int n = s->grid->n;
    end *e = &s->ends[side];
    if (!dia_states_solve(&s->shape, point(s->grid, side, 0), e->E, work, work + dia_states_size(&s->shape)))
        return dia_error_set(error, DIA_ERROR_NUMERIC, "the Hamiltonian at the %s end of the grid is not finite",
                             side == 0 ? "left" : "right");
    for (int i = 0; i < n * n; i++)
        e->U[i] = dia_hermitian(&s->shape) ? work[2 * i] + I * work[2 * i + 1] : work[i];
    for (int a = 0; a < n; a++) {
        const double t = scale(s->grid) * (e->E[a] - s->energy), u = (2.0 + 10.0 * t) / (1.0 - t);
        if (!(t > -0.5 && t < 1.0)) /* |u| > 2 for a wave, or no difference equation at all */
            return dia_error_set(error, DIA_ERROR_INPUT, "a step of %g bohr is too long at %g hartree", s->grid->step,
                                 s->energy);
        if (t < 0.0) {
            e->sine[a] = sqrt(fmax(0.0, 1.0 - 0.25 * u * u));
            e->k[a] = sqrt(2.0 * s->grid->mass * (s->energy - e->E[a]));
            e->way[a] = 0.5 * u + I * e->sine[a];
        } else {
            e->sine[a] = e->k[a] = 0.0;
            e->way[a] = 1.0 / (0.5 * u + sqrt(fmax(0.0, 0.25 * u * u - 1.0))); /* the solution that decays */
        }
    }
    return DIA_OK;
}

/* X = U diag(d) U^H */
static void from_adiabatic(int n, const double complex *U, const double complex *d, double complex *X)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double complex sum = 0.0;
            for (int a = 0; a < n; a++)
                sum += times(times(U[i * n + a], conj(U[j * n + a])), d[a]);
            X[i * n + j] = sum;
        }
}

/* Y = L^H X R */
static void to_adiabatic(int n, const double complex *L, const double complex *X, const double complex *R,
                         double complex *Y)
{
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            double complex sum = 0.0;
            for (int i = 0; i < n; i++)
                for (int j = 0; j < n; j++)
                    sum += times(times(conj(L[i * n + a]), R[j * n + b]), X[i * n + j]);
            Y[a * n + b] = sum;
        }
}

/* C = A B */
static void product(int n, const double complex *A, const double complex *B, double complex *C)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double complex sum = 0.0;
            for (int k = 0; k < n; k++)
                sum += times(A[i * n + k], B[k * n + j]);
            C[i * n + j] = sum;
        }
}

/* One step towards the near end: Q' = (U - Q)^-1 = (1-T) (2 + 10 T - Q (1-T))^-1, without an inverse of 1-T. */
static bool step_back(sweep *s, const double *H)
{
    const int n = s->grid->n;
    double complex *A = s->A, *B = s->B;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            double h[2];
            dia_states_element(&s->shape, H, i, j, h);
            const double t = scale(s->grid) * (h[0] - (i == j ? s->energy : 0.0));
            B[i * n + j] = (i == j) - t - I * (scale(s->grid) * h[1]);
        }
    product(n, s->Q, B, A);
    for (int i = 0; i < n * n; i++)
        A[i] = 12.0 * (i % (n + 1) == 0) - 10.0 * B[i] - A[i];
    if (!dia_matrix_divide_complex(n, B, A, s->pivot))
        return false;
    memcpy(s->Q, B, (size_t)(n * n) * sizeof *B);
    return true;
}

/* Waves from side `near`: Q(0) into s->Q, the product of all Q into s->P. */
static dia_status sweep_back(sweep *s, int near, dia_error *error)
{
    const int n = s->grid->n, last = s->grid->npoint - 1;
    const end *far = &s->ends[!near];
    from_adiabatic(n, far->U, far->way, s->Q);
    for (int i = 0; i < n * n; i++)
        s->P[i] = i % (n + 1) == 0;
    for (int i = last; i > 0; i--) {
        if (!step_back(s, point(s->grid, near, i)))
            return dia_error_set(error, DIA_ERROR_NUMERIC, "the Hamiltonian at %g bohr is not finite",
                                 s->grid->left + s->grid->step * (near == 0 ? i : last - i));
        product(n, s->P, s->Q, s->A);
        memcpy(s->P, s->A, (size_t)(n * n) * sizeof *s->P);
    }
    return DIA_OK;
}

/* With w the factor of a wave that moves into the region, incoming waves a and reflected ones r are F(0) = a + r and
 * F(1) = w a + r/w = Q (a + r), so (1/w - Q) r = (Q - w) a in the adiabatic basis of the near end. Seen from there w is also
 * the factor `way` of the wave that leaves. r: row outgoing, column incoming. */
static bool reflect(sweep *s, int near)
{
    const int n = s->grid->n;
    const end *e = &s->ends[near];
    to_adiabatic(n, e->U, s->Q, e->U, s->r);
    for (int i = 0; i < n; i++) /* both transposed, so that the quotient is r^T */
        for (int j = 0; j < n; j++) {
            s->A[j * n + i] = (i == j ? 1.0 / e->way[i] : 0.0) - s->r[i * n + j];
            s->B[j * n + i] = s->r[i * n + j] - (i == j ? e->way[i] : 0.0);
        }
    if (!dia_matrix_divide_complex(n, s->B, s->A, s->pivot))
        return false;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            s->r[i * n + j] = s->B[j * n + i];
    return true;
}

/* The columns of S of waves that come from side `near`. Phases are moved from the ends to x = 0. */
static void fill(sweep *s, int near, dia_scatter *out)
{
    const int n = s->grid->n;
    const double where[2] = {s->grid->left, s->grid->left + s->grid->step * (s->grid->npoint - 1)};
    const end *from = &s->ends[near], *to = &s->ends[!near];
    to_adiabatic(n, to->U, s->P, from->U, s->A);
    for (int i = 0; i < n * n; i++)
        s->B[i] = s->r[i] + (i % (n + 1) == 0);
    product(n, s->A, s->B, s->Q); /* transmitted = P (a + r) */
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n && from->k[a] > 0.0; b++) {
            const double inward = near == 0 ? from->k[a] * where[0] : -from->k[a] * where[1];
            const double back = near == 0 ? from->k[b] * where[0] : -from->k[b] * where[1];
            const double through = near == 0 ? -to->k[b] * where[1] : to->k[b] * where[0];
            double complex *S = out->S + near * n + a;
            S[(near * n + b) * 2 * n] =
                s->r[b * n + a] * sqrt(from->sine[b] / from->sine[a]) * cexp(I * (inward + back));
            S[(!near * n + b) * 2 * n] =
                s->Q[b * n + a] * sqrt(to->sine[b] / from->sine[a]) * cexp(I * (inward + through));
        }
}

/* Flux, unitarity and symmetry. */
static void judge(dia_scatter *out)
{
    const int m = 2 * out->n;
    for (int a = 0; a < m; a++)
        for (int b = 0; b < m; b++) {
            if (!(out->momentum[a] > 0.0 && out->momentum[b] > 0.0))
                continue;
            double complex sum = a == b ? -1.0 : 0.0;
            for (int c = 0; c < m; c++)
                sum += conj(out->S[c * m + a]) * out->S[c * m + b];
            out->unitarity = fmax(out->unitarity, cabs(sum));
            if (a == b)
                out->flux = fmax(out->flux, fabs(creal(sum)));
            out->symmetry = fmax(out->symmetry, cabs(out->S[a * m + b] - out->S[b * m + a]));
        }
}

void dia_scatter_free(dia_scatter *scatter)
{
    free(scatter->level);
    free(scatter->momentum);
    free(scatter->S);
    *scatter = (dia_scatter){0};
}

static dia_status create(dia_scatter *out, int n, double energy, dia_error *error)
{
    const size_t m = 2 * (size_t)n;
    *out = (dia_scatter){.n = n, .energy = energy};
    out->level = calloc(m, sizeof(double));
    out->momentum = calloc(m, sizeof(double));
    out->S = calloc(m * m, sizeof(double complex));
    if (out->level != NULL && out->momentum != NULL && out->S != NULL)
        return DIA_OK;
    return dia_error_set(error, DIA_ERROR_MEMORY, "out of memory for scattering of %d states", n);
}

static dia_status solve_side(sweep *s, int near, dia_scatter *out, dia_error *error)
{
    const int n = s->grid->n;
    bool open = false;
    for (int a = 0; a < n; a++)
        open = open || s->ends[near].k[a] > 0.0;
    if (!open)
        return DIA_OK;
    const dia_status status = sweep_back(s, near, error);
    if (status != DIA_OK)
        return status;
    if (!reflect(s, near))
        return dia_error_set(error, DIA_ERROR_NUMERIC, "no reflected waves at %g hartree", s->energy);
    fill(s, near, out);
    return DIA_OK;
}

dia_status dia_scatter_solve(const dia_scatter_grid *grid, double energy, dia_scatter *scatter, dia_error *error)
{
    sweep s;
    *scatter = (dia_scatter){0};
    if (grid->npoint < 3)
        return dia_error_set(error, DIA_ERROR_INPUT, "scattering needs at least three points, found %d", grid->npoint);
    dia_status status = sweep_create(&s, grid, energy, error);
    if (status != DIA_OK)
        return status;
    status = create(scatter, grid->n, energy, error);
    const size_t n = (size_t)grid->n;
    for (int side = 0; side < 2 && status == DIA_OK; side++) {
        status = find_channels(&s, side, s.numbers + 2 * end_size(grid->n), error);
        if (status == DIA_OK) {
            memcpy(scatter->level + (size_t)side * n, s.ends[side].E, n * sizeof(double));
            memcpy(scatter->momentum + (size_t)side * n, s.ends[side].k, n * sizeof(double));
        }
    }
    for (int side = 0; side < 2 && status == DIA_OK; side++)
        status = solve_side(&s, side, scatter, error);
    sweep_free(&s);
    if (status != DIA_OK)
        dia_scatter_free(scatter);
    else
        judge(scatter);
    return status;
}

double dia_scatter_change(const dia_scatter *a, const dia_scatter *b)
{
    double most = 0.0;
    for (int i = 0; i < 4 * a->n * a->n; i++) {
        const double p = cabs(a->S[i]), q = cabs(b->S[i]);
        most = fmax(most, fabs(p * p - q * q));
    }
    return most;
}

double dia_scatter_step(const dia_scatter_grid *grid, double energy)
{
    const dia_shape shape = {.nstate = grid->n, .npacked = npacked(grid)};
    double most = 0.0, h[2];
    for (int i = 0; i < grid->npoint; i++)
        for (int a = 0; a < grid->n; a++) {
            double reach = 0.0; /* Gershgorin: no eigenvalue is further from the energy */
            for (int b = 0; b < grid->n; b++) {
                dia_states_element(&shape, point(grid, 0, i), a, b, h);
                reach += hypot(h[0] - (a == b ? energy : 0.0), h[1]);
            }
            most = fmax(most, reach);
        }
    return 0.5 / sqrt(2.0 * grid->mass * most);
}
