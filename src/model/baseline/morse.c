/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sum over pairs of atoms, the same for all states (times the unit matrix, so that it has every symmetry and mixes no
 * states):
 *
 *   bonded in the reference geometry   D (s^2 - 2 s),  s = exp(-a (r - r0))    Morse, Phys. Rev. 34, 57 (1929)
 *   not bonded                         A s^2,          s = exp(-b/2 (r - r0))  Born, Mayer, Z. Phys. 75, 1 (1932)
 *
 * one D, a, r0 for each kind of bond (pair of elements), one A, b for each kind of other pairs. Energies rise where a
 * bond is stretched and where atoms collide, whatever the data hold. D and A are the least squares solution within bounds
 * that keep wells and walls what they are (data about a minimum know D a^2, but not D); a, r0 and b come from short lists,
 * so the fit is robust and has one answer. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "model/baseline.h"
#include "model/descriptor/pairs.h"
#include "molecule/radii.h"

#define L DIA_LANES

enum { COLUMNS = 4 }; /* of a pair a > b in row a(a-1)/2 + b: repulsion, attraction, exponent, length */

static dia_status extent(const dia_network *net, int *rows, int *columns, dia_error *error)
{
    dia_pairs pairs;
    *columns = COLUMNS;
    return dia_pairs_open(&pairs, "morse", &net->molecule, rows, error);
}

/* ---- evaluation ------------------------------------------------------------------------------ */

/* V of a pair, and (dV/dr)/r */
DIA_INLINE void pair_potential(const double *p, const double *x, int a, int b, dia_v8 *V, dia_v8 *slope)
{
    const dia_v8 r = dia_v8_root(dia_pairs_square(x, a, b)), s = dia_v8_exp(-p[2] * (r - p[3]));
    *V = (p[0] * s - p[1]) * s;
    *slope = -p[2] * (2.0 * p[0] * s - p[1]) * s / r;
}

/* To each diagonal element of the panel H. */
DIA_INLINE void add_to_diagonal(const dia_network *net, dia_v8 sum, double *H)
{
    for (int i = 0; i < net->shape.nstate; i++) {
        double *element = H + dia_packed(i, i) * L;
        dia_v8_store(element, dia_v8_load(element) + sum);
    }
}

DIA_CLONES static void forward(const dia_network *net, const double *p, const double *x, const double *u, double *H)
{
    dia_v8 sum = dia_v8_all(0.0), V, slope;
    (void)u;
    for (int a = 0; a < net->shape.natom; a++)
        for (int b = 0; b < a; b++, p += COLUMNS) {
            pair_potential(p, x, a, b, &V, &slope);
            sum += V;
        }
    add_to_diagonal(net, sum, H);
}

DIA_CLONES static void reverse(const dia_network *net, const double *p, const double *x, const double *u,
                               const double *Hbar, double *xbar, double *ubar)
{
    dia_v8 trace = dia_v8_all(0.0), V, slope;
    (void)u;
    (void)ubar;
    for (int i = 0; i < net->shape.nstate; i++)
        trace += dia_v8_load(Hbar + dia_packed(i, i) * L);
    for (int a = 0; a < net->shape.natom; a++)
        for (int b = 0; b < a; b++, p += COLUMNS) {
            pair_potential(p, x, a, b, &V, &slope);
            dia_pairs_pull(x, a, b, slope * trace, xbar);
        }
}

DIA_CLONES static void tangent(const dia_network *net, const double *p, const double *x, const double *u,
                               const double *v, const double *udot, double *dH)
{
    dia_v8 sum = dia_v8_all(0.0), V, slope;
    (void)u;
    (void)udot;
    for (int a = 0; a < net->shape.natom; a++)
        for (int b = 0; b < a; b++, p += COLUMNS) {
            pair_potential(p, x, a, b, &V, &slope);
            sum += slope * dia_pairs_rate(x, v, a, b);
        }
    add_to_diagonal(net, sum, dH);
}

/* ---- fit ------------------------------------------------------------------------------------- */

static const double exponents[] = {0.6, 0.75, 0.9, 1.05, 1.2, 1.4, 1.6}; /* a, 1/bohr: of bonds 0.8 to 1.3  */
static const double stretches[] = {0.96, 1.0, 1.04, 1.08,
                                   1.14, 1.2};                        /* r0 in units of the mean length of such
                                                                            bonds at the reference geometry  */
static const double walls[] = {0.5, 0.6, 0.75, 0.9, 1.1, 1.4};        /* b/2, 1/bohr: of atoms 0.8 to 1.2 */
static const double shallowest = 2.5 * DIA_EV, deepest = 12 * DIA_EV; /* D                                */
static const double softest = 1 * DIA_EV, hardest = 1000 * DIA_EV;    /* A at the length of a bond        */

#define COUNT(list) ((int)(sizeof(list) / sizeof(list)[0]))
enum { KINDS = 128 };

