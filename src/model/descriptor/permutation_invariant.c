/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Permutation-invariant polynomials: all monomials up to an order in y = exp(-r/length) of the pairs of atoms, each
 * averaged over the permutations of equivalent atoms (monomial symmetrisation). They tell permuted molecules apart no
 * more: states that differ under such a permutation need descriptors beside them that do.
 *
 * The orbits are found by the exchanges of two equivalent atoms, which generate the group. */
#include <stdlib.h>
#include <string.h>

#include "model/descriptor/pairs.h"

#define L DIA_LANES
enum { ORDER = 5, MONOMIALS = 200000, FEATURES = 5000, ATOMS = 24, PAIRS = ATOMS * (ATOMS - 1) / 2 };

typedef struct monomial { /* pairs in ascending order; -1 behind the last */
    int pair[ORDER];
    int orbit;
} monomial;

typedef struct self {
    int order;
    double length;
    dia_list equivalent; /* of int */
    int natom, npair, n, norbit;
    monomial *list; /* (n) in the order of their pairs, for searches                     owned */
    int *by_orbit;  /* (n) monomials, orbit after orbit                                  owned */
    int *first;     /* (norbit + 1) where an orbit begins in by_orbit                    owned */
    int label[ATOMS];
} self_t;

static const dia_option options[] = {
    DIA_INT(self_t, order, "3", "highest order of the monomials", DIA_RANGE(1, ORDER)),
    DIA_REAL(self_t, length, DIA_LENGTH, "1 A", "y = exp(-r/length)", DIA_RANGE(1e-3, 1e3)),
    DIA_INTS(self_t, equivalent, NULL,
             "a number for each atom: atoms of one number are exchanged; left out: atoms of one element"),
    {.key = NULL}};

/* ---- monomials and orbits -------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const monomial *x = a, *y = b;
    for (int i = 0; i < ORDER; i++)
        if (x->pair[i] != y->pair[i])
            return x->pair[i] < y->pair[i] ? -1 : 1;
    return 0;
}

static int compare_pairs(const void *a, const void *b)
{
    const int x = *(const int *)a, y = *(const int *)b;
    return x < y ? -1 : x > y;
}

/* C(npair + order, order) - 1; the count stops beyond the limit. */
static int count_monomials(int npair, int order)
{
    double n = 1.0;
    for (int i = 1; i <= order; i++)
        n *= (double)(npair + i) / i;
    return n > MONOMIALS ? MONOMIALS + 1 : (int)(n + 0.5) - 1;
}

/* All ascending lists of 1 to `order` pairs, as an odometer. */
static void list_monomials(self_t *me)
{
    int at = 0;
    for (int d = 1; d <= me->order; d++) {
        int pair[ORDER] = {0};
        for (bool more = true; more; at++) {
            for (int i = 0; i < ORDER; i++)
                me->list[at].pair[i] = i < d ? pair[i] : -1;
            me->list[at].orbit = -1;
            int i = d - 1;
            while (i >= 0 && pair[i] == me->npair - 1)
                i--;
            more = i >= 0;
            for (int j = d - 1; more && j >= i; j--)
                pair[j] = pair[i] + 1;
        }
    }
    qsort(me->list, (size_t)me->n, sizeof *me->list, compare);
}

static int pair_of(int a, int b)
{
    return a > b ? a * (a - 1) / 2 + b : b * (b - 1) / 2 + a;
}

/* The monomial in which atom a is replaced by to[a]. */
static int mapped(const self_t *me, int m, const int *to)
{
    monomial image = {.orbit = 0};
    int n = 0;
    for (int i = 0; i < ORDER; i++) {
        image.pair[i] = -1;
        const int pair = me->list[m].pair[i];
        if (pair < 0)
            continue;
        int a = 1;
        while (a * (a + 1) / 2 <= pair)
            a++;
        image.pair[n++] = pair_of(to[a], to[pair - a * (a - 1) / 2]);
    }
    qsort(image.pair, (size_t)n, sizeof *image.pair, compare_pairs);
    const monomial *found = bsearch(&image, me->list, (size_t)me->n, sizeof *me->list, compare);
    return (int)(found - me->list);
}

/* All that can be reached from monomial m by exchanges gets its orbit. queue (n), to (natom): work space. */
static void spread(self_t *me, int m, int *queue, int *to)
{
    int head = 0, tail = 0;
    queue[tail++] = m;
    me->list[m].orbit = me->norbit;
    for (; head < tail; head++)
        for (int a = 0; a < me->natom; a++)
            for (int b = 0; b < a; b++) {
                if (me->label[a] != me->label[b])
                    continue;
                for (int c = 0; c < me->natom; c++)
                    to[c] = c == a ? b : c == b ? a : c;
                const int next = mapped(me, queue[head], to);
                if (me->list[next].orbit < 0) {
                    me->list[next].orbit = me->norbit;
                    queue[tail++] = next;
                }
            }
    me->norbit++;
}

