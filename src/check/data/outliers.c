/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Points that contradict their neighbours: the energy jumps by more than the gradients at both ends allow, whichever way the surface bends
 * between them. */
#include <math.h>
#include <stdlib.h>

#include "check/data/expect.h"

extern const dia_data_test dia_data_test_outliers;

/* Hartree: 0.27 eV beyond what is allowed. */
static const double jump = 0.01;
/* Hartree/bohr^2: of force constants, what may change and change back within DIA_NEAR_FAR. */
static const double bend = 0.05;
enum { LEAST = 2, OUTLIERS = 0, JUMPS };

/* By how much a pair exceeds what is allowed, hartree. Along a way on which the slope changes from that at a to that at b without turning back, also
 * through one kink of an avoided crossing, the energy differs from the mean slope by at most half the change of the slope. */
static double excess(const dia_checkup *x, int number)
{
    dia_slopes s;
    double residual[DIA_DATASET_STATES], most = NAN;
    const dia_near_pair *pair = &x->near.pair[number];
    dia_pair_slopes(x, number, &s);
    dia_pair_residual(x, number, &s, residual);
    for (int k = 0; k < x->data.nstate; k++) {
        const double plain =
            dia_checkup_energy(x, pair->b)[k] - dia_checkup_energy(x, pair->a)[k] - 0.5 * (s.a[k] + s.b[k]);
        const double over =
            fmin(fabs(plain), fabs(residual[k])) - 0.5 * fabs(s.b[k] - s.a[k]) - bend * pair->length * pair->length;
        most = fmax(most, over); /* fmax ignores NaN */
    }
    return most;
}

typedef struct verdicts {
    bool *bad;          /* (npair) jumps                              */
    int *known, *wrong; /* (npoint) pairs that tell, those that jump  */
    int total, jumps;
} verdicts;

static void judge_pairs(const dia_checkup *x, verdicts *v)
{
    for (int i = 0; i < x->near.npair; i++) {
        const int ends[2] = {x->near.pair[i].a, x->near.pair[i].b};
        const double over = excess(x, i);
        if (isnan(over))
            continue;
        v->bad[i] = over > jump;
        v->total++;
        v->jumps += v->bad[i];
        for (int k = 0; k < 2; k++) {
            v->known[ends[k]]++;
            v->wrong[ends[k]] += v->bad[i];
        }
    }
}

/* Four of five neighbours are contradicted, and these agree with others of theirs: then it is this point that is wrong. */
static bool is_outlier(const dia_checkup *x, const verdicts *v, int p)
{
    if (v->wrong[p] < 1 || 5 * v->wrong[p] < 4 * v->known[p])
        return false;
    int sound = 0;
    for (int i = x->near.begin[p]; i < x->near.begin[p + 1]; i++) {
        const dia_near_pair *pair = &x->near.pair[x->near.list[i]];
        const int other = pair->a == p ? pair->b : pair->a;
        sound += v->bad[x->near.list[i]] && v->known[other] - v->wrong[other] >= LEAST;
    }
    return 2 * sound > v->wrong[p];
}

static void tell_outliers(dia_checkup *x, const bool *marked)
{
    dia_finding *f = dia_checkup_found(x, &dia_data_test_outliers, DIA_SEVERITY_DOUBT, "energies");
    f->kind = OUTLIERS;
    dia_finding_points(&x->findings, f, x->data.npoint, marked);
    dia_finding_text(&x->findings, &f->what, "%d point%s the neighbours: another electronic solution?", f->npoint,
                     f->npoint > 1 ? "s contradict" : " contradicts");
    dia_finding_text(
        &x->findings, &f->sure,
        "energies jump by more than %.2f eV beyond what the gradients at both ends allow, towards four of five "
        "neighbours, which agree with others of theirs",
        jump / DIA_EV);
    dia_finding_text(&x->findings, &f->cure, "look at their orbitals, compute them again or leave them out");
}

/* Jumps of which no end is an outlier: which end is wrong cannot be told. */
static int tell_jumps(dia_checkup *x, const verdicts *v, const bool *outlier, bool *marked)
{
    int n = 0;
    for (int p = 0; p < x->data.npoint; p++)
        marked[p] = false;
    for (int i = 0; i < x->near.npair; i++)
        if (v->bad[i] && !outlier[x->near.pair[i].a] && !outlier[x->near.pair[i].b]) {
            marked[x->near.pair[i].a] = marked[x->near.pair[i].b] = true;
            n++;
        }
    if (n == 0)
        return 0;
    dia_finding *f = dia_checkup_found(x, &dia_data_test_outliers, DIA_SEVERITY_NOTE, "energies");
    f->kind = JUMPS;
    dia_finding_points(&x->findings, f, x->data.npoint, marked);
    dia_finding_text(&x->findings, &f->what,
                     "%d pair%s of neighbours contradict%s each other; which end is wrong cannot be told", n,
                     n > 1 ? "s" : "", n > 1 ? "" : "s");
    dia_finding_text(&x->findings, &f->sure,
                     "energies jump by more than %.2f eV beyond what the gradients at both ends allow", jump / DIA_EV);
    dia_finding_text(&x->findings, &f->cure, "look at both points if the network cannot learn them");
    return n;
}

static dia_status find(dia_checkup *x, dia_error *error)
{
    dia_status status = dia_checkup_pairs(x, error);
    if (status != DIA_OK)
        return status;
    const size_t n = (size_t)x->data.npoint + 1;
    bool *outlier = calloc(n, sizeof *outlier), *marked = calloc(n, sizeof *marked);
    verdicts v = {.bad = calloc((size_t)x->near.npair + 1, sizeof *v.bad),
                  .known = calloc(n, sizeof *v.known),
                  .wrong = calloc(n, sizeof *v.wrong)};
    if (outlier == NULL || marked == NULL || v.bad == NULL || v.known == NULL || v.wrong == NULL)
        status = dia_error_set(error, DIA_ERROR_MEMORY, "no memory for %d points", x->data.npoint);
    if (status == DIA_OK) {
        int outliers = 0, can = 0;
        judge_pairs(x, &v);
        for (int p = 0; p < x->data.npoint; p++) {
            outliers += outlier[p] = is_outlier(x, &v, p);
            can += v.known[p] > 0;
        }
        if (outliers > 0)
            tell_outliers(x, outlier);
        tell_jumps(x, &v, outlier, marked);
        if (v.total == 0)
            dia_checkup_undecided(x, "not enough neighbouring pairs");
        else
            dia_checkup_say(x,
                            "%d outliers; %d of %d pairs jump by more than %.2f eV (%d of %d points have neighbours)",
                            outliers, v.jumps, v.total, jump / DIA_EV, can, x->data.npoint);
    }
    free(outlier);
    free(marked);
    free(v.bad);
    free(v.known);
    free(v.wrong);
    return status;
}

static dia_status repair(dia_checkup *x, dia_finding *f, dia_error *error)
{
    (void)error;
    if (f->kind == OUTLIERS)
        dia_checkup_drop(x, f);
    return DIA_OK;
}

const dia_data_test dia_data_test_outliers = {.name = "outliers",
                                              .finds = "points of another electronic solution",
                                              .tells = "energies jump by more than gradients at both ends allow",
                                              .find = find,
                                              .repair = repair};