typedef struct kind { /* of pairs of atoms */
    int high, low;    /* atomic numbers */
    bool bonded;
    int npair;
    double length;    /* bohr, mean over its bonds; of others the sum of the radii */
    int first, count; /* its candidates among all functions */
    int taken;        /* one of them */
    double c;         /* D or A */
} kind;

typedef struct fit {
    const dia_network *net;
    int nkind, n; /* kinds, functions */
    kind kinds[KINDS];
    int *of; /* (pairs) kind */
} fit;

/* Exponent and length of candidate i of a kind. */
static void candidate(const kind *k, int i, double *exponent, double *length)
{
    *exponent = k->bonded ? exponents[i / COUNT(stretches)] : walls[i];
    *length = k->bonded ? k->length * stretches[i % COUNT(stretches)] : k->length;
}

static double candidate_value(const kind *k, int i, double r, double *slope)
{
    double exponent, length;
    candidate(k, i, &exponent, &length);
    const double s = exp(-exponent * (r - length)), attraction = k->bonded ? 2.0 : 0.0;
    *slope = -exponent * (2.0 * s - attraction) * s;
    return (s - attraction) * s;
}

/* A pair counts as bonded if any image of it under the group is, so that images are of one kind. */
static bool bonded(const dia_network *net, int a, int b)
{
    const dia_symmetry *group = &net->symmetry;
    bool is = false;
    for (int g = 0; g < group->nelement && !is; g++) {
        const int *to = group->permutation + g * group->natom;
        is = dia_molecule_bonded(&net->molecule, net->molecule.reference, to[a], to[b]);
    }
    return is;
}

static double pair_distance(const double *R, int a, int b)
{
    return hypot(hypot(R[3 * a] - R[3 * b], R[3 * a + 1] - R[3 * b + 1]), R[3 * a + 2] - R[3 * b + 2]);
}

static bool find_kind(fit *f, int a, int b, int *which)
{
    const dia_molecule *m = &f->net->molecule;
    const bool is = bonded(f->net, a, b);
    const int x = m->numbers[a], y = m->numbers[b], high = x > y ? x : y, low = x + y - high;
    int k = 0;
    while (k < f->nkind && !(f->kinds[k].high == high && f->kinds[k].low == low && f->kinds[k].bonded == is))
        k++;
    if (k == KINDS)
        return false;
    if (k == f->nkind)
        f->kinds[f->nkind++] = (kind){.high = high, .low = low, .bonded = is};
    if (!is || dia_molecule_bonded(m, m->reference, a, b)) {
        f->kinds[k].npair++;
        f->kinds[k].length +=
            is ? pair_distance(m->reference, a, b) : dia_element_radius(high) + dia_element_radius(low);
    }
    *which = k;
    return true;
}

static dia_status find_kinds(fit *f, dia_error *error)
{
    for (int a = 0, p = 0; a < f->net->shape.natom; a++)
        for (int b = 0; b < a; b++, p++)
            if (!find_kind(f, a, b, &f->of[p]))
                return dia_error_set(error, DIA_ERROR_INPUT,
                                     "baseline 'morse': more than %d kinds of pairs of elements", KINDS);
    for (kind *k = f->kinds; k < f->kinds + f->nkind; k++) {
        k->length /= k->npair;
        if (!(k->length > 0.0)) /* an element without a radius */
            k->length = 1.5 * DIA_ANGSTROM;
        k->first = f->n;
        k->count = k->bonded ? COUNT(exponents) * COUNT(stretches) : COUNT(walls);
        k->taken = k->count / 2;
        f->n += k->count;
    }
    return DIA_OK;
}

/* All functions and their gradients at R; phi (n), dphi (nc, n), zero before. */
static void functions(const fit *f, const double *R, double *phi, double *dphi)
{
    for (int a = 0, p = 0; a < f->net->shape.natom; a++)
        for (int b = 0; b < a; b++, p++) {
            const kind *k = &f->kinds[f->of[p]];
            const double r = pair_distance(R, a, b);
            for (int i = 0; i < k->count; i++) {
                double slope;
                phi[k->first + i] += candidate_value(k, i, r, &slope);
                for (int c = 0; c < 3; c++) {
                    const double part = slope * (R[3 * a + c] - R[3 * b + c]) / r;
                    dphi[(3 * a + c) * f->n + k->first + i] += part;
                    dphi[(3 * b + c) * f->n + k->first + i] -= part;
                }
            }
        }
}

