/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compiled once for each instruction set, which DIA_LANES_ISA names. The arithmetic is that of propagate.c. */
#include "electronic/propagate_kernel.h"

#include "electronic/propagate_amplitudes.h"
#include "electronic/propagate_substeps.h"
#include "math/lane_math.h"
#include "math/lane_product.h"
#include "math/lane_rows.h"

/* ---- the propagator -------------------------------------------------------------------------- */

/* phase_k = exp(-i (E_k - mean E) h) */
INLINE void phases(int n, double *E, vector h, double *phase)
{
    vector mean = all(0.0);
    for (int k = 0; k < n; k++)
        mean += load(at(E, k));
    mean /= all(n);
    for (int k = 0; k < n; k++) {
        vector c, s;
        cosine_and_sine((load(at(E, k)) - mean) * h, &c, &s);
        store(at(phase, 2 * k), c);
        store(at(phase, 2 * k + 1), -s);
    }
}

/* z <- phase z */
INLINE void turn(double *phase, vector z[2])
{
    const vector re = load(phase), im = load(at(phase, 1)), x = z[0], y = z[1];
    z[0] = re * x - im * y;
    z[1] = re * y + im * x;
}

/* Overlap of states, (n, n) by rows: <k of b|l of a> */
INLINE void overlap(const int parts, int n, const double *b, int k, const double *a, int l, vector z[2])
{
    z[0] = z[1] = all(0.0);
    for (int i = 0; i < n; i++) {
        const double *x = b + (long)((i * n + k) * parts) * LANES, *y = a + (long)((i * n + l) * parts) * LANES;
        z[0] += load(x) * load(y);
        if (parts == 2) {
            z[0] += get(x, 1) * get(y, 1);
            z[1] += load(x) * get(y, 1) - get(x, 1) * load(y);
        }
    }
}

/* S (n, n, parts) = Ub^H Ua */
INLINE void overlaps(const int parts, int n, const double *b, const double *a, double *S)
{
    if (parts == 1 && n >= BLOCKED) {
        multiply(n, n, n, false, transposed(matrix_of(b, n)), matrix_of(a, n), matrix_of(S, n));
        return;
    }
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            vector z[2];
            overlap(parts, n, b, k, a, l, z);
            for (int p = 0; p < parts; p++)
                store(at(S, (k * n + l) * parts + p), z[p]);
        }
}

/* Element (k, l) of S T. */
INLINE void turned_element(const int parts, int n, double *S, double *T, int k, int l, vector z[2])
{
    z[0] = z[1] = all(0.0);
    for (int j = 0; j < n; j++) {
        double *s = at(S, (k * n + j) * parts), *t = at(T, 2 * (j * n + l));
        z[0] += load(s) * load(t);
        z[1] += load(s) * load(at(t, 1));
        if (parts == 2) {
            z[0] -= load(at(s, 1)) * load(at(t, 1));
            z[1] += load(at(s, 1)) * load(t);
        }
    }
}

/* T <- diag(phase) Ub^H Ua T, where `on`; S (n, n, parts), product (n, n, 2): work space. */
INLINE void to_frame(const int parts, int n, const double *b, const double *a, double *phase, mask on, double *T,
                     double *S, double *product)
{
    const bool blocked = parts == 1 && n >= BLOCKED;
    overlaps(parts, n, b, a, S);
    if (blocked)
        multiply(n, 2 * n, n, false, matrix_of(S, n), matrix_of(T, 2 * n), matrix_of(product, 2 * n));
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            double *to = at(product, 2 * (k * n + l));
            vector z[2] = {load(to), load(at(to, 1))};
            if (!blocked)
                turned_element(parts, n, S, T, k, l, z);
            turn(at(phase, 2 * k), z);
            store(to, z[0] + all(0.0)); /* no zero keeps a sign */
            store(at(to, 1), z[1] + all(0.0));
        }
    for (int i = 0; i < 2 * n * n; i++)
        store(at(T, i), choose(on, load(at(product, i)), load(at(T, i))));
}