static void sort_by_orbit(self_t *me)
{
    for (int m = 0; m < me->n; m++)
        me->first[me->list[m].orbit + 1]++;
    for (int k = 0; k < me->norbit; k++)
        me->first[k + 1] += me->first[k];
    for (int m = 0; m < me->n; m++) /* first[k] runs through orbit k, */
        me->by_orbit[me->first[me->list[m].orbit]++] = m;
    for (int k = me->norbit; k > 0; k--) /* and has ended where k + 1 begins */
        me->first[k] = me->first[k - 1];
    me->first[0] = 0;
}

static dia_status make_orbits(self_t *me, dia_error *error)
{
    int *queue = calloc((size_t)me->n, sizeof *queue), *to = calloc((size_t)me->natom, sizeof *to);
    me->list = calloc((size_t)me->n, sizeof *me->list);
    me->by_orbit = calloc((size_t)me->n, sizeof *me->by_orbit);
    if (queue != NULL && to != NULL && me->list != NULL && me->by_orbit != NULL) {
        list_monomials(me);
        for (int m = 0; m < me->n; m++)
            if (me->list[m].orbit < 0)
                spread(me, m, queue, to);
        me->first = calloc((size_t)me->norbit + 2, sizeof *me->first);
    }
    free(queue);
    free(to);
    if (me->first == NULL)
        return dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d monomials", me->n);
    sort_by_orbit(me);
    return DIA_OK;
}

static void close_(void *self)
{
    self_t *me = self;
    free(me->list);
    free(me->by_orbit);
    free(me->first);
}

static dia_status take_labels(self_t *me, const dia_molecule *molecule, dia_error *error)
{
    const int *label = me->equivalent.n > 0 ? me->equivalent.items : molecule->numbers;
    if (me->natom > ATOMS)
        return dia_error_set(error, DIA_ERROR_INPUT, "descriptor 'permutation_invariant' takes up to %d atoms", ATOMS);
    if (me->n > MONOMIALS)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "descriptor 'permutation_invariant': order %d of %d distances makes more than %d "
                             "monomials; take a lower order",
                             me->order, me->npair, MONOMIALS);
    if (me->equivalent.n > 0 && me->equivalent.n != me->natom)
        return dia_error_set(error, DIA_ERROR_INPUT,
                             "descriptor 'permutation_invariant': `equivalent` has %d numbers; expected one for each "
                             "of the %d atoms",
                             me->equivalent.n, me->natom);
    for (int a = 0; a < me->natom; a++) {
        me->label[a] = label[a];
        for (int b = 0; b < a; b++)
            if (label[a] == label[b] && molecule->numbers[a] != molecule->numbers[b])
                return dia_error_set(error, DIA_ERROR_INPUT,
                                     "descriptor 'permutation_invariant': `equivalent` exchanges atoms %d and %d, "
                                     "which are of different elements",
                                     b, a);
    }
    return DIA_OK;
}

static dia_status open_(void *self, const dia_molecule *molecule, int *nfeature, dia_error *error)
{
    self_t *me = self;
    dia_status status = dia_pairs_open(&(dia_pairs){0}, "permutation_invariant", molecule, &me->npair, error);
    if (status != DIA_OK)
        return status;
    me->natom = molecule->natom;
    me->n = count_monomials(me->npair, me->order);
    status = take_labels(me, molecule, error);
    if (status == DIA_OK)
        status = make_orbits(me, error);
    if (status == DIA_OK && me->norbit > FEATURES)
        status = dia_error_set(error, DIA_ERROR_INPUT,
                               "descriptor 'permutation_invariant': order %d makes %d polynomials; expected up to %d; "
                               "take a lower order",
                               me->order, me->norbit, FEATURES);
    *nfeature = me->norbit;
    if (status != DIA_OK)
        close_(me);
    return status;
}

/* ---- values ---------------------------------------------------------------------------------- */

DIA_INLINE void variables(const self_t *me, const double *x, double *y)
{
    for (int a = 0, k = 0; a < me->natom; a++)
        for (int b = 0; b < a; b++, k++)
            dia_v8_store(y + k * L, dia_v8_exp(-dia_v8_root(dia_pairs_square(x, a, b)) / me->length));
}

