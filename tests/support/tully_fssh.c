/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tully_fssh.h"

#include <complex.h>
#include <lapacke.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HALVINGS = 16 };

typedef struct point { /* of a trajectory; states are numbered as they are followed, not by energy */
    double *R, *V, *G; /* (ncart); G: gradient of the active state                      */
    double *E, *U;     /* (n); (n, n): row k is the eigenvector of state k              */
    double *sigma;     /* (n, n): sigma_kj = v.d_kj, antisymmetric                      */
} point;

struct tully_fssh {
    const dia_model *model;
    dia_tape *tape;
    tully_settings settings;
    int n, ncart, npacked;
    double *mass;      /* (ncart) */
    point now, old;    /* at the end and at the start of a step */
    double complex *c; /* (n) */
    int active;
    uint64_t random;
    double *H, *W, *d, *S; /* (npacked) twice, (ncart), (n, n) */
    double *rate;          /* (n) integral over a step: active state -> others */
    double complex *k[4], *y;
    double *work; /* LAPACK's */
    void *room[2];
    long steps, unclear;
};

/* ---- memory ---------------------------------------------------------------------------------- */

static double *take(double **from, size_t size)
{
    double *taken = *from;
    *from += size;
    return taken;
}

static point take_point(double **from, int n, int ncart)
{
    point p;
    p.R = take(from, (size_t)ncart);
    p.V = take(from, (size_t)ncart);
    p.G = take(from, (size_t)ncart);
    p.E = take(from, (size_t)n);
    p.U = take(from, (size_t)(n * n));
    p.sigma = take(from, (size_t)(n * n));
    return p;
}

static void *memory(size_t count, size_t size)
{
    void *room = calloc(count, size);
    if (room == NULL) {
        fprintf(stderr, "no memory\n");
        abort();
    }
    return room;
}

tully_fssh *tully_create(const dia_model *model, const tully_settings *settings)
{
    const dia_shape shape = dia_model_shape(model);
    const dia_molecule *molecule = dia_model_molecule(model);
    const int n = shape.nstate, ncart = shape.ncart, npacked = shape.npacked;
    tully_fssh *t = memory(1, sizeof *t);
    double *real = t->room[0] = memory((size_t)(9 * ncart + 2 * npacked + 6 * n * n + 40 * n), sizeof *real);
    double complex *both = t->room[1] = memory((size_t)(6 * n), sizeof *both);
    t->model = model;
    t->settings = *settings;
    t->n = n, t->ncart = ncart, t->npacked = npacked;
    t->now = take_point(&real, n, ncart);
    t->old = take_point(&real, n, ncart);
    t->H = take(&real, (size_t)npacked);
    t->W = take(&real, (size_t)npacked);
    t->d = take(&real, (size_t)ncart);
    t->mass = take(&real, (size_t)ncart);
    t->S = take(&real, (size_t)(2 * n * n));
    t->rate = take(&real, (size_t)n);
    t->work = take(&real, (size_t)(36 * n));
    for (int i = 0; i < ncart; i++)
        t->mass[i] = molecule->masses[i / molecule->dimension];
    t->c = both;
    t->y = both + n;
    for (int s = 0; s < 4; s++)
        t->k[s] = both + (2 + s) * n;
    if (dia_tape_create(&t->tape, model, 1, 1, NULL) != DIA_OK)
        abort();
    return t;
}

void tully_free(tully_fssh *t)
{
    if (t == NULL)
        return;
    dia_tape_free(t->tape);
    free(t->room[0]);
    free(t->room[1]);
    free(t);
}

static void copy_point(const tully_fssh *t, point *to, const point *from)
{
    const size_t size = (size_t)(3 * t->ncart + t->n + 2 * t->n * t->n); /* its arrays lie one after the other */
    memcpy(to->R, from->R, size * sizeof *to->R);
}

/* ---- random numbers: splitmix64 --------------------------------------------------------------- */