/* One sub-step: T = diag(last) Ub^H Ua diag(first); S (n, n): work space of real states. */
INLINE void single(const int parts, int n, const double *b, const double *a, double *first, double *last, double *S,
                   double *T)
{
    const bool blocked = parts == 1 && n >= BLOCKED;
    if (blocked)
        overlaps(1, n, b, a, S);
    for (int k = 0; k < n; k++)
        for (int l = 0; l < n; l++) {
            vector z[2];
            if (blocked)
                z[0] = load(at(S, k * n + l));
            else
                overlap(parts, n, b, k, a, l, z);
            if (parts == 2) {
                turn(at(first, 2 * l), z);
            } else {
                z[1] = load(at(first, 2 * l + 1)) * z[0];
                z[0] *= load(at(first, 2 * l));
            }
            turn(at(last, 2 * k), z);
            store(at(T, 2 * (k * n + l)), z[0] + all(0.0));
            store(at(T, 2 * (k * n + l) + 1), z[1] + all(0.0));
        }
}

/* Work space of the inner nodes: matrices (n, n, 2) but H (n, n), E (n); of the node before (a) and of this (b). */
typedef struct nodes {
    double *S, *product, *Ha, *Hb, *Ea, *Eb, *Ua, *Ub, *columns, *eigen;
} nodes;

static nodes lay_out(int n, double *rest)
{
    nodes w = {.S = rest};
    w.product = at(w.S, 2 * n * n);
    w.Ha = at(w.product, 2 * n * n);
    w.Hb = at(w.Ha, n * n);
    w.Ea = at(w.Hb, n * n);
    w.Eb = at(w.Ea, n);
    w.Ua = at(w.Eb, n);
    w.Ub = at(w.Ua, 2 * n * n);
    w.columns = at(w.Ub, 2 * n * n);
    w.eigen = at(w.columns, 2 * n * n);
    return w;
}

/* Eb and states Ub, by rows, of Hb where `on`; beginning with those of the node before. */
static void solve_node(const int parts, int n, const nodes *w, mask on, const dia_eigen_kernel *eigen)
{
    const int npacked = parts == 2 ? n * n : n * (n + 1) / 2;
    mask good = (mask)all(0.0);
    if (parts == 1 && n > DIA_EIGEN_ROTATED) {
        const unsigned bits = eigen->refine(n, w->Hb, w->Ha, w->Ea, w->Ua, w->Eb, w->Ub, w->eigen);
        for (int i = 0; i < WIDTH; i++)
            good[i] = bits >> i & 1u ? -1 : 0;
        if (!any(on & ~good))
            return;
    }
    double *H = w->product, *E = w->S, *U = w->columns; /* the first two are not needed yet */
    for (int i = 0; i < npacked; i++)
        put(H, i, get(w->Hb, i));
    (void)eigen->solve(n, parts == 2, H, E, U, w->eigen);
    for (int k = 0; k < n; k++) {
        put(w->Eb, k, choose(good, get(w->Eb, k), get(E, k)));
        for (int i = 0; i < n * parts; i++) {
            double *to = at(w->Ub, (i / parts * n + k) * parts + i % parts);
            store(to, choose(good, load(to), get(U, k * n * parts + i)));
        }
    }
}

static void exchange(double **a, double **b)
{
    double *x = *a;
    *a = *b;
    *b = x;
}