/* The product of the variables of m but the one at place `without` (-1: of all) */
DIA_INLINE dia_v8 product(const monomial *m, const double *y, int without)
{
    dia_v8 p = dia_v8_all(1.0);
    for (int i = 0; i < ORDER && m->pair[i] >= 0; i++)
        if (i != without)
            p *= dia_v8_load(y + m->pair[i] * L);
    return p;
}

DIA_CLONES static void forward(const void *self, const double *x, double *f)
{
    const self_t *me = self;
    double y[PAIRS * L];
    variables(me, x, y);
    for (int k = 0; k < me->norbit; k++, f += L) {
        dia_v8 sum = dia_v8_all(0.0);
        for (int at = me->first[k]; at < me->first[k + 1]; at++)
            sum += product(&me->list[me->by_orbit[at]], y, -1) / (double)(me->first[k + 1] - me->first[k]);
        dia_v8_store(f, sum);
    }
}

DIA_CLONES static void reverse(const void *self, const double *x, const double *f, const double *fbar, double *xbar)
{
    const self_t *me = self;
    double y[PAIRS * L], ybar[PAIRS * L];
    (void)f;
    variables(me, x, y);
    memset(ybar, 0, sizeof *ybar * (size_t)(me->npair * L));
    for (int k = 0; k < me->norbit; k++)
        for (int at = me->first[k]; at < me->first[k + 1]; at++) {
            const monomial *m = &me->list[me->by_orbit[at]];
            const dia_v8 bar = dia_v8_load(fbar + k * L);
            for (int i = 0; i < ORDER && m->pair[i] >= 0; i++) {
                double *to = ybar + m->pair[i] * L;
                dia_v8_store(to, dia_v8_load(to) + bar * product(m, y, i) / (double)(me->first[k + 1] - me->first[k]));
            }
        }
    for (int a = 0, k = 0; a < me->natom; a++)
        for (int b = 0; b < a; b++, k++) {
            const dia_v8 r = dia_v8_root(dia_pairs_square(x, a, b));
            dia_pairs_pull(x, a, b, -dia_v8_load(ybar + k * L) * dia_v8_load(y + k * L) / (me->length * r), xbar);
        }
}

DIA_CLONES static void tangent(const void *self, const double *x, const double *f, const double *v, double *fdot)
{
    const self_t *me = self;
    double y[PAIRS * L], ydot[PAIRS * L];
    (void)f;
    variables(me, x, y);
    for (int a = 0, k = 0; a < me->natom; a++)
        for (int b = 0; b < a; b++, k++) {
            const dia_v8 r = dia_v8_root(dia_pairs_square(x, a, b));
            dia_v8_store(ydot + k * L, dia_pairs_rate(x, v, a, b) * (-dia_v8_load(y + k * L) / (me->length * r)));
        }
    for (int k = 0; k < me->norbit; k++, fdot += L) {
        dia_v8 sum = dia_v8_all(0.0);
        for (int at = me->first[k]; at < me->first[k + 1]; at++) {
            const monomial *m = &me->list[me->by_orbit[at]];
            for (int i = 0; i < ORDER && m->pair[i] >= 0; i++)
                sum +=
                    product(m, y, i) * dia_v8_load(ydot + m->pair[i] * L) / (double)(me->first[k + 1] - me->first[k]);
        }
        dia_v8_store(fdot, sum);
    }
}

/* An orbit is mapped onto one as a whole, or the permutation does not fit the exchanges. */
static void image(const void *self, const int *permutation, bool inversion, int *source, double *sign)
{
    const self_t *me = self;
    (void)inversion; /* distances are even */
    for (int k = 0; k < me->norbit; k++) {
        sign[k] = 1.0;
        source[k] = me->list[mapped(me, me->by_orbit[me->first[k]], permutation)].orbit;
        for (int at = me->first[k]; at < me->first[k + 1]; at++)
            if (me->list[mapped(me, me->by_orbit[at], permutation)].orbit != source[k]) {
                source[k] = -1;
                break;
            }
    }
}

const dia_descriptor_type dia_descriptor_type_permutation_invariant = {
    .version = DIA_EXTEND_VERSION,
    .name = "permutation_invariant",
    .summary = "polynomials of exp(-r/length), averaged over the permutations of equivalent atoms",
    .reference =
        "Xie, Bowman, J. Chem. Theory Comput. 6, 26 (2010); Braams, Bowman, Int. Rev. Phys. Chem. 28, 577 (2009)",
    .use = "one surface of a molecule with many equivalent atoms. Not alone where states differ in sign under an "
           "exchange of them, and `symmetry` does that job too; high orders make many, nearly dependent features",
    .options = options,
    .self_size = sizeof(self_t),
    .open = open_,
    .close = close_,
    .forward = forward,
    .reverse = reverse,
    .tangent = tangent,
    .image = image,
};