static uint64_t mix(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double uniform(tully_fssh *t)
{
    return (double)(mix(&t->random) >> 11) * 0x1p-53;
}

/* ---- states, forces, couplings ---------------------------------------------------------------- */

static void check(int failed)
{
    if (failed != 0)
        abort();
}

/* E and U of the present geometry, by energy. */
static void solve(tully_fssh *t, double *E, double *U)
{
    const int n = t->n;
    check((int)dia_model_hamiltonian(t->model, t->tape, 1, t->now.R, t->H));
    for (int i = 0, p = 0; i < n; i++)
        for (int j = 0; j <= i; j++, p++)
            U[i * n + j] = U[j * n + i] = t->H[p];
    /* Column-major: what LAPACK calls column k is row k of U. */
    check((int)LAPACKE_dsyev_work(LAPACK_COL_MAJOR, 'V', 'L', n, U, n, E, t->work, 36 * n));
}

/* <k|dH|j> for the packed dH of one direction. */
static double element(int n, const double *U, const double *dH, int k, int j)
{
    const double *u = U + k * n, *w = U + j * n;
    double sum = 0.0;
    for (int a = 0, p = 0; a < n; a++)
        for (int b = 0; b <= a; b++, p++)
            sum += a == b ? u[a] * dH[p] * w[a] : dH[p] * (u[a] * w[b] + u[b] * w[a]);
    return sum;
}

/* <k|dH/dR|j> as a vector (ncart): the weight of `contract` is the symmetric part of u_k u_j^T. */
static void gradient(tully_fssh *t, int k, int j, double *g)
{
    const int n = t->n, row = 0;
    const double *u = t->now.U + k * n, *w = t->now.U + j * n;
    for (int a = 0, p = 0; a < n; a++)
        for (int b = 0; b <= a; b++, p++)
            t->W[p] = 0.5 * (u[a] * w[b] + u[b] * w[a]);
    check((int)dia_model_contract(t->model, t->tape, 1, &row, t->W, g));
}

static void couplings(tully_fssh *t)
{
    const int n = t->n, row = 0;
    check((int)dia_model_derivative(t->model, t->tape, 1, &row, t->now.V, t->H));
    for (int k = 0; k < n; k++)
        for (int j = 0; j < k; j++) {
            const double h = element(n, t->now.U, t->H, k, j), gap = t->now.E[j] - t->now.E[k];
            t->now.sigma[k * n + j] = h == 0.0 ? 0.0 : h / gap;
            t->now.sigma[j * n + k] = -t->now.sigma[k * n + j];
        }
}

/* Puts the new states (E, U by energy) in the order, and with the signs, of the old: the largest overlap first. */
static void follow(tully_fssh *t, const double *E, const double *U)
{
    const int n = t->n;
    double *S = t->S;
    for (int k = 0; k < n; k++)
        for (int j = 0; j < n; j++) {
            S[k * n + j] = 0.0;
            for (int i = 0; i < n; i++)
                S[k * n + j] += t->old.U[k * n + i] * U[j * n + i];
        }
    for (int pair = 0; pair < n; pair++) {
        int k = -1, j = -1;
        for (int i = 0; i < n * n; i++)
            if (!isnan(S[i]) && (k < 0 || fabs(S[i]) > fabs(S[k * n + j])))
                k = i / n, j = i % n;
        const double sign = S[k * n + j] < 0.0 ? -1.0 : 1.0;
        t->now.E[k] = E[j];
        for (int i = 0; i < n; i++)
            t->now.U[k * n + i] = sign * U[j * n + i];
        for (int i = 0; i < n; i++)
            S[k * n + i] = S[i * n + j] = NAN; /* taken */
    }
}

/* ---- one step --------------------------------------------------------------------------------- */

static double kinetic(const tully_fssh *t)
{
    double sum = 0.0;
    for (int i = 0; i < t->ncart; i++)
        sum += 0.5 * t->mass[i] * t->now.V[i] * t->now.V[i];
    return sum;
}

/* Velocity Verlet on the active surface; the states and couplings at its end. */
static void move(tully_fssh *t, double dt)
{
    const int n = t->n;
    double *E = t->rate, *U = t->S + n * n;
    for (int i = 0; i < t->ncart; i++) {
        t->now.V[i] -= 0.5 * dt * t->now.G[i] / t->mass[i];
        t->now.R[i] += dt * t->now.V[i];
    }
    solve(t, E, U);
    follow(t, E, U);
    gradient(t, t->active, t->active, t->now.G);
    for (int i = 0; i < t->ncart; i++)
        t->now.V[i] -= 0.5 * dt * t->now.G[i] / t->mass[i];
    couplings(t);
}

static double square(double complex z)
{
    return creal(z) * creal(z) + cimag(z) * cimag(z);
}

/* Is the turn of the states what the couplings say? *clear: was every state that matters followed without doubt? */
static bool resolved(const tully_fssh *t, double dt, bool *clear)
{
    const int n = t->n;
    bool good = true;
    *clear = true;
    for (int k = 0; k < n; k++) {
        double same = 0.0;
        for (int i = 0; i < n; i++)
            same += t->old.U[k * n + i] * t->now.U[k * n + i];
        if (same < 0.9 && (k == t->active || square(t->c[k]) > 1e-6))
            *clear = false;
        for (int j = 0; j < k; j++) {
            const bool hops = k == t->active || j == t->active;
            const double weight = hops ? 1.0 : sqrt(square(t->c[k]) + square(t->c[j]));
            double turn = 0.0;
            for (int i = 0; i < n && weight > 0.0; i++)
                turn += 0.5 * (t->old.U[k * n + i] * t->now.U[j * n + i] - t->old.U[j * n + i] * t->now.U[k * n + i]);
            const double by_couplings = 0.5 * dt * (t->old.sigma[k * n + j] + t->now.sigma[k * n + j]);
            good = good && !(fabs(turn - by_couplings) * weight > t->settings.turn);
        }
    }
    return good;
}

/* dc/dt at the fraction x of the step; energies and couplings linear in between, without the mean energy. */
static void rate(const tully_fssh *t, double x, const double complex *c, double complex *out)
{
    const int n = t->n;
    double mean = 0.0;
    for (int k = 0; k < n; k++)
        mean += ((1.0 - x) * t->old.E[k] + x * t->now.E[k]) / n;
    for (int k = 0; k < n; k++) {
        out[k] = -I * ((1.0 - x) * t->old.E[k] + x * t->now.E[k] - mean) * c[k];
        for (int j = 0; j < n; j++)
            if (j != k)
                out[k] -= ((1.0 - x) * t->old.sigma[k * n + j] + x * t->now.sigma[k * n + j]) * c[j];
    }
}

/* Adds the rate at which the active state is left, times h, at the fraction x of the step, with the amplitudes c. */
static void add_flux(tully_fssh *t, double h, double x, const double complex *c)
{
    const int n = t->n, a = t->active;
    const double here = square(c[a]);
    for (int j = 0; j < n && here > 0.0; j++) {
        const double sigma = (1.0 - x) * t->old.sigma[a * n + j] + x * t->now.sigma[a * n + j];
        const double flux = j == a ? 0.0 : 2.0 * creal(conj(c[a]) * c[j]) * sigma;
        t->rate[j] += h * fmax(0.0, flux) / here;
    }
}

/* So many that in each, phases and states turn by less than 0.1 and 0.03 radian. */
static int pieces_of(const tully_fssh *t, double dt)
{
    const int n = t->n;
    double low = t->now.E[0], high = low, fastest = 0.0;
    for (int k = 0; k < n; k++) {
        low = fmin(low, t->now.E[k]);
        high = fmax(high, t->now.E[k]);
        for (int j = 0; j < k; j++)
            fastest = fmax(fastest, fmax(fabs(t->old.sigma[k * n + j]), fabs(t->now.sigma[k * n + j])));
    }
    return 1 + (int)fmin(1000.0, dt * fmax(10.0 * (high - low), 33.0 * fastest));
}

/* Fourth-order Runge-Kutta. */
static void electrons(tully_fssh *t, double dt)
{
    static const double at[4] = {0.0, 0.5, 0.5, 1.0};
    const int n = t->n, pieces = pieces_of(t, dt);
    const double h = dt / pieces;
    for (int k = 0; k < n; k++)
        t->rate[k] = 0.0;
    for (int i = 0; i < pieces; i++) {
        for (int s = 0; s < 4; s++) {
            for (int k = 0; k < n; k++)
                t->y[k] = t->c[k] + (s > 0 ? at[s] * h * t->k[s - 1][k] : 0.0);
            rate(t, (i + at[s]) / pieces, t->y, t->k[s]);
            if (s == 1)
                add_flux(t, h, (i + 0.5) / pieces, t->y);
        }
        for (int k = 0; k < n; k++)
            t->c[k] += h / 6.0 * (t->k[0][k] + 2.0 * t->k[1][k] + 2.0 * t->k[2][k] + t->k[3][k]);
    }
}

/* The momentum changes along d so that the energy is kept: the smaller of the two changes. False: it does not suffice. */
static bool adjust(tully_fssh *t, int to)
{
    double a = 0.0, b = 0.0;
    const double gap = t->now.E[to] - t->now.E[t->active];
    gradient(t, t->active, to, t->d); /* d times the gap: a direction */
    for (int i = 0; i < t->ncart; i++) {
        a += 0.5 * t->d[i] * t->d[i] / t->mass[i];
        b += t->d[i] * t->now.V[i];
    }
    const double root = b * b - 4.0 * a * gap;
    if (!(root >= 0.0 && a > 0.0))
        return false;
    const double gamma = (b > 0.0 ? -b + sqrt(root) : -b - sqrt(root)) / (2.0 * a);
    for (int i = 0; i < t->ncart; i++)
        t->now.V[i] += gamma * t->d[i] / t->mass[i];
    return true;
}

/* A trajectory that is left at a rate with the integral L stays with the probability exp(-L). */
static void hop(tully_fssh *t)
{
    double left = 0.0, sum = 0.0;
    for (int j = 0; j < t->n; j++)
        left += t->rate[j];
    const double drawn = uniform(t), share = left > 0.0 ? -expm1(-left) / left : 0.0;
    for (int j = 0; j < t->n; j++) {
        sum += share * t->rate[j];
        if (!(drawn < sum))
            continue;
        if (adjust(t, j)) {
            t->active = j;
            gradient(t, j, j, t->now.G);
            couplings(t);
        }
        return;
    }
}

static void decohere(tully_fssh *t, double dt)
{
    const int a = t->active;
    const double share = 1.0 / (1.0 + t->settings.constant / kinetic(t));
    double others = 0.0;
    if (!(t->settings.constant > 0.0))
        return;
    for (int k = 0; k < t->n; k++)
        if (k != a) {
            t->c[k] *= exp(-0.5 * dt * fabs(t->now.E[k] - t->now.E[a]) * share);
            others += square(t->c[k]);
        }
    double norm = 0.0;
    for (int k = 0; k < t->n; k++)
        norm += square(t->c[k]);
    if (square(t->c[a]) > 0.0)
        t->c[a] *= sqrt(fmax(1.0 - others, 0.0) / (norm - others));
}

static void advance(tully_fssh *t, double dt, int depth)
{
    bool clear;
    copy_point(t, &t->old, &t->now);
    move(t, dt);
    t->steps++;
    if (!resolved(t, dt, &clear)) {
        if (depth < HALVINGS) {
            copy_point(t, &t->now, &t->old);
            advance(t, 0.5 * dt, depth + 1);
            advance(t, 0.5 * dt, depth + 1);
            return;
        }
        t->unclear += !clear;
    }
    electrons(t, dt);
    hop(t);
    decohere(t, dt);
}

/* ---- flights ---------------------------------------------------------------------------------- */

void tully_start(tully_fssh *t, uint64_t number, const double *R, const double *V, bool diabatic, int state)
{
    const int n = t->n;
    t->random = t->settings.seed;
    t->random = mix(&t->random) ^ (number * 0xd1342543de82ef95u);
    memcpy(t->now.R, R, (size_t)t->ncart * sizeof *R);
    memcpy(t->now.V, V, (size_t)t->ncart * sizeof *V);
    solve(t, t->now.E, t->now.U);
    for (int k = 0; k < n; k++)
        t->c[k] = diabatic ? t->now.U[k * n + state] : k == state;
    t->active = state;
    if (diabatic) {
        double left = uniform(t);
        for (t->active = 0; t->active < n - 1 && left >= square(t->c[t->active]); t->active++)
            left -= square(t->c[t->active]);
    }
    gradient(t, t->active, t->active, t->now.G);
    couplings(t);
}

void tully_fly(tully_fssh *t, double duration)
{
    const int steps = (int)ceil(duration / t->settings.timestep - 1e-6);
    for (int i = 0; i < steps; i++)
        advance(t, duration / steps, 0);
}

void tully_populations(const tully_fssh *t, double *active, double *electronic, double *diabatic)
{
    const int n = t->n;
    for (int k = 0; k < n; k++) {
        int place = 0; /* by energy */
        for (int j = 0; j < n; j++)
            place += t->now.E[j] < t->now.E[k] || (t->now.E[j] == t->now.E[k] && j < k);
        active[place] = k == t->active;
        electronic[place] = square(t->c[k]);
        double complex sum = 0.0;
        for (int j = 0; j < n; j++)
            sum += t->c[j] * t->now.U[j * n + k];
        diabatic[k] = square(sum);
    }
}

void tully_states(tully_fssh *t, const double *R, double *E, double *U)
{
    memcpy(t->now.R, R, (size_t)t->ncart * sizeof *R);
    solve(t, E, U);
}

void tully_counts(const tully_fssh *t, long *steps, long *unclear)
{
    *steps = t->steps;
    *unclear = t->unclear;
}