/* The inner nodes, m[i] - 1 of them in lane i. */
INLINE void steps(const int parts, int n, const dia_propagator_panel *p, int first, const int *m,
                  const dia_eigen_kernel *eigen, double *phase, double *rest)
{
    nodes w = lay_out(n, rest);
    double *T = p->T + first, *const H[2] = {p->H[0] + first, p->H[1] + first};
    const int npacked = parts == 2 ? n * n : n * (n + 1) / 2;
    vector count;
    int most = 1;
    for (int i = 0; i < WIDTH; i++) {
        count[i] = m[i];
        most = m[i] > most ? m[i] : most;
    }
    const vector h = all(p->dt) / count;
    phases(n, p->E[0] + first, all(0.5) * h, phase);
    for (int i = 0; i < n * n; i++)
        for (int part = 0; part < 2; part++)
            store(at(T, 2 * i + part), i % (n + 1) == 0 ? load(at(phase, 2 * (i / n) + part)) : all(0.0));
    for (int i = 0; i < npacked; i++)
        put(w.Ha, i, get(H[0], i));
    for (int k = 0; k < n; k++)
        put(w.Ea, k, get(p->E[0] + first, k));
    for (int i = 0; i < n * n * parts; i++)
        put(w.Ua, i, get(p->U[0] + first, i));
    for (int j = 1; j < most; j++) { /* two half sub-steps meet, one whole phase */
        const mask on = all((double)j) < count;
        const vector x = choose(on, all((double)j) / count, all(1.0));
        for (int i = 0; i < npacked; i++)
            put(w.Hb, i, (all(1.0) - x) * get(H[0], i) + x * get(H[1], i));
        solve_node(parts, n, &w, on, eigen);
        phases(n, w.Eb, h, phase);
        to_frame(parts, n, w.Ub, w.Ua, phase, on, T, w.S, w.product);
        for (int i = 0; i < n * n * parts; i++)
            put(w.Ub, i, choose(on, get(w.Ub, i), get(w.Ua, i)));
        exchange(&w.Ha, &w.Hb);
        exchange(&w.Ea, &w.Eb);
        exchange(&w.Ua, &w.Ub);
    }
    phases(n, p->E[1] + first, all(0.5) * h, phase);
    to_frame(parts, n, p->U[1] + first, w.Ua, phase, ~(mask)all(0.0), T, w.S, w.product);
}

/* ---- all of it ------------------------------------------------------------------------------- */

INLINE void whole(const int parts, const int n, const dia_propagator_panel *p, int first, const int *m,
                  const dia_eigen_kernel *eigen)
{
    double *begin = p->work + first, *end = at(begin, 2 * n), *rest = at(end, 2 * n);
    bool one = true;
    for (int i = 0; i < WIDTH; i++)
        one = one && m[i] == 1;
    if (one) {
        phases(n, p->E[0] + first, all(0.5 * p->dt), begin);
        phases(n, p->E[1] + first, all(0.5 * p->dt), end);
        single(parts, n, p->U[1] + first, p->U[0] + first, begin, end, rest, p->T + first);
    } else {
        steps(parts, n, p, first, m, eigen, begin, rest);
    }
    amplitudes(parts, n, p, first, rest);
}

/* Constants of n where they are worth while, so that the compiler unrolls. */
#define EACH(call)                                                                                                     \
    if (p->hermitian)                                                                                                  \
        call(2, p->n, ARGUMENTS);                                                                                      \
    else if (p->n == 2)                                                                                                \
        call(1, 2, ARGUMENTS);                                                                                         \
    else if (p->n == 3)                                                                                                \
        call(1, 3, ARGUMENTS);                                                                                         \
    else if (p->n == 4)                                                                                                \
        call(1, 4, ARGUMENTS);                                                                                         \
    else                                                                                                               \
        call(1, p->n, ARGUMENTS)

static void substeps(const dia_propagator_panel *p, int m[LANES])
{
    for (int first = 0; first < LANES; first += WIDTH) {
#define ARGUMENTS p, first, m + first
        EACH(count_substeps);
#undef ARGUMENTS
    }
}

static void substeps_refined(const dia_propagator_panel *p, int m[LANES])
{
    if (p->n <= DIA_EIGEN_ROTATED) {
        substeps(p, m);
        return;
    }
    for (int first = 0; first < LANES; first += WIDTH)
        count_substeps_refined(p->n, p, first, m + first);
}

static void propagate(const dia_propagator_panel *p, const int m[LANES], const dia_eigen_kernel *eigen)
{
    for (int first = 0; first < LANES; first += WIDTH) {
#define ARGUMENTS p, first, m + first, eigen
        EACH(whole);
#undef ARGUMENTS
    }
}

/* ---- rows and lanes -------------------------------------------------------------------------- */

INLINE void gather_part(int size, const double *x, const int *row, double *lanes)
{
    const double *from[LANES];
    for (int l = 0; l < LANES; l++)
        from[l] = x + (long)row[l] * size;
    gather_rows((size_t)size, from, lanes);
}

