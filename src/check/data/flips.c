/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gradients and couplings that belong to another state than the energy they stand beside: with two neighbouring states exchanged at one point the
 * energies of its neighbours are met, without that they are not. */
#include <math.h>
#include <stdlib.h>

#include "check/data/expect.h"

extern const dia_data_test dia_data_test_flips;

enum { LEAST = 3 }; /* neighbours that can tell */

/* Hartree, 14 meV: what energies must differ by to tell. */
static const double telling = 5e-4;

/* Can states k, k+1 of this point meet on the way? Within the linear picture they cannot if their gap is larger than what the way changes it by;
 * beyond that an exchange may be an intersection between the two points. */
static bool apart(const double *e, const double *slope, int k)
{
    return e[k + 1] - e[k] > 1.5 * fabs(slope[k + 1] - slope[k]);
}

/* Does the pair tell (+1: exchanged, -1: as it is, 0: it cannot)? */
static int vote(const dia_checkup *x, int point, int number, int k)
{
    const dia_near_pair *pair = &x->near.pair[number];
    dia_slopes s;
    dia_pair_slopes(x, number, &s);
    const double *ea = dia_checkup_energy(x, pair->a), *eb = dia_checkup_energy(x, pair->b);
    if (!apart(ea, s.a, k) || !apart(eb, s.b, k)) /* false for NaN */
        return 0;
    const double *own = pair->a == point ? s.a : s.b, *other = pair->a == point ? s.b : s.a;
    double as_is = 0.0, exchanged = 0.0;
    for (int i = 0; i < 2; i++) {
        const double change = eb[k + i] - ea[k + i] - 0.5 * other[k + i];
        as_is += fabs(change - 0.5 * own[k + i]);
        exchanged += fabs(change - 0.5 * own[k + 1 - i]);
    }
    if (!(fabs(as_is - exchanged) > telling))
        return 0;
    return exchanged < 0.3 * as_is ? 1 : as_is < 0.5 * exchanged ? -1 : 0;
}

/* *able: becomes true if enough neighbours tell, whatever they say. */
static bool flipped(const dia_checkup *x, int point, int k, bool *able)
{
    int for_it = 0, against = 0;
    for (int i = x->near.begin[point]; i < x->near.begin[point + 1]; i++) {
        const int v = vote(x, point, x->near.list[i], k);
        for_it += v > 0;
        against += v < 0;
    }
    *able |= for_it + against >= LEAST;
    return for_it >= LEAST && for_it >= 4 * against;
}

static void exchange(dia_checkup *x, int point, int k)
{
    int order[DIA_DATASET_STATES];
    for (int i = 0; i < x->data.nstate; i++)
        order[i] = i;
    order[k] = k + 1;
    order[k + 1] = k;
    dia_checkup_reorder(x, point, order, false);
}

/* Points are exchanged in the working copy as soon as they are found: in the second round they vote for their neighbours. */
static int look(dia_checkup *x, int k, bool *marked, bool *able)
{
    enum { ROUNDS = 3 };
    int n = 0;
    for (int round = 0; round < ROUNDS; round++)
        for (int p = 0; p < x->data.npoint; p++)
            if (!marked[p] && flipped(x, p, k, able)) {
                exchange(x, p, k);
                marked[p] = true;
                n++;
            }
    return n;
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    int all = 0;
    bool able = false;
    dia_status status = dia_checkup_pairs(x, error);
    bool *marked = calloc((size_t)x->data.npoint + 1, sizeof *marked);
    if (status == DIA_OK && marked == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d points", x->data.npoint);
    for (int k = 0; status == DIA_OK && k + 1 < x->data.nstate; k++) {
        for (int p = 0; p < x->data.npoint; p++)
            marked[p] = false;
        const int n = look(x, k, marked, &able);
        all += n;
        if (n == 0)
            continue;
        dia_finding *f = dia_checkup_found(x, &dia_data_test_flips, DIA_SEVERITY_FAULT, "gradients");
        f->state = k;
        f->other = k + 1;
        dia_finding_points(&x->findings, f, x->data.npoint, marked);
        dia_finding_text(&x->findings, &f->what, "gradients of S%d and S%d are exchanged at %d point%s (root flip)", k,
                         k + 1, n, n > 1 ? "s" : "");
        dia_finding_text(
            &x->findings, &f->sure,
            "at least %d neighbours of each are met three times better after the exchange, at most one in five is not",
            LEAST);
        dia_finding_text(&x->findings, &f->cure,
                         "exchange the gradients, couplings and dipoles of the two states there");
    }
    if (status == DIA_OK && x->data.nstate < 2)
        dia_checkup_undecided(x, "one state only");
    else if (status == DIA_OK && !able)
        dia_checkup_undecided(x, "not enough neighbouring pairs with gradients");
    else if (status == DIA_OK)
        dia_checkup_say(x, "%d exchanges of gradients between states", all);
    free(marked);
    return status;
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    dia_finding_text(&x->findings, &f->done, "gradients and couplings of S%d and S%d exchanged at %d point%s", f->state,
                     f->other, f->npoint, f->npoint > 1 ? "s" : "");
    return DIA_OK;
}

const dia_data_test dia_data_test_flips = {.name = "flips",
                                           .finds = "gradients and couplings of two states exchanged at some points",
                                           .tells = "an exchange meets the energies of the neighbours",
                                           .find = find,
                                           .repair = repair};