static dia_status collect(const fit *f, const dia_baseline_labels *labels, dia_baseline_normal *normal,
                          dia_error *error)
{
    enum { POINTS = 1500 }; /* evenly taken from all: some ten numbers are fitted */
    const int every = labels->npoint / POINTS + 1, nc = f->net->shape.ncart;
    const size_t size = (size_t)f->n * (size_t)(nc + 1);
    double *phi = dia_allocate(size, sizeof *phi);
    if (phi == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fit a baseline");
    for (int i = 0; i < labels->npoint; i += every) {
        const int point = labels->points[i];
        memset(phi, 0, size * sizeof *phi);
        functions(f, labels->R + (size_t)point * (size_t)nc, phi, phi + f->n);
        dia_baseline_normal_add(normal, labels, point, phi, phi + f->n);
    }
    dia_baseline_normal_finish(normal);
    free(phi);
    return DIA_OK;
}

static double solve(fit *f, const dia_baseline_normal *normal)
{
    int chosen[KINDS];
    double low[KINDS], high[KINDS], c[KINDS];
    for (int i = 0; i < f->nkind; i++) {
        chosen[i] = f->kinds[i].first + f->kinds[i].taken;
        low[i] = f->kinds[i].bonded ? shallowest : softest;
        high[i] = f->kinds[i].bonded ? deepest : hardest;
    }
    const double value = dia_baseline_normal_solve(normal, f->nkind, chosen, low, high, c);
    for (int i = 0; i < f->nkind; i++)
        f->kinds[i].c = c[i];
    return value;
}

/* The best candidate of one kind after the other, until none changes. */
static void choose(fit *f, const dia_baseline_normal *normal)
{
    enum { ROUNDS = 10 };
    double best = solve(f, normal);
    for (int round = 0, changed = 1; round < ROUNDS && changed; round++) {
        changed = 0;
        for (int k = 0; k < f->nkind; k++) {
            int winner = f->kinds[k].taken;
            for (int i = 0; i < f->kinds[k].count; i++) {
                f->kinds[k].taken = i;
                const double value = solve(f, normal);
                if (value < best - 1e-9 * fabs(best)) {
                    best = value;
                    winner = i;
                    changed = 1;
                }
            }
            f->kinds[k].taken = winner;
        }
    }
    solve(f, normal);
}

static dia_status fit_(const dia_network *net, const dia_baseline_labels *labels, double *p, dia_error *error)
{
    const int npair = net->shape.natom * (net->shape.natom - 1) / 2;
    fit *f = calloc(1, sizeof *f);
    dia_baseline_normal normal = {0};
    dia_status status = f != NULL && (f->of = calloc((size_t)npair, sizeof *f->of)) != NULL
                            ? DIA_OK
                            : dia_error_set(error, DIA_ERROR_MEMORY, "no memory to fit a baseline");
    if (status == DIA_OK) {
        f->net = net;
        status = find_kinds(f, error);
    }
    if (status == DIA_OK)
        status = dia_baseline_normal_create(&normal, f->n, net->shape.ncart, labels->nstate, error);
    if (status == DIA_OK)
        status = collect(f, labels, &normal, error);
    if (status == DIA_OK)
        choose(f, &normal);
    for (int i = 0; i < npair && status == DIA_OK; i++) {
        const kind *k = &f->kinds[f->of[i]];
        double *row = p + i * COLUMNS;
        row[0] = k->c;
        row[1] = k->bonded ? 2.0 * k->c : 0.0;
        candidate(k, k->taken, &row[2], &row[3]);
    }
    dia_baseline_normal_free(&normal);
    if (f != NULL)
        free(f->of);
    free(f);
    return status;
}

/* One line for each kind of pair: the first of its kind, by its numbers. */
static void tell(const dia_network *net, const double *p, FILE *out)
{
    const int *z = net->molecule.numbers;
    for (int a = 0, row = 0; a < net->shape.natom; a++)
        for (int b = 0; b < a; b++, row++) {
            const double *q = p + row * COLUMNS;
            bool first = true;
            for (int i = 0, other = 0; i <= a && first; i++)
                for (int j = 0; j < i && other < row; j++, other++)
                    first = first && !(z[i] + z[j] == z[a] + z[b] && z[i] * z[j] == z[a] * z[b] &&
                                       (q[1] > 0.0) == (p[other * COLUMNS + 1] > 0.0));
            if (!first)
                continue;
            fprintf(out, "%s-%s ", dia_element_symbol(z[a] > z[b] ? z[a] : z[b]),
                    dia_element_symbol(z[a] > z[b] ? z[b] : z[a]));
            if (q[1] > 0.0)
                fprintf(out, "bond: depth %.2f eV at %.3f A, exponent %.2f /A\n", q[0] / DIA_EV, q[3] / DIA_ANGSTROM,
                        q[2] * DIA_ANGSTROM);
            else
                fprintf(out, "wall: %.2f eV at %.3f A, exponent %.2f /A\n", q[0] / DIA_EV, q[3] / DIA_ANGSTROM,
                        2.0 * q[2] * DIA_ANGSTROM);
        }
}

const dia_baseline_type dia_baseline_type_morse = {
    .name = "morse",
    .summary = "a Morse function for each kind of bond, a wall for each other kind of pair; the same for all states",
    .reference = "Morse, Phys. Rev. 34, 57 (1929); Born, Mayer, Z. Phys. 75, 1 (1932)",
    .extent = extent,
    .fit = fit_,
    .tell = tell,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
};