INLINE void scatter_part(int size, int count, const double *lanes, const int *row, double *x)
{
    double *to[LANES];
    for (int l = 0; l < LANES; l++)
        to[l] = x + (long)row[l] * size;
    scatter_rows((size_t)size, count, lanes, to);
}

INLINE void gather_all(const int parts, const int n, const dia_propagator_panel *p, const dia_propagator_rows *x,
                       const int *row)
{
    for (int e = 0; e < 2; e++) {
        gather_part(parts == 2 ? n * n : n * (n + 1) / 2, x->H[e], row, p->H[e]);
        gather_part(n, x->E[e], row, p->E[e]);
        gather_part(n * n * parts, x->U[e], row, p->U[e]);
    }
    gather_part(2 * n, x->c, row, p->c);
}

INLINE void scatter_all(const int parts, const int n, const dia_propagator_panel *p, const dia_propagator_rows *x,
                        int count, const int *row)
{
    (void)parts;
    scatter_part(2 * n * n, count, p->T, row, x->T);
    scatter_part(2 * n, count, p->c0, row, x->c0);
    scatter_part(2 * n, count, p->c1, row, x->c1);
}

static void gather(const dia_propagator_panel *p, const dia_propagator_rows *rows, const int row[LANES])
{
#define ARGUMENTS p, rows, row
    EACH(gather_all);
#undef ARGUMENTS
}

/* Of each row U and c1 are read, c is written. */
INLINE void diabatic_rows(const int parts, const int n, const dia_propagator_panel *p, const double *U,
                          const double *c1, int count, const int *row, double *c)
{
    gather_part(n * n * parts, U, row, p->U[1]);
    gather_part(2 * n, c1, row, p->c1);
    for (int first = 0; first < LANES; first += WIDTH)
        to_diabatic(parts, n, p, first);
    scatter_part(2 * n, count, p->c, row, c);
}

static void diabatic(const dia_propagator_panel *p, const double *U, const double *c1, int count, const int row[LANES],
                     double *c)
{
#define ARGUMENTS p, U, c1, count, row, c
    EACH(diabatic_rows);
#undef ARGUMENTS
}

INLINE void gather_parts(const int parts, const int n, const dia_propagator_panel *p, const dia_propagator_rows *x,
                         const int *row)
{
    (void)parts;
    for (int e = 0; e < 2; e++)
        gather_part(n * (n + 1) / 2, x->H[e], row, p->H[e]);
    gather_part(n, x->E[0], row, p->E[0]);
    gather_part(n * n, x->U[0], row, p->U[0]);
    gather_part(2 * n, x->c, row, p->c);
}

static void gather_known(const dia_propagator_panel *p, const dia_propagator_rows *rows, const int row[LANES])
{
#define ARGUMENTS p, rows, row
    EACH(gather_parts);
#undef ARGUMENTS
}

static unsigned refine(const dia_propagator_panel *p, const dia_eigen_kernel *eigen)
{
    unsigned good = 0;
    for (int l = 0; l < LANES; l += WIDTH)
        good |= eigen->refine(p->n, p->H[1] + l, p->H[0] + l, p->E[0] + l, p->U[0] + l, p->E[1] + l, p->U[1] + l,
                              p->work + l)
                << l;
    return good;
}

INLINE void scatter_frames(const int parts, const int n, const dia_propagator_panel *p, int count, const int *row,
                           double *E, double *U)
{
    (void)parts;
    scatter_part(n, count, p->E[1], row, E);
    scatter_part(n * n, count, p->U[1], row, U);
}

static void scatter_frame(const dia_propagator_panel *p, int count, const int row[LANES], double *E, double *U)
{
#define ARGUMENTS p, count, row, E, U
    EACH(scatter_frames);
#undef ARGUMENTS
}

static void scatter(const dia_propagator_panel *p, const dia_propagator_rows *rows, int count, const int row[LANES])
{
#define ARGUMENTS p, rows, count, row
    EACH(scatter_all);
#undef ARGUMENTS
}

#define NAME_(isa) dia_propagator_kernel_##isa
#define NAME(isa) NAME_(isa)
const dia_propagator_kernel NAME(DIA_LANES_ISA) = {substeps, propagate,        gather,        scatter, gather_known,
                                                   refine,   substeps_refined, scatter_frame, diabatic};
